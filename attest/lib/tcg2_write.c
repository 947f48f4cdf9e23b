// SPDX-License-Identifier: GPL-2.0
/*
 * The measurement log in the form of firmware's event logs: the TCG PC Client
 * Platform Firmware Profile's "crypto agile" log, which tpm2_eventlog(1) and
 * others replay. A TCG_EfiSpecIDEvent names the banks; each record is a
 * TCG_PCR_EVENT2 of type EV_EVENT_TAG. Integers are in little endian.
 *
 * Its data is a TCG_PCClientTaggedEvent: an id, a length, and the record's
 * CEL_CTGUARD TLV. Digests are of that TLV, as systemd's and the kernel's own
 * are of what is tagged and not of the tag; without the structure systemd and
 * others take the event for damaged.
 */
#include <stdlib.h>
#include <string.h>

#include <ctguard/measurement.h>

#include "tcg2_write.h"

#define EV_NO_ACTION 3
#define EV_EVENT_TAG 6
#define SHA1_SIZE 20

/* A TLV of the log. */
struct tlv {
	uint8_t type;
	const uint8_t *start; /* of its header */
	const uint8_t *value;
	size_t size; /* of its value */
};

struct reader {
	const uint8_t *at;
	size_t left;
};

static int take(struct reader *in, struct tlv *ret)
{
	size_t size;

	if (in->left < CTGUARD_TLV_HEADER_SIZE)
		return -1;
	size = (size_t)in->at[1] << 24 | (size_t)in->at[2] << 16 |
	       (size_t)in->at[3] << 8 | in->at[4];
	if (size > in->left - CTGUARD_TLV_HEADER_SIZE)
		return -1;
	ret->type = in->at[0];
	ret->start = in->at;
	ret->value = in->at + CTGUARD_TLV_HEADER_SIZE;
	ret->size = size;
	in->at = ret->value + size;
	in->left -= CTGUARD_TLV_HEADER_SIZE + size;
	return 0;
}

/* One record: its PCR, digests and content. */
struct record {
	struct tlv number, pcr, digests, content;
};

static int take_record(struct reader *in, struct record *ret)
{
	if (take(in, &ret->number) || take(in, &ret->pcr) ||
	    take(in, &ret->digests) || take(in, &ret->content))
		return -1;
	return ret->number.type == CTGUARD_CEL_RECNUM &&
			       ret->pcr.type == CTGUARD_CEL_PCR &&
			       ret->pcr.size == 1 &&
			       ret->digests.type == CTGUARD_CEL_DIGESTS &&
			       ret->content.type == CTGUARD_CEL_CTGUARD ?
		       0 :
		       -1;
}

static uint8_t *put16(uint8_t *at, unsigned int value)
{
	*at++ = (uint8_t)value;
	*at++ = (uint8_t)(value >> 8);
	return at;
}

static uint8_t *put32(uint8_t *at, size_t value)
{
	return put16(put16(at, value & 0xffff), value >> 16 & 0xffff);
}

static uint8_t *put(uint8_t *at, const void *data, size_t size)
{
	memcpy(at, data, size);
	return at + size;
}

/* How many banks, of which digests are there in @digests; 0 if it is wrong. */
static unsigned int count_banks(const struct tlv *digests)
{
	struct reader in = { digests->value, digests->size };
	unsigned int banks = 0;
	struct tlv digest;

	while (in.left) {
		if (take(&in, &digest) || ++banks > CTGUARD_BANKS_MAX)
			return 0;
	}
	return banks;
}

/* What heads the log, with the banks that the first record has. */
static uint8_t *put_specification(uint8_t *at, const struct tlv *digests)
{
	struct reader in = { digests->value, digests->size };
	unsigned int banks = count_banks(digests);
	struct tlv digest;

	/* A TCG_PCR_EVENT of SHA-1: PCR, type, digest, size of the data. */
	at = put32(put32(at, 0), EV_NO_ACTION);
	memset(at, 0, SHA1_SIZE);
	at = put32(at + SHA1_SIZE, 16 + 4 + 4 + 4 + 4 * banks + 1);
	at = put(at, "Spec ID Event03", 16);
	at = put32(at, 0); /* class of the platform: client */
	*at++ = 0;	   /* version 2.0, errata 2 */
	*at++ = 2;
	*at++ = 2;
	*at++ = 2; /* uintn of 64 bits */
	at = put32(at, banks);
	while (in.left) {
		take(&in, &digest);
		at = put16(put16(at, digest.type), (unsigned int)digest.size);
	}
	*at++ = 0; /* of the vendor: nothing */
	return at;
}

static uint8_t *put_event(uint8_t *at, const struct record *record)
{
	struct reader in = { record->digests.value, record->digests.size };
	size_t tagged = CTGUARD_TLV_HEADER_SIZE + record->content.size;
	struct tlv digest;

	at = put32(put32(at, *record->pcr.value), EV_EVENT_TAG);
	at = put32(at, count_banks(&record->digests));
	while (in.left) {
		take(&in, &digest);
		at = put(put16(at, digest.type), digest.value, digest.size);
	}
	at = put32(at, 8 + tagged);
	at = put32(put32(at, CTGUARD_TCG2_TAG), tagged);
	return put(at, record->content.start, tagged);
}

/**
 * tcg2_write() - the log's other form
 * @cel: the log as <ctguard/measurement.h> has it
 * @size: its bytes
 * @ret_data: to be freed
 * @ret_size: its bytes; 0 for a log without records
 * @ret_offset: where @cel is not as it should be
 *
 * Return: 0; -1 when @cel is malformed, or for want of memory, when
 * @ret_offset is @size.
 */
int tcg2_write(const uint8_t *cel, size_t size, uint8_t **ret_data,
	       size_t *ret_size, size_t *ret_offset)
{
	struct reader in = { cel, size };
	struct record record = { 0 };
	struct tlv first = { 0 };
	size_t need = 0, records = 0;
	uint8_t *data, *at;

	while (in.left) {
		*ret_offset = (size_t)(in.at - cel);
		if (take_record(&in, &record) || !count_banks(&record.digests))
			return -1;
		if (!records++)
			first = record.digests;
		need += 12 + record.digests.size + 12 +
			CTGUARD_TLV_HEADER_SIZE + record.content.size;
	}
	if (records)
		need += 32 + 29 + 4 * CTGUARD_BANKS_MAX;
	*ret_offset = size;
	data = at = malloc(need ? need : 1);
	if (!data)
		return -1;
	if (records)
		at = put_specification(at, &first);
	for (in = (struct reader){ cel, size }; in.left;) {
		take_record(&in, &record);
		at = put_event(at, &record);
	}
	*ret_data = data;
	*ret_size = (size_t)(at - data);
	return 0;
}
