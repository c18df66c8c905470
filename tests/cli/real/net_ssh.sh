# SPDX-License-Identifier: Apache-2.0
# A login by the network, as the user that one is: commands, a file, a tunnel.
me=$(id -un)
cat >passwd <<END
$me:x:$(id -u):$(id -g)::$PWD:/bin/sh
sshd:x:65533:65533::/run/sshd:/usr/sbin/nologin
END
export NSS_WRAPPER_PASSWD="$PWD/passwd" NSS_WRAPPER_GROUP=/etc/group
export LD_PRELOAD=libnss_wrapper.so
ssh-keygen -q -t ed25519 -N '' -f host
ssh-keygen -q -t ed25519 -N '' -f key
cat >sshd_config <<END
HostKey $PWD/host
PidFile $PWD/sshd.pid
AuthorizedKeysFile $PWD/key.pub
StrictModes no
UsePAM no
SetEnv LD_PRELOAD=libnss_wrapper.so
Subsystem sftp internal-sftp
END
mkdir -p -m 755 /run/sshd 2>/dev/null
/usr/sbin/sshd -D -e -f sshd_config -p 2222 -o ListenAddress=127.0.0.1 -o ListenAddress=::1 2>log &
server=$!
run() {
	program=$1
	shift
	$program -q -F none -i key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o ConnectTimeout=150 "$@"
}
until run ssh -p 2222 127.0.0.1 true; do kill -0 $server || { cat log; exit 1; }; done
for host in 127.0.0.1 ::1; do
	run ssh -p 2222 $host 'echo in as $(id -u); exit 3'
	echo "ended with $?"
done
run ssh -p 2222 127.0.0.1 'echo $SSH_CONNECTION' | sed 's/ [0-9]* / PORT /'
seq 100000 | run ssh -p 2222 127.0.0.1 cksum
seq 10000 >numbers
run scp -P 2222 numbers 127.0.0.1:"$PWD"/copy
cksum <copy
run ssh -p 2222 -N -L 8022:127.0.0.1:2222 127.0.0.1 &
tunnel=$!
until run ssh -p 8022 127.0.0.1 true; do kill -0 $tunnel || exit 1; done
run ssh -p 8022 127.0.0.1 'echo $SSH_CONNECTION' | sed 's/ [0-9]* / PORT /'
kill $tunnel $server
wait
