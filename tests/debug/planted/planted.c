// SPDX-License-Identifier: GPL-2.0
/*
 * Faults, one of each kind that the debug kernels are to find: a kernel that does
 * not find them there has not looked at ctguard either.
 *
 * Parameter: fault, one of faults below.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

static char *fault = "";
module_param(fault, charp, 0444);

/* Where what is read goes, so that it is read. */
static volatile unsigned int sink;

static void use_after_free(void)
{
	unsigned int *p = kmalloc(64, GFP_KERNEL);

	if (!p)
		return;
	*p = 1;
	kfree(p);
	sink = READ_ONCE(*p);
}

static void shift_too_far(void)
{
	volatile unsigned int by = 40;

	sink = 1U << by;
}

static void sleep_in_atomic(void)
{
	static DEFINE_SPINLOCK(lock);

	spin_lock(&lock);
	might_sleep();
	spin_unlock(&lock);
}

static void lock_order(void)
{
	static DEFINE_MUTEX(a);
	static DEFINE_MUTEX(b);

	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

static void rcu_unlocked(void)
{
	static unsigned int value;
	static unsigned int __rcu *pointer = (unsigned int __rcu *)&value;

	sink = *rcu_dereference(pointer);
}

static void lose(struct work_struct *unused)
{
	void *volatile p = kmalloc(123, GFP_KERNEL);

	p = NULL;
	(void)p;
}

/* While others look for what is lost from then on. */
static DECLARE_DELAYED_WORK(losing, lose);

static void leak(void)
{
	schedule_delayed_work(&losing, 5 * HZ);
}

static unsigned long shared;

static int racer(void *unused)
{
	while (!kthread_should_stop()) {
		shared++;
		cond_resched();
	}
	return 0;
}

static struct task_struct *racers[2];

static void race(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(racers); i++) {
		racers[i] = kthread_create(racer, NULL, "racer/%u", i);
		if (IS_ERR(racers[i]))
			continue;
		kthread_bind(racers[i], i);
		wake_up_process(racers[i]);
	}
	ssleep(20);
	for (i = 0; i < ARRAY_SIZE(racers); i++)
		if (!IS_ERR(racers[i]))
			kthread_stop(racers[i]);
}

static const struct {
	const char *name;
	void (*run)(void);
} faults[] = {
	{ "use-after-free", use_after_free },
	{ "shift", shift_too_far },
	{ "sleep-in-atomic", sleep_in_atomic },
	{ "lock-order", lock_order },
	{ "rcu", rcu_unlocked },
	{ "leak", leak },
	{ "race", race },
};

static int __init planted_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(fault, faults[i].name))
			continue;
		faults[i].run();
		return 0;
	}
	return -EINVAL;
}

static void __exit planted_exit(void)
{
	cancel_delayed_work_sync(&losing);
}

module_init(planted_init);
module_exit(planted_exit);
MODULE_DESCRIPTION("faults that a debug kernel finds");
MODULE_LICENSE("GPL");
