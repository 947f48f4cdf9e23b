/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The measurement log: what ctguard.ko extends its PCR with.
 *
 * The log is a TCG Canonical Event Log (version 1.0, revision 0.41) in TLV
 * encoding: a type of one byte, a length of four in big endian, the value.
 * A record is four of them, in this order:
 *
 *   CEL_RECNUM   8 bytes, big endian, counting up by one from 0
 *   CEL_PCR      1 byte
 *   CEL_DIGESTS  a TLV for each bank in ascending order of its algorithm:
 *		  type TPM_ALG_ID (all are below 256), value the digest
 *   CEL_CTGUARD  the content: TLVs of enum ctguard_record_attr in strictly
 *		  ascending order
 *
 * A digest is the bank's hash of the whole CEL_CTGUARD TLV, its header
 * included. Integers in the content are in big endian. A record type's
 * attributes all stand in it but those marked "optional". A reader ignores
 * attributes from CTGUARD_RECORD_A_IGNORABLE on which it does not know, and
 * refuses others.
 */
#ifndef _UAPI_CTGUARD_MEASUREMENT_H
#define _UAPI_CTGUARD_MEASUREMENT_H

#define CTGUARD_CEL_RECNUM 0x00
#define CTGUARD_CEL_PCR 0x01
#define CTGUARD_CEL_DIGESTS 0x03
#define CTGUARD_CEL_CTGUARD 0x67
#define CTGUARD_TLV_HEADER_SIZE 5

/* taggedEventID of a record in the TCG's form of the log: "CTGD" */
#define CTGUARD_TCG2_TAG 0x44475443U

/* TPM_ALG_ID of the banks a log may have. */
#define CTGUARD_ALG_SHA1 0x04
#define CTGUARD_ALG_SHA256 0x0b
#define CTGUARD_ALG_SHA384 0x0c
#define CTGUARD_ALG_SHA512 0x0d
#define CTGUARD_BANKS_MAX 4

/* Which PCR; below are the firmware's and IMA's, above what root can reset. */
#define CTGUARD_PCR_DEFAULT 13
#define CTGUARD_PCR_MIN 8
#define CTGUARD_PCR_MAX 15

/* Bounds of a log. */
#define CTGUARD_LOG_RECORDS_MAX 65536
#define CTGUARD_LOG_BYTES_MAX (16U << 20)
#define CTGUARD_RECORD_MAX 2048 /* bytes of a whole record */
#define CTGUARD_RECORD_STRING_MAX 255

/* CTGUARD_RECORD_A_LEVEL: how deep an image was checked. */
#define CTGUARD_LEVEL_ENGINE 0	/* the engine's word */
#define CTGUARD_LEVEL_CONFIG 1	/* manifest and config hashed and linked */
#define CTGUARD_LEVEL_LAYERS 2	/* the mounted layers are the config's */
#define CTGUARD_LEVEL_CONTENT 3 /* and their content is */
#define CTGUARD_LEVEL_NONE 255	/* no claim */

/**
 * enum ctguard_record_type - what a record tells
 * @CTGUARD_RECORD_UNSPEC: none
 * @CTGUARD_RECORD_BASE: number 0 of each load: INSTANCE, BASE
 * @CTGUARD_RECORD_INIT: VERSION, BUILD_ID, KERNEL, MODE
 * @CTGUARD_RECORD_POLICY: a policy is in force: POLICY, GENERATION, MODE,
 *	SIGNER optional
 * @CTGUARD_RECORD_MODE: GENERATION, MODE
 * @CTGUARD_RECORD_LOCK: no weaker mode, no unload until reboot: GENERATION
 * @CTGUARD_RECORD_IMAGE_START: a container runs its first program: VERDICT
 *	(allow or complain), LEVEL, CONFIG (zeros: no claim), CGROUP_ID,
 *	CONTAINER; optional MANIFEST, CLAIMANT, PROGRAM, PROGRAM_SHA256,
 *	ORIGIN, BUNDLE. Without PROGRAM it ran before it was guarded, or acts
 *	without having run any
 * @CTGUARD_RECORD_IMAGE_DENIED: the same, with REASON, of one that does not
 *	run
 * @CTGUARD_RECORD_NAMESPACES: the first judged act of a context that is only
 *	a namespace, once for each kind: CONTAINER
 * @CTGUARD_RECORD_VIOLATIONS: acts that were refused or complained of since
 *	the last such record: COUNT
 * @CTGUARD_RECORD_LOG_CAP: the last one: the log is full
 * @CTGUARD_RECORD_EXIT: the module is unloaded
 *
 * Each has TYPE and TIME as well.
 */
enum ctguard_record_type {
	CTGUARD_RECORD_UNSPEC,
	CTGUARD_RECORD_BASE,
	CTGUARD_RECORD_INIT,
	CTGUARD_RECORD_POLICY,
	CTGUARD_RECORD_MODE,
	CTGUARD_RECORD_LOCK,
	CTGUARD_RECORD_IMAGE_START,
	CTGUARD_RECORD_IMAGE_DENIED,
	CTGUARD_RECORD_NAMESPACES,
	CTGUARD_RECORD_VIOLATIONS,
	CTGUARD_RECORD_LOG_CAP,
	CTGUARD_RECORD_EXIT,
	/* private: */
	__CTGUARD_RECORD_MAX,
};
#define CTGUARD_RECORD_TYPE_MAX (__CTGUARD_RECORD_MAX - 1)

/**
 * enum ctguard_record_attr - types of the TLVs in a record's content
 * @CTGUARD_RECORD_A_UNSPEC: none
 * @CTGUARD_RECORD_A_TYPE: u8, enum ctguard_record_type
 * @CTGUARD_RECORD_A_TIME: u64, ns since the epoch, by the host's clock
 * @CTGUARD_RECORD_A_INSTANCE: 16 random bytes, drawn at load
 * @CTGUARD_RECORD_A_BASE: a TLV for each bank as in CEL_DIGESTS, value the
 *	PCR's before this record; empty without a TPM
 * @CTGUARD_RECORD_A_VERSION: string, of the module
 * @CTGUARD_RECORD_A_BUILD_ID: bytes, GNU build id of the module; may be empty
 * @CTGUARD_RECORD_A_KERNEL: string, release
 * @CTGUARD_RECORD_A_POLICY: 32 bytes, SHA-256 of the compiled policy
 * @CTGUARD_RECORD_A_GENERATION: u64, of the policy
 * @CTGUARD_RECORD_A_SIGNER: 32 bytes, SHA-256 of the key's certificate
 * @CTGUARD_RECORD_A_MODE: u8, enum ctguard_mode
 * @CTGUARD_RECORD_A_VERDICT: u8, enum ctguard_verdict
 * @CTGUARD_RECORD_A_REASON: u8, enum ctguard_image_reason
 * @CTGUARD_RECORD_A_LEVEL: u8, CTGUARD_LEVEL_*
 * @CTGUARD_RECORD_A_CONFIG: 32 bytes, SHA-256 of the image's config
 * @CTGUARD_RECORD_A_MANIFEST: 32 bytes, SHA-256 of its manifest
 * @CTGUARD_RECORD_A_BUNDLE: 32 bytes, SHA-256 of the runtime's config.json
 * @CTGUARD_RECORD_A_CLAIMANT: 32 bytes, SHA-256 of the executable that made
 *	the claim
 * @CTGUARD_RECORD_A_CGROUP_ID: u64
 * @CTGUARD_RECORD_A_CONTAINER: string, its cgroup's path, or its end
 * @CTGUARD_RECORD_A_PROGRAM: string, the first program's path inside its
 *	filesystem, or its end
 * @CTGUARD_RECORD_A_PROGRAM_SHA256: 32 bytes
 * @CTGUARD_RECORD_A_ORIGIN: u8, enum ctguard_origin
 * @CTGUARD_RECORD_A_COUNT: u64
 * @CTGUARD_RECORD_A_IGNORABLE: the first of those that may be ignored
 *
 * Strings are 1 to CTGUARD_RECORD_STRING_MAX bytes, without NUL.
 */
enum ctguard_record_attr {
	CTGUARD_RECORD_A_UNSPEC,
	CTGUARD_RECORD_A_TYPE,
	CTGUARD_RECORD_A_TIME,
	CTGUARD_RECORD_A_INSTANCE,
	CTGUARD_RECORD_A_BASE,
	CTGUARD_RECORD_A_VERSION,
	CTGUARD_RECORD_A_BUILD_ID,
	CTGUARD_RECORD_A_KERNEL,
	CTGUARD_RECORD_A_POLICY,
	CTGUARD_RECORD_A_GENERATION,
	CTGUARD_RECORD_A_SIGNER,
	CTGUARD_RECORD_A_MODE,
	CTGUARD_RECORD_A_VERDICT,
	CTGUARD_RECORD_A_REASON,
	CTGUARD_RECORD_A_LEVEL,
	CTGUARD_RECORD_A_CONFIG,
	CTGUARD_RECORD_A_MANIFEST,
	CTGUARD_RECORD_A_BUNDLE,
	CTGUARD_RECORD_A_CLAIMANT,
	CTGUARD_RECORD_A_CGROUP_ID,
	CTGUARD_RECORD_A_CONTAINER,
	CTGUARD_RECORD_A_PROGRAM,
	CTGUARD_RECORD_A_PROGRAM_SHA256,
	CTGUARD_RECORD_A_ORIGIN,
	CTGUARD_RECORD_A_COUNT,
	/* private: */
	__CTGUARD_RECORD_A_MAX,
	/* public: */
	CTGUARD_RECORD_A_IGNORABLE = 0x80,
};
#define CTGUARD_RECORD_A_MAX (__CTGUARD_RECORD_A_MAX - 1)

/**
 * enum ctguard_origin - where a first program comes from
 * @CTGUARD_ORIGIN_UNKNOWN: no claim that could tell, or no overlay
 * @CTGUARD_ORIGIN_IMAGE: a read-only layer of the image
 * @CTGUARD_ORIGIN_UPPER: the container's own, writable layer
 * @CTGUARD_ORIGIN_ELSEWHERE: another filesystem: a volume, a memory file
 */
enum ctguard_origin {
	CTGUARD_ORIGIN_UNKNOWN,
	CTGUARD_ORIGIN_IMAGE,
	CTGUARD_ORIGIN_UPPER,
	CTGUARD_ORIGIN_ELSEWHERE,
};

/**
 * enum ctguard_image_reason - why a container's first program does not run
 * @CTGUARD_IMAGE_OK: it runs
 * @CTGUARD_IMAGE_UNCLAIMED: no claim
 * @CTGUARD_IMAGE_UNAPPROVED: its image is not in the policy
 * @CTGUARD_IMAGE_LEVEL: it was not checked as deep as the profile asks for
 * @CTGUARD_IMAGE_CLAIMANT: who made the claim is not in the policy
 * @CTGUARD_IMAGE_PROGRAM: the program is not from the image's layers
 * @CTGUARD_IMAGE_UNMEASURED: it could not be measured: the TPM failed, or
 *	the log is full
 * @CTGUARD_IMAGE_FAILED: who was to claim it found that it cannot, as where
 *	the engine's store contradicts itself; the runtime gave it up
 */
enum ctguard_image_reason {
	CTGUARD_IMAGE_OK,
	CTGUARD_IMAGE_UNCLAIMED,
	CTGUARD_IMAGE_UNAPPROVED,
	CTGUARD_IMAGE_LEVEL,
	CTGUARD_IMAGE_CLAIMANT,
	CTGUARD_IMAGE_PROGRAM,
	CTGUARD_IMAGE_UNMEASURED,
	CTGUARD_IMAGE_FAILED,
};

/* Names that IMA's log has for the records it takes, with their content. */
#define CTGUARD_IMA_LABEL "ctguard"
#define CTGUARD_IMA_MODULE "ctguard-module"   /* version and build id */
#define CTGUARD_IMA_POLICY "ctguard-policy"   /* "sha256:HEX" */
#define CTGUARD_IMA_IMAGE "ctguard-image"     /* "sha256:HEX" of the config */
#define CTGUARD_IMA_MODE "ctguard-mode"	      /* "enforce" or "complain" */
#define CTGUARD_IMA_UNKNOWN "ctguard-unknown" /* "1": a start without claim */

#endif /* _UAPI_CTGUARD_MEASUREMENT_H */
