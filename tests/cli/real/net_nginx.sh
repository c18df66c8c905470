# SPDX-License-Identifier: Apache-2.0
# A web server with two workers, and a client that asks it as fast as it can.
mkdir html
echo hello >html/index.html
cat >nginx.conf <<END
daemon off;
worker_processes 2;
pid $PWD/nginx.pid;
error_log $PWD/error.log info;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path $PWD/body;
	proxy_temp_path $PWD/proxy;
	fastcgi_temp_path $PWD/fcgi;
	uwsgi_temp_path $PWD/uwsgi;
	scgi_temp_path $PWD/scgi;
	server { listen 8080; listen [::]:8080; root $PWD/html; }
	server { listen 8081 reuseport; location / { proxy_pass http://127.0.0.1:8080; } }
}
END
nginx -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/error.log" &
until curl -s http://127.0.0.1:8080/ >/dev/null; do kill -0 $! || exit 1; done
for url in 127.0.0.1:8080 '[::1]:8080' localhost:8080 127.0.0.1:8081; do
	curl -s "http://$url/"
done
for port in 8080 8081; do
	wrk -t 2 -c 20 -d 1s --timeout 60s http://127.0.0.1:$port/ >wrk
	grep -E 'Socket errors|Non-2xx' wrk
	grep -c Requests/sec wrk
done
nginx -p "$PWD" -c "$PWD/nginx.conf" -e "$PWD/error.log" -s quit
wait $!
echo "ended with $?"
! grep -E "\[(emerg|alert|crit|error)\]" error.log
