/* SPDX-License-Identifier: GPL-2.0 */
/* Judges the guard's log and IMA's by a reference and by quoted PCRs. */
#ifndef ATTEST_JUDGE_H
#define ATTEST_JUDGE_H

#include "cursor.h"
#include "hash.h"
#include "quote.h"
#include "record.h"
#include "reference.h"
#include "verdict.h"

/**
 * struct judge - what judging needs
 * @hash: of this thread
 * @reference: what shall be
 * @values: that the TPM signed
 * @verdict: what is found
 * @error: set when input is malformed
 */
struct judge {
	struct hash *hash;
	const struct reference *reference;
	const struct quote_values *values;
	struct verdict *verdict;
	struct ctguard_error *error;
};

int judge_log(struct judge *judge, struct span cel, struct span tcg2,
	      const struct log_state *before, bool same_boot,
	      struct log_state *ret_after);
int judge_ima(struct judge *judge, struct span ima, const char *kernel);
void judge_boot(struct judge *judge);

#endif /* ATTEST_JUDGE_H */
