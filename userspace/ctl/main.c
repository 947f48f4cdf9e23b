// SPDX-License-Identifier: GPL-2.0
/* ctguardctl: the table of commands. */
#include <locale.h>
#include <string.h>

#include "command.h"

static const struct ctguard_command commands[] = {
	{ "policy", ctguard_command_policy,
	  "check, compile, push, show and compare policies" },
	{ "mode", ctguard_command_mode, "show or set what a refusal does" },
	{ "status", ctguard_command_status, "what the guard does, as proven" },
	{ "containers", ctguard_command_containers, "what is guarded" },
	{ "bind", ctguard_command_bind, "guard a cgroup" },
	{ "unbind", ctguard_command_unbind, "guard it no longer" },
	{ "monitor", ctguard_command_monitor, "events as they come" },
	{ "explain", ctguard_command_explain,
	  "what the guard would answer, and by which rule" },
	{ "attest", ctguard_command_attest,
	  "prove to a verifier what this host runs" },
	{ "image", ctguard_command_image,
	  "measure images, and keep the list of approved ones" },
	{ "version", ctguard_command_version, "of ctguardctl and the module" },
};

static const char usage[] =
	"Usage: ctguardctl COMMAND [ARGUMENT...]\n"
	"\n"
	"Controls ctguard, the kernel module that guards containers.\n"
	"\n"
	"Exit status: 0 yes or done, 1 no, 2 usage, 3 kernel or I/O or absent,\n"
	"4 malformed input. See ctguardctl(8).\n";

int main(int argc, char **argv)
{
	static char name[] = "ctguardctl";

	setlocale(LC_TIME, "");
	if (argc > 0)
		argv[0] = name;
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return ctguard_command_version(1, argv);
	return ctguard_command_run(commands,
				   sizeof(commands) / sizeof(commands[0]),
				   usage, argc, argv);
}
