// SPDX-License-Identifier: GPL-2.0
/*
 * Saves the measurement log; log.c says how it is kept.
 *
 * Only the last segment is read, and written again with what is new, beside
 * itself and renamed; when it is full, others follow, each after the one before
 * it and after what the PCR was. So at any time what is there is a beginning of
 * the log, and the next one who saves goes on from there.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "alloc.h"
#include "cleanup.h"
#include "error.h"
#include "file.h"
#include "log_private.h"

/* The last segment and what is new, in one piece. */
struct growth {
	uint8_t *data;
	size_t size;
	size_t saved; /* bytes of the segment */
	uint64_t first;
	struct ctguard_pcr_set before;
	bool computed; /* it is not what is beside the segment */
};

static int failed(const char *path, struct ctguard_error *error)
{
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno, "%s", path);
}

/* Removes the files in a directory, but for those @keep says; 0 or -1. */
static int sweep(const char *path,
		 bool (*keep)(const struct ctguard_log *log, const char *name),
		 const struct ctguard_log *log, struct ctguard_error *error)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return errno == ENOENT ? 0 : failed(path, error);
	while (!r && (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") &&
		    !(keep && keep(log, entry->d_name)) &&
		    unlinkat(dirfd(directory), entry->d_name, 0))
			r = failed(path, error);
	closedir(directory);
	return r;
}

static bool is_segment(const struct ctguard_log *log, const char *name)
{
	uint64_t number;

	if (ctguard_log_named(name, SEGMENT_RECORDS, &number))
		return true;
	if (!ctguard_log_named(name, SEGMENT_PCR, &number))
		return false;
	for (size_t i = 0; i < log->count; i++)
		if (log->segments[i] == number)
			return true;
	return false;
}

/* What was saved is of another load: it stays, until there is yet another. */
static int put_aside(struct ctguard_log *log, const char *saved,
		     struct ctguard_error *error)
{
	CTGUARD_FREE char *previous =
		ctguard_alloc_format("%s/" PREVIOUS, saved);

	if (sweep(previous, NULL, NULL, error) < 0)
		return -1;
	if (rename(log->directory, previous))
		return failed(previous, error);
	log->count = 0;
	return 0;
}

/* Saved is another load: an error when the beginning of this one is gone. */
static int is_other(const struct ctguard_log *log, struct ctguard_error *error)
{
	if (!log->first)
		return 0;
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
				 "the kernel keeps records from %" PRIu64
				 " on, which do not continue what is in %s",
				 log->first, log->directory);
}

/*
 * Whether the rest of the log continues the last segment, @data: 1 with where
 * in the rest that is. Records that both have must be the same.
 */
static int continues(const struct ctguard_log *log, const uint8_t *data,
		     size_t size, size_t *ret_at, struct ctguard_error *error)
{
	const uint64_t first = log->segments[log->count - 1];
	const uint64_t common = log->first > first ? log->first : first;
	size_t saved_at, rest_at = 0;
	struct ctguard_cel cel;

	*ret_at = 0;
	if (!log->size)
		return 1;
	ctguard_cel_open(&cel, log->directory, data, size);
	if (ctguard_log_seek(&cel, common, &saved_at, error) < 0)
		return -1;
	if (saved_at == size && cel.next < common)
		return is_other(log, error);
	ctguard_cel_open(&cel, log->name, log->data, log->size);
	if (ctguard_log_seek(&cel, common, &rest_at, error) < 0)
		return -1;
	size -= saved_at;
	if (size > log->size - rest_at ||
	    memcmp(data + saved_at, log->data + rest_at, size))
		return is_other(log, error);
	*ret_at = rest_at + size;
	return 1;
}

/* Puts the rest, from @at on, behind what was saved. */
static void grow(const struct ctguard_log *log, size_t at, uint8_t *saved,
		 size_t saved_size, struct growth *ret)
{
	size_t space = saved_size;

	ret->saved = saved_size;
	ret->size = saved_size + log->size - at;
	ret->data = ctguard_alloc_grow(saved, &space, ret->size + 1, 1);
	memcpy(ret->data + saved_size, log->data + at, log->size - at);
}

/* Follows it to the PCR's value: 1 if it leads there. */
static int lead(const struct ctguard_log *log, struct growth *growth,
		const struct ctguard_pcr_set *want,
		struct ctguard_cel_end *ret_end, struct ctguard_error *error)
{
	struct ctguard_cel cel;
	int r = 0;

	memset(&growth->before, 0, sizeof(growth->before));
	if (growth->first)
		r = ctguard_log_before(log, log->count - 1, growth->computed,
				       &growth->before, error);
	if (r < 0)
		return -1;
	growth->computed = r;
	ctguard_cel_open(&cel, log->name, growth->data, growth->size);
	return ctguard_cel_replay(&cel, &growth->before, want, ret_end, error);
}

/* What continues the last segment: 1 if that leads to the PCR's value. */
static int resume(const struct ctguard_log *log,
		  const struct ctguard_pcr_set *want, struct growth *ret,
		  struct ctguard_cel_end *ret_end, struct ctguard_error *error)
{
	const uint64_t first = log->segments[log->count - 1];
	CTGUARD_FREE char *path = ctguard_log_path(log, first, SEGMENT_RECORDS);
	char *data;
	size_t size, at;
	int r;

	if (ctguard_file_read(path, 2 * CTGUARD_LOG_SEGMENT, &data, &size,
			      error) < 0)
		return -1;
	r = continues(log, (uint8_t *)data, size, &at, error);
	if (r <= 0) {
		free(data);
		return r;
	}
	ret->first = first;
	grow(log, at, (uint8_t *)data, size, ret);
	r = lead(log, ret, want, ret_end, error);
	if (r <= 0 && log->count > 1 && !ret->computed) {
		ret->computed = true;
		r = lead(log, ret, want, ret_end, error);
	}
	return r;
}

/* All of the log, which the kernel still has; aside what is of another load. */
static int restart(struct ctguard_log *log, const char *saved,
		   const struct ctguard_pcr_set *want, struct growth *ret,
		   struct ctguard_cel_end *ret_end, struct ctguard_error *error)
{
	int r;

	if (log->first && log->size)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, ENOENT,
			"the kernel keeps records from %" PRIu64
			" on, those before should be in %s",
			log->first, log->directory);
	free(ret->data);
	memset(ret, 0, sizeof(*ret));
	grow(log, 0, NULL, 0, ret);
	r = lead(log, ret, want, ret_end, error);
	if (r > 0 && log->count && put_aside(log, saved, error) < 0)
		return -1;
	return r;
}

/* The directory of segments, which lasts. */
static int make(const struct ctguard_log *log, const char *saved,
		struct ctguard_error *error)
{
	CTGUARD_CLOSE int fd = -1;

	if (mkdir(log->directory, 0700))
		return errno == EEXIST ? 0 : failed(log->directory, error);
	fd = open(saved, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) ? failed(saved, error) : 0;
}

static int put_values(const struct ctguard_log *log, uint64_t number,
		      const struct ctguard_pcr_set *values,
		      struct ctguard_error *error)
{
	CTGUARD_FREE char *path = ctguard_log_path(log, number, SEGMENT_PCR);
	char text[CTGUARD_BANKS_MAX * (2 * CTGUARD_PCR_SIZE_MAX + 16)];
	char *at = text;

	if (!values->count)
		return 0;
	for (size_t i = 0; i < values->count; i++) {
		const struct ctguard_pcrs *bank = &values->banks[i];

		at += sprintf(at, "%s ", bank->bank->name);
		for (size_t j = 0; j < bank->bank->size; j++)
			at += sprintf(at, "%02x", bank->values[0][j]);
		*at++ = '\n';
	}
	return ctguard_file_replace(path, text, (size_t)(at - text), true,
				    error);
}

/* A segment, and before it what the PCR was; one that is as it was is left. */
static int put(struct ctguard_log *log, const struct growth *growth,
	       uint64_t number, size_t at, size_t size,
	       const struct ctguard_pcr_set *before,
	       struct ctguard_error *error)
{
	CTGUARD_FREE char *path =
		ctguard_log_path(log, number, SEGMENT_RECORDS);

	if ((at || !growth->saved || growth->computed) &&
	    put_values(log, number, before, error) < 0)
		return -1;
	if (at || !growth->saved) {
		log->segments = ctguard_alloc_grow(log->segments, &log->space,
						   log->count + 1,
						   sizeof(*log->segments));
		log->segments[log->count++] = number;
	} else if (size == growth->saved) {
		return 0;
	}
	return ctguard_file_replace(path, growth->data + at, size, true, error);
}

/* Puts the first @size bytes on the disk. */
static int put_all(struct ctguard_log *log, const struct growth *growth,
		   size_t size, struct ctguard_error *error)
{
	struct ctguard_pcr_set now = growth->before, before = now;
	uint64_t number = growth->first;
	struct ctguard_cel_record record;
	struct ctguard_cel cel;
	size_t at = 0;
	int r;

	ctguard_cel_open(&cel, log->name, growth->data, size);
	while ((r = ctguard_cel_next(&cel, &record, error)) > 0) {
		if (cel.at - at > CTGUARD_LOG_SEGMENT) {
			if (put(log, growth, number, at,
				cel.at - record.size - at, &before, error) < 0)
				return -1;
			at = cel.at - record.size;
			number = record.number;
			before = now;
		}
		if (ctguard_cel_extend(&cel, &record, &now, error) < 0)
			return -1;
	}
	return r < 0 ? -1 :
		       put(log, growth, number, at, size - at, &before, error);
}

/* Drops the oldest segments, until the others have at most @keep bytes. */
static int drop(struct ctguard_log *log, uint64_t keep,
		struct ctguard_error *error)
{
	uint64_t bytes = 0;
	size_t oldest = log->count;
	struct stat st;

	if (!keep)
		return 0;
	while (oldest) {
		CTGUARD_FREE char *path = ctguard_log_path(
			log, log->segments[oldest - 1], SEGMENT_RECORDS);

		if (stat(path, &st))
			return failed(path, error);
		bytes += (uint64_t)st.st_size;
		if (bytes > keep && oldest < log->count)
			break;
		oldest--;
	}
	/* The oldest first: a hole would be worse than too much. */
	for (size_t i = 0; i < oldest; i++) {
		CTGUARD_FREE char *path = ctguard_log_path(
			log, log->segments[i], SEGMENT_RECORDS);

		if (unlink(path))
			return failed(path, error);
	}
	memmove(log->segments, log->segments + oldest,
		(log->count - oldest) * sizeof(*log->segments));
	log->count -= oldest;
	return 0;
}

/**
 * ctguard_log_save() - save what the PCR holds of a log
 * @path: of what the kernel has of it
 * @saved: the directory; the caller has it locked exclusively
 * @keep: drop the oldest segments so that at most as many bytes are kept, but
 *	never the last one; 0 to keep all
 * @want: the PCR's values, in every allocated bank, read after locking
 * @ret_end: what is saved, from record 0 on
 * @error: set on failure
 *
 * It is on the disk when this returns.
 *
 * Return: 1; 0 when no part of the log leads to the PCR's values; or -1.
 */
int ctguard_log_save(const char *path, const char *saved, uint64_t keep,
		     const struct ctguard_pcr_set *want,
		     struct ctguard_cel_end *ret_end,
		     struct ctguard_error *error)
{
	CTGUARD_LOG struct ctguard_log log = { .lock = -1 };
	struct growth growth = { 0 };
	int r;

	if (ctguard_log_read(&log, path, saved, error) < 0)
		return -1;
	r = log.count ? resume(&log, want, &growth, ret_end, error) : 0;
	if (r <= 0 && (!log.count || !log.first))
		r = restart(&log, saved, want, &growth, ret_end, error);
	if (r > 0 && (make(&log, saved, error) < 0 ||
		      put_all(&log, &growth, ret_end->size, error) < 0 ||
		      drop(&log, keep, error) < 0 ||
		      sweep(log.directory, is_segment, &log, error) < 0))
		r = -1;
	free(growth.data);
	return r;
}
