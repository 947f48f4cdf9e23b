/* SPDX-License-Identifier: GPL-2.0 */
/* What an image's layers hold, as one digest. */
#ifndef CTGUARD_IMAGE_CONTENT_H
#define CTGUARD_IMAGE_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../lib/digest.h"

struct ctguard_error;
struct ctguard_measured;

/* Bounds of a layer. */
#define CTGUARD_CONTENT_MAX_ENTRIES 4000000
#define CTGUARD_CONTENT_MAX_XATTRS 65536 /* bytes of the names or a value */

/**
 * struct ctguard_xattr - an extended attribute that counts
 * @name: of it
 * @value: of it
 * @size: bytes of @value
 */
struct ctguard_xattr {
	char *name;
	void *value;
	size_t size;
};

/**
 * struct ctguard_entry - all that counts of a file but its path
 * @mode: type and permissions, as st_mode; 0 for a whiteout
 * @uid: owner
 * @gid: group
 * @major: of a device
 * @minor: of a device
 * @opaque: a directory that hides what the layers below have of it
 * @size: of a regular file's content
 * @content: SHA-256 of that
 * @target: of a symbolic link, or NULL
 * @xattrs: in any order
 * @xattr_count: of those
 */
struct ctguard_entry {
	mode_t mode;
	uint64_t uid;
	uint64_t gid;
	uint32_t major;
	uint32_t minor;
	bool opaque;
	uint64_t size;
	uint8_t content[CTGUARD_DIGEST_SIZE];
	char *target;
	struct ctguard_xattr *xattrs;
	size_t xattr_count;
};

/** struct ctguard_leaf - a path and the digest of what is there */
struct ctguard_leaf {
	char *path; /* from the root of the layer, without a "/" first */
	uint8_t digest[CTGUARD_DIGEST_SIZE];
};

bool ctguard_content_counts(const char *xattr);
int ctguard_content_entry(struct ctguard_entry *entry,
			  uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			  struct ctguard_error *error);
void ctguard_content_entry_clear(struct ctguard_entry *entry);
int ctguard_content_layer(struct ctguard_leaf *leaves, size_t count,
			  uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			  struct ctguard_error *error);
int ctguard_content_image(const struct ctguard_measured *image,
			  const uint8_t (*layers)[CTGUARD_DIGEST_SIZE],
			  uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			  struct ctguard_error *error);

#endif /* CTGUARD_IMAGE_CONTENT_H */
