#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tests nsrun's command line end to end; prints TAP.

usage: run.py [--nsrun PATH] [NAME...]

PATH may also come from the environment, as NSRUN.  NAME is a module of this
folder, a class of one or a test, as unittest names them.
"""

import argparse
import os
import signal
import sys
import unittest

import isolate
import tap


def collect(names):
    loader = unittest.TestLoader()
    if names:
        return loader.loadTestsFromNames(names)
    return loader.discover(os.path.dirname(os.path.abspath(__file__)),
                           pattern='test_*.py')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--nsrun', default=os.environ.get('NSRUN'))
    parser.add_argument('--inside', action='store_true',
                        help='the isolated half; used by the program itself')
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()

    if options.inside:
        # Exec does not reset what is ignored; the tests want the defaults.
        for number in (signal.SIGPIPE, signal.SIGINT, signal.SIGQUIT,
                       signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) == signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        import harness
        harness.adopt_orphans()
        return tap.run_suite(collect(options.names))

    if not options.nsrun or not os.access(options.nsrun, os.X_OK):
        tap.print_and_exit_bad(f'no program nsrun at {options.nsrun}')
    return isolate.run_inside(options.nsrun, 'run.py',
                              ['--inside'] + options.names)


if __name__ == '__main__':
    sys.exit(main())
