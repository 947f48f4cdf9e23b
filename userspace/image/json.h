/* SPDX-License-Identifier: GPL-2.0 */
/* JSON that others wrote: read strictly, and what is wrong told with its place. */
#ifndef CTGUARD_IMAGE_JSON_H
#define CTGUARD_IMAGE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/cleanup.h"
#include "../lib/digest.h"

struct ctguard_error;

#define CTGUARD_JSON ctguard_cleanup(ctguard_json_cleanup)

void ctguard_json_cleanup(json_t **json);
int ctguard_json_parse(const char *name, const char *data, size_t size,
		       json_t **ret, struct ctguard_error *error);
int ctguard_json_file(const char *path, size_t limit, json_t **ret,
		      struct ctguard_error *error);
json_t *ctguard_json_get(const char *name, const json_t *object,
			 const char *key, json_type type,
			 struct ctguard_error *error);
const char *ctguard_json_string(const char *name, const json_t *object,
				const char *key, struct ctguard_error *error);
int ctguard_json_digest(const char *name, const json_t *object, const char *key,
			uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			struct ctguard_error *error);

#endif /* CTGUARD_IMAGE_JSON_H */
