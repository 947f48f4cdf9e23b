// SPDX-License-Identifier: GPL-2.0
/*
 * What the guard asks of an open, as BPF programs, to compare the cost: is it
 * a file of a sensitive filesystem, and does another PID namespace than the
 * host's write it? One program for the LSM, one for a kprobe on the function
 * that the guard hooks, which can tell but not refuse.
 *
 * The kernel's types are declared as far as they are used; the loader finds
 * the members in the BTF of the kernel that runs.
 */
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define EPERM 1
#define FMODE_WRITE 2
#define PROC_PID_INIT_INO 0xeffffffcU

#define EXT4_MAGIC 0xef53
#define TMPFS_MAGIC 0x01021994
#define OVERLAYFS_MAGIC 0x794c7630
#define XFS_MAGIC 0x58465342
#define BTRFS_MAGIC 0x9123683eUL

#define KERNEL_TYPE __attribute__((preserve_access_index))

struct super_block {
	unsigned long s_magic;
} KERNEL_TYPE;

struct inode {
	struct super_block *i_sb;
} KERNEL_TYPE;

struct file {
	struct inode *f_inode;
	unsigned int f_mode;
} KERNEL_TYPE;

struct ns_common {
	unsigned int inum;
} KERNEL_TYPE;

struct pid_namespace {
	struct ns_common ns;
} KERNEL_TYPE;

struct nsproxy {
	struct pid_namespace *pid_ns_for_children;
} KERNEL_TYPE;

struct task_struct {
	struct nsproxy *nsproxy;
} KERNEL_TYPE;

struct pt_regs {
	unsigned long di;
} KERNEL_TYPE;

static __always_inline int is_data(unsigned long magic)
{
	switch (magic) {
	case OVERLAYFS_MAGIC:
	case EXT4_MAGIC:
	case XFS_MAGIC:
	case BTRFS_MAGIC:
	case TMPFS_MAGIC:
		return 1;
	default:
		return 0;
	}
}

SEC("lsm/file_open")
int BPF_PROG(lsm_rule, struct file *file)
{
	struct task_struct *task;

	if (is_data(file->f_inode->i_sb->s_magic) ||
	    !(file->f_mode & FMODE_WRITE))
		return 0;
	task = bpf_get_current_task_btf();
	return task->nsproxy->pid_ns_for_children->ns.inum ==
			       PROC_PID_INIT_INO ?
		       0 :
		       -EPERM;
}

SEC("kprobe/security_file_open")
int kprobe_rule(struct pt_regs *registers)
{
	struct file *file = (struct file *)registers->di;
	struct task_struct *task;

	if (is_data(BPF_CORE_READ(file, f_inode, i_sb, s_magic)) ||
	    !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
		return 0;
	task = (struct task_struct *)bpf_get_current_task();
	return BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum) !=
	       PROC_PID_INIT_INO;
}

char _license[] SEC("license") = "GPL";
