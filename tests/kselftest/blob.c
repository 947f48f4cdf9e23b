// SPDX-License-Identifier: GPL-2.0
/* Compiled policies, made by hand. */
#include "blob.h"

#include <stdlib.h>
#include <string.h>

/** blob_put - bytes as they are; the first ones are the header's */
void blob_put(struct blob *blob, const void *data, size_t size)
{
	blob->data = realloc(blob->data, blob->size + size + 4);
	if (!blob->data)
		abort();
	if (size)
		memcpy(blob->data + blob->size, data, size);
	blob->size += size;
}

/** blob_begin - an element; give what it returns to blob_end() */
size_t blob_begin(struct blob *blob, uint16_t type)
{
	struct ctguard_tlv tlv = { .type = type };
	size_t at = blob->size;

	blob_put(blob, &tlv, sizeof(tlv));
	return at;
}

/** blob_end - writes the element's length, and pads it */
void blob_end(struct blob *blob, size_t element)
{
	struct ctguard_tlv *tlv = (void *)(blob->data + element);

	tlv->length = blob->size - element - sizeof(*tlv);
	while (blob->size % 4)
		blob_put(blob, "", 1);
}

void blob_element(struct blob *blob, uint16_t type, const void *data,
		  size_t size)
{
	size_t at = blob_begin(blob, type);

	blob_put(blob, data, size);
	blob_end(blob, at);
}

void blob_u32(struct blob *blob, uint16_t type, uint32_t value)
{
	blob_element(blob, type, &value, sizeof(value));
}

static void put_string(struct blob *blob, uint16_t type, const char *text)
{
	blob_element(blob, type, text, strlen(text));
}

static void put_strings(struct blob *blob, uint16_t type,
			const char *const *list)
{
	unsigned int i;

	for (i = 0; i < SKETCH_MAX && list[i]; i++)
		put_string(blob, type, list[i]);
}

static void put_rules(struct blob *blob, uint16_t type, uint32_t first,
		      const char *const *list)
{
	unsigned int i;
	size_t at;

	for (i = 0; i < SKETCH_MAX && list[i]; i++) {
		at = blob_begin(blob, type);
		blob_put(blob, &first, sizeof(first));
		blob_put(blob, list[i], strlen(list[i]));
		blob_end(blob, at);
	}
}

/* What a sketch does not speak of is free. */
static void put_names(struct blob *blob, uint16_t type, uint32_t flags,
		      uint32_t when, const char *const *list)
{
	size_t at = blob_begin(blob, type);

	if (!flags && !list[0])
		flags = CTGUARD_GROUP_UNRESTRICTED;
	blob_u32(blob, CTGUARD_TLV_GROUP_FLAGS, flags);
	put_rules(blob, CTGUARD_TLV_ALLOW_NAME, when, list);
	blob_end(blob, at);
}

static void put_driver(struct blob *blob, const struct sketch_driver *driver)
{
	size_t at = blob_begin(blob, CTGUARD_TLV_DEVICE_NAME);

	blob_put(blob, &driver->rule, sizeof(driver->rule));
	blob_put(blob, driver->name, strlen(driver->name));
	blob_end(blob, at);
}

static void put_profile(struct blob *blob, const struct sketch_profile *p)
{
	size_t profile = blob_begin(blob, CTGUARD_TLV_PROFILE), at, fs;
	unsigned int i;

	put_string(blob, CTGUARD_TLV_NAME, p->name);
	blob_u32(blob, CTGUARD_TLV_FLAGS, p->flags);
	at = blob_begin(blob, CTGUARD_TLV_MODULES);
	blob_u32(blob, CTGUARD_TLV_GROUP_FLAGS, p->group[0]);
	put_strings(blob, CTGUARD_TLV_AUTOLOAD, p->autoload);
	blob_end(blob, at);
	at = blob_begin(blob, CTGUARD_TLV_DEVICES);
	blob_u32(blob, CTGUARD_TLV_GROUP_FLAGS, p->group[1]);
	for (i = 0; i < SKETCH_MAX && p->devices[i].access; i++)
		blob_element(blob, CTGUARD_TLV_DEVICE_RULE, &p->devices[i],
			     sizeof(p->devices[i]));
	for (i = 0; i < SKETCH_MAX && p->drivers[i].name; i++)
		put_driver(blob, &p->drivers[i]);
	blob_end(blob, at);
	at = blob_begin(blob, CTGUARD_TLV_PSEUDOFS);
	blob_u32(blob, CTGUARD_TLV_GROUP_FLAGS, p->group[2]);
	if (p->fs) {
		fs = blob_begin(blob, CTGUARD_TLV_FS);
		put_string(blob, CTGUARD_TLV_NAME, p->fs);
		put_rules(blob, CTGUARD_TLV_ALLOW, p->when, p->allow);
		put_rules(blob, CTGUARD_TLV_DENY_READ, 0, p->deny_read);
		blob_end(blob, fs);
	}
	blob_end(blob, at);
	put_names(blob, CTGUARD_TLV_KERNEL, p->group[3], p->kernel_when,
		  p->kernel);
	put_names(blob, CTGUARD_TLV_TASKS, p->group[4], 0, p->tasks);
	put_names(blob, CTGUARD_TLV_MOUNTS, p->group[5], 0, p->mounts);
	if (p->images.require) {
		at = blob_begin(blob, CTGUARD_TLV_IMAGES);
		blob_u32(blob, CTGUARD_TLV_GROUP_FLAGS, p->images_flags);
		blob_element(blob, CTGUARD_TLV_IMAGE_RULE, &p->images,
			     sizeof(p->images));
		blob_end(blob, at);
	}
	blob_end(blob, profile);
}

/** blob_finish - the header, once all else is there */
void blob_finish(struct blob *blob)
{
	struct ctguard_policy_header *header = (void *)blob->data;

	memcpy(header->magic, CTGUARD_POLICY_MAGIC, sizeof(header->magic));
	header->version = CTGUARD_POLICY_VERSION;
	header->length = blob->size;
}

/** blob_make - a sketch's compiled form, to be given to blob_free() */
void blob_make(const struct sketch *sketch, struct blob *ret)
{
	struct ctguard_policy_header header = {};
	unsigned int i;

	memset(ret, 0, sizeof(*ret));
	blob_put(ret, &header, sizeof(header));
	blob_u32(ret, CTGUARD_TLV_MODE, sketch->mode);
	for (i = 0; i < SKETCH_MAX && sketch->profiles[i].name; i++)
		put_profile(ret, &sketch->profiles[i]);
	blob_u32(ret, CTGUARD_TLV_DEFAULT, 0);
	blob_element(ret, CTGUARD_TLV_NAMESPACES, sketch->namespaces,
		     sizeof(sketch->namespaces));
	put_strings(ret, CTGUARD_TLV_CGROUP, sketch->cgroups);
	put_strings(ret, CTGUARD_TLV_EXCEPT, sketch->except);
	for (i = 0; i < SKETCH_MAX && sketch->binds[i]; i++)
		put_rules(ret, CTGUARD_TLV_BIND, sketch->bound[i],
			  (const char *[SKETCH_MAX]){ sketch->binds[i] });
	for (i = 0; i < sketch->image_count; i++)
		blob_element(ret, CTGUARD_TLV_IMAGE, &sketch->images[i],
			     sizeof(sketch->images[i]));
	for (i = 0; i < SKETCH_MAX && sketch->claimants[i]; i++)
		blob_element(ret, CTGUARD_TLV_CLAIMANT, sketch->claimants[i],
			     CTGUARD_SHA256_SIZE);
	blob_finish(ret);
}

void blob_free(struct blob *blob)
{
	free(blob->data);
	memset(blob, 0, sizeof(*blob));
}
