/* SPDX-License-Identifier: GPL-2.0 */
/* Events as lines for people and for programs. */
#ifndef CTGUARD_CTL_EVENT_PRINT_H
#define CTGUARD_CTL_EVENT_PRINT_H

#include <stdbool.h>
#include <stdint.h>

struct ctguard_event;

void ctguard_event_print_text(const struct ctguard_event *event);
void ctguard_event_print_json(const struct ctguard_event *event);
void ctguard_event_print_gap(uint32_t cpu, uint64_t lost, bool json);

#endif /* CTGUARD_CTL_EVENT_PRINT_H */
