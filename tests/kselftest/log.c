// SPDX-License-Identifier: GPL-2.0
/* The measurement log, read and computed anew. */
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/sha.h>

static uint32_t length_of(const uint8_t *tlv)
{
	return (uint32_t)tlv[1] << 24 | tlv[2] << 16 | tlv[3] << 8 | tlv[4];
}

/* A TLV of this type at *at; NULL if there is none that ends before @end. */
static const uint8_t *take(const uint8_t **at, const uint8_t *end, int type,
			   size_t *ret_size)
{
	const uint8_t *value = *at + CTGUARD_TLV_HEADER_SIZE;

	if (end - *at < CTGUARD_TLV_HEADER_SIZE ||
	    (type >= 0 && **at != type) ||
	    length_of(*at) > (size_t)(end - value))
		return NULL;
	*ret_size = length_of(*at);
	*at = value + *ret_size;
	return value;
}

static uint64_t number_of(const uint8_t *value, size_t size)
{
	uint64_t r = 0;

	while (size--)
		r = r << 8 | *value++;
	return r;
}

static bool parse_content(struct record *r)
{
	const uint8_t *at = r->event + CTGUARD_TLV_HEADER_SIZE, *value;
	const uint8_t *end = r->event + r->event_size;
	int last = 0, type;
	size_t size;

	while (at < end) {
		type = *at;
		value = take(&at, end, type, &size);
		if (!value || type <= last || type > CTGUARD_RECORD_A_MAX)
			return false;
		last = type;
		r->value[type] = value;
		r->size[type] = size;
	}
	return r->size[CTGUARD_RECORD_A_TYPE] == 1 &&
	       r->size[CTGUARD_RECORD_A_TIME] == 8;
}

static bool parse_digests(struct record *r, const uint8_t *at, size_t size)
{
	const uint8_t *end = at + size, *value;
	struct log_digest *d;

	while (at < end) {
		if (r->banks == CTGUARD_BANKS_MAX)
			return false;
		d = &r->digests[r->banks++];
		d->alg = *at;
		value = take(&at, end, d->alg, &size);
		if (!value || size > sizeof(d->value))
			return false;
		d->size = size;
		memcpy(d->value, value, size);
		if (r->banks > 1 && d[-1].alg >= d->alg)
			return false;
	}
	return r->banks;
}

static bool parse(const uint8_t **at, const uint8_t *end, struct record *r)
{
	const uint8_t *value;
	size_t size;

	memset(r, 0, sizeof(*r));
	value = take(at, end, CTGUARD_CEL_RECNUM, &size);
	if (!value || size != 8)
		return false;
	r->number = number_of(value, size);
	value = take(at, end, CTGUARD_CEL_PCR, &size);
	if (!value || size != 1)
		return false;
	r->pcr = *value;
	value = take(at, end, CTGUARD_CEL_DIGESTS, &size);
	if (!value || !parse_digests(r, value, size))
		return false;
	r->event = *at;
	value = take(at, end, CTGUARD_CEL_CTGUARD, &size);
	if (!value)
		return false;
	r->event_size = *at - r->event;
	return parse_content(r);
}

/**
 * log_open - a descriptor that the log is read from, or -1
 * @name: of the file
 */
int log_open(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/security/ctguard/%s", name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/**
 * log_take - what comes of a descriptor, up to so many bytes
 * @log: it is added to
 * @fd: read from
 * @most: bytes; 0 for all
 *
 * Return: 0 or an errno.
 */
int log_take(struct log *log, int fd, size_t most)
{
	size_t end = most ? log->size + most : SIZE_MAX, part;
	ssize_t n;

	do {
		part = end - log->size < 65536 ? end - log->size : 65536;
		log->data = realloc(log->data, log->size + part + 1);
		if (!log->data)
			abort();
		n = part ? read(fd, log->data + log->size, part) : 0;
		if (n > 0)
			log->size += n;
	} while (n > 0);
	return n < 0 ? errno : 0;
}

/**
 * log_parse - the records of what was taken
 * @ret: taken
 * @gaps: records may be missing between others
 *
 * Return: 0, or EBADMSG for what is not in its format, or not in order.
 */
int log_parse(struct log *ret, bool gaps)
{
	const struct record *last;
	const uint8_t *at;

	for (at = ret->data; at < ret->data + ret->size; ret->count++) {
		if (!(ret->count % 256))
			ret->records = realloc(ret->records,
					       (ret->count + 256) *
						       sizeof(struct record));
		if (!ret->records)
			abort();
		if (!parse(&at, ret->data + ret->size,
			   &ret->records[ret->count]))
			return EBADMSG;
		last = &ret->records[ret->count];
		if (ret->count && (gaps ? last->number <= last[-1].number :
					  last->number != last[-1].number + 1))
			return EBADMSG;
	}
	return 0;
}

/** log_read - the log as it is now; 0 or an errno */
int log_read(struct log *ret)
{
	int r, fd = log_open("measurements");

	memset(ret, 0, sizeof(*ret));
	if (fd < 0)
		return errno;
	r = log_take(ret, fd, 0);
	close(fd);
	return r ?: log_parse(ret, false);
}

void log_free(struct log *log)
{
	free(log->data);
	free(log->records);
	memset(log, 0, sizeof(*log));
}

uint64_t record_u64(const struct record *record, unsigned int attr)
{
	return record->size[attr] == 8 ? number_of(record->value[attr], 8) : 0;
}

uint8_t record_u8(const struct record *record, unsigned int attr)
{
	return record->size[attr] == 1 ? *record->value[attr] : 0;
}

bool record_has(const struct record *record, unsigned int attr,
		const void *value, size_t size)
{
	return record->value[attr] && record->size[attr] == size &&
	       !memcmp(record->value[attr], value, size);
}

bool record_is_text(const struct record *record, unsigned int attr,
		    const char *text)
{
	return record_has(record, attr, text, strlen(text));
}

static bool matches(const struct record *r, unsigned int type, uint64_t cgroup)
{
	return record_u8(r, CTGUARD_RECORD_A_TYPE) == type &&
	       (!cgroup || record_u64(r, CTGUARD_RECORD_A_CGROUP_ID) == cgroup);
}

/** log_find - the last record of a type, of a cgroup unless 0; or NULL */
const struct record *log_find(const struct log *log, unsigned int type,
			      uint64_t cgroup)
{
	size_t i = log->count;

	while (i--)
		if (matches(&log->records[i], type, cgroup))
			return &log->records[i];
	return NULL;
}

/** log_count - how many records of a type, of a cgroup unless 0 */
size_t log_count(const struct log *log, unsigned int type, uint64_t cgroup)
{
	size_t i, n = 0;

	for (i = 0; i < log->count; i++)
		n += matches(&log->records[i], type, cgroup);
	return n;
}

static bool hash(uint8_t alg, const void *data, size_t size, uint8_t *ret)
{
	switch (alg) {
	case CTGUARD_ALG_SHA1:
		return SHA1(data, size, ret);
	case CTGUARD_ALG_SHA256:
		return SHA256(data, size, ret);
	case CTGUARD_ALG_SHA384:
		return SHA384(data, size, ret);
	case CTGUARD_ALG_SHA512:
		return SHA512(data, size, ret);
	default:
		return false;
	}
}

/** log_digests_hold - is each digest that of its record, in each bank? */
bool log_digests_hold(const struct log *log)
{
	uint8_t digest[LOG_DIGEST_MAX];
	const struct record *r;
	unsigned int b;
	size_t i;

	for (i = 0; i < log->count; i++) {
		r = &log->records[i];
		for (b = 0; b < r->banks; b++)
			if (!hash(r->digests[b].alg, r->event, r->event_size,
				  digest) ||
			    memcmp(digest, r->digests[b].value,
				   r->digests[b].size))
				return false;
	}
	return true;
}

/* The PCR before the first record, which says so; zeros without a TPM. */
static bool take_base(const struct record *first,
		      struct log_digest ret[CTGUARD_BANKS_MAX])
{
	const uint8_t *at = first->value[CTGUARD_RECORD_A_BASE], *end, *value;
	unsigned int b;
	size_t size;

	if (record_u8(first, CTGUARD_RECORD_A_TYPE) != CTGUARD_RECORD_BASE)
		return false;
	end = at + first->size[CTGUARD_RECORD_A_BASE];
	for (b = 0; b < first->banks; b++) {
		ret[b] = first->digests[b];
		memset(ret[b].value, 0, sizeof(ret[b].value));
		if (at == end)
			continue;
		value = take(&at, end, ret[b].alg, &size);
		if (!value || size != ret[b].size)
			return false;
		memcpy(ret[b].value, value, size);
	}
	return at == end;
}

/** log_replay - what the PCR is after a record, from the first one on */
bool log_replay(const struct log *log, uint64_t until,
		struct log_digest ret[CTGUARD_BANKS_MAX])
{
	uint8_t both[2 * LOG_DIGEST_MAX];
	const struct record *r;
	unsigned int b;
	size_t i;

	if (!log->count || !take_base(&log->records[0], ret))
		return false;
	for (i = 0; i < log->count && log->records[i].number <= until; i++) {
		r = &log->records[i];
		for (b = 0; b < r->banks; b++) {
			memcpy(both, ret[b].value, ret[b].size);
			memcpy(both + ret[b].size, r->digests[b].value,
			       ret[b].size);
			if (!hash(ret[b].alg, both, 2 * ret[b].size,
				  ret[b].value))
				return false;
		}
	}
	return true;
}

/**
 * log_pcr - what the TPM says
 * @pcr: which
 * @digest: the bank; its value is filled in
 */
bool log_pcr(unsigned int pcr, struct log_digest *digest)
{
	static const char *const names[] = {
		[CTGUARD_ALG_SHA1] = "sha1",
		[CTGUARD_ALG_SHA256] = "sha256",
		[CTGUARD_ALG_SHA384] = "sha384",
		[CTGUARD_ALG_SHA512] = "sha512",
	};
	char path[128], text[2 * LOG_DIGEST_MAX + 2];
	unsigned int i, byte;
	FILE *file;
	bool r;

	snprintf(path, sizeof(path), "/sys/class/tpm/tpm0/pcr-%s/%u",
		 names[digest->alg], pcr);
	file = fopen(path, "re");
	if (!file)
		return false;
	r = fgets(text, sizeof(text), file) &&
	    strlen(text) >= 2u * digest->size;
	fclose(file);
	for (i = 0; r && i < digest->size; i++) {
		r = sscanf(text + 2 * i, "%2x", &byte) == 1;
		digest->value[i] = byte;
	}
	return r;
}
