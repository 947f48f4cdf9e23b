// SPDX-License-Identifier: GPL-2.0
/* The family: who may ask, what is refused, and what a refusal leaves. */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <linux/genetlink.h>

#include "blob.h"
#include "common.h"

#define NONE CTGUARD_PROFILE_NONE
#define HEADERS (NLMSG_HDRLEN + GENL_HDRLEN)

FIXTURE(netlink)
{
	struct guarded g;
	struct status before;
};

FIXTURE_SETUP(netlink)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, guard_status(&self->g.link, &self->before));
}

/* Whatever was asked: the policy is what it was. */
FIXTURE_TEARDOWN(netlink)
{
	struct status after;

	if (self->g.link.fd >= 0) {
		EXPECT_EQ(0, guard_status(&self->g.link, &after));
		EXPECT_EQ(0, memcmp(self->before.sha256, after.sha256,
				    sizeof(after.sha256)));
		EXPECT_EQ(self->before.generation, after.generation);
		EXPECT_EQ(self->before.mode, after.mode);
	}
	guarded_teardown(&self->g);
}

static bool is_dump(uint8_t command)
{
	return command == CTGUARD_CMD_HOOK_GET ||
	       command == CTGUARD_CMD_CONTAINER_GET ||
	       command == CTGUARD_CMD_POLICY_GET;
}

/*
 * Every command, as it would be without a fault: who may not ask is told so
 * before anything else.
 */
static void ask(struct link *link, uint8_t command, struct request *request)
{
	static const uint8_t digest[CTGUARD_SHA256_SIZE];

	request_begin(request, link, command,
		      is_dump(command) ? NLM_F_DUMP : NLM_F_ACK);
	switch (command) {
	case CTGUARD_CMD_POLICY_BEGIN:
		request_u32(request, CTGUARD_A_POLICY_SIZE, 100);
		break;
	case CTGUARD_CMD_POLICY_DATA:
		request_u32(request, CTGUARD_A_POLICY_OFFSET, 0);
		request_put(request, CTGUARD_A_POLICY_DATA, "x", 1);
		break;
	case CTGUARD_CMD_POLICY_COMMIT:
		request_put(request, CTGUARD_A_POLICY_SHA256, digest,
			    sizeof(digest));
		break;
	case CTGUARD_CMD_MODE_SET:
		request_u32(request, CTGUARD_A_MODE, CTGUARD_MODE_COMPLAIN);
		break;
	case CTGUARD_CMD_TRIAL_END:
		request_u32(request, CTGUARD_A_FLAGS, CTGUARD_TRIAL_CONFIRM);
		break;
	case CTGUARD_CMD_BIND:
	case CTGUARD_CMD_UNBIND:
		request_u64(request, CTGUARD_A_CGROUP_ID, 1ULL << 60);
		break;
	case CTGUARD_CMD_EXPLAIN:
		request_u32(request, CTGUARD_A_OPERATION,
			    CTGUARD_OP_MODULE_LOAD);
		request_string(request, CTGUARD_A_OBJECT, "x");
		request_u32(request, CTGUARD_A_PID, 1);
		break;
	}
}

/*
 * Asks everything; 0 when all of it was refused with EPERM and a reason. The
 * netlink of older kernels has no place for the reason of a dump that does not
 * begin.
 */
static int refused_all(struct link *link)
{
	struct request request;
	uint8_t command;
	int r;

	for (command = CTGUARD_CMD_STATUS_GET; command < CTGUARD_CMD_EVENT;
	     command++) {
		ask(link, command, &request);
		r = link_do(link, &request, NULL, NULL);
		if (r != -EPERM || (!link->message[0] && !is_dump(command))) {
			printf("# command %u: %d \"%s\"\n", command, r,
			       link->message);
			fflush(stdout);
			return ENOTTY;
		}
	}
	return 0;
}

static int ask_act(const void *unused)
{
	struct link link;

	return link_open(&link) ? EBADF : refused_all(&link);
}

static int ask_as_user_act(const void *unused)
{
	return setuid(77) ? BOX_NO_ENTRY : ask_act(NULL);
}

static int ask_in_user_ns_act(const void *unused)
{
	return unshare(CLONE_NEWUSER) ? BOX_NO_ENTRY : ask_act(NULL);
}

TEST_F(netlink, the_hosts_admin_may)
{
	struct request request;
	uint8_t command;

	for (command = CTGUARD_CMD_STATUS_GET; command < CTGUARD_CMD_EVENT;
	     command++) {
		if (command == CTGUARD_CMD_MODE_SET)
			continue;
		ask(&self->g.link, command, &request);
		EXPECT_NE(-EPERM, link_do(&self->g.link, &request, NULL, NULL))
		{
			TH_LOG("command %u: %s", command, self->g.link.message);
		}
	}
}

TEST_F(netlink, nobody_without_the_capability)
{
	EXPECT_EQ(0, box_run(NULL, 0, ask_as_user_act, NULL));
}

TEST_F(netlink, no_root_of_a_user_namespace)
{
	EXPECT_EQ(0, box_run(NULL, 0, ask_in_user_ns_act, NULL));
}

TEST_F(netlink, no_guarded_task)
{
	EXPECT_EQ(0, box_run(&self->g.box, 0, ask_act, NULL));
}

TEST_F(netlink, in_no_other_network_namespace)
{
	EXPECT_EQ(EBADF, box_run(NULL, CLONE_NEWNET, ask_act, NULL));
	EXPECT_EQ(EBADF, box_run(&self->g.box, CLONE_NEWNET, ask_act, NULL));
}

/* A socket of the host's that got into a container. */
static int ask_with_act(const void *link)
{
	struct link copy = *(const struct link *)link;

	return refused_all(&copy);
}

TEST_F(netlink, no_guarded_task_with_a_socket_of_the_host)
{
	EXPECT_EQ(0, box_run(&self->g.box, 0, ask_with_act, &self->g.link));
}

static int ask_with_as_user_act(const void *link)
{
	return setuid(77) ? BOX_NO_ENTRY : ask_with_act(link);
}

TEST_F(netlink, no_user_with_a_socket_of_the_host)
{
	EXPECT_EQ(0, box_run(NULL, 0, ask_with_as_user_act, &self->g.link));
}

static int send_fd(int to, int fd)
{
	char byte = 0, space[CMSG_SPACE(sizeof(fd))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = space,
				  .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&message);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	return sendmsg(to, &message, 0) == 1 ? 0 : errno;
}

static int receive_fd(int from)
{
	char byte, space[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov,
				  .msg_iovlen = 1,
				  .msg_control = space,
				  .msg_controllen = sizeof(space) };
	int fd = -1;

	if (recvmsg(from, &message, 0) == 1 && CMSG_FIRSTHDR(&message))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

struct pass_act {
	int to;
	bool user;
};

static int pass_socket_act(const void *argument)
{
	const struct pass_act *p = argument;
	struct link link;

	if (p->user && setuid(77))
		return BOX_NO_ENTRY;
	return link_open(&link) ? EBADF : send_fd(p->to, link.fd);
}

/* And the other way round: the host is talked into sending on theirs. */
TEST_F(netlink, no_socket_of_a_guarded_task)
{
	struct link theirs = self->g.link;
	struct pass_act p;
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	p = (struct pass_act){ pair[1] };
	ASSERT_EQ(0, box_run(&self->g.box, 0, pass_socket_act, &p));
	theirs.fd = receive_fd(pair[0]);
	ASSERT_LE(0, theirs.fd);
	EXPECT_EQ(0, refused_all(&theirs));
	close(theirs.fd);
	/* Of a task of the host it is one of the host's. */
	ASSERT_EQ(0, box_run(NULL, 0, pass_socket_act, &p));
	theirs.fd = receive_fd(pair[0]);
	ASSERT_LE(0, theirs.fd);
	EXPECT_EQ(ENOTTY, refused_all(&theirs));
	close(theirs.fd);
}

TEST_F(netlink, no_socket_of_a_user)
{
	struct link theirs = self->g.link;
	struct pass_act p;
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	p = (struct pass_act){ pair[1], true };
	ASSERT_EQ(0, box_run(NULL, 0, pass_socket_act, &p));
	theirs.fd = receive_fd(pair[0]);
	ASSERT_LE(0, theirs.fd);
	EXPECT_EQ(0, refused_all(&theirs));
	close(theirs.fd);
}

/* Messages that make no sense */

static int ask_error(struct link *link, struct request *request)
{
	return link_do(link, request, NULL, NULL);
}

#define EXPECT_REFUSED(error, link, request)                \
	do {                                                \
		EXPECT_EQ(error, ask_error(link, request)); \
		EXPECT_STRNE("", (link)->message)           \
		{                                           \
			TH_LOG("no extended-ack text");     \
		}                                           \
	} while (0)

TEST_F(netlink, unknown_commands)
{
	static const uint8_t commands[] = { 0, CTGUARD_CMD_EVENT,
					    __CTGUARD_CMD_MAX, 200, 255 };
	struct request request;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		request_begin(&request, &self->g.link, commands[i], NLM_F_ACK);
		EXPECT_EQ(-EOPNOTSUPP, ask_error(&self->g.link, &request));
	}
}

TEST_F(netlink, unknown_attributes)
{
	struct request request;
	uint8_t command;

	for (command = CTGUARD_CMD_STATUS_GET; command < CTGUARD_CMD_EVENT;
	     command++) {
		ask(&self->g.link, command, &request);
		request_u32(&request, CTGUARD_A_MAX + 1, 1);
		EXPECT_EQ(-EINVAL, ask_error(&self->g.link, &request))
		{
			TH_LOG("command %u", command);
		}
		EXPECT_TRUE(is_dump(command) || self->g.link.message[0]);
		ask(&self->g.link, command, &request);
		request_u32(&request, CTGUARD_A_LOST_CPU, 1);
		EXPECT_EQ(-EINVAL, ask_error(&self->g.link, &request))
		{
			TH_LOG("command %u", command);
		}
		EXPECT_TRUE(is_dump(command) || self->g.link.message[0]);
	}
}

TEST_F(netlink, missing_attributes)
{
	static const uint8_t commands[] = {
		CTGUARD_CMD_POLICY_BEGIN,  CTGUARD_CMD_POLICY_DATA,
		CTGUARD_CMD_POLICY_COMMIT, CTGUARD_CMD_MODE_SET,
		CTGUARD_CMD_TRIAL_END,	   CTGUARD_CMD_BIND,
		CTGUARD_CMD_UNBIND,	   CTGUARD_CMD_EXPLAIN,
	};
	struct request request;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		request_begin(&request, &self->g.link, commands[i], NLM_F_ACK);
		EXPECT_EQ(-EINVAL, ask_error(&self->g.link, &request))
		{
			TH_LOG("command %u", commands[i]);
		}
	}
}

TEST_F(netlink, attributes_of_another_size)
{
	struct request request;

	request_begin(&request, &self->g.link, CTGUARD_CMD_MODE_SET, NLM_F_ACK);
	request_put(&request, CTGUARD_A_MODE, "x", 1);
	EXPECT_REFUSED(-EINVAL, &self->g.link, &request);
	request_begin(&request, &self->g.link, CTGUARD_CMD_MODE_SET, NLM_F_ACK);
	request_u64(&request, CTGUARD_A_MODE, 0);
	EXPECT_REFUSED(-EINVAL, &self->g.link, &request);
	request_begin(&request, &self->g.link, CTGUARD_CMD_POLICY_COMMIT,
		      NLM_F_ACK);
	request_put(&request, CTGUARD_A_POLICY_SHA256, "short", 5);
	EXPECT_REFUSED(-ERANGE, &self->g.link, &request);
	request_begin(&request, &self->g.link, CTGUARD_CMD_BIND, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_CGROUP_ID, 1);
	EXPECT_REFUSED(-EINVAL, &self->g.link, &request);
	request_begin(&request, &self->g.link, CTGUARD_CMD_BIND, NLM_F_ACK);
	request_u64(&request, CTGUARD_A_CGROUP_ID, self->g.box.id);
	request_put(&request, CTGUARD_A_PROFILE, "not ended", 9);
	EXPECT_REFUSED(-EINVAL, &self->g.link, &request);
	request_begin(&request, &self->g.link, CTGUARD_CMD_BIND, NLM_F_ACK);
	request_u64(&request, CTGUARD_A_CGROUP_ID, self->g.box.id);
	request_string(
		&request, CTGUARD_A_PROFILE,
		"0123456789012345678901234567890123456789012345678901234567890123456789");
	EXPECT_REFUSED(-EINVAL, &self->g.link, &request);
}

TEST_F(netlink, values_out_of_range)
{
	static const struct {
		uint8_t command;
		uint16_t attribute;
		uint32_t value;
	} rows[] = {
		{ CTGUARD_CMD_MODE_SET, CTGUARD_A_MODE, 2 },
		{ CTGUARD_CMD_MODE_SET, CTGUARD_A_MODE, -1 },
		{ CTGUARD_CMD_TRIAL_END, CTGUARD_A_FLAGS, 0 },
		{ CTGUARD_CMD_TRIAL_END, CTGUARD_A_FLAGS, 3 },
		{ CTGUARD_CMD_EXPLAIN, CTGUARD_A_OPERATION, 0 },
		{ CTGUARD_CMD_EXPLAIN, CTGUARD_A_OPERATION,
		  CTGUARD_OP_MAX + 1 },
		{ CTGUARD_CMD_EXPLAIN, CTGUARD_A_ACCESS, 0 },
		{ CTGUARD_CMD_EXPLAIN, CTGUARD_A_ACCESS, 8 },
		{ CTGUARD_CMD_EXPLAIN, CTGUARD_A_DEV_TYPE, 0 },
		{ CTGUARD_CMD_EXPLAIN, CTGUARD_A_DEV_TYPE, 3 },
		{ CTGUARD_CMD_POLICY_COMMIT, CTGUARD_A_TRIAL, 0 },
		{ CTGUARD_CMD_POLICY_COMMIT, CTGUARD_A_TRIAL,
		  CTGUARD_TRIAL_MAX_MS + 1 },
		{ CTGUARD_CMD_MODE_SET, CTGUARD_A_TRIAL, 0 },
	};
	struct request request;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		request_begin(&request, &self->g.link, rows[i].command,
			      NLM_F_ACK);
		request_u32(&request, rows[i].attribute, rows[i].value);
		EXPECT_REFUSED(-ERANGE, &self->g.link, &request);
		EXPECT_NE(0, self->g.link.offset);
	}
}

TEST_F(netlink, trailing_bytes)
{
	struct request request;

	request_begin(&request, &self->g.link, CTGUARD_CMD_MODE_SET, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_MODE, CTGUARD_MODE_COMPLAIN);
	memset(request.data + request.size, 0, 4);
	request.data[request.size] = 1;
	request.size += 3;
	EXPECT_REFUSED(-EINVAL, &self->g.link, &request);
	/* An attribute that says it is longer than the message. */
	request_begin(&request, &self->g.link, CTGUARD_CMD_MODE_SET, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_MODE, CTGUARD_MODE_COMPLAIN);
	((struct nlattr *)(request.data + HEADERS))->nla_len = 200;
	EXPECT_REFUSED(-EINVAL, &self->g.link, &request);
	/* A nest where a number is due. */
	request_begin(&request, &self->g.link, CTGUARD_CMD_MODE_SET, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_MODE | NLA_F_NESTED,
		    CTGUARD_MODE_COMPLAIN);
	EXPECT_REFUSED(-EINVAL, &self->g.link, &request);
}

TEST_F(netlink, headers_cut_short)
{
	struct request request;
	struct status status;
	size_t size;

	/* Nothing answers what is no message; the next one works. */
	for (size = 1; size < HEADERS; size++) {
		request_begin(&request, &self->g.link, CTGUARD_CMD_STATUS_GET,
			      0);
		((struct nlmsghdr *)request.data)->nlmsg_len = size;
		ASSERT_LT(0, send(self->g.link.fd, request.data, size, 0));
	}
	link_close(&self->g.link);
	ASSERT_EQ(0, link_open(&self->g.link));
	EXPECT_EQ(0, guard_status(&self->g.link, &status));
}

/* Random messages: errors, and nothing else. */
TEST_F(netlink, noise)
{
	struct request request;
	struct status status;
	unsigned int seed = 1, i, j;

	for (i = 0; i < 3000; i++) {
		uint8_t command = 1 + rand_r(&seed) % CTGUARD_CMD_MAX;

		if (command == CTGUARD_CMD_MODE_SET ||
		    command == CTGUARD_CMD_BIND)
			continue;
		request_begin(&request, &self->g.link, command, NLM_F_ACK);
		for (j = rand_r(&seed) % 5; j; j--) {
			uint8_t noise[64];
			size_t k, size = rand_r(&seed) % sizeof(noise);

			for (k = 0; k < size; k++)
				noise[k] = rand_r(&seed);
			request_put(&request,
				    rand_r(&seed) % (CTGUARD_A_MAX + 3), noise,
				    size);
		}
		for (j = rand_r(&seed) % 3; j && request.size > HEADERS; j--)
			request.data[HEADERS +
				     rand_r(&seed) % (request.size - HEADERS)] =
				rand_r(&seed);
		EXPECT_NE(-ETIMEDOUT, ask_error(&self->g.link, &request));
	}
	EXPECT_EQ(0, guard_status(&self->g.link, &status));
}

/* Uploads */

static struct sketch small(void)
{
	return (struct sketch){
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { .name = "one",
				.fs = "sysfs",
				.allow = { "/kernel/**" },
				.autoload = { "x*" } } },
		.namespaces = { NONE, NONE, NONE },
		.cgroups = { "/docker/{id}" },
	};
}

static int begin(struct link *link, uint32_t size)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_POLICY_BEGIN, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_POLICY_SIZE, size);
	return ask_error(link, &request);
}

static int data(struct link *link, uint32_t offset, const void *bytes,
		size_t size)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_POLICY_DATA, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_POLICY_OFFSET, offset);
	request_put(&request, CTGUARD_A_POLICY_DATA, bytes, size);
	return ask_error(link, &request);
}

static int commit(struct link *link, const struct blob *blob)
{
	uint8_t digest[CTGUARD_SHA256_SIZE];
	struct request request;

	guard_sha256(blob, digest);
	request_begin(&request, link, CTGUARD_CMD_POLICY_COMMIT, NLM_F_ACK);
	request_put(&request, CTGUARD_A_POLICY_SHA256, digest, sizeof(digest));
	return ask_error(link, &request);
}

#define EXPECT_ERROR(error, call)                       \
	do {                                            \
		EXPECT_EQ(error, call);                 \
		EXPECT_STRNE("", self->g.link.message); \
	} while (0)

TEST_F(netlink, uploads_out_of_order)
{
	static const uint8_t bytes[32];
	struct sketch s = small();
	struct blob blob, half;

	blob_make(&s, &blob);
	half = blob;
	half.size = blob.size / 2;
	EXPECT_ERROR(-ENOENT, data(&self->g.link, 0, bytes, 4));
	EXPECT_ERROR(-ENOENT, commit(&self->g.link, &blob));
	EXPECT_ERROR(-E2BIG, begin(&self->g.link, CTGUARD_POLICY_MAX_SIZE + 1));
	EXPECT_EQ(0, begin(&self->g.link, blob.size));
	EXPECT_ERROR(-ESPIPE, data(&self->g.link, 4, bytes, 4));
	EXPECT_EQ(0, data(&self->g.link, 0, blob.data, half.size));
	EXPECT_ERROR(-ESPIPE, data(&self->g.link, 0, blob.data, half.size));
	EXPECT_ERROR(-ENODATA, commit(&self->g.link, &half));
	/* A failed commit ends the upload. */
	EXPECT_ERROR(-ENOENT, data(&self->g.link, half.size, bytes, 4));
	EXPECT_EQ(0, begin(&self->g.link, 16));
	EXPECT_ERROR(-EMSGSIZE, data(&self->g.link, 0, bytes, 17));
	EXPECT_EQ(0, data(&self->g.link, 0, bytes, 16));
	EXPECT_ERROR(-EMSGSIZE, data(&self->g.link, 16, bytes, 1));
	EXPECT_ERROR(-EBADMSG, commit(&self->g.link, &blob));
	blob_free(&blob);
}

TEST_F(netlink, a_piece_that_is_too_big)
{
	static uint8_t bytes[CTGUARD_POLICY_CHUNK + 1];

	EXPECT_EQ(0, begin(&self->g.link, 2 * sizeof(bytes)));
	EXPECT_ERROR(-ERANGE, data(&self->g.link, 0, bytes, sizeof(bytes)));
	EXPECT_EQ(0, data(&self->g.link, 0, bytes, sizeof(bytes) - 1));
}

TEST_F(netlink, a_second_begin_begins_anew)
{
	static const uint8_t bytes[32];

	EXPECT_EQ(0, begin(&self->g.link, 64));
	EXPECT_EQ(0, data(&self->g.link, 0, bytes, 32));
	EXPECT_EQ(0, begin(&self->g.link, 64));
	EXPECT_EQ(0, data(&self->g.link, 0, bytes, 32));
}

TEST_F(netlink, uploads_at_a_time)
{
	struct link links[8];
	static const uint8_t bytes[4];
	unsigned int i, open = 0;
	int r = 0;

	for (i = 0; i < ARRAY_SIZE(links); i++) {
		ASSERT_EQ(0, link_open(&links[i]));
		r = begin(&links[i], 1000);
		if (!r)
			open++;
		else
			EXPECT_EQ(-EBUSY, r);
	}
	EXPECT_EQ(-EBUSY, r);
	EXPECT_STRNE("", links[7].message);
	EXPECT_LE(2, open);
	/* Each goes on by itself, */
	for (i = 0; i < open; i++)
		EXPECT_EQ(0, data(&links[i], 0, bytes, 4));
	/* and ends with its socket. */
	link_close(&links[0]);
	for (i = 0; i < 50 && begin(&links[7], 1000); i++)
		usleep(20000);
	EXPECT_EQ(0, data(&links[7], 0, bytes, 4));
	for (i = 1; i < ARRAY_SIZE(links); i++)
		link_close(&links[i]);
}

/* The number of a socket that is gone may be another's later. */
TEST_F(netlink, an_upload_ends_with_its_socket)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t size = sizeof(address);
	static const uint8_t bytes[4];
	struct link link;
	unsigned int i;

	ASSERT_EQ(0, link_open(&link));
	ASSERT_EQ(0, getsockname(link.fd, (void *)&address, &size));
	EXPECT_EQ(0, begin(&link, 1000));
	EXPECT_EQ(0, data(&link, 0, bytes, 4));
	link_close(&link);
	for (i = 0; i < 50; i++) {
		usleep(20000);
		ASSERT_EQ(0, link_open(&link));
		close(link.fd);
		link.fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
		if (!bind(link.fd, (void *)&address, sizeof(address)))
			break;
		link_close(&link);
	}
	ASSERT_LE(0, link.fd);
	EXPECT_EQ(-ENOENT, data(&link, 4, bytes, 4));
	link_close(&link);
}

static int upload_act(const void *blob)
{
	struct link link;
	int i, r = 0;

	if (link_open(&link))
		return EBADF;
	for (i = 0; i < 20 && !r; i++)
		r = guard_push(&link, blob, 0);
	return -r;
}

TEST_F(netlink, concurrent_uploads)
{
	struct sketch s[2] = { small(), small() };
	struct blob saved, blob[2];
	struct status status;
	uint8_t digest[2][CTGUARD_SHA256_SIZE];
	pid_t pid[2];
	int i;

	ASSERT_EQ(0, guard_pull(&self->g.link, &saved));
	s[1].profiles[0].allow[0] = "/other/**";
	for (i = 0; i < 2; i++) {
		blob_make(&s[i], &blob[i]);
		guard_sha256(&blob[i], digest[i]);
		pid[i] = box_start(NULL, 0, upload_act, &blob[i]);
	}
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, box_wait(pid[i]));
	ASSERT_EQ(0, guard_status(&self->g.link, &status));
	EXPECT_TRUE(!memcmp(digest[0], status.sha256, sizeof(digest[0])) ||
		    !memcmp(digest[1], status.sha256, sizeof(digest[1])));
	EXPECT_EQ(self->before.generation + 40, status.generation);
	EXPECT_EQ(0, guard_push(&self->g.link, &saved, 0));
	self->before.generation += 41;
	for (i = 0; i < 2; i++)
		blob_free(&blob[i]);
	blob_free(&saved);
}

/* Policies that are none */

/* Uploads and commits; the parser's offset is the cookie. */
static int try_blob(struct link *link, const struct blob *blob)
{
	return guard_push(link, blob, 0);
}

#define EXPECT_BAD(error, blob)                                  \
	do {                                                     \
		EXPECT_EQ(error, try_blob(&self->g.link, blob)); \
		EXPECT_STRNE("", self->g.link.message);          \
	} while (0)

TEST_F(netlink, policies_cut_short)
{
	struct sketch s = small();
	struct blob blob, cut;
	size_t size;

	/* What ends in something optional is whole without it. */
	s.cgroups[0] = NULL;
	blob_make(&s, &blob);
	for (size = 0; size < blob.size; size++) {
		cut = blob;
		cut.size = size;
		EXPECT_BAD(-EBADMSG, &cut);
		/* And with a header that agrees. */
		if (size < sizeof(struct ctguard_policy_header))
			continue;
		blob_finish(&cut);
		EXPECT_BAD(-EBADMSG, &cut);
		blob_finish(&blob);
	}
	blob_free(&blob);
}

/* Every byte changed to something else: an error, or another policy. */
TEST_F_TIMEOUT(netlink, policies_with_a_changed_byte, 120)
{
	static const uint8_t values[] = { 0, 0xff };
	struct sketch s = small();
	struct blob saved, blob;
	size_t at;
	unsigned int i, refused = 0;
	int r;

	ASSERT_EQ(0, guard_pull(&self->g.link, &saved));
	blob_make(&s, &blob);
	for (at = 0; at < blob.size; at++) {
		uint8_t byte = blob.data[at];

		for (i = 0; i < ARRAY_SIZE(values); i++) {
			if (byte == values[i])
				continue;
			blob.data[at] = values[i];
			r = try_blob(&self->g.link, &blob);
			if (r) {
				refused++;
				EXPECT_STRNE("", self->g.link.message);
				EXPECT_GE(blob.size, self->g.link.cookie);
			} else {
				self->before.generation += 1;
			}
		}
		blob.data[at] = byte;
	}
	EXPECT_LT(blob.size, refused);
	EXPECT_EQ(0, guard_push(&self->g.link, &saved, 0));
	self->before.generation += 1;
	blob_free(&blob);
	blob_free(&saved);
}

TEST_F(netlink, policies_of_another_time)
{
	struct sketch s = small();
	struct ctguard_policy_header *header;
	struct blob blob;

	blob_make(&s, &blob);
	header = (void *)blob.data;
	header->version = 2;
	EXPECT_BAD(-EPROTONOSUPPORT, &blob);
	header->version = 0;
	EXPECT_BAD(-EPROTONOSUPPORT, &blob);
	header->version = 1;
	header->magic[0] = 'X';
	EXPECT_BAD(-EBADMSG, &blob);
	blob_finish(&blob);
	blob_u32(&blob, 0x77, 1);
	blob_finish(&blob);
	EXPECT_BAD(-EINVAL, &blob);
	EXPECT_NE(0, self->g.link.cookie);
	blob_free(&blob);
}

TEST_F(netlink, policies_that_say_nonsense)
{
	const struct {
		const char *what;
		struct sketch sketch;
		int error;
	} rows[] = {
		{ "unknown mode",
		  { .mode = 2,
		    .profiles = { { "one" } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "unknown profile flag",
		  { .profiles = { { "one", 2 } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "unknown group flag",
		  { .profiles = { { "one", .group = { 32 } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "module flag of a device group",
		  { .profiles = { { "one", .group = { 0, 4 } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "unrestricted group with a rule",
		  { .profiles = { { "one",
				    .group = { CTGUARD_GROUP_UNRESTRICTED },
				    .autoload = { "x" } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "unrestricted group that complains",
		  { .profiles = { { "one",
				    .group = { CTGUARD_GROUP_UNRESTRICTED |
					       CTGUARD_GROUP_COMPLAIN } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "profile that is not used",
		  { .profiles = { { "one" }, { "two" } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "profile twice",
		  { .profiles = { { "one" }, { "one" } },
		    .namespaces = { 1, NONE, NONE } },
		  -EEXIST },
		{ "no profile",
		  { .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "profile of a namespace that is not there",
		  { .profiles = { { "one" } },
		    .namespaces = { 1, NONE, NONE } },
		  -EINVAL },
		{ "name with a slash",
		  { .profiles = { { "one/two" } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "empty name",
		  { .profiles = { { "" } },
		    .namespaces = { NONE, NONE, NONE } },
		  -ENAMETOOLONG },
		{ "long name",
		  { .profiles = { { "0123456789012345678901234567890123456789012345678901234567890123" } },
		    .namespaces = { NONE, NONE, NONE } },
		  -ENAMETOOLONG },
		{ "path that does not begin with a slash",
		  { .profiles = { { "one", .fs = "proc", .allow = { "x" } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "two conditions",
		  { .profiles = { { "one", .fs = "proc", .allow = { "/x" },
				    .when = 3 } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "unknown condition",
		  { .profiles = { { "one", .fs = "proc", .allow = { "/x" },
				    .when = 32 } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "empty pattern",
		  { .profiles = { { "one", .autoload = { "" } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "control character",
		  { .profiles = { { "one", .autoload = { "x\ny" } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "device without access",
		  { .profiles = { { "one", .devices = { { CTGUARD_DEV_CHAR, 8,
							  0, 1, 1 } } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "device of an unknown type",
		  { .profiles = { { "one", .devices = { { 3, 2, 0, 1, 1 } } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "device of all majors and one minor",
		  { .profiles = { { "one",
				    .devices = { { CTGUARD_DEV_CHAR, 2, 0,
						   CTGUARD_DEV_ALL, 1 } } } },
		    .namespaces = { NONE, NONE, NONE } },
		  -EINVAL },
		{ "bind to a profile that is not there",
		  { .profiles = { { "one" } },
		    .namespaces = { NONE, NONE, NONE },
		    .binds = { "/x" },
		    .bound = { 7 } },
		  -EINVAL },
	};
	struct blob blob;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		blob_make(&rows[i].sketch, &blob);
		EXPECT_EQ(rows[i].error, try_blob(&self->g.link, &blob))
		{
			TH_LOG("%s: %s", rows[i].what, self->g.link.message);
		}
		EXPECT_STRNE("", self->g.link.message);
		blob_free(&blob);
	}
}

/* Dumps */

#define MANY 1000

struct dump {
	unsigned int named; /* of ours */
	uint8_t seen[MANY];
};

static void count_many(const struct container *c, void *context)
{
	struct dump *d = context;
	unsigned int i;

	if (sscanf(c->path, "/ks-many/%u", &i) == 1 && i < MANY) {
		d->named++;
		d->seen[i]++;
	}
}

static int make_many(struct guarded *g, unsigned int from, unsigned int to)
{
	char path[600];
	struct stat st;
	unsigned int i;

	for (i = from; i < to; i++) {
		snprintf(path, sizeof(path), "%s/ks-many/%u", box_root(), i);
		if (mkdir(path, 0755) || stat(path, &st) ||
		    guard_bind(&g->link, st.st_ino, NULL))
			return errno ?: EIO;
	}
	return 0;
}

static void remove_many(void)
{
	char path[600];
	unsigned int i;

	for (i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "%s/ks-many/%u", box_root(), i);
		rmdir(path);
	}
	snprintf(path, sizeof(path), "%s/ks-many", box_root());
	rmdir(path);
}

TEST_F_TIMEOUT(netlink, dump_of_many_containers, 120)
{
	static struct dump d;
	struct box many;
	unsigned int i;
	int r;

	ASSERT_EQ(0, box_make(&many, "/ks-many"));
	r = make_many(&self->g, 0, MANY);
	if (!r)
		r = guard_each(&self->g.link, count_many, &d);
	remove_many();
	EXPECT_EQ(0, r);
	EXPECT_EQ(MANY, d.named);
	for (i = 0; i < MANY; i++)
		EXPECT_EQ(1, d.seen[i]);
}

/* A table that changes under a dump: it says so, or it is whole. */
TEST_F_TIMEOUT(netlink, dump_while_containers_come_and_go, 120)
{
	static struct dump d;
	unsigned int i, torn = 0, whole = 0;
	struct box many;
	pid_t pid;
	int r = 0;

	ASSERT_EQ(0, box_make(&many, "/ks-many"));
	ASSERT_EQ(0, make_many(&self->g, 0, MANY / 2));
	pid = fork();
	if (!pid) {
		struct guarded g = {};
		char path[600];

		if (link_open(&g.link))
			_exit(1);
		for (;;) {
			make_many(&g, MANY / 2, MANY / 2 + 20);
			for (i = MANY / 2; i < MANY / 2 + 20; i++) {
				snprintf(path, sizeof(path), "%s/ks-many/%u",
					 box_root(), i);
				rmdir(path);
			}
		}
	}
	for (i = 0; i < 60; i++) {
		unsigned int j, missing = 0;

		memset(&d, 0, sizeof(d));
		r = guard_each(&self->g.link, count_many, &d);
		if (r == -EINTR) {
			torn++;
			continue;
		}
		EXPECT_EQ(0, r);
		whole++;
		for (j = 0; j < MANY / 2; j++)
			missing += d.seen[j] != 1;
		EXPECT_EQ(0, missing);
	}
	TH_LOG("%u dumps whole, %u told that they are not", whole, torn);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	remove_many();
}

TEST_HARNESS_MAIN
