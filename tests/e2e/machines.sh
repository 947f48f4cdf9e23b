#!/bin/bash
# systemd as the first process of a container, under the guard: it boots, runs
# its units in cgroups of its own, and powers itself off.
# TAP on standard output. Runs inside the guest.
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

# What images of systemd mask, for it would set up the host: of its devices,
# sysctls and log.
mask=(systemd-udevd.service systemd-udev-trigger.service systemd-udevd-control.socket systemd-udevd-kernel.socket
	systemd-sysctl.service systemd-modules-load.service proc-sys-fs-binfmt_misc.automount kmod-static-nodes.service)

make_machine() {
	local etc=$root/etc/systemd/system
	make_root
	mkdir -p $etc/multi-user.target.wants
	cat >$etc/work.service <<-END
		[Service]
		Type=oneshot
		RemainAfterExit=yes
		ExecStart=grep work.service /proc/self/cgroup
		PrivateTmp=yes
		ProtectControlGroups=yes
		MemoryMax=64M
		[Install]
		WantedBy=multi-user.target
	END
	ln -s ../work.service $etc/multi-user.target.wants/
	ln -s /lib/systemd/system/multi-user.target $etc/default.target
}
booted() {
	case $(podman exec machine systemctl is-system-running) in
	running) ;;
	degraded) podman exec machine systemctl --failed --no-legend | grep . && return 1 ;;
	*) return 1 ;;
	esac
}
inside() {
	podman exec machine "$@"
}
ended() {
	[ "$(podman inspect -f '{{.State.Running}}' machine)" = false ]
}
powers_off() {
	# Its answer may be lost with it.
	inside systemctl poweroff || true
	soon ended && podman rm machine
}

# CLAIM OPTION...: the life of one
machine() {
	of="systemd in a container, $manager, $1"
	shift
	it "starts" "podman run -d --name machine --systemd=always $* $with_root /sbin/init"
	it "boots" 'soon booted'
	it "its units run in cgroups of its own" 'inside systemctl is-active work.service &&
		inside systemd-run --wait -p MemoryMax=32M -p Delegate=yes true'
	it "is guarded, and so are its units" 'guarded "$(podman inspect -f "{{.State.Pid}}" machine)" &&
		guarded "$(pgrep -f systemd-journald | tail -n 1)"'
	it "powers itself off" powers_off
}

make_machine
guard_up
watch_start
machine "unprivileged"
for unit in "${mask[@]}"; do
	ln -sf /dev/null "$root/etc/systemd/system/$unit"
done
machine "privileged" --privileged -v /dev/null:/dev/kmsg
# Of the host's sysctls systemd itself raises one, and goes on when it may not.
expected='.comm == "systemd" and .fs == "proc" and .object == "/sys/fs/file-max"'
end_quietly
guard_down
echo "1..$number"
