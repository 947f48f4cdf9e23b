// SPDX-License-Identifier: GPL-2.0
/* A policy as rules, between its YAML form and its compiled form. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "alloc.h"
#include "policy.h"
#include "words.h"

/* Keys of the groups in a profile. */
const char *const ctguard_policy_groups[CTGUARD_GROUPS] = {
	[CTGUARD_GROUP_MODULES] = "modules",
	[CTGUARD_GROUP_DEVICES] = "devices",
	[CTGUARD_GROUP_PSEUDOFS] = "pseudofs",
	[CTGUARD_GROUP_KERNEL] = "kernel",
	[CTGUARD_GROUP_TASKS] = "tasks",
	[CTGUARD_GROUP_MOUNTS] = "mounts",
	[CTGUARD_GROUP_IMAGES] = "images",
};

/* In the order they are compiled in. */
const struct ctguard_policy_names ctguard_policy_names[CTGUARD_POLICY_NAMES] = {
	{ CTGUARD_GROUP_KERNEL, CTGUARD_LIST_KERNEL, CTGUARD_TLV_KERNEL },
	{ CTGUARD_GROUP_TASKS, CTGUARD_LIST_TASKS, CTGUARD_TLV_TASKS },
	{ CTGUARD_GROUP_MOUNTS, CTGUARD_LIST_MOUNTS, CTGUARD_TLV_MOUNTS },
};

/**
 * ctguard_policy_rule_add() - a new rule, all zero, at the end
 *
 * Return: the rule, to be used before the next one is added.
 */
struct ctguard_rule *ctguard_policy_rule_add(struct ctguard_rules *rules)
{
	struct ctguard_rule *rule;

	rules->list = ctguard_alloc_grow(rules->list, &rules->space,
					 rules->count + 1, sizeof(*rule));
	rule = &rules->list[rules->count++];
	memset(rule, 0, sizeof(*rule));
	return rule;
}

/** ctguard_policy_rule_copy() - add a copy of @rule at the end */
void ctguard_policy_rule_copy(struct ctguard_rules *rules,
			      const struct ctguard_rule *rule)
{
	struct ctguard_rule *copy = ctguard_policy_rule_add(rules);

	*copy = *rule;
	if (rule->pattern)
		copy->pattern = ctguard_alloc_string(rule->pattern,
						     strlen(rule->pattern));
}

/** ctguard_policy_rules_clear() - free the rules of a list */
void ctguard_policy_rules_clear(struct ctguard_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		free(rules->list[i].pattern);
	free(rules->list);
	memset(rules, 0, sizeof(*rules));
}

/**
 * ctguard_policy_fs_get() - the rules for a filesystem, added when new
 * @profile: to look in
 * @name: type of the filesystem
 *
 * Return: it, to be used before another is added.
 */
struct ctguard_fs *ctguard_policy_fs_get(struct ctguard_profile *profile,
					 const char *name)
{
	struct ctguard_fs *fs;

	for (size_t i = 0; i < profile->fs_count; i++)
		if (!strcmp(profile->fs[i].name, name))
			return &profile->fs[i];
	profile->fs = ctguard_alloc_grow(profile->fs, &profile->fs_space,
					 profile->fs_count + 1, sizeof(*fs));
	fs = &profile->fs[profile->fs_count++];
	memset(fs, 0, sizeof(*fs));
	fs->name = ctguard_alloc_string(name, strlen(name));
	return fs;
}

/**
 * ctguard_policy_list() - one of a profile's lists of rules
 * @profile: its filesystems included, each with what it allows and denies
 * @index: from 0, in the order they are compiled in
 *
 * Return: the list, or NULL behind the last.
 */
struct ctguard_rules *ctguard_policy_list(struct ctguard_profile *profile,
					  size_t index)
{
	size_t fs = index - CTGUARD_LIST_KERNEL;

	if (index < CTGUARD_LIST_KERNEL)
		return &profile->lists[index];
	if (fs < 2 * profile->fs_count)
		return fs % 2 ? &profile->fs[fs / 2].deny_read :
				&profile->fs[fs / 2].allow;
	index -= 2 * profile->fs_count;
	return index < CTGUARD_LISTS ? &profile->lists[index] : NULL;
}

/** ctguard_policy_profile_clear() - free what a profile holds */
void ctguard_policy_profile_clear(struct ctguard_profile *profile)
{
	struct ctguard_rules *rules;

	for (size_t i = 0; (rules = ctguard_policy_list(profile, i)); i++)
		ctguard_policy_rules_clear(rules);
	for (size_t i = 0; i < profile->fs_count; i++)
		free(profile->fs[i].name);
	free(profile->fs);
	free(profile->name);
	memset(profile, 0, sizeof(*profile));
}

static void number(struct ctguard_rules *rules, unsigned int *count)
{
	for (size_t i = 0; i < rules->count; i++)
		rules->list[i].number = ++*count;
}

/**
 * ctguard_policy_number() - number the rules as the compiled policy does
 * @policy: to be numbered
 *
 * Return: how many rules there are.
 */
unsigned int ctguard_policy_number(struct ctguard_policy *policy)
{
	unsigned int count = 0;

	for (size_t i = 0; i < policy->profile_count; i++) {
		struct ctguard_profile *profile = &policy->profiles[i];
		struct ctguard_rules *rules;

		for (size_t j = 0; (rules = ctguard_policy_list(profile, j));
		     j++)
			number(rules, &count);
	}
	number(&policy->cgroups, &count);
	number(&policy->except, &count);
	number(&policy->binds, &count);
	return count;
}

static const struct ctguard_rule *find(const struct ctguard_rules *rules,
				       unsigned int number)
{
	if (!rules->count || number < rules->list[0].number ||
	    number - rules->list[0].number >= rules->count)
		return NULL;
	return &rules->list[number - rules->list[0].number];
}

/* Keys of a profile that lead to the list ctguard_policy_list() gives. */
static char *place(const struct ctguard_profile *profile, size_t index)
{
	static const char *const places[CTGUARD_LISTS] = {
		[CTGUARD_LIST_AUTOLOAD] = "modules.autoload",
		[CTGUARD_LIST_DEVICES] = "devices.allow",
		[CTGUARD_LIST_DEVICE_NAMES] = "devices.allow",
		[CTGUARD_LIST_KERNEL] = "kernel.allow",
		[CTGUARD_LIST_TASKS] = "tasks.allow",
		[CTGUARD_LIST_MOUNTS] = "mounts.allow",
	};
	size_t fs = index - CTGUARD_LIST_KERNEL;

	if (index >= CTGUARD_LIST_KERNEL && fs < 2 * profile->fs_count)
		return ctguard_alloc_format("profiles.%s.pseudofs.%s.%s",
					    profile->name,
					    fs % 2 ? "deny-read" : "allow",
					    profile->fs[fs / 2].name);
	if (index >= CTGUARD_LIST_KERNEL)
		index -= 2 * profile->fs_count;
	return ctguard_alloc_format("profiles.%s.%s", profile->name,
				    places[index]);
}

/**
 * ctguard_policy_rule_find() - the rule of a number
 * @policy: numbered
 * @number: from 1
 * @ret_place: keys that lead to it, as "profiles.baseline.devices.allow", to
 *	be freed
 *
 * Return: the rule, or NULL.
 */
const struct ctguard_rule *
ctguard_policy_rule_find(const struct ctguard_policy *policy,
			 unsigned int number, char **ret_place)
{
	const struct ctguard_rule *rule;

	for (size_t i = 0; i < policy->profile_count; i++) {
		struct ctguard_profile *profile = &policy->profiles[i];
		const struct ctguard_rules *rules;

		for (size_t j = 0; (rules = ctguard_policy_list(profile, j));
		     j++) {
			rule = find(rules, number);
			if (!rule)
				continue;
			*ret_place = place(profile, j);
			return rule;
		}
	}
	rule = find(&policy->cgroups, number);
	if (rule) {
		*ret_place = ctguard_alloc_format("guard.cgroups");
		return rule;
	}
	rule = find(&policy->except, number);
	if (rule) {
		*ret_place = ctguard_alloc_format("guard.except");
		return rule;
	}
	rule = find(&policy->binds, number);
	if (rule)
		*ret_place = ctguard_alloc_format("bind");
	return rule;
}

/**
 * ctguard_policy_rule_text() - what a rule says, but for its condition
 *
 * Return: its pattern, "c 1:3 rwm" or "char-nvidia:* rw", to be freed.
 */
char *ctguard_policy_rule_text(const struct ctguard_rule *rule)
{
	char major[16] = "*", minor[16] = "*", access[CTGUARD_WORDS_ACCESS];

	if (rule->pattern && !rule->access)
		return ctguard_alloc_string(rule->pattern,
					    strlen(rule->pattern));
	ctguard_words_access(rule->access, access);
	if (rule->pattern)
		return ctguard_alloc_format(
			"%s-%s:* %s",
			rule->type == CTGUARD_DEV_CHAR ? "char" : "block",
			rule->pattern, access);
	if (rule->major != CTGUARD_DEV_ALL)
		snprintf(major, sizeof(major), "%u", rule->major);
	if (rule->minor != CTGUARD_DEV_ALL)
		snprintf(minor, sizeof(minor), "%u", rule->minor);
	return ctguard_alloc_format("%c %s:%s %s",
				    ctguard_words_device(rule->type), major,
				    minor, access);
}

/** ctguard_policy_free() - free a policy, or NULL */
void ctguard_policy_free(struct ctguard_policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->profile_count; i++)
		ctguard_policy_profile_clear(&policy->profiles[i]);
	free(policy->profiles);
	ctguard_policy_rules_clear(&policy->cgroups);
	ctguard_policy_rules_clear(&policy->except);
	ctguard_policy_rules_clear(&policy->binds);
	for (size_t i = 0; i < CTGUARD_APPROVED_KINDS; i++)
		ctguard_approved_clear(&policy->approved[i]);
	free(policy);
}
