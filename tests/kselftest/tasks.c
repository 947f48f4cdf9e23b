// SPDX-License-Identifier: GPL-2.0
/* Other tasks: those of the host and of other containers, and one's own. */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <linux/kcmp.h>
#include <linux/perf_event.h>

#include "common.h"

/*
 * Acts on a task, by its number
 */

static long word = 42; /* at the same place in every child */

static int attach_act(const void *pid)
{
	pid_t p = *(const pid_t *)pid;

	if (ptrace(PTRACE_ATTACH, p, 0, 0))
		return errno;
	waitpid(p, NULL, 0);
	return ptrace(PTRACE_DETACH, p, 0, 0) ? errno : 0;
}

static int seize_act(const void *pid)
{
	pid_t p = *(const pid_t *)pid;

	if (ptrace(PTRACE_SEIZE, p, 0, 0) || ptrace(PTRACE_INTERRUPT, p, 0, 0))
		return errno;
	waitpid(p, NULL, 0);
	return ptrace(PTRACE_DETACH, p, 0, 0) ? errno : 0;
}

static int readv_act(const void *pid)
{
	long back = 0;
	struct iovec to = { &back, sizeof(back) };
	struct iovec from = { &word, sizeof(word) };

	if (process_vm_readv(*(const pid_t *)pid, &to, 1, &from, 1, 0) < 0)
		return errno;
	return back == word ? 0 : EIO;
}

static int writev_act(const void *pid)
{
	struct iovec part = { &word, sizeof(word) };

	return process_vm_writev(*(const pid_t *)pid, &part, 1, &part, 1, 0) <
			       0 ?
		       errno :
		       0;
}

static int getfd_act(const void *pid)
{
	int fd = syscall(SYS_pidfd_open, *(const pid_t *)pid, 0), got;

	if (fd < 0)
		return ENOSYS;
	got = syscall(SYS_pidfd_getfd, fd, 0, 0);
	return got < 0 ? errno : 0;
}

static int kcmp_act(const void *pid)
{
	return syscall(SYS_kcmp, getpid(), *(const pid_t *)pid, KCMP_VM, 0, 0) <
			       0 ?
		       errno :
		       0;
}

/* Its registers and stack, whenever it runs. */
static int perf_act(const void *pid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.sample_period = 1000000,
		.sample_type = PERF_SAMPLE_STACK_USER,
		.sample_stack_user = 4096,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, *(const pid_t *)pid, -1,
			 -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* The host's UTS namespace, by the task that is in it. */
static int setns_pidfd_act(const void *pid)
{
	int fd = syscall(SYS_pidfd_open, *(const pid_t *)pid, 0);

	if (fd < 0)
		return ENOSYS;
	return setns(fd, CLONE_NEWUTS) ? errno : 0;
}

static int setns_path_act(const void *pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/uts", *(const pid_t *)pid);
	fd = act_open_namespace(path);
	if (fd < 0)
		return errno;
	return setns(fd, CLONE_NEWUTS) ? errno : 0;
}

/* One that is ignored where nobody asked for it. */
static int signal_act(const void *pid)
{
	return kill(*(const pid_t *)pid, SIGWINCH) ? errno : 0;
}

static int signal_pidfd_act(const void *pid)
{
	int fd = syscall(SYS_pidfd_open, *(const pid_t *)pid, 0);

	if (fd < 0)
		return ENOSYS;
	return syscall(SYS_pidfd_send_signal, fd, SIGWINCH, NULL, 0) ? errno :
								       0;
}

/*
 * The owner of a file is told by a signal of what becomes of it. Who may not be
 * is not the owner then, though the call says that all is well.
 */
static int is_owner(int fd, pid_t pid)
{
	int r = fcntl(fd, F_GETOWN) == pid ? 0 : EPERM;

	close(fd);
	return r;
}

static int setown_act(const void *argument)
{
	pid_t pid = *(const pid_t *)argument;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return fd < 0 || fcntl(fd, F_SETOWN, pid) ? errno : is_owner(fd, pid);
}

static int setown_ex_act(const void *argument)
{
	struct f_owner_ex owner = { F_OWNER_TID, *(const pid_t *)argument };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return fd < 0 || fcntl(fd, F_SETOWN_EX, &owner) ?
		       errno :
		       is_owner(fd, owner.pid);
}

static int setown_ioctl_act(const void *argument)
{
	pid_t pid = *(const pid_t *)argument;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return fd < 0 || ioctl(fd, FIOSETOWN, &pid) ? errno : is_owner(fd, pid);
}

/* As they are. */
static int prlimit_act(const void *argument)
{
	pid_t pid = *(const pid_t *)argument;
	struct rlimit limit;

	return prlimit(pid, RLIMIT_CPU, NULL, &limit) ||
			       prlimit(pid, RLIMIT_CPU, &limit, NULL) ?
		       errno :
		       0;
}

static int readlink_act(const void *path)
{
	char text[256];

	return readlink(path, text, sizeof(text)) < 0 ? errno : 0;
}

static int open_namespace_act(const void *path)
{
	return act_open_namespace(path) < 0 ? errno : 0;
}

/* 5.10 gives nothing instead of an error. */
static int read_namespace_act(const void *path)
{
	char text[256];
	ssize_t r = readlink(path, text, sizeof(text));

	return r < 0 ? errno : r ? 0 : EACCES;
}

static int read_act(const void *path)
{
	char text[4096];

	return read_whole(path, text, sizeof(text)) < 0 ? errno : 0;
}

static int stat_act(const void *path)
{
	struct stat st;

	return stat(path, &st) ? errno : 0;
}

static int chdir_act(const void *path)
{
	return chdir(path) ? errno : 0;
}

static int open_act(const void *path)
{
	const struct act_file f = { path, O_RDONLY };

	return act_open(&f);
}

static int open_uring_act(const void *path)
{
	const struct act_file f = { path, O_RDONLY };

	return act_open_uring(&f);
}

static int open_uring_worker_act(const void *path)
{
	const struct act_file f = { path, O_RDONLY };

	return act_open_uring_worker(&f);
}

static int list_act(const void *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	int r;

	if (fd < 0)
		return errno;
	r = syscall(SYS_getdents64, fd, text, sizeof(text)) < 0 ? errno : 0;
	close(fd);
	return r;
}

static const struct task_row {
	const char *name;
	const char *object; /* of the denial */
	act *act;
	const char *path; /* below /proc/PID; NULL: the act takes the number */
	int error;	  /* of it; 0 is EPERM */
} task_rows[] = {
	{ "PTRACE_ATTACH", "ptrace/attach", attach_act },
	{ "PTRACE_SEIZE", "ptrace/attach", seize_act },
	{ "process_vm_readv", "ptrace/attach", readv_act },
	{ "process_vm_writev", "ptrace/attach", writev_act },
	{ "pidfd_getfd", "ptrace/attach", getfd_act },
	{ "kcmp", "ptrace/read", kcmp_act },
	{ "kill", "signal", signal_act },
	{ "pidfd_send_signal", "signal", signal_pidfd_act },
	{ "F_SETOWN", "signal", setown_act },
	{ "F_SETOWN_EX", "signal", setown_ex_act },
	{ "FIOSETOWN", "signal", setown_ioctl_act },
	{ "prlimit", "prlimit", prlimit_act },
	{ "perf_event_open", "ptrace/read", perf_act },
	{ "setns by pidfd", "ptrace/read", setns_pidfd_act },
	{ "setns by path", "ptrace/read", setns_path_act, NULL, EACCES },
	{ "open mem", "ptrace/attach", open_act, "mem", EACCES },
	{ "environ", "ptrace/read", read_act, "environ", EACCES },
	{ "environ by io_uring", "ptrace/read", open_uring_act, "environ",
	  EACCES },
	{ "environ by a worker", "ptrace/read", open_uring_worker_act,
	  "environ", EACCES },
	{ "auxv", "ptrace/read", read_act, "auxv", EACCES },
	{ "maps", "ptrace/read", read_act, "maps", EACCES },
	{ "smaps", "ptrace/read", read_act, "smaps", EACCES },
	{ "pagemap", "ptrace/read", open_act, "pagemap", EACCES },
	{ "a file below root", "ptrace/read", stat_act, "root/etc/passwd",
	  EACCES },
	{ "open below root", "ptrace/read", open_act, "root/etc/passwd",
	  EACCES },
	{ "open below root by io_uring", "ptrace/read", open_uring_act,
	  "root/etc/passwd", EACCES },
	{ "chdir to root", "ptrace/read", chdir_act, "root", EACCES },
	{ "chdir to cwd", "ptrace/read", chdir_act, "cwd", EACCES },
	{ "readlink exe", "ptrace/read", readlink_act, "exe", EACCES },
	{ "open exe", "ptrace/read", open_act, "exe", EACCES },
	{ "open fd/0", "ptrace/read", open_act, "fd/0", EACCES },
	{ "open a namespace", "ptrace/read", open_namespace_act, "ns/mnt",
	  EACCES },
	{ "readlink of a namespace", "ptrace/read", read_namespace_act,
	  "ns/net", EACCES },
};

/* Does the row to the task @pid, in every way that a row has. */
struct task_act {
	const struct task_row *row;
	pid_t pid;
};

static int task_act(const void *argument)
{
	const struct task_act *t = argument;
	char path[64];

	if (!t->row->path)
		return t->row->act(&t->pid);
	snprintf(path, sizeof(path), "/proc/%d/%s", t->pid, t->row->path);
	return t->row->act(path);
}

static int wait_act(const void *unused)
{
	/* It is there; and fd/0 of it is to be opened by others. */
	dup2(open("/dev/zero", O_RDWR), 0);
	pause();
	return 0;
}

/*
 * Each row to a task in the host's PID namespace, of a container of its own: a
 * denial that comes again is only counted.
 */
static pid_t start_victim(struct __test_metadata *_metadata,
			  const struct box *where)
{
	pid_t pid = box_start(where, 0, wait_act, NULL);
	char path[64], text[256] = "";
	int i;

	ASSERT_LT(0, pid);
	snprintf(path, sizeof(path), "/proc/%d/fd/0", pid);
	for (i = 0; i < 500 && strcmp(text, "/dev/zero"); i++) {
		ssize_t r = readlink(path, text, sizeof(text) - 1);

		text[r < 0 ? 0 : r] = 0;
		usleep(10000);
	}
	return pid;
}

static void end_victim(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void expect_rows_denied(struct __test_metadata *_metadata, pid_t victim)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(task_rows); i++) {
		const struct task_row *row = &task_rows[i];
		struct task_act t = { row, victim };
		struct guarded g;

		guarded_setup(_metadata, &g, SEALED);
		expect_pair(_metadata, &g,
			    &(struct pair){ row->name, task_act, &t,
					    .operation = CTGUARD_OP_TASK_ACCESS,
					    .object = row->object,
					    .error = row->error });
		guarded_teardown(&g);
	}
}

FIXTURE(tasks)
{
	struct guarded g;
	pid_t victim;
};

FIXTURE_SETUP(tasks)
{
	guarded_setup(_metadata, &self->g, SEALED);
	self->victim = 0;
}

FIXTURE_TEARDOWN(tasks)
{
	if (self->victim)
		end_victim(self->victim);
	guarded_teardown(&self->g);
}

TEST_F_TIMEOUT(tasks, of_the_host_are_denied, 120)
{
	self->victim = start_victim(_metadata, NULL);
	expect_rows_denied(_metadata, self->victim);
}

TEST_F_TIMEOUT(tasks, of_another_container_are_denied, 120)
{
	self->victim = start_victim(_metadata, &self->g.box);
	expect_rows_denied(_metadata, self->victim);
}

TEST_F_TIMEOUT(tasks, of_the_container_are_free, 60)
{
	unsigned int i;

	self->victim = start_victim(_metadata, &self->g.box);
	for (i = 0; i < ARRAY_SIZE(task_rows); i++) {
		struct task_act t = { &task_rows[i], self->victim };

		expect_allowed(_metadata, &self->g,
			       &(struct pair){ task_rows[i].name, task_act,
					       &t });
	}
}

/* Who profiles itself has its children profiled, too. */
static int perf_inherit_act(const void *unused)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.inherit = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1,
			 PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		return errno;
	return box_run(NULL, 0, act_nothing, NULL);
}

TEST_F(tasks, of_the_container_are_profiled)
{
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "perf with inherit", perf_inherit_act });
}

/* Lives as long as its parent, of whom it asks for a signal. */
static int dies_with_parent_act(const void *unused)
{
	struct pollfd end = { .events = POLLIN };
	int fds[2], ready[2], r;
	pid_t parent, child;
	char c;

	if (pipe(fds) || pipe(ready))
		return errno;
	parent = fork();
	if (!parent) {
		child = fork();
		if (!child) {
			close(fds[0]);
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			write(ready[1], "", 1);
			pause();
		}
		_exit(read(ready[0], &c, 1) == 1 && child > 0 ? 0 : 1);
	}
	close(fds[1]);
	waitpid(parent, NULL, 0);
	/* Its end of the pipe goes with it. */
	end.fd = fds[0];
	r = poll(&end, 1, 10000);
	close(fds[0]);
	return r == 1 ? 0 : ETIMEDOUT;
}

TEST_F(tasks, die_with_their_parents)
{
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "PR_SET_PDEATHSIG",
				       dies_with_parent_act });
}

/* What ps reads of everybody. */
TEST_F(tasks, of_the_host_are_listed)
{
	static const char *const files[] = { "stat", "status", "cmdline",
					     "comm", "statm" };
	struct task_row row = { "", NULL, read_act };
	struct task_act t = { &row };
	unsigned int i;

	t.pid = self->victim = start_victim(_metadata, NULL);
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		row.name = row.path = files[i];
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ files[i], task_act, &t });
	}
	row = (struct task_row){ "threads", NULL, list_act, "task" };
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ row.name, task_act, &t });
}

static int command_act(const void *command)
{
	int status = system(command);

	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* The ps of procps 4 opens every environ as well, and does without it. */
TEST_F(tasks, ps_works)
{
	EXPECT_EQ(0, box_run(&self->g.box, 0, command_act,
			     "ps -ef | grep -q '^root '"));
}

/* By a child, which is in the PID namespace just made. */
static int own_act(const void *argument)
{
	return box_run(NULL, 0, task_act, argument);
}

TEST_F(tasks, by_a_procfs_of_the_host)
{
	static const struct task_row row = { "root by a procfs of the host",
					     "ptrace/read", stat_act,
					     "root/etc/passwd" };
	struct task_act t = { &row };

	struct pair p = { row.name,
			  own_act,
			  &t,
			  .operation = CTGUARD_OP_TASK_ACCESS,
			  .object = row.object,
			  .error = EACCES };

	t.pid = self->victim = start_victim(_metadata, NULL);
	expect_host(_metadata, &p);
	p.namespaces = NAMESPACES & ~CLONE_NEWUSER;
	expect_denied(_metadata, &self->g, &p);
	EXPECT_NE(0, box_run(&self->g.box, NAMESPACES, own_act, &t));
}

/* With one namespace shared, the PID namespace among those unshared or not. */
FIXTURE(sharing)
{
	struct guarded g;
	pid_t victim;
};

FIXTURE_SETUP(sharing)
{
	guarded_setup(_metadata, &self->g, SEALED);
	self->victim = start_victim(_metadata, NULL);
}

FIXTURE_TEARDOWN(sharing)
{
	end_victim(self->victim);
	guarded_teardown(&self->g);
}

FIXTURE_VARIANT(sharing)
{
	int shared;
};

#define SHARING(name, flag)                \
	FIXTURE_VARIANT_ADD(sharing, name) \
	{                                  \
		.shared = flag             \
	}

SHARING(net, CLONE_NEWNET);
SHARING(pid, CLONE_NEWPID);
SHARING(uts, CLONE_NEWUTS);
SHARING(ipc, CLONE_NEWIPC);
SHARING(cgroup, CLONE_NEWCGROUP);
SHARING(user, CLONE_NEWUSER);

TEST_F(sharing, tasks_of_the_host_are_denied)
{
	static const struct task_row rows[] = {
		{ "environ", "ptrace/read", read_act, "environ" },
		{ "open mem", "ptrace/attach", open_act, "mem" },
	};
	int own = NAMESPACES & ~variant->shared & ~CLONE_NEWUSER;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task_act t = { &rows[i], self->victim };
		struct pair p = { rows[i].name,
				  own_act,
				  &t,
				  .operation = CTGUARD_OP_TASK_ACCESS,
				  .object = rows[i].object,
				  .error = EACCES };

		expect_host(_metadata, &p);
		p.namespaces = own;
		expect_denied(_metadata, &self->g, &p);
		EXPECT_NE(0, box_run(&self->g.box, own | CLONE_NEWUSER, own_act,
				     &t));
	}
}

/*
 * Namespaces
 */

FIXTURE(namespace)
{
	struct guarded g;
	char scratch[64];
	char file[128];
	int fd;
};

FIXTURE_VARIANT(namespace)
{
	const char *name;
	int type;
	const char *object;
};

#define NAMESPACE(name_, type_)                                          \
	FIXTURE_VARIANT_ADD(namespace, name_)                            \
	{                                                                \
		.name = #name_, .type = type_, .object = "setns/" #name_ \
	}

NAMESPACE(uts, CLONE_NEWUTS);
NAMESPACE(net, CLONE_NEWNET);
NAMESPACE(ipc, CLONE_NEWIPC);
NAMESPACE(mnt, CLONE_NEWNS);
NAMESPACE(cgroup, CLONE_NEWCGROUP);

FIXTURE_SETUP(namespace)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/ns/%s", variant->name);
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
	ASSERT_EQ(0, mount("scratch", self->scratch, "tmpfs", 0, NULL));
	ASSERT_EQ(0, mount(NULL, self->scratch, NULL, MS_PRIVATE, NULL));
	snprintf(self->file, sizeof(self->file), "%s/ns", self->scratch);
	ASSERT_EQ(0, mknod(self->file, S_IFREG | 0600, 0));
	self->fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->fd);
	/* A mount namespace is mounted by none that it is in. */
	if (variant->type != CLONE_NEWNS)
		ASSERT_EQ(0, mount(path, self->file, NULL, MS_BIND, NULL));
}

FIXTURE_TEARDOWN(namespace)
{
	guarded_teardown(&self->g);
	umount2(self->scratch, MNT_DETACH);
	rmdir(self->scratch);
	close(self->fd);
}

struct namespace_act {
	const char *name;
	const char *path;
	int fd;
	int type;
};

static int setns_mounted_act(const void *argument)
{
	const struct namespace_act *n = argument;
	int fd = open(n->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return setns(fd, n->type) ? errno : 0;
}

static int setns_received_act(const void *argument)
{
	const struct namespace_act *n = argument;
	int pair[2], fd, r;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return errno;
	r = pass_fd(pair[0], n->fd);
	if (r)
		return r;
	fd = take_fd(pair[1]);
	if (fd < 0)
		return -fd;
	return setns(fd, n->type) ? errno : 0;
}

#define NAMESPACE_ACT                                              \
	{                                                          \
		variant->name, self->file, self->fd, variant->type \
	}

TEST_F(namespace, of_the_host_by_a_bind_mount)
{
	struct namespace_act n = NAMESPACE_ACT;

	if (variant->type == CLONE_NEWNS)
		SKIP(return, "no mount namespace is mounted in itself");
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "setns by a bind mount", setns_mounted_act,
				    &n, variant->type,
				    .operation = CTGUARD_OP_TASK_ACCESS,
				    .object = variant->object });
}

TEST_F(namespace, of_the_host_received)
{
	struct namespace_act n = NAMESPACE_ACT;

	expect_pair(_metadata, &self->g,
		    &(struct pair){ "setns by a received descriptor",
				    setns_received_act, &n, variant->type,
				    .operation = CTGUARD_OP_TASK_ACCESS,
				    .object = variant->object });
}

/*
 * Those that a task is in by its birth alone, or whose return to is refused by
 * the kernel: that they are not even received.
 */
static int receive_act(const void *argument)
{
	const struct namespace_act *n = argument;
	int pair[2], fd, r;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return errno;
	r = pass_fd(pair[0], n->fd);
	if (r)
		return r;
	fd = take_fd(pair[1]);
	return fd < 0 ? -fd : 0;
}

static int receive_inside_act(const void *argument)
{
	return box_run(NULL, 0, receive_act, argument);
}

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

TEST_F(tasks, of_the_host_keep_their_namespaces)
{
	static const struct {
		const char *path;
		int type;
		const char *object;
	} rows[] = {
		{ "/proc/self/ns/pid", CLONE_NEWPID, "setns/pid" },
		{ "/proc/self/ns/user", CLONE_NEWUSER, "setns/user" },
		{ "/proc/self/ns/time", CLONE_NEWTIME, "setns/time" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct namespace_act n = { .fd = open(rows[i].path, O_RDONLY) };
		struct pair p = { rows[i].object, receive_inside_act, &n,
				  .operation = CTGUARD_OP_TASK_ACCESS,
				  .object = rows[i].object };

		ASSERT_LE(0, n.fd);
		expect_host(_metadata, &p);
		p.namespaces = rows[i].type;
		expect_denied(_metadata, &self->g, &p);
		p.namespaces = 0;
		expect_allowed(_metadata, &self->g, &p);
		close(n.fd);
	}
}

/* <linux/nsfs.h>, since 6.12 */
struct ks_mnt_ns_info {
	uint32_t size, nr_mounts;
	uint64_t id;
};
#define KS_MNT_GET_NEXT _IOR(0xb7, 11, struct ks_mnt_ns_info)
#define KS_MNT_GET_PREV _IOR(0xb7, 12, struct ks_mnt_ns_info)

/*
 * From one's own mount namespace to any other in the kernel's list: of one that
 * is neither the host's first nor the caller's.
 */
static int walk_act(const void *unused)
{
	struct ks_mnt_ns_info info = { .size = sizeof(info) };
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return ENOTTY;
	fd = ioctl(fd, KS_MNT_GET_NEXT, &info);
	return fd < 0 ? errno : 0;
}

static int pause_act(const void *unused)
{
	pause();
	return 0;
}

TEST_F(tasks, of_the_host_are_not_walked_to)
{
	struct ks_mnt_ns_info info = { .size = sizeof(info) };
	int fd = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	pid_t pid;

	ASSERT_LE(0, fd);
	if (ioctl(fd, KS_MNT_GET_PREV, &info) < 0 && errno == ENOTTY)
		SKIP(return, "this kernel does not list mount namespaces");
	close(fd);
	/* One of a service of the host's, made after the caller's. */
	pid = box_start(NULL, CLONE_NEWNS, pause_act, NULL);
	usleep(200000);
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "the next mount namespace", walk_act,
				    .operation = CTGUARD_OP_TASK_ACCESS,
				    .object = "setns/mnt" });
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* As CNI agents do, whose network namespace is the host's. */
static int leave_and_return_act(const void *argument)
{
	const struct namespace_act *n = argument;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/thread-self/ns/%s", n->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || unshare(n->type) || setns(fd, n->type))
		return errno;
	return 0;
}

TEST_F(namespace, of_ones_own_left_and_come_back_to)
{
	struct namespace_act n = NAMESPACE_ACT;

	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "left, and back", leave_and_return_act,
				       &n });
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "left, and back to one's own",
				       leave_and_return_act, &n,
				       variant->type });
}

/* A namespace that a task of the container made, by a bind mount. */
static int setns_child_act(const void *argument)
{
	const struct namespace_act *n = argument;
	char path[64];
	pid_t pid;
	int fd, r;

	pid = box_start(NULL, n->type, wait_act, NULL);
	if (pid < 0)
		return errno;
	usleep(50000);
	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, n->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	r = fd < 0 || setns(fd, n->type) ? errno : 0;
	end_victim(pid);
	return r;
}

TEST_F(namespace, of_a_task_of_the_container)
{
	struct namespace_act n = NAMESPACE_ACT;

	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "that of a child", setns_child_act,
				       &n });
}

TEST_HARNESS_MAIN
