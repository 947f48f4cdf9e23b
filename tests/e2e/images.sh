#!/bin/bash
# Approved images only: what runs and what does not, under podman with crun and
# runc, Docker and containerd. TAP on standard output. Runs inside the guest,
# under systemd or without.
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

of="images, $manager"
oci=$PWD/build/ctguard-oci
list=/etc/ctguard/approved.list
policy=/etc/ctguard/images.yaml
runtime=crun

# OPTION... IMAGE COMMAND...
p() {
	podman --runtime "$runtime" --hooks-dir /etc/hooks.d run --rm "$@"
}
# COMMAND...
q() {
	podman --runtime "$runtime" --hooks-dir /etc/hooks.d "$@"
}
# MODE LEVEL PROGRAM: puts a policy in force that requires approved images
push() {
	sed -e "s/^mode: .*/mode: $1/" -e 's/^default: .*/default: approved/' policies/baseline.yaml >$policy
	sed -i "/^profiles:/a\\  approved: {inherit: baseline, images: {require: approved, level: $2, program: $3}}" $policy
	printf 'images:\n- include: %s\n' $list >>$policy
	$ctl policy push $policy
}
# FILTER: an event of a container's start that matches
start_event() {
	sleep 1
	jq -e "select(.operation == \"image-start\" and ($1))" $events
}
# REASON COMMAND...: it fails, and the last event says why
refused_for() {
	local reason=$1 before after
	shift
	before=$(grep -c '"image-start"' $events)
	! "$@" || return
	sleep 1
	after=$(jq -r 'select(.operation == "image-start") | .reason' $events | tail -n +$((before + 1)) | sort -u)
	[ "$after" = "$reason" ] || {
		echo "reasons: $after"
		return 1
	}
}
# TEXT COMMAND...: it fails, and says so
fails_saying() {
	local text=$1 output
	shift
	! output=$("$@" 2>&1) || return
	echo "$output"
	grep -q -- "$text" <<<"$output"
}

# NAME LEVEL: a container of podman or Docker is claimed to that level
level_of() {
	local id
	id=$(podman inspect -f '{{.Id}}' "$1" 2>/dev/null || docker inspect -f '{{.Id}}' "$1") || return
	$ctl containers --json | tee /dev/stderr | jq -e ".[] | select(.image.level == $2 and (.cgroup | contains(\"$id\")))"
}
# NAME: Docker started it again, twice
restarted() {
	[ "$(docker inspect -f '{{.RestartCount}}' "$1")" -ge 2 ]
}

# NAME: an unapproved image runs in a cgroup below that of a container
below() {
	local cgroup
	cgroup=$(cut -d : -f 3 "/proc/$(podman inspect -f "{{.State.Pid}}" "$1")/cgroup")
	podman --runtime "$runtime" --hooks-dir /none --cgroup-manager cgroupfs run --rm --cgroup-parent "$cgroup" evil true
}

mkdir -p /etc/hooks.d /etc/ctguard /usr/sbin
sed "s|/usr/sbin/ctguard-oci|$oci|" userspace/oci/ctguard-hooks.d.json >/etc/hooks.d/ctguard.json
import_image
podman tag busybox approved
podman --hooks-dir /etc/hooks.d create --name derived busybox true >/dev/null
podman cp $e2e/attempts derived:/evil
podman commit -q derived evil >/dev/null
podman rm derived >/dev/null

guard_up
watch_start

# The engines' words before the policy asks for anything.
it "without a policy of images, hooks change nothing" 'p busybox true && p evil true'
it "a claim is told in the list of containers" 'podman --hooks-dir /etc/hooks.d run -d --name claimed busybox sleep 1000 &&
	$ctl containers --json | jq -e ".[] | select(.image.level == 2 and .image.config == \"$(podman inspect --type image -f "{{.Id}}" busybox)\")"'

it "an image is approved" '$ctl image approve containers-storage:busybox'
it "a policy requires approved images" 'push enforce 2 image'
it "what runs goes on" 'podman exec claimed true && [ "$(podman inspect -f "{{.State.Running}}" claimed)" = true ]'
it "exec in it" 'podman exec claimed true'
it "it is stopped as ever" 'podman rm -f -t 0 claimed'

for runtime in crun runc; do
	it "$runtime: an approved image runs" 'p busybox true'
	it "$runtime: an unapproved one does not" 'refused_for unapproved p evil true'
	it "$runtime: nor without the hook" 'refused_for unclaimed podman --runtime $runtime --hooks-dir /none run --rm busybox true'
	it "$runtime: nor of a directory" 'mkdir -p /tmp/root && tar -C /tmp/root -xf /usr/share/busybox.tar &&
		refused_for unclaimed p --rootfs /tmp/root true'
	it "$runtime: a program that was copied into it does not run" '
		podman --runtime $runtime --hooks-dir /etc/hooks.d create --name copied busybox /bin/hello >/dev/null &&
			podman cp /bin/true copied:/bin/hello && refused_for program q start --attach copied' 'podman rm copied'
	it "$runtime: nor one that is mounted into it" 'refused_for program p -v /usr/bin/busybox:/bin/hello:ro busybox /bin/hello'
	it "$runtime: a program of the image does, and then runs what it likes" 'p -v /usr/bin/busybox:/bin/busybox-2:ro busybox sh -c "/bin/busybox-2 true"'
	it "$runtime: the container is claimed again when it starts again" '
		podman --runtime $runtime --hooks-dir /etc/hooks.d run --name again busybox true &&
			podman --runtime $runtime --hooks-dir /etc/hooks.d start --attach again && podman rm again'
	it "$runtime: copies of the layers for a user namespace are checked to level 1 only" '
		refused_for level p --uidmap 0:100000:65536 busybox true'
	it "$runtime: one below a container that runs, or is made, is another" '
		q run -d --name above busybox sleep 1000 && ! below above && podman exec above true && podman rm -f -t 0 above &&
			q create --name above busybox sleep 1000 && q init above && ! below above && q start above && podman exec above true &&
			podman rm -f -t 0 above'
	it "$runtime: --cgroups=no-conmon" 'p --cgroups=no-conmon busybox true'
	[ $manager = cgroupfs ] || it "$runtime: --cgroups=split" 'systemd-run --wait --collect --quiet -p Delegate=yes \
		podman --runtime $runtime --hooks-dir /etc/hooks.d run --rm --cgroups=split busybox true'
	it "$runtime: read-only" 'p --read-only busybox true'
	it "$runtime: in a user namespace of its own its layers are copies: level 1" 'refused_for level p --uidmap 0:100000:65536 busybox true'
done
runtime=crun
it "--cgroups=disabled is refused, with an error of its own" 'fails_saying "in no guarded cgroup" p --cgroups=disabled busybox true'
# podman makes no pod of this kind without systemd: the cgroup lets nothing open /dev/null.
if [ $manager = systemd ]; then
	q pod create --network none --name pod >/dev/null
	it "a pod does not start before its pause image is approved" 'refused_for unapproved q pod start pod'
	it "and then does, with a container in it" '
		$ctl image approve "containers-storage:localhost/podman-pause:$(podman version -f "{{.Client.Version}}")-0" && push enforce 2 image &&
			q pod start pod && p --pod pod busybox true' 'q pod rm -f -t 0 pod'
fi
mkdir -p /tmp/build
printf 'FROM busybox\nRUN echo built >/built\n' >/tmp/build/Dockerfile
it "a build, whose steps are containers that no engine knows, is refused" '
	! podman build --hooks-dir /etc/hooks.d -q -t built /tmp/build && start_event ".reason == \"unclaimed\" and (.cgroup | contains(\"buildah\"))"'
it "with a profile of its own it is not" '
	sed "s|^default: approved|bind: [{cgroup: \"/**/buildah-buildah*\", profile: baseline}, {cgroup: \"/**/*-buildah-buildah*.scope\", profile: baseline}]\n&|" $policy >/tmp/builds.yaml &&
		$ctl policy push /tmp/builds.yaml && podman build --hooks-dir /etc/hooks.d -q -t built /tmp/build' 'push enforce 2 image'

# A config that is in no list, and one that was changed on disk.
# podman looks at it as well, but not when it starts what was created.
q create --name changed busybox true >/dev/null
config=$(grep -l '"rootfs"' "/var/lib/containers/storage/overlay-images/$(podman inspect --type image -f '{{.Id}}' busybox)"/=*)
cp "$config" /tmp/config
sed -i s/amd64/amd65/ "$config"
it "a config that was changed on disk is told by the engine" 'fails_saying "found bytes of sha256" q start --attach changed'
it "and by an event" 'start_event ".reason == \"failed\" and .verdict == \"deny\""'
[ $manager = cgroupfs ] || it "and by the journal" 'journalctl -t ctguard-oci -o cat | grep "found bytes of sha256"'
cp /tmp/config "$config"
it "as it was, it runs" 'q start --attach changed && podman rm changed'

# Level 3.
sed -i 's/"hook"\]/"hook", "--level", "3"]/' /etc/hooks.d/ctguard.json
it "a policy requires level 3" 'push enforce 3 image'
it "what was approved runs" 'p busybox true'
file=$(find /var/lib/containers/storage/overlay/*/diff/etc/passwd | head -n 1)
cp -p "$file" /tmp/passwd
echo x >>"$file"
it "a byte that was changed in the store is found" 'fails_saying "which was approved" p busybox true'
cp -p /tmp/passwd "$file"
it "as it was, it runs" 'p busybox true'
sed -i 's/, "--level", "3"\]/]/' /etc/hooks.d/ctguard.json
it "what was checked to level 2 does not do" 'refused_for level p busybox true'
sed -i 's/"hook"\]/"hook", "--level", "0"]/' /etc/hooks.d/ctguard.json
it "level 0 is the engine's word" 'push enforce 0 any && q run -d --name word busybox sleep 1000 && level_of word 0' 'podman rm -f -t 0 word'
it "which does not do for level 1" 'push enforce 1 any && refused_for level p busybox true'
sed -i 's/, "--level", "0"\]/]/' /etc/hooks.d/ctguard.json

# Anything may be the first program; whatever the image, in complain mode.
it "program: any" 'push enforce 2 any && p -v /usr/bin/busybox:/bin/busybox-2:ro busybox /bin/busybox-2 true'
it "complain mode reports, and lets run" 'push complain 2 image && p evil true && start_event ".verdict == \"complain\" and .reason == \"unapproved\""'
it "and enforces again" 'push enforce 2 image && ! p evil true'
it "an image that was taken off the list does not start" '
	cp $list /tmp/list && $ctl image remove "config:sha256:$(podman inspect --type image -f "{{.Id}}" busybox)" && push enforce 2 image &&
	refused_for unapproved p busybox true' 'cp /tmp/list $list'
it "and on it again does" 'push enforce 2 image && p busybox true'
it "claims of others are not taken where claimants are named" '
	printf "claimants: [\"sha256:%064d\"]\n" 1 >>$policy && $ctl policy push $policy && refused_for claimant p busybox true'
it "those of this one are" 'sed -i "s/^claimants:.*/claimants: [\"sha256:$(sha256sum <$oci | cut -d " " -f 1)\"]/" $policy &&
	$ctl policy push $policy && p busybox true'

# Docker and containerd, by the wrapper.
mkdir -p /etc/docker
ln -sf "$oci" /usr/local/sbin/ctguard-runc
cat >/etc/docker/daemon.json <<EOF
{"runtimes": {"ctguard": {"path": "/usr/local/sbin/ctguard-runc"},
	"ctguard-3": {"path": "$oci", "runtimeArgs": ["runtime", "--level", "3", "--runtime", "/usr/sbin/runc", "--"]}},
	"default-runtime": "ctguard"}
EOF
printf '#!/bin/sh\nexec %s runtime --level 3 --runtime /usr/sbin/runc -- "$@"\n' "$oci" >/usr/local/sbin/ctguard-runc-3
chmod +x /usr/local/sbin/ctguard-runc-3
it "Docker starts" docker_up
it "docker: an image is approved" 'docker import /usr/share/busybox.tar busybox && $ctl image approve docker:busybox && push enforce 2 image'
it "docker: it runs" 'docker run --rm --net=none busybox true'
it "docker: it is claimed to level 2" 'docker run -d --net=none --name claimed busybox sleep 1000 &&
	$ctl containers --json | jq -e ".[] | select(.image.level == 2 and .image.config == \"$(docker inspect -f "{{.Id}}" busybox | cut -d : -f 2)\")"' 'docker rm -f claimed'
it "docker: exec in it, and stop and start" 'docker run -d --net=none --name up busybox sleep 1000 && docker exec up true && docker exec -i up cat </dev/null &&
	docker restart -t 0 up && docker exec up true && docker pause up && docker unpause up && docker exec up true' 'docker rm -f up'
it "docker: restart policy" 'docker run -d --net=none --restart=always --name again busybox sleep 1 && soon restarted again' 'docker rm -f again'
it "docker: another does not, and the engine says why" 'docker run --net=none --name derived busybox true; docker commit derived evil >/dev/null
	fails_saying "does not approve" docker run --rm --net=none evil true'
it "docker: nor by another runtime" 'refused_for unclaimed docker run --rm --net=none --runtime runc busybox true'
it "docker: a program that was copied into it does not run" '
	docker create --net=none --name copied busybox /bin/hello >/dev/null && docker cp /bin/true copied:/bin/hello &&
	refused_for program docker start --attach copied' 'docker rm -f copied'
it "docker: a build runs its first step, of the base image" 'DOCKER_BUILDKIT=0 docker build -t built /tmp/build'
it "docker: and no second one, whose image is in no list" 'printf "RUN cat /built\n" >>/tmp/build/Dockerfile &&
	refused_for unapproved env DOCKER_BUILDKIT=0 docker build -t built /tmp/build'
it "docker: nor one by BuildKit" 'refused_for unclaimed env DOCKER_BUILDKIT=1 docker build -t built /tmp/build'
it "docker: level 3" 'push enforce 3 image && docker run -d --net=none --runtime ctguard-3 --name content busybox sleep 1000 && level_of content 3' 'docker rm -f content'
it "docker: level 2 does not do for it" 'refused_for level docker run --rm --net=none busybox true'
it "docker: it does for level 2" 'push enforce 2 image && docker run --rm --net=none busybox true'
it "docker: nothing is left of what was refused" '[ -z "$(ls /run/docker/runtime-*/moby 2>/dev/null)" ]'
if command -v ctr >/dev/null; then
	it "containerd: an image is approved" 'docker save busybox -o /tmp/busybox.tar && ctr image import /tmp/busybox.tar &&
		image=$(ctr image ls -q | head -n 1) && $ctl image approve "containerd:$image" && push enforce 2 image'
	it "containerd: it runs" 'ctr run --rm --runc-binary /usr/local/sbin/ctguard-runc "$(ctr image ls -q | head -n 1)" one /bin/true'
	it "containerd: level 3" 'push enforce 3 image &&
		ctr run --rm --runc-binary /usr/local/sbin/ctguard-runc-3 "$(ctr image ls -q | head -n 1)" three /bin/true'
	it "containerd: level 2 does not do for it" 'refused_for level ctr run --rm --runc-binary /usr/local/sbin/ctguard-runc "$(ctr image ls -q | head -n 1)" two /bin/true'
	push enforce 2 image >/dev/null
	it "containerd: not by another runtime" 'refused_for unclaimed ctr run --rm "$(ctr image ls -q | head -n 1)" two /bin/true'
	it "containerd: not of a directory" 'refused_for unclaimed ctr run --rm --runc-binary /usr/local/sbin/ctguard-runc --rootfs /tmp/root three /bin/true'
fi
watch_stop
it "a start that was refused is an event" 'jq -e "select(.operation == \"image-start\" and .verdict == \"deny\")" $events >/dev/null'
guard_down
echo "1..$number"
