// SPDX-License-Identifier: GPL-2.0
/*
 * Checks evidence. First everything is read, and what is malformed is told
 * before anything is believed. Then the quote: key, signature, freshness, and
 * that the PCR values are those signed; when one of these fails, the other
 * parts of trust are not looked at. Then the parts, each for itself.
 */
#include <openssl/crypto.h>
#include <string.h>

#include "../../userspace/lib/error.h"
#include "cel.h"
#include "check.h"
#include "ima.h"
#include "json.h"
#include "judge.h"
#include "tcg2.h"
#include "ustar.h"

static int read_manifest(const struct check *check, struct ctguard_error *error)
{
	const struct span data = check->members[EVIDENCE_MANIFEST];
	JSON_PUT json_t *json = NULL;

	return json_read(evidence_rules[EVIDENCE_MANIFEST].name, data.data,
			 data.size, &json, error);
}

static int read_firmware(const struct check *check, struct ctguard_error *error)
{
	const struct span data = check->members[EVIDENCE_UEFI];
	struct tcg2_event event;
	struct tcg2 log;
	int r;

	if (!data.data || !data.size)
		return 0;
	if (tcg2_open(&log, evidence_rules[EVIDENCE_UEFI].name, data, error) <
	    0)
		return -1;
	while ((r = tcg2_next(&log, &event)) > 0)
		;
	return r;
}

/**
 * check_read() - read evidence, but for its logs
 * @check: filled in; points into @data
 * @name: of the archive
 * @data: the archive
 * @size: its bytes
 * @hash: of this thread
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int check_read(struct check *check, const char *name, const void *data,
	       size_t size, struct hash *hash, struct ctguard_error *error)
{
	const struct span *members = check->members;
	const struct evidence_rule *rules = evidence_rules;

	check->name = name;
	if (ustar_read(name, data, size, rules, EVIDENCE_COUNT, check->members,
		       error) < 0 ||
	    read_manifest(check, error) < 0)
		return -1;
	if (members[EVIDENCE_NONCE].size != EVIDENCE_NONCE_SIZE)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: offset %zu: a nonce has %d bytes",
					 rules[EVIDENCE_NONCE].name,
					 members[EVIDENCE_NONCE].size,
					 EVIDENCE_NONCE_SIZE);
	if (public_read(rules[EVIDENCE_AK_TSS].name, members[EVIDENCE_AK_TSS],
			&check->ak, error) < 0 ||
	    quote_read(rules[EVIDENCE_QUOTE_MSG].name,
		       members[EVIDENCE_QUOTE_MSG], &check->quote, error) < 0 ||
	    quote_signature_read(rules[EVIDENCE_QUOTE_SIG].name,
				 members[EVIDENCE_QUOTE_SIG], &check->signature,
				 error) < 0 ||
	    quote_pcrs_read(rules[EVIDENCE_QUOTE_PCRS].name,
			    members[EVIDENCE_QUOTE_PCRS], &check->pcrs,
			    error) < 0 ||
	    read_firmware(check, error) < 0)
		return -1;
	public_name(&check->ak, hash);
	return 0;
}

static void judge_key(const struct check *check,
		      const struct check_terms *terms, struct verdict *verdict)
{
	const struct public *ak = &check->ak;
	const char *fault = public_ak_fault(ak);

	if (fault)
		verdict_add(verdict, REASON_AK_UNFIT, "%s", fault);
	if (terms->record ?
		    terms->record->name_size != ak->name_size ||
			    memcmp(terms->record->name, ak->name,
				   ak->name_size) :
		    terms->ak_name &&
			    (terms->ak_name_size != ak->name_size ||
			     memcmp(terms->ak_name, ak->name, ak->name_size)))
		verdict_add(verdict, REASON_AK_OTHER,
			    "the key is not the enrolled one");
}

static void judge_signature(const struct check *check, struct hash *hash,
			    struct verdict *verdict)
{
	const char *fault =
		quote_signature_fault(&check->signature, &check->ak);

	if (check->quote.magic != QUOTE_MAGIC)
		verdict_add(verdict, REASON_ATTEST_MAGIC,
			    "it begins with 0x%08x", check->quote.magic);
	else if (check->quote.type != QUOTE_TYPE)
		verdict_add(verdict, REASON_ATTEST_TYPE, "it is of type 0x%04x",
			    check->quote.type);
	if (fault) {
		verdict_add(verdict, REASON_SIGNATURE_SCHEME, "%s", fault);
		return;
	}
	if (!quote_signature_holds(&check->signature, &check->ak,
				   check->members[EVIDENCE_QUOTE_MSG], hash))
		verdict_add(verdict, REASON_SIGNATURE_BAD,
			    "the signature does not hold");
}

/* SHA-256("ctguard-qd-v1\0" || nonce || binding), or the nonce. */
static void judge_freshness(const struct check *check,
			    const struct check_terms *terms, struct hash *hash,
			    struct verdict *verdict)
{
	static const char label[] = "ctguard-qd-v1";
	const uint8_t *nonce = check->members[EVIDENCE_NONCE].data;
	uint8_t expected[32];

	if (terms->binding.data) {
		hash_begin(hash, HASH_SHA256);
		hash_more(hash, HASH_SHA256, label, sizeof(label));
		hash_more(hash, HASH_SHA256, nonce, EVIDENCE_NONCE_SIZE);
		hash_more(hash, HASH_SHA256, terms->binding.data,
			  terms->binding.size);
		hash_end(hash, HASH_SHA256, expected);
		nonce = expected;
	}
	if (check->quote.nonce.size != EVIDENCE_NONCE_SIZE ||
	    CRYPTO_memcmp(check->quote.nonce.data, nonce, EVIDENCE_NONCE_SIZE))
		verdict_add(verdict, REASON_NONCE_MISMATCH,
			    "qualifyingData of %zu bytes is not the nonce",
			    check->quote.nonce.size);
	else if (!terms->record && terms->nonce &&
		 CRYPTO_memcmp(check->members[EVIDENCE_NONCE].data,
			       terms->nonce, EVIDENCE_NONCE_SIZE))
		verdict_add(verdict, REASON_NONCE_MISMATCH,
			    "it is for another nonce than given");
}

/* Finds the nonce in the record. */
static void judge_nonce(const struct check *check,
			const struct check_terms *terms,
			struct verdict *verdict, struct check_change *change)
{
	const uint8_t *bytes = check->members[EVIDENCE_NONCE].data;
	const struct record *record = terms->record;
	const struct record_nonce *nonce = NULL;

	for (size_t i = 0; i < record->nonce_count; i++) {
		if (CRYPTO_memcmp(record->nonces[i].bytes, bytes,
				  EVIDENCE_NONCE_SIZE))
			continue;
		nonce = &record->nonces[i];
		change->nonce = (int)i;
	}
	if (!nonce) {
		if (terms->elsewhere &&
		    terms->elsewhere(terms->elsewhere_data, bytes))
			verdict_add(verdict, REASON_NONCE_OTHER_HOST,
				    "the nonce was made for another host");
		else
			verdict_add(verdict, REASON_NONCE_UNKNOWN,
				    "no such nonce was made for this host");
	} else if (nonce->used) {
		verdict_add(verdict, REASON_NONCE_USED, "it was used");
	} else if (memcmp(nonce->generation, terms->generation,
			  RECORD_GENERATION)) {
		verdict_add(verdict, REASON_NONCE_VOID,
			    "it was made before the state was restored");
	} else if (terms->now > nonce->expires ||
		   terms->now + (nonce->expires - nonce->issued) <
			   nonce->issued) {
		verdict_add(
			verdict, REASON_NONCE_EXPIRED, "it was good for %llu s",
			(unsigned long long)(nonce->expires - nonce->issued));
	}
}

/* The values are those signed; puts them by bank and PCR. */
static void judge_pcrs(const struct check *check, struct hash *hash,
		       struct verdict *verdict, struct quote_values *ret_values)
{
	const struct quote_selection *selection = &check->quote.selection;
	const struct quote_pcrs *pcrs = &check->pcrs;
	const enum hash_bank bank = hash_bank_of(check->signature.hash);
	unsigned int count = 0, at = 0;
	uint8_t digest[HASH_MAX];

	memset(ret_values, 0, sizeof(*ret_values));
	if (!quote_selection_equal(selection, &pcrs->selection)) {
		verdict_add(verdict, REASON_PCRS_SELECTION,
			    "the file's selection is not the signed one");
		return;
	}
	for (unsigned int i = 0; i < selection->count; i++)
		count += (unsigned int)__builtin_popcount(selection->masks[i]);
	if (count != pcrs->count) {
		verdict_add(verdict, REASON_PCRS_COUNT,
			    "%u values, %u are signed", pcrs->count, count);
		return;
	}
	/* The TPM hashes by the hash of its signing scheme. */
	hash_begin(hash, bank);
	for (unsigned int i = 0; i < selection->count; i++) {
		for (unsigned int pcr = 0; pcr < QUOTE_PCRS; pcr++) {
			if (!(selection->masks[i] >> pcr & 1))
				continue;
			if (pcrs->sizes[at] != hash_size(selection->banks[i])) {
				verdict_add(verdict, REASON_PCRS_SIZE,
					    "PCR %u of %s has %u bytes", pcr,
					    hash_name(selection->banks[i]),
					    pcrs->sizes[at]);
				return;
			}
			hash_more(hash, bank, pcrs->values[at],
				  pcrs->sizes[at]);
			ret_values->of[selection->banks[i]][pcr] =
				pcrs->values[at++];
		}
	}
	hash_end(hash, bank, digest);
	if (check->quote.digest.size != hash_size(bank) ||
	    memcmp(check->quote.digest.data, digest, hash_size(bank)))
		verdict_add(verdict, REASON_PCRS_DIGEST,
			    "the digest of %u values is not the signed one",
			    count);
}

static void judge_clock(const struct check *check,
			const struct check_terms *terms,
			struct verdict *verdict)
{
	const struct record *record = terms->record;
	const struct quote *quote = &check->quote;

	if (!quote->safe && !terms->reference->unsafe_clock)
		verdict_add(verdict, REASON_CLOCK_UNSAFE, "safe is 0");
	if (!record || !record->quoted)
		return;
	if (quote->resets < record->resets)
		verdict_add(verdict, REASON_RESET_COUNT_FELL,
			    "resetCount %u, seen was %u", quote->resets,
			    record->resets);
	else if (quote->resets == record->resets &&
		 quote->restarts < record->restarts)
		verdict_add(verdict, REASON_RESET_COUNT_FELL,
			    "restartCount %u, seen was %u", quote->restarts,
			    record->restarts);
	/* Over a reset a TPM that lost power may have it set back. */
	else if (quote->resets == record->resets &&
		 quote->clock <= record->clock)
		verdict_add(verdict, REASON_CLOCK_STOOD,
			    "clock %llu ms, seen was %llu ms",
			    (unsigned long long)quote->clock,
			    (unsigned long long)record->clock);
}

/* The last boot's policy was not older than what is in force now. */
static void judge_progress(const struct check_terms *terms,
			   const struct log_state *log, struct verdict *verdict)
{
	const struct record *record = terms->record;
	int rank;

	if (!record || !record->has_policy || !log->has_policy)
		return;
	rank = reference_policy_rank(terms->reference, log->policy);
	if (rank >= 0 &&
	    rank < reference_policy_rank(terms->reference, record->policy))
		verdict_add(
			verdict, REASON_POLICY_ROLLBACK,
			"the policy in force is older than the last one seen");
}

static void judge_absent(const struct reference *reference,
			 struct verdict *verdict)
{
	static const enum reason reasons[PART_COUNT] = {
		[PART_BOOT] = REASON_BOOT_UNVERIFIED,
		[PART_MODULE] = REASON_MODULE_UNVERIFIED,
		[PART_MODULES] = REASON_MODULES_UNVERIFIED,
		[PART_POLICY] = REASON_POLICY_UNVERIFIED,
		[PART_IMAGES] = REASON_IMAGES_UNVERIFIED,
	};
	const bool given[PART_COUNT] = {
		[PART_BOOT] = reference->boot_count,
		[PART_MODULE] = reference->kernel_count,
		[PART_MODULES] = reference->modules.given,
		[PART_POLICY] = reference->policies_given,
		[PART_IMAGES] = reference->images_given,
	};

	verdict->accepted = reference->accepted;
	for (int i = PART_BOOT; i < PART_COUNT; i++)
		if (!given[i] && !(reference->accepted >> i & 1))
			verdict_add_parts(verdict, reasons[i], 0,
					  "the reference says nothing of it");
}

/**
 * check_judge() - judge evidence that was read
 * @check: the evidence
 * @terms: what against
 * @hash: of this thread
 * @verdict: what is found
 * @ret_change: what to make of the record
 * @error: set on failure
 *
 * Return: 0, or -1 when a log is malformed: there is no verdict then.
 */
int check_judge(const struct check *check, const struct check_terms *terms,
		struct hash *hash, struct verdict *verdict,
		struct check_change *ret_change, struct ctguard_error *error)
{
	const struct record *record = terms->record;
	const bool same_boot = record && record->quoted && record->log.known &&
			       record->resets == check->quote.resets;
	struct quote_values values;
	struct judge judge = { hash, terms->reference, &values, verdict,
			       error };
	struct log_state *log = &ret_change->log;
	unsigned int parts;

	memset(ret_change, 0, sizeof(*ret_change));
	ret_change->nonce = -1;
	verdict->file = check->name;
	verdict->resets = check->quote.resets;
	verdict->restarts = check->quote.restarts;
	verdict->clock = check->quote.clock;
	if (record) {
		verdict->host = record->host;
		verdict->enrolment = record->trust;
	}
	judge_absent(terms->reference, verdict);
	judge_key(check, terms, verdict);
	judge_signature(check, hash, verdict);
	if (!(verdict->failed & PART_BIT(AK))) {
		judge_pcrs(check, hash, verdict, &values);
		judge_freshness(check, terms, hash, verdict);
		if (record && !(verdict->failed & PART_BIT(AK)))
			judge_nonce(check, terms, verdict, ret_change);
	}
	if (verdict->failed & PART_BIT(AK)) {
		ret_change->nonce = -1;
	} else {
		/* From here on the nonce is used up. */
		judge_clock(check, terms, verdict);
	}
	parts = verdict->failed;
	if (parts & PART_BIT(AK)) {
		/* Malformed logs are told all the same. */
		struct verdict none = { 0 };
		struct log_state state;
		int r;

		memset(&values, 0, sizeof(values));
		judge.verdict = &none;
		r = judge_log(&judge, check->members[EVIDENCE_CEL],
			      check->members[EVIDENCE_TCG2], NULL, false,
			      &state) < 0 ||
		    judge_ima(&judge, check->members[EVIDENCE_IMA], "") < 0;
		verdict_clear(&none);
		return r ? -1 : 0;
	}
	verdict->verified |= PART_BIT(AK);
	ret_change->quote = true;
	judge_boot(&judge);
	if (judge_log(&judge, check->members[EVIDENCE_CEL],
		      check->members[EVIDENCE_TCG2],
		      record ? &record->log : NULL, same_boot, log) < 0 ||
	    judge_ima(&judge, check->members[EVIDENCE_IMA],
		      log->known ? log->kernel : "") < 0)
		return -1;
	if (log->known)
		judge_progress(terms, log, verdict);
	ret_change->policy = log->known && log->has_policy &&
			     !(verdict->failed & PART_BIT(POLICY));
	return 0;
}

/**
 * check_apply() - change a record as a check says
 * @check: the evidence
 * @change: what to make of the record
 * @record: that it was judged by
 */
void check_apply(const struct check *check, const struct check_change *change,
		 struct record *record)
{
	if (change->nonce >= 0)
		record->nonces[change->nonce].used = true;
	if (!change->quote)
		return;
	/* A log of another boot is none of this one. */
	if (record->resets != check->quote.resets)
		record->log.known = false;
	record->quoted = true;
	record->resets = check->quote.resets;
	record->restarts = check->quote.restarts;
	record->clock = check->quote.clock;
	if (change->log.known)
		record->log = change->log;
	if (change->policy) {
		record->has_policy = true;
		memcpy(record->policy, change->log.policy,
		       sizeof(record->policy));
	}
}
