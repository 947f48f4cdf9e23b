// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a list of approved digests. What is good must come back from its
 * text, in order and without its like, and be found again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/approved.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/diagnostics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

static void check(enum ctguard_approved_kind kind,
		  const struct ctguard_approvals *approvals)
{
	const struct ctguard_approved *before = NULL;

	for (size_t i = 0; i < approvals->count; i++) {
		const struct ctguard_approved *approved = &approvals->list[i];
		char text[CTGUARD_APPROVED_TEXT];
		struct ctguard_approved again = { 0 };

		ctguard_approved_text(kind, approved, text);
		must(ctguard_approved_read(kind, text, strlen(text), &again),
		     "what is printed can be read");
		must(!ctguard_approved_compare(approved, &again),
		     "and is the same");
		must(!before || ctguard_approved_compare(before, approved) < 0,
		     "they ascend");
		must(ctguard_approved_find(approvals, approved->type,
					   approved->sha256) == approved,
		     "each is found");
		must(approved->line && approved->column, "each has a place");
		before = approved;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned int kind = 0; kind < CTGUARD_APPROVED_KINDS; kind++) {
		CTGUARD_DIAGNOSTICS struct ctguard_diagnostics diagnostics = {
			.count = 0
		};
		struct ctguard_approvals approvals = { 0 };

		ctguard_approved_list(kind, "list", (const char *)data, size,
				      &approvals, &diagnostics);
		ctguard_approved_sort(kind, &approvals, &diagnostics);
		if (!diagnostics.count)
			check(kind, &approvals);
		ctguard_approved_clear(&approvals);
	}
	return 0;
}
