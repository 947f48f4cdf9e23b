/* SPDX-License-Identifier: GPL-2.0 */
/* What the verifier knows of an enrolled key: one JSON record each. */
#ifndef ATTEST_RECORD_H
#define ATTEST_RECORD_H

#include <ctguard/measurement.h>
#include <jansson.h>
#include <stdbool.h>

#include "evidence.h"
#include "hash.h"
#include "public.h"
#include "verdict.h"

struct ctguard_error;

#define RECORD_MAX (256 << 10)
#define RECORD_HOST_MAX 64
#define RECORD_NONCES_MAX 64
#define RECORD_GENERATION 16

/**
 * struct record_nonce - made for this host
 * @bytes: of it
 * @issued: seconds since the epoch
 * @expires: the same
 * @generation: of the state directory when it was made
 * @used: evidence was checked by it
 */
struct record_nonce {
	uint8_t bytes[EVIDENCE_NONCE_SIZE];
	uint64_t issued;
	uint64_t expires;
	uint8_t generation[RECORD_GENERATION];
	bool used;
};

/**
 * struct log_state - how far a log was followed, and what it showed
 * @known: there is one
 * @count: of records
 * @instance: of the module's load
 * @pcr: that it extends
 * @banks: bits of those it has
 * @values: of the PCR, by bank
 * @kernel: release
 * @initialised: there was an INIT record
 * @locked: there was a LOCK record
 * @capped: there was a LOG_CAP record
 * @exited: there was an EXIT record
 * @enforcing: mode
 * @has_policy: there was a POLICY record
 * @policy: of the last one
 * @reference: SHA-256 of the reference that it was judged by; zeros: none
 * @rank: of the newest policy in that reference, or -1
 * @generation: of the last one
 * @starts: of images
 * @denied: images
 * @violations: told
 * @reasons: found on the way
 */
struct log_state {
	bool known;
	uint64_t count;
	uint8_t instance[16];
	uint8_t pcr;
	unsigned int banks;
	uint8_t values[HASH_BANKS][HASH_MAX];
	char kernel[256];
	bool initialised;
	bool locked;
	bool capped;
	bool exited;
	bool enforcing;
	bool has_policy;
	uint8_t policy[32];
	uint8_t reference[32];
	int rank;
	uint64_t generation;
	uint64_t starts;
	uint64_t denied;
	uint64_t violations;
	struct reasons reasons;
};

/**
 * struct record - of an attestation key
 * @host: name
 * @name: the key's Name
 * @name_size: of @name
 * @ek: SHA-256 of the endorsement key's SubjectPublicKeyInfo
 * @trust: how the endorsement key was trusted: words
 * @enrolled: seconds since the epoch
 * @reference: SHA-256 of the reference, in hexadecimal; or ""
 * @nonces: made for it
 * @nonce_count: of @nonces
 * @quoted: @resets, @restarts and @clock are of a quote
 * @resets: resetCount
 * @restarts: restartCount
 * @clock: ms
 * @log: of the boot of that quote
 * @has_policy: a policy was seen in force
 * @policy: the last one
 */
struct record {
	char host[RECORD_HOST_MAX + 1];
	uint8_t name[PUBLIC_NAME_MAX];
	size_t name_size;
	uint8_t ek[32];
	char trust[64];
	uint64_t enrolled;
	char reference[65];
	struct record_nonce nonces[RECORD_NONCES_MAX];
	size_t nonce_count;
	bool quoted;
	uint32_t resets;
	uint32_t restarts;
	uint64_t clock;
	struct log_state log;
	bool has_policy;
	uint8_t policy[32];
};

int record_parse(const char *name, const void *data, size_t size,
		 struct record *ret_record, struct ctguard_error *error);
json_t *record_json(const struct record *record);
bool record_host_valid(const char *host);

#endif /* ATTEST_RECORD_H */
