// SPDX-License-Identifier: GPL-2.0
/*
 * Asks a policy everything there is to ask.
 */
#include "query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kmod/decide.h"

/* Like assert(), also when NDEBUG is defined. */
#define MUST(condition) must(condition, #condition, __LINE__)

static void must(bool holds, const char *condition, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, line, condition);
	abort();
}

static bool is_known_error(int r)
{
	return r == -EBADMSG || r == -EPROTONOSUPPORT || r == -EINVAL ||
	       r == -EEXIST || r == -ENAMETOOLONG || r == -E2BIG ||
	       r == -ENOMEM;
}

/* One request in both modes: what decide promises, whatever the policy. */
static void query_request(const struct ctg_policy *policy, u32 profile,
			  const struct ctg_request *request,
			  enum ctg_policy_group group)
{
	bool complains = ctg_policy_complains(policy, profile, group);
	struct ctg_decision enforced, complained;

	ctg_decide(policy, profile, CTGUARD_MODE_ENFORCE, request, &enforced);
	ctg_decide(policy, profile, CTGUARD_MODE_COMPLAIN, request,
		   &complained);
	MUST(enforced.verdict < __CTGUARD_VERDICT_MAX);
	MUST(enforced.rule == complained.rule);
	MUST(complained.verdict != CTGUARD_VERDICT_DENY);
	MUST((enforced.verdict == CTGUARD_VERDICT_ALLOW) ==
	     (complained.verdict == CTGUARD_VERDICT_ALLOW));
	if (enforced.verdict == CTGUARD_VERDICT_DENY)
		MUST(!complains);
	if (enforced.verdict == CTGUARD_VERDICT_COMPLAIN)
		MUST(complains);
	if (ctg_policy_group_flags(policy, profile, group) &
	    CTGUARD_GROUP_UNRESTRICTED) {
		MUST(enforced.verdict == CTGUARD_VERDICT_ALLOW);
		MUST(enforced.rule == CTGUARD_RULE_NONE);
	}
}

static void query_fs(const struct ctg_policy *policy, u32 profile,
		     const char *fs, const char *string, size_t length)
{
	struct ctg_request request = {
		.operation = CTGUARD_OP_PSEUDOFS_WRITE,
		.fs = fs,
		.name = string,
		.length = length,
	};
	static const u32 owns[] = { 0, CTGUARD_OWN, CTGUARD_OWN_USER,
				    CTGUARD_OWN_MASK };
	size_t i;
	u32 rule;

	for (i = 0; i < sizeof(owns) / sizeof(*owns); i++) {
		request.own = owns[i];
		request.operation = CTGUARD_OP_PSEUDOFS_WRITE;
		query_request(policy, profile, &request, CTG_POLICY_PSEUDOFS);
		request.operation = CTGUARD_OP_PSEUDOFS_READ;
		query_request(policy, profile, &request, CTG_POLICY_PSEUDOFS);
	}
	rule = ctg_policy_match_path(policy, profile, fs, CTG_POLICY_DENY_READ,
				     string, length, 0);
	if (!ctg_policy_lists_reads(policy, profile, fs))
		MUST(!rule);
	/* Owning more never matches later. */
	rule = ctg_policy_match_path(policy, profile, fs, CTG_POLICY_ALLOW,
				     string, length, 0);
	if (rule)
		MUST(ctg_policy_match_path(policy, profile, fs,
					   CTG_POLICY_ALLOW, string, length,
					   CTGUARD_OWN_MASK) <= rule);
}

static void query_names(const struct ctg_policy *policy, u32 profile,
			const char *string, size_t length)
{
	static const struct {
		u32 operation;
		enum ctg_policy_group group;
	} groups[] = {
		{ CTGUARD_OP_KERNEL_USE, CTG_POLICY_KERNEL },
		{ CTGUARD_OP_TASK_ACCESS, CTG_POLICY_TASKS },
		{ CTGUARD_OP_FILESYSTEM_MOUNT, CTG_POLICY_MOUNTS },
	};
	size_t i;
	u32 rule;

	for (i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		struct ctg_request request = {
			.operation = groups[i].operation,
			.name = string,
			.length = length,
		};

		query_request(policy, profile, &request, groups[i].group);
		request.own = CTGUARD_OWN;
		query_request(policy, profile, &request, groups[i].group);
		/* Owning it never matches later. */
		rule = ctg_policy_match_name(policy, profile, groups[i].group,
					     string, length, 0);
		if (rule)
			MUST(ctg_policy_match_name(
				     policy, profile, groups[i].group, string,
				     length, CTGUARD_OWN) <= rule);
	}
}

static void query_device(const struct ctg_policy *policy, u32 profile, u8 type,
			 u32 major, u32 minor)
{
	struct ctg_request request = {
		.operation = CTGUARD_OP_DEVICE_OPEN,
		.dev_type = type,
		.major = major,
		.minor = minor,
	};
	static const char *const drivers[] = { "nvidia", "mem", NULL };
	bool granted[CTGUARD_ACCESS_ALL + 1];
	unsigned int one;
	u8 access;

	for (access = 0; access <= CTGUARD_ACCESS_ALL; access++) {
		request.access = access;
		query_request(policy, profile, &request, CTG_POLICY_DEVICES);
		granted[access] = ctg_policy_match_device(
			policy, profile, type, major, minor, access, NULL);
		/* More names never grant less. */
		if (granted[access])
			MUST(ctg_policy_match_device(policy, profile, type,
						     major, minor, access,
						     drivers));
		request.drivers = drivers;
		query_request(policy, profile, &request, CTG_POLICY_DEVICES);
		request.drivers = NULL;
	}
	MUST(!granted[0]);
	/* All of it is granted exactly when each part is. */
	for (access = 1; access <= CTGUARD_ACCESS_ALL; access++) {
		bool all = true;

		for (one = 1; one <= CTGUARD_ACCESS_ALL; one <<= 1)
			all &= !(access & one) || granted[one];
		MUST(granted[access] == all);
	}
}

static void query_profile(const struct ctg_policy *policy, u32 profile,
			  const char *string, size_t length)
{
	static const char *const filesystems[] = { "proc", "sysfs", "cgroup2",
						   "", "a" };
	static const u32 operations[] = {
		CTGUARD_OP_MODULE_LOAD,
		CTGUARD_OP_MODULE_AUTOLOAD,
		CTGUARD_OP_MODULE_UNLOAD,
		CTGUARD_OP_KEXEC_LOAD,
	};
	const char *name = ctg_policy_profile_name(policy, profile);
	u32 n = length > 1 ? (u8)string[1] : 3;
	size_t i;

	MUST(*name);
	MUST(strlen(name) <= CTGUARD_NAME_MAX);
	MUST(ctg_policy_profile_find(policy, name) == profile);
	for (i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		struct ctg_request request = {
			.operation = operations[i],
			.name = string,
			.length = length,
		};

		query_request(policy, profile, &request, CTG_POLICY_MODULES);
	}
	query_names(policy, profile, string, length);
	for (i = 0; i < sizeof(filesystems) / sizeof(*filesystems); i++)
		query_fs(policy, profile, filesystems[i], string, length);
	query_device(policy, profile, CTGUARD_DEV_CHAR, 1, 3);
	query_device(policy, profile, CTGUARD_DEV_BLOCK, n, n);
}

/* Digests made of a string. */
static void query_images(const struct ctg_policy *policy, const char *string,
			 size_t length)
{
	u8 sha256[CTGUARD_SHA256_SIZE] = { 0 };
	u32 i, count = ctg_policy_profile_count(policy);

	memcpy(sha256, string,
	       length < sizeof(sha256) ? length : sizeof(sha256));
	ctg_policy_approves(policy, CTGUARD_IMAGE_CONFIG, sha256);
	ctg_policy_approves(policy, CTGUARD_IMAGE_MANIFEST, sha256);
	MUST(!ctg_policy_approves(policy, 2, sha256));
	ctg_policy_trusts(policy, sha256);
	for (i = 0; i < count; i++)
		MUST(ctg_policy_image_rule(policy, i)->require <=
		     CTGUARD_REQUIRE_APPROVED);
}

void query_policy(const struct ctg_policy *policy, const char *string,
		  size_t length)
{
	u32 i, count = ctg_policy_profile_count(policy);
	char *path = calloc(1, length + 1);

	MUST(path);
	MUST(count >= 1 && count <= CTGUARD_POLICY_MAX_PROFILES);
	memcpy(path, string, length);
	ctg_policy_guards(policy, path);
	MUST(ctg_policy_bind(policy, path) < count);
	free(path);
	MUST(ctg_policy_mode(policy) <= CTGUARD_MODE_ENFORCE);
	MUST(ctg_policy_default(policy) < count);
	for (i = 0; i < CTG_POLICY_NS_COUNT; i++) {
		u32 profile = ctg_policy_namespace(policy, i);

		MUST(profile < count || profile == CTGUARD_PROFILE_NONE);
	}
	for (i = 0; i < count; i++)
		query_profile(policy, i, string, length);
	query_images(policy, string, length);
	MUST(ctg_policy_profile_find(policy, "") == CTGUARD_PROFILE_NONE);
	MUST(ctg_policy_memory(policy) >= sizeof(void *));
}

int query_blob(const void *blob, size_t size)
{
	struct ctg_policy *const untouched = (struct ctg_policy *)&size;
	struct ctg_policy *policy = untouched;
	struct ctg_policy_error error;
	const u8 *kept;
	u32 kept_size;
	int r;

	r = ctg_policy_parse(blob, size, &policy, &error);
	if (r) {
		MUST(is_known_error(r));
		MUST(policy == untouched);
		MUST(error.offset <= size);
		MUST(error.reason && *error.reason);
		return r;
	}
	MUST(policy != untouched);
	kept = ctg_policy_blob(policy, &kept_size);
	MUST(kept_size == size && !memcmp(kept, blob, size));
	query_policy(policy, "/", 1);
	query_policy(policy, "/1/mem", 6);
	query_policy(policy, "nf_tables", 9);
	query_policy(policy, "", 0);
	query_policy(policy, blob, size < 4096 ? size : 4096);
	ctg_policy_free(policy);
	return 0;
}
