# SPDX-License-Identifier: Apache-2.0
"""The programs that read /proc show the inside, and nothing else."""

import os
import re
import shutil
import signal
import subprocess
import unittest

from harness import CliTest, LIMIT, NSRUN, Terminal

# Four processes: the shell is 1, the sleepers 2, 3 and 5 (in a session). It
# goes on when each is the program that it is to be, and is in its last call:
# clock_nanosleep.
TREE = ('sleep 1001 & sleep 1002 & setsid -f sleep 1003; for p in 2 3 5; do'
        ' until read nr _ </proc/$p/syscall && [ "$nr" = 230 ]; do :; done;'
        ' done; ')
# The same in a namespace of the kernel's, which needs user namespaces here.
KERNEL = ['unshare', '--user', '--map-root-user', '--pid', '--fork',
          '--mount-proc', '--kill-child']


def needs(*programs):
    missing = [name for name in programs if not shutil.which(name)]
    return unittest.skipIf(missing, f'not installed: {" ".join(missing)}')


def kernel_has_namespaces():
    return subprocess.run(KERNEL + ['true'], stdin=subprocess.DEVNULL,
                          capture_output=True).returncode == 0


def outside():
    """The numbers of all processes that this test can see."""
    return {int(entry) for entry in os.listdir('/proc') if entry.isdigit()}


class Base(CliTest):
    def inside(self, command, end='; kill -9 -1', limit=LIMIT):
        """What a command prints beside the tree. All of it ends by itself."""
        done = self.nsrun('--', 'sh', '-c', TREE + command + end, limit=limit)
        self.assertEqual(done.stderr, '', done)
        return done.stdout


class Listings(Base):
    @needs('ps')
    def test_ps_ef(self):
        lines = self.inside('ps -ef').splitlines()[1:]
        rows = [line.split(None, 7) for line in lines]
        self.assertEqual([int(row[1]) for row in rows],
                         sorted(int(row[1]) for row in rows))
        found = {row[7].split(' -c')[0]: (int(row[1]), int(row[2]))
                 for row in rows}
        self.assertEqual(found['sh'], (1, 0))
        self.assertEqual(found['sleep 1001'], (2, 1))
        self.assertEqual(found['sleep 1002'], (3, 1))
        self.assertEqual(found['sleep 1003'][1], 1)
        self.assertEqual(found['ps -ef'][1], 1)
        self.assertEqual(len(rows), 5)

    @needs('ps')
    def test_ps_like_the_kernels(self):
        if not kernel_has_namespaces():
            self.skipTest('no user namespaces for the comparison')
        command = ['sh', '-c', TREE + 'ps -e -o pid,ppid,pgid,sid,tpgid,'
                   'stat,nlwp,comm; ps -eLo pid,lwp,comm;'
                   ' kill -9 -1']
        native = self.run_command(KERNEL + command)
        inside = self.nsrun('--', *command)

        def timeless(listing):
            # How wide a column is says pid_max, which is another; whether
            # the shell waits already when ps reads it says the scheduler.
            return re.sub(r'-1 R 1 sh$', '-1 S 1 sh',
                          re.sub(' +', ' ', listing), flags=re.M)

        self.assertEqual(timeless(inside.stdout), timeless(native.stdout))

    @needs('ps')
    def test_ps_threads(self):
        program = ('import threading, subprocess, time\n'
                   'for _ in range(3): threading.Thread(target=time.sleep,'
                   ' args=(1000,), daemon=True).start()\n'
                   'print(subprocess.run(["ps", "-eLf"],'
                   ' capture_output=True, text=True).stdout)')
        done = self.nsrun('--', 'python3', '-c', program)
        rows = [line.split(None, 9) for line in done.stdout.splitlines()[1:]
                if line]
        self.assertEqual([(row[1], row[3]) for row in rows if row[1] == '1'],
                         [('1', '1'), ('1', '2'), ('1', '3'), ('1', '4')])
        self.assertEqual(len(rows), 5)

    @needs('top')
    def test_top(self):
        text = self.inside('top -b -n1')
        self.assertRegex(text, r'Tasks: +5 total')
        pids = [int(line.split()[0]) for line in text.splitlines()
                if re.match(r' *\d+ ', line)]
        self.assertEqual(sorted(pids)[:3], [1, 2, 3])
        self.assertEqual(len(pids), 5)

    @needs('htop')
    def test_htop(self):
        terminal = Terminal([NSRUN, '--', 'sh', '-c', TREE + 'htop; exit 3'],
                            env={'TERM': 'xterm'})
        self.addCleanup(terminal.close)
        terminal.until(r'sleep 1001')
        terminal.type('q')
        self.assertEqual(terminal.wait(), 3)

    @needs('pstree')
    def test_pstree(self):
        text = self.inside('pstree -pA 1').strip()
        self.assertRegex(text, r'\Ash\(1\)-\+-pstree\(\d+\)')
        self.assertIn('|-sleep(2)', text)
        self.assertIn('|-sleep(3)', text)
        self.assertEqual(len(re.findall(r'\(\d+\)', text)), 5)

    @needs('pgrep', 'pidof')
    def test_pgrep_and_pidof(self):
        text = self.inside('pgrep -c sleep; pgrep -o sleep; pgrep -fx "sleep'
                           ' 1002"; pidof sleep; pgrep -P 1 -x sleep | wc -l')
        lines = text.splitlines()
        self.assertEqual(lines[:3] + lines[4:], ['3', '2', '3', '3'])
        self.assertEqual(lines[3].split()[-2:], ['3', '2'])

    @needs('lsof')
    def test_lsof(self):
        text = self.inside('lsof -w -p 2 -a -d cwd,txt -F pfn')
        self.assertRegex(text, r'\Ap2\nfcwd\nn/')
        self.assertRegex(text, r'\nftxt\nn/.*/')
        text = self.inside('lsof -w -t -c sleep')
        self.assertEqual(text.splitlines()[:2], ['2', '3'])
        self.assertEqual(len(text.splitlines()), 3)

    @needs('fuser')
    def test_fuser(self):
        text = self.inside('sleep 1004 >file-held & held=$!;'
                           ' until [ -e file-held ]; do :; done; echo $held;'
                           ' fuser file-held 2>/dev/null')
        self.addCleanup(os.unlink, 'file-held')
        held, found = text.split()
        self.assertEqual(held, found)

    def test_copies(self):
        # cp wants to open what it asked stat about.
        text = self.inside('for f in stat status comm; do cp /proc/1/$f copy'
                           ' && head -c 1 copy; rm -f copy; done')
        self.assertEqual(text, '1Ns')

    def test_every_number_is_the_insides(self):
        # Numbers of the outside would be far above the few of the inside.
        text = self.inside('cat /proc/[0-9]*/stat; cat /proc/[0-9]*/status |'
                           ' grep -E "^(Tgid|Pid|PPid|NS)";'
                           ' cat /proc/[0-9]*/task/*/children; ls /proc |'
                           ' grep "^[0-9]"')
        for line in text.splitlines():
            for number in re.findall(r'\A(?:\w+:\s+)?(\d+)', line):
                self.assertLess(int(number), 30, line)


class Signals(Base):
    @needs('pkill', 'killall')
    def test_pkill_and_killall(self):
        text = self.inside('pkill -fx "sleep 1001"; wait 2 2>&-; pgrep -l sleep;'
                           ' killall sleep;'
                           ' while pgrep sleep >/dev/null; do :; done;'
                           ' pgrep -c sleep', end='')
        lines = text.splitlines()
        self.assertEqual(lines[0], '3 sleep')
        self.assertEqual(len(lines), 3)
        self.assertEqual(lines[2], '0')

    def test_kill_of_everybody(self):
        other = subprocess.Popen(['sleep', '1000'])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        done = self.nsrun('--', 'sh', '-c', TREE + 'kill -9 -1; sleep .1;'
                          ' ls /proc | grep -c "^[0-9]"; exit 4')
        self.assertEqual((done.returncode, done.stderr), (4, ''))
        # The shell, ls and grep, if the zombies have been reaped.
        self.assertLessEqual(int(done.stdout), 6)
        self.assertIsNone(other.poll())

    @needs('pkill', 'killall')
    def test_nobody_outside_is_found(self):
        other = subprocess.Popen(['sleep', '1777'])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        done = self.nsrun('--', 'sh', '-c', 'pkill sleep; killall -q sleep;'
                          f' kill {other.pid} 2>/dev/null;'
                          f' ls /proc/{other.pid} 2>/dev/null; exit 7')
        self.expect(done, 7, '')
        self.assertIsNone(other.poll())


# Reads all that processes show of themselves, ROUNDS times SECONDS long, while
# processes come and go; prints the errors that it met, as NAME:ERRNO. Without
# rounds: what one meets of itself, a child and a zombie, when nothing changes.
CHURN = r'''
import errno, os, sys, time
met = set()
def name_of(path):
    return '/'.join('N' if part.isdigit() else part
                    for part in path.split('/')[3:])
def attempt(path, action):
    try:
        return action()
    except OSError as e:
        met.add(f'{name_of(path)}:{errno.errorcode[e.errno]}')
        return None
def read(path):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        os.read(fd, 65536)
    finally:
        os.close(fd)
def walk(path, depth):
    for name in attempt(path, lambda: os.listdir(path)) or ():
        below = f'{path}/{name}'
        if attempt(below, lambda: os.path.islink(below) and
                   os.readlink(below)):
            continue
        if attempt(below, lambda: os.path.isdir(below)):
            if depth:
                walk(below, depth - 1)
        elif name not in ('pagemap', 'mem', 'smaps', 'smaps_rollup'):
            attempt(below, lambda: read(below))
def forker():
    while True:
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
rounds, seconds = int(sys.argv[1]), float(sys.argv[2])
if not rounds:
    other, zombie = os.fork() or time.sleep(1000), os.fork() or os._exit(0)
    os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT)
    for pid in os.getpid(), other, zombie:
        walk(f'/proc/{pid}', 3)
    os.kill(other, 9)
else:
    for _ in range(2):
        if os.fork() == 0:
            forker()
walks = 0
for _ in range(rounds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name in os.listdir('/proc'):
            if name.isdigit():
                walk(f'/proc/{name}', 3)
        walks += 1
    print('round')
    sys.stdout.flush()
    sys.stdin.readline()
print(walks, *sorted(met))
'''


class Growth(CliTest):
    # NSRUN_CHURN_SECONDS=60 makes it last a minute.
    ROUNDS = 6
    SECONDS = float(os.environ.get('NSRUN_CHURN_SECONDS', '6')) / ROUNDS

    @staticmethod
    def supervisor(front):
        """The last of nsrun's own processes, from the front on."""
        from harness import descendants
        own = [p.pid for p in descendants(front)
               if p.name in ('nsrun', 'ns-guard')]
        return max(own)

    @staticmethod
    def size(pid):
        """Memory, and the size of the table of descriptors: /proc/N/fd is
        closed, since the supervisor is not dumpable."""
        with open(f'/proc/{pid}/status') as file:
            text = file.read()
        return (int(re.search(r'VmRSS:\s+(\d+)', text).group(1)),
                int(re.search(r'FDSize:\s+(\d+)', text).group(1)))

    def churn(self):
        """Sizes of the supervisor after each round, and the last line."""
        process = self.start('--', 'python3', '-c', CHURN, str(self.ROUNDS),
                             str(self.SECONDS), stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        sizes = []
        for _ in range(self.ROUNDS):
            self.assertEqual(process.stdout.readline(), 'round\n')
            sizes.append(self.size(self.supervisor(process.pid)))
            process.stdin.write('\n')
            process.stdin.flush()
        last = process.stdout.readline().split()
        self.assertEqual(process.wait(LIMIT), 0)
        return sizes, last

    @staticmethod
    def expected(met, known):
        """Of what goes meanwhile the kernel says ENOENT or ESRCH, and of what
        is in a folder what it says of the folder of a zombie."""
        name, error = met.rsplit(':', 1)
        while name and f'{name}:{error}' not in known:
            name = name.rpartition('/')[0]
        return bool(name) or error in ('ENOENT', 'ESRCH')

    def test_churn(self):
        alone = self.run_command(['python3', '-c', CHURN, '0', '0'])
        self.assertEqual(alone.stderr, '')
        sizes, last = self.churn()
        text = f'{last[0]} walks, sizes {sizes}'
        if 'NSRUN_CHURN_SECONDS' in os.environ:
            print(f'# {text}; {" ".join(last[1:])}')
        self.assertGreater(int(last[0]), 0)
        known = set(alone.stdout.split())
        self.assertEqual([met for met in last[1:]
                          if not self.expected(met, known)], [])
        # The first round warms up.
        self.assertLessEqual(sizes[-1][0], sizes[1][0] + 200, text)
        self.assertEqual(sizes[-1][1], sizes[1][1], text)


RACE = r'''
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char shared[2][64];
static volatile char path[64];
static volatile int ended;

static void *flip(void *unused)
{
	(void)unused;
	while (!ended)
		for (int i = 0; i < 2; i++) {
			for (int j = 0; j < 64; j++)
				path[j] = shared[i][j];
			/* Whole for a while: it may lose the processor here. */
			for (volatile int j = 0; j < 200; j++)
				;
		}
	return NULL;
}

/* Arguments: a harmless path, a path of the host's /proc, a word in it. */
int main(int argc, char **argv)
{
	int harmless = 0, refused = 0, stolen = 0;
	pthread_t id;

	(void)argc;
	/* One length, so that the path is never half of each by its end. */
	memset(shared, '/', sizeof(shared));
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(argv[1 + i]);

		memcpy(shared[i] + 60 - n, argv[1 + i], n + 1);
		shared[i][61] = 0;
	}
	pthread_create(&id, NULL, flip, NULL);
	for (int i = 0; i < 20000 || !harmless || !refused; i++) {
		char text[4096] = "";
		int fd = open((const char *)path, O_RDONLY | O_NONBLOCK);

		if (fd < 0) {
			refused++;
			continue;
		}
		if (read(fd, text, sizeof(text) - 1) < 0)
			text[0] = 0;
		for (size_t j = 0; j + 1 < sizeof(text); j++)
			if (!text[j])
				text[j] = ' ';
		if (strstr(text, argv[3]))
			stolen++;
		else
			harmless++;
		close(fd);
	}
	ended = 1;
	pthread_join(id, NULL);
	fprintf(stderr, "harmless %d, refused %d, stolen %d\n", harmless,
		refused, stolen);
	printf("%s\n", stolen ? "stolen" : "safe");
	return 0;
}
'''


@needs('cc')
class Race(CliTest):
    """A path that changes between the supervisor's look and the kernel's."""

    def setUp(self):
        super().setUp()
        self.script(RACE, name='race.c')
        built = self.run_command(['cc', '-O1', '-pthread', '-o', 'race',
                                  'race.c'])
        self.assertEqual(built.returncode, 0, built.stderr)
        self.addCleanup(os.unlink, 'race')
        self.other = subprocess.Popen(['sh', '-c', ': outside-mark; sleep'
                                       ' 1000; :'], start_new_session=True)
        self.addCleanup(self.end_other)

    def end_other(self):
        os.killpg(self.other.pid, signal.SIGKILL)
        self.other.wait()

    def race(self, *options):
        # The second name is the only one that holds the mark.
        return self.nsrun(*options, '--', './race', '/etc/hostname',
                          f'/proc/{self.other.pid}/cmdline', 'outside-mark',
                          limit=120)

    def test_with_landlock(self):
        doctor = self.run_command([NSRUN, 'doctor']).stdout
        if not re.search(r'^Landlock +yes', doctor, re.M):
            self.skipTest('this kernel has no Landlock')
        done = self.race()
        self.assertEqual((done.returncode, done.stdout), (0, 'safe\n'), done)

    def test_directly(self):
        # Without a race the supervisor answers, with Landlock or without.
        for options in ([], ['--without=landlock']):
            done = self.nsrun(*options, '--', 'cat',
                              f'/proc/{self.other.pid}/cmdline')
            self.assertEqual((done.returncode, done.stdout), (1, ''), done)
