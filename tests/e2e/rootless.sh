#!/bin/bash
# An ordinary user's containers and sandboxes under the guard: podman with its
# user namespace, in the user's own systemd; unshare and bubblewrap.
# TAP on standard output. Runs inside the guest, under systemd.
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

of="rootless"
run=/run/user/1000

# COMMAND...: by the user, in a unit of the user's, which conmon outlives.
as_user() {
	env XDG_RUNTIME_DIR=$run DBUS_SESSION_BUS_ADDRESS=unix:path=$run/bus setpriv --reuid 1000 --regid 1000 --clear-groups \
		systemd-run --user --quiet --pipe --wait -p KillMode=process -p WorkingDirectory=/home/user "$@"
}
u() {
	as_user podman "$@"
}
# The task of the container "who", and what podman keeps for it.
who_is_who() {
	guarded "$(pgrep -u 1000 -x sleep)" &&
		judged "$(pgrep -u 1000 -x catatonit)" '.guarded and .profile == "sandbox"' &&
		of_host "$(pgrep -u 1000 -x systemd)" || return
	# conmon lives in podman's user namespace, which marks it like a sandbox.
	judged "$(pgrep -u 1000 -x conmon)" '.guarded == false or .profile == "sandbox"'
}

mount -t tmpfs -o uid=1000,gid=1000,mode=755 home /home/user
guard_up
watch_start
it "the user's systemd starts" 'loginctl enable-linger user && soon test -S $run/bus'
it "import" 'u import -q /usr/share/busybox.tar busybox'
it "run, with slirp4netns" 'u run --rm --net=slirp4netns busybox ip link show tap0'
it "run, with fuse-overlayfs" 'u --storage-opt overlay.mount_program=/usr/bin/fuse-overlayfs run --rm busybox true'
it "run --privileged" 'u run --rm --privileged busybox true'
it "--pid=host --net=host" 'u run --rm --pid=host --net=host busybox true'
it "--sysctl, --tmpfs, --userns=keep-id" \
	'u run --rm --userns=keep-id --tmpfs /t --sysctl kernel.msgmax=4096 busybox grep 4096 /proc/sys/kernel/msgmax'
it "--uidmap" 'u run --rm --uidmap 0:1:100 busybox true'
it "the other runtime" 'u --runtime runc run --rm busybox true'
it "the other cgroup manager" 'u --cgroup-manager cgroupfs run --rm busybox true'
it "run detached" 'u run -d --name who busybox sleep 1000'
it "the container is guarded, what podman keeps is at most a sandbox" who_is_who
it "exec" 'u exec who true'
it "rm" 'u rm -f -t 0 who'
it "unshare" 'as_user unshare -Urpf --mount-proc sh -c "mount -t tmpfs none /mnt && touch /mnt/file"'
it "unshare, with a network" 'as_user unshare -Urn ip link add type veth'
it "bubblewrap" 'as_user bwrap --ro-bind / / --proc /proc --dev /dev --unshare-all true'
end_quietly
guard_down
echo "1..$number"
