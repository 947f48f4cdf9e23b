// SPDX-License-Identifier: GPL-2.0
/*
 * The measurement log: the kernel's, and what was saved of it.
 *
 * The kernel drops records that it was told are kept elsewhere, so that a log
 * never fills up. What was saved is in segments, files that are named by the
 * number of their first record; behind them all is what the kernel still has,
 * which may begin with records that were saved, too. Beside a segment is what
 * the PCR was before it, so that the end of a log can be followed without the
 * rest.
 *
 * None of this needs trust: whoever uses the log follows it to the value of the
 * PCR. What is beside a segment is a hint, too: when it leads nowhere, it is
 * computed from the beginning.
 *
 * Who reads holds a lock on the directory, which who saves has to himself.
 */
#include <dirent.h>
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
#include "cleanup.h"
#include "error.h"
#include "file.h"
#include "log_private.h"

/* Of what the kernel keeps, or a file has; of what is beside a segment. */
#define REST_MAX (256UL << 20)
#define VALUES_MAX 4096

/**
 * ctguard_log_lock() - lock what was saved, and wait for that
 * @saved: the directory; made if need be to save there
 * @exclusive: to save
 * @error: set on failure
 *
 * Return: a descriptor, which holds the lock until it is closed; -1, also when
 * there is nothing to read, and then the error's code is ENOENT.
 */
int ctguard_log_lock(const char *saved, bool exclusive,
		     struct ctguard_error *error)
{
	int fd;

	if (exclusive && mkdir(saved, 0700) && errno != EEXIST)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", saved);
	fd = open(saved, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && !flock(fd, exclusive ? LOCK_EX : LOCK_SH))
		return fd;
	ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno, "%s", saved);
	if (fd >= 0)
		close(fd);
	return -1;
}

/**
 * ctguard_log_named() - whether a file is a segment's
 * @name: of the file
 * @suffix: SEGMENT_RECORDS or SEGMENT_PCR
 * @ret_number: of the segment's first record
 *
 * Return: whether it is.
 */
bool ctguard_log_named(const char *name, const char *suffix,
		       uint64_t *ret_number)
{
	char again[64];

	if (*name < '0' || *name > '9')
		return false;
	*ret_number = strtoull(name, NULL, 10);
	snprintf(again, sizeof(again), SEGMENT_NAME, *ret_number, suffix);
	return !strcmp(name, again);
}

/** ctguard_log_path() - where something of a segment is; to be freed */
char *ctguard_log_path(const struct ctguard_log *log, uint64_t number,
		       const char *suffix)
{
	return ctguard_alloc_format("%s/" SEGMENT_NAME, log->directory, number,
				    suffix);
}

static int ascending(const void *a, const void *b)
{
	const uint64_t *one = a, *other = b;

	return *one < *other ? -1 : *one > *other;
}

static int list(struct ctguard_log *log, struct ctguard_error *error)
{
	DIR *directory = opendir(log->directory);
	struct dirent *entry;
	uint64_t number;

	if (!directory && errno == ENOENT)
		return 0;
	if (!directory)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", log->directory);
	while ((entry = readdir(directory))) {
		if (!ctguard_log_named(entry->d_name, SEGMENT_RECORDS, &number))
			continue;
		log->segments = ctguard_alloc_grow(log->segments, &log->space,
						   log->count + 1,
						   sizeof(*log->segments));
		log->segments[log->count++] = number;
	}
	closedir(directory);
	if (log->count)
		qsort(log->segments, log->count, sizeof(*log->segments),
		      ascending);
	return 0;
}

/**
 * ctguard_log_read() - read the rest, and list the segments
 * @log: to be closed, also on failure
 * @path: of the rest
 * @saved: the directory, locked; or NULL
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_log_read(struct ctguard_log *log, const char *path,
		     const char *saved, struct ctguard_error *error)
{
	struct ctguard_cel_record record;
	struct ctguard_cel cel;
	char *text;
	int r;

	memset(log, 0, sizeof(*log));
	log->lock = -1;
	log->name = path;
	log->first = UINT64_MAX;
	if (ctguard_file_read(path, REST_MAX, &text, &log->size, error) < 0)
		return -1;
	log->data = (uint8_t *)text;
	ctguard_cel_open(&cel, path, log->data, log->size);
	r = ctguard_cel_next(&cel, &record, error);
	if (r < 0)
		return -1;
	if (r)
		log->first = record.number;
	if (!saved)
		return 0;
	log->directory = ctguard_alloc_format("%s/" CURRENT, saved);
	return list(log, error);
}

/**
 * ctguard_log_open() - begin to read a log
 * @log: to be closed, also on failure
 * @path: of the kernel's part, or of a file
 * @saved: directory of what was saved, to be used when @path does not begin
 *	with record 0; or NULL, then @path is taken as it is
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_log_open(struct ctguard_log *log, const char *path,
		     const char *saved, struct ctguard_error *error)
{
	const int lock = saved ? ctguard_log_lock(saved, false, error) : -1;
	int r;

	if (saved && lock < 0 && error->code != ENOENT) {
		memset(log, 0, sizeof(*log));
		log->lock = -1;
		return -1;
	}
	r = ctguard_log_read(log, path, saved, error);
	log->lock = lock;
	if (r < 0)
		return -1;
	if (!log->first || !log->directory)
		log->count = 0;
	else if (!log->count && log->size)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, ENOENT,
			"the kernel keeps records from %" PRIu64
			" on, those before should be in %s",
			log->first, log->directory);
	/* Those that it has itself are the kernel's to tell. */
	while (log->count && log->segments[log->count - 1] >= log->first)
		log->count--;
	return 0;
}

/** ctguard_log_close() - free a log; one whose lock is -1 need not be open */
void ctguard_log_close(struct ctguard_log *log)
{
	if (log->lock >= 0)
		close(log->lock);
	free(log->directory);
	free(log->segments);
	free(log->data);
	memset(log, 0, sizeof(*log));
	log->lock = -1;
}

/** ctguard_log_oldest() - number of the first record that there still is */
uint64_t ctguard_log_oldest(const struct ctguard_log *log)
{
	if (log->count)
		return log->segments[0];
	return log->first == UINT64_MAX ? 0 : log->first;
}

/**
 * ctguard_log_seek() - find a record
 * @cel: the log, not yet read
 * @number: of the record
 * @ret_at: its offset, or the end
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_log_seek(struct ctguard_cel *cel, uint64_t number, size_t *ret_at,
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

/* Cuts the last segment where the kernel goes on. */
static int cut(const struct ctguard_log *log, const char *path,
	       const char *data, size_t *size, struct ctguard_error *error)
{
	struct ctguard_cel cel;
	size_t at;

	ctguard_cel_open(&cel, path, data, *size);
	if (ctguard_log_seek(&cel, log->first, &at, error) < 0)
		return -1;
	if (log->first != UINT64_MAX && cel.next < log->first)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"the kernel keeps records from %" PRIu64
			" on, %s has those before %" PRIu64 " only",
			log->first, log->directory, cel.next);
	*size = at;
	return 0;
}

/**
 * ctguard_log_load() - a part of a log
 * @log: the log
 * @segment: the first of it
 * @until: the first that is not of it; log->count + 1 for all, as the rest
 *	counts as the last segment
 * @ret_data: its bytes, to be freed
 * @ret_size: their number
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_log_load(const struct ctguard_log *log, size_t segment,
		     size_t until, uint8_t **ret_data, size_t *ret_size,
		     struct ctguard_error *error)
{
	CTGUARD_FREE uint8_t *data = NULL;
	size_t space = 0, size = 0;

	for (; segment < until; segment++) {
		CTGUARD_FREE char *path = NULL, *text = NULL;
		const void *piece = log->data;
		size_t got = log->size;

		if (segment < log->count) {
			path = ctguard_log_path(log, log->segments[segment],
						SEGMENT_RECORDS);
			if (ctguard_file_read(path, 2 * CTGUARD_LOG_SEGMENT,
					      &text, &got, error) < 0 ||
			    (segment + 1 == log->count &&
			     cut(log, path, text, &got, error) < 0))
				return -1;
			piece = text;
		}
		data = ctguard_alloc_grow(data, &space, size + got + 1, 1);
		memcpy(data + size, piece, got);
		size += got;
	}
	*ret_data = data ? data : ctguard_alloc_zeroed(1, 1);
	*ret_size = size;
	data = NULL;
	return 0;
}

static bool from_hex(const char *text, uint8_t *bytes, size_t size)
{
	unsigned int byte;

	for (size_t i = 0; i < size; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return false;
		bytes[i] = (uint8_t)byte;
	}
	return true;
}

/* What is beside a segment: "BANK HEX" in a line each. 1 if it is that. */
static int read_values(const struct ctguard_log *log, size_t segment,
		       struct ctguard_pcr_set *ret)
{
	CTGUARD_FREE char *path =
		ctguard_log_path(log, log->segments[segment], SEGMENT_PCR);
	char name[16], hex[2 * CTGUARD_PCR_SIZE_MAX + 1];
	struct ctguard_error ignored;
	CTGUARD_FREE char *text = NULL;
	const struct ctguard_bank *bank;
	size_t size;
	int length;

	memset(ret, 0, sizeof(*ret));
	if (ctguard_file_read(path, VALUES_MAX, &text, &size, &ignored) < 0)
		return 0;
	for (const char *at = text; *at; at += length) {
		length = 0;
		if (ret->count == CTGUARD_BANKS_MAX ||
		    sscanf(at, "%15s %128[0-9a-f]%n", name, hex, &length) !=
			    2 ||
		    at[length++] != '\n')
			return 0;
		bank = ctguard_pcr_bank_named(name);
		if (!bank || strlen(hex) != 2 * bank->size ||
		    !from_hex(hex, ret->banks[ret->count].values[0],
			      bank->size))
			return 0;
		ret->banks[ret->count++].bank = bank;
	}
	return ret->count > 0;
}

/* Extends by a whole segment. */
static int extend_by(const struct ctguard_log *log, size_t segment,
		     struct ctguard_pcr_set *now, struct ctguard_error *error)
{
	CTGUARD_FREE char *path =
		ctguard_log_path(log, log->segments[segment], SEGMENT_RECORDS);
	CTGUARD_FREE uint8_t *data = NULL;
	struct ctguard_cel_record record;
	struct ctguard_cel cel;
	size_t size;
	int r;

	if (ctguard_log_load(log, segment, segment + 1, &data, &size, error) <
	    0)
		return -1;
	ctguard_cel_open(&cel, path, data, size);
	while ((r = ctguard_cel_next(&cel, &record, error)) > 0)
		if (ctguard_cel_extend(&cel, &record, now, error) < 0)
			return -1;
	if (r < 0)
		return -1;
	if (!size || cel.first != log->segments[segment] ||
	    cel.next != log->segments[segment + 1])
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: not what its name says", path);
	return 0;
}

/**
 * ctguard_log_before() - the PCR before a segment
 * @log: the log
 * @segment: of it
 * @compute: do not look beside it
 * @ret: values of the PCR; none when record 0 tells them
 * @error: set on failure
 *
 * Return: 0; 1 when they had to be computed; or -1.
 */
int ctguard_log_before(const struct ctguard_log *log, size_t segment,
		       bool compute, struct ctguard_pcr_set *ret,
		       struct ctguard_error *error)
{
	memset(ret, 0, sizeof(*ret));
	if (!ctguard_log_oldest(log) && !segment)
		return 0;
	if (segment >= log->count)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: does not begin with the record of a load, but with number %" PRIu64,
			log->name, log->first);
	if (!compute && read_values(log, segment, ret) > 0)
		return 0;
	if (log->segments[0] && read_values(log, 0, ret) <= 0)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: nothing tells the PCR before record %" PRIu64,
			log->directory, log->segments[0]);
	for (size_t i = 0; i < segment; i++)
		if (extend_by(log, i, ret, error) < 0)
			return -1;
	return 1;
}

/* Once, from a segment on: as ctguard_log_follow(). */
static int follow(const struct ctguard_log *log, size_t segment,
		  const struct ctguard_pcr_set *want,
		  struct ctguard_log_part *part, struct ctguard_error *error)
{
	struct ctguard_cel cel;
	int r;

	if (ctguard_log_before(log, segment, part->computed, &part->before,
			       error) < 0)
		return -1;
	ctguard_cel_open(&cel, log->name, part->data, part->size);
	r = ctguard_cel_replay(&cel, &part->before, want, &part->end, error);
	if (r >= 0 && part->size && cel.first != part->first)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: begins with record %" PRIu64
					 ", expected %" PRIu64,
					 log->name, cel.first, part->first);
	part->next = cel.next;
	return r;
}

/**
 * ctguard_log_follow() - follow the end of a log to the PCR's value
 * @log: the log
 * @number: of a record that the end must have, if there is such a one
 * @want: the PCR's values, in every allocated bank
 * @ret: the end; its data are to be freed, unless this returns -1
 * @error: set on failure
 *
 * Return: 1; 0 when no part of it leads there; -1 when it is malformed.
 */
int ctguard_log_follow(const struct ctguard_log *log, uint64_t number,
		       const struct ctguard_pcr_set *want,
		       struct ctguard_log_part *ret,
		       struct ctguard_error *error)
{
	size_t segment = log->count ? log->count - 1 : 0;
	int r;

	memset(ret, 0, sizeof(*ret));
	while (segment && log->segments[segment] > number)
		segment--;
	ret->first = log->count ? log->segments[segment] :
				  ctguard_log_oldest(log);
	if (ctguard_log_load(log, segment, log->count + 1, &ret->data,
			     &ret->size, error) < 0)
		return -1;
	r = follow(log, segment, want, ret, error);
	if (r <= 0 && segment) {
		ret->computed = true;
		r = follow(log, segment, want, ret, error);
	}
	if (r < 0) {
		free(ret->data);
		ret->data = NULL;
	}
	return r;
}
