/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What attaching and system calls are on x86-64.
 */
#ifndef _CTG_ATTACH_X86_H
#define _CTG_ATTACH_X86_H

#include <linux/ftrace.h>
#include <linux/uaccess.h>

#include <asm/syscall.h>
#include <asm/text-patching.h>
#include <asm/unistd.h>

/* A function calls ftrace first thing, or behind its ENDBR. */
#define CTG_ARCH_CALL_OFFSETS      \
	{                          \
		0, ENDBR_INSN_SIZE \
	}

/**
 * ctg_arch_calls - does the kernel's text call an ops?
 * @ip: where a function calls ftrace
 * @ops: that is registered there
 *
 * Each ops has a trampoline of its own, which is called when no other ops is on
 * the function.
 *
 * Return: 1 if it alone is called; 0 if others are as well; -ENOENT if nobody
 * is; -EAGAIN while the call is being changed.
 */
static inline int ctg_arch_calls(unsigned long ip, const struct ftrace_ops *ops)
{
	struct {
		u8 opcode;
		s32 distance;
	} __packed call;

	if (copy_from_kernel_nofault(&call, (void *)ip, sizeof(call)))
		return -ENOENT;
	/* A breakpoint stands there while the rest is written. */
	if (call.opcode == INT3_INSN_OPCODE)
		return -EAGAIN;
	if (call.opcode != CALL_INSN_OPCODE)
		return -ENOENT;
	return ip + sizeof(call) + call.distance == ops->trampoline;
}

/* The functions of a system call: for programs of 64 bits, and of 32. */
#define CTG_ARCH_SYSCALL(name) "__x64_sys_" #name
#define CTG_ARCH_SYSCALL_32(name) "__ia32_sys_" #name
#define CTG_ARCH_ROWS_32(...) __VA_ARGS__
#define CTG_ARCH_NO_SYSCALL_32 (!IS_ENABLED(CONFIG_IA32_EMULATION))

/* What the kernel calls them by. */
#define CTG_ARCH_SYSCALL_TYPE sys_call_ptr_t

/* <asm/unistd_32.h> */
#define CTG_ARCH_32_MOUNT 21
#define CTG_ARCH_32_IOCTL 54
#define CTG_ARCH_32_OPEN_BY_HANDLE_AT 342

/* <asm/unistd_x32.h> */
#define CTG_ARCH_X32_IOCTL 514

/** ctg_arch_in_syscall_32 - is current in a system call of the 32-bit table? */
static inline bool ctg_arch_in_syscall_32(void)
{
	return in_ia32_syscall();
}

/**
 * ctg_arch_syscall - the number of a system call that programs of 64 bits have
 * @nr: likewise, or that of an x32 program, which has some of its own
 */
static inline long ctg_arch_syscall(long nr)
{
	if (nr < 0 || !(nr & __X32_SYSCALL_BIT))
		return nr;
	nr &= ~__X32_SYSCALL_BIT;
	return nr == CTG_ARCH_X32_IOCTL ? __NR_ioctl : nr;
}

#endif /* _CTG_ATTACH_X86_H */
