# SPDX-License-Identifier: Apache-2.0
# What an administrator does: interfaces, addresses, routes, neighbours, rules,
# who hears of it, and what a server looks like from outside.
plain() {
	sed -E 's/([0-9a-f]{2}:){5}[0-9a-f]{2}/MAC/g; s/fe80::[0-9a-f:]+/LINK/g
		s/pid=[0-9]+/pid=N/g; s/(valid_lft|uid|age|qlen) [0-9]+/\1 N/g; s/ +/ /g
		s/ (gso|gro|tso|min|max)[a-z0-9_]* [0-9]+//g'
}
for conf in all default; do echo 0 >/proc/sys/net/ipv6/conf/$conf/accept_dad; done
ip monitor link address route neigh rule >monitor 2>&1 &
monitor=$!
until ip link set lo down && ip link set lo up && [ -s monitor ]; do :; done
ip link add br0 type bridge
ip link add w0 type veth peer name w1
ip link add v0 type veth peer name v1
ip link set v1 master br0
ip addr add 10.9.0.1/24 dev v0
ip addr add 10.8.0.1/24 broadcast + dev w0 label w0:one
ip addr add 2001:db8::1/64 dev w0 nodad
for dev in br0 w0 w1 v0 v1; do ip link set $dev up; done
# The kernel settles a little later.
for sign in '-br link|UP ' '-6 -br addr|fe80' '-6 route show table local|ff00'; do
	until [ "$(ip ${sign%|*} | grep -c "${sign#*|}")" = 5 ]; do :; done
done
ip link set w0 mtu 1400 alias 'some alias'
ip route add 10.7.0.0/16 via 10.8.0.9 metric 5
ip route add default via 10.8.0.254 dev w0
ip route add unreachable 10.6.0.0/16
ip -6 route add 2001:db8:1::/48 via 2001:db8::9
ip neigh add 10.8.0.9 lladdr 02:00:00:00:00:09 dev w0
ip rule add from 10.9.0.0/24 table 7
ip route add default via 10.9.0.254 table 7
for what in link addr; do
	ip $what | plain
	ip -br $what | plain
done
ip route
ip route show table all | plain | sort
ip -6 route | plain | sort
ip neigh show nud permanent
ip rule
ip route get 10.7.1.1 | plain
ip route get 8.8.8.8 from 10.9.0.1 | plain
ip route get 10.6.0.1 2>&1
ip addr add 10.8.0.1/24 dev w0 2>&1
ip route del 10.77.0.0/16 2>&1
ip link set nothing up 2>&1
ip -j addr show dev w0 | python3 -c '
import json, sys
for one in json.load(sys.stdin):
    print(sorted(one), [sorted(a.items()) for a in one["addr_info"] if a["scope"] == "global"])'
ip -j -p route
python3 -c '
import http.server
http.server.HTTPServer(("", 8000), http.server.SimpleHTTPRequestHandler).serve_forever()' &
server=$!
python3 -c '
import signal, socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.8.0.1", 5300))
signal.pause()' &
other=$!
until ss -Htln | grep -q :8000 && ss -Huln | grep -q :5300; do :; done
ss -tulnp | plain
ifconfig w0 | plain | grep -v -E 'packets|errors' | sort
route -n
kill $server $other
ip addr flush dev w0
ip link del v0
ip route
ip -br addr show dev w0
ip link add last type bridge
until grep -q last: monitor; do :; done
kill $monitor
wait
plain <monitor | grep -E '^(Deleted )?(10|[02-9]+:)' | sed 's/<.*//; s/ linkdown//' | sort -u
