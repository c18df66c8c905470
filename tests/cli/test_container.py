# SPDX-License-Identifier: Apache-2.0
"""nsrun in a container: under a filter that answers before nsrun's own does.
container.c is that filter."""

import os
import re
import shutil
import subprocess
import tempfile

from harness import CliTest, LIMIT, NSRUN, Reader

HERE = os.path.dirname(os.path.abspath(__file__))

# What a program has of SIGSYS is its own, also where a call is caught by it.
SIGNALS = '''
import ctypes, signal
libc = ctypes.CDLL(None, use_errno=True)
came = []
signal.signal(signal.SIGSYS, lambda *_: came.append(1))
def name(text):
    return libc.sethostname(text, len(text))
print('caught', name(b'one'), came)
signal.raise_signal(signal.SIGSYS)
print('its own', came)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
print('blocked', name(b'two'), came,
      signal.SIGSYS in signal.pthread_sigmask(signal.SIG_BLOCK, []))
signal.pthread_sigmask(signal.SIG_SETMASK, [])
signal.signal(signal.SIGSYS, signal.SIG_IGN)
print('ignored', name(b'three'), open('/proc/sys/kernel/hostname').read())
'''

FORGED = '''
import ctypes, os, signal, struct
libc = ctypes.CDLL(None, use_errno=True)
signal.signal(signal.SIGSYS, lambda *_: print('it came'))
# SYS_SECCOMP, with the data of nsrun's filter, of sethostname
info = struct.pack('iiiiQiI', signal.SIGSYS, 0x6e73, 1, 0, 0, 170, 0xc000003e)
info += bytes(128 - len(info))
print(libc.syscall(129, os.getpid(), signal.SIGSYS, info))
'''


class Container(CliTest):
    def setUp(self):
        super().setUp()
        if not shutil.which('cc'):
            self.skipTest('no compiler')
        self.program = self.build('container', '-lseccomp')

    def build(self, name, *libraries):
        program = os.path.abspath(name)
        source = os.path.join(HERE, f'{name}.c')
        made = self.run_command(['cc', '-D_GNU_SOURCE', '-o', program, source,
                                 *libraries])
        self.assertEqual((made.returncode, made.stderr), (0, ''))
        self.addCleanup(os.unlink, program)
        return program

    def inside(self, refused, *arguments):
        return self.run_command([self.program, *refused.split(), '--', NSRUN,
                                 *arguments])

    def test_the_filter_refuses(self):
        # Or the other tests would show nothing.
        done = self.run_command([self.program, '--', 'python3', '-c',
                                 'import socket; socket.sethostname("x")'])
        self.expect(done, 1, '', re.compile('Operation not permitted'))

    def test_names(self):
        done = self.inside('', '--', 'sh', '-c',
                           'hostname inside && hostname && hostname -s')
        self.expect(done, 0, 'inside\ninside\n')

    def test_names_by_trace_alone(self):
        done = self.inside('listener', '--without=notify', '--', 'sh', '-c',
                           'hostname inside && hostname; echo $$')
        self.expect(done, 0, 'inside\n1\n')

    def test_processes(self):
        done = self.inside('', '--', 'ps', '-eo', 'pid,comm')
        self.expect(done, 0, '    PID COMMAND\n      1 ps\n')

    def test_memory_by_proc(self):
        done = self.inside('process_vm_readv process_vm_writev', '--', 'sh',
                           '-c', 'hostname inside && hostname; ps -o comm=')
        self.expect(done, 0, 'inside\nsh\nps\n')

    def test_the_answer_of_the_container(self):
        # kcmp is passed to the kernel, which is not asked.
        done = self.inside('', '--', 'python3', '-c',
                           'import ctypes, os; libc = ctypes.CDLL(None,'
                           ' use_errno=True); print(libc.syscall(312,'
                           ' os.getpid(), os.getpid(), 2, 0, 0),'
                           ' os.strerror(ctypes.get_errno()))')
        self.expect(done, 0, '-1 Operation not permitted\n')

    def test_another_call_in_its_place(self):
        # Numbers are nsrun's; the position is set by a call of the task's.
        program = self.build('trapped')
        done = self.inside('getdents64', '--without=landlock', '--', program)
        self.expect(done, 0, '0 wrong, blocked 0\n')

    def test_a_filter_of_the_program(self):
        # It comes after the trap, and yet must not be gone round.
        done = self.inside('', '--', self.program, '--', 'hostname', 'inside')
        self.expect(done, 1, '', re.compile('hostname: '))

    def test_signals_of_the_program(self):
        done = self.inside('', '--', 'python3', '-c', SIGNALS)
        self.expect(done, 0, 'caught 0 []\nits own [1]\n'
                    'blocked 0 [1] True\nignored 0 three\n\n')

    def test_a_forged_signal_is_a_signal(self):
        done = self.inside('', '--', 'python3', '-u', '-c', FORGED)
        self.expect(done, 0, 'it came\n0\n')

    def test_trace(self):
        for options in (['--trace'], ['--trace=sethostname'],
                        ['--trace=all']):
            done = self.inside('', *options, '--', 'hostname', 'inside')
            lines = [line for line in done.stderr.splitlines()
                     if 'sethostname(' in line]
            self.assertEqual(len(lines), 1, done.stderr)
            self.assertRegex(lines[0], r'sethostname\("inside", 6\) += 0')

    def test_a_trap_of_the_container(self):
        done = self.inside('setdomainname=trap', '--', 'python3', '-c',
                           'import ctypes; print(ctypes.CDLL(None)'
                           '.setdomainname(b"x", 1))')
        self.expect(done, 0, '0\n')

    def test_what_it_kills_for(self):
        done = self.inside('kcmp=kill', '--', 'hostname', 'inside')
        self.expect(done, 0, '', 'nsrun: kcmp: an outer filter kills who'
                    ' calls it\n')

    def test_no_ptrace(self):
        done = self.inside('ptrace', '--', 'true')
        self.expect(done, 125, '', re.compile(
            r'\Ansrun: ptrace: Operation not permitted\n(.*\n)*'
            r'.*a container must allow ptrace'))

    def test_no_listener(self):
        done = self.inside('listener', '--', 'true')
        self.expect(done, 125, '', re.compile(
            r'\Ansrun: seccomp filter: Operation not permitted\n(.*\n)*'
            r'.*--without=notify'))

    def test_no_seccomp(self):
        done = self.inside('seccomp', '--', 'true')
        self.expect(done, 125, '', re.compile(
            r'\Ansrun: seccomp filter: Operation not permitted\n'))

    def test_no_memfd(self):
        done = self.inside('memfd_create', '--', 'true')
        self.expect(done, 125, '', re.compile(
            r'\Ansrun: memfd_create: Operation not permitted\n'))

    def test_doctor(self):
        done = self.inside('', 'doctor')
        self.expect(done, 0)
        for line in ('ahead of it: sethostname\n',
                     'ahead of it: clone (by an argument)\n'):
            self.assertIn(line, done.stdout)
        self.assertRegex(done.stdout, r'(?m)^outer filter +yes')
        self.assertRegex(done.stdout, r'(?m)^pidfd_getfd +no ')

    def test_doctor_outside(self):
        with open('/proc/self/status', encoding='utf-8') as file:
            if not re.search(r'^Seccomp:\s+0$', file.read(), re.M):
                self.skipTest('the tests are in a container themselves')
        done = self.nsrun('doctor')
        self.assertNotIn('ahead of it', done.stdout)


class Enter(Container):
    """An instance in a container is entered from there, and not elsewhere."""

    def setUp(self):
        super().setUp()
        runtime = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, runtime)
        self.env = {**os.environ, 'XDG_RUNTIME_DIR': runtime}

    def ask(self, *command):
        return self.run_command(command, env=self.env)

    def instance(self, *prefix, options=()):
        process = subprocess.Popen(
            [*prefix, NSRUN, '-l', 'box', '--hostname=one', *options, '--',
             'sh', '-c', 'echo ready; read line'],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=self.env)
        self.addCleanup(self._stop, process)
        Reader(process.stdout.fileno()).until('ready\n')
        return process

    def end(self, process):
        process.stdin.close()
        self.assertEqual(process.wait(LIMIT), 1)

    def test_same_container(self):
        """What the filter refuses, the command has all the same."""
        for options in [], ['--without=notify'], ['--without=agent']:
            first = self.instance(self.program, '--', options=options)
            done = self.ask(self.program, '--', NSRUN, 'enter', 'box',
                            '--', 'sh', '-c', 'echo $$; hostname two; '
                            'hostname; (echo below | cat); exit 4')
            self.expect(done, 4, '2\ntwo\nbelow\n')
            done = self.ask(self.program, '--', NSRUN, 'enter', 'box',
                            '-u', '--', 'sh', '-c', 'hostname three; '
                            'hostname; sh -c "exit 5"')
            self.expect(done, 5, 'three\n')
            done = self.ask(self.program, '--', NSRUN, 'enter', 'box',
                            '--', 'no-such-command')
            self.assertEqual(done.returncode, 127)
            self.end(first)

    def test_another_container(self):
        first = self.instance(self.program, '--')
        done = self.ask(self.program, 'semop', '--', NSRUN, 'enter', 'box',
                        '--', 'echo', 'inside')
        self.expect(done, 125, '', re.compile(
            r'another seccomp filter: Operation not supported'))
        self.end(first)

    def test_container_and_outside(self):
        first = self.instance(self.program, '--')
        self.assertEqual(self.ask(NSRUN, 'enter', 'box', '--',
                                  'true').returncode, 125)
        self.end(first)
        first = self.instance()
        done = self.ask(self.program, '--', NSRUN, 'enter', 'box', '--',
                        'true')
        self.assertEqual(done.returncode, 125)
        self.end(first)
