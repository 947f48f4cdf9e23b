/* SPDX-License-Identifier: GPL-2.0 */
/* Approved digests as text: in policies, and in lists of their own. */
#ifndef CTGUARD_APPROVED_H
#define CTGUARD_APPROVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ctguard/ctguard.h>

struct ctguard_diagnostics;

/* Most bytes of a list. */
#define CTGUARD_APPROVED_MAX_SIZE (32U << 20)

/* "manifest:sha256:" and 64 digits, with a NUL. */
#define CTGUARD_APPROVED_TEXT 81

/** enum ctguard_approved_kind - what the digests of a list are of */
enum ctguard_approved_kind {
	CTGUARD_APPROVED_IMAGES,    /* "config:sha256:..." and "manifest:..." */
	CTGUARD_APPROVED_CLAIMANTS, /* "sha256:..." of executables */
	CTGUARD_APPROVED_KINDS,
};

/**
 * struct ctguard_approved - an approved digest
 * @type: CTGUARD_IMAGE_*; 0 of claimants
 * @sha256: the digest
 * @measured: whether @content is there
 * @content: what the layers' content hashes to; in lists only
 * @file: the list that it stands in, or NULL for the policy itself
 * @line: where it stands there, from 1; 0 when it was compiled
 * @column: likewise
 */
struct ctguard_approved {
	uint32_t type;
	uint8_t sha256[CTGUARD_SHA256_SIZE];
	bool measured;
	uint8_t content[CTGUARD_SHA256_SIZE];
	const char *file;
	unsigned int line;
	unsigned int column;
};

/**
 * struct ctguard_approvals - a list of them
 * @list: in the order they were read, or of the compiled policy
 * @count: of @list
 * @space: room for those
 * @files: names that entries point to
 * @file_count: number of those
 * @file_space: room for those
 */
struct ctguard_approvals {
	struct ctguard_approved *list;
	size_t count;
	size_t space;
	char **files;
	size_t file_count;
	size_t file_space;
};

const char *ctguard_approved_expected(enum ctguard_approved_kind kind,
				      const char *text, size_t length);
bool ctguard_approved_digest(const char *text, size_t length,
			     uint8_t ret_sha256[CTGUARD_SHA256_SIZE]);
bool ctguard_approved_read(enum ctguard_approved_kind kind, const char *text,
			   size_t length, struct ctguard_approved *ret);
void ctguard_approved_text(enum ctguard_approved_kind kind,
			   const struct ctguard_approved *approved,
			   char ret_text[CTGUARD_APPROVED_TEXT]);
int ctguard_approved_compare(const struct ctguard_approved *a,
			     const struct ctguard_approved *b);

struct ctguard_approved *
ctguard_approved_add(struct ctguard_approvals *approvals);
const char *ctguard_approved_file(struct ctguard_approvals *approvals,
				  const char *path);
void ctguard_approved_list(enum ctguard_approved_kind kind, const char *file,
			   const char *data, size_t size,
			   struct ctguard_approvals *approvals,
			   struct ctguard_diagnostics *diagnostics);
void ctguard_approved_sort(enum ctguard_approved_kind kind,
			   struct ctguard_approvals *approvals,
			   struct ctguard_diagnostics *diagnostics);
const struct ctguard_approved *
ctguard_approved_find(const struct ctguard_approvals *sorted, uint32_t type,
		      const uint8_t sha256[CTGUARD_SHA256_SIZE]);
void ctguard_approved_clear(struct ctguard_approvals *approvals);

#endif /* CTGUARD_APPROVED_H */
