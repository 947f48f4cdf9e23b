#!/bin/sh
# Prints the kernel build directory to build the module against: that of the
# running kernel, else the newest installed one; with --guest that of the
# kernel which tests boot.
if [ "${1:-}" = --guest ]; then
	release=$(cat "$(dirname "$0")/../build/guest/kernel/stock") || exit
	for build in "/lib/modules/$release/build" "/usr/src/linux-headers-$release"; do
		[ -e "$build/include/config/auto.conf" ] && echo "$build" && exit
	done
	echo "kdir.sh: the headers of the guest's kernel are missing: linux-headers-$release" >&2
	exit 1
fi

build=/lib/modules/$(uname -r)/build
if [ -e "$build/include/config/auto.conf" ]; then
	echo "$build"
	exit
fi
for build in /lib/modules/*/build /usr/src/linux-headers-[0-9]*; do
	# Debian's -common half cannot build a module by itself.
	[ -e "$build/include/config/auto.conf" ] || continue
	# Debian's include/config/kernel.release is not the kernel's release.
	echo "$(sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' "$build/include/generated/utsrelease.h") $build"
done | sort -V | tail -n 1 | cut -d ' ' -f 2-
