// SPDX-License-Identifier: GPL-2.0
/*
 * What denials cost: two tasks of a container try what they may not, and one
 * of the host listens to the events. With the module loaded.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../kselftest/box.h"
#include "../kselftest/guard.h"
#include "ran.h"

static const char help[] =
	"Usage: denials delay TIMES\n"
	"       denials cost same|distinct ROUNDS\n"
	"       denials flood same|distinct TIMES\n"
	"\n"
	"delay: nanoseconds from a denied act to its event, in a listener's hands:\n"
	"  the median and the most\n"
	"cost: of a denial, what all tasks ran, the two that were denied, the one\n"
	"  that listened, and the two when it is not the guard that denies; none\n"
	"  is lost, since they wait for the listener after each 128\n"
	"flood: as fast as they can: denials, those counted, events, repeats and\n"
	"  losses told of, and the nanoseconds that it took\n";

#define TASKS 2
#define ROUND 64
#define PATIENCE 5000 /* ms; repeats are summed up every second */

static struct link requests, events;
static struct box box;

/* What a task is told, and tells. */
struct task {
	bool distinct;
	bool without; /* not as a container, but as a user who may not either */
	unsigned int first;
	unsigned int rounds;
	unsigned int times; /* in a round */
	int go[2];
	int done[2];
	int64_t ran;
	int64_t began;
	int64_t ended;
};
static struct task *tasks;

/* What the events of the container say. */
struct tally {
	uint64_t verdicts;
	uint64_t repeats;
	uint64_t lost;
};

static void die(const char *what)
{
	fprintf(stderr, "denials: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* A file that is there, or a device that differs each time. */
static bool is_denied(bool distinct, unsigned int i)
{
	int r;

	if (distinct)
		r = mknod("/tmp/denied", S_IFCHR | 0600, makedev(200, i));
	else
		r = open("/sys/kernel/rcu_expedited", O_WRONLY | O_CLOEXEC);
	return r < 0 && (errno == EPERM || errno == EACCES);
}

static int deny(const void *argument)
{
	struct task *t = (struct task *)argument;
	unsigned int i, at = t->first, round;
	char byte;

	if (t->without && setuid(65534))
		return errno;
	/* What a first time brings in. */
	if (!is_denied(false, 0))
		return ENOTTY;
	if (write(t->done[1], "", 1) != 1 || read(t->go[0], &byte, 1) != 1)
		return EIO;
	t->ran = ran_clock(CLOCK_PROCESS_CPUTIME_ID);
	for (round = 0; round < t->rounds; round++) {
		if (round && read(t->go[0], &byte, 1) != 1)
			return EIO;
		t->began = ran_clock(CLOCK_MONOTONIC);
		for (i = 0; i < t->times; i++)
			if (!is_denied(t->distinct, at++))
				return ENOTTY;
		t->ended = ran_clock(CLOCK_MONOTONIC);
		if (write(t->done[1], "", 1) != 1)
			return EIO;
	}
	t->ran = ran_clock(CLOCK_PROCESS_CPUTIME_ID) - t->ran;
	return 0;
}

static void tell(int fd)
{
	if (write(fd, "", 1) != 1)
		die("pipe");
}

static void hear(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 1)
		die("a task ended");
}

static void begin(int count, struct task kind, pid_t *ret_pids)
{
	static unsigned int first;
	int i;

	for (i = 0; i < count; i++) {
		tasks[i] = kind;
		tasks[i].first = first += 1000000 / TASKS / 8;
		if (pipe(tasks[i].go) || pipe(tasks[i].done))
			die("pipe");
		ret_pids[i] = box_start(kind.without ? NULL : &box, 0, deny,
					&tasks[i]);
		if (ret_pids[i] < 0)
			die("no task");
		close(tasks[i].go[0]);
		close(tasks[i].done[1]);
		hear(tasks[i].done[0]);
	}
}

static void end(int count, const pid_t *pids)
{
	int i;

	for (i = 0; i < count; i++) {
		errno = box_wait(pids[i]);
		if (errno)
			die("a task");
		close(tasks[i].go[1]);
		close(tasks[i].done[0]);
	}
}

static uint64_t sum_of(const struct tally *t)
{
	return t->verdicts + t->repeats + t->lost;
}

/* Takes events until they account for @wanted denials; false: they did not. */
static bool take(struct tally *t, uint64_t wanted)
{
	struct event e;

	while (sum_of(t) < wanted) {
		if (guard_event(&events, PATIENCE, &e) != 1)
			return false;
		if (e.kind == CTGUARD_EVENT_LOST)
			t->lost += e.count;
		else if (e.id == box.id && e.kind == CTGUARD_EVENT_VERDICT)
			t->verdicts++;
		else if (e.id == box.id && e.kind == CTGUARD_EVENT_REPEAT)
			t->repeats += e.count;
	}
	return true;
}

static uint64_t counted(void)
{
	struct container c;
	uint64_t sum = 0;
	uint32_t i;

	if (guard_container(&requests, box.id, NULL, &c))
		die("no container");
	for (i = 1; i <= CTGUARD_OP_MAX; i++)
		sum += c.count[i][CTGUARD_VERDICT_DENY];
	return sum;
}

/* One of a container, and what it did for warming up is told. */
static void settle(int count)
{
	struct tally t = {};

	take(&t, count);
}

static void delay(int times)
{
	int64_t *took = calloc(times, sizeof(*took));
	struct task kind = { .distinct = true, .rounds = times, .times = 1 };
	struct tally t = {};
	pid_t pid;
	int i;

	begin(1, kind, &pid);
	settle(1);
	for (i = 0; i < times; i++) {
		tell(tasks[0].go[1]);
		if (!take(&t, i + 1))
			die("no event");
		took[i] = ran_clock(CLOCK_MONOTONIC) - tasks[0].began;
		hear(tasks[0].done[0]);
		/* One by one: the worker is asleep again. */
		usleep(2000);
	}
	end(1, &pid);
	printf("delay median %lld\n", (long long)ran_median(took, times));
	printf("delay most %lld\n", (long long)took[times - 1]);
	free(took);
}

/* One kind in rounds, so that nothing is lost. */
static void pace(struct task kind, int64_t *ret_all, int64_t *ret_tasks,
		 int64_t *ret_listener)
{
	struct tally t = {};
	pid_t pids[TASKS];
	unsigned int round;
	int i;

	begin(TASKS, kind, pids);
	if (!kind.without)
		settle(TASKS);
	*ret_listener = ran_clock(CLOCK_PROCESS_CPUTIME_ID);
	*ret_all = ran_all();
	for (round = 1; round <= kind.rounds; round++) {
		for (i = 0; i < TASKS; i++)
			tell(tasks[i].go[1]);
		if (!kind.without && kind.distinct &&
		    !take(&t, (uint64_t)round * TASKS * kind.times))
			die("events are missing");
		for (i = 0; i < TASKS; i++)
			hear(tasks[i].done[0]);
	}
	if (!kind.without &&
	    !take(&t, (uint64_t)TASKS * kind.rounds * kind.times))
		die("events are missing");
	if (t.lost) {
		fprintf(stderr, "denials: some were lost\n");
		exit(1);
	}
	*ret_all = ran_all() - *ret_all;
	*ret_listener = ran_clock(CLOCK_PROCESS_CPUTIME_ID) - *ret_listener;
	end(TASKS, pids);
	*ret_tasks = 0;
	for (i = 0; i < TASKS; i++)
		*ret_tasks += tasks[i].ran;
}

static void cost(const char *name, int rounds)
{
	struct task kind = { .distinct = !strcmp(name, "distinct"),
			     .rounds = rounds,
			     .times = ROUND };
	int64_t all, denied, listener, ignored, without;
	const int64_t sum = (int64_t)TASKS * rounds * ROUND;

	pace(kind, &all, &denied, &listener);
	kind.without = true;
	pace(kind, &ignored, &without, &ignored);
	printf("cost %s all %lld\n", name, (long long)(all / sum));
	printf("cost %s denied %lld\n", name, (long long)(denied / sum));
	printf("cost %s listener %lld\n", name, (long long)(listener / sum));
	printf("cost %s without %lld\n", name, (long long)(without / sum));
}

static void flood(const char *name, int times)
{
	struct task kind = { .distinct = !strcmp(name, "distinct"),
			     .rounds = 1,
			     .times = times };
	const uint64_t sum = (uint64_t)TASKS * times;
	int64_t began = INT64_MAX, ended = 0;
	struct tally t = {};
	pid_t pids[TASKS];
	uint64_t before;
	int i;

	begin(TASKS, kind, pids);
	settle(TASKS);
	before = counted();
	for (i = 0; i < TASKS; i++)
		tell(tasks[i].go[1]);
	take(&t, sum);
	end(TASKS, pids);
	for (i = 0; i < TASKS; i++) {
		if (tasks[i].began < began)
			began = tasks[i].began;
		if (tasks[i].ended > ended)
			ended = tasks[i].ended;
	}
	printf("flood %s %llu %llu %llu %llu %llu %lld\n", name,
	       (unsigned long long)sum,
	       (unsigned long long)(counted() - before),
	       (unsigned long long)t.verdicts, (unsigned long long)t.repeats,
	       (unsigned long long)t.lost, (long long)(ended - began));
}

int main(int argc, char **argv)
{
	tasks = mmap(NULL, TASKS * sizeof(*tasks), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tasks == MAP_FAILED)
		die("mmap");
	if (link_open(&requests) || guard_listen(&events) ||
	    box_make(&box, NULL) || guard_bind(&requests, box.id, NULL) ||
	    box_seal(&box))
		die("set-up");
	if (argc == 3 && !strcmp(argv[1], "delay")) {
		delay(atoi(argv[2]));
	} else if (argc == 4 && !strcmp(argv[1], "cost")) {
		cost(argv[2], atoi(argv[3]));
	} else if (argc == 4 && !strcmp(argv[1], "flood")) {
		flood(argv[2], atoi(argv[3]));
	} else {
		fputs(help, stderr);
		return 2;
	}
	box_remove(&box);
	return 0;
}
