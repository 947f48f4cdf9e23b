// SPDX-License-Identifier: GPL-2.0
/* ctguard-verify enroll finish: by what the host's TPM recovered. */
#include <getopt.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/digest.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/file.h"
#include "../lib/json.h"
#include "../lib/store.h"
#include "command.h"
#include "options.h"

#define SECRET_SIZE 32
#define PENDING_MAX 16384
#define PENDING_TTL (24 * 60 * 60)

static const char usage[] =
	"Usage: ctguard-verify enroll finish --host NAME --secret-file FILE\n"
	"\n"
	"Enrols a host whose TPM opened the credential: then its attestation key and\n"
	"its endorsement key are in one TPM.\n"
	"\n"
	"  -n, --host NAME         as it was begun\n"
	"  -f, --secret-file FILE  what the TPM recovered, 32 bytes; - is standard\n"
	"                          input\n"
	"  -s, --state DIR         state directory\n";

/* What enroll begin wrote. */
struct pending {
	struct record record;
	uint8_t secret[CTGUARD_DIGEST_SIZE];
	uint64_t begun;
};

static int get_text(const char *path, const json_t *json, const char *key,
		    size_t space, char *text, struct ctguard_error *error)
{
	const char *value = json_string_value(json_object_get(json, key));

	if (!value || strlen(value) >= space)
		return json_bad(path, error, "expected text, and not as long",
				"/%s", key);
	strcpy(text, value);
	return 0;
}

static int read_pending(const char *path, const void *data, size_t size,
			struct pending *pending, struct ctguard_error *error)
{
	static const char sha256[] = "expected sha256 in hexadecimal";
	struct record *record = &pending->record;
	JSON_PUT json_t *json = NULL;
	const json_t *name;

	if (json_read(path, data, size, &json, error) < 0)
		return -1;
	if (!json_hex(json_object_get(json, "secret_sha256"), pending->secret,
		      sizeof(pending->secret)))
		return json_bad(path, error, sha256, "/secret_sha256");
	if (!json_count(json_object_get(json, "begun"), &pending->begun))
		return json_bad(path, error, "expected a number", "/begun");
	name = json_object_get(json, "name");
	record->name_size = json_string_length(name) / 2;
	if (!record->name_size || record->name_size > sizeof(record->name) ||
	    !json_hex(name, record->name, record->name_size))
		return json_bad(path, error, "expected a Name in hexadecimal",
				"/name");
	if (!json_hex(json_object_get(json, "ek"), record->ek, 32))
		return json_bad(path, error, sha256, "/ek");
	if (get_text(path, json, "trust", sizeof(record->trust), record->trust,
		     error) < 0)
		return -1;
	return get_text(path, json, "reference", sizeof(record->reference),
			record->reference, error);
}

static int finish(const char *state, const char *host, const char *file,
		  struct ctguard_error *error)
{
	CTGUARD_FREE char *secret = NULL, *path = NULL, *data = NULL;
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	struct pending pending = { 0 };
	struct record *record = &pending.record, other;
	STORE_CLOSE struct store store = { 0 };
	size_t size;
	int r;

	if (!record_host_valid(host))
		return ctguard_error_set(error, CTGUARD_EXIT_USAGE, 0,
					 "not a host's name");
	if (ctguard_file_read(file, SECRET_SIZE, &secret, &size, error) < 0)
		return -1;
	if (size != SECRET_SIZE)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: offset %zu: expected %d bytes",
					 file, size, SECRET_SIZE);
	if (command_open(&store, state, error) < 0)
		return -1;
	path = ctguard_alloc_format("pending/%s.json", host);
	if (store_read(&store, path, PENDING_MAX, &data, &size, error) < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "no enrolment of host %s was begun",
					 host);
	if (read_pending(path, data, size, &pending, error) < 0)
		return -1;
	if (ctguard_digest_make(secret, SECRET_SIZE, digest, error) < 0)
		return -1;
	OPENSSL_cleanse(secret, SECRET_SIZE);
	if (CRYPTO_memcmp(digest, pending.secret, sizeof(digest)))
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"SECRET_WRONG: this is not what the credential holds");
	if ((uint64_t)time(NULL) > pending.begun + PENDING_TTL)
		return ctguard_error_set(error, CTGUARD_EXIT_NO, 0,
					 "SECRET_EXPIRED: begin again");

	strcpy(record->host, host);
	record->enrolled = (uint64_t)time(NULL);
	r = store_load(&store, record->name, record->name_size, &other, error);
	if (!r)
		r = store_load_host(&store, host, &other, error);
	if (r > 0)
		return ctguard_error_set(error, CTGUARD_EXIT_NO, 0,
					 "host %s is enrolled", other.host);
	if (r < 0 || store_save(&store, (const struct record *const *)&record,
				1, error) < 0)
		return -1;
	return store_unlink(&store, path, error);
}

int command_enroll_finish(int argc, char **argv)
{
	struct host_options options;
	struct ctguard_error error;
	int status = host_options_read(argc, argv, usage,
				       OPTION_HOST | OPTION_SECRET, &options);

	if (status >= 0)
		return status;
	if (!options.file || optind < argc)
		return ctguard_command_misused(argv,
					       "expected --secret-file FILE");
	if (finish(options.state, options.host, options.file, &error) < 0)
		return ctguard_command_failed(&error);
	printf("host %s is enrolled\n", options.host);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
