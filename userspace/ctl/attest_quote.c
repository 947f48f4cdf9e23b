// SPDX-License-Identifier: GPL-2.0
/*
 * ctguardctl attest quote: evidence for a nonce.
 *
 * The log is read after the PCRs are quoted, and cut where it leads to what
 * was quoted: the kernel logs before it extends, so nothing of it can be
 * missing, and what came later is left for the next quote.
 */
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../attest/lib/evidence.h"
#include "../../attest/lib/evidence_write.h"
#include "../../attest/lib/nonce.h"
#include "../../attest/lib/tcg2_write.h"
#include "../lib/alloc.h"
#include "../lib/error.h"
#include "../lib/file.h"
#include "../lib/log.h"
#include "attest_options.h"
#include "command.h"
#include "manifest.h"

static const char usage[] =
	"Usage: ctguardctl attest quote [--nonce-file FILE] [-o HOST.ctgev] [OPTION...]\n"
	"\n"
	"Has the TPM sign its PCRs for a nonce of a verifier's, 32 bytes or a line from\n"
	"standard input or a file, and writes that with the logs to standard output,\n"
	"unless that is a terminal: one file for \"ctguard-verify check\". When the nonce\n"
	"tells which records the verifier has, those are left out.\n"
	"\n"
	"  -n, --nonce-file FILE the nonce, \"-\" for standard input\n"
	"  -o, --output FILE     where the evidence goes, \"-\" for standard output\n"
	"      --pcrs LIST       as 0-9,14 (default 0-10); the guard's is always added,\n"
	"                        and quoted in every bank that the TPM has\n"
	"      --channel-binding FILE\n"
	"                        bind it to a channel: sign the hash of the nonce with\n"
	"                        what only the ends of that channel know\n"
	"      --since N         leave records before number N out, whatever the nonce tells\n"
	"      --force           also when the log does not lead to the PCR's value; a\n"
	"                        verifier will refuse that, and say so\n"
	"      --alg, --ak-handle, --no-persist, --eh-auth, --tcti\n"
	"                        as given to \"attest init\"\n"
	"      --pcr N           the guard's PCR (default: what the kernel says)\n"
	"      --log FILE        the guard's log (default: the kernel's)\n"
	"      --saved DIR       where \"attest log --save\" put the part of it that the\n"
	"                        kernel has no more (default /var/lib/ctguard)\n"
	"      --ima FILE        IMA's log (default: the kernel's, if it has one)\n"
	"      --uefi FILE       the firmware's log (default: likewise)\n";

#define PCRS_DEFAULT 0x7ff
#define BINDING_MAX 4096
#define BINDING_LABEL "ctguard-qd-v1" /* with its NUL */
#define IMA_LOG "/sys/kernel/security/ima/ascii_runtime_measurements"
#define IMA_COUNT "/sys/kernel/security/ima/runtime_measurements_count"
#define UEFI_LOG "/sys/kernel/security/tpm0/binary_bios_measurements"
#define ATTEMPTS 10
#define PAUSE_NS (20L * 1000 * 1000)

/* What was asked for. */
struct request {
	struct ctguard_attest common;
	const char *nonce_file;
	const char *output;
	const char *binding_file;
	const char *ima;
	const char *uefi;
	uint32_t pcrs;
	bool since_given;
	uint64_t since;
	bool force;
};

/* A file's bytes; without them there is none. */
struct bytes {
	char *data;
	size_t size;
};

/* What was gathered. */
struct gathered {
	struct nonce nonce;
	uint8_t qualifying[EVIDENCE_NONCE_SIZE];
	struct ctguard_tpm_key key;
	struct ctguard_pcr_set pcrs;
	struct ctguard_tpm_quote quote;
	struct bytes log;
	size_t log_at; /* where what the verifier has not begins */
	uint64_t first, next;
	struct bytes ima;
	struct bytes uefi;
};

static void clear(struct gathered *gathered)
{
	ctguard_tpm_key_clear(&gathered->key);
	free(gathered->log.data);
	free(gathered->ima.data);
	free(gathered->uefi.data);
}

static int take_nonce(const struct request *request, struct gathered *ret,
		      struct ctguard_error *error)
{
	const char *path = request->nonce_file;
	CTGUARD_FREE char *text = NULL;
	char problem[NONCE_PROBLEM];
	size_t size;

	if (ctguard_file_read(path, NONCE_TEXT_MAX, &text, &size, error) < 0)
		return -1;
	if (nonce_read(text, size, &ret->nonce, problem) < 0)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0, "%s: %s",
			strcmp(path, "-") ? path : "standard input", problem);
	return 0;
}

/* What the TPM signs with the PCRs. */
static int qualify(const struct request *request, struct gathered *ret,
		   struct ctguard_error *error)
{
	EVP_MD_CTX *context;
	char *binding;
	size_t size;
	bool done;

	memcpy(ret->qualifying, ret->nonce.bytes, sizeof(ret->qualifying));
	if (!request->binding_file)
		return 0;
	if (ctguard_file_read(request->binding_file, BINDING_MAX, &binding,
			      &size, error) < 0)
		return -1;
	if (!size) {
		free(binding);
		return ctguard_error_set(error, CTGUARD_EXIT_MALFORMED, 0,
					 "%s: is empty, and binds nothing",
					 request->binding_file);
	}
	context = EVP_MD_CTX_new();
	done = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) &&
	       EVP_DigestUpdate(context, BINDING_LABEL,
				sizeof(BINDING_LABEL)) &&
	       EVP_DigestUpdate(context, ret->nonce.bytes,
				sizeof(ret->nonce.bytes)) &&
	       EVP_DigestUpdate(context, binding, size) &&
	       EVP_DigestFinal_ex(context, ret->qualifying, NULL);
	EVP_MD_CTX_free(context);
	free(binding);
	if (!done)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "libcrypto has no sha256");
	return 0;
}

/* A file that need not be there, unless it was asked for. */
static int read_file(const char *path, bool asked, enum evidence_member member,
		     struct bytes *ret, struct ctguard_error *error)
{
	free(ret->data);
	ret->data = NULL;
	if (!asked && access(path, F_OK))
		return 0;
	return ctguard_file_read(path, evidence_rules[member].max, &ret->data,
				 &ret->size, error);
}

/* How many records IMA has; 0 when it does not tell. */
static unsigned long ima_count(const struct request *request)
{
	struct ctguard_error ignored;
	CTGUARD_FREE char *text = NULL;
	size_t size;

	if (request->ima ||
	    ctguard_file_read(IMA_COUNT, 32, &text, &size, &ignored) < 0)
		return 0;
	return strtoul(text, NULL, 10);
}

/* All there is, wherever it leads: see --force. */
static int take_anyway(const struct ctguard_log *log, struct gathered *g,
		       struct ctguard_error *error)
{
	struct ctguard_cel_record record;
	struct ctguard_cel cel;
	uint8_t *data;
	int r;

	if (ctguard_log_load(log, 0, log->count + 1, &data, &g->log.size,
			     error) < 0)
		return -1;
	g->log.data = (char *)data;
	g->log_at = 0;
	ctguard_cel_open(&cel, log->name, data, g->log.size);
	while ((r = ctguard_cel_next(&cel, &record, error)) > 0)
		;
	g->first = cel.first;
	g->next = cel.next;
	return r;
}

/* Finds record @since in a part, and what the PCR was before it. */
static int seek(const struct ctguard_log_part *part, uint64_t since,
		size_t *ret_at, struct ctguard_pcr_set *ret_now,
		struct ctguard_error *error)
{
	struct ctguard_cel_record record;
	struct ctguard_cel cel;

	*ret_at = 0;
	*ret_now = part->before;
	ctguard_cel_open(&cel, "", part->data, part->end.size);
	for (uint64_t next = part->first; next < since; next++) {
		if (ctguard_cel_next(&cel, &record, error) <= 0 ||
		    ctguard_cel_extend(&cel, &record, ret_now, error) < 0)
			return -1;
		*ret_at = cel.at;
	}
	return 0;
}

static bool same_value(const struct ctguard_pcr_set *now,
		       const struct nonce *nonce)
{
	for (size_t i = 0; i < now->count; i++)
		if (now->banks[i].bank->size == nonce->value_size)
			return !memcmp(now->banks[i].values[0], nonce->value,
				       nonce->value_size);
	return false;
}

/* What take_since() says of a log that is not the one the nonce tells of. */
#define OTHER_LOAD 2

/*
 * Takes the log from record @since on, and cuts it to what was quoted: 1 if
 * that can be.
 */
static int take_since(const struct request *request, struct gathered *g,
		      const struct ctguard_log *log, uint64_t since,
		      struct ctguard_error *error)
{
	struct ctguard_log_part part;
	struct ctguard_pcr_set now;
	int r;

	r = ctguard_log_follow(log, since, &g->pcrs, &part, error);
	if (r < 0 && (error->status != CTGUARD_EXIT_NO || !request->force))
		return -1;
	g->log.data = (char *)part.data;
	if (r <= 0)
		return 0;
	g->log.size = part.end.size;
	g->first = since;
	g->next = part.end.records;
	if (since > g->next && !request->since_given)
		return OTHER_LOAD;
	if (since > g->next)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"there is no record %" PRIu64 ", but %" PRIu64
			" in all: was the host booted meanwhile?",
			since, g->next);
	if (seek(&part, since, &g->log_at, &now, error) < 0)
		return -1;
	return since && !request->since_given && !same_value(&now, &g->nonce) ?
		       OTHER_LOAD :
		       1;
}

static void forget_log(struct gathered *g)
{
	free(g->log.data);
	g->log.data = NULL;
}

/* Reads the guard's log, but for what the verifier has: 1 if it leads there. */
static int take_log(const struct request *request, struct gathered *g,
		    struct ctguard_error *error)
{
	const uint64_t since = request->since_given ? request->since :
						      g->nonce.since;
	CTGUARD_LOG struct ctguard_log log = { .lock = -1 };
	uint64_t oldest;
	int r = OTHER_LOAD;

	forget_log(g);
	if (ctguard_attest_log(&request->common, &log, error) < 0)
		return -1;
	oldest = ctguard_log_oldest(&log);
	if (since >= oldest)
		r = take_since(request, g, &log, since, error);
	/* The nonce is of another load: the verifier has nothing of this one. */
	if (r == OTHER_LOAD && !oldest) {
		forget_log(g);
		r = take_since(request, g, &log, 0, error);
	}
	if (r == OTHER_LOAD && !request->force)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"records before %" PRIu64
			" were dropped by \"attest log --keep\": only a verifier that has them, as its nonce tells, can judge this load of the module; for any other one boot the host again",
			oldest);
	if (r == 1 || r < 0 || !request->force)
		return r;
	forget_log(g);
	return take_anyway(&log, g, error);
}

/* Once: 1 when all is of one moment, 0 when it is not. */
static int attempt(const struct request *request, struct ctguard_tpm *tpm,
		   struct gathered *g, bool *ret_log,
		   struct ctguard_error *error)
{
	unsigned long before = ima_count(request), after;
	int r;

	*ret_log = true;
	if (ctguard_tpm_pcr_read(tpm, &g->pcrs, error) < 0 ||
	    ctguard_tpm_quote(tpm, &g->key, g->qualifying,
			      sizeof(g->qualifying), &g->pcrs, &g->quote,
			      error) < 0)
		return -1;
	if (!ctguard_tpm_quote_matches(&g->quote, &g->pcrs))
		return 0;
	r = take_log(request, g, error);
	if (r < 0)
		return -1;
	*ret_log = r > 0;
	if (read_file(request->ima ? request->ima : IMA_LOG, request->ima,
		      EVIDENCE_IMA, &g->ima, error) < 0)
		return -1;
	after = ima_count(request);
	return *ret_log && before == after;
}

/* Gathers all that is of one moment, with patience. */
static int gather(const struct request *request, struct ctguard_tpm *tpm,
		  unsigned int pcr, struct gathered *g,
		  struct ctguard_error *error)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	bool log = true;
	int r = 0;

	for (unsigned int i = 0; i < ATTEMPTS && !r; i++) {
		if (i)
			nanosleep(&pause, NULL);
		r = attempt(request, tpm, g, &log, error);
	}
	if (r < 0)
		return -1;
	if (!ctguard_tpm_quote_matches(&g->quote, &g->pcrs))
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, EAGAIN,
					 "TPM %s: PCRs change all the time",
					 ctguard_tpm_tcti(tpm));
	if (!log && !request->force)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"%s: does not lead to the value of PCR %u: something else extended it, or the log is of another boot; see \"attest status\"",
			ctguard_attest_log_name(&request->common), pcr);
	/* IMA's log may have a tail that was not quoted yet. */
	if (!g->ima.data) {
		g->ima.data = ctguard_alloc_zeroed(1, 1);
		g->ima.size = 0;
	}
	return read_file(request->uefi ? request->uefi : UEFI_LOG,
			 request->uefi, EVIDENCE_UEFI, &g->uefi, error);
}

static char *make_manifest(const struct request *request,
			   const struct gathered *g, unsigned int pcr,
			   uint64_t now, size_t *ret_size)
{
	json_t *manifest = ctguard_manifest_begin("evidence", now);

	json_object_set_new(manifest, "pcr", json_integer(pcr));
	json_object_set_new(manifest, "first_record",
			    json_integer((json_int_t)g->first));
	json_object_set_new(manifest, "next_record",
			    json_integer((json_int_t)g->next));
	json_object_set_new(manifest, "channel_binding",
			    json_boolean(request->binding_file));
	return ctguard_manifest_end(manifest, ret_size);
}

static int put(const struct request *request, const struct gathered *g,
	       unsigned int pcr, struct ctguard_error *error)
{
	uint64_t now = (uint64_t)time(NULL);
	const size_t max = evidence_rules[EVIDENCE_CEL].max;
	const uint8_t *log = (uint8_t *)g->log.data + g->log_at;
	size_t log_size = g->log.size - g->log_at;
	CTGUARD_FREE uint8_t *archive = NULL, *pcrs = NULL, *tcg2 = NULL;
	size_t pcrs_size, tcg2_size, manifest_size, size, at;
	CTGUARD_FREE char *pem = ctguard_tpm_key_pem(&g->key);
	CTGUARD_FREE char *manifest =
		make_manifest(request, g, pcr, now, &manifest_size);
	char problem[EVIDENCE_PROBLEM];

	if (log_size > max)
		return ctguard_error_set(
			error, CTGUARD_EXIT_NO, 0,
			"the log has %zu bytes from record %" PRIu64
			" on, evidence at most %zu: a verifier that has judged more of it gets what is new, as its nonce tells; for any other one boot the host again",
			log_size, g->first, max);
	ctguard_tpm_pcr_serialize(&g->pcrs, &pcrs, &pcrs_size);
	if (tcg2_write(log, log_size, &tcg2, &tcg2_size, &at) < 0)
		return ctguard_error_set(
			error, CTGUARD_EXIT_MALFORMED, 0, "%s: at byte %zu",
			ctguard_attest_log_name(&request->common),
			g->log_at + at);

	const struct evidence_part parts[EVIDENCE_COUNT] = {
		[EVIDENCE_MANIFEST] = { manifest, manifest_size },
		[EVIDENCE_NONCE] = { g->nonce.bytes, sizeof(g->nonce.bytes) },
		[EVIDENCE_AK_TSS] = { g->key.public.data, g->key.public.size },
		[EVIDENCE_AK_PEM] = { pem, strlen(pem) },
		[EVIDENCE_QUOTE_MSG] = { g->quote.message.data,
					 g->quote.message.size },
		[EVIDENCE_QUOTE_SIG] = { g->quote.signature.data,
					 g->quote.signature.size },
		[EVIDENCE_QUOTE_PCRS] = { pcrs, pcrs_size },
		[EVIDENCE_CEL] = { log, log_size },
		[EVIDENCE_TCG2] = { tcg2, tcg2_size },
		[EVIDENCE_IMA] = { g->ima.data, g->ima.size },
		[EVIDENCE_UEFI] = { g->uefi.data, g->uefi.size },
	};

	if (evidence_write(evidence_rules, parts, EVIDENCE_COUNT, now, &archive,
			   &size, problem) < 0)
		return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
					 "evidence: %s", problem);
	return ctguard_attest_write(request->output, "standard output", archive,
				    size, error);
}

static int quote(const struct request *request, struct ctguard_error *error)
{
	CTGUARD_TPM struct ctguard_tpm *tpm = NULL;
	struct gathered g = { 0 };
	unsigned int pcr;
	int r = -1;

	/* The nonce first: whoever sends it may be gone by the end. */
	if (take_nonce(request, &g, error) < 0 ||
	    qualify(request, &g, error) < 0 ||
	    ctguard_attest_pcr(&request->common, &pcr, error) < 0 ||
	    ctguard_attest_open(&request->common, &tpm, error) < 0)
		return -1;
	if (ctguard_attest_key(&request->common, tpm, &g.key, error) == 0 &&
	    ctguard_tpm_pcr_select(tpm, request->pcrs, pcr, &g.pcrs, error) ==
		    0 &&
	    gather(request, tpm, pcr, &g, error) == 0)
		r = put(request, &g, pcr, error);
	clear(&g);
	return r;
}

/* An option of this command alone: -1 when it was taken. */
static int take_option(struct request *request, int option, char **argv)
{
	char *end;

	switch (option) {
	case 'h':
		return ctguard_command_help(usage);
	case 'n':
		request->nonce_file = optarg;
		return -1;
	case 'o':
		request->output = optarg;
		return -1;
	case 'p':
		if (!ctguard_pcr_list_parse(optarg, &request->pcrs))
			return ctguard_command_misused(
				argv, "--pcrs: expected a list as 0-9,14");
		return -1;
	case 'b':
		request->binding_file = optarg;
		return -1;
	case 's':
		errno = 0;
		request->since = strtoull(optarg, &end, 10);
		if (errno || *end || *optarg < '0' || *optarg > '9')
			return ctguard_command_misused(
				argv, "--since: expected a number");
		request->since_given = true;
		return -1;
	case 'f':
		request->force = true;
		return -1;
	case 'i':
		request->ima = optarg;
		return -1;
	case 'u':
		request->uefi = optarg;
		return -1;
	default:
		return ctguard_attest_option(&request->common, option, argv);
	}
}

int ctguard_command_attest_quote(int argc, char **argv)
{
	static const struct option table[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "nonce-file", required_argument, NULL, 'n' },
		{ "output", required_argument, NULL, 'o' },
		{ "pcrs", required_argument, NULL, 'p' },
		{ "channel-binding", required_argument, NULL, 'b' },
		{ "since", required_argument, NULL, 's' },
		{ "force", no_argument, NULL, 'f' },
		{ "ima", required_argument, NULL, 'i' },
		{ "uefi", required_argument, NULL, 'u' },
		CTGUARD_ATTEST_KEY_OPTIONS,
		CTGUARD_ATTEST_LOG_OPTIONS,
		CTGUARD_ATTEST_TPM_OPTIONS,
		{ 0 },
	};
	struct request request = {
		.nonce_file = "-",
		.output = "-",
		.pcrs = PCRS_DEFAULT,
	};
	struct ctguard_error error;
	int option, ended;

	ctguard_attest_begin(&request.common);
	while ((option = getopt_long(argc, argv, "hn:o:", table, NULL)) != -1) {
		ended = take_option(&request, option, argv);
		if (ended >= 0)
			return ended;
	}
	if (optind < argc)
		return ctguard_command_misused(argv, "expected no argument");
	if (!strcmp(request.output, "-") && isatty(STDOUT_FILENO))
		return ctguard_command_misused(
			argv, "will not write bytes to a terminal; use -o");
	if (quote(&request, &error) < 0)
		return ctguard_command_failed(&error);
	return CTGUARD_EXIT_YES;
}
