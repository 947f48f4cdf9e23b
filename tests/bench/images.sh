#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Measures what it takes to say of what image a container is, before it starts:
# whole processes of ctguard-oci by level, with content hashed and from the
# cache, for an image of 10,000 files; and the bytes that level 3 hashes in a
# second beside OpenSSL's on as many cores. Prints a table, and each goal as a
# test (TAP). Exit status: 1 when one is not met.
#
# Usage: images.sh [TIMES]; as root, for a store of podman's
# shellcheck disable=SC2034,SC2016 # read by store.sh; for the shell of split
set -eEuo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

times=${1:-11}
ctl=$PWD/build/ctguardctl oci=$PWD/build/ctguard-oci
tmp=$(mktemp -d "$PWD/build/bench-images.XXXXXX")
list=$tmp/approved.list
# shellcheck source=tests/unit/store.sh
. tests/unit/store.sh
trap store_end EXIT
trap 'echo "bench: line $LINENO ended with $?: $BASH_COMMAND" >&2' ERR

die() {
	echo "bench: $*" >&2
	exit 1
}
# NAME FILES SIZE: an image of so many files of SIZE bytes in 100 directories
make_image() {
	local i
	rm -rf "$tmp/tree"
	for ((i = 0; i < 100; i++)); do
		mkdir -p "$tmp/tree/$i"
	done
	head -c $(($2 * $3)) /dev/urandom |
		(cd "$tmp/tree" && split -a 5 -d -b "$3" --filter='d=${FILE#x???}; cat >"${d#0}/$FILE"')
	tar -C "$tmp/tree" -cf "$tmp/image.tar" .
	rm -rf "$tmp/tree"
	p import -q "$tmp/image.tar" "$1" >/dev/null
	rm "$tmp/image.tar"
	"$ctl" image approve --list "$list" --root "$tmp/root" "containers-storage:$1" >/dev/null
}

# NAME COMMAND...: a row of its microseconds
timed() {
	local start=${EPOCHREALTIME/./}
	"${@:2}" >/dev/null
	echo "$1 $((${EPOCHREALTIME/./} - start))" >>"$tmp/times"
}
# The bytes of its layers, by OpenSSL
openssl_files() {
	find "$diff" -type f -print0 | xargs -0 -n "$((files / cores + 1))" -P "$cores" openssl dgst -sha256
}
level() {
	hook "$id" --level "$1" --cache "${2-}"
}

cores=$(nproc)
rows=$tmp/rows
: >"$rows"
# Few large files, and many small ones.
for image in "large 16 8388608" "small 10000 8192"; do
	read -r name files size <<<"$image"
	make_image "$name" "$files" "$size"
	id=$(p create "$name" x)
	store_enter "$id"
	diff=$(p inspect --type image -f '{{.GraphDriver.Data.UpperDir}}' "$name")
	[ "$(find "$diff" -type f | wc -l)" = "$files" ] || die "$diff does not hold $files files"
	echo "$name bytes $((files * size))" >>"$rows"
	for l in 1 2 3; do
		level $l | grep -x "level: $l" >/dev/null || die "$name: level $l is not reached"
	done
	sleep 2.1
	level 3 "$tmp/cache" >/dev/null
	: >"$tmp/times"
	for ((i = 0; i < times; i++)); do
		for l in 1 2 3; do
			timed level-$l level $l
		done
		timed openssl openssl_files
		timed cached level 3 "$tmp/cache"
	done
	for what in level-1 level-2 level-3 openssl cached; do
		echo "$name $what $(sed -n "s/^$what //p" "$tmp/times" | sort -n | sed -n "$((times / 2 + 1))p")" >>"$rows"
	done
	store_leave
	p rm -f "$id" >/dev/null
done

awk -v cores="$cores" '
{ n[$1, $2] = $3 }
function test(met, what) {
	tests = tests sprintf("%s %d - %s\n", met ? "ok" : "not ok", ++claims, what)
	failed += !met
}
function row(what, key) {
	printf "%-44s %12.1f ms %12.1f ms\n", what, n["large", key] / 1000, n["small", key] / 1000
}
END {
	printf "whole processes, medians; an image of            16 x 8 MiB   10000 x 8 KiB\n"
	row("level 1, the config and manifest", "level-1")
	row("level 2, the layers mounted", "level-2")
	row("level 3, what they hold, hashed", "level-3")
	row("level 3, from the cache", "cached")
	row("openssl dgst -sha256, " cores " at once", "openssl")
	ratio = n["large", "openssl"] / n["large", "level-3"]
	printf "bytes a second of level 3: %.0f million, %.2f of those of openssl\n", n["large", "bytes"] / n["large", "level-3"], ratio
	printf "goal 0.9 of openssl: %s\n", (ratio >= 0.9 ? "met" : "NOT met")
	printf "10,000 files from the cache: goal 50 ms, %s\n", (n["small", "cached"] < 50000 ? "met" : "NOT met")
	# Wall time: another load of the machine is not a fault.
	test(ratio >= 0.7, "level 3 hashes at least three quarters of the goal, 0.9 of what openssl hashes")
	test(n["small", "cached"] < 150000, "10,000 files from the cache take less than three times 50 ms")
	printf "%s1..%d\n", tests, claims
	exit failed != 0
}' "$rows" || exit
