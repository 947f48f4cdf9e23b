/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a hooked function goes when its hook has to sleep or to refuse. ftrace
 * comes here by RET, with the arguments in their registers and in x30 where the
 * function's caller goes on; the function has done nothing yet. No other
 * register can carry anything, hence one thunk for each sleeping hook and each
 * answer.
 */
#include <linux/linkage.h>
#include <asm/assembler.h>
#include <uapi/asm-generic/errno-base.h>

/*
 * Calls ctg_attach_sleep(arguments, n): 0 goes on in the function, at
 * ctg_attach_resume[n]; anything else is returned to its caller. x9 is the one
 * that ftrace itself goes on by.
 */
.macro THUNK_SLEEP n
SYM_FUNC_START(ctg_thunk_sleep_\n)
	stp	x29, x30, [sp, #-80]!
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	stp	x2, x3, [sp, #32]
	stp	x4, x5, [sp, #48]
	stp	x6, x7, [sp, #64]
	add	x0, sp, #16
	mov	w1, #\n
	bl	ctg_attach_sleep
	mov	x9, x0
	ldp	x0, x1, [sp, #16]
	ldp	x2, x3, [sp, #32]
	ldp	x4, x5, [sp, #48]
	ldp	x6, x7, [sp, #64]
	ldp	x29, x30, [sp], #80
	cbnz	x9, 1f
	adr_l	x9, ctg_attach_resume
	ldr	x9, [x9, #8 * \n]
	ret	x9
1:	mov	x0, x9
	ret
SYM_FUNC_END(ctg_thunk_sleep_\n)
.endm

THUNK_SLEEP 0
THUNK_SLEEP 1

/* Returns to the function's caller without having run it. */
.macro THUNK_RETURN name, value
SYM_FUNC_START(\name)
	mov	x0, #\value
	ret
SYM_FUNC_END(\name)
.endm

THUNK_RETURN ctg_thunk_eperm, -EPERM
THUNK_RETURN ctg_thunk_eacces, -EACCES
THUNK_RETURN ctg_thunk_ebusy, -EBUSY
