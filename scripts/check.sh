#!/bin/bash
# Runs the checks: each is a function check_NAME here, which prints TAP or only
# ends with a status. Counts are summed, and the last line tells them. Those that
# run guests run two at a time.
#
# Usage: check.sh [NAME]... | debug; default: all but those of debug
set -uo pipefail

tree=$(readlink -f "$(dirname "$(readlink -f "$0")")/..")
cd "$tree" || exit
guests=(engines engines-systemd lifecycle lifecycle-systemd kselftest kselftest-load images images-systemd
	attest signed broken boot breakouts newest dkms vm)
# Of `make check-debug`.
debug=(debug-planted debug-kselftest debug-tpm debug-escapes debug-faults debug-soak debug-fuzz debug-races)
all=(setup build install lint unit fuzz "${guests[@]}" bench)
logs=build/check
vm=tests/vm/vm

# Everything is built for the kernel that the guest boots.
check_build() {
	make --no-print-directory KDIR="$(scripts/kdir.sh --guest)" all
}

check_setup() {
	scripts/setup.sh
}

check_lint() {
	scripts/lint.sh
}

# What `make install` leaves, and that it keeps an administrator's policy.
check_install() {
	local root=$logs/root file status=0
	rm -rf "$root"
	make --no-print-directory -s install DESTDIR="$root" || return
	for file in usr/sbin/ctguardctl usr/sbin/ctguard-oci usr/sbin/ctguard-runc usr/sbin/ctguard-crun \
		usr/share/containers/oci/hooks.d/ctguard.json usr/share/man/man8/ctguard-oci.8 etc/ctguard/policy.yaml \
		usr/share/ctguard/policies/baseline.yaml usr/include/ctguard/ctguard.h \
		usr/share/man/man8/ctguardctl.8 usr/share/man/man8/ctguard.service.8 \
		usr/bin/ctguard-verify usr/share/man/man1/ctguard-verify.1 usr/share/bash-completion/completions/ctguard-verify \
		usr/lib/systemd/system/ctguard.service usr/lib/systemd/system/ctguard-log.timer usr/lib/ctguard/boot-allows usr/share/bash-completion/completions/ctguardctl; do
		claim "installs $file" test -s "$root/$file" || status=1
	done
	claim "ctguard-oci needs nothing of whose runtime it is" sh -c "
		readelf -hl $root/usr/sbin/ctguard-oci >$logs/oci.elf && grep -q 'Type:.*DYN' $logs/oci.elf && ! grep -q INTERP $logs/oci.elf" || status=1
	claim "installs the module" \
		sh -c "test -s $root/lib/modules/$(cat build/guest/kernel/stock)/updates/ctguard.ko" || status=1
	claim "enables nothing" sh -c "! find $root/etc/systemd $root/usr/lib/modules-load.d 2>/dev/null | grep ." || status=1
	make --no-print-directory -s install DESTDIR="$root/local" PREFIX=/usr/local >/dev/null
	claim "the unit names what was installed" sh -c "cd $root/local/usr/local &&
		grep -q =/usr/local/sbin/ctguardctl lib/systemd/system/ctguard.service && test -x lib/ctguard/boot-allows" || status=1
	claim "a verifier is installed by itself" sh -c "make --no-print-directory -s -f attest/Makefile.inc install-verify \
		DESTDIR='$root/verifier' && [ \"\$(cd '$root/verifier' && find . -type f | sort | tr '\n' ' ')\" = \
		'./usr/bin/ctguard-verify ./usr/share/bash-completion/completions/ctguard-verify ./usr/share/man/man1/ctguard-verify.1 ' ]" || status=1
	echo changed >"$root/etc/ctguard/policy.yaml"
	make --no-print-directory -s install DESTDIR="$root" >/dev/null
	claim "keeps a changed policy" grep -q changed "$root/etc/ctguard/policy.yaml" || status=1
	return $status
}

# Debian's dkms in a root of its own, and the module that it built in a guest.
check_dkms() {
	tests/e2e/dkms.sh
}

# Programs and scripts whose names end in _test.
check_unit() {
	local test status=0
	for test in build/tests/unit/*_test build/tests/*_test tests/unit/*_test.sh; do
		[ -x "$test" ] || continue
		echo "# $test"
		"$test" || status=1
	done
	return $status
}

# A short run of each fuzzer; see tests/fuzz/Makefile.inc.
check_fuzz() {
	make --no-print-directory -s fuzz-run
}

# The runner itself: an end of its own for each way a guest can end.
check_vm() {
	local status=0
	ends() {
		local want=$1 what=$2 got=0
		shift 2
		"$vm" --name runner "$@" >"$logs/vm.out" 2>&1 || got=$?
		claim "$what ends with $want" test "$got" = "$want" || {
			sed 's/^/# /' "$logs/vm.out"
			status=1
		}
	}
	ends 7 "a command" -- sh -c 'echo out; echo err >&2; exit 7'
	claim "its output comes through" sh -c "grep -qx out $logs/vm.out && grep -qx err $logs/vm.out" || status=1
	ends 125 "a panic" -- sh -c 'echo c >/proc/sysrq-trigger; sleep 9'
	ends 124 "a command that does not end" --timeout 15 -- sleep 1000
	ends 0 "a disk and a TPM" --disk 64M --tpm -- \
		sh -c 'test -c /dev/tpmrm0 && mount /dev/vdb /mnt && grep -q secret /mnt/secret'
	# shellcheck disable=SC2016 # for the guest's shell
	ends 0 "a run under systemd" --systemd -- \
		sh -c '[ "$(systemd-detect-virt -c)" = none ] && systemctl is-active systemd-udevd'
	claim "make vm" make --no-print-directory -s KDIR="$(scripts/kdir.sh --guest)" \
		vm CMD='build/ctguardctl status | grep -q enforcing' || status=1
	return $status
}

check_kselftest() {
	tests/kselftest/guests.sh main boot
}

check_kselftest_load() {
	tests/kselftest/guests.sh load tpm
}

# The newest kernel, in short; all of them: make check-matrix.
check_newest() {
	tests/matrix/run.sh 7.3 short
}

# The same and more on kernels that look for faults: memory, locks, leaks,
# undefined behaviour, failing allocations, requests nobody would make, races.
check_debug() {
	case $1 in
	races) tests/debug/run.sh kcsan ;;
	*) tests/debug/run.sh kasan "$1" ;;
	esac
}

# The host's boot with the unit of systemd, and the ways back.
check_boot() {
	tests/e2e/boot.sh
}

# Escape attempts without the guard and with it, as the demo runs them.
check_breakouts() {
	tests/e2e/escapes.sh
}

# The demo must fail for a guard that has one hook less, the module on a kernel
# that has one function less, and the soak for a guard that lacks a hook or an
# event.
check_broken() {
	local dir=build/broken status=0 hook=security_kernel_module_request
	build_variant hooks.c "/{ \"$hook\",/{:row;/},/!{N;b row};d}" || return
	CTGUARD_KO=$dir/kmod/ctguard.ko scripts/demo.sh >$logs/broken.out 2>&1 && status=1
	claim "without $hook the demo fails" test $status = 0
	claim "and its table says where" grep -q 'A3 .*autoload.*succeeds  *succeeds' $logs/broken.out || {
		sed 's/^/# /' $logs/broken.out
		status=1
	}
	# A kernel that lacks a function.
	build_variant hooks.c "s/{ \"$hook\",/{ \"no_such_function\",/" || return
	claim "a module that misses a function does not load, and names it" \
		"$vm" --name broken -- sh -c "! insmod $dir/kmod/ctguard.ko && dmesg | grep no_such_function &&
			! test -e /sys/module/ctguard" || status=1
	# One that has what a function guards, and not the function.
	build_variant hooks.c '/"security_uring_cmd"/,/}/{s/security_uring_cmd/no_such_function/;s/CTG_[A-Z_]*/1/g}' || return
	claim "a kernel without a function says what is open" \
		"$vm" --name broken -- sh -c "insmod $dir/kmod/ctguard.ko && build/ctguardctl status --json |
			jq -e '.open == [\"B8\"] and .state == \"enforcing\"' && build/ctguardctl status | grep -x 'escapes  *B8 open'" || status=1
	build_variant hooks.c '/{ CTG_ARCH_SYSCALL(delete_module),/{:row;/},/!{N;b row};d}' || return
	soak_finds "the soak finds a missing hook" 'wrong verdicts: [1-9]' || status=1
	build_variant event.c 's/^\t\tcount = min(head.*/&\n\t\tif (ring->tail % 8 == 7) {\n\t\t\tsettle(\&ring->events[at], true);\n\t\t\tsmp_store_release(\&ring->tail, ring->tail + 1);\n\t\t\tcontinue;\n\t\t}/' || return
	soak_finds "the soak finds an event that is dropped" 'counted [0-9]*, told' || status=1
	return $status
}

# CLAIM PATTERN: of the line of a soak's that must not be ok
soak_finds() {
	CTGUARD_KO=$dir/kmod/ctguard.ko tests/soak/run.sh 30 >$logs/broken.out 2>&1
	claim "$1" grep -q "^not ok .*$2" $logs/broken.out || {
		sed 's/^/# /' $logs/broken.out
		return 1
	}
}

# FILE EXPRESSION: builds the module in $dir, changed so by sed.
build_variant() {
	scripts/module-copy.sh "$dir"
	sed -i "$2" "$dir/kmod/$1"
	if cmp -s "$dir/kmod/$1" "kmod/$1"; then
		echo "nothing in kmod/$1 is as $2 expects it"
		return 1
	fi
	make --no-print-directory -s -C "$(scripts/kdir.sh --guest)" "M=$tree/$dir" \
		KCFLAGS=-Wno-unused-function modules >$logs/broken.build 2>&1 || {
		cat $logs/broken.build
		return 1
	}
}

# What must go on working, under both cgroup managers.
check_lifecycle() {
	"$vm" --name lifecycle --timeout 2000 -- tests/e2e/lifecycle.sh
}

check_lifecycle_systemd() {
	"$vm" --name lifecycle-systemd --systemd --timeout 2000 -- tests/e2e/lifecycle.sh
}

# Other engines, likewise; which script runs where is for the time it takes.
# shellcheck disable=SC2016 # for the guest's shell
each='for test; do "tests/e2e/$test.sh" || exit; done'
check_engines() {
	"$vm" --name engines --timeout 2000 -- bash -c "$each" - networks docker containerd devices
}

check_engines_systemd() {
	"$vm" --name engines-systemd --systemd --timeout 2000 -- \
		bash -c "$each" - docker podman rootless machines policies
}

# Approved images only, where cgroups are the engine's and where systemd's.
check_images() {
	"$vm" --name images --tpm --timeout 2000 -- tests/e2e/images.sh
}

check_images_systemd() {
	"$vm" --name images-systemd --systemd --tpm --timeout 2000 -- tests/e2e/images.sh
}

# A host with firmware, TPM and IMA, and a verifier.
check_attest() {
	tests/e2e/attest.sh
}

# A host with Secure Boot, whose kernel is locked down.
check_signed() {
	tests/e2e/signed.sh
}

check_bench() {
	local script log status=0 r
	for script in run images starts attest verify; do
		log=$logs/bench-$script.log
		r=0
		"tests/bench/$script.sh" >"$log" 2>&1 || r=$?
		cat "$log"
		[ $r != 0 ] || continue
		status=1
		# One that came to no test tells what it came to.
		grep -q '^not ok ' "$log" || {
			echo "not ok - $script.sh ended with $r"
			tail -n 8 "$log" | sed 's/^/# /'
		}
	done
	return $status
}

# CLAIM COMMAND...: one line of TAP.
claims=0
claim() {
	local what=$1 result=ok
	shift
	"$@" >"$logs/$name.claim" 2>&1 || result="not ok"
	claims=$((claims + 1))
	echo "$result $claims - $what"
	[ "$result" = ok ] || {
		tail -n 20 "$logs/$name.claim" | sed 's/^/# /'
		return 1
	}
}

# NAME: runs it, says how it went, and leaves its counts in a file
run() {
	local name=$1 start=$SECONDS status=0 p f s
	local log=$logs/$name.log
	rm -f "$logs/$name.counts"
	echo "check: $name ..."
	case $name in
	debug-*) check_debug "${name#debug-}" ;;
	*) "check_${name//-/_}" ;;
	esac >"$log" 2>&1 || status=$?
	read -r p f s < <(scripts/tap-count.sh $status <"$log")
	{
		if [ "$f" -gt 0 ]; then
			if grep -q '^not ok ' "$log"; then
				grep -A 8 '^not ok ' "$log" | grep -E '^(not ok|#)' | head -n 60
			else
				tail -n 15 "$log"
			fi
			echo "check: the whole of it is in $log"
		fi
		echo "check: $name: $p passed, $f failed, $s skipped ($((SECONDS - start)) s)"
	} >"$logs/$name.told"
	cat "$logs/$name.told"
	echo "$p $f $s" >"$logs/$name.counts"
	[ "$f" = 0 ]
}

names=("$@")
[ $# -gt 0 ] || names=("${all[@]}")
[ "${names[*]}" != debug ] || names=(setup build "${debug[@]}")
for name in "${names[@]}"; do
	[[ " ${debug[*]} " == *" $name "* ]] || declare -F "check_${name//-/_}" >/dev/null || {
		echo "check.sh: no check is called $name; there are: ${all[*]}" >&2
		exit 2
	}
done

mkdir -p $logs
trap 'trap - TERM; kill 0; exit 130' INT TERM
echo "check: runs ${names[*]}; all of them take an hour or more, set-up included"
running=0 passed=0 failed=0 skipped=0 ran=()
for name in "${names[@]}"; do
	ran+=("$name")
	if [[ " ${guests[*]} ${debug[*]} " == *" $name "* ]]; then
		if [ $running = 2 ]; then
			wait -n
			running=1
		fi
		run "$name" &
		running=$((running + 1))
		continue
	fi
	wait
	running=0
	# Without these nothing else means anything.
	run "$name" || case $name in setup | build) break ;; esac
done
wait
for name in "${ran[@]}"; do
	p=0 f=1 s=0
	read -r p f s <"$logs/$name.counts" || :
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
