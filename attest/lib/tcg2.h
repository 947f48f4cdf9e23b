/* SPDX-License-Identifier: GPL-2.0 */
/* Event logs of the TCG in the crypto-agile format. */
#ifndef ATTEST_TCG2_H
#define ATTEST_TCG2_H

#include "cursor.h"
#include "hash.h"

#define TCG2_EV_NO_ACTION 0x00000003
#define TCG2_EV_EVENT_TAG 0x00000006
#define TCG2_ALGORITHMS_MAX 8

/**
 * struct tcg2 - a log that is being read
 * @cursor: the next event
 * @count: of algorithms
 * @algorithms: TPM_ALG_ID
 * @sizes: of their digests
 */
struct tcg2 {
	struct cursor cursor;
	uint32_t count;
	uint16_t algorithms[TCG2_ALGORITHMS_MAX];
	uint16_t sizes[TCG2_ALGORITHMS_MAX];
};

/**
 * struct tcg2_event - TCG_PCR_EVENT2, pointing into the log
 * @at: offset
 * @pcr: that it extended
 * @type: TCG2_EV_*, ...
 * @digests: by enum hash_bank; NULL for banks that it has not
 * @data: of the event
 */
struct tcg2_event {
	size_t at;
	uint32_t pcr;
	uint32_t type;
	const uint8_t *digests[HASH_BANKS];
	struct span data;
};

int tcg2_open(struct tcg2 *log, const char *name, struct span data,
	      struct ctguard_error *error);
int tcg2_next(struct tcg2 *log, struct tcg2_event *ret_event);

#endif /* ATTEST_TCG2_H */
