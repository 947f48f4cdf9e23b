// SPDX-License-Identifier: GPL-2.0
#include "evidence.h"

#include <ctguard/measurement.h>

/* A log and its TCG2 form; the latter has one more header for each record. */
#define LOG_MAX CTGUARD_LOG_BYTES_MAX
#define LOG_TCG2_MAX (2 * CTGUARD_LOG_BYTES_MAX)

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
	[EVIDENCE_IMA] = { "ima.ascii", 64 << 20, 1 },
	[EVIDENCE_UEFI] = { "uefi.bin", 1 << 20, 0 },
	[EVIDENCE_EK_CERT] = { "ek.crt", 8192, 0 },
	[EVIDENCE_EK_CHAIN] = { "ek-chain.pem", 64 << 10, 0 },
	[EVIDENCE_POLICY] = { "policy.p7", 64 << 10, 0 },
};
