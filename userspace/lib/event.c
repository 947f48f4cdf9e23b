// SPDX-License-Identifier: GPL-2.0
/*
 * Events of the kernel module. They are received without libnl's loop, whose
 * errors do not tell a full socket from a lack of memory.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "error.h"
#include "event.h"
#include "link_private.h"

#define BUFFER (8 << 20)

/** ctguard_event_has() - whether the event came with @attribute */
bool ctguard_event_has(const struct ctguard_event *event,
		       enum ctguard_attr attribute)
{
	return event->has[attribute / 64] >> attribute % 64 & 1;
}

static uint32_t u32(struct nlattr *const *attributes, enum ctguard_attr type)
{
	return attributes[type] ? nla_get_u32(attributes[type]) : 0;
}

static uint64_t u64(struct nlattr *const *attributes, enum ctguard_attr type)
{
	return attributes[type] ? nla_get_u64(attributes[type]) : 0;
}

static const char *string(struct nlattr *const *attributes,
			  enum ctguard_attr type)
{
	return attributes[type] ? nla_get_string(attributes[type]) : NULL;
}

static void fill(struct nlattr *const *attributes, struct ctguard_event *event)
{
	const struct nlattr *object = attributes[CTGUARD_A_OBJECT];
	const struct nlattr *digest = attributes[CTGUARD_A_POLICY_SHA256];
	const struct nlattr *config = attributes[CTGUARD_A_CONFIG];
	const struct nlattr *manifest = attributes[CTGUARD_A_MANIFEST];

	*event = (struct ctguard_event){
		.kind = u32(attributes, CTGUARD_A_EVENT_KIND),
		.seq = u64(attributes, CTGUARD_A_SEQ),
		.cpu = u32(attributes, CTGUARD_A_CPU),
		.time = u64(attributes, CTGUARD_A_TIME),
		.verdict = u32(attributes, CTGUARD_A_VERDICT),
		.operation = u32(attributes, CTGUARD_A_OPERATION),
		.rule = u32(attributes, CTGUARD_A_RULE),
		.object = object ? nla_data(object) : NULL,
		.object_size = object ? (size_t)nla_len(object) : 0,
		.object_truncated = attributes[CTGUARD_A_OBJECT_TRUNCATED],
		.fs = string(attributes, CTGUARD_A_FS),
		.dev_type = u32(attributes, CTGUARD_A_DEV_TYPE),
		.major = u32(attributes, CTGUARD_A_DEV_MAJOR),
		.minor = u32(attributes, CTGUARD_A_DEV_MINOR),
		.access = u32(attributes, CTGUARD_A_ACCESS),
		.hook_hit = string(attributes, CTGUARD_A_HOOK_NAME_HIT),
		.cgroup_id = u64(attributes, CTGUARD_A_CGROUP_ID),
		.cgroup = string(attributes, CTGUARD_A_CGROUP_PATH),
		.profile = string(attributes, CTGUARD_A_PROFILE),
		.pid = u32(attributes, CTGUARD_A_PID),
		.tgid = u32(attributes, CTGUARD_A_TGID),
		.uid = u32(attributes, CTGUARD_A_UID),
		.auid = u32(attributes, CTGUARD_A_AUID),
		.session = u32(attributes, CTGUARD_A_SESSION),
		.comm = string(attributes, CTGUARD_A_COMM),
		.count = u64(attributes, CTGUARD_A_COUNT),
		.first_seq = u64(attributes, CTGUARD_A_FIRST_SEQ),
		.lost_cpu = u32(attributes, CTGUARD_A_LOST_CPU),
		.first_cpu = u32(attributes, CTGUARD_A_FIRST_CPU),
		.first = attributes[CTGUARD_A_FIRST],
		.generation = u64(attributes, CTGUARD_A_POLICY_GENERATION),
		.digest = digest ? nla_data(digest) : NULL,
		.mode = u32(attributes, CTGUARD_A_MODE),
		.hook = string(attributes, CTGUARD_A_HOOK_NAME),
		.hook_state = u32(attributes, CTGUARD_A_HOOK_STATE),
		.level = u32(attributes, CTGUARD_A_LEVEL),
		.reason = u32(attributes, CTGUARD_A_REASON),
		.config = config ? nla_data(config) : NULL,
		.manifest = manifest ? nla_data(manifest) : NULL,
	};
	for (unsigned int i = 0; i <= CTGUARD_A_MAX; i++)
		if (attributes[i])
			event->has[i / 64] |= UINT64_C(1) << i % 64;
}

/**
 * ctguard_event_listen() - join the group of events
 * @link: to the kernel, not to be used for requests any more
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_event_listen(struct ctguard_link *link, struct ctguard_error *error)
{
	const int fd = nl_socket_get_fd(link->sock), size = BUFFER, on = 1;
	int group = genl_ctrl_resolve_grp(link->sock, CTGUARD_GENL_NAME,
					  CTGUARD_MCGRP_EVENTS);

	if (group < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "no events: %s", nl_geterror(group));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* So that the kernel tells a first denial again that did not fit. */
	setsockopt(fd, SOL_NETLINK, NETLINK_BROADCAST_ERROR, &on, sizeof(on));
	if (setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group,
		       sizeof(group)))
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, errno, "no events%s",
			errno == EPERM ?
				": they are for CAP_SYS_ADMIN in the initial user namespace, and never for a guarded container" :
				"");
	return 0;
}

/* Waits for input: 1, 0 after the time is over, or -1. */
static int wait_for(int fd, int timeout_ms, struct ctguard_error *error)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	int r = poll(&poll_fd, 1, timeout_ms);

	if (r < 0 && errno == EINTR)
		return 0;
	if (r < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "waiting for events");
	return r > 0;
}

/**
 * ctguard_event_receive() - take the next events
 * @link: that listens
 * @timeout_ms: how long to wait for one; -1 for ever
 * @handler: takes each
 * @context: for @handler
 * @error: set on failure; its code is ENOBUFS when the socket lost events,
 *	after which it goes on
 *
 * Return: 1, 0 when there was none in time or a signal came, or -1.
 */
int ctguard_event_receive(struct ctguard_link *link, int timeout_ms,
			  ctguard_event_handler *handler, void *context,
			  struct ctguard_error *error)
{
	static union {
		struct nlmsghdr header;
		char bytes[65536];
	} buffer;
	struct sockaddr_nl from = { 0 };
	struct iovec io = { &buffer, sizeof(buffer) };
	struct msghdr message = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &io,
		.msg_iovlen = 1,
	};
	struct nlattr *attributes[CTGUARD_A_MAX + 1];
	const int fd = nl_socket_get_fd(link->sock);
	struct nlmsghdr *header = &buffer.header;
	struct ctguard_event event;
	int r, rest;

	r = wait_for(fd, timeout_ms, error);
	if (r <= 0)
		return r;
	rest = (int)recvmsg(fd, &message, MSG_DONTWAIT);
	if (rest < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (rest < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "receiving events");
	if (from.nl_pid) /* not from the kernel */
		return 1;
	for (; nlmsg_ok(header, rest); header = nlmsg_next(header, &rest)) {
		const struct genlmsghdr *generic = nlmsg_data(header);

		if (header->nlmsg_type != link->family ||
		    nlmsg_datalen(header) < (int)sizeof(*generic) ||
		    generic->cmd != CTGUARD_CMD_EVENT ||
		    !ctguard_link_parse(header, attributes))
			continue;
		fill(attributes, &event);
		handler(&event, context);
	}
	return 1;
}
