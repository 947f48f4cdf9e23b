// SPDX-License-Identifier: GPL-2.0
/*
 * Containers by the thousand, each a cgroup and one program, that try what is
 * allowed and what is not. Each verdict is compared with what it should be, and
 * what was denied with what the kernel counted.
 *
 * Usage: churn containers|quiet|host REPORT [TIMES]; to the end of the one at
 * hand on SIGTERM. A container that is quiet stays, and does what is allowed;
 * on the host all of it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "acts.h"
#include "box.h"
#include "guard.h"
#include "soak.h"

#define ROUNDS 3
#define FLOOD 600
#define FLOOD_EACH 16 /* containers */

/* The descriptor that the container's program reports to. */
#define REPORT_FD 3

/* What one program came to. */
struct result {
	uint64_t tried;
	uint64_t denied;
	uint64_t wrong;
	char example[64];
};

/* How an act ends in a container; on the host it succeeds. */
enum end {
	ALLOWED,
	DENIED,
	EITHER, /* as the policy of the moment has it */
};

/* Who tries; quietly is in a container, and only what is allowed. */
enum where {
	IN_CONTAINER,
	QUIETLY,
	ON_HOST,
};

static int open_act(const void *file)
{
	return act_open(file);
}

static int write_act(const void *path)
{
	return write_whole(path, "0");
}

static int directory_act(const void *path)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/soak-%d", (const char *)path,
		 getpid());
	return mkdir(name, 0700) || rmdir(name) ? errno : 0;
}

static int node_act(const void *number)
{
	char path[64];

	snprintf(path, sizeof(path), "/tmp/soak-node-%d", getpid());
	return mknod(path, *(const mode_t *)number | 0600,
		     S_ISBLK(*(const mode_t *)number) ? makedev(8, 0) :
							makedev(1, 3)) ||
			       unlink(path) ?
		       errno :
		       0;
}

/* There is none: without the guard that is what it fails with. */
static int unload_act(const void *unused)
{
	(void)unused;
	if (!syscall(SYS_delete_module, "soak-no-such", O_NONBLOCK))
		return ENOTTY;
	return errno == ENOENT ? 0 : errno;
}

static int kexec_act(const void *unused)
{
	(void)unused;
	return syscall(SYS_kexec_load, 0, 0, NULL, 0) ? errno : 0;
}

static int bpf_act(const void *unused)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACEPOINT,
		.insns = (uintptr_t)instructions,
		.insn_cnt = 2,
		.license = (uintptr_t) "GPL",
	};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	(void)unused;
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int mount_act(const void *type)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "/tmp/soak-mount-%d", getpid());
	if (mkdir(path, 0700))
		return errno;
	r = mount("soak", path, type, 0, NULL) || umount(path) ? errno : 0;
	rmdir(path);
	return r;
}

/* Of init, and of nothing in it. */
static int memory_act(const void *unused)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { NULL, 1 };

	(void)unused;
	if (process_vm_readv(1, &local, 1, &remote, 1, 0) >= 0)
		return ENOTTY;
	return errno == EFAULT ? 0 : errno;
}

static int socket_act(const void *unused)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)unused;
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int fork_act(const void *unused)
{
	int status;
	pid_t pid = fork();

	(void)unused;
	if (!pid)
		_exit(0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return status ? ENOTTY : 0;
}

static const mode_t block = S_IFBLK, character = S_IFCHR;

#define FILE(...) (&(const struct act_file){ __VA_ARGS__ })

static const struct {
	const char *what;
	act *act;
	const void *argument;
	enum end end;
} rows[] = {
	{ "/dev/mem", open_act, FILE("/dev/mem", O_RDONLY), DENIED },
	{ "the disk", open_act, FILE("/dev/vda", O_RDONLY), DENIED },
	{ "sysfs", open_act, FILE("/sys/kernel/rcu_expedited", O_WRONLY),
	  DENIED },
	{ "core_pattern", open_act,
	  FILE("/proc/sys/kernel/core_pattern", O_WRONLY), DENIED },
	{ "a foreign cgroup", directory_act, "/sys/fs/cgroup", DENIED },
	{ "mknod of a disk", node_act, &block, DENIED },
	{ "unload", unload_act, NULL, DENIED },
	{ "kexec", kexec_act, NULL, DENIED },
	{ "bpf", bpf_act, NULL, DENIED },
	{ "devtmpfs", mount_act, "devtmpfs", DENIED },
	{ "init's memory", memory_act, NULL, DENIED },
	{ "/dev/kmsg", open_act, FILE("/dev/kmsg", O_RDONLY), EITHER },
	{ "/dev/null", open_act, FILE("/dev/null", O_RDWR), ALLOWED },
	{ "core_pattern, read", open_act,
	  FILE("/proc/sys/kernel/core_pattern", O_RDONLY), ALLOWED },
	{ "its own oom_score_adj", write_act, "/proc/self/oom_score_adj",
	  ALLOWED },
	{ "a directory", directory_act, "/tmp", ALLOWED },
	{ "mknod of null", node_act, &character, ALLOWED },
	{ "tmpfs", mount_act, "tmpfs", ALLOWED },
	{ "a socket", socket_act, NULL, ALLOWED },
	{ "fork", fork_act, NULL, ALLOWED },
};

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

static void say_wrong(struct result *result, const char *what, int r)
{
	if (!result->wrong++)
		snprintf(result->example, sizeof(result->example), "%s: %s",
			 what, r ? strerror(r) : "allowed");
}

static bool is_right(enum end end, int r)
{
	switch (end) {
	case ALLOWED:
		return !r;
	case DENIED:
		return r == EPERM;
	default:
		return !r || r == EPERM;
	}
}

static void try_all(struct result *result, enum where where)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int r;

		if (where == QUIETLY && rows[i].end != ALLOWED)
			continue;
		r = rows[i].act(rows[i].argument);
		result->tried++;
		if (!is_right(where == ON_HOST ? ALLOWED : rows[i].end, r))
			say_wrong(result, rows[i].what, r);
		else if (r)
			result->denied++;
	}
}

/* More kinds of denials at once than there are places for. */
static void flood(struct result *result)
{
	char path[64];
	unsigned int i;

	for (i = 0; i < FLOOD; i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/soak-flood-%u", i);
		result->tried++;
		if (!mkdir(path, 0700) || errno != EPERM)
			say_wrong(result, "a flood", errno);
		else
			result->denied++;
	}
}

/* The container's program. */
static int in_container(bool floods)
{
	struct result result = {};
	int i;

	for (i = 0; i < ROUNDS; i++)
		try_all(&result, IN_CONTAINER);
	if (floods)
		flood(&result);
	return write(REPORT_FD, &result, sizeof(result)) != sizeof(result);
}

struct exec_act {
	int report;
	const char *name;
};

static int exec_act(const void *argument)
{
	const struct exec_act *e = argument;
	char *const arguments[] = { (char *)e->name, NULL };

	if (e->report != REPORT_FD && dup2(e->report, REPORT_FD) < 0)
		return errno;
	fcntl(REPORT_FD, F_SETFD, 0);
	execve("/proc/self/exe", arguments, NULL);
	return errno;
}

/**
 * struct report - what is written at the end
 * @containers: made and removed
 * @sum: of their programs' results
 * @counted: denials, as the kernel counted them
 * @miscounted: containers of which it counted another number
 * @failed: containers that did not come to an end
 */
struct report {
	uint64_t containers;
	struct result sum;
	uint64_t counted;
	uint64_t miscounted;
	uint64_t failed;
};

static void add(struct result *to, const struct result *result)
{
	to->tried += result->tried;
	to->denied += result->denied;
	if (result->wrong && !to->wrong)
		memcpy(to->example, result->example, sizeof(to->example));
	to->wrong += result->wrong;
}

static int make_box(struct box *box, const char *prefix)
{
	static unsigned int number;
	char name[128];

	mkdir("/sys/fs/cgroup/docker", 0755);
	snprintf(name, sizeof(name), "%s%0*x%08x", prefix,
		 SOAK_ID_SIZE - 8 - (int)strlen(strrchr(prefix, '/') + 1),
		 getpid(), ++number);
	return box_make(box, name);
}

static uint64_t counted_of(struct link *link, const struct box *box)
{
	struct container c;
	uint64_t sum = 0;
	uint32_t i;

	if (guard_container(link, box->id, NULL, &c))
		return UINT64_MAX;
	for (i = 1; i <= CTGUARD_OP_MAX; i++)
		sum += c.count[i][CTGUARD_VERDICT_DENY];
	return sum;
}

static void one_container(struct link *link, struct report *report)
{
	struct result result = {};
	struct exec_act e;
	int pipes[2], r = -1;
	struct box box;
	uint64_t counted;

	e.name = report->containers % FLOOD_EACH ? "acts" : "flood";
	if (pipe2(pipes, O_CLOEXEC))
		abort();
	e.report = pipes[1];
	if (!make_box(&box, SOAK_COUNTED))
		r = box_run(&box, CLONE_NEWNS, exec_act, &e);
	close(pipes[1]);
	if (r || read(pipes[0], &result, sizeof(result)) != sizeof(result)) {
		fprintf(stderr, "churn: a container ended with %d\n", r);
		report->failed++;
		goto remove;
	}
	counted = counted_of(link, &box);
	if (counted != result.denied) {
		fprintf(stderr, "churn: %ju denied, %jd counted\n",
			(uintmax_t)result.denied, (intmax_t)counted);
		report->miscounted++;
	}
	if (counted != UINT64_MAX)
		report->counted += counted;
	add(&report->sum, &result);
	report->containers++;
remove:
	close(pipes[0]);
	box_remove(&box);
}

static int write_report(const struct report *report, const char *kind,
			const char *path)
{
	FILE *file = fopen(path, "a");

	if (!file) {
		perror(path);
		return 1;
	}
	fprintf(file, "%s %ju\n%s-tried %ju\n%s-wrong %ju\n%s-failed %ju\n",
		kind, (uintmax_t)report->containers, kind,
		(uintmax_t)report->sum.tried, kind,
		(uintmax_t)report->sum.wrong, kind, (uintmax_t)report->failed);
	fprintf(file, "denied %ju\ncounted %ju\nmiscounted %ju\n",
		(uintmax_t)report->sum.denied, (uintmax_t)report->counted,
		(uintmax_t)report->miscounted);
	if (report->sum.wrong)
		fprintf(stderr, "churn: %s: %s\n", kind, report->sum.example);
	return fclose(file) ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct report report = {};
	uint64_t times = UINT64_MAX;
	struct link link;
	struct box box;

	if (argc == 1)
		return in_container(!strcmp(argv[0], "flood"));
	if (argc < 3) {
		fprintf(stderr,
			"Usage: churn containers|quiet|host REPORT [TIMES]\n");
		return 2;
	}
	if (argc > 3)
		times = strtoull(argv[3], NULL, 10);
	signal(SIGTERM, end);
	if (!strcmp(argv[1], "containers")) {
		if (link_open(&link)) {
			fputs("churn: the module is not loaded\n", stderr);
			return 1;
		}
		while (!ended && report.containers + report.failed < times)
			one_container(&link, &report);
		link_close(&link);
		return write_report(&report, argv[1], argv[2]);
	}
	if (!strcmp(argv[1], "quiet") &&
	    (make_box(&box, SOAK_QUIET) || box_enter(&box, 0) ||
	     box_unshare(CLONE_NEWNS))) {
		perror("churn: quiet");
		return 1;
	}
	for (; !ended && report.containers < times; report.containers++)
		try_all(&report.sum,
			strcmp(argv[1], "quiet") ? ON_HOST : QUIETLY);
	return write_report(&report, argv[1], argv[2]);
}
