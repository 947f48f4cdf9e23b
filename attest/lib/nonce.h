/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A nonce, as it goes from the verifier to a host: its 32 bytes and nothing
 * else; or those, or 64 hexadecimal digits, in a line, perhaps followed by
 * " since NUMBER VALUE": the verifier has the log up to record NUMBER, before
 * which the PCR was VALUE, in hexadecimal, of the bank with digests as long.
 */
#ifndef ATTEST_NONCE_H
#define ATTEST_NONCE_H

#include <stddef.h>
#include <stdint.h>

#include "evidence.h"

#define NONCE_VALUE_MAX 64
#define NONCE_TEXT_MAX 256
#define NONCE_PROBLEM 128

/**
 * struct nonce - a nonce, and what is asked for
 * @bytes: of the nonce
 * @since: records that the verifier has; 0: it wants them all
 * @value: of the PCR before the next one
 * @value_size: its bytes: 32, 48 or 64
 */
struct nonce {
	uint8_t bytes[EVIDENCE_NONCE_SIZE];
	uint64_t since;
	uint8_t value[NONCE_VALUE_MAX];
	size_t value_size;
};

int nonce_read(const char *text, size_t size, struct nonce *ret,
	       char ret_problem[NONCE_PROBLEM]);
size_t nonce_write(const struct nonce *nonce, int hex,
		   char ret_text[NONCE_TEXT_MAX]);

#endif /* ATTEST_NONCE_H */
