// SPDX-License-Identifier: GPL-2.0
/*
 * The measurement log: the kernel's, and what was saved of it.
 *
 * The kernel drops records that it was told are kept elsewhere, so that a log
 * never fills up. What was saved needs no trust: the log is joined from both
 * where they meet, and replayed against the PCR by whoever uses it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cel.h"
#include "cleanup.h"
#include "error.h"
#include "file.h"
#include "log.h"

/* In the directory; the other one is of the load before. */
#define CURRENT "measurements.cel"
#define PREVIOUS "measurements.previous.cel"

/* Finds record @number in @cel; ret_at is its offset, or the end. */
static int seek(struct ctguard_cel *cel, uint64_t number, size_t *ret_at,
		struct ctguard_error *error)
{
	struct ctguard_cel_record record;
	int r;

	*ret_at = 0;
	while ((r = ctguard_cel_next(cel, &record, error)) > 0) {
		if (record.number == number)
			return 0;
		*ret_at = cel->at;
	}
	return r;
}

/* Number of the first record of @data. */
static int first_number(const char *path, const uint8_t *data, size_t size,
			uint64_t *ret, struct ctguard_error *error)
{
	struct ctguard_cel_record record;
	struct ctguard_cel cel;
	int r;

	ctguard_cel_open(&cel, path, data, size);
	r = ctguard_cel_next(&cel, &record, error);
	if (r < 0)
		return -1;
	*ret = r ? record.number : 0;
	return 0;
}

/* Puts what was saved before @first ahead of the rest. */
static int join(const char *saved, uint64_t first, uint8_t **data, size_t *size,
		struct ctguard_error *error)
{
	CTGUARD_FREE char *path = ctguard_alloc_format("%s/" CURRENT, saved);
	CTGUARD_FREE char *prefix = NULL;
	struct ctguard_cel cel;
	uint8_t *whole;
	size_t got, at;

	if (ctguard_file_read(path, CTGUARD_LOG_SAVED_MAX, &prefix, &got,
			      error) < 0) {
		if (error->code == ENOENT)
			ctguard_error_set(
				error, CTGUARD_EXIT_SYSTEM, ENOENT,
				"the kernel keeps records from %" PRIu64
				" on, those before should be in %s",
				first, path);
		return -1;
	}
	ctguard_cel_open(&cel, path, prefix, got);
	if (seek(&cel, first, &at, error) < 0)
		return -1;
	if (cel.next < first)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"the kernel keeps records from %" PRIu64
			" on, %s has those before %" PRIu64 " only",
			first, path, cel.next);
	whole = ctguard_alloc_zeroed(at + *size, 1);
	memcpy(whole, prefix, at);
	memcpy(whole + at, *data, *size);
	free(*data);
	*data = whole;
	*size += at;
	return 0;
}

/**
 * ctguard_log_read() - the whole log
 * @path: of the kernel's part
 * @saved: directory of what was saved, to be used when the kernel has not all
 *	of it; or NULL, then @path is taken as it is
 * @ret_data: its bytes, to be freed
 * @ret_size: their number
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_log_read(const char *path, const char *saved, uint8_t **ret_data,
		     size_t *ret_size, struct ctguard_error *error)
{
	uint8_t *data;
	uint64_t first = 0;
	size_t size;
	char *text;

	if (ctguard_file_read(path, CTGUARD_LOG_SAVED_MAX, &text, &size,
			      error) < 0)
		return -1;
	data = (uint8_t *)text;
	if (saved && (first_number(path, data, size, &first, error) < 0 ||
		      (first && join(saved, first, &data, &size, error) < 0))) {
		free(data);
		return -1;
	}
	*ret_data = data;
	*ret_size = size;
	return 0;
}

/* Whether both begin with the same record: they are of one load. */
static bool same_load(const uint8_t *one, size_t one_size, const uint8_t *other,
		      size_t other_size)
{
	struct ctguard_cel_record record;
	struct ctguard_error ignored;
	struct ctguard_cel cel;

	ctguard_cel_open(&cel, "", one, one_size);
	return ctguard_cel_next(&cel, &record, &ignored) > 0 &&
	       record.size <= other_size &&
	       !memcmp(record.start, other, record.size);
}

/* Nothing that was saved of this load is lost; what is of another is kept. */
static int make_room(const char *directory, const char *path,
		     const uint8_t *data, size_t size,
		     struct ctguard_error *error)
{
	CTGUARD_FREE char *previous =
		ctguard_alloc_format("%s/" PREVIOUS, directory);
	CTGUARD_FREE char *old = NULL;
	size_t old_size;

	if (ctguard_file_read(path, CTGUARD_LOG_SAVED_MAX, &old, &old_size,
			      error) < 0)
		return error->code == ENOENT ? 0 : -1;
	if (!same_load(data, size, (uint8_t *)old, old_size)) {
		if (rename(path, previous))
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM,
						 errno, "%s", previous);
		return 0;
	}
	/* Another process saved more of it meanwhile. */
	return old_size > size && !memcmp(old, data, size);
}

/**
 * ctguard_log_save() - keep a log from its first record on
 * @directory: where; made if need be
 * @data: the log
 * @size: its bytes
 * @error: set on failure
 *
 * It is on the disk when this returns.
 *
 * Return: 0 or -1.
 */
int ctguard_log_save(const char *directory, const void *data, size_t size,
		     struct ctguard_error *error)
{
	CTGUARD_FREE char *path =
		ctguard_alloc_format("%s/" CURRENT, directory);
	CTGUARD_CLOSE int lock = -1;
	int r;

	if (mkdir(directory, 0700) && errno != EEXIST)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", directory);
	lock = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (lock < 0 || flock(lock, LOCK_EX))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", directory);
	r = make_room(directory, path, data, size, error);
	if (r)
		return r < 0 ? -1 : 0;
	return ctguard_file_replace(path, data, size, true, error);
}
