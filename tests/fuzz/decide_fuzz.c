// SPDX-License-Identifier: GPL-2.0
/*
 * The decision against a model of it. The input writes a policy and asks it
 * questions; the model looks at every rule in turn, by the reference matcher
 * of the unit tests, where the policy looks into its index.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../kmod/decide.h"
#include "../../kmod/glob.h"
#include "../unit/blob.h"
#include "../unit/query.h"
#include "../unit/reference.h"

#define RULES_MAX 64
#define STRING_MAX 96
#define BUDGET 20000

#define MUST(condition)                                                  \
	do {                                                             \
		if (!(condition)) {                                      \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, \
				__LINE__, #condition);                   \
			abort();                                         \
		}                                                        \
	} while (0)

/* The input, read from its beginning; zeros behind its end. */
struct input {
	const uint8_t *data;
	size_t size;
};

struct string {
	char text[STRING_MAX + 8];
	size_t length;
};

struct rule {
	unsigned int type; /* CTGUARD_TLV_* */
	struct string pattern;
	struct ctguard_device_rule device; /* in host order */
	u32 when;			   /* or the profile of a BIND */
	enum ctg_policy_group group;	   /* of an ALLOW_NAME */
};

struct model {
	struct rule rules[RULES_MAX];
	unsigned int count;
	u32 group_flags[CTG_POLICY_GROUP_COUNT];
	u32 profile_flags;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static u32 take(struct input *in, u32 below)
{
	if (!in->size)
		return 0;
	in->size--;
	return *in->data++ % below;
}

/* Low bytes stand for tokens of patterns, so that they come often. */
static void take_string(struct input *in, bool path, struct string *ret)
{
	static const char *const pieces[] = {
		"*",
		"**",
		"/**/",
		"?",
		"[0-9]",
		"[pid]",
		"/[pid]/",
		"{id}",
		"\\",
		"/",
		"a",
		"b",
		"1",
		"-",
		"_",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	};
	const u32 count = sizeof(pieces) / sizeof(*pieces);
	u32 n = take(in, 12);

	ret->length = 0;
	if (path)
		ret->text[ret->length++] = '/';
	while (n--) {
		u32 c = take(in, 256);
		char byte[2] = { c, 0 };
		const char *piece = c < 0x20 ? pieces[c % count] : byte;
		size_t length = c < 0x20 ? strlen(piece) : 1;

		if (ret->length + length > STRING_MAX)
			break;
		memcpy(ret->text + ret->length, piece, length);
		ret->length += length;
	}
	ret->text[ret->length] = 0;
}

static struct rule *new_rule(struct model *m, unsigned int type)
{
	struct rule *rule = &m->rules[m->count++];

	memset(rule, 0, sizeof(*rule));
	rule->type = type;
	return rule;
}

static void add_text(struct blob *b, const struct rule *rule, bool number)
{
	uint8_t value[sizeof(u32) + STRING_MAX];
	size_t skip = number ? sizeof(u32) : 0;
	u32 when = htole32(rule->when);

	memcpy(value, &when, skip);
	memcpy(value + skip, rule->pattern.text, rule->pattern.length);
	blob_element(b, rule->type, value, skip + rule->pattern.length);
}

static bool is_name(unsigned int type)
{
	return type == CTGUARD_TLV_AUTOLOAD || type == CTGUARD_TLV_ALLOW_NAME;
}

/*
 * Up to seven patterns of a type; those that are none are left out. @group is
 * that of an ALLOW_NAME.
 */
static void add_patterns(struct input *in, struct model *m, struct blob *b,
			 unsigned int type, enum ctg_policy_group group)
{
	bool path = !is_name(type);
	bool number = type == CTGUARD_TLV_ALLOW ||
		      type == CTGUARD_TLV_ALLOW_NAME ||
		      type == CTGUARD_TLV_DENY_READ || type == CTGUARD_TLV_BIND;
	u32 n = take(in, 8);

	while (n-- && m->count < RULES_MAX) {
		struct rule *rule = new_rule(m, type);
		u32 bit = take(in, 6);

		take_string(in, path, &rule->pattern);
		if (ctg_glob_check(rule->pattern.text, rule->pattern.length,
				   path ? CTG_GLOB_PATH : CTG_GLOB_NAME)) {
			m->count--;
			continue;
		}
		rule->group = group;
		if (type == CTGUARD_TLV_ALLOW)
			rule->when = bit ? 1U << (bit - 1) : 0;
		else if (group == CTG_POLICY_KERNEL)
			rule->when = bit & CTGUARD_OWN;
		else if (type == CTGUARD_TLV_BIND)
			rule->when = bit & 1;
		add_text(b, rule, number);
	}
}

static u32 take_number(struct input *in)
{
	u32 n = take(in, 5);

	return n == 4 ? CTGUARD_DEV_ALL : n;
}

static void add_devices(struct input *in, struct model *m, struct blob *b)
{
	u32 n = take(in, 8);

	while (n-- && m->count < RULES_MAX) {
		struct rule *rule = new_rule(m, CTGUARD_TLV_DEVICE_RULE);

		rule->device.type = take(in, 3);
		rule->device.access = 1 + take(in, 7);
		rule->device.major = take_number(in);
		rule->device.minor = rule->device.major == CTGUARD_DEV_ALL ?
					     CTGUARD_DEV_ALL :
					     take_number(in);
		blob_device(b, rule->device.type, rule->device.access,
			    rule->device.major, rule->device.minor);
	}
}

static void add_device_names(struct input *in, struct model *m, struct blob *b)
{
	u32 n = take(in, 4);

	while (n-- && m->count < RULES_MAX) {
		struct rule *rule = new_rule(m, CTGUARD_TLV_DEVICE_NAME);

		rule->device.type = CTGUARD_DEV_BLOCK + take(in, 2);
		rule->device.access = 1 + take(in, 7);
		take_string(in, false, &rule->pattern);
		if (ctg_glob_check(rule->pattern.text, rule->pattern.length,
				   CTG_GLOB_NAME)) {
			m->count--;
			continue;
		}
		blob_device_name(b, rule->device.type, rule->device.access,
				 rule->pattern.text);
	}
}

/* Flags of a group; true if it may hold rules. */
static bool add_flags(struct input *in, struct model *m, struct blob *b,
		      enum ctg_policy_group group)
{
	u32 flags = take(in, 32) & ~CTGUARD_GROUP_UNRESTRICTED;

	if (group != CTG_POLICY_MODULES)
		flags &= CTGUARD_GROUP_COMPLAIN;
	if (!take(in, 8))
		flags = CTGUARD_GROUP_UNRESTRICTED;
	m->group_flags[group] = flags;
	blob_number(b, CTGUARD_TLV_GROUP_FLAGS, flags);
	return flags != CTGUARD_GROUP_UNRESTRICTED;
}

static void build(struct input *in, struct model *m, struct blob *b)
{
	enum ctg_policy_group group;

	m->count = 0;
	m->profile_flags = take(in, 2);
	blob_begin(b);
	blob_number(b, CTGUARD_TLV_MODE, CTGUARD_MODE_ENFORCE);
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_text(b, CTGUARD_TLV_NAME, "a");
	blob_number(b, CTGUARD_TLV_FLAGS, m->profile_flags);
	blob_open(b, CTGUARD_TLV_MODULES);
	if (add_flags(in, m, b, CTG_POLICY_MODULES))
		add_patterns(in, m, b, CTGUARD_TLV_AUTOLOAD, 0);
	blob_close(b);
	blob_open(b, CTGUARD_TLV_DEVICES);
	if (add_flags(in, m, b, CTG_POLICY_DEVICES)) {
		add_devices(in, m, b);
		add_device_names(in, m, b);
	}
	blob_close(b);
	blob_open(b, CTGUARD_TLV_PSEUDOFS);
	if (add_flags(in, m, b, CTG_POLICY_PSEUDOFS)) {
		blob_open(b, CTGUARD_TLV_FS);
		blob_text(b, CTGUARD_TLV_NAME, "proc");
		add_patterns(in, m, b, CTGUARD_TLV_ALLOW, 0);
		add_patterns(in, m, b, CTGUARD_TLV_DENY_READ, 0);
		blob_close(b);
	}
	blob_close(b);
	for (group = CTG_POLICY_KERNEL; group <= CTG_POLICY_MOUNTS; group++) {
		blob_open(b, CTGUARD_TLV_KERNEL + group - CTG_POLICY_KERNEL);
		if (add_flags(in, m, b, group))
			add_patterns(in, m, b, CTGUARD_TLV_ALLOW_NAME, group);
		blob_close(b);
	}
	blob_close(b);
	blob_profile(b, "b", 0);
	blob_number(b, CTGUARD_TLV_DEFAULT, 0);
	blob_namespaces(b, 1, 0, CTGUARD_PROFILE_NONE);
	add_patterns(in, m, b, CTGUARD_TLV_CGROUP, 0);
	add_patterns(in, m, b, CTGUARD_TLV_EXCEPT, 0);
	add_patterns(in, m, b, CTGUARD_TLV_BIND, 0);
	blob_end(b);
}

static bool matches(const struct rule *rule, const struct string *s,
		    bool *ret_tired)
{
	unsigned long budget = BUDGET;
	bool does = reference_match(rule->pattern.text, rule->pattern.length,
				    s->text, s->length, &budget);

	if (!budget)
		*ret_tired = true;
	return does;
}

/* The first pattern of a type that matches: its number, or 0. */
static u32 first_of(const struct model *m, unsigned int type,
		    enum ctg_policy_group group, const struct string *s,
		    u32 own, bool *ret_tired)
{
	unsigned int i;

	for (i = 0; i < m->count; i++) {
		const struct rule *rule = &m->rules[i];

		if (rule->type != type || rule->group != group)
			continue;
		if (type != CTGUARD_TLV_BIND && rule->when &&
		    !(rule->when & own))
			continue;
		if (matches(rule, s, ret_tired))
			return i + 1;
	}
	return 0;
}

static u32 first(const struct model *m, unsigned int type,
		 const struct string *s, u32 own, bool *ret_tired)
{
	return first_of(m, type, 0, s, own, ret_tired);
}

static bool is_meant(const struct ctguard_device_rule *d,
		     const struct ctg_request *r)
{
	return (d->type == CTGUARD_DEV_ANY || d->type == r->dev_type) &&
	       (d->major == CTGUARD_DEV_ALL || d->major == r->major) &&
	       (d->minor == CTGUARD_DEV_ALL || d->minor == r->minor) &&
	       d->access & r->access;
}

static bool is_named(const struct rule *rule, const struct ctg_request *r,
		     const struct string *driver, bool *ret_tired)
{
	return r->drivers && rule->device.type == r->dev_type &&
	       rule->device.access & r->access &&
	       matches(rule, driver, ret_tired);
}

/* @driver is the one name of the major, when the request has any. */
static u32 first_device(const struct model *m, const struct ctg_request *r,
			const struct string *driver, bool *ret_tired)
{
	u32 i, found = 0;
	u8 missing = r->access;

	for (i = 0; i < m->count; i++) {
		const struct rule *rule = &m->rules[i];

		if (rule->type == CTGUARD_TLV_DEVICE_NAME ?
			    !is_named(rule, r, driver, ret_tired) :
			    rule->type != CTGUARD_TLV_DEVICE_RULE ||
				    !is_meant(&rule->device, r))
			continue;
		missing &= ~rule->device.access;
		if (!found)
			found = i + 1;
	}
	return missing ? 0 : found;
}

/* Compares the decision with the model's. */
static void judge(const struct model *m, const struct ctg_policy *policy,
		  const struct ctg_request *r, u32 mode, u32 rule, bool allow,
		  enum ctg_policy_group group)
{
	struct ctg_decision decision;
	u32 flags = m->group_flags[group], verdict;

	if (flags & CTGUARD_GROUP_UNRESTRICTED) {
		allow = true;
		rule = 0;
	}
	if (allow)
		verdict = CTGUARD_VERDICT_ALLOW;
	else if (mode == CTGUARD_MODE_COMPLAIN || m->profile_flags ||
		 flags & CTGUARD_GROUP_COMPLAIN)
		verdict = CTGUARD_VERDICT_COMPLAIN;
	else
		verdict = CTGUARD_VERDICT_DENY;
	ctg_decide(policy, 0, mode, r, &decision);
	MUST(decision.verdict == verdict);
	MUST(decision.rule == rule);
}

static void ask(struct input *in, const struct model *m,
		const struct ctg_policy *policy)
{
	struct ctg_request r = {
		/* Images are decided by claims, which are not asked here. */
		.operation = CTGUARD_OP_MODULE_LOAD +
			     take(in, CTGUARD_OP_FILESYSTEM_MOUNT),
		.own = take(in, CTGUARD_OWN_MASK + 1),
		.fs = "proc",
		.dev_type = 1 + take(in, 2),
		.access = 1 + take(in, 7),
		.major = take(in, 4),
		.minor = take(in, 4),
	};
	u32 mode = take(in, 2), flags = m->group_flags[CTG_POLICY_MODULES];
	const char *drivers[2] = { NULL, NULL };
	enum ctg_policy_group group;
	bool tired = false, guarded;
	struct string s;
	u32 rule;

	take_string(in,
		    r.operation >= CTGUARD_OP_PSEUDOFS_WRITE &&
			    r.operation <= CTGUARD_OP_PSEUDOFS_READ,
		    &s);
	r.name = s.text;
	r.length = s.length;
	switch (r.operation) {
	case CTGUARD_OP_MODULE_LOAD:
		judge(m, policy, &r, mode, 0, flags & CTGUARD_GROUP_ALLOW_LOAD,
		      CTG_POLICY_MODULES);
		break;
	case CTGUARD_OP_MODULE_UNLOAD:
		judge(m, policy, &r, mode, 0,
		      flags & CTGUARD_GROUP_ALLOW_UNLOAD, CTG_POLICY_MODULES);
		break;
	case CTGUARD_OP_KEXEC_LOAD:
		judge(m, policy, &r, mode, 0, flags & CTGUARD_GROUP_ALLOW_KEXEC,
		      CTG_POLICY_MODULES);
		break;
	case CTGUARD_OP_MODULE_AUTOLOAD:
		rule = first(m, CTGUARD_TLV_AUTOLOAD, &s, 0, &tired);
		if (!tired)
			judge(m, policy, &r, mode, rule, rule,
			      CTG_POLICY_MODULES);
		break;
	case CTGUARD_OP_PSEUDOFS_WRITE:
		rule = first(m, CTGUARD_TLV_ALLOW, &s, r.own, &tired);
		if (!tired)
			judge(m, policy, &r, mode, rule, rule,
			      CTG_POLICY_PSEUDOFS);
		break;
	case CTGUARD_OP_PSEUDOFS_READ:
		rule = first(m, CTGUARD_TLV_DENY_READ, &s, 0, &tired);
		if (!tired)
			judge(m, policy, &r, mode, rule, !rule,
			      CTG_POLICY_PSEUDOFS);
		break;
	case CTGUARD_OP_KERNEL_USE:
	case CTGUARD_OP_TASK_ACCESS:
	case CTGUARD_OP_FILESYSTEM_MOUNT:
		group = CTG_POLICY_KERNEL + r.operation - CTGUARD_OP_KERNEL_USE;
		rule = first_of(m, CTGUARD_TLV_ALLOW_NAME, group, &s, r.own,
				&tired);
		if (!tired)
			judge(m, policy, &r, mode, rule, rule, group);
		break;
	default:
		/* Names of drivers are strings. */
		s.length = strlen(s.text);
		drivers[0] = s.text;
		r.drivers = take(in, 2) ? drivers : NULL;
		rule = first_device(m, &r, &s, &tired);
		if (!tired)
			judge(m, policy, &r, mode, rule, rule,
			      CTG_POLICY_DEVICES);
		break;
	}
	/* Paths of cgroups are strings. */
	s.length = strlen(s.text);
	guarded = first(m, CTGUARD_TLV_CGROUP, &s, 0, &tired) &&
		  !first(m, CTGUARD_TLV_EXCEPT, &s, 0, &tired);
	rule = first(m, CTGUARD_TLV_BIND, &s, 0, &tired);
	if (tired)
		return;
	MUST(ctg_policy_guards(policy, s.text) == guarded);
	MUST(ctg_policy_bind(policy, s.text) ==
	     (rule ? m->rules[rule - 1].when : 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model model;
	struct input in = { .data = data, .size = size };
	struct ctg_policy_error error;
	struct ctg_policy *policy;
	struct blob b = { 0 };
	int questions = 8;

	build(&in, &model, &b);
	MUST(!ctg_policy_parse(b.data, b.size, &policy, &error));
	blob_free(&b);
	query_policy(policy, (const char *)data, size < 64 ? size : 64);
	while (questions-- && in.size)
		ask(&in, &model, policy);
	ctg_policy_free(policy);
	return 0;
}
