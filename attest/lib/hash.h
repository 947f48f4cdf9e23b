/* SPDX-License-Identifier: GPL-2.0 */
/* What a thread computes with: hashes of PCR banks, and a key of P-256. */
#ifndef ATTEST_HASH_H
#define ATTEST_HASH_H

#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

struct ctguard_error;

/** enum hash_bank - places of banks in tables; ascending as TPM_ALG_ID */
enum hash_bank {
	HASH_SHA1,
	HASH_SHA256,
	HASH_SHA384,
	HASH_SHA512,
	HASH_BANKS,
	HASH_NONE = -1,
};

#define HASH_MAX 64

/**
 * struct hash - what one thread computes with
 * @contexts: one for each bank, so that none changes its algorithm
 * @p256: a key whose point is set anew for each signature: to make its curve
 *	takes longer than to hash all that is hashed for evidence
 * @verify: ready to verify by @p256
 */
struct hash {
	EVP_MD_CTX *contexts[HASH_BANKS];
	EVP_PKEY *p256;
	EVP_PKEY_CTX *verify;
};

int hash_open(struct hash *hash, struct ctguard_error *error);
void hash_close(struct hash *hash);
void hash_make(struct hash *hash, enum hash_bank bank, const void *data,
	       size_t size, uint8_t *ret_digest);
void hash_begin(struct hash *hash, enum hash_bank bank);
void hash_more(struct hash *hash, enum hash_bank bank, const void *data,
	       size_t size);
void hash_end(struct hash *hash, enum hash_bank bank, uint8_t *ret_digest);
void hash_extend(struct hash *hash, enum hash_bank bank, uint8_t *pcr,
		 const uint8_t *digest);

EVP_PKEY_CTX *hash_p256(struct hash *hash, const uint8_t point[65]);

enum hash_bank hash_bank_of(uint16_t algorithm);
enum hash_bank hash_bank_named(const char *name, size_t length);
uint16_t hash_algorithm(enum hash_bank bank);
const char *hash_name(enum hash_bank bank);
size_t hash_size(enum hash_bank bank);
const EVP_MD *hash_md(enum hash_bank bank);

#endif /* ATTEST_HASH_H */
