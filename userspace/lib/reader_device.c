// SPDX-License-Identifier: GPL-2.0
/* A device in a policy's YAML: by numbers, or by the name of its driver. */
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "alloc.h"
#include "cleanup.h"
#include "diagnostics.h"
#include "reader_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define MAJOR_MAX 4095U	   /* 12 bits, as the kernel has it */
#define MINOR_MAX 1048575U /* 20 bits */

/* A number up to @max or "*", that ends where @end is. */
static bool device_number(const char *from, const char *end, uint32_t max,
			  uint32_t *ret)
{
	uint32_t number = 0;

	if (from == end)
		return false;
	if (*from == '*' && from + 1 == end) {
		*ret = CTGUARD_DEV_ALL;
		return true;
	}
	for (; from < end; from++) {
		if (*from < '0' || *from > '9')
			return false;
		number = number * 10 + (uint32_t)(*from - '0');
		if (number > max)
			return false;
	}
	*ret = number;
	return true;
}

static bool device_type(const char *word, uint32_t *ret)
{
	static const char letters[] = "abc"; /* by CTGUARD_DEV_* */
	const char *found;

	if (!word[0] || word[1])
		return false;
	found = strchr(letters, word[0]);
	if (found)
		*ret = (uint32_t)(found - letters);
	return found;
}

static bool device_access(const char *word, uint32_t *ret)
{
	uint32_t access = 0, bit;

	for (; *word; word++) {
		bit = *word == 'r' ? CTGUARD_ACCESS_READ :
		      *word == 'w' ? CTGUARD_ACCESS_WRITE :
		      *word == 'm' ? CTGUARD_ACCESS_MKNOD :
				     0;
		if (!bit || access & bit)
			return false;
		access |= bit;
	}
	*ret = access;
	return access;
}

static bool number_rule(const char *written, struct ctguard_rule *rule)
{
	const char *numbers, *colon, *access;
	char type[2] = { written[0], '\0' };

	if (!device_type(type, &rule->type) || written[1] != ' ')
		return false;
	numbers = written + 2;
	colon = strchr(numbers, ':');
	access = strchr(numbers, ' ');
	if (!colon || !access || access < colon)
		return false;
	return device_number(numbers, colon, MAJOR_MAX, &rule->major) &&
	       device_number(colon + 1, access, MINOR_MAX, &rule->minor) &&
	       device_access(access + 1, &rule->access);
}

static const char device_expected[] =
	"\"TYPE MAJOR:MINOR ACCESS\", as \"c 1:3 rwm\": a, b or c; numbers up to 4095:1048575 or *; some of rwm; or \"char-NAME:* ACCESS\" or \"block-NAME:* ACCESS\" with a name of /proc/devices";

static void read_device_type(struct ctguard_reader *r, const yaml_node_t *node,
			     void *context)
{
	struct ctguard_rule *rule = context;
	const char *word = ctguard_reader_word(r, node, "a, b or c");

	if (word && !device_type(word, &rule->type))
		ctguard_reader_unexpected(r, node, "a, b or c");
}

static void read_device_number(struct ctguard_reader *r,
			       const yaml_node_t *node, uint32_t max,
			       uint32_t *ret)
{
	CTGUARD_FREE char *expected =
		ctguard_alloc_format("a number up to %u, or \"*\"", max);
	const char *word = ctguard_reader_word(r, node, expected);

	if (word && !device_number(word, word + strlen(word), max, ret))
		ctguard_reader_unexpected(r, node, expected);
}

static void read_device_major(struct ctguard_reader *r, const yaml_node_t *node,
			      void *context)
{
	struct ctguard_rule *rule = context;

	read_device_number(r, node, MAJOR_MAX, &rule->major);
}

static void read_device_minor(struct ctguard_reader *r, const yaml_node_t *node,
			      void *context)
{
	struct ctguard_rule *rule = context;

	read_device_number(r, node, MINOR_MAX, &rule->minor);
}

static void read_device_access(struct ctguard_reader *r,
			       const yaml_node_t *node, void *context)
{
	struct ctguard_rule *rule = context;
	const char *word =
		ctguard_reader_word(r, node, "some of the letters rwm");

	if (word && !device_access(word, &rule->access))
		ctguard_reader_unexpected(r, node,
					  "some of the letters rwm, each once");
}

static const struct ctguard_reader_key device_keys[] = {
	{ "type", read_device_type, "\"a\", \"b\" or \"c\"" },
	{ "major", read_device_major, NULL },
	{ "minor", read_device_minor, NULL },
	{ "access", read_device_access, "some of the letters rwm" },
};

/* What follows @prefix in @text, or NULL. */
static const char *behind(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) ? NULL : text + length;
}

/*
 * "char-NAME:* ACCESS", where ":*", all minors, may be left out: whether it is
 * one. What is wrong with NAME is told.
 */
static bool name_rule(struct ctguard_reader *r, const yaml_node_t *node,
		      const char *written, struct ctguard_rule *rule)
{
	const char *name = behind(written, "char-"), *access, *wrong;
	CTGUARD_FREE char *expected = NULL;
	size_t length;

	rule->type = name ? CTGUARD_DEV_CHAR : CTGUARD_DEV_BLOCK;
	if (!name)
		name = behind(written, "block-");
	access = name ? strrchr(name, ' ') : NULL;
	if (!access || !device_access(access + 1, &rule->access))
		return false;
	length = (size_t)(access - name);
	if (length > 2 && !memcmp(access - 2, ":*", 2))
		length -= 2;
	wrong = ctg_glob_check(name, length, CTG_GLOB_NAME);
	if (!wrong) {
		rule->pattern = ctguard_alloc_string(name, length);
		return true;
	}
	expected = ctguard_alloc_format("a pattern: %s", wrong);
	ctguard_reader_unexpected(r, node, expected);
	return true;
}

/**
 * ctguard_reader_device() - an item of a list of devices
 * @r: the reader
 * @node: the item
 * @ret: all zero; the rule, whose pattern is to be freed
 *
 * Return: whether it is a device; else it has been told.
 */
bool ctguard_reader_device(struct ctguard_reader *r, const yaml_node_t *node,
			   struct ctguard_rule *ret)
{
	unsigned int faults = r->diagnostics->count + r->diagnostics->more;
	const char *written;

	ctguard_reader_place(ret, node);
	if (node->type == YAML_MAPPING_NODE) {
		ret->major = CTGUARD_DEV_ALL;
		ret->minor = CTGUARD_DEV_ALL;
		ctguard_reader_keys(r, node, "a mapping", device_keys,
				    COUNT(device_keys), ret);
	} else {
		written = ctguard_reader_word(r, node, device_expected);
		if (written && !name_rule(r, node, written, ret) &&
		    !number_rule(written, ret))
			ctguard_reader_unexpected(r, node, device_expected);
	}
	if (faults != r->diagnostics->count + r->diagnostics->more)
		return false;
	if (ret->major == CTGUARD_DEV_ALL && ret->minor != CTGUARD_DEV_ALL) {
		ctguard_reader_unexpected(
			r, node,
			"a major number with a minor number, or \"*:*\"");
		return false;
	}
	return true;
}
