#!/bin/bash
# Hands the module to dkms, which builds it for every kernel that is or will be
# installed, or takes it back.
#
# Usage: dkms.sh install|uninstall
#   DESTDIR  another root than /, whose dkms, sources and modules are used
#   KERNELS  releases to build for now; default: all whose headers are there
set -euo pipefail

tree=$(readlink -f "$(dirname "$(readlink -f "$0")")/..")
cd "$tree"
PATH=$PATH:/usr/sbin:/sbin
root=${DESTDIR:-}
modules=$root/lib/modules
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
options=()

say() {
	echo "dkms: $*"
}
die() {
	echo "dkms: $*" >&2
	exit 3
}

# ARGUMENT...: dkms in this root; what it says is shown only if it fails.
run() {
	dkms "$@" "${options[@]}" >"$log" 2>&1 || {
		cat "$log" >&2
		die "'dkms $*' failed"
	}
}

kernels() {
	local build
	if [ -n "${KERNELS:-}" ]; then
		tr ' ' '\n' <<<"$KERNELS"
		return
	fi
	for build in "$modules"/*/build; do
		[ ! -e "$build/include/config/auto.conf" ] || basename "$(dirname "$build")"
	done
}

# RELEASE: 77 is dkms's word for a kernel that dkms.conf excludes. What `make
# install` left gives way: dkms would take the two for one, and depmod either.
build_for() {
	local release=$1 status=0 what old
	for what in build install; do
		[ $what = build ] || for old in "$modules/$release"/updates/ctguard.ko*; do
			[ ! -e "$old" ] || { rm "$old" && say "removed $old, of make install"; }
		done
		dkms $what "ctguard/$version" -k "$release" --kernelsourcedir "$modules/$release/build" \
			"${options[@]}" >"$log" 2>&1 || status=$?
		[ $status = 0 ] || break
	done
	case $status in
	0) say "built and installed ctguard $version for $release" ;;
	77) say "ctguard is not for $release" ;;
	*)
		cat "$log" >&2
		echo "dkms: no module for $release" >&2
		return 1
		;;
	esac
	[ -z "$root" ] || depmod -b "$root" "$release" 2>"$log"
}

# Every version, with its sources.
take_back() {
	local old
	for old in $(dkms status ctguard "${options[@]}" 2>/dev/null | sed -n 's|^ctguard/\([^,:]*\).*|\1|p' | sort -u); do
		run remove "ctguard/$old" --all
		rm -rf "$root/usr/src/ctguard-$old"
		say "took back ctguard $old"
	done
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
command -v dkms >/dev/null || die "there is no dkms: apt-get install dkms"
if [ -n "$root" ]; then
	root=$(readlink -f "$root")
	modules=$root/lib/modules
	mkdir -p "$root"/var/lib/dkms "$root"/usr/src
	options=(--dkmstree "$root/var/lib/dkms" --sourcetree "$root/usr/src"
		--installtree "$modules" --no-depmod)
	# dkms reads these, and would make keys for this machine.
	export mok_signing_key="$root/var/lib/dkms/mok.key" mok_certificate="$root/var/lib/dkms/mok.pub"
fi
[ "$(id -u)" = 0 ] || die "must be run as root"

case ${1:-} in
install)
	take_back
	source=$root/usr/src/ctguard-$version
	rm -rf "$source"
	mkdir -p "$source/kmod/compat"
	cp -r Kbuild dkms.conf COPYING include "$source/"
	cp kmod/Kbuild kmod/*.[chS] "$source/kmod/"
	cp kmod/compat/* "$source/kmod/compat/"
	rm -f "$source/kmod/ctguard.mod.c"
	run add "ctguard/$version"
	mapfile -t releases < <(kernels)
	failed=0
	for release in "${releases[@]}"; do
		build_for "$release" || failed=3
	done
	[ ${#releases[@]} -gt 0 ] ||
		say "no kernel here has its headers: install them (linux-headers-amd64), and dkms builds"
	exit $failed
	;;
uninstall)
	take_back
	;;
*)
	sed -n '2,8s/^# \?//p' "$0" >&2
	exit 2
	;;
esac
