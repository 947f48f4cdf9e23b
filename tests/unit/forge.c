// SPDX-License-Identifier: GPL-2.0
/*
 * A forger of evidence: a host that is made of bytes, with a software key for
 * its TPM's. It writes the formats by itself, and shares with the verifier only
 * what their names and sizes are.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

#include "../../userspace/lib/error.h"
#include "forge.h"

static void must(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "forge: %s\n", what);
	abort();
}

void bytes_put(struct bytes *bytes, const void *data, size_t size)
{
	if (bytes->size + size > bytes->space) {
		bytes->space = (bytes->size + size) * 2;
		bytes->data = realloc(bytes->data, bytes->space);
		must(bytes->data != NULL, "memory");
	}
	if (size)
		memcpy(bytes->data + bytes->size, data, size);
	bytes->size += size;
}

static void put_number(struct bytes *bytes, uint64_t value, int size, int big)
{
	for (int i = 0; i < size; i++) {
		uint8_t byte = (uint8_t)(value >> 8 * (big ? size - 1 - i : i));

		bytes_put(bytes, &byte, 1);
	}
}

void bytes_put8(struct bytes *bytes, unsigned int value)
{
	put_number(bytes, value, 1, 1);
}

void bytes_put16(struct bytes *bytes, unsigned int value)
{
	put_number(bytes, value, 2, 1);
}

void bytes_put32(struct bytes *bytes, uint32_t value)
{
	put_number(bytes, value, 4, 1);
}

void bytes_put64(struct bytes *bytes, uint64_t value)
{
	put_number(bytes, value, 8, 1);
}

void bytes_le16(struct bytes *bytes, unsigned int value)
{
	put_number(bytes, value, 2, 0);
}

void bytes_le32(struct bytes *bytes, uint32_t value)
{
	put_number(bytes, value, 4, 0);
}

void bytes_tlv(struct bytes *bytes, unsigned int type, const void *data,
	       size_t size)
{
	bytes_put8(bytes, type);
	bytes_put32(bytes, (uint32_t)size);
	bytes_put(bytes, data, size);
}

void bytes_cut(struct bytes *bytes, size_t at, size_t size)
{
	must(at + size <= bytes->size, "a cut behind the end");
	memmove(bytes->data + at, bytes->data + at + size,
		bytes->size - at - size);
	bytes->size -= size;
}

void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	memset(bytes, 0, sizeof(*bytes));
}

EVP_PKEY *forge_key(bool rsa)
{
	return rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
}

/* The SHA-256 that stands for something, by its name. */
void forge_digest(const char *what, uint8_t ret_digest[32])
{
	must(EVP_Digest(what, strlen(what), ret_digest, NULL, EVP_sha256(),
			NULL),
	     "sha256");
}

static size_t put_text(char *text, const char *what)
{
	uint8_t digest[32];

	forge_digest(what, digest);
	for (int i = 0; i < 32; i++)
		sprintf(text + 2 * i, "%02x", digest[i]);
	return 64;
}

void forge_open(struct forge *forge, EVP_PKEY *ak, unsigned int banks)
{
	struct ctguard_error error;
	const bool rsa = EVP_PKEY_is_a(ak, "RSA");

	memset(forge, 0, sizeof(*forge));
	must(hash_open(&forge->hash, &error) == 0, "hashes");
	forge->ak = ak;
	forge->attributes = 0x00050472;
	forge->scheme = rsa ? 0x0014 : 0x0018;
	forge->scheme_hash = 0x000b;
	forge->signature_scheme = forge->scheme;
	forge->signature_hash = forge->scheme_hash;
	forge->banks = banks;
	forge->pcr = 13;
	forge->quoted = 0x24ff; /* 0-7, 10, 13 */
	forge->magic = 0xff544347;
	forge->type = 0x8018;
	memset(forge->nonce, 'n', sizeof(forge->nonce));
	bytes_put(&forge->extra, forge->nonce, sizeof(forge->nonce));
	forge->clock = 100000;
	forge->resets = 7;
	forge->safe = 1;
	memset(forge->instance, 1, sizeof(forge->instance));
	strcpy(forge->manifest, "{\"host\": \"forged\"}");
}

void forge_clear_log(struct forge *forge)
{
	for (size_t i = 0; i < forge->count; i++)
		bytes_free(&forge->records[i]);
	forge->count = 0;
	forge->number = 0;
	for (int i = 0; i < HASH_BANKS; i++)
		memset(forge->pcrs[i][forge->pcr], 0, HASH_MAX);
}

/* Forgets the first records, as a host that is asked for new ones only. */
void forge_forget(struct forge *forge, size_t count)
{
	must(count <= forge->count, "fewer records");
	for (size_t i = 0; i < count; i++)
		bytes_free(&forge->records[i]);
	memmove(forge->records, forge->records + count,
		(forge->count - count) * sizeof(*forge->records));
	memset(forge->records + forge->count - count, 0,
	       count * sizeof(*forge->records));
	forge->count -= count;
}

void forge_close(struct forge *forge)
{
	forge_clear_log(forge);
	free(forge->records);
	bytes_free(&forge->ima);
	bytes_free(&forge->extra);
	for (int i = 0; i < EVIDENCE_COUNT; i++)
		bytes_free(&forge->members[i]);
	hash_close(&forge->hash);
}

/* Extends all banks by the hash of something. */
void forge_extend(struct forge *forge, unsigned int pcr, const char *what)
{
	uint8_t digest[HASH_MAX];

	for (int i = 0; i < HASH_BANKS; i++) {
		if (!(forge->banks >> i & 1))
			continue;
		hash_make(&forge->hash, (enum hash_bank)i, what, strlen(what),
			  digest);
		hash_extend(&forge->hash, (enum hash_bank)i,
			    forge->pcrs[i][pcr], digest);
	}
}

/* What firmware, boot loader and kernel measure. */
void forge_boot(struct forge *forge)
{
	for (unsigned int pcr = 0; pcr < 10; pcr++) {
		char what[16];

		snprintf(what, sizeof(what), "boot %u", pcr);
		forge_extend(forge, pcr, what);
	}
}

/* Appends a record of the content @attrs and extends the PCR by it. */
void forge_add(struct forge *forge, unsigned int type,
	       const struct bytes *attrs, bool extend)
{
	struct bytes content = { 0 }, inner = { 0 }, digests = { 0 };
	struct bytes *record;
	uint8_t digest[HASH_MAX], value = (uint8_t)type;
	uint8_t time[8] = { 0x18, 0x7a };

	bytes_tlv(&inner, CTGUARD_RECORD_A_TYPE, &value, 1);
	bytes_tlv(&inner, CTGUARD_RECORD_A_TIME, time, sizeof(time));
	bytes_put(&inner, attrs->data, attrs->size);
	bytes_tlv(&content, CTGUARD_CEL_CTGUARD, inner.data, inner.size);
	for (int i = 0; i < HASH_BANKS; i++) {
		const enum hash_bank bank = (enum hash_bank)i;

		if (!(forge->banks >> i & 1))
			continue;
		hash_make(&forge->hash, bank, content.data, content.size,
			  digest);
		bytes_tlv(&digests, hash_algorithm(bank), digest,
			  hash_size(bank));
		if (extend)
			hash_extend(&forge->hash, bank,
				    forge->pcrs[i][forge->pcr], digest);
	}
	if (forge->count == forge->space) {
		forge->space = forge->space ? 2 * forge->space : 16;
		forge->records =
			realloc(forge->records, forge->space * sizeof(*record));
		must(forge->records != NULL, "memory");
		memset(forge->records + forge->count, 0,
		       (forge->space - forge->count) * sizeof(*record));
	}
	record = &forge->records[forge->count++];
	bytes_put8(record, CTGUARD_CEL_RECNUM);
	bytes_put32(record, 8);
	bytes_put64(record, forge->number++);
	bytes_put8(record, CTGUARD_CEL_PCR);
	bytes_put32(record, 1);
	bytes_put8(record, forge->pcr);
	bytes_tlv(record, CTGUARD_CEL_DIGESTS, digests.data, digests.size);
	bytes_put(record, content.data, content.size);
	bytes_free(&content);
	bytes_free(&inner);
	bytes_free(&digests);
}

void forge_simple(struct forge *forge, unsigned int type)
{
	struct bytes attrs = { 0 };
	const uint8_t number[8] = { 0, 0, 0, 0, 0, 0, 0, 1 };

	if (type == CTGUARD_RECORD_LOCK)
		bytes_tlv(&attrs, CTGUARD_RECORD_A_GENERATION, number, 8);
	if (type == CTGUARD_RECORD_NAMESPACES)
		bytes_tlv(&attrs, CTGUARD_RECORD_A_CONTAINER, "/user.slice",
			  11);
	if (type == CTGUARD_RECORD_VIOLATIONS)
		bytes_tlv(&attrs, CTGUARD_RECORD_A_COUNT, number, 8);
	forge_add(forge, type, &attrs, true);
	bytes_free(&attrs);
}

void forge_base(struct forge *forge)
{
	struct bytes attrs = { 0 }, base = { 0 };

	for (int i = 0; i < HASH_BANKS; i++)
		if (forge->banks >> i & 1)
			bytes_tlv(&base, hash_algorithm((enum hash_bank)i),
				  forge->pcrs[i][forge->pcr],
				  hash_size((enum hash_bank)i));
	bytes_tlv(&attrs, CTGUARD_RECORD_A_INSTANCE, forge->instance, 16);
	bytes_tlv(&attrs, CTGUARD_RECORD_A_BASE, base.data, base.size);
	forge_add(forge, CTGUARD_RECORD_BASE, &attrs, true);
	bytes_free(&attrs);
	bytes_free(&base);
}

void forge_init(struct forge *forge, unsigned int mode, const char *kernel)
{
	struct bytes attrs = { 0 };
	uint8_t value = (uint8_t)mode;

	bytes_tlv(&attrs, CTGUARD_RECORD_A_VERSION, "0.1.0", 5);
	bytes_tlv(&attrs, CTGUARD_RECORD_A_BUILD_ID, "build", 5);
	bytes_tlv(&attrs, CTGUARD_RECORD_A_KERNEL, kernel, strlen(kernel));
	bytes_tlv(&attrs, CTGUARD_RECORD_A_MODE, &value, 1);
	forge_add(forge, CTGUARD_RECORD_INIT, &attrs, true);
	bytes_free(&attrs);
}

static void put_u64(struct bytes *attrs, unsigned int type, uint64_t value)
{
	bytes_put8(attrs, type);
	bytes_put32(attrs, 8);
	bytes_put64(attrs, value);
}

static void put_digest(struct bytes *attrs, unsigned int type, const char *what)
{
	uint8_t digest[32] = { 0 };

	if (*what)
		forge_digest(what, digest);
	bytes_tlv(attrs, type, digest, sizeof(digest));
}

void forge_policy(struct forge *forge, const char *policy, uint64_t generation,
		  unsigned int mode, const char *signer)
{
	struct bytes attrs = { 0 };
	uint8_t value = (uint8_t)mode;

	put_digest(&attrs, CTGUARD_RECORD_A_POLICY, policy);
	put_u64(&attrs, CTGUARD_RECORD_A_GENERATION, generation);
	if (signer)
		put_digest(&attrs, CTGUARD_RECORD_A_SIGNER, signer);
	bytes_tlv(&attrs, CTGUARD_RECORD_A_MODE, &value, 1);
	forge_add(forge, CTGUARD_RECORD_POLICY, &attrs, true);
	bytes_free(&attrs);
}

void forge_mode(struct forge *forge, unsigned int mode)
{
	struct bytes attrs = { 0 };
	uint8_t value = (uint8_t)mode;

	put_u64(&attrs, CTGUARD_RECORD_A_GENERATION, 1);
	bytes_tlv(&attrs, CTGUARD_RECORD_A_MODE, &value, 1);
	forge_add(forge, CTGUARD_RECORD_MODE, &attrs, true);
	bytes_free(&attrs);
}

void forge_image(struct forge *forge, unsigned int type,
		 const struct forge_start *start)
{
	static const char container[] =
		"/machine.slice/libpod-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope";
	struct bytes attrs = { 0 };
	uint8_t value = (uint8_t)start->verdict;

	bytes_tlv(&attrs, CTGUARD_RECORD_A_VERDICT, &value, 1);
	if (type == CTGUARD_RECORD_IMAGE_DENIED) {
		value = CTGUARD_IMAGE_UNAPPROVED;
		bytes_tlv(&attrs, CTGUARD_RECORD_A_REASON, &value, 1);
	}
	value = (uint8_t)start->level;
	bytes_tlv(&attrs, CTGUARD_RECORD_A_LEVEL, &value, 1);
	put_digest(&attrs, CTGUARD_RECORD_A_CONFIG, start->config);
	if (start->manifest)
		put_digest(&attrs, CTGUARD_RECORD_A_MANIFEST, start->manifest);
	if (start->claimant)
		put_digest(&attrs, CTGUARD_RECORD_A_CLAIMANT, start->claimant);
	put_u64(&attrs, CTGUARD_RECORD_A_CGROUP_ID, 4711);
	bytes_tlv(&attrs, CTGUARD_RECORD_A_CONTAINER, container,
		  sizeof(container) - 1);
	bytes_tlv(&attrs, CTGUARD_RECORD_A_PROGRAM, "/usr/bin/app", 12);
	put_digest(&attrs, CTGUARD_RECORD_A_PROGRAM_SHA256, "app");
	if (start->origin >= 0) {
		value = (uint8_t)start->origin;
		bytes_tlv(&attrs, CTGUARD_RECORD_A_ORIGIN, &value, 1);
	}
	forge_add(forge, type, &attrs, true);
	bytes_free(&attrs);
}

/* A log that nothing is wrong with. */
void forge_log(struct forge *forge)
{
	const struct forge_start start = {
		.config = "config",
		.manifest = "manifest",
		.claimant = "claimant",
		.verdict = CTGUARD_VERDICT_ALLOW,
		.level = CTGUARD_LEVEL_LAYERS,
		.origin = CTGUARD_ORIGIN_IMAGE,
	};

	forge_base(forge);
	forge_init(forge, CTGUARD_MODE_ENFORCE, FORGE_KERNEL);
	forge_policy(forge, "baseline", 1, CTGUARD_MODE_ENFORCE, NULL);
	forge_policy(forge, "policy", 2, CTGUARD_MODE_ENFORCE, "signer");
	forge_simple(forge, CTGUARD_RECORD_LOCK);
	forge_image(forge, CTGUARD_RECORD_IMAGE_START, &start);
}

/* A line of IMA's log, of a file or a buffer with this content. */
void forge_measure(struct forge *forge, const char *template, const char *path,
		   const char *content)
{
	const bool buffer = !strcmp(template, "ima-buf");
	const bool plain = !strcmp(template, "ima-ng");
	struct bytes fields = { 0 };
	uint8_t digest[32], extended[HASH_MAX];
	char text[256];

	forge_digest(content, digest);
	bytes_le32(&fields, 8 + 32);
	bytes_put(&fields, "sha256:", 8);
	bytes_put(&fields, digest, 32);
	bytes_le32(&fields, (uint32_t)strlen(path) + 1);
	bytes_put(&fields, path, strlen(path) + 1);
	if (!plain) {
		bytes_le32(&fields, buffer ? (uint32_t)strlen(content) : 0);
		if (buffer)
			bytes_put(&fields, content, strlen(content));
	}
	for (int i = 0; i < HASH_BANKS; i++) {
		if (!(forge->banks >> i & 1))
			continue;
		hash_make(&forge->hash, (enum hash_bank)i, fields.data,
			  fields.size, extended);
		hash_extend(&forge->hash, (enum hash_bank)i, forge->pcrs[i][10],
			    extended);
	}
	hash_make(&forge->hash, HASH_SHA1, fields.data, fields.size, extended);
	bytes_put(&forge->ima, "10 ", 3);
	for (int i = 0; i < 20; i++) {
		sprintf(text, "%02x", extended[i]);
		bytes_put(&forge->ima, text, 2);
	}
	bytes_put(&forge->ima, " ", 1);
	bytes_put(&forge->ima, template, strlen(template));
	bytes_put(&forge->ima, " sha256:", 8);
	bytes_put(&forge->ima, text, put_text(text, content));
	bytes_put(&forge->ima, " ", 1);
	bytes_put(&forge->ima, path, strlen(path));
	if (!plain)
		bytes_put(&forge->ima, " ", 1);
	for (size_t i = 0; buffer && i < strlen(content); i++) {
		sprintf(text, "%02x", (uint8_t)content[i]);
		bytes_put(&forge->ima, text, 2);
	}
	bytes_put(&forge->ima, "\n", 1);
	bytes_free(&fields);
}

/* A whole host that nothing is wrong with. */
void forge_host(struct forge *forge)
{
	forge_boot(forge);
	forge_measure(forge, "ima-sig", "boot_aggregate", "aggregate");
	forge_measure(forge, "ima-sig", FORGE_EXT4_PATH, "ext4");
	forge_measure(forge, "ima-sig", FORGE_MODULE_PATH, "ctguard.ko");
	forge_measure(forge, "ima-buf", "ctguard-module", "0.1.0build");
	forge_log(forge);
}

static uint32_t quoted_of(const struct forge *forge, int bank)
{
	return forge->banks >> bank & 1 ? forge->quoted : 0;
}

static void make_log(struct forge *forge)
{
	struct bytes *cel = &forge->members[EVIDENCE_CEL];
	struct bytes *tcg2 = &forge->members[EVIDENCE_TCG2];
	struct bytes spec = { 0 };
	uint32_t count = 0;

	for (int i = 0; i < HASH_BANKS; i++)
		count += forge->banks >> i & 1;
	bytes_put(&spec, "Spec ID Event03", 16);
	bytes_le32(&spec, 0);
	bytes_put(&spec, "\0\2\0\2", 4);
	bytes_le32(&spec, count);
	for (int i = 0; i < HASH_BANKS; i++) {
		if (!(forge->banks >> i & 1))
			continue;
		bytes_le16(&spec, hash_algorithm((enum hash_bank)i));
		bytes_le16(&spec, (unsigned int)hash_size((enum hash_bank)i));
	}
	bytes_put8(&spec, 0);
	bytes_le32(tcg2, 0);
	bytes_le32(tcg2, 3);
	bytes_put(tcg2, (uint8_t[20]){ 0 }, 20);
	bytes_le32(tcg2, (uint32_t)spec.size);
	bytes_put(tcg2, spec.data, spec.size);
	bytes_free(&spec);

	for (size_t i = 0; i < forge->count; i++) {
		const struct bytes *record = &forge->records[i];
		/* Behind RECNUM, PCR and the header of DIGESTS. */
		const uint8_t *at = record->data + 13 + 6 + 5;

		bytes_put(cel, record->data, record->size);
		bytes_le32(tcg2, record->data[13 + 5]);
		bytes_le32(tcg2, 6);
		bytes_le32(tcg2, count);
		for (uint32_t j = 0; j < count; j++) {
			bytes_le16(tcg2, *at);
			bytes_put(tcg2, at + 5, at[4]);
			at += 5 + at[4];
		}
		bytes_le32(tcg2, (uint32_t)(record->data + record->size - at));
		bytes_put(tcg2, at, (size_t)(record->data + record->size - at));
	}
}

/* TPM2B_PUBLIC */
void forge_public(const struct forge *forge, struct bytes *ret_public)
{
	struct bytes area = { 0 };
	const bool rsa = EVP_PKEY_is_a(forge->ak, "RSA");
	const bool storage = !(forge->attributes & 0x40000);

	bytes_put16(&area, rsa ? 0x0001 : 0x0023);
	bytes_put16(&area, 0x000b);
	bytes_put32(&area, forge->attributes);
	bytes_put16(&area, 0);
	if (storage) {
		bytes_put16(&area, 0x0006);
		bytes_put16(&area, 128);
		bytes_put16(&area, 0x0043);
		bytes_put16(&area, 0x0010);
	} else {
		bytes_put16(&area, 0x0010);
		bytes_put16(&area, forge->scheme);
		if (forge->scheme != 0x0010)
			bytes_put16(&area, forge->scheme_hash);
	}
	if (rsa) {
		BIGNUM *n = NULL;
		uint8_t modulus[256];

		must(EVP_PKEY_get_bn_param(forge->ak, OSSL_PKEY_PARAM_RSA_N,
					   &n) &&
			     BN_bn2binpad(n, modulus, sizeof(modulus)) ==
				     sizeof(modulus),
		     "modulus");
		BN_free(n);
		bytes_put16(&area, 2048);
		bytes_put32(&area, 0);
		bytes_put16(&area, sizeof(modulus));
		bytes_put(&area, modulus, sizeof(modulus));
	} else {
		uint8_t point[65];
		size_t size;

		must(EVP_PKEY_get_octet_string_param(
			     forge->ak, OSSL_PKEY_PARAM_PUB_KEY, point,
			     sizeof(point), &size) &&
			     size == sizeof(point),
		     "point");
		bytes_put16(&area, 0x0003);
		bytes_put16(&area, 0x0010);
		bytes_put16(&area, 32);
		bytes_put(&area, point + 1, 32);
		bytes_put16(&area, 32);
		bytes_put(&area, point + 33, 32);
	}
	bytes_put16(ret_public, (unsigned int)area.size);
	bytes_put(ret_public, area.data, area.size);
	bytes_free(&area);
}

/* TPMT_SIGNATURE, as the key's scheme has it; it may name others. */
void forge_sign(const struct forge *forge, const void *data, size_t size,
		struct bytes *ret_signature)
{
	EVP_PKEY *key = forge->signer ? forge->signer : forge->ak;
	const bool rsa = EVP_PKEY_is_a(key, "RSA");
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *inner;
	uint8_t out[512];
	size_t length = sizeof(out);
	const EVP_MD *md = forge->scheme_hash == 0x0004 ? EVP_sha1() :
							  EVP_sha256();

	must(context && EVP_DigestSignInit(context, &inner, md, NULL, key) > 0,
	     "signing");
	if (rsa && forge->scheme == 0x0016)
		must(EVP_PKEY_CTX_set_rsa_padding(inner,
						  RSA_PKCS1_PSS_PADDING) > 0,
		     "padding");
	must(EVP_DigestSign(context, out, &length, data, size) > 0, "signing");
	EVP_MD_CTX_free(context);
	bytes_put16(ret_signature, forge->signature_scheme);
	bytes_put16(ret_signature, forge->signature_hash);
	if (rsa) {
		bytes_put16(ret_signature, (unsigned int)length);
		bytes_put(ret_signature, out, length);
	} else {
		const uint8_t *at = out;
		ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)length);
		uint8_t number[32];

		must(signature != NULL, "signature");
		BN_bn2binpad(ECDSA_SIG_get0_r(signature), number, 32);
		bytes_put16(ret_signature, 32);
		bytes_put(ret_signature, number, 32);
		BN_bn2binpad(ECDSA_SIG_get0_s(signature), number, 32);
		bytes_put16(ret_signature, 32);
		bytes_put(ret_signature, number, 32);
		ECDSA_SIG_free(signature);
	}
}

static void make_quote(struct forge *forge)
{
	struct bytes *message = &forge->members[EVIDENCE_QUOTE_MSG];
	struct bytes *pcrs = &forge->members[EVIDENCE_QUOTE_PCRS];
	struct bytes values = { 0 };
	uint32_t banks = 0, count = 0, lists;
	uint8_t digest[32], list[4 + 8 * 66], selection[128] = { 0 };

	for (int i = 0; i < HASH_BANKS; i++) {
		const uint32_t mask = quoted_of(forge, i);
		const uint16_t algorithm = hash_algorithm((enum hash_bank)i);

		if (!mask)
			continue;
		selection[8 * banks] = (uint8_t)algorithm;
		selection[8 * banks + 2] = 3;
		selection[8 * banks + 3] = (uint8_t)mask;
		selection[8 * banks + 4] = (uint8_t)(mask >> 8);
		selection[8 * banks + 5] = (uint8_t)(mask >> 16);
		banks++;
		for (int pcr = 0; pcr < 24; pcr++) {
			if (!(mask >> pcr & 1))
				continue;
			bytes_put(&values, forge->pcrs[i][pcr],
				  hash_size((enum hash_bank)i));
			count++;
		}
	}
	must(EVP_Digest(values.data ? values.data : digest, values.size, digest,
			NULL, EVP_sha256(), NULL),
	     "sha256");
	bytes_free(&values);

	bytes_put32(message, forge->magic);
	bytes_put16(message, forge->type);
	bytes_put16(message, 34);
	bytes_put16(message, 0x000b);
	bytes_put(message, (uint8_t[32]){ 0 }, 32);
	bytes_put16(message, (unsigned int)forge->extra.size);
	bytes_put(message, forge->extra.data, forge->extra.size);
	bytes_put64(message, forge->clock);
	bytes_put32(message, forge->resets);
	bytes_put32(message, forge->restarts);
	bytes_put8(message, forge->safe);
	bytes_put64(message, 0x2023);
	bytes_put32(message, banks);
	for (uint32_t i = 0; i < banks; i++) {
		bytes_put16(message, selection[8 * i]);
		bytes_put(message, selection + 8 * i + 2, 4);
	}
	bytes_put16(message, 32);
	bytes_put(message, digest, 32);

	bytes_le32(pcrs, banks);
	bytes_put(pcrs, selection, sizeof(selection));
	lists = (count + 7) / 8;
	bytes_le32(pcrs, lists);
	memset(list, 0, sizeof(list));
	count = 0;
	for (int i = 0; i < HASH_BANKS; i++) {
		for (int pcr = 0; pcr < 24; pcr++) {
			uint8_t *value = list + 4 + 66 * count;

			if (!(quoted_of(forge, i) >> pcr & 1))
				continue;
			value[0] = (uint8_t)hash_size((enum hash_bank)i);
			memcpy(value + 2, forge->pcrs[i][pcr], value[0]);
			list[0] = (uint8_t)++count;
			if (count < 8)
				continue;
			bytes_put(pcrs, list, sizeof(list));
			memset(list, 0, sizeof(list));
			count = 0;
		}
	}
	if (count)
		bytes_put(pcrs, list, sizeof(list));
}

/* Signs what the quote says now. */
void forge_resign(struct forge *forge)
{
	const struct bytes *message = &forge->members[EVIDENCE_QUOTE_MSG];

	bytes_free(&forge->members[EVIDENCE_QUOTE_SIG]);
	forge_sign(forge, message->data, message->size,
		   &forge->members[EVIDENCE_QUOTE_SIG]);
}

/* Makes the members of what the host is now. */
void forge_members(struct forge *forge)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *pem;
	long size;

	for (int i = 0; i < EVIDENCE_COUNT; i++)
		bytes_free(&forge->members[i]);
	bytes_put(&forge->members[EVIDENCE_MANIFEST], forge->manifest,
		  strlen(forge->manifest));
	bytes_put(&forge->members[EVIDENCE_NONCE], forge->nonce,
		  sizeof(forge->nonce));
	forge_public(forge, &forge->members[EVIDENCE_AK_TSS]);
	must(bio && PEM_write_bio_PUBKEY(bio, forge->ak), "pem");
	size = BIO_get_mem_data(bio, &pem);
	bytes_put(&forge->members[EVIDENCE_AK_PEM], pem, (size_t)size);
	BIO_free(bio);
	make_log(forge);
	bytes_put(&forge->members[EVIDENCE_IMA], forge->ima.data,
		  forge->ima.size);
	make_quote(forge);
	forge_resign(forge);
}

/* Makes the forms of the log again, after records were changed. */
void forge_rebuild(struct forge *forge)
{
	bytes_free(&forge->members[EVIDENCE_CEL]);
	bytes_free(&forge->members[EVIDENCE_TCG2]);
	make_log(forge);
}

/* The checksum of a header, after it was changed. */
void forge_header(uint8_t *header)
{
	unsigned int sum = 0;

	memset(header + 148, ' ', 8);
	for (int i = 0; i < 512; i++)
		sum += header[i];
	sprintf((char *)header + 148, "%06o", sum);
}

void forge_member(struct bytes *archive, const char *name, const void *data,
		  size_t size)
{
	uint8_t header[512] = { 0 };
	static const uint8_t zeros[512];

	strncpy((char *)header, name, 99);
	strcpy((char *)header + 100, "0000644");
	strcpy((char *)header + 108, "0000000");
	strcpy((char *)header + 116, "0000000");
	sprintf((char *)header + 124, "%011zo", size);
	strcpy((char *)header + 136, "00000000000");
	header[156] = '0';
	memcpy(header + 257, "ustar\00000", 8);
	forge_header(header);
	bytes_put(archive, header, sizeof(header));
	bytes_put(archive, data, size);
	bytes_put(archive, zeros, -size & 511);
}

/* Members that are empty and need not be there are not. */
void forge_archive(const struct forge *forge, struct bytes *ret_archive)
{
	static const uint8_t zeros[1024];

	for (int i = 0; i < EVIDENCE_COUNT; i++)
		if (evidence_rules[i].required || forge->members[i].size)
			forge_member(ret_archive, evidence_rules[i].name,
				     forge->members[i].data,
				     forge->members[i].size);
	bytes_put(ret_archive, zeros, sizeof(zeros));
}

static void put_string(struct bytes *text, const char *string)
{
	bytes_put(text, string, strlen(string));
}

static void put_hex(struct bytes *text, const uint8_t *data, size_t size)
{
	char digits[3];

	for (size_t i = 0; i < size; i++) {
		sprintf(digits, "%02x", data[i]);
		bytes_put(text, digits, 2);
	}
}

static void put_what(struct bytes *text, const char *before, const char *what,
		     const char *after)
{
	uint8_t digest[32];

	forge_digest(what, digest);
	put_string(text, before);
	put_hex(text, digest, 32);
	put_string(text, after);
}

/* What the verifier is told that the host shall be; to be freed. */
char *forge_reference(const struct forge *forge)
{
	struct bytes text = { 0 };

	put_string(&text, "{\"ctguard_reference\": 1, \"pcr\": 13, "
			  "\"boot\": {\"sha256\": {");
	for (int pcr = 0; pcr < 8; pcr++) {
		char key[32];

		sprintf(key, "%s\"%d\": \"", pcr ? ", " : "", pcr);
		put_string(&text, key);
		put_hex(&text, forge->pcrs[HASH_SHA256][pcr], 32);
		put_string(&text, "\"");
	}
	put_what(&text, "}}, \"module\": {\"" FORGE_KERNEL "\": [\"",
		 "ctguard.ko", "\"]}, ");
	put_what(&text, "\"modules\": [\"", "ext4", "\"], ");
	put_what(&text, "\"policies\": [{\"sha256\": \"", "baseline",
		 "\", \"signed\": false}, ");
	put_what(&text, "\"", "policy", "\", ");
	put_what(&text, "\"", "newer policy", "\"], ");
	put_what(&text, "\"signers\": [\"", "signer", "\"], ");
	put_string(&text, "\"lock\": true, \"level\": 2, \"tail\": 4, ");
	put_what(&text, "\"images\": [\"config:sha256:", "config", "\", ");
	put_what(&text, "\"manifest:sha256:", "other manifest", "\"], ");
	put_what(&text, "\"claimants\": [\"", "claimant", "\"]}");
	bytes_put(&text, "", 1);
	return (char *)text.data;
}
