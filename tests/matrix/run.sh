#!/bin/bash
# ctguard on one kernel: the module built by the toolchain of the kernel's own
# release, without a warning; then, in guests of that kernel, the kselftests and
# what containers try, without the guard and with it. Prints TAP; what the table
# of the README tells is left in build/matrix/NAME/result.
#
# Usage: run.sh NAME [short]; NAME: as in the file kernels; short: the escapes
# and a part of the kselftests
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit

name=${1:?usage: run.sh NAME [short]}
length=${2:-whole}
work=build/matrix/$name
status=0
. tests/steps.sh

# As in the release's own system: nothing of this one's but the source.
# shellcheck disable=SC2016 # for the shell inside
build() {
	without_warning "$work/build.log" unshare --mount sh -c '
		mkdir -p "$1/ctguard" && mount --bind "$2" "$1/ctguard" && mount -t proc proc "$1/proc" &&
		chroot "$1" make -s -C "/usr/src/linux-headers-$3" M=/ctguard modules
	' - "$root" "$work" "$version"
}

rm -rf "$work"
scripts/module-copy.sh "$work"
read -r version root < <(tests/matrix/suite.sh "$name" 2>"$work/suite.log") || version=
need "$name: the kernel and its toolchain are there" test -n "$version"
need "$version: the module builds without a warning" build
export CTGUARD_KERNEL=$version CTGUARD_KO=$work/kmod/ctguard.ko

# What it says of itself there.
told() {
	tests/vm/vm --kernel "$version" --name "matrix-$name" --timeout 300 -- \
		sh -c "insmod $CTGUARD_KO && build/ctguardctl status --json" >"$work/status.json" &&
		[ "$(jq -r .state "$work/status.json")" = enforcing ]
}
need "$version: it loads and enforces" told
echo "1..$steps"

if [ "$length" = short ]; then
	tests/e2e/escapes.sh crun || status=1
	tests/kselftest/guests.sh short || status=1
	exit $status
fi
r=0
tests/e2e/escapes.sh >"$work/escapes.tap" || r=$?
escapes=$(scripts/tap-count.sh $r <"$work/escapes.tap")
r=0
tests/kselftest/guests.sh >"$work/kselftest.tap" 2>&1 || r=$?
kselftest=$(scripts/tap-count.sh $r <"$work/kselftest.tap")
cat "$work/escapes.tap" "$work/kselftest.tap"
compiler=$(chroot "$root" gcc -dumpfullversion)
hooks=$(jq -r '[.hooks[] | select(.state != "absent")] | length' "$work/status.json")
open=$(jq -r '.open | join(" ")' "$work/status.json")
echo "$version|$(basename "$root")|gcc $compiler|$hooks|${open:-none}|$kselftest|$escapes" >"$work/result"
[[ "$kselftest $escapes" =~ ^[0-9]+\ 0\ [0-9]+\ [0-9]+\ 0\  ]]
