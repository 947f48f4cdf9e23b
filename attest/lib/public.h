/* SPDX-License-Identifier: GPL-2.0 */
/* Public areas of TPM keys: TPM2B_PUBLIC. */
#ifndef ATTEST_PUBLIC_H
#define ATTEST_PUBLIC_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "cursor.h"
#include "hash.h"

#define TPM_ALG_RSA 0x0001
#define TPM_ALG_AES 0x0006
#define TPM_ALG_NULL 0x0010
#define TPM_ALG_RSASSA 0x0014
#define TPM_ALG_RSAPSS 0x0016
#define TPM_ALG_ECDSA 0x0018
#define TPM_ALG_ECDAA 0x001a
#define TPM_ALG_ECC 0x0023
#define TPM_ALG_CFB 0x0043

#define TPM_ECC_P256 0x0003
#define TPM_ECC_P384 0x0004

#define TPMA_FIXED_TPM 0x00000002
#define TPMA_FIXED_PARENT 0x00000010
#define TPMA_SENSITIVE_DATA_ORIGIN 0x00000020
#define TPMA_RESTRICTED 0x00010000
#define TPMA_DECRYPT 0x00020000
#define TPMA_SIGN 0x00040000

#define PUBLIC_NAME_MAX (2 + HASH_MAX)

/**
 * struct public - a public area, pointing into what it was read from
 * @area: TPMT_PUBLIC
 * @type: TPM_ALG_RSA or TPM_ALG_ECC
 * @name_bank: hash of the Name
 * @attributes: TPMA_OBJECT
 * @symmetric: TPM_ALG_AES with CFB for storage keys, or TPM_ALG_NULL
 * @symmetric_bits: of its key
 * @scheme: of signing, or TPM_ALG_NULL
 * @scheme_hash: TPM_ALG_ID, where there is a scheme
 * @key_at: offset of the modulus or the point
 * @bits: of an RSA key
 * @exponent: of an RSA key; 65537 where the area says 0
 * @curve: of an ECC key
 * @modulus: of an RSA key
 * @x: of an ECC key
 * @y: of an ECC key
 * @name: TPM2B_NAME without its size, after public_name()
 * @name_size: of @name
 */
struct public
{
	struct span area;
	uint16_t type;
	enum hash_bank name_bank;
	uint32_t attributes;
	uint16_t symmetric;
	uint16_t symmetric_bits;
	uint16_t scheme;
	uint16_t scheme_hash;
	size_t key_at;
	uint16_t bits;
	uint32_t exponent;
	uint16_t curve;
	struct span modulus;
	struct span x;
	struct span y;
	uint8_t name[PUBLIC_NAME_MAX];
	size_t name_size;
};

int public_read(const char *name, struct span data, struct public *ret_public,
		struct ctguard_error *error);
void public_name(struct public *area, struct hash *hash);
EVP_PKEY *public_key(const struct public *area);
void public_point(const struct public *area, uint8_t *ret_point);
const char *public_ak_fault(const struct public *area);

#endif /* ATTEST_PUBLIC_H */
