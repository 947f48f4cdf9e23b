// SPDX-License-Identifier: GPL-2.0
/*
 * What a runtime tells a hook: "State" of the OCI runtime specification. Status
 * and root are not the same of crun and runc, and annotations are the image
 * author's: none of them is looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "../image/json.h"
#include "../lib/alloc.h"
#include "../lib/error.h"
#include "state.h"

/**
 * ctguard_state_parse() - read a state
 * @data: its bytes
 * @size: their number
 * @ret: the state, to be cleared
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_state_parse(const char *data, size_t size,
			struct ctguard_state *ret, struct ctguard_error *error)
{
	static const char name[] = "the runtime's state";
	CTGUARD_JSON json_t *json = NULL;
	const char *id, *bundle;
	const json_t *pid;

	if (ctguard_json_parse(name, data, size, &json, error) < 0)
		return -1;
	id = ctguard_json_string(name, json, "id", error);
	bundle = id ? ctguard_json_string(name, json, "bundle", error) : NULL;
	pid = bundle ?
		      ctguard_json_get(name, json, "pid", JSON_INTEGER, error) :
		      NULL;
	if (!pid)
		return -1;
	if (!*id || strchr(id, '/') || strlen(id) > 1024)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no name as \"id\"", name);
	if (*bundle != '/')
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0,
			"%s: found no absolute path as \"bundle\"", name);
	if (json_integer_value(pid) <= 0 ||
	    json_integer_value(pid) > 0x7fffffff)
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: found no process as \"pid\"",
					 name);
	ret->id = ctguard_alloc_string(id, strlen(id));
	ret->bundle = ctguard_alloc_string(bundle, strlen(bundle));
	ret->pid = (pid_t)json_integer_value(pid);
	return 0;
}

/** ctguard_state_clear() - free what it holds */
void ctguard_state_clear(struct ctguard_state *state)
{
	free(state->id);
	free(state->bundle);
	memset(state, 0, sizeof(*state));
}
