#!/bin/bash
# Counts instructions in a VM that runs with --icount and has an ext4 disk, all
# in one boot: without a guard; with the module, as a task of the host and of a
# container; without it again; then with what else could be in its place: BPF
# programs with the same rule, and AppArmor's profile of containers. Prints
# "STAGE OPERATION INSTRUCTIONS".
#
# Usage: count.sh MODULE
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

# Nothing that is measured comes from the host's disk.
mkdir -p /tmp/bench/mnt /mnt/ext4 /root/bench
cp build/bench/{bench,nothing,with-bpf,rule.bpf.o} /tmp/bench
cp "$1" /tmp/bench/ctguard.ko
mount /dev/vdb /mnt/ext4
bench=/tmp/bench/bench
touch /tmp/bench/file /root/bench/file /mnt/ext4/{file,page}
operations=(
	open:/tmp/bench/file open:/mnt/ext4/file open:/root/bench/file
	pwrite:/tmp/bench/file pread:/tmp/bench/file
	pwrite-page:/mnt/ext4/page pread-page:/mnt/ext4/page
	mmap:/tmp/bench/file mmap-check:/tmp/bench/file connect ioctl:/dev/ptmx getppid fork
	exec:/tmp/bench/nothing open-write:/mnt/ext4/file
	open-write:/root/bench/file open-write:/proc/self/oom_score_adj
)
sensitive=/proc/sys/kernel/core_pattern
echo 1 >/proc/sys/kernel/printk
# Where a program lies decides how many page tables its fork copies.
echo 0 >/proc/sys/kernel/randomize_va_space
name=$(printf 'c%.0s' {1..64})
cgroup=/sys/fs/cgroup/docker/$name

# What whole programs do: in a tree on a tmpfs, and a container of crun's.
tests/bench/tree.sh /tmp/bench/tree
mkdir -p /tmp/bench/bundle/rootfs
tar -C /tmp/bench/bundle/rootfs -xf /usr/share/busybox.tar
cat >/tmp/bench/build <<'END'
#!/bin/sh
cd /tmp/bench/tree && make -s clean && exec make -s CC=tcc
END
cat >/tmp/bench/tar <<'END'
#!/bin/sh
exec tar -C /tmp/bench -cf /tmp/bench/out.tar tree bundle/rootfs
END
cat >/tmp/bench/start <<'END'
#!/bin/sh
exec crun --cgroup-manager=cgroupfs run --bundle /tmp/bench/bundle bench
END
chmod +x /tmp/bench/{build,tar,start}
# config FILTER...: the bundle's, as `crun spec` has it but for what is said.
config() {
	(
		cd /tmp/bench/bundle
		rm -f config.json
		crun spec
		# A network namespace is taken down by a worker, some time later.
		jq --arg cgroup "/docker/$name" '
			.process.terminal = false | .process.args = ["/bin/true"] |
			.linux.cgroupsPath = $cgroup |
			.linux.namespaces |= map(select(.type != "network"))' config.json |
			jq "${1:-.}" >new
		mv new config.json
	)
}

# stage NAME COMMAND...: what the command prints, with the stage's name.
stage() {
	"${@:2}" | sed "s/^/$1 /"
}
# inside COMMAND...: runs it in a container made for it.
inside() {
	local before
	mkdir -p "$cgroup"
	before=$(</proc/self/cgroup)
	"$bench" in "$cgroup" "$@"
	[ "$before" = "$(</proc/self/cgroup)" ]
	rmdir "$cgroup"
}
# whole STAGE [COMMAND...]: the programs, by that command.
whole() {
	stage "$1" "${@:2}" $bench run build 3 /tmp/bench/build
	stage "$1" "${@:2}" $bench run tar 7 /tmp/bench/tar
}
start() { # STAGE [COMMAND...]
	stage "$1" "${@:2}" $bench run start 15 /tmp/bench/start
}

# With the first container's cgroup the kernel begins to account memory by
# cgroups, and every allocation pays for that from then on. And crun's own BPF
# program costs more where it is the only one: on a host with systemd it never
# is.
config
/tmp/bench/start
/tmp/bench/with-bpf /tmp/bench/rule.bpf.o idle sleep 100000 &
sleep 1

stage absent $bench count "${operations[@]}" mount:/tmp/bench/mnt open-write:$sensitive
whole absent
start absent
stage absent-contained inside $bench count "${operations[@]}" mount:/tmp/bench/mnt open-write:$sensitive
whole absent-contained inside
insmod /tmp/bench/ctguard.ko
stage host $bench count "${operations[@]}" mount:/tmp/bench/mnt open-write:$sensitive
whole host
stage guarded inside $bench count "${operations[@]}" mount:/tmp/bench/mnt denied:$sensitive
whole guarded inside
start guarded
rmmod ctguard
stage unloaded $bench count "${operations[@]}" mount:/tmp/bench/mnt
start unloaded

for kind in lsm fmod_ret kprobe; do
	with=(/tmp/bench/with-bpf /tmp/bench/rule.bpf.o "$kind")
	stage "$kind" "${with[@]}" $bench count "${operations[@]}" mount:/tmp/bench/mnt
	whole "$kind" "${with[@]}"
	start "$kind" "${with[@]}"
done

mountpoint -q /sys/kernel/security || mount -t securityfs none /sys/kernel/security
apparmor_parser --replace --skip-cache tests/bench/docker-default
confined=(aa-exec -p docker-default --)
[ "$("${confined[@]}" cat /proc/self/attr/apparmor/current)" = 'docker-default (enforce)' ]
stage apparmor "${confined[@]}" $bench count "${operations[@]}" denied:$sensitive
whole apparmor "${confined[@]}"
config '.process.apparmorProfile = "docker-default"'
start apparmor
kill %1
