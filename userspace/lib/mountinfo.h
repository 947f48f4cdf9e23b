/* SPDX-License-Identifier: GPL-2.0 */
/* Mounts, as proc_pid_mountinfo(5) lists them. */
#ifndef CTGUARD_MOUNTINFO_H
#define CTGUARD_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct ctguard_mountinfo - one mount
 * @root: of it inside the filesystem, to be freed
 * @point: where it is, to be freed
 * @fs: type of the filesystem, to be freed
 */
struct ctguard_mountinfo {
	char *root;
	char *point;
	char *fs;
};

bool ctguard_mountinfo_find_fs(const char *file, const char *fs,
			       struct ctguard_mountinfo *ret);
bool ctguard_mountinfo_find_id(const char *file, uint64_t id,
			       struct ctguard_mountinfo *ret);
void ctguard_mountinfo_clear(struct ctguard_mountinfo *mount);

#endif /* CTGUARD_MOUNTINFO_H */
