// SPDX-License-Identifier: GPL-2.0
/* Attaching: loading and unloading under load, and who else is on a hook. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <asm/ptrace.h>
#include <linux/bpf.h>
#include <linux/userfaultfd.h>

#include "bpf.h"
#include "common.h"

#define HOOK "security_file_open"
#define STORM 3
#define FTRACE_ENABLED "/proc/sys/kernel/ftrace_enabled"

static const struct act_file probe = { "/sys/kernel/rcu_expedited", O_WRONLY };

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* The kernel's log from here on. */
static bool log_says(const char *text)
{
	static char log[1 << 20];
	int size =
		klogctl(3 /* SYSLOG_ACTION_READ_ALL */, log, sizeof(log) - 1);

	if (size < 0)
		return false;
	log[size] = 0;
	return strstr(log, text);
}

static void clear_log(void)
{
	klogctl(5 /* SYSLOG_ACTION_CLEAR */, NULL, 0);
}

/* Loading */

FIXTURE(load)
{
	struct box box;
	pid_t storm[STORM];
};

FIXTURE_SETUP(load)
{
	ASSERT_EQ(0, geteuid());
	ASSERT_NE(NULL, getenv("CTGUARD_KO"))
	{
		TH_LOG("CTGUARD_KO is to name the module");
	}
	if (guard_is_loaded())
		ASSERT_EQ(0, guard_unload());
	clear_log();
}

FIXTURE_TEARDOWN(load)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(self->storm); i++)
		if (self->storm[i] > 0) {
			kill(self->storm[i], SIGKILL);
			waitpid(self->storm[i], NULL, 0);
		}
	box_remove(&self->box);
	write_whole(FTRACE_ENABLED, "1");
	if (guard_is_loaded())
		guard_unload();
	guard_load("");
}

/* Every kind of thing that is hooked, over and over. */
static int storm_files(const void *unused)
{
	static const struct act_file files[] = {
		{ "/proc/self/comm", O_RDWR },
		{ "/dev/null", O_RDWR },
		{ "/sys/kernel/rcu_expedited", O_WRONLY },
		{ "/dev/mem", O_RDONLY },
		{ "/tmp", O_RDONLY },
		{ "/proc/sys/kernel/core_pattern", O_WRONLY },
	};
	unsigned int i;

	for (;;) {
		for (i = 0; i < ARRAY_SIZE(files); i++)
			act_open(&files[i]);
		if (!mkdir("/sys/fs/cgroup/ks-storm", 0755))
			rmdir("/sys/fs/cgroup/ks-storm");
	}
	return 0;
}

static int storm_forks(const void *unused)
{
	for (;;) {
		pid_t pid = fork();

		if (!pid) {
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return 0;
}

static int storm_sleepers(const void *unused)
{
	for (;;) {
		syscall(SYS_delete_module, "no-such-module", O_NONBLOCK);
		if (box_run(NULL, CLONE_NEWNS, act_open, &probe) ==
		    BOX_NO_ENTRY)
			return ENOTTY;
	}
	return 0;
}

/* On the host, and in a container by its name. */
static void start_storm(const struct box *box, pid_t storm[STORM])
{
	storm[0] = box_start(box, 0, storm_files, NULL);
	storm[1] = box_start(NULL, 0, storm_forks, NULL);
	storm[2] = box_start(box, 0, storm_sleepers, NULL);
}

/* Loads, has the guard deny, and unloads: by "rmmod -f", where there is one. */
static void load_and_unload(struct __test_metadata *_metadata,
			    const struct box *box, bool forced)
{
	ASSERT_EQ(0, guard_load(""));
	EXPECT_EQ(EPERM, box_run(box, 0, act_open, &probe));
	if (forced)
		syscall(SYS_delete_module, "ctguard", O_NONBLOCK | O_TRUNC);
	if (guard_is_loaded())
		ASSERT_EQ(0, guard_unload());
	EXPECT_EQ(0, box_run(box, 0, act_open, &probe));
}

TEST_F_TIMEOUT(load, ten_times_under_a_storm, 300)
{
	int i;

	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	start_storm(&self->box, self->storm);
	for (i = 0; i < 10; i++)
		load_and_unload(_metadata, &self->box, i % 2);
	EXPECT_FALSE(log_says("WARNING:"));
	EXPECT_FALSE(log_says("BUG:"));
}

TEST_F_TIMEOUT(load, unhurried, 60)
{
	uint64_t start = now_ms();

	ASSERT_EQ(0, guard_load(""));
	TH_LOG("load %ju ms", (uintmax_t)(now_ms() - start));
	start = now_ms();
	ASSERT_EQ(0, guard_unload());
	TH_LOG("unload %ju ms", (uintmax_t)(now_ms() - start));
	/* Nothing is left behind. */
	EXPECT_FALSE(guard_is_loaded());
	EXPECT_NE(0, access("/sys/module/ctguard", F_OK));
}

/* Newer kernels leave it on whatever they are told. Not while the guard is on. */
static bool ftrace_turns_off(void)
{
	int r = write_whole(FTRACE_ENABLED, "0");

	write_whole(FTRACE_ENABLED, "1");
	return r != EOPNOTSUPP;
}

TEST_F(load, not_while_ftrace_is_off)
{
	if (!ftrace_turns_off())
		SKIP(return, "on this kernel ftrace is never off");
	ASSERT_EQ(0, write_whole(FTRACE_ENABLED, "0"));
	EXPECT_EQ(-EBUSY, guard_load(""));
	EXPECT_TRUE(log_says("kernel.ftrace_enabled"));
	EXPECT_FALSE(guard_is_loaded());
	ASSERT_EQ(0, write_whole(FTRACE_ENABLED, "1"));
	EXPECT_EQ(0, guard_load(""));
}

TEST_F(load, keeps_ftrace_on)
{
	bool off = ftrace_turns_off();
	char text[8];

	ASSERT_EQ(0, guard_load(""));
	EXPECT_EQ(off ? EBUSY : EOPNOTSUPP, write_whole(FTRACE_ENABLED, "0"));
	ASSERT_LT(0, read_whole(FTRACE_ENABLED, text, sizeof(text)));
	EXPECT_EQ('1', text[0]);
	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, act_open, &probe));
	ASSERT_EQ(0, guard_unload());
	EXPECT_EQ(off, ftrace_turns_off());
}

TEST_F(load, off_guards_nothing)
{
	bool off = ftrace_turns_off();
	struct status status;
	struct link link;

	ASSERT_EQ(0, guard_load("off=1"));
	EXPECT_TRUE(log_says("off=1"));
	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	EXPECT_EQ(0, box_run(&self->box, 0, act_open, &probe));
	ASSERT_EQ(0, link_open(&link));
	ASSERT_EQ(0, guard_status(&link, &status));
	EXPECT_EQ(CTGUARD_STATE_OFF, status.state);
	EXPECT_EQ(-ESHUTDOWN, guard_mode(&link, CTGUARD_MODE_ENFORCE, 0));
	EXPECT_STRNE("", link.message);
	EXPECT_EQ(-ESHUTDOWN, guard_bind(&link, self->box.id, NULL));
	/* Nothing is hooked: the switch works where there is one. */
	EXPECT_EQ(off ? 0 : EOPNOTSUPP, write_whole(FTRACE_ENABLED, "0"));
	EXPECT_EQ(0, write_whole(FTRACE_ENABLED, "1"));
	link_close(&link);
}

TEST_F(load, in_mode_complain)
{
	struct status status;
	struct link link;

	ASSERT_EQ(0, guard_load("mode=complain"));
	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	EXPECT_EQ(0, box_run(&self->box, 0, act_open, &probe));
	ASSERT_EQ(0, link_open(&link));
	ASSERT_EQ(0, guard_status(&link, &status));
	EXPECT_EQ(CTGUARD_STATE_COMPLAINING, status.state);
	EXPECT_EQ(CTGUARD_MODE_COMPLAIN, status.mode);
	EXPECT_EQ(CTGUARD_MODE_ENFORCE, status.policy_mode);
	link_close(&link);
}

TEST_F(load, in_mode_enforce)
{
	ASSERT_EQ(0, guard_load("mode=enforce"));
	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	EXPECT_EQ(EPERM, box_run(&self->box, 0, act_open, &probe));
}

TEST_F(load, not_with_nonsense)
{
	EXPECT_EQ(-EINVAL, guard_load("mode=often"));
	EXPECT_TRUE(log_says("mode=often"));
	EXPECT_EQ(-EINVAL, guard_load("off=perhaps"));
	EXPECT_FALSE(guard_is_loaded());
}

TEST_F(load, not_twice)
{
	ASSERT_EQ(0, guard_load(""));
	EXPECT_EQ(-EEXIST, guard_load(""));
	EXPECT_TRUE(guard_is_loaded());
}

TEST_F(load, parameters_are_read_only)
{
	struct stat st;

	ASSERT_EQ(0, guard_load(""));
	EXPECT_NE(0, write_whole("/sys/module/ctguard/parameters/off", "1"));
	ASSERT_EQ(0, stat("/sys/module/ctguard/parameters/off", &st));
	EXPECT_EQ(0444, st.st_mode & 0777);
	ASSERT_EQ(0, stat("/sys/module/ctguard/parameters/mode", &st));
	EXPECT_EQ(0444, st.st_mode & 0777);
}

/* "ctguard.off=1" of the kernel's command line is read by modprobe. */
static int modprobe_off_act(const void *command)
{
	char scratch[64], path[128], line[4096];
	ssize_t size;
	int fd;

	if (make_scratch(scratch, sizeof(scratch)) ||
	    mount("none", scratch, "tmpfs", 0, NULL))
		return ENOTTY;
	size = read_whole("/proc/cmdline", line, sizeof(line) - 32);
	snprintf(path, sizeof(path), "%s/cmdline", scratch);
	fd = creat(path, 0644);
	if (size < 1 || fd < 0)
		return ENOTTY;
	strcpy(line + size - 1, " ctguard.off=1\n");
	if (write(fd, line, strlen(line)) < 0 ||
	    mount(path, "/proc/cmdline", NULL, MS_BIND, NULL))
		return ENOTTY;
	return system(command) ? EIO : 0;
}

TEST_F_TIMEOUT(load, off_by_the_kernels_command_line, 60)
{
	char scratch[64], command[1024];
	struct status status;
	struct link link;

	ASSERT_EQ(0, make_scratch(scratch, sizeof(scratch)));
	snprintf(
		command, sizeof(command),
		"d=%s/lib/modules/$(uname -r) && mkdir -p $d && cp $CTGUARD_KO $d/ && depmod -b %s",
		scratch, scratch);
	ASSERT_EQ(0, system(command));
	snprintf(command, sizeof(command), "modprobe -d %s ctguard", scratch);
	EXPECT_EQ(0, box_run(NULL, CLONE_NEWNS, modprobe_off_act, command));
	ASSERT_EQ(0, link_open(&link));
	ASSERT_EQ(0, guard_status(&link, &status));
	EXPECT_EQ(CTGUARD_STATE_OFF, status.state);
	link_close(&link);
	/* And without. */
	ASSERT_EQ(0, guard_unload());
	EXPECT_EQ(0, system(command));
	ASSERT_EQ(0, link_open(&link));
	ASSERT_EQ(0, guard_status(&link, &status));
	EXPECT_EQ(CTGUARD_STATE_ENFORCING, status.state);
	link_close(&link);
	remove_scratch(scratch);
}

/* Others on a hooked function */

FIXTURE(others)
{
	struct guarded g;
	char tracing[64];
	char instance[128];
};

FIXTURE_SETUP(others)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->tracing, sizeof(self->tracing)));
	ASSERT_EQ(0, mount("none", self->tracing, "tracefs", 0, NULL));
	snprintf(self->instance, sizeof(self->instance), "%s/instances/ks",
		 self->tracing);
	EXPECT_EQ(CTGUARD_HOOK_LIVE, guard_hook(&self->g.link, HOOK));
}

FIXTURE_TEARDOWN(others)
{
	char path[256];

	if (self->tracing[0]) {
		snprintf(path, sizeof(path), "%s/current_tracer",
			 self->instance);
		if (!access(path, F_OK))
			write_whole(path, "nop");
		rmdir(self->instance);
		umount2(self->tracing, MNT_DETACH);
		rmdir(self->tracing);
	}
	guarded_teardown(&self->g);
}

static int tracing_write(const char *directory, const char *file,
			 const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	return write_whole(path, text);
}

/* Still enforcing, and says that somebody else is there. */
static void expect_shared(struct __test_metadata *_metadata, struct guarded *g,
			  const char *hook)
{
	struct status status;

	EXPECT_EQ(CTGUARD_HOOK_SHARED, guard_hook(&g->link, hook));
	ASSERT_EQ(0, guard_status(&g->link, &status));
	EXPECT_EQ(CTGUARD_STATE_ENFORCING, status.state);
	EXPECT_EQ(EPERM, box_run(&g->box, 0, act_open, &probe));
}

static void expect_alone(struct __test_metadata *_metadata, struct guarded *g,
			 const char *hook)
{
	EXPECT_EQ(CTGUARD_HOOK_LIVE, guard_hook(&g->link, hook));
	EXPECT_EQ(EPERM, box_run(&g->box, 0, act_open, &probe));
}

TEST_F_TIMEOUT(others, a_kprobe, 60)
{
	EXPECT_EQ(0, box_run(NULL, 0, act_open, &probe));
	ASSERT_EQ(0, tracing_write(self->tracing, "kprobe_events",
				   "p:ks/probe " HOOK));
	EXPECT_EQ(0,
		  tracing_write(self->tracing, "events/ks/probe/enable", "1"));
	expect_shared(_metadata, &self->g, HOOK);
	EXPECT_EQ(0,
		  tracing_write(self->tracing, "events/ks/probe/enable", "0"));
	EXPECT_EQ(0,
		  tracing_write(self->tracing, "kprobe_events", "-:ks/probe"));
	expect_alone(_metadata, &self->g, HOOK);
}

TEST_F_TIMEOUT(others, a_return_probe, 60)
{
	ASSERT_EQ(0, tracing_write(self->tracing, "kprobe_events",
				   "r:ks/probe " HOOK));
	EXPECT_EQ(0,
		  tracing_write(self->tracing, "events/ks/probe/enable", "1"));
	expect_shared(_metadata, &self->g, HOOK);
	EXPECT_EQ(0,
		  tracing_write(self->tracing, "events/ks/probe/enable", "0"));
	EXPECT_EQ(0,
		  tracing_write(self->tracing, "kprobe_events", "-:ks/probe"));
	expect_alone(_metadata, &self->g, HOOK);
}

TEST_F_TIMEOUT(others, a_function_tracer, 60)
{
	ASSERT_EQ(0, mkdir(self->instance, 0755));
	ASSERT_EQ(0, tracing_write(self->instance, "set_ftrace_filter", HOOK));
	ASSERT_EQ(0,
		  tracing_write(self->instance, "current_tracer", "function"));
	expect_shared(_metadata, &self->g, HOOK);
	EXPECT_EQ(0, tracing_write(self->instance, "current_tracer", "nop"));
	expect_alone(_metadata, &self->g, HOOK);
}

/* Reported by itself, within the ten seconds of the watch. */
TEST_F_TIMEOUT(others, are_reported, 60)
{
	struct event event = {};
	uint64_t start = now_ms();

	ASSERT_EQ(0, mkdir(self->instance, 0755));
	ASSERT_EQ(0, tracing_write(self->instance, "set_ftrace_filter", HOOK));
	ASSERT_EQ(0,
		  tracing_write(self->instance, "current_tracer", "function"));
	while (now_ms() - start < 30000 &&
	       guard_event(&self->g.events, 15000, &event) == 1 &&
	       event.kind != CTGUARD_EVENT_HOOK)
		;
	EXPECT_EQ(0, tracing_write(self->instance, "current_tracer", "nop"));
	EXPECT_EQ(CTGUARD_EVENT_HOOK, event.kind);
	EXPECT_STREQ(HOOK, event.hook_name);
	EXPECT_EQ(CTGUARD_HOOK_SHARED, event.hook_state);
}

/* A program that does nothing, on entry to or return from a function. */
static int trace(const char *function, enum bpf_attach_type type)
{
	return bpf_attach(function, BPF_PROG_TYPE_TRACING, type);
}

static bool has_btf(void)
{
	return !access("/sys/kernel/btf/vmlinux", R_OK);
}

/* Before 6.0 BPF programs do not join who redirects a function. */
static bool bpf_shares(void)
{
	return has_btf() && !kernel_is_before(6, 0);
}

/* Such a kernel refuses either of them, and the guard stays. */
TEST_F(others, a_bpf_program_that_does_not_share)
{
	if (!has_btf() || bpf_shares())
		SKIP(return, "on this kernel they share functions");
	EXPECT_EQ(-EBUSY, trace(HOOK, BPF_TRACE_FENTRY));
	EXPECT_EQ(-EBUSY, trace(HOOK, BPF_TRACE_FEXIT));
	expect_alone(_metadata, &self->g, HOOK);
}

/* Who came first has it: the guard does not load, and says why. */
TEST_F_TIMEOUT(others, a_bpf_program_that_was_there_first, 60)
{
	int link;

	if (!getenv("CTGUARD_KO"))
		SKIP(return, "CTGUARD_KO is not set");
	if (!has_btf() || bpf_shares())
		SKIP(return, "on this kernel they share functions");
	link_close(&self->g.link);
	link_close(&self->g.events);
	ASSERT_EQ(0, guard_unload());
	link = trace(HOOK, BPF_TRACE_FENTRY);
	ASSERT_LE(0, link);
	EXPECT_EQ(-EBUSY, guard_load(""));
	EXPECT_TRUE(log_says("cannot hook " HOOK));
	close(link);
	usleep(500000);
	EXPECT_EQ(0, guard_load(""));
	ASSERT_EQ(0, link_open(&self->g.link));
	ASSERT_EQ(0, guard_listen(&self->g.events));
	ASSERT_EQ(0, guard_bind(&self->g.link, self->g.box.id, NULL));
}

TEST_F_TIMEOUT(others, a_bpf_program_on_entry, 60)
{
	int link;

	if (!bpf_shares())
		SKIP(return, "BPF programs share no function on this kernel");
	link = trace(HOOK, BPF_TRACE_FENTRY);
	ASSERT_LE(0, link);
	expect_shared(_metadata, &self->g, HOOK);
	close(link);
	/* It is taken away a while after. */
	usleep(500000);
	expect_alone(_metadata, &self->g, HOOK);
}

/* The guard minds it, on each of its functions. */
TEST_F_TIMEOUT(others, a_bpf_program_on_return, 60)
{
	if (!has_btf())
		SKIP(return, "this kernel has no BTF");
	EXPECT_EQ(-EBUSY, trace(HOOK, BPF_TRACE_FEXIT));
	expect_alone(_metadata, &self->g, HOOK);
}

/* A program of the container's, from a fork of it. */
static int fork_exec_act(const void *unused)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/true", "true", NULL);
		_exit(127);
	}
	if (pid < 0)
		return errno;
	if (waitpid(pid, &status, 0) != pid)
		return ECHILD;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

/* A program runs between a hook that sleeps and where it sleeps. */
TEST_F_TIMEOUT(others, bpf_programs_where_hooks_sleep, 60)
{
	static const char *const hooks[] = { "security_task_alloc",
					     "security_bprm_check" };
	int link;

	if (!bpf_shares())
		SKIP(return, "BPF programs share no function on this kernel");
	for (size_t i = 0; i < ARRAY_SIZE(hooks); i++) {
		EXPECT_EQ(-EBUSY, trace(hooks[i], BPF_TRACE_FEXIT));
		link = trace(hooks[i], BPF_TRACE_FENTRY);
		ASSERT_LE(0, link);
		for (int n = 0; n < 20; n++)
			ASSERT_EQ(0, box_run(&self->g.box, 0, fork_exec_act,
					     NULL));
		EXPECT_EQ(CTGUARD_HOOK_SHARED,
			  guard_hook(&self->g.link, hooks[i]));
		close(link);
		usleep(500000);
		EXPECT_EQ(CTGUARD_HOOK_LIVE,
			  guard_hook(&self->g.link, hooks[i]));
	}
}

#if IS_X86
/* In a system call, that a program makes wait for a page. */
static void *wait_in_swapon(void *page)
{
	swapon(page, 0);
	return NULL;
}

/* The guard stays until it is through, and returns to where it was. */
TEST_F_TIMEOUT(others, a_bpf_program_that_sleeps_before_a_hook, 90)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_DW,
		  .dst_reg = BPF_REG_6,
		  .src_reg = BPF_REG_1 },
		{ .code = BPF_LDX | BPF_MEM | BPF_DW,
		  .dst_reg = BPF_REG_3,
		  .src_reg = BPF_REG_6,
		  .off = offsetof(struct pt_regs, rdi) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K,
		  .dst_reg = BPF_REG_1,
		  .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_2,
		  .imm = 1 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_copy_from_user },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const long size = sysconf(_SC_PAGESIZE);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register area = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_zeropage zero = {};
	struct uffd_msg fault;
	pthread_t waiter;
	int faults, link, status;
	void *page;
	pid_t pid;

	if (!getenv("CTGUARD_KO"))
		SKIP(return, "CTGUARD_KO is not set");
	if (!bpf_shares())
		SKIP(return, "BPF programs share no function on this kernel");
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	ASSERT_LE(0, faults);
	ASSERT_EQ(0, ioctl(faults, UFFDIO_API, &api));
	page = mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	area.range.start = (uintptr_t)page;
	area.range.len = size;
	ASSERT_EQ(0, ioctl(faults, UFFDIO_REGISTER, &area));

	link = bpf_attach_program("__x64_sys_swapon", BPF_PROG_TYPE_TRACING,
				  BPF_TRACE_FENTRY, BPF_F_SLEEPABLE,
				  instructions, ARRAY_SIZE(instructions));
	if (link == -EINVAL)
		SKIP(return, "no program sleeps there on this kernel");
	ASSERT_LE(0, link);
	link_close(&self->g.link);
	link_close(&self->g.events);
	ASSERT_EQ(0, pthread_create(&waiter, NULL, wait_in_swapon, page));
	ASSERT_EQ(sizeof(fault), read(faults, &fault, sizeof(fault)));
	pid = fork();
	if (!pid)
		_exit(-guard_unload());
	/* Longer than it takes otherwise. */
	sleep(20);
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	zero.range = area.range;
	EXPECT_EQ(0, ioctl(faults, UFFDIO_ZEROPAGE, &zero));
	EXPECT_EQ(0, pthread_join(waiter, NULL));
	EXPECT_EQ(0, box_wait(pid));
	close(link);
	close(faults);
	munmap(page, size);
	ASSERT_FALSE(guard_is_loaded());
	ASSERT_EQ(0, guard_load(""));
	ASSERT_EQ(0, link_open(&self->g.link));
	ASSERT_EQ(0, guard_listen(&self->g.events));
	ASSERT_EQ(0, guard_bind(&self->g.link, self->g.box.id, NULL));
}
#endif

/*
 * One on return that joins one on entry makes older kernels drop all that is
 * on the function.
 */
TEST_F_TIMEOUT(others, bpf_programs_on_entry_and_return, 60)
{
	int entry;

	if (!bpf_shares())
		SKIP(return, "BPF programs share no function on this kernel");
	entry = trace(HOOK, BPF_TRACE_FENTRY);
	ASSERT_LE(0, entry);
	EXPECT_EQ(-EBUSY, trace(HOOK, BPF_TRACE_FEXIT));
	expect_shared(_metadata, &self->g, HOOK);
	close(entry);
	usleep(500000);
	expect_alone(_metadata, &self->g, HOOK);
	EXPECT_FALSE(log_says("WARNING:"));
}

/* A tracer, a kprobe and, where they share, a BPF program on one function. */
static void put_others(struct __test_metadata *_metadata, const char *tracing,
		       const char *instance, int *ret_link)
{
	ASSERT_EQ(0, mkdir(instance, 0755));
	ASSERT_EQ(0, tracing_write(instance, "set_ftrace_filter", HOOK));
	ASSERT_EQ(0, tracing_write(instance, "current_tracer", "function"));
	ASSERT_EQ(0,
		  tracing_write(tracing, "kprobe_events", "p:ks/probe " HOOK));
	EXPECT_EQ(0, tracing_write(tracing, "events/ks/probe/enable", "1"));
	*ret_link = bpf_shares() ? trace(HOOK, BPF_TRACE_FENTRY) : -1;
}

static void take_others(struct __test_metadata *_metadata, const char *tracing,
			const char *instance, int link)
{
	if (link >= 0)
		close(link);
	EXPECT_EQ(0, tracing_write(tracing, "events/ks/probe/enable", "0"));
	EXPECT_EQ(0, tracing_write(tracing, "kprobe_events", "-:ks/probe"));
	EXPECT_EQ(0, tracing_write(instance, "current_tracer", "nop"));
	usleep(500000);
}

/* Where they were there first. */
TEST_F_TIMEOUT(others, are_there_first, 60)
{
	int link;

	if (!getenv("CTGUARD_KO"))
		SKIP(return, "CTGUARD_KO is not set");
	link_close(&self->g.link);
	link_close(&self->g.events);
	ASSERT_EQ(0, guard_unload());
	put_others(_metadata, self->tracing, self->instance, &link);
	EXPECT_EQ(0, guard_load(""));
	ASSERT_EQ(0, link_open(&self->g.link));
	ASSERT_EQ(0, guard_listen(&self->g.events));
	ASSERT_EQ(0, guard_bind(&self->g.link, self->g.box.id, NULL));
	expect_shared(_metadata, &self->g, HOOK);
	take_others(_metadata, self->tracing, self->instance, link);
	expect_alone(_metadata, &self->g, HOOK);
}

/* Under a storm, and with all of them there, by and by forced. */
TEST_F_TIMEOUT(others, stay_for_fifty_loads, 900)
{
	pid_t storm[STORM];
	struct box box = {};
	unsigned int i;
	int link;

	if (!getenv("CTGUARD_KO"))
		SKIP(return, "CTGUARD_KO is not set");
	link_close(&self->g.link);
	link_close(&self->g.events);
	ASSERT_EQ(0, guard_unload());
	clear_log();
	put_others(_metadata, self->tracing, self->instance, &link);
	ASSERT_EQ(0, box_make_docker(&box, "/docker"));
	start_storm(&box, storm);
	for (i = 0; i < 50; i++)
		load_and_unload(_metadata, &box, i % 5 == 4);
	for (i = 0; i < STORM; i++) {
		kill(storm[i], SIGKILL);
		waitpid(storm[i], NULL, 0);
	}
	box_remove(&box);
	take_others(_metadata, self->tracing, self->instance, link);
	EXPECT_FALSE(log_says("WARNING:"));
	EXPECT_FALSE(log_says("BUG:"));
	/* For the teardown. */
	ASSERT_EQ(0, guard_load(""));
	ASSERT_EQ(0, link_open(&self->g.link));
	ASSERT_EQ(0, guard_listen(&self->g.events));
}

TEST_HARNESS_MAIN
