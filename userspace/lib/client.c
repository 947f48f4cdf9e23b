// SPDX-License-Identifier: GPL-2.0
/* Requests to the kernel module, one function each. */
#include <errno.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "alloc.h"
#include "cleanup.h"
#include "client.h"
#include "error.h"
#include "link_private.h"

static uint32_t u32(struct nlattr *const *attributes, enum ctguard_attr type)
{
	return attributes[type] ? nla_get_u32(attributes[type]) : 0;
}

static uint64_t u64(struct nlattr *const *attributes, enum ctguard_attr type)
{
	return attributes[type] ? nla_get_u64(attributes[type]) : 0;
}

/* A copy of a string, or NULL. */
static char *string(struct nlattr *const *attributes, enum ctguard_attr type)
{
	const char *text;

	if (!attributes[type])
		return NULL;
	text = nla_get_string(attributes[type]);
	return ctguard_alloc_string(text, strlen(text));
}

static bool take_status(struct nlmsghdr *header,
			struct nlattr *const *attributes, void *context)
{
	struct ctguard_status *status = context;

	(void)header;
	if (!attributes[CTGUARD_A_STATE])
		return false;
	ctguard_client_status_clear(status);
	status->abi = u32(attributes, CTGUARD_A_ABI);
	status->features = u64(attributes, CTGUARD_A_FEATURES);
	status->version = string(attributes, CTGUARD_A_VERSION);
	status->state = u32(attributes, CTGUARD_A_STATE);
	status->mode = u32(attributes, CTGUARD_A_MODE);
	status->policy_mode = u32(attributes, CTGUARD_A_POLICY_MODE);
	status->generation = u64(attributes, CTGUARD_A_POLICY_GENERATION);
	status->size = u32(attributes, CTGUARD_A_POLICY_SIZE);
	status->trial = attributes[CTGUARD_A_TRIAL_LEFT];
	status->trial_left = u32(attributes, CTGUARD_A_TRIAL_LEFT);
	status->containers = u32(attributes, CTGUARD_A_CONTAINERS);
	status->events = u64(attributes, CTGUARD_A_EVENTS);
	status->events_lost = u64(attributes, CTGUARD_A_EVENTS_LOST);
	status->measured = attributes[CTGUARD_A_TPM_STATE];
	status->tpm_state = u32(attributes, CTGUARD_A_TPM_STATE);
	status->pcr = u32(attributes, CTGUARD_A_PCR);
	status->log_first = u64(attributes, CTGUARD_A_LOG_FIRST);
	status->log_next = u64(attributes, CTGUARD_A_LOG_NEXT);
	status->log_bytes = u64(attributes, CTGUARD_A_LOG_BYTES);
	status->log_failed = u64(attributes, CTGUARD_A_LOG_FAILED);
	if (attributes[CTGUARD_A_POLICY_SHA256])
		memcpy(status->digest,
		       nla_data(attributes[CTGUARD_A_POLICY_SHA256]),
		       sizeof(status->digest));
	return true;
}

/**
 * ctguard_client_status() - what the guard does
 * @link: to the kernel
 * @ret: the answer, to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_client_status(struct ctguard_link *link, struct ctguard_status *ret,
			  struct ctguard_error *error)
{
	struct ctguard_status status = { 0 };

	if (ctguard_link_do(link,
			    ctguard_link_message(link, CTGUARD_CMD_STATUS_GET),
			    take_status, &status, error) < 0) {
		ctguard_client_status_clear(&status);
		return -1;
	}
	*ret = status;
	return 0;
}

static bool take_hook(struct nlmsghdr *header, struct nlattr *const *attributes,
		      void *context)
{
	struct ctguard_hooks *hooks = context;
	struct ctguard_hook *hook;

	(void)header;
	if (!attributes[CTGUARD_A_HOOK_NAME] ||
	    !attributes[CTGUARD_A_HOOK_GROUP] ||
	    !attributes[CTGUARD_A_HOOK_STATE])
		return false;
	hooks->list = ctguard_alloc_grow(hooks->list, &hooks->space,
					 hooks->count + 1, sizeof(*hook));
	hook = &hooks->list[hooks->count++];
	hook->name = string(attributes, CTGUARD_A_HOOK_NAME);
	hook->group = string(attributes, CTGUARD_A_HOOK_GROUP);
	hook->open = string(attributes, CTGUARD_A_HOOK_OPEN);
	hook->state = u32(attributes, CTGUARD_A_HOOK_STATE);
	hook->required = attributes[CTGUARD_A_HOOK_REQUIRED];
	return true;
}

static void restart_hooks(void *context)
{
	ctguard_client_hooks_clear(context);
}

/**
 * ctguard_client_hooks() - every hooked function
 * @link: to the kernel
 * @ret: the answer, to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_client_hooks(struct ctguard_link *link, struct ctguard_hooks *ret,
			 struct ctguard_error *error)
{
	struct ctguard_hooks hooks = { 0 };

	if (ctguard_link_dump(link, CTGUARD_CMD_HOOK_GET, take_hook,
			      restart_hooks, &hooks, error) < 0) {
		ctguard_client_hooks_clear(&hooks);
		return -1;
	}
	*ret = hooks;
	return 0;
}

static bool take_counter(struct nlattr *nest,
			 struct ctguard_container *container)
{
	struct nlattr *attributes[CTGUARD_A_MAX + 1];
	struct ctguard_counter *counter;

	if (!ctguard_link_parse_nest(nest, attributes) ||
	    !attributes[CTGUARD_A_OPERATION])
		return false;
	container->counters = ctguard_alloc_grow(container->counters,
						 &container->counter_space,
						 container->counter_count + 1,
						 sizeof(*counter));
	counter = &container->counters[container->counter_count++];
	counter->operation = u32(attributes, CTGUARD_A_OPERATION);
	counter->allowed = u64(attributes, CTGUARD_A_ALLOWED);
	counter->denied = u64(attributes, CTGUARD_A_DENIED);
	counter->complained = u64(attributes, CTGUARD_A_COMPLAINED);
	return true;
}

/* One nest for each operation, side by side. */
static bool take_counters(struct nlmsghdr *header,
			  struct ctguard_container *container)
{
	const struct genlmsghdr *message = nlmsg_data(header);
	struct nlattr *attribute;
	int rest;

	nla_for_each_attr(attribute, genlmsg_attrdata(message, 0),
			  genlmsg_attrlen(message, 0), rest)
		if (nla_type(attribute) == CTGUARD_A_COUNTER &&
		    !take_counter(attribute, container))
			return false;
	return true;
}

/* What is said of the image, where something is. */
static void take_claim(struct nlattr *const *attributes,
		       struct ctguard_container *container)
{
	struct nlattr *manifest = attributes[CTGUARD_A_MANIFEST];
	struct ctguard_claim *claim = &container->claim;

	if (!attributes[CTGUARD_A_LEVEL] || !attributes[CTGUARD_A_CONFIG])
		return;
	container->claimed = true;
	claim->level = u32(attributes, CTGUARD_A_LEVEL);
	memcpy(claim->config, nla_data(attributes[CTGUARD_A_CONFIG]),
	       sizeof(claim->config));
	claim->has_manifest = manifest;
	if (manifest)
		memcpy(claim->manifest, nla_data(manifest),
		       sizeof(claim->manifest));
}

static bool take_container(struct nlmsghdr *header,
			   struct nlattr *const *attributes, void *context)
{
	struct ctguard_containers *containers = context;
	struct ctguard_container *container;

	if (!attributes[CTGUARD_A_BOUND_BY])
		return false;
	containers->list =
		ctguard_alloc_grow(containers->list, &containers->space,
				   containers->count + 1, sizeof(*container));
	container = &containers->list[containers->count++];
	memset(container, 0, sizeof(*container));
	container->cgroup_id = u64(attributes, CTGUARD_A_CGROUP_ID);
	container->cgroup = string(attributes, CTGUARD_A_CGROUP_PATH);
	container->profile = string(attributes, CTGUARD_A_PROFILE);
	container->bound_by = u32(attributes, CTGUARD_A_BOUND_BY);
	container->flags = u32(attributes, CTGUARD_A_CONTAINER_FLAGS);
	take_claim(attributes, container);
	if (!attributes[CTGUARD_A_COUNTER])
		return true;
	return take_counters(header, container);
}

static void restart_containers(void *context)
{
	ctguard_client_containers_clear(context);
}

/**
 * ctguard_client_containers() - everything guarded
 * @link: to the kernel
 * @ret: the answer, to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_client_containers(struct ctguard_link *link,
			      struct ctguard_containers *ret,
			      struct ctguard_error *error)
{
	struct ctguard_containers containers = { 0 };

	if (ctguard_link_dump(link, CTGUARD_CMD_CONTAINER_GET, take_container,
			      restart_containers, &containers, error) < 0) {
		ctguard_client_containers_clear(&containers);
		return -1;
	}
	*ret = containers;
	return 0;
}

/* A policy on its way here. */
struct download {
	uint8_t *blob;
	size_t size;
	size_t got;
	uint64_t generation;
};

static void restart_download(void *context)
{
	struct download *download = context;

	free(download->blob);
	memset(download, 0, sizeof(*download));
}

static bool take_piece(struct nlmsghdr *header,
		       struct nlattr *const *attributes, void *context)
{
	struct nlattr *data = attributes[CTGUARD_A_POLICY_DATA];
	uint64_t generation = u64(attributes, CTGUARD_A_POLICY_GENERATION);
	uint32_t size = u32(attributes, CTGUARD_A_POLICY_SIZE);
	struct download *download = context;

	(void)header;
	if (!data || !size || size > CTGUARD_POLICY_MAX_SIZE)
		return false;
	if (!download->blob) {
		download->blob = ctguard_alloc_zeroed(size, 1);
		download->size = size;
		download->generation = generation;
	}
	if (size != download->size || generation != download->generation ||
	    u32(attributes, CTGUARD_A_POLICY_OFFSET) != download->got ||
	    (size_t)nla_len(data) > size - download->got)
		return false;
	memcpy(download->blob + download->got, nla_data(data),
	       (size_t)nla_len(data));
	download->got += (size_t)nla_len(data);
	return true;
}

/**
 * ctguard_client_policy_get() - the policy in force
 * @link: to the kernel
 * @ret_blob: its bytes, to be freed
 * @ret_size: their number
 * @ret_generation: of it
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_client_policy_get(struct ctguard_link *link, void **ret_blob,
			      size_t *ret_size, uint64_t *ret_generation,
			      struct ctguard_error *error)
{
	struct download download = { 0 };

	if (ctguard_link_dump(link, CTGUARD_CMD_POLICY_GET, take_piece,
			      restart_download, &download, error) < 0) {
		free(download.blob);
		return -1;
	}
	if (!download.size || download.got != download.size) {
		free(download.blob);
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, EBADMSG,
			"the module gave %zu of %zu bytes of its policy",
			download.got, download.size);
	}
	*ret_blob = download.blob;
	*ret_size = download.size;
	*ret_generation = download.generation;
	return 0;
}

static bool take_generation(struct nlmsghdr *header,
			    struct nlattr *const *attributes, void *context)
{
	uint64_t *generation = context;

	(void)header;
	*generation = u64(attributes, CTGUARD_A_POLICY_GENERATION);
	return attributes[CTGUARD_A_POLICY_GENERATION];
}

static int upload(struct ctguard_link *link, const void *blob, size_t size,
		  struct ctguard_error *error)
{
	struct nl_msg *message;
	size_t piece;

	message = ctguard_link_message(link, CTGUARD_CMD_POLICY_BEGIN);
	nla_put_u32(message, CTGUARD_A_POLICY_SIZE, (uint32_t)size);
	if (ctguard_link_do(link, message, NULL, NULL, error) < 0)
		return -1;
	for (size_t at = 0; at < size; at += piece) {
		piece = size - at;
		if (piece > CTGUARD_POLICY_CHUNK)
			piece = CTGUARD_POLICY_CHUNK;
		message = ctguard_link_message(link, CTGUARD_CMD_POLICY_DATA);
		nla_put_u32(message, CTGUARD_A_POLICY_OFFSET, (uint32_t)at);
		nla_put(message, CTGUARD_A_POLICY_DATA, (int)piece,
			(const char *)blob + at);
		if (ctguard_link_do(link, message, NULL, NULL, error) < 0)
			return -1;
	}
	return 0;
}

/**
 * ctguard_client_policy_push() - put a policy in force
 * @link: to the kernel
 * @blob: the compiled policy
 * @size: its bytes
 * @trial_ms: after which it is undone unless confirmed; 0 for never
 * @ret_generation: of it, once it is in force
 * @error: set on failure; the old policy stays then
 *
 * Return: 0 or -1.
 */
int ctguard_client_policy_push(struct ctguard_link *link, const void *blob,
			       size_t size, uint32_t trial_ms,
			       uint64_t *ret_generation,
			       struct ctguard_error *error)
{
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	struct nl_msg *message;

	if (ctguard_digest_make(blob, size, digest, error) < 0 ||
	    upload(link, blob, size, error) < 0)
		return -1;
	message = ctguard_link_message(link, CTGUARD_CMD_POLICY_COMMIT);
	nla_put(message, CTGUARD_A_POLICY_SHA256, sizeof(digest), digest);
	if (trial_ms)
		nla_put_u32(message, CTGUARD_A_TRIAL, trial_ms);
	if (ctguard_link_do(link, message, take_generation, ret_generation,
			    error) < 0) {
		if (error->code == EBADMSG || error->code == EINVAL ||
		    error->code == E2BIG || error->code == ENAMETOOLONG ||
		    error->code == EEXIST)
			error->status = CTGUARD_EXIT_MALFORMED;
		return -1;
	}
	return 0;
}

/**
 * ctguard_client_mode_set() - set what a refusal does
 * @link: to the kernel
 * @mode: enum ctguard_mode
 * @trial_ms: after which it is undone unless confirmed; 0 for never
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_client_mode_set(struct ctguard_link *link, uint32_t mode,
			    uint32_t trial_ms, struct ctguard_error *error)
{
	struct nl_msg *message =
		ctguard_link_message(link, CTGUARD_CMD_MODE_SET);

	nla_put_u32(message, CTGUARD_A_MODE, mode);
	if (trial_ms)
		nla_put_u32(message, CTGUARD_A_TRIAL, trial_ms);
	return ctguard_link_do(link, message, NULL, NULL, error);
}

/**
 * ctguard_client_trial_end() - keep or undo what is on trial
 * @link: to the kernel
 * @flags: CTGUARD_TRIAL_CONFIRM or _REVERT
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_client_trial_end(struct ctguard_link *link, uint32_t flags,
			     struct ctguard_error *error)
{
	struct nl_msg *message =
		ctguard_link_message(link, CTGUARD_CMD_TRIAL_END);

	nla_put_u32(message, CTGUARD_A_FLAGS, flags);
	if (ctguard_link_do(link, message, NULL, NULL, error) < 0) {
		if (error->code == ENOENT)
			error->status = CTGUARD_EXIT_NO;
		return -1;
	}
	return 0;
}

/**
 * ctguard_client_bind() - guard a cgroup
 * @link: to the kernel
 * @cgroup_id: of it
 * @profile: or NULL for what the policy binds it to
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_client_bind(struct ctguard_link *link, uint64_t cgroup_id,
			const char *profile, struct ctguard_error *error)
{
	struct nl_msg *message = ctguard_link_message(link, CTGUARD_CMD_BIND);

	nla_put_u64(message, CTGUARD_A_CGROUP_ID, cgroup_id);
	if (profile)
		nla_put_string(message, CTGUARD_A_PROFILE, profile);
	return ctguard_link_do(link, message, NULL, NULL, error);
}

/** ctguard_client_unbind() - guard no longer what was bound by its id */
int ctguard_client_unbind(struct ctguard_link *link, uint64_t cgroup_id,
			  struct ctguard_error *error)
{
	struct nl_msg *message = ctguard_link_message(link, CTGUARD_CMD_UNBIND);

	nla_put_u64(message, CTGUARD_A_CGROUP_ID, cgroup_id);
	return ctguard_link_do(link, message, NULL, NULL, error);
}

/**
 * ctguard_client_claim() - say of what image a container is
 * @link: to the kernel
 * @claim: what, and whose
 * @error: set on failure; its code is the kernel's errno
 *
 * Return: 0 or -1.
 */
int ctguard_client_claim(struct ctguard_link *link,
			 const struct ctguard_claim *claim,
			 struct ctguard_error *error)
{
	struct nl_msg *message = ctguard_link_message(link, CTGUARD_CMD_CLAIM);

	nla_put_u32(message, CTGUARD_A_PIDFD, (uint32_t)claim->pidfd);
	nla_put_u32(message, CTGUARD_A_LEVEL, claim->level);
	nla_put(message, CTGUARD_A_CONFIG, sizeof(claim->config),
		claim->config);
	if (claim->has_manifest)
		nla_put(message, CTGUARD_A_MANIFEST, sizeof(claim->manifest),
			claim->manifest);
	if (claim->has_bundle)
		nla_put(message, CTGUARD_A_BUNDLE, sizeof(claim->bundle),
			claim->bundle);
	if (claim->root_fd >= 0)
		nla_put_u32(message, CTGUARD_A_ROOT_FD,
			    (uint32_t)claim->root_fd);
	if (claim->upper_fd >= 0)
		nla_put_u32(message, CTGUARD_A_UPPER_FD,
			    (uint32_t)claim->upper_fd);
	return ctguard_link_do(link, message, NULL, NULL, error);
}

/**
 * ctguard_client_give_up() - say that a container, which nobody could claim, is
 *	not started
 * @link: to the kernel
 * @pidfd: of the task that was to run its first program
 * @error: set on failure; its code is the kernel's errno
 *
 * Return: 0 or -1.
 */
int ctguard_client_give_up(struct ctguard_link *link, int pidfd,
			   struct ctguard_error *error)
{
	struct nl_msg *message =
		ctguard_link_message(link, CTGUARD_CMD_GIVE_UP);

	nla_put_u32(message, CTGUARD_A_PIDFD, (uint32_t)pidfd);
	return ctguard_link_do(link, message, NULL, NULL, error);
}

static bool take_answer(struct nlmsghdr *header,
			struct nlattr *const *attributes, void *context)
{
	struct ctguard_answer *answer = context;

	(void)header;
	if (!attributes[CTGUARD_A_VERDICT])
		return false;
	ctguard_client_answer_clear(answer);
	answer->verdict = u32(attributes, CTGUARD_A_VERDICT);
	answer->rule = u32(attributes, CTGUARD_A_RULE);
	answer->profile = string(attributes, CTGUARD_A_PROFILE);
	answer->cgroup = string(attributes, CTGUARD_A_CGROUP_PATH);
	answer->bound_by = u32(attributes, CTGUARD_A_BOUND_BY);
	answer->generation = u64(attributes, CTGUARD_A_POLICY_GENERATION);
	answer->guarded = attributes[CTGUARD_A_PROFILE];
	return true;
}

/**
 * ctguard_client_explain() - what the guard would answer
 * @link: to the kernel
 * @pid: of the task that would ask
 * @object: what it would ask, and of what
 * @ret: the answer, to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_client_explain(struct ctguard_link *link, uint32_t pid,
			   const struct ctguard_object *object,
			   struct ctguard_answer *ret,
			   struct ctguard_error *error)
{
	struct nl_msg *message =
		ctguard_link_message(link, CTGUARD_CMD_EXPLAIN);
	struct ctguard_answer answer = { 0 };

	nla_put_u32(message, CTGUARD_A_PID, pid);
	nla_put_u32(message, CTGUARD_A_OPERATION, object->operation);
	if (object->name)
		nla_put_string(message, CTGUARD_A_OBJECT, object->name);
	if (object->fs)
		nla_put_string(message, CTGUARD_A_FS, object->fs);
	if (object->dev_type) {
		nla_put_u32(message, CTGUARD_A_DEV_TYPE, object->dev_type);
		nla_put_u32(message, CTGUARD_A_DEV_MAJOR, object->major);
		nla_put_u32(message, CTGUARD_A_DEV_MINOR, object->minor);
		nla_put_u32(message, CTGUARD_A_ACCESS, object->access);
	}
	if (ctguard_link_do(link, message, take_answer, &answer, error) < 0) {
		ctguard_client_answer_clear(&answer);
		return -1;
	}
	*ret = answer;
	return 0;
}

/**
 * ctguard_client_log_ack() - let the kernel drop records that are kept here
 * @link: to the kernel
 * @number: of the last of them
 * @value: of the PCR after it, in the bank of SHA-256 or, without one, in the
 *	first
 * @size: its bytes
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_client_log_ack(struct ctguard_link *link, uint64_t number,
			   const void *value, size_t size,
			   struct ctguard_error *error)
{
	struct nl_msg *message =
		ctguard_link_message(link, CTGUARD_CMD_LOG_ACK);

	nla_put_u64(message, CTGUARD_A_RECNUM, number);
	nla_put(message, CTGUARD_A_PCR_VALUE, (int)size, value);
	return ctguard_link_do(link, message, NULL, NULL, error);
}

/** ctguard_client_status_clear() - free what it holds */
void ctguard_client_status_clear(struct ctguard_status *status)
{
	free(status->version);
	memset(status, 0, sizeof(*status));
}

/** ctguard_client_hooks_clear() - free what it holds */
void ctguard_client_hooks_clear(struct ctguard_hooks *hooks)
{
	for (size_t i = 0; i < hooks->count; i++) {
		free(hooks->list[i].name);
		free(hooks->list[i].group);
		free(hooks->list[i].open);
	}
	free(hooks->list);
	memset(hooks, 0, sizeof(*hooks));
}

/** ctguard_client_containers_clear() - free what it holds */
void ctguard_client_containers_clear(struct ctguard_containers *containers)
{
	for (size_t i = 0; i < containers->count; i++) {
		free(containers->list[i].cgroup);
		free(containers->list[i].profile);
		free(containers->list[i].counters);
	}
	free(containers->list);
	memset(containers, 0, sizeof(*containers));
}

/** ctguard_client_answer_clear() - free what it holds */
void ctguard_client_answer_clear(struct ctguard_answer *answer)
{
	free(answer->profile);
	free(answer->cgroup);
	memset(answer, 0, sizeof(*answer));
}
