// SPDX-License-Identifier: GPL-2.0
/*
 * What the measurement log rests on.
 *
 * The log needs the hash of every bank that the TPM has allocated, since a
 * bank that is left alone would be somebody else's to fill. Without a TPM it
 * has SHA-256 alone.
 *
 * Called by the log's worker, one at a time, and by init and exit.
 */
#include "anchor.h"

#include <crypto/hash.h>
#include <crypto/hash_info.h>
#include <linux/err.h>
#include <linux/ima.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/tpm.h>

static struct tpm_chip *chip;
static unsigned int pcr_index;
static unsigned int bank_count;
static unsigned int main_bank;

/* Of the banks in ascending order of their algorithm, as the log has them. */
static struct ctg_anchor_bank banks[CTGUARD_BANKS_MAX];
static struct crypto_shash *hashes[CTGUARD_BANKS_MAX];

static const struct {
	u16 alg;
	const char *hash;
} known[] = {
	{ CTGUARD_ALG_SHA1, "sha1" },
	{ CTGUARD_ALG_SHA256, "sha256" },
	{ CTGUARD_ALG_SHA384, "sha384" },
	{ CTGUARD_ALG_SHA512, "sha512" },
};
static_assert(ARRAY_SIZE(known) == CTGUARD_BANKS_MAX);

static int add_bank(unsigned int which)
{
	struct crypto_shash *hash;

	hash = crypto_alloc_shash(known[which].hash, 0, 0);
	if (IS_ERR(hash))
		return PTR_ERR(hash);
	banks[bank_count] = (struct ctg_anchor_bank){
		.alg = known[which].alg,
		.size = crypto_shash_digestsize(hash),
	};
	if (known[which].alg == CTGUARD_ALG_SHA256)
		main_bank = bank_count;
	hashes[bank_count++] = hash;
	return 0;
}

static bool has_bank(u16 alg)
{
	unsigned int i;

	for (i = 0; i < chip->nr_allocated_banks; i++)
		if (chip->allocated_banks[i].alg_id == alg)
			return true;
	return false;
}

static bool is_known(u16 alg)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].alg == alg)
			return true;
	return false;
}

static int add_banks(void)
{
	unsigned int i;
	int r = 0;

	for (i = 0; i < chip->nr_allocated_banks; i++) {
		if (is_known(chip->allocated_banks[i].alg_id))
			continue;
		pr_err("the TPM has a bank of algorithm 0x%x, which cannot be computed\n",
		       chip->allocated_banks[i].alg_id);
		return -EOPNOTSUPP;
	}
	for (i = 0; !r && i < ARRAY_SIZE(known); i++)
		if (has_bank(known[i].alg))
			r = add_bank(i);
	return r ?: bank_count ? 0 : -EOPNOTSUPP;
}

static void remove_banks(void)
{
	while (bank_count)
		crypto_free_shash(hashes[--bank_count]);
	main_bank = 0;
}

static void let_go_of_chip(void)
{
	if (chip)
		put_device(&chip->dev);
	chip = NULL;
}

/* The chip with its banks, their values read. */
static int find_chip(void)
{
	unsigned int i;
	int r;

	chip = tpm_default_chip();
	if (!chip)
		return -ENODEV;
	r = tpm_is_tpm2(chip);
	if (r <= 0) {
		r = r ?: -ENODEV;
		goto let_go;
	}
	r = add_banks();
	for (i = 0; !r && i < bank_count; i++)
		r = ctg_anchor_read(i, banks[i].value);
	if (!r)
		return 0;
	remove_banks();
let_go:
	let_go_of_chip();
	return r;
}

/**
 * ctg_anchor_init - find what to extend
 * @wish: whether a TPM is wanted, or needed
 * @pcr: which PCR
 *
 * Context: process; sleeps.
 * Return: 0, also without a TPM where none is needed; -ENODEV and others.
 */
int ctg_anchor_init(enum ctg_anchor_wish wish, unsigned int pcr)
{
	int r;

	pcr_index = pcr;
	if (wish != CTG_ANCHOR_NONE) {
		r = find_chip();
		if (!r)
			return 0;
		if (wish == CTG_ANCHOR_REQUIRE) {
			pr_err("tpm=require, and there is no TPM 2.0 that could be used (%d)\n",
			       r);
			return r;
		}
		pr_notice(
			"no TPM 2.0 that could be used (%d): the measurement log is anchored in nothing\n",
			r);
	}
	r = add_bank(1);
	if (r)
		pr_err("no sha256 for the measurement log (%d)\n", r);
	return r;
}

/** ctg_anchor_exit - undo ctg_anchor_init() */
void ctg_anchor_exit(void)
{
	remove_banks();
	let_go_of_chip();
}

/** ctg_anchor_has_tpm - is anything extended at all? */
bool ctg_anchor_has_tpm(void)
{
	return chip;
}

/** ctg_anchor_pcr - which PCR */
unsigned int ctg_anchor_pcr(void)
{
	return pcr_index;
}

/** ctg_anchor_banks - the banks of the log; they do not change, their values do */
const struct ctg_anchor_bank *ctg_anchor_banks(unsigned int *ret_count)
{
	*ret_count = bank_count;
	return banks;
}

/** ctg_anchor_main_bank - the bank of SHA-256 if there is one, else the first */
const struct ctg_anchor_bank *ctg_anchor_main_bank(void)
{
	return &banks[main_bank];
}

/**
 * ctg_anchor_hash - the digests of a record
 * @data: what is hashed
 * @length: of it
 * @ret: the digests
 *
 * Context: process; sleeps. Return: 0, or an errno of the hash.
 */
int ctg_anchor_hash(const void *data, u32 length,
		    struct ctg_anchor_digests *ret)
{
	unsigned int i;
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; !r && i < bank_count; i++)
		r = crypto_shash_tfm_digest(hashes[i], data, length,
					    ret->of[i]);
	return r;
}

/**
 * ctg_anchor_replay - what the PCR becomes by a record, in the banks' values
 * @digests: of the record
 *
 * Context: process; sleeps. Return: 0, or an errno of the hash.
 */
int ctg_anchor_replay(const struct ctg_anchor_digests *digests)
{
	struct ctg_anchor_digests after;
	u8 both[2 * CTG_ANCHOR_DIGEST_MAX];
	unsigned int i;
	int r = 0;

	for (i = 0; !r && i < bank_count; i++) {
		const struct ctg_anchor_bank *b = &banks[i];

		memcpy(both, b->value, b->size);
		memcpy(both + b->size, digests->of[i], b->size);
		r = crypto_shash_tfm_digest(hashes[i], both, 2 * b->size,
					    after.of[i]);
	}
	/* All banks or none: a log is as good as its worst one. */
	for (i = 0; !r && i < bank_count; i++)
		memcpy(banks[i].value, after.of[i], banks[i].size);
	return r;
}

/* The place of one of the TPM's banks among ours. */
static unsigned int place_of(u16 alg)
{
	unsigned int i;

	for (i = 0; i < bank_count; i++)
		if (banks[i].alg == alg)
			break;
	return i;
}

/**
 * ctg_anchor_extend - extend the PCR in every bank
 * @digests: with what
 *
 * Context: process; sleeps, for as long as the TPM takes.
 * Return: 0, also without a TPM; -EIO and others of the TPM.
 */
int ctg_anchor_extend(const struct ctg_anchor_digests *digests)
{
	struct tpm_digest *given;
	unsigned int i, place;
	int r;

	if (!chip)
		return 0;
	given = kcalloc(chip->nr_allocated_banks, sizeof(*given), GFP_KERNEL);
	if (!given)
		return -ENOMEM;
	for (i = 0; i < chip->nr_allocated_banks; i++) {
		given[i].alg_id = chip->allocated_banks[i].alg_id;
		place = place_of(given[i].alg_id);
		/* They do not change while the chip is held. */
		if (WARN_ON_ONCE(place == bank_count))
			continue;
		memcpy(given[i].digest, digests->of[place], banks[place].size);
	}
	r = tpm_pcr_extend(chip, pcr_index, given);
	kfree(given);
	/* A TPM's own errors are positive. */
	return r > 0 ? -EIO : r;
}

/**
 * ctg_anchor_read - what the PCR is
 * @bank: which of the banks
 * @ret: CTG_ANCHOR_DIGEST_MAX bytes
 *
 * Context: process; sleeps. Return: 0; -ENODEV (no TPM), -EIO and others.
 */
int ctg_anchor_read(unsigned int bank, u8 *ret)
{
	struct tpm_digest digest = { .alg_id = banks[bank].alg };
	int r;

	if (!chip)
		return -ENODEV;
	r = tpm_pcr_read(chip, pcr_index, &digest);
	if (!r)
		memcpy(ret, digest.digest, banks[bank].size);
	return r > 0 ? -EIO : r;
}

/**
 * ctg_anchor_tell_ima - a record for IMA's log
 * @name: of it
 * @data: its content
 * @length: of it
 *
 * IMA takes it where the host's policy measures critical data. What it answers
 * does not prove that anything was measured, and decides nothing.
 */
void ctg_anchor_tell_ima(const char *name, const void *data, u32 length)
{
	ima_measure_critical_data(CTGUARD_IMA_LABEL, name, data, length, false,
				  NULL, 0);
}
