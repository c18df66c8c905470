# SPDX-License-Identifier: Apache-2.0
"""Servers and their clients in networks of their own.

Each script runs in a net namespace of the kernel's and, at the same time, in
two instances of nsrun, with the same ports; all have to say the same. What is
between two instances, or leads out of one, has to say what stands here.
"""

import concurrent.futures
import difflib
import os
import shutil

import isolate

LIMIT = 600     # seconds, for one run; a fiftieth on a quiet machine
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'real')

# Name: the programs that it needs, and more options of nsrun. With -r, who is
# compared with is root.
CASES = {
    'net-nginx': (['nginx', 'wrk', 'curl'], []),
    'net-redis': (['redis-server', 'redis-benchmark'], []),
    'net-postgres': (['psql'], []),
    'net-servers': (['memcached', 'haproxy', 'rsync', 'dnsmasq', 'dig', 'curl',
                     'ss'], []),
    'net-iperf': (['iperf3', 'ss'], []),
    'net-ssh': (['sshd', 'ssh'], []),
    'net-sshd-root': (['sshd', 'ssh', 'busybox'], ['-r', '--map-auto']),
    'net-iproute': (['ip', 'ss', 'ifconfig'], ['-r']),
}
# These start nsrun themselves; what they say.
SAID = {
    'net-linked': (['iperf3', 'mpirun', 'ss'], '''\
1
1
3
1
1
1 True
1000 True
100000 True
10000000 True
rank 0 of 2
0
'''),
    'net-outward': (['curl'], '''\
3581800518 1288895
3581800518 1288895
3581800518 1288895
own loopback: 7
not allowed: 7
nothing allowed: 7
no way out: 7
3581800518 1288895
ended: 7
'''),
}
NAMES = [*CASES, *SAID]


def missing(needs):
    return [name for name in needs
            if not shutil.which(name, path=isolate.SAFE_PATH)]


def script_of(arms, name):
    """A copy that the ordinary user can read."""
    script = os.path.join(arms.place.home, name.replace('-', '_') + '.sh')
    shutil.copy(os.path.join(SCRIPTS, os.path.basename(script)), script)
    os.chmod(script, 0o644)
    return script


def check_alone(arms, name):
    """One that starts nsrun itself, in a network where it is alone."""
    script = script_of(arms, name)
    ranks = shutil.copy(os.path.join(SCRIPTS, 'net_mpi.py'), arms.place.home)
    os.chmod(ranks, 0o644)
    status, output = arms.run('kernel net' if isolate.is_root() else 'kernel',
                              ['sh', script, arms.place.nsrun, ranks], LIMIT,
                              arms.folder(name))
    _, expected = SAID[name]
    if (status, output) != (0, expected):
        return [f'status {status}, {output[-3000:]}\nexpected: {expected}'], []
    return [], []


def difference(way, result, expected):
    status, output = result
    return '\n'.join([f'{way}: status {status}', *difflib.unified_diff(
        expected.splitlines(), output.splitlines(), 'without nsrun', way,
        lineterm='')])


def check_compared(arms, name):
    script = script_of(arms, name)
    options = CASES[name][1]
    prefixes = arms.prefixes
    prefixes['nsrun servers'] = prefixes['nsrun net'][:-1] + [*options, '--']
    prefixes['kernel servers'] = prefixes['kernel net']
    if '-r' in options:
        prefixes['kernel servers'] = prefixes['kernel net as root']
    ways = {'kernel': 'kernel servers', 'one': 'nsrun servers',
            'other': 'nsrun servers'}
    with concurrent.futures.ThreadPoolExecutor(len(ways)) as pool:
        runs = {way: pool.submit(arms.run, arm, ['sh', script], LIMIT,
                                 arms.folder(f'{name}-{way}'))
                for way, arm in ways.items()}
    expected = runs.pop('kernel').result()
    if expected[0] != 0:
        return [f'without nsrun: {expected}'], []
    return [difference(way, run.result(), expected[1])
            for way, run in runs.items() if run.result() != expected], \
        [f'{len(expected[1].splitlines())} lines without nsrun']


def check_net(arms, name):
    """Returns (wrong, comments, why it was skipped)."""
    needs = (CASES.get(name) or SAID[name])[0]
    if missing(needs):
        return [], [], f'not installed: {" ".join(missing(needs))}'
    if name in CASES and not isolate.is_root():
        return [], [], 'root alone can bring up lo'
    check = check_compared if name in CASES else check_alone
    return *check(arms, name), None
