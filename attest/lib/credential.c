// SPDX-License-Identifier: GPL-2.0
/*
 * TPM2_MakeCredential() in software: what only the TPM that has both the
 * endorsement key and a key of the given Name can open (TPM 2.0 Library, part
 * 1, 24 and B.10.3, C.6.3). Written as tpm2_makecredential(1) writes it.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

#include "../../userspace/lib/error.h"
#include "credential.h"

#define BLOB_MAGIC 0xbadcc0de
#define BLOB_VERSION 1

/* With its NUL, which is hashed too. */
static const char identity[] = "IDENTITY";

struct key {
	EVP_PKEY *pkey;
};

static void key_put(struct key *key)
{
	EVP_PKEY_free(key->pkey);
}

#define KEY __attribute__((cleanup(key_put))) struct key

/* A TPM2B that is being written. */
struct writer {
	uint8_t *data;
	size_t size;
};

static void put(struct writer *writer, const void *data, size_t size)
{
	memcpy(writer->data + writer->size, data, size);
	writer->size += size;
}

static void put16(struct writer *writer, size_t value)
{
	const uint8_t bytes[] = { (uint8_t)(value >> 8), (uint8_t)value };

	put(writer, bytes, 2);
}

static void put_sized(struct writer *writer, const void *data, size_t size)
{
	put16(writer, size);
	put(writer, data, size);
}

/* KDFa() of part 1, 11.4.10.2, for at most one digest of output. */
static bool kdfa(enum hash_bank bank, const uint8_t *key, const char *label,
		 const uint8_t *context, size_t context_size, size_t bits,
		 uint8_t *out)
{
	uint8_t message[4 + 16 + PUBLIC_NAME_MAX + 4], digest[HASH_MAX];
	struct writer writer = { message, 0 };
	uint8_t number[4];

	if (bits / 8 > hash_size(bank))
		return false;
	be32_put(number, 1);
	put(&writer, number, 4);
	put(&writer, label, strlen(label) + 1);
	put(&writer, context, context_size);
	be32_put(number, (uint32_t)bits);
	put(&writer, number, 4);
	if (!HMAC(hash_md(bank), key, (int)hash_size(bank), message,
		  writer.size, digest, NULL))
		return false;
	memcpy(out, digest, bits / 8);
	return true;
}

/* The seed, encrypted by RSA-OAEP. */
static bool seed_by_rsa(EVP_PKEY *ek, enum hash_bank bank, uint8_t *seed,
			struct writer *secret)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, ek, NULL);
	char *label = OPENSSL_memdup(identity, sizeof(identity));
	uint8_t out[512];
	size_t size = sizeof(out);
	bool done = false;

	if (RAND_bytes(seed, (int)hash_size(bank)) == 1 && context && label &&
	    EVP_PKEY_encrypt_init(context) > 0 &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) > 0 &&
	    EVP_PKEY_CTX_set_rsa_oaep_md(context, hash_md(bank)) > 0 &&
	    EVP_PKEY_CTX_set_rsa_mgf1_md(context, hash_md(bank)) > 0 &&
	    EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, sizeof(identity)) >
		    0) {
		label = NULL; /* the context's now */
		done = EVP_PKEY_encrypt(context, out, &size, seed,
					hash_size(bank)) > 0;
	}
	if (done)
		put(secret, out, size);
	OPENSSL_free(label);
	EVP_PKEY_CTX_free(context);
	return done;
}

/* The seed by ECDH with a key of its own: KDFe() of part 1, 11.4.10.3. */
static bool seed_by_ecc(EVP_PKEY *ek, const struct public *area, uint8_t *seed,
			struct writer *secret)
{
	const size_t size = area->curve == TPM_ECC_P256 ? 32 : 48;
	const char *group = area->curve == TPM_ECC_P256 ? "P-256" : "P-384";
	uint8_t point[1 + 2 * 48], shared[48], peer[48] = { 0 }, counter[4];
	size_t point_size = 0, shared_size = sizeof(shared);
	EVP_PKEY *own = EVP_EC_gen(group);
	EVP_PKEY_CTX *context = NULL;
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool done = false;

	memcpy(peer + size - area->x.size, area->x.data, area->x.size);
	be32_put(counter, 1);
	if (own)
		context = EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL);
	if (context && hash &&
	    EVP_PKEY_get_octet_string_param(own, OSSL_PKEY_PARAM_PUB_KEY, point,
					    sizeof(point), &point_size) > 0 &&
	    point_size == 1 + 2 * size && EVP_PKEY_derive_init(context) > 0 &&
	    EVP_PKEY_derive_set_peer(context, ek) > 0 &&
	    EVP_PKEY_derive(context, shared, &shared_size) > 0 &&
	    shared_size == size &&
	    EVP_DigestInit_ex2(hash, hash_md(area->name_bank), NULL) > 0 &&
	    EVP_DigestUpdate(hash, counter, 4) > 0 &&
	    EVP_DigestUpdate(hash, shared, size) > 0 &&
	    EVP_DigestUpdate(hash, identity, sizeof(identity)) > 0 &&
	    EVP_DigestUpdate(hash, point + 1, size) > 0 &&
	    EVP_DigestUpdate(hash, peer, size) > 0 &&
	    EVP_DigestFinal_ex(hash, seed, NULL) > 0) {
		put_sized(secret, point + 1, size);
		put_sized(secret, point + 1 + size, size);
		done = true;
	}
	OPENSSL_cleanse(shared, sizeof(shared));
	EVP_MD_CTX_free(hash);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(own);
	return done;
}

static bool encrypt(const uint8_t *key, unsigned int bits, const uint8_t *in,
		    size_t size, uint8_t *out)
{
	const EVP_CIPHER *cipher = bits == 128 ? EVP_aes_128_cfb128() :
				   bits == 192 ? EVP_aes_192_cfb128() :
						 EVP_aes_256_cfb128();
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	const uint8_t iv[16] = { 0 };
	int length = 0;
	bool done;

	done = context &&
	       EVP_EncryptInit_ex(context, cipher, NULL, key, iv) > 0 &&
	       EVP_EncryptUpdate(context, out, &length, in, (int)size) > 0 &&
	       (size_t)length == size;
	EVP_CIPHER_CTX_free(context);
	return done;
}

/**
 * credential_ek_fault() - why a key cannot be an endorsement key
 * @ek: its public area
 *
 * Return: words, or NULL when it can.
 */
const char *credential_ek_fault(const struct public *ek)
{
	if (!(ek->attributes & TPMA_RESTRICTED) ||
	    !(ek->attributes & TPMA_DECRYPT) || ek->attributes & TPMA_SIGN)
		return "the key is not restricted to decryption";
	if (!(ek->attributes & TPMA_FIXED_TPM) ||
	    !(ek->attributes & TPMA_FIXED_PARENT))
		return "the key is not fixed to its TPM";
	if (ek->symmetric != TPM_ALG_AES)
		return "the key has no symmetric algorithm";
	return NULL;
}

/* As a point that is not on the curve. */
static int no_key(const char *name, const struct public *ek,
		  struct ctguard_error *error)
{
	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s: offset %zu: not the numbers of a key",
				 name, ek->key_at);
}

/**
 * credential_make() - make a credential
 * @name: of what @ek was read from, for errors
 * @ek: the endorsement key, of which credential_ek_fault() says nothing
 * @ak: the key that must be in the same TPM, with its Name
 * @secret: what the TPM gives back
 * @secret_size: of @secret, at most a digest of @ek's hash
 * @ret_blob: in the format of tpm2-tools
 * @ret_size: of @ret_blob
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int credential_make(const char *name, const struct public *ek,
		    const struct public *ak, const uint8_t *secret,
		    size_t secret_size, uint8_t ret_blob[CREDENTIAL_MAX],
		    size_t *ret_size, struct ctguard_error *error)
{
	const enum hash_bank bank = ek->name_bank;
	const size_t size = hash_size(bank);
	uint8_t seed[HASH_MAX], symmetric[HASH_MAX], integrity[HASH_MAX];
	uint8_t plain[2 + HASH_MAX], sealed[2 + HASH_MAX + PUBLIC_NAME_MAX];
	uint8_t encrypted[512], mac[HASH_MAX], header[8];
	struct writer blob = { ret_blob, 0 }, plain_writer = { plain, 0 };
	struct writer secret_writer = { encrypted, 0 };
	KEY key = { public_key(ek) };
	bool done;

	if (!key.pkey)
		return no_key(name, ek, error);
	if (secret_size > size)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "a secret of %zu bytes, at most %zu",
					 secret_size, size);
	done = ek->type == TPM_ALG_RSA ?
		       seed_by_rsa(key.pkey, bank, seed, &secret_writer) :
		       seed_by_ecc(key.pkey, ek, seed, &secret_writer);
	put_sized(&plain_writer, secret, secret_size);
	done = done &&
	       kdfa(bank, seed, "STORAGE", ak->name, ak->name_size,
		    ek->symmetric_bits, symmetric) &&
	       kdfa(bank, seed, "INTEGRITY", (const uint8_t *)"", 0, size * 8,
		    integrity) &&
	       encrypt(symmetric, ek->symmetric_bits, plain, plain_writer.size,
		       sealed);
	if (done) {
		memcpy(sealed + plain_writer.size, ak->name, ak->name_size);
		done = HMAC(hash_md(bank), integrity, (int)size, sealed,
			    plain_writer.size + ak->name_size, mac, NULL);
	}
	OPENSSL_cleanse(seed, sizeof(seed));
	OPENSSL_cleanse(symmetric, sizeof(symmetric));
	OPENSSL_cleanse(integrity, sizeof(integrity));
	OPENSSL_cleanse(plain, sizeof(plain));
	if (!done)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "libcrypto made no credential");
	be32_put(header, BLOB_MAGIC);
	be32_put(header + 4, BLOB_VERSION);
	put(&blob, header, sizeof(header));
	put16(&blob, 2 + size + plain_writer.size);
	put_sized(&blob, mac, size);
	put(&blob, sealed, plain_writer.size);
	put_sized(&blob, encrypted, secret_writer.size);
	*ret_size = blob.size;
	return 0;
}

/**
 * credential_fingerprint() - SHA-256 of a key's SubjectPublicKeyInfo
 * @name: of what @ek was read from, for errors
 * @ek: its public area
 * @ret_sha256: the digest
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int credential_fingerprint(const char *name, const struct public *ek,
			   uint8_t ret_sha256[32], struct ctguard_error *error)
{
	KEY key = { public_key(ek) };
	uint8_t *der = NULL;
	int size = key.pkey ? i2d_PUBKEY(key.pkey, &der) : 0;
	int r = size > 0 && EVP_Digest(der, (size_t)size, ret_sha256, NULL,
				       EVP_sha256(), NULL);

	OPENSSL_free(der);
	return r ? 0 : no_key(name, ek, error);
}
