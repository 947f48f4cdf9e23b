#!/bin/bash
# Soaks the guard: for a while all that containers, hosts and tracers do goes on
# side by side, as the module is unloaded and loaded again, and nothing may go
# wrong: no verdict, no count, no warning of the kernel's.
# TAP on standard output. Runs inside the guest.
#
# Usage: soak.sh SECONDS
# shellcheck disable=SC2317 # commands are called by their names
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
: "${CTGUARD_KO:=kmod/ctguard.ko}"
seconds=${1:?usage: soak.sh SECONDS}
phase=60
[ "$seconds" -ge 180 ] || phase=20
# What a kernel is slower by, as tests/vm/vm has it.
patience=${CTGUARD_PATIENCE:-1}
work=/tmp/soak
ctl=$work/ctguardctl
tracing=/sys/kernel/tracing
traced='security_file_open security_inode_mkdir security_bprm_check devcgroup_check_permission'
# Of a container that is counted, as churn names them.
name=/docker/50a4c0de$(printf '%056d' 0)
stressed=/sys/fs/cgroup$name

die() {
	echo "soak.sh: $*" >&2
	exit 3
}

# What is counted: lines of a name and a number, summed up at the end.
note() {
	echo "$1 ${2:-1}" >>"$work/report"
}
sum() {
	awk -v name="$1" '$1 == name { n += $2 } END { printf "%.0f\n", n }' "$work/report"
}

# COMMAND...: while the module is loaded, all of the time
turn() {
	while [ -e "$work/hold" ]; do sleep 0.3; done
	exec 7<"$work/lock"
	flock -s 7
	"$@" 7<&-
	exec 7<&-
}
# Nobody has a turn, from here on.
hold() {
	: >$work/hold
	exec 7<"$work/lock"
	flock -x 7
}

prepare() {
	mkdir -p $work
	: >$work/report
	: >$work/lock
	# What containers run lies where they may read it fast.
	cp build/soak/* build/ctguardctl "$CTGUARD_KO" $work/ || die "it is not built: make tests tools"
	ko=$work/${CTGUARD_KO##*/}
	sed 's/^\( *- \)"c 1:3 rwm".*/&\n\1"c 1:11 rwm"/' policies/baseline.yaml >$work/other.yaml
	grep -q 'c 1:11 rwm' $work/other.yaml || die "the baseline has no c 1:3"
	sed 's/^mode: enforce/mode: perhaps/' policies/baseline.yaml >$work/refused.yaml
	mountpoint -q $tracing || mount -t tracefs none $tracing || die "no tracefs"
	mkdir -p "$stressed"
	mount -t tmpfs containers /var/lib/containers
	podman import -q /usr/share/busybox.tar busybox >/dev/null || die "no image"
	dmesg --clear
}

# Memory that the kernel does not give back, in kB.
unreclaimable() {
	for _ in 1 2 3; do
		echo 3 >/proc/sys/vm/drop_caches
		sleep 0.3
	done
	awk '/^(SUnreclaim|Percpu|KernelStack|VmallocUsed):/ { n += $2 } END { print n }' /proc/meminfo
}

# NAME COMMAND...: counts it, as done or as failed
tally() {
	local name=$1
	shift
	if "$@" >>"$work/output" 2>&1; then
		note "$name"
	else
		note "$name-failed"
		echo "soak.sh: failed: $*" >>"$work/errors"
	fi
}

# Workers, each until it is killed.

policies() {
	local other
	refused() {
		! $ctl policy push "$work/refused.yaml"
	}
	reverted() {
		$ctl policy push --try 1m "$other" && $ctl policy push --revert
	}
	# The one that is not in force.
	other() {
		other=$work/other.yaml
		! $ctl policy show | grep -q 'c 1:11 rwm' || other=policies/baseline.yaml
	}
	one() {
		other
		tally policies "$ctl" policy push "$other"
		tally policies-refused refused
		other
		tally policies-reverted reverted
		tally policies-tried "$ctl" policy push --try 1s "$other"
	}
	while :; do
		turn one
		sleep 1.5
	done
}

engines() {
	local n=0 run
	# All the rest would let few of them come to an end.
	renice -n -10 "$BASHPID" >/dev/null
	while :; do
		case $((n % 4)) in
		0) run=(podman --runtime crun run) ;;
		1) run=(podman --runtime runc run) ;;
		2) run=(podman --runtime crun run --privileged) ;;
		3) run=(docker run) ;;
		esac
		n=$((n + 1))
		[ "${run[0]}" != docker ] || [ -e "$work/docker" ] || continue
		turn tally engines timeout $((100 * patience)) "${run[@]}" --rm --network none busybox true
		sleep 10
	done
}

# Function tracers and probes; these do not care whether the module is there.
tracers() {
	local instance=$tracing/instances/soak kind function
	trace() {
		echo "$traced" >"$instance/set_ftrace_filter" && echo function >"$instance/current_tracer" &&
			sleep 0.5 && echo nop >"$instance/current_tracer"
	}
	# KIND FUNCTION
	probe() {
		echo "$1:soak/probe $2" >"$tracing/kprobe_events" && echo 1 >"$tracing/events/soak/probe/enable" &&
			sleep 0.3 && echo 0 >"$tracing/events/soak/probe/enable" && echo "-:soak/probe" >>"$tracing/kprobe_events"
	}
	mkdir -p "$instance"
	while :; do
		for function in $traced; do
			tally tracers trace
			for kind in p r; do
				tally probes probe "$kind" "$function"
			done
		done
	done
}

stress_host() {
	exec nice -n 10 stress-ng --fork 1 --dentry 1 --unlink 1 --sock 1 --timeout "$((seconds * 2))s" --temp-path "$work" >/dev/null 2>&1
}

# In a container: what it tries besides is denied, and counted.
stress_container() {
	# It keeps what it opened until there is room for no more.
	ulimit -n 256
	echo "$BASHPID" >"$stressed/cgroup.procs"
	exec nice -n 10 unshare --mount stress-ng --open 1 --procfs 1 --mknod 1 --fork 1 --timeout "$((seconds * 2))s" \
		--temp-path "$work" >/dev/null 2>&1
}

freeze() {
	echo "$1" >"$stressed/cgroup.freeze"
	for _ in $(seq 100); do
		grep -q "frozen $1" "$stressed/cgroup.events" && break
		sleep 0.1
	done
}

workers=()
start() {
	"$@" 2>>$work/errors 7<&- &
	workers+=($!)
}
# Takes all the time that nobody else does.
start_nice() {
	start nice -n 10 "$@"
}

# One load of the module, from insmod to rmmod, with all that is counted.
soak() {
	local until=$((SECONDS + $1)) churns=() listener
	insmod "$ko" || die "the module does not load"
	note loads
	$work/listen $work/report 2>>$work/errors 7<&- &
	listener=$!
	for _ in $(seq 100); do
		[ ! -e $work/report.listening ] || break
		sleep 0.1
	done
	rm $work/hold
	exec 7<&-
	freeze 0
	for _ in 1 2; do
		$work/churn containers $work/report 2>>$work/errors &
		churns+=($!)
	done
	sleep $((until > SECONDS ? until - SECONDS : 1))
	hold
	freeze 1
	kill "${churns[@]}"
	wait "${churns[@]}" || note churns-failed
	# Losses are told each second, and the last denials when the module goes.
	sleep 3
	$work/churn containers $work/report 2 2>>$work/errors || note churns-failed
	note stressed "$($ctl containers --stats --json | jq "[.. | objects | select(.cgroup? == \"$name\")
		| .. | objects | .denied // empty | numbers] | add // 0")"
	note left "$($ctl status --json | jq .containers)"
	note kernel-lost "$($ctl status --json | jq .events_lost)"
	rmmod ctguard || die "the module does not unload"
	note unloads
	kill $listener
	wait $listener || note listeners-failed
	unreclaimable >>"$work/memory"
}

number=0
status=0
it() {
	local what=$1 result=ok
	shift
	"$@" || result='not ok' status=1
	number=$((number + 1))
	echo "$result $number - $what"
}

import_for_docker() {
	docker import /usr/share/busybox.tar busybox >"$work/docker" || {
		rm "$work/docker"
		return 1
	}
}

prepare
if [ "$seconds" -ge 300 ]; then
	mkdir -p /var/lib/docker /var/lib/containerd
	mount -t tmpfs docker /var/lib/docker
	mount -t tmpfs containerd /var/lib/containerd
	nice -n -10 dockerd --iptables=false --ip6tables=false --bridge=none --exec-opt native.cgroupdriver=cgroupfs >$work/dockerd.log 2>&1 &
	for _ in $(seq $((240 * patience))); do
		docker info >/dev/null 2>&1 && break
		sleep 0.5
	done
	it "Docker has an image" import_for_docker
fi
hold
freeze 1
start policies
start engines
start tracers
start stress_host
start stress_container
start $work/programs $work/report
start_nice $work/churn host $work/report
start_nice $work/churn quiet $work/report
begin=$SECONDS
while [ $((SECONDS - begin)) -lt "$seconds" ]; do
	soak $phase
	echo "# $((SECONDS - begin)) s: $(sum containers) containers, $(sum engines) engine starts, $(sum loads) loads"
done
kill "${workers[@]}" 2>/dev/null
freeze 0
echo 1 >"$stressed/cgroup.kill"
wait "${workers[@]}" 2>/dev/null

for what in containers quiet host engines policies policies-refused policies-tried policies-reverted tracers probes \
	programs loads unloads stressed repeats; do
	it "$what: $(sum $what)" [ "$(sum $what)" -gt 0 ]
done
# Whoever is denied slowly, or not for long, finds room for all of it.
if [ "$patience" = 1 ] && [ "$seconds" -ge 180 ]; then
	for what in lost overruns; do
		it "$what: $(sum $what)" [ "$(sum $what)" -gt 0 ]
	done
fi
for what in containers-failed churns-failed listeners-failed engines-failed policies-failed policies-refused-failed \
	policies-tried-failed policies-reverted-failed tracers-failed probes-failed programs-failed; do
	it "$what: $(sum $what)" [ "$(sum $what)" = 0 ]
done
wrong=$(($(sum containers-wrong) + $(sum quiet-wrong) + $(sum host-wrong)))
tried=$(($(sum containers-tried) + $(sum quiet-tried) + $(sum host-tried)))
it "wrong verdicts: $wrong of $tried" [ $wrong = 0 ]
it "denials elsewhere: $(sum others)" [ "$(sum others)" = 0 ]
it "containers whose denials are miscounted: $(sum miscounted), of $(sum containers)" [ "$(sum miscounted)" = 0 ]
it "denied $(sum denied), counted $(sum counted)" [ "$(sum denied)" = "$(sum counted)" ]
counted=$(($(sum counted) + $(sum stressed)))
told=$(($(sum verdicts) + $(sum repeats) + $(sum lost)))
it "counted $counted, told $told: $(sum verdicts) at once, $(sum repeats) as repeats, $(sum lost) as lost" \
	[ $counted = $told ]
it "lost in the kernel $(sum kernel-lost), told $(sum lost)" [ "$(sum kernel-lost)" = "$(sum lost)" ]
it "events out of order: $(sum backwards)" [ "$(sum backwards)" = 0 ]
it "containers left: $(sum left) in $(sum loads) loads" [ "$(sum left)" -le $((8 * $(sum loads))) ]
# The first loads bring caches that stay.
mapfile -t memory <"$work/memory"
if [ ${#memory[@]} -ge 4 ]; then
	it "memory: ${memory[1]} kB after the second load, ${memory[-1]} kB after the last" \
		[ "${memory[-1]}" -le $((memory[1] + 16384)) ]
	echo "# in kB, by load: ${memory[*]}"
fi
warnings=$(dmesg | grep -cE 'WARNING:|BUG:|Oops|Call Trace|ctguard: .*(cannot|could not)')
it "warnings: $warnings" [ "$warnings" = 0 ]
echo "1..$number"
sort $work/errors | uniq -c | sort -rn | head -n 20 | sed 's/^/# /'
exit $status
