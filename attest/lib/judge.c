// SPDX-License-Identifier: GPL-2.0
/*
 * Judges the guard's log and IMA's by a reference and by quoted PCRs.
 *
 * A log is followed from a known value of its PCR, zeros or what an earlier
 * check came to. Each record's digests are computed again and the PCR extended
 * by them, until it is what the TPM signed; what comes behind is the tail, which
 * nothing vouches for and which is not judged. When that value never comes,
 * nothing that the log says is believed.
 */
#include <string.h>

#include <ctguard/ctguard.h>

#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/digest.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/escape.h"
#include "cel.h"
#include "ima.h"
#include "judge.h"
#include "tcg2.h"

#define STRONG (1U << HASH_SHA256 | 1U << HASH_SHA384 | 1U << HASH_SHA512)

static unsigned int quoted_banks(const struct judge *judge, unsigned int pcr)
{
	unsigned int banks = 0;

	for (int i = 0; i < HASH_BANKS; i++)
		if (judge->values->of[i][pcr])
			banks |= 1U << i;
	return banks;
}

/* Counts, tells, and remembers a reason for evidence that continues this. */
#define FOUND(state, reason, ...)                                          \
	do {                                                               \
		reasons_put(&(state)->reasons, REASON_##reason);           \
		verdict_add(judge->verdict, REASON_##reason, __VA_ARGS__); \
	} while (0)

static bool is_zero(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (data[i])
			return false;
	return true;
}

static void judge_mode(struct judge *judge, const struct cel_record *record,
		       struct log_state *state)
{
	state->enforcing = cel_u8(record, CTGUARD_RECORD_A_MODE) ==
			   CTGUARD_MODE_ENFORCE;
	if (!state->enforcing)
		FOUND(state, MODE_COMPLAIN, "record %llu: mode complain",
		      (unsigned long long)record->number);
}

static void judge_signer(struct judge *judge, const struct cel_record *record,
			 const struct reference_policy *policy,
			 struct log_state *state)
{
	const struct reference *reference = judge->reference;
	const struct span signer = record->attrs[CTGUARD_RECORD_A_SIGNER];
	char text[CTGUARD_DIGEST_TEXT];

	if (!reference->signers.given)
		return;
	if (!signer.data) {
		if (policy->is_signed)
			FOUND(state, POLICY_SIGNER,
			      "record %llu: the policy is not signed",
			      (unsigned long long)record->number);
		return;
	}
	if (digests_have(&reference->signers, signer.data))
		return;
	ctguard_digest_text(signer.data, text);
	FOUND(state, POLICY_SIGNER, "record %llu: signer %s",
	      (unsigned long long)record->number, text);
}

static void judge_policy(struct judge *judge, const struct cel_record *record,
			 struct log_state *state)
{
	const struct reference *reference = judge->reference;
	const uint8_t *sha256 = record->attrs[CTGUARD_RECORD_A_POLICY].data;
	const uint64_t generation =
		cel_u64(record, CTGUARD_RECORD_A_GENERATION);
	const int rank = reference_policy_rank(reference, sha256);
	char text[CTGUARD_DIGEST_TEXT] = "";

	if (rank < state->rank || rank < 0)
		ctguard_digest_text(sha256, text);
	if (reference->policies_given && rank < 0)
		FOUND(state, POLICY_UNAPPROVED, "record %llu: policy sha256:%s",
		      (unsigned long long)record->number, text);
	else if (rank >= 0)
		judge_signer(judge, record, &reference->policies[rank], state);
	if (generation > INT64_MAX ||
	    (state->has_policy && generation <= state->generation))
		FOUND(state, POLICY_ROLLBACK,
		      "record %llu: generation %llu behind %llu",
		      (unsigned long long)record->number,
		      (unsigned long long)generation,
		      (unsigned long long)state->generation);
	else if (rank >= 0 && rank < state->rank)
		FOUND(state, POLICY_ROLLBACK,
		      "record %llu: policy sha256:%s is older than the one before",
		      (unsigned long long)record->number, text);
	if (rank > state->rank)
		state->rank = rank;
	state->has_policy = true;
	state->generation = generation;
	memcpy(state->policy, sha256, 32);
	judge_mode(judge, record, state);
}

/* Whether either digest is approved; says it when one is listed as the other. */
static void judge_image(struct judge *judge, const struct cel_record *record,
			const char *container, struct log_state *state)
{
	const struct reference *reference = judge->reference;
	const uint8_t *config = record->attrs[CTGUARD_RECORD_A_CONFIG].data;
	const struct span manifest = record->attrs[CTGUARD_RECORD_A_MANIFEST];
	char text[CTGUARD_DIGEST_TEXT];
	const char *note = "";

	if (digests_have(&reference->configs, config) ||
	    (manifest.data &&
	     digests_have(&reference->manifests, manifest.data)))
		return;
	if (digests_have(&reference->manifests, config))
		note = "; the reference has this config as a manifest";
	else if (manifest.data &&
		 digests_have(&reference->configs, manifest.data))
		note = "; the reference has its manifest as a config";
	ctguard_digest_text(config, text);
	FOUND(state, IMAGE_UNAPPROVED, "record %llu: config:sha256:%s in %s%s",
	      (unsigned long long)record->number, text, container, note);
}

static void judge_start(struct judge *judge, const struct cel_record *record,
			struct log_state *state)
{
	const struct reference *reference = judge->reference;
	const struct span path = record->attrs[CTGUARD_RECORD_A_CONTAINER];
	const struct span claimant = record->attrs[CTGUARD_RECORD_A_CLAIMANT];
	const unsigned int level = cel_u8(record, CTGUARD_RECORD_A_LEVEL);
	const unsigned long long number = record->number;
	CTGUARD_FREE char *container = NULL;

	state->starts++;
	/* Of images nothing is expected: the part stays unverified. */
	if (!reference->images_given)
		return;
	container = ctguard_escape_terminal(path.data, path.size);
	if (!state->has_policy)
		FOUND(state, IMAGE_BEFORE_POLICY, "record %llu: %s", number,
		      container);
	if (level > CTGUARD_LEVEL_CONTENT ||
	    is_zero(record->attrs[CTGUARD_RECORD_A_CONFIG].data, 32)) {
		FOUND(state, IMAGE_UNKNOWN, "record %llu: %s", number,
		      container);
		return;
	}
	judge_image(judge, record, container, state);
	if (level < reference->level)
		FOUND(state, IMAGE_LEVEL,
		      "record %llu: %s: level %u, expected %u", number,
		      container, level, reference->level);
	if (cel_u8(record, CTGUARD_RECORD_A_VERDICT) != CTGUARD_VERDICT_ALLOW)
		FOUND(state, IMAGE_COMPLAINED, "record %llu: %s", number,
		      container);
	if (!reference->program_any &&
	    (!cel_has(record, CTGUARD_RECORD_A_ORIGIN) ||
	     cel_u8(record, CTGUARD_RECORD_A_ORIGIN) != CTGUARD_ORIGIN_IMAGE))
		FOUND(state, IMAGE_PROGRAM, "record %llu: %s", number,
		      container);
	if (reference->claimants.given &&
	    (!claimant.data ||
	     !digests_have(&reference->claimants, claimant.data))) {
		char text[CTGUARD_DIGEST_TEXT] = "none";

		if (claimant.data)
			ctguard_digest_text(claimant.data, text);
		FOUND(state, CLAIMANT_UNAPPROVED,
		      "record %llu: %s: claimant %s", number, container, text);
	}
}

static void judge_record(struct judge *judge, const struct cel_record *record,
			 struct log_state *state)
{
	const struct span kernel = record->attrs[CTGUARD_RECORD_A_KERNEL];
	const unsigned long long number = record->number;

	if (state->capped)
		FOUND(state, LOG_AFTER_CAP, "record %llu: %s", number,
		      cel_type_name(record->type));
	if (state->exited && record->type != CTGUARD_RECORD_BASE &&
	    record->type != CTGUARD_RECORD_INIT)
		FOUND(state, MODULE_EXIT, "record %llu behind the exit",
		      number);
	switch (record->type) {
	case CTGUARD_RECORD_BASE:
		if (number)
			FOUND(state, MODULE_SECOND_INIT,
			      "record %llu: the module was loaded again",
			      number);
		else
			memcpy(state->instance,
			       record->attrs[CTGUARD_RECORD_A_INSTANCE].data,
			       sizeof(state->instance));
		break;
	case CTGUARD_RECORD_INIT:
		if (state->initialised)
			FOUND(state, MODULE_SECOND_INIT,
			      "record %llu: the module was loaded again",
			      number);
		state->initialised = true;
		memcpy(state->kernel, kernel.data, kernel.size);
		state->kernel[kernel.size] = '\0';
		judge_mode(judge, record, state);
		break;
	case CTGUARD_RECORD_POLICY:
		judge_policy(judge, record, state);
		break;
	case CTGUARD_RECORD_MODE:
		judge_mode(judge, record, state);
		break;
	case CTGUARD_RECORD_LOCK:
		state->locked = true;
		break;
	case CTGUARD_RECORD_IMAGE_START:
		judge_start(judge, record, state);
		break;
	case CTGUARD_RECORD_IMAGE_DENIED:
		state->denied++;
		break;
	case CTGUARD_RECORD_VIOLATIONS:
		state->violations += cel_u64(record, CTGUARD_RECORD_A_COUNT);
		break;
	case CTGUARD_RECORD_LOG_CAP:
		state->capped = true;
		break;
	case CTGUARD_RECORD_EXIT:
		state->exited = true;
		FOUND(state, MODULE_EXIT, "record %llu", number);
		break;
	}
}

/* The PCR's values before a whole log: zeros, or approved otherwise. */
static bool begin_whole(struct judge *judge, const struct cel_record *record,
			unsigned int banks, struct log_state *state)
{
	const uint8_t *base[HASH_BANKS];
	unsigned int told;

	if (record->type != CTGUARD_RECORD_BASE) {
		FOUND(state, LOG_START, "record 0 is %s, expected base",
		      cel_type_name(record->type));
		return false;
	}
	told = (unsigned int)cel_base(record, base);
	if (told != banks) {
		FOUND(state, LOG_START,
		      "record 0 does not tell the PCR of every bank");
		return false;
	}
	for (int i = 0; i < HASH_BANKS; i++) {
		const enum hash_bank bank = (enum hash_bank)i;
		bool approved = false;

		if (!(banks >> i & 1))
			continue;
		memcpy(state->values[i], base[i], hash_size(bank));
		if (is_zero(base[i], hash_size(bank)))
			continue;
		for (size_t j = 0; j < judge->reference->base_count; j++)
			if (judge->reference->bases[j].bank == bank &&
			    reference_pcr_is(&judge->reference->bases[j],
					     base[i]))
				approved = true;
		if (!approved)
			FOUND(state, LOG_BASE,
			      "PCR %u of %s was not zeros before the log",
			      state->pcr, hash_name(bank));
	}
	return true;
}

/*
 * The same before a log that continues one. Of a host that was asked twice at a
 * time the later log begins with records that are known by now.
 */
static bool begin_more(struct judge *judge, const struct cel *cel,
		       const struct log_state *before, struct log_state *state)
{
	if (!before || !before->known || before->count < cel->first ||
	    before->pcr != cel->pcr || before->banks != cel->banks) {
		verdict_add(judge->verdict, REASON_LOG_INCREMENTAL,
			    "the log begins with record %llu, %llu are known",
			    (unsigned long long)cel->first,
			    before && before->known ?
				    (unsigned long long)before->count :
				    0ULL);
		return false;
	}
	/* What it approved is not what this one does. */
	if (memcmp(before->reference, judge->reference->sha256,
		   sizeof(before->reference))) {
		verdict_add(
			judge->verdict, REASON_LOG_INCREMENTAL,
			"records before %llu were judged by another reference",
			(unsigned long long)cel->first);
		return false;
	}
	*state = *before;
	/* Until the quoted value comes. */
	state->known = false;
	for (int i = 0; i < REASON_COUNT; i++)
		if (reasons_have(&before->reasons, (enum reason)i))
			verdict_add(judge->verdict, (enum reason)i,
				    "found in records before %llu",
				    (unsigned long long)cel->first);
	return true;
}

/* Computes and extends; false when the log's digests are not of its content. */
static bool extend(struct judge *judge, const struct cel_record *record,
		   unsigned int banks, struct log_state *state)
{
	uint8_t digest[HASH_MAX];

	for (int i = 0; i < HASH_BANKS; i++) {
		const enum hash_bank bank = (enum hash_bank)i;

		if (!(banks >> i & 1))
			continue;
		hash_make(judge->hash, bank, record->content.data,
			  record->content.size, digest);
		if (memcmp(digest, record->digests[i], hash_size(bank))) {
			FOUND(state, LOG_DIGEST,
			      "record %llu: the digest of %s is not of its content",
			      (unsigned long long)record->number,
			      hash_name(bank));
			return false;
		}
		hash_extend(judge->hash, bank, state->values[i], digest);
	}
	return true;
}

static bool is_quoted(const struct judge *judge, const struct log_state *state,
		      unsigned int banks)
{
	for (int i = HASH_BANKS - 1; i >= 0; i--)
		if (banks >> i & 1 &&
		    memcmp(state->values[i], judge->values->of[i][state->pcr],
			   hash_size((enum hash_bank)i)))
			return false;
	return true;
}

/* The other form of the log: each record's event has its digests. */
static int compare_tcg2(struct judge *judge, struct tcg2 *tcg2, uint8_t pcr,
			const struct cel_record *record)
{
	struct tcg2_event event;
	int r = tcg2_next(tcg2, &event);
	bool same = r > 0 && event.pcr == pcr &&
		    event.type == TCG2_EV_EVENT_TAG;

	if (r < 0)
		return -1;
	for (int i = 0; i < HASH_BANKS && same; i++)
		if (!event.digests[i] != !record->digests[i] ||
		    (event.digests[i] &&
		     memcmp(event.digests[i], record->digests[i],
			    hash_size((enum hash_bank)i))))
			same = false;
	if (!same && !verdict_has(judge->verdict, REASON_LOG_TCG2))
		verdict_add(judge->verdict, REASON_LOG_TCG2, "at record %llu",
			    (unsigned long long)record->number);
	return 0;
}

/* What is said of the log as a whole, at the quoted value. */
static void judge_end(struct judge *judge, struct log_state *state)
{
	const struct reference *reference = judge->reference;
	struct verdict *verdict = judge->verdict;

	if (!state->initialised)
		verdict_add(verdict, REASON_LOG_START,
			    "no record of the module's start");
	if (!state->has_policy)
		verdict_add(verdict, REASON_POLICY_MISSING,
			    "no record of a policy");
	if (reference->lock && !state->locked)
		verdict_add(verdict, REASON_LOCK_MISSING,
			    "no record of a lock");
	/* The guard goes on without it: in whatever mode, by whatever policy. */
	if (state->capped)
		verdict_add(verdict, REASON_LOG_CAPPED,
			    "the log was full at its end");
	verdict->starts = state->starts;
	verdict->denied = state->denied;
	verdict->violations = state->violations;
	verdict->has_policy = state->has_policy;
	memcpy(verdict->policy, state->policy, sizeof(verdict->policy));
	verdict->enforcing = state->enforcing;
	verdict->locked = state->locked;
	if (reference->policies_given)
		verdict->verified |= PART_BIT(POLICY);
	if (reference->images_given)
		verdict->verified |= PART_BIT(IMAGES);
}

/* The end of the log without the quoted value. */
static void judge_lost(struct judge *judge, const struct cel *cel, bool at_base)
{
	if (!cel->count)
		verdict_add(judge->verdict, REASON_LOG_EMPTY, "no record");
	else if (at_base)
		verdict_add(judge->verdict, REASON_LOG_AT_BASE,
			    "PCR %u is what it was before record 0", cel->pcr);
	else
		verdict_add(judge->verdict, REASON_LOG_PCR,
			    "PCR %u is not what %u records make it", cel->pcr,
			    cel->count);
}

static bool judge_anchor(struct judge *judge, const struct cel *cel,
			 unsigned int *ret_banks)
{
	unsigned int banks;

	if (cel->pcr != judge->reference->pcr) {
		verdict_add(judge->verdict, REASON_ANCHOR_PCR,
			    "the log is in PCR %u, expected %u", cel->pcr,
			    judge->reference->pcr);
		return false;
	}
	banks = quoted_banks(judge, cel->pcr);
	*ret_banks = banks;
	if (!banks) {
		verdict_add_parts(judge->verdict, REASON_PCR_NOT_QUOTED,
				  PART_BIT(POLICY) | PART_BIT(IMAGES), "PCR %u",
				  cel->pcr);
		return false;
	}
	if (!(banks & STRONG) || banks & ~cel->banks) {
		verdict_add(judge->verdict, REASON_ANCHOR_BANK,
			    "banks 0x%x of PCR %u are quoted, the log has 0x%x",
			    banks, cel->pcr, cel->banks);
		return false;
	}
	return true;
}

/*
 * A whole log against what an earlier check came to: in the same boot it goes
 * through there, in another one it is of another load. Gives back whether.
 */
static bool compare_before(struct judge *judge, const struct log_state *before,
			   bool same_boot, const struct log_state *state)
{
	const bool same_load = !memcmp(before->instance, state->instance,
				       sizeof(state->instance));

	if (!same_boot) {
		if (!same_load)
			return true;
		verdict_add(judge->verdict, REASON_LOG_EARLIER_BOOT,
			    "its instance was seen before the TPM was reset");
		return false;
	}
	if (!same_load) {
		/* The next record tells the kernel. */
		if (!state->initialised)
			return true;
		if (strcmp(before->kernel, state->kernel))
			verdict_add(judge->verdict, REASON_KEXEC,
				    "another kernel in the same boot");
		else
			verdict_add(judge->verdict, REASON_MODULE_RELOADED,
				    "another log in the same boot");
		return false;
	}
	if (before->count != state->count ||
	    (before->banks == state->banks &&
	     !memcmp(before->values, state->values, sizeof(state->values))))
		return true;
	verdict_add(judge->verdict, REASON_LOG_FORKED,
		    "PCR %u was another at record %llu", state->pcr,
		    (unsigned long long)state->count - 1);
	return false;
}

/* Whether the quoted value is where the last check came to: nothing is new. */
static bool is_there(struct judge *judge, const struct log_state *before)
{
	const struct cel none = { .pcr = before->pcr, .banks = before->banks };
	unsigned int banks;

	return judge_anchor(judge, &none, &banks) &&
	       is_quoted(judge, before, banks);
}

/**
 * judge_log() - judge the guard's log
 * @judge: by what
 * @cel_data: the log
 * @tcg2_data: its other form
 * @before: where the last check came to, or NULL
 * @same_boot: and that it was of this boot
 * @ret_after: where this one came to; known only when the quoted value came
 *
 * Return: 0, or -1 when the log is malformed.
 */
int judge_log(struct judge *judge, struct span cel_data, struct span tcg2_data,
	      const struct log_state *before, bool same_boot,
	      struct log_state *ret_after)
{
	struct log_state *state = ret_after;
	bool follows = false, at_base = false;
	struct cel_record record;
	unsigned int banks = 0;
	struct tcg2_event extra;
	uint64_t covered = 0;
	struct tcg2 tcg2;
	struct cel cel;
	int r;

	memset(state, 0, sizeof(*state));
	state->rank = -1;
	memcpy(state->reference, judge->reference->sha256,
	       sizeof(state->reference));
	cel_open(&cel, evidence_rules[EVIDENCE_CEL].name, cel_data,
		 judge->error);
	if ((cel_data.size || tcg2_data.size) &&
	    tcg2_open(&tcg2, evidence_rules[EVIDENCE_TCG2].name, tcg2_data,
		      judge->error) < 0)
		return -1;
	if (!cel_data.size && same_boot && before->known &&
	    is_there(judge, before)) {
		cel.first = before->count;
		cel.pcr = before->pcr;
		cel.banks = before->banks;
		if (!begin_more(judge, &cel, before, state))
			return 0;
		covered = state->count;
		state->known = true;
	}
	while ((r = cel_next(&cel, &record)) > 0) {
		if (compare_tcg2(judge, &tcg2, cel.pcr, &record) < 0)
			return -1;
		if (cel.count == 1) {
			follows = judge_anchor(judge, &cel, &banks);
			state->pcr = cel.pcr;
			if (follows)
				follows = cel.first ?
						  begin_more(judge, &cel,
							     same_boot ?
								     before :
								     NULL,
							     state) :
						  begin_whole(judge, &record,
							      cel.banks, state);
			state->banks = cel.banks;
			/* The TPM stands where this log begins. */
			at_base = follows && is_quoted(judge, state, banks);
			if (at_base && cel.first) {
				covered = state->count;
				state->known = true;
			}
		}
		if (!follows || state->known || at_base ||
		    (cel.first && record.number < state->count))
			continue;
		judge_record(judge, &record, state);
		follows = extend(judge, &record, cel.banks, state);
		state->count = record.number + 1;
		if (!cel.first && before && before->known &&
		    !compare_before(judge, before, same_boot, state))
			follows = false;
		if (follows && is_quoted(judge, state, banks)) {
			covered = state->count;
			state->known = true;
		}
	}
	if (r < 0)
		return -1;
	r = tcg2_data.size ? tcg2_next(&tcg2, &extra) : 0;
	if (r < 0)
		return -1;
	if (r > 0 && !verdict_has(judge->verdict, REASON_LOG_TCG2))
		verdict_add(judge->verdict, REASON_LOG_TCG2,
			    "more events than records");
	judge->verdict->records = cel.count ? cel.first + cel.count : 0;
	if (judge->verdict->records < covered)
		judge->verdict->records = covered;
	judge->verdict->covered = covered;
	if (!state->known) {
		/* A reason was told where following ended. */
		if (!cel.count || follows)
			judge_lost(judge, &cel, at_base);
		return 0;
	}
	if (same_boot && before->known && before->count > state->count) {
		verdict_add(judge->verdict, REASON_LOG_FORKED,
			    "the quote covers %llu records, %llu are known",
			    (unsigned long long)state->count,
			    (unsigned long long)before->count);
		state->known = false;
		return 0;
	}
	if (judge->verdict->records - covered > judge->reference->tail)
		verdict_add(
			judge->verdict, REASON_LOG_TAIL,
			"%llu records, allowed are %llu",
			(unsigned long long)(judge->verdict->records - covered),
			(unsigned long long)judge->reference->tail);
	judge_end(judge, state);
	return 0;
}

/* Follows PCR 10 through IMA's log, in each quoted bank. */
struct ima_follower {
	unsigned int banks;
	uint8_t values[HASH_BANKS][HASH_MAX];
	/*
	 * A kernel that has not the hash of a bank extends it by SHA-1's digest
	 * with zeros behind (ima_calc_field_array_hash()); SHA-256 is always
	 * there.
	 */
	uint8_t padded[HASH_BANKS][HASH_MAX];
};

static bool ima_is_quoted(const struct judge *judge,
			  const struct ima_follower *follower)
{
	for (int i = 0; i < HASH_BANKS; i++) {
		const enum hash_bank bank = (enum hash_bank)i;
		const size_t size = hash_size(bank);
		const uint8_t *quoted = judge->values->of[i][IMA_PCR];

		if (!(follower->banks >> i & 1) ||
		    !memcmp(follower->values[i], quoted, size))
			continue;
		if (bank <= HASH_SHA256 ||
		    !(follower->banks & 1U << HASH_SHA256) ||
		    memcmp(follower->padded[i], quoted, size))
			return false;
	}
	return true;
}

static void ima_follow(struct judge *judge, const struct ima_entry *entry,
		       struct ima_follower *follower)
{
	uint8_t digest[HASH_MAX];

	for (int i = 0; i < HASH_BANKS; i++) {
		const enum hash_bank bank = (enum hash_bank)i;

		if (!(follower->banks >> i & 1))
			continue;
		if (bank == HASH_SHA1) {
			hash_extend(judge->hash, bank, follower->values[i],
				    entry->sha1);
			continue;
		}
		ima_digest(entry, judge->hash, bank, digest);
		hash_extend(judge->hash, bank, follower->values[i], digest);
		if (bank == HASH_SHA256)
			continue;
		memset(digest, 0, sizeof(digest));
		memcpy(digest, entry->sha1, sizeof(entry->sha1));
		hash_extend(judge->hash, bank, follower->padded[i], digest);
	}
}

/* The guard: an approved build, or any. */
struct ima_found {
	bool approved;
	bool guard;
};

static bool is_guard(const struct ima_entry *entry)
{
	static const char name[] = "/ctguard.ko";

	return ima_is_module(entry) &&
	       memmem(entry->path.data, entry->path.size, name,
		      sizeof(name) - 1);
}

/* A file that IMA measured: the guard, a module, or of no concern. */
static void judge_file(struct judge *judge, const struct ima_entry *entry,
		       const struct reference_kernel *kernel,
		       struct ima_found *found)
{
	const struct reference *reference = judge->reference;
	CTGUARD_FREE char *path = NULL;
	char text[CTGUARD_DIGEST_TEXT];
	bool sha256;

	if (ima_is_boot(entry) || ima_is_buffer(entry, judge->hash))
		return;
	sha256 = entry->digest_size == 32 && entry->algorithm.size == 6 &&
		 !memcmp(entry->algorithm.data, "sha256", 6);
	if (kernel && sha256 && digests_have(&kernel->modules, entry->digest)) {
		found->approved = true;
		return;
	}
	if (is_guard(entry))
		found->guard = true;
	if (reference->kernel_count && is_guard(entry)) {
		path = ctguard_escape_terminal(entry->path.data,
					       entry->path.size);
		ctguard_digest_text(entry->digest, text);
		verdict_add(judge->verdict, REASON_MODULE_UNAPPROVED,
			    "%s: %s%s", path,
			    sha256 ? "sha256:" : "not by sha256: ", text);
		return;
	}
	if (!reference->modules.given ||
	    (reference->ima_merged && !ima_is_module(entry)) ||
	    (sha256 && digests_have(&reference->modules, entry->digest)))
		return;
	path = ctguard_escape_terminal(entry->path.data, entry->path.size);
	ctguard_digest_text(entry->digest, text);
	verdict_add(judge->verdict, REASON_MODULES_UNAPPROVED, "%s: %s%s", path,
		    sha256 ? "sha256:" : "not by sha256: ", text);
}

/*
 * The first line whose template digest is not that of its fields, or 0. What a
 * line says is bound by a bank of SHA-2 already; this tells where it is not.
 */
static size_t changed_line(struct judge *judge, struct span ima)
{
	struct ima_entry entry;
	struct cursor cursor;
	uint8_t digest[20];
	size_t count = 0;

	ima_open(&cursor, evidence_rules[EVIDENCE_IMA].name, ima, judge->error);
	while (ima_next(&cursor, &entry) > 0) {
		count++;
		ima_digest(&entry, judge->hash, HASH_SHA1, digest);
		if (memcmp(digest, entry.sha1, sizeof(digest)))
			return count;
	}
	return 0;
}

static bool judge_ima_banks(struct judge *judge, unsigned int *ret_banks)
{
	*ret_banks = quoted_banks(judge, IMA_PCR);
	if (*ret_banks & STRONG)
		return true;
	verdict_add_parts(judge->verdict, REASON_PCR_NOT_QUOTED,
			  PART_BIT(MODULE) | PART_BIT(MODULES),
			  "PCR %u of a bank of SHA-2", IMA_PCR);
	return false;
}

/**
 * judge_ima() - judge IMA's log: which modules were loaded
 * @judge: by what
 * @ima: the log
 * @release: of the kernel, as the guard's log tells it; "" when it does not
 *
 * Return: 0, or -1 when the log is malformed.
 */
int judge_ima(struct judge *judge, struct span ima, const char *release)
{
	const struct reference *reference = judge->reference;
	const bool wanted = reference->kernel_count || reference->modules.given;
	const struct reference_kernel *kernel =
		reference_kernel(reference, release, strlen(release));
	struct ima_follower follower = { 0 };
	struct ima_found found = { 0 };
	bool quoted = false, good = wanted, measured;
	struct ima_entry entry;
	struct cursor cursor;
	size_t count = 0;
	int r;

	if (wanted)
		good = judge_ima_banks(judge, &follower.banks);
	ima_open(&cursor, evidence_rules[EVIDENCE_IMA].name, ima, judge->error);
	while ((r = ima_next(&cursor, &entry)) > 0) {
		count++;
		if (!good || quoted)
			continue;
		if (entry.violation) {
			verdict_add(judge->verdict, REASON_IMA_VIOLATION,
				    "line %zu", count);
			good = false;
			continue;
		}
		if (entry.pcr != IMA_PCR) {
			verdict_add(judge->verdict, REASON_IMA_OTHER_PCR,
				    "line %zu: PCR %u", count, entry.pcr);
			continue;
		}
		ima_follow(judge, &entry, &follower);
		judge_file(judge, &entry, kernel, &found);
		quoted = ima_is_quoted(judge, &follower);
	}
	if (r < 0)
		return -1;
	if (!good)
		return 0;
	if (!quoted && count) {
		count = changed_line(judge, ima);
		if (count)
			verdict_add(judge->verdict, REASON_IMA_DIGEST,
				    "line %zu", count);
		else
			verdict_add(judge->verdict, REASON_IMA_PCR,
				    "its lines do not make it");
		return 0;
	}
	measured = found.approved || found.guard;
	/* Without a log that is believed nobody knows for which kernel. */
	if (reference->kernel_count && *release) {
		judge->verdict->verified |= PART_BIT(MODULE);
		if (!measured) {
			CTGUARD_FREE char *shown = ctguard_escape_terminal(
				release, strlen(release));

			verdict_add(judge->verdict, REASON_MODULE_NOT_MEASURED,
				    "%s for kernel %s in %zu lines",
				    kernel ? "no approved ctguard.ko" :
					     "none is approved",
				    shown, count);
		}
	}
	/*
	 * The guard was loaded in this boot. An IMA that did not measure it then
	 * says nothing of what else was loaded, and its log looks as if nothing
	 * had been.
	 */
	if (reference->modules.given && measured)
		judge->verdict->verified |= PART_BIT(MODULES);
	else if (reference->modules.given)
		verdict_add_parts(judge->verdict, REASON_MODULE_NOT_MEASURED,
				  PART_BIT(MODULES),
				  "modules: not even ctguard.ko in %zu lines",
				  count);
	return 0;
}

/** judge_boot() - judge the boot chain by its PCRs */
void judge_boot(struct judge *judge)
{
	const struct reference *reference = judge->reference;

	if (!reference->boot_count)
		return;
	judge->verdict->verified |= PART_BIT(BOOT);
	for (size_t i = 0; i < reference->boot_count; i++) {
		const struct reference_pcr *pcr = &reference->boot[i];
		const uint8_t *value = judge->values->of[pcr->bank][pcr->pcr];

		if (!value)
			verdict_add_parts(judge->verdict, REASON_PCR_NOT_QUOTED,
					  PART_BIT(BOOT), "PCR %u of %s",
					  pcr->pcr, hash_name(pcr->bank));
		else if (!reference_pcr_is(pcr, value))
			verdict_add(judge->verdict, REASON_BOOT_CHANGED,
				    "PCR %u of %s", pcr->pcr,
				    hash_name(pcr->bank));
	}
}
