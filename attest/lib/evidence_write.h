/* SPDX-License-Identifier: GPL-2.0 */
/* Writes evidence, and requests to enrol: ustar, as evidence.h has it. */
#ifndef ATTEST_EVIDENCE_WRITE_H
#define ATTEST_EVIDENCE_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "evidence.h"

#define EVIDENCE_PROBLEM 128

/** struct evidence_part - a member's content; @data is NULL for none */
struct evidence_part {
	const void *data;
	size_t size;
};

int evidence_write(const struct evidence_rule *rules,
		   const struct evidence_part *parts, size_t count,
		   uint64_t time, uint8_t **ret_data, size_t *ret_size,
		   char ret_problem[EVIDENCE_PROBLEM]);

#endif /* ATTEST_EVIDENCE_WRITE_H */
