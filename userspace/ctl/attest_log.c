// SPDX-License-Identifier: GPL-2.0
/* ctguardctl attest log: the measurements, to read or to keep. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/link.h"
#include "../lib/log.h"
#include "attest_options.h"
#include "command.h"
#include "record_print.h"

static const char usage[] =
	"Usage: ctguardctl attest log [--json] [--log FILE]\n"
	"       ctguardctl attest log --save DIR [OPTION...]\n"
	"\n"
	"Prints what the guard measured, or keeps it in a directory, so that the kernel\n"
	"can drop it: from then on \"attest quote\" needs what is there. Nothing is kept\n"
	"but what leads to the PCR's value.\n"
	"\n"
	"  -j, --json      for programs: an object a line\n"
	"      --save DIR  keep it there (\"attest quote\" looks in /var/lib/ctguard)\n"
	"      --log FILE  the guard's log (default: the kernel's); the kernel is not\n"
	"                  told that it was saved\n"
	"      --saved DIR where the part is that the kernel has no more\n"
	"      --pcr N     the guard's PCR (default: what the kernel says)\n"
	"      --tcti TCTI where the TPM is (default device:/dev/tpmrm0)\n";

static int print(const struct ctguard_attest *options, bool json,
		 struct ctguard_error *error)
{
	CTGUARD_FREE uint8_t *data = NULL;
	struct ctguard_cel_record record;
	struct ctguard_cel cel;
	size_t size;
	int r;

	if (ctguard_attest_log(options, &data, &size, error) < 0)
		return -1;
	ctguard_cel_open(&cel, ctguard_attest_log_name(options), data, size);
	while ((r = ctguard_cel_next(&cel, &record, error)) > 0) {
		if (json)
			ctguard_record_print_json(&cel, &record);
		else
			ctguard_record_print(&record);
	}
	return r;
}

/* The PCR in all banks, and how much of the log it holds. */
static int verify(const struct ctguard_attest *options, uint8_t **ret_data,
		  struct ctguard_cel *ret_cel, struct ctguard_cel_end *ret,
		  struct ctguard_error *error)
{
	CTGUARD_TPM struct ctguard_tpm *tpm = NULL;
	const char *name = ctguard_attest_log_name(options);
	struct ctguard_pcr_set pcrs;
	unsigned int pcr;
	size_t size;
	int r;

	if (ctguard_attest_pcr(options, &pcr, error) < 0 ||
	    ctguard_attest_open(options, &tpm, error) < 0 ||
	    ctguard_tpm_pcr_select(tpm, 0, pcr, &pcrs, error) < 0 ||
	    ctguard_tpm_pcr_read(tpm, &pcrs, error) < 0 ||
	    ctguard_attest_log(options, ret_data, &size, error) < 0)
		return -1;
	ctguard_cel_open(ret_cel, name, *ret_data, size);
	r = ctguard_cel_replay(ret_cel, &pcrs, ret, error);
	if (!r)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%s: does not lead to the value of PCR %u; nothing is saved",
			name, pcr);
	return r < 0 ? -1 : 0;
}

/* Tells the kernel; what it has dropped already is as good. */
static int acknowledge(const struct ctguard_cel_end *end,
		       struct ctguard_error *error)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_status status;
	bool dropped;

	if (ctguard_link_open(&link, error) < 0)
		return -1;
	if (ctguard_client_log_ack(link, end->records - 1, end->value,
				   end->value_size, error) == 0)
		return 0;
	if (error->code != ENOENT ||
	    ctguard_client_status(link, &status, error) < 0)
		return -1;
	dropped = status.log_first >= end->records;
	ctguard_client_status_clear(&status);
	if (!dropped)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "the kernel has no record %" PRIu64
					 ": was the module loaded again?",
					 end->records - 1);
	return 0;
}

static int save(struct ctguard_attest *options, const char *directory,
		struct ctguard_error *error)
{
	CTGUARD_FREE uint8_t *data = NULL;
	struct ctguard_cel_end end;
	struct ctguard_cel cel;

	if (!options->saved)
		options->saved = directory;
	if (verify(options, &data, &cel, &end, error) < 0 ||
	    ctguard_log_save(directory, data, end.size, error) < 0 ||
	    (!options->log && acknowledge(&end, error) < 0))
		return -1;
	printf("%" PRIu64 " records saved in %s%s\n", end.records, directory,
	       options->log ? "" : ", and dropped by the kernel");
	return 0;
}

int ctguard_command_attest_log(int argc, char **argv)
{
	static const struct option table[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "save", required_argument, NULL, 's' },
		CTGUARD_ATTEST_LOG_OPTIONS,
		CTGUARD_ATTEST_TPM_OPTIONS,
		{ 0 },
	};
	struct ctguard_attest options;
	const char *directory = NULL;
	struct ctguard_error error;
	int option, ended, r;
	bool json = false;

	ctguard_attest_begin(&options);
	while ((option = getopt_long(argc, argv, "hj", table, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option == 'j') {
			json = true;
		} else if (option == 's') {
			directory = optarg;
		} else {
			ended = ctguard_attest_option(&options, option, argv);
			if (ended >= 0)
				return ended;
		}
	}
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	if (directory && json)
		return ctguard_command_misused(
			argv, "--save prints nothing for --json");
	r = directory ? save(&options, directory, &error) :
			print(&options, json, &error);
	if (r < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
