/* SPDX-License-Identifier: GPL-2.0 */
/* Certificates of endorsement keys. */
#ifndef ATTEST_CERTIFICATE_H
#define ATTEST_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>

#include "cursor.h"
#include "public.h"

/** enum certificate_fault - why a certificate is not one of an EK's */
enum certificate_fault {
	CERTIFICATE_GOOD,
	CERTIFICATE_MALFORMED,
	CERTIFICATE_KEY,
	CERTIFICATE_CA,
	CERTIFICATE_EKU,
	CERTIFICATE_USAGE,
	CERTIFICATE_SWTPM,
	CERTIFICATE_ROOT,
};

/**
 * struct certificate_terms - what a certificate is checked against
 * @roots: that a chain may end with
 * @chain: PEM of issuers, or data is NULL
 * @ek: public area of the key
 * @allow_swtpm: a software TPM will do
 */
struct certificate_terms {
	X509_STORE *roots;
	struct span chain;
	const struct public *ek;
	bool allow_swtpm;
};

enum certificate_fault certificate_check(struct span der,
					 const struct certificate_terms *terms,
					 const char **ret_why);
const char *certificate_fault_name(enum certificate_fault fault);
int certificate_add_roots(X509_STORE *store, const void *pem, size_t size);

#endif /* ATTEST_CERTIFICATE_H */
