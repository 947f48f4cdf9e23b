#!/bin/bash
# The tests on a kernel that looks for faults: kasan for memory, locks, leaks and
# undefined behaviour, kcsan for races. A kernel's warning ends a guest and fails
# the test. Prints TAP.
#
# Usage: run.sh kasan | kcsan [PART]...; PARTs of kasan: kselftest tpm escapes
# faults soak fuzz; of kcsan: kselftest; default: all of them
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
export CTGUARD_VM="--patience 4 --mem 4G --append no5lvl --append loglevel=4"

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
part_faults() {
	local enomem=build/debug/enomem
	rm -rf "$enomem"
	cp -r tests/debug/enomem "$enomem"
	make --no-print-directory -s -C "$dir/build" M="$PWD/$enomem" modules >"$enomem.log" 2>&1 || {
		sed 's/^/# /' "$enomem.log"
		echo "not ok - the module that makes allocations fail is built"
		return 1
	}
	CTGUARD_ENOMEM=$enomem/enomem.ko tests/kselftest/guests.sh faults
}
part_soak() {
	tests/soak/run.sh "${SOAK_SECONDS:-600}"
}
part_fuzz() {
	tests/fuzz/kernel/run.sh "${FUZZ_SECONDS:-300}"
}

case $variant in
kasan) parts=(kselftest tpm escapes faults soak fuzz) ;;
*) parts=(kselftest) ;;
esac
[ $# = 0 ] || parts=("$@")
status=0
for part in "${parts[@]}"; do
	declare -F "part_$part" >/dev/null || die "no part is called $part"
	"part_$part" || status=1
done
exit $status
