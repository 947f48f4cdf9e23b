// SPDX-License-Identifier: GPL-2.0
/*
 * The decision: every operation under every flag of its group, both modes, the
 * three places that may say complain, with and without a rule.
 */
#include <stdlib.h>
#include <string.h>

#include "../../kmod/decide.h"
#include "blob.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Each operation, on an object that the rules below are about. */
static const struct operation {
	const char *name;
	enum ctg_policy_group group;
	u32 grants; /* the group's flag that allows it, or 0 */
	bool has_rules;
	bool rule_denies;
	struct ctg_request request;
} operations[] = {
	{ .name = "module-load",
	  .group = CTG_POLICY_MODULES,
	  .grants = CTGUARD_GROUP_ALLOW_LOAD,
	  .request = { .operation = CTGUARD_OP_MODULE_LOAD,
		       .name = "x",
		       .length = 1 } },
	{ .name = "module-autoload",
	  .group = CTG_POLICY_MODULES,
	  .has_rules = true,
	  .request = { .operation = CTGUARD_OP_MODULE_AUTOLOAD,
		       .name = "x",
		       .length = 1 } },
	{ .name = "module-unload",
	  .group = CTG_POLICY_MODULES,
	  .grants = CTGUARD_GROUP_ALLOW_UNLOAD,
	  .request = { .operation = CTGUARD_OP_MODULE_UNLOAD,
		       .name = "x",
		       .length = 1 } },
	{ .name = "kexec-load",
	  .group = CTG_POLICY_MODULES,
	  .grants = CTGUARD_GROUP_ALLOW_KEXEC,
	  .request = { .operation = CTGUARD_OP_KEXEC_LOAD,
		       .name = "x",
		       .length = 1 } },
	{ .name = "device-open",
	  .group = CTG_POLICY_DEVICES,
	  .has_rules = true,
	  .request = { .operation = CTGUARD_OP_DEVICE_OPEN,
		       .dev_type = CTGUARD_DEV_BLOCK,
		       .access = CTGUARD_ACCESS_READ,
		       .major = 8 } },
	{ .name = "device-mknod",
	  .group = CTG_POLICY_DEVICES,
	  .has_rules = true,
	  .request = { .operation = CTGUARD_OP_DEVICE_MKNOD,
		       .dev_type = CTGUARD_DEV_BLOCK,
		       .access = CTGUARD_ACCESS_MKNOD,
		       .major = 8 } },
	{ .name = "device-mount",
	  .group = CTG_POLICY_DEVICES,
	  .has_rules = true,
	  .request = { .operation = CTGUARD_OP_DEVICE_MOUNT,
		       .dev_type = CTGUARD_DEV_BLOCK,
		       .access = CTGUARD_ACCESS_READ | CTGUARD_ACCESS_WRITE,
		       .major = 8 } },
	{ .name = "pseudofs-write",
	  .group = CTG_POLICY_PSEUDOFS,
	  .has_rules = true,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_WRITE,
		       .fs = "proc",
		       .name = "/x",
		       .length = 2 } },
	{ .name = "pseudofs-read",
	  .group = CTG_POLICY_PSEUDOFS,
	  .has_rules = true,
	  .rule_denies = true,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_READ,
		       .fs = "proc",
		       .name = "/x",
		       .length = 2 } },
	{ .name = "kernel-use",
	  .group = CTG_POLICY_KERNEL,
	  .has_rules = true,
	  .request = { .operation = CTGUARD_OP_KERNEL_USE,
		       .name = "x",
		       .length = 1 } },
	{ .name = "task-access",
	  .group = CTG_POLICY_TASKS,
	  .has_rules = true,
	  .request = { .operation = CTGUARD_OP_TASK_ACCESS,
		       .name = "x",
		       .length = 1 } },
	{ .name = "filesystem-mount",
	  .group = CTG_POLICY_MOUNTS,
	  .has_rules = true,
	  .request = { .operation = CTGUARD_OP_FILESYSTEM_MOUNT,
		       .name = "x",
		       .length = 1 } },
};

static const char *const drivers[] = { "mem", "driver", NULL };

/*
 * Of the groups that rules decide by. Images are no such: what is asked of
 * them needs the claim, which decide() does not see.
 */
static const u32 flags_of[CTG_POLICY_IMAGES] = {
	[CTG_POLICY_MODULES] =
		CTGUARD_GROUP_COMPLAIN | CTGUARD_GROUP_UNRESTRICTED |
		CTGUARD_GROUP_ALLOW_LOAD | CTGUARD_GROUP_ALLOW_UNLOAD |
		CTGUARD_GROUP_ALLOW_KEXEC,
	[CTG_POLICY_DEVICES] = CTGUARD_GROUP_COMPLAIN |
			       CTGUARD_GROUP_UNRESTRICTED,
	[CTG_POLICY_PSEUDOFS] = CTGUARD_GROUP_COMPLAIN |
				CTGUARD_GROUP_UNRESTRICTED,
	[CTG_POLICY_KERNEL] = CTGUARD_GROUP_COMPLAIN |
			      CTGUARD_GROUP_UNRESTRICTED,
	[CTG_POLICY_TASKS] = CTGUARD_GROUP_COMPLAIN |
			     CTGUARD_GROUP_UNRESTRICTED,
	[CTG_POLICY_MOUNTS] = CTGUARD_GROUP_COMPLAIN |
			      CTGUARD_GROUP_UNRESTRICTED,
};

static const unsigned int types[CTG_POLICY_IMAGES] = {
	[CTG_POLICY_MODULES] = CTGUARD_TLV_MODULES,
	[CTG_POLICY_DEVICES] = CTGUARD_TLV_DEVICES,
	[CTG_POLICY_PSEUDOFS] = CTGUARD_TLV_PSEUDOFS,
	[CTG_POLICY_KERNEL] = CTGUARD_TLV_KERNEL,
	[CTG_POLICY_TASKS] = CTGUARD_TLV_TASKS,
	[CTG_POLICY_MOUNTS] = CTGUARD_TLV_MOUNTS,
};

static void add_rules(struct blob *b, enum ctg_policy_group group)
{
	switch (group) {
	case CTG_POLICY_MODULES:
		blob_text(b, CTGUARD_TLV_AUTOLOAD, "x");
		break;
	case CTG_POLICY_DEVICES:
		blob_device(b, CTGUARD_DEV_BLOCK, CTGUARD_ACCESS_ALL, 8, 0);
		blob_device_name(b, CTGUARD_DEV_BLOCK, CTGUARD_ACCESS_READ,
				 "dri*");
		break;
	case CTG_POLICY_KERNEL:
		blob_text_for(b, CTGUARD_TLV_ALLOW_NAME, 0, "x");
		blob_text_for(b, CTGUARD_TLV_ALLOW_NAME, CTGUARD_OWN, "own/*");
		break;
	case CTG_POLICY_TASKS:
	case CTG_POLICY_MOUNTS:
		blob_text_for(b, CTGUARD_TLV_ALLOW_NAME, 0, "x");
		break;
	default:
		blob_open(b, CTGUARD_TLV_FS);
		blob_text(b, CTGUARD_TLV_NAME, "proc");
		blob_text_for(b, CTGUARD_TLV_ALLOW, 0, "/x");
		blob_text_for(b, CTGUARD_TLV_DENY_READ, 0, "/x");
		blob_close(b);
		break;
	}
}

/* A policy of one profile whose one group has these flags, and rules or none. */
static struct ctg_policy *policy_of(enum ctg_policy_group group, u32 flags,
				    u32 profile_flags, bool rules)
{
	struct ctg_policy *policy = NULL;
	struct ctg_policy_error error;
	struct blob b = { 0 };
	int i;

	blob_begin(&b);
	blob_number(&b, CTGUARD_TLV_MODE, CTGUARD_MODE_ENFORCE);
	blob_open(&b, CTGUARD_TLV_PROFILE);
	blob_text(&b, CTGUARD_TLV_NAME, "a");
	blob_number(&b, CTGUARD_TLV_FLAGS, profile_flags);
	for (i = 0; i < (int)COUNT(types); i++) {
		blob_open(&b, types[i]);
		blob_number(&b, CTGUARD_TLV_GROUP_FLAGS,
			    i == (int)group ? flags : 0);
		if (i == (int)group && rules)
			add_rules(&b, group);
		blob_close(&b);
	}
	blob_close(&b);
	blob_tail(&b, 0);
	blob_end(&b);
	ctg_policy_parse(b.data, b.size, &policy, &error);
	blob_free(&b);
	return policy;
}

/* What the answer must be, said once more and in other words. */
static u32 expected(const struct operation *o, u32 flags, u32 profile_flags,
		    bool rule, u32 mode)
{
	bool allow;

	if (flags & CTGUARD_GROUP_UNRESTRICTED)
		return CTGUARD_VERDICT_ALLOW;
	if (!o->has_rules)
		allow = flags & o->grants;
	else
		allow = o->rule_denies ? !rule : rule;
	if (allow)
		return CTGUARD_VERDICT_ALLOW;
	return mode == CTGUARD_MODE_COMPLAIN ||
			       profile_flags & CTGUARD_PROFILE_COMPLAIN ||
			       flags & CTGUARD_GROUP_COMPLAIN ?
		       CTGUARD_VERDICT_COMPLAIN :
		       CTGUARD_VERDICT_DENY;
}

static const char *const verdicts[] = { "allow", "deny", "complain" };

static void test_cell(const struct operation *o, u32 flags, u32 profile_flags,
		      bool rule, u32 mode)
{
	struct ctg_policy *policy =
		policy_of(o->group, flags, profile_flags, rule);
	struct ctg_decision decision = { .verdict = -1, .rule = -1 };
	u32 verdict = expected(o, flags, profile_flags, rule, mode);
	bool restricted = !(flags & CTGUARD_GROUP_UNRESTRICTED);

	if (!policy) {
		tap_ok(false, "%s: no policy of flags %u", o->name, flags);
		return;
	}
	ctg_decide(policy, 0, mode, &o->request, &decision);
	if (!tap_ok(decision.verdict == verdict &&
			    !decision.rule ==
				    !(rule && o->has_rules && restricted),
		    "%s: flags %u%s, %s a rule, mode %s: %s", o->name, flags,
		    profile_flags ? ", profile complains" : "",
		    rule ? "with" : "without",
		    mode == CTGUARD_MODE_ENFORCE ? "enforce" : "complain",
		    verdicts[verdict]))
		tap_note("verdict %u, rule %u", decision.verdict,
			 decision.rule);
	ctg_policy_free(policy);
}

static void test_table(void)
{
	size_t i;
	u32 flags, cell;

	for (i = 0; i < COUNT(operations); i++) {
		const struct operation *o = &operations[i];

		for (flags = 0; flags < 32; flags++) {
			bool alone = flags & CTGUARD_GROUP_UNRESTRICTED;

			if (flags & ~flags_of[o->group] ||
			    (alone && flags != CTGUARD_GROUP_UNRESTRICTED))
				continue;
			for (cell = 0; cell < 8; cell++)
				if (!alone || !(cell & 1))
					test_cell(
						o, flags,
						cell & 4 ?
							CTGUARD_PROFILE_COMPLAIN :
							0,
						cell & 1,
						cell & 2 ?
							CTGUARD_MODE_COMPLAIN :
							CTGUARD_MODE_ENFORCE);
		}
	}
}

/* The rule of one object says nothing of another. */
static const struct other {
	const char *claim;
	enum ctg_policy_group group;
	u32 verdict;
	struct ctg_request request;
} others[] = {
	{ .claim = "another module",
	  .group = CTG_POLICY_MODULES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_MODULE_AUTOLOAD,
		       .name = "y",
		       .length = 1 } },
	{ .claim = "a longer module name",
	  .group = CTG_POLICY_MODULES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_MODULE_AUTOLOAD,
		       .name = "xx",
		       .length = 2 } },
	{ .claim = "a name of which only a part is meant",
	  .group = CTG_POLICY_MODULES,
	  .verdict = CTGUARD_VERDICT_ALLOW,
	  .request = { .operation = CTGUARD_OP_MODULE_AUTOLOAD,
		       .name = "xx",
		       .length = 1 } },
	{ .claim = "no module name",
	  .group = CTG_POLICY_MODULES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_MODULE_AUTOLOAD,
		       .name = "",
		       .length = 0 } },
	{ .claim = "load of a module that may be autoloaded",
	  .group = CTG_POLICY_MODULES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_MODULE_LOAD,
		       .name = "x",
		       .length = 1 } },
	{ .claim = "another minor",
	  .group = CTG_POLICY_DEVICES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_DEVICE_OPEN,
		       .dev_type = CTGUARD_DEV_BLOCK,
		       .access = CTGUARD_ACCESS_READ,
		       .major = 8,
		       .minor = 1 } },
	{ .claim = "the character device",
	  .group = CTG_POLICY_DEVICES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_DEVICE_OPEN,
		       .dev_type = CTGUARD_DEV_CHAR,
		       .access = CTGUARD_ACCESS_READ,
		       .major = 8 } },
	{ .claim = "a device opened without access",
	  .group = CTG_POLICY_DEVICES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_DEVICE_OPEN,
		       .dev_type = CTGUARD_DEV_BLOCK,
		       .major = 8 } },
	{ .claim = "a device of a driver with a rule",
	  .group = CTG_POLICY_DEVICES,
	  .verdict = CTGUARD_VERDICT_ALLOW,
	  .request = { .operation = CTGUARD_OP_DEVICE_OPEN,
		       .dev_type = CTGUARD_DEV_BLOCK,
		       .access = CTGUARD_ACCESS_READ,
		       .major = 240,
		       .drivers = drivers } },
	{ .claim = "more access to it than the rule has",
	  .group = CTG_POLICY_DEVICES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_DEVICE_OPEN,
		       .dev_type = CTGUARD_DEV_BLOCK,
		       .access = CTGUARD_ACCESS_READ | CTGUARD_ACCESS_WRITE,
		       .major = 240,
		       .drivers = drivers } },
	{ .claim = "the character device of a driver of that name",
	  .group = CTG_POLICY_DEVICES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_DEVICE_OPEN,
		       .dev_type = CTGUARD_DEV_CHAR,
		       .access = CTGUARD_ACCESS_READ,
		       .major = 240,
		       .drivers = drivers } },
	{ .claim = "a device whose driver is not known",
	  .group = CTG_POLICY_DEVICES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_DEVICE_OPEN,
		       .dev_type = CTGUARD_DEV_BLOCK,
		       .access = CTGUARD_ACCESS_READ,
		       .major = 240 } },
	{ .claim = "a device whose driver has another name",
	  .group = CTG_POLICY_DEVICES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_DEVICE_OPEN,
		       .dev_type = CTGUARD_DEV_BLOCK,
		       .access = CTGUARD_ACCESS_READ,
		       .major = 240,
		       .drivers = &drivers[2] } },
	{ .claim = "another kernel interface",
	  .group = CTG_POLICY_KERNEL,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_KERNEL_USE,
		       .name = "y",
		       .length = 1 } },
	{ .claim = "a kernel interface, the container's own",
	  .group = CTG_POLICY_KERNEL,
	  .verdict = CTGUARD_VERDICT_ALLOW,
	  .request = { .operation = CTGUARD_OP_KERNEL_USE,
		       .own = CTGUARD_OWN,
		       .name = "own/x",
		       .length = 5 } },
	{ .claim = "the same, not the container's own",
	  .group = CTG_POLICY_KERNEL,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_KERNEL_USE,
		       .name = "own/x",
		       .length = 5 } },
	{ .claim = "a kernel interface below the one meant",
	  .group = CTG_POLICY_KERNEL,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_KERNEL_USE,
		       .own = CTGUARD_OWN,
		       .name = "own/x/y",
		       .length = 7 } },
	{ .claim = "a mount of what tasks may do",
	  .group = CTG_POLICY_TASKS,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_FILESYSTEM_MOUNT,
		       .name = "x",
		       .length = 1 } },
	{ .claim = "a write to another path",
	  .group = CTG_POLICY_PSEUDOFS,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_WRITE,
		       .fs = "proc",
		       .name = "/y",
		       .length = 2 } },
	{ .claim = "a write to another filesystem",
	  .group = CTG_POLICY_PSEUDOFS,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_WRITE,
		       .fs = "sysfs",
		       .name = "/x",
		       .length = 2 } },
	{ .claim = "a write to what has no path",
	  .group = CTG_POLICY_PSEUDOFS,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_WRITE,
		       .fs = "proc",
		       .name = "?",
		       .length = 1 } },
	{ .claim = "a read of another path",
	  .group = CTG_POLICY_PSEUDOFS,
	  .verdict = CTGUARD_VERDICT_ALLOW,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_READ,
		       .fs = "proc",
		       .name = "/y",
		       .length = 2 } },
	{ .claim = "a read of what has no path, where reads are denied",
	  .group = CTG_POLICY_PSEUDOFS,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_READ,
		       .fs = "proc",
		       .name = "",
		       .length = 0 } },
	{ .claim = "a read of what has no path, where none is denied",
	  .group = CTG_POLICY_PSEUDOFS,
	  .verdict = CTGUARD_VERDICT_ALLOW,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_READ,
		       .fs = "sysfs",
		       .name = "",
		       .length = 0 } },
	{ .claim = "a write to nothing",
	  .group = CTG_POLICY_PSEUDOFS,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_WRITE,
		       .fs = "proc",
		       .name = "",
		       .length = 0 } },
	{ .claim = "a read of another filesystem",
	  .group = CTG_POLICY_PSEUDOFS,
	  .verdict = CTGUARD_VERDICT_ALLOW,
	  .request = { .operation = CTGUARD_OP_PSEUDOFS_READ,
		       .fs = "sysfs",
		       .name = "/x",
		       .length = 2 } },
	{ .claim = "an operation of a later version",
	  .group = CTG_POLICY_MODULES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = __CTGUARD_OP_MAX } },
	{ .claim = "no operation",
	  .group = CTG_POLICY_MODULES,
	  .verdict = CTGUARD_VERDICT_DENY,
	  .request = { .operation = CTGUARD_OP_UNSPEC } },
};

static void test_others(void)
{
	size_t i;

	for (i = 0; i < COUNT(others); i++) {
		const struct other *o = &others[i];
		struct ctg_policy *policy = policy_of(o->group, 0, 0, true);
		struct ctg_decision decision;

		ctg_decide(policy, 0, CTGUARD_MODE_ENFORCE, &o->request,
			   &decision);
		tap_ok(decision.verdict == o->verdict, "%s: %s", o->claim,
		       verdicts[o->verdict]);
		ctg_policy_free(policy);
	}
}

int main(void)
{
	test_table();
	test_others();
	return tap_done();
}
