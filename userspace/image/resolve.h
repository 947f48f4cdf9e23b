/* SPDX-License-Identifier: GPL-2.0 */
/* From a container that is being made to what may be claimed of its image. */
#ifndef CTGUARD_IMAGE_RESOLVE_H
#define CTGUARD_IMAGE_RESOLVE_H

#include <stdint.h>
#include <sys/types.h>

#include "../lib/client.h"
#include "image.h"
#include "store.h"

/**
 * struct ctguard_resolve - what to look at, and how
 * @stores: where engines keep things
 * @id: of the container, as its runtime was told
 * @bundle: directory of its config.json
 * @pid: its first task
 * @level: CTGUARD_LEVEL_* to check to, if that can be done
 * @list: approved images with what their layers hold; for level 3
 * @cache: of digests, or NULL
 * @threads: to hash with; 0 for as many as there are processors
 */
struct ctguard_resolve {
	struct ctguard_stores stores;
	const char *id;
	const char *bundle;
	pid_t pid;
	uint32_t level;
	const char *list;
	const char *cache;
	unsigned int threads;
};

int ctguard_resolve_container(const struct ctguard_resolve *how,
			      struct ctguard_measured *ret_image,
			      struct ctguard_claim *ret_claim, char **ret_note,
			      struct ctguard_error *error);
void ctguard_resolve_close(struct ctguard_claim *claim);
int ctguard_resolve_listed(const char *path, const uint8_t *config,
			   uint8_t ret_content[CTGUARD_DIGEST_SIZE],
			   struct ctguard_error *error);

#endif /* CTGUARD_IMAGE_RESOLVE_H */
