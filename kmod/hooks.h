/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooked functions of the kernel and what is asked at each.
 */
#ifndef _CTG_HOOKS_H
#define _CTG_HOOKS_H

#include "attach.h"

const struct ctg_hook *ctg_hooks_table(unsigned int *ret_count);
bool ctg_hooks_ignore(struct ftrace_regs *fregs);

#endif /* _CTG_HOOKS_H */
