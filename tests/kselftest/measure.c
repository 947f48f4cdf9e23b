// SPDX-License-Identifier: GPL-2.0
/* The measurement log, the PCR it stands in, and the parameters of both. */
#include <fcntl.h>
#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <openssl/sha.h>

#include "../../include/version.h"
#include "blob.h"
#include "common.h"
#include "log.h"

#define NONE CTGUARD_PROFILE_NONE
#define SPECIFICATION_SIZE(banks) (32 + 24 + 4 + 4 * (banks) + 1)

FIXTURE(measure)
{
	struct link link;
	struct blob saved;
	struct box box;
	bool tpm;
};

static bool has_tpm(void)
{
	return !access("/sys/class/tpm/tpm0/pcr-sha256", F_OK);
}

FIXTURE_SETUP(measure)
{
	self->link.fd = -1;
	need_module(_metadata);
	self->tpm = has_tpm();
	ASSERT_EQ(0, link_open(&self->link));
	ASSERT_EQ(0, guard_pull(&self->link, &self->saved));
}

FIXTURE_TEARDOWN(measure)
{
	struct link link;

	box_remove(&self->box);
	link_close(&self->link);
	if (!guard_is_loaded())
		guard_load("");
	if (self->saved.data && !link_open(&link)) {
		guard_push(&link, &self->saved, 0);
		link_close(&link);
	}
	blob_free(&self->saved);
}

/* Loaded anew, with other parameters. */
static int reload(FIXTURE_DATA(measure) * self, const char *parameters)
{
	int r;

	link_close(&self->link);
	r = guard_is_loaded() ? guard_unload() : 0;
	r = r ?: guard_load(parameters);
	return r ?: link_open(&self->link);
}

static struct sketch sketch_for(uint8_t require)
{
	return (struct sketch){
		.mode = CTGUARD_MODE_ENFORCE,
		.profiles = { { "app", .group = SKETCH_UNRESTRICTED,
				.images.require = require } },
		.namespaces = { NONE, NONE, NONE },
		.cgroups = { "/ks-*" },
	};
}

static int push(FIXTURE_DATA(measure) * self, uint8_t require,
		uint8_t sha256[CTGUARD_SHA256_SIZE])
{
	struct sketch s = sketch_for(require);
	struct blob blob;
	int r;

	blob_make(&s, &blob);
	if (sha256)
		guard_sha256(&blob, sha256);
	r = guard_push(&self->link, &blob, 0);
	blob_free(&blob);
	return r;
}

/* One container starts: 0, or the errno of its program. */
static int start_one(FIXTURE_DATA(measure) * self)
{
	int r = box_make(&self->box, NULL) ?: box_seal(&self->box);

	box_remove(&self->box);
	return r;
}

static bool kernel_said(const char *text)
{
	static char log[1 << 18];
	int n = klogctl(3 /* SYSLOG_ACTION_READ_ALL */, log, sizeof(log) - 1);

	log[n > 0 ? n : 0] = 0;
	return strstr(log, text);
}

static void forget_kernel_log(void)
{
	klogctl(5 /* SYSLOG_ACTION_CLEAR */, NULL, 0);
}

/* The log's replay is what the TPM has, in each bank. */
static void expect_anchored(struct __test_metadata *_metadata,
			    FIXTURE_DATA(measure) * self, unsigned int pcr)
{
	struct log_digest replayed[CTGUARD_BANKS_MAX], is;
	struct status status;
	unsigned int b;
	struct log log;

	/* What was only queued was extended by then. */
	usleep(300000);
	ASSERT_EQ(0, log_read(&log));
	EXPECT_TRUE(log_digests_hold(&log));
	ASSERT_TRUE(log_replay(&log, UINT64_MAX, replayed));
	for (b = 0; b < log.records[0].banks; b++) {
		is = replayed[b];
		memset(is.value, 0, sizeof(is.value));
		ASSERT_TRUE(log_pcr(pcr, &is));
		EXPECT_EQ(0, memcmp(is.value, replayed[b].value, is.size))
		{
			TH_LOG("bank 0x%x", is.alg);
		}
	}
	EXPECT_EQ(pcr, log.records[0].pcr);
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(CTGUARD_TPM_ANCHORED, status.tpm_state);
	EXPECT_EQ(pcr, status.pcr);
	log_free(&log);
}

/*
 * The log
 */

TEST_F_TIMEOUT(measure, begins_with_what_was_there_and_which_module, 60)
{
	struct log_digest was = { CTGUARD_ALG_SHA256, 32 };
	struct utsname kernel;
	struct status status;
	const uint8_t *base;
	struct log log;
	size_t size;

	/* The last thing that extends is the end of the one before. */
	link_close(&self->link);
	ASSERT_EQ(0, guard_unload());
	if (self->tpm)
		ASSERT_TRUE(log_pcr(CTGUARD_PCR_DEFAULT, &was));
	ASSERT_EQ(0, guard_load(""));
	ASSERT_EQ(0, link_open(&self->link));
	ASSERT_EQ(0, log_read(&log));
	ASSERT_LE(3, log.count);
	EXPECT_EQ(0, log.records[0].number);
	EXPECT_EQ(CTGUARD_RECORD_BASE,
		  record_u8(&log.records[0], CTGUARD_RECORD_A_TYPE));
	EXPECT_EQ(16, log.records[0].size[CTGUARD_RECORD_A_INSTANCE]);
	base = log.records[0].value[CTGUARD_RECORD_A_BASE];
	ASSERT_NE(NULL, base);
	size = log.records[0].size[CTGUARD_RECORD_A_BASE];
	EXPECT_EQ(self->tpm, !!size);
	EXPECT_TRUE(!self->tpm || memmem(base, size, was.value, was.size));
	EXPECT_EQ(CTGUARD_RECORD_INIT,
		  record_u8(&log.records[1], CTGUARD_RECORD_A_TYPE));
	EXPECT_TRUE(record_is_text(&log.records[1], CTGUARD_RECORD_A_VERSION,
				   CTGUARD_VERSION));
	EXPECT_EQ(20, log.records[1].size[CTGUARD_RECORD_A_BUILD_ID]);
	uname(&kernel);
	EXPECT_TRUE(record_is_text(&log.records[1], CTGUARD_RECORD_A_KERNEL,
				   kernel.release));
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(CTGUARD_RECORD_POLICY,
		  record_u8(&log.records[2], CTGUARD_RECORD_A_TYPE));
	EXPECT_TRUE(record_has(&log.records[2], CTGUARD_RECORD_A_POLICY,
			       status.sha256, sizeof(status.sha256)));
	EXPECT_EQ(1, record_u64(&log.records[2], CTGUARD_RECORD_A_GENERATION));
	EXPECT_EQ(log.records[0].pcr, status.pcr);
	EXPECT_EQ(self->tpm ? CTGUARD_TPM_ANCHORED : CTGUARD_TPM_ABSENT,
		  status.tpm_state);
	EXPECT_EQ(0, status.log_failed);
	EXPECT_TRUE(log_digests_hold(&log));
	log_free(&log);
}

TEST_F(measure, replays_to_the_tpm_in_each_bank)
{
	if (!self->tpm)
		SKIP(return, "no TPM");
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_MEASURED, NULL));
	EXPECT_EQ(0, start_one(self));
	expect_anchored(_metadata, self, CTGUARD_PCR_DEFAULT);
}

TEST_F_TIMEOUT(measure, policies_and_modes_stand_before_what_is_done_under_them,
	       60)
{
	static const struct {
		uint8_t type;
		uint8_t mode;
		uint8_t verdict;
	} wanted[] = {
		{ CTGUARD_RECORD_POLICY, CTGUARD_MODE_ENFORCE },
		{ CTGUARD_RECORD_IMAGE_START },
		{ CTGUARD_RECORD_POLICY, CTGUARD_MODE_ENFORCE },
		{ CTGUARD_RECORD_IMAGE_DENIED, 0, CTGUARD_VERDICT_DENY },
		{ CTGUARD_RECORD_MODE, CTGUARD_MODE_COMPLAIN },
		{ CTGUARD_RECORD_IMAGE_START, 0, CTGUARD_VERDICT_COMPLAIN },
		{ CTGUARD_RECORD_MODE, CTGUARD_MODE_ENFORCE },
	};
	uint8_t first[CTGUARD_SHA256_SIZE], second[CTGUARD_SHA256_SIZE];
	struct status before, now;
	const struct record *r;
	struct log log;
	size_t i;

	/* No old violations, which may be summed up at any time. */
	ASSERT_EQ(0, reload(self, ""));
	ASSERT_EQ(0, guard_status(&self->link, &before));
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_MEASURED, first));
	EXPECT_EQ(0, start_one(self));
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_APPROVED, second));
	EXPECT_EQ(EPERM, start_one(self));
	ASSERT_EQ(0, guard_mode(&self->link, CTGUARD_MODE_COMPLAIN, 0));
	EXPECT_EQ(0, start_one(self));
	ASSERT_EQ(0, guard_mode(&self->link, CTGUARD_MODE_ENFORCE, 0));
	ASSERT_EQ(0, guard_status(&self->link, &now));
	ASSERT_EQ(0, log_read(&log));
	for (i = 0; log.records[i].number < before.log_next; i++)
		;
	ASSERT_EQ(7, log.count - i);
	r = &log.records[i];
	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		EXPECT_EQ(wanted[i].type,
			  record_u8(&r[i], CTGUARD_RECORD_A_TYPE));
		EXPECT_EQ(wanted[i].mode,
			  record_u8(&r[i], CTGUARD_RECORD_A_MODE));
		EXPECT_EQ(wanted[i].verdict,
			  record_u8(&r[i], CTGUARD_RECORD_A_VERDICT));
	}
	EXPECT_TRUE(record_has(&r[0], CTGUARD_RECORD_A_POLICY, first,
			       sizeof(first)));
	EXPECT_TRUE(record_has(&r[2], CTGUARD_RECORD_A_POLICY, second,
			       sizeof(second)));
	EXPECT_EQ(now.generation,
		  record_u64(&r[6], CTGUARD_RECORD_A_GENERATION));
	EXPECT_EQ(now.log_next, log.records[log.count - 1].number + 1);
	log_free(&log);
}

/* A trial that is not confirmed is a policy that comes back. */
TEST_F_TIMEOUT(measure, the_end_of_a_trial_is_recorded, 60)
{
	struct status before, now;
	const struct record *r;
	struct sketch s = sketch_for(CTGUARD_REQUIRE_NONE);
	struct blob blob;
	struct log log;

	ASSERT_EQ(0, reload(self, ""));
	blob_make(&s, &blob);
	ASSERT_EQ(0, guard_status(&self->link, &before));
	ASSERT_EQ(0, guard_push(&self->link, &blob, 1000));
	blob_free(&blob);
	sleep(2);
	ASSERT_EQ(0, guard_status(&self->link, &now));
	EXPECT_EQ(before.log_next + 2, now.log_next);
	ASSERT_EQ(0, log_read(&log));
	r = log_find(&log, CTGUARD_RECORD_POLICY, 0);
	ASSERT_NE(NULL, r);
	EXPECT_TRUE(record_has(r, CTGUARD_RECORD_A_POLICY, before.sha256,
			       sizeof(before.sha256)));
	EXPECT_EQ(before.generation,
		  record_u64(r, CTGUARD_RECORD_A_GENERATION));
	log_free(&log);
}

static uint32_t little(const uint8_t *at, size_t size)
{
	uint32_t r = 0;

	while (size--)
		r = r << 8 | at[size];
	return r;
}

/* The other file says the same, in the TCG's form. */
TEST_F(measure, in_the_tcgs_form)
{
	int fd = log_open("measurements_tcg2");
	struct log log, tcg = {};
	const uint8_t *at;
	unsigned int b;
	size_t i;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, log_take(&tcg, fd, 0));
	close(fd);
	ASSERT_EQ(0, log_read(&log));
	at = tcg.data;
	EXPECT_EQ(3, little(at + 4, 4));
	EXPECT_EQ(0, memcmp(at + 32, "Spec ID Event03", 16));
	EXPECT_EQ(log.records[0].banks, little(at + 32 + 24, 4));
	at += SPECIFICATION_SIZE(log.records[0].banks);
	for (i = 0; i < log.count; i++) {
		const struct record *r = &log.records[i];

		EXPECT_EQ(r->pcr, little(at, 4));
		EXPECT_EQ(6, little(at + 4, 4));
		EXPECT_EQ(r->banks, little(at + 8, 4));
		at += 12;
		for (b = 0; b < r->banks; b++) {
			EXPECT_EQ(r->digests[b].alg, little(at, 2));
			EXPECT_EQ(0, memcmp(at + 2, r->digests[b].value,
					    r->digests[b].size));
			at += 2 + r->digests[b].size;
		}
		/* A TCG_PCClientTaggedEvent. */
		ASSERT_EQ(r->event_size + 8, little(at, 4));
		EXPECT_EQ(CTGUARD_TCG2_TAG, little(at + 4, 4));
		EXPECT_EQ(r->event_size, little(at + 8, 4));
		EXPECT_EQ(0, memcmp(at + 12, r->event, r->event_size));
		at += 12 + r->event_size;
	}
	EXPECT_EQ(tcg.data + tcg.size, at);
	log_free(&log);
	log_free(&tcg);
}

static int open_log(const void *name)
{
	int fd = log_open(name);

	return fd < 0 ? errno : 0;
}

TEST_F(measure, files_that_only_root_reads)
{
	struct stat st;

	EXPECT_EQ(0, stat("/sys/kernel/security/ctguard/measurements", &st));
	EXPECT_EQ(0400, st.st_mode & 07777);
	EXPECT_EQ(0,
		  stat("/sys/kernel/security/ctguard/measurements_tcg2", &st));
	EXPECT_EQ(0400, st.st_mode & 07777);
	EXPECT_EQ(0, open_log("measurements"));
}

/* Who reads keeps the module. */
TEST_F(measure, not_unloaded_under_a_reader)
{
	int fd = log_open("measurements");

	ASSERT_LE(0, fd);
	link_close(&self->link);
	EXPECT_NE(0, guard_unload());
	close(fd);
	ASSERT_EQ(0, guard_unload());
	ASSERT_EQ(0, guard_load(""));
}

/*
 * Acknowledgements
 */

static int flip_modes(FIXTURE_DATA(measure) * self, unsigned int times)
{
	int r = 0;

	while (!r && times--)
		r = guard_mode(&self->link,
			       times % 2 ? CTGUARD_MODE_COMPLAIN :
					   CTGUARD_MODE_ENFORCE,
			       0);
	return r;
}

TEST_F_TIMEOUT(measure, what_is_acknowledged_is_dropped, 60)
{
	struct log_digest after[CTGUARD_BANKS_MAX];
	struct log log, rest = {};
	const struct log_digest *main_bank;
	struct status status;
	uint64_t last;
	unsigned int b;
	int fd;

	ASSERT_EQ(0, reload(self, ""));
	ASSERT_EQ(0, flip_modes(self, 60));
	ASSERT_EQ(0, log_read(&log));
	last = log.records[log.count - 3].number;
	ASSERT_TRUE(log_replay(&log, last, after));
	main_bank = &after[0];
	for (b = 0; b < log.records[0].banks; b++)
		if (after[b].alg == CTGUARD_ALG_SHA256)
			main_bank = &after[b];
	/* Another value, an older one's, one that is too short, the future's. */
	EXPECT_EQ(-EBADMSG, guard_ack(&self->link, last,
				      "0123456789abcdef0123456789abcdef",
				      main_bank->size));
	EXPECT_STRNE("", self->link.message);
	EXPECT_EQ(-EBADMSG, guard_ack(&self->link, last - 1, main_bank->value,
				      main_bank->size));
	EXPECT_EQ(-EBADMSG, guard_ack(&self->link, last + 1, main_bank->value,
				      main_bank->size));
	EXPECT_EQ(-EBADMSG, guard_ack(&self->link, last, main_bank->value,
				      main_bank->size - 1));
	EXPECT_EQ(-ENOENT, guard_ack(&self->link, last + 3, main_bank->value,
				     main_bank->size));
	EXPECT_EQ(-ENOENT, guard_ack(&self->link, UINT64_MAX, main_bank->value,
				     main_bank->size));
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(0, status.log_first);
	/* A reader in the middle of a record has it to its end. */
	fd = log_open("measurements");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, log_take(&rest, fd, 77));
	ASSERT_EQ(0, guard_ack(&self->link, last, main_bank->value,
			       main_bank->size));
	ASSERT_EQ(0, log_take(&rest, fd, 0));
	close(fd);
	EXPECT_EQ(0, log_parse(&rest, true));
	EXPECT_EQ(log.records[log.count - 1].number,
		  rest.records[rest.count - 1].number);
	EXPECT_TRUE(log_digests_hold(&rest));
	log_free(&rest);
	log_free(&log);
	/* Once. */
	EXPECT_EQ(-ENOENT, guard_ack(&self->link, last, main_bank->value,
				     main_bank->size));
	EXPECT_EQ(-ENOENT,
		  guard_ack(&self->link, 0, main_bank->value, main_bank->size));
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(last + 1, status.log_first);
	EXPECT_EQ(last + 3, status.log_next);
	/* It goes on with what is left, in both files. */
	ASSERT_EQ(0, guard_mode(&self->link, CTGUARD_MODE_COMPLAIN, 0));
	ASSERT_EQ(0, log_read(&log));
	EXPECT_EQ(3, log.count);
	EXPECT_EQ(last + 1, log.records[0].number);
	EXPECT_EQ(log.size, status.log_bytes + log.size / 3);
	log_free(&log);
	fd = log_open("measurements_tcg2");
	ASSERT_EQ(0, log_take(&rest, fd, 0));
	close(fd);
	EXPECT_LT(0, rest.size);
	log_free(&rest);
}

/*
 * A log that is full
 */

TEST_F_TIMEOUT(measure, full, 60)
{
	struct status status;
	struct log log;
	unsigned int i;

	if (!self->tpm)
		SKIP(return, "no TPM: an unanchored log forgets");
	ASSERT_EQ(0, reload(self, "log_max=16"));
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_MEASURED, NULL));
	forget_kernel_log();
	for (i = 0; i < 11; i++) {
		EXPECT_EQ(i >= 4, kernel_said("log is 50 % full"));
		EXPECT_EQ(i >= 8, kernel_said("log is 75 % full"));
		EXPECT_EQ(0, start_one(self))
		{
			TH_LOG("start %u", i);
		}
	}
	EXPECT_TRUE(kernel_said("log is 90 % full"));
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(15, status.log_next);
	EXPECT_EQ(0, status.log_failed);
	EXPECT_EQ(EPERM, start_one(self));
	EXPECT_EQ(EPERM, start_one(self));
	EXPECT_TRUE(kernel_said("log is full"));
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(16, status.log_next);
	EXPECT_LT(0, status.log_failed);
	ASSERT_EQ(0, log_read(&log));
	EXPECT_EQ(16, log.count);
	EXPECT_EQ(CTGUARD_RECORD_LOG_CAP,
		  record_u8(&log.records[15], CTGUARD_RECORD_A_TYPE));
	log_free(&log);
	expect_anchored(_metadata, self, CTGUARD_PCR_DEFAULT);
	/* What complains, and what asks for nothing, goes on. */
	ASSERT_EQ(0, guard_mode(&self->link, CTGUARD_MODE_COMPLAIN, 0));
	EXPECT_EQ(0, start_one(self));
	ASSERT_EQ(0, guard_mode(&self->link, CTGUARD_MODE_ENFORCE, 0));
	EXPECT_EQ(EPERM, start_one(self));
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_NONE, NULL));
	EXPECT_EQ(0, start_one(self));
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(16, status.log_next);
}

/* What is saved in time is never full. */
TEST_F_TIMEOUT(measure, not_full_when_it_is_acknowledged, 120)
{
	struct status status;
	struct log_digest is;
	struct log log;
	unsigned int i;

	if (!self->tpm)
		SKIP(return, "no TPM: an unanchored log forgets");
	ASSERT_EQ(0, reload(self, "log_max=16"));
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_MEASURED, NULL));
	for (i = 0; i < 40; i++) {
		ASSERT_EQ(0, start_one(self));
		if (i % 8 || !i)
			continue;
		ASSERT_EQ(0, log_read(&log));
		/* The PCR is what it was after the last. */
		is.alg = CTGUARD_ALG_SHA256;
		is.size = 32;
		ASSERT_TRUE(log_pcr(CTGUARD_PCR_DEFAULT, &is));
		ASSERT_EQ(0, guard_ack(&self->link,
				       log.records[log.count - 1].number,
				       is.value, is.size));
		log_free(&log);
	}
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(44, status.log_next);
	EXPECT_EQ(0, status.log_failed);
	EXPECT_EQ(CTGUARD_TPM_ANCHORED, status.tpm_state);
}

TEST_F_TIMEOUT(measure, forgets_what_nothing_vouches_for, 60)
{
	struct status status;
	struct log log;

	ASSERT_EQ(0, reload(self, "tpm=none log_max=16"));
	ASSERT_EQ(0, push(self, CTGUARD_REQUIRE_MEASURED, NULL));
	ASSERT_EQ(0, flip_modes(self, 40));
	EXPECT_EQ(0, start_one(self));
	ASSERT_EQ(0, guard_status(&self->link, &status));
	EXPECT_EQ(CTGUARD_TPM_NONE, status.tpm_state);
	EXPECT_EQ(45, status.log_next);
	EXPECT_EQ(16, status.log_next - status.log_first);
	EXPECT_EQ(0, status.log_failed);
	ASSERT_EQ(0, log_read(&log));
	EXPECT_EQ(16, log.count);
	EXPECT_TRUE(log_digests_hold(&log));
	EXPECT_EQ(1, log.records[0].banks);
	log_free(&log);
}

/*
 * Parameters
 */

TEST_F_TIMEOUT(measure, parameters_that_are_refused, 60)
{
	static const char *const refused[][2] = {
		{ "pcr=7", "pcr=7" },
		{ "pcr=16", "pcr=16" },
		{ "pcr=23", "pcr=23" },
		{ "pcr=4294967295", "pcr=" },
		{ "log_max=15", "log_max=15" },
		{ "log_max=65537", "log_max=65537" },
		{ "tpm=perhaps", "tpm=perhaps" },
		{ "tpm=", "tpm=" },
	};
	unsigned int i;

	link_close(&self->link);
	ASSERT_EQ(0, guard_unload());
	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		forget_kernel_log();
		EXPECT_EQ(-EINVAL, guard_load(refused[i][0]))
		{
			TH_LOG("%s", refused[i][0]);
		}
		EXPECT_TRUE(kernel_said(refused[i][1]))
		{
			TH_LOG("%s", refused[i][0]);
		}
	}
	EXPECT_EQ(0, guard_load("log_max=16 tpm=use pcr=8"));
}

TEST_F_TIMEOUT(measure, another_pcr, 60)
{
	struct log_digest before = { CTGUARD_ALG_SHA256, 32 }, after = before;

	if (!self->tpm)
		SKIP(return, "no TPM");
	link_close(&self->link);
	ASSERT_EQ(0, guard_unload());
	ASSERT_TRUE(log_pcr(CTGUARD_PCR_DEFAULT, &before));
	ASSERT_EQ(0, reload(self, "pcr=14 tpm=require"));
	expect_anchored(_metadata, self, 14);
	ASSERT_TRUE(log_pcr(CTGUARD_PCR_DEFAULT, &after));
	EXPECT_EQ(0, memcmp(before.value, after.value, 32));
}

TEST_F_TIMEOUT(measure, a_tpm_that_is_required, 60)
{
	int r;

	link_close(&self->link);
	ASSERT_EQ(0, guard_unload());
	forget_kernel_log();
	r = guard_load("tpm=require");
	EXPECT_EQ(self->tpm ? 0 : -ENODEV, r);
	if (!self->tpm)
		EXPECT_TRUE(kernel_said("tpm=require, and there is no TPM"));
	EXPECT_EQ(self->tpm, guard_is_loaded());
}

/* What was refused is summed up, once a minute. */
TEST_F_TIMEOUT(measure, refusals_are_summed_up, 120)
{
	static const struct act_file probe = { "/dev/mem", O_RDONLY };
	struct sketch s = sketch_for(CTGUARD_REQUIRE_NONE);
	const struct record *r = NULL;
	struct log log;
	struct blob blob;
	int i;

	ASSERT_EQ(0, reload(self, ""));
	memset(s.profiles[0].group, 0, sizeof(s.profiles[0].group));
	blob_make(&s, &blob);
	EXPECT_EQ(0, guard_push(&self->link, &blob, 0));
	blob_free(&blob);
	ASSERT_EQ(0, box_make(&self->box, NULL));
	EXPECT_EQ(0, box_run(NULL, 0, act_open, &probe));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(EPERM, box_run(&self->box, 0, act_open, &probe));
	for (i = 0; i < 75 && !r; i++) {
		sleep(1);
		ASSERT_EQ(0, log_read(&log));
		r = log_find(&log, CTGUARD_RECORD_VIOLATIONS, 0);
		if (r)
			EXPECT_EQ(5, record_u64(r, CTGUARD_RECORD_A_COUNT));
		log_free(&log);
	}
	EXPECT_LT(30, i);
	EXPECT_NE(NULL, r);
}

/* The TPM's last word on a load is that it ended. */
TEST_F_TIMEOUT(measure, the_end_is_extended, 60)
{
	struct log_digest before = { CTGUARD_ALG_SHA256, 32 }, after = before;

	if (!self->tpm)
		SKIP(return, "no TPM");
	ASSERT_TRUE(log_pcr(CTGUARD_PCR_DEFAULT, &before));
	link_close(&self->link);
	ASSERT_EQ(0, guard_unload());
	ASSERT_TRUE(log_pcr(CTGUARD_PCR_DEFAULT, &after));
	EXPECT_NE(0, memcmp(before.value, after.value, 32));
}

static int wait_act(const void *pipe)
{
	char c;

	return read(*(const int *)pipe, &c, 1) == 1 ? 0 : EIO;
}

TEST_F_TIMEOUT(measure, who_runs_at_the_load_is_recorded, 60)
{
	const struct record *r;
	struct log log;
	int pipes[2];
	pid_t pid;

	link_close(&self->link);
	ASSERT_EQ(0, guard_unload());
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, box_make_docker(&self->box, "/docker"));
	pid = box_start(&self->box, CLONE_NEWNS, wait_act, &pipes[0]);
	usleep(300000);
	ASSERT_EQ(0, guard_load(""));
	usleep(300000);
	ASSERT_EQ(0, log_read(&log));
	EXPECT_EQ(1, log_count(&log, CTGUARD_RECORD_IMAGE_START, self->box.id));
	r = log_find(&log, CTGUARD_RECORD_IMAGE_START, self->box.id);
	ASSERT_NE(NULL, r);
	EXPECT_EQ(CTGUARD_LEVEL_NONE, record_u8(r, CTGUARD_RECORD_A_LEVEL));
	EXPECT_EQ(NULL, r->value[CTGUARD_RECORD_A_PROGRAM]);
	log_free(&log);
	ASSERT_EQ(1, write(pipes[1], "x", 1));
	EXPECT_EQ(0, box_wait(pid));
}

TEST_HARNESS_MAIN
