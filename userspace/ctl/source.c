// SPDX-License-Identifier: GPL-2.0
/* A policy wherever it comes from: YAML, compiled, or the kernel. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../lib/alloc.h"
#include "../lib/client.h"
#include "../lib/compile.h"
#include "../lib/diagnostics.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/file.h"
#include "../lib/policy.h"
#include "../lib/reader.h"
#include "../lib/writer.h"
#include "source.h"

/* What follows from the policy and the blob being known. */
static int complete(struct ctguard_source *source, struct ctguard_error *error)
{
	source->rules = ctguard_policy_number(source->policy);
	if (ctguard_digest_make(source->blob, source->size, source->digest,
				error) < 0)
		return -1;
	ctguard_digest_text(source->digest, source->hex);
	return 0;
}

static int from_blob(struct ctguard_source *source, struct ctguard_error *error)
{
	if (ctguard_compile_parse(source->blob, source->size, &source->policy,
				  error) < 0)
		return -1;
	return complete(source, error);
}

/* A name for @path, to be freed. */
static char *shown(const char *path)
{
	if (!strcmp(path, "-"))
		path = "standard input";
	return ctguard_escape_terminal(path, strlen(path));
}

/* Puts the name of the file before what is wrong with it. */
static int about(const char *path, struct ctguard_error *error)
{
	CTGUARD_FREE char *name = shown(path);
	struct ctguard_error plain = *error;

	return ctguard_error_set(error, plain.status, 0, "%s: %s", name,
				 plain.text);
}

static int from_yaml(const char *path, const char *text, size_t size,
		     struct ctguard_source *source, struct ctguard_error *error)
{
	CTGUARD_DIAGNOSTICS struct ctguard_diagnostics diagnostics = {
		.count = 0
	};
	CTGUARD_FREE char *name = shown(path);

	if (ctguard_reader_parse(path, text, size, &source->policy,
				 &diagnostics) < 0) {
		fflush(stdout);
		ctguard_diagnostics_print(&diagnostics, name, stderr);
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0, "%s: %u %s", name,
			diagnostics.count + diagnostics.more,
			diagnostics.count == 1 ? "fault" : "faults");
	}
	if (ctguard_compile_make(source->policy, &source->blob, &source->size,
				 error) < 0)
		return about(path, error);
	return complete(source, error);
}

/**
 * ctguard_source_file() - read a policy from a file
 * @path: of the file, or "-"
 * @compiled: it must be a compiled one; else it may be
 * @ret: the policy, to be cleared whether or not this succeeds
 * @error: set on failure; faults of YAML have been printed
 *
 * Return: 0 or -1.
 */
int ctguard_source_file(const char *path, bool compiled,
			struct ctguard_source *ret, struct ctguard_error *error)
{
	const size_t magic = strlen(CTGUARD_POLICY_MAGIC);
	char *data;
	size_t size;

	memset(ret, 0, sizeof(*ret));
	if (ctguard_file_read(path, CTGUARD_READER_MAX_SIZE, &data, &size,
			      error) < 0)
		return -1;
	if (compiled ||
	    (size >= magic && !memcmp(data, CTGUARD_POLICY_MAGIC, magic))) {
		ret->blob = data;
		ret->size = size;
		return from_blob(ret, error) < 0 ? about(path, error) : 0;
	}
	if (from_yaml(path, data, size, ret, error) < 0) {
		free(data);
		return -1;
	}
	free(data);
	return 0;
}

/**
 * ctguard_source_kernel() - read the policy in force
 * @link: to the kernel
 * @ret: the policy, to be cleared whether or not this succeeds
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_source_kernel(struct ctguard_link *link, struct ctguard_source *ret,
			  struct ctguard_error *error)
{
	memset(ret, 0, sizeof(*ret));
	if (ctguard_client_policy_get(link, &ret->blob, &ret->size,
				      &ret->generation, error) < 0)
		return -1;
	return from_blob(ret, error);
}

/**
 * ctguard_source_text() - the policy as YAML
 * @source: the policy
 * @comment: say first what it is
 * @ret_lines: NULL, or an array for the lines of source->rules + 1 rules
 *
 * Return: the text, to be freed.
 */
char *ctguard_source_text(const struct ctguard_source *source, bool comment,
			  unsigned int *ret_lines)
{
	CTGUARD_FREE char *head = NULL;

	if (comment)
		head = ctguard_alloc_format(
			"# A policy of ctguard as the kernel has it: nothing is left to inherit.\n"
			"# This text compiles to the same %zu bytes again.\n"
			"# sha256: %s\n"
			"# profiles: %zu, rules: %u\n"
			"# The format is in ctguard-policy(5).\n",
			source->size, source->hex,
			source->policy->profile_count, source->rules);
	return ctguard_writer_text(source->policy, head ? head : "", ret_lines);
}

/** ctguard_source_clear() - free what it holds */
void ctguard_source_clear(struct ctguard_source *source)
{
	ctguard_policy_free(source->policy);
	free(source->blob);
	memset(source, 0, sizeof(*source));
}
