// SPDX-License-Identifier: GPL-2.0
/* The reader of PCR values on any bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "../../attest/lib/quote.h"
#include "../../userspace/lib/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctguard_error error = { 0 };
	struct quote_pcrs pcrs;

	if (quote_pcrs_read("fuzz", (struct span){ data, size }, &pcrs,
			    &error) < 0)
		return 0;
	if (pcrs.count > QUOTE_VALUES_MAX || pcrs.selection.count > HASH_BANKS)
		abort();
	for (unsigned int i = 0; i < pcrs.count; i++)
		if (pcrs.sizes[i] > HASH_MAX || pcrs.values[i] < data ||
		    pcrs.values[i] + pcrs.sizes[i] > data + size)
			abort();
	return 0;
}
