# SPDX-License-Identifier: Apache-2.0
"""Signals to nsrun, and the end of its parts."""

import contextlib
import os
import signal
import subprocess
import unittest

from harness import (CliTest, LIMIT, NSRUN, Reader, descendants, ended)

# A tree of several processes and a thread, of which each holds the FIFO "held"
# open.  It says "ready" when all are there.
TREE = '''
import os, signal, threading
fifo = os.open("held", os.O_WRONLY)
ready, tell = os.pipe()
for child in range(3):
    if os.fork() == 0:
        if child == 1:
            os.setsid()
        if child == 2 and os.fork() == 0:
            os.write(tell, b"1")
            while True: signal.pause()
        os.write(tell, b"1")
        while True: signal.pause()
threading.Thread(target=signal.pause, daemon=True).start()
for _ in range(4):
    os.read(ready, 1)
os.write(fifo, b"ready\\n")
while True: signal.pause()
'''


class Forwarded(CliTest):
    """A shell that reads when the signal comes may have just looked whether
    one was there, and not see it: these do not read."""

    def test_sigterm_reaches_the_command(self):
        process = self.start('--', 'sh', '-c',
                             'trap "echo got it; exit 9" TERM; echo ready;'
                             ' while :; do :; done', stdout=subprocess.PIPE)
        reader = Reader(process.stdout.fileno())
        reader.until('ready\n')
        process.terminate()
        reader.until('got it\n')
        self.assertEqual(process.wait(LIMIT), 9)

    def test_sigterm_ends_a_command_below_init(self):
        process = self.start('--init', '--', 'sh', '-c',
                             'echo ready; exec cat',
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        Reader(process.stdout.fileno()).until('ready\n')
        process.terminate()
        self.assertIn(process.wait(LIMIT), (128 + 15, -15))

    def test_other_signals(self):
        for name in ('HUP', 'INT', 'QUIT', 'USR1', 'USR2'):
            with self.subTest(name=name):
                process = self.start(
                    '--', 'sh', '-c', f'trap "exit 9" {name}; echo ready;'
                    ' while :; do :; done', stdout=subprocess.PIPE)
                Reader(process.stdout.fileno()).until('ready\n')
                process.send_signal(getattr(signal, 'SIG' + name))
                self.assertEqual(process.wait(LIMIT), 9)


def status_bits(pid, name):
    """A set of signals, of /proc/PID/status."""
    with open(f'/proc/{pid}/status', encoding='utf-8') as file:
        for line in file:
            if line.startswith(name + ':'):
                return {n for n in signal.valid_signals()
                        if int(line.split()[1], 16) >> (n - 1) & 1}
    raise AssertionError(name)


def filtered():
    """Under a filter, as in a container, every process is traced."""
    with open('/proc/self/status') as file:
        return 'Seccomp:\t0\n' not in file.read()


class Killed(CliTest):
    """Whatever part of nsrun is killed, the whole tree goes."""

    def setUp(self):
        super().setUp()
        os.mkfifo('held')
        self.addCleanup(os.unlink, 'held')

    def start_tree(self, *options):
        """Starts the tree. Returns nsrun, and the FIFO, which has its end
        when no process of the tree is left."""
        descriptor = os.open('held', os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, descriptor)
        # Without this process's own end the reader would see an end at once.
        keeper = os.open('held', os.O_WRONLY)
        os.set_blocking(descriptor, True)
        process = self.start(*options, '--', 'python3', '-c', TREE,
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        reader = Reader(descriptor)
        reader.until('ready\n')
        os.close(keeper)
        return process, reader

    def check_gone(self, process, reader):
        self.assertTrue(reader.end(), 'the tree lives on: '
                        f'{descendants()}')
        process.wait(LIMIT)
        self.assertNotEqual(process.returncode, 0)

    def own_processes(self, process):
        """Those of nsrun that are not of the tree: by their name, since their
        executable can't be read."""
        below = descendants(process.pid)
        return {p.pid for p in below if p.name == 'nsrun'} | {process.pid}

    def chain(self, process):
        """Front, guard (where there is one) and supervisor, in that order."""
        below = descendants(process.pid)
        own = [process.pid]
        while True:
            more = [p.pid for p in below
                    if p.parent == own[-1] and
                    p.name in ('nsrun', 'ns-guard')]
            if not more:
                return own
            own += more

    @staticmethod
    def kill_all(pids):
        """One may have ended with another."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def test_front(self):
        process, reader = self.start_tree()
        process.kill()
        self.check_gone(process, reader)

    def test_supervisor(self):
        process, reader = self.start_tree()
        os.kill(self.chain(process)[-1], signal.SIGKILL)
        self.check_gone(process, reader)

    def test_all_traced(self):
        process, reader = self.start_tree('--without=bare')
        os.kill(self.chain(process)[-1], signal.SIGKILL)
        self.check_gone(process, reader)

    @unittest.skipIf(filtered(), 'needs that no seccomp filter is there')
    def test_guard(self):
        process, reader = self.start_tree()
        chain = self.chain(process)
        self.assertEqual(len(chain), 3, descendants(process.pid))
        os.kill(chain[1], signal.SIGKILL)
        self.check_gone(process, reader)

    @unittest.skipIf(filtered(), 'needs that no seccomp filter is there')
    def test_guard_is_deaf_to_the_terminal(self):
        """It may still be in the command's group while that runs."""
        process, reader = self.start_tree()
        self.assertGreaterEqual(
            status_bits(self.chain(process)[1], 'SigBlk'),
            {signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP, signal.SIGHUP})
        process.kill()
        self.check_gone(process, reader)

    def test_front_and_supervisor(self):
        process, reader = self.start_tree()
        self.kill_all(self.chain(process)[::2])
        self.check_gone(process, reader)

    def test_all_parts_at_once(self):
        # But the guard, which has another name.
        process, reader = self.start_tree()
        self.kill_all(self.own_processes(process))
        self.check_gone(process, reader)

    def test_own_init(self):
        process, reader = self.start_tree('--init')
        python = {p.parent for p in descendants(process.pid)
                  if p.name.startswith('python')}
        own = self.own_processes(process)
        inits = (python & own) - {process.pid}
        self.assertTrue(inits, 'no init found')
        for pid in inits:
            os.kill(pid, signal.SIGKILL)
        self.check_gone(process, reader)

    def test_front_stopped_and_killed(self):
        process, reader = self.start_tree()
        process.send_signal(signal.SIGSTOP)
        process.kill()
        self.check_gone(process, reader)

    def test_pid_1_from_outside(self):
        process, reader = self.start_tree()
        own = self.own_processes(process)
        tree = [p for p in descendants(process.pid)
                if p.pid not in own and p.name != 'ns-guard']
        pids = {p.pid for p in tree}
        first = [p for p in tree if p.parent not in pids]
        self.assertEqual(len(first), 1, tree)
        os.kill(first[0].pid, signal.SIGKILL)
        self.check_gone(process, reader)
        self.assertEqual(process.returncode, 128 + 9)

    def test_with_a_child_signal(self):
        process, reader = self.start_tree('--kill-child')
        process.kill()
        self.check_gone(process, reader)


class Ends(CliTest):
    def test_signals_that_nobody_takes_any_more(self):
        """The status is the command's, whatever comes as it ends."""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        with os.fdopen(writer, 'wb', 0) as full:
            os.set_blocking(writer, False)
            while full.write(bytes(4096)):
                pass
            # The supervisor waits with its table: it has taken its last.
            process = self.start('--stats', '-o', f'/dev/fd/{writer}', '--',
                                 'sh', '-c', 'exit 7', pass_fds=[writer],
                                 stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.read(), b'')
        while len(descendants(process.pid)) > 1:
            pass
        for _ in range(50):
            process.send_signal(signal.SIGUSR1)
            while signal.SIGUSR1 in status_bits(process.pid, 'ShdPnd'):
                pass
        while os.read(reader, 65536):
            pass
        self.assertEqual(process.wait(LIMIT), 7)

    def test_right_after_the_command(self):
        for _ in range(20):
            process = self.start('--', 'true')
            self.assertTrue(ended(process.pid, LIMIT))
            self.assertEqual(process.wait(), 0)

    def test_many_at_the_same_time(self):
        processes = [self.start('--', 'sh', '-c', f'exit {i}')
                     for i in range(20)]
        self.assertEqual([p.wait(LIMIT) for p in processes], list(range(20)))
