/* SPDX-License-Identifier: GPL-2.0 */
/* JSON, read strictly: no key twice, none that is not known. */
#ifndef ATTEST_JSON_H
#define ATTEST_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctguard_error;

int json_read(const char *name, const void *data, size_t size,
	      json_t **ret_json, struct ctguard_error *error);
int json_bad(const char *name, struct ctguard_error *error, const char *rule,
	     const char *path, ...) __attribute__((format(printf, 4, 5)));
int json_known(const char *name, const char *path, const json_t *json,
	       const char *const *keys, struct ctguard_error *error);
bool json_hex(const json_t *json, uint8_t *out, size_t size);
json_t *json_from_hex(const uint8_t *data, size_t size);
bool json_count(const json_t *json, uint64_t *ret_value);
size_t json_append(const json_t *json, char **text, size_t *space, size_t size);
void json_put(json_t **json);

#define JSON_PUT __attribute__((cleanup(json_put)))

#endif /* ATTEST_JSON_H */
