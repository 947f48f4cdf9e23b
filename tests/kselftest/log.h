/* SPDX-License-Identifier: GPL-2.0 */
/* The measurement log, read and computed anew. */
#ifndef KS_LOG_H
#define KS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

#define LOG_DIGEST_MAX 64

/* A digest, and the bank it is for. */
struct log_digest {
	uint8_t alg;
	uint8_t size;
	uint8_t value[LOG_DIGEST_MAX];
};

/* A record; what it points to is the log's. */
struct record {
	uint64_t number;
	uint8_t pcr;
	unsigned int banks;
	struct log_digest digests[CTGUARD_BANKS_MAX];
	const uint8_t *event; /* with its header */
	size_t event_size;
	const uint8_t *value[256];
	size_t size[256];
};

struct log {
	uint8_t *data;
	size_t size;
	struct record *records;
	size_t count;
};

int log_open(const char *name);
int log_take(struct log *log, int fd, size_t most);
int log_parse(struct log *ret, bool gaps);
int log_read(struct log *ret);
void log_free(struct log *log);

const struct record *log_find(const struct log *log, unsigned int type,
			      uint64_t cgroup);
size_t log_count(const struct log *log, unsigned int type, uint64_t cgroup);
uint64_t record_u64(const struct record *record, unsigned int attr);
uint8_t record_u8(const struct record *record, unsigned int attr);
bool record_has(const struct record *record, unsigned int attr,
		const void *value, size_t size);
bool record_is_text(const struct record *record, unsigned int attr,
		    const char *text);

bool log_digests_hold(const struct log *log);
bool log_replay(const struct log *log, uint64_t until,
		struct log_digest ret[CTGUARD_BANKS_MAX]);
bool log_pcr(unsigned int pcr, struct log_digest *digest);

#endif /* KS_LOG_H */
