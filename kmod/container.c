// SPDX-License-Identifier: GPL-2.0
/*
 * Who is guarded.
 *
 * A task belongs to a container by its label, else by the outermost guarded
 * cgroup above it, else by a namespace that is not the host's. A container is
 * made for a cgroup when a tracepoint tells that the cgroup was made, before
 * anybody can enter it; by a walk over the hierarchy at load and when another
 * policy comes; and on request. A label is made when a task of a container
 * forks or runs a program: it does not follow the cgroup, so a container's
 * task that finds a way into another cgroup stays what it was. The tasks of a
 * runtime get labels, too, where they fork in the cgroup; who ran a program of
 * the container, and who descends from that, has begun. Contexts that are only
 * namespaces share one static container per kind.
 *
 * Readers run under RCU. The table of containers changes under table_lock,
 * the table of labels under label_locks; both may be taken with interrupts
 * off, and nothing is called under them.
 *
 * When a container cannot be made (no memory, too many), "blind" is set: from
 * then on a cgroup that is not in the table is looked at by its path, until a
 * walk has made up for it. Unknown is not host.
 */
#include "container.h"

#include <linux/atomic.h>
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/ipc_namespace.h>
#include <linux/kernfs.h>
#include <linux/nsproxy.h>
#include <linux/pid_namespace.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/user_namespace.h>
#include <linux/utsname.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <trace/events/cgroup.h>

#define TABLE_BITS 12
#define LABEL_BITS 13
#define LABEL_LOCKS 64
#define WALK_RETRY (10 * HZ)

/* The tracepoint's path is cut at this length (TRACE_CGROUP_PATH_LEN). */
#define TRACE_PATH_MAX 1023

/**
 * struct label - a task stays in its container
 * @node: in the table of labels
 * @task: the key; never read through
 * @container: referenced
 * @begun: the task runs a program of the container, or one of its own; set by
 *	the task
 * @rcu: frees it
 */
struct label {
	struct hlist_node node;
	const struct task_struct *task;
	struct ctg_container *container;
	bool begun;
	struct rcu_head rcu;
};

static_assert(sizeof(struct ctg_container) <= CTG_CONTAINER_SIZE);

static DEFINE_HASHTABLE(containers, TABLE_BITS);
static DEFINE_SPINLOCK(table_lock);
static u32 container_count;
static u32 generation = 1;

/* Containers that hold descriptors which are judged when they are used. */
static atomic_t holders = ATOMIC_INIT(0);

static DEFINE_HASHTABLE(labels, LABEL_BITS);
static spinlock_t label_locks[LABEL_LOCKS];
static struct kmem_cache *label_cache;
static struct kmem_cache *container_cache;

static const struct ctg_policy __rcu *patterns;
static bool blind;

/* What the host's first task has. Compared, never read. */
static const struct nsproxy *host;

static struct ctg_container pid_ns_container = {
	.path = "(PID namespace)",
	.sealed = true,
	.bound_by = CTGUARD_BOUND_BY_NAMESPACE,
	.ns = CTG_POLICY_NS_PID,
};
static struct ctg_container user_ns_container = {
	.path = "(user namespace)",
	.sealed = true,
	.bound_by = CTGUARD_BOUND_BY_NAMESPACE,
	.ns = CTG_POLICY_NS_USER,
};
static struct ctg_container cgroup_ns_container = {
	.path = "(cgroup namespace)",
	.sealed = true,
	.bound_by = CTGUARD_BOUND_BY_NAMESPACE,
	.ns = CTG_POLICY_NS_CGROUP,
};
static struct ctg_container unknown_container = {
	.path = "(unknown)",
	.sealed = true,
	.bound_by = CTGUARD_BOUND_BY_UNKNOWN,
};
static struct ctg_container *const static_containers[] = {
	&pid_ns_container,
	&user_ns_container,
	&cgroup_ns_container,
	&unknown_container,
};

struct cgroup_path {
	char text[PATH_MAX];
};
static struct cgroup_path __percpu *path_buffers;

static void walk_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(walk, walk_work);
static DEFINE_MUTEX(walk_mutex);

/* Has it a cgroup of its own, or is it one of the static ones? */
static bool is_cgroup(const struct ctg_container *container)
{
	return container->id;
}

/*
 * Making and freeing
 */

static void free_container(struct ctg_container *container)
{
	if (container->holds)
		atomic_dec(&holders);
	free_percpu(container->counters);
	kfree(container->claim);
	kfree(container->profile_name);
	kfree(container->path);
	kmem_cache_free(container_cache, container);
}

static void free_rcu_container(struct rcu_head *rcu)
{
	free_container(container_of(rcu, struct ctg_container, rcu));
}

static void release_container(struct kref *kref)
{
	struct ctg_container *c =
		container_of(kref, struct ctg_container, kref);

	call_rcu(&c->rcu, free_rcu_container);
}

/**
 * ctg_container_get - keep a container beyond the RCU section it was found in
 * @container: found in the table, by a label or static
 *
 * Never fails: its owner lets go of it only after a grace period.
 */
void ctg_container_get(struct ctg_container *container)
{
	if (is_cgroup(container))
		kref_get(&container->kref);
}

/** ctg_container_put - let go of a container; any context */
void ctg_container_put(struct ctg_container *container)
{
	if (is_cgroup(container))
		kref_put(&container->kref, release_container);
}

/* The table's own reference is dropped when no reader can still find it. */
static void drop_rcu(struct rcu_head *rcu)
{
	struct ctg_container *c = container_of(rcu, struct ctg_container, rcu);

	kref_put(&c->kref, release_container);
}

static struct ctg_container *make(u64 id, int level, const char *path,
				  u32 bound_by, const char *profile, gfp_t gfp)
{
	struct ctg_container *c = kmem_cache_zalloc(container_cache, gfp);

	if (!c)
		return NULL;
	c->id = id;
	c->level = level;
	c->bound_by = bound_by;
	c->path = kstrdup(path, gfp);
	c->profile_name = kstrdup(profile, gfp);
	c->counters = __alloc_percpu_gfp(sizeof(*c->counters),
					 __alignof__(*c->counters), gfp);
	kref_init(&c->kref);
	if (!c->path || (profile && !c->profile_name) || !c->counters) {
		free_container(c);
		return NULL;
	}
	return c;
}

static struct ctg_container *find_id(u64 id)
{
	struct ctg_container *c;

	hash_for_each_possible_rcu(containers, c, node, id,
				   lockdep_is_held(&table_lock))
		if (c->id == id)
			return c;
	return NULL;
}

/* The outermost guarded cgroup above or at @cgroup. RCU. */
static struct ctg_container *find_cgroup(const struct cgroup *cgroup)
{
	struct ctg_container *c;
	int level;

	for (level = 1; level <= cgroup->level; level++) {
		c = find_id(ctg_cgroup_ancestor_id(cgroup, level));
		if (c)
			return c;
	}
	return NULL;
}

/* 0, or -EEXIST, or -ENOSPC; the container is the table's then. */
static int publish(struct ctg_container *c)
{
	unsigned long flags;
	int r = 0;

	spin_lock_irqsave(&table_lock, flags);
	if (find_id(c->id)) {
		r = -EEXIST;
	} else if (container_count == CTG_CONTAINER_MAX) {
		r = -ENOSPC;
	} else {
		hash_add_rcu(containers, &c->node, c->id);
		container_count++;
		generation++;
	}
	spin_unlock_irqrestore(&table_lock, flags);
	return r;
}

static void withdraw(struct ctg_container *c)
{
	lockdep_assert_held(&table_lock);
	hash_del_rcu(&c->node);
	container_count--;
	generation++;
	call_rcu(&c->rcu, drop_rcu);
}

/* Likewise, and its tasks are no longer in it, whatever their labels say. */
static void let_go(struct ctg_container *c)
{
	WRITE_ONCE(c->released, true);
	withdraw(c);
}

static void lose_sight(void)
{
	WRITE_ONCE(blind, true);
	queue_delayed_work(CTG_WQ, &walk, 0);
}

/*
 * Binding by pattern
 */

static bool matches(const char *path)
{
	const struct ctg_policy *policy;
	bool r;

	rcu_read_lock();
	policy = rcu_dereference(patterns);
	r = policy && ctg_policy_guards(policy, path);
	rcu_read_unlock();
	return r;
}

/* Tells of a new cgroup, before anybody can enter it. Interrupts are off. */
static void on_mkdir(void *unused, struct cgroup *cgroup, const char *path)
{
	struct ctg_container *c;
	bool cut;

	if (cgroup->root != &cgrp_dfl_root)
		return;
	cut = strlen(path) >= TRACE_PATH_MAX;
	if (!cut && !matches(path))
		return;
	rcu_read_lock();
	c = find_cgroup(cgroup);
	if (!c)
		c = ctg_container_of(current);
	rcu_read_unlock();
	/* Below a guarded one, or made by a guarded task: names bind nothing. */
	if (c)
		return;
	if (cut) {
		lose_sight();
		return;
	}
	/* A user's own cgroups take no room from the host's engines. */
	if (!uid_eq(task_uid(current), GLOBAL_ROOT_UID) &&
	    READ_ONCE(container_count) >= CTG_CONTAINER_MAX / 4)
		return;
	c = make(cgroup_id(cgroup), cgroup->level, path,
		 CTGUARD_BOUND_BY_PATTERN, NULL,
		 GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN);
	if (!c) {
		lose_sight();
		return;
	}
	if (current->nsproxy)
		c->maker = current->nsproxy->mnt_ns;
	if (publish(c)) {
		free_container(c);
		lose_sight();
	}
}

static void on_rmdir(void *unused, struct cgroup *cgroup, const char *path)
{
	struct ctg_container *c;
	unsigned long flags;

	if (cgroup->root != &cgrp_dfl_root)
		return;
	spin_lock_irqsave(&table_lock, flags);
	c = find_id(cgroup_id(cgroup));
	if (c)
		withdraw(c);
	spin_unlock_irqrestore(&table_lock, flags);
}

/*
 * Publishes a container for a cgroup that may be removed meanwhile: its
 * tracepoint comes after it went offline.
 */
static int publish_for(struct ctg_container *c, struct cgroup *cgroup)
{
	unsigned long flags;
	u64 id = c->id;
	int r;

	r = publish(c);
	if (r) {
		free_container(c);
		return r;
	}
	if (cgroup->self.flags & CSS_ONLINE)
		return 0;
	spin_lock_irqsave(&table_lock, flags);
	c = find_id(id);
	if (c)
		withdraw(c);
	spin_unlock_irqrestore(&table_lock, flags);
	return -ENOENT;
}

static int bind_existing(struct cgroup *cgroup, const char *path, u32 bound_by,
			 const char *profile)
{
	struct ctg_container *c;
	bool guarded;

	rcu_read_lock();
	guarded = find_cgroup(cgroup);
	rcu_read_unlock();
	if (guarded)
		return -EEXIST;
	c = make(cgroup_id(cgroup), cgroup->level, path, bound_by, profile,
		 GFP_KERNEL_ACCOUNT);
	if (!c)
		return -ENOMEM;
	/* What already runs is past its set-up. */
	c->sealed = cgroup_is_populated(cgroup);
	return publish_for(c, cgroup);
}

static void drop_unmatched(void)
{
	struct ctg_container *c;
	struct hlist_node *next;
	unsigned long flags;
	int i;

	for (i = 0; i < HASH_SIZE(containers); i++) {
		spin_lock_irqsave(&table_lock, flags);
		hlist_for_each_entry_safe(c, next, &containers[i], node)
			if (c->bound_by == CTGUARD_BOUND_BY_PATTERN &&
			    !matches(c->path))
				let_go(c);
		spin_unlock_irqrestore(&table_lock, flags);
	}
}

/*
 * A path that may have been cut is none: PATH_MAX bytes at @path. Kernels
 * differ in what they return then.
 */
static bool get_path(const struct cgroup *cgroup, char *path)
{
	int length = kernfs_path_from_node(cgroup->kn, NULL, path, PATH_MAX);

	return length > 0 && length < PATH_MAX - 1;
}

/* Binds what matches and is there. 0, or an error if one could not be. */
static int bind_matching(void)
{
	struct cgroup_subsys_state *root = &cgrp_dfl_root.cgrp.self, *pos;
	int r, result = 0;
	char *path;

	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	rcu_read_lock();
	css_for_each_descendant_pre(pos, root) {
		struct cgroup *cgroup = container_of(pos, struct cgroup, self);

		if (pos == root || !css_tryget(pos))
			continue;
		rcu_read_unlock();
		r = 0;
		if (pos->flags & CSS_ONLINE && get_path(cgroup, path) &&
		    matches(path))
			r = bind_existing(cgroup, path,
					  CTGUARD_BOUND_BY_PATTERN, NULL);
		if (r == -ENOMEM || r == -ENOSPC)
			result = r;
		cond_resched();
		rcu_read_lock();
		css_put(pos);
	}
	rcu_read_unlock();
	kfree(path);
	return result;
}

/**
 * ctg_container_rescan - bind what the patterns in force say of what is there
 *
 * Context: process; sleeps.
 */
void ctg_container_rescan(void)
{
	mutex_lock(&walk_mutex);
	drop_unmatched();
	/* Before the walk: who loses sight meanwhile sets it again. */
	WRITE_ONCE(blind, false);
	if (bind_matching()) {
		WRITE_ONCE(blind, true);
		queue_delayed_work(CTG_WQ, &walk, WALK_RETRY);
	}
	mutex_unlock(&walk_mutex);
}

static void walk_work(struct work_struct *work)
{
	ctg_container_rescan();
}

/**
 * ctg_container_follow - the patterns of this policy bind from now on
 * @policy: must live until a grace period after the next one was given
 *
 * What is there already is bound by ctg_container_rescan().
 */
void ctg_container_follow(const struct ctg_policy *policy)
{
	rcu_assign_pointer(patterns, policy);
}

/**
 * ctg_container_bind - guard a cgroup by its id
 * @id: inode number of its directory
 * @profile: name of its profile in this and later policies, or NULL
 *
 * Context: process; sleeps.
 * Return: 0; -ENOENT (no such cgroup), -EINVAL (the root), -EEXIST (it or one
 * above it is guarded), -ENOMEM, -ENOSPC.
 */
int ctg_container_bind(u64 id, const char *profile)
{
	struct cgroup *cgroup;
	char *path;
	int r;

	cgroup = ctg_cgroup_get_from_id(id);
	if (IS_ERR_OR_NULL(cgroup))
		return -ENOENT;
	r = -EINVAL;
	if (!cgroup->level)
		goto put_cgroup;
	r = -ENOMEM;
	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		goto put_cgroup;
	r = -ENAMETOOLONG;
	if (get_path(cgroup, path))
		r = bind_existing(cgroup, path, CTGUARD_BOUND_BY_ID, profile);
	kfree(path);
put_cgroup:
	cgroup_put(cgroup);
	return r;
}

/**
 * ctg_container_unbind - no longer guard what ctg_container_bind() guarded
 * @id: of the cgroup
 *
 * Return: 0; -ENOENT (not guarded), -EPERM (guarded by pattern).
 */
int ctg_container_unbind(u64 id)
{
	struct ctg_container *c;
	unsigned long flags;
	int r = 0;

	spin_lock_irqsave(&table_lock, flags);
	c = find_id(id);
	if (!c)
		r = -ENOENT;
	else if (c->bound_by != CTGUARD_BOUND_BY_ID)
		r = -EPERM;
	else
		let_go(c);
	spin_unlock_irqrestore(&table_lock, flags);
	return r;
}

/*
 * Finding
 */

static struct label *find_label(const struct task_struct *task)
{
	struct label *l;

	hash_for_each_possible_rcu(labels, l, node, (unsigned long)task)
		if (l->task == task && !READ_ONCE(l->container->released))
			return l;
	return NULL;
}

static bool has_begun(const struct task_struct *task,
		      const struct ctg_container *c)
{
	const struct label *l = find_label(task);

	return l && l->container == c && READ_ONCE(l->begun);
}

/* Is a cgroup above or at this one guarded by its name? */
static bool matches_above(const struct cgroup *cgroup)
{
	char *path, *end, saved;
	bool r = false;

	preempt_disable_notrace();
	path = this_cpu_ptr(path_buffers)->text;
	if (!get_path(cgroup, path)) {
		r = true;
		goto out;
	}
	for (end = path + 1; !r && end[-1]; end++) {
		if (*end && *end != '/')
			continue;
		saved = *end;
		*end = 0;
		r = matches(path);
		*end = saved;
	}
out:
	preempt_enable_notrace();
	return r;
}

static struct ctg_container *find_namespace(struct task_struct *task)
{
	struct pid_namespace *pid_ns = task_active_pid_ns(task);
	const struct nsproxy *ns;

	if (!pid_ns)
		return &unknown_container;
	if (pid_ns != &init_pid_ns)
		return &pid_ns_container;
	if (__task_cred(task)->user_ns != &init_user_ns)
		return &user_ns_container;
	/* Another task's may go away while it is read. */
	if (task != current)
		return NULL;
	ns = task->nsproxy;
	if (!ns)
		return &unknown_container;
	if (ns->cgroup_ns != host->cgroup_ns)
		return &cgroup_ns_container;
	return NULL;
}

/**
 * ctg_container_of - the container a task belongs to
 * @task: current, or one that is held by RCU or a reference
 *
 * Context: RCU read side, any.
 * Return: NULL for the host's, kernel threads among them. Valid while the RCU
 * read side lasts.
 */
struct ctg_container *ctg_container_of(struct task_struct *task)
{
	const struct cgroup *cgroup;
	struct ctg_container *c;
	const struct label *l;

	if (task->flags & PF_KTHREAD)
		return NULL;
	l = find_label(task);
	if (l)
		return l->container;
	cgroup = task_dfl_cgroup(task);
	c = find_cgroup(cgroup);
	if (c)
		return c;
	if (unlikely(READ_ONCE(blind)) && cgroup->level &&
	    matches_above(cgroup))
		return &unknown_container;
	return find_namespace(task);
}

/** ctg_container_unknown - the container of what could not be resolved */
struct ctg_container *ctg_container_unknown(void)
{
	return &unknown_container;
}

/** ctg_container_guards_cgroup - is a cgroup or one above it guarded? RCU */
bool ctg_container_guards_cgroup(struct cgroup *cgroup)
{
	return find_cgroup(cgroup);
}

/* Those of @ns, which must stay, that are not the host's. */
static u32 not_hosts(const struct nsproxy *ns)
{
	u32 own = 0;

	if (!ns)
		return 0;
	if (ns->net_ns != &init_net)
		own |= CTGUARD_OWN_NET;
	if (ns->ipc_ns != host->ipc_ns)
		own |= CTGUARD_OWN_IPC;
	if (ns->uts_ns != host->uts_ns)
		own |= CTGUARD_OWN_UTS;
	return own;
}

/**
 * ctg_container_namespaces - the namespaces that a task does not share with
 * the host
 * @task: current, or another one, whose lock is taken then
 *
 * Return: CTGUARD_OWN_NET, _IPC, _UTS, _USER, and CTGUARD_OWN for a PID
 * namespace.
 */
u32 ctg_container_namespaces(struct task_struct *task)
{
	struct pid_namespace *pid_ns = task_active_pid_ns(task);
	u32 own;

	if (task == current) {
		own = not_hosts(task->nsproxy);
	} else {
		task_lock(task);
		own = not_hosts(task->nsproxy);
		task_unlock(task);
	}
	if (pid_ns && pid_ns != &init_pid_ns)
		own |= CTGUARD_OWN;
	rcu_read_lock();
	/* An io_uring personality is of another namespace than the task. */
	if (__task_cred(task)->user_ns != &init_user_ns &&
	    (task != current || current_user_ns() != &init_user_ns))
		own |= CTGUARD_OWN_USER;
	rcu_read_unlock();
	return own;
}

/**
 * ctg_container_in_setup - does current set its container up?
 * @container: that of current
 *
 * A runtime makes device nodes before the container's first program runs. A
 * context that is only a PID namespace has no state of its own: there it is
 * the first task of the namespace, until it runs a program; but not of one that
 * somebody made inside.
 */
bool ctg_container_in_setup(const struct ctg_container *container)
{
	if (is_cgroup(container))
		return !READ_ONCE(container->sealed);
	return container == &pid_ns_container &&
	       current->flags & PF_FORKNOEXEC &&
	       task_active_pid_ns(current)->parent == &init_pid_ns &&
	       task_pid_nr_ns(current, task_active_pid_ns(current)) == 1;
}

/**
 * ctg_container_owns_cgroup - may a container change this cgroup?
 * @container: that of the task that asks
 * @cgroup: the directory
 * @inside: a thing is made in it, or a file of it is meant that the kernel
 *	delegates
 *
 * Return: true strictly below the container's own cgroup, and for @inside at
 * its own cgroup, too.
 */
bool ctg_container_owns_cgroup(const struct ctg_container *container,
			       const struct cgroup *cgroup, bool inside)
{
	if (!is_cgroup(container) || cgroup->level < container->level ||
	    ctg_cgroup_ancestor_id(cgroup, container->level) != container->id)
		return false;
	return inside || cgroup->level > container->level;
}

/* Is @ns the same as @above or below it? */
static bool is_below(struct pid_namespace *ns,
		     const struct pid_namespace *above)
{
	while (ns && ns != above)
		ns = ns->parent;
	return ns;
}

/**
 * ctg_container_owns_task - is a task in the container of another?
 * @container: that of @self
 * @self: the task that asks
 * @task: the other one
 *
 * Context: RCU read side.
 */
bool ctg_container_owns_task(const struct ctg_container *container,
			     struct task_struct *self, struct task_struct *task)
{
	if (ctg_container_of(task) != container)
		return false;
	return is_cgroup(container) ||
	       is_below(task_active_pid_ns(task), task_active_pid_ns(self));
}

/**
 * ctg_container_names_task - is a task in the PID namespace of another, or
 * below it, which is not the host's?
 * @self: the task that asks
 * @task: the other one
 *
 * Somebody of the host who enters the namespace is there, too.
 *
 * Context: RCU read side.
 */
bool ctg_container_names_task(struct task_struct *self,
			      struct task_struct *task)
{
	struct pid_namespace *ns = task_active_pid_ns(self);

	return ns && ns != &init_pid_ns &&
	       is_below(task_active_pid_ns(task), ns);
}

/**
 * ctg_container_sees_task - may a task look at another one, change what procfs
 * has of it, and trace it?
 * @container: that of @self
 * @self: the task that asks
 * @task: the other one
 *
 * In the same container, or in another one whose PID namespace, which is not
 * the host's, they share: containers of a pod are made to, and the host's
 * administrator enters it.
 *
 * Context: RCU read side.
 */
bool ctg_container_sees_task(const struct ctg_container *container,
			     struct task_struct *self, struct task_struct *task)
{
	const struct ctg_container *other;

	if (ctg_container_owns_task(container, self, task))
		return true;
	if (!ctg_container_names_task(self, task))
		return false;
	other = ctg_container_of(task);
	return other && is_cgroup(other);
}

/*
 * Labels
 */

/** ctg_container_keeps - do tasks of this container get labels? */
bool ctg_container_keeps(const struct ctg_container *container)
{
	return is_cgroup(container);
}

/** ctg_container_has_hosts_mounts - is current in the host's mount namespace? */
bool ctg_container_has_hosts_mounts(void)
{
	const struct nsproxy *ns = current->nsproxy;

	return ns && ns->mnt_ns == host->mnt_ns;
}

/**
 * ctg_container_is_apart - is a task in a mount namespace of the container's?
 * @container: that of @task
 * @task: current, or another one that is locked
 *
 * Return: false in that of the host and in that of who made the cgroup.
 */
bool ctg_container_is_apart(const struct ctg_container *container,
			    const struct task_struct *task)
{
	const struct nsproxy *ns = task->nsproxy;

	return ns && ns->mnt_ns != host->mnt_ns &&
	       ns->mnt_ns != container->maker;
}

/**
 * ctg_container_starts - is this the container's first program, or the first
 * of a task that came from outside?
 * @container: that of current, which executes a program
 *
 * A runtime re-executes itself inside the container's cgroup, but in the mount
 * namespace that it was started in.
 */
bool ctg_container_starts(const struct ctg_container *container)
{
	return is_cgroup(container) &&
	       ctg_container_is_apart(container, current) &&
	       (!READ_ONCE(container->sealed) ||
		!has_begun(current, container));
}

/* Does another process of a container, one that has @begun, share its mounts? */
static bool has_company(const struct ctg_container *c, bool begun)
{
	const struct mnt_namespace *mounts = current->nsproxy->mnt_ns;
	struct task_struct *leader, *task;
	bool r = false;

	rcu_read_lock();
	for_each_process_thread(leader, task)
	{
		if (same_thread_group(task, current))
			continue;
		task_lock(task);
		r = task->nsproxy && task->nsproxy->mnt_ns == mounts;
		task_unlock(task);
		r = r &&
		    (begun ? has_begun(task, c) : ctg_container_of(task) == c);
		if (r)
			goto unlock;
	}
unlock:
	rcu_read_unlock();
	return r;
}

/**
 * ctg_container_has_company - does another process of a container share the
 * mounts of current?
 * @container: that of current
 *
 * Then its first program is not that of its first task.
 *
 * Context: process.
 */
bool ctg_container_has_company(const struct ctg_container *container)
{
	return has_company(container, false);
}

/**
 * ctg_container_is_new - does current begin another container in the cgroup of
 * one that began already?
 * @container: that of current, sealed
 *
 * Who comes from outside to run something in a container joins the mount
 * namespace of a task that runs there. In another one, or where nobody is left,
 * it is a new container: a cgroup may be used again, and an engine's user may
 * name one container's cgroup as the parent of another's. What was adopted is
 * not known so well, nor what has a first task that ran no program.
 *
 * Context: process.
 */
bool ctg_container_is_new(const struct ctg_container *container)
{
	bool begun;

	if (!READ_ONCE(container->seen) ||
	    !ctg_container_is_apart(container, current))
		return false;
	rcu_read_lock();
	begun = has_begun(current, container);
	rcu_read_unlock();
	return !begun && !has_company(container, true);
}

static spinlock_t *label_lock(const struct task_struct *task)
{
	return &label_locks[hash_ptr(task, ilog2(LABEL_LOCKS))];
}

/* Is what current executes now a program of its container? RCU. */
static bool begins(const struct ctg_container *c)
{
	return READ_ONCE(c->sealed) && ctg_container_is_apart(c, current);
}

/**
 * ctg_container_label - a task stays in the container of current
 * @task: current, which executes a program, or a child that nobody knows yet
 *
 * Context: process; sleeps.
 * Return: 0, also for a task that needs none, or -ENOMEM.
 */
int ctg_container_label(struct task_struct *task)
{
	struct ctg_container *c;
	unsigned long flags;
	struct label *l, *old;

	l = kmem_cache_alloc(label_cache, GFP_KERNEL_ACCOUNT);
	if (!l)
		return -ENOMEM;
	rcu_read_lock();
	c = ctg_container_of(current);
	old = find_label(task);
	if (!c || !is_cgroup(c) || old) {
		if (old && task == current && begins(old->container))
			WRITE_ONCE(old->begun, true);
		rcu_read_unlock();
		kmem_cache_free(label_cache, l);
		return 0;
	}
	ctg_container_get(c);
	l->begun = task == current ? begins(c) : has_begun(current, c);
	rcu_read_unlock();
	l->task = task;
	l->container = c;
	spin_lock_irqsave(label_lock(task), flags);
	hash_add_rcu(labels, &l->node, (unsigned long)task);
	spin_unlock_irqrestore(label_lock(task), flags);
	return 0;
}

static void free_label(struct rcu_head *rcu)
{
	struct label *l = container_of(rcu, struct label, rcu);

	ctg_container_put(l->container);
	kmem_cache_free(label_cache, l);
}

static void remove_label(struct label *l)
{
	spinlock_t *lock = label_lock(l->task);
	unsigned long flags;

	spin_lock_irqsave(lock, flags);
	hash_del_rcu(&l->node);
	spin_unlock_irqrestore(lock, flags);
	call_rcu(&l->rcu, free_label);
}

/**
 * ctg_container_unlabel - a task is gone
 * @task: nobody runs it or looks at it any more
 *
 * Context: any.
 */
void ctg_container_unlabel(struct task_struct *task)
{
	struct label *l;

	rcu_read_lock();
	hash_for_each_possible_rcu(labels, l, node, (unsigned long)task)
		if (l->task == task)
			remove_label(l);
	rcu_read_unlock();
}

/**
 * ctg_container_hold - the use of a container's descriptors is to be judged
 * @container: with a cgroup; others have no beginning that could be seen, and
 *	are left alone
 *
 * Context: RCU read side.
 */
void ctg_container_hold(struct ctg_container *container)
{
	if (is_cgroup(container) && !xchg(&container->holds, true))
		atomic_inc(&holders);
}

/** ctg_container_holders - how many such containers there are */
unsigned int ctg_container_holders(void)
{
	return atomic_read(&holders);
}

/*
 * Reporting
 */

/** ctg_container_count - how many cgroups are guarded */
u32 ctg_container_count(void)
{
	return READ_ONCE(container_count);
}

/** ctg_container_generation - changes whenever a cgroup comes or goes */
u32 ctg_container_generation(void)
{
	return READ_ONCE(generation);
}

/**
 * ctg_container_each - walk over the containers
 * @position: from 0 upwards; the static ones come first
 *
 * Context: RCU read side. Return: NULL behind the last one.
 */
struct ctg_container *ctg_container_each(unsigned int position)
{
	struct ctg_container *c;
	int i;

	if (position < ARRAY_SIZE(static_containers))
		return static_containers[position];
	position -= ARRAY_SIZE(static_containers);
	hash_for_each_rcu(containers, i, c, node)
		if (!position--)
			return c;
	return NULL;
}

/**
 * ctg_container_pick - find containers of cgroups, one after another
 * @place: where to look on; 0 at first
 * @wanted: says whether it is one; is asked again of the same ones
 *
 * Return: referenced; NULL when there is none any more.
 */
struct ctg_container *
ctg_container_pick(unsigned int *place,
		   bool (*wanted)(const struct ctg_container *container))
{
	struct ctg_container *c;

	for (; *place < HASH_SIZE(containers); ++*place) {
		rcu_read_lock();
		hlist_for_each_entry_rcu(c, &containers[*place], node) {
			if (!wanted(c))
				continue;
			ctg_container_get(c);
			rcu_read_unlock();
			return c;
		}
		rcu_read_unlock();
		cond_resched();
	}
	return NULL;
}

/** ctg_container_sum - a counter of a container over all CPUs */
u64 ctg_container_sum(const struct ctg_container *container, u32 operation,
		      u32 verdict)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(container->counters, cpu)
					 ->count[operation - 1][verdict]);
	return sum;
}

/*
 * Life
 */

/**
 * struct probe - a tracepoint of the kernel's, found by name
 * @name: its name
 * @function: what it calls
 * @tracepoint: when found
 * @registered: whether it calls
 */
struct probe {
	const char *name;
	void *function;
	struct tracepoint *tracepoint;
	bool registered;
};

/* Called by the tracepoints through a cast: the types must be these. */
static_assert(__same_type(on_mkdir,
			  void(void *, struct cgroup *, const char *)));
static_assert(__same_type(trace_cgroup_mkdir,
			  void(struct cgroup *, const char *)));
static_assert(__same_type(trace_cgroup_rmdir,
			  void(struct cgroup *, const char *)));

static struct probe probes[] = {
	{ .name = "cgroup_mkdir", .function = on_mkdir },
	{ .name = "cgroup_rmdir", .function = on_rmdir },
};

static void match_probe(struct tracepoint *tracepoint, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (!strcmp(tracepoint->name, probes[i].name))
			probes[i].tracepoint = tracepoint;
}

static void remove_probes(void)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		if (!probes[i].registered)
			continue;
		tracepoint_probe_unregister(probes[i].tracepoint,
					    probes[i].function, NULL);
		probes[i].registered = false;
		any = true;
	}
	if (any)
		tracepoint_synchronize_unregister();
}

static int add_probes(void)
{
	unsigned int i;
	int r;

	for_each_kernel_tracepoint(match_probe, NULL);
	for (i = 0; i < ARRAY_SIZE(probes); i++) {
		r = -ENOENT;
		if (probes[i].tracepoint)
			r = tracepoint_probe_register(probes[i].tracepoint,
						      probes[i].function, NULL);
		if (r) {
			pr_err("no tracepoint %s (%d)\n", probes[i].name, r);
			remove_probes();
			return r;
		}
		probes[i].registered = true;
	}
	return 0;
}

static void free_static(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(static_containers); i++)
		free_percpu(static_containers[i]->counters);
	free_percpu(path_buffers);
}

/**
 * ctg_container_init - know who is guarded from now on
 *
 * Context: process; sleeps. Return: 0, -ENOMEM, -ENOENT (no tracepoint).
 */
int ctg_container_init(void)
{
	unsigned int i;
	int r = -ENOMEM;

	host = init_task.nsproxy;
	for (i = 0; i < LABEL_LOCKS; i++)
		spin_lock_init(&label_locks[i]);
	path_buffers = alloc_percpu(struct cgroup_path);
	if (!path_buffers)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(static_containers); i++) {
		static_containers[i]->counters =
			alloc_percpu(struct ctg_counters);
		if (!static_containers[i]->counters)
			goto free_counters;
	}
	label_cache = kmem_cache_create("ctguard_label", sizeof(struct label),
					0, SLAB_ACCOUNT, NULL);
	if (!label_cache)
		goto free_counters;
	container_cache = kmem_cache_create("ctguard_container",
					    sizeof(struct ctg_container), 0,
					    SLAB_ACCOUNT, NULL);
	if (!container_cache)
		goto destroy_labels;
	r = add_probes();
	if (r)
		goto destroy_containers;
	return 0;

destroy_containers:
	kmem_cache_destroy(container_cache);
destroy_labels:
	kmem_cache_destroy(label_cache);
free_counters:
	free_static();
	return r;
}

/**
 * ctg_container_stop - learn of nobody new
 *
 * The patterns that ctg_container_follow() was given are not read any more.
 *
 * Context: process; sleeps.
 */
void ctg_container_stop(void)
{
	remove_probes();
	cancel_delayed_work_sync(&walk);
}

/**
 * ctg_container_exit - forget everybody
 *
 * Nobody asks any more: hooks are detached and events handed out.
 *
 * Context: process; sleeps.
 */
void ctg_container_exit(void)
{
	struct ctg_container *c;
	struct hlist_node *next;
	unsigned long flags;
	struct label *l;
	int i;

	ctg_container_stop();
	hash_for_each_safe(labels, i, next, l, node)
		remove_label(l);
	spin_lock_irqsave(&table_lock, flags);
	hash_for_each_safe(containers, i, next, c, node)
		withdraw(c);
	spin_unlock_irqrestore(&table_lock, flags);
	/* Labels let go of containers, the table of containers, both twice. */
	rcu_barrier();
	rcu_barrier();
	kmem_cache_destroy(container_cache);
	kmem_cache_destroy(label_cache);
	free_static();
}
