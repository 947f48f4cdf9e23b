/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Descriptors that a container has from elsewhere: opened before it was
 * guarded, inherited, or passed in.
 */
#ifndef _CTG_DESCRIPTOR_H
#define _CTG_DESCRIPTOR_H

int ctg_descriptor_inherit(void);
void ctg_descriptor_scan(void);
void ctg_descriptor_settle(void);

#endif /* _CTG_DESCRIPTOR_H */
