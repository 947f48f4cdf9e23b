/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What attaching and system calls are on this architecture.
 */
#ifndef _CTG_ATTACH_ARCH_H
#define _CTG_ATTACH_ARCH_H

#if defined(__x86_64__)
#include "attach_x86.h"
#elif defined(__aarch64__)
#include "attach_arm64.h"
#else
#error "ctguard knows x86-64 and arm64"
#endif

#endif /* _CTG_ATTACH_ARCH_H */
