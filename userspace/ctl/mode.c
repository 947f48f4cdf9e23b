// SPDX-License-Identifier: GPL-2.0
/* ctguardctl mode: show or set what a refusal does. */
#include <getopt.h>
#include <stdio.h>

#include <ctguard/ctguard.h>

#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/link.h"
#include "../lib/words.h"
#include "command.h"
#include "output.h"

static const char usage[] =
	"Usage: ctguardctl mode [enforce | complain] [--try DURATION]\n"
	"       ctguardctl mode --confirm | --revert\n"
	"\n"
	"Prints the mode, or sets it: what the policy does not allow is refused\n"
	"(enforce), or only reported (complain).\n"
	"\n"
	"  -t, --try DURATION  undo it after 90s, 10m, 1h, ... (24h at most), unless\n"
	"                      confirmed\n"
	"      --confirm       keep what is on trial\n"
	"      --revert        undo it now\n";

static int show(struct ctguard_link *link, struct ctguard_error *error)
{
	struct ctguard_status status;

	if (ctguard_client_status(link, &status, error) < 0)
		return -1;
	puts(ctguard_words_mode(status.mode));
	ctguard_client_status_clear(&status);
	return 0;
}

static int set(struct ctguard_link *link, uint32_t mode, uint32_t trial_ms,
	       struct ctguard_error *error)
{
	char text[32];

	if (ctguard_client_mode_set(link, mode, trial_ms, error) < 0 ||
	    show(link, error) < 0)
		return -1;
	if (trial_ms) {
		ctguard_output_duration(trial_ms, text);
		printf("undone in %s, unless 'ctguardctl mode --confirm'\n",
		       text);
	}
	return 0;
}

static int end_trial(struct ctguard_link *link, uint32_t flags,
		     struct ctguard_error *error)
{
	if (ctguard_client_trial_end(link, flags, error) < 0)
		return -1;
	puts(flags == CTGUARD_TRIAL_CONFIRM ? "confirmed" : "reverted");
	return 0;
}

int ctguard_command_mode(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "try", required_argument, NULL, 't' },
		{ "confirm", no_argument, NULL, 'c' },
		{ "revert", no_argument, NULL, 'r' },
		{ 0 },
	};
	CTGUARD_LINK struct ctguard_link *link = NULL;
	uint32_t trial_ms = 0, end = 0;
	struct ctguard_error error;
	int option, mode = -1, r;

	while ((option = getopt_long(argc, argv, "ht:", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 't':
			if (!ctguard_words_duration(optarg, &trial_ms))
				return ctguard_command_misused(
					argv,
					"expected a duration of 1s to 24h after --try");
			break;
		case 'c':
			end |= CTGUARD_TRIAL_CONFIRM;
			break;
		case 'r':
			end |= CTGUARD_TRIAL_REVERT;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (optind < argc) {
		mode = ctguard_words_mode_find(argv[optind++]);
		if (mode < 0 || optind < argc)
			return ctguard_command_misused(
				argv, "expected enforce or complain");
	}
	if (end == (CTGUARD_TRIAL_CONFIRM | CTGUARD_TRIAL_REVERT) ||
	    (end && (trial_ms || mode >= 0)))
		return ctguard_command_misused(
			argv, "--confirm and --revert stand alone");
	if (trial_ms && mode < 0)
		return ctguard_command_misused(
			argv, "--try needs enforce or complain");

	if (ctguard_link_open(&link, &error) < 0)
		return ctguard_command_failed(&error);
	if (end)
		r = end_trial(link, end, &error);
	else if (mode >= 0)
		r = set(link, (uint32_t)mode, trial_ms, &error);
	else
		r = show(link, &error);
	if (r < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
