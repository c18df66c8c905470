#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The house rules that a program can check; prints TAP.

usage: style.py [--source FOLDER] [--nsrun PATH]
"""

import argparse
import os
import re
import subprocess
import sys

FUNCTION_LINES = 100
FILE_LINES = 800
OUR_FOLDERS = ('src', 'interpose', 'tables', 'tests', 'bench', 'doc', 'data',
               '.ci')

# Who may include whom: the first pattern that matches the including file
# counts; its list says what else is allowed than files of its own folder.
PLAIN_HEADERS = r'src/(call|park|reply|syscall|signature)\.h'
INCLUDE_RULES = (
    (r'tables/', r'tables/'),
    # What runs in the guest; the rest there is the supervisor's side.
    (r'interpose/agent/(agent\.[ch]|owners\.c|entry\.S|page\.h)',
     r'interpose/agent/(page|agent)\.h'),
    # tables/pids.h also gives the types of numbers: headers may need them.
    (r'interpose/', rf'interpose/|src/host/|{PLAIN_HEADERS}|tables/pids\.h'),
    (r'src/host/', r'src/host/|tables/pids\.h'),
    (r'src/(ns|owner|task|view)/',
     rf'src/(net|ns|owner|task|view|host)/|tables/|'
     rf'interpose/agent/page\.h|'
     rf'{PLAIN_HEADERS}'),
    (r'src/net/',
     rf'src/(net|ns|owner|task|view|host)/|tables/|{PLAIN_HEADERS}|'
     r'src/gateway/(gateway|protocol)\.h'),
    # A process of its own.
    (r'src/gateway/',
     r'src/(gateway|host)/|tables/|src/net/sname\.h|src/config\.h'),
    (r'src/(call|reply|syscall|signature\w*|trace\w*|dispatch)\.[ch]',
     r'src/|tables/'),
    (r'src/', r'src/|interpose/|tables/'),
)


class Source:
    """One of our text files."""

    def __init__(self, root, name):
        self.name = name
        with open(os.path.join(root, name), encoding='utf-8') as file:
            self.text = file.read()
        self.lines = self.text.split('\n')

    def is_c(self):
        return self.name.endswith(('.c', '.h', '.S', '.def'))

    def numbered(self):
        return enumerate(self.lines, 1)


def our_files(root):
    """Every file of ours that is text, by name; and the names of others."""
    names = [name for name in os.listdir(root)
             if os.path.isfile(os.path.join(root, name)) and name != '.git']
    for folder in OUR_FOLDERS:
        for path, folders, files in os.walk(os.path.join(root, folder)):
            folders[:] = [f for f in folders
                          if f not in ('results', '__pycache__')]
            names += [os.path.relpath(os.path.join(path, file), root)
                      for file in files]
    sources, others = [], []
    for name in sorted(names):
        try:
            sources.append(Source(root, name))
        except UnicodeDecodeError:
            others.append(f'{name} is not text: is it built?')
    return sources, others


def blank_out(text):
    """C text with comments, strings and characters emptied, lines kept."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"'
                         r"|'(?:\\.|[^'\\\n])*'", re.S)

    def empty(found):
        lines = '\n' * found.group().count('\n')
        return '""' if found.group()[0] in '"\'' else ' ' + lines

    return pattern.sub(empty, text)


# --- the checks: each yields what is wrong ----------------------------------

def check_spdx(sources):
    for source in sources:
        if source.name.endswith(('.c', '.h', '.S')) and \
                'SPDX-License-Identifier: Apache-2.0' not in source.lines[0]:
            yield f'{source.name}:1: no SPDX line'
        elif source.text.startswith('#!') and \
                'SPDX-License-Identifier: Apache-2.0' not in source.lines[1]:
            yield f'{source.name}:2: no SPDX line'


MADE_BY_THE_BUILD = ('agent_blob.h', 'agent_higher_blob.h',
                     'prebuilt_programs.h')


def check_includes(sources):
    for source in sources:
        rule = next((allowed for who, allowed in INCLUDE_RULES
                     if re.match(who, source.name)), None)
        if rule is None or not source.is_c():
            continue
        for number, line in source.numbered():
            found = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not found:
                continue
            target = found.group(1)
            if '/' not in target and target not in MADE_BY_THE_BUILD:
                yield f'{source.name}:{number}: "{target}" without its folder'
            elif '/' in target and not re.match(rule, target):
                yield f'{source.name}:{number}: may not include {target}'


def check_functions(sources):
    """A body is what stands between { and } in the first column."""
    for source in sources:
        if not source.name.endswith('.c'):
            continue
        begin = None
        for number, line in enumerate(blank_out(source.text).split('\n'), 1):
            if line.startswith('{'):
                begin = number
            elif line.startswith('}') and begin is not None:
                size = number - begin - 1
                if size > FUNCTION_LINES:
                    yield (f'{source.name}:{begin}: function of {size} lines,'
                           f' more than {FUNCTION_LINES}')
                begin = None


def check_file_size(sources):
    for source in sources:
        size = len(source.lines) - 1
        if source.name.endswith(('.c', '.h', '.S', '.py')) and \
                size > FILE_LINES:
            yield f'{source.name}: {size} lines, more than {FILE_LINES}'


def check_whitespace(sources):
    for source in sources:
        # What is quoted from elsewhere, or generated, is as it is.
        if source.name == 'LICENSE' or '/golden/' in source.name:
            continue
        for number, line in source.numbered():
            if line != line.rstrip(' \t') and not source.name.endswith('.md'):
                yield f'{source.name}:{number}: blank at the end of the line'
            if '\r' in line:
                yield f'{source.name}:{number}: carriage return'
        if source.text and not source.text.endswith('\n'):
            yield f'{source.name}: the last line has no end'


def check_errno(sources):
    """errno is read where the kernel is spoken to, and nowhere else."""
    for source in sources:
        if not source.name.endswith(('.c', '.h')) or \
                not source.name.startswith(('src/', 'tables/')) or \
                source.name.startswith('src/host/'):
            continue
        for number, line in enumerate(blank_out(source.text).split('\n'), 1):
            if re.search(r'(?<![<\w/])errno(?![\w.])', line):
                yield f'{source.name}:{number}: errno outside src/host/'


def check_machine(sources):
    """Nothing of the machine that a file was written on."""
    # Put together, so that these lines do not find themselves.
    words = ['/' + 'home/', '/' + 'root/', '/' + 'work/', '/' + 'Users/',
             'debian.' + 'org', 'snapshot' + '.debian', 'py' + 'env/']
    # Not in the middle of a path, as in /proc/PID/root/proc.
    pattern = re.compile(r'(?<![\w/])(?:' +
                         '|'.join(re.escape(word) for word in words) + ')')
    for source in sources:
        for number, line in source.numbered():
            found = pattern.search(line)
            if found and source.name != 'LICENSE':
                yield f'{source.name}:{number}: names {found.group()}'


def check_coverage(root, nsrun):
    listed = subprocess.run([nsrun, '--list-syscalls'], capture_output=True,
                            encoding='utf-8', check=False)
    if listed.returncode != 0:
        yield f'nsrun --list-syscalls: status {listed.returncode}'
        return
    path = os.path.join(root, 'doc', 'coverage.md')
    try:
        with open(path, encoding='utf-8') as file:
            text = file.read()
    except OSError as error:
        yield f'doc/coverage.md: {error.strerror}'
        return
    if text != listed.stdout:
        new, old = listed.stdout.split('\n'), text.split('\n')
        first = next((number for number, (a, b) in
                      enumerate(zip(new, old), 1) if a != b),
                     min(len(new), len(old)))
        yield (f'doc/coverage.md:{first}: stale; make it anew:'
               ' build/nsrun --list-syscalls >doc/coverage.md')


def check_options(root, nsrun):
    """Each option of --help is in the man page and in the completion."""
    text = subprocess.run([nsrun, '--help'], capture_output=True,
                          encoding='utf-8', check=True).stdout
    options = set(re.findall(r'(?<![\w-])--?[a-zA-Z][a-z-]*', text))
    if '--trace' not in options or '-p' not in options:
        yield 'nsrun --help: no options found'
    for name in ('doc/nsrun.1.scd', 'data/completions/nsrun'):
        with open(os.path.join(root, name), encoding='utf-8') as file:
            words = set(re.findall(r'(?<![\w-])--?[a-zA-Z][a-z-]*',
                                   file.read()))
        for option in sorted(options - words):
            yield f'{name}: lacks {option}'


# --- reporting --------------------------------------------------------------

class Report:
    def __init__(self):
        self.number = 0
        self.good = True

    def check(self, name, wrong):
        self.number += 1
        wrong = list(wrong)
        print(f'{"not ok" if wrong else "ok"} {self.number} - {name}')
        for line in wrong:
            print(f'# {line}')
        self.good = self.good and not wrong

    def skip(self, name, reason):
        self.number += 1
        print(f'ok {self.number} - {name} # SKIP {reason}')


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser()
    parser.add_argument('--source',
                        default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument('--nsrun')
    options = parser.parse_args()

    sources, others = our_files(options.source)
    report = Report()
    report.check('nothing but text', others)
    report.check('SPDX lines', check_spdx(sources))
    report.check('who includes whom', check_includes(sources))
    report.check('length of functions', check_functions(sources))
    report.check('length of files', check_file_size(sources))
    report.check('white space', check_whitespace(sources))
    report.check('errno only in src/host and interpose', check_errno(sources))
    report.check('nothing of a machine', check_machine(sources))
    if options.nsrun:
        report.check('doc/coverage.md is fresh',
                     check_coverage(options.source, options.nsrun))
        report.check('every option is documented',
                     check_options(options.source, options.nsrun))
    else:
        report.skip('doc/coverage.md is fresh', 'no nsrun given')
        report.skip('every option is documented', 'no nsrun given')
    print(f'1..{report.number}')
    return 0 if report.good else 1


if __name__ == '__main__':
    sys.exit(main())
