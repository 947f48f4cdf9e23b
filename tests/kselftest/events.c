// SPDX-License-Identifier: GPL-2.0
/* What is reported: each denial once, every one counted, losses told. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>

#include "common.h"

static const struct act_file mem = { "/dev/mem", O_RDWR };
static const struct act_file knob = { "/sys/kernel/rcu_expedited", O_WRONLY };

FIXTURE(events)
{
	struct guarded g;
	struct box quiet;
};

FIXTURE_SETUP(events)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, box_run(NULL, 0, act_open, &mem));
	ASSERT_EQ(0, box_run(NULL, 0, act_open, &knob));
}

FIXTURE_TEARDOWN(events)
{
	guarded_teardown(&self->g);
	box_remove(&self->quiet);
}

struct times_act {
	unsigned int times;
	const struct act_file *file;
	bool other; /* a directory of another name each time */
	unsigned int first;
};

static int times_act(const void *argument)
{
	const struct times_act *t = argument;
	char path[64];
	unsigned int i;

	for (i = t->first; i < t->first + t->times; i++) {
		if (t->other) {
			snprintf(path, sizeof(path), "/sys/fs/cgroup/x%u", i);
			if (!mkdir(path, 0700) || errno != EPERM)
				return ENOTTY;
		} else if (act_open(t->file) != EPERM) {
			return ENOTTY;
		}
	}
	return 0;
}

/* All events of this container that come before it is quiet for a while. */
struct tally {
	uint64_t verdicts;
	uint64_t repeats; /* the sum of their counts */
	uint64_t lost;
	uint64_t firsts;
	uint64_t last_seq[64];
	bool gap;
	bool backwards;
};

static void take(struct guarded *g, struct tally *t, const struct event *e)
{
	uint64_t *last = &t->last_seq[e->cpu % 64];

	if (*last && e->seq <= *last)
		t->backwards = true;
	if (*last && e->seq > *last + 1)
		t->gap = true;
	*last = e->seq;
	if (e->kind == CTGUARD_EVENT_LOST)
		t->lost += e->count;
	if (e->id != g->box.id)
		return;
	if (e->kind == CTGUARD_EVENT_VERDICT)
		t->verdicts++;
	else if (e->kind == CTGUARD_EVENT_REPEAT)
		t->repeats += e->count;
	else if (e->kind == CTGUARD_EVENT_FIRST)
		t->firsts++;
}

static void tally_until_quiet(struct guarded *g, int quiet_ms,
			      struct tally *ret)
{
	struct event event;

	memset(ret, 0, sizeof(*ret));
	while (guard_event(&g->events, quiet_ms, &event) == 1)
		take(g, ret, &event);
}

/* Repeats are summed up every second. */
#define SUMMED_UP 3000

/* One event per system call and object */

FIXTURE(once)
{
	struct guarded g;
};

FIXTURE_VARIANT(once)
{
	act *act;
	const struct act_file *file;
};

FIXTURE_SETUP(once)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(once)
{
	guarded_teardown(&self->g);
}

/* One that no lockdown is for, which would ask in a name of its own. */
static const struct act_file kmsg = { "/dev/kmsg", O_RDONLY };

FIXTURE_VARIANT_ADD(once, character_device){
	.act = act_open,
	.file = &kmsg,
};

static const struct act_file disk = { "/dev/vda", O_RDONLY };

/* Judged as a node, and again when it is opened as a block device. */
FIXTURE_VARIANT_ADD(once, block_device){
	.act = act_open,
	.file = &disk,
};

FIXTURE_VARIANT_ADD(once, pseudo_file){
	.act = act_open,
	.file = &knob,
};

static const struct act_file truncated = { "/sys/kernel/rcu_expedited",
					   O_RDWR | O_TRUNC };

FIXTURE_VARIANT_ADD(once, pseudo_file_truncated){
	.act = act_open,
	.file = &truncated,
};

FIXTURE_VARIANT_ADD(once, by_a_worker_of_io_uring){
	.act = act_open_uring_worker,
	.file = &knob,
};

TEST_F(once, per_call)
{
	struct tally t;

	if (access(variant->file->path, F_OK))
		SKIP(return, "%s is not there", variant->file->path);
	EXPECT_EQ(0, box_run(NULL, 0, variant->act, variant->file));
	EXPECT_EQ(EPERM, box_run(&self->g.box, 0, variant->act, variant->file));
	tally_until_quiet(&self->g, SUMMED_UP, &t);
	EXPECT_EQ(1, t.verdicts);
	EXPECT_EQ(0, t.repeats);
	EXPECT_EQ(0, t.lost);
}

/* Complaining lets the call go on to where it is asked again. */
TEST_F(once, per_call_when_complaining)
{
	struct container c;
	struct tally t;
	uint32_t i;
	uint64_t sum = 0;

	if (access(variant->file->path, F_OK))
		SKIP(return, "%s is not there", variant->file->path);
	ASSERT_EQ(0, guard_mode(&self->g.link, CTGUARD_MODE_COMPLAIN, 20000));
	EXPECT_EQ(0, box_run(&self->g.box, 0, variant->act, variant->file));
	EXPECT_EQ(0, guard_trial_end(&self->g.link, CTGUARD_TRIAL_REVERT));
	tally_until_quiet(&self->g, SUMMED_UP, &t);
	EXPECT_EQ(1, t.verdicts);
	EXPECT_EQ(0, t.repeats);
	ASSERT_EQ(0, guard_container(&self->g.link, self->g.box.id, NULL, &c));
	for (i = 1; i <= CTGUARD_OP_MAX; i++)
		sum += c.count[i][CTGUARD_VERDICT_COMPLAIN];
	EXPECT_EQ(1, sum);
}

/* Numbers */

TEST_F(events, count_up_by_one_per_cpu)
{
	struct times_act a = { 20, .other = true };
	struct tally t;

	EXPECT_EQ(0, box_run(&self->g.box, 0, times_act, &a));
	tally_until_quiet(&self->g, SUMMED_UP, &t);
	EXPECT_EQ(20, t.verdicts);
	EXPECT_FALSE(t.gap);
	EXPECT_FALSE(t.backwards);
}

TEST_F(events, of_the_same_are_summed_up)
{
	struct times_act a = { 1000, &knob };
	struct tally t;

	EXPECT_EQ(0, box_run(&self->g.box, 0, times_act, &a));
	tally_until_quiet(&self->g, SUMMED_UP, &t);
	EXPECT_EQ(1000, count_of(_metadata, &self->g, CTGUARD_OP_PSEUDOFS_WRITE,
				 CTGUARD_VERDICT_DENY));
	EXPECT_EQ(1000, t.verdicts + t.repeats);
	EXPECT_GE(20, t.verdicts);
}

TEST_F(events, of_the_same_by_many_are_summed_up)
{
	struct times_act a = { 500, &knob };
	pid_t pid[4];
	struct tally t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pid); i++)
		pid[i] = box_start(&self->g.box, 0, times_act, &a);
	for (i = 0; i < ARRAY_SIZE(pid); i++)
		EXPECT_EQ(0, box_wait(pid[i]));
	tally_until_quiet(&self->g, SUMMED_UP, &t);
	EXPECT_EQ(2000, count_of(_metadata, &self->g, CTGUARD_OP_PSEUDOFS_WRITE,
				 CTGUARD_VERDICT_DENY));
	EXPECT_EQ(2000, t.verdicts + t.repeats);
}

/* Repeats name the event that they repeat. */
TEST_F(events, repeats_refer_to_the_first)
{
	struct times_act a = { 10, &knob };
	struct event first, event;

	EXPECT_EQ(0, box_run(&self->g.box, 0, times_act, &a));
	ASSERT_TRUE(find_event(&self->g, CTGUARD_EVENT_VERDICT,
			       CTGUARD_OP_PSEUDOFS_WRITE, "sysfs", NULL,
			       &first));
	EXPECT_TRUE(first.first);
	ASSERT_TRUE(find_event(&self->g, CTGUARD_EVENT_REPEAT,
			       CTGUARD_OP_PSEUDOFS_WRITE, "sysfs", NULL,
			       &event));
	EXPECT_EQ(first.seq, event.first_seq);
	EXPECT_EQ(9, event.count);
	EXPECT_STREQ(first.object, event.object);
	EXPECT_FALSE(event.first);
}

#define FLOOD 3000

static uint64_t lost_now(struct guarded *g)
{
	struct status status = {};

	guard_status(&g->link, &status);
	return status.lost;
}

TEST_F_TIMEOUT(events, losses_of_a_flood_are_told, 120)
{
	struct times_act a[4];
	uint64_t before = lost_now(&self->g);
	pid_t pid[4];
	struct tally t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(a); i++) {
		a[i] = (struct times_act){ FLOOD, .other = true,
					   .first = i * FLOOD };
		pid[i] = box_start(&self->g.box, 0, times_act, &a[i]);
	}
	/* Nothing fails for it. */
	tally_until_quiet(&self->g, SUMMED_UP, &t);
	for (i = 0; i < ARRAY_SIZE(a); i++)
		EXPECT_EQ(0, box_wait(pid[i]));
	EXPECT_EQ(ARRAY_SIZE(a) * FLOOD,
		  count_of(_metadata, &self->g, CTGUARD_OP_PSEUDOFS_WRITE,
			   CTGUARD_VERDICT_DENY));
	TH_LOG("%ju events, %ju repeats, %ju lost", (uintmax_t)t.verdicts,
	       (uintmax_t)t.repeats, (uintmax_t)t.lost);
	EXPECT_EQ(ARRAY_SIZE(a) * FLOOD, t.verdicts + t.repeats + t.lost);
	EXPECT_EQ(lost_now(&self->g) - before, t.lost);
}

static int flood_for_ever(const void *unused)
{
	struct times_act a = { 1000, .other = true };

	for (;;) {
		if (times_act(&a))
			return ENOTTY;
		a.first += a.times;
	}
	return 0;
}

/* A noisy container does not push out the first denial of another. */
TEST_F_TIMEOUT(events, first_denials_come_through_a_flood, 180)
{
	static const struct {
		act *act;
		const struct act_file *file;
		uint32_t operation;
	} rows[] = {
		{ act_open, &mem, CTGUARD_OP_DEVICE_OPEN },
		{ act_open, &knob, CTGUARD_OP_PSEUDOFS_WRITE },
	};
	pid_t noise[3];
	time_t end = time(NULL) + 90;
	unsigned int i, seen = 0;
	struct event event;
	int r = 1;

	ASSERT_EQ(0, box_make(&self->quiet, NULL));
	ASSERT_EQ(0, guard_bind(&self->g.link, self->quiet.id, NULL));
	for (i = 0; i < ARRAY_SIZE(noise); i++)
		noise[i] = box_start(&self->g.box, 0, flood_for_ever, NULL);
	usleep(500000);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		EXPECT_EQ(EPERM,
			  box_run(&self->quiet, 0, rows[i].act, rows[i].file));
	/* With time for the worker, while the noise goes on. */
	while (seen != 3 && time(NULL) < end && r) {
		unsigned int j;

		r = guard_event(&self->g.events, EVENT_WAIT, &event);
		/* What this listener is too slow for comes again. */
		if (r == -ENOBUFS)
			continue;
		if (r < 0)
			break;
		if (!r || event.id != self->quiet.id ||
		    (event.kind != CTGUARD_EVENT_VERDICT &&
		     event.kind != CTGUARD_EVENT_FIRST))
			continue;
		for (j = 0; j < ARRAY_SIZE(rows); j++)
			if (rows[j].operation == event.operation) {
				seen |= 1 << j;
				EXPECT_TRUE(event.first);
			}
	}
	for (i = 0; i < ARRAY_SIZE(noise); i++) {
		kill(noise[i], SIGKILL);
		waitpid(noise[i], NULL, 0);
	}
	EXPECT_EQ(3, seen);
}

TEST_F(events, only_the_first_of_a_kind_is_marked)
{
	struct times_act a = { 5, .other = true };
	struct event event;
	unsigned int i;

	EXPECT_EQ(0, box_run(&self->g.box, 0, times_act, &a));
	for (i = 0; i < 5; i++) {
		ASSERT_TRUE(find_event(&self->g, CTGUARD_EVENT_VERDICT,
				       CTGUARD_OP_PSEUDOFS_WRITE, "cgroup2",
				       NULL, &event));
		EXPECT_EQ(!i, event.first);
	}
}

/* Who */

struct who_act {
	int out;
	const struct act_file *file;
};

static int who_act(const void *argument)
{
	const struct who_act *w = argument;
	pid_t pid = getpid();

	prctl(PR_SET_NAME, "who \"was\nit");
	if (write_whole("/proc/self/loginuid", "4321"))
		return ENOTTY;
	if (write(w->out, &pid, sizeof(pid)) != sizeof(pid))
		return ENOTTY;
	if (setuid(77))
		return ENOTTY;
	/* No capability is needed to be denied. */
	return act_open(w->file);
}

TEST_F(events, say_who)
{
	struct who_act w = { .file = &knob };
	struct event event;
	int pipes[2];
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	w.out = pipes[1];
	/* An unprivileged task does not even get to the guard with a file. */
	ASSERT_EQ(0, chmod(knob.path, 0666));
	EXPECT_EQ(EPERM, box_run(&self->g.box, 0, who_act, &w));
	ASSERT_EQ(0, chmod(knob.path, 0644));
	ASSERT_EQ(sizeof(pid), read(pipes[0], &pid, sizeof(pid)));
	ASSERT_TRUE(find_event(&self->g, CTGUARD_EVENT_VERDICT,
			       CTGUARD_OP_PSEUDOFS_WRITE, "sysfs",
			       "/kernel/rcu_expedited", &event));
	EXPECT_EQ(pid, event.pid);
	EXPECT_EQ(pid, event.tgid);
	EXPECT_EQ(77, event.uid);
	EXPECT_EQ(4321, event.auid);
	EXPECT_NE(-1U, event.session);
	EXPECT_STREQ("who \"was\nit", event.comm);
	EXPECT_STREQ("security_file_open", event.hook);
	EXPECT_STREQ("baseline", event.profile);
	EXPECT_EQ(CTGUARD_RULE_NONE, event.rule);
}

TEST_F(events, say_when_and_which_device)
{
	struct timespec now;
	struct event event;
	uint64_t before;

	clock_gettime(CLOCK_REALTIME, &now);
	before = now.tv_sec * 1000000000ULL + now.tv_nsec;
	EXPECT_EQ(EPERM, box_run(&self->g.box, 0, act_open, &mem));
	ASSERT_TRUE(find_event(&self->g, CTGUARD_EVENT_VERDICT,
			       CTGUARD_OP_DEVICE_OPEN, NULL, NULL, &event));
	clock_gettime(CLOCK_REALTIME, &now);
	/* The clock that the kernel reads may lag by a tick. */
	EXPECT_LE(before - 100000000, event.time);
	EXPECT_GE(now.tv_sec * 1000000000ULL + now.tv_nsec, event.time);
	EXPECT_EQ(CTGUARD_DEV_CHAR, event.dev_type);
	EXPECT_EQ(1, event.major);
	EXPECT_EQ(1, event.minor);
	EXPECT_EQ(CTGUARD_ACCESS_READ | CTGUARD_ACCESS_WRITE, event.access);
	EXPECT_EQ(-1U, event.auid);
}

/* A long path: its end is what is told. */
TEST_F(events, tell_the_end_of_a_long_path)
{
	char name[128], path[2048], command[2200];
	struct event event;
	struct act_file f = { path, O_WRONLY };
	unsigned int i;

	memset(name, 'n', 100);
	name[100] = 0;
	snprintf(path, sizeof(path), "%s/ks-long", box_root());
	ASSERT_EQ(0, mkdir(path, 0755));
	for (i = 0; i < 4; i++) {
		snprintf(path + strlen(path), sizeof(path) - strlen(path),
			 "/%s", name);
		ASSERT_EQ(0, mkdir(path, 0755));
	}
	strcat(path, "/cgroup.freeze");
	EXPECT_EQ(0, box_run(NULL, 0, act_open, &f));
	EXPECT_EQ(EPERM, box_run(&self->g.box, 0, act_open, &f));
	EXPECT_TRUE(find_event(&self->g, CTGUARD_EVENT_VERDICT,
			       CTGUARD_OP_PSEUDOFS_WRITE, "cgroup2",
			       "*nnnnnnnn/cgroup.freeze", &event));
	EXPECT_TRUE(event.truncated);
	EXPECT_EQ(CTGUARD_OBJECT_MAX, strlen(event.object));
	snprintf(command, sizeof(command),
		 "find %s/ks-long -depth -type d -exec rmdir {} +", box_root());
	EXPECT_EQ(0, system(command));
}

/* The kernel's log */

static bool log_has(const char *text)
{
	static char log[1 << 20];
	int size =
		klogctl(3 /* SYSLOG_ACTION_READ_ALL */, log, sizeof(log) - 1);

	if (size < 0)
		return false;
	log[size] = 0;
	return strstr(log, text);
}

TEST_F(events, are_audit_records)
{
	char text[600];
	struct event event;
	int i;

	/* A burst of other tests may have used up what audit is given. */
	sleep(6);
	EXPECT_EQ(EPERM, box_run(&self->g.box, 0, act_open, &mem));
	ASSERT_TRUE(find_event(&self->g, CTGUARD_EVENT_VERDICT,
			       CTGUARD_OP_DEVICE_OPEN, NULL, NULL, &event));
	snprintf(
		text, sizeof(text),
		"ctguard: seq=%ju cpu=%u verdict=deny operation=device-open pid=%u auid=4294967295 ses=4294967295 uid=0 comm=\"events\" dev=c:1:1 access=6 cgroup=\"%s\"",
		(uintmax_t)event.seq, event.cpu, event.pid, self->g.box.name);
	for (i = 0; i < 50 && !log_has(text); i++)
		usleep(100000);
	EXPECT_TRUE(log_has(text))
	{
		TH_LOG("%s", text);
	}
}

/* Listening */

static int join_act(const void *unused)
{
	struct link link;
	int r = link_open(&link);

	return r ? ENOTTY : -link_join(&link);
}

static int join_as_user_act(const void *unused)
{
	struct link link;
	int r = link_open(&link);

	if (r || setuid(77))
		return ENOTTY;
	return -link_join(&link);
}

static int join_in_user_ns_act(const void *unused)
{
	struct link link;

	if (unshare(CLONE_NEWUSER) || link_open(&link))
		return ENOTTY;
	return -link_join(&link);
}

TEST_F(events, are_for_the_hosts_admin)
{
	EXPECT_EQ(0, box_run(NULL, 0, join_act, NULL));
	EXPECT_EQ(EPERM, box_run(NULL, 0, join_as_user_act, NULL));
	EXPECT_EQ(EPERM, box_run(NULL, 0, join_in_user_ns_act, NULL));
	EXPECT_EQ(EPERM, box_run(&self->g.box, 0, join_act, NULL));
}

TEST_F(events, of_what_is_allowed_are_none)
{
	static const struct act_file null = { "/dev/null", O_RDWR };
	struct tally t;
	int i;

	for (i = 0; i < 50; i++)
		EXPECT_EQ(0, box_run(&self->g.box, 0, act_open, &null));
	tally_until_quiet(&self->g, SUMMED_UP, &t);
	EXPECT_EQ(0, t.verdicts + t.repeats + t.lost);
	EXPECT_EQ(50, count_of(_metadata, &self->g, CTGUARD_OP_DEVICE_OPEN,
			       CTGUARD_VERDICT_ALLOW));
}

TEST_HARNESS_MAIN
