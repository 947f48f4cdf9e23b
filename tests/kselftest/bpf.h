/* SPDX-License-Identifier: GPL-2.0 */
/* BPF programs on functions of the kernel, by its BTF; with libbpf. */
#ifndef KS_BPF_H
#define KS_BPF_H

#include <linux/bpf.h>

int bpf_attach(const char *function, enum bpf_prog_type program_type,
	       enum bpf_attach_type type);

#endif /* KS_BPF_H */
