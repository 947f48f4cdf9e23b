// SPDX-License-Identifier: GPL-2.0
/* Things to try. */
#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

int act_nothing(const void *unused)
{
	(void)unused;
	return 0;
}

/** act_open - struct act_file: open and close */
int act_open(const void *file)
{
	const struct act_file *f = file;
	int fd = open(f->path, f->flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/** act_open_path_first - struct act_file: by a descriptor that only names it */
int act_open_path_first(const void *file)
{
	const struct act_file *f = file;
	struct act_file again = { .flags = f->flags };
	char path[64];
	int fd = open(f->path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again.path = path;
	return act_open(&again);
}

static void *map_ring(int fd, off_t what, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_POPULATE, fd, what);

	return at == MAP_FAILED ? NULL : at;
}

/**
 * ring_make - a ring of one's own
 * @ring: closed with its process
 * @way: how requests are made
 *
 * URING_PERSONALITY: the caller is no longer root after this, and its requests
 * are made as root.
 *
 * Return: 0 or an errno.
 */
int ring_make(struct ring *ring, enum uring_way way)
{
	memset(ring, 0, sizeof(*ring));
	ring->way = way;
	if (way == URING_THREAD)
		ring->p.flags = IORING_SETUP_SQPOLL;
	/* ms after which the thread sleeps */
	ring->p.sq_thread_idle = 1000;
	ring->fd = syscall(SYS_io_uring_setup, 4, &ring->p);
	if (ring->fd < 0)
		return errno;
	if (way != URING_PERSONALITY)
		return 0;
	ring->personality = syscall(SYS_io_uring_register, ring->fd,
				    IORING_REGISTER_PERSONALITY, NULL, 0);
	if (ring->personality < 0 || setresuid(1000, 1000, 1000))
		return errno;
	return 0;
}

/**
 * ring_do - one request, the first one of a ring
 * @ring: by whomever it was made
 * @request: what is asked; of IOSQE_FIXED_FILE @fd is registered
 *
 * Return: what it returned, or an errno below 0.
 */
int ring_do(struct ring *ring, const struct io_uring_sqe *request)
{
	const struct io_uring_params *p = &ring->p;
	unsigned int flags = IORING_ENTER_GETEVENTS;
	uint8_t *sq, *cq;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	unsigned int *tail;

	sq = map_ring(ring->fd, IORING_OFF_SQ_RING,
		      p->sq_off.array + p->sq_entries * sizeof(unsigned int));
	cq = map_ring(ring->fd, IORING_OFF_CQ_RING,
		      p->cq_off.cqes + p->cq_entries * sizeof(*cqe));
	sqe = map_ring(ring->fd, IORING_OFF_SQES, p->sq_entries * sizeof(*sqe));
	if (!sq || !cq || !sqe)
		return -ENOMEM;
	*sqe = *request;
	sqe->personality = ring->personality;
	if (ring->way == URING_WORKER)
		sqe->flags |= IOSQE_ASYNC;
	if (ring->way == URING_THREAD)
		flags |= IORING_ENTER_SQ_WAKEUP;
	if (request->flags & IOSQE_FIXED_FILE) {
		if (syscall(SYS_io_uring_register, ring->fd,
			    IORING_REGISTER_FILES, &request->fd, 1))
			return -errno;
		sqe->fd = 0;
	}
	*(unsigned int *)(sq + p->sq_off.array) = 0;
	tail = (void *)(sq + p->sq_off.tail);
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, flags, NULL, 0) != 1)
		return -errno;
	cqe = (void *)(cq + p->cq_off.cqes);
	return cqe->res;
}

/**
 * uring_do_by - one request by io_uring
 * @way: how, as of ring_make()
 * @request: what is asked
 *
 * Return: what it returned, or an errno below 0.
 */
int uring_do_by(enum uring_way way, const struct io_uring_sqe *request)
{
	struct ring ring;
	int r = ring_make(&ring, way);

	r = r ? -r : ring_do(&ring, request);
	if (ring.fd >= 0)
		close(ring.fd);
	return r;
}

/** uring_has - does this kernel's io_uring know the operation? */
bool uring_has(unsigned int opcode)
{
	struct {
		struct io_uring_probe probe;
		struct io_uring_probe_op ops[256];
	} p = {};
	struct ring ring;
	bool r;

	r = !ring_make(&ring, URING_ITSELF) &&
	    !syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_PROBE, &p,
		     256) &&
	    opcode < p.probe.ops_len &&
	    p.ops[opcode].flags & IO_URING_OP_SUPPORTED;
	if (ring.fd >= 0)
		close(ring.fd);
	return r;
}

/** uring_do - likewise, by the caller itself */
int uring_do(const struct io_uring_sqe *request)
{
	return uring_do_by(URING_ITSELF, request);
}

/**
 * uring_open - openat(2) by io_uring
 * @path: absolute
 * @flags: O_*
 * @worker: by a worker thread and not by the caller itself
 *
 * Return: a descriptor, or an errno below 0.
 */
int uring_open(const char *path, int flags, bool worker)
{
	const struct io_uring_sqe sqe = {
		.opcode = IORING_OP_OPENAT,
		.flags = worker ? IOSQE_ASYNC : 0,
		.fd = AT_FDCWD,
		.addr = (uintptr_t)path,
		.open_flags = flags | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
	};

	return uring_do(&sqe);
}

static int open_by_uring(const struct act_file *f, bool worker)
{
	int fd = uring_open(f->path, f->flags, worker);

	if (fd < 0)
		return -fd;
	close(fd);
	return 0;
}

/** act_open_uring - struct act_file: by io_uring */
int act_open_uring(const void *file)
{
	return open_by_uring(file, false);
}

/** act_open_uring_worker - struct act_file: by a worker thread of io_uring */
int act_open_uring_worker(const void *file)
{
	return open_by_uring(file, true);
}

/**
 * call_ia32 - a system call as a 32-bit program makes it
 * @number: of the 32-bit table
 *
 * Addresses have to be below 4 GiB, as those of static data are.
 *
 * Return: 0, what it returned, or an errno below 0.
 */
int call_ia32(int number, unsigned long a, unsigned long b, unsigned long c)
{
#ifdef __x86_64__
	int r;

	asm volatile("int $0x80"
		     : "=a"(r)
		     : "a"(number), "b"(a), "c"(b), "d"(c), "S"(0L), "D"(0L)
		     : "memory", "r8", "r9", "r10", "r11");
	return r;
#else
	return -ENOSYS;
#endif
}

/** pass_fd - put a descriptor into a socket; 0 or an errno */
int pass_fd(int socket, int fd)
{
	union {
		char data[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	struct iovec part = { .iov_base = "x", .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

/**
 * take_fd - take a descriptor out of a socket
 *
 * Return: a descriptor, or an errno below 0; -EPERM when the message came
 * without it.
 */
int take_fd(int socket)
{
	union {
		char data[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {};
	char byte;
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header;
	int fd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (!header)
		return message.msg_flags & MSG_CTRUNC ? -EPERM : -ENOMSG;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

/** write_whole - one write(2); 0 or an errno */
int write_whole(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		r = errno;
	close(fd);
	return r;
}

/** read_whole - a small file, with a NUL behind it; its size or -1 */
ssize_t read_whole(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t got = 0;
	ssize_t r = -1;

	if (fd < 0)
		return -1;
	while (got < size - 1 && (r = read(fd, to + got, size - 1 - got)) > 0)
		got += r;
	close(fd);
	to[got] = 0;
	return r < 0 ? -1 : (ssize_t)got;
}

/** make_scratch - a directory of its own; 0 or an errno */
int make_scratch(char *path, size_t size)
{
	snprintf(path, size, "/tmp/ctguard-ks.XXXXXX");
	return mkdtemp(path) ? 0 : errno;
}

/** remove_scratch - with what lies directly in it */
void remove_scratch(const char *path)
{
	char command[600];

	if (!path[0])
		return;
	snprintf(command, sizeof(command), "rm -rf --one-file-system '%s'",
		 path);
	if (system(command))
		fprintf(stderr, "# %s is left\n", path);
}

/** make_swap - a file to swap to, of 64 pages, as mkswap(8) does; 0 or an errno */
int make_swap(const char *path)
{
	size_t page = sysconf(_SC_PAGESIZE), i;
	uint32_t head[] = { 1, 63, 0 };
	char data[65536] = {};
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		return errno;
	memcpy(data + 1024, head, sizeof(head));
	memcpy(data + page - 10, "SWAPSPACE2", 10);
	for (i = 0; i < 64 * page; i += sizeof(data)) {
		if (write(fd, data, sizeof(data)) != sizeof(data))
			return errno;
		memset(data, 0, sizeof(data));
	}
	fsync(fd);
	close(fd);
	return 0;
}

/** module_is_loaded - and not built in */
bool module_is_loaded(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/module/%s/initstate", name);
	return !access(path, F_OK);
}

/** module_remove - 0 or an errno; waits for who still uses it */
int module_remove(const char *name)
{
	int i;

	for (i = 0; i < 100 && module_is_loaded(name); i++) {
		if (!syscall(SYS_delete_module, name, O_NONBLOCK))
			return 0;
		if (errno != EAGAIN && errno != EBUSY)
			return errno;
		usleep(50000);
	}
	return module_is_loaded(name) ? EBUSY : 0;
}

/* Does a file name, its directories cut off, belong to this module? */
static bool names_module(const char *file, const char *name)
{
	const char *base = strrchr(file, '/');

	base = base ? base + 1 : file;
	for (; *name; name++, base++)
		if (*base != *name && !(*base == '-' && *name == '_'))
			return false;
	return !strncmp(base, ".ko", 3);
}

/** module_path - where a module of the running kernel is; 0 or an errno */
int module_path(const char *name, char *ret, size_t size)
{
	char line[16384], path[256];
	struct utsname uts;
	int r = ENOENT;
	FILE *dep;

	uname(&uts);
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep",
		 uts.release);
	dep = fopen(path, "re");
	if (!dep)
		return errno;
	while (r && fgets(line, sizeof(line), dep)) {
		char *end = strchr(line, ':');

		if (!end)
			continue;
		*end = 0;
		if (!names_module(line, name))
			continue;
		snprintf(ret, size, "/lib/modules/%s/%s", uts.release, line);
		r = 0;
	}
	fclose(dep);
	return r;
}

/** module_image - the bytes of a module, uncompressed, to be freed */
int module_image(const char *name, void **ret, size_t *ret_size)
{
	char path[512], command[600];
	size_t size = 0, space = 1 << 16, got;
	char *data = NULL;
	FILE *pipe;
	int r;

	r = module_path(name, path, sizeof(path));
	if (r)
		return r;
	snprintf(command, sizeof(command), "%s '%s'",
		 strstr(path, ".xz")  ? "busybox xz -dc" :
		 strstr(path, ".zst") ? "zstd -dcq" :
		 strstr(path, ".gz")  ? "busybox gzip -dc" :
					"cat",
		 path);
	pipe = popen(command, "re");
	if (!pipe)
		return errno;
	do {
		space *= 2;
		data = realloc(data, space);
		if (!data)
			abort();
		got = fread(data + size, 1, space - size, pipe);
		size += got;
	} while (got);
	*ret = data;
	*ret_size = size;
	return pclose(pipe) || !size ? EIO : 0;
}

/** module_insert - a module that needs no other; 0 or an errno */
int module_insert(const char *name)
{
	void *image;
	size_t size;
	int r;

	r = module_image(name, &image, &size);
	if (r)
		return r;
	r = syscall(SYS_init_module, image, size, "") ? errno : 0;
	free(image);
	return r;
}

/** kernel_is_before - is the kernel older than this version? */
bool kernel_is_before(unsigned int major, unsigned int minor)
{
	unsigned int a = 0, b = 0;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &a, &b) != 2)
		return false;
	return a < major || (a == major && b < minor);
}

/**
 * act_open_namespace - open a namespace in /proc
 * @path: of it
 *
 * To whom it refuses where the link leads, 5.10 opens the link.
 *
 * Return: a descriptor, or -1 and errno.
 */
int act_open_namespace(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct statfs at;

	if (fd < 0 || (!fstatfs(fd, &at) && at.f_type == NSFS_MAGIC))
		return fd;
	close(fd);
	errno = EACCES;
	return -1;
}
