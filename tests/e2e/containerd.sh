#!/bin/bash
# containerd under the guard, as ctr starts containers: names of the user's
# choosing, in cgroups below /default. TAP on standard output. Runs inside the
# guest.
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

of="ctr"
bundle=/tmp/busybox

c() {
	ctr run --rm --rootfs "$@"
}
pid_of() {
	ctr task ls | awk -v name="$1" '$1 == name { print $2 }'
}
# NAME OPTION...: starts it, and sees that it is guarded and its shim is not
starts() {
	ctr run -d --rootfs "${@:2}" $bundle "$1" /bin/sleep 1000 && guarded "$(pid_of "$1")" &&
		of_host $(pgrep -f 'containerd-shim-runc-v2.* -id '"$1") && of_host $(pgrep -x containerd)
}
ends() {
	ctr task kill -s 9 "$1" && soon gone "$1" && ctr task rm "$1"; ctr container rm "$1"
}
gone() {
	ctr task ls | grep -q "^$1 .*STOPPED"
}

mkdir -p $bundle
tar -C $bundle -xf /usr/share/busybox.tar
guard_up
watch_start
pgrep -x containerd >/dev/null || it "containerd starts" containerd_up
it "run" 'c $bundle one /bin/grep default/one /proc/self/cgroup'
it "run --privileged: its own cgroup is its own" \
	'c --privileged --mount type=cgroup,src=cgroup,dst=/sys/fs/cgroup,options=rw $bundle one /bin/mkdir /sys/fs/cgroup/default/one/own'
it "run, tmpfs, own user namespace" 'c --mount type=tmpfs,dst=/t,options=mode=777 \
	--uidmap 0:200000:65536 --gidmap 0:200000:65536 $bundle one /bin/touch /t/file'
it "run --net-host" 'c --net-host $bundle one /bin/true'
it "a container is guarded, containerd and its shim are not" 'starts two'
it "exec" 'ctr task exec --exec-id other two /bin/true'
it "it ends" 'ends two'
it "--privileged in the host's PID namespace: guarded" \
	'starts three --privileged --with-ns pid:/proc/1/ns/pid && ends three'
sysctls() {
	ctr oci spec | jq '.linux.cgroupsPath = "/default/four" | .process.args = ["/bin/grep", "4096", "/proc/sys/kernel/msgmax"] | .process.terminal = false |
		.root.path = "'$bundle'" | .linux.sysctl = {"kernel.msgmax": "4096", "net.ipv4.ip_forward": "1"}' >/tmp/spec.json &&
		ctr run --rm --config /tmp/spec.json four
}
it "sysctls" sysctls
end_quietly
guard_down
echo "1..$number"
