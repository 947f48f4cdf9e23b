// SPDX-License-Identifier: GPL-2.0
/* ctguard-verify ca: roots of endorsement certificates. None are built in. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/file.h"
#include "../lib/certificate.h"
#include "../lib/store.h"
#include "command.h"
#include "options.h"
#include "roots.h"

#define PEM_MAX (1 << 20)

static int each(const struct store *store,
		int (*visit)(void *data, const struct store *store,
			     const char *path, struct ctguard_error *error),
		void *data, struct ctguard_error *error)
{
	int fd = openat(store->fd, "ca", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s/ca", store->path);
	while (!r && (entry = readdir(directory))) {
		const size_t length = strlen(entry->d_name);
		char *path;

		if (length <= 4 || strcmp(entry->d_name + length - 4, ".pem"))
			continue;
		path = ctguard_alloc_format("ca/%s", entry->d_name);
		r = visit(data, store, path, error);
		free(path);
	}
	closedir(directory);
	return r;
}

static int add_roots(void *roots, const struct store *store, const char *path,
		     struct ctguard_error *error)
{
	CTGUARD_FREE char *pem = NULL;
	size_t size;

	if (store_read(store, path, PEM_MAX, &pem, &size, error) < 0)
		return -1;
	if (certificate_add_roots(roots, pem, size) < 1)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s/%s: offset 0: no certificate in PEM", store->path,
			path);
	return 0;
}

/**
 * roots_load() - all roots of a state directory
 * @store: the directory
 * @error: set on failure
 *
 * Return: to be freed, or NULL.
 */
X509_STORE *roots_load(const struct store *store, struct ctguard_error *error)
{
	X509_STORE *roots = X509_STORE_new();

	if (!roots) {
		ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
				  "libcrypto failed");
		return NULL;
	}
	if (each(store, add_roots, roots, error) < 0) {
		X509_STORE_free(roots);
		return NULL;
	}
	return roots;
}

static int print_path(void *data, const struct store *store, const char *path,
		      struct ctguard_error *error)
{
	(void)data;
	(void)store;
	(void)error;
	printf("%.*s\n", (int)strlen(path) - 7, path + 3);
	return 0;
}

static int run(int argc, char **argv, const char *usage, int arguments,
	       struct store *store, struct ctguard_error *error)
{
	struct host_options options;
	int status = host_options_read(argc, argv, usage, 0, &options);

	if (status >= 0)
		return status;
	if (argc - optind != arguments)
		return ctguard_command_misused(argv, "expected %d argument%s",
					       arguments,
					       arguments == 1 ? "" : "s");
	if (arguments && !record_host_valid(argv[optind]))
		return ctguard_command_misused(
			argv, "a name has letters, digits, and . _ -");
	if (command_open(store, options.state, error) < 0)
		return ctguard_command_failed(error);
	return -1;
}

static int command_ca_add(int argc, char **argv)
{
	static const char usage[] =
		"Usage: ctguard-verify ca add NAME FILE\n"
		"\n"
		"Trusts the certificate authorities in a file of PEM.\n"
		"\n"
		"  -s, --state DIR  state directory\n";
	CTGUARD_FREE char *pem = NULL, *path = NULL;
	STORE_CLOSE struct store store = { 0 };
	X509_STORE *roots = X509_STORE_new();
	struct ctguard_error error;
	int status = run(argc, argv, usage, 2, &store, &error), count;
	size_t size;

	if (status < 0 && ctguard_file_read(argv[optind + 1], PEM_MAX, &pem,
					    &size, &error) < 0)
		status = ctguard_command_failed(&error);
	if (status >= 0) {
		X509_STORE_free(roots);
		return status;
	}
	count = certificate_add_roots(roots, pem, size);
	X509_STORE_free(roots);
	if (count < 1) {
		ctguard_error_set(&error, CTGUARD_EXIT_MALFORMED, 0,
				  "%s: offset 0: no certificate in PEM",
				  argv[optind + 1]);
		return ctguard_command_failed(&error);
	}
	path = ctguard_alloc_format("ca/%s.pem", argv[optind]);
	if (store_write(&store, path, pem, size, &error) < 0)
		return ctguard_command_failed(&error);
	printf("%d certificate%s\n", count, count == 1 ? "" : "s");
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

static int command_ca_list(int argc, char **argv)
{
	static const char usage[] = "Usage: ctguard-verify ca list\n"
				    "\n"
				    "  -s, --state DIR  state directory\n";
	STORE_CLOSE struct store store = { 0 };
	struct ctguard_error error;
	int status = run(argc, argv, usage, 0, &store, &error);

	if (status >= 0)
		return status;
	if (each(&store, print_path, NULL, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

static int command_ca_remove(int argc, char **argv)
{
	static const char usage[] = "Usage: ctguard-verify ca remove NAME\n"
				    "\n"
				    "  -s, --state DIR  state directory\n";
	STORE_CLOSE struct store store = { 0 };
	CTGUARD_FREE char *path = NULL;
	struct ctguard_error error;
	int status = run(argc, argv, usage, 1, &store, &error);

	if (status >= 0)
		return status;
	path = ctguard_alloc_format("ca/%s.pem", argv[optind]);
	if (store_unlink(&store, path, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

int command_ca(int argc, char **argv)
{
	static const struct ctguard_command commands[] = {
		{ "add", command_ca_add, "trust one" },
		{ "list", command_ca_list, "show their names" },
		{ "remove", command_ca_remove, "trust it no longer" },
	};
	static const char usage[] =
		"Usage: ctguard-verify ca COMMAND [ARGUMENT...]\n"
		"\n"
		"Certificate authorities that sign endorsement keys. None are built in.\n";

	return ctguard_command_run(commands,
				   sizeof(commands) / sizeof(*commands), usage,
				   argc, argv);
}
