/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The contract between ctguard.ko and userland: the generic netlink family
 * "ctguard", the compiled policy and the vocabulary both use.
 *
 * The family is described for tools in
 * Documentation/netlink/specs/ctguard.yaml; a test holds the two equal.
 * Numbers are ABI: they are added to at the end and never reused.
 */
#ifndef _UAPI_CTGUARD_H
#define _UAPI_CTGUARD_H

#include <linux/types.h>

#define CTGUARD_GENL_NAME "ctguard"
#define CTGUARD_GENL_VERSION 1
#define CTGUARD_MCGRP_EVENTS "events"

/* Raised when an existing message changes its meaning; see CTGUARD_A_ABI. */
#define CTGUARD_ABI 1

/**
 * enum ctguard_operation - what is asked of the guard
 * @CTGUARD_OP_UNSPEC: none
 * @CTGUARD_OP_MODULE_LOAD: init_module(2), finit_module(2); object: file path
 *	inside its superblock, or "-" for an image given in memory
 * @CTGUARD_OP_MODULE_AUTOLOAD: the kernel asks for a module on behalf of a
 *	task, or the task opens an AF_ALG socket; object: the requested name
 * @CTGUARD_OP_MODULE_UNLOAD: delete_module(2); object: module name
 * @CTGUARD_OP_KEXEC_LOAD: kexec_load(2), kexec_file_load(2)
 * @CTGUARD_OP_DEVICE_OPEN: open of a character or block device, by a path or
 *	by the kernel on behalf of a mount; object: type and dev_t
 * @CTGUARD_OP_DEVICE_MKNOD: mknod(2) of a device; object: type and dev_t
 * @CTGUARD_OP_DEVICE_MOUNT: a filesystem of a block device becomes a mount;
 *	object: the block device
 * @CTGUARD_OP_PSEUDOFS_WRITE: open for write, create, unlink, mkdir, rename,
 *	setattr, ... on a filesystem that is not a data filesystem; object:
 *	filesystem type and path inside the superblock
 * @CTGUARD_OP_PSEUDOFS_READ: open for read of the same
 * @CTGUARD_OP_KERNEL_USE: use of an interface that concerns the whole kernel;
 *	object: its name, see "Names of kernel interfaces"
 * @CTGUARD_OP_TASK_ACCESS: access to a task outside the container, or to a
 *	namespace of the host; object: "ptrace/attach", "ptrace/read", "signal",
 *	"prlimit" or "setns/KIND"
 * @CTGUARD_OP_FILESYSTEM_MOUNT: a filesystem is going to be mounted, by any
 *	API; object: its type
 * @CTGUARD_OP_IMAGE_START: a container runs its first program; object:
 *	"config:sha256:HEX" of its image, or "unclaimed"
 */
enum ctguard_operation {
	CTGUARD_OP_UNSPEC,
	CTGUARD_OP_MODULE_LOAD,
	CTGUARD_OP_MODULE_AUTOLOAD,
	CTGUARD_OP_MODULE_UNLOAD,
	CTGUARD_OP_KEXEC_LOAD,
	CTGUARD_OP_DEVICE_OPEN,
	CTGUARD_OP_DEVICE_MKNOD,
	CTGUARD_OP_DEVICE_MOUNT,
	CTGUARD_OP_PSEUDOFS_WRITE,
	CTGUARD_OP_PSEUDOFS_READ,
	CTGUARD_OP_KERNEL_USE,
	CTGUARD_OP_TASK_ACCESS,
	CTGUARD_OP_FILESYSTEM_MOUNT,
	CTGUARD_OP_IMAGE_START,
	/* private: */
	__CTGUARD_OP_MAX,
};
#define CTGUARD_OP_MAX (__CTGUARD_OP_MAX - 1)

/**
 * enum ctguard_verdict - what the guard answers
 * @CTGUARD_VERDICT_ALLOW: the profile allows it
 * @CTGUARD_VERDICT_DENY: refused with -EPERM
 * @CTGUARD_VERDICT_COMPLAIN: would have been refused; mode, profile or rule
 *	group complains only
 */
enum ctguard_verdict {
	CTGUARD_VERDICT_ALLOW,
	CTGUARD_VERDICT_DENY,
	CTGUARD_VERDICT_COMPLAIN,
	/* private: */
	__CTGUARD_VERDICT_MAX,
};

/**
 * enum ctguard_mode - what a refusal does; also in the policy
 * @CTGUARD_MODE_COMPLAIN: it is reported, and allowed
 * @CTGUARD_MODE_ENFORCE: it is reported, and refused
 */
enum ctguard_mode {
	CTGUARD_MODE_COMPLAIN,
	CTGUARD_MODE_ENFORCE,
};

/**
 * enum ctguard_state - what the module as a whole does, as proven and not as
 * asked
 * @CTGUARD_STATE_OFF: loaded with off=1; nothing is hooked
 * @CTGUARD_STATE_COMPLAINING: every needed hook is live, mode is complain
 * @CTGUARD_STATE_ENFORCING: every needed hook is live, mode is enforce
 * @CTGUARD_STATE_DEGRADED: a needed hook is not live; HOOK_GET says which
 */
enum ctguard_state {
	CTGUARD_STATE_OFF,
	CTGUARD_STATE_COMPLAINING,
	CTGUARD_STATE_ENFORCING,
	CTGUARD_STATE_DEGRADED,
};

/**
 * enum ctguard_hook_state - one hooked kernel function
 * @CTGUARD_HOOK_ABSENT: this kernel has no such function, and needs none
 * @CTGUARD_HOOK_LIVE: the function enters the guard, and nobody else
 * @CTGUARD_HOOK_SHARED: the function enters the guard, and a tracer, kprobe
 *	or BPF program as well
 * @CTGUARD_HOOK_DEGRADED: the function no longer enters the guard
 * @CTGUARD_HOOK_IDLE: hooked only while a container holds descriptors that its
 *	profile would not let it open; now none does
 */
enum ctguard_hook_state {
	CTGUARD_HOOK_ABSENT,
	CTGUARD_HOOK_LIVE,
	CTGUARD_HOOK_SHARED,
	CTGUARD_HOOK_DEGRADED,
	CTGUARD_HOOK_IDLE,
};

/**
 * enum ctguard_bound_by - why a context is guarded
 * @CTGUARD_BOUND_BY_NAMESPACE: a namespace that is not the host's; all such
 *	contexts share one static container per kind of namespace
 * @CTGUARD_BOUND_BY_PATTERN: its cgroup matches guard.cgroups of the policy
 * @CTGUARD_BOUND_BY_ID: CTGUARD_CMD_BIND
 * @CTGUARD_BOUND_BY_UNKNOWN: could not be resolved, so it is not the host
 */
enum ctguard_bound_by {
	CTGUARD_BOUND_BY_NAMESPACE,
	CTGUARD_BOUND_BY_PATTERN,
	CTGUARD_BOUND_BY_ID,
	CTGUARD_BOUND_BY_UNKNOWN,
};

/**
 * enum ctguard_event_kind - what an event reports
 * @CTGUARD_EVENT_VERDICT: one denial or complaint
 * @CTGUARD_EVENT_REPEAT: CTGUARD_A_COUNT more of the same as the event
 *	numbered CTGUARD_A_FIRST_SEQ of CTGUARD_A_FIRST_CPU
 * @CTGUARD_EVENT_FIRST: the first denial of this operation in a container,
 *	whose own event was lost; who and what are not known
 * @CTGUARD_EVENT_LOST: CTGUARD_A_COUNT denials or complaints of
 *	CTGUARD_A_LOST_CPU were lost, or did not fit for somebody who listens and
 *	asked to be minded (NETLINK_BROADCAST_ERROR); told once it fits
 * @CTGUARD_EVENT_POLICY: another policy is in force
 * @CTGUARD_EVENT_MODE: another mode is in force
 * @CTGUARD_EVENT_HOOK: a hook changed its state
 *
 * Events of one CPU may overtake one another by a moment; a number that does
 * not come is a loss, which LOST tells.
 */
enum ctguard_event_kind {
	CTGUARD_EVENT_VERDICT,
	CTGUARD_EVENT_REPEAT,
	CTGUARD_EVENT_FIRST,
	CTGUARD_EVENT_LOST,
	CTGUARD_EVENT_POLICY,
	CTGUARD_EVENT_MODE,
	CTGUARD_EVENT_HOOK,
};

/**
 * enum ctguard_tpm_state - what the measurement log rests on
 * @CTGUARD_TPM_NONE: no TPM, by the operator's choice: tpm=none
 * @CTGUARD_TPM_ABSENT: tpm=use, and there is no TPM 2.0
 * @CTGUARD_TPM_ANCHORED: every record was extended into every bank
 * @CTGUARD_TPM_DIRTY: a record was not, or the PCR is not what the log says
 */
enum ctguard_tpm_state {
	CTGUARD_TPM_NONE,
	CTGUARD_TPM_ABSENT,
	CTGUARD_TPM_ANCHORED,
	CTGUARD_TPM_DIRTY,
};

/* Access to a device: the letters of the OCI and cgroup device rules. */
#define CTGUARD_ACCESS_MKNOD 1 /* m */
#define CTGUARD_ACCESS_READ 2  /* r */
#define CTGUARD_ACCESS_WRITE 4 /* w */
#define CTGUARD_ACCESS_ALL 7

/* Type of a device, as in the compiled policy and in CTGUARD_A_DEV_TYPE. */
#define CTGUARD_DEV_ANY 0 /* a; rules only */
#define CTGUARD_DEV_BLOCK 1
#define CTGUARD_DEV_CHAR 2

/*
 * Whose an object of a pseudo-filesystem is. A rule's "when" is one of these
 * or 0 (any); an object may be several.
 */
#define CTGUARD_OWN 1	    /* /proc/PID of, cgroup below, the container */
#define CTGUARD_OWN_NET 2   /* its network namespace, and not the host's */
#define CTGUARD_OWN_IPC 4   /* likewise IPC */
#define CTGUARD_OWN_UTS 8   /* likewise UTS */
#define CTGUARD_OWN_USER 16 /* likewise user */
#define CTGUARD_OWN_MASK 31

/* Rule number 0: no rule matched, the group's default decided. */
#define CTGUARD_RULE_NONE 0

/* Bounds, checked on both sides. */
#define CTGUARD_POLICY_MAX_SIZE (8U << 20) /* bytes */
#define CTGUARD_POLICY_MAX_PROFILES 256
#define CTGUARD_POLICY_MAX_RULES 131072
#define CTGUARD_POLICY_MAX_FILESYSTEMS 64 /* of a profile */
#define CTGUARD_POLICY_MAX_IMAGES 65536
#define CTGUARD_POLICY_MAX_CLAIMANTS 256
#define CTGUARD_POLICY_CHUNK 16384 /* bytes of CTGUARD_A_POLICY_DATA */
#define CTGUARD_NAME_MAX 63	   /* profile and filesystem names, no NUL */
#define CTGUARD_PATTERN_MAX 255	   /* patterns, no NUL */
#define CTGUARD_OBJECT_MAX 255	   /* bytes of CTGUARD_A_OBJECT in events */
#define CTGUARD_TRIAL_MAX_MS (24U * 60 * 60 * 1000)
#define CTGUARD_SHA256_SIZE 32

/**
 * enum ctguard_cmd - requests and notifications of the family
 *
 * All need CAP_SYS_ADMIN in the initial user namespace, of the socket's
 * opener and of the sender, the initial network namespace, and neither of
 * them guarded (-EPERM). Errors carry an extended-ack message.
 *
 * @CTGUARD_CMD_UNSPEC: none
 * @CTGUARD_CMD_STATUS_GET: do; replies ABI, FEATURES, VERSION, STATE, MODE,
 *	POLICY_*, TRIAL_LEFT, CONTAINERS, EVENTS, EVENTS_LOST, TPM_STATE, PCR,
 *	LOG_FIRST, LOG_NEXT, LOG_BYTES, LOG_FAILED
 * @CTGUARD_CMD_HOOK_GET: dump; HOOK_* of each hook
 * @CTGUARD_CMD_CONTAINER_GET: dump; CGROUP_ID, CGROUP_PATH, PROFILE,
 *	BOUND_BY, CONTAINER_FLAGS and a COUNTER nest for each operation judged;
 *	LEVEL, CONFIG and MANIFEST where there is a claim
 * @CTGUARD_CMD_POLICY_GET: dump; the policy in force in pieces of
 *	POLICY_OFFSET, POLICY_DATA, with POLICY_GENERATION, POLICY_SIZE in
 *	each; -EAGAIN when it was replaced meanwhile
 * @CTGUARD_CMD_POLICY_BEGIN: do; POLICY_SIZE; starts an upload that belongs
 *	to the socket and ends with it. -E2BIG, -EBUSY (too many uploads)
 * @CTGUARD_CMD_POLICY_DATA: do; POLICY_OFFSET, POLICY_DATA, in order and
 *	without gaps. -ENOENT (no upload), -ESPIPE (offset), -EMSGSIZE
 * @CTGUARD_CMD_POLICY_COMMIT: do; POLICY_SHA256 of the whole, optional
 *	TRIAL (ms); parses, publishes and replies POLICY_GENERATION,
 *	POLICY_SHA256. -EBADMSG (sha256), -EINVAL and others of the parser,
 *	with offset and reason in the extended ack; -EBUSY (a trial runs).
 *	On any error the old policy stays
 * @CTGUARD_CMD_MODE_SET: do; MODE, optional TRIAL. -EBUSY (a trial runs)
 * @CTGUARD_CMD_TRIAL_END: do; FLAGS: CTGUARD_TRIAL_CONFIRM or _REVERT.
 *	-ENOENT (no trial)
 * @CTGUARD_CMD_BIND: do; CGROUP_ID, optional PROFILE: guards a cgroup.
 *	-ENOENT (no such cgroup), -ENODATA (no such profile), -EEXIST (it or
 *	an ancestor is guarded already), -EINVAL (the root cgroup), -ENOSPC
 * @CTGUARD_CMD_UNBIND: do; CGROUP_ID of what BIND guarded. -ENOENT, -EPERM
 *	(guarded by pattern)
 * @CTGUARD_CMD_EXPLAIN: do; PID, OPERATION and the object (OBJECT, and FS,
 *	or DEV_*, ACCESS): replies VERDICT, RULE, PROFILE, CGROUP_PATH,
 *	BOUND_BY, POLICY_GENERATION without acting; for a task of the host
 *	only VERDICT. -ESRCH
 * @CTGUARD_CMD_EVENT: multicast to "events"; EVENT_KIND, SEQ, CPU, TIME and
 *	what the kind has. A datagram carries one or several of these messages
 * @CTGUARD_CMD_CLAIM: do; PIDFD of a container's first task, LEVEL, CONFIG,
 *	optional MANIFEST, BUNDLE, ROOT_FD, UPPER_FD: says what image a
 *	container is of, before it runs its first program. The claim belongs
 *	to the guarded cgroup that the task is in. -EBADF (not a descriptor of
 *	that kind), -ESRCH (the task is gone), -ENOENT (not in a guarded
 *	cgroup of its own), -EXDEV (still in the host's mount namespace),
 *	-EBUSY (it runs already), -EEXIST (there is a claim), -ERANGE (LEVEL),
 *	-EINVAL (CONFIG of zeros, or an overlay that can be written without
 *	UPPER_FD), -EACCES (the container's profile refuses this image, level
 *	or claimant; the claim stands, and the container does not start)
 * @CTGUARD_CMD_LOG_ACK: do; RECNUM, PCR_VALUE: the measurement log is kept
 *	elsewhere up to this record, and the kernel drops it. PCR_VALUE is the
 *	PCR after it, in the bank of SHA-256 or, without one, the first.
 *	-ENOENT (no such record any more, or not yet), -EBUSY (it is not
 *	extended yet), -EBADMSG (the value)
 * @CTGUARD_CMD_GIVE_UP: do; PIDFD of a container's first task: what image it
 *	is of could not be told, and it is not started. Recorded and reported;
 *	errors as of CLAIM
 */
enum ctguard_cmd {
	CTGUARD_CMD_UNSPEC,
	CTGUARD_CMD_STATUS_GET,
	CTGUARD_CMD_HOOK_GET,
	CTGUARD_CMD_CONTAINER_GET,
	CTGUARD_CMD_POLICY_GET,
	CTGUARD_CMD_POLICY_BEGIN,
	CTGUARD_CMD_POLICY_DATA,
	CTGUARD_CMD_POLICY_COMMIT,
	CTGUARD_CMD_MODE_SET,
	CTGUARD_CMD_TRIAL_END,
	CTGUARD_CMD_BIND,
	CTGUARD_CMD_UNBIND,
	CTGUARD_CMD_EXPLAIN,
	CTGUARD_CMD_EVENT,
	CTGUARD_CMD_CLAIM,
	CTGUARD_CMD_LOG_ACK,
	CTGUARD_CMD_GIVE_UP,
	/* private: */
	__CTGUARD_CMD_MAX,
};
#define CTGUARD_CMD_MAX (__CTGUARD_CMD_MAX - 1)

/**
 * enum ctguard_attr - attributes, one space for all commands
 *
 * Strings end in NUL; integers are in host byte order, as netlink has it.
 *
 * @CTGUARD_A_UNSPEC: none
 * @CTGUARD_A_PAD: alignment of 64-bit values
 * @CTGUARD_A_ABI: u32, CTGUARD_ABI of the module
 * @CTGUARD_A_FEATURES: u64, bits of later versions; 0
 * @CTGUARD_A_VERSION: string, the module's version
 * @CTGUARD_A_STATE: u32, enum ctguard_state
 * @CTGUARD_A_MODE: u32, enum ctguard_mode
 * @CTGUARD_A_POLICY_GENERATION: u64, 1 for the built-in one, then counting
 * @CTGUARD_A_POLICY_SHA256: 32 bytes, of the compiled policy
 * @CTGUARD_A_POLICY_MODE: u32, the mode that the policy asks for
 * @CTGUARD_A_POLICY_SIZE: u32, bytes of the compiled policy
 * @CTGUARD_A_POLICY_OFFSET: u32, of POLICY_DATA in it
 * @CTGUARD_A_POLICY_DATA: at most CTGUARD_POLICY_CHUNK bytes
 * @CTGUARD_A_TRIAL: u32, milliseconds until the change is undone
 * @CTGUARD_A_TRIAL_LEFT: u32, milliseconds left; only while a trial runs
 * @CTGUARD_A_FLAGS: u32, of the command
 * @CTGUARD_A_CONTAINERS: u32, guarded cgroups
 * @CTGUARD_A_EVENTS: u64, events numbered since load
 * @CTGUARD_A_EVENTS_LOST: u64, denials and complaints that LOST tells of
 * @CTGUARD_A_HOOK_NAME: string, kernel function
 * @CTGUARD_A_HOOK_GROUP: string, what it serves: "modules", "devices", ...
 * @CTGUARD_A_HOOK_STATE: u32, enum ctguard_hook_state
 * @CTGUARD_A_HOOK_REQUIRED: flag
 * @CTGUARD_A_CGROUP_ID: u64, inode number of the cgroup's directory
 * @CTGUARD_A_CGROUP_PATH: string, from the root of the hierarchy
 * @CTGUARD_A_PROFILE: string
 * @CTGUARD_A_BOUND_BY: u32, enum ctguard_bound_by
 * @CTGUARD_A_CONTAINER_FLAGS: u32, CTGUARD_CONTAINER_*
 * @CTGUARD_A_COUNTER: nest of OPERATION, ALLOWED, DENIED, COMPLAINED
 * @CTGUARD_A_OPERATION: u32, enum ctguard_operation
 * @CTGUARD_A_ALLOWED: u64
 * @CTGUARD_A_DENIED: u64
 * @CTGUARD_A_COMPLAINED: u64
 * @CTGUARD_A_EVENT_KIND: u32, enum ctguard_event_kind
 * @CTGUARD_A_SEQ: u64, counts up by one per CPU from 1
 * @CTGUARD_A_CPU: u32
 * @CTGUARD_A_TIME: u64, ns since the epoch
 * @CTGUARD_A_VERDICT: u32, enum ctguard_verdict
 * @CTGUARD_A_RULE: u32, number of the rule in the policy; 0 for none
 * @CTGUARD_A_OBJECT: bytes, anything but NUL; in EXPLAIN a NUL at the end
 * @CTGUARD_A_OBJECT_TRUNCATED: flag, OBJECT holds the end of a longer path
 * @CTGUARD_A_FS: string, filesystem type of a pseudofs object
 * @CTGUARD_A_DEV_TYPE: u32, CTGUARD_DEV_*
 * @CTGUARD_A_DEV_MAJOR: u32
 * @CTGUARD_A_DEV_MINOR: u32
 * @CTGUARD_A_ACCESS: u32, CTGUARD_ACCESS_*
 * @CTGUARD_A_HOOK_NAME_HIT: string, the function that asked
 * @CTGUARD_A_PID: u32, thread, in the initial PID namespace
 * @CTGUARD_A_TGID: u32, process
 * @CTGUARD_A_UID: u32, in the initial user namespace
 * @CTGUARD_A_AUID: u32, audit login uid; 0xffffffff for none
 * @CTGUARD_A_SESSION: u32, audit session; 0xffffffff for none
 * @CTGUARD_A_COMM: string
 * @CTGUARD_A_COUNT: u64
 * @CTGUARD_A_FIRST_SEQ: u64
 * @CTGUARD_A_FIRST: flag, the first of its operation in its container
 * @CTGUARD_A_LOST_CPU: u32, whose events were lost
 * @CTGUARD_A_FIRST_CPU: u32, whose numbers FIRST_SEQ is one of
 * @CTGUARD_A_TPM_STATE: u32, enum ctguard_tpm_state
 * @CTGUARD_A_PCR: u32, that is extended
 * @CTGUARD_A_LOG_FIRST: u64, number of the first record that is kept
 * @CTGUARD_A_LOG_NEXT: u64, number of the next record
 * @CTGUARD_A_LOG_BYTES: u64, of the records kept
 * @CTGUARD_A_LOG_FAILED: u64, records that could not be measured
 * @CTGUARD_A_PIDFD: u32, of a container's first task
 * @CTGUARD_A_LEVEL: u32, CTGUARD_LEVEL_*
 * @CTGUARD_A_CONFIG: 32 bytes, SHA-256 of an image's config
 * @CTGUARD_A_MANIFEST: 32 bytes, SHA-256 of an image's manifest
 * @CTGUARD_A_BUNDLE: 32 bytes, SHA-256 of the runtime's config.json
 * @CTGUARD_A_ROOT_FD: u32, O_PATH descriptor of the root of the overlay that
 *	the container's root is to be
 * @CTGUARD_A_UPPER_FD: u32, O_PATH descriptor of that overlay's upper
 *	directory; none if it has none
 * @CTGUARD_A_REASON: u32, enum ctguard_image_reason
 * @CTGUARD_A_RECNUM: u64, number of a record
 * @CTGUARD_A_PCR_VALUE: bytes, of the bank of SHA-256 or, without one, of the
 *	first
 * @CTGUARD_A_HOOK_OPEN: string, ids of docs/escapes.md, divided by spaces, of what is
 *	open as this hook is not live; not given while nothing is
 */
enum ctguard_attr {
	CTGUARD_A_UNSPEC,
	CTGUARD_A_PAD,
	CTGUARD_A_ABI,
	CTGUARD_A_FEATURES,
	CTGUARD_A_VERSION,
	CTGUARD_A_STATE,
	CTGUARD_A_MODE,
	CTGUARD_A_POLICY_GENERATION,
	CTGUARD_A_POLICY_SHA256,
	CTGUARD_A_POLICY_MODE,
	CTGUARD_A_POLICY_SIZE,
	CTGUARD_A_POLICY_OFFSET,
	CTGUARD_A_POLICY_DATA,
	CTGUARD_A_TRIAL,
	CTGUARD_A_TRIAL_LEFT,
	CTGUARD_A_FLAGS,
	CTGUARD_A_CONTAINERS,
	CTGUARD_A_EVENTS,
	CTGUARD_A_EVENTS_LOST,
	CTGUARD_A_HOOK_NAME,
	CTGUARD_A_HOOK_GROUP,
	CTGUARD_A_HOOK_STATE,
	CTGUARD_A_HOOK_REQUIRED,
	CTGUARD_A_CGROUP_ID,
	CTGUARD_A_CGROUP_PATH,
	CTGUARD_A_PROFILE,
	CTGUARD_A_BOUND_BY,
	CTGUARD_A_CONTAINER_FLAGS,
	CTGUARD_A_COUNTER,
	CTGUARD_A_OPERATION,
	CTGUARD_A_ALLOWED,
	CTGUARD_A_DENIED,
	CTGUARD_A_COMPLAINED,
	CTGUARD_A_EVENT_KIND,
	CTGUARD_A_SEQ,
	CTGUARD_A_CPU,
	CTGUARD_A_TIME,
	CTGUARD_A_VERDICT,
	CTGUARD_A_RULE,
	CTGUARD_A_OBJECT,
	CTGUARD_A_OBJECT_TRUNCATED,
	CTGUARD_A_FS,
	CTGUARD_A_DEV_TYPE,
	CTGUARD_A_DEV_MAJOR,
	CTGUARD_A_DEV_MINOR,
	CTGUARD_A_ACCESS,
	CTGUARD_A_HOOK_NAME_HIT,
	CTGUARD_A_PID,
	CTGUARD_A_TGID,
	CTGUARD_A_UID,
	CTGUARD_A_AUID,
	CTGUARD_A_SESSION,
	CTGUARD_A_COMM,
	CTGUARD_A_COUNT,
	CTGUARD_A_FIRST_SEQ,
	CTGUARD_A_FIRST,
	CTGUARD_A_LOST_CPU,
	CTGUARD_A_FIRST_CPU,
	CTGUARD_A_TPM_STATE,
	CTGUARD_A_PCR,
	CTGUARD_A_LOG_FIRST,
	CTGUARD_A_LOG_NEXT,
	CTGUARD_A_LOG_BYTES,
	CTGUARD_A_LOG_FAILED,
	CTGUARD_A_PIDFD,
	CTGUARD_A_LEVEL,
	CTGUARD_A_CONFIG,
	CTGUARD_A_MANIFEST,
	CTGUARD_A_BUNDLE,
	CTGUARD_A_ROOT_FD,
	CTGUARD_A_UPPER_FD,
	CTGUARD_A_REASON,
	CTGUARD_A_RECNUM,
	CTGUARD_A_PCR_VALUE,
	CTGUARD_A_HOOK_OPEN,
	/* private: */
	__CTGUARD_A_MAX,
};
#define CTGUARD_A_MAX (__CTGUARD_A_MAX - 1)

/* CTGUARD_A_FLAGS of CTGUARD_CMD_TRIAL_END */
#define CTGUARD_TRIAL_CONFIRM 1
#define CTGUARD_TRIAL_REVERT 2

/* CTGUARD_A_CONTAINER_FLAGS */
#define CTGUARD_CONTAINER_SEALED 1 /* ran its first program; set-up is over */

/*
 * The compiled policy
 * ===================
 * A header, then elements (type, reserved, length, value), little-endian.
 * A value is padded with zero bytes to a multiple of 4; the length does not
 * count the padding. The order and number of elements are fixed as listed
 * ("+": one or more, "*": any number), so that a policy has one encoding:
 *
 *   POLICY   := header MODE PROFILE+ DEFAULT NAMESPACES CGROUP* EXCEPT* BIND*
 *		 IMAGE* CLAIMANT*
 *   PROFILE  := { NAME FLAGS MODULES DEVICES PSEUDOFS KERNEL TASKS MOUNTS
 *		   [IMAGES] }
 *   MODULES  := { GROUP_FLAGS AUTOLOAD* }
 *   DEVICES  := { GROUP_FLAGS DEVICE_RULE* DEVICE_NAME* }
 *   PSEUDOFS := { GROUP_FLAGS FS* }
 *   FS       := { NAME ALLOW* DENY_READ* }
 *   KERNEL, TASKS, MOUNTS := { GROUP_FLAGS ALLOW_NAME* }
 *   IMAGES   := { GROUP_FLAGS IMAGE_RULE }
 *
 * Rules are numbered from 1 in the order in which AUTOLOAD, DEVICE_RULE,
 * DEVICE_NAME, ALLOW, DENY_READ, ALLOW_NAME, CGROUP, EXCEPT and BIND elements
 * stand in the policy.
 * Profiles are numbered from 0. Names of profiles differ, and none is "none";
 * so do the filesystems of one profile. A group with
 * CTGUARD_GROUP_UNRESTRICTED holds no rules and no other flag. Every profile
 * is used. IMAGES stands only where something is required, and not in the
 * profile of a namespace: nobody can say of what image that is. IMAGE and
 * CLAIMANT are in strictly ascending order, by type and bytes.
 *
 * Patterns are 1 to CTGUARD_PATTERN_MAX bytes without NUL, control
 * characters or bytes above 0x7e: "*" any bytes but "/", "**" any bytes, "?"
 * one byte but "/", "[pid]" one or more decimal digits, "{id}" 64 lower-case
 * hexadecimal digits, "[0-9]" one digit, "\" takes the next byte literally.
 * Patterns for paths begin with "/". "**" is a whole component or the end; as
 * a component that is not the last it also stands for none.
 */
#define CTGUARD_POLICY_MAGIC "CTGPOL\r\n"
#define CTGUARD_POLICY_VERSION 1

/**
 * struct ctguard_policy_header - how a compiled policy begins
 * @magic: CTGUARD_POLICY_MAGIC without its NUL
 * @version: CTGUARD_POLICY_VERSION
 * @length: of the whole, header and last padding included, in bytes
 */
struct ctguard_policy_header {
	__u8 magic[8];
	__le32 version;
	__le32 length;
};

/**
 * struct ctguard_tlv - how an element begins
 * @type: CTGUARD_TLV_*
 * @reserved: 0
 * @length: of the value that follows, without padding, in bytes
 */
struct ctguard_tlv {
	__le16 type;
	__le16 reserved;
	__le32 length;
};

#define CTGUARD_TLV_MODE 0x01	    /* u32, enum ctguard_mode */
#define CTGUARD_TLV_PROFILE 0x02    /* nest */
#define CTGUARD_TLV_DEFAULT 0x03    /* u32, profile */
#define CTGUARD_TLV_NAMESPACES 0x04 /* u32[3]: profile for PID, user, cgroup */
#define CTGUARD_TLV_CGROUP 0x05	    /* path pattern */
#define CTGUARD_TLV_EXCEPT 0x06	    /* path pattern */
#define CTGUARD_TLV_BIND 0x07	    /* u32 profile, path pattern */
#define CTGUARD_TLV_IMAGE 0x08	    /* struct ctguard_image, ascending */
#define CTGUARD_TLV_CLAIMANT 0x09   /* SHA-256 of an executable, ascending */

#define CTGUARD_TLV_NAME 0x10  /* [A-Za-z0-9._-], CTGUARD_NAME_MAX bytes */
#define CTGUARD_TLV_FLAGS 0x11 /* u32, CTGUARD_PROFILE_* */
#define CTGUARD_TLV_MODULES 0x12
#define CTGUARD_TLV_DEVICES 0x13
#define CTGUARD_TLV_PSEUDOFS 0x14
#define CTGUARD_TLV_KERNEL 0x15
#define CTGUARD_TLV_TASKS 0x16
#define CTGUARD_TLV_MOUNTS 0x17
#define CTGUARD_TLV_IMAGES 0x18

#define CTGUARD_TLV_GROUP_FLAGS 0x20 /* u32, CTGUARD_GROUP_* */
#define CTGUARD_TLV_AUTOLOAD 0x21    /* pattern of module names */
#define CTGUARD_TLV_DEVICE_RULE 0x22 /* struct ctguard_device_rule */
#define CTGUARD_TLV_FS 0x23	     /* nest */
#define CTGUARD_TLV_ALLOW 0x24	     /* u32 when (CTGUARD_OWN_*), pattern */
#define CTGUARD_TLV_DENY_READ 0x25   /* u32 0, pattern */
#define CTGUARD_TLV_DEVICE_NAME 0x26 /* struct ctguard_device_name, pattern */
/* u32 when (CTGUARD_OWN in KERNEL, else 0), pattern of names */
#define CTGUARD_TLV_ALLOW_NAME 0x27
#define CTGUARD_TLV_IMAGE_RULE 0x28 /* struct ctguard_image_rule */

/* No profile: such contexts are not guarded. Only in NAMESPACES. */
#define CTGUARD_PROFILE_NONE 0xffffffffU

#define CTGUARD_PROFILE_COMPLAIN 1

#define CTGUARD_GROUP_COMPLAIN 1
#define CTGUARD_GROUP_UNRESTRICTED 2
#define CTGUARD_GROUP_ALLOW_LOAD 4 /* modules only, as the next two */
#define CTGUARD_GROUP_ALLOW_UNLOAD 8
#define CTGUARD_GROUP_ALLOW_KEXEC 16

/**
 * struct ctguard_device_rule - allows access to devices
 * @type: CTGUARD_DEV_*
 * @access: CTGUARD_ACCESS_*, at least one
 * @reserved: 0
 * @major: or CTGUARD_DEV_ALL
 * @minor: or CTGUARD_DEV_ALL, which it is when @major is
 *
 * The rules of https://github.com/opencontainers/runtime-spec/ (config-linux,
 * "Allowed Device list").
 */
struct ctguard_device_rule {
	__u8 type;
	__u8 access;
	__le16 reserved;
	__le32 major;
	__le32 minor;
};
#define CTGUARD_DEV_ALL 0xffffffffU

/**
 * struct ctguard_device_name - allows access to the devices of a driver
 * @type: CTGUARD_DEV_BLOCK or CTGUARD_DEV_CHAR
 * @access: CTGUARD_ACCESS_*, at least one
 * @reserved: 0
 *
 * A pattern of the names that /proc/devices gives to majors follows. It means
 * all minors of every major of such a name, whatever its number is by now, as
 * "char-NAME" and "block-NAME" do in systemd.resource-control(5).
 */
struct ctguard_device_name {
	__u8 type;
	__u8 access;
	__le16 reserved;
};

/**
 * struct ctguard_image - an approved image
 * @type: CTGUARD_IMAGE_CONFIG or CTGUARD_IMAGE_MANIFEST: whose bytes
 *	@sha256 is of
 * @sha256: the digest
 */
struct ctguard_image {
	__le32 type;
	__u8 sha256[CTGUARD_SHA256_SIZE];
};
#define CTGUARD_IMAGE_CONFIG 0
#define CTGUARD_IMAGE_MANIFEST 1

/**
 * struct ctguard_image_rule - which images a profile's containers may be of
 * @require: CTGUARD_REQUIRE_*
 * @level: how deep it must have been checked, CTGUARD_LEVEL_ENGINE to
 *	_CONTENT; 0 unless approved images are required
 * @program: CTGUARD_PROGRAM_*; 0 likewise
 * @reserved: 0
 */
struct ctguard_image_rule {
	__u8 require;
	__u8 level;
	__u8 program;
	__u8 reserved;
};
#define CTGUARD_REQUIRE_NONE 0	   /* starts are measured, as ever */
#define CTGUARD_REQUIRE_MEASURED 1 /* before they run, or they do not */
#define CTGUARD_REQUIRE_APPROVED 2 /* likewise, and only approved images */
#define CTGUARD_PROGRAM_ANY 0	   /* the first program, from anywhere */
#define CTGUARD_PROGRAM_IMAGE 1	   /* from the image's read-only layers */

/*
 * Names of kernel interfaces
 * ==========================
 * Objects of CTGUARD_OP_KERNEL_USE. Of those marked "own" some are the
 * container's own, and a rule may be for these alone.
 *
 *   bpf/COMMAND           bpf(2), COMMAND as in enum bpf_cmd, without "BPF_"
 *                         and in lower case: "map_create"
 *   bpf/prog_load/TYPE    TYPE as in enum bpf_prog_type, likewise, without
 *                         "BPF_PROG_TYPE_": "cgroup_device"
 *   bpf/map_create/struct_ops  a map of functions for the kernel to call; the
 *                         others are "bpf/map_create"
 *   bpf/kfunc             a program, whatever its type, that calls functions of
 *                         the kernel's; told since Linux 6.9
 *   bpf/send_signal       likewise, one that signals whom it interrupts
 *   bpf/prog_query/TYPE   of any cgroup; TYPE as in the next
 *   bpf/prog_attach/TYPE, bpf/prog_detach/TYPE,
 *   bpf/link_create/TYPE  own; TYPE as in enum bpf_attach_type, without
 *                         "BPF_"; own: the cgroup, below the container's own
 *   perf/KIND             perf_event_open(2) of KIND "cpu", "kernel" or
 *                         "tracepoint"; a task's own user code is free
 *   lockdown/FEATURE      what kernel_lockdown(7) would keep from everybody:
 *                         "ioport", "msr", "pci_access", "kcore", ...
 *   clock/set, clock/adjust  clock_settime(2) and the like; adjtimex(2)
 *   reboot, acct          reboot(2), acct(2) in the host's PID namespace
 *   swap/on, swap/off     swapon(2), swapoff(2)
 *   netlink/uevent        a message that the host's udevd takes for the
 *                         kernel's
 *   netlink/audit         changes of the audit rules
 *   netlink/host-link     from another network namespace, changes of network
 *                         devices that are in the host's or on one that is:
 *                         named by a task that is not the container's, or, with
 *                         the host's capabilities, by an id, of whichever
 *   tty/COMMAND           own; "sti", "setctty", "console", "linux", "vt":
 *                         ioctls of a terminal; own: its session is in the
 *                         container
 *   io_uring/receive      a ring that somebody else made
 *   cgroup/release_agent  the mount option of that name
 *   open-by-handle        open_by_handle_at(2) on a filesystem that may be the
 *                         host's: all but overlays and FUSE
 *   fanotify/mount, fanotify/filesystem  marks on the whole of such a one
 *   remount               options of debugfs and tracefs, and making sysfs or
 *                         cgroup2 read-only, for everybody
 *   host-code             changes of files that the host's kernel or boot
 *                         loader loads code from, and mounts over them that
 *                         the host sees
 */

#endif /* _UAPI_CTGUARD_H */
