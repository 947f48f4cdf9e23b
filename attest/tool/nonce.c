// SPDX-License-Identifier: GPL-2.0
/* ctguard-verify nonce: make one for a host. */
#include <getopt.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../userspace/lib/error.h"
#include "../lib/nonce.h"
#include "../lib/record.h"
#include "../lib/store.h"
#include "command.h"

/*
 * Below that many records a host sends its whole log, 2 MB: evidence that can be
 * read by itself, also by those who do not know what was sent before.
 */
#define SINCE_LEAST 4096
#define TTL_DEFAULT 120
#define TTL_MAX (24 * 60 * 60)

static const char usage[] =
	"Usage: ctguard-verify nonce --host NAME [--ttl SECONDS] [--output FILE]\n"
	"\n"
	"Makes a nonce of 32 bytes for one quote of one host. When 4096 records of its\n"
	"log or more are known, it tells that as well, and the host sends what is new.\n"
	"\n"
	"  -n, --host NAME      enrolled host\n"
	"  -t, --ttl SECONDS    it is good for as long: 120, at most 86400\n"
	"  -o, --output FILE    write it there, not to standard output\n"
	"  -x, --hex            in hexadecimal, with a newline\n"
	"  -w, --whole          ask for the whole log: the nonce, and nothing else\n"
	"  -s, --state DIR      state directory\n";

/* Makes room: what was used or has expired is of use to be told about only. */
static int make_room(struct record *record, uint64_t now)
{
	const struct record_nonce *nonces = record->nonces;
	size_t oldest = RECORD_NONCES_MAX;

	if (record->nonce_count < RECORD_NONCES_MAX)
		return 0;
	for (size_t i = 0; i < record->nonce_count; i++)
		if ((nonces[i].expires < now || nonces[i].used) &&
		    (oldest == RECORD_NONCES_MAX ||
		     nonces[i].expires < nonces[oldest].expires))
			oldest = i;
	if (oldest == RECORD_NONCES_MAX)
		return -1;
	record->nonce_count--;
	memmove(&record->nonces[oldest], &record->nonces[oldest + 1],
		(record->nonce_count - oldest) * sizeof(*record->nonces));
	return 0;
}

/*
 * 32 characters of 6 random bits each: 192 bits are plenty, and programs that
 * take a nonce for text, as Keylime does, can be shown this one.
 */
static int draw(uint8_t bytes[EVIDENCE_NONCE_SIZE])
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

	if (RAND_bytes(bytes, EVIDENCE_NONCE_SIZE) != 1)
		return -1;
	for (size_t i = 0; i < EVIDENCE_NONCE_SIZE; i++)
		bytes[i] = (uint8_t)letters[bytes[i] & 63];
	return 0;
}

/*
 * Tells the host what is known of its log, unless it was judged by what the
 * reference no longer says. By the PCR's value the host finds out whether that
 * is its log: it may have been booted since.
 */
static void tell(struct store *store, const struct record *record,
		 struct nonce *ret)
{
	const struct log_state *log = &record->log;
	const struct reference *reference;
	struct ctguard_error ignored;
	enum hash_bank bank = HASH_SHA256;

	if (!record->quoted || !log->known || log->count < SINCE_LEAST ||
	    !*record->reference ||
	    store_reference(store, record->reference, &reference, &ignored) <
		    0 ||
	    memcmp(reference->sha256, log->reference, sizeof(log->reference)))
		return;
	while (bank < HASH_BANKS && !(log->banks >> bank & 1))
		bank++;
	if (bank == HASH_BANKS)
		return;
	ret->since = log->count;
	ret->value_size = hash_size(bank);
	memcpy(ret->value, log->values[bank], ret->value_size);
}

static int make(const char *state, const char *host, uint64_t ttl, bool whole,
		struct nonce *ret, struct ctguard_error *error)
{
	const uint64_t now = (uint64_t)time(NULL);
	STORE_CLOSE struct store store = { 0 };
	struct record record, *all[] = { &record };
	struct record_nonce *nonce;

	if (command_open(&store, state, error) < 0 ||
	    command_host(&store, host, &record, error) < 0)
		return -1;
	if (make_room(&record, now) < 0)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%d nonces of host %s are outstanding; wait until they expire",
			RECORD_NONCES_MAX, host);
	if (draw(ret->bytes) < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "no random numbers");
	nonce = &record.nonces[record.nonce_count++];
	memcpy(nonce->bytes, ret->bytes, sizeof(nonce->bytes));
	memcpy(nonce->generation, store.generation, sizeof(nonce->generation));
	nonce->issued = now;
	nonce->expires = now + ttl;
	nonce->used = false;
	if (!whole)
		tell(&store, &record, ret);
	return store_save(&store, (const struct record *const *)all, 1, error);
}

int command_nonce(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "host", required_argument, NULL, 'n' },
		{ "ttl", required_argument, NULL, 't' },
		{ "output", required_argument, NULL, 'o' },
		{ "hex", no_argument, NULL, 'x' },
		{ "whole", no_argument, NULL, 'w' },
		{ "state", required_argument, NULL, 's' },
		{ 0 },
	};
	const char *state = COMMAND_STATE, *host = NULL, *output = NULL;
	bool hex = false, whole = false;
	unsigned long ttl = TTL_DEFAULT;
	struct ctguard_error error;
	struct nonce nonce = { 0 };
	char text[NONCE_TEXT_MAX];
	int option;
	char *end;

	while ((option = getopt_long(argc, argv, "hn:t:o:xws:", options,
				     NULL)) != -1) {
		switch (option) {
		case 'h':
			return ctguard_command_help(usage);
		case 'n':
			host = optarg;
			break;
		case 't':
			ttl = strtoul(optarg, &end, 10);
			if (end == optarg || *end || !ttl || ttl > TTL_MAX)
				return ctguard_command_misused(
					argv, "--ttl is 1 to %d seconds",
					TTL_MAX);
			break;
		case 'o':
			output = optarg;
			break;
		case 'x':
			hex = true;
			break;
		case 'w':
			whole = true;
			break;
		case 's':
			state = optarg;
			break;
		default:
			return ctguard_command_misused(argv, NULL);
		}
	}
	if (!host || optind < argc)
		return ctguard_command_misused(argv, "expected --host NAME");
	if (make(state, host, ttl, whole, &nonce, &error) < 0 ||
	    command_write(output, text, nonce_write(&nonce, hex, text), !hex,
			  &error) < 0)
		return ctguard_command_failed(&error);
	return ctguard_command_finish(CTGUARD_EXIT_YES);
}
