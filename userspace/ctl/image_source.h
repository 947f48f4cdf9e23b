/* SPDX-License-Identifier: GPL-2.0 */
/* An image wherever it is: in a file, or in an engine's store. */
#ifndef CTGUARD_CTL_IMAGE_SOURCE_H
#define CTGUARD_CTL_IMAGE_SOURCE_H

#include <stdbool.h>

struct ctguard_error;
struct ctguard_measured;

/* For --help of each command that takes an image. */
#define CTGUARD_IMAGE_SOURCE_HELP                                                        \
	"IMAGE is one of\n"                                                              \
	"  FILE[:NAME], DIRECTORY[:NAME]  what podman or docker save wrote, or an OCI\n" \
	"                                 layout\n"                                      \
	"  containers-storage:NAME        of podman and CRI-O\n"                         \
	"  docker:NAME                    of Docker\n"                                   \
	"  containerd:NAME                of containerd\n"

int ctguard_image_source(const char *reference, const char *root, bool content,
			 struct ctguard_measured *ret, char **ret_note,
			 struct ctguard_error *error);

#endif /* CTGUARD_CTL_IMAGE_SOURCE_H */
