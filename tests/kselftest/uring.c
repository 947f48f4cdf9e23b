// SPDX-License-Identifier: GPL-2.0
/* What io_uring can do in place of a system call, by each of its threads. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <linux/netlink.h>
#include <linux/openat2.h>

#include "common.h"

#define AT_(path) .addr = (uintptr_t)(path)
#define TO_(path) .addr2 = (uintptr_t)(path)
#define HERE .fd = AT_FDCWD

#define HELD 200 /* a disk, opened by the host */

/* A file of devtmpfs, and one that the host's modprobe reads. */
#define NODE "/dev/ks-uring"
#define NODE_NEW "/dev/ks-uring-new"
#define CODE "/etc/modprobe.d/ks-uring.conf"
#define CODE_NEW "/etc/modprobe.d/ks-uring-new.conf"
#define INSTANCE "/sys/kernel/tracing/instances/ks-uring"

static const char *disk(void)
{
	return getenv("CTGUARD_DISK") ?: "/dev/vdb";
}

static void restore(void)
{
	static const char *const made[] = { NODE_NEW, CODE_NEW, INSTANCE };
	static const char *const kept[] = { NODE, CODE };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(made); i++)
		if (unlink(made[i]))
			rmdir(made[i]);
	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		mknod(kept[i], S_IFREG | 0600, 0);
		removexattr(kept[i], "trusted.ks");
	}
	module_remove("algif_hash");
	module_remove("af_alg");
}

static int result(int r)
{
	return r < 0 ? -r : 0;
}

/*
 * What needs a descriptor
 */

static const struct {
	struct nlmsghdr header;
	char text[64];
} uevent = { { .nlmsg_len = sizeof(uevent),
	       .nlmsg_type = NLMSG_MIN_TYPE,
	       .nlmsg_flags = NLM_F_REQUEST },
	     "add@/devices/ks\0ACTION=add\0"
	     "DEVPATH=/devices/ks\0SUBSYSTEM=ks" };

static int uevent_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
		      NETLINK_KOBJECT_UEVENT);
}

static int send_act(enum uring_way way)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SEND,
		.fd = uevent_socket(),
		AT_(&uevent),
		.len = sizeof(uevent),
	};

	return result(uring_do_by(way, &sqe));
}

static int sendmsg_act(enum uring_way way)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct iovec part = { (void *)&uevent, sizeof(uevent) };
	const struct msghdr message = { .msg_name = &to,
					.msg_namelen = sizeof(to),
					.msg_iov = &part,
					.msg_iovlen = 1 };
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_SENDMSG,
		.fd = uevent_socket(),
		AT_(&message),
		.len = 1,
	};

	return result(uring_do_by(way, &sqe));
}

/* To the kernel's own group, by the address that it was connected to. */
static int connect_act(enum uring_way way)
{
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK,
					.nl_groups = 1 };
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_CONNECT,
		.fd = uevent_socket(),
		AT_(&to),
		.off = sizeof(to),
	};
	int r = result(uring_do_by(way, &sqe));

	if (r)
		return ENOTTY;
	if (send(sqe.fd, &uevent, sizeof(uevent), 0) < 0)
		/* Nobody listens to it. */
		return errno == ECONNREFUSED ? 0 : errno;
	return 0;
}

static int fsetxattr_act(enum uring_way way)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_FSETXATTR,
		.fd = open(NODE, O_RDONLY),
		AT_("trusted.ks"),
		TO_("1"),
		.len = 1,
	};

	return result(uring_do_by(way, &sqe));
}

/* A disk, in a message. */
static int recvmsg_act(enum uring_way way)
{
	union {
		char data[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_RECVMSG,
		AT_(&message),
		.len = 1,
	};
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return errno;
	r = pass_fd(pair[0], HELD);
	if (r)
		return r;
	sqe.fd = pair[1];
	r = uring_do_by(way, &sqe);
	if (r < 0)
		return -r;
	if (message.msg_controllen)
		return 0;
	return message.msg_flags & MSG_CTRUNC ? EPERM : ENOMSG;
}

/*
 * What needs none
 */

static const struct open_how to_write = { .flags = O_WRONLY };
static const struct open_how to_create = { .flags = O_WRONLY | O_CREAT,
					   .mode = 0600 };
static const struct open_how to_read = { .flags = O_RDONLY };

#define OPEN(path, how)                                                    \
	{                                                                  \
		.opcode = IORING_OP_OPENAT2, HERE, AT_(path), TO_(&(how)), \
		.len = sizeof(struct open_how)                             \
	}
#define NAMES(code, from, to)                                         \
	{                                                             \
		.opcode = IORING_OP_##code, HERE, AT_(from), TO_(to), \
		.len = (unsigned int)AT_FDCWD                         \
	}
#define NAME(code, path, ...)                                            \
	{                                                                \
		.opcode = IORING_OP_##code, HERE, AT_(path), __VA_ARGS__ \
	}
#define XATTR(path)                                                        \
	{                                                                  \
		.opcode = IORING_OP_SETXATTR, AT_("trusted.ks"), TO_("1"), \
		.len = 1, .addr3 = (uintptr_t)(path)                       \
	}

/**
 * struct row - a request and its denial
 * @what: of it, for people
 * @act: makes it, or NULL for @sqe
 * @sqe: the request
 * @operation: of the denial; 0: kernel-use of the host's code
 * @fs: of the denial
 * @object: of the denial
 * @needs: the operation that @act makes, or 0 if every io_uring has it
 */
static const struct row {
	const char *what;
	int (*act)(enum uring_way way);
	struct io_uring_sqe sqe;
	uint32_t operation;
	const char *fs;
	const char *object;
	unsigned int needs;
} rows[] = {
	{ "openat2 of a sysctl", NULL,
	  OPEN("/proc/sys/kernel/core_pattern", to_write),
	  CTGUARD_OP_PSEUDOFS_WRITE, "proc", "/sys/kernel/core_pattern" },
	{ "openat2 that creates", NULL, OPEN(NODE_NEW, to_create),
	  CTGUARD_OP_PSEUDOFS_WRITE, "devtmpfs", "/ks-uring-new" },
	{ "mkdirat", NULL, NAME(MKDIRAT, INSTANCE, .len = 0755),
	  CTGUARD_OP_PSEUDOFS_WRITE, "tracefs", "/instances/ks-uring" },
	{ "unlinkat", NULL, NAME(UNLINKAT, NODE), CTGUARD_OP_PSEUDOFS_WRITE,
	  "devtmpfs", "/ks-uring" },
	{ "renameat", NULL, NAMES(RENAMEAT, NODE, NODE_NEW),
	  CTGUARD_OP_PSEUDOFS_WRITE, "devtmpfs", "/ks-uring" },
	{ "linkat", NULL, NAMES(LINKAT, NODE, NODE_NEW),
	  CTGUARD_OP_PSEUDOFS_WRITE, "devtmpfs", "/ks-uring-new" },
	{ "symlinkat", NULL, NAME(SYMLINKAT, "nowhere", TO_(NODE_NEW)),
	  CTGUARD_OP_PSEUDOFS_WRITE, "devtmpfs", "/ks-uring-new" },
	{ "setxattr", NULL, XATTR(NODE), CTGUARD_OP_PSEUDOFS_WRITE, "devtmpfs",
	  "/ks-uring" },
	{ "fsetxattr",
	  fsetxattr_act,
	  {},
	  CTGUARD_OP_PSEUDOFS_WRITE,
	  "devtmpfs",
	  "/ks-uring",
	  IORING_OP_FSETXATTR },
	{ "openat2 of memory", NULL, OPEN("/dev/mem", to_read),
	  CTGUARD_OP_DEVICE_OPEN },
	{ "recvmsg of a disk", recvmsg_act, {}, CTGUARD_OP_DEVICE_OPEN },
	{ "openat2 of code", NULL, OPEN(CODE, to_write) },
	{ "openat2 that creates code", NULL, OPEN(CODE_NEW, to_create) },
	{ "mkdirat by code", NULL, NAME(MKDIRAT, CODE_NEW, .len = 0755) },
	{ "unlinkat of code", NULL, NAME(UNLINKAT, CODE) },
	{ "renameat of code", NULL, NAMES(RENAMEAT, CODE, CODE_NEW) },
	{ "linkat of code", NULL, NAMES(LINKAT, CODE, CODE_NEW) },
	{ "symlinkat by code", NULL,
	  NAME(SYMLINKAT, "nowhere", TO_(CODE_NEW)) },
	{ "setxattr of code", NULL, XATTR(CODE) },
	{ "send", send_act, {}, CTGUARD_OP_KERNEL_USE, NULL, "netlink/uevent" },
	{ "sendmsg",
	  sendmsg_act,
	  {},
	  CTGUARD_OP_KERNEL_USE,
	  NULL,
	  "netlink/uevent" },
	{ "connect",
	  connect_act,
	  {},
	  CTGUARD_OP_KERNEL_USE,
	  NULL,
	  "netlink/uevent" },
	{ "socket",
	  NULL,
	  { .opcode = IORING_OP_SOCKET, .fd = AF_ALG, .off = SOCK_SEQPACKET },
	  CTGUARD_OP_MODULE_AUTOLOAD,
	  NULL,
	  "net-pf-38" },
};

struct row_act {
	const struct row *row;
	enum uring_way way;
};

static int row_act(const void *argument)
{
	const struct row_act *a = argument;

	if (a->row->act)
		return a->row->act(a->way);
	return result(uring_do_by(a->way, &a->row->sqe));
}

FIXTURE(uring)
{
	int disk;
};

FIXTURE_SETUP(uring)
{
	need_module(_metadata);
	restore();
	self->disk = open(disk(), O_RDONLY);
	ASSERT_EQ(HELD, dup2(self->disk, HELD));
}

FIXTURE_TEARDOWN(uring)
{
	close(HELD);
	close(self->disk);
	restore();
	unlink(NODE);
	unlink(CODE);
}

FIXTURE_VARIANT(uring)
{
	enum uring_way way;
};

FIXTURE_VARIANT_ADD(uring, by_itself){ URING_ITSELF };
FIXTURE_VARIANT_ADD(uring, by_a_worker){ URING_WORKER };
FIXTURE_VARIANT_ADD(uring, by_the_polling_thread){ URING_THREAD };
FIXTURE_VARIANT_ADD(uring, by_a_personality){ URING_PERSONALITY };

/* A denial that comes again is only counted: a container for each. */
TEST_F_TIMEOUT(uring, is_denied, 120)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct row_act a = { row, variant->way };
		struct guarded g;

		if (!uring_has(row->needs ?: row->sqe.opcode)) {
			TH_LOG("%s: not in this kernel", row->what);
			continue;
		}

		guarded_setup(_metadata, &g, SEALED);
		expect_pair(_metadata, &g,
			    &(struct pair){
				    row->what, row_act, &a, .restore = restore,
				    .operation = row->operation ?:
							 CTGUARD_OP_KERNEL_USE,
				    .fs = row->fs,
				    .object = row->operation ? row->object :
							       "host-code" });
		guarded_teardown(&g);
	}
}

TEST_HARNESS_MAIN
