/* SPDX-License-Identifier: GPL-2.0 */
/* The guard's log, as <ctguard/measurement.h> has it. */
#ifndef ATTEST_CEL_H
#define ATTEST_CEL_H

#include <ctguard/measurement.h>
#include <stdbool.h>

#include "cursor.h"
#include "hash.h"

/**
 * struct cel - a log that is being read
 * @cursor: the next record
 * @count: of records read
 * @first: number of the first record
 * @pcr: that all records are of
 * @banks: bit N for each enum hash_bank that all records have
 */
struct cel {
	struct cursor cursor;
	uint32_t count;
	uint64_t first;
	uint8_t pcr;
	unsigned int banks;
};

/**
 * struct cel_record - a record, pointing into the log
 * @at: offset
 * @number: of the record
 * @type: enum ctguard_record_type
 * @digests: by enum hash_bank; NULL for banks that it has not
 * @content: the CEL_CTGUARD TLV with its header, which is hashed
 * @attrs: by enum ctguard_record_attr; data is NULL for what is not there
 */
struct cel_record {
	size_t at;
	uint64_t number;
	uint8_t type;
	const uint8_t *digests[HASH_BANKS];
	struct span content;
	struct span attrs[CTGUARD_RECORD_A_MAX + 1];
};

void cel_open(struct cel *cel, const char *name, struct span data,
	      struct ctguard_error *error);
int cel_next(struct cel *cel, struct cel_record *ret_record);
uint8_t cel_u8(const struct cel_record *record, enum ctguard_record_attr attr);
uint64_t cel_u64(const struct cel_record *record,
		 enum ctguard_record_attr attr);
bool cel_has(const struct cel_record *record, enum ctguard_record_attr attr);
int cel_base(const struct cel_record *record,
	     const uint8_t *ret_digests[HASH_BANKS]);
const char *cel_type_name(uint8_t type);
const char *cel_attr_name(unsigned int attr);

#endif /* ATTEST_CEL_H */
