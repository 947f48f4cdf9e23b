/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the handlers of hooked functions share. They are called through the
 * table in hooks.c only.
 *
 * Object first, subject second: what concerns no sensitive object returns
 * before anybody asks who current is. A fast handler runs in an ftrace
 * callback: it must not sleep, allocate, or call what can reach a hooked
 * function; scripts/callgraph.sh checks that.
 */
#ifndef _CTG_HOOK_H
#define _CTG_HOOK_H

#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <uapi/ctguard/ctguard.h>

#include "attach.h"
#include "guard.h"

#define ARGUMENT(type, n) ((type)ftrace_regs_get_argument(fregs, n))

/*
 * A prototype that changed would have its arguments misread: fail the build
 * instead. For functions in headers the function itself, for the others what
 * they are assigned to.
 */
#define PIN(function, ...) static_assert(__same_type(function, __VA_ARGS__))

#define CTG_FAST(handler) \
	int ctg_hook_##handler(struct ftrace_regs *fregs, unsigned long site)
#define CTG_SLEEPING(handler) \
	int ctg_hook_##handler(const unsigned long arguments[6])

int ctg_hook_judge(const struct ctg_request *request, const char *hook,
		   unsigned long site);
int ctg_hook_judge_change(struct dentry *dentry, const char *hook,
			  unsigned long site);
int ctg_hook_judge_name(u32 operation, const char *name, u32 own,
			const char *hook, unsigned long site);
bool ctg_hook_is_guarded(void);
bool ctg_hook_in_syscall(long nr, long nr_32);
int ctg_hook_judge_pseudofs(const struct ctg_subject *subject, u32 operation,
			    struct dentry *dentry, const struct inode *inode,
			    bool make, const char *hook, unsigned long site);
int ctg_hook_judge_device(const struct ctg_subject *subject,
			  struct ctg_request *request, const char *hook,
			  unsigned long site);
int ctg_hook_judge_mounted(const struct super_block *sb, unsigned long flags,
			   const char *hook, unsigned long site);
int ctg_hook_judge_made(const struct file *file, const char *hook,
			unsigned long site);
int ctg_hook_judge_namespace(const struct ctg_subject *subject,
			     const struct inode *inode, const char *hook,
			     unsigned long site);

CTG_FAST(adjtime);
CTG_FAST(bpf_prog_load);
CTG_FAST(bprm_check);
CTG_FAST(cgroup_bpf_attach);
CTG_FAST(cgroup_bpf_detach);
CTG_FAST(decode_handle);
CTG_FAST(delete_module);
CTG_FAST(device);
CTG_FAST(file_ioctl);
CTG_FAST(file_open);
CTG_FAST(file_permission);
CTG_FAST(file_receive);
CTG_FAST(fileattr_set);
CTG_FAST(genl_bind);
CTG_FAST(inode_create);
CTG_FAST(inode_link);
CTG_FAST(inode_mkdir);
CTG_FAST(inode_mknod);
CTG_FAST(inode_remove_acl);
CTG_FAST(inode_removexattr);
CTG_FAST(inode_rename);
CTG_FAST(inode_rmdir);
CTG_FAST(inode_set_acl);
CTG_FAST(inode_setattr);
CTG_FAST(inode_setxattr);
CTG_FAST(inode_symlink);
CTG_FAST(inode_unlink);
CTG_FAST(kernfs_permission);
CTG_FAST(kexec_file_load);
CTG_FAST(load_data);
CTG_FAST(locked_down);
CTG_FAST(mmap_file);
CTG_FAST(module_request);
CTG_FAST(mount_option);
CTG_FAST(mount_type);
CTG_FAST(move_mount);
CTG_FAST(netlink_send);
CTG_FAST(path_notify);
CTG_FAST(perf_event);
CTG_FAST(mm_access);
CTG_FAST(perf_event_alloc);
CTG_FAST(ptrace_access);
CTG_FAST(read_file);
CTG_FAST(reconfigure);
CTG_FAST(sb_kern_mount);
CTG_FAST(sb_mount);
CTG_FAST(set_owner);
CTG_FAST(settime);
CTG_FAST(socket_create);
CTG_FAST(sys_acct);
CTG_FAST(sys_bpf);
CTG_FAST(sys_reboot);
CTG_FAST(sys_swapoff);
CTG_FAST(sys_swapon);
CTG_FAST(sysctl_write);
CTG_FAST(task_alloc);
CTG_FAST(task_free);
CTG_FAST(task_kill);
CTG_FAST(task_setrlimit);
CTG_FAST(trampoline_link);
CTG_FAST(tty_compat_ioctl);
CTG_FAST(tty_ioctl);
CTG_FAST(uring_cmd);
CTG_SLEEPING(bprm_check_label);
CTG_SLEEPING(task_alloc_label);

#endif /* _CTG_HOOK_H */
