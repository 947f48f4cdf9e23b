#!/bin/bash
# --device of a device that the baseline lacks: the container starts, the
# device does not open, the event has the line that the policy lacks, and with
# that line it opens. TAP on standard output. Runs inside the guest.
#
# Usage: devices.sh [ENGINE]...; default: podman docker
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

engines=("$@")
[ $# -gt 0 ] || engines=(podman docker)
text=/tmp/monitor
told=/tmp/line

# The kernel itself asks for a capability where it keeps its log for root.
starts() {
	"$engine" run -d --userns=host --cap-add SYSLOG --name lacks --device "$device" busybox sleep 1000
}
opens() {
	"$engine" exec lacks sh -c "true <$device"
}
# Denied, and monitor tells the line.
denied() {
	local monitor status
	: >$text
	$ctl monitor --count 1 --timeout 60 >$text 2>$text.err &
	monitor=$!
	soon grep -q listening $text.err || return
	opens
	status=$?
	wait $monitor && cat $text && [ $status != 0 ] &&
		sed -n 's/.*(to allow: devices.allow: \(".*"\))$/\1/p' $text >$told && [ "$(cat $told)" = "$1" ]
}
# The baseline with the line that monitor told.
pushes() {
	local line
	line=$(cat $told)
	[ -n "$line" ] && sed "/^  baseline:/,/pseudofs:/ s/^      allow:$/&\n        - $line/" policies/baseline.yaml >/tmp/with.yaml &&
		$ctl policy push /tmp/with.yaml
}

modprobe loop
import_image
guard_up
for engine in "${engines[@]}"; do
	[ "$engine" = podman ] || docker image inspect busybox >/dev/null 2>&1 ||
		docker import /usr/share/busybox.tar busybox >/dev/null || die "no image"
	for device in /dev/loop0 /dev/kmsg; do
		of="$engine --device $device"
		rm -f $told
		case $device in
		/dev/loop0) want='"b 7:0 r"' ;;
		/dev/kmsg) want='"c 1:11 r"' ;;
		esac
		it "the container starts" starts
		it "it does not open; the event has the line of the policy" 'denied "$want"'
		it "with that line it opens in the same container" 'pushes && opens'
		it "and no longer without" '$ctl policy push policies/baseline.yaml && ! opens'
		it "the container ends" '"$engine" rm -f lacks'
	done
done
guard_down
echo "1..$number"
