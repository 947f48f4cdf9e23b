// SPDX-License-Identifier: GPL-2.0
/* A file of evidence on its way through a check. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/escape.h"
#include "item.h"

/* A buffer larger than this is given back after use. */
#define KEEP (1U << 20)

/* All members at their largest, with their headers. */
static size_t largest(void)
{
	size_t size = 20 * 512;

	for (int i = 0; i < EVIDENCE_COUNT; i++)
		size += evidence_rules[i].max + 2 * 512;
	return size;
}

static int unreadable(const char *path, int code, struct ctguard_error *error)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(path, strlen(path));

	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, code, "%s", shown);
}

/**
 * item_read() - read an archive
 * @path: of it
 * @worker: whose buffer it is read into
 * @ret_size: its bytes
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int item_read(const char *path, struct item_worker *worker, size_t *ret_size,
	      struct ctguard_error *error)
{
	CTGUARD_CLOSE int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat status;
	size_t size = 0;
	ssize_t got;

	if (fd < 0 || fstat(fd, &status) < 0)
		return unreadable(path, errno, error);
	if (!S_ISREG(status.st_mode))
		return unreadable(path, EINVAL, error);
	if ((size_t)status.st_size > largest())
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: offset %zu: larger than any evidence", path,
			largest());
	/* Exactly as large, when large: growing would take it twice. */
	if (worker->space < (size_t)status.st_size + 1) {
		free(worker->data);
		worker->space = (size_t)status.st_size + 1;
		if (worker->space < KEEP / 16)
			worker->space = KEEP / 16;
		worker->data = malloc(worker->space);
		if (!worker->data) {
			worker->space = 0;
			return unreadable(path, ENOMEM, error);
		}
	}
	/* What is appended meanwhile is not read; what is cut, is missed. */
	while (size < (size_t)status.st_size) {
		got = read(fd, worker->data + size,
			   (size_t)status.st_size - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return unreadable(path, errno, error);
		if (!got)
			break;
		size += (size_t)got;
	}
	*ret_size = size;
	return 0;
}

struct search {
	const uint8_t *nonce;
	bool found;
};

static bool has_nonce(void *data, const struct record *record)
{
	struct search *search = data;

	for (size_t i = 0; i < record->nonce_count; i++)
		if (!memcmp(record->nonces[i].bytes, search->nonce,
			    EVIDENCE_NONCE_SIZE))
			search->found = true;
	return !search->found;
}

static bool elsewhere(void *data, const uint8_t *nonce)
{
	struct search search = { nonce, false };
	struct ctguard_error error;

	return store_each(data, has_nonce, &search, &error) == 0 &&
	       search.found;
}

/* The record's reference, or the one that was asked for. */
static int find_reference(const struct item *item, struct item_terms *terms,
			  const struct reference **ret_reference,
			  struct ctguard_error *error)
{
	int r;

	*ret_reference = terms->reference;
	if (*ret_reference)
		return 0;
	if (!*item->record.reference)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"host %s has no reference: say --reference, or ctguard-verify enroll reference",
			item->record.host);
	pthread_mutex_lock(&terms->mutex);
	r = store_reference(terms->store, item->record.reference, ret_reference,
			    error);
	pthread_mutex_unlock(&terms->mutex);
	return r;
}

static int judge(struct item *item, struct item_terms *terms,
		 struct item_worker *worker, size_t size)
{
	struct ctguard_error *error = &item->error;
	struct check *check = &item->check;
	struct check_terms against = {
		.record = NULL,
		.nonce = terms->nonce,
		.now = (uint64_t)time(NULL),
		.binding = terms->binding,
	};
	int r;

	if (check_read(check, item->path, worker->data, size, &worker->hash,
		       error) < 0)
		return -1;
	if (terms->ak) {
		against.ak_name = terms->ak->name;
		against.ak_name_size = terms->ak->name_size;
	}
	if (terms->store) {
		r = store_load(terms->store, check->ak.name,
			       check->ak.name_size, &item->record, error);
		if (r < 0)
			return -1;
		item->has_record = r;
		if (!r) {
			item->verdict.file = item->path;
			item->change.nonce = -1;
			verdict_add(&item->verdict, REASON_AK_UNKNOWN,
				    "no host is enrolled with this key");
			return 0;
		}
		against.record = &item->record;
		against.generation = terms->store->generation;
		against.elsewhere = elsewhere;
		against.elsewhere_data = terms->store;
	}
	if (find_reference(item, terms, &against.reference, error) < 0)
		return -1;
	return check_judge(check, &against, &worker->hash, &item->verdict,
			   &item->change, error);
}

/**
 * item_check() - read and judge a file; changes nothing
 * @item: of which the path is set; gets a verdict, or an error
 * @terms: what against
 * @worker: of this thread
 */
void item_check(struct item *item, struct item_terms *terms,
		struct item_worker *worker)
{
	char text[sizeof(item->error.text)];
	size_t size;

	item->change.nonce = -1;
	item->change.quote = false;
	item->failed = item_read(item->path, worker, &size, &item->error) < 0;
	if (item->failed)
		return;
	if (judge(item, terms, worker, size) < 0) {
		CTGUARD_FREE char *shown =
			ctguard_escape_terminal(item->path, strlen(item->path));
		size_t length = strlen(shown);

		item->failed = true;
		/* Of which file, unless the error begins with it. */
		if (strncmp(item->error.text, item->path, strlen(item->path)) !=
		    0) {
			memcpy(text, item->error.text, sizeof(text));
			if (length > sizeof(text) / 2)
				shown[sizeof(text) / 2] = '\0';
			snprintf(item->error.text, sizeof(item->error.text),
				 "%s: %.1000s", shown, text);
		}
	}
	if (worker->space > KEEP) {
		free(worker->data);
		worker->data = NULL;
		worker->space = 0;
	}
}

/** item_clear() - free what a check left; the path stays */
void item_clear(struct item *item)
{
	verdict_clear(&item->verdict);
	item->has_record = false;
	item->failed = false;
	item->change.nonce = -1;
	item->change.quote = false;
}
