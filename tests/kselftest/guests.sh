#!/bin/bash
# Runs the kselftest programs in guests that have what they ask for: one guest,
# or a few, for each group. Prints TAP.
#
# The module is kmod/ctguard.ko or CTGUARD_KO, the kernel the stock one or
# CTGUARD_KERNEL, as `tests/vm/vm --kernel` takes it.
#
# Usage: guests.sh [main | short | boot | load | tpm | faults]...; default: all but
# short, a part of main, and faults, which asks for a kernel of tests/debug
# shellcheck disable=SC2317 # groups are called by their names
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit

kernel=(${CTGUARD_KERNEL:+--kernel "$CTGUARD_KERNEL"})
status=0

# NAME OPTION... -- PROGRAM...
guest() {
	local name=kselftest-$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	tests/vm/vm --name "$name" "${kernel[@]}" --timeout 1800 "${options[@]}" -- \
		env ${CTGUARD_KO:+"CTGUARD_KO=/ctguard/$CTGUARD_KO"} tests/kselftest/run.sh "$@" || status=1
}

group_main() {
	guest main --disk 64M -- modules devices mounts hostcode descriptors uring pseudofs \
		kernel tasks sharing identity policy events netlink
}
group_short() {
	guest short --disk 64M -- modules devices mounts pseudofs kernel tasks policy
}
# The ways back into a host that will not boot.
group_boot() {
	tests/kselftest/boot.sh || status=1
}
# What patches code under load.
group_load() {
	guest load -- attach
}
# What asks for a TPM, on hosts with one, without, and with one that fails.
group_tpm() {
	guest tpm --tpm -- images measure
	guest no-tpm -- measure tpm
}
# Where an allocation fails, by the module CTGUARD_ENOMEM too. In a copy of what
# it takes: 9p loses track of what is open when memory is short.
# shellcheck disable=SC2016 # for the guest's shell
group_faults() {
	tests/vm/vm --name kselftest-faults "${kernel[@]}" --timeout 3600 -- sh -c '
		mkdir -p /tmp/tree && cp --parents build/kselftest/faults tests/kselftest/run.sh "$1" "$2" /tmp/tree &&
		cd /tmp/tree && CTGUARD_KO=$PWD/$1 CTGUARD_ENOMEM=$PWD/$2 exec tests/kselftest/run.sh faults
	' - "${CTGUARD_KO:-kmod/ctguard.ko}" "${CTGUARD_ENOMEM:?}" || status=1
}

groups=("$@")
[ $# -gt 0 ] || groups=(main boot load tpm)
for group in "${groups[@]}"; do
	declare -F "group_$group" >/dev/null || {
		echo "guests.sh: no group is called $group" >&2
		exit 2
	}
	"group_$group"
done
exit $status
