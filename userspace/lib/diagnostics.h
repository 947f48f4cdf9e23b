/* SPDX-License-Identifier: GPL-2.0 */
/* What is wrong with a file, all of it and where. */
#ifndef CTGUARD_DIAGNOSTICS_H
#define CTGUARD_DIAGNOSTICS_H

#include <stdio.h>

#define CTGUARD_DIAGNOSTICS_MAX 50

/**
 * struct ctguard_diagnostic - a fault
 * @file: that it is in; NULL for the one that was given
 * @line: from 1
 * @column: from 1
 * @text: what was found and what was expected
 */
struct ctguard_diagnostic {
	char *file;
	unsigned int line;
	unsigned int column;
	char *text;
};

/**
 * struct ctguard_diagnostics - the faults of a file and of those it includes
 * @list: the first ones found
 * @count: of @list
 * @more: found and not kept
 */
struct ctguard_diagnostics {
	struct ctguard_diagnostic list[CTGUARD_DIAGNOSTICS_MAX];
	unsigned int count;
	unsigned int more;
};

#define CTGUARD_DIAGNOSTICS ctguard_cleanup(ctguard_diagnostics_clear)

void ctguard_diagnostics_add(struct ctguard_diagnostics *diagnostics,
			     unsigned int line, unsigned int column,
			     const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void ctguard_diagnostics_add_in(struct ctguard_diagnostics *diagnostics,
				const char *file, unsigned int line,
				unsigned int column, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void ctguard_diagnostics_print(const struct ctguard_diagnostics *diagnostics,
			       const char *file, FILE *out);
void ctguard_diagnostics_clear(struct ctguard_diagnostics *diagnostics);

#endif /* CTGUARD_DIAGNOSTICS_H */
