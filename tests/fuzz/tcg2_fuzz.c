// SPDX-License-Identifier: GPL-2.0
/* The reader of TCG2 logs, the firmware's and the guard's, on any bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "../../attest/lib/tcg2.h"
#include "../../userspace/lib/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctguard_error error = { 0 };
	struct tcg2_event event;
	struct tcg2 log;

	if (tcg2_open(&log, "fuzz", (struct span){ data, size }, &error) < 0)
		return 0;
	while (tcg2_next(&log, &event) > 0) {
		if (event.data.data + event.data.size > data + size)
			abort();
		for (int i = 0; i < HASH_BANKS; i++)
			if (event.digests[i] &&
			    (event.digests[i] < data ||
			     event.digests[i] + hash_size((enum hash_bank)i) >
				     data + size))
				abort();
	}
	return 0;
}
