#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checks that read or compile the sources and run nothing: each is a function
# lint_NAME here. Prints TAP; ends with 1 if any failed.
#	scripts/lint.sh [NAME]...	default: all
# The module is built aside, in build/lint, against KDIR= or the headers of the
# guest's kernel.
set -uo pipefail

# What make was told when it called this is not for the makes called here.
unset MAKEFLAGS MFLAGS MAKELEVEL
cd "$(dirname "$(readlink -f "$0")")/.." || exit
all=(gcc objtool objtool-self-test clang sparse callgraph callgraph-self-test indirect indirect-self-test cppcheck shellcheck format
	kernel-doc documented escapes layers symbols words)
work=$PWD/build/lint
kdir=${KDIR:-$(scripts/kdir.sh --guest 2>/dev/null || scripts/kdir.sh)}

# Every file of the tree's own that matches a pattern of find's.
files() {
	find . -ignore_readdir_race \( -path ./build -o -path ./.git -o -name '.tmp_*' \) -prune -o -type f \( "$@" \) -print |
		grep -v '\.mod\.c$' | sed 's|^\./||' | sort
}
c_files() {
	files -name '*.[ch]'
}
shell_files() {
	files -exec grep -qE -m 1 '^#! ?/.*\b(ba|da)?sh\b' {} \;
}

# A copy of the module's sources, to build in; once in a run.
copy() {
	scripts/module-copy.sh "$work/$1"
}

# By gcc with sparse beside it; the log tells the two apart.
build_gcc() {
	[ ! -e "$work/gcc/status" ] || return "$(cat "$work/gcc/status")"
	copy gcc
	make -k -j "$(nproc)" -C "$kdir" M="$work/gcc" W=1 C=2 CHECK="sparse" \
		KCFLAGS="-Werror -fcallgraph-info" modules >"$work/gcc/log" 2>&1
	echo $? | tee "$work/gcc/status.new" >/dev/null
	mv "$work/gcc/status.new" "$work/gcc/status"
	return "$(cat "$work/gcc/status")"
}
is_sparse='^[^ ]*kmod/[^ ]*:[0-9]*:[0-9]*: (warning|error|   )'

lint_gcc() {
	build_gcc || {
		grep -vE "^  |^make|$is_sparse" "$work/gcc/log"
		return 1
	}
}

lint_sparse() {
	build_gcc || true
	[ "$(grep -c '^  CHECK' "$work/gcc/log")" -ge 10 ] || {
		echo "sparse did not run"
		return 1
	}
	! grep -E "$is_sparse" "$work/gcc/log"
}

# What objtool and modpost say are warnings that end no build.
is_objtool='objtool: |^(WARNING|ERROR): modpost:'

lint_objtool() {
	build_gcc || true
	grep -q '^  LD \[M\].*/ctguard\.ko' "$work/gcc/log" || {
		echo "the module was not linked"
		return 1
	}
	! grep -E "$is_objtool" "$work/gcc/log"
}

# A function that returns with one word more on the stack than it was called with.
lint_objtool-self-test() {
	copy objtool
	echo 'void ctg_glob_push(void); void ctg_glob_push(void) { asm volatile("push %rax"); }' >>"$work/objtool/kmod/glob.c"
	make -C "$kdir" M="$work/objtool" kmod/glob.o >"$work/objtool/log" 2>&1
	grep -qE "$is_objtool.*ctg_glob_push" "$work/objtool/log" || {
		cat "$work/objtool/log"
		return 1
	}
}

# Debian's headers are configured for gcc: a wrapper leaves out the options
# that clang does not know, none of which changes what is diagnosed. objtool
# would miss what they do. -Wno-gnu is what the kernel itself says to clang.
lint_clang() {
	copy clang
	cat >"$work/clang/cc" <<'END'
#!/bin/bash
arguments=()
for a; do
	case $a in
	-fconserve-stack | -mrecord-mcount | -fno-allow-store-data-races | \
		-ftrivial-auto-var-init=zero | -mindirect-branch* | \
		-mfunction-return=* | -mharden-sls=*) ;;
	*) arguments+=("$a") ;;
	esac
done
exec clang "${arguments[@]}" -Wno-unknown-warning-option -Wno-gnu
END
	chmod +x "$work/clang/cc"
	make -k -j "$(nproc)" -C "$kdir" M="$work/clang" CC="$work/clang/cc" W=1 KCFLAGS=-Werror \
		OBJECT_FILES_NON_STANDARD=y modules >"$work/clang/log" 2>&1 || {
		grep -vE '^  |^make' "$work/clang/log"
		return 1
	}
}

lint_callgraph() {
	build_gcc || true
	scripts/callgraph.sh "$work/gcc/kmod"
}

lint_callgraph-self-test() {
	build_gcc || true
	scripts/callgraph.sh --self-test "$work/gcc/kmod"
}

lint_indirect() {
	build_gcc || true
	scripts/indirect.sh "$work/gcc/kmod/ctguard.ko"
}

lint_indirect-self-test() {
	build_gcc || true
	scripts/indirect.sh --self-test "$work/gcc/kmod/ctguard.ko"
}

lint_cppcheck() {
	cppcheck -q --error-exitcode=1 --std=c11 --inline-suppr \
		--enable=warning,performance,portability --suppress=missingIncludeSystem \
		-D_GNU_SOURCE -Iinclude/uapi kmod/glob.c kmod/policy.c kmod/decide.c \
		userspace attest tests/unit tests/fuzz 2>&1
}

lint_shellcheck() {
	shell_files | xargs shellcheck -x
}

lint_format() {
	c_files | xargs clang-format --dry-run -Werror 2>&1
}

lint_kernel-doc() {
	# kernel-doc of Linux 6.1 knows no private values of an enum.
	! c_files | grep -E '^(kmod|include)/' | xargs "$kdir/scripts/kernel-doc" -none 2>&1 |
		grep -v "Enum value '__[A-Z_]*_MAX' not described"
}

# Every function that crosses a file, and every enum of the contract.
lint_documented() {
	local name status=0
	for name in $(functions "$work"/gcc/kmod/*.o); do
		case $name in ctg_thunk_* | *_module) continue ;; esac
		# Handlers all have the one shape that attach.h describes.
		! grep -q "^CTG_[A-Z]*(${name#ctg_hook_});" kmod/hook.h || continue
		grep -qE "^(/\*\*| \*) $name - " kmod/*.c || {
			echo "$name has no kernel-doc"
			status=1
		}
	done
	while read -r name; do
		grep -qE "^(/\*\*| \*) $name - " kmod/*.h || {
			echo "$name has no kernel-doc"
			status=1
		}
	done < <(sed -n 's/^static .*inline .*\<\(ctg_[a-z0-9_]*\)(.*/\1/p' kmod/*.h)
	while read -r name; do
		grep -qE "^(/\*\*| \*) enum $name - " include/uapi/ctguard/*.h || {
			echo "enum $name has no kernel-doc"
			status=1
		}
	done < <(sed -n 's/^enum \(ctguard_[a-z_]*\) {/\1/p' include/uapi/ctguard/*.h)
	return "$status"
}

# What docs/escapes.md says of the hooks, and what these say of themselves.
# ID FUNCTION, a line each; sorted.
told_escapes() {
	awk -F '|' '/^\| [A-F][0-9]/ {
		gsub(/ /, "", $2)
		n = split($4, part, "`")
		for (i = 2; i <= n; i += 2) print $2, part[i]
	}' docs/escapes.md | sort -u
}
hooked_escapes() {
	tr '\n' ' ' <kmod/hooks.c | sed 's/CTG_ARCH_SYSCALL\(_32\)\?(\([a-z_]*\))/"\2"/g' |
		grep -oE '\{ "[a-z_0-9]+",\s+"[a-z]+",\s+"[A-F0-9f ]+"' |
		awk -F '"' '{
			n = split($6, id, " ")
			for (i = 1; i <= n; i++) print id[i], $2
		}' | sort -u
}
lint_escapes() {
	local told hooked id name
	hooked=$(hooked_escapes)
	[ "$(wc -l <<<"$hooked")" -ge 70 ] || {
		echo "the table of kmod/hooks.c is not understood"
		return 1
	}
	# A row may say "security_inode_*".
	told=$(told_escapes | while read -r id name; do
		case $name in
		*\*) grep -E "^$id ${name%\*}" <<<"$hooked" || echo "$id $name" ;;
		*) echo "$id $name" ;;
		esac
	done | sort -u)
	diff --label docs/escapes.md --label kmod/hooks.c -U 0 - <(echo "$hooked") <<<"$told"
}

# Functions that are defined and seen by other files.
functions() {
	nm --defined-only --extern-only "$@" 2>/dev/null | awk '$2 == "T" { print $3 }' | sort -u
}

# only REGEX WHERE ALLOWED: it matches only in lines, as grep -n prints them,
# that begin as ALLOWED says.
only() {
	local regex=$1 allowed=$3 found
	local -a where
	read -ra where <<<"$2"
	found=$(grep -rnE --include='*.[chS]' "$regex" "${where[@]}" 2>/dev/null |
		grep -v '\.mod\.c:' | grep -vE "^($allowed)")
	[ -z "$found" ] || {
		echo "$regex: only in $allowed:"
		echo "$found"
		layers_failed=1
	}
}

lint_layers() {
	local layers_failed=0
	only 'include <net/genetlink\.h>' kmod 'kmod/netlink\.c:'
	only 'include <linux/kprobes\.h>' kmod 'kmod/attach\.c:'
	# Hooks read the arguments that ftrace kept, and nothing else of it.
	only 'include <linux/ftrace\.h>' kmod 'kmod/attach(_arm64\.h|_x86\.h|\.c):|kmod/hooks?\.h:|kmod/compat/'
	only '\bftrace_[a-z_]+\(' kmod 'kmod/attach\.c:|kmod/compat/|kmod/hooks?\.h:.*ftrace_regs_get_argument\('
	only '\b(un)?register_(ftrace|kprobe|kretprobe)' kmod 'kmod/attach\.c:'
	only 'LINUX_VERSION_CODE|KERNEL_VERSION|linux/version\.h' kmod 'kmod/compat/'
	only 'CTG_HAVE_' kmod 'kmod/compat/'
	only '^# *(if|elif).*CONFIG_' kmod 'kmod/compat/'
	only 'kallsyms_lookup_name|kallsyms_on_each_symbol' kmod nowhere
	only 'MODULE_INFO\(intree' kmod nowhere
	only 'include <netlink/' 'userspace attest' 'userspace/lib/'
	only 'include <tss2/' 'kmod userspace attest' 'userspace/lib/tpm(_[a-z]+)?\.c:|userspace/lib/tpm_private\.h:'
	# What is compiled without a kernel, too, asks portable.h for it.
	only 'include <(linux|asm|net|crypto)/' \
		'kmod/glob.c kmod/policy.c kmod/decide.c kmod/glob.h kmod/policy.h kmod/decide.h' nowhere
	return "$layers_failed"
}

lint_symbols() {
	local wrong
	build_gcc || true
	wrong=$(find "$work/gcc/kmod" -name '*.o' ! -name '*.mod.o' ! -name ctguard.o -print0 |
		xargs -0 nm --defined-only --extern-only 2>/dev/null |
		awk 'NF == 3 && $3 !~ /^(ctg_|init_module$|cleanup_module$)/ { print "kmod: " $3 }')
	make -s tools >"$work/tools.log" 2>&1 || {
		cat "$work/tools.log"
		return 1
	}
	wrong+=$(find build/obj/userspace/lib -name '*.o' -print0 |
		xargs -0 nm --defined-only --extern-only |
		awk 'NF == 3 && $3 !~ /^ctguard_/ { print "userspace/lib: " $3 }')
	[ -z "$wrong" ] || {
		echo "$wrong"
		return 1
	}
}

# Notes to self, and paths of somebody's machine.
lint_words() {
	local self=scripts/lint.sh
	! files ! -name '*.o' ! -name '*.ko' ! -name '*.cmd' ! -name '*.mod' \
		! -name modules.order ! -name Module.symvers | grep -vx "$self" |
		xargs grep -nIE '\b(TODO|FIXME|XXX|HACK)\b|(^|[^a-zA-Z0-9._/-])/(work|home/[a-z]+|Users)/'
}

names=("$@")
[ $# -gt 0 ] || names=("${all[@]}")
for name in "${names[@]}"; do
	declare -F "lint_$name" >/dev/null || {
		echo "lint.sh: no check is called $name; there are: ${all[*]}" >&2
		exit 2
	}
done
[ -n "$kdir" ] || {
	echo "lint.sh: no kernel headers found: install linux-headers-amd64, or say KDIR=" >&2
	exit 3
}

mkdir -p "$work"
rm -f "$work/gcc/status"
number=0 failed=0
for name in "${names[@]}"; do
	number=$((number + 1))
	start=$SECONDS
	if "lint_$name" >"$work/out" 2>&1; then
		echo "ok $number - $name ($((SECONDS - start)) s)"
		grep '^# ' "$work/out"
	else
		echo "not ok $number - $name"
		head -n 200 "$work/out" | sed 's/^/# /'
		failed=1
	fi
done
echo "1..$number"
[ $failed = 0 ]
