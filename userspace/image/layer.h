/* SPDX-License-Identifier: GPL-2.0 */
/* The content of a layer as it is archived. */
#ifndef CTGUARD_IMAGE_LAYER_H
#define CTGUARD_IMAGE_LAYER_H

#include <archive.h>
#include <stdint.h>

#include "../lib/digest.h"

struct ctguard_error;

int ctguard_layer_read(const char *name, archive_read_callback *give,
		       void *context, uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
		       char **ret_note, struct ctguard_error *error);

#endif /* CTGUARD_IMAGE_LAYER_H */
