/* SPDX-License-Identifier: GPL-2.0 */
/* Commands as rows of a table, and what they all do. */
#ifndef CTGUARD_COMMAND_H
#define CTGUARD_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct ctguard_error;

/**
 * struct ctguard_command - a row
 * @name: what is typed
 * @run: given argv with the names of the commands so far as argv[0]; returns
 *	the exit status
 * @description: a line for --help; NULL for what is not shown
 */
struct ctguard_command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *description;
};

int ctguard_command_run(const struct ctguard_command *commands, size_t count,
			const char *usage, int argc, char **argv);
int ctguard_command_options(int argc, char **argv, const char *usage,
			    const char *more, bool *ret_more, bool *ret_json);
int ctguard_command_help(const char *usage);
int ctguard_command_misused(char **argv, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int ctguard_command_failed(const struct ctguard_error *error);
int ctguard_command_finish(int status);

#endif /* CTGUARD_COMMAND_H */
