// SPDX-License-Identifier: GPL-2.0
/* Of what image a container is, and whether its first program runs. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "blob.h"
#include "common.h"
#include "jail.h"
#include "log.h"

#define NONE CTGUARD_PROFILE_NONE
#define RECORD_WAIT 100 /* times 100 ms */

/* Digests of images. */
static const uint8_t good[CTGUARD_SHA256_SIZE] = { 1, 2, 3 };
static const uint8_t bad[CTGUARD_SHA256_SIZE] = { 4, 5, 6 };
static const uint8_t listed[CTGUARD_SHA256_SIZE] = { 7, 8, 9 };
static const uint8_t unlisted[CTGUARD_SHA256_SIZE] = { 10, 11 };
static const uint8_t bundle[CTGUARD_SHA256_SIZE] = { 12, 13 };
static const uint8_t stranger[CTGUARD_SHA256_SIZE] = { 14, 15 };

static const char *const lower_only[] = { JAIL_LOWER, NULL };

FIXTURE(images)
{
	struct link link;
	struct link events;
	struct blob saved;
	struct jail jail;
	struct box box;
	struct box second;
	uint8_t self[CTGUARD_SHA256_SIZE];
};

static int hash_self(uint8_t *ret)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct blob b = {};
	struct stat st;
	int r = -1;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st)) {
		b.size = st.st_size;
		b.data = malloc(b.size);
		if (b.data && read(fd, b.data, b.size) == (ssize_t)b.size) {
			guard_sha256(&b, ret);
			r = 0;
		}
	}
	free(b.data);
	close(fd);
	return r;
}

FIXTURE_SETUP(images)
{
	self->link.fd = -1;
	self->events.fd = -1;
	self->jail.root = -1;
	need_module(_metadata);
	ASSERT_EQ(0, link_open(&self->link));
	ASSERT_EQ(0, guard_pull(&self->link, &self->saved));
	ASSERT_EQ(0, guard_listen(&self->events));
	ASSERT_EQ(0, jail_make(&self->jail));
	ASSERT_EQ(0, hash_self(self->self));
}

FIXTURE_TEARDOWN(images)
{
	box_remove(&self->second);
	box_remove(&self->box);
	jail_remove(&self->jail);
	if (self->saved.data)
		guard_push(&self->link, &self->saved, 0);
	blob_free(&self->saved);
	link_close(&self->events);
	link_close(&self->link);
}

/* A policy that lets all be but images, of what this suite makes. */
static struct sketch sketch_for(struct ctguard_image_rule rule)
{
	return (struct sketch){
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "app", .group = SKETCH_UNRESTRICTED,
				.images = rule } },
		.namespaces = { NONE, NONE, NONE },
		.cgroups = { "/ks-*" },
		.images = { { CTGUARD_IMAGE_CONFIG, { 1, 2, 3 } },
			    { CTGUARD_IMAGE_MANIFEST, { 7, 8, 9 } } },
		.image_count = 2,
	};
}

static int push(FIXTURE_DATA(images) * self, const struct sketch *s)
{
	struct blob blob;
	int r;

	blob_make(s, &blob);
	r = guard_push(&self->link, &blob, 0);
	blob_free(&blob);
	return r;
}

static int push_rule(FIXTURE_DATA(images) * self,
		     struct ctguard_image_rule rule)
{
	struct sketch s = sketch_for(rule);

	return push(self, &s);
}

#define REQUIRE_NONE ((struct ctguard_image_rule){ 0 })
#define REQUIRE_MEASURED \
	((struct ctguard_image_rule){ CTGUARD_REQUIRE_MEASURED })
#define REQUIRE_APPROVED(level, program)                               \
	((struct ctguard_image_rule){ CTGUARD_REQUIRE_APPROVED, level, \
				      program })
#define ANY CTGUARD_PROGRAM_ANY
#define IMAGE CTGUARD_PROGRAM_IMAGE

static struct claim claim_of(const FIXTURE_DATA(images) * self,
			     const uint8_t *config)
{
	return (struct claim){ .level = CTGUARD_LEVEL_LAYERS,
			       .config = config,
			       .root = self->jail.root,
			       .upper = self->jail.upper };
}

static int claim_good(FIXTURE_DATA(images) * self, const struct inmate *inmate)
{
	struct claim claim = claim_of(self, good);

	return guard_claim(&self->link, inmate->pidfd, &claim);
}

/* The last record of a box; the log is to be freed. */
static const struct record *record_of(struct log *log, const struct box *box,
				      unsigned int type)
{
	const struct record *r = NULL;
	unsigned int i;

	memset(log, 0, sizeof(*log));
	for (i = 0; !r && i < RECORD_WAIT; i++) {
		log_free(log);
		if (i)
			usleep(100000);
		if (log_read(log))
			return NULL;
		r = log_find(log, type, box->id);
	}
	return r;
}

static size_t starts_of(const struct box *box, unsigned int type)
{
	struct log log;
	size_t n = 0;

	if (!log_read(&log))
		n = log_count(&log, type, box->id);
	log_free(&log);
	return n;
}

static bool is_sealed(FIXTURE_DATA(images) * self, const struct box *box)
{
	struct container c;

	return !guard_container(&self->link, box->id, NULL, &c) &&
	       c.flags & CTGUARD_CONTAINER_SEALED;
}

/*
 * What starts, and what does not
 */

enum claimants {
	ANYBODY,
	WE,
	SOMEBODY_ELSE,
};

struct row {
	const char *what;
	const char *program;
	struct ctguard_image_rule rule;
	const uint8_t *config; /* of the claim; NULL is no claim */
	const uint8_t *manifest;
	uint32_t level;
	enum claimants claimants;
	uint32_t mode; /* of the host, as in the mode of the policy */
	bool group_complains;
	uint32_t reason;
	uint8_t origin;
	bool complains;
};

#define ENFORCE .mode = CTGUARD_MODE_ENFORCE

static const struct row rows[] = {
	{ "free, no claim", JAIL_LOWER, REQUIRE_NONE, ENFORCE },
	{ "free, a claim", JAIL_LOWER, REQUIRE_NONE, bad, ENFORCE,
	  .origin = CTGUARD_ORIGIN_IMAGE },
	{ "free, a claim, the upper layer", JAIL_UPPER, REQUIRE_NONE, good,
	  ENFORCE, .origin = CTGUARD_ORIGIN_UPPER },
	{ "free, a claim, a volume", JAIL_VOLUME, REQUIRE_NONE, good, ENFORCE,
	  .origin = CTGUARD_ORIGIN_ELSEWHERE },
	{ "measured, no claim", JAIL_LOWER, REQUIRE_MEASURED, ENFORCE },
	{ "measured, a claim", JAIL_LOWER, REQUIRE_MEASURED, bad, listed,
	  ENFORCE, .origin = CTGUARD_ORIGIN_IMAGE },
	{ "approved, no claim", JAIL_LOWER, REQUIRE_APPROVED(0, ANY), ENFORCE,
	  .reason = CTGUARD_IMAGE_UNCLAIMED },
	{ "approved config", JAIL_LOWER, REQUIRE_APPROVED(0, ANY), good,
	  ENFORCE, .origin = CTGUARD_ORIGIN_IMAGE },
	{ "approved manifest", JAIL_LOWER, REQUIRE_APPROVED(0, ANY), bad,
	  listed, ENFORCE, .origin = CTGUARD_ORIGIN_IMAGE },
	{ "unapproved config", JAIL_LOWER, REQUIRE_APPROVED(0, ANY), bad,
	  ENFORCE, .reason = CTGUARD_IMAGE_UNAPPROVED,
	  .origin = CTGUARD_ORIGIN_IMAGE },
	{ "unapproved manifest", JAIL_LOWER, REQUIRE_APPROVED(0, ANY), bad,
	  unlisted, ENFORCE, .reason = CTGUARD_IMAGE_UNAPPROVED,
	  .origin = CTGUARD_ORIGIN_IMAGE },
	{ "a manifest's digest as a config's", JAIL_LOWER,
	  REQUIRE_APPROVED(0, ANY), listed, ENFORCE,
	  .reason = CTGUARD_IMAGE_UNAPPROVED, .origin = CTGUARD_ORIGIN_IMAGE },
	{ "level enough", JAIL_LOWER, REQUIRE_APPROVED(2, ANY), good,
	  .level = 2, ENFORCE, .origin = CTGUARD_ORIGIN_IMAGE },
	{ "level too low", JAIL_LOWER, REQUIRE_APPROVED(2, ANY), good,
	  .level = 1, ENFORCE, .reason = CTGUARD_IMAGE_LEVEL,
	  .origin = CTGUARD_ORIGIN_IMAGE },
	{ "claimed by whom the policy names", JAIL_LOWER,
	  REQUIRE_APPROVED(0, ANY), good, .claimants = WE, ENFORCE,
	  .origin = CTGUARD_ORIGIN_IMAGE },
	{ "claimed by another program", JAIL_LOWER, REQUIRE_APPROVED(0, ANY),
	  good, .claimants = SOMEBODY_ELSE, ENFORCE,
	  .reason = CTGUARD_IMAGE_CLAIMANT, .origin = CTGUARD_ORIGIN_IMAGE },
	{ "any program, of the upper layer", JAIL_UPPER,
	  REQUIRE_APPROVED(0, ANY), good, ENFORCE,
	  .origin = CTGUARD_ORIGIN_UPPER },
	{ "of the image", JAIL_LOWER, REQUIRE_APPROVED(0, IMAGE), good, ENFORCE,
	  .origin = CTGUARD_ORIGIN_IMAGE },
	{ "of the image, by a descriptor", JAIL_OPENED,
	  REQUIRE_APPROVED(0, IMAGE), good, ENFORCE,
	  .origin = CTGUARD_ORIGIN_IMAGE },
	{ "of the upper layer", JAIL_UPPER, REQUIRE_APPROVED(0, IMAGE), good,
	  ENFORCE, .reason = CTGUARD_IMAGE_PROGRAM,
	  .origin = CTGUARD_ORIGIN_UPPER },
	{ "copied up", JAIL_COPIED, REQUIRE_APPROVED(0, IMAGE), good, ENFORCE,
	  .reason = CTGUARD_IMAGE_PROGRAM, .origin = CTGUARD_ORIGIN_UPPER },
	{ "of a volume", JAIL_VOLUME, REQUIRE_APPROVED(0, IMAGE), good, ENFORCE,
	  .reason = CTGUARD_IMAGE_PROGRAM, .origin = CTGUARD_ORIGIN_ELSEWHERE },
	{ "of a memory file", JAIL_MEMORY, REQUIRE_APPROVED(0, IMAGE), good,
	  ENFORCE, .reason = CTGUARD_IMAGE_PROGRAM,
	  .origin = CTGUARD_ORIGIN_ELSEWHERE },
	{ "a script of the image, interpreted by the image", JAIL_SCRIPT,
	  REQUIRE_APPROVED(0, IMAGE), good, ENFORCE,
	  .origin = CTGUARD_ORIGIN_IMAGE },
	{ "a script of the image, interpreted by the upper layer", JAIL_TRICK,
	  REQUIRE_APPROVED(0, IMAGE), good, ENFORCE,
	  .reason = CTGUARD_IMAGE_PROGRAM, .origin = CTGUARD_ORIGIN_UPPER },
	{ "a script of the upper layer", JAIL_NOTE, REQUIRE_APPROVED(0, IMAGE),
	  good, ENFORCE, .reason = CTGUARD_IMAGE_PROGRAM,
	  .origin = CTGUARD_ORIGIN_UPPER },
	{ "in complain mode", JAIL_LOWER, REQUIRE_APPROVED(0, ANY), bad,
	  .mode = CTGUARD_MODE_COMPLAIN, .reason = CTGUARD_IMAGE_UNAPPROVED,
	  .origin = CTGUARD_ORIGIN_IMAGE, .complains = true },
	{ "no claim, in complain mode", JAIL_LOWER, REQUIRE_APPROVED(0, ANY),
	  .mode = CTGUARD_MODE_COMPLAIN, .reason = CTGUARD_IMAGE_UNCLAIMED,
	  .complains = true },
	{ "a group that complains", JAIL_UPPER, REQUIRE_APPROVED(0, IMAGE),
	  good, ENFORCE, .group_complains = true,
	  .reason = CTGUARD_IMAGE_PROGRAM, .origin = CTGUARD_ORIGIN_UPPER,
	  .complains = true },
};

/* Not for the program, which comes later. */
static bool refused_at_claim(const struct row *row)
{
	return row->config && row->reason && !row->complains &&
	       row->reason != CTGUARD_IMAGE_PROGRAM;
}

static void expect_record(struct __test_metadata *_metadata,
			  FIXTURE_DATA(images) * self, const struct row *row)
{
	bool denied = row->reason && !row->complains;
	static const uint8_t zeros[CTGUARD_SHA256_SIZE];
	const struct record *r;
	struct log log;

	r = record_of(&log, &self->box,
		      denied ? CTGUARD_RECORD_IMAGE_DENIED :
			       CTGUARD_RECORD_IMAGE_START);
	ASSERT_NE(NULL, r)
	{
		TH_LOG("%s: no record", row->what);
	}
	EXPECT_EQ(denied	 ? CTGUARD_VERDICT_DENY :
		  row->complains ? CTGUARD_VERDICT_COMPLAIN :
				   CTGUARD_VERDICT_ALLOW,
		  record_u8(r, CTGUARD_RECORD_A_VERDICT));
	EXPECT_EQ(denied ? row->reason : 0,
		  record_u8(r, CTGUARD_RECORD_A_REASON));
	EXPECT_EQ(row->config ? row->level : CTGUARD_LEVEL_NONE,
		  record_u8(r, CTGUARD_RECORD_A_LEVEL));
	EXPECT_TRUE(record_has(r, CTGUARD_RECORD_A_CONFIG, row->config ?: zeros,
			       CTGUARD_SHA256_SIZE));
	EXPECT_EQ(!!row->manifest, !!r->value[CTGUARD_RECORD_A_MANIFEST]);
	EXPECT_EQ(!!row->config, record_has(r, CTGUARD_RECORD_A_CLAIMANT,
					    self->self, CTGUARD_SHA256_SIZE));
	EXPECT_EQ(!!row->config, record_has(r, CTGUARD_RECORD_A_BUNDLE, bundle,
					    CTGUARD_SHA256_SIZE));
	EXPECT_TRUE(
		record_is_text(r, CTGUARD_RECORD_A_CONTAINER, self->box.name));
	/* Nobody knows the program yet. */
	if (refused_at_claim(row)) {
		log_free(&log);
		return;
	}
	EXPECT_EQ(row->origin, record_u8(r, CTGUARD_RECORD_A_ORIGIN));
	if (!strncmp(row->program, "/bin/", 5) &&
	    strcmp(row->program, JAIL_TRICK))
		EXPECT_TRUE(record_is_text(r, CTGUARD_RECORD_A_PROGRAM,
					   row->program));
	if ((row->config || row->rule.require) &&
	    strcmp(row->program, JAIL_SCRIPT) &&
	    strcmp(row->program, JAIL_NOTE))
		EXPECT_TRUE(record_has(r, CTGUARD_RECORD_A_PROGRAM_SHA256,
				       self->jail.program,
				       CTGUARD_SHA256_SIZE));
	EXPECT_TRUE(log_digests_hold(&log));
	log_free(&log);
}

static void expect_event(struct __test_metadata *_metadata,
			 FIXTURE_DATA(images) * self, const struct row *row)
{
	char object[CTGUARD_OBJECT_MAX] = "unclaimed";
	struct event e;
	unsigned int i;

	if (row->config) {
		strcpy(object, "config:sha256:");
		for (i = 0; i < CTGUARD_SHA256_SIZE; i++)
			sprintf(object + 14 + 2 * i, "%02x", row->config[i]);
	}
	while (guard_event(&self->events, EVENT_WAIT, &e) == 1) {
		if (e.id != self->box.id ||
		    e.operation != CTGUARD_OP_IMAGE_START)
			continue;
		EXPECT_EQ(row->reason, e.reason);
		EXPECT_EQ(row->complains ? CTGUARD_VERDICT_COMPLAIN :
					   CTGUARD_VERDICT_DENY,
			  e.verdict);
		EXPECT_STREQ(object, e.object);
		EXPECT_STREQ("app", e.profile);
		return;
	}
	EXPECT_TRUE(false)
	{
		TH_LOG("%s: no event", row->what);
	}
}

static void try_row(struct __test_metadata *_metadata,
		    FIXTURE_DATA(images) * self, const struct row *row)
{
	const char *const programs[] = { row->program, NULL };
	struct claim claim = claim_of(self, row->config);
	struct sketch s = sketch_for(row->rule);
	struct inmate inmate;
	int r, want = row->reason && !row->complains ? EPERM : 0;

	s.mode = row->mode;
	s.profiles[0].images_flags =
		row->group_complains ? CTGUARD_GROUP_COMPLAIN : 0;
	if (row->claimants)
		s.claimants[0] = row->claimants == WE ? self->self : stranger;
	ASSERT_EQ(0, push(self, &s));
	/* Outside, it runs. */
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, NULL, programs));
	EXPECT_EQ(0, inmate_run(&inmate))
	{
		TH_LOG("%s: without the guard", row->what);
	}
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box, programs));
	claim.level = row->level;
	claim.manifest = row->manifest;
	claim.bundle = bundle;
	if (row->config)
		ASSERT_EQ(refused_at_claim(row) ? -EACCES : 0,
			  guard_claim(&self->link, inmate.pidfd, &claim))
		{
			TH_LOG("%s: %s", row->what, self->link.message);
		}
	if (refused_at_claim(row))
		EXPECT_NE('\0', *self->link.message);
	EXPECT_FALSE(is_sealed(self, &self->box));
	r = inmate_run(&inmate);
	EXPECT_EQ(want, r)
	{
		TH_LOG("%s: %s", row->what, strerror(r));
	}
	EXPECT_EQ(!want, is_sealed(self, &self->box))
	{
		TH_LOG("%s", row->what);
	}
	expect_record(_metadata, self, row);
	if (row->reason)
		expect_event(_metadata, self, row);
	/* A script whose interpreter is refused was let in before that. */
	EXPECT_EQ(want && strcmp(row->program, JAIL_TRICK) ? 0 : 1,
		  starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	EXPECT_EQ(want ? 1 : 0,
		  starts_of(&self->box, CTGUARD_RECORD_IMAGE_DENIED));
	box_remove(&self->box);
}

TEST_F_TIMEOUT(images, first_programs, 240)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		try_row(_metadata, self, &rows[i]);
		if (!_metadata->passed)
			TH_LOG("up to: %s", rows[i].what);
	}
}

/*
 * What begins a container, and what does not
 */

TEST_F(images, a_refused_container_may_try_again_and_is_recorded_once)
{
	struct inmate inmate;
	int i;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, ANY)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box,
					  lower_only));
		EXPECT_EQ(EPERM, inmate_run(&inmate));
	}
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_DENIED));
	ASSERT_EQ(0,
		  inmate_start(&inmate, &self->jail, &self->box, lower_only));
	EXPECT_EQ(0, claim_good(self, &inmate));
	EXPECT_EQ(0, inmate_run(&inmate));
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	/* Nor as one that acted without a claim. */
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_DENIED));
}

TEST_F(images, to_execute_in_a_running_container_is_free)
{
	const char *const stays[] = { JAIL_STAYS, NULL };
	struct inmate first, other;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, IMAGE)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&first, &self->jail, &self->box, stays));
	ASSERT_EQ(0, claim_good(self, &first));
	inmate_go(&first);
	while (!is_sealed(self, &self->box))
		usleep(10000);
	ASSERT_EQ(0, inmate_join(&other, &first, &self->box, JAIL_UPPER));
	EXPECT_EQ(0, inmate_run(&other));
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	EXPECT_EQ(0, starts_of(&self->box, CTGUARD_RECORD_IMAGE_DENIED));
	/* Another container in the same cgroup is not that. */
	ASSERT_EQ(0, inmate_start(&other, &self->jail, &self->box, lower_only));
	EXPECT_EQ(-EBUSY, claim_good(self, &other));
	EXPECT_EQ(EPERM, inmate_run(&other));
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_DENIED));
	EXPECT_TRUE(is_sealed(self, &self->box));
	kill(first.pid, SIGKILL);
	inmate_wait(&first);
}

/* Its first task was made in the cgroup, by a runtime that is no part of it. */
TEST_F(images, another_container_below_a_running_one)
{
	const char *const stays[] = { JAIL_STAYS, NULL };
	struct inmate first, other;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, ANY)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&first, &self->jail, &self->box, stays));
	ASSERT_EQ(0, claim_good(self, &first));
	inmate_go(&first);
	while (!is_sealed(self, &self->box))
		usleep(10000);
	ASSERT_EQ(0, inmate_start_below(&other, &self->jail, &self->box,
					lower_only));
	EXPECT_EQ(EPERM, inmate_run(&other));
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_DENIED));
	ASSERT_EQ(0, inmate_join(&other, &first, &self->box, JAIL_UPPER));
	EXPECT_EQ(0, inmate_run(&other));
	kill(first.pid, SIGKILL);
	inmate_wait(&first);
}

/* A claim is about the task that it names, and who joins that. */
TEST_F(images, another_container_below_a_claimed_one)
{
	const char *const host[] = { "/bin/true", NULL };
	struct inmate first, other;
	struct claim claim;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, ANY)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&first, &self->jail, &self->box, lower_only));
	ASSERT_EQ(0, claim_good(self, &first));
	ASSERT_EQ(0, inmate_start(&other, &self->jail, &self->box, lower_only));
	claim = claim_of(self, bad);
	EXPECT_EQ(-EEXIST, guard_claim(&self->link, other.pidfd, &claim));
	EXPECT_EQ(EPERM, inmate_run(&other));
	ASSERT_EQ(0, inmate_start(&other, NULL, &self->box, host));
	EXPECT_EQ(EPERM, inmate_run(&other));
	ASSERT_EQ(0, inmate_start_below(&other, &self->jail, &self->box,
					lower_only));
	EXPECT_EQ(EPERM, inmate_run(&other));
	EXPECT_FALSE(is_sealed(self, &self->box));
	EXPECT_EQ(0, inmate_run(&first));
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
}

/* And ends with it. */
TEST_F(images, a_claim_outlives_nobody)
{
	struct inmate first, other;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, ANY)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&first, &self->jail, &self->box, lower_only));
	ASSERT_EQ(0, claim_good(self, &first));
	ASSERT_EQ(0, inmate_join(&other, &first, &self->box, JAIL_LOWER));
	kill(first.pid, SIGKILL);
	inmate_wait(&first);
	EXPECT_EQ(EPERM, inmate_run(&other));
	EXPECT_EQ(0, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
}

/* Its first program may leave the mounts that it began in. */
TEST_F(images, who_joins_a_container_that_moved_to_other_mounts)
{
	const char *const moves[] = { JAIL_MOVES, NULL };
	struct inmate first, other;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, IMAGE)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&first, &self->jail, &self->box, moves));
	ASSERT_EQ(0, claim_good(self, &first));
	inmate_go(&first);
	while (!is_sealed(self, &self->box))
		usleep(10000);
	usleep(300000);
	ASSERT_EQ(0, inmate_join(&other, &first, &self->box, JAIL_UPPER));
	EXPECT_EQ(0, inmate_run(&other));
	ASSERT_EQ(0, inmate_start(&other, &self->jail, &self->box, lower_only));
	EXPECT_EQ(EPERM, inmate_run(&other));
	kill(first.pid, SIGKILL);
	inmate_wait(&first);
}

/* Its children are of it, whether it has a claim or not. */
TEST_F(images, a_first_task_that_runs_no_program)
{
	const char *const programs[] = { JAIL_LOWER, JAIL_LOWER, JAIL_LOWER,
					 NULL };
	struct inmate inmate;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, IMAGE)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start_forking(&inmate, &self->jail, &self->box,
					  programs));
	ASSERT_EQ(0, claim_good(self, &inmate));
	EXPECT_EQ(0, inmate_run(&inmate));
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	ASSERT_EQ(0, push_rule(self, REQUIRE_NONE));
	ASSERT_EQ(0, box_make(&self->second, NULL));
	ASSERT_EQ(0, inmate_start_forking(&inmate, &self->jail, &self->second,
					  programs));
	EXPECT_EQ(0, inmate_run(&inmate));
	usleep(200000);
	EXPECT_EQ(1, starts_of(&self->second, CTGUARD_RECORD_IMAGE_START));
}

/* And with a profile that asks for nothing, all of them are recorded. */
TEST_F(images, a_cgroup_that_is_used_again)
{
	struct inmate inmate;
	size_t i;

	ASSERT_EQ(0, push_rule(self, REQUIRE_NONE));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	for (i = 1; i < 4; i++) {
		ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box,
					  lower_only));
		EXPECT_EQ(0, inmate_run(&inmate));
		usleep(200000);
		EXPECT_EQ(i, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	}
	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, ANY)));
	ASSERT_EQ(0,
		  inmate_start(&inmate, &self->jail, &self->box, lower_only));
	EXPECT_EQ(EPERM, inmate_run(&inmate));
}

TEST_F(images, a_program_that_does_not_come_to_run_lets_no_other_in)
{
	const char *const programs[] = { JAIL_BROKEN, JAIL_UPPER, NULL };
	const char *const fine[] = { JAIL_BROKEN, JAIL_UPPER, JAIL_LOWER,
				     NULL };
	struct inmate inmate;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, IMAGE)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box, programs));
	ASSERT_EQ(0, claim_good(self, &inmate));
	EXPECT_EQ(EPERM, inmate_run(&inmate));
	EXPECT_FALSE(is_sealed(self, &self->box));
	ASSERT_EQ(0, box_make(&self->second, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->second, fine));
	ASSERT_EQ(0, claim_good(self, &inmate));
	EXPECT_EQ(0, inmate_run(&inmate));
}

/* The log is not a container's to fill. */
TEST_F(images, so_many_tries_are_recorded)
{
	const char *programs[JAIL_TRIES + 1] = {};
	struct inmate inmate;
	unsigned int i;

	for (i = 0; i < JAIL_TRIES; i++)
		programs[i] = i < JAIL_TRIES - 1 ? JAIL_BROKEN : JAIL_LOWER;
	ASSERT_EQ(0, push_rule(self, REQUIRE_NONE));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box, programs));
	EXPECT_EQ(0, inmate_run(&inmate));
	usleep(200000);
	EXPECT_EQ(16, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	box_remove(&self->box);
	ASSERT_EQ(0, push_rule(self, REQUIRE_MEASURED));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box, programs));
	EXPECT_EQ(EPERM, inmate_run(&inmate));
}

TEST_F(images, the_claimed_task_is_judged_even_if_another_ran_before)
{
	const char *const upper[] = { JAIL_UPPER, NULL };
	struct inmate first, other;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, IMAGE)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&first, &self->jail, &self->box, upper));
	ASSERT_EQ(0, claim_good(self, &first));
	ASSERT_EQ(0, inmate_join(&other, &first, &self->box, JAIL_LOWER));
	EXPECT_EQ(0, inmate_run(&other));
	EXPECT_TRUE(is_sealed(self, &self->box));
	EXPECT_EQ(EPERM, inmate_run(&first));
	EXPECT_TRUE(is_sealed(self, &self->box));
}

/* Whoever is killed while his program is read has started nothing. */
TEST_F(images, killed_in_the_middle)
{
	const char *const big[] = { JAIL_BIG, NULL };
	struct inmate inmate;

	ASSERT_EQ(0, push_rule(self, REQUIRE_MEASURED));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box, big));
	inmate_go(&inmate);
	usleep(500000);
	kill(inmate.pid, SIGKILL);
	EXPECT_EQ(BOX_CRASHED, inmate_wait(&inmate));
	EXPECT_FALSE(is_sealed(self, &self->box));
	EXPECT_EQ(0, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	ASSERT_EQ(0,
		  inmate_start(&inmate, &self->jail, &self->box, lower_only));
	EXPECT_EQ(0, inmate_run(&inmate));
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
}

/* A claim that comes while the first program is judged waits, and is late. */
TEST_F(images, a_claim_beside_a_start)
{
	const char *const big[] = { JAIL_BIG, NULL };
	struct inmate inmate;
	pid_t killer;

	ASSERT_EQ(0, push_rule(self, REQUIRE_MEASURED));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box, big));
	inmate_go(&inmate);
	usleep(300000);
	killer = fork();
	if (!killer) {
		sleep(3);
		kill(inmate.pid, SIGKILL);
		_exit(0);
	}
	/* It was not started, so that it may be claimed after all. */
	EXPECT_EQ(0, claim_good(self, &inmate));
	EXPECT_EQ(0, box_wait(killer));
	EXPECT_EQ(BOX_CRASHED, inmate_wait(&inmate));
}

/* Who was to claim it cannot, and the runtime gives it up. */
TEST_F(images, one_that_is_given_up)
{
	const char *const stays[] = { JAIL_STAYS, NULL };
	const struct record *r;
	struct inmate inmate;
	struct event e = {};
	struct log log;

	ASSERT_EQ(0, push_rule(self, REQUIRE_NONE));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box, stays));
	EXPECT_EQ(-EBADF, guard_give_up(&self->link, 9999));
	EXPECT_EQ(0, guard_give_up(&self->link, inmate.pidfd));
	while (e.id != self->box.id)
		ASSERT_EQ(1, guard_event(&self->events, EVENT_WAIT, &e));
	EXPECT_EQ(CTGUARD_OP_IMAGE_START, e.operation);
	EXPECT_EQ(CTGUARD_IMAGE_FAILED, e.reason);
	EXPECT_EQ(CTGUARD_VERDICT_DENY, e.verdict);
	r = record_of(&log, &self->box, CTGUARD_RECORD_IMAGE_DENIED);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(CTGUARD_IMAGE_FAILED, record_u8(r, CTGUARD_RECORD_A_REASON));
	EXPECT_EQ(CTGUARD_LEVEL_NONE, record_u8(r, CTGUARD_RECORD_A_LEVEL));
	log_free(&log);
	/* That is the runtime's to do; one that runs is not given up. */
	inmate_go(&inmate);
	while (!is_sealed(self, &self->box))
		usleep(10000);
	EXPECT_EQ(-EBUSY, guard_give_up(&self->link, inmate.pidfd));
	kill(inmate.pid, SIGKILL);
	inmate_wait(&inmate);
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, NULL, lower_only));
	EXPECT_EQ(-ENOENT, guard_give_up(&self->link, inmate.pidfd));
	EXPECT_EQ(0, inmate_run(&inmate));
}

static int exec_true(const void *unused)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

/* A runtime executes itself in the host's mounts. */
TEST_F(images, programs_in_the_hosts_mounts_are_not_it)
{
	struct inmate inmate;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, ANY)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	EXPECT_EQ(0, box_run(&self->box, 0, exec_true, NULL));
	EXPECT_FALSE(is_sealed(self, &self->box));
	EXPECT_EQ(0, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	ASSERT_EQ(0,
		  inmate_start(&inmate, &self->jail, &self->box, lower_only));
	EXPECT_EQ(EPERM, inmate_run(&inmate));
}

/* A hook of the runtime runs inside before the root is the container's. */
TEST_F(images, a_runtimes_hook_is_not_it)
{
	struct inmate first, hook;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, IMAGE)));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, inmate_start(&first, &self->jail, &self->box, lower_only));
	ASSERT_EQ(0, claim_good(self, &first));
	ASSERT_EQ(0, inmate_hook(&hook, &first, &self->box, "/bin/true"));
	/* It ends with 0, not 42. */
	EXPECT_EQ(BOX_CRASHED, inmate_run(&hook));
	EXPECT_FALSE(is_sealed(self, &self->box));
	EXPECT_EQ(0, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	EXPECT_EQ(0, inmate_run(&first));
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
}

/*
 * Claims
 */

static int claim_raw(FIXTURE_DATA(images) * self, int pidfd, int level,
		     const uint8_t *config)
{
	struct request request;

	request_begin(&request, &self->link, CTGUARD_CMD_CLAIM, NLM_F_ACK);
	if (pidfd >= 0)
		request_u32(&request, CTGUARD_A_PIDFD, pidfd);
	if (level >= 0)
		request_u32(&request, CTGUARD_A_LEVEL, level);
	if (config)
		request_put(&request, CTGUARD_A_CONFIG, config,
			    CTGUARD_SHA256_SIZE);
	return link_do(&self->link, &request, NULL, NULL);
}

TEST_F(images, claims_are_one_each)
{
	struct claim claim = claim_of(self, bad);
	struct inmate inmate;
	struct container c;

	ASSERT_EQ(0, push_rule(self, REQUIRE_NONE));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0,
		  inmate_start(&inmate, &self->jail, &self->box, lower_only));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_FALSE(c.claimed);
	EXPECT_EQ(0, claim_good(self, &inmate));
	EXPECT_EQ(-EEXIST, guard_claim(&self->link, inmate.pidfd, &claim));
	EXPECT_STRNE("", self->link.message);
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_TRUE(c.claimed);
	EXPECT_EQ(CTGUARD_LEVEL_LAYERS, c.level);
	EXPECT_EQ(0, memcmp(good, c.config, sizeof(good)));
	EXPECT_EQ(0, inmate_run(&inmate));
}

TEST_F(images, claims_of_what_cannot_be_claimed)
{
	const char *const stays[] = { JAIL_STAYS, NULL };
	struct inmate inmate;
	siginfo_t info;
	pid_t pid;
	int pidfd;

	ASSERT_EQ(0, push_rule(self, REQUIRE_NONE));
	/* Unguarded. */
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, NULL, lower_only));
	EXPECT_EQ(-ENOENT, claim_good(self, &inmate));
	EXPECT_STRNE("", self->link.message);
	EXPECT_EQ(0, inmate_run(&inmate));
	/* In the host's mount namespace. */
	ASSERT_EQ(0, box_make(&self->box, NULL));
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	ASSERT_EQ(0, box_enter(&self->box, pid));
	inmate.pidfd = syscall(SYS_pidfd_open, pid, 0);
	EXPECT_EQ(-EXDEV, claim_good(self, &inmate));
	/* Dying, and dead. */
	kill(pid, SIGKILL);
	ASSERT_EQ(0, waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
	EXPECT_EQ(-ESRCH, claim_good(self, &inmate));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_EQ(-ESRCH, claim_good(self, &inmate));
	close(inmate.pidfd);
	/* Of a kernel thread. */
	inmate.pidfd = syscall(SYS_pidfd_open, 2, 0);
	ASSERT_GE(inmate.pidfd, 0);
	EXPECT_EQ(-ENOENT, claim_good(self, &inmate));
	close(inmate.pidfd);
	/* Running. */
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box, stays));
	inmate_go(&inmate);
	while (!is_sealed(self, &self->box))
		usleep(10000);
	EXPECT_EQ(-EBUSY, claim_good(self, &inmate));
	pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	EXPECT_EQ(-ENOENT, claim_raw(self, pidfd, 0, good));
	close(pidfd);
	kill(inmate.pid, SIGKILL);
	inmate_wait(&inmate);
}

TEST_F(images, claims_that_are_none)
{
	static const uint8_t zeros[CTGUARD_SHA256_SIZE];
	struct claim claim = claim_of(self, good);
	struct inmate inmate;
	struct container c;
	int pipes[2], file, sock;
	unsigned int i;

	ASSERT_EQ(0, push_rule(self, REQUIRE_NONE));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0,
		  inmate_start(&inmate, &self->jail, &self->box, lower_only));
	ASSERT_EQ(0, pipe(pipes));
	file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	sock = socket(AF_UNIX, SOCK_STREAM, 0);
	/* Not pidfds, among them a descriptor of /proc/PID. */
	{
		int fds[] = { pipes[0],
			      file,
			      self->jail.root,
			      sock,
			      9999,
			      self->link.fd,
			      open("/proc/1", O_RDONLY | O_DIRECTORY),
			      memfd_create("[pidfd]", 0) };

		for (i = 0; i < ARRAY_SIZE(fds); i++)
			EXPECT_EQ(-EBADF,
				  guard_claim(&self->link, fds[i], &claim))
			{
				TH_LOG("descriptor %u", i);
			}
	}
	/* Nor roots. */
	{
		int fds[] = { pipes[0],
			      file,
			      sock,
			      9999,
			      self->jail.upper,
			      openat(self->jail.root, "bin",
				     O_PATH | O_DIRECTORY) };

		for (i = 0; i < ARRAY_SIZE(fds); i++) {
			claim.root = fds[i];
			EXPECT_EQ(-EBADF, guard_claim(&self->link, inmate.pidfd,
						      &claim))
			{
				TH_LOG("root %u", i);
			}
		}
	}
	claim.root = self->jail.root;
	claim.upper = file;
	EXPECT_EQ(-EBADF, guard_claim(&self->link, inmate.pidfd, &claim));
	claim.upper = sock;
	EXPECT_EQ(-EBADF, guard_claim(&self->link, inmate.pidfd, &claim));
	/* A root that can be written, and nobody says where. */
	claim.upper = -1;
	EXPECT_EQ(-EINVAL, guard_claim(&self->link, inmate.pidfd, &claim));
	EXPECT_STRNE("", self->link.message);
	EXPECT_EQ(-EINVAL, claim_raw(self, inmate.pidfd, 0, zeros));
	EXPECT_EQ(-EINVAL, claim_raw(self, inmate.pidfd, 0, NULL));
	EXPECT_EQ(-EINVAL, claim_raw(self, inmate.pidfd, -1, good));
	EXPECT_EQ(-EINVAL, claim_raw(self, -1, 0, good));
	EXPECT_EQ(-ERANGE, claim_raw(self, inmate.pidfd, 4, good));
	EXPECT_EQ(-ERANGE, claim_raw(self, inmate.pidfd, 255, good));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_FALSE(c.claimed);
	/* Without a root nothing is known of where a program comes from. */
	EXPECT_EQ(0, claim_raw(self, inmate.pidfd, 0, good));
	EXPECT_EQ(0, inmate_run(&inmate));
	close(pipes[0]);
	close(pipes[1]);
	close(file);
	close(sock);
}

struct guarded_claim {
	FIXTURE_DATA(images) * self;
	const struct inmate *inmate;
};

static int claim_act(const void *argument)
{
	const struct guarded_claim *g = argument;

	return -claim_good(g->self, g->inmate);
}

TEST_F(images, a_guarded_task_claims_nothing)
{
	struct guarded_claim g = { self };
	struct inmate inmate;

	ASSERT_EQ(0, push_rule(self, REQUIRE_NONE));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, box_make(&self->second, NULL));
	ASSERT_EQ(0,
		  inmate_start(&inmate, &self->jail, &self->box, lower_only));
	g.inmate = &inmate;
	EXPECT_EQ(EPERM, box_run(&self->second, 0, claim_act, &g));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, claim_act, &g));
	EXPECT_EQ(0, box_run(NULL, 0, claim_act, &g));
	EXPECT_EQ(0, inmate_run(&inmate));
}

/* A claim is its cgroup's, and goes with it. */
TEST_F(images, a_new_cgroup_needs_a_new_claim)
{
	struct inmate inmate;
	int i;

	ASSERT_EQ(0, push_rule(self, REQUIRE_APPROVED(0, ANY)));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, box_make(&self->box, "/ks-again"));
		ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box,
					  lower_only));
		if (i % 2)
			EXPECT_EQ(0, claim_good(self, &inmate));
		EXPECT_EQ(i % 2 ? 0 : EPERM, inmate_run(&inmate));
		box_remove(&self->box);
	}
}

/*
 * What never runs a first program that could be judged
 */

static const struct act_file probe = { "/dev/mem", O_RDONLY };

static struct sketch strict(void)
{
	struct sketch s = sketch_for(REQUIRE_NONE);

	memset(s.profiles[0].group, 0, sizeof(s.profiles[0].group));
	s.namespaces[0] = 0;
	return s;
}

TEST_F(images, who_acts_without_having_executed)
{
	const struct record *r;
	struct inmate inmate;
	struct log log;
	struct sketch s = strict();

	ASSERT_EQ(0, push(self, &s));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, act_open, &probe));
	r = record_of(&log, &self->box, CTGUARD_RECORD_IMAGE_START);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(CTGUARD_LEVEL_NONE, record_u8(r, CTGUARD_RECORD_A_LEVEL));
	EXPECT_EQ(NULL, r->value[CTGUARD_RECORD_A_PROGRAM]);
	log_free(&log);
	/* With a claim, as what it is. */
	ASSERT_EQ(0, box_make(&self->second, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->second,
				  lower_only));
	ASSERT_EQ(0, claim_good(self, &inmate));
	EXPECT_EQ(EPERM, box_run(&self->second, 0, act_open, &probe));
	r = record_of(&log, &self->second, CTGUARD_RECORD_IMAGE_START);
	ASSERT_NE(NULL, r);
	EXPECT_TRUE(record_has(r, CTGUARD_RECORD_A_CONFIG, good, sizeof(good)));
	EXPECT_EQ(NULL, r->value[CTGUARD_RECORD_A_PROGRAM]);
	log_free(&log);
	EXPECT_EQ(0, inmate_run(&inmate));
}

static int probe_below(const void *unused)
{
	return box_run(NULL, 0, act_open, &probe);
}

TEST_F(images, namespaces_are_recorded_once)
{
	struct sketch s = strict();
	struct log log;
	size_t i, n = 0;

	ASSERT_EQ(0, push(self, &s));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(EPERM,
			  box_run(NULL, CLONE_NEWPID, probe_below, NULL));
	for (i = 0; !n && i < RECORD_WAIT; i++) {
		usleep(100000);
		ASSERT_EQ(0, log_read(&log));
		n = log_count(&log, CTGUARD_RECORD_NAMESPACES, 0);
		log_free(&log);
	}
	usleep(1500000);
	ASSERT_EQ(0, log_read(&log));
	n = 0;
	for (i = 0; i < log.count; i++)
		n += record_u8(&log.records[i], CTGUARD_RECORD_A_TYPE) ==
			     CTGUARD_RECORD_NAMESPACES &&
		     record_is_text(&log.records[i], CTGUARD_RECORD_A_CONTAINER,
				    "(PID namespace)");
	EXPECT_EQ(1, n);
	log_free(&log);
}

static int wait_act(const void *pipe)
{
	char c;

	return read(*(const int *)pipe, &c, 1) == 1 ? 0 : EIO;
}

/* Who is bound while he runs is recorded as that, and goes on. */
TEST_F(images, adopted_at_bind)
{
	struct sketch s = sketch_for(REQUIRE_APPROVED(3, IMAGE));
	const struct record *r;
	struct log log;
	int pipes[2];
	pid_t pid;

	s.cgroups[0] = "/nothing-like-this";
	ASSERT_EQ(0, push(self, &s));
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	pid = box_start(&self->box, CLONE_NEWNS, wait_act, &pipes[0]);
	usleep(300000);
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	r = record_of(&log, &self->box, CTGUARD_RECORD_IMAGE_START);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(CTGUARD_LEVEL_NONE, record_u8(r, CTGUARD_RECORD_A_LEVEL));
	EXPECT_EQ(CTGUARD_VERDICT_ALLOW,
		  record_u8(r, CTGUARD_RECORD_A_VERDICT));
	EXPECT_EQ(NULL, r->value[CTGUARD_RECORD_A_PROGRAM]);
	log_free(&log);
	ASSERT_EQ(1, write(pipes[1], "x", 1));
	EXPECT_EQ(0, box_wait(pid));
	/* Once, whatever else is bound or loaded. */
	ASSERT_EQ(0, push(self, &s));
	EXPECT_EQ(1, starts_of(&self->box, CTGUARD_RECORD_IMAGE_START));
	close(pipes[0]);
	close(pipes[1]);
}

/*
 * Many
 */

/* Objects of a slab that are in use; -1 when nobody says. */
static long slab(const char *name)
{
	char line[512], format[64];
	long r = -1, used;
	FILE *file;

	/* Kernels for debugging keep what was freed. */
	if (!access("/proc/lockdep", F_OK))
		return -1;
	file = fopen("/proc/slabinfo", "re");
	if (!file)
		return -1;
	snprintf(format, sizeof(format), "%s %%ld", name);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) &&
		    line[strlen(name)] == ' ' &&
		    sscanf(line + strlen(name), "%ld", &used) == 1)
			r = used;
	fclose(file);
	return r;
}

static const char *const slabs[] = { "kmalloc-192", "kmalloc-256",
				     "kmalloc-cg-256", "kmalloc-cg-512",
				     "kmalloc-2k" };

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000L + t.tv_nsec / 1000;
}

TEST_F_TIMEOUT(images, many_claims_and_starts, 3600)
{
	const char *text = getenv("CTGUARD_STARTS");
	long count = text ? atol(text) : 300, grown, i;
	long begin, claimed;
	long before[ARRAY_SIZE(slabs)];
	struct inmate inmate;
	struct status first, last;
	const struct record *r;
	struct log log;
	unsigned int k, type;
	long starts = 0, claiming = 0, starting = 0;

	ASSERT_EQ(0, push_rule(self, REQUIRE_MEASURED));
	for (k = 0; k < ARRAY_SIZE(slabs); k++)
		before[k] = slab(slabs[k]);
	ASSERT_EQ(0, guard_status(&self->link, &first));
	for (i = 0; i < count; i++) {
		ASSERT_EQ(0, box_make(&self->box, NULL));
		ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &self->box,
					  lower_only));
		begin = now_us();
		ASSERT_EQ(0, claim_good(self, &inmate));
		claimed = now_us();
		ASSERT_EQ(0, inmate_run(&inmate));
		claiming += claimed - begin;
		starting += now_us() - claimed;
		box_remove(&self->box);
	}
	TH_LOG("%ld starts: %ld us a claim, %ld us a first program to its end",
	       count, claiming / count, starting / count);
	ASSERT_EQ(0, guard_status(&self->link, &last));
	EXPECT_LE(count, last.log_next - first.log_next);
	EXPECT_EQ(first.log_failed, last.log_failed);
	EXPECT_EQ(first.containers, last.containers);
	ASSERT_EQ(0, log_read(&log));
	EXPECT_TRUE(log_digests_hold(&log));
	/* No more and no less, but for what is summed up once a minute. */
	for (k = 0; k < log.count; k++) {
		r = &log.records[k];
		type = record_u8(r, CTGUARD_RECORD_A_TYPE);
		if (r->number < first.log_next)
			continue;
		starts += type == CTGUARD_RECORD_IMAGE_START;
		EXPECT_TRUE(type == CTGUARD_RECORD_IMAGE_START ||
			    type == CTGUARD_RECORD_VIOLATIONS);
	}
	/* Without a TPM a log forgets. */
	EXPECT_TRUE(starts == count || last.log_first > first.log_next);
	log_free(&log);
	sleep(2);
	for (k = 0; k < ARRAY_SIZE(slabs); k++) {
		grown = slab(slabs[k]) - before[k];
		if (grown < count / 2 + 100)
			continue;
		TH_LOG("%s grew by %ld", slabs[k], grown);
		_metadata->passed = 0;
	}
}

TEST_HARNESS_MAIN
