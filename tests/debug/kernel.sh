#!/bin/bash
# Builds a kernel that looks for faults from Debian's source and configuration:
# less of what no test asks for (modules, trim.config) and more of what finds
# them (VARIANT.config). As root where the source has to be downloaded. Built
# again only when what it is made of changes. Prints its directory, which is as
# tests/vm/vm takes it and whose build/ is the KDIR of modules.
#
# Usage: kernel.sh kasan | kcsan
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

tree=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
here=$tree/tests/debug
variant=${1:?usage: kernel.sh kasan | kcsan}
source=$tree/build/debug/source
dir=$tree/build/debug/$variant
packages=(gcc make bc bison flex libelf-dev libssl-dev cpio kmod)

die() {
	echo "kernel.sh: $*" >&2
	exit 3
}

[ -e "$here/$variant.config" ] || die "no variant is called $variant"
mkdir -p "$tree/build/debug"

missing() {
	dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null |
		sed -n 's/^ii //p' >"$tree/build/debug/.installed" || true
	printf '%s\n' "${packages[@]}" | grep -vxF -f "$tree/build/debug/.installed" || true
}

bring_packages() {
	local names
	mapfile -t names < <(missing)
	[ ${#names[@]} -gt 0 ] || return 0
	[ "$(id -u)" = 0 ] || die "as root: apt-get install --no-install-recommends ${names[*]}"
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 --no-install-recommends \
		install "${names[@]}" >"$tree/build/debug/apt.log" 2>&1 || die "cannot install ${names[*]}"
}

bring_source() {
	local package=/usr/src/linux-source-6.1.tar.xz work
	[ ! -e "$source/Makefile" ] || return 0
	work=$(mktemp -d "$tree/build/debug/source.XXXXXX")
	if [ -e "$package" ]; then
		xz -dc "$package"
	else
		(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download linux-source-6.1 >&2) ||
			die "cannot download linux-source-6.1"
		dpkg-deb --fsys-tarfile "$work"/*.deb | tar -xO ./usr/src/linux-source-6.1.tar.xz | xz -dc
	fi | tar -x -C "$work" --strip-components=1
	rm -f "$work"/*.deb
	rm -rf "$source"
	mv "$work" "$source"
}

# Only the module is watched for races: a kernel that is watched itself has too
# many of its own. Memory is watched in the module, in the allocators, and where
# the kernel keeps what is the module's; in all of it the guest would be slow.
# Makefiles that say so themselves come before the environment.
flags=()
[ "$variant" != kcsan ] || flags=(KCSAN_SANITIZE=n)
watched='kernel/cgroup kernel/trace fs/kernfs net/netlink security'
unwatched="\$(if \$(filter $watched,\$(obj)),,n)"
build() {
	KASAN_SANITIZE=$unwatched UBSAN_SANITIZE=$unwatched \
		nice -n 10 make -s -j2 -C "$source" O="$dir/build" LOCALVERSION= "${flags[@]}" "$@"
}

wanted() {
	sed '/^#/d' "$here/modules" | tr -s ' ' '\n'
}

configure() {
	local config=$dir/build/.config line
	cp "$stock" "$config"
	# As lsmod prints them.
	wanted | sed 's/$/ 1 0/; 1i Module Size Used' >"$dir/lsmod"
	build LSMOD="$dir/lsmod" localmodconfig < <(yes '')
	"$source/scripts/kconfig/merge_config.sh" -m -O "$dir/build" "$config" \
		"$here/trim.config" "$here/$variant.config"
	build olddefconfig
	while read -r line; do
		case $line in
		CONFIG_*) grep -qxF "$line" "$config" ;;
		*" is not set") ! grep -q "^$(cut -d ' ' -f 2 <<<"$line")=" "$config" ;;
		esac || die "the kernel cannot have: $line"
	done <"$here/$variant.config"
}

stock=$("$tree/tests/vm/kernel.sh")
stock=$stock/boot/config-${stock##*/}
exec 9>"$tree/build/debug/.source.lock"
flock 9
bring_packages
bring_source
exec 9>"$dir.lock"
flock 9
inputs=$({
	echo "$unwatched ${flags[*]}"
	cat "$here/modules" "$here/trim.config" "$here/$variant.config" "$stock"
	sed -n '1,5p' "$source/Makefile"
	gcc -dumpfullversion
} | sha256sum | cut -c 1-64)
if [ "$(cat "$dir/inputs" 2>/dev/null)" != "$inputs" ]; then
	echo "kernel.sh: builds the kernel $variant, which takes long; see build/debug/$variant.log" >&2
	exec 3>&1 4>&2 >"$dir.log" 2>&1
	trap '[ -e "$dir/inputs" ] || tail -n 20 "$dir.log" >&4' EXIT
	# What make finds built already it builds again where that changed.
	rm -rf "${dir:?}"/{boot,lib,usr,inputs,initramfs,vmlinuz}
	mkdir -p "$dir/build" "$dir/boot"
	configure
	build bzImage modules
	version=$(build kernelrelease)
	build INSTALL_MOD_PATH="$dir" modules_install
	lacking=$(wanted | grep -vxF "$(cat "$dir/lib/modules/$version"/modules.{order,builtin} |
		sed 's|.*/||; s|\.ko$||' | tr - _)" || true)
	# shellcheck disable=SC2086 # on one line
	[ -z "$lacking" ] || die "the kernel has no" $lacking
	# They lead out of the directory, which guests see alone.
	rm -f "$dir/lib/modules/$version"/{build,source}
	cp "$dir/build/arch/x86/boot/bzImage" "$dir/boot/vmlinuz-$version"
	cp "$dir/build/.config" "$dir/boot/config-$version"
	cp "$dir/build/System.map" "$dir/boot/System.map-$version"
	echo "$inputs" >"$dir/inputs"
	exec >&3 2>&4
fi
echo "$dir"
