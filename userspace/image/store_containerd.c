// SPDX-License-Identifier: GPL-2.0
/*
 * containerd's store, snapshotter overlayfs (containerd: metadata/buckets.go,
 * snapshots/storage/bolt.go). Records are in two databases: of containers,
 * images and the names of snapshots, by namespace; and of the snapshotter, by
 * those names. Configs and manifests are files named by their digests. Layers
 * are snapshots named by their chain ids.
 */
#include <stdlib.h>
#include <string.h>

#include <ctguard/measurement.h>

#include "../lib/alloc.h"
#include "../lib/approved.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/file.h"
#include "bolt.h"
#include "json.h"
#include "store.h"

static const char default_root[] = "/var/lib/containerd";
static const char driver[] = "overlayfs";
static const char snapshotter[] = "io.containerd.snapshotter.v1.overlayfs";

/* An index of manifests has at most this many that are looked at. */
#define MANIFESTS_MAX 256

struct store {
	char *root;
	char *meta_path;
	char *snapshots_path;
	struct ctguard_bolt meta;
	struct ctguard_bolt snapshots;
	const char *namespace;
};

static void store_clear(struct store *store)
{
	ctguard_bolt_close(&store->meta);
	ctguard_bolt_close(&store->snapshots);
	free(store->root);
	free(store->meta_path);
	free(store->snapshots_path);
}

/* 1, 0 when there is no such store, or -1. */
static int store_open(const struct ctguard_stores *stores, struct store *ret,
		      struct ctguard_error *error)
{
	const char *root = stores->containerd ? stores->containerd :
						default_root;

	memset(ret, 0, sizeof(*ret));
	ret->root = ctguard_alloc_string(root, strlen(root));
	ret->meta_path = ctguard_alloc_format(
		"%s/io.containerd.metadata.v1.bolt/meta.db", root);
	ret->snapshots_path =
		ctguard_alloc_format("%s/%s/metadata.db", root, snapshotter);
	if (!ctguard_store_exists(ret->meta_path) ||
	    !ctguard_store_exists(ret->snapshots_path))
		return 0;
	if (ctguard_bolt_open(&ret->meta, ret->meta_path, error) < 0 ||
	    ctguard_bolt_open(&ret->snapshots, ret->snapshots_path, error) < 0)
		return -1;
	return 1;
}

/* A value as a string, to be freed: 1, 0 when there is none, or -1. */
static int get_text(const struct ctguard_bolt *bolt,
		    const struct ctguard_bolt_bucket *bucket, const char *key,
		    char **ret, struct ctguard_error *error)
{
	struct ctguard_bolt_value value;
	int r = ctguard_bolt_get(bolt, bucket, key, &value, error);

	if (r <= 0)
		return r;
	if (value.size > 4096 || memchr(value.bytes, 0, value.size))
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no text as \"%s\"",
					 bolt->path, key);
	*ret = ctguard_alloc_string((const char *)value.bytes, value.size);
	return 1;
}

static int absent(const struct ctguard_bolt *bolt, const char *what,
		  const char *name, struct ctguard_error *error)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(name, strlen(name));

	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s: found no %s %.200s, expected one",
				 bolt->path, what, shown);
}

/* An unsigned number as encoding/binary.PutUvarint() writes it. */
static bool get_number(const struct ctguard_bolt_value *value, uint64_t *ret)
{
	uint64_t number = 0;
	unsigned int shift = 0;

	for (size_t i = 0; i < value->size && shift < 63; i++, shift += 7) {
		number |= (uint64_t)(value->bytes[i] & 0x7f) << shift;
		if (value->bytes[i] & 0x80)
			continue;
		*ret = number;
		return i + 1 == value->size;
	}
	return false;
}

/* The directory of the snapshot that a namespace calls @key; to be freed. */
static char *directory_of(const struct store *store, const char *key,
			  char **ret_parent, struct ctguard_error *error)
{
	const char *const names[] = { "v1",	   store->namespace,
				      "snapshots", driver,
				      key,	   NULL };
	CTGUARD_FREE char *name = NULL;
	struct ctguard_bolt_bucket bucket;
	struct ctguard_bolt_value value;
	uint64_t number;
	int r;

	r = ctguard_bolt_bucket(&store->meta, names, &bucket, error);
	if (r > 0)
		r = get_text(&store->meta, &bucket, "name", &name, error);
	if (r > 0 && ret_parent &&
	    get_text(&store->meta, &bucket, "parent", ret_parent, error) < 0)
		r = -1;
	if (!r)
		absent(&store->meta, "snapshot", key, error);
	if (r <= 0)
		return NULL;
	r = ctguard_bolt_bucket(&store->snapshots,
				(const char *const[]){ "v1", "snapshots", name,
						       NULL },
				&bucket, error);
	if (r > 0)
		r = ctguard_bolt_get(&store->snapshots, &bucket, "id", &value,
				     error);
	if (!r || (r > 0 && !get_number(&value, &number))) {
		absent(&store->snapshots, "number of snapshot", name, error);
		return NULL;
	}
	if (r < 0)
		return NULL;
	return ctguard_alloc_format("%s/%s/snapshots/%llu/fs", store->root,
				    snapshotter, (unsigned long long)number);
}

/* Reads the blob "sha256:HEX", whose bytes must have that digest. */
static int read_blob(const struct store *store, const char *digest,
		     char **ret_path, char **ret_data, size_t *ret_size,
		     struct ctguard_error *error)
{
	uint8_t expected[CTGUARD_DIGEST_SIZE], found[CTGUARD_DIGEST_SIZE];
	char hex[CTGUARD_DIGEST_TEXT];

	if (!ctguard_approved_digest(digest, strlen(digest), expected))
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found an image whose digest is none of sha256",
			store->meta.path);
	ctguard_digest_text(expected, hex);
	*ret_path = ctguard_alloc_format(
		"%s/io.containerd.content.v1.content/blobs/sha256/%s",
		store->root, hex);
	if (ctguard_file_read(*ret_path, CTGUARD_IMAGE_MAX_JSON, ret_data,
			      ret_size, error) < 0 ||
	    ctguard_digest_make(*ret_data, *ret_size, found, error) < 0)
		return -1;
	if (!memcmp(found, expected, sizeof(found)))
		return 0;
	ctguard_digest_text(found, hex);
	return ctguard_error_set(
		error, CTGUARD_EXIT_MALFORMED, 0,
		"%s: found bytes of sha256:%s, expected those that its name says",
		*ret_path, hex);
}

/* Reads the manifest @digest and its config: level 1. */
static int read_manifest(const struct store *store, const char *digest,
			 struct ctguard_measured *image,
			 struct ctguard_error *error)
{
	CTGUARD_FREE char *path = NULL, *data = NULL, *named = NULL;
	CTGUARD_FREE char *config_path = NULL, *config_data = NULL;
	CTGUARD_FREE void *layers = NULL;
	struct ctguard_manifest manifest;
	char hex[CTGUARD_DIGEST_TEXT];
	size_t size, config_size;

	if (read_blob(store, digest, &path, &data, &size, error) < 0 ||
	    ctguard_spec_manifest(path, data, size, &manifest, error) < 0)
		return -1;
	layers = manifest.layers;
	ctguard_digest_text(manifest.config, hex);
	named = ctguard_alloc_format("sha256:%s", hex);
	if (read_blob(store, named, &config_path, &config_data, &config_size,
		      error) < 0 ||
	    ctguard_spec_config(config_path, config_data, config_size, image,
				error) < 0 ||
	    ctguard_spec_link(path, data, size, image, error) < 0)
		return -1;
	image->level = CTGUARD_LEVEL_CONFIG;
	return 0;
}

/* The name of the snapshot that is all layers of an image; to be freed. */
static char *top_of(const struct ctguard_measured *image)
{
	uint8_t chain[CTGUARD_DIGEST_SIZE] = { 0 };
	char hex[CTGUARD_DIGEST_TEXT];

	for (size_t i = 0; i < image->layer_count; i++)
		ctguard_spec_chain(image, i, chain);
	ctguard_digest_text(chain, hex);
	return image->layer_count ? ctguard_alloc_format("sha256:%s", hex) :
				    ctguard_alloc_string("", 0);
}

/* Takes a manifest when its layers are the snapshot @top; NULL takes any. */
static int try_manifest(const struct store *store, const char *digest,
			const char *top, struct ctguard_measured *image,
			struct ctguard_error *error)
{
	struct ctguard_measured tried = { .engine = image->engine };
	CTGUARD_FREE char *own = NULL;

	if (read_manifest(store, digest, &tried, error) < 0) {
		ctguard_measured_clear(&tried);
		return -1;
	}
	own = top_of(&tried);
	if (top && strcmp(own, top)) {
		ctguard_measured_clear(&tried);
		return 0;
	}
	tried.name = image->name;
	*image = tried;
	return 1;
}

/*
 * The image of a name's target: a manifest, or an index of some for different
 * platforms, of which the one is meant whose layers are the container's.
 */
static int read_target(const struct store *store, const char *digest,
		       const char *top, struct ctguard_measured *image,
		       struct ctguard_error *error)
{
	CTGUARD_FREE char *path = NULL, *data = NULL;
	CTGUARD_JSON json_t *json = NULL;
	const json_t *list, *item;
	size_t size, i;
	int r;

	if (read_blob(store, digest, &path, &data, &size, error) < 0 ||
	    ctguard_json_parse(path, data, size, &json, error) < 0)
		return -1;
	list = json_object_get(json, "manifests");
	if (!list) {
		r = try_manifest(store, digest, top, image, error);
	} else {
		r = 0;
		json_array_foreach(list, i, item)
		{
			const char *one = json_string_value(
				json_object_get(item, "digest"));

			if (i == MANIFESTS_MAX)
				break;
			/* Other platforms' are not in the store. */
			if (one)
				r = try_manifest(store, one, top, image, error);
			if (r > 0)
				break;
		}
	}
	if (r > 0)
		return 0;
	if (r < 0 && !list)
		return -1;
	return ctguard_error_set(
		error, CTGUARD_EXIT_MALFORMED, 0,
		"%s: found no manifest in it whose layers are %s", path,
		top ? "the container's" : "in the store");
}

/* The directories of the layers. */
static int find_layers(const struct store *store,
		       struct ctguard_measured *image,
		       struct ctguard_error *error)
{
	uint8_t chain[CTGUARD_DIGEST_SIZE];
	char hex[CTGUARD_DIGEST_TEXT];

	for (size_t i = 0; i < image->layer_count; i++) {
		CTGUARD_FREE char *key = NULL;

		ctguard_spec_chain(image, i, chain);
		ctguard_digest_text(chain, hex);
		key = ctguard_alloc_format("sha256:%s", hex);
		image->layers[i].path = directory_of(store, key, NULL, error);
		if (!image->layers[i].path)
			return -1;
	}
	return 0;
}

/* The digest that a name stands for, to be freed: 1, 0 or -1. */
static int target_of(const struct store *store, const char *name, char **ret,
		     struct ctguard_error *error)
{
	const char *const names[] = { "v1", store->namespace, "images",
				      name, "target",	      NULL };
	struct ctguard_bolt_bucket bucket;
	int r = ctguard_bolt_bucket(&store->meta, names, &bucket, error);

	return r <= 0 ? r :
			get_text(&store->meta, &bucket, "digest", ret, error);
}

static int find_in(struct store *store, const char *id,
		   struct ctguard_measured *ret, struct ctguard_error *error)
{
	const char *const names[] = { "v1", store->namespace, "containers", id,
				      NULL };
	CTGUARD_FREE char *image = NULL, *by = NULL, *key = NULL;
	CTGUARD_FREE char *target = NULL, *top = NULL;
	struct ctguard_bolt_bucket bucket;
	int r = ctguard_bolt_bucket(&store->meta, names, &bucket, error);

	if (r <= 0)
		return r;
	ret->engine = ctguard_engines[2].name;
	if (get_text(&store->meta, &bucket, "image", &image, error) < 0 ||
	    get_text(&store->meta, &bucket, "snapshotter", &by, error) < 0 ||
	    get_text(&store->meta, &bucket, "snapshotKey", &key, error) < 0)
		return -1;
	if (!image || !*image || !key || !*key)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"container %s is of no image, but of a directory", id);
	if (!by || strcmp(by, driver))
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%s: found the snapshotter \"%.40s\", expected overlayfs",
			store->meta.path, by ? by : "");
	ret->name = ctguard_alloc_string(image, strlen(image));
	r = target_of(store, image, &target, error);
	if (!r)
		return absent(&store->meta, "image", image, error);
	if (r < 0)
		return -1;
	ret->upper = directory_of(store, key, &top, error);
	if (!ret->upper)
		return -1;
	ret->base = ctguard_alloc_format("%s/%s/snapshots", store->root,
					 snapshotter);
	/* These outlive the image that is tried. */
	{
		CTGUARD_FREE char *upper = ret->upper;
		CTGUARD_FREE char *base = ret->base;

		ret->upper = ret->base = NULL;
		if (read_target(store, target, top ? top : "", ret, error) < 0)
			return -1;
		ret->upper = upper;
		ret->base = base;
		upper = base = NULL;
	}
	return find_layers(store, ret, error) < 0 ? -1 : 1;
}

/* The namespace of a bundle ".../NAMESPACE/ID", to be freed; or NULL. */
static char *namespace_of(const char *bundle, const char *id)
{
	CTGUARD_FREE char *copy = NULL;
	char *slash;

	if (!bundle)
		return NULL;
	copy = ctguard_alloc_string(bundle, strlen(bundle));
	while ((slash = strrchr(copy, '/')) && !slash[1] && slash != copy)
		*slash = '\0';
	if (!slash || strcmp(slash + 1, id))
		return NULL;
	*slash = '\0';
	slash = strrchr(copy, '/');
	return slash && slash[1] ?
		       ctguard_alloc_string(slash + 1, strlen(slash + 1)) :
		       NULL;
}

/** ctguard_containerd_container() - see struct ctguard_engine */
int ctguard_containerd_container(const struct ctguard_stores *stores,
				 const char *id, const char *bundle,
				 struct ctguard_measured *ret,
				 struct ctguard_error *error)
{
	CTGUARD_FREE char *namespace = namespace_of(bundle, id);
	struct store store;
	int r;

	if (!namespace || !*id)
		return 0;
	r = store_open(stores, &store, error);
	store.namespace = namespace;
	if (r > 0)
		r = find_in(&store, id, ret, error);
	store_clear(&store);
	return r;
}

/** ctguard_containerd_image() - see struct ctguard_engine */
int ctguard_containerd_image(const struct ctguard_stores *stores,
			     const char *name, struct ctguard_measured *ret,
			     struct ctguard_error *error)
{
	static const char *const namespaces[] = { "default", "k8s.io", "moby" };
	CTGUARD_FREE char *target = NULL;
	struct store store;
	int r = store_open(stores, &store, error);

	for (size_t i = 0;
	     r > 0 && !target && i < sizeof(namespaces) / sizeof(*namespaces);
	     i++) {
		store.namespace = namespaces[i];
		if (target_of(&store, name, &target, error) < 0)
			r = -1;
	}
	if (r > 0 && !target)
		r = 0;
	if (r > 0) {
		ret->engine = ctguard_engines[2].name;
		ret->name = ctguard_alloc_string(name, strlen(name));
		if (read_target(&store, target, NULL, ret, error) < 0 ||
		    find_layers(&store, ret, error) < 0)
			r = -1;
	}
	store_clear(&store);
	return r;
}
