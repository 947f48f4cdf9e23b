/* SPDX-License-Identifier: GPL-2.0 */
/* A container made by hand: a cgroup, and children that act in it. */
#ifndef KS_BOX_H
#define KS_BOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct box - a cgroup
 * @path: of its directory
 * @name: of it from the root of the hierarchy, with a slash
 * @id: of it
 */
struct box {
	char path[512];
	const char *name;
	uint64_t id;
};

/* Does something in a child; 0, or the errno it failed with. */
typedef int act(const void *argument);

#define BOX_CRASHED 254	 /* of box_run() when the child was killed */
#define BOX_NO_ENTRY 253 /* when it could not get into the box */

const char *box_root(void);
int box_make(struct box *box, const char *name);
int box_make_docker(struct box *box, const char *parent);
void box_remove(struct box *box);
int box_enter(const struct box *box, pid_t pid);
pid_t box_start_seal(const struct box *box);
int box_seal(const struct box *box);

int box_run(const struct box *box, int namespaces, act *act,
	    const void *argument);
pid_t box_start(const struct box *box, int namespaces, act *act,
		const void *argument);
int box_wait(pid_t pid);
int box_unshare(int namespaces);

#endif /* KS_BOX_H */
