// SPDX-License-Identifier: GPL-2.0
/* ctguardctl policy show: a policy as YAML. */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "../lib/error.h"
#include "../lib/file.h"
#include "../lib/link.h"
#include "command.h"
#include "source.h"

static const char usage[] =
	"Usage: ctguardctl policy show [FILE | --compiled FILE] [--raw]\n"
	"\n"
	"Prints the policy in force, or that of a file, as YAML that compiles to the\n"
	"same bytes: inheritance resolved, one rule a line.\n"
	"\n"
	"  -c, --compiled FILE  a compiled policy\n"
	"  -r, --raw            print the compiled policy, unless to a terminal\n";

static int get(const char *path, bool compiled, struct ctguard_source *ret,
	       struct ctguard_error *error)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;

	if (path)
		return ctguard_source_file(path, compiled, ret, error);
	if (ctguard_link_open(&link, error) < 0)
		return -1;
	return ctguard_source_kernel(link, ret, error);
}

int ctguard_command_policy_show(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "compiled", required_argument, NULL, 'c' },
		{ "raw", no_argument, NULL, 'r' },
		{ 0 },
	};
	CTGUARD_SOURCE struct ctguard_source source = { 0 };
	CTGUARD_FREE char *text = NULL;
	const char *path = NULL;
	bool compiled = false, raw = false;
	struct ctguard_error error;
	int option;

	while ((option = getopt_long(argc, argv, "hc:r", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'c':
			compiled = true;
			path = optarg;
			break;
		case 'r':
			raw = true;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (argc - optind > !path)
		return ctguard_command_misused(argv, "too many files");
	if (!path && optind < argc)
		path = argv[optind];
	if (raw && isatty(STDOUT_FILENO))
		return ctguard_command_misused(
			argv, "will not write bytes to a terminal");
	if (get(path, compiled, &source, &error) < 0)
		return ctguard_command_failed(&error);
	if (raw) {
		if (ctguard_file_write(STDOUT_FILENO, "standard output",
				       source.blob, source.size, &error) < 0)
			return ctguard_command_failed(&error);
		return CTGUARD_EXIT_YES;
	}
	text = ctguard_source_text(&source, true, NULL);
	fputs(text, stdout);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
