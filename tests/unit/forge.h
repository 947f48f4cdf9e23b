/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A forger of evidence: a host that is made of bytes, with a software key for
 * its TPM's. What it makes is valid until somebody changes it.
 */
#ifndef _FORGE_H
#define _FORGE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../attest/lib/evidence.h"
#include "../../attest/lib/hash.h"

#define FORGE_KERNEL "6.1.0-49-amd64"
#define FORGE_MODULE_PATH \
	"/usr/lib/modules/" FORGE_KERNEL "/updates/dkms/ctguard.ko"
#define FORGE_EXT4_PATH "/usr/lib/modules/" FORGE_KERNEL "/kernel/fs/ext4.ko"

struct bytes {
	uint8_t *data;
	size_t size;
	size_t space;
};

void bytes_put(struct bytes *bytes, const void *data, size_t size);
void bytes_put8(struct bytes *bytes, unsigned int value);
void bytes_put16(struct bytes *bytes, unsigned int value);
void bytes_put32(struct bytes *bytes, uint32_t value);
void bytes_put64(struct bytes *bytes, uint64_t value);
void bytes_le16(struct bytes *bytes, unsigned int value);
void bytes_le32(struct bytes *bytes, uint32_t value);
void bytes_tlv(struct bytes *bytes, unsigned int type, const void *data,
	       size_t size);
void bytes_cut(struct bytes *bytes, size_t at, size_t size);
void bytes_free(struct bytes *bytes);

#define FORGE_RECORDS_MAX 65536

/**
 * struct forge - a host and what it will say
 * @ak: signs; of P-256, or of RSA with 2048 bits
 * @signer: signs instead, when set
 * @attributes: of the key's public area
 * @scheme: of the key
 * @scheme_hash: of the key
 * @signature_scheme: that the signature names; it is made as the key's
 * @signature_hash: the same
 * @banks: bits of enum hash_bank that the TPM has
 * @pcrs: values
 * @quoted: mask of PCRs
 * @pcr: that the log is in
 * @records: of the log, each whole
 * @count: of @records
 * @number: of the next one
 * @ima: log
 * @magic: of TPMS_ATTEST
 * @type: of TPMS_ATTEST
 * @nonce: the verifier's
 * @extra: qualifyingData
 * @clock: ms
 * @resets: resetCount
 * @restarts: restartCount
 * @safe: of TPMS_CLOCK_INFO
 * @members: of the archive, made by forge_members()
 */
struct forge {
	EVP_PKEY *ak;
	EVP_PKEY *signer;
	struct hash hash;
	uint32_t attributes;
	uint16_t scheme;
	uint16_t scheme_hash;
	uint16_t signature_scheme;
	uint16_t signature_hash;
	unsigned int banks;
	uint8_t pcrs[HASH_BANKS][24][HASH_MAX];
	uint32_t quoted;
	unsigned int pcr;
	struct bytes *records;
	size_t count;
	size_t space;
	uint64_t number;
	struct bytes ima;
	uint32_t magic;
	uint16_t type;
	uint8_t nonce[EVIDENCE_NONCE_SIZE];
	struct bytes extra;
	uint64_t clock;
	uint32_t resets;
	uint32_t restarts;
	uint8_t safe;
	bool no_instance_change;
	uint8_t instance[16];
	char manifest[256];
	struct bytes members[EVIDENCE_COUNT];
};

/* What an image start says, besides what is the same for all. */
struct forge_start {
	const char *config;
	const char *manifest;
	const char *claimant;
	unsigned int verdict;
	unsigned int level;
	int origin; /* negative: none */
};

void forge_open(struct forge *forge, EVP_PKEY *ak, unsigned int banks);
void forge_close(struct forge *forge);
void forge_boot(struct forge *forge);
void forge_extend(struct forge *forge, unsigned int pcr, const char *what);

void forge_digest(const char *what, uint8_t ret_digest[32]);
void forge_add(struct forge *forge, unsigned int type,
	       const struct bytes *attrs, bool extend);
void forge_base(struct forge *forge);
void forge_init(struct forge *forge, unsigned int mode, const char *kernel);
void forge_policy(struct forge *forge, const char *policy, uint64_t generation,
		  unsigned int mode, const char *signer);
void forge_mode(struct forge *forge, unsigned int mode);
void forge_simple(struct forge *forge, unsigned int type);
void forge_image(struct forge *forge, unsigned int type,
		 const struct forge_start *start);
void forge_log(struct forge *forge);
void forge_rebuild(struct forge *forge);
void forge_clear_log(struct forge *forge);
void forge_forget(struct forge *forge, size_t count);

void forge_measure(struct forge *forge, const char *template, const char *path,
		   const char *content);
void forge_host(struct forge *forge);

void forge_members(struct forge *forge);
void forge_resign(struct forge *forge);
void forge_archive(const struct forge *forge, struct bytes *ret_archive);
void forge_member(struct bytes *archive, const char *name, const void *data,
		  size_t size);
void forge_header(uint8_t *header);
void forge_public(const struct forge *forge, struct bytes *ret_public);
void forge_sign(const struct forge *forge, const void *data, size_t size,
		struct bytes *ret_signature);
char *forge_reference(const struct forge *forge);
EVP_PKEY *forge_key(bool rsa);

#endif /* _FORGE_H */
