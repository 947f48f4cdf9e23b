#!/bin/bash
# What must go on working under the guard: the lives of ordinary and of
# privileged containers, and sandboxes that are no containers. Each is a test,
# and none of it may be denied. TAP on standard output.
# Runs inside the guest, under systemd or without.
#
# Usage: lifecycle.sh [RUNTIME]...; default: crun runc
# shellcheck disable=SC2016 # commands are expanded by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

runtimes=("$@")
[ $# -gt 0 ] || runtimes=(crun runc)

# shellcheck disable=SC2317 # run by it
p() {
	podman --runtime "$runtime" "$@"
}
# shellcheck disable=SC2317 # run by it
# What a program says in its last moment may be lost with its terminal.
in_tty() {
	script -qefc "podman --runtime $runtime $*" /dev/null
}

# Somebody of the host enters the container "work".
# shellcheck disable=SC2317 # run by it
entered() {
	local pid child
	pid=$(podman inspect -f '{{.State.Pid}}' work)
	nsenter -t "$pid" -a sh -c 'echo 400 >/proc/1/oom_score_adj && kill -CONT 1' || return
	nsenter -t "$pid" -a sleep 30 >/dev/null 2>&1 &
	soon pgrep -P $! || return
	child=$(pgrep -P $!)
	p exec work kill "$(awk '/^NSpid:/ { print $NF }' "/proc/$child/status")" && ! wait $!
}

# CLAIM COMMAND: likewise, in the container "work".
inside() {
	it "inside: $1" "p exec work sh -c '$2'"
}

mkdir -p /tmp/volume /tmp/build
printf 'FROM localhost/busybox\nRUN echo built >/built\n' >/tmp/build/Containerfile
import_image
# So that some modules that the baseline lets containers ask for are not here.
rmmod dummy veth 2>/dev/null
guard_up
watch_start

for runtime in "${runtimes[@]}"; do
	of="$manager $runtime"
	it "run" 'p run --rm busybox echo hello | grep hello'
	it "the exit status comes through" 'p run --rm busybox sh -c "exit 3"; [ $? = 3 ]'
	it "run --privileged" 'p run --rm --privileged busybox true'
	it "run detached" 'p run -d --name life --health-cmd true busybox sh -c "trap exit TERM; while :; do sleep 1; done"'
	it "exec" 'p exec life true'
	it "exec --privileged" 'p exec --privileged life true'
	it "health check" 'p healthcheck run life'
	it "copy in and out" 'p cp /etc/hostname life:/in && p cp life:/in /tmp/out && cmp /etc/hostname /tmp/out'
	it "pause, unpause" 'p pause life && p unpause life'
	it "top, logs, stats" 'p top life && p logs life && p stats --no-stream life'
	it "commit, run the copy" 'p commit -q life copy && p run --rm copy cat /in'
	it "restart" 'p restart -t 30 life && p exec life true'
	it "kill, start, stop, rm" 'p kill life && p wait life; p start life && p stop -t 30 life && p rm life'
	it "build" 'p build -q --network=none -t built /tmp/build && p run --rm built grep built /built'
	it "a build in the host's PID namespace" 'step p build -q --no-cache --network=none --pid=host -t step'
	it "a pod" 'p pod create --infra=false --name pod && p run --rm --pod pod busybox true && p pod rm -f pod'
	it "a terminal" "in_tty \"run --rm -it busybox sh -c 'tty; sleep 1'\" | grep /dev/pts"
	it "a terminal, privileged" "in_tty \"run --rm -it --privileged busybox sh -c 'tty; sleep 1'\" | grep /dev/pts"
	it "--init" 'p run --rm --init busybox true'
	it "--hostname" '[ "$(p run --rm --hostname its-name busybox hostname)" = its-name ]'
	it "--tmpfs" 'p run --rm --tmpfs /t busybox touch /t/file'
	it "--read-only" 'p run --rm --read-only busybox true'
	it "--volume" 'p run --rm -v /tmp/volume:/v busybox touch /v/file && [ -e /tmp/volume/file ]'
	it "--device" 'p run --rm --device /dev/null:/dev/device busybox sh -c "echo >/dev/device"'
	it "--sysctl of its network" 'p run --rm --sysctl net.ipv4.ip_forward=1 busybox grep 1 /proc/sys/net/ipv4/ip_forward'
	it "--sysctl of its IPC" 'p run --rm --sysctl kernel.msgmax=4096 busybox grep 4096 /proc/sys/kernel/msgmax'
	it "--sysctl of its message queues" 'p run --rm --sysctl fs.mqueue.msg_max=20 busybox grep 20 /proc/sys/fs/mqueue/msg_max'
	it "limits" 'p run --rm --memory 64m --pids-limit 50 --cpu-shares 100 --ulimit nofile=100:100 busybox true'
	it "--cap-drop, no-new-privileges" 'p run --rm --cap-drop all --security-opt no-new-privileges busybox true'
	it "--userns=auto" 'p run --rm --userns=auto busybox true'
	it "--uidmap" 'p run --rm --uidmap 0:200000:65536 busybox true'
	# crun makes its standard input, the host's /dev/null, the container's.
	chown 0:0 /dev/null
	it "--pid=host" 'p run --rm --pid=host busybox true'
	it "--ipc=host --uts=host" 'p run --rm --ipc=host --uts=host busybox true'
	it "--network=host" 'p run --rm --network=host busybox true'
	it "--cgroupns=host" 'p run --rm --cgroupns=host busybox true'
	it "--cgroups=no-conmon" 'p run --rm --cgroups=no-conmon busybox true'

	# What workloads do, with all capabilities, in one container.
	it "run --privileged, detached" 'p run -d --name work --privileged --tmpfs /t busybox sleep 1000'
	inside "the usual devices" 'head -c 9 /dev/zero >/dev/null && head -c 9 /dev/urandom >/dev/null && ls /dev/stdin'
	inside "device nodes and whiteouts" 'mknod /t/n c 1 3 && mknod /tmp/n c 1 3 && echo >/tmp/n && mknod /t/w c 0 0'
	inside "its own sysctls" 'echo 1 >/proc/sys/net/ipv4/ip_forward && echo 4096 >/proc/sys/kernel/msgmax && echo other >/proc/sys/kernel/hostname'
	inside "files of its own processes" 'echo 500 >/proc/self/oom_score_adj && echo name >/proc/self/comm && echo 500 >/proc/1/oom_score_adj'
	inside "mounts of its own" 'cd /t && mkdir l u k o && mount -t overlay own -o lowerdir=l,upperdir=u,workdir=k o && touch o/file && umount o'
	inside "cgroups of its own" 'mkdir /sys/fs/cgroup/own && echo 0 >/sys/fs/cgroup/own/cgroup.procs && grep own /proc/self/cgroup'
	inside "namespaces of its own" 'unshare -m -u -i -n -p -f --mount-proc true'
	inside "user namespaces of its own" 'unshare -U -r true'
	inside "a network device whose module was not loaded" 'ip link add d0 type dummy'
	inside "a pair of network devices" 'ip link add v0 type veth peer name v1'
	it "the host enters it, changes its tasks, and is signalled from inside" entered
	it "rm -f" 'p rm -f -t 0 work'
	if [ "$runtime" = crun ]; then
		it "--cgroups=disabled" 'p run --rm --cgroups=disabled busybox true'
	fi
	if [ $manager = systemd ]; then
		it "as a unit" 'systemd-run -q --wait -p Type=exec podman --runtime $runtime run --rm busybox true'
		it "--cgroups=split" 'systemd-run -q --wait -p Delegate=yes podman --runtime $runtime run --rm --cgroups=split busybox true'
	fi
	it "images go" 'p rmi -f copy built'
done

of=$manager
it "bubblewrap" 'bwrap --ro-bind / / --proc /proc --dev /dev --unshare-all true'
it "a user namespace" 'unshare -U -r true'
if [ $manager = systemd ]; then
	it "a service with PrivateUsers=" 'systemd-run -q --wait -p PrivateUsers=yes -p ProtectSystem=strict -p PrivateTmp=yes true'
fi
it "the host still loads modules" 'modprobe ifb && rmmod ifb'
end_quietly
guard_down
echo "1..$number"
