// SPDX-License-Identifier: GPL-2.0
/*
 * ctguard-oci runtime: around the runtime of Docker and containerd, which run
 * no hooks of an operator's. Of "create" it first lets the runtime do all, then
 * claims; what fails it deletes again. All else is the runtime's own.
 *
 * The command line is that of runc(8), which crun(1) has as well. config.json
 * stays as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../lib/alloc.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "claim.h"
#include "command.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char usage[] =
	"Usage: ctguard-oci runtime [OPTION...] --runtime PATH -- ARGUMENT...\n"
	"       ctguard-runc ARGUMENT...\n"
	"\n"
	"Runs the runtime with these arguments. Once it has created a container, and\n"
	"before that is started, claims of what image it is. When that fails, the\n"
	"container is deleted, and the status is another than 0. The reason is told\n"
	"on standard error, in the runtime's --log and to the journal. Called as\n"
	"ctguard-NAME, it is so for the runtime NAME.\n"
	"\n"
	"  --runtime PATH    the runtime, as /usr/bin/runc\n" CTGUARD_CLAIM_HELP;

/**
 * struct call - a command line of the runtime
 * @runtime: its path
 * @arguments: argv, with the runtime's name first and NULL last
 * @count: of those, without the NULL
 * @command: index of the command; 0 when there is none
 * @id: index of the container's id; 0 when there is none
 * @bundle: of --bundle, or NULL
 * @pid_file: of --pid-file, or NULL
 * @log: of --log, or NULL
 * @json: whether that is in JSON
 */
struct call {
	const char *runtime;
	char **arguments;
	int count;
	int command;
	int id;
	const char *bundle;
	const char *pid_file;
	const char *log;
	bool json;
};

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

static void take_option(struct call *call, const char *name, size_t length,
			const char *value)
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
static int skip_options(struct call *call, int at, const char *const *values,
			size_t count)
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

static void parse(struct call *call)
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

/* Runs the runtime; its exit status, or 128 and the signal's number. */
static int run(const char *runtime, char **arguments)
{
	pid_t pid = fork();
	int status;

	if (pid < 0) {
		perror("ctguard-oci: fork");
		return CTGUARD_EXIT_SYSTEM;
	}
	if (!pid) {
		execv(runtime, arguments);
		fprintf(stderr, "ctguard-oci: %s: %s\n", runtime,
			strerror(errno));
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return CTGUARD_EXIT_SYSTEM;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Runs create, with a file for the number of the first task if it has none. */
static int create(const struct call *call, const char *pid_file)
{
	static char option[] = "--pid-file";
	CTGUARD_FREE char **arguments = ctguard_alloc_zeroed(
		(size_t)call->count + 3, sizeof(*arguments));
	CTGUARD_FREE char *copy =
		ctguard_alloc_string(pid_file, strlen(pid_file));
	int count = 0;

	for (int i = 0; i < call->count; i++) {
		arguments[count++] = call->arguments[i];
		if (i != call->command || call->pid_file)
			continue;
		arguments[count++] = option;
		arguments[count++] = copy;
	}
	return run(call->runtime, arguments);
}

/* Runs delete --force with the options that create had before it. */
static void delete (const struct call *call)
{
	static char command[] = "delete", option[] = "--force", end[] = "--";
	CTGUARD_FREE char **arguments = ctguard_alloc_zeroed(
		(size_t)call->command + 5, sizeof(*arguments));
	int count = 0;

	for (; count < call->command; count++)
		arguments[count] = call->arguments[count];
	arguments[count++] = command;
	arguments[count++] = option;
	if (*call->arguments[call->id] == '-')
		arguments[count++] = end;
	arguments[count++] = call->arguments[call->id];
	if (run(call->runtime, arguments))
		fprintf(stderr, "ctguard-oci: the container is not deleted\n");
}

/* The last line of the runtime's log is what engines tell of a failure. */
static void tell_log(const struct call *call, const char *text)
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

static int read_pid(const char *path, pid_t *ret, struct ctguard_error *error)
{
	CTGUARD_FREE char *data = NULL;
	unsigned long pid;
	char *end;
	size_t size;

	if (ctguard_file_read(path, 64, &data, &size, error) < 0)
		return -1;
	errno = 0;
	pid = strtoul(data, &end, 10);
	if (errno || end == data || (*end && *end != '\n') || !pid ||
	    pid > 0x7fffffff)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no number of a process",
					 path);
	*ret = (pid_t)pid;
	return 0;
}

static int claim(const struct call *call, struct ctguard_claiming *claiming,
		 const char *pid_file, struct ctguard_error *error)
{
	CTGUARD_FREE char *bundle =
		realpath(call->bundle ? call->bundle : ".", NULL);

	if (!bundle)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s",
					 call->bundle ? call->bundle : ".");
	claiming->how.id = call->arguments[call->id];
	claiming->how.bundle = bundle;
	if (read_pid(pid_file, &claiming->how.pid, error) < 0)
		return -1;
	return ctguard_claim_make(claiming, error);
}

static int create_and_claim(const struct call *call,
			    struct ctguard_claiming *claiming)
{
	char own[] = "/run/ctguard-oci.XXXXXX";
	const char *pid_file = call->pid_file;
	struct ctguard_error error;
	int status, fd;

	if (!pid_file) {
		fd = mkostemp(own, O_CLOEXEC);
		if (fd < 0) {
			perror("ctguard-oci: /run");
			return CTGUARD_EXIT_SYSTEM;
		}
		close(fd);
		pid_file = own;
	}
	status = create(call, pid_file);
	if (!status && claim(call, claiming, pid_file, &error) < 0) {
		status = error.status ? error.status : CTGUARD_EXIT_SYSTEM;
		delete (call);
		fprintf(stderr, "ctguard-oci: %s\n", error.text);
		tell_log(call, error.text);
	}
	if (pid_file == own)
		unlink(own);
	return status;
}

int ctguard_oci_runtime(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "runtime", required_argument, NULL, 'r' },
		CTGUARD_CLAIM_OPTIONS,
		{ 0 },
	};
	struct ctguard_claiming claiming;
	struct call call = { .runtime = NULL };
	int option;

	ctguard_claim_defaults(&claiming);
	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return CTGUARD_EXIT_YES;
		}
		if (option == 'r')
			call.runtime = optarg;
		else if (!ctguard_claim_option(&claiming, option, optarg))
			return ctguard_oci_misused(
				"runtime",
				option == '?' ?
					NULL :
					"expected 0, 1, 2 or 3 after --level");
	}
	if (!call.runtime || *call.runtime != '/')
		return ctguard_oci_misused(
			"runtime", "expected an absolute path after --runtime");
	/* The runtime's own name stands where "--" or the last option does. */
	call.arguments = argv + optind - 1;
	call.arguments[0] = (char *)call.runtime;
	call.count = argc - optind + 1;
	parse(&call);
	if (call.id)
		return create_and_claim(&call, &claiming);
	execv(call.runtime, call.arguments);
	fprintf(stderr, "ctguard-oci: %s: %s\n", call.runtime, strerror(errno));
	return CTGUARD_EXIT_SYSTEM;
}
