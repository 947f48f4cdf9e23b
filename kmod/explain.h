/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the verdict on a request would be, when all that is known of the object
 * is its name.
 */
#ifndef _CTG_EXPLAIN_H
#define _CTG_EXPLAIN_H

#include "decide.h"

struct ctg_container;
struct task_struct;

/**
 * struct ctg_explanation - the answer
 * @decision: verdict and rule
 * @container: of the task, referenced; NULL for a task of the host's
 * @profile: name of its profile
 */
struct ctg_explanation {
	struct ctg_decision decision;
	struct ctg_container *container;
	char profile[CTGUARD_NAME_MAX + 1];
};

void ctg_explain(struct task_struct *task, struct ctg_request *request,
		 struct ctg_explanation *ret);

#endif /* _CTG_EXPLAIN_H */
