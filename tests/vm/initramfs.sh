#!/bin/bash
# Packs the initramfs of a guest kernel: busybox, and the modules needed to
# reach the guest's root and the shared directories.
#
# Usage: initramfs.sh KERNELDIR; leaves KERNELDIR/initramfs and
# KERNELDIR/vmlinuz. BUSYBOX= is that of another architecture.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

here=$(dirname "$(readlink -f "$0")")
dir=$(readlink -f "${1:?usage: initramfs.sh KERNELDIR}")
versions=("$dir"/lib/modules/*)
version=${versions[0]##*/}
needed=(virtio_pci virtio_blk virtio_console squashfs overlay 9pnet_virtio 9p)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/{bin,dev,proc,sys,modules,lower,upper,root}
cp "${BUSYBOX:-$(command -v busybox)}" "$work/bin/busybox"
cp "$here/initramfs-init" "$work/init"
chmod 755 "$work/init"

[ -e "$dir/lib/modules/$version/modules.dep" ] || depmod -b "$dir" "$version"

# In the order of their dependencies; what is built in has no file.
for module in "${needed[@]}"; do
	modprobe -d "$dir" -S "$version" --show-depends "$module"
done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' |
	while read -r file; do
		name=${file##*/}
		case $file in
		*.xz) name=${name%.xz} && xz -dc "$file" >"$work/modules/$name" ;;
		*.zst) name=${name%.zst} && zstd -qdc "$file" >"$work/modules/$name" ;;
		*) cp "$file" "$work/modules/$name" ;;
		esac
		echo "$name"
	done >"$work/modules/order"

(cd "$work" && find . | cpio --quiet -o -H newc) >"$dir/initramfs.$$"
mv "$dir/initramfs.$$" "$dir/initramfs"
# Since 7 it lies with the modules, and installing copies it.
if [ -e "$dir/lib/modules/$version/vmlinuz" ]; then
	mkdir -p "$dir/boot"
	ln -f "$dir/lib/modules/$version/vmlinuz" "$dir/boot/vmlinuz-$version"
fi
for image in "$dir"/boot/vmlinuz-*; do
	ln -sfn "boot/${image##*/}" "$dir/vmlinuz"
done
