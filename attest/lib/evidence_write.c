// SPDX-License-Identifier: GPL-2.0
/*
 * Writes evidence, and requests to enrol: ustar, as evidence.h has it.
 *
 * A block of 512 bytes heads each member, whose content is padded to whole
 * blocks; two blocks of zeros end the archive (POSIX.1-2017, pax, "ustar
 * Interchange Format").
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence_write.h"

#define BLOCK 512
#define PADDED(size) (((size) + BLOCK - 1) / BLOCK * BLOCK)

struct ustar {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char padding[12];
};
_Static_assert(sizeof(struct ustar) == BLOCK, "a header is a block");

/* Digits to the end of the field, but for a NUL. */
static void octal(char *field, size_t size, uint64_t value)
{
	field[--size] = '\0';
	while (size) {
		field[--size] = (char)('0' + value % 8);
		value /= 8;
	}
}

static void head(struct ustar *header, const char *name, size_t size,
		 uint64_t time)
{
	unsigned int sum = 0;

	memset(header, 0, sizeof(*header));
	snprintf(header->name, sizeof(header->name), "%s", name);
	octal(header->mode, sizeof(header->mode), 0644);
	octal(header->uid, sizeof(header->uid), 0);
	octal(header->gid, sizeof(header->gid), 0);
	octal(header->size, sizeof(header->size), size);
	octal(header->mtime, sizeof(header->mtime), time);
	header->type = '0';
	memcpy(header->magic, "ustar", sizeof(header->magic));
	memcpy(header->version, "00", sizeof(header->version));
	octal(header->major, sizeof(header->major), 0);
	octal(header->minor, sizeof(header->minor), 0);
	/* Over the header with blanks for itself: six digits, NUL, blank. */
	memset(header->checksum, ' ', sizeof(header->checksum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += ((const unsigned char *)header)[i];
	octal(header->checksum, sizeof(header->checksum) - 1, sum);
}

/**
 * evidence_write() - make an archive
 * @rules: what each member must be
 * @parts: its content, or none
 * @count: of both
 * @time: seconds since the epoch, of all members
 * @ret_data: the archive, to be freed
 * @ret_size: its bytes
 * @ret_problem: which member breaks which rule, on failure
 *
 * Return: 0 or -1.
 */
int evidence_write(const struct evidence_rule *rules,
		   const struct evidence_part *parts, size_t count,
		   uint64_t time, uint8_t **ret_data, size_t *ret_size,
		   char ret_problem[EVIDENCE_PROBLEM])
{
	size_t size = 2 * BLOCK;
	uint8_t *data, *at;

	for (size_t i = 0; i < count; i++) {
		if (!parts[i].data && rules[i].required) {
			snprintf(ret_problem, EVIDENCE_PROBLEM, "%s is missing",
				 rules[i].name);
			return -1;
		}
		if (parts[i].data && parts[i].size > rules[i].max) {
			snprintf(ret_problem, EVIDENCE_PROBLEM,
				 "%s: %zu bytes, more than %zu", rules[i].name,
				 parts[i].size, rules[i].max);
			return -1;
		}
		if (parts[i].data)
			size += BLOCK + PADDED(parts[i].size);
	}
	data = at = calloc(size, 1);
	if (!data) {
		snprintf(ret_problem, EVIDENCE_PROBLEM, "out of memory");
		return -1;
	}
	for (size_t i = 0; i < count; i++) {
		if (!parts[i].data)
			continue;
		head((struct ustar *)at, rules[i].name, parts[i].size, time);
		memcpy(at + BLOCK, parts[i].data, parts[i].size);
		at += BLOCK + PADDED(parts[i].size);
	}
	*ret_data = data;
	*ret_size = size;
	return 0;
}
