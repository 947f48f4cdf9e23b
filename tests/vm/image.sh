#!/bin/bash
# Builds the guest's root: one squashfs of a small Debian with the container
# engines, made by mmdebstrap from this machine's own package sources.
#
# Usage: image.sh OUTPUT.squashfs
set -euo pipefail

here=$(dirname "$(readlink -f "$0")")
output=${1:?usage: image.sh OUTPUT.squashfs}
suite=bookworm

packages=(
	# a system
	systemd systemd-sysv udev dbus kmod procps util-linux iproute2 mount
	e2fsprogs xfsprogs kexec-tools auditd
	# engines and what a container is made of
	podman crun runc conmon catatonit uidmap fuse3 busybox-static bubblewrap
	netavark docker.io containerd iptables apparmor
	slirp4netns fuse-overlayfs dbus-user-session libpam-systemd
	# what the project's programs link with
	libnl-genl-3-200 libyaml-0-2 libjansson4 libssl3 libarchive13
	libtss2-esys-3.0.2-0 libtss2-rc0 libtss2-tctildr0 libtss2-tcti-device0
	# what tests look through
	bpftool strace jq stress-ng
	# what the benchmark builds with
	make tcc
	# services that live in a namespace of their own
	redis-server upower vsftpd
)

# What would only slow a guest that lives for seconds.
masked=(
	redis-server.service upower.service vsftpd.service
	apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer
	dpkg-db-backup.timer podman-auto-update.timer podman-auto-update.service
	podman-restart.service podman.service podman.socket
	getty@tty1.service serial-getty@ttyS0.service systemd-timesyncd.service
	systemd-update-utmp.service kexec.service kexec-load.service
	apparmor.service auditd.service e2scrub_reap.service systemd-pstore.service
)

# Daemons that tests start themselves.
disabled=(docker.service docker.socket containerd.service)

# What no test runs of packages that are needed.
left_out=(
	'/usr/share/man/*' '/usr/share/doc/*' '/usr/share/locale/*'
	/usr/bin/containerd-stress /usr/bin/containerd-shim /usr/bin/containerd-shim-runc-v1
)

# Run by mmdebstrap with the new root: mount points, an ordinary user for
# rootless engines, and away with what names plugins that are not there.
customize() {
	echo 'user:x:1000:1000::/home/user:/bin/bash' >>"$1"/etc/passwd
	echo 'user:*:19000:0:99999:7:::' >>"$1"/etc/shadow
	echo 'user:x:1000:' >>"$1"/etc/group
	mkdir -p "$1"/home/user
	mkdir -p "$1"/var/lib/containers "$1"/ctguard "$1"/out "$1"/kernel "$1"/mnt
	rm -rf "$1"/etc/cni/net.d "$1"/usr/share/fonts
	echo guest >"$1"/etc/hostname
	: >"$1"/etc/machine-id
}

# The host's Debian sources as apt itself understands them, whatever files and
# formats they are written in. Other vendors' are of no use to the guest.
sources() {
	# shellcheck disable=SC2016 # apt's placeholders, not the shell's
	apt-get indextargets --format \
		'$(ORIGIN)|$(CODENAME)|deb $(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' |
		sed -n "s/^Debian|${suite}[^|]*|//p" |
		grep -v backports | sort -u
}

lines=$(sources)
if [ -z "$lines" ]; then
	echo "image.sh: this machine's apt knows no Debian $suite sources (or never ran apt-get update)" >&2
	exit 3
fi

mode=unshare
[ "$(id -u)" = 0 ] && mode=root
# A root without CAP_SYS_ADMIN, as in an unprivileged container.
if [ $mode = root ] && ! unshare --mount true 2>/dev/null; then
	mode=chrootless
fi

options=()
while IFS= read -r option; do
	options+=(--aptopt="$option")
done < <(apt-config dump | grep -E '^Acquire::(http|https)::Proxy' || true)

mkdir -p "$(dirname "$output")"
work=$(mktemp -d "${TMPDIR:-/tmp}/ctguard-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"

# An image for the engines: no registry is reachable from the guest.
"$here/busybox-image.sh" "$work/busybox.tar"

# lz4 and not zstd: what the emulated processor unpacks is dear, disk is not.
if ! echo "$lines" | mmdebstrap --quiet --variant=minbase --mode=$mode \
	--include="$(IFS=,; echo "${packages[*]}")" \
	"${left_out[@]/#/--dpkgopt=path-exclude=}" \
	--aptopt='Apt::Install-Recommends "false"' \
	"${options[@]}" \
	--customize-hook="sync-in $here/rootfs /" \
	--customize-hook="copy-in $work/busybox.tar /usr/share" \
	--customize-hook="for unit in ${masked[*]}; do ln -sf /dev/null \"\$1/etc/systemd/system/\$unit\"; done" \
	--customize-hook="$(declare -f customize); customize \"\$1\"" \
	--customize-hook="for unit in ${disabled[*]}; do rm -f \"\$1\"/etc/systemd/system/*.wants/\$unit; done" \
	"$suite" - - 2>"$work/log" |
	mksquashfs - "$output.new" -tar -comp lz4 -noappend -quiet -no-progress 2>>"$work/log"; then
	cat "$work/log" >&2
	echo "image.sh: mmdebstrap --mode=$mode could not build the guest image" >&2
	rm -f "$output.new"
	exit 3
fi
mv "$output.new" "$output"
