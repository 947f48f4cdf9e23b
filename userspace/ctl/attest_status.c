// SPDX-License-Identifier: GPL-2.0
/* ctguardctl attest status: what the TPM and the log are like. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "../lib/link.h"
#include "../lib/log.h"
#include "../lib/words.h"
#include "attest_options.h"
#include "command.h"
#include "output.h"

static const char usage[] =
	"Usage: ctguardctl attest status [--json] [OPTION...]\n"
	"\n"
	"Prints what the TPM is like, whether the guard's log leads to the value of its\n"
	"PCR, whether the attestation key is there, and how full the kernel's log is.\n"
	"Ends with 1 when the log does not lead there, a record could not be measured,\n"
	"or the log is full to 90 %.\n"
	"\n"
	"  -j, --json        for programs\n"
	"      --ak-handle N where the attestation key is (default 0x81018C74)\n"
	"      --tcti, --pcr, --log, --saved\n"
	"                    as for \"attest quote\"\n";

#define LOG_MAX_PARAMETER "/sys/module/ctguard/parameters/log_max"

/* Percentages of the log from which on it is remarked, and worse than that. */
#define NOTE 50
#define WARN 75
#define ALARM 90

/* What there is to tell. */
struct report {
	char tpm[64];
	unsigned int pcr;
	struct ctguard_pcr_set pcrs;
	bool matches;
	char why[512];	  /* when it does not */
	uint64_t records; /* in all */
	bool key;
	struct ctguard_tpm_key ak;
	bool kernel; /* what follows is of the kernel */
	struct ctguard_status status;
	unsigned int percent;
};

/* What the kernel was told that a log may have. */
static uint64_t records_max(void)
{
	struct ctguard_error ignored;
	CTGUARD_FREE char *text = NULL;
	uint64_t value = 0;
	size_t size;

	if (ctguard_file_read(LOG_MAX_PARAMETER, 32, &text, &size, &ignored) ==
	    0)
		value = strtoull(text, NULL, 10);
	return value ? value : CTGUARD_LOG_RECORDS_MAX;
}

static unsigned int percent_of(uint64_t part, uint64_t whole)
{
	return part >= whole ? 100 : (unsigned int)(100 * part / whole);
}

static int ask_kernel(struct report *report, struct ctguard_error *error)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_status *status = &report->status;
	unsigned int bytes;

	if (ctguard_link_open(&link, error) < 0 ||
	    ctguard_client_status(link, status, error) < 0)
		return -1;
	if (!status->measured)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"the module that is loaded does not measure");
	report->kernel = true;
	report->percent =
		percent_of(status->log_next - status->log_first, records_max());
	bytes = percent_of(status->log_bytes, CTGUARD_LOG_BYTES_MAX);
	if (bytes > report->percent)
		report->percent = bytes;
	return 0;
}

/* A log that cannot be read is something to tell, not a failure. */
static void replay(const struct ctguard_attest *options, struct report *report)
{
	CTGUARD_LOG struct ctguard_log log = { .lock = -1 };
	struct ctguard_log_part part = { 0 };
	struct ctguard_error error;
	int r = -1;

	if (ctguard_attest_log(options, &log, &error) == 0)
		r = ctguard_log_follow(&log, UINT64_MAX, &report->pcrs, &part,
				       &error);
	if (r >= 0) {
		report->records = part.next;
		free(part.data);
	}
	report->matches = r > 0;
	if (r < 0)
		snprintf(report->why, sizeof(report->why), "%.*s",
			 (int)sizeof(report->why) - 1, error.text);
	else if (!r)
		snprintf(
			report->why, sizeof(report->why),
			"something else extended the PCR, or the log is of another boot");
}

static int look(const struct ctguard_attest *options, struct report *report,
		struct ctguard_error *error)
{
	CTGUARD_TPM struct ctguard_tpm *tpm = NULL;
	int r;

	if ((!options->log && ask_kernel(report, error) < 0) ||
	    ctguard_attest_pcr(options, &report->pcr, error) < 0 ||
	    ctguard_attest_open(options, &tpm, error) < 0 ||
	    ctguard_tpm_describe(tpm, report->tpm, error) < 0 ||
	    ctguard_tpm_pcr_select(tpm, 0, report->pcr, &report->pcrs, error) <
		    0 ||
	    ctguard_tpm_pcr_read(tpm, &report->pcrs, error) < 0)
		return -1;
	replay(options, report);
	r = ctguard_tpm_ak_find(tpm, options->ak_handle, &report->ak, error);
	if (r < 0)
		return -1;
	report->key = r > 0;
	ctguard_tpm_key_clear(&report->ak);
	return 0;
}

static bool good(const struct report *report)
{
	return report->matches &&
	       (!report->kernel ||
		(report->status.tpm_state == CTGUARD_TPM_ANCHORED &&
		 !report->status.log_failed && report->percent < ALARM));
}

static void hex(const uint8_t *bytes, size_t size, char *ret_text)
{
	for (size_t i = 0; i < size; i++)
		sprintf(ret_text + 2 * i, "%02x", bytes[i]);
}

static void print_fill(const struct report *report)
{
	const struct ctguard_status *status = &report->status;
	bool much = report->percent >= NOTE;

	printf("kept        records %" PRIu64 " to %" PRIu64 ", %" PRIu64
	       " bytes, %s%u %% of what the kernel keeps%s\n",
	       status->log_first, status->log_next, status->log_bytes,
	       much ? ctguard_output_on(report->percent >= WARN ?
						CTGUARD_COLOUR_BAD :
						CTGUARD_COLOUR_DOUBT,
					stdout) :
		      "",
	       report->percent, much ? ctguard_output_off(stdout) : "");
	if (report->percent >= ALARM)
		puts("            when it is full, no image starts: run \"ctguardctl attest log --save\" now");
	else if (report->percent >= WARN)
		puts("            it is soon full: run \"ctguardctl attest log --save\"");
	else if (much)
		puts("            \"ctguardctl attest log --save\" makes room");
	if (status->log_failed)
		printf("failed      %s%" PRIu64
		       " records were not measured%s\n",
		       ctguard_output_on(CTGUARD_COLOUR_BAD, stdout),
		       status->log_failed, ctguard_output_off(stdout));
}

static void print(const struct ctguard_attest *options,
		  const struct report *report)
{
	char text[2 * CTGUARD_TPM_NAME_MAX + 1];

	printf("tpm         %s\n", report->tpm);
	if (report->kernel)
		printf("anchor      %s\n",
		       ctguard_words_tpm(report->status.tpm_state));
	for (size_t i = 0; i < report->pcrs.count; i++) {
		const struct ctguard_pcrs *pcrs = &report->pcrs.banks[i];

		hex(pcrs->values[report->pcr], pcrs->bank->size, text);
		printf("pcr         %u %s %s\n", report->pcr, pcrs->bank->name,
		       text);
	}
	if (report->matches)
		printf("log         %" PRIu64
		       " records, %slead to this value%s\n",
		       report->records,
		       ctguard_output_on(CTGUARD_COLOUR_GOOD, stdout),
		       ctguard_output_off(stdout));
	else
		printf("log         %sdoes not lead to this value%s: %s\n",
		       ctguard_output_on(CTGUARD_COLOUR_BAD, stdout),
		       ctguard_output_off(stdout), report->why);
	if (report->kernel)
		print_fill(report);
	if (report->key) {
		hex(report->ak.name, report->ak.name_size, text);
		printf("ak          %s, at 0x%08" PRIx32 "\n", text,
		       options->ak_handle);
	} else {
		printf("ak          none at 0x%08" PRIx32
		       ": see \"ctguardctl attest init\"\n",
		       options->ak_handle);
	}
}

static void print_json(const struct report *report)
{
	json_t *json = json_object(), *values = json_object();
	const struct ctguard_status *status = &report->status;
	char text[2 * CTGUARD_TPM_NAME_MAX + 1];

	json_object_set_new(json, "good", json_boolean(good(report)));
	json_object_set_new(json, "tpm", ctguard_output_string(report->tpm));
	json_object_set_new(json, "pcr", json_integer(report->pcr));
	for (size_t i = 0; i < report->pcrs.count; i++) {
		const struct ctguard_pcrs *pcrs = &report->pcrs.banks[i];

		hex(pcrs->values[report->pcr], pcrs->bank->size, text);
		json_object_set_new(values, pcrs->bank->name,
				    json_string(text));
	}
	json_object_set_new(json, "values", values);
	json_object_set_new(json, "log_matches", json_boolean(report->matches));
	json_object_set_new(json, "why",
			    report->matches ?
				    json_null() :
				    ctguard_output_string(report->why));
	json_object_set_new(json, "records",
			    json_integer((json_int_t)report->records));
	text[0] = '\0';
	hex(report->ak.name, report->key ? report->ak.name_size : 0, text);
	json_object_set_new(json, "ak_name",
			    report->key ? json_string(text) : json_null());
	if (report->kernel) {
		json_object_set_new(
			json, "anchor",
			json_string(ctguard_words_tpm(status->tpm_state)));
		json_object_set_new(
			json, "log_first",
			json_integer((json_int_t)status->log_first));
		json_object_set_new(json, "log_next",
				    json_integer((json_int_t)status->log_next));
		json_object_set_new(
			json, "log_bytes",
			json_integer((json_int_t)status->log_bytes));
		json_object_set_new(
			json, "log_failed",
			json_integer((json_int_t)status->log_failed));
		json_object_set_new(json, "log_percent",
				    json_integer(report->percent));
	}
	ctguard_output_json(json, false);
}

int ctguard_command_attest_status(int argc, char **argv)
{
	static const struct option table[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "ak-handle", required_argument, NULL,
		  CTGUARD_ATTEST_AK_HANDLE },
		CTGUARD_ATTEST_LOG_OPTIONS,
		CTGUARD_ATTEST_TPM_OPTIONS,
		{ 0 },
	};
	struct ctguard_attest options;
	struct report report = { 0 };
	struct ctguard_error error;
	int option, ended, r;
	bool json = false;

	ctguard_attest_begin(&options);
	while ((option = getopt_long(argc, argv, "hj", table, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option == 'j') {
			json = true;
			continue;
		}
		ended = ctguard_attest_option(&options, option, argv);
		if (ended >= 0)
			return ended;
	}
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	r = look(&options, &report, &error);
	if (r == 0 && json)
		print_json(&report);
	else if (r == 0)
		print(&options, &report);
	ctguard_client_status_clear(&report.status);
	if (r < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(good(&report) ? CTGUARD_EXIT_YES :
						      CTGUARD_EXIT_NO);
}
