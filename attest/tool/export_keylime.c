// SPDX-License-Identifier: GPL-2.0
/*
 * ctguard-verify export keylime-policy and keylime-evidence: what stock Keylime
 * checks IMA's log by, and a body for its POST /v2.x/verify/evidence.
 *
 * In IMA's log the guard's records are buffers of constant content, so that
 * their hashes can be listed: for an image that of "sha256:HEX".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/measurement.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/digest.h"
#include "../../userspace/lib/escape.h"
#include "../lib/ima.h"
#include "../lib/json.h"
#include "base64.h"
#include "command.h"
#include "load.h"

#define POLICY_VERSION 5

static void add_buffer(json_t *buffers, const char *name, const char *content)
{
	json_t *list = json_object_get(buffers, name);
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	char text[CTGUARD_DIGEST_TEXT];
	struct ctguard_error error;

	if (ctguard_digest_make(content, strlen(content), digest, &error) < 0)
		return;
	ctguard_digest_text(digest, text);
	if (!list) {
		list = json_array();
		json_object_set_new(buffers, name, list);
	}
	json_array_append_new(list, json_string(text));
}

static void add_digest(json_t *buffers, const char *name,
		       const uint8_t digest[32])
{
	char text[8 + CTGUARD_DIGEST_TEXT];

	memcpy(text, "sha256:", 7);
	ctguard_digest_text(digest, text + 7);
	add_buffer(buffers, name, text);
}

static bool approved(const struct reference *reference,
		     const struct ima_entry *entry)
{
	if (entry->digest_size != 32)
		return false;
	if (digests_have(&reference->modules, entry->digest))
		return true;
	for (size_t i = 0; i < reference->kernel_count; i++)
		if (digests_have(&reference->kernels[i].modules, entry->digest))
			return true;
	return false;
}

/* Paths that evidence shows for what the reference approves. */
static int add_paths(const struct reference *reference, struct span log,
		     json_t *digests, json_t *buffers,
		     struct ctguard_error *error)
{
	struct ima_entry entry;
	struct cursor cursor;
	int r;

	ima_open(&cursor, "ima.ascii", log, error);
	while ((r = ima_next(&cursor, &entry)) > 0) {
		/* As make_body() writes it; what is not UTF-8 is no key. */
		CTGUARD_FREE char *path =
			ctguard_escape_utf8(entry.path.data, entry.path.size);
		char text[CTGUARD_DIGEST_TEXT];
		json_t *list, *to = digests;

		if (entry.template == IMA_BUF) {
			/* Which build it is, the file's digest approves. */
			if (strcmp(path, CTGUARD_IMA_MODULE))
				continue;
			to = buffers;
		} else if (!ima_is_boot(&entry) &&
			   !approved(reference, &entry)) {
			continue;
		}
		if (entry.digest_size != 32)
			continue;
		ctguard_digest_text(entry.digest, text);
		list = json_object_get(to, path);
		if (!list) {
			list = json_array();
			json_object_set_new(to, path, list);
		}
		json_array_append_new(list, json_string(text));
	}
	return r;
}

static int make_policy(const struct reference *reference,
		       const struct span *log, json_t **ret_policy,
		       struct ctguard_error *error)
{
	json_t *digests = json_object(), *buffers = json_object();
	json_t *policy = json_pack(
		"{s:{s:i,s:i},s:i,s:o,s:[],s:{},s:{s:[],s:s,s:n},s:o,s:s}",
		"meta", "version", POLICY_VERSION, "generator", 0, "release", 0,
		"digests", digests, "excludes", "keyrings", "ima",
		"ignored_keyrings", "log_hash_alg", "sha1", "dm_policy",
		"ima-buf", buffers, "verification-keys", "");

	for (size_t i = 0; i < reference->configs.count; i++)
		add_digest(buffers, CTGUARD_IMA_IMAGE,
			   reference->configs.list[i]);
	for (size_t i = 0; i < reference->policy_count; i++)
		add_digest(buffers, CTGUARD_IMA_POLICY,
			   reference->policies[i].sha256);
	add_buffer(buffers, CTGUARD_IMA_MODE, "enforce");
	if (log && add_paths(reference, *log, digests, buffers, error) < 0) {
		json_decref(policy);
		return -1;
	}
	*ret_policy = policy;
	return 0;
}

int command_export_keylime_policy(int argc, char **argv)
{
	static const char help[] =
		"Usage: ctguard-verify export keylime-policy (--host NAME | --reference FILE)\n"
		"                                            [--output FILE] [EVIDENCE]\n"
		"\n"
		"Writes a runtime policy of Keylime that approves what the reference does.\n"
		"Paths of modules and the build of the guard are taken from evidence.\n";
	REFERENCE_PUT struct reference *reference = NULL;
	JSON_PUT json_t *policy = NULL;
	LOADED loaded = { 0 };
	struct load_options options;
	struct ctguard_error error;
	int status = load_options_read(argc, argv, help, true, false, &options);

	if (status >= 0)
		return status;
	if (load_reference(&options, &reference, &error) < 0 ||
	    (options.path &&
	     load_evidence(options.path, &loaded, &error) < 0) ||
	    make_policy(reference,
			options.path ? &loaded.check.members[EVIDENCE_IMA] :
				       NULL,
			&policy, &error) < 0 ||
	    load_write_json(&options, policy, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

static json_t *text_of(struct span data)
{
	CTGUARD_FREE char *text = ctguard_escape_utf8(data.data, data.size);

	return json_string(text);
}

static int make_body(const struct check *check, json_t *policy,
		     json_t **ret_body, struct ctguard_error *error)
{
	const struct span *members = check->members;
	const struct span nonce = members[EVIDENCE_NONCE];
	const char *hash =
		hash_name(hash_bank_of(check->signature.hash) == HASH_NONE ?
				  HASH_SHA256 :
				  hash_bank_of(check->signature.hash));
	CTGUARD_FREE char *message = NULL, *signature = NULL, *pcrs = NULL;
	CTGUARD_FREE char *ak = NULL, *quote = NULL, *policy_text = NULL;
	CTGUARD_FREE char *firmware = NULL;
	json_t *data;

	for (size_t i = 0; i < nonce.size; i++)
		if (nonce.data[i] < 0x20 || nonce.data[i] > 0x7e)
			return ctguard_error_set(
				error, CTGUARD_EXIT_NO, 0,
				"Keylime takes a nonce for text, and this one is none");
	message = base64_make(members[EVIDENCE_QUOTE_MSG].data,
			      members[EVIDENCE_QUOTE_MSG].size, false);
	signature = base64_make(members[EVIDENCE_QUOTE_SIG].data,
				members[EVIDENCE_QUOTE_SIG].size, false);
	pcrs = base64_make(members[EVIDENCE_QUOTE_PCRS].data,
			   members[EVIDENCE_QUOTE_PCRS].size, false);
	ak = base64_make(members[EVIDENCE_AK_TSS].data,
			 members[EVIDENCE_AK_TSS].size, false);
	quote = ctguard_alloc_format("r%s:%s:%s", message, signature, pcrs);
	policy_text = json_dumps(policy, JSON_COMPACT | JSON_PRESERVE_ORDER);
	data = json_object();
	json_object_set_new(data, "nonce", text_of(nonce));
	json_object_set_new(data, "quote", json_string(quote));
	json_object_set_new(data, "hash_alg", json_string(hash));
	json_object_set_new(data, "tpm_ak", json_string(ak));
	json_object_set_new(data, "tpm_ek", json_string(""));
	json_object_set_new(data, "runtime_policy", json_string(policy_text));
	json_object_set_new(data, "ima_measurement_list",
			    text_of(members[EVIDENCE_IMA]));
	if (members[EVIDENCE_UEFI].data) {
		firmware = base64_make(members[EVIDENCE_UEFI].data,
				       members[EVIDENCE_UEFI].size, false);
		json_object_set_new(data, "mb_list", json_string(firmware));
	}
	*ret_body = json_pack("{s:s,s:o}", "type", "tpm", "data", data);
	return 0;
}

int command_export_keylime_evidence(int argc, char **argv)
{
	static const char help[] =
		"Usage: ctguard-verify export keylime-evidence (--host NAME | --reference FILE)\n"
		"                                              [--output FILE] EVIDENCE\n"
		"\n"
		"Writes a body for Keylime's POST /v2.5/verify/evidence, with the runtime\n"
		"policy that the reference makes.\n";
	REFERENCE_PUT struct reference *reference = NULL;
	JSON_PUT json_t *policy = NULL, *body = NULL;
	LOADED loaded = { 0 };
	struct load_options options;
	struct ctguard_error error;
	int status = load_options_read(argc, argv, help, true, true, &options);

	if (status >= 0)
		return status;
	if (load_reference(&options, &reference, &error) < 0 ||
	    load_evidence(options.path, &loaded, &error) < 0 ||
	    make_policy(reference, &loaded.check.members[EVIDENCE_IMA], &policy,
			&error) < 0 ||
	    make_body(&loaded.check, policy, &body, &error) < 0 ||
	    load_write_json(&options, body, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
