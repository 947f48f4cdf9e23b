// SPDX-License-Identifier: GPL-2.0
/* The words people write and read for the numbers of the contract. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

#include "words.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const operations[] = {
	[CTGUARD_OP_MODULE_LOAD] = "module-load",
	[CTGUARD_OP_MODULE_AUTOLOAD] = "module-autoload",
	[CTGUARD_OP_MODULE_UNLOAD] = "module-unload",
	[CTGUARD_OP_KEXEC_LOAD] = "kexec-load",
	[CTGUARD_OP_DEVICE_OPEN] = "device-open",
	[CTGUARD_OP_DEVICE_MKNOD] = "device-mknod",
	[CTGUARD_OP_DEVICE_MOUNT] = "device-mount",
	[CTGUARD_OP_PSEUDOFS_WRITE] = "pseudofs-write",
	[CTGUARD_OP_PSEUDOFS_READ] = "pseudofs-read",
	[CTGUARD_OP_KERNEL_USE] = "kernel-use",
	[CTGUARD_OP_TASK_ACCESS] = "task-access",
	[CTGUARD_OP_FILESYSTEM_MOUNT] = "filesystem-mount",
	[CTGUARD_OP_IMAGE_START] = "image-start",
};
_Static_assert(COUNT(operations) == CTGUARD_OP_MAX + 1, "a word is missing");

static const char *const verdicts[] = {
	[CTGUARD_VERDICT_ALLOW] = "allow",
	[CTGUARD_VERDICT_DENY] = "deny",
	[CTGUARD_VERDICT_COMPLAIN] = "complain",
};
_Static_assert(COUNT(verdicts) == __CTGUARD_VERDICT_MAX, "a word is missing");

static const char *const modes[] = {
	[CTGUARD_MODE_COMPLAIN] = "complain",
	[CTGUARD_MODE_ENFORCE] = "enforce",
};

static const char *const states[] = {
	[CTGUARD_STATE_OFF] = "off",
	[CTGUARD_STATE_COMPLAINING] = "complaining",
	[CTGUARD_STATE_ENFORCING] = "enforcing",
	[CTGUARD_STATE_DEGRADED] = "degraded",
};

static const char *const hook_states[] = {
	[CTGUARD_HOOK_ABSENT] = "absent", [CTGUARD_HOOK_LIVE] = "live",
	[CTGUARD_HOOK_SHARED] = "shared", [CTGUARD_HOOK_DEGRADED] = "degraded",
	[CTGUARD_HOOK_IDLE] = "idle",
};

static const char *const bound_bys[] = {
	[CTGUARD_BOUND_BY_NAMESPACE] = "namespace",
	[CTGUARD_BOUND_BY_PATTERN] = "pattern",
	[CTGUARD_BOUND_BY_ID] = "id",
	[CTGUARD_BOUND_BY_UNKNOWN] = "unknown",
};

static const char *const event_kinds[] = {
	[CTGUARD_EVENT_VERDICT] = "verdict", [CTGUARD_EVENT_REPEAT] = "repeat",
	[CTGUARD_EVENT_FIRST] = "first",     [CTGUARD_EVENT_LOST] = "lost",
	[CTGUARD_EVENT_POLICY] = "policy",   [CTGUARD_EVENT_MODE] = "mode",
	[CTGUARD_EVENT_HOOK] = "hook",
};

static const char *const requires[] = {
	[CTGUARD_REQUIRE_NONE] = "none",
	[CTGUARD_REQUIRE_MEASURED] = "measured",
	[CTGUARD_REQUIRE_APPROVED] = "approved",
};

static const char *const programs[] = {
	[CTGUARD_PROGRAM_ANY] = "any",
	[CTGUARD_PROGRAM_IMAGE] = "image",
};

static const char *const tpm_states[] = {
	[CTGUARD_TPM_NONE] = "none",
	[CTGUARD_TPM_ABSENT] = "absent",
	[CTGUARD_TPM_ANCHORED] = "anchored",
	[CTGUARD_TPM_DIRTY] = "dirty",
};

static const char *const reasons[] = {
	[CTGUARD_IMAGE_OK] = "ok",
	[CTGUARD_IMAGE_UNCLAIMED] = "unclaimed",
	[CTGUARD_IMAGE_UNAPPROVED] = "unapproved",
	[CTGUARD_IMAGE_LEVEL] = "level",
	[CTGUARD_IMAGE_CLAIMANT] = "claimant",
	[CTGUARD_IMAGE_PROGRAM] = "program",
	[CTGUARD_IMAGE_UNMEASURED] = "unmeasured",
	[CTGUARD_IMAGE_FAILED] = "failed",
};

static const char *const levels[] = {
	[CTGUARD_LEVEL_ENGINE] = "engine", [CTGUARD_LEVEL_CONFIG] = "config",
	[CTGUARD_LEVEL_LAYERS] = "layers", [CTGUARD_LEVEL_CONTENT] = "content",
	[CTGUARD_LEVEL_NONE] = "none",
};

static const char *const origins[] = {
	[CTGUARD_ORIGIN_UNKNOWN] = "unknown",
	[CTGUARD_ORIGIN_IMAGE] = "image",
	[CTGUARD_ORIGIN_UPPER] = "upper",
	[CTGUARD_ORIGIN_ELSEWHERE] = "elsewhere",
};

static const char *const record_types[] = {
	[CTGUARD_RECORD_BASE] = "base",
	[CTGUARD_RECORD_INIT] = "init",
	[CTGUARD_RECORD_POLICY] = "policy",
	[CTGUARD_RECORD_MODE] = "mode",
	[CTGUARD_RECORD_LOCK] = "lock",
	[CTGUARD_RECORD_IMAGE_START] = "image-start",
	[CTGUARD_RECORD_IMAGE_DENIED] = "image-denied",
	[CTGUARD_RECORD_NAMESPACES] = "namespaces",
	[CTGUARD_RECORD_VIOLATIONS] = "violations",
	[CTGUARD_RECORD_LOG_CAP] = "log-cap",
	[CTGUARD_RECORD_EXIT] = "exit",
};

static const struct {
	uint32_t when;
	const char *word;
} whens[] = {
	{ 0, "any" },
	{ CTGUARD_OWN, "own" },
	{ CTGUARD_OWN_NET, "own-net" },
	{ CTGUARD_OWN_IPC, "own-ipc" },
	{ CTGUARD_OWN_UTS, "own-uts" },
	{ CTGUARD_OWN_USER, "own-user" },
};

static const char *word_of(const char *const *words, size_t count, uint32_t i)
{
	return i < count && words[i] ? words[i] : "unknown";
}

static int find(const char *const *words, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] && !strcmp(words[i], text))
			return (int)i;
	return -1;
}

/** ctguard_words_operation() - the word for an enum ctguard_operation */
const char *ctguard_words_operation(uint32_t operation)
{
	return word_of(operations, COUNT(operations), operation);
}

/** ctguard_words_operation_find() - CTGUARD_OP_UNSPEC when there is none */
uint32_t ctguard_words_operation_find(const char *text)
{
	int found = find(operations, COUNT(operations), text);

	return found < 0 ? CTGUARD_OP_UNSPEC : (uint32_t)found;
}

/** ctguard_words_verdict() - the word for an enum ctguard_verdict */
const char *ctguard_words_verdict(uint32_t verdict)
{
	return word_of(verdicts, COUNT(verdicts), verdict);
}

/** ctguard_words_mode() - the word for an enum ctguard_mode */
const char *ctguard_words_mode(uint32_t mode)
{
	return word_of(modes, COUNT(modes), mode);
}

/** ctguard_words_mode_find() - enum ctguard_mode, or -1 */
int ctguard_words_mode_find(const char *text)
{
	return find(modes, COUNT(modes), text);
}

/** ctguard_words_state() - the word for an enum ctguard_state */
const char *ctguard_words_state(uint32_t state)
{
	return word_of(states, COUNT(states), state);
}

/** ctguard_words_hook_state() - the word for an enum ctguard_hook_state */
const char *ctguard_words_hook_state(uint32_t state)
{
	return word_of(hook_states, COUNT(hook_states), state);
}

/** ctguard_words_bound_by() - the word for an enum ctguard_bound_by */
const char *ctguard_words_bound_by(uint32_t bound_by)
{
	return word_of(bound_bys, COUNT(bound_bys), bound_by);
}

/** ctguard_words_event_kind() - the word for an enum ctguard_event_kind */
const char *ctguard_words_event_kind(uint32_t kind)
{
	return word_of(event_kinds, COUNT(event_kinds), kind);
}

/** ctguard_words_when() - the word for one of CTGUARD_OWN_*, or for 0 */
const char *ctguard_words_when(uint32_t when)
{
	for (size_t i = 0; i < COUNT(whens); i++)
		if (whens[i].when == when)
			return whens[i].word;
	return "unknown";
}

/** ctguard_words_when_find() - whether @text is such a word, and which */
bool ctguard_words_when_find(const char *text, uint32_t *ret_when)
{
	for (size_t i = 0; i < COUNT(whens); i++)
		if (!strcmp(whens[i].word, text)) {
			*ret_when = whens[i].when;
			return true;
		}
	return false;
}

/** ctguard_words_require() - the word for CTGUARD_REQUIRE_* */
const char *ctguard_words_require(uint32_t require)
{
	return word_of(requires, COUNT(requires), require);
}

/** ctguard_words_require_find() - CTGUARD_REQUIRE_*, or -1 */
int ctguard_words_require_find(const char *text)
{
	return find(requires, COUNT(requires), text);
}

/** ctguard_words_program() - the word for CTGUARD_PROGRAM_* */
const char *ctguard_words_program(uint32_t program)
{
	return word_of(programs, COUNT(programs), program);
}

/** ctguard_words_program_find() - CTGUARD_PROGRAM_*, or -1 */
int ctguard_words_program_find(const char *text)
{
	return find(programs, COUNT(programs), text);
}

/** ctguard_words_tpm() - the word for an enum ctguard_tpm_state */
const char *ctguard_words_tpm(uint32_t state)
{
	return word_of(tpm_states, COUNT(tpm_states), state);
}

/** ctguard_words_reason() - the word for an enum ctguard_image_reason */
const char *ctguard_words_reason(uint32_t reason)
{
	return word_of(reasons, COUNT(reasons), reason);
}

/** ctguard_words_level() - the word for CTGUARD_LEVEL_* of a claim */
const char *ctguard_words_level(uint32_t level)
{
	return word_of(levels, COUNT(levels), level);
}

/** ctguard_words_origin() - the word for CTGUARD_ORIGIN_* of a first program */
const char *ctguard_words_origin(uint32_t origin)
{
	return word_of(origins, COUNT(origins), origin);
}

/** ctguard_words_record() - the word for an enum ctguard_record_type */
const char *ctguard_words_record(uint32_t type)
{
	return word_of(record_types, COUNT(record_types), type);
}

/** ctguard_words_access() - the letters for CTGUARD_ACCESS_* */
void ctguard_words_access(uint32_t access, char ret_text[CTGUARD_WORDS_ACCESS])
{
	char *end = ret_text;

	if (access & CTGUARD_ACCESS_READ)
		*end++ = 'r';
	if (access & CTGUARD_ACCESS_WRITE)
		*end++ = 'w';
	if (access & CTGUARD_ACCESS_MKNOD)
		*end++ = 'm';
	*end = '\0';
}

/** ctguard_words_device() - the letter for CTGUARD_DEV_* */
char ctguard_words_device(uint32_t type)
{
	return type <= CTGUARD_DEV_CHAR ? "abc"[type] : '?';
}

/* Edits that make @a of @b: Levenshtein's distance, at most 64 bytes each. */
static unsigned int distance(const char *a, const char *b)
{
	size_t a_size = strlen(a), b_size = strlen(b);
	unsigned int row[65];

	if (a_size > 64 || b_size > 64)
		return 64;
	for (size_t j = 0; j <= b_size; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= a_size; i++) {
		unsigned int corner = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_size; j++) {
			unsigned int best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_size];
}

/**
 * ctguard_words_nearest() - the word somebody may have meant
 * @text: what was written
 * @word: gives the word numbered i of @words
 * @words: given to @word
 * @count: of the words
 *
 * Return: one of the words, or NULL when none is near.
 */
const char *ctguard_words_nearest(const char *text,
				  const char *(*word)(const void *words,
						      size_t i),
				  const void *words, size_t count)
{
	unsigned int best = (unsigned int)strlen(text) / 3 + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < count; i++) {
		unsigned int edits = distance(text, word(words, i));

		if (edits <= best && edits < strlen(word(words, i))) {
			if (nearest && edits == best)
				continue;
			best = edits;
			nearest = word(words, i);
		}
	}
	return nearest;
}

/**
 * ctguard_words_duration() - read 90s, 10m or 1h
 * @text: of the duration
 * @ret_ms: milliseconds, at least 1000, at most CTGUARD_TRIAL_MAX_MS
 *
 * Return: whether it is one.
 */
bool ctguard_words_duration(const char *text, uint32_t *ret_ms)
{
	unsigned long long number, unit;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || !end[0] || end[1])
		return false;
	if (end[0] == 's')
		unit = 1000;
	else if (end[0] == 'm')
		unit = 60 * 1000;
	else if (end[0] == 'h')
		unit = 60 * 60 * 1000;
	else
		return false;
	if (!number || number > CTGUARD_TRIAL_MAX_MS / unit)
		return false;
	*ret_ms = (uint32_t)(number * unit);
	return true;
}
