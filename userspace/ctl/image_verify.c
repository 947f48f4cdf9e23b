// SPDX-License-Identifier: GPL-2.0
/* ctguardctl image verify: compare images with a list. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../image/image.h"
#include "../lib/error.h"
#include "approved_file.h"
#include "command.h"
#include "image_source.h"
#include "output.h"

static const char usage[] =
	"Usage: ctguardctl image verify [--list FILE] [--root DIR] [IMAGE...]\n"
	"\n"
	"Measures images and says whether a list approves them, and whether their\n"
	"layers hold what was approved. Ends with 1 when one is not approved or holds\n"
	"something else. Without an image: what can be proven, engine by engine.\n"
	"\n" CTGUARD_IMAGE_SOURCE_HELP "\n"
	"  -l, --list FILE  instead of " CTGUARD_APPROVED_DEFAULT "\n"
	"  -r, --root DIR   the engine's store, where it is not in its usual place\n";

/* Levels to which ctguard-oci checks what an engine starts. */
static const struct {
	const char *engine;
	const char *manifest;
	const char *config;
	const char *layers;
	const char *content;
} table[] = {
	{ "podman, CRI-O (overlay)", "re-hashed", "re-hashed", "as mounted",
	  "measured" },
	{ "podman (--uidmap, auto)", "re-hashed", "re-hashed", "-", "-" },
	{ "podman, CRI-O (vfs, btrfs)", "re-hashed", "re-hashed", "-", "-" },
	{ "docker (overlay2)", "not kept", "re-hashed", "as mounted",
	  "measured" },
	{ "containerd (overlayfs)", "re-hashed", "re-hashed", "as mounted",
	  "measured" },
	{ "any, without an image", "-", "-", "-", "-" },
};

static void print_table(void)
{
	printf("%-27s %-12s %-12s %-12s %s\n", "ENGINE", "1: MANIFEST",
	       "1: CONFIG", "2: LAYERS", "3: CONTENT");
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		printf("%-27s %-12s %-12s %-12s %s\n", table[i].engine,
		       table[i].manifest, table[i].config, table[i].layers,
		       table[i].content);
}

static bool print_verdict(const char *reference,
			  const struct ctguard_measured *image,
			  const struct ctguard_approved *config,
			  const struct ctguard_approved *manifest)
{
	const struct ctguard_approved *by = config ? config : manifest;
	char hex[CTGUARD_DIGEST_TEXT];
	const char *content = "not compared: none is in the list";
	bool good = by;

	if (config && config->measured && image->has_content) {
		good = !memcmp(config->content, image->content,
			       sizeof(image->content));
		content = good ? "as approved" : "NOT what was approved";
	}
	ctguard_digest_text(image->config, hex);
	printf("%s\n"
	       "  config   sha256:%s\n"
	       "  approved %s%s%s\n"
	       "  content  %s\n",
	       reference, hex,
	       ctguard_output_on(by ? CTGUARD_COLOUR_GOOD : CTGUARD_COLOUR_BAD,
				 stdout),
	       config	? "by its config" :
	       manifest ? "by its manifest" :
			  "no",
	       ctguard_output_off(stdout), content);
	return good;
}

static int verify(const char *reference, const char *root,
		  const struct ctguard_approved_file *file, bool *ret_good,
		  struct ctguard_error *error)
{
	CTGUARD_MEASURED struct ctguard_measured image = { 0 };
	const struct ctguard_approved *config, *manifest = NULL;
	CTGUARD_FREE char *note = NULL;

	if (ctguard_image_source(reference, root, true, &image, &note, error) <
	    0)
		return -1;
	if (note)
		fprintf(stderr, "ctguardctl: warning: %s\n", note);
	config = ctguard_approved_find(&file->approvals, CTGUARD_IMAGE_CONFIG,
				       image.config);
	if (image.has_manifest)
		manifest = ctguard_approved_find(&file->approvals,
						 CTGUARD_IMAGE_MANIFEST,
						 image.manifest);
	*ret_good = print_verdict(reference, &image, config, manifest);
	return 0;
}

int ctguard_command_image_verify(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "list", required_argument, NULL, 'l' },
		{ "root", required_argument, NULL, 'r' },
		{ 0 },
	};
	CTGUARD_APPROVED_FILE struct ctguard_approved_file file = { .lock = -1 };
	const char *list = CTGUARD_APPROVED_DEFAULT, *root = NULL;
	struct ctguard_error error;
	bool all = true, good;
	int option;

	while ((option = getopt_long(argc, argv, "hl:r:", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'l':
			list = optarg;
			break;
		case 'r':
			root = optarg;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (optind == argc) {
		print_table();
		return ctguard_command_finish(CTGUARD_EXIT_YES);
	}
	if (ctguard_approved_file_read(list, false, &file, &error) < 0)
		return ctguard_command_failed(&error);
	for (; optind < argc; optind++) {
		if (verify(argv[optind], root, &file, &good, &error) < 0)
			return ctguard_command_failed(&error);
		all = all && good;
	}
	return ctguard_command_finish(all ? CTGUARD_EXIT_YES : CTGUARD_EXIT_NO);
}
