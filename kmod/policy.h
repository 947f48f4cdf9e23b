/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The compiled policy: parsed, validated, indexed, immutable. Compiles in the
 * kernel and in userland alike.
 */
#ifndef _CTG_POLICY_H
#define _CTG_POLICY_H

#include "portable.h"

struct ctg_policy;

/**
 * struct ctg_policy_error - why a compiled policy was refused
 * @offset: bytes from its start
 * @reason: a static string, what was found or expected there
 */
struct ctg_policy_error {
	u32 offset;
	const char *reason;
};

/* Indices into NAMESPACES of the compiled policy. */
enum ctg_policy_namespace {
	CTG_POLICY_NS_PID,
	CTG_POLICY_NS_USER,
	CTG_POLICY_NS_CGROUP,
	CTG_POLICY_NS_COUNT,
};

/* Rule groups of a profile. */
enum ctg_policy_group {
	CTG_POLICY_MODULES,
	CTG_POLICY_DEVICES,
	CTG_POLICY_PSEUDOFS,
	CTG_POLICY_KERNEL,
	CTG_POLICY_TASKS,
	CTG_POLICY_MOUNTS,
	CTG_POLICY_IMAGES,
	CTG_POLICY_GROUP_COUNT,
};

/* Lists of patterns that belong to the policy or to one filesystem. */
enum ctg_policy_list {
	CTG_POLICY_CGROUP,
	CTG_POLICY_EXCEPT,
	CTG_POLICY_BIND,
	CTG_POLICY_AUTOLOAD,
	CTG_POLICY_ALLOW,
	CTG_POLICY_DENY_READ,
};

int ctg_policy_parse(const void *blob, size_t size, struct ctg_policy **ret,
		     struct ctg_policy_error *error);
void ctg_policy_free(struct ctg_policy *policy);

const u8 *ctg_policy_blob(const struct ctg_policy *policy, u32 *ret_size);
size_t ctg_policy_memory(const struct ctg_policy *policy);
u32 ctg_policy_mode(const struct ctg_policy *policy);
u32 ctg_policy_default(const struct ctg_policy *policy);
u32 ctg_policy_namespace(const struct ctg_policy *policy,
			 enum ctg_policy_namespace ns);

u32 ctg_policy_profile_count(const struct ctg_policy *policy);
const char *ctg_policy_profile_name(const struct ctg_policy *policy,
				    u32 profile);
u32 ctg_policy_profile_find(const struct ctg_policy *policy, const char *name);
bool ctg_policy_complains(const struct ctg_policy *policy, u32 profile,
			  enum ctg_policy_group group);
u32 ctg_policy_group_flags(const struct ctg_policy *policy, u32 profile,
			   enum ctg_policy_group group);

bool ctg_policy_guards(const struct ctg_policy *policy, const char *path);
u32 ctg_policy_bind(const struct ctg_policy *policy, const char *path);

u32 ctg_policy_match_module(const struct ctg_policy *policy, u32 profile,
			    const char *name, size_t length);
u32 ctg_policy_match_device(const struct ctg_policy *policy, u32 profile,
			    u8 type, u32 major, u32 minor, u8 access,
			    const char *const *drivers);
u32 ctg_policy_match_name(const struct ctg_policy *policy, u32 profile,
			  enum ctg_policy_group group, const char *name,
			  size_t length, u32 own);
const struct ctguard_image_rule *
ctg_policy_image_rule(const struct ctg_policy *policy, u32 profile);
bool ctg_policy_approves(const struct ctg_policy *policy, u32 type,
			 const u8 *sha256);
bool ctg_policy_trusts(const struct ctg_policy *policy, const u8 *sha256);
u32 ctg_policy_match_path(const struct ctg_policy *policy, u32 profile,
			  const char *fs, enum ctg_policy_list list,
			  const char *path, size_t length, u32 own);
bool ctg_policy_lists_reads(const struct ctg_policy *policy, u32 profile,
			    const char *fs);

#endif /* _CTG_POLICY_H */
