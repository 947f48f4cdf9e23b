// SPDX-License-Identifier: GPL-2.0
/* ctguardctl image measure: print what an image is. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../image/image.h"
#include "../lib/error.h"
#include "command.h"
#include "image_source.h"
#include "output.h"

static const char usage[] =
	"Usage: ctguardctl image measure [--root DIR] [--brief] [--json] IMAGE...\n"
	"\n"
	"Prints the digests that an image is approved by: of its config, of its\n"
	"manifest, and of what its layers hold. Of files all bytes are hashed.\n"
	"\n" CTGUARD_IMAGE_SOURCE_HELP "\n"
	"  -r, --root DIR  the engine's store, where it is not in its usual place\n"
	"  -b, --brief     not what its layers hold\n"
	"  -j, --json      for programs\n";

static void print(const struct ctguard_measured *image)
{
	char hex[CTGUARD_DIGEST_TEXT];

	ctguard_digest_text(image->config, hex);
	printf("config:sha256:%s\n", hex);
	if (image->has_manifest) {
		ctguard_digest_text(image->manifest, hex);
		printf("manifest:sha256:%s\n", hex);
	}
	if (image->has_content) {
		ctguard_digest_text(image->content, hex);
		printf("content:sha256:%s\n", hex);
	}
}

static json_t *digest_or_null(const uint8_t *digest, bool is_there)
{
	char hex[CTGUARD_DIGEST_TEXT];

	if (!is_there)
		return json_null();
	ctguard_digest_text(digest, hex);
	return json_string(hex);
}

static void print_json(const char *reference,
		       const struct ctguard_measured *image)
{
	json_t *json = json_object(), *layers = json_array();

	json_object_set_new(json, "image", ctguard_output_string(reference));
	json_object_set_new(json, "engine", json_string(image->engine));
	json_object_set_new(json, "config",
			    digest_or_null(image->config, true));
	json_object_set_new(json, "manifest",
			    digest_or_null(image->manifest,
					   image->has_manifest));
	json_object_set_new(json, "content",
			    digest_or_null(image->content, image->has_content));
	for (size_t i = 0; i < image->layer_count; i++) {
		json_t *layer = json_object();

		json_object_set_new(layer, "diff_id",
				    digest_or_null(image->layers[i].diff_id,
						   true));
		json_object_set_new(
			layer, "path",
			ctguard_output_string(image->layers[i].path));
		json_array_append_new(layers, layer);
	}
	json_object_set_new(json, "layers", layers);
	ctguard_output_json(json, false);
}

int ctguard_command_image_measure(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "root", required_argument, NULL, 'r' },
		{ "brief", no_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	bool brief = false, json = false;
	const char *root = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "hr:bj", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'r':
			root = optarg;
			break;
		case 'b':
			brief = true;
			break;
		case 'j':
			json = true;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (optind == argc)
		return ctguard_command_misused(argv, "no image given");
	for (; optind < argc; optind++) {
		CTGUARD_MEASURED struct ctguard_measured image = { 0 };
		CTGUARD_FREE char *note = NULL;
		struct ctguard_error error;

		if (ctguard_image_source(argv[optind], root, !brief, &image,
					 &note, &error) < 0)
			return ctguard_command_failed(&error);
		if (json)
			print_json(argv[optind], &image);
		else
			print(&image);
		fflush(stdout);
		if (note)
			fprintf(stderr, "ctguardctl: warning: %s\n", note);
	}
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
