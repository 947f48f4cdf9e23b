// SPDX-License-Identifier: GPL-2.0
/*
 * The content of layers as they are unpacked in directories.
 *
 * One thread reads the directories. Then all threads take entries off the list:
 * first to look at each, which finds those that are known; then to hash the
 * rest, the largest first, so that none is left alone with a large one at the
 * end. The list does not change while threads run; each writes to entries that
 * it took only.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "../lib/alloc.h"
#include "../lib/cleanup.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "cache.h"
#include "content.h"
#include "image.h"
#include "walk.h"

#define BUFFER (256U << 10)
#define THREADS_MAX 64
/* Entries taken at once, when there are many. */
#define BATCH 32
/* A file is kept when its last change is at least this long ago. */
#define SETTLED_NS INT64_C(2000000000)
/* A file that changes all the time is looked at this often. */
#define ATTEMPTS 3

struct item {
	struct ctguard_leaf leaf;
	size_t layer;
	uint64_t size;
	bool known;   /* @leaf.digest is set */
	bool learned; /* to be kept, as @key says */
	struct ctguard_cached key;
};

struct walk {
	struct ctguard_measured *image;
	struct item *items;
	size_t count;
	size_t space;
	int *roots;    /* of the layers */
	bool *settles; /* whether times tell of changes there */
	struct ctguard_cache cache;
	struct item **missing;
	size_t missing_count;
	atomic_size_t next;
	atomic_bool failed;
	pthread_mutex_t lock; /* guards @error */
	struct ctguard_error *error;
	atomic_uint_least64_t files;
	atomic_uint_least64_t bytes;
	atomic_uint_least64_t hashed;
	atomic_uint_least64_t cached;
};

__attribute__((format(printf, 4, 5))) static int
fail(struct walk *w, const struct item *item, int code, const char *format, ...)
{
	CTGUARD_FREE char *path = NULL, *layer = NULL, *what = NULL;
	va_list arguments;

	if (atomic_exchange(&w->failed, true))
		return -1;
	va_start(arguments, format);
	if (vasprintf(&what, format, arguments) < 0)
		what = NULL;
	va_end(arguments);
	path = ctguard_escape_terminal(item->leaf.path,
				       strlen(item->leaf.path));
	layer = ctguard_escape_terminal(
		w->image->layers[item->layer].path,
		strlen(w->image->layers[item->layer].path));
	pthread_mutex_lock(&w->lock);
	ctguard_error_set(w->error,
			  code ? CTGUARD_EXIT_SYSTEM : CTGUARD_EXIT_MALFORMED,
			  code, "%s/%s%s%s", layer, path,
			  what && *what ? ": " : "", what ? what : "");
	pthread_mutex_unlock(&w->lock);
	return -1;
}

/*
 * Reading directories
 */
static int add_item(struct walk *w, size_t layer, char *path)
{
	struct item *item;

	w->items = ctguard_alloc_grow(w->items, &w->space, w->count + 1,
				      sizeof(*item));
	item = &w->items[w->count++];
	memset(item, 0, sizeof(*item));
	item->leaf.path = path;
	item->layer = layer;
	if (w->count <= CTGUARD_CONTENT_MAX_ENTRIES)
		return 0;
	return fail(w, item, 0, "found more than %u entries in the layers",
		    CTGUARD_CONTENT_MAX_ENTRIES);
}

/* Adds what is in the directory at the path of item @parent, which is "". */
static int read_directory(struct walk *w, size_t layer, const char *path)
{
	struct item at = { .leaf.path = (char *)path, .layer = layer };
	int fd = openat(w->roots[layer], *path ? path : ".",
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	const struct dirent *entry;
	DIR *dir;
	int r = 0;

	if (fd < 0)
		return fail(w, &at, errno, "%s", "");
	dir = fdopendir(fd);
	if (!dir) {
		r = fail(w, &at, errno, "%s", "");
		close(fd);
		return r;
	}
	while (!r) {
		errno = 0;
		entry = readdir(dir);
		if (!entry && errno)
			r = fail(w, &at, errno, "%s", "");
		if (!entry)
			break;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		r = add_item(w, layer,
			     ctguard_alloc_format("%s%s%s", path,
						  *path ? "/" : "",
						  entry->d_name));
		if (!r)
			w->items[w->count - 1].known =
				entry->d_type == DT_DIR ||
				entry->d_type == DT_UNKNOWN;
	}
	closedir(dir);
	return r;
}

/* Whether an item of unknown type is a directory. */
static bool is_directory(const struct walk *w, const struct item *item)
{
	struct stat st;

	return !fstatat(w->roots[item->layer], item->leaf.path, &st,
			AT_SYMLINK_NOFOLLOW) &&
	       S_ISDIR(st.st_mode);
}

/*
 * Directories are read in the order they are found in; until then "known"
 * marks those that may be some.
 */
static int read_layer(struct walk *w, size_t layer)
{
	size_t at = w->count;

	if (read_directory(w, layer, "") < 0)
		return -1;
	for (; at < w->count; at++) {
		CTGUARD_FREE char *path = NULL;

		if (!w->items[at].known)
			continue;
		w->items[at].known = false;
		if (!is_directory(w, &w->items[at]))
			continue;
		path = ctguard_alloc_string(w->items[at].leaf.path,
					    strlen(w->items[at].leaf.path));
		if (read_directory(w, layer, path) < 0)
			return -1;
	}
	return 0;
}

/*
 * Looking at entries
 */
static void add_xattr(struct ctguard_entry *entry, const char *name,
		      void *value, size_t size)
{
	struct ctguard_xattr *list = realloc(
		entry->xattrs, (entry->xattr_count + 1) * sizeof(*list));

	if (!list)
		abort();
	entry->xattrs = list;
	list[entry->xattr_count++] = (struct ctguard_xattr){
		ctguard_alloc_string(name, strlen(name)), value, size
	};
}

/* What overlayfs keeps in attributes of its own. */
static int take_overlay(struct walk *w, const struct item *item,
			struct ctguard_entry *entry, const char *name,
			const char *value, size_t size)
{
	static const char *const harmless[] = { "origin", "impure", "nlink",
						"upper", "uuid" };

	if (!strcmp(name, "opaque")) {
		/* "x" marks directories with whiteouts of another kind. */
		if (size != 1 || *value != 'y')
			return fail(
				w, item, 0,
				"found whiteouts of a kind that is not understood");
		entry->opaque = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof(harmless) / sizeof(*harmless); i++)
		if (!strcmp(name, harmless[i]))
			return 0;
	return fail(
		w, item, 0,
		"found the attribute overlay.%.40s, which says that content is elsewhere",
		name);
}

/* The name behind "trusted.overlay." or "user.overlay.", or NULL. */
static const char *overlay_name(const char *name)
{
	if (!strncmp(name, "trusted.overlay.", 16))
		return name + 16;
	return strncmp(name, "user.overlay.", 13) ? NULL : name + 13;
}

static int take_xattrs(struct walk *w, const struct item *item,
		       const char *path, struct ctguard_entry *entry)
{
	CTGUARD_FREE char *names = NULL;
	ssize_t length = llistxattr(path, NULL, 0), size;
	const char *name, *overlay;

	if (!length || (length < 0 && errno == ENOTSUP))
		return 0;
	if (length < 0)
		return fail(w, item, errno, "its attributes");
	if (length > CTGUARD_CONTENT_MAX_XATTRS)
		return fail(w, item, 0, "found too many attributes");
	names = ctguard_alloc_zeroed((size_t)length + 1, 1);
	length = llistxattr(path, names, (size_t)length);
	if (length < 0)
		return fail(w, item, errno, "its attributes");
	for (name = names; name < names + length; name += strlen(name) + 1) {
		CTGUARD_FREE char *value = NULL;

		overlay = overlay_name(name);
		if (!overlay && !ctguard_content_counts(name))
			continue;
		value = ctguard_alloc_zeroed(CTGUARD_CONTENT_MAX_XATTRS, 1);
		size = lgetxattr(path, name, value, CTGUARD_CONTENT_MAX_XATTRS);
		if (size < 0)
			return fail(w, item, errno, "its attribute %.80s",
				    name);
		if (overlay) {
			if (take_overlay(w, item, entry, overlay, value,
					 (size_t)size) < 0)
				return -1;
			continue;
		}
		add_xattr(entry, name, value, (size_t)size);
		value = NULL;
	}
	return 0;
}

/* All but the content of a regular file. */
static int describe(struct walk *w, const struct item *item, const char *path,
		    const struct statx *st, struct ctguard_entry *entry)
{
	char target[4097];
	ssize_t length;

	entry->mode = st->stx_mode;
	entry->uid = st->stx_uid;
	entry->gid = st->stx_gid;
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode)) {
		entry->major = st->stx_rdev_major;
		entry->minor = st->stx_rdev_minor;
	}
	/* Whose a whiteout is says nothing. */
	if (S_ISCHR(entry->mode) && !entry->major && !entry->minor) {
		memset(entry, 0, sizeof(*entry));
		return 0;
	}
	if (S_ISREG(entry->mode))
		entry->size = st->stx_size;
	if (S_ISLNK(entry->mode)) {
		length = readlinkat(w->roots[item->layer], item->leaf.path,
				    target, sizeof(target) - 1);
		if (length < 0)
			return fail(w, item, errno, "its target");
		entry->target = ctguard_alloc_string(target, (size_t)length);
	}
	return take_xattrs(w, item, path, entry);
}

static int look(struct walk *w, const struct item *item, struct statx *ret)
{
	if (statx(w->roots[item->layer], item->leaf.path,
		  AT_SYMLINK_NOFOLLOW | AT_STATX_DONT_SYNC, STATX_BASIC_STATS,
		  ret))
		return fail(w, item, errno, "%s", "");
	return 0;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int hash_file(struct walk *w, const struct item *item, EVP_MD_CTX *hash,
		     void *buffer, struct ctguard_entry *entry)
{
	CTGUARD_CLOSE int fd = openat(w->roots[item->layer], item->leaf.path,
				      O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
					      O_NONBLOCK | O_NOATIME);
	uint64_t total = 0;
	ssize_t got;

	if (fd < 0 && errno == EPERM)
		fd = openat(w->roots[item->layer], item->leaf.path,
			    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return fail(w, item, errno, "%s", "");
	/* So that a store to a mapping is told from here on: see cache.c. */
	if (w->settles[item->layer])
		sync_file_range(fd, 0, 0,
				SYNC_FILE_RANGE_WAIT_BEFORE |
					SYNC_FILE_RANGE_WRITE |
					SYNC_FILE_RANGE_WAIT_AFTER);
	if (!EVP_DigestInit_ex(hash, NULL, NULL))
		return fail(w, item, 0, "libcrypto has no sha256");
	while ((got = read(fd, buffer, BUFFER)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(w, item, errno, "%s", "");
		if (!EVP_DigestUpdate(hash, buffer, (size_t)got))
			return fail(w, item, 0, "libcrypto fails");
		total += (uint64_t)got;
		if (total > entry->size)
			break;
	}
	if (!EVP_DigestFinal_ex(hash, entry->content, NULL))
		return fail(w, item, 0, "libcrypto fails");
	atomic_fetch_add(&w->bytes, total);
	atomic_fetch_add(&w->hashed, 1);
	return total != entry->size;
}

/* Describes and hashes an entry; 1 when it changed meanwhile. */
static int measure(struct walk *w, struct item *item, EVP_MD_CTX *hash,
		   void *buffer)
{
	CTGUARD_FREE char *path = ctguard_alloc_format(
		"/proc/self/fd/%d/%s", w->roots[item->layer], item->leaf.path);
	struct ctguard_cached before, after;
	struct ctguard_error error;
	struct ctguard_entry entry = { 0 };
	const int64_t start = now_ns();
	struct statx st;
	int r;

	if (look(w, item, &st) < 0)
		return -1;
	ctguard_cache_key(&st, &before);
	r = describe(w, item, path, &st, &entry);
	if (!r && S_ISREG(entry.mode))
		r = hash_file(w, item, hash, buffer, &entry);
	if (!r) {
		r = look(w, item, &st);
		ctguard_cache_key(&st, &after);
		if (!r && memcmp(&before, &after, sizeof(before)))
			r = 1;
	}
	if (!r && ctguard_content_entry(&entry, item->leaf.digest, &error) < 0)
		r = fail(w, item, 0, "%s", error.text);
	ctguard_content_entry_clear(&entry);
	if (r)
		return r;
	item->known = true;
	item->key = before;
	memcpy(item->key.digest, item->leaf.digest, sizeof(item->key.digest));
	item->learned = w->settles[item->layer] &&
			start - before.ctime >= SETTLED_NS;
	return 0;
}

/* The first look at an entry: whether it is known. */
static int recall(struct walk *w, struct item *item)
{
	struct statx st;

	if (look(w, item, &st) < 0)
		return -1;
	item->size = S_ISREG(st.stx_mode) ? st.stx_size : 0;
	if (S_ISREG(st.stx_mode))
		atomic_fetch_add(&w->files, 1);
	if (!w->settles[item->layer])
		return 0;
	ctguard_cache_key(&st, &item->key);
	item->known = ctguard_cache_find(&w->cache, &item->key);
	if (!item->known)
		return 0;
	memcpy(item->leaf.digest, item->key.digest, sizeof(item->key.digest));
	atomic_fetch_add(&w->cached, 1);
	return 0;
}

/*
 * Threads
 */
static void *recall_some(void *context)
{
	struct walk *w = context;

	for (;;) {
		size_t at = atomic_fetch_add(&w->next, BATCH);

		if (at >= w->count || atomic_load(&w->failed))
			return NULL;
		for (size_t i = at; i < at + BATCH && i < w->count; i++)
			if (recall(w, &w->items[i]) < 0)
				return NULL;
	}
}

static int measure_settled(struct walk *w, struct item *item, EVP_MD_CTX *hash,
			   void *buffer)
{
	int r = 1;

	for (unsigned int i = 0; r > 0 && i < ATTEMPTS; i++)
		r = measure(w, item, hash, buffer);
	if (r > 0)
		return fail(w, item, 0, "it changes while it is measured");
	return r;
}

static void *measure_some(void *context)
{
	CTGUARD_FREE void *buffer = ctguard_alloc_zeroed(BUFFER, 1);
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	struct walk *w = context;

	if (!hash || !EVP_DigestInit_ex(hash, EVP_sha256(), NULL))
		atomic_store(&w->failed, true);
	while (!atomic_load(&w->failed)) {
		size_t at = atomic_fetch_add(&w->next, 1);

		if (at >= w->missing_count)
			break;
		if (measure_settled(w, w->missing[at], hash, buffer) < 0)
			break;
	}
	EVP_MD_CTX_free(hash);
	return NULL;
}

/* Runs @work in as many threads, this one included. */
static void run(struct walk *w, unsigned int threads, void *(*work)(void *))
{
	pthread_t list[THREADS_MAX];
	unsigned int count = 0;

	atomic_store(&w->next, 0);
	while (count + 1 < threads &&
	       !pthread_create(&list[count], NULL, work, w))
		count++;
	work(w);
	while (count)
		pthread_join(list[--count], NULL);
}

static int larger_first(const void *a, const void *b)
{
	const struct item *const *x = a, *const *y = b;

	return (*x)->size > (*y)->size ? -1 : (*x)->size < (*y)->size;
}

static void gather_missing(struct walk *w)
{
	w->missing = ctguard_alloc_zeroed(w->count + 1, sizeof(*w->missing));
	for (size_t i = 0; i < w->count; i++)
		if (!w->items[i].known)
			w->missing[w->missing_count++] = &w->items[i];
	qsort(w->missing, w->missing_count, sizeof(*w->missing), larger_first);
}

/* A root that hides what is below it is an entry with an empty path. */
static int add_root(struct walk *w, size_t layer)
{
	struct item at = { .leaf.path = (char *)"", .layer = layer };
	CTGUARD_FREE char *path =
		ctguard_alloc_format("/proc/self/fd/%d/.", w->roots[layer]);
	struct ctguard_entry entry = { 0 }, root = { .mode = S_IFDIR };
	struct item *item;
	int r = take_xattrs(w, &at, path, &entry);

	root.opaque = entry.opaque;
	ctguard_content_entry_clear(&entry);
	if (r < 0 || !root.opaque)
		return r;
	if (add_item(w, layer, ctguard_alloc_string("", 0)) < 0)
		return -1;
	item = &w->items[w->count - 1];
	item->known = true;
	return ctguard_content_entry(&root, item->leaf.digest, w->error);
}

static int open_layers(struct walk *w)
{
	for (size_t i = 0; i < w->image->layer_count; i++) {
		struct item at = { .leaf.path = (char *)"", .layer = i };

		w->roots[i] = open(w->image->layers[i].path,
				   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (w->roots[i] < 0)
			return fail(w, &at, errno, "%s", "");
		w->settles[i] = ctguard_cache_trusts(w->roots[i]);
		if (read_layer(w, i) < 0)
			return -1;
	}
	return 0;
}

/* Items stand by layers, in order, but for roots, which come behind all. */
static int finish(struct walk *w)
{
	const size_t layers = w->image->layer_count;
	CTGUARD_FREE struct ctguard_leaf *leaves =
		ctguard_alloc_zeroed(w->count + 1, sizeof(*leaves));
	CTGUARD_FREE void *memory =
		ctguard_alloc_zeroed(layers + 1, CTGUARD_DIGEST_SIZE);
	uint8_t(*digests)[CTGUARD_DIGEST_SIZE] = memory;

	for (size_t i = 0; i < layers; i++) {
		size_t count = 0;

		for (size_t j = 0; j < w->count; j++)
			if (w->items[j].layer == i)
				leaves[count++] = w->items[j].leaf;
		if (ctguard_content_layer(leaves, count, digests[i], w->error) <
		    0)
			return -1;
	}
	if (ctguard_content_image(w->image, digests, w->image->content,
				  w->error) < 0)
		return -1;
	w->image->has_content = true;
	return 0;
}

static int walk(struct walk *w, unsigned int threads)
{
	size_t count;

	if (open_layers(w) < 0)
		return -1;
	count = w->count;
	run(w, threads, recall_some);
	if (atomic_load(&w->failed))
		return -1;
	gather_missing(w);
	run(w, threads, measure_some);
	if (atomic_load(&w->failed))
		return -1;
	for (size_t i = 0; i < count; i++)
		if (w->items[i].learned)
			ctguard_cache_add(&w->cache, &w->items[i].key);
	for (size_t i = 0; i < w->image->layer_count; i++)
		if (add_root(w, i) < 0)
			return -1;
	return finish(w);
}

/**
 * ctguard_walk_image() - measure the content of an image's layers
 * @image: with their directories; gets the content's digest
 * @cache_path: file of the cache, or NULL
 * @threads: how many, 0 for as many as there are processors
 * @ret: what was done, or NULL
 * @error: set on failure
 *
 * That the cache cannot be written is no failure.
 *
 * Return: 0 or -1.
 */
int ctguard_walk_image(struct ctguard_measured *image, const char *cache_path,
		       unsigned int threads, struct ctguard_walk_figures *ret,
		       struct ctguard_error *error)
{
	struct walk w = { .image = image, .error = error };
	struct ctguard_error ignored;
	int r;

	if (!threads)
		threads = (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
	if (!threads || threads > THREADS_MAX)
		threads = THREADS_MAX;
	ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
			  "libcrypto has no sha256");
	pthread_mutex_init(&w.lock, NULL);
	w.roots =
		ctguard_alloc_zeroed(image->layer_count + 1, sizeof(*w.roots));
	w.settles = ctguard_alloc_zeroed(image->layer_count + 1,
					 sizeof(*w.settles));
	for (size_t i = 0; i < image->layer_count; i++)
		w.roots[i] = -1;
	ctguard_cache_open(&w.cache, cache_path);
	r = walk(&w, threads);
	ctguard_cache_close(&w.cache, &ignored);
	if (ret)
		*ret = (struct ctguard_walk_figures){ atomic_load(&w.files),
						      atomic_load(&w.bytes),
						      atomic_load(&w.hashed),
						      atomic_load(&w.cached) };
	for (size_t i = 0; i < image->layer_count; i++)
		if (w.roots[i] >= 0)
			close(w.roots[i]);
	for (size_t i = 0; i < w.count; i++)
		free(w.items[i].leaf.path);
	free(w.items);
	free(w.missing);
	free(w.roots);
	free(w.settles);
	pthread_mutex_destroy(&w.lock);
	return r;
}
