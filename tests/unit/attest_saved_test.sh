#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# shellcheck disable=SC2016 # $... in what is run by bash -c
# A log of years: 240,000 records, measured, quoted, verified and saved in
# rounds, as a host does whose containers crash in loops. What the kernel would
# still have is a file in each round, and begins with records that were saved in
# the round before, as when power is cut before the kernel is told.
set -u

cd "$(dirname "$0")/../.." || exit 1
root=$PWD
export CTL="${CTGUARDCTL:-$root/build/ctguardctl}" VERIFY="${CTGUARD_VERIFY:-$root/build/ctguard-verify}"
export WRITER="$root/tests/unit/attest_log.pl" EXTEND="$root/tests/unit/extend.pl"
tests=0 failed=0
unset CTGUARD_TCTI TSS2_LOG
for tool in swtpm swtpm_setup perl "$CTL" "$VERIFY"; do
	command -v "$tool" >/dev/null || {
		echo "1..0 # SKIP there is no $tool"
		exit 0
	}
done
tmp=$(mktemp -d) || exit 1
export tmp
# shellcheck source=tests/unit/swtpm.sh
. tests/unit/swtpm.sh
trap 'swtpm_stop; rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1

claim() { # what, command of bash
	tests=$((tests + 1))
	if bash -c "$2" >"$tmp/out" 2>&1; then
		echo "ok $tests - $1"
	else
		head -n 20 "$tmp/out" | tr -c '[:print:]\n' '?' | sed 's/^/# /'
		echo "not ok $tests - $1"
		failed=$((failed + 1))
	fi
}
# status, words that are said, what, arguments of ctguardctl
says() {
	export words=$2
	claim "$3: $2" "\"\$CTL\" $4 >said 2>&1; r=\$?; head -c 2000 said; echo \"ended with \$r\"; [ \$r = $1 ] && grep -qF -- \"\$words\" said"
}
# For a nonce of the verifier's: evidence of the log in a file, and its verdict.
asked() { # file, options of nonce
	"$VERIFY" nonce --state state --host one "${@:2}" >asked.nonce &&
		"$CTL" attest quote --log "$1" --saved saved --ima /dev/null --uefi uefi <asked.nonce >one.ctgev &&
		"$VERIFY" check --state state one.ctgev
}
first_record() {
	tar xOf one.ctgev manifest.json | sed -n 's/.*"first_record": \([0-9]*\),.*/\1/p'
}
measure() { # records, those that are measured already, first record in tail.cel, instance
	"$WRITER" tail.cel 13 sha256 "$1" '' "$3" "${4-instance-of-test}" |
		tail -n +$(($2 - $3 + 1)) | "$EXTEND" "${TPM2TOOLS_TCTI##*=}"
}
segments() {
	find saved/measurements -name '*.cel' | sort
}
kept() { # bytes
	segments | xargs cat | wc -c
}
export -f asked first_record measure segments kept

swtpm_start one sha256 || exit 1
: >uefi
images() { # more to approve
	printf '%s\n' '{"ctguard_reference": 1, "pcr": 13, "policies": [{"sha256": "'"$(printf 'ab%.0s' {1..32})"'"}],' \
		'"claimants": []'"$1"', "accept_unsafe_clock": true, "accept_unverified_boot": true, "accept_unverified_module": true,' \
		'"accept_unverified_modules": true, "accept_unverified_images": true}' | sed 's/"claimants": \[\], *//'
}
images '' >reference.json
images ', "level": 2' >other.json
mkdir -m 700 state
"$CTL" attest init -o one.ctgenroll >keys
"$VERIFY" enroll begin --state state --host one --ek-sha256 "$(sed -n 's/^ek-sha256 *//p' keys)" --no-ek-cert \
	--allow-swtpm --reference reference.json -o one.cred one.ctgenroll >/dev/null 2>&1
"$CTL" attest activate -c one.cred -o one.secret >/dev/null
claim 'a host is enrolled' '"$VERIFY" enroll finish --state state --host one --secret-file one.secret'

# Rounds.
round=15000 rounds=16 repeated=500 total=$((16 * 15000))
export round repeated total
"$WRITER" whole.cel 13 sha256 $total >/dev/null
for ((i = 0; i < rounds; i++)); do
	first=$((i ? i * round - repeated : 0))
	measure $(((i + 1) * round)) $((i * round)) $first || exit 1
	export i first
	claim "round $i: records from $((i * round)) on are trusted" \
		'asked tail.cel && [ "$(first_record)" = $((i * round)) ]'
	# Old segments are not even looked at.
	[ "$i" != 12 ] || mv saved/measurements/000000000000.cel first.cel
	[ "$i" != 12 ] || echo broken >saved/measurements/000000000000.cel
	[ "$i" = 8 ] && cp -a saved saved.8 && cp tail.cel tail.8
	TIMEFORMAT='%U %S'
	{ time claim "round $i: they are saved" \
		'"$CTL" attest log --log tail.cel --save saved'; } 2>spent
	[ "$i" != 12 ] || mv first.cel saved/measurements/000000000000.cel
	awk '{ printf "%d\n", 1000 * ($1 + $2) }' spent >>costs
done
echo "# ms of processor time per save: $(tr '\n' ' ' <costs)"
# The most that one reads is a segment and a round; it is reached in round 2.
claim 'the last saves cost what the first ones did' \
	'[ "$(tail -n 6 costs | sort -n | tail -n 1)" -le $((2 * $(sed -n 2,7p costs | sort -n | tail -n 1) + 200)) ]'
claim 'what is saved is the log, in segments of at most 8 MiB' \
	'segments | xargs cat | cmp - whole.cel && [ "$(segments | wc -l)" -ge 7 ] && [ -z "$(find saved -size +8192k)" ]'
claim 'segments are named by their first records' \
	'for file in $(segments); do
		name=${file##*/}; [ "$("$CTL" attest log --json --log $file | head -n 1 | sed "s/.*\"record\":\([0-9]*\),.*/\1/")" = $((10#${name%.cel})) ] || exit; done'
claim 'status replays it from the last segment' \
	'"$CTL" attest status --log tail.cel --saved saved | grep -q "$total records, lead to"'
claim 'log prints all of it' '[ "$("$CTL" attest log --log tail.cel --saved saved | wc -l)" = $total ]'
claim 'a host that saved everything quotes' ': >nothing.cel; asked nothing.cel && [ "$(first_record)" = $total ]'
claim 'of which nothing was new' '[ "$(tar xOf one.ctgev ctguard.cel | wc -c)" = 0 ] && "$VERIFY" dump one.ctgev >/dev/null'
claim 'and again, by a nonce in hexadecimal' 'asked nothing.cel --hex && [ "$(first_record)" = $total ]'
claim 'two who save at once do not mind each other' \
	'"$CTL" attest log --log tail.cel --save saved & "$CTL" attest log --log nothing.cel --save saved && wait $! && segments | xargs cat | cmp - whole.cel'

# Too much for evidence.
says 1 'the log has' 'all of it is too much for evidence, and what to do is told' \
	"attest quote --log tail.cel --saved saved --since 0 -n asked.nonce -o no.ctgev"
claim 'by naming the nonce that tells more' 'grep -q "as its nonce tells; for any other one boot the host again" said && [ ! -e no.ctgev ]'
says 1 'the log has' 'the same for a nonce that asks for all' \
	'attest quote --log tail.cel --saved saved -n <("$VERIFY" nonce --state state --host one --whole) -o no.ctgev'
claim '--since is before what the nonce tells' \
	'"$VERIFY" nonce --state state --host one >asked.nonce && grep -q " since $total " asked.nonce &&
		"$CTL" attest quote --log tail.cel --saved saved --since 239000 --ima /dev/null -n asked.nonce >one.ctgev && [ "$(first_record)" = 239000 ]'
claim 'which the verifier has, and minds not' '"$VERIFY" check --state state one.ctgev'

# What is beside the segments is a hint.
last=$(segments | tail -n 1)
export last pcr="${last%.cel}.pcr"
claim 'without what the PCR was before a segment it is computed' \
	'mv "$pcr" pcr && "$CTL" attest status --log nothing.cel --saved saved | grep -q "$total records, lead to"'
claim 'and put there by the next save' '"$CTL" attest log --log tail.cel --save saved && cmp pcr "$pcr"'
claim 'when it is wrong, too' \
	'sed -i "s/[0-9a-f]$/x/;y/0123456789abcdefx/123456789abcdef00/" "$pcr" && ! cmp -s pcr "$pcr" &&
		"$CTL" attest status --log nothing.cel --saved saved | grep -q "$total records, lead to" &&
		"$CTL" attest log --log tail.cel --save saved && cmp pcr "$pcr"'
claim 'a broken segment is told when it is needed' \
	'cp "$last" kept && perl -e "open F, q(+<), \$ARGV[0]; seek F, 1000, 0; print F q(x)" "$last"
	"$CTL" attest status --log nothing.cel --saved saved; r=$?; mv kept "$last"; [ $r = 1 ]'
says 4 'it is cut short' 'so is one that is no log, by its name' \
	'attest log --log <(printf x)'
claim 'and one that is missing' \
	'file=$(segments | sed -n 3p); mv "$file" kept; mv "$pcr" pcr; "$CTL" attest status --log nothing.cel --saved saved >said; r=$?
	mv kept "$file"; mv pcr "$pcr"; [ $r = 1 ] && grep "not what its name says" said'

# kill -9 at each system call that changes something, in a round that ends a
# segment and begins another.
if strace -o /dev/null true 2>/dev/null; then
	killed() { # syscall, n-th, options of attest log
		rm -rf killed && cp -a "$4" killed
		strace -f -o /dev/null -e "inject=$1:signal=KILL:when=$2" \
			"$CTL" attest log --log "$3" --save killed "${@:5}" >/dev/null 2>&1
		local r=$?
		[ $r != 0 ] || return 1
		[ $r = 137 ] || exit 1
		find killed/measurements -name '*.cel' | sort | xargs cat >there &&
			head -c "$(stat -c %s there)" whole.cel | cmp - there || exit 2
		return 0
	}
	export -f killed
	# The PCR is of the end: so is what is saved on top of round 7.
	"$WRITER" late.cel 13 sha256 $total '' $((8 * round - repeated)) >/dev/null
	for call in fsync rename mkdir write; do
		export call
		claim "killed at each $call: what is there is a beginning of the log, and is continued" \
			'for ((n = 1; n < 200; n++)); do
				killed $call $n late.cel saved.8 || break
				"$CTL" attest log --log late.cel --save killed && find killed/measurements -name "*.cel" | sort | xargs cat | cmp - whole.cel &&
					[ -z "$(find killed -type f ! -name "*.cel" ! -name "*.pcr")" ] || exit
			done; echo "killed $((n - 1)) times"; [ $n -lt 200 ]'
		sed -n 's/^killed/# killed/p' "$tmp/out"
	done
	for call in unlink unlinkat; do
		export call
		claim "killed at each $call of what is to be dropped: what is there is an end of the log" \
			'for ((n = 1; n < 200; n++)); do
				rm -rf killed && cp -a saved killed
				strace -f -o /dev/null -e inject=$call:signal=KILL:when=$n \
					"$CTL" attest log --log tail.cel --save killed --keep 12M && break
				find killed/measurements -name "*.cel" | sort | xargs cat >there && tail -c "$(stat -c %s there)" whole.cel | cmp - there &&
					"$CTL" attest status --log nothing.cel --saved killed && "$CTL" attest log --log tail.cel --save killed --keep 12M || exit
			done; echo "killed $((n - 1)) times"; [ $n -gt 2 ] && [ $n -lt 200 ]'
		sed -n 's/^killed/# killed/p' "$tmp/out"
	done
else
	tests=$((tests + 1))
	echo "ok $tests - killed at each system call # SKIP strace may not trace"
fi

# The disk is bounded.
claim 'the oldest segments are dropped' \
	'"$CTL" attest log --log tail.cel --save saved --keep 20M && [ "$(kept)" -le $((20 << 20)) ] && [ "$(kept)" -gt $((11 << 20)) ] &&
	tail -c "$(kept)" whole.cel | cmp - <(segments | xargs cat) && [ "$(find saved/measurements -name "*.pcr" | wc -l)" = "$(segments | wc -l)" ]'
claim 'what is left is enough for status' \
	'"$CTL" attest status --log tail.cel --saved saved | grep -q "$total records, lead to"'
claim 'and for a verifier that has the others' 'asked nothing.cel && [ "$(first_record)" = $total ]'
says 1 'were dropped by "attest log --keep"' 'others are told' \
	'attest quote --log tail.cel --saved saved -n <("$VERIFY" nonce --state state --host one --whole) -o no.ctgev'
says 1 'were dropped by "attest log --keep"' 'so is --since' \
	'attest quote --log tail.cel --saved saved --since 5 -n asked.nonce -o no.ctgev'
export more=$((total + 15000))
claim 'more is measured' 'measure $more $total $((total - repeated))'
claim 'and is trusted' 'asked tail.cel && [ "$(first_record)" = $total ]'
# The line that ctguard-log.service runs, but for where.
line=$(sed -n 's/^ExecStart=//p' "$root/userspace/systemd/ctguard-log.service")
export line
claim 'the service says what it runs, and keeps a bound' \
	'case $line in "/usr/sbin/ctguardctl attest log --save /var/lib/ctguard --keep "[0-9]*M) ;; *) exit 1 ;; esac'
claim 'which saves it' \
	'set -- ${line/#\/usr\/sbin\/ctguardctl/}; $CTL ${*/#\/var\/lib\/ctguard/saved} --log tail.cel | grep "^$more records saved in saved$"'
claim 'the last segment is never dropped' \
	'"$CTL" attest log --log tail.cel --save saved --keep 1 && [ "$(segments | wc -l)" = 1 ] && asked nothing.cel && [ "$(first_record)" = $more ]'
for size in 0 x 1X 1MM -1 99999999999999999999 99999999999T; do
	says 2 '--keep: expected bytes' "a size of $size" "attest log --save saved --keep $size"
done
says 2 '--keep is for --save' 'a size alone' 'attest log --keep 1M'
says 2 'no --saved' 'two directories' 'attest log --save saved --saved saved'
claim 'without what tells the PCR before the oldest segment nothing is saved' \
	'last=$(segments); mv "${last%.cel}.pcr" pcr; "$CTL" attest log --log nothing.cel --save saved >said 2>&1; r=$?; mv pcr "${last%.cel}.pcr"
	cat said; [ $r = 4 ] && grep -q "nothing tells the PCR before record" said'
measure $((more + 20)) $more $more && measure $((more + 20)) $((more + 20)) $((more + 10)) || exit 1
says 3 'do not continue what is in saved/measurements' 'records that were lost are told' 'attest log --log tail.cel --save saved'
rm -rf empty
says 3 'those before should be in empty/measurements' 'so are those of another directory' 'attest log --log tail.cel --save empty'

# The host boots again: twice the same number of records, of another load.
boot() { # records, instance
	swtpm_stop
	swtpm_start one sha256 && measure "$1" 0 0 "$2"
}
boot 5000 instance-of-2nd. || exit 1
claim 'after a reboot the nonce still tells of the boot before' \
	'"$VERIFY" nonce --state state --host one >asked.nonce && grep -q " since $more [0-9a-f]\{64\}$" asked.nonce'
claim 'the host sends all it has, which is less, and is trusted' 'asked tail.cel && [ "$(first_record)" = 0 ]'
claim 'what was saved of the boot before is put aside' \
	'before=$(cat saved/measurements/*.cel | sha256sum) && "$CTL" attest log --log tail.cel --save saved &&
	[ "$before" = "$(cat saved/measurements.previous/*.cel | sha256sum)" ] && segments | xargs cat | cmp - tail.cel'
boot 6000 instance-of-3rd. || exit 1
claim 'and after another one, with as many records and more' \
	'"$VERIFY" nonce --state state --host one >asked.nonce && grep -q " since 5000 " asked.nonce && asked tail.cel && [ "$(first_record)" = 0 ]'
cp tail.cel third.cel
claim 'only one load before is kept' \
	'before=$(cat saved/measurements/*.cel | sha256sum) && "$CTL" attest log --log tail.cel --save saved &&
	[ "$before" = "$(cat saved/measurements.previous/*.cel | sha256sum)" ] && [ "$(ls saved | wc -l)" = 2 ]'
claim 'in the same boot only what is new is sent' 'asked tail.cel && [ "$(first_record)" = 6000 ]'
claim 'another reference needs all of it: the nonce tells nothing' \
	'"$VERIFY" enroll reference --state state --host one --reference other.json >/dev/null && [ "$("$VERIFY" nonce --state state --host one | wc -c)" = 32 ] &&
	asked tail.cel && [ "$(first_record)" = 0 ]'
claim 'and once it was judged only what is new' 'asked tail.cel && [ "$(first_record)" = 6000 ]'
claim 'the nonce tells nothing when all is asked for' \
	'[ "$("$VERIFY" nonce --state state --host one --whole | wc -c)" = 32 ] && asked tail.cel --whole && [ "$(first_record)" = 0 ]'
boot 4000 instance-of-4th. || exit 1
claim 'of a log that is short all is asked for' \
	'asked tail.cel && [ "$("$VERIFY" nonce --state state --host one | wc -c)" = 32 ] && asked tail.cel && [ "$(first_record)" = 0 ]'

# What is no nonce.
nonce=$(printf '%032d' 7) hex=$(printf '%064d' 7)
malformed() { # what, text for printf, what is said
	# shellcheck disable=SC2059
	printf "$2" >bad
	rm -f no.ctgev
	says 4 "bad: $3" "$1" 'attest quote --log tail.cel -n bad -o no.ctgev'
	claim 'and nothing is written' '[ ! -e no.ctgev ]'
}
malformed 'no nonce' '' 'offset 0: a nonce is 32 bytes or 64 hexadecimal digits, this is 0 bytes'
malformed 'hexadecimal that is none' "${hex%7}x" 'offset 0: a nonce is 32 bytes or 64 hexadecimal digits, this is 64 bytes'
malformed 'words behind it' "$nonce after 5" 'offset 32: expected " since NUMBER VALUE" or nothing'
malformed 'no number' "$nonce since x $hex" 'offset 39: expected the number of a record'
malformed 'a number that overflows' "$nonce since 99999999999999999999 $hex" 'offset 39: expected the number of a record'
malformed 'a negative one' "$nonce since -1 $hex" 'offset 39: expected the number of a record'
malformed 'a number alone' "$nonce since 5" 'offset 39: expected the number of a record'
malformed 'a value that is cut short' "$nonce since 5 ${hex%7}" 'offset 41: expected a PCR'
malformed 'a value that is none' "$hex since 5 ${hex%7}g" 'offset 73: expected a PCR'
malformed 'two lines' "$hex since 5 $hex\n\n" 'offset 73: expected a PCR'
malformed 'a NUL' "$nonce since 5 $hex\\0" 'offset 105: expected text without NULs'
for good in "$nonce" "$nonce\n" "$hex" "$hex\n" "$hex since 5 $hex" "$nonce since 5 $hex\n"; do
	# shellcheck disable=SC2059
	printf "$good" >good
	claim "a nonce of $(wc -c <good) bytes will do" \
		'"$CTL" attest quote --log tail.cel --ima /dev/null -n good >one.ctgev && [ "$(first_record)" = 0 ] && [ "$(tar xOf one.ctgev nonce.bin | wc -c)" = 32 ]'
done

echo "1..$tests"
[ "$failed" = 0 ]
