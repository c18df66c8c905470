# SPDX-License-Identifier: Apache-2.0
"""Limits of the user, reached from inside."""

import os
import subprocess

from harness import CliTest, NSRUN
from isolate import count_tasks_of

BOMB = '''
import errno, os, sys
refused = 0
def forever():
    while True:
        try:
            os.fork()
        except OSError:
            pass
while refused < 200:
    try:
        if os.fork() == 0:
            forever()
    except OSError as error:
        if error.errno != errno.EAGAIN:
            print("unexpected:", error)
            sys.exit(1)
        refused += 1
print("limit reached")
sys.stdout.flush()
os._exit(5)
'''


class Limits(CliTest):
    def tasks(self):
        counted = int(os.environ.get('NSRUN_TASKS', '0'))
        return counted + count_tasks_of(os.geteuid())

    MORE = 60

    def limited(self):
        """The command prefix that lets the user have MORE tasks than now. In a
        user namespace what the user runs elsewhere is not counted, and how
        many that are may change."""
        own = ['unshare', '--user', f'--map-user={os.geteuid()}',
               f'--map-group={os.getegid()}', 'prlimit', f'--nproc={self.MORE}']
        probe = subprocess.run(own + ['sh', '-c', 'true; true'],
                               stdin=subprocess.DEVNULL, capture_output=True)
        if probe.returncode == 0:
            return own
        return ['prlimit', f'--nproc={self.tasks() + self.MORE}']

    def test_forks_without_end(self):
        done = self.run_command(
            self.limited() + [NSRUN, '--', 'python3', '-c', BOMB], limit=120)
        self.expect(done, 5, 'limit reached\n')

    def test_no_process_left_for_nsrun(self):
        done = self.run_command(
            ['prlimit', '--nproc=1', NSRUN, '--', 'true'])
        self.assertEqual((done.returncode, done.stdout), (125, ''))
        self.assertRegex(done.stderr, r'\Ansrun: .+: '
                         r'Resource temporarily unavailable')

    def test_few_descriptors(self):
        self.expect(self.run_command(['prlimit', '--nofile=64', NSRUN, '--',
                                      'sh', '-c', 'ulimit -n; exit 3']),
                    3, '64\n')

    def test_no_descriptors(self):
        done = self.run_command(['prlimit', '--nofile=4', NSRUN, '--', 'true'])
        if done.returncode != 0:
            self.assertEqual(done.returncode, 125)
            self.assertRegex(done.stderr, r'\Ansrun: .+: .+')

    def test_a_tree_wider_than_the_descriptors(self):
        # What the supervisor opens for each process must not run out.
        done = self.run_command(
            ['prlimit', '--nofile=64', NSRUN, '--', 'sh', '-c',
             'for i in $(seq 100); do sleep 1000 & done; exit 3'])
        self.expect(done, 3, '')

    def test_file_size(self):
        self.addCleanup(lambda: os.path.exists('big') and os.unlink('big'))
        self.same_as_native(
            ['bash', '-c', 'ulimit -f 1; trap "" XFSZ;'
             ' head -c 100000 /dev/zero >big; echo $?'])
