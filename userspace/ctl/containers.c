// SPDX-License-Identifier: GPL-2.0
/* ctguardctl containers: what is guarded. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../lib/cgroup.h"
#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/link.h"
#include "../lib/words.h"
#include "command.h"
#include "output.h"

static const char usage[] =
	"Usage: ctguardctl containers [--stats] [--json]\n"
	"\n"
	"Lists what is guarded: profile, why, id and path of the cgroup.\n"
	"\n"
	"  -s, --stats  with the image claimed and the verdicts of each operation\n"
	"  -j, --json   for programs\n";

static void print_counters(const struct ctguard_container *container)
{
	for (size_t i = 0; i < container->counter_count; i++) {
		const struct ctguard_counter *counter = &container->counters[i];

		printf("  %-16s %" PRIu64 " allowed, %s%" PRIu64
		       " denied%s, %" PRIu64 " complained\n",
		       ctguard_words_operation(counter->operation),
		       counter->allowed,
		       counter->denied ?
			       ctguard_output_on(CTGUARD_COLOUR_BAD, stdout) :
			       "",
		       counter->denied,
		       counter->denied ? ctguard_output_off(stdout) : "",
		       counter->complained);
	}
}

/* What was claimed of the image. */
static void print_image(const struct ctguard_claim *claim)
{
	char hex[CTGUARD_DIGEST_TEXT];

	ctguard_digest_text(claim->config, hex);
	printf("  image            config:sha256:%s, level %u (%s)\n", hex,
	       claim->level, ctguard_words_level(claim->level));
	if (!claim->has_manifest)
		return;
	ctguard_digest_text(claim->manifest, hex);
	printf("                   manifest:sha256:%s\n", hex);
}

static void print(const struct ctguard_containers *containers, bool stats)
{
	if (containers->count)
		printf("%-16s %-10s %-20s %s\n", "PROFILE", "BY", "CGROUP-ID",
		       "CGROUP");
	for (size_t i = 0; i < containers->count; i++) {
		const struct ctguard_container *container =
			&containers->list[i];
		const char *cgroup = container->cgroup ? container->cgroup :
							 "-";
		CTGUARD_FREE char *path =
			ctguard_escape_terminal(cgroup, strlen(cgroup));

		printf("%-16s %-10s %-20" PRIu64 " %s%s\n",
		       container->profile ? container->profile : "-",
		       ctguard_words_bound_by(container->bound_by),
		       container->cgroup_id, path,
		       container->flags & CTGUARD_CONTAINER_SEALED ?
			       "" :
			       " (being set up)");
		if (stats && container->claimed)
			print_image(&container->claim);
		if (stats)
			print_counters(container);
	}
}

static json_t *json_image(const struct ctguard_claim *claim)
{
	char config[CTGUARD_DIGEST_TEXT], manifest[CTGUARD_DIGEST_TEXT];
	json_t *json = json_object();

	ctguard_digest_text(claim->config, config);
	ctguard_digest_text(claim->manifest, manifest);
	json_object_set_new(json, "level", json_integer(claim->level));
	json_object_set_new(json, "config", json_string(config));
	json_object_set_new(json, "manifest",
			    claim->has_manifest ? json_string(manifest) :
						  json_null());
	return json;
}

static json_t *json_of(const struct ctguard_container *container)
{
	json_t *json = json_object(), *counters = json_object();
	char id[CTGUARD_CGROUP_CONTAINER];
	bool named = container->cgroup &&
		     ctguard_cgroup_container(container->cgroup, id);

	json_object_set_new(json, "cgroup_id",
			    json_integer((json_int_t)container->cgroup_id));
	json_object_set_new(json, "cgroup",
			    ctguard_output_string(container->cgroup));
	json_object_set_new(json, "container",
			    named ? json_string(id) : json_null());
	json_object_set_new(json, "profile",
			    ctguard_output_string(container->profile));
	json_object_set_new(
		json, "bound_by",
		json_string(ctguard_words_bound_by(container->bound_by)));
	json_object_set_new(json, "sealed",
			    json_boolean(container->flags &
					 CTGUARD_CONTAINER_SEALED));
	json_object_set_new(json, "image",
			    container->claimed ? json_image(&container->claim) :
						 json_null());
	for (size_t i = 0; i < container->counter_count; i++) {
		const struct ctguard_counter *counter = &container->counters[i];
		json_t *item = json_object();

		json_object_set_new(item, "allowed",
				    json_integer((json_int_t)counter->allowed));
		json_object_set_new(item, "denied",
				    json_integer((json_int_t)counter->denied));
		json_object_set_new(
			item, "complained",
			json_integer((json_int_t)counter->complained));
		json_object_set_new(counters,
				    ctguard_words_operation(counter->operation),
				    item);
	}
	json_object_set_new(json, "counters", counters);
	return json;
}

static void print_json(const struct ctguard_containers *containers)
{
	json_t *list = json_array();

	for (size_t i = 0; i < containers->count; i++)
		json_array_append_new(list, json_of(&containers->list[i]));
	ctguard_output_json(list, false);
}

int ctguard_command_containers(int argc, char **argv)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_containers containers;
	bool stats, json;
	struct ctguard_error error;
	int ended;

	ended = ctguard_command_options(argc, argv, usage, "stats", &stats,
					&json);
	if (ended >= 0)
		return ended;
	if (ctguard_link_open(&link, &error) < 0 ||
	    ctguard_client_containers(link, &containers, &error) < 0)
		return ctguard_command_failed(&error);
	if (json)
		print_json(&containers);
	else
		print(&containers, stats);
	ctguard_client_containers_clear(&containers);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
