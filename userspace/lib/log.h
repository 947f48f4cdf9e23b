/* SPDX-License-Identifier: GPL-2.0 */
/* The measurement log: the kernel's, and what was saved of it. */
#ifndef CTGUARD_LOG_H
#define CTGUARD_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cel.h"

struct ctguard_error;

/* Where the kernel has it, and where "attest log --save" puts it. */
#define CTGUARD_LOG_KERNEL "/sys/kernel/security/ctguard/measurements"
#define CTGUARD_LOG_SAVED "/var/lib/ctguard"

/* Most bytes of a segment. */
#define CTGUARD_LOG_SEGMENT (8UL << 20)

/**
 * struct ctguard_log - a log: segments that were saved, and the rest
 * @lock: descriptor that holds the lock on the directory, or -1
 * @name: of the rest, for errors
 * @directory: of the segments, or NULL
 * @segments: number of the first record of each
 * @count: of @segments
 * @space: for @segments
 * @data: the rest: what the kernel keeps, or a file
 * @size: its bytes
 * @first: number of its first record; UINT64_MAX while it has none
 */
struct ctguard_log {
	int lock;
	const char *name;
	char *directory;
	uint64_t *segments;
	size_t count;
	size_t space;
	uint8_t *data;
	size_t size;
	uint64_t first;
};

/**
 * struct ctguard_log_part - the end of a log, followed to the PCR's value
 * @data: from the beginning of a segment on, or of the log
 * @size: its bytes
 * @first: number of the first record
 * @next: behind the last one
 * @before: the PCR before it; without values when record 0 tells that
 * @computed: what was beside the segment was not it
 * @end: how far the PCR goes, see ctguard_cel_replay()
 */
struct ctguard_log_part {
	uint8_t *data;
	size_t size;
	uint64_t first;
	uint64_t next;
	struct ctguard_pcr_set before;
	bool computed;
	struct ctguard_cel_end end;
};

/* log.c */
int ctguard_log_lock(const char *saved, bool exclusive,
		     struct ctguard_error *error);
int ctguard_log_open(struct ctguard_log *log, const char *path,
		     const char *saved, struct ctguard_error *error);
void ctguard_log_close(struct ctguard_log *log);
uint64_t ctguard_log_oldest(const struct ctguard_log *log);
int ctguard_log_load(const struct ctguard_log *log, size_t segment,
		     size_t until, uint8_t **ret_data, size_t *ret_size,
		     struct ctguard_error *error);
int ctguard_log_follow(const struct ctguard_log *log, uint64_t number,
		       const struct ctguard_pcr_set *want,
		       struct ctguard_log_part *ret,
		       struct ctguard_error *error);

/* log_save.c */
int ctguard_log_save(const char *path, const char *saved, uint64_t keep,
		     const struct ctguard_pcr_set *want,
		     struct ctguard_cel_end *ret_end,
		     struct ctguard_error *error);

#define CTGUARD_LOG __attribute__((cleanup(ctguard_log_close)))

#endif /* CTGUARD_LOG_H */
