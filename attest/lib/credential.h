/* SPDX-License-Identifier: GPL-2.0 */
/* TPM2_MakeCredential() in software. */
#ifndef ATTEST_CREDENTIAL_H
#define ATTEST_CREDENTIAL_H

#include "hash.h"
#include "public.h"

struct ctguard_error;

/* The most that credential_make() writes: a header, RSA-4096, and the rest. */
#define CREDENTIAL_MAX 1024

const char *credential_ek_fault(const struct public *ek);
int credential_make(const char *name, const struct public *ek,
		    const struct public *ak, const uint8_t *secret,
		    size_t secret_size, uint8_t ret_blob[CREDENTIAL_MAX],
		    size_t *ret_size, struct ctguard_error *error);
int credential_fingerprint(const char *name, const struct public *ek,
			   uint8_t ret_sha256[32], struct ctguard_error *error);

#endif /* ATTEST_CREDENTIAL_H */
