// SPDX-License-Identifier: GPL-2.0
/* Locals that free themselves at the end of their scope. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cleanup.h"

/** ctguard_cleanup_free() - free what the local at @pointer points to */
void ctguard_cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/** ctguard_cleanup_close() - close a descriptor that is not negative */
void ctguard_cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/** ctguard_cleanup_file() - fclose() the stream in the local at @pointer */
void ctguard_cleanup_file(void *pointer)
{
	FILE *file = *(FILE **)pointer;

	if (file)
		fclose(file);
}
