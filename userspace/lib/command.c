// SPDX-License-Identifier: GPL-2.0
/* Commands as rows of a table, and what they all do. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "command.h"
#include "error.h"
#include "escape.h"
#include "words.h"

static const char *name_of(const void *words, size_t i)
{
	return ((const struct ctguard_command *)words)[i].name;
}

static void list(const struct ctguard_command *commands, size_t count,
		 const char *usage, FILE *out)
{
	size_t width = 12;

	for (size_t i = 0; i < count; i++)
		if (commands[i].description && strlen(commands[i].name) > width)
			width = strlen(commands[i].name);
	fputs(usage, out);
	fputs("\nCommands:\n", out);
	for (size_t i = 0; i < count; i++)
		if (commands[i].description)
			fprintf(out, "  %-*s %s\n", (int)width,
				commands[i].name, commands[i].description);
	fputs("\nEach has --help.\n", out);
}

/**
 * ctguard_command_run() - run the command that argv[1] names
 * @commands: the table
 * @count: its rows
 * @usage: what comes above the table in --help
 * @argc: of argv
 * @argv: argv[0] is how this table was come to
 *
 * Return: exit status.
 */
int ctguard_command_run(const struct ctguard_command *commands, size_t count,
			const char *usage, int argc, char **argv)
{
	const char *nearest;
	char *shown;

	if (argc < 2) {
		list(commands, count, usage, stderr);
		return CTGUARD_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		list(commands, count, usage, stdout);
		return ctguard_command_finish(CTGUARD_EXIT_YES);
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		/* getopt() and messages begin with the whole command. */
		argv[1] = ctguard_alloc_format("%s %s", argv[0], argv[1]);
		return commands[i].run(argc - 1, argv + 1);
	}
	nearest = ctguard_words_nearest(argv[1], name_of, commands, count);
	shown = ctguard_escape_terminal(argv[1], strlen(argv[1]));
	fprintf(stderr, "%s: no command \"%s\"%s%s%s; see --help\n", argv[0],
		shown, nearest ? "; did you mean \"" : "",
		nearest ? nearest : "", nearest ? "\"?" : "");
	free(shown);
	return CTGUARD_EXIT_USAGE;
}

/**
 * ctguard_command_options() - the options of a command that shows something
 * @argc: of the command
 * @argv: of the command, which takes no arguments
 * @usage: for --help
 * @more: the option to show more by, which has its first letter as well
 * @ret_more: whether it is there
 * @ret_json: whether --json is
 *
 * Return: -1 when the command goes on, else the exit status to end with.
 */
int ctguard_command_options(int argc, char **argv, const char *usage,
			    const char *more, bool *ret_more, bool *ret_json)
{
	const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ more, no_argument, NULL, *more },
		{ 0 },
	};
	const char letters[] = { 'h', 'j', *more, '\0' };
	bool shows_more = false, json = false;
	int option;

	while ((option = getopt_long(argc, argv, letters, options, NULL)) !=
	       -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option == 'j')
			json = true;
		else if (option == *more)
			shows_more = true;
		else
			return ctguard_command_misused(argv, NULL);
	}
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	*ret_more = shows_more;
	*ret_json = json;
	return -1;
}

/** ctguard_command_help() - print what --help asks for */
int ctguard_command_help(const char *usage)
{
	fputs(usage, stdout);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

/**
 * ctguard_command_misused() - say what is wrong with the arguments
 * @argv: of the command
 * @format: as printf(); or NULL when getopt() said it
 *
 * Return: exit status.
 */
int ctguard_command_misused(char **argv, const char *format, ...)
{
	va_list arguments;

	if (format) {
		fprintf(stderr, "%s: ", argv[0]);
		va_start(arguments, format);
		vfprintf(stderr, format, arguments);
		va_end(arguments);
		fputc('\n', stderr);
	}
	fprintf(stderr, "Try '%s --help'.\n", argv[0]);
	return CTGUARD_EXIT_USAGE;
}

/** ctguard_command_failed() - say why; return its exit status */
int ctguard_command_failed(const struct ctguard_error *error)
{
	/* Names of files are in it, and others may choose them. */
	CTGUARD_FREE char *shown =
		ctguard_escape_terminal(error->text, strlen(error->text));

	fflush(stdout);
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, shown);
	return error->status;
}

/** ctguard_command_finish() - @status, unless what was printed is lost */
int ctguard_command_finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "%s: standard output: %s\n",
			program_invocation_short_name, strerror(errno));
		return CTGUARD_EXIT_SYSTEM;
	}
	return status;
}
