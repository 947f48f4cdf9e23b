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
#include "netlink.h"
#include "object.h"
#include "prober.h"
#include "watch.h"

static char *mode = "policy";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(
	mode,
	"enforce, complain, or policy: what the built-in policy asks for (default)");

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

static int __init ctguard_init(void)
{
	const struct ctg_hook *hooks;
	unsigned int count;
	int r, asked;

	r = mode_asked(&asked);
	if (r) {
		pr_err("mode=%s: expected enforce, complain or policy\n", mode);
		return r;
	}
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
	r = ctg_guard_init(ctg_baseline, sizeof(ctg_baseline), asked);
	if (r)
		goto exit_event;
	r = ctg_netlink_init(false);
	if (r)
		goto exit_guard;
	ctg_event_set_sink(ctg_netlink_send);
	hooks = ctg_hooks_table(&count);
	r = ctg_attach_init(hooks, count);
	if (r)
		goto exit_netlink;
	ctg_hostcode_init();
	/* What is held already; before, nothing could be done about it. */
	ctg_descriptor_scan();
	ctg_watch_start();
	return 0;

exit_netlink:
	ctg_event_set_sink(NULL);
	ctg_netlink_exit();
exit_guard:
	ctg_guard_exit();
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
