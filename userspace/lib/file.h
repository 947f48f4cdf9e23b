/* SPDX-License-Identifier: GPL-2.0 */
/* Whole files. */
#ifndef CTGUARD_FILE_H
#define CTGUARD_FILE_H

#include <stddef.h>

struct ctguard_error;

int ctguard_file_read(const char *path, size_t limit, char **ret_data,
		      size_t *ret_size, struct ctguard_error *error);
int ctguard_file_write(int fd, const char *name, const void *data, size_t size,
		       struct ctguard_error *error);
int ctguard_file_replace(const char *path, const void *data, size_t size,
			 struct ctguard_error *error);

#endif /* CTGUARD_FILE_H */
