/* SPDX-License-Identifier: GPL-2.0 */
/* Things to try, for box_run(): each returns 0 or its errno. */
#ifndef KS_ACTS_H
#define KS_ACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/io_uring.h>

/*
 * Ports and system calls by a 32-bit table that every program can call. Elsewhere
 * acts by them say ENOSYS, and their tests are skipped.
 */
#ifdef __x86_64__
#include <sys/io.h>
#define IS_X86 1
#else
#include <errno.h>
#define IS_X86 0
#define ioperm(from, count, on) (errno = ENOSYS, -1)
#define iopl(level) (errno = ENOSYS, -1)
#endif

/* A file and how it is opened. */
struct act_file {
	const char *path;
	int flags;
};

/* Who makes a request of io_uring. */
enum uring_way {
	URING_ITSELF,
	URING_WORKER,	  /* a thread of io-wq */
	URING_THREAD,	  /* the one that polls the ring */
	URING_PERSONALITY /* the caller, who is root by a registered identity */
};

/* A ring, of one request. */
struct ring {
	int fd;
	enum uring_way way;
	int personality;
	struct io_uring_params p;
};

int act_open(const void *file);
int act_open_path_first(const void *file);
int act_open_uring(const void *file);
int act_open_uring_worker(const void *file);
int act_nothing(const void *unused);

int ring_make(struct ring *ring, enum uring_way way);
int ring_do(struct ring *ring, const struct io_uring_sqe *request);
int uring_do_by(enum uring_way way, const struct io_uring_sqe *request);
bool kernel_is_before(unsigned int major, unsigned int minor);
int act_open_namespace(const char *path);
bool uring_has(unsigned int opcode);
int uring_do(const struct io_uring_sqe *request);
int uring_open(const char *path, int flags, bool worker);
int call_ia32(int number, unsigned long a, unsigned long b, unsigned long c);
int pass_fd(int socket, int fd);
int take_fd(int socket);
int write_whole(const char *path, const char *text);
ssize_t read_whole(const char *path, char *to, size_t size);
int make_scratch(char *path, size_t size);
void remove_scratch(const char *path);
int make_swap(const char *path);

bool module_is_loaded(const char *name);
int module_remove(const char *name);
int module_insert(const char *name);
int module_path(const char *name, char *ret, size_t size);
int module_image(const char *name, void **ret, size_t *ret_size);

#endif /* KS_ACTS_H */
