# SPDX-License-Identifier: Apache-2.0
"""Real users of System V shared memory: PostgreSQL servers, stress-ng.

Two servers run at once, each in an instance of nsrun, from copies of one data
folder. Where the test may mount, each copy lies in a file system of its own,
so that both folders have the same inode, from which the server makes the key
of its segment: without namespaces the second one would find the first one's.
Then one supervisor is killed; the other server must not notice.
"""

import glob
import os
import pathlib
import select
import shutil
import signal
import subprocess
import time

import isolate

LIMIT = 600     # seconds, for everything together
SYSVIPC = ('shm', 'sem', 'msg')

# Run inside; told on standard input what to do. "$1" holds the programs of
# the server, "$2" is a folder with its data.
SERVER = r'''
cd "$2" || exit 1
"$1"/pg_ctl -D data -w -t 150 -l log -o "-k $2 -c listen_addresses= \
    -c shared_memory_type=sysv -c fsync=off" start >said 2>&1 </dev/null ||
    { cat said log; exit 1; }
"$1"/pgbench -h "$2" -U postgres -i -q postgres >said 2>&1 ||
    { cat said; exit 1; }
echo ready
while read -r order; do
    case $order in
    key) sed -n 7p data/postmaster.pid ;;
    bench) "$1"/pgbench -h "$2" -U postgres -c 4 -j 2 -T 2 postgres 2>&1 |
               grep 'failed transactions' || echo failed ;;
    long) "$1"/pgbench -h "$2" -U postgres -c 4 -T 60 -P 1 postgres 2>&1 |
              grep -m 1 progress: ;;
    stop) "$1"/pg_ctl -D data -w -t 150 -m fast stop >said 2>&1 &&
              echo stopped ;;
    esac
done
'''

# As root: a file system of its own for the data, which ends with it.
ON_TMPFS = '''
# What a killed server has in /dev/shm would stay on the machine.
mount -t tmpfs none /dev/shm || exit 1
mount -t tmpfs -o mode=755,uid=65534,gid=65534 none "$1" || exit 1
setpriv --reuid=65534 --regid=65534 --clear-groups cp -a "$2" "$1/data"
shift 2
exec "$@"
'''


class Broken(Exception):
    """What went wrong."""


class Host:
    """What nsrun could leave objects in: an ipc namespace of the kernel's where
    nobody else makes any; the machine's own, where that can't be had."""

    def __init__(self):
        self.anchor = None
        self.prefix = []
        if isolate.kernel_namespace():
            self.anchor = subprocess.Popen(
                ['unshare', '--ipc', 'cat'], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE)
            self.anchor.stdin.write(b'there\n')
            self.anchor.stdin.flush()
            self.anchor.stdout.readline()
            self.prefix = ['nsenter', f'--target={self.anchor.pid}', '--ipc']

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.anchor:
            self.anchor.stdin.close()
            self.anchor.stdout.close()
            self.anchor.wait()

    def objects(self):
        """Keys and ids of the guests' user's System V objects."""
        user = isolate.NOBODY if isolate.is_root() else os.getuid()
        found = []
        for name in SYSVIPC:
            head, *lines = subprocess.run(
                self.prefix + ['cat', f'/proc/sysvipc/{name}'], check=True,
                stdin=subprocess.DEVNULL, capture_output=True,
                encoding='ascii').stdout.splitlines()
            at = head.split().index('uid')
            found += [(name, *line.split()[:2]) for line in lines
                      if line.split()[at] == str(user)]
        return found


def children(pid):
    path = f'/proc/{pid}/task/{pid}/children'
    return [int(text) for text in pathlib.Path(path).read_text().split()]


def comm(pid):
    return pathlib.Path(f'/proc/{pid}/comm').read_text()


def programs():
    found = sorted(glob.glob('/usr/lib/postgresql/*/bin'))
    return found[-1] if found and shutil.which('pgbench', path=found[-1]) \
        else None


class Server:
    """One instance of nsrun with a server in it."""

    def __init__(self, host, place, bin_folder, folder, template, deadline):
        self.deadline = deadline
        command = [place.nsrun, '--', 'sh', '-c', SERVER, 'server',
                   bin_folder, folder]
        prefix = isolate.kernel_namespace()
        self.nested = prefix is not None
        if self.nested:
            command = prefix + ['sh', '-c', ON_TMPFS, 'mount', folder,
                                template] + isolate.drop_privileges() + command
        else:
            shutil.copytree(template, os.path.join(folder, 'data'))
        self.process = subprocess.Popen(
            host.prefix + command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=isolate.environment(folder))

    def hear(self):
        """The next line that it says."""
        line = b''
        while not line.endswith(b'\n'):
            left = self.deadline - time.monotonic()
            if left < 0 or not select.select([self.process.stdout], [], [],
                                             left)[0]:
                raise Broken(f'no answer in time; it said {line!r}')
            byte = os.read(self.process.stdout.fileno(), 1)
            if not byte:
                raise Broken(f'it has ended; it said {line!r}')
            line += byte
        return line.decode(errors='replace').strip()

    def expect(self, wanted):
        said = self.hear()
        if wanted not in said:
            raise Broken(f'{wanted!r} expected, it said {said!r}')
        return said

    def tell(self, order):
        self.process.stdin.write(order.encode() + b'\n')
        self.process.stdin.flush()

    def kill_supervisor(self):
        front = self.process.pid
        if self.nested:
            front, = children(front)
        supervisor, = children(front)
        below = children(supervisor)
        # The guard stands between them, where there is one.
        if below and comm(below[0]) == comm(front):
            supervisor = below[0]
        os.kill(supervisor, signal.SIGKILL)

    def end(self):
        """Returns its status."""
        self.process.stdin.close()
        return self.process.wait(max(1, self.deadline - time.monotonic()))

    def put_down(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def make_template(place, arms, bin_folder):
    folder = arms.folder('postgres')
    done = subprocess.run(
        isolate.drop_privileges() +
        [f'{bin_folder}/initdb', '--no-sync', '-A', 'trust', '-U', 'postgres',
         '-D', f'{folder}/data'], env=isolate.environment(place.home),
        stdin=subprocess.DEVNULL, capture_output=True, check=False,
        encoding='utf-8', errors='replace', timeout=LIMIT)
    if done.returncode != 0:
        raise Broken(f'initdb: {done.stderr[-1000:]}')
    return f'{folder}/data'


def run_both(host, doomed, other):
    """Returns comments."""
    before = host.objects()
    for server in (doomed, other):
        server.expect('ready')
    comments = []
    for server in (doomed, other):
        server.tell('key')
    keys = [server.hear().split()[0] for server in (doomed, other)]
    if doomed.nested and keys[0] != keys[1]:
        raise Broken(f'the keys are not the same: {keys}')
    comments.append(f'keys of the segments: {keys[0]} and {keys[1]}')
    for server in (doomed, other):
        server.tell('bench')
    for server in (doomed, other):
        comments.append(server.expect('failed transactions: 0 '))
    doomed.tell('long')
    doomed.expect('progress:')
    if host.objects() != before:
        raise Broken('the machine has objects that it had not before')
    doomed.kill_supervisor()
    if doomed.end() != 125:
        raise Broken(f'status {doomed.process.returncode} of the killed one')
    other.tell('bench')
    comments.append(other.expect('failed transactions: 0 '))
    other.tell('stop')
    other.expect('stopped')
    if other.end() != 0:
        raise Broken(f'status {other.process.returncode}')
    if host.objects() != before:
        raise Broken('something is left on the machine')
    return comments


def check_postgres(place, arms):
    """Returns (wrong, comments, why it was skipped)."""
    bin_folder = programs()
    if not bin_folder:
        return [], [], 'PostgreSQL is not installed'
    deadline = time.monotonic() + LIMIT
    servers = []
    try:
        with Host() as host:
            template = make_template(place, arms, bin_folder)
            for name in ('doomed', 'other'):
                servers.append(Server(host, place, bin_folder,
                                      arms.folder(name), template, deadline))
            return [], run_both(host, *servers), None
    except (Broken, OSError, subprocess.SubprocessError) as error:
        return [str(error)], [], None
    finally:
        for server in servers:
            server.put_down()


def check_stress(arms):
    """stress-ng attaches, detaches and verifies, for five seconds."""
    if not shutil.which('stress-ng', path=isolate.SAFE_PATH):
        return [], [], 'stress-ng is not installed'
    folder = arms.folder('stress')
    with Host() as host:
        before = host.objects()
        arms.prefixes['alone'] = host.prefix + arms.prefixes['nsrun']
        status, output = arms.run(
            'alone', ['stress-ng', '--shm-sysv', '1', '-t', '5', '--verify',
                      '--temp-path', folder], LIMIT, folder)
        left = host.objects() != before
    if status != 0:
        return [f'status {status}\n{output[-1000:]}'], [], None
    return ['something is left on the machine'] if left else [], [], None
