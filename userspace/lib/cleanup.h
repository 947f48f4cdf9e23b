/* SPDX-License-Identifier: GPL-2.0 */
/* Locals that free themselves at the end of their scope. */
#ifndef CTGUARD_CLEANUP_H
#define CTGUARD_CLEANUP_H

#define ctguard_cleanup(function) __attribute__((cleanup(function)))

void ctguard_cleanup_free(void *pointer);
void ctguard_cleanup_close(int *fd);
void ctguard_cleanup_file(void *pointer);

#define CTGUARD_FREE ctguard_cleanup(ctguard_cleanup_free)
#define CTGUARD_CLOSE ctguard_cleanup(ctguard_cleanup_close)
#define CTGUARD_FCLOSE ctguard_cleanup(ctguard_cleanup_file)

#endif /* CTGUARD_CLEANUP_H */
