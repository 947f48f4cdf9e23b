// SPDX-License-Identifier: GPL-2.0
/* Values of platform configuration registers, by bank. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "pcr.h"

static const struct ctguard_bank banks[] = {
	{ CTGUARD_ALG_SHA1, "sha1", 20 },
	{ CTGUARD_ALG_SHA256, "sha256", 32 },
	{ CTGUARD_ALG_SHA384, "sha384", 48 },
	{ CTGUARD_ALG_SHA512, "sha512", 64 },
};
#define BANKS (sizeof(banks) / sizeof(banks[0]))

/** ctguard_pcr_bank() - the bank of a TPM_ALG_ID; NULL for an unknown one */
const struct ctguard_bank *ctguard_pcr_bank(uint16_t algorithm)
{
	for (size_t i = 0; i < BANKS; i++)
		if (banks[i].algorithm == algorithm)
			return &banks[i];
	return NULL;
}

/** ctguard_pcr_bank_named() - the same of a name, as "sha256" */
const struct ctguard_bank *ctguard_pcr_bank_named(const char *name)
{
	for (size_t i = 0; i < BANKS; i++)
		if (!strcmp(banks[i].name, name))
			return &banks[i];
	return NULL;
}

/**
 * ctguard_pcr_hash() - what @bank hashes by
 *
 * Looking an algorithm up costs OpenSSL more than hashing a record, so it is
 * looked up once.
 *
 * Return: NULL when libcrypto has it not.
 */
const EVP_MD *ctguard_pcr_hash(const struct ctguard_bank *bank)
{
	static EVP_MD *fetched[BANKS];
	size_t i = (size_t)(bank - banks);

	if (!fetched[i])
		fetched[i] = EVP_MD_fetch(NULL, bank->name, NULL);
	return fetched[i];
}

/**
 * ctguard_pcr_extend() - what the TPM does: value = H(value || digest)
 * @bank: which hash
 * @value: of the PCR
 * @digest: to extend it with
 *
 * Return: false when libcrypto has not this hash.
 */
bool ctguard_pcr_extend(const struct ctguard_bank *bank, uint8_t *value,
			const uint8_t *digest)
{
	const EVP_MD *hash = ctguard_pcr_hash(bank);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool done;

	done = hash && context && EVP_DigestInit_ex(context, hash, NULL) &&
	       EVP_DigestUpdate(context, value, bank->size) &&
	       EVP_DigestUpdate(context, digest, bank->size) &&
	       EVP_DigestFinal_ex(context, value, NULL);
	EVP_MD_CTX_free(context);
	return done;
}

/** ctguard_pcr_set_find() - the PCRs of one bank, or NULL */
const struct ctguard_pcrs *
ctguard_pcr_set_find(const struct ctguard_pcr_set *set, uint16_t algorithm)
{
	for (size_t i = 0; i < set->count; i++)
		if (set->banks[i].bank->algorithm == algorithm)
			return &set->banks[i];
	return NULL;
}

static bool number(const char **text, unsigned int *ret)
{
	unsigned int value = 0;

	if (**text < '0' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; ++*text) {
		value = value * 10 + (unsigned int)(**text - '0');
		if (value >= CTGUARD_PCR_COUNT)
			return false;
	}
	*ret = value;
	return true;
}

/**
 * ctguard_pcr_list_parse() - PCRs as people write them: "0-7,10"
 * @text: the list
 * @ret_mask: bit N for PCR N
 *
 * Return: whether it is one.
 */
bool ctguard_pcr_list_parse(const char *text, uint32_t *ret_mask)
{
	unsigned int first, last;
	uint32_t mask = 0;

	for (;; text++) {
		if (!number(&text, &first))
			return false;
		last = first;
		if (*text == '-') {
			text++;
			if (!number(&text, &last) || last < first)
				return false;
		}
		for (; first <= last; first++)
			mask |= UINT32_C(1) << first;
		if (!*text)
			break;
		if (*text != ',')
			return false;
	}
	*ret_mask = mask;
	return true;
}
