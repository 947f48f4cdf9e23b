// SPDX-License-Identifier: GPL-2.0
/*
 * The parser of compiled policies: what it takes, what it refuses, with which
 * errno and at which byte; and what it answers about what it took.
 */
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/measurement.h>

#include "../../kmod/policy.h"
#include "blob.h"
#include "query.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define NONE CTGUARD_PROFILE_NONE
#define TEN "aaaaaaaaaa"
#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Parses a copy of exactly this size, so that ASan sees a read behind it. */
static int parse(const void *data, size_t size, struct ctg_policy **ret,
		 struct ctg_policy_error *error)
{
	void *copy = malloc(size ? size : 1);
	int r;

	memcpy(copy, data, size);
	r = ctg_policy_parse(copy, size, ret, error);
	free(copy);
	return r;
}

/* Claims that a blob is refused, with this errno and at this byte. */
static void refuses(const char *claim, const void *data, size_t size, int code,
		    size_t offset)
{
	struct ctg_policy *const untouched = (struct ctg_policy *)&claim;
	struct ctg_policy *policy = untouched;
	struct ctg_policy_error error = { 0 };
	int r = parse(data, size, &policy, &error);

	if (tap_ok(r == code && error.offset == offset && error.reason &&
			   policy == untouched,
		   "refuses %s", claim))
		return;
	tap_note("errno %d (%d expected) at byte %u (%zu expected): %s", -r,
		 -code, error.offset, offset, error.reason);
	if (!r)
		ctg_policy_free(policy);
}

static struct ctg_policy *accepted(const char *claim, struct blob *b)
{
	struct ctg_policy_error error;
	struct ctg_policy *policy = NULL;
	int r = parse(b->data, b->size, &policy, &error);

	if (!tap_ok(!r, "takes %s", claim))
		tap_note("errno %d at byte %u: %s", -r, error.offset,
			 error.reason);
	blob_free(b);
	return policy;
}

/* A policy with at least one element of every type. */
static void build_full(struct blob *b)
{
	blob_begin(b);
	blob_number(b, CTGUARD_TLV_MODE, CTGUARD_MODE_ENFORCE);
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_text(b, CTGUARD_TLV_NAME, "alpha");
	blob_number(b, CTGUARD_TLV_FLAGS, 0);
	blob_open(b, CTGUARD_TLV_MODULES);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_text(b, CTGUARD_TLV_AUTOLOAD, "nf_*");
	blob_text(b, CTGUARD_TLV_AUTOLOAD, "tun");
	blob_close(b);
	blob_open(b, CTGUARD_TLV_DEVICES);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_device(b, CTGUARD_DEV_CHAR, CTGUARD_ACCESS_ALL, 1, 3);
	blob_device_name(b, CTGUARD_DEV_CHAR, CTGUARD_ACCESS_READ, "nvidia*");
	blob_close(b);
	blob_open(b, CTGUARD_TLV_PSEUDOFS);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_open(b, CTGUARD_TLV_FS);
	blob_text(b, CTGUARD_TLV_NAME, "proc");
	blob_text_for(b, CTGUARD_TLV_ALLOW, CTGUARD_OWN, "/[pid]/**");
	blob_text_for(b, CTGUARD_TLV_DENY_READ, 0, "/kcore");
	blob_close(b);
	blob_open(b, CTGUARD_TLV_FS);
	blob_text(b, CTGUARD_TLV_NAME, "sysfs");
	blob_close(b);
	blob_close(b);
	blob_open(b, CTGUARD_TLV_KERNEL);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_text_for(b, CTGUARD_TLV_ALLOW_NAME, CTGUARD_OWN, "tty/*");
	blob_close(b);
	blob_open(b, CTGUARD_TLV_TASKS);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_text_for(b, CTGUARD_TLV_ALLOW_NAME, 0, "ptrace/read");
	blob_close(b);
	blob_open(b, CTGUARD_TLV_MOUNTS);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_text_for(b, CTGUARD_TLV_ALLOW_NAME, 0, "ext?");
	blob_close(b);
	blob_close(b);
	blob_profile(b, "beta", CTGUARD_PROFILE_COMPLAIN);
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_text(b, CTGUARD_TLV_NAME, "gamma");
	blob_number(b, CTGUARD_TLV_FLAGS, 0);
	blob_empty_groups(b, CTGUARD_TLV_MODULES, CTGUARD_TLV_MOUNTS);
	blob_open(b, CTGUARD_TLV_IMAGES);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, CTGUARD_GROUP_COMPLAIN);
	blob_image_rule(b, CTGUARD_REQUIRE_APPROVED, CTGUARD_LEVEL_LAYERS,
			CTGUARD_PROGRAM_IMAGE);
	blob_close(b);
	blob_close(b);
	blob_number(b, CTGUARD_TLV_DEFAULT, 0);
	blob_namespaces(b, 0, 1, NONE);
	blob_text(b, CTGUARD_TLV_CGROUP, "/docker/{id}");
	blob_text(b, CTGUARD_TLV_EXCEPT, "/docker/x");
	blob_text_for(b, CTGUARD_TLV_BIND, 1, "/docker/**");
	blob_text_for(b, CTGUARD_TLV_BIND, 2, "/images/**");
	blob_image(b, CTGUARD_IMAGE_CONFIG, 1);
	blob_image(b, CTGUARD_IMAGE_CONFIG, 3);
	blob_image(b, CTGUARD_IMAGE_MANIFEST, 2);
	blob_claimant(b, 4);
	blob_claimant(b, 5);
	blob_end(b);
}

/*
 * One number of the full policy is another: @width bytes at @delta behind the
 * @nth element of @type, and it is refused at @error behind that element. Type
 * 0 is the header.
 */
static const struct patch {
	const char *claim;
	unsigned int type;
	unsigned int nth;
	unsigned int delta;
	unsigned int width;
	uint32_t value;
	int code;
	unsigned int error;
} patches[] = {
	{ "other magic", 0, 0, 0, 1, 'c', -EBADMSG, 0 },
	{ "magic that lost its CR", 0, 0, 6, 1, '\n', -EBADMSG, 0 },
	{ "version 0", 0, 0, 8, 4, 0, -EPROTONOSUPPORT, 8 },
	{ "version 2", 0, 0, 8, 4, 2, -EPROTONOSUPPORT, 8 },
	{ "version 1, big-endian", 0, 0, 8, 4, 1U << 24, -EPROTONOSUPPORT, 8 },
	{ "length 0 in the header", 0, 0, 12, 4, 0, -EBADMSG, 12 },
	{ "largest length in the header", 0, 0, 12, 4, ~0U, -EBADMSG, 12 },

	{ "mode 2", CTGUARD_TLV_MODE, 0, 8, 4, 2, -EINVAL, 0 },
	{ "mode of 3 bytes", CTGUARD_TLV_MODE, 0, 4, 4, 3, -EBADMSG, 8 },
	{ "mode of 8 bytes", CTGUARD_TLV_MODE, 0, 4, 4, 8, -EBADMSG, 8 },
	{ "reserved bytes of an element", CTGUARD_TLV_MODE, 0, 2, 2, 1,
	  -EBADMSG, 2 },
	{ "something else than the mode first", CTGUARD_TLV_MODE, 0, 0, 2,
	  CTGUARD_TLV_DEFAULT, -EBADMSG, 0 },
	{ "type 0", CTGUARD_TLV_MODE, 0, 0, 2, 0, -EBADMSG, 0 },
	{ "type 0xffff", CTGUARD_TLV_MODE, 0, 0, 2, 0xffff, -EBADMSG, 0 },

	{ "unknown type in place of a profile", CTGUARD_TLV_PROFILE, 1, 0, 2,
	  0x99, -EBADMSG, 0 },
	{ "profile longer than the policy", CTGUARD_TLV_PROFILE, 1, 4, 4,
	  1 << 20, -EBADMSG, 4 },
	{ "profile of the largest length", CTGUARD_TLV_PROFILE, 1, 4, 4, ~0U,
	  -EBADMSG, 4 },
	{ "profile of 4 less than 2^32", CTGUARD_TLV_PROFILE, 1, 4, 4, -4U,
	  -EBADMSG, 4 },
	{ "profile of no bytes", CTGUARD_TLV_PROFILE, 1, 4, 4, 0, -EBADMSG, 8 },

	{ "name longer than its profile", CTGUARD_TLV_NAME, 0, 4, 4, 10000,
	  -EBADMSG, 4 },
	{ "empty name", CTGUARD_TLV_NAME, 0, 4, 4, 0, -ENAMETOOLONG, 0 },
	{ "space in a name", CTGUARD_TLV_NAME, 0, 10, 1, ' ', -EINVAL, 10 },
	{ "slash in a name", CTGUARD_TLV_NAME, 0, 8, 1, '/', -EINVAL, 8 },
	{ "NUL in a name", CTGUARD_TLV_NAME, 0, 9, 1, 0, -EINVAL, 9 },
	{ "byte above 0x7f in a name", CTGUARD_TLV_NAME, 0, 12, 1, 0xe4,
	  -EINVAL, 12 },
	{ "first byte of padding", CTGUARD_TLV_NAME, 0, 13, 1, 1, -EBADMSG,
	  13 },
	{ "last byte of padding", CTGUARD_TLV_NAME, 0, 15, 1, 0x80, -EBADMSG,
	  15 },
	{ "name in another place's type", CTGUARD_TLV_NAME, 0, 0, 2,
	  CTGUARD_TLV_FLAGS, -EBADMSG, 0 },

	{ "profile flags of 2 bytes", CTGUARD_TLV_FLAGS, 0, 4, 4, 2, -EBADMSG,
	  8 },
	{ "profile without flags", CTGUARD_TLV_FLAGS, 0, 0, 2,
	  CTGUARD_TLV_MODULES, -EBADMSG, 0 },

	{ "profile without a module group", CTGUARD_TLV_MODULES, 0, 0, 2,
	  CTGUARD_TLV_DEVICES, -EBADMSG, 0 },
	{ "profile without a device group", CTGUARD_TLV_DEVICES, 0, 0, 2,
	  CTGUARD_TLV_PSEUDOFS, -EBADMSG, 0 },
	{ "profile without a pseudofs group", CTGUARD_TLV_PSEUDOFS, 0, 0, 2,
	  CTGUARD_TLV_FS, -EBADMSG, 0 },
	{ "group longer than its profile", CTGUARD_TLV_MODULES, 0, 4, 4, 4096,
	  -EBADMSG, 4 },
	{ "last group longer than its profile", CTGUARD_TLV_MOUNTS, 1, 4, 4, 16,
	  -EBADMSG, 4 },
	{ "group that cuts an element's header", CTGUARD_TLV_MODULES, 1, 4, 4,
	  4, -EBADMSG, 8 },
	{ "group that cuts an element's value", CTGUARD_TLV_MODULES, 1, 4, 4,
	  10, -EBADMSG, 12 },
	{ "group of no bytes", CTGUARD_TLV_MODULES, 1, 4, 4, 0, -EBADMSG, 8 },

	{ "unknown module flag", CTGUARD_TLV_GROUP_FLAGS, 0, 8, 4, 32, -EINVAL,
	  0 },
	{ "unknown device flag", CTGUARD_TLV_GROUP_FLAGS, 1, 8, 4, 1U << 31,
	  -EINVAL, 0 },
	{ "flag of modules for devices", CTGUARD_TLV_GROUP_FLAGS, 1, 8, 4,
	  CTGUARD_GROUP_ALLOW_LOAD, -EINVAL, 0 },
	{ "flag of modules for pseudofs", CTGUARD_TLV_GROUP_FLAGS, 2, 8, 4,
	  CTGUARD_GROUP_ALLOW_KEXEC, -EINVAL, 0 },
	{ "group flags of 0 bytes", CTGUARD_TLV_GROUP_FLAGS, 0, 4, 4, 0,
	  -EBADMSG, 8 },
	{ "unrestricted modules with rules", CTGUARD_TLV_GROUP_FLAGS, 0, 8, 4,
	  CTGUARD_GROUP_UNRESTRICTED, -EINVAL, 0 },
	{ "unrestricted devices with rules", CTGUARD_TLV_GROUP_FLAGS, 1, 8, 4,
	  CTGUARD_GROUP_UNRESTRICTED, -EINVAL, 0 },
	{ "unrestricted pseudofs with rules", CTGUARD_TLV_GROUP_FLAGS, 2, 8, 4,
	  CTGUARD_GROUP_UNRESTRICTED, -EINVAL, 0 },
	{ "unrestricted modules that complain", CTGUARD_TLV_GROUP_FLAGS, 6, 8,
	  4, CTGUARD_GROUP_UNRESTRICTED | CTGUARD_GROUP_COMPLAIN, -EINVAL, 0 },
	{ "unrestricted modules that may be loaded", CTGUARD_TLV_GROUP_FLAGS, 6,
	  8, 4, CTGUARD_GROUP_UNRESTRICTED | CTGUARD_GROUP_ALLOW_LOAD, -EINVAL,
	  0 },

	{ "empty module pattern", CTGUARD_TLV_AUTOLOAD, 0, 4, 4, 0, -EINVAL,
	  8 },
	{ "three stars in a module pattern", CTGUARD_TLV_AUTOLOAD, 1, 8, 3,
	  0x2a2a2a, -EINVAL, 8 },
	{ "device rule among modules", CTGUARD_TLV_AUTOLOAD, 0, 0, 2,
	  CTGUARD_TLV_DEVICE_RULE, -EINVAL, 0 },

	{ "device type 3", CTGUARD_TLV_DEVICE_RULE, 0, 8, 1, 3, -EINVAL, 8 },
	{ "no access", CTGUARD_TLV_DEVICE_RULE, 0, 9, 1, 0, -EINVAL, 9 },
	{ "unknown access", CTGUARD_TLV_DEVICE_RULE, 0, 9, 1, 8, -EINVAL, 9 },
	{ "reserved byte of a device rule", CTGUARD_TLV_DEVICE_RULE, 0, 11, 1,
	  1, -EBADMSG, 10 },
	{ "major 4096", CTGUARD_TLV_DEVICE_RULE, 0, 12, 4, 4096, -EINVAL, 12 },
	{ "minor 1048576", CTGUARD_TLV_DEVICE_RULE, 0, 16, 4, 1 << 20, -EINVAL,
	  12 },
	{ "all majors with one minor", CTGUARD_TLV_DEVICE_RULE, 0, 12, 4,
	  CTGUARD_DEV_ALL, -EINVAL, 16 },
	{ "device rule of 8 bytes", CTGUARD_TLV_DEVICE_RULE, 0, 4, 4, 8,
	  -EBADMSG, 8 },
	{ "name of a device of type any", CTGUARD_TLV_DEVICE_NAME, 0, 8, 1,
	  CTGUARD_DEV_ANY, -EINVAL, 8 },
	{ "name of a device of type 3", CTGUARD_TLV_DEVICE_NAME, 0, 8, 1, 3,
	  -EINVAL, 8 },
	{ "no access by name", CTGUARD_TLV_DEVICE_NAME, 0, 9, 1, 0, -EINVAL,
	  9 },
	{ "unknown access by name", CTGUARD_TLV_DEVICE_NAME, 0, 9, 1, 15,
	  -EINVAL, 9 },
	{ "reserved byte of a device name", CTGUARD_TLV_DEVICE_NAME, 0, 10, 1,
	  1, -EBADMSG, 10 },
	{ "device name of 3 bytes", CTGUARD_TLV_DEVICE_NAME, 0, 4, 4, 3,
	  -EBADMSG, 8 },
	{ "device name without a name", CTGUARD_TLV_DEVICE_NAME, 0, 4, 4, 4,
	  -EINVAL, 12 },
	{ "device name with a NUL", CTGUARD_TLV_DEVICE_NAME, 0, 12, 1, 0,
	  -EINVAL, 12 },
	{ "device rule behind a device name", CTGUARD_TLV_DEVICE_NAME, 0, 0, 2,
	  CTGUARD_TLV_DEVICE_RULE, -EBADMSG, 8 },
	{ "module pattern among devices", CTGUARD_TLV_DEVICE_RULE, 0, 0, 2,
	  CTGUARD_TLV_AUTOLOAD, -EINVAL, 0 },

	{ "filesystem without a name", CTGUARD_TLV_NAME, 1, 0, 2,
	  CTGUARD_TLV_ALLOW, -EBADMSG, 0 },
	{ "filesystem of no bytes", CTGUARD_TLV_FS, 1, 4, 4, 0, -EBADMSG, 8 },
	{ "unknown element among filesystems", CTGUARD_TLV_FS, 0, 0, 2, 0x99,
	  -EINVAL, 0 },
	{ "condition of two bits", CTGUARD_TLV_ALLOW, 0, 8, 4,
	  CTGUARD_OWN | CTGUARD_OWN_NET, -EINVAL, 8 },
	{ "unknown condition", CTGUARD_TLV_ALLOW, 0, 8, 4, 32, -EINVAL, 8 },
	{ "path rule of 3 bytes", CTGUARD_TLV_ALLOW, 0, 4, 4, 0, -EBADMSG, 8 },
	{ "path rule without a path", CTGUARD_TLV_ALLOW, 0, 4, 4, 4, -EINVAL,
	  12 },
	{ "path pattern without a slash", CTGUARD_TLV_ALLOW, 0, 12, 1, 'x',
	  -EINVAL, 12 },
	{ "DENY_READ before ALLOW", CTGUARD_TLV_ALLOW, 0, 0, 2,
	  CTGUARD_TLV_DENY_READ, -EINVAL, 8 },
	{ "ALLOW after DENY_READ of another type", CTGUARD_TLV_DENY_READ, 0, 0,
	  2, CTGUARD_TLV_FS, -EINVAL, 0 },
	{ "condition of a DENY_READ", CTGUARD_TLV_DENY_READ, 0, 8, 4,
	  CTGUARD_OWN, -EINVAL, 8 },

	{ "profile without a kernel group", CTGUARD_TLV_KERNEL, 0, 0, 2,
	  CTGUARD_TLV_TASKS, -EBADMSG, 0 },
	{ "profile without a task group", CTGUARD_TLV_TASKS, 0, 0, 2,
	  CTGUARD_TLV_MOUNTS, -EBADMSG, 0 },
	{ "profile without a mount group", CTGUARD_TLV_MOUNTS, 0, 0, 2, 0x19,
	  -EBADMSG, 0 },
	{ "flag of modules for kernel interfaces", CTGUARD_TLV_GROUP_FLAGS, 3,
	  8, 4, CTGUARD_GROUP_ALLOW_LOAD, -EINVAL, 0 },
	{ "unknown task flag", CTGUARD_TLV_GROUP_FLAGS, 4, 8, 4, 32, -EINVAL,
	  0 },
	{ "unrestricted kernel interfaces with rules", CTGUARD_TLV_GROUP_FLAGS,
	  3, 8, 4, CTGUARD_GROUP_UNRESTRICTED, -EINVAL, 0 },
	{ "unrestricted mounts with rules", CTGUARD_TLV_GROUP_FLAGS, 5, 8, 4,
	  CTGUARD_GROUP_UNRESTRICTED, -EINVAL, 0 },
	{ "condition of kernel interfaces that paths have",
	  CTGUARD_TLV_ALLOW_NAME, 0, 8, 4, CTGUARD_OWN_NET, -EINVAL, 8 },
	{ "condition of a task", CTGUARD_TLV_ALLOW_NAME, 1, 8, 4, CTGUARD_OWN,
	  -EINVAL, 8 },
	{ "condition of a mount", CTGUARD_TLV_ALLOW_NAME, 2, 8, 4, CTGUARD_OWN,
	  -EINVAL, 8 },
	{ "name rule of 3 bytes", CTGUARD_TLV_ALLOW_NAME, 1, 4, 4, 3, -EBADMSG,
	  8 },
	{ "name rule without a name", CTGUARD_TLV_ALLOW_NAME, 2, 4, 4, 4,
	  -EINVAL, 12 },
	{ "path rule among names", CTGUARD_TLV_ALLOW_NAME, 0, 0, 2,
	  CTGUARD_TLV_ALLOW, -EINVAL, 0 },
	{ "device name among tasks", CTGUARD_TLV_ALLOW_NAME, 1, 0, 2,
	  CTGUARD_TLV_DEVICE_NAME, -EINVAL, 0 },

	{ "no default", CTGUARD_TLV_DEFAULT, 0, 0, 2, CTGUARD_TLV_NAMESPACES,
	  -EBADMSG, 0 },
	{ "default that is no profile", CTGUARD_TLV_DEFAULT, 0, 8, 4, 3,
	  -EINVAL, 8 },
	{ "default that is nothing", CTGUARD_TLV_DEFAULT, 0, 8, 4, NONE,
	  -EINVAL, 8 },
	{ "no namespaces", CTGUARD_TLV_NAMESPACES, 0, 0, 2, CTGUARD_TLV_CGROUP,
	  -EBADMSG, 0 },
	{ "two namespaces", CTGUARD_TLV_NAMESPACES, 0, 4, 4, 8, -EBADMSG, 8 },
	{ "PID namespaces' profile that is none", CTGUARD_TLV_NAMESPACES, 0, 8,
	  4, 3, -EINVAL, 8 },
	{ "user namespaces' profile that is none", CTGUARD_TLV_NAMESPACES, 0,
	  12, 4, 3, -EINVAL, 12 },
	{ "cgroup namespaces' profile that is none", CTGUARD_TLV_NAMESPACES, 0,
	  16, 4, -2U, -EINVAL, 16 },

	{ "cgroup pattern without a slash", CTGUARD_TLV_CGROUP, 0, 8, 1, 'd',
	  -EINVAL, 8 },
	{ "EXCEPT before CGROUP", CTGUARD_TLV_CGROUP, 0, 0, 2, CTGUARD_TLV_BIND,
	  -EINVAL, 8 },
	{ "CGROUP after BIND", CTGUARD_TLV_BIND, 1, 0, 2, CTGUARD_TLV_CGROUP,
	  -EINVAL, 0 },
	{ "unknown last element", CTGUARD_TLV_CLAIMANT, 1, 0, 2, 0x0a, -EINVAL,
	  0 },
	{ "binding to no profile", CTGUARD_TLV_BIND, 0, 8, 4, 3, -EINVAL, 8 },
	{ "binding to nothing", CTGUARD_TLV_BIND, 0, 8, 4, NONE, -EINVAL, 8 },
	{ "binding without a path", CTGUARD_TLV_BIND, 0, 12, 1, 0, -EINVAL,
	  12 },
	{ "namespaces' profile that requires images", CTGUARD_TLV_NAMESPACES, 0,
	  12, 4, 2, -EINVAL, 12 },
	{ "images in place of mounts", CTGUARD_TLV_MOUNTS, 2, 0, 2,
	  CTGUARD_TLV_IMAGES, -EBADMSG, 0 },
	{ "unknown group behind the mounts", CTGUARD_TLV_IMAGES, 0, 0, 2, 0x19,
	  -EINVAL, 0 },
	{ "images without flags", CTGUARD_TLV_GROUP_FLAGS, 18, 0, 2,
	  CTGUARD_TLV_IMAGE_RULE, -EBADMSG, 0 },
	{ "unrestricted images", CTGUARD_TLV_GROUP_FLAGS, 18, 8, 4,
	  CTGUARD_GROUP_UNRESTRICTED, -EINVAL, 0 },
	{ "flag of modules for images", CTGUARD_TLV_GROUP_FLAGS, 18, 8, 4,
	  CTGUARD_GROUP_ALLOW_LOAD, -EINVAL, 0 },
	{ "images without a rule", CTGUARD_TLV_IMAGE_RULE, 0, 0, 2,
	  CTGUARD_TLV_ALLOW_NAME, -EBADMSG, 0 },
	{ "image rule of 3 bytes", CTGUARD_TLV_IMAGE_RULE, 0, 4, 4, 3, -EBADMSG,
	  8 },
	{ "images of which nothing is required", CTGUARD_TLV_IMAGE_RULE, 0, 8,
	  1, CTGUARD_REQUIRE_NONE, -EINVAL, 8 },
	{ "unknown requirement", CTGUARD_TLV_IMAGE_RULE, 0, 8, 1, 3, -EINVAL,
	  8 },
	{ "level 4", CTGUARD_TLV_IMAGE_RULE, 0, 9, 1, 4, -EINVAL, 8 },
	{ "level 255", CTGUARD_TLV_IMAGE_RULE, 0, 9, 1, 255, -EINVAL, 8 },
	{ "program from elsewhere", CTGUARD_TLV_IMAGE_RULE, 0, 10, 1, 2,
	  -EINVAL, 8 },
	{ "reserved byte of an image rule", CTGUARD_TLV_IMAGE_RULE, 0, 11, 1, 1,
	  -EINVAL, 8 },
	{ "level of measured images", CTGUARD_TLV_IMAGE_RULE, 0, 8, 1,
	  CTGUARD_REQUIRE_MEASURED, -EINVAL, 8 },
	{ "images before bindings", CTGUARD_TLV_BIND, 1, 0, 2,
	  CTGUARD_TLV_IMAGE, -EBADMSG, 8 },
	{ "unknown type of digest", CTGUARD_TLV_IMAGE, 2, 8, 4, 2, -EINVAL, 8 },
	{ "image of 32 bytes", CTGUARD_TLV_IMAGE, 0, 4, 4, 32, -EBADMSG, 8 },
	{ "images that descend", CTGUARD_TLV_IMAGE, 1, 12, 1, 0, -EINVAL, 8 },
	{ "manifest before a config", CTGUARD_TLV_IMAGE, 0, 8, 4,
	  CTGUARD_IMAGE_MANIFEST, -EINVAL, 52 },
	{ "claimant of 36 bytes", CTGUARD_TLV_CLAIMANT, 0, 4, 4, 36, -EBADMSG,
	  8 },
	{ "claimants that descend", CTGUARD_TLV_CLAIMANT, 1, 8, 1, 0, -EINVAL,
	  8 },
	{ "image behind a claimant", CTGUARD_TLV_CLAIMANT, 1, 0, 2,
	  CTGUARD_TLV_IMAGE, -EINVAL, 0 },
	{ "last element longer than the policy", CTGUARD_TLV_CLAIMANT, 1, 4, 4,
	  1000, -EBADMSG, 4 },
};

static void test_patches(const struct blob *full)
{
	unsigned char *bytes = malloc(full->size);
	size_t i;

	for (i = 0; i < COUNT(patches); i++) {
		const struct patch *p = &patches[i];
		size_t at = p->type ? blob_find(full, p->type, p->nth) : 0;
		uint32_t value = htole32(p->value);

		memcpy(bytes, full->data, full->size);
		memcpy(bytes + at + p->delta, &value, p->width);
		refuses(p->claim, bytes, full->size, p->code, at + p->error);
	}
	free(bytes);
}

/*
 * Whole policies that are refused: each builds one and marks the byte.
 */

static void begin(struct blob *b)
{
	blob_begin(b);
	blob_number(b, CTGUARD_TLV_MODE, CTGUARD_MODE_ENFORCE);
}

static void build_nothing(struct blob *b)
{
	blob_mark(b);
}

static void build_header_only(struct blob *b)
{
	blob_begin(b);
	blob_mark(b);
}

static void build_no_profile(struct blob *b)
{
	begin(b);
	blob_mark(b);
	b->mark += sizeof(struct ctguard_tlv);
	blob_tail(b, 0);
}

static void build_profile_twice(struct blob *b)
{
	begin(b);
	blob_profile(b, "a", 0);
	blob_profile(b, "b", 0);
	blob_mark(b);
	blob_profile(b, "a", 0);
	blob_tail(b, 0);
}

static void build_profile_none(struct blob *b)
{
	begin(b);
	blob_mark(b);
	blob_profile(b, "none", 0);
	blob_tail(b, 0);
}

static void build_unused(struct blob *b)
{
	begin(b);
	blob_profile(b, "a", 0);
	blob_profile(b, "b", 0);
	blob_tail(b, 0);
}

static void build_unknown_profile_flag(struct blob *b)
{
	begin(b);
	blob_mark(b);
	b->mark += sizeof(struct ctguard_tlv);
	blob_profile(b, "a", 2);
	blob_tail(b, 0);
}

static void build_257_profiles(struct blob *b)
{
	char name[16];
	int i;

	begin(b);
	for (i = 0; i < CTGUARD_POLICY_MAX_PROFILES + 1; i++) {
		blob_mark(b);
		snprintf(name, sizeof(name), "p%d", i);
		blob_profile(b, name, 0);
	}
	blob_tail(b, 0);
}

static void open_pseudofs(struct blob *b)
{
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_text(b, CTGUARD_TLV_NAME, "a");
	blob_number(b, CTGUARD_TLV_FLAGS, 0);
	blob_empty_groups(b, CTGUARD_TLV_MODULES, CTGUARD_TLV_DEVICES);
	blob_open(b, CTGUARD_TLV_PSEUDOFS);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
}

static void close_pseudofs(struct blob *b)
{
	blob_close(b);
	blob_empty_groups(b, CTGUARD_TLV_KERNEL, CTGUARD_TLV_MOUNTS);
	blob_close(b);
	blob_tail(b, 0);
}

static void add_fs(struct blob *b, const char *name)
{
	blob_mark(b);
	blob_open(b, CTGUARD_TLV_FS);
	blob_text(b, CTGUARD_TLV_NAME, name);
	blob_close(b);
}

static void build_filesystems(struct blob *b, int count)
{
	char name[16];
	int i;

	begin(b);
	open_pseudofs(b);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "fs%d", i);
		add_fs(b, name);
	}
	close_pseudofs(b);
}

static void build_65_filesystems(struct blob *b)
{
	build_filesystems(b, 65);
}

static void build_filesystem_twice(struct blob *b)
{
	begin(b);
	open_pseudofs(b);
	add_fs(b, "proc");
	add_fs(b, "sysfs");
	add_fs(b, "proc");
	close_pseudofs(b);
}

static void build_rules(struct blob *b, u32 count)
{
	u32 i;

	begin(b);
	blob_profile(b, "a", 0);
	blob_tail(b, 0);
	for (i = 0; i < count; i++) {
		blob_mark(b);
		blob_text(b, CTGUARD_TLV_CGROUP, "/a");
	}
	b->mark += sizeof(struct ctguard_tlv);
}

static void build_too_many_rules(struct blob *b)
{
	build_rules(b, CTGUARD_POLICY_MAX_RULES + 1);
}

static void build_long_name(struct blob *b)
{
	begin(b);
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_mark(b);
	blob_text(b, CTGUARD_TLV_NAME, TEN TEN TEN TEN TEN TEN "1234");
	blob_close(b);
}

static void build_long_pattern(struct blob *b)
{
	char pattern[CTGUARD_PATTERN_MAX + 2] = "/";

	memset(pattern + 1, 'a', CTGUARD_PATTERN_MAX);
	begin(b);
	blob_profile(b, "a", 0);
	blob_tail(b, 0);
	blob_mark(b);
	b->mark += sizeof(struct ctguard_tlv);
	blob_text(b, CTGUARD_TLV_CGROUP, pattern);
}

static void build_except_first(struct blob *b)
{
	begin(b);
	blob_profile(b, "a", 0);
	blob_tail(b, 0);
	blob_text(b, CTGUARD_TLV_EXCEPT, "/a");
	blob_mark(b);
	blob_text(b, CTGUARD_TLV_CGROUP, "/a");
}

static void build_profile_behind(struct blob *b)
{
	begin(b);
	blob_profile(b, "a", 0);
	blob_tail(b, 0);
	blob_mark(b);
	blob_profile(b, "b", 0);
}

static void build_default_first(struct blob *b)
{
	begin(b);
	blob_number(b, CTGUARD_TLV_DEFAULT, 0);
	b->mark = b->size - sizeof(u32);
	blob_profile(b, "a", 0);
}

static void build_mode_twice(struct blob *b)
{
	begin(b);
	blob_mark(b);
	blob_number(b, CTGUARD_TLV_MODE, CTGUARD_MODE_ENFORCE);
	blob_profile(b, "a", 0);
	blob_tail(b, 0);
}

static void build_seventh_group(struct blob *b)
{
	begin(b);
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_text(b, CTGUARD_TLV_NAME, "a");
	blob_number(b, CTGUARD_TLV_FLAGS, 0);
	blob_empty_groups(b, CTGUARD_TLV_MODULES, CTGUARD_TLV_MOUNTS);
	blob_mark(b);
	blob_empty_groups(b, CTGUARD_TLV_MOUNTS, CTGUARD_TLV_MOUNTS);
	blob_close(b);
	blob_tail(b, 0);
}

static void build_groups_swapped(struct blob *b)
{
	begin(b);
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_text(b, CTGUARD_TLV_NAME, "a");
	blob_number(b, CTGUARD_TLV_FLAGS, 0);
	blob_mark(b);
	blob_open(b, CTGUARD_TLV_DEVICES);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_close(b);
	blob_close(b);
	blob_tail(b, 0);
}

static void build_unpadded_nest(struct blob *b)
{
	begin(b);
	open_pseudofs(b);
	blob_mark(b);
	blob_element(b, CTGUARD_TLV_FS, "\x10", 1);
	b->mark += sizeof(struct ctguard_tlv);
	close_pseudofs(b);
}

static void build_trailing_byte(struct blob *b)
{
	begin(b);
	blob_profile(b, "a", 0);
	blob_tail(b, 0);
	blob_mark(b);
	blob_add(b, "", 1);
}

static void build_trailing_zeros(struct blob *b)
{
	begin(b);
	blob_profile(b, "a", 0);
	blob_tail(b, 0);
	blob_mark(b);
	blob_add(b, "\0\0\0\0\0\0\0\0", 8);
}

static void build_missing_padding(struct blob *b)
{
	begin(b);
	blob_profile(b, "a", 0);
	blob_tail(b, 0);
	blob_text(b, CTGUARD_TLV_CGROUP, "/a");
	b->size -= 2;
	blob_mark(b);
}

static const struct whole {
	const char *claim;
	void (*build)(struct blob *b);
	int code;
} wholes[] = {
	{ "nothing at all", build_nothing, -EBADMSG },
	{ "only a header", build_header_only, -EBADMSG },
	{ "no profile", build_no_profile, -EINVAL },
	{ "a profile's name twice", build_profile_twice, -EEXIST },
	{ "a profile that is called none", build_profile_none, -EINVAL },
	{ "a profile that is bound by nothing", build_unused, -EINVAL },
	{ "an unknown profile flag", build_unknown_profile_flag, -EINVAL },
	{ "257 profiles", build_257_profiles, -E2BIG },
	{ "65 filesystems in a profile", build_65_filesystems, -E2BIG },
	{ "a filesystem twice in a profile", build_filesystem_twice, -EEXIST },
	{ "131073 rules", build_too_many_rules, -E2BIG },
	{ "a name of 64 bytes", build_long_name, -ENAMETOOLONG },
	{ "a pattern of 256 bytes", build_long_pattern, -EINVAL },
	{ "CGROUP behind EXCEPT", build_except_first, -EINVAL },
	{ "a profile behind the namespaces", build_profile_behind, -EINVAL },
	{ "the default before the profiles", build_default_first, -EINVAL },
	{ "the mode twice", build_mode_twice, -EBADMSG },
	{ "a seventh group", build_seventh_group, -EINVAL },
	{ "device group in place of the module group", build_groups_swapped,
	  -EBADMSG },
	{ "a filesystem of one byte", build_unpadded_nest, -EBADMSG },
	{ "a byte behind the end", build_trailing_byte, -EBADMSG },
	{ "zeros behind the end", build_trailing_zeros, -EINVAL },
	{ "an end without its padding", build_missing_padding, -EBADMSG },
};

static void test_wholes(void)
{
	size_t i;

	for (i = 0; i < COUNT(wholes); i++) {
		struct blob b = { 0 };

		wholes[i].build(&b);
		if (b.size)
			blob_end(&b);
		refuses(wholes[i].claim, b.data ? b.data : (void *)"", b.size,
			wholes[i].code, b.mark);
		blob_free(&b);
	}
}

static void test_size(const struct blob *full)
{
	struct blob b = { 0 };
	struct ctg_policy_error error;
	struct ctg_policy *policy = NULL;
	unsigned char *large = calloc(1, CTGUARD_POLICY_MAX_SIZE + 1);

	memcpy(large, full->data, full->size);
	refuses("8 MiB and a byte", large, CTGUARD_POLICY_MAX_SIZE + 1, -E2BIG,
		0);
	refuses("8 MiB of which the header knows nothing", large,
		CTGUARD_POLICY_MAX_SIZE, -EBADMSG, 12);
	tap_ok(ctg_policy_parse(large, (size_t)1 << 32, &policy, &error) ==
		       -E2BIG,
	       "refuses 4 GiB, whose low 32 bits are 0, unread");
	free(large);

	build_rules(&b, CTGUARD_POLICY_MAX_RULES);
	blob_end(&b);
	policy = accepted("131072 rules", &b);
	tap_ok(policy && ctg_policy_guards(policy, "/a"),
	       "finds one of 131072 equal rules");
	ctg_policy_free(policy);

	build_filesystems(&b, 64);
	blob_end(&b);
	ctg_policy_free(accepted("64 filesystems", &b));
}

/* Where a policy cut after these bytes is a policy: its last lists end. */
static bool is_whole(const struct blob *full, size_t size)
{
	static const unsigned int last[] = {
		CTGUARD_TLV_CGROUP, CTGUARD_TLV_EXCEPT,	  CTGUARD_TLV_BIND,
		CTGUARD_TLV_IMAGE,  CTGUARD_TLV_CLAIMANT,
	};
	unsigned int i, n;
	size_t at;

	/* A profile that nothing binds is a fault: not before the last BIND. */
	if (size <= blob_find(full, CTGUARD_TLV_BIND, 1))
		return false;
	for (i = 0; i < COUNT(last); i++)
		for (n = 0; (at = blob_find(full, last[i], n)) != SIZE_MAX; n++)
			if (at == size)
				return true;
	return false;
}

/* Where it ends as one should, but for a profile that is used by nothing. */
static bool unbound(const struct blob *full, size_t size)
{
	return size == blob_find(full, CTGUARD_TLV_CGROUP, 0) ||
	       size == blob_find(full, CTGUARD_TLV_EXCEPT, 0) ||
	       size == blob_find(full, CTGUARD_TLV_BIND, 0) ||
	       size == blob_find(full, CTGUARD_TLV_BIND, 1);
}

static void test_truncation(const struct blob *full)
{
	unsigned char *bytes = malloc(full->size);
	unsigned int silent = 0, wrong = 0;
	struct ctg_policy *const untouched = (struct ctg_policy *)&silent;
	struct ctg_policy_error error;
	size_t size;

	memcpy(bytes, full->data, full->size);
	for (size = 0; size < full->size; size++) {
		struct ctg_policy *policy = untouched;
		int r = parse(bytes, size, &policy, &error);

		silent += r != -EBADMSG || policy != untouched ||
			  error.offset != (size < 16 ? size : 12);
	}
	tap_ok(!silent, "refuses a policy cut at each of its %zu bytes",
	       full->size);
	for (size = 16; size < full->size; size++) {
		uint32_t length = htole32(size);
		struct ctg_policy *policy = untouched;
		int r;

		memcpy(bytes + 12, &length, sizeof(length));
		r = parse(bytes, size, &policy, &error);
		if (r)
			wrong += is_whole(full, size) ||
				 (r != -EBADMSG && !unbound(full, size)) ||
				 policy != untouched || error.offset > size;
		else
			wrong += !is_whole(full, size);
		if (!r)
			ctg_policy_free(policy);
	}
	tap_ok(!wrong,
	       "and with the length put right takes it where a list ends only");
	free(bytes);
}

static void test_bit_flips(const struct blob *full)
{
	unsigned char *bytes = malloc(full->size);
	unsigned int took = 0, refused = 0;
	size_t bit;

	memcpy(bytes, full->data, full->size);
	for (bit = 0; bit < full->size * 8; bit++) {
		bytes[bit / 8] ^= 1 << bit % 8;
		if (query_blob(bytes, full->size))
			refused++;
		else
			took++;
		bytes[bit / 8] ^= 1 << bit % 8;
	}
	tap_ok(took && refused,
	       "survives each of %zu flipped bits (%u refused, %u taken)",
	       full->size * 8, refused, took);
	free(bytes);
}

static void test_header_of_profiles(void)
{
	static const char *const nvidia[] = { "nvidia-uvm", NULL };
	struct blob b = { 0 };
	struct ctg_policy *p;

	build_full(&b);
	p = accepted("a policy with an element of every type", &b);
	if (!p)
		return;
	tap_ok(ctg_policy_mode(p) == CTGUARD_MODE_ENFORCE, "tells the mode");
	tap_ok(ctg_policy_default(p) == 0, "tells the default profile");
	tap_ok(ctg_policy_namespace(p, CTG_POLICY_NS_PID) == 0,
	       "tells the profile of PID namespaces");
	tap_ok(ctg_policy_namespace(p, CTG_POLICY_NS_USER) == 1,
	       "tells the profile of user namespaces");
	tap_ok(ctg_policy_namespace(p, CTG_POLICY_NS_CGROUP) == NONE,
	       "tells that cgroup namespaces have none");
	tap_ok(ctg_policy_profile_count(p) == 3, "counts profiles");
	tap_ok(!strcmp(ctg_policy_profile_name(p, 1), "beta"),
	       "tells a profile's name");
	tap_ok(ctg_policy_profile_find(p, "beta") == 1,
	       "finds a profile by name");
	tap_ok(ctg_policy_profile_find(p, "bet") == NONE,
	       "finds no profile by half a name");
	tap_ok(!ctg_policy_complains(p, 0, CTG_POLICY_MODULES),
	       "a profile enforces unless it says otherwise");
	tap_ok(ctg_policy_complains(p, 1, CTG_POLICY_MODULES) &&
		       ctg_policy_complains(p, 1, CTG_POLICY_DEVICES) &&
		       ctg_policy_complains(p, 1, CTG_POLICY_PSEUDOFS) &&
		       ctg_policy_complains(p, 1, CTG_POLICY_KERNEL) &&
		       ctg_policy_complains(p, 1, CTG_POLICY_TASKS) &&
		       ctg_policy_complains(p, 1, CTG_POLICY_MOUNTS),
	       "a complaining profile complains in every group");
	tap_ok(ctg_policy_lists_reads(p, 0, "proc"),
	       "knows which filesystem has reads to deny");
	tap_ok(!ctg_policy_lists_reads(p, 0, "sysfs"),
	       "and which one has none");
	tap_ok(!ctg_policy_lists_reads(p, 1, "proc"),
	       "and that another profile's do not count");
	tap_ok(ctg_policy_match_module(p, 0, "nf_nat", 6) == 1,
	       "AUTOLOAD elements are numbered first");
	tap_ok(ctg_policy_match_module(p, 0, "tun", 3) == 2,
	       "rules are numbered in the order of the policy");
	tap_ok(ctg_policy_match_device(p, 0, CTGUARD_DEV_CHAR, 1, 3,
				       CTGUARD_ACCESS_READ, NULL) == 3,
	       "a DEVICE_RULE has the next number");
	tap_ok(ctg_policy_match_device(p, 0, CTGUARD_DEV_CHAR, 240, 3,
				       CTGUARD_ACCESS_READ, nvidia) == 4,
	       "then a DEVICE_NAME");
	tap_ok(ctg_policy_match_path(p, 0, "proc", CTG_POLICY_ALLOW, "/7/mem",
				     6, CTGUARD_OWN) == 5,
	       "then ALLOW");
	tap_ok(ctg_policy_match_path(p, 0, "proc", CTG_POLICY_DENY_READ,
				     "/kcore", 6, 0) == 6,
	       "then DENY_READ");
	tap_ok(ctg_policy_match_name(p, 0, CTG_POLICY_KERNEL, "tty/sti", 7,
				     CTGUARD_OWN) == 7 &&
		       ctg_policy_match_name(p, 0, CTG_POLICY_TASKS,
					     "ptrace/read", 11, 0) == 8 &&
		       ctg_policy_match_name(p, 0, CTG_POLICY_MOUNTS, "ext4", 4,
					     0) == 9,
	       "then ALLOW_NAME of each group");
	tap_ok(!ctg_policy_match_name(p, 0, CTG_POLICY_KERNEL, "tty/sti", 7, 0),
	       "a kernel interface that is another's is not its own");
	tap_ok(!ctg_policy_match_name(p, 0, CTG_POLICY_MOUNTS, "ptrace/read",
				      11, CTGUARD_OWN) &&
		       !ctg_policy_match_name(p, 1, CTG_POLICY_TASKS,
					      "ptrace/read", 11, 0),
	       "names of another group or profile are not asked");
	tap_ok(!ctg_policy_match_module(p, 1, "tun", 3),
	       "another profile's rules are not asked");
	tap_ok(!ctg_policy_match_path(p, 0, "sysfs", CTG_POLICY_ALLOW, "/7/mem",
				      6, CTGUARD_OWN),
	       "nor another filesystem's");
	tap_ok(!ctg_policy_match_path(p, 0, "proc", CTG_POLICY_ALLOW, "/kcore",
				      6, CTGUARD_OWN_MASK),
	       "nor another list's");
	tap_ok(!ctg_policy_match_path(p, 0, "tracefs", CTG_POLICY_ALLOW, "/a",
				      2, CTGUARD_OWN_MASK),
	       "a filesystem that is not listed has no rules");
	ctg_policy_free(p);
	ctg_policy_free(NULL);
	tap_ok(true, "frees nothing when given nothing");
}

static void test_cgroups(void)
{
	struct blob b = { 0 };
	struct ctg_policy *p;

	begin(&b);
	blob_profile(&b, "a", 0);
	blob_profile(&b, "b", 0);
	blob_profile(&b, "c", 0);
	blob_tail(&b, 0);
	blob_text(&b, CTGUARD_TLV_CGROUP, "/docker/{id}");
	blob_text(&b, CTGUARD_TLV_CGROUP, "/**/libpod-*");
	blob_text(&b, CTGUARD_TLV_EXCEPT, "/**/libpod-conmon-*");
	blob_text_for(&b, CTGUARD_TLV_BIND, 1, "/docker/**");
	blob_text_for(&b, CTGUARD_TLV_BIND, 2, "/docker/" ID);
	blob_text_for(&b, CTGUARD_TLV_BIND, 2, "/a/**");
	blob_end(&b);
	p = accepted("lists of cgroups", &b);
	if (!p)
		return;
	tap_ok(ctg_policy_guards(p, "/docker/" ID), "guards what matches");
	tap_ok(!ctg_policy_guards(p, "/docker/" ID "/x"),
	       "guards nothing below by name");
	tap_ok(!ctg_policy_guards(p, "/docker"), "guards nothing above");
	tap_ok(ctg_policy_guards(p, "/libpod-1"), "guards at the top");
	tap_ok(ctg_policy_guards(p, "/x/y/libpod-1"), "guards at any depth");
	tap_ok(!ctg_policy_guards(p, "/x/y/libpod-conmon-1"),
	       "does not guard what is excepted");
	tap_ok(!ctg_policy_guards(p, "/libpod-conmon-1"),
	       "does not guard what is excepted at the top");
	tap_ok(!ctg_policy_guards(p, "/"), "does not guard the root");
	tap_ok(!ctg_policy_guards(p, ""), "does not guard no path");
	tap_ok(ctg_policy_bind(p, "/docker/" ID) == 1,
	       "the first binding that matches decides");
	tap_ok(ctg_policy_bind(p, "/a/b/c") == 2, "a later one may match");
	tap_ok(ctg_policy_bind(p, "/x/libpod-1") == 0,
	       "the default decides when no binding matches");
	tap_ok(ctg_policy_bind(p, "/a") == 0, "\"/a/**\" is below /a only");
	ctg_policy_free(p);
}

static void open_groups(struct blob *b)
{
	begin(b);
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_text(b, CTGUARD_TLV_NAME, "a");
	blob_number(b, CTGUARD_TLV_FLAGS, 0);
}

static const struct device_row {
	const char *claim;
	u8 type;
	u8 access;
	u32 major;
	u32 minor;
	u32 rule;
} device_rows[] = {
	{ "one device", CTGUARD_DEV_CHAR, 6, 1, 3, 1 },
	{ "not its sibling", CTGUARD_DEV_CHAR, 6, 1, 4, 0 },
	{ "not the block device of these numbers", CTGUARD_DEV_BLOCK, 6, 1, 3,
	  0 },
	{ "a part of the access", CTGUARD_DEV_CHAR, 2, 1, 3, 1 },
	{ "not access beyond the rule", CTGUARD_DEV_CHAR, 7, 1, 3, 0 },
	{ "not no access", CTGUARD_DEV_CHAR, 0, 1, 3, 0 },
	{ "every minor of a major", CTGUARD_DEV_CHAR, 2, 136, 1048575, 2 },
	{ "not another major", CTGUARD_DEV_CHAR, 2, 137, 0, 0 },
	{ "what two rules grant together, by the first", CTGUARD_DEV_CHAR, 6,
	  10, 229, 3 },
	{ "by the second what it grants alone", CTGUARD_DEV_CHAR, 4, 10, 229,
	  4 },
	{ "what an exact and a wild rule grant together", CTGUARD_DEV_CHAR, 6,
	  20, 1, 5 },
	{ "of that, alone what is wild", CTGUARD_DEV_CHAR, 4, 20, 2, 6 },
	{ "not what the exact rule has, elsewhere", CTGUARD_DEV_CHAR, 2, 20, 2,
	  0 },
	{ "either type for type any: char", CTGUARD_DEV_CHAR, 2, 30, 1, 7 },
	{ "either type for type any: block", CTGUARD_DEV_BLOCK, 2, 30, 1, 7 },
	{ "any block device may be made", CTGUARD_DEV_BLOCK, 1, 4095, 9, 8 },
	{ "but not be read", CTGUARD_DEV_BLOCK, 3, 4095, 9, 0 },
	{ "and no char device be made", CTGUARD_DEV_CHAR, 1, 4095, 9, 0 },
	{ "a type-any and a typed rule together", CTGUARD_DEV_BLOCK, 3, 30, 1,
	  7 },
	{ "the highest numbers", CTGUARD_DEV_CHAR, 2, 4095, 1048575, 9 },
};

/* The same when /proc/devices has names for the major. */
static const struct driver_row {
	struct device_row row;
	const char *drivers[3];
} driver_rows[] = {
	{ { "a driver's device, by its name", CTGUARD_DEV_CHAR, 2, 240, 7, 10 },
	  { "nvidia" } },
	{ { "of its rules the first that grants a part", CTGUARD_DEV_CHAR, 6,
	    240, 7, 10 },
	  { "nvidia" } },
	{ { "of its rules the one that grants it", CTGUARD_DEV_CHAR, 4, 240, 7,
	    11 },
	  { "nvidia" } },
	{ { "by a pattern of names", CTGUARD_DEV_CHAR, 6, 241, 0, 11 },
	  { "nvidia-uvm" } },
	{ { "not more than names grant", CTGUARD_DEV_CHAR, 7, 241, 0, 0 },
	  { "nvidia-uvm" } },
	{ { "by the second name of a major", CTGUARD_DEV_CHAR, 2, 241, 0, 11 },
	  { "x", "nvidia-uvm" } },
	{ { "what two names of a major grant together", CTGUARD_DEV_CHAR, 7,
	    241, 0, 11 },
	  { "mem", "nvidia-uvm" } },
	{ { "not a block device by the name of a char device",
	    CTGUARD_DEV_BLOCK, 2, 241, 0, 0 },
	  { "nvidia" } },
	{ { "a block device by its name", CTGUARD_DEV_BLOCK, 2, 253, 0, 12 },
	  { "device-mapper" } },
	{ { "not a char device by the name of a block device", CTGUARD_DEV_CHAR,
	    2, 253, 0, 0 },
	  { "device-mapper" } },
	{ { "what a number and a name grant together, by the number",
	    CTGUARD_DEV_CHAR, 7, 1, 3, 1 },
	  { "mem" } },
	{ { "not without a name", CTGUARD_DEV_CHAR, 2, 240, 7, 0 }, { NULL } },
};

static void test_device(const struct ctg_policy *p,
			const struct device_row *row,
			const char *const *drivers)
{
	u32 rule = ctg_policy_match_device(p, 0, row->type, row->major,
					   row->minor, row->access, drivers);

	if (!tap_ok(rule == row->rule, "devices: %s", row->claim))
		tap_note("rule %u, %u expected", rule, row->rule);
}

static void test_devices(void)
{
	struct blob b = { 0 };
	struct ctg_policy *p;
	size_t i;

	open_groups(&b);
	blob_empty_groups(&b, CTGUARD_TLV_MODULES, CTGUARD_TLV_MODULES);
	blob_open(&b, CTGUARD_TLV_DEVICES);
	blob_number(&b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_device(&b, CTGUARD_DEV_CHAR, 6, 1, 3);
	blob_device(&b, CTGUARD_DEV_CHAR, 6, 136, CTGUARD_DEV_ALL);
	blob_device(&b, CTGUARD_DEV_CHAR, 2, 10, 229);
	blob_device(&b, CTGUARD_DEV_CHAR, 4, 10, 229);
	blob_device(&b, CTGUARD_DEV_CHAR, 2, 20, 1);
	blob_device(&b, CTGUARD_DEV_CHAR, 4, 20, CTGUARD_DEV_ALL);
	blob_device(&b, CTGUARD_DEV_ANY, 2, 30, 1);
	blob_device(&b, CTGUARD_DEV_BLOCK, 1, CTGUARD_DEV_ALL, CTGUARD_DEV_ALL);
	blob_device(&b, CTGUARD_DEV_CHAR, 2, 4095, 1048575);
	blob_device_name(&b, CTGUARD_DEV_CHAR, 2, "nvidia");
	blob_device_name(&b, CTGUARD_DEV_CHAR, 6, "nvidia*");
	blob_device_name(&b, CTGUARD_DEV_BLOCK, 2, "device-mapper");
	blob_device_name(&b, CTGUARD_DEV_CHAR, 1, "mem");
	blob_close(&b);
	blob_empty_groups(&b, CTGUARD_TLV_PSEUDOFS, CTGUARD_TLV_MOUNTS);
	blob_close(&b);
	blob_tail(&b, 0);
	blob_end(&b);
	p = accepted("device rules", &b);
	for (i = 0; p && i < COUNT(device_rows); i++)
		test_device(p, &device_rows[i], NULL);
	for (i = 0; p && i < COUNT(driver_rows); i++)
		test_device(p, &driver_rows[i].row, driver_rows[i].drivers);
	ctg_policy_free(p);
}

static const struct path_row {
	const char *claim;
	const char *path;
	u32 own;
	u32 rule;
} path_rows[] = {
	{ "a condition that holds", "/1/mem", CTGUARD_OWN, 1 },
	{ "one that does not", "/1/mem", 0, 0 },
	{ "another one than the rule's", "/1/mem", CTGUARD_OWN_NET, 0 },
	{ "several, the rule's among them", "/1/mem",
	  CTGUARD_OWN_NET | CTGUARD_OWN, 1 },
	{ "no condition, none holds", "/free", 0, 2 },
	{ "no condition, all hold", "/free", CTGUARD_OWN_MASK, 2 },
	{ "own-net", "/sys/net/x", CTGUARD_OWN_NET, 3 },
	{ "own-net without it", "/sys/net/x",
	  CTGUARD_OWN_MASK & ~CTGUARD_OWN_NET, 0 },
	{ "own-ipc", "/sys/kernel/sem", CTGUARD_OWN_IPC, 4 },
	{ "own-ipc without it", "/sys/kernel/sem",
	  CTGUARD_OWN_MASK & ~CTGUARD_OWN_IPC, 0 },
	{ "own-uts", "/sys/kernel/hostname", CTGUARD_OWN_UTS, 5 },
	{ "own-uts without it", "/sys/kernel/hostname",
	  CTGUARD_OWN_MASK & ~CTGUARD_OWN_UTS, 0 },
	{ "own-user", "/sys/user/x", CTGUARD_OWN_USER, 6 },
	{ "own-user without it", "/sys/user/x",
	  CTGUARD_OWN_MASK & ~CTGUARD_OWN_USER, 0 },
	{ "the same path, the first rule whose condition holds", "/two",
	  CTGUARD_OWN_MASK, 7 },
	{ "the same path, only the second's holds", "/two", CTGUARD_OWN_USER,
	  8 },
	{ "the longer literal beginning does not win", "/deep/er/x", 0, 9 },
	{ "a rule without a literal beginning", "/other", 0, 0 },
	{ "nothing", "", CTGUARD_OWN_MASK, 0 },
};

static void test_paths(void)
{
	struct blob b = { 0 };
	struct ctg_policy *p;
	size_t i;

	begin(&b);
	open_pseudofs(&b);
	blob_open(&b, CTGUARD_TLV_FS);
	blob_text(&b, CTGUARD_TLV_NAME, "proc");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, CTGUARD_OWN, "/[pid]/**");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, 0, "/free");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, CTGUARD_OWN_NET, "/sys/net/**");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, CTGUARD_OWN_IPC,
		      "/sys/kernel/sem");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, CTGUARD_OWN_UTS,
		      "/sys/kernel/hostname");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, CTGUARD_OWN_USER, "/sys/user/*");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, CTGUARD_OWN_NET, "/two");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, CTGUARD_OWN_USER, "/two");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, 0, "/deep/**");
	blob_text_for(&b, CTGUARD_TLV_ALLOW, 0, "/deep/er/*");
	blob_close(&b);
	close_pseudofs(&b);
	blob_end(&b);
	p = accepted("path rules", &b);
	for (i = 0; p && i < COUNT(path_rows); i++) {
		const struct path_row *row = &path_rows[i];
		u32 rule = ctg_policy_match_path(p, 0, "proc", CTG_POLICY_ALLOW,
						 row->path, strlen(row->path),
						 row->own);

		if (!tap_ok(rule == row->rule, "paths: %s", row->claim))
			tap_note("rule %u, %u expected", rule, row->rule);
	}
	ctg_policy_free(p);
}

static void add_profile_of(struct blob *b, const char *name, const char *module,
			   u32 minor, const char *fs, const char *path)
{
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_text(b, CTGUARD_TLV_NAME, name);
	blob_number(b, CTGUARD_TLV_FLAGS, 0);
	blob_open(b, CTGUARD_TLV_MODULES);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_text(b, CTGUARD_TLV_AUTOLOAD, module);
	blob_close(b);
	blob_open(b, CTGUARD_TLV_DEVICES);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_device(b, CTGUARD_DEV_CHAR, CTGUARD_ACCESS_READ, 1, minor);
	blob_close(b);
	blob_open(b, CTGUARD_TLV_PSEUDOFS);
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_open(b, CTGUARD_TLV_FS);
	blob_text(b, CTGUARD_TLV_NAME, fs);
	blob_text_for(b, CTGUARD_TLV_ALLOW, 0, path);
	blob_close(b);
	blob_close(b);
	blob_empty_groups(b, CTGUARD_TLV_KERNEL, CTGUARD_TLV_MOUNTS);
	blob_close(b);
}

/* Profiles know nothing of each other's rules, neighbours least of all. */
static void test_profiles(void)
{
	struct blob b = { 0 };
	struct ctg_policy *p;
	u32 i;

	begin(&b);
	add_profile_of(&b, "a", "x", 3, "proc", "/x");
	add_profile_of(&b, "b", "y", 5, "sysfs", "/y");
	blob_number(&b, CTGUARD_TLV_DEFAULT, 0);
	blob_namespaces(&b, 1, NONE, NONE);
	blob_end(&b);
	p = accepted("two profiles with rules of each kind", &b);
	for (i = 0; p && i < 2; i++) {
		const char *name = ctg_policy_profile_name(p, i);
		u32 first = i ? 0 : 1, second = i ? 4 : 0;

		tap_ok(ctg_policy_match_module(p, i, "x", 1) == first &&
			       ctg_policy_match_module(p, i, "y", 1) == second,
		       "profile %s has its own modules only", name);
		first += !i;
		second += i;
		tap_ok(ctg_policy_match_device(p, i, CTGUARD_DEV_CHAR, 1, 3,
					       CTGUARD_ACCESS_READ,
					       NULL) == first &&
			       ctg_policy_match_device(
				       p, i, CTGUARD_DEV_CHAR, 1, 5,
				       CTGUARD_ACCESS_READ, NULL) == second,
		       "profile %s has its own devices only", name);
		first += !i;
		second += i;
		tap_ok(ctg_policy_match_path(p, i, "proc", CTG_POLICY_ALLOW,
					     "/x", 2, 0) == first &&
			       ctg_policy_match_path(p, i, "sysfs",
						     CTG_POLICY_ALLOW, "/y", 2,
						     0) == second,
		       "profile %s has its own filesystems only", name);
	}
	ctg_policy_free(p);
}

/* What the full policy says of images. */
static void test_images(void)
{
	static const struct {
		const char *claim;
		u32 type;
		unsigned char byte;
		bool approved;
	} rows[] = {
		{ "the first config", CTGUARD_IMAGE_CONFIG, 1, true },
		{ "the last config", CTGUARD_IMAGE_CONFIG, 3, true },
		{ "the manifest", CTGUARD_IMAGE_MANIFEST, 2, true },
		{ "no config before the first", CTGUARD_IMAGE_CONFIG, 0,
		  false },
		{ "no config of the manifest's digest", CTGUARD_IMAGE_CONFIG, 2,
		  false },
		{ "no manifest of a config's digest", CTGUARD_IMAGE_MANIFEST, 1,
		  false },
		{ "no manifest behind the last", CTGUARD_IMAGE_MANIFEST, 255,
		  false },
		{ "no digest of an unknown type", 2, 1, false },
	};
	const struct ctguard_image_rule *rule;
	u8 sha256[CTGUARD_SHA256_SIZE];
	struct blob b = { 0 };
	struct ctg_policy *p;
	size_t i;

	build_full(&b);
	p = accepted("a policy with images", &b);
	if (!p)
		return;
	rule = ctg_policy_image_rule(p, 2);
	tap_ok(rule->require == CTGUARD_REQUIRE_APPROVED &&
		       rule->level == CTGUARD_LEVEL_LAYERS &&
		       rule->program == CTGUARD_PROGRAM_IMAGE &&
		       ctg_policy_complains(p, 2, CTG_POLICY_IMAGES),
	       "tells what a profile requires of images");
	tap_ok(ctg_policy_image_rule(p, 0)->require == CTGUARD_REQUIRE_NONE &&
		       !ctg_policy_complains(p, 0, CTG_POLICY_IMAGES),
	       "and that another requires nothing");
	for (i = 0; i < COUNT(rows); i++) {
		memset(sha256, rows[i].byte, sizeof(sha256));
		tap_ok(ctg_policy_approves(p, rows[i].type, sha256) ==
			       rows[i].approved,
		       "approves %s", rows[i].claim);
	}
	memset(sha256, 4, sizeof(sha256));
	tap_ok(ctg_policy_trusts(p, sha256), "trusts a claimant");
	memset(sha256, 6, sizeof(sha256));
	tap_ok(!ctg_policy_trusts(p, sha256), "and no other");
	ctg_policy_free(p);

	open_groups(&b);
	blob_empty_groups(&b, CTGUARD_TLV_MODULES, CTGUARD_TLV_MOUNTS);
	blob_close(&b);
	blob_tail(&b, 0);
	blob_end(&b);
	p = accepted("a policy without images", &b);
	if (!p)
		return;
	tap_ok(ctg_policy_trusts(p, sha256) &&
		       !ctg_policy_approves(p, CTGUARD_IMAGE_CONFIG, sha256),
	       "which approves nothing, and trusts every claimant");
	ctg_policy_free(p);
}

/* Thousands of rules: each is found, and only by its own name. */
static void test_many(void)
{
	const u32 count = 20000;
	unsigned int lost = 0, found = 0;
	struct blob b = { 0 };
	struct ctg_policy *p;
	char name[32];
	u32 i;

	open_groups(&b);
	blob_open(&b, CTGUARD_TLV_MODULES);
	blob_number(&b, CTGUARD_TLV_GROUP_FLAGS, 0);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), i & 1 ? "m-%u-*" : "m%u", i);
		blob_text(&b, CTGUARD_TLV_AUTOLOAD, name);
	}
	blob_close(&b);
	blob_empty_groups(&b, CTGUARD_TLV_DEVICES, CTGUARD_TLV_MOUNTS);
	blob_close(&b);
	blob_tail(&b, 0);
	blob_end(&b);
	p = accepted("20000 module patterns", &b);
	for (i = 0; p && i < count; i++) {
		int length = snprintf(name, sizeof(name),
				      i & 1 ? "m-%u-x" : "m%u", i);

		lost += ctg_policy_match_module(p, 0, name, length) != i + 1;
		name[0] = 'n';
		found += ctg_policy_match_module(p, 0, name, length) != 0;
	}
	tap_ok(p && !lost, "finds each of them");
	tap_ok(p && !found, "and nothing else");
	ctg_policy_free(p);
}

int main(void)
{
	struct blob full = { 0 };

	build_full(&full);
	test_header_of_profiles();
	test_cgroups();
	test_devices();
	test_paths();
	test_profiles();
	test_images();
	test_many();
	test_patches(&full);
	test_wholes();
	test_size(&full);
	test_truncation(&full);
	test_bit_flips(&full);
	blob_free(&full);
	return tap_done();
}
