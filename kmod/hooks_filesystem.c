// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks that guard the filesystems of the host which a container has a part of:
 * the whole of one is not reached by way of a single file, nor changed.
 */
#include "hook.h"

#include <linux/exportfs.h>
#include <linux/fs_context.h>
#include <linux/fsnotify_backend.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/security.h>

#include <asm/syscall.h>
#include <asm/unistd.h>

#include "object.h"

PIN(exportfs_decode_fh_raw,
    struct dentry *(struct vfsmount *, struct fid *, int, int,
		    int (*)(void *, struct dentry *), void *));
PIN(security_path_notify, int(const struct path *, u64, unsigned int));
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

#define OPEN_BY_HANDLE_IA32 342 /* <asm/unistd_32.h> */

/* Overlays and the NFS server decode handles, too, for themselves. */
static bool is_open_by_handle(void)
{
	long nr = syscall_get_nr(current, task_pt_regs(current));

	return nr == (in_ia32_syscall() ? OPEN_BY_HANDLE_IA32 :
					  __NR_open_by_handle_at);
}

/* Any file of a filesystem, by its number and without a path. */
CTG_FAST(decode_handle)
{
	const struct vfsmount *mnt = ARGUMENT(const struct vfsmount *, 0);

	if (!in_task() || current->flags & PF_KTHREAD || !is_open_by_handle() ||
	    !may_be_hosts(mnt->mnt_sb))
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
 * Options of a filesystem that is mounted already, elsewhere perhaps: whose
 * files they make readable, or that they make read-only for everybody.
 */
static bool changes_all(const struct fs_context *fc,
			const struct super_block *sb)
{
	switch (sb->s_magic) {
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
		return true;
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

	if (sb->s_bdev)
		return ctg_hook_judge_mounted(sb, "reconfigure_super", site);
	if (!changes_all(fc, sb))
		return 0;
	return judge("remount", "reconfigure_super", site);
}
