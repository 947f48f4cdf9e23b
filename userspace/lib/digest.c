// SPDX-License-Identifier: GPL-2.0
/* sha256, by which a compiled policy is known. */
#include <openssl/evp.h>
#include <stdio.h>

#include "digest.h"
#include "error.h"

/**
 * ctguard_digest_make() - sha256 of @data
 * @data: what
 * @size: its bytes
 * @ret_digest: 32 bytes
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_digest_make(const void *data, size_t size,
			uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			struct ctguard_error *error)
{
	if (!EVP_Digest(data, size, ret_digest, NULL, EVP_sha256(), NULL))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "libcrypto has no sha256");
	return 0;
}

/** ctguard_digest_text() - @digest in lower-case hexadecimal digits */
void ctguard_digest_text(const uint8_t digest[CTGUARD_DIGEST_SIZE],
			 char ret_text[CTGUARD_DIGEST_TEXT])
{
	for (unsigned int i = 0; i < CTGUARD_DIGEST_SIZE; i++)
		sprintf(ret_text + 2 * i, "%02x", digest[i]);
}
