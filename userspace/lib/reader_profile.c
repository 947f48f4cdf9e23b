// SPDX-License-Identifier: GPL-2.0
/* The profiles of a policy's YAML and their groups of rules. */
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "alloc.h"
#include "diagnostics.h"
#include "escape.h"
#include "reader_private.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * A group of rules being read. In pseudofs, which is read when both are known,
 * @allow and @deny_read are what stands there.
 */
struct group {
	struct ctguard_draft *draft;
	enum ctguard_group which;
	const struct ctguard_policy_names *names;
	const yaml_node_t *allow;
	const yaml_node_t *deny_read;
};

static void read_group_complain(struct ctguard_reader *r,
				const yaml_node_t *node, void *context)
{
	struct group *group = context;
	struct ctguard_draft *draft = group->draft;

	if (ctguard_reader_boolean(r, node, &draft->profile.group[group->which],
				   CTGUARD_GROUP_COMPLAIN))
		draft->given[group->which] |= CTGUARD_GROUP_COMPLAIN;
}

/* The keys of a group, or a word instead. */
static void read_group(struct ctguard_reader *r, const yaml_node_t *node,
		       struct group *group,
		       const struct ctguard_reader_key *keys, size_t count)
{
	static const char expected[] =
		"a mapping of rules, or \"unrestricted\"";
	struct ctguard_draft *draft = group->draft;

	draft->shape[group->which] = CTGUARD_DRAFT_RULES;
	if (node->type != YAML_SCALAR_NODE ||
	    !ctguard_reader_untagged(r, node)) {
		ctguard_reader_keys(r, node, expected, keys, count, group);
		return;
	}
	if (strcmp((const char *)node->data.scalar.value, "unrestricted")) {
		ctguard_reader_unexpected(r, node, expected);
		return;
	}
	draft->shape[group->which] = CTGUARD_DRAFT_UNRESTRICTED;
	draft->profile.group[group->which] = CTGUARD_GROUP_UNRESTRICTED;
}

/* A list of rules, each once. */
static void read_rules(struct ctguard_reader *r, const yaml_node_t *node,
		       const char *expected, ctguard_reader_function *item,
		       struct ctguard_rules *rules)
{
	ctguard_reader_items(r, node, expected, item, rules);
	ctguard_draft_duplicates(rules, r->diagnostics);
}

/*
 * modules
 */
static void read_switch(struct ctguard_reader *r, const yaml_node_t *node,
			struct group *group, uint32_t flag)
{
	const char *word = ctguard_reader_word(r, node, "allow or deny");

	if (!word)
		return;
	group->draft->given[CTGUARD_GROUP_MODULES] |= flag;
	if (!strcmp(word, "allow"))
		group->draft->profile.group[CTGUARD_GROUP_MODULES] |= flag;
	else if (strcmp(word, "deny"))
		ctguard_reader_unexpected(r, node, "allow or deny");
}

static void read_load(struct ctguard_reader *r, const yaml_node_t *node,
		      void *context)
{
	read_switch(r, node, context, CTGUARD_GROUP_ALLOW_LOAD);
}

static void read_unload(struct ctguard_reader *r, const yaml_node_t *node,
			void *context)
{
	read_switch(r, node, context, CTGUARD_GROUP_ALLOW_UNLOAD);
}

static void read_kexec(struct ctguard_reader *r, const yaml_node_t *node,
		       void *context)
{
	read_switch(r, node, context, CTGUARD_GROUP_ALLOW_KEXEC);
}

static void read_autoload(struct ctguard_reader *r, const yaml_node_t *node,
			  void *context)
{
	struct group *group = context;

	read_rules(r, node, "a list of patterns of module names",
		   ctguard_reader_name_item,
		   &group->draft->profile.lists[CTGUARD_LIST_AUTOLOAD]);
}

static const struct ctguard_reader_key modules_keys[] = {
	{ "complain", read_group_complain, NULL },
	{ "load", read_load, NULL },
	{ "unload", read_unload, NULL },
	{ "kexec", read_kexec, NULL },
	{ "autoload", read_autoload, NULL },
};

static void read_modules(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	struct group group = { .draft = context,
			       .which = CTGUARD_GROUP_MODULES };

	read_group(r, node, &group, modules_keys, COUNT(modules_keys));
}

/*
 * devices
 */
static void read_device(struct ctguard_reader *r, const yaml_node_t *node,
			void *context)
{
	struct ctguard_rules *lists = context;
	struct ctguard_rule rule = { 0 };

	if (!ctguard_reader_device(r, node, &rule))
		return;
	ctguard_policy_rule_copy(
		&lists[rule.pattern ? CTGUARD_LIST_DEVICE_NAMES :
				      CTGUARD_LIST_DEVICES],
		&rule);
	free(rule.pattern);
}

static void read_devices_allow(struct ctguard_reader *r,
			       const yaml_node_t *node, void *context)
{
	struct group *group = context;
	struct ctguard_rules *lists = group->draft->profile.lists;

	ctguard_reader_items(r, node, "a list of devices", read_device, lists);
	ctguard_draft_duplicates(&lists[CTGUARD_LIST_DEVICES], r->diagnostics);
	ctguard_draft_duplicates(&lists[CTGUARD_LIST_DEVICE_NAMES],
				 r->diagnostics);
}

static const struct ctguard_reader_key devices_keys[] = {
	{ "complain", read_group_complain, NULL },
	{ "allow", read_devices_allow, NULL },
};

static void read_devices(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	struct group group = { .draft = context,
			       .which = CTGUARD_GROUP_DEVICES };

	read_group(r, node, &group, devices_keys, COUNT(devices_keys));
}

/*
 * pseudofs
 */
/** ctguard_reader_rule_path() - the path of the rule at @context */
void ctguard_reader_rule_path(struct ctguard_reader *r, const yaml_node_t *node,
			      void *context)
{
	struct ctguard_rule *rule = context;

	rule->pattern = ctguard_reader_pattern(r, node, CTG_GLOB_PATH);
	ctguard_reader_place(rule, node);
}

/* A condition, one of @known. */
static void read_when(struct ctguard_reader *r, const yaml_node_t *node,
		      const char *expected, uint32_t known, uint32_t *ret)
{
	const char *word = ctguard_reader_word(r, node, expected);
	uint32_t when;

	if (!word)
		return;
	if (ctguard_words_when_find(word, &when) && !(when & ~known))
		*ret = when;
	else
		ctguard_reader_unexpected(r, node, expected);
}

static const char when_expected[] =
	"any, own, own-net, own-ipc, own-uts or own-user";

static void read_rule_when(struct ctguard_reader *r, const yaml_node_t *node,
			   void *context)
{
	struct ctguard_rule *rule = context;

	read_when(r, node, when_expected, CTGUARD_OWN_MASK, &rule->when);
}

static const struct ctguard_reader_key rule_keys[] = {
	{ "path", ctguard_reader_rule_path, "a pattern of paths" },
	{ "when", read_rule_when, NULL },
};

/* An item of a list of rules: a pattern, or a mapping for one with more. */
static void read_item(struct ctguard_reader *r, const yaml_node_t *node,
		      ctguard_reader_function *plain,
		      const struct ctguard_reader_key *keys, size_t count,
		      struct ctguard_rules *rules)
{
	struct ctguard_rule rule = { 0 };

	if (node->type != YAML_MAPPING_NODE) {
		plain(r, node, rules);
		return;
	}
	ctguard_reader_keys(r, node, "a mapping", keys, count, &rule);
	if (rule.pattern)
		ctguard_policy_rule_copy(rules, &rule);
	free(rule.pattern);
}

/* An item of a list of pseudofs.allow: a pattern, or {path:, when:}. */
static void read_allow_item(struct ctguard_reader *r, const yaml_node_t *node,
			    void *context)
{
	read_item(r, node, ctguard_reader_path_item, rule_keys,
		  COUNT(rule_keys), context);
}

/* A list of paths, or a word for all of them. */
static void read_fs(struct ctguard_reader *r, const yaml_node_t *node,
		    struct ctguard_rules *rules, bool reads)
{
	const char *expected = reads ? "a list of patterns, or \"any\"" :
				       "a list of paths, \"own\" or \"any\"";
	const char *word;
	struct ctguard_rule *rule;
	uint32_t when = 0;

	if (node->type == YAML_SCALAR_NODE) {
		word = ctguard_reader_word(r, node, expected);
		if (!word)
			return;
		if (!reads && !strcmp(word, "own")) {
			when = CTGUARD_OWN;
		} else if (strcmp(word, "any")) {
			ctguard_reader_unexpected(r, node, expected);
			return;
		}
		rule = ctguard_policy_rule_add(rules);
		rule->pattern = ctguard_alloc_string("/**", strlen("/**"));
		rule->when = when;
		ctguard_reader_place(rule, node);
		return;
	}
	read_rules(r, node, expected,
		   reads ? ctguard_reader_path_item : read_allow_item, rules);
}

static void read_filesystems(struct ctguard_reader *r, const yaml_node_t *node,
			     struct ctguard_profile *profile, bool reads)
{
	const yaml_node_t *seen[CTGUARD_POLICY_MAX_PROFILES] = { NULL };
	const yaml_node_pair_t *pair;
	size_t count = 0;

	if (!ctguard_reader_mapping(r, node, "a mapping of filesystems"))
		return;
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = ctguard_reader_visit(r, pair->key);
		const yaml_node_t *value = ctguard_reader_visit(r, pair->value);
		struct ctguard_fs *fs;
		const char *name;
		size_t i;

		if (!key || !value)
			return;
		name = ctguard_reader_key_text(r, key);
		if (!name || !ctguard_reader_name_ok(
				     r, key, name, "the type of a filesystem"))
			continue;
		for (i = 0; i < count; i++)
			if (!strcmp((const char *)seen[i]->data.scalar.value,
				    name))
				break;
		if (i < count) {
			ctguard_reader_fault(
				r, key,
				"found \"%s\" again, expected it once: it stands on line %u already",
				name, ctguard_reader_line(seen[i]));
			continue;
		}
		if (count == COUNT(seen)) {
			ctguard_reader_fault(r, key,
					     "found too many filesystems");
			return;
		}
		seen[count++] = key;
		fs = ctguard_policy_fs_get(profile, name);
		read_fs(r, value, reads ? &fs->deny_read : &fs->allow, reads);
	}
}

static void read_pseudofs_allow(struct ctguard_reader *r,
				const yaml_node_t *node, void *context)
{
	struct group *group = context;

	(void)r;
	group->allow = node;
}

static void read_pseudofs_deny_read(struct ctguard_reader *r,
				    const yaml_node_t *node, void *context)
{
	struct group *group = context;

	(void)r;
	group->deny_read = node;
}

static const struct ctguard_reader_key pseudofs_keys[] = {
	{ "complain", read_group_complain, NULL },
	{ "allow", read_pseudofs_allow, NULL },
	{ "deny-read", read_pseudofs_deny_read, NULL },
};

/* Whichever is written first: filesystems are numbered as "allow" has them. */
static void read_pseudofs(struct ctguard_reader *r, const yaml_node_t *node,
			  void *context)
{
	struct group group = { .draft = context,
			       .which = CTGUARD_GROUP_PSEUDOFS };

	read_group(r, node, &group, pseudofs_keys, COUNT(pseudofs_keys));
	if (group.allow)
		read_filesystems(r, group.allow, &group.draft->profile, false);
	if (group.deny_read)
		read_filesystems(r, group.deny_read, &group.draft->profile,
				 true);
}

/*
 * kernel, tasks, mounts
 */
static void read_rule_name(struct ctguard_reader *r, const yaml_node_t *node,
			   void *context)
{
	struct ctguard_rule *rule = context;

	rule->pattern = ctguard_reader_pattern(r, node, CTG_GLOB_NAME);
	ctguard_reader_place(rule, node);
}

static void read_name_when(struct ctguard_reader *r, const yaml_node_t *node,
			   void *context)
{
	struct ctguard_rule *rule = context;

	read_when(r, node, "any or own", CTGUARD_OWN, &rule->when);
}

static const struct ctguard_reader_key interface_keys[] = {
	{ "name", read_rule_name, "a pattern of names" },
	{ "when", read_name_when, NULL },
};

/* An item of kernel.allow: a pattern, or {name:, when:}. */
static void read_interface(struct ctguard_reader *r, const yaml_node_t *node,
			   void *context)
{
	read_item(r, node, ctguard_reader_name_item, interface_keys,
		  COUNT(interface_keys), context);
}

static void read_names_allow(struct ctguard_reader *r, const yaml_node_t *node,
			     void *context)
{
	struct group *group = context;

	read_rules(r, node, "a list of patterns of names",
		   group->which == CTGUARD_GROUP_KERNEL ?
			   read_interface :
			   ctguard_reader_name_item,
		   &group->draft->profile.lists[group->names->list]);
}

static const struct ctguard_reader_key names_keys[] = {
	{ "complain", read_group_complain, NULL },
	{ "allow", read_names_allow, NULL },
};

static void read_names(struct ctguard_reader *r, const yaml_node_t *node,
		       struct ctguard_draft *draft,
		       const struct ctguard_policy_names *names)
{
	struct group group = { .draft = draft,
			       .which = names->group,
			       .names = names };

	read_group(r, node, &group, names_keys, COUNT(names_keys));
}

static void read_kernel(struct ctguard_reader *r, const yaml_node_t *node,
			void *context)
{
	read_names(r, node, context, &ctguard_policy_names[0]);
}

static void read_tasks(struct ctguard_reader *r, const yaml_node_t *node,
		       void *context)
{
	read_names(r, node, context, &ctguard_policy_names[1]);
}

static void read_mounts(struct ctguard_reader *r, const yaml_node_t *node,
			void *context)
{
	read_names(r, node, context, &ctguard_policy_names[2]);
}

/*
 * profiles
 */
static void read_inherit(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	const char *name =
		ctguard_reader_word(r, node, "the name of a profile");
	struct ctguard_draft *draft = context;

	if (!name) {
		r->unclear = true;
		return;
	}
	draft->inherit = ctguard_escape_terminal(name, strlen(name));
	draft->inherit_line = ctguard_reader_line(node);
	draft->inherit_column = ctguard_reader_column(node);
}

static void read_profile_complain(struct ctguard_reader *r,
				  const yaml_node_t *node, void *context)
{
	struct ctguard_draft *draft = context;

	if (ctguard_reader_boolean(r, node, &draft->profile.flags,
				   CTGUARD_PROFILE_COMPLAIN))
		draft->complain_given = true;
}

static const struct ctguard_reader_key profile_keys[] = {
	{ "inherit", read_inherit, NULL },
	{ "complain", read_profile_complain, NULL },
	{ "modules", read_modules, NULL },
	{ "devices", read_devices, NULL },
	{ "pseudofs", read_pseudofs, NULL },
	{ "kernel", read_kernel, NULL },
	{ "tasks", read_tasks, NULL },
	{ "mounts", read_mounts, NULL },
	{ "images", ctguard_reader_images, NULL },
};
_Static_assert(COUNT(profile_keys) <= CTGUARD_READER_KEYS,
	       "no room for these keys");

/** ctguard_reader_profiles() - the profiles of a policy, as they are written */
void ctguard_reader_profiles(struct ctguard_reader *r, const yaml_node_t *node,
			     void *context)
{
	const yaml_node_pair_t *pair;

	(void)context;
	if (!ctguard_reader_mapping(r, node, "a mapping of profiles"))
		return;
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = ctguard_reader_visit(r, pair->key);
		const yaml_node_t *value = ctguard_reader_visit(r, pair->value);
		struct ctguard_draft *draft;
		const char *name;
		long found;

		if (!key || !value)
			return;
		name = ctguard_reader_key_text(r, key);
		if (!name || !ctguard_reader_name_ok(r, key, name, "a name"))
			continue;
		if (!strcmp(name, "none")) {
			ctguard_reader_unexpected(
				r, key,
				"another name: this means that there is no profile");
			continue;
		}
		found = ctguard_draft_find(&r->drafts, name);
		if (found >= 0) {
			ctguard_reader_fault(
				r, key,
				"found \"%s\" again, expected it once: it stands on line %u already",
				name, r->drafts.list[found].line);
			continue;
		}
		if (r->drafts.count == CTGUARD_POLICY_MAX_PROFILES) {
			ctguard_reader_fault(
				r, key,
				"found one more profile, expected at most %u",
				CTGUARD_POLICY_MAX_PROFILES);
			return;
		}
		draft = ctguard_draft_add(&r->drafts);
		draft->profile.name = ctguard_alloc_string(name, strlen(name));
		draft->line = ctguard_reader_line(key);
		draft->column = ctguard_reader_column(key);
		ctguard_reader_keys(
			r, value,
			"a mapping with modules, devices, pseudofs, kernel, tasks, mounts and images",
			profile_keys, COUNT(profile_keys), draft);
	}
}
