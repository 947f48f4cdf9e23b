#!/bin/bash
# Looks around in a host that tests/e2e/boot.sh booted. TAP.
# Runs inside the guest, under systemd.
#
# Usage: booted.sh NAME
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail

name=$1
number=0 failed=0

# CLAIM COMMAND: the command, a line of shell, succeeds.
it() {
	local output result=ok
	output=$(eval "$2" 2>&1) || result="not ok"
	number=$((number + 1))
	echo "$result $number - $name: $1"
	[ "$result" = ok ] || {
		echo "$output" | tail -n 20 | sed 's/^/# /'
		failed=1
	}
}

status() {
	ctguardctl status --json | jq -r "$1"
}
sha() {
	status .policy.sha256
}
# Everything that was refused or complained about since the module was loaded:
# events, all but that of each policy, and what containers count.
refusals() {
	echo "$(status '.events + .events_lost - .policy.generation + 1')" \
		"$(ctguardctl containers --json | jq '[.[].counters[] | .denied + .complained] | add // 0')"
}
is() {
	[ "$(systemctl is-active "$1")" = "$2" ] || {
		systemctl status --no-pager "$1"
		return 1
	}
}
# UNIT WORDS: in what the unit said in this boot.
told() {
	journalctl -b -u "$1" -o cat --no-pager | tee /tmp/told
	grep -q "$2" /tmp/told
}
audited() {
	journalctl -b _TRANSPORT=audit -o cat --no-pager | grep 'ctguard.*verdict=deny'
}
# COMMAND...: succeeds sooner or later, on a slow machine too.
soon() {
	for _ in $(seq 60); do
		"$@" && return
		sleep 0.5
	done
	return 1
}
# EARLIER LATER: the one was up before the other began to start.
before() {
	local up began
	up=$(systemctl show -P ActiveEnterTimestampMonotonic "$1")
	began=$(systemctl show -P InactiveExitTimestampMonotonic "$2")
	echo "$1 was up at $up, $2 began at $began"
	[ "$up" -gt 0 ] && [ "$up" -le "$began" ]
}
no_unit_failed() {
	systemctl --failed --no-legend | tee /dev/stderr
	[ "$(systemctl is-system-running --wait)" = running ]
}
# UNIT: its main process has a user namespace that is not the host's.
has_user_namespace() {
	[ "$(readlink "/proc/$(systemctl show -P MainPID "$1")/ns/user")" != "$(readlink /proc/self/ns/user)" ]
}
early_is_over() {
	systemctl start early.service
	systemctl status --no-pager early.service
	[ -e /run/early/core_pattern ]
}

ftp_has_namespaces() {
	lsns -t ipc -n -o COMMAND | grep vsftpd
}

# The host's own services, and some that have namespaces, are not refused
# anything; and it would be seen if they were.
quiet() {
	it "the guard is up, as its unit says" 'is ctguard.service active && [ "$(status .state)" = enforcing ]'
	it "before local filesystems, and any ordinary unit" '
		before ctguard.service local-fs.target && before ctguard.service sysinit.target && before ctguard.service dbus.service'
	it "no unit failed" no_unit_failed
	it "nothing was refused" '[ "$(refusals)" = "0 0" ] && ! audited'

	systemctl unmask -q redis-server vsftpd upower
	printf 'listen=YES\nanonymous_enable=YES\nsecure_chroot_dir=/run/vsftpd/empty\n' >/etc/vsftpd.conf
	mkdir -p /srv/ftp
	echo "a file" >/srv/ftp/file
	it "redis, with PrivateUsers=, keeps data" 'systemctl start redis-server && has_user_namespace redis-server &&
		redis-cli set key value && redis-cli save && [ "$(redis-cli get key)" = value ]'
	it "upower, with PrivateUsers=, answers" 'systemctl start upower && has_user_namespace upower && upower --dump'
	# It says that it is started before it listens.
	it "vsftpd serves a file" 'systemctl start vsftpd &&
		soon busybox ftpget -u anonymous -p none 127.0.0.1 /tmp/file file && cmp /tmp/file /srv/ftp/file'
	# The client stays until it is killed.
	coproc busybox nc 127.0.0.1 21
	it "from namespaces of its own" 'soon ftp_has_namespaces'
	kill "$COPROC_PID"
	it "no unit failed" no_unit_failed
	it "still nothing was refused" '[ "$(refusals)" = "0 0" ] && ! audited'

	it "a reload puts the file in force" '
		sha=$(sha) && sed -i "s/c 10:200 rwm/c 10:200 rw/" /etc/ctguard/policy.yaml && systemctl reload ctguard && [ "$(sha)" != "$sha" ]'
	echo "nonsense: 1" >>/etc/ctguard/policy.yaml
	it "a reload of a bad file fails, and keeps the policy" '
		sha=$(sha) && ! systemctl reload ctguard && [ "$(sha)" = "$sha" ] && is ctguard.service active'
	it "and says where it is bad" 'told ctguard "/etc/ctguard/policy.yaml:[0-9]*:[0-9]*: found unknown key .nonsense"'
	it "nothing was refused by that" '[ "$(refusals)" = "0 0" ]'

	it "what a container is refused" '! unshare -fp --mount-proc sh -c "echo >/proc/sys/kernel/core_pattern"'
	it "is counted, by each way it was looked for" 'soon audited && [ "$(refusals)" = "1 1" ]'
}

early() {
	it "an early container runs" early_is_over
	it "started after the guard" 'before ctguard.service early.service'
	it "its module is refused" '[ "$(cat /run/early/insmod)" != 0 ] && grep "not permitted" /run/early/insmod.error && [ ! -e /sys/module/dummy ]'
	it "its core_pattern is refused" '[ "$(cat /run/early/core_pattern)" != 0 ] && ! grep owned /proc/sys/kernel/core_pattern'
	it "both were events" '[ "$(status ".events - .policy.generation + 1")" -ge 2 ]'
	it "no unit failed" no_unit_failed
}

disabled() {
	it "systemd finds no fault in the unit" 'systemd-analyze verify --man=no ctguard.service && [ -z "$(systemd-analyze verify --man=no ctguard.service 2>&1)" ]'
	it "installed and not enabled, nothing is loaded" 'is ctguard.service inactive && [ ! -e /sys/module/ctguard ]'
	it "an early container runs" early_is_over
	it "its module is loaded" '[ "$(cat /run/early/insmod)" = 0 ] && [ -e /sys/module/dummy ]'
	it "its core_pattern is the host's" 'grep "^|/bin/owned" /proc/sys/kernel/core_pattern'
	echo "nonsense: 1" >>/etc/ctguard/policy.yaml
	it "with a bad policy the unit fails" '! systemctl enable --now ctguard && is ctguard.service failed'
	it "and says where it is bad" 'told ctguard "/etc/ctguard/policy.yaml:[0-9]*:[0-9]*: found unknown key .nonsense"'
	it "the module's own baseline is in force" '[ "$(status .state)" = enforcing ] && [ "$(status .policy.generation)" = 1 ]'
	it "it is enabled for the next boot, early" '[ -L /etc/systemd/system/sysinit.target.wants/ctguard.service ]'
	it "an engine starts" 'systemd-run -q --wait -p After=ctguard.service true'
	it "unless it requires the guard" '! systemd-run -q --wait -p After=ctguard.service -p Requires=ctguard.service true'
	sed -i '/^nonsense/d' /etc/ctguard/policy.yaml
	it "with a good policy the unit starts, and so does that engine" '
		systemctl start ctguard && is ctguard.service active &&
		systemd-run -q --wait -p After=ctguard.service -p Requires=ctguard.service true'
	it "to stop the unit unloads nothing" 'systemctl stop ctguard && [ "$(status .state)" = enforcing ]'
}

kept_out() {
	it "the unit leaves the module out" 'is ctguard.service inactive && [ ! -e /sys/module/ctguard ]'
	it "and says why" "told ctguard 'line: ctguard is not loaded' && grep '$1' /tmp/told"
	it "no unit failed" no_unit_failed
	it "what requires the guard starts, what is bound to it does not" '
		systemd-run -q --wait -p After=ctguard.service -p Requires=ctguard.service true &&
		! timeout 20 systemd-run -q --wait -p After=ctguard.service -p BindsTo=ctguard.service true'
}

blacklisted() {
	kept_out module_blacklist=ctguard
}

off() {
	kept_out ctguard.off=1
}

loaded() {
	[ -e "/sys/module/$1" ]
}
unloaded() {
	modprobe -r "$1"
	! loaded "$1"
}
# COMMAND...: as a container that has the host's network.
contained() {
	unshare -fp --mount-proc "$@"
}

# What udevd takes for the kernel's: it loads the module that a device needs.
uevent() {
	local device=/sys/devices/platform/pcspkr breakout=/ctguard/build/tests/breakout
	it "nothing guards" 'is ctguard.service inactive && ! loaded ctguard'
	it "a message of a container loads a module" '
		unloaded minix && contained $breakout uevent-forged fs-minix && soon loaded minix'
	it "an order to a device of sysfs loads one" '
		unloaded pcspkr && contained sh -c "echo add >$device/uevent" && soon loaded pcspkr'

	it "the guard starts" 'systemctl start ctguard && [ "$(status .state)" = enforcing ]'
	it "with it the message is refused" 'unloaded minix && ! contained $breakout uevent-forged fs-minix'
	it "and the order" 'unloaded pcspkr && ! contained sh -c "echo add >$device/uevent"'
	it "both were events" 'soon refused 2 && audited | grep netlink/uevent && audited | grep pcspkr/uevent'
	it "udevd loads nothing" 'udevadm settle && sleep 2 && ! loaded minix && ! loaded pcspkr'
	it "a message in a network of its own goes nowhere" '
		contained unshare -n $breakout uevent-forged fs-minix && udevadm settle && sleep 2 && ! loaded minix'
	it "what the host orders loads the module" 'udevadm trigger --action=add --settle $device && soon loaded pcspkr'
	it "and so for every device" 'udevadm trigger --settle && udevadm settle'
	it "nothing else was refused" 'refused 2'
	it "no unit failed" no_unit_failed
}

# FIELD: of the measurement log
log() {
	status ".log.$1"
}
records() {
	ctguardctl attest log --json | jq -s length
}
# The log is kept by a timer, and dropped by the kernel.
saved() {
	it "the guard has a TPM" '[ "$(log tpm)" = anchored ]'
	it "the timer waits" 'is ctguard-log.timer active && systemctl list-timers --no-legend ctguard-log.timer | grep ctguard-log.service'
	it "systemd finds no fault in the unit" '[ -z "$(systemd-analyze verify --man=no ctguard-log.timer 2>&1)" ]'
	it "the log is saved, for root only" 'systemctl start ctguard-log.service && [ -n "$(ls /var/lib/ctguard)" ] && [ "$(stat -c %a /var/lib/ctguard)" = 700 ]'
	it "and dropped" '[ "$(log first)" -gt 1 ] && [ "$(log first)" = "$(log next)" ]'
	it "nothing is lost" '[ "$(records)" = "$(log next)" ]'
	it "and again, with what came since" '
		before=$(log next) && ctguardctl mode complain && ctguardctl mode enforce && systemctl start ctguard-log.service &&
			[ "$(log first)" = $((before + 2)) ] && [ "$(records)" = $((before + 2)) ]'
	it "with nothing new it is well" 'systemctl start ctguard-log.service'
	it "no unit failed" no_unit_failed
}

# COUNT: that many requests were, as events and by what containers count.
refused() {
	[ "$(refusals)" = "$1 $1" ]
}

it "it boots to multi-user" 'systemctl is-active multi-user.target'
it "it is a host, with udev" '[ "$(systemd-detect-virt -c)" = none ] && is systemd-udevd active'
"$name"
echo "1..$number"
exit $failed
