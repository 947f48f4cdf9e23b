// SPDX-License-Identifier: GPL-2.0
/* The options of commands that do something to a host's record. */
#include <getopt.h>
#include <string.h>

#include "command.h"
#include "options.h"

/**
 * host_options_read() - read them
 * @argc: of the command
 * @argv: of the command; arguments begin at optind then
 * @usage: for --help
 * @takes: OPTION_*
 * @ret_options: as typed
 *
 * Return: -1 when the command goes on, else the exit status to end with.
 */
int host_options_read(int argc, char **argv, const char *usage, int takes,
		      struct host_options *ret_options)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "state", required_argument, NULL, 's' },
		{ "host", required_argument, NULL, 'n' },
		{ "reference", required_argument, NULL, 'r' },
		{ "images", required_argument, NULL, 'i' },
		{ "secret-file", required_argument, NULL, 'f' },
		{ "kernel", required_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	int option, needs = 0;

	*ret_options = (struct host_options){ .state = COMMAND_STATE };
	while ((option = getopt_long(argc, argv, "hs:n:r:i:f:k:j", options,
				     NULL)) != -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 's':
			ret_options->state = optarg;
			continue;
		case 'n':
			needs = OPTION_HOST;
			ret_options->host = optarg;
			break;
		case 'r':
			needs = OPTION_REFERENCE;
			ret_options->reference = optarg;
			break;
		case 'i':
			needs = OPTION_REFERENCE;
			ret_options->images = optarg;
			break;
		case 'f':
			needs = OPTION_SECRET;
			ret_options->file = optarg;
			break;
		case 'k':
			needs = OPTION_KERNEL;
			ret_options->file = optarg;
			break;
		case 'j':
			needs = OPTION_JSON;
			ret_options->json = true;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
		if (!(takes & needs))
			return ctguard_command_misused(
				argv, "this option is not for it");
	}
	if (takes & OPTION_HOST && !ret_options->host)
		return ctguard_command_misused(argv, "expected --host NAME");
	if (ret_options->images && !ret_options->reference)
		return ctguard_command_misused(argv,
					       "--images needs --reference");
	return -1;
}
