// SPDX-License-Identifier: GPL-2.0
/*
 * The endorsement key by which a verifier knows a machine: the one that the
 * TPM's maker certified, or else one of the usual template.
 *
 * Where certificates are: TCG EK Credential Profile for TPM Family 2.0,
 * version 2.5, 2.2.1.4, 2.2.1.5 and 2.2.1.6.
 */
#include <inttypes.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "ek.h"
#include "error.h"

#define CERTIFICATE_MAX 8192
#define CHAIN_FIRST 0x01c00100
#define CHAIN_LAST 0x01c001ff
#define CHAIN_MAX (64UL << 10)

/* Where the certificate of a key is, in the order in which they are tried. */
struct place {
	enum ctguard_tpm_algorithm algorithm;
	uint32_t index;
};

static const struct place places[][3] = {
	[CTGUARD_TPM_ECC] = {
		{ CTGUARD_TPM_ECC, 0x01c0000a },
		{ CTGUARD_TPM_ECC_384, 0x01c00016 },
		{ CTGUARD_TPM_RSA, 0x01c00002 },
	},
	[CTGUARD_TPM_RSA] = {
		{ CTGUARD_TPM_RSA, 0x01c00002 },
		{ CTGUARD_TPM_ECC, 0x01c0000a },
		{ CTGUARD_TPM_ECC_384, 0x01c00016 },
	},
};

/* Cuts off what an index has behind the certificate, and checks its key. */
static int check_certificate(uint32_t index, struct ctguard_ek *ek,
			     struct ctguard_error *error)
{
	const uint8_t *at = ek->certificate;
	uint8_t *der = NULL;
	X509 *certificate;
	bool same;
	int size;

	certificate = d2i_X509(NULL, &at, (long)ek->certificate_size);
	if (!certificate)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"TPM %s: NV index 0x%08" PRIx32
			" holds no certificate that can be read",
			ctguard_tpm_tcti(ek->key.tpm), index);
	ek->certificate_size = (size_t)(at - ek->certificate);
	size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
	same = size > 0 && (size_t)size == ek->key.der.size &&
	       !memcmp(der, ek->key.der.data, (size_t)size);
	OPENSSL_free(der);
	X509_free(certificate);
	if (!same)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"TPM %s: the certificate in NV index 0x%08" PRIx32
			" is of another key than the TPM derives",
			ctguard_tpm_tcti(ek->key.tpm), index);
	return 0;
}

/* Adds the certificates in @data, one after the other, as PEM. */
static bool add_chain(BIO *chain, const uint8_t *data, size_t size)
{
	const uint8_t *at = data;
	X509 *certificate;
	bool any = false;

	while ((size_t)(at - data) < size) {
		certificate =
			d2i_X509(NULL, &at, (long)(size - (size_t)(at - data)));
		if (!certificate)
			break;
		any = PEM_write_bio_X509(chain, certificate);
		X509_free(certificate);
	}
	return any;
}

/* Certificates of issuers, which some makers keep in the TPM. */
static int read_chain(struct ctguard_tpm *tpm, struct ctguard_ek *ek,
		      struct ctguard_error *error)
{
	uint32_t indices[CHAIN_LAST - CHAIN_FIRST + 1];
	size_t count = sizeof(indices) / sizeof(indices[0]), size, whole = 0;
	CTGUARD_FREE uint8_t *ders = NULL;
	BIO *chain;
	char *text;
	int r;

	if (ctguard_tpm_nv_list(tpm, CHAIN_FIRST, CHAIN_LAST, indices, &count,
				error) < 0)
		return -1;
	ders = ctguard_alloc_zeroed(CHAIN_MAX, 1);
	/* A certificate may go on in the next index. */
	for (size_t i = 0; i < count; i++) {
		CTGUARD_FREE uint8_t *data = NULL;

		r = ctguard_tpm_nv_read(tpm, indices[i], CHAIN_MAX - whole,
					&data, &size, error);
		if (r < 0)
			return -1;
		if (!r)
			continue;
		memcpy(ders + whole, data, size);
		whole += size;
	}
	chain = BIO_new(BIO_s_mem());
	if (chain && add_chain(chain, ders, whole)) {
		ek->chain_size = (size_t)BIO_get_mem_data(chain, &text);
		ek->chain = ctguard_alloc_string(text, ek->chain_size);
	}
	BIO_free(chain);
	return 0;
}

static int find(struct ctguard_tpm *tpm, enum ctguard_tpm_algorithm preferred,
		struct ctguard_ek *ek, struct ctguard_error *error)
{
	for (size_t i = 0; i < 3; i++) {
		const struct place *place = &places[preferred][i];
		int r;

		r = ctguard_tpm_nv_read(tpm, place->index, CERTIFICATE_MAX,
					&ek->certificate, &ek->certificate_size,
					error);
		if (r < 0)
			return -1;
		if (!r)
			continue;
		if (ctguard_tpm_ek_make(tpm, place->algorithm, &ek->key,
					error) < 0 ||
		    check_certificate(place->index, ek, error) < 0)
			return -1;
		return read_chain(tpm, ek, error);
	}
	return ctguard_tpm_ek_make(tpm, preferred, &ek->key, error);
}

/**
 * ctguard_ek_find() - the key that is certified, or one of the usual template
 * @tpm: of which
 * @preferred: where there are several, or none is certified: CTGUARD_TPM_ECC
 *	or CTGUARD_TPM_RSA
 * @ret: the key, to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_ek_find(struct ctguard_tpm *tpm,
		    enum ctguard_tpm_algorithm preferred,
		    struct ctguard_ek *ret, struct ctguard_error *error)
{
	struct ctguard_ek ek = { 0 };

	if (find(tpm, preferred, &ek, error) < 0 ||
	    ctguard_digest_make(ek.key.der.data, ek.key.der.size,
				ek.fingerprint, error) < 0) {
		ctguard_ek_clear(&ek);
		return -1;
	}
	*ret = ek;
	return 0;
}

/** ctguard_ek_clear() - unload it, and free what it holds */
void ctguard_ek_clear(struct ctguard_ek *ek)
{
	ctguard_tpm_key_clear(&ek->key);
	free(ek->certificate);
	free(ek->chain);
	ek->certificate = NULL;
	ek->chain = NULL;
}
