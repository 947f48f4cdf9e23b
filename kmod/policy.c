// SPDX-License-Identifier: GPL-2.0
/*
 * The compiled policy: parsed, validated, indexed, immutable.
 *
 * The blob is walked twice by the same code: once to validate and count, once
 * to fill. All rules of all profiles share one hash table, keyed by the list a
 * rule belongs to and by its literal beginning (patterns) or its numbers
 * (devices), so that a lookup costs the same for ten rules and ten thousand.
 */
#include "policy.h"

#include "glob.h"

#define FNV_BASIS 2166136261U
#define FNV_PRIME 16777619U
#define NONE 0xffffffffU

struct rule {
	u32 next; /* of the same bucket, rule number or 0 */
	u32 hash;
	u32 list;
	u32 text;   /* pattern: offset in the blob */
	u16 length; /* pattern: its bytes */
	u16 prefix; /* pattern: those that are hashed */
	/* CTGUARD_OWN_*, the profile of a BIND, the access to a named device */
	u32 when;
	u32 major; /* device */
	u32 minor;
	u8 type;
	u8 access;
};

struct filesystem {
	char name[CTGUARD_NAME_MAX + 1];
	u32 list; /* of ALLOW; DENY_READ is the next */
	bool reads;
};

struct profile {
	char name[CTGUARD_NAME_MAX + 1];
	u32 flags;
	u32 group_flags[CTG_POLICY_GROUP_COUNT];
	u32 autoload; /* lists */
	u32 devices;
	u32 device_names; /* of block devices; those of others are the next */
	u32 names[CTG_POLICY_GROUP_COUNT]; /* groups of names only */
	u32 fs;				   /* first of its filesystems */
	u32 fs_count;
	struct ctguard_image_rule images;
	bool used;
};

struct ctg_policy {
	u8 *blob;
	u32 size;
	u32 mode;
	u32 fallback;
	u32 namespaces[CTG_POLICY_NS_COUNT];
	u32 profile_count;
	u32 fs_count;
	u32 rule_count;
	u32 mask; /* of the hash table */
	u32 *heads;
	struct rule *rules; /* rule number n is rules[n - 1] */
	u32 images;	    /* where the first is in the blob */
	u32 image_count;
	u32 claimants; /* likewise */
	u32 claimant_count;
	struct profile *profiles;
	struct filesystem *filesystems;
};

/* Lists of the policy as a whole; those of profiles come behind. */
enum {
	LIST_CGROUP,
	LIST_EXCEPT,
	LIST_BIND,
	LIST_FIRST,
};

/*
 * A walk over the blob. @policy is NULL while counting. The current profile is
 * @profiles - 1; what was read of it is kept in @profile, since in the first
 * walk there is no array to put it into.
 */
struct walk {
	const u8 *blob;
	u32 size;
	struct ctg_policy *policy;
	struct ctg_policy_error *error;
	u32 rules;
	u32 profiles;
	u32 filesystems;
	u32 lists;
};

/* One element: its type and where its value begins and ends. */
struct element {
	u32 type;
	u32 at;
	u32 start;
	u32 end;
};

static int refuse(struct walk *w, u32 offset, const char *reason, int code)
{
	w->error->offset = offset;
	w->error->reason = reason;
	return code;
}

static u32 get32(const struct walk *w, u32 offset)
{
	__le32 value;

	memcpy(&value, w->blob + offset, sizeof(value));
	return le32_to_cpu(value);
}

/* Reads the element at @at, which must end at or before @limit. */
static int read_element(struct walk *w, u32 at, u32 limit, struct element *ret)
{
	struct ctguard_tlv tlv;
	u32 length, i;

	if (limit - at < sizeof(tlv))
		return refuse(w, at, "element header is cut short", -EBADMSG);
	memcpy(&tlv, w->blob + at, sizeof(tlv));
	length = le32_to_cpu(tlv.length);
	if (tlv.reserved)
		return refuse(w, at + 2,
			      "reserved field of an element is not 0",
			      -EBADMSG);
	if (length > limit - at - sizeof(tlv))
		return refuse(w, at + 4,
			      "element is longer than what encloses it",
			      -EBADMSG);
	ret->type = le16_to_cpu(tlv.type);
	ret->at = at;
	ret->start = at + sizeof(tlv);
	ret->end = ret->start + length;
	if (((length + 3) & ~3U) > limit - ret->start)
		return refuse(w, ret->end, "padding of an element is missing",
			      -EBADMSG);
	for (i = length; i & 3; i++)
		if (w->blob[ret->start + i])
			return refuse(w, ret->start + i,
				      "padding of an element is not 0",
				      -EBADMSG);
	return 0;
}

/* Where the next element begins. */
static u32 behind(const struct element *e)
{
	return e->start + ((e->end - e->start + 3) & ~3U);
}

/* Reads the element at *at, which must be of this type, and steps over it. */
static int expect(struct walk *w, u32 *at, u32 limit, u32 type,
		  const char *missing, struct element *ret)
{
	int r;

	if (*at == limit)
		return refuse(w, *at, missing, -EBADMSG);
	r = read_element(w, *at, limit, ret);
	if (r)
		return r;
	if (ret->type != type)
		return refuse(w, *at, missing, -EBADMSG);
	*at = behind(ret);
	return 0;
}

/* Reads the element at *at if there is one of this type: 1, 0 or an error. */
static int accept(struct walk *w, u32 *at, u32 limit, u32 type,
		  struct element *ret)
{
	int r;

	if (*at == limit)
		return 0;
	r = read_element(w, *at, limit, ret);
	if (r)
		return r;
	if (ret->type != type)
		return 0;
	*at = behind(ret);
	return 1;
}

static int expect_u32(struct walk *w, u32 *at, u32 limit, u32 type,
		      const char *missing, u32 *ret)
{
	struct element e;
	int r;

	r = expect(w, at, limit, type, missing, &e);
	if (r)
		return r;
	if (e.end - e.start != sizeof(u32))
		return refuse(w, e.start, "number is not 4 bytes long",
			      -EBADMSG);
	*ret = get32(w, e.start);
	return 0;
}

static int expect_name(struct walk *w, u32 *at, u32 limit,
		       char ret[CTGUARD_NAME_MAX + 1])
{
	struct element e;
	u32 i;
	int r;

	r = expect(w, at, limit, CTGUARD_TLV_NAME, "name expected here", &e);
	if (r)
		return r;
	if (e.end == e.start || e.end - e.start > CTGUARD_NAME_MAX)
		return refuse(w, e.at, "name is empty or longer than 63 bytes",
			      -ENAMETOOLONG);
	for (i = e.start; i < e.end; i++) {
		u8 c = w->blob[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (c >= '0' && c <= '9') || c == '.' || c == '_' ||
		      c == '-'))
			return refuse(
				w, i,
				"name has a byte other than [A-Za-z0-9._-]",
				-EINVAL);
	}
	memcpy(ret, w->blob + e.start, e.end - e.start);
	ret[e.end - e.start] = 0;
	return 0;
}

static u32 hash_byte(u32 hash, u8 byte)
{
	return (hash ^ byte) * FNV_PRIME;
}

static u32 hash_u32(u32 hash, u32 value)
{
	int i;

	for (i = 0; i < 4; i++)
		hash = hash_byte(hash, value >> (8 * i));
	return hash;
}

static u32 hash_device(u32 list, u32 type, u32 major, u32 minor)
{
	u32 hash = hash_u32(FNV_BASIS, list);

	hash = hash_byte(hash, type);
	hash = hash_u32(hash, major);
	return hash_u32(hash, minor);
}

/* Spreads the hash's high bits before it is masked. */
static u32 bucket(const struct ctg_policy *policy, u32 hash)
{
	return (hash ^ (hash >> 15)) & policy->mask;
}

/* Numbers a rule and, in the second walk, gives the place for it. */
static int next_rule(struct walk *w, u32 at, u32 list, struct rule **ret)
{
	if (w->rules == CTGUARD_POLICY_MAX_RULES)
		return refuse(w, at, "more than 131072 rules", -E2BIG);
	*ret = w->policy ? &w->policy->rules[w->rules] : NULL;
	if (*ret)
		(*ret)->list = list;
	w->rules++;
	return 0;
}

/*
 * Rules of a bucket stand in descending order of number, since each goes to
 * the head.
 */
static void index_rule(struct walk *w, struct rule *rule, u32 hash)
{
	u32 *head = &w->policy->heads[bucket(w->policy, hash)];

	rule->hash = hash;
	rule->next = *head;
	*head = w->rules;
}

static int add_pattern(struct walk *w, u32 start, u32 end, u32 list, u32 when,
		       enum ctg_glob_kind kind)
{
	const char *text = (const char *)w->blob + start;
	u32 i, hash, length = end - start;
	const char *wrong;
	struct rule *rule;
	int r;

	wrong = ctg_glob_check(text, length, kind);
	if (wrong)
		return refuse(w, start, wrong, -EINVAL);
	r = next_rule(w, start, list, &rule);
	if (r || !rule)
		return r;
	rule->text = start;
	rule->length = length;
	rule->prefix = ctg_glob_prefix(text, length, kind);
	rule->when = when;
	hash = hash_u32(FNV_BASIS, list);
	for (i = 0; i < rule->prefix; i++)
		hash = hash_byte(hash, text[i]);
	index_rule(w, rule, hash);
	return 0;
}

static int walk_patterns(struct walk *w, u32 *at, u32 limit, u32 type, u32 list)
{
	struct element e;
	int r;

	for (;;) {
		r = accept(w, at, limit, type, &e);
		if (r <= 0)
			return r;
		r = add_pattern(w, e.start, e.end, list, 0,
				type == CTGUARD_TLV_AUTOLOAD ? CTG_GLOB_NAME :
							       CTG_GLOB_PATH);
		if (r)
			return r;
	}
}

/* ALLOW, DENY_READ and ALLOW_NAME: a pattern behind a "when". */
static int walk_when_rules(struct walk *w, u32 *at, u32 limit, u32 type,
			   u32 list, u32 when_mask, enum ctg_glob_kind kind)
{
	struct element e;
	u32 when;
	int r;

	for (;;) {
		r = accept(w, at, limit, type, &e);
		if (r <= 0)
			return r;
		if (e.end - e.start < sizeof(u32))
			return refuse(w, e.start, "rule is cut short",
				      -EBADMSG);
		when = get32(w, e.start);
		if (when & ~when_mask || when & (when - 1))
			return refuse(w, e.start, "unknown condition of a rule",
				      -EINVAL);
		r = add_pattern(w, e.start + sizeof(u32), e.end, list, when,
				kind);
		if (r)
			return r;
	}
}

static int walk_group_flags(struct walk *w, u32 *at, u32 limit, u32 known,
			    u32 *ret)
{
	u32 start = *at;
	int r;

	r = expect_u32(w, at, limit, CTGUARD_TLV_GROUP_FLAGS,
		       "group flags expected here", ret);
	if (r)
		return r;
	if (*ret & ~(known | CTGUARD_GROUP_UNRESTRICTED))
		return refuse(w, start, "unknown group flag", -EINVAL);
	if (*ret & CTGUARD_GROUP_UNRESTRICTED &&
	    (*ret != CTGUARD_GROUP_UNRESTRICTED || *at != limit))
		return refuse(w, start,
			      "unrestricted group has rules or other flags",
			      -EINVAL);
	return 0;
}

static int walk_modules(struct walk *w, struct element *e, struct profile *p)
{
	u32 at = e->start;
	int r;

	r = walk_group_flags(w, &at, e->end,
			     CTGUARD_GROUP_COMPLAIN | CTGUARD_GROUP_ALLOW_LOAD |
				     CTGUARD_GROUP_ALLOW_UNLOAD |
				     CTGUARD_GROUP_ALLOW_KEXEC,
			     &p->group_flags[CTG_POLICY_MODULES]);
	if (r)
		return r;
	r = walk_patterns(w, &at, e->end, CTGUARD_TLV_AUTOLOAD, p->autoload);
	if (r)
		return r;
	if (at != e->end)
		return refuse(w, at, "unknown element in a module group",
			      -EINVAL);
	return 0;
}

static int add_device(struct walk *w, struct element *e, u32 list)
{
	struct ctguard_device_rule d;
	struct rule *rule;
	u32 major, minor;
	int r;

	if (e->end - e->start != sizeof(d))
		return refuse(w, e->start, "device rule is not 12 bytes long",
			      -EBADMSG);
	memcpy(&d, w->blob + e->start, sizeof(d));
	if (d.type > CTGUARD_DEV_CHAR)
		return refuse(w, e->start, "unknown type of device", -EINVAL);
	if (!d.access || d.access & ~CTGUARD_ACCESS_ALL)
		return refuse(w, e->start + 1,
			      "device rule without or with unknown access",
			      -EINVAL);
	if (d.reserved)
		return refuse(w, e->start + 2,
			      "reserved field of a device rule is not 0",
			      -EBADMSG);
	major = le32_to_cpu(d.major);
	minor = le32_to_cpu(d.minor);
	if (major == CTGUARD_DEV_ALL && minor != CTGUARD_DEV_ALL)
		return refuse(w, e->start + 8,
			      "device rule for all majors with one minor",
			      -EINVAL);
	if ((major != CTGUARD_DEV_ALL && major >= 1U << 12) ||
	    (minor != CTGUARD_DEV_ALL && minor >= 1U << 20))
		return refuse(w, e->start + 4,
			      "major above 4095 or minor above 1048575",
			      -EINVAL);
	r = next_rule(w, e->start, list, &rule);
	if (r || !rule)
		return r;
	rule->type = d.type;
	rule->access = d.access;
	rule->major = major;
	rule->minor = minor;
	index_rule(w, rule, hash_device(list, d.type, major, minor));
	return 0;
}

static int add_device_name(struct walk *w, struct element *e, u32 list)
{
	struct ctguard_device_name d;

	if (e->end - e->start < sizeof(d))
		return refuse(w, e->start, "device name rule is cut short",
			      -EBADMSG);
	memcpy(&d, w->blob + e->start, sizeof(d));
	if (d.type != CTGUARD_DEV_BLOCK && d.type != CTGUARD_DEV_CHAR)
		return refuse(w, e->start, "unknown type of device", -EINVAL);
	if (!d.access || d.access & ~CTGUARD_ACCESS_ALL)
		return refuse(w, e->start + 1,
			      "device rule without or with unknown access",
			      -EINVAL);
	if (d.reserved)
		return refuse(w, e->start + 2,
			      "reserved field of a device rule is not 0",
			      -EBADMSG);
	return add_pattern(w, e->start + sizeof(d), e->end,
			   list + (d.type == CTGUARD_DEV_CHAR), d.access,
			   CTG_GLOB_NAME);
}

static int walk_devices(struct walk *w, struct element *e, struct profile *p)
{
	u32 at = e->start;
	struct element rule;
	int r;

	r = walk_group_flags(w, &at, e->end, CTGUARD_GROUP_COMPLAIN,
			     &p->group_flags[CTG_POLICY_DEVICES]);
	if (r)
		return r;
	for (;;) {
		r = accept(w, &at, e->end, CTGUARD_TLV_DEVICE_RULE, &rule);
		if (r <= 0)
			break;
		r = add_device(w, &rule, p->devices);
		if (r)
			return r;
	}
	while (!r) {
		r = accept(w, &at, e->end, CTGUARD_TLV_DEVICE_NAME, &rule);
		if (r <= 0)
			break;
		r = add_device_name(w, &rule, p->device_names);
	}
	if (r)
		return r;
	if (at != e->end)
		return refuse(w, at, "unknown element in a device group",
			      -EINVAL);
	return 0;
}

static int walk_fs(struct walk *w, struct element *e, struct profile *p)
{
	char name[CTGUARD_NAME_MAX + 1];
	u32 at = e->start, list = w->lists, reads;
	struct filesystem *fs;
	u32 i;
	int r;

	if (p->fs_count == CTGUARD_POLICY_MAX_FILESYSTEMS)
		return refuse(w, e->at, "more than 64 filesystems in a profile",
			      -E2BIG);
	r = expect_name(w, &at, e->end, name);
	if (r)
		return r;
	w->lists += 2;
	r = walk_when_rules(w, &at, e->end, CTGUARD_TLV_ALLOW, list,
			    CTGUARD_OWN_MASK, CTG_GLOB_PATH);
	if (r)
		return r;
	reads = w->rules;
	r = walk_when_rules(w, &at, e->end, CTGUARD_TLV_DENY_READ, list + 1, 0,
			    CTG_GLOB_PATH);
	if (r)
		return r;
	if (at != e->end)
		return refuse(w, at, "unknown element in a filesystem",
			      -EINVAL);
	if (w->policy) {
		fs = &w->policy->filesystems[w->filesystems];
		for (i = p->fs; i < p->fs + p->fs_count; i++)
			if (!strcmp(w->policy->filesystems[i].name, name))
				return refuse(
					w, e->at,
					"filesystem stands twice in a profile",
					-EEXIST);
		strcpy(fs->name, name);
		fs->list = list;
		fs->reads = w->rules > reads;
	}
	w->filesystems++;
	p->fs_count++;
	return 0;
}

static int walk_pseudofs(struct walk *w, struct element *e, struct profile *p)
{
	u32 at = e->start;
	struct element fs;
	int r;

	r = walk_group_flags(w, &at, e->end, CTGUARD_GROUP_COMPLAIN,
			     &p->group_flags[CTG_POLICY_PSEUDOFS]);
	if (r)
		return r;
	p->fs = w->filesystems;
	for (;;) {
		r = accept(w, &at, e->end, CTGUARD_TLV_FS, &fs);
		if (r <= 0)
			break;
		r = walk_fs(w, &fs, p);
		if (r)
			return r;
	}
	if (r)
		return r;
	if (at != e->end)
		return refuse(w, at, "unknown element in a pseudofs group",
			      -EINVAL);
	return 0;
}

/* A group whose rules are names. */
static int walk_names(struct walk *w, struct element *e, struct profile *p,
		      enum ctg_policy_group group)
{
	u32 at = e->start;
	int r;

	r = walk_group_flags(w, &at, e->end, CTGUARD_GROUP_COMPLAIN,
			     &p->group_flags[group]);
	if (!r)
		r = walk_when_rules(
			w, &at, e->end, CTGUARD_TLV_ALLOW_NAME, p->names[group],
			group == CTG_POLICY_KERNEL ? CTGUARD_OWN : 0,
			CTG_GLOB_NAME);
	if (r)
		return r;
	if (at != e->end)
		return refuse(w, at, "unknown element in a group of names",
			      -EINVAL);
	return 0;
}

/* Which images its containers may be of; a group that may be left out. */
static int walk_images(struct walk *w, struct element *e, struct profile *p)
{
	u32 *flags = &p->group_flags[CTG_POLICY_IMAGES];
	struct ctguard_image_rule *rule = &p->images;
	u32 at = e->start;
	struct element of;
	int r;

	r = expect_u32(w, &at, e->end, CTGUARD_TLV_GROUP_FLAGS,
		       "group flags expected here", flags);
	if (r)
		return r;
	if (*flags & ~CTGUARD_GROUP_COMPLAIN)
		return refuse(w, e->start, "unknown group flag", -EINVAL);
	r = expect(w, &at, e->end, CTGUARD_TLV_IMAGE_RULE,
		   "image rule expected here", &of);
	if (r)
		return r;
	if (of.end - of.start != sizeof(*rule))
		return refuse(w, of.start, "image rule is not 4 bytes long",
			      -EBADMSG);
	memcpy(rule, w->blob + of.start, sizeof(*rule));
	if (rule->require != CTGUARD_REQUIRE_MEASURED &&
	    rule->require != CTGUARD_REQUIRE_APPROVED)
		return refuse(w, of.start, "image rule requires nothing known",
			      -EINVAL);
	if (rule->level > CTGUARD_LEVEL_CONTENT ||
	    rule->program > CTGUARD_PROGRAM_IMAGE || rule->reserved)
		return refuse(w, of.start, "unknown value in an image rule",
			      -EINVAL);
	if (rule->require != CTGUARD_REQUIRE_APPROVED &&
	    (rule->level || rule->program))
		return refuse(w, of.start,
			      "image rule says how, but requires no approval",
			      -EINVAL);
	if (at != e->end)
		return refuse(w, at, "unknown element in the image group",
			      -EINVAL);
	return 0;
}

static int walk_profile(struct walk *w, struct element *e)
{
	static const struct {
		enum ctg_policy_group group;
		u32 type;
		const char *missing;
	} of_names[] = {
		{ CTG_POLICY_KERNEL, CTGUARD_TLV_KERNEL,
		  "kernel group expected here" },
		{ CTG_POLICY_TASKS, CTGUARD_TLV_TASKS,
		  "task group expected here" },
		{ CTG_POLICY_MOUNTS, CTGUARD_TLV_MOUNTS,
		  "mount group expected here" },
	};
	struct profile profile = {};
	u32 i, at = e->start;
	struct element group;
	int r;

	if (w->profiles == CTGUARD_POLICY_MAX_PROFILES)
		return refuse(w, e->at, "more than 256 profiles", -E2BIG);
	r = expect_name(w, &at, e->end, profile.name);
	if (r)
		return r;
	if (!strcmp(profile.name, "none"))
		return refuse(w, e->at, "profile is called none", -EINVAL);
	for (i = 0; w->policy && i < w->profiles; i++)
		if (!strcmp(w->policy->profiles[i].name, profile.name))
			return refuse(w, e->at, "profile stands twice",
				      -EEXIST);
	r = expect_u32(w, &at, e->end, CTGUARD_TLV_FLAGS,
		       "profile flags expected here", &profile.flags);
	if (r)
		return r;
	if (profile.flags & ~CTGUARD_PROFILE_COMPLAIN)
		return refuse(w, e->start, "unknown profile flag", -EINVAL);
	profile.autoload = w->lists++;
	profile.devices = w->lists++;
	profile.device_names = w->lists;
	w->lists += 2;
	for (i = 0; i < ARRAY_SIZE(of_names); i++)
		profile.names[of_names[i].group] = w->lists++;

	r = expect(w, &at, e->end, CTGUARD_TLV_MODULES,
		   "module group expected here", &group);
	if (!r)
		r = walk_modules(w, &group, &profile);
	if (!r)
		r = expect(w, &at, e->end, CTGUARD_TLV_DEVICES,
			   "device group expected here", &group);
	if (!r)
		r = walk_devices(w, &group, &profile);
	if (!r)
		r = expect(w, &at, e->end, CTGUARD_TLV_PSEUDOFS,
			   "pseudofs group expected here", &group);
	if (!r)
		r = walk_pseudofs(w, &group, &profile);
	for (i = 0; !r && i < ARRAY_SIZE(of_names); i++) {
		r = expect(w, &at, e->end, of_names[i].type,
			   of_names[i].missing, &group);
		if (!r)
			r = walk_names(w, &group, &profile, of_names[i].group);
	}
	if (!r)
		r = accept(w, &at, e->end, CTGUARD_TLV_IMAGES, &group);
	if (r > 0)
		r = walk_images(w, &group, &profile);
	if (r)
		return r;
	if (at != e->end)
		return refuse(w, at, "unknown element in a profile", -EINVAL);
	if (w->policy)
		w->policy->profiles[w->profiles] = profile;
	w->profiles++;
	return 0;
}

/* A reference to a profile; they all come first, so the count is known. */
static int use_profile(struct walk *w, u32 at, u32 profile)
{
	if (profile >= w->profiles)
		return refuse(w, at, "no profile of this number", -EINVAL);
	if (w->policy)
		w->policy->profiles[profile].used = true;
	return 0;
}

static int walk_namespaces(struct walk *w, u32 *at, u32 limit)
{
	struct element e;
	u32 i, profile;
	int r;

	r = expect(w, at, limit, CTGUARD_TLV_NAMESPACES,
		   "profiles of namespaces expected here", &e);
	if (r)
		return r;
	if (e.end - e.start != CTG_POLICY_NS_COUNT * sizeof(u32))
		return refuse(w, e.start,
			      "profiles of namespaces are not 12 bytes long",
			      -EBADMSG);
	for (i = 0; i < CTG_POLICY_NS_COUNT; i++) {
		profile = get32(w, e.start + i * sizeof(u32));
		if (profile != CTGUARD_PROFILE_NONE) {
			r = use_profile(w, e.start + i * sizeof(u32), profile);
			if (r)
				return r;
			if (w->policy &&
			    w->policy->profiles[profile].images.require)
				return refuse(
					w, e.start + i * sizeof(u32),
					"profile of a namespace requires images",
					-EINVAL);
		}
		if (w->policy)
			w->policy->namespaces[i] = profile;
	}
	return 0;
}

static int walk_binds(struct walk *w, u32 *at, u32 limit)
{
	struct element e;
	u32 profile;
	int r;

	for (;;) {
		r = accept(w, at, limit, CTGUARD_TLV_BIND, &e);
		if (r <= 0)
			return r;
		if (e.end - e.start < sizeof(u32))
			return refuse(w, e.start, "binding is cut short",
				      -EBADMSG);
		profile = get32(w, e.start);
		r = use_profile(w, e.start, profile);
		if (!r)
			r = add_pattern(w, e.start + sizeof(u32), e.end,
					LIST_BIND, profile, CTG_GLOB_PATH);
		if (r)
			return r;
	}
}

/*
 * A list of digests, in ascending order and each alone in an element of
 * @bytes. They are looked up where they stand.
 */
static int walk_digests(struct walk *w, u32 *at, u32 type, u32 bytes, u32 max,
			u32 *ret_first, u32 *ret_count)
{
	struct element e;
	u32 before = 0;
	int r;

	*ret_count = 0;
	for (;;) {
		r = accept(w, at, w->size, type, &e);
		if (r <= 0)
			return r;
		if (e.end - e.start != bytes)
			return refuse(w, e.start, "digest of another length",
				      -EBADMSG);
		if (type == CTGUARD_TLV_IMAGE &&
		    get32(w, e.start) > CTGUARD_IMAGE_MANIFEST)
			return refuse(w, e.start, "unknown type of digest",
				      -EINVAL);
		if (!*ret_count)
			*ret_first = e.start;
		else if (memcmp(w->blob + before, w->blob + e.start, bytes) >=
			 0)
			return refuse(w, e.start,
				      "digests are not in ascending order",
				      -EINVAL);
		if (++*ret_count > max)
			return refuse(w, e.at, "too many digests", -E2BIG);
		before = e.start;
	}
}

static int walk_policy(struct walk *w)
{
	struct ctguard_policy_header header;
	u32 at = sizeof(header), mode, fallback;
	u32 images = 0, image_count, claimants = 0, claimant_count;
	struct element e;
	int r;

	if (w->size < sizeof(header))
		return refuse(w, w->size, "header is cut short", -EBADMSG);
	memcpy(&header, w->blob, sizeof(header));
	if (memcmp(header.magic, CTGUARD_POLICY_MAGIC, sizeof(header.magic)))
		return refuse(w, 0, "not a compiled policy of ctguard",
			      -EBADMSG);
	if (le32_to_cpu(header.version) != CTGUARD_POLICY_VERSION)
		return refuse(w, 8, "version of the compiled policy is not 1",
			      -EPROTONOSUPPORT);
	if (le32_to_cpu(header.length) != w->size)
		return refuse(w, 12, "length in the header is not the length",
			      -EBADMSG);

	r = expect_u32(w, &at, w->size, CTGUARD_TLV_MODE, "mode expected here",
		       &mode);
	if (r)
		return r;
	if (mode > CTGUARD_MODE_ENFORCE)
		return refuse(w, sizeof(header), "unknown mode", -EINVAL);
	for (;;) {
		r = accept(w, &at, w->size, CTGUARD_TLV_PROFILE, &e);
		if (r <= 0)
			break;
		r = walk_profile(w, &e);
		if (r)
			return r;
	}
	if (r)
		return r;
	r = expect_u32(w, &at, w->size, CTGUARD_TLV_DEFAULT,
		       "default profile expected here", &fallback);
	if (!r)
		r = use_profile(w, at - sizeof(u32), fallback);
	if (!r)
		r = walk_namespaces(w, &at, w->size);
	if (!r)
		r = walk_patterns(w, &at, w->size, CTGUARD_TLV_CGROUP,
				  LIST_CGROUP);
	if (!r)
		r = walk_patterns(w, &at, w->size, CTGUARD_TLV_EXCEPT,
				  LIST_EXCEPT);
	if (!r)
		r = walk_binds(w, &at, w->size);
	if (!r)
		r = walk_digests(w, &at, CTGUARD_TLV_IMAGE,
				 sizeof(struct ctguard_image),
				 CTGUARD_POLICY_MAX_IMAGES, &images,
				 &image_count);
	if (!r)
		r = walk_digests(w, &at, CTGUARD_TLV_CLAIMANT,
				 CTGUARD_SHA256_SIZE,
				 CTGUARD_POLICY_MAX_CLAIMANTS, &claimants,
				 &claimant_count);
	if (r)
		return r;
	if (at != w->size)
		return refuse(w, at, "unknown or misplaced element", -EINVAL);
	if (w->policy) {
		w->policy->mode = mode;
		w->policy->fallback = fallback;
		w->policy->images = images;
		w->policy->image_count = image_count;
		w->policy->claimants = claimants;
		w->policy->claimant_count = claimant_count;
	}
	return 0;
}

static u32 table_size(u32 rules)
{
	u32 size = 16;

	while (size < 2 * rules)
		size *= 2;
	return size;
}

static int allocate(struct ctg_policy *policy, const struct walk *counted)
{
	u32 heads = table_size(counted->rules);

	policy->size = counted->size;
	policy->mask = heads - 1;
	policy->profile_count = counted->profiles;
	policy->fs_count = counted->filesystems;
	policy->rule_count = counted->rules;
	policy->blob = ctg_zalloc(counted->size);
	policy->heads = ctg_zalloc(heads * sizeof(*policy->heads));
	/* One more than counted: an array of none is not asked for. */
	policy->rules =
		ctg_zalloc((counted->rules + 1) * sizeof(*policy->rules));
	policy->profiles =
		ctg_zalloc((counted->profiles + 1) * sizeof(*policy->profiles));
	policy->filesystems = ctg_zalloc((counted->filesystems + 1) *
					 sizeof(*policy->filesystems));
	if (!policy->blob || !policy->heads || !policy->rules ||
	    !policy->profiles || !policy->filesystems)
		return -ENOMEM;
	memcpy(policy->blob, counted->blob, counted->size);
	return 0;
}

/**
 * ctg_policy_parse - make a policy of its compiled form
 * @blob: the compiled form; copied
 * @size: its bytes
 * @ret: the policy, to be given to ctg_policy_free()
 * @error: where and why, for every error but -ENOMEM
 *
 * Context: process; sleeps.
 * Return: 0; -EBADMSG (not well formed), -EPROTONOSUPPORT (another version),
 * -EINVAL (a value that is not allowed), -EEXIST (a name twice),
 * -ENAMETOOLONG, -E2BIG (beyond a bound), -ENOMEM. @ret is untouched then.
 */
int ctg_policy_parse(const void *blob, size_t size, struct ctg_policy **ret,
		     struct ctg_policy_error *error)
{
	struct walk w = { .blob = blob, .error = error, .lists = LIST_FIRST };
	struct ctg_policy *policy;
	u32 i;
	int r;

	error->offset = 0;
	error->reason = "out of memory";
	if (size > CTGUARD_POLICY_MAX_SIZE)
		return refuse(&w, 0, "compiled policy is larger than 8 MiB",
			      -E2BIG);
	w.size = size;
	r = walk_policy(&w);
	if (r)
		return r;

	policy = ctg_zalloc(sizeof(*policy));
	if (!policy)
		return -ENOMEM;
	r = allocate(policy, &w);
	if (r)
		goto free_policy;
	w = (struct walk){ .blob = policy->blob,
			   .size = policy->size,
			   .policy = policy,
			   .error = error,
			   .lists = LIST_FIRST };
	r = walk_policy(&w);
	if (r)
		goto free_policy;
	for (i = 0; i < policy->profile_count; i++) {
		if (policy->profiles[i].used)
			continue;
		r = refuse(&w, 0, "a profile is bound by nothing", -EINVAL);
		goto free_policy;
	}
	*ret = policy;
	return 0;

free_policy:
	ctg_policy_free(policy);
	return r;
}

/**
 * ctg_policy_free - free a policy
 * @policy: of ctg_policy_parse(), or NULL
 *
 * Context: process; may sleep. In the kernel nobody may still read it.
 */
void ctg_policy_free(struct ctg_policy *policy)
{
	if (!policy)
		return;
	ctg_free(policy->filesystems);
	ctg_free(policy->profiles);
	ctg_free(policy->rules);
	ctg_free(policy->heads);
	ctg_free(policy->blob);
	ctg_free(policy);
}

/**
 * ctg_policy_blob - the compiled form a policy was made of
 * @policy: the policy
 * @ret_size: its bytes
 */
const u8 *ctg_policy_blob(const struct ctg_policy *policy, u32 *ret_size)
{
	*ret_size = policy->size;
	return policy->blob;
}

/** ctg_policy_memory - bytes that a policy takes */
size_t ctg_policy_memory(const struct ctg_policy *policy)
{
	return sizeof(*policy) + policy->size +
	       (policy->mask + 1) * sizeof(*policy->heads) +
	       policy->rule_count * sizeof(*policy->rules) +
	       policy->profile_count * sizeof(*policy->profiles) +
	       policy->fs_count * sizeof(*policy->filesystems);
}

/** ctg_policy_mode - the mode a policy asks for, enum ctguard_mode */
u32 ctg_policy_mode(const struct ctg_policy *policy)
{
	return policy->mode;
}

/** ctg_policy_default - the profile of containers that no binding names */
u32 ctg_policy_default(const struct ctg_policy *policy)
{
	return policy->fallback;
}

/**
 * ctg_policy_namespace - the profile of a namespace that is not the host's
 * @policy: the policy
 * @ns: which kind of namespace
 *
 * Return: a profile, or CTGUARD_PROFILE_NONE.
 */
u32 ctg_policy_namespace(const struct ctg_policy *policy,
			 enum ctg_policy_namespace ns)
{
	return policy->namespaces[ns];
}

/** ctg_policy_profile_count - how many profiles there are, at least one */
u32 ctg_policy_profile_count(const struct ctg_policy *policy)
{
	return policy->profile_count;
}

/** ctg_policy_profile_name - a profile's name; lives as long as the policy */
const char *ctg_policy_profile_name(const struct ctg_policy *policy,
				    u32 profile)
{
	return policy->profiles[profile].name;
}

/** ctg_policy_profile_find - a profile by name, or CTGUARD_PROFILE_NONE */
u32 ctg_policy_profile_find(const struct ctg_policy *policy, const char *name)
{
	u32 i;

	for (i = 0; i < policy->profile_count; i++)
		if (!strcmp(policy->profiles[i].name, name))
			return i;
	return CTGUARD_PROFILE_NONE;
}

/** ctg_policy_complains - do refusals of this group only complain? */
bool ctg_policy_complains(const struct ctg_policy *policy, u32 profile,
			  enum ctg_policy_group group)
{
	const struct profile *p = &policy->profiles[profile];

	return p->flags & CTGUARD_PROFILE_COMPLAIN ||
	       p->group_flags[group] & CTGUARD_GROUP_COMPLAIN;
}

/** ctg_policy_group_flags - CTGUARD_GROUP_* of a profile's group */
u32 ctg_policy_group_flags(const struct ctg_policy *policy, u32 profile,
			   enum ctg_policy_group group)
{
	return policy->profiles[profile].group_flags[group];
}

/* The lowest-numbered pattern in one bucket that matches, or @best. */
static u32 match_bucket(const struct ctg_policy *policy, u32 list, u32 hash,
			u32 prefix, const char *string, size_t length, u32 own,
			u32 best)
{
	const struct rule *rule;
	u32 n;

	for (n = policy->heads[bucket(policy, hash)]; n; n = rule->next) {
		rule = &policy->rules[n - 1];
		if (rule->hash != hash || rule->list != list ||
		    rule->prefix != prefix || n >= best)
			continue;
		if (list >= LIST_FIRST && rule->when && !(rule->when & own))
			continue;
		if (ctg_glob_match((const char *)policy->blob + rule->text,
				   rule->length, string, length))
			best = n;
	}
	return best;
}

/*
 * The lowest-numbered pattern of a list that matches, or CTGUARD_RULE_NONE:
 * one look into the table for every place where a pattern may have been cut.
 */
static u32 match(const struct ctg_policy *policy, u32 list, const char *string,
		 size_t length, u32 own, enum ctg_glob_kind kind)
{
	u32 hash = hash_u32(FNV_BASIS, list), best = NONE;
	size_t i;

	for (i = 0; i <= length; i++) {
		if (!i || i == length || ctg_glob_cuts(string[i - 1], kind))
			best = match_bucket(policy, list, hash, i, string,
					    length, own, best);
		if (i < length)
			hash = hash_byte(hash, string[i]);
	}
	return best == NONE ? CTGUARD_RULE_NONE : best;
}

/**
 * ctg_policy_guards - does the policy guard a cgroup by its path?
 * @policy: the policy
 * @path: from the root of the hierarchy
 */
bool ctg_policy_guards(const struct ctg_policy *policy, const char *path)
{
	size_t length = strlen(path);

	return match(policy, LIST_CGROUP, path, length, 0, CTG_GLOB_PATH) &&
	       !match(policy, LIST_EXCEPT, path, length, 0, CTG_GLOB_PATH);
}

/**
 * ctg_policy_bind - the profile of a guarded cgroup
 * @policy: the policy
 * @path: from the root of the hierarchy
 *
 * Return: that of the first binding that matches, else the default.
 */
u32 ctg_policy_bind(const struct ctg_policy *policy, const char *path)
{
	u32 rule =
		match(policy, LIST_BIND, path, strlen(path), 0, CTG_GLOB_PATH);

	return rule ? policy->rules[rule - 1].when : policy->fallback;
}

/**
 * ctg_policy_match_module - may a profile's containers autoload a module?
 * @policy: the policy
 * @profile: the profile
 * @name: the name that is asked for
 * @length: its bytes
 *
 * Return: the rule that allows it, or CTGUARD_RULE_NONE.
 */
u32 ctg_policy_match_module(const struct ctg_policy *policy, u32 profile,
			    const char *name, size_t length)
{
	return match(policy, policy->profiles[profile].autoload, name, length,
		     0, CTG_GLOB_NAME);
}

/**
 * ctg_policy_match_name - may a profile's containers do what has this name?
 * @policy: the policy
 * @profile: the profile
 * @group: CTG_POLICY_KERNEL, _TASKS or _MOUNTS
 * @name: of it
 * @length: its bytes
 * @own: CTGUARD_OWN if it is the container's own
 *
 * Return: the rule that allows it, or CTGUARD_RULE_NONE.
 */
u32 ctg_policy_match_name(const struct ctg_policy *policy, u32 profile,
			  enum ctg_policy_group group, const char *name,
			  size_t length, u32 own)
{
	return match(policy, policy->profiles[profile].names[group], name,
		     length, own, CTG_GLOB_NAME);
}

/* Is @key one of @count elements of @bytes, the first value at @first? */
static bool find_digest(const struct ctg_policy *policy, u32 first, u32 count,
			const void *key, u32 bytes)
{
	u32 step = sizeof(struct ctguard_tlv) + bytes;
	u32 low = 0, high = count, middle;
	int r;

	while (low < high) {
		middle = low + (high - low) / 2;
		r = memcmp(policy->blob + first + middle * step, key, bytes);
		if (!r)
			return true;
		if (r < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/** ctg_policy_image_rule - which images a profile's containers may be of */
const struct ctguard_image_rule *
ctg_policy_image_rule(const struct ctg_policy *policy, u32 profile)
{
	return &policy->profiles[profile].images;
}

/**
 * ctg_policy_approves - is an image approved?
 * @policy: the policy
 * @type: CTGUARD_IMAGE_CONFIG or _MANIFEST
 * @sha256: of its config or manifest, CTGUARD_SHA256_SIZE bytes
 */
bool ctg_policy_approves(const struct ctg_policy *policy, u32 type,
			 const u8 *sha256)
{
	struct ctguard_image image = { .type = cpu_to_le32(type) };

	memcpy(image.sha256, sha256, sizeof(image.sha256));
	return find_digest(policy, policy->images, policy->image_count, &image,
			   sizeof(image));
}

/**
 * ctg_policy_trusts - may this executable make claims?
 * @policy: the policy
 * @sha256: of it, CTGUARD_SHA256_SIZE bytes
 *
 * Return: true as well where the policy names none.
 */
bool ctg_policy_trusts(const struct ctg_policy *policy, const u8 *sha256)
{
	return !policy->claimant_count ||
	       find_digest(policy, policy->claimants, policy->claimant_count,
			   sha256, CTGUARD_SHA256_SIZE);
}

/* What the rules by name grant of @access beyond *granted. */
static u32 match_drivers(const struct ctg_policy *policy, u32 list,
			 const char *const *drivers, u8 access, u8 *granted,
			 u32 best)
{
	u8 bit;
	u32 n;

	for (; drivers && *drivers; drivers++) {
		for (bit = 1; bit <= CTGUARD_ACCESS_ALL; bit <<= 1) {
			if (!(access & ~*granted & bit))
				continue;
			n = match(policy, list, *drivers, strlen(*drivers), bit,
				  CTG_GLOB_NAME);
			if (!n)
				continue;
			*granted |= bit;
			if (n < best)
				best = n;
		}
	}
	return best;
}

/**
 * ctg_policy_match_device - may a profile's containers access a device?
 * @policy: the policy
 * @profile: the profile
 * @type: CTGUARD_DEV_BLOCK or CTGUARD_DEV_CHAR
 * @major: of the device
 * @minor: of the device
 * @access: CTGUARD_ACCESS_*; several rules together may grant it
 * @drivers: names of the major, ending in NULL; or NULL for none
 *
 * Return: a rule that grants it or a part of it when all of it is granted,
 * else CTGUARD_RULE_NONE.
 */
u32 ctg_policy_match_device(const struct ctg_policy *policy, u32 profile,
			    u8 type, u32 major, u32 minor, u8 access,
			    const char *const *drivers)
{
	const struct profile *p = &policy->profiles[profile];
	u32 list = p->devices, best = NONE;
	u8 granted = 0;
	u32 i, n;

	for (i = 0; i < 6; i++) {
		u32 t = i & 1 ? CTGUARD_DEV_ANY : type;
		u32 a = i / 2 == 2 ? CTGUARD_DEV_ALL : major;
		u32 b = i / 2 >= 1 ? CTGUARD_DEV_ALL : minor;
		u32 hash = hash_device(list, t, a, b);
		const struct rule *rule;

		for (n = policy->heads[bucket(policy, hash)]; n;
		     n = rule->next) {
			rule = &policy->rules[n - 1];
			if (rule->hash != hash || rule->list != list ||
			    rule->type != t || rule->major != a ||
			    rule->minor != b || !(rule->access & access))
				continue;
			granted |= rule->access;
			if (n < best)
				best = n;
		}
	}
	best = match_drivers(policy,
			     p->device_names + (type == CTGUARD_DEV_CHAR),
			     drivers, access, &granted, best);
	return access & ~granted || !access ? CTGUARD_RULE_NONE : best;
}

static const struct filesystem *find_fs(const struct ctg_policy *policy,
					u32 profile, const char *name)
{
	const struct profile *p = &policy->profiles[profile];
	u32 i;

	for (i = p->fs; i < p->fs + p->fs_count; i++)
		if (!strcmp(policy->filesystems[i].name, name))
			return &policy->filesystems[i];
	return NULL;
}

/**
 * ctg_policy_match_path - which rule of a pseudo-filesystem matches?
 * @policy: the policy
 * @profile: the profile
 * @fs: type of the filesystem
 * @list: CTG_POLICY_ALLOW or CTG_POLICY_DENY_READ
 * @path: inside the superblock
 * @length: its bytes
 * @own: CTGUARD_OWN_* that hold for the object
 *
 * Return: the lowest-numbered one, or CTGUARD_RULE_NONE.
 */
u32 ctg_policy_match_path(const struct ctg_policy *policy, u32 profile,
			  const char *fs, enum ctg_policy_list list,
			  const char *path, size_t length, u32 own)
{
	const struct filesystem *f = find_fs(policy, profile, fs);

	if (!f)
		return CTGUARD_RULE_NONE;
	return match(policy, f->list + (list == CTG_POLICY_DENY_READ), path,
		     length, own, CTG_GLOB_PATH);
}

/**
 * ctg_policy_lists_reads - may a read of this filesystem be denied at all?
 * @policy: the policy
 * @profile: the profile
 * @fs: type of the filesystem
 *
 * So that nobody builds the path of what is allowed anyway.
 */
bool ctg_policy_lists_reads(const struct ctg_policy *policy, u32 profile,
			    const char *fs)
{
	const struct filesystem *f = find_fs(policy, profile, fs);

	return f && f->reads;
}
