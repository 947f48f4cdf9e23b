// SPDX-License-Identifier: GPL-2.0
#include "nonce.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char label[] = " since ";

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(const char *text, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const int high = digit(text[2 * i]);
		const int low = high < 0 ? -1 : digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static int bad(char problem[NONCE_PROBLEM], size_t offset, const char *expected)
{
	snprintf(problem, NONCE_PROBLEM, "offset %zu: expected %s", offset,
		 expected);
	return -1;
}

/* " since NUMBER VALUE", ended by a NUL, behind the nonce at @at. */
static int take_since(const char *text, size_t at, struct nonce *ret,
		      char *problem)
{
	const char *const start = text;
	size_t digits, size;

	if (strncmp(text, label, sizeof(label) - 1))
		return bad(problem, at, "\" since NUMBER VALUE\" or nothing");
	text += sizeof(label) - 1;
	digits = strspn(text, "0123456789");
	if (!digits || digits > 18 || *text == '0' || text[digits] != ' ')
		return bad(problem, at + (size_t)(text - start),
			   "the number of a record");
	ret->since = strtoull(text, NULL, 10);
	text += digits + 1;
	size = strlen(text) / 2;
	if ((size != 32 && size != 48 && size != 64) || strlen(text) % 2 ||
	    !take_hex(text, ret->value, size))
		return bad(problem, at + (size_t)(text - start),
			   "a PCR's value, 64, 96 or 128 hexadecimal digits");
	ret->value_size = size;
	return 0;
}

/**
 * nonce_read() - read a nonce
 * @text: as it came, with a NUL behind it
 * @size: of it, without that NUL
 * @ret: the nonce
 * @ret_problem: what is wrong with it, on failure
 *
 * Return: 0 or -1.
 */
int nonce_read(const char *text, size_t size, struct nonce *ret,
	       char ret_problem[NONCE_PROBLEM])
{
	const size_t raw = EVIDENCE_NONCE_SIZE, hex = 2 * raw;
	char rest[NONCE_TEXT_MAX];
	size_t at = 0;

	memset(ret, 0, sizeof(*ret));
	if (size >= hex && size < NONCE_TEXT_MAX &&
	    (size == hex || text[hex] == ' ' || text[hex] == '\n') &&
	    take_hex(text, ret->bytes, raw))
		at = hex;
	else if (size == raw || (size > raw && size < NONCE_TEXT_MAX &&
				 (text[raw] == ' ' || text[raw] == '\n')))
		at = raw;
	if (!at) {
		snprintf(
			ret_problem, NONCE_PROBLEM,
			"offset 0: a nonce is %zu bytes or %zu hexadecimal digits, this is %zu bytes",
			raw, hex, size);
		return -1;
	}
	if (at == raw)
		memcpy(ret->bytes, text, raw);
	memcpy(rest, text + at, size - at);
	size -= at;
	if (size && rest[size - 1] == '\n')
		size--;
	rest[size] = '\0';
	if (strlen(rest) != size)
		return bad(ret_problem, at + strlen(rest), "text without NULs");
	return size ? take_since(rest, at, ret, ret_problem) : 0;
}

static char *put_hex(char *at, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at += sprintf(at, "%02x", bytes[i]);
	return at;
}

/**
 * nonce_write() - write a nonce, of printable bytes
 * @nonce: with or without a number
 * @hex: in hexadecimal
 * @ret_text: without a NUL: 32 bytes, or a line
 *
 * Return: its bytes.
 */
size_t nonce_write(const struct nonce *nonce, int hex,
		   char ret_text[NONCE_TEXT_MAX])
{
	char *at = ret_text;

	if (hex) {
		at = put_hex(at, nonce->bytes, sizeof(nonce->bytes));
	} else {
		memcpy(at, nonce->bytes, sizeof(nonce->bytes));
		at += sizeof(nonce->bytes);
	}
	if (nonce->since) {
		at += sprintf(at, "%s%" PRIu64 " ", label, nonce->since);
		at = put_hex(at, nonce->value, nonce->value_size);
	}
	if (hex || nonce->since)
		*at++ = '\n';
	return (size_t)(at - ret_text);
}
