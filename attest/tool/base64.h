/* SPDX-License-Identifier: GPL-2.0 */
/* Bytes as text (RFC 4648). */
#ifndef VERIFY_BASE64_H
#define VERIFY_BASE64_H

#include <stdbool.h>
#include <stddef.h>

char *base64_make(const void *data, size_t size, bool url);

#endif /* VERIFY_BASE64_H */
