// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks that guard the use of descriptors which were opened elsewhere.
 *
 * What a container opens is judged when it is opened, and what is passed to it
 * when it is received. What its tasks hold already, when the first program of
 * one that came from outside begins or when a running cgroup is bound, is
 * looked through then. Only if something is among it that the profile does not
 * allow, the functions by which descriptors are used are hooked, for as long
 * as such a container lives: reads and writes of everybody else stay as they
 * are.
 *
 * Terminals are passed in on purpose; what a container must not do to one that
 * is not its own is judged at its ioctls.
 */
#include "descriptor.h"

#include <linux/bitops.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/idr.h>
#include <linux/io_uring.h>
#include <linux/magic.h>
#include <linux/mman.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/task.h>
#include <linux/security.h>

#include "container.h"
#include "hook.h"
#include "object.h"

PIN(security_file_receive, int(struct file *));
PIN(security_file_permission, int(struct file *, int));
PIN(security_file_ioctl, int(struct file *, unsigned int, unsigned long));
PIN(security_mmap_file, int(struct file *, unsigned long, unsigned long));
PIN(security_uring_cmd, int(struct io_uring_cmd *));

/* How many tasks are looked through before others may run. */
#define SCAN_BATCH 64

static DEFINE_MUTEX(arm_mutex);

static bool is_terminal(const struct file *file)
{
	return ctg_attach_runs((unsigned long)file->f_op->unlocked_ioctl,
			       "tty_ioctl");
}

/* A ring's registered files can be used through it, and cannot be seen. */
static bool is_ring(const struct file *file)
{
	return file_inode(file)->i_sb->s_magic == ANON_INODE_FS_MAGIC &&
	       !strcmp(file->f_path.dentry->d_name.name, "[io_uring]");
}

/* CTGUARD_ACCESS_* that the descriptor was opened for. */
static u8 access_of(const struct file *file)
{
	u8 access = 0;

	if (file->f_mode & FMODE_PATH)
		return 0;
	if (file->f_mode & FMODE_READ)
		access |= CTGUARD_ACCESS_READ;
	if (file->f_mode & FMODE_WRITE)
		access |= CTGUARD_ACCESS_WRITE;
	/* Opened for ioctl alone. */
	return access ?: CTGUARD_ACCESS_READ | CTGUARD_ACCESS_WRITE;
}

static bool is_device(const struct inode *inode)
{
	return S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode);
}

/*
 * Judges the use of a descriptor that was opened as a device or a sensitive
 * file; everything else is allowed. @hook NULL: does not report, and
 * complaints count as denials.
 */
static int judge_use(const struct ctg_subject *subject, struct file *file,
		     u8 access, const char *hook, unsigned long site)
{
	struct inode *inode = file_inode(file);
	struct ctg_request request = {
		.operation = CTGUARD_OP_DEVICE_OPEN,
		.access = access,
	};

	if (!access)
		return 0;
	if (is_device(inode)) {
		if (is_terminal(file))
			return 0;
		request.dev_type = S_ISBLK(inode->i_mode) ? CTGUARD_DEV_BLOCK :
							    CTGUARD_DEV_CHAR;
		request.major = imajor(inode);
		request.minor = iminor(inode);
		return ctg_hook_judge_device(subject, &request, hook, site);
	}
	if (S_ISREG(inode->i_mode) && access & CTGUARD_ACCESS_WRITE &&
	    !ctg_object_is_data(inode->i_sb))
		return ctg_hook_judge_pseudofs(subject,
					       CTGUARD_OP_PSEUDOFS_WRITE,
					       file->f_path.dentry, inode,
					       false, hook, site);
	return 0;
}

/* Likewise what a descriptor is good for besides. */
static int judge_holding(const struct ctg_subject *subject, struct file *file,
			 const char *hook, unsigned long site)
{
	const struct ctg_request ring = {
		.operation = CTGUARD_OP_KERNEL_USE,
		.name = "io_uring/receive",
		.length = sizeof("io_uring/receive") - 1,
	};
	const struct inode *inode = file_inode(file);

	if (inode->i_sb->s_magic == NSFS_MAGIC)
		return ctg_hook_judge_namespace(subject, inode, hook, site);
	if (is_ring(file))
		return hook ? ctg_guard_judge(subject, &ring, hook, site) :
			      ctg_guard_ask(subject, &ring);
	return 0;
}

/* Passed by another task, in a message or by pidfd_getfd(). */
CTG_FAST(file_receive)
{
	struct file *file = ARGUMENT(struct file *, 0);
	static const char hook[] = "security_file_receive";
	struct ctg_subject subject;
	int r = 0;

	if (!in_task())
		return 0;
	rcu_read_lock();
	if (ctg_guard_subject(&subject))
		r = judge_use(&subject, file, access_of(file), hook, site) ?:
			    judge_holding(&subject, file, hook, site);
	rcu_read_unlock();
	return r;
}

/*
 * Use, hooked on demand
 */

static int judge_held(struct file *file, u8 access, const char *hook,
		      unsigned long site)
{
	const struct inode *inode = file_inode(file);
	struct ctg_subject subject;
	int r = 0;

	if ((!is_device(inode) && ctg_object_is_data(inode->i_sb)) ||
	    !in_task())
		return 0;
	rcu_read_lock();
	if (ctg_guard_subject(&subject) &&
	    ctg_container_holds(subject.container))
		r = judge_use(&subject, file, access, hook, site);
	rcu_read_unlock();
	return r;
}

CTG_FAST(file_permission)
{
	int mask = ARGUMENT(int, 1);
	u8 access = 0;

	if (mask & MAY_READ)
		access |= CTGUARD_ACCESS_READ;
	if (mask & (MAY_WRITE | MAY_APPEND))
		access |= CTGUARD_ACCESS_WRITE;
	return judge_held(ARGUMENT(struct file *, 0), access,
			  "security_file_permission", site);
}

CTG_FAST(file_ioctl)
{
	struct file *file = ARGUMENT(struct file *, 0);

	return judge_held(file, access_of(file), "security_file_ioctl", site);
}

CTG_FAST(mmap_file)
{
	struct file *file = ARGUMENT(struct file *, 0);

	if (!file)
		return 0;
	return judge_held(file, access_of(file), "security_mmap_file", site);
}

CTG_FAST(uring_cmd)
{
	struct file *file = ARGUMENT(struct io_uring_cmd *, 0)->file;

	return judge_held(file, access_of(file), "security_uring_cmd", site);
}

/*
 * Looking through what is held
 */

struct look {
	const struct ctg_subject *subject;
	struct fdtable *table; /* of current, which is locked */
	bool found;
};

/*
 * The descriptors that current keeps when it executes a program. Namespaces
 * and rings are not judged when they are used: these are closed.
 */
static void look_at_all(struct look *look)
{
	struct file *file;
	unsigned int fd;

	for_each_set_bit(fd, look->table->open_fds, look->table->max_fds) {
		file = rcu_dereference_raw(look->table->fd[fd]);
		if (!file || test_bit(fd, look->table->close_on_exec))
			continue;
		if (judge_holding(look->subject, file, "security_bprm_check",
				  fd))
			__set_bit(fd, look->table->close_on_exec);
		if (judge_use(look->subject, file, access_of(file), NULL, 0))
			look->found = true;
	}
}

/* Hooks the use of descriptors if it must be; 0 or an error. */
static int arm(void)
{
	int r;

	mutex_lock(&arm_mutex);
	r = ctg_attach_demand(true);
	mutex_unlock(&arm_mutex);
	if (r)
		pr_crit("the use of descriptors cannot be hooked (%d)\n", r);
	return r;
}

/**
 * ctg_descriptor_inherit - current, which came from outside, executes the
 * first program in its container
 *
 * Context: process; sleeps.
 * Return: 0, or -EPERM when what it keeps cannot be guarded.
 */
int ctg_descriptor_inherit(void)
{
	struct files_struct *files = current->files;
	struct ctg_subject subject;
	struct look look = { .subject = &subject };

	rcu_read_lock();
	if (ctg_guard_subject(&subject)) {
		spin_lock(&files->file_lock);
		look.table = files_fdtable(files);
		look_at_all(&look);
		spin_unlock(&files->file_lock);
		if (look.found)
			ctg_container_hold(subject.container);
	}
	rcu_read_unlock();
	return look.found && arm() ? -EPERM : 0;
}

/* Does a task hold what its profile does not allow? RCU. */
static bool holds_denied(struct task_struct *task,
			 const struct ctg_subject *subject)
{
	struct fdtable *table;
	bool found = false;
	unsigned int fd;

	task_lock(task);
	table = task->files ? files_fdtable(task->files) : NULL;
	for (fd = 0; table && !found && fd < table->max_fds; fd++) {
		struct file *file = rcu_dereference(table->fd[fd]);

		if (!file || !ctg_get_file_rcu(file))
			continue;
		found = judge_use(subject, file, access_of(file), NULL, 0) ||
			is_ring(file);
		/* The last one is closed by a work, not here. */
		fput(file);
	}
	task_unlock(task);
	return found;
}

/* Looks through the tasks from *nr on, a batch of them; RCU. */
static bool scan_batch(int *nr)
{
	struct ctg_subject subject;
	struct task_struct *task;
	unsigned int i;
	struct pid *pid;

	for (i = 0; i < SCAN_BATCH; i++, ++*nr) {
		pid = idr_get_next(&init_pid_ns.idr, nr);
		if (!pid)
			return false;
		task = pid_task(pid, PIDTYPE_PID);
		if (task && ctg_guard_subject_of(task, &subject) &&
		    !ctg_container_holds(subject.container) &&
		    holds_denied(task, &subject))
			ctg_container_hold(subject.container);
	}
	return true;
}

/**
 * ctg_descriptor_scan - look through what the tasks of containers hold
 *
 * After containers were bound that run already, or by another policy.
 *
 * Context: process; sleeps.
 */
void ctg_descriptor_scan(void)
{
	bool more;
	int nr = 1;

	do {
		rcu_read_lock();
		more = scan_batch(&nr);
		rcu_read_unlock();
		cond_resched();
	} while (more);
	if (ctg_container_holders())
		arm();
}

/**
 * ctg_descriptor_settle - no longer hook what no container needs any more
 *
 * Context: process; sleeps.
 */
void ctg_descriptor_settle(void)
{
	mutex_lock(&arm_mutex);
	if (!ctg_container_holders())
		ctg_attach_demand(false);
	mutex_unlock(&arm_mutex);
}
