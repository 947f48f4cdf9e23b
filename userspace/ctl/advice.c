// SPDX-License-Identifier: GPL-2.0
/* What a policy allows together that is more than it seems. */
#include "advice.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <ctguard/ctguard.h>

#include "../../kmod/glob.h"
#include "../lib/policy.h"

static const char host_code[] = "host-code";

static bool allows_host_code(const struct ctguard_profile *profile)
{
	const struct ctguard_rules *rules =
		&profile->lists[CTGUARD_LIST_KERNEL];

	if (profile->group[CTGUARD_GROUP_KERNEL] & CTGUARD_GROUP_UNRESTRICTED)
		return true;
	for (size_t i = 0; i < rules->count; i++)
		if (!rules->list[i].when &&
		    ctg_glob_match(rules->list[i].pattern,
				   strlen(rules->list[i].pattern), host_code,
				   strlen(host_code)))
			return true;
	return false;
}

static bool loads_modules(const struct ctguard_profile *profile)
{
	return profile->lists[CTGUARD_LIST_AUTOLOAD].count ||
	       profile->group[CTGUARD_GROUP_MODULES] &
		       CTGUARD_GROUP_UNRESTRICTED;
}

/* Is it the profile of containers, and not of sandboxes alone? */
static bool is_for_containers(const struct ctguard_policy *policy, size_t index)
{
	if (policy->default_profile == index ||
	    policy->namespaces[CTGUARD_NAMESPACE_PID] == index)
		return true;
	for (size_t i = 0; i < policy->binds.count; i++)
		if (policy->binds.list[i].profile == index)
			return true;
	return false;
}

/**
 * ctguard_advice_print() - warn of it on standard error
 * @policy: good in itself
 *
 * A container that may change the files which modules are loaded from needs no
 * more than the name of one to have its own code loaded by the host.
 */
void ctguard_advice_print(const struct ctguard_policy *policy)
{
	for (size_t i = 0; i < policy->profile_count; i++) {
		const struct ctguard_profile *profile = &policy->profiles[i];

		if (!is_for_containers(policy, i) ||
		    !allows_host_code(profile) || !loads_modules(profile))
			continue;
		fprintf(stderr,
			"ctguardctl: warning: profile %s: what is given the host's modules to write (kernel: %s) can have the host load them (modules: autoload)\n",
			profile->name, host_code);
	}
}
