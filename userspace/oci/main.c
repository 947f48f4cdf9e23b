// SPDX-License-Identifier: GPL-2.0
/*
 * ctguard-oci: says to the kernel of what image a container is, before that
 * runs its first program. Called as ctguard-NAME it is the runtime NAME.
 */
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../include/version.h"
#include "../lib/alloc.h"
#include "../lib/cleanup.h"
#include "../lib/error.h"
#include "command.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char usage[] =
	"Usage: ctguard-oci hook [OPTION...]\n"
	"       ctguard-oci runtime [OPTION...] --runtime PATH -- ARGUMENT...\n"
	"\n"
	"Says to ctguard of what image a container is: as a createRuntime hook of\n"
	"podman and CRI-O, or around the runtime of Docker and containerd.\n"
	"Each has --help. See ctguard-oci(8).\n";

/** ctguard_oci_misused() - say what is wrong with the arguments */
int ctguard_oci_misused(const char *command, const char *what)
{
	if (what)
		fprintf(stderr, "ctguard-oci %s: %s\n", command, what);
	fprintf(stderr, "Try 'ctguard-oci %s --help'.\n", command);
	return CTGUARD_EXIT_USAGE;
}

/* The runtime that this is called as, to be freed; or NULL. */
static char *called_as(const char *name)
{
	static const char *const directories[] = { "/usr/bin", "/usr/sbin",
						   "/usr/local/bin",
						   "/usr/local/sbin" };
	const char *slash = strrchr(name, '/');
	const char *base = slash ? slash + 1 : name;

	if (strncmp(base, "ctguard-", 8) || !base[8] ||
	    !strcmp(base + 8, "oci"))
		return NULL;
	for (size_t i = 0; i < COUNT(directories); i++) {
		char *path =
			ctguard_alloc_format("%s/%s", directories[i], base + 8);

		if (!access(path, X_OK))
			return path;
		free(path);
	}
	return NULL;
}

/* As "ctguard-oci runtime --runtime PATH -- ARGUMENT..." */
static int as_runtime(char *path, int argc, char **argv)
{
	static char command[] = "runtime", option[] = "--runtime", end[] = "--";
	CTGUARD_FREE char **arguments =
		ctguard_alloc_zeroed((size_t)argc + 5, sizeof(*arguments));
	int count = 0;

	arguments[count++] = command;
	arguments[count++] = option;
	arguments[count++] = path;
	arguments[count++] = end;
	for (int i = 1; i < argc; i++)
		arguments[count++] = argv[i];
	return ctguard_oci_runtime(count, arguments);
}

int main(int argc, char **argv)
{
	CTGUARD_FREE char *runtime = argc ? called_as(argv[0]) : NULL;

	/* Nothing of it is read from a file of the host's. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (runtime)
		return as_runtime(runtime, argc, argv);
	if (argc < 2) {
		fputs(usage, stderr);
		return CTGUARD_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "hook"))
		return ctguard_oci_hook(argc - 1, argv + 1);
	if (!strcmp(argv[1], "runtime"))
		return ctguard_oci_runtime(argc - 1, argv + 1);
	if (!strcmp(argv[1], "--version")) {
		puts("ctguard-oci " CTGUARD_VERSION);
		return CTGUARD_EXIT_YES;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(usage, stdout);
		return CTGUARD_EXIT_YES;
	}
	fputs(usage, stderr);
	return CTGUARD_EXIT_USAGE;
}
