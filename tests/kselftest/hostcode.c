// SPDX-License-Identifier: GPL-2.0
/* What the host's kernel will load code from: by every road to it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include <linux/fs.h>

#include "common.h"

#define OPEN_TREE_CLONE 1

/* A place of the host's code, on a filesystem of the test's own. */
#define BASE "/usr/local"
#define LIB BASE "/lib"
#define PLACE LIB "/modprobe.d"
#define CODE PLACE "/ks.conf"
#define NEW PLACE "/ks-new.conf"
#define OUTSIDE BASE "/outside"
#define DATA OUTSIDE "/file"
#define MOUNTPOINT OUTSIDE "/dir"

/* Where there is no such place yet. */
#define ABSENT "/run/modprobe.d"
#define BESIDE "/run/ks-beside"

/*
 * Each act undoes what it did, and a denied one did nothing.
 */

static int finish(int fd)
{
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int make(const char *path)
{
	int r = finish(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));

	if (r)
		return r;
	return unlink(path) ? errno : 0;
}

static int make_act(const void *path)
{
	return make(path);
}

static int write_act(const void *path)
{
	return write_whole(path, "# ks\n");
}

static int write_by_path_fd_act(const void *path)
{
	const struct act_file f = { path, O_WRONLY };

	return act_open_path_first(&f);
}

static int mkdir_act(const void *path)
{
	return mkdir(path, 0755) || rmdir(path) ? errno : 0;
}

static int symlink_act(const void *path)
{
	return symlink(OUTSIDE, path) || unlink(path) ? errno : 0;
}

static int mknod_act(const void *path)
{
	return mknod(path, S_IFREG | 0600, 0) || unlink(path) ? errno : 0;
}

static int unlink_act(const void *path)
{
	if (unlink(path))
		return errno;
	return finish(open(path, O_WRONLY | O_CREAT, 0600));
}

static int rmdir_act(const void *path)
{
	return rmdir(path) || mkdir(path, 0755) ? errno : 0;
}

static int chmod_act(const void *path)
{
	return chmod(path, 0777) || chmod(path, 0755) ? errno : 0;
}

static int setxattr_act(const void *path)
{
	return setxattr(path, "trusted.ks", "1", 1, 0) ||
			       removexattr(path, "trusted.ks") ?
		       errno :
		       0;
}

/* tmpfs has none on older kernels. */
static bool has_flags(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), flags, r;

	if (fd < 0)
		return false;
	r = ioctl(fd, FS_IOC_GETFLAGS, &flags);
	close(fd);
	return !r;
}

/* A descriptor that is open for reading is enough. */
static int chattr_act(const void *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), flags, r = 0;

	if (fd < 0)
		return errno;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		r = ENOTTY;
	flags |= FS_IMMUTABLE_FL;
	if (!r && ioctl(fd, FS_IOC_SETFLAGS, &flags))
		r = errno;
	flags &= ~FS_IMMUTABLE_FL;
	if (!r && ioctl(fd, FS_IOC_SETFLAGS, &flags))
		r = errno;
	close(fd);
	return r;
}

/* <asm/unistd_32.h> */
#define IOCTL_IA32 54

static int chattr_ia32_act(const void *path)
{
	static int flags;
	int fd = open(path, O_RDONLY | O_CLOEXEC), r;

	if (fd < 0)
		return errno;
	r = call_ia32(IOCTL_IA32, fd, FS_IOC32_GETFLAGS, (long)&flags);
	flags ^= FS_IMMUTABLE_FL;
	if (!r)
		r = call_ia32(IOCTL_IA32, fd, FS_IOC32_SETFLAGS, (long)&flags);
	flags ^= FS_IMMUTABLE_FL;
	if (!r)
		r = call_ia32(IOCTL_IA32, fd, FS_IOC32_SETFLAGS, (long)&flags);
	close(fd);
	return -r;
}

/* Likewise by the other pair, which tmpfs has only a part of. */
static int fsxattr_act(const void *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), r = 0;
	struct fsxattr attributes;

	if (fd < 0)
		return errno;
	if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes))
		r = ENOTTY;
	attributes.fsx_xflags |= FS_XFLAG_NODUMP;
	if (!r && ioctl(fd, FS_IOC_FSSETXATTR, &attributes))
		r = errno;
	close(fd);
	return r;
}

#ifndef SYS_file_getattr
#define SYS_file_getattr 468
#define SYS_file_setattr 469
#endif

/* Since 6.17, by a path. */
static int file_setattr_act(const void *path)
{
	struct {
		uint64_t xflags;
		uint32_t extsize, nextents, projid, cowextsize;
	} a;

	if (syscall(SYS_file_getattr, AT_FDCWD, path, &a, sizeof(a), 0))
		return ENOTTY;
	a.xflags |= FS_XFLAG_NODUMP;
	return syscall(SYS_file_setattr, AT_FDCWD, path, &a, sizeof(a), 0) ?
		       errno :
		       0;
}

static int truncate_act(const void *path)
{
	return truncate(path, 0) ? errno : 0;
}

static int read_trunc_act(const void *path)
{
	return finish(open(path, O_RDONLY | O_TRUNC));
}

struct names {
	const char *from;
	const char *to;
	unsigned int flags;
};

static int rename_act(const void *argument)
{
	const struct names *n = argument;

	if (renameat2(AT_FDCWD, n->from, AT_FDCWD, n->to, n->flags))
		return errno;
	if (n->flags & RENAME_WHITEOUT && unlink(n->from))
		return errno;
	return renameat2(AT_FDCWD, n->to, AT_FDCWD, n->from,
			 n->flags & ~RENAME_WHITEOUT) ?
		       errno :
		       0;
}

static int link_act(const void *argument)
{
	const struct names *n = argument;

	return link(n->from, n->to) || unlink(n->to) ? errno : 0;
}

/* To be written by the other name. */
static int link_and_write_act(const void *argument)
{
	const struct names *n = argument;
	int r;

	if (link(n->from, n->to))
		return errno;
	r = write_whole(n->to, "# ks\n");
	return unlink(n->to) ? errno : r;
}

static int link_fd_act(const void *argument)
{
	const struct names *n = argument;
	int fd = open(n->from, O_RDONLY);

	if (fd < 0 || linkat(fd, "", AT_FDCWD, n->to, AT_EMPTY_PATH) ||
	    unlink(n->to))
		return errno;
	return 0;
}

static int tmpfile_act(const void *argument)
{
	const struct names *n = argument;
	int fd = open(n->from, O_TMPFILE | O_WRONLY, 0600);
	char path[64];

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, AT_FDCWD, n->to, AT_SYMLINK_FOLLOW) ||
	    unlink(n->to))
		return errno;
	return 0;
}

/* Mounts of one's own */

static int bind_file_act(const void *unused)
{
	if (mount(CODE, DATA, NULL, MS_BIND, NULL))
		return errno;
	return write_whole(DATA, "# ks\n");
}

static int bind_directory_act(const void *from)
{
	char path[128];

	if (mount(from, MOUNTPOINT, NULL, MS_BIND, NULL))
		return errno;
	snprintf(path, sizeof(path), "%s%s", MOUNTPOINT,
		 strcmp(from, PLACE) ? "/modprobe.d/ks-new.conf" :
				       "/ks-new.conf");
	return make(path);
}

static int detached_act(const void *unused)
{
	int fd = syscall(SYS_open_tree, AT_FDCWD, PLACE, OPEN_TREE_CLONE);

	if (fd < 0)
		return errno;
	if (finish(openat(fd, "ks-new.conf", O_WRONLY | O_CREAT, 0600)))
		return errno;
	return unlinkat(fd, "ks-new.conf", 0) ? errno : 0;
}

static int chroot_act(const void *unused)
{
	if (chroot(PLACE))
		return errno;
	return make("/ks-new.conf");
}

/*
 * An overlay whose upper directory is the place, or leads to it: what is
 * written above is made below, by the kernel on behalf of the caller.
 */
struct overlay_act {
	const char *upper;
	act *act;
	const void *argument;
};

static int overlay_act(const void *argument)
{
	const struct overlay_act *o = argument;
	char options[256];
	int r;

	snprintf(options, sizeof(options),
		 "lowerdir=" BASE "/lower,upperdir=%s,workdir=" BASE "/work",
		 o->upper);
	if (mount("ks", MOUNTPOINT, "overlay", 0, options))
		return errno;
	r = o->act(o->argument);
	return umount(MOUNTPOINT) ? errno : r;
}

/* The file is only below, and is copied to where it may be written. */
static int copy_up_act(const void *unused)
{
	int r = write_whole(MOUNTPOINT "/ks-lower.conf", "# ks\n");

	if (r)
		return r;
	return unlink(PLACE "/ks-lower.conf") ? errno : 0;
}

/* Held by the host, as names of directories are. */
static int directory_fd;

static int make_at_fd_act(const void *unused)
{
	if (finish(openat(directory_fd, "ks-new.conf", O_WRONLY | O_CREAT,
			  0600)))
		return errno;
	return unlinkat(directory_fd, "ks-new.conf", 0) ? errno : 0;
}

/* A mount over the place, of another namespace and of the host's as well. */
static int mount_over_act(const void *path)
{
	if (unshare(CLONE_NEWNS) || mount(OUTSIDE, path, NULL, MS_BIND, NULL))
		return errno;
	return umount2(path, MNT_DETACH) ? errno : 0;
}

/* The kernel takes the first flag alone. */
static int mount_over_by_two_act(const void *path)
{
	if (unshare(CLONE_NEWNS) ||
	    mount(OUTSIDE, path, NULL, MS_BIND | MS_PRIVATE, NULL))
		return errno;
	return umount2(path, MNT_DETACH) ? errno : 0;
}

static int mount_type_over_act(const void *path)
{
	if (unshare(CLONE_NEWNS) || mount("ks", path, "tmpfs", 0, NULL))
		return errno;
	return umount2(path, MNT_DETACH) ? errno : 0;
}

static int move_mount_over_act(const void *path)
{
	int fd = syscall(SYS_open_tree, AT_FDCWD, OUTSIDE, OPEN_TREE_CLONE);

	if (fd < 0 || unshare(CLONE_NEWNS) ||
	    syscall(SYS_move_mount, fd, "", AT_FDCWD, path,
		    MOVE_MOUNT_F_EMPTY_PATH))
		return errno;
	return umount2(path, MNT_DETACH) ? errno : 0;
}

#define NAMES(...) (&(struct names){ __VA_ARGS__ })
#define OVERLAY(...) (&(struct overlay_act){ __VA_ARGS__ })

struct row {
	const char *what;
	act *act;
	const void *argument;
	int namespaces;
};

static const struct row rows[] = {
	{ "write", write_act, CODE },
	{ "write by a path descriptor", write_by_path_fd_act, CODE },
	{ "truncate", truncate_act, CODE },
	{ "read with O_TRUNC", read_trunc_act, CODE },
	{ "create", make_act, NEW },
	{ "create in a directory", make_act, PLACE "/ks-dir/new.conf" },
	{ "mkdir", mkdir_act, PLACE "/ks-new" },
	{ "symlink", symlink_act, NEW },
	{ "mknod", mknod_act, NEW },
	{ "unlink", unlink_act, CODE },
	{ "rmdir", rmdir_act, PLACE "/ks-dir" },
	{ "chmod", chmod_act, PLACE },
	{ "setxattr", setxattr_act, CODE },
	{ "link out", link_act, NAMES(CODE, OUTSIDE "/new") },
	{ "link out, write", link_and_write_act, NAMES(CODE, OUTSIDE "/new") },
	{ "link in", link_act, NAMES(DATA, NEW) },
	{ "link in by descriptor", link_fd_act, NAMES(DATA, NEW) },
	{ "O_TMPFILE", tmpfile_act, NAMES(PLACE, NEW) },
	{ "O_TMPFILE from outside", tmpfile_act, NAMES(OUTSIDE, NEW) },
	{ "rename in", rename_act, NAMES(DATA, NEW) },
	{ "rename over", rename_act, NAMES(DATA, CODE, RENAME_EXCHANGE) },
	{ "rename out", rename_act, NAMES(CODE, OUTSIDE "/new") },
	{ "rename out, whiteout", rename_act,
	  NAMES(CODE, OUTSIDE "/new", RENAME_WHITEOUT) },
	{ "rename the place", rename_act, NAMES(PLACE, LIB "/other") },
	{ "rename its directory", rename_act, NAMES(LIB, BASE "/other") },
	{ "exchange the place", rename_act,
	  NAMES(PLACE, MOUNTPOINT, RENAME_EXCHANGE) },
	{ "exchange with the place", rename_act,
	  NAMES(MOUNTPOINT, PLACE, RENAME_EXCHANGE) },
	{ "exchange its directory", rename_act,
	  NAMES(LIB, OUTSIDE, RENAME_EXCHANGE) },
	{ "exchange with its directory", rename_act,
	  NAMES(OUTSIDE, LIB, RENAME_EXCHANGE) },
	{ "bind mount of the file", bind_file_act, NULL, CLONE_NEWNS },
	{ "bind mount", bind_directory_act, PLACE, CLONE_NEWNS },
	{ "bind mount of its directory", bind_directory_act, LIB, CLONE_NEWNS },
	{ "detached mount", detached_act, NULL, CLONE_NEWNS },
	{ "chroot", chroot_act },
	{ "a directory of the host's", make_at_fd_act },
	{ "overlay", overlay_act,
	  OVERLAY(PLACE, make_act, MOUNTPOINT "/ks-new.conf"), CLONE_NEWNS },
	{ "overlay, write", overlay_act,
	  OVERLAY(PLACE, write_act, MOUNTPOINT "/ks.conf"), CLONE_NEWNS },
	{ "overlay, truncate", overlay_act,
	  OVERLAY(PLACE, truncate_act, MOUNTPOINT "/ks.conf"), CLONE_NEWNS },
	{ "overlay, copy up", overlay_act, OVERLAY(PLACE, copy_up_act),
	  CLONE_NEWNS },
	{ "overlay of its directory", overlay_act,
	  OVERLAY(LIB, make_act, MOUNTPOINT "/modprobe.d/ks-new.conf"),
	  CLONE_NEWNS },
	{ "overlay, rename the place", overlay_act,
	  OVERLAY(LIB, rename_act,
		  NAMES(MOUNTPOINT "/modprobe.d", MOUNTPOINT "/other")),
	  CLONE_NEWNS },
	{ "mount over the place", mount_over_act, PLACE },
	{ "mount over its directory", mount_over_act, LIB },
	{ "mount over all that it is in", mount_over_act, BASE },
	{ "mount over the place, flags of a change", mount_over_by_two_act,
	  PLACE },
	{ "mount of a type over the place", mount_type_over_act, PLACE },
	{ "move a mount over the place", move_mount_over_act, PLACE },
};

static const struct row absent_rows[] = {
	{ "mkdir", mkdir_act, ABSENT },
	{ "symlink", symlink_act, ABSENT },
	{ "mknod", mknod_act, ABSENT },
	{ "create", make_act, ABSENT },
	{ "link", link_act, NAMES(BESIDE "/file", ABSENT) },
	{ "rename", rename_act, NAMES(BESIDE, ABSENT) },
	{ "O_TMPFILE", tmpfile_act, NAMES("/run", ABSENT) },
};

/* A denial that comes again is only counted: a container for each. */
static void expect_rows_denied(struct __test_metadata *_metadata,
			       const struct row *row, size_t count)
{
	for (; count; count--, row++) {
		struct guarded g;

		guarded_setup(_metadata, &g, SEALED);
		expect_pair(_metadata, &g,
			    &(struct pair){ row->what, row->act, row->argument,
					    row->namespaces,
					    .operation = CTGUARD_OP_KERNEL_USE,
					    .object = "host-code" });
		guarded_teardown(&g);
	}
}

/* It finds the places when it is loaded, and every ten seconds. */
static void find_places(struct __test_metadata *_metadata)
{
	if (guard_is_loaded() && getenv("CTGUARD_KO")) {
		ASSERT_EQ(0, guard_unload());
		ASSERT_EQ(0, guard_load(""));
	} else {
		sleep(11);
	}
}

FIXTURE(hostcode)
{
	bool mounted;
};

FIXTURE_VARIANT(hostcode)
{
	const char *fs;
	const char *part; /* of the filesystem, as a subvolume is */
};

FIXTURE_VARIANT_ADD(hostcode, tmpfs){ "tmpfs" };
FIXTURE_VARIANT_ADD(hostcode, part_of_a_tmpfs){ "tmpfs", BASE "/part" };
FIXTURE_VARIANT_ADD(hostcode, ext4){ "ext4" };

static const char clean[] = "cd " BASE " && rm -rf lib outside lower work";

FIXTURE_SETUP(hostcode)
{
	static const char *const directories[] = {
		LIB,	    PLACE,	   PLACE "/ks-dir", OUTSIDE,
		MOUNTPOINT, BASE "/lower", BASE "/work",
	};
	static const char *const files[] = { CODE, DATA,
					     BASE "/lower/ks-lower.conf" };
	unsigned int i;

	self->mounted = false;
	ASSERT_EQ(0, mount(getenv("CTGUARD_DISK") ?: "/dev/vdb", BASE,
			   variant->fs, 0, NULL));
	self->mounted = true;
	if (variant->part) {
		ASSERT_EQ(0, mkdir(variant->part, 0755));
		ASSERT_EQ(0, mount(variant->part, BASE, NULL, MS_BIND, NULL));
	}
	/* As systemd has it for all of the host's. */
	ASSERT_EQ(0, mount(NULL, BASE, NULL, MS_SHARED, NULL));
	ASSERT_EQ(0, system(clean));
	for (i = 0; i < ARRAY_SIZE(directories); i++)
		ASSERT_EQ(0, mkdir(directories[i], 0755));
	for (i = 0; i < ARRAY_SIZE(files); i++)
		ASSERT_EQ(0, mknod(files[i], S_IFREG | 0644, 0));
	directory_fd = open(PLACE, O_RDONLY | O_DIRECTORY);
	find_places(_metadata);
}

FIXTURE_TEARDOWN(hostcode)
{
	close(directory_fd);
	if (!self->mounted)
		return;
	EXPECT_EQ(0, system(clean));
	umount2(BASE, MNT_DETACH);
	if (variant->part)
		umount2(BASE, MNT_DETACH);
}

TEST_F_TIMEOUT(hostcode, is_not_changed, 180)
{
	expect_rows_denied(_metadata, rows, ARRAY_SIZE(rows));
}

TEST_F_TIMEOUT(hostcode, keeps_its_attributes, 60)
{
	static const struct row attributes[] = {
		{ "chattr", chattr_act, CODE },
		{ "chattr of the place", chattr_act, PLACE },
		{ "FS_IOC_FSSETXATTR", fsxattr_act, CODE },
		{ "file_setattr", file_setattr_act, CODE },
	};
	size_t count = ARRAY_SIZE(attributes);

	if (!has_flags(CODE))
		SKIP(return, "%s has no flags on this kernel", variant->fs);
	if (strcmp(variant->fs, "ext4"))
		count = 2;
	else if (syscall(SYS_file_getattr, AT_FDCWD, CODE, NULL, 0, 0) &&
		 errno == ENOSYS)
		count--;
	expect_rows_denied(_metadata, attributes, count);
	if (box_run(NULL, 0, chattr_ia32_act, CODE) != ENOSYS)
		expect_rows_denied(_metadata,
				   &(struct row){ "chattr of 32 bits",
						  chattr_ia32_act, CODE },
				   1);
}

static int beside_act(const void *unused)
{
	int r = make(OUTSIDE "/new") ?: write_whole(DATA, "x");

	if (!r && has_flags(DATA))
		r = chattr_act(DATA);
	if (r || mkdir(LIB "/other", 0700) || rmdir(LIB "/other") ||
	    rename(DATA, BASE "/new") || rename(BASE "/new", DATA))
		return r ?: errno;
	return 0;
}

static int read_act(const void *unused)
{
	const struct act_file f = { CODE, O_RDONLY };
	struct stat st;

	return stat(PLACE, &st) ? errno : act_open(&f);
}

/* The directory is under another, of which the container has another part. */
static int overlay_below_act(const void *unused)
{
	if (mount("ks", MOUNTPOINT, "overlay", 0,
		  "lowerdir=" PLACE ",upperdir=" BASE "/lower,workdir=" BASE
		  "/work"))
		return errno;
	if (make(MOUNTPOINT "/ks-new.conf"))
		return errno;
	return umount(MOUNTPOINT) ? errno : 0;
}

TEST_F(hostcode, is_read_and_what_is_beside_it_is_written)
{
	struct guarded g;

	guarded_setup(_metadata, &g, SEALED);
	expect_allowed(_metadata, &g, &(struct pair){ "read", read_act });
	expect_allowed(_metadata, &g, &(struct pair){ "beside", beside_act });
	expect_allowed(_metadata, &g,
		       &(struct pair){ "a copy above it", overlay_below_act,
				       .namespaces = CLONE_NEWNS });
	guarded_teardown(&g);
}

FIXTURE(absent)
{
	bool made;
};

FIXTURE_SETUP(absent)
{
	self->made = false;
	if (!access(ABSENT, F_OK))
		SKIP(return, "this host has " ABSENT);
	ASSERT_EQ(0, mkdir(BESIDE, 0755));
	ASSERT_EQ(0, mknod(BESIDE "/file", S_IFREG | 0644, 0));
	self->made = true;
	find_places(_metadata);
}

FIXTURE_TEARDOWN(absent)
{
	if (!self->made)
		return;
	unlink(BESIDE "/file");
	rmdir(BESIDE);
}

TEST_F_TIMEOUT(absent, is_not_made, 60)
{
	expect_rows_denied(_metadata, absent_rows, ARRAY_SIZE(absent_rows));
}

/* What the host makes is its own from the first moment. */
TEST_F(absent, is_not_used_when_it_comes)
{
	static const struct row row = { "create", make_act,
					ABSENT "/ks-new.conf" };

	ASSERT_EQ(0, mkdir(ABSENT, 0755));
	expect_rows_denied(_metadata, &row, 1);
	rmdir(ABSENT);
}

/* And another in its place. */
TEST_F(hostcode, is_not_used_when_it_was_replaced)
{
	static const struct row row = { "create", make_act, NEW };

	ASSERT_EQ(0, rename(PLACE, OUTSIDE "/old"));
	ASSERT_EQ(0, mkdir(PLACE, 0755));
	expect_rows_denied(_metadata, &row, 1);
}

TEST_HARNESS_MAIN
