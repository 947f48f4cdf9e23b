// SPDX-License-Identifier: GPL-2.0
/*
 * What the guard asks, as BPF programs, to compare the cost: does a task of
 * another PID namespace than the host's open a file of a sensitive filesystem
 * for writing, make or remove a name there, or mount a device? Each as a
 * program of the LSM; as one that modifies the return of the function that the
 * guard hooks, which is Tetragon's way; and as a kprobe there, which can tell,
 * but refuse only on a kernel with CONFIG_FUNCTION_ERROR_INJECTION for that
 * function, which distributions' are not.
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

struct block_device;

struct super_block {
	unsigned long s_magic;
	struct block_device *s_bdev;
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

static __always_inline int by_container(void)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->nsproxy->pid_ns_for_children->ns.inum ==
			       PROC_PID_INIT_INO ?
		       0 :
		       -EPERM;
}

static __always_inline int judge_open(struct file *file)
{
	if (is_data(file->f_inode->i_sb->s_magic) ||
	    !(file->f_mode & FMODE_WRITE))
		return 0;
	return by_container();
}

static __always_inline int judge_directory(struct inode *directory)
{
	return is_data(directory->i_sb->s_magic) ? 0 : by_container();
}

static __always_inline int judge_mount(struct super_block *sb)
{
	return sb->s_bdev ? by_container() : 0;
}

/* Programs of the LSM, and those that modify the return. */
#define RULE(hook, judge, type)                                 \
	SEC("lsm/" #hook) int BPF_PROG(lsm_##hook, type object) \
	{                                                       \
		return judge(object);                           \
	}                                                       \
	SEC("fmod_ret/security_" #hook)                         \
	int BPF_PROG(fmod_ret_##hook, type object)              \
	{                                                       \
		return judge(object);                           \
	}

RULE(file_open, judge_open, struct file *)
RULE(inode_create, judge_directory, struct inode *)
RULE(inode_mkdir, judge_directory, struct inode *)
RULE(inode_mknod, judge_directory, struct inode *)
RULE(inode_unlink, judge_directory, struct inode *)
RULE(inode_rmdir, judge_directory, struct inode *)
RULE(sb_kern_mount, judge_mount, struct super_block *)

/* A kprobe gets registers, and reads what it is not given a type of. */
static __always_inline int probed_by_container(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();

	return BPF_CORE_READ(task, nsproxy, pid_ns_for_children, ns.inum) !=
	       PROC_PID_INIT_INO;
}

static __always_inline int probe_open(struct pt_regs *registers)
{
	struct file *file = (struct file *)registers->di;

	if (is_data(BPF_CORE_READ(file, f_inode, i_sb, s_magic)) ||
	    !(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
		return 0;
	return probed_by_container();
}

static __always_inline int probe_directory(struct pt_regs *registers)
{
	struct inode *directory = (struct inode *)registers->di;

	if (is_data(BPF_CORE_READ(directory, i_sb, s_magic)))
		return 0;
	return probed_by_container();
}

static __always_inline int probe_mount(struct pt_regs *registers)
{
	struct super_block *sb = (struct super_block *)registers->di;

	return BPF_CORE_READ(sb, s_bdev) ? probed_by_container() : 0;
}

#define PROBE(hook, probe)                           \
	SEC("kprobe/security_" #hook)                \
	int kprobe_##hook(struct pt_regs *registers) \
	{                                            \
		return probe(registers);             \
	}

PROBE(file_open, probe_open)
PROBE(inode_create, probe_directory)
PROBE(inode_mkdir, probe_directory)
PROBE(inode_mknod, probe_directory)
PROBE(inode_unlink, probe_directory)
PROBE(inode_rmdir, probe_directory)
PROBE(sb_kern_mount, probe_mount)

/* One more program that is loaded, of an event that does not come. */
SEC("raw_tp/mark_victim")
int idle_rule(void *unused)
{
	return 0;
}

char _license[] SEC("license") = "GPL";
