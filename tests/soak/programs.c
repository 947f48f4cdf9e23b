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

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>

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

/* A program that returns 0. Return: its link, or an errno below 0. */
static int attach(const char *function, enum bpf_prog_type program_type,
		  enum bpf_attach_type type)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type);
	int id, program, link;

	id = libbpf_find_vmlinux_btf_id(function, type);
	if (id < 0)
		return id;
	opts.attach_btf_id = id;
	program = bpf_prog_load(program_type, "soak", "GPL", instructions,
				sizeof(instructions) / sizeof(*instructions),
				&opts);
	if (program < 0)
		return -errno;
	link = bpf_raw_tracepoint_open(NULL, program);
	id = -errno;
	close(program);
	return link < 0 ? id : link;
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
			*link = attach(functions[n / ways %
						 (sizeof(functions) /
						  sizeof(*functions))],
				       BPF_PROG_TYPE_TRACING, types[way]);
		else
			*link = attach("file_open", BPF_PROG_TYPE_LSM,
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
