// SPDX-License-Identifier: GPL-2.0
/*
 * One claim, from finding the image to telling the kernel.
 *
 * The kernel decides. What fails here is what contradicts itself, and what the
 * kernel refuses to take: then the container is not to be started at all, and
 * the engine can tell why. Where there is nothing
 * to say, nothing is said, and the kernel takes that for what it is.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

#include "../../kmod/policy.h"
#include "../image/cache.h"
#include "../lib/alloc.h"
#include "../lib/digest.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/link.h"
#include "claim.h"

static const char default_list[] = "/etc/ctguard/approved.list";

/** ctguard_claim_defaults() - what holds where no option is given */
void ctguard_claim_defaults(struct ctguard_claiming *claiming)
{
	memset(claiming, 0, sizeof(*claiming));
	claiming->how.level = CTGUARD_LEVEL_LAYERS;
	claiming->how.list = default_list;
	claiming->how.cache = CTGUARD_CACHE_DEFAULT;
}

/** ctguard_claim_option() - take an option; false when it makes no sense */
bool ctguard_claim_option(struct ctguard_claiming *claiming, int option,
			  const char *value)
{
	struct ctguard_resolve *how = &claiming->how;

	switch (option) {
	case 'l':
		if (strlen(value) != 1 || *value < '0' ||
		    *value > '0' + CTGUARD_LEVEL_CONTENT)
			return false;
		how->level = (uint32_t)(*value - '0');
		return true;
	case 'a':
		how->list = value;
		return true;
	case 'c':
		how->cache = *value ? value : NULL;
		return true;
	case 'p':
		how->stores.containers = value;
		return true;
	case 'd':
		how->stores.docker = value;
		return true;
	case 'n':
		how->stores.containerd = value;
		return true;
	case 's':
		claiming->strict = true;
		return true;
	case 'w':
		claiming->show = true;
		return true;
	default:
		return false;
	}
}

/** ctguard_claim_log() - tell the journal, or whoever reads /dev/log */
void ctguard_claim_log(int priority, const char *id, const char *text)
{
	CTGUARD_FREE char *shown =
		ctguard_escape_terminal(id ? id : "?", id ? strlen(id) : 1);

	openlog("ctguard-oci", LOG_PID, LOG_DAEMON);
	syslog(priority, "container %.128s: %s", shown, text);
	closelog();
}

/* Whether the policy in force wants any container's image to be approved. */
static bool policy_asks(struct ctguard_link *link)
{
	CTGUARD_FREE void *blob = NULL;
	struct ctg_policy_error where;
	struct ctguard_error error;
	struct ctg_policy *policy;
	uint64_t generation;
	bool r = false;
	size_t size;
	uint32_t i;

	if (ctguard_client_policy_get(link, &blob, &size, &generation, &error) <
		    0 ||
	    ctg_policy_parse(blob, size, &policy, &where) < 0)
		return true;
	for (i = 0; i < ctg_policy_profile_count(policy); i++)
		if (ctg_policy_image_rule(policy, i)->require ==
		    CTGUARD_REQUIRE_APPROVED)
			r = true;
	ctg_policy_free(policy);
	return r;
}

/*
 * The kernel reports and records what it refuses. So it does what is refused
 * here, if it is told; where it cannot be, there is the journal.
 */
static void give_up(const struct ctguard_claim *claim)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_error ignored;

	if (claim->pidfd >= 0 && !ctguard_link_open(&link, &ignored))
		ctguard_client_give_up(link, claim->pidfd, &ignored);
}

/* What the kernel would not have, in the words of who runs containers. */
static int refused(const struct ctguard_claim *claim,
		   const struct ctguard_measured *image,
		   struct ctguard_error *error)
{
	CTGUARD_FREE char *why =
		ctguard_alloc_string(error->text, strlen(error->text));
	const char *name = image->name ? image->name : "?";
	CTGUARD_FREE char *shown = ctguard_escape_terminal(name, strlen(name));
	char hex[CTGUARD_DIGEST_TEXT];

	ctguard_digest_text(claim->config, hex);
	return ctguard_error_set(
		error, CTGUARD_EXIT_NO, 0,
		"image %.200s, config:sha256:%s, is not to run: %.200s", shown,
		hex, why);
}

/* Nothing is said where nothing can be: the kernel takes it for that. */
static int unsaid(const struct ctguard_claiming *claiming,
		  const struct ctguard_error *error)
{
	if (claiming->strict)
		return -1;
	ctguard_claim_log(LOG_NOTICE, claiming->how.id, error->text);
	fprintf(stderr, "ctguard-oci: no claim: %s\n", error->text);
	return 0;
}

/* Gives back whether the kernel refused, and has reported it. */
static int tell(const struct ctguard_claiming *claiming,
		const struct ctguard_measured *image,
		const struct ctguard_claim *claim, const char *note,
		bool *ret_refused, struct ctguard_error *error)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	CTGUARD_FREE char *said = NULL;
	char hex[CTGUARD_DIGEST_TEXT];

	if (ctguard_link_open(&link, error) < 0)
		return unsaid(claiming, error);
	if (ctguard_client_claim(link, claim, error) < 0) {
		*ret_refused = error->code == EACCES;
		if (*ret_refused)
			return refused(claim, image, error);
		/* A container without a cgroup that a claim could belong to. */
		return error->code == ENOENT && !policy_asks(link) ?
			       unsaid(claiming, error) :
			       -1;
	}
	ctguard_digest_text(claim->config, hex);
	said = ctguard_alloc_format("is of config:sha256:%s, level %u%s%s", hex,
				    claim->level, note ? "; " : "",
				    note ? note : "");
	ctguard_claim_log(LOG_INFO, claiming->how.id, said);
	return 0;
}

static void show_digest(const char *what, const uint8_t *digest)
{
	char hex[CTGUARD_DIGEST_TEXT];

	ctguard_digest_text(digest, hex);
	printf("%s:sha256:%s\n", what, hex);
}

static void show(const struct ctguard_measured *image,
		 const struct ctguard_claim *claim, const char *note)
{
	printf("engine: %s\nlevel: %u\n", image->engine, claim->level);
	show_digest("config", claim->config);
	if (claim->has_manifest)
		show_digest("manifest", claim->manifest);
	show_digest("bundle", claim->bundle);
	if (claim->upper_fd >= 0)
		printf("upper: %s\n", image->upper);
	if (note)
		printf("note: %s\n", note);
}

/**
 * ctguard_claim_make() - claim what can be of a container
 * @claiming: of which, and how
 * @error: set when the container is not to be started
 *
 * Return: 0 or -1.
 */
int ctguard_claim_make(const struct ctguard_claiming *claiming,
		       struct ctguard_error *error)
{
	CTGUARD_MEASURED struct ctguard_measured image = { .engine = NULL };
	struct ctguard_claim claim;
	CTGUARD_FREE char *note = NULL;
	bool told = false;
	int r = ctguard_resolve_container(&claiming->how, &image, &claim, &note,
					  error);

	if (!r && claiming->show)
		show(&image, &claim, note);
	else if (!r)
		r = tell(claiming, &image, &claim, note, &told, error);
	else if (error->status == CTGUARD_EXIT_NO && !claiming->show)
		r = unsaid(claiming, error);
	if (r < 0 && !told && !claiming->show)
		give_up(&claim);
	ctguard_resolve_close(&claim);
	if (r < 0 && !claiming->show)
		ctguard_claim_log(LOG_ERR, claiming->how.id, error->text);
	return r;
}
