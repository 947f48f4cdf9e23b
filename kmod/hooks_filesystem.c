// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks that guard the filesystems of the host which a container has a part of:
 * the whole of one is not reached by way of a single file, nor changed.
 */
#include "hook.h"

#include <linux/exportfs.h>
#include <linux/fs_context.h>
#include <linux/fs_parser.h>
#include <linux/fs_struct.h>
#include <linux/fsnotify_backend.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/security.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <uapi/linux/mount.h>

#include <asm/unistd.h>

#include "attach_arch.h"
#include "container.h"
#include "hostcode.h"
#include "object.h"

PIN(exportfs_decode_fh_raw,
    struct dentry *(struct vfsmount *, struct fid *, int, int CTG_DECODE_FLAGS,
		    int (*)(void *, struct dentry *), void *));
PIN(security_path_notify, int(const struct path *, u64, unsigned int));
PIN(security_sb_mount, int(const char *, const struct path *, const char *,
			   unsigned long, void *));
PIN(security_move_mount, int(const struct path *, const struct path *));
PIN(security_fs_context_parse_param,
    int(struct fs_context *, struct fs_parameter *));
PIN(((struct fs_context_operations *)0)->reconfigure,
    int (*)(struct fs_context *));

static int judge(const char *name, const char *hook, unsigned long site)
{
	return ctg_hook_judge_name(CTGUARD_OP_KERNEL_USE, name, 0, hook, site);
}

/*
 * May a filesystem of data be one that the host has mounted? Overlays and FUSE
 * are made for one container. What is not data is judged at its files.
 */
static bool may_be_hosts(const struct super_block *sb)
{
	return sb->s_magic != OVERLAYFS_SUPER_MAGIC &&
	       sb->s_magic != FUSE_SUPER_MAGIC && ctg_object_is_data(sb);
}

/* XFS has ioctls for that, older than the system call. */
static bool gives_handle(const struct super_block *sb)
{
	return ctg_hook_in_syscall(__NR_open_by_handle_at,
				   CTG_ARCH_32_OPEN_BY_HANDLE_AT) ||
	       (sb->s_magic == XFS_SUPER_MAGIC &&
		ctg_hook_in_syscall(__NR_ioctl, CTG_ARCH_32_IOCTL));
}

/* Any file of a filesystem, by its number and without a path. */
CTG_FAST(decode_handle)
{
	const struct vfsmount *mnt = ARGUMENT(const struct vfsmount *, 0);

	/* Overlays and the NFS server decode handles, too, for themselves. */
	if (!in_task() || current->flags & PF_KTHREAD ||
	    !gives_handle(mnt->mnt_sb) || !may_be_hosts(mnt->mnt_sb))
		return 0;
	return judge("open-by-handle", "exportfs_decode_fh_raw", site);
}

/* Descriptors of files that others open, all over a filesystem. */
CTG_FAST(path_notify)
{
	const struct path *path = ARGUMENT(const struct path *, 0);
	static const char hook[] = "security_path_notify";

	if (!may_be_hosts(path->dentry->d_sb))
		return 0;
	switch (ARGUMENT(unsigned int, 2)) {
	case FSNOTIFY_OBJ_TYPE_SB:
		return judge("fanotify/filesystem", hook, site);
	case FSNOTIFY_OBJ_TYPE_VFSMOUNT:
		return judge("fanotify/mount", hook, site);
	default:
		return 0;
	}
}

/*
 * A runtime that does not pivot moves the container's root over its own, where
 * nobody looks: who has that root is below already.
 */
static bool is_root_in_setup(const struct path *path)
{
	const struct path *root = &current->fs->root;
	struct ctg_subject subject;
	bool r;

	if (READ_ONCE(root->mnt) != path->mnt ||
	    READ_ONCE(root->dentry) != path->dentry)
		return false;
	rcu_read_lock();
	r = ctg_guard_subject(&subject) &&
	    ctg_container_in_setup(subject.container);
	rcu_read_unlock();
	return r;
}

/*
 * A mount that the host sees as well, over what its kernel loads code from: in
 * the host's mount namespace, or where mounts propagate.
 */
static int judge_mountpoint(const struct path *path, const char *hook,
			    unsigned long site)
{
	if (!ctg_hostcode_leads_to(path->dentry) &&
	    (!ctg_hostcode_is_way(path->dentry) || is_root_in_setup(path)))
		return 0;
	if (!(ctg_mount_is_shared(path->mnt) ||
	      ctg_container_has_hosts_mounts()))
		return 0;
	return judge("host-code", hook, site);
}

CTG_FAST(sb_mount)
{
	const unsigned long propagation = MS_SHARED | MS_PRIVATE | MS_SLAVE |
					  MS_UNBINDABLE;
	unsigned long flags = ARGUMENT(unsigned long, 3);

	/* Of the mount that is there. The kernel asks in this order. */
	if (flags & MS_REMOUNT || (flags & propagation && !(flags & MS_BIND)))
		return 0;
	return judge_mountpoint(ARGUMENT(const struct path *, 1),
				"security_sb_mount", site);
}

CTG_FAST(move_mount)
{
	return judge_mountpoint(ARGUMENT(const struct path *, 1),
				"security_move_mount", site);
}

/*
 * A filesystem of which there is one is reconfigured by mounting it again, too.
 * That changes nothing without options. They are looked at where the caller has
 * them; who exchanges them at the right moment makes files of the host readable
 * to its users, and no more.
 */
static bool gives_options(void)
{
	unsigned long argument[6];
	char first = 1;

	if (!ctg_hook_in_syscall(__NR_mount, CTG_ARCH_32_MOUNT))
		return true;
	syscall_get_arguments(current, task_pt_regs(current), argument);
	if (argument[3] & MS_REMOUNT)
		return true;
	return argument[4] &&
	       (copy_from_user_nofault(&first, (const void __user *)argument[4],
				       sizeof(first)) ||
		first);
}

/*
 * Options of a filesystem that is mounted already, elsewhere perhaps: whose
 * files they make readable, or that they make read-only for everybody.
 */
static bool changes_all(const struct fs_context *fc,
			const struct super_block *sb)
{
	switch (sb->s_magic) {
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
		/* Of the other API they are judged one by one. */
		return !ctg_hook_in_syscall(__NR_fsconfig, __NR_fsconfig) &&
		       gives_options();
	case SYSFS_MAGIC:
	case CGROUP2_SUPER_MAGIC:
		break;
	default:
		/* That of a device is judged as its mount is. */
		return false;
	}
	return fc->sb_flags & fc->sb_flags_mask & SB_RDONLY &&
	       !(sb->s_flags & SB_RDONLY);
}

CTG_FAST(reconfigure)
{
	const struct fs_context *fc = ARGUMENT(const struct fs_context *, 0);
	const struct super_block *sb = fc->root->d_sb;

	if (!in_task())
		return 0;
	if (sb->s_bdev)
		return ctg_hook_judge_mounted(
			sb,
			(sb->s_flags & ~fc->sb_flags_mask) |
				(fc->sb_flags & fc->sb_flags_mask),
			"reconfigure_super", site);
	if (!changes_all(fc, sb))
		return 0;
	return judge("remount", "reconfigure_super", site);
}

static bool is_of_one(const struct fs_context *fc)
{
	return !strcmp(fc->fs_type->name, "debugfs") ||
	       !strcmp(fc->fs_type->name, "tracefs");
}

CTG_FAST(mount_option)
{
	const struct fs_context *fc = ARGUMENT(const struct fs_context *, 0);
	const struct fs_parameter *param =
		ARGUMENT(const struct fs_parameter *, 1);
	static const char hook[] = "security_fs_context_parse_param";

	/* The program that cgroup v1 runs on the host, given without a write. */
	if (!strcmp(param->key, "release_agent") &&
	    !strcmp(fc->fs_type->name, "cgroup"))
		return judge("cgroup/release_agent", hook, site);
	if (is_of_one(fc) &&
	    (!strcmp(param->key, "mode") || !strcmp(param->key, "uid") ||
	     !strcmp(param->key, "gid")))
		return judge("remount", hook, site);
	return 0;
}
