/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the host's kernel and boot loader load code from.
 */
#ifndef _CTG_HOSTCODE_H
#define _CTG_HOSTCODE_H

#include <linux/fs.h>

#define CTG_HOSTCODE_FILESYSTEMS 8

extern const struct super_block
	*ctg_hostcode_filesystems[CTG_HOSTCODE_FILESYSTEMS];

/**
 * ctg_hostcode_has - may there be code of the host in a filesystem?
 * @sb: its superblock
 *
 * Compared and never read. Every open for writing asks: inline.
 */
static __always_inline bool ctg_hostcode_has(const struct super_block *sb)
{
	unsigned int i;

	for (i = 0; i < CTG_HOSTCODE_FILESYSTEMS; i++)
		if (READ_ONCE(ctg_hostcode_filesystems[i]) == sb)
			return true;
	return false;
}

bool ctg_hostcode_is_below(const struct dentry *dentry);
bool ctg_hostcode_has_name_below(struct inode *inode);
bool ctg_hostcode_is_step(const struct dentry *dentry);
void ctg_hostcode_init(void);
void ctg_hostcode_refresh(void);
void ctg_hostcode_exit(void);

#endif /* _CTG_HOSTCODE_H */
