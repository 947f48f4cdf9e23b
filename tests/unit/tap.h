/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results of a test program in the Test Anything Protocol: one claim a line.
 */
#ifndef _TAP_H
#define _TAP_H

#include <stdbool.h>

/* States a claim, as printf() has it, and whether it holds; gives that back. */
bool tap_ok(bool holds, const char *claim, ...)
	__attribute__((format(printf, 2, 3)));

/* Says more about the claim before it. */
void tap_note(const char *text, ...) __attribute__((format(printf, 1, 2)));

/* Ends the list. Returns the exit status: 0 if every claim held. */
int tap_done(void);

#endif /* _TAP_H */
