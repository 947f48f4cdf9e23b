/* SPDX-License-Identifier: GPL-2.0 */
/* Strict reading of ustar archives: known members, in order, in place. */
#ifndef ATTEST_USTAR_H
#define ATTEST_USTAR_H

#include "cursor.h"
#include "evidence.h"

#define USTAR_MEMBERS_MAX 16

int ustar_read(const char *name, const void *data, size_t size,
	       const struct evidence_rule *rules, size_t count,
	       struct span *ret_members, struct ctguard_error *error);

#endif /* ATTEST_USTAR_H */
