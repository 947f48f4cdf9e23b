/* SPDX-License-Identifier: GPL-2.0 */
/* An image and what is known of it. */
#ifndef CTGUARD_IMAGE_IMAGE_H
#define CTGUARD_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/cleanup.h"
#include "../lib/digest.h"

struct ctguard_error;

/* Bounds of what others wrote. */
#define CTGUARD_IMAGE_MAX_JSON (4U << 20)     /* of a config, a manifest */
#define CTGUARD_IMAGE_MAX_RECORDS (64U << 20) /* of an engine's records */
#define CTGUARD_IMAGE_MAX_LAYERS 1024

/**
 * struct ctguard_layer - a layer of an image
 * @diff_id: SHA-256 of its archive, as the config names it
 * @path: the directory that holds its content; NULL when there is none
 */
struct ctguard_layer {
	uint8_t diff_id[CTGUARD_DIGEST_SIZE];
	char *path;
};

/**
 * struct ctguard_measured - an image as measured
 * @engine: whose store it is in
 * @name: what people call it, to be freed
 * @config: SHA-256 of its config
 * @has_manifest: whether @manifest is known
 * @manifest: SHA-256 of its manifest
 * @layers: of its config, bottom first
 * @layer_count: of those
 * @level: CTGUARD_LEVEL_* that was come to
 * @above: directory of what the engine puts above the image, empty but for
 *	what it mounts over; NULL when it puts nothing there
 * @upper: the container's own directory; NULL of an image without container
 * @mapped: the engine mounts copies of the layers, with other owners
 * @base: what the mount's relative paths are relative to; NULL likewise
 * @has_content: whether @content is known
 * @content: SHA-256 of what its layers hold
 */
struct ctguard_measured {
	const char *engine;
	char *name;
	uint8_t config[CTGUARD_DIGEST_SIZE];
	bool has_manifest;
	uint8_t manifest[CTGUARD_DIGEST_SIZE];
	struct ctguard_layer *layers;
	size_t layer_count;
	uint32_t level;
	char *above;
	bool mapped;
	char *upper;
	char *base;
	bool has_content;
	uint8_t content[CTGUARD_DIGEST_SIZE];
};

#define CTGUARD_MEASURED ctguard_cleanup(ctguard_measured_clear)

void ctguard_measured_clear(struct ctguard_measured *image);

/* spec.c */
int ctguard_spec_config(const char *name, const void *data, size_t size,
			struct ctguard_measured *image,
			struct ctguard_error *error);

/**
 * struct ctguard_manifest - what a manifest names
 * @config: SHA-256 of the config
 * @layers: SHA-256 of each layer's blob, to be freed
 * @layer_count: of those
 */
struct ctguard_manifest {
	uint8_t config[CTGUARD_DIGEST_SIZE];
	uint8_t (*layers)[CTGUARD_DIGEST_SIZE];
	size_t layer_count;
};

int ctguard_spec_manifest(const char *name, const void *data, size_t size,
			  struct ctguard_manifest *ret,
			  struct ctguard_error *error);
int ctguard_spec_link(const char *name, const void *data, size_t size,
		      struct ctguard_measured *image,
		      struct ctguard_error *error);
void ctguard_spec_chain(const struct ctguard_measured *image, size_t layer,
			uint8_t chain[CTGUARD_DIGEST_SIZE]);

#endif /* CTGUARD_IMAGE_IMAGE_H */
