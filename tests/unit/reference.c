// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns once more, in the simplest way: read off <ctguard/ctguard.h>, every
 * choice tried.
 */
#include "reference.h"

#include <string.h>

#define ID_DIGITS 64

/* What is matched: both strings, and where the pattern began. */
struct matching {
	const char *begin;
	const char *pend;
	const char *send;
	unsigned long *budget;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

static bool begins(const struct matching *m, const char *p, const char *token)
{
	size_t length = strlen(token);

	return (size_t)(m->pend - p) >= length && !strncmp(p, token, length);
}

static bool at(const struct matching *m, const char *p, const char *s);

/* "**": any bytes; as a component and its "/", also nothing. */
static bool at_deep(const struct matching *m, const char *p, const char *s)
{
	bool component = p > m->begin && p[-1] == '/' && p + 2 < m->pend &&
			 p[2] == '/';

	if (component && at(m, p + 3, s))
		return true;
	for (;; s++) {
		if (at(m, p + 2, s))
			return true;
		if (s == m->send)
			return false;
	}
}

/* "*": any bytes but "/". */
static bool at_star(const struct matching *m, const char *p, const char *s)
{
	for (;; s++) {
		if (at(m, p + 1, s))
			return true;
		if (s == m->send || *s == '/')
			return false;
	}
}

/* "[pid]": one digit or more. */
static bool at_pid(const struct matching *m, const char *p, const char *s)
{
	while (s < m->send && is_digit(*s))
		if (at(m, p + strlen("[pid]"), ++s))
			return true;
	return false;
}

static bool at_id(const struct matching *m, const char *p, const char *s)
{
	int i;

	for (i = 0; i < ID_DIGITS; i++)
		if (s + i >= m->send || !is_hex(s[i]))
			return false;
	return at(m, p + strlen("{id}"), s + ID_DIGITS);
}

static bool at(const struct matching *m, const char *p, const char *s)
{
	if (!*m->budget)
		return false;
	--*m->budget;
	if (p == m->pend)
		return s == m->send;
	if (begins(m, p, "**"))
		return at_deep(m, p, s);
	if (*p == '*')
		return at_star(m, p, s);
	if (begins(m, p, "[pid]"))
		return at_pid(m, p, s);
	if (begins(m, p, "{id}"))
		return at_id(m, p, s);
	if (s == m->send)
		return false;
	if (begins(m, p, "[0-9]"))
		return is_digit(*s) && at(m, p + strlen("[0-9]"), s + 1);
	if (*p == '?')
		return *s != '/' && at(m, p + 1, s + 1);
	if (*p == '\\')
		p++;
	return *p == *s && at(m, p + 1, s + 1);
}

bool reference_match(const char *pattern, size_t pattern_length,
		     const char *string, size_t string_length,
		     unsigned long *budget)
{
	struct matching m = {
		.begin = pattern,
		.pend = pattern + pattern_length,
		.send = string + string_length,
		.budget = budget,
	};

	return at(&m, pattern, string);
}
