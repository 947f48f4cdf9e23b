// SPDX-License-Identifier: GPL-2.0
/* A TPM that does not do what it is asked for. */
#include <fcntl.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <unistd.h>

#include "blob.h"
#include "common.h"
#include "log.h"
#include "vtpm.h"

#define NONE CTGUARD_PROFILE_NONE
#define PCR CTGUARD_PCR_DEFAULT

FIXTURE(tpm)
{
	struct link link;
	struct link events;
	struct box box;
	struct vtpm *vtpm;
	int error;
};

static int push(FIXTURE_DATA(tpm) * self, uint8_t require)
{
	struct sketch s = {
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "app", .group = SKETCH_UNRESTRICTED,
				.images.require = require } },
		.namespaces = { NONE, NONE, NONE },
		.cgroups = { "/ks-*" },
	};
	struct blob blob;
	int r;

	blob_make(&s, &blob);
	r = guard_push(&self->link, &blob, 0);
	blob_free(&blob);
	return r;
}

static void disconnect(FIXTURE_DATA(tpm) * self)
{
	link_close(&self->events);
	link_close(&self->link);
}

static int load(FIXTURE_DATA(tpm) * self, const char *parameters)
{
	int r = guard_load(parameters);

	r = r ?: link_open(&self->link);
	return r ?: guard_listen(&self->events);
}

FIXTURE_SETUP(tpm)
{
	self->link.fd = -1;
	self->events.fd = -1;
	self->vtpm = NULL;
	self->error = EEXIST;
	need_module(_metadata);
	if (!access("/sys/class/tpm/tpm0", F_OK))
		return;
	ASSERT_EQ(0, guard_unload());
	self->error = vtpm_start(&self->vtpm, false);
	if (self->error)
		return;
	ASSERT_EQ(0, load(self, "tpm=require"));
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_MEASURED));
}

FIXTURE_TEARDOWN(tpm)
{
	box_remove(&self->box);
	disconnect(self);
	if (self->vtpm && guard_is_loaded())
		guard_unload();
	vtpm_stop(self->vtpm);
	if (!guard_is_loaded())
		guard_load("");
}

#define NEED_VTPM                                               \
	if (self->error)                                        \
	SKIP(return, "no TPM of its own: %s",                   \
		   self->error == EEXIST ? "there is another" : \
					   strerror(self->error))

static int start_one(FIXTURE_DATA(tpm) * self)
{
	int r = box_make(&self->box, NULL) ?: box_seal(&self->box);

	box_remove(&self->box);
	return r;
}

static uint32_t state_of(FIXTURE_DATA(tpm) * self)
{
	struct status status;

	return guard_status(&self->link, &status) ? ~0U : status.tpm_state;
}

static bool kernel_said(const char *text)
{
	static char log[1 << 18];
	int n = klogctl(3 /* SYSLOG_ACTION_READ_ALL */, log, sizeof(log) - 1);

	log[n > 0 ? n : 0] = 0;
	return strstr(log, text);
}

static void expect_anchored(struct __test_metadata *_metadata,
			    FIXTURE_DATA(tpm) * self)
{
	struct log_digest replayed[CTGUARD_BANKS_MAX];
	struct log log;

	EXPECT_EQ(CTGUARD_TPM_ANCHORED, state_of(self));
	ASSERT_EQ(0, log_read(&log));
	EXPECT_TRUE(log_digests_hold(&log));
	ASSERT_EQ(2, log.records[0].banks);
	ASSERT_TRUE(log_replay(&log, UINT64_MAX, replayed));
	EXPECT_EQ(0, memcmp(self->vtpm->sha1[PCR], replayed[0].value, 20));
	EXPECT_EQ(0, memcmp(self->vtpm->sha256[PCR], replayed[1].value, 32));
	log_free(&log);
}

TEST_F_TIMEOUT(tpm, is_extended_once_for_each_record, 60)
{
	struct status status;

	NEED_VTPM;
	EXPECT_EQ(0, start_one(self));
	expect_anchored(_metadata, self);
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(status.log_next, self->vtpm->extends);
}

TEST_F_TIMEOUT(tpm, refuses, 60)
{
	const struct record *r;
	struct status status;
	struct event e = {};
	struct log log;
	uint64_t id;

	NEED_VTPM;
	self->vtpm->mood = VTPM_REFUSES;
	ASSERT_EQ(0, box_make(&self->box, NULL));
	id = self->box.id;
	EXPECT_EQ(EPERM, box_seal(&self->box));
	while (e.id != id)
		ASSERT_EQ(1, guard_event(&self->events, EVENT_WAIT, &e));
	EXPECT_EQ(CTGUARD_IMAGE_UNMEASURED, e.reason);
	EXPECT_EQ(CTGUARD_VERDICT_DENY, e.verdict);
	EXPECT_EQ(CTGUARD_TPM_DIRTY, state_of(self));
	EXPECT_TRUE(kernel_said("PCR 13 could not be extended"));
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_LT(0, status.log_failed);
	/* What was not extended is not acknowledged. */
	EXPECT_EQ(-EBUSY, guard_ack(&self->link, status.log_next - 1,
				    self->vtpm->sha256[PCR], 32));
	/* In the log: it was to start, and did not. */
	ASSERT_EQ(0, log_read(&log));
	EXPECT_EQ(1, log_count(&log, CTGUARD_RECORD_IMAGE_START, id));
	r = log_find(&log, CTGUARD_RECORD_IMAGE_DENIED, id);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(CTGUARD_IMAGE_UNMEASURED,
		  record_u8(r, CTGUARD_RECORD_A_REASON));
	log_free(&log);
	/* What complains goes on. */
	ASSERT_EQ(0, guard_mode(&self->link, CTGUARD_MODE_COMPLAIN, 0));
	EXPECT_EQ(0, start_one(self));
	ASSERT_EQ(0, guard_mode(&self->link, CTGUARD_MODE_ENFORCE, 0));
	EXPECT_EQ(EPERM, start_one(self));
	/* And when it is well again, all is made up for. */
	self->vtpm->mood = VTPM_WELL;
	EXPECT_EQ(0, start_one(self));
	EXPECT_TRUE(kernel_said("PCR 13 is what the measurement log says"));
	expect_anchored(_metadata, self);
}

/*
 * Where a TPM is required nothing starts unmeasured, whatever the profile says;
 * where it is only used, what asks for nothing goes on.
 */
TEST_F_TIMEOUT(tpm, is_required_of_all, 60)
{
	NEED_VTPM;
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_NONE));
	EXPECT_EQ(0, start_one(self));
	self->vtpm->mood = VTPM_REFUSES;
	EXPECT_EQ(EPERM, start_one(self));
	ASSERT_EQ(0, guard_mode(&self->link, CTGUARD_MODE_COMPLAIN, 0));
	EXPECT_EQ(0, start_one(self));
	disconnect(self);
	ASSERT_EQ(0, guard_unload());
	self->vtpm->mood = VTPM_WELL;
	ASSERT_EQ(0, load(self, "tpm=use"));
	self->vtpm->mood = VTPM_REFUSES;
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_NONE));
	EXPECT_EQ(0, start_one(self));
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_MEASURED));
	EXPECT_EQ(EPERM, start_one(self));
}

/*
 * A container's first program, killed as soon as its record is in the log: is
 * that before the TPM has it?
 */
static bool kill_between(FIXTURE_DATA(tpm) * self)
{
	struct log log = {};
	pid_t pid = box_start_seal(&self->box);
	size_t n = 0;
	bool r;
	int i;

	for (i = 0; i < 500 && !n; i++) {
		log_free(&log);
		usleep(5000);
		if (!log_read(&log))
			n = log_count(&log, CTGUARD_RECORD_IMAGE_START,
				      self->box.id);
	}
	kill(pid, SIGKILL);
	r = box_wait(pid) == BOX_CRASHED && n == 1 &&
	    self->vtpm->extends == log.count - 1;
	log_free(&log);
	return r;
}

/* Who starts is killed when its record is logged and not yet extended. */
TEST_F_TIMEOUT(tpm, is_slow_and_who_waits_is_killed, 120)
{
	struct status status;
	struct log log;
	bool hit = false;
	uint64_t id;
	int i;

	NEED_VTPM;
	self->vtpm->mood = VTPM_SLOW;
	for (i = 0; i < 20 && !hit; i++) {
		box_remove(&self->box);
		ASSERT_EQ(0, box_make(&self->box, NULL));
		hit = kill_between(self);
	}
	EXPECT_TRUE(hit);
	id = self->box.id;
	/* The record is not lost, and the next comes behind it. */
	self->vtpm->mood = VTPM_WELL;
	EXPECT_EQ(0, box_seal(&self->box));
	expect_anchored(_metadata, self);
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(status.log_next, self->vtpm->extends);
	EXPECT_EQ(0, status.log_failed);
	ASSERT_EQ(0, log_read(&log));
	EXPECT_EQ(2, log_count(&log, CTGUARD_RECORD_IMAGE_START, id));
	log_free(&log);
}

TEST_F_TIMEOUT(tpm, fails_and_is_asked_again, 60)
{
	int i;

	NEED_VTPM;
	self->vtpm->mood = VTPM_FAILS;
	EXPECT_EQ(EPERM, start_one(self));
	EXPECT_EQ(CTGUARD_TPM_DIRTY, state_of(self));
	self->vtpm->mood = VTPM_WELL;
	for (i = 0; i < 300 && state_of(self) == CTGUARD_TPM_DIRTY; i++)
		usleep(100000);
	expect_anchored(_metadata, self);
	EXPECT_EQ(0, start_one(self));
}

/* What was done in spite of an error is not done again. */
TEST_F_TIMEOUT(tpm, says_that_it_failed_and_did_it, 60)
{
	struct status status;

	NEED_VTPM;
	self->vtpm->mood = VTPM_LIES;
	EXPECT_EQ(0, start_one(self));
	expect_anchored(_metadata, self);
	self->vtpm->mood = VTPM_LIES_THEN_FAILS;
	EXPECT_EQ(EPERM, start_one(self));
	EXPECT_EQ(CTGUARD_TPM_DIRTY, state_of(self));
	self->vtpm->mood = VTPM_WELL;
	EXPECT_EQ(0, start_one(self));
	expect_anchored(_metadata, self);
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(status.log_next, self->vtpm->extends);
}

/* Nothing makes up for what somebody else has put into the PCR. */
TEST_F_TIMEOUT(tpm, was_extended_by_somebody_else, 60)
{
	NEED_VTPM;
	self->vtpm->mood = VTPM_REFUSES;
	EXPECT_EQ(EPERM, start_one(self));
	vtpm_extend(self->vtpm, PCR);
	self->vtpm->mood = VTPM_WELL;
	EXPECT_EQ(EPERM, start_one(self));
	EXPECT_EQ(CTGUARD_TPM_DIRTY, state_of(self));
	sleep(11);
	EXPECT_EQ(CTGUARD_TPM_DIRTY, state_of(self));
	EXPECT_EQ(EPERM, start_one(self));
}

TEST_F_TIMEOUT(tpm, goes_away, 60)
{
	NEED_VTPM;
	EXPECT_EQ(0, start_one(self));
	vtpm_stop(self->vtpm);
	self->vtpm = NULL;
	EXPECT_EQ(EPERM, start_one(self));
	EXPECT_EQ(CTGUARD_TPM_DIRTY, state_of(self));
	disconnect(self);
	EXPECT_EQ(0, guard_unload());
}

TEST_F_TIMEOUT(tpm, fails_at_the_load, 60)
{
	NEED_VTPM;
	disconnect(self);
	ASSERT_EQ(0, guard_unload());
	self->vtpm->mood = VTPM_REFUSES;
	EXPECT_EQ(-EIO, guard_load("tpm=require"));
	EXPECT_FALSE(guard_is_loaded());
	/* Who only wants one is guarded, and told. */
	ASSERT_EQ(0, load(self, "tpm=use"));
	EXPECT_EQ(CTGUARD_TPM_DIRTY, state_of(self));
	self->vtpm->mood = VTPM_WELL;
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_MEASURED));
	EXPECT_EQ(0, start_one(self));
	expect_anchored(_metadata, self);
	disconnect(self);
	ASSERT_EQ(0, guard_unload());
	/* Nor is there one that cannot even be read. */
	self->vtpm->mood = VTPM_FAILS;
	EXPECT_NE(0, guard_load("tpm=require"));
	ASSERT_EQ(0, load(self, "tpm=use"));
	EXPECT_EQ(CTGUARD_TPM_ABSENT, state_of(self));
}

/* A bank that nobody can compute would be anybody's to fill. */
TEST_F_TIMEOUT(tpm, has_a_bank_of_an_unknown_algorithm, 60)
{
	NEED_VTPM;
	disconnect(self);
	ASSERT_EQ(0, guard_unload());
	vtpm_stop(self->vtpm);
	self->vtpm = NULL;
	ASSERT_EQ(0, vtpm_start(&self->vtpm, true));
	EXPECT_EQ(-EOPNOTSUPP, guard_load("tpm=require"));
	EXPECT_TRUE(kernel_said("bank of algorithm 0x12"));
	ASSERT_EQ(0, load(self, "tpm=use"));
	EXPECT_EQ(CTGUARD_TPM_ABSENT, state_of(self));
}

/* It is not the guarded who wait for it: unloading is not kept waiting. */
TEST_F_TIMEOUT(tpm, fails_at_the_unload, 60)
{
	NEED_VTPM;
	self->vtpm->mood = VTPM_FAILS;
	disconnect(self);
	EXPECT_EQ(0, guard_unload());
}

TEST_HARNESS_MAIN
