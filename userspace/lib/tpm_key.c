// SPDX-License-Identifier: GPL-2.0
/*
 * The host's TPM 2.0: endorsement and attestation keys.
 *
 * Both are primary keys in the endorsement hierarchy: the TPM derives them
 * from its seed and a template, the same each time, so that nothing of them
 * is kept but, for speed, the attestation key in the TPM itself. Clearing the
 * TPM changes neither.
 */
#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>

#include "alloc.h"
#include "error.h"
#include "tpm_private.h"

/* What an attestation key is, whatever its algorithm. */
#define AK_ATTRIBUTES                                                 \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |             \
	 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH | \
	 TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT)
_Static_assert(AK_ATTRIBUTES == 0x00050472, "as enrolled");

/* Tells this key from others of the same kind in the same hierarchy. */
#define AK_UNIQUE "ctguard attestation key v1"

static const TPM2B_PUBLIC ak_ecc = {
	.publicArea = {
		.type = TPM2_ALG_ECC,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = AK_ATTRIBUTES,
		.parameters.eccDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = {
				.scheme = TPM2_ALG_ECDSA,
				.details.ecdsa.hashAlg = TPM2_ALG_SHA256,
			},
			.curveID = TPM2_ECC_NIST_P256,
			.kdf.scheme = TPM2_ALG_NULL,
		},
		.unique.ecc.x = {
			.size = sizeof(AK_UNIQUE) - 1,
			.buffer = AK_UNIQUE,
		},
	},
};

static const TPM2B_PUBLIC ak_rsa = {
	.publicArea = {
		.type = TPM2_ALG_RSA,
		.nameAlg = TPM2_ALG_SHA256,
		.objectAttributes = AK_ATTRIBUTES,
		.parameters.rsaDetail = {
			.symmetric.algorithm = TPM2_ALG_NULL,
			.scheme = {
				.scheme = TPM2_ALG_RSASSA,
				.details.rsassa.hashAlg = TPM2_ALG_SHA256,
			},
			.keyBits = 2048,
		},
		.unique.rsa = {
			.size = sizeof(AK_UNIQUE) - 1,
			.buffer = AK_UNIQUE,
		},
	},
};

/*
 * TCG EK Credential Profile for TPM Family 2.0, version 2.5: the templates of
 * the low range, L-1 and L-2, with policy A, PolicySecret of the endorsement
 * hierarchy; and H-3 of the high range, whose keys can be used without their
 * policy, B.
 */
#define EK_ATTRIBUTES                                                    \
	(TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |                \
	 TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_ADMINWITHPOLICY | \
	 TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_DECRYPT)
#define POLICY_A                        \
	{                               \
		.size = 32, .buffer = { \
			0x83,           \
			0x71,           \
			0x97,           \
			0x67,           \
			0x44,           \
			0x84,           \
			0xb3,           \
			0xf8,           \
			0x1a,           \
			0x90,           \
			0xcc,           \
			0x8d,           \
			0x46,           \
			0xa5,           \
			0xd7,           \
			0x24,           \
			0xfd,           \
			0x52,           \
			0xd7,           \
			0x6e,           \
			0x06,           \
			0x52,           \
			0x0b,           \
			0x64,           \
			0xf2,           \
			0xa1,           \
			0xda,           \
			0x1b,           \
			0x33,           \
			0x14,           \
			0x69,           \
			0xaa,           \
		}                       \
	}
#define POLICY_B_SHA384                 \
	{                               \
		.size = 48, .buffer = { \
			0xb2,           \
			0x6e,           \
			0x7d,           \
			0x28,           \
			0xd1,           \
			0x1a,           \
			0x50,           \
			0xbc,           \
			0x53,           \
			0xd8,           \
			0x82,           \
			0xbc,           \
			0xf5,           \
			0xfd,           \
			0x3a,           \
			0x1a,           \
			0x07,           \
			0x41,           \
			0x48,           \
			0xbb,           \
			0x35,           \
			0xd3,           \
			0xb4,           \
			0xe4,           \
			0xcb,           \
			0x1c,           \
			0x0a,           \
			0xd9,           \
			0xbd,           \
			0xe4,           \
			0x19,           \
			0xca,           \
			0xcb,           \
			0x47,           \
			0xba,           \
			0x09,           \
			0x69,           \
			0x96,           \
			0x46,           \
			0x15,           \
			0x0f,           \
			0x9f,           \
			0xc0,           \
			0x00,           \
			0xf3,           \
			0xf8,           \
			0x0e,           \
			0x12,           \
		}                       \
	}

static const TPM2B_PUBLIC ek_templates[] = {
	[CTGUARD_TPM_ECC] = {
		.publicArea = {
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = EK_ATTRIBUTES,
			.authPolicy = POLICY_A,
			.parameters.eccDetail = {
				.symmetric = {
					.algorithm = TPM2_ALG_AES,
					.keyBits.aes = 128,
					.mode.aes = TPM2_ALG_CFB,
				},
				.scheme.scheme = TPM2_ALG_NULL,
				.curveID = TPM2_ECC_NIST_P256,
				.kdf.scheme = TPM2_ALG_NULL,
			},
			.unique.ecc = { .x.size = 32, .y.size = 32 },
		},
	},
	[CTGUARD_TPM_RSA] = {
		.publicArea = {
			.type = TPM2_ALG_RSA,
			.nameAlg = TPM2_ALG_SHA256,
			.objectAttributes = EK_ATTRIBUTES,
			.authPolicy = POLICY_A,
			.parameters.rsaDetail = {
				.symmetric = {
					.algorithm = TPM2_ALG_AES,
					.keyBits.aes = 128,
					.mode.aes = TPM2_ALG_CFB,
				},
				.scheme.scheme = TPM2_ALG_NULL,
				.keyBits = 2048,
			},
			.unique.rsa.size = 256,
		},
	},
	[CTGUARD_TPM_ECC_384] = {
		.publicArea = {
			.type = TPM2_ALG_ECC,
			.nameAlg = TPM2_ALG_SHA384,
			.objectAttributes = EK_ATTRIBUTES |
					    TPMA_OBJECT_USERWITHAUTH,
			.authPolicy = POLICY_B_SHA384,
			.parameters.eccDetail = {
				.symmetric = {
					.algorithm = TPM2_ALG_AES,
					.keyBits.aes = 256,
					.mode.aes = TPM2_ALG_CFB,
				},
				.scheme.scheme = TPM2_ALG_NULL,
				.curveID = TPM2_ECC_NIST_P384,
				.kdf.scheme = TPM2_ALG_NULL,
			},
		},
	},
};

/* OpenSSL's form of a public key: parameters by name. */
static OSSL_PARAM *ecc_parameters(const TPMT_PUBLIC *public,
				  OSSL_PARAM_BLD *builder)
{
	const TPM2B_ECC_PARAMETER *x = &public->unique.ecc.x;
	const TPM2B_ECC_PARAMETER *y = &public->unique.ecc.y;
	bool wide = public->parameters.eccDetail.curveID == TPM2_ECC_NIST_P384;
	uint8_t point[1 + 2 * 48] = { POINT_CONVERSION_UNCOMPRESSED };
	size_t size = wide ? 48 : 32;

	/* A TPM may leave leading zeros out. */
	if (x->size > size || y->size > size)
		return NULL;
	memcpy(point + 1 + size - x->size, x->buffer, x->size);
	memcpy(point + 1 + 2 * size - y->size, y->buffer, y->size);
	if (!OSSL_PARAM_BLD_push_utf8_string(
		    builder, OSSL_PKEY_PARAM_GROUP_NAME,
		    wide ? "secp384r1" : "prime256v1", 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY,
					      point, 1 + 2 * size))
		return NULL;
	return OSSL_PARAM_BLD_to_param(builder);
}

static OSSL_PARAM *rsa_parameters(const TPMT_PUBLIC *public,
				  OSSL_PARAM_BLD *builder)
{
	uint32_t exponent = public->parameters.rsaDetail.exponent;
	OSSL_PARAM *parameters = NULL;
	BIGNUM *n, *e;

	n = BN_bin2bn(public->unique.rsa.buffer, public->unique.rsa.size, NULL);
	e = BN_new();
	if (n && e && BN_set_word(e, exponent ? exponent : 65537) &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
	    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
		parameters = OSSL_PARAM_BLD_to_param(builder);
	BN_free(n);
	BN_free(e);
	return parameters;
}

static bool encode(const TPMT_PUBLIC *public, struct ctguard_tpm_bytes *ret)
{
	bool ecc = public->type == TPM2_ALG_ECC, done = false;
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_name(NULL, ecc ? "EC" : "RSA", NULL);
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	OSSL_PARAM *parameters = NULL;
	EVP_PKEY *key = NULL;
	uint8_t *at = ret->data;
	int size;

	if (builder)
		parameters = ecc ? ecc_parameters(public, builder) :
				   rsa_parameters(public, builder);
	if (context && parameters && EVP_PKEY_fromdata_init(context) > 0 &&
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) >
		    0) {
		size = i2d_PUBKEY(key, NULL);
		done = size > 0 && (size_t)size <= sizeof(ret->data) &&
		       i2d_PUBKEY(key, &at) == size;
		ret->size = done ? (size_t)size : 0;
	}
	EVP_PKEY_free(key);
	OSSL_PARAM_free(parameters);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(context);
	return done;
}

/* Fills in what can be told of a key that is loaded as ret->object. */
static int describe(struct ctguard_tpm *tpm, const TPM2B_PUBLIC *public,
		    struct ctguard_tpm_key *ret, struct ctguard_error *error)
{
	CTGUARD_ESYS TPM2B_NAME *name = NULL;
	const TPMT_PUBLIC *area = &public->publicArea;
	TSS2_RC rc;

	rc = Esys_TR_GetName(tpm->esys, ret->object, &name);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "a key's name");
	if (name->size > sizeof(ret->name))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "TPM %s: a key's name is too long",
					 tpm->name);
	memcpy(ret->name, name->name, name->size);
	ret->name_size = name->size;
	ret->hash = area->nameAlg;
	ret->policy = !(area->objectAttributes & TPMA_OBJECT_USERWITHAUTH);
	if (area->type == TPM2_ALG_RSA)
		ret->algorithm = CTGUARD_TPM_RSA;
	else if (area->parameters.eccDetail.curveID == TPM2_ECC_NIST_P384)
		ret->algorithm = CTGUARD_TPM_ECC_384;
	else
		ret->algorithm = CTGUARD_TPM_ECC;
	ret->public.size = 0;
	rc = Tss2_MU_TPM2B_PUBLIC_Marshal(public, ret->public.data,
					  sizeof(ret->public.data),
					  &ret->public.size);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error,
					  "a key's public part");
	if (!encode(area, &ret->der))
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"TPM %s: libcrypto cannot express one of its keys",
			tpm->name);
	return 0;
}

static int make_primary(struct ctguard_tpm *tpm, const TPM2B_PUBLIC *template,
			struct ctguard_tpm_key *ret,
			struct ctguard_error *error, const char *what)
{
	const TPM2B_SENSITIVE_CREATE sensitive = { 0 };
	CTGUARD_ESYS TPM2B_PUBLIC *public = NULL;
	const TPML_PCR_SELECTION pcrs = { 0 };
	const TPM2B_DATA outside = { 0 };
	TSS2_RC rc;

	memset(ret, 0, sizeof(*ret));
	rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT,
				ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				&sensitive, template, &outside, &pcrs,
				&ret->object, &public, NULL, NULL, NULL);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, what);
	ret->tpm = tpm;
	ret->transient = true;
	if (describe(tpm, public, ret, error) < 0) {
		ctguard_tpm_key_clear(ret);
		return -1;
	}
	return 0;
}

/**
 * ctguard_tpm_ak_make() - derive the attestation key
 * @tpm: of which
 * @algorithm: CTGUARD_TPM_ECC or CTGUARD_TPM_RSA
 * @ret: the key, to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_ak_make(struct ctguard_tpm *tpm,
			enum ctguard_tpm_algorithm algorithm,
			struct ctguard_tpm_key *ret,
			struct ctguard_error *error)
{
	return make_primary(tpm,
			    algorithm == CTGUARD_TPM_RSA ? &ak_rsa : &ak_ecc,
			    ret, error, "the attestation key");
}

/**
 * ctguard_tpm_ek_make() - derive the endorsement key
 * @tpm: of which
 * @algorithm: of the key
 * @ret: the key, to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_ek_make(struct ctguard_tpm *tpm,
			enum ctguard_tpm_algorithm algorithm,
			struct ctguard_tpm_key *ret,
			struct ctguard_error *error)
{
	return make_primary(tpm, &ek_templates[algorithm], ret, error,
			    "the endorsement key");
}

/* Whether a key is one that ctguard_tpm_ak_make() could have made. */
static bool is_ak(const TPMT_PUBLIC *public)
{
	const TPMT_PUBLIC *like = public->type == TPM2_ALG_RSA ?
					  &ak_rsa.publicArea :
					  &ak_ecc.publicArea;

	if (public->type != like->type || public->nameAlg != like->nameAlg ||
	    public->objectAttributes != like->objectAttributes ||
	    public->authPolicy.size)
		return false;
	if (public->type == TPM2_ALG_RSA)
		return public->parameters.rsaDetail.scheme.scheme ==
			       TPM2_ALG_RSASSA &&
		       public->parameters.rsaDetail.scheme.details.rsassa
				       .hashAlg == TPM2_ALG_SHA256 &&
		       public->parameters.rsaDetail.keyBits == 2048;
	return public->parameters.eccDetail.scheme.scheme == TPM2_ALG_ECDSA &&
	       public->parameters.eccDetail.scheme.details.ecdsa.hashAlg ==
		       TPM2_ALG_SHA256 &&
	       public->parameters.eccDetail.curveID == TPM2_ECC_NIST_P256;
}

/**
 * ctguard_tpm_ak_find() - the attestation key that was persisted
 * @tpm: of which
 * @handle: where
 * @ret: the key, to be cleared
 * @error: set on failure
 *
 * Return: 1; 0 when there is nothing at @handle; -1, also when there is
 * something else.
 */
int ctguard_tpm_ak_find(struct ctguard_tpm *tpm, uint32_t handle,
			struct ctguard_tpm_key *ret,
			struct ctguard_error *error)
{
	CTGUARD_ESYS TPM2B_PUBLIC *public = NULL;
	TSS2_RC rc;

	memset(ret, 0, sizeof(*ret));
	rc = Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE,
				   ESYS_TR_NONE, ESYS_TR_NONE, &ret->object);
	if (ctguard_tpm_absent(rc))
		return 0;
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error,
					  "the attestation key");
	ret->tpm = tpm;
	rc = Esys_ReadPublic(tpm->esys, ret->object, ESYS_TR_NONE, ESYS_TR_NONE,
			     ESYS_TR_NONE, &public, NULL, NULL);
	if (rc)
		ctguard_tpm_failed(tpm, rc, error, "the attestation key");
	else if (!is_ak(&public->publicArea))
		ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"TPM %s: handle 0x%08" PRIx32
			" holds another key, which is left alone; choose one with --ak-handle, or --no-persist",
			tpm->name, handle);
	else if (!describe(tpm, public, ret, error))
		return 1;
	ctguard_tpm_key_clear(ret);
	return -1;
}

/**
 * ctguard_tpm_ak_persist() - keep a key in the TPM
 * @tpm: of which
 * @key: that was made
 * @handle: where; nothing must be there
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_ak_persist(struct ctguard_tpm *tpm,
			   const struct ctguard_tpm_key *key, uint32_t handle,
			   struct ctguard_error *error)
{
	ESYS_TR object = ESYS_TR_NONE;
	TSS2_RC rc;

	rc = Esys_EvictControl(tpm->esys, ESYS_TR_RH_OWNER, key->object,
			       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       handle, &object);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error,
					  "persist the attestation key");
	Esys_TR_Close(tpm->esys, &object);
	return 0;
}

/* A session in which the policy of @ek is met. */
static int begin_policy(struct ctguard_tpm *tpm,
			const struct ctguard_tpm_key *ek, ESYS_TR *ret,
			struct ctguard_error *error)
{
	const TPMT_SYM_DEF none = { .algorithm = TPM2_ALG_NULL };
	TSS2_RC rc;

	rc = Esys_StartAuthSession(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				   NULL, TPM2_SE_POLICY, &none, ek->hash, ret);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "StartAuthSession");
	rc = Esys_PolicySecret(tpm->esys, ESYS_TR_RH_ENDORSEMENT, *ret,
			       ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
			       NULL, NULL, NULL, 0, NULL, NULL);
	if (rc) {
		Esys_FlushContext(tpm->esys, *ret);
		return ctguard_tpm_failed(tpm, rc, error, "PolicySecret");
	}
	return 0;
}

/**
 * ctguard_tpm_activate() - recover what a verifier hid for these keys
 * @tpm: of which
 * @ak: that the credential names
 * @ek: that it is encrypted to
 * @credential: TPM2B_ID_OBJECT, marshalled
 * @credential_size: its bytes
 * @secret: TPM2B_ENCRYPTED_SECRET, marshalled
 * @secret_size: its bytes
 * @ret_value: what was hidden
 * @ret_size: its bytes
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_activate(struct ctguard_tpm *tpm,
			 const struct ctguard_tpm_key *ak,
			 const struct ctguard_tpm_key *ek,
			 const void *credential, size_t credential_size,
			 const void *secret, size_t secret_size,
			 uint8_t ret_value[CTGUARD_PCR_SIZE_MAX],
			 size_t *ret_size, struct ctguard_error *error)
{
	CTGUARD_ESYS TPM2B_DIGEST *value = NULL;
	ESYS_TR session = ESYS_TR_PASSWORD;
	TPM2B_ENCRYPTED_SECRET encrypted;
	size_t at = 0, secret_at = 0;
	TPM2B_ID_OBJECT object;
	TSS2_RC rc;

	rc = Tss2_MU_TPM2B_ID_OBJECT_Unmarshal(credential, credential_size, &at,
					       &object);
	if (!rc)
		rc = Tss2_MU_TPM2B_ENCRYPTED_SECRET_Unmarshal(
			secret, secret_size, &secret_at, &encrypted);
	if (rc)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "the credential is malformed: %s",
					 Tss2_RC_Decode(rc));
	if (ek->policy && begin_policy(tpm, ek, &session, error) < 0)
		return -1;
	rc = Esys_ActivateCredential(tpm->esys, ak->object, ek->object,
				     ESYS_TR_PASSWORD, session, ESYS_TR_NONE,
				     &object, &encrypted, &value);
	/* A session ends with the command that used it only when asked to. */
	if (ek->policy)
		Esys_FlushContext(tpm->esys, session);
	if (rc) {
		ctguard_tpm_failed(tpm, rc, error, "ActivateCredential");
		if (ctguard_tpm_refused(rc))
			return ctguard_error_set(
				error, CTGUARD_EXIT_NO, 0,
				"the credential is not for the keys of this TPM, or was changed");
		return -1;
	}
	memcpy(ret_value, value->buffer, value->size);
	*ret_size = value->size;
	OPENSSL_cleanse(value, sizeof(*value));
	return 0;
}

/** ctguard_tpm_key_pem() - its SubjectPublicKeyInfo, to be freed */
char *ctguard_tpm_key_pem(const struct ctguard_tpm_key *key)
{
	BIO *out = BIO_new(BIO_s_mem());
	char *text, *copy;
	long size = 0;

	if (out && PEM_write_bio(out, PEM_STRING_PUBLIC, "", key->der.data,
				 (long)key->der.size) > 0)
		size = BIO_get_mem_data(out, &text);
	copy = ctguard_alloc_string(size ? text : "", (size_t)size);
	BIO_free(out);
	return copy;
}

/** ctguard_tpm_key_clear() - unload a key, or none */
void ctguard_tpm_key_clear(struct ctguard_tpm_key *key)
{
	if (!key->tpm)
		return;
	if (key->transient)
		Esys_FlushContext(key->tpm->esys, key->object);
	else
		Esys_TR_Close(key->tpm->esys, &key->object);
	key->tpm = NULL;
}
