// SPDX-License-Identifier: GPL-2.0
/* Bytes as text (RFC 4648). */
#include <openssl/evp.h>

#include "../../userspace/lib/alloc.h"
#include "base64.h"

/**
 * base64_make() - encode
 * @data: bytes, at most 1 GiB
 * @size: of @data
 * @url: by the alphabet for file names and URLs, without padding
 *
 * Return: to be freed.
 */
char *base64_make(const void *data, size_t size, bool url)
{
	char *text = ctguard_alloc_zeroed(size / 3 * 4 + 5, 1);
	int length = EVP_EncodeBlock((unsigned char *)text, data, (int)size);

	for (int i = 0; url && i < length; i++) {
		if (text[i] == '+')
			text[i] = '-';
		else if (text[i] == '/')
			text[i] = '_';
		else if (text[i] == '=')
			text[i] = '\0';
	}
	return text;
}
