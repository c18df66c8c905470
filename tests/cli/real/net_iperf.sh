# SPDX-License-Identifier: Apache-2.0
iperf3 -s -D -I "$PWD/pid" --logfile "$PWD/log"
until ss -Htln | grep -q :5201 && [ -s pid ]; do :; done
# Between two tests it does not listen for a moment.
run() {
	until iperf3 -t 1 "$@" >said 2>&1; do
		grep -q refused said || { cat said; exit 1; }
	done
	grep -c receiver said
}
run -c 127.0.0.1
run -c 127.0.0.1 -R
run -c 127.0.0.1 -P 4
run -c ::1
run -c 127.0.0.1 --bidir
run -c 127.0.0.1 -u -b 50M
run -c ::1 -u -b 50M -R
kill $(tr -d '\0' <pid)
