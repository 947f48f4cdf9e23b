// SPDX-License-Identifier: GPL-2.0
/*
 * What the verifier may ask of the kernel: files, memory, threads. It reads
 * what strangers wrote; a fault in that shall not reach the network, other
 * programs, or other processes. What a newer libc tries first is answered by
 * ENOSYS, as an older kernel would.
 */
#include <errno.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include "../../userspace/lib/error.h"
#include "sandbox.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char *const allowed[] = {
	/* files */
	"read",
	"readv",
	"pread64",
	"write",
	"writev",
	"pwrite64",
	"open",
	"openat",
	"close",
	"stat",
	"lstat",
	"fstat",
	"newfstatat",
	"statx",
	"lseek",
	"fcntl",
	"ioctl",
	"flock",
	"fsync",
	"fdatasync",
	"syncfs",
	"ftruncate",
	"access",
	"faccessat",
	"faccessat2",
	"rename",
	"renameat",
	"renameat2",
	"unlink",
	"unlinkat",
	"mkdir",
	"mkdirat",
	"symlink",
	"symlinkat",
	"readlink",
	"readlinkat",
	"getdents64",
	"getdents",
	"dup",
	"dup2",
	"umask",
	"fadvise64",
	/* memory */
	"mmap",
	"munmap",
	"mprotect",
	"mremap",
	"madvise",
	"brk",
	/* threads */
	"clone",
	"clone3",
	"futex",
	"set_robust_list",
	"rseq",
	"set_tid_address",
	"sched_yield",
	"sched_getaffinity",
	"exit",
	"exit_group",
	"gettid",
	"getpid",
	"tgkill",
	"rt_sigaction",
	"rt_sigprocmask",
	"rt_sigreturn",
	"restart_syscall",
	/* the rest */
	"getrandom",
	"clock_gettime",
	"gettimeofday",
	"time",
	"clock_nanosleep",
	"nanosleep",
	"getuid",
	"geteuid",
	"getgid",
	"getegid",
	"prlimit64",
	"getrlimit",
	"getrusage",
	"sysinfo",
	"uname",
};

/* Nothing here is ever asked for by accident. */
static const char *const deadly[] = {
	"execve",
	"execveat",
	"fork",
	"vfork",
	"ptrace",
	"process_vm_writev",
	"process_vm_readv",
	"socket",
	"socketpair",
	"connect",
	"bind",
	"listen",
	"accept",
	"accept4",
	"sendto",
	"sendmsg",
	"mount",
	"umount2",
	"setns",
	"unshare",
	"bpf",
	"keyctl",
	"init_module",
	"finit_module",
	"kexec_load",
	"chmod",
	"fchmod",
	"fchmodat",
	"chown",
	"fchown",
	"fchownat",
	"setuid",
	"setresuid",
	"io_uring_setup",
	"userfaultfd",
	"perf_event_open",
	"pidfd_getfd",
	"kill",
};

static int add(scmp_filter_ctx filter, uint32_t action,
	       const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		int r;

		/* Not every architecture has all of them. */
		if (number < 0)
			continue;
		r = seccomp_rule_add(filter, action, number, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

/**
 * sandbox_enter() - give up what the verifier does not need; before threads
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int sandbox_enter(struct ctguard_error *error)
{
#ifdef __SANITIZE_ADDRESS__
	/* The search for leaks traces its own process. */
	(void)error;
	(void)add;
	(void)allowed;
	(void)deadly;
	return 0;
#else
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	int r = filter ? 0 : -ENOMEM;

	if (!r)
		r = add(filter, SCMP_ACT_ALLOW, allowed, COUNT(allowed));
	if (!r)
		r = add(filter, SCMP_ACT_KILL_PROCESS, deadly, COUNT(deadly));
	if (!r)
		r = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	if (r < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, -r,
					 "seccomp");
	return 0;
#endif
}
