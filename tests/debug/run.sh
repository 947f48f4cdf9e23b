#!/bin/bash
# The tests on a kernel that looks for faults: kasan for memory, locks, leaks and
# undefined behaviour, kcsan for races. A kernel's warning ends a guest and fails
# the test. Prints TAP.
#
# Usage: run.sh kasan | kcsan [PART]...; PARTs of kasan: planted kselftest tpm
# escapes faults soak fuzz; of kcsan: planted kselftest; default: all of them
# shellcheck disable=SC2317 # parts are called by their names
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit

variant=${1:?usage: run.sh kasan | kcsan [PART]...}
shift
work=build/debug/module-$variant

die() {
	echo "not ok - $*"
	exit 1
}

dir=$(tests/debug/kernel.sh "$variant") || die "the kernel $variant is built"
export CTGUARD_KERNEL=$dir CTGUARD_KO=$work/kmod/ctguard.ko
# Page tables of five levels make the shadow of all memory slow to set up.
export CTGUARD_VM="--patience 4 --mem 4G --append no5lvl"

[ "$variant" != kcsan ] || CTGUARD_VM="$CTGUARD_VM --parallel"

# Coverage, by which the fuzzer is guided, is of the module alone. Parts may run
# side by side: whoever comes first builds it.
flags=()
[ "$variant" != kasan ] || flags=(KCOV_INSTRUMENT=y)
inputs=$({
	cat "$dir/inputs"
	find Kbuild include kmod -type f -name '[!.]*' ! -name '*.o' ! -name '*.ko' ! -name '*.mod*' \
		! -name modules.order -exec sha256sum {} + | sort
} | sha256sum)
exec 9>"$work.lock"
flock 9
if [ "$(cat "$work/inputs" 2>/dev/null)" != "$inputs" ]; then
	scripts/module-copy.sh "$work"
	make --no-print-directory -s -C "$dir/build" M="$PWD/$work" "${flags[@]}" modules >"$work.log" 2>&1 || {
		sed 's/^/# /' "$work.log"
		die "the module is built for the kernel $variant"
	}
	echo "$inputs" >"$work/inputs"
fi
exec 9>&-

part_kselftest() {
	tests/kselftest/guests.sh main load
}
part_tpm() {
	tests/kselftest/guests.sh tpm
}
part_escapes() {
	tests/e2e/escapes.sh crun
}
# NAME: a module of tests/debug, built in build/debug/NAME
build_for() {
	local work=build/debug/$1
	rm -rf "$work"
	cp -r "tests/debug/$1" "$work"
	make --no-print-directory -s -C "$dir/build" M="$PWD/$work" modules >"$work.log" 2>&1 || {
		sed 's/^/# /' "$work.log"
		echo "not ok - the module $1 is built"
		return 1
	}
}

# FAULT STATUS PATTERN [COMMAND]...: a guest with this fault ends with this status,
# and says so
number=0
# shellcheck disable=SC2016 # for the guest's shell
finds() {
	local fault=$1 status=$2 pattern=$3 run=build/vm/planted-$1 result=ok r=0
	shift 3
	tests/vm/vm --kernel "$dir" --name "planted-$fault" --timeout 300 -- \
		sh -c 'insmod build/debug/planted/planted.ko fault=$1 && shift && "$@"' - "$fault" "${@:-true}" >"$run.log" 2>&1 || r=$?
	[ "$r" = "$status" ] && grep -qaE "$pattern" "$run/console.log" "$run.log" || result='not ok'
	number=$((number + 1))
	echo "$result $number - finds a planted fault: $fault"
	[ "$result" = ok ] || sed 's/^/# /' "$run.log"
	[ "$result" = ok ]
}

# What is not found when it is there was not looked for.
part_planted() {
	local status=0
	build_for planted || return
	mkdir -p build/vm
	if [ "$variant" = kcsan ]; then
		finds race 125 'KCSAN: data-race in racer'
		return
	fi
	finds use-after-free 125 'KASAN: use-after-free' || status=1
	finds shift 125 'UBSAN: shift-out-of-bounds' || status=1
	finds sleep-in-atomic 125 'BUG: sleeping function called' || status=1
	finds lock-order 125 'possible circular locking dependency' || status=1
	finds rcu 125 'suspicious RCU usage' || status=1
	finds leak 1 '^not ok - nothing leaked' env "CTGUARD_KO=/ctguard/$CTGUARD_KO" tests/kselftest/run.sh tasks || status=1
	return "$status"
}
part_faults() {
	build_for enomem && CTGUARD_ENOMEM=build/debug/enomem/enomem.ko tests/kselftest/guests.sh faults
}
part_soak() {
	tests/soak/run.sh "${SOAK_SECONDS:-600}"
}
part_fuzz() {
	tests/fuzz/kernel/run.sh "${FUZZ_SECONDS:-300}"
}

case $variant in
kasan) parts=(planted kselftest tpm escapes faults soak fuzz) ;;
*) parts=(planted kselftest) ;;
esac
[ $# = 0 ] || parts=("$@")
status=0
for part in "${parts[@]}"; do
	declare -F "part_$part" >/dev/null || die "no part is called $part"
	"part_$part" || status=1
done
exit $status
