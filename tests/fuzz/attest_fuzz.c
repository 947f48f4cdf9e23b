// SPDX-License-Identifier: GPL-2.0
/*
 * Readers of TPMS_ATTEST, TPMT_SIGNATURE and TPM2B_PUBLIC on any bytes; what is
 * a key is given to libcrypto, too.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../../attest/lib/quote.h"
#include "../../userspace/lib/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct span span, const uint8_t *data, size_t size)
{
	if (span.size &&
	    (span.data < data || span.data + span.size > data + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span all = { data, size };
	struct quote_signature signature;
	struct ctguard_error error = { 0 };
	struct public area;
	struct quote quote;

	if (quote_read("fuzz", all, &quote, &error) == 0) {
		inside(quote.nonce, data, size);
		inside(quote.digest, data, size);
		if (quote.selection.count > HASH_BANKS)
			abort();
	}
	if (quote_signature_read("fuzz", all, &signature, &error) == 0) {
		inside(signature.rsa, data, size);
		inside(signature.r, data, size);
		inside(signature.s, data, size);
	}
	if (public_read("fuzz", all, &area, &error) == 0) {
		inside(area.modulus, data, size);
		inside(area.x, data, size);
		inside(area.y, data, size);
		public_ak_fault(&area);
		EVP_PKEY_free(public_key(&area));
	}
	return 0;
}
