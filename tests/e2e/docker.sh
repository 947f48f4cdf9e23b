#!/bin/bash
# Docker under the guard: a daemon that is the host's, containers that are
# guarded, and nothing denied. Under systemd the host has loaded nothing for its
# networks before; without it the daemon remaps users.
# TAP on standard output. Runs inside the guest, under systemd or without.
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

of="docker, $manager"
remap=()
unmapped=()
if [ $manager = cgroupfs ]; then
	remap=(--userns-remap=user:user)
	# What shares a namespace with the host cannot be remapped.
	unmapped=(--userns=host)
fi

# OPTION... IMAGE COMMAND...
d() {
	docker run --rm "$@"
}
# Likewise, as the host's users.
h() {
	docker run --rm "${unmapped[@]}" "$@"
}
pid_of() {
	docker inspect -f '{{.State.Pid}}' "$1"
}
restarted() {
	[ "$(docker inspect -f '{{.RestartCount}}' again)" -ge 1 ]
}

guard_up
watch_start
[ $manager = cgroupfs ] || it "the host has loaded nothing for networks" no_networks
it "the daemon starts" 'docker_up "${remap[@]}"'
it "it has loaded what it needs" '[ -e /sys/module/bridge ] && [ -e /sys/module/nf_tables ] && ip link show docker0'
it "import" 'docker import /usr/share/busybox.tar busybox'
it "a published port" 'docker run -d -p 8080:80 --name web busybox sh -c "echo works >/index.html; exec httpd -f -h / -p 80" &&
	soon sh -c "busybox wget -qO- http://127.0.0.1:8080/ | grep works"'
it "its container is guarded" 'guarded "$(pid_of web)"'
it "the daemon, containerd, its shim and the proxy are not" \
	'of_host $(pgrep -x dockerd) && of_host $(pgrep -x containerd) && of_host $(pgrep -f containerd-shim-runc-v2) && of_host $(pgrep -x docker-proxy)'
it "its container is in the list" '$ctl containers | grep "$(docker inspect -f "{{.Id}}" web)"'
it "exec" 'docker exec web true'
it "exec --privileged" 'docker exec --privileged web true'
it "rm -f" 'docker rm -f web'
it "--privileged" 'h --privileged busybox true'
it "--privileged, all of the host's namespaces" \
	'h --privileged --pid=host --net=host --ipc=host --uts=host --cgroupns=host busybox true'
it "--pid=host, as the baseline has it" 'docker run -d --pid=host "${unmapped[@]}" --name host busybox sleep 1000 &&
	guarded "$(pid_of host)" && docker rm -f host'
it "--sysctl, --tmpfs, --read-only, --init" 'd --read-only --tmpfs /t --init --sysctl net.ipv4.ip_forward=1 \
	--sysctl kernel.msgmax=4096 busybox sh -c "touch /t/file && grep 4096 /proc/sys/kernel/msgmax"'
if [ $manager = cgroupfs ]; then
	it "--net=host" 'h --net=host busybox true'
	it "its users are remapped" 'd busybox grep " 2000000 " /proc/self/uid_map'
	it "device nodes" 'h busybox sh -c "mknod /n c 1 3 && echo >/n"'
	mkdir -p /tmp/build
	printf 'FROM busybox\nRUN echo built >/built\n' >/tmp/build/Dockerfile
	it "build" 'DOCKER_BUILDKIT=0 docker build -t built /tmp/build && d built grep built /built'
	it "a step of it" 'DOCKER_BUILDKIT=0 step docker build --no-cache -t step'
	it "a step of BuildKit's" 'DOCKER_BUILDKIT=1 step docker build --no-cache -t step'
	it "restart policy" 'docker run -d --restart=always --name again busybox sleep 1 && soon restarted && docker rm -f again'
else
	it "build with BuildKit" 'mkdir -p /tmp/build && printf "FROM busybox\nRUN echo built >/built\n" >/tmp/build/Dockerfile &&
		DOCKER_BUILDKIT=1 docker build -t built /tmp/build'
	it "a step of it" 'DOCKER_BUILDKIT=1 step docker build --no-cache -t step'
fi
end_quietly
guard_down
echo "1..$number"
