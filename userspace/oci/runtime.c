// SPDX-License-Identifier: GPL-2.0
/*
 * ctguard-oci runtime: around the runtime of Docker and containerd, which run
 * no hooks of an operator's. Of "create" it first lets the runtime do all, then
 * claims; what fails it deletes again. All else is the runtime's own;
 * config.json stays as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../lib/alloc.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "call.h"
#include "claim.h"
#include "command.h"

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
static int create(const struct ctguard_call *call, const char *pid_file)
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
static void delete (const struct ctguard_call *call)
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

static int claim(const struct ctguard_call *call,
		 struct ctguard_claiming *claiming, const char *pid_file,
		 struct ctguard_error *error)
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

static int create_and_claim(const struct ctguard_call *call,
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
		ctguard_call_tell(call, error.text);
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
	struct ctguard_call call = { .runtime = NULL };
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
	ctguard_call_parse(&call);
	if (call.id)
		return create_and_claim(&call, &claiming);
	execv(call.runtime, call.arguments);
	fprintf(stderr, "ctguard-oci: %s: %s\n", call.runtime, strerror(errno));
	return CTGUARD_EXIT_SYSTEM;
}
