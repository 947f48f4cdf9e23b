// SPDX-License-Identifier: GPL-2.0
/* The policy in force: replacing it, its modes, trials. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "blob.h"
#include "common.h"

#define NONE CTGUARD_PROFILE_NONE

/* Two files of sysfs that two policies tell apart. */
static const char text_a[] = "/kernel/rcu_expedited";
static const char text_b[] = "/kernel/rcu_normal";
static const struct act_file file_a = { "/sys/kernel/rcu_expedited", O_WRONLY };
static const struct act_file file_b = { "/sys/kernel/rcu_normal", O_WRONLY };

/* A policy whose default profile lets these paths of sysfs be written. */
static struct sketch sketch_of(const char *first, const char *second)
{
	return (struct sketch){
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { .name = "one",
				.fs = "sysfs",
				.allow = { first, second } } },
		.namespaces = { NONE, NONE, NONE },
	};
}

FIXTURE(policy)
{
	struct guarded g;
	struct blob saved;
	uint32_t mode;
};

FIXTURE_SETUP(policy)
{
	struct status status;

	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, guard_pull(&self->g.link, &self->saved));
	ASSERT_EQ(0, guard_status(&self->g.link, &status));
	ASSERT_FALSE(status.trial);
	self->mode = status.mode;
}

FIXTURE_TEARDOWN(policy)
{
	struct status status = {};

	if (self->saved.data) {
		guard_trial_end(&self->g.link, CTGUARD_TRIAL_REVERT);
		guard_push(&self->g.link, &self->saved, 0);
		guard_status(&self->g.link, &status);
		if (status.mode != self->mode)
			guard_mode(&self->g.link, self->mode, 0);
		blob_free(&self->saved);
	}
	guarded_teardown(&self->g);
}

/* What a guarded task gets for a file. */
static int answer(struct guarded *g, const struct act_file *file)
{
	return box_run(&g->box, 0, act_open, file);
}

static void push(struct __test_metadata *_metadata, struct guarded *g,
		 const struct sketch *sketch, uint32_t trial_ms)
{
	struct blob blob;

	blob_make(sketch, &blob);
	ASSERT_EQ(0, guard_push(&g->link, &blob, trial_ms))
	{
		TH_LOG("byte %ju: %s", (uintmax_t)g->link.cookie,
		       g->link.message);
	}
	blob_free(&blob);
}

TEST_F(policy, push_changes_running_containers)
{
	struct sketch a = sketch_of(text_a, NULL), b = sketch_of(text_b, NULL);

	EXPECT_EQ(0, box_run(NULL, 0, act_open, &file_a));
	EXPECT_EQ(0, box_run(NULL, 0, act_open, &file_b));
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	EXPECT_EQ(EPERM, answer(&self->g, &file_b));
	push(_metadata, &self->g, &a, 0);
	EXPECT_EQ(0, answer(&self->g, &file_a));
	EXPECT_EQ(EPERM, answer(&self->g, &file_b));
	push(_metadata, &self->g, &b, 0);
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	EXPECT_EQ(0, answer(&self->g, &file_b));
}

TEST_F(policy, reads_back_equal)
{
	struct sketch a = sketch_of(text_a, text_b);
	uint8_t digest[CTGUARD_SHA256_SIZE];
	struct status before, after;
	struct blob blob, back;
	struct event event;

	ASSERT_EQ(0, guard_status(&self->g.link, &before));
	blob_make(&a, &blob);
	ASSERT_EQ(0, guard_push(&self->g.link, &blob, 0));
	ASSERT_EQ(0, guard_pull(&self->g.link, &back));
	ASSERT_EQ(blob.size, back.size);
	EXPECT_EQ(0, memcmp(blob.data, back.data, blob.size));
	guard_sha256(&blob, digest);
	ASSERT_EQ(0, guard_status(&self->g.link, &after));
	EXPECT_EQ(0, memcmp(digest, after.sha256, sizeof(digest)));
	EXPECT_EQ(blob.size, after.size);
	EXPECT_EQ(before.generation + 1, after.generation);
	while (guard_event(&self->g.events, EVENT_WAIT, &event) == 1 &&
	       event.kind != CTGUARD_EVENT_POLICY)
		;
	EXPECT_EQ(CTGUARD_EVENT_POLICY, event.kind);
	EXPECT_EQ(after.generation, event.generation);
	EXPECT_EQ(CTGUARD_MODE_ENFORCE, event.mode);
	blob_free(&blob);
	blob_free(&back);
}

/* A big one travels in pieces. */
TEST_F(policy, of_many_pieces_reads_back_equal)
{
	struct sketch a = sketch_of(text_a, NULL);
	struct ctguard_policy_header header = {};
	struct blob blob = {}, back;
	size_t profile, group, fs, rule;
	uint32_t zero = 0, none[3] = { NONE, NONE, NONE };
	char text[64];
	unsigned int i;

	blob_put(&blob, &header, sizeof(header));
	blob_u32(&blob, CTGUARD_TLV_MODE, CTGUARD_MODE_ENFORCE);
	profile = blob_begin(&blob, CTGUARD_TLV_PROFILE);
	blob_element(&blob, CTGUARD_TLV_NAME, "big", 3);
	blob_u32(&blob, CTGUARD_TLV_FLAGS, 0);
	group = blob_begin(&blob, CTGUARD_TLV_MODULES);
	blob_u32(&blob, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_end(&blob, group);
	group = blob_begin(&blob, CTGUARD_TLV_DEVICES);
	blob_u32(&blob, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_end(&blob, group);
	group = blob_begin(&blob, CTGUARD_TLV_PSEUDOFS);
	blob_u32(&blob, CTGUARD_TLV_GROUP_FLAGS, 0);
	fs = blob_begin(&blob, CTGUARD_TLV_FS);
	blob_element(&blob, CTGUARD_TLV_NAME, "sysfs", 5);
	for (i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "/path/%u/*", i);
		rule = blob_begin(&blob, CTGUARD_TLV_ALLOW);
		blob_put(&blob, &zero, sizeof(zero));
		blob_put(&blob, text, strlen(text));
		blob_end(&blob, rule);
	}
	rule = blob_begin(&blob, CTGUARD_TLV_ALLOW);
	blob_put(&blob, &zero, sizeof(zero));
	blob_put(&blob, text_b, strlen(text_b));
	blob_end(&blob, rule);
	blob_end(&blob, fs);
	blob_end(&blob, group);
	for (i = CTGUARD_TLV_KERNEL; i <= CTGUARD_TLV_MOUNTS; i++) {
		group = blob_begin(&blob, i);
		blob_u32(&blob, CTGUARD_TLV_GROUP_FLAGS,
			 CTGUARD_GROUP_UNRESTRICTED);
		blob_end(&blob, group);
	}
	blob_end(&blob, profile);
	blob_u32(&blob, CTGUARD_TLV_DEFAULT, 0);
	blob_element(&blob, CTGUARD_TLV_NAMESPACES, none, sizeof(none));
	blob_finish(&blob);
	EXPECT_LT(10 * CTGUARD_POLICY_CHUNK, blob.size);
	ASSERT_EQ(0, guard_push(&self->g.link, &blob, 0))
	{
		TH_LOG("byte %ju: %s", (uintmax_t)self->g.link.cookie,
		       self->g.link.message);
	}
	ASSERT_EQ(0, guard_pull(&self->g.link, &back));
	ASSERT_EQ(blob.size, back.size);
	EXPECT_EQ(0, memcmp(blob.data, back.data, blob.size));
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	EXPECT_EQ(0, answer(&self->g, &file_b));
	push(_metadata, &self->g, &a, 0);
	EXPECT_EQ(0, answer(&self->g, &file_a));
	blob_free(&blob);
	blob_free(&back);
}

/*
 * Two policies: each denies one of two files, and each has a rule number of
 * its own for the other. A request that saw half of one and half of the other
 * would be an answer that neither gives.
 */

#define HAMMERS 3
#define FLIPS 200 /* unless KS_FLIPS says otherwise */

struct hammer {
	atomic_uint *stop;
	atomic_ulong *answers;
};

/* mkdir is allowed by none, one file by each, the third by both. */
static int hammer_act(const void *argument)
{
	const struct hammer *h = argument;
	static const struct act_file both = {
		"/sys/module/printk/parameters/time", O_WRONLY
	};
	static const struct act_file neither = {
		"/sys/module/printk/parameters/console_suspend", O_WRONLY
	};

	while (!atomic_load(h->stop)) {
		int a = act_open(&file_a), b = act_open(&file_b);

		if ((a && a != EPERM) || (b && b != EPERM))
			return a ?: b;
		if (act_open(&both))
			return EBADMSG;
		if (!access(neither.path, F_OK) && act_open(&neither) != EPERM)
			return ENOTTY;
		atomic_fetch_add(&h->answers[a ? 0 : 1], 1);
		atomic_fetch_add(&h->answers[b ? 2 : 3], 1);
	}
	return 0;
}

TEST_F_TIMEOUT(policy, replaced_under_load, 3000)
{
	static const char common[] = "/module/printk/parameters/time";
	struct sketch sketch[2] = { sketch_of(text_a, common),
				    sketch_of(text_b, common) };
	struct blob blob[2];
	struct hammer h;
	pid_t pid[HAMMERS];
	const char *asked = getenv("KS_FLIPS");
	int i, flips = asked ? atoi(asked) : FLIPS;
	void *shared;

	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, shared);
	h.stop = shared;
	h.answers = (void *)((char *)shared + 64);
	blob_make(&sketch[0], &blob[0]);
	blob_make(&sketch[1], &blob[1]);
	ASSERT_EQ(0, guard_push(&self->g.link, &blob[0], 0));
	for (i = 0; i < HAMMERS; i++)
		pid[i] = box_start(&self->g.box, 0, hammer_act, &h);
	for (i = 1; i <= flips; i++)
		EXPECT_EQ(0, guard_push(&self->g.link, &blob[i % 2], 0));
	atomic_store(h.stop, 1);
	for (i = 0; i < HAMMERS; i++)
		EXPECT_EQ(0, box_wait(pid[i]));
	/* Both were seen. */
	for (i = 0; i < 4; i++)
		EXPECT_LT(0, atomic_load(&h.answers[i]));
	blob_free(&blob[0]);
	blob_free(&blob[1]);
}

/* Complaining */

TEST_F(policy, mode_complain_lets_and_reports)
{
	struct status status;
	struct event event;

	ASSERT_EQ(0, guard_mode(&self->g.link, CTGUARD_MODE_COMPLAIN, 0));
	ASSERT_EQ(0, guard_status(&self->g.link, &status));
	EXPECT_EQ(CTGUARD_STATE_COMPLAINING, status.state);
	EXPECT_EQ(CTGUARD_MODE_COMPLAIN, status.mode);
	EXPECT_EQ(CTGUARD_MODE_ENFORCE, status.policy_mode);
	EXPECT_EQ(0, answer(&self->g, &file_a));
	EXPECT_EQ(1, count_of(_metadata, &self->g, CTGUARD_OP_PSEUDOFS_WRITE,
			      CTGUARD_VERDICT_COMPLAIN));
	EXPECT_EQ(0, count_of(_metadata, &self->g, CTGUARD_OP_PSEUDOFS_WRITE,
			      CTGUARD_VERDICT_DENY));
	ASSERT_TRUE(find_event(&self->g, CTGUARD_EVENT_VERDICT,
			       CTGUARD_OP_PSEUDOFS_WRITE, "sysfs", text_a,
			       &event));
	EXPECT_EQ(CTGUARD_VERDICT_COMPLAIN, event.verdict);
	ASSERT_EQ(0, guard_mode(&self->g.link, CTGUARD_MODE_ENFORCE, 0));
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	ASSERT_EQ(0, guard_status(&self->g.link, &status));
	EXPECT_EQ(CTGUARD_STATE_ENFORCING, status.state);
}

TEST_F(policy, that_asks_for_complain_complains)
{
	struct sketch s = sketch_of(text_b, NULL);
	struct status status;

	s.mode = CTGUARD_MODE_COMPLAIN;
	push(_metadata, &self->g, &s, 0);
	EXPECT_EQ(0, answer(&self->g, &file_a));
	ASSERT_EQ(0, guard_status(&self->g.link, &status));
	EXPECT_EQ(CTGUARD_STATE_COMPLAINING, status.state);
}

TEST_F(policy, profile_complains_alone)
{
	struct sketch s = sketch_of(text_b, NULL);
	struct box other;

	s.profiles[1] =
		(struct sketch_profile){ "two", CTGUARD_PROFILE_COMPLAIN };
	s.namespaces[0] = 1;
	push(_metadata, &self->g, &s, 0);
	ASSERT_EQ(0, box_make(&other, NULL));
	ASSERT_EQ(0, guard_bind(&self->g.link, other.id, "two"));
	EXPECT_EQ(0, box_run(&other, 0, act_open, &file_a));
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	box_remove(&other);
}

TEST_F(policy, group_complains_alone)
{
	static const struct act_file mem = { "/dev/mem", O_RDONLY };
	struct sketch s = sketch_of(text_b, NULL);

	EXPECT_EQ(0, box_run(NULL, 0, act_open, &mem));
	s.profiles[0].group[2] = CTGUARD_GROUP_COMPLAIN;
	push(_metadata, &self->g, &s, 0);
	EXPECT_EQ(0, answer(&self->g, &file_a));
	EXPECT_EQ(EPERM, answer(&self->g, &mem));
	s.profiles[0].group[2] = 0;
	s.profiles[0].group[1] = CTGUARD_GROUP_COMPLAIN;
	push(_metadata, &self->g, &s, 0);
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	EXPECT_EQ(0, answer(&self->g, &mem));
}

TEST_F(policy, group_is_unrestricted_alone)
{
	static const struct act_file mem = { "/dev/mem", O_RDONLY };
	struct sketch s = sketch_of(text_b, NULL);

	s.profiles[0].group[1] = CTGUARD_GROUP_UNRESTRICTED;
	push(_metadata, &self->g, &s, 0);
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	EXPECT_EQ(0, answer(&self->g, &mem));
}

TEST_F(policy, device_rules_grant_together)
{
	static const struct act_file reads = { "/dev/mem", O_RDONLY };
	static const struct act_file both = { "/dev/mem", O_RDWR };
	struct sketch s = sketch_of(NULL, NULL);

	s.profiles[0].devices[0] =
		(struct ctguard_device_rule){ CTGUARD_DEV_CHAR,
					      CTGUARD_ACCESS_READ, 0, 1, 1 };
	push(_metadata, &self->g, &s, 0);
	EXPECT_EQ(0, answer(&self->g, &reads));
	EXPECT_EQ(EPERM, answer(&self->g, &both));
	s.profiles[0].devices[1] = (struct ctguard_device_rule){
		CTGUARD_DEV_ANY, CTGUARD_ACCESS_WRITE, 0, 1, CTGUARD_DEV_ALL
	};
	push(_metadata, &self->g, &s, 0);
	EXPECT_EQ(0, answer(&self->g, &both));
}

/* Trials */

static bool wait_for_end(struct guarded *g)
{
	struct status status;
	int i;

	for (i = 0; i < 200; i++) {
		if (guard_status(&g->link, &status))
			return false;
		if (!status.trial)
			return true;
		usleep(50000);
	}
	return false;
}

TEST_F(policy, trial_ends_by_itself)
{
	struct sketch a = sketch_of(text_a, NULL);
	struct status before, during, after;

	ASSERT_EQ(0, guard_status(&self->g.link, &before));
	push(_metadata, &self->g, &a, 2000);
	ASSERT_EQ(0, guard_status(&self->g.link, &during));
	EXPECT_TRUE(during.trial);
	EXPECT_GE(2000, during.trial_left);
	EXPECT_EQ(0, answer(&self->g, &file_a));
	EXPECT_TRUE(wait_for_end(&self->g));
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	ASSERT_EQ(0, guard_status(&self->g.link, &after));
	EXPECT_EQ(0, memcmp(before.sha256, after.sha256, sizeof(after.sha256)));
	EXPECT_NE(0,
		  memcmp(before.sha256, during.sha256, sizeof(after.sha256)));
}

TEST_F(policy, trial_is_confirmed)
{
	struct sketch a = sketch_of(text_a, NULL);
	struct status status;

	push(_metadata, &self->g, &a, 1500);
	EXPECT_EQ(0, guard_trial_end(&self->g.link, CTGUARD_TRIAL_CONFIRM));
	ASSERT_EQ(0, guard_status(&self->g.link, &status));
	EXPECT_FALSE(status.trial);
	usleep(2500000);
	EXPECT_EQ(0, answer(&self->g, &file_a));
}

TEST_F(policy, trial_is_reverted)
{
	struct sketch a = sketch_of(text_a, NULL);

	push(_metadata, &self->g, &a, 60000);
	EXPECT_EQ(0, answer(&self->g, &file_a));
	EXPECT_EQ(0, guard_trial_end(&self->g.link, CTGUARD_TRIAL_REVERT));
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	EXPECT_EQ(-ENOENT,
		  guard_trial_end(&self->g.link, CTGUARD_TRIAL_REVERT));
	EXPECT_STREQ("no trial runs", self->g.link.message);
}

TEST_F(policy, trial_keeps_others_out)
{
	struct sketch a = sketch_of(text_a, NULL), b = sketch_of(text_b, NULL);
	struct blob blob;

	push(_metadata, &self->g, &a, 60000);
	blob_make(&b, &blob);
	EXPECT_EQ(-EBUSY, guard_push(&self->g.link, &blob, 0));
	EXPECT_EQ(-EBUSY, guard_push(&self->g.link, &blob, 1000));
	EXPECT_EQ(-EBUSY, guard_mode(&self->g.link, CTGUARD_MODE_COMPLAIN, 0));
	EXPECT_EQ(0, answer(&self->g, &file_a));
	EXPECT_EQ(EPERM, answer(&self->g, &file_b));
	blob_free(&blob);
}

TEST_F(policy, trial_of_a_mode_ends_by_itself)
{
	struct event event;

	ASSERT_EQ(0, guard_mode(&self->g.link, CTGUARD_MODE_COMPLAIN, 1000));
	EXPECT_EQ(0, answer(&self->g, &file_a));
	EXPECT_TRUE(wait_for_end(&self->g));
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	while (guard_event(&self->g.events, EVENT_WAIT, &event) == 1 &&
	       event.kind != CTGUARD_EVENT_MODE)
		;
	EXPECT_EQ(CTGUARD_EVENT_MODE, event.kind);
	EXPECT_EQ(CTGUARD_MODE_COMPLAIN, event.mode);
}

TEST_F(policy, trial_outlives_its_socket)
{
	struct sketch a = sketch_of(text_a, NULL);
	struct link link;
	struct blob blob;

	ASSERT_EQ(0, link_open(&link));
	blob_make(&a, &blob);
	EXPECT_EQ(0, guard_push(&link, &blob, 1500));
	link_close(&link);
	EXPECT_EQ(0, answer(&self->g, &file_a));
	EXPECT_TRUE(wait_for_end(&self->g));
	EXPECT_EQ(EPERM, answer(&self->g, &file_a));
	blob_free(&blob);
}

/* Profiles */

TEST_F(policy, profile_that_is_gone_is_the_default)
{
	struct sketch s = sketch_of(text_b, NULL), without;
	struct container c;
	struct box other;

	without = s;
	s.profiles[1] = (struct sketch_profile){ .name = "two",
						 .fs = "sysfs",
						 .allow = { text_a } };
	s.namespaces[0] = 1;
	push(_metadata, &self->g, &s, 0);
	ASSERT_EQ(0, box_make(&other, NULL));
	ASSERT_EQ(0, guard_bind(&self->g.link, other.id, "two"));
	EXPECT_EQ(0, box_run(&other, 0, act_open, &file_a));
	EXPECT_EQ(EPERM, box_run(&other, 0, act_open, &file_b));
	push(_metadata, &self->g, &without, 0);
	EXPECT_EQ(EPERM, box_run(&other, 0, act_open, &file_a));
	EXPECT_EQ(0, box_run(&other, 0, act_open, &file_b));
	ASSERT_EQ(0, guard_container(&self->g.link, other.id, NULL, &c));
	EXPECT_STREQ("one", c.profile);
	/* And back. */
	push(_metadata, &self->g, &s, 0);
	EXPECT_EQ(0, box_run(&other, 0, act_open, &file_a));
	box_remove(&other);
}

TEST_F(policy, bind_by_pattern_chooses_the_profile)
{
	struct sketch s = sketch_of(text_b, NULL);
	struct container c;

	s.profiles[1] = (struct sketch_profile){ .name = "two",
						 .fs = "sysfs",
						 .allow = { text_a } };
	s.binds[0] = "/ks-*";
	s.bound[0] = 1;
	push(_metadata, &self->g, &s, 0);
	EXPECT_EQ(0, answer(&self->g, &file_a));
	EXPECT_EQ(EPERM, answer(&self->g, &file_b));
	ASSERT_EQ(0, guard_container(&self->g.link, self->g.box.id, NULL, &c));
	EXPECT_STREQ("two", c.profile);
}

TEST_HARNESS_MAIN
