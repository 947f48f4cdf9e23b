/* SPDX-License-Identifier: GPL-2.0 */
/* Time that tasks ran; under -icount shift=0 their instructions. */
#ifndef BENCH_RAN_H
#define BENCH_RAN_H

#include <stdint.h>
#include <time.h>

int64_t ran_clock(clockid_t clock);
int64_t ran_all(void);
int64_t ran_median(int64_t *values, size_t count);

#endif /* BENCH_RAN_H */
