# SPDX-License-Identifier: Apache-2.0
"""A processor with many who want it: what a program does when it is slow."""

import contextlib
import os
import subprocess

# How often what does not end alike is asked about again in the kernel's arm, every
# other time in a crowd, and how large that is.
AGAIN = 6
CROWD = 4


@contextlib.contextmanager
def crowded():
    """Yields a command prefix: on one processor with others who never rest."""
    alone = ['taskset', '--cpu-list', str(min(os.sched_getaffinity(0)))]
    crowd = [subprocess.Popen(alone + ['sh', '-c', 'while :; do :; done'])
             for _ in range(CROWD)]
    try:
        yield alone
    finally:
        for each in crowd:
            each.kill()
            each.wait()


def turns():
    """Yields a number and a command prefix for each time of asking again."""
    for turn in range(AGAIN):
        with crowded() if turn % 2 else contextlib.nullcontext([]) as prefix:
            yield turn, prefix
