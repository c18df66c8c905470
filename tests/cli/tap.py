# SPDX-License-Identifier: Apache-2.0
"""The Test Anything Protocol: one line per test, details as comments."""

import sys
import unittest


def comment(text):
    for line in text.rstrip('\n').split('\n'):
        print(f'# {line}\n', end='', flush=True)   # at once: threads say some


def plain(text):
    """One line, without the character that starts a TAP directive."""
    return ' '.join(text.split()).replace('#', '')


class Result(unittest.TestResult):
    """Prints each test as it ends."""

    def __init__(self):
        super().__init__()
        self.number = 0
        self.bad = False
        self.details = []

    def startTest(self, test):
        super().startTest(test)
        self.number += 1
        self.details = []
        self.reason = None

    def stopTest(self, test):
        super().stopTest(test)
        name = plain(test.id())
        if self.details:
            self.bad = True
            print(f'not ok {self.number} - {name}', flush=True)
            for text in self.details:
                comment(text)
        elif self.reason is not None:
            print(f'ok {self.number} - {name} # SKIP {plain(self.reason)}',
                  flush=True)
        else:
            print(f'ok {self.number} - {name}', flush=True)

    def addError(self, test, err):
        self.details.append(self._exc_info_to_string(err, test))

    def addFailure(self, test, err):
        self.details.append(self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        if err is not None:
            self.details.append(f'{subtest.id()}\n'
                                + self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        self.reason = reason

    def addExpectedFailure(self, test, err):
        self.details.append('expected failures are not used here')

    def addUnexpectedSuccess(self, test):
        self.details.append('expected failures are not used here')


def run_suite(suite):
    """Runs a suite. Returns the exit status for it."""
    print(f'1..{suite.countTestCases()}', flush=True)
    result = Result()
    suite.run(result)
    return 1 if result.bad else 0


def skip_all(reason):
    print(f'1..0 # SKIP {plain(reason)}')
    return 0


def print_and_exit_bad(reason):
    print(f'Bail out! {plain(reason)}')
    sys.exit(1)
