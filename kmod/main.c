// SPDX-License-Identifier: GPL-2.0
/*
 * ctguard: what containers may do to the host's kernel. Order and unwinding.
 */
#include <linux/module.h>
#include <linux/workqueue.h>

#include "../include/version.h"
#include "attach.h"
#include "baseline.h"
#include "container.h"
#include "descriptor.h"
#include "driver.h"
#include "event.h"
#include "guard.h"
#include "hooks.h"
#include "hostcode.h"
#include "image.h"
#include "logfs.h"
#include "measure.h"
#include "netlink.h"
#include "object.h"
#include "prober.h"
#include "watch.h"

/* A log shorter than that ends before it says anything. */
#define LOG_MAX_LEAST 16

static char *mode = "policy";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(
	mode,
	"enforce, complain, or policy: what the built-in policy asks for (default)");

static char *tpm = "use";
module_param(tpm, charp, 0444);
MODULE_PARM_DESC(
	tpm,
	"require, use if there is one (default), or none: what the measurement log is anchored in");

static unsigned int pcr = CTGUARD_PCR_DEFAULT;
module_param(pcr, uint, 0444);
MODULE_PARM_DESC(pcr, "PCR that is extended, 8 to 15; default 13");

static unsigned int log_max = CTGUARD_LOG_RECORDS_MAX;
module_param(log_max, uint, 0444);
MODULE_PARM_DESC(log_max,
		 "records of the measurement log, 16 to 65536; default 65536");

static bool off;
module_param(off, bool, 0444);
MODULE_PARM_DESC(off,
		 "guard nothing; the way back into a host that does not boot");

static int mode_asked(int *ret)
{
	if (!strcmp(mode, "policy"))
		*ret = -1;
	else if (!strcmp(mode, "enforce"))
		*ret = CTGUARD_MODE_ENFORCE;
	else if (!strcmp(mode, "complain"))
		*ret = CTGUARD_MODE_COMPLAIN;
	else
		return -EINVAL;
	return 0;
}

static int tpm_asked(enum ctg_anchor_wish *ret)
{
	if (!strcmp(tpm, "none"))
		*ret = CTG_ANCHOR_NONE;
	else if (!strcmp(tpm, "use"))
		*ret = CTG_ANCHOR_USE;
	else if (!strcmp(tpm, "require"))
		*ret = CTG_ANCHOR_REQUIRE;
	else
		return -EINVAL;
	return 0;
}

static int check_parameters(int *ret_mode, enum ctg_anchor_wish *ret_tpm)
{
	int r;

	r = mode_asked(ret_mode);
	if (r) {
		pr_err("mode=%s: expected enforce, complain or policy\n", mode);
		return r;
	}
	r = tpm_asked(ret_tpm);
	if (r) {
		pr_err("tpm=%s: expected require, use or none\n", tpm);
		return r;
	}
	if (pcr < CTGUARD_PCR_MIN || pcr > CTGUARD_PCR_MAX) {
		pr_err("pcr=%u: expected 8 to 15; others can be reset, or belong to the firmware\n",
		       pcr);
		return -EINVAL;
	}
	if (log_max < LOG_MAX_LEAST || log_max > CTGUARD_LOG_RECORDS_MAX) {
		pr_err("log_max=%u: expected 16 to 65536\n", log_max);
		return -EINVAL;
	}
	return 0;
}

static void record(const struct ctg_event *event)
{
	switch (event->kind) {
	case CTGUARD_EVENT_VERDICT:
	case CTGUARD_EVENT_REPEAT:
	case CTGUARD_EVENT_FIRST:
		/* A start has a record of its own. */
		if (event->operation != CTGUARD_OP_IMAGE_START)
			ctg_image_act(event->container);
		ctg_measure_violations(event->count ?: 1);
		break;
	}
}

/* Where events go. */
static int hand_out(const struct ctg_event *events, u32 count, u32 *ret_taken)
{
	int r = ctg_netlink_send(events, count, ret_taken);
	u32 i;

	for (i = 0; i < *ret_taken; i++)
		record(&events[i]);
	return r;
}

static int __init ctguard_init(void)
{
	const struct ctg_hook *hooks;
	enum ctg_anchor_wish wish;
	unsigned int count;
	int r, asked;

	r = check_parameters(&asked, &wish);
	if (r)
		return r;
	if (off) {
		pr_warn("loaded with off=1: nothing is guarded\n");
		return ctg_netlink_init(true);
	}
	r = ctg_object_init();
	if (r)
		return r;
	ctg_prober_init();
	r = ctg_driver_init();
	if (r)
		goto exit_object;
	r = ctg_container_init();
	if (r)
		goto exit_driver;
	r = ctg_event_init();
	if (r)
		goto exit_container;
	r = ctg_measure_init(wish, pcr, log_max);
	if (r)
		goto exit_event;
	r = ctg_image_init();
	if (r)
		goto exit_measure;
	r = ctg_logfs_init();
	if (r)
		goto exit_image;
	r = ctg_guard_init(ctg_baseline, sizeof(ctg_baseline), asked);
	if (r)
		goto exit_logfs;
	r = ctg_netlink_init(false);
	if (r)
		goto exit_guard;
	ctg_event_set_sink(hand_out);
	hooks = ctg_hooks_table(&count);
	r = ctg_attach_init(hooks, count);
	if (r)
		goto exit_netlink;
	r = ctg_hostcode_init();
	if (r)
		goto exit_attach;
	/* What is held already; before, nothing could be done about it. */
	ctg_descriptor_scan();
	ctg_watch_start();
	return 0;

exit_attach:
	ctg_attach_exit();
	ctg_hostcode_exit();
exit_netlink:
	ctg_event_set_sink(NULL);
	ctg_netlink_exit();
exit_guard:
	ctg_guard_exit();
exit_logfs:
	ctg_logfs_exit();
exit_image:
	ctg_image_exit();
exit_measure:
	ctg_measure_exit();
exit_event:
	ctg_event_exit();
exit_container:
	ctg_container_exit();
exit_driver:
	ctg_driver_exit();
exit_object:
	ctg_object_exit();
	return r;
}

static void __exit ctguard_exit(void)
{
	if (off) {
		ctg_netlink_exit();
		return;
	}
	ctg_watch_stop();
	ctg_attach_exit();
	ctg_hostcode_exit();
	ctg_event_set_sink(NULL);
	ctg_netlink_exit();
	ctg_guard_exit();
	ctg_logfs_exit();
	ctg_image_exit();
	ctg_measure_exit();
	ctg_event_exit();
	ctg_container_exit();
	ctg_driver_exit();
	ctg_object_exit();
}

module_init(ctguard_init);
module_exit(ctguard_exit);
MODULE_DESCRIPTION("Guards the host's kernel against its containers");
MODULE_LICENSE("GPL");
MODULE_VERSION(CTGUARD_VERSION);
