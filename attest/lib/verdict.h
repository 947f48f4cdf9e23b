/* SPDX-License-Identifier: GPL-2.0 */
/* What a check of evidence found: parts of trust, and reasons. */
#ifndef ATTEST_VERDICT_H
#define ATTEST_VERDICT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/**
 * enum part - what trust is made of
 * @PART_AK: the quote is fresh, and of the enrolled key
 * @PART_BOOT: firmware to initrd are the host's reference
 * @PART_MODULE: an approved ctguard.ko was loaded
 * @PART_MODULES: and no module that is not approved
 * @PART_POLICY: approved policies only, enforced
 * @PART_IMAGES: approved images only
 */
enum part {
	PART_AK,
	PART_BOOT,
	PART_MODULE,
	PART_MODULES,
	PART_POLICY,
	PART_IMAGES,
	PART_COUNT,
};

#define PART_BIT(part) (1U << PART_##part)
#define PARTS_ALL ((1U << PART_COUNT) - 1)

/** enum reason - why not; verdict.c has their names, and what to do */
enum reason {
	REASON_AK_UNKNOWN,
	REASON_AK_OTHER,
	REASON_AK_UNFIT,
	REASON_ATTEST_MAGIC,
	REASON_ATTEST_TYPE,
	REASON_SIGNATURE_SCHEME,
	REASON_SIGNATURE_BAD,
	REASON_NONCE_MISMATCH,
	REASON_NONCE_UNKNOWN,
	REASON_NONCE_OTHER_HOST,
	REASON_NONCE_USED,
	REASON_NONCE_EXPIRED,
	REASON_NONCE_VOID,
	REASON_PCRS_SELECTION,
	REASON_PCRS_COUNT,
	REASON_PCRS_SIZE,
	REASON_PCRS_DIGEST,
	REASON_CLOCK_UNSAFE,
	REASON_CLOCK_STOOD,
	REASON_RESET_COUNT_FELL,
	REASON_PCR_NOT_QUOTED,
	REASON_ANCHOR_PCR,
	REASON_ANCHOR_BANK,
	REASON_LOG_EMPTY,
	REASON_LOG_START,
	REASON_LOG_BASE,
	REASON_LOG_DIGEST,
	REASON_LOG_PCR,
	REASON_LOG_AT_BASE,
	REASON_LOG_TAIL,
	REASON_LOG_CAPPED,
	REASON_LOG_AFTER_CAP,
	REASON_LOG_EARLIER_BOOT,
	REASON_LOG_FORKED,
	REASON_LOG_INCREMENTAL,
	REASON_LOG_TCG2,
	REASON_KEXEC,
	REASON_MODULE_RELOADED,
	REASON_MODULE_EXIT,
	REASON_MODULE_SECOND_INIT,
	REASON_MODE_COMPLAIN,
	REASON_LOCK_MISSING,
	REASON_POLICY_MISSING,
	REASON_POLICY_UNAPPROVED,
	REASON_POLICY_ROLLBACK,
	REASON_POLICY_SIGNER,
	REASON_IMAGE_BEFORE_POLICY,
	REASON_IMAGE_UNKNOWN,
	REASON_IMAGE_UNAPPROVED,
	REASON_IMAGE_COMPLAINED,
	REASON_IMAGE_LEVEL,
	REASON_IMAGE_PROGRAM,
	REASON_CLAIMANT_UNAPPROVED,
	REASON_IMA_DIGEST,
	REASON_IMA_PCR,
	REASON_IMA_VIOLATION,
	REASON_IMA_OTHER_PCR,
	REASON_MODULE_NOT_MEASURED,
	REASON_MODULE_UNAPPROVED,
	REASON_MODULES_UNAPPROVED,
	REASON_BOOT_CHANGED,
	REASON_BOOT_UNVERIFIED,
	REASON_MODULE_UNVERIFIED,
	REASON_MODULES_UNVERIFIED,
	REASON_POLICY_UNVERIFIED,
	REASON_IMAGES_UNVERIFIED,
	REASON_COUNT,
};

_Static_assert(REASON_COUNT <= 128, "struct reasons has a bit for each");

/** struct reasons - a set of them */
struct reasons {
	uint64_t bits[2];
};

/* Of one reason, this many are told one by one. */
#define VERDICT_TOLD 5

/**
 * struct verdict - what was found
 * @file: that was checked
 * @host: whose, or NULL
 * @enrolment: how its EK was trusted, or NULL
 * @verified: bits of parts
 * @failed: bits of parts
 * @accepted: bits of parts that the reference lets stay unverified
 * @counts: how often each reason was found
 * @reasons: those that are told
 * @count: of @reasons
 * @resets: of the quote
 * @restarts: of the quote
 * @clock: of the quote
 * @records: in the log
 * @covered: of those, by the quote
 * @starts: of images
 * @denied: images
 * @violations: counted
 * @policy: SHA-256 of the one in force
 * @has_policy: whether there is one
 * @enforcing: mode in force
 * @locked: until reboot
 */
struct verdict {
	const char *file;
	const char *host;
	const char *enrolment;
	unsigned int verified;
	unsigned int failed;
	unsigned int accepted;
	uint32_t counts[REASON_COUNT];
	struct verdict_reason {
		enum reason reason;
		unsigned int parts;
		char *text;
	} * reasons;
	size_t count;
	size_t space;
	uint32_t resets;
	uint32_t restarts;
	uint64_t clock;
	uint64_t records;
	uint64_t covered;
	uint64_t starts;
	uint64_t denied;
	uint64_t violations;
	uint8_t policy[32];
	bool has_policy;
	bool enforcing;
	bool locked;
};

void verdict_add(struct verdict *verdict, enum reason reason,
		 const char *format, ...) __attribute__((format(printf, 3, 4)));
void verdict_add_parts(struct verdict *verdict, enum reason reason,
		       unsigned int parts, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
bool verdict_has(const struct verdict *verdict, enum reason reason);
bool verdict_trusted(const struct verdict *verdict);
json_t *verdict_json(const struct verdict *verdict);
void verdict_print(const struct verdict *verdict, FILE *out);
void verdict_clear(struct verdict *verdict);

void reasons_put(struct reasons *reasons, enum reason reason);
bool reasons_have(const struct reasons *reasons, enum reason reason);
const char *reason_name(enum reason reason);
int reason_find(const char *name);
const char *part_name(enum part part);

#endif /* ATTEST_VERDICT_H */
