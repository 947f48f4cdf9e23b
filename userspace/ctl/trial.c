// SPDX-License-Identifier: GPL-2.0
/* Changes on trial: the options of the commands that can make one. */
#include <getopt.h>
#include <stdio.h>

#include <ctguard/ctguard.h>

#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/link.h"
#include "../lib/words.h"
#include "command.h"
#include "output.h"
#include "trial.h"

static int end(uint32_t flags)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_error error;

	if (ctguard_link_open(&link, &error) < 0 ||
	    ctguard_client_trial_end(link, flags, &error) < 0)
		return ctguard_command_failed(&error);
	puts(flags == CTGUARD_TRIAL_CONFIRM ? "confirmed" : "reverted");
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

/**
 * ctguard_trial_options() - read --try, or do what --confirm or --revert say
 * @argc: of the command
 * @argv: of the command, which has no other options but --help
 * @usage: for --help
 * @ret_ms: what --try says, or 0
 *
 * Return: -1 when the command goes on with what stands at optind, else the exit
 * status to end with.
 */
int ctguard_trial_options(int argc, char **argv, const char *usage,
			  uint32_t *ret_ms)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "try", required_argument, NULL, 't' },
		{ "confirm", no_argument, NULL, 'c' },
		{ "revert", no_argument, NULL, 'r' },
		{ 0 },
	};
	uint32_t ms = 0, flags = 0;
	int option;

	while ((option = getopt_long(argc, argv, "ht:", options, NULL)) != -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 't':
			if (!ctguard_words_duration(optarg, &ms))
				return ctguard_command_misused(
					argv,
					"expected a duration of 1s to 24h after --try");
			break;
		case 'c':
			flags |= CTGUARD_TRIAL_CONFIRM;
			break;
		case 'r':
			flags |= CTGUARD_TRIAL_REVERT;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	*ret_ms = ms;
	if (!flags)
		return -1;
	if (flags == (CTGUARD_TRIAL_CONFIRM | CTGUARD_TRIAL_REVERT) || ms ||
	    optind < argc)
		return ctguard_command_misused(
			argv, "--confirm and --revert stand alone");
	return end(flags);
}

/** ctguard_trial_print() - how to keep what @command put on trial, if it did */
void ctguard_trial_print(uint32_t ms, const char *command)
{
	char text[32];

	if (!ms)
		return;
	ctguard_output_duration(ms, text);
	printf("undone in %s, unless 'ctguardctl %s --confirm'\n", text,
	       command);
}
