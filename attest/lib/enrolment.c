// SPDX-License-Identifier: GPL-2.0
#include "enrolment.h"

const struct evidence_rule enrolment_rules[ENROLMENT_COUNT] = {
	[ENROLMENT_MANIFEST] = { "manifest.json", 64 << 10, 1 },
	[ENROLMENT_AK_TSS] = { "ak.tss", 1024, 1 },
	[ENROLMENT_EK_TSS] = { "ek.tss", 1024, 1 },
	[ENROLMENT_EK_CERT] = { "ek.crt", 8192, 0 },
	[ENROLMENT_EK_CHAIN] = { "ek-chain.pem", 64 << 10, 0 },
};
