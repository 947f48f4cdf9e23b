#!/bin/bash
# Makes a Debian kernel bootable as a guest without installing it: downloads
# and unpacks its package, then packs the initramfs for it. Prints the
# directory, which holds vmlinuz, initramfs and lib/modules.
#
# Usage: kernel.sh [VERSION | DIR]
#   VERSION  as in linux-image-VERSION; default: that of the newest 6.1 headers
#            installed, else of what linux-image-amd64 depends on
#   DIR      an unpacked kernel package (or a DESTDIR of `make install
#            modules_install`)
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
guest=$(readlink -f "$here/../..")/build/guest
mkdir -p "$guest/kernel"

stock_version() {
	local header
	# shellcheck disable=SC2012 # names are the kernel's, sorted by version
	header=$(ls -d /usr/src/linux-headers-6.1.*-amd64 2>/dev/null | sort -V | tail -1)
	if [ -n "$header" ]; then
		echo "${header#/usr/src/linux-headers-}"
	else
		apt-cache depends linux-image-amd64 |
			sed -n 's/.*Depends: linux-image-//p' | head -1
	fi
}

download() {
	local version=$1 dir=$2 work
	work=$(mktemp -d "$guest/kernel/.download.XXXXXX")
	# shellcheck disable=SC2064 # expanded now on purpose
	trap "rm -rf '$work'" EXIT
	(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download "linux-image-$version") >&2 || {
		echo "kernel.sh: cannot download linux-image-$version" >&2
		return 3
	}
	mkdir "$work/root"
	dpkg -x "$work"/*.deb "$work/root"
	rm -rf "$work"/root/usr/share
	mv "$work/root" "$dir"
}

case ${1:-} in
*/* | .) dir=$(readlink -f "$1") ;;
*)
	version=${1:-$(cat "$guest/kernel/stock" 2>/dev/null || true)}
	[ -n "$version" ] || version=$(stock_version)
	[ -n "$version" ] || exit 3
	dir=$guest/kernel/$version
	[ -d "$dir" ] || download "$version" "$dir"
	# Written once, and whole: guests start side by side.
	[ -n "${1:-}" ] || [ -s "$guest/kernel/stock" ] || {
		echo "$version" >"$guest/kernel/stock.$$"
		mv "$guest/kernel/stock.$$" "$guest/kernel/stock"
	}
	;;
esac

# Newer packages are merged into /usr, and so is what initramfs.sh reads.
[ -e "$dir/lib" ] || ln -s usr/lib "$dir/lib"
if [ ! -e "$dir/initramfs" ] || [ "$here/initramfs.sh" -nt "$dir/initramfs" ] ||
	[ "$here/initramfs-init" -nt "$dir/initramfs" ]; then
	"$here/initramfs.sh" "$dir" >&2
fi
echo "$dir"
