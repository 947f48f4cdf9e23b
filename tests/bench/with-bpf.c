// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a command while the programs of one kind of a BPF object are attached.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

/* All programs whose names begin with this; how many, or a value below 0. */
static int attach(struct bpf_object *object, const char *kind)
{
	struct bpf_program *program;
	int count = 0;

	bpf_object__for_each_program(program, object) bpf_program__set_autoload(
		program,
		!strncmp(bpf_program__name(program), kind, strlen(kind)));
	if (bpf_object__load(object))
		return -1;
	bpf_object__for_each_program(program, object)
	{
		if (!bpf_program__autoload(program))
			continue;
		if (!bpf_program__attach(program))
			return -1;
		count++;
	}
	return count;
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	int status;
	pid_t pid;

	if (argc < 4) {
		fprintf(stderr, "Usage: with-bpf OBJECT KIND COMMAND...\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || attach(object, argv[2]) <= 0) {
		perror("with-bpf");
		return 1;
	}
	pid = fork();
	if (!pid) {
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(1);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
