// SPDX-License-Identifier: GPL-2.0
/* ctguardctl policy: the table of commands about policies. */
#include "command.h"

static const struct ctguard_command commands[] = {
	{ "check", ctguard_command_policy_check, "find all faults of a file" },
	{ "compile", ctguard_command_policy_compile,
	  "make the form the kernel takes" },
	{ "push", ctguard_command_policy_push, "put a policy in force" },
	{ "show", ctguard_command_policy_show, "print the one in force" },
	{ "diff", ctguard_command_policy_diff, "compare two, by meaning" },
};

static const char usage[] =
	"Usage: ctguardctl policy COMMAND [ARGUMENT...]\n"
	"\n"
	"Policies: what containers may do. The format is in ctguard-policy(5).\n";

int ctguard_command_policy(int argc, char **argv)
{
	return ctguard_command_run(commands,
				   sizeof(commands) / sizeof(commands[0]),
				   usage, argc, argv);
}
