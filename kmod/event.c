// SPDX-License-Identifier: GPL-2.0
/*
 * Reports of verdicts.
 *
 * A verdict is counted, and a denial or complaint becomes an event in the ring
 * of its CPU: one producer at a time, since reports come from tasks that stay
 * on their CPU, and one consumer, the worker. A full ring loses the event and
 * says so by the gap in the sequence numbers and by an event of its own; it
 * never delays or changes a verdict. What then does not fit for who listens is
 * told with it, once there is room, a summary as all that it sums up. The last
 * places of a ring are for the first denial of its kind in a container, so that
 * a noisy container cannot push out another's first; if even those are taken, or
 * it does not fit for who listens, the container remembers, and the worker tells
 * it without who and what, again each second until it fits.
 *
 * The same act of the same container, again and again, is one event and then
 * one summary a second: "repeats" holds what was said lately. A slot of it is
 * claimed by a producer, and given up by the worker in two steps with a grace
 * period between them, so that no count is lost or told of something else.
 *
 * The worker is woken by irq_work, which takes no lock. Having handed out what
 * there was it waits a moment before it looks again and then sleeps: until then
 * nobody wakes it, unless a ring fills, and what comes meanwhile goes out
 * together.
 */
#include "event.h"

#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/siphash.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <asm/syscall.h>

#include "container.h"
#include "decide.h"

#define RING_SIZE 256U /* a power of two */
#define RING_RESERVE 32U
#define RING_CROWDED 128U
#define GATHER_NS (250 * NSEC_PER_USEC)
#define REPEATS 256U
#define REPEAT_TRIES 4U
#define REPEAT_PERIOD HZ
#define SEEN 1024U
#define AUDIT_BURST 64
#define AUDIT_INTERVAL (5 * HZ)

/**
 * struct ring - events of one CPU on their way to the worker
 * @head: next place to fill; the producer's
 * @tail: next place to read; the worker's
 * @seq: of the last event, lost ones counted
 * @lost: events lost since load; the producer's
 * @missed: verdicts that did not fit for who listens; under sink_mutex
 * @told: of both, told of; under sink_mutex
 * @events: the places
 */
struct ring {
	u32 head;
	u32 tail;
	u64 seq;
	u64 lost;
	u64 missed;
	u64 told;
	struct ctg_event *events;
};
static DEFINE_PER_CPU(struct ring, rings);

/* Key of a slot that is free, and of one that is being filled or given up. */
#define KEY_FREE 0UL
#define KEY_BUSY 1UL

/**
 * struct repeat - an act that was reported, and how often it came again
 * @key: a hash of what it was, or KEY_*
 * @count: since the last summary
 * @dying: is being given up; the worker's
 * @event: the one that was reported, its container referenced
 */
struct repeat {
	unsigned long key;
	atomic64_t count;
	bool dying;
	struct ctg_event event;
};
static struct repeat *repeats;

/**
 * struct seen - what a task was last judged for, and where from
 * @task: the key; never read through
 * @what: container, request, verdict and system call, hashed
 * @sites: the places that asked
 *
 * One system call may ask the same at several places: the open of a block
 * device first as an inode and then as a device. A place that asked already
 * asks again only in the next call. Written without a lock: a wrong guess is
 * an event more or less, never a verdict.
 */
struct seen {
	const struct task_struct *task;
	unsigned long what;
	unsigned long sites[2];
};
static struct seen *seen;

static ctg_event_sink *sink;
static bool first_lost;

/* A first, or what was lost, did not fit for who listens; under sink_mutex. */
static bool first_untold;
static bool loss_untold;
static struct workqueue_struct *queue;
static siphash_key_t hash_key;

static void hand_out(struct work_struct *work);
static void sum_up(struct work_struct *work);
static void wake(struct irq_work *work);
static DECLARE_WORK(worker, hand_out);
static DECLARE_DELAYED_WORK(summary, sum_up);
static DEFINE_IRQ_WORK(waker, wake);
static DEFINE_MUTEX(sink_mutex);
static DEFINE_RATELIMIT_STATE(audit_limit, AUDIT_INTERVAL, AUDIT_BURST);

/* The worker will look into the rings without being woken. */
static bool looking;

/* It waits to do so, and shall not any longer. */
static bool crowded;
static DECLARE_WAIT_QUEUE_HEAD(gathering);

static void wake(struct irq_work *work)
{
	if (READ_ONCE(crowded))
		wake_up(&gathering);
	if (!xchg(&looking, true))
		queue_work(queue, &worker);
}

/* After a ring was written to, which held @used events before. */
static void rouse(u32 used)
{
	/* Pairs with the exchange in hand_out(). */
	smp_mb();
	if (READ_ONCE(looking)) {
		if (used < RING_CROWDED || READ_ONCE(crowded))
			return;
		WRITE_ONCE(crowded, true);
	}
	irq_work_queue(&waker);
}

/*
 * At the verdict
 */

/* The bit of a kind in a container's firsts. */
static int kind_of(u32 operation, u32 verdict)
{
	return operation + (verdict == CTGUARD_VERDICT_COMPLAIN ? 16 : 0);
}

/*
 * Keyed: a container that could make two acts look the same could have one
 * counted as the repeat of the other.
 */
static unsigned long hash_of(const struct ctg_container *container,
			     const struct ctg_request *request, u32 verdict)
{
	u64 parts[] = {
		(unsigned long)container,
		(u64)request->operation << 32 | verdict,
		(u64)request->major << 32 | request->minor,
		(u64)request->dev_type << 32 | request->access,
		request->length ?
			siphash(request->name, request->length, &hash_key) :
			0,
		request->fs ?
			siphash(request->fs, strlen(request->fs), &hash_key) :
			0,
	};
	unsigned long hash = siphash(parts, sizeof(parts), &hash_key);

	return hash > KEY_BUSY ? hash : hash + 2;
}

/* Is this another look of the same system call at the same object? */
static bool is_same_call(unsigned long what, u32 operation, unsigned long site)
{
	/* One call may ask of several operations in turn. */
	struct seen *s =
		&seen[(hash_ptr(current, ilog2(SEEN)) + operation) % SEEN];
	struct pt_regs *regs = task_pt_regs(current);

	what ^= hash_long(syscall_get_nr(current, regs), BITS_PER_LONG);
	what ^= instruction_pointer(regs);
	/* Another task may be where one was that is gone. */
	what ^= hash_long(current->start_time, BITS_PER_LONG);
	if (s->task == current && s->what == what && s->sites[0] != site &&
	    s->sites[1] != site) {
		s->sites[1] = site;
		return true;
	}
	s->task = current;
	s->what = what;
	s->sites[0] = site;
	s->sites[1] = 0;
	return false;
}

static void describe_task(struct ctg_event *event)
{
	event->pid = task_pid_nr(current);
	event->tgid = task_tgid_nr(current);
	event->uid = from_kuid(&init_user_ns, current_uid());
	event->auid = from_kuid(&init_user_ns, audit_get_loginuid(current));
	event->session = audit_get_sessionid(current);
	memcpy(event->comm, current->comm, sizeof(event->comm));
	event->comm[sizeof(event->comm) - 1] = 0;
}

/* The end of a path says more than its beginning. */
static void describe_object(struct ctg_event *event,
			    const struct ctg_request *request)
{
	const char *name = request->name;
	size_t length = request->length;

	event->operation = request->operation;
	event->dev_type = request->dev_type;
	event->access = request->access;
	event->reason = request->reason;
	event->major = request->major;
	event->minor = request->minor;
	event->truncated = length > CTGUARD_OBJECT_MAX;
	if (event->truncated) {
		name += length - CTGUARD_OBJECT_MAX;
		length = CTGUARD_OBJECT_MAX;
	}
	event->length = length;
	if (length)
		memcpy(event->object, name, length);
	event->fs[0] = 0;
	if (request->fs)
		strscpy(event->fs, request->fs, sizeof(event->fs));
}

static u32 used_of(const struct ring *ring)
{
	/* Pairs with the release in drain(). */
	return ring->head - smp_load_acquire(&ring->tail);
}

/* A place in the ring of this CPU; NULL when the event is lost. */
static struct ctg_event *reserve(struct ring *ring, u32 used, bool first)
{
	struct ctg_event *event;

	ring->seq++;
	if (used >= RING_SIZE - (first ? 0 : RING_RESERVE)) {
		WRITE_ONCE(ring->lost, ring->lost + 1);
		return NULL;
	}
	event = &ring->events[ring->head & (RING_SIZE - 1)];
	event->seq = ring->seq;
	event->cpu = smp_processor_id();
	event->time = ktime_get_real_fast_ns();
	event->count = 0;
	event->first_seq = 0;
	event->first = first;
	return event;
}

/* Pairs with the load of head in drain(). */
static void commit(struct ring *ring)
{
	smp_store_release(&ring->head, ring->head + 1);
}

/* Counts one more of what was reported lately; false if it was not. */
static bool repeat(unsigned long key)
{
	u32 i, at = hash_long(key, ilog2(REPEATS));

	for (i = 0; i < REPEAT_TRIES; i++) {
		struct repeat *r = &repeats[(at + i) & (REPEATS - 1)];

		/* Pairs with the release in remember(). */
		if (smp_load_acquire(&r->key) == key) {
			atomic64_inc(&r->count);
			return true;
		}
	}
	return false;
}

static void remember(unsigned long key, const struct ctg_event *event)
{
	u32 i, at = hash_long(key, ilog2(REPEATS));

	for (i = 0; i < REPEAT_TRIES; i++) {
		struct repeat *r = &repeats[(at + i) & (REPEATS - 1)];

		if (READ_ONCE(r->key) != KEY_FREE ||
		    cmpxchg(&r->key, KEY_FREE, KEY_BUSY) != KEY_FREE)
			continue;
		r->event = *event;
		ctg_container_get(r->event.container);
		smp_store_release(&r->key, key);
		return;
	}
}

/**
 * ctg_event_report - count a verdict, and report it unless it allows
 * @container: of current
 * @request: what was asked
 * @decision: what was answered
 * @hook: the function that asked
 * @site: where it was called
 *
 * Context: task, RCU read side.
 */
void ctg_event_report(struct ctg_container *container,
		      const struct ctg_request *request,
		      const struct ctg_decision *decision, const char *hook,
		      unsigned long site)
{
	u32 verdict = decision->verdict;
	struct ctg_event *event;
	struct ring *ring;
	unsigned long key;
	bool first;
	int kind;
	u32 used;

	key = hash_of(container, request, verdict);
	if (is_same_call(key, request->operation, site))
		return;
	this_cpu_inc(
		container->counters->count[request->operation - 1][verdict]);
	if (verdict == CTGUARD_VERDICT_ALLOW)
		return;
	kind = kind_of(request->operation, verdict);
	first = !test_bit(kind, &container->firsts) &&
		!test_and_set_bit(kind, &container->firsts);
	if (!first && repeat(key))
		return;

	preempt_disable_notrace();
	ring = this_cpu_ptr(&rings);
	used = used_of(ring);
	event = reserve(ring, used, first);
	if (event) {
		event->kind = CTGUARD_EVENT_VERDICT;
		event->verdict = verdict;
		event->rule = decision->rule;
		event->hook = hook;
		event->container = container;
		ctg_container_get(container);
		describe_task(event);
		describe_object(event, request);
		remember(key, event);
		commit(ring);
	} else if (first) {
		WRITE_ONCE(first_lost, true);
	}
	preempt_enable_notrace();
	rouse(used);
}

/*
 * In the worker
 */

static bool is_plain(const char *text, size_t length)
{
	while (length--) {
		if (*text <= ' ' || *text > '~' || *text == '"')
			return false;
		text++;
	}
	return true;
}

/* As audit_log_untrustedstring(), which is not exported, has it. */
static void log_untrusted(struct audit_buffer *ab, const char *name,
			  const char *text, size_t length)
{
	if (is_plain(text, length))
		audit_log_format(ab, " %s=\"%.*s\"", name, (int)length, text);
	else
		audit_log_format(ab, " %s=%*phN", name, (int)length, text);
}

/* "%*phN" prints at most 64 bytes. */
#define LOG_OBJECT_MAX 64

static const char *const verdict_names[] = {
	[CTGUARD_VERDICT_ALLOW] = "allow",
	[CTGUARD_VERDICT_DENY] = "deny",
	[CTGUARD_VERDICT_COMPLAIN] = "complain",
};

static const char *const operation_names[] = {
	[CTGUARD_OP_UNSPEC] = "-",
	[CTGUARD_OP_MODULE_LOAD] = "module-load",
	[CTGUARD_OP_MODULE_AUTOLOAD] = "module-autoload",
	[CTGUARD_OP_MODULE_UNLOAD] = "module-unload",
	[CTGUARD_OP_KEXEC_LOAD] = "kexec-load",
	[CTGUARD_OP_DEVICE_OPEN] = "device-open",
	[CTGUARD_OP_DEVICE_MKNOD] = "device-mknod",
	[CTGUARD_OP_DEVICE_MOUNT] = "device-mount",
	[CTGUARD_OP_PSEUDOFS_WRITE] = "pseudofs-write",
	[CTGUARD_OP_PSEUDOFS_READ] = "pseudofs-read",
	[CTGUARD_OP_KERNEL_USE] = "kernel-use",
	[CTGUARD_OP_TASK_ACCESS] = "task-access",
	[CTGUARD_OP_FILESYSTEM_MOUNT] = "filesystem-mount",
	[CTGUARD_OP_IMAGE_START] = "image-start",
};
static_assert(ARRAY_SIZE(operation_names) == __CTGUARD_OP_MAX);

static void audit_verdict(struct audit_buffer *ab,
			  const struct ctg_event *event)
{
	size_t length = event->length;

	audit_log_format(ab, " verdict=%s operation=%s",
			 verdict_names[event->verdict],
			 operation_names[event->operation]);
	if (event->kind != CTGUARD_EVENT_FIRST) {
		audit_log_format(ab, " pid=%u auid=%u ses=%u uid=%u",
				 event->pid, event->auid, event->session,
				 event->uid);
		log_untrusted(ab, "comm", event->comm, strlen(event->comm));
	}
	if (event->dev_type)
		audit_log_format(ab, " dev=%c:%u:%u access=%u",
				 event->dev_type == CTGUARD_DEV_BLOCK ? 'b' :
									'c',
				 event->major, event->minor, event->access);
	if (event->reason)
		audit_log_format(ab, " reason=%u", event->reason);
	if (event->fs[0])
		log_untrusted(ab, "fs", event->fs, strlen(event->fs));
	if (length) {
		const char *text = event->object;

		if (!is_plain(text, length) && length > LOG_OBJECT_MAX) {
			text += length - LOG_OBJECT_MAX;
			length = LOG_OBJECT_MAX;
		}
		log_untrusted(ab, "object", text, length);
	}
}

static void write_audit(const struct ctg_event *event)
{
	struct audit_buffer *ab;

	/* "auditctl -f 2" makes a panic of a flood. */
	if (!__ratelimit(&audit_limit))
		return;
	ab = audit_log_start(NULL, GFP_KERNEL, AUDIT_KERNEL_OTHER);
	if (!ab)
		return;
	audit_log_format(ab, "ctguard: seq=%llu cpu=%u", event->seq,
			 event->cpu);
	switch (event->kind) {
	case CTGUARD_EVENT_VERDICT:
	case CTGUARD_EVENT_REPEAT:
	case CTGUARD_EVENT_FIRST:
		audit_verdict(ab, event);
		break;
	case CTGUARD_EVENT_LOST:
		audit_log_format(ab, " lost");
		break;
	case CTGUARD_EVENT_POLICY:
		audit_log_format(ab, " policy=%*phN generation=%llu enforce=%u",
				 CTGUARD_SHA256_SIZE, event->object,
				 event->first_seq, event->state);
		break;
	case CTGUARD_EVENT_MODE:
		audit_log_format(ab, " enforce=%u", event->state);
		break;
	case CTGUARD_EVENT_HOOK:
		audit_log_format(ab, " hook=%s state=%u", event->hook,
				 event->state);
		break;
	}
	if (event->count)
		audit_log_format(ab, " count=%llu", event->count);
	if (event->container)
		log_untrusted(ab, "cgroup", event->container->path,
			      strlen(event->container->path));
	audit_log_end(ab);
}

/* An event was handed out, to all who listen or not: counts who missed it. */
static void note(const struct ctg_event *event, bool told)
{
	struct ring *ring = per_cpu_ptr(&rings, event->cpu);

	switch (event->kind) {
	case CTGUARD_EVENT_FIRST:
	case CTGUARD_EVENT_LOST:
		/* Comes again until it fits. */
		if (!told)
			return;
		break;
	case CTGUARD_EVENT_VERDICT:
	case CTGUARD_EVENT_REPEAT:
		if (!told)
			WRITE_ONCE(ring->missed,
				   ring->missed + (event->count ?: 1));
		break;
	}
	write_audit(event);
}

/*
 * Hands out the first of some events, and tells how many these are; 0, or an
 * error when somebody who listens did not get them.
 */
static int give(const struct ctg_event *events, u32 count, u32 *ret_given)
{
	int r = 0;
	u32 i;

	lockdep_assert_held(&sink_mutex);
	*ret_given = count;
	if (sink)
		r = sink(events, count, ret_given);
	for (i = 0; i < *ret_given; i++)
		note(&events[i], !r);
	return r;
}

/* The task's part of an event that no task made: none. */
static struct ctg_event blank(u32 kind)
{
	return (struct ctg_event){
		.kind = kind,
		.time = ktime_get_real_ns(),
		.auid = -1,
		.session = -1,
	};
}

/* Makes an event of the worker's own, numbered like those of its CPU. */
static int give_own(struct ctg_event *event)
{
	struct ring *ring;
	u32 given;

	preempt_disable_notrace();
	ring = this_cpu_ptr(&rings);
	event->seq = ++ring->seq;
	event->cpu = smp_processor_id();
	preempt_enable_notrace();
	return give(event, 1, &given);
}

/* An event was handed out, to all who listen or not. */
static void settle(const struct ctg_event *event, bool told)
{
	if (!told)
		first_untold |= event->first;
	else if (event->first)
		set_bit(kind_of(event->operation, event->verdict) +
				CTG_FIRSTS_TOLD,
			&event->container->firsts);
	if (event->container)
		ctg_container_put(event->container);
}

static void drain(struct ring *ring)
{
	u32 head, at, count, i;
	int r;

	/* Pairs with the release in commit(). */
	while (ring->tail != (head = smp_load_acquire(&ring->head))) {
		at = ring->tail & (RING_SIZE - 1);
		/* As many as lie side by side. */
		count = min(head - ring->tail, RING_SIZE - at);
		r = give(&ring->events[at], count, &count);
		for (i = 0; i < count; i++)
			settle(&ring->events[at + i], !r);
		/* Pairs with the acquire in used_of(). */
		smp_store_release(&ring->tail, ring->tail + count);
		cond_resched();
	}
}

static void tell_losses(void)
{
	int cpu;

	loss_untold = false;
	for_each_possible_cpu(cpu) {
		struct ring *ring = per_cpu_ptr(&rings, cpu);
		u64 lost = READ_ONCE(ring->lost) + ring->missed;
		struct ctg_event event = blank(CTGUARD_EVENT_LOST);

		if (lost == ring->told)
			continue;
		event.count = lost - ring->told;
		event.other_cpu = cpu;
		if (give_own(&event))
			loss_untold = true;
		else
			ring->told = lost;
	}
}

/* Tells of first denials whose events found no place. */
static void tell_firsts(void)
{
	struct ctg_container *c;
	unsigned int i, kind;

	rcu_read_lock();
	for (i = 0; (c = ctg_container_each(i)); i++) {
		unsigned long firsts = READ_ONCE(c->firsts);
		unsigned long bits[1] = { (u32)firsts &
					  ~(firsts >> CTG_FIRSTS_TOLD) };

		if (!bits[0])
			continue;
		ctg_container_get(c);
		rcu_read_unlock();
		for_each_set_bit(kind, bits, 32) {
			struct ctg_event event = blank(CTGUARD_EVENT_FIRST);

			event.operation = kind & 15;
			event.verdict = kind & 16 ? CTGUARD_VERDICT_COMPLAIN :
						    CTGUARD_VERDICT_DENY;
			event.first = true;
			event.container = c;
			if (give_own(&event))
				first_untold = true;
			else
				set_bit(kind + CTG_FIRSTS_TOLD, &c->firsts);
		}
		ctg_container_put(c);
		rcu_read_lock();
	}
	rcu_read_unlock();
}

static bool are_empty(void)
{
	struct ring *ring;
	int cpu;

	for_each_possible_cpu(cpu) {
		ring = per_cpu_ptr(&rings, cpu);
		if (ring->tail != smp_load_acquire(&ring->head))
			return false;
	}
	return true;
}

static void hand_out(struct work_struct *work)
{
	int cpu;

	mutex_lock(&sink_mutex);
	WRITE_ONCE(crowded, false);
	for_each_possible_cpu(cpu)
		drain(per_cpu_ptr(&rings, cpu));
	tell_losses();
	if (READ_ONCE(first_lost)) {
		WRITE_ONCE(first_lost, false);
		tell_firsts();
	}
	mutex_unlock(&sink_mutex);
	queue_delayed_work(queue, &summary, REPEAT_PERIOD);

	wait_event_interruptible_hrtimeout(gathering, READ_ONCE(crowded),
					   ns_to_ktime(GATHER_NS));
	/* Pairs with the barrier in rouse(): it sees this, or we its event. */
	xchg(&looking, false);
	if (!are_empty() && !xchg(&looking, true))
		queue_work(queue, &worker);
}

static void give_repeat(struct repeat *r)
{
	struct ctg_event event = r->event;

	event.count = atomic64_xchg(&r->count, 0);
	if (!event.count)
		return;
	event.kind = CTGUARD_EVENT_REPEAT;
	event.first = false;
	event.first_seq = r->event.seq;
	event.other_cpu = r->event.cpu;
	event.time = ktime_get_real_ns();
	give_own(&event);
}

/*
 * One summary for what came again; what did not is given up: first its key, so
 * that nobody finds it any more, then, when nobody can still be counting, what
 * was counted last, then the slot.
 */
static void sum_up(struct work_struct *work)
{
	bool dying = false, busy = false;
	unsigned int i;

	mutex_lock(&sink_mutex);
	for (i = 0; i < REPEATS; i++) {
		struct repeat *r = &repeats[i];

		if (READ_ONCE(r->key) <= KEY_BUSY)
			continue;
		busy = true;
		if (atomic64_read(&r->count)) {
			give_repeat(r);
		} else {
			WRITE_ONCE(r->key, KEY_BUSY);
			r->dying = true;
			dying = true;
		}
	}
	if (first_untold) {
		first_untold = false;
		tell_firsts();
	}
	if (dying)
		synchronize_rcu();
	for (i = 0; dying && i < REPEATS; i++) {
		struct repeat *r = &repeats[i];

		if (!r->dying)
			continue;
		give_repeat(r);
		ctg_container_put(r->event.container);
		r->dying = false;
		smp_store_release(&r->key, KEY_FREE);
	}
	tell_losses();
	busy |= first_untold | loss_untold;
	mutex_unlock(&sink_mutex);
	if (busy)
		queue_delayed_work(queue, &summary, REPEAT_PERIOD);
}

/*
 * What is no verdict
 */

static void report_own(struct ctg_event *event)
{
	mutex_lock(&sink_mutex);
	give_own(event);
	mutex_unlock(&sink_mutex);
}

/** ctg_event_report_policy - another policy is in force; sleeps */
void ctg_event_report_policy(u64 generation, const u8 *sha256, u32 mode)
{
	struct ctg_event event = blank(CTGUARD_EVENT_POLICY);

	describe_task(&event);
	event.first_seq = generation;
	event.state = mode;
	event.length = CTGUARD_SHA256_SIZE;
	memcpy(event.object, sha256, CTGUARD_SHA256_SIZE);
	report_own(&event);
}

/** ctg_event_report_mode - another mode is in force; sleeps */
void ctg_event_report_mode(u32 mode)
{
	struct ctg_event event = blank(CTGUARD_EVENT_MODE);

	describe_task(&event);
	event.state = mode;
	report_own(&event);
}

/** ctg_event_report_hook - a hook changed its state; sleeps */
void ctg_event_report_hook(const char *name, u32 state)
{
	struct ctg_event event = blank(CTGUARD_EVENT_HOOK);

	event.hook = name;
	event.state = state;
	report_own(&event);
}

/**
 * ctg_event_totals - how many events there were since load
 * @ret_events: all that were numbered
 * @ret_lost: of those, lost, or not had by somebody who listens
 */
void ctg_event_totals(u64 *ret_events, u64 *ret_lost)
{
	int cpu;

	*ret_events = 0;
	*ret_lost = 0;
	for_each_possible_cpu(cpu) {
		*ret_events += READ_ONCE(per_cpu_ptr(&rings, cpu)->seq);
		*ret_lost += READ_ONCE(per_cpu_ptr(&rings, cpu)->lost) +
			     READ_ONCE(per_cpu_ptr(&rings, cpu)->missed);
	}
}

static void free_rings(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		vfree(per_cpu_ptr(&rings, cpu)->events);
	vfree(repeats);
	vfree(seen);
}

/**
 * ctg_event_set_sink - who gets each event from now on
 * @to: called from a context that may sleep, says whether all who listen got
 *	it; NULL for nobody
 *
 * The one before is not called any more. If there is none to come, nobody
 * reports any more, and it gets what is left.
 *
 * Context: process; sleeps.
 */
void ctg_event_set_sink(ctg_event_sink *to)
{
	unsigned int i;

	if (!to) {
		irq_work_sync(&waker);
		queue_work(queue, &worker);
		flush_work(&worker);
	}
	mutex_lock(&sink_mutex);
	for (i = 0; !to && i < REPEATS; i++)
		if (repeats[i].key != KEY_FREE)
			give_repeat(&repeats[i]);
	if (!to)
		tell_losses();
	sink = to;
	mutex_unlock(&sink_mutex);
}

/** ctg_event_init - be ready for reports; sleeps. Return: 0, -ENOMEM */
int ctg_event_init(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ring *ring = per_cpu_ptr(&rings, cpu);

		ring->events =
			vzalloc(array_size(RING_SIZE, sizeof(*ring->events)));
		if (!ring->events)
			goto free_rings;
	}
	repeats = vzalloc(array_size(REPEATS, sizeof(*repeats)));
	seen = vzalloc(array_size(SEEN, sizeof(*seen)));
	if (!repeats || !seen)
		goto free_rings;
	get_random_bytes(&hash_key, sizeof(hash_key));
	queue = alloc_ordered_workqueue("ctguard", 0);
	if (!queue)
		goto free_rings;
	return 0;

free_rings:
	free_rings();
	return -ENOMEM;
}

/**
 * ctg_event_exit - hand out what is left
 *
 * Nobody reports any more.
 *
 * Context: process; sleeps.
 */
void ctg_event_exit(void)
{
	unsigned int i;

	irq_work_sync(&waker);
	/* It may have queued itself. */
	while (flush_work(&worker))
		;
	cancel_delayed_work_sync(&summary);
	destroy_workqueue(queue);
	mutex_lock(&sink_mutex);
	for (i = 0; i < REPEATS; i++) {
		if (repeats[i].key == KEY_FREE)
			continue;
		give_repeat(&repeats[i]);
		ctg_container_put(repeats[i].event.container);
	}
	mutex_unlock(&sink_mutex);
	free_rings();
}
