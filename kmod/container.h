/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who is guarded: containers by cgroup, namespaces, labels of tasks.
 */
#ifndef _CTG_CONTAINER_H
#define _CTG_CONTAINER_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <uapi/ctguard/ctguard.h>

#include "policy.h"

struct cgroup;
struct ctg_claim;
struct task_struct;

/* How many cgroups can be guarded at a time. */
#define CTG_CONTAINER_MAX 16384

/* Counters of one CPU; only ever counted up. */
struct ctg_counters {
	u64 count[CTGUARD_OP_MAX][__CTGUARD_VERDICT_MAX]; /* operation - 1 */
};

/* Ten thousand of them are nothing: of a size that wastes no memory. */
#define CTG_CONTAINER_SIZE 160

/* In ctg_container.firsts, how far what was told of is above what was. */
#define CTG_FIRSTS_TOLD 32

/* Bits of ctg_container.start_flags. */
#define CTG_START_BUSY 0     /* a first program is being judged; a lock */
#define CTG_START_RECORDED 1 /* it is in the measurement log */
#define CTG_START_DENIED 2   /* a denial is */
#define CTG_START_CLAIMED 3  /* the task that the claim named was judged */

/**
 * struct ctg_container - one guarded context
 * @id: of its cgroup, 0 for those of namespaces
 * @level: of its cgroup in the hierarchy
 * @kref: the table's, labels' and events'
 * @path: of its cgroup from the root of the hierarchy; what it is, else
 * @profile_name: that CTGUARD_CMD_BIND asked for, or NULL
 * @maker: the mount namespace its cgroup was made from: compared, never read
 * @starter: the task that runs its first program, until it does: compared,
 *	never read. This and what follows is changed by who holds
 *	CTG_START_BUSY
 * @starter_mm: what it runs in until then, likewise
 * @starter_since: when it was made: what is compared may be somebody else's
 *	by now
 * @claim: of what image it is, or NULL; set once
 * @start_flags: CTG_START_*, atomic
 * @choice: generation and profile that ctg_guard found for it last
 * @firsts: operations with a denial (bit operation) or complaint (bit 16 +
 *	operation), and 32 above, of those, the ones whose first event was
 *	handed out
 * @counters: per CPU
 * @node: in the table of containers, under its lock; RCU
 * @rcu: frees it
 * @bound_by: enum ctguard_bound_by
 * @ns: enum ctg_policy_namespace, for those of namespaces
 * @sealed: it ran its first program; set-up is over
 * @seen: so did its first task, or that one has a claim
 * @holds: it has descriptors that its profile would not let it open
 * @released: no longer guarded, by the administrator or a policy
 * @starter_sealed: its starter was what ended set-up
 * @starts: how many first programs were recorded
 *
 * What is not said to change is set before the container is published.
 */
struct ctg_container {
	u64 id;
	int level;
	struct kref kref;
	char *path;
	char *profile_name;
	const void *maker;
	const void *starter;
	const void *starter_mm;
	u64 starter_since;
	struct ctg_claim *claim;
	unsigned long start_flags;
	u64 choice;
	unsigned long firsts;
	struct ctg_counters __percpu *counters;
	struct hlist_node node;
	struct rcu_head rcu;
	u8 bound_by;
	u8 ns;
	bool sealed;
	bool seen;
	bool holds;
	bool released;
	bool starter_sealed;
	unsigned int starts;
};

int ctg_container_init(void);
void ctg_container_stop(void);
void ctg_container_exit(void);
void ctg_container_follow(const struct ctg_policy *policy);
void ctg_container_rescan(void);

struct ctg_container *ctg_container_of(struct task_struct *task);
struct ctg_container *ctg_container_unknown(void);
bool ctg_container_guards_cgroup(struct cgroup *cgroup);
u32 ctg_container_namespaces(struct task_struct *task);
bool ctg_container_in_setup(const struct ctg_container *container);
bool ctg_container_owns_cgroup(const struct ctg_container *container,
			       const struct cgroup *cgroup, bool inside);
bool ctg_container_owns_task(const struct ctg_container *container,
			     struct task_struct *self,
			     struct task_struct *task);
bool ctg_container_names_task(struct task_struct *self,
			      struct task_struct *task);
bool ctg_container_sees_task(const struct ctg_container *container,
			     struct task_struct *self,
			     struct task_struct *task);

bool ctg_container_keeps(const struct ctg_container *container);
bool ctg_container_is_apart(const struct ctg_container *container,
			    const struct task_struct *task);
bool ctg_container_has_hosts_mounts(void);
bool ctg_container_starts(const struct ctg_container *container);
bool ctg_container_has_company(const struct ctg_container *container);
bool ctg_container_is_new(const struct ctg_container *container);
int ctg_container_label(struct task_struct *task);
void ctg_container_unlabel(struct task_struct *task);

/** ctg_container_holds - is the use of its descriptors to be judged? */
static inline bool ctg_container_holds(const struct ctg_container *container)
{
	return READ_ONCE(container->holds);
}
void ctg_container_hold(struct ctg_container *container);
unsigned int ctg_container_holders(void);

void ctg_container_get(struct ctg_container *container);
void ctg_container_put(struct ctg_container *container);

int ctg_container_bind(u64 id, const char *profile);
int ctg_container_unbind(u64 id);
u32 ctg_container_count(void);
u32 ctg_container_generation(void);
struct ctg_container *ctg_container_each(unsigned int position);
struct ctg_container *
ctg_container_pick(unsigned int *place,
		   bool (*wanted)(const struct ctg_container *container));
u64 ctg_container_sum(const struct ctg_container *container, u32 operation,
		      u32 verdict);

#endif /* _CTG_CONTAINER_H */
