/* SPDX-License-Identifier: GPL-2.0 */
/* The error of an operation, made where it failed. */
#ifndef CTGUARD_ERROR_H
#define CTGUARD_ERROR_H

/** enum ctguard_exit - exit status of all programs of ctguard */
enum ctguard_exit {
	CTGUARD_EXIT_YES, /* or done */
	CTGUARD_EXIT_NO,  /* refused, degraded, differing */
	CTGUARD_EXIT_USAGE,
	CTGUARD_EXIT_SYSTEM,	/* kernel, I/O, or something absent */
	CTGUARD_EXIT_MALFORMED, /* input that cannot be meant */
};

/**
 * struct ctguard_error - why something failed
 * @status: enum ctguard_exit a program should end with
 * @code: errno, or 0
 * @text: one or more lines without the last newline, fit for a terminal
 */
struct ctguard_error {
	int status;
	int code;
	char text[2048];
};

int ctguard_error_set(struct ctguard_error *error, int status, int code,
		      const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif /* CTGUARD_ERROR_H */
