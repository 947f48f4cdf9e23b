// SPDX-License-Identifier: GPL-2.0
/*
 * Modules that the kernel's crypto manager asks for on behalf of others.
 *
 * Who asks for the algorithm "x(y)" makes the kernel ask twice: once for
 * "crypto-x(y)" in his own name, and then for "crypto-x" in that of a kernel
 * thread, whatever the first answer was. What a container asked for, and may
 * not have, is marked; so is what the host asked for; the thread does not get
 * what only containers want. Marks are bits at keyed hashes of the names, so
 * they never run out, and nobody can aim at another's.
 */
#include "prober.h"

#include <linux/bitops.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <uapi/ctguard/ctguard.h>

#include "guard.h"

#define PREFIX "crypto-"
#define SUFFIX "-all"
#define MARK_BITS 16

static DECLARE_BITMAP(wanted_by_containers, 1 << MARK_BITS);
static DECLARE_BITMAP(wanted_by_host, 1 << MARK_BITS);
static siphash_key_t key;

/** ctg_prober_init - no marks, and a key that nobody knows */
void ctg_prober_init(void)
{
	get_random_bytes(&key, sizeof(key));
}

/** ctg_prober_is_current - is current the crypto manager's thread? */
bool ctg_prober_is_current(void)
{
	return current->flags & PF_KTHREAD &&
	       !strcmp(current->comm, "cryptomgr_probe");
}

static bool is_crypto(const char *name)
{
	return !strncmp(name, PREFIX, strlen(PREFIX));
}

static unsigned long bit_of(const char *name, size_t length)
{
	return siphash(name, length, &key) & ((1UL << MARK_BITS) - 1);
}

/* The next name in "x(y,z)", of which *name is moved behind; its length. */
static size_t next_name(const char **name, const char **ret)
{
	size_t length;

	*name += strspn(*name, "(),");
	length = strcspn(*name, "(),");
	*ret = *name;
	*name += length;
	if (length > strlen(SUFFIX) && !**name &&
	    !memcmp(*name - strlen(SUFFIX), SUFFIX, strlen(SUFFIX)))
		length -= strlen(SUFFIX);
	return length;
}

static bool is_allowed(const char *name, size_t length,
		       const struct ctg_subject *subject)
{
	char text[CTGUARD_NAME_MAX + 1] = PREFIX;
	struct ctg_request request = {
		.operation = CTGUARD_OP_MODULE_AUTOLOAD,
		.name = text,
	};
	struct ctg_decision decision;

	request.length = strlen(PREFIX) + length;
	if (request.length >= sizeof(text))
		return false;
	memcpy(text + strlen(PREFIX), name, length);
	ctg_guard_explain(subject, &request, &decision);
	return decision.verdict != CTGUARD_VERDICT_DENY;
}

/**
 * ctg_prober_mark - somebody asks for a module by this name
 * @name: that is asked for
 * @subject: who asks; NULL for the host
 *
 * Context: RCU read side, any.
 */
void ctg_prober_mark(const char *name, const struct ctg_subject *subject)
{
	const char *part;
	size_t length;

	if (!is_crypto(name))
		return;
	name += strlen(PREFIX);
	while ((length = next_name(&name, &part))) {
		if (!subject)
			set_bit(bit_of(part, length), wanted_by_host);
		else if (!is_allowed(part, length, subject))
			set_bit(bit_of(part, length), wanted_by_containers);
	}
}

/**
 * ctg_prober_may - may the crypto manager's thread have this module?
 * @name: that it asks for
 *
 * Context: any. Return: false when only containers that may not have it want
 * it.
 */
bool ctg_prober_may(const char *name)
{
	const char *part;
	size_t length;

	if (!is_crypto(name))
		return true;
	name += strlen(PREFIX);
	while ((length = next_name(&name, &part))) {
		unsigned long bit = bit_of(part, length);

		if (test_bit(bit, wanted_by_containers) &&
		    !test_bit(bit, wanted_by_host))
			return false;
	}
	return true;
}
