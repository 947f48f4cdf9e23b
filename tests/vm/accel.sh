#!/bin/bash
# Says which accelerator QEMU can use: "kvm" only after a probe boot under it
# came up within five seconds, else "tcg". The answer is kept in build/guest.
#
# Usage: accel.sh KERNELDIR
set -euo pipefail

kernel=${1:?usage: accel.sh KERNELDIR}
answer=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")/build/guest/accel

if [ ! -s "$answer" ]; then
	accel=tcg
	if [ -w /dev/kvm ] && timeout -k 1 5 qemu-system-x86_64 -accel kvm -cpu host -m 256M \
		-nodefaults -display none -no-reboot -kernel "$kernel/vmlinuz" \
		-initrd "$kernel/initramfs" -serial stdio \
		-append "console=ttyS0 quiet panic=-1 ctguard-probe" </dev/null 2>/dev/null |
		grep -q "the probe is alive"; then
		accel=kvm
	fi
	echo $accel >"$answer.$$"
	mv "$answer.$$" "$answer"
fi
cat "$answer"
