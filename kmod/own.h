/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose an object of a pseudo-filesystem is, by its path.
 */
#ifndef _CTG_OWN_H
#define _CTG_OWN_H

#include <linux/types.h>

struct ctg_container;
struct pid_namespace;
struct task_struct;

bool ctg_own_is_sysctl(const char *path);
u32 ctg_own_sysfs(const struct inode *inode);
u32 ctg_own_proc(const struct ctg_container *container,
		 struct task_struct *self, struct pid_namespace *ns,
		 const char *path);

#endif /* _CTG_OWN_H */
