/* SPDX-License-Identifier: GPL-2.0 */
/* What output has in common: colours, JSON, words for people. */
#ifndef CTGUARD_CTL_OUTPUT_H
#define CTGUARD_CTL_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum ctguard_colour {
	CTGUARD_COLOUR_GOOD,
	CTGUARD_COLOUR_BAD,
	CTGUARD_COLOUR_DOUBT,
};

bool ctguard_output_coloured(FILE *out);
const char *ctguard_output_on(enum ctguard_colour colour, FILE *out);
const char *ctguard_output_off(FILE *out);
json_t *ctguard_output_bytes(const void *bytes, size_t size);
json_t *ctguard_output_string(const char *text);
void ctguard_output_json(json_t *json, bool compact);
void ctguard_output_duration(uint32_t ms, char ret_text[32]);

#endif /* CTGUARD_CTL_OUTPUT_H */
