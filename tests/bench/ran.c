// SPDX-License-Identifier: GPL-2.0
/* Time that tasks ran. */
#include "ran.h"

#include <stdio.h>
#include <stdlib.h>

/** ran_clock - a clock, in nanoseconds */
int64_t ran_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/**
 * ran_all - what all tasks together ran since boot, on the first processor
 *
 * The seventh figure of its line, see Documentation/scheduler/sched-stats.rst;
 * what the caller ran since it was switched to is not yet in it.
 */
int64_t ran_all(void)
{
	FILE *file = fopen("/proc/schedstat", "re");
	char line[512];
	long long ran = -1;

	while (file && ran < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "cpu0 %*s %*s %*s %*s %*s %*s %lld", &ran) !=
		    1)
			ran = -1;
	if (ran < 0) {
		fprintf(stderr, "no processor in /proc/schedstat\n");
		exit(1);
	}
	fclose(file);
	return ran;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/** ran_median - of values, which it sorts */
int64_t ran_median(int64_t *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return values[count / 2];
}
