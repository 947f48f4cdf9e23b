/* SPDX-License-Identifier: GPL-2.0 */
/* The measurement log in the form of firmware's event logs. */
#ifndef ATTEST_TCG2_WRITE_H
#define ATTEST_TCG2_WRITE_H

#include <stddef.h>
#include <stdint.h>

int tcg2_write(const uint8_t *cel, size_t size, uint8_t **ret_data,
	       size_t *ret_size, size_t *ret_offset);

#endif /* ATTEST_TCG2_WRITE_H */
