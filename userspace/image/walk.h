/* SPDX-License-Identifier: GPL-2.0 */
/* The content of layers as they are unpacked in directories. */
#ifndef CTGUARD_IMAGE_WALK_H
#define CTGUARD_IMAGE_WALK_H

#include <stddef.h>
#include <stdint.h>

struct ctguard_error;
struct ctguard_measured;

/**
 * struct ctguard_walk_figures - what was done
 * @files: regular files seen
 * @bytes: of those that were hashed
 * @hashed: files that were hashed
 * @cached: entries whose digest was known
 */
struct ctguard_walk_figures {
	uint64_t files;
	uint64_t bytes;
	uint64_t hashed;
	uint64_t cached;
};

int ctguard_walk_image(struct ctguard_measured *image, const char *cache_path,
		       unsigned int threads, struct ctguard_walk_figures *ret,
		       struct ctguard_error *error);

#endif /* CTGUARD_IMAGE_WALK_H */
