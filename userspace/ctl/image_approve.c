// SPDX-License-Identifier: GPL-2.0
/* ctguardctl image approve: measure an image, and add it to a list. */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../image/image.h"
#include "../lib/alloc.h"
#include "../lib/error.h"
#include "approved_file.h"
#include "command.h"
#include "image_source.h"

static const char usage[] =
	"Usage: ctguardctl image approve [--list FILE] [--comment TEXT] [--manifest]\n"
	"                                [--brief] [--root DIR] IMAGE...\n"
	"\n"
	"Measures an image and adds it to a list, in order of the digests. Comments\n"
	"of the list stay. The list counts once a policy that includes it is pushed.\n"
	"\n" CTGUARD_IMAGE_SOURCE_HELP "\n"
	"  -l, --list FILE     instead of " CTGUARD_APPROVED_DEFAULT "\n"
	"  -c, --comment TEXT  instead of the image's name and the day\n"
	"  -m, --manifest      by its manifest's digest instead of its config's\n"
	"  -b, --brief         not what its layers hold: not for level 3\n"
	"  -r, --root DIR      the engine's store, where it is not in its usual place\n";

struct approval {
	const char *list;
	const char *comment;
	const char *root;
	bool manifest;
	bool brief;
};

/* What is written behind the digest; to be freed. */
static char *comment_of(const struct approval *how, const char *reference)
{
	char day[16] = "";
	time_t now = time(NULL);
	struct tm tm;
	char *text;

	if (how->comment) {
		text = ctguard_alloc_string(how->comment, strlen(how->comment));
	} else {
		gmtime_r(&now, &tm);
		strftime(day, sizeof(day), "%F", &tm);
		text = ctguard_alloc_format("%s, %s", reference, day);
	}
	for (char *c = text; *c; c++)
		if (iscntrl((unsigned char)*c))
			*c = ' ';
	return text;
}

static int add(struct ctguard_approved_file *file,
	       const struct ctguard_approved *approved, const char *comment,
	       struct ctguard_error *error)
{
	const struct ctguard_approved *found = ctguard_approved_find(
		&file->approvals, approved->type, approved->sha256);
	char text[CTGUARD_APPROVED_TEXT];

	ctguard_approved_text(CTGUARD_APPROVED_IMAGES, approved, text);
	if (!found) {
		if (ctguard_approved_file_add(file, approved, comment, error) <
		    0)
			return -1;
		printf("%s\n", text);
		return 0;
	}
	if (found->measured && approved->measured &&
	    memcmp(found->content, approved->content, sizeof(found->content)))
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%s:%u: found %s with layers that hold something else, expected what was approved; remove it first, if this is meant",
			file->path, found->line, text);
	printf("%s is there already, on line %u\n", text, found->line);
	return 0;
}

static int approve(const struct approval *how, const char *reference,
		   struct ctguard_error *error)
{
	CTGUARD_APPROVED_FILE struct ctguard_approved_file file = { .lock = -1 };
	CTGUARD_MEASURED struct ctguard_measured image = { 0 };
	CTGUARD_FREE char *note = NULL, *comment = NULL;
	struct ctguard_approved approved = { 0 };

	if (ctguard_image_source(reference, how->root,
				 !how->brief && !how->manifest, &image, &note,
				 error) < 0)
		return -1;
	if (note)
		fprintf(stderr, "ctguardctl: warning: %s\n", note);
	if (how->manifest && !image.has_manifest)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%s: found no manifest there, expected one: approve it by its config",
			reference);
	approved.type = how->manifest ? CTGUARD_IMAGE_MANIFEST :
					CTGUARD_IMAGE_CONFIG;
	memcpy(approved.sha256, how->manifest ? image.manifest : image.config,
	       sizeof(approved.sha256));
	approved.measured = image.has_content;
	memcpy(approved.content, image.content, sizeof(approved.content));
	comment = comment_of(how, reference);
	if (ctguard_approved_file_read(how->list, true, &file, error) < 0)
		return -1;
	return add(&file, &approved, comment, error);
}

int ctguard_command_image_approve(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "list", required_argument, NULL, 'l' },
		{ "comment", required_argument, NULL, 'c' },
		{ "manifest", no_argument, NULL, 'm' },
		{ "brief", no_argument, NULL, 'b' },
		{ "root", required_argument, NULL, 'r' },
		{ 0 },
	};
	struct approval how = { .list = CTGUARD_APPROVED_DEFAULT };
	struct ctguard_error error;
	int option;

	while ((option = getopt_long(argc, argv, "hl:c:mbr:", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'l':
			how.list = optarg;
			break;
		case 'c':
			how.comment = optarg;
			break;
		case 'm':
			how.manifest = true;
			break;
		case 'b':
			how.brief = true;
			break;
		case 'r':
			how.root = optarg;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (optind == argc)
		return ctguard_command_misused(argv, "no image given");
	for (; optind < argc; optind++)
		if (approve(&how, argv[optind], &error) < 0)
			return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
