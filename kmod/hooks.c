// SPDX-License-Identifier: GPL-2.0
/*
 * The hooked functions: what their arguments say of the object.
 *
 * Object first, subject second: what concerns no sensitive object returns
 * before anybody asks who current is. A fast handler runs in an ftrace
 * callback: it must not sleep, allocate, or call what can reach a hooked
 * function; scripts/callgraph.sh checks that. Everything here is called
 * through the table at the end.
 */
#include "hooks.h"

#include <linux/binfmts.h>
#include <linux/blk_types.h>
#include <linux/bpf.h>
#include <linux/cgroup.h>
#include <linux/device_cgroup.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/kernel_read_file.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/security.h>
#include <linux/socket.h>
#include <linux/uaccess.h>
#include <uapi/ctguard/ctguard.h>
#include <uapi/linux/kexec.h>

#include <asm/syscall.h>

#include "container.h"
#include "guard.h"
#include "netlink.h"
#include "object.h"
#include "own.h"
#include "prober.h"

#define ARGUMENT(type, n) ((type)ftrace_regs_get_argument(fregs, n))

/*
 * A prototype that changed would have its arguments misread: fail the build
 * instead. For functions in headers the function itself, for the others what
 * they are assigned to.
 */
#define PIN(function, ...) static_assert(__same_type(function, __VA_ARGS__))

PIN(security_file_open, int(struct file *));
PIN(security_kernel_module_request, int(char *));
PIN(security_kernel_read_file,
    int(struct file *, enum kernel_read_file_id, bool));
PIN(security_kernel_load_data, int(enum kernel_load_data_id, bool));
PIN(security_socket_create, int(int, int, int, int));
PIN(devcgroup_check_permission, int(short, u32, u32, short));
PIN(security_sb_kern_mount, int(CTG_SB_CONST struct super_block *));
PIN(security_inode_create, int(struct inode *, struct dentry *, umode_t));
PIN(security_inode_link, int(struct dentry *, struct inode *, struct dentry *));
PIN(security_inode_unlink, int(struct inode *, struct dentry *));
PIN(security_inode_symlink, int(struct inode *, struct dentry *, const char *));
PIN(security_inode_mkdir, int(struct inode *, struct dentry *, umode_t));
PIN(security_inode_rmdir, int(struct inode *, struct dentry *));
PIN(security_inode_mknod, int(struct inode *, struct dentry *, umode_t, dev_t));
PIN(security_inode_rename, int(struct inode *, struct dentry *, struct inode *,
			       struct dentry *, unsigned int));
PIN(security_inode_setattr, int(CTG_IDMAP *, struct dentry *, struct iattr *));
PIN(security_inode_setxattr,
    int(CTG_IDMAP *, struct dentry *, const char *, const void *, size_t, int));
PIN(security_inode_removexattr,
    int(CTG_IDMAP *, struct dentry *, const char *));
PIN(security_bprm_check, int(struct linux_binprm *));
PIN(security_task_alloc, int(struct task_struct *, CTG_CLONE_FLAGS));
PIN(security_task_free, void(struct task_struct *));
PIN(((struct inode_operations *)0)->permission,
    int (*)(CTG_IDMAP *, struct inode *, int));
PIN(((struct file_operations *)0)->write_iter,
    ssize_t (*)(struct kiocb *, struct iov_iter *));
PIN(((sys_call_ptr_t)0), long (*)(const struct pt_regs *));
PIN(((struct netlink_kernel_cfg *)0)->bind, int (*)(struct net *, int));
#if CTG_HAVE_TRAMPOLINE_GUARD
PIN(bpf_trampoline_link_prog,
    int(struct bpf_tramp_link *, struct bpf_trampoline *, struct bpf_prog *));
#endif

/*
 * Judges a request of current, if current is guarded. Whoever has to fill the
 * request in with more than two numbers does it with a subject at hand.
 */
static int judge(const struct ctg_request *request, const char *hook,
		 unsigned long site)
{
	struct ctg_subject subject;
	int r = 0;

	if (!in_task())
		return 0;
	rcu_read_lock();
	if (ctg_guard_subject(&subject))
		r = ctg_guard_judge(&subject, request, hook, site);
	rcu_read_unlock();
	return r;
}

static bool is_guarded(void)
{
	struct ctg_subject subject;
	bool r;

	if (!in_task())
		return false;
	rcu_read_lock();
	r = ctg_guard_subject(&subject);
	rcu_read_unlock();
	return r;
}

/*
 * Modules and kexec
 */

static int module_request(struct ftrace_regs *fregs, unsigned long site)
{
	static const char hook[] = "security_kernel_module_request";
	const char *name = ARGUMENT(const char *, 0);
	struct ctg_request request = {
		.operation = CTGUARD_OP_MODULE_AUTOLOAD,
		.name = name,
		.length = strlen(name),
	};
	struct ctg_subject subject;
	int r = 0;

	if (!in_task())
		return 0;
	rcu_read_lock();
	if (ctg_prober_is_current()) {
		if (!ctg_prober_may(name))
			r = ctg_guard_refuse(&request, hook, site);
	} else if (ctg_guard_subject(&subject)) {
		ctg_prober_mark(name, &subject);
		r = ctg_guard_judge(&subject, &request, hook, site);
	} else {
		ctg_prober_mark(name, NULL);
	}
	rcu_read_unlock();
	return r;
}

/*
 * An AF_ALG socket makes the kernel load modules by names of the caller's
 * making, some of them from a kernel thread: having one is like asking for its
 * protocol's module, loaded or not.
 */
static int socket_create(struct ftrace_regs *fregs, unsigned long site)
{
	static const char name[] = "net-pf-38";
	struct ctg_request request = {
		.operation = CTGUARD_OP_MODULE_AUTOLOAD,
		.name = name,
		.length = sizeof(name) - 1,
	};

	if (ARGUMENT(int, 0) != AF_ALG || ARGUMENT(int, 3))
		return 0;
	return judge(&request, "security_socket_create", site);
}

static u32 operation_of_file(enum kernel_read_file_id id)
{
	switch (id) {
	case READING_MODULE:
		return CTGUARD_OP_MODULE_LOAD;
	case READING_KEXEC_IMAGE:
	case READING_KEXEC_INITRAMFS:
		return CTGUARD_OP_KEXEC_LOAD;
	default:
		return CTGUARD_OP_UNSPEC;
	}
}

static int read_file(struct ftrace_regs *fregs, unsigned long site)
{
	struct file *file = ARGUMENT(struct file *, 0);
	struct ctg_request request = {
		.operation = operation_of_file(
			ARGUMENT(enum kernel_read_file_id, 1)),
	};
	struct ctg_subject subject;
	struct ctg_path path;
	int r = 0;

	if (request.operation == CTGUARD_OP_UNSPEC || !in_task())
		return 0;
	rcu_read_lock();
	if (ctg_guard_subject(&subject)) {
		ctg_object_path_begin(&path, file->f_path.dentry);
		/* A memfd is an image in memory. */
		request.name = path.text && path.whole ? path.text : "-";
		request.length = path.text && path.whole ? path.length : 1;
		r = ctg_guard_judge(&subject, &request,
				    "security_kernel_read_file", site);
		ctg_object_path_end(&path);
	}
	rcu_read_unlock();
	return r;
}

static int load_data(struct ftrace_regs *fregs, unsigned long site)
{
	struct ctg_request request = { .name = "-", .length = 1 };

	switch (ARGUMENT(enum kernel_load_data_id, 0)) {
	case LOADING_MODULE:
		request.operation = CTGUARD_OP_MODULE_LOAD;
		break;
	case LOADING_KEXEC_IMAGE:
	case LOADING_KEXEC_INITRAMFS:
		request.operation = CTGUARD_OP_KEXEC_LOAD;
		break;
	default:
		return 0;
	}
	return judge(&request, "security_kernel_load_data", site);
}

/* Nothing is read when a loaded image is only dropped. */
static int kexec_file_load(struct ftrace_regs *fregs, unsigned long site)
{
	const struct pt_regs *regs = ARGUMENT(const struct pt_regs *, 0);
	struct ctg_request request = {
		.operation = CTGUARD_OP_KEXEC_LOAD,
		.name = "-",
		.length = 1,
	};

	if (!(regs->r8 & KEXEC_FILE_UNLOAD))
		return 0;
	return judge(&request, "kexec_file_load", site);
}

static int delete_module(struct ftrace_regs *fregs, unsigned long site)
{
	return is_guarded() ? CTG_ATTACH_SLEEP : 0;
}

/* The name is the caller's memory, which may have to be fetched. */
static int delete_module_named(const void __user *from)
{
	char name[MODULE_NAME_LEN] = "?";
	struct ctg_request request = {
		.operation = CTGUARD_OP_MODULE_UNLOAD,
		.name = name,
	};

	if (strncpy_from_user(name, from, sizeof(name)) < 0)
		strscpy(name, "?", sizeof(name));
	name[sizeof(name) - 1] = 0;
	request.length = strlen(name);
	return judge(&request, "delete_module", _RET_IP_);
}

static int delete_module_x64(const unsigned long arguments[6])
{
	const struct pt_regs *regs = (const void *)arguments[0];

	return delete_module_named((const void __user *)regs->di);
}

static int delete_module_ia32(const unsigned long arguments[6])
{
	const struct pt_regs *regs = (const void *)arguments[0];

	return delete_module_named(
		(const void __user *)(unsigned long)(u32)regs->bx);
}

/*
 * Devices
 */

static int device(struct ftrace_regs *fregs, unsigned long site)
{
	/* Of a short argument only the low 16 bits are defined. */
	u16 access = ARGUMENT(unsigned long, 3);
	struct ctg_request request = {
		.dev_type = (u16)ARGUMENT(unsigned long, 0) == DEVCG_DEV_BLOCK ?
				    CTGUARD_DEV_BLOCK :
				    CTGUARD_DEV_CHAR,
		.access = access,
		.major = ARGUMENT(u32, 1),
		.minor = ARGUMENT(u32, 2),
	};

	/* Somebody asks whether it exists. */
	if (!access)
		return 0;
	request.operation = access & DEVCG_ACC_MKNOD ? CTGUARD_OP_DEVICE_MKNOD :
						       CTGUARD_OP_DEVICE_OPEN;
	return judge(&request, "devcgroup_check_permission", site);
}

/*
 * A block device that is mounted already is mounted again without being
 * opened, since 6.6.
 */
static int sb_kern_mount(struct ftrace_regs *fregs, unsigned long site)
{
	const struct super_block *sb = ARGUMENT(const struct super_block *, 0);
	struct ctg_request request = {
		.operation = CTGUARD_OP_DEVICE_MOUNT,
		.dev_type = CTGUARD_DEV_BLOCK,
		.access = CTGUARD_ACCESS_READ,
	};

	if (!sb->s_bdev)
		return 0;
	if (!(sb->s_flags & SB_RDONLY))
		request.access |= CTGUARD_ACCESS_WRITE;
	request.major = MAJOR(sb->s_bdev->bd_dev);
	request.minor = MINOR(sb->s_bdev->bd_dev);
	return judge(&request, "security_sb_kern_mount", site);
}

/*
 * Pseudo-files
 */

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
	if (!ctg_object_is_proc(dentry->d_sb) ||
	    (ctg_own_is_sysctl(path) && !ctg_object_sysctl_is_mine(dentry)))
		return 0;
	return ctg_own_proc(subject->container, current,
			    ctg_object_pid_ns(dentry->d_sb), path);
}

static int judge_pseudofs(const struct ctg_subject *subject, u32 operation,
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
	r = ctg_guard_judge(subject, &request, hook, site);
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
		r = judge_pseudofs(&subject, CTGUARD_OP_PSEUDOFS_WRITE, dentry,
				   inode, make, hook, site);
	rcu_read_unlock();
	return r;
}

static int file_open(struct ftrace_regs *fregs, unsigned long site)
{
	struct file *file = ARGUMENT(struct file *, 0);
	struct inode *inode = file_inode(file);
	struct dentry *dentry = file->f_path.dentry;
	const char *fs = inode->i_sb->s_type->name;
	static const char hook[] = "security_file_open";
	struct ctg_subject subject;
	int r = 0;

	/* Devices are judged as devices, pipes and sockets not at all. */
	if (!S_ISREG(inode->i_mode) || ctg_object_is_data(inode->i_sb) ||
	    !in_task())
		return 0;
	rcu_read_lock();
	if (!ctg_guard_subject(&subject))
		goto unlock;
	/* Opened for ioctl alone, by access mode 3, it may change things, too. */
	if (file->f_mode & FMODE_WRITE || !(file->f_mode & FMODE_READ))
		r = judge_pseudofs(&subject, CTGUARD_OP_PSEUDOFS_WRITE, dentry,
				   inode, false, hook, site);
	if (!r && file->f_mode & FMODE_READ &&
	    ctg_guard_asks_reads(&subject, fs))
		r = judge_pseudofs(&subject, CTGUARD_OP_PSEUDOFS_READ, dentry,
				   inode, false, hook, site);
unlock:
	rcu_read_unlock();
	return r;
}

/*
 * A sysctl file may have been opened in another namespace than it is written
 * in.
 */
static int sysctl_write(struct ftrace_regs *fregs, unsigned long site)
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
static int kernfs_permission(struct ftrace_regs *fregs, unsigned long site)
{
	const struct inode *inode = ARGUMENT(const struct inode *, 1);
	struct ctg_request request = {
		.operation = CTGUARD_OP_PSEUDOFS_WRITE,
		.fs = "cgroup2",
		.name = "",
	};
	struct ctg_subject subject;
	struct ctg_path path;
	int r = 0;

	/* What is made in a directory is judged when it is made. */
	if (!(ARGUMENT(int, 2) & MAY_WRITE) || S_ISDIR(inode->i_mode) ||
	    !ctg_object_is_cgroup2(inode->i_sb) || !in_task())
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
	struct inode *inode =
		(struct inode *)ftrace_regs_get_argument(fregs, dir);
	struct dentry *dentry =
		(struct dentry *)ftrace_regs_get_argument(fregs, n);

	if (ctg_object_is_data(inode->i_sb))
		return 0;
	return judge_write(dentry, inode, true, hook, site);
}

/* What is at argument @n is changed or removed. */
static int changed(struct ftrace_regs *fregs, int n, const char *hook,
		   unsigned long site)
{
	struct dentry *dentry =
		(struct dentry *)ftrace_regs_get_argument(fregs, n);

	if (ctg_object_is_data(dentry->d_sb))
		return 0;
	return judge_write(dentry, d_inode(dentry), false, hook, site);
}

#define MADE(function, dir, n)                                             \
	static int function(struct ftrace_regs *fregs, unsigned long site) \
	{                                                                  \
		return made(fregs, dir, n, "security_" #function, site);   \
	}
#define CHANGED(function, n)                                               \
	static int function(struct ftrace_regs *fregs, unsigned long site) \
	{                                                                  \
		return changed(fregs, n, "security_" #function, site);     \
	}

MADE(inode_create, 0, 1)
MADE(inode_symlink, 0, 1)
MADE(inode_mkdir, 0, 1)
MADE(inode_mknod, 0, 1)
MADE(inode_link, 1, 2)
CHANGED(inode_unlink, 1)
CHANGED(inode_rmdir, 1)
CHANGED(inode_setxattr, 1)
CHANGED(inode_removexattr, 1)
CHANGED(inode_set_acl, 1)
CHANGED(inode_remove_acl, 1)

static int inode_rename(struct ftrace_regs *fregs, unsigned long site)
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

static int inode_setattr(struct ftrace_regs *fregs, unsigned long site)
{
	struct dentry *dentry = ARGUMENT(struct dentry *, 1);

	if (ctg_object_is_data(dentry->d_sb) ||
	    changes_nothing(d_inode(dentry), ARGUMENT(struct iattr *, 2)))
		return 0;
	return judge_write(dentry, d_inode(dentry), false,
			   "security_inode_setattr", site);
}

/*
 * Tasks stay in their container
 */

static int task_alloc(struct ftrace_regs *fregs, unsigned long site)
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

static int task_alloc_label(const unsigned long arguments[6])
{
	return ctg_container_label((struct task_struct *)arguments[0]);
}

static int task_free(struct ftrace_regs *fregs, unsigned long site)
{
	ctg_container_unlabel(ARGUMENT(struct task_struct *, 0));
	return 0;
}

static int bprm_check(struct ftrace_regs *fregs, unsigned long site)
{
	const struct ctg_container *c;
	int r = 0;

	rcu_read_lock();
	c = ctg_container_of(current);
	if (c && ctg_container_starts(c))
		r = CTG_ATTACH_SLEEP;
	rcu_read_unlock();
	return r;
}

static int bprm_check_label(const unsigned long arguments[6])
{
	ctg_container_seal();
	return ctg_container_label(current);
}

/*
 * Who may do anything on the host's network namespace may join any multicast
 * group there, in a container, too: not that of the guard's events.
 */
static int genl_bind(struct ftrace_regs *fregs, unsigned long site)
{
	if (!ctg_netlink_owns_group(ARGUMENT(int, 1)))
		return 0;
	return is_guarded() ? -EPERM : 0;
}

/*
 * A fault of kernels before 6.12.95 and 6.18: when a BPF program that returns
 * joins one that enters on a function that is redirected, ftrace finds itself
 * inconsistent and drops everything on that function, this guard with it. The
 * second program is refused instead, whoever asks. Two that come at the same
 * moment are not told apart; only the host's root can do that.
 */
#if CTG_HAVE_TRAMPOLINE_GUARD
static int trampoline_link(struct ftrace_regs *fregs, unsigned long site)
{
	const struct bpf_tramp_link *link =
		ARGUMENT(const struct bpf_tramp_link *, 0);
	const struct bpf_trampoline *tr =
		ARGUMENT(const struct bpf_trampoline *, 1);
	const struct bpf_prog *prog = link->link.prog;

	if (!ctg_attach_owns((unsigned long)tr->func.addr) || !prog ||
	    !tr->cur_image ||
	    tr->flags & (BPF_TRAMP_F_CALL_ORIG | BPF_TRAMP_F_SHARE_IPMODIFY))
		return 0;
	switch (prog->expected_attach_type) {
	case BPF_TRACE_FEXIT:
	case BPF_MODIFY_RETURN:
	case BPF_LSM_MAC:
		return -EBUSY;
	default:
		return 0;
	}
}
#endif

static const struct ctg_hook table[] = {
	/* The first is the hottest. */
	{ "security_file_open", "pseudofs", false, file_open },
	{ "kernfs_iop_permission", "pseudofs", false, kernfs_permission },
	{ "proc_sys_write", "pseudofs", false, sysctl_write },
	{ "security_inode_create", "pseudofs", false, inode_create },
	{ "security_inode_link", "pseudofs", false, inode_link },
	{ "security_inode_unlink", "pseudofs", false, inode_unlink },
	{ "security_inode_symlink", "pseudofs", false, inode_symlink },
	{ "security_inode_mkdir", "pseudofs", false, inode_mkdir },
	{ "security_inode_rmdir", "pseudofs", false, inode_rmdir },
	{ "security_inode_mknod", "pseudofs", false, inode_mknod },
	{ "security_inode_rename", "pseudofs", false, inode_rename },
	{ "security_inode_setattr", "pseudofs", false, inode_setattr },
	{ "security_inode_setxattr", "pseudofs", false, inode_setxattr },
	{ "security_inode_removexattr", "pseudofs", false, inode_removexattr },
	/* Since 6.2; before, ACLs are extended attributes. */
	{ "security_inode_set_acl", "pseudofs", true, inode_set_acl },
	{ "security_inode_remove_acl", "pseudofs", true, inode_remove_acl },
	{ "devcgroup_check_permission", "devices", false, device },
	{ "security_sb_kern_mount", "devices", false, sb_kern_mount },
	{ "security_kernel_module_request", "modules", false, module_request },
	{ "security_kernel_read_file", "modules", false, read_file },
	{ "security_kernel_load_data", "modules", false, load_data },
	{ "__x64_sys_kexec_file_load", "modules",
	  !IS_ENABLED(CONFIG_KEXEC_FILE), kexec_file_load },
	{ "security_socket_create", "modules", false, socket_create },
	{ "__x64_sys_delete_module", "modules", false, delete_module,
	  delete_module_x64 },
	{ "__ia32_sys_delete_module", "modules",
	  !IS_ENABLED(CONFIG_IA32_EMULATION), delete_module,
	  delete_module_ia32 },
	{ "security_task_alloc", "identity", false, task_alloc,
	  task_alloc_label },
	{ "security_task_free", "identity", false, task_free },
	{ "security_bprm_check", "identity", false, bprm_check,
	  bprm_check_label },
	{ "genl_bind", "self", false, genl_bind },
#if CTG_HAVE_TRAMPOLINE_GUARD
	{ "bpf_trampoline_link_prog", "self", false, trampoline_link },
#endif
};

/**
 * ctg_hooks_table - what is hooked
 * @ret_count: how many there are
 */
const struct ctg_hook *ctg_hooks_table(unsigned int *ret_count)
{
	*ret_count = ARRAY_SIZE(table);
	return table;
}
