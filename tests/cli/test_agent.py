# SPDX-License-Identifier: Apache-2.0
"""The agent: that it is used, in which programs, and that it can be left out.
What its calls answer is tested by the scenarios pid_often and proc_often."""

import glob
import os
import re
import shutil
import tempfile
import unittest

from harness import CliTest

# Prints a line for each kind of call, if it is not what it should be.
OFTEN = r'''
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
static int self;
static void *often(void *times)
{
	for (long i = 0; i < (long)times; i++) {
		struct utsname names;
		struct stat st;
		int fd = open("/etc/passwd", O_RDONLY);
		if (getpid() != self || uname(&names) || fd < 0 ||
		    stat("/etc", &st) || !S_ISDIR(st.st_mode) ||
		    access("/nothing", F_OK) == 0)
			abort();
		close(fd);
	}
	return NULL;
}
static void threads(void)
{
	pthread_t ids[8];
	for (int i = 0; i < 8; i++)
		pthread_create(&ids[i], NULL, often, (void *)200L);
	for (int i = 0; i < 8; i++)
		pthread_join(ids[i], NULL);
}
int main(int argc, char **argv)
{
	for (int i = 0; i < atoi(argv[1]); i++) {
		int status;
		if (fork() == 0) {
			self = getpid();
			often((void *)(long)(i % 40));
			threads();
			_exit(0);
		}
		wait(&status);
		if (status)
			return 1;
	}
	self = getpid();
	often((void *)200L);
	puts("right");
	return argc - 2;
}
'''

# Children whose eight threads make the calls that only they make, all at once.
AMONG = r'''
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>
static int self;
static void *often(void *arg)
{
	for (int i = 0; i < 150; i++) {
		struct utsname names;
		struct stat st;
		int fd = open("/etc/passwd", O_RDONLY);
		if (getpid() != self || uname(&names) || fd < 0 ||
		    lstat("/etc", &st) || !S_ISDIR(st.st_mode) ||
		    access("/nothing", F_OK) == 0)
			abort();
		close(fd);
	}
	return arg;
}
int main(int argc, char **argv)
{
	struct stat st;
	for (int i = 0; i < 40; i++)
		stat("/", &st);
	for (int i = 0; i < atoi(argv[1]); i++) {
		pthread_t ids[8];
		int status;
		if (fork() == 0) {
			self = getpid();
			for (int j = 0; j < 8; j++)
				pthread_create(&ids[j], NULL, often, NULL);
			for (int j = 0; j < 8; j++)
				pthread_join(ids[j], NULL);
			_exit(0);
		}
		wait(&status);
		if (status)
			return 1;
	}
	return argc - 2;
}
'''

# A sum of its own code, before and after.
SUM = r'''
#include <stdio.h>
#include <sys/stat.h>
extern const unsigned char __executable_start, etext;
static unsigned long sum(void)
{
	unsigned long s = 0;
	for (const unsigned char *p = &__executable_start; p < &etext; p++)
		s = s * 31 + *p;
	return s;
}
int main(void)
{
	unsigned long before = sum();
	struct stat st;
	for (int i = 0; i < 100; i++)
		stat("/", &st);
	puts(before == sum() ? "the same" : "changed");
	return 0;
}
'''

# As musl does it: fork by its own number, and arguments after the number.
MUSL = r'''
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	for (int i = 0; i < 200; i++) {
		struct stat st;
		int status, fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
		pid_t pid;
		if (fd < 0 || close(fd) != 0 || stat("/etc", &st) != 0 ||
		    !S_ISDIR(st.st_mode) || lstat("/etc/passwd", &st) != 0 ||
		    !S_ISREG(st.st_mode) || stat("/nothing", &st) == 0)
			return 1;
		pid = fork();
		if (pid == 0)
			_exit(i % 100);
		if (waitpid(pid, &status, 0) != pid ||
		    WEXITSTATUS(status) != i % 100)
			return 2;
	}
	puts("right");
	return 0;
}
'''

# Its heap grows by brk(2), when the agent is there, by so many MB, and so much is
# mapped.
HEAP = r'''
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	const long step = 1 << 20;
	char *at, *end = (char *)syscall(SYS_brk, 0);
	struct stat st;
	for (int i = 0; i < 200; i++)
		if (stat("/etc", &st) != 0)
			return 1;
	for (long i = 0; i < atoi(argv[argc - 1]); i++) {
		at = end;
		end = (char *)syscall(SYS_brk, at + step);
		if (end != at + step) {
			printf("at %ld MB\n", i);
			return 1;
		}
		at[0] = at[step - 1] = 1;
	}
	at = mmap(NULL, atoi(argv[argc - 1]) * step, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	puts(at == MAP_FAILED ? "not mapped" : "right");
	return 0;
}
'''

# What musl makes by its places for any number; and threads that are cancelled
# while they wait at one.
CANCEL = r'''
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
static void *wait_for(void *pid)
{
	int status;
	waitpid(*(pid_t *)pid, &status, 0);
	return NULL;
}
int main(int argc, char **argv, char **environ)
{
	char *args[] = { "true", NULL };
	int status;
	pid_t pid;
	for (int i = 0; i < 50; i++) {
		int fd = open("/etc/passwd", O_RDONLY);
		if (fd < 0 || close(fd) != 0 ||
		    posix_spawn(&pid, "/bin/true", NULL, NULL, args, environ) ||
		    waitpid(pid, &status, 0) != pid || status != 0)
			return 1;
	}
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	for (int i = 0; i < 50; i++) {
		pthread_t thread;
		void *result;
		if (pthread_create(&thread, NULL, wait_for, &pid) != 0 ||
		    pthread_cancel(thread) != 0 ||
		    pthread_join(thread, &result) != 0 ||
		    result != PTHREAD_CANCELED)
			return 2;
	}
	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return 3;
	puts("right");
	return argc - 1;
}
'''

# Goroutines that call deep down in their small stacks, are preempted, profiled and
# collected meanwhile, and run programs.
GO = r'''
package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"sync"
)

func deep(n int) int {
	var room [64]byte
	room[n%64] = 1
	if n == 0 {
		if st, err := os.Lstat("/etc"); err != nil || !st.IsDir() {
			panic("stat")
		}
		if _, err := os.Stat("/nothing"); err == nil {
			panic("nothing")
		}
		f, err := os.Open("/etc/passwd")
		if err != nil {
			panic(err)
		}
		f.Close()
		if os.Getpid() != self {
			panic("getpid")
		}
		return 0
	}
	return deep(n-1) + int(room[0])
}

var self = os.Getpid()

func main() {
	var w sync.WaitGroup
	pprof.StartCPUProfile(io.Discard)
	for g := 0; g < 60; g++ {
		w.Add(1)
		go func(g int) {
			defer w.Done()
			for i := 0; i < 60; i++ {
				deep(g * 3)
				if i%20 == 0 {
					runtime.GC()
				}
			}
			if g%6 == 0 {
				if exec.Command("/bin/true").Run() != nil ||
					exec.Command("/bin/false").Run() == nil {
					panic("run")
				}
			}
		}(g)
	}
	w.Wait()
	pprof.StopCPUProfile()
	fmt.Println("right")
}
'''

# A site is called often, and then jumped into behind its first instruction.
INTO = r'''
#include <stdio.h>
#include <unistd.h>
#include <sys/syscall.h>
long whole(void), inner(long number), last(long number);
__asm__(".pushsection .text\n.skip 64, 0xcc\n"
	"inner: mov %rdi,%rax\njmp 1f\n"
	"last: mov %rdi,%rax\njmp 2f\n"
	"whole: mov $39,%eax\n"
	"1: mov %rsi,%rdi\n"
	"mov $5,%edx\n"
	"2: syscall\nret\n.skip 256, 0xcc\n.popsection");
int main(void)
{
	const long pid = getpid(), parent = getppid();
	for (int i = 0; i < 50; i++)
		if (whole() != pid)
			return 1;
	for (int i = 0; i < 50; i++)
		if (whole() != pid || inner(SYS_getppid) != parent ||
		    last(SYS_getppid) != parent || inner(SYS_getpid) != pid)
			return 2;
	puts(*(unsigned char *)whole == 0xe9 ? "patched" : "as it was");
	return 0;
}
'''


class Agent(CliTest):
    def setUp(self):
        super().setUp()
        if not shutil.which('cc'):
            self.skipTest('no compiler')

    def build(self, source, *flags, compiler='cc'):
        with open('agent_input.c', 'w', encoding='utf-8') as file:
            file.write(source)
        program = os.path.abspath('agent_input')
        self.addCleanup(os.unlink, 'agent_input.c')
        made = self.run_command([compiler, '-O1', '-pthread', '-o', program,
                                 'agent_input.c', *flags])
        self.assertEqual((made.returncode, made.stderr), (0, ''))
        self.addCleanup(os.unlink, program)
        return program

    def used(self, done):
        """In how many processes, at how many sites; None without it."""
        found = re.search(r'agent: in (\d+) processes, at (\d+) call sites',
                          done.stderr)
        return found and (int(found.group(1)), int(found.group(2)))

    def check_program(self, *flags):
        program = self.build(OFTEN, *flags)
        done = self.nsrun('-v', '--', program, '3')
        self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
        processes, sites = self.used(done)
        self.assertGreaterEqual(processes, 1)
        self.assertGreaterEqual(sites, 5)

    def test_dynamic(self):
        self.check_program('-pie', '-fPIE')

    def test_not_position_independent(self):
        self.check_program('-no-pie')

    def test_static(self):
        self.check_program('-static')

    def test_static_position_independent(self):
        self.check_program('-static-pie', '-fPIE')

    # As large as some builds of Node.js: something else lies at its place.
    def check_large(self, *flags):
        with open('large.h', 'w', encoding='utf-8') as file:
            file.write('char large[100 << 20];\n')
        self.addCleanup(os.unlink, 'large.h')
        self.check_program('-no-pie', '-include', 'large.h', *flags)

    def test_large(self):
        self.check_large()

    def test_large_and_static(self):
        self.check_large('-static')

    def check_heap(self, megabytes, *flags, compiler='cc'):
        program = self.build(HEAP, *flags, compiler=compiler)
        for options in [], ['--no-agent']:
            done = self.nsrun('-v', *options, '--', program, megabytes)
            self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
            self.assertEqual(self.used(done) and self.used(done)[0],
                             None if options else 1)

    def test_heap(self):
        self.check_heap('1024', '-pie', '-fPIE')

    def test_heap_of_static_position_independent(self):
        self.check_heap('1024', '-static-pie', '-fPIE')

    def test_heap_of_static_musl(self):
        start = glob.glob('/usr/lib/*-linux-musl/rcrt1.o')
        if not shutil.which('musl-gcc') or not start:
            self.skipTest('no musl')
        self.check_heap('1024', '-fPIE', '-static', '-nostartfiles',
                        '-Wl,-pie,--no-dynamic-linker', start[0],
                        compiler='musl-gcc')

    def test_heap_of_musl(self):
        if not shutil.which('musl-gcc'):
            self.skipTest('no musl')
        self.check_heap('1024', '-static-pie', '-fPIE', compiler='musl-gcc')

    def test_linked_to_its_own_place(self):
        program = self.build(OFTEN, '-static', '-no-pie',
                             '-Wl,-Ttext-segment=0x58000000')
        done = self.nsrun('-v', '--', program, '1')
        self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
        self.assertEqual(self.used(done), (0, 0))

    def test_many_threads(self):
        program = self.build(OFTEN)
        done = self.nsrun('-v', '--', program, '120')
        self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
        # In each of the children, or in their parent before them.
        self.assertGreater(self.used(done)[0], 0)
        self.assertGreater(self.used(done)[1], 2)

    def test_patched_among_threads(self):
        program = self.build(AMONG)
        done = self.nsrun('-v', '--', program, '60')
        self.assertEqual((done.returncode, done.stdout), (0, ''))
        # Of the five in each child, some may not be stopped in time.
        self.assertGreater(self.used(done)[1], 60)

    def test_musl(self):
        if not shutil.which('musl-gcc'):
            self.skipTest('no musl')
        program = self.build(MUSL, '-static', compiler='musl-gcc')
        done = self.nsrun('-v', '--', program)
        self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
        # fork, stat, lstat, and what may be cancelled.
        self.assertGreaterEqual(self.used(done)[1], 4)
        events = re.search(r'events of ptrace: (\d+)', done.stderr)
        self.assertLess(int(events.group(1)), 50)

    def test_musl_position_independent(self):
        if not shutil.which('musl-gcc'):
            self.skipTest('no musl')
        program = self.build(MUSL, '-pie', '-fPIE', compiler='musl-gcc')
        done = self.nsrun('-v', '--', program)
        self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
        # stat and lstat, whose number does not come last, too.
        self.assertGreaterEqual(self.used(done)[1], 4)
        events = re.search(r'events of ptrace: (\d+)', done.stderr)
        self.assertLess(int(events.group(1)), 50)

    def check_cancels(self, *flags):
        if not shutil.which('musl-gcc'):
            self.skipTest('no musl')
        program = self.build(CANCEL, *flags, compiler='musl-gcc')
        done = self.nsrun('-v', '--', program)
        self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
        self.assertGreaterEqual(self.used(done)[1], 3)
        done = self.nsrun('--no-agent', '--', program)
        self.expect(done, 0, 'right\n')

    def test_musl_cancels(self):
        self.check_cancels('-pie', '-fPIE')

    def test_static_musl_cancels(self):
        self.check_cancels('-static')

    def build_go(self, libc=False, mode='exe'):
        if not shutil.which('go'):
            self.skipTest('no go')
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        os.chmod(folder, 0o755)
        with open(folder + '/input.go', 'w', encoding='utf-8') as file:
            file.write(GO.replace('"os"', '"os"\n\t_ "net"', 1)
                       if libc else GO)
        made = self.run_command(
            ['go', 'build', '-buildmode=' + mode, '-o', folder + '/input', folder + '/input.go'],
            limit=300,
            env={**os.environ, 'GOCACHE': folder, 'GO111MODULE': 'off',
                 'CGO_ENABLED': '1' if libc else '0'})
        self.assertEqual((made.returncode, made.stderr), (0, ''))
        return folder + '/input'

    def test_go(self):
        program = self.build_go()
        for options in ([], ['-Ur'], ['--no-agent']):
            done = self.nsrun('-v', *options, '--', program)
            self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
            if options:
                continue
            # Of the handlers, of clones, and Go's two for all calls.
            self.assertGreaterEqual(self.used(done)[1], 4)

    def check_go(self, **how):
        done = self.nsrun('-v', '--', self.build_go(**how))
        self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
        return self.used(done)[1]

    def test_go_with_libc(self):
        self.check_go(libc=True)

    def test_go_position_independent(self):
        self.assertGreaterEqual(self.check_go(mode='pie'), 4)

    def test_go_position_independent_with_libc(self):
        self.check_go(libc=True, mode='pie')

    def test_jumped_into(self):
        program = self.build(INTO, '-no-pie')
        done = self.nsrun('--', program)
        self.expect(done, 0, 'patched\n')
        done = self.nsrun('--no-agent', '--', program)
        self.expect(done, 0, 'as it was\n')

    def test_left_out(self):
        program = self.build(OFTEN)
        for options in (['--no-agent'], ['--without=agent'],
                        ['--without=killable'], ['--without=notify'],
                        ['--stats', '-o', '/dev/null'],
                        ['--trace=kill', '-o', '/dev/null']):
            done = self.nsrun('-v', *options, '--', program, '0')
            self.assertEqual((done.returncode, done.stdout), (0, 'right\n'))
            self.assertIsNone(self.used(done), options)

    def test_few_calls(self):
        done = self.nsrun('-v', '--', 'true')
        self.assertEqual(self.used(done), (0, 0))

    def test_sum_of_own_code(self):
        program = self.build(SUM, '-static')
        done = self.nsrun('--no-agent', '--', program)
        self.assertEqual(done.stdout, 'the same\n')
        # It is not hidden: --no-agent is for these.
        done = self.nsrun('--', program)
        self.assertEqual(done.stdout, 'changed\n')


if __name__ == '__main__':
    unittest.main()
