// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier's reference: JSON that says what a host shall be. A list that is
 * not there leaves its part of trust unverified; an empty one approves nothing.
 */
#include <stdlib.h>
#include <string.h>

#include <ctguard/measurement.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/digest.h"
#include "../../userspace/lib/error.h"
#include "json.h"
#include "reference.h"
#include "verdict.h"

#define TAIL_DEFAULT 16

static const char *const keys[] = {
	"ctguard_reference",
	"description",
	"pcr",
	"bases",
	"tail",
	"boot",
	"module",
	"modules",
	"ima",
	"policies",
	"signers",
	"lock",
	"images",
	"level",
	"program",
	"claimants",
	"accept_unsafe_clock",
	"accept_unverified_boot",
	"accept_unverified_module",
	"accept_unverified_modules",
	"accept_unverified_policy",
	"accept_unverified_images",
	NULL,
};

struct reader {
	const char *name;
	struct reference *reference;
	struct ctguard_error *error;
};

#define BAD(rule, ...) json_bad(reader->name, reader->error, rule, __VA_ARGS__)

static int ascending(const void *a, const void *b)
{
	return memcmp(a, b, 32);
}

static void sort(struct digests *set)
{
	if (set->count)
		qsort(set->list, set->count, 32, ascending);
}

static uint8_t *add(struct digests *set, size_t *space)
{
	set->list = ctguard_alloc_grow(set->list, space, set->count + 1, 32);
	return set->list[set->count++];
}

static int read_digests(const struct reader *reader, const char *path,
			const json_t *json, struct digests *set)
{
	size_t space = 0, i;
	json_t *value;

	if (!json)
		return 0;
	if (!json_is_array(json))
		return BAD("expected a list of sha256 in hexadecimal", "%s",
			   path);
	set->given = true;
	json_array_foreach(json, i, value)
	{
		if (!json_hex(value, add(set, &space), 32))
			return BAD("expected sha256 in hexadecimal", "%s/%zu",
				   path, i);
	}
	sort(set);
	return 0;
}

static int read_images(const struct reader *reader, const json_t *json)
{
	static const char config[] = "config:sha256:";
	static const char manifest[] = "manifest:sha256:";
	struct reference *reference = reader->reference;
	size_t configs = 0, manifests = 0, i;
	json_t *value;

	if (!json)
		return 0;
	if (!json_is_array(json))
		return BAD(
			"expected a list of config:sha256:HEX and manifest:sha256:HEX",
			"/images");
	reference->images_given = true;
	json_array_foreach(json, i, value)
	{
		const char *text = json_string_value(value);
		JSON_PUT json_t *digits = NULL;
		uint8_t *digest;

		if (!text)
			goto wrong;
		if (!strncmp(text, config, sizeof(config) - 1)) {
			digest = add(&reference->configs, &configs);
			text += sizeof(config) - 1;
		} else if (!strncmp(text, manifest, sizeof(manifest) - 1)) {
			digest = add(&reference->manifests, &manifests);
			text += sizeof(manifest) - 1;
		} else {
			goto wrong;
		}
		digits = json_string(text);
		if (!json_hex(digits, digest, 32))
			goto wrong;
	}
	sort(&reference->configs);
	sort(&reference->manifests);
	return 0;

wrong:
	return BAD("expected config:sha256:HEX or manifest:sha256:HEX",
		   "/images/%zu", i);
}

static int read_policies(const struct reader *reader, const json_t *json)
{
	static const char *const known[] = { "sha256", "signed", NULL };
	struct reference *reference = reader->reference;
	size_t space = 0, i;
	json_t *value;

	if (!json)
		return 0;
	if (!json_is_array(json))
		return BAD("expected a list", "/policies");
	reference->policies_given = true;
	json_array_foreach(json, i, value)
	{
		struct reference_policy *policy;
		const json_t *sha256 = value, *is_signed = NULL;

		if (json_is_object(value)) {
			char path[64];

			snprintf(path, sizeof(path), "/policies/%zu", i);
			if (json_known(reader->name, path, value, known,
				       reader->error) < 0)
				return -1;
			sha256 = json_object_get(value, "sha256");
			is_signed = json_object_get(value, "signed");
		}
		reference->policies = ctguard_alloc_grow(
			reference->policies, &space,
			reference->policy_count + 1, sizeof(*policy));
		policy = &reference->policies[reference->policy_count++];
		if (!json_hex(sha256, policy->sha256, 32) ||
		    (is_signed && !json_is_boolean(is_signed)))
			return BAD(
				"expected sha256 in hexadecimal, or {\"sha256\": it, \"signed\": true or false}",
				"/policies/%zu", i);
		policy->is_signed = !json_is_false(is_signed);
	}
	return 0;
}

static int read_kernels(const struct reader *reader, json_t *json)
{
	struct reference *reference = reader->reference;
	size_t space = 0;
	const char *release;
	json_t *value;

	if (!json)
		return 0;
	if (!json_is_object(json) || !json_object_size(json))
		return BAD("expected {\"KERNEL\": [\"SHA256\"]}", "/module");
	json_object_foreach(json, release, value)
	{
		CTGUARD_FREE char *path =
			ctguard_alloc_format("/module/%s", release);
		struct reference_kernel *kernel;

		reference->kernels = ctguard_alloc_grow(
			reference->kernels, &space, reference->kernel_count + 1,
			sizeof(*kernel));
		kernel = &reference->kernels[reference->kernel_count++];
		memset(kernel, 0, sizeof(*kernel));
		kernel->release =
			ctguard_alloc_string(release, strlen(release));
		if (read_digests(reader, path, value, &kernel->modules) < 0)
			return -1;
	}
	return 0;
}

/* {"sha256": {"0": "HEX" or ["HEX", ..]}} */
static int read_values(const struct reader *reader, const char *path,
		       const json_t *json, size_t size,
		       struct reference_pcr *pcr)
{
	static const char rule[] =
		"expected hexadecimal digits, as long as the bank's values";
	const bool several = json_is_array(json);
	const size_t count = several ? json_array_size(json) : 1;

	pcr->values = ctguard_alloc_zeroed(count, size);
	pcr->count = count;
	if (!several)
		return json_hex(json, pcr->values, size) ?
			       0 :
			       BAD(rule, "%s", path);
	for (size_t i = 0; i < count; i++)
		if (!json_hex(json_array_get(json, i), pcr->values + i * size,
			      size))
			return BAD(rule, "%s/%zu", path, i);
	return 0;
}

static int read_boot(const struct reader *reader, json_t *json)
{
	struct reference *reference = reader->reference;
	const char *name, *number;
	json_t *bank_json, *value;
	size_t space = 0;

	if (!json)
		return 0;
	if (!json_is_object(json))
		return BAD(
			"expected {\"sha256\": {\"0\": \"HEX\", ..}}, of a bank of SHA-2",
			"/boot");
	json_object_foreach(json, name, bank_json)
	{
		enum hash_bank bank = hash_bank_named(name, strlen(name));

		if (bank == HASH_NONE || bank == HASH_SHA1 ||
		    !json_is_object(bank_json))
			return BAD(
				"expected {\"0\": \"HEX\", ..} of a bank of SHA-2",
				"/boot/%s", name);
		json_object_foreach(bank_json, number, value)
		{
			struct reference_pcr *pcr;
			char path[64], *end;
			unsigned long n = strtoul(number, &end, 10);

			if (end == number || *end || n > 15 ||
			    strlen(number) > 2)
				return BAD("expected PCRs 0 to 15",
					   "/boot/%s/%s", name, number);
			reference->boot = ctguard_alloc_grow(
				reference->boot, &space,
				reference->boot_count + 1, sizeof(*pcr));
			pcr = &reference->boot[reference->boot_count++];
			*pcr = (struct reference_pcr){ .bank = bank,
						       .pcr = (unsigned int)n };
			snprintf(path, sizeof(path), "/boot/%s/%s", name,
				 number);
			if (read_values(reader, path, value, hash_size(bank),
					pcr) < 0)
				return -1;
		}
	}
	return 0;
}

static int read_bases(const struct reader *reader, json_t *json)
{
	struct reference *reference = reader->reference;
	size_t space = 0;
	const char *name;
	json_t *value;

	if (!json)
		return 0;
	if (!json_is_object(json))
		return BAD("expected {\"sha256\": [\"HEX\"]}", "/bases");
	json_object_foreach(json, name, value)
	{
		enum hash_bank bank = hash_bank_named(name, strlen(name));
		struct reference_pcr *base;
		char path[64];

		if (bank == HASH_NONE)
			return BAD("expected the name of a bank", "/bases/%s",
				   name);
		reference->bases = ctguard_alloc_grow(reference->bases, &space,
						      reference->base_count + 1,
						      sizeof(*base));
		base = &reference->bases[reference->base_count++];
		*base = (struct reference_pcr){ .bank = bank };
		snprintf(path, sizeof(path), "/bases/%s", name);
		if (read_values(reader, path, value, hash_size(bank), base) < 0)
			return -1;
	}
	return 0;
}

static int read_number(const struct reader *reader, const char *key,
		       uint64_t least, uint64_t most, uint64_t *number)
{
	const json_t *json = json_object_get(reader->reference->json, key);
	char expected[64];

	if (!json ||
	    (json_count(json, number) && *number >= least && *number <= most))
		return 0;
	snprintf(expected, sizeof(expected),
		 "expected a number of %llu to %llu", (unsigned long long)least,
		 (unsigned long long)most);
	return BAD(expected, "/%s", key);
}

static int read_bool(const struct reader *reader, const char *key, bool *value)
{
	const json_t *json = json_object_get(reader->reference->json, key);

	if (!json)
		return 0;
	if (!json_is_boolean(json))
		return BAD("expected true or false", "/%s", key);
	*value = json_is_true(json);
	return 0;
}

/* One of two words, the first of which is the default. */
static int read_word(const struct reader *reader, const char *key,
		     const char *usual, const char *other, bool *is_other)
{
	const json_t *json = json_object_get(reader->reference->json, key);
	const char *text = json_string_value(json);
	char expected[64];

	if (!json)
		return 0;
	snprintf(expected, sizeof(expected), "expected \"%s\" or \"%s\"", usual,
		 other);
	if (!text || (strcmp(text, usual) && strcmp(text, other)))
		return BAD(expected, "/%s", key);
	*is_other = !strcmp(text, other);
	return 0;
}

static int read_accepted(const struct reader *reader)
{
	char key[64];

	for (int i = PART_BOOT; i < PART_COUNT; i++) {
		bool accepted = false;

		snprintf(key, sizeof(key), "accept_unverified_%s",
			 part_name((enum part)i));
		if (read_bool(reader, key, &accepted) < 0)
			return -1;
		if (accepted)
			reader->reference->accepted |= 1U << i;
	}
	return 0;
}

static int read_all(const struct reader *reader)
{
	struct reference *reference = reader->reference;
	uint64_t version = 0, pcr = CTGUARD_PCR_DEFAULT, level = 0;
	json_t *json = reference->json;
	const json_t *description = json_object_get(json, "description");

	if (json_known(reader->name, "", json, keys, reader->error) < 0)
		return -1;
	if (!json_count(json_object_get(json, "ctguard_reference"), &version) ||
	    version != 1)
		return BAD("expected 1", "/ctguard_reference");
	if (description && !json_is_string(description))
		return BAD("expected text", "/description");
	reference->tail = TAIL_DEFAULT;
	if (read_number(reader, "pcr", CTGUARD_PCR_MIN, CTGUARD_PCR_MAX, &pcr) <
		    0 ||
	    read_number(reader, "tail", 0, CTGUARD_LOG_RECORDS_MAX,
			&reference->tail) < 0 ||
	    read_number(reader, "level", CTGUARD_LEVEL_ENGINE,
			CTGUARD_LEVEL_CONTENT, &level) < 0 ||
	    read_bool(reader, "lock", &reference->lock) < 0 ||
	    read_bool(reader, "accept_unsafe_clock", &reference->unsafe_clock) <
		    0 ||
	    read_word(reader, "program", "image", "any",
		      &reference->program_any) < 0 ||
	    read_word(reader, "ima", "modules", "merged",
		      &reference->ima_merged) < 0 ||
	    read_accepted(reader) < 0 ||
	    read_bases(reader, json_object_get(json, "bases")) < 0 ||
	    read_boot(reader, json_object_get(json, "boot")) < 0 ||
	    read_kernels(reader, json_object_get(json, "module")) < 0 ||
	    read_digests(reader, "/modules", json_object_get(json, "modules"),
			 &reference->modules) < 0 ||
	    read_policies(reader, json_object_get(json, "policies")) < 0 ||
	    read_digests(reader, "/signers", json_object_get(json, "signers"),
			 &reference->signers) < 0 ||
	    read_images(reader, json_object_get(json, "images")) < 0 ||
	    read_digests(reader, "/claimants",
			 json_object_get(json, "claimants"),
			 &reference->claimants) < 0)
		return -1;
	reference->pcr = (unsigned int)pcr;
	reference->level = (unsigned int)level;
	return 0;
}

/* Of what records are judged by, one by one. */
static int digest(const struct reader *reader)
{
	static const char *const judges[] = {
		"pcr",	  "bases", "policies", "signers",
		"images", "level", "program",  "claimants",
	};
	struct reference *reference = reader->reference;
	JSON_PUT json_t *json = json_object();
	CTGUARD_FREE char *text = NULL;

	for (size_t i = 0; i < sizeof(judges) / sizeof(*judges); i++)
		json_object_set(json, judges[i],
				json_object_get(reference->json, judges[i]));
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return ctguard_error_set(reader->error, CTGUARD_EXIT_SYSTEM, 0,
					 "%s: cannot be written", reader->name);
	return ctguard_digest_make(text, strlen(text), reference->sha256,
				   reader->error);
}

/**
 * reference_from_json() - understand a reference
 * @name: of it, for errors
 * @json: the object, which the reference keeps
 * @ret_reference: to be freed
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int reference_from_json(const char *name, json_t *json,
			struct reference **ret_reference,
			struct ctguard_error *error)
{
	REFERENCE_PUT struct reference *reference =
		ctguard_alloc_zeroed(1, sizeof(*reference));
	struct reader reader = { name, reference, error };

	reference->json = json_incref(json);
	if (read_all(&reader) < 0 || digest(&reader) < 0)
		return -1;
	*ret_reference = reference;
	reference = NULL;
	return 0;
}

/** reference_parse() - the same of text */
int reference_parse(const char *name, const void *data, size_t size,
		    struct reference **ret_reference,
		    struct ctguard_error *error)
{
	JSON_PUT json_t *json = NULL;

	if (json_read(name, data, size, &json, error) < 0)
		return -1;
	return reference_from_json(name, json, ret_reference, error);
}

/** reference_free() - free one; NULL is none */
void reference_free(struct reference *reference)
{
	if (!reference)
		return;
	for (size_t i = 0; i < reference->kernel_count; i++) {
		free(reference->kernels[i].release);
		free(reference->kernels[i].modules.list);
	}
	for (size_t i = 0; i < reference->boot_count; i++)
		free(reference->boot[i].values);
	for (size_t i = 0; i < reference->base_count; i++)
		free(reference->bases[i].values);
	free(reference->kernels);
	free(reference->boot);
	free(reference->bases);
	free(reference->policies);
	free(reference->signers.list);
	free(reference->configs.list);
	free(reference->manifests.list);
	free(reference->claimants.list);
	free(reference->modules.list);
	json_decref(reference->json);
	free(reference);
}

/** reference_put() - free what a local holds */
void reference_put(struct reference **reference)
{
	reference_free(*reference);
}

/**
 * reference_add_images() - add the lines of a list of images
 * @name: of the list, for errors
 * @text: the list; changed
 * @json: the reference that it is added to
 * @error: set on failure
 *
 * A line is config:sha256:HEX or manifest:sha256:HEX; behind "#" is comment.
 *
 * Return: 0 or -1.
 */
int reference_add_images(const char *name, char *text, json_t *json,
			 struct ctguard_error *error)
{
	json_t *images = json_object_get(json, "images");
	const char *const begin = text;
	unsigned int number = 0;
	char *line;

	if (!images) {
		images = json_array();
		json_object_set_new(json, "images", images);
	}
	while ((line = strsep(&text, "\n"))) {
		const char *digits;
		size_t at;

		number++;
		line[strcspn(line, "#")] = '\0';
		line += strspn(line, " \t\r");
		at = (size_t)(line - begin);
		line[strcspn(line, " \t\r")] = '\0';
		if (!*line)
			continue;
		digits = strstr(line, ":sha256:");
		if ((strncmp(line, "config:", 7) &&
		     strncmp(line, "manifest:", 9)) ||
		    !digits || strlen(digits + 8) != 64 ||
		    strspn(digits + 8, "0123456789abcdefABCDEF") != 64)
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s:%u: offset %zu: expected config:sha256:HEX or manifest:sha256:HEX",
				name, number, at);
		json_array_append_new(images, json_string(line));
	}
	return 0;
}

/**
 * reference_add_module() - approve a build of ctguard.ko
 * @json: the reference
 * @release: of the kernel that it is for
 * @sha256: of the file, in hexadecimal
 *
 * Return: 1, 0 when it was approved, or -1 when @release is not UTF-8.
 */
int reference_add_module(json_t *json, const char *release, const char *sha256)
{
	json_t *module = json_object_get(json, "module"), *list, *value;
	size_t i;

	if (!module) {
		module = json_object();
		json_object_set_new(json, "module", module);
	}
	list = json_object_get(module, release);
	if (!list) {
		list = json_array();
		if (json_object_set_new(module, release, list) < 0)
			return -1;
	}
	json_array_foreach(list, i,
			   value) if (!strcasecmp(json_string_value(value),
						  sha256)) return 0;
	json_array_append_new(list, json_string(sha256));
	return 1;
}

/** digests_have() - whether a digest is in a set */
bool digests_have(const struct digests *set, const uint8_t digest[32])
{
	return set->count &&
	       bsearch(digest, set->list, set->count, 32, ascending);
}

/** reference_kernel() - builds for a kernel; NULL for none */
const struct reference_kernel *
reference_kernel(const struct reference *reference, const char *release,
		 size_t size)
{
	for (size_t i = 0; i < reference->kernel_count; i++)
		if (strlen(reference->kernels[i].release) == size &&
		    !memcmp(reference->kernels[i].release, release, size))
			return &reference->kernels[i];
	return NULL;
}

/** reference_policy_rank() - place of a policy, the newest last; or -1 */
int reference_policy_rank(const struct reference *reference,
			  const uint8_t sha256[32])
{
	for (size_t i = reference->policy_count; i > 0; i--)
		if (!memcmp(reference->policies[i - 1].sha256, sha256, 32))
			return (int)i - 1;
	return -1;
}

/** reference_pcr_is() - whether a value is one of the approved */
bool reference_pcr_is(const struct reference_pcr *pcr, const uint8_t *value)
{
	const size_t size = hash_size(pcr->bank);

	for (size_t i = 0; i < pcr->count; i++)
		if (!memcmp(pcr->values + i * size, value, size))
			return true;
	return false;
}
