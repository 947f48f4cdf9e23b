/* SPDX-License-Identifier: GPL-2.0 */
/* Untrusted bytes made fit for a terminal or for JSON. */
#ifndef CTGUARD_ESCAPE_H
#define CTGUARD_ESCAPE_H

#include <stddef.h>

char *ctguard_escape_terminal(const void *bytes, size_t size);
char *ctguard_escape_utf8(const void *bytes, size_t size);

#endif /* CTGUARD_ESCAPE_H */
