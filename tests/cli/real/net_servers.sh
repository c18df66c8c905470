# SPDX-License-Identifier: Apache-2.0
# Servers of other kinds: a cache, a balancer, an archive, names.
memcached -l 127.0.0.1 -U 11211 -u nobody &
pids=$!
python3 - <<'END'
import socket, struct
def ask(kind, text):
    while True:
        try:
            with socket.socket(socket.AF_INET, kind) as s:
                s.settimeout(60)
                s.connect(('127.0.0.1', 11211))
                s.sendall(text)
                return s.recv(1000)
        except ConnectionRefusedError:
            pass
print(ask(socket.SOCK_STREAM, b'set key 0 0 5\r\nvalue\r\n'))
print(ask(socket.SOCK_DGRAM, struct.pack('>HHHH', 7, 0, 1, 0) + b'get key\r\n'))
END
cat >haproxy.cfg <<'END'
defaults
	mode http
	timeout connect 60s
	timeout client 60s
	timeout server 60s
frontend all
	bind :8000
	default_backend two
backend two
	# A check has no longer than that: on a busy machine some fail in a row.
	server a 127.0.0.1:8001 check inter 100 fall 100000
	server b 127.0.0.1:8002 check inter 100 fall 100000
END
for port in 8001 8002; do
	mkdir $port
	echo $port >$port/name
	python3 -m http.server -d $port $port >$port.log 2>&1 &
	pids="$pids $!"
	until curl -s http://127.0.0.1:$port/name >/dev/null; do :; done
done
haproxy -f haproxy.cfg -q &
pids="$pids $!"
until curl -sf http://127.0.0.1:8000/name >/dev/null; do :; done
for i in 1 2 3 4 5 6; do curl -s http://127.0.0.1:8000/name; done | sort | uniq -c
cat >rsyncd.conf <<END
use chroot = no
port = 8730
[files]
path = $PWD/files
read only = no
END
mkdir files
seq 10000 >files/numbers
rsync --daemon --no-detach --config=rsyncd.conf --log-file=rsync.log &
pids="$pids $!"
until rsync rsync://127.0.0.1:8730/ 2>/dev/null; do :; done
rsync -a rsync://127.0.0.1:8730/files/ copy
rsync -a --delete 8001/ rsync://127.0.0.1:8730/files/
cksum copy/numbers
ls files
dnsmasq -k -p 5353 --no-resolv --no-hosts --host-record=one.test,192.0.2.7,2001:db8::7 \
	-u nobody --pid-file="$PWD/dnsmasq.pid" --bind-interfaces -i lo &
pids="$pids $!"
until dig -p 5353 @127.0.0.1 +short +tries=1 +time=1 one.test >/dev/null; do :; done
for server in 127.0.0.1 ::1; do
	for way in +notcp +tcp; do
		dig -p 5353 @$server $way +time=60 +short one.test a one.test aaaa
		dig -p 5353 @$server $way +time=60 +noall +comments nobody.test | grep -o 'status: [A-Z]*'
	done
done
ss -Htuln | awk '{ print $1, $2, $5 }' | sort
kill $pids
wait
