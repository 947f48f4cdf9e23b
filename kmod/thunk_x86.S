/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a hooked function goes when its hook has to sleep or to refuse. ftrace
 * comes here by RET with the stack as the function's caller left it and the
 * arguments in their registers. No other register can carry anything: a BPF
 * program on the same function runs in between and restores no more. Hence
 * one thunk for each sleeping hook and each answer.
 *
 * Nothing jumps or calls here, so no ENDBR is needed to arrive; objtool wants
 * one wherever an address is taken.
 */
#include <linux/linkage.h>
#include <uapi/asm-generic/errno-base.h>

/*
 * Calls ctg_attach_sleep(arguments, n): 0 goes on in the function, at
 * ctg_attach_resume[n]; anything else is returned to its caller.
 */
.macro THUNK_SLEEP n
SYM_START(ctg_thunk_sleep_\n, SYM_L_GLOBAL, SYM_A_ALIGN)
	ENDBR
	pushq	%rbp
	movq	%rsp, %rbp
	pushq	%r9
	pushq	%r8
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	movq	%rsp, %rdi
	movl	$\n, %esi
	call	ctg_attach_sleep
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%r8
	popq	%r9
	popq	%rbp
	testq	%rax, %rax
	jnz	1f
	pushq	ctg_attach_resume+8*\n(%rip)
1:	RET
SYM_FUNC_END(ctg_thunk_sleep_\n)
STACK_FRAME_NON_STANDARD ctg_thunk_sleep_\n
.endm

THUNK_SLEEP 0
THUNK_SLEEP 1

/* Returns to the function's caller without having run it. */
.macro THUNK_RETURN name, value
SYM_START(\name, SYM_L_GLOBAL, SYM_A_ALIGN)
	ENDBR
	movq	$\value, %rax
	RET
SYM_FUNC_END(\name)
.endm

THUNK_RETURN ctg_thunk_eperm, -EPERM
THUNK_RETURN ctg_thunk_eacces, -EACCES
THUNK_RETURN ctg_thunk_ebusy, -EBUSY
