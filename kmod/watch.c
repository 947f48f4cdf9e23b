// SPDX-License-Identifier: GPL-2.0
/*
 * Looks at the hooks from time to time, lets go of those that nobody needs any
 * more, and tells when one changed. Nothing depends on it: who asks for the
 * status looks anew.
 */
#include "watch.h"

#include <linux/module.h>
#include <linux/workqueue.h>
#include <uapi/ctguard/ctguard.h>

#include "attach.h"
#include "descriptor.h"
#include "driver.h"
#include "event.h"
#include "hostcode.h"

#define PERIOD (10 * HZ)
#define HOOKS_MAX 128

static u32 states[HOOKS_MAX];
static bool started;

static void look(struct work_struct *work);
static DECLARE_DELAYED_WORK(watch, look);

static void compare(unsigned int index)
{
	struct ctg_hook_report hook;

	ctg_attach_report(index, &hook);
	if (states[index] == hook.state)
		return;
	if (hook.state == CTGUARD_HOOK_DEGRADED)
		pr_crit("%s no longer enters the guard: the rules for %s are not enforced there\n",
			hook.name, hook.group);
	if (started || hook.state == CTGUARD_HOOK_DEGRADED)
		ctg_event_report_hook(hook.name, hook.state);
	states[index] = hook.state;
}

static void look(struct work_struct *work)
{
	unsigned int i;

	ctg_driver_refresh();
	ctg_hostcode_refresh();
	ctg_descriptor_settle();
	for (i = 0; i < min_t(unsigned int, ctg_attach_count(), HOOKS_MAX); i++)
		compare(i);
	started = true;
	queue_delayed_work(CTG_WQ, &watch, PERIOD);
}

/** ctg_watch_start - look now, and every ten seconds; sleeps */
void ctg_watch_start(void)
{
	look(NULL);
}

/** ctg_watch_stop - look no more; sleeps */
void ctg_watch_stop(void)
{
	cancel_delayed_work_sync(&watch);
}
