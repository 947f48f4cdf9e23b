/* SPDX-License-Identifier: GPL-2.0 */
/* The measurement log: the kernel's, and what was saved of it. */
#ifndef CTGUARD_LOG_H
#define CTGUARD_LOG_H

#include <stddef.h>
#include <stdint.h>

struct ctguard_error;

/* Where the kernel has it, and where "attest log --save" puts it. */
#define CTGUARD_LOG_KERNEL "/sys/kernel/security/ctguard/measurements"
#define CTGUARD_LOG_SAVED "/var/lib/ctguard"

/* A log that was saved may be longer than what a kernel keeps. */
#define CTGUARD_LOG_SAVED_MAX (256UL << 20)

int ctguard_log_read(const char *path, const char *saved, uint8_t **ret_data,
		     size_t *ret_size, struct ctguard_error *error);
int ctguard_log_save(const char *directory, const void *data, size_t size,
		     struct ctguard_error *error);

#endif /* CTGUARD_LOG_H */
