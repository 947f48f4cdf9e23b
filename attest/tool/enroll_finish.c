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

static int bad_pending(const struct store *store, const char *path,
		       struct ctguard_error *error)
{
	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s/%s: malformed", store->path, path);
}

static int finish(const char *state, const char *host, const char *file,
		  struct ctguard_error *error)
{
	CTGUARD_FREE char *secret = NULL, *path = NULL, *data = NULL;
	uint8_t digest[CTGUARD_DIGEST_SIZE], expected[CTGUARD_DIGEST_SIZE];
	struct record record = { 0 }, *all[] = { &record }, other;
	const char *trust, *reference;
	STORE_CLOSE struct store store = { 0 };
	JSON_PUT json_t *json = NULL;
	const json_t *name;
	uint64_t begun;
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
	if (json_read(path, data, size, &json, error) < 0)
		return -1;
	if (!json_hex(json_object_get(json, "secret_sha256"), expected, 32) ||
	    !json_count(json_object_get(json, "begun"), &begun))
		return bad_pending(&store, path, error);
	if (ctguard_digest_make(secret, SECRET_SIZE, digest, error) < 0)
		return -1;
	OPENSSL_cleanse(secret, SECRET_SIZE);
	if (CRYPTO_memcmp(digest, expected, sizeof(digest)))
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"SECRET_WRONG: this is not what the credential holds");
	if ((uint64_t)time(NULL) > begun + PENDING_TTL)
		return ctguard_error_set(error, CTGUARD_EXIT_NO, 0,
					 "SECRET_EXPIRED: begin again");

	name = json_object_get(json, "name");
	record.name_size = json_string_length(name) / 2;
	trust = json_string_value(json_object_get(json, "trust"));
	reference = json_string_value(json_object_get(json, "reference"));
	if (!record.name_size || record.name_size > sizeof(record.name) ||
	    !json_hex(name, record.name, record.name_size) ||
	    !json_hex(json_object_get(json, "ek"), record.ek, 32) || !trust ||
	    strlen(trust) >= sizeof(record.trust) || !reference ||
	    strlen(reference) >= sizeof(record.reference))
		return bad_pending(&store, path, error);
	strcpy(record.host, host);
	strcpy(record.trust, trust);
	strcpy(record.reference, reference);
	record.enrolled = (uint64_t)time(NULL);
	r = store_load(&store, record.name, record.name_size, &other, error);
	if (!r)
		r = store_load_host(&store, host, &other, error);
	if (r > 0)
		return ctguard_error_set(error, CTGUARD_EXIT_NO, 0,
					 "host %s is enrolled", other.host);
	if (r < 0 ||
	    store_save(&store, (const struct record *const *)all, 1, error) < 0)
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
