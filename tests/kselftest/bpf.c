// SPDX-License-Identifier: GPL-2.0
#include "bpf.h"

#include <errno.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/**
 * bpf_attach_program - attach a program to a function of the kernel
 * @function: its name; of an LSM's program that of the hook, "file_open"
 * @program_type: BPF_PROG_TYPE_TRACING or BPF_PROG_TYPE_LSM
 * @type: on entry, on return, ...
 * @flags: BPF_F_*
 * @instructions: of it
 * @count: of @instructions
 *
 * Return: its link, to be closed, or an errno below 0.
 */
int bpf_attach_program(const char *function, enum bpf_prog_type program_type,
		       enum bpf_attach_type type, int flags,
		       const struct bpf_insn *instructions, size_t count)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = type,
		    .prog_flags = flags);
	int id, program, link;

	id = libbpf_find_vmlinux_btf_id(function, type);
	if (id < 0)
		return id;
	opts.attach_btf_id = id;
	program = bpf_prog_load(program_type, "ks", "GPL", instructions, count,
				&opts);
	if (program < 0)
		return -errno;
	link = bpf_raw_tracepoint_open(NULL, program);
	id = -errno;
	close(program);
	return link < 0 ? id : link;
}

/** bpf_attach - likewise, a program that returns 0 */
int bpf_attach(const char *function, enum bpf_prog_type program_type,
	       enum bpf_attach_type type)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return bpf_attach_program(function, program_type, type, 0, instructions,
				  sizeof(instructions) / sizeof(*instructions));
}
