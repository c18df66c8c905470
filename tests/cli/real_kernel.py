# SPDX-License-Identifier: Apache-2.0
"""The kernel's own tests of namespaces: its self tests of clone3, pidfds, pid
and time namespaces, and of nsfs.

They come from Debian's linux-source-6.1, out of which `./bootstrap deps test` takes
them, and run as root of the machine and, as an ordinary user, as root under nsrun.
Each single test has to end the same way.
"""

import concurrent.futures
import glob
import os
import re
import shutil
import subprocess

import crowd
import isolate

NAME = 'selftests'
TESTS = 'linux-source-6.1/tools/testing/selftests'
FOLDERS = 'clone3', 'pidfd', 'pid_namespace', 'nsfs', 'timens'
LIMIT = 600     # seconds, for one program
# One writes into a structure of libcap's that is another by now: it fails
# everywhere. One only measures.
LEFT_OUT = {'clone3_cap_checkpoint_restore', 'gettime_perf'}
# They go back to the time namespace that they began in: it has to be theirs, and
# that of the machine is nobody's who is in a user namespace.
IN_TIME = {'procfs', 'timens'}
OWN_TIME = ['unshare', '--time', '--fork']


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
    expected, got = results(kernel[1]), results(nsrun[1])
    for test in sorted(expected.keys() | got.keys()):
        if expected.get(test) != got.get(test):
            yield (f'{name}: {test}: {got.get(test)} under nsrun, '
                   f'{expected.get(test)} in the kernel')
    if kernel[0] != nsrun[0]:
        yield f'{name}: status {nsrun[0]}, not {kernel[0]}: {nsrun[1][-1000:]}'


def ask_again(arms, command, folder, nsrun):
    """Some measure times, and fail on a busy machine without nsrun, too. Returns
    whether the kernel ever ends as nsrun did: @nsrun."""
    for _, before in crowd.turns():
        said = arms.run('kernel tests', before + command, LIMIT, folder)
        if not list(compare('', said, nsrun)):
            return True
    return False


def check_selftests(arms, source):
    """@source: where ./bootstrap puts what it fetched. Returns (wrong, comments,
    why it was skipped)."""
    tests = os.path.join(source or '', TESTS)
    if not os.path.isdir(tests):
        return [], [], 'their source is not here (./bootstrap deps test fetches it)'
    if not isolate.is_root() or not shutil.which('gcc'):
        return [], [], 'needs root and gcc'
    folder = arms.folder(NAME)
    arms.prefixes['kernel tests'] = arms.kernel_prefix or []
    arms.prefixes['nsrun tests'] = arms.prefixes['nsrun'][:-1] + [
        '-r', '-p', '-i', '-u', '--map-auto', '--']
    wrong, passed, ends = [], 0, {}
    # Side by side: one of them sleeps for half a minute
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, program in build(tests, folder):
            command = (OWN_TIME if name in IN_TIME else []) + [program]
            ends[name] = [command] + [
                pool.submit(arms.run, arm, command, LIMIT, folder)
                for arm in ('kernel tests', 'nsrun tests')]
    comments = []
    for name, (command, *runs) in ends.items():
        kernel, nsrun = (run.result() for run in runs)
        differing = list(compare(name, kernel, nsrun))
        if differing and ask_again(arms, command, folder, nsrun):
            comments += differing + ['and, asked again, so without nsrun']
        else:
            wrong += differing
        passed += nsrun[1].count('\nok ')
    return wrong, comments + [
        f'{len(ends)} programs, {passed} tests pass under nsrun'], None
