// SPDX-License-Identifier: GPL-2.0
/* ctguardctl unbind: guard no longer what bind guarded. */
#include <getopt.h>
#include <stddef.h>

#include "../lib/cgroup.h"
#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/link.h"
#include "command.h"

static const char usage[] =
	"Usage: ctguardctl unbind CGROUP\n"
	"\n"
	"Undoes 'ctguardctl bind CGROUP'. What the policy guards by pattern stays\n"
	"guarded.\n";

int ctguard_command_unbind(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_error error;
	uint64_t id;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		return ctguard_command_misused(argv, NULL);
	}
	if (argc - optind != 1)
		return ctguard_command_misused(argv, "expected one cgroup");
	if (ctguard_cgroup_id(argv[optind], &id, &error) < 0 ||
	    ctguard_link_open(&link, &error) < 0 ||
	    ctguard_client_unbind(link, id, &error) < 0)
		return ctguard_command_failed(&error);
	return CTGUARD_EXIT_YES;
}
