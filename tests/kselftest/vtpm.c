// SPDX-License-Identifier: GPL-2.0
/* A TPM 2.0 of the test's own: what the kernel's driver asks of one. */
#include "vtpm.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/vtpm_proxy.h>
#include <openssl/sha.h>

#include "acts.h"

/* Names of the specification's part 2. */
#define ST_NO_SESSIONS 0x8001
#define CC_SELF_TEST 0x143
#define CC_STARTUP 0x144
#define CC_SHUTDOWN 0x145
#define CC_GET_CAPABILITY 0x17a
#define CC_GET_RANDOM 0x17b
#define CC_PCR_READ 0x17e
#define CC_PCR_EXTEND 0x182
#define CAP_COMMANDS 2
#define CAP_PCRS 5
#define CAP_PROPERTIES 6
#define RC_FAILURE 0x101
#define RC_COMMAND_CODE 0x143
#define ALG_SHA1 0x04
#define ALG_SHA256 0x0b
#define ALG_SM3 0x12

#define HEADER 10

static const uint32_t commands[] = { CC_SELF_TEST,  CC_STARTUP,
				     CC_SHUTDOWN,   CC_GET_CAPABILITY,
				     CC_GET_RANDOM, CC_PCR_READ,
				     CC_PCR_EXTEND };
#define COMMANDS (sizeof(commands) / sizeof(*commands))

/* A response in the making. */
struct response {
	size_t size;
	uint8_t data[4096];
};

static void put(struct response *r, uint32_t value, size_t size)
{
	while (size--)
		r->data[r->size++] = value >> 8 * size;
}

static uint32_t get(const uint8_t *at, size_t size)
{
	uint32_t r = 0;

	while (size--)
		r = r << 8 | *at++;
	return r;
}

static void put_bank(struct response *r, unsigned int alg)
{
	put(r, alg, 2);
	put(r, 3, 1);
	put(r, 0xffffff, 3);
}

static uint32_t capability(const struct vtpm *v, const uint8_t *command,
			   struct response *r)
{
	unsigned int i;

	put(r, 0, 1);
	switch (get(command + HEADER, 4)) {
	case CAP_COMMANDS:
		put(r, CAP_COMMANDS, 4);
		put(r, COMMANDS, 4);
		for (i = 0; i < COMMANDS; i++)
			put(r, commands[i], 4);
		return 0;
	case CAP_PCRS:
		put(r, CAP_PCRS, 4);
		put(r, v->strange ? 3 : 2, 4);
		put_bank(r, ALG_SHA1);
		put_bank(r, ALG_SHA256);
		if (v->strange)
			put_bank(r, ALG_SM3);
		return 0;
	case CAP_PROPERTIES:
		put(r, CAP_PROPERTIES, 4);
		put(r, 1, 4);
		put(r, get(command + HEADER + 4, 4), 4);
		put(r, COMMANDS, 4);
		return 0;
	default:
		return RC_FAILURE;
	}
}

static uint32_t pcr_read(const struct vtpm *v, const uint8_t *command,
			 struct response *r)
{
	const uint8_t *selected = command + HEADER + 7;
	unsigned int alg = get(command + HEADER + 4, 2), pcr, size;
	const uint8_t *value;

	for (pcr = 0; pcr < VTPM_PCRS; pcr++)
		if (selected[pcr / 8] & 1 << pcr % 8)
			break;
	if (pcr == VTPM_PCRS)
		return RC_FAILURE;
	value = alg == ALG_SHA256 ? v->sha256[pcr] : v->sha1[pcr];
	size = alg == ALG_SHA256 ? 32 : 20;
	put(r, v->extends, 4);
	put(r, 1, 4);
	put(r, alg, 2);
	put(r, 3, 1);
	memcpy(r->data + r->size, selected, 3);
	r->size += 3;
	put(r, 1, 4);
	put(r, alg == ALG_SM3 ? 0 : size, 2);
	/* The kernel asks for it to learn how long it is. */
	if (alg == ALG_SM3)
		r->data[r->size - 1] = 32;
	memcpy(r->data + r->size, value, size);
	r->size += alg == ALG_SM3 ? 32 : size;
	return 0;
}

static void extend_one(uint8_t *value, const uint8_t *digest, size_t size)
{
	uint8_t both[64];

	memcpy(both, value, size);
	memcpy(both + size, digest, size);
	if (size == 20)
		SHA1(both, 40, value);
	else
		SHA256(both, 64, value);
}

static uint32_t pcr_extend(struct vtpm *v, const uint8_t *command)
{
	unsigned int pcr = get(command + HEADER, 4), count, alg;
	const uint8_t *at;

	if (pcr >= VTPM_PCRS)
		return RC_FAILURE;
	at = command + HEADER + 4;
	at += 4 + get(at, 4); /* the session */
	count = get(at, 4);
	at += 4;
	while (count--) {
		alg = get(at, 2);
		at += 2;
		if (alg == ALG_SHA1) {
			extend_one(v->sha1[pcr], at, 20);
			at += 20;
		} else {
			if (alg == ALG_SHA256)
				extend_one(v->sha256[pcr], at, 32);
			at += 32;
		}
	}
	v->extends++;
	return 0;
}

static bool lies(enum vtpm_mood mood)
{
	return mood == VTPM_LIES || mood == VTPM_LIES_THEN_FAILS;
}

static uint32_t execute(struct vtpm *v, const uint8_t *command,
			struct response *r)
{
	enum vtpm_mood mood = v->mood;
	uint32_t code = get(command + 6, 4);

	switch (code) {
	case TPM2_CC_SET_LOCALITY:
	case CC_SELF_TEST:
	case CC_STARTUP:
	case CC_SHUTDOWN:
		return 0;
	}
	if (mood == VTPM_FAILS)
		return RC_FAILURE;
	switch (code) {
	case CC_GET_CAPABILITY:
		return capability(v, command, r);
	case CC_GET_RANDOM:
		put(r, 1, 2);
		put(r, 4, 1);
		return 0;
	case CC_PCR_READ:
		return pcr_read(v, command, r);
	case CC_PCR_EXTEND:
		if (mood == VTPM_REFUSES)
			return RC_FAILURE;
		if (mood == VTPM_LIES_THEN_FAILS)
			v->mood = VTPM_FAILS;
		if (mood == VTPM_SLOW)
			usleep(VTPM_SLOW_MS * 1000);
		return pcr_extend(v, command) ?: lies(mood) ? RC_FAILURE : 0;
	default:
		return RC_COMMAND_CODE;
	}
}

static void __attribute__((noreturn)) serve(struct vtpm *v, int fd)
{
	uint8_t command[4096];
	struct response r;
	uint32_t code;

	while (read(fd, command, sizeof(command)) >= HEADER) {
		r.size = HEADER;
		code = execute(v, command, &r);
		if (code)
			r.size = HEADER;
		memset(r.data, 0, HEADER);
		r.data[0] = ST_NO_SESSIONS >> 8;
		r.data[1] = ST_NO_SESSIONS & 255;
		r.data[4] = r.size >> 8;
		r.data[5] = r.size & 255;
		r.data[8] = code >> 8;
		r.data[9] = code & 255;
		if (write(fd, r.data, r.size) != (ssize_t)r.size)
			break;
	}
	_exit(0);
}

/* The proxy's device, whose node is there only with a devtmpfs. */
static int open_proxy(void)
{
	char text[32];
	unsigned int a, b;

	module_insert("tpm_vtpm_proxy");
	if (access("/dev/vtpmx", F_OK) &&
	    read_whole("/sys/class/misc/vtpmx/dev", text, sizeof(text)) > 0 &&
	    sscanf(text, "%u:%u", &a, &b) == 2)
		mknod("/dev/vtpmx", S_IFCHR | 0600, makedev(a, b));
	return open("/dev/vtpmx", O_RDWR | O_CLOEXEC);
}

/**
 * vtpm_start - a TPM, once the kernel has it
 *
 * Return: 0, or an errno: ENOENT without the proxy.
 */
int vtpm_start(struct vtpm **ret, bool strange)
{
	struct vtpm_proxy_new_dev new = { .flags = VTPM_PROXY_FLAG_TPM2 };
	int proxy = open_proxy(), i;
	char path[64];
	struct vtpm *v;
	pid_t pid;

	if (proxy < 0)
		return errno;
	v = mmap(NULL, sizeof(*v), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (v == MAP_FAILED || ioctl(proxy, VTPM_PROXY_IOC_NEW_DEV, &new)) {
		close(proxy);
		return errno;
	}
	close(proxy);
	v->strange = strange;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		serve(v, new.fd);
	}
	v->pid = pid;
	close(new.fd);
	*ret = v;
	/* It is there when the kernel has asked it for its banks. */
	snprintf(path, sizeof(path), "/sys/class/tpm/tpm%u/pcr-sha256",
		 new.tpm_num);
	for (i = 0; i < 200 && access(path, F_OK); i++)
		usleep(50000);
	return access(path, F_OK) ? ETIMEDOUT : 0;
}

/** vtpm_stop - it is pulled out */
void vtpm_stop(struct vtpm *v)
{
	int i;

	if (!v)
		return;
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
	munmap(v, sizeof(*v));
	for (i = 0; i < 100 && !access("/sys/class/tpm/tpm0", F_OK); i++)
		usleep(50000);
}

/** vtpm_extend - somebody else does */
void vtpm_extend(struct vtpm *v, unsigned int pcr)
{
	static const uint8_t digest[32] = { 1 };

	extend_one(v->sha1[pcr], digest, 20);
	extend_one(v->sha256[pcr], digest, 32);
}
