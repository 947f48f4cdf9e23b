// SPDX-License-Identifier: GPL-2.0
/* Hooks that keep tasks in their container, and out of the host's. */
#include "hook.h"

#include <linux/binfmts.h>
#include <linux/perf_event.h>
#include <linux/pid.h>
#include <linux/proc_ns.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/user_namespace.h>

#include <asm/unistd.h>

#include "attach_arch.h"
#include "container.h"
#include "descriptor.h"
#include "image.h"

PIN(security_ptrace_access_check, int(struct task_struct *, unsigned int));
PIN(mm_access, struct mm_struct *(struct task_struct *, unsigned int));
PIN(security_task_kill, int(struct task_struct *, struct kernel_siginfo *, int,
			    const struct cred *));
PIN(__f_setown, void(struct file *, struct pid *, enum pid_type, int));
PIN(security_task_setrlimit,
    int(struct task_struct *, unsigned int, struct rlimit *));
PIN(security_perf_event_alloc, int(struct perf_event *));
PIN(security_bprm_check, int(struct linux_binprm *));
PIN(security_task_alloc, int(struct task_struct *, CTG_CLONE_FLAGS));
PIN(security_task_free, void(struct task_struct *));

int ctg_hook_task_alloc(struct ftrace_regs *fregs, unsigned long site)
{
	const struct ctg_container *c;
	int r = 0;

	/* Left of one that never came to be, where this one's memory is. */
	ctg_container_unlabel(ARGUMENT(struct task_struct *, 0));
	rcu_read_lock();
	c = ctg_container_of(current);
	if (c && ctg_container_keeps(c))
		r = CTG_ATTACH_SLEEP;
	rcu_read_unlock();
	return r;
}

int ctg_hook_task_alloc_label(const unsigned long arguments[6])
{
	return ctg_container_label((struct task_struct *)arguments[0]);
}

int ctg_hook_task_free(struct ftrace_regs *fregs, unsigned long site)
{
	ctg_container_unlabel(ARGUMENT(struct task_struct *, 0));
	return 0;
}

int ctg_hook_bprm_check(struct ftrace_regs *fregs, unsigned long site)
{
	struct ctg_container *c;
	int r = 0;

	rcu_read_lock();
	c = ctg_container_of(current);
	/* The last: it could not be had at the first program. */
	if (c && (ctg_container_starts(c) || ctg_image_asks(c) ||
		  (ctg_container_holds(c) && !ctg_attach_demanded())))
		r = CTG_ATTACH_SLEEP;
	rcu_read_unlock();
	return r;
}

int ctg_hook_bprm_check_label(const unsigned long arguments[6])
{
	int r;

	r = ctg_image_start((struct linux_binprm *)arguments[0]);
	if (r)
		return r;
	r = ctg_container_label(current);
	return r ?: ctg_descriptor_inherit();
}

/* @silent: somebody only wants to know what to show. */
static int judge_task(struct task_struct *task, const char *name, bool silent,
		      const char *hook, unsigned long site)
{
	const struct ctg_request request = {
		.operation = CTGUARD_OP_TASK_ACCESS,
		.name = name,
		.length = strlen(name),
	};
	struct ctg_decision decision;
	struct ctg_subject subject;
	int r = 0;

	if (!in_task())
		return 0;
	rcu_read_lock();
	if (!ctg_guard_subject(&subject) ||
	    ctg_container_sees_task(subject.container, current, task))
		goto unlock;
	if (silent) {
		ctg_guard_explain(&subject, &request, &decision);
		r = decision.verdict == CTGUARD_VERDICT_DENY ? -EPERM : 0;
	} else {
		r = ctg_guard_judge(&subject, &request, hook, site);
	}
unlock:
	rcu_read_unlock();
	return r;
}

/*
 * Other tasks, and what only names them: everything below /proc/PID that shows
 * more than ps does, its root and namespaces among it, process_vm_readv(),
 * pidfd_getfd(), setns() by a pidfd, ...
 */
CTG_FAST(ptrace_access)
{
	unsigned int mode = ARGUMENT(unsigned int, 1);

	return judge_task(ARGUMENT(struct task_struct *, 0),
			  mode & PTRACE_MODE_ATTACH ? "ptrace/attach" :
						      "ptrace/read",
			  mode & PTRACE_MODE_NOAUDIT,
			  "security_ptrace_access_check", site);
}

/*
 * On newer kernels who may profile needs no ptrace access to read what /proc shows of
 * another task's memory. Of anybody else the function above is asked.
 */
CTG_FAST(mm_access)
{
	struct task_struct *task = ARGUMENT(struct task_struct *, 0);
	const struct cred *cred = current_cred();

	if (!(ARGUMENT(unsigned int, 1) & PTRACE_MODE_READ) ||
	    same_thread_group(task, current) ||
	    cred->user_ns != &init_user_ns ||
	    !(cap_raised(cred->cap_effective, CAP_PERFMON) ||
	      cap_raised(cred->cap_effective, CAP_SYS_ADMIN)))
		return 0;
	return judge_task(task, "ptrace/read", false, "mm_access", site) ?
		       -EACCES :
		       0;
}

/*
 * Who may profile needs no ptrace access to see the registers and stacks of
 * another task. An event that a child inherits is that of its parent.
 */
CTG_FAST(perf_event_alloc)
{
	const struct perf_event *event = ARGUMENT(const struct perf_event *, 0);

	if (event->parent || !event->hw.target || event->hw.target == current)
		return 0;
	return judge_task(event->hw.target, "ptrace/read", false,
			  "security_perf_event_alloc", site);
}

/*
 * Signals of the kernel's own are not the sender's, nor is the one that a child
 * asked for when its parent dies, who has no namespaces left by then. In a PID
 * namespace of its own a container finds nobody whom it should not.
 */
CTG_FAST(task_kill)
{
	const struct kernel_siginfo *info =
		ARGUMENT(const struct kernel_siginfo *, 1);
	struct task_struct *task = ARGUMENT(struct task_struct *, 0);
	bool named;

	if (info == SEND_SIG_PRIV || !ARGUMENT(int, 2) ||
	    (info == SEND_SIG_NOINFO && current->flags & PF_EXITING) ||
	    (info != SEND_SIG_NOINFO && info->si_code > 0))
		return 0;
	rcu_read_lock();
	named = ctg_container_names_task(current, task);
	rcu_read_unlock();
	return named ? 0 :
		       judge_task(task, "signal", false, "security_task_kill",
				  site);
}

/*
 * Whom a signal tells of what becomes of a file, which nobody judges when it is
 * sent: by softirqs, too. The function cannot fail; one that is refused leaves
 * the owner that there was.
 */
CTG_FAST(set_owner)
{
	struct pid *pid = ARGUMENT(struct pid *, 1);
	enum pid_type type = ARGUMENT(unsigned int, 2);
	struct task_struct *task;
	int r = 0;

	if (!ctg_hook_is_guarded())
		return 0;
	rcu_read_lock();
	do_each_pid_task(pid, type, task)
	{
		if (!r && !ctg_container_names_task(current, task))
			r = judge_task(task, "signal", false, "__f_setown",
				       site);
	}
	while_each_pid_task(pid, type, task);
	rcu_read_unlock();
	return r;
}

/* Of another task: limits that it breaks by what it does, or is killed for. */
CTG_FAST(task_setrlimit)
{
	struct task_struct *task = ARGUMENT(struct task_struct *, 0);

	if (same_thread_group(task, current))
		return 0;
	return judge_task(task, "prlimit", false, "security_task_setrlimit",
			  site);
}

/*
 * Is this a namespace of the host's that current is not in? Who is in it may
 * keep a descriptor of it, leave, and come back, as CNI agents do.
 */
static bool is_hosts_alone(struct ns_common *ns)
{
	const struct proc_ns_operations *ops = ns->ops;
	struct ns_common *hosts = ops->get(&init_task);
	struct ns_common *mine = ops->get(current);
	bool r = ns == hosts && ns != mine;

	if (hosts)
		ops->put(hosts);
	if (mine)
		ops->put(mine);
	return r;
}

/* The numbers of NS_MNT_GET_NEXT and NS_MNT_GET_PREV, since 6.12. */
#define NEXT_NR 11
#define PREVIOUS_NR 12

/*
 * Is this a mount namespace that current comes to from one of its own, by the
 * list of all? Those of other containers and of the host's services are in it,
 * and these see what the host does. Who owns its user namespace may have it.
 */
static bool is_walked_to(struct ns_common *ns)
{
	unsigned long argument[6];

	if (strcmp(ns->ops->name, "mnt") ||
	    !ctg_hook_in_syscall(__NR_ioctl, CTG_ARCH_32_IOCTL) ||
	    ns->ops->owner(ns) != &init_user_ns)
		return false;
	syscall_get_arguments(current, task_pt_regs(current), argument);
	return _IOC_NR(argument[1]) == NEXT_NR ||
	       _IOC_NR(argument[1]) == PREVIOUS_NR;
}

/**
 * ctg_hook_judge_namespace - judge getting hold of a namespace
 * @subject: who
 * @inode: of nsfs
 * @hook: the function that asks, or NULL: do not report
 * @site: where it was called
 *
 * Context: task, RCU read side. Return: 0, or -EPERM.
 */
int ctg_hook_judge_namespace(const struct ctg_subject *subject,
			     const struct inode *inode, const char *hook,
			     unsigned long site)
{
	struct ctg_request request = { .operation = CTGUARD_OP_TASK_ACCESS };
	struct ns_common *ns = get_proc_ns(inode);
	char name[24] = "setns/";

	if (!ns || !ns->ops || !(is_hosts_alone(ns) || is_walked_to(ns)))
		return 0;
	strscpy(name + 6, ns->ops->name, sizeof(name) - 6);
	request.name = name;
	request.length = strlen(name);
	return hook ? ctg_guard_judge(subject, &request, hook, site) :
		      ctg_guard_ask(subject, &request);
}
