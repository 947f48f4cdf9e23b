// SPDX-License-Identifier: GPL-2.0
/* Mounts, as proc_pid_mountinfo(5) lists them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "mountinfo.h"

/* Undoes the \ooo that the kernel writes for blanks and backslashes. */
static char *decoded(const char *text)
{
	char *copy = ctguard_alloc_string(text, strlen(text)), *to = copy;

	while (*text) {
		if (text[0] == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to++ = (char)((text[1] - '0') << 6 |
				       (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
	return copy;
}

/* The word numbered @index of a line, to be freed; or NULL. */
static char *word(const char *line, unsigned int index)
{
	for (; index; index--) {
		line += strcspn(line, " \n");
		if (*line != ' ')
			return NULL;
		line++;
	}
	return ctguard_alloc_string(line, strcspn(line, " \n"));
}

/* Reads a line; false when the file is at its end. */
static bool next(FILE *file, char **line, size_t *space, uint64_t *ret_id,
		 struct ctguard_mountinfo *ret)
{
	while (getline(line, space, file) > 0) {
		CTGUARD_FREE char *root = word(*line, 3);
		CTGUARD_FREE char *point = word(*line, 4);
		const char *tail = strstr(*line, " - ");

		if (!root || !point || !tail)
			continue;
		*ret_id = strtoull(*line, NULL, 10);
		ret->root = decoded(root);
		ret->point = decoded(point);
		ret->fs = word(tail + 3, 0);
		return true;
	}
	return false;
}

static bool find(const char *path, const char *fs, uint64_t id,
		 struct ctguard_mountinfo *ret)
{
	CTGUARD_FCLOSE FILE *file = fopen(path, "re");
	CTGUARD_FREE char *line = NULL;
	struct ctguard_mountinfo mount;
	size_t space = 0;
	uint64_t found;

	while (file && next(file, &line, &space, &found, &mount)) {
		if (fs ? !strcmp(mount.fs, fs) : found == id) {
			*ret = mount;
			return true;
		}
		ctguard_mountinfo_clear(&mount);
	}
	return false;
}

/**
 * ctguard_mountinfo_find_fs() - the first mount of a filesystem type
 * @file: a mountinfo
 * @fs: the type
 * @ret: the mount, to be cleared
 *
 * Return: whether there is one.
 */
bool ctguard_mountinfo_find_fs(const char *file, const char *fs,
			       struct ctguard_mountinfo *ret)
{
	return find(file, fs, 0, ret);
}

/** ctguard_mountinfo_find_id() - the same for the mount of an id */
bool ctguard_mountinfo_find_id(const char *file, uint64_t id,
			       struct ctguard_mountinfo *ret)
{
	return find(file, NULL, id, ret);
}

/** ctguard_mountinfo_clear() - free what it holds */
void ctguard_mountinfo_clear(struct ctguard_mountinfo *mount)
{
	free(mount->root);
	free(mount->point);
	free(mount->fs);
	memset(mount, 0, sizeof(*mount));
}
