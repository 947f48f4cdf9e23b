// SPDX-License-Identifier: GPL-2.0
/* ctguardctl policy push: put a policy in force. */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../lib/client.h"
#include "../lib/diff.h"
#include "../lib/error.h"
#include "../lib/link.h"
#include "../lib/words.h"
#include "command.h"
#include "output.h"
#include "source.h"

static const char usage[] =
	"Usage: ctguardctl policy push FILE [--try DURATION]\n"
	"       ctguardctl policy push --confirm | --revert\n"
	"\n"
	"Compiles and checks a policy, prints how it differs from the one in force to\n"
	"standard error, puts it in force for all containers at once, and compares\n"
	"what the kernel then holds. On any error the old policy stays.\n"
	"\n"
	"  -t, --try DURATION  undo it after 90s, 10m, 1h, ... (24h at most), unless\n"
	"                      confirmed\n"
	"      --confirm       keep what is on trial\n"
	"      --revert        undo it now\n";

static int end_trial(uint32_t flags)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_error error;

	if (ctguard_link_open(&link, &error) < 0 ||
	    ctguard_client_trial_end(link, flags, &error) < 0)
		return ctguard_command_failed(&error);
	puts(flags == CTGUARD_TRIAL_CONFIRM ? "confirmed" : "reverted");
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

static void print_difference(const struct ctguard_source *from,
			     const struct ctguard_source *to)
{
	CTGUARD_FREE char *from_text = ctguard_source_text(from, false, NULL);
	CTGUARD_FREE char *to_text = ctguard_source_text(to, false, NULL);

	if (!ctguard_diff_print(from_text, to_text,
				ctguard_output_coloured(stderr), stderr))
		fputs("ctguardctl: this policy is in force already\n", stderr);
}

/* Pushes, and reads back what is then in force. */
static int push(struct ctguard_link *link, const struct ctguard_source *source,
		uint32_t trial_ms, struct ctguard_error *error)
{
	CTGUARD_SOURCE struct ctguard_source before = { 0 };
	CTGUARD_SOURCE struct ctguard_source after = { 0 };
	uint64_t generation;

	if (ctguard_source_kernel(link, &before, error) < 0)
		return -1;
	print_difference(&before, source);
	if (ctguard_client_policy_push(link, source->blob, source->size,
				       trial_ms, &generation, error) < 0)
		return -1;
	if (ctguard_source_kernel(link, &after, error) < 0)
		return -1;
	if (after.generation == generation &&
	    memcmp(after.digest, source->digest, sizeof(after.digest)))
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"the kernel holds another policy than was pushed: sha256 %s, expected %s",
			after.hex, source->hex);
	if (after.generation != generation)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"policy %" PRIu64
			" was put in force, and replaced by %" PRIu64 " since",
			generation, after.generation);
	printf("generation %" PRIu64 "\nsha256 %s\n", generation, after.hex);
	return 0;
}

int ctguard_command_policy_push(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "try", required_argument, NULL, 't' },
		{ "confirm", no_argument, NULL, 'c' },
		{ "revert", no_argument, NULL, 'r' },
		{ 0 },
	};
	CTGUARD_SOURCE struct ctguard_source source = { 0 };
	CTGUARD_LINK struct ctguard_link *link = NULL;
	uint32_t trial_ms = 0, end = 0;
	struct ctguard_error error;
	char text[32];
	int option;

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
	if (end == (CTGUARD_TRIAL_CONFIRM | CTGUARD_TRIAL_REVERT) ||
	    (end && (trial_ms || optind < argc)))
		return ctguard_command_misused(
			argv, "--confirm and --revert stand alone");
	if (end)
		return end_trial(end);
	if (argc - optind != 1)
		return ctguard_command_misused(argv, "expected one file");

	if (ctguard_source_file(argv[optind], false, &source, &error) < 0 ||
	    ctguard_link_open(&link, &error) < 0 ||
	    push(link, &source, trial_ms, &error) < 0)
		return ctguard_command_failed(&error);
	if (trial_ms) {
		ctguard_output_duration(trial_ms, text);
		printf("undone in %s, unless 'ctguardctl policy push --confirm'\n",
		       text);
	}
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
