#!/bin/bash
# The policies that are examples: each is put in force, and containers do what
# it is for and what it is against. TAP on standard output. Runs inside the
# guest, under systemd.
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

push() {
	of=policies/$1.yaml
	it "is put in force" "$ctl policy push policies/$1.yaml"
}
run() {
	podman run --rm -v /tmp/image:/image "$@"
}
# SELECTOR: a denial like that was reported
reported() {
	soon grep -q . <(denials "$1")
}
# VERDICT OPERATION OBJECT...: of the container "asked"
answers() {
	local pid answer
	pid=$(podman inspect -f '{{.State.Pid}}' asked)
	answer=$($ctl explain --json "$pid" "${@:2}")
	echo "$answer"
	jq -e --arg verdict "$1" '.verdict == $verdict' <<<"$answer"
}
# OPTION...: a container to be asked about
asked() {
	podman run -d --name asked "$@" busybox sleep 1000
}
forget() {
	podman rm -f -t 0 asked
}

# In the container: the image of a disk, mounted as builds do.
image='mkdir /tmp/m && mount -t ext4 -o loop /image /tmp/m && touch /tmp/m/file && umount /tmp/m'
pattern='echo "|/bin/owned" >/proc/sys/kernel/core_pattern'

import_image
modprobe -a loop ext4
truncate -s 4M /tmp/image
mke2fs -q -t ext4 /tmp/image
guard_up
watch_start

push strict
it "an ordinary container runs" 'run busybox echo hello | grep hello'
it "and has its own sysctls, tmpfs and devices" \
	'run --sysctl net.ipv4.ip_forward=1 --tmpfs /t busybox sh -c "touch /t/f && head -c 9 /dev/urandom >/dev/null"'
it "nothing of it was denied" '[ -z "$(denials true)" ]'
it "a device that loads a module is refused" '! run --privileged busybox ip link add d0 type dummy && reported ".operation == \"module-autoload\""'
it "a mount of its own is refused" '! run --privileged busybox mount -t overlay -o lowerdir=/bin:/etc none /mnt &&
	reported ".operation == \"filesystem-mount\" or .operation == \"module-autoload\""'

push gpu
it "a container of gpu.slice" 'asked --cgroup-parent gpu.slice'
it "opens render nodes" 'answers allow device-open "c 226:128 rw"'
it "but no disk" 'answers deny device-open "b 8:0 rw"'
it "nor what a driver has that is not loaded" 'answers deny device-open "c 195:0 rw"'
it "it goes" forget
it "a container elsewhere" asked
it "opens no render node" 'answers deny device-open "c 226:128 rw"'
it "it goes, too" forget

push ci-builder
it "a job of images.slice builds an image" 'run --privileged --cgroup-parent images.slice busybox sh -c "$image"'
it "one elsewhere does not" '! run --privileged busybox sh -c "$image" && reported ".operation == \"device-open\""'
it "neither changes a sysctl of the host" '! run --privileged --cgroup-parent images.slice busybox sh -c "$pattern" &&
	reported ".object == \"/sys/kernel/core_pattern\""'

before=$(cat /proc/sys/kernel/core_pattern)
push kubernetes
it "complains only" '$ctl status --json | jq -e ".mode == \"complain\""'
it "what would be denied is done" 'run --privileged busybox sh -c "$pattern"'
echo "$before" >/proc/sys/kernel/core_pattern
it "and reported" 'soon grep -q complain <(jq -r "select(.object == \"/sys/kernel/core_pattern\") | .verdict" $events)'
slice=kubepods-besteffort-pod00000000_0000_0000_0000_000000000001.slice
it "a pod that is bound to kube-proxy" 'asked --privileged --network=host --cgroup-parent $slice'
it "sets the host's sysctls of connection tracking" 'answers allow pseudofs-write proc:/sys/net/netfilter/nf_conntrack_max'
it "it goes" forget

watch_stop
guard_down
echo "1..$number"
