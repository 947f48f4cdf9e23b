// SPDX-License-Identifier: GPL-2.0
/*
 * The measurement log, and the PCR that it is extended into.
 *
 * One worker, on an ordered queue of its own, numbers a record, computes its
 * digests, appends it to the log and extends the PCR in every bank. It is never
 * the guarded task that does so: neither its limits nor its profile reach here.
 * A record that was logged but could not be extended makes the log dirty; the
 * worker tries again, and finds out by reading the PCR whether the TPM did it
 * after all. What is numbered is never taken back.
 *
 * The log is kept until userland says that it has it elsewhere. When it is full
 * nevertheless, its last record says so, and from then on nothing is measured.
 */
#include "measure.h"

#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/suspend.h>
#include <linux/utsname.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

/* So many wait for the worker; more wait for a place. */
#define QUEUE_MAX 256

/* A log that nothing vouches for forgets what is older. */
#define UNANCHORED_MAX 4096U

/* Times. */
#define WAIT_MAX (20 * HZ)
#define RETRY (10 * HZ)
#define VIOLATIONS_PERIOD (60 * HZ)

#define NUMBER_SIZE 8
#define PCR_SIZE 1
#define INSTANCE_SIZE 16

static enum ctg_anchor_wish wished;
static unsigned int record_max;

static LIST_HEAD(pending);
static unsigned int pending_count;
static DEFINE_SPINLOCK(pending_lock);
static DECLARE_WAIT_QUEUE_HEAD(pending_gone);

/* Changed by the worker, or by who acknowledges, under log_mutex. */
static DEFINE_XARRAY(records);
static u64 first_number;
static u64 next_number;
static u64 log_bytes;
static DEFINE_MUTEX(log_mutex);

/* The worker's; others only look. */
static u64 next_extended;
static u8 extended[CTG_ANCHOR_DIGEST_MAX];
static atomic64_t failed = ATOMIC64_INIT(0);
static bool dirty;
static bool full;
static unsigned int warned; /* percent */

/* The TPM may have lost its state: set by who knows, looked at by the worker. */
static bool doubtful;

static atomic64_t violations = ATOMIC64_INIT(0);

static struct workqueue_struct *queue;
static void process(struct work_struct *work);
static void retry(struct work_struct *work);
static void sum_up(struct work_struct *work);
static DECLARE_WORK(worker, process);
static DECLARE_DELAYED_WORK(retrier, retry);
static DECLARE_DELAYED_WORK(summary, sum_up);

/*
 * Writing a record
 */

static u32 digests_size(void)
{
	unsigned int count, i;
	const struct ctg_anchor_bank *banks = ctg_anchor_banks(&count);
	u32 size = 0;

	for (i = 0; i < count; i++)
		size += CTGUARD_TLV_HEADER_SIZE + banks[i].size;
	return size;
}

static u32 write_digests(u8 *to, const struct ctg_anchor_digests *digests)
{
	unsigned int count, i;
	const struct ctg_anchor_bank *banks = ctg_anchor_banks(&count);
	u32 at;

	at = ctg_record_tlv(to, CTGUARD_CEL_DIGESTS, NULL, 0);
	put_unaligned_be32(digests_size(), to + 1);
	for (i = 0; i < count; i++)
		at += ctg_record_tlv(to + at, banks[i].alg, digests->of[i],
				     banks[i].size);
	return at;
}

/**
 * ctg_measure_digests - the digests of a record
 * @logged: in the log
 * @ret: of each bank
 *
 * Where they stand is the same in every record.
 */
void ctg_measure_digests(const struct ctg_logged *logged,
			 struct ctg_anchor_digests *ret)
{
	unsigned int count, i;
	const struct ctg_anchor_bank *banks = ctg_anchor_banks(&count);
	u32 at = 3 * CTGUARD_TLV_HEADER_SIZE + NUMBER_SIZE + PCR_SIZE;

	for (i = 0; i < count; i++) {
		at += CTGUARD_TLV_HEADER_SIZE;
		memcpy(ret->of[i], logged->data + at, banks[i].size);
		at += banks[i].size;
	}
}

static int serialise(const struct ctg_record *record, u64 number,
		     struct ctg_logged **ret)
{
	struct ctg_anchor_digests digests;
	struct ctg_logged *logged;
	u8 wide[NUMBER_SIZE], pcr = ctg_anchor_pcr();
	u32 at = 0, event, size;
	int r;

	event = 3 * CTGUARD_TLV_HEADER_SIZE + NUMBER_SIZE + PCR_SIZE +
		digests_size();
	size = event + CTGUARD_TLV_HEADER_SIZE + record->length;
	logged = kvzalloc(struct_size(logged, data, size), GFP_KERNEL);
	if (!logged)
		return -ENOMEM;
	logged->number = number;
	logged->size = size;
	logged->event = event;
	ctg_record_tlv(logged->data + event, CTGUARD_CEL_CTGUARD,
		       record->content, record->length);
	r = ctg_anchor_hash(logged->data + event, size - event, &digests);
	if (!r)
		r = ctg_anchor_replay(&digests);
	if (r) {
		kvfree(logged);
		return r;
	}
	memcpy(logged->after, ctg_anchor_main_bank()->value,
	       sizeof(logged->after));
	put_unaligned_be64(number, wide);
	at += ctg_record_tlv(logged->data, CTGUARD_CEL_RECNUM, wide,
			     NUMBER_SIZE);
	at += ctg_record_tlv(logged->data + at, CTGUARD_CEL_PCR, &pcr,
			     PCR_SIZE);
	write_digests(logged->data + at, &digests);
	*ret = logged;
	return 0;
}

/*
 * In the worker
 */

static void warn_of_size(void)
{
	unsigned int now =
		max(div64_u64((next_number - first_number) * 100, record_max),
		    div64_u64(log_bytes * 100, CTGUARD_LOG_BYTES_MAX));

	now = now >= 90 ? 90 : now >= 75 ? 75 : now >= 50 ? 50 : 0;
	if (now > warned)
		pr_warn("the measurement log is %u %% full: save it with ctguardctl attest log --save\n",
			now);
	warned = now;
}

static void drop_first(void)
{
	struct ctg_logged *logged;

	lockdep_assert_held(&log_mutex);
	logged = xa_erase(&records, first_number++);
	log_bytes -= logged->size;
	kvfree(logged);
}

/* Nobody can acknowledge a log that nothing vouches for. */
static void forget(void)
{
	mutex_lock(&log_mutex);
	while (next_number - first_number >= min(record_max, UNANCHORED_MAX))
		drop_first();
	mutex_unlock(&log_mutex);
}

static int append(const struct ctg_record *record)
{
	struct ctg_logged *logged;
	int r;

	/* Before the values of the banks change. */
	r = xa_reserve(&records, next_number, GFP_KERNEL);
	if (r)
		return r;
	r = serialise(record, next_number, &logged);
	if (r) {
		xa_release(&records, next_number);
		return r;
	}
	if (!ctg_anchor_has_tpm())
		forget();
	mutex_lock(&log_mutex);
	xa_store(&records, next_number, logged, GFP_KERNEL);
	next_number++;
	log_bytes += logged->size;
	mutex_unlock(&log_mutex);
	warn_of_size();
	return 0;
}

static bool is_extended(const u8 *value)
{
	u8 now[CTG_ANCHOR_DIGEST_MAX] = {};
	const struct ctg_anchor_bank *main_bank = ctg_anchor_main_bank();
	unsigned int count;

	return !ctg_anchor_read(main_bank - ctg_anchor_banks(&count), now) &&
	       !memcmp(now, value, main_bank->size);
}

/* From then on it may be acknowledged, and freed. */
static void extended_is(const struct ctg_logged *logged)
{
	memcpy(extended, logged->after, sizeof(extended));
	smp_store_release(&next_extended, next_extended + 1);
}

static int extend(const struct ctg_logged *logged)
{
	struct ctg_anchor_digests digests;
	int r;

	ctg_measure_digests(logged, &digests);
	r = ctg_anchor_extend(&digests);
	/* It may have been done in spite of an error. */
	if (r && is_extended(logged->after))
		r = 0;
	if (r)
		return r;
	extended_is(logged);
	return 0;
}

/*
 * Extends what is not yet: all but one only after an error, which is made up
 * for if the PCR still is what it was, or became what it should.
 */
static int catch_up(void)
{
	bool doubted = xchg(&doubtful, false) || dirty;
	const struct ctg_logged *logged;
	int r = 0;

	if (doubted) {
		logged = xa_load(&records, next_extended);
		if (logged && is_extended(logged->after)) {
			extended_is(logged);
		} else if (!is_extended(extended)) {
			r = -EIO;
		}
	}
	while (!r && (logged = xa_load(&records, next_extended)))
		r = extend(logged);
	/* Somebody else may have come between the look and the extension. */
	if (!r && doubted && !is_extended(extended))
		r = -EIO;
	if (r && !dirty)
		pr_crit("PCR %u could not be extended (%d): it is not what the measurement log says\n",
			ctg_anchor_pcr(), r);
	if (!r && dirty)
		pr_notice("PCR %u is what the measurement log says again\n",
			  ctg_anchor_pcr());
	WRITE_ONCE(dirty, r);
	if (r)
		mod_delayed_work(queue, &retrier, RETRY);
	return r;
}

static bool has_room(void)
{
	if (!ctg_anchor_has_tpm())
		return true;
	/* One record is kept for saying that it is full. */
	return next_number - first_number + 1 < record_max &&
	       log_bytes + 2 * CTGUARD_RECORD_MAX <= CTGUARD_LOG_BYTES_MAX;
}

/* It is not the end before the log says so: its place is kept until then. */
static void log_that_full(void)
{
	struct ctg_record *last = ctg_record_new(CTGUARD_RECORD_LOG_CAP);

	if (!last)
		return;
	if (!append(last)) {
		pr_crit("the measurement log is full, and nothing is measured any more\n");
		full = true;
		catch_up();
	}
	ctg_record_put(last);
}

static int measure(const struct ctg_record *record)
{
	int r;

	if (full)
		return -ENOSPC;
	if (!has_room()) {
		log_that_full();
		return -ENOSPC;
	}
	r = append(record);
	if (r)
		return r;
	r = catch_up();
	/* What IMA knows does not depend on what became of our PCR. */
	if (record->ima_name)
		ctg_anchor_tell_ima(record->ima_name, record->ima_data,
				    record->ima_length);
	return r;
}

static struct ctg_record *take(void)
{
	struct ctg_record *record;

	spin_lock(&pending_lock);
	record = list_first_entry_or_null(&pending, struct ctg_record, node);
	if (record) {
		list_del(&record->node);
		pending_count--;
	}
	spin_unlock(&pending_lock);
	if (record)
		wake_up(&pending_gone);
	return record;
}

static void process(struct work_struct *work)
{
	struct ctg_record *record;

	while ((record = take())) {
		record->result = measure(record);
		if (record->result)
			atomic64_inc(&failed);
		complete_all(&record->done);
		ctg_record_put(record);
		cond_resched();
	}
}

static void retry(struct work_struct *work)
{
	if (dirty || READ_ONCE(doubtful))
		catch_up();
}

static void sum_up(struct work_struct *work)
{
	struct ctg_record *record;
	u64 count = atomic64_xchg(&violations, 0);

	if (!count)
		return;
	record = ctg_record_new(CTGUARD_RECORD_VIOLATIONS);
	if (record)
		ctg_record_add_u64(record, CTGUARD_RECORD_A_COUNT, count);
	/* The next time, then. */
	if (ctg_measure(record, CTG_MEASURE_TRY))
		atomic64_add(count, &violations);
}

/*
 * For others
 */

static bool put_in_queue(struct ctg_record *record)
{
	bool r;

	spin_lock(&pending_lock);
	r = pending_count < QUEUE_MAX;
	if (r) {
		/* The worker may be done with it before this returns. */
		kref_get(&record->kref);
		list_add_tail(&record->node, &pending);
		pending_count++;
	}
	spin_unlock(&pending_lock);
	return r;
}

static int wait_for_place(struct ctg_record *record)
{
	long left = wait_event_killable_timeout(pending_gone,
						put_in_queue(record), WAIT_MAX);

	return left > 0 ? 0 : left ? -EINTR : -ETIMEDOUT;
}

/**
 * ctg_measure - put a record into the log
 * @record: of ctg_record_new(), given away; NULL is a record that could not be
 *	made
 * @how: what to wait for
 *
 * Records come into the log in the order of these calls.
 *
 * Context: process; sleeps, at most twenty seconds for each thing.
 * Return: 0; -ENOMEM, -EINTR (killed meanwhile), -ETIMEDOUT, -EAGAIN (no
 * place), -ENOSPC (the log is full), -EIO and others of the TPM; where it is
 * not waited for, only what is known at once.
 */
int ctg_measure(struct ctg_record *record, enum ctg_measure_how how)
{
	long left;
	int r;

	if (!record) {
		atomic64_inc(&failed);
		return -ENOMEM;
	}
	r = how == CTG_MEASURE_TRY ? put_in_queue(record) ? 0 : -EAGAIN :
				     wait_for_place(record);
	if (r) {
		if (r != -EAGAIN)
			atomic64_inc(&failed);
		ctg_record_put(record);
		return r;
	}
	queue_work(queue, &worker);
	if (how == CTG_MEASURE_WAIT) {
		left = wait_for_completion_killable_timeout(&record->done,
							    WAIT_MAX);
		r = left > 0 ? record->result : left ? -EINTR : -ETIMEDOUT;
	}
	ctg_record_put(record);
	return r;
}

/** ctg_measure_is_required - is a TPM, so that nothing may start unmeasured? */
bool ctg_measure_is_required(void)
{
	return wished == CTG_ANCHOR_REQUIRE;
}

/** ctg_measure_violations - so much was refused or complained of; sleeps */
void ctg_measure_violations(u64 count)
{
	atomic64_add(count, &violations);
	queue_delayed_work(CTG_WQ, &summary, VIOLATIONS_PERIOD);
}

/** ctg_measure_status - where the log is; sleeps */
void ctg_measure_status(struct ctg_measure_status *ret)
{
	mutex_lock(&log_mutex);
	*ret = (struct ctg_measure_status){
		.pcr = ctg_anchor_pcr(),
		.first = first_number,
		.next = next_number,
		.bytes = log_bytes,
		.failed = atomic64_read(&failed),
	};
	mutex_unlock(&log_mutex);
	if (wished == CTG_ANCHOR_NONE)
		ret->state = CTGUARD_TPM_NONE;
	else if (!ctg_anchor_has_tpm())
		ret->state = CTGUARD_TPM_ABSENT;
	else
		ret->state = READ_ONCE(dirty) || READ_ONCE(doubtful) ?
				     CTGUARD_TPM_DIRTY :
				     CTGUARD_TPM_ANCHORED;
}

/**
 * ctg_measure_acknowledge - drop what is kept elsewhere
 * @number: of the last record that is
 * @value: the PCR after it, in the main bank: who has that has the records
 * @length: of @value
 *
 * Context: process; sleeps.
 * Return: 0; -ENOENT (no such record, any more or not yet), -EBUSY (not yet
 * extended), -EBADMSG (another value).
 */
int ctg_measure_acknowledge(u64 number, const u8 *value, u32 length)
{
	const struct ctg_anchor_bank *bank = ctg_anchor_main_bank();
	struct ctg_logged *logged;
	int r = 0;

	mutex_lock(&log_mutex);
	logged = number < next_number ? xa_load(&records, number) : NULL;
	if (!logged)
		r = -ENOENT;
	else if (number >= smp_load_acquire(&next_extended))
		r = -EBUSY;
	else if (length != bank->size || memcmp(value, logged->after, length))
		r = -EBADMSG;
	while (!r && first_number <= number)
		drop_first();
	mutex_unlock(&log_mutex);
	return r;
}

/** ctg_measure_lock - the log stays as it is until ctg_measure_unlock() */
void ctg_measure_lock(void)
{
	mutex_lock(&log_mutex);
}

/** ctg_measure_unlock - it may change again */
void ctg_measure_unlock(void)
{
	mutex_unlock(&log_mutex);
}

/**
 * ctg_measure_next - a record of the log
 * @number: of it, or of one that was dropped before it
 *
 * Context: between ctg_measure_lock() and _unlock(), where it is valid.
 * Return: NULL behind the last.
 */
const struct ctg_logged *ctg_measure_next(u64 number)
{
	lockdep_assert_held(&log_mutex);
	number = max(number, first_number);
	return number < next_number ? xa_load(&records, number) : NULL;
}

/*
 * Life
 */

static int on_pm(struct notifier_block *nb, unsigned long event, void *data)
{
	/* A TPM that lost its state says another value than the log. */
	if ((event == PM_POST_HIBERNATION || event == PM_POST_SUSPEND) &&
	    ctg_anchor_has_tpm()) {
		WRITE_ONCE(doubtful, true);
		mod_delayed_work(queue, &retrier, 0);
	}
	return NOTIFY_DONE;
}

static struct notifier_block pm_notifier = {
	.notifier_call = on_pm,
};

static struct ctg_record *base_record(void)
{
	struct ctg_record *record = ctg_record_new(CTGUARD_RECORD_BASE);
	u8 values[CTGUARD_BANKS_MAX *
		  (CTGUARD_TLV_HEADER_SIZE + CTG_ANCHOR_DIGEST_MAX)];
	u8 instance[INSTANCE_SIZE];
	const struct ctg_anchor_bank *banks;
	unsigned int count, i;
	u32 size = 0;

	if (!record)
		return NULL;
	get_random_bytes(instance, sizeof(instance));
	banks = ctg_anchor_banks(&count);
	for (i = 0; ctg_anchor_has_tpm() && i < count; i++)
		size += ctg_record_tlv(values + size, banks[i].alg,
				       banks[i].value, banks[i].size);
	ctg_record_add(record, CTGUARD_RECORD_A_INSTANCE, instance,
		       sizeof(instance));
	ctg_record_add(record, CTGUARD_RECORD_A_BASE, values, size);
	return record;
}

static int start(void)
{
	/* What the PCR is before anything is extended. */
	memcpy(extended, ctg_anchor_main_bank()->value, sizeof(extended));
	return ctg_measure(base_record(), CTG_MEASURE_WAIT);
}

static void free_records(void)
{
	struct ctg_logged *logged;
	unsigned long number;

	xa_for_each(&records, number, logged) kvfree(logged);
	xa_destroy(&records);
}

/**
 * ctg_measure_init - begin the log
 * @wish: whether a TPM is wanted, or needed
 * @pcr: CTGUARD_PCR_MIN to CTGUARD_PCR_MAX
 * @max: records at most; at least 16
 *
 * Context: process; sleeps.
 * Return: 0; -ENODEV (a TPM is needed, and there is none), -ENOMEM, -EIO and
 * others of the TPM.
 */
int ctg_measure_init(enum ctg_anchor_wish wish, unsigned int pcr,
		     unsigned int max)
{
	int r;

	wished = wish;
	record_max = max;
	r = ctg_anchor_init(wish, pcr);
	if (r)
		return r;
	r = -ENOMEM;
	queue = alloc_ordered_workqueue("ctguard-measure", WQ_FREEZABLE);
	if (!queue)
		goto exit_anchor;
	r = start();
	/* An anchor that does not hold at first is no reason not to guard. */
	if (r && wish != CTG_ANCHOR_REQUIRE)
		r = 0;
	if (!r)
		r = register_pm_notifier(&pm_notifier);
	if (r)
		goto free;
	return 0;

free:
	flush_work(&worker);
	cancel_delayed_work_sync(&retrier);
	destroy_workqueue(queue);
	free_records();
exit_anchor:
	ctg_anchor_exit();
	return r;
}

/** ctg_measure_exit - log that the module goes, and forget the log; sleeps */
void ctg_measure_exit(void)
{
	unregister_pm_notifier(&pm_notifier);
	cancel_delayed_work_sync(&summary);
	sum_up(NULL);
	ctg_measure(ctg_record_new(CTGUARD_RECORD_EXIT), CTG_MEASURE_WAIT);
	flush_work(&worker);
	cancel_delayed_work_sync(&retrier);
	destroy_workqueue(queue);
	free_records();
	ctg_anchor_exit();
}
