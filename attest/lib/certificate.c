// SPDX-License-Identifier: GPL-2.0
/*
 * Certificates of endorsement keys (TCG EK Credential Profile 2.4): a chain to a
 * root that somebody chose, of the very key, for that use and for no other.
 */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "certificate.h"

#define EKU_EK "2.23.133.8.1"
#define TPM_MODEL "2.23.133.2.2"
#define CHAIN_MAX 8

static bool is_object(const ASN1_OBJECT *object, const char *dotted)
{
	char text[64];

	return OBJ_obj2txt(text, sizeof(text), object, 1) > 0 &&
	       !strcmp(text, dotted);
}

static bool has_eku(X509 *certificate)
{
	EXTENDED_KEY_USAGE *list =
		X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++)
		if (is_object(sk_ASN1_OBJECT_value(list, i), EKU_EK))
			found = true;
	sk_ASN1_OBJECT_pop_free(list, ASN1_OBJECT_free);
	return found;
}

static bool name_is_swtpm(const X509_NAME *name)
{
	for (int i = 0; i < X509_NAME_entry_count(name); i++) {
		const X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
		const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);

		if (is_object(X509_NAME_ENTRY_get_object(entry), TPM_MODEL) &&
		    ASN1_STRING_length(value) == 5 &&
		    !memcmp(ASN1_STRING_get0_data(value), "swtpm", 5))
			return true;
	}
	return false;
}

/* swtpm-localca says so in the model; no maker of TPMs does. */
static bool is_swtpm(X509 *certificate)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DIRNAME &&
		    name_is_swtpm(name->d.directoryName))
			found = true;
	}
	GENERAL_NAMES_free(names);
	return found;
}

static bool key_is(X509 *certificate, const struct public *ek)
{
	EVP_PKEY *key = public_key(ek);
	const EVP_PKEY *theirs = X509_get0_pubkey(certificate);
	bool same = key && theirs && EVP_PKEY_eq(key, theirs) == 1;

	EVP_PKEY_free(key);
	return same;
}

/* What is to be read is no secret; libcrypto would ask whoever is there. */
static int no_password(char *buffer, int size, int writing, void *data)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)data;
	return -1;
}

static STACK_OF(X509) * read_chain(struct span pem)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	BIO *bio = pem.data && pem.size ?
			   BIO_new_mem_buf(pem.data, (int)pem.size) :
			   NULL;
	X509 *issuer;

	while (chain && bio && sk_X509_num(chain) < CHAIN_MAX &&
	       (issuer = PEM_read_bio_X509(bio, NULL, no_password, NULL)))
		if (sk_X509_push(chain, issuer) <= 0)
			X509_free(issuer);
	BIO_free(bio);
	return chain;
}

static bool chain_holds(X509 *certificate,
			const struct certificate_terms *terms,
			const char **ret_why)
{
	STACK_OF(X509) *chain = read_chain(terms->chain);
	X509_STORE_CTX *context = X509_STORE_CTX_new();
	bool holds = false;

	if (chain && context &&
	    X509_STORE_CTX_init(context, terms->roots, certificate, chain)) {
		X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);

		/* Whatever the operator put there is trusted as it is. */
		X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
		X509_VERIFY_PARAM_set_depth(param, CHAIN_MAX);
		holds = X509_verify_cert(context) == 1;
		if (!holds)
			*ret_why = X509_verify_cert_error_string(
				X509_STORE_CTX_get_error(context));
	}
	X509_STORE_CTX_free(context);
	sk_X509_pop_free(chain, X509_free);
	return holds;
}

static enum certificate_fault check(X509 *certificate,
				    const struct certificate_terms *terms,
				    const char **ret_why)
{
	const uint32_t usage = X509_get_key_usage(certificate);
	const uint32_t needed = terms->ek->type == TPM_ALG_RSA ?
					KU_KEY_ENCIPHERMENT :
					KU_KEY_AGREEMENT;

	if (!key_is(certificate, terms->ek)) {
		*ret_why = "it is of another key";
		return CERTIFICATE_KEY;
	}
	/* X509_check_ca() says no where the key usage does. */
	if (X509_get_extension_flags(certificate) & EXFLAG_CA ||
	    X509_check_ca(certificate)) {
		*ret_why = "it is one of a certificate authority";
		return CERTIFICATE_CA;
	}
	if (!has_eku(certificate)) {
		*ret_why = "extended key usage " EKU_EK " is missing";
		return CERTIFICATE_EKU;
	}
	if (usage == UINT32_MAX || !(usage & needed)) {
		*ret_why = "its key usage is not an endorsement key's";
		return CERTIFICATE_USAGE;
	}
	if (!terms->allow_swtpm && is_swtpm(certificate)) {
		*ret_why = "it is one of a software TPM";
		return CERTIFICATE_SWTPM;
	}
	if (!chain_holds(certificate, terms, ret_why))
		return CERTIFICATE_ROOT;
	return CERTIFICATE_GOOD;
}

/**
 * certificate_check() - whether a certificate makes a key an endorsement key
 * @der: the certificate
 * @terms: what against
 * @ret_why: words, on a fault
 *
 * Return: what is wrong.
 */
enum certificate_fault certificate_check(struct span der,
					 const struct certificate_terms *terms,
					 const char **ret_why)
{
	const uint8_t *at = der.data;
	X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
	enum certificate_fault fault;

	*ret_why = "libcrypto failed";
	/* An NV index may be larger than the certificate in it. */
	for (; certificate && at < der.data + der.size; at++)
		if (*at && *at != 0xff)
			break;
	if (!certificate || at != der.data + der.size) {
		*ret_why = "it is not a certificate";
		X509_free(certificate);
		return CERTIFICATE_MALFORMED;
	}
	fault = check(certificate, terms, ret_why);
	X509_free(certificate);
	return fault;
}

/** certificate_fault_name() - its stable code */
const char *certificate_fault_name(enum certificate_fault fault)
{
	static const char *const names[] = {
		[CERTIFICATE_GOOD] = "EK_GOOD",
		[CERTIFICATE_MALFORMED] = "EK_MALFORMED",
		[CERTIFICATE_KEY] = "EK_KEY",
		[CERTIFICATE_CA] = "EK_CA",
		[CERTIFICATE_EKU] = "EK_EKU",
		[CERTIFICATE_USAGE] = "EK_USAGE",
		[CERTIFICATE_SWTPM] = "EK_SWTPM",
		[CERTIFICATE_ROOT] = "EK_ROOT",
	};

	return names[fault];
}

/** certificate_add_roots() - those of a PEM file; gives back their number */
int certificate_add_roots(X509_STORE *store, const void *pem, size_t size)
{
	BIO *bio = BIO_new_mem_buf(pem, (int)size);
	X509 *root;
	int count = 0;

	while (bio &&
	       (root = PEM_read_bio_X509(bio, NULL, no_password, NULL))) {
		count += X509_STORE_add_cert(store, root);
		X509_free(root);
	}
	BIO_free(bio);
	return count;
}
