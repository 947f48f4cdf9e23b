// SPDX-License-Identifier: GPL-2.0
/* An image and what is known of it. */
#include <stdlib.h>
#include <string.h>

#include "image.h"

/** ctguard_measured_clear() - free what it holds */
void ctguard_measured_clear(struct ctguard_measured *image)
{
	for (size_t i = 0; i < image->layer_count; i++)
		free(image->layers[i].path);
	free(image->layers);
	free(image->name);
	free(image->above);
	free(image->upper);
	free(image->base);
	memset(image, 0, sizeof(*image));
}
