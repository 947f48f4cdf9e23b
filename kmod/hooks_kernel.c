// SPDX-License-Identifier: GPL-2.0
/*
 * Hooks that guard interfaces which concern the kernel as a whole. What each
 * is called stands in <uapi/ctguard/ctguard.h>.
 *
 * What current lacks the capability for is left to the kernel to refuse: a
 * container that cannot do it anyway is no news.
 */
#include "hook.h"

#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/bpf-cgroup.h>
#include <linux/filter.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/pid_namespace.h>
#include <linux/rtnetlink.h>
#include <linux/security.h>
#include <linux/skbuff.h>
#include <linux/timex.h>
#include <linux/tty.h>
#include <linux/tty_driver.h>
#include <net/net_namespace.h>
#include <net/netlink.h>
#include <net/sock.h>

#include "container.h"

PIN(security_locked_down, int(enum lockdown_reason));
PIN(security_settime64,
    int(const struct timespec64 *, const struct timezone *));
PIN(security_netlink_send, int(struct sock *, struct sk_buff *));
PIN(security_bpf, int(int, union bpf_attr *, unsigned int CTG_BPF_KERNEL));
PIN(security_perf_event_open, int(CTG_PERF_ATTR int));
PIN(do_adjtimex, int(struct __kernel_timex *));
PIN(((struct file_operations *)0)->unlocked_ioctl,
    long (*)(struct file *, unsigned int, unsigned long));
PIN(((struct file_operations *)0)->compat_ioctl,
    long (*)(struct file *, unsigned int, unsigned long));

#define NAME_MAX_LENGTH 48

static int judge(const char *name, u32 own, const char *hook,
		 unsigned long site)
{
	return ctg_hook_judge_name(CTGUARD_OP_KERNEL_USE, name, own, hook,
				   site);
}

static bool current_has(int capability)
{
	const struct cred *cred = current_cred();

	return cred->user_ns == &init_user_ns &&
	       cap_raised(cred->cap_effective, capability);
}

static bool in_host_pid_ns(void)
{
	return task_active_pid_ns(current) == &init_pid_ns;
}

/* "PREFIX/WORD", or the number where there is no word. */
static void name_of(char ret[NAME_MAX_LENGTH], const char *prefix,
		    const char *const *words, unsigned int count,
		    unsigned int i)
{
	size_t length = strscpy(ret, prefix, NAME_MAX_LENGTH);
	char digits[11];
	int at = sizeof(digits) - 1;

	if (i < count && words[i]) {
		strscpy(ret + length, words[i], NAME_MAX_LENGTH - length);
		return;
	}
	digits[at] = 0;
	do {
		digits[--at] = '0' + i % 10;
		i /= 10;
	} while (i);
	strscpy(ret + length, digits + at, NAME_MAX_LENGTH - length);
}

/*
 * bpf(2). The numbers are ABI, so that words of later kernels can stand here,
 * too.
 */

/* clang-format off */
static const char *const commands[] = {
	"map_create", "map_lookup_elem", "map_update_elem", "map_delete_elem",
	"map_get_next_key", "prog_load", "obj_pin", "obj_get", "prog_attach",
	"prog_detach", "prog_test_run", "prog_get_next_id", "map_get_next_id",
	"prog_get_fd_by_id", "map_get_fd_by_id", "obj_get_info_by_fd",
	"prog_query", "raw_tracepoint_open", "btf_load", "btf_get_fd_by_id",
	"task_fd_query", "map_lookup_and_delete_elem", "map_freeze",
	"btf_get_next_id", "map_lookup_batch", "map_lookup_and_delete_batch",
	"map_update_batch", "map_delete_batch", "link_create", "link_update",
	"link_get_fd_by_id", "link_get_next_id", "enable_stats", "iter_create",
	"link_detach", "prog_bind_map", "token_create",
	"prog_stream_read_by_fd", "prog_assoc_struct_ops",
};

static const char *const prog_types[] = {
	"unspec", "socket_filter", "kprobe", "sched_cls", "sched_act",
	"tracepoint", "xdp", "perf_event", "cgroup_skb", "cgroup_sock",
	"lwt_in", "lwt_out", "lwt_xmit", "sock_ops", "sk_skb", "cgroup_device",
	"sk_msg", "raw_tracepoint", "cgroup_sock_addr", "lwt_seg6local",
	"lirc_mode2", "sk_reuseport", "flow_dissector", "cgroup_sysctl",
	"raw_tracepoint_writable", "cgroup_sockopt", "tracing", "struct_ops",
	"ext", "lsm", "sk_lookup", "syscall", "netfilter",
};

static const char *const attach_types[] = {
	"cgroup_inet_ingress", "cgroup_inet_egress", "cgroup_inet_sock_create",
	"cgroup_sock_ops", "sk_skb_stream_parser", "sk_skb_stream_verdict",
	"cgroup_device", "sk_msg_verdict", "cgroup_inet4_bind",
	"cgroup_inet6_bind", "cgroup_inet4_connect", "cgroup_inet6_connect",
	"cgroup_inet4_post_bind", "cgroup_inet6_post_bind",
	"cgroup_udp4_sendmsg", "cgroup_udp6_sendmsg", "lirc_mode2",
	"flow_dissector", "cgroup_sysctl", "cgroup_udp4_recvmsg",
	"cgroup_udp6_recvmsg", "cgroup_getsockopt", "cgroup_setsockopt",
	"trace_raw_tp", "trace_fentry", "trace_fexit", "modify_return",
	"lsm_mac", "trace_iter", "cgroup_inet4_getpeername",
	"cgroup_inet6_getpeername", "cgroup_inet4_getsockname",
	"cgroup_inet6_getsockname", "xdp_devmap", "cgroup_inet_sock_release",
	"xdp_cpumap", "sk_lookup", "xdp", "sk_skb_verdict",
	"sk_reuseport_select", "sk_reuseport_select_or_migrate", "perf_event",
	"trace_kprobe_multi", "lsm_cgroup", "struct_ops", "netfilter",
	"tcx_ingress", "tcx_egress", "trace_uprobe_multi",
	"cgroup_unix_connect", "cgroup_unix_sendmsg", "cgroup_unix_recvmsg",
	"cgroup_unix_getpeername", "cgroup_unix_getsockname",
	"netkit_primary", "netkit_peer", "trace_kprobe_session",
	"trace_uprobe_session",
};
/* clang-format on */
static_assert(BPF_PROG_BIND_MAP == 35);
static_assert(BPF_PROG_TYPE_SK_LOOKUP == 30);
static_assert(BPF_XDP == 37);

static void name_attach(char ret[NAME_MAX_LENGTH], const char *prefix, u32 type)
{
	name_of(ret, prefix, attach_types, ARRAY_SIZE(attach_types), type);
}

/*
 * Whose the cgroup is of what is attached or detached is asked where it is
 * known for sure: another thread may change what the descriptor means by then.
 */
CTG_FAST(sys_bpf)
{
	const union bpf_attr *attr = ARGUMENT(const union bpf_attr *, 1);
	int command = ARGUMENT(int, 0);
	char name[NAME_MAX_LENGTH];
	u32 own = 0;

	switch (command) {
	case BPF_PROG_LOAD:
		name_of(name, "bpf/prog_load/", prog_types,
			ARRAY_SIZE(prog_types), attr->prog_type);
		break;
	case BPF_PROG_ATTACH:
		name_attach(name, "bpf/prog_attach/", attr->attach_type);
		own = CTGUARD_OWN;
		break;
	case BPF_PROG_DETACH:
		name_attach(name, "bpf/prog_detach/", attr->attach_type);
		own = CTGUARD_OWN;
		break;
	case BPF_PROG_QUERY:
		name_attach(name, "bpf/prog_query/", attr->query.attach_type);
		own = CTGUARD_OWN;
		break;
	case BPF_LINK_CREATE:
		name_attach(name, "bpf/link_create/",
			    attr->link_create.attach_type);
		own = CTGUARD_OWN;
		break;
	case BPF_MAP_CREATE:
		/* Which puts functions into the kernel, or none, by an update. */
		if (attr->map_type == BPF_MAP_TYPE_STRUCT_OPS) {
			strscpy(name, "bpf/map_create/struct_ops",
				sizeof(name));
			break;
		}
		fallthrough;
	default:
		name_of(name, "bpf/", commands, ARRAY_SIZE(commands), command);
	}
	return judge(name, own, "security_bpf", site);
}

/*
 * A program of any type may call functions of the kernel's, which signal tasks,
 * look into them, and more with each version; and, with CAP_PERFMON, a helper that
 * signals whichever task it interrupts.
 */
CTG_FAST(bpf_prog_load)
{
	static const char hook[] = "security_bpf_prog_load";
	const struct bpf_prog *prog = ARGUMENT(const struct bpf_prog *, 0);
	u32 i;

	if (!ctg_hook_is_guarded())
		return 0;
	for (i = 0; i < prog->len; i++) {
		const struct bpf_insn *insn = &prog->insnsi[i];

		if (insn->code != (BPF_JMP | BPF_CALL))
			continue;
		if (insn->src_reg == BPF_PSEUDO_KFUNC_CALL)
			return judge("bpf/kfunc", 0, hook, site);
		if (!insn->src_reg &&
		    (insn->imm == BPF_FUNC_send_signal ||
		     insn->imm == BPF_FUNC_send_signal_thread))
			return judge("bpf/send_signal", 0, hook, site);
	}
	return 0;
}

/* Strictly below the container's own. */
static u32 own_cgroup(const struct ctg_subject *subject,
		      const struct cgroup *cgroup)
{
	return ctg_container_owns_cgroup(subject->container, cgroup, false) ?
		       CTGUARD_OWN :
		       0;
}

static int judge_cgroup(const struct cgroup *cgroup, const char *prefix,
			u32 type, const char *hook, unsigned long site)
{
	struct ctg_request request = { .operation = CTGUARD_OP_KERNEL_USE };
	char name[NAME_MAX_LENGTH];
	struct ctg_subject subject;
	int r = 0;

	if (!in_task())
		return 0;
	rcu_read_lock();
	if (ctg_guard_subject(&subject)) {
		name_attach(name, prefix, type);
		request.name = name;
		request.length = strlen(name);
		request.own = own_cgroup(&subject, cgroup);
		r = ctg_guard_judge(&subject, &request, hook, site);
	}
	rcu_read_unlock();
	return r;
}

CTG_FAST(cgroup_bpf_attach)
{
	return judge_cgroup(ARGUMENT(const struct cgroup *, 0),
			    ARGUMENT(const void *, 3) ? "bpf/link_create/" :
							"bpf/prog_attach/",
			    ARGUMENT(u32, 4), "__cgroup_bpf_attach", site);
}

/* A link that goes away with its container's last descriptor has none. */
CTG_FAST(cgroup_bpf_detach)
{
	if (ARGUMENT(const void *, 2))
		return 0;
	return judge_cgroup(ARGUMENT(const struct cgroup *, 0),
			    "bpf/prog_detach/", ARGUMENT(u32, 3),
			    "__cgroup_bpf_detach", site);
}

CTG_FAST(perf_event)
{
	static const char *const kinds[] = {
		[PERF_SECURITY_CPU] = "cpu",
		[PERF_SECURITY_KERNEL] = "kernel",
		[PERF_SECURITY_TRACEPOINT] = "tracepoint",
	};
	int type = ARGUMENT(int, CTG_PERF_TYPE);
	char name[NAME_MAX_LENGTH];

	if (type == PERF_SECURITY_OPEN)
		return 0;
	name_of(name, "perf/", kinds, ARRAY_SIZE(kinds), type);
	return judge(name, 0, "security_perf_event_open", site);
}

/* Lockdown for containers, whether or not the host has it. */
CTG_FAST(locked_down)
{
	static const char *const features[] = {
		[LOCKDOWN_MODULE_SIGNATURE] = "module_signature",
		[LOCKDOWN_DEV_MEM] = "dev_mem",
		[LOCKDOWN_EFI_TEST] = "efi_test",
		[LOCKDOWN_KEXEC] = "kexec",
		[LOCKDOWN_HIBERNATION] = "hibernation",
		[LOCKDOWN_PCI_ACCESS] = "pci_access",
		[LOCKDOWN_IOPORT] = "ioport",
		[LOCKDOWN_MSR] = "msr",
		[LOCKDOWN_ACPI_TABLES] = "acpi_tables",
		[LOCKDOWN_DEVICE_TREE] = "device_tree",
		[LOCKDOWN_PCMCIA_CIS] = "pcmcia_cis",
		[LOCKDOWN_TIOCSSERIAL] = "tiocsserial",
		[LOCKDOWN_MODULE_PARAMETERS] = "module_parameters",
		[LOCKDOWN_MMIOTRACE] = "mmiotrace",
		[LOCKDOWN_DEBUGFS] = "debugfs",
		[LOCKDOWN_XMON_WR] = "xmon_wr",
		[LOCKDOWN_BPF_WRITE_USER] = "bpf_write_user",
		[LOCKDOWN_DBG_WRITE_KERNEL] = "dbg_write_kernel",
		[LOCKDOWN_RTAS_ERROR_INJECTION] = "rtas_error_injection",
		[LOCKDOWN_XEN_USER_ACTIONS] = "xen_user_actions",
		[LOCKDOWN_KCORE] = "kcore",
		[LOCKDOWN_KPROBES] = "kprobes",
		[LOCKDOWN_BPF_READ_KERNEL] = "bpf_read_kernel",
		[LOCKDOWN_DBG_READ_KERNEL] = "dbg_read_kernel",
		[LOCKDOWN_PERF] = "perf",
		[LOCKDOWN_TRACEFS] = "tracefs",
		[LOCKDOWN_XMON_RW] = "xmon_rw",
		[LOCKDOWN_XFRM_SECRET] = "xfrm_secret",
	};
	char name[NAME_MAX_LENGTH];

	name_of(name, "lockdown/", features, ARRAY_SIZE(features),
		ARGUMENT(enum lockdown_reason, 0));
	return judge(name, 0, "security_locked_down", site);
}

/*
 * System calls
 */

CTG_FAST(settime)
{
	if (!current_has(CAP_SYS_TIME))
		return 0;
	return judge("clock/set", 0, "security_settime64", site);
}

CTG_FAST(adjtime)
{
	u32 modes = ARGUMENT(const struct __kernel_timex *, 0)->modes;
	bool reads =
		!(modes & ADJ_SETOFFSET) &&
		(modes & ADJ_ADJTIME ? modes & ADJ_OFFSET_READONLY : !modes);

	if (reads || !current_has(CAP_SYS_TIME))
		return 0;
	return judge("clock/adjust", 0, "do_adjtimex", site);
}

/* In a PID namespace of its own a container stops only itself. */
CTG_FAST(sys_reboot)
{
	if (!in_host_pid_ns() || !current_has(CAP_SYS_BOOT))
		return 0;
	return judge("reboot", 0, "reboot", site);
}

/* Accounts the tasks of a PID namespace. */
CTG_FAST(sys_acct)
{
	if (!in_host_pid_ns() || !current_has(CAP_SYS_PACCT))
		return 0;
	return judge("acct", 0, "acct", site);
}

CTG_FAST(sys_swapon)
{
	if (!current_has(CAP_SYS_ADMIN))
		return 0;
	return judge("swap/on", 0, "swapon", site);
}

CTG_FAST(sys_swapoff)
{
	if (!current_has(CAP_SYS_ADMIN))
		return 0;
	return judge("swap/off", 0, "swapoff", site);
}

/*
 * Netlink
 */

static bool changes_audit(const struct sk_buff *skb)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)skb->data;
	int left = skb->len;

	for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
		switch (header->nlmsg_type) {
		case AUDIT_SET:
		case AUDIT_ADD:
		case AUDIT_DEL:
		case AUDIT_LOGIN:
		case AUDIT_SIGNAL_INFO:
		case AUDIT_ADD_RULE:
		case AUDIT_DEL_RULE:
		case AUDIT_TRIM:
		case AUDIT_MAKE_EQUIV:
		case AUDIT_TTY_SET:
		case AUDIT_SET_FEATURE:
			return true;
		}
	}
	return false;
}

/* Who sends a message of rtnetlink's, and how many tasks it has named. */
struct sender {
	struct ctg_subject subject;
	unsigned int tasks;
};

/* More than any message has that somebody sends for its links. */
#define TASKS_MAX 64

/*
 * A task of the host's, as may work for a container at the moment, counts as one
 * in the host's namespace: where it is when the message is read is not known.
 */
static bool is_in_hosts_net(struct sender *sender, pid_t pid)
{
	struct task_struct *task;
	struct net *net;

	if (++sender->tasks > TASKS_MAX)
		return true;
	task = pid_task(find_pid_ns(pid, task_active_pid_ns(current)),
			PIDTYPE_PID);
	if (!task ||
	    !ctg_container_owns_task(sender->subject.container, current, task))
		return true;
	net = get_net_ns_by_pid(pid);
	if (IS_ERR(net))
		return true;
	put_net(net);
	return net == &init_net;
}

/*
 * A message of rtnetlink's about a link names other network namespaces by
 * tasks, and by ids that they have in this one. What an id stands for can
 * become another before the message is read: by ids it is the host's. By
 * descriptors it is not, since the host's are not opened or received.
 */
static bool names_hosts_net(struct sender *sender, const struct nlattr *head,
			    int size)
{
	const struct nlattr *a;
	int left;

	nla_for_each_attr(a, head, size, left) {
		switch (nla_type(a)) {
		case IFLA_TARGET_NETNSID:
		case IFLA_LINK_NETNSID:
			return true;
		case IFLA_NET_NS_PID:
			if (nla_len(a) < sizeof(u32) ||
			    is_in_hosts_net(sender, nla_get_u32(a)))
				return true;
			break;
		}
	}
	return false;
}

/* The attribute of what a device is made of, and in it the one of the other end. */
#define PEER_INFO 1

static bool peer_in_hosts_net(struct sender *sender, const struct nlattr *head,
			      int size)
{
	const int skip = NLMSG_ALIGN(sizeof(struct ifinfomsg));
	const struct nlattr *info, *data, *peer;
	int left, left_data, left_peer;

	nla_for_each_attr(info, head, size, left) {
		if (nla_type(info) != IFLA_LINKINFO)
			continue;
		nla_for_each_nested(data, info, left_data) {
			if (nla_type(data) != IFLA_INFO_DATA)
				continue;
			nla_for_each_nested(peer, data, left_peer)
				if (nla_type(peer) == PEER_INFO &&
				    nla_len(peer) >= skip &&
				    names_hosts_net(sender,
						    nla_data(peer) + skip,
						    nla_len(peer) - skip))
					return true;
		}
	}
	return false;
}

/*
 * The kernel asks for capabilities in the namespace where a device goes, but in
 * most versions not where its other end goes.
 */
static bool changes_hosts_net(struct sender *sender, const struct sk_buff *skb)
{
	const struct nlmsghdr *header = (const struct nlmsghdr *)skb->data;
	const bool capable = current_user_ns() == &init_user_ns;
	int left = skb->len;

	for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
		const struct nlattr *head;
		int size;

		if (header->nlmsg_type != RTM_NEWLINK &&
		    header->nlmsg_type != RTM_SETLINK &&
		    header->nlmsg_type != RTM_DELLINK)
			continue;
		head = nlmsg_attrdata(header, sizeof(struct ifinfomsg));
		size = nlmsg_attrlen(header, sizeof(struct ifinfomsg));
		if ((capable && names_hosts_net(sender, head, size)) ||
		    peer_in_hosts_net(sender, head, size))
			return true;
	}
	return false;
}

static int judge_route(const struct sk_buff *skb, const char *hook,
		       unsigned long site)
{
	struct sender sender = {};
	bool r;

	rcu_read_lock();
	r = ctg_guard_subject(&sender.subject) &&
	    changes_hosts_net(&sender, skb);
	rcu_read_unlock();
	return r ? judge("netlink/host-link", 0, hook, site) : 0;
}

/*
 * What is sent on the uevent protocol in the host's network namespace reaches
 * the host's udevd as if it came from the kernel or from udevd itself.
 */
CTG_FAST(netlink_send)
{
	const struct sock *sk = ARGUMENT(const struct sock *, 0);
	static const char hook[] = "security_netlink_send";

	switch (sk->sk_protocol) {
	case NETLINK_KOBJECT_UEVENT:
		if (sock_net(sk) != &init_net)
			return 0;
		return judge("netlink/uevent", 0, hook, site);
	case NETLINK_AUDIT:
		if (!in_host_pid_ns() || !current_has(CAP_AUDIT_CONTROL) ||
		    !changes_audit(ARGUMENT(const struct sk_buff *, 1)))
			return 0;
		return judge("netlink/audit", 0, hook, site);
	case NETLINK_ROUTE:
		if (sock_net(sk) == &init_net)
			return 0;
		return judge_route(ARGUMENT(const struct sk_buff *, 1), hook,
				   site);
	default:
		return 0;
	}
}

/*
 * Terminals
 */

#define IOCTL_TYPE_KEYBOARD 0x4b /* <linux/kd.h> */
#define IOCTL_TYPE_CONSOLE 0x56	 /* <linux/vt.h> */

static const char *tty_command(const struct tty_struct *tty, unsigned int cmd,
			       unsigned long argument)
{
	switch (cmd) {
	case TIOCSTI:
		return "tty/sti";
	case TIOCSCTTY:
		/* 1: away from the session that has it, if one does. */
		return argument == 1 && READ_ONCE(ctg_tty(tty, session)) ?
			       "tty/setctty" :
			       NULL;
	case TIOCCONS:
		return "tty/console";
	case TIOCLINUX:
		return "tty/linux";
	}
	if (tty->driver->type == TTY_DRIVER_TYPE_CONSOLE &&
	    (_IOC_TYPE(cmd) == IOCTL_TYPE_KEYBOARD ||
	     _IOC_TYPE(cmd) == IOCTL_TYPE_CONSOLE))
		return "tty/vt";
	return NULL;
}

/* Is the leader of the session whose terminal it is one of the container's? */
static u32 own_terminal(const struct ctg_subject *subject,
			struct tty_struct *tty, unsigned int cmd)
{
	struct task_struct *leader = NULL;
	unsigned long flags;
	bool own;

	/* Where the host's console messages go is never the container's. */
	if (cmd == TIOCCONS)
		return 0;
	spin_lock_irqsave(&ctg_tty(tty, lock), flags);
	if (ctg_tty(tty, session))
		leader = pid_task(ctg_tty(tty, session), PIDTYPE_TGID);
	own = leader &&
	      ctg_container_owns_task(subject->container, current, leader);
	spin_unlock_irqrestore(&ctg_tty(tty, lock), flags);
	return own ? CTGUARD_OWN : 0;
}

static int judge_tty(struct ftrace_regs *fregs, bool vt_only, const char *hook,
		     unsigned long site)
{
	const struct tty_file_private *private =
		ARGUMENT(const struct file *, 0)->private_data;
	struct ctg_request request = { .operation = CTGUARD_OP_KERNEL_USE };
	unsigned int cmd = ARGUMENT(unsigned int, 1);
	struct ctg_subject subject;
	struct tty_struct *tty;
	int r = 0;

	tty = private ? private->tty : NULL;
	if (!tty || (vt_only && tty->driver->type != TTY_DRIVER_TYPE_CONSOLE))
		return 0;
	request.name = tty_command(tty, cmd, ARGUMENT(unsigned long, 2));
	if (!request.name || !in_task())
		return 0;
	request.length = strlen(request.name);
	rcu_read_lock();
	if (ctg_guard_subject(&subject)) {
		request.own = own_terminal(&subject, tty, cmd);
		r = ctg_guard_judge(&subject, &request, hook, site);
	}
	rcu_read_unlock();
	return r;
}

CTG_FAST(tty_ioctl)
{
	return judge_tty(fregs, false, "tty_ioctl", site);
}

/*
 * Of 32-bit programs: what is for terminals of all kinds goes on to
 * tty_ioctl(), but virtual consoles have a function of their own.
 */
CTG_FAST(tty_compat_ioctl)
{
	return judge_tty(fregs, true, "tty_compat_ioctl", site);
}
