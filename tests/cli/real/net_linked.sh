# SPDX-License-Identifier: Apache-2.0
# Two instances, a and b, joined by a link: measured by iperf3, and two ranks of
# OpenMPI that talk by TCP. $1 is nsrun. What mpirun would start on b by ssh it
# orders from here, since from inside of a nobody can enter b.
export XDG_RUNTIME_DIR="$PWD"
nsrun=$1
for name in a b; do
	[ $name = a ] && link= || link=--link=a=10.88.5.2,10.88.5.1
	"$nsrun" -p -u -i -n --hostname=$name -l $name --keep $link || exit 1
done
in_a() {
	"$nsrun" enter a -- "$@"
}
in_b() {
	"$nsrun" enter b -- "$@"
}
# A server for each test, as in net_iperf.sh.
run() {
	in_a iperf3 -s -1 >server 2>&1 &
	until in_a ss -Htln | grep -q :5201; do kill -0 $! || { cat server; exit 1; }; done
	in_b iperf3 -c 10.88.5.1 -t 1 "$@" >said 2>&1 || { cat said server; exit 1; }
	grep -c receiver said
	wait $! || cat server
}
run
run -R
run -P 2
run -u -b 20M
run -u -b 20M -R
mkfifo orders
cat >agent <<END
#!/bin/sh
name=\$1
shift
echo "\$name \$*" >"$PWD/orders"
END
chmod +x agent
while read -r name command; do
	"$nsrun" enter $name -- sh -c "$command" </dev/null &
done <orders >orders.log 2>&1 &
exec 9>orders
in_a mpirun --mca btl tcp,self --mca plm_rsh_agent "$PWD/agent" -H a:1,b:1 -np 2 \
	--mca btl_tcp_if_include link0 --mca oob_tcp_if_include link0 \
	python3 "$2" 2>errors || cat errors
exec 9>&-
# What was joined to it ends with it.
"$nsrun" kill a
until [ -z "$(in_b ip -br addr show link0 2>/dev/null)" ]; do :; done
in_b ip -br link | grep -c link0
"$nsrun" kill b
wait
