#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One version: include/version.h has it, the rest agrees.
set -u

cd "$(dirname "$0")/../.." || exit 1
version=$(sed -n 's/^#define CTGUARD_VERSION "\(.*\)"/\1/p' include/version.h)
number=0 failed=0

is() { # what, its version
	number=$((number + 1))
	if [ -n "$version" ] && [ "$2" = "$version" ]; then
		echo "ok $number - $1 is of version $version"
	else
		echo "not ok $number - $1 is of version $version"
		echo "# it says '$2'"
		failed=1
	fi
}

# As dkms reads it.
# shellcheck source=/dev/null
is dkms.conf "$(. ./dkms.conf && echo "$PACKAGE_VERSION")"
is 'the newest news' "$(sed -n 's/^## //p' NEWS.md | head -n 1)"
is ctguardctl "$(build/ctguardctl version | sed -n 's/^ctguardctl \([^,]*\),.*/\1/p')"
if [ -e kmod/ctguard.ko ]; then
	is 'the module' "$(PATH=$PATH:/sbin:/usr/sbin modinfo -F version kmod/ctguard.ko)"
fi
echo "1..$number"
exit $failed
