/* SPDX-License-Identifier: GPL-2.0 */
/* What the soak's programs share. */
#ifndef SOAK_H
#define SOAK_H

/* Cgroups of containers whose denials are counted begin like that. */
#define SOAK_COUNTED "/docker/50a4c0de"

/* And of those that are denied nothing. */
#define SOAK_QUIET "/docker/50a40000"

#define SOAK_ID_SIZE 64

#endif /* SOAK_H */
