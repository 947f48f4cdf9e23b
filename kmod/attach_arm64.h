/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What attaching and system calls are on arm64.
 */
#ifndef _CTG_ATTACH_ARM64_H
#define _CTG_ATTACH_ARM64_H

#include <linux/align.h>
#include <linux/compat.h>
#include <linux/ftrace.h>
#include <linux/uaccess.h>

#include <asm/syscall.h>

/* The call to ftrace comes behind "mov x9, lr", and that may behind "bti c". */
#define CTG_ARCH_CALL_OFFSETS \
	{                     \
		4, 8          \
	}

/**
 * ctg_arch_calls - does the kernel's text call an ops?
 * @ip: where a function calls ftrace
 * @ops: that is registered there
 *
 * All functions call the same code of ftrace's. It finds the ops in a word before
 * the function, if the kernel was built so, where
 * aarch64_insn_write_literal_u64() of arch/arm64/kernel/ftrace.c has put it;
 * else it asks each ops that there is.
 *
 * Return: 1 if it alone is called; 0 if others are as well, or nothing tells;
 * -ENOENT if nobody is.
 */
static inline int ctg_arch_calls(unsigned long ip, const struct ftrace_ops *ops)
{
	const void *word = (const void *)ALIGN_DOWN(ip - 12, 8);
	const struct ftrace_ops *called;
	__le32 instruction;

	if (copy_from_kernel_nofault(&instruction, (void *)ip,
				     sizeof(instruction)) ||
	    (le32_to_cpu(instruction) & 0xfc000000) != 0x94000000)
		return -ENOENT;
	if (!IS_ENABLED(CONFIG_DYNAMIC_FTRACE_WITH_CALL_OPS) ||
	    copy_from_kernel_nofault(&called, word, sizeof(called)))
		return 0;
	return called == ops;
}

/* The function of a system call: for programs of 64 bits and of 32. */
#define CTG_ARCH_SYSCALL(name) "__arm64_sys_" #name
#define CTG_ARCH_ROWS_32(...)

/* What the kernel calls them by. */
#define CTG_ARCH_SYSCALL_TYPE syscall_fn_t

/* <asm/unistd32.h> */
#define CTG_ARCH_32_MOUNT 21
#define CTG_ARCH_32_IOCTL 54
#define CTG_ARCH_32_OPEN_BY_HANDLE_AT 371

/** ctg_arch_in_syscall_32 - is current in a system call of the 32-bit table? */
static inline bool ctg_arch_in_syscall_32(void)
{
	return is_compat_task();
}

/** ctg_arch_syscall - there is one table of them for programs of 64 bits */
static inline long ctg_arch_syscall(long nr)
{
	return nr;
}

#endif /* _CTG_ATTACH_ARM64_H */
