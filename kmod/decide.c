// SPDX-License-Identifier: GPL-2.0
/*
 * The decision: operation and object against a profile. Pure: no locks, no
 * memory, no view of the running system.
 */
#include "decide.h"

static enum ctg_policy_group group_of(u32 operation)
{
	switch (operation) {
	case CTGUARD_OP_DEVICE_OPEN:
	case CTGUARD_OP_DEVICE_MKNOD:
	case CTGUARD_OP_DEVICE_MOUNT:
		return CTG_POLICY_DEVICES;
	case CTGUARD_OP_PSEUDOFS_WRITE:
	case CTGUARD_OP_PSEUDOFS_READ:
		return CTG_POLICY_PSEUDOFS;
	case CTGUARD_OP_KERNEL_USE:
		return CTG_POLICY_KERNEL;
	case CTGUARD_OP_TASK_ACCESS:
		return CTG_POLICY_TASKS;
	case CTGUARD_OP_FILESYSTEM_MOUNT:
		return CTG_POLICY_MOUNTS;
	case CTGUARD_OP_IMAGE_START:
		return CTG_POLICY_IMAGES;
	default:
		return CTG_POLICY_MODULES;
	}
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "config:sha256:HEX" or "manifest:sha256:HEX" */
static bool read_image(const char *name, size_t length, u32 *ret_type,
		       u8 *ret_sha256)
{
	static const struct {
		u32 type;
		const char *prefix;
		size_t length;
	} prefixes[] = {
		{ CTGUARD_IMAGE_CONFIG, "config:sha256:", 14 },
		{ CTGUARD_IMAGE_MANIFEST, "manifest:sha256:", 16 },
	};
	size_t i, n;
	int high, low;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		n = prefixes[i].length;
		if (length != n + 2 * CTGUARD_SHA256_SIZE ||
		    memcmp(name, prefixes[i].prefix, n))
			continue;
		*ret_type = prefixes[i].type;
		for (i = 0; i < CTGUARD_SHA256_SIZE; i++) {
			high = digit(name[n + 2 * i]);
			low = digit(name[n + 2 * i + 1]);
			if (high < 0 || low < 0)
				return false;
			ret_sha256[i] = high << 4 | low;
		}
		return true;
	}
	return false;
}

/* Would a container of this image start, if all else is as it should be? */
static bool image_allowed(const struct ctg_policy *policy, u32 profile,
			  const char *name, size_t length)
{
	u8 sha256[CTGUARD_SHA256_SIZE];
	u32 type;

	if (ctg_policy_image_rule(policy, profile)->require !=
	    CTGUARD_REQUIRE_APPROVED)
		return true;
	return read_image(name, length, &type, sha256) &&
	       ctg_policy_approves(policy, type, sha256);
}

/* Does the profile allow it? *ret_rule is the rule that says so, if one does. */
static bool allowed(const struct ctg_policy *policy, u32 profile, u32 flags,
		    const struct ctg_request *r, u32 *ret_rule)
{
	switch (r->operation) {
	case CTGUARD_OP_MODULE_LOAD:
		return flags & CTGUARD_GROUP_ALLOW_LOAD;
	case CTGUARD_OP_MODULE_UNLOAD:
		return flags & CTGUARD_GROUP_ALLOW_UNLOAD;
	case CTGUARD_OP_KEXEC_LOAD:
		return flags & CTGUARD_GROUP_ALLOW_KEXEC;
	case CTGUARD_OP_MODULE_AUTOLOAD:
		*ret_rule = ctg_policy_match_module(policy, profile, r->name,
						    r->length);
		return *ret_rule;
	case CTGUARD_OP_DEVICE_OPEN:
	case CTGUARD_OP_DEVICE_MKNOD:
	case CTGUARD_OP_DEVICE_MOUNT:
		*ret_rule = ctg_policy_match_device(policy, profile,
						    r->dev_type, r->major,
						    r->minor, r->access,
						    r->drivers);
		return *ret_rule;
	case CTGUARD_OP_PSEUDOFS_WRITE:
		*ret_rule = ctg_policy_match_path(policy, profile, r->fs,
						  CTG_POLICY_ALLOW, r->name,
						  r->length, r->own);
		return *ret_rule;
	case CTGUARD_OP_PSEUDOFS_READ:
		if (!r->length)
			return !ctg_policy_lists_reads(policy, profile, r->fs);
		*ret_rule = ctg_policy_match_path(policy, profile, r->fs,
						  CTG_POLICY_DENY_READ, r->name,
						  r->length, r->own);
		return !*ret_rule;
	case CTGUARD_OP_KERNEL_USE:
	case CTGUARD_OP_TASK_ACCESS:
	case CTGUARD_OP_FILESYSTEM_MOUNT:
		*ret_rule = ctg_policy_match_name(policy, profile,
						  group_of(r->operation),
						  r->name, r->length, r->own);
		return *ret_rule;
	case CTGUARD_OP_IMAGE_START:
		return image_allowed(policy, profile, r->name, r->length);
	default:
		return false;
	}
}

/**
 * ctg_decide_refusal - what becomes of what a profile does not allow
 * @policy: to judge by
 * @profile: index of the profile
 * @mode: enum ctguard_mode in force
 * @group: that it belongs to
 *
 * Return: CTGUARD_VERDICT_DENY or _COMPLAIN.
 */
u32 ctg_decide_refusal(const struct ctg_policy *policy, u32 profile, u32 mode,
		       enum ctg_policy_group group)
{
	return mode == CTGUARD_MODE_COMPLAIN ||
			       ctg_policy_complains(policy, profile, group) ?
		       CTGUARD_VERDICT_COMPLAIN :
		       CTGUARD_VERDICT_DENY;
}

static bool is_zero(const u8 *sha256)
{
	u32 i;

	for (i = 0; i < CTGUARD_SHA256_SIZE; i++)
		if (sha256[i])
			return false;
	return true;
}

/**
 * ctg_decide_start - may a container run its first program?
 * @policy: to judge by
 * @profile: index of the container's profile
 * @mode: enum ctguard_mode in force
 * @start: what is known of it
 * @ret_reason: enum ctguard_image_reason
 *
 * Context: any. Return: enum ctguard_verdict.
 */
u32 ctg_decide_start(const struct ctg_policy *policy, u32 profile, u32 mode,
		     const struct ctg_start *start, u32 *ret_reason)
{
	const struct ctguard_image_rule *rule =
		ctg_policy_image_rule(policy, profile);

	if (rule->require != CTGUARD_REQUIRE_APPROVED)
		*ret_reason = CTGUARD_IMAGE_OK;
	else if (!start->claimed)
		*ret_reason = CTGUARD_IMAGE_UNCLAIMED;
	else if (!ctg_policy_approves(policy, CTGUARD_IMAGE_CONFIG,
				      start->config) &&
		 (is_zero(start->manifest) ||
		  !ctg_policy_approves(policy, CTGUARD_IMAGE_MANIFEST,
				       start->manifest)))
		*ret_reason = CTGUARD_IMAGE_UNAPPROVED;
	else if (start->level < rule->level)
		*ret_reason = CTGUARD_IMAGE_LEVEL;
	else if (!ctg_policy_trusts(policy, start->claimant))
		*ret_reason = CTGUARD_IMAGE_CLAIMANT;
	else if (rule->program == CTGUARD_PROGRAM_IMAGE &&
		 start->origin != CTGUARD_ORIGIN_IMAGE)
		*ret_reason = CTGUARD_IMAGE_PROGRAM;
	else
		*ret_reason = CTGUARD_IMAGE_OK;
	return *ret_reason == CTGUARD_IMAGE_OK ?
		       CTGUARD_VERDICT_ALLOW :
		       ctg_decide_refusal(policy, profile, mode,
					  CTG_POLICY_IMAGES);
}

/**
 * ctg_decide - judge one request
 * @policy: to judge by
 * @profile: index of the profile of the task that asks
 * @mode: enum ctguard_mode in force
 * @request: what is asked; its object is complete, which the caller ensures
 * @ret: the answer
 *
 * Context: any.
 */
void ctg_decide(const struct ctg_policy *policy, u32 profile, u32 mode,
		const struct ctg_request *request, struct ctg_decision *ret)
{
	enum ctg_policy_group group = group_of(request->operation);
	u32 flags = ctg_policy_group_flags(policy, profile, group);

	ret->rule = CTGUARD_RULE_NONE;
	if (flags & CTGUARD_GROUP_UNRESTRICTED ||
	    allowed(policy, profile, flags, request, &ret->rule))
		ret->verdict = CTGUARD_VERDICT_ALLOW;
	else
		ret->verdict = ctg_decide_refusal(policy, profile, mode, group);
}
