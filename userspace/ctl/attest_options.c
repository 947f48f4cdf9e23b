// SPDX-License-Identifier: GPL-2.0
/* What the commands of "attest" have in common: options, keys, the log. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ctguard/ctguard.h>

#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "../lib/link.h"
#include "../lib/log.h"
#include "attest_options.h"
#include "command.h"

/* Persistent objects that are the owner's: TPM 2.0 Part 2, 7.5. */
#define HANDLE_FIRST 0x81000000UL
#define HANDLE_LAST 0x817fffffUL

/** ctguard_attest_begin() - the values of options that are not given */
void ctguard_attest_begin(struct ctguard_attest *options)
{
	memset(options, 0, sizeof(*options));
	options->algorithm = CTGUARD_TPM_ECC;
	options->ak_handle = CTGUARD_TPM_AK_HANDLE;
	options->pcr = -1;
}

static bool number(const char *text, unsigned long *ret)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoul(text, &end, 0);
	return !errno && !*end;
}

/**
 * ctguard_attest_option() - take an option of those all have
 * @options: to be changed
 * @option: enum ctguard_attest_option, or whatever getopt_long() returned
 * @argv: of the command
 *
 * Return: -1 when it was taken, else the exit status to end with.
 */
int ctguard_attest_option(struct ctguard_attest *options, int option,
			  char **argv)
{
	unsigned long value;

	switch (option) {
	case CTGUARD_ATTEST_TCTI:
		options->tcti = optarg;
		return -1;
	case CTGUARD_ATTEST_ALG:
		options->algorithm_given = true;
		options->algorithm = CTGUARD_TPM_ECC;
		if (!strcmp(optarg, "rsa"))
			options->algorithm = CTGUARD_TPM_RSA;
		else if (strcmp(optarg, "ecc"))
			return ctguard_command_misused(
				argv, "--alg: expected ecc or rsa");
		return -1;
	case CTGUARD_ATTEST_AK_HANDLE:
		if (!number(optarg, &value) || value < HANDLE_FIRST ||
		    value > HANDLE_LAST)
			return ctguard_command_misused(
				argv,
				"--ak-handle: expected 0x%08lx to 0x%08lx",
				HANDLE_FIRST, HANDLE_LAST);
		options->ak_handle = (uint32_t)value;
		return -1;
	case CTGUARD_ATTEST_NO_PERSIST:
		options->no_persist = true;
		return -1;
	case CTGUARD_ATTEST_EH_AUTH:
		options->eh_auth = optarg;
		return -1;
	case CTGUARD_ATTEST_OWNER_AUTH:
		options->owner_auth = optarg;
		return -1;
	case CTGUARD_ATTEST_PCR:
		if (!number(optarg, &value) || value < CTGUARD_PCR_MIN ||
		    value > CTGUARD_PCR_MAX)
			return ctguard_command_misused(
				argv, "--pcr: expected %d to %d",
				CTGUARD_PCR_MIN, CTGUARD_PCR_MAX);
		options->pcr = (int)value;
		return -1;
	case CTGUARD_ATTEST_LOG:
		options->log = optarg;
		return -1;
	case CTGUARD_ATTEST_SAVED:
		options->saved = optarg;
		return -1;
	default:
		return ctguard_command_misused(argv, NULL);
	}
}

/* A password is what a file has, but for a newline at its end. */
static int take_auth(struct ctguard_tpm *tpm, bool owner, const char *path,
		     struct ctguard_error *error)
{
	char *text;
	size_t size;

	if (ctguard_file_read(path, CTGUARD_TPM_AUTH_MAX + 1, &text, &size,
			      error) < 0)
		return -1;
	if (size && text[size - 1] == '\n')
		size--;
	if (size <= CTGUARD_TPM_AUTH_MAX)
		ctguard_tpm_set_auth(tpm, owner, text, size);
	explicit_bzero(text, size);
	free(text);
	if (size > CTGUARD_TPM_AUTH_MAX)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: larger than %d bytes", path,
					 CTGUARD_TPM_AUTH_MAX);
	return 0;
}

/**
 * ctguard_attest_open() - go to the TPM, with the passwords there are
 * @options: of the command
 * @ret: to be closed
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_attest_open(const struct ctguard_attest *options,
			struct ctguard_tpm **ret, struct ctguard_error *error)
{
	struct ctguard_tpm *tpm;

	if (ctguard_tpm_open(options->tcti, &tpm, error) < 0)
		return -1;
	if ((options->eh_auth &&
	     take_auth(tpm, false, options->eh_auth, error) < 0) ||
	    (options->owner_auth &&
	     take_auth(tpm, true, options->owner_auth, error) < 0)) {
		ctguard_tpm_close(tpm);
		return -1;
	}
	*ret = tpm;
	return 0;
}

/**
 * ctguard_attest_key() - the attestation key: persisted, or derived again
 * @options: of the command
 * @tpm: of which
 * @ret: to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_attest_key(const struct ctguard_attest *options,
		       struct ctguard_tpm *tpm, struct ctguard_tpm_key *ret,
		       struct ctguard_error *error)
{
	int r = 0;

	if (!options->no_persist)
		r = ctguard_tpm_ak_find(tpm, options->ak_handle, ret, error);
	if (!r)
		return ctguard_tpm_ak_make(tpm, options->algorithm, ret, error);
	if (r > 0 && options->algorithm_given &&
	    ret->algorithm != options->algorithm) {
		ctguard_tpm_key_clear(ret);
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"TPM %s: the key at handle 0x%08" PRIx32
			" is of the other --alg",
			ctguard_tpm_tcti(tpm), options->ak_handle);
	}
	return r < 0 ? -1 : 0;
}

/** ctguard_attest_log_name() - the log's, for errors */
const char *ctguard_attest_log_name(const struct ctguard_attest *options)
{
	return options->log ? options->log : CTGUARD_LOG_KERNEL;
}

/**
 * ctguard_attest_log() - begin to read the log, with what was saved of it
 * @options: of the command
 * @ret: to be closed, also on failure
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_attest_log(const struct ctguard_attest *options,
		       struct ctguard_log *ret, struct ctguard_error *error)
{
	const char *saved = options->saved;

	if (!saved && !options->log)
		saved = CTGUARD_LOG_SAVED;
	if (ctguard_log_open(ret, ctguard_attest_log_name(options), saved,
			     error) == 0)
		return 0;
	if (error->code == ENOENT && !options->log &&
	    access(CTGUARD_LOG_KERNEL, F_OK))
		ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, ENOENT,
			"%s: is ctguard loaded, and securityfs mounted?",
			CTGUARD_LOG_KERNEL);
	return -1;
}

/* What the first record says. */
static int pcr_of_log(const struct ctguard_attest *options,
		      unsigned int *ret_pcr, struct ctguard_error *error)
{
	CTGUARD_LOG struct ctguard_log log = { .lock = -1 };
	struct ctguard_cel_record record;
	struct ctguard_cel cel;
	int r;

	if (ctguard_log_open(&log, options->log, NULL, error) < 0)
		return -1;
	ctguard_cel_open(&cel, options->log, log.data, log.size);
	r = ctguard_cel_next(&cel, &record, error);
	if (r < 0)
		return -1;
	*ret_pcr = r ? cel.pcr : CTGUARD_PCR_DEFAULT;
	return 0;
}

/**
 * ctguard_attest_pcr() - which PCR the guard extends
 * @options: of the command
 * @ret_pcr: what they say, or else the log's first record, when it is a file
 *	of its own, or else the kernel
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_attest_pcr(const struct ctguard_attest *options,
		       unsigned int *ret_pcr, struct ctguard_error *error)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_status status;
	bool measures;

	if (options->pcr >= 0) {
		*ret_pcr = (unsigned int)options->pcr;
		return 0;
	}
	if (options->log) {
		if (pcr_of_log(options, ret_pcr, error) < 0)
			return -1;
	} else {
		if (ctguard_link_open(&link, error) < 0 ||
		    ctguard_client_status(link, &status, error) < 0)
			return -1;
		*ret_pcr = status.pcr;
		measures = status.measured;
		ctguard_client_status_clear(&status);
		if (!measures)
			return ctguard_error_set(
				error, CTGUARD_EXIT_SYSTEM, 0,
				"the module that is loaded does not measure");
	}
	if (*ret_pcr < CTGUARD_PCR_MIN || *ret_pcr > CTGUARD_PCR_MAX)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: PCR %u is not one of %d to %d",
					 ctguard_attest_log_name(options),
					 *ret_pcr, CTGUARD_PCR_MIN,
					 CTGUARD_PCR_MAX);
	return 0;
}

/**
 * ctguard_attest_write() - put a result where it was asked for
 * @output: a file, or "-" for standard output
 * @what: for errors of standard output
 * @data: the result
 * @size: its bytes
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_attest_write(const char *output, const char *what, const void *data,
			 size_t size, struct ctguard_error *error)
{
	if (strcmp(output, "-"))
		return ctguard_file_replace(output, data, size, false, error);
	return ctguard_file_write(STDOUT_FILENO, what, data, size, error);
}
