#!/bin/sh
# Runs inside a container: tries every attempt of the table and prints
#   id|exit status|message
# Usage: in-container.sh DISK_NODE PAUSE; the table is on standard input
# shellcheck disable=SC2034 # used by the acts, through eval
node=$1
pause=$2
name=${node#/dev/}
disk=$(cat "/sys/class/block/$name/dev")
# Of its modules those that are tried, as the kernel takes them.
modules=/tmp/modules
for module in drivers/net/ifb drivers/net/dummy; do
	packed=/lib/modules/$(uname -r)/kernel/$module.ko
	mkdir -p "$modules/${module%/*}"
	case $(echo "$packed"*) in
	*.xz) xz -dc "$packed.xz" ;;
	*) cat "$packed" ;;
	esac >"$modules/$module.ko"
done
kernel=/boot/vmlinuz-$(uname -r)

while IFS=' |' read -r id rest; do
	case $id in '#'* | '') continue ;; esac
	act=${rest#*|*|}
	eval "set -- $act"
	if [ "$1" = later ]; then
		shift
		sleep "$pause"
	fi
	message=$(/breakout --as "try-$id" "$@" 2>&1 </dev/null)
	echo "$id|$?|$message"
done
