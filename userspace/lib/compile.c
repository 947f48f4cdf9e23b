// SPDX-License-Identifier: GPL-2.0
/*
 * A policy to its compiled form and back. The format is that of
 * <ctguard/ctguard.h>; the judge of a compiled policy is the parser of the
 * kernel module, which is called here as well.
 */
#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../../kmod/policy.h"
#include "alloc.h"
#include "cleanup.h"
#include "compile.h"
#include "error.h"
#include "policy.h"

struct writer {
	uint8_t *bytes;
	size_t count;
	size_t space;
};

static void put(struct writer *w, const void *bytes, size_t size)
{
	w->bytes = ctguard_alloc_grow(w->bytes, &w->space, w->count + size, 1);
	memcpy(w->bytes + w->count, bytes, size);
	w->count += size;
}

static void put_u32(struct writer *w, uint32_t value)
{
	__le32 bytes = htole32(value);

	put(w, &bytes, sizeof(bytes));
}

/* Begins an element and returns what end() wants. */
static size_t begin(struct writer *w, uint16_t type)
{
	struct ctguard_tlv tlv = { .type = htole16(type) };

	put(w, &tlv, sizeof(tlv));
	return w->count;
}

static void end(struct writer *w, size_t start)
{
	__le32 length = htole32((uint32_t)(w->count - start));
	static const uint8_t zero[4];

	memcpy(w->bytes + start - sizeof(length), &length, sizeof(length));
	put(w, zero, -(w->count - start) & 3);
}

static void element(struct writer *w, uint16_t type, const void *value,
		    size_t size)
{
	size_t start = begin(w, type);

	put(w, value, size);
	end(w, start);
}

static void element_u32(struct writer *w, uint16_t type, uint32_t value)
{
	size_t start = begin(w, type);

	put_u32(w, value);
	end(w, start);
}

static void element_text(struct writer *w, uint16_t type, const char *text)
{
	element(w, type, text, strlen(text));
}

/* A pattern behind a number, as ALLOW, ALLOW_NAME and others have it. */
static void element_pair(struct writer *w, uint16_t type, uint32_t value,
			 const char *text)
{
	size_t start = begin(w, type);

	put_u32(w, value);
	put(w, text, strlen(text));
	end(w, start);
}

static void make_pairs(struct writer *w, uint16_t type,
		       const struct ctguard_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		element_pair(w, type, rules->list[i].when,
			     rules->list[i].pattern);
}

static void make_devices(struct writer *w, const struct ctguard_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct ctguard_rule *rule = &rules->list[i];
		struct ctguard_device_rule device = {
			.type = (uint8_t)rule->type,
			.access = (uint8_t)rule->access,
			.major = htole32(rule->major),
			.minor = htole32(rule->minor),
		};

		element(w, CTGUARD_TLV_DEVICE_RULE, &device, sizeof(device));
	}
}

static void make_device_names(struct writer *w,
			      const struct ctguard_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct ctguard_rule *rule = &rules->list[i];
		struct ctguard_device_name device = {
			.type = (uint8_t)rule->type,
			.access = (uint8_t)rule->access,
		};
		size_t start = begin(w, CTGUARD_TLV_DEVICE_NAME);

		put(w, &device, sizeof(device));
		put(w, rule->pattern, strlen(rule->pattern));
		end(w, start);
	}
}

static void make_fs(struct writer *w, const struct ctguard_fs *fs)
{
	size_t start = begin(w, CTGUARD_TLV_FS);

	element_text(w, CTGUARD_TLV_NAME, fs->name);
	make_pairs(w, CTGUARD_TLV_ALLOW, &fs->allow);
	make_pairs(w, CTGUARD_TLV_DENY_READ, &fs->deny_read);
	end(w, start);
}

static void make_patterns(struct writer *w, uint16_t type,
			  const struct ctguard_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		element_text(w, type, rules->list[i].pattern);
}

static size_t begin_group(struct writer *w, uint16_t type,
			  const struct ctguard_profile *profile,
			  enum ctguard_group group)
{
	size_t start = begin(w, type);

	element_u32(w, CTGUARD_TLV_GROUP_FLAGS, profile->group[group]);
	return start;
}

static void make_images(struct writer *w, const struct ctguard_profile *profile)
{
	const struct ctguard_image_rule rule = {
		.require = (uint8_t)profile->require,
		.level = (uint8_t)profile->level,
		.program = (uint8_t)profile->program,
	};
	size_t group = begin_group(w, CTGUARD_TLV_IMAGES, profile,
				   CTGUARD_GROUP_IMAGES);

	element(w, CTGUARD_TLV_IMAGE_RULE, &rule, sizeof(rule));
	end(w, group);
}

static void make_approved(struct writer *w, const struct ctguard_policy *policy)
{
	const struct ctguard_approvals *images =
		&policy->approved[CTGUARD_APPROVED_IMAGES];
	const struct ctguard_approvals *claimants =
		&policy->approved[CTGUARD_APPROVED_CLAIMANTS];

	for (size_t i = 0; i < images->count; i++) {
		struct ctguard_image image = {
			.type = htole32(images->list[i].type),
		};

		memcpy(image.sha256, images->list[i].sha256,
		       sizeof(image.sha256));
		element(w, CTGUARD_TLV_IMAGE, &image, sizeof(image));
	}
	for (size_t i = 0; i < claimants->count; i++)
		element(w, CTGUARD_TLV_CLAIMANT, claimants->list[i].sha256,
			CTGUARD_SHA256_SIZE);
}

static void make_profile(struct writer *w,
			 const struct ctguard_profile *profile)
{
	const struct ctguard_rules *lists = profile->lists;
	size_t start = begin(w, CTGUARD_TLV_PROFILE), group;

	element_text(w, CTGUARD_TLV_NAME, profile->name);
	element_u32(w, CTGUARD_TLV_FLAGS, profile->flags);

	group = begin_group(w, CTGUARD_TLV_MODULES, profile,
			    CTGUARD_GROUP_MODULES);
	make_patterns(w, CTGUARD_TLV_AUTOLOAD, &lists[CTGUARD_LIST_AUTOLOAD]);
	end(w, group);

	group = begin_group(w, CTGUARD_TLV_DEVICES, profile,
			    CTGUARD_GROUP_DEVICES);
	make_devices(w, &lists[CTGUARD_LIST_DEVICES]);
	make_device_names(w, &lists[CTGUARD_LIST_DEVICE_NAMES]);
	end(w, group);

	group = begin_group(w, CTGUARD_TLV_PSEUDOFS, profile,
			    CTGUARD_GROUP_PSEUDOFS);
	for (size_t i = 0; i < profile->fs_count; i++)
		make_fs(w, &profile->fs[i]);
	end(w, group);

	for (size_t i = 0; i < CTGUARD_POLICY_NAMES; i++) {
		const struct ctguard_policy_names *names =
			&ctguard_policy_names[i];

		group = begin_group(w, names->type, profile, names->group);
		make_pairs(w, CTGUARD_TLV_ALLOW_NAME, &lists[names->list]);
		end(w, group);
	}
	if (profile->require)
		make_images(w, profile);
	end(w, start);
}

/* The judgement of the kernel module's parser. */
static int judge(const void *blob, size_t size, struct ctguard_error *error)
{
	struct ctg_policy_error wrong = { 0, "malformed" };
	struct ctg_policy *parsed;
	int r;

	r = ctg_policy_parse(blob, size, &parsed, &wrong);
	if (r)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "compiled policy, byte %u: %s",
					 wrong.offset, wrong.reason);
	ctg_policy_free(parsed);
	return 0;
}

/**
 * ctguard_compile_make() - the compiled form of a policy
 * @policy: to be compiled
 * @ret_blob: its bytes, to be freed
 * @ret_size: their number
 * @error: set on failure
 *
 * Return: 0, or -1 when a bound is exceeded.
 */
int ctguard_compile_make(const struct ctguard_policy *policy, void **ret_blob,
			 size_t *ret_size, struct ctguard_error *error)
{
	struct ctguard_policy_header header = {
		.version = htole32(CTGUARD_POLICY_VERSION),
	};
	struct writer w = { 0 };
	size_t start;

	memcpy(header.magic, CTGUARD_POLICY_MAGIC, sizeof(header.magic));
	put(&w, &header, sizeof(header));
	element_u32(&w, CTGUARD_TLV_MODE, policy->mode);
	for (size_t i = 0; i < policy->profile_count; i++)
		make_profile(&w, &policy->profiles[i]);
	element_u32(&w, CTGUARD_TLV_DEFAULT, policy->default_profile);
	start = begin(&w, CTGUARD_TLV_NAMESPACES);
	for (size_t i = 0; i < CTGUARD_NAMESPACES; i++)
		put_u32(&w, policy->namespaces[i]);
	end(&w, start);
	make_patterns(&w, CTGUARD_TLV_CGROUP, &policy->cgroups);
	make_patterns(&w, CTGUARD_TLV_EXCEPT, &policy->except);
	for (size_t i = 0; i < policy->binds.count; i++)
		element_pair(&w, CTGUARD_TLV_BIND,
			     policy->binds.list[i].profile,
			     policy->binds.list[i].pattern);
	make_approved(&w, policy);

	header.length = htole32((uint32_t)w.count);
	memcpy(w.bytes, &header, sizeof(header));
	if (w.count > CTGUARD_POLICY_MAX_SIZE) {
		ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"compiled policy: %zu bytes, expected at most %u",
			w.count, CTGUARD_POLICY_MAX_SIZE);
		free(w.bytes);
		return -1;
	}
	if (judge(w.bytes, w.count, error) < 0) {
		free(w.bytes);
		return -1;
	}
	*ret_blob = w.bytes;
	*ret_size = w.count;
	return 0;
}

/*
 * Reading back. The blob was judged, so every element is where and how it
 * should be, and what is read here is within it.
 */
struct element {
	uint16_t type;
	const uint8_t *value;
	size_t size;
};

struct span {
	const uint8_t *at;
	const uint8_t *end;
};

static bool next(struct span *span, struct element *ret)
{
	struct ctguard_tlv tlv;
	size_t padded;

	if ((size_t)(span->end - span->at) < sizeof(tlv))
		return false;
	memcpy(&tlv, span->at, sizeof(tlv));
	ret->type = le16toh(tlv.type);
	ret->size = le32toh(tlv.length);
	ret->value = span->at + sizeof(tlv);
	padded = (ret->size + 3) & ~(size_t)3;
	if ((size_t)(span->end - ret->value) < padded)
		return false;
	span->at = ret->value + padded;
	return true;
}

static struct span inside(const struct element *e)
{
	return (struct span){ e->value, e->value + e->size };
}

static uint32_t number(const struct element *e, size_t index)
{
	__le32 value;

	memcpy(&value, e->value + index * sizeof(value), sizeof(value));
	return le32toh(value);
}

static char *text(const struct element *e, size_t skip)
{
	return ctguard_alloc_string((const char *)e->value + skip,
				    e->size - skip);
}

static void parse_modules(const struct element *group,
			  struct ctguard_profile *profile)
{
	struct span span = inside(group);
	struct element e;

	while (next(&span, &e)) {
		if (e.type == CTGUARD_TLV_GROUP_FLAGS)
			profile->group[CTGUARD_GROUP_MODULES] = number(&e, 0);
		else
			ctguard_policy_rule_add(
				&profile->lists[CTGUARD_LIST_AUTOLOAD])
				->pattern = text(&e, 0);
	}
}

/* Adds a pattern behind a number. */
static void parse_pair(const struct element *e, struct ctguard_rules *rules)
{
	struct ctguard_rule *rule = ctguard_policy_rule_add(rules);

	rule->when = number(e, 0);
	rule->pattern = text(e, sizeof(uint32_t));
}

static void parse_device(const struct element *e, struct ctguard_rules *rules)
{
	struct ctguard_rule *rule = ctguard_policy_rule_add(rules);
	struct ctguard_device_rule device;

	memcpy(&device, e->value, sizeof(device));
	rule->type = device.type;
	rule->access = device.access;
	rule->major = le32toh(device.major);
	rule->minor = le32toh(device.minor);
}

static void parse_device_name(const struct element *e,
			      struct ctguard_rules *rules)
{
	struct ctguard_rule *rule = ctguard_policy_rule_add(rules);
	struct ctguard_device_name device;

	memcpy(&device, e->value, sizeof(device));
	rule->type = device.type;
	rule->access = device.access;
	rule->pattern = text(e, sizeof(device));
}

static void parse_devices(const struct element *group,
			  struct ctguard_profile *profile)
{
	struct span span = inside(group);
	struct element e;

	while (next(&span, &e)) {
		if (e.type == CTGUARD_TLV_GROUP_FLAGS)
			profile->group[CTGUARD_GROUP_DEVICES] = number(&e, 0);
		else if (e.type == CTGUARD_TLV_DEVICE_RULE)
			parse_device(&e, &profile->lists[CTGUARD_LIST_DEVICES]);
		else
			parse_device_name(
				&e, &profile->lists[CTGUARD_LIST_DEVICE_NAMES]);
	}
}

static void parse_fs(const struct element *group,
		     struct ctguard_profile *profile)
{
	struct span span = inside(group);
	struct ctguard_fs *fs = NULL;
	CTGUARD_FREE char *name = NULL;
	struct element e;

	while (next(&span, &e)) {
		if (!fs) {
			name = text(&e, 0);
			fs = ctguard_policy_fs_get(profile, name);
			continue;
		}
		parse_pair(&e, e.type == CTGUARD_TLV_ALLOW ? &fs->allow :
							     &fs->deny_read);
	}
}

static void parse_pseudofs(const struct element *group,
			   struct ctguard_profile *profile)
{
	struct span span = inside(group);
	struct element e;

	while (next(&span, &e)) {
		if (e.type == CTGUARD_TLV_GROUP_FLAGS)
			profile->group[CTGUARD_GROUP_PSEUDOFS] = number(&e, 0);
		else
			parse_fs(&e, profile);
	}
}

static void parse_names(const struct element *group,
			struct ctguard_profile *profile)
{
	const struct ctguard_policy_names *names = ctguard_policy_names;
	struct span span = inside(group);
	struct element e;

	while (names->type != group->type)
		names++;
	while (next(&span, &e)) {
		if (e.type == CTGUARD_TLV_GROUP_FLAGS)
			profile->group[names->group] = number(&e, 0);
		else
			parse_pair(&e, &profile->lists[names->list]);
	}
}

static void parse_images(const struct element *group,
			 struct ctguard_profile *profile)
{
	struct ctguard_image_rule rule;
	struct span span = inside(group);
	struct element e;

	while (next(&span, &e)) {
		if (e.type == CTGUARD_TLV_GROUP_FLAGS) {
			profile->group[CTGUARD_GROUP_IMAGES] = number(&e, 0);
			continue;
		}
		memcpy(&rule, e.value, sizeof(rule));
		profile->require = rule.require;
		profile->level = rule.level;
		profile->program = rule.program;
	}
}

static void parse_image(const struct element *e,
			struct ctguard_approvals *approvals)
{
	struct ctguard_approved *approved = ctguard_approved_add(approvals);
	struct ctguard_image image;

	memcpy(&image, e->value, sizeof(image));
	approved->type = le32toh(image.type);
	memcpy(approved->sha256, image.sha256, sizeof(image.sha256));
}

static void parse_profile(const struct element *nest,
			  struct ctguard_policy *policy)
{
	struct span span = inside(nest);
	struct ctguard_profile *profile;
	struct element e;

	policy->profiles =
		ctguard_alloc_grow(policy->profiles, &policy->profile_space,
				   policy->profile_count + 1, sizeof(*profile));
	profile = &policy->profiles[policy->profile_count++];
	memset(profile, 0, sizeof(*profile));
	while (next(&span, &e)) {
		switch (e.type) {
		case CTGUARD_TLV_NAME:
			profile->name = text(&e, 0);
			break;
		case CTGUARD_TLV_FLAGS:
			profile->flags = number(&e, 0);
			break;
		case CTGUARD_TLV_MODULES:
			parse_modules(&e, profile);
			break;
		case CTGUARD_TLV_DEVICES:
			parse_devices(&e, profile);
			break;
		case CTGUARD_TLV_PSEUDOFS:
			parse_pseudofs(&e, profile);
			break;
		case CTGUARD_TLV_IMAGES:
			parse_images(&e, profile);
			break;
		default:
			parse_names(&e, profile);
			break;
		}
	}
}

/**
 * ctguard_compile_parse() - the policy of a compiled form
 * @blob: the compiled policy
 * @size: its bytes
 * @ret: the policy, numbered, to be freed with ctguard_policy_free()
 * @error: set on failure
 *
 * Return: 0, or -1 when it is malformed.
 */
int ctguard_compile_parse(const void *blob, size_t size,
			  struct ctguard_policy **ret,
			  struct ctguard_error *error)
{
	struct ctguard_policy *policy;
	struct ctguard_rule *rule;
	struct element e;
	struct span span;

	if (judge(blob, size, error) < 0)
		return -1;
	policy = ctguard_alloc_zeroed(1, sizeof(*policy));
	span.at = (const uint8_t *)blob + sizeof(struct ctguard_policy_header);
	span.end = (const uint8_t *)blob + size;
	while (next(&span, &e)) {
		switch (e.type) {
		case CTGUARD_TLV_MODE:
			policy->mode = number(&e, 0);
			break;
		case CTGUARD_TLV_PROFILE:
			parse_profile(&e, policy);
			break;
		case CTGUARD_TLV_DEFAULT:
			policy->default_profile = number(&e, 0);
			break;
		case CTGUARD_TLV_NAMESPACES:
			for (size_t i = 0; i < CTGUARD_NAMESPACES; i++)
				policy->namespaces[i] = number(&e, i);
			break;
		case CTGUARD_TLV_CGROUP:
			ctguard_policy_rule_add(&policy->cgroups)->pattern =
				text(&e, 0);
			break;
		case CTGUARD_TLV_EXCEPT:
			ctguard_policy_rule_add(&policy->except)->pattern =
				text(&e, 0);
			break;
		case CTGUARD_TLV_BIND:
			rule = ctguard_policy_rule_add(&policy->binds);
			rule->profile = number(&e, 0);
			rule->pattern = text(&e, sizeof(uint32_t));
			break;
		case CTGUARD_TLV_IMAGE:
			parse_image(&e,
				    &policy->approved[CTGUARD_APPROVED_IMAGES]);
			break;
		case CTGUARD_TLV_CLAIMANT:
			memcpy(ctguard_approved_add(
				       &policy->approved
						[CTGUARD_APPROVED_CLAIMANTS])
				       ->sha256,
			       e.value, CTGUARD_SHA256_SIZE);
			break;
		}
	}
	ctguard_policy_number(policy);
	*ret = policy;
	return 0;
}
