/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Patterns of the policy, as <ctguard/ctguard.h> defines them.
 */
#ifndef _CTG_GLOB_H
#define _CTG_GLOB_H

#include "portable.h"

/* What a pattern is for: what begins it, and where an index may cut it. */
enum ctg_glob_kind {
	CTG_GLOB_PATH, /* begins with "/"; cut after "/" */
	CTG_GLOB_NAME, /* a module's name; cut after "-" and "_" */
};

const char *ctg_glob_check(const char *pattern, size_t length,
			   enum ctg_glob_kind kind);
size_t ctg_glob_prefix(const char *pattern, size_t length,
		       enum ctg_glob_kind kind);
bool ctg_glob_cuts(char c, enum ctg_glob_kind kind);
bool ctg_glob_match(const char *pattern, size_t pattern_length,
		    const char *string, size_t string_length);

#endif /* _CTG_GLOB_H */
