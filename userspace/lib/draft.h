/* SPDX-License-Identifier: GPL-2.0 */
/* Profiles as they are written, before they inherit. */
#ifndef CTGUARD_DRAFT_H
#define CTGUARD_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"

struct ctguard_diagnostics;

enum ctguard_draft_shape {
	CTGUARD_DRAFT_ABSENT,
	CTGUARD_DRAFT_RULES,
	CTGUARD_DRAFT_UNRESTRICTED,
};

/**
 * struct ctguard_draft - a profile as it is written
 * @profile: its name, flags and rules
 * @shape: how each group is written
 * @given: the flags of each group that are written, set or not
 * @complain_given: the same of the flag of the profile
 * @require_given: whether what images it requires is written
 * @level_given: whether their level is
 * @program_given: whether where their program comes from is
 * @images_line: where the group is written, if it is
 * @images_column: likewise
 * @line: of its name
 * @column: of its name
 * @inherit: name of the profile it inherits from, or NULL
 * @inherit_line: of that
 * @inherit_column: of that
 * @parent: its index, or -1
 * @walk: what ctguard_draft_flatten() knows of it
 * @compiled: something is bound to it
 * @inherited: a profile inherits from it
 */
struct ctguard_draft {
	struct ctguard_profile profile;
	enum ctguard_draft_shape shape[CTGUARD_GROUPS];
	uint32_t given[CTGUARD_GROUPS];
	bool complain_given;
	bool require_given;
	bool level_given;
	bool program_given;
	unsigned int images_line;
	unsigned int images_column;
	unsigned int line;
	unsigned int column;
	char *inherit;
	unsigned int inherit_line;
	unsigned int inherit_column;
	long parent;
	enum {
		CTGUARD_DRAFT_NEW,
		CTGUARD_DRAFT_OPEN,
		CTGUARD_DRAFT_DONE
	} walk;
	bool compiled;
	bool inherited;
};

struct ctguard_drafts {
	struct ctguard_draft *list;
	size_t count;
	size_t space;
};

struct ctguard_draft *ctguard_draft_add(struct ctguard_drafts *drafts);
long ctguard_draft_find(const struct ctguard_drafts *drafts, const char *name);
const char *ctguard_draft_nearest(const struct ctguard_drafts *drafts,
				  const char *name);
void ctguard_draft_flatten(struct ctguard_drafts *drafts,
			   struct ctguard_diagnostics *diagnostics);
void ctguard_draft_duplicates(const struct ctguard_rules *rules,
			      struct ctguard_diagnostics *diagnostics);
void ctguard_draft_clear(struct ctguard_drafts *drafts);

#endif /* CTGUARD_DRAFT_H */
