/* SPDX-License-Identifier: GPL-2.0 */
/* A policy to its compiled form and back. */
#ifndef CTGUARD_COMPILE_H
#define CTGUARD_COMPILE_H

#include <stddef.h>

struct ctguard_error;
struct ctguard_policy;

int ctguard_compile_make(const struct ctguard_policy *policy, void **ret_blob,
			 size_t *ret_size, struct ctguard_error *error);
int ctguard_compile_parse(const void *blob, size_t size,
			  struct ctguard_policy **ret,
			  struct ctguard_error *error);

#endif /* CTGUARD_COMPILE_H */
