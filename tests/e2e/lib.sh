# What the scripts of tests/e2e share; sourced inside the guest, in the tree.
# shellcheck shell=bash disable=SC2034 # used by those who source it

: "${CTGUARD_KO:=kmod/ctguard.ko}"
ctl=build/ctguardctl
e2e=tests/e2e
events=/tmp/events

die() {
	echo "${0##*/}: $*" >&2
	exit 3
}

import_image() {
	podman import -q /usr/share/busybox.tar busybox >/dev/null || die "no image"
}

guard_up() {
	insmod "$CTGUARD_KO" || die "the module does not load"
	$ctl policy push policies/baseline.yaml >&2 || die "the policy is refused"
}

guard_down() {
	rmmod ctguard || die "the module does not unload"
}

# Events go to $events from here on, as JSON, a line each.
watch_start() {
	: >$events
	$ctl monitor --json >$events 2>$events.err &
	watcher=$!
	for _ in $(seq 100); do
		grep -q listening $events.err && return
		sleep 0.1
	done
	cat $events.err >&2
	die "no listener for events"
}

watch_stop() {
	# The worker hands out events a moment after the verdict.
	sleep 1
	kill "$watcher"
	wait "$watcher" || true
}

# SELECTOR: the events of denials that match it, as CPU/SEQ
denials() {
	jq -r ". as \$e | select(.kind == \"verdict\" and .verdict == \"deny\" and ($1))
		| \"\(.cpu)/\(.seq)\"" $events
}
