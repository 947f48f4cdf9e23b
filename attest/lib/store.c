// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier's state directory:
 *
 *	lock			held while anything here is read or written
 *	generation		drawn anew when the directory was restored
 *	journal			batches of records, while they are being written
 *	aks/NAME.json		a record for each attestation key, by its Name
 *	hosts/HOST		symbolic link to its record
 *	references/SHA256.json	references, by their bytes
 *	pending/HOST.json	enrolments that are begun
 *	ca/NAME.pem		roots of endorsement certificates
 *
 * A file is written under another name, synced, and renamed. Batches of records
 * are committed by a journal instead: a batch is appended to it with its size and
 * digest, and synced, once; then the records' files are written in place. All of
 * them are synced when the directory is closed, and the journal is removed. If
 * the program dies before, the journal is written out when the directory is
 * opened next, up to the first batch that is not whole, which nobody was told of.
 *
 * A directory that was restored from a copy would accept nonces again that were
 * used since. A copy of the file "generation" has another inode than the one it
 * tells; then all nonces are void. A snapshot of the whole filesystem keeps
 * inodes; there only their time to live bounds that.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/digest.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/file.h"
#include "json.h"
#include "store.h"

#define JOURNAL_MAX (1UL << 30)

static int failed(const struct store *store, const char *path,
		  struct ctguard_error *error)
{
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno, "%s/%s",
				 store->path, path);
}

/**
 * store_read() - read a file of the directory
 * @store: the directory
 * @path: inside it
 * @limit: most bytes it may have
 * @ret_data: its bytes with a NUL added, to be freed
 * @ret_size: their number
 * @error: set on failure; its code is ENOENT when there is none
 *
 * Return: 0 or -1.
 */
int store_read(const struct store *store, const char *path, size_t limit,
	       char **ret_data, size_t *ret_size, struct ctguard_error *error)
{
	CTGUARD_CLOSE int fd = openat(store->fd, path, O_RDONLY | O_CLOEXEC);
	CTGUARD_FREE char *data = NULL;
	struct stat status;
	size_t size = 0;
	ssize_t got;

	if (fd < 0 || fstat(fd, &status) < 0)
		return failed(store, path, error);
	if ((uint64_t)status.st_size > limit)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s/%s: offset %zu: larger than allowed", store->path,
			path, limit);
	data = ctguard_alloc_zeroed((size_t)status.st_size + 1, 1);
	while (size < (size_t)status.st_size) {
		got = read(fd, data + size, (size_t)status.st_size - size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return failed(store, path, error);
		if (!got)
			break;
		size += (size_t)got;
	}
	*ret_data = data;
	*ret_size = size;
	data = NULL;
	return 0;
}

/* Writes under another name and renames; @fd is given back when asked for. */
static int replace(const struct store *store, const char *path,
		   const void *data, size_t size, bool sync,
		   struct ctguard_error *error)
{
	CTGUARD_FREE char *temporary = ctguard_alloc_format("%s.new", path);
	CTGUARD_CLOSE int fd = openat(
		store->fd, temporary,
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return failed(store, temporary, error);
	if (ctguard_file_write(fd, temporary, data, size, error) < 0)
		return -1;
	if ((sync && fsync(fd) < 0) ||
	    renameat(store->fd, temporary, store->fd, path) < 0)
		return failed(store, path, error);
	return 0;
}

/* The directory that holds @path, so that a new name in it lasts. */
static int sync_parent(const struct store *store, const char *path,
		       struct ctguard_error *error)
{
	const char *slash = strrchr(path, '/');
	CTGUARD_FREE char *parent = NULL;
	CTGUARD_CLOSE int fd = -1;

	parent = slash ? ctguard_alloc_string(path, (size_t)(slash - path)) :
			 ctguard_alloc_string(".", 1);
	fd = openat(store->fd, parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return failed(store, parent, error);
	return 0;
}

/**
 * store_write() - replace a file of the directory; it lasts
 * @store: the directory
 * @path: inside it
 * @data: all of it
 * @size: its bytes
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int store_write(const struct store *store, const char *path, const void *data,
		size_t size, struct ctguard_error *error)
{
	if (replace(store, path, data, size, true, error) < 0)
		return -1;
	return sync_parent(store, path, error);
}

/** store_unlink() - remove a file of the directory; 0 or -1 */
int store_unlink(const struct store *store, const char *path,
		 struct ctguard_error *error)
{
	if (unlinkat(store->fd, path, 0) < 0)
		return failed(store, path, error);
	return sync_parent(store, path, error);
}

/* Bytes of "aks/NAME.json", with a NUL. */
#define RECORD_PATH (4 + 2 * PUBLIC_NAME_MAX + 5 + 1)

static void record_path(const uint8_t *name, size_t size,
			char ret_path[RECORD_PATH])
{
	static const char digits[] = "0123456789abcdef";
	char *at = stpcpy(ret_path, "aks/");

	for (size_t i = 0; i < size; i++) {
		*at++ = digits[name[i] >> 4];
		*at++ = digits[name[i] & 15];
	}
	strcpy(at, ".json");
}

/* Writes a record's file in place; the journal has it. */
static int apply(const struct store *store, const struct record *record,
		 const char *text, size_t size, struct ctguard_error *error)
{
	char path[RECORD_PATH];
	CTGUARD_CLOSE int fd = -1;
	struct stat status;

	record_path(record->name, record->name_size, path);
	fd = openat(store->fd, path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return replace(store, path, text, size, false, error);
	if (fd < 0 || fstat(fd, &status) < 0)
		return failed(store, path, error);
	if (ctguard_file_write(fd, path, text, size, error) < 0)
		return -1;
	if ((size_t)status.st_size > size && ftruncate(fd, (off_t)size) < 0)
		return failed(store, path, error);
	return 0;
}

/* What the journal has is in its files: they are synced, it is removed. */
static int finish(struct store *store, struct ctguard_error *error)
{
	if (syncfs(store->fd) < 0)
		return failed(store, "aks", error);
	return store_unlink(store, "journal", error);
}

/* "batch SIZE SHA256", a newline, and as many bytes: a record in each line. */
#define BATCH_HEADER "batch %zu %64s\n%n"

/* Gives back the bytes of a whole batch, or 0. */
static size_t batch_at(char *data, size_t size, char **ret_lines)
{
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	char expected[CTGUARD_DIGEST_TEXT], text[CTGUARD_DIGEST_TEXT];
	struct ctguard_error error;
	int header = 0;
	size_t length;

	if (sscanf(data, BATCH_HEADER, &length, expected, &header) != 2 ||
	    !header || length > size - (size_t)header ||
	    ctguard_digest_make(data + header, length, digest, &error) < 0)
		return 0;
	ctguard_digest_text(digest, text);
	if (strcmp(text, expected))
		return 0;
	*ret_lines = data + header;
	return (size_t)header + length;
}

static int replay_lines(const struct store *store, char *lines, char *end,
			struct ctguard_error *error)
{
	CTGUARD_FREE struct record *record =
		ctguard_alloc_zeroed(1, sizeof(*record));

	while (lines < end) {
		char *newline = memchr(lines, '\n', (size_t)(end - lines));
		size_t size = newline ? (size_t)(newline - lines) :
					(size_t)(end - lines);

		if (record_parse("journal", lines, size, record, error) < 0 ||
		    apply(store, record, lines, size, error) < 0)
			return -1;
		lines += size + 1;
	}
	return 0;
}

static int replay(struct store *store, struct ctguard_error *error)
{
	CTGUARD_FREE char *data = NULL;
	size_t size, at = 0, length;
	char *lines;

	if (faccessat(store->fd, "journal", F_OK, 0) < 0)
		return errno == ENOENT ? 0 : failed(store, "journal", error);
	if (store_read(store, "journal", JOURNAL_MAX, &data, &size, error) < 0)
		return -1;
	while (at < size &&
	       (length = batch_at(data + at, size - at, &lines)) > 0) {
		if (replay_lines(store, lines, data + at + length, error) < 0)
			return -1;
		at += length;
	}
	return finish(store, error);
}

/* Reads the generation; draws one when there is none or it was copied. */
static int generate(struct store *store, struct ctguard_error *error)
{
	static const char name[] = "generation";
	static const char temporary[] = "generation.new";
	CTGUARD_FREE char *data = NULL, *text = NULL;
	JSON_PUT json_t *json = NULL;
	CTGUARD_CLOSE int fd = -1;
	struct stat status;
	uint64_t inode;
	size_t size;

	if (fstatat(store->fd, name, &status, 0) == 0) {
		if (store_read(store, name, 4096, &data, &size, error) < 0 ||
		    json_read(name, data, size, &json, error) < 0)
			return -1;
		if (!json_hex(json_object_get(json, "generation"),
			      store->generation, RECORD_GENERATION))
			return json_bad(name, error,
					"expected 16 bytes in hexadecimal",
					"/generation");
		if (!json_count(json_object_get(json, "inode"), &inode))
			return json_bad(name, error, "expected a number",
					"/inode");
		if (inode == status.st_ino)
			return 0;
	}
	fd = openat(store->fd, temporary,
		    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &status) < 0)
		return failed(store, temporary, error);
	if (RAND_bytes(store->generation, RECORD_GENERATION) != 1)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "no random numbers");
	json_decref(json);
	json = json_object();
	json_object_set_new(json, "generation",
			    json_from_hex(store->generation,
					  RECORD_GENERATION));
	json_object_set_new(json, "inode",
			    json_integer((json_int_t)status.st_ino));
	text = json_dumps(json, JSON_COMPACT);
	if (!text ||
	    ctguard_file_write(fd, temporary, text, strlen(text), error) < 0)
		return -1;
	if (fsync(fd) < 0 ||
	    renameat(store->fd, temporary, store->fd, name) < 0)
		return failed(store, name, error);
	return sync_parent(store, name, error);
}

/**
 * store_open() - open a state directory, and wait for its lock
 * @store: to be closed
 * @path: of the directory
 * @create: make it when it is not there
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int store_open(struct store *store, const char *path, bool create,
	       struct ctguard_error *error)
{
	static const char *const directories[] = { "aks", "hosts", "references",
						   "pending", "ca" };
	struct stat status;

	memset(store, 0, sizeof(*store));
	store->path = ctguard_alloc_string(path, strlen(path));
	store->lock = -1;
	store->journal = -1;
	if (create && mkdir(path, 0700) < 0 && errno != EEXIST) {
		store->fd = -1;
		if (errno == EACCES)
			return ctguard_error_set(
				error, CTGUARD_EXIT_SYSTEM, 0,
				"%s: cannot be made; as root: install -d -m 700 -o %u %s",
				path, geteuid(), path);
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	}
	store->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->fd < 0 || fstat(store->fd, &status) < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	/* What root left here, its owner could not read. */
	if (!geteuid() && status.st_uid)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"%s: belongs to user %u: run this as that user", path,
			status.st_uid);
	store->lock = openat(store->fd, "lock",
			     O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (store->lock < 0 || flock(store->lock, LOCK_EX) < 0)
		return failed(store, "lock", error);
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		if (mkdirat(store->fd, directories[i], 0700) < 0 &&
		    errno != EEXIST)
			return failed(store, directories[i], error);
	if (replay(store, error) < 0)
		return -1;
	return generate(store, error);
}

/**
 * store_close() - free and unlock; what was not opened, too
 * @store: the directory
 *
 * A journal that cannot be done with is left for the next one to open.
 */
void store_close(struct store *store)
{
	struct ctguard_error error;

	if (!store->path)
		return;
	if (store->journal >= 0) {
		close(store->journal);
		finish(store, &error);
	}
	for (size_t i = 0; i < store->reference_count; i++)
		reference_free(store->references[i].reference);
	free(store->references);
	free(store->path);
	if (store->lock >= 0)
		close(store->lock);
	if (store->fd >= 0)
		close(store->fd);
	memset(store, 0, sizeof(*store));
}

static int load(const struct store *store, const char *path,
		struct record *ret_record, struct ctguard_error *error)
{
	CTGUARD_FREE char *data = NULL;
	size_t size;

	if (store_read(store, path, RECORD_MAX, &data, &size, error) < 0)
		return error->code == ENOENT ? 0 : -1;
	return record_parse(path, data, size, ret_record, error) < 0 ? -1 : 1;
}

/**
 * store_load() - the record of a key
 * @store: the directory
 * @name: the key's Name
 * @name_size: of @name
 * @ret_record: what is known of it
 * @error: set on failure
 *
 * Return: 1, 0 when there is none, or -1.
 */
int store_load(const struct store *store, const uint8_t *name, size_t name_size,
	       struct record *ret_record, struct ctguard_error *error)
{
	char path[RECORD_PATH];

	record_path(name, name_size, path);
	return load(store, path, ret_record, error);
}

/** store_load_host() - the same of a host's name; which must be valid */
int store_load_host(const struct store *store, const char *host,
		    struct record *ret_record, struct ctguard_error *error)
{
	CTGUARD_FREE char *path = ctguard_alloc_format("hosts/%s", host);
	int r = load(store, path, ret_record, error);

	if (r > 0 && strcmp(ret_record->host, host))
		return json_bad(path, error, "expected the link's name",
				"/host");
	return r;
}

/* Appends a batch to the journal, so that it lasts. */
static int append(struct store *store, const char *lines, size_t size,
		  struct ctguard_error *error)
{
	const bool begins = store->journal < 0;
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	char header[128], text[CTGUARD_DIGEST_TEXT];

	if (begins)
		store->journal =
			openat(store->fd, "journal",
			       O_WRONLY | O_CREAT | O_TRUNC | O_APPEND |
				       O_CLOEXEC | O_NOFOLLOW,
			       0600);
	if (store->journal < 0)
		return failed(store, "journal", error);
	if (ctguard_digest_make(lines, size, digest, error) < 0)
		return -1;
	ctguard_digest_text(digest, text);
	snprintf(header, sizeof(header), "batch %zu %s\n", size, text);
	if (ctguard_file_write(store->journal, "journal", header,
			       strlen(header), error) < 0 ||
	    ctguard_file_write(store->journal, "journal", lines, size, error) <
		    0)
		return -1;
	if (fdatasync(store->journal) < 0)
		return failed(store, "journal", error);
	return begins ? sync_parent(store, "journal", error) : 0;
}

/* One record by itself, and the link of its host when it is new. */
static int save_one(const struct store *store, const struct record *record,
		    const char *text, size_t size, struct ctguard_error *error)
{
	char path[RECORD_PATH], target[RECORD_PATH + 3];
	char link[RECORD_HOST_MAX + 8];

	record_path(record->name, record->name_size, path);
	snprintf(target, sizeof(target), "../%s", path);
	if (store_write(store, path, text, size, error) < 0)
		return -1;
	snprintf(link, sizeof(link), "hosts/%s", record->host);
	if (symlinkat(target, store->fd, link) < 0)
		return errno == EEXIST ? 0 : failed(store, link, error);
	return sync_parent(store, link, error);
}

/**
 * store_save() - commit records, all or none
 * @store: the directory
 * @records: what is known now; only a single one may be new
 * @count: of @records
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int store_save(struct store *store, const struct record *const *records,
	       size_t count, struct ctguard_error *error)
{
	CTGUARD_FREE size_t *sizes =
		ctguard_alloc_zeroed(count, sizeof(*sizes));
	CTGUARD_FREE char *lines = NULL;
	size_t size = 0, space = 0, at = 0;

	for (size_t i = 0; i < count; i++) {
		JSON_PUT json_t *json = record_json(records[i]);

		sizes[i] = json_append(json, &lines, &space, size);
		if (!sizes[i])
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
						 "a record cannot be written");
		size += sizes[i];
	}
	/* Not beside a journal: what that has would be written over it. */
	if (count == 1 && store->journal < 0)
		return save_one(store, records[0], lines, size - 1, error);
	if (!count)
		return 0;
	if (append(store, lines, size, error) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (apply(store, records[i], lines + at, sizes[i] - 1, error) <
		    0) {
			/* It has what the files have not: it stays. */
			close(store->journal);
			store->journal = -1;
			return -1;
		}
		at += sizes[i];
	}
	return 0;
}

/** store_remove() - forget a key and its host; 0 or -1 */
int store_remove(const struct store *store, const struct record *record,
		 struct ctguard_error *error)
{
	char link[RECORD_HOST_MAX + 8], path[RECORD_PATH];

	record_path(record->name, record->name_size, path);
	snprintf(link, sizeof(link), "hosts/%s", record->host);
	if (store_unlink(store, link, error) < 0)
		return -1;
	return store_unlink(store, path, error);
}

/**
 * store_each() - visit all records, in no order
 * @store: the directory
 * @visit: gives back whether to go on
 * @data: its first argument
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int store_each(const struct store *store,
	       bool (*visit)(void *data, const struct record *record),
	       void *data, struct ctguard_error *error)
{
	struct record *record = ctguard_alloc_zeroed(1, sizeof(*record));
	int fd = openat(store->fd, "aks", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (!directory) {
		r = failed(store, "aks", error);
		if (fd >= 0)
			close(fd);
	}
	while (directory && (entry = readdir(directory))) {
		const char *end = strstr(entry->d_name, ".json");
		char *path;

		if (!end || end[5])
			continue;
		path = ctguard_alloc_format("aks/%s", entry->d_name);
		r = load(store, path, record, error);
		free(path);
		if (r < 0)
			break;
		if (r && !visit(data, record))
			break;
		r = 0;
	}
	if (directory)
		closedir(directory);
	free(record);
	return r < 0 ? -1 : 0;
}

/**
 * store_reference() - a reference that records name
 * @store: keeps it
 * @sha256: of its bytes, in hexadecimal
 * @ret_reference: what shall be
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int store_reference(struct store *store, const char *sha256,
		    const struct reference **ret_reference,
		    struct ctguard_error *error)
{
	CTGUARD_FREE char *path = NULL, *data = NULL;
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	struct store_reference *row;
	char text[CTGUARD_DIGEST_TEXT];
	struct reference *reference;
	size_t size;

	for (size_t i = 0; i < store->reference_count; i++) {
		if (strcmp(store->references[i].sha256, sha256))
			continue;
		*ret_reference = store->references[i].reference;
		return 0;
	}
	path = ctguard_alloc_format("references/%s.json", sha256);
	if (store_read(store, path, REFERENCE_MAX, &data, &size, error) < 0 ||
	    ctguard_digest_make(data, size, digest, error) < 0)
		return -1;
	ctguard_digest_text(digest, text);
	if (strcmp(text, sha256))
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s/%s: offset 0: its digest is not its name",
			store->path, path);
	if (reference_parse(path, data, size, &reference, error) < 0)
		return -1;
	store->references =
		ctguard_alloc_grow(store->references, &store->reference_space,
				   store->reference_count + 1, sizeof(*row));
	row = &store->references[store->reference_count++];
	memcpy(row->sha256, text, sizeof(row->sha256));
	row->reference = reference;
	*ret_reference = reference;
	return 0;
}

/**
 * store_save_reference() - keep a reference
 * @store: the directory
 * @json: the reference
 * @ret_sha256: by which records name it
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int store_save_reference(const struct store *store, const json_t *json,
			 char ret_sha256[65], struct ctguard_error *error)
{
	CTGUARD_FREE char *text =
		json_dumps(json, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	CTGUARD_FREE char *path = NULL;
	uint8_t digest[CTGUARD_DIGEST_SIZE];

	if (!text)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "the reference cannot be written");
	if (ctguard_digest_make(text, strlen(text), digest, error) < 0)
		return -1;
	ctguard_digest_text(digest, ret_sha256);
	path = ctguard_alloc_format("references/%s.json", ret_sha256);
	return store_write(store, path, text, strlen(text), error);
}
