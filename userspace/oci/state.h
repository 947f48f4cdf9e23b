/* SPDX-License-Identifier: GPL-2.0 */
/* What a runtime tells a hook. */
#ifndef CTGUARD_OCI_STATE_H
#define CTGUARD_OCI_STATE_H

#include <stddef.h>
#include <sys/types.h>

struct ctguard_error;

/* Most bytes that a state may have: it brings the image's annotations. */
#define CTGUARD_STATE_MAX (4U << 20)

/**
 * struct ctguard_state - a container's state, as far as runtimes agree on it
 * @id: of it, to be freed
 * @bundle: its directory, to be freed
 * @pid: its first task
 */
struct ctguard_state {
	char *id;
	char *bundle;
	pid_t pid;
};

int ctguard_state_parse(const char *data, size_t size,
			struct ctguard_state *ret, struct ctguard_error *error);
void ctguard_state_clear(struct ctguard_state *state);

#endif /* CTGUARD_OCI_STATE_H */
