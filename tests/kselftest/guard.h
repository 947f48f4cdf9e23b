/* SPDX-License-Identifier: GPL-2.0 */
/* What is asked of the guard: its state, its containers, its events. */
#ifndef KS_GUARD_H
#define KS_GUARD_H

#include "link.h"

/* What STATUS_GET tells. */
struct status {
	uint32_t state;
	uint32_t mode;
	uint64_t generation;
	uint8_t sha256[CTGUARD_SHA256_SIZE];
	uint32_t policy_mode;
	uint32_t size;
	bool trial;
	uint32_t trial_left;
	uint32_t containers;
	uint64_t events;
	uint64_t lost;
	uint32_t tpm_state;
	uint32_t pcr;
	uint64_t log_first;
	uint64_t log_next;
	uint64_t log_bytes;
	uint64_t log_failed;
};

/* What CONTAINER_GET tells of one container. */
struct container {
	uint64_t id;
	char path[512];
	char profile[CTGUARD_NAME_MAX + 1];
	uint32_t bound_by;
	uint32_t flags;
	bool claimed;
	uint32_t level;
	uint8_t config[CTGUARD_SHA256_SIZE];
	uint64_t count[CTGUARD_OP_MAX + 1][3]; /* by enum ctguard_verdict */
};

/**
 * struct claim - what is said of a container's image
 * @level: CTGUARD_LEVEL_*
 * @config: of the image
 * @manifest: likewise, or NULL
 * @bundle: likewise, or NULL
 * @root: descriptor of the overlay's root, or -1
 * @upper: descriptor of its upper directory, or -1
 */
struct claim {
	uint32_t level;
	const uint8_t *config;
	const uint8_t *manifest;
	const uint8_t *bundle;
	int root;
	int upper;
};

/* One event. */
struct event {
	uint32_t kind;
	uint32_t operation;
	uint32_t verdict;
	uint32_t rule;
	uint64_t seq;
	uint32_t cpu;
	uint64_t time;
	uint64_t count;
	uint64_t first_seq;
	uint64_t id; /* of the cgroup */
	char path[512];
	char profile[CTGUARD_NAME_MAX + 1];
	char object[CTGUARD_OBJECT_MAX + 1];
	char fs[64];
	char comm[32];
	char hook[64];
	bool first;
	bool truncated;
	bool who; /* PID was there */
	uint32_t dev_type;
	uint32_t major;
	uint32_t minor;
	uint32_t access;
	uint32_t reason;
	uint32_t pid;
	uint32_t tgid;
	uint32_t uid;
	uint32_t auid;
	uint32_t session;
	uint32_t lost_cpu;
	uint32_t mode;
	uint32_t hook_state;
	char hook_name[64];
	uint64_t generation;
};

/* A policy's compiled form. */
struct blob {
	uint8_t *data;
	size_t size;
};

int guard_load(const char *parameters);
int guard_unload(void);
bool guard_is_loaded(void);

int guard_status(struct link *link, struct status *ret);
int guard_hook(struct link *link, const char *name);
int guard_container(struct link *link, uint64_t id, const char *path,
		    struct container *ret);
int guard_each(struct link *link,
	       void (*handler)(const struct container *c, void *context),
	       void *context);
int guard_bind(struct link *link, uint64_t id, const char *profile);
int guard_unbind(struct link *link, uint64_t id);
int guard_mode(struct link *link, uint32_t mode, uint32_t trial_ms);
int guard_trial_end(struct link *link, uint32_t flags);
int guard_push(struct link *link, const struct blob *blob, uint32_t trial_ms);
int guard_pull(struct link *link, struct blob *ret);
int guard_claim(struct link *link, int pidfd, const struct claim *claim);
int guard_give_up(struct link *link, int pidfd);
int guard_ack(struct link *link, uint64_t number, const void *value,
	      size_t size);
void guard_sha256(const struct blob *blob, uint8_t ret[CTGUARD_SHA256_SIZE]);

int guard_listen(struct link *link);
int guard_event(struct link *link, int timeout_ms, struct event *ret);

#endif /* KS_GUARD_H */
