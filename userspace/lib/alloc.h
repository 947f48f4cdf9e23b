/* SPDX-License-Identifier: GPL-2.0 */
/* Memory for short-lived programs: got, or the program ends. */
#ifndef CTGUARD_ALLOC_H
#define CTGUARD_ALLOC_H

#include <stddef.h>

void *ctguard_alloc_zeroed(size_t count, size_t size);
void *ctguard_alloc_grow(void *list, size_t *space, size_t need, size_t size);
char *ctguard_alloc_string(const char *text, size_t length);
char *ctguard_alloc_format(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif /* CTGUARD_ALLOC_H */
