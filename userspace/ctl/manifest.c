// SPDX-License-Identifier: GPL-2.0
/* What heads evidence and requests to enrol: hints for people. */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "../../include/version.h"
#include "../lib/alloc.h"
#include "manifest.h"
#include "output.h"

/**
 * ctguard_manifest_begin() - what every manifest has
 * @kind: of the file it heads
 * @time: seconds since the epoch
 *
 * Return: an object to add to.
 */
json_t *ctguard_manifest_begin(const char *kind, uint64_t time)
{
	json_t *manifest = json_object();
	time_t seconds = (time_t)time;
	struct utsname names;
	char text[32] = "";
	struct tm parts;

	if (gmtime_r(&seconds, &parts))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
	json_object_set_new(manifest, "kind", json_string(kind));
	json_object_set_new(manifest, "ctguard", json_string(CTGUARD_VERSION));
	json_object_set_new(manifest, "time", json_string(text));
	if (!uname(&names)) {
		json_object_set_new(manifest, "host",
				    ctguard_output_string(names.nodename));
		json_object_set_new(manifest, "kernel",
				    ctguard_output_string(names.release));
	}
	return manifest;
}

/** ctguard_manifest_end() - its text, to be freed; frees @manifest */
char *ctguard_manifest_end(json_t *manifest, size_t *ret_size)
{
	char *text = json_dumps(manifest, JSON_PRESERVE_ORDER | JSON_INDENT(2));
	char *line;

	line = ctguard_alloc_format("%s\n", text ? text : "{}");
	json_decref(manifest);
	free(text);
	*ret_size = strlen(line);
	return line;
}
