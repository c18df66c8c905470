# SPDX-License-Identifier: Apache-2.0
"""Networks of their own: servers on the same port, what is too much."""

import os
import re
import subprocess
import tempfile
import unittest

from harness import CliTest, LIMIT, NSRUN

SERVER = '''
import http.server, socket, threading, urllib.request
http.server.ThreadingHTTPServer.address_family = socket.{family}
server = http.server.ThreadingHTTPServer(("{address}", 80), http.server.SimpleHTTPRequestHandler)
server.RequestHandlerClass.log_message = lambda *_: None
threading.Thread(target=server.serve_forever, daemon=True).start()
print(urllib.request.urlopen("http://{url}/{name}").read().decode(), flush=True)
input()
server.shutdown()
'''

FEW = '''
import errno, socket
made = []
def more():
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    made.append(s)
try:
    while True:
        more()
except OSError as error:
    print(errno.errorcode[error.errno])
del made[:len(made) // 2]
try:
    for _ in range(5):
        more()
    c = socket.create_connection(made[-1].getsockname())
    a, _ = made[-1].accept()
    c.sendall(b"x")
    print(a.recv(1))
except OSError as error:
    print("then", error)
'''

# More than there are descriptors, one after another; then all at once.
NAMES = '''
import errno, socket
for i in range(300):
    s = socket.socket(socket.AF_UNIX)
    s.bind(f"\\0name {i}")
    s.close()
    t = socket.create_server(("127.0.0.1", 0))
    t.close()
made = []
try:
    while True:
        made.append(socket.socket(socket.AF_UNIX))
        made[-1].bind(f"\\0many {len(made)}")
except OSError as error:
    print(errno.errorcode[error.errno])
made[0].listen()
del made[1:]
c = socket.socket(socket.AF_UNIX)
c.connect(made[0].getsockname())
print(c.getpeername())
'''

HALF_OPEN = '''
import errno, select, socket
server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(1)
clients = [socket.socket() for _ in range({count})]
said = set()
for client in clients:
    client.setblocking(False)
    said.add(errno.errorcode[client.connect_ex(server.getsockname())])
print(said)
failed = 0
for client in clients:
    ready = select.poll()
    ready.register(client, select.POLLOUT)
    ready.poll()
    failed += client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
print(failed, "failed")
accepted = 0
server.setblocking(False)
try:
    while True:
        server.accept()[0].close()
        accepted += 1
except BlockingIOError:
    print(accepted, "accepted")
'''

# Sockets of every kind, open until a line comes.
OPEN = '''
import socket
def made(kind, address, family=socket.AF_INET):
    s = socket.socket(family, kind)
    s.bind(address)
    return s
server = made(socket.SOCK_STREAM, ("127.0.0.1", 7300))
server.listen()
client = socket.create_connection(("127.0.0.1", 7300))
end, _ = server.accept()
receiver = made(socket.SOCK_DGRAM, ("127.0.0.1", 7300))
made(socket.SOCK_DGRAM, ("127.0.0.1", 0)).sendto(b"x", ("127.0.0.1", 7300))
named = made(socket.SOCK_STREAM, "\\0name-of-a-net", socket.AF_UNIX)
named.listen()
print("open", flush=True)
input()
'''


class Net(CliTest):
    def start(self, text):
        """A server inside, that has answered its own request."""
        server = subprocess.Popen([NSRUN, '-n', '--', 'python3', '-c', text],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, encoding='utf-8')
        self.addCleanup(server.kill)
        return server, server.stdout.readline()

    def test_two_servers_on_one_port(self):
        with open('one', 'w', encoding='utf-8') as file:
            file.write('content')
        for family, address, url in (('AF_INET', '127.0.0.1', '127.0.0.1'),
                                     ('AF_INET6', '::1', '[::1]')):
            text = SERVER.format(family=family, address=address, url=url, name='one')
            first, second = self.start(text), self.start(text)
            with self.subTest(address=address):
                for server, answer in (first, second):
                    got = server.communicate('\n', timeout=LIMIT)
                    self.assertEqual((answer, server.returncode, *got), ('content\n', 0, '', ''))

    def test_names_on_the_host_are_text(self):
        server, _ = self.start(OPEN)
        with open('/proc/net/unix', encoding='ascii') as file:
            names = [line.split()[7] for line in file if len(line.split()) > 7]
        server.communicate('\n', timeout=LIMIT)
        self.assertFalse([name for name in names if 'name-of-a-net' in name])
        self.assertTrue([name for name in names if re.fullmatch('@nsr[-_0-9a-zA-Z]{94}', name)])

    def test_few_descriptors(self):
        # Those of the supervisor, and of the program, which has more.
        done = self.run_command(
            ['prlimit', '--nofile=96', NSRUN, '-n', '--', 'python3', '-c', FEW])
        self.assertEqual(done.returncode, 0)
        first, second = done.stdout.splitlines()
        self.assertIn(first, ('ENOBUFS', 'ENFILE', 'EMFILE'))
        self.assertEqual(second, "b'x'")

    def test_few_descriptors_for_names(self):
        done = self.run_command(
            ['prlimit', '--nofile=96', NSRUN, '-n', '--', 'python3', '-c', NAMES])
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        first, second = done.stdout.splitlines()
        self.assertIn(first, ('ENOBUFS', 'ENFILE', 'EMFILE'))
        self.assertEqual(second, "b'\\x00many 1'")

    def test_half_open(self):
        done = self.nsrun('-n', '--', 'python3', '-c', HALF_OPEN.format(count=1000))
        self.expect(done, 0, "{'EINPROGRESS'}\n0 failed\n1000 accepted\n")

    def test_backlog_overflow(self):
        done = self.nsrun('-n', '--', 'python3', '-c', HALF_OPEN.format(count=5000))
        self.assertEqual(done.returncode, 0, done.stderr)
        said, failed, accepted = done.stdout.splitlines()
        self.assertEqual(said, "{'EINPROGRESS'}")
        self.assertEqual(int(failed.split()[0]) + int(accepted.split()[0]), 5000)

    def test_nothing_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            self.nsrun('-n', '--', 'python3', '-c', HALF_OPEN.format(count=10),
                       env=dict(os.environ, XDG_RUNTIME_DIR=folder))
            self.assertEqual(os.listdir(folder), [])

    def test_files_move_between_folders(self):
        done = self.nsrun('-n', '--', 'sh', '-ec',
                          'cd "$(mktemp -d)"; mkdir d; echo x >f; ln f d/l;'
                          ' python3 -c "import os, sys; os.rename(*sys.argv[1:])" f d/f;'
                          ' ls d; rm -r "$PWD"')
        self.expect(done, 0, 'f\nl\n')

    def test_options(self):
        self.expect(self.nsrun('--net=nowhere', '--', 'true'), 125, '',
                    'nsrun: --net: nowhere: no such network\n'
                    '  hint: `nsrun --help` lists the options\n')
        self.expect(self.nsrun('--net=none-up', '--', 'python3', '-c',
                               'import socket; socket.create_connection(("127.0.0.1", 1))'),
                    1, '', re.compile('Network is unreachable'))


if __name__ == '__main__':
    unittest.main()
