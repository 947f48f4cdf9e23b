// SPDX-License-Identifier: GPL-2.0
/*
 * Attaches BPF programs to hooked functions and takes them away, over and over,
 * alone and several on one function.
 *
 * Usage: programs REPORT; ends on SIGTERM
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "bpf.h"

#define HELD 4	     /* at a time */
#define PAUSE 100000 /* us */

static const char *const functions[] = {
	"security_file_open",	     "security_inode_mkdir",
	"security_bprm_check",	     "security_task_alloc",
	"security_kernel_load_data", "security_inode_mknod",
};

static const enum bpf_attach_type types[] = {
	BPF_TRACE_FENTRY,
	BPF_TRACE_FEXIT,
	BPF_MODIFY_RETURN,
};

static volatile sig_atomic_t ended;

static void end(int signal)
{
	(void)signal;
	ended = 1;
}

int main(int argc, char **argv)
{
	const size_t ways = sizeof(types) / sizeof(*types);
	uint64_t attached = 0, refused = 0, failed = 0;
	unsigned int n = 0;
	int held[HELD];
	FILE *report;

	if (argc != 2) {
		fputs("Usage: programs REPORT\n", stderr);
		return 2;
	}
	signal(SIGTERM, end);
	for (size_t i = 0; i < HELD; i++)
		held[i] = -1;
	while (!ended) {
		int *link = &held[n % HELD];
		unsigned int way = n % (ways + 1);

		if (*link >= 0)
			close(*link);
		/* Neighbours are on the same function, as a rule. */
		if (way < ways)
			*link = bpf_attach(functions[n / ways %
						     (sizeof(functions) /
						      sizeof(*functions))],
					   BPF_PROG_TYPE_TRACING, types[way]);
		else
			*link = bpf_attach("file_open", BPF_PROG_TYPE_LSM,
					   BPF_LSM_MAC);
		if (*link >= 0)
			attached++;
		/* The guard minds some, and so does ftrace. */
		else if (*link == -EBUSY || *link == -EINVAL)
			refused++;
		else if (!failed++)
			fprintf(stderr, "programs: %u: %d\n", way, *link);
		n++;
		usleep(PAUSE);
	}
	report = fopen(argv[1], "a");
	if (!report)
		return 1;
	fprintf(report,
		"programs %ju\nprograms-refused %ju\nprograms-failed %ju\n",
		(uintmax_t)attached, (uintmax_t)refused, (uintmax_t)failed);
	return fclose(report) ? 1 : 0;
}
