#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts many named instances, lists them, and says what that takes.

usage: instances.py NSRUN [COUNT]     as an ordinary user; 1000 by default
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

PAGE = resource.getpagesize() // 1024


def seconds(command, count=1):
    """The median, and what was printed."""
    times = []
    for _ in range(count):
        start = time.monotonic()
        done = subprocess.run(command, stdin=subprocess.DEVNULL, check=True,
                              capture_output=True, encoding='ascii')
        times.append(time.monotonic() - start)
    return statistics.median(times), done.stdout


def memory(pid):
    """KiB that are no file's; most of it is shared since the fork."""
    with open(f'/proc/{pid}/statm', encoding='ascii') as file:
        _, resident, shared = map(int, file.read().split()[:3])
    return (resident - shared) * PAGE


def main():
    nsrun = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with tempfile.TemporaryDirectory() as folder:
        os.environ['XDG_RUNTIME_DIR'] = folder
        names = [f'bench-{i}' for i in range(count)]
        try:
            start = time.monotonic()
            for name in names:
                seconds([nsrun, '-l', name, '--keep'])
            each = (time.monotonic() - start) / count
            text, _ = seconds([nsrun, 'ls'], 5)
            as_json, listed = seconds([nsrun, 'ls', '--json'], 5)
            mine = [i for i in json.loads(listed)['instances']
                    if i['name'] in names]
            size = statistics.mean(memory(i['supervisor']) +
                                   memory(i['tasks'][0]['host']['tgid'])
                                   for i in mine)
        finally:
            for name in names:
                subprocess.run([nsrun, 'kill', name], check=False,
                               stderr=subprocess.DEVNULL)
    print(f'{len(mine)} instances: started in {each * 1e3:.1f} ms each, '
          f'listed in {text:.3f} s, as JSON in {as_json:.3f} s, '
          f'{size:.0f} KiB each, most of it shared')


if __name__ == '__main__':
    main()
