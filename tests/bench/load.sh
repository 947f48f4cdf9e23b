#!/bin/bash
# Loads and unloads a module in a VM: TIMES in peace, or while two processes
# open files all the time. A warning of the kernel ends the VM. Prints
# "STAGE LOAD UNLOAD", in milliseconds.
#
# Usage: load.sh MODULE quiet|storm TIMES
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.."

mkdir -p /tmp/bench
cp build/bench/bench "$1" /tmp/bench
module=/tmp/bench/${1##*/}
touch /tmp/bench/file
case $2 in
quiet) /tmp/bench/bench load "$module" "$3" ;;
storm) /tmp/bench/bench storm "$module" "$3" /tmp/bench/file ;;
esac | sed "s/^/$2 /"
