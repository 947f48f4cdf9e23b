// SPDX-License-Identifier: GPL-2.0
/* ctguardctl policy compile: the form the kernel takes. */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "../lib/error.h"
#include "../lib/file.h"
#include "command.h"
#include "source.h"

static const char usage[] =
	"Usage: ctguardctl policy compile FILE [-o OUT]\n"
	"\n"
	"Compiles a policy file, \"-\" for standard input.\n"
	"\n"
	"  -o, --output OUT  write there and print the sha256; without it, write to\n"
	"                    standard output, unless that is a terminal\n";

int ctguard_command_policy_compile(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "output", required_argument, NULL, 'o' },
		{ 0 },
	};
	CTGUARD_SOURCE struct ctguard_source source = { 0 };
	const char *output = NULL;
	struct ctguard_error error;
	int option;

	while ((option = getopt_long(argc, argv, "ho:", options, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option != 'o')
			return ctguard_command_misused(argv, NULL);
		output = optarg;
	}
	if (argc - optind != 1)
		return ctguard_command_misused(argv, "expected one file");
	if (!output && isatty(STDOUT_FILENO))
		return ctguard_command_misused(
			argv, "will not write bytes to a terminal; use -o");
	if (ctguard_source_file(argv[optind], false, &source, &error) < 0)
		return ctguard_command_failed(&error);
	if (!output) {
		if (ctguard_file_write(STDOUT_FILENO, "standard output",
				       source.blob, source.size, &error) < 0)
			return ctguard_command_failed(&error);
		return CTGUARD_EXIT_YES;
	}
	if (ctguard_file_replace(output, source.blob, source.size, &error) < 0)
		return ctguard_command_failed(&error);
	printf("%s  %s\n", source.hex, output);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
