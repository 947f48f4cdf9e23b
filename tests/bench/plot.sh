#!/bin/bash
# Draws what tests/bench/run.sh measured last: docs/benchmark.png and .svg.
#
# Usage: plot.sh
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

data=build/bench/plotted
[ -s $data ] || {
	echo "plot.sh: $data is missing: run tests/bench/run.sh" >&2
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Operations whose costs are instructions, and those of which a part is said.
names='^(open\+close|pwrite, a page|pread, a page|connect|ioctl|open for writing)'
grep -E "$names" $data | sed 's/, /,\\n/; s/ on loopback//; s/ of a terminal/ of\\na terminal/' >"$work/micro"
grep -E '^(fork|vfork|mount|build|tar|container)' $data |
	sed 's/+exit+wait/,\\nexit, wait/; s/^vfork+exec+wait/vfork,\\nexec, wait/
		s/ of a / of a\\n/; s/+umount of a\\n/, umount\\nof a /; s/ start and/\\nstart and/' >"$work/macro"

draw() { # FILE TERMINAL...
	gnuplot <<-END
	set terminal ${*:2}
	set output "$1"
	set datafile separator "\t"
	set datafile missing "-"
	set style data histogram
	set style histogram clustered gap 1
	set style fill solid 0.9 noborder
	set boxwidth 0.9
	set linetype 1 lc rgb "#1b6ca8"
	set linetype 2 lc rgb "#7fb7e6"
	set linetype 3 lc rgb "#d1495b"
	set linetype 4 lc rgb "#edae49"
	set linetype 5 lc rgb "#66a182"
	set linetype 6 lc rgb "#8d6a9f"
	set grid ytics lc rgb "#bbbbbb"
	set xtics scale 0
	set border 3
	set tics nomirror
	titles = "'ctguard, host task' 'ctguard, container' 'BPF LSM' 'BPF fmod\\\\_ret' 'BPF kprobe' 'AppArmor docker-default'"
	set lmargin 12
	set rmargin 3
	set bmargin 4
	set xrange [-0.6:*]
	set multiplot
	set origin 0, 0.5
	set size 1, 0.5
	set title "Instructions that a guard adds to a system call (no bar: none)"
	set ylabel "instructions, log scale"
	set logscale y
	set yrange [10:3000]
	set key outside top center horizontal samplen 1.5
	plot for [i=2:7] "$work/micro" using (column(i) > 0 ? column(i) : NaN):xtic(1) lt i-1 title word(titles, i-1)
	set origin 0, 0
	set title "What it adds to whole programs and to system calls that are long"
	unset logscale y
	set yrange [*:*]
	set ylabel "per cent"
	set xzeroaxis lt -1
	unset key
	plot for [i=2:7] "$work/macro" using i:xtic(1) lt i-1 notitle
	unset multiplot
	END
}
draw docs/benchmark.png 'pngcairo size 1400,1000 font "Sans,13"'
draw docs/benchmark.svg 'svg size 1400,1000 font "Sans,13" background rgb "white"'
