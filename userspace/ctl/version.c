// SPDX-License-Identifier: GPL-2.0
/* ctguardctl version: of ctguardctl and of the module. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../../include/version.h"
#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/link.h"
#include "command.h"

static const char usage[] =
	"Usage: ctguardctl version\n"
	"\n"
	"Prints the versions of ctguardctl and, when it is loaded, of the module.\n";

int ctguard_command_version(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_status status;
	struct ctguard_error error;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		return ctguard_command_misused(argv, NULL);
	}
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	printf("ctguardctl %s, ABI %d, policy format %d\n", CTGUARD_VERSION,
	       CTGUARD_ABI, CTGUARD_POLICY_VERSION);
	if (ctguard_link_open(&link, &error) == 0 &&
	    ctguard_client_status(link, &status, &error) == 0) {
		const char *version = status.version ? status.version : "";
		CTGUARD_FREE char *shown =
			ctguard_escape_terminal(version, strlen(version));

		printf("module %s, ABI %u\n", shown, status.abi);
		ctguard_client_status_clear(&status);
	}
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
