// SPDX-License-Identifier: GPL-2.0
/*
 * What it takes the kernel to admit a container's first program: starts them in
 * cgroups made by hand, unguarded, guarded without a rule about images, and
 * with a claim under a profile that has one. Prints medians in microseconds,
 * "STAGE WHAT MICROSECONDS".
 *
 * Usage: starts STAGE TIMES; as root, with the module loaded
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <ctguard/measurement.h>

#include "../kselftest/blob.h"
#include "../kselftest/jail.h"

#define TIMES_MAX 10000

static const uint8_t config[CTGUARD_SHA256_SIZE] = { 1, 2, 3 };

static void die(const char *what)
{
	fprintf(stderr, "starts: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

static int compare(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void tell(const char *stage, const char *what, long *took, int count)
{
	qsort(took, count, sizeof(*took), compare);
	printf("%s %s %ld\n", stage, what, took[count / 2]);
}

static void push(struct link *link, const char *pattern,
		 struct ctguard_image_rule rule)
{
	const struct sketch s = {
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "app", .group = SKETCH_UNRESTRICTED,
				.images = rule } },
		.namespaces = { CTGUARD_PROFILE_NONE, CTGUARD_PROFILE_NONE,
				CTGUARD_PROFILE_NONE },
		.cgroups = { pattern },
		.images = { { CTGUARD_IMAGE_CONFIG, { 1, 2, 3 } } },
		.image_count = 1,
	};
	struct blob blob;

	blob_make(&s, &blob);
	if (guard_push(link, &blob, 0))
		die("the policy is refused");
	blob_free(&blob);
}

/* Starts one, in a cgroup of its own; how long the claim and the program took. */
static void start(struct link *link, const struct jail *jail, bool claimed,
		  long *ret_claim, long *ret_program)
{
	static const char *const programs[] = { JAIL_LOWER, NULL };
	const struct claim claim = { .level = CTGUARD_LEVEL_LAYERS,
				     .config = config,
				     .root = jail->root,
				     .upper = jail->upper };
	struct inmate inmate;
	struct box box;
	long begin;

	if (box_make(&box, NULL) || inmate_start(&inmate, jail, &box, programs))
		die("no container");
	begin = now_us();
	if (claimed && guard_claim(link, inmate.pidfd, &claim))
		die(link->message);
	*ret_claim = now_us() - begin;
	begin = now_us();
	if (inmate_run(&inmate))
		die("the first program");
	*ret_program = now_us() - begin;
	box_remove(&box);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *what;
		const char *pattern;
		struct ctguard_image_rule rule;
	} kinds[] = {
		{ "unguarded", "/nothing-*", { CTGUARD_REQUIRE_NONE } },
		{ "free", "/ks-*", { CTGUARD_REQUIRE_NONE } },
		{ "approved", "/ks-*", { CTGUARD_REQUIRE_APPROVED, 2 } },
	};
	static long claims[TIMES_MAX], programs[TIMES_MAX];
	int times = argc == 3 ? atoi(argv[2]) : 0, i;
	struct status status;
	struct link link;
	struct jail jail;
	bool claimed;
	size_t k;

	if (times < 1 || times > TIMES_MAX) {
		fprintf(stderr, "Usage: starts STAGE TIMES\n");
		return 2;
	}
	if (link_open(&link) || jail_make(&jail))
		die("set-up");
	for (i = 0; i < times; i++) {
		claims[i] = now_us();
		if (guard_status(&link, &status))
			die("status");
		claims[i] = now_us() - claims[i];
	}
	tell(argv[1], "status", claims, times);
	for (k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		claimed = kinds[k].rule.require;
		push(&link, kinds[k].pattern, kinds[k].rule);
		for (i = 0; i < times; i++)
			start(&link, &jail, claimed, &claims[i], &programs[i]);
		tell(argv[1], kinds[k].what, programs, times);
		if (claimed)
			tell(argv[1], "claim", claims, times);
	}
	jail_remove(&jail);
	link_close(&link);
	return 0;
}
