/* SPDX-License-Identifier: GPL-2.0 */
/* Quotes: TPMS_ATTEST, TPMT_SIGNATURE, and the PCR values they are about. */
#ifndef ATTEST_QUOTE_H
#define ATTEST_QUOTE_H

#include "cursor.h"
#include "hash.h"
#include "public.h"

#define QUOTE_MAGIC 0xff544347
#define QUOTE_TYPE 0x8018
#define QUOTE_PCRS 24
#define QUOTE_VALUES_MAX (HASH_BANKS * QUOTE_PCRS)

/**
 * struct quote_selection - which PCRs, in order
 * @count: of banks
 * @banks: each at most once
 * @masks: bit N for PCR N
 */
struct quote_selection {
	unsigned int count;
	enum hash_bank banks[HASH_BANKS];
	uint32_t masks[HASH_BANKS];
};

/**
 * struct quote - what a TPM attested
 * @magic: QUOTE_MAGIC for what a TPM made
 * @type: QUOTE_TYPE; with another one or another magic nothing else is read
 * @nonce: qualifyingData
 * @clock: ms that the TPM was powered
 * @resets: resetCount
 * @restarts: restartCount
 * @safe: whether clock never was behind
 * @firmware: firmwareVersion
 * @selection: of PCRs
 * @digest: of their values
 */
struct quote {
	uint32_t magic;
	uint16_t type;
	struct span nonce;
	uint64_t clock;
	uint32_t resets;
	uint32_t restarts;
	uint8_t safe;
	uint64_t firmware;
	struct quote_selection selection;
	struct span digest;
};

/**
 * struct quote_signature - TPMT_SIGNATURE
 * @scheme: TPM_ALG_RSASSA, TPM_ALG_RSAPSS or TPM_ALG_ECDSA
 * @hash: TPM_ALG_ID
 * @rsa: signature of RSA
 * @r: of ECDSA
 * @s: of ECDSA
 */
struct quote_signature {
	uint16_t scheme;
	uint16_t hash;
	struct span rsa;
	struct span r;
	struct span s;
};

/**
 * struct quote_pcrs - the serialized file of tpm2-tools
 * @selection: of PCRs
 * @count: of values
 * @values: in the order of @selection
 * @sizes: of values
 */
struct quote_pcrs {
	struct quote_selection selection;
	unsigned int count;
	const uint8_t *values[QUOTE_VALUES_MAX];
	uint16_t sizes[QUOTE_VALUES_MAX];
};

/**
 * struct quote_values - values by bank and PCR; NULL for what is not quoted
 * @of: the digest, hash_size() bytes
 */
struct quote_values {
	const uint8_t *of[HASH_BANKS][QUOTE_PCRS];
};

int quote_read(const char *name, struct span data, struct quote *ret_quote,
	       struct ctguard_error *error);
int quote_signature_read(const char *name, struct span data,
			 struct quote_signature *ret_signature,
			 struct ctguard_error *error);
int quote_pcrs_read(const char *name, struct span data,
		    struct quote_pcrs *ret_pcrs, struct ctguard_error *error);
const char *quote_signature_fault(const struct quote_signature *signature,
				  const struct public *area);
bool quote_signature_holds(const struct quote_signature *signature,
			   const struct public *area, struct span message,
			   struct hash *hash);
bool quote_selection_equal(const struct quote_selection *a,
			   const struct quote_selection *b);

#endif /* ATTEST_QUOTE_H */
