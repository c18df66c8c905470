#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real programs under nsrun, compared with the same outside; prints TAP.

usage: real_input.py --nsrun PATH [--source FOLDER] [MODULE...]

CPython's own test modules run in a pid namespace of the kernel's and under
nsrun, both as an ordinary user, and each test has to end the same way; those
called root:MODULE also as root of a user namespace (unshare -r, nsrun -r), those called
net:MODULE in a net namespace whose lo is up.  A C
project is compiled by parallel make, and has to come out the same. What uses
shared memory is in real_postgres.py, programs of other languages in
real_programs.py, those that change their user in real_users.py, servers in
networks of their own in real_net.py, a Debian system that is made and entered in
real_debian.py, one that is packed in real_mmdebstrap.py, jails in real_bwrap.py,
the kernel's own tests in real_kernel.py.
Differences that are known, with their reasons, are in known_differences.
"""

import argparse
import concurrent.futures
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

import crowd
import isolate
import real_bwrap
import real_debian
import real_kernel
import real_mmdebstrap
import real_net
import real_postgres
import real_programs
import real_users
import tap

PYTHON = '/usr/bin/python3.11'
# The longest last: module, seconds that it may take; a twentieth on a quiet machine.
MODULES = {
    'test_wait3': 360,
    'test_wait4': 360,
    'test_fork1': 360,
    'test_pty': 360,
    'test_fcntl': 360,
    'test_faulthandler': 360,
    'test_socket': 720,
    'test_posix': 360,
    'test_os': 360,
    'root:test_posix': 360,
    'root:test_os': 360,
    'root:test_shutil': 360,
    'root:test_tarfile': 360,
    'net:test_socket': 720,
    'net:test_socketserver': 360,
    'net:test_selectors': 360,
    'net:test_ssl': 480,
    'net:test_asyncio': 1200,
    'test_subprocess': 720,
    'test_threading': 480,
    'test_signal': 600,
    'test_multiprocessing_fork': 960,
}
# What a module asks for; without it, it skips itself.
RESOURCES = {'test_socketserver': ['-u', 'network']}
# CPython's own means against slow machines: its tests wait six times as long for
# what must come at once, before they fail.
PATIENT = ['--timeout', '3600']
UNSHARE_ROOT = ['unshare', '--user', '--map-root-user', '--pid', '--fork',
                '--mount-proc', '--kill-child']
ROOT = 'root:'
# With a net of their own, whose lo is up.
NET = 'net:'
LO_UP = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh']
OTHERS = ('make', 'postgres', 'stress-ng', real_debian.NAME,
          real_mmdebstrap.NAME, real_kernel.NAME, real_bwrap.NAME,
          *real_programs.NAMES, *real_users.CASES, *real_net.NAMES)
HERE = os.path.dirname(os.path.abspath(__file__))


def run_bounded(command, seconds, **more):
    """Runs a command in a session of its own, and kills it when its time is
    over. Returns its status (None: too slow) and its output."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True, encoding='utf-8',
                          errors='replace', **more) as process:
        try:
            output, _ = process.communicate(timeout=seconds)
            return process.returncode, output
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output, _ = process.communicate()
            return None, output


class Prefixes(dict):
    """{arm: the command prefix that makes it}. What one part of the tests
    adds may be another's in the next; the common ones stay as they are."""

    def __init__(self, common):
        super().__init__(common)
        self.common = frozenset(common)

    def __setitem__(self, arm, prefix):
        if arm in self.common:
            raise ValueError(f'the arm {arm} is everybody\'s')
        super().__setitem__(arm, prefix)


class Arms:
    """The ways to run a command."""

    def __init__(self, place):
        self.place = place
        self.kernel_prefix = isolate.kernel_namespace()
        drop = isolate.drop_privileges()
        # What nsrun leaves behind by mistake dies with the outer namespace.
        outer = self.kernel_prefix or []
        self.prefixes = Prefixes({
            'kernel': outer + drop,
            'nsrun': outer + drop + [place.nsrun, '--'],
            'kernel root': drop + UNSHARE_ROOT,
            'nsrun root': outer + drop + [place.nsrun, '-r', '-p', '--'],
            'kernel net': outer + LO_UP + drop,
            'kernel net as root': outer + LO_UP,
            'nsrun net': outer + drop + [place.nsrun, '-p', '-i', '-u', '-n',
                                         '--']})

    def run(self, arm, command, seconds, folder):
        env = isolate.environment(folder)
        began = time.monotonic()
        result = run_bounded(self.prefixes[arm] + command, seconds, env=env,
                             cwd=folder)
        took = time.monotonic() - began
        if took > seconds / 4:      # a machine may be four times as slow
            tap.comment(f'{os.path.basename(folder)}, {arm}: {took:.0f} s,'
                        f' of {seconds}')
        return result

    def folder(self, name):
        """A new folder of the ordinary user's."""
        path = os.path.join(self.place.home, name)
        os.mkdir(path)
        if isolate.is_root():
            os.chown(path, isolate.NOBODY, isolate.NOBODY)
        return path


# --- CPython's test modules -------------------------------------------------

def read_known(path):
    """{(module, test): (kind, reason)}"""
    known = {}
    with open(path, encoding='utf-8') as file:
        for line in file:
            line = line.split('#')[0].strip()
            if line:
                kind, module, test, reason = line.split(None, 3)
                if kind not in ('differs', 'unstable'):
                    raise ValueError(f'known_differences: {kind}: unknown')
                known[module, test] = (kind, reason)
    return known


def read_results(path, module):
    """{test: how it ended}, from CPython's JUnit file."""
    results = {}
    for case in ElementTree.parse(path).iter('testcase'):
        name = (case.get('name') or 'unnamed').removeprefix(
            'test.').removeprefix(
            module + '.')
        if case.find('failure') is not None:
            end = 'failed'
        elif case.find('error') is not None:
            end = 'error'
        elif case.get('result') == 'skipped' or \
                case.find('skipped') is not None:
            end = 'skipped'
        else:
            end = 'passed'
        results[name] = end
    return results


def run_module(arms, arm, module, seconds, turn='first', before=(), tests=()):
    """Runs all tests, or some; @before: what starts it. Returns the results, and
    what to say when there are none."""
    folder = arms.folder(f'{arm}-{module}-{turn}'.replace(':', '-'))
    if module.startswith(ROOT):
        arm, module = f'{arm} root', module.removeprefix(ROOT)
    elif module.startswith(NET):
        arm, module = f'{arm} net', module.removeprefix(NET)
    report = os.path.join(folder, 'report.xml')
    status, output = arms.run(
        arm, [*before, PYTHON, '-m', 'test', '-v', '--junit-xml', report,
              *PATIENT, *RESOURCES.get(module, []), *matching(tests), module],
        seconds, folder)
    tail = '\n'.join(output.splitlines()[-30:])
    if status is None:
        return None, f'{arm}: not done after {seconds} s\n{tail}'
    try:
        return read_results(report, module), output
    except (OSError, ElementTree.ParseError) as error:
        return None, f'{arm}: status {status}, no report: {error}\n{tail}'


def matching(tests):
    return [word for test in tests for word in ('-m', f'*.{test}')]


def excerpt(output, test):
    """The lines of CPython's output about one test that did not pass."""
    short = test.rsplit('.', 1)[-1]
    lines = output.splitlines()
    for number, line in enumerate(lines):
        if line.startswith(('FAIL: ' + short, 'ERROR: ' + short)):
            return '\n'.join(lines[number:number + 25])
    return '\n'.join(line for line in lines if line.startswith(short))


def compare(module, kernel, nsrun, known, said):
    """Returns what is wrong, as text, and what is known to differ. said: the
    output of both."""
    wrong, expected = [], []
    for test in sorted(kernel.keys() | nsrun.keys()):
        left, right = kernel.get(test, 'not run'), nsrun.get(test, 'not run')
        kind, reason = known.get((module, test), (None, None))
        if kind == 'unstable':
            expected.append(f'{test}: unstable, not compared: {reason}')
        elif left != right and kind == 'differs':
            expected.append(f'{test}: kernel {left}, nsrun {right}: {reason}')
        elif left != right:
            wrong.append(f'{test}: kernel {left}, nsrun {right}\n'
                         + '\n'.join(excerpt(text, test) for text in said))
        elif kind == 'differs':
            wrong.append(f'{test}: {left} in both, but listed as a difference')
    for listed, test in known:
        if listed == module and test not in kernel and test not in nsrun:
            wrong.append(f'{test}: listed as a difference, but no such test')
    return wrong, expected


def ask_again(arms, module, seconds, kernel, nsrun, known):
    """Tests that wait a second for something, or whose threads race, end one way
    or the other on a busy machine, without nsrun as with it. So what does not end
    alike runs again in the kernel's arm, and only there: nsrun is wrong where the
    kernel never does as it did. Returns what the kernel's arm has said then, and
    comments."""
    said, comments = dict(kernel), []
    for turn, before in crowd.turns():
        doubtful = [test for test in sorted(kernel.keys() & nsrun.keys())
                    if said[test] != nsrun[test] and (module, test) not in known]
        if not doubtful:
            break
        again, _ = run_module(arms, 'kernel', module, seconds, f'again-{turn}',
                              before, doubtful)
        for test in doubtful:
            if (again or {}).get(test) == nsrun[test]:
                said[test] = nsrun[test]
                comments.append(f'{test}: {kernel[test]} and, asked again,'
                                f' {nsrun[test]} without nsrun')
    return said, comments


class Outcome:
    """What a part of the tests found."""

    def __init__(self, name, wrong=(), comments=(), skipped=None):
        self.name = name
        self.wrong = list(wrong)
        self.comments = list(comments)
        self.skipped = skipped


def check_module(arms, module, seconds, known, runs):
    name = f'CPython {module}'
    if module.startswith(NET) and not isolate.is_root():
        return Outcome(name, skipped='root alone can bring up lo')
    (kernel, said_kernel), (nsrun, said_nsrun) = (run.result() for run in runs)
    if kernel is None:
        return Outcome(name, comments=said_kernel.split('\n'),
                       skipped='can not be judged, fails without nsrun too')
    if nsrun is None:
        return Outcome(name, [said_nsrun])
    if not kernel and not nsrun:
        return Outcome(name, skipped='the module skips itself here')
    kernel, unsteady = ask_again(arms, module, seconds, kernel, nsrun, known)
    wrong, expected = compare(module, kernel, nsrun, known,
                              (said_kernel, said_nsrun))
    expected += unsteady
    passed = sum(end == 'passed' for end in nsrun.values())
    where = 'in a pid namespace' if arms.kernel_prefix else 'natively'
    expected.append(f'{len(nsrun)} tests, {passed} pass under nsrun,'
                    f' compared with those {where}')
    return Outcome(name, wrong, expected)


def check_python(arms, modules):
    """Yields an outcome for each module. The two arms run side by side."""
    if not os.access(PYTHON, os.X_OK):
        yield Outcome('CPython', skipped=f'no {PYTHON}')
        return
    known = read_known(os.path.join(HERE, 'known_differences'))
    probe = subprocess.run([PYTHON, '-c', 'import test.test_os'],
                           capture_output=True, check=False)
    if probe.returncode != 0:
        yield Outcome('CPython', skipped='no test modules of Python 3.11')
        return
    with concurrent.futures.ThreadPoolExecutor(1) as left, \
            concurrent.futures.ThreadPoolExecutor(1) as right:
        runs = {module: (left.submit(run_module, arms, 'kernel', module, s),
                         right.submit(run_module, arms, 'nsrun', module, s))
                for module, s in modules.items()}
        for module, seconds in modules.items():
            yield check_module(arms, module, seconds, known, runs[module])


# --- make -------------------------------------------------------------------

def fingerprint(folder):
    """{file: hash}, of everything that the build made."""
    result = {}
    for path, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(path, name)
            if os.path.isfile(full):
                with open(full, 'rb') as file:
                    result[os.path.relpath(full, folder)] = hashlib.sha256(
                        file.read()).hexdigest()
    return result


def check_make(arms, source):
    """Compiles Lua in the same folder twice: its path may get into files."""
    name = 'make -j4 of lua5.4'
    tree = os.path.join(source or '', 'lua5.4')
    if not os.path.isdir(tree):
        return Outcome(name, skipped='its source is not here'
                       ' (./bootstrap deps test fetches it)')
    folder = arms.folder('make')
    built = {}
    for arm in ('kernel', 'nsrun'):
        work = os.path.join(folder, 'lua')
        shutil.copytree(os.path.join(tree, 'src'), work)
        if isolate.is_root():
            for path, _, names in os.walk(work):
                os.chown(path, isolate.NOBODY, isolate.NOBODY)
                for file in names:
                    os.chown(os.path.join(path, file), isolate.NOBODY,
                             isolate.NOBODY)
        command = ('cd lua && make -j4 posix'
                   ' && ./lua -e "print(_VERSION, 6 * 7)"')
        status, output = arms.run(arm, ['sh', '-c', command], 600, folder)
        if status != 0:
            return Outcome(name, [f'{arm}: status {status}\n{output[-3000:]}'])
        if not output.endswith('Lua 5.4\t42\n'):
            return Outcome(name, [f'{arm}: does not run\n{output[-500:]}'])
        built[arm] = fingerprint(work)
        shutil.rmtree(work)
    differing = sorted(name for name in built['kernel'].keys()
                       | built['nsrun'].keys()
                       if built['kernel'].get(name) != built['nsrun'].get(name))
    return Outcome(name, [f'{name}: not the same' for name in differing],
                   [f'{len(built["nsrun"])} files, compared by hash'])


def check_shared_memory(place, arms, names):
    """Yields an outcome for each program."""
    if 'postgres' in names:
        wrong, comments, skipped = real_postgres.check_postgres(place, arms)
        yield Outcome('two PostgreSQL servers', wrong, comments, skipped)
    if 'stress-ng' in names:
        wrong, comments, skipped = real_postgres.check_stress(arms)
        yield Outcome('stress-ng --shm-sysv', wrong, comments, skipped)


def check_programs(arms, names, source):
    """Yields an outcome for each program."""
    if real_debian.NAME in names:
        wrong, comments, skipped = real_debian.check_debian(arms)
        yield Outcome('a Debian system by debootstrap', wrong, comments,
                      skipped)
    if real_bwrap.NAME in names:
        wrong, comments, skipped = real_bwrap.check_bwrap(arms)
        yield Outcome('jails by bubblewrap', wrong, comments, skipped)
    if real_mmdebstrap.NAME in names:
        wrong, comments, skipped = real_mmdebstrap.check(arms)
        yield Outcome('a Debian system by mmdebstrap', wrong, comments,
                      skipped)
    if real_kernel.NAME in names:
        yield Outcome("the kernel's self tests",
                      *real_kernel.check_selftests(arms, source))
    for name in real_programs.NAMES:
        if name in names:
            wrong, comments, skipped = real_programs.check_program(arms, name)
            yield Outcome(f'program: {name}', wrong, comments, skipped)
    for name in real_users.CASES:
        if name in names:
            wrong, comments, skipped = real_users.check_users(arms, name)
            yield Outcome(f'users: {name}', wrong, comments, skipped)
    for name in real_net.NAMES:
        if name in names:
            wrong, comments, skipped = real_net.check_net(arms, name)
            yield Outcome(f'networks: {name}', wrong, comments, skipped)


def outcomes(place, names, modules, source):
    """Yields what each part found."""
    arms = Arms(place)
    if 'make' in names:
        yield check_make(arms, source)
    yield from check_shared_memory(place, arms, names)
    yield from check_programs(arms, names, source)
    if modules:
        yield from check_python(arms, modules)


def report(number, outcome):
    """Prints one outcome. Returns whether it is good."""
    if outcome.skipped:
        print(f'ok {number} - {outcome.name} # SKIP {outcome.skipped}')
    else:
        verdict = 'not ok' if outcome.wrong else 'ok'
        print(f'{verdict} {number} - {outcome.name}')
    for text in outcome.comments + outcome.wrong:
        tap.comment(text)
    sys.stdout.flush()
    return not outcome.wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--nsrun', default=os.environ.get('NSRUN'))
    parser.add_argument('--source')
    parser.add_argument('modules', nargs='*',
                        help='test modules of CPython, "make", "postgres",'
                        ' "stress-ng", "debootstrap", "selftests", "bwrap", a program of'
                        ' real_programs.py, real_users.py or real_net.py')
    options = parser.parse_args()
    if not options.nsrun or not os.access(options.nsrun, os.X_OK):
        tap.print_and_exit_bad(f'no program nsrun at {options.nsrun}')

    modules = {module: MODULES.get(module, 480)
               for module in options.modules or MODULES
               if module not in OTHERS}
    good, number = True, 0
    with isolate.Workplace(options.nsrun) as place:
        began = time.monotonic()
        for number, outcome in enumerate(
                outcomes(place, options.modules or OTHERS, modules,
                         options.source), 1):
            now = time.monotonic()
            outcome.comments.append(f'after {now - began:.1f} s')
            good &= report(number, outcome)
            began = now
    print(f'1..{number}')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
