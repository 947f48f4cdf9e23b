/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Kinds of object: data filesystems and the others, paths inside a superblock.
 */
#ifndef _CTG_OBJECT_H
#define _CTG_OBJECT_H

#include <linux/fs.h>
#include <linux/magic.h>

struct cgroup;
struct kernfs_node;
struct pid_namespace;
struct task_struct;

/* Not in <linux/magic.h> of every kernel. */
#define CTG_EXT4_MAGIC 0xef53

int ctg_object_init(void);
void ctg_object_exit(void);

bool ctg_object_is_data_type(const char *type);

/**
 * ctg_object_is_common_data - is it one of the commonest data filesystems?
 * @sb: its superblock
 *
 * By one number each, since every open asks.
 */
static __always_inline bool
ctg_object_is_common_data(const struct super_block *sb)
{
	switch (sb->s_magic) {
	case OVERLAYFS_SUPER_MAGIC:
	case CTG_EXT4_MAGIC:
	case XFS_SUPER_MAGIC:
	case BTRFS_SUPER_MAGIC:
		return true;
	case TMPFS_MAGIC:
		/* "tmpfs"; devtmpfs and rootfs have the same number. */
		return sb->s_type->name[0] == 't';
	default:
		return false;
	}
}

/**
 * ctg_object_is_data - does a filesystem hold data, and nothing of the kernel?
 * @sb: its superblock
 */
static inline bool ctg_object_is_data(const struct super_block *sb)
{
	if (ctg_object_is_common_data(sb))
		return true;
	/* The commonest that do not: a number alone may say no, never yes. */
	switch (sb->s_magic) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP2_SUPER_MAGIC:
		return false;
	default:
		return ctg_object_is_data_type(sb->s_type->name);
	}
}

/**
 * struct ctg_path - a path inside a superblock, in a buffer of this CPU
 * @text: ends in NUL; NULL when it could not be built
 * @length: of @text
 * @whole: it begins at the superblock's root, and not at a dentry that is
 *	connected to nothing
 *
 * From ctg_object_path_begin() to ctg_object_path_end() the task stays on its
 * CPU and must not sleep.
 */
struct ctg_path {
	const char *text;
	size_t length;
	bool whole;
};

void ctg_object_path_begin(struct ctg_path *path, struct dentry *dentry);
void ctg_object_path_begin_kernfs(struct ctg_path *path,
				  struct kernfs_node *kn);
void ctg_object_path_end(struct ctg_path *path);

bool ctg_object_is_cgroup2(const struct super_block *sb);
struct cgroup *ctg_object_cgroup(const struct inode *inode);
bool ctg_object_is_delegated(const struct inode *inode);
struct kernfs_node *ctg_object_kernfs(const struct inode *inode);
bool ctg_object_is_proc(const struct super_block *sb);
bool ctg_object_is_sysfs(const struct super_block *sb);
const struct net *ctg_object_net(const struct inode *inode);
struct pid_namespace *ctg_object_pid_ns(const struct super_block *sb);
struct task_struct *ctg_object_task(struct pid_namespace *ns, const char *path);
bool ctg_object_sysctl_is_mine(const struct dentry *dentry);

#endif /* _CTG_OBJECT_H */
