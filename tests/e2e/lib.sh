# What the scripts of tests/e2e share; sourced inside the guest, in the tree.
# shellcheck shell=bash disable=SC2034 # used by those who source it

: "${CTGUARD_KO:=kmod/ctguard.ko}"
ctl=build/ctguardctl
e2e=tests/e2e
events=/tmp/events
manager=cgroupfs
[ ! -d /run/systemd/system ] || manager=systemd
number=0
of=$manager
expected=false

die() {
	echo "${0##*/}: $*" >&2
	exit 3
}

# CLAIM COMMAND [CLEANUP]: one line of TAP: the command, a line of shell,
# succeeds; whatever becomes of it, the other runs behind it
it() {
	local output seen result=ok
	seen=$(wc -l <$events)
	output=$(eval "$2" 2>&1) || result="not ok"
	[ $# -lt 3 ] || eval "$3" >/dev/null 2>&1
	number=$((number + 1))
	echo "$result $number - $of: $1"
	{
		[ "$result" = ok ] || echo "$output" | tail -n 5
		tail -n "+$((seen + 1))" $events
	} | sed 's/^/# /'
}

# PID...: each is a task that the baseline is applied to
guarded() {
	local pid
	[ $# -gt 0 ] || return
	for pid; do
		judged "$pid" '.guarded and .profile == "baseline"' || return
	done
}

# PID...: each is a task of the host
of_host() {
	local pid
	[ $# -gt 0 ] || return
	for pid; do
		judged "$pid" '.guarded == false' || return
	done
}

# PID CLAIM: what explain says of a task, and to a filter of jq
judged() {
	local answer
	answer=$($ctl explain --json "$1" device-open 'b 7:0 rw')
	echo "$1 $(tr '\0' ' ' <"/proc/$1/cmdline"): $(cat "/proc/$1/cgroup"): $answer"
	jq -e "$2" <<<"$answer"
}

# COMMAND...: builds a directory; its step is a container by its cgroup, and who
# builds is the host's
step() {
	local build pid r=1
	mkdir -p /tmp/steps
	printf 'FROM busybox\nRUN sleep 1234\n' >/tmp/steps/Dockerfile
	"$@" /tmp/steps >/dev/null 2>&1 &
	build=$!
	if soon pgrep -xf 'sleep 1234'; then
		pid=$(pgrep -xf 'sleep 1234')
		# shellcheck disable=SC2046 # pids
		judged "$pid" '.profile == "baseline" and .bound_by == "pattern"' &&
			of_host $build $(pgrep -P $build) && r=0
		# The first of its PID namespace minds nothing less.
		kill -KILL "$pid"
	fi
	wait $build
	return $r
}

# COMMAND...: it succeeds within a minute
soon() {
	local i
	for i in $(seq 120); do
		"$@" && return
		sleep 0.5
	done
	return 1
}

import_image() {
	podman import -q /usr/share/busybox.tar busybox >/dev/null || die "no image"
}

guard_up() {
	insmod "$CTGUARD_KO" || die "the module does not load"
	$ctl policy push policies/baseline.yaml >&2 || die "the policy is refused"
}

guard_down() {
	rmmod ctguard || die "the module does not unload"
}

# Events go to $events from here on, as JSON, a line each.
watch_start() {
	: >$events
	$ctl monitor --json >$events 2>$events.err &
	watcher=$!
	for _ in $(seq 100); do
		grep -q listening $events.err && return
		sleep 0.1
	done
	cat $events.err >&2
	die "no listener for events"
}

watch_stop() {
	# The worker hands out events a moment after the verdict.
	sleep 1
	kill "$watcher"
	wait "$watcher" || true
}

# SELECTOR: the events of denials that match it, as CPU/SEQ
denials() {
	jq -r ". as \$e | select(.kind == \"verdict\" and .verdict == \"deny\" and ($1))
		| \"\(.cpu)/\(.seq)\"" $events
}

# The end of a test: nothing was denied but what the selector $expected matches,
# and of what would have been its listener would have heard.
# shellcheck disable=SC2016 # expanded by it
end_quietly() {
	local unexpected=".comm != \"canary\" and ($expected | not)"
	unshare --pid --fork --mount-proc bash -c 'printf canary >/proc/self/comm; : </dev/kmsg' 2>/dev/null
	watch_stop
	it "nothing was denied" '[ -z "$(denials "$unexpected")" ]'
	jq -r "select(.verdict == \"deny\" and ($unexpected)) |
		\"# \(.cpu)/\(.seq) \(.comm) \(.operation) \(.fs // \"\") \(.object) \(.device) \(.cgroup)\"" $events
	it "a denial would have been heard" '[ -n "$(denials ".comm == \"canary\"")" ]'
	[ $manager = cgroupfs ] ||
		it "no unit failed" 'systemctl --failed --no-legend; [ -z "$(systemctl --failed --no-legend)" ]'
}

# A root for containers in $root that has the guest's own programs, once /usr is
# mounted, and so systemd, iptables and podman: see $with_root.
root=/var/lib/containers/root
with_root="-v /usr:/usr:ro -v /usr/share/busybox.tar:/busybox.tar:ro --tmpfs /var/lib/containers --rootfs $root"
make_root() {
	local dir
	[ ! -e $root ] || return 0
	mkdir -p $root/{dev,proc,sys,run,tmp,usr,root,mnt} $root/var/{lib,log,tmp} $root/home/user
	for dir in bin sbin lib lib64; do
		ln -s usr/$dir $root/$dir
	done
	ln -s /run $root/var/run
	cp -a /etc $root/
	rm -rf $root/etc/systemd/system/*
	: >$root/etc/fstab
}

# What engines bring for their networks; overlay is there for the guest's root.
network_modules='veth bridge br_netfilter nf_tables nf_nat nft_compat nft_chain_nat xt_conntrack
	xt_MASQUERADE xt_addrtype iptable_nat iptable_filter'
no_networks() {
	local module
	for module in $network_modules; do
		[ ! -e "/sys/module/$module" ] || {
			echo "$module is loaded"
			return 1
		}
	done
}

containerd_up() {
	mkdir -p /var/lib/containerd
	mount -t tmpfs containerd /var/lib/containerd
	if [ $manager = systemd ]; then
		systemctl start containerd
	else
		containerd >/tmp/containerd.log 2>&1 &
		soon test -S /run/containerd/containerd.sock
	fi
}

# ARGUMENT...: of dockerd, which would start a containerd of its own otherwise
docker_up() {
	containerd_up
	mkdir -p /var/lib/docker
	mount -t tmpfs docker /var/lib/docker
	if [ $manager = systemd ]; then
		echo "DOCKER_OPTS='--exec-opt native.cgroupdriver=systemd $*'" >/etc/default/docker
		systemctl start docker && docker info | grep 'Cgroup Driver: systemd'
	else
		dockerd --exec-opt native.cgroupdriver=cgroupfs "$@" >/tmp/dockerd.log 2>&1 &
		soon docker info 2>/dev/null | grep 'Cgroup Driver: cgroupfs' || {
			tail /tmp/dockerd.log
			return 1
		}
	fi
}
