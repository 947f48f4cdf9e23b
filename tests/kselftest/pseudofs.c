// SPDX-License-Identifier: GPL-2.0
/* Files of the kernel: what is denied by every road, and what must work. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "common.h"

#define OPEN_TREE_CLONE 1
#define FSCONFIG_CMD_CREATE 6

/*
 * One file of the host's kernel, reached on a mount that the test made.
 */
FIXTURE(file)
{
	struct guarded g;
	char scratch[64];
	char other[64];
	char path[256];
	char text[256]; /* what it holds */
};

FIXTURE_VARIANT(file)
{
	const char *fs;
	const char *path; /* inside the filesystem */
	const char *text; /* to write; NULL: nothing, "=": what it holds */
	bool sysctl;	  /* its mode and owner cannot be changed */
	const char *module;
};

#define FILE_VARIANT(name, ...)         \
	FIXTURE_VARIANT_ADD(file, name) \
	{                               \
		__VA_ARGS__             \
	}

FILE_VARIANT(core_pattern, .fs = "proc", .path = "/sys/kernel/core_pattern",
	     .text = "=", .sysctl = true);
FILE_VARIANT(modprobe, .fs = "proc", .path = "/sys/kernel/modprobe",
	     .text = "=", .sysctl = true);
FILE_VARIANT(usermodehelper, .fs = "proc",
	     .path = "/sys/kernel/usermodehelper/bset", .sysctl = true);
FILE_VARIANT(swappiness, .fs = "proc", .path = "/sys/vm/swappiness",
	     .text = "=", .sysctl = true);
FILE_VARIANT(sysrq_trigger, .fs = "proc", .path = "/sysrq-trigger");
FILE_VARIANT(irq_affinity, .fs = "proc", .path = "/irq/default_smp_affinity",
	     .text = "=");
FILE_VARIANT(uevent, .fs = "sysfs", .path = "/devices/virtual/mem/null/uevent",
	     .text = "add");
FILE_VARIANT(pci_rescan, .fs = "sysfs", .path = "/bus/pci/rescan", .text = "0");
FILE_VARIANT(parameter, .fs = "sysfs", .path = "/module/printk/parameters/time",
	     .text = "=");
FILE_VARIANT(debugfs, .fs = "debugfs", .path = "/clear_warn_once", .text = "1");
FILE_VARIANT(tracefs, .fs = "tracefs", .path = "/tracing_on", .text = "=");
FILE_VARIANT(securityfs, .fs = "securityfs", .path = "/lockdown");
FILE_VARIANT(binfmt_misc, .fs = "binfmt_misc", .path = "/status", .text = "1",
	     .module = "binfmt_misc");

FIXTURE_SETUP(file)
{
	char command[64];

	self->g.link.fd = -1;
	if (variant->module) {
		snprintf(command, sizeof(command), "modprobe %s",
			 variant->module);
		ASSERT_EQ(0, system(command));
	}
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
	ASSERT_EQ(0, make_scratch(self->other, sizeof(self->other)));
	ASSERT_EQ(0, mount("none", self->scratch, variant->fs, 0, NULL));
	snprintf(self->path, sizeof(self->path), "%s%s", self->scratch,
		 variant->path);
	ASSERT_EQ(0, access(self->path, F_OK))
	{
		TH_LOG("%s has no %s", variant->fs, variant->path);
	}
	if (variant->text && !strcmp(variant->text, "="))
		read_whole(self->path, self->text, sizeof(self->text));
	else if (variant->text)
		strcpy(self->text, variant->text);
}

FIXTURE_TEARDOWN(file)
{
	guarded_teardown(&self->g);
	if (self->scratch[0]) {
		umount2(self->scratch, MNT_DETACH);
		rmdir(self->scratch);
	}
	if (self->other[0])
		rmdir(self->other);
	if (variant->module)
		module_remove(variant->module);
}

/**
 * struct file_act - what the acts on a file need
 * @path: of it
 * @flags: O_*
 * @text: to be written once it is open, or ""
 * @fs: its filesystem's type
 * @inside: path in the filesystem
 * @other: an empty directory
 */
struct file_act {
	const char *path;
	int flags;
	const char *text;
	const char *fs;
	const char *inside;
	const char *other;
};

#define FILE_ACT(flags_)                                                    \
	(struct file_act)                                                   \
	{                                                                   \
		self->path, flags_, self->text, variant->fs, variant->path, \
			self->other                                         \
	}

#define FILE_PAIR(act_, ...)                                                   \
	do {                                                                   \
		struct file_act a_ = FILE_ACT(O_WRONLY);                       \
		expect_pair(_metadata, &self->g,                               \
			    &(struct pair){ .what = #act_,                     \
					    .act = act_,                       \
					    .argument = &a_,                   \
					    .operation =                       \
						    CTGUARD_OP_PSEUDOFS_WRITE, \
					    .fs = variant->fs,                 \
					    .object = variant->path,           \
					    __VA_ARGS__ });                    \
	} while (0)

/* What this filesystem has for nobody, the host's root among them. */
static void expect_nobody(struct __test_metadata *_metadata, act *act,
			  const void *argument)
{
	EXPECT_NE(0, box_run(NULL, 0, act, argument));
}

static int write_text(int fd, const char *text)
{
	if (fd < 0)
		return errno;
	if (*text && write(fd, text, strlen(text)) < 0)
		return errno;
	close(fd);
	return 0;
}

static int write_act(const void *argument)
{
	const struct file_act *a = argument;

	return write_text(open(a->path, a->flags), a->text);
}

TEST_F(file, write)
{
	FILE_PAIR(write_act);
}

static int rdwr_act(const void *argument)
{
	const struct file_act *a = argument;
	int fd = open(a->path, O_RDWR);

	return fd < 0 ? errno : close(fd);
}

static bool is_readable(const char *path)
{
	struct stat st;

	return !stat(path, &st) && st.st_mode & 0444;
}

TEST_F(file, open_to_read_and_write)
{
	if (is_readable(self->path))
		FILE_PAIR(rdwr_act);
}

static int trunc_act(const void *argument)
{
	const struct file_act *a = argument;

	return write_text(open(a->path, O_WRONLY | O_TRUNC), a->text);
}

TEST_F(file, open_to_truncate)
{
	FILE_PAIR(trunc_act);
}

static int creat_act(const void *argument)
{
	const struct file_act *a = argument;

	return write_text(open(a->path, O_WRONLY | O_CREAT, 0600), a->text);
}

TEST_F(file, open_to_create)
{
	FILE_PAIR(creat_act);
}

/* Opened to be read, but emptied by it. */
static int read_trunc_act(const void *argument)
{
	const struct file_act *a = argument;
	int fd = open(a->path, O_RDONLY | O_TRUNC);

	return fd < 0 ? errno : close(fd);
}

TEST_F(file, open_to_read_and_truncate)
{
	if (is_readable(self->path))
		FILE_PAIR(read_trunc_act);
}

static int truncate_act(const void *argument)
{
	const struct file_act *a = argument;

	return truncate(a->path, 0) ? errno : 0;
}

TEST_F(file, truncate)
{
	FILE_PAIR(truncate_act);
}

static int chmod_act(const void *argument)
{
	const struct file_act *a = argument;
	struct stat st;

	if (stat(a->path, &st) || chmod(a->path, st.st_mode ^ 0002))
		return errno;
	return chmod(a->path, st.st_mode) ? errno : 0;
}

TEST_F(file, chmod)
{
	if (variant->sysctl)
		expect_nobody(_metadata, chmod_act, &FILE_ACT(0));
	else
		FILE_PAIR(chmod_act);
}

static int chown_act(const void *argument)
{
	const struct file_act *a = argument;

	if (chown(a->path, 1, -1))
		return errno;
	return chown(a->path, 0, -1) ? errno : 0;
}

TEST_F(file, chown)
{
	if (variant->sysctl)
		expect_nobody(_metadata, chown_act, &FILE_ACT(0));
	else
		FILE_PAIR(chown_act);
}

static int utimes_act(const void *argument)
{
	const struct file_act *a = argument;
	struct timespec times[2] = { { 1, 0 }, { 1, 0 } };

	return utimensat(AT_FDCWD, a->path, times, 0) ? errno : 0;
}

TEST_F(file, utimes)
{
	FILE_PAIR(utimes_act);
}

/* Runtimes pass files on with the owner and mode that they have. */
static int same_act(const void *argument)
{
	const struct file_act *a = argument;
	struct stat st;

	if (stat(a->path, &st))
		return errno;
	return chown(a->path, st.st_uid, st.st_gid) ? errno : 0;
}

TEST_F(file, chown_to_what_it_is_works)
{
	struct file_act a = FILE_ACT(0);

	if (variant->sysctl)
		expect_nobody(_metadata, same_act, &a);
	else
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ "chown to the same", same_act,
					       &a });
}

/* The kernel's file under another name, by a mount of one's own. */
static int fresh_mount_act(const void *argument)
{
	const struct file_act *a = argument;
	char path[256];

	if (mount("none", a->other, a->fs, 0, NULL))
		return errno;
	snprintf(path, sizeof(path), "%s%s", a->other, a->inside);
	return write_text(open(path, a->flags), a->text);
}

TEST_F(file, by_a_fresh_mount)
{
	FILE_PAIR(fresh_mount_act, .namespaces = CLONE_NEWNS);
}

static int bind_act(const void *argument)
{
	const struct file_act *a = argument;
	char path[256];
	int fd;

	if (mount("none", a->other, "tmpfs", 0, NULL))
		return errno;
	snprintf(path, sizeof(path), "%s/innocent", a->other);
	fd = creat(path, 0600);
	if (fd < 0)
		return errno;
	close(fd);
	if (mount(a->path, path, NULL, MS_BIND, NULL))
		return errno;
	return write_text(open(path, a->flags), a->text);
}

TEST_F(file, by_a_bind_mount_of_the_file)
{
	FILE_PAIR(bind_act, .namespaces = CLONE_NEWNS);
}

static int root_act(const void *argument)
{
	const struct file_act *a = argument;
	char path[512];

	snprintf(path, sizeof(path), "/proc/self/root%s", a->path);
	return write_text(open(path, a->flags), a->text);
}

TEST_F(file, by_proc_self_root)
{
	FILE_PAIR(root_act);
}

static int open_tree_act(const void *argument)
{
	const struct file_act *a = argument;
	int fd = syscall(SYS_open_tree, AT_FDCWD, a->path, OPEN_TREE_CLONE);
	char path[64];

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return write_text(open(path, a->flags), a->text);
}

TEST_F(file, by_a_detached_clone)
{
	FILE_PAIR(open_tree_act, .namespaces = CLONE_NEWNS);
}

static int fsmount_act(const void *argument)
{
	const struct file_act *a = argument;
	int fs, mnt;

	fs = syscall(SYS_fsopen, a->fs, 0);
	if (fs < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return errno;
	mnt = syscall(SYS_fsmount, fs, 0, 0);
	if (mnt < 0)
		return errno;
	return write_text(openat(mnt, a->inside + 1, a->flags), a->text);
}

TEST_F(file, by_a_detached_mount)
{
	FILE_PAIR(fsmount_act, .namespaces = CLONE_NEWNS);
}

static int remount_act(const void *argument)
{
	const struct file_act *a = argument;
	char path[256];

	if (mount(a->path, a->path, NULL, MS_BIND, NULL) ||
	    mount(NULL, a->path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL))
		return errno;
	if (open(a->path, a->flags) >= 0 || errno != EROFS)
		return ENOTTY;
	if (mount(NULL, a->path, NULL, MS_BIND | MS_REMOUNT, NULL))
		return errno;
	snprintf(path, sizeof(path), "%s", a->path);
	return write_text(open(path, a->flags), a->text);
}

TEST_F(file, by_a_remount)
{
	FILE_PAIR(remount_act, .namespaces = CLONE_NEWNS);
}

static int path_fd_act(const void *argument)
{
	const struct file_act *a = argument;
	int fd = open(a->path, O_PATH);
	char path[64];

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return write_text(open(path, a->flags), a->text);
}

TEST_F(file, by_a_path_descriptor)
{
	FILE_PAIR(path_fd_act);
}

static int chroot_act(const void *argument)
{
	const struct file_act *a = argument;
	char path[256];

	snprintf(path, sizeof(path), "%.*s",
		 (int)(strlen(a->path) - strlen(a->inside)), a->path);
	if (chroot(path) || chdir("/"))
		return errno;
	return write_text(open(a->inside, a->flags), a->text);
}

TEST_F(file, in_a_chroot)
{
	FILE_PAIR(chroot_act);
}

static int uring_act(const void *argument)
{
	const struct file_act *a = argument;
	int fd = uring_open(a->path, a->flags, false);

	errno = -fd;
	return write_text(fd, a->text);
}

TEST_F(file, by_io_uring)
{
	FILE_PAIR(uring_act);
}

static int uring_worker_act(const void *argument)
{
	const struct file_act *a = argument;
	int fd = uring_open(a->path, a->flags, true);

	errno = -fd;
	return write_text(fd, a->text);
}

TEST_F(file, by_a_worker_of_io_uring)
{
	FILE_PAIR(uring_worker_act);
}

TEST_F(file, in_set_up)
{
	struct file_act a = FILE_ACT(O_WRONLY);
	struct box box;

	ASSERT_EQ(0, box_make(&box, NULL));
	ASSERT_EQ(0, guard_bind(&self->g.link, box.id, NULL));
	EXPECT_EQ(EPERM, box_run(&box, 0, write_act, &a));
	box_remove(&box);
}

TEST_F(file, reading_works)
{
	struct act_file f = { self->path, O_RDONLY };

	if (is_readable(self->path))
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ "read", act_open, &f });
}

/*
 * What is made and removed. Each act undoes what it did, and a denied one did
 * nothing.
 */

FIXTURE(tree)
{
	struct guarded g;
	char scratch[64];
	char at[128];	  /* the directory that may be changed */
	unsigned int can; /* that of the variant, and what newer kernels add */
};

FIXTURE_VARIANT(tree)
{
	const char *fs;
	const char *at;
	unsigned int can;
};

#define CAN_MKDIR 1
#define CAN_FILE 2 /* create, link, mknod */
#define CAN_SYMLINK 4
#define CAN_RENAME 8
#define CAN_XATTR 16
#define CAN_FIFO 32

FIXTURE_VARIANT_ADD(tree, tracefs){
	.fs = "tracefs",
	.at = "/instances",
	.can = CAN_MKDIR,
};

FIXTURE_VARIANT_ADD(tree, cgroup2){
	.fs = "cgroup2",
	.at = "",
	.can = CAN_MKDIR | CAN_XATTR,
};

FIXTURE_VARIANT_ADD(tree, bpf){
	.fs = "bpf",
	.at = "",
	.can = CAN_MKDIR | CAN_SYMLINK | CAN_RENAME,
};

FIXTURE_VARIANT_ADD(tree, devtmpfs){
	.fs = "devtmpfs",
	.at = "",
	.can = CAN_MKDIR | CAN_FILE | CAN_SYMLINK | CAN_RENAME | CAN_XATTR |
	       CAN_FIFO,
};

static int setxattr_act(const void *at)
{
	if (chdir(at) || setxattr("ks-dir", "trusted.ks", "1", 1, 0))
		return errno;
	return removexattr("ks-dir", "trusted.ks") ? errno : 0;
}

FIXTURE_SETUP(tree)
{
	char path[256];

	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
	ASSERT_EQ(0, mount("none", self->scratch, variant->fs, 0, NULL));
	snprintf(self->at, sizeof(self->at), "%s%s", self->scratch,
		 variant->at);
	snprintf(path, sizeof(path), "%s/ks-dir", self->at);
	rmdir(path);
	ASSERT_EQ(0, mkdir(path, 0755));
	if (variant->can & CAN_FILE) {
		snprintf(path, sizeof(path), "%s/ks-file", self->at);
		ASSERT_EQ(0, mknod(path, S_IFREG | 0600, 0));
	}
	if (variant->can & CAN_SYMLINK) {
		snprintf(path, sizeof(path), "%s/ks-link", self->at);
		ASSERT_EQ(0, symlink("nowhere", path));
	}
	self->can = variant->can;
	/* bpffs, in newer kernels. */
	if (!box_run(NULL, 0, setxattr_act, self->at))
		self->can |= CAN_XATTR;
}

FIXTURE_TEARDOWN(tree)
{
	static const char *const files[] = { "ks-file", "ks-link", "ks-new" };
	unsigned int i;
	char path[256];

	guarded_teardown(&self->g);
	if (!self->scratch[0])
		return;
	for (i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", self->at, files[i]);
		unlink(path);
		rmdir(path);
	}
	snprintf(path, sizeof(path), "%s/ks-dir", self->at);
	rmdir(path);
	umount2(self->scratch, MNT_DETACH);
	rmdir(self->scratch);
}

#define TREE_TEST(name, needs, object_)                                        \
	TEST_F(tree, name)                                                     \
	{                                                                      \
		char object[128];                                              \
                                                                               \
		if ((self->can & (needs)) != (needs)) {                        \
			expect_nobody(_metadata, name##_act, self->at);        \
			return;                                                \
		}                                                              \
		snprintf(object, sizeof(object), "%s/%s", variant->at,         \
			 object_);                                             \
		expect_pair(_metadata, &self->g,                               \
			    &(struct pair){ .what = #name,                     \
					    .act = name##_act,                 \
					    .argument = self->at,              \
					    .operation =                       \
						    CTGUARD_OP_PSEUDOFS_WRITE, \
					    .fs = variant->fs,                 \
					    .object = object });               \
	}

static int mkdir_act(const void *at)
{
	if (chdir(at) || mkdir("ks-new", 0755))
		return errno;
	return rmdir("ks-new") ? errno : 0;
}
TREE_TEST(mkdir, CAN_MKDIR, "ks-new")

static int rmdir_act(const void *at)
{
	if (chdir(at) || rmdir("ks-dir"))
		return errno;
	return mkdir("ks-dir", 0755) ? errno : 0;
}
TREE_TEST(rmdir, CAN_MKDIR, "ks-dir")

static int create_act(const void *at)
{
	if (chdir(at) || open("ks-new", O_CREAT | O_EXCL | O_WRONLY, 0600) < 0)
		return errno;
	return unlink("ks-new") ? errno : 0;
}
TREE_TEST(create, CAN_FILE, "ks-new")

static int mknod_act(const void *at)
{
	if (chdir(at) || mknod("ks-new", S_IFREG | 0600, 0))
		return errno;
	return unlink("ks-new") ? errno : 0;
}
TREE_TEST(mknod, CAN_FILE, "ks-new")

static int mkfifo_act(const void *at)
{
	if (chdir(at) || mkfifo("ks-new", 0600))
		return errno;
	return unlink("ks-new") ? errno : 0;
}
TREE_TEST(mkfifo, CAN_FIFO, "ks-new")

static int link_act(const void *at)
{
	if (chdir(at) || link("ks-file", "ks-new"))
		return errno;
	return unlink("ks-new") ? errno : 0;
}
TREE_TEST(link, CAN_FILE, "ks-new")

static int unlink_act(const void *at)
{
	if (chdir(at) || unlink("ks-file"))
		return errno;
	return mknod("ks-file", S_IFREG | 0600, 0) ? errno : 0;
}
TREE_TEST(unlink, CAN_FILE, "ks-file")

static int symlink_act(const void *at)
{
	if (chdir(at) || symlink("nowhere", "ks-new"))
		return errno;
	return unlink("ks-new") ? errno : 0;
}
TREE_TEST(symlink, CAN_SYMLINK, "ks-new")

static int unlink_symlink_act(const void *at)
{
	if (chdir(at) || unlink("ks-link"))
		return errno;
	return symlink("nowhere", "ks-link") ? errno : 0;
}
TREE_TEST(unlink_symlink, CAN_SYMLINK, "ks-link")

static int rename_act(const void *at)
{
	if (chdir(at) || rename("ks-dir", "ks-new"))
		return errno;
	return rename("ks-new", "ks-dir") ? errno : 0;
}
TREE_TEST(rename, CAN_RENAME, "ks-dir")

static int chmod_dir_act(const void *at)
{
	if (chdir(at) || chmod("ks-dir", 0700))
		return errno;
	return chmod("ks-dir", 0755) ? errno : 0;
}
TREE_TEST(chmod_dir, CAN_MKDIR, "ks-dir")
TREE_TEST(setxattr, CAN_XATTR, "ks-dir")

static int removexattr_act(const void *at)
{
	if (chdir(at) || removexattr("ks-dir", "trusted.ks"))
		return errno;
	return 0;
}

TEST_F(tree, removexattr)
{
	struct pair p = {
		.what = "removexattr",
		.act = removexattr_act,
		.argument = self->at,
		.operation = CTGUARD_OP_PSEUDOFS_WRITE,
		.fs = variant->fs,
		.object = "/ks-dir",
	};
	char path[256];

	if (!(self->can & CAN_XATTR)) {
		expect_nobody(_metadata, removexattr_act, self->at);
		return;
	}
	snprintf(path, sizeof(path), "%s/ks-dir", self->at);
	ASSERT_EQ(0, setxattr(path, "trusted.ks", "1", 1, 0));
	expect_denied(_metadata, &self->g, &p);
	expect_host(_metadata, &p);
}

/* cgroup2: one's own, below it, and everybody else's */

FIXTURE(cgroup)
{
	struct guarded g;
	struct box other;
	int handle_root;
};

FIXTURE_SETUP(cgroup)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, box_make(&self->other, NULL));
	self->handle_root = open(box_root(), O_RDONLY | O_DIRECTORY);
}

FIXTURE_TEARDOWN(cgroup)
{
	guarded_teardown(&self->g);
	box_remove(&self->other);
}

struct cgroup_act {
	const char *directory;
	const char *file;
	const char *text;
};

static int cgroup_write_act(const void *argument)
{
	const struct cgroup_act *a = argument;
	char path[768];

	snprintf(path, sizeof(path), "%s/%s", a->directory, a->file);
	return write_whole(path, a->text);
}

static int below_act(const void *directory)
{
	struct cgroup_act a = { "ks-below" };
	int r;

	if (chdir(directory) || mkdir("ks-below", 0755))
		return errno;
	a = (struct cgroup_act){ "ks-below", "cgroup.procs", "0" };
	r = cgroup_write_act(&a);
	a = (struct cgroup_act){ "ks-below", "cgroup.max.depth", "3" };
	r = r ?: cgroup_write_act(&a);
	a = (struct cgroup_act){ "ks-below", "cgroup.freeze", "0" };
	r = r ?: cgroup_write_act(&a);
	if (!r && (chmod("ks-below", 0700) || chown("ks-below", 1, 1)))
		r = errno;
	a = (struct cgroup_act){ ".", "cgroup.procs", "0" };
	r = r ?: cgroup_write_act(&a);
	if (rmdir("ks-below"))
		r = r ?: errno;
	return r;
}

TEST_F(cgroup, below_ones_own_works)
{
	EXPECT_EQ(0, box_run(&self->other, 0, below_act, self->other.path));
	EXPECT_EQ(0, box_run(&self->g.box, 0, below_act, self->g.box.path));
	EXPECT_EQ(0, count_of(_metadata, &self->g, CTGUARD_OP_PSEUDOFS_WRITE,
			      CTGUARD_VERDICT_DENY));
}

TEST_F(cgroup, delegated_files_of_ones_own_work)
{
	static const char *const files[] = { "cgroup.procs", "cgroup.threads",
					     "cgroup.subtree_control" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		struct cgroup_act a = { self->g.box.path, files[i],
					i == 2 ? "\n" : "0" };

		EXPECT_EQ(0, box_run(&self->g.box, 0, cgroup_write_act, &a))
		{
			TH_LOG("%s", files[i]);
		}
	}
}

TEST_F(cgroup, of_ones_own_tell_of_pressure)
{
	struct cgroup_act mine = { self->g.box.path, "memory.pressure",
				   "some 150000 1000000" };
	static const struct act_file hosts = { "/proc/pressure/memory",
					       O_RDWR };
	struct cgroup_act its = mine;

	if (access("/proc/pressure/memory", F_OK))
		SKIP(return, "this kernel tells of no pressure");
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "of its own", cgroup_write_act, &mine });
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "of the host", act_open, &hosts });
	its.directory = self->other.path;
	EXPECT_EQ(EPERM, box_run(&self->g.box, 0, cgroup_write_act, &its));
}

TEST_F(cgroup, other_files_of_ones_own_are_denied)
{
	static const struct cgroup_act rows[] = {
		{ NULL, "cgroup.freeze", "0" },
		{ NULL, "cgroup.max.depth", "max" },
		{ NULL, "cgroup.max.descendants", "max" },
		{ NULL, "cgroup.type", "threaded" },
	};
	char object[600];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct cgroup_act mine = rows[i], its = rows[i];

		mine.directory = self->g.box.path;
		its.directory = self->other.path;
		EXPECT_EQ(0, box_run(NULL, 0, cgroup_write_act, &its));
		snprintf(object, sizeof(object), "%s/%s", self->g.box.name,
			 rows[i].file);
		expect_denied(
			_metadata, &self->g,
			&(struct pair){ rows[i].file, cgroup_write_act, &mine,
					.operation = CTGUARD_OP_PSEUDOFS_WRITE,
					.fs = "cgroup2", .object = object });
	}
}

TEST_F(cgroup, of_others_are_denied)
{
	struct cgroup_act rows[] = {
		{ self->other.path, "cgroup.procs", "0" },
		{ self->other.path, "cgroup.threads", "0" },
		{ self->other.path, "cgroup.freeze", "0" },
		{ self->other.path, "cgroup.kill", "1" },
		{ self->other.path, "cgroup.subtree_control", "\n" },
		{ box_root(), "cgroup.procs", "0" },
		{ box_root(), "cgroup.subtree_control", "\n" },
	};
	char object[600];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pair p = {
			rows[i].file,	 cgroup_write_act,
			&rows[i],	 .operation = CTGUARD_OP_PSEUDOFS_WRITE,
			.fs = "cgroup2", .object = object,
		};

		/* Since 5.14. */
		if (!strcmp(rows[i].file, "cgroup.kill") &&
		    kernel_is_before(5, 14))
			continue;
		snprintf(object, sizeof(object), "%s/%s",
			 rows[i].directory + strlen(box_root()), rows[i].file);
		/* A thread cannot leave for another domain. */
		if (strcmp(rows[i].file, "cgroup.threads") &&
		    strcmp(rows[i].file, "cgroup.kill"))
			expect_host(_metadata, &p);
		expect_denied(_metadata, &self->g, &p);
	}
}

struct handle_act {
	int root;
	const char *path;
	_Alignas(8) char handle[sizeof(struct file_handle) + 64];
};

static int handle_act(const void *argument)
{
	const struct handle_act *a = argument;
	int fd = open_by_handle_at(a->root, (void *)a->handle, O_WRONLY);

	return write_text(fd, "0");
}

TEST_F(cgroup, by_a_file_handle)
{
	struct handle_act a = { self->handle_root };
	struct file_handle *h = (void *)a.handle;
	char path[600], object[600];
	int id;

	h->handle_bytes = 64;
	snprintf(path, sizeof(path), "%s/cgroup.freeze", self->other.path);
	snprintf(object, sizeof(object), "%s/cgroup.freeze", self->other.name);
	ASSERT_EQ(0, name_to_handle_at(AT_FDCWD, path, h, &id, 0));
	/* The object has no path when its dentry is connected to nothing. */
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "open_by_handle_at", handle_act, &a,
				    .operation = CTGUARD_OP_PSEUDOFS_WRITE,
				    .fs = "cgroup2" });
}

static int bound_below_act(const void *directory)
{
	if (mount(directory, "/mnt", NULL, MS_BIND, NULL) || chdir("/mnt"))
		return errno;
	return write_whole("cgroup.freeze", "0");
}

TEST_F(cgroup, of_others_by_a_bind_mount)
{
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "bind mount of a cgroup", bound_below_act,
				    self->other.path, .namespaces = CLONE_NEWNS,
				    .operation = CTGUARD_OP_PSEUDOFS_WRITE,
				    .fs = "cgroup2" });
}

/* Reads that are denied, and those that are not */

FIXTURE(reads)
{
	struct guarded g;
};

FIXTURE_SETUP(reads)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(reads)
{
	guarded_teardown(&self->g);
}

struct read_row {
	const char *pattern; /* for the shell; the first match counts */
	const char *fs;
};

static bool first_match(const char *pattern, char *ret, size_t size)
{
	char command[256];
	FILE *pipe;
	bool r;

	snprintf(command, sizeof(command), "ls -d %s 2>/dev/null | head -1",
		 pattern);
	pipe = popen(command, "re");
	r = pipe && fgets(ret, size, pipe);
	if (r)
		ret[strcspn(ret, "\n")] = 0;
	if (pipe)
		pclose(pipe);
	return r;
}

TEST_F(reads, of_raw_memory_are_denied)
{
	static const struct read_row rows[] = {
		{ "/proc/kcore", "proc" },
		{ "/proc/bus/pci/*/*", "proc" },
		{ "/sys/devices/pci*/*/resource[0-9]*", "sysfs" },
		{ "/sys/devices/pci*/*/rom", "sysfs" },
	};
	char path[256];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		struct act_file f = { path, O_RDONLY };

		if (!first_match(rows[i].pattern, path, sizeof(path))) {
			TH_LOG("this host has no %s", rows[i].pattern);
			continue;
		}
		expect_pair(_metadata, &self->g,
			    &(struct pair){
				    path, act_open, &f,
				    .operation = CTGUARD_OP_PSEUDOFS_READ,
				    .fs = rows[i].fs,
				    .object = path + strlen(!strcmp(rows[i].fs,
								    "proc") ?
								    "/proc" :
								    "/sys") });
	}
}

TEST_F(reads, of_the_rest_work)
{
	static const char *const paths[] = {
		"/proc/cpuinfo",
		"/proc/meminfo",
		"/proc/self/status",
		"/proc/1/status",
		"/proc/sys/kernel/core_pattern",
		"/sys/kernel/mm/transparent_hugepage/enabled",
		"/sys/fs/cgroup/cgroup.procs",
		"/proc/mounts",
		"/proc/self/mountinfo",
		"/proc/sys/kernel/random/uuid",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		struct act_file f = { paths[i], O_RDONLY };

		expect_allowed(_metadata, &self->g,
			       &(struct pair){ paths[i], act_open, &f });
	}
}

/* What runtimes and workloads live by */

FIXTURE(own)
{
	struct guarded g;
	pid_t outside;
};

static int sleep_act(const void *unused)
{
	for (;;)
		pause();
	return 0;
}

FIXTURE_SETUP(own)
{
	guarded_setup(_metadata, &self->g, SEALED);
	self->outside = box_start(NULL, 0, sleep_act, NULL);
	ASSERT_LT(0, self->outside);
}

FIXTURE_TEARDOWN(own)
{
	if (self->outside > 0) {
		kill(self->outside, SIGKILL);
		waitpid(self->outside, NULL, 0);
	}
	guarded_teardown(&self->g);
}

struct text_act {
	const char *path;
	const char *text; /* NULL: what it holds */
};

static int text_act(const void *argument)
{
	const struct text_act *a = argument;
	char text[256];

	if (a->text)
		return write_whole(a->path, a->text);
	if (read_whole(a->path, text, sizeof(text)) < 0)
		return errno;
	return write_whole(a->path, text);
}

TEST_F(own, proc_self_works)
{
	static const struct text_act rows[] = {
		{ "/proc/self/oom_score_adj", "500" },
		{ "/proc/self/comm", "renamed" },
		{ "/proc/self/coredump_filter", "0x33" },
		{ "/proc/self/clear_refs", "1" },
		{ "/proc/self/timerslack_ns", "50000" },
		{ "/proc/thread-self/comm", "renamed" },
		{ "/proc/self/task/../oom_score_adj", "501" },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ rows[i].path, text_act,
					       &rows[i] });
}

/* AppArmor answers by what is written; the guard is to let it. */
TEST_F(own, proc_self_attr_opens)
{
	static const char *const paths[] = {
		"/proc/self/attr/current",
		"/proc/self/attr/exec",
		"/proc/thread-self/attr/exec",
		"/proc/self/attr/apparmor/exec",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		struct act_file f = { paths[i], O_WRONLY };

		if (access(paths[i], F_OK))
			continue;
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ paths[i], act_open, &f });
	}
}

static int user_ns_act(const void *unused)
{
	int r;

	if (unshare(CLONE_NEWUSER))
		return errno;
	r = write_whole("/proc/self/setgroups", "deny");
	r = r ?: write_whole("/proc/self/uid_map", "0 0 1");
	return r ?: write_whole("/proc/self/gid_map", "0 0 1");
}

TEST_F(own, user_namespace_maps_work)
{
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "maps", user_ns_act });
}

/* Rootless runtimes try to chown the host's /dev/null, their standard input. */
static int strangers_act(const void *unused)
{
	int r;

	if (setresuid(1000, 1000, 1000) || prctl(PR_SET_DUMPABLE, 1) ||
	    unshare(CLONE_NEWUSER))
		return errno;
	r = write_whole("/proc/self/uid_map", "0 1000 1");
	if (r)
		return r;
	return chown("/dev/null", 0, -1) && errno == EPERM ? 0 : EBADE;
}

TEST_F(own, chown_that_the_kernel_refuses_is_no_denial)
{
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "chown of a stranger's",
				       strangers_act });
}

static int user_sysctl_act(const void *unused)
{
	int r = user_ns_act(NULL);

	return r ?: write_whole("/proc/sys/user/max_net_namespaces", "100");
}

TEST_F(own, sysctl_of_ones_user_namespace_works)
{
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "user sysctl", user_sysctl_act });
}

static int time_ns_act(const void *unused)
{
	if (unshare(0x80 /* CLONE_NEWTIME */))
		return errno;
	return write_whole("/proc/self/timens_offsets", "monotonic 10 0");
}

TEST_F(own, time_namespace_offsets_work)
{
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "offsets", time_ns_act });
}

/* Sysctls: those of a namespace of one's own, and the host's. */
FIXTURE(sysctl)
{
	struct guarded g;
};

FIXTURE_VARIANT(sysctl)
{
	const char *path; /* in proc */
	int namespaces;
	bool set; /* of a set of its namespace's own, which uts has not */
};

FIXTURE_SETUP(sysctl)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(sysctl)
{
	guarded_teardown(&self->g);
}

#define SYSCTL(name, path_, namespaces_, ...)                         \
	FIXTURE_VARIANT_ADD(sysctl, name)                             \
	{                                                             \
		.path = path_, .namespaces = namespaces_, __VA_ARGS__ \
	}

SYSCTL(ip_forward, "/sys/net/ipv4/ip_forward", CLONE_NEWNET, .set = true);
SYSCTL(somaxconn, "/sys/net/core/somaxconn", CLONE_NEWNET, .set = true);
SYSCTL(lo_forwarding, "/sys/net/ipv4/conf/lo/forwarding", CLONE_NEWNET,
       .set = true);
SYSCTL(shmmax, "/sys/kernel/shmmax", CLONE_NEWIPC, .set = true);
SYSCTL(shm_rmid_forced, "/sys/kernel/shm_rmid_forced", CLONE_NEWIPC,
       .set = true);
SYSCTL(msgmax, "/sys/kernel/msgmax", CLONE_NEWIPC, .set = true);
SYSCTL(sem, "/sys/kernel/sem", CLONE_NEWIPC, .set = true);
SYSCTL(mqueue, "/sys/fs/mqueue/queues_max", CLONE_NEWIPC, .set = true);
SYSCTL(hostname, "/sys/kernel/hostname", CLONE_NEWUTS);
SYSCTL(domainname, "/sys/kernel/domainname", CLONE_NEWUTS);

TEST_F(sysctl, of_ones_own_namespace_works)
{
	char path[128];
	struct text_act a = { path };

	snprintf(path, sizeof(path), "/proc%s", variant->path);
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ variant->path, text_act, &a,
				       variant->namespaces });
}

TEST_F(sysctl, of_the_host_is_denied)
{
	char path[128];
	struct text_act a = { path };

	snprintf(path, sizeof(path), "/proc%s", variant->path);
	expect_pair(_metadata, &self->g,
		    &(struct pair){ variant->path, text_act, &a,
				    .operation = CTGUARD_OP_PSEUDOFS_WRITE,
				    .fs = "proc", .object = variant->path });
}

TEST_F(sysctl, of_the_host_is_denied_with_another_namespace)
{
	char path[128];
	struct text_act a = { path };
	int other = variant->namespaces == CLONE_NEWUTS ? CLONE_NEWIPC :
							  CLONE_NEWUTS;

	snprintf(path, sizeof(path), "/proc%s", variant->path);
	expect_pair(_metadata, &self->g,
		    &(struct pair){ variant->path, text_act, &a, other,
				    .operation = CTGUARD_OP_PSEUDOFS_WRITE,
				    .fs = "proc", .object = variant->path });
}

struct trick_act {
	const char *path;
	const char *ns; /* in /proc/self/ns */
	int namespaces;
};

/*
 * A descriptor that names the host's file, taken before the namespace is left
 * and opened after.
 */
static int reopen_trick_act(const void *argument)
{
	const struct trick_act *t = argument;
	char path[64], text[256];
	int fd, r;

	if (read_whole(t->path, text, sizeof(text)) < 0)
		return errno;
	fd = open(t->path, O_PATH);
	r = box_unshare(t->namespaces);
	if (fd < 0 || r)
		return r ?: errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return write_whole(path, text);
}

TEST_F(sysctl, trick_of_a_path_descriptor)
{
	char path[128];
	struct trick_act t = { path, .namespaces = variant->namespaces };

	snprintf(path, sizeof(path), "/proc%s", variant->path);
	/* Those of IPC have sets of their own since 5.19. */
	if (!variant->set ||
	    (variant->namespaces == CLONE_NEWIPC && kernel_is_before(5, 19))) {
		/* It is that of the namespace in which it is opened. */
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ "path descriptor",
					       reopen_trick_act, &t });
		return;
	}
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "path descriptor", reopen_trick_act, &t,
				    .operation = CTGUARD_OP_PSEUDOFS_WRITE,
				    .fs = "proc", .object = variant->path });
}

/* Opened in a namespace of one's own, and written back in the host's. */
static int setns_trick_act(const void *argument)
{
	const struct trick_act *t = argument;
	char text[256];
	int ns, fd, r;

	if (read_whole(t->path, text, sizeof(text)) < 0)
		return errno;
	ns = open(t->ns, O_RDONLY);
	r = box_unshare(t->namespaces);
	if (ns < 0 || r)
		return ENOTTY;
	fd = open(t->path, O_WRONLY);
	if (fd < 0 || setns(ns, t->namespaces))
		return ENOTTY;
	return write_text(fd, text);
}

TEST_F(sysctl, trick_of_setns)
{
	char path[128];
	struct trick_act t = {
		path,
		variant->namespaces == CLONE_NEWUTS ? "/proc/self/ns/uts" :
		variant->namespaces == CLONE_NEWIPC ? "/proc/self/ns/ipc" :
						      "/proc/self/ns/net",
		variant->namespaces,
	};
	struct pair p = {
		"setns",      setns_trick_act,
		&t,	      .operation = CTGUARD_OP_PSEUDOFS_WRITE,
		.fs = "proc", .object = variant->path,
	};

	snprintf(path, sizeof(path), "/proc%s", variant->path);
	expect_host(_metadata, &p);
	/* The network's is still the container's own: either will do. */
	if (variant->namespaces != CLONE_NEWNET)
		expect_denied(_metadata, &self->g, &p);
}

/* Other tasks */

TEST_F(own, proc_of_a_task_outside_is_denied)
{
	char path[64];
	struct text_act a = { path };

	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", self->outside);
	expect_pair(_metadata, &self->g,
		    &(struct pair){ path, text_act, &a,
				    .operation = CTGUARD_OP_PSEUDOFS_WRITE,
				    .fs = "proc", .object = path + 5 });
}

TEST_F(own, proc_of_a_task_of_another_container_is_denied)
{
	struct box other;
	char path[64];
	struct text_act a = { path };
	pid_t pid;

	ASSERT_EQ(0, box_make(&other, NULL));
	ASSERT_EQ(0, guard_bind(&self->g.link, other.id, NULL));
	pid = box_start(&other, 0, sleep_act, NULL);
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	expect_pair(_metadata, &self->g,
		    &(struct pair){ path, text_act, &a,
				    .operation = CTGUARD_OP_PSEUDOFS_WRITE,
				    .fs = "proc", .object = path + 5 });
	kill(pid, SIGKILL);
	box_wait(pid);
	box_remove(&other);
}

TEST_F(own, proc_of_a_task_of_the_container_works)
{
	pid_t pid = box_start(&self->g.box, 0, sleep_act, NULL);
	char path[64];
	struct text_act a = { path };

	usleep(200000);
	snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", pid);
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ path, text_act, &a });
	kill(pid, SIGKILL);
	box_wait(pid);
}

/* /dev/stdout and the like */

static int reopen_act(const void *fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", *(const int *)fd);
	return write_whole(path, "x");
}

TEST_F(own, reopening_of_descriptors_works)
{
	int pipes[2], null = open("/dev/null", O_RDWR);
	int memfd = syscall(SYS_memfd_create, "x", 0);
	int fds[3];
	unsigned int i;

	ASSERT_EQ(0, pipe(pipes));
	fds[0] = pipes[1];
	fds[1] = null;
	fds[2] = memfd;
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ "reopen", reopen_act, &fds[i] });
}

static int data_act(const void *directory)
{
	if (chdir(directory) || mkdir("d", 0700) || symlink("x", "d/s") ||
	    write_whole("/dev/null", "x") ||
	    open("d/f", O_CREAT | O_RDWR, 0600) < 0 || chmod("d/f", 0640) ||
	    rename("d/f", "d/g") || link("d/g", "d/h") || unlink("d/g") ||
	    unlink("d/h") || unlink("d/s") || rmdir("d"))
		return errno;
	return 0;
}

TEST_F(own, files_of_data_work)
{
	char directory[64];

	ASSERT_EQ(0, make_scratch(directory, sizeof(directory)));
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "tmpfs", data_act, directory });
	rmdir(directory);
}

/* On a sysfs of the network namespace that it is done in. */
static int set_mtu(const void *directory)
{
	char path[256];
	int r = 0;

	if (mount("none", directory, "sysfs", 0, NULL))
		return errno;
	snprintf(path, sizeof(path), "%s/class/net/lo/mtu",
		 (const char *)directory);
	if (write_whole(path, "65000"))
		r = errno;
	umount2(directory, MNT_DETACH);
	return r;
}

static void restore_mtu(void)
{
	write_whole("/sys/class/net/lo/mtu", "65536");
}

TEST_F(own, settings_of_network_devices)
{
	char directory[64];

	ASSERT_EQ(0, make_scratch(directory, sizeof(directory)));
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "of its own", set_mtu, directory,
				       .namespaces = CLONE_NEWNET |
						     CLONE_NEWNS });
	expect_pair(_metadata, &self->g,
		    &(struct pair){ .what = "of the host",
				    .act = set_mtu,
				    .argument = directory,
				    .namespaces = CLONE_NEWNS,
				    .operation = CTGUARD_OP_PSEUDOFS_WRITE,
				    .fs = "sysfs",
				    .object = "/devices/virtual/net/lo/mtu",
				    .restore = restore_mtu });
	rmdir(directory);
}

TEST_HARNESS_MAIN
