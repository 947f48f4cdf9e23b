// SPDX-License-Identifier: GPL-2.0
/* Devices: by nodes of every making, and by mounts of every interface. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "blob.h"
#include "common.h"

#define FSCONFIG_SET_STRING 1
#define FSCONFIG_CMD_CREATE 6

/*
 * Nodes that no container is to open. Each test makes its own node, on a tmpfs
 * whose mount allows devices.
 */
FIXTURE(node)
{
	struct guarded g;
	char scratch[64];
	char path[128];
	char empty[128];
	char dev_path[128];
	dev_t device;
	uint32_t type;
	bool loaded;
};

FIXTURE_VARIANT(node)
{
	const char *name;   /* in /dev */
	const char *module; /* that has it, or NULL */
	mode_t type;
	unsigned int major; /* 0: /dev says */
	unsigned int minor;
	int flags;
};

#define NODE(name_, ...)                                      \
	FIXTURE_VARIANT_ADD(node, name_)                      \
	{                                                     \
		.type = S_IFCHR, .flags = O_RDWR, __VA_ARGS__ \
	}

NODE(mem, .name = "mem", .major = 1, .minor = 1);
NODE(mem_read, .name = "mem", .major = 1, .minor = 1, .flags = O_RDONLY);
NODE(port, .name = "port", .major = 1, .minor = 4);
NODE(kmsg, .name = "kmsg", .major = 1, .minor = 11, .flags = O_RDONLY);
NODE(kmsg_write, .name = "kmsg", .major = 1, .minor = 11, .flags = O_WRONLY);
#if IS_X86
NODE(msr, .name = "cpu/0/msr", .module = "msr", .major = 202,
     .flags = O_RDONLY);
NODE(cpuid, .name = "cpu/0/cpuid", .module = "cpuid", .major = 203,
     .flags = O_RDONLY);
#endif
NODE(loop_control, .name = "loop-control", .module = "loop", .major = 10,
     .minor = 237);
NODE(mapper_control, .name = "mapper/control", .module = "dm_mod", .major = 10,
     .minor = 236);
NODE(uinput, .name = "uinput", .module = "uinput", .major = 10, .minor = 223);
NODE(tty0, .name = "tty0", .major = 4, .minor = 0);
NODE(console, .name = "console", .major = 5, .minor = 1);
NODE(vcs, .name = "vcs", .major = 7, .minor = 0);
NODE(disk, .name = NULL, .type = S_IFBLK);
NODE(disk_read, .name = NULL, .type = S_IFBLK, .flags = O_RDONLY);

/* The disk that the tests may use: CTGUARD_DISK, which holds an ext4. */
static const char *disk(void)
{
	return getenv("CTGUARD_DISK") ?: "/dev/vdb";
}

static dev_t device_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_rdev;
}

FIXTURE_SETUP(node)
{
	char command[128];

	self->g.link.fd = -1;
	guarded_setup(_metadata, &self->g, SEALED);
	if (variant->module) {
		self->loaded = module_is_loaded(variant->module);
		snprintf(command, sizeof(command), "modprobe %s",
			 variant->module);
		ASSERT_EQ(0, system(command));
	}
	if (variant->name)
		snprintf(self->dev_path, sizeof(self->dev_path), "/dev/%s",
			 variant->name);
	else
		snprintf(self->dev_path, sizeof(self->dev_path), "%s", disk());
	self->device = variant->major ?
			       makedev(variant->major, variant->minor) :
			       device_of(self->dev_path);
	ASSERT_NE(0, self->device)
	{
		TH_LOG("%s is not there", self->dev_path);
	}
	self->type = S_ISBLK(variant->type) ? CTGUARD_DEV_BLOCK :
					      CTGUARD_DEV_CHAR;
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
	ASSERT_EQ(0, mount("scratch", self->scratch, "tmpfs", 0, NULL));
	snprintf(self->path, sizeof(self->path), "%s/node", self->scratch);
	snprintf(self->empty, sizeof(self->empty), "%s/empty", self->scratch);
	ASSERT_EQ(0, mknod(self->path, variant->type | 0600, self->device));
	ASSERT_EQ(0, mknod(self->empty, S_IFREG | 0600, 0));
}

FIXTURE_TEARDOWN(node)
{
	guarded_teardown(&self->g);
	if (self->scratch[0]) {
		umount2(self->scratch, MNT_DETACH);
		rmdir(self->scratch);
	}
	if (variant->module && !self->loaded)
		module_remove(variant->module);
}

/* The pair of an act that opens the node. */
#define OPEN_PAIR(act_, ...)                                             \
	expect_pair(_metadata, &self->g,                                 \
		    &(struct pair){ .what = #act_,                       \
				    .act = act_,                         \
				    .operation = CTGUARD_OP_DEVICE_OPEN, \
				    .device = self->device,              \
				    .type = self->type,                  \
				    __VA_ARGS__ })

TEST_F(node, open_on_tmpfs)
{
	struct act_file f = { self->path, variant->flags };

	OPEN_PAIR(act_open, .argument = &f);
}

TEST_F(node, open_by_path_descriptor)
{
	struct act_file f = { self->path, variant->flags };

	OPEN_PAIR(act_open_path_first, .argument = &f);
}

TEST_F(node, open_by_io_uring)
{
	struct act_file f = { self->path, variant->flags };

	OPEN_PAIR(act_open_uring, .argument = &f);
}

/* A node that lies in a devtmpfs, mounted anew by the host. */
TEST_F(node, open_in_a_fresh_devtmpfs)
{
	char path[256], scratch[64];
	struct act_file f = { path, variant->flags };

	if (!device_of(self->dev_path))
		SKIP(return, "this host has no %s", self->dev_path);
	ASSERT_EQ(0, make_scratch(scratch, sizeof(scratch)));
	ASSERT_EQ(0, mount("dev", scratch, "devtmpfs", 0, NULL));
	snprintf(path, sizeof(path), "%s/%s", scratch,
		 self->dev_path + strlen("/dev/"));
	OPEN_PAIR(act_open, .argument = &f);
	umount2(scratch, MNT_DETACH);
	rmdir(scratch);
}

struct bind_act {
	const char *from;
	const char *to;
	int flags;
};

static int open_bound(const void *argument)
{
	const struct bind_act *b = argument;
	struct act_file f = { b->to, b->flags };

	if (mount(b->from, b->to, NULL, MS_BIND, NULL))
		return errno;
	return act_open(&f);
}

TEST_F(node, open_through_a_bind_mount)
{
	struct bind_act b = { self->path, self->empty, variant->flags };

	OPEN_PAIR(open_bound, .argument = &b, .namespaces = CLONE_NEWNS);
}

static int open_truncating(const void *file)
{
	const struct act_file *f = file;
	struct act_file t = { f->path, f->flags | O_TRUNC | O_CREAT };

	return act_open(&t);
}

TEST_F(node, open_with_more_flags)
{
	struct act_file f = { self->path, variant->flags };

	OPEN_PAIR(open_truncating, .argument = &f);
}

/* mknod */

FIXTURE(mknod)
{
	struct guarded g;
	char scratch[64];
	char path[128];
};

FIXTURE_SETUP(mknod)
{
	guarded_setup(_metadata, &self->g, IN_SETUP);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
	ASSERT_EQ(0, mount("scratch", self->scratch, "tmpfs", 0, NULL));
	snprintf(self->path, sizeof(self->path), "%s/node", self->scratch);
}

FIXTURE_TEARDOWN(mknod)
{
	guarded_teardown(&self->g);
	if (self->scratch[0]) {
		umount2(self->scratch, MNT_DETACH);
		rmdir(self->scratch);
	}
}

struct mknod_act {
	const char *path;
	mode_t type;
	dev_t device;
	bool keep;
};

static int mknod_act(const void *argument)
{
	const struct mknod_act *m = argument;

	if (mknod(m->path, m->type | 0600, m->device))
		return errno;
	if (!m->keep)
		unlink(m->path);
	return 0;
}

TEST_F(mknod, works_in_set_up_and_the_open_does_not)
{
	struct mknod_act m = { self->path, S_IFCHR, makedev(1, 1), true };
	struct act_file f = { self->path, O_RDWR };

	EXPECT_EQ(0, box_run(&self->g.box, 0, mknod_act, &m));
	EXPECT_EQ(1, count_of(_metadata, &self->g, CTGUARD_OP_DEVICE_MKNOD,
			      CTGUARD_VERDICT_ALLOW));
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "open of a node of set-up", act_open, &f,
				    .operation = CTGUARD_OP_DEVICE_OPEN,
				    .device = m.device,
				    .type = CTGUARD_DEV_CHAR });
}

TEST_F(mknod, denied_after_set_up)
{
	struct mknod_act rows[] = {
		{ self->path, S_IFCHR, makedev(1, 1) },
		{ self->path, S_IFCHR, makedev(1, 4) },
		{ self->path, S_IFBLK, device_of(disk()) },
		{ self->path, S_IFBLK, makedev(7, 0) },
		{ self->path, S_IFCHR, makedev(4, 0) },
	};
	unsigned int i;

	ASSERT_EQ(0, box_seal(&self->g.box));
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_pair(_metadata, &self->g,
			    &(struct pair){ "mknod", mknod_act, &rows[i],
					    .operation =
						    CTGUARD_OP_DEVICE_MKNOD,
					    .device = rows[i].device,
					    .type = S_ISBLK(rows[i].type) ?
							    CTGUARD_DEV_BLOCK :
							    CTGUARD_DEV_CHAR });
}

TEST_F(mknod, of_default_nodes_works)
{
	struct mknod_act rows[] = {
		{ self->path, S_IFCHR, makedev(1, 3) },
		{ self->path, S_IFCHR, makedev(1, 5) },
		{ self->path, S_IFCHR, makedev(1, 7) },
		{ self->path, S_IFCHR, makedev(1, 8) },
		{ self->path, S_IFCHR, makedev(1, 9) },
		{ self->path, S_IFCHR, makedev(5, 0) },
		{ self->path, S_IFCHR, makedev(5, 1) },
		{ self->path, S_IFCHR, makedev(5, 2) },
		{ self->path, S_IFCHR, makedev(10, 229) },
		{ self->path, S_IFCHR, makedev(0, 0) }, /* whiteout */
		{ self->path, S_IFIFO, 0 },
		{ self->path, S_IFSOCK, 0 },
		{ self->path, S_IFREG, 0 },
	};
	unsigned int i;

	ASSERT_EQ(0, box_seal(&self->g.box));
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ "mknod of a default node",
					       mknod_act, &rows[i] });
}

/* Nodes that containers live by. */

FIXTURE(allowed)
{
	struct guarded g;
};

FIXTURE_SETUP(allowed)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(allowed)
{
	guarded_teardown(&self->g);
}

FIXTURE_VARIANT(allowed)
{
	const char *path;
	int flags;
};

#define ALLOWED(name, path_, flags_)           \
	FIXTURE_VARIANT_ADD(allowed, name)     \
	{                                      \
		.path = path_, .flags = flags_ \
	}

ALLOWED(null, "/dev/null", O_RDWR);
ALLOWED(null_append, "/dev/null", O_WRONLY | O_APPEND | O_CREAT | O_TRUNC);
ALLOWED(zero, "/dev/zero", O_RDWR);
ALLOWED(full, "/dev/full", O_RDWR);
ALLOWED(random, "/dev/random", O_RDWR);
ALLOWED(urandom, "/dev/urandom", O_RDWR);
ALLOWED(ptmx, "/dev/ptmx", O_RDWR);
ALLOWED(fuse, "/dev/fuse", O_RDWR);
ALLOWED(tun, "/dev/net/tun", O_RDWR);

TEST_F(allowed, open)
{
	struct act_file f = { variant->path, variant->flags };

	if (!strcmp(variant->path, "/dev/fuse"))
		ASSERT_EQ(0, system("modprobe fuse"));
	if (!strcmp(variant->path, "/dev/net/tun"))
		ASSERT_EQ(0, system("modprobe tun"));
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ variant->path, act_open, &f });
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ variant->path, act_open_path_first,
				       &f });
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ variant->path, act_open_uring, &f });
}

FIXTURE(terminal)
{
	struct guarded g;
};

FIXTURE_SETUP(terminal)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(terminal)
{
	guarded_teardown(&self->g);
}

/* A terminal of one's own, its slave, and /dev/tty that leads to it. */
static int terminal_act(const void *unused)
{
	struct act_file tty = { "/dev/tty", O_RDWR };
	char path[64];
	int master, slave;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0 || unlockpt(master) ||
	    ptsname_r(master, path, sizeof(path)))
		return errno;
	setsid();
	slave = open(path, O_RDWR);
	if (slave < 0)
		return errno;
	if (ioctl(slave, TIOCSCTTY, 0))
		return errno;
	if (write(slave, "x", 1) != 1)
		return errno;
	return act_open(&tty);
}

TEST_F(terminal, of_the_container)
{
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "terminal", terminal_act });
}

/* Mounts of a disk */

FIXTURE(mount)
{
	struct guarded g;
	dev_t device;
	char scratch[64];
};

FIXTURE_SETUP(mount)
{
	guarded_setup(_metadata, &self->g, SEALED);
	self->device = device_of(disk());
	ASSERT_NE(0, self->device)
	{
		TH_LOG("%s is not there: CTGUARD_DISK is to name a disk with an ext4",
		       disk());
	}
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
}

FIXTURE_TEARDOWN(mount)
{
	guarded_teardown(&self->g);
	if (self->scratch[0]) {
		umount2(self->scratch, MNT_DETACH);
		rmdir(self->scratch);
	}
}

struct mount_act {
	const char *to;
	unsigned long flags;
};

static int mount_act(const void *argument)
{
	const struct mount_act *m = argument;
	char path[128];
	int fd;

	if (mount(disk(), m->to, "ext4", m->flags, NULL))
		return errno;
	snprintf(path, sizeof(path), "%s/secret", m->to);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return errno;
	close(fd);
	return umount(m->to) ? errno : 0;
}

static int fsmount_act(const void *unused)
{
	int fs, mnt, fd;

	fs = syscall(SYS_fsopen, "ext4", 0);
	if (fs < 0)
		return errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", disk(),
		    0) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return errno;
	mnt = syscall(SYS_fsmount, fs, 0, 0);
	if (mnt < 0)
		return errno;
	fd = openat(mnt, "secret", O_RDONLY);
	return fd < 0 ? errno : 0;
}

#define MOUNT_PAIR(act_, ...)                                            \
	expect_pair(_metadata, &self->g,                                 \
		    &(struct pair){ .what = #act_,                       \
				    .act = act_,                         \
				    .namespaces = CLONE_NEWNS,           \
				    .operation = CTGUARD_OP_DEVICE_OPEN, \
				    .device = self->device,              \
				    .type = CTGUARD_DEV_BLOCK,           \
				    __VA_ARGS__ })

TEST_F(mount, by_mount)
{
	struct mount_act m = { self->scratch };

	MOUNT_PAIR(mount_act, .argument = &m);
}

TEST_F(mount, by_mount_read_only)
{
	struct mount_act m = { self->scratch, MS_RDONLY };

	MOUNT_PAIR(mount_act, .argument = &m);
}

TEST_F(mount, by_fsopen_and_never_attached)
{
	MOUNT_PAIR(fsmount_act);
}

TEST_F(mount, in_set_up)
{
	struct mount_act m = { self->scratch };
	struct box box;

	ASSERT_EQ(0, box_make(&box, NULL));
	ASSERT_EQ(0, guard_bind(&self->g.link, box.id, NULL));
	EXPECT_EQ(EPERM, box_run(&box, CLONE_NEWNS, mount_act, &m));
	box_remove(&box);
}

/* Newer kernels do not open it again. */
TEST_F(mount, of_what_the_host_has_mounted)
{
	struct mount_act m = { self->scratch };
	struct container c;
	char other[64];
	int by_mount, by_fsmount;

	ASSERT_EQ(0, make_scratch(other, sizeof(other)));
	ASSERT_EQ(0, mount(disk(), other, "ext4", 0, NULL));
	EXPECT_EQ(0, box_run(NULL, CLONE_NEWNS, mount_act, &m));
	EXPECT_EQ(0, box_run(NULL, CLONE_NEWNS, fsmount_act, NULL));
	by_mount = box_run(&self->g.box, CLONE_NEWNS, mount_act, &m);
	by_fsmount = box_run(&self->g.box, CLONE_NEWNS, fsmount_act, NULL);
	umount(other);
	rmdir(other);
	EXPECT_EQ(EPERM, by_mount);
	EXPECT_EQ(EPERM, by_fsmount);
	ASSERT_EQ(0, guard_container(&self->g.link, self->g.box.id, NULL, &c));
	EXPECT_EQ(
		2,
		c.count[CTGUARD_OP_DEVICE_OPEN][CTGUARD_VERDICT_DENY] +
			c.count[CTGUARD_OP_DEVICE_MOUNT][CTGUARD_VERDICT_DENY]);
}

struct type_act {
	const char *to;
	const char *type;
};

static int mount_type_act(const void *argument)
{
	const struct type_act *m = argument;

	if (mount("none", m->to, m->type, 0, NULL))
		return errno;
	return umount(m->to) ? errno : 0;
}

TEST_F(mount, of_what_is_no_disk_works)
{
	static const char *const types[] = { "tmpfs",  "proc",	  "sysfs",
					     "mqueue", "cgroup2", "devpts" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++) {
		struct type_act m = { self->scratch, types[i] };

		expect_allowed(_metadata, &self->g,
			       &(struct pair){ types[i], mount_type_act, &m,
					       CLONE_NEWNS });
	}
}

/*
 * Drivers by name, whatever number they have
 */

FIXTURE(driver)
{
	struct guarded g;
	struct blob saved;
};

FIXTURE_SETUP(driver)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, guard_pull(&self->g.link, &self->saved));
}

FIXTURE_TEARDOWN(driver)
{
	if (self->saved.data)
		guard_push(&self->g.link, &self->saved, 0);
	blob_free(&self->saved);
	guarded_teardown(&self->g);
}

#define READ_WRITE (CTGUARD_ACCESS_READ | CTGUARD_ACCESS_WRITE)

/* A policy that allows one driver, and nothing but. */
static void allow_driver(struct __test_metadata *_metadata, struct link *link,
			 uint8_t type, uint8_t access, const char *name)
{
	const uint32_t none = CTGUARD_PROFILE_NONE;
	struct sketch s = {
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "drivers",
				.drivers = { { { type, access }, name } } } },
		.namespaces = { none, none, none },
	};
	struct blob blob;

	blob_make(&s, &blob);
	ASSERT_EQ(0, guard_push(link, &blob, 0))
	{
		TH_LOG("%s", link->message);
	}
	blob_free(&blob);
}

/* Opens a node in the container that the host can open. */
static int open_node(struct __test_metadata *_metadata, struct guarded *g,
		     const char *path, int flags)
{
	struct act_file f = { path, flags };

	EXPECT_EQ(0, box_run(NULL, 0, act_open, &f))
	{
		TH_LOG("%s", path);
	}
	return box_run(&g->box, 0, act_open, &f);
}

TEST_F(driver, of_characters)
{
	struct link *link = &self->g.link;

	ASSERT_EQ(0, system("modprobe loop"));
	allow_driver(_metadata, link, CTGUARD_DEV_CHAR, READ_WRITE, "misc");
	EXPECT_EQ(0,
		  open_node(_metadata, &self->g, "/dev/loop-control", O_RDWR));
	EXPECT_EQ(EPERM, open_node(_metadata, &self->g, "/dev/mem", O_RDONLY));
	EXPECT_EQ(EPERM, open_node(_metadata, &self->g, disk(), O_RDONLY));
	allow_driver(_metadata, link, CTGUARD_DEV_CHAR, CTGUARD_ACCESS_READ,
		     "me?");
	EXPECT_EQ(0, open_node(_metadata, &self->g, "/dev/mem", O_RDONLY));
	EXPECT_EQ(EPERM, open_node(_metadata, &self->g, "/dev/mem", O_RDWR));
	EXPECT_EQ(EPERM,
		  open_node(_metadata, &self->g, "/dev/loop-control", O_RDWR));
}

/* The same name of the other type is another driver. */
TEST_F(driver, of_blocks)
{
	struct link *link = &self->g.link;

	allow_driver(_metadata, link, CTGUARD_DEV_BLOCK, READ_WRITE, "virtblk");
	EXPECT_EQ(0, open_node(_metadata, &self->g, disk(), O_RDWR));
	EXPECT_EQ(EPERM, open_node(_metadata, &self->g, "/dev/mem", O_RDONLY));
	allow_driver(_metadata, link, CTGUARD_DEV_CHAR, READ_WRITE, "virtblk");
	EXPECT_EQ(EPERM, open_node(_metadata, &self->g, disk(), O_RDONLY));
	allow_driver(_metadata, link, CTGUARD_DEV_BLOCK, READ_WRITE, "virt");
	EXPECT_EQ(EPERM, open_node(_metadata, &self->g, disk(), O_RDONLY));
	allow_driver(_metadata, link, CTGUARD_DEV_BLOCK, READ_WRITE, "*");
	EXPECT_EQ(0, open_node(_metadata, &self->g, disk(), O_RDONLY));
}

/* Mounted for reading, and made writable as that is. */
static int remount_act(const void *scratch)
{
	int r;

	if (mount(disk(), scratch, "ext4", MS_RDONLY, NULL))
		return EIO;
	r = mount(NULL, scratch, NULL, MS_REMOUNT, NULL) ? errno : 0;
	umount(scratch);
	return r;
}

TEST_F(driver, of_a_mount_that_becomes_writable)
{
	struct link *link = &self->g.link;
	char scratch[64];

	ASSERT_EQ(0, make_scratch(scratch, sizeof(scratch)));
	EXPECT_EQ(0, box_run(NULL, CLONE_NEWNS, remount_act, scratch));
	allow_driver(_metadata, link, CTGUARD_DEV_BLOCK, READ_WRITE, "virtblk");
	EXPECT_EQ(0, box_run(&self->g.box, CLONE_NEWNS, remount_act, scratch));
	allow_driver(_metadata, link, CTGUARD_DEV_BLOCK, CTGUARD_ACCESS_READ,
		     "virtblk");
	EXPECT_EQ(EPERM,
		  box_run(&self->g.box, CLONE_NEWNS, remount_act, scratch));
	rmdir(scratch);
}

/* Several drivers share a major: "tty" and "/dev/tty" are of 4 and 5. */
TEST_F(driver, of_a_major_with_several_names)
{
	allow_driver(_metadata, &self->g.link, CTGUARD_DEV_CHAR, READ_WRITE,
		     "/dev/ptmx");
	EXPECT_EQ(0, open_node(_metadata, &self->g, "/dev/ptmx", O_RDWR));
	allow_driver(_metadata, &self->g.link, CTGUARD_DEV_CHAR, READ_WRITE,
		     "/dev/console");
	EXPECT_EQ(0, open_node(_metadata, &self->g, "/dev/ptmx", O_RDWR));
}

/* A number that did not exist when the policy was put in force. */
TEST_F(driver, of_a_module_that_comes_later)
{
	static const char path[] = "/dev/nullb0";
	bool was_there = module_is_loaded("null_blk");

	module_remove("null_blk");
	allow_driver(_metadata, &self->g.link, CTGUARD_DEV_BLOCK, READ_WRITE,
		     "nullb");
	ASSERT_EQ(0, system("modprobe null_blk nr_devices=1 gb=1"));
	EXPECT_EQ(0, open_node(_metadata, &self->g, path, O_RDWR));
	EXPECT_EQ(EPERM, open_node(_metadata, &self->g, disk(), O_RDONLY));
	EXPECT_EQ(0, module_remove("null_blk"));
	allow_driver(_metadata, &self->g.link, CTGUARD_DEV_BLOCK, READ_WRITE,
		     "loop");
	ASSERT_EQ(0, system("modprobe null_blk nr_devices=1 gb=1"));
	EXPECT_EQ(EPERM, open_node(_metadata, &self->g, path, O_RDONLY));
	if (!was_there)
		EXPECT_EQ(0, module_remove("null_blk"));
}

TEST_HARNESS_MAIN
