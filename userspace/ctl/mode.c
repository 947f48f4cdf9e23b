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
#include "trial.h"

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
	if (ctguard_client_mode_set(link, mode, trial_ms, error) < 0 ||
	    show(link, error) < 0)
		return -1;
	ctguard_trial_print(trial_ms, "mode");
	return 0;
}

int ctguard_command_mode(int argc, char **argv)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_error error;
	int status, mode = -1, r;
	uint32_t trial_ms;

	status = ctguard_trial_options(argc, argv, usage, &trial_ms);
	if (status >= 0)
		return status;
	if (optind < argc) {
		mode = ctguard_words_mode_find(argv[optind++]);
		if (mode < 0 || optind < argc)
			return ctguard_command_misused(
				argv, "expected enforce or complain");
	}
	if (trial_ms && mode < 0)
		return ctguard_command_misused(
			argv, "--try needs enforce or complain");

	if (ctguard_link_open(&link, &error) < 0)
		return ctguard_command_failed(&error);
	if (mode >= 0)
		r = set(link, (uint32_t)mode, trial_ms, &error);
	else
		r = show(link, &error);
	if (r < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
