// SPDX-License-Identifier: GPL-2.0
/*
 * What people call an object, made what the kernel calls it. Paths are those
 * that the task asked about sees, so links and mounts are those of its root.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <ctguard/ctguard.h>

#include "alloc.h"
#include "client.h"
#include "error.h"
#include "escape.h"
#include "mountinfo.h"
#include "object.h"
#include "words.h"

/* Opens @path as the task sees it, to look at and not to use. */
static int look(uint32_t pid, const char *path, struct ctguard_error *error)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(path, strlen(path));
	CTGUARD_FREE char *root = ctguard_alloc_format("/proc/%u/root", pid);
	CTGUARD_CLOSE int root_fd = open(root, O_PATH | O_CLOEXEC);
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT,
	};
	int fd;

	if (root_fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "the root directory of task %u", pid);
	fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	if (fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s, as task %u sees it", shown, pid);
	return fd;
}

/* Some letters of rwm. */
static bool letters(const char *text, uint32_t *ret_access)
{
	uint32_t access = 0;

	for (; *text; text++) {
		if (*text == 'r')
			access |= CTGUARD_ACCESS_READ;
		else if (*text == 'w')
			access |= CTGUARD_ACCESS_WRITE;
		else if (*text == 'm')
			access |= CTGUARD_ACCESS_MKNOD;
		else
			return false;
	}
	*ret_access = access;
	return access;
}

static int device_path(uint32_t pid, const char *path,
		       struct ctguard_object *object,
		       struct ctguard_error *error)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(path, strlen(path));
	CTGUARD_CLOSE int fd = look(pid, path, error);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", shown);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return ctguard_error_set(
			error, CTGUARD_EXIT_USAGE, 0,
			"found %s, expected a device, as \"c 1:3 rw\" or /dev/null",
			shown);
	object->dev_type = S_ISCHR(st.st_mode) ? CTGUARD_DEV_CHAR :
						 CTGUARD_DEV_BLOCK;
	object->major = major(st.st_rdev);
	object->minor = minor(st.st_rdev);
	return 0;
}

/* "c 1:3 rw", "c 1:3", "/dev/null" or "/dev/null rw" */
static int device(uint32_t pid, const char *text, struct ctguard_object *object,
		  struct ctguard_error *error)
{
	CTGUARD_FREE char *copy = ctguard_alloc_string(text, strlen(text));
	CTGUARD_FREE char *shown = ctguard_escape_terminal(text, strlen(text));
	char *last = strrchr(copy, ' ');
	char type, rest;

	object->access = object->operation == CTGUARD_OP_DEVICE_MKNOD ?
				 CTGUARD_ACCESS_MKNOD :
				 CTGUARD_ACCESS_READ | CTGUARD_ACCESS_WRITE;
	if (last && letters(last + 1, &object->access))
		*last = '\0';
	if (*copy == '/')
		return device_path(pid, copy, object, error);
	if (sscanf(copy, "%c %u:%u%c", &type, &object->major, &object->minor,
		   &rest) != 3 ||
	    (type != 'c' && type != 'b'))
		return ctguard_error_set(
			error, CTGUARD_EXIT_USAGE, 0,
			"found \"%s\", expected a device, as \"c 1:3 rw\" or /dev/null",
			shown);
	object->dev_type = type == 'c' ? CTGUARD_DEV_CHAR : CTGUARD_DEV_BLOCK;
	return 0;
}

/* What follows @prefix in @path, as a path; NULL when it is not below. */
static char *below(const char *path, const char *prefix)
{
	size_t length = strcmp(prefix, "/") ? strlen(prefix) : 0;

	if (strncmp(path, prefix, length) ||
	    (path[length] && path[length] != '/'))
		return NULL;
	return ctguard_alloc_string(path + length, strlen(path + length));
}

/* Finds the filesystem of @path and where it is inside of that. */
static int resolve(uint32_t pid, const char *path,
		   struct ctguard_object *object, struct ctguard_error *error)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(path, strlen(path));
	CTGUARD_FREE char *list =
		ctguard_alloc_format("/proc/%u/mountinfo", pid);
	CTGUARD_FREE char *link = NULL, *inside = NULL;
	CTGUARD_CLOSE int fd = look(pid, path, error);
	struct ctguard_mountinfo mount;
	char real[4096];
	struct statx st;
	ssize_t length;

	if (fd < 0)
		return -1;
	link = ctguard_alloc_format("/proc/self/fd/%d", fd);
	length = readlink(link, real, sizeof(real) - 1);
	if (length < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) ||
	    !(st.stx_mask & STATX_MNT_ID))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "the mount of %s", shown);
	real[length] = '\0';
	if (!ctguard_mountinfo_find_id(list, st.stx_mnt_id, &mount))
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"the mount of %s is not in the list of task %u", shown,
			pid);
	inside = below(real, mount.point);
	if (inside) {
		object->name = ctguard_alloc_format(
			"%s%s", strcmp(mount.root, "/") ? mount.root : "",
			inside);
		if (!*object->name) {
			free(object->name);
			object->name = ctguard_alloc_string("/", 1);
		}
		object->fs = mount.fs;
		mount.fs = NULL;
	}
	ctguard_mountinfo_clear(&mount);
	if (!inside)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"%s is not below its mount; write it as FILESYSTEM:/PATH",
			shown);
	return 0;
}

/* "proc:/sys/kernel/core_pattern" or "/proc/sys/kernel/core_pattern" */
static int path(uint32_t pid, const char *text, struct ctguard_object *object,
		struct ctguard_error *error)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(text, strlen(text));
	const char *colon = strstr(text, ":/");

	if (*text == '/')
		return resolve(pid, text, object, error);
	if (!colon || colon == text)
		return ctguard_error_set(
			error, CTGUARD_EXIT_USAGE, 0,
			"found \"%s\", expected a path, as proc:/sys/kernel/core_pattern or /proc/sys/kernel/core_pattern",
			shown);
	object->fs = ctguard_alloc_string(text, (size_t)(colon - text));
	object->name = ctguard_alloc_string(colon + 1, strlen(colon + 1));
	return 0;
}

/**
 * ctguard_object_parse() - what the kernel calls an object
 * @pid: the task that sees it
 * @operation: enum ctguard_operation
 * @text: a name; a device by numbers or path; a path, or a filesystem and a path
 *	inside of it; by what @operation needs
 * @ret: the object, to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_object_parse(uint32_t pid, uint32_t operation, const char *text,
			 struct ctguard_object *ret,
			 struct ctguard_error *error)
{
	struct ctguard_object object = { .operation = operation };
	int r = 0;

	switch (operation) {
	case CTGUARD_OP_DEVICE_OPEN:
	case CTGUARD_OP_DEVICE_MKNOD:
	case CTGUARD_OP_DEVICE_MOUNT:
		r = device(pid, text, &object, error);
		break;
	case CTGUARD_OP_PSEUDOFS_WRITE:
	case CTGUARD_OP_PSEUDOFS_READ:
		r = path(pid, text, &object, error);
		break;
	default:
		object.name = ctguard_alloc_string(text, strlen(text));
		break;
	}
	if (!r && object.name && strlen(object.name) > CTGUARD_OBJECT_MAX)
		r = ctguard_error_set(error, CTGUARD_EXIT_USAGE, 0,
				      "an object has at most %u bytes",
				      CTGUARD_OBJECT_MAX);
	if (r < 0) {
		ctguard_object_clear(&object);
		return -1;
	}
	*ret = object;
	return 0;
}

/** ctguard_object_clear() - free what it holds */
void ctguard_object_clear(struct ctguard_object *object)
{
	free(object->name);
	free(object->fs);
	memset(object, 0, sizeof(*object));
}
