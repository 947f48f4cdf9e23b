// SPDX-License-Identifier: GPL-2.0
/*
 * The nodes of a policy's YAML: mappings of known keys, lists, words, patterns,
 * and what to tell when something else stands there.
 *
 * Aliases share their nodes, so what is bounded is the number of nodes walked.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "alloc.h"
#include "cleanup.h"
#include "diagnostics.h"
#include "escape.h"
#include "reader_private.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* More than the most rules a policy may have, each written at full length. */
#define VISITS_MAX 1000000U

/** ctguard_reader_line() - the line of @node, from 1 */
unsigned int ctguard_reader_line(const yaml_node_t *node)
{
	return (unsigned int)node->start_mark.line + 1;
}

/** ctguard_reader_column() - the column of @node, from 1 */
unsigned int ctguard_reader_column(const yaml_node_t *node)
{
	return (unsigned int)node->start_mark.column + 1;
}

/** ctguard_reader_fault() - tell what is wrong at @node; as printf() */
void ctguard_reader_fault(struct ctguard_reader *r, const yaml_node_t *node,
			  const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	ctguard_diagnostics_add(r->diagnostics, ctguard_reader_line(node),
				ctguard_reader_column(node), "%s", text);
}

/* What stands there, in words; to be freed. */
static char *describe(const yaml_node_t *node)
{
	CTGUARD_FREE char *text = NULL;
	size_t length;

	if (node->type == YAML_SEQUENCE_NODE)
		return ctguard_alloc_format("a list");
	if (node->type == YAML_MAPPING_NODE)
		return ctguard_alloc_format("a mapping");
	length = node->data.scalar.length;
	if (!length && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return ctguard_alloc_format("nothing");
	text = ctguard_escape_terminal(node->data.scalar.value,
				       length > 80 ? 80 : length);
	return ctguard_alloc_format("\"%s%s\"", text, length > 80 ? "..." : "");
}

/** ctguard_reader_unexpected() - tell what @node is, and should be */
void ctguard_reader_unexpected(struct ctguard_reader *r,
			       const yaml_node_t *node, const char *expected)
{
	CTGUARD_FREE char *found = describe(node);

	ctguard_reader_fault(r, node, "found %s, expected %s", found, expected);
}

/** ctguard_reader_exhausted() - too many nodes were asked for */
bool ctguard_reader_exhausted(const struct ctguard_reader *r)
{
	return r->visits > VISITS_MAX;
}

/** ctguard_reader_visit() - a node by its index, NULL once exhausted */
const yaml_node_t *ctguard_reader_visit(struct ctguard_reader *r, int index)
{
	const yaml_node_t *node = yaml_document_get_node(r->document, index);

	if (ctguard_reader_exhausted(r) || !node)
		return NULL;
	if (++r->visits > VISITS_MAX) {
		ctguard_reader_fault(
			r, node,
			"found more than %u nodes, aliases resolved, expected fewer",
			VISITS_MAX);
		return NULL;
	}
	return node;
}

/** ctguard_reader_untagged() - whether no tag gives @node another meaning */
bool ctguard_reader_untagged(struct ctguard_reader *r, const yaml_node_t *node)
{
	static const char *const known[] = {
		YAML_STR_TAG, YAML_INT_TAG, YAML_BOOL_TAG,
		YAML_SEQ_TAG, YAML_MAP_TAG,
	};
	const char *tag = (const char *)node->tag;
	CTGUARD_FREE char *text = NULL;

	for (size_t i = 0; !tag || i < COUNT(known); i++)
		if (!tag || !strcmp(tag, known[i]))
			return true;
	text = ctguard_escape_terminal(tag, strlen(tag));
	ctguard_reader_fault(r, node, "found the tag \"%.80s\", expected none",
			     text);
	return false;
}

/** ctguard_reader_word() - the text of a scalar, or NULL, which is told */
const char *ctguard_reader_word(struct ctguard_reader *r,
				const yaml_node_t *node, const char *expected)
{
	if (!ctguard_reader_untagged(r, node))
		return NULL;
	if (node->type != YAML_SCALAR_NODE || !node->data.scalar.length ||
	    strlen((const char *)node->data.scalar.value) !=
		    node->data.scalar.length) {
		ctguard_reader_unexpected(r, node, expected);
		return NULL;
	}
	return (const char *)node->data.scalar.value;
}

/** ctguard_reader_mapping() - whether @node is one; tells if not */
bool ctguard_reader_mapping(struct ctguard_reader *r, const yaml_node_t *node,
			    const char *expected)
{
	if (!ctguard_reader_untagged(r, node))
		return false;
	if (node->type != YAML_MAPPING_NODE)
		ctguard_reader_unexpected(r, node, expected);
	return node->type == YAML_MAPPING_NODE;
}

/** ctguard_reader_key_text() - the text of a key, or NULL, which is told */
const char *ctguard_reader_key_text(struct ctguard_reader *r,
				    const yaml_node_t *node)
{
	if (node->type == YAML_SCALAR_NODE &&
	    node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    !strcmp((const char *)node->data.scalar.value, "<<")) {
		ctguard_reader_fault(
			r, node,
			"found the merge key \"<<\", expected none: write the keys out, or let a profile inherit");
		return NULL;
	}
	return ctguard_reader_word(r, node, "a key");
}

static const char *key_name(const void *words, size_t i)
{
	return ((const struct ctguard_reader_key *)words)[i].name;
}

static void unknown_key(struct ctguard_reader *r, const yaml_node_t *node,
			const struct ctguard_reader_key *keys, size_t count)
{
	const char *written = (const char *)node->data.scalar.value;
	const char *nearest =
		ctguard_words_nearest(written, key_name, keys, count);
	CTGUARD_FREE char *found = describe(node);
	char list[256] = "";

	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(list);

		snprintf(list + length, sizeof(list) - length, "%s%s",
			 !i	       ? "" :
			 i + 1 < count ? ", " :
					 " or ",
			 keys[i].name);
	}
	ctguard_reader_fault(r, node, "found unknown key %s, expected %s%s%s%s",
			     found, list, nearest ? "; did you mean \"" : "",
			     nearest ? nearest : "", nearest ? "\"?" : "");
}

/**
 * ctguard_reader_keys() - a mapping of known keys, each at most once
 * @r: the reader
 * @node: the mapping
 * @expected: what to tell when it is none
 * @keys: the keys
 * @count: their number, at most CTGUARD_READER_KEYS
 * @context: for the functions of @keys
 */
void ctguard_reader_keys(struct ctguard_reader *r, const yaml_node_t *node,
			 const char *expected,
			 const struct ctguard_reader_key *keys, size_t count,
			 void *context)
{
	const yaml_node_t *seen[CTGUARD_READER_KEYS] = { NULL };
	const yaml_node_pair_t *pair;

	if (!ctguard_reader_mapping(r, node, expected))
		return;
	for (pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = ctguard_reader_visit(r, pair->key);
		const yaml_node_t *value = ctguard_reader_visit(r, pair->value);
		const char *name;
		size_t i;

		if (!key || !value)
			return;
		name = ctguard_reader_key_text(r, key);
		if (!name)
			continue;
		for (i = 0; i < count; i++)
			if (!strcmp(keys[i].name, name))
				break;
		if (i == count) {
			unknown_key(r, key, keys, count);
		} else if (seen[i]) {
			ctguard_reader_fault(
				r, key,
				"found \"%s\" again, expected it once: it stands on line %u already",
				name, ctguard_reader_line(seen[i]));
		} else {
			seen[i] = key;
			keys[i].read(r, value, context);
		}
	}
	for (size_t i = 0; i < count; i++)
		if (!seen[i] && keys[i].must)
			ctguard_reader_fault(r, node,
					     "found no \"%s\", expected %s",
					     keys[i].name, keys[i].must);
}

/**
 * ctguard_reader_items() - every item of a list
 * @r: the reader
 * @node: the list
 * @expected: what to tell when it is none
 * @read: takes each item
 * @context: for @read
 */
void ctguard_reader_items(struct ctguard_reader *r, const yaml_node_t *node,
			  const char *expected, ctguard_reader_function *read,
			  void *context)
{
	const yaml_node_item_t *item;

	if (!ctguard_reader_untagged(r, node))
		return;
	if (node->type != YAML_SEQUENCE_NODE) {
		ctguard_reader_unexpected(r, node, expected);
		return;
	}
	for (item = node->data.sequence.items.start;
	     item < node->data.sequence.items.top; item++) {
		const yaml_node_t *value = ctguard_reader_visit(r, *item);

		if (!value)
			return;
		read(r, value, context);
	}
}

/** ctguard_reader_name_ok() - whether @name is one; tells if not */
bool ctguard_reader_name_ok(struct ctguard_reader *r, const yaml_node_t *node,
			    const char *name, const char *what)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";
	CTGUARD_FREE char *expected = NULL;

	if (strlen(name) <= CTGUARD_NAME_MAX &&
	    strspn(name, allowed) == strlen(name))
		return true;
	expected = ctguard_alloc_format(
		"%s of at most %u letters, digits, '.', '_' or '-'", what,
		CTGUARD_NAME_MAX);
	ctguard_reader_unexpected(r, node, expected);
	return false;
}

/** ctguard_reader_place() - the place of a rule is that of its text */
void ctguard_reader_place(struct ctguard_rule *rule, const yaml_node_t *node)
{
	rule->line = ctguard_reader_line(node);
	rule->column = ctguard_reader_column(node);
}

/** ctguard_reader_pattern() - a copy of a pattern, or NULL, which is told */
char *ctguard_reader_pattern(struct ctguard_reader *r, const yaml_node_t *node,
			     enum ctg_glob_kind kind)
{
	const char *found = ctguard_reader_word(r, node,
						kind == CTG_GLOB_PATH ?
							"a pattern of paths" :
							"a pattern of names");
	CTGUARD_FREE char *shown = NULL;
	const char *wrong;

	if (!found)
		return NULL;
	wrong = ctg_glob_check(found, node->data.scalar.length, kind);
	if (!wrong)
		return ctguard_alloc_string(found, node->data.scalar.length);
	shown = describe(node);
	ctguard_reader_fault(r, node, "found %s, expected a pattern: %s", shown,
			     wrong);
	return NULL;
}

static void add_pattern(struct ctguard_reader *r, const yaml_node_t *node,
			enum ctg_glob_kind kind, struct ctguard_rules *rules)
{
	char *found = ctguard_reader_pattern(r, node, kind);
	struct ctguard_rule *rule;

	if (!found)
		return;
	rule = ctguard_policy_rule_add(rules);
	rule->pattern = found;
	ctguard_reader_place(rule, node);
}

/** ctguard_reader_path_item() - add a path to the list at @context */
void ctguard_reader_path_item(struct ctguard_reader *r, const yaml_node_t *node,
			      void *context)
{
	add_pattern(r, node, CTG_GLOB_PATH, context);
}

/** ctguard_reader_name_item() - the same for a name */
void ctguard_reader_name_item(struct ctguard_reader *r, const yaml_node_t *node,
			      void *context)
{
	add_pattern(r, node, CTG_GLOB_NAME, context);
}

/** ctguard_reader_paths() - a list of paths, each once */
void ctguard_reader_paths(struct ctguard_reader *r, const yaml_node_t *node,
			  struct ctguard_rules *rules)
{
	ctguard_reader_items(r, node, "a list of patterns",
			     ctguard_reader_path_item, rules);
	ctguard_draft_duplicates(rules, r->diagnostics);
}

/** ctguard_reader_boolean() - set @flag as a boolean says; whether it is one */
bool ctguard_reader_boolean(struct ctguard_reader *r, const yaml_node_t *node,
			    uint32_t *flags, uint32_t flag)
{
	const char *word = ctguard_reader_word(r, node, "true or false");

	if (!word)
		return false;
	if (!strcmp(word, "true")) {
		*flags |= flag;
		return true;
	}
	if (!strcmp(word, "false"))
		return true;
	ctguard_reader_unexpected(r, node, "true or false");
	return false;
}
