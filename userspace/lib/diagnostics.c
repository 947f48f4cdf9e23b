// SPDX-License-Identifier: GPL-2.0
/* What is wrong with a file, all of it and where. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "diagnostics.h"

/* Whether @line and @column come before those of @b. */
static int precedes(unsigned int line, unsigned int column,
		    const struct ctguard_diagnostic *b)
{
	return line < b->line || (line == b->line && column < b->column);
}

/**
 * ctguard_diagnostics_add() - one more fault
 * @diagnostics: kept in the order of the file
 * @line: from 1
 * @column: from 1
 * @format: as printf(); what was found and what was expected, fit for a
 *	terminal
 */
void ctguard_diagnostics_add(struct ctguard_diagnostics *diagnostics,
			     unsigned int line, unsigned int column,
			     const char *format, ...)
{
	struct ctguard_diagnostic *list = diagnostics->list;
	char text[1024];
	va_list arguments;
	unsigned int i;

	if (diagnostics->count == CTGUARD_DIAGNOSTICS_MAX) {
		diagnostics->more++;
		return;
	}
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	/* An alias brings the same fault of the same place again. */
	for (i = 0; i < diagnostics->count; i++)
		if (list[i].line == line && list[i].column == column &&
		    !strcmp(list[i].text, text))
			return;
	for (i = diagnostics->count++; i; i--) {
		if (!precedes(line, column, &list[i - 1]))
			break;
		list[i] = list[i - 1];
	}
	list[i].line = line;
	list[i].column = column;
	list[i].text = ctguard_alloc_string(text, strlen(text));
}

/** ctguard_diagnostics_print() - a line file:line:column: text for each */
void ctguard_diagnostics_print(const struct ctguard_diagnostics *diagnostics,
			       const char *file, FILE *out)
{
	for (unsigned int i = 0; i < diagnostics->count; i++)
		fprintf(out, "%s:%u:%u: %s\n", file, diagnostics->list[i].line,
			diagnostics->list[i].column, diagnostics->list[i].text);
	if (diagnostics->more)
		fprintf(out, "%s: and %u more\n", file, diagnostics->more);
}

/** ctguard_diagnostics_clear() - free the texts */
void ctguard_diagnostics_clear(struct ctguard_diagnostics *diagnostics)
{
	for (unsigned int i = 0; i < diagnostics->count; i++)
		free(diagnostics->list[i].text);
	diagnostics->count = 0;
	diagnostics->more = 0;
}
