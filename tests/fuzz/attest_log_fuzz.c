// SPDX-License-Identifier: GPL-2.0
/*
 * The reader of measurement logs on any bytes, and its writer as TCG2. Each
 * input is tried as it is and with its digests put right, or nothing behind
 * them would be reached. What the reader takes whole, the writer must take.
 */
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../attest/lib/tcg2_write.h"
#include "../../userspace/lib/cel.h"
#include "../../userspace/lib/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The size of the TLV at @at, its header included; 0 when it is none. */
static size_t tlv(const uint8_t *data, size_t size, size_t at)
{
	size_t length;

	if (size - at < CTGUARD_TLV_HEADER_SIZE)
		return 0;
	length = (size_t)ctguard_cel_number(data + at + 1, 4);
	if (length > size - at - CTGUARD_TLV_HEADER_SIZE)
		return 0;
	return length + CTGUARD_TLV_HEADER_SIZE;
}

/* Writes the digests of @content, @content_size bytes, between two offsets. */
static void digest(uint8_t *data, size_t at, size_t end, const uint8_t *content,
		   size_t content_size)
{
	uint8_t value[EVP_MAX_MD_SIZE];
	const struct ctguard_bank *bank;
	size_t size;

	for (; (size = tlv(data, end, at)); at += size) {
		bank = ctguard_pcr_bank(data[at]);
		if (!bank || size != CTGUARD_TLV_HEADER_SIZE + bank->size)
			return;
		EVP_Digest(content, content_size, value, NULL,
			   ctguard_pcr_hash(bank), NULL);
		memcpy(data + at + CTGUARD_TLV_HEADER_SIZE, value, bank->size);
	}
}

static void put_right(uint8_t *data, size_t size)
{
	size_t digests = 0, digests_end = 0, at, step;

	for (at = 0; (step = tlv(data, size, at)); at += step) {
		if (data[at] == CTGUARD_CEL_DIGESTS) {
			digests = at + CTGUARD_TLV_HEADER_SIZE;
			digests_end = at + step;
		} else if (data[at] == CTGUARD_CEL_CTGUARD && digests) {
			digest(data, digests, digests_end, data + at, step);
		}
	}
}

/* Reads all, and asks for every attribute of every record. */
static bool read_all(const uint8_t *data, size_t size)
{
	struct ctguard_cel_record record;
	struct ctguard_error error;
	struct ctguard_cel cel;
	volatile uint8_t seen;
	const uint8_t *value;
	size_t length;
	int r;

	ctguard_cel_open(&cel, "log", data, size);
	while ((r = ctguard_cel_next(&cel, &record, &error)) > 0) {
		for (unsigned int i = 0; i < 256; i++) {
			value = ctguard_cel_attribute(&record, i, &length);
			for (size_t j = 0; value && j < length; j++)
				seen = value[j];
		}
	}
	(void)seen;
	return !r;
}

static void try(const uint8_t *data, size_t size)
{
	struct ctguard_pcr_set want = { .count = 2 }, before = { 0 };
	struct ctguard_cel_end end;
	struct ctguard_error error;
	uint8_t *tcg2 = NULL;
	size_t tcg2_size, at;
	struct ctguard_cel cel;
	bool whole;

	want.banks[0].bank = ctguard_pcr_bank(CTGUARD_ALG_SHA1);
	want.banks[1].bank = ctguard_pcr_bank(CTGUARD_ALG_SHA256);
	want.banks[0].mask = want.banks[1].mask = 1 << CTGUARD_PCR_DEFAULT;
	whole = read_all(data, size);
	if (!tcg2_write(data, size, &tcg2, &tcg2_size, &at))
		free(tcg2);
	else if (whole)
		abort();
	ctguard_cel_open(&cel, "log", data, size);
	ctguard_cel_replay(&cel, &before, &want, &end, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return 0;
	try(data, size);
	memcpy(copy, data, size);
	put_right(copy, size);
	try(copy, size);
	free(copy);
	return 0;
}
