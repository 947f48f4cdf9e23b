// SPDX-License-Identifier: GPL-2.0
/* ctguardctl bind: guard a cgroup. */
#include <getopt.h>
#include <stddef.h>

#include "../lib/cgroup.h"
#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/link.h"
#include "command.h"

static const char usage[] =
	"Usage: ctguardctl bind CGROUP [--profile NAME]\n"
	"\n"
	"Guards a cgroup and all below it, until it is removed or unbound. CGROUP is a\n"
	"path from the root of the cgroup2 hierarchy, or of the directory.\n"
	"\n"
	"  -p, --profile NAME  of the policy in force; without it, the profile that the\n"
	"                      policy binds this path to, or its default\n";

int ctguard_command_bind(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "profile", required_argument, NULL, 'p' },
		{ 0 },
	};
	CTGUARD_LINK struct ctguard_link *link = NULL;
	const char *profile = NULL;
	struct ctguard_error error;
	uint64_t id;
	int option;

	while ((option = getopt_long(argc, argv, "hp:", options, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option != 'p')
			return ctguard_command_misused(argv, NULL);
		profile = optarg;
	}
	if (argc - optind != 1)
		return ctguard_command_misused(argv, "expected one cgroup");
	if (ctguard_cgroup_id(argv[optind], &id, &error) < 0 ||
	    ctguard_link_open(&link, &error) < 0 ||
	    ctguard_client_bind(link, id, profile, &error) < 0)
		return ctguard_command_failed(&error);
	return CTGUARD_EXIT_YES;
}
