// SPDX-License-Identifier: GPL-2.0
/* What is wrong with a file, all of it and where. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "diagnostics.h"
#include "escape.h"

/* Order of files: the one that was given comes first. */
static int compare_files(const char *a, const char *b)
{
	if (a && b)
		return strcmp(a, b);
	return a ? 1 : b ? -1 : 0;
}

/* Whether this place comes before that of @b. */
static int precedes(const char *file, unsigned int line, unsigned int column,
		    const struct ctguard_diagnostic *b)
{
	int r = compare_files(file, b->file);

	if (r)
		return r < 0;
	return line < b->line || (line == b->line && column < b->column);
}

static void add(struct ctguard_diagnostics *diagnostics, const char *file,
		unsigned int line, unsigned int column, const char *format,
		va_list arguments)
{
	struct ctguard_diagnostic *list = diagnostics->list;
	char text[1024];
	unsigned int i;

	if (diagnostics->count == CTGUARD_DIAGNOSTICS_MAX) {
		diagnostics->more++;
		return;
	}
	vsnprintf(text, sizeof(text), format, arguments);
	/* An alias brings the same fault of the same place again. */
	for (i = 0; i < diagnostics->count; i++)
		if (list[i].line == line && list[i].column == column &&
		    !compare_files(list[i].file, file) &&
		    !strcmp(list[i].text, text))
			return;
	for (i = diagnostics->count++; i; i--) {
		if (!precedes(file, line, column, &list[i - 1]))
			break;
		list[i] = list[i - 1];
	}
	list[i].file = file ? ctguard_alloc_string(file, strlen(file)) : NULL;
	list[i].line = line;
	list[i].column = column;
	list[i].text = ctguard_alloc_string(text, strlen(text));
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
	va_list arguments;

	va_start(arguments, format);
	add(diagnostics, NULL, line, column, format, arguments);
	va_end(arguments);
}

/** ctguard_diagnostics_add_in() - the same of a file that it includes */
void ctguard_diagnostics_add_in(struct ctguard_diagnostics *diagnostics,
				const char *file, unsigned int line,
				unsigned int column, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(diagnostics, file, line, column, format, arguments);
	va_end(arguments);
}

/** ctguard_diagnostics_print() - a line file:line:column: text for each */
void ctguard_diagnostics_print(const struct ctguard_diagnostics *diagnostics,
			       const char *file, FILE *out)
{
	for (unsigned int i = 0; i < diagnostics->count; i++) {
		const struct ctguard_diagnostic *fault = &diagnostics->list[i];
		CTGUARD_FREE char *other = NULL;

		if (fault->file)
			other = ctguard_escape_terminal(fault->file,
							strlen(fault->file));
		fprintf(out, "%s:%u:%u: %s\n", other ? other : file,
			fault->line, fault->column, fault->text);
	}
	if (diagnostics->more)
		fprintf(out, "%s: and %u more\n", file, diagnostics->more);
}

/** ctguard_diagnostics_clear() - free the texts */
void ctguard_diagnostics_clear(struct ctguard_diagnostics *diagnostics)
{
	for (unsigned int i = 0; i < diagnostics->count; i++) {
		free(diagnostics->list[i].file);
		free(diagnostics->list[i].text);
	}
	diagnostics->count = 0;
	diagnostics->more = 0;
}
