// SPDX-License-Identifier: GPL-2.0
/* The reader of IMA's log on any bytes, and who judges what it reads. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../attest/lib/ima.h"
#include "../../attest/lib/judge.h"
#include "../../userspace/lib/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
	"{\"ctguard_reference\": 1, \"modules\": [], \"module\": {\"k\": []}}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t zeros[HASH_MAX];
	static struct reference *reference;
	static struct hash hash;
	const struct span all = { data, size };
	struct quote_values values = { 0 };
	struct verdict verdict = { 0 };
	struct ctguard_error error = { 0 };
	struct judge judge = { &hash, NULL, &values, &verdict, &error };
	struct ima_entry entry;
	struct cursor cursor;
	uint8_t digest[HASH_MAX];

	if (!reference && (reference_parse("fuzz", text, strlen(text),
					   &reference, &error) < 0 ||
			   hash_open(&hash, &error) < 0))
		abort();
	judge.reference = reference;
	ima_open(&cursor, "fuzz", all, &error);
	while (ima_next(&cursor, &entry) > 0) {
		if (entry.path.data < data ||
		    entry.path.data + entry.path.size > data + size ||
		    entry.digest_size > HASH_MAX)
			abort();
		ima_digest(&entry, &hash, HASH_SHA256, digest);
		ima_is_module(&entry);
	}
	for (int i = 0; i < HASH_BANKS; i++)
		values.of[i][IMA_PCR] = zeros;
	judge_ima(&judge, all, "k");
	verdict_clear(&verdict);
	return 0;
}
