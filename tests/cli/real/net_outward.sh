# SPDX-License-Identifier: Apache-2.0
# Through the gateway, in both directions: a server on the host's loopback by
# its name, what is not allowed, and a server inside. $1 is nsrun.
mkdir html
seq 200000 >html/numbers
serve='
import functools, http.server, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory="html")
server = http.server.ThreadingHTTPServer(("", int(sys.argv[1])), handler)
handler.func.log_message = lambda *_: None
with open(sys.argv[2], "w") as file:
    print(server.server_port, file=file)
server.serve_forever()'
python3 -c "$serve" 0 port &
until [ -s port ]; do kill -0 $! || exit 1; done
port=$(cat port)
script='
get() { curl -s -m 120 "$@" | cksum; }
get http://host.nsrun.internal:$1/numbers
get http://10.0.2.2:$1/numbers
curl -s http://127.0.0.1:$1/; echo "own loopback: $?"
curl -s http://10.0.2.2:1/; echo "not allowed: $?"'
cksum <html/numbers
"$1" --net=nat --allow=host.nsrun.internal:$port -- sh -c "$script" sh $port
"$1" --net=nat -- curl -s http://host.nsrun.internal:$port/
echo "nothing allowed: $?"
"$1" -n -- curl -s http://10.0.2.2:$port/
echo "no way out: $?"
kill $!
wait
"$1" -P $port:80 -r -- python3 -c "$serve" 80 inside &
until [ -s inside ]; do kill -0 $! || exit 1; done
curl -s http://127.0.0.1:$port/numbers | cksum
kill $!
wait
curl -s http://127.0.0.1:$port/numbers
echo "ended: $?"
