/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The contract with userland: the generic netlink family.
 */
#ifndef _CTG_NETLINK_H
#define _CTG_NETLINK_H

#include <linux/types.h>

struct ctg_event;

int ctg_netlink_init(bool off);
void ctg_netlink_exit(void);
int ctg_netlink_send(const struct ctg_event *events, u32 count, u32 *ret_sent);
bool ctg_netlink_owns_group(int group);

#endif /* _CTG_NETLINK_H */
