#!/bin/bash
# Runs ctguard on each kernel of tests/matrix/kernels, two at a time, and writes
# what came of it into the table of README.md. As root; about 15 minutes for
# each pair of kernels, and once as much again to bring them.
#
# Usage: matrix.sh [NAME]...; default: all. The table has all that ever ran here.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit

mapfile -t all < <(awk '!/^#/ { print $1 }' tests/matrix/kernels)
names=("$@")
[ $# -gt 0 ] || names=("${all[@]}")

# Rows of what ran, the newest kernel last.
table() {
	local name version release compiler hooks open kselftest escapes
	echo '| kernel | of Debian | compiler | functions hooked | left open | kselftest | escapes denied |'
	echo '|---|---|---|---|---|---|---|'
	for name in "${all[@]}"; do
		[ -s "build/matrix/$name/result" ] || continue
		IFS='|' read -r version release compiler hooks open kselftest escapes <"build/matrix/$name/result"
		echo "$version|$release|$compiler|$hooks|$open|$kselftest|$escapes"
	done | sort -V | awk -F '|' '{
		split($6, k, " ")
		split($7, e, " ")
		printf "| %s | %s | %s | %d | %s | %d passed, %d failed, %d skipped | %d of %d |\n",
			$1, $2, $3, $4, $5, k[1], k[2], k[3], e[1], e[1] + e[2]
	}'
}

scripts/setup.sh && make --no-print-directory -s KDIR="$(scripts/kdir.sh --guest)" tools tests || exit
mkdir -p build/matrix
status=0 running=0
for name in "${names[@]}"; do
	if [ $running = 2 ]; then
		wait -n || status=1
		running=1
	fi
	{
		start=$SECONDS
		echo "matrix: $name ..."
		r=0
		tests/matrix/run.sh "$name" >"build/matrix/$name.log" 2>&1 || r=$?
		read -r p f s < <(scripts/tap-count.sh $r <"build/matrix/$name.log")
		grep '^not ok' "build/matrix/$name.log"
		echo "matrix: $name: $p passed, $f failed, $s skipped ($((SECONDS - start)) s)"
		[ "$f" = 0 ]
	} &
	running=$((running + 1))
done
while [ $running -gt 0 ]; do
	wait -n || status=1
	running=$((running - 1))
done

table >build/matrix/table.md
awk '
/<!-- matrix -->/ { print; while ((getline line < "build/matrix/table.md") > 0) print line; skip = 1; next }
/<!-- end of matrix -->/ { skip = 0 }
!skip' README.md >build/matrix/README.md
cmp -s build/matrix/README.md README.md || cp build/matrix/README.md README.md
cat build/matrix/table.md
exit $status
