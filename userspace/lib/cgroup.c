// SPDX-License-Identifier: GPL-2.0
/* Control groups: their paths and ids, and the containers they name. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "alloc.h"
#include "cgroup.h"
#include "cleanup.h"
#include "error.h"
#include "escape.h"
#include "mountinfo.h"

/* Where the cgroup2 hierarchy is mounted; to be freed. */
static char *hierarchy(void)
{
	struct ctguard_mountinfo mount;
	char *path;

	if (!ctguard_mountinfo_find_fs("/proc/self/mountinfo", "cgroup2",
				       &mount))
		return ctguard_alloc_format("/sys/fs/cgroup");
	path = ctguard_alloc_string(mount.point, strlen(mount.point));
	ctguard_mountinfo_clear(&mount);
	return path;
}

/**
 * ctguard_cgroup_id() - the id of a cgroup
 * @path: of its directory, or from the root of the cgroup2 hierarchy
 * @ret_id: the inode number of its directory
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_cgroup_id(const char *path, uint64_t *ret_id,
		      struct ctguard_error *error)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(path, strlen(path));
	CTGUARD_FREE char *mount = hierarchy();
	CTGUARD_FREE char *inside = NULL;
	CTGUARD_CLOSE int fd = -1;
	struct statfs fs;
	struct stat st;
	size_t length = strlen(mount);

	if (*path != '/')
		return ctguard_error_set(
			error, CTGUARD_EXIT_USAGE, 0,
			"found \"%s\", expected the path of a cgroup from \"/\"",
			shown);
	if (strncmp(path, mount, length) ||
	    (path[length] && path[length] != '/'))
		inside = ctguard_alloc_format("%s%s", mount, path);
	fd = open(inside ? inside : path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "cgroup %s", shown);
	if (fstatfs(fd, &fs) || fstat(fd, &st))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "cgroup %s", shown);
	if (fs.f_type != CGROUP2_SUPER_MAGIC)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "%s is not a cgroup of version 2",
					 shown);
	*ret_id = st.st_ino;
	return 0;
}

/**
 * ctguard_cgroup_container() - the container that a cgroup is named after
 * @path: of the cgroup
 * @ret_id: the first 64 hexadecimal digits that stand alone in it
 *
 * Return: whether there are such.
 */
bool ctguard_cgroup_container(const char *path,
			      char ret_id[CTGUARD_CGROUP_CONTAINER])
{
	static const char digits[] = "0123456789abcdef";

	while (*path) {
		size_t length = strspn(path, digits);

		if (length == CTGUARD_CGROUP_CONTAINER - 1) {
			memcpy(ret_id, path, length);
			ret_id[length] = '\0';
			return true;
		}
		path += length ? length : 1;
	}
	return false;
}

/**
 * ctguard_cgroup_short() - a name for people
 * @path: of a cgroup
 *
 * Return: the first 12 digits of the container, else the last part of @path;
 * fit for a terminal, to be freed.
 */
char *ctguard_cgroup_short(const char *path)
{
	char id[CTGUARD_CGROUP_CONTAINER];
	const char *last = strrchr(path, '/');

	if (ctguard_cgroup_container(path, id))
		return ctguard_alloc_string(id, 12);
	if (!last || !last[1])
		return ctguard_escape_terminal(path, strlen(path));
	return ctguard_escape_terminal(last + 1, strlen(last + 1));
}
