// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as what images and engines bring: configs, manifests, states of
 * runtimes, options of overlays, databases of bbolt, layers. The first byte
 * says as what.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/image/bolt.h"
#include "../../userspace/image/image.h"
#include "../../userspace/image/layer.h"
#include "../../userspace/image/overlay.h"
#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/oci/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

/* A refusal says why, and is one of what was read. */
static void refused(const struct ctguard_error *error)
{
	must(error->status == CTGUARD_EXIT_MALFORMED && *error->text,
	     "a refusal has a reason");
}

static void as_config(const char *text, size_t size)
{
	CTGUARD_MEASURED struct ctguard_measured image = { 0 };
	struct ctguard_error error;

	if (ctguard_spec_config("x", text, size, &image, &error) < 0)
		refused(&error);
	else
		must(image.layer_count <= CTGUARD_IMAGE_MAX_LAYERS,
		     "layers are bounded");
}

static void as_manifest(const char *text, size_t size)
{
	CTGUARD_MEASURED struct ctguard_measured image = { 0 };
	struct ctguard_manifest manifest = { .layers = NULL };
	struct ctguard_error error;

	if (ctguard_spec_manifest("x", text, size, &manifest, &error) < 0)
		refused(&error);
	free(manifest.layers);
	if (ctguard_spec_link("x", text, size, &image, &error) < 0)
		refused(&error);
}

static void as_state(const char *text, size_t size)
{
	struct ctguard_state state = { .id = NULL };
	struct ctguard_error error;

	if (ctguard_state_parse(text, size, &state, &error) < 0)
		refused(&error);
	else
		must(state.pid > 0 && *state.id && !strchr(state.id, '/') &&
			     *state.bundle == '/',
		     "a state is one");
	ctguard_state_clear(&state);
}

static void as_options(const char *text, size_t size)
{
	CTGUARD_OVERLAY struct ctguard_overlay overlay = { 0 };
	CTGUARD_FREE char *copy = ctguard_alloc_string(text, size);

	if (!ctguard_overlay_options(copy, &overlay))
		return;
	must(overlay.lower_count, "an overlay has a lower directory");
	for (size_t i = 0; i < overlay.lower_count; i++)
		must(*overlay.lower[i], "which has a name");
}

/* So that reading is not left out by the compiler. */
static volatile uint8_t read_bytes;

static void as_database(const uint8_t *data, size_t size)
{
	static const char *const paths[][3] = { { "v1", "default", NULL },
						{ "a", NULL, NULL },
						{ NULL, NULL, NULL } };
	struct ctguard_bolt bolt = { .path = "db" };
	struct ctguard_bolt_bucket bucket;
	struct ctguard_bolt_value value;
	struct ctguard_error error;
	uint8_t *copy = malloc(size ? size : 1);
	uint8_t sum = 0;

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	if (ctguard_bolt_take(&bolt, copy, size, &error) < 0) {
		refused(&error);
		ctguard_bolt_close(&bolt);
		return;
	}
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		int r = ctguard_bolt_bucket(&bolt, paths[i], &bucket, &error);

		if (r > 0)
			r = ctguard_bolt_get(&bolt, &bucket, "k", &value,
					     &error);
		if (r < 0)
			refused(&error);
		for (size_t j = 0; r > 0 && j < value.size; j++)
			sum ^= value.bytes[j];
	}
	read_bytes = sum;
	ctguard_bolt_close(&bolt);
}

struct rest {
	const uint8_t *data;
	size_t size;
};

static ssize_t give(struct archive *archive, void *context, const void **ret)
{
	struct rest *rest = context;
	size_t size = rest->size > 700 ? 700 : rest->size;

	(void)archive;
	*ret = rest->data;
	rest->data += size;
	rest->size -= size;
	return (ssize_t)size;
}

static void as_layer(const uint8_t *data, size_t size)
{
	struct rest rest = { data, size }, again = { data, size };
	uint8_t digest[CTGUARD_DIGEST_SIZE], second[CTGUARD_DIGEST_SIZE];
	CTGUARD_FREE char *note = NULL, *other = NULL;
	struct ctguard_error error;

	if (ctguard_layer_read("x", give, &rest, digest, &note, &error) < 0) {
		refused(&error);
		return;
	}
	must(!ctguard_layer_read("x", give, &again, second, &other, &error) &&
		     !note == !other &&
		     (note || !memcmp(digest, second, sizeof(digest))),
	     "a layer's digest is one");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data + 1;

	if (!size--)
		return 0;
	switch (*data % 6) {
	case 0:
		as_config(text, size);
		break;
	case 1:
		as_manifest(text, size);
		break;
	case 2:
		as_state(text, size);
		break;
	case 3:
		as_options(text, size);
		break;
	case 4:
		as_database(data + 1, size);
		break;
	default:
		as_layer(data + 1, size);
		break;
	}
	return 0;
}
