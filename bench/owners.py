#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures files of which root inside is the owner: nsrun -r beside what else
makes an unprivileged user root, with no wrapper as the measure of them all.

usage: owners.py --nsrun PATH [--rounds N]

Prints a table: medians of the rounds, and how many times native.  Started by
root, all runs as an ordinary user.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

NOBODY = 65534
SAFE_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'
PYTHON = '/usr/bin/python3'

# Runs inside, prints "name ns" lines.  Native, chown is one to oneself.
CALLS = r'''
import os, sys, time
me, group = os.getuid(), os.getgid()
owner = (33, 44) if me == 0 and sys.argv[1] != 'single' else (me, group)
open('plain', 'w').close()
with open('record', 'w') as file:
    file.write('x')
os.symlink('plain', 'link')
descriptor = os.open('plain', os.O_RDONLY)
made = iter(range(10 ** 9))
def measure(name, call, count):
    call()
    start = time.perf_counter_ns()
    for _ in range(count):
        call()
    print(name, (time.perf_counter_ns() - start) / count)
os.chown('record', *owner)
measure('getuid', os.getuid, 3000)
measure('setuid', lambda: os.setuid(me), 3000)
measure('stat-host', lambda: os.stat('/etc/passwd'), 3000)
measure('stat-new', lambda: os.stat('plain'), 3000)
# Older than a tick of the clock, by which nsrun knows that it has not changed.
while time.time() - os.stat('plain').st_ctime < 1.2:
    pass
measure('stat', lambda: os.stat('plain'), 3000)
measure('stat-record', lambda: os.stat('record'), 3000)
measure('lstat-link', lambda: os.lstat('link'), 3000)
measure('fstat', lambda: os.fstat(descriptor), 3000)
measure('open', lambda: os.close(os.open('plain', os.O_RDONLY)), 3000)
measure('create', lambda: os.close(os.open(
    f'f{next(made)}', os.O_CREAT | os.O_WRONLY)), 1000)
measure('chmod', lambda: os.chmod('record', 0o640), 3000)
measure('chown', lambda: os.chown('record', *owner), 3000)
measure('lchown-link', lambda: os.lchown('link', *owner), 1000)
'''

# Whole commands, the start of the wrapper included.
COMMANDS = {
    'find-host': ['find', '/usr/include', '-printf', '%U'],
    'tar-unpack': ['sh', '-c', 'mkdir t && tar -xf ../include.tar -C t'],
    'find-own': ['sh', '-c', 'find t -printf %U >/dev/null'],
    'dpkg-unpack': ['sh', '-c', 'mkdir -p d/var/lib/dpkg/info'
                    ' d/var/lib/dpkg/updates && touch d/var/lib/dpkg/status &&'
                    ' dpkg --root=$PWD/d --log=/dev/null --force-not-root'
                    ' --force-unsafe-io --unpack ../$0.deb'],
}


def user():
    if os.geteuid() != 0:
        return []
    return ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}',
            '--clear-groups']


def wrappers(nsrun):
    found = {'native': [], 'nsrun': [nsrun, '-r', '--map-auto', '--'],
             'fakeroot': ['fakeroot', '--'], 'proot': ['proot', '-0'],
             'unshare': ['unshare', '-r']}
    return {name: prefix for name, prefix in found.items()
            if not prefix or shutil.which(prefix[0], path=SAFE_PATH)}


def run(command, folder):
    return subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
        encoding='utf-8', errors='replace', check=True, timeout=300,
        env={'PATH': SAFE_PATH, 'HOME': folder, 'LC_ALL': 'C'}).stdout


def one_round(name, prefix, top):
    folder = tempfile.mkdtemp(dir=top)
    os.chmod(folder, 0o777)
    result = {}
    single = 'single' if name == 'unshare' else 'all'
    for line in run(user() + prefix + [PYTHON, '-c', CALLS, single],
                    folder).splitlines():
        measure, value = line.split()
        result[measure] = float(value)
    # Natively it may only have the user's own files.
    package = 'own' if name == 'native' else 'root'
    for measure, command in COMMANDS.items():
        if command[0] == 'sh':
            command = command + [package]
        start = time.monotonic_ns()
        run(user() + prefix + command, folder)
        result[measure] = float(time.monotonic_ns() - start)
    shutil.rmtree(folder)
    return result


def make_packages(top):
    """One package whose files are root's, and one whose files are the user's."""
    tree = os.path.join(top, 'tree')
    control = os.path.join(tree, 'DEBIAN')
    os.makedirs(control)
    os.chmod(control, 0o755)
    with open(os.path.join(control, 'control'), 'w', encoding='utf-8') as file:
        file.write('Package: include\nVersion: 1\nArchitecture: all\n'
                   'Maintainer: A <a@example.org>\nDescription: x\n')
    subprocess.run(['cp', '-a', '/usr/include', tree], check=True)
    if os.geteuid() == 0:
        subprocess.run(['chown', '-R', f'{NOBODY}:{NOBODY}', tree], check=True)
    for name, more in (('own', []), ('root', ['--root-owner-group'])):
        subprocess.run(['dpkg-deb', '-Znone', *more, '--build', tree,
                        os.path.join(top, name + '.deb')], check=True,
                       stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)


def human(nanoseconds):
    for unit, size in (('s', 1e9), ('ms', 1e6), ('µs', 1e3)):
        if nanoseconds >= size:
            return f'{nanoseconds / size:.3g} {unit}'
    return f'{nanoseconds:.3g} ns'


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--nsrun', required=True)
    parser.add_argument('--rounds', type=int, default=5)
    options = parser.parse_args()
    top = tempfile.mkdtemp(prefix='nsrun-bench-')
    os.chmod(top, 0o755)
    nsrun = shutil.copy(options.nsrun, top)
    tarball = os.path.join(top, 'include.tar')
    subprocess.run(['tar', '-cf', tarball, '-C', '/usr', 'include'],
                   check=True)
    os.chmod(tarball, 0o644)
    make_packages(top)
    rounds = {}
    try:
        for _ in range(options.rounds):
            for name, prefix in wrappers(nsrun).items():
                rounds.setdefault(name, []).append(
                    one_round(name, prefix, top))
    finally:
        shutil.rmtree(top)
    medians = {name: {measure: statistics.median(r[measure] for r in results)
                      for measure in results[0]}
               for name, results in rounds.items()}
    print('|', ' | '.join(['measure'] + list(medians)), '|')
    print('|', ' | '.join(['---'] + ['---:'] * len(medians)), '|')
    for measure, native in medians['native'].items():
        cells = [f'{human(m[measure])} ({m[measure] / native:.2g})'
                 for m in medians.values()]
        print('|', ' | '.join([measure] + cells), '|')
    return 0


if __name__ == '__main__':
    sys.exit(main())
