// SPDX-License-Identifier: GPL-2.0
/*
 * Strict reading of ustar archives (IEEE 1003.1-2017, pax(1)): regular files
 * of known names, in the order of a table, each once; no prefix, no link, no
 * extension of pax or GNU. Behind the last one stand two blocks of zeros or
 * more, to the end of a record of 20 blocks at most.
 */
#include <stdbool.h>
#include <string.h>

#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/escape.h"
#include "ustar.h"

#define BLOCK 512
#define RECORD (20 * BLOCK)

struct header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char padding[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is a block");

static bool is_zero(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	/* The first is zero, and each is equal to the one before it. */
	return !size || (!*bytes && !memcmp(bytes, bytes + 1, size - 1));
}

/* Octal digits, then NUL or space to the end of the field; at least one. */
static bool octal(const char *field, size_t size, uint64_t *ret_value)
{
	uint64_t value = 0;
	size_t i = 0;

	for (; i < size && field[i] >= '0' && field[i] <= '7'; i++)
		value = value << 3 | (uint64_t)(field[i] - '0');
	if (!i || i == size)
		return false;
	for (; i < size; i++)
		if (field[i] && field[i] != ' ')
			return false;
	*ret_value = value;
	return true;
}

/* The checksum is that of a header whose checksum is spaces. */
static uint64_t sum(const struct header *header)
{
	const uint8_t *bytes = (const uint8_t *)header;
	uint32_t total = 0;

	for (size_t i = 0; i < BLOCK; i++)
		total += bytes[i];
	for (size_t i = 0; i < sizeof(header->checksum); i++)
		total += ' ' - (uint8_t)header->checksum[i];
	return total;
}

#define BAD(field, ...) \
	cursor_bad(cursor, at + offsetof(struct header, field), __VA_ARGS__)

static int read_type(struct cursor *cursor, size_t at,
		     const struct header *header)
{
	switch (header->type) {
	case '0':
		break;
	case '1':
	case '2':
		return BAD(type, "a link, expected a regular file");
	case 'x':
	case 'g':
		return BAD(type, "an extended header of pax is not allowed");
	default:
		return BAD(type, "type 0x%02x, expected a regular file",
			   (uint8_t)header->type);
	}
	if (!is_zero(header->link, sizeof(header->link)))
		return BAD(link, "a regular file has no link");
	return 0;
}

static int bad_name(struct cursor *cursor, size_t at,
		    const struct header *header, const char *why)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(
		header->name, strnlen(header->name, sizeof(header->name)));

	return BAD(name, "the member \"%s\" %s", shown, why);
}

/* Finds the row, which must come after the one before it. */
static int read_name(struct cursor *cursor, size_t at,
		     const struct header *header,
		     const struct evidence_rule *rules, size_t count,
		     size_t next, size_t *ret_row)
{
	const size_t length = strnlen(header->name, sizeof(header->name));

	if (!is_zero(header->prefix, sizeof(header->prefix)))
		return BAD(prefix, "a prefix of the name is not allowed");
	if (length && *header->name == '/')
		return bad_name(cursor, at, header, "is absolute");
	if (memmem(header->name, length, "..", 2))
		return bad_name(cursor, at, header, "has \"..\"");
	if (length == sizeof(header->name) ||
	    !is_zero(header->name + length, sizeof(header->name) - length))
		return BAD(name, "the name does not end with NULs");
	for (size_t i = 0; i < count; i++) {
		if (strcmp(rules[i].name, header->name))
			continue;
		if (i >= next) {
			*ret_row = i;
			return 0;
		}
		return bad_name(cursor, at, header,
				i + 1 == next ?
					"is there twice" :
					"is there twice or out of order");
	}
	return bad_name(cursor, at, header, "is unknown");
}

static int read_member(struct cursor *cursor, const struct evidence_rule *rules,
		       size_t count, size_t *next, struct span *members)
{
	const size_t at = cursor->at;
	const struct header *header;
	const uint8_t *data, *padding;
	uint64_t checksum, size, number;
	size_t row = 0;

	if (cursor_take(cursor, BLOCK, &data) < 0)
		return -1;
	header = (const struct header *)data;
	if (memcmp(header->magic, "ustar", 6) ||
	    memcmp(header->version, "00", 2))
		return BAD(magic, "not a header of ustar");
	if (!octal(header->checksum, sizeof(header->checksum), &checksum) ||
	    checksum != sum(header))
		return BAD(checksum, "wrong checksum of a header");
	if (read_type(cursor, at, header) < 0 ||
	    read_name(cursor, at, header, rules, count, *next, &row) < 0)
		return -1;
	if (!octal(header->mode, sizeof(header->mode), &number) ||
	    !octal(header->uid, sizeof(header->uid), &number) ||
	    !octal(header->gid, sizeof(header->gid), &number) ||
	    !octal(header->mtime, sizeof(header->mtime), &number))
		return BAD(mode, "mode, owner and time are octal numbers");
	if (!octal(header->size, sizeof(header->size), &size))
		return BAD(size, "the size is not an octal number");
	if (size > rules[row].max)
		return BAD(size, "%s has %llu bytes, at most %zu",
			   rules[row].name, (unsigned long long)size,
			   rules[row].max);
	for (size_t i = *next; i < row; i++)
		if (rules[i].required)
			return BAD(name, "%s is missing", rules[i].name);
	if (cursor_take(cursor, size, &members[row].data) < 0)
		return -1;
	members[row].size = size;
	*next = row + 1;

	size = -size & (BLOCK - 1);
	if (cursor_take(cursor, size, &padding) < 0)
		return -1;
	if (!is_zero(padding, size))
		return cursor_bad(cursor, cursor->at - size,
				  "padding is not zeros");
	return 0;
}

/**
 * ustar_read() - find the members of an archive
 * @name: of the archive, for errors
 * @data: the archive, which members are read from
 * @size: its bytes
 * @rules: its members, in order
 * @count: of @rules
 * @ret_members: a span for each rule; data is NULL for what is not there
 * @error: set on failure: offset and rule broken
 *
 * Return: 0 or -1.
 */
int ustar_read(const char *name, const void *data, size_t size,
	       const struct evidence_rule *rules, size_t count,
	       struct span *ret_members, struct ctguard_error *error)
{
	struct cursor cursor = { name, data, 0, size, error };
	size_t next = 0, zeros;

	for (size_t i = 0; i < count; i++)
		ret_members[i] = (struct span){ 0 };
	if (size % BLOCK)
		return cursor_bad(&cursor, size - size % BLOCK,
				  "the last block is truncated");
	while (cursor_left(&cursor) >= BLOCK &&
	       !is_zero(cursor.base + cursor.at, BLOCK))
		if (read_member(&cursor, rules, count, &next, ret_members) < 0)
			return -1;
	for (size_t i = next; i < count; i++)
		if (rules[i].required)
			return cursor_bad(&cursor, cursor.at, "%s is missing",
					  rules[i].name);
	zeros = cursor_left(&cursor);
	if (zeros < 2 * BLOCK)
		return cursor_bad(&cursor, cursor.at,
				  "two blocks of zeros are missing at the end");
	if (!is_zero(cursor.base + cursor.at, zeros) ||
	    (zeros > 2 * BLOCK && (zeros > RECORD + BLOCK || size % RECORD)))
		return cursor_bad(&cursor, cursor.at + 2 * BLOCK,
				  "data behind the end");
	return 0;
}
