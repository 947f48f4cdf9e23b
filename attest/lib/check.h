/* SPDX-License-Identifier: GPL-2.0 */
/* Checks evidence: reads it, and judges it by a reference and a record. */
#ifndef ATTEST_CHECK_H
#define ATTEST_CHECK_H

#include "evidence.h"
#include "hash.h"
#include "quote.h"
#include "record.h"
#include "reference.h"
#include "verdict.h"

/**
 * struct check - evidence that is being checked
 * @name: of the archive
 * @members: of it; data is NULL for what is not there
 * @ak: the attestation key, with its Name
 * @quote: what was attested
 * @signature: of it
 * @pcrs: values
 */
struct check {
	const char *name;
	struct span members[EVIDENCE_COUNT];
	struct public ak;
	struct quote quote;
	struct quote_signature signature;
	struct quote_pcrs pcrs;
};

/**
 * struct check_terms - what evidence is checked against
 * @reference: what shall be
 * @record: of the key; NULL without state
 * @ak_name: the Name that is expected without state, or NULL for any
 * @ak_name_size: of @ak_name
 * @nonce: that is expected without state
 * @generation: of the state directory
 * @now: seconds since the epoch
 * @binding: what the nonce is bound to, or data is NULL
 * @elsewhere: whether another host's record has a nonce
 * @elsewhere_data: its first argument
 */
struct check_terms {
	const struct reference *reference;
	const struct record *record;
	const uint8_t *ak_name;
	size_t ak_name_size;
	const uint8_t *nonce;
	const uint8_t *generation;
	uint64_t now;
	struct span binding;
	bool (*elsewhere)(void *data, const uint8_t *nonce);
	void *elsewhere_data;
};

/**
 * struct check_change - what a check makes of a record
 * @nonce: place in the record of the nonce that is used up, or -1
 * @quote: take over the quote's counters
 * @log: take over this state; when known
 * @policy: take over the policy of @log
 */
struct check_change {
	int nonce;
	bool quote;
	struct log_state log;
	bool policy;
};

int check_read(struct check *check, const char *name, const void *data,
	       size_t size, struct hash *hash, struct ctguard_error *error);
int check_judge(const struct check *check, const struct check_terms *terms,
		struct hash *hash, struct verdict *verdict,
		struct check_change *ret_change, struct ctguard_error *error);
void check_apply(const struct check *check, const struct check_change *change,
		 struct record *record);

#endif /* ATTEST_CHECK_H */
