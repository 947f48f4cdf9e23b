// SPDX-License-Identifier: GPL-2.0
/* Reading of untrusted bytes, in place: within bounds, or an error with place. */
#include <stdarg.h>
#include <stdio.h>

#include "../../userspace/lib/error.h"
#include "cursor.h"

/**
 * cursor_bad() - the bytes break a rule
 * @cursor: in which bytes
 * @at: offset of what breaks it
 * @format: the rule, as printf()
 *
 * Return: -1.
 */
int cursor_bad(struct cursor *cursor, size_t at, const char *format, ...)
{
	va_list arguments;
	char rule[512];

	va_start(arguments, format);
	vsnprintf(rule, sizeof(rule), format, arguments);
	va_end(arguments);
	return ctguard_error_set(cursor->error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s: offset %zu: %s", cursor->name, at, rule);
}

/**
 * cursor_take() - the next bytes
 * @cursor: moved behind them
 * @size: how many
 * @ret_data: they
 *
 * Return: 0, or -1 when there are not as many.
 */
int cursor_take(struct cursor *cursor, size_t size, const uint8_t **ret_data)
{
	if (size > cursor_left(cursor))
		return cursor_bad(cursor, cursor->at,
				  "%zu bytes needed, %zu left", size,
				  cursor_left(cursor));
	*ret_data = cursor->base + cursor->at;
	cursor->at += size;
	return 0;
}

/** cursor_u8() - the next byte; 0, or -1 at the end */
int cursor_u8(struct cursor *cursor, uint8_t *ret_value)
{
	const uint8_t *data = NULL;

	if (cursor_take(cursor, 1, &data) < 0)
		return -1;
	*ret_value = *data;
	return 0;
}

/** cursor_u16() - the next two in big endian; 0, or -1 at the end */
int cursor_u16(struct cursor *cursor, uint16_t *ret_value)
{
	const uint8_t *data = NULL;

	if (cursor_take(cursor, 2, &data) < 0)
		return -1;
	*ret_value = be16_at(data);
	return 0;
}

/** cursor_u32() - the next four in big endian; 0, or -1 at the end */
int cursor_u32(struct cursor *cursor, uint32_t *ret_value)
{
	const uint8_t *data = NULL;

	if (cursor_take(cursor, 4, &data) < 0)
		return -1;
	*ret_value = be32_at(data);
	return 0;
}

/** cursor_u64() - the next eight in big endian; 0, or -1 at the end */
int cursor_u64(struct cursor *cursor, uint64_t *ret_value)
{
	const uint8_t *data = NULL;

	if (cursor_take(cursor, 8, &data) < 0)
		return -1;
	*ret_value = be64_at(data);
	return 0;
}

/**
 * cursor_sized() - a TPM2B: two bytes of size and as many bytes
 * @cursor: moved behind it
 * @max: most bytes it may have
 * @ret_span: they, without the size
 *
 * Return: 0 or -1.
 */
int cursor_sized(struct cursor *cursor, size_t max, struct span *ret_span)
{
	size_t at = cursor->at;
	uint16_t size = 0;

	if (cursor_u16(cursor, &size) < 0)
		return -1;
	if (size > max)
		return cursor_bad(cursor, at, "size %u, at most %zu", size,
				  max);
	ret_span->size = size;
	return cursor_take(cursor, size, &ret_span->data);
}

/** cursor_end() - 0 when all is read, else -1 */
int cursor_end(struct cursor *cursor)
{
	if (cursor_left(cursor))
		return cursor_bad(cursor, cursor->at,
				  "%zu bytes behind the end",
				  cursor_left(cursor));
	return 0;
}
