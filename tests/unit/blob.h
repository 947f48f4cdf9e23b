/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Builds compiled policies for tests, right ones and wrong ones.
 */
#ifndef _BLOB_H
#define _BLOB_H

#include <stddef.h>
#include <stdint.h>

#define BLOB_DEPTH 8

/**
 * struct blob - a compiled policy in the making
 * @data: its bytes, of malloc()
 * @size: how many
 * @capacity: how many there is room for
 * @mark: an offset that the test remembers
 * @open: where nests begin that are not closed
 * @depth: how many they are
 *
 * Starts as all zeros.
 */
struct blob {
	unsigned char *data;
	size_t size;
	size_t capacity;
	size_t mark;
	size_t open[BLOB_DEPTH];
	int depth;
};

void blob_free(struct blob *b);
void blob_add(struct blob *b, const void *bytes, size_t count);
void blob_mark(struct blob *b);
void blob_set32(struct blob *b, size_t offset, uint32_t value);

/* Header first, the header's length last. */
void blob_begin(struct blob *b);
void blob_end(struct blob *b);

/* Elements, padded. */
void blob_element(struct blob *b, unsigned int type, const void *value,
		  size_t length);
void blob_number(struct blob *b, unsigned int type, uint32_t value);
void blob_text(struct blob *b, unsigned int type, const char *value);
void blob_text_for(struct blob *b, unsigned int type, uint32_t number,
		   const char *value);
void blob_device(struct blob *b, unsigned int type, unsigned int access,
		 uint32_t major, uint32_t minor);
void blob_device_name(struct blob *b, unsigned int type, unsigned int access,
		      const char *name);
void blob_namespaces(struct blob *b, uint32_t pid, uint32_t user,
		     uint32_t cgroup);
void blob_image_rule(struct blob *b, unsigned int require, unsigned int level,
		     unsigned int program);
/* Digests of which every byte is @byte. */
void blob_image(struct blob *b, unsigned int type, unsigned char byte);
void blob_claimant(struct blob *b, unsigned char byte);
void blob_open(struct blob *b, unsigned int type);
void blob_close(struct blob *b);

/* Groups without a rule, CTGUARD_TLV_MODULES and what follows it in a profile. */
void blob_empty_groups(struct blob *b, unsigned int first, unsigned int last);

/* A profile without a rule, and what comes behind the last profile. */
void blob_profile(struct blob *b, const char *name, uint32_t flags);
void blob_tail(struct blob *b, uint32_t fallback);

/* The @n-th element of a type, from 0, at any depth; SIZE_MAX for none. */
size_t blob_find(const struct blob *b, unsigned int type, unsigned int n);

#endif /* _BLOB_H */
