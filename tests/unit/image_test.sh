#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Images in real stores: what podman makes of one, and what ctguardctl and
# ctguard-oci say of it. Nothing runs in a container, and no module is needed.
# shellcheck disable=SC2016,SC2317 # commands are expanded and run by it
set -uo pipefail

cd "$(dirname "$0")/../.." || exit 1
ctl=$PWD/build/ctguardctl
oci=$PWD/build/ctguard-oci
mkdir -p build
tmp=$(mktemp -d "$PWD/build/images.XXXXXX") || exit 1
number=0 failed=0

# shellcheck source=tests/unit/store.sh
. tests/unit/store.sh
trap store_end EXIT

it() { # claim, command of shell
	local output
	number=$((number + 1))
	if output=$(eval "$2" 2>&1); then
		echo "ok $number - $1"
	else
		echo "${output//$'\n'/$'\n# '}" | tail -n 8 | sed '1s/^/# /'
		echo "not ok $number - $1"
		failed=$((failed + 1))
	fi
}
refuses() { # claim, what it says, command
	it "$1" "! { $3; } >\$tmp/out 2>&1 && { grep -q -- \"$2\" \$tmp/out || { cat \$tmp/out; false; }; }"
}
end() {
	echo "1..$number"
	[ $failed = 0 ]
	exit
}
skip() {
	number=$((number + 1))
	echo "ok $number - $1 # SKIP $2"
}
digest_of() { # KIND, IMAGE
	"$ctl" image measure --root "$tmp/root" "$2" | sed -n "s/^$1://p"
}

for command in hook runtime; do
	it "options of ctguard-oci $command are in the manual" \
		'for option in $("$oci" '$command' --help | grep -o -- "--[a-z]*" | sort -u); do
			[ "$option" = -- ] || grep -q -- "$option" <(sed "s/[\\]//g" userspace/man/ctguard-oci.8) || exit; done'
	it "ctguard-oci $command with an unknown option ends with 2" '"$oci" '$command' --nonsense; [ $? = 2 ]'
done
it 'a level is one of four' '"$oci" hook --level 4; [ $? = 2 ]'
it 'a runtime has an absolute path' '"$oci" runtime --runtime runc -- state x; [ $? = 2 ]'

# Images in files, as a malicious author writes them.
box=$tmp/box outside=$tmp/outside.json
empty='{"rootfs":{"type":"layers","diff_ids":[]}}'
one="{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:$(printf %064d 0)\"]}}"
# CONFIG LAYERS: a directory as docker save fills it
box_make() {
	rm -rf "$box"
	mkdir -p "$box"
	printf '[{"Config":"%s","Layers":[%s]}]' "$1" "${2-}" >"$box/manifest.json"
	printf %s "$one" >"$box/one.json"
	printf %s "$empty" >"$box/empty.json"
	printf %s "$empty" >"$outside"
}
# BYTES of each value, ENTRIES: an archive of one layer with attributes
box_of_attributes() {
	local value
	rm -rf "$box"
	mkdir -p "$box"
	value=$(head -c "$1" /dev/zero | tr '\0' a)
	perl -e 'my ($value, $entries) = @ARGV;
		sub member { my ($name, $type, $data) = @_;
			my $h = pack("a100a8a8a8a12a12A8a1a100a6a2", $name, "0000644", "0000000", "0000000",
				sprintf("%011o", length $data), "00000000000", "", $type, "", "ustar", "00");
			$h .= "\0" x (512 - length $h);
			substr($h, 148, 8) = sprintf("%06o\0 ", unpack("%32C*", $h));
			print $h, $data, "\0" x (-length($data) % 512); }
		for my $i (1 .. $entries) { my $pax = "";
			for my $j (1 .. 15) { my $record = " SCHILY.xattr.user.$j=$value\n";
				my $size = length $record; $size = length($record) + length $size for 1 .. 3;
				$pax .= "$size$record"; }
			member("x", "x", $pax); member("f$i", "0", ""); }
		print "\0" x 1024' "$value" "$2" | tee >(sha256sum >"$tmp/sum") | gzip -1 >"$box/layer"
	sleep 1
	printf '[{"Config":"c","Layers":["layer"]}]' >"$box/manifest.json"
	printf '{"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' "$(cut -d ' ' -f 1 "$tmp/sum")" >"$box/c"
}
it 'a directory of an image' 'box_make empty.json; "$ctl" image measure "$box" | grep -q ^config:'
refuses 'a config out of it' 'leads out of the directory' 'box_make ../outside.json; "$ctl" image measure "$box"'
refuses 'a config of an absolute path' 'leads out of the directory' 'box_make "$outside"; "$ctl" image measure "$box"'
refuses 'a config behind a link out of it' 'leads out of the directory' '
	box_make link/outside.json; ln -s .. "$box/link"; "$ctl" image measure "$box"'
refuses 'a layer that is a device' 'leads out of the directory' 'box_make one.json \"../../../../../../../../dev/null\"; "$ctl" image measure "$box"'
refuses 'a member that never ends to open' 'no regular file' 'box_make empty.json; mkfifo "$box/index.json"; timeout 10 "$ctl" image measure "$box"'
refuses 'a name for the terminal' '\\x1b' 'box_make one.json "\"\\u001b[31m\""; "$ctl" image measure "$box"'
it 'no other program undoes a compression' '
	mkdir -p "$tmp/bin"; printf "#!/bin/sh\ntouch $tmp/ran\ncat\n" >"$tmp/bin/lrzip"; chmod 755 "$tmp/bin/lrzip"
	printf "LRZI\0\6%%040d" 0 >"$tmp/file.lrz"; PATH=$tmp/bin:$PATH "$ctl" image measure "$tmp/file.lrz"; [ ! -e "$tmp/ran" ]'
it 'attributes in an archive' 'box_of_attributes 60000 2; "$ctl" image measure "$box" | grep -q ^content:'
refuses 'more of them than memory has' 'fewer and shorter' 'box_of_attributes 60000 310; "$ctl" image measure "$box"'

if [ "$(id -u)" != 0 ]; then
	skip 'images in a store' 'only root sees all of a store'
	end
fi
if ! command -v podman >/dev/null || ! command -v busybox >/dev/null; then
	skip 'images in a store' 'there is no podman or no static busybox'
	end
fi
tests/vm/busybox-image.sh "$tmp/bb.tar" || exit
if ! p import -q "$tmp/bb.tar" busybox >/dev/null 2>"$tmp/err"; then
	skip 'images in a store' "podman cannot make one here: $(head -c 200 "$tmp/err" | tr '\n' ' ')"
	end
fi
export ctl oci tmp

# A second layer, with what layers can have.
first=$(p create busybox x)
mount=$(p mount "$first")
rm "$mount/etc/group" "$mount/bin/ls"
echo changed >"$mount/etc/passwd"
mkdir -p "$mount/opt/a"
ln -s target "$mount/opt/link"
echo linked >"$mount/opt/a/one"
ln "$mount/opt/a/one" "$mount/opt/a/two"
mkfifo "$mount/opt/fifo"
chmod 4755 "$mount/bin/busybox"
chown 7:8 "$mount/opt/a"
p umount "$first" >/dev/null
p commit -q "$first" layered >/dev/null 2>&1
p rm "$first" >/dev/null
id=$(p create layered x)
other=$(p create busybox x)
export id other

for image in busybox layered; do
	p save -q --format oci-archive -o "$tmp/$image.oci.tar" $image
	p save -q --format docker-archive -o "$tmp/$image.docker.tar" $image
	p save -q --format oci-dir -o "$tmp/$image.layout" $image
	config=$(p inspect --type image -f '{{.Id}}' $image)
	it "$image: the config's digest is the image's id" \
		'[ "$(digest_of config containers-storage:'$image')" = "sha256:'"$config"'" ]'
	it "$image: what its layers hold is known" '[ -n "$(digest_of content containers-storage:'$image')" ]'
	for file in oci.tar docker.tar layout; do
		it "$image: config and content are the same in $file" \
			'for k in config content; do
				[ "$(digest_of $k containers-storage:'$image')" = "$(digest_of $k "$tmp/'$image.$file'")" ] || exit; done'
	done
	it "$image: the manifest is the one that podman tells" \
		'[ "$(digest_of manifest containers-storage:'$image')" = "$(p inspect --type image -f "{{.Digest}}" '$image')" ]'
done
it 'two images differ' '[ "$(digest_of content containers-storage:busybox)" != "$(digest_of content containers-storage:layered)" ]'
refuses 'an image that is not there' 'knows no such image' '"$ctl" image measure --root "$tmp/root" containers-storage:none'

# Archives with something wrong.
mkdir "$tmp/bad"
blob=$(find "$tmp/busybox.layout/blobs/sha256" -size +100k -printf '%f\n')
cp -r "$tmp/busybox.layout" "$tmp/bad/blob"
printf x >>"$tmp/bad/blob/blobs/sha256/$blob"
refuses 'a layer with one byte more' 'found bytes of sha256:\|expected' '"$ctl" image measure "$tmp/bad/blob"'
cp -r "$tmp/busybox.layout" "$tmp/bad/short"
truncate -s -1 "$tmp/bad/short/blobs/sha256/$blob"
refuses 'a layer with one byte less' "$blob" '"$ctl" image measure "$tmp/bad/short"'
cp -r "$tmp/busybox.layout" "$tmp/bad/gone"
rm "$tmp/bad/gone/blobs/sha256/$blob"
refuses 'a layer that is missing' "found no layer blobs/sha256/$blob" '"$ctl" image measure "$tmp/bad/gone"'
cp -r "$tmp/busybox.layout" "$tmp/bad/twice"
sed -i 's/"manifests"/"manifests":[],"manifests"/' "$tmp/bad/twice/index.json"
refuses 'an index with a key twice' 'index.json:1:' '"$ctl" image measure "$tmp/bad/twice"'
echo '{}' >"$tmp/bad/none"
refuses 'what is no image' "$tmp/bad/none" '"$ctl" image measure "$tmp/bad/none"'
mkdir "$tmp/bad/docker"
tar -C "$tmp/bad/docker" -xf "$tmp/busybox.docker.tar"
layer=$(find "$tmp/bad/docker" -name '*.tar' -type f)
printf 'xxxxxxxxxx' | dd of="$layer" bs=1 seek=1000000 conv=notrunc status=none
tar -C "$tmp/bad/docker" -cf "$tmp/bad/docker.tar" .
refuses 'a saved layer with another byte' 'found a layer of sha256:' '"$ctl" image measure "$tmp/bad/docker.tar"'

# Lists.
export list=$tmp/approved.list
it 'approve makes a list' '"$ctl" image approve --list $list --root "$tmp/root" containers-storage:layered && grep -q "^# Approved" $list'
it 'what was approved from the store is so in an archive' '"$ctl" image verify --list $list "$tmp/layered.oci.tar" | grep -q "as approved"'
refuses 'what was not is not' 'approved no' '"$ctl" image verify --list $list "$tmp/busybox.oci.tar"'
it 'another one is added in order' '"$ctl" image approve --list $list --comment "the base" "$tmp/busybox.docker.tar" &&
	grep -q "# the base$" $list && grep -v "^#" $list | sort -c'
it 'a third is added by its manifest' '"$ctl" image approve --list $list --manifest "$tmp/busybox.oci.tar" && grep -q "^manifest:sha256:" $list'
it 'approving again changes nothing' 'cp $list $tmp/before; "$ctl" image approve --list $list "$tmp/busybox.oci.tar" && cmp $list $tmp/before'
it 'comments stay' 'sed -i "1i# mine" $list; echo "  # last" >>$list
	"$ctl" image remove --list $list "$(grep -o "^manifest:[^ ]*" $list)" && head -n 1 $list | grep -qx "# mine" && tail -n 1 $list | grep -q "# last"'
it 'it is in the list no more' '! grep -q ^manifest $list && [ "$("$ctl" image list --list $list | wc -l)" = 2 ]'
refuses 'what is not in the list is not removed' 'found no config' '"$ctl" image remove --list $list config:sha256:'"$(printf '0%.0s' {1..64})"
refuses 'a bare digest is not removed' '\"config:\" or \"manifest:\" before it' '"$ctl" image remove --list $list sha256:'"$(printf '0%.0s' {1..64})"
it 'a policy includes it' 'printf "ctguard: 1\nmode: enforce\ndefault: p\nguard: {namespaces: {pid: none}}\nimages:\n- include: approved.list\nprofiles:\n  p: {images: {require: approved}, modules: unrestricted, devices: unrestricted, pseudofs: unrestricted, kernel: unrestricted, tasks: unrestricted, mounts: unrestricted}\n" >$tmp/policy.yaml &&
	[ "$("$ctl" policy show $tmp/policy.yaml | grep -c "^  - config:sha256:")" = 2 ]'
refuses 'a fault of the list is told with its place' "bad.list:1:1: found " 'sed "1s/.*/oops/" $list >$tmp/bad.list && sed "s/approved.list/bad.list/" $tmp/policy.yaml >$tmp/bad.yaml && "$ctl" policy check $tmp/bad.yaml'

# A container as a hook sees it: mounted, with a task that sees the mount.
store_enter "$id" || { skip 'hooks' 'podman cannot mount here'; end; }
it 'the layers mounted are the image'"'"'s: level 2' 'hook $id | grep -qx "level: 2" && hook $id | grep -qx "config:$(digest_of config containers-storage:layered)"'
it 'and hold what was approved: level 3' 'hook $id --level 3 | grep -qx "level: 3"'
it 'again, from the cache' 'sleep 2.2; hook $id --level 3 >/dev/null; [ -s $tmp/cache ] && hook $id --level 3 | grep -qx "level: 3"'
it 'the bundle is known by the bytes of config.json' 'hook $id | grep -qx "bundle:sha256:$(sha256sum <"$tmp/bundle/config.json" | cut -d " " -f 1)"'
it 'the container'"'"'s own directory is known' '[ "$(hook $id | sed -n "s/^upper: //p")" -ef "$(dirname $merged)/diff" ]'
it 'level 1 does not look at mounts' 'hook $id --level 1 | grep -qx "level: 1"'
refuses 'a container of another image' 'mounted at the container' 'hook $other'
refuses 'a container that no engine knows' 'no engine.s store knows' "hook $(printf '1%.0s' {1..64})"
refuses 'a task that is gone' 'first task' 'store_state $id 4194303 | "$oci" hook --show --containers "$tmp/root"'
unshare --mount sh -c 'umount "$1"; exec sleep 1000' - "$merged" &
blind=$!
sleep 0.5
refuses 'a task that does not see the mount' 'expected it to be' 'store_state $id $blind | "$oci" hook --show --containers "$tmp/root"'
kill "$blind"
refuses 'no state at all' 'found what is not JSON' '"$oci" hook --show </dev/null'
diffs=("$tmp"/root/overlay/*/diff)
for diff in "${diffs[@]}"; do
	[ ! -e "$diff/opt/a/one" ] || break
done
export diff
it 'a changed time is no change' 'touch $diff/opt/a/one && hook $id --level 3 | grep -qx "level: 3"'
it 'a changed byte is found, from the cache or not' 'printf Linked >$diff/opt/a/one; touch -d @1 $diff/opt/a/one
	! hook $id --level 3 && printf "linked\n" >$diff/opt/a/one && hook $id --level 3 | grep -qx "level: 3"'
it 'a file more is found' 'touch $diff/opt/more; ! hook $id --level 3 && rm $diff/opt/more && hook $id --level 3'
it 'another mode is found' 'chmod 755 $diff/bin/busybox; ! hook $id --level 3 && chmod 4755 $diff/bin/busybox && hook $id --level 3'
it 'a whiteout less is found' 'ls -l $diff/bin/ls; rm $diff/bin/ls; ! hook $id --level 3 && mknod $diff/bin/ls c 0 0 && hook $id --level 3'
images=$tmp/root/overlay-images
config=$(grep -l '"rootfs"' "$images/$(p inspect --type image -f '{{.Id}}' layered)"/=*)
cp "$config" "$tmp/config"
export config
refuses 'a changed config' 'found bytes of sha256:' 'sed -i "s/amd64/amd65/" $config && hook $id'
cp "$tmp/config" "$config"
cp "$tmp/root/overlay-layers/layers.json" "$tmp/layers.json"
refuses 'a layer that is said to be another' 'another diff-digest' 'sed -i "s/\"diff-digest\":\"sha256:./\"diff-digest\":\"sha256:0/g" $tmp/root/overlay-layers/layers.json && hook $id'
cp "$tmp/layers.json" "$tmp/root/overlay-layers/layers.json"
it 'put back, all is well' 'hook $id --level 3 | grep -qx "level: 3"'
if [ -e /sys/module/ctguard ]; then
	skip 'without the module' 'the module is loaded'
else
	it 'without the module nothing is claimed, and nothing fails' 'store_state $id | "$oci" hook --containers "$tmp/root"'
	refuses 'but with --strict' 'ctguard is not loaded' 'store_state $id | "$oci" hook --strict --containers "$tmp/root"'
fi

# The wrapper, around a runtime that only says what it is asked.
cat >"$tmp/runtime" <<'RUNTIME'
#!/bin/bash
echo "$*" >>"$CALLS"
while [ $# -gt 0 ]; do
	[ "$1" != --pid-file ] || echo -n "$PID" >"$2"
	shift
done
exit "${STATUS:-0}"
RUNTIME
chmod +x "$tmp/runtime"
export CALLS=$tmp/calls PID=$store_init
wrap() {
	"$oci" runtime --strict --containers "$tmp/root" --runtime "$tmp/runtime" -- "$@"
}
calls() {
	diff - "$CALLS"
}
refuses 'a container whose claim fails is deleted' 'ctguard is not loaded\|administrated' 'wrap --root /r --log "$tmp/log" --log-format json create --bundle "$tmp/bundle" --pid-file "$tmp/pid" $id'
it 'with the options that it was created with' 'printf "%s\n" "--root /r --log $tmp/log --log-format json create --bundle $tmp/bundle --pid-file $tmp/pid $id" \
	"--root /r --log $tmp/log --log-format json delete --force $id" | calls'
it 'and the reason stands in the log of the runtime' 'tail -n 1 "$tmp/log" | python3 -c "import json, sys; o = json.load(sys.stdin); assert o[\"level\"] == \"error\" and o[\"msg\"]"'
it 'where that is relative, too' '(cd "$tmp" && ! wrap --log own create --bundle "$tmp/bundle" --pid-file "$tmp/pid" $id) && grep -q "level=error" "$tmp/own"'

# Around a hook, as crun does it: the hook has no standard error. The command line
# is that of a runtime, as one that begins with an option.
store_state "$id" >"$tmp/state"
export OCI=$oci STATE=$tmp/state
crun() {
	python3 '-cimport os, subprocess
subprocess.run([os.environ["OCI"], "hook", "--strict", "--containers", os.environ["tmp"] + "/root"],
    stdin=open(os.environ["STATE"]), stderr=subprocess.DEVNULL)' "$@"
}
it 'the reason of a hook stands where the engine looks' 'crun --log="$tmp/hook.log" --log-format json create $id 2>"$tmp/told" &&
	grep -q "^ctguard-oci: ." "$tmp/told" && grep -q "\"msg\":\"ctguard-oci: ." "$tmp/hook.log"'
rm -f "$CALLS" "$tmp/log"
it 'a number of the first task is asked for where nobody does' '! wrap create -b "$tmp/bundle" $id && grep -q "^create --pid-file /run/ctguard-oci.[^ ]* -b" "$CALLS" && ! ls /run/ctguard-oci.*'
rm -f "$CALLS"
it 'what the runtime fails at stays as it is' 'STATUS=7 wrap create -b "$tmp/bundle" $id; [ $? = 7 ] && [ "$(wc -l <"$CALLS")" = 1 ]'
rm -f "$CALLS"
it 'all else is the runtime'"'"'s' 'wrap --root=/r start $id && printf "%s\n" "--root=/r start $id" | calls'

# A database that bbolt itself wrote: podman's own.
database=$tmp/root/libpod/bolt_state.db
export database
if [ -e "$database" ]; then
	it 'a database of bbolt is read' '[ "$(build/tests/image_test --bolt $database id-registry $id)" = "$(p inspect -f "{{.Name}}" $id)" ]'
	it 'and has not what is not there' '! build/tests/image_test --bolt $database id-registry nobody'
else
	skip 'a database of bbolt' 'this podman has none'
fi
p umount "$id" >/dev/null
end
