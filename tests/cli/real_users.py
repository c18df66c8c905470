# SPDX-License-Identifier: Apache-2.0
"""Programs that change who they are: a server, a login, su and its like.

Each script runs as root of a user namespace of the kernel's with 65536 ids
that mean nothing outside, and, as an ordinary user, as root under nsrun, with
and without the agent. It has to say the same each time.
"""

import os
import shutil

import isolate

LIMIT = 600     # seconds, for one run; a fiftieth on a quiet machine
SCRIPTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'real')
OUTER = 100000  # ids that nobody has

# Only root may write such maps, from outside.
MAP_ALL = fr'''
import ctypes, os, sys
go, made = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    if ctypes.CDLL(None).unshare(0x10000000) != 0:
        sys.exit('unshare')
    os.write(made[1], b'x')
    os.read(go[0], 1)
    os.setgroups([])
    os.setgid(0)
    os.setuid(0)
    os.execvp(sys.argv[1], sys.argv[1:])
os.read(made[0], 1)
for kind in 'uid', 'gid':
    with open(f'/proc/{{child}}/{{kind}}_map', 'w') as file:
        file.write('0 {OUTER} 65536')
os.write(go[1], b'x')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
'''

# Name: the programs that it needs.
CASES = {
    'nginx': ['nginx'],
    'identities': ['sudo', 'perl'],
    'login': ['dropbear', 'dbclient'],
}
FILES = {'login': 'libnss_wrapper.so'}


def missing(name):
    absent = [need for need in CASES[name]
              if not shutil.which(need, path=isolate.SAFE_PATH)]
    file = FILES.get(name)
    if file and not any(file in files for _, _, files in
                        os.walk('/usr/lib/x86_64-linux-gnu')):
        absent.append(file)
    return absent


def run_script(arms, arm, name):
    folder = arms.folder(f'{name}-{arm}'.replace(' ', '-'))
    if arm == 'kernel users':
        os.chown(folder, OUTER, OUTER)
    script = os.path.join(arms.place.home, name + '.sh')
    if not os.path.exists(script):
        shutil.copy(os.path.join(SCRIPTS, name + '.sh'), script)
        os.chmod(script, 0o644)
    return arms.run(arm, ['sh', script], LIMIT, folder)


def check_users(arms, name):
    """Returns (wrong, comments, why it was skipped)."""
    if missing(name):
        return [], [], f'not installed: {" ".join(missing(name))}'
    if not isolate.is_root():
        return [], [], 'the kernel gives many ids to root alone'
    # The ports that they listen on may be others' on the machine.
    outer = isolate.own_places(arms.kernel_prefix) or []
    nsrun = outer + isolate.drop_privileges() + [
        arms.place.nsrun, '-r', '-p', '--map-auto']
    arms.prefixes['kernel users'] = outer + [
        isolate.SYSTEM_PYTHON, '-c', MAP_ALL]
    arms.prefixes['nsrun users'] = nsrun + ['--']
    arms.prefixes['no agent users'] = nsrun + ['--no-agent', '--']
    status, expected = run_script(arms, 'kernel users', name)
    if status != 0:
        return [f'without nsrun: {status}, {expected}'], [], None
    wrong = []
    for arm in 'nsrun users', 'no agent users':
        status, output = run_script(arms, arm, name)
        if (status, output) != (0, expected):
            wrong.append(f'{arm}: status {status}, {output[-3000:]}\n'
                         f'without nsrun: {expected[-3000:]}')
    return wrong, [f'{len(expected.splitlines())} lines, the same'], None
