// SPDX-License-Identifier: GPL-2.0
/* Who is guarded, by what, and for how long. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/sched.h>

#include "blob.h"
#include "common.h"

#define NONE CTGUARD_PROFILE_NONE

/* What the host may open and a guarded task may not. */
static const struct act_file probe = { "/dev/mem", O_RDONLY };
static const struct act_file pseudo = { "/sys/kernel/rcu_expedited", O_WRONLY };

FIXTURE(identity)
{
	struct link link;
	struct blob saved;
	struct box box;
	struct box inner;
	struct box second;
};

FIXTURE_SETUP(identity)
{
	self->link.fd = -1;
	need_module(_metadata);
	ASSERT_EQ(0, link_open(&self->link));
	ASSERT_EQ(0, guard_pull(&self->link, &self->saved));
	ASSERT_EQ(0, box_run(NULL, 0, act_open, &probe));
	ASSERT_EQ(0, box_run(NULL, 0, act_open, &pseudo));
}

FIXTURE_TEARDOWN(identity)
{
	struct blob now = {};
	struct link link;

	box_remove(&self->inner);
	box_remove(&self->second);
	box_remove(&self->box);
	if (!guard_is_loaded())
		guard_load("");
	if (self->saved.data && !link_open(&link)) {
		if (guard_pull(&link, &now) || now.size != self->saved.size ||
		    memcmp(now.data, self->saved.data, now.size))
			guard_push(&link, &self->saved, 0);
		link_close(&link);
	}
	link_close(&self->link);
}

static int probe_in(const struct box *box)
{
	return box_run(box, 0, act_open, &probe);
}

TEST_F(identity, nobody_is_guarded_without_a_reason)
{
	ASSERT_EQ(0, box_make(&self->box, NULL));
	EXPECT_EQ(0, probe_in(&self->box));
}

TEST_F(identity, bound_by_id)
{
	struct container c;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	EXPECT_EQ(0, probe_in(&self->box));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	EXPECT_EQ(EPERM, probe_in(&self->box));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_EQ(CTGUARD_BOUND_BY_ID, c.bound_by);
	EXPECT_STREQ(self->box.name, c.path);
	EXPECT_STREQ("baseline", c.profile);
	EXPECT_EQ(0, c.flags);
	ASSERT_EQ(0, guard_unbind(&self->link, self->box.id));
	EXPECT_EQ(0, probe_in(&self->box));
}

TEST_F(identity, who_is_in_it_already_is_guarded_when_it_is_bound)
{
	int pipes[2];
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	pid = fork();
	if (!pid) {
		char go;

		if (box_enter(&self->box, 0) || read(pipes[0], &go, 1) != 1)
			_exit(BOX_NO_ENTRY);
		_exit(act_open(&probe));
	}
	usleep(200000);
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	ASSERT_EQ(1, write(pipes[1], "x", 1));
	EXPECT_EQ(EPERM, box_wait(pid));
}

TEST_F(identity, errors_of_bind)
{
	struct stat root;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, stat(box_root(), &root));
	EXPECT_EQ(-ENOENT, guard_bind(&self->link, 1ULL << 60, NULL));
	EXPECT_EQ(-EINVAL, guard_bind(&self->link, root.st_ino, NULL));
	EXPECT_EQ(-ENODATA, guard_bind(&self->link, self->box.id, "nobody"));
	EXPECT_EQ(-ENOENT, guard_unbind(&self->link, self->box.id));
	EXPECT_EQ(0, guard_bind(&self->link, self->box.id, "sandbox"));
	EXPECT_EQ(-EEXIST, guard_bind(&self->link, self->box.id, NULL));
	EXPECT_STRNE("", self->link.message);
}

TEST_F(identity, by_pattern_when_it_is_made)
{
	struct container c;

	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_EQ(CTGUARD_BOUND_BY_PATTERN, c.bound_by);
	EXPECT_EQ(EPERM, probe_in(&self->box));
	EXPECT_EQ(-EPERM, guard_unbind(&self->link, self->box.id));
	EXPECT_EQ(EPERM, probe_in(&self->box));
}

TEST_F(identity, until_it_is_removed)
{
	struct container c;
	uint64_t id;

	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	id = self->box.id;
	box_remove(&self->box);
	EXPECT_EQ(-ENOENT, guard_container(&self->link, id, NULL, &c));
}

/* Names that look like a container's and are none. */
TEST_F(identity, by_no_other_name)
{
	static const char *const names[] = {
		"/docker",
		"/docker/short",
		"/ks-docker",
		"/docker/xyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzxyzx",
		"/ks-libpod-conmon",
	};
	char name[256];
	unsigned int i;

	snprintf(name, sizeof(name), "%s/docker", box_root());
	rmdir(name);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct box box;

		if (box_make(&box, names[i]) && errno == EEXIST)
			continue;
		EXPECT_EQ(0, probe_in(&box))
		{
			TH_LOG("%s", names[i]);
		}
		if (i)
			box_remove(&box);
	}
	rmdir(name);
}

TEST_F(identity, conmon_is_not_guarded)
{
	char name[256], id[65];
	int i;

	for (i = 0; i < 64; i++)
		id[i] = "0123456789abcdef"[i % 16];
	id[64] = 0;
	snprintf(name, sizeof(name), "/libpod-conmon-%s.scope", id);
	ASSERT_EQ(0, box_make(&self->box, name));
	EXPECT_EQ(0, probe_in(&self->box));
	snprintf(name, sizeof(name), "/libpod-%s.scope", id);
	ASSERT_EQ(0, box_make(&self->second, name));
	EXPECT_EQ(EPERM, probe_in(&self->second));
}

/* Of machines: what is inside is guarded, what runs it is not. */
TEST_F(identity, machines_by_name)
{
	static const struct {
		const char *outer, *inner;
		int outside, inside;
	} rows[] = {
		{ "/machine-ks.scope", "/payload", 0, EPERM },
		{ "/systemd-nspawn@ks.service", "/payload", 0, EPERM },
		{ "/machine-ks.scope", "/supervisor", 0, 0 },
		{ "/ks-user", "/lxc.payload.ks", 0, EPERM },
		{ "/ks-user", "/lxc.monitor.ks", 0, 0 },
		{ "/lxc.payload.ks", "/ns", EPERM, EPERM },
	};
	char name[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(name, sizeof(name), "%s%s", rows[i].outer,
			 rows[i].inner);
		ASSERT_EQ(0, box_make(&self->box, rows[i].outer));
		ASSERT_EQ(0, box_make(&self->inner, name));
		EXPECT_EQ(rows[i].outside, probe_in(&self->box))
		{
			TH_LOG("%s", rows[i].outer);
		}
		EXPECT_EQ(rows[i].inside, probe_in(&self->inner))
		{
			TH_LOG("%s", name);
		}
		box_remove(&self->inner);
		box_remove(&self->box);
	}
}

/* The outermost guarded cgroup decides. */
TEST_F(identity, names_below_bind_nothing)
{
	struct container c;
	char name[1024];

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	snprintf(name, sizeof(name), "%s%s", self->box.path, "/system.slice");
	ASSERT_EQ(0, mkdir(name, 0755));
	snprintf(
		name, sizeof(name),
		"%s/libpod-conmon-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
		self->box.name);
	ASSERT_EQ(0, box_make(&self->inner, name));
	EXPECT_EQ(EPERM, probe_in(&self->inner));
	EXPECT_EQ(-ENOENT,
		  guard_container(&self->link, self->inner.id, NULL, &c));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_EQ(1, c.count[CTGUARD_OP_DEVICE_OPEN][CTGUARD_VERDICT_DENY]);
	EXPECT_EQ(-EEXIST, guard_bind(&self->link, self->inner.id, NULL));
	snprintf(name, sizeof(name), "%s%s", self->box.path, "/system.slice");
	rmdir(name);
}

TEST_F(identity, names_below_a_container_by_name_bind_nothing)
{
	struct container c;

	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	ASSERT_EQ(0, box_make_docker(&self->inner, self->box.name));
	EXPECT_EQ(EPERM, probe_in(&self->inner));
	EXPECT_EQ(-ENOENT,
		  guard_container(&self->link, self->inner.id, NULL, &c));
}

/* A guarded task makes no containers and no exceptions. */
static int mkdir_docker_act(const void *unused)
{
	struct box box;

	/* Its parent is there, so that only one thing is made. */
	return box_make(
		&box,
		"/docker/ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
}

TEST_F(identity, a_guarded_task_makes_none)
{
	struct sketch s = {
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "free", .group = SKETCH_UNRESTRICTED } },
		.namespaces = { NONE, NONE, NONE },
		.cgroups = { "/docker/{id}" },
	};
	struct container c;
	char name[256];
	struct blob blob;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	snprintf(name, sizeof(name), "%s/docker", box_root());
	mkdir(name, 0755);
	blob_make(&s, &blob);
	ASSERT_EQ(0, guard_push(&self->link, &blob, 0));
	blob_free(&blob);
	EXPECT_EQ(0, box_run(&self->box, 0, mkdir_docker_act, NULL));
	EXPECT_EQ(
		-ENOENT,
		guard_container(
			&self->link, 0,
			"/docker/ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
			&c));
	snprintf(
		name, sizeof(name),
		"%s/docker/ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		box_root());
	rmdir(name);
}

/* Containers that are there before the guard, or before its policy. */

TEST_F(identity, by_pattern_at_a_push)
{
	struct sketch s = {
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "one" } },
		.namespaces = { NONE, NONE, NONE },
		.cgroups = { "/ks-*" },
	};
	struct container c;
	struct blob blob;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	EXPECT_EQ(0, probe_in(&self->box));
	blob_make(&s, &blob);
	ASSERT_EQ(0, guard_push(&self->link, &blob, 0));
	blob_free(&blob);
	EXPECT_EQ(EPERM, probe_in(&self->box));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_EQ(CTGUARD_BOUND_BY_PATTERN, c.bound_by);
	/* And no longer. */
	ASSERT_EQ(0, guard_push(&self->link, &self->saved, 0));
	EXPECT_EQ(0, probe_in(&self->box));
}

TEST_F(identity, except_patterns)
{
	struct sketch s = {
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "one" } },
		.namespaces = { NONE, NONE, NONE },
		.cgroups = { "/ks-*" },
		.except = { "/ks-*-2" },
	};
	struct blob blob;

	ASSERT_EQ(0, box_make(&self->box, "/ks-a-1"));
	ASSERT_EQ(0, box_make(&self->second, "/ks-a-2"));
	blob_make(&s, &blob);
	ASSERT_EQ(0, guard_push(&self->link, &blob, 0));
	blob_free(&blob);
	EXPECT_EQ(EPERM, probe_in(&self->box));
	EXPECT_EQ(0, probe_in(&self->second));
}

TEST_F_TIMEOUT(identity, running_before_the_load, 60)
{
	struct container c;
	int pipes[2];
	pid_t pid;

	if (!getenv("CTGUARD_KO"))
		SKIP(return, "CTGUARD_KO is not set");
	link_close(&self->link);
	ASSERT_EQ(0, guard_unload());
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	pid = fork();
	if (!pid) {
		char go;

		if (box_enter(&self->box, 0) || read(pipes[0], &go, 1) != 1)
			_exit(BOX_NO_ENTRY);
		/* As a child of it, too. */
		if (box_run(NULL, 0, act_open, &probe) != EPERM)
			_exit(ENOTTY);
		_exit(act_open(&probe));
	}
	EXPECT_EQ(0, probe_in(&self->box));
	ASSERT_EQ(0, guard_load(""));
	ASSERT_EQ(1, write(pipes[1], "x", 1));
	EXPECT_EQ(EPERM, box_wait(pid));
	EXPECT_EQ(EPERM, probe_in(&self->box));
	ASSERT_EQ(0, link_open(&self->link));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_EQ(CTGUARD_BOUND_BY_PATTERN, c.bound_by);
	EXPECT_EQ(CTGUARD_CONTAINER_SEALED, c.flags);
}

/* Set-up ends with the first program in a mount namespace of its own. */

TEST_F(identity, sealed_by_the_first_program)
{
	struct container c;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_EQ(0, c.flags & CTGUARD_CONTAINER_SEALED);
	ASSERT_EQ(0, box_seal(&self->box));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_EQ(CTGUARD_CONTAINER_SEALED, c.flags);
}

static int exec_true(const void *unused)
{
	execl("/bin/true", "true", NULL);
	return errno;
}

TEST_F(identity, not_sealed_by_a_program_in_the_hosts_mounts)
{
	struct container c;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	ASSERT_EQ(0, box_run(&self->box, 0, exec_true, NULL));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_EQ(0, c.flags & CTGUARD_CONTAINER_SEALED);
}

/* Namespaces without a cgroup */

/* Runs an act as a child in new namespaces: a PID namespace begins with it. */
static int child_act(const struct act_file *file)
{
	return box_run(NULL, 0, act_open, file);
}

struct ns_act {
	int namespaces;
	const struct act_file *file;
};

static int in_namespaces(const void *argument)
{
	const struct ns_act *n = argument;
	int r = box_unshare(n->namespaces);

	return r ? BOX_NO_ENTRY : child_act(n->file);
}

static int run_in(int namespaces, const struct act_file *file)
{
	struct ns_act n = { namespaces, file };

	return box_run(NULL, 0, in_namespaces, &n);
}

TEST_F(identity, pid_namespace_is_baseline)
{
	struct container before, after;

	ASSERT_EQ(0,
		  guard_container(&self->link, 0, "(PID namespace)", &before));
	EXPECT_STREQ("baseline", before.profile);
	EXPECT_EQ(EPERM, run_in(CLONE_NEWPID, &probe));
	EXPECT_EQ(EPERM, run_in(CLONE_NEWPID, &pseudo));
	ASSERT_EQ(0,
		  guard_container(&self->link, 0, "(PID namespace)", &after));
	EXPECT_EQ(CTGUARD_BOUND_BY_NAMESPACE, after.bound_by);
	EXPECT_EQ(before.count[CTGUARD_OP_DEVICE_OPEN][CTGUARD_VERDICT_DENY] +
			  1,
		  after.count[CTGUARD_OP_DEVICE_OPEN][CTGUARD_VERDICT_DENY]);
	EXPECT_EQ(
		before.count[CTGUARD_OP_PSEUDOFS_WRITE][CTGUARD_VERDICT_DENY] +
			1,
		after.count[CTGUARD_OP_PSEUDOFS_WRITE][CTGUARD_VERDICT_DENY]);
}

static int mknod_act(const void *path)
{
	return mknod(path, S_IFCHR | 0600, makedev(1, 1)) || unlink(path) ?
		       errno :
		       0;
}

/* The first task of a PID namespace, and the one of another made in there. */
static int mknod_first(const void *path)
{
	return unshare(CLONE_NEWPID) ? BOX_NO_ENTRY :
				       box_run(NULL, 0, mknod_act, path);
}

static int mknod_first_below(const void *path)
{
	return unshare(CLONE_NEWPID) ? BOX_NO_ENTRY :
				       box_run(NULL, 0, mknod_first, path);
}

TEST_F(identity, pid_namespace_is_set_up_once)
{
	EXPECT_EQ(0, box_run(NULL, 0, mknod_first, "/run/ks-node"));
	EXPECT_EQ(EPERM, box_run(NULL, 0, mknod_first_below, "/run/ks-node"));
}

TEST_F(identity, other_namespaces_are_the_hosts)
{
	EXPECT_EQ(0, run_in(CLONE_NEWNS, &probe));
	EXPECT_EQ(0, run_in(CLONE_NEWNS, &pseudo));
	EXPECT_EQ(0, run_in(CLONE_NEWNET, &probe));
	EXPECT_EQ(0, run_in(CLONE_NEWIPC, &probe));
	EXPECT_EQ(0, run_in(CLONE_NEWUTS, &probe));
	EXPECT_EQ(0, run_in(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC |
				    CLONE_NEWUTS,
			    &pseudo));
}

static int socket_can(const void *unused)
{
	int fd = socket(AF_CAN, SOCK_RAW, 1);

	return fd < 0 ? errno : 0;
}

static int can_in_namespaces(const void *namespaces)
{
	int r = box_unshare(*(const int *)namespaces);

	return r ? BOX_NO_ENTRY : box_run(NULL, 0, socket_can, NULL);
}

static void remove_can(void)
{
	module_remove("can_raw");
	module_remove("can");
}

/* The autoload rule holds, and no other one. */
static void expect_sandbox(struct __test_metadata *_metadata, struct link *link,
			   int namespaces, const char *path)
{
	struct container before, after;

	remove_can();
	ASSERT_EQ(0, box_run(NULL, 0, socket_can, NULL));
	ASSERT_TRUE(module_is_loaded("can"));
	remove_can();
	ASSERT_EQ(0, guard_container(link, 0, path, &before));
	EXPECT_STREQ("sandbox", before.profile);
	EXPECT_EQ(EAFNOSUPPORT,
		  box_run(NULL, 0, can_in_namespaces, &namespaces));
	EXPECT_FALSE(module_is_loaded("can"));
	remove_can();
	ASSERT_EQ(0, guard_container(link, 0, path, &after));
	EXPECT_EQ(
		before.count[CTGUARD_OP_MODULE_AUTOLOAD][CTGUARD_VERDICT_DENY] +
			1,
		after.count[CTGUARD_OP_MODULE_AUTOLOAD][CTGUARD_VERDICT_DENY]);
	EXPECT_EQ(after.count[CTGUARD_OP_DEVICE_OPEN][CTGUARD_VERDICT_DENY],
		  before.count[CTGUARD_OP_DEVICE_OPEN][CTGUARD_VERDICT_DENY]);
}

TEST_F(identity, user_namespace_is_sandbox)
{
	expect_sandbox(_metadata, &self->link, CLONE_NEWUSER,
		       "(user namespace)");
}

TEST_F(identity, cgroup_namespace_is_sandbox)
{
	expect_sandbox(_metadata, &self->link, CLONE_NEWCGROUP,
		       "(cgroup namespace)");
	EXPECT_EQ(0, run_in(CLONE_NEWCGROUP, &probe));
	EXPECT_EQ(0, run_in(CLONE_NEWCGROUP, &pseudo));
}

TEST_F(identity, pid_and_user_namespace_is_baseline)
{
	struct act_file mine = { "/dev/kmsg", O_RDONLY };

	EXPECT_EQ(EPERM, run_in(CLONE_NEWPID | CLONE_NEWUSER, &mine));
}

static int bomb_act(const void *unused)
{
	int i;

	for (i = 0; i < 500; i++) {
		pid_t pid = fork();

		if (!pid) {
			unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS |
				CLONE_NEWCGROUP);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return 0;
}

TEST_F_TIMEOUT(identity, unshare_bomb_makes_no_containers, 120)
{
	struct status before, after;

	/* What repeats of earlier denials are counted is told by now. */
	do {
		ASSERT_EQ(0, guard_status(&self->link, &after));
		usleep(2500000);
		ASSERT_EQ(0, guard_status(&self->link, &before));
	} while (before.events != after.events);
	EXPECT_EQ(0, box_run(NULL, 0, bomb_act, NULL));
	ASSERT_EQ(0, guard_status(&self->link, &after));
	EXPECT_EQ(before.containers, after.containers);
	EXPECT_EQ(before.events, after.events);
}

/* Leaving one's cgroup */

struct clone_act {
	int cgroup; /* O_PATH */
	bool probe;
};

/* A child in another cgroup: 0 or the errno of it, or of its act. */
static int clone_into_act(const void *argument)
{
	const struct clone_act *a = argument;
	struct clone_args args = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = a->cgroup,
	};
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	if (!pid)
		_exit(a->probe ? act_open(&probe) : 0);
	return pid < 0 ? errno : box_wait(pid);
}

TEST_F(identity, clone_into_another_cgroup_is_denied)
{
	struct clone_act a;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, box_make(&self->second, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	a.probe = false;
	a.cgroup = open(self->second.path, O_PATH | O_DIRECTORY);
	ASSERT_LE(0, a.cgroup);
	EXPECT_EQ(0, box_run(NULL, 0, clone_into_act, &a));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, clone_into_act, &a));
	close(a.cgroup);
	a.cgroup = open(box_root(), O_PATH | O_DIRECTORY);
	EXPECT_EQ(0, box_run(NULL, 0, clone_into_act, &a));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, clone_into_act, &a));
	close(a.cgroup);
	a.cgroup = open(self->second.path, O_RDONLY | O_DIRECTORY);
	EXPECT_EQ(EPERM, box_run(&self->box, 0, clone_into_act, &a));
	close(a.cgroup);
}

TEST_F(identity, clone_into_a_cgroup_below_works)
{
	struct clone_act a = { .probe = true };
	char name[600];

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	snprintf(name, sizeof(name), "%s/below", self->box.name);
	ASSERT_EQ(0, box_make(&self->inner, name));
	a.cgroup = open(self->inner.path, O_PATH | O_DIRECTORY);
	EXPECT_EQ(EPERM, box_run(&self->box, 0, clone_into_act, &a));
	a.probe = false;
	EXPECT_EQ(0, box_run(&self->box, 0, clone_into_act, &a));
	close(a.cgroup);
}

/* Where a policy lets it leave, the label goes with it. */
static struct sketch without_pseudofs(void)
{
	return (struct sketch){
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "loose",
				.group = { 0, 0,
					   CTGUARD_GROUP_UNRESTRICTED } } },
		.namespaces = { NONE, NONE, NONE },
	};
}

TEST_F(identity, a_child_cloned_away_stays_guarded)
{
	struct sketch s = without_pseudofs();
	struct clone_act a = { .probe = true };
	struct blob blob;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, box_make(&self->second, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	blob_make(&s, &blob);
	ASSERT_EQ(0, guard_push(&self->link, &blob, 0));
	blob_free(&blob);
	a.cgroup = open(self->second.path, O_PATH | O_DIRECTORY);
	EXPECT_EQ(0, box_run(NULL, 0, clone_into_act, &a));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, clone_into_act, &a));
	close(a.cgroup);
}

static int leave_act(const void *box)
{
	int r = box_enter(box, 0);

	return r ? BOX_NO_ENTRY : act_open(&probe);
}

/* A labelled task, that is one forked in the container, leaves by itself. */
static int fork_and_leave_act(const void *box)
{
	return box_run(NULL, 0, leave_act, box);
}

TEST_F(identity, a_task_that_leaves_stays_guarded)
{
	struct sketch s = without_pseudofs();
	struct blob blob;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, box_make(&self->second, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	blob_make(&s, &blob);
	ASSERT_EQ(0, guard_push(&self->link, &blob, 0));
	blob_free(&blob);
	EXPECT_EQ(0, box_run(NULL, 0, fork_and_leave_act, &self->second));
	EXPECT_EQ(EPERM,
		  box_run(&self->box, 0, fork_and_leave_act, &self->second));
}

struct moved_act {
	int go;
	int ready;
};

static int moved_child(const void *argument)
{
	const struct moved_act *m = argument;
	char byte;

	if (write(m->ready, "x", 1) != 1 || read(m->go, &byte, 1) != 1)
		return BOX_NO_ENTRY;
	/* Children, too. */
	if (box_run(NULL, 0, act_open, &probe) != EPERM)
		return ENOTTY;
	return act_open(&probe);
}

static int moved_act(const void *argument)
{
	return box_run(NULL, 0, moved_child, argument);
}

/* The host moves who has a label. */
TEST_F(identity, a_task_that_the_host_moves_stays_guarded)
{
	struct moved_act m;
	int go[2], ready[2];
	char command[1400], byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(ready));
	m.go = go[0];
	m.ready = ready[1];
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, box_make(&self->second, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	ASSERT_EQ(0, box_seal(&self->box));
	pid = box_start(&self->box, 0, moved_act, &m);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	snprintf(
		command, sizeof(command),
		"for p in $(cat %s/cgroup.procs); do echo $p >%s/cgroup.procs; done",
		self->box.path, self->second.path);
	ASSERT_EQ(0, system(command));
	ASSERT_EQ(1, write(go[1], "x", 1));
	EXPECT_EQ(EPERM, box_wait(pid));
}

static int exec_open(const void *unused)
{
	execl("/bin/sh", "sh", "-c", "exec 3</dev/mem", NULL);
	return errno;
}

static int exec_in_fork(const void *unused)
{
	return box_run(NULL, CLONE_NEWNS, exec_open, NULL);
}

TEST_F(identity, over_exec_and_mount_namespaces)
{
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	EXPECT_EQ(0, box_run(NULL, CLONE_NEWNS, exec_open, NULL));
	EXPECT_NE(0, box_run(&self->box, CLONE_NEWNS, exec_open, NULL));
	EXPECT_NE(0, box_run(&self->box, CLONE_NEWNS, exec_in_fork, NULL));
}

/* Threads and workers of a guarded process */

static void *thread_open(void *ret)
{
	*(int *)ret = act_open(&probe);
	return NULL;
}

static int thread_act(const void *unused)
{
	pthread_t thread;
	int r = ENOTTY;

	if (pthread_create(&thread, NULL, thread_open, &r))
		return BOX_NO_ENTRY;
	pthread_join(thread, NULL);
	return r;
}

TEST_F(identity, of_threads_and_workers)
{
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	EXPECT_EQ(0, box_run(NULL, 0, thread_act, NULL));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, thread_act, NULL));
	EXPECT_EQ(0, box_run(NULL, 0, act_open_uring_worker, &probe));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, act_open_uring_worker, &probe));
	EXPECT_EQ(EPERM,
		  box_run(&self->box, 0, act_open_uring_worker, &pseudo));
}

/* A device manager lives in a mount namespace and loads modules. */
static int udev_act(const void *unused)
{
	if (box_unshare(CLONE_NEWNS | CLONE_NEWUTS))
		return BOX_NO_ENTRY;
	if (box_run(NULL, 0, socket_can, NULL))
		return ENOTTY;
	return act_open(&probe) ?: act_open(&pseudo);
}

TEST_F(identity, mount_namespace_alone_is_the_hosts)
{
	remove_can();
	EXPECT_EQ(0, box_run(NULL, 0, udev_act, NULL));
	EXPECT_TRUE(module_is_loaded("can"));
	remove_can();
}

/* Nested: a PID namespace in a container is the container. */
TEST_F(identity, namespaces_in_a_container_are_the_container)
{
	struct ns_act n = { CLONE_NEWPID | CLONE_NEWCGROUP, &probe };
	struct container c;

	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, in_namespaces, &n));
	n.namespaces = CLONE_NEWUSER | CLONE_NEWCGROUP;
	n.file = &pseudo;
	EXPECT_NE(0, box_run(&self->box, 0, in_namespaces, &n));
	ASSERT_EQ(0, guard_container(&self->link, self->box.id, NULL, &c));
	EXPECT_EQ(1, c.count[CTGUARD_OP_DEVICE_OPEN][CTGUARD_VERDICT_DENY]);
}

TEST_F(identity, a_container_that_is_gone_still_guards_its_tasks)
{
	struct moved_act m;
	int go[2], ready[2];
	char command[1400], byte;
	pid_t pid;

	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, pipe(ready));
	m.go = go[0];
	m.ready = ready[1];
	ASSERT_EQ(0, box_make(&self->box, NULL));
	ASSERT_EQ(0, box_make(&self->second, NULL));
	ASSERT_EQ(0, guard_bind(&self->link, self->box.id, NULL));
	pid = box_start(&self->box, 0, moved_act, &m);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	snprintf(
		command, sizeof(command),
		"for p in $(cat %s/cgroup.procs); do echo $p >%s/cgroup.procs; done",
		self->box.path, self->second.path);
	ASSERT_EQ(0, system(command));
	ASSERT_EQ(0, rmdir(self->box.path));
	self->box.id = 0;
	ASSERT_EQ(1, write(go[1], "x", 1));
	EXPECT_EQ(EPERM, box_wait(pid));
}

TEST_F(identity, many_containers)
{
	struct box boxes[50];
	struct status before, after;
	unsigned int i;

	ASSERT_EQ(0, guard_status(&self->link, &before));
	for (i = 0; i < ARRAY_SIZE(boxes); i++) {
		ASSERT_EQ(0, box_make_docker(&boxes[i], "/docker"));
		EXPECT_EQ(EPERM, probe_in(&boxes[i]));
	}
	ASSERT_EQ(0, guard_status(&self->link, &after));
	EXPECT_EQ(before.containers + ARRAY_SIZE(boxes), after.containers);
	for (i = 0; i < ARRAY_SIZE(boxes); i++)
		box_remove(&boxes[i]);
	ASSERT_EQ(0, guard_status(&self->link, &after));
	EXPECT_EQ(before.containers, after.containers);
}

TEST_HARNESS_MAIN
