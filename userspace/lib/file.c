// SPDX-License-Identifier: GPL-2.0
/* Whole files. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "error.h"
#include "file.h"

/**
 * ctguard_file_read() - read a file, or standard input for "-"
 * @path: of the file
 * @limit: most bytes it may have
 * @ret_data: its bytes with a NUL added, to be freed
 * @ret_size: their number, without that NUL
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_file_read(const char *path, size_t limit, char **ret_data,
		      size_t *ret_size, struct ctguard_error *error)
{
	CTGUARD_FREE char *data = NULL;
	CTGUARD_CLOSE int opened = -1;
	size_t space = 0, size = 0;
	int fd = STDIN_FILENO;
	ssize_t got;

	if (strcmp(path, "-")) {
		fd = opened = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0)
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM,
						 errno, "%s", path);
	}
	for (;;) {
		data = ctguard_alloc_grow(data, &space, size + 4096, 1);
		got = read(fd, data + size, space - size - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM,
						 errno, "%s", path);
		if (!got)
			break;
		size += (size_t)got;
		if (size > limit)
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: offset %zu: larger than allowed", path,
				limit);
	}
	data[size] = '\0';
	*ret_data = data;
	*ret_size = size;
	data = NULL;
	return 0;
}

/**
 * ctguard_file_write() - write all of @data
 * @fd: where to
 * @name: of @fd, for the error
 * @data: what
 * @size: its bytes
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_file_write(int fd, const char *name, const void *data, size_t size,
		       struct ctguard_error *error)
{
	const char *rest = data;
	ssize_t put;

	while (size) {
		put = write(fd, rest, size);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM,
						 errno, "%s", name);
		rest += put;
		size -= (size_t)put;
	}
	return 0;
}

/* What was renamed in the directory of @path stays so. */
static int sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	CTGUARD_FREE char *directory = NULL;
	CTGUARD_CLOSE int fd = -1;

	if (!slash)
		directory = ctguard_alloc_string(".", 1);
	else
		directory = ctguard_alloc_string(
			path, slash == path ? 1 : (size_t)(slash - path));
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) ? -1 : 0;
}

/* The permissions of what is replaced, or those that a new file gets. */
static mode_t mode_of(const char *path)
{
	struct stat st;
	mode_t mask;

	if (!stat(path, &st) && S_ISREG(st.st_mode))
		return st.st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

/* Standard output by its name, a pipe, /dev/null: what is not to be replaced. */
static int write_into(const char *path, const void *data, size_t size,
		      struct ctguard_error *error)
{
	CTGUARD_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	return ctguard_file_write(fd, path, data, size, error);
}

/**
 * ctguard_file_replace() - put a file where perhaps another is
 *
 * It is written beside and renamed, so that nobody sees half of it; but what is
 * there and not a file is written to.
 *
 * @path: of the file
 * @data: its bytes
 * @size: their number
 * @durable: it is on the disk, not only on its way, when this returns
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_file_replace(const char *path, const void *data, size_t size,
			 bool durable, struct ctguard_error *error)
{
	CTGUARD_FREE char *beside = NULL;
	CTGUARD_CLOSE int fd = -1;
	struct stat st;

	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return write_into(path, data, size, error);
	/* The end is what mkostemp() fills in. */
	beside = ctguard_alloc_format("%s.XXXXXX", path);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	if (ctguard_file_write(fd, beside, data, size, error) < 0) {
		unlink(beside);
		return -1;
	}
	if (fchmod(fd, mode_of(path)) || (durable && fsync(fd)) ||
	    rename(beside, path)) {
		ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno, "%s",
				  path);
		unlink(beside);
		return -1;
	}
	if (durable && sync_directory(path) < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	return 0;
}
