/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Modules that the kernel's crypto manager asks for on behalf of others.
 */
#ifndef _CTG_PROBER_H
#define _CTG_PROBER_H

#include <linux/types.h>

struct ctg_subject;

void ctg_prober_init(void);
bool ctg_prober_is_current(void);
void ctg_prober_mark(const char *name, const struct ctg_subject *subject);
bool ctg_prober_may(const char *name);

#endif /* _CTG_PROBER_H */
