#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What only root can arrange; nsrun itself is an ordinary user's. Another user
of the machine wants to reach what listens in a private network; the machine has
another name server. Prints TAP.

usage: arranged.py --nsrun PATH
"""

import argparse
import http.server
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
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


class NameServer(threading.Thread):
    """Knows one name. RFC 1035."""

    def __init__(self, ip, name, address):
        super().__init__(daemon=True)
        self.known, self.address = name.encode(), socket.inet_aton(address)
        self.asked = 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, 53))
        self.start()

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]])
            at += query[at] + 1
        question, kind = query[12:at + 5], query[at + 1:at + 3]
        known = b'.'.join(labels) == self.known
        record = b''
        if known and kind == b'\0\1':
            record = (b'\xc0\x0c' + kind + b'\0\1\0\0\0\x3c\0\4'
                      + self.address)
        return (query[:2] + (b'\x85\x80' if known else b'\x85\x83')
                + b'\0\1' + bytes([0, bool(record)]) + b'\0\0\0\0'
                + question + record)

    def run(self):
        while True:
            query, who = self.socket.recvfrom(512)
            self.asked += 1
            self.socket.sendto(self.answer(query), who)


class Names(unittest.TestCase):
    """A name server of the host's, on its loopback and on its network."""

    ADDRESS = '198.51.100.7'
    NAME = 'server.example'

    @classmethod
    def setUpClass(cls):
        for ip in (cls.ADDRESS, '198.51.100.53'):
            subprocess.run(['ip', 'addr', 'add', f'{ip}/32', 'dev', 'lo'],
                           check=True)
        cls.http = http.server.HTTPServer((cls.ADDRESS, 0), Hello)
        cls.port = cls.http.server_port
        threading.Thread(target=cls.http.serve_forever, daemon=True).start()
        cls.servers = {ip: NameServer(ip, cls.NAME, cls.ADDRESS)
                       for ip in ('127.0.0.53', '198.51.100.53')}

    def curl(self, server, *options, name=NAME):
        with open('resolv.conf', 'w', encoding='utf-8') as file:
            file.write(f'nameserver {server}\n')
        return subprocess.run(
            ['unshare', '--mount', 'sh', '-c',
             'mount --bind resolv.conf /etc/resolv.conf && exec "$@"', 'sh',
             *as_user(isolate.NOBODY, os.environ['NSRUN'], '--net=nat',
                      *options, '--', 'curl', '-sS',
                      f'http://{name}:{self.port}/')],
            capture_output=True, encoding='utf-8', timeout=60)

    def test_name_is_allowed(self):
        for ip, server in self.servers.items():
            before = server.asked
            done = self.curl(ip, f'--allow={self.NAME}:{self.port}')
            self.assertEqual((done.stdout, done.stderr, done.returncode),
                             ('hello', '', 0), ip)
            self.assertGreater(server.asked, before)

    def test_name_is_found_and_not_allowed(self):
        done = self.curl('127.0.0.53', '--allow=192.0.2.1')
        self.assertEqual(done.returncode, 7, done.stderr)

    def test_nobody_has_the_name(self):
        done = self.curl('127.0.0.53', '--allow=any', name='nobody.example')
        self.assertEqual(done.returncode, 6, done.stderr)


class Six(unittest.TestCase):
    """A host with a way out by IPv6."""

    ADDRESS = '2001:db8::7'

    @classmethod
    def setUpClass(cls):
        for command in (f'addr add {cls.ADDRESS}/128 dev lo nodad',
                        '-6 route add default dev lo'):
            subprocess.run(['ip', *command.split()], check=True)
        cls.http = HttpSix((cls.ADDRESS, 0), Hello)
        cls.port = cls.http.server_port
        threading.Thread(target=cls.http.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        subprocess.run(['ip', '-6', 'route', 'del', 'default', 'dev', 'lo'],
                       check=True)

    def run_inside(self, *command, allow):
        return subprocess.run(
            as_user(isolate.NOBODY, os.environ['NSRUN'], '--net=nat',
                    f'--allow={allow}', '--', *command),
            capture_output=True, encoding='utf-8', timeout=60)

    def curl(self, address, allow):
        return self.run_inside('curl', '-gsS',
                               f'http://[{address}]:{self.port}/', allow=allow)

    def test_tcp(self):
        for allow in (self.ADDRESS, '2001:db8::/32', 'any',
                      f'[{self.ADDRESS}]:{self.port}'):
            done = self.curl(self.ADDRESS, allow)
            self.assertEqual((done.stdout, done.stderr), ('hello', ''), allow)

    def test_udp(self):
        end = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        end.bind((self.ADDRESS, 0))
        end.settimeout(30)
        self.addCleanup(end.close)

        def answer():
            data, who = end.recvfrom(99)
            end.sendto(data[::-1], who)

        thread = threading.Thread(target=answer)
        thread.start()
        done = self.run_inside(isolate.SYSTEM_PYTHON, '-c', f"""
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.settimeout(20)
s.sendto(b'abc', {end.getsockname()[:2]})
print(s.recv(9))
""", allow=self.ADDRESS)
        thread.join()
        self.assertEqual((done.stdout, done.stderr), ("b'cba'\n", ''))

    def test_not_allowed(self):
        self.assertEqual(self.curl(self.ADDRESS, '2001:db8::8').returncode, 7)

    def test_what_is_never_meant(self):
        loopback = HttpSix(('::1', self.port), Hello)
        self.addCleanup(loopback.server_close)
        for address in ('::1', 'fd6e:7372:756e:2::2', '::7f00:1',
                        '::ffff:127.0.0.1', 'fe80::1%25eth0', '::'):
            for allow in ('any', 'localhost', '::/0', '::1'):
                done = self.curl(address, allow)
                self.assertEqual((done.stdout, done.returncode), ('', 7),
                                 (address, allow))


class HttpSix(http.server.HTTPServer):
    address_family = socket.AF_INET6


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Length', '5')
        self.end_headers()
        self.wfile.write(b'hello')

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--nsrun', required=True)
    parser.add_argument('--inside', action='store_true')
    options = parser.parse_args()

    if options.inside:
        os.environ['NSRUN'] = options.nsrun
        return tap.run_suite(
            unittest.defaultTestLoader.loadTestsFromModule(
                sys.modules['__main__']))
    prefix = isolate.own_places(isolate.kernel_namespace())
    if prefix is None or not shutil.which('curl'):
        print('1..0 # SKIP needs root')
        return 0
    with isolate.Workplace(options.nsrun) as place:
        tests = place.copy_tests()
        command = prefix + [isolate.SYSTEM_PYTHON, '-B',
                            os.path.join(tests, 'arranged.py'), '--inside',
                            '--nsrun', place.nsrun]
        return subprocess.run(command, env=isolate.environment(place.home),
                              cwd=place.path, stdin=subprocess.DEVNULL).returncode


if __name__ == '__main__':
    sys.exit(main())
