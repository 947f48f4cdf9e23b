/* SPDX-License-Identifier: GPL-2.0 */
/* A policy from its YAML form, as ctguard-policy(5) describes it. */
#ifndef CTGUARD_READER_H
#define CTGUARD_READER_H

#include <stddef.h>

/* Most bytes of a policy file. */
#define CTGUARD_READER_MAX_SIZE (16U << 20)

struct ctguard_diagnostics;
struct ctguard_policy;

int ctguard_reader_parse(const char *path, const char *data, size_t size,
			 struct ctguard_policy **ret,
			 struct ctguard_diagnostics *diagnostics);

#endif /* CTGUARD_READER_H */
