# SPDX-License-Identifier: Apache-2.0
"""Runs a test program where nothing that it starts can do harm.

Started by root, the program is run as an ordinary user inside a pid namespace
of the kernel's: what it kills by mistake is its own, and what it leaves behind
dies with it.  The ordinary user may not be able to read the checkout, so
nsrun and the tests are copied to where it can.
"""

import os
import shutil
import subprocess
import sys
import tempfile

NOBODY = 65534
SAFE_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'
SYSTEM_PYTHON = '/usr/bin/python3'


def is_root():
    return os.geteuid() == 0


def drop_privileges():
    """The command prefix that makes an ordinary user of root."""
    if not is_root():
        return []
    return ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}',
            '--clear-groups']


def kernel_namespace():
    """The command prefix that gives a pid namespace of the kernel's; None
    where that can't be had."""
    prefix = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']
    if not is_root():
        return None
    try:
        probe = subprocess.run(prefix + ['true'], stdin=subprocess.DEVNULL,
                               capture_output=True)
    except OSError:
        return None
    return prefix if probe.returncode == 0 else None


def own_places(prefix):
    """The prefix with System V objects, a /dev/shm and a network of its own,
    lo up: what is made there is the machine's otherwise. Some of it stays when
    its process ends; and nsrun's instances, which others may run too, are found
    by abstract sockets."""
    if prefix is None:
        return None
    own, arrange = ['unshare', '--ipc'], 'mount -t tmpfs tmpfs /dev/shm'
    if shutil.which('ip'):
        own.append('--net')
        arrange += ' && ip link set lo up'
    return prefix + own + ['sh', '-c', arrange + ' && exec "$@"', 'sh']


def count_tasks_of(uid):
    """Threads of a user on the machine, as RLIMIT_NPROC counts them."""
    count = 0
    for entry in os.listdir('/proc'):
        if not entry.isdigit():
            continue
        try:
            if os.stat(f'/proc/{entry}').st_uid == uid:
                count += len(os.listdir(f'/proc/{entry}/task'))
        except OSError:
            continue
    return count


def environment(home):
    """A small, known environment; settings of the tests are handed on."""
    settings = {name: value for name, value in os.environ.items()
                if name.startswith('NSRUN_')}
    return {'PATH': SAFE_PATH, 'HOME': home, 'TMPDIR': home, 'TERM': 'dumb',
            'LC_ALL': 'C.UTF-8', 'USER': 'nobody', 'LOGNAME': 'nobody',
            'SHELL': '/bin/sh', **settings}


class Workplace:
    """A temporary folder that the ordinary user owns, with a copy of nsrun."""

    def __init__(self, nsrun):
        self.path = tempfile.mkdtemp(prefix='nsrun-test-')
        self.bin = os.path.join(self.path, 'bin')
        self.home = os.path.join(self.path, 'home')
        os.mkdir(self.bin)
        os.mkdir(self.home)
        self.nsrun = shutil.copy(nsrun, os.path.join(self.bin, 'nsrun'))
        os.chmod(self.path, 0o755)
        os.chmod(self.bin, 0o755)
        os.chmod(self.nsrun, 0o755)
        if is_root():
            os.chown(self.home, NOBODY, NOBODY)

    def copy_tests(self):
        here = os.path.dirname(os.path.abspath(__file__))
        target = os.path.join(self.path, 'tests')
        # The C programs of test_hostile.py are beside the tests, as here.
        self.copy_files(os.path.join(os.path.dirname(here), 'hostile'),
                        os.path.join(self.path, 'hostile'))
        self.copy_files(here, target)
        return target

    @staticmethod
    def copy_files(folder, target):
        os.mkdir(target, 0o755)
        for name in os.listdir(folder):
            source = os.path.join(folder, name)
            if os.path.isfile(source):
                os.chmod(shutil.copy(source, target), 0o644)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        shutil.rmtree(self.path, ignore_errors=True)


def run_inside(nsrun, script, arguments):
    """Runs script, a file of this folder, isolated. Returns its status."""
    with Workplace(nsrun) as place:
        tests = place.copy_tests()
        env = environment(place.home)
        env['NSRUN'] = place.nsrun
        env['NSRUN_TASKS'] = str(count_tasks_of(
            NOBODY if is_root() else os.geteuid()))
        prefix = own_places(kernel_namespace())
        if prefix is None:
            print('# no pid namespace of the kernel around the tests')
            sys.stdout.flush()
        command = ((prefix or []) + drop_privileges()
                   + [SYSTEM_PYTHON, '-B', os.path.join(tests, script)]
                   + arguments)
        return subprocess.run(command, env=env, cwd=place.home,
                              stdin=subprocess.DEVNULL).returncode
