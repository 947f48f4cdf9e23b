// SPDX-License-Identifier: GPL-2.0
/*
 * What the built-in policy answers: names that containers ask for every day,
 * and names that must not slip in with a pattern.
 */
#include <string.h>

#include "../../kmod/baseline.h"
#include "../../kmod/decide.h"
#include "tap.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct row {
	u32 operation;
	u32 own;
	bool allowed;
	const char *name;
} rows[] = {
	/* firewalls and links of nested engines */
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "net-pf-16-proto-12" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "nfnetlink-subsys-10" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "nfnetlink-subsys-11" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "nft-expr-masq" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "nft-chain-2-nat" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "xt_addrtype" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "iptable_nat" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "ip_set_hash:ip" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "nf-nat" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "nf_nat" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "br_netfilter" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "rtnl-link-veth" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "nf_conntrack_sip" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "ip_conntrack_ftp" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "nfct-helper-ftp" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "nfnetlink-subsys-5" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "nfnetlink-subsys-9" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "rtnl-link-vcan" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "cls_u32" },
	/* sockets that ss lists, and those whose protocol it would load */
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "net-pf-16-proto-4" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "net-pf-16-proto-4-type-1" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "net-pf-16-proto-4-type-2-6" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, true, "net-pf-16-proto-4-type-2-17" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "net-pf-16-proto-4-type-30" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "net-pf-16-proto-4-type-40" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "net-pf-16-proto-4-type-43" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "net-pf-16-proto-4-type-2-33" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false,
	  "net-pf-16-proto-4-type-2-132" },
	/* others */
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "net-pf-16-proto-6" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false,
	  "net-pf-16-proto-16-family-nl80211" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "net-pf-38" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "tcp-ulp-tls" },
	{ CTGUARD_OP_MODULE_AUTOLOAD, 0, false, "fs-minix" },

	{ CTGUARD_OP_KERNEL_USE, 0, true, "bpf/map_create" },
	{ CTGUARD_OP_KERNEL_USE, 0, true, "bpf/prog_load/cgroup_device" },
	{ CTGUARD_OP_KERNEL_USE, CTGUARD_OWN, true,
	  "bpf/prog_attach/cgroup_device" },
	{ CTGUARD_OP_KERNEL_USE, 0, false, "bpf/prog_attach/cgroup_device" },
	{ CTGUARD_OP_KERNEL_USE, CTGUARD_OWN, false, "bpf/prog_load/kprobe" },
	{ CTGUARD_OP_KERNEL_USE, CTGUARD_OWN, false, "bpf/map_get_fd_by_id" },
	{ CTGUARD_OP_KERNEL_USE, CTGUARD_OWN, false,
	  "bpf/link_create/trace_kprobe_multi" },
	{ CTGUARD_OP_KERNEL_USE, 0, true, "lockdown/xfrm_secret" },
	{ CTGUARD_OP_KERNEL_USE, 0, false, "lockdown/ioport" },
	{ CTGUARD_OP_KERNEL_USE, CTGUARD_OWN, true, "tty/setctty" },
	{ CTGUARD_OP_KERNEL_USE, 0, false, "tty/sti" },
	{ CTGUARD_OP_KERNEL_USE, CTGUARD_OWN, false, "perf/cpu" },
	{ CTGUARD_OP_KERNEL_USE, CTGUARD_OWN, false, "reboot" },
	{ CTGUARD_OP_KERNEL_USE, CTGUARD_OWN, false, "host-code" },

	{ CTGUARD_OP_TASK_ACCESS, 0, false, "ptrace/read" },
	{ CTGUARD_OP_TASK_ACCESS, CTGUARD_OWN, false, "setns/net" },

	{ CTGUARD_OP_FILESYSTEM_MOUNT, 0, true, "proc" },
	{ CTGUARD_OP_FILESYSTEM_MOUNT, 0, true, "overlay" },
	{ CTGUARD_OP_FILESYSTEM_MOUNT, 0, true, "ext4" },
	{ CTGUARD_OP_FILESYSTEM_MOUNT, 0, false, "devtmpfs" },
	{ CTGUARD_OP_FILESYSTEM_MOUNT, 0, false, "9p" },
	{ CTGUARD_OP_FILESYSTEM_MOUNT, 0, false, "virtiofs" },
	{ CTGUARD_OP_FILESYSTEM_MOUNT, 0, false, "nsfs" },
	{ CTGUARD_OP_FILESYSTEM_MOUNT, 0, false, "cifs" },
	{ CTGUARD_OP_FILESYSTEM_MOUNT, 0, false, "" },
};

int main(void)
{
	struct ctg_policy *policy = NULL;
	struct ctg_policy_error error;
	size_t i;

	if (!tap_ok(!ctg_policy_parse(ctg_baseline, sizeof(ctg_baseline),
				      &policy, &error),
		    "takes the baseline"))
		return tap_done();
	for (i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct ctg_request request = {
			.operation = row->operation,
			.own = row->own,
			.name = row->name,
			.length = strlen(row->name),
		};
		struct ctg_decision decision;

		ctg_decide(policy, ctg_policy_default(policy),
			   CTGUARD_MODE_ENFORCE, &request, &decision);
		tap_ok((decision.verdict == CTGUARD_VERDICT_ALLOW) ==
			       row->allowed,
		       "%s \"%s\"%s", row->allowed ? "allows" : "denies",
		       row->name, row->own ? " of its own" : "");
	}
	ctg_policy_free(policy);
	return tap_done();
}
