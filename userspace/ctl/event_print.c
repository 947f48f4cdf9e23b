// SPDX-License-Identifier: GPL-2.0
/*
 * Events as lines for people and for programs. What containers choose, as
 * paths and command names, is escaped in both.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <ctguard/ctguard.h>
#include <ctguard/measurement.h>

#include "../lib/alloc.h"
#include "../lib/cgroup.h"
#include "../lib/cleanup.h"
#include "../lib/digest.h"
#include "../lib/escape.h"
#include "../lib/event.h"
#include "../lib/words.h"
#include "event_print.h"
#include "output.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NOBODY 0xffffffffU /* no audit login uid or session */

static bool is_device(const struct ctguard_event *event)
{
	return ctguard_event_has(event, CTGUARD_A_DEV_TYPE);
}

/* The object as a policy would name it; to be freed. */
static char *object_of(const struct ctguard_event *event)
{
	CTGUARD_FREE char *name =
		ctguard_escape_terminal(event->object, event->object_size);
	CTGUARD_FREE char *fs = NULL;
	char access[CTGUARD_WORDS_ACCESS];

	if (is_device(event)) {
		ctguard_words_access(event->access, access);
		return ctguard_alloc_format(
			"%c %u:%u%s%s%s%s",
			ctguard_words_device(event->dev_type), event->major,
			event->minor, *access ? " " : "", access,
			*name ? " " : "", name);
	}
	if (event->fs) {
		fs = ctguard_escape_terminal(event->fs, strlen(event->fs));
		return ctguard_alloc_format(
			"%s:%s%s", fs, event->object_truncated ? "..." : "",
			name);
	}
	return ctguard_alloc_format("%s%s",
				    event->object_truncated ? "..." : "", name);
}

static void print_time(uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	char text[32];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%F %T", &tm);
	printf("%s.%03u ", text, (unsigned int)(ns / 1000000 % 1000));
}

/* What is known of the container and of who asked. */
static void print_subject(const struct ctguard_event *event)
{
	CTGUARD_FREE char *shortened = NULL;
	CTGUARD_FREE char *comm = NULL;

	if (event->cgroup) {
		shortened = ctguard_cgroup_short(event->cgroup);
		printf(" container=%s", shortened);
	}
	if (event->profile)
		printf(" profile=%s", event->profile);
	if (ctguard_event_has(event, CTGUARD_A_PID))
		printf(" pid=%u", event->pid);
	if (event->comm) {
		comm = ctguard_escape_terminal(event->comm,
					       strlen(event->comm));
		printf(" comm=\"%s\"", comm);
	}
	if (ctguard_event_has(event, CTGUARD_A_UID))
		printf(" uid=%u", event->uid);
	if (ctguard_event_has(event, CTGUARD_A_AUID) && event->auid != NOBODY)
		printf(" auid=%u", event->auid);
}

/* What would have to be otherwise for a container to start. */
static void print_image_hint(const struct ctguard_event *event,
			     const char *image)
{
	switch (event->reason) {
	case CTGUARD_IMAGE_UNAPPROVED:
		printf(" (to allow: images: \"%s\")", image);
		break;
	case CTGUARD_IMAGE_UNCLAIMED:
		printf(" (no ctguard-oci said what image it is of)");
		break;
	case CTGUARD_IMAGE_LEVEL:
		printf(" (checked less deep than its profile requires)");
		break;
	case CTGUARD_IMAGE_CLAIMANT:
		printf(" (who claimed it is none of the policy's claimants)");
		break;
	case CTGUARD_IMAGE_PROGRAM:
		printf(" (its first program is not from the image's layers)");
		break;
	case CTGUARD_IMAGE_UNMEASURED:
		printf(" (it could not be measured: see 'ctguardctl status')");
		break;
	case CTGUARD_IMAGE_FAILED:
		printf(" (what image it is of could not be told: ctguard-oci told the journal why)");
		break;
	default:
		break;
	}
}

/* The line of a policy that would allow it. */
static void print_hint(const struct ctguard_event *event)
{
	static const char *const keys[] = {
		[CTGUARD_OP_DEVICE_OPEN] = "devices",
		[CTGUARD_OP_DEVICE_MKNOD] = "devices",
		[CTGUARD_OP_DEVICE_MOUNT] = "devices",
		[CTGUARD_OP_KERNEL_USE] = "kernel",
		[CTGUARD_OP_TASK_ACCESS] = "tasks",
		[CTGUARD_OP_FILESYSTEM_MOUNT] = "mounts",
	};
	CTGUARD_FREE char *name =
		ctguard_escape_terminal(event->object, event->object_size);
	char access[CTGUARD_WORDS_ACCESS];

	if (event->operation == CTGUARD_OP_IMAGE_START) {
		print_image_hint(event, name);
		return;
	}
	if (event->operation >= COUNT(keys) || !keys[event->operation])
		return;
	if (is_device(event)) {
		ctguard_words_access(event->access, access);
		printf(" (to allow: devices.allow: \"%c %u:%u %s\")",
		       ctguard_words_device(event->dev_type), event->major,
		       event->minor, access);
	} else if (*name && !event->object_truncated) {
		printf(" (to allow: %s.allow: \"%s\")", keys[event->operation],
		       name);
	}
}

static void print_verdict(const struct ctguard_event *event)
{
	CTGUARD_FREE char *object = object_of(event);

	printf("%s%s%s %s",
	       ctguard_output_on(event->verdict == CTGUARD_VERDICT_DENY ?
					 CTGUARD_COLOUR_BAD :
					 CTGUARD_COLOUR_DOUBT,
				 stdout),
	       ctguard_words_verdict(event->verdict),
	       ctguard_output_off(stdout),
	       ctguard_words_operation(event->operation));
	if (event->kind != CTGUARD_EVENT_FIRST)
		printf(" %s", object);
	print_subject(event);
	if (event->rule != CTGUARD_RULE_NONE)
		printf(" rule=%u", event->rule);
	if (ctguard_event_has(event, CTGUARD_A_LEVEL))
		printf(" level=%s", ctguard_words_level(event->level));
	if (ctguard_event_has(event, CTGUARD_A_REASON))
		printf(" reason=%s", ctguard_words_reason(event->reason));
}

static void print_policy(const struct ctguard_event *event)
{
	char hex[CTGUARD_DIGEST_TEXT];

	printf("policy generation=%" PRIu64, event->generation);
	if (event->digest) {
		ctguard_digest_text(event->digest, hex);
		printf(" sha256=%s", hex);
	}
}

/** ctguard_event_print_text() - one line for people, flushed */
void ctguard_event_print_text(const struct ctguard_event *event)
{
	print_time(event->time);
	switch (event->kind) {
	case CTGUARD_EVENT_VERDICT:
		print_verdict(event);
		print_hint(event);
		break;
	case CTGUARD_EVENT_REPEAT:
		if (ctguard_event_has(event, CTGUARD_A_VERDICT))
			print_verdict(event);
		else
			printf("repeat");
		printf(" (%" PRIu64 " more of the same as seq=%" PRIu64
		       " cpu=%u)",
		       event->count, event->first_seq, event->first_cpu);
		break;
	case CTGUARD_EVENT_FIRST:
		print_verdict(event);
		printf(" (the first, whose own event was lost)");
		break;
	case CTGUARD_EVENT_LOST:
		printf("lost %" PRIu64 " events of cpu=%u in the kernel",
		       event->count,
		       ctguard_event_has(event, CTGUARD_A_LOST_CPU) ?
			       event->lost_cpu :
			       event->cpu);
		break;
	case CTGUARD_EVENT_POLICY:
		print_policy(event);
		break;
	case CTGUARD_EVENT_MODE:
		printf("mode %s", ctguard_words_mode(event->mode));
		break;
	case CTGUARD_EVENT_HOOK:
		printf("hook %s is %s", event->hook ? event->hook : "?",
		       ctguard_words_hook_state(event->hook_state));
		break;
	default:
		printf("event of unknown kind %u", event->kind);
		break;
	}
	putchar('\n');
	fflush(stdout);
}

static void set_u64(json_t *json, const struct ctguard_event *event,
		    enum ctguard_attr attribute, const char *key,
		    uint64_t value)
{
	if (ctguard_event_has(event, attribute))
		json_object_set_new(json, key, json_integer((json_int_t)value));
}

static void set_text(json_t *json, const char *key, const char *value)
{
	if (value)
		json_object_set_new(json, key, ctguard_output_string(value));
}

static void set_object(json_t *json, const struct ctguard_event *event)
{
	char type[2] = { ctguard_words_device(event->dev_type), '\0' };
	char access[CTGUARD_WORDS_ACCESS];
	json_t *device;

	if (event->object) {
		json_object_set_new(json, "object",
				    ctguard_output_bytes(event->object,
							 event->object_size));
		if (event->object_truncated)
			json_object_set_new(json, "object_truncated",
					    json_true());
	}
	set_text(json, "fs", event->fs);
	if (is_device(event)) {
		device = json_object();
		json_object_set_new(device, "type", json_string(type));
		json_object_set_new(device, "major",
				    json_integer(event->major));
		json_object_set_new(device, "minor",
				    json_integer(event->minor));
		json_object_set_new(json, "device", device);
	}
	if (ctguard_event_has(event, CTGUARD_A_ACCESS)) {
		ctguard_words_access(event->access, access);
		set_text(json, "access", access);
	}
}

static void set_subject(json_t *json, const struct ctguard_event *event)
{
	char id[CTGUARD_CGROUP_CONTAINER];

	set_u64(json, event, CTGUARD_A_CGROUP_ID, "cgroup_id",
		event->cgroup_id);
	set_text(json, "cgroup", event->cgroup);
	if (event->cgroup && ctguard_cgroup_container(event->cgroup, id))
		set_text(json, "container", id);
	set_text(json, "profile", event->profile);
	set_u64(json, event, CTGUARD_A_PID, "pid", event->pid);
	set_u64(json, event, CTGUARD_A_TGID, "tgid", event->tgid);
	set_u64(json, event, CTGUARD_A_UID, "uid", event->uid);
	set_u64(json, event, CTGUARD_A_AUID, "auid", event->auid);
	set_u64(json, event, CTGUARD_A_SESSION, "session", event->session);
	set_text(json, "comm", event->comm);
}

static void set_digest(json_t *json, const char *key, const uint8_t *digest)
{
	char hex[CTGUARD_DIGEST_TEXT];

	if (!digest)
		return;
	ctguard_digest_text(digest, hex);
	json_object_set_new(json, key, json_string(hex));
}

static void set_image(json_t *json, const struct ctguard_event *event)
{
	set_u64(json, event, CTGUARD_A_LEVEL, "level", event->level);
	set_digest(json, "config", event->config);
	set_digest(json, "manifest", event->manifest);
	if (ctguard_event_has(event, CTGUARD_A_REASON))
		set_text(json, "reason", ctguard_words_reason(event->reason));
}

/** ctguard_event_print_json() - one line for programs, flushed */
void ctguard_event_print_json(const struct ctguard_event *event)
{
	json_t *json = json_object();
	char hex[CTGUARD_DIGEST_TEXT];

	set_text(json, "kind", ctguard_words_event_kind(event->kind));
	set_u64(json, event, CTGUARD_A_SEQ, "seq", event->seq);
	set_u64(json, event, CTGUARD_A_CPU, "cpu", event->cpu);
	set_u64(json, event, CTGUARD_A_TIME, "time", event->time);
	if (ctguard_event_has(event, CTGUARD_A_VERDICT))
		set_text(json, "verdict",
			 ctguard_words_verdict(event->verdict));
	if (ctguard_event_has(event, CTGUARD_A_OPERATION))
		set_text(json, "operation",
			 ctguard_words_operation(event->operation));
	set_object(json, event);
	set_u64(json, event, CTGUARD_A_RULE, "rule", event->rule);
	set_image(json, event);
	set_subject(json, event);
	set_u64(json, event, CTGUARD_A_COUNT, "count", event->count);
	set_u64(json, event, CTGUARD_A_FIRST_SEQ, "first_seq",
		event->first_seq);
	set_u64(json, event, CTGUARD_A_FIRST_CPU, "first_cpu",
		event->first_cpu);
	set_u64(json, event, CTGUARD_A_LOST_CPU, "lost_cpu", event->lost_cpu);
	if (event->first)
		json_object_set_new(json, "first", json_true());
	set_text(json, "hook", event->hook ? event->hook : event->hook_hit);
	if (ctguard_event_has(event, CTGUARD_A_HOOK_STATE))
		set_text(json, "hook_state",
			 ctguard_words_hook_state(event->hook_state));
	set_u64(json, event, CTGUARD_A_POLICY_GENERATION, "generation",
		event->generation);
	if (event->digest) {
		ctguard_digest_text(event->digest, hex);
		set_text(json, "sha256", hex);
	}
	if (ctguard_event_has(event, CTGUARD_A_MODE))
		set_text(json, "mode", ctguard_words_mode(event->mode));
	ctguard_output_json(json, true);
}

/**
 * ctguard_event_print_gap() - say that numbers are missing
 * @cpu: of whose events
 * @lost: how many
 * @json: for programs
 */
void ctguard_event_print_gap(uint32_t cpu, uint64_t lost, bool json)
{
	struct timespec now;
	json_t *object;
	uint64_t ns;

	clock_gettime(CLOCK_REALTIME, &now);
	ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (json) {
		object = json_object();
		set_text(object, "kind", "gap");
		json_object_set_new(object, "cpu", json_integer(cpu));
		json_object_set_new(object, "time",
				    json_integer((json_int_t)ns));
		json_object_set_new(object, "count",
				    json_integer((json_int_t)lost));
		ctguard_output_json(object, true);
		return;
	}
	print_time(ns);
	printf("gap of %" PRIu64 " events of cpu=%u that did not come here\n",
	       lost, cpu);
	fflush(stdout);
}
