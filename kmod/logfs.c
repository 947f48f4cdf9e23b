// SPDX-License-Identifier: GPL-2.0
/*
 * The measurement log as files of securityfs:
 *
 *   ctguard/measurements        as it is, <ctguard/measurement.h>
 *   ctguard/measurements_tcg2   as the crypto-agile log of the TCG PC Client
 *	Platform Firmware Profile (version 1.05, 10.2): the specification ID
 *	event, then one EV_EVENT_TAG for each record, its event data a
 *	TCG_PCClientTaggedEvent with the record's CEL_CTGUARD TLV, which the
 *	digests are of
 *
 * Both begin with the first record that was not acknowledged, and a reader
 * sees whole records; those that come while it reads are behind its last.
 */
#include "logfs.h"

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/seq_file.h>

#include <asm/byteorder.h>

#include "anchor.h"
#include "measure.h"

#define EV_NO_ACTION 3
#define EV_EVENT_TAG 6
#define SHA1_SIZE 20

static struct dentry *directory;
static struct dentry *files[2];

/* The position behind a record of this number; 0 is before all. */
static loff_t position(u64 number)
{
	return number + 1;
}

static void *seq_start(struct seq_file *m, loff_t *at)
{
	const struct ctg_logged *logged;

	ctg_measure_lock();
	logged = ctg_measure_next(*at);
	if (logged)
		*at = logged->number;
	return (void *)logged;
}

static void *seq_next(struct seq_file *m, void *v, loff_t *at)
{
	const struct ctg_logged *logged = v;

	*at = position(logged->number);
	return (void *)ctg_measure_next(*at);
}

static void seq_stop(struct seq_file *m, void *v)
{
	ctg_measure_unlock();
}

static int show(struct seq_file *m, void *v)
{
	const struct ctg_logged *logged = v;

	seq_write(m, logged->data, logged->size);
	return 0;
}

static const struct seq_operations cel_operations = {
	.start = seq_start,
	.next = seq_next,
	.stop = seq_stop,
	.show = show,
};

/*
 * TCG2: position 0 is the specification ID event, and each record is one
 * further than above.
 */

static void *tcg2_start(struct seq_file *m, loff_t *at)
{
	const struct ctg_logged *logged;

	ctg_measure_lock();
	if (!*at)
		return SEQ_START_TOKEN;
	logged = ctg_measure_next(*at - 1);
	if (logged)
		*at = position(logged->number);
	return (void *)logged;
}

static void *tcg2_next(struct seq_file *m, void *v, loff_t *at)
{
	const struct ctg_logged *logged = v;

	*at = v == SEQ_START_TOKEN ? 1 : position(logged->number) + 1;
	return (void *)ctg_measure_next(*at - 1);
}

static void write32(struct seq_file *m, u32 value)
{
	__le32 little = cpu_to_le32(value);

	seq_write(m, &little, sizeof(little));
}

static void write16(struct seq_file *m, u16 value)
{
	__le16 little = cpu_to_le16(value);

	seq_write(m, &little, sizeof(little));
}

/* TCG_EfiSpecIdEvent, in a TCG_PCClientPCREvent. */
static void show_specification(struct seq_file *m)
{
	static const char zeros[SHA1_SIZE];
	static const u8 fixed[] = {
		'S', 'p', 'e', 'c', ' ', 'I', 'D', ' ', 'E', 'v', 'e',
		'n', 't', '0', '3', 0,	 0,   0,   0,	0, /* platform class: client */
		0,   2,	  0,   2, /* version 2.0, errata 0, size of UINTN */
	};
	unsigned int count, i;
	const struct ctg_anchor_bank *banks = ctg_anchor_banks(&count);

	write32(m, 0);
	write32(m, EV_NO_ACTION);
	seq_write(m, zeros, sizeof(zeros));
	write32(m, sizeof(fixed) + sizeof(u32) + count * 2 * sizeof(u16) + 1);
	seq_write(m, fixed, sizeof(fixed));
	write32(m, count);
	for (i = 0; i < count; i++) {
		write16(m, banks[i].alg);
		write16(m, banks[i].size);
	}
	seq_putc(m, 0); /* no vendor information */
}

static int tcg2_show(struct seq_file *m, void *v)
{
	const struct ctg_logged *logged = v;
	struct ctg_anchor_digests digests;
	const struct ctg_anchor_bank *banks;
	unsigned int count, i;

	if (v == SEQ_START_TOKEN) {
		show_specification(m);
		return 0;
	}
	ctg_measure_digests(logged, &digests);
	banks = ctg_anchor_banks(&count);
	write32(m, ctg_anchor_pcr());
	write32(m, EV_EVENT_TAG);
	write32(m, count);
	for (i = 0; i < count; i++) {
		write16(m, banks[i].alg);
		seq_write(m, digests.of[i], banks[i].size);
	}
	write32(m, 2 * sizeof(u32) + logged->size - logged->event);
	write32(m, CTGUARD_TCG2_TAG);
	write32(m, logged->size - logged->event);
	seq_write(m, logged->data + logged->event,
		  logged->size - logged->event);
	return 0;
}

static const struct seq_operations tcg2_operations = {
	.start = tcg2_start,
	.next = tcg2_next,
	.stop = seq_stop,
	.show = tcg2_show,
};

static int cel_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &cel_operations);
}

static int tcg2_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &tcg2_operations);
}

static const struct file_operations cel_file = {
	.owner = THIS_MODULE,
	.open = cel_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};

static const struct file_operations tcg2_file = {
	.owner = THIS_MODULE,
	.open = tcg2_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};

/**
 * ctg_logfs_init - show the log
 *
 * Context: process; sleeps. Return: 0 or a negative errno.
 */
int ctg_logfs_init(void)
{
	int r;

	directory = securityfs_create_dir("ctguard", NULL);
	if (IS_ERR(directory))
		return PTR_ERR(directory);
	files[0] = securityfs_create_file("measurements", 0400, directory, NULL,
					  &cel_file);
	r = PTR_ERR_OR_ZERO(files[0]);
	if (r)
		goto remove_directory;
	files[1] = securityfs_create_file("measurements_tcg2", 0400, directory,
					  NULL, &tcg2_file);
	r = PTR_ERR_OR_ZERO(files[1]);
	if (!r)
		return 0;
	securityfs_remove(files[0]);
remove_directory:
	securityfs_remove(directory);
	return r;
}

/** ctg_logfs_exit - no longer show it; who reads keeps the module loaded */
void ctg_logfs_exit(void)
{
	securityfs_remove(files[1]);
	securityfs_remove(files[0]);
	securityfs_remove(directory);
}
