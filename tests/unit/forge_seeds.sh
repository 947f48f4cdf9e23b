#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Seeds for the fuzzers of the verifier's readers: DIR/NAME_fuzz.corpus.
set -eu

cd "$(dirname "$0")/../.."
forge=$PWD/build/tests/forge
mkdir -p "$1"
cd "$1"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
head -c 32 /dev/zero > "$tmp/nonce"
for kind in ecc rsa; do
	# shellcheck disable=SC2046 # no argument for ecc
	"$forge" key "$tmp/key" $([ $kind = ecc ] || echo rsa)
	for banks in 2 3 15; do
		"$forge" evidence "$tmp/key" "$tmp/nonce" "$tmp/evidence" banks=$banks
		for fuzzer in ustar attest pcrs cel ima tcg2 verify_json; do
			mkdir -p ${fuzzer}_fuzz.corpus
		done
		cp "$tmp/evidence" ustar_fuzz.corpus/$kind-$banks
		tar -C "$tmp" -xf "$tmp/evidence"
		for member in ak.tss quote.msg quote.sig; do
			cp "$tmp/$member" attest_fuzz.corpus/$kind-$banks-$member
		done
		cp "$tmp/quote.pcrs" pcrs_fuzz.corpus/$kind-$banks
		cp "$tmp/ctguard.cel" cel_fuzz.corpus/$kind-$banks
		cp "$tmp/ima.ascii" ima_fuzz.corpus/$kind-$banks
		cp "$tmp/ctguard.tcg2" tcg2_fuzz.corpus/$kind-$banks
	done
done
"$forge" reference verify_json_fuzz.corpus/reference
cat > verify_json_fuzz.corpus/record << 'END'
{"ctguard_ak":1,"host":"web1","name":"000bd4f8","ek":"07881ae4a5a0f746fe48b14a99c2f7d908dc140b5c60f46a1daa6f74214e6598","trust":"fingerprint","enrolled":1,"reference":"","nonces":[{"nonce":"5850514a576141314462587573724d536832766b5549746765326452615f3877","issued":1,"expires":2,"generation":"62029955b7ef493c0f218374cf08e812","used":true}],"quote":{"reset_count":7,"restart_count":0,"clock":100000},"log":{"count":5,"instance":"01010101010101010101010101010101","pcr":13,"values":{"sha1":"c9bf08ece294f44d0a93403840938a9951bd1706"},"kernel":"6.1","init":true,"locked":true,"capped":false,"exited":false,"enforcing":true,"generation":1,"starts":1,"denied":0,"violations":0,"reasons":["LOG_PCR"]}}
END
