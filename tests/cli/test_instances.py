# SPDX-License-Identifier: Apache-2.0
"""Named instances, and what can be asked of instances from outside."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from harness import CliTest, LIMIT, NSRUN, Reader, Terminal, ended

LEVEL = ['sh', '-c', 'echo ready; read line; exit 9']
# Asks the instances that it can connect to, and prints what they answer.
ASK = r"""
import os, socket, struct, sys
folder = sys.argv[1]
names = [os.path.join(folder, n) for n in os.listdir(folder) if n[0] != '.']
for line in open('/proc/net/unix', encoding='latin-1'):
    name = line.rstrip('\n').rsplit(' ', 1)[-1]
    if name.startswith(f'@nsrun/{os.getuid()}/'):
        names.append('\0' + name[1:])
errors = []
for name in names:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        s.connect(name)
        s.settimeout(90)
        # op 2 ends an instance; the version is wrong on purpose
        s.send(struct.pack('32s6i', b'x', 2, 0, 0, 0, 0, 0) + bytes(16))
    except ConnectionRefusedError:
        continue        # the end of a connection
    except BrokenPipeError:
        pass
    errors.append(struct.unpack('i', s.recv(4096)[:4])[0])
print(errors)
"""
REFUSED, WRONG_VERSION = -1, -71


class InstanceTest(CliTest):
    def setUp(self):
        super().setUp()
        self.runtime = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.runtime)
        old = os.environ.get('XDG_RUNTIME_DIR')
        os.environ['XDG_RUNTIME_DIR'] = self.runtime
        self.addCleanup(self.put_back, old)
        self.folder = os.path.join(self.runtime, 'nsrun')

    @staticmethod
    def put_back(value):
        if value is None:
            del os.environ['XDG_RUNTIME_DIR']
        else:
            os.environ['XDG_RUNTIME_DIR'] = value

    def instance(self, *options, command=None, **more):
        """An instance whose command waits for its input's end."""
        process = self.start(*options, '--', *(command or LEVEL),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             **more)
        Reader(process.stdout.fileno()).until('ready\n')
        return process

    def end(self, process, status=9):
        process.stdin.close()
        self.assertEqual(process.wait(LIMIT), status)

    def listed(self):
        done = self.nsrun('ls', '--json')
        self.assertEqual((done.returncode, done.stderr), (0, ''))
        tree = json.loads(done.stdout)
        self.assertEqual((tree['schema'], tree['version']),
                         ('nsrun-instances', 1))
        return tree['instances']

    def sockets(self):
        if not os.path.isdir(self.folder):
            return []
        return [n for n in os.listdir(self.folder) if n[0] != '.']


class Names(InstanceTest):
    def test_enter_comes_to_the_mounts(self):
        for options in ['-rp'], ['-r'], ['-rp', '--no-agent']:
            process = self.instance(
                *options, '-l', 'box', command=[
                    'unshare', '-m', 'sh', '-c', 'mount -t tmpfs x /mnt; echo'
                    ' in >/mnt/file; echo ready; read line; cat /mnt/*; exit 9'])
            with self.subTest(options=options):
                done = self.nsrun('enter', 'box', '--', 'sh', '-c',
                                  'cat /mnt/file; cd /mnt && readlink'
                                  ' /proc/self/cwd; echo out >new;'
                                  ' tail -n 1 /proc/mounts')
                self.expect(done, 0, 'in\n/mnt\nx /mnt tmpfs rw,relatime 0 0\n')
            self.end(process)

    def test_second_joins_the_first(self):
        first = self.instance('-l', 'box', '--hostname=inner')
        done = self.nsrun('--name=box', '--', 'sh', '-c',
                          'echo $$ $PPID; hostname; exit 7')
        self.expect(done, 7, '2 0\ninner\n')
        self.end(first)
        self.assertEqual(self.sockets(), [])

    def test_name_is_free_again(self):
        for _ in range(3):
            self.expect(self.nsrun('-l', 'box', '--', 'sh', '-c', 'echo $$'),
                        0, '1\n')
        self.assertEqual(self.sockets(), [])

    def test_many_at_once_make_one(self):
        command = [NSRUN, '-l', 'box', '--', 'sh', '-c',
                   'echo $$; read line']
        all_of_them = [self.start(*command[1:], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE) for _ in range(6)]
        numbers = [Reader(p.stdout.fileno()).until('\n')
                   for p in all_of_them]
        self.assertEqual(sorted(numbers),
                         [f'{n}\n' for n in range(1, 7)])
        self.assertEqual(len(self.listed()), 1)
        self.expect(self.nsrun('kill', 'box'), 0, '')
        for process in all_of_them:
            self.assertEqual(process.wait(LIMIT), 137)

    def test_joining_what_ends(self):
        """Whoever comes too late for one makes the next one."""
        loop = ('for i in 1 2 3 4 5 6 7 8 9 10; do'
                ' "$0" -l box -- true || exit 1; done')
        processes = [subprocess.Popen(['sh', '-c', loop, NSRUN],
                                      stderr=subprocess.PIPE)
                     for _ in range(4)]
        for process in processes:
            errors = process.communicate(timeout=LIMIT)[1]
            # Its init may end while this one's command runs.
            self.assertIn((process.returncode, errors),
                          ((0, b''), (1, b'')))
        self.assertEqual(self.sockets(), [])

    def test_bad_names(self):
        for name in ('', '.', '..', 'a/b', '/', '.hidden', '17', 'a b',
                     'a\nb', 'x' * 65, 'x' * 4096):
            done = self.nsrun('-l', name, '--', 'true')
            self.expect(done, 125, '', re.compile(r'\Ansrun: '))
            self.assertFalse(os.path.exists(self.folder), name)
        self.expect(self.nsrun('-l', 'x' * 64, '--', 'true'), 0, '')

    def test_stale_socket(self):
        first = self.instance('-l', 'box', stderr=subprocess.DEVNULL)
        os.kill(self.listed()[0]['supervisor'], signal.SIGKILL)
        first.wait(LIMIT)
        self.assertEqual(self.sockets(), ['box'])
        done = self.nsrun('-l', 'box', '--', 'sh', '-c', 'echo $$')
        self.expect(done, 0, '1\n', 'nsrun: box: its supervisor was killed;'
                    ' its socket is removed\n')

    def test_failed_start_leaves_no_socket(self):
        self.nsrun('-l', 'box', '--', '/nonexistent')
        self.assertEqual(self.sockets(), [])

    def test_folder_of_others(self):
        os.mkdir(self.folder, 0o755)
        done = self.nsrun('-l', 'box', '--', 'true')
        self.expect(done, 125, '', re.compile('not a folder of this user'))
        os.rmdir(self.folder)
        os.symlink('/', self.folder)
        done = self.nsrun('-l', 'box', '--', 'true')
        self.expect(done, 125, '', re.compile(r'\Ansrun: '))

    def test_kept(self):
        self.expect(self.nsrun('-l', 'box', '--keep'), 0, '')
        self.expect(self.nsrun('-l', 'box', '--', 'sh', '-c',
                               'hostname other; echo $$'), 0, '2\n')
        self.expect(self.nsrun('-l', 'box', '--', 'hostname'), 0, 'other\n')
        self.expect(self.nsrun('-l', 'box', '--keep'), 125, '',
                    'nsrun: box: is there already\n')
        self.expect(self.nsrun('kill', 'box'), 0, '')
        self.assertEqual(self.sockets(), [])

    def test_kept_with_command(self):
        self.expect(self.nsrun('-l', 'box', '--keep', '--', 'sh', '-c',
                               'echo $$; exit 3'), 3, '2\n')
        found = self.listed()
        self.assertEqual([len(i['tasks']) for i in found], [1])
        self.assertTrue(found[0]['keep'])
        self.expect(self.nsrun('kill', 'box'), 0, '')


class Enter(InstanceTest):
    def setUp(self):
        super().setUp()
        self.first = self.instance('-l', 'box', '--hostname=inner')
        self.addCleanup(self.end, self.first)

    def test_streams_folder_environment_umask(self):
        old = os.umask(0o27)
        try:
            done = self.nsrun('enter', 'box', '--', 'sh', '-c',
                              'cat; pwd; umask; echo $GIVEN; echo e >&2',
                              text='in\n', cwd='/usr',
                              env=dict(os.environ, GIVEN='yes'))
        finally:
            os.umask(old)
        self.expect(done, 0, 'in\n/usr\n0027\nyes\n', 'e\n')

    def test_status(self):
        for script, status in (('exit 0', 0), ('exit 41', 41),
                               ('kill -TERM $$', 143), ('kill -9 $$', 137)):
            self.expect(self.nsrun('enter', 'box', '--', 'sh', '-c', script),
                        status, '')
        done = self.nsrun('enter', 'box', '--', '/nonexistent')
        self.expect(done, 127, '', re.compile('nonexistent'))

    def test_sees_and_is_seen(self):
        done = self.nsrun('enter', 'box', '--', 'sh', '-c',
                          'ps -o pid=,ppid= -e | tr -s " " | sed "s/^ //";'
                          ' kill -0 1 && echo yes')
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0:2] + lines[-1:], ['1 0', '2 0', 'yes'])

    def test_by_pid(self):
        pid = next(t['host']['tid'] for t in self.listed()[0]['tasks'])
        self.expect(self.nsrun('enter', str(pid), '--', 'hostname'), 0,
                    'inner\n')
        self.expect(self.nsrun('enter', str(os.getpid()), '--', 'true'), 125,
                    '', f'nsrun: {os.getpid()}: no process of an instance\n')

    def test_chosen_number(self):
        self.expect(self.nsrun('enter', 'box', '--pid=4711', '--', 'sh', '-c',
                               'echo $$; sh -c "echo \\$\\$"; true'),
                    0, '4711\n4712\n')
        self.expect(self.nsrun('enter', 'box', '--pid=1', '--', 'true'), 125,
                    '', 'nsrun: pid namespace: File exists\n')

    def test_some_namespaces(self):
        outside = self.run_command(['hostname']).stdout
        script = 'hostname; [ $$ -lt 100 ] && kill -0 1 && echo in; true'
        self.expect(self.nsrun('enter', 'box', '-p', '--', 'sh', '-c', script),
                    0, outside + 'in\n')
        done = self.nsrun('enter', 'box', '-u', '--', 'python3', '-c',
                          'import os, socket; print(socket.gethostname(),'
                          ' os.getpid() == int(os.readlink("/proc/self")),'
                          ' os.getppid())')
        self.assertRegex(done.stdout, r'\Ainner True [1-9]')
        self.expect(self.nsrun('enter', 'box', '-U', '--', 'true'), 125, '',
                    'nsrun: the instance has no user namespace\n')

    def made_inside(self, *made):
        """The host's number of a task in namespaces that unshare(1) makes."""
        inside = self.start('enter', 'box', '--', 'unshare', *made, 'sh', '-c',
                            'hostname deep 2>/dev/null; ip link set lo up'
                            ' 2>/dev/null; echo ready; read line',
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        Reader(inside.stdout.fileno()).until('ready\n')
        self.addCleanup(inside.stdin.close)
        return str(self.listed()[0]['tasks'][-1]['host']['tgid'])

    def test_late_user_and_net(self):
        pid = self.made_inside('--user', '--map-root-user', '--net', '--uts')
        script = ('id -u; hostname; ip -br link | cut -c1-3; wc -l </proc/net/dev;'
                  ' tr -s " " </proc/self/uid_map')
        done = self.nsrun('enter', pid, '--', 'sh', '-c', script)
        self.assertEqual((done.returncode, done.stdout.splitlines()[:4], done.stderr),
                         (0, ['0', 'deep', 'lo ', '3'], ''))
        self.assertRegex(done.stdout.splitlines()[4], r'\A 0 \d+ 1\Z')
        server = ('import socket; s = socket.create_server(("127.0.0.1", 0));'
                  ' c = socket.create_connection(s.getsockname());'
                  ' print(c.getpeername()[0])')
        self.expect(self.nsrun('enter', pid, '-n', '--', 'python3', '-c', server),
                    0, '127.0.0.1\n')
        self.expect(self.nsrun('enter', 'box', '-n', '--', 'true'), 125, '',
                    'nsrun: the instance has no net namespace\n')
        kinds = {ns['type'] for ns in self.listed()[0]['namespaces']}
        self.assertGreaterEqual(kinds, {'user', 'net'})

    def test_late_time(self):
        pid = self.made_inside('--time', '--fork', '--boottime', '1000000')
        done = self.nsrun('enter', pid, '--', 'cat', '/proc/uptime')
        self.assertGreater(float(done.stdout.split()[0]), 1000000)
        clock = ('import time; print(time.clock_gettime(time.CLOCK_BOOTTIME) >'
                 ' 1000000)')
        for letter, far in ('-T', True), ('-p', True), ('-u', False):
            self.expect(self.nsrun('enter', pid, letter, '--', 'python3', '-c',
                                   clock), 0, f'{far}\n')
        ahead = [ns['boottime'] for ns in self.listed()[0]['namespaces']
                 if ns['type'] == 'time']
        self.assertEqual(ahead, [1000000])

    def test_numbers_are_free_again(self):
        for _ in range(3):
            self.expect(self.nsrun('enter', 'box', '--pid=50', '--', 'sh',
                                   '-c', 'echo $$'), 0, '50\n')

    def test_orphan_is_inits(self):
        done = self.nsrun('enter', 'box', '--', 'python3', '-c', """
import os
parent = os.getpid()
if os.fork() == 0:
    while os.getppid() == parent:
        pass
    print(os.getppid())
""")
        self.expect(done, 0, '1\n')

    def test_ends_with_the_instance(self):
        process = self.start('enter', 'box', '--', 'sh', '-c',
                             'echo ready; read line',
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        Reader(process.stdout.fileno()).until('ready')
        self.first.stdin.close()
        self.assertEqual(process.wait(LIMIT), 137)

    def test_signal_to_the_client(self):
        process = self.start('enter', 'box', '--', 'sh', '-c',
                             'trap "exit 5" USR1; echo ready;'
                             ' while :; do :; done', stdout=subprocess.PIPE)
        Reader(process.stdout.fileno()).until('ready')
        process.send_signal(signal.SIGUSR1)
        self.assertEqual(process.wait(LIMIT), 5)

    def test_blocked_calls_wait_and_are_answered(self):
        done = self.nsrun('enter', 'box', '--', 'python3', '-c', """
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
queue = libc.msgget(0, 0o1600)
if os.fork() == 0:
    libc.msgsnd(queue, struct.pack('l2s', 7, b'hi'), 2, 0)
    os._exit(0)
buffer = ctypes.create_string_buffer(16)
print(libc.msgrcv(queue, buffer, 2, 0, 0), buffer.raw[8:10])
os.wait()
libc.msgctl(queue, 0, None)
""")
        self.expect(done, 0, "2 b'hi'\n")

    def test_shell_at_a_terminal(self):
        terminal = Terminal([NSRUN, 'enter', 'box', '--', 'bash', '--norc',
                             '--noprofile', '-i'])
        self.addCleanup(terminal.close)
        terminal.prompt()
        self.assertEqual(terminal.command('hostname'), 'inner\n')
        terminal.type("sh -c 'echo run\"\"ning; exec cat'\n")
        terminal.until('running')
        terminal.type('\x1a')
        terminal.until('Stopped')
        terminal.prompt()
        terminal.type('fg\n')
        terminal.until('exec cat')
        terminal.type('\x04')
        terminal.prompt()
        terminal.type('exit 6\n')
        self.assertEqual(terminal.wait(), 6)

    def test_stopped_job_of_a_shell_outside(self):
        terminal = Terminal(['bash', '--norc', '--noprofile', '-i'])
        self.addCleanup(terminal.close)
        terminal.prompt()
        terminal.type(f"{NSRUN} enter box -- sh -c 'echo run\"\"ning;"
                      " exec cat'\n")
        terminal.until('running')
        terminal.type('\x1a')
        terminal.until('Stopped')
        terminal.prompt()
        terminal.type('fg\n')
        terminal.until('exec cat')
        terminal.type('word\n')
        terminal.until('word[^w]*word')
        terminal.type('\x03')
        terminal.prompt()
        self.assertEqual(terminal.command('echo $?'), '130\n')
        terminal.type('exit 0\n')
        terminal.wait()


class Listing(InstanceTest):
    def test_unnamed_and_named(self):
        first = self.instance()
        second = self.instance('-p', '-l', 'box')
        found = {i['name']: i for i in self.listed()}
        self.assertEqual(set(found), {None, 'box'})
        self.assertEqual(found['box']['command'], LEVEL)
        self.assertEqual({n['type'] for n in found['box']['namespaces']},
                         {'pid'})
        self.assertEqual({n['type'] for n in found[None]['namespaces']},
                         {'pid', 'ipc', 'uts'})
        task = found['box']['tasks'][0]
        self.assertEqual((task['tid'], task['tgid'], task['ppid']),
                         ([1], [1], []))
        with open(f'/proc/{task["host"]["tid"]}/stat',
                  encoding='latin-1') as file:
            fields = file.read().rsplit(')', 1)[1].split()
        self.assertEqual(task['start'], int(fields[19]))
        self.assertEqual(task['host']['ppid'], int(fields[1]))
        text = self.nsrun('ls').stdout.splitlines()
        self.assertEqual(len(text), 3)
        self.end(first)
        self.end(second)

    def test_none(self):
        self.assertEqual(self.listed(), [])

    def test_ids_of_objects(self):
        first = self.instance('-l', 'box')
        self.nsrun('enter', 'box', '--', 'sh', '-c',
                   'ipcmk -Q; ipcmk -M 9; ipcmk -S 2')
        done = self.nsrun('ids', 'box', '--json')
        tree = json.loads(done.stdout)['instances'][0]
        ipc = next(n for n in tree['namespaces'] if n['type'] == 'ipc')
        for kind in ('shm', 'sem', 'msg'):
            self.assertEqual([(o['id'], o['uid'], o['mode'])
                              for o in ipc[kind]], [(0, os.getuid(), 0o644)])
            self.assertNotEqual(ipc[kind][0]['key'], 0)
        self.assertIn('msg key 0x', self.nsrun('ids', 'box').stdout)
        self.end(first)

    def test_odd_bytes(self):
        first = self.instance('-l', 'box')
        self.nsrun('enter', 'box', '--', 'python3', '-c', 'import socket;'
                   ' socket.sethostname(b"\\xff\\x1b[2J")')
        self.assertEqual(
            [n['hostname'] for n in self.listed()[0]['namespaces']
             if n['type'] == 'uts'], ['??[2J'])
        self.end(first)

    def test_kill_with_a_signal(self):
        first = self.instance('-l', 'box')
        self.expect(self.nsrun('kill', 'box', 'TERM'), 0, '')
        self.assertEqual(first.wait(LIMIT), 143)

    def test_kill_ends_all(self):
        first = self.instance('-l', 'box')
        supervisor = self.listed()[0]['supervisor']
        self.expect(self.nsrun('kill', 'box'), 0, '')
        self.assertTrue(ended(supervisor, LIMIT))
        self.assertEqual(first.wait(LIMIT), 137)

    def test_no_such(self):
        for command in (['ids', 'box'], ['kill', 'box'],
                        ['enter', 'box', '--', 'true']):
            self.expect(self.nsrun(*command), 125, '',
                        'nsrun: box: no such instance\n')

    def test_usage(self):
        for command in (['ls', 'box'], ['ids'], ['kill'], ['enter'],
                        ['enter', 'box'], ['kill', 'box', 'NOSIG'],
                        ['enter', 'box', '--pid=x', '--', 'true'],
                        ['enter', 'box', '-x', '--', 'true'],
                        ['--keep', '--', 'true'], ['ls', '--nothing']):
            done = self.nsrun(*command)
            self.expect(done, 125, '', re.compile(r'\Ansrun: '))


class Trust(InstanceTest):
    """Who may ask, and who is asked."""

    def ask(self, *prefix):
        done = self.run_command([*prefix, 'python3', '-c', ASK, self.folder])
        self.assertEqual(done.stderr, '')
        return json.loads(done.stdout)

    def test_guest_is_refused(self):
        first = self.instance('-l', 'one')
        second = self.instance('-l', 'two')
        third = self.instance()
        self.assertEqual(self.ask(), [WRONG_VERSION] * 3)
        self.assertEqual(self.ask(NSRUN, 'enter', 'one', '--'), [REFUSED] * 3)
        self.assertEqual(self.ask(NSRUN, 'enter', 'one', '-u', '--'),
                         [REFUSED] * 3)
        # In a network of its own, where the supervisor may connect for it.
        for guest in (['-pn', '--'], ['-pn', '--without=landlock', '--'],
                      ['--', 'unshare', '-n']):
            self.assertEqual(self.ask(NSRUN, *guest), [REFUSED] * 2)
        for name in ('one', 'two'):
            done = self.nsrun('enter', 'one', '--', NSRUN, 'kill', name)
            self.assertIn('not trusted', done.stderr)
        self.assertEqual(len(self.listed()), 3)
        for process in (first, second, third):
            self.end(process)

    def test_calls_of_namespaces_that_it_is_not_in(self):
        if not shutil.which('cc'):
            self.skipTest('no compiler')
        program = os.path.abspath('every_call')
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                              os.pardir, 'hostile', 'every_call.c')
        self.expect(self.run_command(['cc', '-O1', '-o', program, source]),
                    0, '')
        self.addCleanup(os.unlink, program)
        first = self.instance('-l', 'one')
        for letter in ('-p', '-i', '-u'):
            done = self.nsrun('enter', 'one', letter, '--', program,
                              limit=120, stdin=subprocess.DEVNULL)
            self.assertEqual((done.returncode, done.stdout[-5:]),
                             (0, 'done\n'))
        self.end(first)

    def test_guest_that_listens_is_not_trusted(self):
        first = self.instance('-l', 'one')
        fake = self.script(
            'import socket, sys\n'
            's = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)\n'
            's.bind(sys.argv[1]); s.listen()\n'
            'print("ready", flush=True); sys.stdin.read()\n')
        process = self.start('enter', 'one', '--', 'python3', fake,
                             os.path.join(self.folder, 'fake'),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        Reader(process.stdout.fileno()).until('ready')
        for command in (['enter', 'fake', '--', 'true'], ['kill', 'fake'],
                        ['-l', 'fake', '--', 'true']):
            self.expect(self.nsrun(*command), 125, '',
                        re.compile('not trusted'))
        self.assertEqual([i['name'] for i in self.listed()], ['one'])
        process.stdin.close()
        self.assertEqual(process.wait(LIMIT), 0)
        self.end(first)

    def test_other_user_is_refused(self):
        if os.geteuid() != 0:
            self.skipTest('needs root, to be another user')
        first = self.instance('--keep-caps')
        with open('/proc/net/unix', encoding='latin-1') as file:
            name = next(line.split()[-1] for line in file
                        if '@nsrun/0/' in line)
        pid = os.fork()
        if pid == 0:
            os.setuid(65534)
            end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            end.connect('\0' + name[1:])
            os._exit(end.recv(4)[0])
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]),
                         REFUSED & 255)
        self.end(first)

    def test_others_who_accept_nobody(self):
        # As any user can, under such a name.
        first = self.instance('-l', 'one')
        ends = []
        for number in range(3):
            name = f'\0nsrun/{os.geteuid()}/{number}'
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            listener.bind(name)
            listener.listen(0)
            end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            end.connect(name)
            ends += [listener, end]
        self.expect(self.nsrun('ls'), 0)
        for end in ends:
            end.close()
        self.end(first)

    def test_strange_requests(self):
        first = self.instance('-l', 'one')
        for text in (b'', b'x', b'nsrun' * 100, bytes(72)):
            end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            end.connect(os.path.join(self.folder, 'one'))
            end.send(text)
            end.close()
        self.assertEqual(len(self.listed()), 1)
        self.end(first)
