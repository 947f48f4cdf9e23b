// SPDX-License-Identifier: GPL-2.0
#include "evidence.h"

#include <ctguard/measurement.h>

/*
 * An archive is read whole, so that these bound the verifier's memory: together
 * with the program it shall stay below 64 MiB.
 *
 * In its TCG2 form a record takes 24 bytes and 2 for each bank besides digests
 * and content, in the other 24 and 5; but one event heads the whole. A line of
 * IMA's log has some 170 bytes: hosts that measure modules have some hundreds,
 * those that measure all that root runs and reads some ten thousands.
 */
#define LOG_MAX CTGUARD_LOG_BYTES_MAX
#define LOG_TCG2_MAX (CTGUARD_LOG_BYTES_MAX + 256)
#define IMA_MAX (16 << 20)

const struct evidence_rule evidence_rules[EVIDENCE_COUNT] = {
	[EVIDENCE_MANIFEST] = { "manifest.json", 64 << 10, 1 },
	[EVIDENCE_NONCE] = { "nonce.bin", EVIDENCE_NONCE_SIZE, 1 },
	[EVIDENCE_AK_TSS] = { "ak.tss", 1024, 1 },
	[EVIDENCE_AK_PEM] = { "ak.pem", 4096, 1 },
	[EVIDENCE_QUOTE_MSG] = { "quote.msg", 2048, 1 },
	[EVIDENCE_QUOTE_SIG] = { "quote.sig", 1024, 1 },
	[EVIDENCE_QUOTE_PCRS] = { "quote.pcrs", 16 << 10, 1 },
	[EVIDENCE_CEL] = { "ctguard.cel", LOG_MAX, 1 },
	[EVIDENCE_TCG2] = { "ctguard.tcg2", LOG_TCG2_MAX, 1 },
	[EVIDENCE_IMA] = { "ima.ascii", IMA_MAX, 1 },
	[EVIDENCE_UEFI] = { "uefi.bin", 1 << 20, 0 },
	[EVIDENCE_EK_CERT] = { "ek.crt", 8192, 0 },
	[EVIDENCE_EK_CHAIN] = { "ek-chain.pem", 64 << 10, 0 },
	[EVIDENCE_POLICY] = { "policy.p7", 64 << 10, 0 },
};
