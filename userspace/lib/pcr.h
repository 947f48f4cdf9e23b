/* SPDX-License-Identifier: GPL-2.0 */
/* Values of platform configuration registers, by bank. */
#ifndef CTGUARD_PCR_H
#define CTGUARD_PCR_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ctguard/measurement.h>

#define CTGUARD_PCR_COUNT 24
#define CTGUARD_PCR_SIZE_MAX 64

/**
 * struct ctguard_bank - what a bank hashes by
 * @algorithm: TPM_ALG_ID
 * @name: as TPM tools and OpenSSL call it
 * @size: bytes of a digest
 */
struct ctguard_bank {
	uint16_t algorithm;
	const char *name;
	size_t size;
};

/**
 * struct ctguard_pcrs - PCRs of one bank
 * @bank: which
 * @mask: bit N for PCR N
 * @values: of those, by their numbers
 */
struct ctguard_pcrs {
	const struct ctguard_bank *bank;
	uint32_t mask;
	uint8_t values[CTGUARD_PCR_COUNT][CTGUARD_PCR_SIZE_MAX];
};

/** struct ctguard_pcr_set - PCRs of several banks, in ascending order */
struct ctguard_pcr_set {
	struct ctguard_pcrs banks[CTGUARD_BANKS_MAX];
	size_t count;
};

const struct ctguard_bank *ctguard_pcr_bank(uint16_t algorithm);
const struct ctguard_bank *ctguard_pcr_bank_named(const char *name);
const EVP_MD *ctguard_pcr_hash(const struct ctguard_bank *bank);
bool ctguard_pcr_extend(const struct ctguard_bank *bank, uint8_t *value,
			const uint8_t *digest);
const struct ctguard_pcrs *
ctguard_pcr_set_find(const struct ctguard_pcr_set *set, uint16_t algorithm);
bool ctguard_pcr_list_parse(const char *text, uint32_t *ret_mask);

#endif /* CTGUARD_PCR_H */
