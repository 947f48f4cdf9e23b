// SPDX-License-Identifier: GPL-2.0
/*
 * What a privileged container tries in order to get out, one act each.
 *
 * Static, so that it runs in any container. Each act proves its effect, undoes
 * it, and exits 0 when it succeeded, 1 when it was refused (the errno is
 * printed) and 2 when it could not be tried.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/bpf_common.h>
#include <linux/kexec.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

enum result {
	SUCCEEDED,
	REFUSED,
	UNTRIED
};

static enum result untried(const char *format, ...)
{
	int error = errno;
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf(": %s\n", strerror(error));
	return UNTRIED;
}

/* A refusal is what the guard or the kernel's permissions answer; the rest is
 * a test that does not fit the machine. */
static enum result failed(const char *what)
{
	if (errno != EPERM && errno != EACCES)
		return untried("%s", what);
	printf("%s: %s\n", what, errno == EPERM ? "EPERM" : "EACCES");
	return REFUSED;
}

/* The act succeeded, which stays true where undoing it is refused. */
static enum result not_undone(const char *what)
{
	printf("%s: not undone: %s\n", what, strerror(errno));
	return SUCCEEDED;
}

static enum result no_effect(const char *what)
{
	printf("%s: no effect\n", what);
	return REFUSED;
}

static char *slurp(const char *path, size_t *ret_size)
{
	size_t size = 0, room = 1 << 20;
	char *data = malloc(room + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	while (fd >= 0 && data &&
	       (n = read(fd, data + size, room - size)) > 0) {
		size += n;
		if (size == room) {
			data = realloc(data, (room *= 2) + 1);
			if (!data)
				exit(UNTRIED);
		}
	}
	if (fd >= 0)
		close(fd);
	if (n < 0) {
		free(data);
		return NULL;
	}
	data[size] = 0;
	*ret_size = size;
	return data;
}

static bool module_loaded(const char *name)
{
	char line[256];
	size_t length = strlen(name);
	bool found = false;
	FILE *modules = fopen("/proc/modules", "re");

	while (modules && !found && fgets(line, sizeof(line), modules))
		found = !strncmp(line, name, length) && line[length] == ' ';
	if (modules)
		fclose(modules);
	return found;
}

static int delete_module(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK);
}

static enum result loaded(const char *name)
{
	if (!module_loaded(name))
		return no_effect(name);
	return delete_module(name) ? not_undone(name) : SUCCEEDED;
}

/* FILE NAME */
static enum result module_init(char **arg)
{
	size_t size;
	char *image = slurp(arg[0], &size);

	if (!image)
		return untried("%s", arg[0]);
	if (syscall(SYS_init_module, image, size, ""))
		return failed("init_module");
	return loaded(arg[1]);
}

/* FILE NAME */
static enum result module_finit(char **arg)
{
	int fd = open(arg[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return untried("%s", arg[0]);
	if (syscall(SYS_finit_module, fd, "", 0))
		return failed("finit_module");
	return loaded(arg[1]);
}

/* FILE NAME: from an anonymous file, which has no path. */
static enum result module_memfd(char **arg)
{
	size_t size;
	char *image = slurp(arg[0], &size);
	int fd = memfd_create("image", MFD_CLOEXEC);

	if (!image || fd < 0 || write(fd, image, size) != (ssize_t)size)
		return untried("%s", arg[0]);
	if (syscall(SYS_finit_module, fd, "", 0))
		return failed("finit_module");
	return loaded(arg[1]);
}

/* FILE NAME: unloads a module that the host uses, and loads it again. */
static enum result module_delete(char **arg)
{
	int fd;

	if (!module_loaded(arg[1])) {
		errno = ENOENT;
		return untried("%s", arg[1]);
	}
	if (delete_module(arg[1]))
		return failed("delete_module");
	fd = open(arg[0], O_RDONLY | O_CLOEXEC);
	if (module_loaded(arg[1]) || fd < 0 ||
	    syscall(SYS_finit_module, fd, "", 0))
		return not_undone(arg[1]);
	return SUCCEEDED;
}

/* FAMILY TYPE MODULE: the kernel loads a protocol at first use. */
static enum result autoload_socket(char **arg)
{
	int fd;

	if (module_loaded(arg[2])) {
		errno = EEXIST;
		return untried("%s", arg[2]);
	}
	fd = socket(atoi(arg[0]), atoi(arg[1]) | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		close(fd);
	return loaded(arg[2]);
}

/* FILESYSTEM MODULE: likewise a filesystem, even if the mount fails. */
static enum result autoload_filesystem(char **arg)
{
	if (module_loaded(arg[1])) {
		errno = EEXIST;
		return untried("%s", arg[1]);
	}
	mount("none", "/mnt", arg[0], 0, NULL);
	return loaded(arg[1]);
}

static bool kexec_loaded(void)
{
	size_t size;
	char *text = slurp("/sys/kernel/kexec_loaded", &size);

	return text && text[0] == '1';
}

static enum result kexec_undo(void)
{
	if (!kexec_loaded())
		return no_effect("kexec");
	if (syscall(SYS_kexec_load, 0, 0, NULL, KEXEC_ARCH_DEFAULT))
		return not_undone("kexec");
	return SUCCEEDED;
}

static enum result kexec_load(char **arg)
{
	static char code[4096] = { (char)0xf4 };
	struct kexec_segment segment = {
		.buf = code,
		.bufsz = sizeof(code),
		.mem = (void *)0x1000000,
		.memsz = sizeof(code),
	};

	(void)arg;
	if (syscall(SYS_kexec_load, 0x1000000, 1, &segment, KEXEC_ARCH_DEFAULT))
		return failed("kexec_load");
	return kexec_undo();
}

/* DIRECTORY with a vmlinuz-* */
static enum result kexec_file_load(char **arg)
{
	int fd = open(arg[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return untried("%s", arg[0]);
	if (syscall(SYS_kexec_file_load, fd, -1, 1, "",
		    KEXEC_FILE_NO_INITRAMFS))
		return failed("kexec_file_load");
	return kexec_undo();
}

static bool parse_device(char **arg, mode_t *ret_mode, dev_t *ret_device)
{
	unsigned int major, minor;

	if (sscanf(arg[1], "%u:%u", &major, &minor) != 2)
		return false;
	*ret_mode = arg[0][0] == 'b' ? S_IFBLK : S_IFCHR;
	*ret_device = makedev(major, minor);
	return true;
}

/* b|c MAJOR:MINOR */
static enum result device_mknod(char **arg)
{
	struct stat status;
	mode_t type;
	dev_t device;

	if (!parse_device(arg, &type, &device))
		return untried("%s", arg[1]);
	if (mknod("/tmp/node", type | 0600, device))
		return failed("mknod");
	if (stat("/tmp/node", &status) || status.st_rdev != device)
		return no_effect("mknod");
	unlink("/tmp/node");
	return SUCCEEDED;
}

static enum result read_some(int fd, off_t offset)
{
	char data[512];

	if (fd < 0)
		return failed("open");
	if (pread(fd, data, sizeof(data), offset) <= 0)
		return failed("read");
	return SUCCEEDED;
}

/* FILE OFFSET */
static enum result read_file(char **arg)
{
	return read_some(open(arg[0], O_RDONLY | O_CLOEXEC | O_NONBLOCK),
			 atoll(arg[1]));
}

/* FILE r|w: only the open, for devices whose reads are acts of their own. */
static enum result open_file(char **arg)
{
	int fd = open(arg[0], (arg[1][0] == 'w' ? O_WRONLY : O_RDONLY) |
				      O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? failed("open") : SUCCEEDED;
}

/* b|c MAJOR:MINOR FILESYSTEM: a node in a filesystem of one's own. */
static enum result node_read(char **arg)
{
	enum result result;
	mode_t type;
	dev_t device;

	if (!parse_device(arg, &type, &device))
		return untried("%s", arg[1]);
	if (mount("own", "/mnt", "tmpfs", 0, NULL))
		return untried("mount");
	/* Where mknod is refused there is nothing to open. */
	if (mknod("/mnt/node", type | 0600, device))
		result = failed("mknod");
	else
		result = read_some(open("/mnt/node",
					O_RDONLY | O_CLOEXEC | O_NONBLOCK),
				   0x400);
	umount2("/mnt", MNT_DETACH);
	return result;
}

/* FILESYSTEM FILE: in a fresh mount, as with devtmpfs. */
static enum result fresh_read(char **arg)
{
	enum result result;
	char *path = NULL;

	if (mount("own", "/mnt", arg[0], 0, NULL))
		return failed("mount");
	if (asprintf(&path, "/mnt/%s", arg[1]) < 0)
		return UNTRIED;
	result =
		read_some(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), 0x400);
	umount2("/mnt", MNT_DETACH);
	return result;
}

static enum result read_secret(int fd)
{
	char text[32] = "";

	if (fd < 0)
		return failed("the secret");
	if (read(fd, text, sizeof(text) - 1) <= 0 ||
	    strncmp(text, "the secret", 10))
		return no_effect("the secret");
	return SUCCEEDED;
}

/* DEVICE: reads the file "secret" of the ext4 on it. */
static enum result mount_device(char **arg)
{
	enum result result;

	if (mount(arg[0], "/mnt", "ext4", MS_RDONLY, NULL))
		return failed("mount");
	result = read_secret(open("/mnt/secret", O_RDONLY | O_CLOEXEC));
	umount2("/mnt", MNT_DETACH);
	return result;
}

/* DEVICE: the same with a mount that never gets a place. */
static enum result fsopen_device(char **arg)
{
	int fs = syscall(SYS_fsopen, "ext4", FSOPEN_CLOEXEC);
	int mnt;

	if (fs < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, "ro", NULL, 0) ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "source", arg[0], 0))
		return untried("fsopen");
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return failed("fsconfig");
	mnt = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	if (mnt < 0)
		return failed("fsmount");
	return read_secret(openat(mnt, "secret", O_RDONLY | O_CLOEXEC));
}

static enum result write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t length = strlen(text);
	enum result result = SUCCEEDED;

	if (fd < 0)
		return failed("open");
	if (write(fd, text, length) != length)
		result = failed("write");
	close(fd);
	return result;
}

/* FILE TEXT|toggle: writes, sees it read back changed, writes the old again. */
static enum result change(char **arg)
{
	size_t size;
	char *before = slurp(arg[0], &size), *after;
	const char *text = arg[1];
	enum result result;

	if (!before)
		return untried("%s", arg[0]);
	if (!strcmp(text, "toggle"))
		text = *before == 'N' || *before == '0' ? "1" : "0";
	result = write_text(arg[0], text);
	if (result != SUCCEEDED)
		return result;
	after = slurp(arg[0], &size);
	if (!after || !strcmp(before, after))
		return no_effect("write");
	if (write_text(arg[0], *before ? before : "\n") != SUCCEEDED)
		return not_undone(arg[0]);
	return SUCCEEDED;
}

/* FILE TEXT: for files that only take orders. */
static enum result order(char **arg)
{
	return write_text(arg[0], arg[1]);
}

/* FILESYSTEM OPTIONS FILE TEXT: change, in a fresh mount. */
static enum result fresh_change(char **arg)
{
	enum result result;
	char *path = NULL;

	if (mount("own", "/mnt", arg[0], 0,
		  strcmp(arg[1], "-") ? arg[1] : NULL))
		return untried("mount %s", arg[0]);
	if (asprintf(&path, "/mnt/%s", arg[2]) < 0)
		return UNTRIED;
	result = change((char *[]){ path, arg[3] });
	umount2("/mnt", MNT_DETACH);
	return result;
}

/* FILESYSTEM FILE TEXT UNDO: an order in a fresh mount, and its opposite. */
static enum result fresh_order(char **arg)
{
	enum result result;
	char *path = NULL;

	if (mount("own", "/mnt", arg[0], 0, NULL))
		return untried("mount %s", arg[0]);
	if (asprintf(&path, "/mnt/%s", arg[1]) < 0)
		return UNTRIED;
	result = write_text(path, arg[2]);
	if (result == SUCCEEDED && *arg[3] &&
	    write_text(path, arg[3]) != SUCCEEDED)
		result = not_undone("order");
	umount2("/mnt", MNT_DETACH);
	return result;
}

/* Has the host run a program for files of one's own kind. */
static enum result binfmt_register(char **arg)
{
	enum result result;

	(void)arg;
	if (mount("own", "/mnt", "binfmt_misc", 0, NULL))
		return untried("mount");
	result = write_text("/mnt/register",
			    ":ctguard-test:M::CTGX::/bin/true:");
	if (result == SUCCEEDED && access("/mnt/ctguard-test", F_OK))
		result = no_effect("register");
	if (result == SUCCEEDED &&
	    write_text("/mnt/ctguard-test", "-1") != SUCCEEDED)
		result = not_undone("register");
	umount2("/mnt", MNT_DETACH);
	return result;
}

/* FILESYSTEM DIRECTORY: mkdir in a fresh mount. */
static enum result fresh_mkdir(char **arg)
{
	enum result result = SUCCEEDED;
	char *path = NULL;

	if (mount("own", "/mnt", arg[0], 0, NULL))
		return untried("mount %s", arg[0]);
	if (asprintf(&path, "/mnt/%s", arg[1]) < 0)
		return UNTRIED;
	if (mkdir(path, 0700))
		result = failed("mkdir");
	else if (rmdir(path))
		result = not_undone("mkdir");
	umount2("/mnt", MNT_DETACH);
	return result;
}

/* DIRECTORY */
static enum result make_directory(char **arg)
{
	if (mkdir(arg[0], 0700))
		return failed("mkdir");
	return rmdir(arg[0]) ? not_undone("mkdir") : SUCCEEDED;
}

/* DIRECTORY: moves into another cgroup, and back. */
static enum result join_cgroup(char **arg)
{
	char path[512], line[450], *procs = NULL, own[400] = "";
	FILE *file = fopen("/proc/self/cgroup", "re");
	enum result result;

	/* A hierarchy of version 1 that was just unmounted has a line as well. */
	while (file && !*own && fgets(line, sizeof(line), file))
		sscanf(line, "0::%399s", own);
	if (!*own)
		return untried("/proc/self/cgroup");
	fclose(file);
	if (asprintf(&procs, "%s/cgroup.procs", arg[0]) < 0)
		return UNTRIED;
	result = write_text(procs, "0");
	if (result != SUCCEEDED)
		return result;
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cgroup.procs", own);
	return write_text(path, "0") == SUCCEEDED ? SUCCEEDED : not_undone(own);
}

/* A program for any kernel function. */
static enum result bpf_kprobe(char **unused)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_KPROBE,
		.insn_cnt = sizeof(instructions) / sizeof(instructions[0]),
		.insns = (uintptr_t)instructions,
		.license = (uintptr_t) "GPL",
	};
	long fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));

	(void)unused;
	if (fd < 0)
		return failed("bpf");
	close((int)fd);
	return SUCCEEDED;
}

/* What all tasks do on one processor. */
static enum result perf_system(char **unused)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CONTEXT_SWITCHES,
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);

	(void)unused;
	if (fd < 0)
		return failed("perf_event_open");
	close((int)fd);
	return SUCCEEDED;
}

static enum result io_port(char **unused)
{
	(void)unused;
	if (ioperm(0x80, 1, 1))
		return failed("ioperm");
	ioperm(0x80, 1, 0);
	return SUCCEEDED;
}

static enum result clock_set(char **unused)
{
	struct timespec now;

	(void)unused;
	clock_gettime(CLOCK_REALTIME, &now);
	return clock_settime(CLOCK_REALTIME, &now) ? failed("clock_settime") :
						     SUCCEEDED;
}

/* Only what Ctrl-Alt-Del does, as it is already. */
static enum result reboot_key(char **unused)
{
	(void)unused;
	return reboot(RB_DISABLE_CAD) ? failed("reboot") : SUCCEEDED;
}

/* As the kernel tells udevd of a device whose driver is to be loaded. */
/*
 * ALIAS: of the module that the host's udevd is to load for a device, since the
 * kernel passes the message on as its own.
 */
static enum result uevent_forged(char **arg)
{
	static const char text[] =
		"add@/devices/platform/pcspkr\0ACTION=add\0DEVPATH=/devices/platform/pcspkr\0SUBSYSTEM=platform\0MODALIAS=";
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK };
	struct {
		struct nlmsghdr header;
		char text[512];
	} message = { .header = { .nlmsg_type = NLMSG_MIN_TYPE,
				  .nlmsg_flags = NLM_F_REQUEST } };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			NETLINK_KOBJECT_UEVENT);
	size_t size = sizeof(text) - 1, more = strlen(arg[0]) + 1;
	enum result result = SUCCEEDED;

	if (fd < 0 || size + more > sizeof(message.text))
		return untried("socket");
	memcpy(message.text, text, size);
	memcpy(message.text + size, arg[0], more);
	message.header.nlmsg_len = NLMSG_LENGTH(size + more);
	if (sendto(fd, &message, message.header.nlmsg_len, 0,
		   (const struct sockaddr *)&to, sizeof(to)) < 0)
		result = failed("sendto");
	close(fd);
	return result;
}

/* FILE: makes it, and takes it away again. */
static enum result make_file(char **arg)
{
	int fd = open(arg[0], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return failed(arg[0]);
	close(fd);
	return unlink(arg[0]) ? not_undone(arg[0]) : SUCCEEDED;
}

/*
 * FILE: enters the namespace. To whom it refuses where the link leads, 5.10 opens
 * the link.
 */
static enum result join_namespace(char **arg)
{
	int fd = open(arg[0], O_RDONLY | O_CLOEXEC);
	struct statfs at;

	if (fd < 0)
		return failed(arg[0]);
	if (fstatfs(fd, &at) || at.f_type != NSFS_MAGIC) {
		errno = EACCES;
		return failed(arg[0]);
	}
	return setns(fd, 0) ? failed("setns") : SUCCEEDED;
}

/* PID: its memory, by its number alone. */
static enum result read_memory(char **arg)
{
	char word[8];
	struct iovec local = { word, sizeof(word) }, remote;
	unsigned long at;
	char *path;
	FILE *file;

	if (asprintf(&path, "/proc/%s/stat", arg[0]) < 0)
		return UNTRIED;
	file = fopen(path, "re");
	if (!file)
		return untried("%s", path);
	/* Where its program begins; 0 for who must not know. */
	if (fscanf(file,
		   "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %*u %*u %*d %*u %lu",
		   &at) != 1)
		return untried("%s", path);
	fclose(file);
	remote = (struct iovec){ (void *)(at ?: 0x400000), sizeof(word) };
	if (process_vm_readv(atoi(arg[0]), &local, 1, &remote, 1, 0) < 0)
		return failed("process_vm_readv");
	return SUCCEEDED;
}

/* SIGWINCH: the first process takes it, and nothing comes of it here. */
static enum result signal_init(char **unused)
{
	(void)unused;
	return kill(1, SIGWINCH) ? failed("kill") : SUCCEEDED;
}

static const struct {
	const char *name;
	int args;
	enum result (*act)(char **arg);
} acts[] = {
	{ "module-init", 2, module_init },
	{ "module-finit", 2, module_finit },
	{ "module-memfd", 2, module_memfd },
	{ "module-delete", 2, module_delete },
	{ "autoload-socket", 3, autoload_socket },
	{ "autoload-filesystem", 2, autoload_filesystem },
	{ "kexec-load", 0, kexec_load },
	{ "kexec-file-load", 1, kexec_file_load },
	{ "mknod", 2, device_mknod },
	{ "node-read", 2, node_read },
	{ "read", 2, read_file },
	{ "open", 2, open_file },
	{ "fresh-read", 2, fresh_read },
	{ "mount", 1, mount_device },
	{ "fsopen", 1, fsopen_device },
	{ "change", 2, change },
	{ "order", 2, order },
	{ "fresh-change", 4, fresh_change },
	{ "fresh-order", 4, fresh_order },
	{ "binfmt", 0, binfmt_register },
	{ "fresh-mkdir", 2, fresh_mkdir },
	{ "mkdir", 1, make_directory },
	{ "join-cgroup", 1, join_cgroup },
	{ "bpf-kprobe", 0, bpf_kprobe },
	{ "perf-system", 0, perf_system },
	{ "io-port", 0, io_port },
	{ "clock-set", 0, clock_set },
	{ "reboot-key", 0, reboot_key },
	{ "uevent-forged", 1, uevent_forged },
	{ "make-file", 1, make_file },
	{ "join-namespace", 1, join_namespace },
	{ "read-memory", 1, read_memory },
	{ "signal-init", 0, signal_init },
};

int main(int argc, char **argv)
{
	/* The name under which events will report this act. */
	if (argc > 3 && !strcmp(argv[1], "--as")) {
		prctl(PR_SET_NAME, argv[2]);
		argv += 2;
		argc -= 2;
	}
	for (size_t i = 0; argc > 1 && i < sizeof(acts) / sizeof(acts[0]);
	     i++) {
		if (!strcmp(argv[1], acts[i].name) && argc == 2 + acts[i].args)
			return acts[i].act(argv + 2);
	}
	fprintf(stderr,
		"usage: breakout [--as NAME] ACT [ARGUMENT]...; an act is one of\n");
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		fprintf(stderr, "  %s (%d)\n", acts[i].name, acts[i].args);
	return UNTRIED;
}
