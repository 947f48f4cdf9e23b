/* SPDX-License-Identifier: GPL-2.0 */
/* What the files that speak netlink share; needs libnl's headers. */
#ifndef CTGUARD_LINK_PRIVATE_H
#define CTGUARD_LINK_PRIVATE_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdbool.h>

#include <ctguard/ctguard.h>

#include "link.h"

struct ctguard_link {
	struct nl_sock *sock;
	int family;
};

/* Takes one reply; false when it makes no sense. */
typedef bool ctguard_link_handler(struct nlmsghdr *header,
				  struct nlattr *const *attributes,
				  void *context);

struct nl_msg *ctguard_link_message(struct ctguard_link *link,
				    enum ctguard_cmd command);
int ctguard_link_do(struct ctguard_link *link, struct nl_msg *message,
		    ctguard_link_handler *handler, void *context,
		    struct ctguard_error *error);
int ctguard_link_dump(struct ctguard_link *link, enum ctguard_cmd command,
		      ctguard_link_handler *handler,
		      void (*restart)(void *context), void *context,
		      struct ctguard_error *error);
bool ctguard_link_parse(struct nlmsghdr *header,
			struct nlattr *ret_attributes[CTGUARD_A_MAX + 1]);
bool ctguard_link_parse_nest(struct nlattr *nest,
			     struct nlattr *ret_attributes[CTGUARD_A_MAX + 1]);

#endif /* CTGUARD_LINK_PRIVATE_H */
