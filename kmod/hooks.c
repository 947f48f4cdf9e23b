// SPDX-License-Identifier: GPL-2.0
/* The table of hooked functions, and what their handlers share. */
#include "hooks.h"

#include <linux/preempt.h>
#include <linux/sched/task_stack.h>
#include <linux/string.h>

#include <asm/syscall.h>

#include "attach_arch.h"
#include "hook.h"

/**
 * ctg_hook_judge - judge a request of current, if current is guarded
 * @request: what is asked
 * @hook: the function that asks
 * @site: where it was called
 *
 * Whoever has to fill the request in with more than two numbers does it with a
 * subject at hand.
 *
 * Return: 0, or -EPERM.
 */
int ctg_hook_judge(const struct ctg_request *request, const char *hook,
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

/**
 * ctg_hook_judge_name - likewise, of an object that is a name
 * @operation: enum ctguard_operation
 * @name: of the object
 * @own: CTGUARD_OWN if it is the container's
 * @hook: the function that asks
 * @site: where it was called
 */
int ctg_hook_judge_name(u32 operation, const char *name, u32 own,
			const char *hook, unsigned long site)
{
	const struct ctg_request request = {
		.operation = operation,
		.own = own,
		.name = name,
		.length = strlen(name),
	};

	return ctg_hook_judge(&request, hook, site);
}

/** ctg_hook_is_guarded - is current guarded? */
bool ctg_hook_is_guarded(void)
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

/**
 * ctg_hook_in_syscall - is current in this system call?
 * @nr: its number
 * @nr_32: its number of 32-bit programs, CTG_ARCH_32_*
 */
bool ctg_hook_in_syscall(long nr, long nr_32)
{
	long now = syscall_get_nr(current, task_pt_regs(current));

	return ctg_arch_in_syscall_32() ? now == nr_32 :
					  ctg_arch_syscall(now) == nr;
}

static const struct ctg_hook table[] = {
	/* The first is the hottest. */
	{ "security_file_open", "pseudofs", "A9 B9 C1 C2 C3 C4 C5 C6", false,
	  ctg_hook_file_open },
	{ "kernfs_iop_permission", "pseudofs", "D5", false,
	  ctg_hook_kernfs_permission },
	{ "proc_sys_write", "pseudofs", "C1", false, ctg_hook_sysctl_write },
	{ "security_inode_create", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_create },
	{ "security_inode_link", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_link },
	{ "security_inode_unlink", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_unlink },
	{ "security_inode_symlink", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_symlink },
	{ "security_inode_mkdir", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_mkdir },
	{ "security_inode_rmdir", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_rmdir },
	{ "security_inode_mknod", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_mknod },
	{ "security_inode_rename", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_rename },
	{ "security_inode_setattr", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_setattr },
	{ "security_inode_setxattr", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_setxattr },
	{ "security_inode_removexattr", "pseudofs", "A9 C5", false,
	  ctg_hook_inode_removexattr },
	{ "vfs_fileattr_set", "pseudofs", "A9f", CTG_LACKS_FILEATTR,
	  ctg_hook_fileattr_set },
	/* Since 6.2; before, ACLs are extended attributes. */
	{ "security_inode_set_acl", "pseudofs", "A9 C5", true,
	  ctg_hook_inode_set_acl },
	{ "security_inode_remove_acl", "pseudofs", "A9 C5", true,
	  ctg_hook_inode_remove_acl },
	{ "devcgroup_check_permission", "devices", "B1 B2 B3 B5 B7", false,
	  ctg_hook_device },
	{ "security_sb_kern_mount", "devices", "B3 B4", false,
	  ctg_hook_sb_kern_mount },
	/* Returns a pointer: an error is one, too. */
	{ "fs_context_for_mount", "mounts", "B2 C6 E2", false,
	  ctg_hook_mount_type },
	{ "security_sb_mount", "mounts", "A9", false, ctg_hook_sb_mount },
	{ "security_move_mount", "mounts", "A9", false, ctg_hook_move_mount },
	{ "reconfigure_super", "mounts", "B4 C6", false, ctg_hook_reconfigure },
	{ "exportfs_decode_fh_raw", "mounts", "D7",
	  !IS_ENABLED(CONFIG_EXPORTFS), ctg_hook_decode_handle },
	{ "security_path_notify", "mounts", "D7", false, ctg_hook_path_notify },
	{ "security_kernel_module_request", "modules", "A3", false,
	  ctg_hook_module_request },
	{ "security_kernel_read_file", "modules", "A2 A5", false,
	  ctg_hook_read_file },
	{ "security_kernel_load_data", "modules", "A1 A5", false,
	  ctg_hook_load_data },
	{ CTG_ARCH_SYSCALL(kexec_file_load), "modules", "A5",
	  !IS_ENABLED(CONFIG_KEXEC_FILE), ctg_hook_kexec_file_load },
	{ "security_socket_create", "modules", "A3 E1", false,
	  ctg_hook_socket_create },
	{ CTG_ARCH_SYSCALL(delete_module), "modules", "A4", false,
	  ctg_hook_delete_module },
	{ "security_fs_context_parse_param", "pseudofs", "C3", false,
	  ctg_hook_mount_option },
	{ "security_bpf", "kernel", "A6 B6", false, ctg_hook_sys_bpf },
	/* Since 6.9; before, what a container may load changes nothing by calls. */
	{ "security_bpf_prog_load", "kernel", "A6 D6", true,
	  ctg_hook_bpf_prog_load },
	{ "__cgroup_bpf_attach", "kernel", "B6", false,
	  ctg_hook_cgroup_bpf_attach },
	{ "__cgroup_bpf_detach", "kernel", "B6", false,
	  ctg_hook_cgroup_bpf_detach },
	{ "security_perf_event_open", "kernel", "A6", false,
	  ctg_hook_perf_event },
	{ "security_locked_down", "kernel", "A7", false, ctg_hook_locked_down },
	{ "security_settime64", "kernel", "A7", false, ctg_hook_settime },
	{ "do_adjtimex", "kernel", "A7", false, ctg_hook_adjtime },
	{ CTG_ARCH_SYSCALL(reboot), "kernel", "A7", false,
	  ctg_hook_sys_reboot },
	{ CTG_ARCH_SYSCALL(acct), "kernel", "A7",
	  !IS_ENABLED(CONFIG_BSD_PROCESS_ACCT), ctg_hook_sys_acct },
	{ CTG_ARCH_SYSCALL(swapon), "kernel", "B7", !IS_ENABLED(CONFIG_SWAP),
	  ctg_hook_sys_swapon },
	{ CTG_ARCH_SYSCALL(swapoff), "kernel", "B7", !IS_ENABLED(CONFIG_SWAP),
	  ctg_hook_sys_swapoff },
	{ "security_netlink_send", "kernel", "A8 D4", false,
	  ctg_hook_netlink_send },
	{ "tty_ioctl", "kernel", "B9", false, ctg_hook_tty_ioctl },
	{ "tty_compat_ioctl", "kernel", "B9", !IS_ENABLED(CONFIG_COMPAT),
	  ctg_hook_tty_compat_ioctl },
	{ "security_ptrace_access_check", "tasks", "D3 D4", false,
	  ctg_hook_ptrace_access },
	/* Returns a pointer: an error is one, too. */
	{ "mm_access", "tasks", "D3", false, ctg_hook_mm_access },
	{ "security_perf_event_alloc", "tasks", "D3",
	  !IS_ENABLED(CONFIG_PERF_EVENTS), ctg_hook_perf_event_alloc },
	{ "security_task_kill", "tasks", "D6", false, ctg_hook_task_kill },
	{ "__f_setown", "tasks", "D6", false, ctg_hook_set_owner },
	{ "security_task_setrlimit", "tasks", "D6", false,
	  ctg_hook_task_setrlimit },
	{ "security_file_receive", "descriptors", "B8 D4", false,
	  ctg_hook_file_receive },
	/* Asked only while a container holds what was opened before. */
	{ "security_file_permission", "descriptors", "B8", false,
	  ctg_hook_file_permission, NULL, true },
	{ "security_file_ioctl", "descriptors", "A9f B8", false,
	  ctg_hook_file_ioctl, NULL, !CTG_LACKS_FILEATTR },
	/* Since 6.8, and in stable kernels; before, the same as the other. */
	{ "security_file_ioctl_compat", "descriptors", "A9f B8", true,
	  ctg_hook_file_ioctl, NULL, !CTG_LACKS_FILEATTR },
	{ "security_mmap_file", "descriptors", "B8", false, ctg_hook_mmap_file,
	  NULL, true },
	{ "security_uring_cmd", "descriptors", "B8",
	  CTG_LACKS_URING_CMD || !IS_ENABLED(CONFIG_IO_URING),
	  ctg_hook_uring_cmd, NULL, true, CTG_MISSES_URING_CMD },
	{ "security_task_alloc", "identity", "D5", false, ctg_hook_task_alloc,
	  ctg_hook_task_alloc_label },
	{ "security_task_free", "identity", "", false, ctg_hook_task_free },
	{ "security_bprm_check", "identity", "B8 F1", false,
	  ctg_hook_bprm_check, ctg_hook_bprm_check_label },
	{ "genl_bind", "self", "", false, ctg_hook_genl_bind },
	{ "bpf_trampoline_link_prog", "self", "", !IS_ENABLED(CONFIG_BPF_JIT),
	  ctg_hook_trampoline_link },
	/* Where programs of 32 bits call functions of their own. */
	CTG_ARCH_ROWS_32({ CTG_ARCH_SYSCALL_32(delete_module), "modules", "A4",
			   CTG_ARCH_NO_SYSCALL_32, ctg_hook_delete_module },
			 { CTG_ARCH_SYSCALL_32(reboot), "kernel", "A7",
			   CTG_ARCH_NO_SYSCALL_32, ctg_hook_sys_reboot },
			 { CTG_ARCH_SYSCALL_32(acct), "kernel", "A7",
			   CTG_ARCH_NO_SYSCALL_32 ||
				   !IS_ENABLED(CONFIG_BSD_PROCESS_ACCT),
			   ctg_hook_sys_acct },
			 { CTG_ARCH_SYSCALL_32(swapon), "kernel", "B7",
			   CTG_ARCH_NO_SYSCALL_32 || !IS_ENABLED(CONFIG_SWAP),
			   ctg_hook_sys_swapon },
			 { CTG_ARCH_SYSCALL_32(swapoff), "kernel", "B7",
			   CTG_ARCH_NO_SYSCALL_32 || !IS_ENABLED(CONFIG_SWAP),
			   ctg_hook_sys_swapoff }, )
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
