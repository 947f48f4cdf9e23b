// SPDX-License-Identifier: GPL-2.0
/*
 * Databases of go.etcd.io/bbolt, to be read: containerd keeps its records in
 * them. The format is that of its page.go, bucket.go and db.go.
 *
 * Pages are never changed while a version that is in force refers to them:
 * version N+1 is written to pages that version N has free, then its meta page.
 * So the file is copied without a lock, and is whole when the newest version
 * is the same before and after: at most N+1 was being written meanwhile.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/alloc.h"
#include "../lib/cleanup.h"
#include "../lib/error.h"
#include "bolt.h"

#define MAGIC 0xed0cdaedU
#define VERSION 2
#define BRANCH 1
#define LEAF 2
#define META 4
#define IS_BUCKET 1
/* A tree of more levels has more pages than fit. */
#define DEPTH_MAX 32
#define ATTEMPTS 20

/* As on disk, little-endian where containerd runs and this does. */
struct page {
	uint64_t id;
	uint16_t flags;
	uint16_t count;
	uint32_t overflow;
};

struct leaf {
	uint32_t flags;
	uint32_t position; /* of the key, from here; the value follows */
	uint32_t key_size;
	uint32_t value_size;
};

struct branch {
	uint32_t position;
	uint32_t key_size;
	uint64_t page;
};

struct bucket {
	uint64_t root; /* 0: its page follows */
	uint64_t sequence;
};

struct meta {
	uint32_t magic;
	uint32_t version;
	uint32_t page_size;
	uint32_t flags;
	struct bucket root;
	uint64_t freelist;
	uint64_t page_count;
	uint64_t version_number;
	uint64_t checksum;
};

_Static_assert(sizeof(struct page) == 16 && sizeof(struct leaf) == 16 &&
		       sizeof(struct branch) == 16 && sizeof(struct meta) == 64,
	       "structures of bbolt have no holes");

static int malformed(const struct ctguard_bolt *bolt, const char *what,
		     struct ctguard_error *error)
{
	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s: found %s, expected a database of bbolt",
				 bolt->path, what);
}

/* FNV-1a of what stands before the checksum. */
static uint64_t checksum(const struct meta *meta)
{
	const uint8_t *bytes = (const uint8_t *)meta;
	uint64_t sum = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < offsetof(struct meta, checksum); i++)
		sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
	return sum;
}

/* Reads the meta page at @at; false when it is none. */
static bool read_meta(const uint8_t *data, size_t size, size_t at,
		      struct meta *ret)
{
	struct page page;

	if (at > size || size - at < sizeof(page) + sizeof(*ret))
		return false;
	memcpy(&page, data + at, sizeof(page));
	memcpy(ret, data + at + sizeof(page), sizeof(*ret));
	return page.flags & META && ret->magic == MAGIC &&
	       ret->version == VERSION && ret->checksum == checksum(ret) &&
	       ret->page_size >= 512 && ret->page_size <= 65536 &&
	       !(ret->page_size & (ret->page_size - 1));
}

/* The newest of the two meta pages; false when there is none. */
static bool newest(const uint8_t *data, size_t size, struct meta *ret)
{
	struct meta other;
	bool found = read_meta(data, size, 0, ret);

	/* The second is one page behind, whose size the first may not tell. */
	for (size_t at = 512; at <= 65536; at *= 2) {
		if (!read_meta(data, size, at, &other) || other.page_size != at)
			continue;
		if (!found || other.version_number > ret->version_number)
			*ret = other;
		found = true;
	}
	return found;
}

/**
 * ctguard_bolt_take() - read what is in memory
 * @bolt: has its path; to be closed in any case
 * @data: its bytes, to be freed by it
 * @size: their number
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_bolt_take(struct ctguard_bolt *bolt, uint8_t *data, size_t size,
		      struct ctguard_error *error)
{
	struct meta meta;

	bolt->data = data;
	bolt->size = size;
	if (!newest(data, size, &meta))
		return malformed(bolt, "no good meta page", error);
	bolt->page_size = meta.page_size;
	bolt->root = meta.root.root;
	return 0;
}

/* Copies the file: 1, 0 when it changed too much meanwhile, or -1. */
static int copy(struct ctguard_bolt *bolt, int fd, struct ctguard_error *error)
{
	uint8_t again[65536 * 2];
	struct meta before, after;
	size_t got = 0, size;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", bolt->path);
	if (st.st_size > (off_t)CTGUARD_BOLT_MAX_SIZE)
		return malformed(bolt, "more than 512 MiB", error);
	size = (size_t)st.st_size;
	ctguard_bolt_close(bolt);
	bolt->data = ctguard_alloc_zeroed(size + 1, 1);
	bolt->size = size;
	while (got < size) {
		n = pread(fd, bolt->data + got, size - got, (off_t)got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM,
						 errno, "%s", bolt->path);
		if (!n)
			break;
		got += (size_t)n;
	}
	n = pread(fd, again, sizeof(again), 0);
	if (n < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", bolt->path);
	if (!newest(bolt->data, got, &before))
		return malformed(bolt, "no good meta page", error);
	return newest(again, (size_t)n, &after) &&
	       before.version_number == after.version_number;
}

/**
 * ctguard_bolt_open() - read a database that others write to
 * @bolt: to be closed in any case
 * @path: of it; must stay
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_bolt_open(struct ctguard_bolt *bolt, const char *path,
		      struct ctguard_error *error)
{
	CTGUARD_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *data;
	int r;

	*bolt = (struct ctguard_bolt){ .path = path };
	if (fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	for (unsigned int i = 0; i < ATTEMPTS; i++) {
		r = copy(bolt, fd, error);
		if (r < 0)
			return -1;
		if (!r) {
			usleep(5000);
			continue;
		}
		data = bolt->data;
		return ctguard_bolt_take(bolt, data, bolt->size, error);
	}
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, EAGAIN,
				 "%s: it changes all the time", path);
}

/* The page of a number, and how many bytes it may have. */
static int find_page(const struct ctguard_bolt *bolt, uint64_t number,
		     struct ctguard_bolt_bucket *ret,
		     struct ctguard_error *error)
{
	size_t pages = bolt->size / bolt->page_size, all;
	struct page page;

	if (number < 2 || number >= pages)
		return malformed(bolt, "a page that is not there", error);
	ret->page = bolt->data + number * bolt->page_size;
	memcpy(&page, ret->page, sizeof(page));
	all = (size_t)page.overflow + 1;
	if (page.id != number || all > pages - number)
		return malformed(bolt, "a page of another number or size",
				 error);
	ret->left = all * bolt->page_size;
	return 0;
}

/* The key of an element, which stands at @element of the page. */
static bool key_of(const struct ctguard_bolt_bucket *at, size_t element,
		   uint32_t position, uint32_t size, size_t behind,
		   struct ctguard_bolt_value *ret)
{
	size_t start = element + position;

	if (start > at->left || size > at->left - start ||
	    behind > at->left - start - size)
		return false;
	ret->bytes = at->page + start;
	ret->size = size;
	return true;
}

static int compare(const struct ctguard_bolt_value *a, const char *key,
		   size_t size)
{
	size_t common = a->size < size ? a->size : size;
	int r = common ? memcmp(a->bytes, key, common) : 0;

	if (!r)
		r = a->size < size ? -1 : a->size > size;
	return r;
}

/* The value of a key in a leaf, and its flags: 1, 0 or -1. */
static int in_leaf(const struct ctguard_bolt *bolt,
		   const struct ctguard_bolt_bucket *at, uint16_t count,
		   const char *key, size_t size, uint32_t *ret_flags,
		   struct ctguard_bolt_value *ret, struct ctguard_error *error)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		size_t element =
			sizeof(struct page) + middle * sizeof(struct leaf);
		struct ctguard_bolt_value found;
		struct leaf leaf;
		int r;

		memcpy(&leaf, at->page + element, sizeof(leaf));
		if (!key_of(at, element, leaf.position, leaf.key_size,
			    leaf.value_size, &found))
			return malformed(bolt, "a key out of its page", error);
		r = compare(&found, key, size);
		if (!r) {
			*ret_flags = leaf.flags;
			ret->bytes = found.bytes + found.size;
			ret->size = leaf.value_size;
			return 1;
		}
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return 0;
}

/* The page to go on with: of the last key that is not greater. */
static int in_branch(const struct ctguard_bolt *bolt,
		     const struct ctguard_bolt_bucket *at, uint16_t count,
		     const char *key, size_t size, uint64_t *ret,
		     struct ctguard_error *error)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		size_t element =
			sizeof(struct page) + middle * sizeof(struct branch);
		struct ctguard_bolt_value found;
		struct branch branch;

		memcpy(&branch, at->page + element, sizeof(branch));
		if (!key_of(at, element, branch.position, branch.key_size, 0,
			    &found))
			return malformed(bolt, "a key out of its page", error);
		/* What is less than the first key would be in its page. */
		if (!middle || compare(&found, key, size) <= 0) {
			*ret = branch.page;
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return 0;
}

static int search(const struct ctguard_bolt *bolt,
		  struct ctguard_bolt_bucket at, const char *key,
		  uint32_t *ret_flags, struct ctguard_bolt_value *ret,
		  struct ctguard_error *error)
{
	size_t size = strlen(key);
	uint64_t next = 0;
	struct page page;

	for (unsigned int i = 0; i < DEPTH_MAX; i++) {
		if (at.left < sizeof(page))
			return malformed(bolt, "a page that is cut short",
					 error);
		memcpy(&page, at.page, sizeof(page));
		if ((at.left - sizeof(page)) / sizeof(struct leaf) < page.count)
			return malformed(bolt, "more elements than fit a page",
					 error);
		if (page.flags & LEAF)
			return in_leaf(bolt, &at, page.count, key, size,
				       ret_flags, ret, error);
		if (!(page.flags & BRANCH) || !page.count)
			return malformed(bolt, "a page of another kind", error);
		if (in_branch(bolt, &at, page.count, key, size, &next, error) <
			    0 ||
		    find_page(bolt, next, &at, error) < 0)
			return -1;
	}
	return malformed(bolt, "pages in a circle", error);
}

/**
 * ctguard_bolt_bucket() - find a bucket
 * @bolt: the database
 * @path: names of the buckets that lead to it, ending in NULL
 * @ret: the bucket
 * @error: set on failure
 *
 * Return: 1, 0 when there is none, or -1.
 */
int ctguard_bolt_bucket(const struct ctguard_bolt *bolt,
			const char *const *path,
			struct ctguard_bolt_bucket *ret,
			struct ctguard_error *error)
{
	struct ctguard_bolt_bucket at;

	if (find_page(bolt, bolt->root, &at, error) < 0)
		return -1;
	for (; *path; path++) {
		struct ctguard_bolt_value value;
		struct bucket bucket;
		uint32_t flags;
		int r = search(bolt, at, *path, &flags, &value, error);

		if (r <= 0)
			return r;
		if (!(flags & IS_BUCKET))
			return 0;
		if (value.size < sizeof(bucket))
			return malformed(bolt, "a bucket that is cut short",
					 error);
		memcpy(&bucket, value.bytes, sizeof(bucket));
		if (bucket.root) {
			if (find_page(bolt, bucket.root, &at, error) < 0)
				return -1;
			continue;
		}
		at.page = value.bytes + sizeof(bucket);
		at.left = value.size - sizeof(bucket);
	}
	*ret = at;
	return 1;
}

/**
 * ctguard_bolt_get() - the value of a key
 * @bolt: the database
 * @bucket: of it
 * @key: of the value
 * @ret: the value
 * @error: set on failure
 *
 * Return: 1, 0 when there is none, or -1.
 */
int ctguard_bolt_get(const struct ctguard_bolt *bolt,
		     const struct ctguard_bolt_bucket *bucket, const char *key,
		     struct ctguard_bolt_value *ret,
		     struct ctguard_error *error)
{
	uint32_t flags;
	int r = search(bolt, *bucket, key, &flags, ret, error);

	return r > 0 && flags & IS_BUCKET ? 0 : r;
}

/** ctguard_bolt_close() - free what it holds */
void ctguard_bolt_close(struct ctguard_bolt *bolt)
{
	free(bolt->data);
	bolt->data = NULL;
}
