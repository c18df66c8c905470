#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures nsrun and what else can do the like, and compares with no wrapper.

Each round runs every wrapper once, so that what disturbs the machine for a
while disturbs all of them.  The medians of the rounds are written, with their
ratios to native, to results/latest.json and results/latest.png beside this
file.  Started by root, everything is run as an ordinary user, but the wrapper
that can't: it is marked.
"""

import argparse
import datetime
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NOBODY = 65534
SAFE_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin'
TIME_LIMIT = 180        # seconds for one program in one round
SLOW_ROUNDS = 3         # of all rounds, those that have the slow commands


class Wrapper:
    """One way to run a command."""

    def __init__(self, name, prefix, as_root=False):
        self.name = name
        self.prefix = prefix
        self.as_root = as_root
        self.rounds = []        # of each round {measure: ns}
        self.failure = None

    def medians(self):
        names = self.rounds[0] if self.rounds else {}
        return {name: statistics.median(r[name] for r in self.rounds
                                        if name in r)
                for name in names}


def wrappers(nsrun, options):
    """Those that are installed here."""
    root = os.geteuid() == 0
    found = [Wrapper('native', []), Wrapper('nsrun', [nsrun, '--'])]
    if options.no_agent:
        found.append(Wrapper('no agent', [nsrun, '--no-agent', '--']))
    if options.only_nsrun:
        return found
    if root:
        found.append(Wrapper(
            'unshare', ['unshare', '--pid', '--fork', '--mount-proc',
                        f'--setgid={NOBODY}', f'--setuid={NOBODY}'],
            as_root=True))
    else:
        found.append(Wrapper(
            'unshare', ['unshare', '--user', '--map-current-user', '--pid',
                        '--fork', '--mount-proc']))
    found += [
        Wrapper('bwrap', ['bwrap', '--unshare-pid', '--dev-bind', '/', '/',
                          '--proc', '/proc']),
        Wrapper('proot', ['proot']),
        Wrapper('strace', ['strace', '-f', '-qq', '-o', '/dev/null']),
        Wrapper('runsc', ['runsc', '--rootless', 'do']),
    ]
    return [w for w in found
            if not w.prefix or shutil.which(w.prefix[0], path=SAFE_PATH)]


def ordinary_user():
    if os.geteuid() != 0:
        return []
    return ['setpriv', f'--reuid={NOBODY}', f'--regid={NOBODY}',
            '--clear-groups']


def measure(command, folder):
    """Runs a program that prints "name unit value" lines."""
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
        timeout=TIME_LIMIT, encoding='utf-8', errors='replace', check=False,
        env={'PATH': SAFE_PATH, 'HOME': folder, 'TMPDIR': folder,
             'LC_ALL': 'C'})
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ['(nothing said)']
        raise RuntimeError(f'status {done.returncode}: {said[-1]}')
    result = {}
    for line in done.stdout.splitlines():
        name, unit, value = line.split()
        if unit != 'ns':
            raise RuntimeError(f'{name}: unit {unit}')
        result[name] = float(value)
    return result


# Whole commands, the start of the wrapper included.
COMMANDS = {
    'find': ['find', '/usr', '-name', 'no-such-name'],
    'find-size': ['find', '/usr/share', '-size', '+100M'],
    'ps': ['ps', '-e'],
}
SLOW = {
    'compile': ['sh', '-c', 'cp -r "$1" "$2" && cd "$2" && '
                'make -s -j2 >/dev/null 2>&1; s=$?; cd ..; rm -r "$2"; exit $s',
                'bench'],
}

REPEAT = 'i=0; while [ $i -lt {} ]; do {}; i=$((i + 1)); done'
# Only those that are named, or all by "real". In the folder is a repository,
# "tree", of 5000 files, and "tree.tar".
REAL = {
    'shell-1000': REPEAT.format(1000, '/bin/true'),
    'shell-twice': '{0} & {0} & wait'.format(
        '(' + REPEAT.format(400, '/bin/true') + ')'),
    'find-twice': 'find /usr -name no-such-name & find /usr -name no-such-name'
                  ' & wait',
    'python-50': REPEAT.format(50, '/usr/bin/python3 -c pass'),
    'git-clone': 'rm -rf clone && git clone -q "file://$PWD/tree" clone',
    'git-status': REPEAT.format(10, 'git -C tree status -s'),
    'untar': 'rm -rf untar && mkdir untar && tar xf tree.tar -C untar',
    'redis': 'redis-server --port 0 --unixsocket "$PWD/socket" --save "" &'
             ' until redis-cli -s socket ping; do :; done; redis-benchmark'
             ' -s socket -n 100000 -c 20 -t set,get -q;'
             ' redis-cli -s socket shutdown nosave; wait',
}
MAKE_TREE = '''
set -e
git init -q tree
i=0
while [ $i -lt 50 ]; do
    mkdir tree/$i
    j=0
    while [ $j -lt 100 ]; do
        echo $i $j >tree/$i/$j
        j=$((j + 1))
    done
    i=$((i + 1))
done
cd tree
git add .
git -c user.name=bench -c user.email=bench commit -q -m tree
cd ..
tar cf tree.tar tree
'''


# What micro itself does not measure.
WHOLE = ['start-up', 'ps-200', *COMMANDS, *SLOW, *REAL]


def command_of(name, folder, source):
    if name in COMMANDS:
        return COMMANDS[name]
    if name in REAL:
        return ['sh', '-c', REAL[name]]
    return SLOW[name] + [source, os.path.join(folder, 'tree')]


def wanted_commands(only, source, number):
    """All, the slow ones in the first rounds only; or those that were named."""
    names = [name for name in COMMANDS if not only or name in only]
    names += [name for name in REAL if name in only]
    return names + [name for name in SLOW if source and
                    (name in only or not only and number < SLOW_ROUNDS)]


def time_command(command, folder):
    """A wait with a time limit would look each 50 ms only."""
    start = time.monotonic_ns()
    process = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={'PATH': SAFE_PATH, 'HOME': folder, 'TMPDIR': folder,
             'LC_ALL': 'C'})
    limit = threading.Timer(TIME_LIMIT, process.kill)
    limit.start()
    status = process.wait()
    passed = time.monotonic_ns() - start
    limit.cancel()
    if status not in (0, 1):    # find: what it may not read
        raise RuntimeError(f'{command}: status {status}')
    return float(passed)


def one_round(wrapper, micro, folder, options, number):
    only = options.only
    user = [] if wrapper.as_root else ordinary_user()
    result = {}
    if not only or set(only) - set(WHOLE):
        result = measure(user + wrapper.prefix + [micro] + only, folder)
    if not only or 'start-up' in only:
        result.update(measure(
            user + [micro, '--start-up'] + wrapper.prefix + ['/bin/true'],
            folder))
    if not only or 'ps-200' in only:
        # Its processes are in the namespace; natively the machine's, too.
        result.update(measure(
            user + wrapper.prefix + [micro, '--crowd', 'ps', '-e'], folder))
    for name in wanted_commands(only, options.source, number):
        command = command_of(name, folder, options.source)
        result[name] = time_command(user + wrapper.prefix + command, folder)
    return result


def progress(text):
    """Shows what is being done, to a person."""
    if sys.stderr.isatty():
        print(f'\r{text:40}\r', end='', file=sys.stderr, flush=True)


def make_tree(folder):
    """What the measures of REAL work on, as the user who runs them."""
    subprocess.run(ordinary_user() + ['sh', '-c', MAKE_TREE], cwd=folder,
                   check=True, stdin=subprocess.DEVNULL,
                   env={'PATH': SAFE_PATH, 'HOME': folder})


def run_rounds(options, found, micro, folder):
    for number in range(options.rounds):
        for wrapper in found:
            if wrapper.failure:
                continue
            progress(f'round {number + 1} of {options.rounds}:'
                     f' {wrapper.name}')
            try:
                wrapper.rounds.append(
                    one_round(wrapper, micro, folder, options, number))
            except (RuntimeError, OSError, ValueError,
                    subprocess.TimeoutExpired) as error:
                wrapper.failure = str(error)
                print(f'{wrapper.name}: left out: {error}',
                      file=sys.stderr)
    progress('')


# --- what comes out ---------------------------------------------------------

def processor():
    try:
        with open('/proc/cpuinfo', encoding='utf-8') as file:
            for line in file:
                if line.startswith('model name'):
                    return line.split(':', 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def human(nanoseconds):
    for limit, unit in ((1e3, 'ns'), (1e6, 'us'), (1e9, 'ms')):
        if nanoseconds < limit:
            return f'{nanoseconds / limit * 1e3:.3g} {unit}'
    return f'{nanoseconds / 1e9:.3g} s'


def table(good, pinned, rounds):
    """Native in units of time, the others as multiples of it."""
    native = good[0].medians()
    title = 'all on one processor' if pinned else 'not pinned'
    lines = [f'Median of {rounds} rounds, {title};'
             ' a number without unit is a multiple of native.',
             ''.join([f'{"":20}'] + [f'{w.name + "*" * w.as_root:>10}'
                                     for w in good])]
    for name, base in native.items():
        cells = [f'{name:20}', f'{human(base):>10}']
        for wrapper in good[1:]:
            value = wrapper.medians().get(name)
            cells.append(f'{value / base:>10.2f}' if value else f'{"-":>10}')
        lines.append(''.join(cells))
    if any(w.as_root for w in good):
        lines.append('* needs root here')
    return '\n'.join(lines)


def as_json(good, bad, options):
    native = good[0].medians()
    peers = {}
    for wrapper in good:
        medians = wrapper.medians()
        peers[wrapper.name] = {
            # without folders: they are of no interest elsewhere
            'command': [os.path.basename(word) if os.path.isabs(word)
                        and word != '/' else word for word in wrapper.prefix],
            'as_root': wrapper.as_root,
            'median_ns': medians,
            'ratio': {name: round(value / native[name], 3)
                      for name, value in medians.items()},
            'rounds_ns': wrapper.rounds,
        }
    return {
        'date': datetime.datetime.now(datetime.timezone.utc).isoformat(
            timespec='seconds'),
        'machine': {'processor': processor(), 'cpus': os.cpu_count(),
                    'kernel': platform.release()},
        'pinned': options.pin,
        'rounds': options.rounds,
        'peers': peers,
        'left_out': {w.name: w.failure for w in bad},
    }


def picture(good, options, path):
    """Bars of the ratios to native, through gnuplot. Returns success."""
    if not shutil.which('gnuplot') or len(good) < 2:
        return False
    native = good[0].medians()
    rows = ['measure ' + ' '.join(w.name for w in good[1:])]
    for name, base in native.items():
        rows.append(' '.join(
            [f'"{name}"'] + [f'{w.medians()[name] / base:.4f}'
                             for w in good[1:]]))
    pinned = 'one processor' if options.pin else 'not pinned'
    data = '\n'.join(rows)
    program = f'''
set terminal pngcairo size 1700,850 font "sans,12" noenhanced
set output "{os.path.basename(path)}"
$data << END
{data}
END
set title "Cost as a multiple of native, median of {options.rounds} rounds, {pinned}"
set style data histograms
set style histogram clustered gap 2
set style fill solid 0.9 border rgb "#ffffff"
set boxwidth 1
set logscale y 10
set yrange [0.5:*]
set ytics format "%g"
set ylabel "times native (log scale; 1 = as fast)"
set grid ytics mytics lt 1 lc rgb "#dddddd", lt 1 lc rgb "#f0f0f0"
set arrow from graph 0, first 1 to graph 1, first 1 nohead lc rgb "#000000" lw 1.5 front
set xtics rotate by 40 right scale 0
set key top left horizontal outside
array colours[6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#999999", "#56b4e9"]
plot for [i=2:{len(good)}] $data using i:xtic(1) title columnheader(i) lc rgb colours[i-1]
'''
    done = subprocess.run(['gnuplot'], input=program, encoding='utf-8',
                          cwd=os.path.dirname(path), capture_output=True,
                          check=False)
    if done.returncode != 0:
        print(f'gnuplot: {done.stderr.strip()}', file=sys.stderr)
    return done.returncode == 0


def write_results(good, bad, options):
    os.makedirs(options.results, exist_ok=True)
    with open(os.path.join(options.results, 'latest.json'), 'w',
              encoding='utf-8') as file:
        json.dump(as_json(good, bad, options), file, indent=1)
        file.write('\n')
    written = ['latest.json']
    if picture(good, options, os.path.join(options.results, 'latest.png')):
        written.append('latest.png')
    print(f'written to {options.results}: {" and ".join(written)}')


def parse_arguments():
    build = os.path.join(os.path.dirname(HERE), 'build')
    parser = argparse.ArgumentParser(prog='bench', description=__doc__)
    parser.add_argument('--rounds', type=int, default=5,
                        help='how often each is run (5)')
    parser.add_argument('--pin', action='store_true',
                        help='all on one processor: no wake-up of another')
    parser.add_argument('--no-agent', action='store_true',
                        help='nsrun without its agent, too')
    parser.add_argument('--only-nsrun', action='store_true',
                        help='leave out the others')
    parser.add_argument('--nsrun', default=os.path.join(build, 'nsrun'))
    parser.add_argument('--micro',
                        default=os.path.join(build, 'bench', 'micro'))
    parser.add_argument('--results', default=os.path.join(HERE, 'results'),
                        help='the folder to write to')
    parser.add_argument('--source',
                        help='a C project for "compile", which is measured '
                        f'in {SLOW_ROUNDS} rounds')
    parser.add_argument('only', nargs='*', metavar='MEASURE',
                        help='measure only these; "real" stands for '
                        + ', '.join(REAL))
    options = parser.parse_args()
    if 'real' in options.only:
        options.only.remove('real')
        options.only += REAL
    return options


def main():
    options = parse_arguments()
    if options.pin:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix='nsrun-bench-') as folder:
        os.chmod(folder, 0o1777)
        nsrun = shutil.copy(options.nsrun, os.path.join(folder, 'nsrun'))
        micro = shutil.copy(options.micro, os.path.join(folder, 'micro'))
        os.chmod(nsrun, 0o755)
        os.chmod(micro, 0o755)
        found = wrappers(nsrun, options)
        if set(options.only) & set(REAL):
            make_tree(folder)
        run_rounds(options, found, micro, folder)
    good = [w for w in found if not w.failure]
    bad = [w for w in found if w.failure]
    if not good or good[0].name != 'native':
        print('bench: native: could not be measured', file=sys.stderr)
        return 1
    print(table(good, options.pin, options.rounds))
    for wrapper in bad:
        print(f'left out: {wrapper.name}: {wrapper.failure}')
    write_results(good, bad, options)
    return 1 if any(w.name == 'nsrun' for w in bad) else 0


if __name__ == '__main__':
    sys.exit(main())
