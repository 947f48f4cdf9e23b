// SPDX-License-Identifier: GPL-2.0
/* ctguard-verify module approve: a build of ctguard.ko for a host. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/digest.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/file.h"
#include "../lib/json.h"
#include "../lib/store.h"
#include "command.h"
#include "options.h"

#define MODULE_MAX (64 << 20)

static const char usage[] =
	"Usage: ctguard-verify module approve --host NAME --kernel RELEASE FILE\n"
	"       ctguard-verify module approve --host NAME --kernel RELEASE sha256:HEX\n"
	"\n"
	"Approves a build of ctguard.ko for a host, in its reference. Others that\n"
	"share the reference keep theirs.\n"
	"\n"
	"  -n, --host NAME       enrolled host\n"
	"  -k, --kernel RELEASE  as uname -r prints it there\n"
	"  -s, --state DIR       state directory\n";

static int digest_of(const char *argument, uint8_t ret_digest[32],
		     struct ctguard_error *error)
{
	CTGUARD_FREE char *data = NULL;
	size_t size;

	if (command_digest(argument, ret_digest))
		return 0;
	if (ctguard_file_read(argument, MODULE_MAX, &data, &size, error) < 0)
		return -1;
	return ctguard_digest_make(data, size, ret_digest, error);
}

static int approve(const struct host_options *options, const char *argument,
		   struct ctguard_error *error)
{
	STORE_CLOSE struct store store = { 0 };
	struct record record, *all[] = { &record };
	const struct reference *reference;
	uint8_t digest[CTGUARD_DIGEST_SIZE];
	char text[CTGUARD_DIGEST_TEXT];
	JSON_PUT json_t *json = NULL;
	int r;

	if (digest_of(argument, digest, error) < 0 ||
	    command_open(&store, options->state, error) < 0 ||
	    command_host(&store, options->host, &record, error) < 0)
		return -1;
	if (!*record.reference)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "host %s has no reference",
					 record.host);
	if (store_reference(&store, record.reference, &reference, error) < 0)
		return -1;
	json = json_deep_copy(reference->json);
	ctguard_digest_text(digest, text);
	r = reference_add_module(json, options->file, text);
	if (r < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_USAGE, 0,
					 "--kernel: it is not UTF-8");
	if (r) {
		if (store_save_reference(&store, json, record.reference,
					 error) < 0 ||
		    store_save(&store, (const struct record *const *)all, 1,
			       error) < 0)
			return -1;
	}
	printf("host %s: ctguard.ko sha256:%s for %s\n", record.host, text,
	       options->file);
	return 0;
}

static int command_module_approve(int argc, char **argv)
{
	struct host_options options;
	struct ctguard_error error;
	int status = host_options_read(argc, argv, usage,
				       OPTION_HOST | OPTION_KERNEL, &options);

	if (status >= 0)
		return status;
	if (!options.file || optind + 1 != argc)
		return ctguard_command_misused(
			argv, "expected --kernel RELEASE and a file or sha256");
	if (approve(&options, argv[optind], &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

int command_module(int argc, char **argv)
{
	static const struct ctguard_command commands[] = {
		{ "approve", command_module_approve, "for a host" },
	};
	static const char table[] =
		"Usage: ctguard-verify module COMMAND [ARGUMENT...]\n";

	return ctguard_command_run(commands, 1, table, argc, argv);
}
