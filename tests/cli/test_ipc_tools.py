# SPDX-License-Identifier: Apache-2.0
"""ipcs, ipcmk, ipcrm and lsipc on the queues of a namespace; and whose the
names of POSIX queues are."""

import ctypes
import os
import re
import shutil
import unittest

from harness import CliTest

TOOLS = ('ipcs', 'ipcmk', 'ipcrm', 'lsipc')
MISSING = [name for name in TOOLS if not shutil.which(name)]
# Makes a queue by its name, and says what came of it; stays there if asked.
OPEN = """
import ctypes, errno, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.mq_open(sys.argv[1].encode(), os.O_CREAT | os.O_EXCL | os.O_RDWR,
                  0o600, None)
print('made' if fd >= 0 else errno.errorcode[ctypes.get_errno()])
"""


def queues_of_host():
    with open('/proc/sysvipc/msg') as file:
        return file.read().splitlines()[1:]


@unittest.skipIf(MISSING, f'not installed: {" ".join(MISSING)}')
class Tools(CliTest):
    def inside(self, command):
        done = self.nsrun('--', 'sh', '-c', command)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done)
        return done.stdout

    def test_made_listed_removed(self):
        before = queues_of_host()
        out = self.inside('ipcmk -Q -p 0640; ipcs -q; ipcrm -q 0; ipcs -q')
        self.assertRegex(out, r'Message queue id: 0\n')
        rows = re.findall(r'^0x[0-9a-f]{8} 0 .* 640 +0 +0 *$', out, re.M)
        self.assertEqual(len(rows), 1, out)
        self.assertEqual(queues_of_host(), before)

    def test_all_are_the_namespaces(self):
        """Nothing of the host's shows, and nothing of it is removed."""
        before = queues_of_host()
        out = self.inside('ipcs; ipcrm --all; ipcs')
        self.assertNotRegex(out, r'0x[0-9a-f]{8}')
        self.assertEqual(queues_of_host(), before)

    def test_limits(self):
        out = self.inside('echo 77 > /proc/sys/kernel/msgmax; ipcs -ql')
        self.assertIn('max size of message (bytes) = 77\n', out)

    def test_lsipc(self):
        out = self.inside('ipcmk -Q >/dev/null; ipcmk -Q >/dev/null; '
                          'lsipc -q -o ID,PERMS --noheadings --raw; lsipc')
        self.assertEqual(out.splitlines()[:2], ['0 rw-r--r--', '1 rw-r--r--'])
        self.assertRegex(out, r'MSGMNI .* 32000 +2 ')

    def test_chosen_id(self):
        out = self.inside('echo 1000 > /proc/sys/kernel/msg_next_id; ipcmk -Q')
        self.assertEqual(out, 'Message queue id: 1000\n')


class Names(CliTest):
    """POSIX queues."""

    def setUp(self):
        super().setUp()
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.name = f'/nsrun-test-{os.urandom(8).hex()}'
        if not hasattr(self.libc, 'mq_open'):
            self.skipTest('no mq_open')

    def make(self, *options):
        done = self.nsrun(*options, '--', 'python3', '-c', OPEN, self.name)
        self.assertEqual((done.returncode, done.stderr), (0, ''), done)
        return done.stdout

    def test_not_the_hosts(self):
        fd = self.libc.mq_open(self.name.encode(), os.O_CREAT | os.O_RDWR,
                               0o600, None)
        self.assertGreaterEqual(fd, 0)
        self.addCleanup(self.libc.mq_unlink, self.name.encode())
        self.assertEqual(self.make(), 'made\n')
        self.assertEqual(self.make(), 'made\n')
        os.close(fd)

    def test_not_left_behind(self):
        self.assertEqual(self.make(), 'made\n')
        fd = self.libc.mq_open(self.name.encode(), os.O_RDWR)
        self.assertEqual(fd, -1)

    def test_the_hosts_without_the_namespace(self):
        fd = self.libc.mq_open(self.name.encode(), os.O_CREAT | os.O_RDWR,
                               0o600, None)
        self.assertGreaterEqual(fd, 0)
        self.addCleanup(self.libc.mq_unlink, self.name.encode())
        os.close(fd)
        self.assertEqual(self.make('-p'), 'EEXIST\n')


if __name__ == '__main__':
    unittest.main()
