/* SPDX-License-Identifier: GPL-2.0 */
/* Changes on trial: the options of the commands that can make one. */
#ifndef CTGUARD_CTL_TRIAL_H
#define CTGUARD_CTL_TRIAL_H

#include <stdint.h>

int ctguard_trial_options(int argc, char **argv, const char *usage,
			  uint32_t *ret_ms);
void ctguard_trial_print(uint32_t ms, const char *command);

#endif /* CTGUARD_CTL_TRIAL_H */
