/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The measurement log, and the PCR that it is extended into.
 */
#ifndef _CTG_MEASURE_H
#define _CTG_MEASURE_H

#include <uapi/ctguard/ctguard.h>

#include "anchor.h"
#include "record.h"

/**
 * struct ctg_logged - a record in the log
 * @number: of it
 * @size: of @data
 * @event: where the content's TLV begins in @data, its header included
 * @after: the PCR after it, in the main bank
 * @data: the record as it is read
 */
struct ctg_logged {
	u64 number;
	u32 size;
	u32 event;
	u8 after[CTG_ANCHOR_DIGEST_MAX];
	u8 data[];
};

/**
 * enum ctg_measure_how - what who measures waits for
 * @CTG_MEASURE_TRY: nothing; the record is dropped if there is no place
 * @CTG_MEASURE_LATER: a place in the queue
 * @CTG_MEASURE_WAIT: until it was logged and the PCR extended
 */
enum ctg_measure_how {
	CTG_MEASURE_TRY,
	CTG_MEASURE_LATER,
	CTG_MEASURE_WAIT,
};

/* What ctg_measure_status() tells. */
struct ctg_measure_status {
	u32 state; /* enum ctguard_tpm_state */
	u32 pcr;
	u64 first;
	u64 next;
	u64 bytes;
	u64 failed;
};

int ctg_measure_init(enum ctg_anchor_wish wish, unsigned int pcr,
		     unsigned int max);
void ctg_measure_exit(void);

bool ctg_measure_is_required(void);
int ctg_measure(struct ctg_record *record, enum ctg_measure_how how);
void ctg_measure_violations(u64 count);
void ctg_measure_status(struct ctg_measure_status *ret);
int ctg_measure_acknowledge(u64 number, const u8 *value, u32 length);

void ctg_measure_lock(void);
void ctg_measure_unlock(void);
const struct ctg_logged *ctg_measure_next(u64 number);
void ctg_measure_digests(const struct ctg_logged *logged,
			 struct ctg_anchor_digests *ret);

#endif /* _CTG_MEASURE_H */
