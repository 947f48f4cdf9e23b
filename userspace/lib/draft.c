// SPDX-License-Identifier: GPL-2.0
/* Profiles as they are written, made whole by inheritance. */
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

#include "alloc.h"
#include "cleanup.h"
#include "diagnostics.h"
#include "draft.h"
#include "words.h"

/** ctguard_draft_add() - a new profile at the end, to be used at once */
struct ctguard_draft *ctguard_draft_add(struct ctguard_drafts *drafts)
{
	struct ctguard_draft *draft;

	drafts->list = ctguard_alloc_grow(drafts->list, &drafts->space,
					  drafts->count + 1, sizeof(*draft));
	draft = &drafts->list[drafts->count++];
	memset(draft, 0, sizeof(*draft));
	draft->parent = -1;
	return draft;
}

/** ctguard_draft_find() - index of the profile called @name, or -1 */
long ctguard_draft_find(const struct ctguard_drafts *drafts, const char *name)
{
	for (size_t i = 0; i < drafts->count; i++)
		if (!strcmp(drafts->list[i].profile.name, name))
			return (long)i;
	return -1;
}

static const char *name_of(const void *words, size_t i)
{
	const struct ctguard_drafts *drafts = words;

	return drafts->list[i].profile.name;
}

/** ctguard_draft_nearest() - the profile that @name may mean, or NULL */
const char *ctguard_draft_nearest(const struct ctguard_drafts *drafts,
				  const char *name)
{
	return ctguard_words_nearest(name, name_of, drafts, drafts->count);
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

/* Order of rules of one list by what they say; 0 when they say the same. */
static int compare(const struct ctguard_rule *a, const struct ctguard_rule *b)
{
	int r = 0;

	if (a->pattern && b->pattern)
		r = strcmp(a->pattern, b->pattern);
	if (!r)
		r = compare_u32(a->when, b->when);
	if (!r)
		r = compare_u32(a->type, b->type);
	if (!r)
		r = compare_u32(a->major, b->major);
	if (!r)
		r = compare_u32(a->minor, b->minor);
	if (!r)
		r = compare_u32(a->access, b->access);
	return r;
}

/* The same for qsort(): what stands first is less. */
static int compare_stable(const void *a, const void *b)
{
	const struct ctguard_rule *const *x = a, *const *y = b;
	int r = compare(*x, *y);

	if (!r)
		r = *x < *y ? -1 : *x > *y;
	return r;
}

static int compare_found(const void *a, const void *b)
{
	const struct ctguard_rule *const *y = b;

	return compare(a, *y);
}

static const struct ctguard_rule **sorted(const struct ctguard_rules *rules)
{
	const struct ctguard_rule **list =
		ctguard_alloc_zeroed(rules->count, sizeof(*list));

	for (size_t i = 0; i < rules->count; i++)
		list[i] = &rules->list[i];
	qsort(list, rules->count, sizeof(*list), compare_stable);
	return list;
}

/**
 * ctguard_draft_duplicates() - find rules that say what another says
 * @rules: a list as it is written
 * @diagnostics: gets a fault for each but the first
 */
void ctguard_draft_duplicates(const struct ctguard_rules *rules,
			      struct ctguard_diagnostics *diagnostics)
{
	CTGUARD_FREE const struct ctguard_rule **list = sorted(rules);
	const struct ctguard_rule *first = NULL;

	for (size_t i = 0; i < rules->count; i++) {
		CTGUARD_FREE char *text = NULL;

		if (!first || compare(first, list[i])) {
			first = list[i];
			continue;
		}
		text = ctguard_policy_rule_text(list[i]);
		ctguard_diagnostics_add(
			diagnostics, list[i]->line, list[i]->column,
			"found \"%s\" again, expected each rule once: it stands on line %u already",
			text, first->line);
	}
}

/* Makes *@rules those of @parent and, after them, its own that are new. */
static void inherit_rules(struct ctguard_rules *rules,
			  const struct ctguard_rules *parent)
{
	CTGUARD_FREE const struct ctguard_rule **known = sorted(parent);
	struct ctguard_rules both = { 0 };

	for (size_t i = 0; i < parent->count; i++)
		ctguard_policy_rule_copy(&both, &parent->list[i]);
	for (size_t i = 0; i < rules->count; i++)
		if (!parent->count ||
		    !bsearch(&rules->list[i], known, parent->count,
			     sizeof(*known), compare_found))
			ctguard_policy_rule_copy(&both, &rules->list[i]);
	ctguard_policy_rules_clear(rules);
	*rules = both;
}

static void inherit_pseudofs(struct ctguard_profile *profile,
			     const struct ctguard_profile *parent)
{
	struct ctguard_profile both = { 0 };
	struct ctguard_fs *fs;

	for (size_t i = 0; i < parent->fs_count; i++) {
		fs = ctguard_policy_fs_get(&both, parent->fs[i].name);
		inherit_rules(&fs->allow, &parent->fs[i].allow);
		inherit_rules(&fs->deny_read, &parent->fs[i].deny_read);
	}
	for (size_t i = 0; i < profile->fs_count; i++) {
		struct ctguard_fs own = profile->fs[i];

		fs = ctguard_policy_fs_get(&both, own.name);
		inherit_rules(&own.allow, &fs->allow);
		inherit_rules(&own.deny_read, &fs->deny_read);
		ctguard_policy_rules_clear(&fs->allow);
		ctguard_policy_rules_clear(&fs->deny_read);
		fs->allow = own.allow;
		fs->deny_read = own.deny_read;
		free(own.name);
	}
	free(profile->fs);
	profile->fs = both.fs;
	profile->fs_count = both.fs_count;
	profile->fs_space = both.fs_space;
}

static void inherit_group(struct ctguard_draft *draft,
			  const struct ctguard_draft *parent,
			  enum ctguard_group group)
{
	static const enum ctguard_group groups[CTGUARD_LISTS] = {
		[CTGUARD_LIST_AUTOLOAD] = CTGUARD_GROUP_MODULES,
		[CTGUARD_LIST_DEVICES] = CTGUARD_GROUP_DEVICES,
		[CTGUARD_LIST_DEVICE_NAMES] = CTGUARD_GROUP_DEVICES,
		[CTGUARD_LIST_KERNEL] = CTGUARD_GROUP_KERNEL,
		[CTGUARD_LIST_TASKS] = CTGUARD_GROUP_TASKS,
		[CTGUARD_LIST_MOUNTS] = CTGUARD_GROUP_MOUNTS,
	};
	struct ctguard_profile *profile = &draft->profile;

	if (draft->shape[group] == CTGUARD_DRAFT_UNRESTRICTED ||
	    parent->shape[group] == CTGUARD_DRAFT_ABSENT)
		return;
	if (parent->shape[group] == CTGUARD_DRAFT_UNRESTRICTED) {
		/* What is written restricts; nothing is left to be added. */
		if (draft->shape[group] == CTGUARD_DRAFT_RULES)
			return;
		draft->shape[group] = CTGUARD_DRAFT_UNRESTRICTED;
		profile->group[group] = CTGUARD_GROUP_UNRESTRICTED;
		return;
	}
	draft->shape[group] = CTGUARD_DRAFT_RULES;
	profile->group[group] |= parent->profile.group[group] &
				 ~draft->given[group];
	draft->given[group] |= parent->given[group];
	if (group == CTGUARD_GROUP_PSEUDOFS)
		inherit_pseudofs(profile, &parent->profile);
	for (size_t i = 0; i < CTGUARD_LISTS; i++)
		if (groups[i] == group)
			inherit_rules(&profile->lists[i],
				      &parent->profile.lists[i]);
}

/*
 * What is not written is inherited, word by word; where nobody requires
 * approved images, there is nothing to be inherited of how.
 */
static void inherit_images(struct ctguard_draft *draft,
			   const struct ctguard_draft *parent)
{
	struct ctguard_profile *profile = &draft->profile;

	if (!draft->require_given)
		profile->require = parent->profile.require;
	profile->group[CTGUARD_GROUP_IMAGES] |=
		parent->profile.group[CTGUARD_GROUP_IMAGES] &
		~draft->given[CTGUARD_GROUP_IMAGES];
	if (parent->profile.require != CTGUARD_REQUIRE_APPROVED)
		return;
	if (!draft->level_given)
		profile->level = parent->profile.level;
	if (!draft->program_given)
		profile->program = parent->profile.program;
}

/* What goes without saying, which whoever inherits may say otherwise. */
static void assume_images(struct ctguard_draft *draft)
{
	if (!draft->level_given)
		draft->profile.level = CTGUARD_LEVEL_LAYERS;
	if (!draft->program_given)
		draft->profile.program = CTGUARD_PROGRAM_IMAGE;
}

/* Tells what is written and cannot mean anything, and forgets the rest. */
static void settle_images(struct ctguard_draft *draft,
			  struct ctguard_diagnostics *diagnostics)
{
	struct ctguard_profile *profile = &draft->profile;

	if (profile->require != CTGUARD_REQUIRE_APPROVED) {
		if (draft->level_given || draft->program_given)
			ctguard_diagnostics_add(
				diagnostics, draft->images_line,
				draft->images_column,
				"found \"%s\" in the images of profile \"%s\", expected \"require: approved\" with it",
				draft->level_given ? "level" : "program",
				profile->name);
		profile->level = 0;
		profile->program = 0;
	}
	if (!profile->require)
		profile->group[CTGUARD_GROUP_IMAGES] = 0;
}

static size_t rules_of(struct ctguard_profile *profile)
{
	const struct ctguard_rules *rules;
	size_t count = 0;

	for (size_t i = 0; (rules = ctguard_policy_list(profile, i)); i++)
		count += rules->count;
	return count;
}

struct flattening {
	struct ctguard_drafts *drafts;
	struct ctguard_diagnostics *diagnostics;
	size_t rules; /* of all profiles done */
	bool full;
	bool cycle;
};

static void flatten(struct flattening *f, struct ctguard_draft *draft)
{
	struct ctguard_draft *parent;

	if (draft->walk == CTGUARD_DRAFT_DONE)
		return;
	draft->walk = CTGUARD_DRAFT_OPEN;
	if (draft->parent >= 0) {
		parent = &f->drafts->list[draft->parent];
		if (parent->walk == CTGUARD_DRAFT_OPEN) {
			ctguard_diagnostics_add(
				f->diagnostics, draft->inherit_line,
				draft->inherit_column,
				"found \"%s\", expected a profile that does not inherit from \"%s\" itself",
				draft->inherit, draft->profile.name);
			draft->parent = -1;
			f->cycle = true;
		} else {
			flatten(f, parent);
		}
	}
	assume_images(draft);
	if (draft->parent >= 0 && !f->full) {
		parent = &f->drafts->list[draft->parent];
		if (!draft->complain_given)
			draft->profile.flags |= parent->profile.flags;
		for (size_t i = 0; i < CTGUARD_GROUP_IMAGES; i++)
			inherit_group(draft, parent, (enum ctguard_group)i);
		inherit_images(draft, parent);
	}
	settle_images(draft, f->diagnostics);
	f->rules += rules_of(&draft->profile);
	if (f->rules > 4 * (size_t)CTGUARD_POLICY_MAX_RULES && !f->full) {
		f->full = true;
		ctguard_diagnostics_add(
			f->diagnostics, draft->line, draft->column,
			"found %zu rules in profiles up to \"%s\" with what they inherit, expected at most %u",
			f->rules, draft->profile.name,
			CTGUARD_POLICY_MAX_RULES);
	}
	draft->walk = CTGUARD_DRAFT_DONE;
}

/**
 * ctguard_draft_flatten() - make every profile whole by what it inherits
 * @drafts: their parents are known
 * @diagnostics: gets what is wrong
 */
void ctguard_draft_flatten(struct ctguard_drafts *drafts,
			   struct ctguard_diagnostics *diagnostics)
{
	struct flattening f = { drafts, diagnostics, 0, false, false };

	for (size_t i = 0; i < drafts->count; i++)
		flatten(&f, &drafts->list[i]);
	for (size_t i = 0; i < drafts->count; i++) {
		const struct ctguard_draft *draft = &drafts->list[i];

		if (draft->profile.fs_count > CTGUARD_POLICY_MAX_FILESYSTEMS)
			ctguard_diagnostics_add(
				diagnostics, draft->line, draft->column,
				"found %zu filesystems in profile \"%s\", expected at most %u",
				draft->profile.fs_count, draft->profile.name,
				CTGUARD_POLICY_MAX_FILESYSTEMS);
		/* What says nothing of images requires none. */
		for (size_t j = 0; j < CTGUARD_GROUP_IMAGES && draft->compiled;
		     j++)
			if (draft->shape[j] == CTGUARD_DRAFT_ABSENT && !f.cycle)
				ctguard_diagnostics_add(
					diagnostics, draft->line, draft->column,
					"found no \"%s\" in profile \"%s\", expected its rules; to leave them free write \"%s: unrestricted\"",
					ctguard_policy_groups[j],
					draft->profile.name,
					ctguard_policy_groups[j]);
	}
}

/** ctguard_draft_clear() - free all drafts */
void ctguard_draft_clear(struct ctguard_drafts *drafts)
{
	for (size_t i = 0; i < drafts->count; i++) {
		ctguard_policy_profile_clear(&drafts->list[i].profile);
		free(drafts->list[i].inherit);
	}
	free(drafts->list);
	memset(drafts, 0, sizeof(*drafts));
}
