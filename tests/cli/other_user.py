#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Another user of the machine, who wants to reach what listens in a private
network; prints TAP. Needs root, to be two users.

usage: other_user.py --nsrun PATH
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import unittest

import isolate
import tap

OTHER = 65533
PORT = 7400

# Listens in every way; then tells whether anybody came.
SERVER = r"""
import socket, sys
def made(kind, address, family=socket.AF_INET):
    s = socket.socket(family, kind)
    s.bind(address)
    if kind != socket.SOCK_DGRAM:
        s.listen()
    s.setblocking(False)
    return s
UNIX = socket.AF_UNIX
all = [made(socket.SOCK_STREAM, ('0.0.0.0', PORT)), made(socket.SOCK_DGRAM, ('0.0.0.0', PORT)),
       made(socket.SOCK_STREAM, ('::', PORT + 1), socket.AF_INET6),
       made(socket.SOCK_STREAM, '\0stream', UNIX), made(socket.SOCK_DGRAM, '\0datagram', UNIX),
       made(socket.SOCK_SEQPACKET, '\0packets', UNIX)]
c = socket.create_connection(('127.0.0.1', PORT))
c.setblocking(True)
all[0].accept()
made(socket.SOCK_DGRAM, ('127.0.0.1', 0)).sendto(b'x', ('127.0.0.1', PORT))
all[1].recv(1)
print('ready', flush=True)
sys.stdin.readline()
for s in all:
    try:
        print('somebody came:', s.recv(9) if s.type == socket.SOCK_DGRAM else s.accept())
    except BlockingIOError:
        pass
print('end')
""".replace('PORT', str(PORT))

# Tells what it reached. Arguments: ports.
ATTACK = r"""
import ctypes, glob, json, os, socket, sys
reached = []
def attempt(what, family, kind, address):
    s = socket.socket(family, kind)
    s.settimeout(2)
    try:
        s.connect(address)
        s.send(b'x')
        reached.append(what)
    except OSError:
        pass
    s.close()
def names():
    for line in open('/proc/net/unix', encoding='utf-8'):
        words = line.rstrip('\n').split(' ', 7)
        name = line.split(None, 7)[7].rstrip('\n') if len(line.split(None, 7)) > 7 else ''
        if name and name != 'Path':
            yield '\0' + name[1:] if name[0] == '@' else name
def files():
    for fd in glob.glob('/proc/[0-9]*/fd/*'):
        yield fd
    for place in ('/dev/shm', '/tmp', '/var/tmp', '/run/user/65534'):
        yield from glob.glob(place + '/nsrun.*/*')
KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET)
for name in list(names()) + list(files()):
    if not name.startswith('\0nsrun/'):
        for kind in KINDS:
            attempt(name.replace('\0', '@'), socket.AF_UNIX, kind, name)
for port in sys.argv[1:]:
    for family, ip in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
        attempt(f'{ip} {port}', family, socket.SOCK_STREAM, (ip, int(port)))
libc = ctypes.CDLL(None, use_errno=True)
for entry in glob.glob('/proc/[0-9]*'):
    pid = int(entry[6:])
    if os.stat(entry).st_uid == os.getuid():
        continue
    try:
        pidfd = os.pidfd_open(pid)
    except OSError:
        continue
    for fd in range(256):
        if libc.syscall(438, pidfd, fd, 0) >= 0:
            reached.append(f'descriptor {fd} of {pid}')
    if libc.ptrace(16, pid, 0, 0) == 0:
        reached.append(f'process {pid}')
    os.close(pidfd)
print(json.dumps(sorted(set(reached))))
"""


def as_user(uid, *command):
    return ['setpriv', f'--reuid={uid}', f'--regid={uid}', '--clear-groups',
            *command]


class OtherUser(unittest.TestCase):
    def attack(self, *ports):
        """What the other user reaches."""
        done = subprocess.run(
            as_user(OTHER, isolate.SYSTEM_PYTHON, '-c', ATTACK,
                    *map(str, ports)),
            capture_output=True, encoding='utf-8', timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return json.loads(done.stdout)

    def serve(self, *prefix):
        server = subprocess.Popen(
            as_user(isolate.NOBODY, *prefix, isolate.SYSTEM_PYTHON, '-c',
                    SERVER),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding='utf-8')
        self.addCleanup(server.kill)
        self.assertEqual(server.stdout.readline(), 'ready\n')
        return server

    def test_private_ports(self):
        server = self.serve(os.environ['NSRUN'], '-n', '--')
        self.assertEqual(self.attack(PORT, PORT + 1), [])
        said, _ = server.communicate('\n', timeout=30)
        self.assertEqual((said, server.returncode), ('end\n', 0))

    def test_the_same_without_a_network(self):
        server = self.serve()
        reached = self.attack(PORT, PORT + 1)
        said, _ = server.communicate('\n', timeout=30)
        self.assertEqual(reached,
                         [f'127.0.0.1 {PORT}', f'127.0.0.1 {PORT + 1}',
                          f'::1 {PORT + 1}', '@datagram', '@packets',
                          '@stream'])
        self.assertIn('somebody came', said)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--nsrun', required=True)
    parser.add_argument('--inside', action='store_true')
    options = parser.parse_args()

    if options.inside:
        os.environ['NSRUN'] = options.nsrun
        return tap.run_suite(unittest.defaultTestLoader.loadTestsFromTestCase(
            OtherUser))
    prefix = isolate.own_network(isolate.kernel_namespace())
    if prefix is None or not shutil.which('setpriv'):
        print('1..0 # SKIP needs root, to be two users')
        return 0
    with isolate.Workplace(options.nsrun) as place:
        tests = place.copy_tests()
        command = prefix + [isolate.SYSTEM_PYTHON, '-B',
                            os.path.join(tests, 'other_user.py'), '--inside',
                            '--nsrun', place.nsrun]
        return subprocess.run(command, env=isolate.environment(place.home),
                              cwd='/', stdin=subprocess.DEVNULL).returncode


if __name__ == '__main__':
    sys.exit(main())
