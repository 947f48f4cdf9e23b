/* SPDX-License-Identifier: GPL-2.0 */
/* Reads the measurement log, <ctguard/measurement.h>. */
#ifndef CTGUARD_CEL_H
#define CTGUARD_CEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pcr.h"

struct ctguard_error;

/**
 * struct ctguard_cel - a log, and how far it was read
 * @name: of it, for errors
 * @data: its bytes
 * @size: their number
 * @at: offset of the next record
 * @first: number of the first record
 * @next: number of the next record
 * @pcr: that every record read says it was extended into
 * @banks: that every record read has digests of
 * @bank_count: of them
 */
struct ctguard_cel {
	const char *name;
	const uint8_t *data;
	size_t size;
	size_t at;
	uint64_t first;
	uint64_t next;
	unsigned int pcr;
	const struct ctguard_bank *banks[CTGUARD_BANKS_MAX];
	size_t bank_count;
};

/**
 * struct ctguard_cel_record - one record
 * @number: counts from 0
 * @start: the whole of it
 * @size: bytes of the whole
 * @digests: of each of the log's banks
 * @content: TLVs of enum ctguard_record_attr
 * @content_size: bytes of the content
 * @type: enum ctguard_record_type
 * @time: nanoseconds since the epoch
 */
struct ctguard_cel_record {
	uint64_t number;
	const uint8_t *start;
	size_t size;
	const uint8_t *digests[CTGUARD_BANKS_MAX];
	const uint8_t *content;
	size_t content_size;
	unsigned int type;
	uint64_t time;
};

/**
 * struct ctguard_cel_end - a prefix of a log
 * @size: its bytes
 * @records: how many
 * @value: of the PCR after it, in the bank of SHA-256 or, without one, in the
 *	first
 * @value_size: its bytes
 */
struct ctguard_cel_end {
	size_t size;
	uint64_t records;
	uint8_t value[CTGUARD_PCR_SIZE_MAX];
	size_t value_size;
};

void ctguard_cel_open(struct ctguard_cel *cel, const char *name,
		      const void *data, size_t size);
int ctguard_cel_next(struct ctguard_cel *cel, struct ctguard_cel_record *ret,
		     struct ctguard_error *error);
const uint8_t *ctguard_cel_attribute(const struct ctguard_cel_record *record,
				     enum ctguard_record_attr type,
				     size_t *ret_size);
uint64_t ctguard_cel_number(const uint8_t *value, size_t size);
int ctguard_cel_extend(const struct ctguard_cel *cel,
		       const struct ctguard_cel_record *record,
		       struct ctguard_pcr_set *now,
		       struct ctguard_error *error);
int ctguard_cel_replay(struct ctguard_cel *cel,
		       const struct ctguard_pcr_set *before,
		       const struct ctguard_pcr_set *want,
		       struct ctguard_cel_end *ret,
		       struct ctguard_error *error);

#endif /* CTGUARD_CEL_H */
