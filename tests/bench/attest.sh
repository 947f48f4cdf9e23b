#!/bin/bash
# What a quote costs over tpm2_quote(1) of the same PCRs by the same key, on a
# software TPM: whole processes, from start to end, in turn. Prints a table of
# medians, and each goal as a test (TAP). Exit status: 1 when one is not met.
#
# Usage: attest.sh [TIMES]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

times=${1:-50}
ctl=$PWD/build/ctguardctl writer=$PWD/tests/unit/attest_log.pl
tmp=$(mktemp -d)
# shellcheck source=tests/unit/swtpm.sh
. tests/unit/swtpm.sh
trap 'swtpm_stop; rm -rf "$tmp"' EXIT
cd "$tmp"

# COMMAND...: prints its microseconds.
timed() {
	local start=${EPOCHREALTIME/./} end
	"$@" >/dev/null
	end=${EPOCHREALTIME/./}
	echo $((end - start))
}

median() { # file
	sort -n "$1" | sed -n "$(($(wc -l <"$1") / 2 + 1))p"
}

raw() { # selection
	tpm2_quote -c 0x81018C74 -l "$1" -q "$nonce" -g sha256 -m raw.msg -s raw.sig -o raw.pcrs
}

ours() { # log
	"$ctl" attest quote --log "$1" --ima /dev/null -n nonce
}

# ALGORITHM: a boot of its own, since a log of three does not become one of a
# thousand. Adds lines "ALGORITHM RECORDS RAW OURS BYTES" to rows.
measure() {
	local algorithm=$1 records
	for records in 3 1000; do
		swtpm_start "$algorithm" sha256
		tpm2_evictcontrol -C o -c 0x81018C74 >/dev/null 2>&1 || true
		"$ctl" attest init --alg "$algorithm" >/dev/null
		"$writer" log.cel 13 sha256 "$records" | xargs -n 1 tpm2_pcrextend
		: >raw-times
		: >our-times
		for ((i = 0; i < times; i++)); do
			timed raw sha256:0,1,2,3,4,5,6,7,8,9,10,13 >>raw-times
			timed ours log.cel >>our-times
		done
		echo "$algorithm $records $(median raw-times) $(median our-times) $(ours log.cel | wc -c)" >>rows
		swtpm_stop
	done
}

head -c 32 /dev/urandom >nonce
nonce=$(od -An -v -tx1 nonce | tr -d ' \n')
measure ecc
measure rsa
awk -v times="$times" '
BEGIN {
	printf "medians of %d, in microseconds, process and TPM:\n", times
	printf "%-6s %8s %12s %15s %8s %10s\n", "key", "records", "tpm2_quote", "attest quote", "ratio", "evidence"
}
{
	printf "%-6s %8d %12d %15d %8.2f %10d\n", $1, $2, $3, $4, $4 / $3, $5
	met = $4 < $3
	tests = tests sprintf("%s %d - %s, %d records: less than tpm2_quote takes, which has no log\n", met ? "ok" : "not ok", NR, $1, $2)
	failed += !met
}
END {
	printf "%s1..%d\n", tests, NR
	exit failed != 0
}' rows
