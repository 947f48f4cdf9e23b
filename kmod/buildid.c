// SPDX-License-Identifier: GPL-2.0
/*
 * Which build of the module this is.
 *
 * Kernels keep the GNU build id of modules only when they are configured to
 * print it in stack traces; its note is in sysfs in any case.
 */
#include "buildid.h"

#include <linux/elf.h>
#include <linux/kernel.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/sysfs.h>

static u32 read_note(const struct bin_attribute *attribute, u8 *ret)
{
	const Elf64_Nhdr *note = attribute->private;
	u32 name;

	if (!note || attribute->size < sizeof(*note))
		return 0;
	name = ALIGN(note->n_namesz, 4);
	if (note->n_descsz > CTG_BUILDID_MAX ||
	    name > attribute->size - sizeof(*note) ||
	    note->n_descsz > attribute->size - sizeof(*note) - name)
		return 0;
	memcpy(ret, (const u8 *)(note + 1) + name, note->n_descsz);
	return note->n_descsz;
}

/**
 * ctg_buildid - the GNU build id of the module
 * @ret: CTG_BUILDID_MAX bytes
 *
 * Context: process; sleeps. Return: its length, or 0.
 */
u32 ctg_buildid(u8 *ret)
{
	struct kernfs_node *notes, *node = NULL;
	u32 size = 0;

	notes = kernfs_find_and_get(THIS_MODULE->mkobj.kobj.sd, "notes");
	if (notes)
		node = kernfs_find_and_get(notes, ".note.gnu.build-id");
	if (node)
		size = read_note(node->priv, ret);
	kernfs_put(node);
	kernfs_put(notes);
	return size;
}
