// SPDX-License-Identifier: GPL-2.0
/* Evidence that is shown or written in another form. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/cleanup.h"
#include "../lib/json.h"
#include "command.h"
#include "load.h"

/**
 * load_options_read() - read the options of a command that takes evidence
 * @argc: of the command
 * @argv: of the command
 * @usage: for --help
 * @takes_reference: it has --host and --reference, one of which is needed
 * @needs_evidence: and a file
 * @ret_options: as typed
 *
 * Return: -1 when the command goes on, else the exit status to end with.
 */
int load_options_read(int argc, char **argv, const char *usage,
		      bool takes_reference, bool needs_evidence,
		      struct load_options *ret_options)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "output", required_argument, NULL, 'o' },
		{ "state", required_argument, NULL, 's' },
		{ "host", required_argument, NULL, 'n' },
		{ "reference", required_argument, NULL, 'r' },
		{ 0 },
	};
	int option;

	*ret_options = (struct load_options){ .state = COMMAND_STATE };
	while ((option = getopt_long(argc, argv, "ho:s:n:r:", options, NULL)) !=
	       -1) {
		if (option == 'h')
			return ctguard_command_help(usage);
		if (option == 'o')
			ret_options->output = optarg;
		else if (option == 's' && takes_reference)
			ret_options->state = optarg;
		else if (option == 'n' && takes_reference)
			ret_options->host = optarg;
		else if (option == 'r' && takes_reference)
			ret_options->reference = optarg;
		else
			return ctguard_command_misused(
				argv, option == '?' ?
					      NULL :
					      "this option is not for it");
	}
	if (takes_reference && !ret_options->host == !ret_options->reference)
		return ctguard_command_misused(
			argv, "expected either --host or --reference");
	if (optind < argc)
		ret_options->path = argv[optind++];
	if (optind < argc || (needs_evidence && !ret_options->path))
		return ctguard_command_misused(argv,
					       "expected one file of evidence");
	return -1;
}

/**
 * load_evidence() - read evidence, but for its logs
 * @path: of the file
 * @loaded: to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int load_evidence(const char *path, struct loaded *loaded,
		  struct ctguard_error *error)
{
	size_t size;

	if (hash_open(&loaded->worker.hash, error) < 0 ||
	    item_read(path, &loaded->worker, &size, error) < 0)
		return -1;
	return check_read(&loaded->check, path, loaded->worker.data, size,
			  &loaded->worker.hash, error);
}

/** load_clear() - free what load_evidence() got */
void load_clear(struct loaded *loaded)
{
	free(loaded->worker.data);
	hash_close(&loaded->worker.hash);
}

/**
 * load_reference() - the reference of a file or of a host
 * @options: say which
 * @ret_reference: to be freed
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int load_reference(const struct load_options *options,
		   struct reference **ret_reference,
		   struct ctguard_error *error)
{
	STORE_CLOSE struct store store = { 0 };
	const struct reference *reference;
	struct record record;

	if (options->reference)
		return command_reference(options->reference, NULL, NULL,
					 ret_reference, error);
	if (store_open(&store, options->state, false, error) < 0 ||
	    command_host(&store, options->host, &record, error) < 0)
		return -1;
	if (!*record.reference)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "host %s has no reference",
					 record.host);
	if (store_reference(&store, record.reference, &reference, error) < 0)
		return -1;
	return reference_from_json(record.reference, reference->json,
				   ret_reference, error);
}

/** load_write_json() - write to --output or standard output; 0 or -1 */
int load_write_json(const struct load_options *options, json_t *json,
		    struct ctguard_error *error)
{
	CTGUARD_FREE char *text = json_dumps(
		json, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	size_t length;

	if (!text)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "it cannot be written as JSON");
	length = strlen(text);
	text[length] = '\n'; /* in place of the NUL */
	return command_write(options->output, text, length + 1, 0, error);
}
