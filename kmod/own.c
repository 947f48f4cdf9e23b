// SPDX-License-Identifier: GPL-2.0
/*
 * Whose an object of a pseudo-filesystem is, by its path.
 */
#include "own.h"

#include <linux/fs.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <net/net_namespace.h>
#include <uapi/ctguard/ctguard.h>

#include "container.h"
#include "object.h"

/** ctg_own_is_sysctl - is this path of procfs that of a sysctl? */
bool ctg_own_is_sysctl(const char *path)
{
	return !strncmp(path, "/sys/", 5);
}

/**
 * ctg_own_sysfs - whose a file of sysfs is
 * @inode: of it, or of the directory it is made in
 *
 * A network device is its network namespace's.
 *
 * Context: RCU read side. Return: CTGUARD_OWN_NET of current, or 0.
 */
u32 ctg_own_sysfs(const struct inode *inode)
{
	const struct nsproxy *ns = current->nsproxy;
	const struct net *net = ctg_object_net(inode);

	return ns && net && net == ns->net_ns && net != &init_net ?
		       CTGUARD_OWN_NET :
		       0;
}

/**
 * ctg_own_proc - whose a file of procfs is
 * @container: that of @self
 * @self: the task that asks
 * @ns: the PID namespace that the procfs shows
 * @path: inside the procfs
 *
 * Of a sysctl it tells what namespaces @self has, and not whether the sysctl
 * is theirs: ask ctg_object_sysctl_is_mine().
 *
 * Context: RCU read side.
 * Return: CTGUARD_OWN_*.
 */
u32 ctg_own_proc(const struct ctg_container *container,
		 struct task_struct *self, struct pid_namespace *ns,
		 const char *path)
{
	struct task_struct *task;

	if (ctg_own_is_sysctl(path))
		return ctg_container_namespaces(self);
	task = ctg_object_task(ns, path);
	if (!task || !ctg_container_sees_task(container, self, task))
		return 0;
	/* The files there are those of a network namespace of some time. */
	return strstr(path, "/net/") ? 0 : CTGUARD_OWN;
}
