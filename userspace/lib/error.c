// SPDX-License-Identifier: GPL-2.0
/* The error of an operation, made where it failed. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"

/**
 * ctguard_error_set() - say why something failed
 * @error: to be filled in
 * @status: enum ctguard_exit
 * @code: errno to be told after the text, or 0
 * @format: as printf()
 *
 * Return: -1, so that the caller can return it.
 */
int ctguard_error_set(struct ctguard_error *error, int status, int code,
		      const char *format, ...)
{
	va_list arguments;
	size_t length;

	error->status = status;
	error->code = code;
	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	length = strlen(error->text);
	if (code)
		snprintf(error->text + length, sizeof(error->text) - length,
			 ": %s", strerror(code));
	return -1;
}
