/* SPDX-License-Identifier: GPL-2.0 */
/* The difference of two texts, by lines. */
#ifndef CTGUARD_DIFF_H
#define CTGUARD_DIFF_H

#include <stdbool.h>
#include <stdio.h>

bool ctguard_diff_print(const char *from, const char *to, bool colour,
			FILE *out);

#endif /* CTGUARD_DIFF_H */
