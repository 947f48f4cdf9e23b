// SPDX-License-Identifier: GPL-2.0
/* What a check of evidence found: parts of trust, and reasons. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/escape.h"
#include "json.h"
#include "verdict.h"

static const char *const parts[PART_COUNT] = {
	[PART_AK] = "ak",	  [PART_BOOT] = "boot",
	[PART_MODULE] = "module", [PART_MODULES] = "modules",
	[PART_POLICY] = "policy", [PART_IMAGES] = "images",
};

#define AK PART_BIT(AK)
#define BOOT PART_BIT(BOOT)
#define MODULE PART_BIT(MODULE)
#define MODULES PART_BIT(MODULES)
#define POLICY PART_BIT(POLICY)
#define IMAGES PART_BIT(IMAGES)
#define LOG (POLICY | IMAGES)
#define IMA (MODULE | MODULES)

#define ROW(name, fails, what) [REASON_##name] = { #name, fails, what }

/* The manual has this table as well; a test compares them. */
static const struct {
	const char *name;
	unsigned int parts;
	const char *advice;
} rows[REASON_COUNT] = {
	ROW(AK_UNKNOWN, AK, "enrol the host"),
	ROW(AK_OTHER, AK, "the key is not the one that was asked for"),
	ROW(AK_UNFIT, AK, "let the host make a key by ctguardctl attest init"),
	ROW(ATTEST_MAGIC, AK, "no TPM made this"),
	ROW(ATTEST_TYPE, AK, "it is not a quote"),
	ROW(SIGNATURE_SCHEME, AK, "the signature is not one of this key"),
	ROW(SIGNATURE_BAD, AK, "the quote was changed, or another key's"),
	ROW(NONCE_MISMATCH, AK, "the quote is for another nonce"),
	ROW(NONCE_UNKNOWN, AK, "make one by ctguard-verify nonce"),
	ROW(NONCE_OTHER_HOST, AK, "make one for this host"),
	ROW(NONCE_USED, AK, "evidence is checked once; ask for a new quote"),
	ROW(NONCE_EXPIRED, AK, "make another, perhaps with a longer --ttl"),
	ROW(NONCE_VOID, AK, "the state was restored; make another"),
	ROW(PCRS_SELECTION, AK, "the values are of other PCRs than signed"),
	ROW(PCRS_COUNT, AK, "there are more or fewer values than signed"),
	ROW(PCRS_SIZE, AK, "a value is not as long as its bank's"),
	ROW(PCRS_DIGEST, AK, "the values are not those that are signed"),
	ROW(CLOCK_UNSAFE, AK,
	    "the TPM lost power; wait, or allow it by \"accept_unsafe_clock\""),
	ROW(CLOCK_STOOD, AK, "the quote is older than one seen before"),
	ROW(RESET_COUNT_FELL, AK,
	    "after tpm2_clear: ctguard-verify enroll renew"),
	ROW(PCR_NOT_QUOTED, 0, "quote the PCRs that the reference asks for"),
	ROW(ANCHOR_PCR, LOG, "the log is not in the PCR of the reference"),
	ROW(ANCHOR_BANK, LOG, "the log and the quote need a bank of SHA-2"),
	ROW(LOG_EMPTY, LOG, "is the module loaded?"),
	ROW(LOG_START, LOG, "the log does not begin as the module begins it"),
	ROW(LOG_BASE, LOG,
	    "the PCR was used before the module; allow it by \"bases\""),
	ROW(LOG_DIGEST, LOG, "the log was changed"),
	ROW(LOG_PCR, LOG, "the log is not what the PCR was extended with"),
	ROW(LOG_AT_BASE, LOG, "the PCR was never extended with the log"),
	ROW(LOG_TAIL, LOG, "quote again, or allow more by \"tail\""),
	ROW(LOG_CAPPED, LOG,
	    "what came after is not in it; reboot, and have ctguard-log.timer save it"),
	ROW(LOG_AFTER_CAP, LOG, "nothing comes behind the cap of a log"),
	ROW(LOG_EARLIER_BOOT, LOG, "the log is of an earlier boot"),
	ROW(LOG_FORKED, LOG, "the log is not the continuation of one seen"),
	ROW(LOG_INCREMENTAL, LOG, "ask for the whole log"),
	ROW(LOG_TCG2, LOG, "the two forms of the log differ"),
	ROW(KEXEC, LOG, "the kernel was changed by kexec; reboot"),
	ROW(MODULE_RELOADED, LOG, "the module was loaded again; reboot"),
	ROW(MODULE_EXIT, LOG, "the module was unloaded; reboot"),
	ROW(MODULE_SECOND_INIT, LOG, "the module was loaded again; reboot"),
	ROW(MODE_COMPLAIN, LOG, "the guard did not enforce; reboot"),
	/* Of a later module: this one's does not lock, nor is told a signer. */
	ROW(LOCK_MISSING, POLICY,
	    "no guard of this version locks; leave \"lock\" out of the reference"),
	ROW(POLICY_MISSING, POLICY, "no policy is in force"),
	ROW(POLICY_UNAPPROVED, POLICY, "approve it in \"policies\""),
	ROW(POLICY_ROLLBACK, POLICY, "an older policy replaced a newer one"),
	ROW(POLICY_SIGNER, POLICY,
	    "no guard of this version is told a signer; leave \"signers\" out"),
	ROW(IMAGE_BEFORE_POLICY, IMAGES,
	    "a container started before any policy was in force; reboot"),
	ROW(IMAGE_UNKNOWN, IMAGES, "a container started without a claim"),
	ROW(IMAGE_UNAPPROVED, IMAGES, "approve it in \"images\""),
	ROW(IMAGE_COMPLAINED, IMAGES, "it would have been denied"),
	ROW(IMAGE_LEVEL, IMAGES, "it was not checked as deep as \"level\""),
	ROW(IMAGE_PROGRAM, IMAGES,
	    "its first program is not of the image; see \"program\""),
	ROW(CLAIMANT_UNAPPROVED, IMAGES, "approve it in \"claimants\""),
	ROW(IMA_DIGEST, IMA, "the log of IMA was changed"),
	ROW(IMA_PCR, IMA,
	    "the log of IMA is not what PCR 10 was extended with"),
	ROW(IMA_VIOLATION, IMA, "a file changed while IMA measured it; reboot"),
	ROW(IMA_OTHER_PCR, IMA, "IMA's policy must not name another PCR"),
	ROW(MODULE_NOT_MEASURED, MODULE,
	    "load the module under an IMA policy with func=MODULE_CHECK"),
	ROW(MODULE_UNAPPROVED, MODULE,
	    "after an upgrade: ctguard-verify module approve"),
	ROW(MODULES_UNAPPROVED, MODULES, "approve it in \"modules\""),
	ROW(BOOT_CHANGED, BOOT,
	    "firmware, boot loader, kernel or command line changed"),
	ROW(BOOT_UNVERIFIED, BOOT, "give \"boot\" in the reference"),
	ROW(MODULE_UNVERIFIED, MODULE, "give \"module\" in the reference"),
	ROW(MODULES_UNVERIFIED, MODULES, "give \"modules\" in the reference"),
	ROW(POLICY_UNVERIFIED, POLICY, "give \"policies\" in the reference"),
	ROW(IMAGES_UNVERIFIED, IMAGES, "give \"images\" in the reference"),
};

/** reason_name() - its stable code */
const char *reason_name(enum reason reason)
{
	return rows[reason].name;
}

/** reason_find() - the reason with a code, or -1 */
int reason_find(const char *name)
{
	for (int i = 0; i < REASON_COUNT; i++)
		if (!strcmp(rows[i].name, name))
			return i;
	return -1;
}

/** reasons_put() - put one into a set */
void reasons_put(struct reasons *reasons, enum reason reason)
{
	reasons->bits[reason / 64] |= UINT64_C(1) << reason % 64;
}

/** reasons_have() - whether it is in a set */
bool reasons_have(const struct reasons *reasons, enum reason reason)
{
	return reasons->bits[reason / 64] >> reason % 64 & 1;
}

/** part_name() - for people and JSON */
const char *part_name(enum part part)
{
	return parts[part];
}

static void add(struct verdict *verdict, enum reason reason, unsigned int fails,
		const char *format, va_list arguments)
{
	struct verdict_reason *row;
	char text[512];

	verdict->failed |= fails;
	if (verdict->counts[reason]++ >= VERDICT_TOLD)
		return;
	vsnprintf(text, sizeof(text), format, arguments);
	verdict->reasons = ctguard_alloc_grow(verdict->reasons, &verdict->space,
					      verdict->count + 1,
					      sizeof(*verdict->reasons));
	row = &verdict->reasons[verdict->count++];
	row->reason = reason;
	row->parts = fails;
	row->text = ctguard_alloc_string(text, strlen(text));
}

/**
 * verdict_add() - a reason; its parts fail
 * @verdict: that it belongs to
 * @reason: which
 * @format: what exactly, as printf(), fit for a terminal
 */
void verdict_add(struct verdict *verdict, enum reason reason,
		 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(verdict, reason, rows[reason].parts, format, arguments);
	va_end(arguments);
}

/** verdict_add_parts() - the same with parts of its own */
void verdict_add_parts(struct verdict *verdict, enum reason reason,
		       unsigned int fails, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	add(verdict, reason, fails, format, arguments);
	va_end(arguments);
}

/** verdict_has() - whether a reason was found */
bool verdict_has(const struct verdict *verdict, enum reason reason)
{
	return verdict->counts[reason];
}

/** verdict_trusted() - all parts are verified, or need not be; none failed */
bool verdict_trusted(const struct verdict *verdict)
{
	return !verdict->failed && (verdict->verified & AK) &&
	       ((verdict->verified | verdict->accepted) & PARTS_ALL) ==
		       PARTS_ALL;
}

static const char *state_of(const struct verdict *verdict, enum part part)
{
	if (verdict->failed >> part & 1)
		return "failed";
	return verdict->verified >> part & 1 ? "verified" : "not-checked";
}

static json_t *string_of(const char *text)
{
	CTGUARD_FREE char *shown = NULL;

	if (!text)
		return json_null();
	shown = ctguard_escape_utf8(text, strlen(text));
	return json_string(shown);
}

/** verdict_json() - for programs */
json_t *verdict_json(const struct verdict *verdict)
{
	json_t *json = json_object(), *list = json_array(), *named;

	json_object_set_new_nocheck(json, "file", string_of(verdict->file));
	json_object_set_new_nocheck(json, "host", string_of(verdict->host));
	json_object_set_new_nocheck(json, "enrolment",
				    string_of(verdict->enrolment));
	json_object_set_new_nocheck(json, "trusted",
				    json_boolean(verdict_trusted(verdict)));
	named = json_object();
	for (int i = 0; i < PART_COUNT; i++)
		json_object_set_new_nocheck(
			named, parts[i],
			json_string_nocheck(state_of(verdict, (enum part)i)));
	json_object_set_new_nocheck(json, "parts", named);
	for (size_t i = 0; i < verdict->count; i++) {
		const struct verdict_reason *row = &verdict->reasons[i];
		json_t *fails = json_array();

		for (int part = 0; part < PART_COUNT; part++)
			if (row->parts >> part & 1)
				json_array_append_new(
					fails,
					json_string_nocheck(parts[part]));
		named = json_object();
		json_object_set_new_nocheck(
			named, "code",
			json_string_nocheck(rows[row->reason].name));
		json_object_set_new_nocheck(named, "parts", fails);
		json_object_set_new_nocheck(named, "text",
					    string_of(row->text));
		json_object_set_new_nocheck(
			named, "advice",
			json_string_nocheck(rows[row->reason].advice));
		json_object_set_new_nocheck(
			named, "count",
			json_integer(verdict->counts[row->reason]));
		json_array_append_new(list, named);
	}
	json_object_set_new_nocheck(json, "reasons", list);
	named = json_object();
	json_object_set_new_nocheck(named, "reset_count",
				    json_integer(verdict->resets));
	json_object_set_new_nocheck(named, "restart_count",
				    json_integer(verdict->restarts));
	json_object_set_new_nocheck(named, "clock",
				    json_integer((json_int_t)verdict->clock));
	json_object_set_new_nocheck(json, "quote", named);
	named = json_object();
	json_object_set_new_nocheck(named, "records",
				    json_integer((json_int_t)verdict->records));
	json_object_set_new_nocheck(named, "covered",
				    json_integer((json_int_t)verdict->covered));
	json_object_set_new_nocheck(named, "starts",
				    json_integer((json_int_t)verdict->starts));
	json_object_set_new_nocheck(named, "denied",
				    json_integer((json_int_t)verdict->denied));
	json_object_set_new_nocheck(
		named, "violations",
		json_integer((json_int_t)verdict->violations));
	json_object_set_new_nocheck(named, "policy",
				    verdict->has_policy ?
					    json_from_hex(verdict->policy, 32) :
					    json_null());
	json_object_set_new_nocheck(named, "enforcing",
				    json_boolean(verdict->enforcing));
	json_object_set_new_nocheck(named, "locked",
				    json_boolean(verdict->locked));
	json_object_set_new_nocheck(json, "log", named);
	return json;
}

static void print_shown(FILE *out, const char *text)
{
	CTGUARD_FREE char *shown = ctguard_escape_terminal(text, strlen(text));

	fputs(shown, out);
}

/** verdict_print() - for people */
void verdict_print(const struct verdict *verdict, FILE *out)
{
	print_shown(out, verdict->file);
	fputs(": ", out);
	if (verdict->host) {
		fputs("host ", out);
		print_shown(out, verdict->host);
		fputs(": ", out);
	}
	fputs(verdict_trusted(verdict) ? "trusted\n" : "NOT trusted\n", out);
	if (verdict->enrolment)
		fprintf(out, "  enrolled by %s\n", verdict->enrolment);
	for (int i = 0; i < PART_COUNT; i++) {
		const char *state = state_of(verdict, (enum part)i);

		fprintf(out, "  %-8s %s%s\n", parts[i], state,
			*state == 'n' && verdict->accepted >> i & 1 ?
				", which the reference accepts" :
				"");
	}
	for (size_t i = 0; i < verdict->count; i++) {
		const struct verdict_reason *row = &verdict->reasons[i];

		fprintf(out, "  %s: ", rows[row->reason].name);
		print_shown(out, row->text);
		fprintf(out, " (%s)\n", rows[row->reason].advice);
	}
	for (int i = 0; i < REASON_COUNT; i++)
		if (verdict->counts[i] > VERDICT_TOLD)
			fprintf(out, "  %s: %u more\n", rows[i].name,
				verdict->counts[i] - VERDICT_TOLD);
}

/** verdict_clear() - free what it holds */
void verdict_clear(struct verdict *verdict)
{
	for (size_t i = 0; i < verdict->count; i++)
		free(verdict->reasons[i].text);
	free(verdict->reasons);
	memset(verdict, 0, sizeof(*verdict));
}
