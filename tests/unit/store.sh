# A store of podman's in $tmp, and a container of it as a hook sees it. Sourced;
# whoever does so has $oci, an absolute path.
# shellcheck shell=bash

store_init=

p() {
	podman --root "$tmp/root" --runroot "$tmp/run" --storage-driver overlay \
		--cgroup-manager=cgroupfs --events-backend=none "$@"
}

# CONTAINER: mounted, with a task $store_init that sees the mount $merged.
store_enter() {
	merged=$(p mount "$1") || return
	mkdir -p "$tmp/bundle"
	echo '{"ociVersion": "1.0.2", "root": {"path": "'"$merged"'"}}' >"$tmp/bundle/config.json"
	unshare --mount sleep infinity &
	store_init=$!
	# Another program in other mounts, not unshare(1) that comes to it.
	until [ "$(cat /proc/$store_init/comm)" = sleep ]; do
		kill -0 $store_init || return
		sleep 0.05
	done
}

# ID [PID]: the state that a runtime gives to a hook
store_state() {
	echo '{"ociVersion": "1.0", "id": "'"$1"'", "status": "creating", "pid": '"${2:-$store_init}"', "bundle": "'"$tmp/bundle"'",
		"annotations": {"org.opencontainers.image.ref.name": "other"}}'
}

# ID OPTION...
hook() {
	store_state "$1" | "$oci" hook --show --containers "$tmp/root" --list "$list" --cache "$tmp/cache" "${@:2}"
}

store_leave() {
	[ -z "$store_init" ] || kill "$store_init"
	store_init=
}

store_end() {
	store_leave
	grep -q " $tmp/root/overlay" /proc/self/mountinfo &&
		awk -v at="$tmp/" 'index($5, at) == 1 { print $5 }' /proc/self/mountinfo | sort -r | xargs -r umount
	rm -rf "$tmp"
}
