#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up what meson's logs say and ends with the line "N passed, N failed".

usage: summary.py [--step=pass:NAME | --step=fail:NAME]... BUILD-FOLDER...

testlog.junit.xml has each test that a TAP program reported; testlog.json has
how each program as a whole ended, and what it printed.  A program that timed out
or crashed counts as one failure more, even when every test it reported until
then had passed.  What a test said of its failure is repeated: the logs may be
gone when somebody reads this.
"""

import json
import os
import sys
import xml.etree.ElementTree as ElementTree

GOOD_ENDS = ('OK', 'EXPECTEDFAIL', 'SKIP')
# Of what a failed test said, the first lines and the last of a program.
SAID_LINES = 60


class Totals:
    def __init__(self):
        self.passed = 0
        self.failed = []
        self.skipped = []

    def add(self, outcome, name, said=()):
        if outcome == 'pass':
            self.passed += 1
        elif outcome == 'skip':
            self.skipped.append(name)
        else:
            self.failed.append((name, said))


def program_ends(path):
    """The programs of a run: {name: (how it ended, its lines)}, from the JSON
    lines."""
    ends = {}
    with open(path, encoding='utf-8') as log:
        for line in log:
            record = json.loads(line)
            ends[record['name']] = (record['result'],
                                    record.get('stdout', '').splitlines())
    return ends


def said_of(case, lines):
    """The comments below the TAP line of a test that failed."""
    said = []
    for line in lines:
        if said and not line.startswith('#'):
            break
        if said or line.startswith('not ok') and line.endswith(' - ' + case):
            said.append(line)
    return said[:SAID_LINES]


def case_outcome(case):
    if case.find('failure') is not None or case.find('error') is not None:
        return 'fail'
    return 'skip' if case.find('skipped') is not None else 'pass'


def add_folder(totals, folder):
    label = os.path.basename(os.path.normpath(folder))
    logs = os.path.join(folder, 'meson-logs')
    try:
        ends = program_ends(os.path.join(logs, 'testlog.json'))
        root = ElementTree.parse(os.path.join(logs, 'testlog.junit.xml'))
    except (OSError, ElementTree.ParseError, ValueError) as error:
        totals.add('fail', f'{label}: no readable test log ({error})')
        return
    if not ends:
        totals.add('fail', f'{label}: ran no test')

    reported, failing = set(), set()
    for case in root.iter('testcase'):
        # A case of a TAP program has the class "project.program".  A program
        # with one result is a case of the class "project": counted below.
        program = case.get('classname', '').partition('.')[2]
        if not program:
            continue
        outcome = case_outcome(case)
        reported.add(program)
        said = []
        if outcome == 'fail':
            failing.add(program)
            said = said_of(case.get('name').partition(' - ')[2],
                           ends.get(program, (None, []))[1])
        totals.add(outcome, f'{label}: {program}: {case.get("name")}', said)

    for program, (end, lines) in ends.items():
        if end not in GOOD_ENDS and program not in failing:
            totals.add('fail', f'{label}: {program}: ended with {end}',
                       lines[-SAID_LINES:])
        elif program not in reported:
            totals.add('skip' if end == 'SKIP' else 'pass',
                       f'{label}: {program}')


def main():
    totals = Totals()
    for argument in sys.argv[1:]:
        if argument.startswith('--step='):
            outcome, name = argument[len('--step='):].split(':', 1)
            totals.add(outcome, name)
        else:
            add_folder(totals, argument)

    for name in totals.skipped:
        print(f'skipped: {name}')
    for name, said in totals.failed:
        print(f'FAILED: {name}', *said, sep='\n    ')
    line = f'{totals.passed} passed, {len(totals.failed)} failed'
    if totals.skipped:
        line += f', {len(totals.skipped)} skipped'
    print(line)
    return 1 if totals.failed else 0


if __name__ == '__main__':
    sys.exit(main())
