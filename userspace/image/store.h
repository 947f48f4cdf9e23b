/* SPDX-License-Identifier: GPL-2.0 */
/* Where engines keep images and containers. */
#ifndef CTGUARD_IMAGE_STORE_H
#define CTGUARD_IMAGE_STORE_H

#include "image.h"

/**
 * struct ctguard_stores - where the stores are
 * @containers: of podman and CRI-O (containers/storage)
 * @docker: Docker's
 * @containerd: containerd's
 * @containerd_state: containerd's, of what runs
 *
 * NULL is where the engine has it unless told otherwise.
 */
struct ctguard_stores {
	const char *containers;
	const char *docker;
	const char *containerd;
	const char *containerd_state;
};

/*
 * Each finds a container, or an image by its name or id: 1, 0 when the engine
 * does not know it, or -1 when what it knows is not as it should be. What was
 * found is to be cleared in any case.
 *
 * An image comes with the layers' directories: the engine's word so far, that
 * these hold these layers, and checked as deep as @level says.
 */
typedef int ctguard_store_container(const struct ctguard_stores *stores,
				    const char *id, const char *bundle,
				    struct ctguard_measured *ret,
				    struct ctguard_error *error);
typedef int ctguard_store_image(const struct ctguard_stores *stores,
				const char *name, struct ctguard_measured *ret,
				struct ctguard_error *error);

ctguard_store_container ctguard_containers_container;
ctguard_store_container ctguard_docker_container;
ctguard_store_container ctguard_containerd_container;
ctguard_store_image ctguard_containers_image;
ctguard_store_image ctguard_docker_image;
ctguard_store_image ctguard_containerd_image;

/** struct ctguard_engine - a row of the table of engines */
struct ctguard_engine {
	const char *name;
	const char *prefix; /* of a reference to an image */
	ctguard_store_container *container;
	ctguard_store_image *image;
};

#define CTGUARD_ENGINES 3
extern const struct ctguard_engine ctguard_engines[CTGUARD_ENGINES];

/* store.c: what the engines' files share */
bool ctguard_store_is_hex(const char *text);
bool ctguard_store_is_name(const char *text);
int ctguard_store_text(const char *path, char **ret,
		       struct ctguard_error *error);
bool ctguard_store_exists(const char *path);

#endif /* CTGUARD_IMAGE_STORE_H */
