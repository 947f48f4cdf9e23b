// SPDX-License-Identifier: GPL-2.0
/*
 * A list of approved images, to be changed by the line: comments and blank
 * lines stay as they are, so that a review sees what was added and no more.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../lib/alloc.h"
#include "../lib/diagnostics.h"
#include "../lib/digest.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "approved_file.h"

static const char head[] =
	"# Approved images, a digest a line. A policy beside it includes it as\n"
	"#   images:\n"
	"#     - include: approved.list\n"
	"# See ctguard-policy(5), and ctguardctl(8) for 'image approve'.\n";

static int parse(struct ctguard_approved_file *file,
		 struct ctguard_error *error)
{
	CTGUARD_DIAGNOSTICS struct ctguard_diagnostics diagnostics = {
		.count = 0
	};

	ctguard_approved_list(CTGUARD_APPROVED_IMAGES, file->path, file->text,
			      file->size, &file->approvals, &diagnostics);
	ctguard_approved_sort(CTGUARD_APPROVED_IMAGES, &file->approvals,
			      &diagnostics);
	if (!diagnostics.count)
		return 0;
	ctguard_diagnostics_print(&diagnostics, file->path, stderr);
	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0, "%s: %u %s",
				 file->path,
				 diagnostics.count + diagnostics.more,
				 diagnostics.count == 1 ? "fault" : "faults");
}

/* Who changes a list keeps others from that; a lock beside stays. */
static int lock(struct ctguard_approved_file *file, struct ctguard_error *error)
{
	CTGUARD_FREE char *path = ctguard_alloc_format("%s.lock", file->path);

	file->lock =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file->lock < 0 || flock(file->lock, LOCK_EX))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	return 0;
}

/**
 * ctguard_approved_file_read() - read a list
 * @path: of it; must stay
 * @change: it is going to be changed, and may be missing
 * @ret: the list, to be cleared in any case
 * @error: set on failure; faults have been printed
 *
 * Return: 0 or -1.
 */
int ctguard_approved_file_read(const char *path, bool change,
			       struct ctguard_approved_file *ret,
			       struct ctguard_error *error)
{
	*ret = (struct ctguard_approved_file){ .path = path, .lock = -1 };
	if (change && lock(ret, error) < 0)
		return -1;
	if (change && access(path, F_OK) && errno == ENOENT) {
		ret->text = ctguard_alloc_string(head, strlen(head));
		ret->size = strlen(head);
		return 0;
	}
	if (ctguard_file_read(path, CTGUARD_APPROVED_MAX_SIZE, &ret->text,
			      &ret->size, error) < 0)
		return -1;
	return parse(ret, error);
}

/* Where a line begins, from 1; the end of the text for one behind the last. */
static size_t offset_of(const struct ctguard_approved_file *file,
			unsigned int line)
{
	size_t at = 0;

	while (--line && at < file->size) {
		const char *newline =
			memchr(file->text + at, '\n', file->size - at);

		at = newline ? (size_t)(newline - file->text) + 1 : file->size;
	}
	return at;
}

/* Puts @line in place of the bytes from @from to @to, and writes the list. */
static int exchange(struct ctguard_approved_file *file, size_t from, size_t to,
		    const char *line, struct ctguard_error *error)
{
	size_t length = strlen(line), size = file->size - (to - from) + length;
	CTGUARD_FREE char *text = ctguard_alloc_zeroed(size + 1, 1);

	memcpy(text, file->text, from);
	memcpy(text + from, line, length);
	memcpy(text + from + length, file->text + to, file->size - to);
	if (ctguard_file_replace(file->path, text, size, true, error) < 0)
		return -1;
	free(file->text);
	file->text = text;
	file->size = size;
	text = NULL;
	ctguard_approved_clear(&file->approvals);
	return parse(file, error);
}

/* The line of the first digest that comes behind @approved; 0 for none. */
static unsigned int line_behind(const struct ctguard_approved_file *file,
				const struct ctguard_approved *approved)
{
	unsigned int line = 0;

	for (size_t i = 0; i < file->approvals.count; i++) {
		const struct ctguard_approved *other = &file->approvals.list[i];

		if (ctguard_approved_compare(other, approved) > 0 &&
		    (!line || other->line < line))
			line = other->line;
	}
	return line;
}

/**
 * ctguard_approved_file_add() - add a line, where it belongs by its digest
 * @file: to be changed
 * @approved: not there yet
 * @comment: for the end of the line, or NULL; without control characters
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_approved_file_add(struct ctguard_approved_file *file,
			      const struct ctguard_approved *approved,
			      const char *comment, struct ctguard_error *error)
{
	unsigned int behind = line_behind(file, approved);
	size_t at = behind ? offset_of(file, behind) : file->size;
	char digest[CTGUARD_APPROVED_TEXT], hex[CTGUARD_DIGEST_TEXT] = "";
	CTGUARD_FREE char *line = NULL;
	bool open_end = at && file->text[at - 1] != '\n';

	ctguard_approved_text(CTGUARD_APPROVED_IMAGES, approved, digest);
	if (approved->measured)
		ctguard_digest_text(approved->content, hex);
	line = ctguard_alloc_format(
		"%s%s%s%s%s%s\n", open_end ? "\n" : "", digest,
		approved->measured ? " content:sha256:" : "", hex,
		comment ? " # " : "", comment ? comment : "");
	return exchange(file, at, at, line, error);
}

/** ctguard_approved_file_remove() - remove the line of one that is there */
int ctguard_approved_file_remove(struct ctguard_approved_file *file,
				 const struct ctguard_approved *approved,
				 struct ctguard_error *error)
{
	return exchange(file, offset_of(file, approved->line),
			offset_of(file, approved->line + 1), "", error);
}

/** ctguard_approved_file_comment() - what stands behind "#" in its line */
const char *
ctguard_approved_file_comment(const struct ctguard_approved_file *file,
			      const struct ctguard_approved *approved,
			      size_t *ret_length)
{
	size_t at = offset_of(file, approved->line);
	const char *line = file->text + at;
	const char *end = memchr(line, '\n', file->size - at);
	const char *hash;

	if (!end)
		end = file->text + file->size;
	hash = memchr(line, '#', (size_t)(end - line));
	if (!hash) {
		*ret_length = 0;
		return "";
	}
	for (hash++; hash < end && *hash == ' '; hash++)
		;
	*ret_length = (size_t)(end - hash);
	return hash;
}

/** ctguard_approved_file_clear() - free what it holds, and let others in */
void ctguard_approved_file_clear(struct ctguard_approved_file *file)
{
	if (file->lock >= 0)
		close(file->lock);
	free(file->text);
	ctguard_approved_clear(&file->approvals);
	memset(file, 0, sizeof(*file));
	file->lock = -1;
}
