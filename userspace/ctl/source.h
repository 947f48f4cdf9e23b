/* SPDX-License-Identifier: GPL-2.0 */
/* A policy wherever it comes from: YAML, compiled, or the kernel. */
#ifndef CTGUARD_CTL_SOURCE_H
#define CTGUARD_CTL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/cleanup.h"
#include "../lib/digest.h"

struct ctguard_error;
struct ctguard_link;
struct ctguard_policy;

/**
 * struct ctguard_source - a policy in all its forms
 * @policy: as rules
 * @blob: as compiled
 * @size: of @blob
 * @digest: of @blob
 * @hex: the same in hexadecimal
 * @rules: how many
 * @generation: of the one in the kernel, else 0
 */
struct ctguard_source {
	struct ctguard_policy *policy;
	void *blob;
	size_t size;
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	char hex[CTGUARD_DIGEST_TEXT];
	unsigned int rules;
	uint64_t generation;
};

#define CTGUARD_SOURCE ctguard_cleanup(ctguard_source_clear)

int ctguard_source_file(const char *path, bool compiled,
			struct ctguard_source *ret,
			struct ctguard_error *error);
int ctguard_source_kernel(struct ctguard_link *link, struct ctguard_source *ret,
			  struct ctguard_error *error);
char *ctguard_source_text(const struct ctguard_source *source, bool comment,
			  unsigned int *ret_lines);
void ctguard_source_clear(struct ctguard_source *source);

#endif /* CTGUARD_CTL_SOURCE_H */
