// SPDX-License-Identifier: GPL-2.0
/*
 * What the verifier knows of an enrolled key: one JSON record each. It is the
 * verifier's own, yet read as strictly as what comes from elsewhere.
 */
#include <stdio.h>
#include <string.h>

#include "../../userspace/lib/error.h"
#include "json.h"
#include "record.h"

/* An object of it, which is at @path. */
struct reader {
	const char *name;
	const char *path;
	const json_t *json;
	struct ctguard_error *error;
};

static int bad(const struct reader *reader, const char *key, const char *rule)
{
	return json_bad(reader->name, reader->error, rule, "%s/%s",
			reader->path, key);
}

static int get_count(const struct reader *reader, const char *key,
		     uint64_t most, uint64_t *ret_value)
{
	char rule[64];

	if (json_count(json_object_get(reader->json, key), ret_value) &&
	    *ret_value <= most)
		return 0;
	snprintf(rule, sizeof(rule), "expected a number of 0 to %llu",
		 (unsigned long long)most);
	return bad(reader, key, rule);
}

static int get_u32(const struct reader *reader, const char *key,
		   uint32_t *ret_value)
{
	uint64_t value;

	if (get_count(reader, key, UINT32_MAX, &value) < 0)
		return -1;
	*ret_value = (uint32_t)value;
	return 0;
}

static int get_bool(const struct reader *reader, const char *key,
		    bool *ret_value)
{
	const json_t *json = json_object_get(reader->json, key);

	if (!json_is_boolean(json))
		return bad(reader, key, "expected true or false");
	*ret_value = json_is_true(json);
	return 0;
}

static int get_text(const struct reader *reader, const char *key, size_t space,
		    char *text)
{
	const json_t *json = json_object_get(reader->json, key);
	char rule[64];

	if (!json_is_string(json) || json_string_length(json) >= space ||
	    strlen(json_string_value(json)) != json_string_length(json)) {
		snprintf(rule, sizeof(rule),
			 "expected text of less than %zu bytes", space);
		return bad(reader, key, rule);
	}
	memcpy(text, json_string_value(json), json_string_length(json) + 1);
	return 0;
}

static int get_hex(const struct reader *reader, const char *key, size_t size,
		   uint8_t *bytes)
{
	char rule[64];

	if (json_hex(json_object_get(reader->json, key), bytes, size))
		return 0;
	snprintf(rule, sizeof(rule), "expected %zu bytes in hexadecimal", size);
	return bad(reader, key, rule);
}

/** record_host_valid() - whether a host may be called so */
bool record_host_valid(const char *host)
{
	const size_t length = strlen(host);

	return length && length <= RECORD_HOST_MAX &&
	       strspn(host,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       length &&
	       *host != '.' && *host != '-';
}

static int get_nonces(const struct reader *reader, struct record *record)
{
	static const char *const keys[] = { "nonce",	  "issued", "expires",
					    "generation", "used",   NULL };
	const json_t *list = json_object_get(reader->json, "nonces");

	if (!json_is_array(list) || json_array_size(list) > RECORD_NONCES_MAX)
		return bad(reader, "nonces", "expected a list of at most 64");
	record->nonce_count = json_array_size(list);
	for (size_t i = 0; i < record->nonce_count; i++) {
		char path[64];
		struct reader row = { reader->name, path,
				      json_array_get(list, i), reader->error };
		struct record_nonce *nonce = &record->nonces[i];

		snprintf(path, sizeof(path), "/nonces/%zu", i);
		if (!json_is_object(row.json))
			return json_bad(row.name, row.error,
					"expected an object", "%s", path);
		if (json_known(row.name, path, row.json, keys, row.error) < 0 ||
		    get_hex(&row, "nonce", sizeof(nonce->bytes), nonce->bytes) <
			    0 ||
		    get_count(&row, "issued", INT64_MAX, &nonce->issued) < 0 ||
		    get_count(&row, "expires", INT64_MAX, &nonce->expires) <
			    0 ||
		    get_hex(&row, "generation", RECORD_GENERATION,
			    nonce->generation) < 0 ||
		    get_bool(&row, "used", &nonce->used) < 0)
			return -1;
	}
	return 0;
}

static int get_values(const struct reader *reader, struct log_state *log)
{
	json_t *values = json_object_get(reader->json, "values"), *value;
	const char *name;

	if (!json_is_object(values))
		return bad(reader, "values", "expected an object");
	json_object_foreach(values, name, value)
	{
		enum hash_bank bank = hash_bank_named(name, strlen(name));

		if (bank == HASH_NONE ||
		    !json_hex(value, log->values[bank], hash_size(bank)))
			return json_bad(
				reader->name, reader->error,
				"expected a bank, and digits of its value",
				"%s/values/%s", reader->path, name);
		log->banks |= 1U << bank;
	}
	return 0;
}

static int get_reasons(const struct reader *reader, struct log_state *log)
{
	const json_t *list = json_object_get(reader->json, "reasons");
	json_t *value;
	size_t i;

	if (!json_is_array(list))
		return bad(reader, "reasons", "expected a list");
	json_array_foreach(list, i, value)
	{
		const char *name = json_string_value(value);
		int reason = name ? reason_find(name) : -1;

		if (reason < 0)
			return json_bad(reader->name, reader->error,
					"expected the code of a reason",
					"%s/reasons/%zu", reader->path, i);
		reasons_put(&log->reasons, (enum reason)reason);
	}
	return 0;
}

static int get_log(const struct reader *outer, struct log_state *log)
{
	static const char *const keys[] = {
		"count",   "instance",	 "pcr",	   "values", "kernel",
		"init",	   "locked",	 "capped", "exited", "enforcing",
		"policy",  "generation", "starts", "denied", "violations",
		"reasons", "reference",	 "rank",   NULL
	};
	struct reader reader = { outer->name, "/log",
				 json_object_get(outer->json, "log"),
				 outer->error };
	uint64_t pcr, rank;

	if (!reader.json)
		return 0;
	if (!json_is_object(reader.json))
		return bad(outer, "log", "expected an object");
	if (json_known(reader.name, reader.path, reader.json, keys,
		       reader.error) < 0 ||
	    get_count(&reader, "count", INT64_MAX, &log->count) < 0 ||
	    get_hex(&reader, "instance", sizeof(log->instance), log->instance) <
		    0 ||
	    get_count(&reader, "pcr", 23, &pcr) < 0 ||
	    get_values(&reader, log) < 0 ||
	    get_text(&reader, "kernel", sizeof(log->kernel), log->kernel) < 0 ||
	    get_bool(&reader, "init", &log->initialised) < 0 ||
	    get_bool(&reader, "locked", &log->locked) < 0 ||
	    get_bool(&reader, "capped", &log->capped) < 0 ||
	    get_bool(&reader, "exited", &log->exited) < 0 ||
	    get_bool(&reader, "enforcing", &log->enforcing) < 0 ||
	    get_count(&reader, "generation", INT64_MAX, &log->generation) < 0 ||
	    get_count(&reader, "starts", INT64_MAX, &log->starts) < 0 ||
	    get_count(&reader, "denied", INT64_MAX, &log->denied) < 0 ||
	    get_count(&reader, "violations", INT64_MAX, &log->violations) < 0 ||
	    get_reasons(&reader, log) < 0)
		return -1;
	if (json_object_get(reader.json, "policy")) {
		if (get_hex(&reader, "policy", 32, log->policy) < 0)
			return -1;
		log->has_policy = true;
	}
	/* Without it the log was judged by nobody knows what. */
	if (json_object_get(reader.json, "reference") &&
	    get_hex(&reader, "reference", sizeof(log->reference),
		    log->reference) < 0)
		return -1;
	log->rank = -1;
	if (json_object_get(reader.json, "rank")) {
		if (get_count(&reader, "rank", INT32_MAX, &rank) < 0)
			return -1;
		log->rank = (int)rank;
	}
	log->pcr = (uint8_t)pcr;
	log->known = true;
	return 0;
}

static int get_quote(const struct reader *outer, struct record *record)
{
	static const char *const keys[] = { "reset_count", "restart_count",
					    "clock", NULL };
	struct reader reader = { outer->name, "/quote",
				 json_object_get(outer->json, "quote"),
				 outer->error };

	if (!reader.json)
		return 0;
	if (!json_is_object(reader.json))
		return bad(outer, "quote", "expected an object");
	record->quoted = true;
	if (json_known(reader.name, reader.path, reader.json, keys,
		       reader.error) < 0 ||
	    get_u32(&reader, "reset_count", &record->resets) < 0 ||
	    get_u32(&reader, "restart_count", &record->restarts) < 0)
		return -1;
	return get_count(&reader, "clock", INT64_MAX, &record->clock);
}

/**
 * record_parse() - read a record
 * @name: of its file, for errors
 * @data: text
 * @size: of it
 * @ret_record: all of it
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int record_parse(const char *name, const void *data, size_t size,
		 struct record *ret_record, struct ctguard_error *error)
{
	static const char *const keys[] = { "ctguard_ak", "host",   "name",
					    "ek",	  "trust",  "enrolled",
					    "reference",  "nonces", "quote",
					    "log",	  "policy", NULL };
	JSON_PUT json_t *json = NULL;
	struct reader reader = { name, "", NULL, error };
	const json_t *key;
	uint64_t version;

	memset(ret_record, 0, sizeof(*ret_record));
	if (json_read(name, data, size, &json, error) < 0)
		return -1;
	reader.json = json;
	if (json_known(name, "", json, keys, error) < 0 ||
	    get_count(&reader, "ctguard_ak", 1, &version) < 0 ||
	    get_text(&reader, "host", sizeof(ret_record->host),
		     ret_record->host) < 0 ||
	    get_hex(&reader, "ek", 32, ret_record->ek) < 0 ||
	    get_text(&reader, "trust", sizeof(ret_record->trust),
		     ret_record->trust) < 0 ||
	    get_count(&reader, "enrolled", INT64_MAX, &ret_record->enrolled) <
		    0 ||
	    get_text(&reader, "reference", sizeof(ret_record->reference),
		     ret_record->reference) < 0 ||
	    get_nonces(&reader, ret_record) < 0 ||
	    get_quote(&reader, ret_record) < 0 ||
	    get_log(&reader, &ret_record->log) < 0)
		return -1;
	if (!record_host_valid(ret_record->host))
		return bad(&reader, "host", "expected a host's name");
	if (*ret_record->reference &&
	    (strlen(ret_record->reference) != 64 ||
	     strspn(ret_record->reference, "0123456789abcdef") != 64))
		return bad(&reader, "reference",
			   "expected sha256 in hexadecimal, or nothing");
	key = json_object_get(json, "name");
	ret_record->name_size = json_string_length(key) / 2;
	if (!ret_record->name_size ||
	    ret_record->name_size > sizeof(ret_record->name) ||
	    !json_hex(key, ret_record->name, ret_record->name_size))
		return bad(&reader, "name", "expected a Name in hexadecimal");
	if (json_object_get(json, "policy")) {
		if (get_hex(&reader, "policy", 32, ret_record->policy) < 0)
			return -1;
		ret_record->has_policy = true;
	}
	return 0;
}

/* What no TPM and no module counts to is kept as the most that JSON has. */
static void set_count(json_t *json, const char *key, uint64_t value)
{
	json_object_set_new_nocheck(json, key,
				    json_integer(value > INT64_MAX ?
							 INT64_MAX :
							 (json_int_t)value));
}

static void set_hex(json_t *json, const char *key, const uint8_t *data,
		    size_t size)
{
	json_object_set_new_nocheck(json, key, json_from_hex(data, size));
}

static void set_bool(json_t *json, const char *key, bool value)
{
	json_object_set_new_nocheck(json, key, json_boolean(value));
}

static json_t *nonces_json(const struct record *record)
{
	json_t *list = json_array();

	for (size_t i = 0; i < record->nonce_count; i++) {
		const struct record_nonce *nonce = &record->nonces[i];
		json_t *row = json_object();

		set_hex(row, "nonce", nonce->bytes, sizeof(nonce->bytes));
		set_count(row, "issued", nonce->issued);
		set_count(row, "expires", nonce->expires);
		set_hex(row, "generation", nonce->generation,
			RECORD_GENERATION);
		set_bool(row, "used", nonce->used);
		json_array_append_new(list, row);
	}
	return list;
}

static json_t *log_json(const struct log_state *log)
{
	json_t *json = json_object(), *values = json_object();
	json_t *reasons = json_array();

	set_count(json, "count", log->count);
	set_hex(json, "instance", log->instance, sizeof(log->instance));
	set_count(json, "pcr", log->pcr);
	for (int i = 0; i < HASH_BANKS; i++)
		if (log->banks >> i & 1)
			set_hex(values, hash_name((enum hash_bank)i),
				log->values[i], hash_size((enum hash_bank)i));
	json_object_set_new_nocheck(json, "values", values);
	/* A release that is not UTF-8 is no release. */
	json_object_set_new_nocheck(
		json, "kernel", json_string(log->kernel) ?: json_string(""));
	set_bool(json, "init", log->initialised);
	set_bool(json, "locked", log->locked);
	set_bool(json, "capped", log->capped);
	set_bool(json, "exited", log->exited);
	set_bool(json, "enforcing", log->enforcing);
	if (log->has_policy)
		set_hex(json, "policy", log->policy, 32);
	set_count(json, "generation", log->generation);
	set_count(json, "starts", log->starts);
	set_count(json, "denied", log->denied);
	set_count(json, "violations", log->violations);
	for (int i = 0; i < REASON_COUNT; i++)
		if (reasons_have(&log->reasons, (enum reason)i))
			json_array_append_new(reasons,
					      json_string_nocheck(reason_name(
						      (enum reason)i)));
	json_object_set_new_nocheck(json, "reasons", reasons);
	set_hex(json, "reference", log->reference, sizeof(log->reference));
	if (log->rank >= 0)
		set_count(json, "rank", (uint64_t)log->rank);
	return json;
}

/** record_json() - write a record */
json_t *record_json(const struct record *record)
{
	json_t *json = json_object(), *quote;

	set_count(json, "ctguard_ak", 1);
	json_object_set_new_nocheck(json, "host", json_string(record->host));
	set_hex(json, "name", record->name, record->name_size);
	set_hex(json, "ek", record->ek, 32);
	json_object_set_new_nocheck(json, "trust", json_string(record->trust));
	set_count(json, "enrolled", record->enrolled);
	json_object_set_new_nocheck(json, "reference",
				    json_string(record->reference));
	json_object_set_new_nocheck(json, "nonces", nonces_json(record));
	if (record->quoted) {
		quote = json_object();
		set_count(quote, "reset_count", record->resets);
		set_count(quote, "restart_count", record->restarts);
		set_count(quote, "clock", record->clock);
		json_object_set_new_nocheck(json, "quote", quote);
	}
	if (record->log.known)
		json_object_set_new_nocheck(json, "log",
					    log_json(&record->log));
	if (record->has_policy)
		set_hex(json, "policy", record->policy, 32);
	return json;
}
