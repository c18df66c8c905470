# SPDX-License-Identifier: Apache-2.0
"""At a terminal: signals of its keys, and job control."""

import os
import shlex
import signal

from harness import CliTest, LIMIT, NSRUN, Terminal, descendants, ended

SHELLS = {
    'bash': ['bash', '--norc', '--noprofile', '-i'],
    'dash': ['dash', '-i'],
}
# A job that says when it is in the foreground and running.
JOB = 'python3 ' + shlex.quote(os.path.join(
    os.path.dirname(os.path.abspath(__file__)), 'job.py'))
# The same for input; the echo of what is typed does not have the word.
COPYING_JOB = ['sh', '-c', 'echo run""ning; exec cat']
INTERRUPT, STOP, END_OF_INPUT, QUIT = '\x03', '\x1a', '\x04', '\x1c'


class TerminalTest(CliTest):
    def terminal(self, command):
        terminal = Terminal(command)
        self.addCleanup(terminal.close)
        return terminal

    def inside(self, shell, *options):
        terminal = self.terminal([NSRUN, *options, '--', *SHELLS[shell]])
        terminal.prompt()
        return terminal

    def outside(self, shell='bash'):
        terminal = self.terminal(SHELLS[shell])
        terminal.prompt()
        return terminal

    def check(self, terminal, line, output):
        """What a line prints; a failure shows all that was on the screen."""
        self.assertEqual(terminal.command(line), output, terminal.reader.all)

    def leave(self, terminal):
        terminal.type('exit 7\n')
        self.assertEqual(terminal.wait(), 7)

    def leave_dash(self, terminal):
        # dash gives the terminal back to the group that it found.  In a pid
        # namespace of the kernel's that is group 0, an outside one, and it
        # ends with status 2.
        terminal.type('exit 7\n')
        self.assertIn(terminal.wait(), (7, 2))


class ShellInside(TerminalTest):
    """An interactive shell as the command."""

    def test_starts_quietly(self):
        terminal = self.terminal([NSRUN, '--', *SHELLS['bash']])
        terminal.prompt()
        self.assertEqual(terminal.reader.all, Terminal.PROMPT)
        self.check(terminal, 'echo $$', '1\n')
        self.leave(terminal)

    def test_below_init(self):
        terminal = self.inside('bash', '--init')
        self.check(terminal, 'echo $$', '2\n')
        self.interrupt(terminal)
        self.leave(terminal)

    def test_has_the_terminal(self):
        terminal = self.inside('bash')
        self.check(terminal, 'test -t 0 && echo yes', 'yes\n')
        self.assertRegex(terminal.command('tty'), r'^/dev/pts/\d+\n$')
        self.check(terminal, 'echo x >/dev/tty', 'x\n')
        self.leave(terminal)

    def interrupt(self, terminal):
        terminal.type(JOB + '\n')
        terminal.until('running\n')
        terminal.type(INTERRUPT)
        terminal.prompt()
        self.check(terminal, 'echo status $?', 'status 130\n')

    def test_interrupt_in_bash(self):
        terminal = self.inside('bash')
        self.interrupt(terminal)
        self.leave(terminal)

    def test_interrupt_in_dash(self):
        terminal = self.inside('dash')
        self.interrupt(terminal)
        self.leave_dash(terminal)

    def test_interrupt_at_the_prompt(self):
        terminal = self.inside('bash')
        terminal.type('echo never')
        terminal.until('echo never')
        terminal.type(INTERRUPT)
        terminal.until(r'\^C')
        # readline may look for a signal only at the next key.
        terminal.type('\n')
        terminal.prompt()
        terminal.type('echo still he""re\n')
        terminal.until('still here\n')
        self.assertNotIn('\nnever', terminal.reader.all)
        self.leave(terminal)

    def test_quit(self):
        terminal = self.inside('bash')
        terminal.type(JOB + '\n')
        terminal.until('running\n')
        terminal.type(QUIT)
        terminal.prompt()
        self.check(terminal, 'echo status $?', 'status 131\n')
        self.leave(terminal)

    def stop(self, terminal):
        terminal.type(JOB + '\n')
        terminal.until('running\n')
        terminal.type(STOP)
        terminal.until('Stopped')
        terminal.prompt()

    def test_stop_and_foreground(self):
        terminal = self.inside('bash')
        self.stop(terminal)
        self.assertRegex(terminal.command('jobs'), r'\[1\]\+ +Stopped')
        terminal.type('fg\n')
        terminal.until('continued\n')
        terminal.type(STOP)
        terminal.until('Stopped')
        terminal.prompt()
        terminal.type('fg\n')
        terminal.until('continued\n')
        terminal.type(INTERRUPT)
        terminal.prompt()
        self.check(terminal, 'jobs', '')
        self.leave(terminal)

    def test_background_and_kill(self):
        terminal = self.inside('bash')
        self.stop(terminal)
        terminal.command('bg')
        self.assertRegex(terminal.command('jobs'), r'\[1\]\+ +Running')
        terminal.type('kill %1; wait %1; echo status $?\n')
        terminal.until('status 143\n')
        terminal.prompt()
        self.leave(terminal)

    def test_kill_a_stopped_job(self):
        terminal = self.inside('bash')
        self.stop(terminal)
        terminal.type('kill -KILL %1;'
                      ' while jobs %1; do :; done >/dev/null 2>&1;'
                      ' echo job go""ne\n')
        terminal.until('job gone\n')
        terminal.prompt()
        self.leave(terminal)

    def test_stop_in_dash(self):
        terminal = self.inside('dash')
        self.stop(terminal)
        terminal.type('fg\n')
        terminal.until('continued\n')
        terminal.type(INTERRUPT)
        terminal.prompt()
        self.leave_dash(terminal)

    def test_background_reader_is_stopped(self):
        terminal = self.inside('bash')
        terminal.command('cat &')
        terminal.type('wait -n; echo; jobs\n')
        terminal.until(r'Stopped')
        terminal.command('kill -KILL %1')
        self.leave_stubborn(terminal)

    def leave_stubborn(self, terminal):
        """bash asks once more when it has stopped jobs."""
        terminal.type('exit 7\n')
        terminal.type('exit 7\n')
        self.assertEqual(terminal.wait(), 7)

    def test_pipeline_is_one_job(self):
        terminal = self.inside('bash')
        terminal.type(JOB + ' | cat | cat\n')
        terminal.until('running\n')
        terminal.type(STOP)
        terminal.until('Stopped')
        terminal.prompt()
        terminal.type('fg\n')
        terminal.until('continued\n')
        terminal.type(INTERRUPT)
        terminal.prompt()
        self.check(terminal, 'echo ${PIPESTATUS[0]}', '130\n')
        self.leave(terminal)

    def test_end_of_input(self):
        terminal = self.inside('bash')
        terminal.type(END_OF_INPUT)
        self.assertEqual(terminal.wait(), 0)

    def test_window_size(self):
        terminal = self.inside('bash')
        self.assertRegex(terminal.command('stty size'), r'^\d+ \d+\n$')
        self.leave(terminal)

    def test_hang_up(self):
        terminal = self.inside('bash')
        terminal.type(JOB + '\n')
        terminal.until('running\n')
        terminal.close()            # and the base class looks for strays


class JobOfAShell(TerminalTest):
    """nsrun as a job of a shell outside."""

    def job(self, *command):
        return ' '.join(shlex.quote(word) for word in (NSRUN, *command))

    def start_copying(self, terminal, job):
        terminal.type(job + '\n')
        terminal.until('running\n')
        terminal.type('one\n')
        terminal.until('one\none\n')

    def test_stop_and_continue(self):
        for options in ([], ['--init']):
            with self.subTest(options=options):
                terminal = self.outside()
                self.start_copying(terminal, self.job(*options, '--',
                                                      *COPYING_JOB))
                terminal.type(STOP)
                terminal.until('Stopped')
                terminal.prompt()
                self.assertRegex(terminal.command('jobs'),
                                 r'\[1\]\+ +Stopped')
                terminal.type('fg\n')
                terminal.until('exec cat.*\n')
                terminal.type('two\n')
                terminal.until('two\ntwo\n')
                terminal.type(END_OF_INPUT)
                terminal.prompt()
                self.check(terminal, 'echo status $?', 'status 0\n')
                self.leave(terminal)

    def test_what_does_not_stop(self):
        # The front process stops only if the command has.
        terminal = self.outside()
        terminal.type(self.job('--', 'sh', '-c', 'trap "" TSTP;'
                               ' echo run""ning; exec cat') + '\n')
        terminal.until('running\n')
        terminal.type(STOP)
        terminal.type('two\n')
        terminal.until('two\ntwo\n')
        terminal.type(END_OF_INPUT)
        terminal.prompt()
        self.leave(terminal)

    def test_stopped_from_inside(self):
        terminal = self.outside()
        terminal.type(self.job('--', 'sh', '-c', 'echo run""ning;'
                               ' sh -c "kill -STOP 1"; echo con""tinued')
                      + '\n')
        # Init drops signals from inside, SIGSTOP too: pid_namespaces(7)
        terminal.until('running\ncontinued\n')
        terminal.prompt()
        terminal.type(self.job('--init', '--', 'sh', '-c',
                               'kill -STOP $$; exit 3') + '\n')
        terminal.until('Stopped')
        terminal.prompt()
        terminal.type('fg; echo status $?\n')
        terminal.until('status 3\n')
        terminal.prompt()
        self.leave(terminal)

    def test_interrupt(self):
        for options in ([], ['--init']):
            with self.subTest(options=options):
                terminal = self.outside()
                terminal.type(
                    self.job(*options, '--', 'sh', '-c',
                             'trap "exit 9" INT; echo run""ning;'
                             ' while :; do :; done') + '\n')
                terminal.until('running\n')
                terminal.type(INTERRUPT)
                terminal.prompt()
                self.check(terminal, 'echo status $?', 'status 9\n')
                self.leave(terminal)

    def test_interrupt_ends_a_plain_command(self):
        terminal = self.outside()
        terminal.type(self.job('--init', '--', 'sh', '-c',
                               'echo run""ning; exec cat') + '\n')
        terminal.until('running\n')
        terminal.type(INTERRUPT)
        terminal.prompt()
        self.check(terminal, 'echo status $?', 'status 130\n')
        self.leave(terminal)

    def test_one_of_a_pipeline(self):
        terminal = self.outside()
        self.start_copying(terminal, self.job('--', *COPYING_JOB) + ' | cat')
        terminal.type(STOP)
        terminal.until('Stopped')
        terminal.prompt()
        terminal.type('fg\n')
        terminal.until('exec cat.*\n')
        terminal.type('two\n')
        terminal.until('two\ntwo\n')
        terminal.type(END_OF_INPUT)
        terminal.prompt()
        self.leave(terminal)

    def test_terminal_comes_back(self):
        # After a shell inside that had the terminal, the one outside has it.
        terminal = self.outside()
        terminal.type(self.job('--', *SHELLS['bash']) + '\n')
        terminal.prompt()
        self.check(terminal, 'echo $$', '1\n')
        terminal.type('exit 7\n')
        terminal.prompt()
        self.check(terminal, 'echo status $?', 'status 7\n')
        self.leave(terminal)

    def test_terminal_comes_back_when_killed(self):
        terminal = self.outside()
        terminal.type(self.job('--', *SHELLS['bash']) + '\n')
        terminal.prompt()
        self.check(terminal, 'echo $$', '1\n')
        self.kill_front(terminal)
        terminal.until('Killed')
        terminal.prompt()
        self.check(terminal, 'echo still here', 'still here\n')
        self.leave(terminal)

    def kill_front(self, terminal):
        front = [p for p in descendants(terminal.pid)
                 if p.parent == terminal.pid]
        self.assertEqual(len(front), 1, front)
        below = descendants(front[0].pid)
        os.kill(front[0].pid, signal.SIGKILL)
        for process in below:       # the shell inside reads keys until then
            self.assertTrue(ended(process.pid, LIMIT), process)

    def test_in_the_background(self):
        terminal = self.outside()
        terminal.type(self.job('--', 'sh', '-c', 'exit 5') + ' & wait $!;'
                      ' echo status $?\n')
        terminal.until('status 5\n')
        terminal.prompt()
        self.leave(terminal)

    def test_stopped_from_outside(self):
        terminal = self.outside()
        self.start_copying(terminal, self.job('--', *COPYING_JOB))
        terminal.type(STOP)
        terminal.until('Stopped')
        terminal.prompt()
        terminal.type('kill -KILL %1;'
                      ' while jobs %1; do :; done >/dev/null 2>&1;'
                      ' echo job go""ne\n')
        terminal.until('job gone\n')
        terminal.prompt()
        self.leave(terminal)
