// SPDX-License-Identifier: GPL-2.0
/*
 * The difference of two texts, by lines, in the unified form: the greedy
 * algorithm of E. Myers, "An O(ND) Difference Algorithm and Its Variations".
 */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "cleanup.h"
#include "diff.h"

#define CONTEXT 3
/* More edits are not searched for: the texts have nothing to do with it. */
#define EDITS_MAX 2000

struct line {
	const char *text;
	size_t size;
};

struct text {
	struct line *lines;
	size_t count;
	size_t space;
};

/* One line of the result: ' ', '-' or '+', and where it is in the texts. */
struct step {
	char what;
	size_t from;
	size_t to;
};

struct steps {
	struct step *list;
	size_t count;
	size_t space;
};

static void split(struct text *text, const char *from)
{
	while (*from) {
		size_t size = strcspn(from, "\n");

		text->lines = ctguard_alloc_grow(text->lines, &text->space,
						 text->count + 1,
						 sizeof(*text->lines));
		text->lines[text->count++] = (struct line){ from, size };
		from += size + (from[size] == '\n');
	}
}

static bool same(const struct text *a, size_t i, const struct text *b, size_t j)
{
	return a->lines[i].size == b->lines[j].size &&
	       !memcmp(a->lines[i].text, b->lines[j].text, a->lines[i].size);
}

static void add(struct steps *steps, char what, size_t from, size_t to)
{
	steps->list = ctguard_alloc_grow(steps->list, &steps->space,
					 steps->count + 1,
					 sizeof(*steps->list));
	steps->list[steps->count++] = (struct step){ what, from, to };
}

/* Furthest lines of @a reached on each diagonal, after each number of edits. */
struct trace {
	long *reached[EDITS_MAX + 1];
	long edits;
};

static void trace_clear(struct trace *trace)
{
	for (size_t i = 0; i <= EDITS_MAX; i++)
		free(trace->reached[i]);
}

/* Whether the step to diagonal @k goes down, which adds a line of @b. */
static bool goes_down(const long *v, long k, long d)
{
	return k == -d || (k != d && v[k - 1] < v[k + 1]);
}

static bool search(const struct text *a, const struct text *b,
		   struct trace *trace)
{
	const long n = (long)a->count, m = (long)b->count;

	for (long d = 0; d <= EDITS_MAX && d <= n + m; d++) {
		/* Diagonals from -d - 1 to d + 1 of the round before. */
		long *v = ctguard_alloc_zeroed(2 * (size_t)d + 3, sizeof(*v));

		trace->reached[d] = v;
		trace->edits = d;
		v += d + 1;
		for (long k = -d; k <= d; k += 2) {
			const long *before = d ? trace->reached[d - 1] + d :
						 NULL;
			long x = !d			 ? 0 :
				 goes_down(before, k, d) ? before[k + 1] :
							   before[k - 1] + 1;
			long y = x - k;

			while (x < n && y < m &&
			       same(a, (size_t)x, b, (size_t)y)) {
				x++;
				y++;
			}
			v[k] = x;
			if (x >= n && y >= m)
				return true;
		}
	}
	return false;
}

/* Walks the way found back, so the steps are in reverse order. */
static void retrace(const struct text *a, const struct text *b,
		    const struct trace *trace, struct steps *steps)
{
	long x = (long)a->count, y = (long)b->count;

	for (long d = trace->edits; d > 0; d--) {
		const long *before = trace->reached[d - 1] + d;
		const long k = x - y;
		const bool down = goes_down(before, k, d);
		const long from_k = down ? k + 1 : k - 1;
		const long from_x = before[from_k];
		const long from_y = from_x - from_k;

		while (x > from_x + !down && y > from_y + down) {
			x--;
			y--;
			add(steps, ' ', (size_t)x, (size_t)y);
		}
		if (down)
			add(steps, '+', (size_t)x, (size_t)--y);
		else
			add(steps, '-', (size_t)--x, (size_t)y);
	}
	while (x > 0) {
		x--;
		y--;
		add(steps, ' ', (size_t)x, (size_t)y);
	}
}

static void reverse(struct steps *steps)
{
	for (size_t i = 0; i < steps->count / 2; i++) {
		struct step step = steps->list[i];

		steps->list[i] = steps->list[steps->count - 1 - i];
		steps->list[steps->count - 1 - i] = step;
	}
}

static void compare(const struct text *a, const struct text *b,
		    struct steps *steps)
{
	struct trace *trace = ctguard_alloc_zeroed(1, sizeof(*trace));

	if (search(a, b, trace)) {
		retrace(a, b, trace, steps);
		reverse(steps);
	} else {
		for (size_t i = 0; i < a->count; i++)
			add(steps, '-', i, 0);
		for (size_t i = 0; i < b->count; i++)
			add(steps, '+', a->count, i);
	}
	trace_clear(trace);
	free(trace);
}

/* Lines first to last of the steps, with the head that counts them. */
static void print_hunk(const struct text *a, const struct text *b,
		       const struct steps *steps, size_t first, size_t last,
		       bool colour, FILE *out)
{
	size_t from = 0, to = 0;

	for (size_t i = first; i < last; i++) {
		from += steps->list[i].what != '+';
		to += steps->list[i].what != '-';
	}
	fprintf(out, "@@ -%zu,%zu +%zu,%zu @@\n",
		steps->list[first].from + !!from, from,
		steps->list[first].to + !!to, to);
	for (size_t i = first; i < last; i++) {
		const struct step *step = &steps->list[i];
		const struct line *line = step->what == '+' ?
						  &b->lines[step->to] :
						  &a->lines[step->from];
		const char *on = step->what == '+' ? "\033[32m" :
				 step->what == '-' ? "\033[31m" :
						     "";

		fprintf(out, "%s%c%.*s%s\n", colour ? on : "", step->what,
			(int)line->size, line->text,
			colour && *on ? "\033[0m" : "");
	}
}

static bool print_steps(const struct text *a, const struct text *b,
			const struct steps *steps, bool colour, FILE *out)
{
	size_t at = 0, first, last;
	bool differs = false;

	while (at < steps->count) {
		if (steps->list[at].what == ' ') {
			at++;
			continue;
		}
		differs = true;
		first = at > CONTEXT ? at - CONTEXT : 0;
		/* Up to where more than two contexts of the same follow. */
		last = at;
		while (at < steps->count && at - last <= 2 * CONTEXT) {
			if (steps->list[at].what != ' ')
				last = at;
			at++;
		}
		last = last + 1 + CONTEXT;
		if (last > steps->count)
			last = steps->count;
		print_hunk(a, b, steps, first, last, colour, out);
		at = last;
	}
	return differs;
}

/**
 * ctguard_diff_print() - print what differs
 * @from: a text
 * @to: another
 * @colour: for a terminal
 * @out: where to
 *
 * Return: whether they differ.
 */
bool ctguard_diff_print(const char *from, const char *to, bool colour,
			FILE *out)
{
	struct text a = { 0 }, b = { 0 };
	struct steps steps = { 0 };
	bool differs;

	split(&a, from);
	split(&b, to);
	compare(&a, &b, &steps);
	differs = print_steps(&a, &b, &steps, colour, out);
	free(a.lines);
	free(b.lines);
	free(steps.list);
	return differs;
}
