// SPDX-License-Identifier: GPL-2.0
/*
 * A container that shares one of its namespaces with the host and has all
 * others, and one act of each road to the host that docs/escapes.md names.
 *
 * With a user namespace of its own the container's root is the host's, as to
 * files, and has no capability that counts outside: what an act comes to
 * without the guard says whether it is possible at all.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <time.h>

#include <linux/bpf.h>
#include <linux/netlink.h>

#include "blob.h"
#include "common.h"

#define FSCONFIG_SET_STRING 1
#define FSCONFIG_CMD_CREATE 6
#define HARMLESS "ts_fsm"	/* a module that needs no other */
#define UNLOADED "ts_kmp"	/* likewise */
#define PLACE "/tmp/ks-sharing" /* a tmpfs whose mount allows devices */
#define CODE "/etc/modprobe.d/ks-sharing.conf"
#define INSTANCE "/sys/kernel/tracing/instances/ks-sharing"

static void *image;
static size_t image_size;
static pid_t victim;
static int disk_fd;
static char terminal[64];
static char swap_path[] = PLACE "/disk/ks-swap";

static const char *disk(void)
{
	return getenv("CTGUARD_DISK") ?: "/dev/vdb";
}

/*
 * Each act undoes what it did.
 */

static int a1_act(const void *unused)
{
	if (syscall(SYS_init_module, image, image_size, ""))
		return errno;
	return module_remove(HARMLESS);
}

static int a2_act(const void *unused)
{
	int fd = syscall(SYS_memfd_create, "image", MFD_CLOEXEC);

	if (write(fd, image, image_size) != (ssize_t)image_size ||
	    syscall(SYS_finit_module, fd, "", 0))
		return errno;
	return module_remove(HARMLESS);
}

static int a3_act(const void *unused)
{
	return socket(AF_CAN, SOCK_RAW, 1) < 0 ? errno : 0;
}

static int a4_act(const void *unused)
{
	char name[] = UNLOADED; /* where the guard can read it */

	if (syscall(SYS_delete_module, name, O_NONBLOCK))
		return errno;
	return module_insert(UNLOADED);
}

static int a5_act(const void *unused)
{
	return syscall(SYS_kexec_load, 0, 0, NULL, 0) ? errno : 0;
}

static int load_program(uint32_t type)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (uintptr_t)instructions,
		.insn_cnt = ARRAY_SIZE(instructions),
		.license = (uintptr_t) "GPL",
	};

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static int a6_act(const void *unused)
{
	return load_program(BPF_PROG_TYPE_RAW_TRACEPOINT) < 0 ? errno : 0;
}

static int a7_act(const void *unused)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return clock_settime(CLOCK_REALTIME, &now) ? errno : 0;
}

static int a7_port_act(const void *unused)
{
	return iopl(3) ? errno : 0;
}

static int a8_act(const void *unused)
{
	static const struct {
		struct nlmsghdr header;
		char text[64];
	} uevent = { { .nlmsg_len = sizeof(uevent),
		       .nlmsg_type = NLMSG_MIN_TYPE,
		       .nlmsg_flags = NLM_F_REQUEST },
		     "add@/devices/ks\0ACTION=add\0"
		     "DEVPATH=/devices/ks\0SUBSYSTEM=ks" };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);

	return send(fd, &uevent, sizeof(uevent), 0) < 0 ? errno : 0;
}

static int a9_act(const void *unused)
{
	int fd = open(CODE, O_WRONLY | O_CREAT | O_EXCL, 0600);

	if (fd < 0 || unlink(CODE))
		return errno;
	return 0;
}

static int b1_act(const void *unused)
{
	if (mknod(PLACE "/new", S_IFCHR | 0600, makedev(1, 1)) ||
	    unlink(PLACE "/new"))
		return errno;
	return 0;
}

static int b1_open_act(const void *unused)
{
	const struct act_file f = { PLACE "/port", O_RDWR };

	return act_open(&f);
}

static int b2_act(const void *unused)
{
	const struct act_file f = { disk(), O_RDONLY };

	return act_open(&f);
}

static int b3_act(const void *unused)
{
	if (mount(disk(), PLACE "/at", "ext4", 0, NULL))
		return errno;
	return umount(PLACE "/at") ? errno : 0;
}

static int b4_act(const void *unused)
{
	int fs = syscall(SYS_fsopen, "ext4", 0), mnt;

	if (fs < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", disk(),
		    0) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return errno;
	mnt = syscall(SYS_fsmount, fs, 0, 0);
	return mnt < 0 || openat(mnt, "secret", O_RDONLY) < 0 ? errno : 0;
}

static int b5_act(const void *unused)
{
	const struct act_file f = { "/dev/mem", O_RDONLY };

	return act_open(&f);
}

static int b6_act(const void *unused)
{
	int cgroup = open(box_root(), O_RDONLY | O_DIRECTORY);
	int program = load_program(BPF_PROG_TYPE_CGROUP_DEVICE);
	union bpf_attr attr = { .target_fd = cgroup,
				.attach_bpf_fd = program,
				.attach_type = BPF_CGROUP_DEVICE,
				.attach_flags = BPF_F_ALLOW_MULTI };

	if (program < 0 ||
	    syscall(SYS_bpf, BPF_PROG_ATTACH, &attr, sizeof(attr)))
		return errno;
	attr.attach_flags = 0;
	return syscall(SYS_bpf, BPF_PROG_DETACH, &attr, sizeof(attr)) ? errno :
									0;
}

static int b7_act(const void *unused)
{
	return swapon(swap_path, 0) || swapoff(swap_path) ? errno : 0;
}

static int b8_act(const void *unused)
{
	int pair[2], fd, r;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return errno;
	r = pass_fd(pair[0], disk_fd);
	fd = r ? -r : take_fd(pair[1]);
	return fd < 0 ? -fd : 0;
}

static int b9_act(const void *unused)
{
	int fd = open(terminal, O_RDWR | O_NOCTTY);

	return fd < 0 || ioctl(fd, TIOCSTI, "x") ? errno : 0;
}

/* Back to what it holds. */
static int rewrite(const char *path)
{
	char text[256];

	return read_whole(path, text, sizeof(text)) < 0 ?
		       errno :
		       write_whole(path, text);
}

static int c1_act(const void *unused)
{
	return rewrite("/proc/sys/kernel/core_pattern");
}

/* A letter that stands for nothing. */
static int c2_act(const void *unused)
{
	return write_whole("/proc/sysrq-trigger", "_");
}

static int c3_act(const void *unused)
{
	if (mount("none", PLACE "/at", "cgroup", 0,
		  "none,name=kss,release_agent=/bin/true"))
		return errno;
	return umount(PLACE "/at") ? errno : 0;
}

static int c4_act(const void *unused)
{
	return write_whole("/sys/devices/virtual/mem/null/uevent", "change");
}

static int c4_parameter_act(const void *unused)
{
	return rewrite("/sys/module/printk/parameters/time");
}

static int c5_act(const void *unused)
{
	return mkdir(INSTANCE, 0700) || rmdir(INSTANCE) ? errno : 0;
}

static int c6_act(const void *unused)
{
	if (mount("/proc/sys/kernel/modprobe", PLACE "/empty", NULL, MS_BIND,
		  NULL))
		return errno;
	return rewrite(PLACE "/empty");
}

static int c6_uring_act(const void *unused)
{
	const struct act_file f = { "/proc/sys/vm/swappiness", O_WRONLY };

	return act_open_uring_worker(&f);
}

static int d3_act(const void *unused)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%d/environ", victim);
	return read_whole(path, text, sizeof(text)) < 0 ? errno : 0;
}

static int d4_act(const void *unused)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", victim);
	fd = act_open_namespace(path);
	return fd < 0 || setns(fd, CLONE_NEWNS) ? errno : 0;
}

/**
 * struct row - one act
 * @id: of docs/escapes.md
 * @act: the act
 * @operation: of its denial
 * @object: of its denial; NULL for any
 * @own: CLONE_NEW* that makes it the container's own affair
 * @needs: CLONE_NEW* that the kernel itself wants to be the host's
 * @error: of the denied act; 0 is EPERM
 * @again: the same object as of a row before: counted, and told in a summary
 */
static const struct row {
	const char *id;
	act *act;
	uint32_t operation;
	const char *object;
	int own;
	int needs;
	int error;
	bool again;
} rows[] = {
	{ "A1", a1_act, CTGUARD_OP_MODULE_LOAD, "-", .needs = CLONE_NEWUSER },
	{ "A2", a2_act, CTGUARD_OP_MODULE_LOAD, "-", .again = true,
	  .needs = CLONE_NEWUSER },
	{ "A3", a3_act, CTGUARD_OP_MODULE_AUTOLOAD, "net-pf-29",
	  .error = EAFNOSUPPORT },
	{ "A4", a4_act, CTGUARD_OP_MODULE_UNLOAD, UNLOADED,
	  .needs = CLONE_NEWUSER },
	{ "A5", a5_act, CTGUARD_OP_KEXEC_LOAD, "-", .needs = CLONE_NEWUSER },
	{ "A6", a6_act, CTGUARD_OP_KERNEL_USE, "bpf/prog_load/raw_tracepoint",
	  .needs = CLONE_NEWUSER },
	{ "A7", a7_act, CTGUARD_OP_KERNEL_USE, "clock/set",
	  .needs = CLONE_NEWUSER },
	{ "A7 port", a7_port_act, CTGUARD_OP_KERNEL_USE, "lockdown/ioport",
	  .needs = CLONE_NEWUSER },
	{ "A8", a8_act, CTGUARD_OP_KERNEL_USE, "netlink/uevent", CLONE_NEWNET },
	{ "A9", a9_act, CTGUARD_OP_KERNEL_USE, "host-code" },
	{ "B1", b1_act, CTGUARD_OP_DEVICE_MKNOD, .needs = CLONE_NEWUSER },
	{ "B1 open", b1_open_act, CTGUARD_OP_DEVICE_OPEN,
	  .needs = CLONE_NEWUSER },
	{ "B2", b2_act, CTGUARD_OP_DEVICE_OPEN },
	{ "B3", b3_act, CTGUARD_OP_DEVICE_OPEN, .again = true,
	  .needs = CLONE_NEWUSER },
	{ "B4", b4_act, CTGUARD_OP_DEVICE_OPEN, .again = true,
	  .needs = CLONE_NEWUSER },
	{ "B5", b5_act, CTGUARD_OP_DEVICE_OPEN, .needs = CLONE_NEWUSER },
	{ "B6", b6_act, CTGUARD_OP_KERNEL_USE, "bpf/prog_attach/cgroup_device",
	  .needs = CLONE_NEWUSER },
	{ "B7", b7_act, CTGUARD_OP_KERNEL_USE, "swap/on",
	  .needs = CLONE_NEWUSER },
	{ "B8", b8_act, CTGUARD_OP_DEVICE_OPEN, .again = true },
	{ "B9", b9_act, CTGUARD_OP_KERNEL_USE, "tty/sti",
	  .needs = CLONE_NEWUSER },
	{ "C1", c1_act, CTGUARD_OP_PSEUDOFS_WRITE, "/sys/kernel/core_pattern" },
	{ "C2", c2_act, CTGUARD_OP_PSEUDOFS_WRITE, "/sysrq-trigger" },
	{ "C3", c3_act, CTGUARD_OP_KERNEL_USE, "cgroup/release_agent",
	  .needs = CLONE_NEWUSER | CLONE_NEWCGROUP },
	{ "C4", c4_act, CTGUARD_OP_PSEUDOFS_WRITE,
	  "/devices/virtual/mem/null/uevent" },
	{ "C4 parameter", c4_parameter_act, CTGUARD_OP_PSEUDOFS_WRITE,
	  "/module/printk/parameters/time" },
	{ "C5", c5_act, CTGUARD_OP_PSEUDOFS_WRITE, "/instances/ks-sharing" },
	{ "C6", c6_act, CTGUARD_OP_PSEUDOFS_WRITE, "/sys/kernel/modprobe" },
	{ "C6 io_uring", c6_uring_act, CTGUARD_OP_PSEUDOFS_WRITE,
	  "/sys/vm/swappiness" },
	{ "D3", d3_act, CTGUARD_OP_TASK_ACCESS, "ptrace/read", .error = EACCES,
	  .needs = CLONE_NEWUSER },
	{ "D4", d4_act, CTGUARD_OP_TASK_ACCESS, "ptrace/read", .error = EACCES,
	  .again = true, .needs = CLONE_NEWUSER },
};

#define ROWS ARRAY_SIZE(rows)

/* What came of each act, in memory that is shared. */
static int *results;

static int each_act(const void *unused)
{
	unsigned int i;

	for (i = 0; i < ROWS; i++)
		results[i] = box_run(NULL, 0, rows[i].act, NULL);
	return 0;
}

/* All rows, by the first task of the PID namespace just made. */
static int rows_act(const void *namespaces)
{
	if (*(const int *)namespaces & CLONE_NEWUSER &&
	    (write_whole("/proc/self/setgroups", "deny") ||
	     write_whole("/proc/self/uid_map", "0 0 1") ||
	     write_whole("/proc/self/gid_map", "0 0 1")))
		return BOX_NO_ENTRY;
	return box_run(NULL, 0, each_act, NULL);
}

static int wait_act(const void *unused)
{
	for (;;)
		pause();
	return 0;
}

/* The leader of a session that has a terminal. */
static int lead_act(const void *unused)
{
	int slave;

	setsid();
	signal(SIGHUP, SIG_IGN);
	slave = open(terminal, O_RDWR);
	return slave < 0 || ioctl(slave, TIOCSCTTY, 0) ? errno : wait_act(NULL);
}

FIXTURE(sharing)
{
	struct guarded g;
	struct blob saved;
	int results[2][ROWS]; /* without the guard and with it */
	int master;
	pid_t leader;
	bool made;
};

FIXTURE_VARIANT(sharing)
{
	int shared;
};

#define SHARING(name, flag)                \
	FIXTURE_VARIANT_ADD(sharing, name) \
	{                                  \
		.shared = flag             \
	}

SHARING(nothing, 0);
SHARING(net, CLONE_NEWNET);
SHARING(pid, CLONE_NEWPID);
SHARING(uts, CLONE_NEWUTS);
SHARING(ipc, CLONE_NEWIPC);
SHARING(cgroup, CLONE_NEWCGROUP);
SHARING(user, CLONE_NEWUSER);
SHARING(everything, NAMESPACES & ~CLONE_NEWNS);

static void make_things(struct __test_metadata *_metadata)
{
	ASSERT_EQ(0, mkdir(PLACE, 0755));
	ASSERT_EQ(0, mount("ks", PLACE, "tmpfs", 0, NULL));
	ASSERT_EQ(0, mkdir(PLACE "/at", 0755));
	ASSERT_EQ(0, mknod(PLACE "/empty", S_IFREG | 0600, 0));
	ASSERT_EQ(0, mknod(PLACE "/port", S_IFCHR | 0600, makedev(1, 4)));
	ASSERT_EQ(0, mkdir(PLACE "/disk", 0755));
	ASSERT_EQ(0, mount(disk(), PLACE "/disk", "ext4", 0, NULL));
	ASSERT_EQ(0, make_swap(swap_path));
	unlink(CODE);
	module_remove("can_raw");
	module_remove("can");
	module_remove(HARMLESS);
	module_insert(UNLOADED);
	ASSERT_EQ(0, module_image(HARMLESS, &image, &image_size));
}

FIXTURE_SETUP(sharing)
{
	pid_t session = -1;
	int i;

	self->made = false;
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, guard_pull(&self->g.link, &self->saved));
	self->made = true;
	make_things(_metadata);
	disk_fd = open(disk(), O_RDONLY);
	victim = box_start(NULL, 0, wait_act, NULL);
	self->master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_EQ(0, unlockpt(self->master));
	ASSERT_EQ(0, ptsname_r(self->master, terminal, sizeof(terminal)));
	self->leader = box_start(NULL, 0, lead_act, NULL);
	for (i = 0; i < 500 && session != self->leader; i++) {
		ioctl(self->master, TIOCGSID, &session);
		usleep(10000);
	}
	ASSERT_EQ(self->leader, session);
	results = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

FIXTURE_TEARDOWN(sharing)
{
	if (self->made) {
		kill(victim, SIGKILL);
		kill(self->leader, SIGKILL);
		close(self->master);
		guard_push(&self->g.link, &self->saved, 0);
		blob_free(&self->saved);
		swapoff(swap_path);
		unlink(swap_path);
		umount2(PLACE "/disk", MNT_DETACH);
		umount2(PLACE, MNT_DETACH);
		rmdir(PLACE);
		module_remove("can_raw");
		module_remove("can");
		module_remove(HARMLESS);
		module_remove(UNLOADED);
	}
	guarded_teardown(&self->g);
}

/* Whoever is in no container's cgroup is nobody's. */
static void let_namespaces_go(struct __test_metadata *_metadata,
			      struct guarded *g)
{
	const uint32_t none = CTGUARD_PROFILE_NONE;
	const struct sketch s = {
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "free", .group = SKETCH_UNRESTRICTED } },
		.namespaces = { none, none, none },
	};
	struct blob blob;

	blob_make(&s, &blob);
	ASSERT_EQ(0, guard_push(&g->link, &blob, 0));
	blob_free(&blob);
}

/* Which rows are still to be heard of; the events come in any order. */
static void take_events(struct guarded *g, bool awaited[ROWS],
			unsigned int count)
{
	struct event event;
	unsigned int i;

	while (count && guard_event(&g->events, EVENT_WAIT, &event) == 1) {
		if (event.id != g->box.id ||
		    event.kind != CTGUARD_EVENT_VERDICT ||
		    event.verdict != CTGUARD_VERDICT_DENY)
			continue;
		for (i = 0; i < ROWS; i++)
			if (awaited[i] &&
			    rows[i].operation == event.operation &&
			    matches_object(rows[i].object, event.object))
				break;
		if (i == ROWS)
			continue;
		awaited[i] = false;
		count--;
	}
}

TEST_F_TIMEOUT(sharing, of_every_road_none_is_open, 60)
{
	int own = NAMESPACES & ~variant->shared;
	bool awaited[ROWS] = {};
	unsigned int i, possible = 0, told = 0, denied = 0;
	struct container c;
	char list[256] = "";

	let_namespaces_go(_metadata, &self->g);
	ASSERT_EQ(0, box_run(NULL, own, rows_act, &own));
	memcpy(self->results[0], results, sizeof(self->results[0]));
	module_remove("can_raw");
	module_remove("can");
	ASSERT_EQ(0, guard_push(&self->g.link, &self->saved, 0));
	ASSERT_EQ(0, box_run(&self->g.box, own, rows_act, &own));
	memcpy(self->results[1], results, sizeof(self->results[1]));

	for (i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		int without = self->results[0][i], with = self->results[1][i];

		EXPECT_EQ(!!(row->needs & own), !!without)
		{
			TH_LOG("%s: without the guard: %s", row->id,
			       strerror(without));
		}
		if (without) {
			/* Nor is it possible with the guard. */
			EXPECT_NE(0, with);
			snprintf(list + strlen(list),
				 sizeof(list) - strlen(list), "%s%s",
				 *list ? ", " : "", row->id);
			continue;
		}
		if (row->own & own) {
			EXPECT_EQ(0, with)
			{
				TH_LOG("%s: %s", row->id, strerror(with));
			}
			continue;
		}
		possible++;
		EXPECT_EQ(row->error ?: EPERM, with)
		{
			TH_LOG("%s: in a container: %s", row->id,
			       strerror(with));
		}
		awaited[i] = !row->again;
		told += awaited[i];
	}
	TH_LOG("%u roads; the kernel itself closes %s", possible,
	       *list ? list : "none");
	take_events(&self->g, awaited, told);
	for (i = 0; i < ROWS; i++) {
		EXPECT_FALSE(awaited[i])
		{
			TH_LOG("%s: no event", rows[i].id);
		}
	}
	ASSERT_EQ(0, guard_container(&self->g.link, self->g.box.id, NULL, &c));
	for (i = 1; i <= CTGUARD_OP_MAX; i++)
		denied += c.count[i][CTGUARD_VERDICT_DENY];
	/* Some that the kernel would refuse are refused by the guard before. */
	EXPECT_LE(possible, denied);
	EXPECT_GE(ROWS, denied);
}

TEST_HARNESS_MAIN
