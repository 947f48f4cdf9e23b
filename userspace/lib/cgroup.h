/* SPDX-License-Identifier: GPL-2.0 */
/* Control groups: their paths and ids, and the containers they name. */
#ifndef CTGUARD_CGROUP_H
#define CTGUARD_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

struct ctguard_error;

#define CTGUARD_CGROUP_CONTAINER 65

int ctguard_cgroup_id(const char *path, uint64_t *ret_id,
		      struct ctguard_error *error);
bool ctguard_cgroup_container(const char *path,
			      char ret_id[CTGUARD_CGROUP_CONTAINER]);
char *ctguard_cgroup_short(const char *path);

#endif /* CTGUARD_CGROUP_H */
