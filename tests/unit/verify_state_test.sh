#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ctguard-verify as a program: enrolment, nonces, what it keeps of hosts, and
# exit statuses. Keys are software's; see verify_tpm_test.sh for a TPM's.
# shellcheck disable=SC2016 # $... in what is run by sh -c
set -u

cd "$(dirname "$0")/../.." || exit 1
export VERIFY="${CTGUARD_VERIFY:-$PWD/build/ctguard-verify}" FORGE="$PWD/build/tests/forge"
tmp=$(mktemp -d) || exit 1
export tmp
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
tests=0 failed=0

claim() { # what, command of bash
	tests=$((tests + 1))
	if bash -c "$2" >"$tmp/out" 2>&1; then
		echo "ok $tests - $1"
	else
		sed 's/^/# /' "$tmp/out"
		echo "not ok $tests - $1"
		failed=$((failed + 1))
	fi
}
ends() { # status, what, arguments of ctguard-verify
	claim "$2 ends with $1" "\"\$VERIFY\" $3; [ \$? = $1 ]"
}
# status, word in what it says, what, arguments
says() {
	claim "$3: $2" "\"\$VERIFY\" $4 >said 2>&1; r=\$?; cat said; [ \$r = $1 ] && grep -q -- '$2' said"
}

# host NAME: keys, and enrolled with the reference.
host() {
	"$FORGE" key "$1.ak"
	"$FORGE" key "$1.ek" rsa
	"$FORGE" public "$1.ak" "$1.ak.tss"
	"$FORGE" request "$1.ak" "$1.ek" "$1.ctgenroll"
	"$VERIFY" enroll begin --state state --host "$1" --reference reference.json \
		--ek-sha256 "$("$FORGE" fingerprint "$1.ek")" "$1.ctgenroll" 2>/dev/null &&
		"$FORGE" recover "$1.ek" "$1.cred" "$1.ak.tss" "$1.secret" &&
		"$VERIFY" enroll finish --state state --host "$1" --secret-file "$1.secret" >/dev/null
}
# quote NAME OUT [NAME=VALUE]...: for a new nonce. The clock goes on by itself.
clock=1000
quote() {
	local name=$1 out=$2
	shift 2
	clock=$((clock + 1000))
	"$VERIFY" nonce --state state --host "$name" --output nonce &&
		"$FORGE" evidence "$name.ak" nonce "$out" clock=$clock "$@"
}
# The next nonce is made for another host or not at all.
evidence() {
	local name=$1 out=$2
	shift 2
	clock=$((clock + 1000))
	"$FORGE" evidence "$name.ak" nonce "$out" clock=$clock "$@"
}

"$FORGE" reference reference.json

# Enrolment.
claim 'a host is enrolled by what its TPM recovers' "$(declare -f host); host web"
claim 'its name, fingerprint and trust are listed' \
	'"$VERIFY" enroll list --state state --json | grep -q "\"host\":\"web\".*$("$FORGE" fingerprint web.ek).*fingerprint"'
says 1 'is enrolled' 'the same name again' \
	'enroll begin --state state --host web --ek-sha256 $("$FORGE" fingerprint web.ek) web.ctgenroll'
says 1 'is enrolled' 'the same key by another name' \
	'enroll begin --state state --host web2 --ek-sha256 $("$FORGE" fingerprint web.ek) web.ctgenroll'
ends 2 'enrolment without a fingerprint' 'enroll begin --state state --host other web.ctgenroll'
"$FORGE" key late.ak
"$FORGE" key late.ek rsa
"$FORGE" request late.ak late.ek late.ctgenroll
"$VERIFY" enroll begin --state state --host late --ek-sha256 "$("$FORGE" fingerprint late.ek)" late.ctgenroll 2>/dev/null
says 1 EK_FINGERPRINT 'another fingerprint' \
	'enroll begin --state state --host other --ek-sha256 $(printf %064d 0) late.ctgenroll'
says 1 EK_CERT_MISSING 'trust of the first one without a certificate' \
	'enroll begin --state state --host other --tofu late.ctgenroll'
head -c 32 /dev/urandom >guess
says 1 SECRET_WRONG 'a guess of the secret' 'enroll finish --state state --host late --secret-file guess'
ends 4 'a secret of 31 bytes' 'enroll finish --state state --host late --secret-file <(head -c 31 guess)'
ends 3 'a nonce for a host that is not enrolled' 'nonce --state state --host late --output nonce'
claim 'a request that is cut names its place' \
	'head -c 1000 web.ctgenroll >cut; "$VERIFY" enroll begin --state state --host cut --tofu cut 2>said; [ $? = 4 ] && grep -q "offset" said && [ ! -e cut.cred ]'

# 24: certificates of endorsement keys.
ca() { # name, issuer or nothing
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/CN=$1" -out "$1.csr" 2>/dev/null
	printf 'basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n' >ca.ext
	if [ -n "${2-}" ]; then
		openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 99 -extfile ca.ext -out "$1.pem" 2>/dev/null
	else
		openssl x509 -req -in "$1.csr" -signkey "$1.key" -days 99 -extfile ca.ext -out "$1.pem" 2>/dev/null
	fi
}
certificate() { # name, issuer, key, lines of extensions
	printf '%b' "$4" >leaf.ext
	openssl req -new -key any.key -subj /CN=unused -out leaf.csr 2>/dev/null
	openssl pkey -in "$3" -pubout -out leaf.pub 2>/dev/null
	openssl x509 -req -in leaf.csr -force_pubkey leaf.pub -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -days 99 \
		-extfile leaf.ext -outform DER -out "$1.crt" 2>/dev/null
}
openssl genrsa -out any.key 2048 2>/dev/null
ca root
ca middle root
ca stranger
good='basicConstraints=CA:FALSE\nkeyUsage=critical,keyEncipherment\nextendedKeyUsage=2.23.133.8.1\n'
swtpm='subjectAltName=critical,dirName:tpm\n[tpm]\n0.2.23.133.2.1=id:00001014\n0.2.23.133.2.2=swtpm\n0.2.23.133.2.3=id:20191023\n'
certificate good root late.ek "$good"
certificate chained middle late.ek "$good"
certificate unknown stranger late.ek "$good"
certificate eku root late.ek "${good/2.23.133.8.1/serverAuth}"
certificate ca root late.ek "${good/CA:FALSE/CA:TRUE}"
certificate usage root late.ek "${good/keyEncipherment/digitalSignature}"
certificate key root web.ek "$good"
certificate swtpm root late.ek "$good$swtpm"
"$VERIFY" ca add --state state root root.pem >/dev/null
claim 'roots are listed' '[ "$("$VERIFY" ca list --state state)" = root ]'
begin() { # name, options
	"$FORGE" request late.ak late.ek "$1.ctgenroll" "$1.crt" ${3+"$3"}
	echo "enroll begin --state state --host cert-$1 --output cred $2 $1.ctgenroll"
}
ends 0 'a certificate of a known root' "$(begin good --tofu)"
ends 0 'a certificate with a chain' "$(begin chained --tofu middle.pem)"
says 1 EK_ROOT 'a chain with a link missing (24)' "$(begin chained --tofu)"
says 1 EK_ROOT 'an unknown root (24)' "$(begin unknown --tofu)"
says 1 EK_ROOT 'an unknown root that the host sent (24)' "$(begin unknown --tofu stranger.pem)"
says 1 EK_EKU 'a wrong extended key usage (24)' "$(begin eku --tofu)"
says 1 EK_CA 'a certificate of an authority (24)' "$(begin ca --tofu)"
says 1 EK_USAGE 'a wrong key usage (24)' "$(begin usage --tofu)"
says 1 EK_KEY 'a certificate of another key (24)' "$(begin key --tofu)"
says 1 EK_SWTPM 'a software TPM (24)' "$(begin swtpm --tofu)"
ends 0 'a software TPM that is allowed' "$(begin swtpm '--tofu --allow-swtpm')"
{
	printf -- '-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,%032d\n\n' 0
	head -c 64 /dev/zero | base64 -w 64
	echo '-----END CERTIFICATE-----'
} >locked.pem
claim 'a chain that asks for a password gets none, nor does it ask' \
	"\"\$VERIFY\" $(begin chained --tofu locked.pem) </dev/null >said 2>&1; [ \$? = 1 ] && grep -q EK_ROOT said && ! grep -q phrase said"
fingerprint="--ek-sha256 $("$FORGE" fingerprint late.ek)"
says 1 EK_ROOT 'an unknown root under the right fingerprint' "$(begin unknown "$fingerprint")"
ends 0 'a fingerprint that will do' "$(begin unknown "$fingerprint --no-ek-cert")"
ends 0 'a root that is removed' 'ca remove --state state root'
says 1 EK_ROOT 'a removed root' "$(begin good --tofu)"
claim 'nothing of a refused enrolment is kept' '[ ! -e state/pending/cert-eku.json ]'

# No secret is on a command line: there everybody reads it.
for secret in "$(base64 -w 0 web.secret)" "$(xxd -p -c 99 web.secret)" "hex:$(xxd -p -c 99 web.secret)"; do
	quoted=$(printf %q "$secret")
	says 3 'No such file' 'a secret in place of its file' \
		"enroll finish --state state --host late --secret-file $quoted"
	says 2 'expected --secret-file FILE' 'a secret as an argument' "enroll finish --state state --host late -- $quoted"
done
export root="${FORGE%/build/*}"
claim 'each option that has to do with a secret takes the name of a file' 'python3 - <<END
import glob, os, re
text = ""
for name in glob.glob(os.environ["root"] + "/attest/tool/*.[ch]") + glob.glob(os.environ["root"] + "/userspace/*/*.[ch]"):
    with open(name) as file:
        text += file.read()
words = re.compile("secret|auth|passw|passphrase|^pin\$|token|credential|private|seed|(^|-)key\$")
options = set(re.findall(r"\"([a-z0-9-]+)\",\s*required_argument", text))
found = sorted(option for option in options if words.search(option))
print(len(options), found)
assert len(options) > 30 and {"secret-file", "eh-auth", "owner-auth", "credential"} <= set(found), options
for option in found:
    assert re.search(f"--{option} +FILE", text), option
    values = re.findall(f"--{option}[ =]+([A-Z][A-Z0-9]*)", text)
    assert set(values) == {"FILE"}, (option, values)
END'

# One host, again and again.
quote web one
ends 0 'evidence' 'check --state state one'
says 1 NONCE_USED 'the same evidence again (4)' 'check --state state one'
claim 'only parts of trust that were checked are named so' \
	'"$VERIFY" check --state state --json one | grep -q "\"ak\":\"failed\",\"boot\":\"not-checked\""'
quote web two
claim 'evidence in JSON' '"$VERIFY" check --state state --json two | grep -q "\"trusted\":true,\"parts\":{\"ak\":\"verified\",\"boot\":\"verified\",\"module\":\"verified\",\"modules\":\"verified\",\"policy\":\"verified\",\"images\":\"verified\"},\"reasons\":\[\]"'
head -c 32 /dev/urandom >nonce
evidence web three
says 1 NONCE_UNKNOWN 'a nonce that nobody made' 'check --state state three'
host db
quote db four
evidence web five
says 1 NONCE_OTHER_HOST "another enrolled host's nonce (37)" 'check --state state five'
ends 0 'and for the host that it was made for' 'check --state state four'
"$VERIFY" nonce --state state --host web --ttl 1 --output nonce
evidence web six
sleep 2.1
says 1 NONCE_EXPIRED 'an expired nonce (4)' 'check --state state six'
quote web seven resets=6
says 1 RESET_COUNT_FELL 'a resetCount that fell (17)' 'check --state state seven'
claim 'and nothing of it is believed' 'grep -q "\"reset_count\":7" state/hosts/web'
says 1 NONCE_USED 'but its nonce is used up' 'check --state state seven'
"$VERIFY" nonce --state state --host web --output nonce
"$FORGE" evidence web.ak nonce eight clock=500
says 1 CLOCK_STOOD 'a clock that stood still (17)' 'check --state state eight'
quote web nine resets=9
says 1 LOG_EARLIER_BOOT 'a log of an earlier boot (16)' 'check --state state nine'
quote web ten resets=9 instance=2
ends 0 'a reboot' 'check --state state ten'
quote web eleven resets=9 instance=2 records=6 start=other
says 1 IMAGE_UNAPPROVED 'an unapproved image (19)' 'check --state state eleven'
quote web twelve resets=9 instance=2 records=6
says 1 LOG_FORKED 'a log without it, in the same boot' 'check --state state twelve'
quote web thirteen resets=0 instance=3
says 1 RESET_COUNT_FELL 'counters after tpm2_clear' 'check --state state thirteen'
ends 0 'their renewal' 'enroll renew --state state --host web'
quote web fourteen resets=0 instance=3
ends 0 'and after it' 'check --state state fourteen'
quote web fifteen resets=1 instance=4 policy=weak
says 1 POLICY_UNAPPROVED 'a weakened policy (21)' 'check --state state fifteen'
"$FORGE" key nobody.ak
evidence nobody sixteen
says 1 AK_UNKNOWN 'a key that is not enrolled (6)' 'check --state state sixteen'

# A state directory that is restored.
quote web seventeen resets=2 instance=5
cp -a state saved
ends 0 'a quote after a copy was made' 'check --state state seventeen'
# Not freed, so that the copy gets no inode of it.
mv state state.old
cp -a saved state
says 1 NONCE_VOID 'the same after the copy was restored' 'check --state state seventeen'
quote web eighteen resets=2 instance=5
ends 0 'and a new nonce' 'check --state state eighteen'

# What a host is told of its log.
claim 'a nonce is 32 bytes, of a log that is short' '[ "$("$VERIFY" nonce --state state --host web | wc -c)" = 32 ]'
quote web long resets=2 instance=5 records=5000
ends 0 'a long log' 'check --state state long'
claim 'then it tells what is known: the number of records and what the PCR was' \
	'"$VERIFY" nonce --state state --host web --output nonce &&
	grep -qx "[A-Za-z0-9_-]\{32\} since 5000 $("$VERIFY" dump long | python3 -c "
import json, sys
print(json.load(sys.stdin)[\"pcrs\"][\"sha256\"][\"13\"])")" nonce'
evidence web more resets=2 instance=5 records=5005 since=5000
ends 0 'what is new' 'check --state state more'
quote web nothing resets=2 instance=5 records=5005 since=5005
ends 0 'nothing new' 'check --state state nothing'
claim 'it says so in hexadecimal' '"$VERIFY" nonce --state state --host web --hex | grep -qx "[0-9a-f]\{64\} since 5005 [0-9a-f]\{64\}"'
claim 'and not when all is asked for' '"$VERIFY" nonce --state state --host web --hex --whole | grep -qx "[0-9a-f]\{64\}"'
quote web lost resets=2 instance=5 records=5010 since=5006
says 1 LOG_INCREMENTAL 'a record that is left out (30)' 'check --state state lost'
"$VERIFY" nonce --state state --host web --output later
quote web first resets=2 instance=5 records=5008 since=5005
ends 0 'the first of two that were asked at a time' 'check --state state first'
mv later nonce
evidence web second resets=2 instance=5 records=5009 since=5005
ends 0 'and the second, which begins where the first did' 'check --state state second'
claim 'without a state a nonce that tells more will do' \
	'"$VERIFY" nonce --state state --host web --output nonce && "$FORGE" evidence web.ak nonce stateless && grep -q since nonce &&
	"$VERIFY" check --stateless --ak web.ak.tss --nonce-file nonce --reference reference.json stateless'
sed 's/"level": 2/"level": 1/' reference.json >lower.json
"$VERIFY" enroll reference --state state --host web --reference lower.json >/dev/null
claim 'nor when the reference says otherwise now' '[ "$("$VERIFY" nonce --state state --host web | wc -c)" = 32 ]'
"$VERIFY" enroll reference --state state --host web --reference reference.json >/dev/null
claim 'but when it says the same again' '"$VERIFY" nonce --state state --host web | grep -q " since 5009 "'

# References.
claim 'a build of the module is approved for one host' \
	'"$VERIFY" module approve --state state --host db --kernel 6.1.0-50-amd64 "$FORGE" &&
	[ "$(grep -l 6.1.0-50 state/references/* | wc -l)" = 1 ] &&
	! grep -q "$(basename "$(grep -l 6.1.0-50 state/references/*)" .json)" state/hosts/web &&
	grep -q "$(basename "$(grep -l 6.1.0-50 state/references/*)" .json)" state/hosts/db'
printf '# approved by hand\nconfig:sha256:%s # other\n\n' "$(printf other | sha256sum | cut -c 1-64)" >images
quote db nineteen start=other resets=8 instance=2
ends 0 'an image of a list' 'check --state state --reference reference.json --images images nineteen'
printf 'sha256:%064d\n' 0 >bad-images
says 4 'bad-images:1: offset 0: ' 'a list of images without types' 'check --state state --reference reference.json --images bad-images nineteen'
sed 's/"pcr": 13/"pcr": 13, "pcr": 13/' reference.json >twice.json
says 4 'duplicate object key' 'a reference with a key twice (32)' 'check --state state --reference twice.json nineteen'
echo '{"ctguard_ak": 1, "host": "web", "host": "db"}' >"state/aks/$(basename "$(readlink state/hosts/db)").bad"
cp "state/hosts/db" db.kept
sed -i 's/^{/{"host": "web",/' "$(readlink -f state/hosts/db)"
quote web twenty resets=2 instance=5
says 4 'duplicate object key' 'a record with a key twice (32)' 'nonce --state state --host db'
cp db.kept "$(readlink -f state/hosts/db)"

# Malformed evidence.
quote web good resets=2 instance=5
cp nonce good.nonce
head -c 3000 good >cut.ctgev
before=$(find state -type f -exec sha256sum {} + | sort)
export before
says 4 'cut.ctgev: offset ' 'evidence that is cut' 'check --state state cut.ctgev'
head -c 31 nonce >short.nonce
says 4 'short.nonce: offset 0: a nonce is 32 bytes' 'a nonce of 31 bytes' \
	'check --stateless --ak web.ak.tss --nonce-file short.nonce --reference reference.json good'
says 4 'short.nonce: offset 31: expected 32 bytes' 'a secret of 31 bytes' \
	'enroll finish --state state --host late --secret-file short.nonce'
head -c 40 web.ak.tss >short.tss
says 4 'short.tss: offset 0: ' 'a key that is cut' \
	'check --stateless --ak short.tss --nonce-file nonce --reference reference.json good'
head -c 9000000 /dev/zero >large
says 4 'large: offset 8388608: larger' 'a reference of 9 MB' 'check --state state --reference large good'
says 4 'short.tss: offset 0: no certificate' 'a root that is none' 'ca add --state state large short.tss'
sed 's/"level": 2/"level": 4/' reference.json >four.json
says 4 'four.json: /level: expected a number of 0 to 3' 'a reference with a wrong value' \
	'enroll reference --state state --host db --reference four.json'
# What the verifier itself keeps.
bad() { # file of the state, expression of sed, what is said, arguments
	# In place: a generation knows its inode.
	cp "state/$1" kept
	sed "$2" kept >"state/$1"
	says 4 "$3" "$1 that is malformed" "$4"
	cat kept >"state/$1"
}
for key in secret_sha256 begun name ek trust reference; do
	bad pending/late.json "s/\"$key\":/\"$key\":[],\"other\":/" "pending/late.json: /$key: expected" \
		'enroll finish --state state --host late --secret-file guess'
done
bad pending/late.json 's/,/,,/' 'pending/late.json: offset [0-9]*: ' \
	'enroll finish --state state --host late --secret-file guess'
bad generation 's/:"/:"x/' 'generation: /generation: expected 16 bytes' 'nonce --state state --host db'
bad generation 's/"inode":/"inode":-/' 'generation: /inode: expected a number' 'nonce --state state --host db'
bad hosts/db 's/"host":"/"host":"./' 'hosts/db: /host: expected a host' 'nonce --state state --host db'
bad hosts/db 's/"host":"db"/"host":"web"/' 'hosts/db: /host: expected the link' 'nonce --state state --host db'
bad hosts/db 's/$/,/' 'hosts/db: offset [0-9]*: ' 'nonce --state state --host db'
reference=references/$(grep -oh '[0-9a-f]\{64\}' state/hosts/web | while read -r name; do
	[ ! -e "state/references/$name.json" ] || echo "$name.json"
done)
bad "$reference" 's/{/{ /' "$reference: offset 0: its digest" \
	"module approve --state state --host web --kernel x sha256:$(printf %064d 0)"
claim 'malformed input changes nothing' \
	'[ "$before" = "$(find state -type f -exec sha256sum {} + | sort)" ]'
ends 3 'no file' 'check --state state none.ctgev'
ends 3 'no state' 'check --state nowhere good'
ends 3 'a directory' 'check --state state .'
mkfifo fifo
ends 3 'a pipe by name' 'check --state state fifo'
ends 2 'no argument' 'check --state state'
ends 2 'an unknown option' 'check --state state --believe good'
ends 2 'an unknown command' 'believe good'
ends 0 'help' --help
ends 0 'version' --version
ends 2 'a nonce for a bad name' 'nonce --state state --host ../x --output nonce'
claim 'without state it needs key, nonce and reference' \
	'"$VERIFY" check --stateless --ak web.ak.tss good; [ $? = 2 ]'
ends 0 'and checks by them' 'check --stateless --ak web.ak.tss --nonce-file nonce --reference reference.json good'
says 1 AK_OTHER 'without state, another key' 'check --stateless --ak db.ak.tss --nonce-file nonce --reference reference.json good'
head -c 32 /dev/urandom >other.nonce
says 1 NONCE_MISMATCH 'without state, another nonce' 'check --stateless --ak web.ak.tss --nonce-file other.nonce --reference reference.json good'

# Spool.
mkdir spool
hosts='a b c d e f g h'
for name in $hosts; do
	host "$name"
	quote "$name" "spool/$name.ctgev" instance=9
done
ends 0 'a spool' 'check --state state --spool spool -j 2'
says 1 'NONCE_USED' 'the same spool again' 'check --state state --spool spool -j 2'
for name in $hosts; do
	quote "$name" "spool/$name.ctgev" instance=9
done
quote a spool/a2.ctgev instance=9
cp spool/b.ctgev spool/b-again.ctgev
head -c 3000 spool/c.ctgev >spool/c-cut.ctgev
claim 'two files of one host, one of them a copy, one cut' \
	'"$VERIFY" check --state state --spool spool -j 2 --json >said; [ $? = 4 ] &&
	[ "$(grep -c "\"trusted\":true" said)" = 9 ] && grep "b.ctgev\|b-again" said | grep -c NONCE_USED | grep -q 1 &&
	grep -q "c-cut.*\"exit\":4" said && [ "$(wc -l <said)" = 11 ]'

# A program that dies between its commit and its records.
for name in $hosts; do
	quote "$name" "spool/$name.ctgev" instance=9
done
rm -f spool/*2.ctgev spool/*-*.ctgev
rm -rf before after
cp -a state before
"$VERIFY" check --state state --spool spool >/dev/null
for link in state/hosts/?; do cat "$link" && echo; done >lines
{
	echo "batch $(stat -c %s lines) $(sha256sum lines | cut -c 1-64)"
	cat lines
	# One that is not whole.
	echo "batch 1000 $(sha256sum lines | cut -c 1-64)"
	head -c 500 lines
} >journal
rm -rf after && mv state after
mv before state
inode=$(stat -c %i state/generation)
sed -i "s/\"inode\":[0-9]*/\"inode\":$inode/" state/generation
sed -i "s/\"inode\":[0-9]*/\"inode\":$(stat -c %i state/generation)/" state/generation
cp journal state/journal
says 1 NONCE_USED 'evidence of a batch whose records were not yet written' 'check --state state spool/a.ctgev'
claim 'the journal is done with' '[ ! -e state/journal ] && for name in a b c d e f g h; do cmp state/hosts/$name after/hosts/$name || exit; done'

# One that dies when what its journal has is no longer all.
rm spool/*
quote a spool/a.ctgev instance=9
quote a spool/a2.ctgev instance=9
quote b spool/b.ctgev instance=9
claim 'a program that nobody listens to dies' \
	'{ sleep 0.3; exec "$VERIFY" check --state state --spool spool; } | true; [ -e state/journal ]'
says 1 NONCE_USED 'the second file of a host that is in a journal' 'check --state state spool/a2.ctgev'

# One that cannot write a record.
quote a spool/a.ctgev instance=9
quote b spool/b.ctgev instance=9
rm spool/a2.ctgev
claim 'a record that cannot be written is an error' \
	'record=$(readlink -f state/hosts/b); mv "$record" kept; ln -s "$tmp/kept" "$record"
	"$VERIFY" check --state state --spool spool; r=$?; mv kept "$record"; [ $r = 3 ]'
says 1 NONCE_USED 'and written later' 'check --state state spool/b.ctgev'

# One long-lived nonce that is never answered, and 63 that were.
quote c spool/c.ctgev instance=9
python3 - "$(readlink -f state/hosts/c)" <<'END'
import json, sys
record = json.load(open(sys.argv[1]))
nonces = record["nonces"][-1:]
for i in range(63):
    nonces.append({**nonces[0], "nonce": "%064x" % i, "expires": nonces[0]["expires"] + 1, "used": True})
record["nonces"] = nonces
json.dump(record, open(sys.argv[1], "w"))
END
ends 0 'a nonce in place of one that is used' 'nonce --state state --host c --output nonce'
ends 0 'and not of the one that is not' 'check --state state spool/c.ctgev'

# What strangers call their files.
mkdir odd
cp cut.ctgev "$(printf 'odd/\033]0;x\007\nweb: trusted\377.ctgev')"
claim "a file's name moves no cursor and makes no line" \
	'"$VERIFY" check --state state --spool odd 2>said; [ $? = 4 ] && ! LC_ALL=C grep -q "[^ -~]" said && [ "$(wc -l <said)" = 1 ]'
claim 'nor in JSON, where the error is told too' \
	'cp good "$(printf "odd/\302\233.ctgev")"; "$VERIFY" check --state state --spool odd --json >said
	! LC_ALL=C grep -q "[^ -~]" said && python3 -c "
import json
rows = [json.loads(line) for line in open(\"said\")]
assert len(rows) == 2 and \"offset\" in rows[0][\"error\"], rows"'

# Forms for others.
claim 'dump is JSON' '"$VERIFY" dump good | python3 -m json.tool >/dev/null'
ends 4 'dump of what is cut' 'dump cut.ctgev'
claim 'a reference of evidence trusts it' \
	'"$VERIFY" export reference good -o shown.json &&
	"$VERIFY" check --stateless --ak web.ak.tss --nonce-file good.nonce --reference shown.json good'
evidence web unmeasured.ctgev unmeasured=1
claim 'where IMA measures no module, a reference of it says nothing of modules' \
	'"$VERIFY" export reference unmeasured.ctgev -o shown.json && ! grep -q module shown.json'
says 1 MODULES_UNVERIFIED 'and such evidence is not trusted by it' \
	'check --stateless --ak web.ak.tss --nonce-file nonce --reference shown.json unmeasured.ctgev'
claim "Keylime's policy has the hash of the image's name" \
	'want=$(printf "sha256:%s" "$(printf config | sha256sum | cut -c 1-64)" | sha256sum | cut -c 1-64)
	"$VERIFY" export keylime-policy --reference reference.json good | python3 -c "
import json, sys
policy = json.load(sys.stdin)
assert policy[\"ima-buf\"][\"ctguard-image\"] == [\"$want\"], policy
assert any(path.endswith(\"/ctguard.ko\") for path in policy[\"digests\"]), policy
"'
claim "Keylime's evidence has the quote and the nonce" \
	'"$VERIFY" export keylime-evidence --reference reference.json eighteen | python3 -c "
import base64, json, sys
data = json.load(sys.stdin)[\"data\"]
message, signature, pcrs = [base64.b64decode(part) for part in data[\"quote\"][1:].split(\":\")]
assert data[\"quote\"][0] == \"r\" and message[:4] == b\"\\xffTCG\"
assert data[\"nonce\"].encode() in message and len(data[\"nonce\"]) == 32
json.loads(data[\"runtime_policy\"])
"'
claim 'a wrapper holds the evidence' \
	'"$VERIFY" export cmw good | python3 -c "
import base64, json, sys
kind, value, indicator = json.load(sys.stdin)
assert base64.urlsafe_b64decode(value + \"=\" * (-len(value) % 4)) == open(\"good\", \"rb\").read()
assert indicator == 4
"'
evidence web odd.ctgev "path=$(printf '/\302\233\377.ko')"
claim 'dump moves no cursor' '"$VERIFY" dump odd.ctgev >said && ! LC_ALL=C grep -q "[^ -~]" said && grep -qi "u009b.*xff.ko" said'
claim 'a path that is not UTF-8 is in the policy as it is in the evidence' \
	'"$VERIFY" export keylime-policy --reference reference.json odd.ctgev | python3 -c "
import json, sys
assert chr(0x2f) + chr(0x9b) + chr(0x5c) + \"xff.ko\" in json.load(sys.stdin)[\"digests\"]
"'
evidence web many.ctgev modules=50000
claim 'a reference of many modules takes no longer than it must' \
	'timeout 8 "$VERIFY" export reference many.ctgev -o shown.json && [ "$(grep -c "^    \"" shown.json)" -gt 50000 ]'
if command -v tpm2_eventlog >/dev/null; then
	claim 'tpm2_eventlog replays the log to the PCR' \
		'"$VERIFY" export tcg2 good -o good.tcg2 && tpm2_eventlog good.tcg2 >said &&
		grep -A 40 "^pcrs" said | grep -q "13 *: 0x$("$VERIFY" dump good | python3 -c "
import json, sys
print(json.load(sys.stdin)[\"pcrs\"][\"sha256\"][\"13\"])")"'
fi

# No network, no other programs: what the kernel was told.
claim 'a filter of system calls is in force' \
	'mkfifo held; "$VERIFY" enroll finish --state state --host x --secret-file held & pid=$!
	sleep 0.3; grep -q "^Seccomp:.*2" /proc/$pid/status; r=$?; kill $pid; exit $r'
if command -v setpriv >/dev/null && [ "$(id -u)" = 0 ]; then
	chmod 755 "$tmp"
	cp -a state theirs
	chown -R 65534:65534 theirs
	says 3 'belongs to user 65534' "root in another's state" 'check --state theirs good'
	claim 'who may not make the state is told how it is made' \
		'cp "$VERIFY" verify; chmod 755 verify
		setpriv --reuid 65534 --regid 65534 --clear-groups ./verify ca add x y --state "$tmp/theirs-too" 2>said
		[ $? = 3 ] && grep -q "as root: install -d -m 700 -o 65534 $tmp/theirs-too" said'
	claim 'an unprivileged user checks' \
		'cp good theirs/good; chmod 644 theirs/good; cp "$VERIFY" verify; chmod 755 verify
		setpriv --reuid 65534 --regid 65534 --clear-groups ./verify check --state theirs theirs/good | grep -q NONCE_'
fi
claim 'the manual has each reason as the program has it: code, parts, advice' 'python3 - <<"END"
import os, re
with open(os.environ["root"] + "/attest/lib/verdict.c") as file:
    source = file.read()
with open(os.environ["root"] + "/userspace/man/ctguard-verify.1") as file:
    manual = file.read()
text = r"((?:\s*\"(?:[^\"\\]|\\.)*\")+)"
parts = {"LOG": "policy, images", "IMA": "module, modules", "0": "of the PCR"}
rows = {}
for code, part, advice in re.findall(r"\bROW\((\w+),\s*(\w+)," + text, source):
    advice = "".join(re.findall(r"\"((?:[^\"\\]|\\.)*)\"", advice)).replace("\\\"", "\"")
    rows[code] = (parts.get(part, part.lower()), advice)
table = manual[manual.index(".SH REASONS"):]
told = {code: (part, advice.replace("\\-", "-")) for code, part, advice in
        re.findall(r"^([A-Z0-9_]+)\t([a-zPCR, ]+)\tT\{\n(.*)\nT\}$", table, re.M)}
# Of the modules as well, where IMA measured none.
rows["MODULE_NOT_MEASURED"] = ("module, modules", rows["MODULE_NOT_MEASURED"][1])
assert len(rows) > 60
for code in sorted(set(rows) | set(told)):
    assert rows.get(code) == told.get(code), (code, rows.get(code), told.get(code))
END'
claim 'what advice names can be run' \
	'sed -n "s/.*\(ctguard-verify\|ctguardctl\) \([a-z ]*\).*/\1 \2/p" "$root/attest/lib/verdict.c" | sort -u >named
	cat named; [ "$(wc -l <named)" -gt 3 ] && ! grep -q "mode lock" named &&
	while read -r program words; do
		[ "$program" != ctguardctl ] || [ -x "$root/build/ctguardctl" ] || continue
		"$root/build/$program" $words --help >/dev/null || exit
	done <named'
echo "1..$tests"
[ "$failed" = 0 ]
