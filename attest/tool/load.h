/* SPDX-License-Identifier: GPL-2.0 */
/* Evidence that is shown or written in another form. */
#ifndef VERIFY_LOAD_H
#define VERIFY_LOAD_H

#include "item.h"

/**
 * struct loaded - evidence that was read, and is not judged
 * @worker: holds its bytes
 * @check: the evidence
 */
struct loaded {
	struct item_worker worker;
	struct check check;
};

/**
 * struct load_options - of commands that take evidence
 * @output: --output, or NULL
 * @state: --state
 * @host: --host, or NULL
 * @reference: --reference, or NULL
 * @path: of the evidence, or NULL
 */
struct load_options {
	const char *output;
	const char *state;
	const char *host;
	const char *reference;
	const char *path;
};

int load_options_read(int argc, char **argv, const char *usage,
		      bool takes_reference, bool needs_evidence,
		      struct load_options *ret_options);
int load_evidence(const char *path, struct loaded *loaded,
		  struct ctguard_error *error);
int load_reference(const struct load_options *options,
		   struct reference **ret_reference,
		   struct ctguard_error *error);
int load_write_json(const struct load_options *options, json_t *json,
		    struct ctguard_error *error);
void load_clear(struct loaded *loaded);

#define LOADED __attribute__((cleanup(load_clear))) struct loaded

#endif /* VERIFY_LOAD_H */
