// SPDX-License-Identifier: GPL-2.0
/* The reader of archives on any bytes: what it gives back is inside them. */
#include <stdint.h>
#include <stdlib.h>

#include "../../attest/lib/evidence.h"
#include "../../attest/lib/ustar.h"
#include "../../userspace/lib/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span members[EVIDENCE_COUNT];
	struct ctguard_error error = { 0 };

	if (ustar_read("fuzz", data, size, evidence_rules, EVIDENCE_COUNT,
		       members, &error) < 0)
		return 0;
	for (int i = 0; i < EVIDENCE_COUNT; i++) {
		if (!members[i].data) {
			if (evidence_rules[i].required)
				abort();
			continue;
		}
		if (members[i].data < data ||
		    members[i].data + members[i].size > data + size ||
		    members[i].size > evidence_rules[i].max)
			abort();
	}
	return 0;
}
