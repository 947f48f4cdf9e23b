/* SPDX-License-Identifier: GPL-2.0 */
/* What a policy allows together that is more than it seems. */
#ifndef CTGUARD_CTL_ADVICE_H
#define CTGUARD_CTL_ADVICE_H

struct ctguard_policy;

void ctguard_advice_print(const struct ctguard_policy *policy);

#endif /* CTGUARD_CTL_ADVICE_H */
