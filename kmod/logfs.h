/* SPDX-License-Identifier: GPL-2.0 */
/* The measurement log as files of securityfs. */
#ifndef _CTG_LOGFS_H
#define _CTG_LOGFS_H

int ctg_logfs_init(void);
void ctg_logfs_exit(void);

#endif /* _CTG_LOGFS_H */
