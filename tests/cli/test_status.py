# SPDX-License-Identifier: Apache-2.0
"""Exit statuses, and the messages that go with them."""

import os
import re
import struct

from harness import CliTest, NSRUN

# Every message of nsrun is "nsrun: what: why".
MESSAGE = re.compile(r'\Ansrun: .+: .+\n')


def elf32():
    """A complete i386 program: exit(42)."""
    code = bytes.fromhex('b801000000' 'bb2a000000' 'cd80')
    base, start = 0x08048000, 52 + 32
    size = start + len(code)
    header = struct.pack('<4s5B7xHHIIIIIHHHHHH', b'\x7fELF', 1, 1, 1, 0, 0,
                         2, 3, 1, base + start, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    segment = struct.pack('<8I', 1, 0, base, base, size, size, 5, 0x1000)
    return header + segment + code


class ExitStatus(CliTest):
    def test_success(self):
        self.expect(self.nsrun('--', 'true'), 0, '')

    def test_status_of_the_command(self):
        for status in (1, 3, 42, 125, 126, 127, 128, 255):
            with self.subTest(status=status):
                self.expect(self.nsrun('--', 'sh', '-c', f'exit {status}'),
                            status, '')

    def test_separator_is_optional(self):
        self.expect(self.nsrun('sh', '-c', 'exit 3'), 3, '')

    def test_options_end_at_the_command(self):
        self.expect(self.nsrun('echo', '--help', '-p'), 0, '--help -p\n')

    def test_killed_by_sigterm(self):
        # Not pid 1, which is deaf to the signals that it does not handle.
        self.expect(self.nsrun('--init', '--', 'sh', '-c', 'kill -TERM $$'),
                    128 + 15, '')

    def test_killed_by_sigkill(self):
        self.expect(self.nsrun('--init', '--', 'sh', '-c', 'kill -KILL $$'),
                    128 + 9, '')

    def test_killed_by_sigsegv(self):
        self.expect(self.nsrun('--init', '--', 'sh', '-c', 'kill -SEGV $$'),
                    128 + 11, '')

    def test_init_is_deaf_to_its_own_signals(self):
        self.expect(self.nsrun('--', 'sh', '-c',
                               'kill -TERM $$; kill -KILL $$; exit 6'), 6, '')

    def test_orphan_does_not_change_the_status(self):
        self.expect(self.nsrun('--init', '--', 'sh', '-c',
                               '(exec sleep 1000 >&- 2>&-) & exit 4'), 4, '')


class CannotRun(CliTest):
    def refused(self, status, why, *command, **more):
        self.expect(self.nsrun('--', *command, **more), status, '', MESSAGE)
        done = self.nsrun('--', *command, **more)
        self.assertIn(why, done.stderr)
        return done.stderr

    def test_not_found_in_path(self):
        self.refused(127, 'nosuchcommand', 'nosuchcommand')

    def test_not_found_by_path(self):
        self.refused(127, '/no/such/command', '/no/such/command')

    def test_not_executable(self):
        path = self.script('#!/bin/sh\nexit 0\n', mode=0o644)
        self.refused(126, path, path)

    def test_directory(self):
        self.refused(126, '/tmp', '/tmp')

    def test_no_permission_at_all(self):
        path = self.script('#!/bin/sh\nexit 0\n', mode=0)
        self.refused(126, path, path)

    def test_component_is_a_file(self):
        self.expect(self.nsrun('--', '/bin/true/x'), 126, '', MESSAGE)

    def test_interpreter_missing(self):
        path = self.script('#!/no/such/interpreter\n')
        self.expect(self.nsrun('--', path), 127, '', MESSAGE)

    def test_empty_name(self):
        self.expect(self.nsrun('--', ''), 127, '',
                    re.compile(r'\Ansrun: .*: .+\n'))

    def test_32_bit_program(self):
        path = self.script(elf32())
        said = self.refused(126, path, path)
        self.assertIn('32-bit', said)

    def test_32_bit_program_from_inside(self):
        path = self.script(elf32())
        done = self.nsrun('--', 'sh', '-c', f'{path}; echo $?')
        self.assertNotIn('42', done.stdout)

    def test_broken_elf(self):
        path = self.script(elf32()[:20])
        done = self.nsrun('--', path)
        self.assertIn(done.returncode, (126, 127))

    def test_script_without_interpreter_line(self):
        # execvp(3), which env and unshare use too, gives it to the shell.
        path = self.script('echo ran by "$0" with "$1"; exit 5\n')
        native = self.run_command(['env', path, 'one'])
        self.expect(self.nsrun('--', path, 'one'), native.returncode,
                    native.stdout, native.stderr)

    def test_unreadable_script(self):
        path = self.script('#!/bin/sh\nexit 0\n', mode=0o111)
        native = self.run_command(['env', path])
        self.expect(self.nsrun('--', path), native.returncode, native.stdout,
                    native.stderr)

    def test_unreadable_program(self):
        with open('/bin/true', 'rb') as file:
            path = self.script(file.read(), mode=0o111)
        done = self.nsrun('--', path)
        # Run as it is, or refused clearly: its memory can't be looked into.
        if done.returncode != 0:
            self.expect(done, 126, '', MESSAGE)

    def test_path_unset(self):
        env = {name: value for name, value in os.environ.items()
               if name != 'PATH'}
        self.expect(self.nsrun('--', 'true', env=env), 0, '')
        self.expect(self.nsrun('--', 'nosuchcommand', env=env), 127, '',
                    MESSAGE)

    def test_path_empty(self):
        here = self.script('#!/bin/sh\necho found here\n', name='onlyhere')
        env = dict(os.environ, PATH='')
        self.assertTrue(os.path.exists(here))
        self.expect(self.nsrun('--', 'onlyhere', env=env), 0, 'found here\n')

    def test_path_with_an_unsearchable_folder(self):
        os.mkdir('closed', 0)
        self.addCleanup(os.rmdir, 'closed')
        path = os.path.abspath('closed') + ':' + os.environ['PATH']
        self.expect(self.nsrun('--', 'true', env=dict(os.environ, PATH=path)),
                    0, '')

    def test_argument_list_too_long(self):
        long = ['x' * 100000] * 60
        command = ['sh', '-c', '"$0" -- true "$@" "$@" "$@"; echo $?', NSRUN]
        done = self.run_command(command + long[:6])
        self.assertEqual((done.stdout, done.stderr), ('0\n', ''))


class BadOptions(CliTest):
    def refused(self, *arguments):
        done = self.nsrun(*arguments)
        self.expect(done, 125, '', MESSAGE)
        return done.stderr

    def test_unknown_long_option(self):
        self.assertIn('--no-such-option', self.refused('--no-such-option',
                                                       '--', 'true'))

    def test_unknown_letter(self):
        self.assertIn('Q', self.refused('-Q', '--', 'true'))

    def test_no_command(self):
        self.refused()
        self.refused('--')
        self.refused('-p')

    def test_missing_value(self):
        self.refused('--hostname')

    def test_value_for_a_plain_option(self):
        self.refused('--init=5', '--', 'true')

    def test_unknown_signal(self):
        self.refused('--kill-child=NOSUCH', '--', 'true')
