// SPDX-License-Identifier: GPL-2.0
/* The profiles of a policy's YAML and their three groups of rules. */
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "alloc.h"
#include "cleanup.h"
#include "diagnostics.h"
#include "escape.h"
#include "reader_private.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * modules
 */
static void read_switch(struct ctguard_reader *r, const yaml_node_t *node,
			struct ctguard_draft *draft, uint32_t flag)
{
	const char *word = ctguard_reader_word(r, node, "allow or deny");

	if (!word)
		return;
	draft->given[CTGUARD_GROUP_MODULES] |= flag;
	if (!strcmp(word, "allow"))
		draft->profile.group[CTGUARD_GROUP_MODULES] |= flag;
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
	struct ctguard_draft *draft = context;

	ctguard_reader_items(r, node, "a list of patterns of module names",
			     ctguard_reader_name_item,
			     &draft->profile.autoload);
	ctguard_draft_duplicates(&draft->profile.autoload, r->diagnostics);
}

static void read_group_complain(struct ctguard_reader *r,
				const yaml_node_t *node,
				struct ctguard_draft *draft,
				enum ctguard_group group)
{
	if (ctguard_reader_boolean(r, node, &draft->profile.group[group],
				   CTGUARD_GROUP_COMPLAIN))
		draft->given[group] |= CTGUARD_GROUP_COMPLAIN;
}

static void read_modules_complain(struct ctguard_reader *r,
				  const yaml_node_t *node, void *context)
{
	read_group_complain(r, node, context, CTGUARD_GROUP_MODULES);
}

static const struct ctguard_reader_key modules_keys[] = {
	{ "complain", read_modules_complain, NULL },
	{ "load", read_load, NULL },
	{ "unload", read_unload, NULL },
	{ "kexec", read_kexec, NULL },
	{ "autoload", read_autoload, NULL },
};

/* Whether the rules of a group are to be read, and not a word instead. */
static bool read_group(struct ctguard_reader *r, const yaml_node_t *node,
		       struct ctguard_draft *draft, enum ctguard_group group)
{
	draft->shape[group] = CTGUARD_DRAFT_RULES;
	if (node->type == YAML_SCALAR_NODE &&
	    ctguard_reader_untagged(r, node)) {
		if (strcmp((const char *)node->data.scalar.value,
			   "unrestricted")) {
			ctguard_reader_unexpected(
				r, node,
				"a mapping of rules, or \"unrestricted\"");
			return false;
		}
		draft->shape[group] = CTGUARD_DRAFT_UNRESTRICTED;
		draft->profile.group[group] = CTGUARD_GROUP_UNRESTRICTED;
		return false;
	}
	return ctguard_reader_mapping(
		r, node, "a mapping of rules, or \"unrestricted\"");
}

static void read_modules(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	if (read_group(r, node, context, CTGUARD_GROUP_MODULES))
		ctguard_reader_keys(r, node, "a mapping", modules_keys,
				    COUNT(modules_keys), context);
}

/*
 * devices
 */
#define MAJOR_MAX 4095U	   /* 12 bits, as the kernel has it */
#define MINOR_MAX 1048575U /* 20 bits */

/* A number up to @max or "*", that ends where @end is. */
static bool device_number(const char *from, const char *end, uint32_t max,
			  uint32_t *ret)
{
	uint32_t number = 0;

	if (from == end)
		return false;
	if (*from == '*' && from + 1 == end) {
		*ret = CTGUARD_DEV_ALL;
		return true;
	}
	for (; from < end; from++) {
		if (*from < '0' || *from > '9')
			return false;
		number = number * 10 + (uint32_t)(*from - '0');
		if (number > max)
			return false;
	}
	*ret = number;
	return true;
}

static bool device_type(const char *word, uint32_t *ret)
{
	static const char letters[] = "abc"; /* by CTGUARD_DEV_* */
	const char *found;

	if (!word[0] || word[1])
		return false;
	found = strchr(letters, word[0]);
	if (found)
		*ret = (uint32_t)(found - letters);
	return found;
}

static bool device_access(const char *word, uint32_t *ret)
{
	uint32_t access = 0, bit;

	for (; *word; word++) {
		bit = *word == 'r' ? CTGUARD_ACCESS_READ :
		      *word == 'w' ? CTGUARD_ACCESS_WRITE :
		      *word == 'm' ? CTGUARD_ACCESS_MKNOD :
				     0;
		if (!bit || access & bit)
			return false;
		access |= bit;
	}
	*ret = access;
	return access;
}

static bool device_rule(const char *written, struct ctguard_rule *rule)
{
	const char *numbers, *colon, *access;
	char type[2] = { written[0], '\0' };

	if (!device_type(type, &rule->type) || written[1] != ' ')
		return false;
	numbers = written + 2;
	colon = strchr(numbers, ':');
	access = strchr(numbers, ' ');
	if (!colon || !access || access < colon)
		return false;
	return device_number(numbers, colon, MAJOR_MAX, &rule->major) &&
	       device_number(colon + 1, access, MINOR_MAX, &rule->minor) &&
	       device_access(access + 1, &rule->access);
}

static const char device_expected[] =
	"\"TYPE MAJOR:MINOR ACCESS\", as \"c 1:3 rwm\": a, b or c; numbers up to 4095:1048575 or *; some of rwm";

static void read_device_type(struct ctguard_reader *r, const yaml_node_t *node,
			     void *context)
{
	struct ctguard_rule *rule = context;
	const char *word = ctguard_reader_word(r, node, "a, b or c");

	if (word && !device_type(word, &rule->type))
		ctguard_reader_unexpected(r, node, "a, b or c");
}

static void read_device_number(struct ctguard_reader *r,
			       const yaml_node_t *node, uint32_t max,
			       uint32_t *ret)
{
	CTGUARD_FREE char *expected =
		ctguard_alloc_format("a number up to %u, or \"*\"", max);
	const char *word = ctguard_reader_word(r, node, expected);

	if (word && !device_number(word, word + strlen(word), max, ret))
		ctguard_reader_unexpected(r, node, expected);
}

static void read_device_major(struct ctguard_reader *r, const yaml_node_t *node,
			      void *context)
{
	struct ctguard_rule *rule = context;

	read_device_number(r, node, MAJOR_MAX, &rule->major);
}

static void read_device_minor(struct ctguard_reader *r, const yaml_node_t *node,
			      void *context)
{
	struct ctguard_rule *rule = context;

	read_device_number(r, node, MINOR_MAX, &rule->minor);
}

static void read_device_access(struct ctguard_reader *r,
			       const yaml_node_t *node, void *context)
{
	struct ctguard_rule *rule = context;
	const char *word =
		ctguard_reader_word(r, node, "some of the letters rwm");

	if (word && !device_access(word, &rule->access))
		ctguard_reader_unexpected(r, node,
					  "some of the letters rwm, each once");
}

static const struct ctguard_reader_key device_keys[] = {
	{ "type", read_device_type, "\"a\", \"b\" or \"c\"" },
	{ "major", read_device_major, NULL },
	{ "minor", read_device_minor, NULL },
	{ "access", read_device_access, "some of the letters rwm" },
};

static void read_device(struct ctguard_reader *r, const yaml_node_t *node,
			void *context)
{
	struct ctguard_rule rule = {
		.major = CTGUARD_DEV_ALL,
		.minor = CTGUARD_DEV_ALL,
	};
	unsigned int faults = r->diagnostics->count + r->diagnostics->more;
	const char *written;

	if (node->type == YAML_MAPPING_NODE) {
		ctguard_reader_keys(r, node, "a mapping", device_keys,
				    COUNT(device_keys), &rule);
	} else {
		written = ctguard_reader_word(r, node, device_expected);
		if (!written)
			return;
		if (!device_rule(written, &rule))
			ctguard_reader_unexpected(r, node, device_expected);
	}
	if (faults != r->diagnostics->count + r->diagnostics->more)
		return;
	if (rule.major == CTGUARD_DEV_ALL && rule.minor != CTGUARD_DEV_ALL) {
		ctguard_reader_unexpected(
			r, node,
			"a major number with a minor number, or \"*:*\"");
		return;
	}
	ctguard_reader_place(&rule, node);
	ctguard_policy_rule_copy(context, &rule);
}

static void read_devices_complain(struct ctguard_reader *r,
				  const yaml_node_t *node, void *context)
{
	read_group_complain(r, node, context, CTGUARD_GROUP_DEVICES);
}

static void read_devices_allow(struct ctguard_reader *r,
			       const yaml_node_t *node, void *context)
{
	struct ctguard_draft *draft = context;

	ctguard_reader_items(r, node, "a list of devices", read_device,
			     &draft->profile.devices);
	ctguard_draft_duplicates(&draft->profile.devices, r->diagnostics);
}

static const struct ctguard_reader_key devices_keys[] = {
	{ "complain", read_devices_complain, NULL },
	{ "allow", read_devices_allow, NULL },
};

static void read_devices(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	if (read_group(r, node, context, CTGUARD_GROUP_DEVICES))
		ctguard_reader_keys(r, node, "a mapping", devices_keys,
				    COUNT(devices_keys), context);
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

static const char when_expected[] =
	"any, own, own-net, own-ipc, own-uts or own-user";

static void read_rule_when(struct ctguard_reader *r, const yaml_node_t *node,
			   void *context)
{
	struct ctguard_rule *rule = context;
	const char *word = ctguard_reader_word(r, node, when_expected);

	if (word && !ctguard_words_when_find(word, &rule->when))
		ctguard_reader_unexpected(r, node, when_expected);
}

static const struct ctguard_reader_key rule_keys[] = {
	{ "path", ctguard_reader_rule_path, "a pattern of paths" },
	{ "when", read_rule_when, NULL },
};

/* An item of a list of pseudofs.allow: a pattern, or {path:, when:}. */
static void read_allow_item(struct ctguard_reader *r, const yaml_node_t *node,
			    void *context)
{
	struct ctguard_rule rule = { 0 };

	if (node->type != YAML_MAPPING_NODE) {
		ctguard_reader_path_item(r, node, context);
		return;
	}
	ctguard_reader_keys(r, node, "a mapping", rule_keys, COUNT(rule_keys),
			    &rule);
	if (rule.pattern)
		ctguard_policy_rule_copy(context, &rule);
	free(rule.pattern);
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
	ctguard_reader_items(r, node, expected,
			     reads ? ctguard_reader_path_item : read_allow_item,
			     rules);
	ctguard_draft_duplicates(rules, r->diagnostics);
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

struct pseudofs {
	struct ctguard_draft *draft;
	const yaml_node_t *allow;
	const yaml_node_t *deny_read;
};

static void read_pseudofs_complain(struct ctguard_reader *r,
				   const yaml_node_t *node, void *context)
{
	struct pseudofs *pseudofs = context;

	read_group_complain(r, node, pseudofs->draft, CTGUARD_GROUP_PSEUDOFS);
}

static void read_pseudofs_allow(struct ctguard_reader *r,
				const yaml_node_t *node, void *context)
{
	struct pseudofs *pseudofs = context;

	(void)r;
	pseudofs->allow = node;
}

static void read_pseudofs_deny_read(struct ctguard_reader *r,
				    const yaml_node_t *node, void *context)
{
	struct pseudofs *pseudofs = context;

	(void)r;
	pseudofs->deny_read = node;
}

static const struct ctguard_reader_key pseudofs_keys[] = {
	{ "complain", read_pseudofs_complain, NULL },
	{ "allow", read_pseudofs_allow, NULL },
	{ "deny-read", read_pseudofs_deny_read, NULL },
};

/* Whichever is written first: filesystems are numbered as "allow" has them. */
static void read_pseudofs(struct ctguard_reader *r, const yaml_node_t *node,
			  void *context)
{
	struct pseudofs pseudofs = { .draft = context };

	if (!read_group(r, node, context, CTGUARD_GROUP_PSEUDOFS))
		return;
	ctguard_reader_keys(r, node, "a mapping", pseudofs_keys,
			    COUNT(pseudofs_keys), &pseudofs);
	if (pseudofs.allow)
		read_filesystems(r, pseudofs.allow, &pseudofs.draft->profile,
				 false);
	if (pseudofs.deny_read)
		read_filesystems(r, pseudofs.deny_read,
				 &pseudofs.draft->profile, true);
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
};

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
			"a mapping with modules, devices and pseudofs",
			profile_keys, COUNT(profile_keys), draft);
	}
}
