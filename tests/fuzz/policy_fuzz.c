// SPDX-License-Identifier: GPL-2.0
/*
 * The parser of compiled policies on any bytes, and every question to what it
 * takes. Each input is tried as it is and with its length put right.
 */
#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../unit/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const size_t at = offsetof(struct ctguard_policy_header, length);
	uint32_t length = htole32(size);
	uint8_t *copy;

	query_blob(data, size);
	if (size < sizeof(struct ctguard_policy_header) ||
	    !memcmp(data + at, &length, sizeof(length)))
		return 0;
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data, size);
	memcpy(copy + at, &length, sizeof(length));
	query_blob(copy, size);
	free(copy);
	return 0;
}
