/* SPDX-License-Identifier: GPL-2.0 */
/* The overlay that is mounted at a container's root. */
#ifndef CTGUARD_IMAGE_OVERLAY_H
#define CTGUARD_IMAGE_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../lib/cleanup.h"

struct ctguard_error;
struct ctguard_measured;

/**
 * struct ctguard_overlay - an overlay's directories, as the kernel tells them
 * @lower: the read-only ones, top first, to be freed
 * @lower_count: of those
 * @lower_space: room for those
 * @upper: the writable one, or NULL; to be freed
 */
struct ctguard_overlay {
	char **lower;
	size_t lower_count;
	size_t lower_space;
	char *upper;
};

#define CTGUARD_OVERLAY ctguard_cleanup(ctguard_overlay_clear)

bool ctguard_overlay_options(const char *options, struct ctguard_overlay *ret);
int ctguard_overlay_find(const char *mountinfo, const char *root, int root_fd,
			 struct ctguard_overlay *ret,
			 struct ctguard_error *error);
int ctguard_overlay_compare(const struct ctguard_overlay *overlay,
			    const struct ctguard_measured *image,
			    struct ctguard_error *error);
int ctguard_overlay_open(const char *base, const char *path,
			 struct ctguard_error *error);
void ctguard_overlay_clear(struct ctguard_overlay *overlay);

#endif /* CTGUARD_IMAGE_OVERLAY_H */
