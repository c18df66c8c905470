# SPDX-License-Identifier: Apache-2.0
# A login as another user, by a server that is root and separates privileges:
# below a root of its own, since what it asks for must be root's there.
mkdir -p root/bin root/dev root/etc root/user root/run/sshd root/tmp
mknod -m 666 root/dev/null c 1 3
chmod 755 root root/run root/run/sshd
for program in /usr/sbin/sshd /usr/bin/ssh; do
	for file in $program $(LD_TRACE_LOADED_OBJECTS=1 $program | grep -o '/[^ ]*') \
		$(ls /lib/x86_64-linux-gnu/libnss_files.so.2 2>/dev/null); do
		mkdir -p "root${file%/*}"
		cp "$file" "root$file"
	done
done
cp /bin/busybox root/bin/sh
cat >root/etc/passwd <<END
root:x:0:0::/:/bin/sh
sshd:x:100:65534::/run/sshd:/bin/false
user:x:1000:1000::/user:/bin/sh
END
printf 'root:x:0:\nuser:x:1000:\ntty:x:5:\n' >root/etc/group
ssh-keygen -q -t ed25519 -N '' -f root/etc/host
ssh-keygen -q -t ed25519 -N '' -f root/etc/key
cat >root/etc/sshd_config <<END
Port 22
HostKey /etc/host
AuthorizedKeysFile /etc/key.pub
UsePAM no
END
chown -R 1000:1000 root/user
chroot root /usr/sbin/sshd -D -e -f /etc/sshd_config 2>log &
server=$!
run() {
	chroot root /usr/bin/ssh -q -F none -i /etc/key -o StrictHostKeyChecking=no \
		-o UserKnownHostsFile=/dev/null -o ConnectTimeout=150 "$@"
}
until run user@127.0.0.1 true; do kill -0 $server || { cat log; exit 1; }; done
for who in user@127.0.0.1 root@::1; do
	run $who 'id; pwd; exit 3'
	echo "ended with $?"
done
kill $server
wait
