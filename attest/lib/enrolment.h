/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The request of a host to be enrolled: one ustar file, HOST.ctgenroll, under
 * the rules of evidence.h.
 */
#ifndef ATTEST_ENROLMENT_H
#define ATTEST_ENROLMENT_H

#include "evidence.h"

/**
 * enum enrolment_member - the members, in their order
 * @ENROLMENT_MANIFEST: JSON, hints for people: host, time, versions
 * @ENROLMENT_AK_TSS: TPM2B_PUBLIC of the attestation key
 * @ENROLMENT_EK_TSS: TPM2B_PUBLIC of the endorsement key
 * @ENROLMENT_EK_CERT: certificate of the endorsement key, DER
 * @ENROLMENT_EK_CHAIN: of its issuers, PEM
 */
enum enrolment_member {
	ENROLMENT_MANIFEST,
	ENROLMENT_AK_TSS,
	ENROLMENT_EK_TSS,
	ENROLMENT_EK_CERT,
	ENROLMENT_EK_CHAIN,
	ENROLMENT_COUNT,
};

extern const struct evidence_rule enrolment_rules[ENROLMENT_COUNT];

#endif /* ATTEST_ENROLMENT_H */
