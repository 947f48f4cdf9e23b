// SPDX-License-Identifier: GPL-2.0
/*
 * The loaded module's family and its compiled policies, in a guest whose kernel
 * looks for faults. What of the module a request reaches is told by kcov and
 * guides libFuzzer; a fault ends the guest.
 *
 * An input is either 'P' and a compiled policy, which is uploaded whole, or 'M'
 * and messages, each as its length (u16), command, flags, and attributes as on
 * the wire. A few small numbers stand for what a random one never meets:
 * cgroups, descriptors, this process, the digest of what was uploaded.
 *
 * The input at work is kept in the file CTGUARD_LAST; CTGUARD_SEEDS is a
 * directory for what the tools would send.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/kcov.h>

#include "../../kselftest/box.h"
#include "../../kselftest/guard.h"

#define HEADERS (NLMSG_HDRLEN + 4)
#define COVER_SIZE (256 << 10)
#define COUNTERS (64 << 10)
#define FEWEST 50 /* places that one request must reach */

struct message {
	uint16_t length; /* of the attributes */
	uint8_t command;
	uint8_t flags;
};

__attribute__((section(
	"__libfuzzer_extra_counters"))) static uint8_t counters[COUNTERS];

/* Where in the module inputs came to, ever. */
static uint8_t seen[COUNTERS];
static unsigned int places;

static unsigned long *cover;
static struct link family;
static struct box box;
static int fds[4];
static int last = -1;

/* What the upload holds by now. */
static struct blob upload;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/*
 * Coverage
 */

static void cover_begin(void)
{
	__atomic_store_n(&cover[0], 0, __ATOMIC_RELAXED);
}

static unsigned long cover_end(void)
{
	unsigned long count = __atomic_load_n(&cover[0], __ATOMIC_RELAXED), i;

	for (i = 1; i <= count; i++) {
		unsigned long place = cover[i] * 0x9e3779b97f4a7c15UL >> 48;

		if (counters[place] < 255)
			counters[place]++;
		places += !seen[place];
		seen[place] = 1;
	}
	return count;
}

static void cover_open(void)
{
	int fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, COVER_SIZE))
		die("kcov");
	cover = mmap(NULL, COVER_SIZE * sizeof(*cover), PROT_READ | PROT_WRITE,
		     MAP_SHARED, fd, 0);
	if (cover == MAP_FAILED || ioctl(fd, KCOV_ENABLE, KCOV_TRACE_PC))
		die("kcov");
}

/*
 * Requests
 */

/* All answers that are there; a dump goes on meanwhile. */
static void drain(void)
{
	static uint8_t buffer[64 << 10];

	while (recv(family.fd, buffer, sizeof(buffer), MSG_DONTWAIT) > 0)
		;
}

static void take_data(const struct nlattr *a)
{
	const uint8_t *data = (const uint8_t *)a + NLA_HDRLEN;
	size_t size = a->nla_len - NLA_HDRLEN;

	if (upload.size + size > CTGUARD_POLICY_MAX_SIZE)
		return;
	upload.data = realloc(upload.data, upload.size + size + 1);
	memcpy(upload.data + upload.size, data, size);
	upload.size += size;
}

/* What small numbers stand for. */
static void replace(struct nlattr *a)
{
	uint8_t *value = (uint8_t *)a + NLA_HDRLEN;
	size_t size = a->nla_len - NLA_HDRLEN;
	uint32_t word = 0;

	if (size >= sizeof(word))
		memcpy(&word, value, sizeof(word));
	switch (a->nla_type) {
	case CTGUARD_A_POLICY_DATA:
		take_data(a);
		break;
	case CTGUARD_A_POLICY_SHA256:
		if (size == CTGUARD_SHA256_SIZE && !word)
			guard_sha256(&upload, value);
		break;
	case CTGUARD_A_CGROUP_ID:
		if (size == sizeof(box.id) && word < 4)
			memcpy(value, &box.id, size);
		break;
	case CTGUARD_A_PID:
		word = word < 4 ? (uint32_t)getpid() : word;
		if (size == sizeof(word))
			memcpy(value, &word, size);
		break;
	case CTGUARD_A_PIDFD:
	case CTGUARD_A_ROOT_FD:
	case CTGUARD_A_UPPER_FD:
		if (size == sizeof(word) && word < 4)
			memcpy(value, &fds[word], size);
		break;
	}
}

static void replace_all(uint8_t *at, size_t size)
{
	while (size >= NLA_HDRLEN) {
		struct nlattr *a = (void *)at;
		size_t step = NLA_ALIGN(a->nla_len);

		if (a->nla_len < NLA_HDRLEN || a->nla_len > size)
			return;
		replace(a);
		if (step > size)
			return;
		at += step;
		size -= step;
	}
}

static void ask(const struct message *m, const uint8_t *attributes)
{
	struct request request;

	if (m->length > sizeof(request.data) - HEADERS)
		return;
	/* ACK, ROOT and MATCH are those that the family looks at. */
	request_begin(&request, &family, m->command,
		      (m->flags & 1 ? NLM_F_DUMP : 0) |
			      (m->flags & 2 ? NLM_F_ACK : 0));
	memcpy(request.data + request.size, attributes, m->length);
	if (m->command == CTGUARD_CMD_POLICY_BEGIN)
		upload.size = 0;
	replace_all(request.data + request.size, m->length);
	request.size += m->length;
	if (!link_send(&family, &request))
		drain();
}

static void ask_all(const uint8_t *data, size_t size)
{
	struct message m;

	while (size >= sizeof(m)) {
		memcpy(&m, data, sizeof(m));
		data += sizeof(m);
		size -= sizeof(m);
		if (m.length > size)
			m.length = size;
		ask(&m, data);
		data += m.length;
		size -= m.length;
	}
}

/* Asks the new policy. */
static void explain(uint32_t operation, const char *fs, const char *object)
{
	struct request request;

	request_begin(&request, &family, CTGUARD_CMD_EXPLAIN, NLM_F_ACK);
	request_u32(&request, CTGUARD_A_OPERATION, operation);
	if (fs)
		request_string(&request, CTGUARD_A_FS, fs);
	request_string(&request, CTGUARD_A_OBJECT, object);
	request_u32(&request, CTGUARD_A_PID, getpid());
	if (!link_send(&family, &request))
		drain();
}

static void push(const uint8_t *data, size_t size)
{
	const struct blob blob = { (uint8_t *)data, size };

	if (guard_push(&family, &blob, 0))
		return;
	explain(CTGUARD_OP_MODULE_AUTOLOAD, NULL, "net-pf-38");
	explain(CTGUARD_OP_PSEUDOFS_WRITE, "proc", "/sys/kernel/core_pattern");
	explain(CTGUARD_OP_KERNEL_USE, NULL, "bpf/map_create");
	explain(CTGUARD_OP_TASK_ACCESS, NULL, "signal");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	if (last >= 0 && (pwrite(last, data, size, 0) != (ssize_t)size ||
			  ftruncate(last, size)))
		die("CTGUARD_LAST");
	cover_begin();
	if (*data == 'P')
		push(data + 1, size - 1);
	else
		ask_all(data + 1, size - 1);
	cover_end();
	return 0;
}

/*
 * Seeds
 */

static void write_seed(const char *name, const void *data, size_t size)
{
	const char *directory = getenv("CTGUARD_SEEDS");
	char path[512];
	FILE *file;

	if (!directory)
		return;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "we");
	if (!file || fwrite(data, size, 1, file) != 1 || fclose(file))
		die(path);
}

/* One seed of several requests. */
static size_t put(uint8_t *seed, size_t size, const struct request *r,
		  uint8_t command, uint8_t flags)
{
	struct message m = { r->size - HEADERS, command, flags };

	if (!size)
		seed[size++] = 'M';
	memcpy(seed + size, &m, sizeof(m));
	memcpy(seed + size + sizeof(m), r->data + HEADERS, m.length);
	return size + sizeof(m) + m.length;
}

/* As guard.c sends them; 0 where a number stands for what is not known yet. */
static void write_seeds(void)
{
	static const uint8_t digest[CTGUARD_SHA256_SIZE];
	static uint8_t seed[64 << 10];
	struct request r;
	uint8_t command;
	char name[32];
	size_t size;

	for (command = CTGUARD_CMD_STATUS_GET; command <= CTGUARD_CMD_MAX;
	     command++) {
		request_begin(&r, &family, command, 0);
		switch (command) {
		case CTGUARD_CMD_POLICY_BEGIN:
			request_u32(&r, CTGUARD_A_POLICY_SIZE, 4);
			size = put(seed, 0, &r, command, 2);
			request_begin(&r, &family, command, 0);
			command = CTGUARD_CMD_POLICY_DATA;
			request_u32(&r, CTGUARD_A_POLICY_OFFSET, 0);
			request_put(&r, CTGUARD_A_POLICY_DATA, "abcd", 4);
			size = put(seed, size, &r, command, 2);
			request_begin(&r, &family, command, 0);
			command = CTGUARD_CMD_POLICY_COMMIT;
			request_put(&r, CTGUARD_A_POLICY_SHA256, digest,
				    sizeof(digest));
			request_u32(&r, CTGUARD_A_TRIAL, 1000);
			size = put(seed, size, &r, command, 2);
			write_seed("upload", seed, size);
			continue;
		case CTGUARD_CMD_MODE_SET:
			request_u32(&r, CTGUARD_A_MODE, CTGUARD_MODE_ENFORCE);
			request_u32(&r, CTGUARD_A_TRIAL, 1000);
			break;
		case CTGUARD_CMD_TRIAL_END:
			request_u32(&r, CTGUARD_A_FLAGS, CTGUARD_TRIAL_REVERT);
			break;
		case CTGUARD_CMD_BIND:
		case CTGUARD_CMD_UNBIND:
			request_u64(&r, CTGUARD_A_CGROUP_ID, 0);
			if (command == CTGUARD_CMD_BIND)
				request_string(&r, CTGUARD_A_PROFILE,
					       "baseline");
			break;
		case CTGUARD_CMD_EXPLAIN:
			request_u32(&r, CTGUARD_A_OPERATION,
				    CTGUARD_OP_DEVICE_OPEN);
			request_u32(&r, CTGUARD_A_DEV_TYPE, CTGUARD_DEV_CHAR);
			request_u32(&r, CTGUARD_A_DEV_MAJOR, 1);
			request_u32(&r, CTGUARD_A_DEV_MINOR, 1);
			request_u32(&r, CTGUARD_A_ACCESS, 1);
			request_u32(&r, CTGUARD_A_PID, 0);
			break;
		case CTGUARD_CMD_CLAIM:
			request_u32(&r, CTGUARD_A_PIDFD, 0);
			request_u32(&r, CTGUARD_A_LEVEL, 1);
			request_put(&r, CTGUARD_A_CONFIG, digest,
				    sizeof(digest));
			request_u32(&r, CTGUARD_A_ROOT_FD, 1);
			request_u32(&r, CTGUARD_A_UPPER_FD, 2);
			break;
		case CTGUARD_CMD_GIVE_UP:
			request_u32(&r, CTGUARD_A_PIDFD, 0);
			break;
		case CTGUARD_CMD_LOG_ACK:
			request_u64(&r, CTGUARD_A_RECNUM, 1);
			request_put(&r, CTGUARD_A_PCR_VALUE, digest,
				    sizeof(digest));
			break;
		}
		size = put(seed, 0, &r, command, 2);
		/* As a dump, too; the kernel refuses it where it is none. */
		size = put(seed, size, &r, command, 3);
		snprintf(name, sizeof(name), "command-%u", command);
		write_seed(name, seed, size);
	}
}

static void tell(void)
{
	printf("places: %u\n", places);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *path = getenv("CTGUARD_LAST");
	struct status status;

	(void)argc;
	(void)argv;
	if (link_open(&family))
		die("no family");
	if (box_make(&box, NULL))
		die("no cgroup");
	fds[0] = syscall(SYS_pidfd_open, getpid(), 0);
	fds[1] = open("/", O_PATH | O_CLOEXEC);
	fds[2] = open("/tmp", O_PATH | O_CLOEXEC);
	fds[3] = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (path) {
		last = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (last < 0)
			die(path);
	}
	write_seeds();
	cover_open();
	/* Where this tells nothing, nothing below means anything. */
	cover_begin();
	if (guard_status(&family, &status))
		die("no status");
	if (cover_end() < FEWEST) {
		fprintf(stderr, "the module is built without KCOV\n");
		exit(1);
	}
	atexit(tell);
	return 0;
}
