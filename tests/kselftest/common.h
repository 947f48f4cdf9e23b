/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the programs share: a guarded container for each test, and the proof of
 * a denial, which is that the same act succeeds outside of it.
 *
 * Only functions here: the harness may stand in one file of a program.
 */
#ifndef KS_COMMON_H
#define KS_COMMON_H

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "acts.h"
#include "box.h"
#include "guard.h"
#include "kselftest_harness.h"

#define EVENT_WAIT 10000 /* ms */
#define QUIET 400	 /* ms in which an event would have come */

/* All of a container's own, as a rule. */
#define NAMESPACES                                                  \
	(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | \
	 CLONE_NEWIPC | CLONE_NEWCGROUP | CLONE_NEWUSER)

/* How a test's container is when the test begins. */
enum stage {
	IN_SETUP,
	SEALED
};

/**
 * struct guarded - a container of the test's own
 * @link: for requests
 * @events: for events, joined
 * @box: its cgroup, bound by its id
 */
struct guarded {
	struct link link;
	struct link events;
	struct box box;
};

/**
 * struct pair - an act that succeeds on the host and not in a container
 * @what: of it, for people
 * @act: the act
 * @argument: of @act
 * @namespaces: CLONE_NEW* that both have of their own
 * @restore: undoes what the host's act did, or NULL
 * @operation: enum ctguard_operation of the denial
 * @fs: filesystem type of the denial, or NULL
 * @object: of the denial; "*..." for its end; NULL for any
 * @device: whose denial it is, or 0; @type is CTGUARD_DEV_* then
 * @error: errno of the denied act; 0 is EPERM
 * @denials: how many the act causes; 0 is one
 */
struct pair {
	const char *what;
	act *act;
	const void *argument;
	int namespaces;
	void (*restore)(void);
	uint32_t operation;
	const char *fs;
	const char *object;
	dev_t device;
	uint32_t type;
	int error;
	unsigned int denials;
};

#define UNUSED __attribute__((unused))

static UNUSED void need_module(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, geteuid())
	{
		TH_LOG("only root can do this");
	}
	if (guard_is_loaded())
		return;
	ASSERT_EQ(0, guard_load(""))
	{
		TH_LOG("the module is not loaded, and CTGUARD_KO=%s",
		       getenv("CTGUARD_KO"));
	}
}

static UNUSED void guarded_setup(struct __test_metadata *_metadata,
				 struct guarded *g, enum stage stage)
{
	g->link.fd = -1;
	g->events.fd = -1;
	need_module(_metadata);
	ASSERT_EQ(0, link_open(&g->link));
	ASSERT_EQ(0, guard_listen(&g->events));
	ASSERT_EQ(0, box_make(&g->box, NULL));
	ASSERT_EQ(0, guard_bind(&g->link, g->box.id, NULL))
	{
		TH_LOG("%s", g->link.message);
	}
	if (stage == SEALED)
		ASSERT_EQ(0, box_seal(&g->box));
}

static UNUSED void guarded_teardown(struct guarded *g)
{
	box_remove(&g->box);
	link_close(&g->events);
	link_close(&g->link);
}

static UNUSED bool matches_object(const char *expected, const char *seen)
{
	size_t length;

	if (!expected)
		return true;
	if (*expected != '*')
		return !strcmp(expected, seen);
	length = strlen(++expected);
	return strlen(seen) >= length &&
	       !strcmp(expected, seen + strlen(seen) - length);
}

static UNUSED uint64_t count_of(struct __test_metadata *_metadata,
				struct guarded *g, uint32_t operation,
				uint32_t verdict)
{
	struct container c;

	ASSERT_EQ(0, guard_container(&g->link, g->box.id, NULL, &c));
	return c.count[operation][verdict];
}

/* Waits for an event of this container about this; others are passed over. */
static UNUSED bool find_event(struct guarded *g, uint32_t kind,
			      uint32_t operation, const char *fs,
			      const char *object, struct event *ret)
{
	while (guard_event(&g->events, EVENT_WAIT, ret) == 1)
		if (ret->id == g->box.id && ret->kind == kind &&
		    ret->operation == operation &&
		    (!fs || !strcmp(fs, ret->fs)) &&
		    matches_object(object, ret->object))
			return true;
	return false;
}

/* The act succeeds on the host. Returns false, and skips, if there is none. */
static UNUSED bool expect_host(struct __test_metadata *_metadata,
			       const struct pair *p)
{
	int r = box_run(NULL, p->namespaces, p->act, p->argument);

	if (p->restore)
		p->restore();
	if (!IS_X86 && r == ENOSYS)
		SKIP(return false, "%s: not on this architecture", p->what);
	EXPECT_EQ(0, r)
	{
		TH_LOG("%s: without the guard: %s", p->what, strerror(r));
	}
	return true;
}

/* The same act is denied in the container, counted, and reported. */
static UNUSED void expect_denied(struct __test_metadata *_metadata,
				 struct guarded *g, const struct pair *p)
{
	unsigned int denials = p->denials ?: 1;
	int error = p->error ?: EPERM;
	struct event event;
	uint64_t before;
	int r;

	before = count_of(_metadata, g, p->operation, CTGUARD_VERDICT_DENY);
	r = box_run(&g->box, p->namespaces, p->act, p->argument);
	EXPECT_EQ(error, r)
	{
		TH_LOG("%s: in a container: %s", p->what, strerror(r));
		if (!r && p->restore)
			p->restore();
	}
	EXPECT_EQ(before + denials,
		  count_of(_metadata, g, p->operation, CTGUARD_VERDICT_DENY))
	{
		TH_LOG("%s", p->what);
	}
	if (!find_event(g, CTGUARD_EVENT_VERDICT, p->operation, p->fs,
			p->object, &event)) {
		EXPECT_TRUE(false)
		{
			TH_LOG("%s: no event of operation %u, %s %s", p->what,
			       p->operation, p->fs ?: "",
			       p->object ?: "(any object)");
		}
		return;
	}
	EXPECT_EQ(CTGUARD_VERDICT_DENY, event.verdict);
	if (p->type) {
		EXPECT_EQ(p->type, event.dev_type);
		EXPECT_EQ(major(p->device), event.major);
		EXPECT_EQ(minor(p->device), event.minor);
	}
	EXPECT_STREQ(g->box.name, event.path);
}

/* Both: the rule of this suite. */
static UNUSED void expect_pair(struct __test_metadata *_metadata,
			       struct guarded *g, const struct pair *p)
{
	if (expect_host(_metadata, p))
		expect_denied(_metadata, g, p);
}

/* An act that works in a container as on the host, without any denial. */
static UNUSED void expect_allowed(struct __test_metadata *_metadata,
				  struct guarded *g, const struct pair *p)
{
	struct container before, after;
	uint32_t i;
	int r;

	if (!expect_host(_metadata, p))
		return;
	ASSERT_EQ(0, guard_container(&g->link, g->box.id, NULL, &before));
	r = box_run(&g->box, p->namespaces, p->act, p->argument);
	if (p->restore)
		p->restore();
	EXPECT_EQ(p->error, r)
	{
		TH_LOG("%s: in a container: %s", p->what, strerror(r));
	}
	ASSERT_EQ(0, guard_container(&g->link, g->box.id, NULL, &after));
	for (i = 1; i <= CTGUARD_OP_MAX; i++) {
		EXPECT_EQ(before.count[i][CTGUARD_VERDICT_DENY],
			  after.count[i][CTGUARD_VERDICT_DENY])
		{
			TH_LOG("%s: denials of operation %u", p->what, i);
		}
	}
}

#endif /* KS_COMMON_H */
