/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Looks at the hooks from time to time and tells when one changed.
 */
#ifndef _CTG_WATCH_H
#define _CTG_WATCH_H

void ctg_watch_start(void);
void ctg_watch_stop(void);

#endif /* _CTG_WATCH_H */
