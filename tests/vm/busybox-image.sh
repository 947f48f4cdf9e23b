#!/bin/bash
# Makes a container image without a registry: a tar of a root with a static
# busybox, for `podman import`.
#
# Usage: busybox-image.sh OUTPUT.tar
set -euo pipefail

output=${1:?usage: busybox-image.sh OUTPUT.tar}
busybox=$(command -v busybox) || {
	echo "busybox-image.sh: busybox-static is missing" >&2
	exit 3
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work"/{bin,etc,dev,proc,sys,tmp,mnt,root,home,usr/bin}
cp "$busybox" "$work/bin/busybox"
"$busybox" --list | while read -r applet; do
	[ "$applet" = busybox ] || ln -s busybox "$work/bin/$applet"
done
cat >"$work/etc/passwd" <<-END
	root:x:0:0:root:/root:/bin/sh
	nobody:x:65534:65534:nobody:/:/bin/false
END
printf 'root:x:0:\nnogroup:x:65534:\n' >"$work/etc/group"
chmod 1777 "$work/tmp"
tar -C "$work" --owner=0 --group=0 --numeric-owner --sort=name -cf "$output" .
