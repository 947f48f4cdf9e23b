// SPDX-License-Identifier: GPL-2.0
/* An image wherever it is: in a file, or in an engine's store. */
#include <string.h>
#include <unistd.h>

#include "../image/archive.h"
#include "../image/image.h"
#include "../image/store.h"
#include "../image/walk.h"
#include "../lib/alloc.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "image_source.h"

/* FILE:NAME, where no file is called that. */
static int from_file(const char *reference, bool content,
		     struct ctguard_measured *ret, char **ret_note,
		     struct ctguard_error *error)
{
	CTGUARD_FREE char *path =
		ctguard_alloc_string(reference, strlen(reference));
	char *colon = path;
	const char *name = NULL;

	while (access(path, F_OK) && (colon = strchr(colon, ':'))) {
		*colon = '\0';
		if (!access(path, F_OK)) {
			name = colon + 1;
			break;
		}
		*colon++ = ':';
	}
	return ctguard_archive_image(path, name, content, ret, ret_note, error);
}

static int from_store(const struct ctguard_engine *engine, const char *name,
		      const char *root, bool content,
		      struct ctguard_measured *ret, struct ctguard_error *error)
{
	const struct ctguard_stores stores = { root, root, root, NULL };
	CTGUARD_FREE char *shown = ctguard_escape_terminal(name, strlen(name));
	int r = engine->image(&stores, name, ret, error);

	if (r < 0)
		return -1;
	if (!r)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"%s%.200s: the store of %s knows no such image",
			engine->prefix, shown, engine->name);
	if (!content)
		return 0;
	return ctguard_walk_image(ret, NULL, 0, NULL, error);
}

/**
 * ctguard_image_source() - measure an image
 * @reference: where it is
 * @root: of the engine's store; NULL for where it is by default
 * @content: also what its layers hold
 * @ret: the image, to be cleared in any case
 * @ret_note: why its content is not known, or NULL; to be freed
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_image_source(const char *reference, const char *root, bool content,
			 struct ctguard_measured *ret, char **ret_note,
			 struct ctguard_error *error)
{
	*ret_note = NULL;
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < CTGUARD_ENGINES; i++) {
		const struct ctguard_engine *engine = &ctguard_engines[i];
		size_t length = strlen(engine->prefix);

		if (!strncmp(reference, engine->prefix, length))
			return from_store(engine, reference + length, root,
					  content, ret, error);
	}
	return from_file(reference, content, ret, ret_note, error);
}
