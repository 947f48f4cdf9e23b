/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the reader share; needs libyaml's header. */
#ifndef CTGUARD_READER_PRIVATE_H
#define CTGUARD_READER_PRIVATE_H

#include <stdbool.h>
#include <yaml.h>

#include "../../kmod/glob.h"
#include "draft.h"

/* Most keys of a mapping. */
#define CTGUARD_READER_KEYS 10

struct ctguard_diagnostics;

/**
 * struct ctguard_reader_reference - where a profile is named
 * @name: the name; NULL when it is not there or could not be read
 * @line: of it
 * @column: of it
 */
struct ctguard_reader_reference {
	char *name;
	unsigned int line;
	unsigned int column;
};

/**
 * struct ctguard_reader - a policy being read
 * @path: of its file; NULL when nothing may be included
 * @document: its YAML
 * @diagnostics: gets the faults
 * @visits: nodes asked for
 * @policy: being made
 * @drafts: the profiles, as they are written
 * @fallback: the default profile
 * @namespaces: the profiles of namespaces
 * @binds: the profile of each of @policy's bindings
 * @bind_space: room for those
 * @unclear: a reference to a profile could not be read
 */
struct ctguard_reader {
	const char *path;
	yaml_document_t *document;
	struct ctguard_diagnostics *diagnostics;
	unsigned int visits;
	struct ctguard_policy *policy;
	struct ctguard_drafts drafts;
	struct ctguard_reader_reference fallback;
	struct ctguard_reader_reference namespaces[CTGUARD_NAMESPACES];
	struct ctguard_reader_reference *binds;
	size_t bind_space;
	bool unclear;
};

typedef void ctguard_reader_function(struct ctguard_reader *r,
				     const yaml_node_t *node, void *context);

/**
 * struct ctguard_reader_key - a key of a mapping
 * @name: the key
 * @read: takes its value
 * @must: what to write when it is missing; NULL when it may be
 */
struct ctguard_reader_key {
	const char *name;
	ctguard_reader_function *read;
	const char *must;
};

/* reader_node.c */
unsigned int ctguard_reader_line(const yaml_node_t *node);
unsigned int ctguard_reader_column(const yaml_node_t *node);
void ctguard_reader_fault(struct ctguard_reader *r, const yaml_node_t *node,
			  const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void ctguard_reader_unexpected(struct ctguard_reader *r,
			       const yaml_node_t *node, const char *expected);
bool ctguard_reader_exhausted(const struct ctguard_reader *r);
const yaml_node_t *ctguard_reader_visit(struct ctguard_reader *r, int index);
bool ctguard_reader_untagged(struct ctguard_reader *r, const yaml_node_t *node);
const char *ctguard_reader_word(struct ctguard_reader *r,
				const yaml_node_t *node, const char *expected);
bool ctguard_reader_mapping(struct ctguard_reader *r, const yaml_node_t *node,
			    const char *expected);
const char *ctguard_reader_key_text(struct ctguard_reader *r,
				    const yaml_node_t *node);
void ctguard_reader_keys(struct ctguard_reader *r, const yaml_node_t *node,
			 const char *expected,
			 const struct ctguard_reader_key *keys, size_t count,
			 void *context);
void ctguard_reader_items(struct ctguard_reader *r, const yaml_node_t *node,
			  const char *expected, ctguard_reader_function *read,
			  void *context);
bool ctguard_reader_name_ok(struct ctguard_reader *r, const yaml_node_t *node,
			    const char *name, const char *what);
void ctguard_reader_place(struct ctguard_rule *rule, const yaml_node_t *node);
char *ctguard_reader_pattern(struct ctguard_reader *r, const yaml_node_t *node,
			     enum ctg_glob_kind kind);
bool ctguard_reader_boolean(struct ctguard_reader *r, const yaml_node_t *node,
			    uint32_t *flags, uint32_t flag);
void ctguard_reader_paths(struct ctguard_reader *r, const yaml_node_t *node,
			  struct ctguard_rules *rules);
ctguard_reader_function ctguard_reader_path_item;
ctguard_reader_function ctguard_reader_name_item;

/* reader_device.c */
bool ctguard_reader_device(struct ctguard_reader *r, const yaml_node_t *node,
			   struct ctguard_rule *ret);

/* reader_images.c */
ctguard_reader_function ctguard_reader_images;
ctguard_reader_function ctguard_reader_approved;
ctguard_reader_function ctguard_reader_claimants;
void ctguard_reader_approved_end(struct ctguard_reader *r);

/* reader_profile.c */
ctguard_reader_function ctguard_reader_profiles;
ctguard_reader_function ctguard_reader_rule_path;

#endif /* CTGUARD_READER_PRIVATE_H */
