/* SPDX-License-Identifier: GPL-2.0 */
/* The verifier's state directory. */
#ifndef ATTEST_STORE_H
#define ATTEST_STORE_H

#include <jansson.h>
#include <stdbool.h>

#include "record.h"
#include "reference.h"

struct ctguard_error;

/**
 * struct store - an open and locked state directory
 * @path: of it
 * @fd: of it
 * @lock: descriptor that holds the lock
 * @journal: descriptor of batches, or -1 while there is none
 * @generation: nonces of another one are void
 * @references: those that were loaded
 * @reference_count: of @references
 */
struct store {
	char *path;
	int fd;
	int lock;
	int journal;
	uint8_t generation[RECORD_GENERATION];
	struct store_reference {
		char sha256[65];
		struct reference *reference;
	} * references;
	size_t reference_count;
	size_t reference_space;
};

int store_open(struct store *store, const char *path, bool create,
	       struct ctguard_error *error);
void store_close(struct store *store);

int store_load(const struct store *store, const uint8_t *name, size_t name_size,
	       struct record *ret_record, struct ctguard_error *error);
int store_load_host(const struct store *store, const char *host,
		    struct record *ret_record, struct ctguard_error *error);
int store_save(struct store *store, const struct record *const *records,
	       size_t count, struct ctguard_error *error);
int store_remove(const struct store *store, const struct record *record,
		 struct ctguard_error *error);
int store_each(const struct store *store,
	       bool (*visit)(void *data, const struct record *record),
	       void *data, struct ctguard_error *error);

int store_reference(struct store *store, const char *sha256,
		    const struct reference **ret_reference,
		    struct ctguard_error *error);
int store_save_reference(const struct store *store, const json_t *json,
			 char ret_sha256[65], struct ctguard_error *error);

int store_read(const struct store *store, const char *path, size_t limit,
	       char **ret_data, size_t *ret_size, struct ctguard_error *error);
int store_write(const struct store *store, const char *path, const void *data,
		size_t size, struct ctguard_error *error);
int store_unlink(const struct store *store, const char *path,
		 struct ctguard_error *error);

#define STORE_CLOSE __attribute__((cleanup(store_close)))

#endif /* ATTEST_STORE_H */
