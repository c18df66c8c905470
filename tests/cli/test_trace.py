# SPDX-License-Identifier: Apache-2.0
"""--trace and --stats: which calls are told, and how."""

import json
import os
import re
import shutil
import signal
import time
import unittest

from harness import CliTest

# A line: who, which call, its arguments, what came of it, gate and time.
LINE = re.compile(r'\[(?P<pid>\d+)\] (?P<call>\w+)\((?P<args>.*)\)'
                  r' = (?P<result>.*?)'
                  r' <(?P<gate>native|notify|trace|deny) \d+\.\d µs>\Z')

CLOCK_NANOSLEEP = 230   # as /proc/PID/syscall tells it

# A sequence of calls with nothing before it, between or after it.
STATIC = r'''
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>

static long call(long nr, long a, long b, long c)
{
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return r;
}

void _start(void)
{
	char buf[8];

	call(SYS_getpid, 0, 0, 0);
	call(SYS_write, 1, (long)"out\n", 4);
	call(SYS_open, (long)"/no/such", O_RDWR | O_CLOEXEC, 0);
	call(SYS_read, 0, (long)buf, sizeof(buf));
	call(SYS_prctl, 15 /* PR_SET_NAME */, (long)"renamed", 0);
	call(SYS_prctl, 3 /* PR_GET_DUMPABLE */, 0, 0);
	call(SYS_ptrace, 0, 0, 0);
	call(400, 1, 2, 3);
	call(SYS_kill, 1, 0, 0);
	call(SYS_kill, 77, SIGTERM, 0);
	__asm__ volatile("int $0x80" : : "a"(20) : "memory");
	call(SYS_exit_group, 5, 0, 0);
}
'''

EXPECTED = [
    ('getpid', '', r'1→\d+', 'notify'),
    ('write', r'1, "out\\n", 4', '4', 'native'),
    ('open', r'"/no/such", O_RDWR\|O_CLOEXEC',
     r'-1 ENOENT \(No such file or directory\)', 'notify'),
    ('read', r'0, "hello\\n", 8', '6', 'native'),
    ('prctl', 'PR_SET_NAME, .*', '0', 'native'),
    ('prctl', 'PR_GET_DUMPABLE, .*', '1', 'notify'),
    ('ptrace', '.*', r'-1 EPERM \(.*\)', 'notify'),
    ('syscall_0x190', '0x1, 0x2, 0x3, .*', r'-1 ENOSYS \(.*\)', 'deny'),
    ('kill', r'1→\d+, 0', '0', 'notify'),
    ('kill', '77, SIGTERM', r'-1 ESRCH \(.*\)', 'notify'),
    ('syscall_0x14', '.*', r'-1 ENOSYS \(.*\)', 'deny'),
    ('exit_group', '5', r'\?', 'native'),
]


class TraceTest(CliTest):
    """What runs nsrun with a trace, and reads it."""

    OUT = 'trace.out'

    def setUp(self):
        super().setUp()
        self.addCleanup(lambda: os.path.exists(self.OUT)
                        and os.unlink(self.OUT))

    def read(self):
        with open(self.OUT, encoding='utf-8') as file:
            return file.read()

    def traced(self, options, *command, status=0, **more):
        """Returns what was printed, and the lines of the trace."""
        done = self.nsrun(*options, '-o', self.OUT, '--', *command, **more)
        self.assertEqual((done.returncode, done.stderr), (status, ''))
        lines = []
        for line in self.read().splitlines():
            if line.startswith(' > '):
                continue
            found = LINE.match(line.replace('i386:', ''))
            self.assertIsNotNone(found, line)
            lines.append(found)
        return done.stdout, lines

    def names(self, lines):
        return {line['call'] for line in lines}


class Lines(TraceTest):
    @unittest.skipUnless(shutil.which('cc'), 'no compiler')
    def build_static(self):
        source = self.script(STATIC, name='static.c')
        program = os.path.abspath('static')
        made = self.run_command(['cc', '-static', '-nostdlib', '-O1',
                                 '-fno-stack-protector', '-o', program,
                                 source])
        self.assertEqual((made.returncode, made.stderr), (0, ''))
        self.addCleanup(os.unlink, program)
        return program

    def compare(self, lines, expected):
        got = [(line['call'], line['args'], line['result'], line['gate'])
               for line in lines]
        self.assertEqual(len(got), len(expected), got)
        for one, patterns in zip(got, expected):
            for text, pattern in zip(one, patterns):
                self.assertRegex(text, rf'\A(?:{pattern})\Z', one)

    def test_every_call_of_a_program(self):
        program = self.build_static()
        output, lines = self.traced(['--trace=all'], program, status=5,
                                    text='hello\n')
        self.assertEqual(output, 'out\n')
        self.assertEqual((lines[0]['call'], lines[0]['result']),
                         ('execve', '0'))
        self.compare(lines[1:], EXPECTED)

    def test_a_set_takes_just_those(self):
        program = self.build_static()
        output, lines = self.traced(
            ['--trace=getpid,read,prctl,ptrace,exit_group'], program,
            status=5, text='hello\n')
        # What the trace wants, comes by its gate.
        wanted = [(*e[:3], {'notify': 'trace'}.get(e[3], e[3]))
                  for e in EXPECTED if e[0] in
                  ('getpid', 'read', 'prctl', 'ptrace', 'exit_group')]
        self.compare(lines, wanted)

    def test_without_a_set_what_is_caught(self):
        program = self.build_static()
        _, lines = self.traced(['--trace'], program, status=5)
        # What came of a call that was left to the kernel, is not seen.
        self.compare([line for line in lines if line['result'] != '?'],
                     [e for e in EXPECTED
                      if e[3] == 'notify' and e[0] != 'open'])

    def test_all_but_some(self):
        _, lines = self.traced(['--trace=!%memory,openat'], 'true')
        self.assertIn('execve', self.names(lines))
        self.assertIn('close', self.names(lines))
        self.assertFalse(self.names(lines) &
                         {'mmap', 'brk', 'munmap', 'mprotect', 'openat'})

    def test_classes(self):
        for chosen, there, absent in (
                ('%file', 'openat', 'read'), ('%desc', 'read', 'kill'),
                ('%memory', 'mmap', 'read'),
                ('%process', 'execve', 'read'),
                ('%signal', 'rt_sigaction', 'read'),
                ('%creds', 'getuid', 'read')):
            with self.subTest(chosen=chosen):
                _, lines = self.traced([f'--trace={chosen}'], 'sh', '-c',
                                       ': | kill -0 $$')
                self.assertIn(there, self.names(lines))
                self.assertNotIn(absent, self.names(lines))

    def test_a_set_that_means_nothing(self):
        for chosen in ('nothing', '%nothing', '', 'getpid,,kill'):
            done = self.nsrun(f'--trace={chosen}', '--', 'echo', 'ran')
            self.assertEqual((done.returncode, done.stdout), (125, ''))
            self.assertRegex(done.stderr, r'\Ansrun: --trace: .*: no such')

    def test_a_pipeline(self):
        for chosen in ('--trace=all', '--trace=!none'):
            with self.subTest(chosen=chosen):
                output, lines = self.traced([chosen], 'sh', '-c',
                                            'ls /etc/passwd | wc -l')
                self.assertEqual(output.strip(), '1')
                self.assertEqual({line['pid'] for line in lines},
                                 {'1', '2', '3'})
                ends = [line for line in lines
                        if line['call'] == 'exit_group']
                self.assertEqual([line['result'] for line in ends],
                                 ['?'] * 3)
                waits = [line['result'] for line in lines
                         if line['call'] == 'wait4'
                         and '→' in line['result']]
                self.assertEqual(sorted(w.split('→')[0] for w in waits),
                                 ['2', '3'])

    def test_the_same_as_strace(self):
        """Every call that strace sees, in its order, for one process."""
        strace = shutil.which('strace')
        if not strace:
            self.skipTest('no strace')
        native = self.run_command([strace, '-o', self.OUT, '/bin/cat',
                                   '/etc/passwd'])
        if native.returncode != 0:
            self.skipTest('strace does not work here')
        wanted = re.findall(r'^(\w+)\(', self.read(), re.M)
        _, lines = self.traced(['--trace=all'], '/bin/cat', '/etc/passwd')
        self.assertEqual([line['call'] for line in lines], wanted)

    def test_killed_in_a_call(self):
        for chosen in ('--trace=all', '--trace=%process,clock_nanosleep'):
            with self.subTest(chosen=chosen):
                _, lines = self.traced(
                    [chosen], 'sh', '-c',
                    'exec 2>/dev/null; sleep 1000 & sleep 0.1;'
                    f' until read nr _ </proc/$!/syscall && [ "$nr" ='
                    f' {CLOCK_NANOSLEEP} ]; do :; done;'
                    ' kill -9 $!; wait $!; exit 0')
                results = [line['result'] for line in lines
                           if line['call'] == 'clock_nanosleep']
                self.assertEqual(sorted(results), ['0', '?'])

    def test_interrupted_and_restarted(self):
        # The child sees that its parent reads, and that it has the signal.
        code = ('import signal, os, time\n'
                'signal.signal(signal.SIGALRM, lambda *a: None)\n'
                'signal.siginterrupt(signal.SIGALRM, False)\n'
                'r, w = os.pipe()\n'
                'parent = os.getpid()\n'
                'def says(name, text):\n'
                '    with open(f"/proc/{parent}/{name}") as file:\n'
                '        return text in "\\n" + file.read()\n'
                'if os.fork() == 0:\n'
                '    while not says("syscall", "\\n0 %#x " % r):\n'
                '        time.sleep(0.01)\n'
                '    os.kill(parent, signal.SIGALRM)\n'
                '    while not says("status", "\\nShdPnd:\\t" + "0" * 16):\n'
                '        time.sleep(0.01)\n'
                '    os.write(w, b"x")\n'
                '    os._exit(0)\n'
                'os.read(r, 5)')
        _, lines = self.traced(['--trace=read,rt_sigreturn'], 'python3', '-c',
                               code)
        reads = [line for line in lines if line['pid'] == '1'][-3:]
        self.assertEqual([line['call'] for line in reads],
                         ['read', 'rt_sigreturn', 'read'])
        self.assertRegex(reads[0]['result'], r'\A\? ERESTARTSYS ')
        self.assertRegex(reads[2]['args'], r'\A\d+, "x", 5\Z')

    def test_exec_in_a_thread(self):
        code = ('import os, threading, time\n'
                'def run():\n'
                '    now = ""\n'
                f'    while not now.startswith("{CLOCK_NANOSLEEP} "):\n'
                '        time.sleep(0.01)\n'
                '        with open(f"/proc/{os.getpid()}/syscall") as file:\n'
                '            now = file.read()\n'
                '    os.execv("/bin/echo", ["echo", "done"])\n'
                'threading.Thread(target=run).start()\n'
                'time.sleep(100)')
        for chosen in ('--trace=all', '--trace=execve,%clock,exit_group,'
                       'clock_nanosleep'):
            with self.subTest(chosen=chosen):
                output, lines = self.traced([chosen], 'python3', '-c', code)
                self.assertEqual(output, 'done\n')
                echo = [line for line in lines if line['call'] == 'execve'
                        and '"/bin/echo"' in line['args']]
                self.assertEqual([line['result'] for line in echo], ['0'])
                sleep = [line['result'] for line in lines
                         if line['call'] == 'clock_nanosleep']
                self.assertEqual(set(sleep), {'0', '?'})
                self.assertEqual(sleep.count('?'), 1)

    def test_structures(self):
        code = ('import os, socket; os.stat("/etc/passwd");'
                's = socket.socket(); s.bind(("127.0.0.1", 0));'
                'p = os.fork(); p or os._exit(3); os.waitpid(p, 0)')
        _, lines = self.traced(['--trace=%file,%network,wait4'], 'python3',
                               '-c', code)
        text = '\n'.join(line.group() for line in lines)
        self.assertIn('"/etc/passwd", {st_mode=S_IFREG|0644, st_size=', text)
        self.assertIn('{sa_family=AF_INET, sin_port=htons(0), '
                      'sin_addr=inet_addr("127.0.0.1")}, 16', text)
        self.assertIn('[{WIFEXITED(s) && WEXITSTATUS(s) == 3}]', text)
        self.assertIn('["python3", "-c", "import os, socket', text)

    def test_call_stack(self):
        for chosen in ('--trace', '--trace=all', '--trace=openat'):
            with self.subTest(chosen=chosen):
                self.traced([chosen, '-k'], 'uname')
                self.assertRegex(self.read(), r'(?m)^ > /\S+/libc\S*'
                                 r'\(\w+\+0x[0-9a-f]+\) \[0x[0-9a-f]+\]$')

    def test_unreadable_program(self):
        path = os.path.abspath('unreadable')
        shutil.copy('/bin/true', path)
        os.chmod(path, 0o111)
        self.addCleanup(os.unlink, path)
        _, lines = self.traced(['--trace=all'], path)
        self.assertEqual([line['result'] for line in lines
                          if line['call'] == 'execve'], ['0'])
        self.assertEqual(lines[-1]['call'], 'exit_group')


class Json(TraceTest):
    def test_each_line_is_an_object(self):
        code = ('import os; p = os.fork(); p or os._exit(0);'
                'os.waitpid(p, 0); os.kill(1, 0);'
                'open("/no/such/\\x01\\"file\\"")')
        for chosen in ('--trace', '--trace=all', '--trace=%process,%file'):
            done = self.nsrun(chosen, '--trace-format=json', '-o', self.OUT,
                              '--', 'python3', '-c', code)
            self.assertEqual(done.returncode, 1)
            calls = [json.loads(line) for line in self.read().splitlines()]
            self.assertGreater(len(calls), 3)
            for call in calls:
                self.assertIn(call['gate'],
                              ('native', 'notify', 'trace', 'deny'))
                self.assertIsInstance(call['args'], list)
                self.assertGreaterEqual(call['us'], 0)
                self.assertGreater(call['host_pid'], 0)
            kill = next(c for c in calls if c['call'] == 'kill')
            self.assertEqual((kill['pid'], kill['args'], kill['result']),
                             (1, ['1', '0'], 0))
            self.assertEqual(kill['translated'],
                             [{'virtual': 1, 'host': kill['host_pid'],
                               'arg': 0}])
            wait = next(c for c in calls if c['call'] == 'wait4')
            self.assertEqual(wait['result'], 2)
            self.assertIn({'virtual': 2, 'result': True,
                           'host': next(c['host_pid'] for c in calls
                                        if c['pid'] == 2)},
                          wait['translated'])
            if chosen != '--trace':
                last = [c for c in calls if c['call'] == 'exit_group'][-1]
                self.assertIsNone(last['result'])
                failed = next(c for c in calls
                              if 'file' in ''.join(c['args'])
                              and c['call'] == 'openat'
                              and 'such' in ''.join(c['args']))
                self.assertEqual((failed['result'], failed['error']),
                                 (-1, 'ENOENT'))

    def test_stack(self):
        done = self.nsrun('--trace', '--trace-format=json', '-k', '-o',
                          self.OUT, '--', 'uname')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        for line in self.read().splitlines():
            frame = json.loads(line)['stack'][0]
            self.assertRegex(frame['module'], r'\A/')
            self.assertRegex(frame['ip'], r'\A0x')

    def test_no_such_format(self):
        done = self.nsrun('--trace', '--trace-format=xml', '--', 'true')
        self.assertEqual(done.returncode, 125)
        self.assertRegex(done.stderr,
                         r'\Ansrun: --trace-format: xml: no such format')


class Stats(TraceTest):
    ROW = re.compile(r'(?m)^(\w+) +(\w+) +(\d+) +(\d+) +(\d+\.\d)'
                     r' +(\d+\.\d\d)$')

    def rows(self, text):
        found = self.ROW.findall(text)
        self.assertEqual(text.count('\n'), len(found) + 2, text)
        totals = [float(row[4]) for row in found]
        self.assertEqual(totals, sorted(totals, reverse=True))
        return {(row[0], row[1]): (int(row[2]), int(row[3]))
                for row in found}

    def test_what_is_caught(self):
        done = self.nsrun('--stats', '--', 'python3', '-c',
                          'import os; print([os.getpgid(0) for i in'
                          ' range(50)][0])')
        self.assertEqual((done.returncode, done.stdout), (0, '0\n'))
        rows = self.rows(done.stderr)
        self.assertEqual(rows['getpgid', 'notify'], (50, 0))
        self.assertNotIn(('read', 'native'), rows)
        self.assertNotIn('[', done.stderr)

    def test_of_a_set_to_a_file(self):
        for chosen in ('all', 'open,openat,exit_group,kill'):
            done = self.nsrun(f'--stats={chosen}', '-o', self.OUT, '--', 'sh',
                              '-c', 'cat /no/such; kill -0 77')
            self.assertEqual((done.returncode, done.stdout), (1, ''))
            rows = self.rows(self.read())
            self.assertEqual(rows['exit_group', 'native'], (2, 0))
            self.assertGreater(sum(errors for (call, _), (_, errors)
                                   in rows.items() if call == 'openat'), 0)
            self.assertEqual(('read', 'native') in rows, chosen == 'all')
            kill = rows['kill', 'notify' if chosen == 'all' else 'trace']
            self.assertEqual(kill, (1, 1))

    def test_with_the_trace(self):
        done = self.nsrun('--trace=kill', '--stats', '--', 'sh', '-c',
                          'kill -0 1')
        self.assertEqual(done.returncode, 0)
        first, table = done.stderr.split('\n', 1)
        self.assertRegex(first, LINE)
        self.assertEqual(self.rows(table), {('kill', 'trace'): (1, 0)})

    def test_full_disk(self):
        done = self.nsrun('--stats', '-o', '/dev/full', '--', 'sh', '-c',
                          'exit 3')
        self.assertEqual(done.returncode, 3)
        self.assertRegex(done.stderr, r'\Ansrun: /dev/full: '
                         r'No space left on device\n\Z')


class Output(TraceTest):
    def test_to_a_file(self):
        self.expect(self.nsrun('--trace', '-o', self.OUT, '--', 'uname',
                               '-n'), 0)
        self.assertIn('uname(', self.read())

    def test_full_disk(self):
        for options in (['--trace'], ['--trace=all'], ['--trace=all', '-k'],
                        ['--trace=%file', '--trace-format=json'],
                        ['--trace', '--stats']):
            done = self.nsrun(*options, '-o', '/dev/full', '--', 'sh', '-c',
                              'uname >/dev/null; echo ran; exit 3')
            self.assertEqual((done.returncode, done.stdout), (3, 'ran\n'))
            self.assertRegex(done.stderr, r'\Ansrun: /dev/full: '
                             r'No space left on device.*\n\Z')

    def test_closed_error(self):
        for options in ('--trace', '--trace=all', '--stats=all'):
            done = self.run_command(
                ['sh', '-c', f'"$NSRUN" {options} -- sh -c "echo ran; exit 3"'
                 ' 2>&-; echo $?'])
            self.expect(done, 0, 'ran\n3\n')

    def test_file_that_cannot_be_made(self):
        done = self.nsrun('--trace', '-o', '/no/such/folder/x', '--', 'echo',
                          'ran')
        self.assertEqual((done.returncode, done.stdout), (125, ''))
        self.assertRegex(done.stderr, r'\Ansrun: /no/such/folder/x: '
                         r'No such file or directory')

    def test_options_that_need_the_trace(self):
        for options in (['-o', 'x'], ['-k'], ['--trace-format=json']):
            done = self.nsrun(*options, '--', 'echo', 'ran')
            self.assertEqual((done.returncode, done.stdout), (125, ''))
            self.assertRegex(done.stderr, r'\Ansrun: .*only with --trace')
            self.assertFalse(os.path.exists('x'))

    def test_killed_while_traced(self):
        process = self.start('--trace=all', '-o', self.OUT, '--', 'sleep',
                             '1000')
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if os.path.exists(self.OUT) and 'execve' in self.read():
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
