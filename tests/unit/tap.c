// SPDX-License-Identifier: GPL-2.0
/*
 * Results of a test program in the Test Anything Protocol.
 */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>

static unsigned int claims, failures;

bool tap_ok(bool holds, const char *claim, ...)
{
	va_list arguments;

	claims++;
	failures += !holds;
	printf("%s %u ", holds ? "ok" : "not ok", claims);
	va_start(arguments, claim);
	vprintf(claim, arguments);
	va_end(arguments);
	putchar('\n');
	fflush(stdout);
	return holds;
}

void tap_note(const char *text, ...)
{
	va_list arguments;

	fputs("# ", stdout);
	va_start(arguments, text);
	vprintf(text, arguments);
	va_end(arguments);
	putchar('\n');
}

int tap_done(void)
{
	printf("1..%u\n", claims);
	return failures ? 1 : 0;
}
