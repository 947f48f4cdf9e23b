/* SPDX-License-Identifier: GPL-2.0 */
/* What the verifier may ask of the kernel: files, memory, threads. */
#ifndef VERIFY_SANDBOX_H
#define VERIFY_SANDBOX_H

struct ctguard_error;

int sandbox_enter(struct ctguard_error *error);

#endif /* VERIFY_SANDBOX_H */
