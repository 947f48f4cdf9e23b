// SPDX-License-Identifier: GPL-2.0
/*
 * ctguard-verify dump: shows what evidence says, as JSON. Records are printed
 * one by one, so that a large log takes no more memory than a small one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/escape.h"
#include "../lib/cel.h"
#include "../lib/ima.h"
#include "../lib/json.h"
#include "../lib/tcg2.h"
#include "command.h"
#include "load.h"

/* There are controls beyond ASCII that move a cursor, too. */
#define FORM (JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII)

static const char usage[] =
	"Usage: ctguard-verify dump EVIDENCE\n"
	"\n"
	"Shows what evidence says, as JSON. Nothing of it is checked but its form.\n";

static void print(const char *key, json_t *json)
{
	printf(",\n\"%s\": ", key);
	json_dumpf(json, stdout, FORM | JSON_ENCODE_ANY);
	json_decref(json);
}

static json_t *text_of(struct span data)
{
	CTGUARD_FREE char *text = ctguard_escape_utf8(data.data, data.size);

	return json_string(text);
}

static json_t *members_json(const struct check *check)
{
	json_t *json = json_object();

	for (int i = 0; i < EVIDENCE_COUNT; i++)
		if (check->members[i].data)
			json_object_set_new(
				json, evidence_rules[i].name,
				json_integer(
					(json_int_t)check->members[i].size));
	return json;
}

static json_t *quote_json(const struct quote *quote)
{
	json_t *json = json_object();

	json_object_set_new(json, "magic", json_integer(quote->magic));
	json_object_set_new(json, "type", json_integer(quote->type));
	json_object_set_new(json, "nonce",
			    json_from_hex(quote->nonce.data,
					  quote->nonce.size));
	json_object_set_new(json, "clock",
			    json_integer((json_int_t)quote->clock));
	json_object_set_new(json, "reset_count", json_integer(quote->resets));
	json_object_set_new(json, "restart_count",
			    json_integer(quote->restarts));
	json_object_set_new(json, "safe", json_boolean(quote->safe));
	json_object_set_new(json, "pcr_digest",
			    json_from_hex(quote->digest.data,
					  quote->digest.size));
	return json;
}

static json_t *pcrs_json(const struct quote_pcrs *pcrs)
{
	json_t *json = json_object();
	unsigned int at = 0;

	for (unsigned int i = 0; i < pcrs->selection.count; i++) {
		json_t *values = json_object();

		for (unsigned int pcr = 0; pcr < QUOTE_PCRS; pcr++) {
			char number[4];

			if (!(pcrs->selection.masks[i] >> pcr & 1) ||
			    at >= pcrs->count)
				continue;
			snprintf(number, sizeof(number), "%u", pcr);
			json_object_set_new(values, number,
					    json_from_hex(pcrs->values[at],
							  pcrs->sizes[at]));
			at++;
		}
		json_object_set_new(json, hash_name(pcrs->selection.banks[i]),
				    values);
	}
	return json;
}

static json_t *record_of(const struct cel_record *record)
{
	json_t *json = json_object();

	json_object_set_new(json, "record",
			    json_integer((json_int_t)record->number));
	json_object_set_new(json, "is",
			    json_string(cel_type_name(record->type)));
	for (unsigned int i = CTGUARD_RECORD_A_TIME; i <= CTGUARD_RECORD_A_MAX;
	     i++) {
		const struct span value = record->attrs[i];
		json_t *shown;

		if (!value.data)
			continue;
		if (i == CTGUARD_RECORD_A_VERSION ||
		    i == CTGUARD_RECORD_A_KERNEL ||
		    i == CTGUARD_RECORD_A_CONTAINER ||
		    i == CTGUARD_RECORD_A_PROGRAM)
			shown = text_of(value);
		else if (value.size == 1)
			shown = json_integer(*value.data);
		else if (value.size == 8 && i != CTGUARD_RECORD_A_BUILD_ID &&
			 i != CTGUARD_RECORD_A_BASE)
			shown = json_integer((json_int_t)be64_at(value.data));
		else
			shown = json_from_hex(value.data, value.size);
		json_object_set_new(json, cel_attr_name(i), shown);
	}
	return json;
}

static json_t *line_of(const struct ima_entry *entry)
{
	json_t *json = json_object(), *algorithm = text_of(entry->algorithm);

	json_object_set_new(json, "pcr", json_integer(entry->pcr));
	json_object_set_new(json, "path", text_of(entry->path));
	json_object_set_new(json, "algorithm", algorithm);
	json_object_set_new(json, "digest",
			    json_from_hex(entry->digest, entry->digest_size));
	if (entry->violation)
		json_object_set_new(json, "violation", json_true());
	return json;
}

static void print_row(json_t *json, size_t *count)
{
	fputs((*count)++ ? ",\n  " : "\n  ", stdout);
	json_dumpf(json, stdout, FORM);
	json_decref(json);
}

static int print_logs(const struct check *check, struct ctguard_error *error)
{
	struct cel_record record;
	struct ima_entry entry;
	struct cursor cursor;
	size_t count = 0;
	struct cel cel;
	int r;

	fputs(",\n\"log\": [", stdout);
	cel_open(&cel, evidence_rules[EVIDENCE_CEL].name,
		 check->members[EVIDENCE_CEL], error);
	while ((r = cel_next(&cel, &record)) > 0)
		print_row(record_of(&record), &count);
	if (r < 0)
		return -1;
	fputs("],\n\"ima\": [", stdout);
	count = 0;
	ima_open(&cursor, evidence_rules[EVIDENCE_IMA].name,
		 check->members[EVIDENCE_IMA], error);
	while ((r = ima_next(&cursor, &entry)) > 0)
		print_row(line_of(&entry), &count);
	fputs("]", stdout);
	return r;
}

/* Of logs, before anything is printed. */
static int well_formed(const struct check *check, struct ctguard_error *error)
{
	struct cel_record record;
	struct tcg2_event event;
	struct ima_entry entry;
	struct cursor cursor;
	struct tcg2 tcg2;
	struct cel cel;
	int r;

	cel_open(&cel, evidence_rules[EVIDENCE_CEL].name,
		 check->members[EVIDENCE_CEL], error);
	while ((r = cel_next(&cel, &record)) > 0)
		;
	if (r < 0)
		return -1;
	/* When nothing is new there is neither. */
	if (cel.count || check->members[EVIDENCE_TCG2].size) {
		if (tcg2_open(&tcg2, evidence_rules[EVIDENCE_TCG2].name,
			      check->members[EVIDENCE_TCG2], error) < 0)
			return -1;
		while ((r = tcg2_next(&tcg2, &event)) > 0)
			;
	}
	if (r < 0)
		return -1;
	ima_open(&cursor, evidence_rules[EVIDENCE_IMA].name,
		 check->members[EVIDENCE_IMA], error);
	while ((r = ima_next(&cursor, &entry)) > 0)
		;
	return r;
}

static int dump(const struct check *check, struct ctguard_error *error)
{
	JSON_PUT json_t *manifest = NULL;

	if (well_formed(check, error) < 0 ||
	    json_read(evidence_rules[EVIDENCE_MANIFEST].name,
		      check->members[EVIDENCE_MANIFEST].data,
		      check->members[EVIDENCE_MANIFEST].size, &manifest,
		      error) < 0)
		return -1;
	fputs("{\"manifest\": ", stdout);
	json_dumpf(manifest, stdout, FORM);
	print("members", members_json(check));
	print("ak_name", json_from_hex(check->ak.name, check->ak.name_size));
	print("nonce", json_from_hex(check->members[EVIDENCE_NONCE].data,
				     check->members[EVIDENCE_NONCE].size));
	print("quote", quote_json(&check->quote));
	print("pcrs", pcrs_json(&check->pcrs));
	if (print_logs(check, error) < 0)
		return -1;
	puts("}");
	return 0;
}

int command_dump(int argc, char **argv)
{
	LOADED loaded = { 0 };
	struct load_options options;
	struct ctguard_error error;
	int status =
		load_options_read(argc, argv, usage, false, true, &options);

	if (status >= 0)
		return status;
	if (options.output)
		return ctguard_command_misused(argv, "it has no --output");
	if (load_evidence(options.path, &loaded, &error) < 0 ||
	    dump(&loaded.check, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
