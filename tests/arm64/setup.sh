#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Brings what an arm64 guest needs: a compiler and an emulator (Debian packages,
# as root), a root with the libraries and their headers, and one arm64 kernel of
# Debian's archive with its headers: downloaded and unpacked into build/arm64,
# not installed. What of it would have to run on arm64 is taken from this
# machine's own packages. Prints the kernel's version and the root in which the
# module is built for it.
#
# Usage: setup.sh NAME; NAME: as in the file kernels
set -euo pipefail

tree=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
name=${1:?usage: setup.sh NAME}
work=$tree/build/arm64

die() {
	echo "setup.sh: $*" >&2
	exit 3
}

read -r _ suite gcc < <(awk -v name="$name" '$1 == name' "$tree/tests/arm64/kernels") ||
	die "no kernel is called $name; see tests/arm64/kernels"
[ "$(id -u)" = 0 ] || die "only root can make a root"
mkdir -p "$work"
exec 9>"$work/.lock"
flock 9

packages=(qemu-system-arm gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
dpkg-query -W -f '${db:Status-Abbrev}\n' "${packages[@]}" 2>/dev/null | grep -vc '^ii ' | grep -qx 0 &&
	[ "$(dpkg-query -W "${packages[@]}" 2>/dev/null | wc -l)" = ${#packages[@]} ] ||
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends \
		install "${packages[@]}" >"$work/apt.log" 2>&1 || die "cannot install ${packages[*]}; see $work/apt.log"

# SUITE: Debian's sources as this machine's apt knows them, with another name.
# shellcheck disable=SC2016 # apt's placeholders, not the shell's
sources() {
	apt-get indextargets --format '$(ORIGIN)|$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
		sed -n 's/^Debian|//p' | sort -u | while read -r uri release; do
		case $release in
		*-security) echo "deb $uri $1-security main" ;;
		*-backports) ;;
		*-updates) echo "deb $uri $1-updates main" ;;
		*) echo "deb $uri $1 main" ;;
		esac
	done
}

# What the tools and tests are linked with, and what runs the tests. No package
# is configured: that would run its programs.
make_root() {
	local include
	include=bash,coreutils,util-linux,mount,procps,kmod,iproute2,busybox-static,grep,sed,mawk,dash
	include=$include,findutils,diffutils,hostname,e2fsprogs,tar,gzip,libc-bin,base-files
	include=$include,libnl-3-dev,libnl-genl-3-dev,libyaml-dev,libjansson-dev,libssl-dev,libtss2-dev
	include=$include,libarchive-dev,libseccomp-dev,libbpf-dev,libelf-dev,zlib1g-dev,libc6-dev
	sources bookworm >"$work/sources"
	rm -rf "$work/root.new"
	mmdebstrap --quiet --mode=root --variant=extract --architectures=arm64 --skip=check/qemu \
		--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
		--aptopt='Apt::Install-Recommends "false"' --aptopt='APT::Sandbox::User "root"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--include="$include" bookworm "$work/root.new" - <"$work/sources" >&2 ||
		die "cannot make a root of arm64"
	mv "$work/root.new" "$work/root"
}

make_image() {
	mkdir -p "$work"/root/{ctguard,out,kernel,mnt,var/lib/containers}
	ln -sf bash "$work/root/usr/bin/sh"
	ln -sf mawk "$work/root/usr/bin/awk"
	echo 'root:x:0:0:root:/root:/bin/bash' >"$work/root/etc/passwd"
	echo 'root:x:0:' >"$work/root/etc/group"
	cp "$work/root/usr/bin/busybox" "$work/busybox"
	mksquashfs "$work/root" "$work/root.squashfs.new" -comp lz4 -noappend -quiet -no-progress \
		-e usr/include -e usr/lib/gcc >&2 && mv "$work/root.squashfs.new" "$work/root.squashfs"
}

# An apt for arm64 beside this machine's own.
apt_of() {
	local dir=$work/apt.$suite
	mkdir -p "$dir"/{lists/partial,cache/archives/partial,etc}
	: >"$dir/status"
	sources "$suite" >"$dir/sources"
	cat >"$dir/conf" <<-END
	APT::Architecture "arm64";
	APT::Architectures { "arm64"; };
	APT::Sandbox::User "root";
	Dir::State "$dir";
	Dir::State::status "$dir/status";
	Dir::Cache "$dir/cache";
	Dir::Etc::sourcelist "$dir/sources";
	Dir::Etc::sourceparts "-";
	END
	echo "$dir/conf"
}

[ -d "$work/root" ] || make_root
[ -e "$work/root.squashfs" ] || make_image

# The compiler of the kernel's release, where it is another than this machine's.
build_root=/
if [ "$suite" != bookworm ]; then
	read -r _ build_root < <("$tree/tests/matrix/suite.sh" "$name") || die "no root of $suite"
	[ -x "$build_root/usr/bin/aarch64-linux-gnu-$gcc" ] ||
		chroot "$build_root" env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o APT::Sandbox::User=root \
			-o Dpkg::Use-Pty=0 --no-install-recommends install "$gcc-aarch64-linux-gnu" >"$work/apt.log" 2>&1 ||
		die "cannot install $gcc-aarch64-linux-gnu; see $work/apt.log"
fi

if [ -z "$(find "$work/$name.version" -mtime -7 2>/dev/null)" ]; then
	APT_CONFIG=$(apt_of)
	export APT_CONFIG
	apt-get -qq update >&2 || die "cannot read the package lists of $suite"
	version=$(apt-cache depends linux-headers-arm64 | sed -n 's/.*Depends: linux-headers-\([0-9].*\)/\1/p')
	[ -n "$version" ] || die "$suite has no linux-headers-arm64"
	rm -rf "$work/$name.new"
	mkdir -p "$work/$name.new/debs" "$work/$name.new/kernel"
	(cd "$work/$name.new/debs" && apt-get -qq download "linux-image-$version" "linux-headers-$version" \
		"linux-headers-${version%-arm64}-common") >&2 || die "cannot download the kernel $version"
	dpkg -x "$work/$name.new"/debs/linux-image-*.deb "$work/$name.new/kernel"
	for package in "$work/$name.new"/debs/linux-headers-*.deb; do
		dpkg -x "$package" "$work/$name.new/headers"
	done
	rm -rf "${work:?}/$name" "$work/$name.new/debs"
	mv "$work/$name.new" "$work/$name"
	echo "$version" >"$work/$name.version"
fi
echo "$(cat "$work/$name.version") $build_root"
