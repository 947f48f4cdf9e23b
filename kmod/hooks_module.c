// SPDX-License-Identifier: GPL-2.0
/* Hooks that guard modules and kexec. */
#include "hook.h"

#include <linux/kernel_read_file.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/socket.h>
#include <linux/uaccess.h>
#include <uapi/linux/kexec.h>

#include "attach_arch.h"
#include "object.h"
#include "prober.h"

PIN(security_kernel_module_request, int(char *));
PIN(security_kernel_read_file,
    int(struct file *, enum kernel_read_file_id, bool));
PIN(security_kernel_load_data, int(enum kernel_load_data_id, bool));
PIN(security_socket_create, int(int, int, int, int));
PIN(((CTG_ARCH_SYSCALL_TYPE)0), long (*)(const struct pt_regs *));

int ctg_hook_module_request(struct ftrace_regs *fregs, unsigned long site)
{
	static const char hook[] = "security_kernel_module_request";
	const char *name = ARGUMENT(const char *, 0);
	struct ctg_request request = {
		.operation = CTGUARD_OP_MODULE_AUTOLOAD,
		.name = name,
		.length = strlen(name),
	};
	struct ctg_subject subject;
	int r = 0;

	if (!in_task())
		return 0;
	rcu_read_lock();
	if (ctg_prober_is_current()) {
		if (!ctg_prober_may(name))
			r = ctg_guard_refuse(&request, hook, site);
	} else if (ctg_guard_subject(&subject)) {
		ctg_prober_mark(name, &subject);
		r = ctg_guard_judge(&subject, &request, hook, site);
	} else {
		ctg_prober_mark(name, NULL);
	}
	rcu_read_unlock();
	return r;
}

/*
 * An AF_ALG socket makes the kernel load modules by names of the caller's
 * making, some of them from a kernel thread: having one is like asking for its
 * protocol's module, loaded or not.
 */
int ctg_hook_socket_create(struct ftrace_regs *fregs, unsigned long site)
{
	static const char name[] = "net-pf-38";
	struct ctg_request request = {
		.operation = CTGUARD_OP_MODULE_AUTOLOAD,
		.name = name,
		.length = sizeof(name) - 1,
	};

	if (ARGUMENT(int, 0) != AF_ALG || ARGUMENT(int, 3))
		return 0;
	return ctg_hook_judge(&request, "security_socket_create", site);
}

/*
 * A kind that is not known here is code until it is known to be none: in newer
 * kernels compressed modules have one of their own.
 */
static u32 operation_of_file(enum kernel_read_file_id id)
{
	switch (id) {
	case READING_UNKNOWN:
	case READING_FIRMWARE:
	case READING_POLICY:
	case READING_X509_CERTIFICATE:
		return CTGUARD_OP_UNSPEC;
	case READING_KEXEC_IMAGE:
	case READING_KEXEC_INITRAMFS:
		return CTGUARD_OP_KEXEC_LOAD;
	default:
		return CTGUARD_OP_MODULE_LOAD;
	}
}

int ctg_hook_read_file(struct ftrace_regs *fregs, unsigned long site)
{
	struct file *file = ARGUMENT(struct file *, 0);
	struct ctg_request request = {
		.operation = operation_of_file(
			ARGUMENT(enum kernel_read_file_id, 1)),
	};
	struct ctg_subject subject;
	struct ctg_path path;
	int r = 0;

	if (request.operation == CTGUARD_OP_UNSPEC || !in_task())
		return 0;
	rcu_read_lock();
	if (ctg_guard_subject(&subject)) {
		ctg_object_path_begin(&path, file->f_path.dentry);
		/* A memfd is an image in memory. */
		request.name = path.text && path.whole ? path.text : "-";
		request.length = path.text && path.whole ? path.length : 1;
		r = ctg_guard_judge(&subject, &request,
				    "security_kernel_read_file", site);
		ctg_object_path_end(&path);
	}
	rcu_read_unlock();
	return r;
}

int ctg_hook_load_data(struct ftrace_regs *fregs, unsigned long site)
{
	struct ctg_request request = { .name = "-", .length = 1 };

	switch (ARGUMENT(enum kernel_load_data_id, 0)) {
	case LOADING_UNKNOWN:
	case LOADING_FIRMWARE:
	case LOADING_POLICY:
	case LOADING_X509_CERTIFICATE:
		return 0;
	case LOADING_KEXEC_IMAGE:
	case LOADING_KEXEC_INITRAMFS:
		request.operation = CTGUARD_OP_KEXEC_LOAD;
		break;
	default:
		request.operation = CTGUARD_OP_MODULE_LOAD;
	}
	return ctg_hook_judge(&request, "security_kernel_load_data", site);
}

/* What a system call was asked with. A 32-bit program has no upper halves. */
static unsigned long asked_with(struct ftrace_regs *fregs, unsigned int n)
{
	unsigned long argument[6];

	syscall_get_arguments(current, ARGUMENT(struct pt_regs *, 0), argument);
	return ctg_arch_in_syscall_32() ? (u32)argument[n] : argument[n];
}

/* Nothing is read when a loaded image is only dropped. */
int ctg_hook_kexec_file_load(struct ftrace_regs *fregs, unsigned long site)
{
	struct ctg_request request = {
		.operation = CTGUARD_OP_KEXEC_LOAD,
		.name = "-",
		.length = 1,
	};

	if (!(asked_with(fregs, 4) & KEXEC_FILE_UNLOAD))
		return 0;
	return ctg_hook_judge(&request, "kexec_file_load", site);
}

/*
 * The name is for the report alone. It is the caller's memory, and what of it
 * is not there is not waited for: a caller could make that wait for ever.
 */
static int delete_module_named(const void __user *from, unsigned long site)
{
	size_t room = PAGE_SIZE - offset_in_page(from);
	char name[MODULE_NAME_LEN] = {};
	struct ctg_request request = {
		.operation = CTGUARD_OP_MODULE_UNLOAD,
		.name = name,
	};

	if (copy_from_user_nofault(name, from, sizeof(name)) &&
	    copy_from_user_nofault(name, from, min(room, sizeof(name))))
		name[0] = 0;
	name[sizeof(name) - 1] = 0;
	if (!name[0])
		name[0] = '?';
	request.length = strlen(name);
	return ctg_hook_judge(&request, "delete_module", site);
}

CTG_FAST(delete_module)
{
	return delete_module_named((const void __user *)asked_with(fregs, 0),
				   site);
}
