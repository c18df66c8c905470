# SPDX-License-Identifier: Apache-2.0
# A server whose master is root and whose workers are www-data: what it may
# read, who owns what it makes, and that it can be told to reload and to quit.
umask 022
mkdir html logs
echo hello >html/index.html
echo secret >html/secret
chown -R 33:33 html
chown 0:0 html/secret
chmod 600 html/secret
cat >nginx.conf <<EOF
user www-data;
worker_processes 2;
pid $PWD/nginx.pid;
error_log $PWD/logs/error.log info;
events { worker_connections 64; }
http {
	access_log $PWD/logs/access.log;
	client_body_temp_path $PWD/body;
	proxy_temp_path $PWD/proxy;
	fastcgi_temp_path $PWD/fcgi;
	uwsgi_temp_path $PWD/uwsgi;
	scgi_temp_path $PWD/scgi;
	server { listen unix:$PWD/socket; root $PWD/html; }
}
EOF
server() {
	nginx -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/logs/error.log" "$@"
}
get() {
	python3 - "$PWD/socket" "$1" <<'EOF'
import socket, sys
with socket.socket(socket.AF_UNIX) as s:
    s.connect(sys.argv[1])
    s.sendall(b'GET %s HTTP/1.0\r\n\r\n' % sys.argv[2].encode())
    said = b''.join(iter(lambda: s.recv(4096), b''))
head, body = said.split(b'\r\n\r\n', 1)
print(head.split(b'\r\n')[0].decode(), body[:6].decode())
EOF
}
server || { cat logs/error.log; exit 1; }
for path in / /secret /none; do get $path; done
# The second worker may not have answered anything, and be root still.
until [ "$(ps -eo uid,args | grep -c '^ *33 [n]ginx: worker')" = 2 ]; do :; done
ps -eo uid,gid,args | grep '[n]ginx: ' | sed 's/master process.*/master/'
stat -c '%u:%g %A %n' logs/* body socket
server -s reload
i=0
while [ $i -lt 20 ]; do get / >answer; i=$((i + 1)); done
cat answer
server -s quit
while [ -e nginx.pid ]; do :; done
sed -n 's/.*open() ".*\(\/[a-z]*\)" failed \(.*)\),.*/\1 \2/p' logs/error.log
