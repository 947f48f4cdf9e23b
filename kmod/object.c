// SPDX-License-Identifier: GPL-2.0
/*
 * Kinds of object: which filesystems are sensitive, and what a path inside a
 * superblock is, whatever mount it was reached by.
 */
#include "object.h"

#include <linux/cgroup.h>
#include <linux/dcache.h>
#include <linux/kernfs.h>
#include <linux/percpu.h>
#include <linux/pid.h>
#include <linux/preempt.h>
#include <linux/proc_fs.h>
#include <linux/seqlock.h>

#include <net/net_namespace.h>

#define PATH_TRIES 3

/*
 * Filesystems that hold data, or nothing but pipes, sockets and terminals that
 * other rules judge. Whatever is not here is sensitive, so that a new type is
 * judged and not missed.
 */
/* clang-format off */
static const char *const data_types[] = {
	/* disks */
	"ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "jfs", "reiserfs",
	"nilfs2", "bcachefs", "zfs", "gfs2", "ocfs2", "minix", "vfat", "msdos",
	"exfat", "ntfs", "ntfs3", "hfs", "hfsplus", "udf", "iso9660",
	"squashfs", "erofs", "cramfs", "romfs", "ubifs", "jffs2", "ufs",
	/* layers and memory */
	"overlay", "aufs", "ecryptfs", "tmpfs", "ramfs", "rootfs", "hugetlbfs",
	"secretmem",
	/* others' machines and programs */
	"nfs", "nfs4", "cifs", "smb3", "ceph", "9p", "virtiofs", "afs", "coda",
	"orangefs", "lustre", "glusterfs", "fuse", "fuseblk", "vboxsf",
	/* no files of the kernel's */
	"pipefs", "sockfs", "anon_inodefs", "mqueue", "devpts", "bdev", "nsfs",
	"pidfs", "dmabuf", "drm", "aio", "dax", "autofs", "guest_memfd",
};
/* clang-format on */

/**
 * ctg_object_is_data_type - is this the name of a data filesystem?
 * @type: struct file_system_type's name
 */
bool ctg_object_is_data_type(const char *type)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(data_types); i++)
		if (*data_types[i] == *type && !strcmp(data_types[i], type))
			return true;
	return false;
}

struct path_buffer {
	char text[PATH_MAX];
};
static struct path_buffer __percpu *buffers;

/** ctg_object_init - make the buffers; sleeps. Return: 0, -ENOMEM */
int ctg_object_init(void)
{
	buffers = alloc_percpu(struct path_buffer);
	return buffers ? 0 : -ENOMEM;
}

/** ctg_object_exit - free the buffers, which nobody uses any more */
void ctg_object_exit(void)
{
	free_percpu(buffers);
}

static const struct dentry *top_of(const struct dentry *dentry)
{
	while (!IS_ROOT(dentry))
		dentry = READ_ONCE(dentry->d_parent);
	return dentry;
}

/**
 * ctg_object_path_begin - the path of a dentry inside its superblock
 * @path: to be ended by ctg_object_path_end(), whatever it holds
 * @dentry: may be negative
 *
 * Context: task; the task stays on its CPU until the end.
 */
void ctg_object_path_begin(struct ctg_path *path, struct dentry *dentry)
{
	char *buffer, *text;
	unsigned int seq;
	int i;

	preempt_disable_notrace();
	*path = (struct ctg_path){};
	buffer = this_cpu_ptr(buffers)->text;
	rcu_read_lock();
	for (i = 0; i < PATH_TRIES; i++) {
		seq = read_seqbegin(&rename_lock);
		text = dentry_path_raw(dentry, buffer, PATH_MAX);
		path->whole = top_of(dentry) == dentry->d_sb->s_root;
		if (read_seqretry(&rename_lock, seq))
			continue;
		if (IS_ERR(text))
			break;
		path->text = text;
		path->length = buffer + PATH_MAX - 1 - text;
		break;
	}
	rcu_read_unlock();
}

/**
 * ctg_object_path_begin_kernfs - the path of a node inside its hierarchy
 * @path: to be ended by ctg_object_path_end(), whatever it holds
 * @kn: the node
 *
 * For where there is an inode and no dentry.
 */
void ctg_object_path_begin_kernfs(struct ctg_path *path, struct kernfs_node *kn)
{
	char *buffer;
	int length;

	preempt_disable_notrace();
	*path = (struct ctg_path){ .whole = true };
	buffer = this_cpu_ptr(buffers)->text;
	length = kernfs_path_from_node(kn, NULL, buffer, PATH_MAX);
	/* Kernels differ in what they return for a path that was cut. */
	if (length <= 0 || length >= PATH_MAX - 1)
		return;
	path->text = buffer;
	path->length = length;
}

/** ctg_object_path_end - give the buffer back */
void ctg_object_path_end(struct ctg_path *path)
{
	path->text = NULL;
	preempt_enable_notrace();
}

/** ctg_object_is_cgroup2 - is this the filesystem of the cgroup v2 hierarchy? */
bool ctg_object_is_cgroup2(const struct super_block *sb)
{
	return sb->s_magic == CGROUP2_SUPER_MAGIC;
}

/** ctg_object_kernfs - the node behind an inode of a kernfs filesystem */
struct kernfs_node *ctg_object_kernfs(const struct inode *inode)
{
	return inode->i_private;
}

/**
 * ctg_object_cgroup - the cgroup that a directory of cgroup2 is, or that a
 * file there belongs to
 * @inode: of a cgroup2 filesystem
 *
 * Context: RCU read side. Return: NULL if it is being removed.
 */
struct cgroup *ctg_object_cgroup(const struct inode *inode)
{
	struct kernfs_node *kn = ctg_object_kernfs(inode);

	if (kernfs_type(kn) != KERNFS_DIR)
		kn = ctg_kernfs_parent(kn);
	return kn ? rcu_dereference(*(void __rcu __force **)&kn->priv) : NULL;
}

/* Is it written to be told of a cgroup's pressure, which changes nothing? */
static bool is_pressure(const struct cftype *cft)
{
	return cft->poll && strstr(cft->name, ".pressure");
}

/**
 * ctg_object_is_delegated - does a cgroup's delegatee get to write this file?
 * @inode: of a cgroup2 filesystem
 *
 * The files listed in /sys/kernel/cgroup/delegate, and those that tell of
 * pressure: databases open them, and the kernel itself says who may.
 */
bool ctg_object_is_delegated(const struct inode *inode)
{
	struct kernfs_node *kn = ctg_object_kernfs(inode);
	const struct cftype *cft;

	if (kernfs_type(kn) != KERNFS_FILE)
		return false;
	cft = kn->priv;
	return cft->flags & CFTYPE_NS_DELEGATABLE || is_pressure(cft);
}

/** ctg_object_is_sysfs - is this a sysfs? */
bool ctg_object_is_sysfs(const struct super_block *sb)
{
	return sb->s_magic == SYSFS_MAGIC;
}

/**
 * ctg_object_net - the network namespace that a file of sysfs belongs to
 * @inode: of a sysfs
 *
 * That of the device it is below. sysfs knows no others than network
 * namespaces.
 *
 * Context: RCU read side. Return: to be compared, or NULL for the host's.
 */
const struct net *ctg_object_net(const struct inode *inode)
{
	struct kernfs_node *kn = ctg_object_kernfs(inode);

	while (kn && !kn->ns)
		kn = ctg_kernfs_parent(kn);
	return kn ? ctg_kernfs_net(kn) : NULL;
}

/** ctg_object_is_proc - is this a procfs? */
bool ctg_object_is_proc(const struct super_block *sb)
{
	return sb->s_magic == PROC_SUPER_MAGIC;
}

/**
 * ctg_object_task - the task that a path of procfs begins with
 * @ns: the PID namespace that the procfs shows
 * @path: "/123/..."
 *
 * Context: RCU read side.
 * Return: NULL if the path names no task or the task is gone.
 */
struct task_struct *ctg_object_task(struct pid_namespace *ns, const char *path)
{
	int nr = 0;

	if (*path++ != '/')
		return NULL;
	for (; *path >= '0' && *path <= '9'; path++) {
		nr = nr * 10 + (*path - '0');
		if (nr > PID_MAX_LIMIT)
			return NULL;
	}
	if (*path && *path != '/')
		return NULL;
	return pid_task(find_pid_ns(nr, ns), PIDTYPE_PID);
}

/** ctg_object_pid_ns - the PID namespace that a procfs shows */
struct pid_namespace *ctg_object_pid_ns(const struct super_block *sb)
{
	const struct proc_fs_info *info = sb->s_fs_info;

	return info->pid_ns;
}

/**
 * ctg_object_sysctl_is_mine - does a sysctl belong to current's namespace?
 * @dentry: below /sys of a procfs
 *
 * A namespace has a set of its own for its sysctls, and procfs compares names
 * only within the set that current would see: a dentry of another set is not
 * even equal to its own name.
 *
 * Return: true also for a sysctl that is the same in every namespace.
 */
bool ctg_object_sysctl_is_mine(const struct dentry *dentry)
{
	const struct dentry_operations *op = dentry->d_op;
	const struct qstr *name = &dentry->d_name;

	if (!op || !op->d_compare)
		return false;
	return !op->d_compare(dentry, name->len, name->name, name);
}
