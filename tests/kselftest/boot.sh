#!/bin/bash
# The ways back into a host that will not boot, which are parameters of the
# kernel: one guest each. Prints TAP.
#
# Usage: boot.sh
set -uo pipefail

vm=$(dirname "$(readlink -f "$0")")/../vm/vm
number=0 status=0

# WHAT PARAMETER COMMAND: boots with the parameter; the command must succeed.
boots() {
	local result=ok out
	out=$("$vm" --name boot --timeout 120 ${CTGUARD_KERNEL:+--kernel "$CTGUARD_KERNEL"} --append "$2" -- \
		env "ko=/ctguard/${CTGUARD_KO:-kmod/ctguard.ko}" bash -c "$3" 2>&1) || result="not ok"
	number=$((number + 1))
	[ "$result" = ok ] || {
		echo "# ${out//$'\n'/$'\n'# }"
		status=1
	}
	echo "$result $number $1"
}

# shellcheck disable=SC2016 # for the guest's shell
# A tree of modules that has this one, as `make install` leaves it.
install='
d=/tmp/tree/lib/modules/$(uname -r) && mkdir -p $d && cp $ko $d/ && depmod -b /tmp/tree || exit
'

echo "TAP version 13"
echo "1..3"
# shellcheck disable=SC2016
boots "module_blacklist=ctguard keeps the module out, by modprobe and by insmod" \
	module_blacklist=ctguard "$install"'
	! modprobe -d /tmp/tree ctguard && ! insmod $ko && ! [ -e /sys/module/ctguard ]'
boots "ctguard.off=1 lets modprobe load it, and it guards nothing" \
	ctguard.off=1 "$install"'
	modprobe -d /tmp/tree ctguard && build/ctguardctl status --full | tee /dev/stderr | grep -q "^state  *off" &&
	unshare -fp dd if=/dev/mem of=/dev/null count=0'
boots "without either it guards" \
	quiet "$install"'
	modprobe -d /tmp/tree ctguard && build/ctguardctl status --full | grep -q "^state  *enforcing" &&
	dd if=/dev/mem of=/dev/null count=0 && ! unshare -fp dd if=/dev/mem of=/dev/null count=0'
exit $status
