// SPDX-License-Identifier: GPL-2.0
/*
 * Makes allocations of another module fail, each place once, whoever runs it:
 * its own works and timers as well as tasks that ask it. A place is a call stack
 * from the allocation to the module's outermost function. For the debug kernel
 * only, see tests/debug.
 *
 * Parameters, in /sys/module/enomem/parameters:
 *
 * arm	write N: at the next place that did not fail yet, the Nth allocation from
 *	now on fails; another N than before forgets which places failed. Reads 0
 *	when one has failed since.
 * place	reads the function of the module whose allocation failed last
 * of	the module's name; the places are those of one that is loaded after this.
 */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/objtool.h>
#include <linux/slab.h>
#include <linux/stacktrace.h>

/* struct kmem_cache, of the debug kernel. */
#include "../mm/slab.h"

#undef pr_fmt
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#define DEPTH 48
#define PLACES_BITS 13

static char *of = "ctguard";
module_param(of, charp, 0444);

/* The code of the module: what stays, and what is freed after it was loaded. */
static struct code {
	unsigned long start, end;
} text[2];

/* Open addressing; hash 0 is none. Never deleted from but as a whole. */
static struct place {
	atomic_t hash;
	atomic_t hits; /* since armed */
	bool failed;
} places[1 << PLACES_BITS];

static atomic_t armed;
static int last_armed;
static DEFINE_MUTEX(arm_mutex);

static int arm_set(const char *value, const struct kernel_param *unused)
{
	unsigned int i;
	int n, r;

	r = kstrtoint(value, 0, &n);
	if (r)
		return r;
	if (n < 0)
		return -EINVAL;
	mutex_lock(&arm_mutex);
	atomic_set(&armed, 0);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		atomic_set(&places[i].hits, 0);
		if (n && n != last_armed)
			WRITE_ONCE(places[i].failed, false);
	}
	if (n)
		last_armed = n;
	atomic_set_release(&armed, n);
	mutex_unlock(&arm_mutex);
	return 0;
}

static int arm_get(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%d\n", atomic_read(&armed));
}

static const struct kernel_param_ops arm_ops = {
	.set = arm_set,
	.get = arm_get,
};
module_param_cb(arm, &arm_ops, NULL, 0644);

static unsigned long last_place;

static int place_get(char *buffer, const struct kernel_param *unused)
{
	return sysfs_emit(buffer, "%ps\n", (void *)READ_ONCE(last_place));
}

static const struct kernel_param_ops place_ops = {
	.get = place_get,
};
module_param_cb(place, &place_ops, NULL, 0444);

static const struct code *code_of(unsigned long address)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(text); i++)
		if (address - text[i].start < text[i].end - text[i].start)
			return &text[i];
	return NULL;
}

/* The name of a slab in sysfs, which the kernel forgets when it fails there. */
static bool is_leaked_by_others(unsigned long address)
{
	char name[KSYM_SYMBOL_LEN];

	snprintf(name, sizeof(name), "%ps", (void *)address);
	return !strcmp(name, "sysfs_slab_add");
}

/*
 * The place that is running, or NULL: not the module's, or there is no room for
 * it. *@ret: its innermost function of the module.
 */
static struct place *find_place(unsigned long *ret)
{
	unsigned long entries[DEPTH];
	unsigned int count = stack_trace_save(entries, DEPTH, 0), i, own = 0;
	const struct code *code;
	u32 hash = 0;

	for (i = 0; i < count; i++) {
		if (is_leaked_by_others(entries[i]))
			return NULL;
		if (!code_of(entries[i]))
			continue;
		if (!own)
			*ret = entries[i];
		own = i + 1;
	}
	if (!own)
		return NULL;
	/* The module may be elsewhere the next time. */
	for (i = 0; i < own; i++) {
		code = code_of(entries[i]);
		hash = jhash_2words(entries[i] - (code ? code->start : 0),
				    !!code, hash);
	}
	hash = hash ?: 1;
	for (i = 0; i < 64; i++) {
		struct place *p = &places[(hash + i) % ARRAY_SIZE(places)];
		u32 old = atomic_cmpxchg(&p->hash, 0, hash);

		if (!old || old == hash)
			return p;
	}
	pr_warn_once("more places than are known\n");
	return NULL;
}

/* Must an allocation fail here? */
static bool fails_here(void)
{
	int n = atomic_read(&armed);
	unsigned long own = 0;
	struct place *p;

	if (!n)
		return false;
	p = find_place(&own);
	if (!p || READ_ONCE(p->failed) || atomic_inc_return(&p->hits) != n ||
	    atomic_cmpxchg(&armed, n, 0) != n)
		return false;
	WRITE_ONCE(p->failed, true);
	WRITE_ONCE(last_place, own);
	return true;
}

asmlinkage void enomem_return(void);
asm(".pushsection .text\n"
    ".type enomem_return, @function\n"
    "enomem_return:\n" ANNOTATE_NOENDBR ASM_RET
    ".size enomem_return, .-enomem_return\n"
    ".popsection\n");

/* In place of the function: it returns this. */
static int fail(struct pt_regs *regs, long result)
{
	regs_set_return_value(regs, result);
	instruction_pointer_set(regs, (unsigned long)enomem_return);
	return 1;
}

/* What watches memory itself copes, and watches less. */
static int slab(struct kprobe *unused, struct pt_regs *regs)
{
	const struct kmem_cache *cache = (void *)regs->di;

	if (regs->si & __GFP_NOFAIL || cache->flags & SLAB_NOLEAKTRACE ||
	    !fails_here())
		return 0;
	return fail(regs, -ENOMEM);
}

static int page(struct kprobe *unused, struct pt_regs *regs)
{
	if (regs->di & __GFP_NOFAIL || !fails_here())
		return 0;
	return fail(regs, true);
}

static struct kprobe slab_probe = {
	.symbol_name = "should_failslab",
	.pre_handler = slab,
};
static struct kprobe page_probe = {
	.symbol_name = "should_fail_alloc_page",
	.pre_handler = page,
};
static struct kprobe *probes[] = { &slab_probe, &page_probe };

static int module_comes(struct notifier_block *unused, unsigned long state,
			void *data)
{
	const struct module *module = data;

	if (strcmp(module->name, of))
		return NOTIFY_DONE;
	if (state == MODULE_STATE_COMING) {
		const struct module_layout *core = &module->core_layout;
		const struct module_layout *init = &module->init_layout;

		text[0].start = (unsigned long)core->base;
		text[0].end = text[0].start + core->text_size;
		text[1].start = (unsigned long)init->base;
		text[1].end = text[1].start + init->text_size;
	} else if (state == MODULE_STATE_LIVE) {
		text[1] = (struct code){};
	}
	return NOTIFY_OK;
}

/* Before others see it. */
static struct notifier_block notifier = {
	.notifier_call = module_comes,
	.priority = INT_MAX,
};

static int __init enomem_init(void)
{
	int r = register_module_notifier(&notifier);

	if (r)
		return r;
	r = register_kprobes(probes, ARRAY_SIZE(probes));
	if (r)
		unregister_module_notifier(&notifier);
	return r;
}

static void __exit enomem_exit(void)
{
	unregister_kprobes(probes, ARRAY_SIZE(probes));
	unregister_module_notifier(&notifier);
}

module_init(enomem_init);
module_exit(enomem_exit);
MODULE_DESCRIPTION("allocations of another module fail, each place once");
MODULE_LICENSE("GPL");
