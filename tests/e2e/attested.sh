#!/bin/bash
# The attested host of attest.sh: runs inside a guest with a TPM and asks for
# the verifier's answers through /out, as ssh would carry them.
#
# Usage: attested.sh enroll|again|reload|cut; again: in a later boot; reload: and
# then with the module loaded anew, as for an upgrade; cut: and the power goes
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

# NAME: waits for the verifier to be done with it
turn() {
	: >"/out/$1.asked"
	for _ in $(seq 600); do
		[ ! -e "/out/$1.answered" ] || return 0
		sleep 0.2
	done
	die "no answer to $1"
}
quote() {
	$ctl attest quote --nonce-file /out/nonce -o "/out/$1.ctgev" || die "no quote"
	turn "$1"
}
run() {
	podman --hooks-dir /etc/hooks.d run --rm "$@"
}

mkdir -p /etc/hooks.d /etc/ctguard
sed "s|/usr/sbin/ctguard-oci|$PWD/build/ctguard-oci|" userspace/oci/ctguard-hooks.d.json \
	>/etc/hooks.d/ctguard.json
# The same image in every boot: an import has the time in it.
if [ -e build/attest/image.tar ]; then
	podman load -q -i build/attest/image.tar >/dev/null || die "no image"
else
	import_image
	podman save -q -o /out/image.tar busybox || die "the image is not saved"
fi
podman create -q --name derived busybox true >/dev/null
podman commit -q derived evil >/dev/null || die "no other image"

# Before the module: IMA has it in its log, with every other one.
printf 'measure func=CRITICAL_DATA label=ctguard\nmeasure func=MODULE_CHECK\n' \
	>/sys/kernel/security/ima/policy || die "IMA takes no policy"
insmod "$CTGUARD_KO" tpm=require || die "the module does not load"

# The policy is the same in every boot, too.
if [ -e build/attest/approved.list ]; then
	cp build/attest/approved.list /etc/ctguard/approved.list
else
	$ctl image approve containers-storage:busybox || die "the image is not approved"
	cp /etc/ctguard/approved.list /out/approved.list
fi
sed -e 's/^default: .*/default: approved/' policies/baseline.yaml >/etc/ctguard/policy.yaml
sed -i '/^profiles:/a\  approved: {inherit: baseline, images: {require: approved, level: 2}}' \
	/etc/ctguard/policy.yaml
printf 'images:\n- include: /etc/ctguard/approved.list\n' >>/etc/ctguard/policy.yaml
$ctl policy push /etc/ctguard/policy.yaml >/dev/null || die "the policy is refused"
run busybox true
echo $? >/out/busybox.status
run evil true 2>/out/evil.error
echo $? >/out/evil.status

case ${1:-} in
enroll)
	$ctl attest init -o /out/guest.ctgenroll >/out/init || die "no key"
	turn enroll
	$ctl attest activate --credential /out/guest.cred -o /out/secret || die "not the TPM that was meant"
	turn finish
	quote reference
	quote trusted
	quote edited
	$ctl attest log --save /var/lib/ctguard >&2 || die "the log is not saved"
	sed 's/require: approved, level: 2/require: measured/' /etc/ctguard/policy.yaml >/tmp/weaker.yaml
	$ctl policy push /tmp/weaker.yaml >/dev/null || die "the weaker policy is refused"
	quote weakened
	$ctl policy push /etc/ctguard/policy.yaml >/dev/null || die "the policy is refused"
	$ctl mode complain >/dev/null
	quote complaining
	run evil true || die "complain mode refuses"
	$ctl mode enforce >/dev/null
	quote complained
	;;
again | reload | cut)
	[ "$($ctl attest init)" = "$(cat build/attest/init)" ] || die "another key"
	turn nonce
	quote again
	[ "$1" != cut ] || echo b >/proc/sysrq-trigger
	[ "$1" = reload ] || exit 0
	rmmod ctguard || die "the module does not unload"
	insmod "$CTGUARD_KO" tpm=require || die "the module does not load again"
	$ctl policy push /etc/ctguard/policy.yaml >/dev/null || die "the policy is refused"
	turn nonce2
	quote reloaded
	;;
esac
