/* SPDX-License-Identifier: GPL-2.0 */
/* A list of approved images, to be changed by the line. */
#ifndef CTGUARD_CTL_APPROVED_FILE_H
#define CTGUARD_CTL_APPROVED_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/approved.h"
#include "../lib/cleanup.h"

struct ctguard_error;

#define CTGUARD_APPROVED_DEFAULT "/etc/ctguard/approved.list"

/**
 * struct ctguard_approved_file - a list and its text
 * @path: of it
 * @lock: of who changes it, or -1
 * @text: of it
 * @size: bytes of @text
 * @approvals: what stands there, sorted
 */
struct ctguard_approved_file {
	const char *path;
	int lock;
	char *text;
	size_t size;
	struct ctguard_approvals approvals;
};

#define CTGUARD_APPROVED_FILE ctguard_cleanup(ctguard_approved_file_clear)

int ctguard_approved_file_read(const char *path, bool change,
			       struct ctguard_approved_file *ret,
			       struct ctguard_error *error);
int ctguard_approved_file_add(struct ctguard_approved_file *file,
			      const struct ctguard_approved *approved,
			      const char *comment, struct ctguard_error *error);
int ctguard_approved_file_remove(struct ctguard_approved_file *file,
				 const struct ctguard_approved *approved,
				 struct ctguard_error *error);
const char *
ctguard_approved_file_comment(const struct ctguard_approved_file *file,
			      const struct ctguard_approved *approved,
			      size_t *ret_length);
void ctguard_approved_file_clear(struct ctguard_approved_file *file);

#endif /* CTGUARD_CTL_APPROVED_FILE_H */
