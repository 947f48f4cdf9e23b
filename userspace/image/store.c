// SPDX-License-Identifier: GPL-2.0
/* Where engines keep images and containers: the table, and what they share. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/error.h"
#include "../lib/file.h"
#include "store.h"

const struct ctguard_engine ctguard_engines[CTGUARD_ENGINES] = {
	{ "podman, CRI-O", "containers-storage:", ctguard_containers_container,
	  ctguard_containers_image },
	{ "docker", "docker:", ctguard_docker_container, ctguard_docker_image },
	{ "containerd", "containerd:", ctguard_containerd_container,
	  ctguard_containerd_image },
};

/** ctguard_store_is_hex() - whether it is 64 lower-case hexadecimal digits */
bool ctguard_store_is_hex(const char *text)
{
	return strspn(text, "0123456789abcdef") == 2 * CTGUARD_DIGEST_SIZE &&
	       !text[2 * CTGUARD_DIGEST_SIZE];
}

/** ctguard_store_is_name() - whether it can be one component of a path */
bool ctguard_store_is_name(const char *text)
{
	return *text && strlen(text) <= 255 && !strchr(text, '/') &&
	       strcmp(text, ".") && strcmp(text, "..");
}

/** ctguard_store_exists() - whether there is something at @path */
bool ctguard_store_exists(const char *path)
{
	return !access(path, F_OK);
}

/**
 * ctguard_store_text() - the line that a small file holds
 * @path: of the file
 * @ret: the line, to be freed
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_store_text(const char *path, char **ret,
		       struct ctguard_error *error)
{
	CTGUARD_FREE char *data = NULL;
	size_t size;

	if (ctguard_file_read(path, 4096, &data, &size, error) < 0)
		return -1;
	data[strcspn(data, "\n")] = '\0';
	*ret = data;
	data = NULL;
	return 0;
}
