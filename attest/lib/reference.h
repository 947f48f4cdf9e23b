/* SPDX-License-Identifier: GPL-2.0 */
/* What a host, or a group of them, shall be: the verifier's reference. */
#ifndef ATTEST_REFERENCE_H
#define ATTEST_REFERENCE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hash.h"
#include "quote.h"

struct ctguard_error;

#define REFERENCE_MAX (8 << 20)

/**
 * struct digests - a set of SHA-256
 * @list: ascending
 * @count: of @list
 * @given: the reference has the list, though perhaps empty
 */
struct digests {
	uint8_t (*list)[32];
	size_t count;
	bool given;
};

/**
 * struct reference_policy - an approved policy; later ones are newer
 * @sha256: of the compiled policy
 * @is_signed: it must have an approved signer, where there are signers
 */
struct reference_policy {
	uint8_t sha256[32];
	bool is_signed;
};

/**
 * struct reference_kernel - approved builds of ctguard.ko
 * @release: of the kernel they are for
 * @modules: SHA-256 of the file
 */
struct reference_kernel {
	char *release;
	struct digests modules;
};

/**
 * struct reference_pcr - approved values of a PCR
 * @bank: of it
 * @pcr: its number
 * @values: each hash_size() bytes, one behind the other
 * @count: of @values
 */
struct reference_pcr {
	enum hash_bank bank;
	unsigned int pcr;
	uint8_t *values;
	size_t count;
};

/**
 * struct reference - see REFERENCE in ctguard-verify(1)
 * @json: the whole, as it was read
 * @sha256: of what it says of policies and images: tells references apart
 * @pcr: the guard's
 * @tail: records allowed behind the quoted ones
 * @level: least depth of an image's check
 * @program_any: the first program may be of elsewhere than the image
 * @lock: the guard must be locked
 * @unsafe_clock: the TPM may have lost power without a shutdown
 * @ima_merged: IMA measures other files than modules, too
 * @accepted: bits of enum part that may stay unverified
 * @policies: approved, in their order
 * @signers: of policies
 * @configs: approved images
 * @manifests: approved images
 * @claimants: approved executables
 * @kernels: approved ctguard.ko
 * @modules: other approved modules
 * @boot: of the boot chain
 * @bases: of the guard's PCR before its first record, besides zeros
 */
struct reference {
	json_t *json;
	uint8_t sha256[32];
	unsigned int pcr;
	uint64_t tail;
	unsigned int level;
	bool program_any;
	bool lock;
	bool unsafe_clock;
	bool ima_merged;
	unsigned int accepted;
	bool policies_given;
	struct reference_policy *policies;
	size_t policy_count;
	struct digests signers;
	struct digests configs;
	struct digests manifests;
	bool images_given;
	struct digests claimants;
	struct reference_kernel *kernels;
	size_t kernel_count;
	struct digests modules;
	struct reference_pcr *boot;
	size_t boot_count;
	struct reference_pcr *bases;
	size_t base_count;
};

int reference_parse(const char *name, const void *data, size_t size,
		    struct reference **ret_reference,
		    struct ctguard_error *error);
int reference_from_json(const char *name, json_t *json,
			struct reference **ret_reference,
			struct ctguard_error *error);
void reference_free(struct reference *reference);
void reference_put(struct reference **reference);
int reference_add_images(const char *name, char *text, json_t *json,
			 struct ctguard_error *error);
int reference_add_module(json_t *json, const char *release, const char *sha256);

bool digests_have(const struct digests *set, const uint8_t digest[32]);
const struct reference_kernel *
reference_kernel(const struct reference *reference, const char *release,
		 size_t size);
int reference_policy_rank(const struct reference *reference,
			  const uint8_t sha256[32]);
bool reference_pcr_is(const struct reference_pcr *pcr, const uint8_t *value);

#define REFERENCE_PUT __attribute__((cleanup(reference_put)))

#endif /* ATTEST_REFERENCE_H */
