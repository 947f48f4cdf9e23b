// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a policy file. What is good must compile, come back from its
 * compiled form, and compile to the same bytes again.
 *	make -f userspace/Makefile.inc build/fuzz/yaml_fuzz
 *	build/fuzz/yaml_fuzz -dict=tests/fuzz/yaml.dict -max_len=4096 CORPUS
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/compile.h"
#include "../../userspace/lib/diagnostics.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/policy.h"
#include "../../userspace/lib/reader.h"
#include "../../userspace/lib/writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

static void round_trip(struct ctguard_policy *policy)
{
	CTGUARD_DIAGNOSTICS struct ctguard_diagnostics diagnostics = {
		.count = 0
	};
	struct ctguard_policy *parsed = NULL, *again = NULL;
	CTGUARD_FREE void *blob = NULL, *blob_again = NULL;
	CTGUARD_FREE char *text = NULL;
	size_t size, size_again;
	struct ctguard_error error;

	must(!ctguard_compile_make(policy, &blob, &size, &error),
	     "what the reader takes compiles");
	must(!ctguard_compile_parse(blob, size, &parsed, &error),
	     "what compiles can be read back");
	text = ctguard_writer_text(parsed, "", NULL);
	must(!ctguard_reader_parse(NULL, text, strlen(text), &again,
				   &diagnostics),
	     "what the writer prints is a policy");
	must(!ctguard_compile_make(again, &blob_again, &size_again, &error),
	     "and compiles");
	must(size == size_again && !memcmp(blob, blob_again, size),
	     "to the same bytes");
	ctguard_policy_free(parsed);
	ctguard_policy_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CTGUARD_DIAGNOSTICS struct ctguard_diagnostics diagnostics = {
		.count = 0
	};
	struct ctguard_policy *policy = NULL;

	if (ctguard_reader_parse(NULL, (const char *)data, size, &policy,
				 &diagnostics) < 0) {
		must(diagnostics.count, "a refusal has a reason");
		return 0;
	}
	round_trip(policy);
	ctguard_policy_free(policy);
	return 0;
}
