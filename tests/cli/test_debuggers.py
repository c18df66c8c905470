# SPDX-License-Identifier: Apache-2.0
"""Debuggers of Debian's, as they come: what they show in a pid namespace of
nsrun is what they show in one of the kernel's."""

import os
import re
import shutil
import unittest

from harness import CliTest

KERNEL = ['unshare', '--user', '--map-current-user', '--pid', '--fork',
          '--mount-proc', '--kill-child']

CRASH = r'''
#include <stdio.h>
static int sum;
__attribute__((noinline)) int add(int n) { return sum += n; }
int main(void)
{
	for (int i = 0; i < 3; i++)
		add(i);
	*(volatile int *)8 = sum;
	return 0;
}
'''

THREADS = r'''
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static pthread_barrier_t all;
__attribute__((noinline)) long work(long n)
{
	__asm__ volatile("");
	return n * 2;
}
static void *thread(void *n)
{
	pthread_barrier_wait(&all);
	return (void *)work((long)n);
}
int main(void)
{
	pthread_t t[3];
	int status;
	pid_t pid;

	pthread_barrier_init(&all, NULL, 4);
	for (long i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, thread, (void *)i);
	pthread_barrier_wait(&all);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	pid = fork();
	if (pid == 0)
		_exit((int)work(9));
	waitpid(pid, &status, 0);
	printf("%d\n", WEXITSTATUS(status));
	return 0;
}
'''

# Calls without end, of kinds that the agent takes over.
BUSY = r'''
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
static void *busy(void *arg)
{
	struct stat st;

	for (;;) {
		stat("/", &st);
		getpid();
		usleep(1000);
	}
	return arg;
}
int main(void)
{
	pthread_t t;

	struct stat st;

	for (int i = 0; i < 100; i++)
		stat("/", &st);
	pthread_create(&t, NULL, busy, NULL);
	write(1, "ready\n", 6);
	busy(NULL);
}
'''


def without(*names):
    """What is not installed."""
    return unittest.skipIf(
        any(not shutil.which(name) for name in names),
        f'not installed: {", ".join(names)}')


@without('cc')
class Debugger(CliTest):
    def build(self, name, source):
        path = self.script(source, name=f'{name}.c')
        program = os.path.abspath(name)
        made = self.run_command(['cc', '-g', '-O1', '-pthread', '-o', program,
                                 path])
        self.assertEqual((made.returncode, made.stderr), (0, ''))
        self.addCleanup(os.unlink, program)
        return program

    def same(self, command, shown, options=((), ('--without=bare',)), **more):
        """shown(output and errors) is equal under the kernel and nsrun."""
        done = self.run_command([*KERNEL, *command], **more)
        expected = shown(done.stdout + done.stderr)
        self.assertTrue(expected, done)
        for option in options:
            with self.subTest(option):
                done = self.nsrun(*option, '--', *command, **more)
                self.assertEqual(shown(done.stdout + done.stderr), expected)


# With a pid namespace, and without.
EACH = ((), ('--without=bare',), ('-u',), ('-i',), ('-Ur',))

# Addresses, times, random bytes, names of temporary files, and how long a child
# has run.
VARIES = re.compile(r'0x[0-9a-f]{4,}|\\x[0-9a-f]+|"(\\.|[^"\\])*"|\d{6,}|'
                    r'(?<=si_[us]time=)[\d.]+')


def calls(text):
    """{process: its calls in their order}, with halves of a line joined."""
    lines, begun = {}, {}
    for line in text.splitlines():
        match = re.match(r'(\d+) +(.*)', line)
        if not match:
            continue
        pid, line = match.groups()
        line = VARIES.sub('*', re.sub(r' +', ' ', line))
        if line.endswith(' <unfinished ...>'):
            begun[pid] = line[:-len(' <unfinished ...>')]
            continue
        match = re.match(r'<\.\.\. \w+ resumed>(.*)', line)
        if match and pid in begun:
            line = begun.pop(pid) + match.group(1)
        line = re.sub(r' *= *(?=\S+( E|$))', ' = ', line)
        lines.setdefault(pid, []).append(line)
    return lines


def names(text):
    """Likewise of the names and results; what has not the same order each
    time (a signal, a call that it ends) is left out."""
    return {pid: [re.sub(r'\(.*\)', '()', line) for line in lines
                  if not line.startswith(('---', 'wait4', 'rt_sigreturn'))]
            for pid, lines in calls(text).items()}


@without('strace')
class Strace(Debugger):
    def test_every_call_of_a_pipe(self):
        """Numbers of processes among them."""
        self.same(['strace', '-f', '-o', '/dev/stderr', 'sh', '-c',
                   'ls / | wc -l'], names,
                  options=((), ('--without=bare',), ('--without=notify',)))

    def test_results_hold_numbers_inside(self):
        self.same(['strace', '-f', '-o', '/dev/stderr', '-e',
                   'trace=getpid,getppid,kill,getpgid', 'sh', '-c',
                   'sh -c "kill -0 \\$\\$ \\$PPID; kill -0 31000; exit 3"; '
                   'kill -USR1 $$'], calls)

    def test_counts(self):
        def shown(text):
            return sorted((words[-1], words[3]) for words in
                          map(str.split, text.splitlines())
                          if len(words) in (5, 6) and words[3].isdigit()
                          and words[-1] != 'total')
        self.same(['strace', '-c', 'cat', '/etc/passwd'], shown, options=EACH)

    def test_follow_without_pid_namespace(self):
        """Numbers are the host's then, and are not compared."""
        self.same(['strace', '-f', '-o', '/dev/stderr', '-e',
                   'trace=execve,openat,exit_group', 'sh', '-c',
                   'true; sh -c "exit 3"; cat /etc/passwd | wc -l'],
                  lambda text: sorted(names(text).values()), options=EACH)

    def test_by_filter(self):
        """strace asks for events of its own filter, and does without."""
        self.same(['strace', '--seccomp-bpf', '-f', '-o', '/dev/stderr', '-e',
                   'trace=execve,openat,exit_group', 'sh', '-c',
                   'sh -c "exit 3"; true'],
                  lambda text: sorted(names(text).values()), options=EACH)

    def test_attach(self):
        program = self.build('busy', BUSY)
        done = self.nsrun('--', 'sh', '-c', f'''
            mkfifo pipe
            {program} >pipe & pid=$!
            read ready <pipe
            strace -f -o pipe -e trace=stat,newfstatat -p $pid 2>&1 &
            tracer=$!
            exec 5<pipe
            head -50 <&5 >lines
            cat <&5 >/dev/null &    # a full pipe would keep it from ending
            grep TracerPid /proc/$pid/status
            kill $tracer; wait $tracer
            grep TracerPid /proc/$pid/status
            kill $pid; wait $pid; echo $?
            rm pipe
            grep -c 'stat.*"/"' lines''')
        self.assertRegex(done.stdout, r'(?s)^strace: Process 3 attached with '
                         r'2 threads\n.*TracerPid:\t[1-9]\d*\n.*'
                         r'TracerPid:\t0\n143\n[1-9]\d*\n$')


@without('gdb')
class Gdb(Debugger):
    def gdb(self, program, commands, shown, to_the_end=False, **more):
        """to_the_end: also of what goes on without gdb when that has ended."""
        arguments = []
        for command in commands:
            arguments += ['-ex', command]
        environ = dict(os.environ, DEBUGINFOD_URLS='')
        wait = ['sh', '-c', '"$@" 2>&1 | cat', 'sh'] if to_the_end else []
        self.same([*wait, 'gdb', '-q', '-nx', '-batch', *arguments, program],
                  shown, env=environ, **more)

    @staticmethod
    def lines(text):
        return [VARIES.sub('*', line) for line in text.splitlines()
                if not re.search('warning|^$', line)]

    @staticmethod
    def sorted_lines(text):
        """Threads come and go in any order, and so do their numbers."""
        return sorted(re.sub(r'LWP \d+|Thread \d+|entry=\d|inferior \d',
                             '-', line)
                      for line in Gdb.lines(text)
                      if not line.startswith('[Switching'))

    def test_crash(self):
        self.gdb(self.build('crash', CRASH), ['run', 'bt', 'info registers rip',
                 'print $_siginfo.si_signo', 'print sum'], self.lines,
                 options=EACH)

    def test_breakpoints(self):
        self.gdb(self.build('crash', CRASH),
                 ['break add', 'run', 'print n', 'continue', 'print n', 'bt',
                  'finish', 'stepi', 'stepi', 'delete', 'watch sum', 'continue',
                  'info inferiors', 'kill'], self.lines)

    def test_threads(self):
        self.gdb(self.build('threads', THREADS),
                 ['break work if n != 9', 'run', 'bt 1', 'continue', 'continue',
                  'delete', 'continue'], self.sorted_lines)

    def test_follow_fork(self):
        program = self.build('threads', THREADS)
        self.gdb(program, ['set follow-fork-mode child',
                           'break work if n == 9', 'run', 'bt', 'delete',
                           'continue'], self.sorted_lines, to_the_end=True)
        self.gdb(program, ['catch fork', 'run', 'bt', 'continue'],
                 self.sorted_lines)

    def test_catch_syscall(self):
        self.gdb(shutil.which('true'),
                 ['catch syscall exit_group', 'run', 'continue'], self.lines)

    def test_attach(self):
        """The code of what has an agent is its own again, and it goes on."""
        program = self.build('busy', BUSY)
        done = self.nsrun('--', 'sh', '-c', f'''
            mkfifo pipe
            {program} >pipe & pid=$!
            read ready <pipe
            rm pipe
            gdb -q -nx -batch -p $pid -ex 'info threads' \
                -ex 'break busy' -ex 'x/2i stat' -ex 'disassemble getpid' \
                -ex detach
            kill $pid; wait $pid; echo $?''')
        self.assertIn('[Inferior 1 (process 3) detached]\n143\n', done.stdout)
        self.assertRegex(done.stdout, r'\n  2 .*LWP \d')
        self.assertRegex(done.stdout, r'mov +\$0x27,%eax\n.*syscall')

    def test_core(self):
        if not shutil.which('gcore'):
            self.skipTest('not installed: gcore')
        done = self.nsrun('--', 'sh', '-c', '''
            sleep 100 &
            until [ "$(cat /proc/$!/comm)" = sleep ]; do :; done
            gcore -o core $! && kill $! && wait $!
            gdb -q -nx -batch -ex 'info threads' "$(which sleep)" core.2
            rm core.2''')
        self.assertRegex(done.stdout, r'\* 1 .*LWP 2')


@without('ltrace')
class Ltrace(Debugger):
    @staticmethod
    def functions(text):
        return re.findall(r'^(\w+)\(.*\)', text, re.MULTILINE)

    def test_functions(self):
        self.same(['ltrace', '-o', '/dev/stderr', 'ls', '/'], self.functions,
                  options=EACH)


if __name__ == '__main__':
    unittest.main()
