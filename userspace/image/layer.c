// SPDX-License-Identifier: GPL-2.0
/*
 * The content of a layer as it is archived: what its entries are once an engine
 * has unpacked them for an overlay. See "Layer" in the OCI image specification:
 * ".wh.NAME" is a whiteout, ".wh..wh..opq" makes its directory opaque, and what
 * else begins with ".wh..wh." is aufs' own and not unpacked.
 *
 * What an archive leaves to whoever unpacks it cannot be told from it: then
 * there is no digest, and a note why.
 */
#include <archive_entry.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../lib/alloc.h"
#include "../lib/cleanup.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "content.h"
#include "layer.h"

#define BLOCK (64U << 10)

/* Names and attributes are kept until the end: so many bytes of them. */
#define KEPT_MAX (256U << 20)

/* An entry in the making: links and opacity may come later. */
struct file {
	char *path;
	char *link; /* the path that it is another name of, or NULL */
	struct ctguard_entry entry;
	size_t order;
};

struct layer {
	const char *name;
	struct archive *archive;
	struct file *files;
	size_t count;
	size_t space;
	char **opaque; /* directories that are to be */
	size_t opaque_count;
	size_t opaque_space;
	size_t kept;
	char **ret_note;
	struct ctguard_error *error;
};

static int malformed(const struct layer *l, const char *path, const char *what)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(path, strlen(path));

	return ctguard_error_set(l->error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s: found %.400s, expected %s", l->name,
				 shown, what);
}

/* Why there is no digest; the first reason is told. */
static void untold(const struct layer *l, const char *path, const char *why)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(path, strlen(path));

	if (!*l->ret_note)
		*l->ret_note = ctguard_alloc_format(
			"%s: %.400s %s, so what its layers hold is not known",
			l->name, shown, why);
}

/*
 * A path without "./", "/" first or last, and doubled ones; "" is the root.
 * NULL when it leads out of the layer. To be freed.
 */
static char *clean(const char *path)
{
	char *copy = ctguard_alloc_zeroed(strlen(path) + 1, 1), *end = copy;

	while (*path) {
		size_t length = strcspn(path, "/");

		if (length == 2 && !strncmp(path, "..", 2)) {
			free(copy);
			return NULL;
		}
		if (length && !(length == 1 && *path == '.')) {
			if (end != copy)
				*end++ = '/';
			memcpy(end, path, length);
			end += length;
		}
		path += length;
		path += *path == '/';
	}
	*end = '\0';
	return copy;
}

/* Accounts for what is kept of an entry. */
static int keep(struct layer *l, const char *path, size_t bytes)
{
	l->kept += bytes;
	if (l->kept > KEPT_MAX)
		return malformed(l, path, "fewer and shorter names");
	return l->count + l->opaque_count < CTGUARD_CONTENT_MAX_ENTRIES ?
		       0 :
		       malformed(l, path, "fewer entries");
}

static int take_content(struct layer *l, struct ctguard_entry *entry,
			const char *path)
{
	CTGUARD_FREE char *block = ctguard_alloc_zeroed(BLOCK, 1);
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
	ssize_t got = 0;

	entry->size = 0;
	while (good &&
	       (got = archive_read_data(l->archive, block, BLOCK)) > 0) {
		good = EVP_DigestUpdate(hash, block, (size_t)got);
		entry->size += (uint64_t)got;
	}
	good = good && !got && EVP_DigestFinal_ex(hash, entry->content, NULL);
	EVP_MD_CTX_free(hash);
	return good ? 0 : malformed(l, path, "content that can be read");
}

static int take_xattrs(struct layer *l, struct archive_entry *from,
		       struct ctguard_entry *entry, const char *path)
{
	size_t count = (size_t)archive_entry_xattr_reset(from), size;
	const char *name;
	const void *value;

	entry->xattrs = ctguard_alloc_zeroed(count + 1, sizeof(*entry->xattrs));
	while (archive_entry_xattr_next(from, &name, &value, &size) ==
	       ARCHIVE_OK) {
		struct ctguard_xattr *xattr =
			&entry->xattrs[entry->xattr_count];

		if (!name || !ctguard_content_counts(name))
			continue;
		if (size > CTGUARD_CONTENT_MAX_XATTRS)
			return malformed(l, path, "smaller attributes");
		if (keep(l, path, strlen(name) + size) < 0)
			return -1;
		xattr->name = ctguard_alloc_string(name, strlen(name));
		xattr->value = ctguard_alloc_string(value, size);
		xattr->size = size;
		entry->xattr_count++;
	}
	return 0;
}

static int describe(struct layer *l, struct archive_entry *from,
		    struct ctguard_entry *entry, const char *path)
{
	const char *target;

	entry->mode = archive_entry_mode(from);
	entry->uid = (uint64_t)archive_entry_uid(from);
	entry->gid = (uint64_t)archive_entry_gid(from);
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode)) {
		entry->major = (uint32_t)archive_entry_rdevmajor(from);
		entry->minor = (uint32_t)archive_entry_rdevminor(from);
	}
	if (S_ISLNK(entry->mode)) {
		target = archive_entry_symlink(from);
		if (!target)
			return malformed(l, path, "a link with a target");
		entry->target = ctguard_alloc_string(target, strlen(target));
	}
	if (take_xattrs(l, from, entry, path) < 0)
		return -1;
	return S_ISREG(entry->mode) ? take_content(l, entry, path) : 0;
}

static struct file *add_file(struct layer *l, char *path)
{
	struct file *file;

	l->files = ctguard_alloc_grow(l->files, &l->space, l->count + 1,
				      sizeof(*file));
	file = &l->files[l->count];
	memset(file, 0, sizeof(*file));
	file->path = path;
	file->order = l->count++;
	return file;
}

/* A whiteout or another mark: 1 when it was one. */
static int take_mark(struct layer *l, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t length = (size_t)(base - path);

	if (strncmp(base, ".wh.", 4))
		return 0;
	if (!strcmp(base, ".wh..wh..opq")) {
		l->opaque = ctguard_alloc_grow(l->opaque, &l->opaque_space,
					       l->opaque_count + 1,
					       sizeof(*l->opaque));
		l->opaque[l->opaque_count++] =
			ctguard_alloc_string(path, length ? length - 1 : 0);
		return 1;
	}
	if (!strncmp(base, ".wh..wh.", 8))
		return 1;
	if (!base[4])
		return malformed(l, path, "a whiteout of something");
	add_file(l,
		 ctguard_alloc_format("%.*s%s", (int)length, path, base + 4));
	return 1;
}

static int take_entry(struct layer *l, struct archive_entry *from)
{
	const char *name = archive_entry_pathname(from);
	const char *link = archive_entry_hardlink(from);
	CTGUARD_FREE char *path = name ? clean(name) : NULL;
	const char *target;
	struct file *file;
	int r;

	if (!path)
		return malformed(l, name ? name : "an entry",
				 "a path inside of the layer");
	/* Of the root nothing counts. */
	if (!*path)
		return 0;
	target = archive_entry_symlink(from);
	if (keep(l, path,
		 strlen(path) + (link ? strlen(link) : 0) +
			 (target ? strlen(target) : 0)) < 0)
		return -1;
	r = take_mark(l, path);
	if (r)
		return r < 0 ? -1 : 0;
	file = add_file(l, path);
	path = NULL;
	if (link) {
		file->link = clean(link);
		return file->link ?
			       0 :
			       malformed(l, link, "a path inside of the layer");
	}
	return describe(l, from, &file->entry, file->path);
}

static int compare(const void *a, const void *b)
{
	const struct file *x = a, *y = b;
	int r = strcmp(x->path, y->path);

	return r ? r : x->order < y->order ? -1 : x->order > y->order;
}

static struct file *find(const struct layer *l, const char *path)
{
	struct file *found;
	size_t low = 0, high = l->count;

	/* The first of those that are equal: duplicates were told before. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = strcmp(l->files[middle].path, path);

		found = &l->files[middle];
		if (!r)
			return found;
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static void clear_file(struct file *file)
{
	ctguard_content_entry_clear(&file->entry);
	free(file->path);
	free(file->link);
}

/*
 * What stands twice is the later one, as unpacking has it; but a directory
 * that became something else, or the other way, is not to be told.
 */
static void unite(struct layer *l)
{
	size_t count = 0;

	for (size_t i = 0; i < l->count; i++) {
		struct file *file = &l->files[i];
		struct file *before = count ? &l->files[count - 1] : NULL;

		if (before && !strcmp(before->path, file->path)) {
			if (!before->link && !file->link &&
			    (before->entry.mode & S_IFMT) !=
				    (file->entry.mode & S_IFMT))
				untold(l, file->path,
				       "is in the archive as two kinds of file");
			clear_file(before);
			count--;
		}
		l->files[count++] = *file;
	}
	l->count = count;
}

/* Directories that are in no entry get owner and mode from who unpacks. */
static void find_orphans(struct layer *l)
{
	for (size_t i = 0; i < l->count && !*l->ret_note; i++) {
		CTGUARD_FREE char *parent = ctguard_alloc_string(
			l->files[i].path, strlen(l->files[i].path));
		char *slash = strrchr(parent, '/');
		const struct file *found;

		if (!slash)
			continue;
		*slash = '\0';
		found = find(l, parent);
		if (!found || !S_ISDIR(found->entry.mode))
			untold(l, parent, "is in no entry of the archive");
	}
}

static void mark_opaque(struct layer *l, struct ctguard_entry *root)
{
	for (size_t i = 0; i < l->opaque_count; i++) {
		struct file *found = find(l, l->opaque[i]);

		if (!*l->opaque[i])
			root->opaque = true;
		else if (found && S_ISDIR(found->entry.mode))
			found->entry.opaque = true;
		else
			untold(l, l->opaque[i],
			       "is opaque, and in no entry of the archive");
	}
}

/* The entry that a link is another name of, through at most ten others. */
static struct ctguard_entry *follow(const struct layer *l, struct file *file)
{
	for (unsigned int i = 0; file && file->link; i++)
		file = i < 10 ? find(l, file->link) : NULL;
	return file ? &file->entry : NULL;
}

static int digest(struct layer *l, uint8_t ret_digest[CTGUARD_DIGEST_SIZE])
{
	CTGUARD_FREE struct ctguard_leaf *leaves =
		ctguard_alloc_zeroed(l->count + 1, sizeof(*leaves));
	struct ctguard_entry root = { .mode = S_IFDIR };
	size_t count = 0;

	if (l->count)
		qsort(l->files, l->count, sizeof(*l->files), compare);
	unite(l);
	find_orphans(l);
	mark_opaque(l, &root);
	for (size_t i = 0; i < l->count; i++) {
		struct ctguard_entry *entry = follow(l, &l->files[i]);

		if (!entry) {
			untold(l, l->files[i].path,
			       "is a link to what is not in the archive");
			break;
		}
		leaves[count].path = l->files[i].path;
		if (ctguard_content_entry(entry, leaves[count++].digest,
					  l->error) < 0)
			return -1;
	}
	if (root.opaque) {
		leaves[count].path = (char *)"";
		if (ctguard_content_entry(&root, leaves[count++].digest,
					  l->error) < 0)
			return -1;
	}
	return ctguard_content_layer(leaves, count, ret_digest, l->error);
}

static int read_entries(struct layer *l)
{
	CTGUARD_FREE char *shown = NULL;
	struct archive_entry *entry;
	const char *why;
	int r;

	while ((r = archive_read_next_header(l->archive, &entry)) == ARCHIVE_OK)
		if (take_entry(l, entry) < 0)
			return -1;
	if (r == ARCHIVE_EOF)
		return 0;
	why = archive_error_string(l->archive);
	if (!why)
		why = "it is no tar archive";
	shown = ctguard_escape_terminal(why, strlen(why));
	return ctguard_error_set(l->error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s: %.400s", l->name, shown);
}

/**
 * ctguard_layer_read() - the content of an archived layer
 * @name: of it, for errors
 * @give: gives the next bytes of the archive, not compressed
 * @context: for @give
 * @ret_digest: of the content, see content.c
 * @ret_note: set when the digest means nothing, and why; to be freed
 * @error: set on failure
 *
 * What stands behind the archive's end is not read.
 *
 * Return: 0 or -1.
 */
int ctguard_layer_read(const char *name, archive_read_callback *give,
		       void *context, uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
		       char **ret_note, struct ctguard_error *error)
{
	struct layer l = { .name = name, .ret_note = ret_note, .error = error };
	int r;

	l.archive = archive_read_new();
	archive_read_support_format_tar(l.archive);
	archive_read_support_format_empty(l.archive);
	if (archive_read_open(l.archive, context, NULL, give, NULL) !=
	    ARCHIVE_OK)
		r = ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				      "%s: it is no tar archive", name);
	else
		r = read_entries(&l);
	if (!r)
		r = digest(&l, ret_digest);
	archive_read_free(l.archive);
	for (size_t i = 0; i < l.count; i++)
		clear_file(&l.files[i]);
	for (size_t i = 0; i < l.opaque_count; i++)
		free(l.opaque[i]);
	free(l.files);
	free(l.opaque);
	return r;
}
