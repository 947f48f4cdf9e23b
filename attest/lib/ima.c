// SPDX-License-Identifier: GPL-2.0
/*
 * IMA's log as ascii_runtime_measurements shows it (Linux,
 * security/integrity/ima/ima_fs.c and ima_template_lib.c). A template digest is
 * of its fields, each with its size before it in little endian; what the lines
 * say is checked by computing them again.
 */
#include <string.h>

#include "../../userspace/lib/error.h"
#include "ima.h"

#define PATH_SIZE_MAX 4096

static const char *const templates[] = {
	[IMA_NG] = "ima-ng",
	[IMA_SIG] = "ima-sig",
	[IMA_BUF] = "ima-buf",
};

/* 0 to 15, or -1: lower-case digits, as the kernel prints them. */
static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unhex(struct span text, uint8_t *out)
{
	for (size_t i = 0; i + 1 < text.size; i += 2) {
		int high = digit(text.data[i]), low = digit(text.data[i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return text.size % 2 == 0;
}

static bool is_hex(struct span text)
{
	for (size_t i = 0; i < text.size; i++)
		if (digit(text.data[i]) < 0)
			return false;
	return text.size % 2 == 0;
}

/** ima_open() - begin to read a log; @error is set when ima_next() fails */
void ima_open(struct cursor *cursor, const char *name, struct span data,
	      struct ctguard_error *error)
{
	*cursor = (struct cursor){ name, data.data, 0, data.size, error };
}

/* The word up to the next space, which is taken too. */
static bool word(struct span *line, struct span *ret_word)
{
	const uint8_t *space = memchr(line->data, ' ', line->size);

	if (!space)
		return false;
	*ret_word = (struct span){ line->data, (size_t)(space - line->data) };
	line->size -= ret_word->size + 1;
	line->data = space + 1;
	return ret_word->size;
}

static int read_digest(struct cursor *cursor, size_t at, struct span field,
		       struct ima_entry *entry)
{
	const uint8_t *colon = memchr(field.data, ':', field.size);
	struct span hex;

	if (!colon || colon == field.data || colon - field.data > 16)
		return cursor_bad(cursor, at, "a digest without its algorithm");
	entry->algorithm =
		(struct span){ field.data, (size_t)(colon - field.data) };
	hex = (struct span){ colon + 1,
			     field.size - entry->algorithm.size - 1 };
	if (!hex.size || hex.size > 2 * HASH_MAX || !unhex(hex, entry->digest))
		return cursor_bad(cursor, at,
				  "a digest that is not hexadecimal digits");
	entry->digest_size = hex.size / 2;
	return 0;
}

/* What comes behind the last space; a path may have spaces itself. */
static bool last(struct span *line, struct span *ret_word)
{
	const uint8_t *space = memrchr(line->data, ' ', line->size);

	if (!space)
		return false;
	*ret_word =
		(struct span){ space + 1,
			       line->size - (size_t)(space - line->data) - 1 };
	line->size = (size_t)(space - line->data);
	return true;
}

/**
 * ima_next() - the next line
 * @cursor: of the log
 * @ret_entry: points into the log
 *
 * Return: 1, 0 at the end, or -1.
 */
int ima_next(struct cursor *cursor, struct ima_entry *ret_entry)
{
	const size_t at = cursor->at;
	struct span line, field;
	const uint8_t *end;
	unsigned int i, pcr = 0;

	if (!cursor_left(cursor))
		return 0;
	line = (struct span){ cursor->base + at, cursor_left(cursor) };
	end = memchr(line.data, '\n', line.size);
	if (!end)
		return cursor_bad(cursor, at, "the last line is truncated");
	line.size = (size_t)(end - line.data);
	cursor->at += line.size + 1;
	if (memchr(line.data, 0, line.size))
		return cursor_bad(cursor, at, "a NUL in a line");

	memset(ret_entry, 0, sizeof(*ret_entry));
	ret_entry->at = at;
	/* The kernel prints "%2d": a space before one digit. */
	if (line.size && *line.data == ' ') {
		line.data++;
		line.size--;
	}
	if (!word(&line, &field) || field.size > 2)
		return cursor_bad(cursor, at, "a line without a PCR");
	for (i = 0; i < field.size; i++) {
		if (field.data[i] < '0' || field.data[i] > '9')
			return cursor_bad(cursor, at, "a line without a PCR");
		pcr = pcr * 10 + field.data[i] - '0';
	}
	if (pcr > 23)
		return cursor_bad(cursor, at, "PCR %u", pcr);
	ret_entry->pcr = (uint8_t)pcr;
	if (!word(&line, &field) || field.size != 40 ||
	    !unhex(field, ret_entry->sha1))
		return cursor_bad(cursor, at, "a template digest is 40 digits");
	ret_entry->violation = true;
	for (i = 0; i < sizeof(ret_entry->sha1); i++)
		if (ret_entry->sha1[i])
			ret_entry->violation = false;
	if (!word(&line, &field))
		return cursor_bad(cursor, at, "a line without a template");
	for (i = 0; i < sizeof(templates) / sizeof(*templates); i++)
		if (strlen(templates[i]) == field.size &&
		    !memcmp(templates[i], field.data, field.size))
			break;
	if (i == sizeof(templates) / sizeof(*templates))
		return cursor_bad(
			cursor, at,
			"a template other than ima-ng, ima-sig and ima-buf");
	ret_entry->template = (enum ima_template)i;
	if (!word(&line, &field) ||
	    read_digest(cursor, at, field, ret_entry) < 0)
		return cursor_bad(cursor, at, "a digest is ALGORITHM:DIGITS");
	if (i != IMA_NG &&
	    (!last(&line, &ret_entry->hex) || !is_hex(ret_entry->hex)))
		return cursor_bad(
			cursor, at,
			"a signature or buffer is hexadecimal digits");
	if (!line.size || line.size > PATH_SIZE_MAX)
		return cursor_bad(cursor, at, "a name of %zu bytes", line.size);
	ret_entry->path = line;
	return 1;
}

static void add_size(struct hash *hash, enum hash_bank bank, size_t size)
{
	const uint8_t bytes[] = { (uint8_t)size, (uint8_t)(size >> 8),
				  (uint8_t)(size >> 16),
				  (uint8_t)(size >> 24) };

	hash_more(hash, bank, bytes, sizeof(bytes));
}

static void add_hex(struct hash *hash, enum hash_bank bank, struct span hex)
{
	uint8_t chunk[512];

	while (hex.size) {
		struct span part = hex;

		if (part.size > 2 * sizeof(chunk))
			part.size = 2 * sizeof(chunk);
		unhex(part, chunk);
		hash_more(hash, bank, chunk, part.size / 2);
		hex.data += part.size;
		hex.size -= part.size;
	}
}

/**
 * ima_digest() - compute the template digest
 * @entry: of a line
 * @hash: of this thread
 * @bank: by which hash
 * @ret_digest: hash_size() bytes
 */
void ima_digest(const struct ima_entry *entry, struct hash *hash,
		enum hash_bank bank, uint8_t *ret_digest)
{
	hash_begin(hash, bank);
	add_size(hash, bank, entry->algorithm.size + 2 + entry->digest_size);
	hash_more(hash, bank, entry->algorithm.data, entry->algorithm.size);
	hash_more(hash, bank, ":", 2);
	hash_more(hash, bank, entry->digest, entry->digest_size);
	add_size(hash, bank, entry->path.size + 1);
	hash_more(hash, bank, entry->path.data, entry->path.size);
	hash_more(hash, bank, "", 1);
	if (entry->template != IMA_NG) {
		add_size(hash, bank, entry->hex.size / 2);
		add_hex(hash, bank, entry->hex);
	}
	hash_end(hash, bank, ret_digest);
}

/**
 * ima_is_boot() - whether a line is the kernel's own, of the firmware's PCRs
 * @entry: of the line
 *
 * That is the first one. Later ones are of files: one whose path cannot be told,
 * as on a mount that was detached, goes by its mere name.
 */
bool ima_is_boot(const struct ima_entry *entry)
{
	static const char name[] = "boot_aggregate";

	return !entry->at && entry->path.size == sizeof(name) - 1 &&
	       !memcmp(entry->path.data, name, sizeof(name) - 1);
}

/**
 * ima_is_buffer() - whether a line is of a buffer, not of a file
 * @entry: of the line
 * @hash: of this thread
 *
 * A file's line has a signature where a buffer's has the buffer, and the template
 * digest does not tell them apart; but only a buffer is what the digest is of.
 */
bool ima_is_buffer(const struct ima_entry *entry, struct hash *hash)
{
	const enum hash_bank bank = hash_bank_named(
		(const char *)entry->algorithm.data, entry->algorithm.size);
	uint8_t digest[HASH_MAX];

	if (entry->template != IMA_BUF || bank == HASH_NONE ||
	    entry->digest_size != hash_size(bank))
		return false;
	hash_begin(hash, bank);
	add_hex(hash, bank, entry->hex);
	hash_end(hash, bank, digest);
	return !memcmp(digest, entry->digest, entry->digest_size);
}

/** ima_is_module() - whether a file is called like a kernel module */
bool ima_is_module(const struct ima_entry *entry)
{
	static const char *const ends[] = { ".ko", ".ko.xz", ".ko.zst",
					    ".ko.gz" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		const size_t size = strlen(ends[i]);

		if (entry->path.size >= size &&
		    !memcmp(entry->path.data + entry->path.size - size, ends[i],
			    size))
			return true;
	}
	return false;
}
