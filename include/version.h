/* SPDX-License-Identifier: GPL-2.0 */
/* The version of ctguard; dkms.conf repeats it for dkms. */
#ifndef CTGUARD_VERSION_H
#define CTGUARD_VERSION_H

#define CTGUARD_VERSION "0.1.0"

#endif
