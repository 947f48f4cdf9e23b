// SPDX-License-Identifier: GPL-2.0
/*
 * ctguard-verify check: whether hosts can be trusted.
 *
 * Files are checked in batches, by threads that change nothing. Then what the
 * batch makes of the records is committed, and only then are its verdicts
 * printed: who reads "trusted" can rely on the nonce being used up. Two files
 * of one key in a batch would not see each other; the later ones are checked
 * again, one by one.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/escape.h"
#include "../../userspace/lib/file.h"
#include "../lib/json.h"
#include "../lib/nonce.h"
#include "command.h"
#include "item.h"

#define BATCH 256
#define JOBS_MAX 256

static const char usage[] =
	"Usage: ctguard-verify check [OPTION...] EVIDENCE...\n"
	"       ctguard-verify check [OPTION...] --spool DIR\n"
	"       ctguard-verify check --stateless --ak FILE --nonce-file FILE\n"
	"                            --reference FILE EVIDENCE...\n"
	"\n"
	"Checks evidence of enrolled hosts and says which parts of trust it shows.\n"
	"\n"
	"  -d, --spool DIR        each *.ctgev of a directory\n"
	"  -j, --jobs N           by as many threads: 1\n"
	"  -r, --reference FILE   instead of the one the host is enrolled with\n"
	"  -i, --images FILE      and this list of images\n"
	"  -b, --binding FILE     what the nonce was bound to\n"
	"      --json             a line for each file, for programs\n"
	"  -s, --state DIR        state directory\n"
	"      --stateless        without one: counters and nonces are not checked\n"
	"  -a, --ak FILE          the key that must have signed: TPM2B_PUBLIC\n"
	"  -n, --nonce-file FILE  the nonce that must be signed\n";

struct options {
	const char *state;
	const char *spool;
	const char *reference;
	const char *images;
	const char *binding;
	const char *ak;
	const char *nonce;
	unsigned long jobs;
	bool stateless;
	bool json;
};

struct run {
	struct item_terms terms;
	struct item *items;
	size_t count;
	atomic_size_t next;
	bool json;
	int status;
};

/* Malformed input is worse than distrust, a failing system than both. */
static void worst(int *status, int other)
{
	static const int ranks[] = {
		[CTGUARD_EXIT_YES] = 0,	      [CTGUARD_EXIT_NO] = 1,
		[CTGUARD_EXIT_MALFORMED] = 2, [CTGUARD_EXIT_USAGE] = 3,
		[CTGUARD_EXIT_SYSTEM] = 4,
	};

	if (ranks[other] > ranks[*status])
		*status = other;
}

static void *work(void *data)
{
	struct item_worker worker = { 0 };
	struct ctguard_error error;
	struct run *run = data;
	bool opened = hash_open(&worker.hash, &error) == 0;
	size_t i;

	while ((i = atomic_fetch_add(&run->next, 1)) < run->count) {
		struct item *item = &run->items[i];

		if (opened) {
			item_check(item, &run->terms, &worker);
		} else {
			item->error = error;
			item->failed = true;
		}
	}
	free(worker.data);
	hash_close(&worker.hash);
	return NULL;
}

/* Checks run->items by @jobs threads, this one among them. */
static void check_all(struct run *run, unsigned long jobs)
{
	pthread_t threads[JOBS_MAX];
	unsigned long started = 0;

	atomic_store(&run->next, 0);
	while (started + 1 < jobs && started + 1 < run->count &&
	       pthread_create(&threads[started], NULL, work, run) == 0)
		started++;
	work(run);
	while (started)
		pthread_join(threads[--started], NULL);
}

static bool changes(const struct item *item)
{
	return !item->failed && item->has_record &&
	       (item->change.nonce >= 0 || item->change.quote);
}

static bool same_key(const struct item *a, const struct item *b)
{
	return a->record.name_size == b->record.name_size &&
	       !memcmp(a->record.name, b->record.name, a->record.name_size);
}

static int commit(struct run *run, struct item *const *items, size_t count,
		  struct ctguard_error *error)
{
	const struct record *records[BATCH];
	size_t changed = 0;

	for (size_t i = 0; i < count; i++) {
		if (!changes(items[i]))
			continue;
		check_apply(&items[i]->check, &items[i]->change,
			    &items[i]->record);
		records[changed++] = &items[i]->record;
	}
	return store_save(run->terms.store, records, changed, error);
}

/* Again, after what came before it in the batch was committed. */
static int check_again(struct run *run, struct item *item,
		       struct ctguard_error *error)
{
	struct run one = { .terms = run->terms, .items = item, .count = 1 };

	item_clear(item);
	work(&one);
	/* References that were loaded now are the store's. */
	return commit(run, &item, 1, error);
}

static int commit_batch(struct run *run, struct item *items, size_t count,
			struct ctguard_error *error)
{
	struct item *first[BATCH], *later[BATCH];
	size_t firsts = 0, laters = 0;

	for (size_t i = 0; i < count; i++) {
		size_t j = 0;

		if (!changes(&items[i]))
			continue;
		while (j < firsts && !same_key(first[j], &items[i]))
			j++;
		if (j < firsts)
			later[laters++] = &items[i];
		else
			first[firsts++] = &items[i];
	}
	if (commit(run, first, firsts, error) < 0)
		return -1;
	for (size_t i = 0; i < laters; i++)
		if (check_again(run, later[i], error) < 0)
			return -1;
	return 0;
}

static void print_error(const struct item *item, bool json)
{
	CTGUARD_FREE char *file = NULL, *text = NULL;
	json_t *object;

	if (!json) {
		ctguard_command_failed(&item->error);
		return;
	}
	object = json_object();
	file = ctguard_escape_utf8(item->path, strlen(item->path));
	text = ctguard_escape_utf8(item->error.text, strlen(item->error.text));
	json_object_set_new(object, "file", json_string(file));
	json_object_set_new(object, "trusted", json_false());
	json_object_set_new(object, "error", json_string(text));
	json_object_set_new(object, "exit", json_integer(item->error.status));
	json_dumpf(object, stdout,
		   JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(object);
}

static void print(struct run *run, struct item *items, size_t count)
{
	char *text = NULL;
	size_t space = 0;

	for (size_t i = 0; i < count; i++) {
		struct item *item = &items[i];
		json_t *json;

		if (item->failed) {
			print_error(item, run->json);
			worst(&run->status, item->error.status);
			continue;
		}
		if (run->json) {
			json = verdict_json(&item->verdict);
			fwrite(text, 1, json_append(json, &text, &space, 0),
			       stdout);
			json_decref(json);
		} else {
			verdict_print(&item->verdict, stdout);
		}
		if (!verdict_trusted(&item->verdict))
			worst(&run->status, CTGUARD_EXIT_NO);
	}
	free(text);
	fflush(stdout);
}

static int check_files(struct run *run, char **paths, size_t count,
		       unsigned long jobs, struct ctguard_error *error)
{
	CTGUARD_FREE struct item *items = ctguard_alloc_zeroed(
		count < BATCH ? count : BATCH, sizeof(*items));
	int r = 0;

	for (size_t at = 0; at < count && !r; at += run->count) {
		run->items = items;
		run->count = count - at < BATCH ? count - at : BATCH;
		for (size_t i = 0; i < run->count; i++)
			items[i].path = paths[at + i];
		check_all(run, jobs);
		if (run->terms.store)
			r = commit_batch(run, items, run->count, error);
		if (!r)
			print(run, items, run->count);
		for (size_t i = 0; i < run->count; i++)
			item_clear(&items[i]);
	}
	return r;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_spool(const char *path, char ***ret_paths, size_t *ret_count,
		      struct ctguard_error *error)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	size_t space = 0;

	if (!directory)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, errno,
					 "%s", path);
	while ((entry = readdir(directory))) {
		const size_t length = strlen(entry->d_name);

		if (length <= 6 || *entry->d_name == '.' ||
		    strcmp(entry->d_name + length - 6, ".ctgev"))
			continue;
		*ret_paths = ctguard_alloc_grow(*ret_paths, &space,
						*ret_count + 1,
						sizeof(**ret_paths));
		(*ret_paths)[(*ret_count)++] =
			ctguard_alloc_format("%s/%s", path, entry->d_name);
	}
	closedir(directory);
	if (*ret_count)
		qsort(*ret_paths, *ret_count, sizeof(**ret_paths), by_name);
	return 0;
}

/* What is given by files: they must outlive the run. */
struct given {
	struct reference *reference;
	char *binding;
	char *ak_data;
	struct nonce nonce;
	struct public ak;
};

static int read_given(const struct options *options, struct run *run,
		      struct given *given, struct ctguard_error *error)
{
	CTGUARD_FREE char *text = NULL;
	char problem[NONCE_PROBLEM];
	struct hash hash;
	size_t size;

	if (options->reference) {
		if (command_reference(options->reference, options->images, NULL,
				      &given->reference, error) < 0)
			return -1;
		run->terms.reference = given->reference;
	}
	if (options->binding) {
		if (ctguard_file_read(options->binding, 64 << 10,
				      &given->binding, &size, error) < 0)
			return -1;
		run->terms.binding =
			(struct span){ (uint8_t *)given->binding, size };
	}
	if (options->nonce) {
		if (ctguard_file_read(options->nonce, NONCE_TEXT_MAX, &text,
				      &size, error) < 0)
			return -1;
		if (nonce_read(text, size, &given->nonce, problem) < 0)
			return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED,
						 0, "%s: %s", options->nonce,
						 problem);
		run->terms.nonce = given->nonce.bytes;
	}
	if (options->ak) {
		if (ctguard_file_read(options->ak, 1024, &given->ak_data, &size,
				      error) < 0 ||
		    public_read(options->ak,
				(struct span){ (uint8_t *)given->ak_data,
					       size },
				&given->ak, error) < 0 ||
		    hash_open(&hash, error) < 0)
			return -1;
		public_name(&given->ak, &hash);
		hash_close(&hash);
		run->terms.ak = &given->ak;
	}
	return 0;
}

static int check(const struct options *options, char **paths, size_t count,
		 struct run *run, struct ctguard_error *error)
{
	STORE_CLOSE struct store store = { 0 };
	struct given given = { 0 };
	char **spooled = NULL;
	size_t spooled_count = 0;
	int r = -1;

	if (read_given(options, run, &given, error) < 0)
		goto out;
	if (!options->stateless) {
		if (store_open(&store, options->state, false, error) < 0)
			goto out;
		run->terms.store = &store;
	}
	if (options->spool) {
		if (list_spool(options->spool, &spooled, &spooled_count,
			       error) < 0)
			goto out;
		paths = spooled;
		count = spooled_count;
	}
	r = check_files(run, paths, count, options->jobs, error);
out:
	while (spooled_count)
		free(spooled[--spooled_count]);
	free(spooled);
	reference_free(given.reference);
	free(given.binding);
	free(given.ak_data);
	return r;
}

static const struct option long_options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "spool", required_argument, NULL, 'd' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "reference", required_argument, NULL, 'r' },
	{ "images", required_argument, NULL, 'i' },
	{ "binding", required_argument, NULL, 'b' },
	{ "json", no_argument, NULL, 'J' },
	{ "state", required_argument, NULL, 's' },
	{ "stateless", no_argument, NULL, 'S' },
	{ "ak", required_argument, NULL, 'a' },
	{ "nonce-file", required_argument, NULL, 'n' },
	{ 0 },
};

static int read_options(int argc, char **argv, struct options *options)
{
	int option;
	char *end;

	while ((option = getopt_long(argc, argv, "hd:j:r:i:b:s:a:n:",
				     long_options, NULL)) != -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'd':
			options->spool = optarg;
			break;
		case 'j':
			options->jobs = strtoul(optarg, &end, 10);
			if (end == optarg || *end || !options->jobs ||
			    options->jobs > JOBS_MAX)
				return ctguard_command_misused(
					argv, "--jobs is 1 to %d", JOBS_MAX);
			break;
		case 'r':
			options->reference = optarg;
			break;
		case 'i':
			options->images = optarg;
			break;
		case 'b':
			options->binding = optarg;
			break;
		case 'J':
			options->json = true;
			break;
		case 's':
			options->state = optarg;
			break;
		case 'S':
			options->stateless = true;
			break;
		case 'a':
			options->ak = optarg;
			break;
		case 'n':
			options->nonce = optarg;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (!options->spool == (optind == argc))
		return ctguard_command_misused(
			argv, "expected files, or --spool DIR");
	if (options->images && !options->reference)
		return ctguard_command_misused(argv,
					       "--images needs --reference");
	if (options->stateless ?
		    !options->ak || !options->nonce || !options->reference :
		    options->ak || options->nonce)
		return ctguard_command_misused(
			argv,
			"--ak and --nonce-file are for --stateless, which needs them and --reference");
	return -1;
}

int command_check(int argc, char **argv)
{
	struct options options = { .state = COMMAND_STATE, .jobs = 1 };
	struct run run = {
		.terms = { .mutex = PTHREAD_MUTEX_INITIALIZER },
	};
	struct ctguard_error error;
	int status = read_options(argc, argv, &options);

	if (status >= 0)
		return status;
	run.json = options.json;
	if (check(&options, argv + optind, (size_t)(argc - optind), &run,
		  &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(run.status);
}
