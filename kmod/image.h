/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Of what image a container is, and whether its first program may run.
 */
#ifndef _CTG_IMAGE_H
#define _CTG_IMAGE_H

#include <uapi/ctguard/ctguard.h>
#include <uapi/ctguard/measurement.h>

struct ctg_container;
struct file;
struct linux_binprm;
struct task_struct;

/**
 * struct ctg_claim - what userland says of a container's image
 * @level: how deep it was checked, CTGUARD_LEVEL_*
 * @has_manifest: @manifest is known
 * @has_bundle: @bundle is known
 * @has_upper: the overlay has an upper directory
 * @config: SHA-256 of the image's config
 * @manifest: SHA-256 of the image's manifest
 * @bundle: SHA-256 of the runtime's config.json
 * @claimant: SHA-256 of the executable that says so
 * @init: number of the process that is to run the first program
 * @init_since: when that was made
 * @root: the overlay that is to be the container's root, or NULL. This and
 *	what follows is compared, never read, and only for who lives in the
 *	mounts of that process, which hold it
 * @upper: the filesystem of the overlay's upper directory
 * @upper_number: the upper directory's inode
 */
struct ctg_claim {
	u8 level;
	bool has_manifest;
	bool has_bundle;
	bool has_upper;
	u8 config[CTGUARD_SHA256_SIZE];
	u8 manifest[CTGUARD_SHA256_SIZE];
	u8 bundle[CTGUARD_SHA256_SIZE];
	u8 claimant[CTGUARD_SHA256_SIZE];
	pid_t init;
	u64 init_since;
	const void *root;
	const void *upper;
	unsigned long upper_number;
};

int ctg_image_init(void);
void ctg_image_exit(void);

int ctg_image_claim(struct task_struct *init, struct ctg_claim *claim,
		    u32 *ret_reason);
int ctg_image_give_up(struct task_struct *init);
bool ctg_image_asks(struct ctg_container *container);
int ctg_image_start(struct linux_binprm *bprm);
void ctg_image_act(struct ctg_container *container);
void ctg_image_adopt(void);

#endif /* _CTG_IMAGE_H */
