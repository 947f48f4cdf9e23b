// SPDX-License-Identifier: GPL-2.0
/* A record of the measurement log, for people and for programs. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <ctguard/ctguard.h>

#include "../lib/alloc.h"
#include "../lib/cel.h"
#include "../lib/cleanup.h"
#include "../lib/escape.h"
#include "../lib/words.h"
#include "output.h"
#include "record_print.h"

/* How a value is written. */
enum form {
	FORM_HEX,
	FORM_TEXT,
	FORM_NUMBER,
	FORM_WORD,
};

/* An attribute: those of FORM_WORD are asked for it. */
struct attribute {
	const char *name;
	enum form form;
	const char *(*word)(uint32_t value);
};

static const struct attribute attributes[CTGUARD_RECORD_A_MAX + 1] = {
	[CTGUARD_RECORD_A_INSTANCE] = { "instance", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_VERSION] = { "version", FORM_TEXT, NULL },
	[CTGUARD_RECORD_A_BUILD_ID] = { "build_id", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_KERNEL] = { "kernel", FORM_TEXT, NULL },
	[CTGUARD_RECORD_A_POLICY] = { "policy", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_GENERATION] = { "generation", FORM_NUMBER, NULL },
	[CTGUARD_RECORD_A_SIGNER] = { "signer", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_MODE] = { "mode", FORM_WORD, ctguard_words_mode },
	[CTGUARD_RECORD_A_VERDICT] = { "verdict", FORM_WORD,
				       ctguard_words_verdict },
	[CTGUARD_RECORD_A_REASON] = { "reason", FORM_WORD,
				      ctguard_words_reason },
	[CTGUARD_RECORD_A_LEVEL] = { "level", FORM_WORD, ctguard_words_level },
	[CTGUARD_RECORD_A_CONFIG] = { "config", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_MANIFEST] = { "manifest", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_BUNDLE] = { "bundle", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_CLAIMANT] = { "claimant", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_CGROUP_ID] = { "cgroup_id", FORM_NUMBER, NULL },
	[CTGUARD_RECORD_A_CONTAINER] = { "container", FORM_TEXT, NULL },
	[CTGUARD_RECORD_A_PROGRAM] = { "program", FORM_TEXT, NULL },
	[CTGUARD_RECORD_A_PROGRAM_SHA256] = { "program_sha256", FORM_HEX,
					      NULL },
	[CTGUARD_RECORD_A_ORIGIN] = { "origin", FORM_WORD,
				      ctguard_words_origin },
	[CTGUARD_RECORD_A_COUNT] = { "count", FORM_NUMBER, NULL },
};

static char *hex(const uint8_t *value, size_t size)
{
	char *text = ctguard_alloc_zeroed(2 * size + 1, 1);

	for (size_t i = 0; i < size; i++)
		sprintf(text + 2 * i, "%02x", value[i]);
	return text;
}

/* The word of a value, or NULL when it has none. */
static const char *word_of(const struct attribute *attribute,
			   const uint8_t *value, size_t size)
{
	return attribute->word && size == 1 ? attribute->word(*value) : NULL;
}

static void print_value(const struct attribute *attribute, const uint8_t *value,
			size_t size)
{
	CTGUARD_FREE char *text = NULL;
	const char *word = word_of(attribute, value, size);

	printf("  %s=", attribute->name);
	if (word) {
		fputs(word, stdout);
	} else if (attribute->form == FORM_NUMBER && size <= 8) {
		printf("%" PRIu64, ctguard_cel_number(value, size));
	} else {
		text = attribute->form == FORM_TEXT ?
			       ctguard_escape_terminal(value, size) :
			       hex(value, size);
		fputs(text, stdout);
	}
}

static json_t *json_value(const struct attribute *attribute,
			  const uint8_t *value, size_t size)
{
	CTGUARD_FREE char *text = NULL;
	const char *word = word_of(attribute, value, size);

	if (word)
		return json_string(word);
	if (attribute->form == FORM_NUMBER && size <= 8)
		return json_integer(
			(json_int_t)ctguard_cel_number(value, size));
	if (attribute->form == FORM_TEXT)
		return ctguard_output_bytes(value, size);
	text = hex(value, size);
	return json_string(text);
}

/** ctguard_record_print() - one line on standard output */
void ctguard_record_print(const struct ctguard_cel_record *record)
{
	time_t seconds = (time_t)(record->time / 1000000000);
	const uint8_t *value;
	char text[32] = "?";
	struct tm parts;
	size_t size;

	if (localtime_r(&seconds, &parts))
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	printf("%6" PRIu64 "  %s  %-12s", record->number, text,
	       ctguard_words_record(record->type));
	for (unsigned int i = 0; i <= CTGUARD_RECORD_A_MAX; i++) {
		if (!attributes[i].name)
			continue;
		value = ctguard_cel_attribute(record, i, &size);
		if (value)
			print_value(&attributes[i], value, size);
	}
	putchar('\n');
}

/** ctguard_record_print_json() - the same, an object on one line */
void ctguard_record_print_json(const struct ctguard_cel *cel,
			       const struct ctguard_cel_record *record)
{
	json_t *json = json_object(), *digests = json_object();
	const uint8_t *value;
	size_t size;

	json_object_set_new(json, "record",
			    json_integer((json_int_t)record->number));
	json_object_set_new(json, "time",
			    json_integer((json_int_t)record->time));
	json_object_set_new(json, "type",
			    json_string(ctguard_words_record(record->type)));
	for (unsigned int i = 0; i <= CTGUARD_RECORD_A_MAX; i++) {
		if (!attributes[i].name)
			continue;
		value = ctguard_cel_attribute(record, i, &size);
		if (value)
			json_object_set_new(json, attributes[i].name,
					    json_value(&attributes[i], value,
						       size));
	}
	json_object_set_new(json, "pcr", json_integer(cel->pcr));
	for (size_t i = 0; i < cel->bank_count; i++) {
		CTGUARD_FREE char *digest =
			hex(record->digests[i], cel->banks[i]->size);

		json_object_set_new(digests, cel->banks[i]->name,
				    json_string(digest));
	}
	json_object_set_new(json, "digests", digests);
	ctguard_output_json(json, true);
}
