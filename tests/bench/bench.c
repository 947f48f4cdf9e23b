// SPDX-License-Identifier: GPL-2.0
/*
 * Measures what system calls cost, and what loading and unloading the module
 * takes. Under QEMU's -icount shift=0 a nanosecond is an instruction; figures
 * are then the median over many short rounds, of which few meet a timer
 * interrupt.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "ran.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char help[] =
	"Usage: bench count OPERATION[:PATH]...\n"
	"       bench run NAME TIMES COMMAND [ARGUMENT]...\n"
	"       bench in CGROUP COMMAND [ARGUMENT]...\n"
	"       bench load MODULE TIMES\n"
	"       bench storm MODULE TIMES FILE\n"
	"\n"
	"count: prints each operation and the nanoseconds that it takes:\n"
	"  open:F       open F for reading, and close\n"
	"  open-write:F open F for writing, and close\n"
	"  denied:F     the same, where it must be refused\n"
	"  pread:F      read one byte of F\n"
	"  pwrite:F     write one byte of F\n"
	"  pread-page:F, pwrite-page:F: 4096 bytes\n"
	"  mmap:F       map a page of F, and unmap it\n"
	"  mmap-check:F map nothing of F: refused after the kernel's checks\n"
	"  connect      of a datagram socket, to the machine itself\n"
	"  ioctl:F      TCGETS of the terminal F\n"
	"  getppid\n"
	"  fork         fork, exit and wait\n"
	"  exec:F       vfork, execute F and wait\n"
	"  mount:F      mount a tmpfs on the directory F, and unmount it: the\n"
	"               caller's own time, without what it waits for\n"
	"run: runs a command so often, which must work; prints NAME and the\n"
	"  nanoseconds that it and its children ran\n"
	"in: runs a command as a container's first program: in a cgroup and in a\n"
	"  mount namespace of its own\n"
	"load: loads a module and unloads it again; prints the milliseconds of each\n"
	"storm: the same while two processes open and close FILE, which must work\n";

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int64_t now(void)
{
	return ran_clock(CLOCK_MONOTONIC);
}

/*
 * Operations: each does the same thing @times times.
 */

static const char *path;
static int fd = -1;

static void prepare_file(void)
{
	fd = open(path, O_RDWR);
	if (fd < 0)
		die(path);
	if (pwrite(fd, "x", 1, 0) != 1)
		die(path);
}

static char page[4096];

static void prepare_page(void)
{
	fd = open(path, O_RDWR);
	if (fd < 0 || pwrite(fd, page, sizeof(page), 0) != sizeof(page))
		die(path);
}

static void open_with(int flags, int times)
{
	int i, f;

	for (i = 0; i < times; i++) {
		f = syscall(SYS_openat, AT_FDCWD, path, flags, 0);
		if (f < 0)
			die(path);
		syscall(SYS_close, f);
	}
}

static void do_open(int times)
{
	open_with(O_RDONLY, times);
}

static void do_open_write(int times)
{
	open_with(O_WRONLY, times);
}

static void do_denied(int times)
{
	int i;

	for (i = 0; i < times; i++) {
		if (syscall(SYS_openat, AT_FDCWD, path, O_WRONLY, 0) < 0 &&
		    (errno == EPERM || errno == EACCES))
			continue;
		fprintf(stderr, "bench: opening %s is not denied\n", path);
		exit(1);
	}
}

static void do_pread(int times)
{
	char c;
	int i;

	for (i = 0; i < times; i++)
		if (syscall(SYS_pread64, fd, &c, 1, 0) != 1)
			die("pread");
}

static void do_pwrite(int times)
{
	int i;

	for (i = 0; i < times; i++)
		if (syscall(SYS_pwrite64, fd, "x", 1, 0) != 1)
			die("pwrite");
}

static void do_mmap(int times)
{
	void *at;
	int i;

	for (i = 0; i < times; i++) {
		at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
		if (at == MAP_FAILED || munmap(at, 4096))
			die("mmap");
	}
}

static void do_pread_page(int times)
{
	int i;

	for (i = 0; i < times; i++)
		if (pread(fd, page, sizeof(page), 0) != sizeof(page))
			die("pread");
}

static void do_pwrite_page(int times)
{
	int i;

	for (i = 0; i < times; i++)
		if (pwrite(fd, page, sizeof(page), 0) != sizeof(page))
			die("pwrite");
}

/*
 * Mapping and unmapping a page makes and frees nodes of a tree after a grace
 * period, and what the allocator then does differs by some instructions from
 * run to run. A length of 0 is refused after security_mmap_file and before
 * any of that.
 */
static void do_mmap_check(int times)
{
	int i;

	for (i = 0; i < times; i++)
		if (mmap(NULL, 0, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED ||
		    errno != EINVAL)
			die("mmap of length 0");
}

static void prepare_socket(void)
{
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
}

static void do_connect(int times)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int i;

	for (i = 0; i < times; i++)
		if (connect(fd, (const struct sockaddr *)&to, sizeof(to)))
			die("connect");
}

static void prepare_terminal(void)
{
	fd = open(path, O_RDWR | O_NOCTTY);
	if (fd < 0)
		die(path);
}

static void do_ioctl(int times)
{
	char settings[64];
	int i;

	for (i = 0; i < times; i++)
		if (syscall(SYS_ioctl, fd, TCGETS, settings))
			die("TCGETS");
}

static void do_getppid(int times)
{
	int i;

	for (i = 0; i < times; i++)
		syscall(SYS_getppid);
}

static void wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "bench: the child failed\n");
		exit(1);
	}
}

static void do_fork(int times)
{
	pid_t pid;
	int i;

	for (i = 0; i < times; i++) {
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid)
			_exit(0);
		wait_for(pid);
	}
}

static void execute(void)
{
	char *argv[] = { (char *)path, NULL }, *envp[] = { NULL };
	pid_t pid = vfork();

	if (pid < 0)
		die("vfork");
	if (!pid) {
		execve(path, argv, envp);
		_exit(1);
	}
	wait_for(pid);
}

static void do_exec(int times)
{
	int i;

	for (i = 0; i < times; i++)
		execute();
}

static void do_mount(int times)
{
	int i;

	for (i = 0; i < times; i++)
		if (mount("none", path, "tmpfs", 0, NULL) ||
		    umount2(path, MNT_DETACH))
			die(path);
}

static void do_nothing(int times)
{
	(void)times;
}

/**
 * struct operation - something to be counted
 * @name: on the command line
 * @prepare: once before
 * @run: does it a number of times
 * @batch: how often in a round: short of a tick
 * @rounds: odd
 * @clock: what counts
 */
struct operation {
	const char *name;
	void (*prepare)(void);
	void (*run)(int times);
	int batch;
	int rounds;
	clockid_t clock;
};

static const struct operation operations[] = {
	{ "open", NULL, do_open, 50, 401, CLOCK_MONOTONIC },
	{ "open-write", NULL, do_open_write, 50, 401, CLOCK_MONOTONIC },
	{ "denied", NULL, do_denied, 50, 401, CLOCK_MONOTONIC },
	{ "pread", prepare_file, do_pread, 100, 401, CLOCK_MONOTONIC },
	{ "pwrite", prepare_file, do_pwrite, 100, 401, CLOCK_MONOTONIC },
	{ "pread-page", prepare_page, do_pread_page, 50, 401, CLOCK_MONOTONIC },
	{ "pwrite-page", prepare_page, do_pwrite_page, 50, 401,
	  CLOCK_MONOTONIC },
	{ "mmap", prepare_file, do_mmap, 50, 401, CLOCK_MONOTONIC },
	{ "mmap-check", prepare_file, do_mmap_check, 100, 401,
	  CLOCK_MONOTONIC },
	{ "connect", prepare_socket, do_connect, 50, 401, CLOCK_MONOTONIC },
	{ "ioctl", prepare_terminal, do_ioctl, 100, 401, CLOCK_MONOTONIC },
	{ "getppid", NULL, do_getppid, 100, 401, CLOCK_MONOTONIC },
	{ "fork", NULL, do_fork, 4, 401, CLOCK_MONOTONIC },
	{ "exec", NULL, do_exec, 2, 401, CLOCK_MONOTONIC },
	{ "mount", NULL, do_mount, 2, 201, CLOCK_THREAD_CPUTIME_ID },
};

#define ROUNDS_MAX 401

static int64_t measure(void (*run)(int times), int times, int rounds,
		       clockid_t clock)
{
	static int64_t took[ROUNDS_MAX];
	int64_t begin;
	int i;

	run(times);
	for (i = 0; i < rounds; i++) {
		begin = ran_clock(clock);
		run(times);
		took[i] = ran_clock(clock) - begin;
	}
	return ran_median(took, rounds);
}

static const struct operation *find(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(operations); i++)
		if (strlen(operations[i].name) == length &&
		    !strncmp(operations[i].name, name, length))
			return &operations[i];
	fprintf(stderr, "bench: no operation %s\n", name);
	exit(2);
}

static void count(const char *what)
{
	const char *colon = strchr(what, ':');
	const struct operation *o =
		find(what, colon ? (size_t)(colon - what) : strlen(what));
	int64_t clock = measure(do_nothing, 0, ROUNDS_MAX, o->clock);

	path = colon ? colon + 1 : "";
	if (o->prepare)
		o->prepare();
	printf("%s %.1f\n", what,
	       (double)(measure(o->run, o->batch, o->rounds, o->clock) -
			clock) /
		       o->batch);
	fflush(stdout);
	if (fd >= 0)
		close(fd);
	fd = -1;
}

/*
 * What children ran, and theirs, as far as they were waited for: not the
 * kernel's threads, which wake as often as a grace period lasts, and that is
 * the longer in guest time the busier the machine below.
 */
static int64_t children_ran(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_CHILDREN, &u))
		die("getrusage");
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000000) +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * INT64_C(1000);
}

static void run_command(const char *name, int times, char **argv)
{
	static int64_t took[ROUNDS_MAX];
	int64_t begin;
	pid_t pid;
	int i;

	if (times < 1 || times > ROUNDS_MAX) {
		fprintf(stderr, "bench: run: 1 to %d times\n", ROUNDS_MAX);
		exit(2);
	}
	/* The first brings in what the others find in memory. */
	for (i = -1; i < times; i++) {
		begin = children_ran();
		pid = fork();
		if (pid < 0)
			die("fork");
		if (!pid) {
			execvp(argv[0], argv);
			die(argv[0]);
		}
		wait_for(pid);
		if (i >= 0)
			took[i] = children_ran() - begin;
	}
	printf("%s %lld\n", name, (long long)ran_median(took, times));
}

static void enter(const char *cgroup)
{
	char procs[512];
	FILE *file;

	snprintf(procs, sizeof(procs), "%s/cgroup.procs", cgroup);
	file = fopen(procs, "we");
	if (!file || fprintf(file, "0\n") < 0 || fclose(file))
		die(procs);
	if (unshare(CLONE_NEWNS))
		die("unshare");
}

/*
 * Loading and unloading
 */

static double in_ms(int64_t ns)
{
	return (double)ns / 1e6;
}

static void load(const char *file, int times)
{
	int64_t begin, middle, end;
	int i, module;

	for (i = 0; i < times; i++) {
		module = open(file, O_RDONLY | O_CLOEXEC);
		if (module < 0)
			die(file);
		begin = now();
		if (syscall(SYS_finit_module, module, "", 0))
			die("loading");
		middle = now();
		close(module);
		end = now();
		if (syscall(SYS_delete_module, "ctguard", O_NONBLOCK))
			die("unloading");
		printf("%.1f %.1f\n", in_ms(middle - begin),
		       in_ms(now() - end));
		fflush(stdout);
	}
}

static pid_t opener(const char *file)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	path = file;
	/* Unloading waits for every task to leave the kernel or to give way. */
	for (;;) {
		open_with(O_RDONLY, 100);
		sched_yield();
	}
}

static void storm(const char *module, int times, const char *file)
{
	pid_t pids[2];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pids); i++)
		pids[i] = opener(file);
	load(module, times);
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		if (waitpid(pids[i], NULL, WNOHANG)) {
			fprintf(stderr, "bench: opening failed\n");
			exit(1);
		}
		kill(pids[i], SIGKILL);
	}
}

int main(int argc, char **argv)
{
	int i;

	if (argc >= 3 && !strcmp(argv[1], "count")) {
		for (i = 2; i < argc; i++)
			count(argv[i]);
	} else if (argc >= 5 && !strcmp(argv[1], "run")) {
		run_command(argv[2], atoi(argv[3]), argv + 4);
	} else if (argc >= 4 && !strcmp(argv[1], "in")) {
		enter(argv[2]);
		execvp(argv[3], argv + 3);
		die(argv[3]);
	} else if (argc == 4 && !strcmp(argv[1], "load")) {
		load(argv[2], atoi(argv[3]));
	} else if (argc == 5 && !strcmp(argv[1], "storm")) {
		storm(argv[2], atoi(argv[3]), argv[4]);
	} else {
		fputs(help, stderr);
		return 2;
	}
	return 0;
}
