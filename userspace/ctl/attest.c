// SPDX-License-Identifier: GPL-2.0
/* ctguardctl attest: the table of commands about proofs. */
#include "command.h"

static const struct ctguard_command commands[] = {
	{ "init", ctguard_command_attest_init,
	  "make the keys and a request to enrol" },
	{ "activate", ctguard_command_attest_activate,
	  "answer the verifier's challenge" },
	{ "quote", ctguard_command_attest_quote,
	  "make evidence for a nonce of the verifier's" },
	{ "log", ctguard_command_attest_log, "print or save the measurements" },
	{ "status", ctguard_command_attest_status,
	  "what the TPM and the log are like" },
};

static const char usage[] =
	"Usage: ctguardctl attest COMMAND [ARGUMENT...]\n"
	"\n"
	"Proves to ctguard-verify(1) on another machine what this one runs.\n";

int ctguard_command_attest(int argc, char **argv)
{
	return ctguard_command_run(commands,
				   sizeof(commands) / sizeof(commands[0]),
				   usage, argc, argv);
}
