/* SPDX-License-Identifier: GPL-2.0 */
/* A policy as rules, between its YAML form and its compiled form. */
#ifndef CTGUARD_POLICY_H
#define CTGUARD_POLICY_H

#include <stddef.h>
#include <stdint.h>

#include "approved.h"

/**
 * struct ctguard_rule - one rule
 * @pattern: of names or paths; NULL for a device by its number
 * @when: CTGUARD_OWN_* or 0; paths of pseudo-filesystems and kernel interfaces
 *	only
 * @profile: index; bindings only
 * @type: CTGUARD_DEV_*; devices only, as what follows
 * @access: CTGUARD_ACCESS_*
 * @major: or CTGUARD_DEV_ALL; devices by their number only, as @minor
 * @minor: or CTGUARD_DEV_ALL
 * @number: in the compiled policy, from 1, once ctguard_policy_number() ran
 * @line: where it stands in the file it was read from, from 1; 0 when it was
 *	read from a compiled policy
 * @column: likewise
 */
struct ctguard_rule {
	char *pattern;
	uint32_t when;
	uint32_t profile;
	uint32_t type;
	uint32_t access;
	uint32_t major;
	uint32_t minor;
	unsigned int number;
	unsigned int line;
	unsigned int column;
};

struct ctguard_rules {
	struct ctguard_rule *list;
	size_t count;
	size_t space;
};

struct ctguard_fs {
	char *name;
	struct ctguard_rules allow;
	struct ctguard_rules deny_read;
};

enum ctguard_group {
	CTGUARD_GROUP_MODULES,
	CTGUARD_GROUP_DEVICES,
	CTGUARD_GROUP_PSEUDOFS,
	CTGUARD_GROUP_KERNEL,
	CTGUARD_GROUP_TASKS,
	CTGUARD_GROUP_MOUNTS,
	CTGUARD_GROUP_IMAGES,
	CTGUARD_GROUPS,
};

/*
 * Lists of rules of a profile, in the order they are compiled in. Those of the
 * filesystems stand before CTGUARD_LIST_KERNEL.
 */
enum ctguard_list {
	CTGUARD_LIST_AUTOLOAD,
	CTGUARD_LIST_DEVICES,
	CTGUARD_LIST_DEVICE_NAMES,
	CTGUARD_LIST_KERNEL,
	CTGUARD_LIST_TASKS,
	CTGUARD_LIST_MOUNTS,
	CTGUARD_LISTS,
};

/**
 * struct ctguard_profile - a named set of rules
 * @name: of it
 * @flags: CTGUARD_PROFILE_*
 * @group: CTGUARD_GROUP_* flags of each group
 * @lists: rules of all groups but pseudofs
 * @fs: filesystems, in the order they are compiled in
 * @fs_count: number of those
 * @fs_space: room for those
 * @require: CTGUARD_REQUIRE_* of its images
 * @level: CTGUARD_LEVEL_* that those need; 0 unless approved ones are required
 * @program: CTGUARD_PROGRAM_*; likewise
 */
struct ctguard_profile {
	char *name;
	uint32_t flags;
	uint32_t group[CTGUARD_GROUPS];
	struct ctguard_rules lists[CTGUARD_LISTS];
	struct ctguard_fs *fs;
	size_t fs_count;
	size_t fs_space;
	uint32_t require;
	uint32_t level;
	uint32_t program;
};

/* Indices into the namespaces of a policy, as the compiled form has them. */
enum ctguard_namespace {
	CTGUARD_NAMESPACE_PID,
	CTGUARD_NAMESPACE_USER,
	CTGUARD_NAMESPACE_CGROUP,
	CTGUARD_NAMESPACES,
};

/**
 * struct ctguard_policy - a whole policy, inheritance resolved
 *
 * Once compiled or checked, lists of @approved are sorted.
 */
struct ctguard_policy {
	uint32_t mode;
	uint32_t default_profile;
	uint32_t namespaces[CTGUARD_NAMESPACES];
	struct ctguard_profile *profiles;
	size_t profile_count;
	size_t profile_space;
	struct ctguard_rules cgroups;
	struct ctguard_rules except;
	struct ctguard_rules binds;
	struct ctguard_approvals approved[CTGUARD_APPROVED_KINDS];
};

extern const char *const ctguard_policy_groups[CTGUARD_GROUPS];

/** struct ctguard_policy_names - a group whose rules are names, in one list */
struct ctguard_policy_names {
	enum ctguard_group group;
	enum ctguard_list list;
	uint16_t type; /* CTGUARD_TLV_* of the group */
};

#define CTGUARD_POLICY_NAMES 3
extern const struct ctguard_policy_names
	ctguard_policy_names[CTGUARD_POLICY_NAMES];

struct ctguard_rule *ctguard_policy_rule_add(struct ctguard_rules *rules);
void ctguard_policy_rule_copy(struct ctguard_rules *rules,
			      const struct ctguard_rule *rule);
void ctguard_policy_rules_clear(struct ctguard_rules *rules);
struct ctguard_fs *ctguard_policy_fs_get(struct ctguard_profile *profile,
					 const char *name);
struct ctguard_rules *ctguard_policy_list(struct ctguard_profile *profile,
					  size_t index);
void ctguard_policy_profile_clear(struct ctguard_profile *profile);
unsigned int ctguard_policy_number(struct ctguard_policy *policy);
const struct ctguard_rule *
ctguard_policy_rule_find(const struct ctguard_policy *policy,
			 unsigned int number, char **ret_place);
char *ctguard_policy_rule_text(const struct ctguard_rule *rule);
void ctguard_policy_free(struct ctguard_policy *policy);

#endif /* CTGUARD_POLICY_H */
