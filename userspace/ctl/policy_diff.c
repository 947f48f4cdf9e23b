// SPDX-License-Identifier: GPL-2.0
/* ctguardctl policy diff: what differs between two policies. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../lib/diff.h"
#include "../lib/error.h"
#include "../lib/link.h"
#include "command.h"
#include "output.h"
#include "source.h"

static const char usage[] =
	"Usage: ctguardctl policy diff FILE [FILE2]\n"
	"\n"
	"Prints how the policy of FILE2 differs from that of FILE, or that of FILE\n"
	"from the one in force. What does not change the compiled policy, as comments,\n"
	"is no difference. Ends with 1 when they differ.\n";

static int get(char **files, int count, struct ctguard_source *from,
	       struct ctguard_source *to, struct ctguard_error *error)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;

	if (ctguard_source_file(files[count - 1], false, to, error) < 0)
		return -1;
	if (count == 2)
		return ctguard_source_file(files[0], false, from, error);
	if (ctguard_link_open(&link, error) < 0)
		return -1;
	return ctguard_source_kernel(link, from, error);
}

int ctguard_command_policy_diff(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	CTGUARD_SOURCE struct ctguard_source from = { 0 };
	CTGUARD_SOURCE struct ctguard_source to = { 0 };
	CTGUARD_FREE char *from_text = NULL, *to_text = NULL;
	struct ctguard_error error;
	int option, count;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		return ctguard_command_misused(argv, NULL);
	}
	count = argc - optind;
	if (count < 1 || count > 2)
		return ctguard_command_misused(argv,
					       "expected one file or two");
	if (get(argv + optind, count, &from, &to, &error) < 0)
		return ctguard_command_failed(&error);
	if (!memcmp(from.digest, to.digest, sizeof(from.digest)))
		return CTGUARD_EXIT_YES;
	from_text = ctguard_source_text(&from, false, NULL);
	to_text = ctguard_source_text(&to, false, NULL);
	printf("--- %s sha256 %s\n+++ %s sha256 %s\n",
	       count == 2 ? argv[optind] : "in force", from.hex, argv[argc - 1],
	       to.hex);
	ctguard_diff_print(from_text, to_text, ctguard_output_coloured(stdout),
			   stdout);
	return ctguard_command_finish(CTGUARD_EXIT_NO);
}
