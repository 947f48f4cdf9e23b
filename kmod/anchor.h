/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the measurement log rests on: the host's TPM and, where it has a rule,
 * IMA.
 */
#ifndef _CTG_ANCHOR_H
#define _CTG_ANCHOR_H

#include <linux/types.h>
#include <uapi/ctguard/measurement.h>

#define CTG_ANCHOR_DIGEST_MAX 64

/* What the operator wants of the TPM; module parameter tpm. */
enum ctg_anchor_wish {
	CTG_ANCHOR_NONE,
	CTG_ANCHOR_USE,
	CTG_ANCHOR_REQUIRE,
};

/**
 * struct ctg_anchor_bank - a bank that is extended
 * @alg: TPM_ALG_ID
 * @size: of a digest
 * @value: what the log says that the PCR is
 */
struct ctg_anchor_bank {
	u16 alg;
	u16 size;
	u8 value[CTG_ANCHOR_DIGEST_MAX];
};

/**
 * struct ctg_anchor_digests - of one record, for each bank in their order
 * @of: the digests
 */
struct ctg_anchor_digests {
	u8 of[CTGUARD_BANKS_MAX][CTG_ANCHOR_DIGEST_MAX];
};

int ctg_anchor_init(enum ctg_anchor_wish wish, unsigned int pcr);
void ctg_anchor_exit(void);

bool ctg_anchor_has_tpm(void);
unsigned int ctg_anchor_pcr(void);
const struct ctg_anchor_bank *ctg_anchor_banks(unsigned int *ret_count);
const struct ctg_anchor_bank *ctg_anchor_main_bank(void);

int ctg_anchor_hash(const void *data, u32 length,
		    struct ctg_anchor_digests *ret);
int ctg_anchor_replay(const struct ctg_anchor_digests *digests);
int ctg_anchor_extend(const struct ctg_anchor_digests *digests);
int ctg_anchor_read(unsigned int bank, u8 *ret);
void ctg_anchor_tell_ima(const char *name, const void *data, u32 length);

#endif /* _CTG_ANCHOR_H */
