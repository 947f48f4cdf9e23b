// SPDX-License-Identifier: GPL-2.0
/* JSON that others wrote: read strictly, and what is wrong told with its place. */
#include <string.h>

#include "../lib/approved.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/file.h"
#include "json.h"

/** ctguard_json_cleanup() - let go of the value of a local */
void ctguard_json_cleanup(json_t **json)
{
	json_decref(*json);
}

/**
 * ctguard_json_parse() - read a text
 * @name: of it, for the error
 * @data: its bytes
 * @size: their number
 * @ret: the value, to be let go of
 * @error: set on failure, as for a key that stands twice
 *
 * Return: 0 or -1.
 */
int ctguard_json_parse(const char *name, const char *data, size_t size,
		       json_t **ret, struct ctguard_error *error)
{
	CTGUARD_FREE char *text = NULL;
	json_error_t wrong;

	*ret = json_loadb(data, size, JSON_REJECT_DUPLICATES, &wrong);
	if (*ret)
		return 0;
	text = ctguard_escape_terminal(wrong.text, strlen(wrong.text));
	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s:%d:%d: found what is not JSON: %s", name,
				 wrong.line, wrong.column, text);
}

/** ctguard_json_file() - the same of a file of at most @limit bytes */
int ctguard_json_file(const char *path, size_t limit, json_t **ret,
		      struct ctguard_error *error)
{
	CTGUARD_FREE char *data = NULL;
	size_t size;

	if (ctguard_file_read(path, limit, &data, &size, error) < 0)
		return -1;
	return ctguard_json_parse(path, data, size, ret, error);
}

static const char *type_name(json_type type)
{
	switch (type) {
	case JSON_OBJECT:
		return "an object";
	case JSON_ARRAY:
		return "an array";
	case JSON_STRING:
		return "a string";
	case JSON_INTEGER:
		return "an integer";
	default:
		return "another value";
	}
}

/**
 * ctguard_json_get() - a member that must be there
 * @name: of the text, for the error
 * @object: its value; need not be an object
 * @key: of the member
 * @type: that it must have
 * @error: set on failure
 *
 * Return: the member, of @object; or NULL.
 */
json_t *ctguard_json_get(const char *name, const json_t *object,
			 const char *key, json_type type,
			 struct ctguard_error *error)
{
	json_t *member = json_object_get(object, key);

	if (member && json_typeof(member) == type)
		return member;
	ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
			  "%s: found %s \"%s\", expected %s there", name,
			  member ? "something else in" : "no", key,
			  type_name(type));
	return NULL;
}

/** ctguard_json_string() - the same of a string without NUL */
const char *ctguard_json_string(const char *name, const json_t *object,
				const char *key, struct ctguard_error *error)
{
	const json_t *member =
		ctguard_json_get(name, object, key, JSON_STRING, error);

	if (!member)
		return NULL;
	if (strlen(json_string_value(member)) == json_string_length(member))
		return json_string_value(member);
	ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
			  "%s: found a NUL in \"%s\"", name, key);
	return NULL;
}

/** ctguard_json_digest() - the same of "sha256:" and its digits */
int ctguard_json_digest(const char *name, const json_t *object, const char *key,
			uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			struct ctguard_error *error)
{
	const char *text = ctguard_json_string(name, object, key, error);
	CTGUARD_FREE char *shown = NULL;

	if (!text)
		return -1;
	if (ctguard_approved_digest(text, strlen(text), ret_digest))
		return 0;
	shown = ctguard_escape_terminal(text, strlen(text));
	return ctguard_error_set(
		error, CTGUARD_EXIT_MALFORMED, 0,
		"%s: found \"%.90s\" in \"%s\", expected \"sha256:\" and 64 lower-case hexadecimal digits",
		name, shown, key);
}
