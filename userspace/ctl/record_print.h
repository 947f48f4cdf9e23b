/* SPDX-License-Identifier: GPL-2.0 */
/* A record of the measurement log, for people and for programs. */
#ifndef CTGUARD_CTL_RECORD_PRINT_H
#define CTGUARD_CTL_RECORD_PRINT_H

struct ctguard_cel;
struct ctguard_cel_record;

void ctguard_record_print(const struct ctguard_cel_record *record);
void ctguard_record_print_json(const struct ctguard_cel *cel,
			       const struct ctguard_cel_record *record);

#endif /* CTGUARD_CTL_RECORD_PRINT_H */
