#!/bin/bash
# Runs the kselftest programs as root, on any host but made for a guest, and
# passes their TAP on. Ends with 1 when one failed.
#
# The module is kmod/ctguard.ko or CTGUARD_KO; it is unloaded and loaded again
# meanwhile, and left as it was found. A disk with an ext4 that has a file
# "secret" is /dev/vdb or CTGUARD_DISK.
#
# A kernel that looks for leaks (kmemleak) is asked before the module is unloaded
# and once more after it, and what it found is a failure; as it names what was
# allocated by whom, that of others counts, too.
#
# Usage: run.sh [PROGRAM]...; default: all
set -uo pipefail

cd "$(dirname "$(readlink -f "$0")")/../.." || exit
export CTGUARD_KO=${CTGUARD_KO:-$PWD/kmod/ctguard.ko}
export CTGUARD_DISK=${CTGUARD_DISK:-/dev/vdb}
all=(modules devices mounts hostcode descriptors uring pseudofs kernel tasks sharing identity policy
	events netlink images measure tpm attach)

kmemleak=/sys/kernel/debug/kmemleak
# What was found before is not the module's. It takes two scans to believe it.
forget_leaks() {
	[ ! -e $kmemleak ] || echo clear >$kmemleak
}
# WHEN: one test.
find_leaks() {
	[ -e $kmemleak ] || return 0
	sleep 6 # younger ones do not count
	if ! echo scan >$kmemleak || ! echo scan >$kmemleak; then
		echo "not ok - leaks are looked for, $1"
		return 1
	fi
	# The file's size tells nothing.
	if grep . $kmemleak >/tmp/leaks; then
		sed 's/^/# /' /tmp/leaks
		echo "not ok - nothing leaked, $1"
		return 1
	fi
	echo "ok - nothing leaked, $1"
}

names=("$@")
[ $# -gt 0 ] || names=("${all[@]}")
forget_leaks
was_loaded=$(test -e /sys/module/ctguard && echo yes)
[ -n "$was_loaded" ] || insmod "$CTGUARD_KO" || exit
status=0
for name in "${names[@]}"; do
	echo "# $name"
	start=$SECONDS
	if [ ! -x "build/kselftest/$name" ]; then
		echo "1..1"
		echo "not ok 1 $name is not built: make setup, make tests"
		status=1
		continue
	fi
	"build/kselftest/$name" || status=1
	echo "# $name took $((SECONDS - start)) s"
done
find_leaks "with the module" || status=1
if [ -z "$was_loaded" ] && [ -e /sys/module/ctguard ]; then
	rmmod ctguard || status=1
	find_leaks "after the module" || status=1
fi
exit $status
