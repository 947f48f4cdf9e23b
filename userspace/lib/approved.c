// SPDX-License-Identifier: GPL-2.0
/*
 * Approved digests as text: in policies, and in lists of their own.
 *
 * A list has a digest a line. What follows a "#" at the beginning of a line or
 * after a blank is a comment. Behind an image's digest may stand what the
 * content of its layers hashes to, as "content:sha256:...".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "approved.h"
#include "cleanup.h"
#include "diagnostics.h"
#include "digest.h"
#include "escape.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DIGITS (2 * (size_t)CTGUARD_SHA256_SIZE)

static const char algorithm[] = "sha256:";
static const char content_prefix[] = "content:";

static const char *const types[] = {
	[CTGUARD_IMAGE_CONFIG] = "config:",
	[CTGUARD_IMAGE_MANIFEST] = "manifest:",
};

static bool begins(const char *text, size_t length, const char *with)
{
	return length >= strlen(with) && !strncmp(text, with, strlen(with));
}

/* The value of a lower-case hexadecimal digit, or -1. */
static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/**
 * ctguard_approved_digest() - "sha256:" and 64 lower-case digits
 * @text: need not end in NUL
 * @length: its bytes
 * @ret_sha256: the digest
 *
 * Return: whether it is one.
 */
bool ctguard_approved_digest(const char *text, size_t length,
			     uint8_t ret_sha256[CTGUARD_SHA256_SIZE])
{
	if (!begins(text, length, algorithm) ||
	    length != strlen(algorithm) + DIGITS)
		return false;
	text += strlen(algorithm);
	for (size_t i = 0; i < CTGUARD_SHA256_SIZE; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret_sha256[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/** ctguard_approved_expected() - what should stand where @text does not do */
const char *ctguard_approved_expected(enum ctguard_approved_kind kind,
				      const char *text, size_t length)
{
	uint8_t sha256[CTGUARD_SHA256_SIZE];

	if (kind == CTGUARD_APPROVED_CLAIMANTS)
		return "\"sha256:\" and 64 lower-case hexadecimal digits, of an executable's bytes";
	if (ctguard_approved_digest(text, length, sha256))
		return "\"config:\" or \"manifest:\" before it, to say whose bytes it is of";
	return "\"config:sha256:\" or \"manifest:sha256:\" and 64 lower-case hexadecimal digits";
}

/**
 * ctguard_approved_read() - a digest with its type
 * @kind: of the list it stands in
 * @text: need not end in NUL
 * @length: its bytes
 * @ret: gets type and digest
 *
 * Return: whether it is one.
 */
bool ctguard_approved_read(enum ctguard_approved_kind kind, const char *text,
			   size_t length, struct ctguard_approved *ret)
{
	if (kind == CTGUARD_APPROVED_CLAIMANTS) {
		ret->type = 0;
		return ctguard_approved_digest(text, length, ret->sha256);
	}
	for (uint32_t i = 0; i < COUNT(types); i++) {
		if (!begins(text, length, types[i]))
			continue;
		ret->type = i;
		return ctguard_approved_digest(text + strlen(types[i]),
					       length - strlen(types[i]),
					       ret->sha256);
	}
	return false;
}

/** ctguard_approved_text() - the same the other way */
void ctguard_approved_text(enum ctguard_approved_kind kind,
			   const struct ctguard_approved *approved,
			   char ret_text[CTGUARD_APPROVED_TEXT])
{
	char hex[CTGUARD_DIGEST_TEXT];

	ctguard_digest_text(approved->sha256, hex);
	snprintf(ret_text, CTGUARD_APPROVED_TEXT, "%s%s%s",
		 kind == CTGUARD_APPROVED_IMAGES ? types[approved->type] : "",
		 algorithm, hex);
}

/** ctguard_approved_compare() - their order in the compiled policy */
int ctguard_approved_compare(const struct ctguard_approved *a,
			     const struct ctguard_approved *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	return memcmp(a->sha256, b->sha256, sizeof(a->sha256));
}

/** ctguard_approved_add() - a new one at the end, all zero, to be used at once */
struct ctguard_approved *
ctguard_approved_add(struct ctguard_approvals *approvals)
{
	struct ctguard_approved *approved;

	approvals->list = ctguard_alloc_grow(approvals->list, &approvals->space,
					     approvals->count + 1,
					     sizeof(*approved));
	approved = &approvals->list[approvals->count++];
	memset(approved, 0, sizeof(*approved));
	return approved;
}

/** ctguard_approved_file() - keep the name of a list for its entries */
const char *ctguard_approved_file(struct ctguard_approvals *approvals,
				  const char *path)
{
	char *copy = ctguard_alloc_string(path, strlen(path));

	approvals->files = ctguard_alloc_grow(approvals->files,
					      &approvals->file_space,
					      approvals->file_count + 1,
					      sizeof(*approvals->files));
	approvals->files[approvals->file_count++] = copy;
	return copy;
}

/* Where a word begins and ends, in a line. */
struct word {
	const char *text;
	size_t length;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word of what is left of a line; false at its end or a comment. */
static bool next(struct word *rest, struct word *ret)
{
	while (rest->length && is_blank(*rest->text)) {
		rest->text++;
		rest->length--;
	}
	if (!rest->length || *rest->text == '#')
		return false;
	ret->text = rest->text;
	ret->length = 0;
	while (ret->length < rest->length && !is_blank(ret->text[ret->length]))
		ret->length++;
	rest->text += ret->length;
	rest->length -= ret->length;
	return true;
}

struct place {
	const char *file;
	const char *begin; /* of the line */
	unsigned int line;
};

static unsigned int column_of(const struct place *place, const char *text)
{
	return (unsigned int)(text - place->begin) + 1;
}

static void unexpected(const struct place *place, const struct word *word,
		       const char *expected,
		       struct ctguard_diagnostics *diagnostics)
{
	size_t length = word->length > 90 ? 90 : word->length;
	CTGUARD_FREE char *shown = ctguard_escape_terminal(word->text, length);

	ctguard_diagnostics_add_in(diagnostics, place->file, place->line,
				   column_of(place, word->text),
				   "found \"%s%s\", expected %s", shown,
				   length < word->length ? "..." : "",
				   expected);
}

static void read_line(enum ctguard_approved_kind kind,
		      const struct place *place, struct word rest,
		      struct ctguard_approvals *approvals,
		      struct ctguard_diagnostics *diagnostics)
{
	struct ctguard_approved found = { .file = place->file,
					  .line = place->line };
	struct word word;

	if (!next(&rest, &word))
		return;
	found.column = column_of(place, word.text);
	if (!ctguard_approved_read(kind, word.text, word.length, &found)) {
		unexpected(place, &word,
			   ctguard_approved_expected(kind, word.text,
						     word.length),
			   diagnostics);
		return;
	}
	if (kind == CTGUARD_APPROVED_IMAGES && next(&rest, &word)) {
		const size_t skip = strlen(content_prefix);

		found.measured =
			begins(word.text, word.length, content_prefix) &&
			ctguard_approved_digest(word.text + skip,
						word.length - skip,
						found.content);
		if (!found.measured) {
			unexpected(
				place, &word,
				"a comment that begins with \"#\", or \"content:sha256:\" and 64 lower-case hexadecimal digits",
				diagnostics);
			return;
		}
	}
	if (next(&rest, &word)) {
		unexpected(place, &word, "a comment that begins with \"#\"",
			   diagnostics);
		return;
	}
	*ctguard_approved_add(approvals) = found;
}

/**
 * ctguard_approved_list() - read a list
 * @kind: what its digests are of
 * @file: its name, which must stay
 * @data: its bytes
 * @size: their number
 * @approvals: gets its entries, behind those that are there
 * @diagnostics: gets its faults
 */
void ctguard_approved_list(enum ctguard_approved_kind kind, const char *file,
			   const char *data, size_t size,
			   struct ctguard_approvals *approvals,
			   struct ctguard_diagnostics *diagnostics)
{
	struct place place = { .file = file, .begin = data };
	const char *const end = data + size;

	while (place.begin < end) {
		const char *newline =
			memchr(place.begin, '\n', (size_t)(end - place.begin));
		const char *stop = newline ? newline : end;

		place.line++;
		read_line(kind, &place,
			  (struct word){ place.begin,
					 (size_t)(stop - place.begin) },
			  approvals, diagnostics);
		place.begin = newline ? newline + 1 : end;
	}
}

static int compare(const void *a, const void *b)
{
	const struct ctguard_approved *x = a, *y = b;
	int r = ctguard_approved_compare(x, y);

	/* Those of the policy itself first, then lists as they are named. */
	if (!r && x->file != y->file)
		r = !x->file ? -1 : !y->file ? 1 : strcmp(x->file, y->file);
	if (!r)
		r = x->line < y->line ? -1 : x->line > y->line;
	if (!r)
		r = x->column < y->column ? -1 : x->column > y->column;
	return r;
}

static void twice(const struct ctguard_approved *first,
		  const struct ctguard_approved *again, const char *text,
		  const char *expected, struct ctguard_diagnostics *diagnostics)
{
	CTGUARD_FREE char *in = NULL;

	if (first->file && first->file != again->file)
		in = ctguard_escape_terminal(first->file, strlen(first->file));
	else if (!first->file && again->file)
		in = ctguard_alloc_format("the policy");
	ctguard_diagnostics_add_in(
		diagnostics, again->file, again->line, again->column,
		"found \"%s\" again, expected %s: it stands on line %u%s%s already",
		text, expected, first->line, in ? " of " : "", in ? in : "");
}

/* One digest that is said to be of a config, and of a manifest. */
static void find_confused(const struct ctguard_approvals *approvals,
			  struct ctguard_diagnostics *diagnostics)
{
	const struct ctguard_approved *manifest, *config;
	char text[CTGUARD_APPROVED_TEXT];

	for (size_t i = approvals->count; i--;) {
		manifest = &approvals->list[i];
		if (manifest->type != CTGUARD_IMAGE_MANIFEST)
			break;
		config = ctguard_approved_find(approvals, CTGUARD_IMAGE_CONFIG,
					       manifest->sha256);
		if (!config)
			continue;
		ctguard_approved_text(CTGUARD_APPROVED_IMAGES, manifest, text);
		twice(config, manifest, text,
		      "either \"config:\" or \"manifest:\" before a digest",
		      diagnostics);
	}
}

/**
 * ctguard_approved_sort() - put them in the order of the compiled policy
 * @kind: of the list
 * @approvals: to be sorted
 * @diagnostics: gets a fault for each that stands twice; NULL to ask nothing
 */
void ctguard_approved_sort(enum ctguard_approved_kind kind,
			   struct ctguard_approvals *approvals,
			   struct ctguard_diagnostics *diagnostics)
{
	const struct ctguard_approved *first = NULL;
	char text[CTGUARD_APPROVED_TEXT];

	if (approvals->count)
		qsort(approvals->list, approvals->count,
		      sizeof(*approvals->list), compare);
	for (size_t i = 0; i < approvals->count && diagnostics; i++) {
		const struct ctguard_approved *approved = &approvals->list[i];

		if (!first || ctguard_approved_compare(first, approved)) {
			first = approved;
			continue;
		}
		ctguard_approved_text(kind, approved, text);
		twice(first, approved, text, "each digest once", diagnostics);
	}
	if (kind == CTGUARD_APPROVED_IMAGES && diagnostics)
		find_confused(approvals, diagnostics);
}

/** ctguard_approved_find() - one of a sorted list, or NULL */
const struct ctguard_approved *
ctguard_approved_find(const struct ctguard_approvals *sorted, uint32_t type,
		      const uint8_t sha256[CTGUARD_SHA256_SIZE])
{
	struct ctguard_approved key = { .type = type };
	size_t low = 0, high = sorted->count;

	memcpy(key.sha256, sha256, sizeof(key.sha256));
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = ctguard_approved_compare(&sorted->list[middle], &key);

		if (!r)
			return &sorted->list[middle];
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/** ctguard_approved_clear() - free what it holds */
void ctguard_approved_clear(struct ctguard_approvals *approvals)
{
	for (size_t i = 0; i < approvals->file_count; i++)
		free(approvals->files[i]);
	free(approvals->files);
	free(approvals->list);
	memset(approvals, 0, sizeof(*approvals));
}
