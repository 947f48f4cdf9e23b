/* SPDX-License-Identifier: GPL-2.0 */
/* A policy as YAML. */
#ifndef CTGUARD_WRITER_H
#define CTGUARD_WRITER_H

#include <stddef.h>

struct ctguard_policy;

char *ctguard_writer_text(const struct ctguard_policy *policy,
			  const char *comment, unsigned int *ret_lines);

#endif /* CTGUARD_WRITER_H */
