/* SPDX-License-Identifier: GPL-2.0 */
/* Digests of files that have not changed since. */
#ifndef CTGUARD_IMAGE_CACHE_H
#define CTGUARD_IMAGE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/digest.h"

struct ctguard_error;
struct statx;

#define CTGUARD_CACHE_DEFAULT "/var/cache/ctguard/content"

/**
 * struct ctguard_cached - a file as it was, and its digest then
 * @dev: of it, as what follows
 * @ino: number of its inode
 * @size: of its content
 * @mtime: in ns
 * @ctime: in ns; changes with whatever is changed of it
 * @digest: of its entry, see content.c
 *
 * As the cache has it on disk: in host byte order, without holes.
 */
struct ctguard_cached {
	uint64_t dev;
	uint64_t ino;
	uint64_t size;
	int64_t mtime;
	int64_t ctime;
	uint8_t digest[CTGUARD_DIGEST_SIZE];
};

/**
 * struct ctguard_cache - what is known, and what was learned
 * @path: of its file; NULL for a cache that keeps nothing
 * @known: sorted, in memory that the file is mapped to
 * @known_count: of those
 * @map: the mapping, or NULL
 * @map_size: its bytes
 * @learned: not sorted
 * @learned_count: of those
 * @learned_space: room for those
 */
struct ctguard_cache {
	const char *path;
	const struct ctguard_cached *known;
	size_t known_count;
	void *map;
	size_t map_size;
	struct ctguard_cached *learned;
	size_t learned_count;
	size_t learned_space;
};

bool ctguard_cache_trusts(int fd);
void ctguard_cache_key(const struct statx *st, struct ctguard_cached *ret);
void ctguard_cache_open(struct ctguard_cache *cache, const char *path);
bool ctguard_cache_find(const struct ctguard_cache *cache,
			struct ctguard_cached *key);
void ctguard_cache_add(struct ctguard_cache *cache,
		       const struct ctguard_cached *file);
int ctguard_cache_close(struct ctguard_cache *cache,
			struct ctguard_error *error);

#endif /* CTGUARD_IMAGE_CACHE_H */
