// SPDX-License-Identifier: GPL-2.0
/* What a thread computes with: hashes of PCR banks, and a key of P-256. */
#include <openssl/ec.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/measurement.h>

#include "../../userspace/lib/error.h"
#include "hash.h"

static const struct {
	uint16_t algorithm;
	uint8_t size;
	const char *name;
} banks[HASH_BANKS] = {
	[HASH_SHA1] = { CTGUARD_ALG_SHA1, 20, "sha1" },
	[HASH_SHA256] = { CTGUARD_ALG_SHA256, 32, "sha256" },
	[HASH_SHA384] = { CTGUARD_ALG_SHA384, 48, "sha384" },
	[HASH_SHA512] = { CTGUARD_ALG_SHA512, 64, "sha512" },
};

/* To fetch is slow and locks; they stay for the life of the program. */
static EVP_MD *fetched[HASH_BANKS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fetch(void)
{
	for (unsigned int i = 0; i < HASH_BANKS; i++)
		fetched[i] = EVP_MD_fetch(NULL, banks[i].name, NULL);
}

/**
 * hash_open() - make ready to hash, in one thread
 * @hash: what to make ready
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int hash_open(struct hash *hash, struct ctguard_error *error)
{
	memset(hash, 0, sizeof(*hash));
	pthread_once(&once, fetch);
	for (unsigned int i = 0; i < HASH_BANKS; i++) {
		hash->contexts[i] = EVP_MD_CTX_new();
		if (fetched[i] && hash->contexts[i] &&
		    EVP_DigestInit_ex2(hash->contexts[i], fetched[i], NULL))
			continue;
		hash_close(hash);
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "libcrypto has no %s", banks[i].name);
	}
	return 0;
}

/** hash_close() - free what hash_open() got */
void hash_close(struct hash *hash)
{
	for (unsigned int i = 0; i < HASH_BANKS; i++)
		EVP_MD_CTX_free(hash->contexts[i]);
	EVP_PKEY_CTX_free(hash->verify);
	EVP_PKEY_free(hash->p256);
	memset(hash, 0, sizeof(*hash));
}

/* A verifier that cannot hash must not go on as if it had. */
static void must(int done)
{
	if (!done)
		abort();
}

/** hash_begin() - begin a digest of @bank; one at a time for each bank */
void hash_begin(struct hash *hash, enum hash_bank bank)
{
	must(EVP_DigestInit_ex2(hash->contexts[bank], NULL, NULL));
}

/** hash_more() - more bytes of it */
void hash_more(struct hash *hash, enum hash_bank bank, const void *data,
	       size_t size)
{
	must(EVP_DigestUpdate(hash->contexts[bank], data, size));
}

/** hash_end() - the digest, hash_size() bytes */
void hash_end(struct hash *hash, enum hash_bank bank, uint8_t *ret_digest)
{
	must(EVP_DigestFinal_ex(hash->contexts[bank], ret_digest, NULL));
}

/** hash_make() - the digest of @data */
void hash_make(struct hash *hash, enum hash_bank bank, const void *data,
	       size_t size, uint8_t *ret_digest)
{
	hash_begin(hash, bank);
	hash_more(hash, bank, data, size);
	hash_end(hash, bank, ret_digest);
}

/** hash_extend() - what TPM2_PCR_Extend() does to @pcr */
void hash_extend(struct hash *hash, enum hash_bank bank, uint8_t *pcr,
		 const uint8_t *digest)
{
	hash_begin(hash, bank);
	hash_more(hash, bank, pcr, banks[bank].size);
	hash_more(hash, bank, digest, banks[bank].size);
	hash_end(hash, bank, pcr);
}

/**
 * hash_p256() - make ready to verify by a key of P-256
 * @hash: of this thread
 * @point: the key, not compressed
 *
 * Return: to be used until the next call; or NULL when @point is not on the
 * curve.
 */
EVP_PKEY_CTX *hash_p256(struct hash *hash, const uint8_t point[65])
{
	if (!hash->p256) {
		hash->p256 = EVP_EC_gen("P-256");
		if (!hash->p256)
			return NULL;
		hash->verify =
			EVP_PKEY_CTX_new_from_pkey(NULL, hash->p256, NULL);
		if (!hash->verify || EVP_PKEY_verify_init(hash->verify) <= 0) {
			EVP_PKEY_CTX_free(hash->verify);
			EVP_PKEY_free(hash->p256);
			hash->verify = NULL;
			hash->p256 = NULL;
			return NULL;
		}
	}
	if (EVP_PKEY_set1_encoded_public_key(hash->p256, point, 65) <= 0)
		return NULL;
	return hash->verify;
}

/** hash_bank_of() - the bank of a TPM_ALG_ID, or HASH_NONE */
enum hash_bank hash_bank_of(uint16_t algorithm)
{
	for (int i = 0; i < HASH_BANKS; i++)
		if (banks[i].algorithm == algorithm)
			return (enum hash_bank)i;
	return HASH_NONE;
}

/** hash_bank_named() - the bank that is called so, or HASH_NONE */
enum hash_bank hash_bank_named(const char *name, size_t length)
{
	for (int i = 0; i < HASH_BANKS; i++)
		if (strlen(banks[i].name) == length &&
		    !memcmp(banks[i].name, name, length))
			return (enum hash_bank)i;
	return HASH_NONE;
}

/** hash_algorithm() - TPM_ALG_ID */
uint16_t hash_algorithm(enum hash_bank bank)
{
	return banks[bank].algorithm;
}

/** hash_name() - "sha256" or the like */
const char *hash_name(enum hash_bank bank)
{
	return banks[bank].name;
}

/** hash_size() - bytes of a digest */
size_t hash_size(enum hash_bank bank)
{
	return banks[bank].size;
}

/** hash_md() - for libcrypto; after a hash_open() */
const EVP_MD *hash_md(enum hash_bank bank)
{
	return fetched[bank];
}
