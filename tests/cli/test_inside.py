# SPDX-License-Identifier: Apache-2.0
"""nsrun inside of nsrun."""

import re
import shutil
import signal
import subprocess

from harness import LIMIT, NSRUN, CliTest, Terminal

PS = ['ps', '-e', '-o', 'pid=,ppid=,args=']


class Inside(CliTest):
    def inner(self, *arguments, options=(), levels=1, **more):
        command = list(options) + ['--'] + list(arguments)
        for _ in range(levels):
            command = ['--', NSRUN] + command
        return self.nsrun(*command, **more)

    def test_each_has_its_own_processes(self):
        for levels in (1, 2, 5):
            with self.subTest(levels=levels):
                done = self.inner(*PS, levels=levels)
                self.expect(done, 0)
                self.assertEqual(done.stdout.split(),
                                 ['1', '0'] + ' '.join(PS).split())

    def test_the_outer_one_sees_the_inner_one(self):
        done = self.nsrun('--', 'sh', '-c',
                          f'"{NSRUN}" -- sleep 1000 &'
                          ' until ps -e -o args= | grep -x "sleep 1000";'
                          ' do :; done; kill -9 -1')
        self.assertEqual(done.stdout, 'sleep 1000\n')

    def test_thirty_levels(self):
        # The kernel has 32; the outermost is one.
        self.expect(self.inner('sh', '-c', 'echo $$', levels=31), 0, '1\n')
        self.expect(self.inner('true', levels=32), 125, '',
                    re.compile(r'nsrun: namespaces: No space left'))

    def test_one_namespace_alone(self):
        done = self.inner('sh', '-c', 'hostname; echo $$',
                          options=['-u', '--hostname=inner'])
        self.expect(done, 0)
        self.assertRegex(done.stdout, r'\Ainner\n(?!1\n)[0-9]+\n\Z')

    def test_names_are_its_own(self):
        done = self.nsrun('--hostname=outer', '--', 'sh', '-c',
                          f'"{NSRUN}" --hostname=inner -- hostname; hostname')
        self.expect(done, 0, 'inner\nouter\n')

    def test_what_is_not_around_is_refused(self):
        done = self.nsrun('-u', '--', NSRUN, '--', 'true')
        self.expect(done, 125, '', 'nsrun: pid namespace: the nsrun around'
                    ' has none\n')
        self.expect(self.nsrun('-u', '--', NSRUN, '-u', '--', 'echo', 'yes'),
                    0, 'yes\n')

    def test_user_namespaces(self):
        for outer in ([], ['-Urpiu'], ['-cpiu']):
            with self.subTest(outer=outer):
                self.expect(self.nsrun(*outer, '--', NSRUN, '-r', '--',
                                       'id', '-u'), 0, '0\n')
                self.expect(self.nsrun(*outer, '--', NSRUN, '-r', '--',
                                       NSRUN, '--map-users=7,0,1', '--',
                                       'id', '-u'), 0, '7\n')
                self.expect(self.nsrun(*outer, '--', NSRUN, '-U', '--',
                                       'cat', '/proc/self/uid_map'), 0, '')

    def test_maps_that_are_refused(self):
        for options in (['--map-users=0,1,1'], ['--map-users=0,0,70000']):
            self.expect(self.nsrun('--', NSRUN, *options, '--', 'true'), 125,
                        '', 'nsrun: maps of ids: Operation not permitted\n')
        self.expect(self.nsrun('--', NSRUN, '-r', '--map-auto', '--', 'true'),
                    125, '', 'nsrun: --map-auto: not inside of another'
                    ' nsrun\n')
        self.expect(self.nsrun('-rpiu', '--map-auto', '--', NSRUN,
                               '--map-users=5,1,100', '--', 'sed', 's/  */ /g',
                               '/proc/self/uid_map'), 0, ' 5 1 100\n')

    def test_init(self):
        self.expect(self.inner('sh', '-c', 'echo $$ $PPID',
                               options=['--init']), 0, '2 1\n')

    def test_statuses(self):
        self.expect(self.inner('sh', '-c', 'exit 7'), 7, '')
        self.expect(self.inner('/nothing'), 127, '',
                    re.compile('^nsrun: /nothing: '))
        self.expect(self.inner('/'), 126, '', re.compile('^nsrun: /: '))
        done = self.inner('python3', '-c', 'import os, signal;'
                          ' signal.signal(signal.SIGUSR1, signal.SIG_DFL);'
                          ' os.abort()', options=['--init'])
        self.assertEqual(done.returncode, 128 + signal.SIGABRT)

    def test_trace_is_the_outer_ones(self):
        done = self.inner('true', options=['--trace'])
        self.expect(done, 125, '', re.compile('not inside of another nsrun'))

    def test_its_end_is_that_of_all_below(self):
        done = self.nsrun('--', 'sh', '-c',
                          f'"{NSRUN}" -- sh -c "setsid sleep 1000 & exit 3";'
                          ' echo $?; ps -e -o comm= | grep -c "^sleep"')
        self.assertEqual(done.stdout, '3\n0\n')

    def test_a_signal_is_passed_on(self):
        for levels in (1, 3):
            with self.subTest(levels=levels):
                command = [NSRUN, '--'] * (levels + 1)
                process = subprocess.Popen(
                    command + ['sh', '-c', 'echo ready; exec sleep 1000'],
                    stdout=subprocess.PIPE)
                self.assertEqual(process.stdout.readline(), b'ready\n')
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(LIMIT), 128 + signal.SIGTERM)
                process.stdout.close()

    def test_interrupt_at_a_terminal(self):
        terminal = Terminal([NSRUN, '--', NSRUN, '--', 'python3', '-c',
                             'import signal;'
                             ' signal.signal(signal.SIGINT, signal.SIG_DFL);'
                             ' print("run" + "ning", flush=True);'
                             ' signal.pause()'])
        self.addCleanup(terminal.close)
        terminal.until('running\n')
        terminal.type('\x03')
        self.assertEqual(terminal.wait(), 128 + signal.SIGINT)

    def test_with_a_user_namespace(self):
        done = self.nsrun('-Urpiu', '--', 'bash', '-c', '''
for kind in user uts pid; do
    link=$(readlink /proc/self/ns/$kind)
    test "$link" = "$kind:[$(stat -L -c %i /proc/self/ns/$kind)]" && echo same
done
unshare -pf --mount-proc sh -c 'echo $$'
"$NSRUN" -- sh -c 'echo $$'
setpriv --inh-caps=-all --bounding-set=-all unshare -u true 2>/dev/null
echo $?
setpriv --inh-caps=-all --bounding-set=-all nsenter -t 1 -u true 2>/dev/null
echo $?
''')
        self.expect(done, 0, 'same\n' * 3 + '1\n' * 4)

    def test_a_file_can_be_kept_and_entered(self):
        done = self.nsrun('--', 'bash', '-c', '''
exec 9< <(:)
unshare -u sh -c "hostname kept; exec sleep 1000" & p=$!
until [ "$(nsenter -t $p -u hostname)" = kept ]; do :; done
exec 9</proc/$p/ns/uts
kill $p; wait $p 2>/dev/null
nsenter --uts=/proc/$$/fd/9 hostname
''')
        self.expect(done, 0, 'kept\n')

    def test_tools_without_a_pid_namespace(self):
        """The links of /proc/PID/ns are the host's; their files lead to ours."""
        script = """
lsns -n -t uts -o TYPE -p $$
nsenter -t $$ -a -- echo all
nsenter -t $$ -p -- echo pid
unshare -u sh -c "hostname inner; exec sleep 1000" & p=$!
until [ "$(nsenter -t $p -u -- hostname)" = inner ]; do :; done
nsenter -t $p -a -- hostname
hostname
kill $p
"""
        for options in (['-u'], ['-u', '-i'], ['-r', '-u'],
                        ['-u', '--without=notify'], ['-u', '--no-agent']):
            with self.subTest(options=options):
                done = self.nsrun(*options, '--hostname=outer', '--', 'sh',
                                  '-c', script)
                self.expect(done, 0, 'uts\nall\npid\ninner\nouter\n')

    def test_tools_see_every_kind(self):
        """Ten links, each of a process's own or the one of all."""
        for options in [], ['-rpiu']:
            done = self.nsrun(*options, '--', 'bash', '-c', '''
unshare -uCT sleep 1000 & p=$!
until [ "$(cat /proc/$p/comm)" = sleep ]; do :; done
lsns -n -o TYPE -p $p | sort | xargs
cd /proc/self/ns && ls | xargs
for kind in *; do
    there=$(readlink /proc/$p/ns/$kind)
    [ "$there" = "$(readlink $kind)" ] || echo $kind
    [ "$(nsenter -t $p -a readlink /proc/self/ns/$kind)" = "$there" ] || echo no
done | xargs
kill $p
''')
            self.expect(done, 0, '''\
cgroup ipc mnt net pid time user uts
cgroup ipc mnt net pid pid_for_children time time_for_children user uts
cgroup time time_for_children uts
''')

    def test_network_without_one_around(self):
        """For who makes it, by unshare or by an nsrun inside."""
        if not shutil.which('ip'):
            self.skipTest('no ip')
        own = 'ip -br link | cut -d" " -f1; readlink /proc/self/ns/net'
        for make in ['unshare', '-n'], ['unshare', '-Urn'], [NSRUN, '-n', '--']:
            done = self.nsrun('--', 'sh', '-c',
                              'readlink /proc/self/ns/net; "$@"',
                              'sh', *make, 'sh', '-c', own)
            outer, link, inner = done.stdout.splitlines()
            self.assertEqual(link, 'lo')
            self.assertNotEqual(outer, inner)

    def test_ip_netns(self):
        """No network namespace has a name here."""
        if not shutil.which('ip'):
            self.skipTest('no ip')
        done = self.nsrun('--', 'sh', '-c', 'ip netns identify $$ && '
                          'ip netns identify 1 && ip netns list')
        self.expect(done, 0, '\n\n')
