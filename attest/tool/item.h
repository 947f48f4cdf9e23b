/* SPDX-License-Identifier: GPL-2.0 */
/* A file of evidence on its way through a check. */
#ifndef VERIFY_ITEM_H
#define VERIFY_ITEM_H

#include <pthread.h>

#include "../../userspace/lib/error.h"
#include "../lib/check.h"
#include "../lib/store.h"

/**
 * struct item - a file and what came of it
 * @path: of the file
 * @check: the evidence; its spans are gone once judged
 * @record: of its key
 * @has_record: there is one
 * @change: what to make of the record
 * @verdict: what was found
 * @error: why there is no verdict
 * @failed: there is none
 */
struct item {
	char *path;
	struct check check;
	struct record record;
	bool has_record;
	struct check_change change;
	struct verdict verdict;
	struct ctguard_error error;
	bool failed;
};

/**
 * struct item_terms - what all are checked against
 * @store: the state, or NULL
 * @reference: to be used instead of each record's, or NULL
 * @ak: expected without state, or NULL
 * @nonce: expected without state
 * @binding: what nonces are bound to, or data is NULL
 * @mutex: of @store's references
 */
struct item_terms {
	struct store *store;
	const struct reference *reference;
	const struct public *ak;
	const uint8_t *nonce;
	struct span binding;
	pthread_mutex_t mutex;
};

/**
 * struct item_worker - what a thread works with
 * @hash: its own
 * @data: of the file it reads
 * @space: in @data
 */
struct item_worker {
	struct hash hash;
	uint8_t *data;
	size_t space;
};

void item_check(struct item *item, struct item_terms *terms,
		struct item_worker *worker);
int item_read(const char *path, struct item_worker *worker, size_t *ret_size,
	      struct ctguard_error *error);
void item_clear(struct item *item);

#endif /* VERIFY_ITEM_H */
