// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier's filter of system calls refuses them: each is made in a process
 * of its own, first without the filter, where it is answered, then behind it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../attest/tool/sandbox.h"
#include "../../userspace/lib/error.h"
#include "tap.h"

#define NO_FILTER 100 /* exit statuses of the process */
#define NO_ANSWER 101

enum fate {
	DIES, /* by SIGSYS */
	NO_SYSCALL,
	WORKS,
};

/* 0, or errno. */
static int by_number(long number, const long *arguments)
{
	return syscall(number, arguments[0], arguments[1], arguments[2],
		       arguments[3]) < 0 ?
		       errno :
		       0;
}

static int run_program(void)
{
	char *const argv[] = { "true", NULL };

	execve("/bin/true", argv, argv + 1);
	return errno;
}

static int read_file(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	char byte;

	return fd < 0 || read(fd, &byte, 1) < 0 || close(fd) < 0 ? errno : 0;
}

static void *nothing(void *data)
{
	return data;
}

static int run_thread(void)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, nothing, NULL);

	return r ? r : pthread_join(thread, NULL);
}

#ifdef __x86_64__
/* getpid() of another ABI, whose numbers are other calls'. */
static int by_other_abi(void)
{
	int r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20) : "memory");
	return r < 0 ? -r : 0;
}
#endif

static const struct row {
	const char *what;
	enum fate fate;
	int (*function)(void);
	long number;
	long arguments[4];
} rows[] = {
	{ "socket() of IPv4", DIES, NULL, SYS_socket, { AF_INET, SOCK_STREAM } },
	{ "socket() of IPv6", DIES, NULL, SYS_socket, { AF_INET6, SOCK_DGRAM } },
	{ "socket() of a path",
	  DIES,
	  NULL,
	  SYS_socket,
	  { AF_UNIX, SOCK_STREAM } },
	{ "socket() of netlink",
	  DIES,
	  NULL,
	  SYS_socket,
	  { AF_NETLINK, SOCK_RAW } },
	{ "connect()", DIES, NULL, SYS_connect, { -1 } },
	{ "sendto()", DIES, NULL, SYS_sendto, { -1 } },
	{ "sendmsg()", DIES, NULL, SYS_sendmsg, { -1 } },
	{ "execve()", DIES, run_program, 0, { 0 } },
	{ "execveat()", DIES, NULL, SYS_execveat, { -1 } },
	{ "ptrace()", DIES, NULL, SYS_ptrace, { -1 } },
	{ "process_vm_readv()", DIES, NULL, SYS_process_vm_readv, { -1 } },
	{ "kill()", DIES, NULL, SYS_kill, { 1, 0 } },
	{ "mount()", DIES, NULL, SYS_mount, { 0 } },
	{ "unshare()", DIES, NULL, SYS_unshare, { 0 } },
	{ "bpf()", DIES, NULL, SYS_bpf, { -1 } },
	{ "io_uring_setup()", DIES, NULL, SYS_io_uring_setup, { 0 } },
	{ "finit_module()", DIES, NULL, SYS_finit_module, { -1 } },
	{ "fchmodat()", DIES, NULL, SYS_fchmodat, { -1 } },
	{ "prctl()", NO_SYSCALL, NULL, SYS_prctl, { 3 } },
	{ "seccomp()", NO_SYSCALL, NULL, SYS_seccomp, { 2 } },
	{ "chroot()", NO_SYSCALL, NULL, SYS_chroot, { 0 } },
	{ "memfd_create()", NO_SYSCALL, NULL, SYS_memfd_create, { 0 } },
	{ "pidfd_open()", NO_SYSCALL, NULL, SYS_pidfd_open, { 1 } },
	{ "a file that is read", WORKS, read_file, 0, { 0 } },
	{ "a thread", WORKS, run_thread, 0, { 0 } },
#ifdef __x86_64__
	{ "a call by another ABI's number", DIES, by_other_abi, 0, { 0 } },
#endif
};

/* Makes the call in a process of its own; gives back what became of that. */
static int outcome(const struct row *row, bool filtered)
{
	const struct rlimit none = { 0 };
	struct ctguard_error error;
	pid_t pid = fork();
	int status, r;

	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &none);
		if (filtered && sandbox_enter(&error) < 0)
			_exit(NO_FILTER);
		r = row->function ? row->function() :
				    by_number(row->number, row->arguments);
		_exit(r < NO_FILTER ? r : NO_ANSWER);
	}
	return pid < 0 || waitpid(pid, &status, 0) < 0 ? -1 : status;
}

int main(void)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		const int before = outcome(row, false);
		const int after = outcome(row, true);
		bool holds;

		/* As where the kernel has no other ABI. */
		if (WIFSIGNALED(before)) {
			tap_ok(true, "%s # SKIP not here", row->what);
			continue;
		}
		switch (row->fate) {
		case DIES:
			holds = WIFSIGNALED(after) && WTERMSIG(after) == SIGSYS;
			break;
		case NO_SYSCALL:
			holds = WEXITSTATUS(before) != ENOSYS &&
				WIFEXITED(after) &&
				WEXITSTATUS(after) == ENOSYS;
			break;
		default:
			holds = !before && !after;
		}
		if (!tap_ok(holds, "behind the filter: %s %s", row->what,
			    row->fate == DIES	    ? "ends the program" :
			    row->fate == NO_SYSCALL ? "is not there" :
						      "works"))
			tap_note("status 0x%x without it, 0x%x behind it",
				 (unsigned int)before, (unsigned int)after);
	}
	return tap_done();
}
