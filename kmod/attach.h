/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attaches hooks to functions of the kernel and watches that they stay.
 */
#ifndef _CTG_ATTACH_H
#define _CTG_ATTACH_H

#include <linux/types.h>

struct ftrace_regs;

/* A handler's answer: ask again where sleeping is allowed. */
#define CTG_ATTACH_SLEEP 1

/**
 * struct ctg_hook - one function of the kernel and what is asked on entry
 * @name: the function
 * @group: what the guard needs it for; shown in status
 * @escapes: ids in docs/escapes.md of what is open without it; shown in status
 * @optional: the kernel may lack it
 * @fast: on entry, in task context, must not sleep: 0 goes on, -EPERM, -EACCES
 *	or -EBUSY is returned to the caller in place of the function, and
 *	CTG_ATTACH_SLEEP calls @sleeping
 * @sleeping: the same in a place where sleeping is allowed, with the first
 *	six arguments; 0 or a negative errno. NULL: never asked for
 * @on_demand: attached only while ctg_attach_demand() says so
 * @missed: a kernel that lacks the function has what it would guard
 */
struct ctg_hook {
	const char *name;
	const char *group;
	const char *escapes;
	bool optional;
	int (*fast)(struct ftrace_regs *fregs, unsigned long site);
	int (*sleeping)(const unsigned long arguments[6]);
	bool on_demand;
	bool missed;
};

/* What ctg_attach_each() tells of a hook. */
struct ctg_hook_report {
	const char *name;
	const char *group;
	const char *open; /* of @escapes, or NULL */
	bool optional;
	u32 state; /* enum ctguard_hook_state */
};

int ctg_attach_init(const struct ctg_hook *hooks, unsigned int count);
void ctg_attach_exit(void);
unsigned int ctg_attach_count(void);
void ctg_attach_report(unsigned int index, struct ctg_hook_report *ret);
bool ctg_attach_degraded(void);
int ctg_attach_demand(bool wanted);
bool ctg_attach_demanded(void);
bool ctg_attach_runs(unsigned long function, const char *hook);
bool ctg_attach_owns(unsigned long function);

#endif /* _CTG_ATTACH_H */
