/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reports of verdicts: counters, rings, and the worker that hands events out.
 */
#ifndef _CTG_EVENT_H
#define _CTG_EVENT_H

#include <linux/sched.h>
#include <linux/types.h>
#include <uapi/ctguard/ctguard.h>

struct ctg_container;
struct ctg_decision;
struct ctg_request;

/**
 * struct ctg_event - one event, as it stands in a ring
 * @seq: per CPU, from 1
 * @time: ns since the epoch
 * @count: of repeats or losses
 * @first_seq: of the event that is repeated; generation of a policy
 * @container: referenced; NULL for events about none
 * @hook: the function that asked; static text, or NULL
 * @kind: enum ctguard_event_kind
 * @cpu: whose ring
 * @other_cpu: of the event that is repeated, or that were lost
 * @operation: enum ctguard_operation
 * @verdict: enum ctguard_verdict
 * @rule: that decided
 * @pid: thread, in the initial PID namespace
 * @tgid: process
 * @uid: in the initial user namespace
 * @auid: audit login uid
 * @session: audit session
 * @major: of a device
 * @minor: of a device
 * @state: of a mode, policy or hook event
 * @dev_type: CTGUARD_DEV_*, or 0 where the object is no device
 * @access: CTGUARD_ACCESS_*
 * @reason: enum ctguard_image_reason
 * @first: the first of its operation in its container
 * @truncated: @object is the end of something longer
 * @length: of @object
 * @comm: name of the thread
 * @fs: filesystem type of a pseudofs object
 * @object: module name, path, or sha256 of a policy; not a string
 */
struct ctg_event {
	u64 seq;
	u64 time;
	u64 count;
	u64 first_seq;
	struct ctg_container *container;
	const char *hook;
	u32 kind;
	u32 cpu;
	u32 other_cpu;
	u32 operation;
	u32 verdict;
	u32 rule;
	u32 pid;
	u32 tgid;
	u32 uid;
	u32 auid;
	u32 session;
	u32 major;
	u32 minor;
	u32 state;
	u8 dev_type;
	u8 access;
	u8 reason;
	bool first;
	bool truncated;
	u16 length;
	char comm[TASK_COMM_LEN];
	char fs[32];
	char object[CTGUARD_OBJECT_MAX + 1];
};

/*
 * Takes the first of some events, at least one, and tells how many; 0, or an
 * error when somebody who listens did not get them.
 */
typedef int ctg_event_sink(const struct ctg_event *events, u32 count,
			   u32 *ret_taken);

int ctg_event_init(void);
void ctg_event_exit(void);
void ctg_event_set_sink(ctg_event_sink *sink);
void ctg_event_report(struct ctg_container *container,
		      const struct ctg_request *request,
		      const struct ctg_decision *decision, const char *hook,
		      unsigned long site);
void ctg_event_report_policy(u64 generation, const u8 *sha256, u32 mode);
void ctg_event_report_mode(u32 mode);
void ctg_event_report_hook(const char *name, u32 state);
void ctg_event_totals(u64 *ret_events, u64 *ret_lost);

#endif /* _CTG_EVENT_H */
