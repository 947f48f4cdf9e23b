// SPDX-License-Identifier: GPL-2.0
/*
 * Of what image a container is, and whether its first program may run.
 *
 * A claim is made between the making of a container's first task and its first
 * program, by a runtime hook or wrapper, and belongs to the container: to its
 * cgroup, and there to that task and who joins its mounts while it lives. The
 * first program is judged by the claim and measured, in that order, before it
 * runs. What runs without a claim is measured as that.
 *
 * Where a program comes from is told by the overlay that the claim named as
 * the container's root: a file of another superblock is from elsewhere, and a
 * file whose real one is below the upper directory is the container's own.
 */
#include "image.h"

#include <crypto/hash.h>
#include <linux/binfmts.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "container.h"
#include "event.h"
#include "guard.h"
#include "measure.h"

#define READ_SIZE (128U << 10)

/* So many first programs of a container are recorded. */
#define STARTS_MAX 16

static struct crypto_shash *sha256_hash;

/* Who waits for another task's start of the same container. */
static DECLARE_WAIT_QUEUE_HEAD(starting);

static const char hook[] = "security_bprm_check";

/*
 * Digests
 */

static int read_all(struct file *file, void *buffer, struct shash_desc *desc)
{
	loff_t at = 0;
	ssize_t n;
	int r;

	for (;;) {
		n = kernel_read(file, buffer, READ_SIZE, &at);
		if (n <= 0)
			return n;
		r = crypto_shash_update(desc, buffer, n);
		if (r)
			return r;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
}

/* The SHA-256 of a file that is open for reading. */
static int hash_file(struct file *file, u8 *ret)
{
	struct shash_desc *desc;
	void *buffer;
	int r = -ENOMEM;

	desc = kmalloc(sizeof(*desc) + crypto_shash_descsize(sha256_hash),
		       GFP_KERNEL);
	buffer = kvmalloc(READ_SIZE, GFP_KERNEL);
	if (!desc || !buffer)
		goto free;
	desc->tfm = sha256_hash;
	r = crypto_shash_init(desc);
	if (!r)
		r = read_all(file, buffer, desc);
	if (!r)
		r = crypto_shash_final(desc, ret);
free:
	kvfree(buffer);
	kfree(desc);
	return r;
}

static int hash_claimant(u8 *ret)
{
	struct file *file = NULL;
	int r;

	rcu_read_lock();
	if (current->mm)
		file = ctg_get_file_rcu(&current->mm->exe_file);
	rcu_read_unlock();
	if (!file)
		return -ESRCH;
	r = hash_file(file, ret);
	fput(file);
	return r;
}

/*
 * Claims
 */

/* The container that a claim for this task is about. RCU. */
static int claimed_container(struct task_struct *init,
			     struct ctg_container **ret)
{
	struct ctg_container *c = ctg_container_of(init);
	bool apart, gone;

	if (!c || !ctg_container_keeps(c))
		return -ENOENT;
	task_lock(init);
	gone = !init->nsproxy;
	apart = ctg_container_is_apart(c, init);
	task_unlock(init);
	if (gone)
		return -ESRCH;
	if (!apart)
		return -EXDEV;
	ctg_container_get(c);
	*ret = c;
	return 0;
}

/* Is current of the process that a claim names? */
static bool is_init(const struct ctg_claim *claim)
{
	bool r;

	rcu_read_lock();
	r = task_tgid_nr(current) == claim->init &&
	    READ_ONCE(current->group_leader)->start_time == claim->init_since;
	rcu_read_unlock();
	return r;
}

/* Is current in the mounts of that process, which lives? */
static bool is_beside_init(const struct ctg_claim *claim)
{
	struct task_struct *init;
	bool r = false;

	rcu_read_lock();
	init = pid_task(find_pid_ns(claim->init, &init_pid_ns), PIDTYPE_TGID);
	if (init && init->start_time == claim->init_since) {
		task_lock(init);
		r = init->nsproxy &&
		    init->nsproxy->mnt_ns == current->nsproxy->mnt_ns;
		task_unlock(init);
	}
	rcu_read_unlock();
	return r;
}

/*
 * A container's claim, if it is about current. Somebody else's first task may
 * be in the same cgroup, where an engine's user put it.
 */
static const struct ctg_claim *claim_for_current(const struct ctg_container *c)
{
	const struct ctg_claim *claim = smp_load_acquire(&c->claim);

	return claim && (is_init(claim) || is_beside_init(claim)) ? claim :
								    NULL;
}

/*
 * One at a time judges and is judged: what is claimed while a first program is
 * being judged comes too late for it, and is refused as that.
 */
static int lock_starts(struct ctg_container *c)
{
	return wait_event_killable(starting,
				   !test_and_set_bit_lock(CTG_START_BUSY,
							  &c->start_flags)) ?
		       -EINTR :
		       0;
}

static void unlock_starts(struct ctg_container *c)
{
	clear_bit_unlock(CTG_START_BUSY, &c->start_flags);
	wake_up_all(&starting);
}

/*
 * Where a program comes from
 */

static bool is_below_upper(struct dentry *dentry, const struct ctg_claim *claim)
{
	const struct inode *inode;
	struct dentry *parent;
	bool r = false;

	if (dentry->d_sb != claim->upper)
		return false;
	rcu_read_lock();
	for (;;) {
		inode = d_inode_rcu(dentry);
		r = inode && inode->i_ino == claim->upper_number;
		parent = READ_ONCE(dentry->d_parent);
		if (r || parent == dentry)
			break;
		dentry = parent;
	}
	rcu_read_unlock();
	return r;
}

static u8 origin_of(const struct file *file, const struct ctg_claim *claim)
{
	struct dentry *dentry = file->f_path.dentry, *real;

	if (!claim || !claim->root)
		return CTGUARD_ORIGIN_UNKNOWN;
	if (dentry->d_sb != claim->root)
		return CTGUARD_ORIGIN_ELSEWHERE;
	if (!claim->has_upper)
		return CTGUARD_ORIGIN_IMAGE;
	real = ctg_d_real(dentry);
	/* Older overlays know what they copied up as the file without a name. */
	return is_below_upper(real, claim) || d_unhashed(real) ?
		       CTGUARD_ORIGIN_UPPER :
		       CTGUARD_ORIGIN_IMAGE;
}

/*
 * The first program
 */

/**
 * struct start - a container's first program, while it is judged
 * @container: referenced
 * @claim: of the container, or NULL
 * @known: what is judged
 * @has_program: @program and @sha256 are known
 * @path: of the program in its filesystem
 * @buffer: that it is in
 * @sha256: of the program
 * @require: CTGUARD_REQUIRE_*
 * @is_new: in the cgroup of one that began already
 * @verdict: enum ctguard_verdict
 * @reason: enum ctguard_image_reason
 */
struct start {
	struct ctg_container *container;
	const struct ctg_claim *claim;
	struct ctg_start known;
	bool has_program;
	const char *path;
	char *buffer;
	u8 sha256[CTGUARD_SHA256_SIZE];
	u32 require;
	bool is_new;
	u32 verdict;
	u32 reason;
};

/* What is judged, without the program. */
static void know_claim(struct start *s, const struct ctg_claim *claim)
{
	s->claim = claim;
	s->known.level = CTGUARD_LEVEL_NONE;
	if (!claim)
		return;
	s->known.claimed = true;
	s->known.level = claim->level;
	memcpy(s->known.config, claim->config, sizeof(claim->config));
	if (claim->has_manifest)
		memcpy(s->known.manifest, claim->manifest,
		       sizeof(claim->manifest));
	memcpy(s->known.claimant, claim->claimant, sizeof(claim->claimant));
}

/* 0, or an error that leaves it unknown. */
static int know_program(struct start *s, struct file *file)
{
	char *path;
	int r;

	s->known.origin = origin_of(file, s->claim);
	s->buffer = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!s->buffer)
		return -ENOMEM;
	path = dentry_path_raw(file->f_path.dentry, s->buffer, PATH_MAX);
	s->path = IS_ERR(path) ? "?" : path;
	/* An image that nobody speaks of needs no digest of its program. */
	if (!s->claim && s->require == CTGUARD_REQUIRE_NONE)
		return 0;
	r = hash_file(file, s->sha256);
	s->has_program = !r;
	return r;
}

/* CTGUARD_REQUIRE_*: of the profile, and of who loaded the module. RCU. */
static u32 require_for(const struct ctg_subject *subject)
{
	u32 r = ctg_guard_image_rule(subject)->require;

	return r == CTGUARD_REQUIRE_NONE && ctg_measure_is_required() ?
		       CTGUARD_REQUIRE_MEASURED :
		       r;
}

static void decide(struct start *s)
{
	struct ctg_subject subject;

	rcu_read_lock();
	s->verdict = CTGUARD_VERDICT_ALLOW;
	if (ctg_guard_subject(&subject)) {
		s->require = require_for(&subject);
		s->verdict =
			ctg_guard_judge_start(&subject, &s->known, &s->reason);
	}
	rcu_read_unlock();
}

/* What becomes of a start that could not be measured, where it must be. */
static void decide_unmeasured(struct start *s)
{
	struct ctg_subject subject;

	s->reason = CTGUARD_IMAGE_UNMEASURED;
	rcu_read_lock();
	s->verdict = ctg_guard_subject(&subject) ?
			     ctg_guard_refusal(&subject, CTG_POLICY_IMAGES) :
			     CTGUARD_VERDICT_DENY;
	rcu_read_unlock();
}

static u32 require_of(void)
{
	struct ctg_subject subject;
	u32 r = CTGUARD_REQUIRE_NONE;

	rcu_read_lock();
	if (ctg_guard_subject(&subject))
		r = require_for(&subject);
	rcu_read_unlock();
	return r;
}

static void add_claim(struct ctg_record *record, const struct ctg_claim *claim,
		      const u8 *config)
{
	ctg_record_add(record, CTGUARD_RECORD_A_CONFIG, config,
		       CTGUARD_SHA256_SIZE);
	if (!claim)
		return;
	if (claim->has_manifest)
		ctg_record_add(record, CTGUARD_RECORD_A_MANIFEST,
			       claim->manifest, sizeof(claim->manifest));
	if (claim->has_bundle)
		ctg_record_add(record, CTGUARD_RECORD_A_BUNDLE, claim->bundle,
			       sizeof(claim->bundle));
	ctg_record_add(record, CTGUARD_RECORD_A_CLAIMANT, claim->claimant,
		       sizeof(claim->claimant));
}

static void add_program(struct ctg_record *record, const struct start *s)
{
	if (!s->path)
		return;
	ctg_record_add_string(record, CTGUARD_RECORD_A_PROGRAM, s->path);
	if (s->has_program)
		ctg_record_add(record, CTGUARD_RECORD_A_PROGRAM_SHA256,
			       s->sha256, sizeof(s->sha256));
	ctg_record_add_u8(record, CTGUARD_RECORD_A_ORIGIN, s->known.origin);
}

static struct ctg_record *record_of(const struct start *s)
{
	bool denied = s->verdict == CTGUARD_VERDICT_DENY;
	struct ctg_record *record;

	record = ctg_record_new(denied ? CTGUARD_RECORD_IMAGE_DENIED :
					 CTGUARD_RECORD_IMAGE_START);
	if (!record)
		return NULL;
	ctg_record_add_u8(record, CTGUARD_RECORD_A_VERDICT, s->verdict);
	if (denied)
		ctg_record_add_u8(record, CTGUARD_RECORD_A_REASON, s->reason);
	ctg_record_add_u8(record, CTGUARD_RECORD_A_LEVEL, s->known.level);
	add_claim(record, s->claim, s->known.config);
	ctg_record_add_u64(record, CTGUARD_RECORD_A_CGROUP_ID,
			   s->container->id);
	ctg_record_add_string(record, CTGUARD_RECORD_A_CONTAINER,
			      s->container->path);
	add_program(record, s);
	if (!denied && s->claim)
		ctg_record_for_ima_digest(record, CTGUARD_IMA_IMAGE,
					  s->known.config);
	else if (!denied)
		ctg_record_for_ima(record, CTGUARD_IMA_UNKNOWN, "1", 1);
	return record;
}

static void report(const struct start *s)
{
	char object[sizeof("config:sha256:") + 2 * CTGUARD_SHA256_SIZE] =
		"unclaimed";
	struct ctg_request request = {
		.operation = CTGUARD_OP_IMAGE_START,
		.name = object,
		.reason = s->reason,
	};
	const struct ctg_decision decision = {
		.verdict = s->verdict,
		.rule = CTGUARD_RULE_NONE,
	};

	if (s->claim)
		scnprintf(object, sizeof(object), "config:sha256:%*phN",
			  CTGUARD_SHA256_SIZE, s->known.config);
	request.length = strlen(object);
	rcu_read_lock();
	ctg_event_report(s->container, &request, &decision, hook,
			 (unsigned long)hook);
	rcu_read_unlock();
}

/* A container that is refused is recorded once, however often it tries. */
static void measure_denied(const struct start *s)
{
	if (!test_and_set_bit(CTG_START_DENIED, &s->container->start_flags))
		ctg_measure(record_of(s), CTG_MEASURE_LATER);
}

/*
 * One that starts is recorded as often as a program that does not come to run
 * is tried again in good faith: the log is not its to fill.
 */
static int measure_start(const struct start *s)
{
	struct ctg_container *c = s->container;
	int r;

	if (!s->is_new && c->starts == STARTS_MAX)
		return -ENOSPC;
	if (!s->is_new)
		c->starts++;
	set_bit(CTG_START_RECORDED, &c->start_flags);
	r = ctg_measure(record_of(s),
			s->require ? CTG_MEASURE_WAIT : CTG_MEASURE_LATER);
	/* What it does next has it recorded. */
	if (r)
		clear_bit(CTG_START_RECORDED, &c->start_flags);
	return r;
}

static int settle(struct start *s)
{
	int r = 0;

	if (s->verdict != CTGUARD_VERDICT_DENY)
		r = measure_start(s);
	if (fatal_signal_pending(current))
		return -EINTR;
	if (r && s->require)
		decide_unmeasured(s);
	/* Of a start that the log may have, this says that it was none. */
	if (s->verdict == CTGUARD_VERDICT_DENY)
		measure_denied(s);
	report(s);
	return s->verdict == CTGUARD_VERDICT_DENY ? -EPERM : 0;
}

/*
 * A hook of the runtime, which runs inside before the container's root is its
 * root, and by another process than the first.
 */
static bool is_runtimes(const struct ctg_claim *claim)
{
	struct path root;
	bool r;

	if (!claim || is_init(claim) || !claim->root)
		return false;
	get_fs_root(current->fs, &root);
	r = root.dentry->d_sb != claim->root;
	path_put(&root);
	return r;
}

/* 0, or an error; 1 is a runtime's hook, which starts nothing. */
static int judge(struct ctg_container *container, const struct ctg_claim *claim,
		 bool is_new, struct file *file)
{
	struct start *s;
	int r;

	if (is_runtimes(claim))
		return 1;
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->container = container;
	s->is_new = is_new;
	know_claim(s, claim);
	s->require = require_of();
	r = know_program(s, file);
	if (r == -EINTR)
		goto free;
	decide(s);
	if (r && s->require && s->verdict == CTGUARD_VERDICT_ALLOW)
		decide_unmeasured(s);
	r = settle(s);
free:
	kfree(s->buffer);
	kfree(s);
	return r;
}

/* An interpreter of the first program: it must be from where that must be. */
static int judge_interpreter(struct ctg_container *container, struct file *file)
{
	struct ctg_subject subject;
	struct start *s;
	bool asked = false;
	int r = 0;

	s = kzalloc(sizeof(*s), GFP_KERNEL);
	if (!s)
		return -ENOMEM;
	s->container = container;
	know_claim(s, claim_for_current(container));
	rcu_read_lock();
	if (ctg_guard_subject(&subject))
		asked = ctg_guard_image_rule(&subject)->program ==
			CTGUARD_PROGRAM_IMAGE;
	rcu_read_unlock();
	if (!asked)
		goto free;
	s->require = CTGUARD_REQUIRE_APPROVED;
	r = know_program(s, file);
	if (r)
		goto free;
	decide(s);
	if (s->verdict != CTGUARD_VERDICT_ALLOW)
		r = settle(s);
free:
	kfree(s->buffer);
	kfree(s);
	return r;
}

/*
 * What is to be refused for its claim alone is refused to who makes it, so that
 * the engine can say why. The program comes later.
 */
static int judge_claim(struct start *s, struct task_struct *init,
		       const struct ctg_claim *claim, u32 *ret_reason)
{
	struct ctg_subject subject;

	know_claim(s, claim);
	s->known.origin = CTGUARD_ORIGIN_IMAGE;
	rcu_read_lock();
	s->verdict = CTGUARD_VERDICT_ALLOW;
	if (ctg_guard_subject_of(init, &subject))
		s->verdict =
			ctg_guard_judge_start(&subject, &s->known, &s->reason);
	rcu_read_unlock();
	*ret_reason = s->reason;
	if (s->verdict != CTGUARD_VERDICT_DENY)
		return 0;
	measure_denied(s);
	report(s);
	return -EACCES;
}

/**
 * ctg_image_claim - say of what image a container is
 * @init: the task that is to run its first program
 * @claim: what is said; who says it is filled in
 * @ret_reason: enum ctguard_image_reason
 *
 * Context: process, of who makes the claim; sleeps.
 * Return: 0; -ENOENT (not in a guarded cgroup), -ESRCH (it is dying), -EXDEV (in
 * the mount namespace of the host or of who made the container), -EBUSY (it
 * runs already),
 * -EEXIST (somebody else has), -EACCES (it is not to run, for @ret_reason),
 * -ENOMEM, -EINTR, and errors of reading the claimant's executable.
 */
int ctg_image_claim(struct task_struct *init, struct ctg_claim *claim,
		    u32 *ret_reason)
{
	struct ctg_container *c;
	struct ctg_claim *copy;
	struct start *s;
	int r;

	r = hash_claimant(claim->claimant);
	if (r)
		return r;
	claim->init = task_tgid_nr(init);
	claim->init_since = init->start_time;
	/* Nothing that is said lacks memory later. */
	copy = kmemdup(claim, sizeof(*claim), GFP_KERNEL);
	s = kzalloc(sizeof(*s), GFP_KERNEL);
	r = copy && s ? 0 : -ENOMEM;
	if (r)
		goto free;
	rcu_read_lock();
	r = claimed_container(init, &c);
	rcu_read_unlock();
	if (r)
		goto free;
	s->container = c;
	r = lock_starts(c);
	if (r)
		goto put;
	if (READ_ONCE(c->sealed))
		r = -EBUSY;
	else if (c->claim)
		r = -EEXIST;
	else
		smp_store_release(&c->claim, copy);
	if (!r) {
		r = judge_claim(s, init, copy, ret_reason);
		copy = NULL;
	}
	unlock_starts(c);
put:
	ctg_container_put(c);
free:
	kfree(s);
	kfree(copy);
	return r;
}

/**
 * ctg_image_give_up - say that a container is not to start: nobody can claim it
 * @init: the task that was to run its first program
 *
 * Whoever runs containers has decided; here it is recorded and reported.
 *
 * Context: process; sleeps.
 * Return: 0; -ENOENT, -ESRCH, -EXDEV, -EBUSY, as ctg_image_claim(); -EINTR.
 */
int ctg_image_give_up(struct task_struct *init)
{
	struct start s = {
		.verdict = CTGUARD_VERDICT_DENY,
		.reason = CTGUARD_IMAGE_FAILED,
	};
	int r;

	rcu_read_lock();
	r = claimed_container(init, &s.container);
	rcu_read_unlock();
	if (r)
		return r;
	know_claim(&s, NULL);
	r = lock_starts(s.container);
	if (r)
		goto put;
	if (READ_ONCE(s.container->sealed)) {
		r = -EBUSY;
	} else {
		measure_denied(&s);
		report(&s);
	}
	unlock_starts(s.container);
put:
	ctg_container_put(s.container);
	return r;
}

/* Has current, which was allowed to run the first program, not yet done so? */
static bool is_starter(const struct ctg_container *c)
{
	return READ_ONCE(c->starter) == current &&
	       READ_ONCE(c->starter_mm) == current->mm &&
	       READ_ONCE(c->starter_since) == current->start_time;
}

/*
 * Is current the one that the claim is about? Somebody else may have begun: who
 * was told to run something in a container that is made, but not started.
 */
static bool is_claimed(const struct ctg_container *c)
{
	const struct ctg_claim *claim = READ_ONCE(c->claim);

	return claim && is_init(claim) &&
	       !test_bit(CTG_START_CLAIMED, &c->start_flags);
}

static void set_starter(struct ctg_container *c, bool again)
{
	if (!again)
		c->starter_sealed = false;
	WRITE_ONCE(c->starter_mm, current->mm);
	WRITE_ONCE(c->starter_since, current->start_time);
	WRITE_ONCE(c->starter, current);
	if (is_claimed(c))
		set_bit(CTG_START_CLAIMED, &c->start_flags);
	c->starter_sealed |= !c->sealed;
	if (c->sealed)
		return;
	WRITE_ONCE(c->seen, c->claim || !ctg_container_has_company(c));
	WRITE_ONCE(c->sealed, true);
}

/* It did not come to run: the next program is the first. */
static void clear_starter(struct ctg_container *c)
{
	WRITE_ONCE(c->starter, NULL);
	clear_bit(CTG_START_CLAIMED, &c->start_flags);
	if (c->starter_sealed)
		WRITE_ONCE(c->sealed, false);
	c->starter_sealed = false;
}

/* Does current begin another container? Its own first task may run nothing. */
static bool is_new(const struct ctg_container *c)
{
	return ctg_container_is_new(c) && !claim_for_current(c);
}

/* Holds the lock of the container's starts. */
static int start(struct ctg_container *c, const struct linux_binprm *bprm)
{
	bool again = READ_ONCE(c->sealed) && is_starter(c);
	int r;

	if (again && bprm->interp != bprm->filename) {
		r = judge_interpreter(c, bprm->file);
	} else if (again || !READ_ONCE(c->sealed) || is_claimed(c)) {
		r = judge(c, claim_for_current(c), false, bprm->file);
		if (!r)
			set_starter(c, again);
	} else if (is_new(c)) {
		/* The claim was for the one before. */
		r = judge(c, NULL, true, bprm->file);
	} else {
		r = 0;
	}
	if (r < 0 && again)
		clear_starter(c);
	return min(r, 0);
}

/**
 * ctg_image_asks - is something to be said of this exec?
 * @container: of current
 *
 * Context: any. Return: true for a container's first program, until it runs:
 * what interprets it and what is tried in its place.
 */
bool ctg_image_asks(struct ctg_container *container)
{
	/* It ran: what it was known by may come to be true again. */
	if (READ_ONCE(container->starter) == current && !is_starter(container))
		WRITE_ONCE(container->starter, NULL);
	return is_starter(container) || is_claimed(container);
}

/**
 * ctg_image_start - judge and measure a container's first program
 * @bprm: the program that current executes
 *
 * Context: process; sleeps: reads the program, and waits for the TPM where the
 * profile requires that.
 * Return: 0; -EPERM (refused), -EINTR (killed meanwhile), -ENOMEM.
 */
int ctg_image_start(struct linux_binprm *bprm)
{
	struct ctg_container *c;
	int r;

	rcu_read_lock();
	c = ctg_container_of(current);
	if (!c || !ctg_container_keeps(c) ||
	    !ctg_container_is_apart(c, current) ||
	    (READ_ONCE(c->sealed) && !ctg_image_asks(c) && !is_new(c))) {
		rcu_read_unlock();
		return 0;
	}
	ctg_container_get(c);
	rcu_read_unlock();
	r = lock_starts(c);
	if (!r) {
		r = start(c, bprm);
		unlock_starts(c);
	}
	ctg_container_put(c);
	return r;
}

/*
 * What never ran a first program that could be judged
 */

static int record_start(struct ctg_container *c, enum ctg_measure_how how)
{
	struct start s = {
		.container = c,
		.verdict = CTGUARD_VERDICT_ALLOW,
	};

	know_claim(&s, smp_load_acquire(&c->claim));
	return ctg_measure(record_of(&s), how);
}

static int record_namespace(const struct ctg_container *c,
			    enum ctg_measure_how how)
{
	struct ctg_record *record;

	record = ctg_record_new(CTGUARD_RECORD_NAMESPACES);
	if (record)
		ctg_record_add_string(record, CTGUARD_RECORD_A_CONTAINER,
				      c->path);
	return ctg_measure(record, how);
}

/* 0, or an error: it is not recorded, and will be the next time. */
static int record_once(struct ctg_container *c, enum ctg_measure_how how)
{
	int r;

	if (test_bit(CTG_START_BUSY, &c->start_flags) ||
	    test_and_set_bit(CTG_START_RECORDED, &c->start_flags))
		return 0;
	r = ctg_container_keeps(c) ? record_start(c, how) :
				     record_namespace(c, how);
	if (r)
		clear_bit(CTG_START_RECORDED, &c->start_flags);
	return r;
}

/**
 * ctg_image_act - a container was judged for something else
 * @container: any
 *
 * One whose first program was not seen is recorded for what it does: restored
 * ones, those whose runtime runs them in its own process, and those that are a
 * namespace only, once for each kind.
 *
 * Context: process; sleeps.
 */
void ctg_image_act(struct ctg_container *container)
{
	record_once(container, CTG_MEASURE_TRY);
}

static bool is_unrecorded(const struct ctg_container *c)
{
	return READ_ONCE(c->sealed) &&
	       !(READ_ONCE(c->start_flags) &
		 (BIT(CTG_START_BUSY) | BIT(CTG_START_RECORDED)));
}

/**
 * ctg_image_adopt - record the containers that ran before they were guarded
 *
 * Context: process; sleeps.
 */
void ctg_image_adopt(void)
{
	struct ctg_container *c;
	unsigned int place = 0;
	int r = 0;

	while (!r && (c = ctg_container_pick(&place, is_unrecorded))) {
		r = record_once(c, CTG_MEASURE_LATER);
		ctg_container_put(c);
	}
}

/** ctg_image_init - be able to judge; sleeps */
int ctg_image_init(void)
{
	sha256_hash = crypto_alloc_shash("sha256", 0, 0);
	if (!IS_ERR(sha256_hash))
		return 0;
	pr_err("no sha256 for programs (%ld)\n", PTR_ERR(sha256_hash));
	return PTR_ERR(sha256_hash);
}

/** ctg_image_exit - nobody starts containers any more */
void ctg_image_exit(void)
{
	crypto_free_shash(sha256_hash);
}
