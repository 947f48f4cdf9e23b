// SPDX-License-Identifier: GPL-2.0
/* What is asked of the guard: its state, its containers, its events. */
#include "guard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <openssl/sha.h>

/** guard_is_loaded - is there a family of this name? */
bool guard_is_loaded(void)
{
	struct link link;

	if (link_open(&link))
		return false;
	link_close(&link);
	return true;
}

/**
 * guard_load - load the module that CTGUARD_KO names
 *
 * Return: 0, or an errno below 0; -ENOKEY when CTGUARD_KO is not set.
 */
int guard_load(const char *parameters)
{
	const char *path = getenv("CTGUARD_KO");
	int fd, r;

	if (!path)
		return -ENOKEY;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return r;
}

/** guard_unload - 0 or an errno below 0; waits for who still uses it */
int guard_unload(void)
{
	int i, r = 0;

	for (i = 0; i < 50; i++) {
		r = syscall(SYS_delete_module, "ctguard", O_NONBLOCK) ? -errno :
									0;
		if (r != -EAGAIN && r != -EWOULDBLOCK)
			break;
		usleep(100000);
	}
	return r;
}

static int take_status(const struct attributes *a, void *context)
{
	struct status *s = context;

	s->state = attribute_u32(a, CTGUARD_A_STATE);
	s->mode = attribute_u32(a, CTGUARD_A_MODE);
	s->generation = attribute_u64(a, CTGUARD_A_POLICY_GENERATION);
	s->policy_mode = attribute_u32(a, CTGUARD_A_POLICY_MODE);
	s->size = attribute_u32(a, CTGUARD_A_POLICY_SIZE);
	s->trial = attribute_data(a, CTGUARD_A_TRIAL_LEFT);
	s->trial_left = attribute_u32(a, CTGUARD_A_TRIAL_LEFT);
	s->containers = attribute_u32(a, CTGUARD_A_CONTAINERS);
	s->events = attribute_u64(a, CTGUARD_A_EVENTS);
	s->lost = attribute_u64(a, CTGUARD_A_EVENTS_LOST);
	s->tpm_state = attribute_u32(a, CTGUARD_A_TPM_STATE);
	s->pcr = attribute_u32(a, CTGUARD_A_PCR);
	s->log_first = attribute_u64(a, CTGUARD_A_LOG_FIRST);
	s->log_next = attribute_u64(a, CTGUARD_A_LOG_NEXT);
	s->log_bytes = attribute_u64(a, CTGUARD_A_LOG_BYTES);
	s->log_failed = attribute_u64(a, CTGUARD_A_LOG_FAILED);
	if (attribute_size(a, CTGUARD_A_POLICY_SHA256) == sizeof(s->sha256))
		memcpy(s->sha256, attribute_data(a, CTGUARD_A_POLICY_SHA256),
		       sizeof(s->sha256));
	return 0;
}

int guard_status(struct link *link, struct status *ret)
{
	struct request request;

	memset(ret, 0, sizeof(*ret));
	request_begin(&request, link, CTGUARD_CMD_STATUS_GET, NLM_F_ACK);
	return link_do(link, &request, take_status, ret);
}

struct hook_search {
	const char *name;
	int state;
};

static int take_hook(const struct attributes *a, void *context)
{
	struct hook_search *search = context;
	char name[128];

	attribute_string(a, CTGUARD_A_HOOK_NAME, name, sizeof(name));
	if (!strcmp(name, search->name))
		search->state = attribute_u32(a, CTGUARD_A_HOOK_STATE);
	return 0;
}

/** guard_hook - enum ctguard_hook_state of a hook, or an errno below 0 */
int guard_hook(struct link *link, const char *name)
{
	struct hook_search search = { .name = name, .state = -ENOENT };
	struct request request;
	int r;

	request_begin(&request, link, CTGUARD_CMD_HOOK_GET, NLM_F_DUMP);
	r = link_do(link, &request, take_hook, &search);
	return r ?: search.state;
}

/* The counters are the one attribute that stands several times. */
static void take_counters(const struct attributes *a, struct container *c)
{
	const struct nlattr *at = a->at[CTGUARD_A_CONTAINER_FLAGS];
	struct attributes counter;
	uint32_t operation;

	for (at = (const void *)((const char *)at + NLA_ALIGN(at->nla_len));
	     at <= a->at[CTGUARD_A_COUNTER];
	     at = (const void *)((const char *)at + NLA_ALIGN(at->nla_len))) {
		if ((at->nla_type & NLA_TYPE_MASK) != CTGUARD_A_COUNTER)
			continue;
		attributes_parse(&counter, (const char *)at + NLA_HDRLEN,
				 at->nla_len - NLA_HDRLEN);
		operation = attribute_u32(&counter, CTGUARD_A_OPERATION);
		if (operation > CTGUARD_OP_MAX)
			continue;
		c->count[operation][CTGUARD_VERDICT_ALLOW] =
			attribute_u64(&counter, CTGUARD_A_ALLOWED);
		c->count[operation][CTGUARD_VERDICT_DENY] =
			attribute_u64(&counter, CTGUARD_A_DENIED);
		c->count[operation][CTGUARD_VERDICT_COMPLAIN] =
			attribute_u64(&counter, CTGUARD_A_COMPLAINED);
	}
}

struct container_walk {
	void (*handler)(const struct container *c, void *context);
	void *context;
};

static int take_container(const struct attributes *a, void *context)
{
	struct container_walk *walk = context;
	struct container c = {};

	c.id = attribute_u64(a, CTGUARD_A_CGROUP_ID);
	attribute_string(a, CTGUARD_A_CGROUP_PATH, c.path, sizeof(c.path));
	attribute_string(a, CTGUARD_A_PROFILE, c.profile, sizeof(c.profile));
	c.bound_by = attribute_u32(a, CTGUARD_A_BOUND_BY);
	c.flags = attribute_u32(a, CTGUARD_A_CONTAINER_FLAGS);
	c.claimed = attribute_size(a, CTGUARD_A_CONFIG) == sizeof(c.config);
	c.level = attribute_u32(a, CTGUARD_A_LEVEL);
	if (c.claimed)
		memcpy(c.config, attribute_data(a, CTGUARD_A_CONFIG),
		       sizeof(c.config));
	if (a->at[CTGUARD_A_COUNTER] && a->at[CTGUARD_A_CONTAINER_FLAGS])
		take_counters(a, &c);
	walk->handler(&c, walk->context);
	return 0;
}

/** guard_each - every container; -EINTR when the dump was not consistent */
int guard_each(struct link *link,
	       void (*handler)(const struct container *c, void *context),
	       void *context)
{
	struct container_walk walk = { .handler = handler, .context = context };
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_CONTAINER_GET, NLM_F_DUMP);
	return link_do(link, &request, take_container, &walk);
}

struct container_search {
	uint64_t id;
	const char *path;
	struct container *ret;
	bool found;
};

static void match_container(const struct container *c, void *context)
{
	struct container_search *search = context;

	if (search->path ? strcmp(c->path, search->path) : c->id != search->id)
		return;
	*search->ret = *c;
	search->found = true;
}

/**
 * guard_container - one container by its cgroup's id or, if given, by path
 *
 * Return: 0, -ENOENT (not guarded).
 */
int guard_container(struct link *link, uint64_t id, const char *path,
		    struct container *ret)
{
	struct container_search search = { .id = id, .path = path, .ret = ret };
	int i, r = -EINTR;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; r == -EINTR && i < 20; i++)
		r = guard_each(link, match_container, &search);
	return r ?: search.found ? 0 : -ENOENT;
}

int guard_bind(struct link *link, uint64_t id, const char *profile)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_BIND, NLM_F_ACK);
	request_u64(&request, CTGUARD_A_CGROUP_ID, id);
	if (profile)
		request_string(&request, CTGUARD_A_PROFILE, profile);
	return link_do(link, &request, NULL, NULL);
}

int guard_unbind(struct link *link, uint64_t id)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_UNBIND, NLM_F_ACK);
	request_u64(&request, CTGUARD_A_CGROUP_ID, id);
	return link_do(link, &request, NULL, NULL);
}

int guard_mode(struct link *link, uint32_t mode, uint32_t trial_ms)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_MODE_SET, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_MODE, mode);
	if (trial_ms)
		request_u32(&request, CTGUARD_A_TRIAL, trial_ms);
	return link_do(link, &request, NULL, NULL);
}

int guard_trial_end(struct link *link, uint32_t flags)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_TRIAL_END, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_FLAGS, flags);
	return link_do(link, &request, NULL, NULL);
}

static void put_digest(struct request *request, uint16_t attribute,
		       const uint8_t *digest)
{
	if (digest)
		request_put(request, attribute, digest, CTGUARD_SHA256_SIZE);
}

/** guard_claim - say of what image the container of a task is */
int guard_claim(struct link *link, int pidfd, const struct claim *claim)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_CLAIM, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_PIDFD, pidfd);
	request_u32(&request, CTGUARD_A_LEVEL, claim->level);
	put_digest(&request, CTGUARD_A_CONFIG, claim->config);
	put_digest(&request, CTGUARD_A_MANIFEST, claim->manifest);
	put_digest(&request, CTGUARD_A_BUNDLE, claim->bundle);
	if (claim->root >= 0)
		request_u32(&request, CTGUARD_A_ROOT_FD, claim->root);
	if (claim->upper >= 0)
		request_u32(&request, CTGUARD_A_UPPER_FD, claim->upper);
	return link_do(link, &request, NULL, NULL);
}

/** guard_give_up - say that the container of a task is not started */
int guard_give_up(struct link *link, int pidfd)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_GIVE_UP, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_PIDFD, pidfd);
	return link_do(link, &request, NULL, NULL);
}

/** guard_ack - the log is kept elsewhere, up to a record */
int guard_ack(struct link *link, uint64_t number, const void *value,
	      size_t size)
{
	struct request request;

	request_begin(&request, link, CTGUARD_CMD_LOG_ACK, NLM_F_ACK);
	request_u64(&request, CTGUARD_A_RECNUM, number);
	request_put(&request, CTGUARD_A_PCR_VALUE, value, size);
	return link_do(link, &request, NULL, NULL);
}

/** guard_sha256 - of a blob, as COMMIT wants it */
void guard_sha256(const struct blob *blob, uint8_t ret[CTGUARD_SHA256_SIZE])
{
	SHA256(blob->data, blob->size, ret);
}

/** guard_push - upload a policy and put it in force */
int guard_push(struct link *link, const struct blob *blob, uint32_t trial_ms)
{
	uint8_t digest[CTGUARD_SHA256_SIZE];
	struct request request;
	size_t at, part;
	int r;

	request_begin(&request, link, CTGUARD_CMD_POLICY_BEGIN, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_POLICY_SIZE, blob->size);
	r = link_do(link, &request, NULL, NULL);
	for (at = 0; !r && at < blob->size; at += part) {
		part = blob->size - at;
		if (part > CTGUARD_POLICY_CHUNK)
			part = CTGUARD_POLICY_CHUNK;
		request_begin(&request, link, CTGUARD_CMD_POLICY_DATA,
			      NLM_F_ACK);
		request_u32(&request, CTGUARD_A_POLICY_OFFSET, at);
		request_put(&request, CTGUARD_A_POLICY_DATA, blob->data + at,
			    part);
		r = link_do(link, &request, NULL, NULL);
	}
	if (r)
		return r;
	guard_sha256(blob, digest);
	request_begin(&request, link, CTGUARD_CMD_POLICY_COMMIT, NLM_F_ACK);
	request_put(&request, CTGUARD_A_POLICY_SHA256, digest, sizeof(digest));
	if (trial_ms)
		request_u32(&request, CTGUARD_A_TRIAL, trial_ms);
	return link_do(link, &request, NULL, NULL);
}

static int take_piece(const struct attributes *a, void *context)
{
	uint32_t offset = attribute_u32(a, CTGUARD_A_POLICY_OFFSET);
	size_t size = attribute_size(a, CTGUARD_A_POLICY_DATA);
	struct blob *blob = context;
	uint8_t *data;

	if (offset != blob->size)
		return -ESPIPE;
	data = realloc(blob->data, blob->size + size);
	if (!data)
		return -ENOMEM;
	memcpy(data + blob->size, attribute_data(a, CTGUARD_A_POLICY_DATA),
	       size);
	blob->data = data;
	blob->size += size;
	return 0;
}

/** guard_pull - the policy in force, to be freed */
int guard_pull(struct link *link, struct blob *ret)
{
	struct request request;

	memset(ret, 0, sizeof(*ret));
	request_begin(&request, link, CTGUARD_CMD_POLICY_GET, NLM_F_DUMP);
	return link_do(link, &request, take_piece, ret);
}

/** guard_listen - a link of its own for events */
int guard_listen(struct link *link)
{
	int r;

	r = link_open(link);
	if (r)
		return r;
	r = link_join(link);
	if (r)
		link_close(link);
	return r;
}

/**
 * guard_event - the next event
 *
 * Return: 1, 0 (none came in time), or an errno below 0.
 */
int guard_event(struct link *link, int timeout_ms, struct event *ret)
{
	struct attributes a;
	int r;

	r = link_read(link, timeout_ms, &a);
	if (r != 1)
		return r;
	*ret = (struct event){
		.kind = attribute_u32(&a, CTGUARD_A_EVENT_KIND),
		.operation = attribute_u32(&a, CTGUARD_A_OPERATION),
		.verdict = attribute_u32(&a, CTGUARD_A_VERDICT),
		.rule = attribute_u32(&a, CTGUARD_A_RULE),
		.seq = attribute_u64(&a, CTGUARD_A_SEQ),
		.cpu = attribute_u32(&a, CTGUARD_A_CPU),
		.time = attribute_u64(&a, CTGUARD_A_TIME),
		.count = attribute_u64(&a, CTGUARD_A_COUNT),
		.first_seq = attribute_u64(&a, CTGUARD_A_FIRST_SEQ),
		.id = attribute_u64(&a, CTGUARD_A_CGROUP_ID),
		.first = attribute_data(&a, CTGUARD_A_FIRST),
		.truncated = attribute_data(&a, CTGUARD_A_OBJECT_TRUNCATED),
		.who = attribute_data(&a, CTGUARD_A_PID),
		.dev_type = attribute_u32(&a, CTGUARD_A_DEV_TYPE),
		.major = attribute_u32(&a, CTGUARD_A_DEV_MAJOR),
		.minor = attribute_u32(&a, CTGUARD_A_DEV_MINOR),
		.access = attribute_u32(&a, CTGUARD_A_ACCESS),
		.reason = attribute_u32(&a, CTGUARD_A_REASON),
		.pid = attribute_u32(&a, CTGUARD_A_PID),
		.tgid = attribute_u32(&a, CTGUARD_A_TGID),
		.uid = attribute_u32(&a, CTGUARD_A_UID),
		.auid = attribute_u32(&a, CTGUARD_A_AUID),
		.session = attribute_u32(&a, CTGUARD_A_SESSION),
		.lost_cpu = attribute_u32(&a, CTGUARD_A_LOST_CPU),
		.mode = attribute_u32(&a, CTGUARD_A_MODE),
		.hook_state = attribute_u32(&a, CTGUARD_A_HOOK_STATE),
		.generation = attribute_u64(&a, CTGUARD_A_POLICY_GENERATION),
	};
	attribute_string(&a, CTGUARD_A_CGROUP_PATH, ret->path,
			 sizeof(ret->path));
	attribute_string(&a, CTGUARD_A_PROFILE, ret->profile,
			 sizeof(ret->profile));
	attribute_string(&a, CTGUARD_A_OBJECT, ret->object,
			 sizeof(ret->object));
	attribute_string(&a, CTGUARD_A_FS, ret->fs, sizeof(ret->fs));
	attribute_string(&a, CTGUARD_A_COMM, ret->comm, sizeof(ret->comm));
	attribute_string(&a, CTGUARD_A_HOOK_NAME_HIT, ret->hook,
			 sizeof(ret->hook));
	attribute_string(&a, CTGUARD_A_HOOK_NAME, ret->hook_name,
			 sizeof(ret->hook_name));
	return 1;
}
