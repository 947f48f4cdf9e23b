// SPDX-License-Identifier: GPL-2.0
/*
 * What is in force, and the verdict on a request.
 *
 * A regime is a policy and a mode. It is immutable, replaced whole under
 * regime_mutex and read under RCU, once per request: no request sees half of
 * one. A container's profile is looked up in the regime at hand and kept in
 * the container together with the regime's number, so running containers
 * change with the regime and all at once.
 *
 * While a trial runs, the regime before it is kept, and a timer or the
 * administrator puts it back.
 */
#include "guard.h"

#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/utsname.h>
#include <linux/workqueue.h>

#include "../include/version.h"
#include "buildid.h"
#include "container.h"
#include "descriptor.h"
#include "event.h"
#include "image.h"
#include "measure.h"

/**
 * struct ctg_regime - a policy and a mode in force
 * @policy: shared by regimes that differ in mode only
 * @users: of @policy, under regime_mutex
 * @mode: enum ctguard_mode
 * @number: of this regime; in the upper bits of a container's choice
 * @generation: of the policy; counts up with each one loaded
 * @sha256: of the compiled policy
 */
struct ctg_regime {
	struct ctg_policy *policy;
	u32 *users;
	u32 mode;
	u64 number;
	u64 generation;
	u8 sha256[CTGUARD_SHA256_SIZE];
};

/* A choice is a regime's number and a profile. */
#define CHOICE_BITS 16
static_assert(CTGUARD_POLICY_MAX_PROFILES < 1 << CHOICE_BITS);

static struct ctg_regime __rcu *in_force;
static struct ctg_regime *before_trial;
static unsigned long trial_end; /* jiffies */
static u64 last_number;
static u64 last_generation;
static DEFINE_MUTEX(regime_mutex);

static void trial_over(struct work_struct *work);
static DECLARE_DELAYED_WORK(trial, trial_over);

static struct ctg_regime *locked_regime(void)
{
	return rcu_dereference_protected(in_force,
					 lockdep_is_held(&regime_mutex));
}

/*
 * The profile of a context that is only a namespace, or CTGUARD_PROFILE_NONE.
 * RCU.
 */
static u32 look_up(const struct ctg_regime *regime,
		   const struct ctg_container *c)
{
	u32 profile = CTGUARD_PROFILE_NONE;

	switch (c->bound_by) {
	case CTGUARD_BOUND_BY_NAMESPACE:
		return ctg_policy_namespace(regime->policy, c->ns);
	case CTGUARD_BOUND_BY_UNKNOWN:
		return ctg_policy_default(regime->policy);
	case CTGUARD_BOUND_BY_ID:
		if (c->profile_name)
			profile = ctg_policy_profile_find(regime->policy,
							  c->profile_name);
		if (profile != CTGUARD_PROFILE_NONE)
			return profile;
		fallthrough;
	default:
		return ctg_policy_bind(regime->policy, c->path);
	}
}

/* The profile of a container, or CTGUARD_PROFILE_NONE. RCU. */
static u32 profile_of(const struct ctg_regime *regime,
		      struct ctg_container *container)
{
	u64 choice = READ_ONCE(container->choice);
	u32 profile;

	if (choice >> CHOICE_BITS == regime->number) {
		profile = choice & ((1U << CHOICE_BITS) - 1);
	} else {
		profile = look_up(regime, container) &
			  ((1U << CHOICE_BITS) - 1);
		WRITE_ONCE(container->choice,
			   regime->number << CHOICE_BITS | profile);
	}
	return profile == (1U << CHOICE_BITS) - 1 ? CTGUARD_PROFILE_NONE :
						    profile;
}

/**
 * ctg_guard_subject_of - is a task guarded, and by which profile?
 * @task: current, or held
 * @subject: valid while the RCU read side lasts
 *
 * Context: RCU read side. Return: false for the host's.
 */
bool ctg_guard_subject_of(struct task_struct *task, struct ctg_subject *subject)
{
	subject->container = ctg_container_of(task);
	if (!subject->container)
		return false;
	subject->regime = rcu_dereference(in_force);
	if (!subject->regime)
		return false;
	subject->profile = profile_of(subject->regime, subject->container);
	return subject->profile != CTGUARD_PROFILE_NONE;
}

/** ctg_guard_subject - ctg_guard_subject_of() for current */
bool ctg_guard_subject(struct ctg_subject *subject)
{
	return ctg_guard_subject_of(current, subject);
}

/** ctg_guard_asks_reads - may a read of this filesystem be denied? RCU */
bool ctg_guard_asks_reads(const struct ctg_subject *subject, const char *fs)
{
	return ctg_policy_lists_reads(subject->regime->policy, subject->profile,
				      fs);
}

/**
 * ctg_guard_explain - what the verdict would be
 * @subject: who asks
 * @request: what is asked
 * @ret: the answer
 *
 * Context: RCU read side, any.
 */
void ctg_guard_explain(const struct ctg_subject *subject,
		       const struct ctg_request *request,
		       struct ctg_decision *ret)
{
	ctg_decide(subject->regime->policy, subject->profile,
		   subject->regime->mode, request, ret);
}

/**
 * ctg_guard_ask - is it allowed? Neither counted nor reported
 * @subject: who asks
 * @request: what is asked
 *
 * Context: RCU read side, any. Return: 0, or -EPERM, also for what would only
 * be complained of.
 */
int ctg_guard_ask(const struct ctg_subject *subject,
		  const struct ctg_request *request)
{
	struct ctg_decision decision;

	ctg_guard_explain(subject, request, &decision);
	return decision.verdict == CTGUARD_VERDICT_ALLOW ? 0 : -EPERM;
}

/*
 * What a runtime does before the container's first program runs: it makes the
 * nodes of devices, whose open is judged in any case, and it enters namespaces
 * that the container is to share, by those of other tasks.
 */
static bool is_for_setup(const struct ctg_request *request)
{
	switch (request->operation) {
	case CTGUARD_OP_DEVICE_MKNOD:
		return true;
	case CTGUARD_OP_TASK_ACCESS:
		return strcmp(request->name, "ptrace/attach");
	default:
		return false;
	}
}

/**
 * ctg_guard_judge - the verdict, counted and reported
 * @subject: who asks
 * @request: what is asked
 * @hook: the function that asks
 * @site: where it was called; two places that ask the same of one system call
 *	are one event
 *
 * Nothing that the report meets changes the verdict.
 *
 * Context: task, RCU read side.
 * Return: 0, or -EPERM.
 */
int ctg_guard_judge(const struct ctg_subject *subject,
		    const struct ctg_request *request, const char *hook,
		    unsigned long site)
{
	struct ctg_decision decision;

	ctg_guard_explain(subject, request, &decision);
	if (decision.verdict != CTGUARD_VERDICT_ALLOW &&
	    is_for_setup(request) && ctg_container_in_setup(subject->container))
		decision.verdict = CTGUARD_VERDICT_ALLOW;
	ctg_event_report(subject->container, request, &decision, hook, site);
	return decision.verdict == CTGUARD_VERDICT_DENY ? -EPERM : 0;
}

/**
 * ctg_guard_refuse - refuse what a kernel thread asks for a container
 * @request: what is asked
 * @hook: the function that asks
 * @site: where it was called
 *
 * Counted and reported for the unknown container.
 *
 * Context: task, RCU read side. Return: -EPERM.
 */
int ctg_guard_refuse(const struct ctg_request *request, const char *hook,
		     unsigned long site)
{
	const struct ctg_decision decision = {
		.verdict = CTGUARD_VERDICT_DENY,
		.rule = CTGUARD_RULE_NONE,
	};

	ctg_event_report(ctg_container_unknown(), request, &decision, hook,
			 site);
	return -EPERM;
}

/** ctg_guard_image_rule - which images a subject may be of; as long as it is */
const struct ctguard_image_rule *
ctg_guard_image_rule(const struct ctg_subject *subject)
{
	return ctg_policy_image_rule(subject->regime->policy, subject->profile);
}

/**
 * ctg_guard_judge_start - may a container run its first program?
 * @subject: of that container
 * @start: what is known of it
 * @ret_reason: enum ctguard_image_reason
 *
 * Neither counted nor reported. Context: RCU read side.
 * Return: enum ctguard_verdict.
 */
u32 ctg_guard_judge_start(const struct ctg_subject *subject,
			  const struct ctg_start *start, u32 *ret_reason)
{
	return ctg_decide_start(subject->regime->policy, subject->profile,
				subject->regime->mode, start, ret_reason);
}

/**
 * ctg_guard_refusal - what becomes of what a subject is not allowed
 * @subject: who asks
 * @group: that it belongs to
 *
 * Context: RCU read side. Return: CTGUARD_VERDICT_DENY or _COMPLAIN.
 */
u32 ctg_guard_refusal(const struct ctg_subject *subject,
		      enum ctg_policy_group group)
{
	return ctg_decide_refusal(subject->regime->policy, subject->profile,
				  subject->regime->mode, group);
}

/** ctg_guard_profile_name - of a subject; valid as long as it is */
const char *ctg_guard_profile_name(const struct ctg_subject *subject)
{
	return ctg_policy_profile_name(subject->regime->policy,
				       subject->profile);
}

/**
 * ctg_guard_profile_name_of - the name of a container's profile now
 * @container: any
 *
 * Context: RCU read side, as long as the name is used.
 * Return: NULL when the policy in force does not guard it.
 */
const char *ctg_guard_profile_name_of(struct ctg_container *container)
{
	const struct ctg_regime *regime = rcu_dereference(in_force);
	u32 profile;

	if (!regime)
		return NULL;
	profile = profile_of(regime, container);
	return profile == CTGUARD_PROFILE_NONE ?
		       NULL :
		       ctg_policy_profile_name(regime->policy, profile);
}

/*
 * Replacing
 */

static void free_regime(struct ctg_regime *regime)
{
	lockdep_assert_held(&regime_mutex);
	if (!regime)
		return;
	if (!--*regime->users) {
		ctg_policy_free(regime->policy);
		kfree(regime->users);
	}
	kfree(regime);
}

static struct ctg_regime *new_regime(const struct ctg_regime *like, u32 mode)
{
	struct ctg_regime *regime = kzalloc(sizeof(*regime), GFP_KERNEL);

	lockdep_assert_held(&regime_mutex);
	if (!regime)
		return NULL;
	if (like) {
		*regime = *like;
		++*regime->users;
	}
	regime->mode = mode;
	return regime;
}

static int new_regime_of(const void *blob, size_t size,
			 struct ctg_policy_error *error,
			 struct ctg_regime **ret)
{
	struct ctg_policy *policy;
	struct ctg_regime *regime;
	int r;

	r = ctg_policy_parse(blob, size, &policy, error);
	if (r)
		return r;
	regime = new_regime(NULL, ctg_policy_mode(policy));
	if (!regime)
		goto free_policy;
	regime->users = kzalloc(sizeof(*regime->users), GFP_KERNEL);
	if (!regime->users)
		goto free_new;
	*regime->users = 1;
	regime->policy = policy;
	regime->generation = ++last_generation;
	sha256(blob, size, regime->sha256);
	*ret = regime;
	return 0;

free_new:
	kfree(regime);
free_policy:
	ctg_policy_free(policy);
	return -ENOMEM;
}

/* That the module was loaded, and which. */
static void measure_init(u32 mode)
{
	struct ctg_record *record = ctg_record_new(CTGUARD_RECORD_INIT);
	u8 identity[sizeof(CTGUARD_VERSION) + CTG_BUILDID_MAX] =
		CTGUARD_VERSION;
	u32 length = strlen(CTGUARD_VERSION), size;

	if (record) {
		size = ctg_buildid(identity + length);
		ctg_record_add_string(record, CTGUARD_RECORD_A_VERSION,
				      CTGUARD_VERSION);
		ctg_record_add(record, CTGUARD_RECORD_A_BUILD_ID,
			       identity + length, size);
		ctg_record_add_string(record, CTGUARD_RECORD_A_KERNEL,
				      init_utsname()->release);
		ctg_record_add_u8(record, CTGUARD_RECORD_A_MODE, mode);
		ctg_record_for_ima(record, CTGUARD_IMA_MODULE, identity,
				   length + size);
	}
	ctg_measure(record, CTG_MEASURE_LATER);
}

/* Before it is in force: nothing happens under it that stands before it. */
static void measure(const struct ctg_regime *regime,
		    const struct ctg_regime *before)
{
	bool whole = !before || before->policy != regime->policy;
	const char *mode = regime->mode == CTGUARD_MODE_ENFORCE ? "enforce" :
								  "complain";
	struct ctg_record *record;

	record = ctg_record_new(whole ? CTGUARD_RECORD_POLICY :
					CTGUARD_RECORD_MODE);
	if (record) {
		if (whole)
			ctg_record_add(record, CTGUARD_RECORD_A_POLICY,
				       regime->sha256, sizeof(regime->sha256));
		ctg_record_add_u64(record, CTGUARD_RECORD_A_GENERATION,
				   regime->generation);
		ctg_record_add_u8(record, CTGUARD_RECORD_A_MODE, regime->mode);
		if (whole)
			ctg_record_for_ima_digest(record, CTGUARD_IMA_POLICY,
						  regime->sha256);
		else
			ctg_record_for_ima(record, CTGUARD_IMA_MODE, mode,
					   strlen(mode));
	}
	ctg_measure(record, CTG_MEASURE_WAIT);
}

/* Puts a regime in force; the one before is the caller's, and unused. */
static struct ctg_regime *enforce(struct ctg_regime *regime)
{
	struct ctg_regime *old = locked_regime();

	measure(regime, old);
	regime->number = ++last_number;
	rcu_assign_pointer(in_force, regime);
	ctg_container_follow(regime->policy);
	synchronize_rcu();
	if (!old || old->policy != regime->policy) {
		ctg_container_rescan();
		ctg_image_adopt();
		ctg_descriptor_scan();
	}
	return old;
}

static void report_change(const struct ctg_regime *now,
			  const struct ctg_regime *old)
{
	if (old->policy != now->policy)
		ctg_event_report_policy(now->generation, now->sha256,
					now->mode);
	else
		ctg_event_report_mode(now->mode);
}

/* Puts a regime in force for good or, with @trial_ms, on trial. */
static void replace(struct ctg_regime *regime, u32 trial_ms)
{
	struct ctg_regime *old = enforce(regime);

	report_change(regime, old);
	if (trial_ms) {
		before_trial = old;
		trial_end = jiffies + msecs_to_jiffies(trial_ms);
		mod_delayed_work(CTG_WQ, &trial, msecs_to_jiffies(trial_ms));
	} else {
		free_regime(old);
	}
}

static void revert(void)
{
	struct ctg_regime *on_trial;

	lockdep_assert_held(&regime_mutex);
	on_trial = enforce(before_trial);
	report_change(before_trial, on_trial);
	before_trial = NULL;
	free_regime(on_trial);
}

static void trial_over(struct work_struct *work)
{
	mutex_lock(&regime_mutex);
	/* Not that of a trial which began while this one waited to end. */
	if (before_trial && time_after_eq(jiffies, trial_end)) {
		pr_notice(
			"trial was not confirmed: the policy and mode before it are in force again\n");
		revert();
	}
	mutex_unlock(&regime_mutex);
}

/**
 * ctg_guard_load - put a policy in force
 * @blob: its compiled form
 * @size: its bytes
 * @trial_ms: 0, or the time after which it is taken back unless confirmed
 * @error: what is wrong with it
 *
 * Context: process; sleeps.
 * Return: 0; -EBUSY (a trial runs), -ENOMEM, and the errors of
 * ctg_policy_parse(). The policy before stays on any error.
 */
int ctg_guard_load(const void *blob, size_t size, u32 trial_ms,
		   struct ctg_policy_error *error)
{
	struct ctg_regime *regime;
	int r;

	mutex_lock(&regime_mutex);
	if (before_trial) {
		error->reason = "a trial runs: confirm or revert it first";
		r = -EBUSY;
		goto unlock;
	}
	r = new_regime_of(blob, size, error, &regime);
	if (!r)
		replace(regime, trial_ms);
unlock:
	mutex_unlock(&regime_mutex);
	return r;
}

/**
 * ctg_guard_set_mode - enforce or complain, whatever the policy asks for
 * @mode: enum ctguard_mode
 * @trial_ms: as in ctg_guard_load()
 *
 * Context: process; sleeps. Return: 0; -EBUSY (a trial runs), -ENOMEM.
 */
int ctg_guard_set_mode(u32 mode, u32 trial_ms)
{
	struct ctg_regime *regime;
	int r = 0;

	mutex_lock(&regime_mutex);
	if (before_trial) {
		r = -EBUSY;
		goto unlock;
	}
	if (locked_regime()->mode == mode)
		goto unlock;
	regime = new_regime(locked_regime(), mode);
	if (regime)
		replace(regime, trial_ms);
	else
		r = -ENOMEM;
unlock:
	mutex_unlock(&regime_mutex);
	return r;
}

/**
 * ctg_guard_end_trial - keep what is on trial, or go back
 * @confirm: keep it
 *
 * Context: process; sleeps. Return: 0, -ENOENT (no trial runs).
 */
int ctg_guard_end_trial(bool confirm)
{
	int r = 0;

	mutex_lock(&regime_mutex);
	if (!before_trial) {
		r = -ENOENT;
	} else {
		/* If it runs already it waits for the mutex and finds none. */
		cancel_delayed_work(&trial);
		if (confirm) {
			free_regime(before_trial);
			before_trial = NULL;
		} else {
			revert();
		}
	}
	mutex_unlock(&regime_mutex);
	return r;
}

/** ctg_guard_status - what is in force; sleeps */
void ctg_guard_status(struct ctg_guard_status *ret)
{
	const struct ctg_regime *regime;

	mutex_lock(&regime_mutex);
	regime = locked_regime();
	*ret = (struct ctg_guard_status){
		.generation = regime->generation,
		.mode = regime->mode,
		.policy_mode = ctg_policy_mode(regime->policy),
		.trial = before_trial,
	};
	ctg_policy_blob(regime->policy, &ret->size);
	memcpy(ret->sha256, regime->sha256, sizeof(ret->sha256));
	if (before_trial && time_after(trial_end, jiffies))
		ret->trial_left = jiffies_to_msecs(trial_end - jiffies);
	mutex_unlock(&regime_mutex);
}

/**
 * ctg_guard_copy - a piece of the compiled policy in force
 * @generation: which policy; 0 is filled in
 * @offset: of the piece
 * @to: where to
 * @length: how much at most
 * @ret_size: of the whole policy
 *
 * Context: process; sleeps.
 * Return: how much was copied, 0 behind the end, -EAGAIN (another policy is in
 * force by now).
 */
int ctg_guard_copy(u64 *generation, u32 offset, void *to, u32 length,
		   u32 *ret_size)
{
	const struct ctg_regime *regime;
	const u8 *blob;
	int r = -EAGAIN;

	mutex_lock(&regime_mutex);
	regime = locked_regime();
	if (!*generation)
		*generation = regime->generation;
	if (*generation == regime->generation) {
		blob = ctg_policy_blob(regime->policy, ret_size);
		r = offset < *ret_size ? min(length, *ret_size - offset) : 0;
		memcpy(to, blob + offset, r);
	}
	mutex_unlock(&regime_mutex);
	return r;
}

/** ctg_guard_has_profile - is there a profile of this name? Sleeps */
bool ctg_guard_has_profile(const char *name)
{
	bool r;

	mutex_lock(&regime_mutex);
	r = ctg_policy_profile_find(locked_regime()->policy, name) !=
	    CTGUARD_PROFILE_NONE;
	mutex_unlock(&regime_mutex);
	return r;
}

/**
 * ctg_guard_init - put the built-in policy in force
 * @blob: its compiled form
 * @size: its bytes
 * @mode: enum ctguard_mode, or below 0 for what the policy asks for
 *
 * Context: process; sleeps.
 */
int ctg_guard_init(const void *blob, size_t size, int mode)
{
	struct ctg_policy_error error;
	struct ctg_regime *regime;
	int r;

	mutex_lock(&regime_mutex);
	r = new_regime_of(blob, size, &error, &regime);
	if (r) {
		pr_err("built-in policy, byte %u: %s (%d)\n", error.offset,
		       error.reason, r);
	} else {
		if (mode >= 0)
			regime->mode = mode;
		measure_init(regime->mode);
		enforce(regime);
	}
	mutex_unlock(&regime_mutex);
	return r;
}

/** ctg_guard_exit - nothing is in force, and nobody asks; sleeps */
void ctg_guard_exit(void)
{
	cancel_delayed_work_sync(&trial);
	/* The last who read; that waits for a grace period. */
	ctg_container_stop();
	mutex_lock(&regime_mutex);
	free_regime(before_trial);
	before_trial = NULL;
	ctg_container_follow(NULL);
	free_regime(rcu_replace_pointer(in_force, NULL,
					lockdep_is_held(&regime_mutex)));
	mutex_unlock(&regime_mutex);
}
