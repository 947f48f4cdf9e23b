// SPDX-License-Identifier: GPL-2.0
/*
 * Builds compiled policies for tests, right ones and wrong ones.
 */
#include "blob.h"

#include <endian.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

void blob_free(struct blob *b)
{
	free(b->data);
	*b = (struct blob){ 0 };
}

void blob_add(struct blob *b, const void *bytes, size_t count)
{
	while (b->size + count > b->capacity) {
		b->capacity = b->capacity ? 2 * b->capacity : 256;
		b->data = realloc(b->data, b->capacity);
		if (!b->data)
			abort();
	}
	if (count)
		memcpy(b->data + b->size, bytes, count);
	b->size += count;
}

void blob_mark(struct blob *b)
{
	b->mark = b->size;
}

void blob_set32(struct blob *b, size_t offset, uint32_t value)
{
	value = htole32(value);
	memcpy(b->data + offset, &value, sizeof(value));
}

void blob_begin(struct blob *b)
{
	struct ctguard_policy_header header = {
		.version = htole32(CTGUARD_POLICY_VERSION),
	};

	memcpy(header.magic, CTGUARD_POLICY_MAGIC, sizeof(header.magic));
	blob_add(b, &header, sizeof(header));
}

void blob_end(struct blob *b)
{
	blob_set32(b, offsetof(struct ctguard_policy_header, length), b->size);
}

static void add_header(struct blob *b, unsigned int type, size_t length)
{
	struct ctguard_tlv tlv = {
		.type = htole16(type),
		.length = htole32(length),
	};

	blob_add(b, &tlv, sizeof(tlv));
}

void blob_element(struct blob *b, unsigned int type, const void *value,
		  size_t length)
{
	add_header(b, type, length);
	blob_add(b, value, length);
	blob_add(b, "\0\0\0", -length & 3);
}

void blob_number(struct blob *b, unsigned int type, uint32_t value)
{
	value = htole32(value);
	blob_element(b, type, &value, sizeof(value));
}

void blob_text(struct blob *b, unsigned int type, const char *value)
{
	blob_element(b, type, value, strlen(value));
}

void blob_text_for(struct blob *b, unsigned int type, uint32_t number,
		   const char *value)
{
	size_t length = strlen(value);

	number = htole32(number);
	add_header(b, type, sizeof(number) + length);
	blob_add(b, &number, sizeof(number));
	blob_add(b, value, length);
	blob_add(b, "\0\0\0", -length & 3);
}

void blob_device(struct blob *b, unsigned int type, unsigned int access,
		 uint32_t major, uint32_t minor)
{
	struct ctguard_device_rule rule = {
		.type = type,
		.access = access,
		.major = htole32(major),
		.minor = htole32(minor),
	};

	blob_element(b, CTGUARD_TLV_DEVICE_RULE, &rule, sizeof(rule));
}

void blob_device_name(struct blob *b, unsigned int type, unsigned int access,
		      const char *name)
{
	struct ctguard_device_name rule = { .type = type, .access = access };
	size_t length = strlen(name);

	add_header(b, CTGUARD_TLV_DEVICE_NAME, sizeof(rule) + length);
	blob_add(b, &rule, sizeof(rule));
	blob_add(b, name, length);
	blob_add(b, "\0\0\0", -length & 3);
}

void blob_namespaces(struct blob *b, uint32_t pid, uint32_t user,
		     uint32_t cgroup)
{
	uint32_t profiles[] = { htole32(pid), htole32(user), htole32(cgroup) };

	blob_element(b, CTGUARD_TLV_NAMESPACES, profiles, sizeof(profiles));
}

void blob_image_rule(struct blob *b, unsigned int require, unsigned int level,
		     unsigned int program)
{
	struct ctguard_image_rule rule = {
		.require = require,
		.level = level,
		.program = program,
	};

	blob_element(b, CTGUARD_TLV_IMAGE_RULE, &rule, sizeof(rule));
}

void blob_image(struct blob *b, unsigned int type, unsigned char byte)
{
	struct ctguard_image image = { .type = htole32(type) };

	memset(image.sha256, byte, sizeof(image.sha256));
	blob_element(b, CTGUARD_TLV_IMAGE, &image, sizeof(image));
}

void blob_claimant(struct blob *b, unsigned char byte)
{
	unsigned char sha256[CTGUARD_SHA256_SIZE];

	memset(sha256, byte, sizeof(sha256));
	blob_element(b, CTGUARD_TLV_CLAIMANT, sha256, sizeof(sha256));
}

void blob_open(struct blob *b, unsigned int type)
{
	if (b->depth == BLOB_DEPTH)
		abort();
	b->open[b->depth++] = b->size;
	add_header(b, type, 0);
}

void blob_close(struct blob *b)
{
	size_t at = b->open[--b->depth];

	blob_set32(b, at + offsetof(struct ctguard_tlv, length),
		   b->size - at - sizeof(struct ctguard_tlv));
}

void blob_empty_groups(struct blob *b, unsigned int first, unsigned int last)
{
	for (; first <= last; first++) {
		blob_open(b, first);
		blob_number(b, CTGUARD_TLV_GROUP_FLAGS, 0);
		blob_close(b);
	}
}

void blob_profile(struct blob *b, const char *name, uint32_t flags)
{
	blob_open(b, CTGUARD_TLV_PROFILE);
	blob_text(b, CTGUARD_TLV_NAME, name);
	blob_number(b, CTGUARD_TLV_FLAGS, flags);
	blob_empty_groups(b, CTGUARD_TLV_MODULES, CTGUARD_TLV_MOUNTS);
	blob_close(b);
}

void blob_tail(struct blob *b, uint32_t fallback)
{
	blob_number(b, CTGUARD_TLV_DEFAULT, fallback);
	blob_namespaces(b, CTGUARD_PROFILE_NONE, CTGUARD_PROFILE_NONE,
			CTGUARD_PROFILE_NONE);
}

static bool is_nest(unsigned int type)
{
	return type == CTGUARD_TLV_PROFILE || type == CTGUARD_TLV_FS ||
	       (type >= CTGUARD_TLV_MODULES && type <= CTGUARD_TLV_IMAGES);
}

size_t blob_find(const struct blob *b, unsigned int type, unsigned int n)
{
	size_t at = sizeof(struct ctguard_policy_header);
	struct ctguard_tlv tlv;

	while (at + sizeof(tlv) <= b->size) {
		memcpy(&tlv, b->data + at, sizeof(tlv));
		if (le16toh(tlv.type) == type && !n--)
			return at;
		at += sizeof(tlv);
		if (!is_nest(le16toh(tlv.type)))
			at += (le32toh(tlv.length) + 3) & ~3U;
	}
	return SIZE_MAX;
}
