// SPDX-License-Identifier: GPL-2.0
/*
 * Digests of files that have not changed since.
 *
 * A file is known by device, inode number, size and times of change. The last
 * change of the inode (ctime) is set by the kernel with any change of content,
 * owner, mode, attributes or name, and by nobody else. What could escape it:
 *
 * - a change in the tick that the clock of times has: what was changed less
 *   than two seconds before it was hashed is not kept;
 * - stores to a shared mapping: a page that is writable already takes them
 *   without telling. Before a file is hashed its dirty pages are written,
 *   which makes them read-only, so that the next store is told (walk.c). A
 *   filesystem in memory has no such moment: of the filesystems, those are
 *   trusted that are on disks and known to do this;
 * - a change while no kernel of this host looks, as to the disk of a host that
 *   is off: a cache is good until the next boot.
 *
 * The cache belongs to root and nobody else may write to it, or it is not
 * looked at. It is replaced whole; of two that do so at once one wins, and
 * the other hashes again.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../lib/alloc.h"
#include "../lib/cleanup.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "cache.h"

#define MAGIC "CTGCACH1"
#define BOOT_ID_SIZE 40
/* Some 80 MB; what is older is forgotten. */
#define ENTRIES_MAX 1000000

struct header {
	char magic[8];
	char boot_id[BOOT_ID_SIZE];
	uint64_t count;
	uint8_t digest[CTGUARD_DIGEST_SIZE]; /* of what follows */
};

_Static_assert(sizeof(struct ctguard_cached) ==
		       5 * sizeof(uint64_t) + CTGUARD_DIGEST_SIZE,
	       "a cached file has holes");

/** ctguard_cache_trusts() - whether times tell of all changes of the file @fd */
bool ctguard_cache_trusts(int fd)
{
	static const unsigned long magics[] = {
		0xef53,	    /* ext4 */
		0x58465342, /* XFS */
		0x9123683e, /* Btrfs */
	};
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return false;
	for (size_t i = 0; i < sizeof(magics) / sizeof(*magics); i++)
		if ((unsigned long)fs.f_type == magics[i])
			return true;
	return false;
}

/** ctguard_cache_key() - what a file is known by */
void ctguard_cache_key(const struct statx *st, struct ctguard_cached *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->dev = makedev(st->stx_dev_major, st->stx_dev_minor);
	ret->ino = st->stx_ino;
	ret->size = st->stx_size;
	ret->mtime = st->stx_mtime.tv_sec * INT64_C(1000000000) +
		     st->stx_mtime.tv_nsec;
	ret->ctime = st->stx_ctime.tv_sec * INT64_C(1000000000) +
		     st->stx_ctime.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	const struct ctguard_cached *x = a, *y = b;

	if (x->dev != y->dev)
		return x->dev < y->dev ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

static bool read_boot_id(char ret[BOOT_ID_SIZE])
{
	CTGUARD_CLOSE int fd =
		open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	memset(ret, 0, BOOT_ID_SIZE);
	return fd >= 0 && read(fd, ret, BOOT_ID_SIZE - 1) > 30;
}

/* Whether the mapped file is a cache of this boot, whole. */
static bool is_good(const struct ctguard_cache *cache)
{
	const struct header *header = cache->map;
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	const size_t bytes = cache->map_size - sizeof(*header);
	char boot_id[BOOT_ID_SIZE];
	struct ctguard_error error;

	return !memcmp(header->magic, MAGIC, sizeof(header->magic)) &&
	       read_boot_id(boot_id) &&
	       !memcmp(header->boot_id, boot_id, sizeof(boot_id)) &&
	       header->count <= ENTRIES_MAX &&
	       bytes == header->count * sizeof(struct ctguard_cached) &&
	       !ctguard_digest_make(header + 1, bytes, digest, &error) &&
	       !memcmp(digest, header->digest, sizeof(digest));
}

/**
 * ctguard_cache_open() - look what is known
 * @cache: to be closed
 * @path: of its file, or NULL to keep nothing; must stay
 *
 * A file that is not there, or is no good, is an empty one.
 */
void ctguard_cache_open(struct ctguard_cache *cache, const char *path)
{
	CTGUARD_CLOSE int fd = -1;
	struct stat st;

	memset(cache, 0, sizeof(*cache));
	cache->path = path;
	if (!path)
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid() || st.st_mode & 022 ||
	    st.st_size < (off_t)sizeof(struct header))
		return;
	cache->map_size = (size_t)st.st_size;
	cache->map = mmap(NULL, cache->map_size, PROT_READ,
			  MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (cache->map == MAP_FAILED) {
		cache->map = NULL;
		return;
	}
	if (!is_good(cache))
		return;
	cache->known = (const void *)((const struct header *)cache->map + 1);
	cache->known_count = ((const struct header *)cache->map)->count;
}

/**
 * ctguard_cache_find() - the digest of a file that has not changed
 * @cache: to look in; many may do so at once
 * @key: of the file; gets the digest
 *
 * Return: whether it is known.
 */
bool ctguard_cache_find(const struct ctguard_cache *cache,
			struct ctguard_cached *key)
{
	const struct ctguard_cached *found =
		cache->known_count ?
			bsearch(key, cache->known, cache->known_count,
				sizeof(*key), compare) :
			NULL;

	if (!found || found->size != key->size || found->mtime != key->mtime ||
	    found->ctime != key->ctime)
		return false;
	memcpy(key->digest, found->digest, sizeof(key->digest));
	return true;
}

/** ctguard_cache_add() - one that was learned, to be written at the end */
void ctguard_cache_add(struct ctguard_cache *cache,
		       const struct ctguard_cached *file)
{
	if (!cache->path || cache->learned_count == ENTRIES_MAX)
		return;
	cache->learned = ctguard_alloc_grow(cache->learned,
					    &cache->learned_space,
					    cache->learned_count + 1,
					    sizeof(*cache->learned));
	cache->learned[cache->learned_count++] = *file;
}

/* What is known and learned as one sorted list, the learned first; to be freed. */
static struct ctguard_cached *merge(const struct ctguard_cache *cache,
				    size_t *ret_count)
{
	size_t most = cache->known_count + cache->learned_count, count = 0;
	struct ctguard_cached *list = ctguard_alloc_zeroed(most, sizeof(*list));
	size_t i = 0, j = 0;
	int r;

	while (i < cache->known_count || j < cache->learned_count) {
		if (i == cache->known_count)
			r = 1;
		else if (j == cache->learned_count)
			r = -1;
		else
			r = compare(&cache->known[i], &cache->learned[j]);
		if (!r) {
			i++;
			continue;
		}
		list[count++] = r < 0 ? cache->known[i++] : cache->learned[j++];
		/* Links of one file were learned more than once. */
		if (count > 1 && !compare(&list[count - 2], &list[count - 1]))
			count--;
	}
	if (count > ENTRIES_MAX) {
		memcpy(list, cache->learned,
		       cache->learned_count * sizeof(*list));
		count = cache->learned_count;
	}
	*ret_count = count;
	return list;
}

/* The directory of the cache, for nobody else; that of directories is not made. */
static void make_directory(const char *path)
{
	CTGUARD_FREE char *parent = ctguard_alloc_string(path, strlen(path));
	char *slash = strrchr(parent, '/');

	if (!slash || slash == parent)
		return;
	*slash = '\0';
	mkdir(parent, 0700);
}

static int write_all(const struct ctguard_cache *cache,
		     struct ctguard_error *error)
{
	CTGUARD_FREE char *beside =
		ctguard_alloc_format("%s.XXXXXX", cache->path);
	CTGUARD_FREE struct ctguard_cached *list = NULL;
	struct header header = { .magic = MAGIC };
	CTGUARD_CLOSE int fd = -1;
	size_t count;

	list = merge(cache, &count);
	header.count = count;
	if (!read_boot_id(header.boot_id))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "this boot's id");
	if (ctguard_digest_make(list, count * sizeof(*list), header.digest,
				error) < 0)
		return -1;
	make_directory(cache->path);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", cache->path);
	if (ctguard_file_write(fd, beside, &header, sizeof(header), error) <
		    0 ||
	    ctguard_file_write(fd, beside, list, count * sizeof(*list), error) <
		    0) {
		unlink(beside);
		return -1;
	}
	if (rename(beside, cache->path)) {
		ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno, "%s",
				  cache->path);
		unlink(beside);
		return -1;
	}
	return 0;
}

/**
 * ctguard_cache_close() - write what was learned, and free it
 * @cache: to be closed
 * @error: set when it could not be written
 *
 * Return: 0 or -1.
 */
int ctguard_cache_close(struct ctguard_cache *cache,
			struct ctguard_error *error)
{
	int r = 0;

	if (cache->learned_count) {
		qsort(cache->learned, cache->learned_count,
		      sizeof(*cache->learned), compare);
		r = write_all(cache, error);
	}
	if (cache->map)
		munmap(cache->map, cache->map_size);
	free(cache->learned);
	memset(cache, 0, sizeof(*cache));
	return r;
}
