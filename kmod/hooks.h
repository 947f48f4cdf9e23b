/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hooked functions of the kernel and what is asked at each.
 */
#ifndef _CTG_HOOKS_H
#define _CTG_HOOKS_H

#include <linux/fs.h>
#include <linux/ftrace.h>

#include "attach.h"
#include "hostcode.h"
#include "object.h"

const struct ctg_hook *ctg_hooks_table(unsigned int *ret_count);

/**
 * ctg_hooks_ignore - is this open surely of no interest?
 * @fregs: of security_file_open(), the first in the table
 *
 * Every open on the host asks: inline in the callback.
 */
static __always_inline bool ctg_hooks_ignore(struct ftrace_regs *fregs)
{
	const struct file *file =
		(const struct file *)ftrace_regs_get_argument(fregs, 0);
	const struct super_block *sb = file->f_inode->i_sb;

	return ctg_object_is_common_data(sb) &&
	       (!(file->f_mode & FMODE_WRITE) || !ctg_hostcode_may_have(sb));
}

#endif /* _CTG_HOOKS_H */
