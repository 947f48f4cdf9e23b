/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Evidence: one ustar file, HOST.ctgev. Members stand in the order of this
 * table, regular files without extensions, each at most once; those marked
 * required always. What decides is derived from bytes that are signed or that
 * a PCR covers: neither the manifest nor a file name does.
 */
#ifndef ATTEST_EVIDENCE_H
#define ATTEST_EVIDENCE_H

#include <stddef.h>

/**
 * enum evidence_member - the members, in their order
 * @EVIDENCE_MANIFEST: JSON, hints for people: host, time, versions
 * @EVIDENCE_NONCE: the verifier's nonce, 32 bytes
 * @EVIDENCE_AK_TSS: TPM2B_PUBLIC of the attestation key
 * @EVIDENCE_AK_PEM: its SubjectPublicKeyInfo
 * @EVIDENCE_QUOTE_MSG: TPMS_ATTEST
 * @EVIDENCE_QUOTE_SIG: TPMT_SIGNATURE
 * @EVIDENCE_QUOTE_PCRS: as tpm2_quote(1) -o -F serialized of tpm2-tools 5.4
 * @EVIDENCE_CEL: the guard's log, <ctguard/measurement.h>
 * @EVIDENCE_TCG2: the same as TCG_PCR_EVENT2 records of EV_EVENT_TAG behind
 *	the specification ID event, which tpm2_eventlog(1) replays
 * @EVIDENCE_IMA: ima/ascii_runtime_measurements; may be empty
 * @EVIDENCE_UEFI: tpm0/binary_bios_measurements
 * @EVIDENCE_EK_CERT: certificate of the endorsement key, DER
 * @EVIDENCE_EK_CHAIN: of its issuers, PEM
 * @EVIDENCE_POLICY: the compiled policy's signature, CMS DER
 */
enum evidence_member {
	EVIDENCE_MANIFEST,
	EVIDENCE_NONCE,
	EVIDENCE_AK_TSS,
	EVIDENCE_AK_PEM,
	EVIDENCE_QUOTE_MSG,
	EVIDENCE_QUOTE_SIG,
	EVIDENCE_QUOTE_PCRS,
	EVIDENCE_CEL,
	EVIDENCE_TCG2,
	EVIDENCE_IMA,
	EVIDENCE_UEFI,
	EVIDENCE_EK_CERT,
	EVIDENCE_EK_CHAIN,
	EVIDENCE_POLICY,
	EVIDENCE_COUNT,
};

#define EVIDENCE_NONCE_SIZE 32

/**
 * struct evidence_rule - what a member must be
 * @name: in the archive
 * @max: bytes
 * @required: it is always there
 */
struct evidence_rule {
	const char *name;
	size_t max;
	int required;
};

extern const struct evidence_rule evidence_rules[EVIDENCE_COUNT];

#endif /* ATTEST_EVIDENCE_H */
