// SPDX-License-Identifier: GPL-2.0
/*
 * The decision on a container's first program: every rule about images on
 * every kind of claim, in both modes and with a group or profile that
 * complains.
 */
#include <string.h>

#include <ctguard/measurement.h>

#include "../../kmod/decide.h"
#include "blob.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* First bytes of the digests that the policy has, and of one it has not. */
#define CONFIG 1
#define MANIFEST 2
#define CLAIMANT 3
#define ANOTHER 9

/* What is varied: bits of a number, so that all of them are tried. */
#define CLAIMED 1
#define GOOD_CONFIG 2
#define GOOD_MANIFEST 4
#define GOOD_CLAIMANT 8
#define GROUP_COMPLAINS 16
#define PROFILE_COMPLAINS 32
#define MODE_COMPLAINS 64
#define CLAIMANTS_LISTED 128
#define ALL 256

/* What a digest in words has behind its first byte. */
#define TAIL "00000000000000000000000000000000000000000000000000000000000000"

static void put_digest(struct blob *b, unsigned int type, uint32_t kind,
		       unsigned char first)
{
	unsigned char value[4 + CTGUARD_SHA256_SIZE] = { 0 };

	value[0] = kind;
	value[4] = first;
	if (type == CTGUARD_TLV_IMAGE)
		blob_element(b, type, value, sizeof(value));
	else
		blob_element(b, type, value + 4, CTGUARD_SHA256_SIZE);
}

static struct ctg_policy *policy_of(const struct ctguard_image_rule *rule,
				    unsigned int bits)
{
	struct ctg_policy *policy = NULL;
	struct ctg_policy_error error;
	struct blob b = { 0 };

	blob_begin(&b);
	blob_number(&b, CTGUARD_TLV_MODE, CTGUARD_MODE_ENFORCE);
	blob_open(&b, CTGUARD_TLV_PROFILE);
	blob_text(&b, CTGUARD_TLV_NAME, "a");
	blob_number(&b, CTGUARD_TLV_FLAGS,
		    bits & PROFILE_COMPLAINS ? CTGUARD_PROFILE_COMPLAIN : 0);
	blob_empty_groups(&b, CTGUARD_TLV_MODULES, CTGUARD_TLV_MOUNTS);
	if (rule->require) {
		blob_open(&b, CTGUARD_TLV_IMAGES);
		blob_number(&b, CTGUARD_TLV_GROUP_FLAGS,
			    bits & GROUP_COMPLAINS ? CTGUARD_GROUP_COMPLAIN :
						     0);
		blob_element(&b, CTGUARD_TLV_IMAGE_RULE, rule, sizeof(*rule));
		blob_close(&b);
	}
	blob_close(&b);
	blob_tail(&b, 0);
	put_digest(&b, CTGUARD_TLV_IMAGE, CTGUARD_IMAGE_CONFIG, CONFIG);
	put_digest(&b, CTGUARD_TLV_IMAGE, CTGUARD_IMAGE_MANIFEST, MANIFEST);
	if (bits & CLAIMANTS_LISTED)
		put_digest(&b, CTGUARD_TLV_CLAIMANT, 0, CLAIMANT);
	blob_end(&b);
	ctg_policy_parse(b.data, b.size, &policy, &error);
	blob_free(&b);
	return policy;
}

static struct ctg_start start_of(unsigned int bits, u8 level, u8 origin)
{
	struct ctg_start s = {
		.claimed = bits & CLAIMED,
		.level = bits & CLAIMED ? level : CTGUARD_LEVEL_NONE,
		.origin = origin,
	};

	if (!s.claimed)
		return s;
	s.config[0] = bits & GOOD_CONFIG ? CONFIG : ANOTHER;
	s.manifest[0] = bits & GOOD_MANIFEST ? MANIFEST : ANOTHER;
	s.claimant[0] = bits & GOOD_CLAIMANT ? CLAIMANT : ANOTHER;
	return s;
}

/* What is wrong with it, said once more and in other words. */
static u32 fault(const struct ctguard_image_rule *rule, unsigned int bits,
		 u8 level, u8 origin)
{
	if (rule->require != CTGUARD_REQUIRE_APPROVED)
		return CTGUARD_IMAGE_OK;
	if (!(bits & CLAIMED))
		return CTGUARD_IMAGE_UNCLAIMED;
	if (!(bits & (GOOD_CONFIG | GOOD_MANIFEST)))
		return CTGUARD_IMAGE_UNAPPROVED;
	if (level < rule->level)
		return CTGUARD_IMAGE_LEVEL;
	if (bits & CLAIMANTS_LISTED && !(bits & GOOD_CLAIMANT))
		return CTGUARD_IMAGE_CLAIMANT;
	if (rule->program == CTGUARD_PROGRAM_IMAGE &&
	    origin != CTGUARD_ORIGIN_IMAGE)
		return CTGUARD_IMAGE_PROGRAM;
	return CTGUARD_IMAGE_OK;
}

static bool holds(const struct ctg_policy *policy,
		  const struct ctguard_image_rule *rule, unsigned int bits,
		  u8 level, u8 origin)
{
	struct ctg_start start = start_of(bits, level, origin);
	u32 wanted = fault(rule, bits, level, origin), reason = -1, verdict;
	bool complains = bits &
			 (GROUP_COMPLAINS | PROFILE_COMPLAINS | MODE_COMPLAINS);

	verdict = ctg_decide_start(policy, 0,
				   bits & MODE_COMPLAINS ?
					   CTGUARD_MODE_COMPLAIN :
					   CTGUARD_MODE_ENFORCE,
				   &start, &reason);
	return reason == wanted &&
	       verdict == (!wanted   ? CTGUARD_VERDICT_ALLOW :
			   complains ? CTGUARD_VERDICT_COMPLAIN :
				       CTGUARD_VERDICT_DENY);
}

static void test_rule(const struct ctguard_image_rule *rule)
{
	unsigned int bits, tried = 0, wrong = 0;
	struct ctg_policy *policy;
	u8 level, origin;

	for (bits = 0; bits < ALL; bits++) {
		policy = policy_of(rule, bits);
		for (level = 0; policy && level <= CTGUARD_LEVEL_CONTENT;
		     level++)
			for (origin = 0; origin <= CTGUARD_ORIGIN_ELSEWHERE;
			     origin++) {
				wrong += !holds(policy, rule, bits, level,
						origin);
				tried++;
			}
		wrong += !policy;
		ctg_policy_free(policy);
	}
	if (!tap_ok(!wrong && tried == ALL * 16,
		    "require %u, level %u, program %u: each start",
		    rule->require, rule->level, rule->program))
		tap_note("%u of %u", wrong, tried);
}

/* A manifest that nobody knows is none, even if zeros were approved. */
static void test_unknown_manifest(void)
{
	static const struct ctguard_image_rule approved = {
		.require = CTGUARD_REQUIRE_APPROVED,
	};
	struct ctg_start start = { .claimed = true, .config = { ANOTHER } };
	struct ctg_policy *policy = NULL;
	struct ctg_policy_error error;
	struct blob b = { 0 };
	u32 reason = -1;

	blob_begin(&b);
	blob_number(&b, CTGUARD_TLV_MODE, CTGUARD_MODE_ENFORCE);
	blob_open(&b, CTGUARD_TLV_PROFILE);
	blob_text(&b, CTGUARD_TLV_NAME, "a");
	blob_number(&b, CTGUARD_TLV_FLAGS, 0);
	blob_empty_groups(&b, CTGUARD_TLV_MODULES, CTGUARD_TLV_MOUNTS);
	blob_open(&b, CTGUARD_TLV_IMAGES);
	blob_number(&b, CTGUARD_TLV_GROUP_FLAGS, 0);
	blob_element(&b, CTGUARD_TLV_IMAGE_RULE, &approved, sizeof(approved));
	blob_close(&b);
	blob_close(&b);
	blob_tail(&b, 0);
	put_digest(&b, CTGUARD_TLV_IMAGE, CTGUARD_IMAGE_MANIFEST, 0);
	blob_end(&b);
	ctg_policy_parse(b.data, b.size, &policy, &error);
	blob_free(&b);
	tap_ok(policy &&
		       ctg_decide_start(policy, 0, CTGUARD_MODE_ENFORCE, &start,
					&reason) == CTGUARD_VERDICT_DENY,
	       "a manifest that is not known is not approved");
	tap_ok(reason == CTGUARD_IMAGE_UNAPPROVED, "and that is why");
	ctg_policy_free(policy);
}

/* What an administrator asks for by name. */
static void test_explained(void)
{
	static const struct ctguard_image_rule approved = {
		.require = CTGUARD_REQUIRE_APPROVED,
	};
	static const struct {
		const char *name;
		bool allowed;
	} rows[] = {
		{ "config:sha256:01" TAIL, true },
		{ "manifest:sha256:02" TAIL, true },
		{ "config:sha256:02" TAIL, false },
		{ "manifest:sha256:01" TAIL, false },
		{ "sha256:01" TAIL, false },
		{ "config:sha256:1" TAIL, false },
		{ "config:sha256:001" TAIL, false },
		{ "config:sha256:0A" TAIL, false },
		{ "config:sha256:g1" TAIL, false },
		{ "CONFIG:sha256:01" TAIL, false },
		{ "config:sha256:", false },
		{ "unclaimed", false },
		{ "", false },
	};
	struct ctg_policy *policy = policy_of(&approved, 0);
	struct ctg_decision decision;
	size_t i;

	for (i = 0; policy && i < COUNT(rows); i++) {
		const struct ctg_request request = {
			.operation = CTGUARD_OP_IMAGE_START,
			.name = rows[i].name,
			.length = strlen(rows[i].name),
		};

		ctg_decide(policy, 0, CTGUARD_MODE_ENFORCE, &request,
			   &decision);
		tap_ok(decision.verdict == (rows[i].allowed ?
						    CTGUARD_VERDICT_ALLOW :
						    CTGUARD_VERDICT_DENY) &&
			       decision.rule == CTGUARD_RULE_NONE,
		       "\"%s\" would%s start", rows[i].name,
		       rows[i].allowed ? "" : " not");
	}
	tap_ok(policy, "they were asked");
	ctg_policy_free(policy);
}

int main(void)
{
	static const struct ctguard_image_rule others[] = {
		{ .require = CTGUARD_REQUIRE_NONE },
		{ .require = CTGUARD_REQUIRE_MEASURED },
	};
	struct ctguard_image_rule rule = { .require =
						   CTGUARD_REQUIRE_APPROVED };
	size_t i;

	for (i = 0; i < COUNT(others); i++)
		test_rule(&others[i]);
	for (i = 0; i < 8; i++) {
		rule.level = i & 3;
		rule.program = i >> 2;
		test_rule(&rule);
	}
	test_unknown_manifest();
	test_explained();
	return tap_done();
}
