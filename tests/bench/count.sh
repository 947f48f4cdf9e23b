#!/bin/bash
# Counts instructions in a VM that runs with --icount and has an ext4 disk:
# without the module, with it, as a task of the host and of a container, and
# without it again; then the open with a BPF LSM program and with a kprobe
# instead of the module. Prints "STAGE OPERATION INSTRUCTIONS".
#
# Usage: count.sh MODULE
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

# Nothing that is measured comes from the host's disk.
mkdir -p /tmp/bench /mnt/ext4 /root/bench
cp build/bench/{bench,nothing,with-bpf,rule.bpf.o} /tmp/bench
cp "$1" /tmp/bench/ctguard.ko
mount /dev/vdb /mnt/ext4
bench=/tmp/bench/bench
touch /tmp/bench/file /root/bench/file /mnt/ext4/file
opens=(open:/tmp/bench/file open:/mnt/ext4/file open:/root/bench/file)
operations=(
	"${opens[@]}" pwrite:/tmp/bench/file pread:/tmp/bench/file
	mmap:/tmp/bench/file mmap-check:/tmp/bench/file connect ioctl:/dev/ptmx getppid fork
	exec:/tmp/bench/nothing open-write:/mnt/ext4/file
	open-write:/root/bench/file open-write:/proc/self/oom_score_adj
)
sensitive=/proc/sys/kernel/core_pattern
echo 1 >/proc/sys/kernel/printk
# Where a program lies decides how many page tables its fork copies.
echo 0 >/proc/sys/kernel/randomize_va_space
cgroup=/sys/fs/cgroup/docker/$(printf 'c%.0s' {1..64})

# stage NAME COMMAND...: what the command prints, with the stage's name.
stage() {
	"${@:2}" | sed "s/^/$1 /"
}
# Likewise in a container made for it.
contained() {
	local before
	mkdir -p "$cgroup"
	before=$(</proc/self/cgroup)
	stage "$1" "$bench" in "$cgroup" "${@:2}"
	[ "$before" = "$(</proc/self/cgroup)" ]
	rmdir "$cgroup"
}

stage absent $bench count "${operations[@]}" open-write:$sensitive
contained absent-contained $bench count "${operations[@]}" open-write:$sensitive
insmod /tmp/bench/ctguard.ko
stage host $bench count "${operations[@]}" open-write:$sensitive
contained guarded $bench count "${operations[@]}" denied:$sensitive
rmmod ctguard
stage unloaded $bench count "${operations[@]}"

for program in lsm kprobe; do
	stage $program /tmp/bench/with-bpf /tmp/bench/rule.bpf.o ${program}_rule \
		$bench count "${opens[@]}"
done
