/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A TPM 2.0 of the test's own, behind the kernel's proxy: one PCR bank of
 * SHA-1 and one of SHA-256, and errors when they are asked for.
 */
#ifndef KS_VTPM_H
#define KS_VTPM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define VTPM_PCRS 24
/* The kernel gives up after 750. */
#define VTPM_SLOW_MS 400

/* What it does with a command. */
enum vtpm_mood {
	VTPM_WELL,
	VTPM_REFUSES,	      /* extends nothing, and says so */
	VTPM_FAILS,	      /* answers nothing but that it failed */
	VTPM_LIES,	      /* extends, and says that it failed */
	VTPM_LIES_THEN_FAILS, /* likewise, and then as VTPM_FAILS */
	VTPM_SLOW,	      /* extends after VTPM_SLOW_MS */
};

/**
 * struct vtpm - the TPM, shared with the child that is it
 * @mood: what it does
 * @strange: a third bank, whose algorithm nobody knows; before it begins
 * @extends: how often it was extended
 * @sha1: the PCRs
 * @sha256: likewise
 * @pid: the child
 */
struct vtpm {
	volatile enum vtpm_mood mood;
	bool strange;
	volatile unsigned int extends;
	uint8_t sha1[VTPM_PCRS][20];
	uint8_t sha256[VTPM_PCRS][32];
	pid_t pid;
};

int vtpm_start(struct vtpm **ret, bool strange);
void vtpm_stop(struct vtpm *vtpm);
void vtpm_extend(struct vtpm *vtpm, unsigned int pcr);

#endif /* KS_VTPM_H */
