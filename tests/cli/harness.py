# SPDX-License-Identifier: Apache-2.0
"""What the command-line tests share: running nsrun, waiting for things to
happen, and making sure that nothing is left."""

import ctypes
import os
import pty
import re
import select
import signal
import subprocess
import time
import unittest

NSRUN = os.environ.get('NSRUN', 'nsrun')
LIMIT = 90          # seconds; longer is a hang, on a busy machine, too
PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Orphans of the tests become this process's children, so that they can
    be found."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


# --- processes --------------------------------------------------------------

class Process:
    """One line of /proc."""

    def __init__(self, pid):
        with open(f'/proc/{pid}/stat', encoding='latin-1') as file:
            text = file.read()
        before, after = text.rsplit(')', 1)
        self.pid = pid
        self.name = before.split('(', 1)[1]
        fields = after.split()
        self.state = fields[0]
        self.parent = int(fields[1])

    def __repr__(self):
        return f'{self.pid} ({self.name}, {self.state}, of {self.parent})'

    def executable(self):
        try:
            return os.readlink(f'/proc/{self.pid}/exe')
        except OSError:
            return None


def descendants(ancestor=None):
    """All processes below one (this one)."""
    ancestor = ancestor or os.getpid()
    children = {}
    for entry in os.listdir('/proc'):
        if entry.isdigit():
            try:
                process = Process(int(entry))
            except (OSError, IndexError, ValueError):
                continue
            children.setdefault(process.parent, []).append(process)
    found, todo = [], [ancestor]
    while todo:
        for process in children.get(todo.pop(), []):
            found.append(process)
            todo.append(process.pid)
    return found


def ended(pid, seconds):
    """Waits until a process has ended. Returns whether it did in time."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)


def reap(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def kill_all_below():
    """Kills what is below this process, also what forks meanwhile."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        left = [p for p in descendants() if p.state != 'Z']
        if not left:
            return
        if os.getpid() == 1:
            os.kill(-1, signal.SIGKILL)     # all at once: nothing gets away
        for process in left:
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in left:
            ended(process.pid, 1)
            reap(process.pid)


def strays(seconds=LIMIT):
    """The processes that do not end in time; they are killed then."""
    deadline = time.monotonic() + seconds
    left = []
    for process in descendants():
        if process.state == 'Z':
            reap(process.pid)
        elif ended(process.pid, max(0, deadline - time.monotonic())):
            reap(process.pid)
        else:
            left.append(process)
    if left:
        kill_all_below()
    for process in descendants():
        if process.state == 'Z':
            reap(process.pid)       # orphaned to this process, and ended
    return left


# --- waiting for output -----------------------------------------------------

class Reader:
    """Reads a descriptor until a pattern comes, or the end, or the limit."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.seen = ''
        self.all = ''

    def _more(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0:
            return None
        if not select.select([self.descriptor], [], [], left)[0]:
            return None
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:         # a terminal whose other side is closed: EIO
            data = b''
        text = data.decode('utf-8', 'replace').replace('\r', '')
        self.seen += text
        self.all += text
        return text

    def until(self, pattern, limit=LIMIT):
        """The text up to and with pattern; raises when it does not come."""
        deadline = time.monotonic() + limit
        while True:
            found = re.search(pattern, self.seen)
            if found:
                text = self.seen[:found.end()]
                self.seen = self.seen[found.end():]
                return text
            if not self._more(deadline):
                raise AssertionError(
                    f'waited in vain for {pattern!r}; read: {self.all!r}')

    def end(self, limit=LIMIT):
        """Whether the end comes in time."""
        deadline = time.monotonic() + limit
        while True:
            text = self._more(deadline)
            if text is None:
                return False
            if text == '':
                return True


class Terminal:
    """A command at a terminal of its own."""

    PROMPT = 'prompt> '

    def __init__(self, command, env=None):
        environment = dict(os.environ, PS1=self.PROMPT, **(env or {}))
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            try:
                os.execvpe(command[0], command, environment)
            finally:
                os._exit(127)
        self.reader = Reader(self.descriptor)
        self.status = None

    def type(self, text):
        os.write(self.descriptor, text.encode())

    def until(self, pattern, limit=LIMIT):
        return self.reader.until(pattern, limit)

    def prompt(self):
        return self.until(re.escape(self.PROMPT))

    def command(self, line):
        """Types a line. Returns what it printed, up to the next prompt."""
        self.type(line + '\n')
        text = self.prompt()
        return text.split('\n', 1)[-1].rsplit(self.PROMPT, 1)[0]

    def wait(self, limit=LIMIT):
        """The exit status, negative for a signal."""
        self.reader.end(limit)
        if not ended(self.pid, limit):
            raise AssertionError('does not end; read: ' + self.reader.all)
        status = os.waitpid(self.pid, 0)[1]
        self.status = os.waitstatus_to_exitcode(status)
        return self.status

    def close(self):
        """Hangs up, and kills what is still there."""
        if self.descriptor is None:
            return
        os.close(self.descriptor)
        self.descriptor = None
        if self.status is None:
            if not ended(self.pid, 1):
                os.kill(self.pid, signal.SIGKILL)
                ended(self.pid, 5)
            reap(self.pid)


# --- the base of every test -------------------------------------------------

class CliTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.addCleanup(self.check_nothing_left)

    def check_nothing_left(self):
        left = strays()
        if left:
            self.fail(f'processes left behind: {left}')

    def run_command(self, command, text='', limit=LIMIT, **more):
        """Runs a command to its end. Returns status, output and errors."""
        if 'stdin' not in more:
            more['input'] = text
        try:
            return subprocess.run(command, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=limit,
                                  encoding='utf-8', errors='replace', **more)
        except subprocess.TimeoutExpired as expired:
            raise AssertionError(
                f'{command} hangs; output {expired.stdout!r},'
                f' errors {expired.stderr!r}') from None

    def nsrun(self, *arguments, **more):
        return self.run_command([NSRUN, *arguments], **more)

    def expect(self, done, status, output=None, errors=''):
        """Checks all three at once, so that a failure shows all three.
        errors may be a pattern; output None is not looked at."""
        got = (done.returncode, done.stdout, done.stderr)
        if (done.returncode != status
                or (output is not None and done.stdout != output)
                or (isinstance(errors, str) and done.stderr != errors)
                or (isinstance(errors, re.Pattern)
                    and not errors.search(done.stderr))):
            self.fail(f'{done.args}: got {got},'
                      f' expected {(status, output, errors)}')

    def same_as_native(self, arguments, options=(), **more):
        """A command gives the same with nsrun and without it."""
        native = self.run_command(list(arguments), **more)
        inside = self.nsrun(*options, '--', *arguments, **more)
        self.assertEqual(
            (inside.returncode, inside.stdout, inside.stderr),
            (native.returncode, native.stdout, native.stderr), arguments)
        return inside

    def start(self, *arguments, **more):
        """Starts nsrun. It is killed at the end if still there."""
        process = subprocess.Popen([NSRUN, *arguments], **more)
        self.addCleanup(self._stop, process)
        return process

    @staticmethod
    def _stop(process):
        if process.poll() is None:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()

    def script(self, text, mode=0o755, name=None):
        """Makes a file in the working folder. Returns its path."""
        path = os.path.abspath(name or f'file-{self.id().split(".")[-1]}')
        with open(path, 'wb') as file:
            file.write(text if isinstance(text, bytes) else text.encode())
        os.chmod(path, mode)
        self.addCleanup(os.unlink, path)
        return path
