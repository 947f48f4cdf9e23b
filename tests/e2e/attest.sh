#!/bin/bash
# A host with firmware, TPM, IMA and the guard, and a verifier that has none of
# these: enrolled, trusted, and no longer trusted after each thing that must
# end trust; and trusted again through later boots, power cuts among them. TAP
# on standard output.
#
# Usage: attest.sh [first]; first: of the first boot only
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh
events=/dev/null
of=attest
work=build/attest
state=$work/state
out=''
ended=''
rm -rf "$work"
mkdir -p "$work" "$state"
chmod 700 "$state"

verify() {
	build/ctguard-verify "$@"
}
# NAME PHASE [OPTION...]: boots the host, in the background
boot() {
	local name=$1 phase=$2
	shift 2
	out=build/vm/$name/out
	rm -rf "build/vm/$name"
	tests/vm/vm --name "$name" --uefi --tpm-state "$work/tpm" --timeout 600 "$@" -- \
		env "CTGUARD_KO=$CTGUARD_KO" tests/e2e/attested.sh "$phase" >"$work/$name.log" 2>&1 &
	guest=$!
}
# NAME: the host has asked for it, or is gone
asked() {
	while [ ! -e "$out/$1.asked" ]; do
		kill -0 "$guest" 2>/dev/null || {
			tail -n 5 "$work"/*.log
			return 1
		}
		sleep 0.2
	done
}
answer() {
	: >"$out/$1.answered"
}
nonce() {
	verify nonce --host guest --ttl 600 --state $state --output "$out/nonce.new" &&
		mv "$out/nonce.new" "$out/nonce"
}
# What the guest ended with, in $ended
ends() {
	wait "$guest"
	ended=$?
}
# EVIDENCE: what the verifier says, in $work/verdict; its status
check() {
	verify check --json --state $state "$1" >$work/verdict
}
# EVIDENCE REASON...: not trusted, for these reasons
rejected() {
	local evidence=$1 reason
	shift
	check "$evidence"
	[ $? = 1 ] || return
	for reason; do
		jq -e --arg r "$reason" '[.reasons[].code] | index($r)' $work/verdict >/dev/null || {
			cat $work/verdict
			return 1
		}
	done
}
# PART VALUE: of trust
part() {
	[ "$(jq -r ".parts.$1" $work/verdict)" = "$2" ] || {
		cat $work/verdict
		return 1
	}
}

# TEXT: what the engine said of the image that is not approved
engine_said() {
	cat "$out/evil.error"
	grep -q -- "$1" "$out/evil.error"
}

boot attest-1 enroll
asked enroll || exit
it "an approved image runs on the host" '[ "$(cat $out/busybox.status)" = 0 ]'
it "one that is not approved does not, and the engine says why" '[ "$(cat $out/evil.status)" != 0 ] && engine_said "does not approve"'
cp "$out/approved.list" "$out/init" "$out/image.tar" $work/
fingerprint=$(sed -n 's/^ek-sha256 *//p' $work/init)
it "another machine's fingerprint is refused" '! verify enroll begin --host guest --ek-sha256 $(printf "%064d" 1) \
	--allow-swtpm --no-ek-cert --state $state -o $work/no.cred $out/guest.ctgenroll'
it "the host is begun by its fingerprint" 'verify enroll begin --host guest --ek-sha256 $fingerprint \
	--allow-swtpm --no-ek-cert --state $state -o $out/guest.cred $out/guest.ctgenroll'
answer enroll
asked finish || exit
it "its TPM opened the credential" 'verify enroll finish --host guest --secret-file $out/secret --state $state && nonce'
answer finish
asked reference || exit
it "its evidence makes a reference" 'verify export reference -o $work/reference.json $out/reference.ctgev &&
	verify enroll reference --host guest --reference $work/reference.json --state $state && nonce'
answer reference
asked trusted || exit
it "it is trusted" 'check $out/trusted.ctgev || { cat $work/verdict; false; }'
for what in ak boot module modules policy images; do
	it "of that, $what is verified" "part $what verified"
done
for what in module policy image; do
	it "IMA has the guard's $what, too" 'mkdir -p $work/x && tar -C $work/x -xf $out/trusted.ctgev && grep " ctguard-$what " $work/x/ima.ascii'
done
it "the same evidence is not taken twice" 'rejected $out/trusted.ctgev NONCE_USED'
it "tpm2-tools take the quote as it is" 'tpm2_checkquote -u $work/x/ak.pem -m $work/x/quote.msg -s $work/x/quote.sig -f $work/x/quote.pcrs \
		-q $(od -An -tx1 $work/x/nonce.bin | tr -d " \n") -g sha256 >/dev/null'
it "and replay the log to the PCR" 'tpm2_eventlog $work/x/ctguard.tcg2 >$work/eventlog &&
	grep -i "13 : 0x$(verify dump $out/trusted.ctgev | jq -r ".pcrs.sha256[\"13\"]")" $work/eventlog'
nonce
answer trusted
asked edited || exit
# One byte of the first record's content, in its place in the archive.
cp "$out/edited.ctgev" $work/edited.ctgev
at=$(grep -abo "ctguard.cel" $work/edited.ctgev | head -n 1 | cut -d : -f 1)
printf '\377' | dd of=$work/edited.ctgev bs=1 seek=$((at + 512 + 300)) conv=notrunc status=none
it "an edited log is found" 'rejected $work/edited.ctgev && jq -e ".reasons[].code | select(startswith(\"LOG_\"))" $work/verdict'
nonce
answer edited
asked weakened || exit
it "a policy that asks for no images ends trust" 'rejected $out/weakened.ctgev POLICY_UNAPPROVED && part policy failed'
nonce
answer weakened
asked complaining || exit
it "complain mode ends it" 'rejected $out/complaining.ctgev MODE_COMPLAIN'
it "IMA has that, too" 'tar -xOf $out/complaining.ctgev ima.ascii | grep " ctguard-mode "'
nonce
answer complaining
asked complained || exit
it "what ran meanwhile is told, in enforce mode again" 'rejected $out/complained.ctgev MODE_COMPLAIN IMAGE_COMPLAINED'
answer complained
ends
it "the host ended well" '[ $ended = 0 ]'
[ "${1:-}" != first ] || {
	echo "1..$number"
	exit
}

boot attest-2 reload
asked nonce || exit
nonce
answer nonce
asked again || exit
it "the next boot is trusted, by the same key" 'check $out/again.ctgev || { cat $work/verdict; false; }'
answer again
asked nonce2 || exit
nonce
answer nonce2
asked reloaded || exit
it "with the module loaded anew it is not, until it is booted" 'rejected $out/reloaded.ctgev LOG_BASE MODULE_RELOADED'
answer reloaded
ends
it "the host ended well" '[ $ended = 0 ]'

# The machine goes without a word to the TPM, each time with a quote made.
for cut in 1 2 3 4; do
	boot attest-cut cut
	asked nonce || exit
	nonce
	answer nonce
	asked again || exit
	it "cut $cut: what it said before is trusted" 'check $out/again.ctgev || { cat $work/verdict; false; }'
	answer again
	ends
	it "cut $cut: it was one" '[ $ended != 0 ]'
done

boot attest-3 again --append "log_buf_len=2M"
asked nonce || exit
nonce
answer nonce
asked again || exit
it "after four power cuts and with another command line it is not" 'rejected $out/again.ctgev BOOT_CHANGED && part boot failed'
answer again
ends
it "the host ended well" '[ $ended = 0 ]'
echo "1..$number"
