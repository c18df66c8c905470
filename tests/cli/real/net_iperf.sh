# SPDX-License-Identifier: Apache-2.0
# A server for each test: between two, the same one does not listen for a moment,
# or turns away as too early who comes while it still ends the first.
run() {
	iperf3 -s -1 >log 2>&1 &
	until ss -Htln | grep -q :5201; do kill -0 $! || { cat log; exit 1; }; done
	iperf3 -t 1 "$@" >said 2>&1 || { cat said log; exit 1; }
	grep -c receiver said
	wait $! || cat log
}
run -c 127.0.0.1
run -c 127.0.0.1 -R
run -c 127.0.0.1 -P 4
run -c ::1
run -c 127.0.0.1 --bidir
run -c 127.0.0.1 -u -b 50M
run -c ::1 -u -b 50M -R
# In the background of its own.
iperf3 -s -1 -D -I "$PWD/pid" --logfile "$PWD/log"
until ss -Htln | grep -q :5201; do :; done
iperf3 -t 1 -c 127.0.0.1 | grep -c receiver
while [ -e pid ]; do :; done
