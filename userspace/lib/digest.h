/* SPDX-License-Identifier: GPL-2.0 */
/* sha256, by which a compiled policy is known. */
#ifndef CTGUARD_DIGEST_H
#define CTGUARD_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define CTGUARD_DIGEST_SIZE 32
#define CTGUARD_DIGEST_TEXT (2 * CTGUARD_DIGEST_SIZE + 1)

struct ctguard_error;

int ctguard_digest_make(const void *data, size_t size,
			uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			struct ctguard_error *error);
void ctguard_digest_text(const uint8_t digest[CTGUARD_DIGEST_SIZE],
			 char ret_text[CTGUARD_DIGEST_TEXT]);

#endif /* CTGUARD_DIGEST_H */
