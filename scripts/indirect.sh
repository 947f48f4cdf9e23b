#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Checks that the module calls nothing through a pointer but what indirect.allow
# names. Where the kernel is built for IBT it takes the ENDBR from each function
# that no pointer of its own leads to: such a one may be attached to, and
# called by name, but not by address.
#	scripts/indirect.sh MODULE		checks it
#	scripts/indirect.sh --self-test MODULE	shows that the check can fail
set -euo pipefail

allow=$(dirname "$(readlink -f "$0")")/indirect.allow

# Prints each function that calls or jumps through a pointer, once for each time.
found() {
	objdump -dr --no-show-raw-insn "$1" | awk '
		/^[0-9a-f]+ <.*>:$/ { name = $2; gsub(/[<>:]/, "", name); sub(/\..*/, "", name) }
		/__x86_indirect_([a-z]+_)?thunk_/ || /\t(notrack )?(call|jmp)q? +\*/ { print name }'
}

# Reads what was found, and complains.
check() {
	sort | uniq -c | awk -v allow="$allow" '
		function complain(text) { print text; failed = 1 }
		BEGIN {
			while ((getline line < allow) > 0) {
				if (line ~ /^(#|$)/)
					continue
				if (split(line, part, "\t") != 3 || part[3] == "")
					complain("indirect.allow: not NAME, COUNT, REASON: " line)
				if (part[1] in allowed)
					complain("indirect.allow: stands twice: " part[1])
				allowed[part[1]] = part[2]
			}
		}
		{
			if (!($2 in allowed))
				complain($2 " calls through a pointer and is not in indirect.allow")
			else if (allowed[$2] != $1)
				complain($2 " calls through pointers " $1 " times; indirect.allow says " allowed[$2])
			seen[$2] = 1
		}
		END {
			for (name in allowed)
				if (!(name in seen))
					complain("indirect.allow: " name " calls through no pointer")
			exit failed
		}'
}

# One of each kind that compilers make, and none.
self_test() {
	local module=$1 work status=0 kind
	work=$(mktemp -d)
	# shellcheck disable=SC2064 # expanded now on purpose
	trap "rm -rf '$work'" EXIT
	check < <(found "$module") || return
	for kind in 'call *%rax' 'call *8(%rdi)' 'jmp *%rdx' 'call __x86_indirect_thunk_rax' \
		'jmp __x86_indirect_thunk_r11' 'call __x86_indirect_call_thunk_rcx'; do
		printf '.globl newcomer\n.type newcomer, @function\nnewcomer: %s\n' "$kind" | as -o "$work/new.o" -
		if ! check < <(found "$module" && found "$work/new.o") >"$work/out"; then
			grep -q '^newcomer calls through a pointer' "$work/out" && continue
		fi
		echo "not found: $kind"
		status=1
	done
	if check < <(found "$module" | sed 0,/./d) >"$work/out"; then
		echo "one call less is not found"
		status=1
	fi
	return $status
}

case $1 in
--self-test) self_test "${2:?usage: indirect.sh --self-test MODULE}" ;;
*) check < <(found "$1") ;;
esac
