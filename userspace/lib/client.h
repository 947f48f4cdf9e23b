/* SPDX-License-Identifier: GPL-2.0 */
/* Requests to the kernel module, one function each. */
#ifndef CTGUARD_CLIENT_H
#define CTGUARD_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"

struct ctguard_error;
struct ctguard_link;

/**
 * struct ctguard_status - what CTGUARD_CMD_STATUS_GET tells
 * @abi: CTGUARD_ABI of the module
 * @features: bits
 * @version: of the module, to be freed
 * @state: enum ctguard_state
 * @mode: enum ctguard_mode in force
 * @policy_mode: enum ctguard_mode that the policy asks for
 * @generation: of the policy
 * @digest: of the policy
 * @size: of the policy, in bytes
 * @trial: whether a trial runs
 * @trial_left: its milliseconds left
 * @containers: guarded cgroups
 * @events: since load
 * @events_lost: of those
 * @measured: whether what follows is set
 * @tpm_state: enum ctguard_tpm_state
 * @pcr: that is extended
 * @log_first: number of the first record that is kept
 * @log_next: number of the next record
 * @log_bytes: of the records kept
 * @log_failed: records that could not be measured
 */
struct ctguard_status {
	uint32_t abi;
	uint64_t features;
	char *version;
	uint32_t state;
	uint32_t mode;
	uint32_t policy_mode;
	uint64_t generation;
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	uint32_t size;
	bool trial;
	uint32_t trial_left;
	uint32_t containers;
	uint64_t events;
	uint64_t events_lost;
	bool measured;
	uint32_t tpm_state;
	uint32_t pcr;
	uint64_t log_first;
	uint64_t log_next;
	uint64_t log_bytes;
	uint64_t log_failed;
};

/**
 * struct ctguard_hook - one hooked function; strings to be freed
 * @open: ids of what is open as it is not live, or NULL
 */
struct ctguard_hook {
	char *name;
	char *group;
	char *open;
	uint32_t state;
	bool required;
};

struct ctguard_hooks {
	struct ctguard_hook *list;
	size_t count;
	size_t space;
};

/** struct ctguard_counter - verdicts of one operation in a container */
struct ctguard_counter {
	uint32_t operation;
	uint64_t allowed;
	uint64_t denied;
	uint64_t complained;
};

/**
 * struct ctguard_claim - what is said of a container's image
 * @level: CTGUARD_LEVEL_*, how deep it was checked
 * @config: SHA-256 of its config
 * @has_manifest: whether @manifest is known
 * @manifest: SHA-256 of its manifest
 * @has_bundle: whether @bundle is known; to be told only
 * @bundle: SHA-256 of the runtime's config.json
 * @pidfd: of the container's first task; to be told only, as what follows
 * @root_fd: O_PATH of the root of its overlay, or -1
 * @upper_fd: O_PATH of that overlay's upper directory, or -1
 */
struct ctguard_claim {
	uint32_t level;
	uint8_t config[CTGUARD_DIGEST_SIZE];
	bool has_manifest;
	uint8_t manifest[CTGUARD_DIGEST_SIZE];
	bool has_bundle;
	uint8_t bundle[CTGUARD_DIGEST_SIZE];
	int pidfd;
	int root_fd;
	int upper_fd;
};

/**
 * struct ctguard_container - one guarded context; pointers to be freed
 * @cgroup_id: inode number of its cgroup
 * @cgroup: path of that, or NULL
 * @profile: of it
 * @bound_by: enum ctguard_bound_by
 * @flags: CTGUARD_CONTAINER_*
 * @claimed: whether @claim is set
 * @claim: what is said of its image
 * @counters: verdicts of each operation judged
 * @counter_count: number of those
 * @counter_space: room for those
 */
struct ctguard_container {
	uint64_t cgroup_id;
	char *cgroup;
	char *profile;
	uint32_t bound_by;
	uint32_t flags;
	bool claimed;
	struct ctguard_claim claim;
	struct ctguard_counter *counters;
	size_t counter_count;
	size_t counter_space;
};

struct ctguard_containers {
	struct ctguard_container *list;
	size_t count;
	size_t space;
};

/**
 * struct ctguard_object - what an operation is asked of
 * @operation: enum ctguard_operation
 * @name: module name or path inside the superblock, or NULL
 * @fs: filesystem type of a path, or NULL
 * @dev_type: CTGUARD_DEV_BLOCK or _CHAR; 0 when it is no device
 * @major: of a device
 * @minor: of a device
 * @access: CTGUARD_ACCESS_*
 */
struct ctguard_object {
	uint32_t operation;
	char *name;
	char *fs;
	uint32_t dev_type;
	uint32_t major;
	uint32_t minor;
	uint32_t access;
};

/**
 * struct ctguard_answer - what CTGUARD_CMD_EXPLAIN tells
 * @guarded: whether what follows but for @verdict is set
 * @verdict: enum ctguard_verdict
 * @rule: number, or CTGUARD_RULE_NONE
 * @profile: to be freed
 * @cgroup: to be freed
 * @bound_by: enum ctguard_bound_by
 * @generation: of the policy that @rule belongs to
 */
struct ctguard_answer {
	bool guarded;
	uint32_t verdict;
	uint32_t rule;
	char *profile;
	char *cgroup;
	uint32_t bound_by;
	uint64_t generation;
};

int ctguard_client_status(struct ctguard_link *link, struct ctguard_status *ret,
			  struct ctguard_error *error);
int ctguard_client_hooks(struct ctguard_link *link, struct ctguard_hooks *ret,
			 struct ctguard_error *error);
int ctguard_client_containers(struct ctguard_link *link,
			      struct ctguard_containers *ret,
			      struct ctguard_error *error);
int ctguard_client_policy_get(struct ctguard_link *link, void **ret_blob,
			      size_t *ret_size, uint64_t *ret_generation,
			      struct ctguard_error *error);
int ctguard_client_policy_push(struct ctguard_link *link, const void *blob,
			       size_t size, uint32_t trial_ms,
			       uint64_t *ret_generation,
			       struct ctguard_error *error);
int ctguard_client_mode_set(struct ctguard_link *link, uint32_t mode,
			    uint32_t trial_ms, struct ctguard_error *error);
int ctguard_client_trial_end(struct ctguard_link *link, uint32_t flags,
			     struct ctguard_error *error);
int ctguard_client_bind(struct ctguard_link *link, uint64_t cgroup_id,
			const char *profile, struct ctguard_error *error);
int ctguard_client_unbind(struct ctguard_link *link, uint64_t cgroup_id,
			  struct ctguard_error *error);
int ctguard_client_claim(struct ctguard_link *link,
			 const struct ctguard_claim *claim,
			 struct ctguard_error *error);
int ctguard_client_give_up(struct ctguard_link *link, int pidfd,
			   struct ctguard_error *error);
int ctguard_client_explain(struct ctguard_link *link, uint32_t pid,
			   const struct ctguard_object *object,
			   struct ctguard_answer *ret,
			   struct ctguard_error *error);
int ctguard_client_log_ack(struct ctguard_link *link, uint64_t number,
			   const void *value, size_t size,
			   struct ctguard_error *error);

void ctguard_client_status_clear(struct ctguard_status *status);
void ctguard_client_hooks_clear(struct ctguard_hooks *hooks);
void ctguard_client_containers_clear(struct ctguard_containers *containers);
void ctguard_client_answer_clear(struct ctguard_answer *answer);

#endif /* CTGUARD_CLIENT_H */
