/* SPDX-License-Identifier: GPL-2.0 */
/* Roots of endorsement certificates, in the state directory. */
#ifndef VERIFY_ROOTS_H
#define VERIFY_ROOTS_H

#include <openssl/x509.h>

struct ctguard_error;
struct store;

X509_STORE *roots_load(const struct store *store, struct ctguard_error *error);

#endif /* VERIFY_ROOTS_H */
