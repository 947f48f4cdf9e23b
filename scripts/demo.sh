#!/bin/bash
# The demo: real privileged containers try to break out of a VM, without the
# guard and with it; then a VM with firmware and a TPM is attested to a verifier
# that has none. Every cell is computed in this run; the exit status is 0 only
# if each attempt succeeds without it, is denied with it, and was reported, and
# the verifier trusts what it should, and nothing else.
set -euo pipefail

tree=$(readlink -f "$(dirname "$(readlink -f "$0")")/..")
cd "$tree"

red='' green='' bold='' plain=''
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ] && [ -z "${NO_COLOR:-}" ]; then
	red=$'\e[31m' green=$'\e[32m' bold=$'\e[1m' plain=$'\e[0m'
fi

count=$(grep -cv '^#' tests/e2e/attempts)
cat <<END
ctguard demo: boots Debian's kernel in a virtual machine and runs podman containers with
--privileged, with crun and with runc. Each tries $count ways out, first without the guard, then
with ctguard.ko loaded and policies/baseline.yaml pushed. Then a machine with a TPM is attested to
a verifier. About five minutes; the first time set-up comes before it, 1 to 5 minutes.
END

scripts/setup.sh
echo "demo: builds the module and the tools"
make --no-print-directory -s KDIR="$(scripts/kdir.sh --guest)" module tools build/tests/breakout >build/demo.log 2>&1 || {
	tail -20 build/demo.log >&2
	echo "demo: the build failed; see build/demo.log" >&2
	exit 3
}
kernel=$(cat build/guest/kernel/stock)
echo "demo: boots $kernel under $(cat build/guest/accel 2>/dev/null || echo QEMU)"

rows=$((2 * (count + 1))) # and one about the host, for each runtime

# Reads breakouts.sh's rows, prints the table, and exits 1 if a row is not ok.
table() {
	awk -F '|' -v want="$rows" -v red="$red" -v green="$green" -v bold="$bold" -v plain="$plain" '
	BEGIN { form = "%-4s %-35s %-11s %-14s %-15s %s\n" }
	$1 != runtime {
		runtime = $1
		printf "\n%spodman --runtime %s run --privileged%s\n", bold, runtime, plain
		printf form, "", "attempt", "without", "with ctguard", "operation", "event"
	}
	{
		if (length($7) > 16)
			$7 = substr($7, 1, 13) "..."
		sub(/,.*/, "", $6)
		line = sprintf(form, $2, $3, $4, $5, $6, $7 == "-" ? "" : $7 == "" ? "none" : $7)
		printf "%s%s%s", $8 == "ok" ? green : red, line, plain
		fflush()
		rows++
		if ($8 == "ok") good++
	}
	END {
		printf "\n%d of %d rows: succeeds without, denied with, reported (event: CPU/sequence number)\n",
			good, want
		exit good != want
	}'
}

module=${CTGUARD_KO:-kmod/ctguard.ko}
status=0
tests/vm/vm --name demo --disk 64M --timeout 900 -- \
	env "CTGUARD_KO=$module" tests/e2e/breakouts.sh | table || status=$?
if [ $status != 0 ]; then
	echo "demo: FAILED; the guest's log is build/vm/demo/console.log" >&2
	exit 1
fi
echo "demo: ctguard held in all $rows rows, in $SECONDS s"

# Reads attest.sh's TAP, and ends with 1 if a claim does not hold or is missing.
claims() {
	local line want=0 good=0
	while IFS= read -r line; do
		case $line in
		"ok "*)
			good=$((good + 1))
			echo "${green}holds  ${line#*attest: }$plain"
			;;
		"not ok "*) echo "${red}FAILS  ${line#*attest: }$plain" ;;
		1..*) want=${line#1..} ;;
		*) echo "$line" ;;
		esac
	done
	printf '\n%d of %d claims hold\n' "$good" "$want"
	[ "$want" -gt 0 ] && [ "$good" = "$want" ]
}

printf '\n%sa host with a TPM, and a verifier without one%s\n' "$bold" "$plain"
if ! tests/e2e/attest.sh first | claims; then
	echo "demo: FAILED; the guest's log is build/vm/attest-1/console.log" >&2
	exit 1
fi
echo "demo: all was shown, in $SECONDS s"
