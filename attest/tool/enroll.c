// SPDX-License-Identifier: GPL-2.0
/* ctguard-verify enroll: the table of its commands. */
#include "command.h"

static const struct ctguard_command commands[] = {
	{ "begin", command_enroll_begin, "make a credential for a host" },
	{ "finish", command_enroll_finish, "by what the host's TPM recovered" },
	{ "renew", command_enroll_renew,
	  "forget counters, as after tpm2_clear" },
	{ "reference", command_enroll_reference, "give a host another one" },
	{ "list", command_enroll_list, "hosts that are enrolled" },
	{ "remove", command_enroll_remove, "forget a host" },
};

static const char usage[] =
	"Usage: ctguard-verify enroll COMMAND [ARGUMENT...]\n"
	"\n"
	"Binds the name of a host to a key of its TPM.\n";

int command_enroll(int argc, char **argv)
{
	return ctguard_command_run(commands,
				   sizeof(commands) / sizeof(*commands), usage,
				   argc, argv);
}
