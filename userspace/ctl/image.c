// SPDX-License-Identifier: GPL-2.0
/* ctguardctl image: the table of commands about images. */
#include "command.h"

static const struct ctguard_command commands[] = {
	{ "measure", ctguard_command_image_measure, "print what an image is" },
	{ "approve", ctguard_command_image_approve,
	  "measure an image, and add it to a list" },
	{ "list", ctguard_command_image_list, "print a list" },
	{ "remove", ctguard_command_image_remove, "take an image off a list" },
	{ "verify", ctguard_command_image_verify,
	  "compare images with a list; what each engine can prove" },
};

static const char usage[] =
	"Usage: ctguardctl image COMMAND [ARGUMENT...]\n"
	"\n"
	"Images of containers. A policy includes the lists that are kept here.\n";

int ctguard_command_image(int argc, char **argv)
{
	return ctguard_command_run(commands,
				   sizeof(commands) / sizeof(commands[0]),
				   usage, argc, argv);
}
