#!/bin/bash
# Boots a host that has ctguard as `make install` leaves it, and its unit as
# systemctl enables it: one guest each, in which booted.sh looks around. TAP.
#
# Usage: boot.sh [NAME]...; default: all
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit

work=build/check/boot.roots
release=$(cat build/guest/kernel/stock) || exit
all=(quiet early disabled blacklisted off uevent saved)
units=usr/lib/systemd/system
status=0

# The installed tree, and the lists of all modules with this one among them;
# links stand for the kernel's, which stay where they are.
install_tree() {
	local kernel=$PWD/build/guest/kernel/$release/lib/modules/$release every=$work/every
	mkdir -p "$1/usr/lib" "$every/lib/modules"
	ln -s usr/lib "$1/lib"
	MAKEFLAGS='' make --no-print-directory -s install DESTDIR="$1" >&2 || return
	rm "$1/lib"
	cp -al "$kernel" "$every/lib/modules/" 2>/dev/null || cp -a "$kernel" "$every/lib/modules/" || return
	# depmod would write through the links.
	rm -f "$every/lib/modules/$release"/modules.{alias,dep,symbols,softdep,devname,builtin.alias,builtin.bin}*
	cp -r "$1/usr/lib/modules/$release/updates" "$every/lib/modules/$release/"
	depmod -b "$every" "$release" || return
	cp "$every/lib/modules/$release"/modules.* "$1/usr/lib/modules/$release/"
	rm -rf "$every"
}

# TARGET UNIT: in the root $root.
enable() {
	mkdir -p "$root/etc/systemd/system/$1.wants"
	ln -s "/$units/$2" "$root/etc/systemd/system/$1.wants/$2"
}

# NAME [OPTION]...: boots with the root made for it.
boot() {
	local name=$1
	shift
	echo "# $name"
	tests/vm/vm --name "boot-$name" --systemd --overlay "$root" "$@" -- tests/e2e/booted.sh "$name" || {
		status=$?
		# Of 1 it has told itself.
		[ $status = 1 ] || echo "not ok - $name: the guest ended with $status"
	}
}

names=("$@")
[ $# -gt 0 ] || names=("${all[@]}")
PATH=$PATH:/usr/sbin:/sbin
rm -rf $work
install_tree $work/installed || {
	printf '1..1\nnot ok 1 - install\n'
	exit 1
}
for name in "${names[@]}"; do
	root=$work/$name
	cp -a $work/installed "$root"
	case $name in
	disabled | uevent) ;;
	*) enable sysinit.target ctguard.service ;;
	esac
	case $name in
	saved) enable timers.target ctguard-log.timer ;;
	early | disabled)
		mkdir -p "$root/$units"
		cp tests/e2e/early.service "$root/$units/"
		enable sysinit.target early.service
		;;
	esac
	case $name in
	blacklisted) boot "$name" --append module_blacklist=ctguard ;;
	off) boot "$name" --append ctguard.off=1 ;;
	saved) boot "$name" --tpm ;;
	*) boot "$name" ;;
	esac
done
exit $status
