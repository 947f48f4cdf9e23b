#!/bin/bash
# Brings what building and testing needs: Debian packages (as root), a guest
# kernel and the kselftest headers (downloaded and unpacked into build/, not
# installed) and the guest's root image. Does nothing when all is there.
# The running kernel, the boot loader and services are not touched.
set -euo pipefail

tree=$(readlink -f "$(dirname "$(readlink -f "$0")")/..")
cd "$tree"
PATH=$PATH:/usr/sbin:/sbin

packages=(
	# build
	gcc make kmod linux-headers-amd64 pkg-config libnl-3-dev libnl-genl-3-dev
	libyaml-dev libjansson-dev libssl-dev libtss2-dev libarchive-dev libseccomp-dev dkms
	# guest
	qemu-system-x86 ovmf systemd-boot-efi swtpm swtpm-tools mmdebstrap squashfs-tools busybox-static
	cpio zstd xz-utils e2fsprogs uidmap
	# tests with a TPM
	tpm2-tools openssl perl strace jq xxd
	# tests with Secure Boot
	sbsigntool efitools
	# lint, fuzz, bench
	clang llvm lld libclang-rt-14-dev clang-format sparse cppcheck shellcheck
	python3 python3-yaml bpftool libbpf-dev gnuplot-nox
	# images in a real store
	podman crun
)
# For a machine without apt: what of it can be looked for.
commands=(
	gcc make dkms depmod pkg-config qemu-system-x86_64 swtpm tpm2_quote mmdebstrap mksquashfs
	busybox cpio zstd xz mke2fs clang clang-format sparse cppcheck shellcheck
	openssl perl strace jq xxd python3 bpftool gnuplot
)

say() {
	echo "setup: $*"
}
die() {
	echo "setup: $*" >&2
	exit 3
}

missing_packages() {
	local installed
	installed=$(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "${packages[@]}" 2>/dev/null |
		sed -n 's/^ii //p') || true
	printf '%s\n' "${packages[@]}" | grep -vxF "$installed" || true
}

missing_commands() {
	local name
	for name in "${commands[@]}"; do
		command -v "$name" >/dev/null || echo "$name"
	done
}

# Packages that bring a daemon ask policy-rc.d before they start it.
without_services() {
	local policy=/usr/sbin/policy-rc.d status=0
	[ ! -e $policy ] || mv $policy $policy.ctguard
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 755 $policy
	"$@" || status=$?
	rm -f $policy
	[ ! -e $policy.ctguard ] || mv $policy.ctguard $policy
	return $status
}

install_packages() {
	local bytes
	bytes=$(apt-get -qq --print-uris --no-install-recommends install "$@" 2>/dev/null |
		awk '{ sum += $3 } END { print int(sum / 1e6) }') || bytes='?'
	say "installs $# packages with apt, $bytes MB to download: $*"
	# dpkg would die of a hang-up half-way, and policy-rc.d stay.
	trap '' HUP
	DEBIAN_FRONTEND=noninteractive without_services apt-get -qq -y \
		-o Dpkg::Use-Pty=0 --no-install-recommends install "$@" >build/setup/apt.log 2>&1 || {
		tail -5 build/setup/apt.log >&2
		die "apt-get could not install them; see build/setup/apt.log"
	}
	trap - HUP
}

# Two headers of linux-source, which is taken from /usr/src or downloaded.
kselftest_headers() {
	local source=/usr/src/linux-source-6.1.tar.xz work
	local names=(kselftest.h kselftest_harness.h)
	work=$(mktemp -d build/setup/source.XXXXXX)
	if [ -e "$source" ]; then
		xz -dc "$source"
	else
		say "downloads linux-source-6.1 (140 MB) for kselftest.h and kselftest_harness.h" >&2
		(cd "$work" && apt-get -qq -o APT::Sandbox::User=root download linux-source-6.1 >&2) ||
			die "cannot download linux-source-6.1"
		dpkg-deb --fsys-tarfile "$work"/*.deb |
			tar -xO ./usr/src/linux-source-6.1.tar.xz | xz -dc
	fi | tar -x -C "$work" --strip-components=4 \
		"${names[@]/#/linux-source-6.1/tools/testing/selftests/}"
	mkdir -p build/kselftest
	mv "${names[@]/#/$work/}" build/kselftest/
	rm -rf "$work"
}

# What the image is made of; it is built again when that changes.
image_inputs() {
	find tests/vm/image.sh tests/vm/busybox-image.sh tests/vm/rootfs -type f \
		-exec sha256sum {} + | sort | sha256sum | cut -c 1-64
}

trap 'status=$?; [ $status = 0 ] || echo "setup: not done" >&2' EXIT
mkdir -p build/setup build/guest
exec 9>build/setup/lock
flock -n 9 || {
	say "waits for another setup of this tree"
	flock 9
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
	mapfile -t missing < <(missing_packages)
	if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" != 0 ]; then
		die "as root: apt-get install --no-install-recommends ${missing[*]}"
	fi
	if [ ${#missing[@]} -gt 0 ]; then
		say "brings ${#missing[@]} packages, a guest kernel and a guest image; about 4 minutes, once"
		say "reads the package lists"
		apt-get -qq update >build/setup/apt.log 2>&1 || true
		install_packages "${missing[@]}"
	fi
else
	mapfile -t missing < <(missing_commands)
	[ ${#missing[@]} -eq 0 ] || die "no apt here; install what brings: ${missing[*]}"
fi

if [ ! -e build/guest/kernel/stock ]; then
	say "downloads the guest's kernel package (71 MB), unpacked and not installed"
fi
# A download needs package lists, which minimal images come without.
if ! tests/vm/kernel.sh >/dev/null 2>build/setup/kernel.log; then
	[ "$(id -u)" != 0 ] || apt-get -qq update || true
	tests/vm/kernel.sh >/dev/null || die "no guest kernel: is there a network?"
fi

if [ ! -e build/kselftest/kselftest_harness.h ]; then
	say "unpacks the kselftest headers"
	kselftest_headers
fi

inputs=$(image_inputs)
if [ ! -e build/guest/root.squashfs ] || [ "$(cat build/guest/root.inputs 2>/dev/null)" != "$inputs" ]; then
	say "builds the guest's root image (about 100 MB to download, 30 s to 3 min)"
	tests/vm/image.sh build/guest/root.squashfs || die "no guest image"
	echo "$inputs" >build/guest/root.inputs
fi
say "done"
