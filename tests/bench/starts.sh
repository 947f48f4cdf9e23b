#!/bin/bash
# Measures what the kernel's part of a container's start costs, in a VM with a
# software TPM: the claim, and the first program until it has ended, without
# and with an extension of the TPM. Prints a table. Without an argument it
# boots the VM, with "inside" it is what runs there.
#
# Usage: starts.sh
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

times=${CTGUARD_STARTS:-200}
if [ "${1:-}" = inside ]; then
	for tpm in none require; do
		insmod "${CTGUARD_KO:-kmod/ctguard.ko}" "tpm=$tpm"
		build/bench/starts "$tpm" "$times"
		rmmod ctguard
	done
	exit
fi

tests/vm/vm --name bench-starts --tpm --timeout 900 -- \
	env "CTGUARD_KO=${CTGUARD_KO:-kmod/ctguard.ko}" "CTGUARD_STARTS=$times" tests/bench/starts.sh inside |
	awk -v times="$times" -v size="$(stat -c %s build/bench/starts)" -v oci="$(stat -c %s build/ctguard-oci)" '
	{ n[$1, $2] = $3; rows++ }
	function row(what, a, b) {
		printf "%-58s %10d us %10d us\n", what, a, b
	}
	END {
		printf "medians of %d, an emulated machine and a software TPM:     without a TPM    with a TPM\n", times
		row("a question over netlink, and its answer", n["none", "status"], n["require", "status"])
		row(sprintf("a claim: the same, and %.1f MB of claimant hashed", size / 1e6), n["none", "claim"], n["require", "claim"])
		row("a program, to its end, unguarded", n["none", "unguarded"], n["require", "unguarded"])
		row("a first program, no rule about images", n["none", "free"], n["require", "free"])
		row("a first program of an approved image, hashed, recorded", n["none", "approved"], n["require", "approved"])
		printf "ctguard-oci has %.1f MB\n", oci / 1e6
		exit rows != 10
	}'
