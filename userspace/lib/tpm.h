/* SPDX-License-Identifier: GPL-2.0 */
/* The host's TPM 2.0: its PCRs, its keys, quotes. */
#ifndef CTGUARD_TPM_H
#define CTGUARD_TPM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "pcr.h"

struct ctguard_error;
struct ctguard_tpm;

#define CTGUARD_TPM_DEFAULT "device:/dev/tpmrm0"
#define CTGUARD_TPM_AK_HANDLE 0x81018C74U
#define CTGUARD_TPM_AUTH_MAX 64
#define CTGUARD_TPM_NAME_MAX 66
#define CTGUARD_TPM_STRUCT_MAX 2048

/** enum ctguard_tpm_algorithm - of keys: P-256, RSA of 2048 bits, P-384 */
enum ctguard_tpm_algorithm {
	CTGUARD_TPM_ECC,
	CTGUARD_TPM_RSA,
	CTGUARD_TPM_ECC_384,
};

/** struct ctguard_tpm_bytes - a structure of the TPM's, marshalled */
struct ctguard_tpm_bytes {
	size_t size;
	uint8_t data[CTGUARD_TPM_STRUCT_MAX];
};

/**
 * struct ctguard_tpm_key - a key, loaded
 * @tpm: that it is loaded in; NULL for none
 * @object: of ESYS
 * @transient: it goes when the local does
 * @algorithm: of it
 * @policy: its use needs the policy of endorsement keys
 * @hash: TPM_ALG_ID of its name
 * @name: hash and digest
 * @name_size: bytes of the name
 * @public: TPM2B_PUBLIC
 * @der: SubjectPublicKeyInfo
 */
struct ctguard_tpm_key {
	struct ctguard_tpm *tpm;
	uint32_t object;
	bool transient;
	enum ctguard_tpm_algorithm algorithm;
	bool policy;
	uint16_t hash;
	uint8_t name[CTGUARD_TPM_NAME_MAX];
	size_t name_size;
	struct ctguard_tpm_bytes public;
	struct ctguard_tpm_bytes der;
};

/**
 * struct ctguard_tpm_quote - what a TPM signed
 * @message: TPMS_ATTEST
 * @signature: TPMT_SIGNATURE
 * @digest: of the PCRs, as signed
 * @digest_size: bytes of it
 */
struct ctguard_tpm_quote {
	struct ctguard_tpm_bytes message;
	struct ctguard_tpm_bytes signature;
	uint8_t digest[CTGUARD_PCR_SIZE_MAX];
	size_t digest_size;
};

#define CTGUARD_TPM ctguard_cleanup(ctguard_tpm_cleanup)
#define CTGUARD_TPM_KEY ctguard_cleanup(ctguard_tpm_key_clear)

/* tpm.c */
int ctguard_tpm_open(const char *tcti, struct ctguard_tpm **ret,
		     struct ctguard_error *error);
void ctguard_tpm_close(struct ctguard_tpm *tpm);
void ctguard_tpm_cleanup(struct ctguard_tpm **tpm);
const char *ctguard_tpm_tcti(const struct ctguard_tpm *tpm);
int ctguard_tpm_describe(struct ctguard_tpm *tpm, char ret_text[64],
			 struct ctguard_error *error);
void ctguard_tpm_set_auth(struct ctguard_tpm *tpm, bool owner, const void *auth,
			  size_t size);
int ctguard_tpm_nv_read(struct ctguard_tpm *tpm, uint32_t index, size_t limit,
			uint8_t **ret_data, size_t *ret_size,
			struct ctguard_error *error);
int ctguard_tpm_nv_list(struct ctguard_tpm *tpm, uint32_t first, uint32_t last,
			uint32_t *ret, size_t *ret_count,
			struct ctguard_error *error);

/* tpm_pcr.c */
int ctguard_tpm_pcr_select(struct ctguard_tpm *tpm, uint32_t mask,
			   unsigned int everywhere, struct ctguard_pcr_set *ret,
			   struct ctguard_error *error);
int ctguard_tpm_pcr_read(struct ctguard_tpm *tpm, struct ctguard_pcr_set *set,
			 struct ctguard_error *error);
void ctguard_tpm_pcr_serialize(const struct ctguard_pcr_set *set,
			       uint8_t **ret_data, size_t *ret_size);
int ctguard_tpm_quote(struct ctguard_tpm *tpm,
		      const struct ctguard_tpm_key *key, const void *qualifying,
		      size_t qualifying_size, const struct ctguard_pcr_set *set,
		      struct ctguard_tpm_quote *ret,
		      struct ctguard_error *error);
bool ctguard_tpm_quote_matches(const struct ctguard_tpm_quote *quote,
			       const struct ctguard_pcr_set *set);

/* tpm_key.c */
int ctguard_tpm_ak_make(struct ctguard_tpm *tpm,
			enum ctguard_tpm_algorithm algorithm,
			struct ctguard_tpm_key *ret,
			struct ctguard_error *error);
int ctguard_tpm_ak_find(struct ctguard_tpm *tpm, uint32_t handle,
			struct ctguard_tpm_key *ret,
			struct ctguard_error *error);
int ctguard_tpm_ak_persist(struct ctguard_tpm *tpm,
			   const struct ctguard_tpm_key *key, uint32_t handle,
			   struct ctguard_error *error);
int ctguard_tpm_ek_make(struct ctguard_tpm *tpm,
			enum ctguard_tpm_algorithm algorithm,
			struct ctguard_tpm_key *ret,
			struct ctguard_error *error);
int ctguard_tpm_activate(struct ctguard_tpm *tpm,
			 const struct ctguard_tpm_key *ak,
			 const struct ctguard_tpm_key *ek,
			 const void *credential, size_t credential_size,
			 const void *secret, size_t secret_size,
			 uint8_t ret_value[CTGUARD_PCR_SIZE_MAX],
			 size_t *ret_size, struct ctguard_error *error);
char *ctguard_tpm_key_pem(const struct ctguard_tpm_key *key);
void ctguard_tpm_key_clear(struct ctguard_tpm_key *key);

#endif /* CTGUARD_TPM_H */
