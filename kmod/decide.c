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
	default:
		return CTG_POLICY_MODULES;
	}
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
	default:
		return false;
	}
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
	else if (mode == CTGUARD_MODE_COMPLAIN ||
		 ctg_policy_complains(policy, profile, group))
		ret->verdict = CTGUARD_VERDICT_COMPLAIN;
	else
		ret->verdict = CTGUARD_VERDICT_DENY;
}
