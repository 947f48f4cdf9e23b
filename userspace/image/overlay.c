// SPDX-License-Identifier: GPL-2.0
/*
 * The overlay that is mounted at a container's root, as the kernel tells it in
 * the mountinfo of the container's first task: see proc_pid_mountinfo(5), and
 * ovl_show_options() of the kernel. What the engine says of it is not asked.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../lib/alloc.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "image.h"
#include "overlay.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The kernel's own bound of an overlay is 500. */
#define LOWER_MAX 2048
/* A line of mountinfo is at most a page and some; options of many layers. */
#define LINE_MAX_BYTES (1U << 20)

/* Undoes the \ooo that the kernel writes; in place. */
static void decode(char *text)
{
	char *to = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    text[2] >= '0' && text[2] <= '7' && text[3] >= '0' &&
		    text[3] <= '7') {
			*to++ = (char)((text[1] - '0') << 6 |
				       (text[2] - '0') << 3 | (text[3] - '0'));
			text += 4;
		} else {
			*to++ = *text++;
		}
	}
	*to = '\0';
}

static bool add_lower(struct ctguard_overlay *overlay, const char *path,
		      size_t length)
{
	if (!length || overlay->lower_count == LOWER_MAX)
		return false;
	overlay->lower = ctguard_alloc_grow(overlay->lower,
					    &overlay->lower_space,
					    overlay->lower_count + 1,
					    sizeof(*overlay->lower));
	overlay->lower[overlay->lower_count++] =
		ctguard_alloc_string(path, length);
	return true;
}

/*
 * Directories with ":" between them; in a path it stands behind a backslash.
 * Behind "::" are directories of data only, which an image has none of.
 */
static bool split_lower(struct ctguard_overlay *overlay, const char *list)
{
	CTGUARD_FREE char *path = ctguard_alloc_zeroed(strlen(list) + 1, 1);
	size_t length = 0;

	for (;; list++) {
		if (!*list || *list == ':') {
			if (!add_lower(overlay, path, length))
				return false;
			length = 0;
			if (!*list)
				return true;
			continue;
		}
		if (*list == '\\' && list[1])
			list++;
		path[length++] = *list;
	}
}

/**
 * ctguard_overlay_options() - read an overlay's options
 * @options: as the last field of its line in mountinfo
 * @ret: empty; gets the directories, to be cleared in any case
 *
 * Return: whether they are such options.
 */
bool ctguard_overlay_options(const char *options, struct ctguard_overlay *ret)
{
	CTGUARD_FREE char *copy =
		ctguard_alloc_string(options, strlen(options));
	char *rest = copy, *option;

	while ((option = strsep(&rest, ","))) {
		decode(option);
		if (!strncmp(option, "lowerdir=", 9)) {
			if (ret->lower_count || !split_lower(ret, option + 9))
				return false;
		} else if (!strncmp(option, "lowerdir+=", 10)) {
			if (!add_lower(ret, option + 10, strlen(option + 10)))
				return false;
		} else if (!strncmp(option, "datadir+=", 9)) {
			return false;
		} else if (!strncmp(option, "upperdir=", 9)) {
			if (ret->upper)
				return false;
			ret->upper = ctguard_alloc_string(option + 9,
							  strlen(option + 9));
		}
	}
	return ret->lower_count;
}

/* The fields of a line of mountinfo that matter here. */
struct line {
	unsigned int major;
	unsigned int minor;
	char *root;
	char *point;
	char *fs;
	char *options;
};

/* Splits a line in place. */
static bool split(char *text, struct line *ret)
{
	char *fields[6], *rest = text, *tail = strstr(text, " - ");

	text[strcspn(text, "\n")] = '\0';
	if (!tail)
		return false;
	for (size_t i = 0; i < COUNT(fields); i++) {
		fields[i] = strsep(&rest, " ");
		if (!fields[i] || !rest)
			return false;
	}
	rest = tail + 3;
	ret->fs = strsep(&rest, " ");
	if (!rest || !strsep(&rest, " ") || !rest)
		return false;
	ret->options = rest;
	if (sscanf(fields[2], "%u:%u", &ret->major, &ret->minor) != 2)
		return false;
	ret->root = fields[3];
	ret->point = fields[4];
	decode(ret->root);
	decode(ret->point);
	return true;
}

/**
 * ctguard_overlay_find() - the overlay that a container's root is
 * @mountinfo: of the container's first task
 * @root: where the runtime was told that the root is
 * @root_fd: of that
 * @ret: empty; gets the directories, to be cleared in any case
 * @error: set on failure
 *
 * The superblock is that of @root_fd. The task must see it as its root
 * directory, or where it is going to make it that.
 *
 * Return: 0 or -1.
 */
int ctguard_overlay_find(const char *mountinfo, const char *root, int root_fd,
			 struct ctguard_overlay *ret,
			 struct ctguard_error *error)
{
	CTGUARD_FCLOSE FILE *file = fopen(mountinfo, "re");
	CTGUARD_FREE char *text = NULL;
	bool found = false;
	size_t space = 0;
	struct line line;
	struct stat st;

	if (!file)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", mountinfo);
	if (fstat(root_fd, &st))
		/* cppcheck-suppress resourceLeak */
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", root);
	while (getline(&text, &space, file) > 0) {
		if (strlen(text) > LINE_MAX_BYTES || !split(text, &line))
			continue;
		if (line.major != major(st.st_dev) ||
		    line.minor != minor(st.st_dev) ||
		    strcmp(line.fs, "overlay") || strcmp(line.root, "/") ||
		    (strcmp(line.point, "/") && strcmp(line.point, root)))
			continue;
		ctguard_overlay_clear(ret);
		if (!ctguard_overlay_options(line.options, ret))
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: found options of the overlay at the container's root that are not understood",
				mountinfo);
		found = true;
	}
	if (found)
		return 0;
	return ctguard_error_set(
		error, CTGUARD_EXIT_MALFORMED, 0,
		"%s: found %s not to be the root of the container's first task, expected it to be",
		mountinfo, root);
}

/**
 * ctguard_overlay_open() - open a directory of an overlay, to compare it
 * @base: what @path is relative to, if it is; or NULL
 * @path: of the directory
 * @error: set on failure
 *
 * Return: an O_PATH descriptor, or -1.
 */
int ctguard_overlay_open(const char *base, const char *path,
			 struct ctguard_error *error)
{
	CTGUARD_FREE char *whole = NULL;
	CTGUARD_FREE char *shown = NULL;
	int fd;

	if (*path == '/' || !base)
		whole = ctguard_alloc_string(path, strlen(path));
	else
		whole = ctguard_alloc_format("%s/%s", base, path);
	fd = open(whole, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	shown = ctguard_escape_terminal(whole, strlen(whole));
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno, "%s",
				 shown);
}

/* Whether @path of the mount is the directory @expected: 1, 0 or -1. */
static int same(const char *base, const char *path, const char *expected,
		struct ctguard_error *error)
{
	CTGUARD_CLOSE int a = ctguard_overlay_open(base, path, error);
	CTGUARD_CLOSE int b =
		a < 0 ? -1 : ctguard_overlay_open(NULL, expected, error);
	struct stat x, y;

	if (b < 0)
		return -1;
	if (fstat(a, &x) || fstat(b, &y))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", expected);
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* What Docker makes in the directory above an image: initlayer.Setup(). */
static const struct {
	const char *path;
	mode_t type;
} placeholders[] = {
	{ ".dockerenv", S_IFREG },
	{ ".dockerinit", S_IFREG },
	{ "dev", S_IFDIR },
	{ "dev/console", S_IFREG },
	{ "dev/pts", S_IFDIR },
	{ "dev/shm", S_IFDIR },
	{ "etc", S_IFDIR },
	{ "etc/hostname", S_IFREG },
	{ "etc/hosts", S_IFREG },
	{ "etc/mtab", S_IFLNK },
	{ "etc/resolv.conf", S_IFREG },
	{ "proc", S_IFDIR },
	{ "sys", S_IFDIR },
};

static int is_placeholder(int dir, const char *name, const char *path,
			  struct ctguard_error *error)
{
	char target[16];
	struct stat st;
	size_t i;

	for (i = 0; i < COUNT(placeholders); i++)
		if (!strcmp(placeholders[i].path, path))
			break;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	if (i == COUNT(placeholders) ||
	    (st.st_mode & S_IFMT) != placeholders[i].type ||
	    (S_ISREG(st.st_mode) && st.st_size) ||
	    (S_ISLNK(st.st_mode) &&
	     (readlinkat(dir, name, target, sizeof(target)) != 12 ||
	      memcmp(target, "/proc/mounts", 12)))) {
		CTGUARD_FREE char *shown =
			ctguard_escape_terminal(path, strlen(path));

		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"found /%s between the image and the container, expected there only what Docker mounts over, and empty",
			shown);
	}
	return S_ISDIR(st.st_mode);
}

/* Reads the directory @fd, which it closes; @prefix is "" or "etc/". */
static int placeholders_only(int fd, const char *prefix,
			     struct ctguard_error *error)
{
	DIR *dir = fdopendir(fd);
	const struct dirent *entry;
	int r = 0;

	if (!dir) {
		close(fd);
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "the directory above the image");
	}
	while (!r && (entry = readdir(dir))) {
		CTGUARD_FREE char *path = NULL, *below = NULL;
		int next;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		path = ctguard_alloc_format("%s%s", prefix, entry->d_name);
		r = is_placeholder(dirfd(dir), entry->d_name, path, error);
		if (r <= 0)
			continue;
		next = openat(dirfd(dir), entry->d_name,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		below = ctguard_alloc_format("%s/", path);
		r = next < 0 ? ctguard_error_set(error, CTGUARD_EXIT_SYSTEM,
						 errno, "%s", path) :
			       placeholders_only(next, below, error);
	}
	closedir(dir);
	return r;
}

/* The directory between image and container holds what it may. */
static int check_above(const char *path, struct ctguard_error *error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	return placeholders_only(fd, "", error);
}

/**
 * ctguard_overlay_compare() - whether an overlay is of an image
 * @overlay: as mounted
 * @image: with the layers' directories, and the container's
 * @error: set when it is not
 *
 * Return: 0 or -1.
 */
int ctguard_overlay_compare(const struct ctguard_overlay *overlay,
			    const struct ctguard_measured *image,
			    struct ctguard_error *error)
{
	size_t above = image->above ? 1 : 0;
	int r;

	if (overlay->lower_count != image->layer_count + above)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"found %zu read-only directories mounted at the container's root, expected the %zu layers of its image%s",
			overlay->lower_count, image->layer_count,
			above ? " and the engine's one" : "");
	for (size_t i = 0; i < overlay->lower_count; i++) {
		size_t layer = overlay->lower_count - 1 - i;
		const char *expected = i < above ? image->above :
						   image->layers[layer].path;
		CTGUARD_FREE char *shown = NULL;

		r = same(image->base, overlay->lower[i], expected, error);
		if (r < 0)
			return -1;
		if (r)
			continue;
		shown = ctguard_escape_terminal(overlay->lower[i],
						strlen(overlay->lower[i]));
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"found %s mounted at the container's root, expected %s, as the layers of its image are",
			shown, expected);
	}
	if (image->above && check_above(image->above, error) < 0)
		return -1;
	if (!overlay->upper)
		return 0;
	r = image->upper ?
		    same(image->base, overlay->upper, image->upper, error) :
		    0;
	if (r < 0)
		return -1;
	if (!r)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"found another writable directory mounted at the container's root than the engine has for it");
	return 0;
}

/** ctguard_overlay_clear() - free what it holds */
void ctguard_overlay_clear(struct ctguard_overlay *overlay)
{
	for (size_t i = 0; i < overlay->lower_count; i++)
		free(overlay->lower[i]);
	free(overlay->lower);
	free(overlay->upper);
	memset(overlay, 0, sizeof(*overlay));
}
