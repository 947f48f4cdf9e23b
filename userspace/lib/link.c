// SPDX-License-Identifier: GPL-2.0
/*
 * A link to the kernel module: the socket, the exchange of messages and what
 * the kernel says when it refuses.
 *
 * libnl passes on the errno of a refusal and drops the text; the text is read
 * here from the attributes behind the error, see "struct nlmsgerr" in
 * <linux/netlink.h>. It also drops both when a dump fails on its way, where
 * they stand in the last message instead.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc.h"
#include "error.h"
#include "escape.h"
#include "link_private.h"

#define BUFFER (256 << 10)
#define ATTEMPTS 10

static struct nla_policy attributes_policy[CTGUARD_A_MAX + 1] = {
	[CTGUARD_A_ABI] = { .type = NLA_U32 },
	[CTGUARD_A_FEATURES] = { .type = NLA_U64 },
	[CTGUARD_A_VERSION] = { .type = NLA_STRING },
	[CTGUARD_A_STATE] = { .type = NLA_U32 },
	[CTGUARD_A_MODE] = { .type = NLA_U32 },
	[CTGUARD_A_POLICY_GENERATION] = { .type = NLA_U64 },
	[CTGUARD_A_POLICY_SHA256] = { .minlen = CTGUARD_SHA256_SIZE,
				      .maxlen = CTGUARD_SHA256_SIZE },
	[CTGUARD_A_POLICY_MODE] = { .type = NLA_U32 },
	[CTGUARD_A_POLICY_SIZE] = { .type = NLA_U32 },
	[CTGUARD_A_POLICY_OFFSET] = { .type = NLA_U32 },
	[CTGUARD_A_TRIAL] = { .type = NLA_U32 },
	[CTGUARD_A_TRIAL_LEFT] = { .type = NLA_U32 },
	[CTGUARD_A_FLAGS] = { .type = NLA_U32 },
	[CTGUARD_A_CONTAINERS] = { .type = NLA_U32 },
	[CTGUARD_A_EVENTS] = { .type = NLA_U64 },
	[CTGUARD_A_EVENTS_LOST] = { .type = NLA_U64 },
	[CTGUARD_A_HOOK_NAME] = { .type = NLA_STRING },
	[CTGUARD_A_HOOK_GROUP] = { .type = NLA_STRING },
	[CTGUARD_A_HOOK_STATE] = { .type = NLA_U32 },
	[CTGUARD_A_HOOK_REQUIRED] = { .type = NLA_FLAG },
	[CTGUARD_A_CGROUP_ID] = { .type = NLA_U64 },
	[CTGUARD_A_CGROUP_PATH] = { .type = NLA_STRING },
	[CTGUARD_A_PROFILE] = { .type = NLA_STRING },
	[CTGUARD_A_BOUND_BY] = { .type = NLA_U32 },
	[CTGUARD_A_CONTAINER_FLAGS] = { .type = NLA_U32 },
	[CTGUARD_A_COUNTER] = { .type = NLA_NESTED },
	[CTGUARD_A_OPERATION] = { .type = NLA_U32 },
	[CTGUARD_A_ALLOWED] = { .type = NLA_U64 },
	[CTGUARD_A_DENIED] = { .type = NLA_U64 },
	[CTGUARD_A_COMPLAINED] = { .type = NLA_U64 },
	[CTGUARD_A_EVENT_KIND] = { .type = NLA_U32 },
	[CTGUARD_A_SEQ] = { .type = NLA_U64 },
	[CTGUARD_A_CPU] = { .type = NLA_U32 },
	[CTGUARD_A_TIME] = { .type = NLA_U64 },
	[CTGUARD_A_VERDICT] = { .type = NLA_U32 },
	[CTGUARD_A_RULE] = { .type = NLA_U32 },
	[CTGUARD_A_OBJECT_TRUNCATED] = { .type = NLA_FLAG },
	[CTGUARD_A_FS] = { .type = NLA_STRING },
	[CTGUARD_A_DEV_TYPE] = { .type = NLA_U32 },
	[CTGUARD_A_DEV_MAJOR] = { .type = NLA_U32 },
	[CTGUARD_A_DEV_MINOR] = { .type = NLA_U32 },
	[CTGUARD_A_ACCESS] = { .type = NLA_U32 },
	[CTGUARD_A_HOOK_NAME_HIT] = { .type = NLA_STRING },
	[CTGUARD_A_PID] = { .type = NLA_U32 },
	[CTGUARD_A_TGID] = { .type = NLA_U32 },
	[CTGUARD_A_UID] = { .type = NLA_U32 },
	[CTGUARD_A_AUID] = { .type = NLA_U32 },
	[CTGUARD_A_SESSION] = { .type = NLA_U32 },
	[CTGUARD_A_COMM] = { .type = NLA_STRING },
	[CTGUARD_A_COUNT] = { .type = NLA_U64 },
	[CTGUARD_A_FIRST_SEQ] = { .type = NLA_U64 },
	[CTGUARD_A_FIRST] = { .type = NLA_FLAG },
	[CTGUARD_A_LOST_CPU] = { .type = NLA_U32 },
	[CTGUARD_A_FIRST_CPU] = { .type = NLA_U32 },
	[CTGUARD_A_TPM_STATE] = { .type = NLA_U32 },
	[CTGUARD_A_PCR] = { .type = NLA_U32 },
	[CTGUARD_A_LOG_FIRST] = { .type = NLA_U64 },
	[CTGUARD_A_LOG_NEXT] = { .type = NLA_U64 },
	[CTGUARD_A_LOG_BYTES] = { .type = NLA_U64 },
	[CTGUARD_A_LOG_FAILED] = { .type = NLA_U64 },
	[CTGUARD_A_PIDFD] = { .type = NLA_U32 },
	[CTGUARD_A_LEVEL] = { .type = NLA_U32 },
	[CTGUARD_A_CONFIG] = { .minlen = CTGUARD_SHA256_SIZE,
			       .maxlen = CTGUARD_SHA256_SIZE },
	[CTGUARD_A_MANIFEST] = { .minlen = CTGUARD_SHA256_SIZE,
				 .maxlen = CTGUARD_SHA256_SIZE },
	[CTGUARD_A_BUNDLE] = { .minlen = CTGUARD_SHA256_SIZE,
			       .maxlen = CTGUARD_SHA256_SIZE },
	[CTGUARD_A_ROOT_FD] = { .type = NLA_U32 },
	[CTGUARD_A_UPPER_FD] = { .type = NLA_U32 },
	[CTGUARD_A_REASON] = { .type = NLA_U32 },
	[CTGUARD_A_RECNUM] = { .type = NLA_U64 },
	[CTGUARD_A_PCR_VALUE] = { .minlen = 20, .maxlen = 64 },
	[CTGUARD_A_HOOK_OPEN] = { .type = NLA_STRING },
};

/* Where an exchange is. */
struct exchange {
	ctguard_link_handler *handler;
	void *context;
	bool done;
	bool interrupted; /* the dump is of two moments */
	bool senseless;
	int code;	/* errno, positive */
	char text[512]; /* of the extended ack */
	uint64_t offset; /* of the extended ack: where the policy is wrong, or 0 */
};

/* Takes the text out of the attributes at @at of a refusal. */
static void extended_ack(struct exchange *x, const struct nlmsghdr *header,
			 size_t at)
{
	const struct nlattr *attribute;
	char *text;
	int rest;

	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS) ||
	    NLMSG_ALIGN(at) >= header->nlmsg_len)
		return;
	attribute = (const void *)((const char *)header + NLMSG_ALIGN(at));
	rest = (int)(header->nlmsg_len - NLMSG_ALIGN(at));
	for (; nla_ok(attribute, rest);
	     attribute = nla_next(attribute, &rest)) {
		if (nla_type(attribute) == NLMSGERR_ATTR_COOKIE &&
		    nla_len(attribute) == sizeof(x->offset))
			memcpy(&x->offset, nla_data(attribute),
			       sizeof(x->offset));
		if (nla_type(attribute) != NLMSGERR_ATTR_MSG)
			continue;
		text = ctguard_escape_terminal(nla_data(attribute),
					       strnlen(nla_data(attribute),
						       nla_len(attribute)));
		strncpy(x->text, text, sizeof(x->text) - 1);
		free(text);
	}
}

static int on_error(struct sockaddr_nl *address, struct nlmsgerr *refusal,
		    void *context)
{
	const struct nlmsghdr *header =
		(const void *)((const char *)refusal - NLMSG_HDRLEN);
	struct exchange *x = context;
	size_t at = NLMSG_HDRLEN + sizeof(*refusal);

	(void)address;
	x->done = true;
	x->code = -refusal->error;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		at += refusal->msg.nlmsg_len - NLMSG_HDRLEN;
	extended_ack(x, header, at);
	return NL_STOP;
}

static int on_finish(struct nl_msg *message, void *context)
{
	const struct nlmsghdr *header = nlmsg_hdr(message);
	struct exchange *x = context;
	int code = 0;

	x->done = true;
	if (nlmsg_datalen(header) >= (int)sizeof(code)) {
		memcpy(&code, nlmsg_data(header), sizeof(code));
		if (code < 0) {
			x->code = -code;
			extended_ack(x, header, NLMSG_HDRLEN + sizeof(code));
		}
	}
	return NL_STOP;
}

static int on_ack(struct nl_msg *message, void *context)
{
	struct exchange *x = context;

	(void)message;
	x->done = true;
	return NL_STOP;
}

static int on_interrupted(struct nl_msg *message, void *context)
{
	struct exchange *x = context;

	(void)message;
	x->interrupted = true;
	return NL_OK;
}

static int on_valid(struct nl_msg *message, void *context)
{
	struct nlattr *attributes[CTGUARD_A_MAX + 1];
	struct exchange *x = context;

	if (!ctguard_link_parse(nlmsg_hdr(message), attributes) ||
	    (x->handler &&
	     !x->handler(nlmsg_hdr(message), attributes, x->context)))
		x->senseless = true;
	return NL_OK;
}

/**
 * ctguard_link_parse() - the attributes of a message
 * @header: of the message
 * @ret_attributes: each by its number, or NULL
 *
 * Return: whether they are as they should be.
 */
bool ctguard_link_parse(struct nlmsghdr *header,
			struct nlattr *ret_attributes[CTGUARD_A_MAX + 1])
{
	return genlmsg_parse(header, 0, ret_attributes, CTGUARD_A_MAX,
			     attributes_policy) >= 0;
}

/** ctguard_link_parse_nest() - the same for what is inside @nest */
bool ctguard_link_parse_nest(struct nlattr *nest,
			     struct nlattr *ret_attributes[CTGUARD_A_MAX + 1])
{
	return nla_parse_nested(ret_attributes, CTGUARD_A_MAX, nest,
				attributes_policy) >= 0;
}

/**
 * ctguard_link_message() - begin a request
 * @link: for which
 * @command: the request
 *
 * Return: a message with room for the largest request.
 */
struct nl_msg *ctguard_link_message(struct ctguard_link *link,
				    enum ctguard_cmd command)
{
	struct nl_msg *message = nlmsg_alloc_size(CTGUARD_POLICY_CHUNK + 4096);

	if (!message ||
	    !genlmsg_put(message, NL_AUTO_PORT, NL_AUTO_SEQ, link->family, 0, 0,
			 command, CTGUARD_GENL_VERSION)) {
		/* As every other lack of memory. */
		nlmsg_free(message);
		ctguard_alloc_grow(NULL, &(size_t){ 0 }, (size_t)-1, 1);
	}
	return message;
}

static int refused(const struct exchange *x, struct ctguard_error *error)
{
	int status = CTGUARD_EXIT_SYSTEM;
	char at[64] = "";

	if (x->code == EBUSY || x->code == EEXIST || x->code == ESHUTDOWN)
		status = CTGUARD_EXIT_NO;
	if (x->offset)
		snprintf(at, sizeof(at), ", at byte %" PRIu64, x->offset);
	if (x->code == EPERM && !*x->text)
		return ctguard_error_set(
			error, status, x->code,
			"the guard is administrated with CAP_SYS_ADMIN in the initial user namespace, in the initial network namespace, and never from a guarded container");
	return ctguard_error_set(error, status, x->code,
				 "the kernel refuses%s%s%s",
				 *x->text ? ": " : "", x->text, at);
}

/* Sends @message and takes what comes until it is answered. */
static int exchange(struct ctguard_link *link, struct nl_msg *message,
		    struct exchange *x, struct ctguard_error *error)
{
	struct nl_cb *callbacks = nl_cb_alloc(NL_CB_DEFAULT);
	int r;

	if (!callbacks)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, ENOMEM,
					 "netlink");
	nl_cb_set(callbacks, NL_CB_VALID, NL_CB_CUSTOM, on_valid, x);
	nl_cb_set(callbacks, NL_CB_FINISH, NL_CB_CUSTOM, on_finish, x);
	nl_cb_set(callbacks, NL_CB_ACK, NL_CB_CUSTOM, on_ack, x);
	nl_cb_set(callbacks, NL_CB_DUMP_INTR, NL_CB_CUSTOM, on_interrupted, x);
	nl_cb_err(callbacks, NL_CB_CUSTOM, on_error, x);
	r = nl_send_auto(link->sock, message);
	while (r >= 0 && !x->done)
		r = nl_recvmsgs(link->sock, callbacks);
	nl_cb_put(callbacks);
	if (!x->done)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "netlink: %s", nl_geterror(r));
	if (x->code)
		return refused(x, error);
	if (x->senseless)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, EBADMSG,
			"the module's answer is not what this ctguardctl expects");
	return 0;
}

/**
 * ctguard_link_do() - send a request and take the reply
 * @link: to the kernel
 * @message: the request; freed
 * @handler: takes the reply, or NULL
 * @context: for @handler
 * @error: set on failure; its code is the errno of the kernel
 *
 * Return: 0 or -1.
 */
int ctguard_link_do(struct ctguard_link *link, struct nl_msg *message,
		    ctguard_link_handler *handler, void *context,
		    struct ctguard_error *error)
{
	struct exchange x = { .handler = handler, .context = context };
	int r = exchange(link, message, &x, error);

	nlmsg_free(message);
	return r;
}

/**
 * ctguard_link_dump() - take everything of a kind, as of one moment
 * @link: to the kernel
 * @command: what to dump
 * @handler: takes each reply
 * @restart: forgets what @handler took, when the dump must begin again
 * @context: for both
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_link_dump(struct ctguard_link *link, enum ctguard_cmd command,
		      ctguard_link_handler *handler,
		      void (*restart)(void *context), void *context,
		      struct ctguard_error *error)
{
	for (unsigned int attempt = 0; attempt < ATTEMPTS; attempt++) {
		struct exchange x = { .handler = handler, .context = context };
		struct nl_msg *message = ctguard_link_message(link, command);
		int r;

		nlmsg_hdr(message)->nlmsg_flags |= NLM_F_DUMP;
		restart(context);
		r = exchange(link, message, &x, error);
		nlmsg_free(message);
		if (r < 0 && error->code != EAGAIN)
			return -1;
		if (!r && !x.interrupted)
			return 0;
	}
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, EAGAIN,
				 "what is asked for changes all the time");
}

/* Why the family is not there. */
static int absent(struct ctguard_error *error)
{
	if (!access("/sys/module/ctguard", F_OK))
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, 0,
			"ctguard is loaded, but answers in the initial network namespace only");
	return ctguard_error_set(
		error, CTGUARD_EXIT_SYSTEM, 0,
		"ctguard is not loaded: run 'modprobe ctguard'");
}

/**
 * ctguard_link_open() - find the module
 * @ret: the link, to be closed
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_link_open(struct ctguard_link **ret, struct ctguard_error *error)
{
	struct ctguard_link *link = ctguard_alloc_zeroed(1, sizeof(*link));
	const int on = 1;
	int fd, r;

	link->sock = nl_socket_alloc();
	if (!link->sock) {
		ctguard_link_close(link);
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, ENOMEM,
					 "netlink");
	}
	r = genl_connect(link->sock);
	if (r < 0) {
		ctguard_link_close(link);
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "netlink: %s", nl_geterror(r));
	}
	nl_socket_disable_seq_check(link->sock);
	nl_socket_set_buffer_size(link->sock, BUFFER, BUFFER);
	nl_socket_set_msg_buf_size(link->sock, 65536);
	fd = nl_socket_get_fd(link->sock);
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	link->family = genl_ctrl_resolve(link->sock, CTGUARD_GENL_NAME);
	if (link->family < 0) {
		ctguard_link_close(link);
		return absent(error);
	}
	*ret = link;
	return 0;
}

/** ctguard_link_close() - close a link, or NULL */
void ctguard_link_close(struct ctguard_link *link)
{
	if (link)
		nl_socket_free(link->sock);
	free(link);
}

/** ctguard_link_cleanup() - close the link of a local */
void ctguard_link_cleanup(struct ctguard_link **link)
{
	ctguard_link_close(*link);
}
