/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What glob, policy and decide need of their surroundings: the kernel's own,
 * or the same by libc, so that unit tests, fuzzers and ctguardctl compile
 * these files without a kernel.
 */
#ifndef _CTG_PORTABLE_H
#define _CTG_PORTABLE_H

#ifdef __KERNEL__

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>
#include <uapi/ctguard/ctguard.h>
#include <uapi/ctguard/measurement.h>

#define ctg_zalloc(size) kvzalloc(size, GFP_KERNEL_ACCOUNT)
#define ctg_free(pointer) kvfree(pointer)

#else

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define fallthrough __attribute__((__fallthrough__))
#define le16_to_cpu(x) le16toh(x)
#define le32_to_cpu(x) le32toh(x)
#define cpu_to_le32(x) htole32(x)
#define ctg_zalloc(size) calloc(1, size)
#define ctg_free(pointer) free(pointer)

#endif /* __KERNEL__ */

#endif /* _CTG_PORTABLE_H */
