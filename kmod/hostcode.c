// SPDX-License-Identifier: GPL-2.0
/*
 * Where the host's kernel and boot loader load code from. A container that can
 * write there, through a mount of the host's directory, has its code run by
 * the next modprobe or the next boot.
 *
 * Directories are known by filesystem and inode number, whatever mount they
 * are reached by, and looked up anew from time to time: they may come later,
 * and nothing of the host is kept from being unmounted. What leads to them, or
 * would if it were there, is known by directory and name: who can replace
 * /etc needs not write /etc/modprobe.d.
 */
#include "hostcode.h"

#include <linux/fs_struct.h>
#include <linux/magic.h>
#include <linux/namei.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

static const char *const places[] = {
	"/usr/lib/modules",
	"/lib/modules",
	"/etc/modprobe.d",
	"/run/modprobe.d",
	"/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d",
	"/lib/modprobe.d",
	"/boot",
	"/boot/efi",
	"/efi",
};

/* More than the names in all of them together. */
#define STEPS_MAX 48

/**
 * struct directory - compared, never read through
 * @sb: its filesystem, NULL when there is no such directory
 * @ino: its number
 * @inode: where numbers are not unique in a filesystem
 */
struct directory {
	const struct super_block *sb;
	unsigned long ino;
	const struct inode *inode;
};

/* A name that leads to a place, in the directory where it stands. */
struct step {
	struct directory in;
	const char *name;
	size_t length;
};

static struct directory directories[ARRAY_SIZE(places)];
static struct step steps[STEPS_MAX];
static unsigned int step_count;

/*
 * The last of each place's steps: what comes to be there is the place, or leads
 * to it, from the first moment.
 */
static struct step ends[ARRAY_SIZE(places)];

#define FILESYSTEMS_MAX 8

/* Compared, never read. */
static const struct super_block *filesystems[FILESYSTEMS_MAX];
u64 ctg_hostcode_mask;

static void look_up(struct work_struct *work);
static DECLARE_WORK(finder, look_up);

/* The finder's: for lack of memory it found less than there may be. */
static bool unsure;

static bool is(const struct directory *directory, const struct inode *inode)
{
	if (READ_ONCE(directory->ino) != inode->i_ino ||
	    READ_ONCE(directory->sb) != inode->i_sb)
		return false;
	switch (inode->i_sb->s_magic) {
	case BTRFS_SUPER_MAGIC:
	case OVERLAYFS_SUPER_MAGIC:
		return READ_ONCE(directory->inode) == inode;
	default:
		return true;
	}
}

static bool is_place(const struct inode *inode)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(directories); i++)
		if (is(&directories[i], inode))
			return true;
	return false;
}

/* RCU read side. */
static bool is_named(const struct step *step, const struct inode *in,
		     const struct dentry *dentry)
{
	return is(&step->in, in) && dentry->d_name.len == step->length &&
	       !memcmp(dentry->d_name.name, step->name, step->length);
}

/* By its name in the directory @in, in which one may have replaced another. */
static bool is_end(const struct inode *in, const struct dentry *dentry)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ends); i++)
		if (is_named(&ends[i], in, dentry))
			return true;
	return false;
}

/* Is there code of the host in a filesystem? */
static bool has(const struct super_block *sb)
{
	unsigned int i;

	if (!ctg_hostcode_may_have(sb))
		return false;
	for (i = 0; i < FILESYSTEMS_MAX; i++)
		if (READ_ONCE(filesystems[i]) == sb)
			return true;
	return false;
}

/*
 * Is this, which may be negative, one of these directories, or in one? What was
 * found by a handle, and is connected to nothing, could be.
 */
static bool is_below(const struct dentry *dentry)
{
	const struct dentry *child = NULL;
	const struct inode *inode;
	bool r;

	rcu_read_lock();
	for (;;) {
		inode = d_inode_rcu(dentry);
		r = inode &&
		    (is_place(inode) || (child && is_end(inode, child)));
		if (r || IS_ROOT(dentry))
			break;
		child = dentry;
		dentry = READ_ONCE(dentry->d_parent);
	}
	if (!r)
		r = dentry != dentry->d_sb->s_root &&
		    dentry->d_flags & DCACHE_DISCONNECTED;
	rcu_read_unlock();
	return r;
}

/*
 * Likewise, by any name of an inode that was reached by one in another
 * filesystem.
 */
static bool has_name_below(struct inode *inode)
{
	struct dentry *alias;
	bool r = false;

	spin_lock(&inode->i_lock);
	for_each_alias(alias, inode)
		r |= is_below(alias);
	spin_unlock(&inode->i_lock);
	return r;
}

/* Does this lead to one of these directories, or would it if it were there? */
static bool is_step(const struct dentry *dentry)
{
	unsigned int i, count = smp_load_acquire(&step_count);
	const struct inode *in;
	bool r = false;

	rcu_read_lock();
	in = d_inode_rcu(READ_ONCE(dentry->d_parent));
	for (i = 0; in && !r && i < count; i++)
		r = is_named(&steps[i], in, dentry);
	rcu_read_unlock();
	return r;
}

/**
 * ctg_hostcode_is - is this one of these directories, or a file in one?
 * @dentry: that it was reached by
 * @inode: of it; the file of an overlay is below that, and known by the path
 *	above
 *
 * Context: any, without i_lock.
 */
bool ctg_hostcode_is(const struct dentry *dentry, struct inode *inode)
{
	if (!has(inode->i_sb))
		return false;
	return dentry->d_sb == inode->i_sb ? is_below(dentry) :
					     has_name_below(inode);
}

/**
 * ctg_hostcode_leads_to - is this one of these directories, in one, or on the
 * way to one, or would it be?
 * @dentry: may be negative
 *
 * Context: any.
 */
bool ctg_hostcode_leads_to(const struct dentry *dentry)
{
	return has(dentry->d_sb) && (is_below(dentry) || is_step(dentry));
}

/**
 * ctg_hostcode_is_way - are some of these directories further down?
 * @dentry: of a directory, which may be the root of a mount
 *
 * Context: any.
 */
bool ctg_hostcode_is_way(const struct dentry *dentry)
{
	unsigned int i, count = smp_load_acquire(&step_count);
	const struct inode *inode;
	bool r = false;

	if (!has(dentry->d_sb))
		return false;
	rcu_read_lock();
	inode = d_inode_rcu(dentry);
	for (i = 0; inode && !r && i < count; i++)
		r = is(&steps[i].in, inode);
	rcu_read_unlock();
	return r;
}

/* Where the host's init has its root: since 7.3 a kernel thread has another. */
static bool find_root(struct path *ret)
{
	struct task_struct *init = READ_ONCE(init_pid_ns.child_reaper);
	bool r;

	task_lock(init);
	r = init->fs;
	if (r)
		get_fs_root(init->fs, ret);
	task_unlock(init);
	return r;
}

/*
 * Finds a directory as the host sees it. Mounts nothing on the way. Whether there
 * is one is not known when there is no memory.
 */
static bool find(const char *path, struct directory *ret)
{
	struct path root, found;
	int error;
	bool r;

	if (!find_root(&root))
		return false;
	error = vfs_path_lookup(root.dentry, root.mnt, path,
				LOOKUP_FOLLOW | LOOKUP_NO_MAGICLINKS, &found);
	path_put(&root);
	if (error == -ENOMEM)
		unsure = true;
	if (error)
		return false;
	r = d_is_dir(found.dentry);
	if (r) {
		WRITE_ONCE(ret->sb, found.dentry->d_sb);
		WRITE_ONCE(ret->ino, d_inode(found.dentry)->i_ino);
		WRITE_ONCE(ret->inode, d_inode(found.dentry));
	}
	path_put(&found);
	return r;
}

static void note_filesystem(unsigned int *count, const struct super_block *sb)
{
	unsigned int i;

	for (i = 0; i < *count; i++)
		if (filesystems[i] == sb)
			return;
	if (*count == FILESYSTEMS_MAX) {
		pr_warn_once(
			"modules and boot files lie on more than %u filesystems: not all are guarded\n",
			FILESYSTEMS_MAX);
		return;
	}
	WRITE_ONCE(filesystems[(*count)++], sb);
}

/* The names that lead to a place, as far as they are there and one more. */
static unsigned int walk(const char *place, unsigned int at,
			 unsigned int *count)
{
	char path[32] = "/";
	const char *name, *end;

	for (name = place + 1; *name && at < STEPS_MAX;
	     name = *end ? end + 1 : end) {
		end = strchrnul(name, '/');
		if (!find(path, &steps[at].in))
			break;
		note_filesystem(count, steps[at].in.sb);
		steps[at].length = end - name;
		WRITE_ONCE(steps[at].name, name);
		at++;
		strscpy(path, place,
			min_t(size_t, end - place + 1, sizeof(path)));
	}
	return at;
}

static void look_up(struct work_struct *work)
{
	unsigned int i, from, at = 0, count = 0;
	u64 mask = 0;

	unsure = false;
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		if (!find(places[i], &directories[i]) && !unsure)
			WRITE_ONCE(directories[i].sb, NULL);
		if (directories[i].sb)
			note_filesystem(&count, directories[i].sb);
		from = at;
		at = walk(places[i], at, &count);
		if (at > from)
			ends[i] = steps[at - 1];
	}
	/* What was there before stays until the next time. */
	if (!unsure || at > step_count)
		smp_store_release(&step_count, at);
	while (!unsure && count < FILESYSTEMS_MAX)
		WRITE_ONCE(filesystems[count++], NULL);
	for (i = 0; i < FILESYSTEMS_MAX && filesystems[i]; i++)
		mask |= 1ULL << CTG_HOSTCODE_BIT(filesystems[i]);
	WRITE_ONCE(ctg_hostcode_mask, mask);
}

/**
 * ctg_hostcode_refresh - look the directories up, soon
 *
 * Nobody waits for it: a path of the host's may lead to a server that does not
 * answer.
 */
void ctg_hostcode_refresh(void)
{
	queue_work(CTG_UNBOUND_WQ, &finder);
}

/** ctg_hostcode_init - look the directories up; sleeps. Return: 0, -ENOMEM */
int ctg_hostcode_init(void)
{
	ctg_hostcode_refresh();
	flush_work(&finder);
	return unsure ? -ENOMEM : 0;
}

/** ctg_hostcode_exit - nobody asks any more; sleeps */
void ctg_hostcode_exit(void)
{
	cancel_work_sync(&finder);
}
