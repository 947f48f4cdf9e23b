# shellcheck shell=bash
# Steps that a test takes before its tests mean anything; to be sourced.

steps=0

# need WHAT COMMAND...: one line of TAP; ends when it fails, as nothing after
# means anything
need() {
	local what=$1
	shift
	steps=$((steps + 1))
	if "$@"; then
		echo "ok $steps - $what"
	else
		echo "not ok $steps - $what"
		exit 1
	fi
}

# without_warning LOG COMMAND...: what it said is told where it failed or warned
without_warning() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 || {
		sed 's/^/# /' "$log"
		return 1
	}
	! grep -E 'warning|WARNING|objtool' "$log" | sed 's/^/# /' | grep .
}
