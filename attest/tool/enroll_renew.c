// SPDX-License-Identifier: GPL-2.0
/* ctguard-verify enroll renew, reference, list, remove: of enrolled hosts. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/digest.h"
#include "../../userspace/lib/error.h"
#include "../lib/json.h"
#include "../lib/store.h"
#include "command.h"
#include "options.h"

static int save(struct store *store, const struct record *record,
		struct ctguard_error *error)
{
	const struct record *const all[] = { record };

	return store_save(store, all, 1, error);
}

static int set_reference(const struct host_options *options,
			 const struct store *store, struct record *record,
			 struct ctguard_error *error)
{
	JSON_PUT json_t *json = NULL;

	if (command_reference(options->reference, options->images, &json, NULL,
			      error) < 0)
		return -1;
	return store_save_reference(store, json, record->reference, error);
}

static int renew(const struct host_options *options, bool counters,
		 struct ctguard_error *error)
{
	STORE_CLOSE struct store store = { 0 };
	struct record record;

	if (command_open(&store, options->state, error) < 0 ||
	    command_host(&store, options->host, &record, error) < 0 ||
	    (options->reference &&
	     set_reference(options, &store, &record, error) < 0))
		return -1;
	if (counters) {
		record.quoted = false;
		record.log.known = false;
		record.nonce_count = 0;
	}
	return save(&store, &record, error);
}

int command_enroll_renew(int argc, char **argv)
{
	static const char usage[] =
		"Usage: ctguard-verify enroll renew --host NAME [--reference FILE]\n"
		"\n"
		"Forgets the counters of a host's TPM, which tpm2_clear begins anew, and its\n"
		"nonces. The last policy seen is not forgotten.\n"
		"\n"
		"  -n, --host NAME       enrolled host\n"
		"  -r, --reference FILE  give it another reference, too\n"
		"  -i, --images FILE     with this list of images\n"
		"  -s, --state DIR       state directory\n";
	struct host_options options;
	struct ctguard_error error;
	int status = host_options_read(
		argc, argv, usage, OPTION_HOST | OPTION_REFERENCE, &options);

	if (status >= 0)
		return status;
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	if (renew(&options, true, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

int command_enroll_reference(int argc, char **argv)
{
	static const char usage[] =
		"Usage: ctguard-verify enroll reference --host NAME --reference FILE\n"
		"\n"
		"Gives a host another reference.\n"
		"\n"
		"  -n, --host NAME       enrolled host\n"
		"  -r, --reference FILE  what it shall be\n"
		"  -i, --images FILE     with this list of images\n"
		"  -s, --state DIR       state directory\n";
	struct host_options options;
	struct ctguard_error error;
	int status = host_options_read(
		argc, argv, usage, OPTION_HOST | OPTION_REFERENCE, &options);

	if (status >= 0)
		return status;
	if (!options.reference || optind < argc)
		return ctguard_command_misused(argv,
					       "expected --reference FILE");
	if (renew(&options, false, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

static bool print(void *data, const struct record *record)
{
	const bool *json = data;
	char ek[CTGUARD_DIGEST_TEXT];
	json_t *object;

	ctguard_digest_text(record->ek, ek);
	if (!*json) {
		printf("%-24s sha256:%s  %s\n", record->host, ek,
		       record->trust);
		return true;
	}
	object = json_object();
	json_object_set_new(object, "host", json_string(record->host));
	json_object_set_new(object, "name",
			    json_from_hex(record->name, record->name_size));
	json_object_set_new(object, "ek_sha256", json_string(ek));
	json_object_set_new(object, "trust", json_string(record->trust));
	json_object_set_new(object, "enrolled",
			    json_integer((json_int_t)record->enrolled));
	json_object_set_new(object, "reference",
			    json_string(record->reference));
	json_dumpf(object, stdout, JSON_COMPACT | JSON_PRESERVE_ORDER);
	putchar('\n');
	json_decref(object);
	return true;
}

int command_enroll_list(int argc, char **argv)
{
	static const char usage[] =
		"Usage: ctguard-verify enroll list [--json]\n"
		"\n"
		"Lists hosts that are enrolled, with the fingerprints of their endorsement\n"
		"keys and how those were trusted.\n"
		"\n"
		"  -j, --json       a line for each, for programs\n"
		"  -s, --state DIR  state directory\n";
	STORE_CLOSE struct store store = { 0 };
	struct host_options options;
	struct ctguard_error error;
	int status =
		host_options_read(argc, argv, usage, OPTION_JSON, &options);

	if (status >= 0)
		return status;
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	if (store_open(&store, options.state, false, &error) < 0 ||
	    store_each(&store, print, &options.json, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}

int command_enroll_remove(int argc, char **argv)
{
	static const char usage[] =
		"Usage: ctguard-verify enroll remove --host NAME\n"
		"\n"
		"Forgets a host.\n"
		"\n"
		"  -n, --host NAME  enrolled host\n"
		"  -s, --state DIR  state directory\n";
	STORE_CLOSE struct store store = { 0 };
	struct host_options options;
	struct ctguard_error error;
	struct record record;
	int status =
		host_options_read(argc, argv, usage, OPTION_HOST, &options);

	if (status >= 0)
		return status;
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	if (store_open(&store, options.state, false, &error) < 0 ||
	    command_host(&store, options.host, &record, &error) < 0 ||
	    store_remove(&store, &record, &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
