#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the scenarios in their arms and compares what they saw.

  kernel  the kernel's own namespaces (unshare, needs root): the reference
  nsrun   the same program under nsrun, as uid 65534: must equal kernel, line
          by line, save for what divergences.def lists
  bare    no namespaces: must differ from kernel, or the scenario shows nothing

Every arm runs in an outer pid, mount and uts namespace of its own, so that
nothing that an unfinished nsrun lets through (kill(-1, SIGKILL)) can reach
this machine. Root makes it directly, anybody else by way of a user namespace;
who can have neither gets every check skipped.

A scenario says what it needs in a comment line of its source:

  /* scenario: flags=--init needs=ia32,kernel:6.9 bare=same run-as=root */

  flags=X      further options for nsrun (a comma separates several)
  needs=X,Y    what the machine must offer; see NEEDS
  bare=same    no difference can exist without namespaces (say why below it)
  bare=skip    must not run without namespaces (say why below it)
  run-as=root  the kernel arm keeps root; nsrun runs as 65534 all the same
  user=X       in a user namespace as well; X says which ids exist in it:
               root (one, 0, as unshare -r), none (as unshare -U), or all (0 to
               65535, which the kernel grants to the machine's root alone)
  net=X        in a net namespace as well; up: with lo up, down: as it begins
  sys=own      the kernel's arm has a sysfs mounted that shows that namespace
  after=uname  the runner adds the outer host name after the end

The standard input of a scenario is a FIFO that stays silent until its first
process has ended, and then ends: who still lives can report so.
"""

import argparse
import concurrent.futures
import difflib
import fnmatch
import os
import pathlib
import platform
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
NOBODY = "65534"
ROOT = os.geteuid() == 0
INNER = ["unshare", "--pid", "--uts", "--ipc", "--fork", "--kill-child", "--mount-proc"]
if ROOT:
    OUTER = INNER
    AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
else:
    OUTER = INNER + ["--user", "--map-root-user"]
    AS_NOBODY = ["unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}"]

# The first process of the outer namespace. Arguments: output FIFO, input
# FIFO, file for stderr, pids to burn, "uname" or "-", command. Standard
# input: ends when the runner has seen enough.
WARDEN = r"""
out=$1 in=$2 err=$3 burn=$4 after=$5; shift 5
{ echo outside > /proc/sys/kernel/hostname
  echo outside.domain > /proc/sys/kernel/domainname; } 2>&-
ipcmk -M 1 -S 1 -Q >&2 2>&-
while [ "$burn" -gt 0 ]; do (:); burn=$((burn - 1)); done
exec 3>"$out"
"$@" <"$in" >&3 2>>"$err" 3>&-
echo "exit status $?" >&3
kill -s CONT -- -1 2>&-
[ "$after" = uname ] && echo "outside: $(uname -n)" >&3
exec 3>&-
read -r _
"""

# The kernel's arm of user=X. For all ids, root must write the maps from outside:
# a program of its own does so, and runs its arguments.
MAP_ALL = r"""
import ctypes, os, sys
go, made = os.pipe(), os.pipe()
child = os.fork()
if child == 0:
    if ctypes.CDLL(None).unshare(0x10000000) != 0:
        sys.exit("unshare")
    os.write(made[1], b"x")
    os.read(go[0], 1)
    os.execvp(sys.argv[1], sys.argv[1:])
os.read(made[0], 1)
for kind in "uid", "gid":
    with open(f"/proc/{child}/{kind}_map", "w") as file:
        file.write("0 0 65536")
os.write(go[1], b"x")
for fd in go + made:
    os.close(fd)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
USERS = {
    "root": (["unshare", "--user", "--map-root-user"] + INNER[1:], ["-r"]),
    "none": (["unshare", "--user"] + INNER[1:-1], ["-U"]),
    "all": (["python3", "-c", MAP_ALL] + INNER, ["-r", "--map-auto"]),
}

LO_UP = ["sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]

SYS_OWN = ["sh", "-c", "mount -t sysfs sysfs /sys && exec \"$@\"", "sh"]

# What die() says in scenario.c: what it was to show is then shown by nobody.
BROKEN = "BROKEN, in the next line:"

# A scenario's kill(0, SIGUSR1) reaches its process group outside, too, where
# it has the right; there everybody ignores it, from main() on. And who started
# the tests in the background left SIGINT ignored.
RESET = ["env", "--default-signal"]


class Scenario:
    KEYS = {"flags", "needs", "bare", "run-as", "user", "net", "sys", "after"}

    def __init__(self, source):
        self.name = source.stem
        self.flags, self.needs = [], []
        self.bare, self.run_as, self.after = "differs", "nobody", "-"
        self.user = self.net = self.sys = None
        for line in re.findall(r"scenario:\s*([^\n]*?)\s*(?:\*/|\n)", source.read_text()):
            for word in line.split():
                key, equals, value = word.partition("=")
                if not equals or key not in self.KEYS:
                    sys.exit(f"{source}: unknown declaration {word!r}")
                if key in ("flags", "needs"):
                    getattr(self, key).extend(value.split(","))
                else:
                    setattr(self, key.replace("-", "_"), value)


def release():
    return tuple(int(n) for n in re.findall(r"\d+", platform.release())[:2])


def need_kernel(version):
    wanted = tuple(int(n) for n in version.split("."))
    return None if release() >= wanted else f"kernel {version} or later"


def need_ia32(_):
    config = pathlib.Path("/proc/config.gz")
    if config.exists():
        import gzip
        text = gzip.decompress(config.read_bytes()).decode()
        return None if "\nCONFIG_IA32_EMULATION=y" in text else "i386 system calls in the kernel"
    return None if pathlib.Path("/proc/sys/abi/vsyscall32").exists() else "i386 system calls in the kernel"


def need_tty(_):
    return None if os.path.exists("/dev/ptmx") else "/dev/ptmx"


def need_userns(_):
    probe = subprocess.run(AS_NOBODY + ["unshare", "--user", "--map-root-user", "true"],
                           stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return None if probe.returncode == 0 else "user namespaces for everybody"


def need_root(_):
    # Not the root of a user namespace: the files of /proc/sys have an owner.
    return None if os.geteuid() == 0 else "the machine's root"


NEEDS = {"kernel": need_kernel, "ia32": need_ia32, "root": need_root,
         "tty": need_tty, "userns": need_userns}


def unmet(scenario):
    for need in scenario.needs:
        name, _, argument = need.partition(":")
        if name not in NEEDS:
            sys.exit(f"{scenario.name}: unknown need {need!r}")
        missing = NEEDS[name](argument)
        if missing:
            return missing
    return None


def read_divergences(path, known):
    """Lines of 'scenario | kernel's line | nsrun's line | reason'.

    A * in the kernel's line stands for what depends on its configuration.
    A * for both lines says that the whole scenario is not expected to pass.
    """
    found = {}
    if not path.exists():
        return found
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 4 or not all(cells) or cells[0] not in known:
            sys.exit(f"{path}:{number}: want 'scenario | kernel | nsrun | reason'")
        found.setdefault(cells[0], []).append(cells[1:])
    return found


class Todo:
    """A verdict on what is listed as different as a whole."""

    def __init__(self, passed, reason):
        self.passed, self.reason = passed, reason


class Result:
    def __init__(self, lines, problem, stderr):
        self.lines, self.problem, self.stderr = lines, problem, stderr

    def diagnostics(self, limit=60):
        rows = [f"problem: {self.problem}"] if self.problem else []
        rows += ["seen: " + line for line in self.lines[-limit:]]
        rows += ["stderr: " + line for line in self.stderr.splitlines()[-limit:]]
        return rows


class Suite:
    def __init__(self, options, scenarios, directory):
        self.options = options
        self.scenarios = scenarios
        self.directory = directory
        self.outer_missing = self.probe_outer()

    # -- where it runs ---------------------------------------------------

    @staticmethod
    def probe_outer():
        try:
            probe = subprocess.run(OUTER + AS_NOBODY + ["true"], stdin=subprocess.DEVNULL,
                                   capture_output=True, check=False)
        except OSError:
            return "util-linux (unshare, setpriv)"
        return None if probe.returncode == 0 else "root, or user namespaces for everybody"

    def command(self, arm, scenario):
        program = [str(self.directory / scenario.name)]
        if arm == "nsrun":
            nsrun = [str(self.directory / "nsrun")] + self.options.extra + scenario.flags
            if self.options.nested:
                program = self.by_tools(scenario) + program
            elif scenario.user:
                nsrun += USERS[scenario.user][1] + ["-p", "-u", "-i"]
            if scenario.net and not self.options.nested:
                nsrun += ["-p", "-u", "-i", "--net" if scenario.net == "up" else "--net=none-up"]
            return self.container() + nsrun + ["--"] + program
        if arm == "kernel" and scenario.user:
            user = AS_NOBODY if scenario.user != "all" else []
            if scenario.net:
                # lo is root's to bring up, and the tree below has no right to.
                return (["unshare", "--net"] + LO_UP if scenario.net == "up" else []) + user + \
                    USERS[scenario.user][0] + RESET + program
            return user + USERS[scenario.user][0] + RESET + program
        user = AS_NOBODY if scenario.run_as != "root" else []
        inner = INNER if arm == "kernel" else []
        if inner and scenario.net:
            inner = inner + ["--net"] + (LO_UP if scenario.net == "up" else []) + \
                (SYS_OWN if scenario.sys else [])
        return inner + user + RESET + program

    @staticmethod
    def by_tools(scenario):
        """What makes the kernel's arm makes nsrun's, too, inside of nsrun."""
        lo_up = LO_UP if scenario.net == "up" else []
        if scenario.user:
            return (["unshare", "--net"] + lo_up if lo_up else []) + USERS[scenario.user][0]
        return INNER + ["--net"] * bool(scenario.net) + lo_up

    def container(self):
        """nsrun's user, and where asked for what refuses it what a container does."""
        if not self.options.container:
            return AS_NOBODY + RESET
        container = [str(self.directory / "container")] + self.options.refuse.split() + ["--"]
        # A user namespace can't be made in it.
        return container + AS_NOBODY + RESET if ROOT else AS_NOBODY + RESET + container

    # -- one run ---------------------------------------------------------

    def run(self, arm, scenario):
        place = pathlib.Path(tempfile.mkdtemp(prefix=f"{scenario.name}.{arm}.", dir=self.directory))
        place.chmod(0o755)
        out, feed, err = place / "out", place / "in", place / "err"
        os.mkfifo(out)
        os.mkfifo(feed)
        err.touch()
        reader = os.open(out, os.O_RDONLY | os.O_NONBLOCK)
        feeder = os.open(feed, os.O_RDWR)
        cwd = place / "cwd"
        cwd.mkdir()
        cwd.chmod(0o777)
        burn = "20" if arm == "bare" else "0"
        command = OUTER + ["sh", "-c", WARDEN, "warden", str(out), str(feed), str(err),
                                  burn, scenario.after] + self.command(arm, scenario)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                   stderr=err.open("ab"), start_new_session=True, cwd=cwd,
                                   env=self.environment())
        problem = "interrupted"
        try:
            text, problem = self.collect(process, reader, feeder)
        finally:
            self.end(process, 0 if problem else 10)
            os.close(reader)
        stderr = err.read_text(errors="replace")
        # Who was killed with the outer namespace may not have ended yet.
        shutil.rmtree(place, ignore_errors=True)
        lines = text.decode(errors="replace").splitlines()
        if problem is None and BROKEN in lines:
            problem = "a process of it gave up"
        if problem is None and "done" not in lines:
            problem = "ended without its last line"
        return Result(lines, problem, stderr)

    def environment(self):
        variables = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        if self.options.jitter:
            variables["SCENARIO_JITTER"] = "1"
        return variables

    def collect(self, process, reader, feeder):
        """Reads until nobody holds the output, as nothing else says the end."""
        text, deadline = b"", time.monotonic() + self.options.timeout
        try:
            while True:
                left = deadline - time.monotonic()
                if left <= 0:
                    return text, f"not ended after {self.options.timeout} s"
                if process.poll() is not None and not self.readable(reader, 0):
                    return text, f"the outer process ended with {process.returncode}"
                if not self.readable(reader, min(left, 1)):
                    continue
                try:
                    chunk = os.read(reader, 65536)
                except BlockingIOError:
                    continue
                if not chunk:
                    return text, None
                text += chunk
                if feeder is not None and re.search(rb"^exit status \d+$", text, re.M):
                    os.close(feeder)
                    feeder = None
        finally:
            if feeder is not None:
                os.close(feeder)

    @staticmethod
    def readable(fd, seconds):
        poller = select.poll()
        poller.register(fd, select.POLLIN)
        return bool(poller.poll(seconds * 1000))

    @staticmethod
    def end(process, patience):
        """Ends the outer namespace, and all who are left in it with it."""
        process.stdin.close()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    # -- one scenario ----------------------------------------------------

    def expected(self, scenario, kernel):
        """The kernel's lines with those replaced that may differ."""
        lines, problems = list(kernel.lines), []
        for old, new, _ in self.options.divergences.get(scenario.name, []):
            pattern = "*" in old
            found = [i for i, line in enumerate(lines)
                     if (fnmatch.fnmatchcase(line, old) if pattern else line == old)]
            if not found:
                problems.append(f"divergences.def: the kernel did not say {old!r}")
            elif not pattern and old == new:
                problems.append(f"divergences.def: {old!r} is no difference")
            else:
                lines[found[0]] = new
        return lines, problems

    def check(self, scenario):
        """Yields (arm, verdict, diagnostics); verdict: True, False or a skip."""
        arms = self.options.arms
        missing = unmet(scenario) or self.outer_missing
        if missing:
            for arm in arms:
                yield arm, f"needs {missing}", []
            return
        kernel = self.run("kernel", scenario)
        if "kernel" in arms:
            yield self.check_kernel(scenario, kernel)
        for arm in [arm for arm in arms if arm != "kernel"]:
            if kernel.problem:
                yield arm, False, ["there is no reference: the kernel arm failed"]
            elif arm == "nsrun":
                yield self.check_nsrun(scenario, kernel)
            else:
                yield self.check_bare(scenario, kernel)

    def check_kernel(self, scenario, kernel):
        for _ in range(self.options.repeat - 1):
            if kernel.problem:
                break
            again = self.run("kernel", scenario)
            if again.problem or again.lines != kernel.lines:
                rows = diff(kernel.lines, again.lines, "kernel", "kernel, once more")
                return "kernel", False, rows + again.diagnostics(10)
        rows = kernel.diagnostics() if kernel.problem or self.options.verbose else []
        return "kernel", not kernel.problem, rows

    def hopeless(self, scenario):
        """The reason why the scenario is not expected to pass, or None."""
        for old, new, reason in self.options.divergences.get(scenario.name, []):
            if old == new == "*":
                return reason
        return None

    def check_nsrun(self, scenario, kernel):
        reason = self.hopeless(scenario)
        if reason:
            result = self.run("nsrun", scenario)
            return "nsrun", Todo(result.lines == kernel.lines, reason), []
        lines, problems = self.expected(scenario, kernel)
        for _ in range(self.options.repeat):
            result = self.run("nsrun", scenario)
            if result.problem or result.lines != lines:
                problems += diff(lines, result.lines, "expected", "nsrun")
                if result.problem:
                    problems.append(f"problem: {result.problem}")
                problems += ["stderr: " + row for row in result.stderr.splitlines()[-40:]]
            if problems:
                return "nsrun", False, problems
        return "nsrun", True, []

    def check_bare(self, scenario, kernel):
        if scenario.bare == "skip":
            return "bare", "must not run without namespaces, see its source", []
        result = self.run("bare", scenario)
        if result.problem and result.problem.startswith("not ended"):
            return "bare", False, result.diagnostics()
        same = result.lines == kernel.lines
        if scenario.bare == "same":
            rows = diff(kernel.lines, result.lines, "kernel", "bare")
            return "bare", same, rows and ["it says bare=same, but differs"] + rows
        if same:
            return "bare", False, ["the same without namespaces: it shows nothing"]
        rows = diff(kernel.lines, result.lines, "kernel", "bare") if self.options.verbose else []
        return "bare", True, rows


def diff(old, new, old_name, new_name):
    return list(difflib.unified_diff(old, new, old_name, new_name, lineterm="", n=2))


class Tap:
    def __init__(self, total):
        self.total, self.count, self.failed, self.skipped = total, 0, 0, 0
        self.lock = threading.Lock()
        print(f"1..{total}", flush=True)

    def point(self, name, verdict, rows):
        with self.lock:
            self.count += 1
            if isinstance(verdict, str):
                self.skipped += 1
                print(f"ok {self.count} - {name} # SKIP {verdict}")
            elif isinstance(verdict, Todo):
                # Passing is the failure: the list is out of date.
                self.failed += verdict.passed
                print(f"{'ok' if verdict.passed else 'not ok'} {self.count} - {name}"
                      f" # TODO {verdict.reason}")
            else:
                self.failed += not verdict
                print(f"{'ok' if verdict else 'not ok'} {self.count} - {name}")
            for row in rows:
                print("# " + row)
            sys.stdout.flush()


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nsrun", help="the program to test")
    parser.add_argument("--bin", required=True, help="directory of the compiled scenarios")
    parser.add_argument("--arm", action="append", choices=["kernel", "nsrun", "bare"])
    parser.add_argument("--kernel-only", action="store_true", help="no nsrun arm")
    parser.add_argument("--extra", default="", help="options for nsrun, in one word")
    parser.add_argument("--container", help="the program of tests/cli/container.c: nsrun"
                        " runs under the filter of a container")
    parser.add_argument("--nested", action="store_true",
                        help="unshare makes the namespaces of nsrun's arm, inside of nsrun")
    parser.add_argument("--refuse", default="", help="what that refuses, too, in one word")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=150)
    parser.add_argument("--jitter", action="store_true",
                        help="let scenarios dawdle at random, to find their races")
    parser.add_argument("--verbose", action="store_true", help="print what the kernel arm saw")
    parser.add_argument("names", nargs="*", help="scenarios; a prefix is enough")
    options = parser.parse_args(arguments)
    options.extra = options.extra.split()
    options.arms = options.arm or ["kernel", "nsrun", "bare"]
    if options.kernel_only:
        options.arms = [arm for arm in options.arms if arm != "nsrun"]
    if "nsrun" in options.arms and not options.nsrun:
        parser.error("--nsrun PATH, or --kernel-only")
    return options


def main(arguments):
    options = parse(arguments)
    scenarios = [Scenario(source) for source in sorted(HERE.glob("[a-z]*_*.c"))]
    options.divergences = {}
    for name in ["divergences.def"] + ["container.def"] * bool(options.container):
        options.divergences.update(read_divergences(HERE / name,
                                                    {scenario.name for scenario in scenarios}))
    if options.names:
        scenarios = [s for s in scenarios if any(s.name.startswith(n) for n in options.names)]
        if not scenarios:
            sys.exit("no such scenario")
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="nsrun-scenarios."))
    directory.chmod(0o755)
    try:
        for scenario in scenarios:
            install(pathlib.Path(options.bin) / scenario.name, directory)
        if options.nsrun and "nsrun" in options.arms:
            install(pathlib.Path(options.nsrun), directory, "nsrun")
        if options.container:
            install(pathlib.Path(options.container), directory, "container")
        suite = Suite(options, scenarios, directory)
        tap = Tap(len(scenarios) * len(options.arms))

        def one(scenario):
            for arm, verdict, rows in suite.check(scenario):
                tap.point(f"{scenario.name} {arm}", verdict, rows)

        with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
            for future in [pool.submit(one, scenario) for scenario in scenarios]:
                future.result()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(f"# {tap.count} checks, {tap.failed} failed, {tap.skipped} skipped")
    return 1 if tap.failed else 0


def install(source, directory, name=None):
    """A checkout may lie where uid 65534 cannot go."""
    target = directory / (name or source.name)
    if not source.exists():
        sys.exit(f"{source} is not built")
    shutil.copyfile(source, target)
    target.chmod(0o755)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
