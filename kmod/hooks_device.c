// SPDX-License-Identifier: GPL-2.0
/* Hooks that guard devices, and what is mounted. */
#include "hook.h"

#include <linux/blk_types.h>
#include <linux/device_cgroup.h>
#include <linux/fs_context.h>
#include <linux/security.h>

#include "driver.h"

PIN(devcgroup_check_permission, int(short, u32, u32, short));
PIN(fs_context_for_mount,
    struct fs_context *(struct file_system_type *, unsigned int));
PIN(security_sb_kern_mount, int(CTG_SB_CONST struct super_block *));

/**
 * ctg_hook_judge_device - judge a request for a device
 * @subject: who
 * @request: what, but for the names of its driver
 * @hook: the function that asks, or NULL: do not report
 * @site: where it was called
 *
 * Context: task, RCU read side. Return: 0, or -EPERM.
 */
int ctg_hook_judge_device(const struct ctg_subject *subject,
			  struct ctg_request *request, const char *hook,
			  unsigned long site)
{
	request->drivers = ctg_driver_names(request->dev_type, request->major);
	return hook ? ctg_guard_judge(subject, request, hook, site) :
		      ctg_guard_ask(subject, request);
}

static int judge_device(struct ctg_request *request, const char *hook,
			unsigned long site)
{
	struct ctg_subject subject;
	int r = 0;

	if (!in_task())
		return 0;
	rcu_read_lock();
	if (ctg_guard_subject(&subject))
		r = ctg_hook_judge_device(&subject, request, hook, site);
	rcu_read_unlock();
	return r;
}

/**
 * ctg_hook_judge_made - judge the open of a device by which its node was made
 * @file: that is opened
 * @hook: the function that asks
 * @site: where it was called
 *
 * A network filesystem may be told by its server that what it made is a device,
 * and the kernel asks nobody about what the caller has just made.
 */
int ctg_hook_judge_made(const struct file *file, const char *hook,
			unsigned long site)
{
	const struct inode *inode = file_inode(file);
	struct ctg_request request = {
		.operation = CTGUARD_OP_DEVICE_OPEN,
		.dev_type = S_ISBLK(inode->i_mode) ? CTGUARD_DEV_BLOCK :
						     CTGUARD_DEV_CHAR,
		.major = MAJOR(inode->i_rdev),
		.minor = MINOR(inode->i_rdev),
	};

	if (file->f_mode & FMODE_READ)
		request.access |= CTGUARD_ACCESS_READ;
	if (file->f_mode & FMODE_WRITE)
		request.access |= CTGUARD_ACCESS_WRITE;
	return judge_device(&request, hook, site);
}

int ctg_hook_device(struct ftrace_regs *fregs, unsigned long site)
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
	return judge_device(&request, "devcgroup_check_permission", site);
}

/**
 * ctg_hook_judge_mounted - judge the mount of a block device
 * @sb: with s_bdev
 * @flags: SB_*, as they will be
 * @hook: the function that asks
 * @site: where it was called
 */
int ctg_hook_judge_mounted(const struct super_block *sb, unsigned long flags,
			   const char *hook, unsigned long site)
{
	struct ctg_request request = {
		.operation = CTGUARD_OP_DEVICE_MOUNT,
		.dev_type = CTGUARD_DEV_BLOCK,
		.access = CTGUARD_ACCESS_READ,
		.major = MAJOR(sb->s_bdev->bd_dev),
		.minor = MINOR(sb->s_bdev->bd_dev),
	};

	if (!(flags & SB_RDONLY))
		request.access |= CTGUARD_ACCESS_WRITE;
	return judge_device(&request, hook, site);
}

/*
 * A block device that is mounted already is mounted again without being
 * opened, since 6.6.
 */
CTG_FAST(sb_kern_mount)
{
	const struct super_block *sb = ARGUMENT(const struct super_block *, 0);

	if (!sb->s_bdev)
		return 0;
	return ctg_hook_judge_mounted(sb, sb->s_flags, "security_sb_kern_mount",
				      site);
}

/*
 * Before the filesystem's own code sees anything of the container's. What the
 * kernel mounts for itself is not the caller's.
 */
CTG_FAST(mount_type)
{
	const struct file_system_type *type =
		ARGUMENT(const struct file_system_type *, 0);

	if (ARGUMENT(unsigned int, 1) & SB_KERNMOUNT)
		return 0;
	return ctg_hook_judge_name(CTGUARD_OP_FILESYSTEM_MOUNT, type->name, 0,
				   "fs_context_for_mount", site);
}
