// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations that fail, each in its turn: what is asked of the module is done
 * or refused, leaves things as they were before or as they are after it, and no
 * container may more than it may otherwise.
 *
 * The N-th allocation of a task fails when N was written to its fail-nth
 * (Documentation/fault-injection of the kernel); N counts up until none failed.
 * Many of them are the kernel's own. What the module keeps for others to
 * free is looked at by kmemleak, in run.sh.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <linux/perf_event.h>

#include "blob.h"
#include "common.h"
#include "jail.h"

#define NONE CTGUARD_PROFILE_NONE
#define MODULE "dummy"
#define NODE "/tmp/ks-faults-node"
/* A copy: squashfs remembers of a file that memory was short. */
#define IMAGE "/tmp/ks-faults.ko"

/* More than any system call here allocates. */
#define MOST 20000

/* What fails: what may sleep as well, and single pages. */
static const struct knob {
	const char *path;
	const char *value;
} knobs[] = {
	{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/failslab/verbose", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
	{ "/sys/kernel/debug/fail_page_alloc/min-order", "0" },
	{ "/sys/kernel/debug/fail_page_alloc/verbose", "0" },
};

/*
 * Injection
 */

static bool can_inject(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		if (write_whole(knobs[i].path, knobs[i].value))
			return false;
	return !access("/proc/self/fail-nth", W_OK);
}

/* Of the calling task; there is one thread. */
static int open_fail_nth(void)
{
	return open("/proc/self/fail-nth", O_RDWR | O_CLOEXEC);
}

static void arm(int fail_nth, unsigned int n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", n);

	if (pwrite(fail_nth, text, length, 0) != length)
		abort();
}

/* Ends it; true when an allocation failed since arm(). */
static bool disarm(int fail_nth)
{
	char text[16] = {};

	if (pread(fail_nth, text, sizeof(text) - 1, 0) <= 0)
		abort();
	if (atoi(text) && pwrite(fail_nth, "0", 1, 0) != 1)
		abort();
	return !atoi(text);
}

/**
 * struct faulty - an act, one of whose allocations fails; shared with its child
 * @act: what is done
 * @argument: of @act
 * @n: which allocation
 * @failed: there were as many
 */
struct faulty {
	act *act;
	const void *argument;
	unsigned int n;
	bool failed;
};

static int faulty_act(const void *argument)
{
	struct faulty *f = (struct faulty *)argument;
	int fail_nth = open_fail_nth(), r;

	if (fail_nth < 0)
		return BOX_NO_ENTRY;
	arm(fail_nth, f->n);
	r = f->act(f->argument);
	f->failed = disarm(fail_nth);
	return r;
}

static struct faulty *share_faulty(void)
{
	void *at = mmap(NULL, sizeof(struct faulty), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/**
 * struct state - what every test here begins with, and ends with
 * @g: a container
 * @saved: the policy in force
 * @before: the guard's status
 * @fail_nth: of this task
 * @failed: allocations so far
 */
struct state {
	struct guarded g;
	struct blob saved;
	struct status before;
	int fail_nth;
	unsigned int failed;
};

static bool is_ready(const struct state *s)
{
	return s->saved.data;
}

#define CANNOT "the kernel makes no allocation fail"

static void setup(struct __test_metadata *_metadata, struct state *s)
{
	s->g.link.fd = -1;
	s->g.events.fd = -1;
	if (!can_inject())
		return;
	guarded_setup(_metadata, &s->g, SEALED);
	s->fail_nth = open_fail_nth();
	ASSERT_LE(0, s->fail_nth);
	ASSERT_EQ(0, guard_status(&s->g.link, &s->before));
	ASSERT_EQ(0, guard_pull(&s->g.link, &s->saved));
}

/* The policy is what it was, and all is live. */
static void teardown(struct __test_metadata *_metadata, struct state *s)
{
	struct status after;
	struct link link;

	if (!is_ready(s))
		return;
	ASSERT_EQ(0, link_open(&link));
	EXPECT_EQ(0, guard_status(&link, &after));
	EXPECT_EQ(CTGUARD_STATE_ENFORCING, after.state);
	EXPECT_EQ(0,
		  memcmp(s->before.sha256, after.sha256, sizeof(after.sha256)));
	link_close(&link);
	blob_free(&s->saved);
	guarded_teardown(&s->g);
	printf("# %u allocations failed\n", s->failed);
	fflush(stdout);
}

/* Goes on to the next allocation; false when there was none any more. */
static bool again(struct state *s, unsigned int *n, bool failed)
{
	if (!failed || *n == MOST)
		return false;
	s->failed++;
	++*n;
	return true;
}

/*
 * What containers may not
 */

static const struct act_file host_memory = { "/dev/mem", O_RDONLY };
static const struct act_file core_pattern = { "/proc/sys/kernel/core_pattern",
					      O_WRONLY };
static const struct act_file memory_of_init = { "/proc/1/mem", O_RDWR };

static int mknod_act(const void *unused)
{
	int r = mknod(NODE, S_IFBLK | 0600, makedev(254, 0)) ? errno : 0;

	unlink(NODE);
	return r;
}

static int copy_module(void)
{
	void *image;
	size_t size;
	int fd, r;

	r = module_image(MODULE, &image, &size);
	if (r)
		return r;
	fd = open(IMAGE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, image, size) != (ssize_t)size)
		r = EIO;
	close(fd);
	free(image);
	return r;
}

static int insert_act(const void *unused)
{
	int fd = open(IMAGE, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return errno;
	r = syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	close(fd);
	if (!r)
		module_remove(MODULE);
	return r;
}

static int autoload_act(const void *unused)
{
	int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int mount_act(const void *unused)
{
	return mount("none", "/mnt", "devtmpfs", 0, NULL) ? errno : 0;
}

static int perf_act(const void *unused)
{
	struct perf_event_attr attr = { .size = sizeof(attr),
					.type = PERF_TYPE_SOFTWARE,
					.config = PERF_COUNT_SW_CPU_CLOCK };
	int fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int setns_act(const void *unused)
{
	int fd = open("/proc/1/ns/uts", O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return errno;
	r = setns(fd, CLONE_NEWUTS) ? errno : 0;
	close(fd);
	return r;
}

static int signal_act(const void *unused)
{
	return kill(1, SIGCONT) ? errno : 0;
}

FIXTURE(denied)
{
	struct state s;
	struct faulty *faulty;
};

FIXTURE_VARIANT(denied)
{
	act *act;
	const void *argument;
	int namespaces;
	const char *module; /* that the act loads */
	int error;	    /* of the denial; 0 is EPERM */
};

FIXTURE_SETUP(denied)
{
	setup(_metadata, &self->s);
	self->faulty = share_faulty();
	ASSERT_NE(NULL, self->faulty);
}

FIXTURE_TEARDOWN(denied)
{
	unlink(NODE);
	unlink(IMAGE);
	teardown(_metadata, &self->s);
}

#define ACT(name, ...)                    \
	FIXTURE_VARIANT_ADD(denied, name) \
	{                                 \
		__VA_ARGS__               \
	}

ACT(device, .act = act_open, .argument = &host_memory);
ACT(device_by_uring, .act = act_open_uring, .argument = &host_memory);
ACT(pseudofs, .act = act_open, .argument = &core_pattern);
ACT(memory, .act = act_open, .argument = &memory_of_init);
ACT(mknod, .act = mknod_act);
ACT(module, .act = insert_act, .module = MODULE);
ACT(autoload, .act = autoload_act, .module = "af_alg");
ACT(mount, .act = mount_act, .namespaces = CLONE_NEWNS);
ACT(perf, .act = perf_act);
ACT(setns, .act = setns_act, .error = EACCES);
ACT(signal, .act = signal_act);

/* The host may, and the container may not, whatever fails. */
TEST_F_TIMEOUT(denied, whatever_fails, 600)
{
	struct faulty *f = self->faulty;
	int r, error = variant->error ?: EPERM;

	if (!is_ready(&self->s))
		SKIP(return, CANNOT);
	if (variant->act == insert_act)
		ASSERT_EQ(0, copy_module());
	*f = (struct faulty){ variant->act, variant->argument, 1 };
	if (variant->module)
		module_remove(variant->module);
	ASSERT_EQ(0, box_run(NULL, variant->namespaces, f->act, f->argument));
	if (variant->module)
		module_remove(variant->module);
	ASSERT_EQ(error, box_run(&self->s.g.box, variant->namespaces, f->act,
				 f->argument));
	do {
		r = box_run(&self->s.g.box, variant->namespaces, faulty_act, f);
		EXPECT_NE(0, r)
		{
			TH_LOG("without allocation %u", f->n);
		}
		EXPECT_GT(BOX_NO_ENTRY, r);
	} while (again(&self->s, &f->n, f->failed));
	EXPECT_EQ(error, r);
	EXPECT_FALSE(f->failed);
}

/*
 * What is asked of the family
 */

FIXTURE(faults)
{
	struct state s;
	struct box box;
	struct jail jail;
	struct inmate inmate;
	struct blob other; /* a policy */
};

/* How many hooks there are: those that a kernel need not have are counted. */
static int count_hook(const struct attributes *a, void *count)
{
	*(unsigned int *)count += attribute_u32(a, CTGUARD_A_HOOK_STATE) !=
				  CTGUARD_HOOK_ABSENT;
	return 0;
}

static unsigned int hooks_of(struct link *link)
{
	struct request request;
	unsigned int count = 0;

	request_begin(&request, link, CTGUARD_CMD_HOOK_GET, NLM_F_DUMP);
	return link_do(link, &request, count_hook, &count) ? 0 : count;
}

static const struct sketch free_sketch = {
	.mode = CTGUARD_MODE_ENFORCE,
	.profiles = { { "app", .group = SKETCH_UNRESTRICTED,
			.images = { CTGUARD_REQUIRE_APPROVED } } },
	.namespaces = { NONE, NONE, NONE },
	.cgroups = { "/ks-*" },
	.images = { { CTGUARD_IMAGE_CONFIG, { 1, 2, 3 } } },
	.image_count = 1,
};

FIXTURE_SETUP(faults)
{
	self->jail.root = -1;
	setup(_metadata, &self->s);
	blob_make(&free_sketch, &self->other);
}

FIXTURE_TEARDOWN(faults)
{
	box_remove(&self->box);
	jail_remove(&self->jail);
	blob_free(&self->other);
	teardown(_metadata, &self->s);
}

static int ask_status(FIXTURE_DATA(faults) * self, struct link *link)
{
	struct status status;

	return guard_status(link, &status);
}

static int ask_hooks(FIXTURE_DATA(faults) * self, struct link *link)
{
	int r = guard_hook(link, "security_file_open");

	return r < 0 ? r : 0;
}

static int ask_containers(FIXTURE_DATA(faults) * self, struct link *link)
{
	struct container c;

	return guard_container(link, self->s.g.box.id, NULL, &c);
}

static int ask_policy(FIXTURE_DATA(faults) * self, struct link *link)
{
	struct blob blob;
	int r;

	r = guard_pull(link, &blob);
	if (!r && (blob.size != self->s.saved.size ||
		   memcmp(blob.data, self->s.saved.data, blob.size)))
		r = -EBADMSG;
	blob_free(&blob);
	return r;
}

static int ask_explain(FIXTURE_DATA(faults) * self, struct link *link)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_EXPLAIN, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_OPERATION, CTGUARD_OP_MODULE_LOAD);
	request_string(&request, CTGUARD_A_OBJECT, "x");
	request_u32(&request, CTGUARD_A_PID, getpid());
	return link_do(link, &request, NULL, NULL);
}

static int ask_bind(FIXTURE_DATA(faults) * self, struct link *link)
{
	return guard_bind(link, self->box.id, NULL);
}

static int ask_bind_unbind(FIXTURE_DATA(faults) * self, struct link *link)
{
	int r = guard_bind(link, self->box.id, NULL);

	return r ?: guard_unbind(link, self->box.id);
}

static int ask_push(FIXTURE_DATA(faults) * self, struct link *link)
{
	return guard_push(link, &self->other, 0);
}

static int ask_trial(FIXTURE_DATA(faults) * self, struct link *link)
{
	int r = guard_push(link, &self->other, 60000);

	return r ?: guard_trial_end(link, CTGUARD_TRIAL_REVERT);
}

static int ask_mode(FIXTURE_DATA(faults) * self, struct link *link)
{
	return guard_mode(link, CTGUARD_MODE_COMPLAIN, 0);
}

static int ask_listen(FIXTURE_DATA(faults) * self, struct link *link)
{
	struct link events;
	int r;

	events.fd = -1;
	r = guard_listen(&events);
	link_close(&events);
	return r;
}

enum what {
	NOTHING,
	POLICY,
	MODE,
	BINDING,
};

static const struct question {
	const char *what;
	int (*ask)(FIXTURE_DATA(faults) * self, struct link *link);
	enum what changes;
} questions[] = {
	{ "status", ask_status },
	{ "hooks", ask_hooks },
	{ "containers", ask_containers },
	{ "policy", ask_policy },
	{ "explain", ask_explain },
	{ "listen", ask_listen },
	{ "bind", ask_bind, BINDING },
	{ "bind and unbind", ask_bind_unbind },
	{ "mode", ask_mode, MODE },
	{ "push", ask_push, POLICY },
	{ "trial and back", ask_trial },
};

static bool is_bound(FIXTURE_DATA(faults) * self, struct link *link)
{
	struct container c;

	return !guard_container(link, self->box.id, NULL, &c);
}

/* As before or as after; as after if that was the answer. Then as before. */
static void expect_either(struct __test_metadata *_metadata,
			  FIXTURE_DATA(faults) * self, const struct question *q,
			  int answer)
{
	uint8_t other[CTGUARD_SHA256_SIZE];
	bool pushed, set, bound;
	struct status status;
	struct link link;

	guard_sha256(&self->other, other);
	ASSERT_EQ(0, link_open(&link));
	ASSERT_EQ(0, guard_status(&link, &status));
	if (status.trial) {
		EXPECT_NE(0, answer);
		EXPECT_EQ(0, guard_trial_end(&link, CTGUARD_TRIAL_REVERT));
		EXPECT_EQ(0, guard_status(&link, &status));
	}
	pushed = !memcmp(status.sha256, other, sizeof(other));
	set = status.mode == CTGUARD_MODE_COMPLAIN;
	/* The other policy makes it a container by its name, and that it stays. */
	bound = q->ask != ask_push && q->ask != ask_trial &&
		is_bound(self, &link);
	EXPECT_TRUE(pushed || !memcmp(status.sha256, self->s.before.sha256,
				      sizeof(other)));
	EXPECT_TRUE(set || status.mode == self->s.before.mode);
	if (!answer) {
		EXPECT_EQ(q->changes == POLICY, pushed);
		EXPECT_EQ(q->changes == MODE, set);
		EXPECT_EQ(q->changes == BINDING, bound);
	}
	if (pushed)
		EXPECT_EQ(0, guard_push(&link, &self->s.saved, 0));
	if (set)
		EXPECT_EQ(0, guard_mode(&link, self->s.before.mode, 0));
	if (bound)
		EXPECT_EQ(0, guard_unbind(&link, self->box.id));
	link_close(&link);
}

TEST_F_TIMEOUT(faults, requests_are_done_or_not, 1800)
{
	unsigned int i, n;
	struct link link;
	bool failed;
	int r;

	if (!is_ready(&self->s))
		SKIP(return, CANNOT);
	for (i = 0; i < ARRAY_SIZE(questions); i++) {
		n = 1;
		do {
			ASSERT_EQ(0, box_make(&self->box, NULL));
			ASSERT_EQ(0, link_open(&link));
			arm(self->s.fail_nth, n);
			r = questions[i].ask(self, &link);
			failed = disarm(self->s.fail_nth);
			link_close(&link);
			EXPECT_NE(-ETIMEDOUT, r)
			{
				TH_LOG("%s: no answer, without allocation %u",
				       questions[i].what, n);
			}
			expect_either(_metadata, self, &questions[i], r);
			box_remove(&self->box);
		} while (again(&self->s, &n, failed));
		EXPECT_EQ(0, r)
		{
			TH_LOG("%s", questions[i].what);
		}
		printf("# %s: %u\n", questions[i].what, n - 1);
		fflush(stdout);
	}
}

/* A container whose claim was taken runs, and one without does not. */
TEST_F_TIMEOUT(faults, claims_are_taken_or_not, 1800)
{
	static const char *const programs[] = { JAIL_LOWER, NULL };
	static const uint8_t config[CTGUARD_SHA256_SIZE] = { 1, 2, 3 };
	struct claim claim = { .config = config };
	unsigned int n = 1;
	bool failed;
	int r;

	if (!is_ready(&self->s))
		SKIP(return, CANNOT);
	ASSERT_EQ(0, jail_make(&self->jail));
	claim.root = self->jail.root;
	claim.upper = self->jail.upper;
	ASSERT_EQ(0, guard_push(&self->s.g.link, &self->other, 0));
	do {
		ASSERT_EQ(0, box_make(&self->box, NULL));
		ASSERT_EQ(0, inmate_start(&self->inmate, &self->jail,
					  &self->box, programs));
		arm(self->s.fail_nth, n);
		r = guard_claim(&self->s.g.link, self->inmate.pidfd, &claim);
		failed = disarm(self->s.fail_nth);
		if (r) {
			EXPECT_TRUE(failed);
		} else {
			EXPECT_EQ(0, inmate_run(&self->inmate));
		}
		box_remove(&self->box);
	} while (again(&self->s, &n, failed));
	EXPECT_EQ(0, r);
	EXPECT_EQ(0, guard_push(&self->s.g.link, &self->s.saved, 0));
}

/*
 * Containers that begin
 */

/* Guarded from the mkdir(2) on, or it fails; and gone with the rmdir(2). */
TEST_F_TIMEOUT(faults, cgroups_are_guarded_from_the_first, 1800)
{
	unsigned int made = 0, n = 1, i;
	struct status status;
	struct box box = {};
	char path[512];
	bool failed;
	int r;

	if (!is_ready(&self->s))
		SKIP(return, CANNOT);
	snprintf(path, sizeof(path), "%s/docker", box_root());
	ASSERT_TRUE(!mkdir(path, 0755) || errno == EEXIST);
	do {
		snprintf(box.path, sizeof(box.path), "%s/%064x", path, n);
		arm(self->s.fail_nth, n);
		r = mkdir(box.path, 0755) ? errno : 0;
		failed = disarm(self->s.fail_nth);
		if (r) {
			EXPECT_TRUE(failed);
			continue;
		}
		made++;
		EXPECT_EQ(EPERM, box_run(&box, 0, act_open, &host_memory))
		{
			TH_LOG("without allocation %u", n);
		}
		arm(self->s.fail_nth, n);
		r = rmdir(box.path) ? errno : 0;
		failed |= disarm(self->s.fail_nth);
		if (r)
			EXPECT_EQ(0, rmdir(box.path));
	} while (again(&self->s, &n, failed));
	EXPECT_EQ(0, r);
	EXPECT_LT(1, made);
	rmdir(path);
	/* Works of the kernel's free them. */
	for (i = 0; i < 600; i++) {
		ASSERT_EQ(0, guard_status(&self->s.g.link, &status));
		if (status.containers == self->s.before.containers)
			break;
		usleep(100000);
	}
	EXPECT_EQ(self->s.before.containers, status.containers);
}

#define PROBE "probe-of-faults"
#define RAN 50	    /* and an allocation failed; errnos are less */
#define RAN_WELL 51 /* and none did */
#define REFUSED 100 /* an errno of execve() more than this: likewise */
#define UNABLE 127  /* it lacked memory before its main() */

/* What the next test runs: this program, as something that opens a device. */
static void __attribute__((constructor)) probe(int argc, char **argv)
{
	int fail_nth, r;

	if (argc != 1 || strcmp(argv[0], PROBE))
		return;
	fail_nth = open_fail_nth();
	r = fail_nth >= 0 && !disarm(fail_nth) ? RAN_WELL : RAN;
	_exit(act_open(&host_memory) == EPERM ? r : 0);
}

static int exec_act(const void *n)
{
	char *const arguments[] = { PROBE, NULL };
	int fail_nth = open("/proc/self/fail-nth", O_RDWR), r;

	if (fail_nth < 0)
		return BOX_NO_ENTRY;
	arm(fail_nth, *(const unsigned int *)n);
	execve("/proc/self/exe", arguments, NULL);
	r = errno;
	return disarm(fail_nth) ? r : REFUSED + r;
}

/* The first program begins guarded, or not at all. */
TEST_F_TIMEOUT(faults, first_programs_are_guarded, 1800)
{
	unsigned int n = 1;
	int r;

	if (!is_ready(&self->s))
		SKIP(return, CANNOT);
	do {
		ASSERT_EQ(0, box_make(&self->box, NULL));
		ASSERT_EQ(0, guard_bind(&self->s.g.link, self->box.id, NULL));
		r = box_run(&self->box, CLONE_NEWNS, exec_act, &n);
		EXPECT_NE(0, r)
		{
			TH_LOG("without allocation %u", n);
		}
		EXPECT_EQ(EPERM,
			  box_run(&self->box, 0, act_open, &host_memory));
		box_remove(&self->box);
	} while (again(&self->s, &n,
		       r < RAN_WELL || r == UNABLE || r == BOX_CRASHED));
	EXPECT_EQ(RAN_WELL, r);
}

/* Where approved images are required, and nothing was said, nothing runs. */
TEST_F_TIMEOUT(faults, unapproved_programs_do_not_run, 1800)
{
	unsigned int n = 1;
	int r;

	if (!is_ready(&self->s))
		SKIP(return, CANNOT);
	ASSERT_EQ(0, guard_push(&self->s.g.link, &self->other, 0));
	ASSERT_EQ(0, box_make(&self->box, NULL));
	do {
		r = box_run(&self->box, CLONE_NEWNS, exec_act, &n);
		EXPECT_NE(0, r)
		{
			TH_LOG("without allocation %u", n);
		}
		EXPECT_NE(RAN, r);
		EXPECT_NE(RAN_WELL, r);
	} while (again(&self->s, &n,
		       r <= RAN || r == UNABLE || r == BOX_CRASHED));
	EXPECT_EQ(REFUSED + EPERM, r);
	EXPECT_EQ(0, guard_push(&self->s.g.link, &self->s.saved, 0));
}

/* A child of a container, and how it is told to go on. */
struct child {
	unsigned int n;
	bool failed;
	volatile pid_t pid;
	volatile bool may_go;
};

static int fork_act(const void *argument)
{
	struct child *c = (struct child *)argument;
	int fail_nth = open_fail_nth();
	pid_t pid;

	if (fail_nth < 0)
		return BOX_NO_ENTRY;
	arm(fail_nth, c->n);
	pid = fork();
	if (!pid) {
		while (!c->may_go)
			usleep(1000);
		_exit(act_open(&host_memory));
	}
	c->failed = disarm(fail_nth);
	c->pid = pid;
	return pid < 0 ? ENOMEM : box_wait(pid);
}

/* A task that was born there stays what it is, wherever it is put. */
TEST_F_TIMEOUT(faults, children_stay_guarded, 1800)
{
	struct child *c = mmap(NULL, sizeof(*c), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct box host = {};
	unsigned int n = 1;
	pid_t pid;
	int r;

	if (!is_ready(&self->s))
		SKIP(return, CANNOT);
	ASSERT_NE(MAP_FAILED, c);
	snprintf(host.path, sizeof(host.path), "%s", box_root());
	do {
		*c = (struct child){ .n = n };
		pid = box_start(&self->s.g.box, 0, fork_act, c);
		ASSERT_LT(0, pid);
		while (!c->pid)
			usleep(1000);
		if (c->pid > 0)
			EXPECT_EQ(0, box_enter(&host, c->pid));
		c->may_go = true;
		r = box_wait(pid);
		EXPECT_NE(0, r)
		{
			TH_LOG("without allocation %u", n);
		}
	} while (again(&self->s, &n, c->failed));
	EXPECT_EQ(EPERM, r);
}

/*
 * Each place of the module where memory is asked for, by whatever task or work:
 * by a module that makes one of them fail at a time, tests/debug/enomem.
 */

#define ARM "/sys/module/enomem/parameters/arm"
#define PLACE "/sys/module/enomem/parameters/place"
#define SETTLES 400000 /* us until works are done */

/* The first time that it is asked there, and where that is repeated, a later. */
static const unsigned int times[] = { 1, 4 };

FIXTURE(places)
{
	struct guarded g;
	struct status before;
	struct blob saved;
	struct blob other;
	struct jail jail;
	unsigned int hooks;
	bool loaded;
};

#define tell(...)                         \
	do {                              \
		printf("# " __VA_ARGS__); \
		putchar('\n');            \
		fflush(stdout);           \
	} while (0)

static int arm_place(unsigned int time)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", time);
	return write_whole(ARM, text);
}

/* Ends it; has an allocation failed? */
static bool disarm_place(struct __test_metadata *_metadata)
{
	char text[16] = {};

	ASSERT_LT(0, read_whole(ARM, text, sizeof(text)));
	ASSERT_EQ(0, arm_place(0));
	return !atoi(text);
}

FIXTURE_SETUP(places)
{
	const char *path = getenv("CTGUARD_ENOMEM");
	int fd;

	self->jail.root = -1;
	self->g.link.fd = -1;
	self->g.events.fd = -1;
	ASSERT_NE(NULL, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	/* It has to see the module come. */
	ASSERT_EQ(0, guard_unload());
	ASSERT_EQ(0, syscall(SYS_finit_module, fd, "", 0));
	close(fd);
	self->loaded = true;
	ASSERT_EQ(0, guard_load(""));
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, guard_status(&self->g.link, &self->before));
	ASSERT_EQ(0, guard_pull(&self->g.link, &self->saved));
	blob_make(&free_sketch, &self->other);
	self->hooks = hooks_of(&self->g.link);
	ASSERT_LT(0, self->hooks);
}

FIXTURE_TEARDOWN(places)
{
	jail_remove(&self->jail);
	guarded_teardown(&self->g);
	if (self->loaded)
		EXPECT_EQ(0, module_remove("enomem"));
	blob_free(&self->other);
	blob_free(&self->saved);
}

/* All is live, and the policy that of the beginning or as it was put back. */
static void expect_whole(struct __test_metadata *_metadata,
			 FIXTURE_DATA(places) * self, unsigned int round)
{
	struct status status;
	struct link link;

	ASSERT_EQ(0, link_open(&link));
	ASSERT_EQ(0, guard_status(&link, &status));
	if (status.trial) {
		EXPECT_EQ(0, guard_trial_end(&link, CTGUARD_TRIAL_REVERT));
		ASSERT_EQ(0, guard_status(&link, &status));
	}
	if (memcmp(status.sha256, self->before.sha256, sizeof(status.sha256)))
		EXPECT_EQ(0, guard_push(&link, &self->saved, 0));
	ASSERT_EQ(0, guard_status(&link, &status));
	EXPECT_EQ(CTGUARD_STATE_ENFORCING, status.state)
	{
		char place[128] = "";

		read_whole(PLACE, place, sizeof(place) - 1);
		TH_LOG("round %u, without memory in %s", round, place);
	}
	EXPECT_EQ(self->hooks, hooks_of(&link));
	link_close(&link);
}

TEST_F_TIMEOUT(places, loads_whole_or_not, 7200)
{
	unsigned int round = 0, refused = 0, i;
	bool failed;
	int r;

	link_close(&self->g.link);
	link_close(&self->g.events);
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		do {
			if (guard_is_loaded())
				ASSERT_EQ(0, guard_unload());
			ASSERT_EQ(0, arm_place(times[i]));
			r = guard_load("");
			failed = disarm_place(_metadata);
			if (r) {
				refused++;
				EXPECT_TRUE(failed);
				EXPECT_FALSE(guard_is_loaded());
				EXPECT_NE(0,
					  access("/sys/module/ctguard", F_OK));
			} else {
				expect_whole(_metadata, self, round);
			}
			if (++round % 20 == 0)
				tell("%u loads, %u of them refused", round,
				     refused);
		} while (failed);
	}
	tell("%u loads, %u of them refused", round, refused);
	EXPECT_LT(ARRAY_SIZE(times), refused);
}

/* A first program that keeps what a container may not open. */
static int inherit_act(const void *unused)
{
	char *const arguments[] = { PROBE, NULL };

	execve("/proc/self/exe", arguments, NULL);
	return errno;
}

/* What would be wrong whoever lacks memory: something was allowed. */
static void expect_refused(struct __test_metadata *_metadata,
			   const struct box *box, const char *what)
{
	EXPECT_NE(0, box_run(box, 0, act_open, &host_memory))
	{
		TH_LOG("%s", what);
	}
	EXPECT_NE(0, box_run(box, 0, mknod_act, NULL))
	{
		TH_LOG("%s", what);
	}
	EXPECT_NE(0, box_run(box, CLONE_NEWNS, mount_act, NULL))
	{
		TH_LOG("%s", what);
	}
}

static void try_docker(struct __test_metadata *_metadata)
{
	struct box box;

	if (box_make_docker(&box, "/docker"))
		return;
	EXPECT_NE(0, box_run(&box, 0, act_open, &host_memory));
	/* Before its first program it may make nodes. */
	if (!box_seal(&box))
		expect_refused(_metadata, &box, "by name");
	box_remove(&box);
}

static void try_bound(struct __test_metadata *_metadata,
		      FIXTURE_DATA(places) * self)
{
	struct box box;
	int fd, r;

	ASSERT_EQ(0, box_make(&box, NULL));
	r = guard_bind(&self->g.link, box.id, NULL);
	if (!r) {
		fd = open(host_memory.path, O_RDONLY);
		ASSERT_LE(0, fd);
		EXPECT_NE(0, box_run(&box, CLONE_NEWNS, inherit_act, NULL));
		close(fd);
		expect_refused(_metadata, &box, "bound");
		guard_unbind(&self->g.link, box.id);
	}
	box_remove(&box);
}

/* A claim, where one is asked for. */
static void try_claim(struct __test_metadata *_metadata,
		      FIXTURE_DATA(places) * self)
{
	static const char *const programs[] = { JAIL_LOWER, NULL };
	static const uint8_t config[CTGUARD_SHA256_SIZE] = { 1, 2, 3 };
	const struct claim claim = { .config = config,
				     .root = self->jail.root,
				     .upper = self->jail.upper };
	struct inmate inmate;
	struct box box;
	int r;

	if (guard_push(&self->g.link, &self->other, 0))
		return;
	ASSERT_EQ(0, box_make(&box, NULL));
	ASSERT_EQ(0, inmate_start(&inmate, &self->jail, &box, programs));
	r = guard_claim(&self->g.link, inmate.pidfd, &claim);
	/* It may be denied as well, where what is asked at its start fails. */
	if (!inmate_run(&inmate))
		EXPECT_EQ(0, r);
	box_remove(&box);
	guard_push(&self->g.link, &self->saved, 0);
}

/* What has the guard look at the host anew. */
static void change_host(struct __test_metadata *_metadata)
{
	module_remove(MODULE);
	EXPECT_EQ(0, module_insert(MODULE));
	ASSERT_TRUE(!mkdir("/tmp/ks-lib", 0755) || errno == EEXIST);
	ASSERT_EQ(0, mount("none", "/tmp/ks-lib", "tmpfs", 0, NULL));
	EXPECT_EQ(0, mkdir("/tmp/ks-lib/modules", 0755));
	EXPECT_EQ(0, umount("/tmp/ks-lib"));
	rmdir("/tmp/ks-lib");
	module_remove(MODULE);
}

static void ask_all(FIXTURE_DATA(places) * self)
{
	struct container c;
	struct status status;
	struct link events;
	struct blob blob;

	guard_status(&self->g.link, &status);
	guard_container(&self->g.link, self->g.box.id, NULL, &c);
	if (!guard_pull(&self->g.link, &blob))
		blob_free(&blob);
	if (!guard_push(&self->g.link, &self->other, 60000))
		guard_trial_end(&self->g.link, CTGUARD_TRIAL_REVERT);
	events.fd = -1;
	guard_listen(&events);
	link_close(&events);
}

TEST_F_TIMEOUT(places, work_is_done_or_not, 7200)
{
	unsigned int round = 0, i;
	bool failed;

	ASSERT_EQ(0, jail_make(&self->jail));
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		do {
			ASSERT_EQ(0, arm_place(times[i]));
			expect_refused(_metadata, &self->g.box, "sealed");
			try_docker(_metadata);
			try_bound(_metadata, self);
			try_claim(_metadata, self);
			change_host(_metadata);
			ask_all(self);
			usleep(SETTLES);
			failed = disarm_place(_metadata);
			expect_whole(_metadata, self, round);
			EXPECT_EQ(EPERM, box_run(&self->g.box, 0, act_open,
						 &host_memory));
			if (++round % 20 == 0)
				tell("%u rounds", round);
		} while (failed);
	}
	tell("%u rounds", round);
	EXPECT_LT(ARRAY_SIZE(times), round);
}

TEST_HARNESS_MAIN
