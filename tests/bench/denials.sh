#!/bin/bash
# Runs tests/bench/denials.c in a VM: what a denial costs and how long it takes
# to a listener, where guest time counts instructions (--icount); or in wall
# time on two processors, also how many a second there are, all counted.
# Prints what denials prints, with the stage's name.
#
# Usage: denials.sh MODULE counts|times
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

mkdir -p /tmp/bench
cp build/bench/denials /tmp/bench
echo 1 >/proc/sys/kernel/printk
insmod "$1"
case $2 in
counts)
	/tmp/bench/denials delay 101
	/tmp/bench/denials cost same 20
	/tmp/bench/denials cost distinct 20
	;;
times)
	/tmp/bench/denials delay 101
	/tmp/bench/denials flood same 20000
	/tmp/bench/denials flood distinct 5000
	;;
esac | sed "s/^/$2 /"
rmmod ctguard
