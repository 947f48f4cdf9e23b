/* SPDX-License-Identifier: GPL-2.0 */
/* The words people write and read for the numbers of the contract. */
#ifndef CTGUARD_WORDS_H
#define CTGUARD_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

const char *ctguard_words_operation(uint32_t operation);
uint32_t ctguard_words_operation_find(const char *text);
const char *ctguard_words_verdict(uint32_t verdict);
const char *ctguard_words_mode(uint32_t mode);
int ctguard_words_mode_find(const char *text);
const char *ctguard_words_state(uint32_t state);
const char *ctguard_words_hook_state(uint32_t state);
const char *ctguard_words_bound_by(uint32_t bound_by);
const char *ctguard_words_event_kind(uint32_t kind);
const char *ctguard_words_when(uint32_t when);
bool ctguard_words_when_find(const char *text, uint32_t *ret_when);

const char *ctguard_words_require(uint32_t require);
int ctguard_words_require_find(const char *text);
const char *ctguard_words_program(uint32_t program);
int ctguard_words_program_find(const char *text);
const char *ctguard_words_tpm(uint32_t state);
const char *ctguard_words_reason(uint32_t reason);
const char *ctguard_words_level(uint32_t level);
const char *ctguard_words_origin(uint32_t origin);
const char *ctguard_words_record(uint32_t type);

/* Letters of CTGUARD_ACCESS_*: at most "rwm". */
#define CTGUARD_WORDS_ACCESS 4
void ctguard_words_access(uint32_t access, char ret_text[CTGUARD_WORDS_ACCESS]);
char ctguard_words_device(uint32_t type);

const char *ctguard_words_nearest(const char *text,
				  const char *(*word)(const void *words,
						      size_t i),
				  const void *words, size_t count);

bool ctguard_words_duration(const char *text, uint32_t *ret_ms);

#endif /* CTGUARD_WORDS_H */
