#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2317 # functions that claim() is told the names of
# shellcheck disable=SC2016 # $... in what is run by sh -c, or by perl
# ctguardctl attest against a software TPM, with tpm2-tools as the other side.
# The log is of attest_log.pl, and the PCR is extended by tpm2_pcrextend: what
# the module would do.
set -u

cd "$(dirname "$0")/../.." || exit 1
CTL=${CTGUARDCTL:-$PWD/build/ctguardctl}
writer=$PWD/tests/unit/attest_log.pl meddle=$PWD/tests/unit/meddle.pl
tmp=$(mktemp -d) || exit 1
number=0 failed=0
unset CTGUARD_TCTI TSS2_LOG

for tool in swtpm swtpm_setup tpm2_quote tpm2_eventlog perl openssl script; do
	command -v $tool >/dev/null || {
		echo "ok 1 - keys and quotes # SKIP there is no $tool"
		echo 1..1
		exit 0
	}
done
# shellcheck source=tests/unit/swtpm.sh
. tests/unit/swtpm.sh
trap 'swtpm_stop; rm -rf "$tmp"' EXIT

claim() { # what, command
	local what=$1
	shift
	number=$((number + 1))
	if ("$@") >"$tmp/out" 2>&1; then
		echo "ok $number - $what"
	else
		head -n 20 "$tmp/out" | tr -c '[:print:]\n' '?' | sed 's/^/# /'
		echo "not ok $number - $what"
		failed=1
	fi
}

# STATUS TEXT ARGUMENT...: attest ends so, and says so.
ends() {
	local status=$1 text=$2 got=0
	shift 2
	"$CTL" attest "$@" >"$tmp/said" 2>&1 || got=$?
	cat "$tmp/said"
	echo "ended with $got"
	[ "$got" = "$status" ] && grep -qF -- "$text" "$tmp/said"
}

nothing() { # at a path
	[ ! -e "$1" ]
}

# Puts RECORDS more into the PCR, of a log that is written anew.
measure() { # records, banks, base
	"$writer" log.cel 13 "$2" "$1" ${3:+"$3"} >extend || return
	tail -n "+$((extended + 1))" extend | xargs -r -n 1 tpm2_pcrextend || return
	extended=$1
}

pcr_value() { # bank
	tpm2_pcrread "$1:13" | sed -n 's/^ *13 *: 0x//p' | tr 'A-F' 'a-f'
}

hex() {
	od -An -v -tx1 "$1" | tr -d ' \n'
}

value() { # of a line that init or status printed
	sed -n "s/^$1  *//p"
}

unpack() { # evidence, directory
	rm -rf "$2" && mkdir "$2" && tar xf "$1" -C "$2"
}

check() { # directory, nonce in hexadecimal
	tpm2_checkquote -u "$1/ak.pem" -m "$1/quote.msg" -s "$1/quote.sig" -f "$1/quote.pcrs" \
		-g sha256 -q "$2"
}

quotes() { # options...
	head -c 32 /dev/urandom >nonce
	"$CTL" attest quote --log log.cel --ima /dev/null "$@" <nonce >ev.ctgev && unpack ev.ctgev ev &&
		cmp nonce ev/nonce.bin
}

accepted() {
	quotes "$@" && check ev "$(hex nonce)"
}

refused() { # nonce
	! check ev "$1"
}

# tpm2_eventlog's PCR 13 of each bank is the TPM's.
replays() { # bank...
	local bank
	tpm2_eventlog ev/ctguard.tcg2 >eventlog || return
	for bank; do
		sed -n "/^pcrs:/,\$p" eventlog | sed -n "/^  $bank:/,/^  sha/p" |
			grep -q "13 *: 0x$(pcr_value "$bank")" || return
	done
}

no_transients() {
	[ -z "$(tpm2_getcap handles-transient)" ]
}

flush() {
	tpm2_flushcontext -t
}

name_at() { # handle
	tpm2_readpublic -c "$1" 2>/dev/null | sed -n 's/^name: //p'
}

# The key that tpm2-tools derive from the same template.
ak_name() { # ecc|rsa
	local scheme=ecc256:ecdsa-sha256:null
	[ "$1" = ecc ] || scheme=rsa2048:rsassa-sha256:null
	# TPMU_PUBLIC_ID as it lies in memory: lengths and buffers, one or two.
	perl -e 'print pack("S a128 S a128", 26, "ctguard attestation key v1", 0, "")' >unique
	tpm2_createprimary -C e -g sha256 -G "$scheme" -u unique -c primary.ctx \
		-a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign' >/dev/null || return
	name_at primary.ctx
	flush
}

same() { # twice
	echo "$1 and $2"
	[ -n "$1" ] && [ "$1" = "$2" ]
}

der_sha256() { # of a public key, PEM
	openssl pkey -pubin -in "$1" -outform DER | sha256sum | cut -d ' ' -f 1
}

members() { # archive, names
	same "$(tar tf "$1" | tr '\n' ' ')" "$2 "
}

# What tpm2_makecredential hides, attest activate finds.
activates() { # EK's TPM2B_PUBLIC, name, options
	local ek=$1 name=$2
	shift 2
	head -c 32 /dev/urandom >secret
	tpm2_makecredential -T none -u "$ek" -s secret -n "$name" -o made.cred &&
		"$CTL" attest activate --credential made.cred -o found "$@" && cmp secret found
}

cd "$tmp" || exit 1
extended=0
several=sha1,sha256,sha384

# Must not be in a subshell of claim().
start() {
	swtpm_start "$@"
	claim "a TPM starts, with the banks $2" sh -c "tpm2_getcap pcrs | grep -q 'sha.*[0-9]'"
}

start several $several
claim 'status tells that there is no key yet' \
	sh -c "\"$CTL\" attest status --log /dev/null | grep -q 'none at 0x81018c74'"
claim 'init makes keys and a request to enrol' \
	sh -c "\"$CTL\" attest init -o h.ctgenroll >init"
name=$(value ak-name <init)
claim 'its members are those without a certificate' members h.ctgenroll 'manifest.json ak.tss ek.tss'
unpack h.ctgenroll enroll
tpm2_createek -c ek.ctx -G ecc -u ek.tss && tpm2_readpublic -c ek.ctx -f pem -o ek.pem >/dev/null && flush
claim 'the endorsement key is that of tpm2_createek' cmp ek.tss enroll/ek.tss
claim 'the fingerprint is of its SubjectPublicKeyInfo' same "$(value ek-sha256 <init)" "$(der_sha256 ek.pem)"
claim 'the attestation key is what tpm2_createprimary makes of its template' same "$name" "$(ak_name ecc)"
claim 'and is persisted' same "$name" "$(name_at 0x81018C74)"
claim 'and has the attributes that its users rely on' \
	sh -c "tpm2_readpublic -c 0x81018C74 | grep -A 2 '^attributes:' | grep -q 'raw: 0x50472'"
claim 'ak.tss is its public part' \
	sh -c 'tpm2_readpublic -c 0x81018C74 -o ak.tss >/dev/null && cmp ak.tss enroll/ak.tss'
claim 'init again changes nothing' \
	sh -c "\"$CTL\" attest init | cmp - init && [ \"\$(tpm2_getcap handles-persistent | wc -l)\" = 1 ]"
claim 'a request by standard output leaves the words to standard error' \
	sh -c "\"$CTL\" attest init -o - 2>words | tar tf - | grep -qx ek.tss && grep -q '^ek-sha256 ' words"
claim 'nothing stays in the TPM' no_transients

claim 'six records are measured' measure 6 $several
extended=6
claim 'tpm2_checkquote accepts a quote' accepted
quotes >/dev/null
claim 'and not for another nonce' refused "$(hex nonce | tr '0-9a-f' '1-9a-f0')"
claim 'members are in their order' members ev.ctgev \
	'manifest.json nonce.bin ak.tss ak.pem quote.msg quote.sig quote.pcrs ctguard.cel ctguard.tcg2 ima.ascii'
claim 'tpm2_eventlog replays it to the PCR of each bank' replays sha1 sha256 sha384
claim 'the log in it is the log' cmp log.cel ev/ctguard.cel
claim 'quote.pcrs is what tpm2_quote writes' sh -c \
	'tpm2_quote -c 0x81018C74 -l sha1:13+sha256:0,1,2,3,4,5,6,7,8,9,10,13+sha384:13 -q 00 -m raw.msg -s raw.sig -o raw.pcrs -g sha256 >/dev/null &&
		cmp raw.pcrs ev/quote.pcrs'
claim 'other PCRs can be asked for, and the guard'\''s is with them' sh -c \
	"\"$CTL\" attest quote --log log.cel --pcrs 0-2,7 <nonce | tar xOf - quote.pcrs >pcrs &&
		tpm2_quote -c 0x81018C74 -l sha1:13+sha256:0,1,2,7,13+sha384:13 -q 00 -m raw.msg -s raw.sig -o raw.pcrs -g sha256 >/dev/null &&
		cmp raw.pcrs pcrs"
claim 'a file as nonce, a file as evidence' sh -c \
	"\"$CTL\" attest quote --log log.cel -n nonce -o ev2.ctgev </dev/null && [ \"\$(tar xOf ev2.ctgev nonce.bin | sha256sum)\" = \"\$(sha256sum <nonce)\" ]"
claim 'a key that is not persisted signs as well' accepted --no-persist
claim 'nothing stays in the TPM after that' no_transients
head -c 32 /dev/urandom >binding
bound() {
	quotes --channel-binding binding && check ev "$( (printf 'ctguard-qd-v1\0'; cat nonce binding) | sha256sum | cut -d ' ' -f 1)"
}
claim 'a channel is bound by the hash of label, nonce and binding' bound
quotes --channel-binding binding >/dev/null
claim 'and then not by the nonce alone' refused "$(hex nonce)"
: >empty
claim 'an empty binding is malformed' ends 4 'empty: is empty' quote --log log.cel -n nonce --channel-binding empty
printf '10 %040d ima-ng sha256:%064d /init\n' 0 0 >ima
head -c 600 /dev/urandom >uefi
claim 'the logs of IMA and firmware come with it' sh -c \
	"\"$CTL\" attest quote --log log.cel --ima ima --uefi uefi -n nonce >out.ctgev && tar xOf out.ctgev ima.ascii | cmp - ima && tar xOf out.ctgev uefi.bin | cmp - uefi"
claim 'a log that was asked for and is not there is told' \
	ends 3 'no-such-file' quote --log log.cel -n nonce --ima no-such-file
claim 'status says that the log leads to the PCR' sh -c \
	"\"$CTL\" attest status --log log.cel --json >status.json && grep -q '\"good\": true' status.json &&
		grep -q '\"log_matches\": true' status.json && grep -q '\"records\": 6' status.json"
claim 'and the key'\''s name' grep -q "$name" status.json
claim 'log prints a line for each record' sh -c "[ \"\$(\"$CTL\" attest log --log log.cel | wc -l)\" = 6 ]"
claim 'and nothing that a terminal would obey' sh -c \
	"\"$CTL\" attest log --log log.cel | grep -q 'container=/ctr/.x1b\[31m5' && ! \"$CTL\" attest log --log log.cel | grep -q \"\$(printf '\033')\""
claim 'log --json has the digests' sh -c \
	"\"$CTL\" attest log --log log.cel --json | tail -n 1 | grep -q \"\\\"sha256\\\":\\\"\$(tail -n 1 extend | sed 's/.*sha256=//;s/,.*//')\\\"\""

for size in 0 31 33 64; do
	head -c $size /dev/zero >bad
	claim "a nonce of $size bytes is refused" ends 4 'bad: offset 0: a nonce is 32 bytes' quote --log log.cel -n bad -o bad.ctgev
	claim "and nothing is written" nothing bad.ctgev
done
claim 'evidence is not written to a terminal' sh -c \
	"script -qec '\"$CTL\" attest quote --log log.cel -n nonce' /dev/null >tty; [ \$? = 2 ] && grep -q 'will not write bytes to a terminal' tty"
claim 'nor is a secret' sh -c \
	"script -qec '\"$CTL\" attest activate -c made.cred -o -' /dev/null >tty; [ \$? = 2 ] && grep -q 'will not write a secret to a terminal' tty"
claim 'nor is a request to enrol' sh -c "script -qec '\"$CTL\" attest init -o -' /dev/null >tty; [ \$? = 2 ]"
claim 'evidence that is lost is told' sh -c "! \"$CTL\" attest quote --log log.cel -n nonce >/dev/full"
claim 'a pipe is written to, and stays one' sh -c \
	"mkfifo pipe; timeout 5 tar tf pipe >members & \"$CTL\" attest quote --log log.cel -n nonce -o pipe; wait; [ -p pipe ] && grep -q quote.sig members"
claim 'a TPM that is not there is told' \
	ends 3 'TPM swtpm:port=1: there is none' quote --log log.cel -n nonce --tcti swtpm:port=1
claim 'CTGUARD_TCTI comes before TPM2TOOLS_TCTI' env CTGUARD_TCTI=swtpm:port=1 \
	sh -c "\"$CTL\" attest init 2>&1 | grep -q 'TPM swtpm:port=1'"

# Of the log: what the kernel appended since, what is not the kernel's.
"$writer" longer.cel 13 $several 9 >/dev/null
claim 'records that are not in the PCR yet are left for the next quote' sh -c \
	"\"$CTL\" attest quote --log longer.cel -n nonce >out.ctgev && tar xOf out.ctgev ctguard.cel | cmp - log.cel"
"$writer" shorter.cel 13 $several 5 >/dev/null
claim 'a log that lacks a record is told' ends 1 'does not lead to the value of PCR 13' quote --log shorter.cel -n nonce -o no.ctgev
claim 'and nothing is written' nothing no.ctgev
claim 'status tells it, too' ends 1 'does not lead to this value' status --log shorter.cel
claim 'and evidence can be forced' sh -c "\"$CTL\" attest quote --log shorter.cel -n nonce --force | tar xOf - ctguard.cel | cmp - shorter.cel"
"$writer" fewer.cel 13 sha256 6 >/dev/null
claim 'a log without a bank that the TPM has is told' ends 1 'does not lead to the value' quote --log fewer.cel -n nonce
edit() { # perl expression on the log
	perl -0777 -pe "$1" log.cel >edited.cel && ! cmp -s log.cel edited.cel
}
broken() { # what, perl expression, what is said
	claim "there is a log $1" edit "$2"
	claim "a log $1 is malformed" ends 4 "edited.cel: record $3" quote --log edited.cel -n nonce -o no.ctgev --force
	claim 'and nothing is written' nothing no.ctgev
}
broken 'with another digest' 'substr($_, 29, 1) ^= "\1"' '0, at byte 29: the digest is not the content'\''s'
broken 'with other content' 's{/bin/sh}{/bin/su}' '3, at byte'
broken 'cut short' 'chop' '5, at byte'
broken 'with a record less' '$_ = substr($_, 0, index($_, pack("CNQ>", 0, 8, 2))) . substr($_, index($_, pack("CNQ>", 0, 8, 3)))' \
	'2, at byte'
broken 'with a length that overflows' 'substr($_, 1, 4) = "\xff" x 4' '0, at byte 0: it is cut short'
broken 'with another PCR in a record' 's/^(.*\x01\x00\x00\x00\x01)\x0d\x03/$1\x0e\x03/s' '5, at byte'
broken 'of something else' '$_ = "#!/bin/sh\n" x 9' '0, at byte 0: it is cut short'
claim 'log says the same of it' ends 4 'edited.cel: record 0' log --log edited.cel
for pcr in 16 23 200; do
	"$writer" reset.cel $pcr sha256 3 >/dev/null
	claim "a log of PCR $pcr is malformed" \
		ends 4 'reset.cel: record 0, at byte 13: a PCR that the guard cannot have' status --log reset.cel
done
claim 'and such a PCR as an option' ends 2 '--pcr: expected 8 to 15' quote --log log.cel -n nonce --pcr 16

# The part that the kernel has no more.
saved=saved/measurements/000000000000.cel
claim 'the log is saved' sh -c "\"$CTL\" attest log --log log.cel --save saved && cmp $saved log.cel"
tail_at() { # record
	perl -0777 -ne 'print substr($_, index($_, pack("CNQ>", 0, 8, $ENV{N})))' <log.cel
}
N=4 tail_at >tail.cel
claim 'what was saved and what the kernel keeps make the whole' sh -c \
	"\"$CTL\" attest quote --log tail.cel --saved saved -n nonce | tar xOf - ctguard.cel | cmp - log.cel"
claim 'without what was saved it is told what is missing' \
	ends 3 'the kernel keeps records from 4 on, those before should be in none/measurements' \
	quote --log tail.cel --saved none -n nonce
"$writer" $saved 13 $several 3 >/dev/null
claim 'a gap between them is told' ends 3 'saved/measurements has those before 3 only' quote --log tail.cel --saved saved -n nonce
claim 'and no more is saved there' ends 3 'do not continue what is in saved/measurements' log --log tail.cel --save saved
"$writer" $saved 13 $several 4 sha256="$(printf %064d 1)" >/dev/null
claim 'another load'\''s records do not fit' ends 1 'does not lead to' quote --log tail.cel --saved saved -n nonce
claim 'nothing is saved that does not lead to the PCR' ends 1 'nothing is saved' log --log shorter.cel --save other
claim 'not even a directory of segments' nothing other/measurements
claim 'what was saved of another load is kept beside it' sh -c \
	"cp $saved before && \"$CTL\" attest log --log log.cel --save saved &&
		cmp $saved log.cel && cmp saved/measurements.previous/000000000000.cel before"
claim 'records that the verifier has are left out' sh -c \
	"\"$CTL\" attest quote --log log.cel --since 4 -n nonce | tar xOf - ctguard.cel | cmp - tail.cel"
claim 'more than there are cannot be' ends 1 'there is no record 7' quote --log log.cel --since 7 -n nonce

# Enrolment.
claim 'a credential of tpm2_makecredential is answered' activates ek.tss "$name"
claim 'also when the key is not persisted' activates ek.tss "$name" --no-persist
claim 'the secret is for its owner alone' sh -c '[ "$(stat -c %a found)" = 600 ]'
cp made.cred good.cred
tpm2_makecredential -T none -u ek.tss 2>/dev/null -s secret -n "000b$(printf %064d 1)" -o other.cred
claim 'a credential for another key is refused' ends 1 'not for the keys of this TPM' activate -c other.cred -o no
claim 'and nothing is written' nothing no
perl -0777 -pe 'substr($_, -40, 1) ^= "\1"' good.cred >changed.cred
claim 'one that was changed, too' ends 1 'not for the keys of this TPM' activate -c changed.cred -o no
head -c 50 good.cred >cut.cred
claim 'one that is cut short is malformed' ends 4 'cut.cred: at byte' activate -c cut.cred -o no
(cat good.cred && echo) >more.cred
claim 'one with something behind it, too' ends 4 'expected nothing more' activate -c more.cred -o no
claim 'and what is none' ends 4 'nonce: at byte 0: expected 0xbadcc0de' activate -c nonce -o no
claim 'nothing stays in the TPM after enrolment' no_transients

# What is there stays there.
claim 'RSA: init' sh -c "\"$CTL\" attest init --alg rsa --ak-handle 0x81018C75 -o r.ctgenroll >init-rsa"
rsa=$(value ak-name <init-rsa)
unpack r.ctgenroll enroll-rsa
claim 'RSA: the key is what tpm2_createprimary makes of its template' same "$rsa" "$(ak_name rsa)"
tpm2_createek -c ek.ctx -G rsa -u ek-rsa.tss && flush
claim 'RSA: so is the endorsement key' cmp ek-rsa.tss enroll-rsa/ek.tss
claim 'RSA: tpm2_checkquote accepts a quote' accepted --ak-handle 0x81018C75
claim 'RSA: a credential is answered' activates ek-rsa.tss "$rsa" --ak-handle 0x81018C75
claim 'RSA: also to the other endorsement key' activates ek.tss "$rsa" --ak-handle 0x81018C75
claim 'a handle that holds the other key is an error' ends 3 'holds another key, which is left alone' init --alg rsa
claim 'and stays as it is' same "$name" "$(name_at 0x81018C74)"
claim 'a quote by the other algorithm than asked for is refused' \
	ends 3 'is of the other --alg' quote --log log.cel -n nonce --alg rsa
tpm2_createprimary -C o -G ecc -c foreign.ctx >/dev/null && tpm2_evictcontrol -C o -c foreign.ctx 0x81018C76 >/dev/null 2>&1 && flush
foreign=$(name_at 0x81018C76)
claim 'a handle that holds another program'\''s key is an error' \
	ends 3 'holds another key, which is left alone' init --ak-handle 0x81018C76
claim 'and stays as it is, too' same "$foreign" "$(name_at 0x81018C76)"
claim 'nor is it quoted by' ends 3 'holds another key' quote --log log.cel -n nonce --ak-handle 0x81018C76
# The same template but for its unique part: another key of the same kind.
ak_other() {
	tpm2_createprimary -C e -g sha256 -G ecc256:ecdsa-sha256:null -c twin.ctx \
		-a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign' >/dev/null &&
		tpm2_evictcontrol -C o -c twin.ctx 0x81018C77 >/dev/null 2>&1 && flush
}
ak_other
twin=$(name_at 0x81018C77)
claim 'neither is a key evicted that differs in its unique part only' \
	ends 3 'holds another key' init --ak-handle 0x81018C77
claim 'it stays, too' same "$twin" "$(name_at 0x81018C77)"
claim 'a handle that is not the owner'\''s is none' ends 2 '--ak-handle: expected' init --ak-handle 0x81800000

# Certificates, as makers put them there.
certify() { # key, file: DER of a certificate of it by a CA of the test's
	[ -e ca.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=root \
		-keyout ca.key -out ca.pem 2>/dev/null
	openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=ek -keyout ek.key -out ek.csr 2>/dev/null
	openssl x509 -req -in ek.csr -force_pubkey "$1" -CA ca.pem -CAkey ca.key -CAcreateserial -outform DER -out "$2" 2>/dev/null
}
nv() { # index, file, bytes more than it has
	tpm2_nvdefine "$1" -C o -s $(($(stat -c %s "$2") + $3)) -a 'ownerwrite|authread|ownerread|ppread|no_da' >/dev/null &&
		tpm2_nvwrite "$1" -C o -i "$2"
}
certify ek.pem ek.crt
openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout -out stranger.pem 2>/dev/null
certify stranger.pem stranger.crt
openssl x509 -in ca.pem -outform DER -out ca.crt
nv 0x01c0000a ek.crt 100
nv 0x01c00100 ca.crt 0
claim 'a certificate goes with the request' sh -c \
	"\"$CTL\" attest init -o c.ctgenroll | grep -q '^ek .*with a certificate'"
unpack c.ctgenroll enroll-c
claim 'without what its index has behind it' cmp ek.crt enroll-c/ek.crt
claim 'and with that of its issuer' sh -c 'openssl verify -CAfile enroll-c/ek-chain.pem enroll-c/ek.crt'
claim 'members are in their order' members c.ctgenroll 'manifest.json ak.tss ek.tss ek.crt ek-chain.pem'
tpm2_nvundefine -C o 0x01c0000a
nv 0x01c0000a stranger.crt 0
claim 'a certificate of another key is refused' ends 1 'is of another key than the TPM derives' init -o no
claim 'and nothing is written' nothing no
tpm2_nvundefine -C o 0x01c0000a
nv 0x01c0000a nonce 0
claim 'what is no certificate is malformed' ends 4 'NV index 0x01c0000a holds no certificate' init -o no
tpm2_nvundefine -C o 0x01c0000a

# Passwords.
printf 'endorsed\n' >eh
printf owned >owner
tpm2_changeauth -c e endorsed && tpm2_changeauth -c o owned
tpm2_evictcontrol -C o -P owned -c 0x81018C74 >/dev/null 2>&1
claim 'without the endorsement hierarchy'\''s password it is told' ends 3 '--eh-auth' init
claim 'without the owner'\''s it is told' ends 3 '--owner-auth' init --eh-auth eh
claim 'with both the key is the same' sh -c \
	"\"$CTL\" attest init --eh-auth eh --owner-auth owner | grep -q '^ak-name *$name'"
claim 'a persisted key needs none to quote' accepted
claim 'a credential needs the endorsement hierarchy'\''s' ends 3 '--eh-auth' activate -c good.cred -o no
claim 'and is answered with it' activates ek.tss "$name" --eh-auth eh
head -c 66 /dev/zero >long
claim 'a password that is too long is malformed' ends 4 'long: offset 65: larger than' init --eh-auth long

# Clearing takes what is persisted, not what is derived.
tpm2_clear -c p
claim 'clearing takes the key' ends 0 'none at 0x81018c74' status --log log.cel
claim 'of which there is none then' sh -c '! tpm2_readpublic -c 0x81018C74'
claim 'init makes the same again' sh -c "\"$CTL\" attest init | cmp - init"
claim 'and it quotes' accepted

# Power is cut, four times: no use of the key is an attempt at a password.
cut() {
	for _ in 1 2 3 4; do
		swtpm_stop
		swtpm_start several $several
	done
}
cut
extended=0
claim 'after four power cuts the key is the same' same "$name" "$(name_at 0x81018C74)"
claim 'records of the boot before do not lead to the PCR' ends 1 'does not lead to' quote --log log.cel -n nonce
measure 4 $several
claim 'those of this boot do' accepted
quotes >/dev/null
claim 'and tpm2_eventlog replays them' replays sha1 sha256 sha384
# The module again, in the same boot: its log begins where the PCR is.
base="sha1=$(pcr_value sha1),sha256=$(pcr_value sha256),sha384=$(pcr_value sha384)"
extended=0
measure 3 $several "$base"
claim 'the log of a module that was loaded again leads on' accepted
claim 'something else extends the PCR' tpm2_pcrextend "13:sha256=$(printf %064d 7)"
claim 'and no log leads there' ends 1 'something else extended it' quote --log log.cel -n nonce
swtpm_stop

# Another TPM: one bank, certificates of swtpm's maker.
start one sha256 --ecc --create-ek-cert
extended=0
measure 4 sha256
claim 'one bank: init takes the certificate that there is' sh -c \
	"\"$CTL\" attest init -o o.ctgenroll >init && grep -q '^ek .*with a certificate' init"
unpack o.ctgenroll enroll-o
claim 'one bank: the key is the certificate'\''s' sh -c \
	"openssl x509 -in enroll-o/ek.crt -noout -pubkey >o.pem && [ \"\$(openssl pkey -pubin -in o.pem -outform DER | sha256sum | cut -d ' ' -f 1)\" = \"\$(sed -n 's/^ek-sha256 *//p' init)\" ]"
claim 'one bank: swtpm'\''s issuer signed it' openssl verify -partial_chain -CAfile ca/issuer.pem enroll-o/ek.crt
claim 'one bank: a credential is answered' activates enroll-o/ek.tss "$(value ak-name <init)"
claim 'one bank: tpm2_checkquote accepts a quote' accepted
quotes >/dev/null
claim 'one bank: tpm2_eventlog replays it' replays sha256
claim 'one bank: nothing stays in the TPM' no_transients
claim 'a key of this TPM is not that of the other' sh -c "! grep -q '$name' init"
# Somebody extends a PCR between its being read and its being quoted.
meddled() { # PCR, times, digest; log
	local tcti="cmd:perl $meddle ${TPM2TOOLS_TCTI##*=} $1 $2 $3"
	"$CTL" attest quote --tcti "$tcti" --log "$4" --ima /dev/null -n nonce -o meddled.ctgev
}
meddled_with() {
	rm -f meddled.ctgev
	meddled "$@" && unpack meddled.ctgev ev && check ev "$(hex nonce)"
}
claim 'a PCR that changes meanwhile is read again' meddled_with 10 3 '' log.cel
tpm2_pcrread sha256:10 -o 10.pcr >/dev/null
hex ev/quote.pcrs >pcrs.hex
claim 'and is in the evidence as it was signed' grep -q "$(hex 10.pcr)" pcrs.hex
changes() {
	meddled 10 1000 '' log.cel 2>said
	[ $? = 3 ] && grep -q 'PCRs change all the time' said
}
rm -f meddled.ctgev
claim 'one that changes all the time is told' changes
claim 'and nothing is written' nothing meddled.ctgev
"$writer" longer.cel 13 sha256 6 >extend
claim 'a record that is measured meanwhile is in the evidence' \
	meddled_with 13 1 "$(sed -n '5s/.*sha256=//p' extend)" longer.cel
"$writer" log.cel 13 sha256 5 >/dev/null
claim 'and none behind it' cmp log.cel ev/ctguard.cel
extended=5

# The verifier, where it is built: from a stranger to a host that is trusted.
verify=${CTGUARD_VERIFY:-${CTL%/*}/ctguard-verify}
if [ -x "$verify" ]; then
	mkdir -m 700 state
	printf '%s\n' '{"ctguard_reference": 1, "pcr": 13, "policies": [{"sha256": "'"$(printf 'ab%.0s' {1..32})"'"}],' \
		'"accept_unverified_boot": true, "accept_unverified_module": true,' \
		'"accept_unverified_modules": true, "accept_unverified_images": true}' >reference.json
	claim 'ctguard-verify takes the request to enrol' "$verify" enroll begin --state state --host one \
		--ek-sha256 "$(value ek-sha256 <init)" --no-ek-cert --allow-swtpm --reference reference.json -o one.cred o.ctgenroll
	claim 'its credential is answered' "$CTL" attest activate -c one.cred -o one.secret
	claim 'and the host is enrolled' "$verify" enroll finish --state state --host one --secret-file one.secret
	claim 'a quote for its nonce is trusted' sh -c \
		"\"$verify\" nonce --state state --host one | \"$CTL\" attest quote --log log.cel >one.ctgev &&
			\"$verify\" check --state state one.ctgev"
	claim 'and no second time' sh -c "\"$verify\" check --state state one.ctgev; [ \$? = 1 ]"
else
	number=$((number + 1))
	echo "ok $number - ctguard-verify trusts a quote # SKIP it is not built"
fi
tpm2_pcrallocate sha1:all+sha256:none >/dev/null
swtpm_stop
start one sha256
claim 'a TPM without a bank of sha256 is told' ends 3 'its bank of sha256' quote --log log.cel -n nonce

echo "1..$number"
exit $failed
