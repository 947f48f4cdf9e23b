#!/bin/bash
# Brings one kernel of Debian's archive, and a root of its release with the
# toolchain and the headers to build modules for it: downloaded and unpacked
# into build/, not installed, and kept for a week before a newer one is looked
# for. As root. Prints its version and the directory of the root.
#
# Usage: suite.sh NAME; NAME: as in the file kernels
set -euo pipefail

tree=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
name=${1:?usage: suite.sh NAME}
suites=$tree/build/suites

die() {
	echo "suite.sh: $*" >&2
	exit 3
}

read -r _ release prefix < <(awk -v name="$name" '$1 == name' "$tree/tests/matrix/kernels") ||
	die "no kernel is called $name; see tests/matrix/kernels"
[ "$(id -u)" = 0 ] || die "only root can make a root"
root=$suites/$release
mkdir -p "$suites"
exec 9>"$suites/.$release.lock"
flock 9

# shellcheck disable=SC2016 # apt's placeholders, not the shell's
# What this machine's apt knows of Debian, with another release's name in it.
sources() {
	local uri suite
	apt-get indextargets --format '$(ORIGIN)|$(REPO_URI) $(RELEASE)' 'Created-By: Packages' |
		sed -n 's/^Debian|//p' | sort -u | while read -r uri suite; do
		case $suite in
		*-security) echo "deb $uri $release-security main" ;;
		*-updates | *-backports) ;;
		*) printf "deb $uri %s main\n" "$release" "$release-updates" "$release-backports" ;;
		esac
	done | while read -r deb uri suite component; do
		# Releases of long ago lack some.
		[ "${suite%-*}" = "$suite" ] || wanted "$uri" "$suite" || continue
		echo "$deb $uri $suite $component"
	done
}
wanted() {
	/usr/lib/apt/apt-helper download-file "${1%/}/dists/$2/Release" "$suites/.probe" >/dev/null 2>&1
}

make_root() {
	local list
	list=$(sources)
	[ -n "$list" ] || die "this machine's apt knows no Debian (or never ran apt-get update)"
	rm -rf "$root.new"
	# shellcheck disable=SC2086
	mmdebstrap --quiet --mode=root --variant=minbase --include=gcc,make,kmod,libelf1 \
		--aptopt='APT::Sandbox::User "root"' "$release" "$root.new" - <<<"$list" >&2 ||
		die "cannot make a root of $release"
	mv "$root.new" "$root"
}

inside() {
	chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C "$@"
}

# The newest of its packages, neither for clouds nor for real time.
newest() {
	inside apt-cache pkgnames "linux-headers-$prefix" |
		grep -E "^linux-headers-[0-9.]+(-[0-9.]+(deb[0-9]+\.)?[0-9]+|\+deb[0-9.]+)-amd64\$" |
		sed 's/^linux-headers-//' | sort -V | tail -n 1
}

# An image, and the packages that it is made of since 7.
download() {
	local dir=$1 work packages package
	work=$(mktemp -d "$root/tmp/kernel.XXXXXX")
	packages=$(inside apt-cache depends "linux-image-$version" |
		sed -n "s/.*Depends: \(linux-[a-z]*-$version\(-unsigned\)*\)\$/\1/p")
	for package in "linux-image-$version" $packages; do
		inside sh -c "cd '${work#"$root"}' && apt-get -qq -o APT::Sandbox::User=root download '$package'" >&2 ||
			die "cannot download $package"
	done
	mkdir "$work/root"
	for package in "$work"/*.deb; do
		dpkg -x "$package" "$work/root"
	done
	rm -rf "$work"/root/usr/share
	mkdir -p "${dir%/*}"
	mv "$work/root" "$dir"
	rm -rf "$work"
}

[ -d "$root" ] || make_root
cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
if [ -z "$(find "$suites/$name.version" -mtime -7 2>/dev/null)" ]; then
	inside apt-get -qq update >&2 || die "cannot read the package lists of $release"
	newest >"$suites/$name.version"
fi
version=$(cat "$suites/$name.version")
[ -n "$version" ] || die "$release has no linux-headers-$prefix*"
if [ ! -e "$root/usr/src/linux-headers-$version/Makefile" ]; then
	inside apt-get -qq -y -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 --no-install-recommends install \
		"linux-headers-$version" >"$suites/$name.log" 2>&1 || {
		tail -n 5 "$suites/$name.log" >&2
		die "cannot install linux-headers-$version"
	}
fi
dir=$tree/build/guest/kernel/$version
[ -d "$dir" ] || download "$dir"
echo "$version $root"
