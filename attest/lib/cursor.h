/* SPDX-License-Identifier: GPL-2.0 */
/* Reading of untrusted bytes, in place: within bounds, or an error with place. */
#ifndef ATTEST_CURSOR_H
#define ATTEST_CURSOR_H

#include <stddef.h>
#include <stdint.h>

struct ctguard_error;

/** struct span - bytes that somebody else owns */
struct span {
	const uint8_t *data;
	size_t size;
};

/**
 * struct cursor - a place in bytes
 * @name: of what is read, for errors
 * @base: where it begins; offsets in errors count from here
 * @at: offset of what is read next
 * @size: offset of the end
 * @error: set by what fails
 */
struct cursor {
	const char *name;
	const uint8_t *base;
	size_t at;
	size_t size;
	struct ctguard_error *error;
};

int cursor_bad(struct cursor *cursor, size_t at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int cursor_take(struct cursor *cursor, size_t size, const uint8_t **ret_data);
int cursor_u8(struct cursor *cursor, uint8_t *ret_value);
int cursor_u16(struct cursor *cursor, uint16_t *ret_value);
int cursor_u32(struct cursor *cursor, uint32_t *ret_value);
int cursor_u64(struct cursor *cursor, uint64_t *ret_value);
int cursor_sized(struct cursor *cursor, size_t max, struct span *ret_span);
int cursor_end(struct cursor *cursor);

/** cursor_left() - bytes that are not yet read */
static inline size_t cursor_left(const struct cursor *cursor)
{
	return cursor->size - cursor->at;
}

static inline uint16_t be16_at(const uint8_t *data)
{
	return (uint16_t)(data[0] << 8 | data[1]);
}

static inline uint32_t be32_at(const uint8_t *data)
{
	return (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 |
	       (uint32_t)data[2] << 8 | data[3];
}

static inline uint64_t be64_at(const uint8_t *data)
{
	return (uint64_t)be32_at(data) << 32 | be32_at(data + 4);
}

static inline uint16_t le16_at(const uint8_t *data)
{
	return (uint16_t)(data[1] << 8 | data[0]);
}

static inline uint32_t le32_at(const uint8_t *data)
{
	return (uint32_t)data[3] << 24 | (uint32_t)data[2] << 16 |
	       (uint32_t)data[1] << 8 | data[0];
}

static inline void be32_put(uint8_t *data, uint32_t value)
{
	data[0] = (uint8_t)(value >> 24);
	data[1] = (uint8_t)(value >> 16);
	data[2] = (uint8_t)(value >> 8);
	data[3] = (uint8_t)value;
}

#endif /* ATTEST_CURSOR_H */
