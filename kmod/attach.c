// SPDX-License-Identifier: GPL-2.0
/*
 * Attaches hooks to functions of the kernel by ftrace, and watches that they
 * stay.
 *
 * One ftrace_ops serves all hooks. IPMODIFY lets a callback send the function
 * elsewhere, PERMANENT keeps kernel.ftrace_enabled from switching it off. A
 * callback never sleeps: when it is the only one on a function it runs
 * preemptible and unprotected, and unregistering frees its trampoline as soon
 * as every task was seen to schedule. What must sleep is done by
 * ctg_thunk_sleep_N, entered after the callback returned; tasks in there are
 * counted, and unloading waits for them.
 *
 * The table of hooks is built before the ops is registered and not changed
 * after; there is no lock. Hooks on demand stand in it from the beginning; their
 * ops is registered and unregistered under demand_mutex.
 */
#include "attach.h"

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/device_cgroup.h>
#include <linux/ftrace.h>
#include <linux/delay.h>
#include <linux/hash.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <uapi/ctguard/ctguard.h>

#include "attach_arch.h"
#include "hooks.h"

/* A power of two above twice the number of hooks. */
#define TABLE_BITS 8
#define TABLE_SIZE (1U << TABLE_BITS)

/**
 * struct attached - a hook and where it sits
 * @ip: the function's call to ftrace; 0 when this kernel has none
 * @thunk: where the function goes to sleep; 0 when the hook never does
 * @hook: what is asked there
 */
struct attached {
	unsigned long ip;
	unsigned long thunk;
	const struct ctg_hook *hook;
};

void ctg_thunk_sleep_0(void);
void ctg_thunk_sleep_1(void);
void ctg_thunk_eperm(void);
void ctg_thunk_eacces(void);
void ctg_thunk_ebusy(void);
long ctg_attach_sleep(const unsigned long *arguments, unsigned int thunk);

/* Each sleeping hook has a thunk, and each thunk one hook. */
static void (*const thunks[])(void) = {
	ctg_thunk_sleep_0,
	ctg_thunk_sleep_1,
};
static const struct ctg_hook *sleeping_hooks[ARRAY_SIZE(thunks)];
static unsigned int thunks_used;

/* Where the function of a thunk goes on; ctg_thunk_sleep_N reads it. */
extern unsigned long ctg_attach_resume[ARRAY_SIZE(thunks)];
unsigned long ctg_attach_resume[ARRAY_SIZE(thunks)];

static struct attached attached[TABLE_SIZE / 2];
static unsigned int attached_count;
static const struct attached *table[TABLE_SIZE];

/* The ops of the hooks on demand is registered; or should be, and is not. */
static bool demanded, lacking;
static DEFINE_MUTEX(demand_mutex);

/*
 * How often ftrace is asked again while a BPF program comes to one of the
 * functions, or goes, and how long that is given: ftrace does not wait for it.
 */
#define REGISTER_TRIES 500
#define REGISTER_PAUSE 10 /* ms */

/* How often a call that is being changed is read again. */
#define CALL_TRIES 100

/* How often memory is asked for to free a filter, a millisecond apart. */
#define FORGET_TRIES 100

/* The ops is registered: what is asked of the hooks has an answer. */
static bool hooked;

/* The hottest function, of which ctg_hooks_ignore() is asked first. */
static unsigned long hot_ip;

/* What it sets of its own accord later is not for others. */
#define OPS_FLAGS \
	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | CTG_FTRACE_FLAGS)

/* Low half: tasks inside ctg_attach_sleep(); high half: how many ever were. */
#define SLEEPER 1LL
#define SLEEPER_EVER (1LL << 32)
static atomic64_t sleepers = ATOMIC64_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(sleepers_gone);

static unsigned int slot(unsigned long ip)
{
	return hash_long(ip, TABLE_BITS);
}

static notrace const struct attached *find(unsigned long ip)
{
	unsigned int i = slot(ip);

	while (table[i] && table[i]->ip != ip)
		i = (i + 1) & (TABLE_SIZE - 1);
	return table[i];
}

/* Out of line, so that the callback has no registers to save. */
static noinline notrace void ask(unsigned long ip, unsigned long parent_ip,
				 struct ftrace_regs *fregs)
{
	const struct attached *a = find(ip);
	unsigned long to;
	int r;

	if (WARN_ON_ONCE(!a))
		return;
	r = a->hook->fast(fregs, parent_ip);
	if (likely(!r))
		return;
	if (r == CTG_ATTACH_SLEEP)
		to = a->thunk;
	else if (r == -EBUSY)
		to = (unsigned long)ctg_thunk_ebusy;
	else if (r == -EACCES)
		to = (unsigned long)ctg_thunk_eacces;
	else
		to = (unsigned long)ctg_thunk_eperm;
	ftrace_regs_set_instruction_pointer(fregs, to);
}

static notrace void callback(unsigned long ip, unsigned long parent_ip,
			     struct ftrace_ops *ops, struct ftrace_regs *fregs)
{
	if (ip == hot_ip && ctg_hooks_ignore(fregs))
		return;
	ask(ip, parent_ip, fregs);
}

/**
 * ctg_attach_sleep - the C part of ctg_thunk_sleep_N
 * @arguments: the first six of the hooked function
 * @thunk: N
 *
 * Context: whatever the hooked function may be called in; may sleep.
 * Return: 0 to go on in the function, else what it returns to its caller.
 */
long ctg_attach_sleep(const unsigned long *arguments, unsigned int thunk)
{
	long r;

	atomic64_add(SLEEPER_EVER + SLEEPER, &sleepers);
	r = sleeping_hooks[thunk]->sleeping(arguments);
	if (!(u32)atomic64_sub_return(SLEEPER, &sleepers))
		wake_up_all(&sleepers_gone);
	return r;
}

static struct ftrace_ops ops = {
	.func = callback,
	.flags = OPS_FLAGS,
};

/*
 * The hooks on demand. An ops of their own, registered as a whole: only then
 * ftrace makes room for it on functions that BPF programs are on.
 */
static struct ftrace_ops demand_ops = {
	.func = callback,
	.flags = OPS_FLAGS,
};

static struct ftrace_ops *ops_of(const struct ctg_hook *hook)
{
	return hook->on_demand ? &demand_ops : &ops;
}

/*
 * Finds the functions by their names, without arming anything. The probes are
 * given back together, since that waits for a grace period.
 */
static int find_addresses(void)
{
	struct kprobe *probes, **found;
	unsigned int i, count = 0;
	int r = -ENOMEM;

	probes = kcalloc(attached_count, sizeof(*probes), GFP_KERNEL);
	found = kcalloc(attached_count, sizeof(*found), GFP_KERNEL);
	if (!probes || !found)
		goto free;
	for (i = 0; i < attached_count; i++) {
		probes[i].symbol_name = attached[i].hook->name;
		probes[i].flags = KPROBE_FLAG_DISABLED;
		r = register_kprobe(&probes[i]);
		/* Whether this kernel has it is not known then. */
		if (r == -ENOMEM)
			break;
		if (r)
			continue;
		attached[i].ip = (unsigned long)probes[i].addr;
		found[count++] = &probes[i];
	}
	unregister_kprobes(found, count);
	if (r != -ENOMEM)
		r = 0;
free:
	kfree(found);
	kfree(probes);
	return r;
}

/*
 * Frees the filter. The function that does only that is not always exported, and
 * this one takes memory for the empty one.
 */
static void forget(struct ftrace_ops *op)
{
	unsigned int tries;

	for (tries = 0; tries < FORGET_TRIES; tries++) {
		if (ftrace_set_filter(op, NULL, 0, 1) != -ENOMEM)
			break;
		msleep(1);
	}
}

static notrace void nothing(unsigned long ip, unsigned long parent_ip,
			    struct ftrace_ops *op, struct ftrace_regs *fregs)
{
}

/* Does somebody else keep us from this function? */
static bool is_taken(unsigned long ip)
{
	struct ftrace_ops *one = kzalloc(sizeof(*one), GFP_KERNEL);
	int r;

	if (!one)
		return false;
	one->func = nothing;
	one->flags = OPS_FLAGS;
	r = ftrace_set_filter_ip(one, ip, 0, 0);
	if (!r)
		r = register_ftrace_function(one);
	if (!r)
		unregister_ftrace_function(one);
	/* Somebody may be looking at it, of whom ftrace did not wait. */
	if (r)
		synchronize_rcu();
	forget(one);
	kfree(one);
	return r;
}

/* Says why ftrace was busy. */
static void name_the_taken(void)
{
	static DECLARE_BITMAP(which, ARRAY_SIZE(attached));
	unsigned int i, found = 0, taken = 0;

	for (i = 0; i < attached_count; i++) {
		if (!attached[i].ip)
			continue;
		found++;
		if (!is_taken(attached[i].ip))
			continue;
		taken++;
		__set_bit(i, which);
	}
	if (taken == found) {
		pr_err("ftrace refuses every hook: kernel.ftrace_enabled is 0\n");
		return;
	}
	for (i = 0; i < attached_count; i++)
		if (test_bit(i, which))
			pr_err("cannot hook %s: a livepatch or another tool that redirects it is in the way\n",
			       attached[i].hook->name);
}

static void give_thunk(struct attached *a)
{
	if (!a->hook->sleeping || WARN_ON(thunks_used == ARRAY_SIZE(thunks)))
		return;
	a->thunk = (unsigned long)thunks[thunks_used];
	sleeping_hooks[thunks_used] = a->hook;
	ctg_attach_resume[thunks_used] = a->ip + MCOUNT_INSN_SIZE;
	thunks_used++;
}

/* Where a function calls ftrace, from where it begins or a probe sits on it. */
static const unsigned int call_offsets[] = CTG_ARCH_CALL_OFFSETS;

/* Ftrace takes no address but that of a call. */
static int set_filter(struct attached *a)
{
	unsigned int i;
	int r = -EINVAL;

	for (i = 0; i < ARRAY_SIZE(call_offsets) && r == -EINVAL; i++) {
		r = ftrace_set_filter_ip(ops_of(a->hook),
					 a->ip + call_offsets[i], 0, 0);
		if (!r)
			a->ip += call_offsets[i];
	}
	return r;
}

static int resolve(const struct ctg_hook *hooks, unsigned int count)
{
	unsigned int i, missing = 0;
	int r;

	for (i = 0; i < count; i++)
		attached[i].hook = &hooks[i];
	r = find_addresses();
	if (r)
		return r;
	for (i = 0; i < count; i++) {
		struct attached *a = &attached[i];
		unsigned int s;

		if (!a->ip) {
			if (!hooks[i].optional) {
				pr_err("this kernel has no function %s to hook (needed for %s)\n",
				       hooks[i].name, hooks[i].group);
				missing++;
			}
			continue;
		}
		r = set_filter(a);
		if (r) {
			pr_err("function %s cannot be traced (%d)\n",
			       hooks[i].name, r);
			missing++;
			continue;
		}
		give_thunk(a);
		for (s = slot(a->ip); table[s];)
			s = (s + 1) & (TABLE_SIZE - 1);
		table[s] = a;
	}
	return missing ? -ENOENT : 0;
}

static int register_ops(struct ftrace_ops *which)
{
	unsigned int tries;
	int r = -EAGAIN;

	for (tries = 0; tries < REGISTER_TRIES && r == -EAGAIN; tries++) {
		if (tries)
			msleep(REGISTER_PAUSE);
		r = register_ftrace_function(which);
	}
	return r;
}

/**
 * ctg_attach_init - hook functions of the kernel, all or none
 * @hooks: which, and what is asked; the first is the hottest. Must live until
 *	ctg_attach_exit()
 * @count: how many, at most 128
 *
 * Context: process; sleeps.
 * Return: 0; -ENOENT (this kernel lacks a function, which the log names),
 * -EBUSY (a function is taken, which the log names, or kernel.ftrace_enabled
 * is 0), -EAGAIN (BPF programs come and go for longer than is waited),
 * -ENODEV (ftrace was shut down by an earlier fault of the kernel), -ENOMEM.
 */
int ctg_attach_init(const struct ctg_hook *hooks, unsigned int count)
{
	int r;

	if (WARN_ON(count > ARRAY_SIZE(attached)))
		return -EINVAL;
	attached_count = count;
	r = resolve(hooks, count);
	if (r)
		goto free_filter;
	hot_ip = attached[0].ip;
	r = register_ops(&ops);
	if (r == -EBUSY) {
		name_the_taken();
	} else if (r) {
		pr_err("ftrace refuses the hooks (%d)\n", r);
	}
	if (r)
		goto free_filter;
	/* Pairs with the acquires of who reports. */
	smp_store_release(&hooked, true);
	return 0;

free_filter:
	forget(&ops);
	forget(&demand_ops);
	return r;
}

/**
 * ctg_attach_exit - unhook, and wait until nobody runs what was hooked
 *
 * unregister_ftrace_function() waits for tasks in the callback and, by Tasks
 * RCU, for every other one that does not sleep in a handler: those between
 * the callback and ctg_attach_sleep(), and those on their way back. A BPF program
 * between the callback and the thunk may sleep: Tasks Trace RCU waits for it, and
 * another round of Tasks RCU for the way from there. Who may sleep in a handler is
 * counted; when somebody was inside meanwhile, a last round sees him out of the
 * thunk.
 *
 * Context: process; sleeps.
 */
void ctg_attach_exit(void)
{
	s64 before = atomic64_read(&sleepers);
	int r = 0;

	mutex_lock(&demand_mutex);
	WRITE_ONCE(hooked, false);
	if (demanded)
		r = unregister_ftrace_function(&demand_ops);
	mutex_unlock(&demand_mutex);
	r = r ?: unregister_ftrace_function(&ops);
	if (WARN(r, "ctguard: ftrace does not let go of the hooks (%d)\n", r)) {
		/* They may still be entered: whoever unloads waits for ever. */
		for (;;)
			schedule_timeout_idle(MAX_SCHEDULE_TIMEOUT);
	}
	synchronize_rcu_tasks_trace();
	synchronize_rcu_tasks();
	wait_event(sleepers_gone, !(u32)atomic64_read(&sleepers));
	if (atomic64_read(&sleepers) != before)
		synchronize_rcu_tasks();
	forget(&ops);
	forget(&demand_ops);
}

/**
 * ctg_attach_demand - attach the hooks on demand, or let go of them
 * @wanted: attach them
 *
 * Context: process; sleeps.
 * Return: 0, also when nothing is attached any more; -EBUSY (a function is
 * taken), -ENOMEM and others of ftrace. Then none of them is attached.
 */
int ctg_attach_demand(bool wanted)
{
	int r = 0;

	mutex_lock(&demand_mutex);
	/* Never said of hooks that are not there: ftrace waits long at the end. */
	if (hooked && wanted && !demanded) {
		r = register_ops(&demand_ops);
		WRITE_ONCE(demanded, !r);
	} else if (hooked && !wanted && demanded) {
		WRITE_ONCE(demanded, false);
		r = unregister_ftrace_function(&demand_ops);
		WRITE_ONCE(demanded, !!r);
	}
	WRITE_ONCE(lacking, hooked && wanted && !demanded);
	mutex_unlock(&demand_mutex);
	return r;
}

/** ctg_attach_demanded - are the hooks on demand attached? */
notrace bool ctg_attach_demanded(void)
{
	return READ_ONCE(demanded);
}

/* ftrace shuts itself down for good when it finds itself inconsistent. */
static bool ftrace_is_dead(unsigned long ip)
{
	struct ftrace_ops *probe = kzalloc(sizeof(*probe), GFP_KERNEL);
	int r;

	if (!probe)
		return false;
	r = ftrace_set_filter_ip(probe, ip, 0, 0);
	forget(probe);
	kfree(probe);
	return r == -ENODEV;
}

/* Nobody asks for them, or they could not be had. */
static u32 state_without_demand(void)
{
	return READ_ONCE(lacking) ? CTGUARD_HOOK_DEGRADED : CTGUARD_HOOK_IDLE;
}

/* What the first instruction of the function says of who is called. */
static u32 state_of(const struct attached *a)
{
	unsigned int tries;
	int r = -EAGAIN;

	if (!a->ip)
		return CTGUARD_HOOK_ABSENT;
	if (a->hook->on_demand && !READ_ONCE(demanded))
		return state_without_demand();
	for (tries = 0; tries < CALL_TRIES && r == -EAGAIN; tries++) {
		if (tries)
			msleep(1);
		r = ctg_arch_calls(a->ip, ops_of(a->hook));
	}
	if (r < 0)
		/* Let go of meanwhile? */
		return a->hook->on_demand && !READ_ONCE(demanded) ?
			       state_without_demand() :
			       CTGUARD_HOOK_DEGRADED;
	if (r)
		return CTGUARD_HOOK_LIVE;
	return ftrace_is_dead(a->ip) ? CTGUARD_HOOK_DEGRADED :
				       CTGUARD_HOOK_SHARED;
}

/**
 * ctg_attach_count - how many hooks there are, absent ones among them
 *
 * Return: 0 while they are not attached.
 */
unsigned int ctg_attach_count(void)
{
	return smp_load_acquire(&hooked) ? attached_count : 0;
}

/**
 * ctg_attach_report - one hook as it is now
 * @index: below ctg_attach_count()
 * @ret: the hook and its state
 *
 * Context: process; sleeps.
 */
void ctg_attach_report(unsigned int index, struct ctg_hook_report *ret)
{
	const struct attached *a = &attached[index];
	u32 state = state_of(a);

	*ret = (struct ctg_hook_report){
		.name = a->hook->name,
		.group = a->hook->group,
		.optional = a->hook->optional,
		.state = state,
	};
	if (state == CTGUARD_HOOK_DEGRADED ||
	    (state == CTGUARD_HOOK_ABSENT && a->hook->missed))
		ret->open = a->hook->escapes;
}

/** ctg_attach_degraded - is a hook not live that should be? May sleep. */
bool ctg_attach_degraded(void)
{
	unsigned int i;

	if (!smp_load_acquire(&hooked))
		return true;
	for (i = 0; i < attached_count; i++)
		if (state_of(&attached[i]) == CTGUARD_HOOK_DEGRADED)
			return true;
	return false;
}

/* Is it called where a function at this address calls ftrace? */
static notrace bool begins_at(const struct attached *a, unsigned long function)
{
	unsigned int i;

	for (i = 0; a->ip && i < ARRAY_SIZE(call_offsets); i++)
		if (a->ip == function + call_offsets[i])
			return true;
	return false;
}

/**
 * ctg_attach_runs - is this the address of a certain hooked function?
 * @function: an address that the kernel calls
 * @hook: the function's name
 */
notrace bool ctg_attach_runs(unsigned long function, const char *hook)
{
	unsigned int i;

	for (i = 0; i < attached_count; i++)
		if (attached[i].ip && !strcmp(attached[i].hook->name, hook))
			return begins_at(&attached[i], function);
	return false;
}

/** ctg_attach_owns - is this the address of a hooked function? */
notrace bool ctg_attach_owns(unsigned long function)
{
	unsigned int i;

	for (i = 0; i < attached_count; i++)
		if (begins_at(&attached[i], function))
			return true;
	return false;
}
