/* SPDX-License-Identifier: GPL-2.0 */
/* One claim, from finding the image to telling the kernel. */
#ifndef CTGUARD_OCI_CLAIM_H
#define CTGUARD_OCI_CLAIM_H

#include <stdbool.h>

#include "../image/resolve.h"

struct ctguard_error;

/**
 * struct ctguard_claiming - what the command line says of claims
 * @how: how images are found and checked
 * @strict: what can be said of nothing is a failure, too
 * @show: print it, and tell nobody
 */
struct ctguard_claiming {
	struct ctguard_resolve how;
	bool strict;
	bool show;
};

/* Options that hook and runtime have in common; see ctguard_claim_option(). */
/* clang-format off */
#define CTGUARD_CLAIM_OPTIONS \
	{ "level", required_argument, NULL, 'l' }, \
	{ "list", required_argument, NULL, 'a' }, \
	{ "cache", required_argument, NULL, 'c' }, \
	{ "containers", required_argument, NULL, 'p' }, \
	{ "docker", required_argument, NULL, 'd' }, \
	{ "containerd", required_argument, NULL, 'n' }, \
	{ "strict", no_argument, NULL, 's' }, \
	{ "show", no_argument, NULL, 'w' }

#define CTGUARD_CLAIM_HELP \
	"  --level N         check to this level, 0 to 3, where that can be done;\n" \
	"                    2 if not given\n" \
	"  --list FILE       approved images and what their layers hold, for level 3;\n" \
	"                    /etc/ctguard/approved.list if not given\n" \
	"  --cache FILE      digests of files that did not change, for level 3;\n" \
	"                    /var/cache/ctguard/content if not given, \"\" for none\n" \
	"  --containers DIR, --docker DIR, --containerd DIR\n" \
	"                    the engine's store, where it is not in its usual place\n" \
	"  --strict          fail as well where nothing can be said or nobody asks:\n" \
	"                    of a container without an image or unknown to all\n" \
	"                    engines, of one that is not guarded, without the module\n" \
	"  --show            print what would be claimed, and claim nothing\n"
/* clang-format on */

void ctguard_claim_defaults(struct ctguard_claiming *claiming);
bool ctguard_claim_option(struct ctguard_claiming *claiming, int option,
			  const char *value);
int ctguard_claim_make(const struct ctguard_claiming *claiming,
		       struct ctguard_error *error);
void ctguard_claim_log(int priority, const char *id, const char *text);

#endif /* CTGUARD_OCI_CLAIM_H */
