/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What an older kernel lacks of the newest one that ctguard is written for.
 * Found by what the headers define, not by version; the floor is the one
 * version number.
 */
#ifndef _CTG_COMPAT_H
#define _CTG_COMPAT_H

#ifndef __ASSEMBLY__

#include <linux/version.h>

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "ctguard needs Linux 6.1 or newer"
#endif

/* Verdicts are made with preemption off and take spinlocks of the kernel's. */
#ifdef CONFIG_PREEMPT_RT
#error "ctguard does not work on PREEMPT_RT kernels"
#endif

#include <linux/dcache.h>
#include <linux/ftrace.h>
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

/* Since 6.5; before, x86 has the registers themselves. */
#ifndef ftrace_regs_get_argument
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#endif

/* Since 6.12; before, another name. */
#ifndef ftrace_regs_set_instruction_pointer
#define ftrace_regs_set_instruction_pointer(fregs, ip) \
	ftrace_instruction_pointer_set(fregs, ip)
#endif

/* Since 6.2; before, a family knows whole operations only. */
#if CTG_HAVE_SPLIT_OPS
#define CTG_GENL_OPS struct genl_split_ops
#else
#define CTG_GENL_OPS struct genl_ops
#endif

/* Since 6.3 a mount's idmap; before, its user namespace. */
#if CTG_HAVE_MNT_IDMAP
#define CTG_IDMAP struct mnt_idmap
#define CTG_NO_IDMAP (&nop_mnt_idmap)
#else
#define CTG_IDMAP struct user_namespace
#define CTG_NO_IDMAP (&init_user_ns)
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

/* Since 6.17 by another name. */
#if CTG_HAVE_FILE_KATTR
#define CTG_FILEATTR struct file_kattr
#else
#define CTG_FILEATTR struct fileattr
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

/* Exported for long, and declared since 6.5. */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt,
		    const char *name, unsigned int flags, struct path *ret);

#endif /* !__ASSEMBLY__ */
#endif /* _CTG_COMPAT_H */
