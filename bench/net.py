#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures nsrun's networks beside the kernel's, slirp4netns and pasta.

usage: ./bootstrap bench net [--rounds N] [--idle COUNT] [WAY...]

A server and a client (net.c) talk each way once a round, so that what disturbs
the machine for a while disturbs all of them.  Prints the medians, with their
ratios to the kernel's veth pair (to the first way, where root is needed and
not there), and writes every round to results/net.json beside this file.
Started by root, all but the kernel's namespaces is run by an ordinary user.
"""

import argparse
import contextlib
import json
import os
import pwd
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NOBODY = 65534
SAFE_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'
TIME_LIMIT = 60
START = 10          # seconds until a server must be there
PORT = 7200
PORTS = range(PORT, PORT + 4)   # of net.c
UDP_PORTS = range(PORT + 4, PORT + 6)
GROUPS = ('/sys/fs/cgroup/memory', 'memory.usage_in_bytes'), \
    ('/sys/fs/cgroup', 'memory.current')


class Failed(Exception):
    """Why a way can't be measured."""


def is_root():
    return os.geteuid() == 0


def user():
    """All ordinary commands; root's children are to be nobody's."""
    return ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}',
            '--clear-groups'] if is_root() else []


# As distributions have it; on some machines the device is root's alone.
TUN_FOR_ALL = '''
mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec "$@"
'''


def user_of_tun():
    if not is_root():
        return []
    return ['unshare', '--mount', 'sh', '-c', TUN_FOR_ALL, 'sh', *user()]


class Bench:
    """Where the programs are, and what was started."""

    def __init__(self, folder, nsrun, net):
        self.folder = folder
        programs = os.path.join(folder, 'bin')
        os.mkdir(programs)
        os.chmod(programs, 0o755)
        self.nsrun = shutil.copy(nsrun, programs)
        self.net = shutil.copy(net, programs)
        for path in self.nsrun, self.net:
            os.chmod(path, 0o755)
        self.env = {'PATH': SAFE_PATH, 'HOME': folder, 'TMPDIR': folder,
                    'XDG_RUNTIME_DIR': folder, 'LC_ALL': 'C'}

    @contextlib.contextmanager
    def started(self, command, wait='ready', **more):
        """A process that has said a line, until its standard input ends."""
        process = subprocess.Popen(
            command, env=self.env, cwd=self.folder, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, encoding='utf-8', **more)
        try:
            if wait and (not select.select([process.stdout], [], [], START)[0]
                         or process.stdout.readline().strip() != wait):
                raise Failed(f'{" ".join(command)}: does not start')
            yield process
        finally:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()

    def run(self, command):
        """Runs a client. Returns {measure: (value, unit)}."""
        done = subprocess.run(
            command, env=self.env, cwd=self.folder, capture_output=True,
            stdin=subprocess.DEVNULL, timeout=TIME_LIMIT, encoding='utf-8',
            errors='replace', check=False)
        if done.returncode != 0:
            said = done.stderr.strip().splitlines() or ['(nothing said)']
            raise Failed(f'status {done.returncode}: {said[-1]}')
        lines = (line.split() for line in done.stdout.splitlines())
        return {name: (float(value), unit) for name, unit, value in lines}

    def server(self):
        return [self.net, 'server', str(PORT)]

    def client(self, address):
        return [self.net, 'client', address, str(PORT)]


# --- the ways; each yields the commands that run server and client ----------

ANCHOR = ['sh', '-c', '"$@" && echo ready && exec cat', 'sh']


@contextlib.contextmanager
def kernel_net(bench, *options, command=('ip', 'link', 'set', 'lo', 'up')):
    """A namespace of the kernel's. Yields the pid of one inside."""
    with bench.started(['unshare', *options, '--net', *ANCHOR, *command]) as one:
        yield one.pid


def enter(pid):
    return ['nsenter', f'--target={pid}', '--net', *user()]


def need_root():
    if not is_root():
        raise Failed('needs root')


@contextlib.contextmanager
def kernel_lo(bench):
    need_root()
    with kernel_net(bench) as pid:
        yield enter(pid), enter(pid), '127.0.0.1'


@contextlib.contextmanager
def kernel_veth(bench):
    need_root()
    with kernel_net(bench) as one, kernel_net(bench) as other:
        inside = ['nsenter', f'--target={one}', '--net', 'ip']
        subprocess.run(inside + ['link', 'add', 'v0', 'type', 'veth', 'peer',
                                 'name', 'v0', 'netns', str(other)], check=True)
        for pid, address in (one, '10.77.0.1/24'), (other, '10.77.0.2/24'):
            inside[1] = f'--target={pid}'
            subprocess.run(inside + ['addr', 'add', address, 'dev', 'v0'],
                           check=True)
            subprocess.run(inside + ['link', 'set', 'v0', 'up'], check=True)
        yield enter(one), enter(other), '10.77.0.1'


@contextlib.contextmanager
def nsrun_lo(bench):
    yield None, user() + [bench.nsrun, '-n', '--'], '127.0.0.1'


@contextlib.contextmanager
def nsrun_link(bench):
    name = f'bench-{os.getpid()}'
    yield (user() + [bench.nsrun, '-n', '-l', name, '--'],
           user() + [bench.nsrun, f'--link={name}=10.77.0.2,10.77.0.1', '--'],
           '10.77.0.1')


@contextlib.contextmanager
def nsrun_out(bench):
    yield (user(), user() + [bench.nsrun, '--net=nat', '--allow=localhost',
                             '--'], '10.0.2.2')


@contextlib.contextmanager
def nsrun_in(bench):
    ports = [f'--publish={port}:{port}' for port in PORTS]
    ports += [f'--publish={port}:{port}/udp' for port in UDP_PORTS]
    yield user() + [bench.nsrun, *ports, '--'], user(), '127.0.0.1'


def need(program):
    if not shutil.which(program, path=SAFE_PATH):
        raise Failed('not installed')


def gateway_address():
    """What pasta takes for the host, when it is asked for its loopback."""
    fields = subprocess.run(['ip', 'route', 'show', 'default'], check=True,
                            capture_output=True, encoding='utf-8').stdout.split()
    if 'via' not in fields:
        raise Failed('the host has no default route')
    return fields[fields.index('via') + 1]


@contextlib.contextmanager
def pasta_out(bench):
    need('pasta')
    yield (user(), user_of_tun() + ['pasta', '--quiet', '--config-net', '--'],
           gateway_address())


@contextlib.contextmanager
def pasta_in(bench):
    need('pasta')
    yield (user_of_tun() + ['pasta', '--quiet', '--config-net', '-t',
                     f'{PORTS[0]}-{PORTS[-1]}', '-u',
                     f'{UDP_PORTS[0]}-{UDP_PORTS[-1]}', '--'],
           user(), '127.0.0.1')


@contextlib.contextmanager
def slirp(bench):
    """Yields how to get in, and the socket to order it by."""
    need('slirp4netns')
    order = os.path.join(bench.folder, 'slirp')
    with bench.started(user() + ['unshare', '--user', '--map-root-user',
                                 '--net', *ANCHOR, 'true']) as one:
        told, tell = os.pipe()
        with bench.started(
                user_of_tun() + ['slirp4netns', '--configure', f'--ready-fd={tell}',
                          f'--api-socket={order}', str(one.pid), 'tap0'],
                wait=None, pass_fds=[tell], stderr=subprocess.DEVNULL) as tap:
            os.close(tell)
            came = os.read(told, 1)
            os.close(told)
            if not came:
                raise Failed('does not start')
            try:
                yield (user() + ['nsenter', f'--target={one.pid}', '--user',
                                 '--preserve-credentials', '--net'], order)
            finally:
                tap.terminate()
                os.unlink(order)


@contextlib.contextmanager
def slirp_out(bench):
    with slirp(bench) as (inside, _):
        yield user(), inside, '10.0.2.2'


@contextlib.contextmanager
def slirp_in(bench):
    with slirp(bench) as (inside, order):
        for port in *PORTS, *UDP_PORTS:
            with socket.socket(socket.AF_UNIX) as ask:
                ask.connect(order)
                ask.sendall(json.dumps({
                    'execute': 'add_hostfwd', 'arguments': {
                        'proto': 'udp' if port in UDP_PORTS else 'tcp',
                        'host_addr': '127.0.0.1', 'host_port': port,
                        'guest_port': port}}).encode())
                ask.shutdown(socket.SHUT_WR)
                if b'error' in ask.recv(4096):
                    raise Failed('a port can not be had')
        yield inside, user(), '127.0.0.1'


WAYS = {
    'veth': kernel_veth, 'nsrun link': nsrun_link,
    'lo': kernel_lo, 'nsrun lo': nsrun_lo,
    'nsrun out': nsrun_out, 'pasta out': pasta_out, 'slirp out': slirp_out,
    'nsrun in': nsrun_in, 'pasta in': pasta_in, 'slirp in': slirp_in,
}


# --- rounds -----------------------------------------------------------------

def measure(bench, way):
    with way(bench) as (server, client, address):
        if server is None:      # both in one tree
            return bench.run(client + [bench.net, 'both', str(PORT)])
        with bench.started(server + bench.server()):
            return bench.run(client + bench.client(address))


@contextlib.contextmanager
def memory_group():
    """A control group; yields what is needed to join and to read it."""
    for top, file in GROUPS:
        path = os.path.join(top, f'nsrun-bench-{os.getpid()}')
        try:
            os.mkdir(path)
        except OSError:
            continue
        try:
            if os.path.exists(os.path.join(path, file)):
                yield path, os.path.join(path, file)
                return
        finally:
            for _ in range(50):         # the dead leave it a little later
                with contextlib.suppress(OSError):
                    os.rmdir(path)
                    break
                time.sleep(0.02)
    raise Failed('no control group for memory')


def memory_of(bench, way, count):
    """Bytes that all processes of a way, and the kernel for them, hold."""
    with memory_group() as (path, file), way(bench) as (server, client, address):
        with open(os.path.join(path, 'cgroup.procs'), 'w',
                  encoding='ascii') as procs, contextlib.ExitStack() as stack:
            def join():
                procs.write('0')
                procs.flush()
            if server is None:
                command = client + [bench.net, 'hold', str(PORT), str(count)]
            else:
                stack.enter_context(bench.started(server + bench.server(),
                                                  preexec_fn=join))
                command = client + [bench.net, 'idle', address, str(PORT),
                                    str(count)]
            stack.enter_context(bench.started(command, preexec_fn=join))
            with open(file, encoding='ascii') as usage:
                return int(usage.read())


def measure_idle(bench, way, count):
    few = memory_of(bench, way, 1)
    many = memory_of(bench, way, count + 1)
    return {'idle': ((many - few) / count, 'B')}


def run_rounds(bench, options):
    """Returns {way: [{measure: (value, unit)}]} and {way: what failed}. Who
    failed at the first time is not tried again."""
    rounds, left_out = {}, {}
    for number in range(options.rounds):
        for name in options.ways:
            print(f'\rround {number + 1}: {name:12}', end='', file=sys.stderr)
            if name in left_out and name not in rounds:
                continue
            try:
                result = measure(bench, WAYS[name])
                if is_root() and options.idle and not name.endswith(
                        (' in', ' out')):
                    result.update(measure_idle(bench, WAYS[name], options.idle))
                rounds.setdefault(name, []).append(result)
            except (Failed, OSError, subprocess.SubprocessError) as error:
                left_out[name] = str(error)
    print('\r' + ' ' * 40 + '\r', end='', file=sys.stderr)
    return rounds, left_out


def table(rounds):
    """Lines of Markdown: medians, in brackets their ratio to the first."""
    medians = {way: {name: statistics.median(one[name][0] for one in results)
                     for name in results[0]}
               for way, results in rounds.items()}
    first = next(iter(medians.values()))
    units = {name: unit for results in rounds.values()
             for name, (_, unit) in results[0].items()}
    yield '| | ' + ' | '.join(medians) + ' |'
    yield '| --- |' + ' ---: |' * len(medians)
    for name, unit in units.items():
        cells = []
        for values in medians.values():
            if name not in values:
                cells.append('–')
            else:
                ratio = values[name] / first[name] if first.get(name) else 0
                cells.append(f'{values[name]:,.{1 if unit == "us" else 0}f} '
                             f'({ratio:.2g})')
        yield f'| {name}, {unit.replace("us", "µs")} | ' + ' | '.join(cells) + ' |'


def parse_arguments():
    build = os.path.join(os.path.dirname(HERE), 'build')
    parser = argparse.ArgumentParser(prog='bench net', description=__doc__)
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--idle', type=int, default=10000,
                        help='how many idle connections (10000; 0: none)')
    parser.add_argument('--nsrun', default=os.path.join(build, 'nsrun'))
    parser.add_argument('--net', default=os.path.join(build, 'bench', 'net'))
    parser.add_argument('--results', default=os.path.join(HERE, 'results'))
    parser.add_argument('ways', nargs='*', metavar='WAY',
                        help=', '.join(WAYS))
    options = parser.parse_args()
    options.ways = options.ways or list(WAYS)
    for way in options.ways:
        if way not in WAYS:
            parser.error(f'{way}: no such way')
    return options


def main():
    options = parse_arguments()
    with tempfile.TemporaryDirectory(prefix='nsrun-bench-') as folder:
        if is_root():
            os.chown(folder, NOBODY, pwd.getpwuid(NOBODY).pw_gid)
        bench = Bench(folder, options.nsrun, options.net)
        rounds, left_out = run_rounds(bench, options)
    if rounds:
        print('\n'.join(table(rounds)))
    for way, why in left_out.items():
        print(f'{"once" if way in rounds else "left out"}: {way}: {why}')
    os.makedirs(options.results, exist_ok=True)
    with open(os.path.join(options.results, 'net.json'), 'w',
              encoding='utf-8') as file:
        json.dump({'rounds': rounds, 'left_out': left_out}, file, indent=1)
        file.write('\n')
    return 1 if any(way.startswith('nsrun') for way in left_out) else 0


if __name__ == '__main__':
    sys.exit(main())
