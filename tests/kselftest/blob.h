/* SPDX-License-Identifier: GPL-2.0 */
/* Compiled policies, made by hand. */
#ifndef KS_BLOB_H
#define KS_BLOB_H

#include "guard.h"

#define SKETCH_MAX 8

/**
 * struct sketch_driver - a rule for the devices of a driver
 * @rule: type and access
 * @name: pattern of names; NULL ends the list
 */
struct sketch_driver {
	struct ctguard_device_name rule;
	const char *name;
};

/**
 * struct sketch_profile - a profile of few rules
 * @name: of it; NULL ends the list of profiles
 * @flags: CTGUARD_PROFILE_*
 * @group: CTGUARD_GROUP_* of modules, devices, pseudofs, kernel, tasks, mounts;
 *	of the last three those without flags and names are unrestricted
 * @autoload: names that may be autoloaded
 * @devices: rules
 * @drivers: rules for the devices of drivers
 * @fs: a pseudo-filesystem, or NULL
 * @allow: paths in @fs that may be written
 * @when: CTGUARD_OWN_* of @allow, or 0
 * @deny_read: paths in @fs that may not be read
 * @kernel: kernel interfaces that may be used
 * @kernel_when: CTGUARD_OWN of @kernel, or 0
 * @tasks: accesses to tasks outside that are allowed
 * @mounts: filesystems that may be mounted
 * @images: which it may be of; without require there is no such group
 * @images_flags: CTGUARD_GROUP_* of that
 */
struct sketch_profile {
	const char *name;
	uint32_t flags;
	uint32_t group[6];
	const char *autoload[SKETCH_MAX];
	struct ctguard_device_rule devices[SKETCH_MAX];
	struct sketch_driver drivers[SKETCH_MAX];
	const char *fs;
	const char *allow[SKETCH_MAX];
	uint32_t when;
	const char *deny_read[SKETCH_MAX];
	const char *kernel[SKETCH_MAX];
	uint32_t kernel_when;
	const char *tasks[SKETCH_MAX];
	const char *mounts[SKETCH_MAX];
	struct ctguard_image_rule images;
	uint32_t images_flags;
};

/**
 * struct sketch - a small policy
 * @mode: enum ctguard_mode
 * @profiles: the first is the default
 * @namespaces: profile of each kind, or CTGUARD_PROFILE_NONE
 * @cgroups: patterns that guard
 * @except: patterns that do not
 * @binds: patterns, bound to the profile of the same index in @bound
 * @bound: see @binds
 * @images: approved ones, in order; @image_count of them
 * @claimants: who may make claims, in order; NULL ends the list
 */
struct sketch {
	uint32_t mode;
	struct sketch_profile profiles[SKETCH_MAX];
	uint32_t namespaces[3];
	const char *cgroups[SKETCH_MAX];
	const char *except[SKETCH_MAX];
	const char *binds[SKETCH_MAX];
	uint32_t bound[SKETCH_MAX];
	struct ctguard_image images[SKETCH_MAX];
	unsigned int image_count;
	const uint8_t *claimants[SKETCH_MAX];
};

#define SKETCH_UNRESTRICTED                                                    \
	{                                                                      \
		CTGUARD_GROUP_UNRESTRICTED, CTGUARD_GROUP_UNRESTRICTED,        \
			CTGUARD_GROUP_UNRESTRICTED,                            \
			CTGUARD_GROUP_UNRESTRICTED,                            \
			CTGUARD_GROUP_UNRESTRICTED, CTGUARD_GROUP_UNRESTRICTED \
	}

void blob_put(struct blob *blob, const void *data, size_t size);
size_t blob_begin(struct blob *blob, uint16_t type);
void blob_end(struct blob *blob, size_t element);
void blob_element(struct blob *blob, uint16_t type, const void *data,
		  size_t size);
void blob_u32(struct blob *blob, uint16_t type, uint32_t value);
void blob_finish(struct blob *blob);
void blob_make(const struct sketch *sketch, struct blob *ret);
void blob_free(struct blob *blob);

#endif /* KS_BLOB_H */
