// SPDX-License-Identifier: GPL-2.0
/* Untrusted bytes made fit for a terminal or for JSON. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "alloc.h"
#include "escape.h"

/*
 * Bytes of the UTF-8 sequence that @bytes begins with; 0 when there is none:
 * overlong forms, surrogates and what is above U+10FFFF are none (RFC 3629).
 */
static size_t sequence(const uint8_t *bytes, size_t size)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t value;
	size_t length;

	if (bytes[0] < 0x80)
		return 1;
	if ((bytes[0] & 0xe0) == 0xc0) {
		length = 2;
		value = bytes[0] & 0x1f;
	} else if ((bytes[0] & 0xf0) == 0xe0) {
		length = 3;
		value = bytes[0] & 0x0f;
	} else if ((bytes[0] & 0xf8) == 0xf0) {
		length = 4;
		value = bytes[0] & 0x07;
	} else {
		return 0;
	}
	if (length > size)
		return 0;
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < least[length] || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	return length;
}

/**
 * ctguard_escape_terminal() - text that moves no cursor and hides nothing
 * @bytes: anything
 * @size: of it
 *
 * Return: a string to be freed; bytes that are not printable ASCII are
 * written \xNN.
 */
char *ctguard_escape_terminal(const void *bytes, size_t size)
{
	char *text = ctguard_alloc_zeroed(size * 4 + 1, 1), *end = text;
	const uint8_t *from = bytes;

	for (size_t i = 0; i < size; i++)
		if (from[i] >= 0x20 && from[i] < 0x7f)
			*end++ = (char)from[i];
		else
			end += sprintf(end, "\\x%02x", from[i]);
	return text;
}

/**
 * ctguard_escape_utf8() - text that is valid UTF-8 without NUL
 * @bytes: anything
 * @size: of it
 *
 * Return: a string to be freed; what is not UTF-8, and NUL, is written \xNN.
 */
char *ctguard_escape_utf8(const void *bytes, size_t size)
{
	char *text = ctguard_alloc_zeroed(size * 4 + 1, 1), *end = text;
	const uint8_t *from = bytes;
	size_t length;

	for (size_t i = 0; i < size; i += length) {
		length = from[i] ? sequence(from + i, size - i) : 0;
		if (length) {
			memcpy(end, from + i, length);
			end += length;
		} else {
			end += sprintf(end, "\\x%02x", from[i]);
			length = 1;
		}
	}
	return text;
}
