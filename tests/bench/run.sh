#!/bin/bash
# Measures what the guard costs, in VMs: instructions per operation, the same
# among many containers and rules, memory, and the time that loading and
# unloading take. Prints a table, and each goal as a
# test (TAP). Exit status: 1 when a goal is not met.
#
# Usage: run.sh; CTGUARD_KO=FILE measures another module
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

vm=tests/vm/vm
dir=build/bench
export CTGUARD_KO=${CTGUARD_KO:-kmod/ctguard.ko}
for file in "$CTGUARD_KO" $dir/bench $dir/nothing $dir/with-bpf $dir/rule.bpf.o build/ctguardctl; do
	[ -e "$file" ] || {
		echo "bench: $file is missing: run make" >&2
		exit 1
	}
done

$vm --name bench --icount --disk 64M --timeout 600 -- tests/bench/count.sh "$CTGUARD_KO" >$dir/counts
$vm --name bench-scale --icount --mem 3G --timeout 900 -- tests/bench/scale.sh "$CTGUARD_KO" >$dir/scale
$vm --name bench-load --timeout 300 -- tests/bench/load.sh "$CTGUARD_KO" quiet 30 >$dir/times
# One processor, and tasks preempted anywhere: with more of them, QEMU 7.2 runs
# a breakpoint for ever that another one removed, whoever rewrites a function.
$vm --name bench-storm --smp 1 --append preempt=full --timeout 600 -- \
	tests/bench/load.sh "$CTGUARD_KO" storm 50 >>$dir/times

awk '
# What the row is called, what it may cost a task of the host, and the key.
BEGIN {
	row("open+close, file on tmpfs", 65, "open:/tmp/bench/file")
	row("open+close, file on ext4", 65, "open:/mnt/ext4/file")
	row("open+close, file on overlay (two opens)", 130, "open:/root/bench/file")
	row("pwrite, 1 byte", 0, "pwrite:/tmp/bench/file")
	row("pread, 1 byte", 0, "pread:/tmp/bench/file")
	row("mmap+munmap, one page", "", "mmap:/tmp/bench/file")
	row("mmap, to the end of its checks", 0, "mmap-check:/tmp/bench/file")
	row("connect, UDP on loopback", 0, "connect")
	row("ioctl of a terminal", 150, "ioctl:/dev/ptmx")
	row("getppid", 0, "getppid")
	row("fork+exit+wait", "", "fork")
	row("vfork+exec+wait", "", "exec:/tmp/bench/nothing")
	row("open+close for writing, ext4", 65, "open-write:/mnt/ext4/file")
	row("the same, filesystem of /lib/modules", "", "open-write:/root/bench/file")
	row("the same, /proc/self/oom_score_adj", "", "open-write:/proc/self/oom_score_adj")
	row("the same, a sysctl: denied if guarded", "", "open-write:/proc/sys/kernel/core_pattern")
}
function row(name, goal, key) {
	names[++rows] = name
	goals[rows] = goal
	keys[rows] = key
}
function round(x) {
	return sprintf("%.0f", x) + 0
}
function test(met, what) {
	tests[++claims] = (met ? "ok " : "not ok ") claims " - " what
	failed += !met
	return met ? "yes" : "NO"
}
# What an operation costs more in a stage than in another.
function more(key, stage, base) {
	return round(n[stage, key]) - round(n[base, key])
}
FILENAME ~ /counts$/ {
	sub(/^denied:/, "open-write:", $2)
	n[$1, $2] = $3
}
FILENAME ~ /scale$/ {
	scale[$1, $2, $3] = $4
}
FILENAME ~ /times$/ {
	if (!(($1, "load") in least) || $2 < least[$1, "load"])
		least[$1, "load"] = $2
	if (!(($1, "unload") in least) || $3 < least[$1, "unload"])
		least[$1, "unload"] = $3
	times[$1]++
}
# Among many containers or rules a verdict costs what it costs among few.
function flat(kind, few, some, many, key, what,   a, b, c, met) {
	a = scale[kind, few, key]
	b = scale[kind, some, key]
	c = scale[kind, many, key]
	met = test(a > 0 && b < 1.1 * a && c < 1.1 * a && c > 0,
		what ": among " many " " kind " within 10 % of among " few)
	printf "%-40s %8d %8d %8d %8s %6s %s\n", what, round(a), round(b), round(c), "", "< 10 %", met
}
function memory(what, bytes, limit) {
	met = test(bytes > 0 && bytes < limit, what " takes less than " limit " bytes")
	printf "%-40s %8d bytes %25s %s\n", what, bytes, "< " limit, met
}
# Wall time in an emulator on a busy machine: the table says whether the goal
# is met, the test fails at three times of it.
function duration(what, limit,   least_ms) {
	least_ms = times["quiet"] ? least["quiet", what] : 1e9
	test(least_ms < 3 * limit, what "ing takes " sprintf("%.0f", least_ms) " ms, less than three times " limit " ms")
	printf "%-40s %8s %9.0f ms %27s %s\n", what ", least of " times["quiet"], "",
		least_ms, "< " limit " ms", least_ms < limit ? "yes" : "NO"
}
END {
	line = "%-40s %8s %8s %7s %8s %7s %6s %s\n"
	print "instructions, kernel and user; without the module, and with it:"
	printf line, "operation", "without", "host", "", "guarded", "", "goal", "met"
	for (i = 1; i <= rows; i++) {
		key = keys[i]
		# The lower of before and after.
		if (("unloaded", key) in n && n["unloaded", key] < n["absent", key])
			n["absent", key] = n["unloaded", key]
		host = more(key, "host", "absent")
		met = ""
		if (goals[i] != "")
			met = test(("host", key) in n && ("guarded", key) in n && host <= goals[i],
				names[i] ": at most +" goals[i] " for a task of the host")
		printf line, names[i], round(n["absent", key]), round(n["host", key]),
			sprintf("%+d", host), round(n["guarded", key]),
			sprintf("%+d", more(key, "guarded", "absent-contained")),
			goals[i] == "" ? "" : "<= " goals[i], met
	}
	print "the opens with the same rule elsewhere, instead of the module:"
	printf line, "operation", "without", "BPF LSM", "", "kprobe", "", "", ""
	for (i = 1; i <= 3; i++)
		printf line, names[i], round(n["absent", keys[i]]),
			round(n["lsm", keys[i]]), sprintf("%+d", more(keys[i], "lsm", "absent")),
			round(n["kprobe", keys[i]]), sprintf("%+d", more(keys[i], "kprobe", "absent")), "", ""
	printf line, "a task of a container, among containers:", 1, 100, 10000, "", "", "goal", "met"
	flat("containers", 1, 100, 10000, "open:/tmp/bench/file", "open+close, file on tmpfs")
	flat("containers", 1, 100, 10000, "open-write:/proc/self/oom_score_adj", "open for writing, /proc/self/...")
	flat("containers", 1, 100, 10000, "denied:/proc/sys/kernel/core_pattern", "open for writing, a sysctl: denied")
	printf line, "the same, among more rules:", 10, 1000, 10000, "", "", "goal", "met"
	flat("rules", 10, 1000, 10000, "open-write:/proc/self/oom_score_adj", "open for writing, /proc/self/...")
	flat("rules", 10, 1000, 10000, "denied:/proc/sys/kernel/core_pattern", "open for writing, a sysctl: denied")
	print "memory of the kernel, on one processor:"
	memory("a container", round((scale["memory", 10000, "containers"] - scale["memory", 0, "containers"]) / 10000), 1024)
	memory("a rule of a policy", round((scale["memory", 10000, "rules"] - scale["memory", 10, "rules"]) / 9990), 256)
	print "the module, on an emulated machine:"
	duration("load", 1000)
	duration("unload", 200)
	test(times["storm"] == 50, "50 loads and unloads while two processes open files")
	for (i = 1; i <= claims; i++)
		print tests[i]
	print "1.." claims
	exit failed != 0
}' $dir/counts $dir/scale $dir/times
