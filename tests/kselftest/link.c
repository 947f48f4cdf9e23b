// SPDX-License-Identifier: GPL-2.0
/* Messages to the family and from it, byte by byte. */
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>

#define HEADERS (NLMSG_HDRLEN + GENL_HDRLEN)

static uint32_t word(const void *data)
{
	uint32_t value;

	memcpy(&value, data, sizeof(value));
	return value;
}

/** attributes_parse - of a message behind its headers, or of a nest */
void attributes_parse(struct attributes *ret, const void *data, size_t size)
{
	const uint8_t *at = data;

	memset(ret, 0, sizeof(*ret));
	while (size >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)at;
		size_t step = NLA_ALIGN(a->nla_len);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > size)
			return;
		if ((a->nla_type & NLA_TYPE_MASK) <= CTGUARD_A_MAX)
			ret->at[a->nla_type & NLA_TYPE_MASK] = a;
		if (step > size)
			return;
		at += step;
		size -= step;
	}
}

const void *attribute_data(const struct attributes *attributes, int attribute)
{
	const struct nlattr *a = attributes->at[attribute];

	return a ? (const uint8_t *)a + NLA_HDRLEN : NULL;
}

size_t attribute_size(const struct attributes *attributes, int attribute)
{
	const struct nlattr *a = attributes->at[attribute];

	return a ? a->nla_len - NLA_HDRLEN : 0;
}

/** attribute_u32 - 0 when it is not there */
uint32_t attribute_u32(const struct attributes *attributes, int attribute)
{
	return attribute_size(attributes, attribute) == sizeof(uint32_t) ?
		       word(attribute_data(attributes, attribute)) :
		       0;
}

/** attribute_u64 - 0 when it is not there */
uint64_t attribute_u64(const struct attributes *attributes, int attribute)
{
	uint64_t value = 0;

	if (attribute_size(attributes, attribute) == sizeof(value))
		memcpy(&value, attribute_data(attributes, attribute),
		       sizeof(value));
	return value;
}

/** attribute_string - cut to @size; "" when it is not there */
void attribute_string(const struct attributes *attributes, int attribute,
		      char *ret, size_t size)
{
	size_t length = attribute_size(attributes, attribute);

	if (length >= size)
		length = size - 1;
	if (length)
		memcpy(ret, attribute_data(attributes, attribute), length);
	ret[length] = 0;
}

/** request_begin - a request without attributes */
void request_begin(struct request *request, const struct link *link,
		   uint8_t command, uint16_t flags)
{
	struct nlmsghdr *header = (void *)request->data;
	struct genlmsghdr *genl = (void *)(request->data + NLMSG_HDRLEN);

	memset(request->data, 0, HEADERS);
	header->nlmsg_type = link->family;
	header->nlmsg_flags = NLM_F_REQUEST | flags;
	genl->cmd = command;
	genl->version = CTGUARD_GENL_VERSION;
	request->size = HEADERS;
}

/** request_put - one attribute */
void request_put(struct request *request, uint16_t attribute, const void *data,
		 size_t size)
{
	struct nlattr *a = (void *)(request->data + request->size);

	memset(a, 0, NLA_HDRLEN + NLA_ALIGN(size));
	a->nla_type = attribute;
	a->nla_len = NLA_HDRLEN + size;
	if (size)
		memcpy((uint8_t *)a + NLA_HDRLEN, data, size);
	request->size += NLA_HDRLEN + NLA_ALIGN(size);
}

void request_u32(struct request *request, uint16_t attribute, uint32_t value)
{
	request_put(request, attribute, &value, sizeof(value));
}

void request_u64(struct request *request, uint16_t attribute, uint64_t value)
{
	request_put(request, attribute, &value, sizeof(value));
}

void request_string(struct request *request, uint16_t attribute,
		    const char *value)
{
	request_put(request, attribute, value, strlen(value) + 1);
}

/** request_nest - begin a nest; give what it returns to the end */
size_t request_nest(struct request *request, uint16_t attribute)
{
	size_t nest = request->size;

	request_put(request, attribute | NLA_F_NESTED, NULL, 0);
	return nest;
}

void request_nest_end(struct request *request, size_t nest)
{
	struct nlattr *a = (void *)(request->data + nest);

	a->nla_len = request->size - nest;
}

/** link_send - only send; 0 or an errno below 0 */
int link_send(struct link *link, struct request *request)
{
	struct nlmsghdr *header = (void *)request->data;

	header->nlmsg_len = request->size;
	header->nlmsg_seq = ++link->seq;
	if (send(link->fd, request->data, request->size, 0) < 0)
		return -errno;
	return 0;
}

/* What an acknowledgement says besides its errno. */
static void read_ack(struct link *link, const struct nlmsghdr *header)
{
	const struct nlmsgerr *error = NLMSG_DATA(header);
	size_t at = NLMSG_HDRLEN + sizeof(*error);

	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		at += error->msg.nlmsg_len - NLMSG_HDRLEN;
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	at = NLMSG_ALIGN(at);
	while (at + NLA_HDRLEN <= header->nlmsg_len) {
		const struct nlattr *a =
			(const void *)((const char *)header + at);
		const char *value = (const char *)a + NLA_HDRLEN;

		if (a->nla_len < NLA_HDRLEN)
			return;
		switch (a->nla_type & NLA_TYPE_MASK) {
		case NLMSGERR_ATTR_MSG:
			strncpy(link->message, value,
				sizeof(link->message) - 1);
			break;
		case NLMSGERR_ATTR_OFFS:
			link->offset = word(value);
			break;
		case NLMSGERR_ATTR_COOKIE:
			if (a->nla_len == NLA_HDRLEN + sizeof(link->cookie))
				memcpy(&link->cookie, value,
				       sizeof(link->cookie));
			break;
		}
		at += NLA_ALIGN(a->nla_len);
	}
}

/**
 * link_receive - answers to the last request, to the end
 *
 * Return: 0 or the errno of the acknowledgement, below 0; -EINTR when a dump
 * says that it is not consistent.
 */
int link_receive(struct link *link, answer_handler *handler, void *context)
{
	static _Alignas(8) uint8_t buffer[64 * 1024];
	bool torn = false;

	memset(link->message, 0, sizeof(link->message));
	link->cookie = 0;
	link->offset = 0;
	for (;;) {
		struct nlmsghdr *header = (void *)buffer;
		struct pollfd wait = { .fd = link->fd, .events = POLLIN };
		ssize_t size;
		int left;

		if (poll(&wait, 1, 20000) != 1)
			return -ETIMEDOUT;
		size = recv(link->fd, buffer, sizeof(buffer), 0);
		if (size < 0)
			return -errno;
		left = size;
		for (; NLMSG_OK(header, left);
		     header = NLMSG_NEXT(header, left)) {
			struct attributes attributes;
			int r = 0;

			if (header->nlmsg_seq != link->seq)
				continue;
			if (header->nlmsg_flags & NLM_F_DUMP_INTR)
				torn = true;
			if (header->nlmsg_type == NLMSG_ERROR) {
				read_ack(link, header);
				return *(int *)NLMSG_DATA(header);
			}
			if (header->nlmsg_type == NLMSG_DONE) {
				r = *(int *)NLMSG_DATA(header);
				return r < 0 ? r : torn ? -EINTR : 0;
			}
			attributes_parse(&attributes, (char *)header + HEADERS,
					 header->nlmsg_len - HEADERS);
			if (handler)
				r = handler(&attributes, context);
			if (r < 0)
				return r;
		}
	}
}

/** link_do - a request and its answers */
int link_do(struct link *link, struct request *request, answer_handler *handler,
	    void *context)
{
	int r;

	r = link_send(link, request);
	return r ?: link_receive(link, handler, context);
}

/* Waits for a datagram: 1, 0 (nothing came), or an errno below 0. */
static int next_datagram(struct link *link, int timeout_ms)
{
	struct pollfd wait = { .fd = link->fd, .events = POLLIN };
	ssize_t length;

	if (poll(&wait, 1, timeout_ms) != 1)
		return 0;
	length = recv(link->fd, link->datagram, sizeof(link->datagram), 0);
	if (length < 0)
		return -errno;
	link->next = 0;
	link->left = length;
	return 1;
}

/**
 * link_read - one multicast message; what it tells of stays until the next
 *
 * Return: 1, 0 (nothing came), or an errno below 0.
 */
int link_read(struct link *link, int timeout_ms, struct attributes *attributes)
{
	const struct nlmsghdr *header;
	size_t step;
	int r;

	if (!link->left) {
		r = next_datagram(link, timeout_ms);
		if (r != 1)
			return r;
	}
	header = (const void *)(link->datagram + link->next);
	if (!NLMSG_OK(header, link->left) || header->nlmsg_len < HEADERS ||
	    header->nlmsg_type != link->family) {
		link->left = 0;
		return -EBADMSG;
	}
	attributes_parse(attributes, (const char *)header + HEADERS,
			 header->nlmsg_len - HEADERS);
	step = NLMSG_ALIGN(header->nlmsg_len);
	if (step > link->left)
		step = link->left;
	link->next += step;
	link->left -= step;
	return 1;
}

/** link_open_raw - a socket that knows no family */
int link_open_raw(struct link *link)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int on = 1, size = 4 << 20;

	memset(link, 0, sizeof(*link));
	link->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (link->fd < 0)
		return -errno;
	if (bind(link->fd, (void *)&address, sizeof(address)))
		return -errno;
	setsockopt(link->fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(link->fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on,
		   sizeof(on));
	setsockopt(link->fd, SOL_NETLINK, NETLINK_BROADCAST_ERROR, &on,
		   sizeof(on));
	setsockopt(link->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return 0;
}

/* Attributes of the controller, whose numbers are other ones. */
static const struct nlattr *find(const void *data, size_t size, int type)
{
	const uint8_t *at = data;

	while (size >= NLA_HDRLEN) {
		const struct nlattr *a = (const void *)at;
		size_t step = NLA_ALIGN(a->nla_len);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > size)
			return NULL;
		if ((a->nla_type & NLA_TYPE_MASK) == type)
			return a;
		if (step > size)
			return NULL;
		at += step;
		size -= step;
	}
	return NULL;
}

static const struct nlattr *find_in(const struct nlattr *nest, int type)
{
	return nest ? find((const char *)nest + NLA_HDRLEN,
			   nest->nla_len - NLA_HDRLEN, type) :
		      NULL;
}

/**
 * link_open - a socket that knows the family
 *
 * Return: 0, or an errno below 0: -ENOENT when the module is not loaded.
 */
int link_open(struct link *link)
{
	_Alignas(8) uint8_t buffer[4096];
	const struct nlmsghdr *header = (void *)buffer;
	const struct nlattr *a;
	struct request request;
	ssize_t size;
	int r;

	r = link_open_raw(link);
	if (r)
		return r;
	link->family = GENL_ID_CTRL;
	request_begin(&request, link, CTRL_CMD_GETFAMILY, 0);
	request_string(&request, CTRL_ATTR_FAMILY_NAME, CTGUARD_GENL_NAME);
	r = link_send(link, &request);
	if (r)
		goto close;
	size = recv(link->fd, buffer, sizeof(buffer), 0);
	r = -errno;
	if (size < 0)
		goto close;
	r = -ENOENT;
	if (header->nlmsg_type == NLMSG_ERROR)
		goto close;
	a = find(buffer + HEADERS, size - HEADERS, CTRL_ATTR_FAMILY_ID);
	if (!a)
		goto close;
	memcpy(&link->family, (const char *)a + NLA_HDRLEN, 2);
	/* The groups, the first of them, its number. */
	a = find(buffer + HEADERS, size - HEADERS, CTRL_ATTR_MCAST_GROUPS);
	a = find_in(find_in(a, 1), CTRL_ATTR_MCAST_GRP_ID);
	if (a)
		link->group = word((const char *)a + NLA_HDRLEN);
	return 0;

close:
	link_close(link);
	return r;
}

void link_close(struct link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

/** link_join - the events' group; 0 or an errno below 0 */
int link_join(struct link *link)
{
	return setsockopt(link->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
			  &link->group, sizeof(link->group)) ?
		       -errno :
		       0;
}
