/* SPDX-License-Identifier: GPL-2.0 */
/* What log.c and log_save.c have in common. */
#ifndef CTGUARD_LOG_PRIVATE_H
#define CTGUARD_LOG_PRIVATE_H

#include "log.h"

/* Below the directory: of this load, and of the one before. */
#define CURRENT "measurements"
#define PREVIOUS "measurements.previous"

/* Number of the first record, and what a file of that name has. */
#define SEGMENT_NAME "%012" PRIu64 "%s"
#define SEGMENT_RECORDS ".cel"
#define SEGMENT_PCR ".pcr"

int ctguard_log_read(struct ctguard_log *log, const char *path,
		     const char *saved, struct ctguard_error *error);
int ctguard_log_seek(struct ctguard_cel *cel, uint64_t number, size_t *ret_at,
		     struct ctguard_error *error);
bool ctguard_log_named(const char *name, const char *suffix,
		       uint64_t *ret_number);
char *ctguard_log_path(const struct ctguard_log *log, uint64_t number,
		       const char *suffix);
int ctguard_log_before(const struct ctguard_log *log, size_t segment,
		       bool compute, struct ctguard_pcr_set *ret,
		       struct ctguard_error *error);

#endif /* CTGUARD_LOG_PRIVATE_H */
