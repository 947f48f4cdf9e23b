// SPDX-License-Identifier: GPL-2.0
/*
 * Images in files: an OCI layout as a directory or a tar, and what
 * `docker save` writes. Nothing is unpacked: of a tar, members are read where
 * they stand, in one pass for each that is wanted.
 *
 * All bytes of a layer are hashed and compared with the config; on the way its
 * entries are made what content.c wants.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctguard/measurement.h>

#include "../lib/alloc.h"
#include "../lib/approved.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/file.h"
#include "archive.h"
#include "content.h"
#include "image.h"
#include "json.h"
#include "layer.h"
#include "store.h"

#define BLOCK (64U << 10)
#define MEMBERS_MAX 100000

/* An image's file: a directory, or a tar. */
struct box {
	const char *path;
	bool directory;
};

/* A member that is being read. */
struct member {
	struct archive *archive; /* of a tar */
	int fd;			 /* of a directory, or -1 */
	char *name;
	char *block;
	ssize_t last; /* what the last read gave */
};

static void member_close(struct member *member)
{
	if (member->archive)
		archive_read_free(member->archive);
	if (member->fd >= 0)
		close(member->fd);
	free(member->name);
	free(member->block);
}

/* The name of an entry without "./" before it. */
static const char *plain(const char *name)
{
	while (!strncmp(name, "./", 2))
		name += 2;
	return name;
}

static int archive_failed(const char *path, struct archive *archive,
			  struct ctguard_error *error)
{
	const char *why = archive_error_string(archive);
	CTGUARD_FREE char *text = ctguard_escape_terminal(
		why ? why : "no archive", why ? strlen(why) : 10);

	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0, "%s: %s",
				 path, text);
}

/* What undoes a compression here, and runs no other program for it. */
static void support_filters(struct archive *archive)
{
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
}

/* Opens the member @name: 1, 0 when there is none, or -1. */
static int open_in_tar(const struct box *box, const char *name,
		       struct member *member, struct ctguard_error *error)
{
	struct archive_entry *entry;
	unsigned int seen = 0;
	int r;

	member->archive = archive_read_new();
	archive_read_support_format_tar(member->archive);
	support_filters(member->archive);
	if (archive_read_open_filename(member->archive, box->path, BLOCK) !=
	    ARCHIVE_OK)
		return archive_failed(box->path, member->archive, error);
	while ((r = archive_read_next_header(member->archive, &entry)) ==
	       ARCHIVE_OK) {
		if (++seen > MEMBERS_MAX)
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: found more than %u members", box->path,
				MEMBERS_MAX);
		if (strcmp(plain(archive_entry_pathname(entry)), name))
			continue;
		/* docker save writes a layer that it has already as a link. */
		if (archive_entry_filetype(entry) == AE_IFREG &&
		    !archive_entry_hardlink(entry))
			return 1;
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no regular file",
					 member->name);
	}
	return r == ARCHIVE_EOF ?
		       0 :
		       archive_failed(box->path, member->archive, error);
}

/* The same in a directory, of which the image's author chose the names. */
static int open_in_directory(const struct box *box, const char *name,
			     struct member *member, struct ctguard_error *error)
{
	CTGUARD_CLOSE int dir =
		open(box->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	CTGUARD_CLOSE int fd = -1;
	char path[32];
	struct stat st;

	if (dir < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", box->path);
	fd = (int)syscall(SYS_openat2, dir, name, &how, sizeof(how));
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == EXDEV)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found a name that leads out of the directory",
			member->name);
	if (fd < 0 || fstat(fd, &st))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", member->name);
	/* To open what is none may block, or do something. */
	if (!S_ISREG(st.st_mode))
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no regular file",
					 member->name);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	member->fd = open(path, O_RDONLY | O_CLOEXEC);
	return member->fd >= 0 ? 1 :
				 ctguard_error_set(error, CTGUARD_EXIT_SYSTEM,
						   errno, "%s", member->name);
}

/* What a member is called in errors; to be freed. */
static char *shown_name(const struct box *box, const char *name)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(name, strlen(name));

	return ctguard_alloc_format("%s: %.200s", box->path, shown);
}

static int open_member(const struct box *box, const char *name,
		       struct member *member, struct ctguard_error *error)
{
	int r;

	*member = (struct member){ .fd = -1 };
	member->block = ctguard_alloc_zeroed(BLOCK, 1);
	member->name = shown_name(box, name);
	r = box->directory ? open_in_directory(box, name, member, error) :
			     open_in_tar(box, name, member, error);
	if (r <= 0)
		member_close(member);
	return r;
}

/* The next bytes of a member: their number, 0 at its end, or -1. */
static ssize_t member_read(struct member *member, void *bytes, size_t size)
{
	ssize_t got;

	if (member->archive)
		return archive_read_data(member->archive, bytes, size);
	do
		got = read(member->fd, bytes, size);
	while (got < 0 && errno == EINTR);
	return got;
}

/* A whole member of at most CTGUARD_IMAGE_MAX_JSON bytes: 1, 0 or -1. */
static int read_member(const struct box *box, const char *name, char **ret_data,
		       size_t *ret_size, struct ctguard_error *error)
{
	CTGUARD_FREE char *data = NULL;
	size_t space = 0, size = 0;
	struct member member;
	ssize_t got = 0;
	int r = open_member(box, name, &member, error);

	if (r <= 0)
		return r;
	do {
		size += (size_t)got;
		data = ctguard_alloc_grow(data, &space, size + BLOCK + 1, 1);
		got = member_read(&member, data + size, BLOCK);
	} while (got > 0 && size <= CTGUARD_IMAGE_MAX_JSON);
	if (got)
		r = ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0, "%s: %s", member.name,
			got < 0 ? "it cannot be read" : "it is too large");
	member_close(&member);
	if (r < 0)
		return -1;
	data[size] = '\0';
	*ret_data = data;
	*ret_size = size;
	data = NULL;
	return 1;
}

/* The same of a member that must be there. */
static int need_member(const struct box *box, const char *name, char **ret_data,
		       size_t *ret_size, struct ctguard_error *error)
{
	CTGUARD_FREE char *shown = NULL;
	int r = read_member(box, name, ret_data, ret_size, error);

	if (r)
		return r;
	shown = ctguard_escape_terminal(name, strlen(name));
	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s: found no %.200s, expected it", box->path,
				 shown);
}

/*
 * Layers
 */
struct unpacked {
	struct member *member;
	struct archive *outer; /* undoes the compression */
	EVP_MD_CTX *blob;      /* of the bytes as they are */
	EVP_MD_CTX *diff;      /* of the archive */
	char *block;
	bool failed;
};

/* For libarchive: the member's bytes, hashed. */
static ssize_t give_member(struct archive *archive, void *context,
			   const void **ret)
{
	struct unpacked *u = context;
	ssize_t got = member_read(u->member, u->member->block, BLOCK);

	if (got < 0 || !EVP_DigestUpdate(u->blob, u->member->block,
					 got > 0 ? (size_t)got : 0)) {
		archive_set_error(archive, EIO, "it cannot be read");
		return -1;
	}
	*ret = u->member->block;
	return got;
}

/* For layer.c: the archive's bytes, hashed. */
static ssize_t give_archive(struct archive *archive, void *context,
			    const void **ret)
{
	struct unpacked *u = context;
	ssize_t got = archive_read_data(u->outer, u->block, BLOCK);

	if (got < 0 ||
	    !EVP_DigestUpdate(u->diff, u->block, got > 0 ? (size_t)got : 0)) {
		if (archive)
			archive_set_error(archive, EIO, "%s",
					  archive_error_string(u->outer));
		u->failed = true;
		return -1;
	}
	*ret = u->block;
	return got;
}

/* Reads a layer to its end, whatever a reader of its entries left. */
static int drain(struct unpacked *u, struct ctguard_error *error)
{
	const void *bytes;
	ssize_t got;

	while (!u->failed && (got = give_archive(NULL, u, &bytes)) != 0)
		if (got < 0)
			break;
	if (u->failed)
		return archive_failed(u->member->name, u->outer, error);
	while ((got = give_member(u->outer, u, &bytes)) > 0)
		;
	return got < 0 ? archive_failed(u->member->name, u->outer, error) : 0;
}

/* The stream as it is, without the format that it may have. */
static int open_outer(struct unpacked *u, struct ctguard_error *error)
{
	struct archive_entry *entry;

	u->outer = archive_read_new();
	archive_read_support_format_raw(u->outer);
	archive_read_support_format_empty(u->outer);
	support_filters(u->outer);
	if (archive_read_open(u->outer, u, NULL, give_member, NULL) !=
		    ARCHIVE_OK ||
	    archive_read_next_header(u->outer, &entry) != ARCHIVE_OK)
		return archive_failed(u->member->name, u->outer, error);
	return 0;
}

static int read_layer(struct unpacked *u, bool content,
		      uint8_t ret_content[CTGUARD_DIGEST_SIZE], char **ret_note,
		      struct ctguard_error *error)
{
	if (open_outer(u, error) < 0)
		return -1;
	if (content && ctguard_layer_read(u->member->name, give_archive, u,
					  ret_content, ret_note, error) < 0)
		return -1;
	return drain(u, error);
}

/*
 * Hashes the layer in the member @name. @blob is the digest that its bytes must
 * have, or NULL.
 */
static int measure_layer(const struct box *box, const char *name,
			 const uint8_t *blob, const uint8_t *diff_id,
			 bool content, uint8_t ret_content[CTGUARD_DIGEST_SIZE],
			 char **ret_note, struct ctguard_error *error)
{
	uint8_t found[CTGUARD_DIGEST_SIZE], diff[CTGUARD_DIGEST_SIZE];
	struct unpacked u = { .failed = false };
	CTGUARD_FREE char *shown = NULL;
	struct member member;
	char hex[CTGUARD_DIGEST_TEXT];
	int r = open_member(box, name, &member, error);

	if (!r) {
		shown = ctguard_escape_terminal(name, strlen(name));
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no layer %.200s", box->path,
					 shown);
	}
	if (r < 0)
		return -1;
	u.member = &member;
	u.block = ctguard_alloc_zeroed(BLOCK, 1);
	u.blob = EVP_MD_CTX_new();
	u.diff = EVP_MD_CTX_new();
	if (!u.blob || !u.diff ||
	    !EVP_DigestInit_ex(u.blob, EVP_sha256(), NULL) ||
	    !EVP_DigestInit_ex(u.diff, EVP_sha256(), NULL))
		r = ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
				      "libcrypto has no sha256");
	else
		r = read_layer(&u, content, ret_content, ret_note, error);
	if (!r && (!EVP_DigestFinal_ex(u.blob, found, NULL) ||
		   !EVP_DigestFinal_ex(u.diff, diff, NULL)))
		r = ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
				      "libcrypto fails");
	if (!r && blob && memcmp(found, blob, sizeof(found))) {
		ctguard_digest_text(found, hex);
		r = ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found bytes of sha256:%s, expected those that its name says",
			member.name, hex);
	}
	if (!r && memcmp(diff, diff_id, sizeof(diff))) {
		ctguard_digest_text(diff, hex);
		r = ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found a layer of sha256:%s, expected the one that the config names",
			member.name, hex);
	}
	EVP_MD_CTX_free(u.blob);
	EVP_MD_CTX_free(u.diff);
	archive_read_free(u.outer);
	free(u.block);
	member_close(&member);
	return r;
}

/* The names of the members that hold an image's layers, and their digests. */
struct layers {
	char **names;
	uint8_t (*blobs)[CTGUARD_DIGEST_SIZE]; /* or NULL */
};

/* Measures all layers; without @ret_note being set @image gets its content. */
static int measure_layers(const struct box *box, const struct layers *layers,
			  bool content, struct ctguard_measured *image,
			  char **ret_note, struct ctguard_error *error)
{
	CTGUARD_FREE void *memory = ctguard_alloc_zeroed(image->layer_count + 1,
							 CTGUARD_DIGEST_SIZE);
	uint8_t(*contents)[CTGUARD_DIGEST_SIZE] = memory;

	for (size_t i = 0; i < image->layer_count; i++)
		if (measure_layer(box, layers->names[i],
				  layers->blobs ? layers->blobs[i] : NULL,
				  image->layers[i].diff_id,
				  content && !*ret_note, contents[i], ret_note,
				  error) < 0)
			return -1;
	image->level = CTGUARD_LEVEL_CONFIG;
	if (!content || *ret_note)
		return 0;
	if (ctguard_content_image(image, contents, image->content, error) < 0)
		return -1;
	image->has_content = true;
	return 0;
}

static void layers_clear(struct layers *layers, size_t count)
{
	for (size_t i = 0; layers->names && i < count; i++)
		free(layers->names[i]);
	free(layers->names);
	free(layers->blobs);
}

static char *blob_name(const uint8_t digest[CTGUARD_DIGEST_SIZE])
{
	char hex[CTGUARD_DIGEST_TEXT];

	ctguard_digest_text(digest, hex);
	return ctguard_alloc_format("blobs/sha256/%s", hex);
}

/*
 * OCI layouts
 */
/* Reads a blob whose bytes must have the digest that it is named by. */
static int read_blob(const struct box *box,
		     const uint8_t digest[CTGUARD_DIGEST_SIZE], char **ret_name,
		     char **ret_data, size_t *ret_size,
		     struct ctguard_error *error)
{
	CTGUARD_FREE char *name = blob_name(digest);
	uint8_t found[CTGUARD_DIGEST_SIZE];
	char hex[CTGUARD_DIGEST_TEXT];

	if (need_member(box, name, ret_data, ret_size, error) < 0 ||
	    ctguard_digest_make(*ret_data, *ret_size, found, error) < 0)
		return -1;
	*ret_name = ctguard_alloc_format("%s: %s", box->path, name);
	if (!memcmp(found, digest, sizeof(found)))
		return 0;
	ctguard_digest_text(found, hex);
	return ctguard_error_set(
		error, CTGUARD_EXIT_MALFORMED, 0,
		"%s: found bytes of sha256:%s, expected those that its name says",
		*ret_name, hex);
}

static const char *ref_name(const json_t *manifest)
{
	return json_string_value(
		json_object_get(json_object_get(manifest, "annotations"),
				"org.opencontainers.image.ref.name"));
}

/* The manifest that is meant by @name, or the only one. */
static int choose_manifest(const char *index_name, const json_t *index,
			   const char *name, const json_t **ret,
			   struct ctguard_error *error)
{
	const json_t *list = ctguard_json_get(index_name, index, "manifests",
					      JSON_ARRAY, error);
	const json_t *manifest, *found = NULL;
	size_t i;

	if (!list)
		return -1;
	json_array_foreach(list, i, manifest)
	{
		const char *ref = ref_name(manifest);

		if (name && (!ref || strcmp(ref, name)))
			continue;
		if (found)
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: found more than one manifest, expected one: choose it by its name, as FILE:NAME",
				index_name);
		found = manifest;
	}
	if (!found)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found no manifest%s%s, expected one", index_name,
			name ? " of the name " : "", name ? name : "");
	*ret = found;
	return 0;
}

static int measure_layout(const struct box *box, const char *name,
			  const char *data, size_t size, bool content,
			  struct ctguard_measured *image, char **ret_note,
			  struct ctguard_error *error)
{
	CTGUARD_FREE char *index_name =
		ctguard_alloc_format("%s: index.json", box->path);
	CTGUARD_FREE char *manifest_name = NULL, *manifest_data = NULL;
	CTGUARD_FREE char *config_name = NULL, *config_data = NULL;
	struct ctguard_manifest manifest = { .layers = NULL };
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	CTGUARD_JSON json_t *index = NULL;
	struct layers layers = { 0 };
	size_t manifest_size, config_size;
	const json_t *chosen = NULL;
	int r;

	if (ctguard_json_parse(index_name, data, size, &index, error) < 0 ||
	    choose_manifest(index_name, index, name, &chosen, error) < 0 ||
	    ctguard_json_digest(index_name, chosen, "digest", digest, error) <
		    0 ||
	    read_blob(box, digest, &manifest_name, &manifest_data,
		      &manifest_size, error) < 0 ||
	    ctguard_spec_manifest(manifest_name, manifest_data, manifest_size,
				  &manifest, error) < 0)
		return -1;
	layers.blobs = manifest.layers;
	r = read_blob(box, manifest.config, &config_name, &config_data,
		      &config_size, error);
	if (!r)
		r = ctguard_spec_config(config_name, config_data, config_size,
					image, error);
	if (!r)
		r = ctguard_spec_link(manifest_name, manifest_data,
				      manifest_size, image, error);
	if (!r) {
		layers.names = ctguard_alloc_zeroed(manifest.layer_count + 1,
						    sizeof(*layers.names));
		for (size_t i = 0; i < manifest.layer_count; i++)
			layers.names[i] = blob_name(manifest.layers[i]);
		r = measure_layers(box, &layers, content, image, ret_note,
				   error);
	}
	layers_clear(&layers, manifest.layer_count);
	return r;
}

/*
 * What docker save writes
 */
static bool has_tag(const json_t *image, const char *name)
{
	const json_t *tags = json_object_get(image, "RepoTags"), *tag;
	size_t i;

	json_array_foreach(tags, i, tag)
	{
		CTGUARD_FREE char *latest =
			ctguard_alloc_format("%s:latest", name);

		if (json_is_string(tag) &&
		    (!strcmp(json_string_value(tag), name) ||
		     !strcmp(json_string_value(tag), latest)))
			return true;
	}
	return false;
}

static int choose_image(const char *list_name, const json_t *list,
			const char *name, const json_t **ret,
			struct ctguard_error *error)
{
	const json_t *image, *found = NULL;
	size_t i;

	if (!json_is_array(list))
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no array, expected one",
					 list_name);
	json_array_foreach(list, i, image)
	{
		if (name && !has_tag(image, name))
			continue;
		if (found)
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: found more than one image, expected one: choose it by its name, as FILE:NAME",
				list_name);
		found = image;
	}
	if (!found)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no image%s%s, expected one",
					 list_name, name ? " of the name " : "",
					 name ? name : "");
	*ret = found;
	return 0;
}

static int measure_saved(const struct box *box, const char *name,
			 const char *data, size_t size, bool content,
			 struct ctguard_measured *image, char **ret_note,
			 struct ctguard_error *error)
{
	CTGUARD_FREE char *list_name =
		ctguard_alloc_format("%s: manifest.json", box->path);
	CTGUARD_FREE char *config_name = NULL, *config_data = NULL;
	CTGUARD_JSON json_t *list = NULL;
	const json_t *chosen = NULL, *names;
	struct layers layers = { 0 };
	const char *config;
	size_t config_size;
	int r;

	if (ctguard_json_parse(list_name, data, size, &list, error) < 0 ||
	    choose_image(list_name, list, name, &chosen, error) < 0)
		return -1;
	config = ctguard_json_string(list_name, chosen, "Config", error);
	names = ctguard_json_get(list_name, chosen, "Layers", JSON_ARRAY,
				 error);
	if (!config || !names ||
	    need_member(box, config, &config_data, &config_size, error) < 0)
		return -1;
	config_name = shown_name(box, config);
	if (ctguard_spec_config(config_name, config_data, config_size, image,
				error) < 0)
		return -1;
	if (json_array_size(names) != image->layer_count)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found %zu layers, expected the %zu of the config",
			list_name, json_array_size(names), image->layer_count);
	layers.names = ctguard_alloc_zeroed(image->layer_count + 1,
					    sizeof(*layers.names));
	for (size_t i = 0; i < image->layer_count; i++) {
		const char *text = json_string_value(json_array_get(names, i));

		layers.names[i] = ctguard_alloc_string(text ? text : "",
						       text ? strlen(text) : 0);
	}
	r = measure_layers(box, &layers, content, image, ret_note, error);
	layers_clear(&layers, image->layer_count);
	return r;
}

/**
 * ctguard_archive_image() - measure an image in a file
 * @path: a directory with an OCI layout, or a tar of one, or of docker save
 * @name: which of the images in it, or NULL for the only one
 * @content: also what its layers hold
 * @ret: the image, without directories; to be cleared in any case
 * @ret_note: why its content is not known, or NULL; to be freed
 * @error: set on failure
 *
 * Every byte was hashed; what a manifest or config names is what it names.
 *
 * Return: 0 or -1.
 */
int ctguard_archive_image(const char *path, const char *name, bool content,
			  struct ctguard_measured *ret, char **ret_note,
			  struct ctguard_error *error)
{
	struct box box = { .path = path };
	CTGUARD_FREE char *data = NULL;
	struct stat st;
	size_t size;
	int r;

	*ret_note = NULL;
	if (stat(path, &st))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	box.directory = S_ISDIR(st.st_mode);
	ret->engine = "archive";
	ret->name = ctguard_alloc_string(path, strlen(path));
	/* What docker save writes since version 25 is both. */
	r = read_member(&box, "index.json", &data, &size, error);
	if (r > 0)
		return measure_layout(&box, name, data, size, content, ret,
				      ret_note, error);
	if (!r)
		r = read_member(&box, "manifest.json", &data, &size, error);
	if (r > 0)
		return measure_saved(&box, name, data, size, content, ret,
				     ret_note, error);
	if (r < 0)
		return -1;
	return ctguard_error_set(
		error, CTGUARD_EXIT_MALFORMED, 0,
		"%s: found neither index.json nor manifest.json, expected an image: an OCI layout, or what docker save or podman save writes",
		path);
}
