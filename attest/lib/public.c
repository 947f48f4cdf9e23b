// SPDX-License-Identifier: GPL-2.0
/*
 * Public areas of TPM keys: TPM2B_PUBLIC (TPM 2.0 Library, part 2, 12.2.5),
 * RSA and ECC.
 */
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

#include "../../userspace/lib/error.h"
#include "public.h"

static int read_symmetric(struct cursor *cursor, struct public *area)
{
	size_t at = cursor->at;
	uint16_t mode;

	if (cursor_u16(cursor, &area->symmetric) < 0)
		return -1;
	if (area->symmetric == TPM_ALG_NULL)
		return 0;
	if (area->symmetric != TPM_ALG_AES)
		return cursor_bad(cursor, at, "symmetric algorithm 0x%04x",
				  area->symmetric);
	if (cursor_u16(cursor, &area->symmetric_bits) < 0 ||
	    cursor_u16(cursor, &mode) < 0)
		return -1;
	if ((area->symmetric_bits != 128 && area->symmetric_bits != 192 &&
	     area->symmetric_bits != 256) ||
	    mode != TPM_ALG_CFB)
		return cursor_bad(cursor, at, "AES of %u bits in mode 0x%04x",
				  area->symmetric_bits, mode);
	return 0;
}

static int read_scheme(struct cursor *cursor, struct public *area)
{
	size_t at = cursor->at;

	if (cursor_u16(cursor, &area->scheme) < 0)
		return -1;
	if (area->scheme == TPM_ALG_NULL)
		return 0;
	if (area->type == TPM_ALG_RSA ? area->scheme != TPM_ALG_RSASSA &&
						area->scheme != TPM_ALG_RSAPSS :
					area->scheme != TPM_ALG_ECDSA)
		return cursor_bad(cursor, at, "scheme 0x%04x", area->scheme);
	return cursor_u16(cursor, &area->scheme_hash);
}

static int read_rsa(struct cursor *cursor, struct public *area)
{
	size_t at;

	if (read_symmetric(cursor, area) < 0 || read_scheme(cursor, area) < 0)
		return -1;
	at = cursor->at;
	if (cursor_u16(cursor, &area->bits) < 0 ||
	    cursor_u32(cursor, &area->exponent) < 0)
		return -1;
	if (area->bits != 2048 && area->bits != 3072 && area->bits != 4096)
		return cursor_bad(cursor, at, "an RSA key of %u bits",
				  area->bits);
	if (!area->exponent)
		area->exponent = 65537;
	if (area->exponent < 3 || !(area->exponent & 1))
		return cursor_bad(cursor, at + 2, "exponent %u",
				  area->exponent);
	area->key_at = at = cursor->at;
	if (cursor_sized(cursor, 512, &area->modulus) < 0)
		return -1;
	if (area->modulus.size != area->bits / 8 ||
	    !(area->modulus.data[0] & 0x80))
		return cursor_bad(cursor, at, "the modulus is not of %u bits",
				  area->bits);
	return 0;
}

static int read_ecc(struct cursor *cursor, struct public *area)
{
	size_t at, size;
	uint16_t kdf;

	if (read_symmetric(cursor, area) < 0 || read_scheme(cursor, area) < 0)
		return -1;
	at = cursor->at;
	if (cursor_u16(cursor, &area->curve) < 0)
		return -1;
	if (area->curve != TPM_ECC_P256 && area->curve != TPM_ECC_P384)
		return cursor_bad(cursor, at, "curve 0x%04x", area->curve);
	at = cursor->at;
	if (cursor_u16(cursor, &kdf) < 0)
		return -1;
	if (kdf != TPM_ALG_NULL)
		return cursor_bad(cursor, at, "key derivation 0x%04x", kdf);
	size = area->curve == TPM_ECC_P256 ? 32 : 48;
	area->key_at = at = cursor->at;
	if (cursor_sized(cursor, size, &area->x) < 0 ||
	    cursor_sized(cursor, size, &area->y) < 0)
		return -1;
	if (!area->x.size || !area->y.size)
		return cursor_bad(cursor, at, "an empty coordinate");
	return 0;
}

/**
 * public_read() - read a TPM2B_PUBLIC
 * @name: of it, for errors
 * @data: all of it
 * @ret_public: points into @data; without its Name
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int public_read(const char *name, struct span data, struct public *ret_public,
		struct ctguard_error *error)
{
	struct cursor cursor = { name, data.data, 0, data.size, error };
	struct span policy;
	uint16_t size, name_alg;
	int r;

	memset(ret_public, 0, sizeof(*ret_public));
	if (cursor_u16(&cursor, &size) < 0)
		return -1;
	if (size != cursor_left(&cursor))
		return cursor_bad(&cursor, 0, "size %u, but %zu bytes", size,
				  cursor_left(&cursor));
	ret_public->area =
		(struct span){ data.data + cursor.at, data.size - cursor.at };
	if (cursor_u16(&cursor, &ret_public->type) < 0 ||
	    cursor_u16(&cursor, &name_alg) < 0)
		return -1;
	if (ret_public->type != TPM_ALG_RSA && ret_public->type != TPM_ALG_ECC)
		return cursor_bad(&cursor, 2, "type 0x%04x is not RSA or ECC",
				  ret_public->type);
	ret_public->name_bank = hash_bank_of(name_alg);
	if (ret_public->name_bank == HASH_NONE ||
	    ret_public->name_bank == HASH_SHA1)
		return cursor_bad(&cursor, 4,
				  "hash 0x%04x of the name is not SHA-2",
				  name_alg);
	if (cursor_u32(&cursor, &ret_public->attributes) < 0 ||
	    cursor_sized(&cursor, HASH_MAX, &policy) < 0)
		return -1;
	if (policy.size && policy.size != hash_size(ret_public->name_bank))
		return cursor_bad(&cursor, 10, "a policy of %zu bytes",
				  policy.size);
	r = ret_public->type == TPM_ALG_RSA ? read_rsa(&cursor, ret_public) :
					      read_ecc(&cursor, ret_public);
	return r < 0 ? r : cursor_end(&cursor);
}

/** public_name() - compute the Name */
void public_name(struct public *area, struct hash *hash)
{
	uint16_t algorithm = hash_algorithm(area->name_bank);

	area->name[0] = (uint8_t)(algorithm >> 8);
	area->name[1] = (uint8_t)algorithm;
	hash_make(hash, area->name_bank, area->area.data, area->area.size,
		  area->name + 2);
	area->name_size = 2 + hash_size(area->name_bank);
}

static EVP_PKEY *key_from(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (!context || EVP_PKEY_fromdata_init(context) <= 0 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(context);
	return key;
}

/** public_point() - of an ECC key, not compressed: a byte, and twice the size */
void public_point(const struct public *area, uint8_t *ret_point)
{
	const size_t size = area->curve == TPM_ECC_P256 ? 32 : 48;

	memset(ret_point, 0, 1 + 2 * size);
	ret_point[0] = 4;
	memcpy(ret_point + 1 + size - area->x.size, area->x.data, area->x.size);
	memcpy(ret_point + 1 + 2 * size - area->y.size, area->y.data,
	       area->y.size);
}

static EVP_PKEY *ecc_key(const struct public *area)
{
	const size_t size = area->curve == TPM_ECC_P256 ? 32 : 48;
	char p256[] = "P-256", p384[] = "P-384";
	char *group = area->curve == TPM_ECC_P256 ? p256 : p384;
	uint8_t point[1 + 2 * 48];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
						  point, 1 + 2 * size),
		OSSL_PARAM_construct_end(),
	};

	public_point(area, point);
	return key_from("EC", params);
}

static EVP_PKEY *rsa_key(const struct public *area)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *n =
		BN_bin2bn(area->modulus.data, (int)area->modulus.size, NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (builder && n &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_ulong(builder, OSSL_PKEY_PARAM_RSA_E,
				      area->exponent))
		params = OSSL_PARAM_BLD_to_param(builder);
	if (params)
		key = key_from("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	BN_free(n);
	return key;
}

/** public_key() - for libcrypto; NULL when it is none, as off the curve */
EVP_PKEY *public_key(const struct public *area)
{
	return area->type == TPM_ALG_RSA ? rsa_key(area) : ecc_key(area);
}

/**
 * public_ak_fault() - why a key cannot attest
 * @area: of the key
 *
 * A restricted key signs nothing that begins like an attestation but what its
 * TPM attested.
 *
 * Return: words, or NULL when it can.
 */
const char *public_ak_fault(const struct public *area)
{
	if (!(area->attributes & TPMA_RESTRICTED))
		return "the key is not restricted";
	if (!(area->attributes & TPMA_FIXED_TPM) ||
	    !(area->attributes & TPMA_FIXED_PARENT))
		return "the key is not fixed to its TPM";
	if (!(area->attributes & TPMA_SENSITIVE_DATA_ORIGIN))
		return "the key was not made by its TPM";
	if (!(area->attributes & TPMA_SIGN) ||
	    (area->attributes & TPMA_DECRYPT))
		return "the key is not one for signing only";
	if (area->scheme == TPM_ALG_NULL)
		return "the key has no scheme";
	if (hash_bank_of(area->scheme_hash) == HASH_NONE ||
	    hash_bank_of(area->scheme_hash) == HASH_SHA1)
		return "the key's scheme does not hash by SHA-2";
	return NULL;
}
