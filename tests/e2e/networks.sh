#!/bin/bash
# What a privileged container asks of a host that has loaded nothing for
# networks yet: programs that bring modules with them, and an engine inside.
# TAP on standard output. Runs inside the guest.
# shellcheck disable=SC2016,SC2034,SC2317 # commands are expanded and run by it
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/../.." || exit
# shellcheck source=tests/e2e/lib.sh
. tests/e2e/lib.sh

of="networks"
# CLAIM COMMAND: in a container with the guest's programs, and its own network.
inside() {
	it "inside: $1" "podman exec work sh -ec '$2'"
}

make_root
guard_up
watch_start
it "the host has loaded nothing for networks" no_networks
# shellcheck disable=SC2086 # words
it "a privileged container" 'podman run -d --name work --privileged $with_root sleep 1000'
inside "ss" "ss -tuwxna && ss -tin && ss -f netlink && ss -f link"
inside "ip" "ip link add type veth && ip link add name bridge0 type bridge && ip link add name vxlan0 type vxlan id 7 dstport 4789 &&
	ip link add name wg0 type wireguard && ip link add link veth0 name macvlan0 type macvlan && ip link add link veth0 name ipvlan0 type ipvlan ||
	ip link add link veth1 name ipvlan0 type ipvlan"
inside "iptables, as engines use it" "iptables -t nat -A POSTROUTING -s 10.0.0.0/8 ! -o bridge0 -m comment --comment own -j MASQUERADE &&
	iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -p tcp --dport 80 -j DNAT --to-destination 10.0.0.2:8080 &&
	iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT && iptables -A FORWARD -m mark --mark 1 -j DROP &&
	iptables -A FORWARD -m multiport -p tcp --dports 1,2 -j REJECT"
inside "ip6tables" "ip6tables -t nat -A POSTROUTING -j MASQUERADE && ip6tables -A INPUT -m conntrack --ctstate NEW -j ACCEPT"
# It runs modprobe for ip_tables itself, which stays the host's; the rest is asked
# of the kernel.
modprobe ip_tables
inside "iptables of old" "iptables-legacy -t nat -L && iptables-legacy -A FORWARD -m conntrack --ctstate NEW -j ACCEPT"
it "its modules came" '[ -e /sys/module/nf_tables ] && [ -e /sys/module/veth ] && [ -e /sys/module/xt_conntrack ]'
inside "an engine" "podman import -q /busybox.tar busybox && podman run --rm busybox true"
inside "its networks" "podman run --rm --net=bridge busybox ip -o -4 address show eth0"
it "rm" 'podman rm -f -t 0 work'
it "podman's own network, with a published port" 'import_image;
	podman run -d --rm --name web --net=bridge -p 8081:80 busybox sh -c "echo works >/index.html; exec httpd -f -h / -p 80" &&
	soon sh -c "busybox wget -qO- http://127.0.0.1:8081/ | grep works" && podman rm -f -t 0 web'
end_quietly
guard_down
echo "1..$number"
