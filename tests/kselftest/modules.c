// SPDX-License-Identifier: GPL-2.0
/* Code of the kernel: loading, autoloading, unloading, kexec. */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <linux/if_alg.h>
#include <linux/kexec.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>

#include "common.h"

/* A module that needs no other, and does nothing. */
#define HARMLESS "ts_fsm"

static char harmless_path[512];
static char harmless_end[512]; /* as the guard names it, whatever is mounted */
static void *harmless;
static size_t harmless_size;

static void remove_harmless(void)
{
	module_remove(HARMLESS);
}

static void insert_harmless(void)
{
	module_insert(HARMLESS);
}

FIXTURE(load)
{
	struct guarded g;
};

FIXTURE_SETUP(load)
{
	guarded_setup(_metadata, &self->g, SEALED);
	ASSERT_EQ(0, module_image(HARMLESS, &harmless, &harmless_size));
	ASSERT_EQ(0,
		  module_path(HARMLESS, harmless_path, sizeof(harmless_path)));
	snprintf(harmless_end, sizeof(harmless_end), "*%s",
		 strrchr(harmless_path, '/'));
	ASSERT_EQ(0, module_remove(HARMLESS));
}

FIXTURE_TEARDOWN(load)
{
	guarded_teardown(&self->g);
	remove_harmless();
	free(harmless);
}

static int init_module_act(const void *unused)
{
	return syscall(SYS_init_module, harmless, harmless_size, "") ? errno :
								       0;
}

TEST_F(load, init_module)
{
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "init_module", init_module_act,
				    .restore = remove_harmless,
				    .operation = CTGUARD_OP_MODULE_LOAD,
				    .object = "-" });
}

static int finit_module_fd(int fd, int flags)
{
	if (fd < 0)
		return errno;
	return syscall(SYS_finit_module, fd, "", flags) ? errno : 0;
}

static int finit_module_act(const void *unused)
{
	return finit_module_fd(open(harmless_path, O_RDONLY | O_CLOEXEC),
			       strstr(harmless_path, ".ko.") ?
				       MODULE_INIT_COMPRESSED_FILE :
				       0);
}

TEST_F(load, finit_module)
{
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "finit_module", finit_module_act,
				    .restore = remove_harmless,
				    .operation = CTGUARD_OP_MODULE_LOAD,
				    .object = harmless_end });
}

static int memfd_image(void)
{
	int fd = syscall(SYS_memfd_create, "image", MFD_CLOEXEC);

	if (write(fd, harmless, harmless_size) != (ssize_t)harmless_size)
		return -1;
	return fd;
}

static int finit_memfd_act(const void *unused)
{
	return finit_module_fd(memfd_image(), 0);
}

TEST_F(load, finit_module_of_memfd)
{
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "finit_module of a memfd", finit_memfd_act,
				    .restore = remove_harmless,
				    .operation = CTGUARD_OP_MODULE_LOAD,
				    .object = "-" });
}

static int finit_uring_act(const void *unused)
{
	int fd = uring_open(harmless_path, O_RDONLY, false);

	return fd < 0 ?
		       -fd :
		       finit_module_fd(fd, strstr(harmless_path, ".ko.") ?
						   MODULE_INIT_COMPRESSED_FILE :
						   0);
}

TEST_F(load, finit_module_of_io_uring_fd)
{
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "finit_module of an io_uring fd",
				    finit_uring_act, .restore = remove_harmless,
				    .operation = CTGUARD_OP_MODULE_LOAD,
				    .object = harmless_end });
}

static int finit_ignoring_act(const void *unused)
{
	return finit_module_fd(memfd_image(),
			       MODULE_INIT_IGNORE_MODVERSIONS |
				       MODULE_INIT_IGNORE_VERMAGIC);
}

TEST_F(load, finit_module_with_flags)
{
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "finit_module with flags",
				    finit_ignoring_act,
				    .restore = remove_harmless,
				    .operation = CTGUARD_OP_MODULE_LOAD });
}

static int finit_compressed_act(const void *unused)
{
	return finit_module_fd(open(harmless_path, O_RDONLY | O_CLOEXEC),
			       MODULE_INIT_COMPRESSED_FILE);
}

/* Not every kernel can unpack one, and those that can want it packed. */
TEST_F(load, finit_module_compressed)
{
	int r;

	if (kernel_is_before(5, 17))
		SKIP(return, "this kernel takes no compressed modules");
	r = box_run(NULL, 0, finit_compressed_act, NULL);
	remove_harmless();
	EXPECT_NE(EPERM, r);
	EXPECT_TRUE(!r || !strstr(harmless_path, ".ko."));
	expect_denied(_metadata, &self->g,
		      &(struct pair){ "finit_module of a compressed file",
				      finit_compressed_act,
				      .restore = remove_harmless,
				      .operation = CTGUARD_OP_MODULE_LOAD });
}

static int finit_inherited_act(const void *fd)
{
	return finit_module_fd(*(const int *)fd, 0);
}

TEST_F(load, finit_module_of_a_descriptor_of_the_host)
{
	int fd = memfd_image();

	ASSERT_LE(0, fd);
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "finit_module of the host's fd",
				    finit_inherited_act, &fd,
				    .restore = remove_harmless,
				    .operation = CTGUARD_OP_MODULE_LOAD });
}

TEST_F(load, nothing_was_loaded)
{
	EXPECT_EQ(EPERM, box_run(&self->g.box, 0, init_module_act, NULL));
	EXPECT_EQ(EPERM, box_run(&self->g.box, 0, finit_module_act, NULL));
	EXPECT_FALSE(module_is_loaded(HARMLESS));
	EXPECT_EQ(0, box_run(NULL, 0, init_module_act, NULL));
	EXPECT_TRUE(module_is_loaded(HARMLESS));
}

TEST_F(load, in_set_up_too)
{
	struct box box;

	ASSERT_EQ(0, box_make(&box, NULL));
	ASSERT_EQ(0, guard_bind(&self->g.link, box.id, NULL));
	EXPECT_EQ(EPERM, box_run(&box, 0, init_module_act, NULL));
	box_remove(&box);
}

static int delete_act(const void *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

static int force_delete_act(const void *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK | O_TRUNC) ? errno :
									0;
}

#define IA32_DELETE_MODULE 129
#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

/* As a 32-bit program would; the name has to lie below 4 GiB. */
static int delete_ia32_act(const void *name)
{
	char *low = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED)
		return errno;
	strcpy(low, name);
	return -call_ia32(IA32_DELETE_MODULE, (uintptr_t)low, O_NONBLOCK, 0);
}

FIXTURE(unload)
{
	struct guarded g;
};

FIXTURE_SETUP(unload)
{
	guarded_setup(_metadata, &self->g, SEALED);
	module_remove(HARMLESS);
	ASSERT_EQ(0, module_insert(HARMLESS));
}

FIXTURE_TEARDOWN(unload)
{
	guarded_teardown(&self->g);
	remove_harmless();
}

FIXTURE_VARIANT(unload)
{
	act *act;
};

FIXTURE_VARIANT_ADD(unload, x86_64){
	.act = delete_act,
};

FIXTURE_VARIANT_ADD(unload, ia32){
	.act = delete_ia32_act,
};

FIXTURE_VARIANT_ADD(unload, forced){
	.act = force_delete_act,
};

TEST_F(unload, delete_module)
{
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "delete_module", variant->act, HARMLESS,
				    .restore = insert_harmless,
				    .operation = CTGUARD_OP_MODULE_UNLOAD,
				    .object = HARMLESS });
	EXPECT_TRUE(module_is_loaded(HARMLESS));
}

TEST_F(unload, the_guard_itself)
{
	if (variant->act == delete_ia32_act && !IS_X86)
		SKIP(return, "not on this architecture");
	expect_denied(_metadata, &self->g,
		      &(struct pair){ "delete_module of ctguard", variant->act,
				      "ctguard",
				      .operation = CTGUARD_OP_MODULE_UNLOAD,
				      .object = "ctguard" });
	EXPECT_TRUE(guard_is_loaded());
}

static int delete_bad_pointer_act(const void *unused)
{
	return syscall(SYS_delete_module, 1, O_NONBLOCK) ? errno : 0;
}

TEST_F(unload, a_name_that_cannot_be_read)
{
	expect_denied(_metadata, &self->g,
		      &(struct pair){ "delete_module of a bad pointer",
				      delete_bad_pointer_act,
				      .operation = CTGUARD_OP_MODULE_UNLOAD,
				      .object = "?" });
	EXPECT_EQ(EFAULT, box_run(NULL, 0, delete_bad_pointer_act, NULL));
}

/*
 * Autoload: what the kernel answers when it found no module is what the
 * container sees.
 */

static int mount_type_act(const void *type)
{
	char directory[64];
	int r;

	r = make_scratch(directory, sizeof(directory));
	if (r)
		return r;
	r = mount("none", directory, type, 0, NULL) ? errno : 0;
	umount2(directory, MNT_DETACH);
	rmdir(directory);
	return r;
}

static int fsopen_type_act(const void *type)
{
	int fd = syscall(SYS_fsopen, type, 0);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

struct socket_act {
	int family;
	int type;
	int protocol;
};

static int socket_act(const void *argument)
{
	const struct socket_act *s = argument;
	int fd = socket(s->family, s->type, s->protocol);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* A connection over the loopback device, since some want one. */
static int tcp_pair(int *ret)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)
	};
	socklen_t length = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM, 0);

	*ret = socket(AF_INET, SOCK_STREAM, 0);
	if (server < 0 || *ret < 0 ||
	    bind(server, (void *)&address, sizeof(address)) ||
	    listen(server, 1) ||
	    getsockname(server, (void *)&address, &length) ||
	    connect(*ret, (void *)&address, sizeof(address)))
		return errno;
	return 0;
}

static int tcp_ulp_act(const void *name)
{
	int fd, r;

	r = tcp_pair(&fd);
	if (r)
		return r;
	return setsockopt(fd, IPPROTO_TCP, TCP_ULP, name, strlen(name)) ?
		       errno :
		       0;
}

static int tcp_congestion_act(const void *name)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, strlen(name)) ?
		       errno :
		       0;
}

/* "ip link add type KIND" */
static int new_link_act(const void *kind)
{
	struct {
		struct nlmsghdr header;
		struct ifinfomsg info;
		uint8_t attributes[64];
	} message = {};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
	} answer;
	size_t length = strlen(kind);
	struct rtattr *outer = (void *)message.attributes;
	struct rtattr *inner = (void *)(message.attributes + RTA_LENGTH(0));
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);

	inner->rta_type = IFLA_INFO_KIND;
	inner->rta_len = RTA_LENGTH(length);
	memcpy(RTA_DATA(inner), kind, length);
	outer->rta_type = IFLA_LINKINFO;
	outer->rta_len = RTA_LENGTH(RTA_SPACE(length));
	message.header.nlmsg_type = RTM_NEWLINK;
	message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE |
				     NLM_F_EXCL;
	message.header.nlmsg_len =
		NLMSG_LENGTH(sizeof(message.info)) + RTA_ALIGN(outer->rta_len);
	if (send(fd, &message, message.header.nlmsg_len, 0) < 0 ||
	    recv(fd, &answer, sizeof(answer), 0) < (ssize_t)sizeof(answer))
		return errno;
	return -answer.error.error;
}

FIXTURE(autoload)
{
	struct guarded g;
};

FIXTURE_VARIANT(autoload)
{
	act *act;
	const void *argument;
	int namespaces;
	const char *object;
	int error;
	const char *modules[4]; /* to remove, in this order; first: loaded */
};

static void remove_modules(const FIXTURE_VARIANT(autoload) * variant)
{
	unsigned int i;

	for (i = 0; i < 4 && variant->modules[i]; i++)
		module_remove(variant->modules[i]);
}

FIXTURE_SETUP(autoload)
{
	guarded_setup(_metadata, &self->g, SEALED);
	remove_modules(variant);
	ASSERT_FALSE(module_is_loaded(variant->modules[0]));
}

FIXTURE_TEARDOWN(autoload)
{
	guarded_teardown(&self->g);
	remove_modules(variant);
}

FIXTURE_VARIANT_ADD(autoload, socket_family){
	.act = socket_act,
	.argument = &(struct socket_act){ AF_CAN, SOCK_RAW, 1 },
	.object = "net-pf-29",
	.error = EAFNOSUPPORT,
	.modules = { "can_raw", "can" },
};

FIXTURE_VARIANT_ADD(autoload, netlink_protocol){
	.act = socket_act,
	.argument = &(struct socket_act){ AF_NETLINK, SOCK_RAW, NETLINK_XFRM },
	.object = "net-pf-16-proto-6",
	.error = EPROTONOSUPPORT,
	.modules = { "xfrm_user", "xfrm_algo" },
};

FIXTURE_VARIANT_ADD(autoload, filesystem_of_mount){
	.act = mount_type_act,
	.argument = "binfmt_misc",
	.namespaces = CLONE_NEWNS,
	.object = "fs-binfmt_misc",
	.error = ENODEV,
	.modules = { "binfmt_misc" },
};

FIXTURE_VARIANT_ADD(autoload, filesystem_of_fsopen){
	.act = fsopen_type_act,
	.argument = "binfmt_misc",
	.object = "fs-binfmt_misc",
	.error = ENODEV,
	.modules = { "binfmt_misc" },
};

FIXTURE_VARIANT_ADD(autoload, tcp_ulp){
	.act = tcp_ulp_act,
	.argument = "tls",
	.object = "tcp-ulp-tls",
	.error = ENOENT,
	.modules = { "tls" },
};

FIXTURE_VARIANT_ADD(autoload, tcp_congestion){
	.act = tcp_congestion_act,
	.argument = "vegas",
	.object = "tcp_vegas",
	.error = ENOENT,
	.modules = { "tcp_vegas" },
};

FIXTURE_VARIANT_ADD(autoload, link_kind){
	.act = new_link_act,
	.argument = "vcan",
	.namespaces = CLONE_NEWNET,
	.object = "rtnl-link-vcan",
	.error = EOPNOTSUPP,
	.modules = { "vcan", "can_dev" },
};

FIXTURE_VARIANT_ADD(autoload, af_alg_socket){
	.act = socket_act,
	.argument = &(struct socket_act){ AF_ALG, SOCK_SEQPACKET, 0 },
	.object = "net-pf-38",
	.error = EPERM,
	.modules = { "af_alg" },
};

static bool module_exists(const char *name)
{
	char command[128];

	snprintf(command, sizeof(command), "modinfo -n %s >/dev/null 2>&1",
		 name);
	return !system(command);
}

TEST_F(autoload, denied)
{
	struct pair p = {
		variant->object,
		variant->act,
		variant->argument,
		.namespaces = variant->namespaces,
		.operation = CTGUARD_OP_MODULE_AUTOLOAD,
		.object = variant->object,
		.error = variant->error,
	};

	if (!module_exists(variant->modules[0]))
		SKIP(return, "this kernel has no %s", variant->modules[0]);
	expect_host(_metadata, &p);
	EXPECT_TRUE(module_is_loaded(variant->modules[0]));
	remove_modules(variant);
	ASSERT_FALSE(module_is_loaded(variant->modules[0]));
	expect_denied(_metadata, &self->g, &p);
	EXPECT_FALSE(module_is_loaded(variant->modules[0]));
}

/* A socket that the host made: its bind asks by names of the caller's. */
struct alg_act {
	int fd;
	const char *type;
	const char *name;
};

static int alg_bind_act(const void *argument)
{
	const struct alg_act *a = argument;
	struct sockaddr_alg address = { .salg_family = AF_ALG };

	strcpy((char *)address.salg_type, a->type);
	strcpy((char *)address.salg_name, a->name);
	return bind(a->fd, (void *)&address, sizeof(address)) ? errno : 0;
}

FIXTURE(alg)
{
	struct guarded g;
};

static void remove_alg(void)
{
	module_remove("algif_rng");
	module_remove("algif_hash");
	module_remove("af_alg");
}

FIXTURE_SETUP(alg)
{
	guarded_setup(_metadata, &self->g, SEALED);
	remove_alg();
}

FIXTURE_TEARDOWN(alg)
{
	guarded_teardown(&self->g);
	remove_alg();
}

TEST_F(alg, bind_of_a_socket_of_the_host)
{
	struct alg_act a = { socket(AF_ALG, SOCK_SEQPACKET, 0), "hash",
			     "sha256" };
	struct pair p = {
		"AF_ALG bind",
		alg_bind_act,
		&a,
		.operation = CTGUARD_OP_MODULE_AUTOLOAD,
		.object = "algif-hash",
		.error = ENOENT,
	};

	ASSERT_LE(0, a.fd);
	expect_denied(_metadata, &self->g, &p);
	EXPECT_FALSE(module_is_loaded("algif_hash"));
	expect_host(_metadata, &p);
	EXPECT_TRUE(module_is_loaded("algif_hash"));
	close(a.fd);
}

TEST_F(alg, a_socket_with_the_modules_there)
{
	struct socket_act s = { AF_ALG, SOCK_SEQPACKET, 0 };
	int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

	ASSERT_LE(0, fd);
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "AF_ALG socket", socket_act, &s,
				    .operation = CTGUARD_OP_MODULE_AUTOLOAD,
				    .object = "net-pf-38" });
	close(fd);
}

/*
 * A template is asked for a second time, by a thread of the kernel. The host
 * comes last: what it wanted once is there for all.
 */

#define KEYCTL_DH_COMPUTE 23
#define TEMPLATE "xcbc"

struct dh_params {
	int32_t private_key;
	int32_t prime;
	int32_t base;
};

struct dh_kdf {
	const char *hash;
	const void *other;
	uint32_t other_size;
	uint32_t spare[8];
};

static int add_user_key(const char *name)
{
	return syscall(SYS_add_key, "user", name, "\x05", 1,
		       -2 /* KEY_SPEC_PROCESS_KEYRING */);
}

static int dh_act(const void *hash)
{
	struct dh_params params = {
		add_user_key("ks-private"),
		add_user_key("ks-prime"),
		add_user_key("ks-base"),
	};
	struct dh_kdf kdf = { .hash = hash };
	char out[16];

	if (params.private_key < 0)
		return BOX_NO_ENTRY;
	/* Whatever becomes of it, the hash was looked for. */
	syscall(SYS_keyctl, KEYCTL_DH_COMPUTE, &params, out, sizeof(out), &kdf);
	return 0;
}

/* The host after the container: what the host wants, everybody gets. */
TEST_F(alg, template_by_the_crypto_manager)
{
	char path[512];
	uint64_t denied;
	bool loaded;
	int i;

	if (module_path(TEMPLATE, path, sizeof(path)))
		SKIP(return, "this kernel has no module " TEMPLATE);
	module_remove(TEMPLATE);
	ASSERT_FALSE(module_is_loaded(TEMPLATE));
	EXPECT_EQ(0, box_run(&self->g.box, 0, dh_act, TEMPLATE "(aes)"));
	denied = count_of(_metadata, &self->g, CTGUARD_OP_MODULE_AUTOLOAD,
			  CTGUARD_VERDICT_DENY);
	usleep(500000);
	loaded = module_is_loaded(TEMPLATE);
	EXPECT_EQ(0, box_run(NULL, 0, dh_act, TEMPLATE "(aes)"));
	for (i = 0; i < 20 && !module_is_loaded(TEMPLATE); i++)
		usleep(100000);
	if (!module_is_loaded(TEMPLATE))
		SKIP(return, "this kernel looks for no hash by that name");
	EXPECT_LE(1, denied);
	EXPECT_FALSE(loaded);
	module_remove(TEMPLATE);
}

/* Names on the list load. */

FIXTURE(autoload_allowed)
{
	struct guarded g;
};

FIXTURE_VARIANT(autoload_allowed)
{
	act *act;
	const void *argument;
	int namespaces;
	const char *module;
	int error; /* of the act, which is not whole */
};

FIXTURE_SETUP(autoload_allowed)
{
	guarded_setup(_metadata, &self->g, SEALED);
	module_remove(variant->module);
	if (module_is_loaded(variant->module))
		TH_LOG("%s is in use", variant->module);
}

FIXTURE_TEARDOWN(autoload_allowed)
{
	guarded_teardown(&self->g);
	module_remove(variant->module);
}

FIXTURE_VARIANT_ADD(autoload_allowed, veth){
	.act = new_link_act,
	.argument = "veth",
	.namespaces = CLONE_NEWNET,
	.module = "veth",
};

FIXTURE_VARIANT_ADD(autoload_allowed, dummy){
	.act = new_link_act,
	.argument = "dummy",
	.namespaces = CLONE_NEWNET,
	.module = "dummy",
};

FIXTURE_VARIANT_ADD(autoload_allowed, tcp_bbr){
	.act = tcp_congestion_act,
	.argument = "bbr",
	.module = "tcp_bbr",
};

FIXTURE_VARIANT_ADD(autoload_allowed, fuse){
	.act = fsopen_type_act,
	.argument = "fuse",
	.module = "fuse",
};

FIXTURE_VARIANT_ADD(autoload_allowed, nfnetlink){
	.act = socket_act,
	.argument = &(struct socket_act){ AF_NETLINK, SOCK_RAW,
					  NETLINK_NETFILTER },
	.module = "nfnetlink",
};

TEST_F(autoload_allowed, loads)
{
	uint64_t before = count_of(_metadata, &self->g,
				   CTGUARD_OP_MODULE_AUTOLOAD,
				   CTGUARD_VERDICT_ALLOW);
	char path[512];
	int r;

	if (module_is_loaded(variant->module))
		SKIP(return, "the host uses the module");
	if (module_path(variant->module, path, sizeof(path)))
		SKIP(return, "the kernel has it built in");
	r = box_run(&self->g.box, variant->namespaces, variant->act,
		    variant->argument);
	EXPECT_EQ(variant->error, r);
	EXPECT_TRUE(module_is_loaded(variant->module));
	EXPECT_LT(before,
		  count_of(_metadata, &self->g, CTGUARD_OP_MODULE_AUTOLOAD,
			   CTGUARD_VERDICT_ALLOW));
	EXPECT_EQ(0, count_of(_metadata, &self->g, CTGUARD_OP_MODULE_AUTOLOAD,
			      CTGUARD_VERDICT_DENY));
}

/* kexec */

FIXTURE(kexec)
{
	struct guarded g;
	char kernel[256];
};

static void unload_kexec(void)
{
	syscall(SYS_kexec_file_load, -1, -1, 0, NULL, KEXEC_FILE_UNLOAD);
	syscall(SYS_kexec_load, 0, 0, NULL, 0);
}

FIXTURE_SETUP(kexec)
{
	char loaded[8] = "";
	struct utsname uts;

	guarded_setup(_metadata, &self->g, SEALED);
	uname(&uts);
	snprintf(self->kernel, sizeof(self->kernel), "/boot/vmlinuz-%s",
		 uts.release);
	read_whole("/sys/kernel/kexec_loaded", loaded, sizeof(loaded));
	ASSERT_EQ('0', loaded[0])
	{
		TH_LOG("the host has a kernel loaded, which this test would lose");
	}
}

FIXTURE_TEARDOWN(kexec)
{
	guarded_teardown(&self->g);
	unload_kexec();
}

static int kexec_load_act(const void *unused)
{
	return syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_DEFAULT) ? errno :
									 0;
}

TEST_F(kexec, kexec_load)
{
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "kexec_load", kexec_load_act,
				    .operation = CTGUARD_OP_KEXEC_LOAD,
				    .object = "-" });
}

static int kexec_file_load_act(const void *path)
{
	static const char line[] = "quiet";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	return syscall(SYS_kexec_file_load, fd, -1, sizeof(line), line,
		       KEXEC_FILE_NO_INITRAMFS) ?
		       errno :
		       0;
}

TEST_F(kexec, kexec_file_load)
{
	char loaded[8] = "";

	if (access(self->kernel, R_OK))
		SKIP(return, "%s is not there", self->kernel);
	if (syscall(SYS_kexec_file_load, -1, -1, 0, NULL, 0) &&
	    errno == ENOSYS && !IS_X86)
		SKIP(return, "this kernel has no kexec_file_load()");
	EXPECT_EQ(0, box_run(NULL, 0, kexec_file_load_act, self->kernel));
	read_whole("/sys/kernel/kexec_loaded", loaded, sizeof(loaded));
	EXPECT_EQ('1', loaded[0]);
	unload_kexec();
	expect_denied(_metadata, &self->g,
		      &(struct pair){ "kexec_file_load", kexec_file_load_act,
				      self->kernel,
				      .operation = CTGUARD_OP_KEXEC_LOAD,
				      .object = NULL });
	read_whole("/sys/kernel/kexec_loaded", loaded, sizeof(loaded));
	EXPECT_EQ('0', loaded[0]);
}

static int kexec_file_unload_act(const void *unused)
{
	return syscall(SYS_kexec_file_load, -1, -1, 0, NULL,
		       KEXEC_FILE_UNLOAD) ?
		       errno :
		       0;
}

/* Taking the host's kernel for a crash away is no less. */
TEST_F(kexec, kexec_file_load_to_unload)
{
	expect_pair(_metadata, &self->g,
		    &(struct pair){ "kexec_file_load(KEXEC_FILE_UNLOAD)",
				    kexec_file_unload_act,
				    .operation = CTGUARD_OP_KEXEC_LOAD });
}

TEST_HARNESS_MAIN
