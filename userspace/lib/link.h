/* SPDX-License-Identifier: GPL-2.0 */
/* A link to the kernel module. */
#ifndef CTGUARD_LINK_H
#define CTGUARD_LINK_H

#include "cleanup.h"

struct ctguard_error;
struct ctguard_link;

#define CTGUARD_LINK ctguard_cleanup(ctguard_link_cleanup)

int ctguard_link_open(struct ctguard_link **ret, struct ctguard_error *error);
void ctguard_link_close(struct ctguard_link *link);
void ctguard_link_cleanup(struct ctguard_link **link);

#endif /* CTGUARD_LINK_H */
