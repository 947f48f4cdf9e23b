#!/bin/bash
# Who is guarded of what podman starts, by where it puts its cgroups: the
# container and its hooks inside are, podman, conmon, the runtime and its hooks
# on the host are not; and podman as the main process of a unit.
# TAP on standard output. Runs inside the guest, under systemd or without.
#
# Usage: podman.sh [RUNTIME]...; default: crun runc
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

runtimes=("$@")
[ $# -gt 0 ] || runtimes=(crun runc)
hooks=/tmp/hooks
unit=/run/systemd/system/web.service

# A hook and its parent, the runtime, are asked about while they run.
make_hooks() {
	local stage
	mkdir -p $hooks
	cat >$hooks/tell <<-END
		#!/bin/bash
		for pid in \$\$ \$PPID; do
			$PWD/$ctl explain --json \$pid device-open 'b 7:0 rw' |
				jq -c --arg command "\$(tr '\\0' ' ' </proc/\$pid/cmdline)" '. + {\$command}'
		done >>$hooks/told.\$1
		exit 0
	END
	chmod 755 $hooks/tell
	for stage in prestart createRuntime poststop; do
		jq -n --arg stage $stage --arg path $hooks/tell '{version: "1.0.0", when: {always: true}, stages: [$stage],
			hook: {path: $path, args: ["tell", $stage]}}' >$hooks/$stage.json
	done
}
# STAGE...: the hooks ran, and they and what started them are the host's
hooks_are_of_host() {
	local stage
	for stage; do
		cat "$hooks/told.$stage" && jq -se 'length >= 2 and all(.guarded == false)' "$hooks/told.$stage" || return
	done
}
# RUNTIME: it was asked about itself, the hook's parent
told_of() {
	cat $hooks/told.* | jq -se "any(.command | contains(\"$1 --\") or contains(\"$1 create\"))"
}

p() {
	podman --runtime "$runtime" "$@"
}
pid_of() {
	podman inspect -f '{{.State.Pid}}' "$1"
}
conmon_of() {
	podman inspect -f '{{.State.ConmonPid}}' "$1"
}
# In the foreground, so that podman lives as long.
attached() {
	p --hooks-dir $hooks run --name who "$@" busybox sleep 1000 >/dev/null 2>&1 &
	soon running who && guarded "$(pid_of who)" && of_host "$(conmon_of who)" $! && p exec who true
}
running() {
	[ "$(podman inspect -f '{{.State.Running}}' "$1" 2>/dev/null)" = true ]
}
removed() {
	p rm -f -t 0 who
}

# As Quadlet would write it; podman before 4.4 has none.
make_unit() {
	cat >$unit <<-END
		[Unit]
		Description=A container as a unit
		[Service]
		Environment=PODMAN_SYSTEMD_UNIT=%n
		KillMode=mixed
		ExecStartPre=-rm -f %t/%N.cid
		ExecStopPost=-/usr/bin/podman rm -f -i --cidfile=%t/%N.cid
		Delegate=yes
		SuccessExitStatus=143
		Type=notify
		NotifyAccess=all
		SyslogIdentifier=%N
		ExecStart=/usr/bin/podman --runtime $runtime run --name=systemd-%N --cidfile=%t/%N.cid --replace --rm -d --log-driver passthrough --cgroups=split --sdnotify=conmon --init busybox sleep 1000
	END
	systemctl daemon-reload
}

import_image
make_hooks
guard_up
watch_start
for runtime in "${runtimes[@]}"; do
	of="podman, $manager, $runtime"
	rm -f $hooks/told.*
	it "the container is guarded, podman and conmon are not" attached
	it "removed" removed
	it "hooks of the host, and the runtime that runs them, are not" \
		'hooks_are_of_host prestart createRuntime poststop && told_of $runtime'
	it "--privileged --pid=host --net=host: likewise" 'attached --privileged --pid=host --net=host && removed'
	# conmon's place is not the runtime's; runc needs a cgroup for a container.
	if [ "$runtime" = crun ]; then
		it "--cgroups=no-conmon: likewise" 'attached --cgroups=no-conmon && removed'
		it "--cgroups=disabled: likewise" 'attached --cgroups=disabled && removed'
	fi
	if [ $manager = systemd ]; then
		it "the other cgroup manager: likewise" 'p --cgroup-manager=cgroupfs run -d --name who busybox sleep 1000 &&
			guarded "$(pid_of who)" && of_host "$(conmon_of who)" && removed'
		it "as a unit with --cgroups=split, as Quadlet writes it" 'make_unit && systemctl start web'
		it "its container is guarded, its main process is not" 'grep web.service/libpod-payload "/proc/$(pid_of systemd-web)/cgroup" &&
			guarded "$(pid_of systemd-web)" && of_host "$(systemctl show -P MainPID web)"'
		it "it restarts and stops" 'systemctl restart web && systemctl stop web && ! systemctl is-failed web'
	fi
done
end_quietly
guard_down
echo "1..$number"
