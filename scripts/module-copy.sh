#!/bin/sh
# Copies what the module is made of, without what building it left, to build it
# there for another kernel or in another form.
#
# Usage: module-copy.sh DIR; DIR is emptied before
set -eu
dir=${1:?usage: module-copy.sh DIR}
rm -rf "$dir"
mkdir -p "$dir"
dir=$(readlink -f "$dir")
cd "$(dirname "$(readlink -f "$0")")/.."
tar -c --exclude='*.o' --exclude='*.ko' --exclude='.*.cmd' --exclude='*.mod*' --exclude='.*.d' \
	Kbuild include kmod | tar -x -C "$dir"
