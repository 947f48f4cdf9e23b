/* SPDX-License-Identifier: GPL-2.0 */
/* BPF programs on functions of the kernel, by its BTF; with libbpf. */
#ifndef KS_BPF_H
#define KS_BPF_H

#include <stddef.h>

#include <linux/bpf.h>

int bpf_attach_program(const char *function, enum bpf_prog_type program_type,
		       enum bpf_attach_type type, int flags,
		       const struct bpf_insn *instructions, size_t count);
int bpf_attach(const char *function, enum bpf_prog_type program_type,
	       enum bpf_attach_type type);

#endif /* KS_BPF_H */
