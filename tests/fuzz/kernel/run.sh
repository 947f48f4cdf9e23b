#!/bin/bash
# Fuzzes the loaded module in a guest, guided by what of it is reached; see
# netlink_fuzz.c. Prints TAP. What is worth keeping stays in
# build/fuzz/kernel/corpus; the input that a guest ended with is in
# build/vm/fuzz-kernel/out/last.
#
# The module is kmod/ctguard.ko or CTGUARD_KO, built with KCOV_INSTRUMENT=y for
# the kernel CTGUARD_KERNEL, as tests/debug/kernel.sh builds one.
#
# Usage: run.sh [SECONDS]; default: 300
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../../.." || exit

seconds=${1:-300}
fuzzer=build/fuzz/kernel/netlink_fuzz
corpus=build/fuzz/kernel/corpus
out=build/vm/fuzz-kernel/out
log=build/fuzz/kernel/log
make --no-print-directory -s $fuzzer build/fuzz/seeds >/dev/null 2>&1 || {
	echo "not ok - the fuzzer is built"
	exit 1
}
mkdir -p $corpus

# Runs in the guest. The policies come as the tool compiles them, and the tree
# is read-only there.
# shellcheck disable=SC2016 # for the guest's shell
inside='
	mkdir -p /tmp/corpus /tmp/seeds
	cp "$2"/* /tmp/corpus/ 2>/dev/null
	for policy in build/fuzz/seeds/*.bin; do
		{ printf P; cat "$policy"; } >"/tmp/seeds/${policy##*/}"
	done
	insmod "$4" || exit
	CTGUARD_SEEDS=/tmp/seeds CTGUARD_LAST=/out/last "$1" -runs=0 /tmp/seeds || exit
	CTGUARD_LAST=/out/last "$1" -max_total_time="$3" -timeout=60 -max_len=65536 -print_final_stats=1 \
		-artifact_prefix=/out/ /tmp/corpus /tmp/seeds
	status=$?
	mkdir -p /out/corpus && cp /tmp/corpus/* /out/corpus/
	rmmod ctguard && exit $status
'
status=0
tests/vm/vm --name fuzz-kernel ${CTGUARD_KERNEL:+--kernel "$CTGUARD_KERNEL"} --timeout $((seconds + 900)) -- \
	bash -c "$inside" - "$fuzzer" "$corpus" "$seconds" "${CTGUARD_KO:-kmod/ctguard.ko}" >$log 2>&1 || status=$?
inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' $log | tail -n 1)
places=$(sed -n 's/^places: //p' $log | tail -n 1)
if [ $status = 0 ] && [ "${inputs:-0}" -gt 0 ] && [ "${places:-0}" -gt 500 ]; then
	cp $out/corpus/* $corpus/
	echo "ok - the family and policies: $inputs inputs, $places places of the module reached"
else
	echo "not ok - the family and policies: status $status, ${inputs:-no} inputs, ${places:-no} places reached"
	tail -n 40 $log | sed 's/^/# /'
	exit 1
fi
