# SPDX-License-Identifier: Apache-2.0
# A server and a copy of it that follows, on the usual port and the next.
redis-server --save '' >log 2>&1 &
one=$!
until redis-cli ping 2>/dev/null; do kill -0 $one || exit 1; done
redis-server --port 6380 --save '' --replicaof 127.0.0.1 6379 >log2 2>&1 &
other=$!
redis-benchmark -q -n 20000 -c 20 -t set,get >rates || cat rates
redis-cli set key value
until redis-cli -p 6380 get key 2>/dev/null | grep value; do kill -0 $other || exit 1; done
redis-cli -p 6380 info replication | tr -d '\r' | grep -E '^(role|master_host|master_port|master_link_status):'
redis-cli info replication | tr -d '\r' | sed -n 's/^\(slave0:ip=.*,port=6380\),.*/\1/p'
redis-cli -p 6380 shutdown nosave
wait $other
echo "ended with $?"
redis-cli shutdown nosave
wait $one
echo "ended with $?"
