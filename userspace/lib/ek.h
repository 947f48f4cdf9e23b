/* SPDX-License-Identifier: GPL-2.0 */
/* The endorsement key by which a verifier knows a machine. */
#ifndef CTGUARD_EK_H
#define CTGUARD_EK_H

#include "digest.h"
#include "tpm.h"

/**
 * struct ctguard_ek - an endorsement key
 * @key: loaded
 * @fingerprint: SHA-256 of its SubjectPublicKeyInfo
 * @certificate: DER, or NULL when the TPM has none
 * @certificate_size: bytes of it
 * @chain: certificates of its issuers that the TPM has, PEM, or NULL
 * @chain_size: bytes of it
 */
struct ctguard_ek {
	struct ctguard_tpm_key key;
	uint8_t fingerprint[CTGUARD_DIGEST_SIZE];
	uint8_t *certificate;
	size_t certificate_size;
	char *chain;
	size_t chain_size;
};

#define CTGUARD_EK ctguard_cleanup(ctguard_ek_clear)

int ctguard_ek_find(struct ctguard_tpm *tpm,
		    enum ctguard_tpm_algorithm preferred,
		    struct ctguard_ek *ret, struct ctguard_error *error);
void ctguard_ek_clear(struct ctguard_ek *ek);

#endif /* CTGUARD_EK_H */
