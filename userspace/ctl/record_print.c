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

static const char *const types[CTGUARD_RECORD_TYPE_MAX + 1] = {
	[CTGUARD_RECORD_BASE] = "base",
	[CTGUARD_RECORD_INIT] = "init",
	[CTGUARD_RECORD_POLICY] = "policy",
	[CTGUARD_RECORD_MODE] = "mode",
	[CTGUARD_RECORD_LOCK] = "lock",
	[CTGUARD_RECORD_IMAGE_START] = "image-start",
	[CTGUARD_RECORD_IMAGE_DENIED] = "image-denied",
	[CTGUARD_RECORD_NAMESPACES] = "namespaces",
	[CTGUARD_RECORD_VIOLATIONS] = "violations",
	[CTGUARD_RECORD_LOG_CAP] = "log-cap",
	[CTGUARD_RECORD_EXIT] = "exit",
};

static const char *const reasons[] = {
	[CTGUARD_IMAGE_OK] = "ok",
	[CTGUARD_IMAGE_UNCLAIMED] = "unclaimed",
	[CTGUARD_IMAGE_UNAPPROVED] = "unapproved",
	[CTGUARD_IMAGE_LEVEL] = "level",
	[CTGUARD_IMAGE_CLAIMANT] = "claimant",
	[CTGUARD_IMAGE_PROGRAM] = "program",
	[CTGUARD_IMAGE_UNMEASURED] = "unmeasured",
};

static const char *const origins[] = {
	[CTGUARD_ORIGIN_UNKNOWN] = "unknown",
	[CTGUARD_ORIGIN_IMAGE] = "image",
	[CTGUARD_ORIGIN_UPPER] = "upper",
	[CTGUARD_ORIGIN_ELSEWHERE] = "elsewhere",
};

static const char *const levels[] = {
	[CTGUARD_LEVEL_ENGINE] = "engine", [CTGUARD_LEVEL_CONFIG] = "config",
	[CTGUARD_LEVEL_LAYERS] = "layers", [CTGUARD_LEVEL_CONTENT] = "content",
	[CTGUARD_LEVEL_NONE] = "none",
};

/* How a value is written. */
enum form {
	FORM_HEX,
	FORM_TEXT,
	FORM_NUMBER,
	FORM_WORD,
};

static const char *pick(const char *const *words, size_t count, uint32_t i)
{
	return i < count && words[i] ? words[i] : "unknown";
}
#define PICK(words, i) pick(words, sizeof(words) / sizeof((words)[0]), i)

static const char *reason(uint32_t value)
{
	return PICK(reasons, value);
}

static const char *origin(uint32_t value)
{
	return PICK(origins, value);
}

static const char *level(uint32_t value)
{
	return PICK(levels, value);
}

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
	[CTGUARD_RECORD_A_REASON] = { "reason", FORM_WORD, reason },
	[CTGUARD_RECORD_A_LEVEL] = { "level", FORM_WORD, level },
	[CTGUARD_RECORD_A_CONFIG] = { "config", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_MANIFEST] = { "manifest", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_BUNDLE] = { "bundle", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_CLAIMANT] = { "claimant", FORM_HEX, NULL },
	[CTGUARD_RECORD_A_CGROUP_ID] = { "cgroup_id", FORM_NUMBER, NULL },
	[CTGUARD_RECORD_A_CONTAINER] = { "container", FORM_TEXT, NULL },
	[CTGUARD_RECORD_A_PROGRAM] = { "program", FORM_TEXT, NULL },
	[CTGUARD_RECORD_A_PROGRAM_SHA256] = { "program_sha256", FORM_HEX,
					      NULL },
	[CTGUARD_RECORD_A_ORIGIN] = { "origin", FORM_WORD, origin },
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

static const char *type_of(const struct ctguard_cel_record *record)
{
	return PICK(types, record->type);
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
	       type_of(record));
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
	json_object_set_new(json, "type", json_string(type_of(record)));
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
