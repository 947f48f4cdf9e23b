// SPDX-License-Identifier: GPL-2.0
/*
 * ctguard-verify enroll begin: reads what a host says of its keys, and makes a
 * credential that only the TPM which has both can open.
 */
#include <getopt.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/digest.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/file.h"
#include "../lib/certificate.h"
#include "../lib/credential.h"
#include "../lib/json.h"
#include "../lib/store.h"
#include "../lib/ustar.h"
#include "command.h"
#include "roots.h"

#define REQUEST_MAX (256 << 10)
#define SECRET_SIZE 32

static const char usage[] =
	"Usage: ctguard-verify enroll begin --host NAME (--ek-sha256 HEX | --tofu)\n"
	"                                   [OPTION...] REQUEST\n"
	"\n"
	"Reads the file that ctguardctl attest init wrote on the host and makes a\n"
	"credential, NAME.cred, for its TPM to open.\n"
	"\n"
	"  -n, --host NAME       what the host shall be called\n"
	"  -e, --ek-sha256 HEX   fingerprint of the endorsement key, which the host\n"
	"                        showed to somebody who stood before it\n"
	"  -t, --tofu            trust the one that comes; every verdict will tell\n"
	"      --no-ek-cert      the fingerprint will do, whatever the certificate\n"
	"      --allow-swtpm     a software TPM will do\n"
	"  -r, --reference FILE  what the host shall be\n"
	"  -i, --images FILE     and this list of images\n"
	"  -o, --output FILE     the credential\n"
	"  -s, --state DIR       state directory\n";

enum member {
	REQUEST_MANIFEST,
	REQUEST_AK,
	REQUEST_EK,
	REQUEST_EK_CERT,
	REQUEST_EK_CHAIN,
	REQUEST_COUNT,
};

static const struct evidence_rule rules[REQUEST_COUNT] = {
	[REQUEST_MANIFEST] = { "manifest.json", 64 << 10, 1 },
	[REQUEST_AK] = { "ak.tss", 1024, 1 },
	[REQUEST_EK] = { "ek.tss", 1024, 1 },
	[REQUEST_EK_CERT] = { "ek.crt", 8192, 0 },
	[REQUEST_EK_CHAIN] = { "ek-chain.pem", 64 << 10, 0 },
};

struct options {
	const char *state;
	const char *host;
	const char *reference;
	const char *images;
	const char *output;
	uint8_t ek[32];
	bool pinned;
	bool tofu;
	bool no_certificate;
	bool allow_swtpm;
};

struct request {
	struct span members[REQUEST_COUNT];
	struct public ak;
	struct public ek;
	uint8_t fingerprint[32];
};

static int read_request(const char *path, const char *data, size_t size,
			struct request *request, struct ctguard_error *error)
{
	JSON_PUT json_t *manifest = NULL;
	const struct span *members = request->members;
	struct hash hash;

	if (ustar_read(path, data, size, rules, REQUEST_COUNT, request->members,
		       error) < 0 ||
	    json_read(rules[REQUEST_MANIFEST].name,
		      members[REQUEST_MANIFEST].data,
		      members[REQUEST_MANIFEST].size, &manifest, error) < 0 ||
	    public_read(rules[REQUEST_AK].name, members[REQUEST_AK],
			&request->ak, error) < 0 ||
	    public_read(rules[REQUEST_EK].name, members[REQUEST_EK],
			&request->ek, error) < 0 ||
	    credential_fingerprint(rules[REQUEST_EK].name, &request->ek,
				   request->fingerprint, error) < 0 ||
	    hash_open(&hash, error) < 0)
		return -1;
	public_name(&request->ak, &hash);
	public_name(&request->ek, &hash);
	hash_close(&hash);
	return 0;
}

/* Sets an error of exit status 1. */
static int refuse(struct ctguard_error *error, const char *code,
		  const char *why)
{
	return ctguard_error_set(error, CTGUARD_EXIT_NO, 0, "%s: %s", code,
				 why);
}

/* How the endorsement key is trusted: words for the record. */
static int judge_ek(const struct options *options,
		    const struct request *request, const struct store *store,
		    const char **ret_trust, struct ctguard_error *error)
{
	const struct span certificate = request->members[REQUEST_EK_CERT];
	struct certificate_terms terms = {
		.chain = request->members[REQUEST_EK_CHAIN],
		.ek = &request->ek,
		.allow_swtpm = options->allow_swtpm,
	};
	const char *fault = credential_ek_fault(&request->ek), *why;
	char text[CTGUARD_DIGEST_TEXT];
	enum certificate_fault wrong;

	if (fault)
		return refuse(error, "EK_UNFIT", fault);
	fault = public_ak_fault(&request->ak);
	if (fault)
		return refuse(error, "AK_UNFIT", fault);
	ctguard_digest_text(request->fingerprint, text);
	if (options->pinned &&
	    CRYPTO_memcmp(options->ek, request->fingerprint, 32))
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"EK_FINGERPRINT: the endorsement key is sha256:%s",
			text);
	if (options->no_certificate || (options->pinned && !certificate.data)) {
		*ret_trust = "fingerprint";
		return 0;
	}
	if (!certificate.data)
		return refuse(error, "EK_CERT_MISSING",
			      "without a certificate --ek-sha256 is needed");
	terms.roots = roots_load(store, error);
	if (!terms.roots)
		return -1;
	wrong = certificate_check(certificate, &terms, &why);
	X509_STORE_free(terms.roots);
	if (wrong == CERTIFICATE_MALFORMED)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: offset 0: %s",
					 rules[REQUEST_EK_CERT].name, why);
	if (wrong)
		return refuse(error, certificate_fault_name(wrong), why);
	*ret_trust = options->pinned ? "fingerprint and certificate" :
				       "certificate (first use)";
	return 0;
}

static json_t *pending_json(const struct options *options,
			    const struct request *request, const char *trust,
			    const uint8_t *secret, const char *reference)
{
	json_t *json = json_object();
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	struct ctguard_error error;

	if (ctguard_digest_make(secret, SECRET_SIZE, digest, &error) < 0)
		memset(digest, 0, sizeof(digest));
	json_object_set_new(json, "host", json_string(options->host));
	json_object_set_new(json, "name",
			    json_from_hex(request->ak.name,
					  request->ak.name_size));
	json_object_set_new(json, "ek",
			    json_from_hex(request->fingerprint, 32));
	json_object_set_new(json, "trust", json_string(trust));
	json_object_set_new(json, "secret_sha256",
			    json_from_hex(digest, sizeof(digest)));
	json_object_set_new(json, "reference", json_string(reference));
	json_object_set_new(json, "begun",
			    json_integer((json_int_t)time(NULL)));
	return json;
}

static int not_enrolled(const struct options *options,
			const struct request *request,
			const struct store *store, struct ctguard_error *error)
{
	struct record record;
	int r = store_load_host(store, options->host, &record, error);

	if (!r)
		r = store_load(store, request->ak.name, request->ak.name_size,
			       &record, error);
	if (r > 0)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"host %s is enrolled: ctguard-verify enroll remove",
			record.host);
	return r;
}

static int begin(const struct options *options, const char *path,
		 struct ctguard_error *error)
{
	uint8_t secret[SECRET_SIZE], blob[CREDENTIAL_MAX];
	CTGUARD_FREE char *data = NULL, *output = NULL, *pending = NULL;
	CTGUARD_FREE char *text = NULL;
	JSON_PUT json_t *reference = NULL, *json = NULL;
	STORE_CLOSE struct store store = { 0 };
	char sha256[65] = "", shown[CTGUARD_DIGEST_TEXT];
	struct request request = { 0 };
	const char *trust = NULL;
	size_t size, blob_size;

	if (ctguard_file_read(path, REQUEST_MAX, &data, &size, error) < 0 ||
	    read_request(path, data, size, &request, error) < 0 ||
	    (options->reference &&
	     command_reference(options->reference, options->images, &reference,
			       NULL, error) < 0) ||
	    command_open(&store, options->state, error) < 0 ||
	    not_enrolled(options, &request, &store, error) < 0 ||
	    judge_ek(options, &request, &store, &trust, error) < 0)
		return -1;
	if (RAND_bytes(secret, sizeof(secret)) != 1)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "no random numbers");
	if (credential_make(rules[REQUEST_EK].name, &request.ek, &request.ak,
			    secret, sizeof(secret), blob, &blob_size,
			    error) < 0 ||
	    (reference &&
	     store_save_reference(&store, reference, sha256, error) < 0))
		return -1;
	json = pending_json(options, &request, trust, secret, sha256);
	OPENSSL_cleanse(secret, sizeof(secret));
	text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
	pending = ctguard_alloc_format("pending/%s.json", options->host);
	output = options->output ?
			 ctguard_alloc_string(options->output,
					      strlen(options->output)) :
			 ctguard_alloc_format("%s.cred", options->host);
	if (!text ||
	    store_write(&store, pending, text, strlen(text), error) < 0 ||
	    command_write(output, blob, blob_size, 1, error) < 0)
		return -1;
	ctguard_digest_text(request.fingerprint, shown);
	fprintf(stderr, "host %s: endorsement key sha256:%s, trusted by %s\n",
		options->host, shown, trust);
	return 0;
}

static int read_options(int argc, char **argv, struct options *options)
{
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "host", required_argument, NULL, 'n' },
		{ "ek-sha256", required_argument, NULL, 'e' },
		{ "tofu", no_argument, NULL, 't' },
		{ "no-ek-cert", no_argument, NULL, 'C' },
		{ "allow-swtpm", no_argument, NULL, 'S' },
		{ "reference", required_argument, NULL, 'r' },
		{ "images", required_argument, NULL, 'i' },
		{ "output", required_argument, NULL, 'o' },
		{ "state", required_argument, NULL, 's' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "hn:e:tr:i:o:s:", long_options,
				     NULL)) != -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'n':
			options->host = optarg;
			break;
		case 'e':
			if (!command_digest(optarg, options->ek))
				return ctguard_command_misused(
					argv,
					"--ek-sha256 is 64 hexadecimal digits");
			options->pinned = true;
			break;
		case 't':
			options->tofu = true;
			break;
		case 'C':
			options->no_certificate = true;
			break;
		case 'S':
			options->allow_swtpm = true;
			break;
		case 'r':
			options->reference = optarg;
			break;
		case 'i':
			options->images = optarg;
			break;
		case 'o':
			options->output = optarg;
			break;
		case 's':
			options->state = optarg;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (!options->host || !record_host_valid(options->host))
		return ctguard_command_misused(
			argv,
			"expected --host NAME of 1 to %d letters, digits, and . _ -",
			RECORD_HOST_MAX);
	if (options->pinned == options->tofu)
		return ctguard_command_misused(
			argv, "expected either --ek-sha256 or --tofu");
	if (options->no_certificate && !options->pinned)
		return ctguard_command_misused(
			argv, "--no-ek-cert needs --ek-sha256");
	if (options->images && !options->reference)
		return ctguard_command_misused(argv,
					       "--images needs --reference");
	if (optind + 1 != argc)
		return ctguard_command_misused(argv, "expected one REQUEST");
	return -1;
}

int command_enroll_begin(int argc, char **argv)
{
	struct options options = { .state = COMMAND_STATE };
	struct ctguard_error error;
	int status = read_options(argc, argv, &options);

	if (status >= 0)
		return status;
	if (begin(&options, argv[optind], &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
