#!/bin/bash
# Boots a guest in which containers try to get out, without the guard and with
# it, as the demo shows them: TAP of what breakouts.sh finds.
#
# The module is kmod/ctguard.ko or CTGUARD_KO, the kernel the stock one or
# CTGUARD_KERNEL, as `tests/vm/vm --kernel` takes it.
#
# Usage: escapes.sh [RUNTIME]...
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit

tests/vm/vm --name escapes ${CTGUARD_KERNEL:+--kernel "$CTGUARD_KERNEL"} --disk 64M --timeout 900 -- \
	env ${CTGUARD_KO:+"CTGUARD_KO=/ctguard/$CTGUARD_KO"} tests/e2e/breakouts.sh "$@" |
	awk -F '|' '{
		printf "%s %d - %s %s %s: %s, then %s, %s %s\n", $8 == "ok" ? "ok" : "not ok",
			NR, $1, $2, $3, $4, $5, $6, $7
	}'
