// SPDX-License-Identifier: GPL-2.0
/*
 * From a container that is being made to what may be claimed of its image.
 *
 * Nothing that the image's author wrote is asked, as annotations; nothing that
 * the engine says is taken where it can be looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <ctguard/measurement.h>

#include "../lib/alloc.h"
#include "../lib/approved.h"
#include "../lib/diagnostics.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/file.h"
#include "json.h"
#include "overlay.h"
#include "resolve.h"
#include "walk.h"

#define OVERLAYFS_MAGIC 0x794c7630
#define CONFIG_MAX (16U << 20)

/* Digests the runtime's config.json, and finds the root in it. */
static int read_bundle(const char *bundle, struct ctguard_claim *claim,
		       char **ret_root, struct ctguard_error *error)
{
	CTGUARD_FREE char *path =
		ctguard_alloc_format("%s/config.json", bundle);
	CTGUARD_FREE char *data = NULL;
	CTGUARD_JSON json_t *json = NULL;
	const json_t *root;
	const char *text;
	size_t size;

	if (ctguard_file_read(path, CONFIG_MAX, &data, &size, error) < 0 ||
	    ctguard_json_parse(path, data, size, &json, error) < 0 ||
	    ctguard_digest_make(data, size, claim->bundle, error) < 0)
		return -1;
	claim->has_bundle = true;
	root = ctguard_json_get(path, json, "root", JSON_OBJECT, error);
	text = root ? ctguard_json_string(path, root, "path", error) : NULL;
	if (!text)
		return -1;
	*ret_root = *text == '/' ? ctguard_alloc_string(text, strlen(text)) :
				   ctguard_alloc_format("%s/%s", bundle, text);
	return 0;
}

/* Asks the engines, one after the other. */
static int find_image(const struct ctguard_resolve *how,
		      struct ctguard_measured *image,
		      struct ctguard_error *error)
{
	for (size_t i = 0; i < CTGUARD_ENGINES; i++) {
		int r = ctguard_engines[i].container(&how->stores, how->id,
						     how->bundle, image, error);

		if (r)
			return r < 0 ? -1 : 0;
		ctguard_measured_clear(image);
	}
	return ctguard_error_set(
		error, CTGUARD_EXIT_NO, 0,
		"no engine's store knows a container of this id: looked in those of podman and CRI-O, Docker and containerd");
}

static void note(char **ret_note, const char *text)
{
	CTGUARD_FREE char *before = *ret_note;

	*ret_note = ctguard_alloc_format("%s%s%s", before ? before : "",
					 before ? "; " : "", text);
}

/*
 * Looks at what is mounted: level 2. A root that is no overlay is left at what
 * was come to.
 */
static int look_at_root(const struct ctguard_resolve *how, const char *root,
			struct ctguard_measured *image,
			struct ctguard_claim *claim, char **ret_note,
			struct ctguard_error *error)
{
	CTGUARD_OVERLAY struct ctguard_overlay overlay = { .lower = NULL };
	CTGUARD_FREE char *mountinfo =
		ctguard_alloc_format("/proc/%d/mountinfo", (int)how->pid);
	CTGUARD_CLOSE int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	CTGUARD_FREE char *real = NULL;
	struct statfs fs;

	if (fd < 0 || fstatfs(fd, &fs))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", root);
	if (fs.f_type != OVERLAYFS_MAGIC) {
		note(ret_note,
		     "the container's root is no overlay: the layers mounted cannot be told");
		return 0;
	}
	/* In mountinfo there are no links and no "..". */
	real = realpath(root, NULL);
	if (ctguard_overlay_find(mountinfo, real ? real : root, fd, &overlay,
				 error) < 0)
		return -1;
	if (image->mapped) {
		note(ret_note,
		     "the engine made copies of the layers for a user namespace: what they hold is its word");
	} else {
		if (ctguard_overlay_compare(&overlay, image, error) < 0)
			return -1;
		image->level = CTGUARD_LEVEL_LAYERS;
	}
	if (overlay.upper) {
		claim->upper_fd =
			ctguard_overlay_open(image->base, overlay.upper, error);
		if (claim->upper_fd < 0)
			return -1;
	}
	claim->root_fd = fd;
	fd = -1;
	return 0;
}

/**
 * ctguard_resolve_listed() - what a list says that an image's layers hold
 * @path: of the list
 * @config: SHA-256 of the image's config
 * @ret_content: what they hold
 * @error: set when the list is no good
 *
 * Return: 1, 0 when the list does not say, or -1.
 */
int ctguard_resolve_listed(const char *path, const uint8_t *config,
			   uint8_t ret_content[CTGUARD_DIGEST_SIZE],
			   struct ctguard_error *error)
{
	CTGUARD_DIAGNOSTICS struct ctguard_diagnostics diagnostics = {
		.count = 0
	};
	struct ctguard_approvals approvals = { .list = NULL };
	const struct ctguard_approved *found;
	CTGUARD_FREE char *data = NULL;
	size_t size;
	int r = 0;

	if (!ctguard_store_exists(path))
		return 0;
	if (ctguard_file_read(path, CTGUARD_APPROVED_MAX_SIZE, &data, &size,
			      error) < 0)
		return -1;
	ctguard_approved_list(CTGUARD_APPROVED_IMAGES, path, data, size,
			      &approvals, &diagnostics);
	ctguard_approved_sort(CTGUARD_APPROVED_IMAGES, &approvals,
			      &diagnostics);
	if (diagnostics.count) {
		const struct ctguard_diagnostic *first = &diagnostics.list[0];

		r = ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				      "%s:%u:%u: %s", path, first->line,
				      first->column, first->text);
	} else {
		found = ctguard_approved_find(&approvals, CTGUARD_IMAGE_CONFIG,
					      config);
		if (found && found->measured) {
			memcpy(ret_content, found->content,
			       CTGUARD_DIGEST_SIZE);
			r = 1;
		}
	}
	ctguard_approved_clear(&approvals);
	return r;
}

/* Measures the layers' content: level 3. */
static int look_at_content(const struct ctguard_resolve *how,
			   struct ctguard_measured *image, char **ret_note,
			   struct ctguard_error *error)
{
	char hex[CTGUARD_DIGEST_TEXT], found[CTGUARD_DIGEST_TEXT];
	uint8_t expected[CTGUARD_DIGEST_SIZE];
	int r = ctguard_resolve_listed(how->list, image->config, expected,
				       error);

	if (r < 0)
		return -1;
	if (!r) {
		CTGUARD_FREE char *text = ctguard_alloc_format(
			"%s does not say what the image's layers hold: they are not measured",
			how->list);

		note(ret_note, text);
		return 0;
	}
	if (ctguard_walk_image(image, how->cache, how->threads, NULL, error) <
	    0)
		return -1;
	if (memcmp(image->content, expected, sizeof(expected))) {
		ctguard_digest_text(image->content, found);
		ctguard_digest_text(expected, hex);
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"found layers that hold content:sha256:%s, expected content:sha256:%s, which was approved",
			found, hex);
	}
	image->level = CTGUARD_LEVEL_CONTENT;
	return 0;
}

static int resolve(const struct ctguard_resolve *how,
		   struct ctguard_measured *image, struct ctguard_claim *claim,
		   char **ret_note, struct ctguard_error *error)
{
	CTGUARD_FREE char *root = NULL;

	claim->pidfd = (int)syscall(SYS_pidfd_open, how->pid, 0);
	if (claim->pidfd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "the container's first task, %d",
					 (int)how->pid);
	if (read_bundle(how->bundle, claim, &root, error) < 0 ||
	    find_image(how, image, error) < 0)
		return -1;
	if (how->level >= CTGUARD_LEVEL_LAYERS &&
	    look_at_root(how, root, image, claim, ret_note, error) < 0)
		return -1;
	if (how->level >= CTGUARD_LEVEL_CONTENT &&
	    image->level >= CTGUARD_LEVEL_LAYERS &&
	    look_at_content(how, image, ret_note, error) < 0)
		return -1;
	/* What was read by its number was its own: it is still there. */
	if (syscall(SYS_pidfd_send_signal, claim->pidfd, 0, NULL, 0) &&
	    errno == ESRCH)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, ESRCH,
					 "the container's first task, %d",
					 (int)how->pid);
	/* Not more than was asked for: 0 is the engine's word. */
	claim->level = how->level < image->level ? how->level : image->level;
	memcpy(claim->config, image->config, sizeof(claim->config));
	claim->has_manifest = image->has_manifest;
	memcpy(claim->manifest, image->manifest, sizeof(claim->manifest));
	return 0;
}

/**
 * ctguard_resolve_container() - what may be claimed of a container's image
 * @how: of which, and how deep
 * @ret_image: to be cleared in any case
 * @ret_claim: to be closed in any case
 * @ret_note: why the level is less than was asked for, or NULL; to be freed
 * @error: set on failure: the image is not known, or something contradicts
 *	what is said of it
 *
 * Return: 0 or -1.
 */
int ctguard_resolve_container(const struct ctguard_resolve *how,
			      struct ctguard_measured *ret_image,
			      struct ctguard_claim *ret_claim, char **ret_note,
			      struct ctguard_error *error)
{
	memset(ret_image, 0, sizeof(*ret_image));
	*ret_claim = (struct ctguard_claim){ .pidfd = -1,
					     .root_fd = -1,
					     .upper_fd = -1 };
	*ret_note = NULL;
	return resolve(how, ret_image, ret_claim, ret_note, error);
}

/** ctguard_resolve_close() - close what a claim names */
void ctguard_resolve_close(struct ctguard_claim *claim)
{
	const int fds[] = { claim->pidfd, claim->root_fd, claim->upper_fd };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	claim->pidfd = claim->root_fd = claim->upper_fd = -1;
}
