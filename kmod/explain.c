// SPDX-License-Identifier: GPL-2.0
/*
 * What the verdict on a request would be, when all that is known of the object
 * is its name. The hooks know the object itself; here it is looked up.
 */
#include "explain.h"

#include <linux/cgroup.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "container.h"
#include "driver.h"
#include "guard.h"
#include "object.h"
#include "own.h"

/* Files of its own cgroup that a container may write, as object.c finds. */
/* clang-format off */
static const char *const delegated[] = {
	"cgroup.procs",
	"cgroup.threads",
	"cgroup.subtree_control",
	"memory.oom.group",
	"memory.reclaim",
};
/* clang-format on */

/*
 * The cgroup that a path of cgroup2 means: the directory itself, or that of
 * the file. *ret_inside as ctg_container_owns_cgroup() has it. NULL if there
 * is none.
 */
static struct cgroup *find_cgroup(const struct ctg_request *request,
				  bool *ret_inside)
{
	struct cgroup *cgroup;
	char *path, *file;
	unsigned int i;

	*ret_inside = false;
	path = kstrndup(request->name, request->length, GFP_KERNEL);
	if (!path)
		return NULL;
	cgroup = cgroup_get_from_path(path);
	file = strrchr(path, '/');
	if (IS_ERR(cgroup) && file) {
		*file++ = 0;
		for (i = 0; i < ARRAY_SIZE(delegated); i++)
			if (!strcmp(file, delegated[i]))
				*ret_inside = true;
		cgroup = cgroup_get_from_path(*path ? path : "/");
	}
	kfree(path);
	return IS_ERR(cgroup) ? NULL : cgroup;
}

/**
 * ctg_explain - judge without acting, counting or reporting
 * @task: who would ask
 * @request: what; its name ends in NUL, its @own is filled in
 * @ret: the answer
 *
 * Context: process; sleeps.
 */
void ctg_explain(struct task_struct *task, struct ctg_request *request,
		 struct ctg_explanation *ret)
{
	struct cgroup *cgroup = NULL;
	struct ctg_subject subject;
	bool inside = false;

	*ret = (struct ctg_explanation){};
	if (request->fs && !strcmp(request->fs, "cgroup2"))
		cgroup = find_cgroup(request, &inside);
	rcu_read_lock();
	if (request->dev_type)
		request->drivers =
			ctg_driver_names(request->dev_type, request->major);
	if (ctg_guard_subject_of(task, &subject)) {
		if (cgroup && ctg_container_owns_cgroup(subject.container,
							cgroup, inside))
			request->own = CTGUARD_OWN;
		else if (request->fs && !strcmp(request->fs, "proc"))
			request->own = ctg_own_proc(subject.container, task,
						    &init_pid_ns,
						    request->name);
		else if (request->fs && !strcmp(request->fs, "sysfs"))
			request->own = ctg_container_namespaces(task) &
				       CTGUARD_OWN_NET;
		if (request->fs && ctg_object_is_data_type(request->fs))
			ret->decision.verdict = CTGUARD_VERDICT_ALLOW;
		else
			ctg_guard_explain(&subject, request, &ret->decision);
		ctg_container_get(subject.container);
		ret->container = subject.container;
		strscpy(ret->profile, ctg_guard_profile_name(&subject),
			sizeof(ret->profile));
	}
	rcu_read_unlock();
	if (cgroup)
		cgroup_put(cgroup);
}
