// SPDX-License-Identifier: GPL-2.0
/*
 * What the verifier must reject: each rule by a vector of its own, which is
 * evidence that is trusted but for one change. Numbers are those of the design.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

#include "../../attest/lib/check.h"
#include "../../attest/lib/credential.h"
#include "../../attest/lib/json.h"
#include "../../attest/lib/tcg2_write.h"
#include "../../userspace/lib/error.h"
#include "forge.h"
#include "tap.h"

#define NOW 1000000
#define BANKS (1U << HASH_SHA1 | 1U << HASH_SHA256)
#define MALFORMED -1

static EVP_PKEY *keys[2], *other_key;

/* What evidence is judged by, besides the evidence. */
struct context {
	struct record *record;
	char *reference;
};

struct vector {
	int number;
	const char *name;
	int reason;	  /* or MALFORMED */
	const char *says; /* the error, or the reason */
	void (*prepare)(struct forge *forge);
	void (*change)(struct forge *forge);
	void (*edit)(struct forge *forge);
	void (*archive)(struct bytes *archive);
	void (*context)(struct context *context);
	bool rsa;
	unsigned int fails; /* these parts, and no others; 0: any */
};

/* The first of several ways to change one thing. */
static void replace(char **text, const char *from, const char *to)
{
	char *at = strstr(*text, from), *out;
	size_t before;

	if (!at) {
		tap_ok(false, "the reference has %s", from);
		return;
	}
	before = (size_t)(at - *text);
	out = malloc(strlen(*text) + strlen(to) + 1);
	memcpy(out, *text, before);
	strcpy(out + before, to);
	strcat(out, at + strlen(from));
	free(*text);
	*text = out;
}

/* 1, 2 */
static void wrong_magic(struct forge *forge)
{
	forge->magic = 0xff544348;
}
static void wrong_type(struct forge *forge)
{
	forge->type = 0x8017;
}

/* 3 */
static void other_extra(struct forge *forge)
{
	forge->extra.data[31] ^= 1;
}
static void no_extra(struct forge *forge)
{
	forge->extra.size = 0;
}
static void short_extra(struct forge *forge)
{
	forge->extra.size = 16;
}
static void long_extra(struct forge *forge)
{
	bytes_put(&forge->extra, "n", 1);
}

/* 4 */
static void used(struct context *context)
{
	context->record->nonces[0].used = true;
}
static void expired(struct context *context)
{
	context->record->nonces[0].expires = NOW - 1;
}
static void of_the_future(struct context *context)
{
	context->record->nonces[0].issued = NOW + 1000;
	context->record->nonces[0].expires = NOW + 1120;
}
static void unknown(struct context *context)
{
	context->record->nonce_count = 0;
}
static void restored(struct context *context)
{
	context->record->nonces[0].generation[0] ^= 1;
}

/* 5 */
static void flip_signature(struct forge *forge)
{
	struct bytes *signature = &forge->members[EVIDENCE_QUOTE_SIG];

	signature->data[signature->size - 1] ^= 1;
}
static void flip_message(struct forge *forge)
{
	/* firmwareVersion */
	forge->members[EVIDENCE_QUOTE_MSG].data[95] ^= 1;
}
static void other_signer(struct forge *forge)
{
	forge->signer = other_key;
}
static void pss_under_rsassa(struct forge *forge)
{
	forge->signature_scheme = 0x0016;
}
static void pss_named_rsassa(struct forge *forge)
{
	/* Signed by PSS; key and signature say RSASSA. */
	forge->scheme = 0x0016;
	forge_resign(forge);
	forge->scheme = 0x0014;
}
static void sha1_signature(struct forge *forge)
{
	forge->signature_hash = 0x0004;
}
static void sha1_key(struct forge *forge)
{
	forge->scheme_hash = 0x0004;
	forge->signature_hash = 0x0004;
}
static void ecdsa_under_rsa(struct forge *forge)
{
	struct bytes *signature = &forge->members[EVIDENCE_QUOTE_SIG];

	signature->data[1] = 0x14;
	/* One TPM2B of 34 bytes in place of two numbers of 32. */
	signature->data[5] = (uint8_t)(signature->size - 6);
}
static void zero_signature(struct forge *forge)
{
	struct bytes *signature = &forge->members[EVIDENCE_QUOTE_SIG];

	memset(signature->data + 6, 0, 32);
	memset(signature->data + 40, 0, 32);
}
static void empty_signature(struct forge *forge)
{
	struct bytes *signature = &forge->members[EVIDENCE_QUOTE_SIG];

	signature->size = 4;
	bytes_put32(signature, 0);
}

/* 6 */
static void not_restricted(struct forge *forge)
{
	forge->attributes &= ~0x10000U;
}
static void not_fixed(struct forge *forge)
{
	forge->attributes &= ~2U;
}
static void not_made_by_tpm(struct forge *forge)
{
	forge->attributes &= ~0x20U;
}
static void other_name(struct context *context)
{
	context->record->name[5] ^= 1;
}
static void off_the_curve(struct forge *forge)
{
	struct bytes *ak = &forge->members[EVIDENCE_AK_TSS];

	ak->data[ak->size - 1] ^= 1;
}

/* 7 */
static void relabel(struct forge *forge)
{
	/* PCR 13 of SHA-256 as 14, as CVE-2024-29039 has it. */
	forge->members[EVIDENCE_QUOTE_PCRS].data[4 + 8 + 4] ^= 0x60;
}
static void swap_banks(struct forge *forge)
{
	uint8_t *data = forge->members[EVIDENCE_QUOTE_PCRS].data + 4;
	uint8_t row[8];

	memcpy(row, data, 8);
	memcpy(data, data + 8, 8);
	memcpy(data + 8, row, 8);
}

/* 8: 20 values are in lists of 8, 8 and 4. */
#define LIST 532
#define LISTS 136
static void extra_value(struct forge *forge)
{
	uint8_t *last =
		forge->members[EVIDENCE_QUOTE_PCRS].data + LISTS + 2 * LIST;

	last[0] = 5;
	last[4 + 4 * 66] = 32;
}
static void missing_value(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_PCRS].data[LISTS + 2 * LIST] = 3;
}
static void duplicated_value(struct forge *forge)
{
	uint8_t *last =
		forge->members[EVIDENCE_QUOTE_PCRS].data + LISTS + 2 * LIST;

	memcpy(last + 4, last + 4 + 66, 66);
}
static void extra_list(struct forge *forge)
{
	struct bytes *pcrs = &forge->members[EVIDENCE_QUOTE_PCRS];
	uint8_t list[LIST];

	memcpy(list, pcrs->data + LISTS, LIST);
	bytes_put(pcrs, list, LIST);
	pcrs->data[132]++;
}
static void long_select(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_PCRS].data[4 + 2] = 5;
}
static void long_signed_select(struct forge *forge)
{
	/* magic, type, signer, extra, clock info, firmware, count, alg */
	forge->members[EVIDENCE_QUOTE_MSG].data[6 + 36 + 34 + 17 + 8 + 4 + 2] =
		5;
	forge_resign(forge);
}
static void bank_twice(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_PCRS].data[4 + 8] = 4;
}
static void too_many_banks(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_PCRS].data[0] = 17;
}
static void lists_overflow(struct forge *forge)
{
	memset(forge->members[EVIDENCE_QUOTE_PCRS].data + 132, 0xff, 4);
}
static void values_overflow(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_PCRS].data[LISTS] = 9;
}

/* 9 */
static void without_anchor(struct forge *forge)
{
	forge->quoted &= ~(1U << 13);
}
static void without_ima(struct forge *forge)
{
	forge->quoted &= ~(1U << 10);
}
static void without_boot(struct forge *forge)
{
	forge->quoted &= ~1U;
}

/* 10 */
static void other_value(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_PCRS].data[LISTS + 6] ^= 1;
}

/* 11 */
static void in_pcr16(struct forge *forge)
{
	forge->pcr = 16;
	forge->quoted |= 1U << 16;
}
static void in_pcr23(struct forge *forge)
{
	forge->pcr = 23;
	forge->quoted |= 1U << 23;
}
static void in_pcr14(struct forge *forge)
{
	forge->pcr = 14;
	forge->quoted |= 1U << 14;
}
static void want_pcr16(struct context *context)
{
	replace(&context->reference, "\"pcr\": 13", "\"pcr\": 16");
}

/* 12, 13 */
static void truncate_log(struct forge *forge)
{
	forge->count--;
	forge_rebuild(forge);
	forge->count++;
}
static void cut_log(struct forge *forge)
{
	forge->members[EVIDENCE_CEL].size -= 3;
}
static void swap_records(struct forge *forge)
{
	struct bytes record = forge->records[2];

	forge->records[2] = forge->records[3];
	forge->records[3] = record;
	forge->records[2].data[12] = 2;
	forge->records[3].data[12] = 3;
	forge_rebuild(forge);
}
static void swap_without_numbers(struct forge *forge)
{
	struct bytes record = forge->records[2];

	forge->records[2] = forge->records[3];
	forge->records[3] = record;
	forge_rebuild(forge);
}
static void drop_record(struct forge *forge)
{
	/* The last but one; the last takes its number. */
	struct bytes record = forge->records[forge->count - 2];

	forge->records[forge->count - 2] = forge->records[forge->count - 1];
	forge->records[--forge->count] = record;
	forge->records[forge->count - 1].data[12]--;
	forge_rebuild(forge);
	forge->count++;
}
static void insert_record(struct forge *forge)
{
	uint8_t pcrs[HASH_BANKS][24][HASH_MAX];

	memcpy(pcrs, forge->pcrs, sizeof(pcrs));
	forge_simple(forge, CTGUARD_RECORD_NAMESPACES);
	memcpy(forge->pcrs, pcrs, sizeof(pcrs));
	swap_records(forge);
}
static void number_gap(struct forge *forge)
{
	forge->records[forge->count - 1].data[12]++;
	forge_rebuild(forge);
}

/* 14, 15 */
static void change_content(struct forge *forge)
{
	struct bytes *record = &forge->records[forge->count - 1];

	record->data[record->size - 20] ^= 1;
	forge_rebuild(forge);
}
static void change_bank(struct forge *forge, size_t at)
{
	forge->records[forge->count - 1].data[at] ^= 1;
	forge_rebuild(forge);
}
static void change_sha1(struct forge *forge)
{
	change_bank(forge, 13 + 6 + 5 + 5);
}
static void change_sha256(struct forge *forge)
{
	change_bank(forge, 13 + 6 + 5 + 5 + 20 + 5);
}
static void other_tcg2(struct forge *forge)
{
	struct bytes *tcg2 = &forge->members[EVIDENCE_TCG2];
	/* Of SHA-256, before the size of the content and the content. */
	const size_t content =
		forge->records[forge->count - 1].size - 24 - 25 - 37;

	tcg2->data[tcg2->size - content - 5] ^= 1;
}
static void short_tcg2(struct forge *forge)
{
	struct bytes cel = { 0 };

	bytes_put(&cel, forge->members[EVIDENCE_CEL].data,
		  forge->members[EVIDENCE_CEL].size);
	forge->count--;
	forge_rebuild(forge);
	forge->count++;
	bytes_free(&forge->members[EVIDENCE_CEL]);
	forge->members[EVIDENCE_CEL] = cel;
}
static void long_tcg2(struct forge *forge)
{
	struct bytes tcg2 = { 0 };

	bytes_put(&tcg2, forge->members[EVIDENCE_TCG2].data,
		  forge->members[EVIDENCE_TCG2].size);
	forge->count--;
	for (int i = 0; i < HASH_BANKS; i++)
		memset(forge->pcrs[i][13], 0, HASH_MAX);
	forge_rebuild(forge);
	forge->count++;
	bytes_free(&forge->members[EVIDENCE_TCG2]);
	forge->members[EVIDENCE_TCG2] = tcg2;
}

/* 16 */
static void earlier_log(struct forge *forge)
{
	uint8_t pcrs[HASH_BANKS][24][HASH_MAX];

	/* The TPM was reset and the same module began another log. */
	memcpy(pcrs, forge->pcrs, sizeof(pcrs));
	forge_clear_log(forge);
	memset(forge->instance, 2, sizeof(forge->instance));
	forge_log(forge);
	memcpy(pcrs, forge->pcrs, sizeof(pcrs));
	forge_clear_log(forge);
	memset(forge->instance, 1, sizeof(forge->instance));
	forge_log(forge);
	memcpy(forge->pcrs, pcrs, sizeof(pcrs));
}
static void seen_instance(struct context *context)
{
	struct log_state *log = &context->record->log;

	context->record->quoted = true;
	context->record->resets = 6;
	log->known = true;
	log->count = 3;
	memset(log->instance, 1, sizeof(log->instance));
}

/* 17, 18 */
static void higher_resets(struct context *context)
{
	context->record->quoted = true;
	context->record->resets = 8;
}
static void higher_restarts(struct context *context)
{
	context->record->quoted = true;
	context->record->resets = 7;
	context->record->restarts = 1;
}
static void same_clock(struct context *context)
{
	context->record->quoted = true;
	context->record->resets = 7;
	context->record->clock = 100000;
}
static void clock_of_reset(struct context *context)
{
	context->record->quoted = true;
	context->record->resets = 6;
	context->record->clock = 100001;
}
static void unsafe(struct forge *forge)
{
	forge->safe = 0;
}
static void unsafe_allowed(struct context *context)
{
	replace(&context->reference, "\"pcr\"",
		"\"accept_unsafe_clock\": true, \"pcr\"");
	context->record->quoted = true;
	context->record->resets = 6;
	context->record->clock = 100001;
}
static void unsafe_and_stood(struct context *context)
{
	unsafe_allowed(context);
	context->record->resets = 7;
}
static void odd_safe(struct forge *forge)
{
	forge->safe = 2;
}

/* 19, 20, 28, 38 */
static const struct forge_start good = {
	.config = "config",
	.manifest = "manifest",
	.claimant = "claimant",
	.verdict = CTGUARD_VERDICT_ALLOW,
	.level = CTGUARD_LEVEL_LAYERS,
	.origin = CTGUARD_ORIGIN_IMAGE,
};

#define STARTS(name, field, value)                                      \
	static void name(struct forge *forge)                           \
	{                                                               \
		struct forge_start start = good;                        \
                                                                        \
		start.field = value;                                    \
		forge_image(forge, CTGUARD_RECORD_IMAGE_START, &start); \
	}

STARTS(other_image, config, "other config")
STARTS(zero_image, config, "")
STARTS(no_claim, level, CTGUARD_LEVEL_NONE)
STARTS(engine_level, level, CTGUARD_LEVEL_ENGINE)
STARTS(complained, verdict, CTGUARD_VERDICT_COMPLAIN)
STARTS(upper_program, origin, CTGUARD_ORIGIN_UPPER)
STARTS(no_origin, origin, -1)
STARTS(other_claimant, claimant, "other claimant")
STARTS(no_claimant, claimant, NULL)

static void manifest_as_config(struct context *context)
{
	uint8_t digest[32];
	char from[100] = "config:sha256:", to[100] = "manifest:sha256:";

	forge_digest("config", digest);
	for (int i = 0; i < 32; i++) {
		sprintf(from + strlen(from), "%02x", digest[i]);
		sprintf(to + strlen(to), "%02x", digest[i]);
	}
	replace(&context->reference, from, to);
}
static void image_first(struct forge *forge)
{
	forge_clear_log(forge);
	forge_base(forge);
	forge_init(forge, CTGUARD_MODE_ENFORCE, FORGE_KERNEL);
	forge_image(forge, CTGUARD_RECORD_IMAGE_START, &good);
	forge_policy(forge, "policy", 1, CTGUARD_MODE_ENFORCE, "signer");
	forge_simple(forge, CTGUARD_RECORD_LOCK);
}

/* 21 */
static void other_policy(struct forge *forge)
{
	forge_policy(forge, "weak policy", 3, CTGUARD_MODE_ENFORCE, "signer");
}
static void back_to_first(struct forge *forge)
{
	forge_policy(forge, "newer policy", 3, CTGUARD_MODE_ENFORCE, "signer");
	forge_policy(forge, "policy", 4, CTGUARD_MODE_ENFORCE, "signer");
}
static void old_generation(struct forge *forge)
{
	forge_policy(forge, "newer policy", 2, CTGUARD_MODE_ENFORCE, "signer");
}
static void huge_generation(struct forge *forge)
{
	forge_policy(forge, "newer policy", UINT64_MAX, CTGUARD_MODE_ENFORCE,
		     "signer");
}
static void other_signer_of_policy(struct forge *forge)
{
	forge_policy(forge, "newer policy", 3, CTGUARD_MODE_ENFORCE,
		     "other signer");
}
static void no_signer(struct forge *forge)
{
	forge_policy(forge, "newer policy", 3, CTGUARD_MODE_ENFORCE, NULL);
}
static void newer_before(struct context *context)
{
	context->record->has_policy = true;
	forge_digest("newer policy", context->record->policy);
}
static void no_policy(struct forge *forge)
{
	forge_clear_log(forge);
	forge_base(forge);
	forge_init(forge, CTGUARD_MODE_ENFORCE, FORGE_KERNEL);
	forge_simple(forge, CTGUARD_RECORD_LOCK);
}

/* 22 */
static void complain(struct forge *forge)
{
	forge_mode(forge, CTGUARD_MODE_COMPLAIN);
}
static void complain_and_back(struct forge *forge)
{
	forge_mode(forge, CTGUARD_MODE_COMPLAIN);
	forge_mode(forge, CTGUARD_MODE_ENFORCE);
}
static void complain_by_policy(struct forge *forge)
{
	forge_policy(forge, "newer policy", 3, CTGUARD_MODE_COMPLAIN, "signer");
}
static void complain_at_start(struct forge *forge)
{
	forge_clear_log(forge);
	forge_base(forge);
	forge_init(forge, CTGUARD_MODE_COMPLAIN, FORGE_KERNEL);
	forge_policy(forge, "policy", 1, CTGUARD_MODE_ENFORCE, "signer");
	forge_simple(forge, CTGUARD_RECORD_LOCK);
}
static void not_locked(struct forge *forge)
{
	forge_clear_log(forge);
	forge_base(forge);
	forge_init(forge, CTGUARD_MODE_ENFORCE, FORGE_KERNEL);
	forge_policy(forge, "policy", 1, CTGUARD_MODE_ENFORCE, "signer");
}
static void unloaded(struct forge *forge)
{
	forge_simple(forge, CTGUARD_RECORD_EXIT);
}
static void second_init(struct forge *forge)
{
	forge_init(forge, CTGUARD_MODE_ENFORCE, FORGE_KERNEL);
}
static void second_base(struct forge *forge)
{
	forge_base(forge);
}
static void reloaded(struct forge *forge)
{
	uint8_t pcrs[HASH_BANKS][24][HASH_MAX];

	/* The first log was thrown away; the PCR stays. */
	memcpy(pcrs, forge->pcrs, sizeof(pcrs));
	forge_clear_log(forge);
	memcpy(forge->pcrs, pcrs, sizeof(pcrs));
	memset(forge->instance, 2, sizeof(forge->instance));
	forge_log(forge);
}
static void known_instance(struct context *context)
{
	struct log_state *log = &context->record->log;

	context->record->quoted = true;
	context->record->resets = 7;
	context->record->clock = 1;
	log->known = true;
	log->count = 6;
	memset(log->instance, 1, sizeof(log->instance));
	strcpy(log->kernel, FORGE_KERNEL);
}
static void known_kernel(struct context *context)
{
	known_instance(context);
	strcpy(context->record->log.kernel, "6.1.0-48-amd64");
}
static void no_init(struct forge *forge)
{
	forge_clear_log(forge);
	forge_base(forge);
	forge_policy(forge, "policy", 1, CTGUARD_MODE_ENFORCE, "signer");
	forge_simple(forge, CTGUARD_RECORD_LOCK);
}
static void no_base(struct forge *forge)
{
	forge_clear_log(forge);
	forge_init(forge, CTGUARD_MODE_ENFORCE, FORGE_KERNEL);
	forge_policy(forge, "policy", 1, CTGUARD_MODE_ENFORCE, "signer");
	forge_simple(forge, CTGUARD_RECORD_LOCK);
}

/* 23, 34, 35 */
static void clear_ima(struct forge *forge)
{
	bytes_free(&forge->ima);
	for (int i = 0; i < HASH_BANKS; i++)
		memset(forge->pcrs[i][10], 0, HASH_MAX);
	forge_measure(forge, "ima-sig", "boot_aggregate", "aggregate");
}
/* Neither the guard nor any other: the rule for modules is missing. */
static void no_module(struct forge *forge)
{
	clear_ima(forge);
	forge_measure(forge, "ima-buf", "ctguard-module", "0.1.0build");
}
/* It came before the rule did. */
static void late_rule(struct forge *forge)
{
	no_module(forge);
	forge_measure(forge, "ima-sig", FORGE_EXT4_PATH, "ext4");
}
static void other_build(struct forge *forge)
{
	clear_ima(forge);
	forge_measure(forge, "ima-sig", FORGE_MODULE_PATH, "patched");
}
static void second_build(struct forge *forge)
{
	forge_measure(forge, "ima-ng", FORGE_MODULE_PATH, "patched");
}
static void other_kernel_module(struct forge *forge)
{
	forge_clear_log(forge);
	forge_base(forge);
	forge_init(forge, CTGUARD_MODE_ENFORCE, "6.1.0-50-amd64");
	forge_policy(forge, "policy", 1, CTGUARD_MODE_ENFORCE, "signer");
	forge_simple(forge, CTGUARD_RECORD_LOCK);
}
static void second_module(struct forge *forge)
{
	forge_measure(forge, "ima-sig", "/root/evil.ko", "evil");
}
static void renamed_module(struct forge *forge)
{
	forge_measure(forge, "ima-sig", "/root/evil.txt", "evil");
}
/* As one on a mount that was detached: it has no path, but a name. */
static void nameless_module(struct forge *forge)
{
	forge_measure(forge, "ima-sig", "boot_aggregate", "evil");
}
/* Both templates are digested alike. */
static void call_buffer(struct forge *forge)
{
	struct bytes *ima = &forge->members[EVIDENCE_IMA];
	uint8_t *line = memmem(ima->data, ima->size, "/root/evil.ko", 13);

	memcpy((uint8_t *)memrchr(ima->data, '\n', (size_t)(line - ima->data)) +
		       45,
	       "ima-buf", 7);
}
static void drop_line(struct forge *forge)
{
	struct bytes *ima = &forge->members[EVIDENCE_IMA];
	uint8_t *first = (uint8_t *)memchr(ima->data, '\n', ima->size) + 1;

	bytes_cut(ima, 0, (size_t)(first - ima->data));
}
static void change_line(struct forge *forge)
{
	struct bytes *ima = &forge->members[EVIDENCE_IMA];
	uint8_t *at = memmem(ima->data, ima->size, "ext4.ko", 7);

	*at = 'E';
}
static void truncate_ima(struct forge *forge)
{
	forge->members[EVIDENCE_IMA].size -= 30;
}
static void drop_last_line(struct forge *forge)
{
	struct bytes *ima = &forge->members[EVIDENCE_IMA];
	uint8_t *last = memrchr(ima->data, '\n', ima->size - 1);

	ima->size = (size_t)(last + 1 - ima->data);
}
static void violation(struct forge *forge)
{
	static const char line[] =
		"10 0000000000000000000000000000000000000000 ima-sig "
		"sha256:0000000000000000000000000000000000000000000000000000000000000000 /etc/x \n";
	uint8_t digest[HASH_MAX];

	memset(digest, 0xff, sizeof(digest));
	for (int i = 0; i < HASH_BANKS; i++)
		if (forge->banks >> i & 1)
			hash_extend(&forge->hash, (enum hash_bank)i,
				    forge->pcrs[i][10], digest);
	bytes_put(&forge->ima, line, sizeof(line) - 1);
}
static void other_pcr_line(struct forge *forge)
{
	uint8_t pcrs[HASH_BANKS][24][HASH_MAX];
	size_t at = forge->ima.size;

	memcpy(pcrs, forge->pcrs, sizeof(pcrs));
	forge_measure(forge, "ima-sig", "/root/evil.ko", "evil");
	memcpy(forge->pcrs, pcrs, sizeof(pcrs));
	forge->ima.data[at + 1] = '1';
	/* Before the last line, so that it is not a tail. */
	forge_measure(forge, "ima-sig", "boot_aggregate", "aggregate");
}
static void no_ima(struct forge *forge)
{
	bytes_free(&forge->ima);
	for (int i = 0; i < HASH_BANKS; i++)
		memset(forge->pcrs[i][10], 0, HASH_MAX);
}
static void other_template(struct forge *forge)
{
	struct bytes *ima = &forge->members[EVIDENCE_IMA];

	memcpy(memmem(ima->data, ima->size, "ima-sig", 7), "ima-xyz", 7);
}

/* 25 */
static void twice(struct forge *forge)
{
	forge->members[EVIDENCE_MANIFEST].data[0] = '{';
}
static void add_manifest(struct bytes *archive)
{
	archive->size -= 1024;
	forge_member(archive, "manifest.json", "{}", 2);
	bytes_put(archive, (uint8_t[1024]){ 0 }, 1024);
}
static void add_manifest_first(struct bytes *archive)
{
	struct bytes out = { 0 };

	forge_member(&out, "manifest.json", "{}", 2);
	bytes_put(&out, archive->data, archive->size);
	bytes_free(archive);
	*archive = out;
}
#define HEADERS(function, code)                     \
	static void function(struct bytes *archive) \
	{                                           \
		uint8_t *header = archive->data;    \
                                                    \
		code;                               \
		forge_header(header);               \
	}
HEADERS(absolute_name, strcpy((char *)header, "/manifest.json"))
HEADERS(parent_name, strcpy((char *)header, "../manifest.json"))
HEADERS(other_member, strcpy((char *)header, "manifest.yaml"))
HEADERS(symbolic_link, header[156] = '2')
HEADERS(hard_link, header[156] = '1')
HEADERS(directory, header[156] = '5')
HEADERS(pax, header[156] = 'x')
HEADERS(pax_global, header[156] = 'g')
HEADERS(gnu_long_name, header[156] = 'L')
HEADERS(old_regular, header[156] = '\0')
HEADERS(gnu_magic, memcpy(header + 257, "ustar  ", 8))
HEADERS(with_prefix, header[345] = 'a')
HEADERS(with_link, header[157] = 'a')
HEADERS(hidden_name, header[20] = 'a')
HEADERS(oversize, strcpy((char *)header + 124, "00000200001"))
HEADERS(huge, memcpy(header + 124, "77777777777", 12))
HEADERS(binary_size, memset(header + 124, 0x80, 1))
HEADERS(negative, memset(header + 124, '-', 1))
static void bad_checksum(struct bytes *archive)
{
	archive->data[148] ^= 1;
}
static void bad_padding(struct bytes *archive)
{
	archive->data[1023] = 1;
}
static void trailing(struct bytes *archive)
{
	bytes_put(archive, (uint8_t[512]){ 1 }, 512);
}
static void trailing_zeros(struct bytes *archive)
{
	bytes_put(archive, (uint8_t[512]){ 0 }, 512);
}
static void truncated(struct bytes *archive)
{
	archive->size -= 2048;
}
static void truncated_block(struct bytes *archive)
{
	archive->size -= 1;
}
static void one_zero_block(struct bytes *archive)
{
	archive->size -= 512;
}
static void empty_archive(struct bytes *archive)
{
	archive->size = 0;
}
static void only_zeros(struct bytes *archive)
{
	memset(archive->data, 0, archive->size);
}
static void without_signature(struct forge *forge)
{
	/* Nothing but a wrong name takes a required member away. */
	(void)forge;
}
static void drop_signature(struct bytes *archive)
{
	uint8_t *header = memmem(archive->data, archive->size, "quote.sig", 9);

	bytes_cut(archive, (size_t)(header - archive->data), 1024);
}

/* 26, 27, 33 */
static void tail(struct forge *forge, unsigned int count)
{
	uint8_t pcrs[HASH_BANKS][24][HASH_MAX];

	memcpy(pcrs, forge->pcrs, sizeof(pcrs));
	while (count--)
		forge_simple(forge, CTGUARD_RECORD_NAMESPACES);
	memcpy(forge->pcrs, pcrs, sizeof(pcrs));
}
static void tail_of_5(struct forge *forge)
{
	tail(forge, 5);
}
static void tail_of_4(struct forge *forge)
{
	tail(forge, 4);
}
static void after_cap(struct forge *forge)
{
	forge_simple(forge, CTGUARD_RECORD_LOG_CAP);
	forge_simple(forge, CTGUARD_RECORD_NAMESPACES);
}
static void capped(struct forge *forge)
{
	forge_simple(forge, CTGUARD_RECORD_LOG_CAP);
}
static void never_extended(struct forge *forge)
{
	for (int i = 0; i < HASH_BANKS; i++)
		memset(forge->pcrs[i][13], 0, HASH_MAX);
}
/*
 * A boot without the module: IMA saw others only, and nothing of the guard's.
 * Later user space drew an instance, and extended the PCR by a log of its own.
 */
static void by_user_space(struct forge *forge)
{
	clear_ima(forge);
	forge_measure(forge, "ima-sig", FORGE_EXT4_PATH, "ext4");
	forge_clear_log(forge);
	memset(forge->instance, 3, sizeof(forge->instance));
	forge_log(forge);
}
/*
 * And the PCR of IMA by a line for the module, which is as good as IMA's. That
 * none was loaded only the boot tells: it was of another initrd.
 */
static void line_by_user_space(struct forge *forge)
{
	forge_extend(forge, 4, "an initrd without ctguard.ko");
	by_user_space(forge);
	forge_measure(forge, "ima-sig", FORGE_MODULE_PATH, "ctguard.ko");
	forge_measure(forge, "ima-buf", "ctguard-module", "0.1.0build");
}
static void no_records(struct forge *forge)
{
	forge_clear_log(forge);
}
static void used_before(struct forge *forge)
{
	forge_clear_log(forge);
	forge_extend(forge, 13, "systemd-stub");
	forge_log(forge);
}
static void extended_by_another(struct forge *forge)
{
	forge_extend(forge, 13, "evil");
}
static void one_bank_extended(struct forge *forge)
{
	memset(forge->pcrs[HASH_SHA1][13], 0, HASH_MAX);
}

/* 29 */
static void short_value(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_PCRS].data[LISTS + 4] = 19;
}
static void long_value(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_PCRS].data[LISTS + 4] = 65;
}

/* 30 */
static void begin_later(struct forge *forge)
{
	forge_forget(forge, 2);
	forge_rebuild(forge);
}

/* 32 */
static void duplicate_key(struct forge *forge)
{
	strcpy(forge->manifest, "{\"host\": \"a\", \"host\": \"b\"}");
}
static void not_an_object(struct forge *forge)
{
	strcpy(forge->manifest, "[]");
}
static void nul_key(struct forge *forge)
{
	strcpy(forge->manifest, "{\"a\\u0000b\": 1}");
}

/* 36 */
static void other_boot(struct forge *forge)
{
	forge_extend(forge, 4, "another kernel");
}

/* Others */
static void weak_bank(struct forge *forge)
{
	forge->quoted = 0x24ff;
}
static void other_alg_attr(struct forge *forge)
{
	struct bytes attrs = { 0 };

	bytes_tlv(&attrs, 0x7f, "x", 1);
	forge_add(forge, CTGUARD_RECORD_LOG_CAP, &attrs, true);
	bytes_free(&attrs);
}
static void ignorable_attr(struct forge *forge)
{
	struct bytes attrs = { 0 };

	bytes_tlv(&attrs, CTGUARD_RECORD_A_CONTAINER, "/x", 2);
	bytes_tlv(&attrs, 0x80, "x", 1);
	forge_add(forge, CTGUARD_RECORD_NAMESPACES, &attrs, true);
	bytes_free(&attrs);
}
static void unsorted_attrs(struct forge *forge)
{
	struct bytes attrs = { 0 };
	const uint8_t one = 1, number[8] = { 0 };

	bytes_tlv(&attrs, CTGUARD_RECORD_A_MODE, &one, 1);
	bytes_tlv(&attrs, CTGUARD_RECORD_A_GENERATION, number, 8);
	forge_add(forge, CTGUARD_RECORD_MODE, &attrs, true);
	bytes_free(&attrs);
}
static void odd_mode(struct forge *forge)
{
	forge_mode(forge, 2);
}
static void missing_attr(struct forge *forge)
{
	struct bytes attrs = { 0 };

	forge_add(forge, CTGUARD_RECORD_MODE, &attrs, true);
}
static void unknown_record(struct forge *forge)
{
	struct bytes attrs = { 0 };

	forge_add(forge, 12, &attrs, true);
}
static void no_boot_reference(struct context *context)
{
	replace(&context->reference, "\"boot\": {\"sha256\": {",
		"\"boot\": {}, \"description\": \"");
	*strstr(context->reference, "\"0\": ") = ' ';
	for (char *at = strstr(context->reference, "description") + 15;
	     *at && strncmp(at, "}}", 2); at++)
		if (*at == '"')
			*at = ' ';
	replace(&context->reference, "}}, \"module\"", "\", \"module\"");
}
static void no_images_reference(struct context *context)
{
	replace(&context->reference,
		"\"images\": [\"config:", "\"description\": \"");
	replace(&context->reference, "\", \"manifest:sha256:", " ");
	replace(&context->reference, "\"], \"claimants\"", "\", \"claimants\"");
}
static void images_accepted(struct context *context)
{
	no_images_reference(context);
	replace(&context->reference, "\"pcr\"",
		"\"accept_unverified_images\": true, \"pcr\"");
}
static void none_approved(struct context *context)
{
	images_accepted(context);
	replace(&context->reference, "\"pcr\"", "\"images\": [], \"pcr\"");
}
/* Each of what may be wrong about images. */
static void all_images(struct forge *forge)
{
	image_first(forge);
	other_image(forge);
	zero_image(forge);
	no_claim(forge);
	engine_level(forge);
	complained(forge);
	upper_program(forge);
	other_claimant(forge);
}
/* The guard as one module of many. */
static void guard_among_modules(struct context *context)
{
	char from[200] = "\"modules\": [", to[200];

	strcpy(to, from);
	sprintf(to + strlen(to), "\"%.64s\", ",
		strstr(context->reference, FORGE_KERNEL "\": [\"") +
			strlen(FORGE_KERNEL "\": [\""));
	replace(&context->reference, from, to);
	replace(&context->reference, "\"module\": {",
		"\"accept_unverified_module\": true, \"description\": \"");
	replace(&context->reference, "\"" FORGE_KERNEL "\": [\"", "");
	replace(&context->reference, "\"]}, \"modules\"", "\", \"modules\"");
}
static void no_modules_approved(struct context *context)
{
	char *list;

	guard_among_modules(context);
	list = strstr(context->reference, "\"modules\": [") + 12;
	memset(list, ' ', strcspn(list, "]"));
}
static void cut_message(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_MSG].size--;
	forge_resign(forge);
}
static void long_message(struct forge *forge)
{
	bytes_put(&forge->members[EVIDENCE_QUOTE_MSG], "x", 1);
	forge_resign(forge);
}
static void cut_signature(struct forge *forge)
{
	forge->members[EVIDENCE_QUOTE_SIG].size--;
}
static void cut_public(struct forge *forge)
{
	forge->members[EVIDENCE_AK_TSS].size--;
}
static void short_nonce(struct forge *forge)
{
	forge->members[EVIDENCE_NONCE].size = 31;
}
static void cut_tcg2(struct forge *forge)
{
	forge->members[EVIDENCE_TCG2].size--;
}
static void bad_firmware_log(struct forge *forge)
{
	bytes_put(&forge->members[EVIDENCE_UEFI], "firmware", 8);
}

#define REASON(name) REASON_##name, NULL
#define SAYS(text) MALFORMED, text

static const struct vector vectors[] = {
	{ 1, "wrong magic", REASON(ATTEST_MAGIC), .prepare = wrong_magic },
	{ 2, "wrong type", REASON(ATTEST_TYPE), .prepare = wrong_type },
	{ 3, "other nonce", REASON(NONCE_MISMATCH), .prepare = other_extra },
	{ 3, "empty nonce", REASON(NONCE_MISMATCH), .prepare = no_extra },
	{ 3, "prefix of the nonce", REASON(NONCE_MISMATCH),
	  .prepare = short_extra },
	{ 3, "nonce and more", REASON(NONCE_MISMATCH), .prepare = long_extra },
	{ 3, "nonce of 31 bytes", SAYS("nonce.bin: offset 31"),
	  .edit = short_nonce },
	{ 4, "used nonce", REASON(NONCE_USED), .context = used },
	{ 4, "expired nonce", REASON(NONCE_EXPIRED), .context = expired },
	{ 4, "nonce of the future", REASON(NONCE_EXPIRED),
	  .context = of_the_future },
	{ 4, "unknown nonce", REASON(NONCE_UNKNOWN), .context = unknown },
	{ 4, "nonce of a restored state", REASON(NONCE_VOID),
	  .context = restored },
	{ 5, "flipped signature", REASON(SIGNATURE_BAD),
	  .edit = flip_signature },
	{ 5, "flipped signature of RSA", REASON(SIGNATURE_BAD),
	  .edit = flip_signature, .rsa = true },
	{ 5, "flipped quote", REASON(SIGNATURE_BAD), .edit = flip_message },
	{ 5, "another key's signature", REASON(SIGNATURE_BAD),
	  .prepare = other_signer },
	{ 5, "RSAPSS named, RSASSA key", REASON(SIGNATURE_SCHEME),
	  .prepare = pss_under_rsassa, .rsa = true },
	{ 5, "RSAPSS signed, RSASSA named", REASON(SIGNATURE_BAD),
	  .edit = pss_named_rsassa, .rsa = true },
	{ 5, "ECDSA numbers as RSASSA", REASON(SIGNATURE_SCHEME),
	  .edit = ecdsa_under_rsa },
	{ 5, "zero signature", REASON(SIGNATURE_BAD), .edit = zero_signature },
	{ 5, "empty signature", REASON(SIGNATURE_BAD),
	  .edit = empty_signature },
	{ 5, "signature by SHA-1", REASON(SIGNATURE_SCHEME),
	  .prepare = sha1_signature },
	{ 5, "key for SHA-1", REASON(AK_UNFIT), .prepare = sha1_key },
	{ 5, "truncated signature", SAYS("quote.sig: offset "),
	  .edit = cut_signature },
	{ 5, "truncated quote", SAYS("quote.msg: offset "),
	  .edit = cut_message },
	{ 5, "quote and more", SAYS("quote.msg: offset "),
	  .edit = long_message },
	{ 6, "key not restricted", REASON(AK_UNFIT),
	  .prepare = not_restricted },
	{ 6, "key not fixed to a TPM", REASON(AK_UNFIT), .prepare = not_fixed },
	{ 6, "key not made by a TPM", REASON(AK_UNFIT),
	  .prepare = not_made_by_tpm },
	{ 6, "another Name", REASON(AK_OTHER), .context = other_name },
	{ 6, "key off its curve", REASON(SIGNATURE_BAD),
	  .edit = off_the_curve },
	{ 6, "truncated key", SAYS("ak.tss: offset "), .edit = cut_public },
	{ 7, "relabelled PCR", REASON(PCRS_SELECTION), .edit = relabel },
	{ 7, "banks in another order", REASON(PCRS_SELECTION),
	  .edit = swap_banks },
	{ 8, "extra value", REASON(PCRS_COUNT), .edit = extra_value },
	{ 8, "missing value", REASON(PCRS_COUNT), .edit = missing_value },
	{ 8, "duplicated value", REASON(PCRS_DIGEST),
	  .edit = duplicated_value },
	{ 8, "duplicated list", REASON(PCRS_COUNT), .edit = extra_list },
	{ 8, "sizeofSelect 5", SAYS("quote.pcrs: offset 6: sizeofSelect"),
	  .edit = long_select },
	{ 8, "signed sizeofSelect 5",
	  SAYS("quote.msg: offset 107: sizeofSelect 5"),
	  .edit = long_signed_select },
	{ 8, "a bank twice", SAYS("quote.pcrs: offset 12: "),
	  .edit = bank_twice },
	{ 8, "17 banks", SAYS("quote.pcrs: offset 0: "),
	  .edit = too_many_banks },
	{ 8, "more lists than bytes", SAYS("quote.pcrs: offset 132: "),
	  .edit = lists_overflow },
	{ 8, "9 values in a list", SAYS("quote.pcrs: offset 136: "),
	  .edit = values_overflow },
	{ 9, "guard's PCR not quoted", REASON(PCR_NOT_QUOTED),
	  .prepare = without_anchor },
	{ 9, "IMA's PCR not quoted", REASON(PCR_NOT_QUOTED),
	  .prepare = without_ima },
	{ 9, "PCR of the boot not quoted", REASON(PCR_NOT_QUOTED),
	  .prepare = without_boot },
	{ 10, "another value", REASON(PCRS_DIGEST), .edit = other_value },
	{ 11, "log in PCR 16", REASON(ANCHOR_PCR), .prepare = in_pcr16 },
	{ 11, "log in PCR 23", REASON(ANCHOR_PCR), .prepare = in_pcr23 },
	{ 11, "log in PCR 14", REASON(ANCHOR_PCR), .prepare = in_pcr14 },
	{ 11, "reference for PCR 16",
	  SAYS("reference.json: /pcr: expected a number of 8 to 15"),
	  .context = want_pcr16 },
	{ 12, "truncated log", REASON(LOG_PCR), .edit = truncate_log },
	{ 12, "log cut in a record", SAYS("ctguard.cel: offset "),
	  .edit = cut_log },
	{ 13, "records in another order", REASON(LOG_PCR),
	  .edit = swap_records },
	{ 13, "numbers in another order", SAYS("record 3, expected 2"),
	  .edit = swap_without_numbers },
	{ 13, "dropped record", REASON(LOG_PCR), .edit = drop_record },
	{ 13, "inserted record", REASON(LOG_PCR), .edit = insert_record },
	{ 13, "gap of numbers", SAYS("record 6, expected 5"),
	  .edit = number_gap },
	{ 14, "changed content", REASON(LOG_DIGEST), .edit = change_content },
	{ 15, "changed digest of SHA-1", REASON(LOG_DIGEST),
	  .edit = change_sha1 },
	{ 15, "changed digest of SHA-256", REASON(LOG_DIGEST),
	  .edit = change_sha256 },
	{ 15, "a bank not extended", REASON(LOG_PCR),
	  .change = one_bank_extended },
	{ 16, "log of an earlier boot", REASON(LOG_PCR),
	  .change = earlier_log },
	{ 16, "instance of an earlier boot", REASON(LOG_EARLIER_BOOT),
	  .context = seen_instance },
	{ 17, "resetCount fell", REASON(RESET_COUNT_FELL),
	  .context = higher_resets },
	{ 17, "restartCount fell", REASON(RESET_COUNT_FELL),
	  .context = higher_restarts },
	{ 17, "clock stood still", REASON(CLOCK_STOOD), .context = same_clock },
	{ 18, "clock not safe", REASON(CLOCK_UNSAFE), .prepare = unsafe },
	{ 18, "clock not safe, though allowed, in the same boot",
	  REASON(CLOCK_STOOD), .prepare = unsafe, .context = unsafe_and_stood },
	{ 18, "safe is 2", SAYS("quote.msg: offset "), .prepare = odd_safe },
	{ 19, "unapproved image", REASON(IMAGE_UNAPPROVED),
	  .change = other_image },
	{ 19, "config listed as manifest", REASON_IMAGE_UNAPPROVED,
	  "as a manifest", .context = manifest_as_config },
	{ 20, "no claim", REASON(IMAGE_UNKNOWN), .change = no_claim },
	{ 20, "image of zeros", REASON(IMAGE_UNKNOWN), .change = zero_image },
	{ 20, "the engine's word only", REASON(IMAGE_LEVEL),
	  .change = engine_level },
	{ 20, "program of the upper layer", REASON(IMAGE_PROGRAM),
	  .change = upper_program },
	{ 20, "program of nowhere", REASON(IMAGE_PROGRAM),
	  .change = no_origin },
	{ 20, "start that was complained of", REASON(IMAGE_COMPLAINED),
	  .change = complained },
	{ 21, "unapproved policy", REASON(POLICY_UNAPPROVED),
	  .change = other_policy },
	{ 21, "A, B, A", REASON(POLICY_ROLLBACK), .change = back_to_first },
	{ 21, "generation stands", REASON(POLICY_ROLLBACK),
	  .change = old_generation },
	{ 21, "generation without bounds", REASON(POLICY_ROLLBACK),
	  .change = huge_generation },
	{ 21, "older than before the boot", REASON(POLICY_ROLLBACK),
	  .context = newer_before },
	{ 21, "wrong signer", REASON(POLICY_SIGNER),
	  .change = other_signer_of_policy },
	{ 21, "no signer", REASON(POLICY_SIGNER), .change = no_signer },
	{ 21, "no policy", REASON(POLICY_MISSING), .change = no_policy },
	{ 22, "complain", REASON(MODE_COMPLAIN), .change = complain },
	{ 22, "complain and back", REASON(MODE_COMPLAIN),
	  .change = complain_and_back },
	{ 22, "complain by policy", REASON(MODE_COMPLAIN),
	  .change = complain_by_policy },
	{ 22, "complain when loaded", REASON(MODE_COMPLAIN),
	  .change = complain_at_start },
	{ 22, "no lock", REASON(LOCK_MISSING), .change = not_locked },
	{ 22, "module unloaded", REASON(MODULE_EXIT), .change = unloaded },
	{ 22, "second init", REASON(MODULE_SECOND_INIT),
	  .change = second_init },
	{ 22, "second base", REASON(MODULE_SECOND_INIT),
	  .change = second_base },
	{ 22, "loaded again, first log gone", REASON(LOG_BASE),
	  .change = reloaded },
	{ 22, "loaded again, which was seen", REASON(MODULE_RELOADED),
	  .change = reloaded, .context = known_instance },
	{ 22, "kexec", REASON(KEXEC), .change = reloaded,
	  .context = known_kernel },
	{ 22, "no start of the module", REASON(LOG_START), .change = no_init },
	{ 22, "no base", REASON(LOG_START), .change = no_base },
	{ 22, "module off: no records", REASON(LOG_EMPTY),
	  .change = no_records },
	{ 23, "no ctguard.ko", REASON(MODULE_NOT_MEASURED), .change = no_module,
	  .fails = PART_BIT(MODULE) | PART_BIT(MODULES) },
	{ 23, "no ctguard.ko, but a later module", REASON(MODULE_NOT_MEASURED),
	  .change = late_rule, .fails = PART_BIT(MODULE) | PART_BIT(MODULES) },
	{ 35, "no module measured at all, where any ctguard.ko may be",
	  REASON(MODULE_NOT_MEASURED), .change = no_module,
	  .context = guard_among_modules, .fails = PART_BIT(MODULES) },
	{ 35, "an empty list of modules, and none measured",
	  REASON(MODULE_NOT_MEASURED), .change = no_module,
	  .context = no_modules_approved, .fails = PART_BIT(MODULES) },
	{ 35, "another ctguard.ko, where any approved module may be it",
	  REASON(MODULES_UNAPPROVED), .change = other_build,
	  .context = guard_among_modules, .fails = PART_BIT(MODULES) },
	{ 23, "another ctguard.ko", REASON(MODULE_UNAPPROVED),
	  .change = other_build },
	{ 23, "another ctguard.ko as well", REASON(MODULE_UNAPPROVED),
	  .change = second_build },
	{ 23, "none approved for the kernel", REASON_MODULE_UNAPPROVED, NULL,
	  .change = other_kernel_module },
	{ 23, "dropped line", REASON(IMA_PCR), .edit = drop_line },
	{ 23, "dropped last line", REASON(IMA_PCR), .edit = drop_last_line },
	{ 23, "changed line", REASON(IMA_DIGEST), .edit = change_line },
	{ 23, "truncated line", SAYS("ima.ascii: offset "),
	  .edit = truncate_ima },
	{ 23, "unknown template", SAYS("ima.ascii: offset 0: "),
	  .edit = other_template },
	{ 23, "violation", REASON(IMA_VIOLATION), .change = violation },
	{ 23, "line of another PCR", REASON(IMA_OTHER_PCR),
	  .change = other_pcr_line },
	{ 23, "no log of IMA", REASON(MODULE_NOT_MEASURED), .change = no_ima },
	{ 25, "a member twice", SAYS("is there twice"), .edit = twice,
	  .archive = add_manifest_first },
	{ 25, "a member twice, later", SAYS("twice or out of order"),
	  .archive = add_manifest },
	{ 25, "absolute name", SAYS("is absolute"), .archive = absolute_name },
	{ 25, "name with ..", SAYS("has \"..\""), .archive = parent_name },
	{ 25, "unknown name", SAYS("is unknown"), .archive = other_member },
	{ 25, "hidden name", SAYS("does not end with NULs"),
	  .archive = hidden_name },
	{ 25, "symbolic link", SAYS("a link"), .archive = symbolic_link },
	{ 25, "hard link", SAYS("a link"), .archive = hard_link },
	{ 25, "directory", SAYS("expected a regular file"),
	  .archive = directory },
	{ 25, "name of a link", SAYS("has no link"), .archive = with_link },
	{ 25, "prefix", SAYS("prefix"), .archive = with_prefix },
	{ 25, "pax", SAYS("pax"), .archive = pax },
	{ 25, "global pax", SAYS("pax"), .archive = pax_global },
	{ 25, "GNU long name", SAYS("expected a regular file"),
	  .archive = gnu_long_name },
	{ 25, "type of old tars", SAYS("expected a regular file"),
	  .archive = old_regular },
	{ 25, "GNU tar", SAYS("not a header of ustar"), .archive = gnu_magic },
	{ 25, "oversize member", SAYS("at most 65536"), .archive = oversize },
	{ 25, "size of 8 GiB", SAYS("offset 124: "), .archive = huge },
	{ 25, "size in binary", SAYS("not an octal number"),
	  .archive = binary_size },
	{ 25, "negative size", SAYS("not an octal number"),
	  .archive = negative },
	{ 25, "wrong checksum", SAYS("checksum"), .archive = bad_checksum },
	{ 25, "padding", SAYS("padding is not zeros"), .archive = bad_padding },
	{ 25, "trailing data", SAYS("data behind the end"),
	  .archive = trailing },
	{ 25, "trailing zeros", SAYS("data behind the end"),
	  .archive = trailing_zeros },
	{ 25, "truncated archive", SAYS("offset "), .archive = truncated },
	{ 25, "truncated block", SAYS("truncated"),
	  .archive = truncated_block },
	{ 25, "one block of zeros", SAYS("two blocks"),
	  .archive = one_zero_block },
	{ 25, "empty archive", SAYS("manifest.json is missing"),
	  .archive = empty_archive },
	{ 25, "archive of zeros", SAYS("manifest.json is missing"),
	  .archive = only_zeros },
	{ 25, "missing member", SAYS("quote.sig is missing"),
	  .edit = without_signature, .archive = drop_signature },
	{ 26, "tail of 5 where 4 are allowed", REASON(LOG_TAIL),
	  .change = tail_of_5 },
	{ 27, "log at its cap", REASON(LOG_CAPPED), .change = capped },
	{ 27, "record behind the cap", REASON(LOG_AFTER_CAP),
	  .change = after_cap },
	{ 28, "image before the first policy", REASON(IMAGE_BEFORE_POLICY),
	  .change = image_first },
	{ 29, "value of 19 bytes", REASON(PCRS_SIZE), .edit = short_value },
	{ 29, "value of 65 bytes", SAYS("quote.pcrs: offset 140: "),
	  .edit = long_value },
	{ 30, "log that continues nothing", REASON(LOG_INCREMENTAL),
	  .edit = begin_later },
	{ 32, "duplicate JSON keys", SAYS("manifest.json: offset "),
	  .prepare = duplicate_key },
	{ 32, "JSON that is no object", SAYS("manifest.json: offset 0"),
	  .prepare = not_an_object },
	{ 32, "JSON key with NUL", SAYS("manifest.json: offset "),
	  .prepare = nul_key },
	{ 33, "PCR at its base", REASON(LOG_AT_BASE),
	  .change = never_extended },
	{ 33, "PCR used before the log", REASON(LOG_BASE),
	  .change = used_before },
	{ 34, "user space extended by a perfect log",
	  REASON(MODULE_NOT_MEASURED), .change = by_user_space,
	  .fails = PART_BIT(MODULE) | PART_BIT(MODULES) },
	{ 34, "user space extended by a perfect log and by a module's line",
	  REASON(BOOT_CHANGED), .change = line_by_user_space,
	  .fails = PART_BIT(BOOT) },
	{ 34, "user space extended as well", REASON(LOG_PCR),
	  .change = extended_by_another },
	{ 35, "second module", REASON(MODULES_UNAPPROVED),
	  .change = second_module },
	{ 35, "second module under another name", REASON(MODULES_UNAPPROVED),
	  .change = renamed_module },
	{ 35, "second module called boot_aggregate", REASON(MODULES_UNAPPROVED),
	  .change = nameless_module },
	{ 35, "second module's line called one of a buffer",
	  REASON(MODULES_UNAPPROVED), .change = second_module,
	  .edit = call_buffer },
	{ 36, "another kernel", REASON(BOOT_CHANGED), .change = other_boot },
	{ 36, "no reference of the boot", REASON(BOOT_UNVERIFIED),
	  .context = no_boot_reference },
	{ 38, "unapproved claimant", REASON(CLAIMANT_UNAPPROVED),
	  .change = other_claimant },
	{ 38, "no claimant", REASON(CLAIMANT_UNAPPROVED),
	  .change = no_claimant },
	{ 0, "another TCG2 log", REASON(LOG_TCG2), .edit = other_tcg2 },
	{ 0, "shorter TCG2 log", REASON(LOG_TCG2), .edit = short_tcg2 },
	{ 0, "longer TCG2 log", REASON(LOG_TCG2), .edit = long_tcg2 },
	{ 0, "truncated TCG2 log", SAYS("ctguard.tcg2: offset "),
	  .edit = cut_tcg2 },
	{ 0, "bad log of firmware", SAYS("uefi.bin: offset "),
	  .edit = bad_firmware_log },
	{ 0, "unknown attribute", SAYS("unknown attribute 0x7f"),
	  .change = other_alg_attr },
	{ 0, "attributes in another order", SAYS("attribute 0x09 behind 0x0b"),
	  .change = unsorted_attrs },
	{ 0, "mode 2", SAYS("mode is 2"), .change = odd_mode },
	{ 0, "missing attribute", SAYS("mode without generation"),
	  .change = missing_attr },
	{ 0, "unknown record", SAYS("type is 12"), .change = unknown_record },
	{ 0, "no list of images", REASON(IMAGES_UNVERIFIED),
	  .context = no_images_reference },
	{ 20, "no claim, and no list of images", REASON(IMAGES_UNVERIFIED),
	  .change = no_claim, .context = no_images_reference },
	{ 20, "no claim, and an empty list of images, though any may be",
	  REASON(IMAGE_UNKNOWN), .change = no_claim, .context = none_approved,
	  .fails = PART_BIT(IMAGES) },
	{ 21, "unapproved policy, where any image may be",
	  REASON(POLICY_UNAPPROVED), .change = other_policy,
	  .context = images_accepted, .fails = PART_BIT(POLICY) },
};

/* Evidence that is changed and still good. */
static const struct vector accepted[] = {
	{ 26, "a tail of 4 where 4 are allowed", 0, NULL, .change = tail_of_4 },
	{ 20, "any image, where any may be", 0, NULL, .change = all_images,
	  .context = images_accepted },
	{ 35, "ctguard.ko as one module of many", 0, NULL,
	  .context = guard_among_modules },
	{ 0, "an attribute that may be ignored", 0, NULL,
	  .change = ignorable_attr },
	{ 17, "a clock that was set back by a reset", 0, NULL,
	  .context = clock_of_reset },
	{ 18, "a clock that may be unsafe after a reset", 0, NULL,
	  .prepare = unsafe, .context = unsafe_allowed },
	{ 0, "a key of RSA", 0, NULL, .rsa = true },
	{ 0, "the usual PCRs", 0, NULL, .prepare = weak_bank },
};

static struct record *new_record(const struct forge *forge,
				 const struct public *ak)
{
	struct record *record = calloc(1, sizeof(*record));

	strcpy(record->host, "forged");
	strcpy(record->trust, "certificate");
	memcpy(record->name, ak->name, ak->name_size);
	record->name_size = ak->name_size;
	record->nonce_count = 1;
	memcpy(record->nonces[0].bytes, forge->nonce, EVIDENCE_NONCE_SIZE);
	record->nonces[0].issued = NOW - 10;
	record->nonces[0].expires = NOW + 110;
	return record;
}

/*
 * Judges an archive; gives back -1 and the error when it is malformed. The
 * archive is copied, so that the sanitizers see what is read behind its end.
 */
static int judge(const struct forge *forge, const struct bytes *archive,
		 const struct vector *vector, struct record *given,
		 struct verdict *verdict, struct ctguard_error *error)
{
	const uint8_t generation[RECORD_GENERATION] = { 0 };
	struct reference *reference = NULL;
	uint8_t *copy = malloc(archive->size ? archive->size : 1);
	struct record *record = given;
	struct context context = { 0 };
	struct check_change change;
	struct check check = { 0 };
	struct forge before;
	int r;

	if (archive->size)
		memcpy(copy, archive->data, archive->size);
	r = check_read(&check, "forged.ctgev", copy, archive->size,
		       &((struct forge *)forge)->hash, error);
	if (r == 0) {
		if (!record)
			record = new_record(forge, &check.ak);
		context.record = record;
		/* The reference is of a boot that nobody meddled with. */
		forge_open(&before, forge->ak, BANKS);
		forge_boot(&before);
		context.reference = forge_reference(&before);
		forge_close(&before);
		if (vector && vector->context)
			vector->context(&context);
		r = reference_parse("reference.json", context.reference,
				    strlen(context.reference), &reference,
				    error);
	}
	if (r == 0) {
		const struct check_terms terms = {
			.reference = reference,
			.record = record,
			.generation = generation,
			.now = NOW,
		};

		r = check_judge(&check, &terms, &((struct forge *)forge)->hash,
				verdict, &change, error);
		if (r == 0 && given)
			check_apply(&check, &change, given);
	}
	reference_free(reference);
	free(context.reference);
	if (!given)
		free(record);
	free(copy);
	return r;
}

static void run(const struct vector *vector, struct verdict *verdict,
		struct ctguard_error *error, int *ret_status)
{
	struct bytes archive = { 0 };
	struct forge forge;

	forge_open(&forge, keys[vector->rsa], BANKS);
	if (vector->prepare)
		vector->prepare(&forge);
	forge_host(&forge);
	if (vector->change)
		vector->change(&forge);
	forge_members(&forge);
	if (vector->edit)
		vector->edit(&forge);
	forge_archive(&forge, &archive);
	if (vector->archive)
		vector->archive(&archive);
	*ret_status = judge(&forge, &archive, vector, NULL, verdict, error);
	bytes_free(&archive);
	forge_close(&forge);
}

static void note(const struct verdict *verdict,
		 const struct ctguard_error *error, int status)
{
	if (status < 0) {
		tap_note("malformed: %s", error->text);
		return;
	}
	for (size_t i = 0; i < verdict->count; i++)
		tap_note("%s: %s", reason_name(verdict->reasons[i].reason),
			 verdict->reasons[i].text);
	tap_note("verified %x failed %x", verdict->verified, verdict->failed);
}

/*
 * Which file or member, where in it, and then the rule. jansson keeps no
 * offsets of values: their place in JSON is told by keys.
 */
static bool tells_place(const struct ctguard_error *error, const char *member)
{
	const char *name = strstr(error->text, member);
	const char *place = name ? name + strlen(member) : "";
	size_t digits;

	if (error->status != CTGUARD_EXIT_MALFORMED)
		return false;
	if (!strncmp(place, ": /", 3))
		return strstr(place + 3, ": ");
	if (strncmp(place, ": offset ", 9))
		return false;
	digits = strspn(place + 9, "0123456789");
	return digits && !strncmp(place + 9 + digits, ": ", 2) &&
	       place[9 + digits + 2];
}

/* That an error is about; the archive itself when it is about none of them. */
static const char *member_of(const struct ctguard_error *error)
{
	const size_t length = strcspn(error->text, ":");

	for (int i = 0; i < EVIDENCE_COUNT; i++)
		if (strlen(evidence_rules[i].name) == length &&
		    !memcmp(evidence_rules[i].name, error->text, length))
			return evidence_rules[i].name;
	return strncmp(error->text, "reference.json", 14) ? "forged.ctgev" :
							    "reference.json";
}

static bool same_forgery(const struct vector *a, const struct vector *b)
{
	return a->prepare == b->prepare && a->change == b->change &&
	       a->edit == b->edit && a->archive == b->archive &&
	       a->context == b->context && a->rsa == b->rsa;
}

static void test_own_vectors(void)
{
	const size_t count = sizeof(vectors) / sizeof(*vectors);
	bool own = true;

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (!same_forgery(&vectors[i], &vectors[j]))
				continue;
			tap_note("%s is %s", vectors[i].name, vectors[j].name);
			own = false;
		}
	}
	tap_ok(own, "no vector is another one under another name");
}

static void test_vectors(void)
{
	static const struct vector unchanged[] = {
		{ .name = "unchanged" },
		{ .name = "unchanged, RSA", .rsa = true },
	};

	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const struct vector *vector = &vectors[i];
		struct verdict before = { 0 }, verdict = { 0 };
		struct ctguard_error error = { 0 };
		int first, status;
		bool holds;

		run(&unchanged[vector->rsa], &before, &error, &first);
		holds = first == 0 && verdict_trusted(&before) &&
			before.count == 0;
		run(vector, &verdict, &error, &status);
		if (vector->reason == MALFORMED) {
			holds = holds && status < 0 &&
				tells_place(&error, member_of(&error)) &&
				strstr(error.text, vector->says);
		} else {
			holds = holds && status == 0 &&
				!verdict_trusted(&verdict) &&
				verdict_has(&verdict,
					    (enum reason)vector->reason);
			if (vector->fails)
				holds = holds &&
					verdict.failed == vector->fails;
			if (holds && vector->says)
				holds = strstr(verdict.reasons[0].text,
					       vector->says);
		}
		if (!tap_ok(holds, "rejected (%d): %s", vector->number,
			    vector->name))
			note(first ? &before : &verdict, &error, status);
		verdict_clear(&before);
		verdict_clear(&verdict);
	}
	for (size_t i = 0; i < sizeof(accepted) / sizeof(*accepted); i++) {
		struct verdict verdict = { 0 };
		struct ctguard_error error = { 0 };
		int status;

		run(&accepted[i], &verdict, &error, &status);
		if (!tap_ok(status == 0 && verdict_trusted(&verdict),
			    "accepted: %s", accepted[i].name))
			note(&verdict, &error, status);
		verdict_clear(&verdict);
	}
}

/*
 * 31: the length of every TLV in a log, record by record, made too large; and
 * one more than it is, which then ends in the middle of what follows.
 */
static size_t lengths(struct bytes *log, size_t at, size_t end, int depth,
		      void (*visit)(void *data, size_t offset), void *data)
{
	size_t count = 0;

	while (at + 5 <= end) {
		const uint8_t *tlv = log->data + at;
		size_t size = (size_t)tlv[1] << 24 | (size_t)tlv[2] << 16 |
			      (size_t)tlv[3] << 8 | tlv[4];

		visit(data, at + 1);
		count++;
		if ((depth == 0 && (*tlv == 3 || *tlv == 0x67)) ||
		    (depth == 1 && *tlv == CTGUARD_RECORD_A_BASE && size > 40))
			count += lengths(log, at + 5, at + 5 + size, depth + 1,
					 visit, data);
		at += 5 + size;
	}
	return count;
}

struct overflow {
	struct forge *forge;
	unsigned int malformed;
	unsigned int trusted;
};

static void overflow_at(void *data, size_t offset)
{
	static const uint32_t values[] = { UINT32_MAX, 0x80000000, 0x7fffffff,
					   UINT32_MAX - 4, 0x00010000 };
	struct overflow *overflow = data;
	struct bytes *cel = &overflow->forge->members[EVIDENCE_CEL];
	uint8_t kept[4];

	memcpy(kept, cel->data + offset, 4);
	for (size_t i = 0; i <= sizeof(values) / sizeof(*values); i++) {
		struct verdict verdict = { 0 };
		struct ctguard_error error = { 0 };
		struct bytes archive = { 0 };
		int status;

		if (i == sizeof(values) / sizeof(*values)) {
			cel->data[offset + 3]++;
		} else {
			for (int j = 0; j < 4; j++)
				cel->data[offset + (size_t)j] =
					(uint8_t)(values[i] >> (24 - 8 * j));
		}
		forge_archive(overflow->forge, &archive);
		status = judge(overflow->forge, &archive, NULL, NULL, &verdict,
			       &error);
		overflow->trusted += !status && verdict_trusted(&verdict);
		if (i < sizeof(values) / sizeof(*values))
			overflow->malformed +=
				status < 0 &&
				tells_place(&error, "ctguard.cel");
		bytes_free(&archive);
		verdict_clear(&verdict);
		memcpy(cel->data + offset, kept, 4);
	}
}

static void test_lengths(void)
{
	struct overflow overflow = { 0 };
	struct forge forge;
	size_t count;

	forge_open(&forge, keys[0], BANKS);
	forge_host(&forge);
	forge_members(&forge);
	overflow.forge = &forge;
	count = lengths(&forge.members[EVIDENCE_CEL], 0,
			forge.members[EVIDENCE_CEL].size, 0, overflow_at,
			&overflow);
	if (!tap_ok(count > 60 && overflow.malformed == 5 * count,
		    "malformed (31): each of %zu lengths of a TLV too large",
		    count))
		tap_note("%u of %zu", overflow.malformed, 5 * count);
	tap_ok(!overflow.trusted,
	       "rejected (31): each length of a TLV by one too large");
	forge_close(&forge);
}

/* Every member cut at every place, or at many; nothing is read behind it. */
static void test_truncations(void)
{
	unsigned int trusted = 0, tried = 0, malformed = 0, told = 0;
	struct forge forge;

	forge_open(&forge, keys[0], BANKS);
	forge_host(&forge);
	forge_members(&forge);
	for (int i = 0; i < EVIDENCE_COUNT; i++) {
		const size_t size = forge.members[i].size;

		/* The PEM is there for other programs. */
		if (i == EVIDENCE_AK_PEM)
			continue;
		for (size_t at = 0; at<size; at += size> 200 ? 7 : 1) {
			struct verdict verdict = { 0 };
			struct ctguard_error error = { 0 };
			struct bytes archive = { 0 };

			forge.members[i].size = at;
			forge_archive(&forge, &archive);
			tried++;
			if (judge(&forge, &archive, NULL, NULL, &verdict,
				  &error) == 0) {
				trusted += verdict_trusted(&verdict);
			} else {
				const char *name = evidence_rules[i].name;
				bool tells = tells_place(&error, name);

				malformed++;
				told += tells;
				if (!tells)
					tap_note("%s", error.text);
			}
			bytes_free(&archive);
			verdict_clear(&verdict);
		}
		forge.members[i].size = size;
	}
	tap_ok(malformed > 400 && told == malformed,
	       "malformed: %u of them, which tell member and offset",
	       malformed);
	if (!tap_ok(!trusted && tried > 500,
		    "rejected: members cut at %u places", tried))
		tap_note("%u were trusted", trusted);
	forge_close(&forge);
}

/* Each byte of what is signed or covered, flipped. */
static void test_flips(void)
{
	static const enum evidence_member members[] = {
		EVIDENCE_AK_TSS, EVIDENCE_QUOTE_MSG, EVIDENCE_QUOTE_SIG,
		EVIDENCE_CEL,	 EVIDENCE_NONCE,
	};
	unsigned int trusted = 0, tried = 0;
	struct forge forge;

	forge_open(&forge, keys[0], BANKS);
	forge_host(&forge);
	forge_members(&forge);
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		struct bytes *member = &forge.members[members[i]];
		struct public ak;
		struct record *record;
		struct ctguard_error error = { 0 };

		if (public_read("ak",
				(struct span){
					forge.members[EVIDENCE_AK_TSS].data,
					forge.members[EVIDENCE_AK_TSS].size },
				&ak, &error) < 0)
			continue;
		public_name(&ak, &forge.hash);
		for (size_t at = 0; at < member->size; at++) {
			struct verdict verdict = { 0 };
			struct bytes archive = { 0 };

			record = new_record(&forge, &ak);
			member->data[at] ^= 0x04;
			forge_archive(&forge, &archive);
			tried++;
			if (judge(&forge, &archive, NULL, record, &verdict,
				  &error) == 0)
				trusted += verdict_trusted(&verdict);
			member->data[at] ^= 0x04;
			bytes_free(&archive);
			verdict_clear(&verdict);
			free(record);
		}
	}
	if (!tap_ok(!trusted && tried > 1000,
		    "rejected: each of %u bytes flipped", tried))
		tap_note("%u were trusted", trusted);
	forge_close(&forge);
}

/* A host that is asked again and again. */
struct life {
	struct forge forge;
	struct record *record;
	const struct vector *vector;
};

static bool ask(struct life *life, struct verdict *verdict)
{
	struct ctguard_error error = { 0 };
	struct bytes archive = { 0 };
	int status;

	if (life->record)
		life->record->nonces[0].used = false;
	life->forge.clock += 1000;
	forge_members(&life->forge);
	if (!life->record) {
		struct public ak;

		if (public_read(
			    "ak",
			    (struct span){
				    life->forge.members[EVIDENCE_AK_TSS].data,
				    life->forge.members[EVIDENCE_AK_TSS].size },
			    &ak, &error) < 0)
			return false;
		public_name(&ak, &life->forge.hash);
		life->record = new_record(&life->forge, &ak);
	}
	forge_archive(&life->forge, &archive);
	verdict_clear(verdict);
	status = judge(&life->forge, &archive, life->vector, life->record,
		       verdict, &error);
	bytes_free(&archive);
	if (status < 0)
		tap_note("malformed: %s", error.text);
	return status == 0 && verdict_trusted(verdict);
}

/* Asked again, it is not trusted, for this reason. */
static void turned_down(struct life *life, struct verdict *verdict,
			enum reason reason, const char *what)
{
	tap_ok(!ask(life, verdict) && verdict_has(verdict, reason), "%s", what);
}

static void begin(struct life *life)
{
	memset(life, 0, sizeof(*life));
	forge_open(&life->forge, keys[0], BANKS);
	forge_host(&life->forge);
}

static void end(struct life *life)
{
	free(life->record);
	forge_close(&life->forge);
}

static void reboot(struct life *life, uint8_t instance)
{
	struct forge *forge = &life->forge;

	forge_clear_log(forge);
	bytes_free(&forge->ima);
	memset(forge->pcrs, 0, sizeof(forge->pcrs));
	memset(forge->instance, instance, sizeof(forge->instance));
	forge->resets++;
	forge_host(forge);
}

static void level_3(struct context *context)
{
	replace(&context->reference, "\"level\": 2", "\"level\": 3");
}

static void tail_8(struct context *context)
{
	replace(&context->reference, "\"tail\": 4", "\"tail\": 8");
}

static const struct vector longer_tail = { .context = tail_8 };
static const struct vector any_image = { .context = images_accepted };
static const struct vector stricter = { .context = level_3 };

/* The record as a later run of the program has it. */
static bool read_again(struct life *life)
{
	struct record *copy = calloc(1, sizeof(*copy));
	json_t *json = record_json(life->record);
	char *text = json_dumps(json, JSON_COMPACT);
	struct ctguard_error error = { 0 };
	bool read = record_parse("record", text, strlen(text), copy, &error) ==
		    0;

	if (!read)
		tap_note("%s", error.text);
	json_decref(json);
	free(text);
	free(life->record);
	life->record = copy;
	return read;
}

static void test_sequences(void)
{
	struct verdict verdict = { 0 };
	struct life life;
	size_t dropped;

	begin(&life);
	tap_ok(ask(&life, &verdict), "trusted once");
	tap_ok(life.record->nonces[0].used, "the nonce is used up");
	tap_ok(ask(&life, &verdict), "and again, with another nonce");
	forge_image(&life.forge, CTGUARD_RECORD_IMAGE_START, &good);
	tap_ok(ask(&life, &verdict) && verdict.starts == 2,
	       "and with one more start");
	reboot(&life, 2);
	tap_ok(ask(&life, &verdict) && life.record->log.count == 6,
	       "trusted after a reboot");

	/* What was seen cannot be taken back. */
	forge_clear_log(&life.forge);
	forge_base(&life.forge);
	forge_init(&life.forge, CTGUARD_MODE_ENFORCE, FORGE_KERNEL);
	forge_policy(&life.forge, "policy", 1, CTGUARD_MODE_ENFORCE, "signer");
	forge_simple(&life.forge, CTGUARD_RECORD_LOCK);
	turned_down(&life, &verdict, REASON_LOG_FORKED,
		    "rejected: a shorter log in the same boot");
	forge_simple(&life.forge, CTGUARD_RECORD_NAMESPACES);
	forge_simple(&life.forge, CTGUARD_RECORD_NAMESPACES);
	forge_simple(&life.forge, CTGUARD_RECORD_NAMESPACES);
	turned_down(&life, &verdict, REASON_LOG_FORKED,
		    "rejected: another log in the same boot");
	end(&life);

	/* tpm2_clear */
	begin(&life);
	ask(&life, &verdict);
	life.forge.resets = 0;
	life.forge.clock = 0;
	turned_down(&life, &verdict, REASON_RESET_COUNT_FELL,
		    "rejected (17): counters that begin anew");
	life.record->quoted = false;
	life.record->log.known = false;
	tap_ok(ask(&life, &verdict), "and trusted once they are forgotten");
	end(&life);

	/* 30: what is new only */
	begin(&life);
	ask(&life, &verdict);
	dropped = life.forge.count;
	forge_image(&life.forge, CTGUARD_RECORD_IMAGE_START, &good);
	forge_forget(&life.forge, dropped);
	tap_ok(ask(&life, &verdict) && verdict.starts == 2 &&
		       verdict.covered == 7,
	       "trusted: a log that continues what was seen");
	tap_ok(ask(&life, &verdict) && verdict.starts == 2 &&
		       verdict.covered == 7,
	       "trusted: the same again, which is known by now");
	forge_image(&life.forge, CTGUARD_RECORD_IMAGE_START, &good);
	tap_ok(ask(&life, &verdict) && verdict.starts == 3 &&
		       verdict.covered == 8,
	       "trusted: records of which the first is known");
	dropped = life.forge.count;
	forge_image(&life.forge, CTGUARD_RECORD_IMAGE_START, &good);
	forge_image(&life.forge, CTGUARD_RECORD_IMAGE_START, &good);
	forge_forget(&life.forge, dropped + 1);
	turned_down(&life, &verdict, REASON_LOG_INCREMENTAL,
		    "rejected (30): a record between is missing");
	end(&life);
	begin(&life);
	ask(&life, &verdict);
	dropped = life.forge.count;
	forge_image(&life.forge, CTGUARD_RECORD_IMAGE_START, &good);
	forge_forget(&life.forge, dropped);
	life.record->log.count = 6;
	life.record->log.values[HASH_SHA256][0] ^= 1;
	turned_down(&life, &verdict, REASON_LOG_PCR,
		    "rejected (30): a base that is not what was seen");
	end(&life);

	/* 30: nothing is new */
	begin(&life);
	ask(&life, &verdict);
	forge_forget(&life.forge, life.forge.count);
	tap_ok(ask(&life, &verdict) && verdict.records == 6 &&
		       verdict.covered == 6 && verdict.starts == 1,
	       "trusted: nothing is new since what was seen");
	read_again(&life);
	tap_ok(ask(&life, &verdict) && verdict.covered == 6, "and again");
	life.vector = &stricter;
	tap_ok(!ask(&life, &verdict) &&
		       verdict_has(&verdict, REASON_LOG_INCREMENTAL) &&
		       !verdict_has(&verdict, REASON_LOG_EMPTY),
	       "rejected (30): nothing, for another reference");
	life.vector = &longer_tail;
	tap_ok(ask(&life, &verdict), "trusted: for one that says the same");
	forge_extend(&life.forge, 13, "by root");
	turned_down(&life, &verdict, REASON_LOG_EMPTY,
		    "rejected (34): nothing, but the PCR was extended");
	end(&life);
	begin(&life);
	ask(&life, &verdict);
	forge_forget(&life.forge, life.forge.count);
	life.forge.resets++;
	turned_down(&life, &verdict, REASON_LOG_EMPTY,
		    "rejected (16): nothing, but another boot");
	end(&life);

	/* What was found in records that are no longer sent stays found. */
	begin(&life);
	other_image(&life.forge);
	tap_ok(!ask(&life, &verdict), "rejected: an unapproved image");
	dropped = life.forge.count;
	forge_image(&life.forge, CTGUARD_RECORD_IMAGE_START, &good);
	forge_forget(&life.forge, dropped);
	turned_down(&life, &verdict, REASON_IMAGE_UNAPPROVED,
		    "rejected: it was in records that are no longer sent");
	end(&life);

	/* Of images nothing is expected; they are counted all the same. */
	begin(&life);
	life.vector = &any_image;
	no_claim(&life.forge);
	tap_ok(ask(&life, &verdict) && verdict.starts == 2 &&
		       !(verdict.verified & PART_BIT(IMAGES)) && !verdict.count,
	       "trusted: an image that nobody claimed, when any may be");
	life.vector = NULL;
	turned_down(
		&life, &verdict, REASON_IMAGE_UNKNOWN,
		"rejected (20): it, when the reference has a list of images");
	end(&life);

	/* 27: what came after the log was full is not in it, ever. */
	begin(&life);
	capped(&life.forge);
	turned_down(&life, &verdict, REASON_LOG_CAPPED,
		    "rejected (27): a log that is full");
	read_again(&life);
	turned_down(&life, &verdict, REASON_LOG_CAPPED,
		    "rejected (27): the same again");
	end(&life);
	begin(&life);
	ask(&life, &verdict);
	read_again(&life);
	dropped = life.forge.count;
	capped(&life.forge);
	forge_forget(&life.forge, dropped);
	turned_down(&life, &verdict, REASON_LOG_CAPPED,
		    "rejected (27): that it is full, in what is new");
	read_again(&life);
	reboot(&life, 2);
	tap_ok(ask(&life, &verdict), "and trusted after a reboot");
	end(&life);

	/* 21: over what is new only */
	begin(&life);
	forge_policy(&life.forge, "newer policy", 3, CTGUARD_MODE_ENFORCE,
		     "signer");
	tap_ok(ask(&life, &verdict), "trusted: a newer policy in a log");
	read_again(&life);
	dropped = life.forge.count;
	forge_policy(&life.forge, "policy", 4, CTGUARD_MODE_ENFORCE, "signer");
	forge_policy(&life.forge, "newer policy", 5, CTGUARD_MODE_ENFORCE,
		     "signer");
	forge_forget(&life.forge, dropped);
	turned_down(&life, &verdict, REASON_POLICY_ROLLBACK,
		    "rejected (21): the older one and back, in what is new");
	end(&life);

	/* Records were approved by another reference than that of today. */
	begin(&life);
	tap_ok(ask(&life, &verdict), "trusted: an image of level 2");
	read_again(&life);
	forge_simple(&life.forge, CTGUARD_RECORD_NAMESPACES);
	life.vector = &stricter;
	turned_down(&life, &verdict, REASON_IMAGE_LEVEL,
		    "rejected: it, when the reference asks for level 3");
	end(&life);
	begin(&life);
	ask(&life, &verdict);
	read_again(&life);
	dropped = life.forge.count;
	forge_simple(&life.forge, CTGUARD_RECORD_NAMESPACES);
	forge_forget(&life.forge, dropped);
	life.vector = &longer_tail;
	tap_ok(ask(&life, &verdict),
	       "trusted: one that says the same of policies and images");
	dropped = life.forge.count;
	forge_simple(&life.forge, CTGUARD_RECORD_NAMESPACES);
	forge_forget(&life.forge, dropped);
	life.vector = &stricter;
	turned_down(&life, &verdict, REASON_LOG_INCREMENTAL,
		    "rejected (30): it is in records that are no longer sent");
	end(&life);

	/* 21: over a boot */
	begin(&life);
	forge_policy(&life.forge, "newer policy", 3, CTGUARD_MODE_ENFORCE,
		     "signer");
	tap_ok(ask(&life, &verdict), "trusted: a newer policy");
	reboot(&life, 2);
	turned_down(&life, &verdict, REASON_POLICY_ROLLBACK,
		    "rejected (21): the older one after a reboot");
	end(&life);

	/* More records than one log may have, in many that continue one. */
	begin(&life);
	ask(&life, &verdict);
	life.record->log.count = 1ULL << 32;
	tap_ok(read_again(&life), "a record of many logs can be read");
	end(&life);

	/* A record survives being written and read. */
	begin(&life);
	ask(&life, &verdict);
	{
		json_t *json = record_json(life.record);
		char *text = json_dumps(json, JSON_COMPACT), *again;
		struct record *copy = calloc(1, sizeof(*copy));
		struct ctguard_error error = { 0 };
		bool read = record_parse("record", text, strlen(text), copy,
					 &error) == 0;

		json_decref(json);
		json = record_json(copy);
		again = json_dumps(json, JSON_COMPACT);
		if (!tap_ok(read && !strcmp(text, again),
			    "a record is what was written"))
			tap_note("%s", error.text);
		free(text);
		free(life.record);
		life.record = copy;
		tap_ok(ask(&life, &verdict), "trusted by it");
		text = malloc(strlen(again) + 32);
		sprintf(text, "{\"host\": \"x\", %s", again + 1);
		copy = calloc(1, sizeof(*copy));
		tap_ok(record_parse("record", text, strlen(text), copy,
				    &error) < 0 &&
			       strstr(error.text, "duplicate"),
		       "malformed (32): a record with a key twice");
		free(copy);
		free(text);
		free(again);
		json_decref(json);
	}
	end(&life);
	verdict_clear(&verdict);
}

static void test_references(void)
{
	static const struct {
		const char *text;
		const char *says;
	} rows[] = {
		{ "{\"ctguard_reference\": 1, \"pcr\": 13, \"pcr\": 13}",
		  "ref: offset 41: duplicate" },
		{ "{\"ctguard_reference\": 2}",
		  "ref: /ctguard_reference: expected 1" },
		{ "{}", "ref: /ctguard_reference: expected 1" },
		{ "{\"ctguard_reference\": 1, \"polices\": []}",
		  "ref: /polices: the key is unknown" },
		{ "{\"ctguard_reference\": 1, \"images\": [\"sha256:00\"]}",
		  "ref: /images/0: expected config:sha256:HEX" },
		{ "{\"ctguard_reference\": 1, \"images\": {}}",
		  "ref: /images: expected a list" },
		{ "{\"ctguard_reference\": 1, \"policies\": [\"00\"]}",
		  "ref: /policies/0: expected sha256" },
		{ "{\"ctguard_reference\": 1, \"policies\": [{\"sha\": 1}]}",
		  "ref: /policies/0/sha: the key is unknown" },
		{ "{\"ctguard_reference\": 1, \"policies\": 1}",
		  "ref: /policies: expected a list" },
		{ "{\"ctguard_reference\": 1, \"modules\": [1]}",
		  "ref: /modules/0: expected sha256" },
		{ "{\"ctguard_reference\": 1, \"claimants\": {}}",
		  "ref: /claimants: expected a list" },
		{ "{\"ctguard_reference\": 1, \"boot\": 1}",
		  "ref: /boot: expected" },
		{ "{\"ctguard_reference\": 1, \"boot\": {\"sha1\": {}}}",
		  "ref: /boot/sha1: expected {\"0\": \"HEX\", ..} of a bank of SHA-2" },
		{ "{\"ctguard_reference\": 1, \"boot\": {\"sha256\": {\"16\": \"\"}}}",
		  "ref: /boot/sha256/16: expected PCRs 0 to 15" },
		{ "{\"ctguard_reference\": 1, \"boot\": {\"sha256\": {\"0\": \"00\"}}}",
		  "ref: /boot/sha256/0: expected hexadecimal digits, as long as" },
		{ "{\"ctguard_reference\": 1, \"boot\": {\"sha256\": {\"0\": [\"00\"]}}}",
		  "ref: /boot/sha256/0/0: expected hexadecimal digits" },
		{ "{\"ctguard_reference\": 1, \"bases\": {\"md5\": []}}",
		  "ref: /bases/md5: expected" },
		{ "{\"ctguard_reference\": 1, \"bases\": {\"sha256\": [1]}}",
		  "ref: /bases/sha256/0: expected" },
		{ "{\"ctguard_reference\": 1, \"level\": 4}",
		  "ref: /level: expected a number of 0 to 3" },
		{ "{\"ctguard_reference\": 1, \"level\": -1}",
		  "ref: /level: expected a number of 0 to 3" },
		{ "{\"ctguard_reference\": 1, \"program\": \"all\"}",
		  "ref: /program: expected \"image\" or \"any\"" },
		{ "{\"ctguard_reference\": 1, \"lock\": 1}",
		  "ref: /lock: expected true or false" },
		{ "{\"ctguard_reference\": 1, \"description\": 1}",
		  "ref: /description: expected text" },
		{ "{\"ctguard_reference\": 1, \"module\": {}}",
		  "ref: /module: expected" },
		{ "{\"ctguard_reference\": 1, \"module\": {\"6.1\": [\"0\"]}}",
		  "ref: /module/6.1/0: expected sha256" },
		{ "{\"ctguard_reference\": 1, \"\\u001b[2J\": 1}",
		  "ref: /\\x1b[2J: the key is unknown" },
		{ "[1]", "ref: offset 0: not an object" },
		{ "{\"ctguard_reference\": 1", "ref: offset 23: " },
	};
	struct reference *reference;
	struct ctguard_error error = { 0 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		error.text[0] = '\0';
		if (!tap_ok(reference_parse("ref", rows[i].text,
					    strlen(rows[i].text), &reference,
					    &error) < 0 &&
				    tells_place(&error, "ref") &&
				    !strncmp(error.text, rows[i].says,
					     strlen(rows[i].says)),
			    "malformed: %s", rows[i].text))
			tap_note("%s", error.text);
	}
}

/* A record that was read before, with one thing changed. */
static void test_records(void)
{
	static const struct {
		const char *from;
		const char *to;
		const char *says;
	} rows[] = {
		{ "\"host\"", "\"hosts\"",
		  "aks/x: /hosts: the key is unknown" },
		{ "\"web\"", "\"../web\"", "aks/x: /host: expected a host's" },
		{ "\"web\"", "1", "aks/x: /host: expected text of less than" },
		{ "\"enrolled\":0", "\"enrolled\":-1",
		  "aks/x: /enrolled: expected a number of 0 to" },
		{ "\"name\":\"000b", "\"name\":\"x00b",
		  "aks/x: /name: expected a Name" },
		{ "\"ek\":\"", "\"ek\":\"0",
		  "aks/x: /ek: expected 32 bytes in hexadecimal" },
		{ "\"used\":true", "\"used\":1",
		  "aks/x: /nonces/0/used: expected true or false" },
		{ "\"used\":true", "\"user\":true",
		  "aks/x: /nonces/0/user: the key is unknown" },
		{ "\"nonces\":[", "\"nonces\":[1, ",
		  "aks/x: /nonces/0: expected an object" },
		{ "\"clock\":", "\"clock\":-1, \"time\":",
		  "aks/x: /quote/time: the key is unknown" },
		{ "\"restart_count\":0", "\"restart_count\":4294967296",
		  "aks/x: /quote/restart_count: expected a number of 0 to 4294967295" },
		{ "\"log\":{", "\"log\":{\"x\": 0, ",
		  "aks/x: /log/x: the key is unknown" },
		{ "\"values\":{", "\"values\":{\"md5\": 0, ",
		  "aks/x: /log/values/md5: expected a bank" },
		{ "\"reasons\":[", "\"reasons\":[\"NONE\"",
		  "aks/x: /log/reasons/0: expected the code" },
		{ "\"capped\":false", "\"capped\":0",
		  "aks/x: /log/capped: expected true or false" },
		{ "\"log\":", "\"log\" ", "aks/x: offset " },
	};
	struct record record = { .quoted = true, .nonce_count = 1 };
	char *text;

	strcpy(record.host, "web");
	strcpy(record.trust, "certificate");
	record.name[1] = 0x0b;
	record.name_size = 34;
	record.nonces[0].used = true;
	record.log.known = true;
	record.log.banks = BANKS;
	record.log.rank = -1;
	{
		json_t *json = record_json(&record);

		text = json_dumps(json, JSON_COMPACT);
		json_decref(json);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct record *copy = calloc(1, sizeof(*copy));
		struct ctguard_error error = { 0 };
		char *changed = strdup(text);

		replace(&changed, rows[i].from, rows[i].to);
		if (!tap_ok(record_parse("aks/x", changed, strlen(changed),
					 copy, &error) < 0 &&
				    tells_place(&error, "aks/x") &&
				    !strncmp(error.text, rows[i].says,
					     strlen(rows[i].says)),
			    "malformed: a record with %s", rows[i].to))
			tap_note("%s", error.text);
		free(changed);
		free(copy);
	}
	free(text);
}

/* What tests/bench/verify.sh measures, by the sizes that are allowed. */
static void test_sizes(void)
{
	const size_t program = 8 << 20;
	struct forge forge;
	size_t sum = 0;

	for (int i = 0; i < EVIDENCE_COUNT; i++)
		sum += evidence_rules[i].max + 1024;
	if (!tap_ok(sum + program < 64 << 20,
		    "the largest evidence fits into 64 MiB, and the program"))
		tap_note("%zu bytes", sum);
	for (unsigned int banks = 1; banks < 16; banks++) {
		uint8_t *data = NULL;
		size_t size = 0, at;

		forge_open(&forge, keys[0], banks);
		forge_host(&forge);
		forge_members(&forge);
		if (!tap_ok(tcg2_write(forge.members[EVIDENCE_CEL].data,
				       forge.members[EVIDENCE_CEL].size, &data,
				       &size, &at) == 0 &&
				    size <= forge.members[EVIDENCE_CEL].size +
						    256,
			    "banks 0x%x: the TCG2 form is no larger", banks))
			tap_note("%zu of %zu", size,
				 forge.members[EVIDENCE_CEL].size);
		free(data);
		forge_close(&forge);
	}
}

/* One whose EK is no key, though each of its numbers is good. */
static void test_no_key(void)
{
	const uint8_t secret[32] = { 1 };
	uint8_t blob[CREDENTIAL_MAX], fingerprint[32];
	struct ctguard_error error = { 0 }, second = { 0 };
	struct bytes area = { 0 };
	struct public ek = { 0 };
	struct forge forge;
	size_t size;

	forge_open(&forge, keys[0], BANKS);
	forge.attributes = 0x000300b2;
	forge_public(&forge, &area);
	area.data[area.size - 1] ^= 1;
	if (!tap_ok(public_read("ek.tss", (struct span){ area.data, area.size },
				&ek, &error) == 0 &&
			    credential_fingerprint("ek.tss", &ek, fingerprint,
						   &error) < 0 &&
			    credential_make("ek.tss", &ek, &ek, secret,
					    sizeof(secret), blob, &size,
					    &second) < 0 &&
			    tells_place(&error, "ek.tss") &&
			    tells_place(&second, "ek.tss") &&
			    ek.key_at == area.size - 2 * (2 + 32),
		    "malformed: an endorsement key off its curve"))
		tap_note("%s; %s", error.text, second.text);
	bytes_free(&area);
	forge_close(&forge);
}

/* tests/unit/verify_tpm_test.sh has them opened by a TPM. */
static void test_credentials(void)
{
	static const char *const kinds[] = { "P-256", "RSA" };

	for (int i = 0; i < 2; i++) {
		uint8_t blob[CREDENTIAL_MAX], again[CREDENTIAL_MAX];
		const uint8_t secret[32] = { 1 };
		struct ctguard_error error = { 0 };
		struct bytes area = { 0 };
		struct public ek = { 0 };
		struct forge forge;
		size_t size = 0, second = 0;

		forge_open(&forge, keys[i], BANKS);
		forge.attributes = 0x000300b2;
		forge_public(&forge, &area);
		if (!tap_ok(public_read("ek",
					(struct span){ area.data, area.size },
					&ek, &error) == 0 &&
				    !credential_ek_fault(&ek),
			    "an endorsement key of %s is read", kinds[i]))
			tap_note("%s", error.text);
		public_name(&ek, &forge.hash);
		if (!tap_ok(credential_make("ek", &ek, &ek, secret,
					    sizeof(secret), blob, &size,
					    &error) == 0 &&
				    credential_make("ek", &ek, &ek, secret,
						    sizeof(secret), again,
						    &second, &error) == 0 &&
				    size == second && memcmp(blob, again, size),
			    "credentials for %s are made, no two alike",
			    kinds[i]))
			tap_note("%s", error.text);
		tap_ok(public_ak_fault(&ek) != NULL,
		       "an endorsement key of %s cannot attest", kinds[i]);
		bytes_free(&area);
		forge_close(&forge);
	}
}

int main(void)
{
	keys[0] = forge_key(false);
	keys[1] = forge_key(true);
	other_key = forge_key(false);
	test_own_vectors();
	test_vectors();
	test_lengths();
	test_truncations();
	test_flips();
	test_sequences();
	test_references();
	test_records();
	test_no_key();
	test_sizes();
	test_credentials();
	EVP_PKEY_free(keys[0]);
	EVP_PKEY_free(keys[1]);
	EVP_PKEY_free(other_key);
	return tap_done();
}
