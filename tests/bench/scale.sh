#!/bin/bash
# Counts instructions of a guarded task among 1, 100 and 10,000 containers and
# with 10, 1,000 and 10,000 more rules, and the memory that these take. In a VM
# that runs with --icount. Prints "containers|rules|memory N WHAT FIGURE".
#
# Usage: scale.sh MODULE
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

mkdir -p /tmp/bench
cp build/bench/bench build/ctguardctl policies/baseline.yaml /tmp/bench
cp "$1" /tmp/bench/ctguard.ko
module=/tmp/bench/ctguard.ko
cd /tmp/bench
touch file
echo 1 >/proc/sys/kernel/printk
echo 0 >/proc/sys/kernel/randomize_va_space
parent=/sys/fs/cgroup/docker
own=$parent/$(printf 'c%.0s' {1..64})
mkdir -p $parent

# count KIND N: what a container's task pays now.
count() {
	mkdir -p "$own"
	./bench in "$own" ./bench count open:/tmp/bench/file \
		open-write:/proc/self/oom_score_adj \
		denied:/proc/sys/kernel/core_pattern | sed "s/^/$1 $2 /"
	rmdir "$own"
}

# All that the kernel has allocated, in bytes.
memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 1
	awk '/^(Slab|Percpu|VmallocUsed):/ { sum += $2 } END { print sum * 1024 }' /proc/meminfo
}

# more N: a policy with N more rules, of each kind that a list can hold.
more() {
	local n=$(($1 / 2))
	awk -v n=$n '
		{ print }
		/^ +autoload: &autoload$/ { for (i = 0; i < n; i++) printf "        - \"none-%d\"\n", i }
		/^        proc:$/ && !done { for (i = 0; i < n; i++) printf "          - {path: \"/sys/none/%d/*\", when: own-net}\n", i; done = 1 }
	' baseline.yaml >more.yaml
}

# Cgroups cost what they cost with or without the module. The most come first:
# memory that was given back is not seen to be taken again.
# shellcheck disable=SC2046 # many words
printf "$parent/%064x\n" $(seq 9999) | xargs mkdir
before=$(memory)
insmod $module
echo "memory 10000 containers $(($(memory) - before))"
count containers 10000
more 10000
./ctguardctl policy push more.yaml >/dev/null 2>&1
echo "memory 10000 both $(($(memory) - before))"
./ctguardctl policy push baseline.yaml >/dev/null 2>&1
# shellcheck disable=SC2046 # many words
printf "$parent/%064x\n" $(seq 100 9999) | xargs rmdir
count containers 100
# shellcheck disable=SC2046 # many words
printf "$parent/%064x\n" $(seq 99) | xargs rmdir
count containers 1
rmmod ctguard
before=$(memory)
insmod $module
echo "memory 0 containers $(($(memory) - before))"

for n in 10 1000 10000; do
	before=$(memory)
	more $n
	./ctguardctl policy push more.yaml >/dev/null 2>&1
	echo "memory $n rules $(($(memory) - before))"
	count rules $n
	./ctguardctl policy push baseline.yaml >/dev/null 2>&1
done
rmmod ctguard
