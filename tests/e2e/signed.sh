#!/bin/bash
# A host with Secure Boot on, by keys of its own, and thereby Debian's stock
# kernel locked down: it refuses a module that nobody signed, and loads the one
# signed by the key that its firmware trusts, which then guards. Prints TAP.
#
# Usage: signed.sh
#   signed.sh enrol, signed.sh booted: in the guest, before and after
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
work=build/signed
efivars=/sys/firmware/efi/efivars
of=signed

# The keys of the platform, of who may change the others, and of what may run
# are one.
make_keys() {
	local name guid=6b3f7c1e-5f0d-4c0e-9a53-2f3c7d1c8e11
	rm -rf "$work"
	mkdir -p "$work"
	(
		cd "$work" || exit
		openssl req -new -x509 -newkey rsa:2048 -nodes -days 3650 -sha256 -subj "/CN=ctguard's test" \
			-keyout key.pem -out cert.pem &&
			cert-to-efi-sig-list -g $guid cert.pem key.esl || exit
		for name in db KEK PK; do
			sign-efi-sig-list -g $guid -k key.pem -c cert.pem $name key.esl $name.auth || exit
		done
	) >"$work/keys.log" 2>&1
}

# In the guest: a variable is its attributes, and what is written is written at once.
enrol() {
	local name guid
	modprobe efivarfs
	mount -t efivarfs efivarfs $efivars || exit
	while read -r name guid; do
		{
			printf '\x27\0\0\0'
			cat "$work/$name.auth"
		} >/tmp/variable
		dd if=/tmp/variable of="$efivars/$name-$guid" bs=64K status=none || exit
	done <<-END
		db d719b2cb-3d3a-4596-a3bc-dad00e67656f
		KEK 8be4df61-93ca-11d2-aa0d-00e098032b8c
		PK 8be4df61-93ca-11d2-aa0d-00e098032b8c
	END
}

efi_bool() {
	[ "$(od -An -tu1 -j 4 -N 1 "$efivars/$1-8be4df61-93ca-11d2-aa0d-00e098032b8c" | tr -d ' ')" = 1 ]
}
refused() {
	! insmod "$1" 2>&1 && ! [ -e /sys/module/ctguard ]
}
disk() {
	dd if=/dev/vda of=/dev/null bs=4096 count=1 2>&1
}
in_container() {
	podman --runtime crun run --rm --privileged --network none busybox "$@"
}

booted() {
	: >$events
	modprobe efivarfs
	mount -t efivarfs efivarfs $efivars
	it "Secure Boot is on" 'efi_bool SecureBoot'
	it "the kernel is locked down for its integrity by itself" \
		'grep -F "[integrity]" /sys/kernel/security/lockdown && ! grep -w lockdown=integrity /proc/cmdline'
	it "the kernel refuses the module unsigned" \
		"refused $CTGUARD_KO && dmesg | grep -E 'unsigned module (is rejected|loading is restricted)'"
	it "and signed by a key that nobody trusts" "refused $work/stranger.ko"
	it "it loads the module signed by a key of the firmware's db" "insmod $work/ctguard.ko"
	it "which does not taint it as unsigned" '[ $(($(cat /proc/sys/kernel/tainted) >> 13 & 1)) = 0 ]'
	it "ctguardctl says enforcing" '$ctl status | tee /dev/stderr | grep -q enforcing'
	$ctl policy push policies/baseline.yaml >&2 || die "the policy is refused"
	import_image
	watch_start
	it "the host reads its disk" disk
	it "a privileged container works" '[ "$(in_container echo works)" = works ]'
	it "and does not read the disk" \
		'! output=$(in_container dd if=/dev/vda of=/dev/null bs=4096 count=1 2>&1) && grep "Operation not permitted" <<<"$output"'
	watch_stop
	it "for the guard denies it" '[ -n "$(denials ".operation == \"device-open\"")" ]'
	it "the module unloads" 'rmmod ctguard'
	echo "1..$number"
}

case ${1:-} in
enrol)
	enrol
	exit
	;;
booted)
	booted
	exit
	;;
esac

for command in sbsign cert-to-efi-sig-list; do
	command -v $command >/dev/null || die "$command is missing: run make setup"
done
make_keys || die "no keys; see $work/keys.log"
kdir=$(scripts/kdir.sh --guest) || exit
# NAME KEY CERTIFICATE
sign() {
	"$kdir/scripts/sign-file" sha256 "$2" "$3" "$CTGUARD_KO" "$work/$1.ko"
}
openssl req -new -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=a stranger" \
	-keyout "$work/stranger.pem" -out "$work/stranger.crt" 2>/dev/null
{ sign ctguard "$work/key.pem" "$work/cert.pem" && sign stranger "$work/stranger.pem" "$work/stranger.crt"; } ||
	die "the module cannot be signed"

tests/vm/vm --name signed-enrol --secure-boot $work --timeout 300 -- tests/e2e/signed.sh enrol >"$work/enrol.log" 2>&1 || {
	sed 's/^/# /' "$work/enrol.log"
	printf '1..1\nnot ok 1 - the firmware takes the keys\n'
	exit 1
}
tests/vm/vm --name signed --secure-boot $work --timeout 600 -- \
	env "CTGUARD_KO=$CTGUARD_KO" tests/e2e/signed.sh booted
