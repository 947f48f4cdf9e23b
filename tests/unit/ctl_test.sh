#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# ctguardctl as far as it needs no module: exit statuses, output, refusals.
# shellcheck disable=SC2016 # $... in what is run by sh -c
set -u

cd "$(dirname "$0")/../.." || exit 1
export CTL="${CTGUARDCTL:-$PWD/build/ctguardctl}"
tmp=$(mktemp -d) || exit 1
export tmp
trap 'rm -rf "$tmp"' EXIT
tests=0 failed=0

claim() { # what, command of sh
	tests=$((tests + 1))
	if sh -c "$2" > "$tmp/out" 2>&1; then
		echo "ok $tests - $1"
	else
		sed 's/^/# /' "$tmp/out"
		echo "not ok $tests - $1"
		failed=$((failed + 1))
	fi
}

ends() { # status, what, arguments
	claim "$2 ends with $1" "$CTL $3; [ \$? = $1 ]"
}

skip() { # what, why
	tests=$((tests + 1))
	echo "ok $tests - $1 # SKIP $2"
}

cat > "$tmp/good.yaml" <<'END'
ctguard: 1
mode: enforce
default: p
profiles:
  p: {modules: unrestricted, devices: {allow: [c 1:3 rwm]}, pseudofs: unrestricted,
      kernel: unrestricted, tasks: unrestricted, mounts: unrestricted}
END
sed 's/rwm/rwx/' "$tmp/good.yaml" > "$tmp/bad.yaml"
sed 's/rwm/rw/' "$tmp/good.yaml" > "$tmp/other.yaml"
sed 's/1:3/1:3 /;s/  rwm/ rwm # null/' "$tmp/good.yaml" > "$tmp/commented.yaml"

ends 0 'check of a good policy' 'policy check "$tmp/good.yaml"'
"$CTL" policy show policies/baseline.yaml > "$tmp/shown"
sed -n '/^  cgroups:/,/^$/p' "$tmp/shown" > "$tmp/guard"
sed -n '/^  baseline:/,/^  sandbox:/p' "$tmp/shown" > "$tmp/baseline"
for policy in policies/*.yaml; do
	ends 0 "check of $policy" "policy check $policy"
	claim "show of $policy compiles to it" \
		"\"\$CTL\" policy compile $policy > \"\$tmp/a\" && \"\$CTL\" policy show $policy | \"\$CTL\" policy compile - | cmp - \"\$tmp/a\""
	claim "$policy guards what the baseline guards" \
		"\"\$CTL\" policy show $policy | sed -n '/^  cgroups:/,/^$/p' | cmp - \"\$tmp/guard\""
	# Each file is whole, so they repeat each other; no two may come apart.
	grep -q '^  baseline:' "$policy" &&
		claim "the baseline in $policy is the baseline" \
			"\"\$CTL\" policy show $policy | sed -n '/^  baseline:/,/^  sandbox:/p' | cmp - \"\$tmp/baseline\""
	claim "$policy is in the manual and the README" \
		"sed 's/[\\]//g' userspace/man/ctguard-policy.5 | grep -q '${policy##*/}' && grep -q '${policy##*/}' README.md"
done
ends 4 'check of a bad policy' 'policy check "$tmp/bad.yaml"'
ends 4 'check of a good and a bad one' 'policy check "$tmp/good.yaml" "$tmp/bad.yaml"'
ends 3 'check of no file' 'policy check "$tmp/none"'
ends 3 'check of a directory' 'policy check "$tmp"'
ends 0 'check of standard input' 'policy check - < "$tmp/good.yaml"'
claim 'a fault is told as file:line:column' \
	'"$CTL" policy check "$tmp/bad.yaml" 2>&1 | grep -q "^$tmp/bad.yaml:5:48: found \"c 1:3 rwx\", expected "'
claim 'faults go to standard error' \
	'[ -z "$("$CTL" policy check "$tmp/bad.yaml" 2> /dev/null)" ]'
claim 'a file name is escaped' \
	'f="$tmp/$(printf "a\033b")"; cp "$tmp/bad.yaml" "$f"; "$CTL" policy check "$f" 2>&1 | grep -q "a.x1bb:5:48"'

claim 'compile writes the sha256 of what it wrote' \
	'"$CTL" policy compile "$tmp/good.yaml" -o "$tmp/good.bin" > "$tmp/sum" && sha256sum -c "$tmp/sum"'
claim 'compile writes to a pipe, and does not replace it' \
	'mkfifo "$tmp/pipe" && { timeout 10 cat "$tmp/pipe" > "$tmp/piped" & } &&
		"$CTL" policy compile "$tmp/good.yaml" -o "$tmp/pipe" && wait && [ -p "$tmp/pipe" ] && cmp "$tmp/piped" "$tmp/good.bin"'
claim 'compile writes the same to standard output' \
	'"$CTL" policy compile "$tmp/good.yaml" | cmp - "$tmp/good.bin"'
ends 4 'compile of a bad policy' 'policy compile "$tmp/bad.yaml" -o "$tmp/bad.bin"'
claim 'compile of a bad policy writes nothing' '[ ! -e "$tmp/bad.bin" ]'
ends 3 'compile to where nothing can be' 'policy compile "$tmp/good.yaml" -o "$tmp/none/x"'
ends 4 'show of what is not compiled' 'policy show --compiled "$tmp/good.yaml"'
claim 'show of a compiled policy compiles to it' \
	'"$CTL" policy show --compiled "$tmp/good.bin" | "$CTL" policy compile - | cmp - "$tmp/good.bin"'
claim 'show names the sha256' \
	'"$CTL" policy show "$tmp/good.yaml" | grep -q "^# sha256: $(sha256sum < "$tmp/good.bin" | cut -d " " -f 1)$"'
claim 'show --raw gives the compiled policy' \
	'"$CTL" policy show --raw "$tmp/good.yaml" | cmp - "$tmp/good.bin"'
if script -qec true /dev/null > /dev/null 2>&1; then
	claim 'compile writes no bytes to a terminal' \
		'script -qec "\"$CTL\" policy compile \"$tmp/good.yaml\"" /dev/null > "$tmp/tty"; [ $? = 2 ] && grep -q "will not write bytes to a terminal" "$tmp/tty"'
	claim 'show --raw writes no bytes to a terminal' \
		'script -qec "\"$CTL\" policy show --raw \"$tmp/good.yaml\"" /dev/null > "$tmp/tty"; [ $? = 2 ]'
	claim 'a terminal gets colours' \
		'TERM=xterm script -qec "\"$CTL\" policy diff \"$tmp/good.yaml\" \"$tmp/other.yaml\"" /dev/null | grep -q "$(printf "\033")"'
	claim 'NO_COLOR is respected' \
		'! NO_COLOR=1 TERM=xterm script -qec "\"$CTL\" policy diff \"$tmp/good.yaml\" \"$tmp/other.yaml\"" /dev/null | grep -q "$(printf "\033")"'
else
	skip 'terminals are told from files' 'there is no script(1)'
fi
claim 'a pipe gets no colours' \
	'! "$CTL" policy diff "$tmp/good.yaml" "$tmp/other.yaml" | grep -q "$(printf "\033")"'

ends 0 'diff of what means the same' 'policy diff "$tmp/good.yaml" "$tmp/good.bin"'
ends 1 'diff of what does not' 'policy diff "$tmp/good.yaml" "$tmp/other.yaml"'
ends 4 'diff with a bad policy' 'policy diff "$tmp/good.yaml" "$tmp/bad.yaml"'
claim 'diff shows the rule that differs' \
	'"$CTL" policy diff "$tmp/good.yaml" "$tmp/other.yaml" | grep -qx -- "-        - \"c 1:3 rwm\""'
claim 'output that is lost is told' '! "$CTL" policy show "$tmp/good.yaml" > /dev/full'

for command in policy 'policy check' 'policy compile' 'policy push' 'policy show' \
	'policy diff' mode status containers bind unbind monitor explain attest 'attest init' \
	'attest activate' 'attest quote' 'attest log' 'attest status' image 'image measure' \
	'image approve' 'image list' 'image remove' 'image verify' version; do
	ends 0 "$command --help" "$command --help"
	claim "$command --help says how it is used, on standard output" \
		"\"\$CTL\" $command --help 2> /dev/null | grep -q '^Usage: ctguardctl $command'"
	ends 2 "$command with an unknown option" "$command --nonsense"
	claim "$command is in the manual" "grep -q '^\.SS $command' userspace/man/ctguardctl.8"
	claim "options of $command are in the manual and completed" "
		for option in \$(\"\$CTL\" $command --help | grep -oE -- '--[a-z]+(-[a-z]+)*' | sort -u); do
			case \$option in --ek-sha256 | --ek-sha) continue ;; esac
			name=\${option#--}
			sed 's/[\\\\]//g' userspace/man/ctguardctl.8 | grep -q -- \"--\$name\" || exit 1
			grep -q -- \"\$option\" userspace/completion/ctguardctl || exit 1
		done"
done
ends 2 'nothing to do' ''
ends 2 'an unknown command' 'polcy'
claim 'an unknown command is guessed' '"$CTL" polcy 2>&1 | grep -q "did you mean \"policy\""'
ends 2 'an unknown command of policy' 'policy chek x'
ends 2 'check of nothing' 'policy check'
ends 2 'push of nothing' 'policy push'
ends 2 'push with a bad duration' 'policy push "$tmp/good.yaml" --try 10'
ends 2 'push that confirms a file' 'policy push "$tmp/good.yaml" --confirm'
ends 2 'push that confirms and reverts' 'policy push --confirm --revert'
ends 2 'an unknown mode' 'mode strict'
ends 2 'a trial of no mode' 'mode --try 10m'
ends 2 'explain of nothing' 'explain'
ends 2 'explain of a process that is none' 'explain x module-load y'
ends 2 'explain of an unknown operation' 'explain 1 module-lod y'
ends 2 'explain without an object' 'explain 1 module-load'
ends 2 'explain of a kernel interface without its name' 'explain 1 kernel-use'
for operation in $(sed -n "/local operations/,/'$/p" userspace/completion/ctguardctl |
	tr -d "'" | sed 's/local operations=//'); do
	claim "$operation is an operation, in the help and the manual" \
		"! \"\$CTL\" explain 1 $operation x 2>&1 | grep -q 'expected an operation' &&
			\"\$CTL\" explain --help | grep -q '$operation' &&
			sed 's/[\\\\]//g' userspace/man/ctguardctl.8 | grep -q '$operation'"
done
ends 2 'measure of nothing' 'image measure'
ends 2 'approve of nothing' 'image approve'
ends 2 'remove of nothing' 'image remove'
ends 3 'measure of no file' 'image measure "$tmp/none"'
ends 4 'measure of what is no image' 'image measure "$tmp/good.yaml"'
ends 0 'verify of nothing: the table' 'image verify'
ends 2 'a count that is none' 'monitor --count 0'
ends 2 'a time that is none' 'monitor --timeout x'
ends 2 'a relative cgroup' 'bind x/y'
ends 3 'a cgroup that is not there' 'bind /no/such/cgroup'
ends 0 'version' 'version'
ends 0 '--version' '--version'
if [ -e /sys/module/ctguard ]; then
	skip 'without the module' 'the module is loaded'
else
	for arguments in status containers mode 'mode enforce' monitor 'policy show' \
		'policy push "$tmp/good.yaml"' 'policy push --confirm' \
		'policy diff "$tmp/good.yaml"' 'explain 1 module-load x' 'bind /'; do
		[ "$arguments" = 'bind /' ] && [ ! -e /sys/fs/cgroup/cgroup.controllers ] && continue
		claim "$arguments without the module ends with 3 and says what to do" \
			"text=\$(\"\$CTL\" $arguments 2>&1); [ \$? = 3 ] && echo \"\$text\" | grep -q \"ctguard is not loaded: run 'modprobe ctguard'\""
	done
	ends 4 'push of a bad policy without the module' 'policy push "$tmp/bad.yaml"'
fi
claim 'kmod/baseline.h is policies/baseline.yaml' \
	'CTGUARDCTL="$CTL" scripts/baseline.sh | cmp - kmod/baseline.h'

echo "1..$tests"
[ "$failed" = 0 ]
