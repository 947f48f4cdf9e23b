#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# ctguard-verify beside tpm2-tools and a software TPM: their quote, our check;
# our credential, their activation; RSA and ECC; one bank and several.
set -u

cd "$(dirname "$0")/../.." || exit 1
verify=$PWD/build/ctguard-verify
for program in swtpm swtpm_setup tpm2_quote tpm2_activatecredential tpm2_checkquote; do
	command -v $program >/dev/null || {
		echo "1..0 # SKIP $program is not installed"
		exit 0
	}
done
tmp=$(mktemp -d) || exit 1
cd "$tmp" || exit 1
tpm=
trap '[ -z "$tpm" ] || kill $tpm 2>/dev/null; rm -rf "$tmp"' EXIT
export TPM2TOOLS_TCTI="swtpm:path=$tmp/socket"
tests=0 failed=0

claim() { # what, command and arguments
	local what=$1
	shift
	tests=$((tests + 1))
	if "$@" >"$tmp/out" 2>&1; then
		echo "ok $tests - $what"
	else
		sed 's/^/# /' "$tmp/out"
		echo "not ok $tests - $what"
		failed=$((failed + 1))
	fi
}

# start BANKS: a TPM that was never used, with certificates of its EKs.
start() {
	[ -z "$tpm" ] || {
		kill "$tpm"
		wait "$tpm" 2>/dev/null
	}
	rm -rf state socket* ca
	mkdir state ca
	cat >ca/setup.conf <<-END
		create_certs_tool=$(command -v swtpm_localca)
		create_certs_tool_config=$tmp/ca/localca.conf
		create_certs_tool_options=$tmp/ca/localca.options
	END
	cat >ca/localca.conf <<-END
		statedir = $tmp/ca
		signingkey = $tmp/ca/signkey.pem
		issuercert = $tmp/ca/issuercert.pem
		certserial = $tmp/ca/certserial
	END
	printf -- '--platform-manufacturer t\n--platform-version 1\n--platform-model t\n' >ca/localca.options
	swtpm_setup --tpm2 --tpmstate "$tmp/state" --create-ek-cert --config "$tmp/ca/setup.conf" \
		--pcr-banks "$1" --overwrite --logfile setup.log >/dev/null 2>&1 || swtpm_setup --tpm2 --tpmstate "$tmp/state" \
		--pcr-banks "$1" --overwrite --logfile setup.log >/dev/null 2>&1
	swtpm socket --tpm2 --tpmstate "dir=$tmp/state" --server "type=unixio,path=$tmp/socket" \
		--ctrl "type=unixio,path=$tmp/socket.ctrl" --flags not-need-init,startup-clear >swtpm.log 2>&1 &
	tpm=$!
	for _ in $(seq 50); do
		[ -S socket ] && break
		sleep 0.1
	done
}
tool() { # three transient objects are all that fit
	"$@" >/dev/null 2>tool.log || {
		cat tool.log
		return 1
	}
	tpm2_flushcontext -t >/dev/null 2>&1
	tpm2_flushcontext -l >/dev/null 2>&1
}

attributes='fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign'
make_keys() { # ecc or rsa, for the EK; algorithm of the AK
	rm -f ./*.ctx ./*.tss
	tool tpm2_createek -c ek.ctx -G "$1" -u ek.tss &&
		tool tpm2_createprimary -C e -G "$2" -g sha256 -a "$attributes" -c ak.ctx &&
		tool tpm2_readpublic -c ak.ctx -f tss -o ak.tss
}
request() { # NAME [CERTIFICATE]
	echo '{}' >manifest.json
	rm -f ek.crt
	[ -z "${2-}" ] || cp "$2" ek.crt
	# shellcheck disable=SC2046
	tar --format=ustar --owner=0 --group=0 -cf "$1.ctgenroll" manifest.json ak.tss ek.tss $([ ! -e ek.crt ] || echo ek.crt)
}
fingerprint() {
	tpm2_readpublic -c ek.ctx -f der -o ek.der >/dev/null 2>&1
	tpm2_flushcontext -t >/dev/null 2>&1
	sha256sum ek.der | cut -c 1-64
}
activate() { # NAME
	tool tpm2_startauthsession --policy-session -S session &&
		tool_keep tpm2_policysecret -S session -c e &&
		tool_keep tpm2_activatecredential -c ak.ctx -C ek.ctx -i "$1.cred" -o "$1.secret" -P session:session
	local status=$?
	tpm2_flushcontext session >/dev/null 2>&1
	tpm2_flushcontext -t >/dev/null 2>&1
	return $status
}
tool_keep() { # without flushing sessions
	"$@" >/dev/null 2>tool.log || {
		cat tool.log
		return 1
	}
	tpm2_flushcontext -t >/dev/null 2>&1
}
enrol() { # NAME, more options
	local name=$1
	shift
	request "$name" "${certificate-}"
	# The same primary key comes again under another name.
	[ -n "${keep-}" ] || rm -rf verifier
	"$verify" enroll begin --state verifier --host "$name" --reference reference.json "$@" "$name.ctgenroll" &&
		activate "$name" &&
		"$verify" enroll finish --state verifier --host "$name" --secret-file "$name.secret"
}

# measure: the log is made here, and extended by tpm2_pcrextend.
banks_of() { # sha1,sha256 -> names, a line each
	tr , '\n' <<<"$1"
}
cat >log.py <<'END'
import hashlib, struct, sys
algorithms = {"sha1": 4, "sha256": 11, "sha384": 12, "sha512": 13}
banks = sorted(sys.argv[1].split(","), key=algorithms.get)
def tlv(kind, value):
    return struct.pack(">BI", kind, len(value)) + value
def u64(value):
    return struct.pack(">Q", value)
sha = lambda text: hashlib.sha256(text.encode()).digest()
time = tlv(2, u64(0))
base = b"".join(tlv(algorithms[b], bytes(hashlib.new(b).digest_size)) for b in banks)
image = tlv(12, b"\0") + tlv(14, b"\2") + tlv(15, sha("config")) + tlv(18 + 0, sha("claimant")) if 0 else b""
records = [
    (1, tlv(3, b"i" * 16) + tlv(4, base)),
    (2, tlv(5, b"0.1.0") + tlv(6, b"id") + tlv(7, b"6.1.0-49-amd64") + tlv(11, b"\1")),
    (3, tlv(8, sha("policy")) + tlv(9, u64(1)) + tlv(11, b"\1")),
    (6, tlv(12, b"\0") + tlv(14, b"\2") + tlv(15, sha("config")) + tlv(18, sha("claimant")) +
        tlv(19, u64(5)) + tlv(20, b"/c") + tlv(21, b"/bin/app") + tlv(23, b"\1")),
]
cel = b""
events = []
for number, (kind, rest) in enumerate(records):
    content = tlv(0x67, tlv(1, bytes([kind])) + time + rest)
    digests = [(b, hashlib.new(b, content).digest()) for b in banks]
    cel += tlv(0, u64(number)) + tlv(1, b"\r") + tlv(3, b"".join(tlv(algorithms[b], d) for b, d in digests)) + content
    events.append((digests, content))
    print("13:" + ",".join(f"{b}={d.hex()}" for b, d in digests))
open("ctguard.cel", "wb").write(cel)
spec = b"Spec ID Event03\0" + struct.pack("<IBBBBI", 0, 0, 2, 0, 2, len(banks))
spec += b"".join(struct.pack("<HH", algorithms[b], hashlib.new(b).digest_size) for b in banks) + b"\0"
tcg2 = struct.pack("<II20sI", 0, 3, b"", len(spec)) + spec
for digests, content in events:
    tcg2 += struct.pack("<III", 13, 6, len(digests))
    tcg2 += b"".join(struct.pack("<H", algorithms[b]) + d for b, d in digests)
    tcg2 += struct.pack("<I", len(content)) + content
open("ctguard.tcg2", "wb").write(tcg2)
# IMA: as a kernel without SHA-384 extends that bank.
lines = b""
for path, what in [("boot_aggregate", "aggregate"), ("/lib/modules/x/ctguard.ko", "ctguard.ko")]:
    fields = b"".join(struct.pack("<I", len(f)) + f for f in [b"sha256:\0" + sha(what), path.encode() + b"\0", b""])
    sha1 = hashlib.sha1(fields).digest()
    lines += b"10 %s ima-sig sha256:%s %s \n" % (sha1.hex().encode(), sha(what).hex().encode(), path.encode())
    def extended(bank):
        digest = hashlib.new(bank, fields).digest()
        return sha1 + bytes(28) if bank == "sha384" else digest
    print("10:" + ",".join(f"{b}={extended(b).hex()}" for b in banks))
open("ima.ascii", "wb").write(lines)
END
measure() { # BANKS
	local extension
	python3 log.py "$1" >extensions || return
	while read -r extension; do
		tpm2_pcrextend "$extension" || return
	done <extensions
}
evidence() { # NAME, BANKS, selection of PCRs
	local name=$1 bank selection=
	for bank in $(banks_of "$2"); do
		selection+=${selection:++}$bank:$3
	done
	"$verify" nonce --state verifier --host "$name" --output nonce.bin || return
	rm -f quote.*
	tool tpm2_quote -c ak.ctx -l "$selection" -q "$(xxd -p -c 99 nonce.bin)" \
		-m quote.msg -s quote.sig -o quote.pcrs -F serialized -g sha256 || return
	tool tpm2_readpublic -c ak.ctx -f pem -o ak.pem || return
	tar --format=ustar -cf "$name.ctgev" manifest.json nonce.bin ak.tss ak.pem quote.msg quote.sig \
		quote.pcrs ctguard.cel ctguard.tcg2 ima.ascii
}
checked() { # NAME, BANKS, PCRS
	evidence "$@" && "$verify" check --state verifier "$1.ctgev"
}
boot_of() { # reference of PCRs 0 to 3
	tpm2_pcrread sha256:0,1,2,3 -o boot.bin >/dev/null 2>&1
	python3 - >reference.json <<'END'
import hashlib, json
sha = lambda text: hashlib.sha256(text.encode()).hexdigest()
boot = open("boot.bin", "rb").read()
print(json.dumps({"ctguard_reference": 1,
    "boot": {"sha256": {str(i): boot[32 * i:32 * i + 32].hex() for i in range(4)}},
    "module": {"6.1.0-49-amd64": [sha("ctguard.ko")]}, "modules": [],
    "policies": [sha("policy")], "images": ["config:sha256:" + sha("config")],
    "claimants": [sha("claimant")], "level": 2}))
END
}

# The last one is quick: see the power cut.
kinds='rsa:rsa2048:rsassa-sha256:null rsa:ecc:ecdsa-sha256:null ecc:rsa2048:rsassa-sha256:null ecc:ecc:ecdsa-sha256:null'
for banks in sha256 sha1,sha256 sha256,sha384; do
	start "$banks"
	claim "$banks: the TPM is extended" measure "$banks"
	boot_of
	for kind in $kinds; do
		ek=${kind%%:*} ak=${kind#*:} name=${kind%%:*}-${ak%%:*}-${banks//,/-}
		claim "$banks: an EK of $ek, an AK of $ak" make_keys "$ek" "$ak"
		certificate=
		claim "$name: tpm2_activatecredential opens our credential" enrol "$name" --ek-sha256 "$(fingerprint)"
		claim "$name: a quote of tpm2_quote is trusted" checked "$name" "$banks" 0,1,2,3,10,13
		claim "$name: and again, with all PCRs" checked "$name" "$banks" 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,23
		claim "$name: tpm2_checkquote agrees" tpm2_checkquote -u ak.pem -m quote.msg -s quote.sig \
			-f quote.pcrs -q "$(xxd -p -c 99 nonce.bin)" -g sha256
	done
done

# A TPM through resets; the log is of a new boot then.
again() { # signal
	kill -s "$1" "$tpm"
	wait "$tpm" 2>/dev/null
	rm -f socket*
	swtpm socket --tpm2 --tpmstate "dir=$tmp/state" --server "type=unixio,path=$tmp/socket" \
		--ctrl "type=unixio,path=$tmp/socket.ctrl" --flags not-need-init,startup-clear >swtpm.log 2>&1 &
	tpm=$!
	sleep 0.5
}
tpm2_shutdown --clear
again TERM
refused() { # reason, command
	local reason=$1
	shift
	"$@" >verdict
	grep "$reason" verdict || {
		cat verdict
		return 1
	}
}
claim 'the TPM was reset, and makes the same keys' make_keys "$ek" "$ak"
claim 'the old log after it is refused' refused LOG_ checked "$name" "$banks" 0,1,2,3,10,13
sed -i 's/b"i"/b"j"/' log.py
claim 'a new boot is measured' measure "$banks"
claim 'and trusted' checked "$name" "$banks" 0,1,2,3,10,13
claim 'user space extends the PCR' \
	tpm2_pcrextend 13:sha256=0000000000000000000000000000000000000000000000000000000000000001
claim 'and is refused' refused LOG_PCR checked "$name" "$banks" 0,1,2,3,10,13

# Without a shutdown the TPM does not know that its clock went on. swtpm calls it
# safe again four seconds later, which a busy machine may take for this.
again KILL
sed -i 's/b"j"/b"k"/' log.py
claim 'a power cut, and keys and boot after it' make_keys "$ek" "$ak"
claim 'are measured' measure "$banks"
checked "$name" "$banks" 0,1,2,3,10,13 >verdict
if tpm2_readclock | grep -q 'safe: no'; then
	claim 'but the clock is not safe (18)' grep CLOCK_UNSAFE verdict
fi
sed 's/"level"/"accept_unsafe_clock": true, "level"/' reference.json >unsafe.json
claim 'unless that is allowed' "$verify" enroll reference --state verifier --host "$name" --reference unsafe.json
claim 'then it is trusted' checked "$name" "$banks" 0,1,2,3,10,13

# The certificate that swtpm_setup wrote.
if [ -e ca/issuercert.pem ]; then
	certificate_of() { # NV index
		tpm2_nvread "$1" -o ek.cert >/dev/null 2>&1 && [ -s ek.cert ]
	}
	root=$(find ca -name '*root*cert.pem' -o -name 'swtpm-localca-rootca-cert.pem' | head -n 1)
	cat ca/issuercert.pem "${root:-/dev/null}" >roots.pem
	claim 'keys of RSA' make_keys rsa ecc:ecdsa-sha256:null
	claim 'the certificate of swtpm is read' certificate_of 0x01c00002
	certificate=ek.cert
	keep=1
	refused_enrolment() { # reason, options
		local reason=$1
		shift
		enrol certified --tofu "$@" 2>&1 | grep "$reason"
	}
	rm -rf verifier
	claim 'a software TPM is refused (24)' refused_enrolment EK_SWTPM
	claim 'an unknown root is refused (24)' refused_enrolment EK_ROOT --allow-swtpm
	claim 'its root is added' "$verify" ca add --state verifier swtpm roots.pem
	claim 'then it is enrolled, when software TPMs are allowed' enrol certified --tofu --allow-swtpm
	claim 'which every verdict tells' refused 'certificate (first use)' checked certified "$banks" 0,1,2,3,10,13
fi
echo "1..$tests"
[ "$failed" = 0 ]
