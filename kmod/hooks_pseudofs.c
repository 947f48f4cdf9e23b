// SPDX-License-Identifier: GPL-2.0
/* Hooks that guard procfs, sysfs and their kin. */
#include "hook.h"

#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/kernfs.h>
#include <linux/magic.h>
#include <linux/security.h>
#include <linux/user_namespace.h>

#include "container.h"
#include "hostcode.h"
#include "object.h"
#include "own.h"

PIN(security_file_open, int(struct file *));
PIN(security_inode_create, int(struct inode *, struct dentry *, umode_t));
PIN(security_inode_link, int(struct dentry *, struct inode *, struct dentry *));
PIN(security_inode_unlink, int(struct inode *, struct dentry *));
PIN(security_inode_symlink, int(struct inode *, struct dentry *, const char *));
PIN(security_inode_mkdir, int(struct inode *, struct dentry *, umode_t));
PIN(security_inode_rmdir, int(struct inode *, struct dentry *));
PIN(security_inode_mknod, int(struct inode *, struct dentry *, umode_t, dev_t));
PIN(security_inode_rename, int(struct inode *, struct dentry *, struct inode *,
			       struct dentry *, unsigned int));
PIN(security_inode_setattr, int(CTG_IDMAP struct dentry *, struct iattr *));
PIN(security_inode_setxattr,
    int(CTG_IDMAP struct dentry *, const char *, const void *, size_t, int));
PIN(security_inode_removexattr, int(CTG_IDMAP struct dentry *, const char *));
PIN(vfs_fileattr_set, int(CTG_IDMAP struct dentry *, CTG_FILEATTR *));
PIN(((struct inode_operations *)0)->permission,
    int (*)(CTG_IDMAP struct inode *, int));
PIN(((struct file_operations *)0)->write_iter,
    ssize_t (*)(struct kiocb *, struct iov_iter *));

/* A cgroup's own are those below the container's cgroup. */
static u32 own_cgroup(const struct ctg_subject *subject,
		      const struct inode *inode, bool make)
{
	struct cgroup *cgroup = ctg_object_cgroup(inode);
	bool inside = make || ctg_object_is_delegated(inode);

	if (!cgroup)
		return 0;
	return ctg_container_owns_cgroup(subject->container, cgroup, inside) ?
		       CTGUARD_OWN :
		       0;
}

/*
 * Whose the object is. @inode is that of @dentry or, when @dentry is made, of
 * the directory it is made in.
 */
static u32 own(const struct ctg_subject *subject, const struct dentry *dentry,
	       const struct inode *inode, bool make, const char *path)
{
	if (ctg_object_is_cgroup2(dentry->d_sb))
		return own_cgroup(subject, inode, make);
	if (ctg_object_is_sysfs(dentry->d_sb))
		return ctg_own_sysfs(inode);
	if (!ctg_object_is_proc(dentry->d_sb) ||
	    (ctg_own_is_sysctl(path) && !ctg_object_sysctl_is_mine(dentry)))
		return 0;
	return ctg_own_proc(subject->container, current,
			    ctg_object_pid_ns(dentry->d_sb), path);
}

/**
 * ctg_hook_judge_pseudofs - judge what is done to a pseudo-file
 * @subject: who
 * @operation: CTGUARD_OP_PSEUDOFS_*
 * @dentry: of the file, or of what is made
 * @inode: of the file, or of the directory it is made in
 * @make: it is made
 * @hook: the function that asks, or NULL: do not report
 * @site: where it was called
 *
 * Context: task, RCU read side. Return: 0, or -EPERM.
 */
int ctg_hook_judge_pseudofs(const struct ctg_subject *subject, u32 operation,
			    struct dentry *dentry, const struct inode *inode,
			    bool make, const char *hook, unsigned long site)
{
	struct ctg_request request = {
		.operation = operation,
		.fs = inode->i_sb->s_type->name,
		.name = "",
	};
	struct ctg_path path;
	int r;

	ctg_object_path_begin(&path, dentry);
	/* An overlay opens the file below it by the path above it. */
	if (path.text && path.whole && dentry->d_sb == inode->i_sb) {
		request.name = path.text;
		request.length = path.length;
		request.own = own(subject, dentry, inode, make, path.text);
	}
	r = hook ? ctg_guard_judge(subject, &request, hook, site) :
		   ctg_guard_ask(subject, &request);
	ctg_object_path_end(&path);
	return r;
}

/* A change of what is at @dentry, which is in a sensitive filesystem. */
static int judge_write(struct dentry *dentry, const struct inode *inode,
		       bool make, const char *hook, unsigned long site)
{
	struct ctg_subject subject;
	int r = 0;

	if (!in_task())
		return 0;
	rcu_read_lock();
	if (ctg_guard_subject(&subject))
		r = ctg_hook_judge_pseudofs(&subject, CTGUARD_OP_PSEUDOFS_WRITE,
					    dentry, inode, make, hook, site);
	rcu_read_unlock();
	return r;
}

/* Changes of what the host's kernel loads later. */
static int judge_host_code(bool is_code, const char *hook, unsigned long site)
{
	if (!is_code)
		return 0;
	return ctg_hook_judge_name(CTGUARD_OP_KERNEL_USE, "host-code", 0, hook,
				   site);
}

static bool is_made_device(const struct file *file, const struct inode *inode)
{
	return file->f_mode & FMODE_CREATED &&
	       (S_ISCHR(inode->i_mode) || S_ISBLK(inode->i_mode));
}

int ctg_hook_file_open(struct ftrace_regs *fregs, unsigned long site)
{
	struct file *file = ARGUMENT(struct file *, 0);
	struct inode *inode = file_inode(file);
	struct dentry *dentry = file->f_path.dentry;
	const char *fs = inode->i_sb->s_type->name;
	static const char hook[] = "security_file_open";
	struct ctg_subject subject;
	int r = 0;

	if (file->f_mode & FMODE_WRITE) {
		r = judge_host_code(ctg_hostcode_is(dentry, inode), hook, site);
		if (r)
			return r;
	}
	/* Devices are judged as devices, pipes and sockets not at all. */
	if (!S_ISREG(inode->i_mode))
		return is_made_device(file, inode) ?
			       ctg_hook_judge_made(file, hook, site) :
			       0;
	if ((ctg_object_is_data(inode->i_sb) &&
	     inode->i_sb->s_magic != NSFS_MAGIC) ||
	    !in_task())
		return 0;
	rcu_read_lock();
	if (!ctg_guard_subject(&subject))
		goto unlock;
	if (inode->i_sb->s_magic == NSFS_MAGIC) {
		r = ctg_hook_judge_namespace(&subject, inode, hook, site);
		goto unlock;
	}
	/* Opened for ioctl alone, by access mode 3, it may change things, too. */
	if (file->f_mode & FMODE_WRITE || !(file->f_mode & FMODE_READ))
		r = ctg_hook_judge_pseudofs(&subject, CTGUARD_OP_PSEUDOFS_WRITE,
					    dentry, inode, false, hook, site);
	if (!r && file->f_mode & FMODE_READ &&
	    ctg_guard_asks_reads(&subject, fs))
		r = ctg_hook_judge_pseudofs(&subject, CTGUARD_OP_PSEUDOFS_READ,
					    dentry, inode, false, hook, site);
unlock:
	rcu_read_unlock();
	return r;
}

/*
 * A sysctl file may have been opened in another namespace than it is written
 * in.
 */
int ctg_hook_sysctl_write(struct ftrace_regs *fregs, unsigned long site)
{
	struct file *file = ARGUMENT(struct kiocb *, 0)->ki_filp;

	return judge_write(file->f_path.dentry, file_inode(file), false,
			   "proc_sys_write", site);
}

/*
 * clone3(CLONE_INTO_CGROUP) moves a child by a descriptor of the cgroup and
 * asks for nothing but the permission to write cgroup.procs. May be called
 * under RCU walk.
 */
int ctg_hook_kernfs_permission(struct ftrace_regs *fregs, unsigned long site)
{
	const struct inode *inode =
		ARGUMENT(const struct inode *, CTG_BEHIND_IDMAP(0));
	struct ctg_request request = {
		.operation = CTGUARD_OP_PSEUDOFS_WRITE,
		.fs = "cgroup2",
		.name = "",
	};
	struct ctg_subject subject;
	struct ctg_path path;
	int r = 0;

	/* What is made in a directory is judged when it is made. */
	if (!(ARGUMENT(int, CTG_BEHIND_IDMAP(1)) & MAY_WRITE) ||
	    S_ISDIR(inode->i_mode) || !ctg_object_is_cgroup2(inode->i_sb) ||
	    !in_task())
		return 0;
	rcu_read_lock();
	if (ctg_guard_subject(&subject)) {
		ctg_object_path_begin_kernfs(&path, ctg_object_kernfs(inode));
		if (path.text) {
			request.name = path.text;
			request.length = path.length;
			request.own = own_cgroup(&subject, inode, false);
		}
		r = ctg_guard_judge(&subject, &request, "kernfs_iop_permission",
				    site);
		ctg_object_path_end(&path);
	}
	rcu_read_unlock();
	return r;
}

/* Something is made at argument @n, in the directory of argument @dir. */
static int made(struct ftrace_regs *fregs, int dir, int n, const char *hook,
		unsigned long site)
{
	struct inode *inode = ARGUMENT(struct inode *, dir);
	struct dentry *dentry = ARGUMENT(struct dentry *, n);

	if (ctg_object_is_data(inode->i_sb))
		return judge_host_code(ctg_hostcode_leads_to(dentry), hook,
				       site);
	return judge_write(dentry, inode, true, hook, site);
}

/**
 * ctg_hook_judge_change - may current change or remove this?
 * @dentry: what
 * @hook: the function that asks
 * @site: where it was called
 *
 * Return: 0, or -EPERM.
 */
int ctg_hook_judge_change(struct dentry *dentry, const char *hook,
			  unsigned long site)
{
	if (ctg_object_is_data(dentry->d_sb))
		return judge_host_code(ctg_hostcode_leads_to(dentry), hook,
				       site);
	return judge_write(dentry, d_inode(dentry), false, hook, site);
}

/* What is at argument @n is changed or removed. */
static int changed(struct ftrace_regs *fregs, int n, const char *hook,
		   unsigned long site)
{
	return ctg_hook_judge_change(ARGUMENT(struct dentry *, n), hook, site);
}

#define MADE(function, dir, n)                                                 \
	int ctg_hook_##function(struct ftrace_regs *fregs, unsigned long site) \
	{                                                                      \
		return made(fregs, dir, n, "security_" #function, site);       \
	}
#define CHANGED(function, n)                                                   \
	int ctg_hook_##function(struct ftrace_regs *fregs, unsigned long site) \
	{                                                                      \
		return changed(fregs, n, "security_" #function, site);         \
	}

MADE(inode_create, 0, 1)
MADE(inode_symlink, 0, 1)
MADE(inode_mkdir, 0, 1)
MADE(inode_mknod, 0, 1)
CHANGED(inode_unlink, 1)
CHANGED(inode_rmdir, 1)
/*
 * systemd keeps notes of a cgroup in its attributes, and so in those of the
 * container's own as well.
 */
static int noted(struct ftrace_regs *fregs, const char *hook,
		 unsigned long site)
{
	int n = CTG_BEHIND_IDMAP(0);
	struct dentry *dentry = ARGUMENT(struct dentry *, n);

	if (!ctg_object_is_cgroup2(dentry->d_sb))
		return changed(fregs, n, hook, site);
	return judge_write(dentry, d_inode(dentry), true, hook, site);
}

CTG_FAST(inode_setxattr)
{
	return noted(fregs, "security_inode_setxattr", site);
}

CTG_FAST(inode_removexattr)
{
	return noted(fregs, "security_inode_removexattr", site);
}

/*
 * Flags of chattr(1) and the project, by a descriptor that need not be open for
 * writing: what cannot be replaced any more, or can be again.
 */
CTG_FAST(fileattr_set)
{
	int n = CTG_BEHIND_IDMAP(0);

	/* The kernel has nothing to set. */
	if (!ctg_sets_fileattr(d_inode(ARGUMENT(const struct dentry *, n))))
		return 0;
	return changed(fregs, n, "vfs_fileattr_set", site);
}

CHANGED(inode_set_acl, 1)
CHANGED(inode_remove_acl, 1)

/* The new name of the host's code could be written where the old one is not. */
CTG_FAST(inode_link)
{
	const struct dentry *old = ARGUMENT(const struct dentry *, 0);
	static const char hook[] = "security_inode_link";
	int r = 0;

	if (ctg_object_is_data(old->d_sb))
		r = judge_host_code(ctg_hostcode_leads_to(old), hook, site);
	return r ?: made(fregs, 1, 2, hook, site);
}

int ctg_hook_inode_rename(struct ftrace_regs *fregs, unsigned long site)
{
	static const char hook[] = "security_inode_rename";

	return changed(fregs, 1, hook, site) ?: made(fregs, 2, 3, hook, site);
}

/* Would it stay as it is? Runtimes chown what they pass on to what it has. */
static bool changes_nothing(const struct inode *inode, const struct iattr *attr)
{
	const unsigned int judged = ATTR_MODE | ATTR_UID | ATTR_GID |
				    ATTR_SIZE | ATTR_ATIME_SET | ATTR_MTIME_SET;

	if (attr->ia_valid & judged & ~(ATTR_MODE | ATTR_UID | ATTR_GID))
		return false;
	if (attr->ia_valid & ATTR_MODE &&
	    ((attr->ia_mode ^ inode->i_mode) & S_IALLUGO))
		return false;
	if (attr->ia_valid & ATTR_UID && !uid_eq(attr->ia_uid, inode->i_uid))
		return false;
	return !(attr->ia_valid & ATTR_GID) ||
	       gid_eq(attr->ia_gid, inode->i_gid);
}

/*
 * Will the kernel refuse it by itself, to whom the owner's number means nothing
 * in a user namespace of its own? A rootless runtime tries to chown what it
 * passes on, the host's /dev/null, and goes on.
 */
static bool is_strangers(const struct inode *inode, const struct iattr *attr)
{
	const unsigned int owners = ATTR_MODE | ATTR_UID | ATTR_GID;

	return attr->ia_valid & owners &&
	       !(attr->ia_valid & (ATTR_SIZE | ATTR_FORCE)) &&
	       inode->i_sb->s_user_ns == &init_user_ns &&
	       !uid_eq(inode->i_uid, current_fsuid()) &&
	       !kuid_has_mapping(current_user_ns(), inode->i_uid);
}

int ctg_hook_inode_setattr(struct ftrace_regs *fregs, unsigned long site)
{
	int n = CTG_BEHIND_IDMAP(0);
	struct dentry *dentry = ARGUMENT(struct dentry *, n);
	const struct iattr *attr = ARGUMENT(const struct iattr *, n + 1);

	/* On a mount that maps owners, numbers mean something else. */
	if (!ctg_is_idmapped(ARGUMENT(const void *, 0)) &&
	    (changes_nothing(d_inode(dentry), attr) ||
	     is_strangers(d_inode(dentry), attr)))
		return 0;
	return changed(fregs, n, "security_inode_setattr", site);
}
