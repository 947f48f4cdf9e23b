/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an older kernel lacks of the newest one that ctguard is written for.
 * Found by what the headers define, not by version; the floor is the one
 * version number.
 */
#ifndef _CTG_COMPAT_H
#define _CTG_COMPAT_H

/* Since 5.18; before, functions begin with their call of ftrace. */
#if CTG_HAVE_IBT && defined(CONFIG_X86)
#include <asm/ibt.h>
#else
#define ENDBR
#define ENDBR_INSN_SIZE 0
#endif

/* Since 5.12 for assembly, too; before, objtool does not mind. */
#ifdef __ASSEMBLER__
#if CTG_HAVE_ASM_NON_STANDARD
#include <linux/objtool.h>
#else
.macro STACK_FRAME_NON_STANDARD function.endm
#endif
#endif

#ifndef __ASSEMBLER__

#include <linux/version.h>

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "ctguard needs Linux 5.10 or newer"
#endif

/* Who works for a ring is a thread of whose ring it is, and so in its cgroup. */
#if !CTG_HAVE_IO_THREADS && IS_ENABLED(CONFIG_IO_URING)
#error "ctguard needs io_uring as of Linux 5.12, which 5.10 has since 5.10.162"
#endif

/* Since 5.13. */
#ifndef BPF_PSEUDO_KFUNC_CALL
#define BPF_PSEUDO_KFUNC_CALL 2
#endif

#include <linux/srcu.h>

/* Since 7.2 it needs the one before; and has nothing where none can sleep. */
#include <linux/rcupdate_trace.h>
#ifndef CONFIG_TASKS_TRACE_RCU
#define synchronize_rcu_tasks_trace() ((void)0)
#endif

/* Verdicts are made with preemption off and take spinlocks of the kernel's. */
#ifdef CONFIG_PREEMPT_RT
#error "ctguard does not work on PREEMPT_RT kernels"
#endif

#include <linux/cgroup.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

/* Since 6.12; before, each architecture's. */
#if CTG_HAVE_LINUX_UNALIGNED
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* Since 6.8 apart from <linux/io_uring.h>. */
#if CTG_HAVE_URING_CMD
#include <linux/io_uring/cmd.h>
#endif

/*
 * Since 5.11 of a type of their own, and a callback has the arguments at hand.
 * Before, it has the registers where it asks for them, and says that it copes
 * with recursion; after, who says so asks to be kept from it.
 */
#if CTG_HAVE_FTRACE_REGS_TYPE
#define CTG_FTRACE_FLAGS 0
#else
#define CTG_FTRACE_FLAGS \
	(FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_RECURSION_SAFE)
#define ftrace_regs pt_regs
#define ftrace_regs_get_argument(regs, n) regs_get_kernel_argument(regs, n)
#define ftrace_regs_set_instruction_pointer(regs, to) \
	instruction_pointer_set(regs, to)
#endif

/* Since 6.2; before, they are the registers themselves. */
#if CTG_HAVE_FTRACE_REGS_TYPE && !CTG_HAVE_FTRACE_REGS
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#define ftrace_regs_set_instruction_pointer(fregs, to) \
	instruction_pointer_set(&(fregs)->regs, to)
#endif

/* Since 6.2; before, a family knows whole operations only. */
#if CTG_HAVE_SPLIT_OPS
#define CTG_GENL_OPS struct genl_split_ops
#else
#define CTG_GENL_OPS struct genl_ops
#endif

/* Since 6.1 said by number; before, by a sentence. */
#if !CTG_HAVE_REQ_ATTR_CHECK
#define GENL_REQ_ATTR_CHECK(info, attr)                                       \
	({                                                                    \
		bool __lacks = !(info)->attrs[attr];                          \
		if (__lacks)                                                  \
			GENL_SET_ERR_MSG(info, "required attribute missing"); \
		__lacks;                                                      \
	})
#endif

/* Since 6.1; before, headers were not looked at that closely. */
#if CTG_HAVE_RESV_START_OP
#define CTG_RESV_START_OP(op) .resv_start_op = (op)
#else
#define CTG_RESV_START_OP(op) .hdrsize = 0
#endif

/* Since 6.7, and in stable kernels in one form or the other. */
#if CTG_HAVE_MCAST_CAP_SYS_ADMIN
#define CTG_MCAST_CAP_SYS_ADMIN .flags = GENL_MCAST_CAP_SYS_ADMIN
#elif CTG_HAVE_MCAST_CAP_BIT
#define CTG_MCAST_CAP_SYS_ADMIN .cap_sys_admin = 1
#else
#define CTG_MCAST_CAP_SYS_ADMIN
#endif

/*
 * Since 6.3 a mount's idmap comes first; since 5.12 its user namespace; before,
 * mounts have neither. CTG_BEHIND_IDMAP(n) is the number of an argument behind it.
 */
#if CTG_HAVE_MNT_IDMAP
#define CTG_IDMAP struct mnt_idmap *,
#define CTG_BEHIND_IDMAP(n) ((n) + 1)
#define ctg_is_idmapped(idmap) ((const void *)(idmap) != &nop_mnt_idmap)
#elif CTG_HAVE_MNT_USERNS
#define CTG_IDMAP struct user_namespace *,
#define CTG_BEHIND_IDMAP(n) ((n) + 1)
#define ctg_is_idmapped(idmap) ((const void *)(idmap) != &init_user_ns)
#else
#define CTG_IDMAP
#define CTG_BEHIND_IDMAP(n) (n)
#define ctg_is_idmapped(idmap) ((void)(idmap), false)
#endif

/* Since 6.3 const. */
#if CTG_HAVE_CONST_KERN_MOUNT
#define CTG_SB_CONST const
#else
#define CTG_SB_CONST
#endif

/* Since 7.0 u64. */
#if CTG_HAVE_U64_CLONE_FLAGS
#define CTG_CLONE_FLAGS u64
#else
#define CTG_CLONE_FLAGS unsigned long
#endif

/* Since 6.15 told whether the kernel asks; perf's attributes no longer. */
#if CTG_HAVE_BPF_KERNEL
#define CTG_BPF_KERNEL , bool
#else
#define CTG_BPF_KERNEL
#endif
#if CTG_HAVE_PERF_ATTR
#define CTG_PERF_ATTR struct perf_event_attr *,
#define CTG_PERF_TYPE 1
#else
#define CTG_PERF_ATTR
#define CTG_PERF_TYPE 0
#endif

/*
 * A reference to what a pointer under RCU points to, or NULL. Since 6.7 a
 * file's memory may become another file's meanwhile, which the kernel rules out.
 */
#if CTG_HAVE_FILE_RCU_POINTER
#define ctg_get_file_rcu(pointer) get_file_rcu(pointer)
#else
#define ctg_get_file_rcu(pointer)                                  \
	({                                                         \
		struct file *__file = rcu_dereference(*(pointer)); \
		__file &&get_file_rcu(__file) ? __file : NULL;     \
	})
#endif

/* Since 5.15 together; before, members of a terminal. */
#if CTG_HAVE_TTY_CTRL
#define ctg_tty(tty, member) ((tty)->ctrl.member)
#else
#define ctg_tty_session session
#define ctg_tty_lock ctrl_lock
#define ctg_tty(tty, member) ((tty)->ctg_tty_##member)
#endif

/* What of lockdown older kernels do not know has a number that none has. */
#if !CTG_HAVE_LOCKDOWN_DEVICE_TREE
#define LOCKDOWN_DEVICE_TREE (LOCKDOWN_CONFIDENTIALITY_MAX + 1)
#endif
#if !CTG_HAVE_LOCKDOWN_RTAS
#define LOCKDOWN_RTAS_ERROR_INJECTION (LOCKDOWN_CONFIDENTIALITY_MAX + 2)
#endif
#if !CTG_HAVE_LOCKDOWN_XFRM
#define LOCKDOWN_XFRM_SECRET (LOCKDOWN_CONFIDENTIALITY_MAX + 3)
#endif
/* Since 5.14; before, another name. */
#if !CTG_HAVE_LOCKDOWN_BPF_READ_KERNEL
#define LOCKDOWN_BPF_READ_KERNEL LOCKDOWN_BPF_READ
#endif

/* Since 6.10 with flags of the exporter. */
#if CTG_HAVE_DECODE_FLAGS
#define CTG_DECODE_FLAGS , unsigned int
#else
#define CTG_DECODE_FLAGS
#endif

/*
 * May what is mounted below be mounted elsewhere, too? Since 6.17 nobody but
 * the VFS can tell: it may.
 */
#if CTG_HAVE_MNT_SHARED
#define ctg_mount_is_shared(mnt) (READ_ONCE((mnt)->mnt_flags) & MNT_SHARED)
#else
#define ctg_mount_is_shared(mnt) true
#endif

/* Since 7.1; before, the names of an inode are listed as any list. */
#ifndef for_each_alias
#define for_each_alias(dentry, inode) \
	hlist_for_each_entry(dentry, &(inode)->i_dentry, d_u.d_alias)
#endif

/* Since 6.17 named by what they are. */
#if CTG_HAVE_PERCPU_WQ
#define CTG_WQ system_percpu_wq
#define CTG_UNBOUND_WQ system_dfl_wq
#else
#define CTG_WQ system_wq
#define CTG_UNBOUND_WQ system_unbound_wq
#endif

/* Since 5.13; before, each filesystem at its ioctl. Since 6.17 by another name. */
#define CTG_LACKS_FILEATTR (!CTG_HAVE_FILEATTR)
#if CTG_HAVE_FILE_KATTR
#define CTG_FILEATTR struct file_kattr
#else
#define CTG_FILEATTR struct fileattr
	struct fileattr;
#endif
#if CTG_HAVE_FILEATTR
#include <linux/fileattr.h>
#define ctg_sets_fileattr(inode) ((inode)->i_op->fileattr_set)
#define ctg_ioctl_sets_fileattr(command) false
#else
#define ctg_sets_fileattr(inode) false
#define ctg_ioctl_sets_fileattr(command)                                   \
	((command) == FS_IOC_SETFLAGS || (command) == FS_IOC32_SETFLAGS || \
	 (command) == FS_IOC_FSSETXATTR)
int vfs_fileattr_set(CTG_IDMAP struct dentry *dentry, CTG_FILEATTR *attr);
#endif

/* Since 6.9 asked for what is meant; before, by an inode. */
#if CTG_HAVE_D_REAL_TYPE
#define ctg_d_real(dentry) d_real(dentry, D_REAL_DATA)
#else
#define ctg_d_real(dentry) d_real(dentry, NULL)
#endif

/* Since 6.15 a node's parent may change, and is read by RCU. */
#if CTG_HAVE_KERNFS_RCU_PARENT
#define ctg_kernfs_parent(kn) rcu_dereference((kn)->__parent)
#else
#define ctg_kernfs_parent(kn) ((kn)->parent)
#endif

/* Since 7.0 by what all namespaces have; before, by what the user says. */
#if CTG_HAVE_KERNFS_NS_COMMON
#define ctg_kernfs_net(kn) \
	((kn)->ns ? container_of((kn)->ns, const struct net, ns) : NULL)
#else
#define ctg_kernfs_net(kn) ((const struct net *)(kn)->ns)
#endif

/* Since 5.11; before, with SHA-1. */
#if CTG_HAVE_SHA2
#include <crypto/sha2.h>
#else
#include <crypto/sha.h>
#endif

/*
 * By what a BPF program comes to a function: in 7.2 a node, in 5.19 a link,
 * before itself. What it extends was added in stable kernels, too.
 */
#if CTG_HAVE_TRAMP_NODE
#define CTG_TRAMP_LINK struct bpf_tramp_node
#define ctg_tramp_prog(node) ((node)->link->prog)
#elif CTG_HAVE_TRAMP_LINK
#define CTG_TRAMP_LINK struct bpf_tramp_link
#define ctg_tramp_prog(tramp_link) ((tramp_link)->link.prog)
#else
#define CTG_TRAMP_LINK struct bpf_prog
#define ctg_tramp_prog(prog) (prog)
#endif
#if CTG_HAVE_TRAMP_TARGET
#define CTG_TRAMP_TARGET , struct bpf_prog *
#else
#define CTG_TRAMP_TARGET
#endif
/* Since 6.0 where the function is redirected. */
#if CTG_HAVE_SHARE_IPMODIFY
#define ctg_tramp_shares(tr) ((tr)->flags & BPF_TRAMP_F_SHARE_IPMODIFY)
#else
#define ctg_tramp_shares(tr) false
#endif
/* In 7.2, programs on entry and return at once. */
#if CTG_HAVE_TRACE_FSESSION
#define CTG_TRACE_FSESSION BPF_TRACE_FSESSION
#else
#define CTG_TRACE_FSESSION __MAX_BPF_ATTACH_TYPE
#endif

/* Since 5.19; before, each filesystem kept its own. */
#ifndef FUSE_SUPER_MAGIC
#define FUSE_SUPER_MAGIC 0x65735546
#endif

/* Since 5.19 a driver's commands, and since 6.0 asked of security modules. */
#if !CTG_HAVE_URING_CMD && !CTG_HAVE_URING_CMD_INSIDE
struct io_uring_cmd {
	struct file *file;
};
#endif
#if !CTG_HAVE_SECURITY_URING_CMD
int security_uring_cmd(struct io_uring_cmd *cmd);
#endif
#define CTG_LACKS_URING_CMD (!CTG_HAVE_SECURITY_URING_CMD)
/* A driver takes commands, and nobody is asked. */
#define CTG_MISSES_URING_CMD (CTG_LACKS_URING_CMD && CTG_HAVE_URING_CMD_INSIDE)

/* Since 5.14 of a path; before, of its parts. */
#if !CTG_HAVE_FILE_OPEN_ROOT_MNT
#define file_open_root_mnt(mnt, name, flags, mode) \
	file_open_root((mnt)->mnt_root, mnt, name, flags, mode)
#endif

/* Since 5.12; before, IMA is told of nothing. */
#if !CTG_HAVE_IMA_CRITICAL_DATA
#define ima_measure_critical_data(label, name, data, length, hash, digest, \
				  digest_length)                           \
	((void)(name), (void)(data), (void)(length))
#endif

/* Since 6.1 the ancestors themselves; before, their ids. */
#if CTG_HAVE_CGROUP_ANCESTORS
#define ctg_cgroup_ancestor_id(cgroup, level) \
	cgroup_id((cgroup)->ancestors[level])
#else
#define ctg_cgroup_ancestor_id(cgroup, level) ((cgroup)->ancestor_ids[level])
#endif

/* Since 5.15; before, whoever wants one looks for it. */
#if CTG_HAVE_CGROUP_FROM_ID
#define ctg_cgroup_get_from_id(id) cgroup_get_from_id(id)
#else
static inline struct cgroup *ctg_cgroup_get_from_id(u64 id)
{
	struct cgroup_subsys_state *css;
	struct cgroup *found = NULL;

	rcu_read_lock();
	css_for_each_descendant_pre(css, &cgrp_dfl_root.cgrp.self) {
		if (cgroup_id(css->cgroup) != id)
			continue;
		if (cgroup_tryget(css->cgroup))
			found = css->cgroup;
		break;
	}
	rcu_read_unlock();
	return found;
}
#endif

/* Exported for long, and declared since 6.5. */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt,
		    const char *name, unsigned int flags, struct path *ret);

#endif /* !__ASSEMBLER__ */
#endif /* _CTG_COMPAT_H */
