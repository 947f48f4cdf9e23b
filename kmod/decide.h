/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The decision: one pure function over an immutable policy.
 */
#ifndef _CTG_DECIDE_H
#define _CTG_DECIDE_H

#include "policy.h"

/**
 * struct ctg_request - what is asked, of what
 * @operation: enum ctguard_operation
 * @own: CTGUARD_OWN_* that hold for a pseudofs object or a kernel interface
 * @name: module name, path inside the superblock, name of a kernel interface,
 *	of an access to a task, or filesystem type; need not end in NUL
 * @length: of @name; 0 for a file whose path is not known: no rule allows it,
 *	and any that denies reads of its filesystem denies it
 * @fs: filesystem type of a pseudofs object
 * @dev_type: CTGUARD_DEV_BLOCK or _CHAR
 * @access: CTGUARD_ACCESS_* asked for
 * @major: of a device
 * @minor: of a device
 * @reason: enum ctguard_image_reason, of an image that is refused
 * @drivers: names that /proc/devices has for its major, ending in NULL; NULL
 *	if there are none
 */
struct ctg_request {
	u32 operation;
	u32 own;
	const char *name;
	size_t length;
	const char *fs;
	u8 dev_type;
	u8 access;
	u8 reason;
	u32 major;
	u32 minor;
	const char *const *drivers;
};

/**
 * struct ctg_decision - the answer
 * @verdict: enum ctguard_verdict
 * @rule: number of the rule that decided, or CTGUARD_RULE_NONE
 */
struct ctg_decision {
	u32 verdict;
	u32 rule;
};

/**
 * struct ctg_start - what is known of a container's first program
 * @claimed: somebody said of what image the container is
 * @level: how deep that was checked, CTGUARD_LEVEL_*
 * @origin: enum ctguard_origin
 * @config: SHA-256 of the image's config
 * @manifest: SHA-256 of the image's manifest; zeros if not known
 * @claimant: SHA-256 of the executable that made the claim
 */
struct ctg_start {
	bool claimed;
	u8 level;
	u8 origin;
	u8 config[CTGUARD_SHA256_SIZE];
	u8 manifest[CTGUARD_SHA256_SIZE];
	u8 claimant[CTGUARD_SHA256_SIZE];
};

u32 ctg_decide_start(const struct ctg_policy *policy, u32 profile, u32 mode,
		     const struct ctg_start *start, u32 *ret_reason);
u32 ctg_decide_refusal(const struct ctg_policy *policy, u32 profile, u32 mode,
		       enum ctg_policy_group group);
void ctg_decide(const struct ctg_policy *policy, u32 profile, u32 mode,
		const struct ctg_request *request, struct ctg_decision *ret);

#endif /* _CTG_DECIDE_H */
