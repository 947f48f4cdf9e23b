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
#include "advice.h"
#include "command.h"
#include "output.h"
#include "source.h"
#include "trial.h"

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
	ctguard_advice_print(source->policy);
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
	CTGUARD_SOURCE struct ctguard_source source = { 0 };
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_error error;
	uint32_t trial_ms;
	int status;

	status = ctguard_trial_options(argc, argv, usage, &trial_ms);
	if (status >= 0)
		return status;
	if (argc - optind != 1)
		return ctguard_command_misused(argv, "expected one file");

	if (ctguard_source_file(argv[optind], false, &source, &error) < 0 ||
	    ctguard_link_open(&link, &error) < 0 ||
	    push(link, &source, trial_ms, &error) < 0)
		return ctguard_command_failed(&error);
	ctguard_trial_print(trial_ms, "policy push");
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
