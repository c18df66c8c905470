# SPDX-License-Identifier: Apache-2.0
"""The kernel's own tests of namespaces: its self tests of clone3, pidfds, pid
and time namespaces, and of nsfs.

They are built from Debian's linux-source-6.1, if that is installed (its 140 MB
are more than the rest together, so `./bootstrap deps` leaves it out), and run as
root of the machine and, as an ordinary user, as root under nsrun. Each single
test has to end the same way.
"""

import glob
import os
import re
import shutil
import subprocess

import isolate

NAME = 'selftests'
SOURCE = '/usr/src/linux-source-6.1.tar.xz'
TESTS = 'tools/testing/selftests'
FOLDERS = 'clone3', 'pidfd', 'pid_namespace', 'nsfs', 'timens'
LIMIT = 180     # seconds, for one program
# One writes into a structure of libcap's that is another by now: it fails
# everywhere. One only measures.
LEFT_OUT = {'clone3_cap_checkpoint_restore', 'gettime_perf'}
# In a user namespace nobody has a right to the time namespace outside, to which
# these go back; the kernel's answer there is the same.
IN_USERS = {'procfs', 'timens'}
# Its last part needs mount namespaces that are not the same.
KNOWN = {('pidfd_setns_test', 'current_nsset.no_foul_play')}
USERS = ['unshare', '--user', '--map-root-user', '--pid', '--fork',
         '--mount-proc', '--kill-child']


def unpack(folder):
    subprocess.run(['tar', '-C', folder, '--strip-components=1', '-xf', SOURCE,
                    f'linux-source-6.1/{TESTS}'], check=True)
    return os.path.join(folder, TESTS)


def build(source, folder):
    """Yields the name and the path of each program."""
    for path in sorted(file for each in FOLDERS
                       for file in glob.glob(f'{source}/{each}/*.c')):
        name = os.path.basename(path)[:-2]
        if name in LEFT_OUT:
            continue
        program = os.path.join(folder, name)
        subprocess.run(['gcc', '-w', '-D_GNU_SOURCE', f'-I{source}', '-o', program,
                        path, '-pthread', '-lrt', '-ldl'], check=True)
        os.chmod(program, 0o755)
        yield name, program


def results(output):
    """{test: 'ok' or 'not ok' or 'SKIP'}; numbers of processes are left out."""
    found = {}
    for line in output.splitlines():
        match = re.match(r'(ok|not ok) \d+ (.*)', line)
        if match:
            test = re.sub(r'\d+', 'N', match[2])
            verdict = 'SKIP' if 'SKIP' in match[2] else match[1]
            found[test] = found.get(test, ()) + (verdict,)
    return found


def compare(name, kernel, nsrun):
    """Yields what is wrong; @kernel and @nsrun: status and output."""
    known = {test for program, test in KNOWN if program == name}
    expected, got = results(kernel[1]), results(nsrun[1])
    for test in sorted(expected.keys() | got.keys()):
        differs = expected.get(test) != got.get(test)
        if differs != (test in known):
            yield (f'{name}: {test}: {got.get(test)} under nsrun, '
                   f'{expected.get(test)} in the kernel')
    if not known and kernel[0] != nsrun[0]:
        yield f'{name}: status {nsrun[0]}, not {kernel[0]}: {nsrun[1][-1000:]}'


def check_selftests(arms):
    """Returns (wrong, comments, why it was skipped)."""
    if not os.path.exists(SOURCE):
        return [], [], 'linux-source-6.1 is not installed'
    if not isolate.is_root() or not shutil.which('gcc'):
        return [], [], 'needs root and gcc'
    folder = arms.folder(NAME)
    arms.prefixes['kernel tests'] = arms.kernel_prefix or []
    arms.prefixes['kernel users tests'] = isolate.drop_privileges() + USERS
    arms.prefixes['nsrun tests'] = arms.prefixes['nsrun'][:-1] + [
        '-r', '-p', '-i', '-u', '--map-auto', '--']
    wrong, programs = [], 0
    for name, program in build(unpack(folder), folder):
        oracle = 'kernel users tests' if name in IN_USERS else 'kernel tests'
        wrong += compare(name, arms.run(oracle, [program], LIMIT, folder),
                         arms.run('nsrun tests', [program], LIMIT, folder))
        programs += 1
    return wrong, [f'{programs} programs'], None
