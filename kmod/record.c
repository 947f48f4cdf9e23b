// SPDX-License-Identifier: GPL-2.0
/* Records of the measurement log while they are made. */
#include "record.h"

#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include <asm/byteorder.h>

/**
 * ctg_record_tlv - write a type, a length and a value
 * @to: where to; CTGUARD_TLV_HEADER_SIZE + @length bytes
 * @type: one byte
 * @value: copied; NULL leaves its place as it is
 * @length: of it
 *
 * Return: bytes written.
 */
u32 ctg_record_tlv(u8 *to, u8 type, const void *value, u32 length)
{
	to[0] = type;
	put_unaligned_be32(length, to + 1);
	if (value)
		memcpy(to + CTGUARD_TLV_HEADER_SIZE, value, length);
	return CTGUARD_TLV_HEADER_SIZE + length;
}

/**
 * ctg_record_add - put an attribute into a record
 * @record: of ctg_record_new()
 * @attr: above the one put last
 * @value: in the form of the log
 * @length: of it
 *
 * There is always room: the longest record is half of what is kept for it.
 */
void ctg_record_add(struct ctg_record *record, enum ctguard_record_attr attr,
		    const void *value, u32 length)
{
	if (WARN_ON_ONCE(attr <= record->last ||
			 record->length + CTGUARD_TLV_HEADER_SIZE + length >
				 sizeof(record->content)))
		return;
	record->last = attr;
	record->length += ctg_record_tlv(record->content + record->length, attr,
					 value, length);
}

/** ctg_record_add_u8 - likewise, a number of one byte */
void ctg_record_add_u8(struct ctg_record *record, enum ctguard_record_attr attr,
		       u8 value)
{
	ctg_record_add(record, attr, &value, sizeof(value));
}

/** ctg_record_add_u64 - likewise, a number of eight bytes */
void ctg_record_add_u64(struct ctg_record *record,
			enum ctguard_record_attr attr, u64 value)
{
	__be64 big = cpu_to_be64(value);

	ctg_record_add(record, attr, &big, sizeof(big));
}

/** ctg_record_add_string - likewise, a text, or the end of a longer one */
void ctg_record_add_string(struct ctg_record *record,
			   enum ctguard_record_attr attr, const char *text)
{
	size_t length = strlen(text);

	if (length > CTGUARD_RECORD_STRING_MAX) {
		text += length - CTGUARD_RECORD_STRING_MAX;
		length = CTGUARD_RECORD_STRING_MAX;
	}
	if (!length)
		ctg_record_add(record, attr, "-", 1);
	else
		ctg_record_add(record, attr, text, length);
}

/**
 * ctg_record_for_ima - IMA takes a record of it as well, if it has a rule
 * @record: of ctg_record_new()
 * @name: CTGUARD_IMA_*
 * @data: constant for what it stands for, so that it can be expected
 * @length: of it
 */
void ctg_record_for_ima(struct ctg_record *record, const char *name,
			const void *data, u32 length)
{
	if (WARN_ON_ONCE(length > sizeof(record->ima_data)))
		return;
	record->ima_name = name;
	record->ima_length = length;
	memcpy(record->ima_data, data, length);
}

/** ctg_record_for_ima_digest - likewise, "sha256:HEX" */
void ctg_record_for_ima_digest(struct ctg_record *record, const char *name,
			       const u8 *sha256)
{
	char text[sizeof("sha256:") + 2 * CTGUARD_SHA256_SIZE];
	int length = scnprintf(text, sizeof(text), "sha256:%*phN",
			       CTGUARD_SHA256_SIZE, sha256);

	ctg_record_for_ima(record, name, text, length);
}

/**
 * ctg_record_new - begin a record, with its type and the time
 * @type: what it tells
 *
 * Not charged to who starts a container: its limits do not keep a start out
 * of the log.
 *
 * Context: process; sleeps.
 * Return: to be given to ctg_measure(), or NULL.
 */
struct ctg_record *ctg_record_new(enum ctguard_record_type type)
{
	struct ctg_record *record = kzalloc(sizeof(*record), GFP_KERNEL);

	if (!record)
		return NULL;
	kref_init(&record->kref);
	init_completion(&record->done);
	ctg_record_add_u8(record, CTGUARD_RECORD_A_TYPE, type);
	ctg_record_add_u64(record, CTGUARD_RECORD_A_TIME, ktime_get_real_ns());
	return record;
}

static void free_record(struct kref *kref)
{
	kfree(container_of(kref, struct ctg_record, kref));
}

/** ctg_record_put - let go of a record; any context */
void ctg_record_put(struct ctg_record *record)
{
	kref_put(&record->kref, free_record);
}
