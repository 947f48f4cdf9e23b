/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is in force, and the verdict on a request.
 */
#ifndef _CTG_GUARD_H
#define _CTG_GUARD_H

#include <uapi/ctguard/ctguard.h>

#include "decide.h"

struct ctg_container;
struct ctg_policy;
struct ctg_policy_error;
struct ctg_regime;
struct task_struct;

/**
 * struct ctg_subject - who asks, for the time of one request
 * @container: never NULL
 * @regime: what is in force; one and the same for the whole request
 * @profile: of the container in that policy
 */
struct ctg_subject {
	struct ctg_container *container;
	const struct ctg_regime *regime;
	u32 profile;
};

/* What ctg_guard_status() tells. */
struct ctg_guard_status {
	u64 generation;
	u32 mode;
	u32 policy_mode;
	u32 size;
	u8 sha256[CTGUARD_SHA256_SIZE];
	bool trial;
	u32 trial_left; /* ms */
};

int ctg_guard_init(const void *blob, size_t size, int mode);
void ctg_guard_exit(void);

bool ctg_guard_subject(struct ctg_subject *subject);
bool ctg_guard_subject_of(struct task_struct *task,
			  struct ctg_subject *subject);
bool ctg_guard_asks_reads(const struct ctg_subject *subject, const char *fs);
int ctg_guard_ask(const struct ctg_subject *subject,
		  const struct ctg_request *request);
int ctg_guard_judge(const struct ctg_subject *subject,
		    const struct ctg_request *request, const char *hook,
		    unsigned long site);
const struct ctguard_image_rule *
ctg_guard_image_rule(const struct ctg_subject *subject);
u32 ctg_guard_judge_start(const struct ctg_subject *subject,
			  const struct ctg_start *start, u32 *ret_reason);
u32 ctg_guard_refusal(const struct ctg_subject *subject,
		      enum ctg_policy_group group);
int ctg_guard_refuse(const struct ctg_request *request, const char *hook,
		     unsigned long site);
void ctg_guard_explain(const struct ctg_subject *subject,
		       const struct ctg_request *request,
		       struct ctg_decision *ret);
const char *ctg_guard_profile_name(const struct ctg_subject *subject);
const char *ctg_guard_profile_name_of(struct ctg_container *container);

int ctg_guard_load(const void *blob, size_t size, u32 trial_ms,
		   struct ctg_policy_error *error);
int ctg_guard_set_mode(u32 mode, u32 trial_ms);
int ctg_guard_end_trial(bool confirm);
void ctg_guard_status(struct ctg_guard_status *ret);
int ctg_guard_copy(u64 *generation, u32 offset, void *to, u32 length,
		   u32 *ret_size);
bool ctg_guard_has_profile(const char *name);

#endif /* _CTG_GUARD_H */
