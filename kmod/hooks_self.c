// SPDX-License-Identifier: GPL-2.0
/* Hooks that guard the guard. */
#include "hook.h"

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/netlink.h>

#include "attach.h"
#include "netlink.h"

PIN(((struct netlink_kernel_cfg *)0)->bind, int (*)(struct net *, int));
PIN(bpf_trampoline_link_prog,
    int(CTG_TRAMP_LINK *, struct bpf_trampoline *CTG_TRAMP_TARGET));

/*
 * Who may do anything on the host's network namespace may join any multicast
 * group there, in a container, too: not that of the guard's events.
 */
int ctg_hook_genl_bind(struct ftrace_regs *fregs, unsigned long site)
{
	if (!ctg_netlink_owns_group(ARGUMENT(int, 1)))
		return 0;
	return ctg_hook_is_guarded() ? -EPERM : 0;
}

/*
 * Two faults of kernels, when a BPF program that returns comes to a function
 * that is redirected. Where one that enters is there already, those before
 * 6.12.95 and 6.18 find ftrace inconsistent and drop everything on that
 * function, this guard with it. And the first attempt is given up, since its
 * trampoline is of the wrong form, and its memory taken back, after others
 * that trace the function may have been sent there. Such a program is refused
 * instead, whoever asks, unless it was there before the guard. What comes at
 * the same moment is not told apart; only the host's root can do that.
 */
CTG_FAST(trampoline_link)
{
	const CTG_TRAMP_LINK *link = ARGUMENT(const CTG_TRAMP_LINK *, 0);
	const struct bpf_trampoline *tr =
		ARGUMENT(const struct bpf_trampoline *, 1);
	const struct bpf_prog *prog = ctg_tramp_prog(link);
	enum bpf_attach_type type;

	if (!ctg_attach_owns((unsigned long)tr->func.addr) || !prog ||
	    ctg_tramp_shares(tr))
		return 0;
	type = prog->expected_attach_type;
	return type == BPF_TRACE_FEXIT || type == BPF_MODIFY_RETURN ||
			       type == BPF_LSM_MAC ||
			       type == CTG_TRACE_FSESSION ?
		       -EBUSY :
		       0;
}
