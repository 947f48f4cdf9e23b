// SPDX-License-Identifier: GPL-2.0
/* ctguard-oci hook: the createRuntime hook of the OCI runtime specification. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#include "../lib/error.h"
#include "../lib/file.h"
#include "call.h"
#include "claim.h"
#include "command.h"
#include "state.h"

static const char usage[] =
	"Usage: ctguard-oci hook [OPTION...]\n"
	"\n"
	"Reads a container's state from standard input, as runtimes give it to a\n"
	"createRuntime hook, and claims of what image the container is. When that\n"
	"fails it ends with another status than 0, and the runtime gives up. The\n"
	"reason is told on standard error and to the journal.\n"
	"\n" CTGUARD_CLAIM_HELP;

static int claim(struct ctguard_claiming *claiming, struct ctguard_error *error)
{
	struct ctguard_state state = { .id = NULL };
	CTGUARD_FREE char *data = NULL;
	size_t size;
	int r;

	if (ctguard_file_read("-", CTGUARD_STATE_MAX, &data, &size, error) <
		    0 ||
	    ctguard_state_parse(data, size, &state, error) < 0) {
		ctguard_claim_log(LOG_ERR, NULL, error->text);
		return -1;
	}
	claiming->how.id = state.id;
	claiming->how.bundle = state.bundle;
	claiming->how.pid = state.pid;
	r = ctguard_claim_make(claiming, error);
	ctguard_state_clear(&state);
	return r;
}

int ctguard_oci_hook(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		CTGUARD_CLAIM_OPTIONS,
		{ 0 },
	};
	struct ctguard_claiming claiming;
	struct ctguard_error error;
	int option;

	ctguard_claim_defaults(&claiming);
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return CTGUARD_EXIT_YES;
		}
		if (!ctguard_claim_option(&claiming, option, optarg))
			return ctguard_oci_misused(
				"hook",
				option == '?' ?
					NULL :
					"expected 0, 1, 2 or 3 after --level");
	}
	if (optind < argc)
		return ctguard_oci_misused("hook", "expected no argument");
	if (!claim(&claiming, &error))
		return CTGUARD_EXIT_YES;
	fprintf(stderr, "ctguard-oci: %s\n", error.text);
	ctguard_call_tell_parent(error.text);
	return error.status ? error.status : CTGUARD_EXIT_SYSTEM;
}
