// SPDX-License-Identifier: GPL-2.0
/* What output has in common: colours, JSON, words for people. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/cleanup.h"
#include "../lib/escape.h"
#include "output.h"

/** ctguard_output_coloured() - @out is a terminal and nobody objects */
bool ctguard_output_coloured(FILE *out)
{
	const char *no = getenv("NO_COLOR"), *terminal = getenv("TERM");

	return !(no && *no) && terminal && strcmp(terminal, "dumb") &&
	       isatty(fileno(out));
}

/** ctguard_output_on() - what begins a colour on @out, perhaps nothing */
const char *ctguard_output_on(enum ctguard_colour colour, FILE *out)
{
	static const char *const codes[] = {
		[CTGUARD_COLOUR_GOOD] = "\033[32m",
		[CTGUARD_COLOUR_BAD] = "\033[31m",
		[CTGUARD_COLOUR_DOUBT] = "\033[33m",
	};

	return ctguard_output_coloured(out) ? codes[colour] : "";
}

/** ctguard_output_off() - what ends it */
const char *ctguard_output_off(FILE *out)
{
	return ctguard_output_coloured(out) ? "\033[0m" : "";
}

/** ctguard_output_bytes() - a JSON string of anything */
json_t *ctguard_output_bytes(const void *bytes, size_t size)
{
	CTGUARD_FREE char *text = ctguard_escape_utf8(bytes, size);

	return json_string(text);
}

/** ctguard_output_string() - the same of a C string; null for NULL */
json_t *ctguard_output_string(const char *text)
{
	return text ? ctguard_output_bytes(text, strlen(text)) : json_null();
}

/** ctguard_output_json() - print and free; @compact is one line, flushed */
void ctguard_output_json(json_t *json, bool compact)
{
	json_dumpf(json, stdout,
		   JSON_PRESERVE_ORDER |
			   (compact ? JSON_COMPACT : JSON_INDENT(2)));
	putchar('\n');
	if (compact)
		fflush(stdout);
	json_decref(json);
}

/** ctguard_output_duration() - milliseconds for people, as "9 min 30 s" */
void ctguard_output_duration(uint32_t ms, char ret_text[32])
{
	uint32_t s = (ms + 999) / 1000;

	if (s >= 3600)
		snprintf(ret_text, 32, "%u h %u min", s / 3600, s / 60 % 60);
	else if (s >= 60)
		snprintf(ret_text, 32, "%u min %u s", s / 60, s % 60);
	else
		snprintf(ret_text, 32, "%u s", s);
}
