/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Asks a policy everything there is to ask, for tests that care about more
 * than one answer.
 */
#ifndef _QUERY_H
#define _QUERY_H

#include <stddef.h>
#include <stdint.h>

struct ctg_policy;

/*
 * Parses, asks and frees. Aborts when a parse fails without saying why, or
 * when an answer contradicts another. Returns what ctg_policy_parse() did.
 */
int query_blob(const void *blob, size_t size);

/*
 * Asks about a cgroup, a module, and a path of a filesystem, all named by the
 * same string of @length bytes, and about a device of the same numbers.
 */
void query_policy(const struct ctg_policy *policy, const char *string,
		  size_t length);

#endif /* _QUERY_H */
