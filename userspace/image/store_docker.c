// SPDX-License-Identifier: GPL-2.0
/*
 * Docker's classic store, driver overlay2 (moby: image/fs.go, layer/filestore.go,
 * daemon/graphdriver/overlay2). An image's id is the SHA-256 of its config;
 * manifests are not kept. Layers are found by their chain ids. What a container
 * writes is in a directory above one with what Docker mounts over.
 */
#include <stdlib.h>
#include <string.h>

#include <ctguard/measurement.h>

#include "../lib/alloc.h"
#include "../lib/approved.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "json.h"
#include "store.h"

static const char default_root[] = "/var/lib/docker";
static const char algorithm[] = "sha256:";

static const char *root_of(const struct ctguard_stores *stores)
{
	return stores->docker ? stores->docker : default_root;
}

/* Reads the config of the image "sha256:HEX" and looks its layers up. */
static int read_image(const char *root, const char *id,
		      struct ctguard_measured *image,
		      struct ctguard_error *error)
{
	const char *hex = id + strlen(algorithm);
	uint8_t expected[CTGUARD_DIGEST_SIZE], chain[CTGUARD_DIGEST_SIZE];
	CTGUARD_FREE char *path = NULL, *data = NULL;
	char found[CTGUARD_DIGEST_TEXT];
	size_t size;

	if (!ctguard_approved_digest(id, strlen(id), expected))
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found an image whose id is no digest, expected \"sha256:\" and 64 digits",
			root);
	path = ctguard_alloc_format(
		"%s/image/overlay2/imagedb/content/sha256/%s", root, hex);
	if (ctguard_file_read(path, CTGUARD_IMAGE_MAX_JSON, &data, &size,
			      error) < 0 ||
	    ctguard_spec_config(path, data, size, image, error) < 0)
		return -1;
	if (memcmp(image->config, expected, sizeof(expected))) {
		ctguard_digest_text(image->config, found);
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found bytes of sha256:%s, expected those that its name says",
			path, found);
	}
	for (size_t i = 0; i < image->layer_count; i++) {
		CTGUARD_FREE char *cache_path = NULL, *cache = NULL;
		CTGUARD_FREE char *diff_path = NULL, *diff = NULL;
		uint8_t diff_id[CTGUARD_DIGEST_SIZE];

		ctguard_spec_chain(image, i, chain);
		ctguard_digest_text(chain, found);
		diff_path = ctguard_alloc_format(
			"%s/image/overlay2/layerdb/sha256/%s/diff", root,
			found);
		cache_path = ctguard_alloc_format(
			"%s/image/overlay2/layerdb/sha256/%s/cache-id", root,
			found);
		if (ctguard_store_text(diff_path, &diff, error) < 0 ||
		    ctguard_store_text(cache_path, &cache, error) < 0)
			return -1;
		if (!ctguard_approved_digest(diff, strlen(diff), diff_id) ||
		    memcmp(diff_id, image->layers[i].diff_id, sizeof(diff_id)))
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: found another layer than number %zu of the config",
				diff_path, i);
		if (!ctguard_store_is_name(cache))
			return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED,
						 0, "%s: found no name",
						 cache_path);
		image->layers[i].path = ctguard_alloc_format(
			"%s/overlay2/%s/diff", root, cache);
	}
	image->level = CTGUARD_LEVEL_CONFIG;
	return 0;
}

/* One of the names in a container's directory of layerdb; to be freed. */
static char *mount_name(const char *root, const char *id, const char *what,
			struct ctguard_error *error)
{
	CTGUARD_FREE char *path = ctguard_alloc_format(
		"%s/image/overlay2/layerdb/mounts/%s/%s", root, id, what);
	char *name = NULL;

	if (ctguard_store_text(path, &name, error) < 0)
		return NULL;
	if (ctguard_store_is_name(name))
		return name;
	free(name);
	ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0, "%s: found no name",
			  path);
	return NULL;
}

static int find_in(const char *root, const char *id,
		   struct ctguard_measured *ret, struct ctguard_error *error)
{
	CTGUARD_FREE char *path = ctguard_alloc_format(
		"%s/containers/%s/config.v2.json", root, id);
	CTGUARD_FREE char *mount = NULL, *init = NULL;
	CTGUARD_JSON json_t *json = NULL;
	const char *image, *driver;

	if (!ctguard_store_exists(path))
		return 0;
	ret->engine = ctguard_engines[1].name;
	if (ctguard_json_file(path, CTGUARD_IMAGE_MAX_JSON, &json, error) < 0)
		return -1;
	image = ctguard_json_string(path, json, "Image", error);
	driver = ctguard_json_string(path, json, "Driver", error);
	if (!image || !driver)
		return -1;
	if (strcmp(driver, "overlay2"))
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%s: found the storage driver \"%.40s\", expected overlay2",
			path, driver);
	ret->name = ctguard_alloc_string(image, strlen(image));
	if (read_image(root, image, ret, error) < 0)
		return -1;
	mount = mount_name(root, id, "mount-id", error);
	init = mount ? mount_name(root, id, "init-id", error) : NULL;
	if (!init)
		return -1;
	ret->base = ctguard_alloc_format("%s/overlay2", root);
	ret->upper = ctguard_alloc_format("%s/overlay2/%s/diff", root, mount);
	ret->above = ctguard_alloc_format("%s/overlay2/%s/diff", root, init);
	return 1;
}

/*
 * With remapped users the store is a directory "UID.GID" below: the bundle's
 * root, which the engine gave, says which.
 */
static char *remapped(const char *root, const char *bundle_root)
{
	size_t length = strlen(root), user, group;
	const char *rest = bundle_root + length + 1;

	if (strncmp(bundle_root, root, length) || bundle_root[length] != '/')
		return NULL;
	user = strspn(rest, "0123456789");
	if (!user || rest[user] != '.')
		return NULL;
	group = strspn(rest + user + 1, "0123456789");
	if (!group || rest[user + 1 + group] != '/')
		return NULL;
	return ctguard_alloc_format("%s/%.*s", root, (int)(user + 1 + group),
				    rest);
}

/** ctguard_docker_container() - see struct ctguard_engine */
int ctguard_docker_container(const struct ctguard_stores *stores,
			     const char *id, const char *bundle,
			     struct ctguard_measured *ret,
			     struct ctguard_error *error)
{
	CTGUARD_FREE char *config = NULL, *below = NULL;
	CTGUARD_JSON json_t *json = NULL;
	const char *path;

	if (!ctguard_store_is_hex(id))
		return 0;
	if (bundle) {
		config = ctguard_alloc_format("%s/config.json", bundle);
		if (ctguard_json_file(config, CTGUARD_IMAGE_MAX_JSON, &json,
				      error) < 0)
			return -1;
		path = json_string_value(
			json_object_get(json_object_get(json, "root"), "path"));
		below = path ? remapped(root_of(stores), path) : NULL;
	}
	return find_in(below ? below : root_of(stores), id, ret, error);
}

/* The id that a name stands for in repositories.json, of @json; or NULL. */
static const char *id_of(const json_t *json, const char *name)
{
	CTGUARD_FREE char *latest = ctguard_alloc_format("%s:latest", name);
	const json_t *repositories = json_object_get(json, "Repositories");
	const json_t *names, *id;
	const char *key;

	json_object_foreach((json_t *)repositories, key, names)
	{
		id = json_object_get(names, name);
		if (!id)
			id = json_object_get(names, latest);
		if (json_is_string(id))
			return json_string_value(id);
	}
	return NULL;
}

/** ctguard_docker_image() - see struct ctguard_engine */
int ctguard_docker_image(const struct ctguard_stores *stores, const char *name,
			 struct ctguard_measured *ret,
			 struct ctguard_error *error)
{
	const char *root = root_of(stores), *id = NULL;
	CTGUARD_FREE char *path = ctguard_alloc_format(
		"%s/image/overlay2/repositories.json", root);
	CTGUARD_FREE char *written = NULL, *content = NULL;
	CTGUARD_JSON json_t *json = NULL;

	if (!ctguard_store_exists(path))
		return 0;
	if (ctguard_json_file(path, CTGUARD_IMAGE_MAX_RECORDS, &json, error) <
	    0)
		return -1;
	if (!strncmp(name, algorithm, strlen(algorithm)) &&
	    ctguard_store_is_hex(name + strlen(algorithm)))
		written = ctguard_alloc_string(name, strlen(name));
	else if (ctguard_store_is_hex(name))
		written = ctguard_alloc_format("%s%s", algorithm, name);
	id = written ? written : id_of(json, name);
	if (!id)
		return 0;
	ret->engine = ctguard_engines[1].name;
	ret->name = ctguard_alloc_string(name, strlen(name));
	content = ctguard_alloc_format(
		"%s/image/overlay2/imagedb/content/sha256/%s", root,
		id + strlen(algorithm));
	if (written && !ctguard_store_exists(content))
		return 0;
	return read_image(root, id, ret, error) < 0 ? -1 : 1;
}
