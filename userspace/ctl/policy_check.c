// SPDX-License-Identifier: GPL-2.0
/* ctguardctl policy check: all faults of a file. */
#include <getopt.h>
#include <stdio.h>

#include "../lib/error.h"
#include "../lib/policy.h"
#include "advice.h"
#include "command.h"
#include "source.h"

static const char usage[] =
	"Usage: ctguardctl policy check FILE...\n"
	"\n"
	"Checks policy files, \"-\" for standard input, and prints every fault with\n"
	"file, line and column. Ends with 4 when there is one.\n";

int ctguard_command_policy_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option, status = CTGUARD_EXIT_YES;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		return ctguard_command_misused(argv, NULL);
	}
	if (optind == argc)
		return ctguard_command_misused(argv, "no file given");
	for (; optind < argc; optind++) {
		CTGUARD_SOURCE struct ctguard_source source = { 0 };
		struct ctguard_error error;

		if (ctguard_source_file(argv[optind], false, &source, &error) <
		    0) {
			ctguard_command_failed(&error);
			if (error.status > status)
				status = error.status;
			continue;
		}
		ctguard_advice_print(source.policy);
		printf("%s: good, %zu profiles, %u rules, %zu bytes, sha256 %s\n",
		       argv[optind], source.policy->profile_count, source.rules,
		       source.size, source.hex);
	}
	return ctguard_command_finish(status);
}
