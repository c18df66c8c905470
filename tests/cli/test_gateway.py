# SPDX-License-Identifier: Apache-2.0
"""What leads out of a private network and into it: --publish, --net=nat,
--link."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from harness import LIMIT, CliTest, Reader, descendants, ended

# Serves port 80: tells how many bytes came, their hash, and who sent them.
COUNT = r"""
import hashlib, socket, threading
def serve(c, who):
    total, n = hashlib.sha1(), 0
    while data := c.recv(1 << 20):
        total.update(data)
        n += len(data)
    c.sendall(f'{n} {total.hexdigest()} {who[0]}'.encode())
    c.close()
listener = socket.create_server(('0.0.0.0', 80), backlog=200)
print('ready', flush=True)
while True:
    threading.Thread(target=serve, args=listener.accept(), daemon=True).start()
"""
ECHO_UDP = r"""
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('0.0.0.0', 7))
print('ready', flush=True)
while True:
    data, who = s.recvfrom(65536)
    s.sendto(who[0].encode() + b' ' + data, who)
"""
# Resets the first connection, and waits for the reset of the second.
RESET = r"""
import socket, struct
listener = socket.create_server(('0.0.0.0', 80))
print('ready', flush=True)
c = listener.accept()[0]
c.recv(1)
c.close()               # with a byte unread
c = listener.accept()[0]
print('end:', c.recv(1), flush=True)
"""
# connect(2) to each HOST:PORT, waiting and not, then SO_ERROR.
CONNECT = r"""
import errno, select, socket, sys
def name(number):
    return errno.errorcode.get(number, str(number))
def attempt(host, port, waits):
    s = socket.socket()
    s.setblocking(waits)
    result = s.connect_ex((host, int(port)))
    words = [name(result)]
    if result == errno.EINPROGRESS:
        poll = select.poll()
        poll.register(s, select.POLLOUT)
        words.append('ready' if poll.poll(90000) else 'never')
        result = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        words.append(name(result))
    if not result:
        s.setblocking(True)
        words.append(str(s.getpeername() == (host, int(port))))
        words.append(s.recv(100).decode())
    return ' '.join(words)
for target in sys.argv[1:]:
    host, port = target.rsplit(':', 1)
    for waits in (True, False):
        print(attempt(host, port, waits), flush=True)
"""


def host_port(kind=socket.SOCK_STREAM):
    """A port of the host's loopback that nobody has."""
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def has_resolver():
    try:
        with open('/etc/resolv.conf', encoding='utf-8') as file:
            lines = file.read().splitlines()
    except OSError:
        return False
    return shutil.which('curl') and any(
        line.split()[:1] == ['nameserver'] for line in lines)


class Greeter(threading.Thread):
    """A server of the host's loopback that says hello and hangs up."""

    def __init__(self):
        super().__init__(daemon=True)
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                connection = self.listener.accept()[0]
            except OSError:
                return
            with connection:
                connection.sendall(b'hello')


class GatewayTest(CliTest):
    def serve(self, script, *options):
        process = self.start(*options, '--', 'python3', '-c', script,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        Reader(process.stdout.fileno()).until('ready\n')
        return process

    def end(self, process):
        process.send_signal(signal.SIGKILL)
        process.wait(LIMIT)
        process.stdout.close()

    def greeter(self):
        greeter = Greeter()
        self.addCleanup(greeter.listener.close)
        return greeter.port

    def ask(self, port, data=b'', host='127.0.0.1'):
        with socket.create_connection((host, port), LIMIT) as s:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            answer = b''
            while part := s.recv(4096):
                answer += part
        return answer.decode().split()


class Publish(GatewayTest):
    def test_bytes_arrive_and_ends_are_half_closed(self):
        port = host_port()
        process = self.serve(COUNT, '-n', '-P', f'{port}:80')
        for size in (0, 1, 3000, 20_000_000):
            data = os.urandom(size)
            self.assertEqual(self.ask(port, data),
                             [str(size), hashlib.sha1(data).hexdigest(),
                              '10.0.2.2'])
        self.end(process)

    def test_many_at_once(self):
        port = host_port()
        process = self.serve(COUNT, '-n', '-P', f'127.0.0.1:{port}:80')
        answers = []
        threads = [threading.Thread(
            target=lambda: answers.append(self.ask(port, bytes(100_000))))
            for _ in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(LIMIT)
        self.assertEqual({a[0] for a in answers}, {'100000'})
        self.assertEqual(len(answers), 60)
        self.end(process)

    def test_two_instances_have_the_same_port(self):
        ports = [host_port(), host_port()]
        processes = [self.serve(COUNT, '-n', '-P', f'{port}:80')
                     for port in ports]
        for port in ports:
            self.assertEqual(self.ask(port, b'abc')[0], '3')
        for process in processes:
            self.end(process)

    def test_nobody_listens_inside(self):
        port, other = host_port(), host_port()
        process = self.serve(COUNT, '-n', '-P', f'{port}:80', '-P',
                             f'{other}:81')
        with self.assertRaises(ConnectionResetError):
            with socket.create_connection(('127.0.0.1', other), LIMIT) as s:
                s.recv(1)
        self.assertEqual(self.ask(port, b'x')[0], '1')
        self.end(process)

    def test_resets_are_carried_over(self):
        port = host_port()
        process = self.serve(RESET, '-n', '-P', f'{port}:80')
        with socket.create_connection(('127.0.0.1', port), LIMIT) as s:
            s.sendall(b'ab')
            self.assertRaises(ConnectionResetError, s.recv, 1)
        s = socket.create_connection(('127.0.0.1', port), LIMIT)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     b'\1\0\0\0\0\0\0\0')
        s.close()
        self.assertEqual(process.wait(LIMIT), 0)
        self.assertEqual(process.stdout.read(), b"end: b''\n")
        process.stdout.close()

    def test_udp(self):
        port = host_port(socket.SOCK_DGRAM)
        process = self.serve(ECHO_UDP, '-n', '-P', f'{port}:7/udp')
        for size in (0, 5, 60000):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(LIMIT)
                s.connect(('127.0.0.1', port))
                s.send(bytes(size))
                self.assertEqual(s.recv(65536),
                                 b'10.0.2.2 ' + bytes(size))
        self.end(process)

    def test_port_is_taken(self):
        port = self.greeter()
        done = self.nsrun('-n', '-P', f'{port}:80', '--', 'true')
        self.assertEqual(done.returncode, 125)
        self.assertEqual(done.stderr, f'nsrun: --publish: {port}:80: '
                         'Address already in use\n')

    def test_options_that_are_none(self):
        for text in ('80', 'x:80', '80:', '0:80', '70000:80', '80:80/sctp',
                     'nowhere:80:80', '[::1:80:80', ':', ''):
            done = self.nsrun('-n', '-P', text, '--', 'true')
            self.assertEqual(done.returncode, 125, text)
            self.assertIn('--publish', done.stderr)

    def test_ends_with_its_supervisor(self):
        port = host_port()
        process = self.serve(COUNT, '-n', '-P', f'{port}:80')
        children = descendants(process.pid)
        self.end(process)
        for child in children:
            self.assertTrue(ended(child.pid, LIMIT), child)
        self.assertRaises(ConnectionRefusedError, socket.create_connection,
                          ('127.0.0.1', port), LIMIT)


class Nat(GatewayTest):
    def connect(self, *targets, allow=()):
        options = [f'--allow={rule}' for rule in allow]
        done = self.nsrun('--net=nat', *options, '--', 'python3', '-c',
                          CONNECT, *targets)
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        return done.stdout.splitlines()

    def test_host_loopback(self):
        port = self.greeter()
        for rule in (f'localhost:{port}', '127.0.0.1', f'10.0.2.2:{port}',
                     'host.nsrun.internal'):
            self.assertEqual(self.connect(f'10.0.2.2:{port}', allow=[rule]),
                             ['0 True hello',
                              'EINPROGRESS ready 0 True hello'])

    def test_nobody_listens(self):
        self.assertEqual(self.connect(f'10.0.2.2:{host_port()}',
                                      allow=['localhost']),
                         ['ECONNREFUSED', 'EINPROGRESS ready ECONNREFUSED'])

    def test_nothing_is_allowed_to_begin_with(self):
        port = self.greeter()
        refused = ['EACCES', 'EINPROGRESS ready EACCES']
        self.assertEqual(self.connect(f'10.0.2.2:{port}', '192.0.2.9:80'),
                         2 * refused)

    def test_what_is_never_meant(self):
        """Not even `any`, or a wide prefix, is the host's own loopback."""
        port = self.greeter()
        for rule in ('any', '0.0.0.0/0', '10.0.0.0/8', f'any:{port}',
                     '127.0.0.0/8', f'localhost:{port ^ 1}'):
            self.assertEqual(self.connect(f'10.0.2.2:{port}', allow=[rule]),
                             ['EACCES', 'EINPROGRESS ready EACCES'], rule)

    def test_loopback_stays_inside(self):
        port = self.greeter()
        refused = ['ECONNREFUSED', 'EINPROGRESS ready ECONNREFUSED']
        self.assertEqual(self.connect(f'127.0.0.1:{port}', f'0.0.0.0:{port}',
                                      f'10.0.2.15:{port}',
                                      allow=['any', 'localhost']),
                         3 * refused)

    def test_udp(self):
        """Connected and not, to an echo server of the host's loopback."""
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(('127.0.0.1', 0))
        self.addCleanup(server.close)

        def echo():
            for _ in range(3):
                data, who = server.recvfrom(65536)
                server.sendto(data[::-1], who)

        thread = threading.Thread(target=echo, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        script = f"""
import socket
to = ('10.0.2.2', {port})
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(90)
s.sendto(b'abc', to)
print(s.recvfrom(100))
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(90)
s.connect(to)
for text in (b'def', b'ghi'):
    s.send(text)
    print(s.recv(100))
"""
        done = self.nsrun('--net=nat', f'--allow=localhost:{port}', '--',
                          'python3', '-c', script)
        self.expect(done, 0, f"(b'cba', ('10.0.2.2', {port}))\n"
                    "b'fed'\nb'ihg'\n")
        thread.join(LIMIT)

    @unittest.skipUnless(has_resolver(), 'needs a name server in '
                         '/etc/resolv.conf, and curl')
    def test_curl_with_a_name(self):
        port = self.greeter()
        done = self.nsrun('--net=nat', f'--allow=localhost:{port}', '--',
                          'curl', '-sS', '--http0.9',
                          f'http://host.nsrun.internal:{port}/')
        self.expect(done, 0, 'hello')

    def test_interface_is_the_end_of_a_pair(self):
        done = self.nsrun('--net=nat', '--', 'sh', '-c',
                          'ip -j -d link show eth0; cat /proc/net/route')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        shown, routes = done.stdout.split('\n', 1)
        link = json.loads(shown)[0]
        self.assertEqual((link['operstate'], link['linkinfo']['info_kind']),
                         ('UP', 'veth'))
        self.assertEqual(link['flags'],
                         ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'])
        self.assertEqual(routes.split()[11:14], ['eth0', '00000000', '0202000A'])

    def test_options_that_do_not_fit(self):
        for options in (['-n', '--allow=any'], ['--net=nat', '--allow=:80'],
                        ['--net=nat', '--allow=a/b'],
                        ['--net=nat', '--allow=any:0']):
            self.assertEqual(self.nsrun(*options, '--', 'true').returncode,
                             125)


# What a server tells of each caller, and what it sends back; then it waits.
SERVE_LINK = r"""
import socket, sys
any = sys.argv[1]
family = socket.AF_INET6 if ':' in any else socket.AF_INET
listener = socket.create_server((any, 80), family=family)
udp = socket.socket(family, socket.SOCK_DGRAM)
udp.bind((any, 53))
print('ready', flush=True)
for _ in range(2):
    c, who = listener.accept()
    c.sendall(f'{who[0]} to {c.getsockname()[0]}: '.encode() + c.recv(100))
    c.close()
for _ in range(2):
    data, who = udp.recvfrom(1000)
    udp.sendto(data[::-1], who)
c = listener.accept()[0]
c.recv(1)
c.recv(1)
"""
CALL_LINK = r"""
import errno, select, socket, sys
other = sys.argv[1]
family = socket.AF_INET6 if ':' in other else socket.AF_INET
for waits in (True, False):
    s = socket.socket(family)
    s.setblocking(waits)
    result = s.connect_ex((other, 80))
    print(errno.errorcode.get(result, result))
    if not waits:
        poll = select.poll()
        poll.register(s, select.POLLOUT)
        poll.poll(90000)
        print(s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
    s.setblocking(True)
    print(s.getpeername()[:2])
    s.sendall(b'abc')
    print(s.recv(100), s.recv(100))
print(errno.errorcode[socket.socket(family).connect_ex((other, 81))])
u = socket.socket(family, socket.SOCK_DGRAM)
u.settimeout(90)
u.sendto(b'abc', (other, 53))
data, who = u.recvfrom(100)
print(data, who[:2])
u = socket.socket(family, socket.SOCK_DGRAM)
u.settimeout(90)
u.connect((other, 53))
u.send(b'def')
print(u.recv(100))
s = socket.create_connection((other, 80))
print('held', flush=True)
try:
    print(s.recv(100))
except ConnectionResetError:
    print(b'')
"""
CALLED = """0
('{there}', 80)
b'{here} to {there}: abc' b''
EINPROGRESS
0
('{there}', 80)
b'{here} to {there}: abc' b''
ECONNREFUSED
b'cba' ('{there}', 53)
b'fed'
"""

# Told to, it takes those that wait.
SLOW_SERVER = """
import socket, sys
server = socket.create_server(('', 80), backlog=4096)
print('ready', flush=True)
sys.stdin.readline()
taken = [server.accept() for _ in range(int(sys.argv[1]))]
sys.stdin.readline()
"""
MANY_CALLS = """
import errno, socket, struct, sys
server = ('10.9.0.1', 80)
calls = [socket.create_connection(server) for _ in range(int(sys.argv[2]))]
with socket.socket() as s:
    s.setblocking(False)
    print(errno.errorcode[s.connect_ex(server)])
with socket.socket() as s:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack('ll', 0, 90000))
    print(errno.errorcode[s.connect_ex(server)])
print('full', flush=True)
while len(calls) < int(sys.argv[1]):
    calls.append(socket.create_connection(server))
print('all', flush=True)
"""

# A group of each family, and the broadcast to all that is near.
GROUP_MEMBER = """
import socket, struct
index = socket.if_nametoindex('link0')
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
six.bind(('::', 7600))
six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
               socket.inet_pton(socket.AF_INET6, 'ff02::77') + struct.pack('@i', index))
four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
four.bind(('', 7600))
four.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                socket.inet_aton('239.1.2.3') + struct.pack('@4si', b'', index))
four.setsockopt(socket.IPPROTO_IP, 12, 1)   # IP_RECVTTL
print('ready', flush=True)
for s in six, four, four, four:
    text, control, _, where = s.recvmsg(100, 100)
    print(text.decode(), where[0].split(':')[0], [c[2][0] for c in control], flush=True)
    s.sendto(b'answer to ' + text, where)
"""
GROUP_SENDER = """
import socket, struct
index = socket.if_nametoindex('link0')
def tell(s, text, *where):
    s.sendto(text, where)
    print(s.recv(100).decode(), flush=True)
six = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
tell(six, b'six', 'ff02::77', 7600, 0, index)
four = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    four.sendto(b'no way', ('239.1.2.3', 7600))
except OSError as error:
    print(error.strerror)
four.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
                struct.pack('@4s4si', b'', b'', index))
tell(four, b'four', '239.1.2.3', 7600)
four.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 9)
four.sendto(b'not joined', ('239.1.2.4', 7600))
tell(four, b'farther', '239.1.2.3', 7600)
four.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'link0')
four.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
tell(four, b'all', '255.255.255.255', 7600)
"""

# What it does between calls, a line of its own each.
CHANGING_SERVER = """
import socket, subprocess, sys
def serve(name, count):
    for _ in range(count):
        with server.accept()[0] as s:
            s.sendall(name)
def told(word):
    print(word, flush=True)
    sys.stdin.readline()
server = socket.create_server(('', 80))
told('ready')
serve(b'a', 3)
server.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b'lo')
told('bound')
server.close()
server = socket.create_server(('', 80))
told('another')
serve(b'b', 2)
for what in 'del', 'add':
    subprocess.run(['ip', 'addr', what, '10.9.0.1', 'peer', '10.9.0.2', 'dev',
                    'link0'], check=True)
    told(what)
serve(b'c', 1)
server.shutdown(socket.SHUT_RD)
told('shut')
"""
CHANGED_CALLS = """
import errno, socket, sys
for line in sys.stdin:
    for _ in range(int(line)):
        with socket.socket() as s:
            r = s.connect_ex(('10.9.0.1', 80))
            print(s.recv(9).decode() if r == 0 else errno.errorcode[r])
    print('done', flush=True)
"""


class Link(GatewayTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=folder)

    def process(self, *arguments):
        return self.start(*arguments, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, env=self.environment)

    def first(self, *options, any='0.0.0.0'):
        process = self.process(*options, '-l', 'first', '--', 'python3', '-c',
                               SERVE_LINK, any)
        Reader(process.stdout.fileno()).until('ready\n')
        return process

    def run_second(self, *arguments):
        return self.nsrun(*arguments, env=self.environment)

    def talk(self, any, here, there):
        first = self.first('-n', any=any)
        second = self.process('--link=first=10.9.0.2', '--', 'python3', '-c',
                              CALL_LINK, there)
        reader = Reader(second.stdout.fileno())
        self.assertEqual(reader.until('held\n'),
                         CALLED.format(here=here, there=there) + 'held\n')
        self.end(first)
        self.assertEqual(second.wait(LIMIT), 0)
        self.assertEqual(second.stdout.read(), b"b''\n")
        second.stdout.close()

    def test_bytes_datagrams_and_the_end(self):
        self.talk('0.0.0.0', '10.9.0.2', '10.9.0.1')

    def test_the_same_of_six(self):
        self.talk('::', 'fd6e:7372:756e::a09:2', 'fd6e:7372:756e::a09:1')

    def test_groups(self):
        """Multicast of both families and broadcast, with an answer to each."""
        first = self.process('-n', '-l', 'first', '--', 'sh', '-c', '''
            echo there
            until ip link show link0 >/dev/null 2>&1; do :; done
            exec python3 -c "$0"''', GROUP_MEMBER)
        member = Reader(first.stdout.fileno())
        member.until('there\n')
        second = self.start('--link=first=10.9.0.2', '--', 'sh', '-c',
                            'read line; exec python3 -c "$0"', GROUP_SENDER,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            env=self.environment)
        member.until('ready\n')
        second.stdin.write(b'\n')
        second.stdin.flush()
        self.assertEqual(Reader(second.stdout.fileno()).until('to all\n'),
                         'answer to six\nNetwork is unreachable\n'
                         'answer to four\nanswer to farther\nanswer to all\n')
        self.assertEqual(second.wait(LIMIT), 0)
        self.assertEqual(member.until(r'all .*\n'),
                         'six fe80 []\nfour 10.9.0.2 [1]\n'
                         'farther 10.9.0.2 [9]\nall 10.9.0.2 [64]\n')
        self.assertEqual(first.wait(LIMIT), 0)

    def test_interface_goes_with_the_other_instance(self):
        first = self.first('-n')
        second = self.process('--link=first', '--', 'sh', '-c', """
            ip link show link0 >/dev/null && echo ready
            while ip link show link0 >/dev/null 2>&1; do :; done
            """)
        Reader(second.stdout.fileno()).until('ready\n')
        self.end(first)
        self.assertEqual(second.wait(LIMIT), 0)
        second.stdout.close()

    def test_full_queue(self):
        with open('/proc/sys/net/core/somaxconn', encoding='ascii') as file:
            full = min(4096, int(file.read())) + 1
        count = full + 50
        first = self.start('-n', '-l', 'first', '--', 'python3', '-c', SLOW_SERVER,
                           str(count), stdin=subprocess.PIPE,
                           stdout=subprocess.PIPE, env=self.environment)
        Reader(first.stdout.fileno()).until('ready\n')
        second = self.process('--link=first=10.9.0.2', '--', 'python3', '-c',
                              MANY_CALLS, str(count), str(full))
        reader = Reader(second.stdout.fileno())
        self.assertEqual(reader.until('full\n'),
                         'EINPROGRESS\nEINPROGRESS\nfull\n')
        first.stdin.write(b'\n')
        first.stdin.flush()
        reader.until('all\n')
        self.assertEqual(second.wait(LIMIT), 0)
        second.stdout.close()
        self.end(first)

    def test_what_changes_is_noticed(self):
        """Where calls lead is remembered, and forgotten in time."""
        pipes = {'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE,
                 'env': self.environment}
        first = self.start('-n', '-l', 'first', '--', 'python3', '-c',
                           CHANGING_SERVER, **pipes)
        says = Reader(first.stdout.fileno())
        says.until('ready\n')
        second = self.start('--link=first=10.9.0.2', '--', 'python3', '-c',
                            CHANGED_CALLS, **pipes)
        heard = Reader(second.stdout.fileno())

        def go_on():
            first.stdin.write(b'\n')
            first.stdin.flush()

        def calls(count, answer):
            second.stdin.write(f'{count}\n'.encode())
            second.stdin.flush()
            self.assertEqual(heard.until('done\n'), answer * count + 'done\n')

        go_on()
        calls(3, 'a\n')
        says.until('bound\n')
        calls(2, 'ECONNREFUSED\n')
        go_on()
        says.until('another\n')
        go_on()
        calls(2, 'b\n')
        says.until('del\n')
        calls(2, 'ECONNREFUSED\n')
        go_on()
        says.until('add\n')
        go_on()
        calls(1, 'c\n')
        says.until('shut\n')
        calls(2, 'ECONNREFUSED\n')
        self.end(first)
        second.stdin.close()
        self.assertEqual(second.wait(LIMIT), 0)
        second.stdout.close()

    def test_nobody_to_link_to(self):
        done = self.run_second('--link=first', '--', 'true')
        self.assertEqual((done.returncode, done.stderr),
                         (125, 'nsrun: first: no such instance\n'))

    def test_instance_without_a_network(self):
        first = self.process('-p', '-l', 'first', '--', 'sh', '-c',
                             'echo ready; sleep 60')
        Reader(first.stdout.fileno()).until('ready\n')
        done = self.run_second('--link=first', '--', 'true')
        self.assertEqual(done.returncode, 125)
        self.assertIn('no network of its own', done.stderr)
        self.end(first)

    def test_addresses_that_are_none(self):
        for text in ('first=', 'first=x', 'first=::1', 'first=1.2.3.4,',
                     'first=1.2.3.4,1.2.3.4'):
            done = self.run_second(f'--link={text}', '--', 'true')
            self.assertIn('not NAME[=ADDR[,OTHER]]', done.stderr)


class Hostile(GatewayTest):
    def test_thousand_half_open(self):
        """They end in a stated errno, and the gateway goes on."""
        port = self.greeter()
        script = f"""
import errno, socket
socks = []
known = (errno.EINPROGRESS, errno.ENOBUFS, errno.EMFILE)
for i in range(1000):
    try:
        s = socket.socket()
    except OSError as e:
        assert e.errno in known
        break
    s.setblocking(False)
    result = s.connect_ex(('192.0.2.%d' % (i % 200 + 1), 9))
    assert result in known, result
    socks.append(s)
for s in socks:
    s.close()
s = socket.create_connection(('10.0.2.2', {port}), 90)
print(s.recv(100))
"""
        done = self.nsrun('--net=nat', '--allow=192.0.2.0/24',
                          '--allow=localhost', '--', 'python3', '-c', script)
        self.expect(done, 0, "b'hello'\n")

    def test_gateway_is_out_of_reach(self):
        """Its memory and descriptors, for a guest that sees the host's
        processes: with a network of its own alone."""
        script = r"""
import os
seen = 0
for pid in filter(str.isdigit, os.listdir('/proc')):
    try:
        words = open(f'/proc/{pid}/cmdline').read()
    except OSError:
        continue
    if '--net=nat' not in words or int(pid) == os.getpid():
        continue
    seen += 1
    for look in (lambda: open(f'/proc/{pid}/mem', 'rb'),
                 lambda: os.listdir(f'/proc/{pid}/fd')):
        try:
            look()
            print('open', pid)
        except PermissionError:
            pass
        except OSError as error:
            print(error)
print('seen' if seen else 'none')
"""
        done = self.nsrun('--net=nat', '--', 'python3', '-c', script)
        self.assertEqual((done.returncode, done.stdout), (0, 'seen\n'))

    def test_killed_gateway_is_told(self):
        process = self.start('--net=nat', '--', 'sh', '-c',
                             'echo ready; read line; exit 3',
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        Reader(process.stdout.fileno()).until('ready\n')
        supervisor = [p for p in descendants(process.pid)
                      if p.parent == process.pid][0].pid
        gateway = [p for p in descendants(supervisor)
                   if p.parent == supervisor and p.name == 'nsrun']
        self.assertEqual(len(gateway), 1)
        os.kill(gateway[0].pid, signal.SIGKILL)
        Reader(process.stderr.fileno()).until('gateway: has ended')
        process.stdin.close()
        self.assertEqual(process.wait(LIMIT), 3)
        process.stdout.close()
        process.stderr.close()
