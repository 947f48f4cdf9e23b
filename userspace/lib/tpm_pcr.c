// SPDX-License-Identifier: GPL-2.0
/* The host's TPM 2.0: its PCRs, and quotes of them. */
#include <endian.h>
#include <openssl/evp.h>
#include <string.h>
#include <tss2/tss2_mu.h>

#include "alloc.h"
#include "error.h"
#include "tpm_private.h"

/* Values in one TPML_DIGEST. */
#define DIGESTS 8

static void selection_of(const struct ctguard_pcr_set *set,
			 TPML_PCR_SELECTION *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->count = (UINT32)set->count;
	for (size_t i = 0; i < set->count; i++) {
		TPMS_PCR_SELECTION *selection = &ret->pcrSelections[i];

		selection->hash = set->banks[i].bank->algorithm;
		selection->sizeofSelect = 3;
		for (unsigned int j = 0; j < 3; j++)
			selection->pcrSelect[j] =
				(BYTE)(set->banks[i].mask >> 8 * j);
	}
}

/* Which PCRs a bank of the TPM's has; 0 when it is not allocated. */
static uint32_t allocated(const TPML_PCR_SELECTION *all, uint16_t algorithm)
{
	uint32_t mask = 0;

	for (UINT32 i = 0; i < all->count; i++) {
		const TPMS_PCR_SELECTION *selection = &all->pcrSelections[i];

		if (selection->hash != algorithm)
			continue;
		for (unsigned int j = 0; j < selection->sizeofSelect && j < 3;
		     j++)
			mask |= (uint32_t)selection->pcrSelect[j] << 8 * j;
	}
	return mask;
}

/**
 * ctguard_tpm_pcr_select() - say which PCRs are meant
 * @tpm: of which
 * @mask: PCRs of the bank of SHA-256
 * @everywhere: the PCR that is meant in each allocated bank
 * @ret: them, without values
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_pcr_select(struct ctguard_tpm *tpm, uint32_t mask,
			   unsigned int everywhere, struct ctguard_pcr_set *ret,
			   struct ctguard_error *error)
{
	static const uint16_t algorithms[] = {
		CTGUARD_ALG_SHA1,
		CTGUARD_ALG_SHA256,
		CTGUARD_ALG_SHA384,
		CTGUARD_ALG_SHA512,
	};
	CTGUARD_ESYS TPMS_CAPABILITY_DATA *data = NULL;
	uint32_t there, meant;
	TSS2_RC rc;

	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				ESYS_TR_NONE, TPM2_CAP_PCRS, 0, 1, NULL, &data);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "its PCR banks");
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]);
	     i++) {
		there = allocated(&data->data.assignedPCR, algorithms[i]);
		meant = UINT32_C(1) << everywhere;
		if (algorithms[i] == CTGUARD_ALG_SHA256)
			meant |= mask;
		else
			meant &= there;
		if (meant & ~there)
			return ctguard_error_set(
				error, CTGUARD_EXIT_SYSTEM, 0,
				"TPM %s: its bank of sha256 has not all of these PCRs (it has 0x%x); see tpm2_pcrallocate(1)",
				tpm->name, there);
		if (!meant)
			continue;
		ret->banks[ret->count].bank = ctguard_pcr_bank(algorithms[i]);
		ret->banks[ret->count++].mask = meant;
	}
	return 0;
}

/* Puts what a PCR_Read told where it belongs; returns how many. */
static size_t take_values(struct ctguard_pcr_set *set,
			  const TPML_PCR_SELECTION *read,
			  const TPML_DIGEST *values)
{
	size_t taken = 0;

	for (size_t i = 0; i < set->count; i++) {
		uint32_t mask = allocated(read, set->banks[i].bank->algorithm) &
				set->banks[i].mask;

		for (unsigned int pcr = 0; pcr < CTGUARD_PCR_COUNT; pcr++) {
			if (!(mask >> pcr & 1))
				continue;
			if (taken >= values->count ||
			    values->digests[taken].size !=
				    set->banks[i].bank->size)
				return 0;
			memcpy(set->banks[i].values[pcr],
			       values->digests[taken++].buffer,
			       set->banks[i].bank->size);
		}
	}
	return taken == values->count ? taken : 0;
}

/**
 * ctguard_tpm_pcr_read() - read values
 * @tpm: of which
 * @set: which PCRs; their values are written to it
 * @error: set on failure
 *
 * More than a few are read by more than one command, and need not be of one
 * moment: see ctguard_tpm_quote_matches().
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_pcr_read(struct ctguard_tpm *tpm, struct ctguard_pcr_set *set,
			 struct ctguard_error *error)
{
	struct ctguard_pcr_set left = *set;

	for (;;) {
		CTGUARD_ESYS TPML_PCR_SELECTION *read = NULL;
		CTGUARD_ESYS TPML_DIGEST *values = NULL;
		TPML_PCR_SELECTION selection;
		uint32_t any = 0;
		TSS2_RC rc;

		for (size_t i = 0; i < left.count; i++)
			any |= left.banks[i].mask;
		if (!any)
			break;
		selection_of(&left, &selection);
		rc = Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE,
				   ESYS_TR_NONE, &selection, NULL, &read,
				   &values);
		if (rc)
			return ctguard_tpm_failed(tpm, rc, error, "PCR_Read");
		if (!take_values(&left, read, values))
			return ctguard_error_set(
				error, CTGUARD_EXIT_SYSTEM, 0,
				"TPM %s: PCR_Read: not what was asked for",
				tpm->name);
		for (size_t i = 0; i < left.count; i++)
			left.banks[i].mask &=
				~allocated(read, left.banks[i].bank->algorithm);
	}
	for (size_t i = 0; i < set->count; i++)
		memcpy(set->banks[i].values, left.banks[i].values,
		       sizeof(set->banks[i].values));
	return 0;
}

/**
 * ctguard_tpm_pcr_serialize() - the form of tpm2_quote(1) -F serialized
 * @set: with values
 * @ret_data: to be freed
 * @ret_size: its bytes
 *
 * That form is C structures of tss2 as they lie in memory, in little endian:
 * TPML_PCR_SELECTION, a number, and so many TPML_DIGEST, each full but for the
 * last: lib/pcr.c of tpm2-tools 5.4, pcr_fwrite_serialized().
 */
void ctguard_tpm_pcr_serialize(const struct ctguard_pcr_set *set,
			       uint8_t **ret_data, size_t *ret_size)
{
	TPML_PCR_SELECTION selection;
	TPML_DIGEST *lists;
	size_t count = 0, i;
	UINT32 list_count;
	uint8_t *data;

	lists = ctguard_alloc_zeroed(CTGUARD_BANKS_MAX * CTGUARD_PCR_COUNT /
					     DIGESTS,
				     sizeof(*lists));
	for (i = 0; i < set->count; i++) {
		const struct ctguard_pcrs *pcrs = &set->banks[i];

		for (unsigned int pcr = 0; pcr < CTGUARD_PCR_COUNT; pcr++) {
			TPML_DIGEST *list = &lists[count / DIGESTS];
			TPM2B_DIGEST *digest = &list->digests[count % DIGESTS];

			if (!(pcrs->mask >> pcr & 1))
				continue;
			digest->size = htole16((UINT16)pcrs->bank->size);
			memcpy(digest->buffer, pcrs->values[pcr],
			       pcrs->bank->size);
			list->count = htole32((UINT32)(count % DIGESTS + 1));
			count++;
		}
	}
	selection_of(set, &selection);
	for (i = 0; i < set->count; i++)
		selection.pcrSelections[i].hash =
			htole16(selection.pcrSelections[i].hash);
	selection.count = htole32(selection.count);
	count = (count + DIGESTS - 1) / DIGESTS;
	list_count = htole32((UINT32)count);
	*ret_size =
		sizeof(selection) + sizeof(list_count) + count * sizeof(*lists);
	*ret_data = data = ctguard_alloc_zeroed(*ret_size, 1);
	memcpy(data, &selection, sizeof(selection));
	memcpy(data + sizeof(selection), &list_count, sizeof(list_count));
	memcpy(data + sizeof(selection) + sizeof(list_count), lists,
	       count * sizeof(*lists));
	free(lists);
}

/**
 * ctguard_tpm_quote() - have PCRs signed
 * @tpm: of which
 * @key: by which
 * @qualifying: what is signed with them
 * @qualifying_size: its bytes
 * @set: which PCRs
 * @ret: the quote
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_tpm_quote(struct ctguard_tpm *tpm,
		      const struct ctguard_tpm_key *key, const void *qualifying,
		      size_t qualifying_size, const struct ctguard_pcr_set *set,
		      struct ctguard_tpm_quote *ret,
		      struct ctguard_error *error)
{
	const TPMT_SIG_SCHEME by_key = { .scheme = TPM2_ALG_NULL };
	CTGUARD_ESYS TPMT_SIGNATURE *signature = NULL;
	CTGUARD_ESYS TPM2B_ATTEST *message = NULL;
	TPM2B_DATA data = { .size = (UINT16)qualifying_size };
	TPML_PCR_SELECTION selection;
	size_t at = 0;
	TPMS_ATTEST attest;
	TSS2_RC rc;

	memcpy(data.buffer, qualifying, qualifying_size);
	selection_of(set, &selection);
	rc = Esys_Quote(tpm->esys, key->object, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			ESYS_TR_NONE, &data, &by_key, &selection, &message,
			&signature);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "Quote");
	rc = Tss2_MU_TPMS_ATTEST_Unmarshal(message->attestationData,
					   message->size, &at, &attest);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "Quote");
	ret->digest_size = attest.attested.quote.pcrDigest.size;
	memcpy(ret->digest, attest.attested.quote.pcrDigest.buffer,
	       ret->digest_size);
	ret->message.size = message->size;
	memcpy(ret->message.data, message->attestationData, message->size);
	ret->signature.size = 0;
	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, ret->signature.data,
					    sizeof(ret->signature.data),
					    &ret->signature.size);
	if (rc)
		return ctguard_tpm_failed(tpm, rc, error, "Quote");
	return 0;
}

/** ctguard_tpm_quote_matches() - whether what was quoted is what was read */
bool ctguard_tpm_quote_matches(const struct ctguard_tpm_quote *quote,
			       const struct ctguard_pcr_set *set)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int size = 0;
	bool done;

	/* Both signature schemes have SHA-256. */
	done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	for (size_t i = 0; i < set->count; i++)
		for (unsigned int pcr = 0; pcr < CTGUARD_PCR_COUNT; pcr++)
			if (set->banks[i].mask >> pcr & 1)
				done = done &&
				       EVP_DigestUpdate(
					       context,
					       set->banks[i].values[pcr],
					       set->banks[i].bank->size);
	done = done && EVP_DigestFinal_ex(context, digest, &size);
	EVP_MD_CTX_free(context);
	return done && size == quote->digest_size &&
	       !memcmp(digest, quote->digest, size);
}
