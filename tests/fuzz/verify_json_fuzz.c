// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier's JSON on any bytes: references, records, lists of images. A
 * record that was read is written, and read again as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../attest/lib/json.h"
#include "../../attest/lib/record.h"
#include "../../attest/lib/reference.h"
#include "../../userspace/lib/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct record *record)
{
	static struct record copy;
	json_t *json = record_json(record), *second;
	char *text = json_dumps(json, JSON_COMPACT);
	struct ctguard_error error = { 0 };

	if (!text ||
	    record_parse("fuzz", text, strlen(text), &copy, &error) < 0)
		abort();
	second = record_json(&copy);
	if (!json_equal(json, second))
		abort();
	json_decref(second);
	json_decref(json);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct record record;
	struct reference *reference;
	struct ctguard_error error = { 0 };
	json_t *json;
	char *text;

	if (reference_parse("fuzz", data, size, &reference, &error) == 0)
		reference_free(reference);
	if (record_parse("fuzz", data, size, &record, &error) == 0)
		again(&record);
	text = malloc(size + 1);
	json = json_object();
	memcpy(text, data, size);
	text[size] = '\0';
	reference_add_images("fuzz", text, json, &error);
	json_decref(json);
	free(text);
	return 0;
}
