// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns of the policy: checked once, matched without recursion or memory.
 */
#include "glob.h"

#define ID_DIGITS 64

static const char token_pid[] = "[pid]";
static const char token_digit[] = "[0-9]";
static const char token_id[] = "{id}";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool is_wild(char c)
{
	return c == '*' || c == '?' || c == '[' || c == '{' || c == '\\';
}

static bool starts(const char *p, const char *end, const char *token)
{
	size_t length = strlen(token);

	return (size_t)(end - p) >= length && !memcmp(p, token, length);
}

/**
 * ctg_glob_check - is this a pattern?
 * @pattern: its bytes, no NUL needed
 * @length: how many
 * @kind: what it is for
 *
 * Return: NULL, or a static string that says what is wrong with it.
 */
const char *ctg_glob_check(const char *pattern, size_t length,
			   enum ctg_glob_kind kind)
{
	const char *p = pattern, *end = pattern + length;

	if (!length)
		return "empty pattern";
	if (length > CTGUARD_PATTERN_MAX)
		return "pattern longer than 255 bytes";
	if (kind == CTG_GLOB_PATH && *p != '/')
		return "path pattern does not begin with '/'";
	for (; p < end; p++) {
		if (*p < 0x20 || *p > 0x7e)
			return "byte that is not printable ASCII in a pattern";
		if (*p == '\\') {
			if (++p == end)
				return "pattern ends in a lone backslash";
			if (*p < 0x20 || *p > 0x7e)
				return "byte that is not printable ASCII in a pattern";
		} else if (*p == '*') {
			if (starts(p, end, "***"))
				return "more than two '*' in a row";
			if (!starts(p, end, "**"))
				continue;
			/* Elsewhere the time to match would be a square. */
			if (p + 2 < end &&
			    ((p > pattern && p[-1] != '/') || p[2] != '/'))
				return "'**' is neither a whole path component nor the end";
			p++;
		} else if (*p == '[') {
			if (starts(p, end, token_digit)) {
				p += strlen(token_digit) - 1;
			} else if (starts(p, end, token_pid)) {
				p += strlen(token_pid) - 1;
				if (p + 1 < end && p[1] != '/')
					return "'[pid]' is not a whole path component";
				if (p - pattern >= 5 && p[-5] != '/')
					return "'[pid]' is not a whole path component";
			} else {
				return "'[' begins neither '[pid]' nor '[0-9]'";
			}
		} else if (*p == '{') {
			if (!starts(p, end, token_id))
				return "'{' does not begin '{id}'";
			p += strlen(token_id) - 1;
		} else if (kind == CTG_GLOB_PATH && *p == '/') {
			if (starts(p, end, "//"))
				return "'//' in a path pattern matches nothing";
			if (p + 1 == end && length > 1)
				return "path pattern ends in '/', which matches nothing";
			if (starts(p, end, "/./") || starts(p, end, "/../"))
				return "'.' or '..' in a path pattern matches nothing";
		}
	}
	return NULL;
}

/**
 * ctg_glob_cuts - may an index cut a pattern behind this byte?
 * @c: the byte
 * @kind: what the pattern is for
 */
bool ctg_glob_cuts(char c, enum ctg_glob_kind kind)
{
	return kind == CTG_GLOB_PATH ? c == '/' : c == '-' || c == '_';
}

/**
 * ctg_glob_prefix - how much of a pattern an index can use
 * @pattern: its bytes, checked
 * @length: how many
 * @kind: what it is for
 *
 * Return: the length of the literal beginning that every string it matches
 * has as well: all of it when nothing in it is wild, else up to and with the
 * last cut before the first wild byte. May be 0.
 */
size_t ctg_glob_prefix(const char *pattern, size_t length,
		       enum ctg_glob_kind kind)
{
	size_t i, prefix = 0;

	for (i = 0; i < length; i++) {
		if (is_wild(pattern[i])) {
			/* A "**" that is a whole component may stand for none. */
			return prefix;
		}
		if (ctg_glob_cuts(pattern[i], kind))
			prefix = i + 1;
	}
	return length;
}

/*
 * Matches one token other than "*" and "**" at *p against *s and moves both
 * behind it.
 */
static bool match_one(const char **p, const char *pend, const char **s,
		      const char *send)
{
	size_t i;

	switch (**p) {
	case '[':
		if (*s == send || !is_digit(**s))
			return false;
		if (!starts(*p, pend, token_pid)) {
			*p += strlen(token_digit);
			break;
		}
		while (*s < send && is_digit(**s))
			(*s)++;
		*p += strlen(token_pid);
		return true;
	case '{':
		if (send - *s < ID_DIGITS)
			return false;
		for (i = 0; i < ID_DIGITS; i++)
			if (!is_hex((*s)[i]))
				return false;
		*s += ID_DIGITS;
		*p += strlen(token_id);
		return true;
	case '?':
		if (*s == send || **s == '/')
			return false;
		(*p)++;
		break;
	case '\\':
		(*p)++;
		fallthrough;
	default:
		if (*s == send || **p != **s)
			return false;
		(*p)++;
	}
	(*s)++;
	return true;
}

/**
 * ctg_glob_match - does a pattern match the whole of a string?
 * @pattern: checked by ctg_glob_check()
 * @pattern_length: its bytes
 * @string: any bytes
 * @string_length: how many
 *
 * Remembers the last "*" and the last "**" only. That is enough: an earlier
 * "**" can take what a later one gives back, and an earlier "*" of the same
 * component likewise; components never shift between two "**".
 *
 * Context: any. Time is bounded by @string_length times its longest component
 * times @pattern_length; memory is not used.
 */
bool ctg_glob_match(const char *pattern, size_t pattern_length,
		    const char *string, size_t string_length)
{
	const char *p = pattern, *pend = pattern + pattern_length;
	const char *s = string, *send = string + string_length;
	const char *star_p = NULL, *star_s = NULL;
	const char *deep_p = NULL, *deep_s = NULL;

	for (;;) {
		if (p < pend && *p == '*') {
			if (starts(p, pend, "**")) {
				bool whole = p > pattern && p[-1] == '/' &&
					     p + 2 < pend && p[2] == '/';

				p += 2;
				deep_p = p;
				deep_s = s;
				star_p = NULL;
				/* A whole component may stand for none. */
				if (whole)
					p++;
			} else {
				p++;
				star_p = p;
				star_s = s;
			}
			continue;
		}
		if (p == pend && s == send)
			return true;
		if (p < pend && match_one(&p, pend, &s, send))
			continue;
		if (star_p && star_s < send && *star_s != '/') {
			s = ++star_s;
			p = star_p;
			continue;
		}
		/*
		 * The first try behind a whole "**" skipped it: the next one
		 * begins where it stands, hence the comparison before the
		 * step.
		 */
		if (!deep_p || deep_s > send)
			return false;
		/* Where the next byte is not found, nothing need be tried. */
		if (deep_p < pend && !is_wild(*deep_p))
			while (deep_s < send && *deep_s != *deep_p)
				deep_s++;
		s = deep_s++;
		p = deep_p;
		star_p = NULL;
	}
}
