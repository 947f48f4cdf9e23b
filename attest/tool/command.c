// SPDX-License-Identifier: GPL-2.0
/* Commands as rows of a table, and what they all do. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/escape.h"
#include "../../userspace/lib/file.h"
#include "../lib/json.h"
#include "../lib/reference.h"
#include "../lib/store.h"
#include "command.h"

static void list(const struct command *commands, size_t count,
		 const char *usage, FILE *out)
{
	fputs(usage, out);
	fputs("\nCommands:\n", out);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "  %-16s %s\n", commands[i].name,
			commands[i].description);
	fputs("\nEach has --help.\n", out);
}

/**
 * command_run() - run the command that argv[1] names
 * @commands: the table
 * @count: its rows
 * @usage: what comes above the table in --help
 * @argc: of argv
 * @argv: argv[0] is how this table was come to
 *
 * Return: exit status.
 */
int command_run(const struct command *commands, size_t count, const char *usage,
		int argc, char **argv)
{
	char *shown;

	if (argc < 2) {
		list(commands, count, usage, stderr);
		return CTGUARD_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		list(commands, count, usage, stdout);
		return command_finish(CTGUARD_EXIT_YES);
	}
	for (size_t i = 0; i < count; i++) {
		if (strcmp(argv[1], commands[i].name))
			continue;
		/* getopt() and messages begin with the whole command. */
		argv[1] = ctguard_alloc_format("%s %s", argv[0], argv[1]);
		return commands[i].run(argc - 1, argv + 1);
	}
	shown = ctguard_escape_terminal(argv[1], strlen(argv[1]));
	fprintf(stderr, "%s: no command \"%s\"; see --help\n", argv[0], shown);
	free(shown);
	return CTGUARD_EXIT_USAGE;
}

/** command_help() - print what --help asks for */
int command_help(const char *usage)
{
	fputs(usage, stdout);
	return command_finish(CTGUARD_EXIT_YES);
}

/**
 * command_misused() - say what is wrong with the arguments
 * @argv: of the command
 * @format: as printf(); or NULL when getopt() said it
 *
 * Return: exit status.
 */
int command_misused(char **argv, const char *format, ...)
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

/** command_failed() - say why; return its exit status */
int command_failed(const struct ctguard_error *error)
{
	/* Names of files are in it, and who sends evidence may choose them. */
	CTGUARD_FREE char *shown =
		ctguard_escape_terminal(error->text, strlen(error->text));

	fflush(stdout);
	fprintf(stderr, "ctguard-verify: %s\n", shown);
	return error->status;
}

/** command_refused() - say why the answer is no; return that exit status */
int command_refused(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("ctguard-verify: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return CTGUARD_EXIT_NO;
}

/** command_finish() - @status, unless what was printed is lost */
int command_finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("ctguard-verify: standard output");
		return CTGUARD_EXIT_SYSTEM;
	}
	return status;
}

/** command_open() - open the state directory, made when it is the first time */
int command_open(struct store *store, const char *path,
		 struct ctguard_error *error)
{
	return store_open(store, path, true, error);
}

/**
 * command_host() - the record of a host
 * @store: the state
 * @host: its name, as typed
 * @ret_record: what is known of it
 * @error: set on failure, and when there is none
 *
 * Return: 0 or -1.
 */
int command_host(const struct store *store, const char *host,
		 struct record *ret_record, struct ctguard_error *error)
{
	int r;

	if (!record_host_valid(host))
		return ctguard_error_set(
			error, CTGUARD_EXIT_USAGE, 0,
			"a host's name has 1 to %d letters, digits, and . _ -",
			RECORD_HOST_MAX);
	r = store_load_host(store, host, ret_record, error);
	if (r)
		return r < 0 ? r : 0;
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
				 "host %s is not enrolled", host);
}

/**
 * command_reference() - read --reference and --images
 * @path: of the reference
 * @images: of a list of images to add, or NULL
 * @ret_json: the reference with the list, or NULL when not asked for
 * @ret_reference: the same, understood; or NULL when not asked for
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int command_reference(const char *path, const char *images, json_t **ret_json,
		      struct reference **ret_reference,
		      struct ctguard_error *error)
{
	REFERENCE_PUT struct reference *reference = NULL;
	CTGUARD_FREE char *data = NULL, *list = NULL;
	JSON_PUT json_t *json = NULL;
	size_t size;

	if (ctguard_file_read(path, REFERENCE_MAX, &data, &size, error) < 0 ||
	    json_read(path, data, size, &json, error) < 0)
		return -1;
	/* First by itself, so that the list is added to what is one. */
	if (reference_from_json(path, json, &reference, error) < 0)
		return -1;
	if (images) {
		if (ctguard_file_read(images, REFERENCE_MAX, &list, &size,
				      error) < 0 ||
		    reference_add_images(images, list, json, error) < 0)
			return -1;
		reference_free(reference);
		reference = NULL;
		if (reference_from_json(path, json, &reference, error) < 0)
			return -1;
	}
	if (ret_json)
		*ret_json = json_incref(json);
	if (ret_reference) {
		*ret_reference = reference;
		reference = NULL;
	}
	return 0;
}

/** command_digest() - read [sha256:]HEX as typed; whether it is one */
int command_digest(const char *text, uint8_t ret_digest[32])
{
	JSON_PUT json_t *json = NULL;

	if (!strncmp(text, "sha256:", 7))
		text += 7;
	json = json_string(text);
	return json_hex(json, ret_digest, 32);
}

/**
 * command_write() - write a result to a file, or to standard output
 * @path: of the file; NULL or "-" is standard output
 * @data: all of it
 * @size: its bytes
 * @binary: it is not for terminals
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int command_write(const char *path, const void *data, size_t size, int binary,
		  struct ctguard_error *error)
{
	CTGUARD_CLOSE int opened = -1;
	int fd = STDOUT_FILENO;

	if (path && strcmp(path, "-")) {
		fd = opened = open(path,
				   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
					   O_NOCTTY,
				   0600);
		if (fd < 0)
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM,
						 errno, "%s", path);
	} else if (binary && isatty(fd)) {
		return ctguard_error_set(
			error, CTGUARD_EXIT_USAGE, 0,
			"this is not for terminals; say --output FILE");
	}
	return ctguard_file_write(fd, path ? path : "standard output", data,
				  size, error);
}
