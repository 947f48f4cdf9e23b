/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the host's kernel and boot loader load code from.
 */
#ifndef _CTG_HOSTCODE_H
#define _CTG_HOSTCODE_H

#include <linux/fs.h>

extern u64 ctg_hostcode_mask;

/* The bit of a filesystem; by its address, of which the low bits are alike. */
#define CTG_HOSTCODE_BIT(sb) (((unsigned long)(sb) >> 11) % 64)

/**
 * ctg_hostcode_may_have - may there be code of the host in a filesystem?
 * @sb: its superblock
 *
 * Every open for writing asks: inline, and at times wrong about one that has
 * none.
 */
static __always_inline bool ctg_hostcode_may_have(const struct super_block *sb)
{
	return READ_ONCE(ctg_hostcode_mask) >> CTG_HOSTCODE_BIT(sb) & 1;
}

bool ctg_hostcode_is(const struct dentry *dentry, struct inode *inode);
bool ctg_hostcode_leads_to(const struct dentry *dentry);
bool ctg_hostcode_is_way(const struct dentry *dentry);
int ctg_hostcode_init(void);
void ctg_hostcode_refresh(void);
void ctg_hostcode_exit(void);

#endif /* _CTG_HOSTCODE_H */
