// SPDX-License-Identifier: GPL-2.0
/*
 * The contract with userland: the generic netlink family, and the only file
 * that knows netlink.
 *
 * Requests run in parallel. Uploads of a policy are kept here between
 * messages, under upload_mutex; everything else is asked of its owner.
 */
#include "netlink.h"

#include <linux/capability.h>
#include <linux/cgroup.h>
#include <linux/file.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/pid.h>
#include <linux/sched/task.h>
#include <linux/vmalloc.h>
#include <net/genetlink.h>
#include <net/sock.h>
#include <uapi/ctguard/ctguard.h>

#include "attach.h"
#include "container.h"
#include "descriptor.h"
#include "event.h"
#include "explain.h"
#include "guard.h"
#include "image.h"
#include "measure.h"

#define UPLOADS_MAX 4

/* A cgroup's path may be as long as a page, and more. */
#define MESSAGE_SIZE (GENLMSG_DEFAULT_SIZE + PATH_MAX)

/**
 * struct upload - a policy on its way in
 * @list: in uploads
 * @portid: of the socket it belongs to
 * @size: announced
 * @filled: arrived, from the beginning
 * @data: @size bytes
 */
struct upload {
	struct list_head list;
	u32 portid;
	u32 size;
	u32 filled;
	u8 *data;
};

static LIST_HEAD(uploads);
static unsigned int upload_count;
static DEFINE_MUTEX(upload_mutex);

/* Loaded with off=1: nothing is hooked. */
static bool is_off;

static struct genl_family family;

/*
 * Admin in the initial user namespace, the socket's opener and the sender
 * both, and neither guarded. The network namespace is the initial one, since
 * the family is nowhere else.
 */
static int check(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	struct sock *sk = NETLINK_CB(skb).sk;
	bool guarded;

	if (!netlink_capable(skb, CAP_SYS_ADMIN)) {
		NL_SET_ERR_MSG(
			extack,
			"CAP_SYS_ADMIN in the initial user namespace is needed");
		return -EPERM;
	}
	/* Nothing is there that could say who is guarded. */
	if (is_off)
		return 0;
	rcu_read_lock();
	guarded = ctg_container_of(current) ||
		  (sk && ctg_container_guards_cgroup(
				 sock_cgroup_ptr(&sk->sk_cgrp_data)));
	rcu_read_unlock();
	if (guarded) {
		NL_SET_ERR_MSG(
			extack,
			"a guarded task does not administrate the guard");
		return -EPERM;
	}
	return 0;
}

/* The same, and for a request that an off module cannot answer. */
static int check_on(struct sk_buff *skb, struct netlink_ext_ack *extack)
{
	int r = check(skb, extack);

	if (!r && is_off) {
		NL_SET_ERR_MSG(
			extack,
			"ctguard was loaded with off=1 and guards nothing");
		r = -ESHUTDOWN;
	}
	return r;
}

static int check_do(const CTG_GENL_OPS *op, struct sk_buff *skb,
		    struct genl_info *info)
{
	return op->cmd == CTGUARD_CMD_STATUS_GET ? check(skb, info->extack) :
						   check_on(skb, info->extack);
}

static int check_dump(struct netlink_callback *cb)
{
	cb->min_dump_alloc = MESSAGE_SIZE;
	return check_on(cb->skb, cb->extack);
}

/* A required attribute; names it when it is missing. */
static struct nlattr *need(struct genl_info *info, u32 attr)
{
	if (GENL_REQ_ATTR_CHECK(info, attr))
		return NULL;
	return info->attrs[attr];
}

/* Starts a reply; NULL on no memory. */
static struct sk_buff *new_reply(struct genl_info *info, u8 cmd,
				 void **ret_header)
{
	struct sk_buff *skb = genlmsg_new(MESSAGE_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*ret_header = genlmsg_put_reply(skb, info, &family, 0, cmd);
	if (*ret_header)
		return skb;
	nlmsg_free(skb);
	return NULL;
}

static int send_reply(struct sk_buff *skb, void *header, struct genl_info *info)
{
	genlmsg_end(skb, header);
	return genlmsg_reply(skb, info);
}

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, CTGUARD_A_PAD);
}

/*
 * Status
 */

static u32 state_now(u32 mode)
{
	if (is_off)
		return CTGUARD_STATE_OFF;
	if (ctg_attach_degraded())
		return CTGUARD_STATE_DEGRADED;
	return mode == CTGUARD_MODE_ENFORCE ? CTGUARD_STATE_ENFORCING :
					      CTGUARD_STATE_COMPLAINING;
}

static int put_log(struct sk_buff *skb)
{
	struct ctg_measure_status log;

	ctg_measure_status(&log);
	if (nla_put_u32(skb, CTGUARD_A_TPM_STATE, log.state) ||
	    nla_put_u32(skb, CTGUARD_A_PCR, log.pcr) ||
	    put_u64(skb, CTGUARD_A_LOG_FIRST, log.first) ||
	    put_u64(skb, CTGUARD_A_LOG_NEXT, log.next) ||
	    put_u64(skb, CTGUARD_A_LOG_BYTES, log.bytes) ||
	    put_u64(skb, CTGUARD_A_LOG_FAILED, log.failed))
		return -EMSGSIZE;
	return 0;
}

static int put_status(struct sk_buff *skb)
{
	struct ctg_guard_status status = {};
	u64 events = 0, lost = 0;

	if (!is_off) {
		ctg_guard_status(&status);
		ctg_event_totals(&events, &lost);
	}
	if (nla_put_u32(skb, CTGUARD_A_ABI, CTGUARD_ABI) ||
	    put_u64(skb, CTGUARD_A_FEATURES, 0) ||
	    nla_put_string(skb, CTGUARD_A_VERSION, THIS_MODULE->version) ||
	    nla_put_u32(skb, CTGUARD_A_STATE, state_now(status.mode)))
		return -EMSGSIZE;
	if (is_off)
		return 0;
	if (nla_put_u32(skb, CTGUARD_A_MODE, status.mode) ||
	    put_u64(skb, CTGUARD_A_POLICY_GENERATION, status.generation) ||
	    nla_put(skb, CTGUARD_A_POLICY_SHA256, sizeof(status.sha256),
		    status.sha256) ||
	    nla_put_u32(skb, CTGUARD_A_POLICY_MODE, status.policy_mode) ||
	    nla_put_u32(skb, CTGUARD_A_POLICY_SIZE, status.size) ||
	    (status.trial &&
	     nla_put_u32(skb, CTGUARD_A_TRIAL_LEFT, status.trial_left)) ||
	    nla_put_u32(skb, CTGUARD_A_CONTAINERS, ctg_container_count()) ||
	    put_u64(skb, CTGUARD_A_EVENTS, events) ||
	    put_u64(skb, CTGUARD_A_EVENTS_LOST, lost))
		return -EMSGSIZE;
	return put_log(skb);
}

static int status_get(struct sk_buff *request, struct genl_info *info)
{
	struct sk_buff *skb;
	void *header;
	int r;

	skb = new_reply(info, CTGUARD_CMD_STATUS_GET, &header);
	if (!skb)
		return -ENOMEM;
	r = put_status(skb);
	if (r) {
		nlmsg_free(skb);
		return r;
	}
	return send_reply(skb, header, info);
}

/*
 * Dumps: cb->args[0] is where to go on.
 */

static void *put_part(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &family, NLM_F_MULTI, cmd);
}

static int hook_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	for (; cb->args[0] < ctg_attach_count(); cb->args[0]++) {
		struct ctg_hook_report hook;
		void *header;

		ctg_attach_report(cb->args[0], &hook);
		header = put_part(skb, cb, CTGUARD_CMD_HOOK_GET);
		if (!header)
			break;
		if (nla_put_string(skb, CTGUARD_A_HOOK_NAME, hook.name) ||
		    nla_put_string(skb, CTGUARD_A_HOOK_GROUP, hook.group) ||
		    nla_put_u32(skb, CTGUARD_A_HOOK_STATE, hook.state) ||
		    (hook.open &&
		     nla_put_string(skb, CTGUARD_A_HOOK_OPEN, hook.open)) ||
		    (!hook.optional &&
		     nla_put_flag(skb, CTGUARD_A_HOOK_REQUIRED))) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
	}
	return skb->len;
}

static int put_counter(struct sk_buff *skb, const struct ctg_container *c,
		       u32 operation)
{
	static const int attrs[] = {
		[CTGUARD_VERDICT_ALLOW] = CTGUARD_A_ALLOWED,
		[CTGUARD_VERDICT_DENY] = CTGUARD_A_DENIED,
		[CTGUARD_VERDICT_COMPLAIN] = CTGUARD_A_COMPLAINED,
	};
	u64 sums[__CTGUARD_VERDICT_MAX], any = 0;
	struct nlattr *nest;
	u32 v;

	for (v = 0; v < __CTGUARD_VERDICT_MAX; v++) {
		sums[v] = ctg_container_sum(c, operation, v);
		any |= sums[v];
	}
	if (!any)
		return 0;
	nest = nla_nest_start(skb, CTGUARD_A_COUNTER);
	if (!nest || nla_put_u32(skb, CTGUARD_A_OPERATION, operation))
		return -EMSGSIZE;
	for (v = 0; v < __CTGUARD_VERDICT_MAX; v++)
		if (put_u64(skb, attrs[v], sums[v]))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_claim(struct sk_buff *skb, const struct ctg_claim *claim)
{
	if (!claim)
		return 0;
	if (nla_put_u32(skb, CTGUARD_A_LEVEL, claim->level) ||
	    nla_put(skb, CTGUARD_A_CONFIG, sizeof(claim->config),
		    claim->config))
		return -EMSGSIZE;
	return claim->has_manifest ?
		       nla_put(skb, CTGUARD_A_MANIFEST, sizeof(claim->manifest),
			       claim->manifest) :
		       0;
}

static int put_container(struct sk_buff *skb, struct ctg_container *c)
{
	u32 flags = 0, operation;
	const char *profile;

	if (READ_ONCE(c->sealed))
		flags |= CTGUARD_CONTAINER_SEALED;
	profile = ctg_guard_profile_name_of(c);
	if (put_u64(skb, CTGUARD_A_CGROUP_ID, c->id) ||
	    nla_put_string(skb, CTGUARD_A_CGROUP_PATH, c->path) ||
	    (profile && nla_put_string(skb, CTGUARD_A_PROFILE, profile)) ||
	    nla_put_u32(skb, CTGUARD_A_BOUND_BY, c->bound_by) ||
	    nla_put_u32(skb, CTGUARD_A_CONTAINER_FLAGS, flags) ||
	    put_claim(skb, READ_ONCE(c->claim)))
		return -EMSGSIZE;
	for (operation = 1; operation < __CTGUARD_OP_MAX; operation++)
		if (put_counter(skb, c, operation))
			return -EMSGSIZE;
	return 0;
}

static int container_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct ctg_container *c;

	cb->seq = ctg_container_generation();
	rcu_read_lock();
	while ((c = ctg_container_each(cb->args[0]))) {
		void *header = put_part(skb, cb, CTGUARD_CMD_CONTAINER_GET);

		if (!header)
			break;
		genl_dump_check_consistent(cb, header);
		if (put_container(skb, c)) {
			genlmsg_cancel(skb, header);
			break;
		}
		genlmsg_end(skb, header);
		cb->args[0]++;
	}
	rcu_read_unlock();
	/* Nothing at all is the end only behind the last one. */
	return skb->len ?: c ? -EMSGSIZE : 0;
}

/* How much of a policy goes into one message of a dump. */
#define DUMP_CHUNK 2048

/* cb->args[1] and [2]: the generation that the dump began with. */
static int policy_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	u64 generation = (u64)cb->args[1];
	struct nlattr *data;
	void *header;
	u32 size;
	int r;

	for (;;) {
		header = put_part(skb, cb, CTGUARD_CMD_POLICY_GET);
		if (!header)
			break;
		data = nla_reserve(skb, CTGUARD_A_POLICY_DATA, DUMP_CHUNK);
		if (!data)
			goto full;
		r = ctg_guard_copy(&generation, cb->args[0], nla_data(data),
				   DUMP_CHUNK, &size);
		if (r <= 0) {
			genlmsg_cancel(skb, header);
			return r < 0 ? r : skb->len;
		}
		skb_trim(skb, skb->len - (nla_total_size(DUMP_CHUNK) -
					  nla_total_size(r)));
		data->nla_len = nla_attr_size(r);
		if (nla_put_u32(skb, CTGUARD_A_POLICY_OFFSET, cb->args[0]) ||
		    nla_put_u32(skb, CTGUARD_A_POLICY_SIZE, size) ||
		    put_u64(skb, CTGUARD_A_POLICY_GENERATION, generation))
			goto full;
		genlmsg_end(skb, header);
		cb->args[0] += r;
		cb->args[1] = generation;
	}
	return skb->len;

full:
	genlmsg_cancel(skb, header);
	return skb->len ?: -EMSGSIZE;
}

/*
 * Uploads
 */

static void free_upload(struct upload *u)
{
	if (!u)
		return;
	kvfree(u->data);
	kfree(u);
}

static struct upload *find_upload(u32 portid)
{
	struct upload *u;

	lockdep_assert_held(&upload_mutex);
	list_for_each_entry(u, &uploads, list)
		if (u->portid == portid)
			return u;
	return NULL;
}

/* Takes the upload of a socket off the list; it is the caller's then. */
static struct upload *take_upload(u32 portid)
{
	struct upload *u;

	mutex_lock(&upload_mutex);
	u = find_upload(portid);
	if (u) {
		list_del(&u->list);
		upload_count--;
	}
	mutex_unlock(&upload_mutex);
	return u;
}

static int policy_begin(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *size;
	struct upload *u;
	int r = 0;

	size = need(info, CTGUARD_A_POLICY_SIZE);
	if (!size)
		return -EINVAL;
	if (nla_get_u32(size) > CTGUARD_POLICY_MAX_SIZE) {
		NL_SET_ERR_MSG_ATTR(info->extack, size,
				    "compiled policy is larger than 8 MiB");
		return -E2BIG;
	}
	u = kzalloc(sizeof(*u), GFP_KERNEL_ACCOUNT);
	if (!u)
		return -ENOMEM;
	u->portid = info->snd_portid;
	u->size = nla_get_u32(size);
	u->data = kvzalloc(u->size ?: 1, GFP_KERNEL_ACCOUNT);
	if (!u->data) {
		kfree(u);
		return -ENOMEM;
	}
	free_upload(take_upload(u->portid));
	mutex_lock(&upload_mutex);
	if (upload_count == UPLOADS_MAX) {
		NL_SET_ERR_MSG(info->extack, "too many uploads at a time");
		r = -EBUSY;
	} else {
		list_add(&u->list, &uploads);
		upload_count++;
	}
	mutex_unlock(&upload_mutex);
	if (r)
		free_upload(u);
	return r;
}

static int add_data(struct upload *u, u32 offset, const struct nlattr *data,
		    struct genl_info *info)
{
	u32 length = nla_len(data);

	if (!u) {
		NL_SET_ERR_MSG(info->extack, "no upload was begun");
		return -ENOENT;
	}
	if (offset != u->filled) {
		NL_SET_ERR_MSG_ATTR(info->extack,
				    info->attrs[CTGUARD_A_POLICY_OFFSET],
				    "pieces do not follow one another");
		return -ESPIPE;
	}
	if (length > u->size - u->filled) {
		NL_SET_ERR_MSG_ATTR(info->extack, data,
				    "more than was announced");
		return -EMSGSIZE;
	}
	memcpy(u->data + u->filled, nla_data(data), length);
	u->filled += length;
	return 0;
}

static int policy_data(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *offset, *data;
	int r;

	offset = need(info, CTGUARD_A_POLICY_OFFSET);
	data = need(info, CTGUARD_A_POLICY_DATA);
	if (!offset || !data)
		return -EINVAL;
	mutex_lock(&upload_mutex);
	r = add_data(find_upload(info->snd_portid), nla_get_u32(offset), data,
		     info);
	mutex_unlock(&upload_mutex);
	return r;
}

static int load(const struct upload *u, const struct nlattr *announced,
		u32 trial_ms, struct genl_info *info)
{
	struct ctg_policy_error error = {};
	u8 digest[CTGUARD_SHA256_SIZE];
	int r;

	if (!u) {
		NL_SET_ERR_MSG(info->extack, "no upload was begun");
		return -ENOENT;
	}
	if (u->filled != u->size) {
		NL_SET_ERR_MSG(info->extack, "upload is not complete");
		return -ENODATA;
	}
	sha256(u->data, u->size, digest);
	if (memcmp(digest, nla_data(announced), sizeof(digest))) {
		NL_SET_ERR_MSG_ATTR(info->extack, announced,
				    "sha256 is not that of what arrived");
		return -EBADMSG;
	}
	r = ctg_guard_load(u->data, u->size, trial_ms, &error);
	if (r && error.reason) {
		info->extack->_msg = error.reason;
		NL_SET_BAD_ATTR(info->extack, announced);
		nl_set_extack_cookie_u64(info->extack, error.offset);
		pr_notice("policy refused at byte %u: %s\n", error.offset,
			  error.reason);
	}
	return r;
}

static u32 trial_of(struct genl_info *info)
{
	struct nlattr *trial = info->attrs[CTGUARD_A_TRIAL];

	return trial ? nla_get_u32(trial) : 0;
}

static int reply_policy(struct genl_info *info)
{
	struct ctg_guard_status status;
	struct sk_buff *skb;
	void *header;

	ctg_guard_status(&status);
	skb = new_reply(info, CTGUARD_CMD_POLICY_COMMIT, &header);
	if (!skb)
		return -ENOMEM;
	if (put_u64(skb, CTGUARD_A_POLICY_GENERATION, status.generation) ||
	    nla_put(skb, CTGUARD_A_POLICY_SHA256, sizeof(status.sha256),
		    status.sha256)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	return send_reply(skb, header, info);
}

static int policy_commit(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *announced;
	struct upload *u;
	int r;

	announced = need(info, CTGUARD_A_POLICY_SHA256);
	if (!announced)
		return -EINVAL;
	u = take_upload(info->snd_portid);
	r = load(u, announced, trial_of(info), info);
	free_upload(u);
	return r ?: reply_policy(info);
}

/* A socket was closed, and its upload ends. */
static int on_release(struct notifier_block *nb, unsigned long event,
		      void *data)
{
	const struct netlink_notify *notify = data;

	if (event == NETLINK_URELEASE && notify->protocol == NETLINK_GENERIC &&
	    net_eq(notify->net, &init_net))
		free_upload(take_upload(notify->portid));
	return NOTIFY_DONE;
}

static struct notifier_block release_notifier = {
	.notifier_call = on_release,
};

/*
 * Mode, trial, binding
 */

static int mode_set(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *mode;
	int r;

	mode = need(info, CTGUARD_A_MODE);
	if (!mode)
		return -EINVAL;
	r = ctg_guard_set_mode(nla_get_u32(mode), trial_of(info));
	if (r == -EBUSY)
		NL_SET_ERR_MSG(info->extack,
			       "a trial runs: confirm or revert it first");
	return r;
}

static int trial_end(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *flags;
	int r;

	flags = need(info, CTGUARD_A_FLAGS);
	if (!flags)
		return -EINVAL;
	r = ctg_guard_end_trial(nla_get_u32(flags) == CTGUARD_TRIAL_CONFIRM);
	if (r)
		NL_SET_ERR_MSG(info->extack, "no trial runs");
	return r;
}

static int bind(struct sk_buff *request, struct genl_info *info)
{
	const char *profile = NULL;
	struct nlattr *id;
	int r;

	id = need(info, CTGUARD_A_CGROUP_ID);
	if (!id)
		return -EINVAL;
	if (info->attrs[CTGUARD_A_PROFILE]) {
		profile = nla_data(info->attrs[CTGUARD_A_PROFILE]);
		if (!ctg_guard_has_profile(profile)) {
			NL_SET_ERR_MSG_ATTR(info->extack,
					    info->attrs[CTGUARD_A_PROFILE],
					    "no such profile in the policy");
			return -ENODATA;
		}
	}
	r = ctg_container_bind(nla_get_u64(id), profile);
	if (r == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, id,
				    "no cgroup of this id in the v2 hierarchy");
	else if (r == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, id,
				    "the root cgroup cannot be guarded");
	else if (r == -EEXIST)
		NL_SET_ERR_MSG_ATTR(
			info->extack, id,
			"this cgroup or one above it is guarded already");
	else if (r == -ENOSPC)
		NL_SET_ERR_MSG(info->extack, "16384 cgroups are guarded");
	if (r)
		return r;
	ctg_image_adopt();
	/* What runs in it already may hold what it could not open. */
	ctg_descriptor_scan();
	return 0;
}

static int unbind(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *id;
	int r;

	id = need(info, CTGUARD_A_CGROUP_ID);
	if (!id)
		return -EINVAL;
	r = ctg_container_unbind(nla_get_u64(id));
	if (r == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, id,
				    "this cgroup is not guarded by itself");
	else if (r == -EPERM)
		NL_SET_ERR_MSG_ATTR(
			info->extack, id,
			"this cgroup is guarded by a pattern of the policy");
	return r;
}

/*
 * Images and their measurement
 */

/* The root of an overlay. */
static bool is_overlay(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;

	return !strcmp(dentry->d_sb->s_type->name, "overlay") &&
	       dentry == dentry->d_sb->s_root;
}

static bool is_directory(const struct file *file)
{
	return S_ISDIR(file_inode(file)->i_mode);
}

/* The file of a descriptor that an attribute has, or NULL without one. */
static struct file *read_fd(struct genl_info *info, u32 attr,
			    bool (*is_right)(const struct file *file))
{
	struct nlattr *fd = info->attrs[attr];
	struct file *file;

	if (!fd)
		return NULL;
	file = fget_raw(nla_get_u32(fd));
	if (file && is_right(file))
		return file;
	if (file)
		fput(file);
	NL_SET_ERR_MSG_ATTR(
		info->extack, fd,
		"not a descriptor of the root of an overlay, or of a directory");
	return ERR_PTR(-EBADF);
}

static int read_root(struct genl_info *info, struct ctg_claim *ret)
{
	struct file *root = read_fd(info, CTGUARD_A_ROOT_FD, is_overlay);
	bool writable;

	if (IS_ERR_OR_NULL(root))
		return PTR_ERR_OR_ZERO(root);
	ret->root = root->f_path.dentry->d_sb;
	writable = !sb_rdonly(root->f_path.dentry->d_sb);
	fput(root);
	if (!writable || info->attrs[CTGUARD_A_UPPER_FD])
		return 0;
	NL_SET_ERR_MSG_ATTR(
		info->extack, info->attrs[CTGUARD_A_ROOT_FD],
		"an overlay that can be written, without its upper directory");
	return -EINVAL;
}

static int read_upper(struct genl_info *info, struct ctg_claim *ret)
{
	struct file *upper = read_fd(info, CTGUARD_A_UPPER_FD, is_directory);

	if (IS_ERR_OR_NULL(upper))
		return PTR_ERR_OR_ZERO(upper);
	ret->has_upper = true;
	ret->upper = upper->f_path.dentry->d_sb;
	ret->upper_number = file_inode(upper)->i_ino;
	fput(upper);
	return 0;
}

/*
 * The process that a pidfd stands for. What says so, pidfd_pid(), is not
 * exported: since 6.9 they are inodes of pidfs, and before, anonymous ones
 * whose name only the kernel can give.
 */
static struct pid *pid_of(const struct file *file)
{
	const struct dentry *dentry = file->f_path.dentry;
	const char *fs = dentry->d_sb->s_type->name;

	if (!strcmp(fs, "pidfs"))
		return d_inode(dentry)->i_private;
	if (!strcmp(fs, "anon_inodefs") && !strcmp(dentry->d_iname, "[pidfd]"))
		return file->private_data;
	return NULL;
}

static struct task_struct *task_of_pidfd(u32 fd)
{
	struct task_struct *task = ERR_PTR(-EBADF);
	struct file *file = fget(fd);
	struct pid *pid;

	if (!file)
		return task;
	pid = pid_of(file);
	if (pid)
		task = get_pid_task(pid, PIDTYPE_TGID) ?: ERR_PTR(-ESRCH);
	fput(file);
	return task;
}

static int read_claim(struct genl_info *info, struct ctg_claim *ret)
{
	static const u8 none[CTGUARD_SHA256_SIZE];
	struct nlattr **a = info->attrs;
	int r;

	if (!need(info, CTGUARD_A_LEVEL) || !need(info, CTGUARD_A_CONFIG))
		return -EINVAL;
	*ret = (struct ctg_claim){
		.level = nla_get_u32(a[CTGUARD_A_LEVEL]),
		.has_manifest = a[CTGUARD_A_MANIFEST],
		.has_bundle = a[CTGUARD_A_BUNDLE],
	};
	nla_memcpy(ret->config, a[CTGUARD_A_CONFIG], sizeof(ret->config));
	if (!memcmp(ret->config, none, sizeof(none))) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[CTGUARD_A_CONFIG],
				    "zeros stand for no claim");
		return -EINVAL;
	}
	if (ret->has_manifest)
		nla_memcpy(ret->manifest, a[CTGUARD_A_MANIFEST],
			   sizeof(ret->manifest));
	if (ret->has_bundle)
		nla_memcpy(ret->bundle, a[CTGUARD_A_BUNDLE],
			   sizeof(ret->bundle));
	r = read_root(info, ret);
	return r ?: read_upper(info, ret);
}

static void say_why_refused(struct netlink_ext_ack *extack, u32 reason)
{
	if (reason == CTGUARD_IMAGE_UNAPPROVED)
		NL_SET_ERR_MSG(extack,
			       "the policy does not approve of this image");
	else if (reason == CTGUARD_IMAGE_LEVEL)
		NL_SET_ERR_MSG(
			extack,
			"the profile asks for a deeper look at the image");
	else if (reason == CTGUARD_IMAGE_CLAIMANT)
		NL_SET_ERR_MSG(extack,
			       "the policy does not trust this claimant");
}

static void say_why_no_claim(struct netlink_ext_ack *extack, int r, u32 reason)
{
	if (r == -EACCES)
		say_why_refused(extack, reason);
	else if (r == -ENOENT)
		NL_SET_ERR_MSG(extack,
			       "the task is in no guarded cgroup of its own");
	else if (r == -ESRCH)
		NL_SET_ERR_MSG(extack, "the task is gone");
	else if (r == -EXDEV)
		NL_SET_ERR_MSG(
			extack,
			"the task is still in the host's mount namespace");
	else if (r == -EBUSY)
		NL_SET_ERR_MSG(extack, "the container runs already");
	else if (r == -EEXIST)
		NL_SET_ERR_MSG(extack, "there is a claim for this container");
}

/* The process that PIDFD stands for, referenced. */
static struct task_struct *claimed_task(struct genl_info *info)
{
	struct nlattr *fd = need(info, CTGUARD_A_PIDFD);
	struct task_struct *init;

	if (!fd)
		return ERR_PTR(-EINVAL);
	init = task_of_pidfd(nla_get_u32(fd));
	if (init == ERR_PTR(-ESRCH))
		NL_SET_ERR_MSG_ATTR(info->extack, fd, "the task is gone");
	else if (IS_ERR(init))
		NL_SET_ERR_MSG_ATTR(info->extack, fd, "not a pidfd");
	return init;
}

static int claim(struct sk_buff *request, struct genl_info *info)
{
	struct task_struct *init;
	struct ctg_claim said;
	u32 reason = 0;
	int r;

	init = claimed_task(info);
	if (IS_ERR(init))
		return PTR_ERR(init);
	r = read_claim(info, &said);
	if (!r) {
		r = ctg_image_claim(init, &said, &reason);
		say_why_no_claim(info->extack, r, reason);
	}
	put_task_struct(init);
	return r;
}

static int give_up(struct sk_buff *request, struct genl_info *info)
{
	struct task_struct *init = claimed_task(info);
	int r;

	if (IS_ERR(init))
		return PTR_ERR(init);
	r = ctg_image_give_up(init);
	put_task_struct(init);
	say_why_no_claim(info->extack, r, 0);
	return r;
}

static int log_ack(struct sk_buff *request, struct genl_info *info)
{
	struct nlattr *number, *value;
	int r;

	number = need(info, CTGUARD_A_RECNUM);
	value = need(info, CTGUARD_A_PCR_VALUE);
	if (!number || !value)
		return -EINVAL;
	r = ctg_measure_acknowledge(nla_get_u64(number), nla_data(value),
				    nla_len(value));
	if (r == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, number,
				    "no such record, any more or not yet");
	else if (r == -EBUSY)
		NL_SET_ERR_MSG_ATTR(info->extack, number,
				    "this record is not yet extended");
	else if (r == -EBADMSG)
		NL_SET_ERR_MSG_ATTR(
			info->extack, value,
			"the PCR was another one after this record");
	return r;
}

/*
 * Explain
 */

/* The request that the attributes describe. */
static int read_request(struct genl_info *info, struct ctg_request *ret)
{
	struct nlattr **a = info->attrs;
	bool device, pseudofs;

	if (!need(info, CTGUARD_A_OPERATION))
		return -EINVAL;
	*ret = (struct ctg_request){
		.operation = nla_get_u32(a[CTGUARD_A_OPERATION]),
		.name = "",
	};
	device = ret->operation >= CTGUARD_OP_DEVICE_OPEN &&
		 ret->operation <= CTGUARD_OP_DEVICE_MOUNT;
	pseudofs = ret->operation == CTGUARD_OP_PSEUDOFS_WRITE ||
		   ret->operation == CTGUARD_OP_PSEUDOFS_READ;
	if (device) {
		if (!need(info, CTGUARD_A_DEV_TYPE) ||
		    !need(info, CTGUARD_A_DEV_MAJOR) ||
		    !need(info, CTGUARD_A_DEV_MINOR) ||
		    !need(info, CTGUARD_A_ACCESS))
			return -EINVAL;
		ret->dev_type = nla_get_u32(a[CTGUARD_A_DEV_TYPE]);
		ret->major = nla_get_u32(a[CTGUARD_A_DEV_MAJOR]);
		ret->minor = nla_get_u32(a[CTGUARD_A_DEV_MINOR]);
		ret->access = nla_get_u32(a[CTGUARD_A_ACCESS]);
		return 0;
	}
	if (pseudofs) {
		if (!need(info, CTGUARD_A_FS))
			return -EINVAL;
		ret->fs = nla_data(a[CTGUARD_A_FS]);
	}
	if (!need(info, CTGUARD_A_OBJECT))
		return -EINVAL;
	ret->name = nla_data(a[CTGUARD_A_OBJECT]);
	ret->length = strlen(ret->name);
	return 0;
}

static int put_explanation(struct sk_buff *skb, const struct ctg_explanation *e)
{
	struct ctg_guard_status status;

	ctg_guard_status(&status);
	if (nla_put_u32(skb, CTGUARD_A_VERDICT, e->decision.verdict))
		return -EMSGSIZE;
	if (!e->container)
		return 0;
	if (nla_put_u32(skb, CTGUARD_A_RULE, e->decision.rule) ||
	    nla_put_string(skb, CTGUARD_A_PROFILE, e->profile) ||
	    nla_put_string(skb, CTGUARD_A_CGROUP_PATH, e->container->path) ||
	    nla_put_u32(skb, CTGUARD_A_BOUND_BY, e->container->bound_by) ||
	    put_u64(skb, CTGUARD_A_POLICY_GENERATION, status.generation))
		return -EMSGSIZE;
	return 0;
}

static int reply_explanation(const struct ctg_explanation *e,
			     struct genl_info *info)
{
	struct sk_buff *skb;
	void *header;

	skb = new_reply(info, CTGUARD_CMD_EXPLAIN, &header);
	if (!skb)
		return -ENOMEM;
	if (put_explanation(skb, e)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	return send_reply(skb, header, info);
}

static int explain(struct sk_buff *request, struct genl_info *info)
{
	struct ctg_explanation explanation;
	struct ctg_request asked;
	struct task_struct *task;
	struct pid *pid;
	int r;

	if (!need(info, CTGUARD_A_PID))
		return -EINVAL;
	r = read_request(info, &asked);
	if (r)
		return r;
	pid = find_get_pid(nla_get_u32(info->attrs[CTGUARD_A_PID]));
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	if (!task) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[CTGUARD_A_PID],
				    "no such process");
		return -ESRCH;
	}
	ctg_explain(task, &asked, &explanation);
	put_task_struct(task);
	r = reply_explanation(&explanation, info);
	if (explanation.container)
		ctg_container_put(explanation.container);
	return r;
}

/*
 * Events
 */

static int put_verdict(struct sk_buff *skb, const struct ctg_event *e)
{
	if (nla_put_u32(skb, CTGUARD_A_VERDICT, e->verdict) ||
	    nla_put_u32(skb, CTGUARD_A_OPERATION, e->operation) ||
	    (e->first && nla_put_flag(skb, CTGUARD_A_FIRST)))
		return -EMSGSIZE;
	if (e->kind == CTGUARD_EVENT_FIRST)
		return 0;
	if (nla_put_u32(skb, CTGUARD_A_RULE, e->rule) ||
	    nla_put_u32(skb, CTGUARD_A_PID, e->pid) ||
	    nla_put_u32(skb, CTGUARD_A_TGID, e->tgid) ||
	    nla_put_u32(skb, CTGUARD_A_UID, e->uid) ||
	    nla_put_u32(skb, CTGUARD_A_AUID, e->auid) ||
	    nla_put_u32(skb, CTGUARD_A_SESSION, e->session) ||
	    nla_put_string(skb, CTGUARD_A_COMM, e->comm) ||
	    nla_put_string(skb, CTGUARD_A_HOOK_NAME_HIT, e->hook))
		return -EMSGSIZE;
	if (e->length && nla_put(skb, CTGUARD_A_OBJECT, e->length, e->object))
		return -EMSGSIZE;
	if (e->reason && nla_put_u32(skb, CTGUARD_A_REASON, e->reason))
		return -EMSGSIZE;
	if (e->truncated && nla_put_flag(skb, CTGUARD_A_OBJECT_TRUNCATED))
		return -EMSGSIZE;
	if (e->fs[0] && nla_put_string(skb, CTGUARD_A_FS, e->fs))
		return -EMSGSIZE;
	if (e->dev_type && (nla_put_u32(skb, CTGUARD_A_DEV_TYPE, e->dev_type) ||
			    nla_put_u32(skb, CTGUARD_A_DEV_MAJOR, e->major) ||
			    nla_put_u32(skb, CTGUARD_A_DEV_MINOR, e->minor) ||
			    nla_put_u32(skb, CTGUARD_A_ACCESS, e->access)))
		return -EMSGSIZE;
	return 0;
}

static int put_kind(struct sk_buff *skb, const struct ctg_event *e)
{
	switch (e->kind) {
	case CTGUARD_EVENT_REPEAT:
		if (put_u64(skb, CTGUARD_A_COUNT, e->count) ||
		    put_u64(skb, CTGUARD_A_FIRST_SEQ, e->first_seq) ||
		    nla_put_u32(skb, CTGUARD_A_FIRST_CPU, e->other_cpu))
			return -EMSGSIZE;
		fallthrough;
	case CTGUARD_EVENT_VERDICT:
	case CTGUARD_EVENT_FIRST:
		return put_verdict(skb, e);
	case CTGUARD_EVENT_LOST:
		return put_u64(skb, CTGUARD_A_COUNT, e->count) ?:
			       nla_put_u32(skb, CTGUARD_A_LOST_CPU,
					   e->other_cpu);
	case CTGUARD_EVENT_POLICY:
		if (put_u64(skb, CTGUARD_A_POLICY_GENERATION, e->first_seq) ||
		    nla_put(skb, CTGUARD_A_POLICY_SHA256, e->length, e->object))
			return -EMSGSIZE;
		fallthrough;
	case CTGUARD_EVENT_MODE:
		return nla_put_u32(skb, CTGUARD_A_MODE, e->state);
	case CTGUARD_EVENT_HOOK:
		return nla_put_string(skb, CTGUARD_A_HOOK_NAME, e->hook) ?:
			       nla_put_u32(skb, CTGUARD_A_HOOK_STATE, e->state);
	default:
		return 0;
	}
}

static int put_event(struct sk_buff *skb, const struct ctg_event *e)
{
	const struct ctg_container *c = e->container;
	const char *profile;

	if (nla_put_u32(skb, CTGUARD_A_EVENT_KIND, e->kind) ||
	    put_u64(skb, CTGUARD_A_SEQ, e->seq) ||
	    nla_put_u32(skb, CTGUARD_A_CPU, e->cpu) ||
	    put_u64(skb, CTGUARD_A_TIME, e->time))
		return -EMSGSIZE;
	if (c) {
		rcu_read_lock();
		profile = ctg_guard_profile_name_of(e->container);
		if (put_u64(skb, CTGUARD_A_CGROUP_ID, c->id) ||
		    nla_put_string(skb, CTGUARD_A_CGROUP_PATH, c->path) ||
		    (profile &&
		     nla_put_string(skb, CTGUARD_A_PROFILE, profile))) {
			rcu_read_unlock();
			return -EMSGSIZE;
		}
		rcu_read_unlock();
	}
	return put_kind(skb, e);
}

/*
 * Of a message about an event, but for the object and the cgroup's path: its
 * headers, 18 attributes of 32 bits, 5 of 64, two flags, the names of thread,
 * hook, filesystem and profile.
 */
#define EVENT_ROOM 512

static size_t room_for(const struct ctg_event *e)
{
	return EVENT_ROOM + e->length +
	       (e->container ? strlen(e->container->path) : 0);
}

/* How many of the events one datagram takes, and what room they need. */
static u32 that_fit(const struct ctg_event *events, u32 count, size_t *ret_room)
{
	size_t room = room_for(&events[0]);
	u32 fit = 1;

	*ret_room = room;
	for (; fit < count; fit++) {
		room += room_for(&events[fit]);
		if (room > MESSAGE_SIZE)
			break;
		*ret_room = room;
	}
	return fit;
}

static int put_events(struct sk_buff *skb, const struct ctg_event *events,
		      u32 count)
{
	void *header;
	u32 i;

	for (i = 0; i < count; i++) {
		header = genlmsg_put(skb, 0, 0, &family, 0, CTGUARD_CMD_EVENT);
		if (!header || put_event(skb, &events[i]))
			return -EMSGSIZE;
		genlmsg_end(skb, header);
	}
	return 0;
}

/**
 * ctg_netlink_send - multicast events to who listens, in one datagram
 * @events: each becomes a message of its own
 * @count: how many, at least one
 * @ret_sent: how many of them this was about, since a datagram has an end; at
 *	least one
 *
 * Context: process; sleeps.
 * Return: 0, also when nobody listens; -ENOBUFS when it did not fit for one
 * who asked to be minded (NETLINK_BROADCAST_ERROR of netlink(7)); -ENOMEM,
 * -EMSGSIZE.
 */
int ctg_netlink_send(const struct ctg_event *events, u32 count, u32 *ret_sent)
{
	struct sk_buff *skb;
	size_t room;
	int r;

	*ret_sent = count;
	if (!genl_has_listeners(&family, &init_net, 0))
		return 0;
	*ret_sent = that_fit(events, count, &room);
	skb = nlmsg_new(room, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	r = put_events(skb, events, *ret_sent);
	if (r) {
		nlmsg_free(skb);
		return r;
	}
	r = genlmsg_multicast_netns(&family, &init_net, skb, 0, 0, GFP_KERNEL);
	/* The last listener has just gone. */
	return r == -ESRCH ? 0 : r;
}

/*
 * The family
 */

/* clang-format off */
#define U32 { .type = NLA_U32 }
#define U64 { .type = NLA_U64 }
/* clang-format on */

/* Not const: older kernels' policies do not have it so. */
static struct netlink_range_validation trial_range = {
	.min = 1,
	.max = CTGUARD_TRIAL_MAX_MS,
};

/* The kernel validates nothing where there is no attribute at all. */
static const struct nla_policy no_attributes[CTGUARD_A_PAD + 1] = {};

static const struct nla_policy begin_attributes[CTGUARD_A_POLICY_SIZE + 1] = {
	[CTGUARD_A_POLICY_SIZE] = U32,
};

static const struct nla_policy data_attributes[CTGUARD_A_POLICY_DATA + 1] = {
	[CTGUARD_A_POLICY_OFFSET] = U32,
	[CTGUARD_A_POLICY_DATA] = { .type = NLA_BINARY,
				    .len = CTGUARD_POLICY_CHUNK },
};

static const struct nla_policy commit_attributes[CTGUARD_A_TRIAL + 1] = {
	[CTGUARD_A_POLICY_SHA256] = NLA_POLICY_EXACT_LEN(CTGUARD_SHA256_SIZE),
	[CTGUARD_A_TRIAL] = NLA_POLICY_FULL_RANGE(NLA_U32, &trial_range),
};

static const struct nla_policy mode_attributes[CTGUARD_A_TRIAL + 1] = {
	[CTGUARD_A_MODE] = NLA_POLICY_MAX(NLA_U32, CTGUARD_MODE_ENFORCE),
	[CTGUARD_A_TRIAL] = NLA_POLICY_FULL_RANGE(NLA_U32, &trial_range),
};

static const struct nla_policy trial_attributes[CTGUARD_A_FLAGS + 1] = {
	[CTGUARD_A_FLAGS] = NLA_POLICY_RANGE(NLA_U32, CTGUARD_TRIAL_CONFIRM,
					     CTGUARD_TRIAL_REVERT),
};

static const struct nla_policy bind_attributes[CTGUARD_A_PROFILE + 1] = {
	[CTGUARD_A_CGROUP_ID] = U64,
	[CTGUARD_A_PROFILE] = { .type = NLA_NUL_STRING,
				.len = CTGUARD_NAME_MAX },
};

static const struct nla_policy unbind_attributes[CTGUARD_A_CGROUP_ID + 1] = {
	[CTGUARD_A_CGROUP_ID] = U64,
};

static const struct nla_policy claim_attributes[CTGUARD_A_UPPER_FD + 1] = {
	[CTGUARD_A_PIDFD] = U32,
	[CTGUARD_A_LEVEL] = NLA_POLICY_MAX(NLA_U32, CTGUARD_LEVEL_CONTENT),
	[CTGUARD_A_CONFIG] = NLA_POLICY_EXACT_LEN(CTGUARD_SHA256_SIZE),
	[CTGUARD_A_MANIFEST] = NLA_POLICY_EXACT_LEN(CTGUARD_SHA256_SIZE),
	[CTGUARD_A_BUNDLE] = NLA_POLICY_EXACT_LEN(CTGUARD_SHA256_SIZE),
	[CTGUARD_A_ROOT_FD] = U32,
	[CTGUARD_A_UPPER_FD] = U32,
};

static const struct nla_policy give_up_attributes[CTGUARD_A_PIDFD + 1] = {
	[CTGUARD_A_PIDFD] = U32,
};

static const struct nla_policy ack_attributes[CTGUARD_A_PCR_VALUE + 1] = {
	[CTGUARD_A_RECNUM] = U64,
	[CTGUARD_A_PCR_VALUE] = { .type = NLA_BINARY,
				  .len = CTG_ANCHOR_DIGEST_MAX },
};

static const struct nla_policy explain_attributes[CTGUARD_A_PID + 1] = {
	[CTGUARD_A_OPERATION] = NLA_POLICY_RANGE(
		NLA_U32, CTGUARD_OP_MODULE_LOAD, CTGUARD_OP_MAX),
	[CTGUARD_A_OBJECT] = { .type = NLA_NUL_STRING, .len = PATH_MAX - 1 },
	[CTGUARD_A_FS] = { .type = NLA_NUL_STRING, .len = CTGUARD_NAME_MAX },
	[CTGUARD_A_DEV_TYPE] =
		NLA_POLICY_RANGE(NLA_U32, CTGUARD_DEV_BLOCK, CTGUARD_DEV_CHAR),
	[CTGUARD_A_DEV_MAJOR] = U32,
	[CTGUARD_A_DEV_MINOR] = U32,
	[CTGUARD_A_ACCESS] = NLA_POLICY_RANGE(NLA_U32, 1, CTGUARD_ACCESS_ALL),
	[CTGUARD_A_PID] = U32,
};

#define DO(command, function, attributes)                               \
	{                                                               \
		.cmd = command, .doit = function, .policy = attributes, \
		.maxattr = ARRAY_SIZE(attributes) - 1                   \
	}
#define DUMP(command, function)                                          \
	{                                                                \
		.cmd = command, .start = check_dump, .dumpit = function, \
		.policy = no_attributes,                                 \
		.maxattr = ARRAY_SIZE(no_attributes) - 1                 \
	}

static const struct genl_ops operations[] = {
	DO(CTGUARD_CMD_STATUS_GET, status_get, no_attributes),
	DUMP(CTGUARD_CMD_HOOK_GET, hook_dump),
	DUMP(CTGUARD_CMD_CONTAINER_GET, container_dump),
	DUMP(CTGUARD_CMD_POLICY_GET, policy_dump),
	DO(CTGUARD_CMD_POLICY_BEGIN, policy_begin, begin_attributes),
	DO(CTGUARD_CMD_POLICY_DATA, policy_data, data_attributes),
	DO(CTGUARD_CMD_POLICY_COMMIT, policy_commit, commit_attributes),
	DO(CTGUARD_CMD_MODE_SET, mode_set, mode_attributes),
	DO(CTGUARD_CMD_TRIAL_END, trial_end, trial_attributes),
	DO(CTGUARD_CMD_BIND, bind, bind_attributes),
	DO(CTGUARD_CMD_UNBIND, unbind, unbind_attributes),
	DO(CTGUARD_CMD_EXPLAIN, explain, explain_attributes),
	DO(CTGUARD_CMD_CLAIM, claim, claim_attributes),
	DO(CTGUARD_CMD_LOG_ACK, log_ack, ack_attributes),
	DO(CTGUARD_CMD_GIVE_UP, give_up, give_up_attributes),
};

static const struct genl_multicast_group groups[] = {
	{ .name = CTGUARD_MCGRP_EVENTS, CTG_MCAST_CAP_SYS_ADMIN },
};

static struct genl_family family = {
	.name = CTGUARD_GENL_NAME,
	.version = CTGUARD_GENL_VERSION,
	.module = THIS_MODULE,
	.parallel_ops = true,
	.pre_doit = check_do,
	.ops = operations,
	.n_ops = ARRAY_SIZE(operations),
	CTG_RESV_START_OP(CTGUARD_CMD_UNSPEC + 1),
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/** ctg_netlink_owns_group - is this multicast group the guard's? */
bool ctg_netlink_owns_group(int group)
{
	return group >= family.mcgrp_offset &&
	       group < family.mcgrp_offset + family.n_mcgrps;
}

/**
 * ctg_netlink_init - answer requests
 * @off: the module guards nothing, and only says so
 *
 * Context: process; sleeps.
 */
int ctg_netlink_init(bool off)
{
	int r;

	is_off = off;
	r = netlink_register_notifier(&release_notifier);
	if (r)
		return r;
	r = genl_register_family(&family);
	if (r)
		netlink_unregister_notifier(&release_notifier);
	return r;
}

/** ctg_netlink_exit - answer no more; nobody sends events any more; sleeps */
void ctg_netlink_exit(void)
{
	struct upload *u, *next;

	genl_unregister_family(&family);
	netlink_unregister_notifier(&release_notifier);
	/* Nobody is left who could begin or end one. */
	list_for_each_entry_safe(u, next, &uploads, list) {
		list_del(&u->list);
		free_upload(u);
	}
}
