#!/bin/sh
# Prints "passed failed skipped" of the TAP on standard input. Where there is no
# TAP the status is the one test; where there is, a bad status without a failed
# test is one more, and so is each planned test that never ran.
#
# Usage: tap-count.sh [STATUS]; of the command that printed it
awk -v status="${1:-0}" '
/^ok .*# SKIP/ { skipped++; next }
/^ok / { passed++ }
/^not ok / { failed++ }
/^1\.\.[0-9]+/ { planned += substr($1, 4) }
END {
	if (!passed && !failed && !skipped) {
		if (status == 0) passed = 1; else failed = 1
	} else {
		missing = planned - passed - failed - skipped
		if (missing > 0) failed += missing
		if (status != 0 && !failed) failed = 1
	}
	print passed + 0, failed + 0, skipped + 0
}'
