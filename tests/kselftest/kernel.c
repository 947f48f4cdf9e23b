// SPDX-License-Identifier: GPL-2.0
/* Interfaces that concern the whole kernel: by name, and whose they are. */
#include <fcntl.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>

#include <linux/audit.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/kd.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "common.h"

#define FSCONFIG_SET_FLAG 0
#define FSCONFIG_SET_STRING 1
#define FSCONFIG_CMD_CREATE 6
#define IA32_STIME 25
#define IA32_ACCT 51
#define IA32_SETTIMEOFDAY 79
#define IA32_SWAPON 87
#define IA32_REBOOT 88
#define IA32_IOPL 110
#define IA32_SWAPOFF 115
#define IA32_ADJTIMEX 124
#define IA32_CLOCK_SETTIME 264
#define IA32_CLOCK_ADJTIME 343

/* A denial of a kernel interface of this name. */
#define KERNEL_PAIR(g_, name_, act_, ...)                               \
	expect_pair(_metadata, g_,                                      \
		    &(struct pair){ .what = #act_ " " name_,            \
				    .act = act_,                        \
				    .operation = CTGUARD_OP_KERNEL_USE, \
				    .object = name_,                    \
				    __VA_ARGS__ })

#define KERNEL_ALLOWED(g_, act_, ...) \
	expect_allowed(               \
		_metadata, g_,        \
		&(struct pair){ .what = #act_, .act = act_, __VA_ARGS__ })

/* Something done by a task that is in the PID namespace just made. */
struct inside {
	act *act;
	const void *argument;
};

static int inside_act(const void *argument)
{
	const struct inside *i = argument;

	return box_run(NULL, 0, i->act, i->argument);
}

FIXTURE(kernel)
{
	struct guarded g;
	char scratch[64];
};

FIXTURE_SETUP(kernel)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
}

FIXTURE_TEARDOWN(kernel)
{
	guarded_teardown(&self->g);
	remove_scratch(self->scratch);
}

/*
 * bpf(2)
 */

static int bpf(int command, union bpf_attr *attr)
{
	int r = syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : r;
}

/* A program that returns 1, which lets everything through. */
struct program {
	uint32_t type;
	uint32_t attach;
	const char *function; /* that BTF knows, or NULL */
	uint32_t returns;
};

/* A descriptor, or an errno below 0. */
static int load(const struct program *p)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = p->returns },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = p->type,
		.expected_attach_type = p->attach,
		.insns = (uintptr_t)instructions,
		.insn_cnt = ARRAY_SIZE(instructions),
		.license = (uintptr_t) "GPL",
	};
	int id;

	if (p->function) {
		id = libbpf_find_vmlinux_btf_id(p->function, p->attach);
		if (id < 0)
			return id;
		attr.attach_btf_id = id;
	}
	return bpf(BPF_PROG_LOAD, &attr);
}

static int done(int fd)
{
	if (fd < 0)
		return -fd;
	close(fd);
	return 0;
}

static int load_act(const void *program)
{
	return done(load(program));
}

static const struct program device = { BPF_PROG_TYPE_CGROUP_DEVICE,
				       BPF_CGROUP_DEVICE, .returns = 1 };
static const struct program skb = { BPF_PROG_TYPE_CGROUP_SKB,
				    BPF_CGROUP_INET_EGRESS, .returns = 1 };
static const struct program kprobe = { BPF_PROG_TYPE_KPROBE };
static const struct program tracing = { BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY,
					"security_file_open" };
static const struct program iterator = { BPF_PROG_TYPE_TRACING, BPF_TRACE_ITER,
					 "task" };
static const struct program raw = { BPF_PROG_TYPE_RAW_TRACEPOINT };
static const struct program lsm = { BPF_PROG_TYPE_LSM, BPF_LSM_MAC,
				    "file_open" };

TEST_F(kernel, bpf_programs_of_the_kernel_are_denied)
{
	KERNEL_PAIR(&self->g, "bpf/prog_load/kprobe", load_act,
		    .argument = &kprobe);
	KERNEL_PAIR(&self->g, "bpf/prog_load/raw_tracepoint", load_act,
		    .argument = &raw);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "this kernel has no BTF");
	KERNEL_PAIR(&self->g, "bpf/prog_load/tracing", load_act,
		    .argument = &tracing);
	KERNEL_PAIR(&self->g, "bpf/prog_load/lsm", load_act, .argument = &lsm);
}

TEST_F(kernel, bpf_programs_of_cgroups_load)
{
	KERNEL_ALLOWED(&self->g, load_act, .argument = &device);
	KERNEL_ALLOWED(&self->g, load_act, .argument = &skb);
}

static int map_act(const void *unused)
{
	union bpf_attr create = { .map_type = BPF_MAP_TYPE_ARRAY,
				  .key_size = 4,
				  .value_size = 8,
				  .max_entries = 1 };
	uint32_t key = 0;
	uint64_t value = 7, back = 0;
	union bpf_attr element = { .key = (uintptr_t)&key,
				   .value = (uintptr_t)&value };
	int fd = bpf(BPF_MAP_CREATE, &create), r;

	if (fd < 0)
		return -fd;
	element.map_fd = fd;
	r = bpf(BPF_MAP_UPDATE_ELEM, &element);
	if (r)
		return -r;
	element.value = (uintptr_t)&back;
	r = bpf(BPF_MAP_LOOKUP_ELEM, &element);
	close(fd);
	return r ? -r : back == value ? 0 : EIO;
}

TEST_F(kernel, bpf_maps_work)
{
	KERNEL_ALLOWED(&self->g, map_act);
}

/* A map of functions for the kernel to call, which has to have BTF of its own. */
static int struct_ops_act(const void *unused)
{
	struct btf *kernel = btf__load_vmlinux_btf(), *own = btf__new_empty();
	int type = btf__find_by_name_kind(
		kernel, "bpf_struct_ops_tcp_congestion_ops", BTF_KIND_STRUCT);
	union bpf_attr create = { .map_type = BPF_MAP_TYPE_STRUCT_OPS,
				  .key_size = 4,
				  .max_entries = 1,
				  .btf_vmlinux_value_type_id = type };
	int r;

	if (type < 0)
		return -type;
	create.value_size = btf__type_by_id(kernel, type)->size;
	btf__add_int(own, "int", 4, BTF_INT_SIGNED);
	r = -btf__load_into_kernel(own);
	create.btf_fd = btf__fd(own);
	r = r ?: done(bpf(BPF_MAP_CREATE, &create));
	btf__free(own);
	btf__free(kernel);
	return r;
}

/* A program of a kind that a container may load. */
static int load_of_cgroup(const struct bpf_insn *instructions, size_t count)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SKB,
		.expected_attach_type = BPF_CGROUP_INET_EGRESS,
		.insns = (uintptr_t)instructions,
		.insn_cnt = count,
		.license = (uintptr_t) "GPL",
	};

	return done(bpf(BPF_PROG_LOAD, &attr));
}

/* One that calls functions of the kernel's. */
static int kfunc_act(const void *unused)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_JMP | BPF_CALL,
		  .src_reg = BPF_PSEUDO_KFUNC_CALL,
		  .imm = libbpf_find_vmlinux_btf_id("bpf_rcu_read_lock",
						    BPF_TRACE_FENTRY) },
		{ .code = BPF_JMP | BPF_CALL,
		  .src_reg = BPF_PSEUDO_KFUNC_CALL,
		  .imm = libbpf_find_vmlinux_btf_id("bpf_rcu_read_unlock",
						    BPF_TRACE_FENTRY) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load_of_cgroup(instructions, ARRAY_SIZE(instructions));
}

TEST_F(kernel, bpf_functions_for_the_kernel_are_denied)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "this kernel has no BTF");
	KERNEL_PAIR(&self->g, "bpf/map_create/struct_ops", struct_ops_act);
}

TEST_F(kernel, bpf_programs_that_call_the_kernels_are_denied)
{
	if (kernel_is_before(6, 9))
		SKIP(return, "none of a container's do so here");
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "this kernel has no BTF");
	KERNEL_PAIR(&self->g, "bpf/kfunc", kfunc_act);
}

/* One that kills whom it interrupts. */
static int send_signal_act(const void *unused)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K,
		  .dst_reg = BPF_REG_1,
		  .imm = SIGKILL },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_send_signal },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load_of_cgroup(instructions, ARRAY_SIZE(instructions));
}

TEST_F(kernel, bpf_programs_that_signal_are_denied)
{
	if (box_run(NULL, 0, send_signal_act, NULL) == EINVAL)
		SKIP(return, "none of a container's do so here");
	KERNEL_PAIR(&self->g, "bpf/send_signal", send_signal_act);
}

struct bpf_act {
	int command;
	union bpf_attr attr;
	const char *unlink;
};

static int bpf_act(const void *argument)
{
	const struct bpf_act *b = argument;
	union bpf_attr attr = b->attr;
	int r = bpf(b->command, &attr);

	if (r > 0)
		close(r);
	if (r >= 0 && b->unlink)
		unlink(b->unlink);
	return r < 0 ? -r : 0;
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {};
	union bpf_attr attr = { .info = {
					.bpf_fd = fd,
					.info_len = sizeof(info),
					.info = (uintptr_t)&info,
				} };

	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr) ? 0 : info.id;
}

/* What others made, and what others may find. */
TEST_F(kernel, bpf_objects_of_others_are_denied)
{
	union bpf_attr create = { .map_type = BPF_MAP_TYPE_ARRAY,
				  .key_size = 4,
				  .value_size = 8,
				  .max_entries = 1 };
	struct bpf_act b = { BPF_MAP_GET_FD_BY_ID };
	char pin[128], other[128];
	int map, program;

	map = bpf(BPF_MAP_CREATE, &create);
	ASSERT_LE(0, map);
	program = load(&device);
	ASSERT_LE(0, program);
	b.attr.map_id = map_id(map);
	KERNEL_PAIR(&self->g, "bpf/map_get_fd_by_id", bpf_act, .argument = &b);
	b = (struct bpf_act){ BPF_PROG_GET_NEXT_ID };
	KERNEL_PAIR(&self->g, "bpf/prog_get_next_id", bpf_act, .argument = &b);
	b = (struct bpf_act){ BPF_MAP_GET_NEXT_ID };
	KERNEL_PAIR(&self->g, "bpf/map_get_next_id", bpf_act, .argument = &b);
	b = (struct bpf_act){ BPF_ENABLE_STATS };
	KERNEL_PAIR(&self->g, "bpf/enable_stats", bpf_act, .argument = &b);
	ASSERT_EQ(0, mount("bpf", self->scratch, "bpf", 0, NULL));
	snprintf(pin, sizeof(pin), "%s/pin", self->scratch);
	snprintf(other, sizeof(other), "%s/other", self->scratch);
	b = (struct bpf_act){ BPF_OBJ_PIN, .unlink = other };
	b.attr.pathname = (uintptr_t)other;
	b.attr.bpf_fd = map;
	KERNEL_PAIR(&self->g, "bpf/obj_pin", bpf_act, .argument = &b);
	b.attr.pathname = (uintptr_t)pin;
	EXPECT_EQ(0, bpf(BPF_OBJ_PIN, &b.attr));
	b = (struct bpf_act){ BPF_OBJ_GET };
	b.attr.pathname = (uintptr_t)pin;
	KERNEL_PAIR(&self->g, "bpf/obj_get", bpf_act, .argument = &b);
	umount2(self->scratch, MNT_DETACH);
}

TEST_F(kernel, bpf_tracing_with_a_program_of_another_is_denied)
{
	struct bpf_act b = { BPF_RAW_TRACEPOINT_OPEN };
	union bpf_attr attr = {};
	int program, link;

	program = load(&raw);
	ASSERT_LE(0, program);
	b.attr.raw_tracepoint.name = (uintptr_t) "sys_enter";
	b.attr.raw_tracepoint.prog_fd = program;
	KERNEL_PAIR(&self->g, "bpf/raw_tracepoint_open", bpf_act,
		    .argument = &b);
	if (access("/sys/kernel/btf/vmlinux", R_OK))
		SKIP(return, "this kernel has no BTF");
	program = load(&iterator);
	ASSERT_LE(0, program);
	attr.link_create.prog_fd = program;
	attr.link_create.attach_type = BPF_TRACE_ITER;
	b = (struct bpf_act){ BPF_LINK_CREATE, attr };
	KERNEL_PAIR(&self->g, "bpf/link_create/trace_iter", bpf_act,
		    .argument = &b);
	link = bpf(BPF_LINK_CREATE, &attr);
	ASSERT_LE(0, link);
	b = (struct bpf_act){ BPF_ITER_CREATE };
	b.attr.iter_create.link_fd = link;
	KERNEL_PAIR(&self->g, "bpf/iter_create", bpf_act, .argument = &b);
}

/*
 * Programs on cgroups
 */

/* Attach, and detach again. */
struct attach_act {
	const struct program *program;
	const char *path;
	int fd; /* -1: loads the program by itself */
};

static int attach_to(int cgroup, int program, uint32_t type)
{
	union bpf_attr attr = { .target_fd = cgroup,
				.attach_bpf_fd = program,
				.attach_type = type,
				.attach_flags = BPF_F_ALLOW_MULTI };

	return bpf(BPF_PROG_ATTACH, &attr);
}

static int detach_from(int cgroup, int program, uint32_t type)
{
	union bpf_attr attr = { .target_fd = cgroup,
				.attach_bpf_fd = program,
				.attach_type = type };

	return bpf(BPF_PROG_DETACH, &attr);
}

static int open_cgroup(const char *path)
{
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int attach_act(const void *argument)
{
	const struct attach_act *a = argument;
	int cgroup = open_cgroup(a->path), program = load(a->program), r;

	if (cgroup < 0)
		return errno;
	if (program < 0)
		return -program;
	r = attach_to(cgroup, program, a->program->attach);
	if (!r)
		r = detach_from(cgroup, program, a->program->attach);
	return -r;
}

static int detach_act(const void *argument)
{
	const struct attach_act *a = argument;
	int cgroup = open_cgroup(a->path);

	if (cgroup < 0)
		return errno;
	return -detach_from(cgroup, a->fd, a->program->attach);
}

static int link_act(const void *argument)
{
	const struct attach_act *a = argument;
	int cgroup = open_cgroup(a->path), program = load(a->program);
	union bpf_attr attr = {
		.link_create = { .prog_fd = program,
				 .target_fd = cgroup,
				 .attach_type = a->program->attach },
	};

	if (cgroup < 0)
		return errno;
	if (program < 0)
		return -program;
	return done(bpf(BPF_LINK_CREATE, &attr));
}

static int query(const char *path, uint32_t type)
{
	uint32_t ids[64] = {};
	union bpf_attr attr = { .query = { .attach_type = type,
					   .prog_ids = (uintptr_t)ids,
					   .prog_cnt = ARRAY_SIZE(ids) } };
	int cgroup = open_cgroup(path), r;

	attr.query.target_fd = cgroup;
	r = bpf(BPF_PROG_QUERY, &attr);
	close(cgroup);
	return r ?: attr.query.prog_cnt;
}

FIXTURE(cgroup)
{
	struct guarded g;
	struct box below;
	struct box sibling;
};

FIXTURE_SETUP(cgroup)
{
	char name[600];

	guarded_setup(_metadata, &self->g, SEALED);
	snprintf(name, sizeof(name), "%s/below", self->g.box.name);
	ASSERT_EQ(0, box_make(&self->below, name));
	ASSERT_EQ(0, box_make(&self->sibling, NULL));
}

FIXTURE_TEARDOWN(cgroup)
{
	box_remove(&self->below);
	box_remove(&self->sibling);
	guarded_teardown(&self->g);
}

FIXTURE_VARIANT(cgroup)
{
	const struct program *program;
	const char *attach;
	const char *detach;
	const char *link;
};

FIXTURE_VARIANT_ADD(cgroup, device){
	.program = &device,
	.attach = "bpf/prog_attach/cgroup_device",
	.detach = "bpf/prog_detach/cgroup_device",
	.link = "bpf/link_create/cgroup_device",
};

FIXTURE_VARIANT_ADD(cgroup, egress){
	.program = &skb,
	.attach = "bpf/prog_attach/cgroup_inet_egress",
	.detach = "bpf/prog_detach/cgroup_inet_egress",
	.link = "bpf/link_create/cgroup_inet_egress",
};

TEST_F(cgroup, below_the_containers_own)
{
	struct attach_act a = { variant->program, self->below.path };

	KERNEL_ALLOWED(&self->g, attach_act, .argument = &a);
	KERNEL_ALLOWED(&self->g, link_act, .argument = &a);
}

/* Neither to attach, nor to link, nor to take away what the host attached. */
static void expect_foreign(struct __test_metadata *_metadata, struct guarded *g,
			   const char *path,
			   const FIXTURE_VARIANT(cgroup) * variant)
{
	struct attach_act a = { variant->program, path };
	struct pair p = { .argument = &a, .operation = CTGUARD_OP_KERNEL_USE };
	int cgroup = open_cgroup(path);
	uint32_t type = variant->program->attach;
	int before = query(path, type);

	p.what = p.object = variant->attach;
	p.act = attach_act;
	expect_pair(_metadata, g, &p);
	p.what = p.object = variant->link;
	p.act = link_act;
	expect_pair(_metadata, g, &p);
	EXPECT_EQ(before, query(path, type));

	p.what = p.object = variant->detach;
	p.act = detach_act;
	a.fd = load(variant->program);
	ASSERT_LE(0, a.fd);
	EXPECT_EQ(0, attach_to(cgroup, a.fd, type));
	expect_host(_metadata, &p);
	EXPECT_EQ(0, attach_to(cgroup, a.fd, type));
	expect_denied(_metadata, g, &p);
	EXPECT_EQ(before + 1, query(path, type));
	EXPECT_EQ(0, detach_from(cgroup, a.fd, type));
	close(a.fd);
	close(cgroup);
}

TEST_F(cgroup, the_containers_own)
{
	expect_foreign(_metadata, &self->g, self->g.box.path, variant);
}

TEST_F(cgroup, the_root)
{
	expect_foreign(_metadata, &self->g, box_root(), variant);
}

TEST_F(cgroup, a_sibling)
{
	expect_foreign(_metadata, &self->g, self->sibling.path, variant);
}

/*
 * What the descriptor means when it is judged is what is attached to: one
 * thread changes it while another attaches.
 */
#define RACES 2000

struct race_act {
	const struct program *program;
	const char *below;
};

static int race_fds[3]; /* root, below, which of both */
static int race_over;

static void *swap_cgroups(void *unused)
{
	while (!__atomic_load_n(&race_over, __ATOMIC_RELAXED)) {
		dup2(race_fds[0], race_fds[2]);
		dup2(race_fds[1], race_fds[2]);
	}
	return NULL;
}

/* How it went, to be told apart: it may never succeed on the root. */
#define RACE_BOTH 0
#define RACE_ONLY_ALLOWED 100
#define RACE_ONLY_DENIED 101

static int race_act(const void *argument)
{
	const struct race_act *a = argument;
	unsigned int i, attached = 0, denied = 0;
	int program = load(a->program), r;
	pthread_t thread;

	race_fds[0] = open_cgroup(box_root());
	race_fds[1] = open_cgroup(a->below);
	race_fds[2] = dup(race_fds[1]);
	if (program < 0)
		return -program;
	if (pthread_create(&thread, NULL, swap_cgroups, NULL))
		return EAGAIN;
	for (i = 0; i < RACES || (i < 20 * RACES && !(attached && denied));
	     i++) {
		r = attach_to(race_fds[2], program, a->program->attach);
		if (r == -EPERM) {
			denied++;
		} else if (r) {
			return -r;
		} else {
			attached++;
			/* Not found there: it went elsewhere, and stays. */
			r = detach_from(race_fds[1], program,
					a->program->attach);
			if (r)
				return -r;
		}
	}
	__atomic_store_n(&race_over, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return attached && denied ? RACE_BOTH :
	       attached		  ? RACE_ONLY_ALLOWED :
				    RACE_ONLY_DENIED;
}

TEST_F(cgroup, changed_while_it_is_attached_to)
{
	struct race_act a = { variant->program, self->below.path };
	int before = query(box_root(), variant->program->attach);

	ASSERT_LE(0, before);
	EXPECT_EQ(RACE_BOTH, box_run(&self->g.box, 0, race_act, &a));
	EXPECT_EQ(before, query(box_root(), variant->program->attach));
}

/*
 * perf_event_open(2)
 */

struct perf_act {
	struct perf_event_attr attr;
	pid_t pid;
	int cpu;
};

static int perf_act(const void *argument)
{
	const struct perf_act *p = argument;
	struct perf_event_attr attr = p->attr;
	int fd;

	attr.size = sizeof(attr);
	fd = syscall(SYS_perf_event_open, &attr, p->pid, p->cpu, -1,
		     PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static uint64_t number_in(const char *path)
{
	char text[64] = "";

	read_whole(path, text, sizeof(text));
	return strtoull(text, NULL, 0);
}

TEST_F(kernel, perf_of_ones_own_code_works)
{
	struct perf_act p = { { .type = PERF_TYPE_SOFTWARE,
				.config = PERF_COUNT_SW_TASK_CLOCK,
				.exclude_kernel = 1,
				.exclude_hv = 1 },
			      0,
			      -1 };

	KERNEL_ALLOWED(&self->g, perf_act, .argument = &p);
}

TEST_F(kernel, perf_of_the_kernel_is_denied)
{
	struct perf_act p = { { .type = PERF_TYPE_SOFTWARE,
				.config = PERF_COUNT_SW_CPU_CLOCK,
				.exclude_kernel = 1 },
			      -1,
			      0 };

	KERNEL_PAIR(&self->g, "perf/cpu", perf_act, .argument = &p);
	p.pid = 0;
	p.cpu = -1;
	p.attr.exclude_kernel = 0;
	KERNEL_PAIR(&self->g, "perf/kernel", perf_act, .argument = &p);
	p.attr.exclude_kernel = 1;
	p.attr.type = PERF_TYPE_TRACEPOINT;
	p.attr.config =
		number_in("/sys/kernel/tracing/events/sched/sched_switch/id");
	p.attr.sample_type = PERF_SAMPLE_RAW;
	ASSERT_NE(0, p.attr.config);
	KERNEL_PAIR(&self->g, "perf/tracepoint", perf_act, .argument = &p);
	p.attr = (struct perf_event_attr){
		.type = number_in("/sys/bus/event_source/devices/kprobe/type"),
		.kprobe_func = (uintptr_t) "do_nanosleep",
		.exclude_kernel = 1,
	};
	ASSERT_NE(0, p.attr.type);
	KERNEL_PAIR(&self->g, "lockdown/kprobes", perf_act, .argument = &p);
}

/*
 * Ports, clock, reboot, accounting, swap
 */

static int ioperm_act(const void *unused)
{
	return ioperm(0x80, 1, 1) ? errno : 0;
}

static int iopl_act(const void *unused)
{
	return iopl(3) ? errno : 0;
}

static int iopl_ia32_act(const void *unused)
{
	return -call_ia32(IA32_IOPL, 3, 0, 0);
}

TEST_F(kernel, ports_are_denied)
{
	struct guarded other;

	KERNEL_PAIR(&self->g, "lockdown/ioport", ioperm_act);
	guarded_setup(_metadata, &other, SEALED);
	KERNEL_PAIR(&other, "lockdown/ioport", iopl_act);
	guarded_teardown(&other);
	guarded_setup(_metadata, &other, IN_SETUP);
	KERNEL_PAIR(&other, "lockdown/ioport", iopl_ia32_act);
	guarded_teardown(&other);
}

static int settime_act(const void *unused)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return clock_settime(CLOCK_REALTIME, &now) ? errno : 0;
}

static int settimeofday_act(const void *unused)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return syscall(SYS_settimeofday, &now, NULL) ? errno : 0;
}

static int settimezone_act(const void *unused)
{
	struct timezone zone = {};

	return syscall(SYS_settimeofday, NULL, &zone) ? errno : 0;
}

static int settimezone_ia32_act(const void *unused)
{
	static struct timezone zone;

	return -call_ia32(IA32_SETTIMEOFDAY, 0, (uintptr_t)&zone, 0);
}

static int stime_ia32_act(const void *unused)
{
	static int now;

	now = time(NULL);
	return -call_ia32(IA32_STIME, (uintptr_t)&now, 0, 0);
}

static int settime_ia32_act(const void *unused)
{
	static int now[2];

	now[0] = time(NULL);
	return -call_ia32(IA32_CLOCK_SETTIME, CLOCK_REALTIME, (uintptr_t)now,
			  0);
}

FIXTURE(clock_set)
{
	struct guarded g;
};

FIXTURE_SETUP(clock_set)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(clock_set)
{
	guarded_teardown(&self->g);
}

FIXTURE_VARIANT(clock_set)
{
	act *act;
};

FIXTURE_VARIANT_ADD(clock_set, clock_settime){ settime_act };
FIXTURE_VARIANT_ADD(clock_set, settimeofday){ settimeofday_act };
FIXTURE_VARIANT_ADD(clock_set, timezone){ settimezone_act };
FIXTURE_VARIANT_ADD(clock_set, timezone_ia32){ settimezone_ia32_act };
FIXTURE_VARIANT_ADD(clock_set, stime_ia32){ stime_ia32_act };
FIXTURE_VARIANT_ADD(clock_set, clock_settime_ia32){ settime_ia32_act };

TEST_F(clock_set, is_denied)
{
	KERNEL_PAIR(&self->g, "clock/set", variant->act);
}

static int adjust_act(const void *unused)
{
	struct timex t = {};

	if (clock_adjtime(CLOCK_REALTIME, &t) < 0)
		return errno;
	/* As it is. */
	t.modes = ADJ_FREQUENCY;
	return adjtimex(&t) < 0 ? errno : 0;
}

static int read_clock_act(const void *unused)
{
	struct timex t = { .modes = 0 };

	if (adjtimex(&t) < 0)
		return errno;
	t.modes = ADJ_OFFSET_SS_READ;
	return adjtimex(&t) < 0 ? errno : 0;
}

TEST_F(kernel, clock_is_read_and_not_adjusted)
{
	KERNEL_ALLOWED(&self->g, read_clock_act);
	KERNEL_PAIR(&self->g, "clock/adjust", adjust_act);
}

/*
 * Each sets what is there, or moves the clock by nothing.
 */

static int step_act(const void *unused)
{
	struct timex t = { .modes = ADJ_SETOFFSET };

	return adjtimex(&t) < 0 ? errno : 0;
}

static int clock_adjust_act(const void *unused)
{
	struct timex t = {};

	if (adjtimex(&t) < 0)
		return errno;
	t.modes = ADJ_FREQUENCY;
	return clock_adjtime(CLOCK_REALTIME, &t) < 0 ? errno : 0;
}

static int clock_step_act(const void *unused)
{
	struct timex t = { .modes = ADJ_SETOFFSET | ADJ_NANO };

	return clock_adjtime(CLOCK_REALTIME, &t) < 0 ? errno : 0;
}

static int slew_act(const void *unused)
{
	struct timeval none = {};

	return adjtime(&none, NULL) ? errno : 0;
}

static int tai_act(const void *unused)
{
	struct timex t = {};

	if (adjtimex(&t) < 0)
		return errno;
	t.modes = ADJ_TAI;
	t.constant = t.tai;
	return adjtimex(&t) < 0 ? errno : 0;
}

/* struct timex of 32 bits begins with modes, and has no more than this. */
static int step_ia32(int number, unsigned long a, unsigned long b)
{
	int r = call_ia32(number, a, b, 0);

	return r < 0 ? -r : 0;
}

static int timex_ia32[64];

static int step_ia32_act(const void *unused)
{
	timex_ia32[0] = ADJ_SETOFFSET;
	return step_ia32(IA32_ADJTIMEX, (uintptr_t)timex_ia32, 0);
}

static int clock_step_ia32_act(const void *unused)
{
	timex_ia32[0] = ADJ_SETOFFSET;
	return step_ia32(IA32_CLOCK_ADJTIME, CLOCK_REALTIME,
			 (uintptr_t)timex_ia32);
}

FIXTURE(clock_adjust)
{
	struct guarded g;
};

FIXTURE_SETUP(clock_adjust)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(clock_adjust)
{
	guarded_teardown(&self->g);
}

FIXTURE_VARIANT(clock_adjust)
{
	act *act;
};

FIXTURE_VARIANT_ADD(clock_adjust, adjtimex_setoffset){ step_act };
FIXTURE_VARIANT_ADD(clock_adjust, clock_adjtime){ clock_adjust_act };
FIXTURE_VARIANT_ADD(clock_adjust, clock_adjtime_setoffset){ clock_step_act };
FIXTURE_VARIANT_ADD(clock_adjust, adjtime){ slew_act };
FIXTURE_VARIANT_ADD(clock_adjust, tai){ tai_act };
FIXTURE_VARIANT_ADD(clock_adjust, adjtimex_ia32){ step_ia32_act };
FIXTURE_VARIANT_ADD(clock_adjust, clock_adjtime_ia32){ clock_step_ia32_act };

TEST_F(clock_adjust, is_denied)
{
	KERNEL_PAIR(&self->g, "clock/adjust", variant->act);
}

static int cad_act(const void *unused)
{
	return reboot(RB_DISABLE_CAD) ? errno : 0;
}

static int cad_ia32_act(const void *unused)
{
	return -call_ia32(IA32_REBOOT, 0xfee1dead, 672274793, RB_DISABLE_CAD);
}

static void cad_back(void)
{
	reboot(RB_ENABLE_CAD);
}

TEST_F(kernel, reboot_is_denied)
{
	KERNEL_PAIR(&self->g, "reboot", cad_act, .restore = cad_back);
}

TEST_F(kernel, reboot_of_32_bit_is_denied)
{
	KERNEL_PAIR(&self->g, "reboot", cad_ia32_act, .restore = cad_back);
}

/* The end of a PID namespace, by its init: power-off is SIGINT. */
static int power_off_act(const void *unused)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		reboot(RB_POWER_OFF);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) != pid)
		return errno;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return WTERMSIG(status) == SIGINT ? 0 : EINTR;
}

TEST_F(kernel, reboot_of_ones_own_pid_namespace_works)
{
	KERNEL_ALLOWED(&self->g, power_off_act, .namespaces = CLONE_NEWPID);
}

static char static_path[128]; /* below 4 GiB */

static int acct_act(const void *path)
{
	if (acct(path))
		return errno;
	return acct(NULL) ? errno : 0;
}

static int acct_ia32_act(const void *path)
{
	int r;

	strcpy(static_path, path);
	r = call_ia32(IA32_ACCT, (uintptr_t)static_path, 0, 0);
	if (!r)
		r = call_ia32(IA32_ACCT, 0, 0, 0);
	return -r;
}

TEST_F(kernel, accounting)
{
	char path[128];
	struct inside inside = { acct_act, path };
	struct guarded other;

	snprintf(path, sizeof(path), "%s/acct", self->scratch);
	ASSERT_EQ(0, mknod(path, S_IFREG | 0600, 0));
	KERNEL_PAIR(&self->g, "acct", acct_act, .argument = path);
	KERNEL_ALLOWED(&self->g, inside_act, .argument = &inside,
		       .namespaces = CLONE_NEWPID);
	guarded_setup(_metadata, &other, SEALED);
	KERNEL_PAIR(&other, "acct", acct_ia32_act, .argument = path);
	guarded_teardown(&other);
}

FIXTURE(swap)
{
	struct guarded g;
	char scratch[64];
	char path[128];
	bool mounted;
};

static const char *disk(void)
{
	return getenv("CTGUARD_DISK") ?: "/dev/vdb";
}

FIXTURE_SETUP(swap)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
	ASSERT_EQ(0, mount(disk(), self->scratch, "ext4", 0, NULL));
	self->mounted = true;
	snprintf(self->path, sizeof(self->path), "%s/ks-swap", self->scratch);
	ASSERT_EQ(0, make_swap(self->path));
}

FIXTURE_TEARDOWN(swap)
{
	guarded_teardown(&self->g);
	swapoff(self->path);
	unlink(self->path);
	if (self->mounted)
		umount2(self->scratch, MNT_DETACH);
	if (self->scratch[0])
		rmdir(self->scratch);
}

FIXTURE_VARIANT(swap)
{
	bool ia32;
};

FIXTURE_VARIANT_ADD(swap, x64){};
FIXTURE_VARIANT_ADD(swap, ia32){ .ia32 = true };

static int swap_on_act(const void *path)
{
	return swapon(path, 0) ? errno : 0;
}

static int swap_off_act(const void *path)
{
	return swapoff(path) ? errno : 0;
}

static int swap_on_ia32_act(const void *path)
{
	strcpy(static_path, path);
	return -call_ia32(IA32_SWAPON, (uintptr_t)static_path, 0, 0);
}

static int swap_off_ia32_act(const void *path)
{
	strcpy(static_path, path);
	return -call_ia32(IA32_SWAPOFF, (uintptr_t)static_path, 0, 0);
}

TEST_F(swap, on_and_off_are_denied)
{
	struct pair on = { "swapon",
			   variant->ia32 ? swap_on_ia32_act : swap_on_act,
			   self->path, .operation = CTGUARD_OP_KERNEL_USE,
			   .object = "swap/on" };
	struct pair off = { "swapoff",
			    variant->ia32 ? swap_off_ia32_act : swap_off_act,
			    self->path, .operation = CTGUARD_OP_KERNEL_USE,
			    .object = "swap/off" };

	if (variant->ia32 && !IS_X86)
		SKIP(return, "not on this architecture");
	expect_denied(_metadata, &self->g, &on);
	expect_host(_metadata, &on);
	expect_denied(_metadata, &self->g, &off);
	expect_host(_metadata, &off);
}

/*
 * Netlink
 */

struct netlink_act {
	int protocol;
	uint32_t groups;
	uint16_t type;
	const void *data;
	size_t size;
	uint16_t flags; /* NLM_F_*, besides those of every request */
};

/* A message, and the kernel's answer if it is to the kernel. */
static int netlink_act(const void *argument)
{
	const struct netlink_act *n = argument;
	struct sockaddr_nl to = { .nl_family = AF_NETLINK,
				  .nl_groups = n->groups };
	struct {
		struct nlmsghdr header;
		char data[1200];
	} message = { .header = { .nlmsg_len = NLMSG_LENGTH(n->size),
				  .nlmsg_type = n->type,
				  .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK |
						 n->flags } };
	const struct nlmsgerr *error = NLMSG_DATA(&message.header);
	struct timeval wait = { .tv_sec = 5 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, n->protocol);

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	memcpy(message.data, n->data, n->size);
	if (sendto(fd, &message, NLMSG_LENGTH(n->size), 0, (void *)&to,
		   sizeof(to)) < 0)
		/* Nobody listens to the group. */
		return errno == ECONNREFUSED && n->groups ? 0 : errno;
	while (!n->groups) {
		if (recv(fd, &message, sizeof(message), 0) < 0)
			return errno;
		if (message.header.nlmsg_type == NLMSG_ERROR)
			return -error->error;
	}
	return 0;
}

static const char uevent[] = "add@/devices/ks\0ACTION=add\0"
			     "DEVPATH=/devices/ks\0SUBSYSTEM=ks";
static const struct netlink_act to_kernel = { NETLINK_KOBJECT_UEVENT, 0,
					      NLMSG_MIN_TYPE, uevent,
					      sizeof(uevent) };
static const struct netlink_act to_kernels_group = { NETLINK_KOBJECT_UEVENT, 1,
						     NLMSG_MIN_TYPE, uevent,
						     sizeof(uevent) };
static const struct netlink_act to_udevs_group = { NETLINK_KOBJECT_UEVENT, 2,
						   NLMSG_MIN_TYPE, uevent,
						   sizeof(uevent) };

FIXTURE(uevent)
{
	struct guarded g;
};

FIXTURE_SETUP(uevent)
{
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(uevent)
{
	guarded_teardown(&self->g);
}

FIXTURE_VARIANT(uevent)
{
	const struct netlink_act *act;
};

FIXTURE_VARIANT_ADD(uevent, to_the_kernel){ &to_kernel };
FIXTURE_VARIANT_ADD(uevent, as_the_kernel){ &to_kernels_group };
FIXTURE_VARIANT_ADD(uevent, as_udev){ &to_udevs_group };

TEST_F(uevent, forged)
{
	KERNEL_PAIR(&self->g, "netlink/uevent", netlink_act,
		    .argument = variant->act);
}

TEST_F(uevent, of_ones_own_network_namespace_works)
{
	KERNEL_ALLOWED(&self->g, netlink_act, .argument = variant->act,
		       .namespaces = CLONE_NEWNET);
}

/* A socket of the host's namespace stays one. */
static int uevent_after_leaving_act(const void *unused)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = 2 };
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || unshare(CLONE_NEWNET))
		return errno;
	if (sendto(fd, uevent, sizeof(uevent), 0, (void *)&to, sizeof(to)) < 0)
		return errno == ECONNREFUSED ? 0 : errno;
	return 0;
}

TEST_F(kernel, uevent_by_a_socket_of_the_host)
{
	KERNEL_PAIR(&self->g, "netlink/uevent", uevent_after_leaving_act);
}

static const struct audit_status no_status;
static const struct netlink_act audit_set = { NETLINK_AUDIT, 0, AUDIT_SET,
					      &no_status, sizeof(no_status) };
static const struct netlink_act audit_get = { NETLINK_AUDIT, 0, AUDIT_GET };

/* Adds a rule that never comes true, and deletes it. */
static int audit_rule_act(const void *unused)
{
	struct audit_rule_data rule = { .flags = AUDIT_FILTER_EXIT,
					.action = AUDIT_NEVER,
					.field_count = 1,
					.fields = { AUDIT_PID },
					.values = { 0x7fffffff },
					.fieldflags = { AUDIT_EQUAL } };
	struct netlink_act n = { NETLINK_AUDIT, 0, AUDIT_ADD_RULE, &rule,
				 sizeof(rule) };
	int r;

	memset(rule.mask, 0xff, sizeof(rule.mask));
	r = netlink_act(&n);
	if (r)
		return r;
	n.type = AUDIT_DEL_RULE;
	return netlink_act(&n);
}

TEST_F(kernel, audit_rules_stay)
{
	struct guarded other;

	KERNEL_PAIR(&self->g, "netlink/audit", audit_rule_act);
	KERNEL_ALLOWED(&self->g, netlink_act, .argument = &audit_get);
	guarded_setup(_metadata, &other, SEALED);
	KERNEL_PAIR(&other, "netlink/audit", netlink_act,
		    .argument = &audit_set);
	guarded_teardown(&other);
}

/*
 * Links, made from a network namespace of one's own
 */

#define LINK "ks0"
#define PEER "ks1"
#define BELOW "ks2"  /* of the host, for another to be made on */
#define HOSTS_NSID 7 /* of the host's namespace, in those of the acts */

/* How a link is told to be in another namespace, or on a device of another. */
struct new_link {
	const char *kind;
	uint16_t attribute; /* IFLA_* that names the namespace */
	bool own;	    /* which is the caller's */
	bool peer;	    /* and is where the other end goes */
	bool user;	    /* with capabilities of one's own */
};

static uint32_t below; /* the index of that */

static struct nl_msg *message_make(uint16_t type, int flags, const void *data,
				   size_t size)
{
	struct nl_msg *message = nlmsg_alloc_simple(type, flags);

	nlmsg_append(message, (void *)data, size, NLMSG_ALIGNTO);
	return message;
}

static struct nl_msg *link_make(uint16_t type, int flags, const char *name)
{
	static const struct ifinfomsg none;
	struct nl_msg *message = message_make(type, flags, &none, sizeof(none));

	nla_put_string(message, IFLA_IFNAME, name);
	return message;
}

/* An errno that the kernel answered, or 0. */
static int message_send(struct nl_msg *message)
{
	struct netlink_act n = { NETLINK_ROUTE };
	struct nlmsghdr *header = nlmsg_hdr(message);
	int r;

	n.type = header->nlmsg_type;
	n.flags = header->nlmsg_flags;
	n.data = nlmsg_data(header);
	n.size = nlmsg_datalen(header);
	r = netlink_act(&n);
	nlmsg_free(message);
	return r;
}

static void put_place(struct nl_msg *message, const struct new_link *l)
{
	uint32_t value = HOSTS_NSID;

	if (l->attribute == IFLA_NET_NS_PID)
		value = l->own ? getpid() : 1;
	if (l->attribute == IFLA_LINK_NETNSID)
		nla_put_u32(message, IFLA_LINK, below);
	nla_put_u32(message, l->attribute, value);
}

static int name_host(void)
{
	static const struct rtgenmsg none;
	struct nl_msg *message =
		message_make(RTM_NEWNSID, 0, &none, sizeof(none));

	nla_put_u32(message, NETNSA_PID, 1);
	nla_put_u32(message, NETNSA_NSID, HOSTS_NSID);
	return message_send(message);
}

static int make_link_act(const void *argument)
{
	static const struct ifinfomsg none;
	const struct new_link *l = argument;
	struct nl_msg *message =
		link_make(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, LINK);
	struct nlattr *info = nla_nest_start(message, IFLA_LINKINFO), *data,
		      *peer;
	int r;

	nla_put_string(message, IFLA_INFO_KIND, l->kind);
	if (l->peer) {
		data = nla_nest_start(message, IFLA_INFO_DATA);
		peer = nla_nest_start(message, VETH_INFO_PEER);
		nlmsg_append(message, (void *)&none, sizeof(none), 0);
		nla_put_string(message, IFLA_IFNAME, PEER);
		put_place(message, l);
		nla_nest_end(message, peer);
		nla_nest_end(message, data);
	}
	nla_nest_end(message, info);
	if (!l->peer)
		put_place(message, l);
	if (l->attribute != IFLA_NET_NS_PID) {
		r = name_host();
		if (r)
			return r;
	}
	return message_send(message);
}

/* What the acts left in the host's namespace. */
static void remove_links(void)
{
	message_send(link_make(RTM_DELLINK, 0, LINK));
	message_send(link_make(RTM_DELLINK, 0, PEER));
}

FIXTURE(link_of_the_host)
{
	struct guarded g;
};

FIXTURE_VARIANT(link_of_the_host)
{
	struct new_link act;
};

#define HOSTS_LINK(name, ...)                       \
	FIXTURE_VARIANT_ADD(link_of_the_host, name) \
	{                                           \
		.act = { __VA_ARGS__ }              \
	}

HOSTS_LINK(by_a_task, "dummy", IFLA_NET_NS_PID);
HOSTS_LINK(by_an_id, "dummy", IFLA_TARGET_NETNSID);
HOSTS_LINK(by_the_other_end, "veth", IFLA_NET_NS_PID, .peer = true);
HOSTS_LINK(by_the_other_end_and_a_user_namespace, "veth", IFLA_NET_NS_PID,
	   .peer = true, .user = true);
HOSTS_LINK(made_on_another, "macvlan", IFLA_LINK_NETNSID);

FIXTURE_SETUP(link_of_the_host)
{
	struct nl_msg *message =
		link_make(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, BELOW);
	struct nlattr *info = nla_nest_start(message, IFLA_LINKINFO);

	nla_put_string(message, IFLA_INFO_KIND, "dummy");
	nla_nest_end(message, info);
	ASSERT_EQ(0, message_send(message));
	below = if_nametoindex(BELOW);
	guarded_setup(_metadata, &self->g, SEALED);
}

FIXTURE_TEARDOWN(link_of_the_host)
{
	message_send(link_make(RTM_DELLINK, 0, BELOW));
	guarded_teardown(&self->g);
}

TEST_F(link_of_the_host, is_denied)
{
	const int namespaces = CLONE_NEWNET |
			       (variant->act.user ? CLONE_NEWUSER : 0);
	int r = box_run(NULL, namespaces, make_link_act, &variant->act);

	if (r == EOPNOTSUPP)
		SKIP(return, "this kernel has no %s", variant->act.kind);
	if (r == EPERM && variant->act.user)
		SKIP(return, "this kernel asks for capabilities there");
	remove_links();
	KERNEL_PAIR(&self->g, "netlink/host-link", make_link_act,
		    .argument = &variant->act, .namespaces = namespaces,
		    .restore = remove_links);
}

TEST_F(kernel, links_of_ones_own_namespaces_work)
{
	static const struct new_link own[] = {
		{ "dummy", IFLA_NET_NS_PID, .own = true },
		{ "veth", IFLA_NET_NS_PID, .own = true, .peer = true },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(own); i++)
		KERNEL_ALLOWED(&self->g, make_link_act, .argument = &own[i],
			       .namespaces = CLONE_NEWNET);
}

/*
 * Terminals
 */

/* A session that has a terminal, kept until it is told to end. */
FIXTURE(terminal)
{
	struct guarded g;
	int master;
	pid_t leader;
	char path[64];
};

static int lead(const char *path)
{
	int slave;

	setsid();
	slave = open(path, O_RDWR);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0))
		return errno;
	pause();
	return 0;
}

/* The session leader of a new terminal, which has it when this returns. */
static pid_t start_leader(int *ret_master, char path[64])
{
	pid_t pid, session = -1;
	int i;

	*ret_master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ret_master < 0 || unlockpt(*ret_master) ||
	    ptsname_r(*ret_master, path, 64))
		return -1;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGHUP, SIG_IGN);
		_exit(lead(path));
	}
	for (i = 0; i < 500; i++) {
		if (!ioctl(*ret_master, TIOCGSID, &session) && session == pid)
			return pid;
		usleep(10000);
	}
	return -1;
}

FIXTURE_SETUP(terminal)
{
	guarded_setup(_metadata, &self->g, SEALED);
	self->leader = start_leader(&self->master, self->path);
	ASSERT_LT(0, self->leader);
}

FIXTURE_TEARDOWN(terminal)
{
	if (self->leader > 0) {
		kill(self->leader, SIGKILL);
		waitpid(self->leader, NULL, 0);
	}
	close(self->master);
	guarded_teardown(&self->g);
}

static int sti_act(const void *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY), r;

	if (fd < 0)
		return errno;
	r = ioctl(fd, TIOCSTI, "x") ? errno : 0;
	close(fd);
	return r;
}

TEST_F(terminal, input_for_the_host)
{
	KERNEL_PAIR(&self->g, "tty/sti", sti_act, .argument = self->path);
}

/*
 * The terminal that a task of the container has is that of the host's session
 * which it was started in: no capability is needed to type there.
 */
struct session_act {
	const struct box *box;
	const char *path;
	act *act;
};

static int session_act(const void *argument)
{
	const struct session_act *a = argument;
	int slave;

	setsid();
	signal(SIGHUP, SIG_IGN);
	slave = open(a->path, O_RDWR);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 1) || dup2(slave, 0) < 0)
		return ENOTTY;
	return box_run(a->box, CLONE_NEWNS, a->act, NULL);
}

static int sti_session_act(const void *unused)
{
	return ioctl(0, TIOCSTI, "x") ? errno : 0;
}

static int sti_tty_act(const void *unused)
{
	return sti_act("/dev/tty");
}

/* Without any privilege. */
static int sti_user_act(const void *unused)
{
	if (setresuid(1000, 1000, 1000))
		return ENOTTY;
	return sti_session_act(NULL);
}

static int sti_received_act(const void *unused)
{
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
		return errno;
	r = pass_fd(pair[0], 0);
	if (r)
		return r;
	r = take_fd(pair[1]);
	return r < 0 || ioctl(r, TIOCSTI, "x") ? errno : 0;
}

TEST_F(terminal, input_for_a_session_that_is_shared)
{
	static act *const acts[] = { sti_session_act, sti_tty_act, sti_user_act,
				     sti_received_act };
	struct session_act a = { .path = self->path };
	struct event event;
	unsigned int i;

	/* Since 6.2 only who is privileged may, unless the host says so. */
	write_whole("/proc/sys/dev/tty/legacy_tiocsti", "1");
	for (i = 0; i < ARRAY_SIZE(acts); i++) {
		a.act = acts[i];
		a.box = NULL;
		EXPECT_EQ(0, box_run(NULL, 0, session_act, &a))
		{
			TH_LOG("without the guard: %u", i);
		}
		a.box = &self->g.box;
		EXPECT_EQ(EPERM, box_run(NULL, 0, session_act, &a))
		{
			TH_LOG("in a container: %u", i);
		}
	}
	EXPECT_EQ(ARRAY_SIZE(acts),
		  count_of(_metadata, &self->g, CTGUARD_OP_KERNEL_USE,
			   CTGUARD_VERDICT_DENY));
	EXPECT_TRUE(find_event(&self->g, CTGUARD_EVENT_VERDICT,
			       CTGUARD_OP_KERNEL_USE, NULL, "tty/sti", &event));
}

static int steal_act(const void *path)
{
	int fd;

	setsid();
	fd = open(path, O_RDWR | O_NOCTTY);
	if (fd < 0)
		return errno;
	return ioctl(fd, TIOCSCTTY, 1) ? errno : 0;
}

TEST_F(terminal, taken_from_the_host)
{
	struct pair p = { "TIOCSCTTY", steal_act, self->path,
			  .operation = CTGUARD_OP_KERNEL_USE,
			  .object = "tty/setctty" };
	pid_t session = -1;

	expect_denied(_metadata, &self->g, &p);
	EXPECT_EQ(0, ioctl(self->master, TIOCGSID, &session));
	EXPECT_EQ(self->leader, session);
	expect_host(_metadata, &p);
}

static int console_act(const void *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY), console, r;

	if (fd < 0)
		return errno;
	r = ioctl(fd, TIOCCONS) ? errno : 0;
	if (!r) {
		console = open("/dev/console", O_RDWR | O_NOCTTY);
		r = ioctl(console, TIOCCONS) ? errno : 0;
		close(console);
	}
	close(fd);
	return r;
}

TEST_F(terminal, messages_of_the_console)
{
	KERNEL_PAIR(&self->g, "tty/console", console_act,
		    .argument = self->path);
}

/* The container's own: input to itself, and taken by force. */
static int own_act(const void *unused)
{
	char path[64];
	int master, slave;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0 || unlockpt(master) ||
	    ptsname_r(master, path, sizeof(path)))
		return errno;
	setsid();
	slave = open(path, O_RDWR | O_NOCTTY);
	if (slave < 0)
		return errno;
	/* Nobody has it yet. */
	if (ioctl(slave, TIOCSCTTY, 1))
		return errno;
	return ioctl(slave, TIOCSTI, "x") ? errno : 0;
}

TEST_F(terminal, of_the_container)
{
	KERNEL_ALLOWED(&self->g, own_act);
}

/* One session of the container takes another's. */
static int own_steal_act(const void *unused)
{
	char path[64];
	int master, r;
	pid_t leader = start_leader(&master, path);

	if (leader < 0)
		return ESRCH;
	r = box_run(NULL, 0, steal_act, path);
	kill(leader, SIGKILL);
	waitpid(leader, NULL, 0);
	return r;
}

TEST_F(terminal, taken_within_the_container)
{
	KERNEL_ALLOWED(&self->g, own_steal_act);
}

struct vt_act {
	int fd;
	unsigned long command;
};

static int vt_act(const void *argument)
{
	const struct vt_act *v = argument;
	char subcode[8] = { 6 }; /* the state of the shift keys */

	return ioctl(v->fd, v->command, subcode) < 0 ? errno : 0;
}

#define IA32_IOCTL 54

static int vt_ia32_act(const void *argument)
{
	const struct vt_act *v = argument;
	static char subcode[8];

	subcode[0] = 6;
	if (!IS_X86)
		return ENOSYS;
	return call_ia32(IA32_IOCTL, v->fd, v->command, (uintptr_t)subcode) <
			       0 ?
		       EPERM :
		       0;
}

/* By a descriptor that the runtime left open. */
TEST_F(terminal, virtual_console)
{
	struct vt_act v = { open("/dev/tty1", O_RDWR | O_NOCTTY), TIOCLINUX };
	struct guarded other;

	if (v.fd < 0)
		SKIP(return, "this host has no /dev/tty1");
	KERNEL_PAIR(&self->g, "tty/linux", vt_act, .argument = &v);
	v.command = KDGKBMODE;
	KERNEL_PAIR(&self->g, "tty/vt", vt_act, .argument = &v);
	guarded_setup(_metadata, &other, SEALED);
	KERNEL_PAIR(&other, "tty/vt", vt_ia32_act, .argument = &v);
	v.command = TIOCLINUX;
	KERNEL_PAIR(&other, "tty/linux", vt_ia32_act, .argument = &v);
	guarded_teardown(&other);
	close(v.fd);
}

/*
 * The program of cgroup v1
 */

static int release_agent_act(const void *path)
{
	if (mount("none", path, "cgroup", 0,
		  "none,name=ksr,release_agent=/bin/true"))
		return errno;
	return umount(path) ? errno : 0;
}

static int release_agent_fsconfig_act(const void *unused)
{
	int fs = syscall(SYS_fsopen, "cgroup", 0), mnt;

	if (fs < 0)
		return errno;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "none", NULL, 0) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "name", "ksf", 0) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "release_agent",
		    "/bin/true", 0) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return errno;
	mnt = syscall(SYS_fsmount, fs, 0, 0);
	return mnt < 0 ? errno : 0;
}

FIXTURE(release_agent)
{
	struct guarded g;
	char scratch[64];
};

FIXTURE_SETUP(release_agent)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
}

FIXTURE_TEARDOWN(release_agent)
{
	guarded_teardown(&self->g);
	rmdir(self->scratch);
}

TEST_F(release_agent, by_mount)
{
	KERNEL_PAIR(&self->g, "cgroup/release_agent", release_agent_act,
		    .argument = self->scratch, .namespaces = CLONE_NEWNS);
}

TEST_F(release_agent, by_fsconfig)
{
	KERNEL_PAIR(&self->g, "cgroup/release_agent",
		    release_agent_fsconfig_act, .namespaces = CLONE_NEWNS);
}

/*
 * A container that shares one namespace with the host, and has all others.
 */

FIXTURE(sharing)
{
	struct guarded g;
	char scratch[64];
};

FIXTURE_SETUP(sharing)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, make_scratch(self->scratch, sizeof(self->scratch)));
}

FIXTURE_TEARDOWN(sharing)
{
	guarded_teardown(&self->g);
	rmdir(self->scratch);
}

FIXTURE_VARIANT(sharing)
{
	int shared;
};

#define SHARING(name, flag)                \
	FIXTURE_VARIANT_ADD(sharing, name) \
	{                                  \
		.shared = flag             \
	}

SHARING(net, CLONE_NEWNET);
SHARING(pid, CLONE_NEWPID);
SHARING(uts, CLONE_NEWUTS);
SHARING(ipc, CLONE_NEWIPC);
SHARING(cgroup, CLONE_NEWCGROUP);
SHARING(user, CLONE_NEWUSER);

static const struct attach_act attach_root = { &device, "/sys/fs/cgroup" };
static const struct perf_act perf_cpu = { { .type = PERF_TYPE_SOFTWARE,
					    .config = PERF_COUNT_SW_CPU_CLOCK,
					    .exclude_kernel = 1 },
					  -1,
					  0 };

/* @own: CLONE_NEW* that make it the container's own affair */
static const struct sharing_row {
	const char *name;
	act *act;
	const void *argument;
	int own;
	void (*restore)(void);
} sharing_rows[] = {
	{ "bpf/prog_load/kprobe", load_act, &kprobe },
	{ "bpf/prog_attach/cgroup_device", attach_act, &attach_root },
	{ "perf/cpu", perf_act, &perf_cpu },
#if IS_X86
	{ "lockdown/ioport", iopl_act },
#endif
	{ "clock/set", settime_act },
	{ "clock/adjust", adjust_act },
	{ "reboot", cad_act, NULL, CLONE_NEWPID, cad_back },
	{ "netlink/uevent", netlink_act, &to_kernel, CLONE_NEWNET },
	{ "netlink/audit", netlink_act, &audit_set, CLONE_NEWPID },
};

/*
 * With the host's user namespace: each is denied by the guard, but for what is
 * the container's own affair.
 */
TEST_F(sharing, with_the_hosts_capabilities)
{
	int own = NAMESPACES & ~variant->shared & ~CLONE_NEWUSER;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sharing_rows); i++) {
		const struct sharing_row *row = &sharing_rows[i];
		struct inside inside = { row->act, row->argument };
		struct pair p = { row->name,
				  inside_act,
				  &inside,
				  .operation = CTGUARD_OP_KERNEL_USE,
				  .object = row->name,
				  .restore = row->restore };

		if (row->own & own)
			continue;
		expect_host(_metadata, &p);
		p.namespaces = own;
		expect_denied(_metadata, &self->g, &p);
	}
}

/* With a user namespace of its own: by whomever, none succeeds. */
TEST_F(sharing, with_capabilities_of_its_own)
{
	int own = (NAMESPACES & ~variant->shared) | CLONE_NEWUSER;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sharing_rows); i++) {
		const struct sharing_row *row = &sharing_rows[i];
		struct inside inside = { row->act, row->argument };

		if (row->own & own)
			continue;
		EXPECT_NE(0, box_run(&self->g.box, own, inside_act, &inside))
		{
			TH_LOG("%s", row->name);
			if (row->restore)
				row->restore();
		}
	}
}

TEST_HARNESS_MAIN
