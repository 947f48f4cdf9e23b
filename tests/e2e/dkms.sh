#!/bin/bash
# What dkms makes of the module, step by step: Debian's own dkms in a root of
# its own below build/, and a guest that loads what it built. Prints TAP.
# Runs on the building machine, as root, which is what dkms asks for.
#
# Usage: dkms.sh
# shellcheck disable=SC2016,SC2034 # commands are expanded by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit

where=build/check/dkms.root
root=$PWD/$where
modules=$root/lib/modules
tree=$root/var/lib/dkms/ctguard
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
source=$root/usr/src/ctguard-$version
release=$(cat build/guest/kernel/stock) || exit
next=6.1.0-next-amd64
number=0 failed=0

[ "$(id -u)" = 0 ] || {
	printf '1..1\nok 1 - dkms # SKIP needs root\n'
	exit
}

# CLAIM COMMAND: the command, a line of shell, succeeds.
it() {
	local output result=ok
	output=$(eval "$2" 2>&1) || result="not ok"
	number=$((number + 1))
	echo "$result $number - $1"
	[ "$result" = ok ] || {
		echo "$output" | tail -n 20 | sed 's/^/# /'
		failed=1
	}
}

# shellcheck disable=SC2317 # run by it
at() {
	mok_signing_key=$root/var/lib/dkms/mok.key mok_certificate=$root/var/lib/dkms/mok.pub dkms "$@" \
		--dkmstree "$root/var/lib/dkms" --sourcetree "$root/usr/src" --installtree "$modules" --no-depmod
}
# shellcheck disable=SC2317
is() {
	at status ctguard | grep -x "ctguard/$version$1"
}
# shellcheck disable=SC2317
none() {
	! find "$@" | grep .
}
# shellcheck disable=SC2317 # TARGET, quiet and apart from the make that runs this
m() {
	MAKEFLAGS='' make --no-print-directory -s "$1" DESTDIR="$root"
}
# shellcheck disable=SC2317
loads() {
	tests/vm/vm --name dkms --timeout 120 -- sh -c "modprobe -d /ctguard/$where ctguard &&
		sha256sum /ctguard${installed#"$PWD"} && cat /sys/module/ctguard/srcversion &&
		build/ctguardctl status" | tee /dev/stderr >"$root/guest"
	grep -q "^$(sha256sum <"$installed" | cut -c 1-64) " "$root/guest" &&
		grep -qx "$(modinfo -F srcversion "$installed")" "$root/guest" &&
		grep -qx 'state  *enforcing' "$root/guest"
}

headers=$(scripts/kdir.sh --guest) || exit
rm -rf "$root"
mkdir -p "$modules/$release" "$modules/$next"
built=$tree/kernel-$release-x86_64/module/ctguard.ko
installed=$modules/$release/updates/dkms/ctguard.ko

it "without headers the module is added" 'm dkms-install && is ": added"'
it "and nothing is built" 'none "$modules" -type f'
it "what dkms takes is what it builds from, and nothing built" '
	[ -e "$source/Kbuild" ] && [ -e "$source/kmod/compat/probe.sh" ] && [ ! -e "$source/build" ] &&
	none "$source" -name "*.o" -o -name "*.ko" -o -name "*.mod*" -o -name ".*.cmd"'
ln -s "$headers" "$modules/$release/build"
it "dkms builds" 'at build "ctguard/$version" -k "$release" && is ", $release, x86_64: built"'
it "and nothing is installed" 'none "$modules" -name "ctguard*"'
it "dkms installs" 'at install "ctguard/$version" -k "$release" && is ", $release, x86_64: installed"'
it "what it built, with its signature" 'cmp "$built" "$installed" && modinfo -F signer "$installed" | grep .'
it "its version is dkms's" '[ "$(modinfo -F version "$installed")" = "$version" ]'
ln -s "$headers" "$modules/$next/build"
it "a new kernel gets it by itself" 'at autoinstall -k "$next" --kernelsourcedir "$headers" && is ", $next, x86_64: installed"'
depmod -b "$root" "$release" 2>/dev/null
it "a guest loads exactly this file by modprobe, and is guarded" loads
it "make install leaves the module to dkms" \
	'm install && [ -e "$root/usr/sbin/ctguardctl" ] && [ ! -e "$modules/$release/updates/ctguard.ko" ]'
cp "$installed" "$modules/$release/updates/ctguard.ko"
it "make dkms-install replaces what is there, for every kernel with headers" \
	'm dkms-install && is ", $release, x86_64: installed" && is ", $next, x86_64: installed"'
it "a module of make install among it" '[ ! -e "$modules/$release/updates/ctguard.ko" ] && [ -s "$installed" ]'
it "make dkms-uninstall takes it back from every kernel" 'm dkms-uninstall && ! is ".*"'
it "and leaves nothing" 'none "$tree" "$source" "$modules" -name "*ctguard*"'
echo "1..$number"
exit $failed
