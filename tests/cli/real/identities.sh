# SPDX-License-Identifier: Apache-2.0
# Programs that become somebody else.
chmod 755 .
report() {
	echo "== $*"
	"$@" 2>&1
	echo "ends with $?"
}
report su -s /bin/sh -c id www-data
report runuser -u www-data -- id
mkdir closed
touch closed/file
report runuser -u www-data -- sh -c 'touch closed/new; rm -f closed/file
	mv closed/file closed/other; ls closed'
report setpriv --reuid=33 --regid=33 --init-groups --inh-caps=-all id
report setpriv --reuid=33 --regid=33 --clear-groups --inh-caps=+chown \
	--ambient-caps=+chown grep Cap /proc/self/status
touch given
report setpriv --reuid=33 --regid=33 --clear-groups --inh-caps=+chown \
	--ambient-caps=+chown sh -c 'chown 44:55 given; stat -c %u:%g given'
report setpriv --reuid=33 --regid=33 --clear-groups chown 33 given
report start-stop-daemon --start --chuid www-data:www-data --exec /usr/bin/id
report sudo -n -u www-data id
# A set-id helper, made here.
cp "$(command -v id)" helper
chown 0:42 helper
chmod 6755 helper
report runuser -u www-data -- ./helper
report setpriv --reuid=33 --regid=33 --clear-groups --no-new-privs ./helper
report perl -e '$) = "33 33"; $( = 33; $< = $> = 33; print "$< $> $( $)\n";
	$> = 0; print "$>\n"; unlink "given"; print -e "given" ? "kept\n" : "";'
report python3 -c 'if True:
	import os
	os.setgroups([1, 2]); os.setresgid(5, 6, 7); os.setresuid(8, 9, 10)
	print(os.getresuid(), os.getresgid(), os.getgroups())
	os.setuid(0)
'
