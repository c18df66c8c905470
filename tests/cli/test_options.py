# SPDX-License-Identifier: Apache-2.0
"""What the options do."""

import os
import socket

from harness import CliTest


class Help(CliTest):
    def test_help(self):
        done = self.nsrun('--help')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'(?i)\Ausage: nsrun ')
        for option in ('--pid', '--uts', '--hostname', '--domainname',
                       '--init', '--kill-child', '--fork', '--mount-proc',
                       '--keep-caps', '--help', '--version', 'doctor'):
            self.assertIn(option, done.stdout)

    def test_version(self):
        done = self.nsrun('--version')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertRegex(done.stdout, r'\Ansrun [0-9]+\.[0-9.]+.*\n\Z')

    def test_output_that_nobody_takes(self):
        with open('/dev/full', 'w') as full:
            for option in ('--help', '--version'):
                done = self.run_command(
                    ['sh', '-c', f'"$NSRUN" {option} >/dev/full; echo $?'])
                self.assertEqual(done.stdout, '125\n', option)
            full.close()

    def test_doctor(self):
        done = self.nsrun('doctor')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        for facility in ('notify', 'wake-up', 'killable', 'inject', 'ptrace',
                         'yama', 'landlock', 'user namespace', 'filter'):
            self.assertIn(facility, done.stdout.lower())


class Pids(CliTest):
    def test_the_command_is_pid_1(self):
        self.expect(self.nsrun('--', 'sh', '-c', 'echo $$'), 0, '1\n')

    def test_with_init_the_command_is_pid_2(self):
        self.expect(self.nsrun('--init', '--', 'sh', '-c', 'echo $$ $PPID'),
                    0, '2 1\n')

    def test_parent_of_pid_1_is_0(self):
        self.expect(self.nsrun('--', 'sh', '-c', 'echo $PPID'), 0, '0\n')

    def test_children_count_up(self):
        self.expect(self.nsrun('--', 'sh', '-c',
                               'sh -c "echo \\$\\$"; sh -c "echo \\$\\$"; :'),
                    0, '2\n3\n')

    def test_without_the_pid_namespace(self):
        done = self.nsrun('--uts', '--', 'sh', '-c', 'echo $$')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        self.assertNotEqual(done.stdout, '1\n')

    def test_outside_is_invisible(self):
        self.expect(self.nsrun('--', 'sh', '-c',
                               'kill -0 99 2>/dev/null; echo $?'), 0, '1\n')
        # This process, which is not in the namespace.
        self.expect(self.nsrun('--', 'python3', '-c', f'''
import os
for pid in (4000000, {os.getpid() + 100000}):
    try:
        os.kill(pid, 0)
        print("there")
    except ProcessLookupError:
        print("no such process")
'''), 0, 'no such process\n' * 2)

    def test_letters_of_unshare(self):
        for options in (['-p'], ['--pid'], ['-pf'], ['-p', '-f'], ['-fp'],
                        ['-f', '--mount-proc', '-p', '-u'],
                        ['--fork', '--mount-proc', '--pid', '--uts'],
                        ['-pfu', '--kill-child'], ['-pfu', '--kill-child=9'],
                        ['-pf', '--kill-child=SIGKILL'],
                        ['-pf', '--kill-child=KILL'], ['-pf', '--']):
            with self.subTest(options=options):
                self.expect(self.nsrun(*options, 'sh', '-c', 'echo $$'), 0,
                            '1\n')

    def test_orphans_end_with_the_namespace(self):
        done = self.nsrun('--', 'sh', '-c',
                          'for i in 1 2 3; do'
                          ' setsid sh -c "sleep 1000 >&- 2>&- & sleep 1000"'
                          ' </dev/null >/dev/null 2>&1 & done; exit 0')
        self.expect(done, 0, '')        # and the base class looks for strays


class HostName(CliTest):
    def test_set_at_start(self):
        self.expect(self.nsrun('--hostname', 'inner', '--', 'uname', '-n'),
                    0, 'inner\n')
        self.expect(self.nsrun('--hostname=inner', 'uname', '-n'), 0,
                    'inner\n')
        self.assertNotEqual(socket.gethostname(), 'inner')

    def test_domain_name(self):
        code = ('import ctypes; b = ctypes.create_string_buffer(65);'
                ' ctypes.CDLL(None).getdomainname(b, 65);'
                ' print(b.value.decode())')
        self.expect(self.nsrun('--domainname', 'inner.example', '--',
                               'python3', '-c', code), 0, 'inner.example\n')

    def test_default_is_the_name_outside(self):
        self.same_as_native(['uname', '-a'])

    def test_longest_name(self):
        name = 'n' * 64
        self.expect(self.nsrun('--hostname', name, '--', 'uname', '-n'), 0,
                    name + '\n')
        self.expect(self.nsrun('--domainname', name, '--', 'true'), 0, '')

    def test_too_long_a_name(self):
        for option in ('--hostname', '--domainname'):
            done = self.nsrun(option, 'n' * 65, '--', 'echo', 'ran')
            self.assertEqual((done.returncode, done.stdout), (125, ''))
            self.assertRegex(done.stderr, r'\Ansrun: .+: Invalid argument')

    def test_empty_name(self):
        self.expect(self.nsrun('--hostname', '', '--', 'uname', '-n'), 0,
                    '\n')

    def test_name_without_the_namespace(self):
        # As unshare has no such option, either way is open; not silence.
        done = self.nsrun('--pid', '--hostname', 'inner', '--', 'uname', '-n')
        if done.returncode == 0:
            self.assertEqual(done.stdout, 'inner\n')
        else:
            self.assertEqual(done.returncode, 125)
            self.assertRegex(done.stderr, r'\Ansrun: .+: .+')


class Privileges(CliTest):
    def test_ids_are_kept(self):
        self.same_as_native(['id'])

    def test_no_capabilities(self):
        self.expect(self.nsrun('--', 'sh', '-c',
                               'grep CapEff /proc/$(exec sh -c "echo self")'
                               '/status'), 0, 'CapEff:\t0000000000000000\n')
