// SPDX-License-Identifier: GPL-2.0
/* ctguardctl attest activate: the answer to a verifier's challenge. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/cel.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "attest_options.h"
#include "command.h"

static const char usage[] =
	"Usage: ctguardctl attest activate --credential FILE -o SECRET [OPTION...]\n"
	"\n"
	"Recovers what a verifier encrypted for this TPM's endorsement key and the\n"
	"attestation key of \"attest init\". FILE is as tpm2_makecredential(1) and\n"
	"\"ctguard-verify enroll begin\" write it.\n"
	"\n"
	"  -c, --credential FILE the credential, \"-\" for standard input\n"
	"  -o, --output FILE     where the secret goes, \"-\" for standard output\n"
	"      --alg, --ak-handle, --no-persist, --eh-auth, --tcti\n"
	"                        as given to \"attest init\"\n";

#define CREDENTIAL_MAX 4096
#define MAGIC 0xbadcc0deU
#define VERSION 1

/* A file of tpm2_makecredential(1): two numbers, two TPM2B. */
struct credential {
	const uint8_t *object;
	size_t object_size;
	const uint8_t *secret;
	size_t secret_size;
};

/* The TPM2B at @at, in what is left; its size with the header, or 0. */
static size_t tpm2b(const uint8_t *at, size_t left)
{
	size_t size;

	if (left < 2)
		return 0;
	size = 2 + (size_t)ctguard_cel_number(at, 2);
	return size <= left ? size : 0;
}

static int parse(const char *path, const uint8_t *data, size_t size,
		 struct credential *ret, struct ctguard_error *error)
{
	const char *rule = NULL;
	size_t at = 0;

	if (size < 8 || ctguard_cel_number(data, 4) != MAGIC) {
		rule = "expected 0xbadcc0de, as of tpm2_makecredential(1)";
	} else if (ctguard_cel_number(data + 4, 4) != VERSION) {
		at = 4;
		rule = "expected version 1";
	} else {
		at = 8;
		ret->object = data + at;
		ret->object_size = tpm2b(data + at, size - at);
		at += ret->object_size;
		ret->secret = data + at;
		ret->secret_size = tpm2b(data + at, size - at);
		at += ret->secret_size;
		if (!ret->object_size)
			rule = "the identity object is cut short";
		else if (!ret->secret_size)
			rule = "the encrypted secret is cut short";
		else if (at != size)
			rule = "expected nothing more";
	}
	if (rule)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: at byte %zu: %s", path, at, rule);
	return 0;
}

/* Whose the credential is can be told from what its secret is encrypted to. */
static enum ctguard_tpm_algorithm algorithm_of(const struct credential *from)
{
	if (from->secret_size == 2 + 256)
		return CTGUARD_TPM_RSA;
	/* An elliptic point: two coordinates with their lengths. */
	return from->secret_size > 2 + 2 * (2 + 32) ? CTGUARD_TPM_ECC_384 :
						      CTGUARD_TPM_ECC;
}

static int activate(const struct ctguard_attest *options, const char *path,
		    const char *output, struct ctguard_error *error)
{
	CTGUARD_TPM struct ctguard_tpm *tpm = NULL;
	CTGUARD_TPM_KEY struct ctguard_tpm_key ak = { 0 }, ek = { 0 };
	uint8_t value[CTGUARD_PCR_SIZE_MAX];
	CTGUARD_FREE char *data = NULL;
	struct credential from = { 0 };
	size_t size;
	int r;

	if (ctguard_file_read(path, CREDENTIAL_MAX, &data, &size, error) < 0 ||
	    parse(path, (uint8_t *)data, size, &from, error) < 0 ||
	    ctguard_attest_open(options, &tpm, error) < 0 ||
	    ctguard_attest_key(options, tpm, &ak, error) < 0 ||
	    ctguard_tpm_ek_make(tpm, algorithm_of(&from), &ek, error) < 0 ||
	    ctguard_tpm_activate(tpm, &ak, &ek, from.object, from.object_size,
				 from.secret, from.secret_size, value, &size,
				 error) < 0)
		return -1;
	umask(077);
	r = ctguard_attest_write(output, "standard output", value, size, error);
	explicit_bzero(value, sizeof(value));
	return r;
}

int ctguard_command_attest_activate(int argc, char **argv)
{
	static const struct option table[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "credential", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		CTGUARD_ATTEST_KEY_OPTIONS,
		CTGUARD_ATTEST_TPM_OPTIONS,
		{ 0 },
	};
	const char *credential = NULL, *output = NULL;
	struct ctguard_attest options;
	struct ctguard_error error;
	int option, ended;

	ctguard_attest_begin(&options);
	while ((option = getopt_long(argc, argv, "hc:o:", table, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option == 'c') {
			credential = optarg;
		} else if (option == 'o') {
			output = optarg;
		} else {
			ended = ctguard_attest_option(&options, option, argv);
			if (ended >= 0)
				return ended;
		}
	}
	if (optind < argc || !credential || !output)
		return ctguard_command_misused(
			argv, "expected --credential and --output");
	if (!strcmp(output, "-") && isatty(STDOUT_FILENO))
		return ctguard_command_misused(
			argv, "will not write a secret to a terminal");
	if (activate(&options, credential, output, &error) < 0)
		return ctguard_command_failed(&error);
	return CTGUARD_EXIT_YES;
}
