// SPDX-License-Identifier: GPL-2.0
/* Memory for short-lived programs: got, or the program ends. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "error.h"

static void *must(void *memory)
{
	if (!memory) {
		fputs("ctguard: out of memory\n", stderr);
		exit(CTGUARD_EXIT_SYSTEM);
	}
	return memory;
}

/** ctguard_alloc_zeroed() - calloc() that does not fail */
void *ctguard_alloc_zeroed(size_t count, size_t size)
{
	return must(calloc(count ? count : 1, size));
}

/**
 * ctguard_alloc_grow() - make room in an array
 * @list: the array, or NULL
 * @space: elements it has room for; updated
 * @need: elements it shall have room for
 * @size: bytes of an element
 *
 * Return: the array, perhaps moved.
 */
void *ctguard_alloc_grow(void *list, size_t *space, size_t need, size_t size)
{
	size_t space_new = *space ? *space : 8;

	if (need <= *space)
		return list;
	if (need > SIZE_MAX / 2 / size)
		must(NULL);
	while (space_new < need)
		space_new *= 2;
	*space = space_new;
	return must(realloc(list, space_new * size));
}

/** ctguard_alloc_string() - a copy of @length bytes, with a NUL added */
char *ctguard_alloc_string(const char *text, size_t length)
{
	char *copy = must(malloc(length + 1));

	memcpy(copy, text, length);
	copy[length] = '\0';
	return copy;
}

/** ctguard_alloc_format() - asprintf() that does not fail */
char *ctguard_alloc_format(const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	return must(text);
}
