// SPDX-License-Identifier: GPL-2.0
/* A command line of a runtime, and the log it names. */
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "../lib/alloc.h"
#include "../lib/cleanup.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "call.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ARGUMENTS_MAX (1U << 20)

/* Options with a value, of the runtime and of create. */
static const char *const global_values[] = { "root",	   "log",
					     "log-format", "criu",
					     "rootless",   "cgroup-manager" };
static const char *const create_values[] = { "bundle",	       "b",
					     "console-socket", "pidfd-socket",
					     "pid-file",       "preserve-fds",
					     "config",	       "f" };

static bool is_one(const char *const *list, size_t count, const char *name,
		   size_t length)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(list[i]) == length &&
		    !strncmp(list[i], name, length))
			return true;
	return false;
}

static void take_option(struct ctguard_call *call, const char *name,
			size_t length, const char *value)
{
	if (length == 3 && !strncmp(name, "log", 3))
		call->log = value;
	else if (length == 10 && !strncmp(name, "log-format", 10))
		call->json = !strcmp(value, "json");
	else if ((length == 6 && !strncmp(name, "bundle", 6)) ||
		 (length == 1 && *name == 'b'))
		call->bundle = value;
	else if (length == 8 && !strncmp(name, "pid-file", 8))
		call->pid_file = value;
}

/*
 * Steps over options from @at on, with one or two dashes, as runc's library of
 * the command line takes them. Returns the index of what is none.
 */
static int skip_options(struct ctguard_call *call, int at,
			const char *const *values, size_t count)
{
	for (; at < call->count; at++) {
		const char *name = call->arguments[at], *equals;
		size_t length;

		if (*name != '-' || !name[1])
			return at;
		if (!strcmp(name, "--"))
			return at + 1;
		name += name[1] == '-' ? 2 : 1;
		equals = strchr(name, '=');
		length = equals ? (size_t)(equals - name) : strlen(name);
		if (!is_one(values, count, name, length))
			continue;
		if (equals)
			take_option(call, name, length, equals + 1);
		else if (at + 1 < call->count)
			take_option(call, name, length, call->arguments[++at]);
	}
	return at;
}

/** ctguard_call_parse() - find command, id and options in the arguments */
void ctguard_call_parse(struct ctguard_call *call)
{
	int at = skip_options(call, 1, global_values, COUNT(global_values));

	if (at >= call->count)
		return;
	call->command = at;
	if (strcmp(call->arguments[at], "create"))
		return;
	at = skip_options(call, at + 1, create_values, COUNT(create_values));
	if (at < call->count)
		call->id = at;
}

/**
 * ctguard_call_tell() - put a reason into the runtime's log
 *
 * Its last line is what engines tell of a failure.
 */
void ctguard_call_tell(const struct ctguard_call *call, const char *text)
{
	CTGUARD_FREE char *line = NULL, *whole = NULL;
	CTGUARD_CLOSE int fd = -1;
	struct ctguard_error ignored;
	time_t now = time(NULL);
	char when[32];
	struct tm tm;
	json_t *json;

	if (!call->log || !*call->log)
		return;
	fd = open(call->log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%FT%TZ", &tm);
	if (call->json) {
		json = json_pack("{s:s, s:s, s:s}", "level", "error", "msg",
				 text, "time", when);
		line = json_dumps(json, JSON_COMPACT);
		json_decref(json);
	} else {
		line = ctguard_alloc_format(
			"time=\"%s\" level=error msg=\"%s\"", when, text);
	}
	if (!line)
		return;
	whole = ctguard_alloc_format("%s\n", line);
	ctguard_file_write(fd, call->log, whole, strlen(whole), &ignored);
}

static bool is_null(int fd)
{
	struct stat st;

	return fstat(fd, &st) ||
	       (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3));
}

/* Splits what /proc/PID/cmdline says; the arguments point into @data. */
static char **split(char *data, size_t size, int *ret_count)
{
	char **arguments = NULL;
	size_t space = 0;
	int count = 0;

	for (char *at = data; at < data + size; at += strlen(at) + 1) {
		arguments = ctguard_alloc_grow(arguments, &space,
					       (size_t)count + 1,
					       sizeof(*arguments));
		arguments[count++] = at;
	}
	*ret_count = count;
	return arguments;
}

/**
 * ctguard_call_tell_parent() - tell a reason where a hook's words are lost
 *
 * crun gives its hooks no standard error, and says of one that fails no more
 * than its status. What the engine reads instead is crun's own standard error
 * and its log.
 */
void ctguard_call_tell_parent(const char *text)
{
	CTGUARD_FREE char *path =
		ctguard_alloc_format("/proc/%d/fd/2", (int)getppid());
	CTGUARD_FREE char *said = ctguard_alloc_format("ctguard-oci: %s", text);
	CTGUARD_FREE char *line = ctguard_alloc_format("%s\n", said);
	CTGUARD_FREE char **arguments = NULL;
	CTGUARD_FREE char *data = NULL;
	CTGUARD_CLOSE int fd = -1;
	struct ctguard_call call = { .runtime = NULL };
	struct ctguard_error ignored;
	size_t size;

	if (!is_null(STDERR_FILENO))
		return;
	fd = open(path,
		  O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0)
		ctguard_file_write(fd, path, line, strlen(line), &ignored);
	free(path);
	path = ctguard_alloc_format("/proc/%d/cmdline", (int)getppid());
	if (ctguard_file_read(path, ARGUMENTS_MAX, &data, &size, &ignored) < 0)
		return;
	arguments = split(data, size, &call.count);
	call.arguments = arguments;
	ctguard_call_parse(&call);
	/* The runtime's directory is not the hook's. */
	if (call.log && *call.log == '/')
		ctguard_call_tell(&call, said);
}
