// SPDX-License-Identifier: GPL-2.0
/*
 * Quotes: TPMS_ATTEST (TPM 2.0 Library, part 2, 10.12.12), TPMT_SIGNATURE
 * (11.3.4), and PCR values as tpm2_quote(1) of tpm2-tools 5.4 writes them with
 * -F serialized: TPML_PCR_SELECTION as its memory has it, the number of lists,
 * and TPML_DIGEST as its memory has it; integers in little endian.
 */
#include <openssl/rsa.h>
#include <string.h>

#include "../../userspace/lib/error.h"
#include "quote.h"

/* Sizes in memory: 16 selections of 8 bytes, 8 digests of 2 + 64. */
#define SELECTIONS_MAX 16
#define SELECTION_SIZE 8
#define LIST_MAX 8
#define DIGEST_SIZE (2 + HASH_MAX)
#define LIST_SIZE (4 + LIST_MAX * DIGEST_SIZE)

static int add_bank(struct cursor *cursor, size_t at, uint16_t algorithm,
		    const uint8_t *select, uint8_t size,
		    struct quote_selection *selection)
{
	enum hash_bank bank = hash_bank_of(algorithm);
	uint32_t mask = 0;

	if (bank == HASH_NONE)
		return cursor_bad(cursor, at, "unknown bank 0x%04x", algorithm);
	for (unsigned int i = 0; i < selection->count; i++)
		if (selection->banks[i] == bank)
			return cursor_bad(cursor, at, "the bank %s twice",
					  hash_name(bank));
	for (uint8_t i = 0; i < size; i++)
		mask |= (uint32_t)select[i] << (8 * i);
	if (mask >> QUOTE_PCRS)
		return cursor_bad(cursor, at, "a PCR above %u", QUOTE_PCRS - 1);
	selection->banks[selection->count] = bank;
	selection->masks[selection->count++] = mask;
	return 0;
}

static int read_selection(struct cursor *cursor,
			  struct quote_selection *selection)
{
	size_t at = cursor->at;
	uint32_t count;

	if (cursor_u32(cursor, &count) < 0)
		return -1;
	if (count > HASH_BANKS)
		return cursor_bad(cursor, at, "%u banks, at most %u", count,
				  HASH_BANKS);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *select;
		uint16_t algorithm;
		uint8_t size;

		at = cursor->at;
		if (cursor_u16(cursor, &algorithm) < 0 ||
		    cursor_u8(cursor, &size) < 0)
			return -1;
		if (size > 4)
			return cursor_bad(cursor, at + 2,
					  "sizeofSelect %u, at most 4", size);
		if (cursor_take(cursor, size, &select) < 0 ||
		    add_bank(cursor, at, algorithm, select, size, selection) <
			    0)
			return -1;
	}
	return 0;
}

/**
 * quote_read() - read a TPMS_ATTEST
 * @name: of it, for errors
 * @data: all of it
 * @ret_quote: points into @data
 * @error: set on failure
 *
 * Return: 0 or -1; 0 as well for another magic or type, which the caller looks
 * at.
 */
int quote_read(const char *name, struct span data, struct quote *ret_quote,
	       struct ctguard_error *error)
{
	struct cursor cursor = { name, data.data, 0, data.size, error };
	struct span signer;
	size_t at;

	memset(ret_quote, 0, sizeof(*ret_quote));
	if (cursor_u32(&cursor, &ret_quote->magic) < 0 ||
	    cursor_u16(&cursor, &ret_quote->type) < 0)
		return -1;
	if (ret_quote->magic != QUOTE_MAGIC || ret_quote->type != QUOTE_TYPE)
		return 0;
	if (cursor_sized(&cursor, PUBLIC_NAME_MAX, &signer) < 0 ||
	    cursor_sized(&cursor, HASH_MAX, &ret_quote->nonce) < 0 ||
	    cursor_u64(&cursor, &ret_quote->clock) < 0 ||
	    cursor_u32(&cursor, &ret_quote->resets) < 0 ||
	    cursor_u32(&cursor, &ret_quote->restarts) < 0)
		return -1;
	at = cursor.at;
	if (cursor_u8(&cursor, &ret_quote->safe) < 0)
		return -1;
	if (ret_quote->safe > 1)
		return cursor_bad(&cursor, at, "safe is %u, not 0 or 1",
				  ret_quote->safe);
	if (cursor_u64(&cursor, &ret_quote->firmware) < 0 ||
	    read_selection(&cursor, &ret_quote->selection) < 0 ||
	    cursor_sized(&cursor, HASH_MAX, &ret_quote->digest) < 0)
		return -1;
	return cursor_end(&cursor);
}

/**
 * quote_signature_read() - read a TPMT_SIGNATURE
 * @name: of it, for errors
 * @data: all of it
 * @ret_signature: points into @data
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int quote_signature_read(const char *name, struct span data,
			 struct quote_signature *ret_signature,
			 struct ctguard_error *error)
{
	struct cursor cursor = { name, data.data, 0, data.size, error };
	int r;

	memset(ret_signature, 0, sizeof(*ret_signature));
	if (cursor_u16(&cursor, &ret_signature->scheme) < 0)
		return -1;
	switch (ret_signature->scheme) {
	case TPM_ALG_RSASSA:
	case TPM_ALG_RSAPSS:
		if (cursor_u16(&cursor, &ret_signature->hash) < 0)
			return -1;
		r = cursor_sized(&cursor, 512, &ret_signature->rsa);
		break;
	case TPM_ALG_ECDSA:
		if (cursor_u16(&cursor, &ret_signature->hash) < 0 ||
		    cursor_sized(&cursor, 66, &ret_signature->r) < 0)
			return -1;
		r = cursor_sized(&cursor, 66, &ret_signature->s);
		break;
	default:
		return cursor_bad(&cursor, 0, "unknown scheme 0x%04x",
				  ret_signature->scheme);
	}
	return r < 0 ? r : cursor_end(&cursor);
}

static int read_list(struct cursor *cursor, struct quote_pcrs *pcrs)
{
	const size_t at = cursor->at;
	const uint8_t *list;
	uint32_t count;

	if (cursor_take(cursor, LIST_SIZE, &list) < 0)
		return -1;
	count = le32_at(list);
	if (!count || count > LIST_MAX)
		return cursor_bad(cursor, at, "%u values in a list of 1 to %u",
				  count, LIST_MAX);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *value = list + 4 + i * DIGEST_SIZE;

		if (pcrs->count == QUOTE_VALUES_MAX)
			return cursor_bad(cursor, at, "too many values");
		pcrs->sizes[pcrs->count] = le16_at(value);
		if (pcrs->sizes[pcrs->count] > HASH_MAX)
			return cursor_bad(cursor, at + 4 + i * DIGEST_SIZE,
					  "a value of %u bytes",
					  pcrs->sizes[pcrs->count]);
		pcrs->values[pcrs->count++] = value + 2;
	}
	return 0;
}

/**
 * quote_pcrs_read() - read the PCR values that a quote is about
 * @name: of the file, for errors
 * @data: all of it
 * @ret_pcrs: points into @data; values may be more, fewer, or of other sizes
 *	than the selection asks for
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int quote_pcrs_read(const char *name, struct span data,
		    struct quote_pcrs *ret_pcrs, struct ctguard_error *error)
{
	struct cursor cursor = { name, data.data, 0, data.size, error };
	const uint8_t *bytes;
	uint32_t count;
	size_t at;

	memset(ret_pcrs, 0, sizeof(*ret_pcrs));
	if (cursor_take(&cursor, 4, &bytes) < 0)
		return -1;
	count = le32_at(bytes);
	if (count > HASH_BANKS)
		return cursor_bad(&cursor, 0, "%u banks, at most %u", count,
				  HASH_BANKS);
	for (uint32_t i = 0; i < SELECTIONS_MAX; i++) {
		at = cursor.at;
		if (cursor_take(&cursor, SELECTION_SIZE, &bytes) < 0)
			return -1;
		if (i >= count)
			continue;
		if (bytes[2] > 4)
			return cursor_bad(&cursor, at + 2,
					  "sizeofSelect %u, at most 4",
					  bytes[2]);
		if (add_bank(&cursor, at, le16_at(bytes), bytes + 3, bytes[2],
			     &ret_pcrs->selection) < 0)
			return -1;
	}
	at = cursor.at;
	if (cursor_take(&cursor, 4, &bytes) < 0)
		return -1;
	count = le32_at(bytes);
	if (count != cursor_left(&cursor) / LIST_SIZE)
		return cursor_bad(&cursor, at, "%u lists, but %zu bytes", count,
				  cursor_left(&cursor));
	while (count--)
		if (read_list(&cursor, ret_pcrs) < 0)
			return -1;
	return cursor_end(&cursor);
}

/**
 * quote_signature_fault() - why a signature cannot be one of a key
 * @signature: read
 * @area: of the key
 *
 * Return: words, or NULL when it can.
 */
const char *quote_signature_fault(const struct quote_signature *signature,
				  const struct public *area)
{
	if (signature->scheme != area->scheme)
		return "the signature's scheme is not the key's";
	if (signature->hash != area->scheme_hash)
		return "the signature's hash is not the key's";
	if (hash_bank_of(signature->hash) == HASH_NONE ||
	    hash_bank_of(signature->hash) == HASH_SHA1)
		return "the signature's hash is not SHA-2";
	return NULL;
}

/* An INTEGER of DER; gives back the bytes written. */
static size_t der_integer(uint8_t *out, struct span number)
{
	const uint8_t *data = number.data;
	size_t size = number.size, pad;

	while (size > 1 && !*data) {
		data++;
		size--;
	}
	pad = size && *data & 0x80;
	out[0] = 0x02;
	out[1] = (uint8_t)(size + pad);
	out[2] = 0;
	memcpy(out + 2 + pad, data, size);
	return 2 + pad + size;
}

/* ECDSA-Sig-Value for numbers of 66 bytes at most: 142 and a header of 3. */
static size_t der_signature(uint8_t out[160], struct span r, struct span s)
{
	uint8_t body[150];
	size_t size = der_integer(body, r), header = 2;

	size += der_integer(body + size, s);
	out[0] = 0x30;
	if (size >= 0x80) {
		out[1] = 0x81;
		header = 3;
	}
	out[header - 1] = (uint8_t)size;
	memcpy(out + header, body, size);
	return header + size;
}

static bool holds(const struct quote_signature *signature,
		  EVP_PKEY_CTX *context, const uint8_t *digest)
{
	const enum hash_bank bank = hash_bank_of(signature->hash);
	struct span bytes = signature->rsa;
	uint8_t der[160];
	int padding;

	if (signature->scheme == TPM_ALG_ECDSA) {
		if (!signature->r.size || !signature->s.size)
			return false;
		bytes.size = der_signature(der, signature->r, signature->s);
		bytes.data = der;
	} else {
		padding = signature->scheme == TPM_ALG_RSAPSS ?
				  RSA_PKCS1_PSS_PADDING :
				  RSA_PKCS1_PADDING;
		if (EVP_PKEY_CTX_set_rsa_padding(context, padding) <= 0 ||
		    EVP_PKEY_CTX_set_signature_md(context, hash_md(bank)) <= 0)
			return false;
	}
	return EVP_PKEY_verify(context, bytes.data, bytes.size, digest,
			       hash_size(bank)) == 1;
}

/**
 * quote_signature_holds() - verify a signature
 * @signature: of which quote_signature_fault() says nothing
 * @area: of the signer's key
 * @message: what is signed
 * @hash: of this thread
 *
 * Return: whether the key made it.
 */
bool quote_signature_holds(const struct quote_signature *signature,
			   const struct public *area, struct span message,
			   struct hash *hash)
{
	uint8_t digest[HASH_MAX], point[65];
	EVP_PKEY_CTX *context;
	EVP_PKEY *key;
	bool done;

	hash_make(hash, hash_bank_of(signature->hash), message.data,
		  message.size, digest);
	if (area->type == TPM_ALG_ECC && area->curve == TPM_ECC_P256) {
		public_point(area, point);
		context = hash_p256(hash, point);
		return context && holds(signature, context, digest);
	}
	key = public_key(area);
	context = key ? EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL) : NULL;
	done = context && EVP_PKEY_verify_init(context) > 0 &&
	       holds(signature, context, digest);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
	return done;
}

/** quote_selection_equal() - the same banks in the same order, and PCRs */
bool quote_selection_equal(const struct quote_selection *a,
			   const struct quote_selection *b)
{
	if (a->count != b->count)
		return false;
	for (unsigned int i = 0; i < a->count; i++)
		if (a->banks[i] != b->banks[i] || a->masks[i] != b->masks[i])
			return false;
	return true;
}
