// SPDX-License-Identifier: GPL-2.0
/* A policy as YAML, one rule a line, in the order of the compiled form. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <ctguard/ctguard.h>

#include "alloc.h"
#include "cleanup.h"
#include "policy.h"
#include "words.h"
#include "writer.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct writer {
	FILE *out;
	unsigned int line;   /* being written */
	unsigned int *lines; /* of the rules, by their number; or NULL */
};

__attribute__((format(printf, 3, 4))) static void
line(struct writer *w, const struct ctguard_rule *rule, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(w->out, format, arguments);
	va_end(arguments);
	putc('\n', w->out);
	if (rule && w->lines)
		w->lines[rule->number] = w->line;
	w->line++;
}

/* A double-quoted scalar; patterns are printable ASCII. To be freed. */
static char *quote(const char *text)
{
	char *quoted = ctguard_alloc_zeroed(strlen(text) * 2 + 3, 1);
	char *end = quoted;

	*end++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			*end++ = '\\';
		*end++ = *text;
	}
	*end = '"';
	return quoted;
}

/*
 * A name, quoted when other readers of YAML would not take it for a string.
 * To be freed.
 */
static char *name(const char *text)
{
	static const char *const words[] = {
		"y",   "n",    "yes",	"no",	"on",
		"off", "true", "false", "null", "none",
	};
	bool plain = (*text >= 'A' && *text <= 'Z') ||
		     (*text >= 'a' && *text <= 'z');

	for (size_t i = 0; i < COUNT(words); i++)
		if (!strcasecmp(text, words[i]))
			plain = false;
	return plain ? ctguard_alloc_string(text, strlen(text)) : quote(text);
}

static char *profile_name(const struct ctguard_policy *policy, uint32_t profile)
{
	if (profile >= policy->profile_count)
		return ctguard_alloc_string("none", strlen("none"));
	return name(policy->profiles[profile].name);
}

/* A list of patterns; with a condition they stand behind the key @named. */
static void write_patterns(struct writer *w, const char *indent,
			   const char *key, const char *named,
			   const struct ctguard_rules *rules)
{
	if (!rules->count) {
		line(w, NULL, "%s%s: []", indent, key);
		return;
	}
	line(w, NULL, "%s%s:", indent, key);
	for (size_t i = 0; i < rules->count; i++) {
		const struct ctguard_rule *rule = &rules->list[i];
		CTGUARD_FREE char *pattern = quote(rule->pattern);

		if (rule->when)
			line(w, rule, "%s  - {%s: %s, when: %s}", indent, named,
			     pattern, ctguard_words_when(rule->when));
		else
			line(w, rule, "%s  - %s", indent, pattern);
	}
}

/* The head of a group; whether there is more to be said of it. */
static bool write_group(struct writer *w, enum ctguard_group group,
			uint32_t flags)
{
	if (flags & CTGUARD_GROUP_UNRESTRICTED) {
		line(w, NULL, "    %s: unrestricted",
		     ctguard_policy_groups[group]);
		return false;
	}
	line(w, NULL, "    %s:", ctguard_policy_groups[group]);
	if (flags & CTGUARD_GROUP_COMPLAIN)
		line(w, NULL, "      complain: true");
	return true;
}

static void write_modules(struct writer *w,
			  const struct ctguard_profile *profile)
{
	uint32_t flags = profile->group[CTGUARD_GROUP_MODULES];

	if (!write_group(w, CTGUARD_GROUP_MODULES, flags))
		return;
	line(w, NULL, "      load: %s",
	     flags & CTGUARD_GROUP_ALLOW_LOAD ? "allow" : "deny");
	line(w, NULL, "      unload: %s",
	     flags & CTGUARD_GROUP_ALLOW_UNLOAD ? "allow" : "deny");
	line(w, NULL, "      kexec: %s",
	     flags & CTGUARD_GROUP_ALLOW_KEXEC ? "allow" : "deny");
	write_patterns(w, "      ", "autoload", "name",
		       &profile->lists[CTGUARD_LIST_AUTOLOAD]);
}

static void write_device_rules(struct writer *w,
			       const struct ctguard_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		CTGUARD_FREE char *text =
			ctguard_policy_rule_text(&rules->list[i]);
		CTGUARD_FREE char *quoted = quote(text);

		line(w, &rules->list[i], "        - %s", quoted);
	}
}

static void write_devices(struct writer *w,
			  const struct ctguard_profile *profile)
{
	const struct ctguard_rules *numbers =
		&profile->lists[CTGUARD_LIST_DEVICES];
	const struct ctguard_rules *names =
		&profile->lists[CTGUARD_LIST_DEVICE_NAMES];

	if (!write_group(w, CTGUARD_GROUP_DEVICES,
			 profile->group[CTGUARD_GROUP_DEVICES]))
		return;
	if (!numbers->count && !names->count) {
		line(w, NULL, "      allow: []");
		return;
	}
	line(w, NULL, "      allow:");
	write_device_rules(w, numbers);
	write_device_rules(w, names);
}

/* Whether the rules are what a single word says: everything, @when. */
static bool everything(const struct ctguard_rules *rules, uint32_t when)
{
	return rules->count == 1 && rules->list[0].when == when &&
	       !strcmp(rules->list[0].pattern, "/**");
}

static void write_fs(struct writer *w, const char *key,
		     const struct ctguard_rules *rules)
{
	if (everything(rules, CTGUARD_OWN))
		line(w, &rules->list[0], "        %s: own", key);
	else if (everything(rules, 0))
		line(w, &rules->list[0], "        %s: any", key);
	else
		write_patterns(w, "        ", key, "path", rules);
}

static void write_pseudofs(struct writer *w,
			   const struct ctguard_profile *profile)
{
	size_t allowing = 0, denying = 0;

	if (!write_group(w, CTGUARD_GROUP_PSEUDOFS,
			 profile->group[CTGUARD_GROUP_PSEUDOFS]))
		return;
	/*
	 * A reader numbers filesystems as they appear, first those that are
	 * allowed something. So what stands before one of those, or would
	 * appear nowhere, is named there too.
	 */
	for (size_t i = 0; i < profile->fs_count; i++) {
		const struct ctguard_fs *fs = &profile->fs[i];

		if (fs->allow.count || !fs->deny_read.count)
			allowing = i + 1;
		if (fs->deny_read.count)
			denying++;
	}
	line(w, NULL, allowing ? "      allow:" : "      allow: {}");
	for (size_t i = 0; i < allowing; i++) {
		CTGUARD_FREE char *key = name(profile->fs[i].name);

		write_fs(w, key, &profile->fs[i].allow);
	}
	if (!denying)
		return;
	line(w, NULL, "      deny-read:");
	for (size_t i = 0; i < profile->fs_count; i++) {
		CTGUARD_FREE char *key = name(profile->fs[i].name);

		if (profile->fs[i].deny_read.count)
			write_fs(w, key, &profile->fs[i].deny_read);
	}
}

static void write_names(struct writer *w, const struct ctguard_profile *profile)
{
	for (size_t i = 0; i < CTGUARD_POLICY_NAMES; i++) {
		const struct ctguard_policy_names *names =
			&ctguard_policy_names[i];

		if (write_group(w, names->group, profile->group[names->group]))
			write_patterns(w, "      ", "allow", "name",
				       &profile->lists[names->list]);
	}
}

static void write_images(struct writer *w,
			 const struct ctguard_profile *profile)
{
	if (!profile->require)
		return;
	write_group(w, CTGUARD_GROUP_IMAGES,
		    profile->group[CTGUARD_GROUP_IMAGES]);
	line(w, NULL, "      require: %s",
	     ctguard_words_require(profile->require));
	if (profile->require != CTGUARD_REQUIRE_APPROVED)
		return;
	line(w, NULL, "      level: %u", profile->level);
	line(w, NULL, "      program: %s",
	     ctguard_words_program(profile->program));
}

static void write_profile(struct writer *w,
			  const struct ctguard_profile *profile)
{
	CTGUARD_FREE char *key = name(profile->name);

	line(w, NULL, "  %s:", key);
	if (profile->flags & CTGUARD_PROFILE_COMPLAIN)
		line(w, NULL, "    complain: true");
	write_modules(w, profile);
	write_devices(w, profile);
	write_pseudofs(w, profile);
	write_names(w, profile);
	write_images(w, profile);
}

static void write_guard(struct writer *w, const struct ctguard_policy *policy)
{
	CTGUARD_FREE char *pid = profile_name(policy, policy->namespaces[0]);
	CTGUARD_FREE char *user = profile_name(policy, policy->namespaces[1]);
	CTGUARD_FREE char *cgroup = profile_name(policy, policy->namespaces[2]);

	line(w, NULL, "guard:");
	line(w, NULL, "  namespaces: {pid: %s, user: %s, cgroup: %s}", pid,
	     user, cgroup);
	write_patterns(w, "  ", "cgroups", "path", &policy->cgroups);
	write_patterns(w, "  ", "except", "path", &policy->except);
}

static void write_binds(struct writer *w, const struct ctguard_policy *policy)
{
	if (!policy->binds.count)
		return;
	line(w, NULL, "%s", "");
	line(w, NULL, "bind:");
	for (size_t i = 0; i < policy->binds.count; i++) {
		const struct ctguard_rule *rule = &policy->binds.list[i];
		CTGUARD_FREE char *profile =
			profile_name(policy, rule->profile);
		CTGUARD_FREE char *pattern = quote(rule->pattern);

		line(w, rule, "  - {cgroup: %s, profile: %s}", pattern,
		     profile);
	}
}

static void write_approved(struct writer *w, const char *key,
			   const struct ctguard_policy *policy,
			   enum ctguard_approved_kind kind)
{
	const struct ctguard_approvals *approved = &policy->approved[kind];
	char text[CTGUARD_APPROVED_TEXT];

	if (!approved->count)
		return;
	line(w, NULL, "%s", "");
	line(w, NULL, "%s:", key);
	for (size_t i = 0; i < approved->count; i++) {
		ctguard_approved_text(kind, &approved->list[i], text);
		line(w, NULL, "  - %s", text);
	}
}

/**
 * ctguard_writer_text() - a policy as YAML
 * @policy: numbered
 * @comment: lines that begin with "#" to put first, or ""
 * @ret_lines: array with the line of each rule by its number, from 1, that the
 *	caller made large enough; or NULL
 *
 * What it returns compiles to the same bytes as @policy does.
 *
 * Return: the text, to be freed.
 */
char *ctguard_writer_text(const struct ctguard_policy *policy,
			  const char *comment, unsigned int *ret_lines)
{
	CTGUARD_FREE char *profile =
		profile_name(policy, policy->default_profile);
	struct writer w = { .line = 1, .lines = ret_lines };
	char *text = NULL;
	size_t size;

	w.out = open_memstream(&text, &size);
	if (!w.out)
		return ctguard_alloc_string("", 0);
	fputs(comment, w.out);
	for (; *comment; comment++)
		w.line += *comment == '\n';
	line(&w, NULL, "ctguard: 1");
	line(&w, NULL, "mode: %s", ctguard_words_mode(policy->mode));
	line(&w, NULL, "%s", "");
	write_guard(&w, policy);
	line(&w, NULL, "%s", "");
	line(&w, NULL, "default: %s", profile);
	line(&w, NULL, "%s", "");
	line(&w, NULL, "profiles:");
	for (size_t i = 0; i < policy->profile_count; i++)
		write_profile(&w, &policy->profiles[i]);
	write_binds(&w, policy);
	write_approved(&w, "images", policy, CTGUARD_APPROVED_IMAGES);
	write_approved(&w, "claimants", policy, CTGUARD_APPROVED_CLAIMANTS);
	fclose(w.out);
	return text;
}
