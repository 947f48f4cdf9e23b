// SPDX-License-Identifier: GPL-2.0
/* ctguardctl image remove: take an image off a list. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../lib/error.h"
#include "../lib/escape.h"
#include "approved_file.h"
#include "command.h"

static const char usage[] =
	"Usage: ctguardctl image remove [--list FILE] DIGEST...\n"
	"\n"
	"Takes images off a list. DIGEST is config:sha256:HEX or manifest:sha256:HEX.\n"
	"Ends with 1 when one is not there. Running containers are never stopped.\n"
	"\n"
	"  -l, --list FILE  instead of " CTGUARD_APPROVED_DEFAULT "\n";

static int take_off(const char *list, const char *digest,
		    struct ctguard_error *error)
{
	CTGUARD_APPROVED_FILE struct ctguard_approved_file file = { .lock = -1 };
	CTGUARD_FREE char *shown =
		ctguard_escape_terminal(digest, strlen(digest));
	struct ctguard_approved approved = { 0 };
	const struct ctguard_approved *found;

	if (!ctguard_approved_read(CTGUARD_APPROVED_IMAGES, digest,
				   strlen(digest), &approved))
		return ctguard_error_set(
			error, CTGUARD_EXIT_USAGE, 0,
			"found \"%.100s\", expected %s", shown,
			ctguard_approved_expected(CTGUARD_APPROVED_IMAGES,
						  digest, strlen(digest)));
	if (ctguard_approved_file_read(list, true, &file, error) < 0)
		return -1;
	found = ctguard_approved_find(&file.approvals, approved.type,
				      approved.sha256);
	if (!found)
		return ctguard_error_set(error, CTGUARD_EXIT_NO, 0,
					 "%s: found no %s", list, shown);
	return ctguard_approved_file_remove(&file, found, error);
}

int ctguard_command_image_remove(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "list", required_argument, NULL, 'l' },
		{ 0 },
	};
	const char *list = CTGUARD_APPROVED_DEFAULT;
	struct ctguard_error error;
	int option;

	while ((option = getopt_long(argc, argv, "hl:", options, NULL)) != -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option != 'l')
			return ctguard_command_misused(argv, NULL);
		list = optarg;
	}
	if (optind == argc)
		return ctguard_command_misused(argv, "no digest given");
	for (; optind < argc; optind++)
		if (take_off(list, argv[optind], &error) < 0)
			return ctguard_command_failed(&error);
	return CTGUARD_EXIT_YES;
}
