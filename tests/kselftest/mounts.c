// SPDX-License-Identifier: GPL-2.0
/* Types of filesystems: which a container may mount, by every interface. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fanotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common.h"

/* <linux/mount.h> and <linux/sched.h>, since 7.0 and 7.1; the call since 7.3 */
#define OPEN_TREE_NAMESPACE (1 << 1)
#define FSMOUNT_NAMESPACE 2
#define UNSHARE_EMPTY_MNTNS 0x00100000
#define SYS_FCHROOT 472

#define FSCONFIG_SET_FLAG 0
#define FSCONFIG_SET_STRING 1
#define FSCONFIG_CMD_CREATE 6

/* How a type is mounted; those that need nothing are not listed. */
static const struct type {
	const char *name;
	const char *options; /* "%d": a descriptor of /dev/fuse, or any number */
	const char *module;  /* that has it, if one does */
} types[] = {
	{ "cgroup", "none,name=ks%d" },
	{ "overlay", "lowerdir=/usr:/etc", "overlay" },
	{ "fuse", "fd=%d,rootmode=40000,user_id=0,group_id=0", "fuse" },
	{ "fusectl", NULL, "fuse" },
	{ "binfmt_misc", NULL, "binfmt_misc" },
	{ "configfs", NULL, "configfs" },
};

static const struct type *type_of(const char *name)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	return NULL;
}

/* Does the running kernel have it by now? */
static bool kernel_has(const char *name)
{
	char line[128], word[64];
	bool found = false;
	FILE *list = fopen("/proc/filesystems", "re");

	while (list && !found && fgets(line, sizeof(line), list))
		found = (sscanf(line, "nodev %63s", word) == 1 ||
			 sscanf(line, "%63s", word) == 1) &&
			!strcmp(word, name);
	if (list)
		fclose(list);
	return found;
}

FIXTURE(mount)
{
	struct guarded g;
	char scratch[64];
};

FIXTURE_VARIANT(mount)
{
	bool fsopen;
};

FIXTURE_VARIANT_ADD(mount, by_mount){};
FIXTURE_VARIANT_ADD(mount, by_fsopen){ .fsopen = true };

FIXTURE_SETUP(mount)
{
	char command[64];
	unsigned int i;

	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (!types[i].module || kernel_has(types[i].name))
			continue;
		snprintf(command, sizeof(command), "modprobe %s",
			 types[i].module);
		EXPECT_EQ(0, system(command));
	}
}

FIXTURE_TEARDOWN(mount)
{
	guarded_teardown(&self->g);
	rmdir(self->scratch);
}

struct mount_act {
	const char *type;
	const char *to;
};

static void options_of(const char *name, char *ret, size_t size)
{
	const struct type *type = type_of(name);
	int number = getpid();

	ret[0] = 0;
	if (!type || !type->options)
		return;
	if (!strcmp(name, "fuse"))
		number = open("/dev/fuse", O_RDWR);
	snprintf(ret, size, type->options, number);
}

static int mount_act(const void *argument)
{
	const struct mount_act *m = argument;
	char options[128];

	options_of(m->type, options, sizeof(options));
	if (mount("none", m->to, m->type, 0, options))
		return errno;
	return umount2(m->to, MNT_DETACH) ? errno : 0;
}

static int fsopen_act(const void *argument)
{
	const struct mount_act *m = argument;
	char options[128], *rest = options, *key, *value;
	int fs = syscall(SYS_fsopen, m->type, 0), mnt, r;

	if (fs < 0)
		return errno;
	options_of(m->type, options, sizeof(options));
	syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", "none", 0);
	while ((key = strsep(&rest, ",")) && *key) {
		value = strchr(key, '=');
		if (value)
			*value++ = 0;
		r = value ? syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key,
				    value, 0) :
			    syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key,
				    NULL, 0);
		if (r)
			return errno;
	}
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return errno;
	mnt = syscall(SYS_fsmount, fs, 0, 0);
	if (mnt < 0)
		return errno;
	/* Without a place for it. */
	return openat(mnt, ".", O_PATH | O_DIRECTORY) < 0 ? errno : 0;
}

/*
 * The types that the policy in force allows by their whole names
 */

#define TYPES_MAX 128

struct list {
	unsigned int count;
	char names[TYPES_MAX][CTGUARD_NAME_MAX + 1];
};

static void take_mounts(const uint8_t *at, const uint8_t *end, int depth,
			struct list *list)
{
	static const uint16_t nests[] = { CTGUARD_TLV_PROFILE,
					  CTGUARD_TLV_MOUNTS,
					  CTGUARD_TLV_ALLOW_NAME };
	struct ctguard_tlv tlv;

	while (end - at >= (ptrdiff_t)sizeof(tlv)) {
		memcpy(&tlv, at, sizeof(tlv));
		at += sizeof(tlv);
		if (tlv.type == nests[depth] && depth < 2) {
			take_mounts(at, at + tlv.length, depth + 1, list);
			if (!depth)
				return; /* the first profile alone */
		} else if (tlv.type == nests[depth] &&
			   list->count < TYPES_MAX &&
			   tlv.length <= CTGUARD_NAME_MAX + 4) {
			/* Behind its condition. */
			memcpy(list->names[list->count], at + 4,
			       tlv.length - 4);
			if (!strpbrk(list->names[list->count], "*?[\\"))
				list->count++;
		}
		at += (tlv.length + 3) & ~3U;
	}
}

static bool is_listed(const struct list *list, const char *name)
{
	unsigned int i;

	for (i = 0; i < list->count; i++)
		if (!strcmp(list->names[i], name))
			return true;
	return false;
}

TEST_F_TIMEOUT(mount, of_the_types_of_the_policy_works_as_on_the_host, 60)
{
	static const char *const surely[] = { "tmpfs",	"proc",	   "sysfs",
					      "devpts", "mqueue",  "cgroup2",
					      "cgroup", "overlay", "fuse" };
	act *act = variant->fsopen ? fsopen_act : mount_act;
	struct list list = {};
	unsigned int i, works = 0;
	struct blob blob;

	ASSERT_EQ(0, guard_pull(&self->g.link, &blob));
	take_mounts(blob.data + sizeof(struct ctguard_policy_header),
		    blob.data + blob.size, 0, &list);
	free(blob.data);
	for (i = 0; i < ARRAY_SIZE(surely); i++) {
		struct mount_act m = { surely[i], self->scratch };

		EXPECT_TRUE(is_listed(&list, surely[i]));
		expect_allowed(_metadata, &self->g,
			       &(struct pair){ surely[i], act, &m,
					       CLONE_NEWNS });
	}
	for (i = 0; i < list.count; i++) {
		struct mount_act m = { list.names[i], self->scratch };
		int host, box;

		if (!kernel_has(m.type))
			continue;
		host = box_run(NULL, CLONE_NEWNS, act, &m);
		box = box_run(&self->g.box, CLONE_NEWNS, act, &m);
		works += !host;
		EXPECT_EQ(host, box)
		{
			TH_LOG("%s: %s on the host, %s in a container", m.type,
			       strerror(host), strerror(box));
		}
	}
	EXPECT_LE(ARRAY_SIZE(surely) + 3, works);
	EXPECT_EQ(0, count_of(_metadata, &self->g, CTGUARD_OP_FILESYSTEM_MOUNT,
			      CTGUARD_VERDICT_DENY));
}

TEST_F(mount, of_another_type_is_denied)
{
	struct mount_act m = { "devtmpfs", self->scratch };

	expect_pair(_metadata, &self->g,
		    &(struct pair){ "devtmpfs",
				    variant->fsopen ? fsopen_act : mount_act,
				    &m, CLONE_NEWNS,
				    .operation = CTGUARD_OP_FILESYSTEM_MOUNT,
				    .object = "devtmpfs" });
}

TEST_F(mount, of_another_type_is_denied_in_set_up)
{
	struct mount_act m = { "devtmpfs", self->scratch };
	struct guarded other;

	guarded_setup(_metadata, &other, IN_SETUP);
	expect_pair(_metadata, &other,
		    &(struct pair){ "devtmpfs",
				    variant->fsopen ? fsopen_act : mount_act,
				    &m, CLONE_NEWNS,
				    .operation = CTGUARD_OP_FILESYSTEM_MOUNT,
				    .object = "devtmpfs" });
	guarded_teardown(&other);
}

/* A module's, whose name only the policy knows. */
TEST_F(mount, of_a_modules_type_is_denied)
{
	static const char name[] = "rpc_pipefs";
	struct mount_act m = { name, self->scratch };
	bool was_there = kernel_has(name);

	if (!was_there && system("modprobe -q sunrpc"))
		SKIP(return, "there is no %s", name);
	expect_pair(_metadata, &self->g,
		    &(struct pair){ name,
				    variant->fsopen ? fsopen_act : mount_act,
				    &m, CLONE_NEWNS,
				    .operation = CTGUARD_OP_FILESYSTEM_MOUNT,
				    .object = name });
	if (!was_there)
		module_remove("sunrpc");
}

/*
 * The whole of a filesystem, by way of one file of it
 */

FIXTURE(whole)
{
	struct guarded g;
	char scratch[64];
	char path[80];
};

FIXTURE_SETUP(whole)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
	/* The guest's root is an overlay, of which a container has none. */
	ASSERT_EQ(0, mount("ks", self->scratch, "tmpfs", 0, NULL));
	snprintf(self->path, sizeof(self->path), "%s/file", self->scratch);
	ASSERT_EQ(0, mknod(self->path, S_IFREG | 0600, 0));
}

FIXTURE_TEARDOWN(whole)
{
	umount2(self->scratch, MNT_DETACH);
	rmdir(self->scratch);
	guarded_teardown(&self->g);
}

static int handle_act(const void *path)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount_id, fd, from = open(path, O_RDONLY | O_CLOEXEC);

	if (from < 0 ||
	    name_to_handle_at(AT_FDCWD, path, &h.handle, &mount_id, 0))
		return EIO;
	fd = open_by_handle_at(from, &h.handle, O_RDWR | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

/* Since 6.18 a namespace has a handle, too. */
static int namespace_handle_act(const void *path)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount_id, fd, from = open(path, O_RDONLY | O_CLOEXEC);

	if (from < 0)
		return EIO;
	if (name_to_handle_at(from, "", &h.handle, &mount_id, AT_EMPTY_PATH))
		return EOPNOTSUPP;
	fd = open_by_handle_at(from, &h.handle, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? errno : 0;
}

/* <xfs/xfs_fs.h>, of a package that is not asked for */
struct xfs_handle_request {
	uint32_t fd;
	void *path;
	uint32_t oflags;
	void *ihandle;
	uint32_t ihandlen;
	void *ohandle;
	uint32_t *ohandlen;
};
#define XFS_PATH_TO_HANDLE _IOWR('X', 105, struct xfs_handle_request)
#define XFS_OPEN_BY_HANDLE _IOWR('X', 107, struct xfs_handle_request)

/* A file below the directory, by the ioctls of the directory. */
static int xfs_handle_act(const void *directory)
{
	char handle[64], path[160];
	uint32_t size = sizeof(handle);
	struct xfs_handle_request request = {
		.path = path,
		.oflags = O_RDWR,
		.ohandle = handle,
		.ohandlen = &size,
	};
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), opened;
	int r = 0;

	snprintf(path, sizeof(path), "%s/file", (const char *)directory);
	if (fd < 0 || ioctl(fd, XFS_PATH_TO_HANDLE, &request))
		return EIO;
	request.ihandle = handle;
	request.ihandlen = size;
	opened = ioctl(fd, XFS_OPEN_BY_HANDLE, &request);
	if (opened < 0)
		r = errno;
	else
		close(opened);
	close(fd);
	return r;
}

static int mark(const char *path, unsigned int what)
{
	int fd = fanotify_init(FAN_CLASS_NOTIF | FAN_CLOEXEC, O_RDWR);

	if (fd < 0)
		return EIO;
	return fanotify_mark(fd, FAN_MARK_ADD | what, FAN_OPEN, AT_FDCWD,
			     path) ?
		       errno :
		       0;
}

static int mark_filesystem_act(const void *path)
{
	return mark(path, FAN_MARK_FILESYSTEM);
}

static int mark_mount_act(const void *path)
{
	return mark(path, FAN_MARK_MOUNT);
}

static int mark_file_act(const void *path)
{
	return mark(path, 0);
}

/* As it is by default: nothing changes. */
static int remount_act(const void *scratch)
{
	if (mount("ks", scratch, "debugfs", 0, NULL))
		return EIO;
	return mount("ks", scratch, "debugfs", MS_REMOUNT, "mode=700") ? errno :
									 0;
}

#define WHOLE_PAIR(name_, act_, argument_, namespaces_, ...)             \
	expect_pair(_metadata, &self->g,                                 \
		    &(struct pair){ #act_, act_, argument_, namespaces_, \
				    .operation = CTGUARD_OP_KERNEL_USE,  \
				    .object = name_, __VA_ARGS__ })

TEST_F(whole, by_handle)
{
	/* Which is all that the kernel says of a handle. */
	WHOLE_PAIR("open-by-handle", handle_act, self->path, 0,
		   .error = ESTALE);
}

TEST_F(whole, by_handle_of_a_namespace)
{
	static const char path[] = "/proc/self/ns/net";

	if (box_run(NULL, 0, namespace_handle_act, path) == EOPNOTSUPP)
		SKIP(return, "this kernel's namespaces have no handles");
	WHOLE_PAIR("open-by-handle", namespace_handle_act, path, 0,
		   .error = ESTALE);
}

TEST_F_TIMEOUT(whole, by_handle_of_xfs, 60)
{
	char command[512], path[128];

	if (system("command -v mkfs.xfs >/dev/null"))
		SKIP(return, "no mkfs.xfs");
	snprintf(
		command, sizeof(command),
		"modprobe -a loop xfs && cd %s && truncate -s 320M disk && mkfs.xfs -q disk && mkdir xfs && mount -o loop disk xfs && touch xfs/file",
		self->scratch);
	if (system(command))
		SKIP(return, "no XFS can be mounted here");
	snprintf(path, sizeof(path), "%s/xfs", self->scratch);
	WHOLE_PAIR("open-by-handle", xfs_handle_act, path, 0, .error = ESTALE);
	EXPECT_EQ(0, umount2(path, 0));
}

TEST_F(whole, by_marks)
{
	WHOLE_PAIR("fanotify/filesystem", mark_filesystem_act, self->path, 0);
	WHOLE_PAIR("fanotify/mount", mark_mount_act, self->path, 0);
	expect_allowed(_metadata, &self->g,
		       &(struct pair){ "a mark on a file", mark_file_act,
				       self->path });
}

TEST_F(whole, by_options)
{
	WHOLE_PAIR("remount", remount_act, self->scratch, CLONE_NEWNS);
}

/*
 * A root of the caller's own, by every call that makes one
 */

static const char core_pattern[] = "/proc/sys/kernel/core_pattern";

static int open_below(int directory, const char *path)
{
	int fd = openat(directory, path, O_WRONLY | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

/* A new mount of proc, as fsmount() makes it with these flags. */
static int mount_proc(unsigned int flags)
{
	int fs = syscall(SYS_fsopen, "proc", 0);

	if (fs < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return syscall(SYS_fsmount, fs, flags, 0);
}

static int copied_tree_act(const void *unused)
{
	int ns = syscall(SYS_open_tree, AT_FDCWD, "/",
			 OPEN_TREE_NAMESPACE | AT_RECURSIVE);

	if (ns < 0 || setns(ns, CLONE_NEWNS))
		return errno;
	return open_below(AT_FDCWD, core_pattern);
}

static int new_mount_act(const void *unused)
{
	int ns = mount_proc(FSMOUNT_NAMESPACE);

	if (ns < 0 || setns(ns, CLONE_NEWNS))
		return errno;
	return open_below(AT_FDCWD, core_pattern + strlen("/proc"));
}

static int empty_namespace_act(const void *unused)
{
	int proc;

	if (unshare(UNSHARE_EMPTY_MNTNS))
		return errno;
	proc = mount_proc(0);
	return proc < 0 ? errno : open_below(proc, "sys/kernel/core_pattern");
}

static int fchroot_act(const void *unused)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY);

	if (proc < 0 || syscall(SYS_FCHROOT, proc, 0))
		return errno;
	return open_below(AT_FDCWD, core_pattern + strlen("/proc"));
}

FIXTURE(root)
{
	struct guarded g;
};

FIXTURE_VARIANT(root)
{
	act *act;
};

FIXTURE_VARIANT_ADD(root, of_a_copied_tree){ .act = copied_tree_act };
FIXTURE_VARIANT_ADD(root, of_a_new_mount){ .act = new_mount_act };
FIXTURE_VARIANT_ADD(root, of_an_empty_namespace){ .act = empty_namespace_act };
FIXTURE_VARIANT_ADD(root, by_fchroot){ .act = fchroot_act };

FIXTURE_SETUP(root)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(root)
{
	guarded_teardown(&self->g);
}

TEST_F(root, leads_to_no_other_proc)
{
	int r = box_run(NULL, 0, variant->act, NULL);

	if (r == EINVAL || r == ENOSYS)
		SKIP(return, "this kernel has no such call");
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "core_pattern", variant->act, NULL, 0,
				    .operation = CTGUARD_OP_PSEUDOFS_WRITE,
				    .object = core_pattern + strlen("/proc") });
}

TEST_HARNESS_MAIN
