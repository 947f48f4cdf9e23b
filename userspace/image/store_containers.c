// SPDX-License-Identifier: GPL-2.0
/*
 * The store of podman and CRI-O: https://github.com/containers/storage, driver
 * overlay. Containers, images and layers are lists in JSON; an image's config
 * and manifest are files of their own ("big data").
 */
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctguard/measurement.h>

#include "../lib/alloc.h"
#include "../lib/approved.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/file.h"
#include "json.h"
#include "store.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char default_root[] = "/var/lib/containers/storage";

/* The quoted value of a line "key = ..." of TOML; to be freed, or NULL. */
static char *toml_string(const char *line, const char *key)
{
	size_t length = strlen(key);

	line += strspn(line, " \t");
	if (strncmp(line, key, length))
		return NULL;
	line += length;
	line += strspn(line, " \t");
	if (*line++ != '=')
		return NULL;
	line += strspn(line, " \t");
	if (*line != '"' && *line != '\'')
		return NULL;
	length = strcspn(line + 1, (char[]){ *line, '\0' });
	if (line[1 + length] != *line || memchr(line + 1, '\\', length))
		return NULL;
	return ctguard_alloc_string(line + 1, length);
}

/* graphroot of the section [storage]; to be freed, or NULL. */
static char *configured_root(const char *path)
{
	CTGUARD_FREE char *text = NULL;
	struct ctguard_error error;
	bool inside = false;
	char *root = NULL, *line, *rest;
	size_t size;

	if (ctguard_file_read(path, 1 << 20, &text, &size, &error) < 0)
		return NULL;
	for (rest = text; !root && (line = strsep(&rest, "\n"));) {
		line += strspn(line, " \t");
		if (*line == '[')
			inside = !strncmp(line, "[storage]", 9);
		else if (inside)
			root = toml_string(line, "graphroot");
	}
	return root;
}

/* As containers-storage.conf(5) looks for it; to be freed. */
static char *root_of(const struct ctguard_stores *stores)
{
	static const char *const files[] = {
		"/etc/containers/storage.conf",
		"/usr/share/containers/storage.conf",
	};
	const char *root = stores->containers;

	for (size_t i = 0; !root && i < COUNT(files); i++) {
		char *found = configured_root(files[i]);

		if (found)
			return found;
	}
	if (!root)
		root = default_root;
	return ctguard_alloc_string(root, strlen(root));
}

/* The file of a piece of big data: makeBigDataBaseName() of the library. */
static char *big_data(const char *root, const char *id, const char *key)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char text[512];

	if (strspn(key, plain) == strlen(key))
		return ctguard_alloc_format("%s/overlay-images/%s/%s", root, id,
					    key);
	if (strlen(key) > 300)
		return ctguard_alloc_format("%s/overlay-images/%s/", root, id);
	EVP_EncodeBlock(text, (const unsigned char *)key, (int)strlen(key));
	return ctguard_alloc_format("%s/overlay-images/%s/=%s", root, id, text);
}

/* The record of a list that has this "id", or NULL. */
static const json_t *record_of(const json_t *list, const char *id)
{
	const json_t *record;
	size_t i;

	json_array_foreach(list, i, record)
	{
		const char *found =
			json_string_value(json_object_get(record, "id"));

		if (found && !strcmp(found, id))
			return record;
	}
	return NULL;
}

static int load_list(const char *root, const char *name, char **ret_path,
		     json_t **ret, struct ctguard_error *error)
{
	*ret_path = ctguard_alloc_format("%s/%s", root, name);
	if (ctguard_json_file(*ret_path, CTGUARD_IMAGE_MAX_RECORDS, ret,
			      error) < 0)
		return -1;
	if (json_is_array(*ret))
		return 0;
	return ctguard_error_set(
		error, CTGUARD_EXIT_MALFORMED, 0,
		"%s: found no array, expected a list of records", *ret_path);
}

/*
 * Reads config and manifest of an image: level 1. The config is the piece of
 * big data that is named by its own digest, and that the manifest names.
 */
static int read_image(const char *root, const char *id,
		      struct ctguard_measured *image,
		      struct ctguard_error *error)
{
	CTGUARD_FREE char *manifest_path = NULL, *manifest_data = NULL;
	CTGUARD_FREE char *config_path = NULL, *config_data = NULL;
	CTGUARD_FREE char *key = NULL;
	CTGUARD_FREE void *layers = NULL;
	struct ctguard_manifest manifest;
	char hex[CTGUARD_DIGEST_TEXT], named[CTGUARD_DIGEST_TEXT];
	size_t manifest_size, config_size;

	manifest_path = big_data(root, id, "manifest");
	if (ctguard_file_read(manifest_path, CTGUARD_IMAGE_MAX_JSON,
			      &manifest_data, &manifest_size, error) < 0 ||
	    ctguard_spec_manifest(manifest_path, manifest_data, manifest_size,
				  &manifest, error) < 0)
		return -1;
	layers = manifest.layers;
	ctguard_digest_text(manifest.config, named);
	key = ctguard_alloc_format("sha256:%s", named);
	config_path = big_data(root, id, key);
	if (ctguard_file_read(config_path, CTGUARD_IMAGE_MAX_JSON, &config_data,
			      &config_size, error) < 0 ||
	    ctguard_spec_config(config_path, config_data, config_size, image,
				error) < 0)
		return -1;
	ctguard_digest_text(image->config, hex);
	if (strcmp(hex, named))
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found bytes of sha256:%s, expected sha256:%s, which its name and the manifest say",
			config_path, hex, named);
	if (ctguard_spec_link(manifest_path, manifest_data, manifest_size,
			      image, error) < 0)
		return -1;
	image->level = CTGUARD_LEVEL_CONFIG;
	return 0;
}

/*
 * Follows the layers from @top down and takes their directories: as many, of
 * the same digests and in the same order as the config has them.
 */
static int follow_layers(const char *root, const char *top,
			 struct ctguard_measured *image,
			 struct ctguard_error *error)
{
	CTGUARD_FREE char *path = NULL;
	CTGUARD_JSON json_t *list = NULL;
	const char *id = top;
	size_t left = image->layer_count;

	if (load_list(root, "overlay-layers/layers.json", &path, &list, error) <
	    0)
		return -1;
	while (id && *id) {
		const json_t *record = record_of(list, id);
		uint8_t diff_id[CTGUARD_DIGEST_SIZE];
		struct ctguard_layer *layer;

		if (!record || !ctguard_store_is_name(id))
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: found no layer %s, expected one", path,
				id);
		if (!left)
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: found more layers below %s than the %zu of the image's config",
				path, top, image->layer_count);
		layer = &image->layers[--left];
		if (ctguard_json_digest(path, record, "diff-digest", diff_id,
					error) < 0)
			return -1;
		if (memcmp(diff_id, layer->diff_id, sizeof(diff_id)))
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: found layer %s to have another diff-digest than number %zu of the image's config",
				path, id, left);
		layer->path =
			ctguard_alloc_format("%s/overlay/%s/diff", root, id);
		/* A copy for a user namespace, over the layer itself. */
		if (json_array_size(json_object_get(record, "uidmap")) ||
		    json_array_size(json_object_get(record, "gidmap")))
			image->mapped = true;
		id = json_string_value(json_object_get(record, "parent"));
	}
	if (left)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found %zu layers below %s, expected the %zu of the image's config",
			path, image->layer_count - left, top,
			image->layer_count);
	return 0;
}

/* The parent of a layer, to be freed; or NULL, which is told. */
static char *parent_of(const char *root, const char *id,
		       struct ctguard_error *error)
{
	CTGUARD_FREE char *path = NULL;
	CTGUARD_JSON json_t *list = NULL;
	const json_t *record;
	const char *parent;

	if (load_list(root, "overlay-layers/layers.json", &path, &list, error) <
	    0)
		return NULL;
	record = record_of(list, id);
	if (!record) {
		ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				  "%s: found no layer %s, expected one", path,
				  id);
		return NULL;
	}
	parent = json_string_value(json_object_get(record, "parent"));
	return ctguard_alloc_string(parent ? parent : "",
				    parent ? strlen(parent) : 0);
}

/* Its record, in one of the lists that containers are kept in. */
static int find_container(const char *root, const char *id, char **ret_path,
			  json_t **ret_list, const json_t **ret,
			  struct ctguard_error *error)
{
	static const char *const names[] = {
		"overlay-containers/containers.json",
		"overlay-containers/volatile-containers.json",
	};

	for (size_t i = 0; i < COUNT(names); i++) {
		CTGUARD_FREE char *path =
			ctguard_alloc_format("%s/%s", root, names[i]);
		CTGUARD_JSON json_t *list = NULL;

		if (!ctguard_store_exists(path))
			continue;
		if (ctguard_json_file(path, CTGUARD_IMAGE_MAX_RECORDS, &list,
				      error) < 0)
			return -1;
		*ret = record_of(list, id);
		if (!*ret)
			continue;
		*ret_list = list;
		*ret_path = path;
		list = NULL;
		path = NULL;
		return 1;
	}
	return 0;
}

/** ctguard_containers_container() - see struct ctguard_engine */
int ctguard_containers_container(const struct ctguard_stores *stores,
				 const char *id, const char *bundle,
				 struct ctguard_measured *ret,
				 struct ctguard_error *error)
{
	CTGUARD_FREE char *root = root_of(stores), *path = NULL, *top = NULL;
	CTGUARD_JSON json_t *list = NULL;
	const char *image, *layer;
	const json_t *record;
	int r;

	(void)bundle;
	if (!ctguard_store_is_hex(id))
		return 0;
	r = find_container(root, id, &path, &list, &record, error);
	if (r <= 0)
		return r;
	ret->engine = ctguard_engines[0].name;
	layer = ctguard_json_string(path, record, "layer", error);
	if (!layer)
		return -1;
	image = json_string_value(json_object_get(record, "image"));
	if (!image || !*image)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"container %s is of no image, but of a directory", id);
	if (!ctguard_store_is_name(image) || !ctguard_store_is_name(layer))
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found no name as image or layer of container %s",
			path, id);
	ret->name = ctguard_alloc_string(image, strlen(image));
	ret->base = ctguard_alloc_format("%s/overlay", root);
	ret->upper = ctguard_alloc_format("%s/overlay/%s/diff", root, layer);
	if (read_image(root, image, ret, error) < 0)
		return -1;
	top = parent_of(root, layer, error);
	if (!top || follow_layers(root, top, ret, error) < 0)
		return -1;
	return 1;
}

/* Whether one of an image's names is @name, with what may be left out. */
static bool is_called(const json_t *record, const char *name)
{
	static const char *const before[] = { "", "localhost/",
					      "docker.io/library/",
					      "docker.io/" };
	static const char *const behind[] = { "", ":latest" };
	const json_t *names = json_object_get(record, "names"), *item;
	size_t i;

	json_array_foreach(names, i, item)
	{
		const char *found = json_string_value(item);

		for (size_t j = 0; found && j < COUNT(before); j++)
			for (size_t k = 0; k < COUNT(behind); k++) {
				CTGUARD_FREE char *whole = ctguard_alloc_format(
					"%s%s%s", before[j], name, behind[k]);

				if (!strcmp(found, whole))
					return true;
			}
	}
	return false;
}

/* Whether @name is the image's id, or at least 12 digits that it begins with. */
static bool is_id(const json_t *record, const char *name)
{
	const char *id = json_string_value(json_object_get(record, "id"));

	return id && strlen(name) >= 12 && !strncmp(id, name, strlen(name));
}

/** ctguard_containers_image() - see struct ctguard_engine */
int ctguard_containers_image(const struct ctguard_stores *stores,
			     const char *name, struct ctguard_measured *ret,
			     struct ctguard_error *error)
{
	CTGUARD_FREE char *root = root_of(stores), *path = NULL;
	CTGUARD_FREE char *images =
		ctguard_alloc_format("%s/overlay-images/images.json", root);
	const json_t *record, *found = NULL;
	CTGUARD_JSON json_t *list = NULL;
	const char *id, *layer;
	size_t i;

	if (!ctguard_store_exists(images))
		return 0;
	if (load_list(root, "overlay-images/images.json", &path, &list, error) <
	    0)
		return -1;
	json_array_foreach(list, i, record)
	{
		if (!is_called(record, name) && !is_id(record, name))
			continue;
		if (found)
			return ctguard_error_set(
				error, CTGUARD_EXIT_NO, 0,
				"%s: found more than one image that \"%s\" may mean, expected one: give its id",
				path, name);
		found = record;
	}
	if (!found)
		return 0;
	ret->engine = ctguard_engines[0].name;
	ret->name = ctguard_alloc_string(name, strlen(name));
	id = ctguard_json_string(path, found, "id", error);
	if (!id)
		return -1;
	if (!ctguard_store_is_name(id))
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no name as id of an image",
					 path);
	if (read_image(root, id, ret, error) < 0)
		return -1;
	layer = json_string_value(json_object_get(found, "layer"));
	if (follow_layers(root, layer, ret, error) < 0)
		return -1;
	return 1;
}
