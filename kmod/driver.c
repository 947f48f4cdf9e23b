// SPDX-License-Identifier: GPL-2.0
/*
 * The names of the drivers that device numbers belong to by now.
 *
 * The kernel keeps them to itself but for /proc/devices, which is read at
 * load, whenever a module came or went, and every ten seconds. In between a new
 * driver's devices have none, and no rule by name allows them.
 *
 * The table is immutable, replaced whole and read under RCU.
 */
#include "driver.h"

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/notifier.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <uapi/ctguard/ctguard.h>

#define TEXT_MAX (64 << 10)
#define MAJORS 512 /* CHRDEV_MAJOR_MAX, and more than block devices have */
#define NAMES_MAX 2048

/**
 * struct table - what /proc/devices said
 * @rcu: frees it
 * @first: by type and major, of the names; 0 for none
 * @names: lists of names, each ending in NULL; the first is empty
 * @text: of the file, cut into names
 */
struct table {
	struct rcu_head rcu;
	u16 first[2][MAJORS];
	const char *names[NAMES_MAX];
	char text[TEXT_MAX];
};

static struct table __rcu *table;
static struct vfsmount *proc;

static void read_again(struct work_struct *work);
static DECLARE_WORK(reader, read_again);

static int read_text(char *text)
{
	struct file *file;
	loff_t at = 0;
	ssize_t r;

	file = file_open_root_mnt(proc, "devices", O_RDONLY, 0);
	if (IS_ERR(file))
		return PTR_ERR(file);
	do
		r = kernel_read(file, text + at, TEXT_MAX - 1 - at, &at);
	while (r > 0 && at < TEXT_MAX - 1);
	fput(file);
	return r < 0 ? r : 0;
}

/* Adds the names of one major that stand together, as they do in the file. */
static void parse(struct table *t)
{
	char *text = t->text;
	u32 type = CTGUARD_DEV_CHAR, last = MAJORS;
	unsigned int count = 1;
	char *line, *name;

	while ((line = strsep(&text, "\n"))) {
		unsigned long major;

		if (strstarts(line, "Block")) {
			type = CTGUARD_DEV_BLOCK;
			last = MAJORS;
		}
		line = skip_spaces(line);
		name = strchr(line, ' ');
		if (!name)
			continue;
		*name++ = 0;
		if (kstrtoul(line, 10, &major) || major >= MAJORS ||
		    count + 3 > NAMES_MAX)
			continue;
		/* One more of the list before: over its end. */
		if (major == last)
			count--;
		else
			t->first[type - 1][major] = count;
		t->names[count++] = name;
		t->names[count++] = NULL;
		last = major;
	}
}

/* Without a new table there is none: a number may be another driver's by now. */
static void read_again(struct work_struct *work)
{
	struct table *t, *old;
	int r = -ENOMEM;

	t = kvzalloc(sizeof(*t), GFP_KERNEL);
	if (t)
		r = read_text(t->text);
	if (r) {
		pr_warn_ratelimited(
			"/proc/devices cannot be read (%d): rules by driver name allow nothing until it can\n",
			r);
		kvfree(t);
		t = NULL;
	} else {
		parse(t);
	}
	/* Only this work writes, and it runs once at a time. */
	old = rcu_replace_pointer(table, t, true);
	if (old)
		kvfree_rcu(old, rcu);
}

/** ctg_driver_refresh - look for new drivers; sleeps */
void ctg_driver_refresh(void)
{
	queue_work(CTG_WQ, &reader);
	flush_work(&reader);
}

/* A module has brought devices, or taken them away. */
static int module_changed(struct notifier_block *block, unsigned long state,
			  void *module)
{
	if (state == MODULE_STATE_LIVE || state == MODULE_STATE_GOING)
		ctg_driver_refresh();
	return NOTIFY_DONE;
}

static struct notifier_block modules = { .notifier_call = module_changed };

/**
 * ctg_driver_names - what /proc/devices calls a major
 * @type: CTGUARD_DEV_BLOCK or CTGUARD_DEV_CHAR
 * @major: of a device
 *
 * Context: RCU read side, as long as the names are used.
 * Return: names, ending in NULL, or NULL when none is known.
 */
const char *const *ctg_driver_names(u8 type, u32 major)
{
	const struct table *t = rcu_dereference(table);
	u16 first;

	if (!type || type > CTGUARD_DEV_CHAR || major >= MAJORS || !t)
		return NULL;
	first = t->first[type - 1][major];
	if (first)
		return &t->names[first];
	return NULL;
}

static void forget(void)
{
	kern_unmount(proc);
	kvfree(rcu_replace_pointer(table, NULL, true));
}

/** ctg_driver_init - know the drivers; sleeps. Return: 0, or an error */
int ctg_driver_init(void)
{
	struct file_system_type *type = get_fs_type("proc");
	int r;

	if (!type)
		return -ENODEV;
	proc = kern_mount(type);
	module_put(type->owner);
	if (IS_ERR(proc))
		return PTR_ERR(proc);
	read_again(NULL);
	r = register_module_notifier(&modules);
	if (r)
		forget();
	return r;
}

/** ctg_driver_exit - nobody asks any more; sleeps */
void ctg_driver_exit(void)
{
	unregister_module_notifier(&modules);
	cancel_work_sync(&reader);
	forget();
}
