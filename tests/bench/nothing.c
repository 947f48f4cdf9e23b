// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest program, to be executed: it ends.
 */
#include <sys/syscall.h>

__attribute__((noreturn)) void _start(void);

void _start(void)
{
	__asm__ volatile("syscall" : : "a"(SYS_exit), "D"(0));
	__builtin_unreachable();
}
