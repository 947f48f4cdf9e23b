// SPDX-License-Identifier: GPL-2.0
/*
 * The guard's log: a TCG canonical event log in TLV encoding of one content
 * type, read strictly; see <ctguard/measurement.h>.
 */
#include <string.h>

#include <ctguard/ctguard.h>

#include "../../userspace/lib/error.h"
#include "cel.h"

#define HEADER CTGUARD_TLV_HEADER_SIZE
#define BIT(attr) (1U << CTGUARD_RECORD_A_##attr)

/* What a content attribute's value may be. */
enum value {
	VALUE_U8,
	VALUE_U64,
	VALUE_SHA256,
	VALUE_INSTANCE,
	VALUE_STRING,
	VALUE_BYTES,
	VALUE_BASE,
};

static const struct {
	const char *name;
	enum value value;
	uint8_t max; /* of a u8 */
} attrs[CTGUARD_RECORD_A_MAX + 1] = {
	[CTGUARD_RECORD_A_TYPE] = { "type", VALUE_U8, CTGUARD_RECORD_TYPE_MAX },
	[CTGUARD_RECORD_A_TIME] = { "time", VALUE_U64, 0 },
	[CTGUARD_RECORD_A_INSTANCE] = { "instance", VALUE_INSTANCE, 0 },
	[CTGUARD_RECORD_A_BASE] = { "base", VALUE_BASE, 0 },
	[CTGUARD_RECORD_A_VERSION] = { "version", VALUE_STRING, 0 },
	[CTGUARD_RECORD_A_BUILD_ID] = { "build_id", VALUE_BYTES, 0 },
	[CTGUARD_RECORD_A_KERNEL] = { "kernel", VALUE_STRING, 0 },
	[CTGUARD_RECORD_A_POLICY] = { "policy", VALUE_SHA256, 0 },
	[CTGUARD_RECORD_A_GENERATION] = { "generation", VALUE_U64, 0 },
	[CTGUARD_RECORD_A_SIGNER] = { "signer", VALUE_SHA256, 0 },
	[CTGUARD_RECORD_A_MODE] = { "mode", VALUE_U8, CTGUARD_MODE_ENFORCE },
	[CTGUARD_RECORD_A_VERDICT] = { "verdict", VALUE_U8,
				       CTGUARD_VERDICT_COMPLAIN },
	[CTGUARD_RECORD_A_REASON] = { "reason", VALUE_U8,
				      CTGUARD_IMAGE_FAILED },
	[CTGUARD_RECORD_A_LEVEL] = { "level", VALUE_U8, CTGUARD_LEVEL_NONE },
	[CTGUARD_RECORD_A_CONFIG] = { "config", VALUE_SHA256, 0 },
	[CTGUARD_RECORD_A_MANIFEST] = { "manifest", VALUE_SHA256, 0 },
	[CTGUARD_RECORD_A_BUNDLE] = { "bundle", VALUE_SHA256, 0 },
	[CTGUARD_RECORD_A_CLAIMANT] = { "claimant", VALUE_SHA256, 0 },
	[CTGUARD_RECORD_A_CGROUP_ID] = { "cgroup_id", VALUE_U64, 0 },
	[CTGUARD_RECORD_A_CONTAINER] = { "container", VALUE_STRING, 0 },
	[CTGUARD_RECORD_A_PROGRAM] = { "program", VALUE_STRING, 0 },
	[CTGUARD_RECORD_A_PROGRAM_SHA256] = { "program_sha256", VALUE_SHA256,
					      0 },
	[CTGUARD_RECORD_A_ORIGIN] = { "origin", VALUE_U8,
				      CTGUARD_ORIGIN_ELSEWHERE },
	[CTGUARD_RECORD_A_COUNT] = { "count", VALUE_U64, 0 },
};

#define IMAGE_NEEDS                                                 \
	(BIT(VERDICT) | BIT(LEVEL) | BIT(CONFIG) | BIT(CGROUP_ID) | \
	 BIT(CONTAINER))
#define IMAGE_MAY                                                             \
	(BIT(MANIFEST) | BIT(CLAIMANT) | BIT(PROGRAM) | BIT(PROGRAM_SHA256) | \
	 BIT(ORIGIN) | BIT(BUNDLE))

static const struct {
	const char *name;
	uint32_t needs;
	uint32_t may;
} types[CTGUARD_RECORD_TYPE_MAX + 1] = {
	[CTGUARD_RECORD_BASE] = { "base", BIT(INSTANCE) | BIT(BASE), 0 },
	[CTGUARD_RECORD_INIT] = { "init",
				  BIT(VERSION) | BIT(BUILD_ID) | BIT(KERNEL) |
					  BIT(MODE),
				  0 },
	[CTGUARD_RECORD_POLICY] = { "policy",
				    BIT(POLICY) | BIT(GENERATION) | BIT(MODE),
				    BIT(SIGNER) },
	[CTGUARD_RECORD_MODE] = { "mode", BIT(GENERATION) | BIT(MODE), 0 },
	[CTGUARD_RECORD_LOCK] = { "lock", BIT(GENERATION), 0 },
	[CTGUARD_RECORD_IMAGE_START] = { "image-start", IMAGE_NEEDS,
					 IMAGE_MAY },
	[CTGUARD_RECORD_IMAGE_DENIED] = { "image-denied",
					  IMAGE_NEEDS | BIT(REASON),
					  IMAGE_MAY },
	[CTGUARD_RECORD_NAMESPACES] = { "namespaces", BIT(CONTAINER), 0 },
	[CTGUARD_RECORD_VIOLATIONS] = { "violations", BIT(COUNT), 0 },
	[CTGUARD_RECORD_LOG_CAP] = { "log-cap", 0, 0 },
	[CTGUARD_RECORD_EXIT] = { "exit", 0, 0 },
};

/**
 * cel_open() - begin to read a log
 * @cel: what to read by
 * @name: of the log, for errors
 * @data: all of it
 * @error: set when cel_next() fails
 */
void cel_open(struct cel *cel, const char *name, struct span data,
	      struct ctguard_error *error)
{
	*cel = (struct cel){
		.cursor = { name, data.data, 0, data.size, error },
	};
}

/* A header and its value, which ends where @end says at the latest. */
static int read_tlv(struct cursor *cursor, size_t end, uint8_t *ret_type,
		    struct span *ret_value)
{
	const size_t at = cursor->at;
	uint32_t size;

	if (end - at < HEADER)
		return cursor_bad(cursor, at, "a TLV header is truncated");
	*ret_type = cursor->base[at];
	size = be32_at(cursor->base + at + 1);
	if (size > end - at - HEADER)
		return cursor_bad(cursor, at + 1,
				  "a TLV of %u bytes, %zu are left", size,
				  end - at - HEADER);
	*ret_value = (struct span){ cursor->base + at + HEADER, size };
	cursor->at = at + HEADER + size;
	return 0;
}

static int read_field(struct cursor *cursor, size_t end, uint8_t type,
		      struct span *ret_value)
{
	const size_t at = cursor->at;
	uint8_t found;

	if (read_tlv(cursor, end, &found, ret_value) < 0)
		return -1;
	if (found != type)
		return cursor_bad(cursor, at, "TLV 0x%02x, expected 0x%02x",
				  found, type);
	return 0;
}

/* TLVs of banks, ascending, into @digests. */
static int read_banks(struct cursor *cursor, struct span value,
		      const uint8_t *digests[HASH_BANKS],
		      unsigned int *ret_banks)
{
	const size_t end = (size_t)(value.data - cursor->base) + value.size;
	struct cursor inner = *cursor;
	unsigned int banks = 0;

	inner.at = (size_t)(value.data - cursor->base);
	while (inner.at < end) {
		const size_t at = inner.at;
		enum hash_bank bank;
		struct span digest;
		uint8_t type;

		if (read_tlv(&inner, end, &type, &digest) < 0)
			return -1;
		bank = hash_bank_of(type);
		if (bank == HASH_NONE)
			return cursor_bad(cursor, at, "unknown bank 0x%02x",
					  type);
		if (banks >> bank)
			return cursor_bad(cursor, at,
					  "banks are not ascending");
		if (digest.size != hash_size(bank))
			return cursor_bad(cursor, at + 1,
					  "a digest of %s has %zu bytes",
					  hash_name(bank), digest.size);
		digests[bank] = digest.data;
		banks |= 1U << bank;
	}
	*ret_banks = banks;
	return 0;
}

static int check_value(struct cursor *cursor, size_t at, uint8_t type,
		       struct span value)
{
	const uint8_t *digests[HASH_BANKS];
	unsigned int banks;
	bool good = true;

	switch (attrs[type].value) {
	case VALUE_U8:
		good = value.size == 1;
		break;
	case VALUE_U64:
		good = value.size == 8;
		break;
	case VALUE_SHA256:
		good = value.size == 32;
		break;
	case VALUE_INSTANCE:
		good = value.size == 16;
		break;
	case VALUE_STRING:
		good = value.size && value.size <= CTGUARD_RECORD_STRING_MAX &&
		       !memchr(value.data, 0, value.size);
		break;
	case VALUE_BYTES:
		good = value.size <= HASH_MAX;
		break;
	case VALUE_BASE:
		return read_banks(cursor, value, digests, &banks);
	}
	if (!good)
		return cursor_bad(cursor, at + 1, "bad %s of %zu bytes",
				  attrs[type].name, value.size);
	if (attrs[type].value == VALUE_U8 && *value.data > attrs[type].max)
		return cursor_bad(cursor, at + HEADER, "%s is %u",
				  attrs[type].name, *value.data);
	return 0;
}

static int read_content(struct cursor *cursor, size_t end,
			struct cel_record *record)
{
	const size_t begin = cursor->at;
	uint32_t present = 0;
	int last = -1;

	while (cursor->at < end) {
		const size_t at = cursor->at;
		struct span value;
		uint8_t type;

		if (read_tlv(cursor, end, &type, &value) < 0)
			return -1;
		if (type <= last)
			return cursor_bad(cursor, at,
					  "attribute 0x%02x behind 0x%02x",
					  type, (unsigned int)last);
		last = type;
		if (type >= CTGUARD_RECORD_A_IGNORABLE)
			continue;
		if (!type || type > CTGUARD_RECORD_A_MAX)
			return cursor_bad(cursor, at,
					  "unknown attribute 0x%02x", type);
		if (check_value(cursor, at, type, value) < 0)
			return -1;
		record->attrs[type] = value;
		present |= 1U << type;
	}
	if (!(present & BIT(TYPE)) || !(present & BIT(TIME)))
		return cursor_bad(cursor, begin, "no type or no time");
	record->type = *record->attrs[CTGUARD_RECORD_A_TYPE].data;
	if (!record->type)
		return cursor_bad(cursor, begin, "unknown record 0x%02x",
				  record->type);
	present &= ~(BIT(TYPE) | BIT(TIME));
	for (unsigned int i = 1; i <= CTGUARD_RECORD_A_MAX; i++) {
		if (types[record->type].needs & ~present & 1U << i)
			return cursor_bad(cursor, begin, "%s without %s",
					  types[record->type].name,
					  attrs[i].name);
		if (present & 1U << i &
		    ~(types[record->type].needs | types[record->type].may))
			return cursor_bad(cursor, begin, "%s with %s",
					  types[record->type].name,
					  attrs[i].name);
	}
	return 0;
}

/**
 * cel_next() - the next record
 * @cel: of the log
 * @ret_record: points into the log
 *
 * Return: 1, 0 at the end, or -1.
 */
int cel_next(struct cel *cel, struct cel_record *ret_record)
{
	struct cursor *cursor = &cel->cursor;
	const size_t at = cursor->at;
	size_t end = cursor->size;
	unsigned int banks;
	struct span value;

	if (!cursor_left(cursor))
		return 0;
	if (end - at > CTGUARD_RECORD_MAX)
		end = at + CTGUARD_RECORD_MAX;
	if (cel->count == CTGUARD_LOG_RECORDS_MAX)
		return cursor_bad(cursor, at, "more than %u records",
				  CTGUARD_LOG_RECORDS_MAX);
	memset(ret_record, 0, sizeof(*ret_record));
	ret_record->at = at;
	if (read_field(cursor, end, CTGUARD_CEL_RECNUM, &value) < 0)
		return -1;
	if (value.size != 8)
		return cursor_bad(cursor, at + 1, "a number of %zu bytes",
				  value.size);
	ret_record->number = be64_at(value.data);
	if (!cel->count)
		cel->first = ret_record->number;
	if (ret_record->number != cel->first + cel->count)
		return cursor_bad(
			cursor, at + HEADER, "record %llu, expected %llu",
			(unsigned long long)ret_record->number,
			(unsigned long long)(cel->first + cel->count));
	if (read_field(cursor, end, CTGUARD_CEL_PCR, &value) < 0)
		return -1;
	if (value.size != 1 || *value.data > 23 ||
	    (cel->count && *value.data != cel->pcr))
		return cursor_bad(cursor, (size_t)(value.data - cursor->base),
				  "not a PCR, or another than before");
	cel->pcr = *value.data;
	if (read_field(cursor, end, CTGUARD_CEL_DIGESTS, &value) < 0 ||
	    read_banks(cursor, value, ret_record->digests, &banks) < 0)
		return -1;
	if (!banks || (cel->count && banks != cel->banks))
		return cursor_bad(cursor, (size_t)(value.data - cursor->base),
				  "no banks, or others than before");
	cel->banks = banks;
	ret_record->content.data = cursor->base + cursor->at;
	if (read_field(cursor, end, CTGUARD_CEL_CTGUARD, &value) < 0)
		return -1;
	ret_record->content.size = HEADER + value.size;
	cursor->at -= value.size;
	if (read_content(cursor, cursor->at + value.size, ret_record) < 0)
		return -1;
	cel->count++;
	return 1;
}

/** cel_has() - whether an optional attribute is there */
bool cel_has(const struct cel_record *record, enum ctguard_record_attr attr)
{
	return record->attrs[attr].data;
}

/** cel_u8() - of an attribute that is there */
uint8_t cel_u8(const struct cel_record *record, enum ctguard_record_attr attr)
{
	return *record->attrs[attr].data;
}

/** cel_u64() - of an attribute that is there */
uint64_t cel_u64(const struct cel_record *record, enum ctguard_record_attr attr)
{
	return be64_at(record->attrs[attr].data);
}

/**
 * cel_base() - the PCR before record 0
 * @record: of CTGUARD_RECORD_BASE
 * @ret_digests: by bank; NULL for banks it does not tell
 *
 * Return: bits of the banks.
 */
int cel_base(const struct cel_record *record,
	     const uint8_t *ret_digests[HASH_BANKS])
{
	struct span value = record->attrs[CTGUARD_RECORD_A_BASE];
	struct ctguard_error error;
	struct cursor cursor = { "", value.data, 0, value.size, &error };
	unsigned int banks;

	for (unsigned int i = 0; i < HASH_BANKS; i++)
		ret_digests[i] = NULL;
	if (read_banks(&cursor, value, ret_digests, &banks) < 0)
		return 0;
	return (int)banks;
}

/** cel_type_name() - for people */
const char *cel_type_name(uint8_t type)
{
	return type <= CTGUARD_RECORD_TYPE_MAX && types[type].name ?
		       types[type].name :
		       "unknown";
}

/** cel_attr_name() - key for JSON */
const char *cel_attr_name(unsigned int attr)
{
	return attrs[attr].name;
}
