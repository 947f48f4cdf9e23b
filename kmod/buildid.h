/* SPDX-License-Identifier: GPL-2.0 */
/* Which build of the module this is. */
#ifndef _CTG_BUILDID_H
#define _CTG_BUILDID_H

#include <linux/types.h>

#define CTG_BUILDID_MAX 32

u32 ctg_buildid(u8 *ret);

#endif /* _CTG_BUILDID_H */
