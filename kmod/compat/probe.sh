#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Prints -D flags for what the headers of a kernel have: compat.h turns them
# into what ctguard is written for. $1: the kernel's source or header tree.
set -eu

include=$1/include

# has NAME FILE REGEX: does the file hold it, newlines read as spaces?
has() {
	if [ -e "$include/$2" ] && tr '\n\t' '  ' < "$include/$2" | tr -s ' ' | grep -Eq "$3"; then
		echo "-DCTG_HAVE_$1=1"
	else
		echo "-DCTG_HAVE_$1=0"
	fi
}

has IO_THREADS linux/sched/task.h create_io_thread
has FTRACE_REGS linux/ftrace.h ftrace_regs_set_instruction_pointer
has MNT_IDMAP linux/security.h 'security_inode_setattr\(struct mnt_idmap'
has CONST_KERN_MOUNT linux/security.h 'security_sb_kern_mount\(const struct'
has U64_CLONE_FLAGS linux/security.h 'security_task_alloc\(struct task_struct \*task, u64'
has KERNFS_RCU_PARENT linux/kernfs.h '__rcu \*__parent'
has TRAMP_NODE linux/bpf.h 'bpf_trampoline_link_prog\(struct bpf_tramp_node '
has TRAMP_LINK linux/bpf.h 'bpf_trampoline_link_prog\(struct bpf_tramp_link '
has TRAMP_TARGET linux/bpf.h 'bpf_trampoline_link_prog\([^)]*, struct bpf_prog \*tgt_prog\)'
has SHARE_IPMODIFY linux/bpf.h BPF_TRAMP_F_SHARE_IPMODIFY
has TRACE_FSESSION uapi/linux/bpf.h BPF_TRACE_FSESSION,
has SPLIT_OPS net/genetlink.h 'pre_doit\)\(const struct genl_split_ops'
has BPF_KERNEL linux/security.h 'security_bpf\(int cmd, union bpf_attr \*attr, unsigned int size, bool kernel\)'
has PERF_ATTR linux/security.h 'security_perf_event_open\(struct perf_event_attr \*attr, int type\)'
has D_REAL_TYPE linux/dcache.h 'enum d_real_type'
has FILE_RCU_POINTER linux/fs.h 'get_file_rcu\(struct file __rcu \*\*'
has DECODE_FLAGS linux/exportfs.h 'exportfs_decode_fh_raw\([^)]*unsigned int flags,'
has MNT_SHARED linux/mount.h '[^_A-Z]MNT_SHARED[^_A-Z]'
has PERCPU_WQ linux/workqueue.h 'system_percpu_wq'
has KERNFS_NS_COMMON linux/kernfs.h 'const struct ns_common \*ns;'
has LINUX_UNALIGNED linux/unaligned.h get_unaligned
has FILE_KATTR linux/fileattr.h 'struct file_kattr'
has URING_CMD linux/io_uring/cmd.h 'struct io_uring_cmd'
has FTRACE_REGS_TYPE linux/ftrace.h 'struct ftrace_regs \{'
has IBT ../arch/x86/include/asm/ibt.h ENDBR
has MNT_USERNS linux/security.h 'security_inode_setattr\(struct user_namespace'
has ASM_NON_STANDARD linux/objtool.h 'macro STACK_FRAME_NON_STANDARD'
has TTY_CTRL linux/tty.h '@ctrl.session'
has LOCKDOWN_DEVICE_TREE linux/security.h LOCKDOWN_DEVICE_TREE
has LOCKDOWN_RTAS linux/security.h LOCKDOWN_RTAS_ERROR_INJECTION
has LOCKDOWN_XFRM linux/security.h LOCKDOWN_XFRM_SECRET
has LOCKDOWN_BPF_READ_KERNEL linux/security.h LOCKDOWN_BPF_READ_KERNEL
has SHA2 crypto/sha2.h sha256
has SECURITY_URING_CMD linux/security.h 'int security_uring_cmd\('
has IMA_CRITICAL_DATA linux/ima.h ima_measure_critical_data
has CGROUP_ANCESTORS linux/cgroup-defs.h 'struct cgroup \*(, )?ancestors[[)]'
has CGROUP_FROM_ID linux/cgroup.h 'cgroup_get_from_id\('
has URING_CMD_INSIDE linux/io_uring.h 'struct io_uring_cmd \{'
has FILE_OPEN_ROOT_MNT linux/fs.h 'file_open_root_mnt\('
has REQ_ATTR_CHECK net/genetlink.h 'GENL_REQ_ATTR_CHECK\('
has RESV_START_OP net/genetlink.h ' resv_start_op;'
has MCAST_CAP_SYS_ADMIN net/genetlink.h 'define GENL_MCAST_CAP_SYS_ADMIN'
has MCAST_CAP_BIT net/genetlink.h 'cap_sys_admin:1'
has FILEATTR linux/fileattr.h vfs_fileattr_set
