/* SPDX-License-Identifier: GPL-2.0 */
/* IMA's log in ASCII: templates ima-ng, ima-sig and ima-buf. */
#ifndef ATTEST_IMA_H
#define ATTEST_IMA_H

#include <stdbool.h>

#include "cursor.h"
#include "hash.h"

#define IMA_PCR 10

enum ima_template {
	IMA_NG,
	IMA_SIG,
	IMA_BUF,
};

/**
 * struct ima_entry - a line, pointing into the log
 * @at: offset of the line
 * @pcr: that it extended
 * @template: which fields it has
 * @violation: the template digest is zeros
 * @sha1: template digest of the bank SHA-1
 * @algorithm: of @digest, as "sha256"
 * @digest: of the file or buffer
 * @digest_size: bytes of @digest
 * @path: of the file, or name of the buffer
 * @hex: hexadecimal digits of the signature or the buffer
 */
struct ima_entry {
	size_t at;
	uint8_t pcr;
	enum ima_template template;
	bool violation;
	uint8_t sha1[20];
	struct span algorithm;
	uint8_t digest[HASH_MAX];
	size_t digest_size;
	struct span path;
	struct span hex;
};

void ima_open(struct cursor *cursor, const char *name, struct span data,
	      struct ctguard_error *error);
int ima_next(struct cursor *cursor, struct ima_entry *ret_entry);
void ima_digest(const struct ima_entry *entry, struct hash *hash,
		enum hash_bank bank, uint8_t *ret_digest);
bool ima_is_boot(const struct ima_entry *entry);
bool ima_is_buffer(const struct ima_entry *entry, struct hash *hash);
bool ima_is_module(const struct ima_entry *entry);

#endif /* ATTEST_IMA_H */
