# SPDX-License-Identifier: Apache-2.0
"""Standard input, output and errors; pipelines; other descriptors."""

import hashlib
import os
import socket
import subprocess

from harness import CliTest, LIMIT, NSRUN


class Pipelines(CliTest):
    def test_a_mebibyte_passes_unharmed(self):
        data = bytes(hashlib.shake_256(b'nsrun').digest(1 << 20))
        process = self.start('--', 'cat', stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        output, errors = process.communicate(data, timeout=LIMIT)
        self.assertEqual((process.returncode, errors), (0, b''))
        self.assertTrue(output == data, f'{len(output)} bytes, or changed')

    def pipeline(self, text, env=None):
        """The status of each part, in bash; errors; output."""
        done = self.run_command(
            ['bash', '-c', text + '; echo "status ${PIPESTATUS[@]}"'],
            env=dict(os.environ, **(env or {})))
        self.assertEqual(done.returncode, 0)
        return done.stdout, done.stderr

    def test_reader_that_leaves_early(self):
        output, errors = self.pipeline('"$NSRUN" --init -- yes | head -n 1')
        self.assertEqual((output, errors), ('y\nstatus 141 0\n', ''))

    def test_reader_that_leaves_early_without_init(self):
        # As pid 1 yes would survive the signal in a namespace of the
        # kernel's, and complain; in a pipeline nsrun stands for the command.
        output, errors = self.pipeline('"$NSRUN" -- yes | head -n 1')
        self.assertIn((output, errors), [
            ('y\nstatus 141 0\n', ''),
            ('y\nstatus 1 0\n', 'yes: standard output: Broken pipe\n')])

    def test_in_the_middle(self):
        output, errors = self.pipeline(
            'seq 1000 | "$NSRUN" -- grep 7 | "$NSRUN" -- wc -l')
        self.assertEqual((output, errors), ('271\nstatus 0 0 0\n', ''))

    def test_end_of_input(self):
        self.expect(self.nsrun('--', 'cat', text=''), 0, '')

    def test_output_and_errors_stay_apart(self):
        self.same_as_native(['sh', '-c', 'echo out; echo err >&2; exit 2'])

    def test_full_disk(self):
        self.same_as_native(['sh', '-c', 'echo x >/dev/full'])


class Sockets(CliTest):
    def test_inherited_with_passcred(self):
        """Numbers of processes outside are 0, also by a socket that wanted
        credentials before nsrun began."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            ours.send(b'x')
            text = ('import socket, struct; '
                    f's = socket.socket(fileno={theirs.fileno()}); '
                    'a = s.recvmsg(1, 64)[1]; '
                    'print(struct.unpack("i", a[0][2][:4])[0])')
            process = self.start('--', '/usr/bin/python3', '-c', text,
                                 stdout=subprocess.PIPE,
                                 pass_fds=[theirs.fileno()])
            output, _ = process.communicate(timeout=LIMIT)
        self.assertEqual((process.returncode, output), (0, b'0\n'))


class Closed(CliTest):
    """Commands see the same closed descriptors as without nsrun."""

    def both(self, command, redirection):
        """command in sh with some descriptors closed, native and inside."""
        results = []
        for prefix in ('', '"$NSRUN" -- '):
            text = f'{prefix}sh -c \'{command}\' {redirection}'
            done = self.run_command(['sh', '-c', text])
            results.append((done.returncode, done.stdout, done.stderr))
        self.assertEqual(results[1], results[0], (command, redirection))
        return results[0]

    def test_standard_input(self):
        self.assertEqual(self.both('echo out', '<&-')[1], 'out\n')
        self.both('cat', '<&-')

    def test_standard_output(self):
        self.both('echo out; exit 3', '>&-')

    def test_standard_errors(self):
        self.both('echo err >&2; echo out; exit 3', '2>&-')

    def test_all(self):
        self.both('echo out; exit 3', '<&- >&- 2>&-')

    def test_what_is_open_inside(self):
        listing = 'for i in 0 1 2; do test -e /proc/self/fd/$i && echo $i' \
                  ' >>"$LISTING"; done; :'
        path = os.path.abspath('listing')
        self.addCleanup(os.unlink, path)
        for redirection in ('', '<&-', '>&-', '2>&-', '<&- >&-',
                            '<&- >&- 2>&-'):
            seen = []
            for prefix in ('', '"$NSRUN" -- '):
                with open(path, 'w', encoding='ascii'):
                    pass
                self.run_command(
                    ['sh', '-c', f'{prefix}sh -c \'{listing}\' {redirection}'],
                    env=dict(os.environ, LISTING=path))
                with open(path, encoding='ascii') as file:
                    seen.append(file.read())
            with self.subTest(redirection=redirection):
                self.assertEqual(seen[1], seen[0])

    def test_own_message_has_nowhere_to_go(self):
        done = self.run_command(
            ['sh', '-c', '"$NSRUN" -- /no/such/command 2>&-; echo $?'])
        self.assertEqual((done.stdout, done.stderr), ('127\n', ''))


class OtherDescriptors(CliTest):
    def test_none_of_nsrun_gets_in(self):
        self.same_as_native(['python3', '-c', '''
import os
print(sorted(int(n) for n in os.listdir("/proc/self/fd")))'''])

    def test_those_of_the_caller_do(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        with os.fdopen(writer, 'wb'):
            self.expect(self.nsrun('--', 'sh', '-c', f'echo passed >&{writer}',
                                   pass_fds=[writer]), 0, '')
        self.assertEqual(os.read(reader, 100), b'passed\n')

    def test_nsrun_keeps_no_end_of_a_pipe(self):
        # The reader sees the end when the command closes its output, even
        # while the command goes on.
        done = self.run_command(
            ['bash', '-c', '"$NSRUN" -- sh -c '
             '"echo out; exec >&-; read x <fifo" | { cat; echo >fifo; }'],
            env=os.environ) if self.make_fifo() else None
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (0, 'out\n', ''))

    def make_fifo(self):
        os.mkfifo('fifo')
        self.addCleanup(os.unlink, 'fifo')
        return True

    def test_current_folder_mask_and_limits(self):
        self.same_as_native(['sh', '-c', 'pwd; umask; ulimit -a; env | sort'])

    def test_signal_dispositions(self):
        self.same_as_native(['grep', '-E', '^Sig(Blk|Ign|Cgt):',
                             '/proc/self/status'])
        ignoring = ('trap "" USR1 PIPE; exec {}'
                    ' grep -E "^Sig(Blk|Ign|Cgt):" /proc/self/status')
        native = self.run_command(['sh', '-c', ignoring.format('')])
        inside = self.run_command(['sh', '-c', ignoring.format(f'{NSRUN} --')])
        self.assertEqual(inside.stdout, native.stdout)
