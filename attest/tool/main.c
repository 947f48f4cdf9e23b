// SPDX-License-Identifier: GPL-2.0
/* ctguard-verify: the table of commands. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../include/version.h"
#include "../../userspace/lib/error.h"
#include "command.h"
#include "sandbox.h"

static const struct ctguard_command commands[] = {
	{ "nonce", command_nonce, "make one for a host" },
	{ "enroll", command_enroll, "begin, finish, renew, list, remove, ..." },
	{ "check", command_check, "whether a host can be trusted" },
	{ "dump", command_dump, "show what evidence says, without checks" },
	{ "export", command_export, "for Keylime and other programs" },
	{ "ca", command_ca, "roots of endorsement certificates" },
	{ "module", command_module, "approve builds of ctguard.ko" },
	{ "version", command_version, "of this program" },
};

static const char usage[] =
	"Usage: ctguard-verify COMMAND [ARGUMENT...]\n"
	"\n"
	"Checks the evidence of hosts that run ctguard. Needs no TPM and no network.\n"
	"\n"
	"Exit status: 0 trusted or done, 1 not trusted, 2 usage, 3 I/O or absent,\n"
	"4 malformed input. See ctguard-verify(1).\n";

int command_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("ctguard-verify %s\n", CTGUARD_VERSION);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

int main(int argc, char **argv)
{
	static char name[] = "ctguard-verify";
	struct ctguard_error error;

	if (argc > 0)
		argv[0] = name;
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return command_version(1, argv);
	/* A line at a time is too little for a batch. */
	setvbuf(stdout, NULL, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, 1 << 16);
	if (sandbox_enter(&error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_run(commands,
				   sizeof(commands) / sizeof(*commands), usage,
				   argc, argv);
}
