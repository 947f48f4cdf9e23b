// SPDX-License-Identifier: GPL-2.0
/* ctguardctl attest init: the keys, and a request to enrol. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../attest/lib/enrolment.h"
#include "../../attest/lib/evidence_write.h"
#include "../lib/alloc.h"
#include "../lib/digest.h"
#include "../lib/ek.h"
#include "../lib/error.h"
#include "attest_options.h"
#include "command.h"
#include "manifest.h"

static const char usage[] =
	"Usage: ctguardctl attest init [-o HOST.ctgenroll] [OPTION...]\n"
	"\n"
	"Makes the host's attestation key in its TPM, the same each time, and prints\n"
	"the fingerprint of the endorsement key, which \"ctguard-verify enroll begin\n"
	"--ek-sha256\" wants to know by a way that nobody else can write to.\n"
	"\n"
	"  -o, --output FILE     write a request to enrol, \"-\" for standard output\n"
	"      --alg ecc|rsa     P-256 and ECDSA (default), or RSA of 2048 bits\n"
	"      --ak-handle N     keep the key there (default 0x81018C74); a handle that\n"
	"                        holds another key is an error, and stays as it is\n"
	"      --no-persist      keep it nowhere: it is derived for each quote\n"
	"      --eh-auth FILE    password of the endorsement hierarchy\n"
	"      --owner-auth FILE password of the owner, to keep the key\n"
	"      --tcti TCTI       where the TPM is (default device:/dev/tpmrm0)\n";

static const char *const algorithms[] = {
	[CTGUARD_TPM_ECC] = "ecc-p256",
	[CTGUARD_TPM_RSA] = "rsa-2048",
	[CTGUARD_TPM_ECC_384] = "ecc-p384",
};

/* What is printed, and stands in the manifest. */
struct names {
	char ek[CTGUARD_DIGEST_TEXT];
	char ak[2 * CTGUARD_TPM_NAME_MAX + 1];
};

/* Keeps @key unless it is kept; whatever else is there stays. */
static int persist(const struct ctguard_attest *options,
		   struct ctguard_tpm *tpm, const struct ctguard_tpm_key *key,
		   struct ctguard_error *error)
{
	CTGUARD_TPM_KEY struct ctguard_tpm_key there = { 0 };
	int r;

	r = ctguard_tpm_ak_find(tpm, options->ak_handle, &there, error);
	if (r < 0)
		return -1;
	if (!r)
		return ctguard_tpm_ak_persist(tpm, key, options->ak_handle,
					      error);
	if (there.name_size == key->name_size &&
	    !memcmp(there.name, key->name, key->name_size))
		return 0;
	return ctguard_error_set(
		error, CTGUARD_EXIT_SYSTEM, 0,
		"TPM %s: handle 0x%08" PRIx32
		" holds another key, which is left alone; choose one with --ak-handle, or --no-persist",
		ctguard_tpm_tcti(tpm), options->ak_handle);
}

static char *make_manifest(const struct ctguard_ek *ek,
			   const struct ctguard_tpm_key *ak,
			   const struct names *names, uint64_t now,
			   size_t *ret_size)
{
	json_t *manifest = ctguard_manifest_begin("enrolment", now);

	json_object_set_new(manifest, "ek_sha256", json_string(names->ek));
	json_object_set_new(manifest, "ek_algorithm",
			    json_string(algorithms[ek->key.algorithm]));
	json_object_set_new(manifest, "ak_name", json_string(names->ak));
	json_object_set_new(manifest, "ak_algorithm",
			    json_string(algorithms[ak->algorithm]));
	return ctguard_manifest_end(manifest, ret_size);
}

static int request(const char *output, const struct ctguard_ek *ek,
		   const struct ctguard_tpm_key *ak, const struct names *names,
		   struct ctguard_error *error)
{
	uint64_t now = (uint64_t)time(NULL);
	CTGUARD_FREE uint8_t *archive = NULL;
	char problem[EVIDENCE_PROBLEM];
	size_t manifest_size, size;
	CTGUARD_FREE char *manifest =
		make_manifest(ek, ak, names, now, &manifest_size);
	const struct evidence_part parts[ENROLMENT_COUNT] = {
		[ENROLMENT_MANIFEST] = { manifest, manifest_size },
		[ENROLMENT_AK_TSS] = { ak->public.data, ak->public.size },
		[ENROLMENT_EK_TSS] = { ek->key.public.data,
				       ek->key.public.size },
		[ENROLMENT_EK_CERT] = { ek->certificate, ek->certificate_size },
		[ENROLMENT_EK_CHAIN] = { ek->chain, ek->chain_size },
	};

	if (evidence_write(enrolment_rules, parts, ENROLMENT_COUNT, now,
			   &archive, &size, problem) < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "the request to enrol: %s", problem);
	return ctguard_attest_write(output, "standard output", archive, size,
				    error);
}

static int init(const struct ctguard_attest *options, const char *output,
		struct ctguard_error *error)
{
	CTGUARD_TPM struct ctguard_tpm *tpm = NULL;
	CTGUARD_TPM_KEY struct ctguard_tpm_key ak = { 0 };
	CTGUARD_EK struct ctguard_ek ek = { 0 };
	FILE *out = output && !strcmp(output, "-") ? stderr : stdout;
	struct names names;

	if (ctguard_attest_open(options, &tpm, error) < 0 ||
	    ctguard_ek_find(tpm, options->algorithm, &ek, error) < 0 ||
	    ctguard_tpm_ak_make(tpm, options->algorithm, &ak, error) < 0 ||
	    (!options->no_persist && persist(options, tpm, &ak, error) < 0))
		return -1;
	ctguard_digest_text(ek.fingerprint, names.ek);
	for (size_t i = 0; i < ak.name_size; i++)
		sprintf(names.ak + 2 * i, "%02x", ak.name[i]);
	if (output && request(output, &ek, &ak, &names, error) < 0)
		return -1;
	fprintf(out, "ek-sha256    %s\n", names.ek);
	fprintf(out, "ek           %s, %s\n", algorithms[ek.key.algorithm],
		ek.certificate ? "with a certificate" :
				 "without a certificate");
	fprintf(out, "ak-name      %s\n", names.ak);
	if (options->no_persist)
		fprintf(out, "ak           %s, not persisted\n",
			algorithms[ak.algorithm]);
	else
		fprintf(out, "ak           %s, at 0x%08" PRIx32 "\n",
			algorithms[ak.algorithm], options->ak_handle);
	return 0;
}

int ctguard_command_attest_init(int argc, char **argv)
{
	static const struct option table[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "output", required_argument, NULL, 'o' },
		{ "owner-auth", required_argument, NULL,
		  CTGUARD_ATTEST_OWNER_AUTH },
		CTGUARD_ATTEST_KEY_OPTIONS,
		CTGUARD_ATTEST_TPM_OPTIONS,
		{ 0 },
	};
	struct ctguard_attest options;
	const char *output = NULL;
	struct ctguard_error error;
	int option, ended;

	ctguard_attest_begin(&options);
	while ((option = getopt_long(argc, argv, "ho:", table, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option == 'o') {
			output = optarg;
			continue;
		}
		ended = ctguard_attest_option(&options, option, argv);
		if (ended >= 0)
			return ended;
	}
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	if (output && !strcmp(output, "-") && isatty(STDOUT_FILENO))
		return ctguard_command_misused(
			argv, "will not write bytes to a terminal");
	if (init(&options, output, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
