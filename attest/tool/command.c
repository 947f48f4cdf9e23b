// SPDX-License-Identifier: GPL-2.0
/* What the commands of ctguard-verify all do. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../userspace/lib/alloc.h"
#include "../../userspace/lib/cleanup.h"
#include "../../userspace/lib/error.h"
#include "../../userspace/lib/escape.h"
#include "../../userspace/lib/file.h"
#include "../lib/json.h"
#include "../lib/reference.h"
#include "../lib/store.h"
#include "command.h"

/** command_refused() - say why the answer is no; return that exit status */
int command_refused(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("ctguard-verify: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return CTGUARD_EXIT_NO;
}

/** command_open() - open the state directory, made when it is the first time */
int command_open(struct store *store, const char *path,
		 struct ctguard_error *error)
{
	return store_open(store, path, true, error);
}

/**
 * command_host() - the record of a host
 * @store: the state
 * @host: its name, as typed
 * @ret_record: what is known of it
 * @error: set on failure, and when there is none
 *
 * Return: 0 or -1.
 */
int command_host(const struct store *store, const char *host,
		 struct record *ret_record, struct ctguard_error *error)
{
	int r;

	if (!record_host_valid(host))
		return ctguard_error_set(
			error, CTGUARD_EXIT_USAGE, 0,
			"a host's name has 1 to %d letters, digits, and . _ -",
			RECORD_HOST_MAX);
	r = store_load_host(store, host, ret_record, error);
	if (r)
		return r < 0 ? r : 0;
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
				 "host %s is not enrolled", host);
}

/**
 * command_reference() - read --reference and --images
 * @path: of the reference
 * @images: of a list of images to add, or NULL
 * @ret_json: the reference with the list, or NULL when not asked for
 * @ret_reference: the same, understood; or NULL when not asked for
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int command_reference(const char *path, const char *images, json_t **ret_json,
		      struct reference **ret_reference,
		      struct ctguard_error *error)
{
	REFERENCE_PUT struct reference *reference = NULL;
	CTGUARD_FREE char *data = NULL, *list = NULL;
	JSON_PUT json_t *json = NULL;
	size_t size;

	if (ctguard_file_read(path, REFERENCE_MAX, &data, &size, error) < 0 ||
	    json_read(path, data, size, &json, error) < 0)
		return -1;
	/* First by itself, so that the list is added to what is one. */
	if (reference_from_json(path, json, &reference, error) < 0)
		return -1;
	if (images) {
		if (ctguard_file_read(images, REFERENCE_MAX, &list, &size,
				      error) < 0 ||
		    reference_add_images(images, list, json, error) < 0)
			return -1;
		reference_free(reference);
		reference = NULL;
		if (reference_from_json(path, json, &reference, error) < 0)
			return -1;
	}
	if (ret_json)
		*ret_json = json_incref(json);
	if (ret_reference) {
		*ret_reference = reference;
		reference = NULL;
	}
	return 0;
}

/** command_digest() - read [sha256:]HEX as typed; whether it is one */
int command_digest(const char *text, uint8_t ret_digest[32])
{
	JSON_PUT json_t *json = NULL;

	if (!strncmp(text, "sha256:", 7))
		text += 7;
	json = json_string(text);
	return json_hex(json, ret_digest, 32);
}

/**
 * command_write() - write a result to a file, or to standard output
 * @path: of the file; NULL or "-" is standard output
 * @data: all of it
 * @size: its bytes
 * @binary: it is not for terminals
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int command_write(const char *path, const void *data, size_t size, int binary,
		  struct ctguard_error *error)
{
	CTGUARD_CLOSE int opened = -1;
	int fd = STDOUT_FILENO;

	if (path && strcmp(path, "-")) {
		fd = opened = open(path,
				   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
					   O_NOCTTY,
				   0600);
		if (fd < 0)
			return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM,
						 errno, "%s", path);
	} else if (binary && isatty(fd)) {
		return ctguard_error_set(
			error, CTGUARD_EXIT_USAGE, 0,
			"this is not for terminals; say --output FILE");
	}
	return ctguard_file_write(fd, path ? path : "standard output", data,
				  size, error);
}
