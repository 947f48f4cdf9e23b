/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a hooked function goes when its hook has to sleep or to refuse. ftrace
 * comes here by RET with the stack as the function's caller left it, the
 * arguments in their registers, and in rax what attach.c put there.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>

/*
 * rax: struct attached *, whose first member is where the function goes on.
 * Calls ctg_attach_sleep(arguments, attached): 0 goes on in the function,
 * anything else is returned to its caller.
 */
SYM_FUNC_START(ctg_thunk_sleep)
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%rax
	pushq	%r9
	pushq	%r8
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	movq	%rsp, %rdi
	movq	%rax, %rsi
	call	ctg_attach_sleep
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%r8
	popq	%r9
	popq	%r11
	popq	%rbp
	testq	%rax, %rax
	jnz	1f
	pushq	(%r11)
1:	RET
SYM_FUNC_END(ctg_thunk_sleep)
STACK_FRAME_NON_STANDARD ctg_thunk_sleep

/* rax: what the function returns to its caller, without having run. */
SYM_FUNC_START(ctg_thunk_return)
	RET
SYM_FUNC_END(ctg_thunk_return)
