// SPDX-License-Identifier: GPL-2.0
/* A container's root, made by hand, and tasks that wait to run in it. */
#include "jail.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "acts.h"

#define RAN 42
#define BIG (16LL << 30)

struct image {
	Elf64_Ehdr elf;
	Elf64_Phdr segment;
	uint8_t code[24];
};

/* The smallest program: what it does, and then waits for a signal. */
enum does {
	ENDS, /* with 42 */
	STAYS,
	MOVES, /* unshare(CLONE_NEWNS) */
};

static void make_image(struct image *ret, enum does does)
{
	static const uint8_t ends[] = { 0xbf, RAN, 0, 0, 0,    0xb8,
					60,   0,   0, 0, 0x0f, 0x05 };
	static const uint8_t pauses[] = { 0xb8, 34,   0,    0,	 0,
					  0x0f, 0x05, 0xeb, 0xf7 };
	static const uint8_t unshares[] = { 0xbf, 0, 0, 2, 0,	 0xb8,
					    16,	  1, 0, 0, 0x0f, 0x05 };

	*ret = (struct image){
		.elf = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
				      ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			 .e_type = ET_EXEC,
			 .e_machine = EM_X86_64,
			 .e_version = EV_CURRENT,
			 .e_entry = 0x400000 + offsetof(struct image, code),
			 .e_phoff = offsetof(struct image, segment),
			 .e_ehsize = sizeof(Elf64_Ehdr),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 1 },
		.segment = { .p_type = PT_LOAD,
			     .p_flags = PF_R | PF_X,
			     .p_vaddr = 0x400000,
			     .p_filesz = sizeof(*ret),
			     .p_memsz = sizeof(*ret),
			     .p_align = 0x1000 },
	};
	if (does == ENDS) {
		memcpy(ret->code, ends, sizeof(ends));
	} else if (does == STAYS) {
		memcpy(ret->code, pauses, sizeof(pauses));
	} else {
		memcpy(ret->code, unshares, sizeof(unshares));
		memcpy(ret->code + sizeof(unshares), pauses, sizeof(pauses));
	}
}

static int put_file(const struct jail *jail, const char *part, const char *name,
		    const void *data, size_t size)
{
	char path[256];
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s/%s%s", jail->dir, part, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	if (fd < 0)
		return errno;
	if (write(fd, data, size) != (ssize_t)size)
		r = EIO;
	if (!strcmp(name, JAIL_BIG) && ftruncate(fd, BIG))
		r = errno;
	close(fd);
	return r;
}

static int put_text(const struct jail *jail, const char *part, const char *name,
		    const char *text)
{
	return put_file(jail, part, name, text, strlen(text));
}

static int fill(struct jail *jail)
{
	static const char *const dirs[] = { "",		  "/lower",
					    "/lower/bin", "/lower/vol",
					    "/upper",	  "/work",
					    "/merged",	  "/volume" };
	struct image ends, stays, moves;
	char path[128];
	unsigned int i;
	int r;

	make_image(&ends, ENDS);
	make_image(&stays, STAYS);
	make_image(&moves, MOVES);
	SHA256((void *)&ends, sizeof(ends), jail->program);
	for (i = 1; i < sizeof(dirs) / sizeof(*dirs); i++) {
		snprintf(path, sizeof(path), "%s%s", jail->dir, dirs[i]);
		if (mkdir(path, 0755))
			return errno;
	}
	r = put_file(jail, "lower", JAIL_LOWER, &ends, sizeof(ends));
	r = r ?: put_file(jail, "lower", JAIL_COPIED, &ends, sizeof(ends));
	r = r ?: put_file(jail, "lower", JAIL_STAYS, &stays, sizeof(stays));
	r = r ?: put_file(jail, "lower", JAIL_MOVES, &moves, sizeof(moves));
	r = r ?: put_file(jail, "lower", JAIL_BIG, &ends, sizeof(ends));
	r = r ?: put_file(jail, "volume", "/program", &ends, sizeof(ends));
	r = r ?: put_text(jail, "lower", JAIL_SCRIPT, "#!" JAIL_LOWER "\n");
	r = r ?: put_text(jail, "lower", JAIL_TRICK, "#!" JAIL_UPPER "\n");
	r = r ?: put_text(jail, "lower", JAIL_BROKEN, "what is this?\n");
	return r;
}

/* As an engine's "cp" would, in the overlay. */
static int fill_upper(struct jail *jail)
{
	struct image ends;
	char path[128];
	int r;

	make_image(&ends, ENDS);
	r = put_file(jail, "merged", JAIL_UPPER, &ends, sizeof(ends));
	r = r ?: put_text(jail, "merged", JAIL_NOTE, "#!" JAIL_LOWER "\n");
	snprintf(path, sizeof(path), "%s/merged%s", jail->dir, JAIL_COPIED);
	return r ?: chmod(path, 0775) ? errno : 0;
}

/** jail_make - 0 or an errno */
int jail_make(struct jail *jail)
{
	char options[512], path[128];
	int r;

	memset(jail, 0, sizeof(*jail));
	jail->root = -1;
	jail->upper = -1;
	r = make_scratch(jail->dir, sizeof(jail->dir));
	if (r)
		return r;
	if (mount("jail", jail->dir, "tmpfs", 0, "mode=755"))
		return errno;
	r = fill(jail);
	if (r)
		return r;
	snprintf(options, sizeof(options),
		 "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work",
		 jail->dir, jail->dir, jail->dir);
	snprintf(path, sizeof(path), "%s/merged", jail->dir);
	if (mount("jail", path, "overlay", 0, options))
		return errno;
	jail->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/upper", jail->dir);
	jail->upper = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (jail->root < 0 || jail->upper < 0)
		return errno;
	return fill_upper(jail);
}

void jail_remove(struct jail *jail)
{
	char path[128];

	if (!jail->dir[0])
		return;
	close(jail->root);
	close(jail->upper);
	snprintf(path, sizeof(path), "%s/merged", jail->dir);
	umount2(path, MNT_DETACH);
	umount2(jail->dir, MNT_DETACH);
	rmdir(jail->dir);
	jail->dir[0] = 0;
}

static int exec_fd(int fd)
{
	char *const arguments[] = { "inmate", NULL };
	char *const environment[] = { NULL };

	if (fd >= 0)
		syscall(SYS_execveat, fd, "", arguments, environment,
			AT_EMPTY_PATH);
	return errno;
}

static int exec_memory(void)
{
	int fd = memfd_create("program", 0);
	struct image image;

	make_image(&image, ENDS);
	if (fd < 0 || write(fd, &image, sizeof(image)) != sizeof(image))
		return errno;
	return exec_fd(fd);
}

static int exec_program(const char *program)
{
	char *const arguments[] = { "inmate", NULL };
	char *const environment[] = { NULL };

	if (!strcmp(program, JAIL_MEMORY))
		return exec_memory();
	if (!strcmp(program, JAIL_OPENED))
		return exec_fd(open(JAIL_LOWER, O_PATH));
	execve(program, arguments, environment);
	return errno;
}

static void __attribute__((noreturn))
exec_first(int ready, int go, const char *const *programs)
{
	int r = ENOENT;
	char c;

	if (write(ready, "", 1) != 1 || read(go, &c, 1) != 1)
		_exit(BOX_NO_ENTRY);
	for (; *programs; programs++)
		r = exec_program(*programs);
	_exit(r);
}

/* Into a mount namespace of its own, whose root is the jail's. */
static int enter_jail(const struct jail *jail)
{
	char volume[128], place[128], root[128];
	int r = box_unshare(CLONE_NEWNS);

	if (r)
		return r;
	snprintf(volume, sizeof(volume), "%s/volume", jail->dir);
	snprintf(root, sizeof(root), "%s/merged", jail->dir);
	snprintf(place, sizeof(place), "%s/vol", root);
	if (mount(volume, place, NULL, MS_BIND, NULL) || chroot(root) ||
	    chdir("/"))
		return errno;
	return 0;
}

struct pipes {
	int ready[2];
	int go[2];
};

static pid_t begin(struct inmate *inmate, struct pipes *p)
{
	if (pipe2(p->ready, O_CLOEXEC) || pipe2(p->go, O_CLOEXEC))
		return -1;
	inmate->pid = fork();
	if (inmate->pid)
		return inmate->pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	return 0;
}

/* In the parent: waits until the child is where it should be. */
static int wait_ready(struct inmate *inmate, struct pipes *p)
{
	char c;
	int r = 0;

	close(p->ready[1]);
	close(p->go[0]);
	inmate->go = p->go[1];
	if (read(p->ready[0], &c, 1) != 1)
		r = EIO;
	close(p->ready[0]);
	inmate->pidfd = syscall(SYS_pidfd_open, inmate->pid, 0);
	return r;
}

/**
 * inmate_start - a container's first task, which waits before its program
 * @inmate: it
 * @jail: its root; NULL for a mount namespace only
 * @box: its cgroup; NULL for none
 * @programs: which it tries to run, one after another
 */
int inmate_start(struct inmate *inmate, const struct jail *jail,
		 const struct box *box, const char *const *programs)
{
	struct pipes p;

	if (!begin(inmate, &p)) {
		if ((box && box_enter(box, 0)) ||
		    (jail ? enter_jail(jail) : box_unshare(CLONE_NEWNS)))
			_exit(BOX_NO_ENTRY);
		exec_first(p.ready[1], p.go[0], programs);
	}
	return wait_ready(inmate, &p);
}

/**
 * inmate_start_below - likewise, made by a task that is in the cgroup already
 *
 * So runc makes a container's first task. The inmate is the one above, and ends
 * as the one below does.
 */
int inmate_start_below(struct inmate *inmate, const struct jail *jail,
		       const struct box *box, const char *const *programs)
{
	struct pipes p;
	pid_t pid;

	if (!begin(inmate, &p)) {
		if (box_enter(box, 0))
			_exit(BOX_NO_ENTRY);
		pid = fork();
		if (pid)
			_exit(box_wait(pid));
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (enter_jail(jail))
			_exit(BOX_NO_ENTRY);
		exec_first(p.ready[1], p.go[0], programs);
	}
	return wait_ready(inmate, &p);
}

/**
 * inmate_start_forking - likewise, that runs none itself
 *
 * Each is run by a child of it, one after another, as in a container that was
 * restored. It ends as the first that fails, or the last.
 */
int inmate_start_forking(struct inmate *inmate, const struct jail *jail,
			 const struct box *box, const char *const *programs)
{
	struct pipes p;
	int r = RAN;
	char c;

	if (!begin(inmate, &p)) {
		if (box_enter(box, 0) || enter_jail(jail) ||
		    write(p.ready[1], "", 1) != 1 || read(p.go[0], &c, 1) != 1)
			_exit(BOX_NO_ENTRY);
		for (; r == RAN && *programs; programs++) {
			pid_t pid = fork();

			if (!pid)
				_exit(exec_program(*programs));
			r = box_wait(pid);
		}
		_exit(r);
	}
	return wait_ready(inmate, &p);
}

/** inmate_hook - a task in another's mount namespace, before it has its root */
int inmate_hook(struct inmate *inmate, const struct inmate *other,
		const struct box *box, const char *program)
{
	const char *const programs[] = { program, NULL };
	struct pipes p;
	char path[64];
	int ns;

	if (!begin(inmate, &p)) {
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", other->pid);
		ns = open(path, O_RDONLY | O_CLOEXEC);
		if (ns < 0 || box_enter(box, 0) || setns(ns, CLONE_NEWNS))
			_exit(BOX_NO_ENTRY);
		exec_first(p.ready[1], p.go[0], programs);
	}
	return wait_ready(inmate, &p);
}

/** inmate_join - a task from outside that joins another's mount namespace */
int inmate_join(struct inmate *inmate, const struct inmate *other,
		const struct box *box, const char *program)
{
	const char *const programs[] = { program, NULL };
	struct pipes p;
	char path[64];
	int root, ns;

	if (!begin(inmate, &p)) {
		snprintf(path, sizeof(path), "/proc/%d/root", other->pid);
		root = open(path, O_PATH | O_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/%d/ns/mnt", other->pid);
		ns = open(path, O_RDONLY | O_CLOEXEC);
		if (root < 0 || ns < 0 || box_enter(box, 0) ||
		    setns(ns, CLONE_NEWNS) || fchdir(root) || chroot(".") ||
		    chdir("/"))
			_exit(BOX_NO_ENTRY);
		exec_first(p.ready[1], p.go[0], programs);
	}
	return wait_ready(inmate, &p);
}

/** inmate_go - it may run its program */
void inmate_go(struct inmate *inmate)
{
	if (write(inmate->go, "", 1) != 1)
		perror("go");
}

/** inmate_wait - 0 if its program ran, the errno of its exec, or BOX_* */
int inmate_wait(struct inmate *inmate)
{
	int r = box_wait(inmate->pid);

	close(inmate->go);
	close(inmate->pidfd);
	return r == RAN ? 0 : r ?: BOX_CRASHED;
}

/** inmate_run - both */
int inmate_run(struct inmate *inmate)
{
	inmate_go(inmate);
	return inmate_wait(inmate);
}
