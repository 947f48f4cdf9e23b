// SPDX-License-Identifier: GPL-2.0
/* JSON, read strictly: no key twice, none that is not known. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/escape.h"
#include "json.h"

/**
 * json_read() - an object
 * @name: of what is read, for errors
 * @data: text
 * @size: of it
 * @ret_json: to be given back
 * @error: set on failure, with offset and rule
 *
 * Return: 0 or -1.
 */
int json_read(const char *name, const void *data, size_t size,
	      json_t **ret_json, struct ctguard_error *error)
{
	CTGUARD_FREE char *shown = NULL;
	json_error_t fault;
	json_t *json;

	json = json_loadb(data, size, JSON_REJECT_DUPLICATES, &fault);
	if (!json) {
		shown = ctguard_escape_terminal(fault.text, strlen(fault.text));
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: offset %d: %s", name,
					 fault.position, shown);
	}
	if (!json_is_object(json)) {
		json_decref(json);
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: offset 0: not an object", name);
	}
	*ret_json = json;
	return 0;
}

/**
 * json_bad() - a value breaks a rule
 * @name: of what was read
 * @error: set
 * @rule: that is broken
 * @path: of the value, as printf(): "/" before each key and each number in a list,
 *	for jansson does not keep the offsets of values
 *
 * Return: -1.
 */
int json_bad(const char *name, struct ctguard_error *error, const char *rule,
	     const char *path, ...)
{
	CTGUARD_FREE char *shown = NULL;
	va_list arguments;
	char text[512];

	va_start(arguments, path);
	vsnprintf(text, sizeof(text), path, arguments);
	va_end(arguments);
	shown = ctguard_escape_terminal(text, strlen(text));
	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0, "%s: %s: %s",
				 name, shown, rule);
}

/**
 * json_known() - an object has known keys only
 * @name: of what was read, for errors
 * @path: of the object, as of json_bad(); "" is what was read
 * @json: the object
 * @keys: NULL behind the last one
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int json_known(const char *name, const char *path, const json_t *json,
	       const char *const *keys, struct ctguard_error *error)
{
	size_t count = 0;

	/* As many as there are are known, nearly always. */
	for (size_t i = 0; keys[i]; i++)
		count += json_object_get(json, keys[i]) != NULL;
	if (count == json_object_size(json))
		return 0;
	for (void *at = json_object_iter((json_t *)json); at;
	     at = json_object_iter_next((json_t *)json, at)) {
		const char *key = json_object_iter_key(at);
		size_t i = 0;

		while (keys[i] && strcmp(keys[i], key))
			i++;
		if (!keys[i])
			return json_bad(name, error, "the key is unknown",
					"%s/%s", path, key);
	}
	return 0;
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/** json_hex() - whether a string is the digits of @size bytes; gives them */
bool json_hex(const json_t *json, uint8_t *out, size_t size)
{
	const char *text = json_string_value(json);

	if (!text || json_string_length(json) != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/** json_from_hex() - a string of the digits of @data */
json_t *json_from_hex(const uint8_t *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	CTGUARD_FREE char *larger = NULL;
	char small[2 * 72], *text = small;

	if (2 * size > sizeof(small))
		text = larger = ctguard_alloc_zeroed(2 * size, 1);
	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[data[i] >> 4];
		text[2 * i + 1] = digits[data[i] & 15];
	}
	return json_stringn_nocheck(text, 2 * size);
}

/** json_count() - whether it is an integer that is not negative; gives it */
bool json_count(const json_t *json, uint64_t *ret_value)
{
	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return false;
	*ret_value = (uint64_t)json_integer_value(json);
	return true;
}

/**
 * json_append() - write a line behind others
 * @json: what
 * @text: the lines; perhaps moved
 * @space: of @text
 * @size: of the lines
 *
 * Return: bytes of the line with its newline; 0 when it cannot be written.
 */
size_t json_append(const json_t *json, char **text, size_t *space, size_t size)
{
	/* There are controls beyond ASCII that move a cursor, too. */
	const size_t flags = JSON_COMPACT | JSON_PRESERVE_ORDER |
			     JSON_ENSURE_ASCII;
	size_t need = 2048, length;

	/* A second time at most: the first one tells how much it takes. */
	for (;;) {
		*text = ctguard_alloc_grow(*text, space, size + need + 1, 1);
		length = json_dumpb(json, *text + size, *space - size - 1,
				    flags);
		if (!length || length <= *space - size - 1)
			break;
		need = length;
	}
	if (!length)
		return 0;
	(*text)[size + length] = '\n';
	return length + 1;
}

/** json_put() - give back what a local holds */
void json_put(json_t **json)
{
	json_decref(*json);
}
