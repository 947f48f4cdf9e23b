/* SPDX-License-Identifier: GPL-2.0 */
/* Images in files: OCI layouts, and archives of them and of Docker. */
#ifndef CTGUARD_IMAGE_ARCHIVE_H
#define CTGUARD_IMAGE_ARCHIVE_H

#include <stdbool.h>

struct ctguard_error;
struct ctguard_measured;

int ctguard_archive_image(const char *path, const char *name, bool content,
			  struct ctguard_measured *ret, char **ret_note,
			  struct ctguard_error *error);

#endif /* CTGUARD_IMAGE_ARCHIVE_H */
