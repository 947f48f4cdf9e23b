// SPDX-License-Identifier: GPL-2.0
/* ctguardctl image list: print a list. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "../lib/digest.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "approved_file.h"
#include "command.h"
#include "output.h"

static const char usage[] =
	"Usage: ctguardctl image list [--list FILE] [--json]\n"
	"\n"
	"Checks a list of approved images and prints it, without what is only for\n"
	"who reviews it. What the kernel approves is in 'ctguardctl policy show'.\n"
	"\n"
	"  -l, --list FILE  instead of " CTGUARD_APPROVED_DEFAULT "\n"
	"  -j, --json       for programs\n";

static void print(const struct ctguard_approved_file *file)
{
	char text[CTGUARD_APPROVED_TEXT];

	for (size_t i = 0; i < file->approvals.count; i++) {
		const struct ctguard_approved *approved =
			&file->approvals.list[i];
		CTGUARD_FREE char *shown = NULL;
		const char *comment;
		size_t length;

		comment =
			ctguard_approved_file_comment(file, approved, &length);
		shown = ctguard_escape_terminal(comment, length);
		ctguard_approved_text(CTGUARD_APPROVED_IMAGES, approved, text);
		printf("%s %s%s%s\n", text,
		       approved->measured ? "with content" : "without content",
		       *shown ? "  " : "", shown);
	}
}

static void print_json(const struct ctguard_approved_file *file)
{
	char text[CTGUARD_APPROVED_TEXT], hex[CTGUARD_DIGEST_TEXT];
	json_t *list = json_array();

	for (size_t i = 0; i < file->approvals.count; i++) {
		const struct ctguard_approved *approved =
			&file->approvals.list[i];
		json_t *json = json_object();
		const char *comment;
		size_t length;

		comment =
			ctguard_approved_file_comment(file, approved, &length);
		ctguard_approved_text(CTGUARD_APPROVED_IMAGES, approved, text);
		ctguard_digest_text(approved->content, hex);
		json_object_set_new(json, "image", json_string(text));
		json_object_set_new(json, "content",
				    approved->measured ? json_string(hex) :
							 json_null());
		json_object_set_new(json, "comment",
				    ctguard_output_bytes(comment, length));
		json_object_set_new(json, "line", json_integer(approved->line));
		json_array_append_new(list, json);
	}
	ctguard_output_json(list, false);
}

int ctguard_command_image_list(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "list", required_argument, NULL, 'l' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	CTGUARD_APPROVED_FILE struct ctguard_approved_file file = { .lock = -1 };
	const char *list = CTGUARD_APPROVED_DEFAULT;
	struct ctguard_error error;
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "hl:j", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'l':
			list = optarg;
			break;
		case 'j':
			json = true;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	if (ctguard_approved_file_read(list, false, &file, &error) < 0)
		return ctguard_command_failed(&error);
	if (json)
		print_json(&file);
	else
		print(&file);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
