/* SPDX-License-Identifier: GPL-2.0 */
/* Databases of go.etcd.io/bbolt, to be read. */
#ifndef CTGUARD_IMAGE_BOLT_H
#define CTGUARD_IMAGE_BOLT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctguard_error;

/* Most bytes of a database. */
#define CTGUARD_BOLT_MAX_SIZE (512U << 20)

/**
 * struct ctguard_bolt - a database as it was at one moment
 * @path: of it, for errors; must stay
 * @data: its bytes
 * @size: their number
 * @page_size: of its pages
 * @root: page of the bucket of all buckets
 */
struct ctguard_bolt {
	const char *path;
	uint8_t *data;
	size_t size;
	size_t page_size;
	uint64_t root;
};

/** struct ctguard_bolt_value - the bytes of a key or a value, of the database */
struct ctguard_bolt_value {
	const uint8_t *bytes;
	size_t size;
};

/**
 * struct ctguard_bolt_bucket - where a bucket's first page is
 * @page: its header and what follows
 * @left: bytes from there to the end of what it is in
 */
struct ctguard_bolt_bucket {
	const uint8_t *page;
	size_t left;
};

int ctguard_bolt_open(struct ctguard_bolt *bolt, const char *path,
		      struct ctguard_error *error);
int ctguard_bolt_take(struct ctguard_bolt *bolt, uint8_t *data, size_t size,
		      struct ctguard_error *error);
int ctguard_bolt_bucket(const struct ctguard_bolt *bolt,
			const char *const *path,
			struct ctguard_bolt_bucket *ret,
			struct ctguard_error *error);
int ctguard_bolt_get(const struct ctguard_bolt *bolt,
		     const struct ctguard_bolt_bucket *bucket, const char *key,
		     struct ctguard_bolt_value *ret,
		     struct ctguard_error *error);
void ctguard_bolt_close(struct ctguard_bolt *bolt);

#endif /* CTGUARD_IMAGE_BOLT_H */
