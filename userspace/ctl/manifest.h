/* SPDX-License-Identifier: GPL-2.0 */
/* What heads evidence and requests to enrol: hints for people. */
#ifndef CTGUARD_CTL_MANIFEST_H
#define CTGUARD_CTL_MANIFEST_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

json_t *ctguard_manifest_begin(const char *kind, uint64_t time);
char *ctguard_manifest_end(json_t *manifest, size_t *ret_size);

#endif /* CTGUARD_CTL_MANIFEST_H */
