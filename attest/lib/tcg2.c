// SPDX-License-Identifier: GPL-2.0
/*
 * Event logs of the TCG in the crypto-agile format (PC Client Platform Firmware
 * Profile, 10.2): a TCG_EfiSpecIDEvent in a TCG_PCR_EVENT, then TCG_PCR_EVENT2.
 * Integers are in little endian.
 */
#include <string.h>

#include "../../userspace/lib/error.h"
#include "tcg2.h"

static int take16(struct cursor *cursor, uint16_t *ret_value)
{
	const uint8_t *data;

	if (cursor_take(cursor, 2, &data) < 0)
		return -1;
	*ret_value = le16_at(data);
	return 0;
}

static int take32(struct cursor *cursor, uint32_t *ret_value)
{
	const uint8_t *data;

	if (cursor_take(cursor, 4, &data) < 0)
		return -1;
	*ret_value = le32_at(data);
	return 0;
}

static int read_algorithms(struct tcg2 *log, struct cursor *cursor)
{
	size_t at = cursor->at;

	if (take32(cursor, &log->count) < 0)
		return -1;
	if (!log->count || log->count > TCG2_ALGORITHMS_MAX)
		return cursor_bad(cursor, at, "%u algorithms, 1 to %u",
				  log->count, TCG2_ALGORITHMS_MAX);
	for (uint32_t i = 0; i < log->count; i++) {
		enum hash_bank bank;

		at = cursor->at;
		if (take16(cursor, &log->algorithms[i]) < 0 ||
		    take16(cursor, &log->sizes[i]) < 0)
			return -1;
		bank = hash_bank_of(log->algorithms[i]);
		if (!log->sizes[i] || log->sizes[i] > HASH_MAX ||
		    (bank != HASH_NONE && log->sizes[i] != hash_size(bank)))
			return cursor_bad(cursor, at,
					  "digests of 0x%04x have %u bytes",
					  log->algorithms[i], log->sizes[i]);
		for (uint32_t j = 0; j < i; j++)
			if (log->algorithms[j] == log->algorithms[i])
				return cursor_bad(cursor, at,
						  "algorithm 0x%04x twice",
						  log->algorithms[i]);
	}
	return 0;
}

/**
 * tcg2_open() - begin to read a log
 * @log: what to read by
 * @name: of the log, for errors
 * @data: all of it
 * @error: set on failure, and when tcg2_next() fails
 *
 * Return: 0 or -1.
 */
int tcg2_open(struct tcg2 *log, const char *name, struct span data,
	      struct ctguard_error *error)
{
	static const char signature[16] = "Spec ID Event03";
	struct cursor *cursor = &log->cursor;
	uint32_t pcr, type, size;
	const uint8_t *bytes;
	uint8_t vendor;
	size_t end;

	memset(log, 0, sizeof(*log));
	*cursor = (struct cursor){ name, data.data, 0, data.size, error };
	if (take32(cursor, &pcr) < 0 || take32(cursor, &type) < 0 ||
	    cursor_take(cursor, 20, &bytes) < 0 || take32(cursor, &size) < 0)
		return -1;
	if (pcr || type != TCG2_EV_NO_ACTION)
		return cursor_bad(cursor, 0,
				  "no specification ID event of PCR 0");
	if (size > cursor_left(cursor))
		return cursor_bad(cursor, 28, "an event of %u bytes", size);
	end = cursor->at + size;
	if (cursor_take(cursor, sizeof(signature), &bytes) < 0)
		return -1;
	if (memcmp(bytes, signature, sizeof(signature)))
		return cursor_bad(cursor, 32, "not \"Spec ID Event03\"");
	if (cursor_take(cursor, 8, &bytes) < 0 ||
	    read_algorithms(log, cursor) < 0 ||
	    cursor_u8(cursor, &vendor) < 0 ||
	    cursor_take(cursor, vendor, &bytes) < 0)
		return -1;
	if (cursor->at != end)
		return cursor_bad(cursor, 28, "an event of %u bytes has %zu",
				  size, cursor->at - 32);
	return 0;
}

static int read_digests(struct tcg2 *log, struct tcg2_event *event)
{
	struct cursor *cursor = &log->cursor;
	size_t at = cursor->at;
	unsigned int seen = 0;
	uint32_t count;

	if (take32(cursor, &count) < 0)
		return -1;
	if (count > log->count)
		return cursor_bad(cursor, at, "%u digests, at most %u", count,
				  log->count);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *digest;
		enum hash_bank bank;
		uint16_t algorithm;
		uint32_t j = 0;

		at = cursor->at;
		if (take16(cursor, &algorithm) < 0)
			return -1;
		while (j < log->count && log->algorithms[j] != algorithm)
			j++;
		if (j == log->count || seen & 1U << j)
			return cursor_bad(
				cursor, at,
				"digest of 0x%04x is not announced, or there twice",
				algorithm);
		seen |= 1U << j;
		if (cursor_take(cursor, log->sizes[j], &digest) < 0)
			return -1;
		bank = hash_bank_of(algorithm);
		if (bank != HASH_NONE)
			event->digests[bank] = digest;
	}
	return 0;
}

/**
 * tcg2_next() - the next event
 * @log: of which
 * @ret_event: points into the log
 *
 * Return: 1, 0 at the end, or -1.
 */
int tcg2_next(struct tcg2 *log, struct tcg2_event *ret_event)
{
	struct cursor *cursor = &log->cursor;
	uint32_t size;

	if (!cursor_left(cursor))
		return 0;
	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->at = cursor->at;
	if (take32(cursor, &ret_event->pcr) < 0 ||
	    take32(cursor, &ret_event->type) < 0 ||
	    read_digests(log, ret_event) < 0 || take32(cursor, &size) < 0)
		return -1;
	/* EV_NO_ACTION extends nothing and may name any. */
	if (ret_event->pcr > 23 && ret_event->type != TCG2_EV_NO_ACTION)
		return cursor_bad(cursor, ret_event->at, "PCR %u",
				  ret_event->pcr);
	ret_event->data.size = size;
	return cursor_take(cursor, size, &ret_event->data.data) < 0 ? -1 : 1;
}
