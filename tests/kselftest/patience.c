// SPDX-License-Identifier: GPL-2.0
/*
 * More time for each test where the kernel is slow: CTGUARD_PATIENCE times as
 * much. The harness knows only alarm(2) for it, which the linker puts here.
 */
#include <stdlib.h>

unsigned int __real_alarm(unsigned int seconds);
unsigned int __wrap_alarm(unsigned int seconds);

unsigned int __wrap_alarm(unsigned int seconds)
{
	const char *patience = getenv("CTGUARD_PATIENCE");

	return __real_alarm(seconds * (patience ? atoi(patience) : 1));
}
