// SPDX-License-Identifier: GPL-2.0
/* The reader of the guard's log on any bytes, and who judges what it reads. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../attest/lib/cel.h"
#include "../../attest/lib/judge.h"
#include "../../userspace/lib/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char text[] =
	"{\"ctguard_reference\": 1, \"lock\": true, \"level\": 3, \"tail\": 65536,"
	"\"policies\": [], \"signers\": [], \"images\": [], \"claimants\": []}";

/* Everything a record points at is inside the log. */
static void inside(const struct cel_record *record, const uint8_t *data,
		   size_t size)
{
	for (int i = 0; i <= CTGUARD_RECORD_A_MAX; i++) {
		const struct span value = record->attrs[i];

		if (value.data && (value.data < data ||
				   value.data + value.size > data + size))
			abort();
	}
	if (record->content.data + record->content.size > data + size)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t zeros[HASH_MAX];
	static struct reference *reference;
	static struct hash hash;
	const struct span all = { data, size };
	struct log_state before = { 0 }, after;
	struct verdict verdict = { 0 };
	struct quote_values values = { 0 };
	struct ctguard_error error = { 0 };
	struct judge judge = { &hash, NULL, &values, &verdict, &error };
	struct cel_record record;
	struct cel cel;

	if (!reference && (reference_parse("fuzz", text, strlen(text),
					   &reference, &error) < 0 ||
			   hash_open(&hash, &error) < 0))
		abort();
	judge.reference = reference;
	cel_open(&cel, "fuzz", all, &error);
	while (cel_next(&cel, &record) > 0)
		inside(&record, data, size);

	/* Its other form is wrong, so that not a malformed one ends it. */
	for (int i = 0; i < HASH_BANKS; i++)
		values.of[i][13] = zeros;
	before.known = true;
	before.count = 1;
	before.pcr = 13;
	before.banks = 3;
	memcpy(before.reference, reference->sha256, sizeof(before.reference));
	judge_log(
		&judge, all,
		(struct span){
			(const uint8_t
				 *)"\0\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				   "\x1d\0\0\0Spec ID Event03\0\0\0\0\0\0\2\0\2"
				   "\1\0\0\0\x0b\0\x20\0\0",
			32 + 29 },
		&before, true, &after);
	verdict_clear(&verdict);
	return 0;
}
