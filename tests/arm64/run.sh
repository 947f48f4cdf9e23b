#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ctguard on an arm64 kernel: the module, the tools and the tests built by a
# cross compiler; then, in guests of an emulated arm64 machine, that the module
# enforces, and kselftests. Prints TAP; what only x86 can do is skipped by name.
# As root.
#
# Usage: run.sh NAME [PROGRAM]...; NAME: as in the file kernels; PROGRAM: of
# tests/kselftest, instead of those that tell of the hooks
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit

name=${1:?usage: run.sh NAME [PROGRAM]...}
shift
programs=("$@")
[ $# -gt 0 ] || programs=(modules devices pseudofs kernel tasks policy)
work=build/arm64
module=$work/build/module.$name
root=$PWD/$work/root
. tests/steps.sh

# Against the arm64 headers, with this architecture's programs where they run.
# shellcheck disable=SC2016 # for the shell inside
build() {
	without_warning "$module/build.log" unshare --mount sh -c '
		if [ "$1" != / ]; then
			mkdir -p "$1/ctguard" && mount --bind "$4" "$1/ctguard" && mount -t proc proc "$1/proc" || exit
		else
			mount -t tmpfs tmpfs /mnt && mkdir /mnt/ctguard && mount --bind "$4" /mnt/ctguard || exit
			set -- / "$2" "$3" "$4" /mnt
		fi
		mount --bind "$2" "$1/usr/src" && exec chroot "$1" make -s -C "/usr/src/linux-headers-$3" \
			M="$5/ctguard" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- modules
	' - "$build_root" "$PWD/$work/$name/headers/usr/src" "$version" "$PWD/$module" ""
}

# The tools and tests as ever, of another architecture.
build_tools() {
	local targets=("${programs[@]/#/$work/build/kselftest/}") log=$work/tools.log
	mkdir -p $work/build/kselftest
	cp -u build/kselftest/*.h $work/build/kselftest/
	PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_LIBDIR=$root/usr/lib/aarch64-linux-gnu/pkgconfig:$root/usr/share/pkgconfig \
		make --no-print-directory -s BUILD=$work/build CC="aarch64-linux-gnu-gcc --sysroot=$root" \
		$work/build/ctguardctl "${targets[@]}" >$log 2>&1 || {
		tail -n 20 $log | sed 's/^/# /'
		return 1
	}
}

# OPTION... -- COMMAND: in a guest that sees what was built for it where it looks
guest() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	tests/vm/vm --arm64 --kernel "$work/$name/kernel" --name "arm64-$name" "${options[@]}" -- \
		env "CTGUARD_KO=/ctguard/build/module.$name/kmod/ctguard.ko" \
		sh -c "mount --bind $work/build build && exec \"\$@\"" - "$@"
}

# What it says of itself there.
told() {
	guest --timeout 300 -- sh -c "insmod \"\$CTGUARD_KO\" && build/ctguardctl status --json" >"$module/status.json" &&
		[ "$(jq -r .state "$module/status.json")" = enforcing ] &&
		jq -r '.hooks | group_by(.state) | map("# \(length) hooks are \(.[0].state)") | .[]' "$module/status.json"
}

scripts/module-copy.sh "$module"
read -r version build_root < <(tests/arm64/setup.sh "$name" 2>"$module/setup.log") || version=
[ -n "$version" ] || tail -n 3 "$module/setup.log" | sed 's/^/# /'
need "$name: the kernel and its toolchain are there" test -n "$version"
need "$version: the module builds without a warning" build
need "$version: the tools and tests build" build_tools
need "$version: it loads and enforces" told
echo "1..$steps"
guest --disk 64M --timeout 2400 -- tests/kselftest/run.sh "${programs[@]}"
