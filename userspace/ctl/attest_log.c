// SPDX-License-Identifier: GPL-2.0
/* ctguardctl attest log: the measurements, to read or to keep. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/cleanup.h"
#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/link.h"
#include "../lib/log.h"
#include "attest_options.h"
#include "command.h"
#include "record_print.h"

static const char usage[] =
	"Usage: ctguardctl attest log [--json] [--log FILE] [--saved DIR]\n"
	"       ctguardctl attest log --save DIR [--keep SIZE] [OPTION...]\n"
	"\n"
	"Prints what the guard measured, or keeps it in a directory, so that the kernel\n"
	"can drop it: from then on \"attest quote\" needs what is there. Nothing is kept\n"
	"but what leads to the PCR's value.\n"
	"\n"
	"  -j, --json      for programs: an object a line\n"
	"      --save DIR  keep it there (\"attest quote\" looks in /var/lib/ctguard)\n"
	"      --keep SIZE drop the oldest of what is there, so that no more than this is\n"
	"                  left, as 256M: only verifiers that know what was dropped can\n"
	"                  judge this host then, until it boots again\n"
	"      --log FILE  the guard's log (default: the kernel's); the kernel is not\n"
	"                  told that it was saved\n"
	"      --saved DIR where the part is that the kernel has no more\n"
	"      --pcr N     the guard's PCR (default: what the kernel says)\n"
	"      --tcti TCTI where the TPM is (default device:/dev/tpmrm0)\n";

/* A segment at a time: all may be more than fits into memory. */
static int print(const struct ctguard_attest *options, bool json,
		 struct ctguard_error *error)
{
	CTGUARD_LOG struct ctguard_log log = { .lock = -1 };
	struct ctguard_cel_record record;
	struct ctguard_cel cel;
	int r = 0;

	if (ctguard_attest_log(options, &log, error) < 0)
		return -1;
	for (size_t i = 0; i <= log.count && !r; i++) {
		CTGUARD_FREE uint8_t *data = NULL;
		size_t size;

		if (ctguard_log_load(&log, i, i + 1, &data, &size, error) < 0)
			return -1;
		ctguard_cel_open(&cel, log.name, data, size);
		while ((r = ctguard_cel_next(&cel, &record, error)) > 0) {
			if (json)
				ctguard_record_print_json(&cel, &record);
			else
				ctguard_record_print(&record);
		}
	}
	return r;
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

/* A lock comes first: what others save meanwhile must not be missed. */
static int save(const struct ctguard_attest *options, const char *directory,
		uint64_t keep, struct ctguard_error *error)
{
	CTGUARD_CLOSE int lock = ctguard_log_lock(directory, true, error);
	CTGUARD_TPM struct ctguard_tpm *tpm = NULL;
	const char *name = ctguard_attest_log_name(options);
	struct ctguard_pcr_set pcrs;
	struct ctguard_cel_end end;
	unsigned int pcr;
	int r;

	if (lock < 0 || ctguard_attest_pcr(options, &pcr, error) < 0 ||
	    ctguard_attest_open(options, &tpm, error) < 0 ||
	    ctguard_tpm_pcr_select(tpm, 0, pcr, &pcrs, error) < 0 ||
	    ctguard_tpm_pcr_read(tpm, &pcrs, error) < 0)
		return -1;
	r = ctguard_log_save(name, directory, keep, &pcrs, &end, error);
	if (!r)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%s: does not lead to the value of PCR %u; nothing is saved",
			name, pcr);
	if (r < 0 || (!options->log && acknowledge(&end, error) < 0))
		return -1;
	printf("%" PRIu64 " records saved in %s%s\n", end.records, directory,
	       options->log ? "" : ", and dropped by the kernel");
	return 0;
}

/* Bytes as people write them, "256M"; 0 for what is none. */
static uint64_t take_size(const char *text)
{
	static const char units[] = "KMGT";
	const char *unit;
	uint64_t value;
	char *end;

	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno)
		return 0;
	if (!*end)
		return value;
	unit = strchr(units, *end);
	if (!unit || end[1] || value > UINT64_MAX >> 10 * (unit - units + 1))
		return 0;
	return value << 10 * (unit - units + 1);
}

int ctguard_command_attest_log(int argc, char **argv)
{
	static const struct option table[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "save", required_argument, NULL, 's' },
		{ "keep", required_argument, NULL, 'k' },
		CTGUARD_ATTEST_LOG_OPTIONS,
		CTGUARD_ATTEST_TPM_OPTIONS,
		{ 0 },
	};
	struct ctguard_attest options;
	const char *directory = NULL;
	struct ctguard_error error;
	int option, ended, r;
	bool json = false;
	uint64_t keep = 0;

	ctguard_attest_begin(&options);
	while ((option = getopt_long(argc, argv, "hj", table, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option == 'j') {
			json = true;
		} else if (option == 's') {
			directory = optarg;
		} else if (option == 'k') {
			keep = take_size(optarg);
			if (!keep)
				return ctguard_command_misused(
					argv,
					"--keep: expected bytes, as 256M");
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
	if (directory && options.saved)
		return ctguard_command_misused(
			argv, "--save goes on where it saved: no --saved");
	if (keep && !directory)
		return ctguard_command_misused(argv, "--keep is for --save");
	r = directory ? save(&options, directory, keep, &error) :
			print(&options, json, &error);
	if (r < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
