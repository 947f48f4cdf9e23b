// SPDX-License-Identifier: GPL-2.0
/*
 * What an image's layers hold, as one digest: the same of an archive and of a
 * directory that it was unpacked to.
 *
 *   entry := SHA-256 of  type, mode, uid, gid, major, minor, opaque,
 *			  xattrs in order of their names, then the content's
 *			  size and SHA-256, or the target of a link
 *   leaf  := SHA-256 of  path, NUL, entry
 *   layer := SHA-256 of  "ctguard-layer-v1" NUL, count, leaves in the order
 *			  of their paths' bytes
 *   image := SHA-256 of  "ctguard-content-v1" NUL, count, then diff_id and
 *			  layer of each, bottom first
 *
 * Numbers are 64 bits in big endian. Times do not count, nor does which paths
 * are links of one file, nor the layer's root but for its being opaque: an
 * archive need not say. Of extended attributes count "security.capability" and
 * "user.*", which archives bring; those of overlayfs say whiteouts and opacity.
 */
#include <endian.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/error.h"
#include "content.h"
#include "image.h"

static const char layer_magic[] = "ctguard-layer-v1";
static const char image_magic[] = "ctguard-content-v1";

static bool put(EVP_MD_CTX *hash, const void *bytes, size_t size)
{
	return EVP_DigestUpdate(hash, bytes, size);
}

static bool put_u64(EVP_MD_CTX *hash, uint64_t value)
{
	value = htobe64(value);
	return put(hash, &value, sizeof(value));
}

static bool put_bytes(EVP_MD_CTX *hash, const void *bytes, size_t size)
{
	return put_u64(hash, size) && put(hash, bytes, size);
}

static int broken(struct ctguard_error *error)
{
	return ctguard_error_set(error, CTGUARD_EXIT_SYSTEM, 0,
				 "libcrypto has no sha256");
}

/** ctguard_content_counts() - whether an extended attribute is content */
bool ctguard_content_counts(const char *xattr)
{
	if (!strcmp(xattr, "security.capability"))
		return true;
	return !strncmp(xattr, "user.", 5) &&
	       strncmp(xattr, "user.overlay.", 13) &&
	       strncmp(xattr, "user.containers.", 16);
}

static int compare_xattrs(const void *a, const void *b)
{
	const struct ctguard_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static bool put_entry(EVP_MD_CTX *hash, const struct ctguard_entry *entry)
{
	bool good = put_u64(hash, entry->mode & S_IFMT) &&
		    put_u64(hash, entry->mode & 07777) &&
		    put_u64(hash, entry->uid) && put_u64(hash, entry->gid) &&
		    put_u64(hash, entry->major) &&
		    put_u64(hash, entry->minor) &&
		    put_u64(hash, entry->opaque) &&
		    put_u64(hash, entry->xattr_count);

	for (size_t i = 0; good && i < entry->xattr_count; i++)
		good = put_bytes(hash, entry->xattrs[i].name,
				 strlen(entry->xattrs[i].name)) &&
		       put_bytes(hash, entry->xattrs[i].value,
				 entry->xattrs[i].size);
	if (S_ISREG(entry->mode))
		good = good && put_u64(hash, entry->size) &&
		       put(hash, entry->content, sizeof(entry->content));
	if (S_ISLNK(entry->mode))
		good = good &&
		       put_bytes(hash, entry->target, strlen(entry->target));
	return good;
}

/**
 * ctguard_content_entry() - the digest of an entry
 * @entry: its attributes are put in order
 * @ret_digest: of it
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_content_entry(struct ctguard_entry *entry,
			  uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			  struct ctguard_error *error)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool good;

	if (entry->xattr_count)
		qsort(entry->xattrs, entry->xattr_count, sizeof(*entry->xattrs),
		      compare_xattrs);
	/* What a link may do is not its own mode, which nobody can choose. */
	if (S_ISLNK(entry->mode))
		entry->mode = S_IFLNK | 0777;
	good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) &&
	       put_entry(hash, entry) &&
	       EVP_DigestFinal_ex(hash, ret_digest, NULL);
	EVP_MD_CTX_free(hash);
	return good ? 0 : broken(error);
}

/** ctguard_content_entry_clear() - free what it holds */
void ctguard_content_entry_clear(struct ctguard_entry *entry)
{
	for (size_t i = 0; i < entry->xattr_count; i++) {
		free(entry->xattrs[i].name);
		free(entry->xattrs[i].value);
	}
	free(entry->xattrs);
	free(entry->target);
	memset(entry, 0, sizeof(*entry));
}

static int compare_leaves(const void *a, const void *b)
{
	const struct ctguard_leaf *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/**
 * ctguard_content_layer() - the digest of a layer
 * @leaves: each path once; put in order
 * @count: of those
 * @ret_digest: of it
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_content_layer(struct ctguard_leaf *leaves, size_t count,
			  uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			  struct ctguard_error *error)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool good;

	if (count)
		qsort(leaves, count, sizeof(*leaves), compare_leaves);
	good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) &&
	       put(hash, layer_magic, sizeof(layer_magic)) &&
	       put_u64(hash, count);
	for (size_t i = 0; good && i < count; i++)
		good = put(hash, leaves[i].path, strlen(leaves[i].path) + 1) &&
		       put(hash, leaves[i].digest, sizeof(leaves[i].digest));
	good = good && EVP_DigestFinal_ex(hash, ret_digest, NULL);
	EVP_MD_CTX_free(hash);
	return good ? 0 : broken(error);
}

/**
 * ctguard_content_image() - the digest of an image
 * @image: its layers
 * @layers: the digest of each
 * @ret_digest: of all
 * @error: set on failure
 *
 * Return: 0 or -1.
 */
int ctguard_content_image(const struct ctguard_measured *image,
			  const uint8_t (*layers)[CTGUARD_DIGEST_SIZE],
			  uint8_t ret_digest[CTGUARD_DIGEST_SIZE],
			  struct ctguard_error *error)
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	bool good = hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) &&
		    put(hash, image_magic, sizeof(image_magic)) &&
		    put_u64(hash, image->layer_count);

	for (size_t i = 0; good && i < image->layer_count; i++)
		good = put(hash, image->layers[i].diff_id,
			   CTGUARD_DIGEST_SIZE) &&
		       put(hash, layers[i], CTGUARD_DIGEST_SIZE);
	good = good && EVP_DigestFinal_ex(hash, ret_digest, NULL);
	EVP_MD_CTX_free(hash);
	return good ? 0 : broken(error);
}
