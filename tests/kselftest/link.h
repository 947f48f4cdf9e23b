/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages to the family and from it, byte by byte: the tests also send what
 * no library would.
 */
#ifndef KS_LINK_H
#define KS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>
#include <ctguard/ctguard.h>

/**
 * struct link - a generic netlink socket
 * @fd: the socket
 * @family: number of the family "ctguard"
 * @group: of its events
 * @seq: of the last request
 * @message: extended-ack text of the last answer, or ""
 * @cookie: extended-ack cookie of the last answer, or 0
 * @offset: extended-ack offset of the attribute at fault, or 0
 * @datagram: of multicast messages, the last that was received
 * @next: where the next message in it begins
 * @left: what is left of it, in bytes
 */
struct link {
	int fd;
	uint16_t family;
	uint32_t group;
	uint32_t seq;
	char message[256];
	uint64_t cookie;
	uint32_t offset;
	_Alignas(8) uint8_t datagram[16 * 1024];
	size_t next;
	size_t left;
};

/* A request on its way. */
struct request {
	size_t size;
	_Alignas(8) uint8_t data[24 * 1024];
};

/* Attributes of one message: where each is, or NULL. */
struct attributes {
	const struct nlattr *at[CTGUARD_A_MAX + 1];
};

/* Gets one answer; stops the dump when it returns an errno below 0. */
typedef int answer_handler(const struct attributes *attributes, void *context);

int link_open(struct link *link);
int link_open_raw(struct link *link);
void link_close(struct link *link);
int link_join(struct link *link);

void request_begin(struct request *request, const struct link *link,
		   uint8_t command, uint16_t flags);
void request_put(struct request *request, uint16_t attribute, const void *data,
		 size_t size);
void request_u32(struct request *request, uint16_t attribute, uint32_t value);
void request_u64(struct request *request, uint16_t attribute, uint64_t value);
void request_string(struct request *request, uint16_t attribute,
		    const char *value);
size_t request_nest(struct request *request, uint16_t attribute);
void request_nest_end(struct request *request, size_t nest);

int link_send(struct link *link, struct request *request);
int link_receive(struct link *link, answer_handler *handler, void *context);
int link_do(struct link *link, struct request *request, answer_handler *handler,
	    void *context);
int link_read(struct link *link, int timeout_ms, struct attributes *attributes);

void attributes_parse(struct attributes *ret, const void *data, size_t size);
uint32_t attribute_u32(const struct attributes *attributes, int attribute);
uint64_t attribute_u64(const struct attributes *attributes, int attribute);
void attribute_string(const struct attributes *attributes, int attribute,
		      char *ret, size_t size);
size_t attribute_size(const struct attributes *attributes, int attribute);
const void *attribute_data(const struct attributes *attributes, int attribute);

#endif /* KS_LINK_H */
