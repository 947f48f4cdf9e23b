// SPDX-License-Identifier: GPL-2.0
/*
 * Patterns: what is one, what it matches, and what an index may know of it.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../kmod/glob.h"
#include "reference.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define PATH CTG_GLOB_PATH
#define NAME CTG_GLOB_NAME
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID_UPPER \
	"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID_SHORT \
	"123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Is it a pattern? @wrong is how the reason begins, or NULL if it is one. */
static const struct check_row {
	enum ctg_glob_kind kind;
	const char *pattern;
	const char *wrong;
} check_rows[] = {
	{ PATH, "/", NULL },
	{ PATH, "/a", NULL },
	{ PATH, "/a/b/c", NULL },
	{ PATH, "/*", NULL },
	{ PATH, "/**", NULL },
	{ PATH, "/a**", NULL },
	{ PATH, "/**/a", NULL },
	{ PATH, "/**/**/a", NULL },
	{ PATH, "/?", NULL },
	{ PATH, "/[0-9]", NULL },
	{ PATH, "/a[0-9][0-9]b", NULL },
	{ PATH, "/[pid]", NULL },
	{ PATH, "/[pid]/mem", NULL },
	{ PATH, "/a/[pid]", NULL },
	{ PATH, "/{id}", NULL },
	{ PATH, "/a-{id}.scope", NULL },
	{ PATH, "/\\*", NULL },
	{ PATH, "/\\\\", NULL },
	{ PATH, "/\\[pid]", NULL },
	{ PATH, "/\\**", NULL },
	{ PATH, "/a]}", NULL },
	{ PATH, "/.a/..b/c.", NULL },
	{ PATH, "/...", NULL },
	{ PATH, "/ ~", NULL },
	{ NAME, "a", NULL },
	{ NAME, "*", NULL },
	{ NAME, "**", NULL },
	{ NAME, "nf-nat-*", NULL },
	{ NAME, "/a", NULL },
	{ NAME, "a//b", NULL },
	{ NAME, "[pid]", NULL },

	{ PATH, "", "empty pattern" },
	{ NAME, "", "empty pattern" },
	{ PATH, "a", "path pattern does not begin" },
	{ PATH, "*", "path pattern does not begin" },
	{ PATH, "**", "path pattern does not begin" },
	{ PATH, "\\/", "path pattern does not begin" },
	{ PATH, "/a\n", "byte that is not printable" },
	{ PATH, "/a\x7f", "byte that is not printable" },
	{ PATH, "/a\x80", "byte that is not printable" },
	{ PATH, "/\xc3\xa4", "byte that is not printable" },
	{ PATH, "/\\\x1f", "byte that is not printable" },
	{ NAME, "a\x01", "byte that is not printable" },
	{ PATH, "/a\\", "pattern ends in a lone backslash" },
	{ NAME, "\\", "pattern ends in a lone backslash" },
	{ PATH, "/\\\\\\", "pattern ends in a lone backslash" },
	{ PATH, "/***", "more than two" },
	{ PATH, "/a**b", "'**' is neither" },
	{ PATH, "/a**/b", "'**' is neither" },
	{ PATH, "/**b", "'**' is neither" },
	{ NAME, "a**b", "'**' is neither" },
	{ PATH, "/a****", "more than two" },
	{ NAME, "***", "more than two" },
	{ PATH, "/[pid]s", "'[pid]' is not a whole" },
	{ PATH, "/p[pid]", "'[pid]' is not a whole" },
	{ PATH, "/[pid]*", "'[pid]' is not a whole" },
	{ PATH, "/*[pid]", "'[pid]' is not a whole" },
	{ PATH, "/*[pid]", "'[pid]' is not a whole" },
	{ PATH, "/[pid][pid]", "'[pid]' is not a whole" },
	{ PATH, "/[pid][0-9]", "'[pid]' is not a whole" },
	{ NAME, "a[pid]", "'[pid]' is not a whole" },
	{ PATH, "/[", "'[' begins neither" },
	{ PATH, "/[]", "'[' begins neither" },
	{ PATH, "/[a]", "'[' begins neither" },
	{ PATH, "/[0-9", "'[' begins neither" },
	{ PATH, "/[0-8]", "'[' begins neither" },
	{ PATH, "/[!0-9]", "'[' begins neither" },
	{ PATH, "/[PID]", "'[' begins neither" },
	{ PATH, "/{", "'{' does not begin" },
	{ PATH, "/{id", "'{' does not begin" },
	{ PATH, "/{ID}", "'{' does not begin" },
	{ PATH, "/{a,b}", "'{' does not begin" },
	{ PATH, "//", "'//' in a path" },
	{ PATH, "/a//b", "'//' in a path" },
	{ PATH, "/a/", "path pattern ends in '/'" },
	{ PATH, "/**/", "path pattern ends in '/'" },
	{ PATH, "/./a", "'.' or '..'" },
	{ PATH, "/a/../b", "'.' or '..'" },
};

static void test_check(void)
{
	char longest[CTGUARD_PATTERN_MAX + 2];
	size_t i;

	for (i = 0; i < COUNT(check_rows); i++) {
		const struct check_row *row = &check_rows[i];
		const char *wrong = ctg_glob_check(
			row->pattern, strlen(row->pattern), row->kind);
		bool holds = row->wrong ?
				     wrong && !strncmp(wrong, row->wrong,
						       strlen(row->wrong)) :
				     !wrong;

		if (!tap_ok(holds, "check: row %zu: %s: %s", i,
			    row->kind == PATH ? "path" : "name",
			    row->wrong ? row->wrong : row->pattern))
			tap_note("said: %s", wrong ? wrong : "nothing");
	}
	tap_ok(ctg_glob_check("/a\0b", 4, PATH), "check: NUL in a pattern");
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	tap_ok(!ctg_glob_check(longest, CTGUARD_PATTERN_MAX, PATH),
	       "check: 255 bytes are a pattern");
	tap_ok(ctg_glob_check(longest, CTGUARD_PATTERN_MAX + 1, PATH),
	       "check: 256 bytes are none");
}

/* Each is matched by glob.c and by the reference, and both must agree. */
static const struct match_row {
	const char *pattern;
	const char *string;
	bool matches;
} match_rows[] = {
	/* literally */
	{ "/", "/", true },
	{ "/", "", false },
	{ "/", "/a", false },
	{ "/a", "/a", true },
	{ "/a", "/b", false },
	{ "/a", "/", false },
	{ "/a", "/ab", false },
	{ "/a", "/A", false },
	{ "/ab", "/a", false },
	{ "/a/b", "/a/b", true },
	{ "/a/b", "/a/b/c", false },

	/* "?" */
	{ "/?", "/a", true },
	{ "/?", "/\xff", true },
	{ "/?", "/", false },
	{ "/?", "/ab", false },
	{ "/a?b", "/a/b", false },
	{ "/??", "/ab", true },
	{ "/??", "/a", false },

	/* "*" */
	{ "/*", "/a", true },
	{ "/*", "/abc", true },
	{ "/*", "/", true },
	{ "/*", "/a/b", false },
	{ "/*", "", false },
	{ "/a*", "/a", true },
	{ "/a*", "/ab", true },
	{ "/a*", "/ba", false },
	{ "/*b", "/b", true },
	{ "/*b", "/aab", true },
	{ "/*b", "/bbb", true },
	{ "/*b", "/ba", false },
	{ "/a*b", "/ab", true },
	{ "/a*b", "/axxb", true },
	{ "/a*b", "/axxbx", false },
	{ "/a*b", "/ax/b", false },
	{ "/*/b", "/a/b", true },
	{ "/*/b", "/a/a/b", false },
	{ "/*/*", "/a/b", true },
	{ "/*/*", "/a", false },
	{ "/*a*b*", "/xxaxxbxx", true },
	{ "/*a*b*", "/xxbxxaxx", false },
	{ "/*?", "/", false },
	{ "/*?", "/a", true },
	{ "/?*?", "/ab", true },
	{ "/?*?", "/a", false },

	/* "*" that has to give back */
	{ "/*aab", "/aaaab", true },
	{ "/*abab", "/abaabab", true },
	{ "/a*a*a", "/aaa", true },
	{ "/a*a*a", "/aa", false },
	{ "/*ab*cd", "/ababcabcd", true },
	{ "/*a/*b", "/aaa/bbb", true },
	{ "/*a/*b", "/aab/bbb", false },

	/* "**" */
	{ "/**", "/", true },
	{ "/**", "/a", true },
	{ "/**", "/a/b/c", true },
	{ "/**", "", false },
	{ "/a/**", "/a/b", true },
	{ "/a/**", "/a/b/c", true },
	{ "/a/**", "/a", false },
	{ "/a/**", "/ab/c", false },
	{ "/a**", "/a", true },
	{ "/a**", "/a/b", true },

	/* "**" as a component stands for none, too */
	{ "/**/a", "/a", true },
	{ "/**/a", "/b/a", true },
	{ "/**/a", "/b/c/a", true },
	{ "/**/a", "/ba", false },
	{ "/**/a", "/b/ca", false },
	{ "/**/a", "/a/b", false },
	{ "/x/**/a", "/x/a", true },
	{ "/x/**/a", "/x/y/a", true },
	{ "/x/**/a", "/xa", false },
	{ "/x/**/a", "/x/ya", false },
	{ "/x/**/a", "/a", false },
	{ "/**/**/a", "/a", true },
	{ "/**/**/a", "/b/a", true },
	{ "/**/a/**/b", "/a/b", true },
	{ "/**/a/**/b", "/x/a/y/b", true },
	{ "/**/a/**/b", "/x/b/y/a", false },
	{ "/**/a/**", "/a/b", true },
	{ "/**/a/**", "/a", false },
	{ "/**/*", "/a", true },
	{ "/**/*", "/a/b/c", true },
	{ "/**/*/b", "/b", false },
	{ "/**/*/b", "/a/b", true },

	/* "**" that has to give back, with "*" behind it */
	{ "/**/a*/b", "/a1/a2/b", true },
	{ "/**/a*/b", "/a1/c/b", false },
	{ "/**/a/b", "/a/a/b", true },
	{ "/**/a/b", "/a/x/a/b", true },
	{ "/**/ab", "/aab", false },
	{ "/**/libpod-*.scope", "/m.slice/libpod-1.scope", true },
	{ "/**/libpod-*.scope", "/m.slice/libpod-1.scope/x", false },
	{ "/kubepods*/**/{id}", "/kubepods.slice/" ID, true },
	{ "/kubepods*/**/{id}", "/kubepods/a/b/" ID, true },
	{ "/kubepods*/**/{id}", "/x/kubepods/" ID, false },

	/* "[0-9]" */
	{ "/[0-9]", "/0", true },
	{ "/[0-9]", "/9", true },
	{ "/[0-9]", "/", false },
	{ "/[0-9]", "/a", false },
	{ "/[0-9]", "/10", false },
	{ "/[0-9]", "/:", false },
	{ "/[0-9]", "//", false },
	{ "/r[0-9]*", "/r1_wc", true },
	{ "/r[0-9]*", "/r_wc", false },
	{ "/*[0-9]", "/a1b2", true },
	{ "/*[0-9]", "/a1b", false },

	/* "[pid]" */
	{ "/[pid]", "/1", true },
	{ "/[pid]", "/4194304", true },
	{ "/[pid]", "/", false },
	{ "/[pid]", "/self", false },
	{ "/[pid]", "/1a", false },
	{ "/[pid]", "/a1", false },
	{ "/[pid]", "/-1", false },
	{ "/[pid]/mem", "/12/mem", true },
	{ "/[pid]/mem", "//mem", false },
	{ "/[pid]/mem", "/12/maps", false },
	{ "/[pid]/**", "/1/a/b", true },
	{ "/[pid]/**", "/1", false },
	{ "/[pid]/task/[pid]/mem", "/1/task/2/mem", true },
	{ "/[pid]/task/[pid]/mem", "/1/task/x/mem", false },
	{ "/**/[pid]", "/a/1", true },
	{ "/**/[pid]", "/a1", false },

	/* "{id}" */
	{ "/{id}", "/" ID, true },
	{ "/{id}", "/" ID_UPPER, false },
	{ "/{id}", "/" ID_SHORT, false },
	{ "/{id}", "/" ID "0", false },
	{ "/{id}", "/", false },
	{ "/a-{id}.scope", "/a-" ID ".scope", true },
	{ "/a-{id}.scope", "/a-" ID "g.scope", false },
	{ "/*{id}", "/0" ID, true },
	{ "/**/{id}", "/x/" ID, true },
	{ "/{id}{id}", "/" ID ID, true },
	{ "/{id}{id}", "/" ID, false },

	/* "\" */
	{ "/\\*", "/*", true },
	{ "/\\*", "/a", false },
	{ "/\\?", "/?", true },
	{ "/\\?", "/a", false },
	{ "/\\\\", "/\\", true },
	{ "/\\\\", "/\\\\", false },
	{ "/\\[pid]", "/[pid]", true },
	{ "/\\[pid]", "/1", false },
	{ "/\\{id}", "/{id}", true },
	{ "/\\a", "/a", true },
	{ "/\\**", "/*abc", true },
	{ "/\\**", "/abc", false },
	{ "/a\\/b", "/a/b", true },
	{ "/*\\-x", "/a-x", true },

	/* names of modules */
	{ "nf-nat-*", "nf-nat-ftp", true },
	{ "nf-nat-*", "nf-nat", false },
	{ "*", "", true },
	{ "*", "a/b", false },
	{ "**", "a/b", true },
	{ "net-pf-16-proto-4-type-*", "net-pf-16-proto-4-type-", true },

	/* bytes that are no characters */
	{ "/*", "/\n\t\xff", true },
	{ "/a*", "/a\x80\xff", true },
};

static void test_match(void)
{
	size_t i;

	for (i = 0; i < COUNT(match_rows); i++) {
		const struct match_row *row = &match_rows[i];
		size_t p = strlen(row->pattern), s = strlen(row->string);
		unsigned long budget = 1000000;
		bool matches = ctg_glob_match(row->pattern, p, row->string, s);
		bool expected = reference_match(row->pattern, p, row->string, s,
						&budget);

		if (!tap_ok(matches == row->matches && expected == row->matches,
			    "match: row %zu: %s %s", i, row->pattern,
			    row->matches ? "matches" : "does not match"))
			tap_note("string %s: glob says %d, reference %d",
				 row->string, matches, expected);
	}
	tap_ok(ctg_glob_match("/*", 2, "/a\0b", 4),
	       "match: a string may hold NUL");
	tap_ok(ctg_glob_match("/axx", 2, "/ayy", 2),
	       "match: neither needs to end in NUL");
	tap_ok(ctg_glob_match("/a*", 2, "/a", 2) &&
		       !ctg_glob_match("/a*", 2, "/ab", 3),
	       "match: what is behind a pattern is not of it");
}

static const struct prefix_row {
	enum ctg_glob_kind kind;
	const char *pattern;
	size_t prefix;
} prefix_rows[] = {
	{ PATH, "/", 1 },	  { PATH, "/a/b", 4 },
	{ PATH, "/a/b*", 3 },	  { PATH, "/a/*/b", 3 },
	{ PATH, "/a/**", 3 },	  { PATH, "/**/a", 1 },
	{ PATH, "/a?/b", 1 },	  { PATH, "/a/[pid]", 3 },
	{ PATH, "/a/x-{id}", 3 }, { PATH, "/a/\\b", 3 },
	{ PATH, "/a-b/c_d*", 5 }, { NAME, "net-pf-10", 9 },
	{ NAME, "net-pf-*", 7 },  { NAME, "net_pf*", 4 },
	{ NAME, "net*", 0 },	  { NAME, "*", 0 },
	{ NAME, "a/b*", 0 },
};

static void test_prefix(void)
{
	size_t i;

	for (i = 0; i < COUNT(prefix_rows); i++) {
		const struct prefix_row *row = &prefix_rows[i];
		size_t prefix = ctg_glob_prefix(
			row->pattern, strlen(row->pattern), row->kind);

		if (!tap_ok(prefix == row->prefix, "prefix: %s: %zu",
			    row->pattern, row->prefix))
			tap_note("%zu", prefix);
	}
	tap_ok(ctg_glob_cuts('/', PATH), "cuts: a path behind '/'");
	tap_ok(!ctg_glob_cuts('-', PATH), "cuts: a path not behind '-'");
	tap_ok(ctg_glob_cuts('-', NAME), "cuts: a name behind '-'");
	tap_ok(ctg_glob_cuts('_', NAME), "cuts: a name behind '_'");
	tap_ok(!ctg_glob_cuts('/', NAME), "cuts: a name not behind '/'");
}

/* A string of what its prefix and cuts say can be found by an index. */
static void test_index(void)
{
	unsigned int lost = 0;
	size_t i;

	for (i = 0; i < COUNT(match_rows); i++) {
		const struct match_row *row = &match_rows[i];
		size_t length = strlen(row->string), prefix;
		enum ctg_glob_kind kind = *row->pattern == '/' ? PATH : NAME;

		if (!row->matches)
			continue;
		prefix = ctg_glob_prefix(row->pattern, strlen(row->pattern),
					 kind);
		if (prefix > length ||
		    memcmp(row->pattern, row->string, prefix) ||
		    (prefix && prefix != length &&
		     !ctg_glob_cuts(row->string[prefix - 1], kind)))
			lost++;
	}
	tap_ok(!lost,
	       "index: every string that matches begins with the prefix, which ends at a cut");
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

/*
 * Patterns on which a backtracking matcher takes for ever, over the longest
 * string there is. 255 * 4096^2 steps would take minutes here; that is the
 * bound, and components of 255 bytes keep from it.
 */
static const char *const slow[] = {
	"/*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
	"/**/a*a*a*a/**/a*a*a*a/**/a*a*a*a/b",
	"/**/*/**/*/**/*/**/*/**/*/**/*/b",
	"/**/a*aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
};

static void test_time(void)
{
	const size_t length = 4095;
	char *string = malloc(length);
	size_t i;

	memset(string, 'a', length);
	for (i = 0; i < length; i += 256)
		string[i] = '/';
	for (i = 0; i < COUNT(slow); i++) {
		double begin = seconds(), took;
		bool matches = ctg_glob_match(slow[i], strlen(slow[i]), string,
					      length);

		took = seconds() - begin;
		tap_ok(!matches && took < 5, "time: %s", slow[i]);
		tap_note("%.0f ms over %zu bytes", 1e3 * took, length);
	}
	free(string);
}

/* Numbers that look random and are the same in every run. */
static unsigned int next(unsigned int *state, unsigned int below)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 16) % below;
}

static void test_differential(void)
{
	static const char *const pieces[] = { "/",  "a",      "b",   "*",
					      "**", "/**/",   "?",   "[0-9]",
					      "1",  "/[pid]", "\\*", "-" };
	static const char letters[] = "/ab1*-";
	unsigned int state = 1, compared = 0, matched = 0, differ = 0;
	int round;

	for (round = 0; round < 200000; round++) {
		char pattern[64] = "/", string[16];
		size_t p, s, i, length = next(&state, 6);
		unsigned long budget = 100000;
		bool matches;

		for (i = 0; i < length; i++)
			strcat(pattern, pieces[next(&state, COUNT(pieces))]);
		p = strlen(pattern);
		if (ctg_glob_check(pattern, p, PATH))
			continue;
		s = next(&state, sizeof(string));
		for (i = 0; i < s; i++)
			string[i] = letters[next(&state, sizeof(letters) - 1)];
		if (s)
			string[0] = '/';
		matches = reference_match(pattern, p, string, s, &budget);
		if (!budget)
			continue;
		compared++;
		matched += matches;
		if (ctg_glob_match(pattern, p, string, s) == matches)
			continue;
		if (!differ++)
			tap_note("%s over %.*s: reference says %d", pattern,
				 (int)s, string, matches);
	}
	tap_ok(!differ && compared > 10000 && matched > 1000,
	       "differential: agrees with the reference on %u patterns, %u of them matching",
	       compared, matched);
}

int main(void)
{
	test_check();
	test_match();
	test_prefix();
	test_index();
	test_time();
	test_differential();
	return tap_done();
}
