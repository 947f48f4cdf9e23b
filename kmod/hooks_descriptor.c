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
#include <linux/major.h>
#include <linux/mman.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/security.h>

#include "container.h"
#include "hook.h"
#include "hostcode.h"
#include "object.h"

PIN(security_file_receive, int(struct file *));
PIN(security_file_permission, int(struct file *, int));
PIN(security_file_ioctl, int(struct file *, unsigned int, unsigned long));
PIN(security_mmap_file, int(struct file *, unsigned long, unsigned long));
PIN(security_uring_cmd, int(struct io_uring_cmd *));

/* How many descriptors are looked at before others may run. */
#define SCAN_BATCH 256U

static DEFINE_MUTEX(arm_mutex);

static bool is_terminal(const struct file *file)
{
	unsigned int major = imajor(file_inode(file));

	/* By number as well: one that was hung up is run by nothing. */
	if (S_ISCHR(file_inode(file)->i_mode) &&
	    (major == TTY_MAJOR || major == TTYAUX_MAJOR ||
	     (major >= UNIX98_PTY_SLAVE_MAJOR &&
	      major < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT)))
		return true;
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

/* Is this to change what the host's kernel loads later? */
static bool writes_host_code(const struct file *file, u8 access)
{
	return access & CTGUARD_ACCESS_WRITE &&
	       S_ISREG(file_inode(file)->i_mode) &&
	       ctg_hostcode_is(file->f_path.dentry, file_inode(file));
}

/*
 * Judges the use of a descriptor that was opened as a device, a sensitive file
 * or code of the host's; everything else is allowed. @hook NULL: does not
 * report, and complaints count as denials.
 */
static int judge_use(const struct ctg_subject *subject, struct file *file,
		     u8 access, const char *hook, unsigned long site)
{
	const struct ctg_request code = {
		.operation = CTGUARD_OP_KERNEL_USE,
		.name = "host-code",
		.length = sizeof("host-code") - 1,
	};
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
	if (writes_host_code(file, access))
		return hook ? ctg_guard_judge(subject, &code, hook, site) :
			      ctg_guard_ask(subject, &code);
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

	if ((!is_device(inode) && ctg_object_is_data(inode->i_sb) &&
	     !(access & CTGUARD_ACCESS_WRITE &&
	       ctg_hostcode_may_have(inode->i_sb))) ||
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

/* On kernels that ask at no other place, it changes a file's attributes, too. */
CTG_FAST(file_ioctl)
{
	struct file *file = ARGUMENT(struct file *, 0);
	static const char hook[] = "security_file_ioctl";
	int r = 0;

	if (ctg_ioctl_sets_fileattr(ARGUMENT(unsigned int, 1)))
		r = ctg_hook_judge_change(file->f_path.dentry, hook, site);
	return r ?: judge_held(file, access_of(file), hook, site);
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

/*
 * The next descriptor from *fd on that current keeps when it executes a
 * program, referenced, or NULL.
 */
static struct file *next_kept(struct files_struct *files, unsigned int *fd)
{
	struct file *file = NULL;
	struct fdtable *table;

	spin_lock(&files->file_lock);
	table = files_fdtable(files);
	for (; !file && *fd < table->max_fds; ++*fd) {
		*fd = find_next_bit(table->open_fds, table->max_fds, *fd);
		if (*fd >= table->max_fds)
			break;
		if (!test_bit(*fd, table->close_on_exec))
			file = rcu_dereference_protected(
				table->fd[*fd],
				lockdep_is_held(&files->file_lock));
	}
	if (file)
		get_file(file);
	spin_unlock(&files->file_lock);
	return file;
}

/* Closes a descriptor of current, if it is still this file, at the program. */
static void close_at_program(struct files_struct *files, unsigned int fd,
			     const struct file *file)
{
	struct fdtable *table;

	spin_lock(&files->file_lock);
	table = files_fdtable(files);
	if (fd < table->max_fds && rcu_access_pointer(table->fd[fd]) == file)
		__set_bit(fd, table->close_on_exec);
	spin_unlock(&files->file_lock);
}

/*
 * Looks at a descriptor that current keeps. Namespaces and rings are not judged
 * when they are used: these are closed. Is it one whose use has to be judged?
 */
static bool look_at(struct files_struct *files, unsigned int fd,
		    struct file *file)
{
	struct ctg_subject subject;
	bool found = false;
	int r = 0;

	rcu_read_lock();
	if (ctg_guard_subject(&subject)) {
		r = judge_holding(&subject, file, "security_bprm_check", fd);
		found = judge_use(&subject, file, access_of(file), NULL, 0);
		if (found)
			ctg_container_hold(subject.container);
	}
	rcu_read_unlock();
	if (r)
		close_at_program(files, fd, file);
	return found;
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
 * Who shares its descriptors with a task outside can be given more after this;
 * that task would have to want it.
 *
 * Context: process; sleeps.
 * Return: 0, or -EPERM when what it keeps cannot be guarded.
 */
int ctg_descriptor_inherit(void)
{
	struct files_struct *files = current->files;
	bool found = false;
	unsigned int fd = 0;
	struct file *file;

	while ((file = next_kept(files, &fd))) {
		found |= look_at(files, fd - 1, file);
		fput(file);
		cond_resched();
	}
	return found && arm() ? -EPERM : 0;
}

/*
 * Looks at some of the descriptors of a task from *fd on; false when there is
 * no more to see. Held by a reference.
 */
static bool look_at_some(struct task_struct *task, unsigned int *fd)
{
	unsigned int end = *fd + SCAN_BATCH;
	struct ctg_subject subject;
	struct fdtable *table;
	bool found = false, more = false;

	rcu_read_lock();
	if (!ctg_guard_subject_of(task, &subject) ||
	    ctg_container_holds(subject.container))
		goto unlock;
	task_lock(task);
	table = task->files ? files_fdtable(task->files) : NULL;
	more = table && end < table->max_fds;
	for (; table && !found && *fd < min(end, table->max_fds); ++*fd) {
		struct file *file = ctg_get_file_rcu(&table->fd[*fd]);

		if (!file)
			continue;
		found = judge_use(&subject, file, access_of(file), NULL, 0) ||
			is_ring(file);
		/* The last one is closed by a work, not here. */
		fput(file);
	}
	task_unlock(task);
	if (found)
		ctg_container_hold(subject.container);
unlock:
	rcu_read_unlock();
	return more && !found;
}

/* The next task from *nr on, referenced, or NULL. */
static struct task_struct *next_task_from(int *nr)
{
	struct task_struct *task = NULL;
	struct pid *pid;

	rcu_read_lock();
	while (!task && (pid = idr_get_next(&init_pid_ns.idr, nr))) {
		task = pid_task(pid, PIDTYPE_PID);
		++*nr;
	}
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

/* Are a thread's descriptors those of its process, which are looked at too? */
static bool shares_files(const struct task_struct *task)
{
	return !thread_group_leader((struct task_struct *)task) &&
	       READ_ONCE(task->files) == READ_ONCE(task->group_leader->files);
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
	struct task_struct *task;
	unsigned int fd;
	int nr = 1;

	while ((task = next_task_from(&nr))) {
		fd = 0;
		while (!shares_files(task) && look_at_some(task, &fd))
			cond_resched();
		put_task_struct(task);
		cond_resched();
	}
	if (ctg_container_holders())
		arm();
}

/**
 * ctg_descriptor_settle - hook the use of descriptors if a container needs it,
 * and no longer than that
 *
 * Context: process; sleeps.
 */
void ctg_descriptor_settle(void)
{
	mutex_lock(&arm_mutex);
	ctg_attach_demand(ctg_container_holders());
	mutex_unlock(&arm_mutex);
}
