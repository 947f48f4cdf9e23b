// SPDX-License-Identifier: GPL-2.0
/*
 * ctguard-verify export reference: what evidence shows, as a reference. It
 * approves everything that was there, and is for somebody to review.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/digest.h"
#include "../lib/cel.h"
#include "../lib/ima.h"
#include "../lib/json.h"
#include "command.h"
#include "load.h"

#define BOOT_PCRS 10

/* Sets are objects: a list of a hundred thousand would be searched each time. */
static void add_once(json_t *set, const char *text)
{
	json_object_set_new(set, text, json_true());
}

static json_t *list_of(json_t *set)
{
	json_t *list = json_array(), *value;
	const char *text;

	json_object_foreach(set, text, value)
	{
		json_array_append_new(list, json_string(text));
	}
	json_decref(set);
	return list;
}

static void add_digest(json_t *set, const char *prefix, const uint8_t *digest)
{
	CTGUARD_FREE char *text = NULL;
	char hex[CTGUARD_DIGEST_TEXT];

	ctguard_digest_text(digest, hex);
	text = ctguard_alloc_format("%s%s", prefix, hex);
	add_once(set, text);
}

/* PCRs 0 to 9 of banks of SHA-2. */
static json_t *boot_of(const struct check *check)
{
	const struct quote_pcrs *pcrs = &check->pcrs;
	json_t *boot = json_object();
	unsigned int at = 0;

	for (unsigned int i = 0; i < pcrs->selection.count; i++) {
		const enum hash_bank bank = pcrs->selection.banks[i];
		json_t *values = json_object();

		for (unsigned int pcr = 0; pcr < QUOTE_PCRS; pcr++) {
			char number[4];

			if (!(pcrs->selection.masks[i] >> pcr & 1))
				continue;
			if (at < pcrs->count && pcr < BOOT_PCRS &&
			    bank != HASH_SHA1 &&
			    pcrs->sizes[at] == hash_size(bank)) {
				snprintf(number, sizeof(number), "%u", pcr);
				json_object_set_new(
					values, number,
					json_from_hex(pcrs->values[at],
						      hash_size(bank)));
			}
			at++;
		}
		if (json_object_size(values))
			json_object_set(boot, hash_name(bank), values);
		json_decref(values);
	}
	return boot;
}

struct shown {
	json_t *policies;
	json_t *signers;
	json_t *images;
	json_t *claimants;
	char *kernel;
	bool locked;
	unsigned int pcr;
};

static int read_log(struct span data, struct shown *shown,
		    struct ctguard_error *error)
{
	struct cel_record record;
	struct cel cel;
	int r;

	cel_open(&cel, "ctguard.cel", data, error);
	while ((r = cel_next(&cel, &record)) > 0) {
		const struct span *attrs = record.attrs;

		shown->pcr = cel.pcr;
		if (record.type == CTGUARD_RECORD_INIT && !shown->kernel)
			shown->kernel = ctguard_alloc_string(
				(const char *)attrs[CTGUARD_RECORD_A_KERNEL]
					.data,
				attrs[CTGUARD_RECORD_A_KERNEL].size);
		if (record.type == CTGUARD_RECORD_LOCK)
			shown->locked = true;
		if (record.type == CTGUARD_RECORD_POLICY)
			add_digest(shown->policies, "",
				   attrs[CTGUARD_RECORD_A_POLICY].data);
		if (cel_has(&record, CTGUARD_RECORD_A_SIGNER))
			add_digest(shown->signers, "",
				   attrs[CTGUARD_RECORD_A_SIGNER].data);
		if (record.type != CTGUARD_RECORD_IMAGE_START)
			continue;
		if (cel_u8(&record, CTGUARD_RECORD_A_LEVEL) !=
		    CTGUARD_LEVEL_NONE)
			add_digest(shown->images, "config:sha256:",
				   attrs[CTGUARD_RECORD_A_CONFIG].data);
		if (cel_has(&record, CTGUARD_RECORD_A_CLAIMANT))
			add_digest(shown->claimants, "",
				   attrs[CTGUARD_RECORD_A_CLAIMANT].data);
	}
	return r;
}

static int read_ima(struct span data, json_t *guard, json_t *modules,
		    struct ctguard_error *error)
{
	static const char name[] = "/ctguard.ko";
	struct ima_entry entry;
	struct cursor cursor;
	int r;

	ima_open(&cursor, "ima.ascii", data, error);
	while ((r = ima_next(&cursor, &entry)) > 0) {
		if (!ima_is_module(&entry) || entry.digest_size != 32)
			continue;
		if (memmem(entry.path.data, entry.path.size, name,
			   sizeof(name) - 1))
			add_digest(guard, "", entry.digest);
		else
			add_digest(modules, "", entry.digest);
	}
	return r;
}

static int make(const struct check *check, json_t **ret_json,
		struct ctguard_error *error)
{
	struct shown shown = { json_object(),
			       json_object(),
			       json_object(),
			       json_object(),
			       NULL,
			       false,
			       13 };
	json_t *guard = json_object(), *modules = json_object();
	json_t *json = json_object(), *module = json_object();
	int r;

	r = read_log(check->members[EVIDENCE_CEL], &shown, error) < 0 ||
			    read_ima(check->members[EVIDENCE_IMA], guard,
				     modules, error) < 0 ?
		    -1 :
		    0;
	guard = list_of(guard);
	shown.signers = list_of(shown.signers);
	json_object_set_new(json, "ctguard_reference", json_integer(1));
	json_object_set_new(json, "pcr", json_integer(shown.pcr));
	json_object_set_new(json, "boot", boot_of(check));
	if (shown.kernel && json_array_size(guard)) {
		json_object_set(module, shown.kernel, guard);
		json_object_set(json, "module", module);
	}
	modules = list_of(modules);
	/* Where not even the guard was measured, none of them was. */
	if (json_array_size(guard))
		json_object_set(json, "modules", modules);
	json_object_set_new(json, "policies", list_of(shown.policies));
	if (json_array_size(shown.signers))
		json_object_set(json, "signers", shown.signers);
	json_object_set_new(json, "lock", json_boolean(shown.locked));
	json_object_set_new(json, "images", list_of(shown.images));
	json_object_set_new(json, "claimants", list_of(shown.claimants));
	json_decref(guard);
	json_decref(modules);
	json_decref(module);
	json_decref(shown.signers);
	free(shown.kernel);
	*ret_json = json;
	return r;
}

int command_export_reference(int argc, char **argv)
{
	static const char help[] =
		"Usage: ctguard-verify export reference [--output FILE] EVIDENCE\n"
		"\n"
		"Writes a reference that approves all that evidence shows. Review it.\n";
	JSON_PUT json_t *json = NULL;
	LOADED loaded = { 0 };
	struct load_options options;
	struct ctguard_error error;
	int status = load_options_read(argc, argv, help, false, true, &options);

	if (status >= 0)
		return status;
	if (load_evidence(options.path, &loaded, &error) < 0 ||
	    make(&loaded.check, &json, &error) < 0 ||
	    load_write_json(&options, json, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
