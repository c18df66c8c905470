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


class Users(CliTest):
    def test_root(self):
        for option in ('-r', '--map-root-user'):
            self.expect(self.nsrun(option, 'sh', '-c', 'id -u; id -g'), 0,
                        '0\n0\n')

    def test_nobody(self):
        for option in ('-U', '--user'):
            self.expect(self.nsrun(option, 'sh', '-c', 'id -u; id -g'), 0,
                        '65534\n65534\n')

    def test_own_ids(self):
        outside = self.run_command(['sh', '-c', 'id -u; id -g']).stdout
        for option in ('-c', '--map-current-user'):
            self.expect(self.nsrun(option, 'sh', '-c', 'id -u; id -g'), 0,
                        outside)

    def test_user_namespace_is_no_default(self):
        outside = self.run_command(['id', '-u']).stdout
        self.expect(self.nsrun('id', '-u'), 0, outside)

    def test_others_exist_if_asked(self):
        command = ('python3', '-c', 'import os; os.setuid(33);'
                   ' print(os.getuid())')
        self.expect(self.nsrun('-r', '--map-auto', '--', *command), 0, '33\n')
        self.assertEqual(self.nsrun('-r', '--', *command).returncode, 1)

    def test_ranges(self):
        command = ('python3', '-c', 'import os; os.setgid(5);'
                   ' os.setresuid(7, 8, 9); print(os.getresuid(), os.getgid())')
        for form in ('{},{},{}', '{}:{}:{}'):
            users = '--map-users=' + form.format(7, 1007, 3)
            groups = '--map-groups=' + form.format(5, 5, 1)
            # Without root nobody begins with a capability.
            self.assertEqual(
                self.nsrun(users, groups, '--', *command).returncode, 1)
            self.expect(self.nsrun('-r', users, groups, '--', *command), 0,
                        '(7, 8, 9) 5\n')

    def test_without_a_pid_namespace(self):
        # Who may do what to whom, and who it was, do not hang on -p.
        script = r'''
import os, signal
def attempt(what):
    try:
        what()
        return 'may'
    except OSError as error:
        return type(error).__name__
def become(uid):
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD, signal.SIGUSR1])
ready, go = os.pipe(), os.pipe()
other = os.fork()
if other == 0:
    become(33)
    os.write(ready[1], b'x')
    os.read(go[0], 1)
    os._exit(0)
os.read(ready[0], 1)
if os.fork() == 0:
    become(44)
    print(attempt(lambda: os.kill(other, 0)),
          attempt(lambda: os.kill(os.getppid(), 0)),
          attempt(lambda: os.setpriority(os.PRIO_PROCESS, other, 5)),
          attempt(lambda: open(f'/proc/{other}/environ')),
          attempt(lambda: open(f'/proc/{other}/status')), flush=True)
    os._exit(0)
print(signal.sigwaitinfo([signal.SIGCHLD]).si_uid)
os.wait()
print(attempt(lambda: os.kill(other, 0)),
      attempt(lambda: open(f'/proc/{other}/environ')))
os.write(go[1], b'x')
print(signal.sigwaitinfo([signal.SIGCHLD]).si_uid)
os.wait()
if os.fork() == 0:
    os.setresuid(55, 0, 55)
    os.kill(os.getppid(), signal.SIGUSR1)
    os._exit(0)
print(signal.sigwaitinfo([signal.SIGUSR1]).si_uid)
os.wait()
print(attempt(lambda: open('/proc/1/environ')))
supervisor = os.getppid()
print(attempt(lambda: open(f'/proc/{supervisor}/auxv')),
      attempt(lambda: open(f'/proc/{supervisor}/mem')))
'''
        self.expect(self.nsrun('-r', '--map-auto', '--', 'python3', '-c',
                               script), 0,
                    'PermissionError PermissionError PermissionError'
                    ' PermissionError may\n44\nmay may\n33\n55\n'
                    'PermissionError\nPermissionError PermissionError\n')

    def test_bad_maps(self):
        for maps in (['0,0,0'], ['0,0'], ['0,0,1,1'], ['a,0,1'], ['0,-1,1'],
                     ['0,5000000000,1'], ['4294967290,0,10'], [''],
                     ['0,0,5', '4,9,1'], ['0,0,5', '9,4,1'],
                     [f'{2 * i},{2 * i},1' for i in range(341)]):
            for option in ('--map-users', '--map-groups'):
                done = self.nsrun(*(f'{option}={text}' for text in maps),
                                  'true')
                self.assertEqual((done.returncode, done.stdout), (125, ''))
                self.assertIn(f'nsrun: {option}: ', done.stderr)
        self.assertEqual(self.nsrun('-r', '-c', 'true').returncode, 125)

    def test_most_maps(self):
        maps = [f'--map-users={2 * i},{2 * i},1' for i in range(340)]
        self.expect(self.nsrun(*maps, 'true'), 0, '')


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
