// SPDX-License-Identifier: GPL-2.0
/*
 * Configs and manifests of images: those of the OCI image specification, and
 * version 2 of Docker's, which have the same members where it matters here.
 */
#include <stdlib.h>
#include <string.h>

#include "../lib/alloc.h"
#include "../lib/approved.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "image.h"
#include "json.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int take_diff_ids(const char *name, const json_t *list,
			 struct ctguard_measured *image,
			 struct ctguard_error *error)
{
	size_t count = json_array_size(list);

	if (count > CTGUARD_IMAGE_MAX_LAYERS)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found %zu layers, expected at most %u", name,
			count, CTGUARD_IMAGE_MAX_LAYERS);
	image->layers =
		ctguard_alloc_zeroed(count ? count : 1, sizeof(*image->layers));
	image->layer_count = count;
	for (size_t i = 0; i < count; i++) {
		const json_t *item = json_array_get(list, i);

		if (!json_is_string(item) ||
		    !ctguard_approved_digest(json_string_value(item),
					     json_string_length(item),
					     image->layers[i].diff_id))
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: found another value as number %zu of rootfs.diff_ids, expected \"sha256:\" and 64 lower-case hexadecimal digits",
				name, i);
	}
	return 0;
}

/**
 * ctguard_spec_config() - what a config says
 * @name: of it, for the error
 * @data: its bytes
 * @size: their number
 * @image: empty of layers; gets them, and the config's digest
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_spec_config(const char *name, const void *data, size_t size,
			struct ctguard_measured *image,
			struct ctguard_error *error)
{
	CTGUARD_JSON json_t *json = NULL;
	const json_t *rootfs, *diff_ids;
	const char *type;

	if (ctguard_json_parse(name, data, size, &json, error) < 0)
		return -1;
	rootfs = ctguard_json_get(name, json, "rootfs", JSON_OBJECT, error);
	if (!rootfs)
		return -1;
	type = ctguard_json_string(name, rootfs, "type", error);
	if (!type)
		return -1;
	if (strcmp(type, "layers"))
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found another rootfs.type, expected \"layers\"",
			name);
	diff_ids =
		ctguard_json_get(name, rootfs, "diff_ids", JSON_ARRAY, error);
	if (!diff_ids || take_diff_ids(name, diff_ids, image, error) < 0)
		return -1;
	return ctguard_digest_make(data, size, image->config, error);
}

/**
 * ctguard_spec_manifest() - what a manifest says
 * @name: of it, for the error
 * @data: its bytes
 * @size: their number
 * @ret: what it names; @ret->layers is to be freed
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_spec_manifest(const char *name, const void *data, size_t size,
			  struct ctguard_manifest *ret,
			  struct ctguard_error *error)
{
	struct ctguard_manifest manifest = { .layers = NULL };
	CTGUARD_FREE void *layers = NULL;
	CTGUARD_JSON json_t *json = NULL;
	const json_t *version, *config, *list;

	if (ctguard_json_parse(name, data, size, &json, error) < 0)
		return -1;
	version = ctguard_json_get(name, json, "schemaVersion", JSON_INTEGER,
				   error);
	if (!version)
		return -1;
	if (json_integer_value(version) != 2)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found another schemaVersion, expected 2", name);
	if (json_object_get(json, "manifests"))
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found an index of manifests, expected one manifest",
			name);
	config = ctguard_json_get(name, json, "config", JSON_OBJECT, error);
	list = ctguard_json_get(name, json, "layers", JSON_ARRAY, error);
	if (!config || !list ||
	    ctguard_json_digest(name, config, "digest", manifest.config,
				error) < 0)
		return -1;
	manifest.layer_count = json_array_size(list);
	if (manifest.layer_count > CTGUARD_IMAGE_MAX_LAYERS)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found %zu layers, expected at most %u", name,
			manifest.layer_count, CTGUARD_IMAGE_MAX_LAYERS);
	layers = ctguard_alloc_zeroed(manifest.layer_count + 1,
				      CTGUARD_DIGEST_SIZE);
	manifest.layers = layers;
	for (size_t i = 0; i < manifest.layer_count; i++)
		if (ctguard_json_digest(name, json_array_get(list, i), "digest",
					manifest.layers[i], error) < 0)
			return -1;
	layers = NULL;
	*ret = manifest;
	return 0;
}

/**
 * ctguard_spec_link() - take a manifest that must be of this config
 * @name: of it, for the error
 * @data: its bytes
 * @size: their number
 * @image: has config and layers; gets the manifest
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_spec_link(const char *name, const void *data, size_t size,
		      struct ctguard_measured *image,
		      struct ctguard_error *error)
{
	struct ctguard_manifest manifest;
	CTGUARD_FREE void *layers = NULL;
	char named[CTGUARD_DIGEST_TEXT], found[CTGUARD_DIGEST_TEXT];

	if (ctguard_spec_manifest(name, data, size, &manifest, error) < 0)
		return -1;
	layers = manifest.layers;
	if (memcmp(manifest.config, image->config, sizeof(image->config))) {
		ctguard_digest_text(manifest.config, named);
		ctguard_digest_text(image->config, found);
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found the config sha256:%s in it, expected sha256:%s, which the image has",
			name, named, found);
	}
	if (manifest.layer_count != image->layer_count)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found %zu layers in it, expected the %zu of its config",
			name, manifest.layer_count, image->layer_count);
	if (ctguard_digest_make(data, size, image->manifest, error) < 0)
		return -1;
	image->has_manifest = true;
	return 0;
}

/**
 * ctguard_spec_chain() - the chain id of a layer
 * @image: has layers
 * @layer: whose it is
 * @chain: of the layer below; gets this one's. Not looked at for the first
 *
 * See "Layer ChainID" in the OCI image specification.
 */
void ctguard_spec_chain(const struct ctguard_measured *image, size_t layer,
			uint8_t chain[CTGUARD_DIGEST_SIZE])
{
	const uint8_t *diff_id = image->layers[layer].diff_id;
	char below[CTGUARD_DIGEST_TEXT], own[CTGUARD_DIGEST_TEXT];
	CTGUARD_FREE char *text = NULL;
	struct ctguard_error error;

	if (!layer) {
		memcpy(chain, diff_id, CTGUARD_DIGEST_SIZE);
		return;
	}
	ctguard_digest_text(chain, below);
	ctguard_digest_text(diff_id, own);
	text = ctguard_alloc_format("sha256:%s sha256:%s", below, own);
	if (ctguard_digest_make(text, strlen(text), chain, &error) < 0)
		memset(chain, 0, CTGUARD_DIGEST_SIZE);
}
