// SPDX-License-Identifier: GPL-2.0
/* ctguard-verify export: the table of its commands, and the short ones. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../lib/json.h"
#include "base64.h"
#include "command.h"
#include "load.h"

static const struct ctguard_command commands[] = {
	{ "reference", command_export_reference,
	  "a reference of what evidence shows, to be reviewed" },
	{ "keylime-policy", command_export_keylime_policy,
	  "runtime policy of Keylime" },
	{ "keylime-evidence", command_export_keylime_evidence,
	  "body for Keylime's /verify/evidence" },
	{ "tcg2", command_export_tcg2, "the log, for tpm2_eventlog" },
	{ "cmw", command_export_cmw, "a conceptual message wrapper" },
};

static const char usage[] =
	"Usage: ctguard-verify export FORM [ARGUMENT...]\n"
	"\n"
	"Writes references and evidence for other programs. Nothing is checked.\n";

int command_export(int argc, char **argv)
{
	return ctguard_command_run(commands,
				   sizeof(commands) / sizeof(*commands), usage,
				   argc, argv);
}

int command_export_tcg2(int argc, char **argv)
{
	static const char help[] =
		"Usage: ctguard-verify export tcg2 [--output FILE] EVIDENCE\n"
		"\n"
		"Writes the guard's log in the TCG2 form, which tpm2_eventlog reads.\n";
	LOADED loaded = { 0 };
	struct load_options options;
	struct ctguard_error error;
	const struct span *log = &loaded.check.members[EVIDENCE_TCG2];
	int status = load_options_read(argc, argv, help, false, true, &options);

	if (status >= 0)
		return status;
	if (load_evidence(options.path, &loaded, &error) < 0 ||
	    command_write(options.output, log->data, log->size, 1, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

/* The JSON record of RFC 9999: type, value, indicator "evidence". */
int command_export_cmw(int argc, char **argv)
{
	static const char help[] =
		"Usage: ctguard-verify export cmw [--output FILE] EVIDENCE\n"
		"\n"
		"Writes evidence as a conceptual message wrapper, a JSON record.\n";
	CTGUARD_FREE char *value = NULL, *text = NULL;
	LOADED loaded = { 0 };
	struct load_options options;
	struct ctguard_error error;
	size_t size = 0;
	int status = load_options_read(argc, argv, help, false, true, &options);

	if (status >= 0)
		return status;
	/* Read twice: the first time says that it is evidence. */
	if (load_evidence(options.path, &loaded, &error) < 0 ||
	    item_read(options.path, &loaded.worker, &size, &error) < 0)
		return ctguard_command_failed(&error);
	value = base64_make(loaded.worker.data, size, true);
	text = ctguard_alloc_format(
		"[\"application/vnd.ctguard.evidence+tar\",\"%s\",4]\n", value);
	if (command_write(options.output, text, strlen(text), 0, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
