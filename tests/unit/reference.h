/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Patterns once more, in the simplest way, to compare kmod/glob.c with.
 */
#ifndef _REFERENCE_H
#define _REFERENCE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Does a pattern match the whole of a string? Recursive, with a bound on the
 * work: *budget is counted down, and the answer is not to be trusted when it
 * reaches 0.
 */
bool reference_match(const char *pattern, size_t pattern_length,
		     const char *string, size_t string_length,
		     unsigned long *budget);

#endif /* _REFERENCE_H */
