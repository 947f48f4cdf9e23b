// SPDX-License-Identifier: GPL-2.0
/* A container made by hand: a cgroup, and children that act in it. */
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include <linux/magic.h>

/** box_root - where the cgroup v2 hierarchy is mounted, or NULL */
const char *box_root(void)
{
	static const char *const places[] = { "/sys/fs/cgroup",
					      "/sys/fs/cgroup/unified" };
	struct statfs fs;
	unsigned int i;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (!statfs(places[i], &fs) && fs.f_type == CGROUP2_SUPER_MAGIC)
			return places[i];
	return NULL;
}

/**
 * box_make - make a cgroup
 * @box: to be given to box_remove()
 * @name: from the root, "/a/b", whose parent is there; NULL for one of its own
 *
 * Return: 0 or an errno.
 */
int box_make(struct box *box, const char *name)
{
	const char *root = box_root();
	static unsigned int number;
	struct stat st;

	memset(box, 0, sizeof(*box));
	if (!root)
		return ENOENT;
	if (name)
		snprintf(box->path, sizeof(box->path), "%s%s", root, name);
	else
		snprintf(box->path, sizeof(box->path), "%s/ks-%d-%u", root,
			 getpid(), ++number);
	box->name = box->path + strlen(root);
	if (mkdir(box->path, 0755) || stat(box->path, &st))
		return errno;
	box->id = st.st_ino;
	return 0;
}

/**
 * box_make_docker - make a cgroup that is a container by its name
 * @box: to be given to box_remove()
 * @parent: from the root, "/docker"
 */
int box_make_docker(struct box *box, const char *parent)
{
	char name[256];
	uint8_t id[32];
	size_t i, at;
	int r;

	if (getrandom(id, sizeof(id), 0) != sizeof(id))
		return errno;
	at = snprintf(name, sizeof(name), "%s%s", box_root(), parent);
	if (mkdir(name, 0755) && errno != EEXIST)
		return errno;
	at = snprintf(name, sizeof(name), "%s/", parent);
	for (i = 0; i < sizeof(id); i++)
		at += snprintf(name + at, sizeof(name) - at, "%02x", id[i]);
	r = box_make(box, name);
	return r;
}

static void write_file(const char *directory, const char *name,
		       const char *text)
{
	char path[600];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Nobody is killed in a threaded one. */
	if (write(fd, text, strlen(text)) < 0 && errno != EOPNOTSUPP)
		perror(path);
	close(fd);
}

/** box_remove - kill who is in it and remove it; does nothing twice */
void box_remove(struct box *box)
{
	int i;

	if (!box->id)
		return;
	write_file(box->path, "cgroup.kill", "1");
	for (i = 0; i < 200 && rmdir(box->path) && errno == EBUSY; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		usleep(10000);
	}
	box->id = 0;
}

/** box_enter - move a process in; 0 for oneself. Return: 0 or an errno */
int box_enter(const struct box *box, pid_t pid)
{
	char path[600], text[32];
	int fd, r = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", box->path);
	snprintf(text, sizeof(text), "%d", pid);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		r = errno;
	close(fd);
	return r;
}

/**
 * box_unshare - namespaces of one's own; mounts do not propagate
 * @namespaces: CLONE_NEW*
 *
 * Return: 0 or an errno.
 */
int box_unshare(int namespaces)
{
	if (namespaces && unshare(namespaces))
		return errno;
	if (namespaces & CLONE_NEWNS &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return errno;
	return 0;
}

/**
 * box_start - begin an act in a child
 * @box: to do it in, or NULL to stay outside
 * @namespaces: CLONE_NEW* of its own, made inside the box
 * @act: what it does
 * @argument: of @act
 */
pid_t box_start(const struct box *box, int namespaces, act *act,
		const void *argument)
{
	pid_t pid = fork();
	int r;

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (box && box_enter(box, 0))
		_exit(BOX_NO_ENTRY);
	r = box_unshare(namespaces);
	if (r)
		_exit(BOX_NO_ENTRY);
	_exit(act(argument));
}

/** box_wait - what the act of box_start() returned */
int box_wait(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return BOX_CRASHED;
	return WEXITSTATUS(status);
}

/** box_run - an act in a child, to its end: 0, its errno or BOX_* */
int box_run(const struct box *box, int namespaces, act *act,
	    const void *argument)
{
	return box_wait(box_start(box, namespaces, act, argument));
}

static int exec_self(const void *argument)
{
	char *const arguments[] = { "sealed", NULL };

	(void)argument;
	execve("/proc/self/exe", arguments, NULL);
	return errno;
}

/* The program that box_seal() runs: this one, and nothing of it. */
static void __attribute__((constructor)) end_sealed(int argc, char **argv)
{
	if (argc == 1 && !strcmp(argv[0], "sealed"))
		_exit(0);
}

/** box_start_seal - begin what box_seal() does, in a child */
pid_t box_start_seal(const struct box *box)
{
	return box_start(box, CLONE_NEWNS, exec_self, NULL);
}

/**
 * box_seal - the container's first program runs: set-up is over
 *
 * Return: 0 or an errno.
 */
int box_seal(const struct box *box)
{
	return box_wait(box_start_seal(box));
}
