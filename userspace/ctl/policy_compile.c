// SPDX-License-Identifier: GPL-2.0
/* ctguardctl policy compile: the form the kernel takes. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/alloc.h"
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

/* Standard output by its name, a pipe, /dev/null: what is not to be replaced. */
static int write_into(const char *path, const struct ctguard_source *source,
		      struct ctguard_error *error)
{
	CTGUARD_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	return ctguard_file_write(fd, path, source->blob, source->size, error);
}

/*
 * Writes beside @path and renames, so that nobody sees half of it; but what is
 * there and not a file is written to.
 */
static int replace(const char *path, const struct ctguard_source *source,
		   struct ctguard_error *error)
{
	CTGUARD_FREE char *beside = NULL;
	CTGUARD_CLOSE int fd = -1;
	struct stat st;
	mode_t mask;

	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return write_into(path, source, error);
	/* The end is what mkostemp() fills in. */
	beside = ctguard_alloc_format("%s.XXXXXX", path);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	mask = umask(0);
	umask(mask);
	if (ctguard_file_write(fd, beside, source->blob, source->size, error) <
	    0) {
		unlink(beside);
		return -1;
	}
	if (fchmod(fd, 0666 & ~mask) || rename(beside, path)) {
		ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno, "%s",
				  path);
		unlink(beside);
		return -1;
	}
	return 0;
}

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
	if (replace(output, &source, &error) < 0)
		return ctguard_command_failed(&error);
	printf("%s  %s\n", source.hex, output);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
