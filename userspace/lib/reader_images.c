// SPDX-License-Identifier: GPL-2.0
/*
 * What a policy's YAML says of images: which a profile requires, which are
 * approved, and whose word is taken for it.
 */
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

#include "alloc.h"
#include "cleanup.h"
#include "diagnostics.h"
#include "error.h"
#include "escape.h"
#include "file.h"
#include "reader_private.h"
#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Most lists that a policy includes. */
#define FILES_MAX 256

/*
 * images of a profile
 */
static void read_complain(struct ctguard_reader *r, const yaml_node_t *node,
			  void *context)
{
	struct ctguard_draft *draft = context;

	if (ctguard_reader_boolean(r, node,
				   &draft->profile.group[CTGUARD_GROUP_IMAGES],
				   CTGUARD_GROUP_COMPLAIN))
		draft->given[CTGUARD_GROUP_IMAGES] |= CTGUARD_GROUP_COMPLAIN;
}

static void read_require(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	static const char expected[] = "none, measured or approved";
	const char *word = ctguard_reader_word(r, node, expected);
	struct ctguard_draft *draft = context;
	int require;

	if (!word)
		return;
	require = ctguard_words_require_find(word);
	if (require < 0) {
		ctguard_reader_unexpected(r, node, expected);
		return;
	}
	draft->require_given = true;
	draft->profile.require = (uint32_t)require;
}

static void read_level(struct ctguard_reader *r, const yaml_node_t *node,
		       void *context)
{
	static const char expected[] = "a level: 0, 1, 2 or 3";
	const char *word = ctguard_reader_word(r, node, expected);
	struct ctguard_draft *draft = context;

	if (!word)
		return;
	if (strlen(word) != 1 || *word < '0' ||
	    *word > '0' + CTGUARD_LEVEL_CONTENT) {
		ctguard_reader_unexpected(r, node, expected);
		return;
	}
	draft->level_given = true;
	draft->profile.level = (uint32_t)(*word - '0');
}

static void read_program(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	const char *word = ctguard_reader_word(r, node, "image or any");
	struct ctguard_draft *draft = context;
	int program;

	if (!word)
		return;
	program = ctguard_words_program_find(word);
	if (program < 0) {
		ctguard_reader_unexpected(r, node, "image or any");
		return;
	}
	draft->program_given = true;
	draft->profile.program = (uint32_t)program;
}

static const struct ctguard_reader_key images_keys[] = {
	{ "complain", read_complain, NULL },
	{ "require", read_require, NULL },
	{ "level", read_level, NULL },
	{ "program", read_program, NULL },
};

/** ctguard_reader_images() - the images group of the draft at @context */
void ctguard_reader_images(struct ctguard_reader *r, const yaml_node_t *node,
			   void *context)
{
	struct ctguard_draft *draft = context;

	draft->shape[CTGUARD_GROUP_IMAGES] = CTGUARD_DRAFT_RULES;
	draft->images_line = ctguard_reader_line(node);
	draft->images_column = ctguard_reader_column(node);
	ctguard_reader_keys(r, node,
			    "a mapping, as {require: approved, level: 2}",
			    images_keys, COUNT(images_keys), draft);
}

/*
 * images and claimants of the policy
 */
static const char *const keys[CTGUARD_APPROVED_KINDS] = {
	[CTGUARD_APPROVED_IMAGES] = "images",
	[CTGUARD_APPROVED_CLAIMANTS] = "claimants",
};

struct item {
	enum ctguard_approved_kind kind;
};

static void read_digest(struct ctguard_reader *r, const yaml_node_t *node,
			enum ctguard_approved_kind kind)
{
	struct ctguard_approved found = { 0 };
	const char *text = "", *word;
	size_t length = 0;

	if (node->type == YAML_SCALAR_NODE) {
		text = (const char *)node->data.scalar.value;
		length = node->data.scalar.length;
	}
	word = ctguard_reader_word(
		r, node, ctguard_approved_expected(kind, text, length));
	if (!word)
		return;
	if (!ctguard_approved_read(kind, word, length, &found)) {
		ctguard_reader_unexpected(
			r, node, ctguard_approved_expected(kind, word, length));
		return;
	}
	found.line = ctguard_reader_line(node);
	found.column = ctguard_reader_column(node);
	*ctguard_approved_add(&r->policy->approved[kind]) = found;
}

/* @name as seen from the directory of the policy; to be freed. */
static char *relative(const struct ctguard_reader *r, const char *name)
{
	const char *slash = strrchr(r->path, '/');

	if (*name == '/' || !slash || !strcmp(r->path, "-"))
		return ctguard_alloc_string(name, strlen(name));
	return ctguard_alloc_format("%.*s/%s", (int)(slash - r->path), r->path,
				    name);
}

static void read_include(struct ctguard_reader *r, const yaml_node_t *node,
			 void *context)
{
	const char *name = ctguard_reader_word(r, node, "the name of a list");
	struct item *item = context;
	struct ctguard_approvals *approvals = &r->policy->approved[item->kind];
	CTGUARD_FREE char *path = NULL, *data = NULL;
	struct ctguard_error error;
	size_t size;

	if (!name)
		return;
	if (!r->path) {
		ctguard_reader_unexpected(
			r, node,
			"nothing to include: this policy is of no file");
		return;
	}
	if (!strcmp(name, "-")) {
		ctguard_reader_unexpected(r, node, "the name of a file");
		return;
	}
	path = relative(r, name);
	for (size_t i = 0; i < approvals->file_count; i++) {
		if (strcmp(approvals->files[i], path))
			continue;
		ctguard_reader_unexpected(r, node,
					  "each list to be included once");
		return;
	}
	if (approvals->file_count == FILES_MAX) {
		ctguard_reader_fault(r, node,
				     "found one more list, expected at most %u",
				     FILES_MAX);
		return;
	}
	if (ctguard_file_read(path, CTGUARD_APPROVED_MAX_SIZE, &data, &size,
			      &error) < 0) {
		CTGUARD_FREE char *why =
			ctguard_escape_terminal(error.text, strlen(error.text));

		ctguard_reader_fault(
			r, node,
			"found a list that cannot be read, expected one: %s",
			why);
		return;
	}
	ctguard_approved_list(item->kind,
			      ctguard_approved_file(approvals, path), data,
			      size, approvals, r->diagnostics);
}

static const struct ctguard_reader_key include_keys[] = {
	{ "include", read_include, "the name of a list" },
};

/* An item: a digest, or {include: FILE}. */
static void read_item(struct ctguard_reader *r, const yaml_node_t *node,
		      void *context)
{
	struct item *item = context;

	if (node->type == YAML_MAPPING_NODE)
		ctguard_reader_keys(r, node, "{include: FILE}", include_keys,
				    COUNT(include_keys), item);
	else
		read_digest(r, node, item->kind);
}

static void read_approved(struct ctguard_reader *r, const yaml_node_t *node,
			  enum ctguard_approved_kind kind)
{
	struct item item = { .kind = kind };

	ctguard_reader_items(r, node,
			     "a list of digests, and of {include: FILE}",
			     read_item, &item);
}

/** ctguard_reader_approved() - the approved images of a policy */
void ctguard_reader_approved(struct ctguard_reader *r, const yaml_node_t *node,
			     void *context)
{
	(void)context;
	read_approved(r, node, CTGUARD_APPROVED_IMAGES);
}

/** ctguard_reader_claimants() - whose claims are taken */
void ctguard_reader_claimants(struct ctguard_reader *r, const yaml_node_t *node,
			      void *context)
{
	(void)context;
	read_approved(r, node, CTGUARD_APPROVED_CLAIMANTS);
}

/** ctguard_reader_approved_end() - sort and judge what was read of both */
void ctguard_reader_approved_end(struct ctguard_reader *r)
{
	static const size_t most[CTGUARD_APPROVED_KINDS] = {
		[CTGUARD_APPROVED_IMAGES] = CTGUARD_POLICY_MAX_IMAGES,
		[CTGUARD_APPROVED_CLAIMANTS] = CTGUARD_POLICY_MAX_CLAIMANTS,
	};

	for (size_t i = 0; i < CTGUARD_APPROVED_KINDS; i++) {
		struct ctguard_approvals *approvals = &r->policy->approved[i];

		ctguard_approved_sort((enum ctguard_approved_kind)i, approvals,
				      r->diagnostics);
		if (approvals->count > most[i])
			ctguard_diagnostics_add(
				r->diagnostics, 1, 1,
				"found %zu digests in %s, included lists counted, expected at most %zu",
				approvals->count, keys[i], most[i]);
	}
}
