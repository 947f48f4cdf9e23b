/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A container's root, made by hand: an overlay with a program in each of its
 * parts, and tasks that wait in a cgroup to run one of them first.
 */
#ifndef KS_JAIL_H
#define KS_JAIL_H

#include <openssl/sha.h>

#include "box.h"
#include "guard.h"

/* Programs of a jail: they end with 42. */
#define JAIL_LOWER "/bin/lower"	   /* in a read-only layer */
#define JAIL_UPPER "/bin/upper"	   /* in the upper directory */
#define JAIL_COPIED "/bin/copied"  /* of a lower layer, copied up */
#define JAIL_VOLUME "/vol/program" /* in a bind mount */
#define JAIL_MEMORY "memory"	   /* in a memory file */
#define JAIL_OPENED "opened"	   /* JAIL_LOWER, by a descriptor */
#define JAIL_SCRIPT "/bin/script"  /* interpreted by JAIL_LOWER */
#define JAIL_TRICK "/bin/trick"	   /* likewise, by JAIL_UPPER */
#define JAIL_NOTE "/bin/note"	   /* a script, in the upper directory */
#define JAIL_BROKEN "/bin/broken"  /* is no program */
#define JAIL_BIG "/bin/big"	   /* takes long to read */
#define JAIL_STAYS "/bin/stays"	   /* does not end */
#define JAIL_MOVES "/bin/moves"	   /* likewise, in mounts of its own */

#define JAIL_TRIES 24

/**
 * struct jail - a container's root
 * @dir: that all is in
 * @root: descriptor of the overlay
 * @upper: descriptor of its upper directory
 * @program: SHA-256 of JAIL_LOWER; all but the scripts' is the same
 */
struct jail {
	char dir[64];
	int root;
	int upper;
	uint8_t program[SHA256_DIGEST_LENGTH];
};

/**
 * struct inmate - a task that is to run a program in a jail
 * @pid: of it
 * @pidfd: of it
 * @go: written to when it may
 */
struct inmate {
	pid_t pid;
	int pidfd;
	int go;
};

int jail_make(struct jail *jail);
void jail_remove(struct jail *jail);

int inmate_start(struct inmate *inmate, const struct jail *jail,
		 const struct box *box, const char *const *programs);
int inmate_start_below(struct inmate *inmate, const struct jail *jail,
		       const struct box *box, const char *const *programs);
int inmate_start_forking(struct inmate *inmate, const struct jail *jail,
			 const struct box *box, const char *const *programs);
int inmate_hook(struct inmate *inmate, const struct inmate *other,
		const struct box *box, const char *program);
int inmate_join(struct inmate *inmate, const struct inmate *other,
		const struct box *box, const char *program);
void inmate_go(struct inmate *inmate);
int inmate_wait(struct inmate *inmate);
int inmate_run(struct inmate *inmate);

#endif /* KS_JAIL_H */
