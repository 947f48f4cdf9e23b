/* SPDX-License-Identifier: GPL-2.0 */
/* What the commands of "attest" have in common: options, keys, the log. */
#ifndef CTGUARD_CTL_ATTEST_OPTIONS_H
#define CTGUARD_CTL_ATTEST_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/cel.h"
#include "../lib/tpm.h"

struct ctguard_error;
struct ctguard_log;

/** enum ctguard_attest_option - what getopt_long() returns for the options */
enum ctguard_attest_option {
	CTGUARD_ATTEST_TCTI = 256,
	CTGUARD_ATTEST_ALG,
	CTGUARD_ATTEST_AK_HANDLE,
	CTGUARD_ATTEST_NO_PERSIST,
	CTGUARD_ATTEST_EH_AUTH,
	CTGUARD_ATTEST_OWNER_AUTH,
	CTGUARD_ATTEST_PCR,
	CTGUARD_ATTEST_LOG,
	CTGUARD_ATTEST_SAVED,
	CTGUARD_ATTEST_OPTIONS_END,
};

/* Rows of a table for getopt_long(). */
#define CTGUARD_ATTEST_TPM_OPTIONS                                   \
	{                                                            \
		"tcti", required_argument, NULL, CTGUARD_ATTEST_TCTI \
	}
#define CTGUARD_ATTEST_KEY_OPTIONS                                         \
	{ "alg", required_argument, NULL, CTGUARD_ATTEST_ALG },            \
		{ "ak-handle", required_argument, NULL,                    \
		  CTGUARD_ATTEST_AK_HANDLE },                              \
		{ "no-persist", no_argument, NULL,                         \
		  CTGUARD_ATTEST_NO_PERSIST },                             \
	{                                                                  \
		"eh-auth", required_argument, NULL, CTGUARD_ATTEST_EH_AUTH \
	}
#define CTGUARD_ATTEST_LOG_OPTIONS                                      \
	{ "pcr", required_argument, NULL, CTGUARD_ATTEST_PCR },         \
		{ "log", required_argument, NULL, CTGUARD_ATTEST_LOG }, \
	{                                                               \
		"saved", required_argument, NULL, CTGUARD_ATTEST_SAVED  \
	}

/**
 * struct ctguard_attest - the options' values
 * @tcti: where the TPM is, or NULL
 * @algorithm: of the attestation key
 * @algorithm_given: it was asked for
 * @ak_handle: where the attestation key is
 * @no_persist: it is nowhere
 * @eh_auth: file with the endorsement hierarchy's password, or NULL
 * @owner_auth: file with the owner's, or NULL
 * @pcr: the guard's, or -1 for what the kernel or the log says
 * @log: file with the log, or NULL for the kernel's
 * @saved: directory of what was saved of it
 */
struct ctguard_attest {
	const char *tcti;
	enum ctguard_tpm_algorithm algorithm;
	bool algorithm_given;
	uint32_t ak_handle;
	bool no_persist;
	const char *eh_auth;
	const char *owner_auth;
	int pcr;
	const char *log;
	const char *saved;
};

void ctguard_attest_begin(struct ctguard_attest *options);
int ctguard_attest_option(struct ctguard_attest *options, int option,
			  char **argv);
int ctguard_attest_open(const struct ctguard_attest *options,
			struct ctguard_tpm **ret, struct ctguard_error *error);
int ctguard_attest_key(const struct ctguard_attest *options,
		       struct ctguard_tpm *tpm, struct ctguard_tpm_key *ret,
		       struct ctguard_error *error);
int ctguard_attest_log(const struct ctguard_attest *options,
		       struct ctguard_log *ret, struct ctguard_error *error);
int ctguard_attest_pcr(const struct ctguard_attest *options,
		       unsigned int *ret_pcr, struct ctguard_error *error);
const char *ctguard_attest_log_name(const struct ctguard_attest *options);
int ctguard_attest_write(const char *output, const char *what, const void *data,
			 size_t size, struct ctguard_error *error);

#endif /* CTGUARD_CTL_ATTEST_OPTIONS_H */
