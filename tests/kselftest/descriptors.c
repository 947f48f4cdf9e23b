// SPDX-License-Identifier: GPL-2.0
/* Descriptors that were opened elsewhere: received, inherited, held already. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <linux/fs.h>
#include <linux/io_uring.h>

#include "common.h"

#define HELD 3	   /* the descriptor that is inherited */
#define SETTLES 30 /* s in which hooks that nobody needs are let go of */
#define SECTOR 512

static const char hook[] = "security_file_permission";

static const char *disk(void)
{
	return getenv("CTGUARD_DISK") ?: "/dev/vdb";
}

static dev_t device_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_rdev;
}

/*
 * What a program does with the descriptor that it finds
 */

static _Alignas(4096) char buffer[4096];

static int use_read(const char *unused)
{
	return read(HELD, buffer, SECTOR) < 0 ? errno : 0;
}

static int use_pread(const char *unused)
{
	return pread(HELD, buffer, SECTOR, 0) < 0 ? errno : 0;
}

static int use_readv(const char *unused)
{
	struct iovec part = { buffer, SECTOR };

	return preadv2(HELD, &part, 1, 0, 0) < 0 ? errno : 0;
}

static int use_write(const char *text)
{
	return write(HELD, text, strlen(text)) < 0 ? errno : 0;
}

/* The boot sector of the disk, which is empty and nobody's. */
static int use_pwrite(const char *unused)
{
	return pwrite(HELD, buffer, SECTOR, 0) < 0 ? errno : 0;
}

static int use_mmap(const char *unused)
{
	volatile char *at = mmap(NULL, 4096, PROT_READ, MAP_SHARED, HELD, 0);

	if (at == MAP_FAILED)
		return errno;
	return at[0] == 1 ? EIO : 0;
}

static int use_ioctl(const char *unused)
{
	uint64_t size;

	return ioctl(HELD, BLKGETSIZE64, &size) ? errno : 0;
}

#define IA32_IOCTL 54

static int use_ioctl_ia32(const char *unused)
{
	static int size; /* below 4 GiB */

	return -call_ia32(IA32_IOCTL, HELD, BLKSSZGET, (uintptr_t)&size);
}

/* The boot sector again. */
static int use_fallocate(const char *unused)
{
	return fallocate(HELD, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0,
			 SECTOR) ?
		       errno :
		       0;
}

static int use_splice(const char *unused)
{
	int pipes[2];

	if (pipe(pipes))
		return errno;
	return splice(HELD, NULL, pipes[1], NULL, SECTOR, 0) < 0 ? errno : 0;
}

static int use_splice_to(const char *unused)
{
	loff_t at = 0;
	int pipes[2];

	if (pipe(pipes) || write(pipes[1], buffer, SECTOR) != SECTOR)
		return errno;
	return splice(pipes[0], NULL, HELD, &at, SECTOR, 0) < 0 ? errno : 0;
}

static int use_sendfile(const char *unused)
{
	int pair[2];
	off_t at = 0;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return errno;
	return sendfile(pair[0], HELD, &at, SECTOR) < 0 ? errno : 0;
}

static int use_copy(const char *unused)
{
	int file = memfd_create("ks", 0);
	off_t at = 0;

	return sendfile(file, HELD, &at, SECTOR) < 0 ? errno : 0;
}

static int by_uring(uint8_t opcode, enum uring_way way)
{
	const struct io_uring_sqe sqe = {
		.opcode = opcode,
		.fd = HELD,
		.addr = (uintptr_t)buffer,
		.len = SECTOR,
	};
	int r = uring_do_by(way, &sqe);

	return r < 0 ? -r : 0;
}

static int use_uring_read(const char *unused)
{
	return by_uring(IORING_OP_READ, URING_ITSELF);
}

static int use_uring_write(const char *unused)
{
	return by_uring(IORING_OP_WRITE, URING_ITSELF);
}

static int use_uring_worker(const char *unused)
{
	return by_uring(IORING_OP_WRITE, URING_WORKER);
}

static int use_uring_thread(const char *unused)
{
	return by_uring(IORING_OP_WRITE, URING_THREAD);
}

static int use_uring_personality(const char *unused)
{
	return by_uring(IORING_OP_WRITE, URING_PERSONALITY);
}

static int use_uring_fixed(const char *unused)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_READ,
		.flags = IOSQE_FIXED_FILE,
		.fd = HELD,
		.addr = (uintptr_t)buffer,
		.len = SECTOR,
	};
	int r = uring_do(&sqe);

	return r < 0 ? -r : 0;
}

static int use_uring_splice(const char *unused)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SPLICE,
		.fd = HELD,
		.off = 0,
		.splice_off_in = -1,
		.len = SECTOR,
	};
	int pipes[2], r;

	if (pipe(pipes) || write(pipes[1], buffer, SECTOR) != SECTOR)
		return errno;
	sqe.splice_fd_in = pipes[0];
	r = uring_do(&sqe);
	return r < 0 ? -r : 0;
}

static int text_by_uring(const char *text, enum uring_way way)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_WRITE,
		.fd = HELD,
		.addr = (uintptr_t)text,
		.len = strlen(text),
	};
	int r = uring_do_by(way, &sqe);

	return r < 0 ? -r : 0;
}

static int use_uring_text(const char *text)
{
	return text_by_uring(text, URING_ITSELF);
}

static int use_uring_text_thread(const char *text)
{
	return text_by_uring(text, URING_THREAD);
}

static int use_uring_text_personality(const char *text)
{
	return text_by_uring(text, URING_PERSONALITY);
}

static int use_uring_fallocate(const char *unused)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_FALLOCATE,
		.fd = HELD,
		.addr = SECTOR,
	};
	int r = uring_do(&sqe);

	return r < 0 ? -r : 0;
}

/* Of a file */
static int use_ftruncate(const char *unused)
{
	return ftruncate(HELD, SECTOR) ? errno : 0;
}

static int use_allocate(const char *unused)
{
	return fallocate(HELD, 0, 0, SECTOR) ? errno : 0;
}

static int use_mmap_write(const char *unused)
{
	char *at =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, HELD, 0);

	if (at == MAP_FAILED)
		return errno;
	at[0] = '#';
	return 0;
}

static int use_sendfile_to(const char *unused)
{
	int file = memfd_create("ks", 0);

	if (write(file, buffer, SECTOR) != SECTOR || lseek(file, 0, SEEK_SET))
		return errno;
	return sendfile(HELD, file, NULL, SECTOR) < 0 ? errno : 0;
}

/*
 * A ring that somebody else polls: what it opens, that thread opens. Where its
 * parts are a ring of one's own tells.
 */
static int open_by_ring(int fd)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (uintptr_t) "/proc/sys/kernel/core_pattern",
		.open_flags = O_WRONLY | O_CLOEXEC,
	};
	struct ring ring;
	int r;

	if (fcntl(fd, F_GETFD) < 0 || ring_make(&ring, URING_THREAD))
		return errno;
	close(ring.fd);
	ring.fd = fd;
	r = ring_do(&ring, &sqe);
	return r < 0 ? -r : 0;
}

static int use_ring(const char *unused)
{
	return open_by_ring(HELD);
}

/* The whole of the memory device, where something may be read. */
static int use_pread_memory(const char *unused)
{
	return pread(HELD, buffer, 16, 0xf0000) < 0 ? errno : 0;
}

static int use_mmap_memory(const char *unused)
{
	volatile char *at =
		mmap(NULL, 4096, PROT_READ, MAP_SHARED, HELD, 0xf0000);

	return at == MAP_FAILED ? errno : at[0] == at[1] ? 0 : 0;
}

/* Is it there at all? */
static int use_find(const char *unused)
{
	return fcntl(HELD, F_GETFD) < 0 ? errno : 0;
}

static int use_terminal(const char *text)
{
	struct winsize size;

	if (ioctl(HELD, TIOCGWINSZ, &size))
		return errno;
	if (write(HELD, text, strlen(text)) < 0)
		return errno;
	return fcntl(HELD, F_SETFL, O_NONBLOCK) ||
			       (read(HELD, buffer, 1) < 0 && errno != EAGAIN) ?
		       errno :
		       0;
}

/* Reads the disk at 4, and goes on with 3. */
static int use_both(const char *text)
{
	if (pread(HELD + 1, buffer, SECTOR, 0) >= 0 || errno != EPERM)
		return EIO;
	return use_terminal(text);
}

static const struct use {
	const char *name;
	int (*use)(const char *text);
} uses[] = {
	{ "read", use_read },
	{ "pread", use_pread },
	{ "preadv2", use_readv },
	{ "write", use_write },
	{ "pwrite", use_pwrite },
	{ "mmap", use_mmap },
	{ "ioctl", use_ioctl },
	{ "ioctl-ia32", use_ioctl_ia32 },
	{ "fallocate", use_fallocate },
	{ "splice", use_splice },
	{ "splice-to", use_splice_to },
	{ "sendfile", use_sendfile },
	{ "copy", use_copy },
	{ "io_uring-read", use_uring_read },
	{ "io_uring-write", use_uring_write },
	{ "io_uring-worker", use_uring_worker },
	{ "io_uring-thread", use_uring_thread },
	{ "io_uring-personality", use_uring_personality },
	{ "io_uring-fixed", use_uring_fixed },
	{ "io_uring-splice", use_uring_splice },
	{ "io_uring-text", use_uring_text },
	{ "io_uring-text-thread", use_uring_text_thread },
	{ "io_uring-text-personality", use_uring_text_personality },
	{ "io_uring-fallocate", use_uring_fallocate },
	{ "ftruncate", use_ftruncate },
	{ "allocate", use_allocate },
	{ "mmap-write", use_mmap_write },
	{ "sendfile-to", use_sendfile_to },
	{ "ring", use_ring },
	{ "pread-memory", use_pread_memory },
	{ "mmap-memory", use_mmap_memory },
	{ "find", use_find },
	{ "terminal", use_terminal },
	{ "both", use_both },
	{ NULL },
};

static int do_use(const char *name, const char *text)
{
	const struct use *u = uses;

	while (u->name && strcmp(u->name, name))
		u++;
	return u->name ? u->use(text) : ENOSYS;
}

/* This program as a container's first one: "held" USE [TEXT]. */
static void __attribute__((constructor)) run_held(int argc, char **argv)
{
	if (argc >= 2 && !strcmp(argv[0], "held"))
		_exit(do_use(argv[1], argc > 2 ? argv[2] : ""));
}

/*
 * Executes it as a runtime does: a fork, the container's cgroup, a mount
 * namespace, and a descriptor that was not closed.
 */
struct held_act {
	int fd;
	const char *use;
	const char *text;
	int more; /* kept as the next one, or 0 */
};

static int held_act(const void *argument)
{
	const struct held_act *h = argument;
	char *const arguments[] = { "held", (char *)h->use,
				    (char *)(h->text ?: ""), NULL };
	int fd = fcntl(h->fd, F_DUPFD, 10), more = -1;

	if (h->more)
		more = fcntl(h->more, F_DUPFD, 10);
	if (dup2(fd, HELD) < 0 || (h->more && dup2(more, HELD + 1) < 0))
		return errno;
	close(fd);
	close(more);
	execve("/proc/self/exe", arguments, NULL);
	return errno;
}

static bool hook_becomes(struct guarded *g, int state, unsigned int seconds)
{
	unsigned int i;

	for (i = 0; i < seconds * 5; i++) {
		if (guard_hook(&g->link, hook) == state)
			return true;
		usleep(200000);
	}
	return guard_hook(&g->link, hook) == state;
}

/*
 * The hooks themselves: first, while nobody has needed them yet
 */

FIXTURE(hooks)
{
	struct guarded g;
};

FIXTURE_SETUP(hooks)
{
	guarded_setup(_metadata, &self->g, IN_SETUP);
	ASSERT_TRUE(hook_becomes(&self->g, CTGUARD_HOOK_IDLE, SETTLES));
}

FIXTURE_TEARDOWN(hooks)
{
	guarded_teardown(&self->g);
}

TEST_F_TIMEOUT(hooks, stay_idle_where_nothing_is_foreign, 60)
{
	struct held_act h[] = {
		{ open("/dev/null", O_RDWR), "read" },
		{ open("/dev/zero", O_RDWR), "mmap" },
		{ open("/proc/sys/kernel/core_pattern", O_RDONLY), "read" },
		{ open("/etc/passwd", O_RDONLY), "read" },
		{ memfd_create("ks", 0), "write", "x" },
		{ eventfd(8, EFD_SEMAPHORE), "read" },
		{ open("/dev/ptmx", O_RDWR | O_NOCTTY), "terminal", "x" },
		{ open(disk(), O_PATH), "find" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(h); i++) {
		EXPECT_LE(0, h[i].fd);
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ h[i].use, held_act, &h[i],
					       CLONE_NEWNS });
	}
	EXPECT_EQ(CTGUARD_HOOK_IDLE, guard_hook(&self->g.link, hook));
}

TEST_F_TIMEOUT(hooks, live_as_long_as_such_a_container, 60)
{
	static const char *const hooks[] = { "security_file_permission",
					     "security_file_ioctl",
					     "security_mmap_file",
					     "security_uring_cmd" };
	/* The last is there since 6.0. */
	const unsigned int count = ARRAY_SIZE(hooks) - kernel_is_before(6, 0);
	struct held_act h = { open(disk(), O_RDONLY), "read" };
	unsigned int i;

	/* Before 5.13 flags of files are set through the second. */
	for (i = 0; i < count; i++)
		EXPECT_EQ(i == 1 && kernel_is_before(5, 13) ?
				  CTGUARD_HOOK_LIVE :
				  CTGUARD_HOOK_IDLE,
			  guard_hook(&self->g.link, hooks[i]));
	EXPECT_EQ(EPERM, box_run(&self->g.box, CLONE_NEWNS, held_act, &h));
	for (i = 0; i < count; i++) {
		EXPECT_EQ(CTGUARD_HOOK_LIVE,
			  guard_hook(&self->g.link, hooks[i]))
		{
			TH_LOG("%s", hooks[i]);
		}
	}
	/* Longer than it takes to look. */
	sleep(11);
	EXPECT_EQ(CTGUARD_HOOK_LIVE, guard_hook(&self->g.link, hook));
	EXPECT_EQ(EPERM, box_run(&self->g.box, CLONE_NEWNS, held_act, &h));
	box_remove(&self->g.box);
	EXPECT_TRUE(hook_becomes(&self->g, CTGUARD_HOOK_IDLE, SETTLES));
}

/*
 * Inherited by the first program
 */

FIXTURE(inherited)
{
	struct guarded g;
	int fd;
};

FIXTURE_VARIANT(inherited)
{
	const char *path; /* NULL: the disk */
	int flags;
	const char *use;
	const char *text; /* "=": what the file holds */
	uint32_t operation;
	const char *fs;
	const char *object;
};

#define DISK(name, use_, flags_)                    \
	FIXTURE_VARIANT_ADD(inherited, disk_##name) \
	{                                           \
		.use = use_, .flags = flags_,       \
		.operation = CTGUARD_OP_DEVICE_OPEN \
	}
#define PSEUDO(name, use_, fs_, root, object_, text_)                  \
	FIXTURE_VARIANT_ADD(inherited, name)                           \
	{                                                              \
		.path = root object_, .flags = O_WRONLY, .use = use_,  \
		.text = text_, .operation = CTGUARD_OP_PSEUDOFS_WRITE, \
		.fs = fs_, .object = object_                           \
	}
#define CODE_PATH "/etc/modprobe.d/ks-held.conf"
#define CODE(name, use_)                                              \
	FIXTURE_VARIANT_ADD(inherited, code_##name)                   \
	{                                                             \
		.path = CODE_PATH, .flags = O_RDWR, .use = use_,      \
		.text = "# ks\n", .operation = CTGUARD_OP_KERNEL_USE, \
		.object = "host-code"                                 \
	}

DISK(read, "read", O_RDONLY);
DISK(pread, "pread", O_RDONLY);
DISK(preadv2, "preadv2", O_RDONLY);
DISK(pwrite, "pwrite", O_RDWR);
DISK(mmap, "mmap", O_RDONLY);
DISK(ioctl, "ioctl", O_RDONLY);
DISK(ioctl_ia32, "ioctl-ia32", O_RDONLY);
DISK(fallocate, "fallocate", O_RDWR);
DISK(splice, "splice", O_RDONLY);
DISK(splice_to, "splice-to", O_WRONLY);
DISK(sendfile, "sendfile", O_RDONLY);
DISK(copy, "copy", O_RDONLY);
DISK(io_uring_read, "io_uring-read", O_RDONLY);
DISK(io_uring_write, "io_uring-write", O_WRONLY);
DISK(io_uring_worker, "io_uring-worker", O_WRONLY);
DISK(io_uring_thread, "io_uring-thread", O_WRONLY);
DISK(io_uring_personality, "io_uring-personality", O_WRONLY);
DISK(io_uring_fixed, "io_uring-fixed", O_RDONLY);
DISK(io_uring_splice, "io_uring-splice", O_WRONLY);
FIXTURE_VARIANT_ADD(inherited, mem_pread){
	.path = "/dev/mem",
	.use = "pread-memory",
	.operation = CTGUARD_OP_DEVICE_OPEN,
};
FIXTURE_VARIANT_ADD(inherited, mem_mmap){
	.path = "/dev/mem",
	.use = "mmap-memory",
	.operation = CTGUARD_OP_DEVICE_OPEN,
};
FIXTURE_VARIANT_ADD(inherited, kmsg_write){
	.path = "/dev/kmsg",
	.flags = O_WRONLY,
	.use = "write",
	.text = "ctguard kselftest\n",
	.operation = CTGUARD_OP_DEVICE_OPEN,
};
PSEUDO(sysctl_write, "write", "proc", "/proc", "/sys/kernel/core_pattern", "=");
PSEUDO(proc_write, "write", "proc", "/proc", "/irq/default_smp_affinity", "=");
PSEUDO(sysfs_write, "write", "sysfs", "/sys", "/module/printk/parameters/time",
       "=");
PSEUDO(sysctl_uring, "io_uring-text", "proc", "/proc",
       "/sys/kernel/core_pattern", "=");
PSEUDO(sysfs_uring_thread, "io_uring-text-thread", "sysfs", "/sys",
       "/module/printk/parameters/time", "=");
PSEUDO(sysfs_uring_personality, "io_uring-text-personality", "sysfs", "/sys",
       "/module/printk/parameters/time", "=");
CODE(write, "write");
CODE(pwrite, "pwrite");
CODE(ftruncate, "ftruncate");
CODE(fallocate, "allocate");
CODE(mmap, "mmap-write");
CODE(splice_to, "splice-to");
CODE(sendfile_to, "sendfile-to");
CODE(io_uring_write, "io_uring-write");
CODE(io_uring_worker, "io_uring-worker");
CODE(io_uring_thread, "io_uring-thread");
CODE(io_uring_splice, "io_uring-splice");
CODE(io_uring_fallocate, "io_uring-fallocate");

FIXTURE_SETUP(inherited)
{
	self->fd = -1;
	guarded_setup(_metadata, &self->g, IN_SETUP);
	if (variant->operation == CTGUARD_OP_KERNEL_USE)
		ASSERT_EQ(0, mknod(CODE_PATH, S_IFREG | 0600, 0));
	self->fd = open(variant->path ?: disk(),
			variant->flags | O_CLOEXEC | O_NOCTTY);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(inherited)
{
	unlink(CODE_PATH);
	close(self->fd);
	guarded_teardown(&self->g);
}

TEST_F(inherited, is_not_used)
{
	struct held_act h = { self->fd, variant->use, variant->text };
	struct pair p = { variant->use,
			  held_act,
			  &h,
			  CLONE_NEWNS,
			  .operation = variant->operation,
			  .fs = variant->fs,
			  .object = variant->object };
	char text[256] = "";

	if (variant->text && !strcmp(variant->text, "=")) {
		read_whole(variant->path, text, sizeof(text));
		h.text = text;
	}
	if (variant->operation == CTGUARD_OP_DEVICE_OPEN) {
		p.device = device_of(variant->path ?: disk());
		p.type = variant->path ? CTGUARD_DEV_CHAR : CTGUARD_DEV_BLOCK;
	}
	/* So that something is there. */
	if (variant->operation == CTGUARD_OP_KERNEL_USE)
		ASSERT_EQ(0, ftruncate(self->fd, sizeof(buffer)));
	expect_pair(_metadata, &self->g, &p);
	EXPECT_EQ(CTGUARD_HOOK_LIVE, guard_hook(&self->g.link, hook));
}

FIXTURE(kept)
{
	struct guarded g;
};

FIXTURE_SETUP(kept)
{
	guarded_setup(_metadata, &self->g, IN_SETUP);
}

FIXTURE_TEARDOWN(kept)
{
	guarded_teardown(&self->g);
}

/* What cannot be judged when it is used is closed. */
TEST_F(kept, namespaces_are_closed)
{
	struct held_act h = { open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC),
			      "find" };

	expect_pair(_metadata, &self->g,
		    &(struct pair){ "a namespace", held_act, &h,
				    CLONE_NEWNS | CLONE_NEWUTS,
				    .operation = CTGUARD_OP_TASK_ACCESS,
				    .object = "setns/uts", .error = EBADF });
}

static int host_ring(void)
{
	struct ring ring;

	return ring_make(&ring, URING_THREAD) ? -1 : ring.fd;
}

TEST_F(kept, rings_are_closed)
{
	struct held_act h = { host_ring(), "ring" };

	ASSERT_LE(0, h.fd);
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "a ring", held_act, &h, CLONE_NEWNS,
				    .operation = CTGUARD_OP_KERNEL_USE,
				    .object = "io_uring/receive",
				    .error = EBADF });
}

/* Also while the uses of others are judged. */
TEST_F(kept, terminals_go_on_working)
{
	struct held_act h = { -1, "terminal", "x" };
	char path[64];
	int master;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, master);
	ASSERT_EQ(0, unlockpt(master));
	ASSERT_EQ(0, ptsname_r(master, path, sizeof(path)));
	h.fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, h.fd);
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "a terminal", held_act, &h,
				       CLONE_NEWNS });
	h.use = "both";
	h.more = open(disk(), O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(0, box_run(&self->g.box, CLONE_NEWNS, held_act, &h));
	EXPECT_EQ(CTGUARD_HOOK_LIVE, guard_hook(&self->g.link, hook));
	h.use = "terminal";
	h.more = 0;
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "a terminal in such a container",
				       held_act, &h, CLONE_NEWNS });
	close(master);
}

/* The second program, of a task that came from outside later. */
TEST_F(kept, by_who_comes_later)
{
	struct held_act h = { open(disk(), O_RDONLY | O_CLOEXEC), "read" };
	struct held_act harmless = { open("/dev/null", O_RDWR | O_CLOEXEC),
				     "read" };

	EXPECT_EQ(0, box_run(&self->g.box, CLONE_NEWNS, held_act, &harmless));
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "a disk", held_act, &h, CLONE_NEWNS,
				    .operation = CTGUARD_OP_DEVICE_OPEN,
				    .device = device_of(disk()),
				    .type = CTGUARD_DEV_BLOCK });
}

/*
 * Held by what runs already when it is bound
 */

struct running_act {
	int go;
	int ready;
	const char *path;
	int flags;
	const char *use;
	const char *text;
};

static int running_act(const void *argument)
{
	const struct running_act *a = argument;
	int fd = open(a->path, a->flags);
	char byte;

	if (fd < 0 || dup2(fd, HELD) < 0)
		return errno;
	if (write(a->ready, "x", 1) != 1 || read(a->go, &byte, 1) != 1)
		return EIO;
	return do_use(a->use, a->text);
}

FIXTURE(running)
{
	struct link link;
	struct box box;
};

FIXTURE_SETUP(running)
{
	self->link.fd = -1;
	need_module(_metadata);
	ASSERT_EQ(0, link_open(&self->link));
	ASSERT_EQ(0, box_make(&self->box, NULL));
}

FIXTURE_TEARDOWN(running)
{
	box_remove(&self->box);
	link_close(&self->link);
}

static int use_when_bound(struct __test_metadata *_metadata, struct link *link,
			  const struct box *box, struct running_act a,
			  bool bind)
{
	int go[2], ready[2], r;
	char byte;
	pid_t pid;

	ASSERT_EQ(0, pipe2(go, O_CLOEXEC));
	ASSERT_EQ(0, pipe2(ready, O_CLOEXEC));
	/* Out of the way of what is held. */
	a.go = fcntl(go[0], F_DUPFD, 20);
	a.ready = fcntl(ready[1], F_DUPFD, 20);
	pid = box_start(box, 0, running_act, &a);
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	if (bind)
		ASSERT_EQ(0, guard_bind(link, box->id, NULL));
	ASSERT_EQ(1, write(go[1], "x", 1));
	r = box_wait(pid);
	close(a.go);
	close(a.ready);
	close(go[0]);
	close(go[1]);
	close(ready[0]);
	close(ready[1]);
	return r;
}

TEST_F(running, disk_is_not_written_any_more)
{
	struct running_act a = { .path = disk(),
				 .flags = O_RDWR,
				 .use = "pwrite" };

	EXPECT_EQ(0,
		  use_when_bound(_metadata, &self->link, &self->box, a, false));
	EXPECT_EQ(EPERM,
		  use_when_bound(_metadata, &self->link, &self->box, a, true));
	EXPECT_EQ(CTGUARD_HOOK_LIVE, guard_hook(&self->link, hook));
}

TEST_F(running, sysfs_is_not_written_any_more)
{
	static const char path[] = "/sys/module/printk/parameters/time";
	struct running_act a = { .path = path,
				 .flags = O_WRONLY,
				 .use = "write" };
	char text[64];

	read_whole(path, text, sizeof(text));
	a.text = text;
	EXPECT_EQ(0,
		  use_when_bound(_metadata, &self->link, &self->box, a, false));
	EXPECT_EQ(EPERM,
		  use_when_bound(_metadata, &self->link, &self->box, a, true));
}

/*
 * Received
 */

FIXTURE(received)
{
	struct guarded g;
};

FIXTURE_SETUP(received)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(received)
{
	guarded_teardown(&self->g);
}

/* In a message, from the parent by @socket or by oneself if that is 0. */
struct receive_act {
	int fd;
	int socket;
};

static int receive_act(const void *argument)
{
	const struct receive_act *a = argument;
	int pair[2], r, fd;

	if (a->socket) {
		fd = take_fd(a->socket);
		return fd < 0 ? -fd : 0;
	}
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return errno;
	r = pass_fd(pair[0], a->fd);
	if (r)
		return r;
	fd = take_fd(pair[1]);
	return fd < 0 ? -fd : 0;
}

/* By pidfd_getfd(2), from a task of the container. */
static int getfd_act(const void *argument)
{
	const struct receive_act *a = argument;
	int self = syscall(SYS_pidfd_open, getpid(), 0), fd;

	if (self < 0)
		return errno;
	fd = syscall(SYS_pidfd_getfd, self, a->fd, 0);
	return fd < 0 ? errno : 0;
}

static int getfd_ring_act(const void *argument)
{
	const struct receive_act *a = argument;
	int self = syscall(SYS_pidfd_open, getpid(), 0), fd;

	if (self < 0)
		return errno;
	fd = syscall(SYS_pidfd_getfd, self, a->fd, 0);
	return fd < 0 ? errno : open_by_ring(fd);
}

struct received_row {
	const char *what;
	int fd;
	int namespaces;
	uint32_t operation;
	const char *fs;
	const char *object;
	dev_t device;
	uint32_t type;
};

static void expect_refused(struct __test_metadata *_metadata,
			   const struct received_row *row, act *act)
{
	struct receive_act a = { row->fd };
	struct guarded g;

	ASSERT_LE(0, row->fd)
	{
		TH_LOG("%s", row->what);
	}
	guarded_setup(_metadata, &g, SEALED);
	expect_pair(_metadata, &g,
		    &(struct pair){ row->what, act, &a, row->namespaces,
				    .operation = row->operation, .fs = row->fs,
				    .object = row->object,
				    .device = row->device, .type = row->type });
	guarded_teardown(&g);
}

TEST_F(received, foreign_ones_are_refused)
{
	const struct received_row rows[] = {
		{ "a disk", open(disk(), O_RDONLY), 0, CTGUARD_OP_DEVICE_OPEN,
		  .device = device_of(disk()), .type = CTGUARD_DEV_BLOCK },
		{ "/dev/mem", open("/dev/mem", O_RDONLY), 0,
		  CTGUARD_OP_DEVICE_OPEN, .device = makedev(1, 1),
		  .type = CTGUARD_DEV_CHAR },
		{ "/dev/kmsg", open("/dev/kmsg", O_WRONLY), 0,
		  CTGUARD_OP_DEVICE_OPEN, .device = makedev(1, 11),
		  .type = CTGUARD_DEV_CHAR },
		{ "core_pattern",
		  open("/proc/sys/kernel/core_pattern", O_WRONLY), 0,
		  CTGUARD_OP_PSEUDOFS_WRITE, "proc",
		  "/sys/kernel/core_pattern" },
		{ "a file of sysfs",
		  open("/sys/module/printk/parameters/time", O_RDWR), 0,
		  CTGUARD_OP_PSEUDOFS_WRITE, "sysfs",
		  "/module/printk/parameters/time" },
		{ "a line for modprobe",
		  open(CODE_PATH, O_WRONLY | O_CREAT, 0600), 0,
		  CTGUARD_OP_KERNEL_USE, NULL, "host-code" },
		{ "the host's UTS namespace",
		  open("/proc/self/ns/uts", O_RDONLY), CLONE_NEWUTS,
		  CTGUARD_OP_TASK_ACCESS, NULL, "setns/uts" },
		{ "the host's network namespace",
		  open("/proc/self/ns/net", O_RDONLY), CLONE_NEWNET,
		  CTGUARD_OP_TASK_ACCESS, NULL, "setns/net" },
		{ "the host's mount namespace",
		  open("/proc/self/ns/mnt", O_RDONLY), CLONE_NEWNS,
		  CTGUARD_OP_TASK_ACCESS, NULL, "setns/mnt" },
	};
	const struct received_row ring = { "a ring", host_ring(),
					   0,	     CTGUARD_OP_KERNEL_USE,
					   NULL,     "io_uring/receive" };
	unsigned int i;

	unlink(CODE_PATH);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		expect_refused(_metadata, &rows[i], receive_act);
		expect_refused(_metadata, &rows[i], getfd_act);
	}
	/* Newer kernels send none in a message. */
	expect_refused(_metadata, &ring, getfd_ring_act);
}

TEST_F(received, harmless_ones_pass)
{
	const struct {
		const char *what;
		int fd;
	} rows[] = {
		{ "/dev/null", open("/dev/null", O_RDWR) },
		{ "/dev/zero", open("/dev/zero", O_RDWR) },
		{ "a memfd", memfd_create("ks", 0) },
		{ "an eventfd", eventfd(0, 0) },
		{ "a socket", socket(AF_UNIX, SOCK_STREAM, 0) },
		{ "a terminal", open("/dev/ptmx", O_RDWR | O_NOCTTY) },
		{ "a file", open("/etc/passwd", O_RDONLY) },
		{ "a file to write", open("/tmp", O_RDWR | O_TMPFILE, 0600) },
		{ "a directory", open("/", O_RDONLY | O_DIRECTORY) },
		{ "a sysctl to read",
		  open("/proc/sys/kernel/core_pattern", O_RDONLY) },
		{ "a file of sysfs to read",
		  open("/sys/module/printk/parameters/time", O_RDONLY) },
		{ "a name of a disk", open(disk(), O_PATH) },
		{ "a namespace it is in", open("/proc/self/ns/uts", O_RDONLY) },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct receive_act a = { rows[i].fd };

		EXPECT_LE(0, rows[i].fd)
		{
			TH_LOG("%s", rows[i].what);
		}
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ rows[i].what, receive_act, &a });
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ rows[i].what, getfd_act, &a });
	}
}

/* What a daemon of the host sends to a client. */
TEST_F(received, from_the_host)
{
	int pair[2], fd = open(disk(), O_RDONLY);
	struct receive_act a = { .fd = -1 };

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
	ASSERT_EQ(0, pass_fd(pair[0], fd));
	ASSERT_EQ(0, pass_fd(pair[0], fd));
	a.socket = pair[1];
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "a disk from the host", receive_act, &a,
				    .operation = CTGUARD_OP_DEVICE_OPEN,
				    .device = device_of(disk()),
				    .type = CTGUARD_DEV_BLOCK });
}

/* A container that shares one namespace with the host, and has all others. */
FIXTURE(sharing)
{
	struct guarded g;
};

FIXTURE_SETUP(sharing)
{
	guarded_setup(_metadata, &self->g, IN_SETUP);
}

FIXTURE_TEARDOWN(sharing)
{
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

TEST_F(sharing, a_disk_is_neither_received_nor_read)
{
	int fd = open(disk(), O_RDONLY | O_CLOEXEC);
	struct held_act h = { fd, "read" };
	struct receive_act a = { fd };
	struct pair inherited = { "inherited",
				  held_act,
				  &h,
				  .operation = CTGUARD_OP_DEVICE_OPEN,
				  .device = device_of(disk()),
				  .type = CTGUARD_DEV_BLOCK };
	struct pair received = inherited;

	received.what = "received";
	received.act = receive_act;
	received.argument = &a;
	expect_host(_metadata, &inherited);
	expect_host(_metadata, &received);
	inherited.namespaces = received.namespaces = NAMESPACES &
						     ~variant->shared;
	expect_denied(_metadata, &self->g, &inherited);
	/* The same disk again: counted, and told in the summary. */
	EXPECT_EQ(EPERM, box_run(&self->g.box, received.namespaces,
				 received.act, received.argument));
	EXPECT_EQ(2, count_of(_metadata, &self->g, CTGUARD_OP_DEVICE_OPEN,
			      CTGUARD_VERDICT_DENY));
}

TEST_HARNESS_MAIN
