// SPDX-License-Identifier: GPL-2.0
/* ctguardctl status: what the guard does, as proven. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../lib/client.h"
#include "../lib/error.h"
#include "../lib/escape.h"
#include "../lib/link.h"
#include "../lib/words.h"
#include "command.h"
#include "output.h"

static const char usage[] =
	"Usage: ctguardctl status [--full] [--json]\n"
	"\n"
	"Prints what the guard does. Ends with 0 when every needed hook is live and\n"
	"the mode is what the policy asks for or stricter, with 1 when it is off,\n"
	"degraded, complains where the policy says enforce, or has a log that the TPM\n"
	"does not vouch for, with 3 when the module is not loaded.\n"
	"\n"
	"  -f, --full  each hooked kernel function\n"
	"  -j, --json  for programs\n";

/* Whether the guard does what it should. */
static bool good(const struct ctguard_status *status)
{
	if (status->measured && status->tpm_state == CTGUARD_TPM_DIRTY)
		return false;
	switch (status->state) {
	case CTGUARD_STATE_ENFORCING:
		return true;
	case CTGUARD_STATE_COMPLAINING:
		return status->policy_mode == CTGUARD_MODE_COMPLAIN;
	default:
		return false;
	}
}

/* Whether a hook is worth a line of its own without --full. */
static bool remarkable(const struct ctguard_hook *hook)
{
	return hook->state == CTGUARD_HOOK_DEGRADED ||
	       (hook->state == CTGUARD_HOOK_ABSENT && hook->required) ||
	       hook->open;
}

static enum ctguard_colour colour_of(const struct ctguard_hook *hook)
{
	if (remarkable(hook))
		return CTGUARD_COLOUR_BAD;
	return hook->state == CTGUARD_HOOK_LIVE ? CTGUARD_COLOUR_GOOD :
						  CTGUARD_COLOUR_DOUBT;
}

/* The ids of all that is open, each once; an array of strings. */
static json_t *open_ids(const struct ctguard_hooks *hooks)
{
	json_t *known = json_object(), *ids = json_array();

	for (size_t i = 0; i < hooks->count; i++) {
		const char *id = hooks->list[i].open;
		size_t length;

		for (; id && *id; id += length + strspn(id + length, " ")) {
			length = strcspn(id, " ");
			if (json_object_getn(known, id, length))
				continue;
			json_object_setn_new(known, id, length, json_true());
			json_array_append_new(ids, json_stringn(id, length));
		}
	}
	json_decref(known);
	return ids;
}

static void print_open(const struct ctguard_hooks *hooks)
{
	json_t *ids = open_ids(hooks);

	printf("escapes     %s", json_array_size(ids) ? "" : "none");
	for (size_t i = 0; i < json_array_size(ids); i++)
		printf("%s%s%s%s", i ? " " : "",
		       ctguard_output_on(CTGUARD_COLOUR_BAD, stdout),
		       json_string_value(json_array_get(ids, i)),
		       ctguard_output_off(stdout));
	puts(" open");
	json_decref(ids);
}

static void print_hooks(const struct ctguard_hooks *hooks, bool full)
{
	size_t counts[CTGUARD_HOOK_IDLE + 1] = { 0 };

	for (size_t i = 0; i < hooks->count; i++)
		if (hooks->list[i].state <= CTGUARD_HOOK_IDLE)
			counts[hooks->list[i].state]++;
	printf("hooks       %zu live, %zu shared, %zu idle, %zu degraded, %zu absent\n",
	       counts[CTGUARD_HOOK_LIVE], counts[CTGUARD_HOOK_SHARED],
	       counts[CTGUARD_HOOK_IDLE], counts[CTGUARD_HOOK_DEGRADED],
	       counts[CTGUARD_HOOK_ABSENT]);
	for (size_t i = 0; i < hooks->count; i++) {
		const struct ctguard_hook *hook = &hooks->list[i];

		if (!full && !remarkable(hook))
			continue;
		printf("  %s%-9s%s %-12s %s%s\n",
		       ctguard_output_on(colour_of(hook), stdout),
		       ctguard_words_hook_state(hook->state),
		       ctguard_output_off(stdout), hook->group, hook->name,
		       hook->required ? "" : " (optional)");
	}
}

/* The measurement log, and what it rests on. */
static void print_log(const struct ctguard_status *status)
{
	const bool dirty = status->tpm_state == CTGUARD_TPM_DIRTY;

	if (!status->measured)
		return;
	printf("log         %" PRIu64 " records, %" PRIu64
	       " of them kept in %" PRIu64 " bytes",
	       status->log_next, status->log_next - status->log_first,
	       status->log_bytes);
	if (status->log_failed)
		printf(", %s%" PRIu64 " not measured%s",
		       ctguard_output_on(CTGUARD_COLOUR_BAD, stdout),
		       status->log_failed, ctguard_output_off(stdout));
	printf("\ntpm         %s%s%s",
	       ctguard_output_on(dirty ? CTGUARD_COLOUR_BAD :
				 status->tpm_state == CTGUARD_TPM_ANCHORED ?
					 CTGUARD_COLOUR_GOOD :
					 CTGUARD_COLOUR_DOUBT,
				 stdout),
	       ctguard_words_tpm(status->tpm_state),
	       ctguard_output_off(stdout));
	if (dirty || status->tpm_state == CTGUARD_TPM_ANCHORED)
		printf(", PCR %u", status->pcr);
	puts(dirty ? ": it does not vouch for the log" : "");
}

static void print(const struct ctguard_status *status,
		  const struct ctguard_hooks *hooks, bool full)
{
	char hex[CTGUARD_DIGEST_TEXT], left[32];
	CTGUARD_FREE char *version = ctguard_escape_terminal(
		status->version ? status->version : "",
		status->version ? strlen(status->version) : 0);

	ctguard_digest_text(status->digest, hex);
	printf("state       %s%s%s\n",
	       ctguard_output_on(good(status) ? CTGUARD_COLOUR_GOOD :
						CTGUARD_COLOUR_BAD,
				 stdout),
	       ctguard_words_state(status->state), ctguard_output_off(stdout));
	printf("module      %s, ABI %u\n", version, status->abi);
	if (status->state == CTGUARD_STATE_OFF) {
		puts("loaded with off=1: nothing is hooked, nothing is guarded");
		return;
	}
	printf("mode        %s", ctguard_words_mode(status->mode));
	if (status->mode != status->policy_mode)
		printf(" (the policy says %s)",
		       ctguard_words_mode(status->policy_mode));
	printf("\npolicy      generation %" PRIu64 ", %u bytes\n"
	       "sha256      %s\n",
	       status->generation, status->size, hex);
	if (status->trial) {
		ctguard_output_duration(status->trial_left, left);
		printf("trial       undone in %s, unless confirmed\n", left);
	}
	printf("containers  %u\n", status->containers);
	printf("events      %" PRIu64 ", %s%" PRIu64 " lost%s\n",
	       status->events,
	       status->events_lost ?
		       ctguard_output_on(CTGUARD_COLOUR_DOUBT, stdout) :
		       "",
	       status->events_lost,
	       status->events_lost ? ctguard_output_off(stdout) : "");
	print_log(status);
	print_open(hooks);
	print_hooks(hooks, full);
}

static json_t *json_log(const struct ctguard_status *status)
{
	json_t *json = json_object();

	json_object_set_new(json, "tpm",
			    json_string(ctguard_words_tpm(status->tpm_state)));
	json_object_set_new(json, "pcr", json_integer(status->pcr));
	json_object_set_new(json, "first",
			    json_integer((json_int_t)status->log_first));
	json_object_set_new(json, "next",
			    json_integer((json_int_t)status->log_next));
	json_object_set_new(json, "bytes",
			    json_integer((json_int_t)status->log_bytes));
	json_object_set_new(json, "failed",
			    json_integer((json_int_t)status->log_failed));
	return json;
}

static void print_json(const struct ctguard_status *status,
		       const struct ctguard_hooks *hooks)
{
	json_t *json = json_object(), *policy = json_object();
	json_t *list = json_array();
	char hex[CTGUARD_DIGEST_TEXT];

	ctguard_digest_text(status->digest, hex);
	json_object_set_new(json, "state",
			    json_string(ctguard_words_state(status->state)));
	json_object_set_new(json, "good", json_boolean(good(status)));
	json_object_set_new(json, "mode",
			    json_string(ctguard_words_mode(status->mode)));
	json_object_set_new(json, "version",
			    ctguard_output_string(status->version));
	json_object_set_new(json, "abi", json_integer(status->abi));
	json_object_set_new(json, "features",
			    json_integer((json_int_t)status->features));
	json_object_set_new(policy, "generation",
			    json_integer((json_int_t)status->generation));
	json_object_set_new(policy, "sha256", json_string(hex));
	json_object_set_new(policy, "size", json_integer(status->size));
	json_object_set_new(
		policy, "mode",
		json_string(ctguard_words_mode(status->policy_mode)));
	json_object_set_new(json, "policy", policy);
	json_object_set_new(json, "trial_left_ms",
			    status->trial ? json_integer(status->trial_left) :
					    json_null());
	json_object_set_new(json, "containers",
			    json_integer(status->containers));
	json_object_set_new(json, "events",
			    json_integer((json_int_t)status->events));
	json_object_set_new(json, "events_lost",
			    json_integer((json_int_t)status->events_lost));
	json_object_set_new(json, "log",
			    status->measured ? json_log(status) : json_null());
	for (size_t i = 0; i < hooks->count; i++) {
		const struct ctguard_hook *hook = &hooks->list[i];
		json_t *item = json_object();

		json_object_set_new(item, "name",
				    ctguard_output_string(hook->name));
		json_object_set_new(item, "group",
				    ctguard_output_string(hook->group));
		json_object_set_new(
			item, "state",
			json_string(ctguard_words_hook_state(hook->state)));
		json_object_set_new(item, "required",
				    json_boolean(hook->required));
		json_array_append_new(list, item);
	}
	json_object_set_new(json, "hooks", list);
	json_object_set_new(json, "open", open_ids(hooks));
	ctguard_output_json(json, false);
}

int ctguard_command_status(int argc, char **argv)
{
	CTGUARD_LINK struct ctguard_link *link = NULL;
	struct ctguard_status status = { 0 };
	struct ctguard_hooks hooks = { 0 };
	bool full, json;
	struct ctguard_error error;
	int ended, r;

	ended = ctguard_command_options(argc, argv, usage, "full", &full,
					&json);
	if (ended >= 0)
		return ended;
	if (ctguard_link_open(&link, &error) < 0 ||
	    ctguard_client_status(link, &status, &error) < 0)
		return ctguard_command_failed(&error);
	if (status.state != CTGUARD_STATE_OFF &&
	    ctguard_client_hooks(link, &hooks, &error) < 0) {
		ctguard_client_status_clear(&status);
		return ctguard_command_failed(&error);
	}
	if (json)
		print_json(&status, &hooks);
	else
		print(&status, &hooks, full);
	r = good(&status) ? CTGUARD_EXIT_YES : CTGUARD_EXIT_NO;
	ctguard_client_status_clear(&status);
	ctguard_client_hooks_clear(&hooks);
	return ctguard_command_finish(r);
}
