# SPDX-License-Identifier: Apache-2.0
# A login by ssh, over loopback: the server is root, and becomes the user.
# The user is a made one, that nss_wrapper tells of.
umask 022
wrapper=$(ls /usr/lib/*/libnss_wrapper.so)
dropbearkey -t ed25519 -f host >/dev/null 2>&1 || exit 1
dropbearkey -t ed25519 -f id >/dev/null 2>&1 || exit 1
mkdir -p home/.ssh home/work
dropbearkey -y -f id | grep ^ssh >home/.ssh/authorized_keys
echo text >home/work/secret
chown -R 33:33 home
chown 0:0 home/work/secret
chmod 700 home home/.ssh
chmod 600 home/.ssh/authorized_keys home/work/secret
chmod 755 home/work
echo "somebody:x:33:33:x:$PWD/home:/bin/sh" >passwd
echo root:x:0:0:x:/root:/bin/sh >>passwd
printf 'somebody:x:33:\nextra:x:55:somebody\n' >group
NSS_WRAPPER_PASSWD=$PWD/passwd NSS_WRAPPER_GROUP=$PWD/group \
	LD_PRELOAD=$wrapper dropbear -F -E -r host -P pid \
	-p 127.0.0.1:2242 -s 2>log &
until grep -q 'Not backgrounding' log 2>/dev/null; do
	kill -0 $! || { cat log; exit 1; }
done
dbclient -y -y -T -i id -p 2242 somebody@127.0.0.1 '
	id -u; id -g; id -G; cat work/secret; touch x; stat -c %u:%g x
	rm -f work/secret && echo removed' 2>&1 </dev/null
kill $!
wait
sed -n 's/.*\(Pubkey auth succeeded\).*/\1/p' log
