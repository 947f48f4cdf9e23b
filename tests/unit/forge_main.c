// SPDX-License-Identifier: GPL-2.0
/*
 * The forger as a program, for tests of the verifier as a program:
 *
 *	forge key FILE [rsa]
 *	forge evidence KEY NONCE OUT [NAME=VALUE]...
 *		records=N resets=N clock=N instance=N start=CONFIG policy=NAME
 *		banks=MASK lines=N modules=N path=PATH unmeasured=1 since=N
 *	forge reference OUT
 *	forge request AK EK OUT [CERT [CHAIN]]
 *	forge public KEY OUT
 *	forge fingerprint KEY
 *	forge recover EK CRED AK-PUBLIC OUT
 */
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

#include "forge.h"

static void die(const char *what)
{
	fprintf(stderr, "forge: %s\n", what);
	exit(3);
}

static void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "w");

	if (!file || fwrite(data, 1, size, file) != size || fclose(file))
		die(path);
}

static void read_file(const char *path, struct bytes *bytes)
{
	FILE *file = fopen(path, "r");
	uint8_t block[4096];
	size_t got;

	if (!file)
		die(path);
	while ((got = fread(block, 1, sizeof(block), file)) > 0)
		bytes_put(bytes, block, got);
	fclose(file);
}

static EVP_PKEY *read_key(const char *path)
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) :
			       NULL;

	if (!key)
		die(path);
	fclose(file);
	return key;
}

static void make_key(const char *path, bool rsa)
{
	EVP_PKEY *key = forge_key(rsa);
	FILE *file = fopen(path, "w");

	if (!file ||
	    !PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL))
		die(path);
	fclose(file);
	EVP_PKEY_free(key);
}

struct wishes {
	unsigned long records;
	unsigned long since;
	unsigned long lines;
	unsigned long modules;
	bool unmeasured;
	const char *path;
	const char *start;
	const char *policy;
};

static void wish(struct forge *forge, struct wishes *wishes, const char *text)
{
	const char *value = strchr(text, '=');
	const size_t length = value ? (size_t)(value - text) : 0;
	unsigned long number = value ? strtoul(value + 1, NULL, 0) : 0;

#define IS(name) (length == strlen(name) && !strncmp(text, name, length))
	if (IS("records"))
		wishes->records = number;
	else if (IS("since"))
		wishes->since = number;
	else if (IS("lines"))
		wishes->lines = number;
	else if (IS("modules"))
		wishes->modules = number;
	else if (IS("unmeasured"))
		wishes->unmeasured = number;
	else if (IS("path"))
		wishes->path = value + 1;
	else if (IS("resets"))
		forge->resets = (uint32_t)number;
	else if (IS("clock"))
		forge->clock = number;
	else if (IS("instance"))
		memset(forge->instance, (int)number, sizeof(forge->instance));
	else if (IS("banks"))
		forge->banks = (unsigned int)number;
	else if (IS("start"))
		wishes->start = value + 1;
	else if (IS("policy"))
		wishes->policy = value + 1;
	else
		die(text);
#undef IS
}

/* BASE, INIT and a policy; a lock and starts where there is room. */
static void make_log(struct forge *forge, const struct wishes *wishes)
{
	struct forge_start start = {
		.config = "config",
		.manifest = "manifest",
		.claimant = "claimant",
		.verdict = CTGUARD_VERDICT_ALLOW,
		.level = CTGUARD_LEVEL_LAYERS,
		.origin = CTGUARD_ORIGIN_IMAGE,
	};

	forge_base(forge);
	forge_init(forge, CTGUARD_MODE_ENFORCE, FORGE_KERNEL);
	forge_policy(forge, wishes->policy, 1, CTGUARD_MODE_ENFORCE, "signer");
	if (wishes->records > 3)
		forge_simple(forge, CTGUARD_RECORD_LOCK);
	for (unsigned long i = 4; i < wishes->records; i++) {
		start.config = i + 1 == wishes->records ? wishes->start :
							  "config";
		forge_image(forge, CTGUARD_RECORD_IMAGE_START, &start);
	}
}

static void make_evidence(char **argv)
{
	struct wishes wishes = { .records = 5,
				 .start = "config",
				 .policy = "policy" };
	EVP_PKEY *key = read_key(argv[0]);
	struct bytes nonce = { 0 }, archive = { 0 };
	struct forge forge;

	forge_open(&forge, key, 1U << HASH_SHA1 | 1U << HASH_SHA256);
	for (char **argument = argv + 3; *argument; argument++)
		wish(&forge, &wishes, *argument);
	read_file(argv[1], &nonce);
	if (nonce.size < EVIDENCE_NONCE_SIZE)
		die(argv[1]);
	memcpy(forge.nonce, nonce.data, EVIDENCE_NONCE_SIZE);
	memcpy(forge.extra.data, nonce.data, EVIDENCE_NONCE_SIZE);
	forge_host(&forge);
	if (wishes.unmeasured) {
		bytes_free(&forge.ima);
		for (int i = 0; i < HASH_BANKS; i++)
			memset(forge.pcrs[i][10], 0, HASH_MAX);
		forge_measure(&forge, "ima-sig", "boot_aggregate", "aggregate");
	}
	forge_clear_log(&forge);
	make_log(&forge, &wishes);
	for (unsigned long i = 0; i < wishes.lines; i++)
		forge_measure(&forge, "ima-sig", FORGE_EXT4_PATH, "ext4");
	for (unsigned long i = 0; i < wishes.modules; i++) {
		char name[32];

		sprintf(name, "/%lu.ko", i);
		forge_measure(&forge, "ima-sig", name, name);
	}
	if (wishes.path)
		forge_measure(&forge, "ima-sig", wishes.path, "ext4");
	forge_forget(&forge, wishes.since);
	forge_members(&forge);
	forge_archive(&forge, &archive);
	write_file(argv[2], archive.data, archive.size);
	bytes_free(&nonce);
	bytes_free(&archive);
	forge_close(&forge);
	EVP_PKEY_free(key);
}

static void make_reference(const char *path)
{
	EVP_PKEY *key = forge_key(false);
	struct forge forge;
	char *text;

	forge_open(&forge, key, 1U << HASH_SHA1 | 1U << HASH_SHA256);
	forge_host(&forge);
	text = forge_reference(&forge);
	write_file(path, text, strlen(text));
	free(text);
	forge_close(&forge);
	EVP_PKEY_free(key);
}

static void make_public(EVP_PKEY *key, bool storage, struct bytes *area)
{
	struct forge forge;

	forge_open(&forge, key, 1U << HASH_SHA256);
	if (storage)
		forge.attributes = 0x000300b2;
	forge_public(&forge, area);
	forge_close(&forge);
}

static void make_request(char **argv)
{
	EVP_PKEY *ak = read_key(argv[0]), *ek = read_key(argv[1]);
	struct bytes archive = { 0 }, area = { 0 };

	forge_member(&archive, "manifest.json", "{\"host\": \"forged\"}", 18);
	make_public(ak, false, &area);
	forge_member(&archive, "ak.tss", area.data, area.size);
	bytes_free(&area);
	make_public(ek, true, &area);
	forge_member(&archive, "ek.tss", area.data, area.size);
	bytes_free(&area);
	if (argv[3]) {
		read_file(argv[3], &area);
		forge_member(&archive, "ek.crt", area.data, area.size);
		bytes_free(&area);
		if (argv[4]) {
			read_file(argv[4], &area);
			forge_member(&archive, "ek-chain.pem", area.data,
				     area.size);
			bytes_free(&area);
		}
	}
	bytes_put(&archive, (uint8_t[1024]){ 0 }, 1024);
	write_file(argv[2], archive.data, archive.size);
	bytes_free(&archive);
	EVP_PKEY_free(ak);
	EVP_PKEY_free(ek);
}

/* KDFa() of the TPM is the counter mode of SP 800-108. */
static void kdfa(const uint8_t seed[32], const char *label, const void *data,
		 size_t data_size, uint8_t *out, size_t size)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "KBKDF", NULL);
	EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
	char mac[] = "HMAC", digest[] = "SHA256", mode[] = "counter";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string("mac", mac, 0),
		OSSL_PARAM_construct_utf8_string("digest", digest, 0),
		OSSL_PARAM_construct_utf8_string("mode", mode, 0),
		OSSL_PARAM_construct_octet_string("key", (void *)seed, 32),
		OSSL_PARAM_construct_octet_string("salt", (void *)label,
						  strlen(label)),
		OSSL_PARAM_construct_octet_string("info", (void *)data,
						  data_size),
		OSSL_PARAM_construct_end(),
	};

	if (EVP_KDF_derive(context, out, size, params) <= 0)
		die("KBKDF");
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
}

/* TPM2_ActivateCredential() of an RSA key in software. */
static void recover(char **argv)
{
	static char label[] = "IDENTITY";
	EVP_PKEY *ek = read_key(argv[0]);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, ek, NULL);
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	struct bytes blob = { 0 };
	uint8_t seed[256], key[16], iv[16] = { 0 }, plain[64], name[34];
	size_t size = sizeof(seed), at = 8 + 2;
	struct bytes ak = { 0 };
	int length;

	read_file(argv[1], &blob);
	/* magic, version, size, TPM2B mac, 34 encrypted bytes, TPM2B seed */
	if (blob.size != at + 34 + 34 + 2 + 256)
		die("credential");
	if (EVP_PKEY_decrypt_init(context) <= 0 ||
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) <=
		    0 ||
	    EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) <= 0 ||
	    EVP_PKEY_CTX_set0_rsa_oaep_label(
		    context, OPENSSL_memdup(label, sizeof(label)),
		    sizeof(label)) <= 0 ||
	    EVP_PKEY_decrypt(context, seed, &size, blob.data + blob.size - 256,
			     256) <= 0 ||
	    size != 32)
		die("seed");
	read_file(argv[2], &ak);
	name[0] = 0;
	name[1] = 11;
	EVP_Digest(ak.data + 2, ak.size - 2, name + 2, NULL, EVP_sha256(),
		   NULL);
	kdfa(seed, "STORAGE", name, sizeof(name), key, sizeof(key));
	if (EVP_DecryptInit_ex(cipher, EVP_aes_128_cfb128(), NULL, key, iv) <=
		    0 ||
	    EVP_DecryptUpdate(cipher, plain, &length, blob.data + at + 34,
			      34) <= 0 ||
	    plain[0] != 0 || plain[1] != 32)
		die("secret");
	write_file(argv[3], plain + 2, 32);
	bytes_free(&blob);
	bytes_free(&ak);
	EVP_CIPHER_CTX_free(cipher);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(ek);
}

static void print_fingerprint(const char *path)
{
	EVP_PKEY *key = read_key(path);
	uint8_t *der = NULL, digest[32];
	int size = i2d_PUBKEY(key, &der);

	EVP_Digest(der, (size_t)size, digest, NULL, EVP_sha256(), NULL);
	for (int i = 0; i < 32; i++)
		printf("%02x", digest[i]);
	putchar('\n');
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

int main(int argc, char **argv)
{
	const char *command = argc > 2 ? argv[1] : "";
	struct bytes area = { 0 };

	if (!strcmp(command, "key"))
		make_key(argv[2], argc > 3);
	else if (!strcmp(command, "evidence") && argc > 4)
		make_evidence(argv + 2);
	else if (!strcmp(command, "reference"))
		make_reference(argv[2]);
	else if (!strcmp(command, "request") && argc > 4)
		make_request(argv + 2);
	else if (!strcmp(command, "fingerprint"))
		print_fingerprint(argv[2]);
	else if (!strcmp(command, "recover") && argc > 5)
		recover(argv + 2);
	else if (!strcmp(command, "public") && argc > 3) {
		EVP_PKEY *key = read_key(argv[2]);

		make_public(key, false, &area);
		write_file(argv[3], area.data, area.size);
		bytes_free(&area);
		EVP_PKEY_free(key);
	} else {
		die("see the head of forge_main.c");
	}
	return 0;
}
