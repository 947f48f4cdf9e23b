// SPDX-License-Identifier: GPL-2.0
/*
 * Where the host's kernel and boot loader load code from. A container that can
 * write there, through a mount of the host's directory, has its code run by
 * the next modprobe or the next boot.
 *
 * Directories are known by filesystem and inode number, whatever mount they
 * are reached by, and looked up anew from time to time: they may come later,
 * and nothing of the host is kept from being unmounted.
 */
#include "hostcode.h"

#include <linux/namei.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

static const char *const places[] = {
	"/usr/lib/modules",
	"/lib/modules",
	"/etc/modprobe.d",
	"/run/modprobe.d",
	"/usr/lib/modprobe.d",
	"/lib/modprobe.d",
	"/boot",
};

/* A directory; @ino is 0 when there is none. */
struct place {
	const struct super_block *sb;
	unsigned long ino;
};
static struct place directories[ARRAY_SIZE(places)];

const struct super_block *ctg_hostcode_filesystems[CTG_HOSTCODE_FILESYSTEMS];

static void look_up(struct work_struct *work);
static DECLARE_WORK(finder, look_up);

static bool is_place(const struct inode *inode)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(directories); i++)
		if (READ_ONCE(directories[i].ino) == inode->i_ino &&
		    READ_ONCE(directories[i].sb) == inode->i_sb)
			return true;
	return false;
}

/**
 * ctg_hostcode_is_below - is this one of these directories, or in one?
 * @dentry: may be negative
 *
 * Context: any.
 */
bool ctg_hostcode_is_below(const struct dentry *dentry)
{
	const struct inode *inode;
	bool r = false;

	rcu_read_lock();
	for (;;) {
		inode = d_inode_rcu(dentry);
		r = inode && is_place(inode);
		if (r || IS_ROOT(dentry))
			break;
		dentry = READ_ONCE(dentry->d_parent);
	}
	rcu_read_unlock();
	return r;
}

/* The filesystems of the directories, once each. */
static void collect(void)
{
	unsigned int i, j, count = 0;

	for (i = 0; i < ARRAY_SIZE(directories); i++) {
		const struct super_block *sb = directories[i].sb;

		for (j = 0; j < count && ctg_hostcode_filesystems[j] != sb;)
			j++;
		if (!sb || j < count)
			continue;
		if (count == CTG_HOSTCODE_FILESYSTEMS) {
			pr_warn_once(
				"modules and boot files lie on more than %u filesystems: not all are guarded\n",
				CTG_HOSTCODE_FILESYSTEMS);
			return;
		}
		WRITE_ONCE(ctg_hostcode_filesystems[count++], sb);
	}
	while (count < CTG_HOSTCODE_FILESYSTEMS)
		WRITE_ONCE(ctg_hostcode_filesystems[count++], NULL);
}

/* As the host sees it: in a work, which has the first task's root. */
static void look_up(struct work_struct *work)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		struct place *p = &directories[i];
		struct path path;

		if (kern_path(places[i], LOOKUP_FOLLOW | LOOKUP_DIRECTORY,
			      &path)) {
			WRITE_ONCE(p->ino, 0);
			WRITE_ONCE(p->sb, NULL);
			continue;
		}
		WRITE_ONCE(p->sb, path.dentry->d_sb);
		WRITE_ONCE(p->ino, d_inode(path.dentry)->i_ino);
		path_put(&path);
	}
	collect();
}

/** ctg_hostcode_refresh - look the directories up; sleeps */
void ctg_hostcode_refresh(void)
{
	schedule_work(&finder);
	flush_work(&finder);
}

/** ctg_hostcode_exit - nobody asks any more; sleeps */
void ctg_hostcode_exit(void)
{
	cancel_work_sync(&finder);
}
