// SPDX-License-Identifier: GPL-2.0
/*
 * A policy from its YAML form, as ctguard-policy(5) describes it.
 *
 * libyaml makes a tree of nodes that know where they stand. It is walked once
 * and every fault is told, so that one run shows them all.
 */
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "alloc.h"
#include "cleanup.h"
#include "diagnostics.h"
#include "escape.h"
#include "reader.h"
#include "reader_private.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void read_version(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	const char *version =
		ctguard_reader_word(r, node, "1, the version of this format");

	(void)context;
	if (version && strcmp(version, "1"))
		ctguard_reader_unexpected(r, node,
					  "1, the version of this format");
}

static void read_mode(struct ctguard_reader *r, const yaml_node_t *node,
		      void *context)
{
	const char *word = ctguard_reader_word(r, node, "enforce or complain");
	int mode;

	(void)context;
	if (!word)
		return;
	mode = ctguard_words_mode_find(word);
	if (mode < 0)
		ctguard_reader_unexpected(r, node, "enforce or complain");
	else
		r->policy->mode = (uint32_t)mode;
}

static void read_reference(struct ctguard_reader *r, const yaml_node_t *node,
			   struct ctguard_reader_reference *reference)
{
	const char *name =
		ctguard_reader_word(r, node, "the name of a profile");

	if (!name) {
		r->unclear = true;
		return;
	}
	reference->name = ctguard_alloc_string(name, strlen(name));
	reference->line = ctguard_reader_line(node);
	reference->column = ctguard_reader_column(node);
}

static void read_namespace_pid(struct ctguard_reader *r,
			       const yaml_node_t *node, void *context)
{
	(void)context;
	read_reference(r, node, &r->namespaces[CTGUARD_NAMESPACE_PID]);
}

static void read_namespace_user(struct ctguard_reader *r,
				const yaml_node_t *node, void *context)
{
	(void)context;
	read_reference(r, node, &r->namespaces[CTGUARD_NAMESPACE_USER]);
}

static void read_namespace_cgroup(struct ctguard_reader *r,
				  const yaml_node_t *node, void *context)
{
	(void)context;
	read_reference(r, node, &r->namespaces[CTGUARD_NAMESPACE_CGROUP]);
}

static const struct ctguard_reader_key namespaces_keys[] = {
	{ "pid", read_namespace_pid, NULL },
	{ "user", read_namespace_user, NULL },
	{ "cgroup", read_namespace_cgroup, NULL },
};

static void read_namespaces(struct ctguard_reader *r, const yaml_node_t *node,
			    void *context)
{
	ctguard_reader_keys(r, node, "a mapping with pid, user and cgroup",
			    namespaces_keys, COUNT(namespaces_keys), context);
}

static void read_cgroups(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	(void)context;
	ctguard_reader_paths(r, node, &r->policy->cgroups);
}

static void read_except(struct ctguard_reader *r, const yaml_node_t *node,
			void *context)
{
	(void)context;
	ctguard_reader_paths(r, node, &r->policy->except);
}

static const struct ctguard_reader_key guard_keys[] = {
	{ "namespaces", read_namespaces, NULL },
	{ "cgroups", read_cgroups, NULL },
	{ "except", read_except, NULL },
};

static void read_guard(struct ctguard_reader *r, const yaml_node_t *node,
		       void *context)
{
	ctguard_reader_keys(r, node,
			    "a mapping with namespaces, cgroups and except",
			    guard_keys, COUNT(guard_keys), context);
}

static void read_default(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	(void)context;
	read_reference(r, node, &r->fallback);
}

struct binding {
	struct ctguard_rule rule;
	struct ctguard_reader_reference profile;
};

static void read_bind_cgroup(struct ctguard_reader *r, const yaml_node_t *node,
			     void *context)
{
	struct binding *binding = context;

	ctguard_reader_rule_path(r, node, &binding->rule);
}

static void read_bind_profile(struct ctguard_reader *r, const yaml_node_t *node,
			      void *context)
{
	struct binding *binding = context;

	read_reference(r, node, &binding->profile);
}

static const struct ctguard_reader_key bind_keys[] = {
	{ "cgroup", read_bind_cgroup, "a pattern of cgroup paths" },
	{ "profile", read_bind_profile, "the name of a profile" },
};

static void read_binding(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	struct ctguard_rules *rules = &r->policy->binds;
	struct binding binding = { .rule = { 0 } };

	(void)context;
	ctguard_reader_keys(r, node, "{cgroup: PATTERN, profile: NAME}",
			    bind_keys, COUNT(bind_keys), &binding);
	r->binds = ctguard_alloc_grow(r->binds, &r->bind_space,
				      rules->count + 1, sizeof(*r->binds));
	r->binds[rules->count] = binding.profile;
	if (!binding.profile.name)
		r->unclear = true;
	if (!binding.rule.pattern) {
		/* Keeps its profile used; a policy with faults is not built. */
		binding.rule.pattern = ctguard_alloc_format(
			"/%zu at %u", rules->count, ctguard_reader_line(node));
		ctguard_reader_place(&binding.rule, node);
	}
	*ctguard_policy_rule_add(rules) = binding.rule;
}

static void read_binds(struct ctguard_reader *r, const yaml_node_t *node,
		       void *context)
{
	ctguard_reader_items(r, node,
			     "a list of {cgroup: PATTERN, profile: NAME}",
			     read_binding, context);
	ctguard_draft_duplicates(&r->policy->binds, r->diagnostics);
}

static const struct ctguard_reader_key policy_keys[] = {
	{ "ctguard", read_version, "\"ctguard: 1\"" },
	{ "mode", read_mode, "\"mode: enforce\" or \"mode: complain\"" },
	{ "guard", read_guard, NULL },
	{ "default", read_default, "\"default: NAME\" with a profile" },
	{ "profiles", ctguard_reader_profiles,
	  "\"profiles:\" with at least the default" },
	{ "bind", read_binds, NULL },
	{ "images", ctguard_reader_approved, NULL },
	{ "claimants", ctguard_reader_claimants, NULL },
};
_Static_assert(COUNT(policy_keys) <= CTGUARD_READER_KEYS,
	       "no room for these keys");

/* The draft that @reference names, or NULL, which is told. */
static struct ctguard_draft *
resolve(struct ctguard_reader *r,
	const struct ctguard_reader_reference *reference)
{
	CTGUARD_FREE char *shown = NULL;
	const char *nearest;
	long found;

	if (!reference->name)
		return NULL;
	found = ctguard_draft_find(&r->drafts, reference->name);
	if (found >= 0)
		return &r->drafts.list[found];
	shown = ctguard_escape_terminal(reference->name,
					strlen(reference->name));
	nearest = ctguard_draft_nearest(&r->drafts, reference->name);
	ctguard_diagnostics_add(
		r->diagnostics, reference->line, reference->column,
		"found \"%.80s\", expected a profile of this file%s%s%s", shown,
		nearest ? "; did you mean \"" : "", nearest ? nearest : "",
		nearest ? "\"?" : "");
	return NULL;
}

static struct ctguard_draft *
use(struct ctguard_reader *r, const struct ctguard_reader_reference *reference)
{
	struct ctguard_draft *draft = resolve(r, reference);

	if (draft)
		draft->compiled = true;
	return draft;
}

static bool is_none(const struct ctguard_reader_reference *reference)
{
	return reference->name && !strcmp(reference->name, "none");
}

/* Finds who is bound to and inherits from whom. */
static void link_profiles(struct ctguard_reader *r)
{
	if (!use(r, &r->fallback))
		r->unclear = true;
	for (size_t i = 0; i < CTGUARD_NAMESPACES; i++)
		if (!is_none(&r->namespaces[i]))
			use(r, &r->namespaces[i]);
	for (size_t i = 0; i < r->policy->binds.count; i++)
		use(r, &r->binds[i]);
	for (size_t i = 0; i < r->drafts.count; i++) {
		struct ctguard_draft *draft = &r->drafts.list[i], *parent;
		struct ctguard_reader_reference reference = {
			draft->inherit,
			draft->inherit_line,
			draft->inherit_column,
		};

		parent = resolve(r, &reference);
		if (!parent)
			continue;
		draft->parent = parent - r->drafts.list;
		if (parent != draft)
			parent->inherited = true;
	}
	for (size_t i = 0; i < r->drafts.count && !r->unclear; i++) {
		const struct ctguard_draft *draft = &r->drafts.list[i];

		if (!draft->compiled && !draft->inherited)
			ctguard_diagnostics_add(
				r->diagnostics, draft->line, draft->column,
				"found profile \"%s\" that nothing uses, expected it in default, guard.namespaces, bind or inherit",
				draft->profile.name);
	}
}

/*
 * Nobody can say of what image a context is that is a namespace and no more:
 * claims are for cgroups.
 */
static void refuse_namespaces(struct ctguard_reader *r)
{
	static const char *const kinds[CTGUARD_NAMESPACES] = {
		[CTGUARD_NAMESPACE_PID] = "PID",
		[CTGUARD_NAMESPACE_USER] = "user",
		[CTGUARD_NAMESPACE_CGROUP] = "cgroup",
	};

	for (size_t i = 0; i < CTGUARD_NAMESPACES; i++) {
		const struct ctguard_reader_reference *reference =
			&r->namespaces[i];
		bool implied = !reference->name && i == CTGUARD_NAMESPACE_PID;
		long found;

		if (implied)
			reference = &r->fallback;
		if (!reference->name)
			continue;
		found = ctguard_draft_find(&r->drafts, reference->name);
		if (found < 0 || !r->drafts.list[found].profile.require)
			continue;
		ctguard_diagnostics_add(
			r->diagnostics, reference->line, reference->column,
			"found \"%s\", which requires images, expected another profile for %s namespaces%s: of what image they are nobody can say",
			reference->name, kinds[i],
			implied ? ", in \"guard: {namespaces: {pid: NAME}}\"" :
				  "");
	}
}

/* Index in the compiled policy of what is bound to. */
static uint32_t index_of(const struct ctguard_reader *r,
			 const struct ctguard_reader_reference *reference)
{
	for (size_t i = 0; i < r->policy->profile_count; i++)
		if (!strcmp(r->policy->profiles[i].name, reference->name))
			return (uint32_t)i;
	return CTGUARD_PROFILE_NONE;
}

/* Moves what is bound to into the policy, and counts the rules. */
static void build(struct ctguard_reader *r)
{
	struct ctguard_policy *policy = r->policy;

	for (size_t i = 0; i < r->drafts.count; i++) {
		struct ctguard_draft *draft = &r->drafts.list[i];

		if (!draft->compiled)
			continue;
		policy->profiles = ctguard_alloc_grow(
			policy->profiles, &policy->profile_space,
			policy->profile_count + 1, sizeof(*policy->profiles));
		policy->profiles[policy->profile_count++] = draft->profile;
		memset(&draft->profile, 0, sizeof(draft->profile));
	}
	policy->default_profile = index_of(r, &r->fallback);
	for (size_t i = 0; i < CTGUARD_NAMESPACES; i++) {
		if (r->namespaces[i].name)
			policy->namespaces[i] = index_of(r, &r->namespaces[i]);
		else if (i == CTGUARD_NAMESPACE_PID)
			policy->namespaces[i] = policy->default_profile;
		else
			policy->namespaces[i] = CTGUARD_PROFILE_NONE;
	}
	for (size_t i = 0; i < policy->binds.count; i++)
		policy->binds.list[i].profile = index_of(r, &r->binds[i]);
	if (ctguard_policy_number(policy) > CTGUARD_POLICY_MAX_RULES)
		ctguard_diagnostics_add(
			r->diagnostics, 1, 1,
			"found more than %u rules, inheritance resolved, expected fewer",
			CTGUARD_POLICY_MAX_RULES);
}

static void clear(struct ctguard_reader *r)
{
	for (size_t i = 0; i < r->policy->binds.count; i++)
		free(r->binds[i].name);
	free(r->binds);
	for (size_t i = 0; i < CTGUARD_NAMESPACES; i++)
		free(r->namespaces[i].name);
	free(r->fallback.name);
	ctguard_draft_clear(&r->drafts);
}

/* Says what libyaml found. */
static void syntax(const yaml_parser_t *parser, const char *data, size_t size,
		   struct ctguard_diagnostics *diagnostics)
{
	const char *problem = parser->problem ? parser->problem : "no memory";
	unsigned int line = 1, column = 1;

	if (parser->error == YAML_READER_ERROR) {
		for (size_t i = 0; i < size && i < parser->problem_offset;
		     i++) {
			column++;
			if (data[i] == '\n') {
				line++;
				column = 1;
			}
		}
		ctguard_diagnostics_add(
			diagnostics, line, column,
			"found bytes that are not text (%s), expected UTF-8",
			problem);
		return;
	}
	line = (unsigned int)parser->problem_mark.line + 1;
	column = (unsigned int)parser->problem_mark.column + 1;
	if (parser->context)
		ctguard_diagnostics_add(
			diagnostics, line, column,
			"found what is not YAML: %s, %s that begins on line %zu",
			problem, parser->context,
			parser->context_mark.line + 1);
	else
		ctguard_diagnostics_add(diagnostics, line, column,
					"found what is not YAML: %s", problem);
}

static void walk(const char *path, yaml_document_t *document,
		 struct ctguard_policy **ret,
		 struct ctguard_diagnostics *diagnostics)
{
	struct ctguard_reader r = { .path = path,
				    .document = document,
				    .diagnostics = diagnostics };
	const yaml_node_t *root = yaml_document_get_root_node(document);

	if (!root) {
		ctguard_diagnostics_add(diagnostics, 1, 1,
					"found nothing, expected a policy");
		return;
	}
	r.policy = ctguard_alloc_zeroed(1, sizeof(*r.policy));
	ctguard_reader_keys(
		&r, root, "a policy: a mapping that begins with \"ctguard: 1\"",
		policy_keys, COUNT(policy_keys), NULL);
	if (!ctguard_reader_exhausted(&r) && root->type == YAML_MAPPING_NODE) {
		link_profiles(&r);
		ctguard_draft_flatten(&r.drafts, diagnostics);
		refuse_namespaces(&r);
	}
	ctguard_reader_approved_end(&r);
	if (!diagnostics->count)
		build(&r);
	clear(&r);
	if (diagnostics->count)
		ctguard_policy_free(r.policy);
	else
		*ret = r.policy;
}

/**
 * ctguard_reader_parse() - read a policy
 * @path: of the file, "-" for standard input: lists that it includes are
 *	relative to its directory; NULL for a policy that may include none
 * @data: the file
 * @size: its bytes
 * @ret: the policy, numbered and inheritance resolved, to be freed with
 *	ctguard_policy_free(); not set when there are faults
 * @diagnostics: empty; gets the faults
 *
 * Return: 0, or -1 when there are faults.
 */
int ctguard_reader_parse(const char *path, const char *data, size_t size,
			 struct ctguard_policy **ret,
			 struct ctguard_diagnostics *diagnostics)
{
	struct ctguard_policy *policy = NULL;
	yaml_document_t document, second;
	yaml_parser_t parser;

	if (!yaml_parser_initialize(&parser)) {
		ctguard_diagnostics_add(diagnostics, 1, 1, "no memory");
		return -1;
	}
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)data,
				     size);
	if (!yaml_parser_load(&parser, &document)) {
		syntax(&parser, data, size, diagnostics);
		yaml_parser_delete(&parser);
		return -1;
	}
	walk(path, &document, &policy, diagnostics);
	if (yaml_document_get_root_node(&document)) {
		if (!yaml_parser_load(&parser, &second)) {
			syntax(&parser, data, size, diagnostics);
		} else {
			const yaml_node_t *root =
				yaml_document_get_root_node(&second);

			if (root)
				ctguard_diagnostics_add(
					diagnostics, ctguard_reader_line(root),
					ctguard_reader_column(root),
					"found another document, expected one policy in a file");
			yaml_document_delete(&second);
		}
	}
	yaml_document_delete(&document);
	yaml_parser_delete(&parser);
	if (diagnostics->count) {
		ctguard_policy_free(policy);
		return -1;
	}
	*ret = policy;
	return 0;
}
