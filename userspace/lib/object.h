/* SPDX-License-Identifier: GPL-2.0 */
/* What people call an object, made what the kernel calls it. */
#ifndef CTGUARD_OBJECT_H
#define CTGUARD_OBJECT_H

#include <stdint.h>

#include "cleanup.h"

struct ctguard_error;
struct ctguard_object;

#define CTGUARD_OBJECT ctguard_cleanup(ctguard_object_clear)

int ctguard_object_parse(uint32_t pid, uint32_t operation, const char *text,
			 struct ctguard_object *ret,
			 struct ctguard_error *error);
void ctguard_object_clear(struct ctguard_object *object);

#endif /* CTGUARD_OBJECT_H */
