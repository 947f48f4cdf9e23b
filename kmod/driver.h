/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names of the drivers that device numbers belong to by now.
 */
#ifndef _CTG_DRIVER_H
#define _CTG_DRIVER_H

#include <linux/types.h>

int ctg_driver_init(void);
void ctg_driver_exit(void);
void ctg_driver_refresh(void);
const char *const *ctg_driver_names(u8 type, u32 major);

#endif /* _CTG_DRIVER_H */
