#!/bin/bash
# Soaks the module in a guest, where a warning of the kernel ends it: see
# soak.sh. Prints TAP.
#
# The module is kmod/ctguard.ko or CTGUARD_KO, the kernel the stock one or
# CTGUARD_KERNEL, as `tests/vm/vm --kernel` takes it.
#
# Usage: run.sh [SECONDS]; default: an hour
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit

seconds=${1:-3600}
[[ $seconds =~ ^[1-9][0-9]*$ ]] || {
	echo "Usage: tests/soak/run.sh [SECONDS]" >&2
	exit 2
}
kernel=(${CTGUARD_KERNEL:+--kernel "$CTGUARD_KERNEL"})
status=0
tests/vm/vm --name soak "${kernel[@]}" --mem 3G --timeout $((seconds * 2 + 900)) -- \
	env ${CTGUARD_KO:+"CTGUARD_KO=/ctguard/$CTGUARD_KO"} tests/soak/soak.sh "$seconds" || status=$?
# Before its end it has no last line.
[ $status != 125 ] || echo "not ok - the guest came to its end"
exit $status
