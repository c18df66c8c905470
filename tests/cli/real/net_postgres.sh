# SPDX-License-Identifier: Apache-2.0
# A database server that is spoken to by TCP, of IPv4 and of IPv6.
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
$bin/initdb --no-sync -A trust -U postgres -D data >said 2>&1 || { cat said; exit 1; }
$bin/pg_ctl -D data -w -t 150 -l log -o "-k '' -c fsync=off -c listen_addresses=*" start >said 2>&1 ||
	{ cat said log; exit 1; }
for host in 127.0.0.1 ::1 localhost; do
	psql -h $host -U postgres -Atc 'select inet_client_addr(), inet_server_addr(), inet_server_port()'
done
$bin/pgbench -h 127.0.0.1 -U postgres -i -q postgres >said 2>&1 || cat said
$bin/pgbench -h 127.0.0.1 -U postgres -c 4 -j 2 -t 100 postgres 2>&1 |
	grep -E 'failed|actually processed'
# It tells by dots how many seconds that takes.
$bin/pg_ctl -D data -w -t 150 -m fast stop >said && echo stopped || cat said
