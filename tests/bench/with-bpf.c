// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a command while one program of a BPF object is attached.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

/* NULL, or the link of the program of this name. */
static struct bpf_link *attach(struct bpf_object *object, const char *name)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, false);
	program = bpf_object__find_program_by_name(object, name);
	if (!program || bpf_program__set_autoload(program, true) ||
	    bpf_object__load(object))
		return NULL;
	return bpf_program__attach(program);
}

int main(int argc, char **argv)
{
	struct bpf_object *object;
	int status;
	pid_t pid;

	if (argc < 4) {
		fprintf(stderr, "Usage: with-bpf OBJECT PROGRAM COMMAND...\n");
		return 2;
	}
	object = bpf_object__open_file(argv[1], NULL);
	if (!object || !attach(object, argv[2])) {
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
