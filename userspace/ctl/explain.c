// SPDX-License-Identifier: GPL-2.0
/* ctguardctl explain: what the guard would answer, and by which rule. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../lib/alloc.h"
#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/link.h"
#include "../lib/object.h"
#include "../lib/policy.h"
#include "../lib/words.h"
#include "command.h"
#include "output.h"
#include "source.h"

static const char usage[] =
	"Usage: ctguardctl explain [--file FILE] [--json] PID OPERATION OBJECT\n"
	"\n"
	"Prints what the guard would answer a task, without acting: verdict, profile,\n"
	"rule and its line. Ends with 1 when it would be refused.\n"
	"\n"
	"OPERATION and OBJECT:\n"
	"  module-load, module-unload, module-autoload NAME\n"
	"  kexec-load                                  (no object)\n"
	"  device-open, device-mknod, device-mount     \"c 10:200 rw\" or /dev/net/tun\n"
	"  pseudofs-write, pseudofs-read               proc:/sys/kernel/core_pattern\n"
	"                                              or a path that the task sees\n"
	"  kernel-use                                  bpf/map_create\n"
	"  task-access                                 ptrace/attach\n"
	"  filesystem-mount                            ext4\n"
	"  image-start                                 config:sha256:HEX\n"
	"\n"
	"  -f, --file FILE  the file the policy was pushed from, for its lines; without\n"
	"                   it, lines are those of 'ctguardctl policy show'\n"
	"  -j, --json       for programs\n";

/* Where and what a rule is. */
struct finding {
	const char *file; /* NULL: policy show */
	unsigned int line;
	char *place;
	char *text;
};

/* The policy whose rules have the answer's numbers, and its lines. */
static int find_rule(struct ctguard_link *link, const char *file,
		     const struct ctguard_answer *answer,
		     struct finding *finding, struct ctguard_error *error)
{
	CTGUARD_SOURCE struct ctguard_source force = { 0 };
	CTGUARD_SOURCE struct ctguard_source written = { 0 };
	CTGUARD_FREE unsigned int *lines = NULL;
	CTGUARD_FREE char *text = NULL;
	const struct ctguard_rule *rule;

	if (ctguard_source_kernel(link, &force, error) < 0 ||
	    (file && ctguard_source_file(file, false, &written, error) < 0))
		return -1;
	if (file && memcmp(force.digest, written.digest, sizeof(force.digest)))
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%s is not the policy in force: sha256 %s, expected %s",
			file, written.hex, force.hex);
	if (force.generation != answer->generation)
		return ctguard_error_set(
			error, CTGUARD_EXIT_SYSTEM, EAGAIN,
			"another policy came into force meanwhile");
	if (answer->rule == CTGUARD_RULE_NONE)
		return 0;
	rule = ctguard_policy_rule_find(file ? written.policy : force.policy,
					answer->rule, &finding->place);
	if (!rule)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "the policy has no rule %u",
					 answer->rule);
	finding->text = ctguard_policy_rule_text(rule);
	/* A compiled file has no lines of its own. */
	finding->file = rule->line ? file : NULL;
	finding->line = rule->line;
	if (!finding->file) {
		lines = ctguard_alloc_zeroed(force.rules + 1, sizeof(*lines));
		text = ctguard_source_text(&force, true, lines);
		finding->line = lines[answer->rule];
	}
	return 0;
}

static void print(const struct ctguard_answer *answer,
		  const struct finding *finding)
{
	const char *cgroup = answer->cgroup ? answer->cgroup : "-";
	CTGUARD_FREE char *shown =
		ctguard_escape_terminal(cgroup, strlen(cgroup));

	printf("verdict  %s%s%s\n",
	       ctguard_output_on(answer->verdict == CTGUARD_VERDICT_ALLOW ?
					 CTGUARD_COLOUR_GOOD :
				 answer->verdict == CTGUARD_VERDICT_DENY ?
					 CTGUARD_COLOUR_BAD :
					 CTGUARD_COLOUR_DOUBT,
				 stdout),
	       ctguard_words_verdict(answer->verdict),
	       ctguard_output_off(stdout));
	if (!answer->guarded) {
		printf("task     of the host: not guarded\n");
		return;
	}
	printf("profile  %s\n", answer->profile);
	printf("cgroup   %s (guarded by %s)\n", shown,
	       ctguard_words_bound_by(answer->bound_by));
	if (!finding->text) {
		printf("rule     none matches\n");
		return;
	}
	printf("rule     %u, %s: \"%s\"\n", answer->rule, finding->place,
	       finding->text);
	if (finding->file)
		printf("line     %s:%u\n", finding->file, finding->line);
	else
		printf("line     %u of 'ctguardctl policy show'\n",
		       finding->line);
}

static void print_json(const struct ctguard_answer *answer,
		       const struct finding *finding)
{
	json_t *json = json_object();

	json_object_set_new(
		json, "verdict",
		json_string(ctguard_words_verdict(answer->verdict)));
	json_object_set_new(json, "guarded", json_boolean(answer->guarded));
	if (answer->guarded) {
		json_object_set_new(json, "profile",
				    ctguard_output_string(answer->profile));
		json_object_set_new(json, "cgroup",
				    ctguard_output_string(answer->cgroup));
		json_object_set_new(
			json, "bound_by",
			json_string(ctguard_words_bound_by(answer->bound_by)));
		json_object_set_new(
			json, "generation",
			json_integer((json_int_t)answer->generation));
		json_object_set_new(json, "rule", json_integer(answer->rule));
	}
	if (finding->text) {
		json_object_set_new(json, "rule_place",
				    ctguard_output_string(finding->place));
		json_object_set_new(json, "rule_text",
				    ctguard_output_string(finding->text));
		json_object_set_new(json, "file",
				    ctguard_output_string(finding->file));
		json_object_set_new(json, "line", json_integer(finding->line));
	}
	ctguard_output_json(json, false);
}

/* A process number, or 0. */
static uint32_t process(const char *text)
{
	unsigned long value;
	char *rest;

	if (*text < '0' || *text > '9')
		return 0;
	errno = 0;
	value = strtoul(text, &rest, 10);
	return errno || *rest || value > 0x7fffffff ? 0 : (uint32_t)value;
}

static int explain(uint32_t pid, uint32_t operation, const char *text,
		   const char *file, bool json)
{
	CTGUARD_OBJECT struct ctguard_object object = { 0 };
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_answer answer = { 0 };
	struct finding finding = { 0 };
	struct ctguard_error error;
	int status;

	if (ctguard_link_open(&link, &error) < 0 ||
	    ctguard_object_parse(pid, operation, text, &object, &error) < 0 ||
	    ctguard_client_explain(link, pid, &object, &answer, &error) < 0)
		return ctguard_command_failed(&error);
	if (answer.guarded &&
	    find_rule(link, file, &answer, &finding, &error) < 0) {
		status = ctguard_command_failed(&error);
	} else {
		if (json)
			print_json(&answer, &finding);
		else
			print(&answer, &finding);
		status = ctguard_command_finish(
			answer.verdict == CTGUARD_VERDICT_DENY ?
				CTGUARD_EXIT_NO :
				CTGUARD_EXIT_YES);
	}
	free(finding.place);
	free(finding.text);
	ctguard_client_answer_clear(&answer);
	return status;
}

int ctguard_command_explain(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "file", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	const char *file = NULL, *text = "-";
	uint32_t pid, operation;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "hf:j", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'f':
			file = optarg;
			break;
		case 'j':
			json = true;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (argc - optind < 2 || argc - optind > 3)
		return ctguard_command_misused(argv,
					       "expected PID OPERATION OBJECT");
	pid = process(argv[optind]);
	if (!pid)
		return ctguard_command_misused(
			argv, "expected the number of a process first");
	operation = ctguard_words_operation_find(argv[optind + 1]);
	if (operation == CTGUARD_OP_UNSPEC)
		return ctguard_command_misused(
			argv, "expected an operation, as module-load");
	if (argc - optind == 3)
		text = argv[optind + 2];
	else if (operation != CTGUARD_OP_KEXEC_LOAD)
		return ctguard_command_misused(argv,
					       "expected PID OPERATION OBJECT");
	return explain(pid, operation, text, file, json);
}
