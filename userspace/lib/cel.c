// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the measurement log, <ctguard/measurement.h>.
 *
 * A record is looked at whole before anything of it is used: numbers follow
 * one another, PCR and banks are the same in all records, digests are those
 * of the content, and attributes ascend. What the attributes of a type must
 * be is left to those who use them.
 */
#include <inttypes.h>
#include <openssl/evp.h>
#include <string.h>

#include "cel.h"
#include "error.h"

struct tlv {
	unsigned int type;
	const uint8_t *start; /* of its header */
	const uint8_t *value;
	size_t size; /* of its value */
};

/* What is still to be read of something. */
struct rest {
	const uint8_t *at;
	const uint8_t *end;
};

static bool take(struct rest *rest, struct tlv *ret)
{
	size_t left = (size_t)(rest->end - rest->at), size;

	if (left < CTGUARD_TLV_HEADER_SIZE)
		return false;
	size = (size_t)ctguard_cel_number(rest->at + 1, 4);
	if (size > left - CTGUARD_TLV_HEADER_SIZE)
		return false;
	ret->type = *rest->at;
	ret->start = rest->at;
	ret->value = rest->at + CTGUARD_TLV_HEADER_SIZE;
	ret->size = size;
	rest->at = ret->value + size;
	return true;
}

static int malformed(const struct ctguard_cel *cel, const uint8_t *at,
		     struct ctguard_error *error, const char *rule)
{
	return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
				 "%s: record %" PRIu64 ", at byte %zu: %s",
				 cel->name, cel->next, (size_t)(at - cel->data),
				 rule);
}

/** ctguard_cel_number() - an integer in big endian, of at most 8 bytes */
uint64_t ctguard_cel_number(const uint8_t *value, size_t size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size; i++)
		number = number << 8 | value[i];
	return number;
}

/**
 * ctguard_cel_open() - begin to read a log
 * @cel: to read it by
 * @name: of it, for errors; not copied
 * @data: its bytes; not copied
 * @size: their number
 */
void ctguard_cel_open(struct ctguard_cel *cel, const char *name,
		      const void *data, size_t size)
{
	memset(cel, 0, sizeof(*cel));
	cel->name = name;
	cel->data = data;
	cel->size = size;
}

/* The banks of the first record are those of the log. */
static int take_digests(struct ctguard_cel *cel, const struct tlv *digests,
			struct ctguard_cel_record *record,
			struct ctguard_error *error)
{
	struct rest rest = { digests->value, digests->value + digests->size };
	bool first = !cel->bank_count;
	const struct ctguard_bank *bank;
	unsigned int last = 0;
	struct tlv digest;
	size_t count = 0;

	while (rest.at < rest.end) {
		if (!take(&rest, &digest))
			return malformed(cel, rest.at, error,
					 "a digest ends behind the digests");
		bank = ctguard_pcr_bank((uint16_t)digest.type);
		if (!bank || digest.size != bank->size)
			return malformed(cel, digest.start, error,
					 "no digest of a known bank");
		if (digest.type <= last)
			return malformed(cel, digest.start, error,
					 "banks do not ascend");
		if (first)
			cel->banks[cel->bank_count++] = bank;
		else if (count >= cel->bank_count || cel->banks[count] != bank)
			return malformed(cel, digest.start, error,
					 "another bank than in record 0");
		record->digests[count++] = digest.value;
		last = digest.type;
	}
	if (!count || count != cel->bank_count)
		return malformed(cel, digests->start, error,
				 "a bank has no digest");
	return 0;
}

static int check_digests(const struct ctguard_cel *cel,
			 const struct tlv *content,
			 const struct ctguard_cel_record *record,
			 struct ctguard_error *error)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	for (size_t i = 0; i < cel->bank_count; i++) {
		const EVP_MD *hash = ctguard_pcr_hash(cel->banks[i]);

		if (!hash ||
		    !EVP_Digest(content->start,
				CTGUARD_TLV_HEADER_SIZE + content->size, digest,
				NULL, hash, NULL))
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
						 "libcrypto has no %s",
						 cel->banks[i]->name);
		if (memcmp(digest, record->digests[i], cel->banks[i]->size))
			return malformed(cel, record->digests[i], error,
					 "the digest is not the content's");
	}
	return 0;
}

static int check_content(const struct ctguard_cel *cel,
			 const struct tlv *content,
			 struct ctguard_cel_record *record,
			 struct ctguard_error *error)
{
	struct rest rest = { content->value, content->value + content->size };
	struct tlv attribute = { 0 };
	const uint8_t *value;
	unsigned int last = 0;
	size_t size;

	while (rest.at < rest.end) {
		if (!take(&rest, &attribute))
			return malformed(
				cel, rest.at, error,
				"an attribute ends behind the content");
		if (attribute.type <= last)
			return malformed(cel, attribute.start, error,
					 "attributes do not ascend");
		if (attribute.type > CTGUARD_RECORD_A_MAX &&
		    attribute.type < CTGUARD_RECORD_A_IGNORABLE)
			return malformed(cel, attribute.start, error,
					 "an unknown attribute");
		last = attribute.type;
	}
	record->content = content->value;
	record->content_size = content->size;
	value = ctguard_cel_attribute(record, CTGUARD_RECORD_A_TYPE, &size);
	if (!value || size != 1)
		return malformed(cel, content->start, error, "it has no type");
	record->type = *value;
	value = ctguard_cel_attribute(record, CTGUARD_RECORD_A_TIME, &size);
	if (!value || size != 8)
		return malformed(cel, content->start, error, "it has no time");
	record->time = ctguard_cel_number(value, size);
	return 0;
}

/**
 * ctguard_cel_next() - the next record
 * @cel: the log
 * @ret: the record; points into the log
 * @error: set on failure
 *
 * Return: 1; 0 at the end; -1 when it is malformed.
 */
int ctguard_cel_next(struct ctguard_cel *cel, struct ctguard_cel_record *ret,
		     struct ctguard_error *error)
{
	struct rest rest = { cel->data + cel->at, cel->data + cel->size };
	struct tlv number, pcr, digests, content;
	struct ctguard_cel_record record = { .start = rest.at };
	bool first = !cel->at;

	if (rest.at == rest.end)
		return 0;
	if (!take(&rest, &number) || !take(&rest, &pcr) ||
	    !take(&rest, &digests) || !take(&rest, &content))
		return malformed(cel, rest.at, error, "it is cut short");
	if (number.type != CTGUARD_CEL_RECNUM || number.size != 8 ||
	    pcr.type != CTGUARD_CEL_PCR || pcr.size != 1 ||
	    digests.type != CTGUARD_CEL_DIGESTS ||
	    content.type != CTGUARD_CEL_CTGUARD)
		return malformed(
			cel, record.start, error,
			"expected number, PCR, digests and content of ctguard");
	record.size = (size_t)(rest.at - record.start);
	if (record.size > CTGUARD_RECORD_MAX)
		return malformed(cel, record.start, error, "it is too long");
	record.number = ctguard_cel_number(number.value, number.size);
	if (first)
		cel->first = cel->next = record.number;
	if (record.number != cel->next)
		return malformed(cel, record.start, error,
				 "numbers do not follow one another");
	if (*pcr.value < CTGUARD_PCR_MIN || *pcr.value > CTGUARD_PCR_MAX)
		return malformed(cel, pcr.start, error,
				 "a PCR that the guard cannot have");
	if (first)
		cel->pcr = *pcr.value;
	if (*pcr.value != cel->pcr)
		return malformed(cel, pcr.start, error,
				 "another PCR than before");
	if (take_digests(cel, &digests, &record, error) < 0 ||
	    check_digests(cel, &content, &record, error) < 0 ||
	    check_content(cel, &content, &record, error) < 0)
		return -1;
	cel->at += record.size;
	cel->next++;
	*ret = record;
	return 1;
}

/**
 * ctguard_cel_attribute() - one attribute of a record
 * @record: that was read
 * @type: of the attribute
 * @ret_size: its bytes, where there is one
 *
 * Return: its value, or NULL.
 */
const uint8_t *ctguard_cel_attribute(const struct ctguard_cel_record *record,
				     enum ctguard_record_attr type,
				     size_t *ret_size)
{
	struct rest rest = { record->content,
			     record->content + record->content_size };
	struct tlv attribute;

	while (take(&rest, &attribute)) {
		if (attribute.type != type)
			continue;
		*ret_size = attribute.size;
		return attribute.value;
	}
	return NULL;
}

/* The PCR's values before record 0, which it tells itself. */
static int take_base(const struct ctguard_cel *cel,
		     const struct ctguard_cel_record *record,
		     struct ctguard_pcr_set *ret, struct ctguard_error *error)
{
	const uint8_t *value;
	struct tlv digest;
	struct rest rest;
	size_t size, i = 0;

	value = ctguard_cel_attribute(record, CTGUARD_RECORD_A_BASE, &size);
	if (record->number || record->type != CTGUARD_RECORD_BASE || !value)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: does not begin with the record of a load, but with number %" PRIu64,
			cel->name, record->number);
	if (!size)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%s: the module was loaded without a TPM", cel->name);
	memset(ret, 0, sizeof(*ret));
	for (rest = (struct rest){ value, value + size }; rest.at < rest.end;
	     i++) {
		if (!take(&rest, &digest) || i >= cel->bank_count ||
		    digest.type != cel->banks[i]->algorithm ||
		    digest.size != cel->banks[i]->size)
			break;
		ret->banks[i].bank = cel->banks[i];
		memcpy(ret->banks[i].values[0], digest.value, digest.size);
	}
	if (rest.at < rest.end || i != cel->bank_count)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: record 0 does not tell the PCR of each bank",
			cel->name);
	ret->count = i;
	return 0;
}

/**
 * ctguard_cel_extend() - extend the log's PCR by a record
 * @cel: the log
 * @record: that was just read of it
 * @now: values of the PCR in each bank, of which values[0] are used; without
 *	any, record 0 tells them
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_cel_extend(const struct ctguard_cel *cel,
		       const struct ctguard_cel_record *record,
		       struct ctguard_pcr_set *now, struct ctguard_error *error)
{
	if (!now->count && take_base(cel, record, now, error) < 0)
		return -1;
	for (size_t i = 0; i < cel->bank_count; i++) {
		if (now->count != cel->bank_count ||
		    now->banks[i].bank != cel->banks[i])
			return ctguard_error_set(
				error, CTGUARD_EXIT_MALFORMED, 0,
				"%s: record %" PRIu64
				" is of other banks than those before",
				cel->name, record->number);
		if (!ctguard_pcr_extend(now->banks[i].bank,
					now->banks[i].values[0],
					record->digests[i]))
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
						 "libcrypto has no %s",
						 now->banks[i].bank->name);
	}
	return 0;
}

static bool reached(const struct ctguard_cel *cel,
		    const struct ctguard_pcr_set *now,
		    const struct ctguard_pcr_set *want)
{
	for (size_t i = 0; i < now->count; i++)
		if (memcmp(now->banks[i].values[0],
			   want->banks[i].values[cel->pcr],
			   now->banks[i].bank->size))
			return false;
	return true;
}

/* Whether @want has the log's PCR in the log's banks, and in no other. */
static bool same_banks(const struct ctguard_cel *cel,
		       const struct ctguard_pcr_set *want)
{
	size_t count = 0;

	for (size_t i = 0; i < want->count; i++) {
		if (!(want->banks[i].mask >> cel->pcr & 1))
			continue;
		if (i != count || count >= cel->bank_count ||
		    want->banks[i].bank != cel->banks[count])
			return false;
		count++;
	}
	return count == cel->bank_count;
}

static void take_value(const struct ctguard_pcr_set *now,
		       struct ctguard_cel_end *ret)
{
	const struct ctguard_pcrs *main =
		ctguard_pcr_set_find(now, CTGUARD_ALG_SHA256);

	if (!main)
		main = &now->banks[0];
	ret->value_size = main->bank->size;
	memcpy(ret->value, main->values[0], ret->value_size);
}

/**
 * ctguard_cel_replay() - how much of a log the PCR holds
 * @cel: the log, not yet read; it is read to its end
 * @before: the PCR before it; without values, record 0 tells them
 * @want: the PCR's values, in every allocated bank
 * @ret: the part of the log that leads to them, which is the whole of it
 *	unless the kernel went on meanwhile
 * @error: set on failure
 *
 * Return: 1; 0 when no part of the log leads there; -1 when it is malformed.
 */
int ctguard_cel_replay(struct ctguard_cel *cel,
		       const struct ctguard_pcr_set *before,
		       const struct ctguard_pcr_set *want,
		       struct ctguard_cel_end *ret, struct ctguard_error *error)
{
	struct ctguard_pcr_set now = *before;
	struct ctguard_cel_record record;
	bool found = false;
	int r;

	while ((r = ctguard_cel_next(cel, &record, error)) > 0) {
		if (ctguard_cel_extend(cel, &record, &now, error) < 0)
			return -1;
		if (found || !same_banks(cel, want) ||
		    !reached(cel, &now, want))
			continue;
		found = true;
		ret->size = cel->at;
		ret->records = cel->next;
		take_value(&now, ret);
	}
	return r < 0 ? -1 : found;
}
