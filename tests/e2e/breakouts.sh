#!/bin/bash
# Tries every row of the attempts table from privileged containers, without
# the guard and with it, and prints what came of each:
#   runtime|id|what|without|with|operation|events (CPU/SEQ)|ok or no
# Runs inside the guest, with the host's disk at /dev/vdb.
#
# Usage: breakouts.sh [RUNTIME]...; default: crun runc
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

runtimes=("$@")
[ $# -gt 0 ] || runtimes=(crun runc)

# RUNTIME PAUSE: one container in which all is tried. It sees the host's cgroups,
# processes and network, and bpffs and modprobe.d are the host's.
try_all() {
	podman --runtime "$1" run --rm -i --privileged --cgroupns=host --pid=host --network=host \
		-v "$PWD/build/tests/breakout:/breakout:ro" \
		-v "$PWD/$e2e/in-container.sh:/in-container.sh:ro" \
		-v /usr/lib/modules:/lib/modules:ro -v /etc/modprobe.d:/etc/modprobe.d -v /boot:/boot:ro \
		-v /sys/fs/bpf:/sys/fs/bpf \
		busybox sh /in-container.sh /dev/vdb "$2" <$e2e/attempts
}

# What the attempts aim at, to be compared.
host_state() {
	grep -H . /proc/sys/kernel/{core_pattern,modprobe,panic} /proc/sys/vm/swappiness \
		/sys/module/printk/parameters/time /sys/kernel/kexec_loaded
	lsmod | awk '$1 != "ctguard" { print $1 }' | sort
	ls /sys/fs/bpf /sys/fs/cgroup /sys/kernel/tracing/instances
	cat /sys/kernel/tracing/kprobe_events
}

# As the attempts expect it, whatever those before them left.
prepare() {
	modprobe -a -r ifb can af_alg minix 2>/dev/null || true
	modprobe dummy
}

# STATUS MESSAGE
word() {
	case $1 in
	0) echo succeeds ;;
	1) case $2 in
		*EPERM* | *EACCES*) echo "denied ${2##* }" ;;
		*) echo denied ;;
		esac ;;
	*) echo untried ;;
	esac
}

# RUNTIME: joins both runs and the events into rows.
report() {
	local runtime=$1 id what operation status message without with seqs verdict
	while IFS='|' read -r id what operation _; do
		case $id in '#'* | '') continue ;; esac
		read -r id <<<"$id"
		read -r what <<<"$what"
		read -r operation <<<"$operation"
		IFS='|' read -r _ status message < <(grep "^$id|" "/tmp/without.$runtime") || status=2
		[ "$status" -lt 2 ] || echo "$runtime, without: $id: $message" >&2
		without=$(word "$status" "$message")
		IFS='|' read -r _ status message < <(grep "^$id|" "/tmp/with.$runtime") || status=2
		[ "$status" -lt 2 ] || echo "$runtime, with: $id: $message" >&2
		with=$(word "$status" "$message")
		seqs=$(denials ".comm == \"try-$id\" and (\"$operation\" | split(\",\") | index(\$e.operation))" |
			paste -sd ' ')
		verdict=no
		case $without,$with,$seqs in
		succeeds,denied*,?*) verdict=ok ;;
		esac
		echo "$runtime|$id|$what|$without|$with|$operation|$seqs|$verdict"
	done <$e2e/attempts
}

import_image
for runtime in "${runtimes[@]}"; do
	echo "$runtime, without the guard" >&2
	prepare
	try_all "$runtime" 0 >"/tmp/without.$runtime" || die "no container with $runtime, without the guard"
done
guard_up
for runtime in "${runtimes[@]}"; do
	echo "$runtime, with the guard" >&2
	prepare
	before=$(host_state)
	watch_start
	try_all "$runtime" 2 >"/tmp/with.$runtime" || die "no container with $runtime, with the guard"
	watch_stop
	cp $events "/out/events.$runtime" 2>/dev/null || true
	report "$runtime"
	after=$(host_state)
	if [ "$before" = "$after" ]; then
		echo "$runtime|host|what was aimed at on the host|-|unchanged|-|-|ok"
	else
		diff <(echo "$before") <(echo "$after") >&2 || true
		echo "$runtime|host|what was aimed at on the host|-|changed|-|-|no"
	fi
done
guard_down
