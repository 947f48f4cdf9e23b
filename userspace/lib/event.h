/* SPDX-License-Identifier: GPL-2.0 */
/* Events of the kernel module. */
#ifndef CTGUARD_EVENT_H
#define CTGUARD_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ctguard/ctguard.h>

struct ctguard_error;
struct ctguard_link;

/**
 * struct ctguard_event - what an event holds, by the names of the contract
 * @has: bit n is set when attribute n of enum ctguard_attr was there
 *
 * Pointers are good until the handler returns; those not there are NULL and
 * numbers not there are 0.
 */
struct ctguard_event {
	uint64_t has[2];
	uint32_t kind;
	uint64_t seq;
	uint32_t cpu;
	uint64_t time;
	uint32_t verdict;
	uint32_t operation;
	uint32_t rule;
	const void *object;
	size_t object_size;
	bool object_truncated;
	const char *fs;
	uint32_t dev_type;
	uint32_t major;
	uint32_t minor;
	uint32_t access;
	const char *hook_hit;
	uint64_t cgroup_id;
	const char *cgroup;
	const char *profile;
	uint32_t pid;
	uint32_t tgid;
	uint32_t uid;
	uint32_t auid;
	uint32_t session;
	const char *comm;
	uint64_t count;
	uint64_t first_seq;
	uint32_t lost_cpu;
	uint32_t first_cpu;
	bool first;
	uint64_t generation;
	const uint8_t *digest; /* CTGUARD_SHA256_SIZE bytes */
	uint32_t mode;
	const char *hook;
	uint32_t hook_state;
	uint32_t level;
	uint32_t reason;
	const uint8_t *config; /* likewise, as the next */
	const uint8_t *manifest;
};
_Static_assert(CTGUARD_A_MAX < 128, "has is too small");

typedef void ctguard_event_handler(const struct ctguard_event *event,
				   void *context);

bool ctguard_event_has(const struct ctguard_event *event,
		       enum ctguard_attr attribute);
int ctguard_event_listen(struct ctguard_link *link,
			 struct ctguard_error *error);
int ctguard_event_receive(struct ctguard_link *link, int timeout_ms,
			  ctguard_event_handler *handler, void *context,
			  struct ctguard_error *error);

#endif /* CTGUARD_EVENT_H */
