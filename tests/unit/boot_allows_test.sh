#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Which kernel command lines keep the unit of systemd from loading the module.
set -u

cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT
number=0 failed=0

line() { # status, what it says or nothing, command line
	number=$((number + 1))
	echo "$3" >"$tmp"
	said=$(userspace/systemd/boot-allows "$tmp")
	status=$?
	case $status,$said in
	"$1,$2"*) echo "ok $number - '$3'" ;;
	*)
		echo "not ok $number - '$3'"
		echo "# ended with $status and said '$said'"
		failed=1
		;;
	esac
}
allows() {
	line 0 '' "$1"
}
keeps_out() { # command line, what of it is told
	line 1 "<4>$2 is on the kernel's command line" "$1"
}

allows 'root=/dev/vda1 ro quiet'
allows ''
keeps_out 'ro ctguard.off=1 quiet' ctguard.off=1
keeps_out 'ctguard.off=Y' ctguard.off=Y
keeps_out 'ctguard.off=on' ctguard.off=on
keeps_out 'ctguard.off' ctguard.off
allows 'ctguard.off=0'
allows 'ctguard.off=n'
allows 'ctguard.off=off'
# The last one counts, as for the module.
allows 'ctguard.off=1 ctguard.off=0'
keeps_out 'ctguard.off=0 ctguard.off=1' ctguard.off=1
allows 'ctguard.mode=complain other.off=1'
keeps_out 'module_blacklist=ctguard' module_blacklist=ctguard
keeps_out 'module_blacklist=a,ctguard,b' module_blacklist=a,ctguard,b
allows 'module_blacklist=ctguard module_blacklist=a'
allows 'module_blacklist=ctguardian,myctguard'
keeps_out 'modprobe.blacklist=a,ctguard modprobe.blacklist=b' modprobe.blacklist=a,ctguard
allows 'path=*'
echo "1..$number"
exit $failed
