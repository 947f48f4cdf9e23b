/* SPDX-License-Identifier: GPL-2.0 */
/* The options of commands that do something to a host's record. */
#ifndef VERIFY_OPTIONS_H
#define VERIFY_OPTIONS_H

#include <stdbool.h>

/**
 * struct host_options - as typed
 * @state: --state
 * @host: --host
 * @reference: --reference
 * @images: --images
 * @file: --secret-file, --kernel
 * @json: --json
 */
struct host_options {
	const char *state;
	const char *host;
	const char *reference;
	const char *images;
	const char *file;
	bool json;
};

/* What host_options_read() shall take besides --state and --help. */
#define OPTION_HOST 1
#define OPTION_REFERENCE 2
#define OPTION_SECRET 4
#define OPTION_KERNEL 8
#define OPTION_JSON 16

int host_options_read(int argc, char **argv, const char *usage, int takes,
		      struct host_options *ret_options);

#endif /* VERIFY_OPTIONS_H */
