/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records of the measurement log while they are made; the format is in
 * <ctguard/measurement.h>.
 */
#ifndef _CTG_RECORD_H
#define _CTG_RECORD_H

#include <linux/completion.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <uapi/ctguard/ctguard.h>
#include <uapi/ctguard/measurement.h>

/**
 * struct ctg_record - a record on its way into the log
 * @node: in the queue
 * @kref: the queue's, and that of who waits
 * @done: it was measured, or was not
 * @result: 0 or a negative errno, then
 * @last: type of the attribute put last
 * @length: of @content
 * @ima_name: of IMA's record, or NULL
 * @ima_length: of @ima_data
 * @ima_data: its content
 * @content: the TLVs of enum ctguard_record_attr
 */
struct ctg_record {
	struct list_head node;
	struct kref kref;
	struct completion done;
	int result;
	u8 last;
	u32 length;
	const char *ima_name;
	u32 ima_length;
	u8 ima_data[96];
	u8 content[CTGUARD_RECORD_MAX / 2];
};

struct ctg_record *ctg_record_new(enum ctguard_record_type type);
void ctg_record_put(struct ctg_record *record);

void ctg_record_add(struct ctg_record *record, enum ctguard_record_attr attr,
		    const void *value, u32 length);
void ctg_record_add_u8(struct ctg_record *record, enum ctguard_record_attr attr,
		       u8 value);
void ctg_record_add_u64(struct ctg_record *record,
			enum ctguard_record_attr attr, u64 value);
void ctg_record_add_string(struct ctg_record *record,
			   enum ctguard_record_attr attr, const char *text);
void ctg_record_for_ima(struct ctg_record *record, const char *name,
			const void *data, u32 length);
void ctg_record_for_ima_digest(struct ctg_record *record, const char *name,
			       const u8 *sha256);

u32 ctg_record_tlv(u8 *to, u8 type, const void *value, u32 length);

#endif /* _CTG_RECORD_H */
