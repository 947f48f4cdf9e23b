#!/bin/bash
# Makes one EFI program of a kernel, its initramfs and its parameters, with the
# stub of systemd: a unified kernel image, as the UAPI group specifies it.
#
# Usage: uki.sh KERNELDIR PARAMETERS FILE
set -euo pipefail

dir=$1 parameters=$2 file=$3
stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
[ -e "$stub" ] || {
	echo "uki: $stub is missing: run make setup" >&2
	exit 3
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
echo "ID=ctguard-guest" >"$work/osrel"
printf '%s' "$parameters" >"$work/cmdline"

# Sections stand one behind the other, each on a page of its own.
align() {
	echo $((($1 + 4095) / 4096 * 4096))
}
next=0
while read -r size address; do
	end=$((16#$size + 16#$address))
	[ "$end" -le "$next" ] || next=$end
done < <(objdump -h "$stub" | awk '$2 ~ /^\./ { print $3, $4 }')
arguments=()
for pair in ".osrel=$work/osrel" ".cmdline=$work/cmdline" ".initrd=$dir/initramfs" ".linux=$dir/vmlinuz"; do
	next=$(align "$next")
	name=${pair%%=*} content=$(readlink -f "${pair#*=}")
	arguments+=(--add-section "$name=$content" --change-section-vma "$name=$(printf '0x%x' "$next")")
	next=$((next + $(stat -c %s "$content")))
done
objcopy "${arguments[@]}" "$stub" "$file"

# Time and checksum of the PE header, which the firmware does not look at: the
# same parts make the same image, which it measures.
header=$(od -An -tu4 -j 60 -N 4 "$file")
for at in 8 88; do
	printf '\0\0\0\0' | dd of="$file" bs=1 seek=$((header + at)) conv=notrunc status=none
done
